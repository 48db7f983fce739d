package drivertest

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// sampleActor is the vendor of fillSample.
var sampleActor = lifecycle.Actor{Vendor: vendor, ID: lifecycle.MustActorID("ada")}

// fillSample leaves a row or more in every table that commands write.
func fillSample(t *testing.T, store lifecycle.Store) {
	t.Helper()
	clock := noon
	m, err := lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { clock = clock.Add(time.Hour); return clock }})
	if err != nil {
		t.Fatal(err)
	}
	pkg := pkgversion.MustPackageID("0333k00000RbkdxAAB")
	org := license.Org{ID: pkgversion.MustOrgID("org-1"), Name: "Acme", Status: license.OrgActive, Edition: "Enterprise Edition"}
	version := func(n uint32) pkgversion.PackageVersion {
		return pkgversion.PackageVersion{ID: pkgversion.MustVersionID(fmt.Sprint("v", n)), Package: pkg, Version: pkgversion.NewVersion(n, 0, 0, 0), ReleasedAt: noon}
	}
	install := func(n int, name string) lifecycle.Installed {
		return lifecycle.Installed{Notice: lifecycle.Notice{ID: lifecycle.MustNotificationID(fmt.Sprint("n-", n)), At: noon, Org: org},
			Installation: license.MustInstallationID(fmt.Sprint("i-", n)), Package: pkg, Version: version(1).ID,
			Installer: lead.Person{FirstName: name, LastName: "Doe", Company: "Acme", Email: name + "@acme.example"}}
	}
	for _, c := range []lifecycle.Command{
		lifecycle.RegisterPackage{Registration: lifecycle.Registration{Package: pkgversion.Package{ID: pkg, Name: "Tracker", Namespace: "ns"},
			Defaults: license.Defaults{Status: license.Trial, Days: 30, Seats: license.MustSeats(5)}}},
		lifecycle.PublishVersion{Version: version(1)}, lifecycle.PublishVersion{Version: version(2)},
		lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("owner"), Name: "Olga", Email: "olga@vendor.example", Active: true}},
		lifecycle.SetLeadManager{Package: pkg, Manager: lead.MustOwnerID("owner")},
		install(1, "jane"), install(2, "joe"),
		lifecycle.Upgrade{License: 1, Version: version(2).ID},
		lifecycle.Modify{License: 1, Revision: 2, Why: "paid", Terms: license.Terms{Status: license.Active, Seats: license.MustSeats(5), Expiration: license.LastDay(license.MustDate("2027-06-30"))}},
		lifecycle.Assign{License: 1, Users: []seats.UserID{user(1), user(2)}}, lifecycle.Revoke{License: 1, Users: []seats.UserID{user(2)}},
		lifecycle.ImportSeat{Installation: license.MustInstallationID("i-1"), User: user(3), AssignedAt: noon.AddDate(0, -9, 0), AssignedBy: "them"},
		lifecycle.ConvertLead{Lead: lead.OfLicense(1), Contact: lead.Contact{ID: lead.MustContactID("contact")}, Account: lead.Account{ID: lead.MustAccountID("account")}},
		lifecycle.Assign{License: 2, Users: []seats.UserID{user(1)}},
		lifecycle.Uninstalled{Notice: lifecycle.Notice{At: noon.Add(time.Hour), Org: org}, Installation: license.MustInstallationID("i-2"), Package: pkg},
	} {
		report, err := m.Import(t.Context(), sampleActor, func(yield func(lifecycle.Row, error) bool) { yield(lifecycle.Row{Command: c}, nil) }, lifecycle.AllRows)
		if err != nil || report.Changed != 1 {
			t.Fatalf("%T: %+v, %v", c, report, err)
		}
	}
	nobody := func(seats.UserID) lifecycle.Person { return lifecycle.Person{} }
	plan, err := m.PlanLicense(t.Context(), sampleActor, 1, reclaim.DefaultPolicy(), nobody)
	if err != nil {
		t.Fatal(err)
	}
	if tally, err := m.ApplyPlan(t.Context(), sampleActor, slices.Values(plan.Moves), nobody); err != nil || tally[reclaim.Applied] == 0 {
		t.Fatalf("ApplyPlan of %v = %+v, %v", plan.Moves, tally, err)
	}
}

