package drivertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	_ "github.com/lib/pq"

	"github.com/isvkit/isvkit/internal/drivertest/faulty"
	"github.com/isvkit/isvkit/internal/drivertest/pgserver"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/lifecycle/storetest"
	"github.com/isvkit/isvkit/seats"
)

var postgresDrivers = []string{"pgx", "postgres"}

// onPostgres runs test as a subtest for each driver, with a new, empty schema.
func onPostgres(t *testing.T, test func(t *testing.T, driver string)) {
	serverName(t)
	for _, driver := range postgresDrivers {
		t.Run(driver, func(t *testing.T) { test(t, driver) })
	}
}

// newSchema returns the data source name of a new, empty schema. Of a server that is not
// ours it is dropped at the end of the test; on ours it is left to the server's end.
func newSchema(t testing.TB) string {
	t.Helper()
	dsn, drop, err := pgserver.NewSchema(t.Context(), serverName(t))
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(serverVariable) != "" {
		t.Cleanup(func() {
			ctx, stop := context.WithTimeout(context.Background(), time.Minute) // a test that failed may hold locks
			defer stop()
			if err := drop(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	return dsn
}

// serverVariable names the variable of the environment that has the data source name of a
// PostgreSQL server, as a URL or in the form of keywords. Each test makes a schema of its
// own there, and drops it.
const serverVariable = "ISVKIT_POSTGRES"

// serverName returns the data source name of the server that ISVKIT_POSTGRES names, or
// else of one that is started for the tests, as server says.
func serverName(t testing.TB) string {
	t.Helper()
	if given := os.Getenv(serverVariable); given != "" {
		return given
	}
	return server(t).DSN()
}

var onServer = sqlstore.Config{Dialect: sqlstore.PostgreSQL}

func newPostgresStore(t testing.TB, driver string) *sqlstore.Store {
	return openStore(t, openDB(t, driver, newSchema(t)), onServer)
}

var start = sync.OnceValues(pgserver.Start)

// server returns a PostgreSQL server that is started for the tests, whatever
// ISVKIT_POSTGRES says, and may be crashed. Where none is installed the test is skipped,
// unless ISVKIT_NO_SKIP says that there must be one.
func server(t testing.TB) *pgserver.Server {
	t.Helper()
	running, err := start()
	switch {
	case errors.Is(err, pgserver.ErrNotInstalled) && os.Getenv("ISVKIT_NO_SKIP") == "":
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return running
}

func TestPostgresStore(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		storetest.Test(t, func(t *testing.T) lifecycle.Store { return newPostgresStore(t, driver) })
	})
}

func TestPostgresStoreRetrying(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		if oneIn > 1 && driver != postgresDrivers[0] {
			return // under the race detector the plain store is tried with both
		}
		storetest.Test(t, func(t *testing.T) lifecycle.Store { return storetest.Retrying(newPostgresStore(t, driver)) })
	})
}

func TestPostgresModel(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newSchema(t))
		store := openStore(t, db, onServer)
		storetest.Model(t, func() (lifecycle.Store, func()) { return store, func() { empty(t, db) } })
	})
}

// empty deletes all records, which is quicker than a new schema.
func empty(t *testing.T, db *sql.DB) {
	t.Helper()
	_, err := db.Exec(`DO $$ DECLARE t TEXT; BEGIN
		FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
			AND tablename LIKE 'isv\_%' AND tablename <> 'isv_schema' LOOP
			EXECUTE 'DELETE FROM ' || quote_ident(t);
		END LOOP;
	END $$`)
	if err != nil {
		t.Fatal(err)
	}
}

// P3, P5, P8: as on SQLite.
func TestPostgresP3P5P8EveryFaultOfUpdate(t *testing.T) {
	onPostgres(t, func(t *testing.T, name string) {
		dsn := newSchema(t)
		sweep(t, func(t *testing.T, arm func(*faulty.Faults), fired func(*faulty.Faults) string) {
			db, faults := openFaulty(t, name, dsn)
			store := openStore(t, db, onServer)
			arm(faults)
			err := store.Update(t.Context(), install)
			at := fired(faults)
			happened := holders(t, store, 1) == 1
			judge(t, at, err, happened)
			if !happened {
				if err := store.Update(t.Context(), install); err != nil {
					t.Errorf("after %q failed, the next Update = %v", at, err)
				}
			}
			check(t, db)
			empty(t, db)
		})
	})
}

