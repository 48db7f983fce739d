package drivertest

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/lifecycle/storetest"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// withOrders opens a store beside a table of the caller's own.
func withOrders(t *testing.T, driver string) (*sql.DB, *sqlstore.Store) {
	db := openDB(t, driver, newFile(t))
	store := openStore(t, db, sqlstore.Config{})
	mustWrite(t, store, newLicense(1, 3))
	if _, err := db.Exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, who TEXT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	return db, store
}

func orders(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRow("SELECT COUNT(*) FROM orders").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// ofOneMoment is how PostgreSQL begins a transaction for WithTx. SQLite's always are so.
var ofOneMoment = &sql.TxOptions{Isolation: sql.LevelRepeatableRead}

// begin begins a transaction with a row of the caller's own.
func begin(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), ofOneMoment)
	if err == nil {
		_, err = tx.Exec("INSERT INTO orders (who) VALUES ('me')")
	}
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// What is written in the caller's transaction commits with the caller's rows.
func TestWithTxCommits(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		db, store := withOrders(t, driver)
		tx := begin(t, db)
		joined := store.WithTx(tx)
		mustWrite(t, joined, assign(1, user(1))...)
		if in, out := holders(t, joined, 1), holders(t, store, 1); in != 1 || out != 0 {
			t.Errorf("%d holders within the transaction and %d outside, want 1 and 0", in, out)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if n, o := holders(t, store, 1), orders(t, db); n != 1 || o != 1 {
			t.Errorf("%d holders and %d orders, want 1 and 1", n, o)
		}
		check(t, db)
	})
}

// What is written in the caller's transaction is taken back with the caller's rows.
func TestWithTxRollsBack(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		db, store := withOrders(t, driver)
		tx := begin(t, db)
		mustWrite(t, store.WithTx(tx), assign(1, user(1))...)
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if n, o := holders(t, store, 1), orders(t, db); n != 0 || o != 0 {
			t.Errorf("%d holders and %d orders, want none", n, o)
		}
		mustWrite(t, store, assign(1, user(1))...)
	})
}

// L8: an Update that fails or panics takes back what it wrote, and nothing else of the
// transaction.
func TestWithTxUpdateFails(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		db, store := withOrders(t, driver)
		tx := begin(t, db)
		joined := store.WithTx(tx)
		mustWrite(t, joined, assign(1, user(1))...)
		if err := write(t.Context(), joined, append(assign(1, user(2)), assign(1, user(1))...)...); !errors.Is(err, lifecycle.ErrConflict) {
			t.Errorf("Update = %v, want ErrConflict", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = joined.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
				_ = tx.Write(ctx, vendor, assign(1, user(3))...)
				panic("oh")
			})
		}()
		mustWrite(t, joined, assign(1, user(4))...)
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if n, o := holders(t, store, 1), orders(t, db); n != 2 || o != 1 {
			t.Errorf("%d holders and %d orders, want 2 and 1", n, o)
		}
		check(t, db)
	})
}

// S24: a transaction in which two reads can be of two moments is refused, before anything
// is read or written, and in words that say what is needed.
func TestPostgresS24WithTxRefusesReadCommitted(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newSchema(t))
		store := openStore(t, db, onServer)
		mustWrite(t, store, newLicense(1, 3))
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		joined := store.WithTx(tx)
		view := joined.View(t.Context(), func(context.Context, lifecycle.Reader) error { t.Error("f was called"); return nil })
		for _, err := range []error{view, write(t.Context(), joined, assign(1, user(1))...)} {
			if err == nil || !strings.Contains(err.Error(), "REPEATABLE READ") {
				t.Errorf("in a transaction at READ COMMITTED: %v, want an error that names REPEATABLE READ", err)
			}
		}
		if err := tx.Commit(); err != nil { // it is as good as it was
			t.Error(err)
		}
		if n := holders(t, store, 1); n != 0 {
			t.Errorf("%d holders, want none", n)
		}
	})
}