// quickestSQLite is the driver in C where there is one: what Verify finds does not depend on
// the driver, and is looked for a thousand times.
func quickestSQLite() string { return sqliteDrivers[len(sqliteDrivers)-1] }

type verifier interface {
	Verify(context.Context, pkgversion.VendorID) ([]lifecycle.Contradiction, error)
}

// unfindable are columns of which nothing else in the store tells.
var unfindable = map[string]string{
	"isv_events.actor":         "nobody else writes down who it was",
	"isv_events.why":           "nor why",
	"isv_events.at":            "of a change that has no instant of its own, within the order of the feed",
	"isv_licenses.zone":        "no zone is UTC",
	"isv_numbers.last_license": "a higher one, for it may have been given out",
}

// unfindableFields are fields of events of which nothing else in the store tells.
var unfindableFields = map[string]string{
	"license changed.Before.Holders": "of the moment at which it was read, within what it was since the change before",
	"license changed.After.Holders":  "the same",
	"license changed.What":           "where another word fits as well",
	"lead changed.Keys":              "that a later change replaced",
	"stage moved.Move.From":          "what the plan rested on, here and below",
	"stage moved.Move.Reason":        "",
	"stage moved.Move.At":            "",
	"stage moved.Move.Idle":          "",
	"stage moved.Move.IdleSince":     "",
	"stage moved.Move.Earliest":      "",
	"stage moved.Move.LastLogin":     "",
	"stage moved.Move.NoticeAt":      "",
}

// P9: whatever cell of the tables is changed, Verify finds it, or the store says that it
// cannot be read.
func TestP9EveryFlippedCellIsFound(t *testing.T) {
	store, closeStore := openKept(t, quickestSQLite(), newFile(t))
	defer closeStore()
	fillSample(t, store)
	conn, err := store.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	do := func(query string, args ...any) error {
		_, err := conn.ExecContext(t.Context(), query, args...)
		return err
	}
	if err := do("PRAGMA ignore_check_constraints = ON"); err != nil {
		t.Fatal(err)
	}
	if found, err := store.Verify(t.Context(), vendor); err != nil || len(found) > 0 {
		t.Fatalf("Verify of the sample = %v, %v", found, err)
	}
	flips, missed := 0, map[string]int{}
	for i, c := range cellsOf(t, store.db) {
		if i%oneIn != 0 {
			continue
		}
		if err := do("BEGIN IMMEDIATE"); err != nil {
			t.Fatal(err)
		}
		if err := do(c.update, c.args...); err == nil {
			flips++
			if err := do("PRAGMA ignore_check_constraints = OFF"); err != nil {
				t.Fatal(err)
			}
			found, err := store.WithConn(conn).(verifier).Verify(t.Context(), vendor)
			if err == nil && len(found) == 0 {
				missed[c.column]++
				if _, known := unfindable[c.column]; !known {
					t.Errorf("%s = %v in place of %v is not found", c.column, c.args[0], c.args[1:])
				}
			}
		} // else the table itself refuses it
		if err := errors.Join(do("ROLLBACK"), do("PRAGMA ignore_check_constraints = ON")); err != nil {
			t.Fatal(err)
		}
	}
	if flips < 300/oneIn {
		t.Errorf("%d cells were changed, want more", flips)
	}
	t.Logf("of %d changed cells these are not found: %v", flips, missed)
}

