package drivertest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/isvkit/isvkit/internal/drivertest/faulty"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
)

// What was written is there when the database is opened again.
func TestReopen(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		file := newFile(t)
		for n := range 3 {
			db := openDB(t, driver, file)
			store, err := sqlstore.Open(t.Context(), db, sqlstore.Config{})
			if err != nil {
				t.Fatalf("Open = %v", err)
			}
			if n == 0 {
				mustWrite(t, store, newLicense(1, 3))
			}
			mustWrite(t, store, assign(1, user(n))...)
			if have := holders(t, store, 1); have != n+1 {
				t.Errorf("%d holders, want %d", have, n+1)
			}
			if err := store.Close(); err != nil {
				t.Errorf("Close = %v", err)
			}
			check(t, db)
		}
	})
}

// P11: many who open a new database at once migrate it once.
func TestP11OpenAtOnce(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		file := newFile(t)
		var openers sync.WaitGroup
		for range 8 {
			db := openDB(t, driver, file)
			openers.Go(func() {
				store, err := sqlstore.Open(t.Context(), db, sqlstore.Config{BusyTimeout: time.Minute})
				if err != nil {
					t.Errorf("Open = %v", err)
					return
				}
				if err := store.Close(); err != nil {
					t.Errorf("Close = %v", err)
				}
			})
		}
		openers.Wait()
	})
}

// P11: a database that is newer than the code is refused, and left as it is.
func TestP11NewerDatabase(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newFile(t))
		mustWrite(t, openStore(t, db, sqlstore.Config{}), newLicense(1, 3))
		if _, err := db.Exec("INSERT INTO isv_schema VALUES (9999, 'of tomorrow', '')"); err != nil {
			t.Fatal(err)
		}
		_, err := sqlstore.Open(t.Context(), db, sqlstore.Config{})
		var newer *sqlstore.NewerSchemaError
		if !errors.As(err, &newer) || newer.Have != 9999 || newer.Known < 1 {
			t.Errorf("Open = %v, want a *NewerSchemaError", err)
		}
	})
}

// P13: every connection that a store uses has the settings on which it relies, also
// when the data source name says otherwise.
func TestP13PragmasOfEveryConnection(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		db, faults := openFaulty(t, driver, newFile(t))
		faults.OnOpen = []string{"PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF", "PRAGMA busy_timeout = 0"}
		store := openStore(t, db, sqlstore.Config{})
		err := store.Update(t.Context(), func(ctx context.Context, _ lifecycle.Tx) error {
			return nested(ctx, store, 4, func() { checkPragmas(t, faults, 5) })
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// nested runs f within so many Views at once.
func nested(ctx context.Context, store lifecycle.Store, n int, f func()) error {
	if n == 0 {
		f()
		return nil
	}
	return store.View(ctx, func(ctx context.Context, _ lifecycle.Reader) error { return nested(ctx, store, n-1, f) })
}

// checkPragmas asks the connections themselves, past database/sql.
func checkPragmas(t *testing.T, f *faulty.Faults, connections int) {
	conns := f.Connections()
	if len(conns) != connections {
		t.Errorf("%d connections, want %d", len(conns), connections)
	}
	for _, conn := range conns {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "500"} {
			if have := ask(t, conn, "PRAGMA "+pragma); have != want {
				t.Errorf("PRAGMA %s is %s, want %s", pragma, have, want)
			}
		}
	}
}

// The tables are those that the search_path leads to, and are made in its first schema only
// where it leads to none.
func TestPostgresSearchPath(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		a, b := newSchema(t), newSchema(t)
		mustWrite(t, openStore(t, openDB(t, driver, a), onServer), newLicense(1, 3))
		schemaOf := func(dsn string) (name string) {
			if err := openDB(t, driver, dsn).QueryRow("SELECT current_schema()").Scan(&name); err != nil {
				t.Fatal(err)
			}
			return name
		}
		db := openDB(t, driver, strings.Replace(b, "search_path="+schemaOf(b), "search_path="+schemaOf(b)+","+schemaOf(a), 1))
		mustWrite(t, openStore(t, db, onServer), assign(1, user(1))...)
		var inB int
		if err := openDB(t, driver, b).QueryRow("SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema()").Scan(&inB); err != nil || inB != 0 {
			t.Errorf("%d tables in the first schema, %v; want none", inB, err)
		}
		alone := openStore(t, openDB(t, driver, b), onServer)
		if n := holders(t, alone, 1); n != 0 {
			t.Errorf("%d holders in a schema of its own, want none", n)
		}
	})
}

// A database in memory and a pool that is too small are refused, with words that say why.
func TestOpenRefuses(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		for dsn, want := range map[string]string{
			":memory:":                     "in memory",
			"file::memory:?cache=shared":   "in memory",
			newFile(t) + "/no/such/folder": "",
		} {
			store, err := sqlstore.Open(t.Context(), openDB(t, driver, dsn), sqlstore.Config{})
			if err == nil {
				_ = store.Close()
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Open in %q = %v, want an error that says %q", dsn, err, want)
			}
		}
		small := openDB(t, driver, newFile(t))
		small.SetMaxOpenConns(1)
		if _, err := sqlstore.Open(t.Context(), small, sqlstore.Config{}); err == nil || !strings.Contains(err.Error(), "pool") {
			t.Errorf("Open with a pool of 1 = %v, want an error that says so", err)
		}
		if _, err := sqlstore.Open(t.Context(), small, sqlstore.Config{Dialect: 99, MaxGroup: -1}); err == nil {
			t.Error("Open with an impossible Config = nil, want an error")
		}
	})
}

