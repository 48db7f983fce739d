package drivertest

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/lifecycle/storetest"
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

// begin begins a transaction with a row of the caller's own.
func begin(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
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

// inTx is a Store whose every Update is a transaction of the caller.
type inTx struct {
	*sqlstore.Store
	db *sql.DB
}

func (s inTx) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(context.WithoutCancel(ctx), "BEGIN IMMEDIATE"); err != nil {
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
			return inTx{openStore(t, db, sqlstore.Config{}), db}
		})
	})
}