// P9: whatever is changed within what an event says, Verify finds it, or the store says that
// it cannot be read.
func TestP9EveryFlippedFieldOfEventsIsFound(t *testing.T) {
	store, closeStore := openKept(t, quickestSQLite(), newFile(t))
	defer closeStore()
	fillSample(t, store)
	conn, err := store.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	do := func(query string, args ...any) {
		if _, err := conn.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	flips, missed := 0, map[string]int{}
	for i, f := range fieldsOf(t, store.db) {
		if i%oneIn != 0 {
			continue
		}
		do("BEGIN IMMEDIATE")
		do("UPDATE isv_events SET change = ? WHERE seq = ?", f.change, f.seq)
		found, err := store.WithConn(conn).(verifier).Verify(t.Context(), vendor)
		if flips++; err == nil && len(found) == 0 {
			missed[f.name]++
			if _, known := unfindableFields[f.name]; !known {
				t.Errorf("%s of event %d as %v is not found", f.name, f.seq, f.value)
			}
		}
		do("ROLLBACK")
	}
	if flips < 1000/oneIn {
		t.Errorf("%d fields were changed, want more", flips)
	}
	t.Logf("of %d changed fields these are not found: %v", flips, missed)
}

// flippedField is an event's change with one field changed.
type flippedField struct {
	name   string // license changed.After.Terms.Status
	value  any    // in place of the field's own
	change string
	seq    int64
}

// fieldsOf returns changes of each field of every event.
func fieldsOf(t *testing.T, db *sql.DB) (all []flippedField) {
	t.Helper()
	rows, err := db.Query("SELECT seq, change_kind, change FROM isv_events ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var kind, text string
		var change any
		if err := errors.Join(rows.Scan(&seq, &kind, &text), json.Unmarshal([]byte(text), &change)); err != nil {
			t.Fatal(err)
		}
		flipFields(change, kind, func(any) {}, func(name string, value any) {
			flipped, err := json.Marshal(change)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, flippedField{name, value, string(flipped), seq})
		})
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// flipFields calls flipped with each field of v changed, each in turn, by way of set.
func flipFields(v any, name string, set func(any), flipped func(name string, value any)) {
	var others []any
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			flipFields(v[key], name+"."+key, func(other any) { v[key] = other }, flipped)
		}
	case []any:
		for i := range v {
			flipFields(v[i], name, func(other any) { v[i] = other }, flipped)
		}
	case string:
		others = append(append(otherText(v), v+"x"), otherWords(v)...)
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			others = append(others, at.Add(time.Hour).Format(time.RFC3339Nano), at.Add(-time.Microsecond).Format(time.RFC3339Nano))
		}
	case float64:
		others = []any{v + 1}
	case bool:
		others = []any{!v}
	}
	for _, other := range others {
		set(other)
		flipped(name, other)
		set(v)
	}
}

// otherWords returns the words that could stand in place of one of a closed set.
func otherWords(v string) (others []any) {
	for _, words := range [][]string{
		{"installed", "imported", "added", "upgraded", "modified", "uninstalled", "completed", "linked", "refreshed", "retired", "restored"},
		{reclaim.Active.String(), reclaim.FirstWarning.String(), reclaim.FinalNotice.String(), reclaim.Deactivated.String()},
	} {
		if i := slices.Index(words, v); i >= 0 {
			for _, other := range slices.Delete(words, i, i+1) {
				others = append(others, other)
			}
		}
	}
	return others
}

// cell is a change of one column of one row.
type cell struct {
	column string
	update string
	args   []any
}

// cellsOf returns a change of each cell of every table that events tell of.
func cellsOf(t *testing.T, db *sql.DB) (cells []cell) {
	t.Helper()
	for r := range storedRows(t, db) {
		for i, name := range r.columns {
			for _, other := range otherThan(r.values[i]) {
				if other == r.values[i] {
					continue
				}
				cells = append(cells, cell{r.table + "." + name, "UPDATE " + r.table + " SET " + name + " = ? WHERE " + r.where(), append([]any{other}, r.values...)})
			}
		}
	}
	return cells
}

// storedRow is a row of a table.
type storedRow struct {
	table   string
	columns []string
	values  []any
}

// where returns the condition that finds r by its values.
func (r storedRow) where() string { return strings.Join(r.columns, " IS ? AND ") + " IS ?" }

// storedRows yields each row of every table that events tell of.
func storedRows(t *testing.T, db *sql.DB) iter.Seq[storedRow] {
	return func(yield func(storedRow) bool) {
		for _, table := range column(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'isv\\_%' ESCAPE '\\' ORDER BY name") {
			if slices.Contains(notReplayed, table) {
				continue
			}
			names := column(t, db, "SELECT name FROM pragma_table_info('"+table+"')")
			rows, err := db.Query("SELECT * FROM " + table)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			for rows.Next() {
				values := make([]any, len(names))
				into := make([]any, len(names))
				for i := range values {
					into[i] = &values[i]
				}
				if err := rows.Scan(into...); err != nil {
					t.Fatal(err)
				}
				if !yield(storedRow{table, names, values}) {
					return
				}
			}
		}
	}
}