// A pool of three connections is enough, and leaves one for the caller.
func TestSmallPool(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newFile(t))
		db.SetMaxOpenConns(3)
		store := openStore(t, db, sqlstore.Config{})
		mustWrite(t, store, newLicense(1, 3))
		var viewers sync.WaitGroup
		for range 16 {
			viewers.Go(func() { holders(t, store, 1) })
		}
		viewers.Wait()
		check(t, db)
	})
}

// P8: a file that can only be read is read; writing to it is a plain error.
func TestP8ReadOnly(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		file := newFile(t)
		mustWrite(t, openStore(t, openDB(t, driver, file), sqlstore.Config{}), newLicense(1, 3))
		store := openStore(t, openDB(t, driver, "file:"+url.PathEscape(file)+"?mode=ro"), sqlstore.Config{})
		for range 2 {
			if err := write(t.Context(), store, assign(1, user(1))...); err == nil || unknown(err) {
				t.Errorf("Update = %v, want a plain error", err)
			}
			if n := holders(t, store, 1); n != 0 {
				t.Errorf("%d holders, want 0", n)
			}
		}
	})
}

func unknown(err error) bool {
	var unknown *lifecycle.OutcomeUnknownError
	return errors.As(err, &unknown)
}

// P8: when the disk is full Update says that nothing happened, reads go on, and the
// same store works when there is space again.
func TestP8DiskFull(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		db, faults := openFaulty(t, driver, newFile(t))
		store := openStore(t, db, sqlstore.Config{})
		mustWrite(t, store, newLicense(1, 99_000_000))
		written := 0
		limitPages(t, faults, "1") // to no more than there are
		for err := error(nil); err == nil; {
			if err = write(t.Context(), store, assign(1, user(written))...); err == nil {
				written++
			} else if unknown(err) || !strings.Contains(err.Error(), "full") {
				t.Fatalf("Update = %v, want a plain error that says that the disk is full", err)
			}
		}
		if n := holders(t, store, 1); n != written {
			t.Errorf("%d holders, want %d", n, written)
		}
		check(t, db)
		limitPages(t, faults, "1000000")
		mustWrite(t, store, assign(1, user(written))...)
	})
}

func limitPages(t *testing.T, f *faulty.Faults, max string) {
	for _, conn := range f.Connections() {
		ask(t, conn, "PRAGMA max_page_count = "+max)
	}
}

// P6: an Update that finds the database locked tries again, within bounds, and then says
// so with a type of its own; a caller that gives up meanwhile is let go.
func TestP6Busy(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		file := newFile(t)
		store := openStore(t, openDB(t, driver, file), sqlstore.Config{BusyTimeout: 20 * time.Millisecond})
		mustWrite(t, store, newLicense(1, 3))
		blocker, err := openDB(t, driver, file).Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer blocker.Close()
		do := func(query string) {
			if _, err := blocker.ExecContext(t.Context(), query); err != nil {
				t.Fatal(err)
			}
		}
		do("BEGIN IMMEDIATE")
		var busy *sqlstore.BusyError
		if err := write(t.Context(), store, assign(1, user(1))...); !errors.As(err, &busy) || busy.Tries < 2 || unknown(err) {
			t.Errorf("Update = %v, want a *BusyError after several tries", err)
		}
		if n := holders(t, store, 1); n != 0 {
			t.Errorf("%d holders, want 0", n)
		}
		do("ROLLBACK")
		mustWrite(t, store, assign(1, user(1))...)
	})
}

// P14: an Update on SQLite holds the lock to write from before it reads, so that what it read cannot
// become stale under it, which no waiting would cure. A View does not hold it.
func TestP14UpdatesHoldTheLockFromTheStart(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		file := newFile(t)
		store := openStore(t, openDB(t, driver, file), sqlstore.Config{})
		mustWrite(t, store, newLicense(1, 3))
		db := openDB(t, driver, file) // of another process, which does not wait
		locked := func() bool {
			conn, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
				return true
			}
			if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
				t.Error(err)
			}
			return false
		}
		runs := 0
		err := store.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
			runs++
			if l, err := tx.License(ctx, vendor, 1); err != nil || l.Holders != 0 {
				return fmt.Errorf("%d holders, %w", l.Holders, err)
			}
			if !locked() {
				t.Error("who has read, and is going to write, does not hold the lock to write")
			}
			return tx.Write(ctx, vendor, assign(1, user(1))...)
		})
		if err != nil || runs != 1 || holders(t, store, 1) != 1 {
			t.Errorf("Update = %v after %d runs", err, runs)
		}
		err = store.View(t.Context(), func(ctx context.Context, r lifecycle.Reader) error {
			if locked() {
				t.Error("a View holds the lock to write, or an Update left it")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