const deadlock = "40P01"

// P7: two who write two licenses in one Write lock them in one order, whatever the order
// of the effects, so that the database never has to end one.
func TestPostgresP7LocksInOneOrder(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		db, faults := openFaulty(t, driver, newSchema(t))
		store := openStore(t, db, onServer)
		mustWrite(t, store, newLicense(1, license.MaxSeats), newLicense(2, license.MaxSeats))
		var callers sync.WaitGroup
		for n := range 8 {
			callers.Go(func() {
				for i := range 20 {
					u := seats.MustUserID(fmt.Sprintf("user-%d-%d", n, i))
					effects := append(assign(license.ID(1+n%2), u), assign(license.ID(2-n%2), u)...)
					if err := write(t.Context(), store, effects...); err != nil {
						t.Errorf("Update = %v", err)
					}
				}
			})
		}
		callers.Wait()
		if n := faults.Answered(deadlock); n != 0 {
			t.Errorf("%d deadlocks, want none", n)
		}
		check(t, db)
	})
}

// P6: an Update that the database ends because of a deadlock runs again.
func TestPostgresP6DeadlockIsTriedAgain(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		db, faults := openFaulty(t, driver, newSchema(t))
		store := openStore(t, db, onServer)
		mustWrite(t, store, newLicense(1, 9), newLicense(2, 9))
		var both, callers sync.WaitGroup
		both.Add(2)
		for n := range 2 {
			callers.Go(func() {
				first := true
				err := store.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
					if err := tx.Write(ctx, vendor, assign(license.ID(1+n), user(n))...); err != nil {
						return err
					}
					if first { // each has locked one when it asks for the other
						first = false
						both.Done()
						both.Wait()
					}
					return tx.Write(ctx, vendor, assign(license.ID(2-n), user(n))...)
				})
				if err != nil {
					t.Errorf("Update = %v", err)
				}
			})
		}
		callers.Wait()
		if a, b := holders(t, store, 1), holders(t, store, 2); a != 2 || b != 2 {
			t.Errorf("%d and %d holders, want 2 and 2", a, b)
		}
		// One was made. Whoever was ended may be back, and hold its first license again,
		// before the other has woken up.
		if faults.Answered(deadlock) == 0 {
			t.Error("no deadlock, want the one that was made")
		}
		check(t, db)
	})
}

// E3: an event whose transaction commits late is not skipped by a reader who has read
// further meanwhile, and writers of different licenses do not wait for each other.
func TestPostgresE3LateCommit(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		store := newPostgresStore(t, driver)
		mustWrite(t, store, newLicense(1, 9), newLicense(2, 9))
		var read []string
		var after int64
		drain := func() {
			t.Helper()
			if err := store.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
				_, err := tx.Number(ctx, vendor, 100)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := store.View(t.Context(), func(ctx context.Context, r lifecycle.Reader) error {
				page, err := r.Feed(ctx, vendor, after, 100)
				for _, e := range page {
					after = e.Seq
					read = append(read, e.Stream.ID)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		err := store.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
			if err := tx.Write(ctx, vendor, assign(1, user(1))...); err != nil {
				return err
			}
			mustWrite(t, store, assign(2, user(2))...) // later, and committed earlier
			drain()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		drain()
		if fmt.Sprint(read) != "[L-00002 L-00001]" {
			t.Errorf("read the events of %v, want those of L-00002 and then L-00001", read)
		}
	})
}

// S24: an Update that writes nothing, because it refuses or because all is done, has
// decided on one moment: here somebody else commits between its two reads, once.
func TestPostgresS24RefusalsAreOfOneMoment(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		store := newPostgresStore(t, driver)
		mustWrite(t, store, newLicense(1, 9))
		for n, refusal := range []error{nil, errors.New("refused")} {
			var first, second int
			between := sync.OnceFunc(func() { mustWrite(t, store, assign(1, user(n))...) })
			err := store.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
				a, err1 := tx.License(ctx, vendor, 1)
				between()
				b, err2 := tx.License(ctx, vendor, 1)
				first, second = a.Holders, b.Holders
				return errors.Join(refusal, err1, err2)
			})
			if refusal == nil && err != nil || !errors.Is(err, refusal) || first != second {
				t.Errorf("Update = %v, and its reads show %d and %d holders, want %v and the same", err, first, second, refusal)
			}
		}
	})
}