// P9: the database knows nothing against what commands leave, and Retain.
func TestPostgresP9VerifyFindsNothingWrong(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		store := newPostgresStore(t, driver)
		for _, more := range []func(*testing.T, lifecycle.Store){fillSample, retainSome} {
			more(t, store)
			if found, err := store.Verify(t.Context(), vendor); err != nil || len(found) > 0 {
				t.Errorf("Verify = %v, %v", found, err)
			}
		}
	})
}

// P9: nothing is wrong with a license that was changed while its seats were given and freed:
// what an event says of the holders is of the moment at which the license was read.
func TestPostgresP9ChangesAndSeatsAtOnce(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		store := newPostgresStore(t, driver)
		fillSample(t, store)
		m, err := lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { return noon.AddDate(0, 0, 7) }})
		if err != nil {
			t.Fatal(err)
		}
		modify := func(count int) error {
			l, err := m.License(t.Context(), sampleActor, 1)
			l.Terms.Seats = license.MustSeats(count)
			_, err2 := m.Modify(t.Context(), sampleActor, lifecycle.Modify{License: 1, Revision: l.Revision, Terms: l.Terms})
			return errors.Join(err, err2)
		}
		seat := func(n int) error {
			who := []seats.UserID{user(n)}
			_, err := m.Assign(t.Context(), sampleActor, lifecycle.Assign{License: 1, Users: who})
			if n%2 == 0 && err == nil {
				_, err = m.Revoke(t.Context(), sampleActor, lifecycle.Revoke{License: 1, Users: who})
			}
			return err
		}
		if err := modify(99); err != nil {
			t.Fatal(err)
		}
		var callers sync.WaitGroup
		for n := range 4 {
			callers.Go(func() {
				for i := range 10 {
					do, with := seat, 100*n+i
					if n == 0 {
						do = modify
					}
					if err := do(with + 100); err != nil {
						t.Errorf("caller %d: %v", n, err)
					}
				}
			})
		}
		callers.Wait()
		if found, err := store.Verify(t.Context(), vendor); err != nil || len(found) > 0 {
			t.Errorf("Verify = %v, %v", found, err)
		}
	})
}

// P9, E10: whatever row is deleted by hand, before and after a Retain, Verify finds it: what
// was removed by Retain hides nothing that was removed otherwise.
func TestP9EveryDeletedRowIsFound(t *testing.T) {
	for _, retained := range []bool{false, true} {
		t.Run(fmt.Sprint("retained ", retained), func(t *testing.T) {
			store, closeStore := openKept(t, quickestSQLite(), newFile(t))
			defer closeStore()
			fillSample(t, store)
			if retained {
				retainSome(t, store)
			}
			if found, err := store.Verify(t.Context(), vendor); err != nil || len(found) > 0 {
				t.Fatalf("Verify of all rows = %v, %v", found, err)
			}
			conn, err := store.db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			do := func(query string, args ...any) {
				if _, err := conn.ExecContext(t.Context(), query, args...); err != nil {
					t.Fatalf("%s: %v", query, err)
				}
			}
			do("PRAGMA foreign_keys = OFF")
			deleted, missed := 0, map[string]int{}
			for _, r := range slices.Collect(storedRows(t, store.db)) {
				do("BEGIN IMMEDIATE")
				do("DELETE FROM "+r.table+" WHERE "+r.where(), r.values...)
				found, err := store.WithConn(conn).(verifier).Verify(t.Context(), vendor)
				if err == nil && len(found) == 0 {
					missed[r.table]++
					t.Errorf("a row of %s is missing, and nothing is found: %v", r.table, r.values)
				}
				do("ROLLBACK")
				deleted++
			}
			t.Logf("of %d deleted rows these are not found: %v", deleted, missed)
			if deleted < 50 {
				t.Errorf("%d rows were deleted, want more", deleted)
			}
		})
	}
}

