package drivertest

import (
	"context"
	"errors"
	"testing"

	"github.com/isvkit/isvkit/internal/drivertest/faulty"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
)

// failsToSerialize runs an Update that cannot be serialized with what somebody else commits
// while it runs, the first so many times, and returns what became of it and how often it
// was called. It writes only where it is called a second time, which is on a snapshot.
func failsToSerialize(t *testing.T, store *sqlstore.Store, failures int) (calls int, err error) {
	t.Helper()
	const endless = 100
	err = store.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
		calls++
		if calls > endless {
			t.Error("it is tried again and again")
			return errors.New("enough")
		}
		if _, err := tx.License(ctx, vendor, 1); err != nil || calls%2 == 1 {
			return err
		}
		if calls/2 <= failures {
			mustWrite(t, store, assign(1, user(calls))...)
		}
		return tx.Write(ctx, vendor, assign(1, user(0))...)
	})
	return calls, err
}

// P6: an Update that the database ends because it cannot be serialized runs again.
func TestPostgresP6SerializationFailureIsTriedAgain(t *testing.T) {
	onRetries(t, func(t *testing.T, store *sqlstore.Store, faults *faulty.Faults) {
		calls, err := failsToSerialize(t, store, 1)
		if n := holders(t, store, 1); err != nil || calls != 4 || n != 2 {
			t.Errorf("Update = %v after %d calls, %d holders; want nil, 4 and 2", err, calls, n)
		}
		if n := faults.Answered(serialization); n != 1 {
			t.Errorf("%d serialization failures, want the one that was made", n)
		}
	})
}

// P6: an Update that the database ends every time is given up after ten tries, with an
// error that says so to who asks for it, and nothing of it happened.
func TestPostgresP6TriesAreBounded(t *testing.T) {
	onRetries(t, func(t *testing.T, store *sqlstore.Store, faults *faulty.Faults) {
		const tries = 10
		calls, err := failsToSerialize(t, store, tries)
		var answer interface{ SQLState() string }
		if calls != tries || !errors.Is(err, lifecycle.ErrConflict) || !errors.As(err, &answer) || answer.SQLState() != serialization {
			t.Errorf("Update = %v after %d calls, want ErrConflict with the answer of the database after %d", err, calls, tries)
		}
		if n := holders(t, store, 1); n != faults.Answered(serialization) {
			t.Errorf("%d holders, want the %d others", n, faults.Answered(serialization))
		}
	})
}

func onRetries(t *testing.T, test func(*testing.T, *sqlstore.Store, *faulty.Faults)) {
	onPostgres(t, func(t *testing.T, driver string) {
		db, faults := openFaulty(t, driver, newSchema(t))
		store := openStore(t, db, onServer)
		mustWrite(t, store, newLicense(1, 99))
		test(t, store, faults)
		check(t, db)
	})
}

// P1: a commit has reached the disk when it is acknowledged also where the server's default
// is that it has not; a default that waits for more is kept.
func TestPostgresP1SynchronousCommitOfEveryConnection(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		for set, want := range map[string]string{"off": "on", "on": "on", "remote_apply": "remote_apply"} {
			db, faults := openFaulty(t, driver, newSchema(t))
			faults.OnOpen = []string{"SET synchronous_commit = " + set}
			store := openStore(t, db, onServer)
			err := store.Update(t.Context(), func(ctx context.Context, _ lifecycle.Tx) error {
				return nested(ctx, store, 2, func() {
					conns := faults.Connections()
					if len(conns) != 3 {
						t.Errorf("%d connections, want 3", len(conns))
					}
					for _, conn := range conns {
						if have := ask(t, conn, "SHOW synchronous_commit"); have != want {
							t.Errorf("synchronous_commit is %s where the default is %s, want %s", have, set, want)
						}
					}
				})
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}