// What is written in the caller's transaction commits with the caller's rows.
func TestPostgresWithTx(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newSchema(t))
		store := openStore(t, db, onServer)
		mustWrite(t, store, newLicense(1, 3))
		if _, err := db.Exec("CREATE TABLE orders (id INT GENERATED ALWAYS AS IDENTITY, who TEXT NOT NULL)"); err != nil {
			t.Fatal(err)
		}
		for _, commit := range []bool{false, true} {
			tx := begin(t, db)
			joined := store.WithTx(tx)
			mustWrite(t, joined, assign(1, user(1))...)
			if err := write(t.Context(), joined, assign(1, user(1))...); !errors.Is(err, lifecycle.ErrConflict) {
				t.Errorf("Update = %v, want ErrConflict", err)
			}
			end := tx.Rollback
			if commit {
				end = tx.Commit
			}
			if err := end(); err != nil {
				t.Fatal(err)
			}
		}
		if n, o := holders(t, store, 1), orders(t, db); n != 1 || o != 1 {
			t.Errorf("%d holders and %d orders, want 1 and 1", n, o)
		}
		check(t, db)
	})
}

// P8: a store whose connections were all lost works on with new ones.
func TestPostgresP8LostConnections(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		dsn := newSchema(t)
		db := openDB(t, driver, dsn)
		store := openStore(t, db, onServer)
		mustWrite(t, store, newLicense(1, 9))
		if err := nested(t.Context(), store, 4, func() {}); err != nil {
			t.Fatal(err)
		}
		cut := func(ctx context.Context) error {
			_, err := openDB(t, driver, dsn).ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE pid <> pg_backend_pid() AND application_name = current_setting('application_name')`)
			return err
		}
		if err := cut(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustWrite(t, store, assign(1, user(1))...)
		err := store.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
			return errors.Join(tx.Write(ctx, vendor, assign(1, user(2))...), cut(ctx))
		})
		if !unknown(err) {
			t.Errorf("Update whose COMMIT finds no connection = %v, want an unknown outcome", err)
		}
		mustWrite(t, store, assign(1, user(3))...)
		if n := holders(t, store, 1); n != 2 {
			t.Errorf("%d holders, want 2", n)
		}
	})
}

// P3: a caller that gives up while it waits for a lock gets an error soon, nothing
// happened, and nobody else notices.
func TestPostgresP3CallerGivesUp(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newSchema(t))
		store := openStore(t, db, onServer)
		mustWrite(t, store, newLicense(1, 9))
		err := store.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
			if err := tx.Write(ctx, vendor, assign(1, user(1))...); err != nil {
				return err
			}
			waiting, cancel := context.WithCancel(ctx)
			defer cancel()
			var caller sync.WaitGroup
			caller.Go(func() {
				if err := write(waiting, store, assign(1, user(2))...); err == nil || unknown(err) {
					t.Errorf("Update of who gave up = %v, want a plain error", err)
				}
			})
			for n := 0; n == 0; { // until the server says that it waits
				if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM pg_locks WHERE NOT granted").Scan(&n); err != nil {
					return err
				}
			}
			cancel()
			caller.Wait()
			return nil
		})
		if n := holders(t, store, 1); err != nil || n != 1 {
			t.Errorf("Update = %v, %d holders; want nil and 1", err, n)
		}
		mustWrite(t, store, assign(1, user(2))...)
		check(t, db)
	})
}

// P11: as on SQLite.
func TestPostgresP11Migrations(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newSchema(t))
		var openers sync.WaitGroup
		for range 8 {
			openers.Go(func() {
				store, err := sqlstore.Open(t.Context(), db, onServer)
				if err != nil {
					t.Errorf("Open = %v", err)
					return
				}
				_ = store.Close()
			})
		}
		openers.Wait()
		if _, err := db.Exec("INSERT INTO isv_schema VALUES (9999, 'of tomorrow', '')"); err != nil {
			t.Fatal(err)
		}
		var newer *sqlstore.NewerSchemaError
		if _, err := sqlstore.Open(t.Context(), db, onServer); !errors.As(err, &newer) {
			t.Errorf("Open = %v, want a *NewerSchemaError", err)
		}
	})
}

// P1, P3, P4: a server that crashes while many write loses nothing that was
// acknowledged; what failed plainly did not happen; and who asks again until it is
// settled, as after an unknown outcome, has exactly one seat.
func TestPostgresP1P3P4ServerCrash(t *testing.T) {
	ours := server(t) // one that was given is not ours to crash
	onPostgres(t, func(t *testing.T, driver string) {
		dsn, err := ours.NewSchema(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		db := openDB(t, driver, dsn)
		store := openStore(t, db, onServer)
		mustWrite(t, store, newLicense(1, license.MaxSeats))
		const callers, before, after = 8, 200, 200
		acks := make(chan struct{})
		stop := make(chan struct{})
		var all sync.WaitGroup
		for caller := range callers {
			all.Go(func() {
				for n := 0; ; n++ {
					settle(t, store, user(n*callers+caller))
					select {
					case acks <- struct{}{}:
					case <-stop:
						return
					}
				}
			})
		}
		for range before {
			<-acks
		}
		if err := errors.Join(ours.Crash(), ours.Restart()); err != nil {
			t.Fatal(err)
		}
		for range after {
			<-acks
		}
		close(stop)
		all.Wait()
		check(t, db)
		if n := holders(t, store, 1); n < before+after {
			t.Errorf("%d holders, want at least the %d that were acknowledged", n, before+after)
		}
	})
}

// settle asks for a seat until it is certain that the user has it.
func settle(t *testing.T, store lifecycle.Store, u seats.UserID) {
	uncertain := false
	for {
		err := write(t.Context(), store, assign(1, u)...)
		switch {
		case err == nil:
			return
		case errors.Is(err, lifecycle.ErrConflict):
			if !uncertain {
				t.Errorf("the seat of %v is taken, though every try failed plainly", u)
			}
			return
		}
		uncertain = uncertain || unknown(err)
	}
}

// E3: while many write and many number and read at once, every reader sees every event once,
// each stream in its order.
func TestPostgresE3ManyRelays(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		store := newPostgresStore(t, driver)
		const writers, each, relays = 4, 25, 4
		for n := range writers {
			mustWrite(t, store, newLicense(license.ID(n+1), license.MaxSeats))
		}
		var all sync.WaitGroup
		for n := range writers {
			all.Go(func() {
				for i := range each {
					if err := write(t.Context(), store, assign(license.ID(n+1), user(i))...); err != nil {
						t.Errorf("Update = %v", err)
					}
				}
			})
		}
		for range relays {
			all.Go(func() {
				r := relay{store: store, read: map[string]int64{}}
				for r.total < writers*each && !t.Failed() {
					if err := r.step(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
	})
}

// relay numbers events and reads the feed.
type relay struct {
	store lifecycle.Store
	after int64
	total int
	read  map[string]int64 // the latest position of each stream
}

func (r *relay) step(ctx context.Context) error {
	err := r.store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		_, err := tx.Number(ctx, vendor, 7)
		return err
	})
	if err != nil {
		return err
	}
	return r.store.View(ctx, func(ctx context.Context, reader lifecycle.Reader) error {
		page, err := reader.Feed(ctx, vendor, r.after, 9)
		for _, e := range page {
			if e.Seq <= r.after || e.Position != r.read[e.Stream.ID]+1 {
				return fmt.Errorf("event %d of %v at %d after %d at %d", e.Position, e.Stream, e.Seq, r.read[e.Stream.ID], r.after)
			}
			r.after, r.read[e.Stream.ID] = e.Seq, e.Position
			r.total++
		}
		return err
	})
}