// retainSome lets more happen to what fillSample left, also what no record shows, and
// removes what later events say again.
func retainSome(t *testing.T, store lifecycle.Store) {
	t.Helper()
	now := noon.AddDate(1, 0, 0)
	m, err := lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { now = now.Add(time.Hour); return now }, MaxClockJump: -1})
	if err != nil {
		t.Fatal(err)
	}
	gone := lead.Owner{ID: lead.MustOwnerID("owner"), Name: "Olga", Email: "olga@vendor.example"}
	if err := m.RecordOwner(t.Context(), sampleActor, lifecycle.RecordOwner{Owner: gone}); err != nil { // the package is warned
		t.Fatal(err)
	}
	for n := range 4 {
		l, err := m.License(t.Context(), sampleActor, 1)
		if err != nil {
			t.Fatal(err)
		}
		l.Terms.Seats = license.MustSeats(10 + n)
		if _, err := m.Modify(t.Context(), sampleActor, lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := m.Retain(t.Context(), sampleActor, now); err != nil || n < 3 {
		t.Fatalf("Retain = %d, %v, want it to remove some", n, err)
	}
}

// otherThan returns values that could stand in place of one: of its kind, and none.
func otherThan(value any) []any {
	switch v := value.(type) {
	case nil:
		return []any{"2026-01-01", "2026-01-01T00:00:00.000000Z", int64(3)}
	case int64:
		if v == 0 || v == 1 {
			return []any{1 - v, int64(7)}
		}
		return []any{v + 1, int64(0)}
	case string:
		return append([]any{v + "x", "", nil}, otherText(v)...)
	}
	return nil
}

func otherText(v string) []any {
	if day, err := time.Parse(time.DateOnly, v); err == nil {
		return []any{day.AddDate(0, 0, 1).Format(time.DateOnly)}
	}
	const layout = "2006-01-02T15:04:05.000000Z"
	if at, err := time.Parse(layout, v); err == nil {
		return []any{at.Add(time.Hour).Format(layout), at.Add(-time.Microsecond).Format(layout)}
	}
	switch v {
	case "Active":
		return []any{"Trial", "Suspended", "Uninstalled", "Expired", "junk"}
	case "Trial", "Uninstalled":
		return []any{"Active", "Suspended"}
	}
	return nil
}

// P9: a file with bytes changed anywhere is an error, a finding, or a right answer,
// never a panic and never a hang.
func TestP9DamagedFile(t *testing.T) {
	driver := quickestSQLite()
	file := newFile(t)
	store, closeStore := openKept(t, driver, file)
	fillSample(t, store)
	closeStore()
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const seed, rounds = 20260630, 150 / oneIn
	random := rand.New(rand.NewPCG(seed, 1))
	outcomes := map[string]int{}
	for round := range rounds {
		damaged := slices.Clone(sound)
		for range 1 + random.IntN(20) {
			damaged[random.IntN(len(damaged))] ^= byte(1 + random.IntN(255))
		}
		outcomes[verifyDamaged(t, driver, fmt.Sprintf("%s-%d", file, round), damaged)]++
	}
	if outcomes["error"] == 0 || outcomes["finding"] == 0 {
		t.Errorf("of %d damaged files the outcomes were %v, want errors and findings", rounds, outcomes)
	}
	t.Logf("seed %d: %v", seed, outcomes)
}

func verifyDamaged(t *testing.T, driver, file string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(file + suffix)
		}
	}()
	db, err := sql.Open(driver, file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	store, err := sqlstore.Open(ctx, db, sqlstore.Config{})
	if err != nil {
		return "error"
	}
	defer store.Close()
	found, err := store.Verify(ctx, vendor)
	switch {
	case ctx.Err() != nil:
		t.Errorf("Verify does not end")
	case err != nil:
		return "error"
	case len(found) > 0:
		return "finding"
	}
	return "nothing"
}