// S24: all that is read in a transaction of the caller is of one moment: a Manager does not
// refuse a seat to who held one all the time until another took it, for want of the
// moment at which there was neither.
func TestPostgresS24WithTxIsOfOneMoment(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newSchema(t))
		store := openStore(t, db, onServer)
		mustWrite(t, store, newLicense(1, 1))
		mustWrite(t, store, assign(1, user(1))...)
		tx, err := db.BeginTx(t.Context(), ofOneMoment)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		change := sync.OnceFunc(func() {
			now := noon.Add(time.Hour)
			mustWrite(t, store, lifecycle.FreeSeats{License: 1, Users: []seats.UserID{user(1)}, At: now})
			mustWrite(t, store, assign(1, user(2))...)
		})
		m, err := lifecycle.New(lifecycle.Config{Store: interrupted{store.WithTx(tx), change}, Now: func() time.Time { return noon.Add(time.Hour) }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Assign(t.Context(), actor, lifecycle.Assign{License: 1, Users: []seats.UserID{user(1)}}); err != nil {
			t.Errorf("Assign of who holds a seat = %v, want it to succeed", err)
		}
	})
}

// interrupted is a Store in whose Updates somebody else commits after the license is read.
type interrupted struct {
	lifecycle.Store
	change func()
}

func (s interrupted) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	return s.Store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error { return f(ctx, interruptedTx{tx, s.change}) })
}

type interruptedTx struct {
	lifecycle.Tx
	change func()
}

func (tx interruptedTx) License(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (license.License, error) {
	l, err := tx.Tx.License(ctx, vendor, id)
	tx.change()
	return l, err
}

// L9: who finds in a transaction of the caller that somebody else has written the same
// meanwhile is told so by the database, and nothing happened.
func TestPostgresL9WithTxAgainstAnother(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newSchema(t))
		store := openStore(t, db, onServer)
		mustWrite(t, store, newLicense(1, 3))
		tx, err := db.BeginTx(t.Context(), ofOneMoment)
		if err != nil {
			t.Fatal(err)
		}
		joined := store.WithTx(tx)
		if n := holders(t, joined, 1); n != 0 {
			t.Errorf("%d holders, want none", n)
		}
		mustWrite(t, store, assign(1, user(1))...)
		var answer interface{ SQLState() string }
		if err := write(t.Context(), joined, assign(1, user(2))...); !errors.As(err, &answer) || answer.SQLState() != serialization {
			t.Errorf("Update = %v, want a serialization failure", err)
		}
		if err := tx.Commit(); err != nil {
			t.Error(err)
		}
		if n := holders(t, store, 1); n != 1 {
			t.Errorf("%d holders, want 1", n)
		}
		check(t, db)
	})
}

const serialization = "40001"

// inTx is a Store whose every Update is a transaction of the caller.
type inTx struct {
	*sqlstore.Store
	db    *sql.DB
	begin string
}

func (s inTx) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(context.WithoutCancel(ctx), s.begin); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	if err := s.WithConn(conn).Update(ctx, f); err != nil {
		return err
	}
	_, err = conn.ExecContext(context.WithoutCancel(ctx), "COMMIT")
	done = err == nil
	return err
}

// The suite holds in transactions of the caller, too.
func TestStoreInTx(t *testing.T) {
	dsn := map[string]string{
		"sqlite":  "?_pragma=busy_timeout(60000)&_pragma=synchronous(2)",
		"sqlite3": "?_busy_timeout=60000&_synchronous=2",
	}
	onSQLite(t, func(t *testing.T, driver string) {
		storetest.Test(t, func(t *testing.T) lifecycle.Store {
			db := openDB(t, driver, "file:"+newFile(t)+dsn[driver])
			return inTx{openStore(t, db, sqlstore.Config{}), db, "BEGIN IMMEDIATE"}
		})
	})
}

// again is a Store in whose transactions a caller who is told to begins again.
type again struct{ inTx }

func (s again) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	for {
		err := s.inTx.Update(ctx, f)
		var answer interface{ SQLState() string }
		if !errors.As(err, &answer) || answer.SQLState() != serialization && answer.SQLState() != deadlock {
			return err
		}
	}
}

// The suite holds in transactions of the caller on PostgreSQL, at the level that is needed.
func TestPostgresStoreInTx(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		storetest.Test(t, func(t *testing.T) lifecycle.Store {
			db := openDB(t, driver, newSchema(t))
			return again{inTx{openStore(t, db, onServer), db, "BEGIN ISOLATION LEVEL REPEATABLE READ"}}
		})
	})
}
