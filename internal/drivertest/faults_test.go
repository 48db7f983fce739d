package drivertest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/isvkit/isvkit/internal/drivertest/faulty"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
)

// sweep calls run with the n-th call of the driver failing, for n = 1, 2, … until
// none fails any more, before the work and after it, with an error and with a lost
// connection.
func sweep(t *testing.T, run func(t *testing.T, arm func(*faulty.Faults), fired func(*faulty.Faults) string)) {
	for _, after := range []bool{false, true} {
		for _, fault := range []error{faulty.ErrInjected, driver.ErrBadConn} {
			for n, done := 1, false; !done; n += oneIn {
				if n > 1000 {
					t.Fatal("the sweep does not end")
				}
				t.Run(fmt.Sprintf("%v after=%t call=%d", fault, after, n), func(t *testing.T) {
					run(t, func(f *faulty.Faults) { f.Arm(n, after, fault) }, func(f *faulty.Faults) string {
						statement := f.Disarm()
						done = statement == ""
						return statement
					})
				})
			}
		}
	}
}

// quick keeps a test from waiting for a lock that nobody will give up.
var quick = sqlstore.Config{BusyTimeout: 100 * time.Millisecond}

// P3, P5, P8: whatever call of the driver fails, Update returns an error and nothing
// happened, or it returns none and all did; only a COMMIT whose answer is lost
// can be unknown. The store works on afterwards, and so does another one.
func TestP3P5P8EveryFaultOfUpdate(t *testing.T) {
	onSQLite(t, func(t *testing.T, name string) {
		sweep(t, func(t *testing.T, arm func(*faulty.Faults), fired func(*faulty.Faults) string) {
			file := newFile(t)
			db, faults := openFaulty(t, name, file)
			store := openStore(t, db, quick)
			arm(faults)
			err := store.Update(t.Context(), install)
			at := fired(faults)

			other := openStore(t, openDB(t, name, file), quick)
			happened := holders(t, other, 1) == 1
			judge(t, at, err, happened)
			if !happened {
				if err := store.Update(t.Context(), install); err != nil {
					t.Errorf("after %q failed, the next Update = %v", at, err)
				}
			}
			mustWrite(t, other, assign(1, user(2))...)
			if n := holders(t, store, 1); n != 2 {
				t.Errorf("after %q failed: %d holders, want 2", at, n)
			}
			check(t, db)
		})
	})
}

func judge(t *testing.T, at string, err error, happened bool) {
	t.Helper()
	var unknown *lifecycle.OutcomeUnknownError
	switch {
	case errors.As(err, &unknown):
		if at != "COMMIT" {
			t.Errorf("%q failed: outcome unknown, want that it did not happen", at)
		}
	case (err == nil) != happened:
		t.Errorf("%q failed: Update = %v, and it happened: %t", at, err, happened)
	}
}

// P5: whatever call of the driver fails, View returns an error or the right answer.
func TestP5EveryFaultOfView(t *testing.T) {
	onSQLite(t, func(t *testing.T, name string) {
		file := newFile(t)
		mustWrite(t, openStore(t, openDB(t, name, file), quick), append([]lifecycle.Effect{newLicense(1, 3)}, assign(1, user(1))...)...)
		sweep(t, func(t *testing.T, arm func(*faulty.Faults), fired func(*faulty.Faults) string) {
			db, faults := openFaulty(t, name, file)
			store := openStore(t, db, quick)
			arm(faults)
			var n int
			err := store.View(t.Context(), func(ctx context.Context, r lifecycle.Reader) error {
				l, err := r.License(ctx, vendor, 1)
				if err != nil {
					return err
				}
				feed, err := r.Feed(ctx, vendor, 0, 10)
				n = l.Holders + len(feed)
				return err
			})
			if at := fired(faults); err == nil && n != 2 {
				t.Errorf("%q failed: View = nil with %d, want 2", at, n)
			}
			if n := holders(t, store, 1); n != 1 {
				t.Errorf("the next View: %d holders, want 1", n)
			}
		})
	})
}

// P11: a migration that is stopped at any call leaves an old database or a new one,
// and Open works when it is called again.
func TestP11MigrationStoppedAnywhere(t *testing.T) {
	onSQLite(t, func(t *testing.T, name string) {
		whole := openDB(t, name, newFile(t))
		openStore(t, whole, quick)
		allTables := countTables(t, whole)
		sweep(t, func(t *testing.T, arm func(*faulty.Faults), fired func(*faulty.Faults) string) {
			file := newFile(t)
			db, faults := openFaulty(t, name, file)
			arm(faults)
			store, err := sqlstore.Open(t.Context(), db, quick)
			at := fired(faults)
			if err == nil {
				defer store.Close()
			}
			plain := openDB(t, name, file)
			if tables := countTables(t, plain); tables != 0 && tables != allTables {
				t.Errorf("%q failed: %d tables, want none or %d", at, tables, allTables)
			}
			mustWrite(t, openStore(t, plain, quick), newLicense(1, 3))
		})
	})
}

func countTables(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	const query = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 'isv_%'"
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// P3: in a transaction of the caller, an Update that fails at any call has taken
// back what it wrote, or says that the transaction is broken.
func TestP3EveryFaultOfWithTx(t *testing.T) {
	onSQLite(t, func(t *testing.T, name string) {
		sweep(t, func(t *testing.T, arm func(*faulty.Faults), fired func(*faulty.Faults) string) {
			file := newFile(t)
			db, faults := openFaulty(t, name, file)
			store := openStore(t, db, quick)
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			joined := store.WithTx(tx)
			arm(faults)
			err = joined.Update(t.Context(), install)
			at := fired(faults)
			if err != nil && strings.Contains(err.Error(), "broken") {
				if err := joined.Update(t.Context(), install); err == nil {
					t.Errorf("%q failed: a broken transaction was used again", at)
				}
				_ = tx.Rollback()
				err = faulty.ErrInjected
			} else if err := tx.Commit(); err != nil && !errors.Is(err, driver.ErrBadConn) {
				t.Logf("%q failed: Commit = %v", at, err)
			}
			happened := holders(t, openStore(t, openDB(t, name, file), quick), 1) == 1
			if err != nil && happened {
				t.Errorf("%q failed: Update = %v, and yet it happened", at, err)
			}
			check(t, db)
		})
	})
}