// pgEdits returns statements that each change one cell or delete one row of what events
// tell of, when none of these has a number.
func pgEdits(t *testing.T, db *sql.DB) (edits []string) {
	t.Helper()
	other := map[string]string{
		"text": "%s || 'x'", "bigint": "%s + 1", "boolean": "NOT %s", "date": "%s + 1", "timestamp with time zone": "%s - interval '1 day'",
	}
	skip := func(table, column string) bool {
		_, known := unfindable[table+"."+column]
		return known || column == "vendor" || table+"."+column == "isv_events.id"
	}
	for _, table := range column(t, db, `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'isv\_%' ORDER BY 1`) {
		if slices.Contains(notReplayed, table) || table == "isv_feeds" {
			continue
		}
		cells := column(t, db, `SELECT column_name || '=' || data_type FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = '`+table+`' ORDER BY 1`)
		for _, row := range column(t, db, "SELECT ctid::text FROM "+table+" ORDER BY 1") {
			at := " WHERE ctid = '" + row + "'"
			edits = append(edits, "DELETE FROM "+table+at)
			for _, c := range cells {
				name, kind, _ := strings.Cut(c, "=")
				if !skip(table, name) {
					edits = append(edits, "UPDATE "+table+" SET "+name+" = "+fmt.Sprintf(other[kind], name)+at+" AND "+name+" IS NOT NULL")
				}
			}
		}
	}
	return edits
}

// editedByHand reports whether an edit, which is taken back, was made, and whether Verify
// finds it or says that the database cannot be read. Not made is what the table itself
// refuses, or what changes nothing.
func editedByHand(t *testing.T, db *sql.DB, store *sqlstore.Store, edit, then string) (made, found bool) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), ofOneMoment)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}()
	result, err := tx.Exec(edit)
	if err != nil {
		return false, false
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return false, false
	}
	if _, err := tx.Exec(then); err != nil {
		t.Fatal(err)
	}
	all, err := store.WithTx(tx).(verifier).Verify(t.Context(), vendor)
	return true, err != nil || len(all) > 0
}

// P9: what is changed or deleted by hand is found also where nobody has read the feed yet,
// so that no event has a number. It does not depend on the driver.
func TestPostgresP9EveryEditIsFoundBeforeTheFeedIsRead(t *testing.T) {
	db := openDB(t, "pgx", newSchema(t))
	store := openStore(t, db, onServer)
	fillSample(t, store)
	edits := 0
	for i, edit := range pgEdits(t, db) {
		if i%oneIn != 0 {
			continue
		}
		made, found := editedByHand(t, db, store, edit, "")
		if made && !found {
			t.Errorf("%s: nothing is found", edit)
		}
		if made {
			edits++
		}
	}
	if edits < 300/oneIn {
		t.Errorf("%d edits were made, want more", edits)
	}
}

// P9: what listings lead to is found without any number, too, where events cannot be
// numbered because the database is only read.
func TestPostgresP9EditsAreFoundByWhoOnlyReads(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newSchema(t))
		store := openStore(t, db, onServer)
		fillSample(t, store)
		const readOnly = "SET TRANSACTION READ ONLY"
		if made, found := editedByHand(t, db, store, "UPDATE isv_licenses SET status = status WHERE id = 1", readOnly); !made || found {
			t.Errorf("an edit that changes nothing: made %t, found %t", made, found)
		}
		for _, edit := range []string{
			"UPDATE isv_licenses SET status = 'Suspended' WHERE id = 1",
			"UPDATE isv_licenses SET seats = 4 WHERE id = 1",
			"UPDATE isv_licenses SET last_day = DATE '2029-01-01' WHERE id = 1",
			"UPDATE isv_seats SET user_id = 'evil' WHERE license = 1 AND user_id = '" + user(1).String() + "'",
			"UPDATE isv_seats SET assigned_at = assigned_at - interval '1 day' WHERE license = 1 AND user_id = '" + user(1).String() + "'",
			"UPDATE isv_leads SET email = 'evil' WHERE id = '" + lead.OfLicense(1).String() + "'",
			"UPDATE isv_orgs SET name = 'evil'",
			"UPDATE isv_owners SET name = 'evil'",
			"UPDATE isv_contacts SET company = 'evil'",
			"UPDATE isv_accounts SET name = 'evil'",
			"UPDATE isv_facts SET at = at - interval '1 day' WHERE installation = 'i-1' AND number = 1",
			"DELETE FROM isv_events WHERE stream_id = 'L-00001' AND position = 3",
			"DELETE FROM isv_events WHERE stream_kind = 'owner'",
		} {
			if made, found := editedByHand(t, db, store, edit, readOnly); !made || !found {
				t.Errorf("%s: made %t, found %t", edit, made, found)
			}
		}
	})
}
