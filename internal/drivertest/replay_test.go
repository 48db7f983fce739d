package drivertest

import (
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/lifecycle/storetest"
)

// notReplayed are the tables that no event tells of: how far consumers are, and what
// the store keeps for itself.
var notReplayed = []string{"isv_cursors", "isv_deliveries", "isv_match_locks", "isv_schema"}

// dumpTables returns every row of every table of the store that events tell of.
func dumpTables(t testing.TB, db *sql.DB) (lines []string) {
	t.Helper()
	names := column(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'isv\\_%' ESCAPE '\\' ORDER BY name")
	for _, name := range names {
		if !slices.Contains(notReplayed, name) {
			lines = append(lines, rowsOf(t, db, name)...)
		}
	}
	return lines
}

func column(t testing.TB, db *sql.DB, query string) (values []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

// rowsOf returns the rows of a table, each as its columns' quoted values.
func rowsOf(t testing.TB, db *sql.DB, table string) []string {
	t.Helper()
	var quoted []string
	for _, name := range column(t, db, "SELECT name FROM pragma_table_info('"+table+"')") {
		quoted = append(quoted, fmt.Sprintf("'%s=' || quote(%s)", name, name))
	}
	lines := column(t, db, fmt.Sprintf("SELECT '%s ' || %s FROM %s ORDER BY 1", table, strings.Join(quoted, " || ' ' || "), table))
	return lines
}

// kept is a store with its database.
type kept struct {
	*sqlstore.Store
	db *sql.DB
}

func openKept(t testing.TB, driver, file string) (kept, func()) {
	t.Helper()
	db, err := sql.Open(driver, file)
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlstore.Open(t.Context(), db, sqlstore.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return kept{store, db}, func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// E2, E8: replaying the events of a database into an empty one makes the same tables,
// row by row and column by column.
func TestE2_E8ReplayOnSQLite(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		folder, n := t.TempDir(), 0
		open := func() (lifecycle.Store, func()) {
			n++
			file := filepath.Join(folder, fmt.Sprintf("%d.db", n))
			store, closeStore := openKept(t, driver, file)
			return store, func() {
				closeStore()
				for _, suffix := range []string{"", "-wal", "-shm"} {
					_ = os.Remove(file + suffix)
				}
			}
		}
		storetest.Replay(t, open, func(s lifecycle.Store) []string { return dumpTables(t, s.(kept).db) })
	})
}

// E2: the tables of an imported vendor, with what its notifications add, are replayed
// from its events.
func TestE2ReplayOfAnImport(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		from, closeFrom := openKept(t, driver, newFile(t))
		defer closeFrom()
		into, closeInto := openKept(t, driver, newFile(t))
		defer closeInto()
		m, err := lifecycle.New(lifecycle.Config{Store: from})
		if err != nil {
			t.Fatal(err)
		}
		importFiles(t, m, vendorFiles(readExpected(t)))
		for _, n := range readNotifications(t)[:500] {
			_, _ = m.Notify(t.Context(), brindlemoor, n) // some contradict the import
		}
		if err := lifecycle.Replay(t.Context(), into, m.Events(t.Context(), brindlemoor, 0)); err != nil {
			t.Fatalf("Replay = %v", err)
		}
		if diff := cmp.Diff(dumpTables(t, from.db), dumpTables(t, into.db)); diff != "" {
			t.Errorf("what the events make is not what there is (-there +replayed):\n%.5000s", diff)
		}
	})
}

// E2, T9: what is asked of a past instant is answered as it was then.
func TestE2AsOfOnSQLite(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		folder, n := t.TempDir(), 0
		storetest.AsOf(t, func() (lifecycle.Store, func()) {
			n++
			store, closeStore := openKept(t, driver, filepath.Join(folder, fmt.Sprintf("%d.db", n)))
			return store, closeStore
		})
	})
}

// What a license was at an instant is found by the index of license changes.
func TestLastChangeUsesItsIndex(t *testing.T) {
	store, closeStore := openKept(t, sqliteDrivers[0], newFile(t))
	defer closeStore()
	rows, err := store.db.Query(`EXPLAIN QUERY PLAN SELECT change FROM isv_events WHERE vendor = ? AND stream_kind = ? AND stream_id = ?
		AND change_kind = 'license changed' AND at <= ? ORDER BY position DESC LIMIT 1`, "v", "license", "L-00001", "2026")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	plan := ""
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan += detail + "\n"
	}
	if !strings.Contains(plan, "isv_events_of_licenses") || strings.Contains(plan, "TEMP B-TREE") {
		t.Errorf("the plan is\n%s", plan)
	}
}

// E10, E2, P9: what is removed is not needed by any question of since, by a replay, by a
// consumer or by Verify.
func TestE10RetentionOnSQLite(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		folder, n := t.TempDir(), 0
		open := func() (lifecycle.Store, func()) {
			n++
			file := filepath.Join(folder, fmt.Sprintf("%d.db", n))
			store, closeStore := openKept(t, driver, file)
			return store, func() {
				closeStore()
				for _, suffix := range []string{"", "-wal", "-shm"} {
					_ = os.Remove(file + suffix)
				}
			}
		}
		storetest.Retention(t, open, func(s lifecycle.Store) []string { return dumpTables(t, s.(kept).db) })
	})
}

// reused hands out empty stores on PostgreSQL. What is handed back is emptied and handed
// out again, which is quicker than a new schema.
type reused struct {
	t    *testing.T
	free []kept
}

func (r *reused) open() (lifecycle.Store, func()) {
	if len(r.free) == 0 {
		db := openDB(r.t, "pgx", newSchema(r.t))
		r.free = append(r.free, kept{openStore(r.t, db, onServer), db})
	}
	last := len(r.free) - 1
	k := r.free[last]
	r.free = r.free[:last]
	return k, func() {
		empty(r.t, k.db)
		r.free = append(r.free, k)
	}
}

// newReused returns stores for a property that is tried a third as often as on SQLite: each
// sequence takes a second of the server's time.
func newReused(t *testing.T) *reused {
	checks := flag.Lookup("rapid.checks").Value
	before := checks.String()
	n, err := strconv.Atoi(before)
	if err := errors.Join(err, checks.Set(strconv.Itoa(max(n/3, 1)))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = checks.Set(before) })
	return &reused{t: t}
}

// dump is dumpTables on PostgreSQL. An event has a number of the database's own, in the
// order of commits.
func (r *reused) dump(s lifecycle.Store) (lines []string) {
	db := s.(kept).db
	names := column(r.t, db, `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'isv\_%' ORDER BY 1`)
	for _, name := range names {
		row := "to_jsonb(of)"
		if name == "isv_events" {
			row += " - 'id'"
		}
		if !slices.Contains(notReplayed, name) {
			lines = append(lines, column(r.t, db, fmt.Sprintf(`SELECT '%[1]s ' || (%[2]s)::text FROM %[1]s AS of ORDER BY 1`, name, row))...)
		}
	}
	return lines
}

// E2, E8: as on SQLite.
func TestPostgresE2_E8Replay(t *testing.T) {
	stores := newReused(t)
	storetest.Replay(t, stores.open, stores.dump)
}

// E2, T9: as on SQLite.
func TestPostgresE2AsOf(t *testing.T) { storetest.AsOf(t, newReused(t).open) }

// E10, E2, P9: as on SQLite.
func TestPostgresE10Retention(t *testing.T) {
	stores := newReused(t)
	storetest.Retention(t, stores.open, stores.dump)
}
