package sqlstore_test

import (
	"context"
	"database/sql"
	"log"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
)

// A vendor's books in one SQLite file. The program imports the driver, for example
// modernc.org/sqlite.
func ExampleOpen() {
	ctx := context.Background()
	db, err := sql.Open("sqlite", "licenses.db")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	store, err := sqlstore.Open(ctx, db, sqlstore.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	manager, err := lifecycle.New(lifecycle.Config{Store: store})
	if err != nil {
		log.Fatal(err)
	}
	_ = manager
}

// An order and the package that it is for are there together, or neither is.
func ExampleStore_WithTx() {
	placeOrder := func(ctx context.Context, db *sql.DB, store *sqlstore.Store, actor lifecycle.Actor, r lifecycle.Registration) error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err := tx.ExecContext(ctx, "INSERT INTO orders (package) VALUES (?)", r.Package.ID.String()); err != nil {
			return err
		}
		manager, err := lifecycle.New(lifecycle.Config{Store: store.WithTx(tx)})
		if err != nil {
			return err
		}
		if _, err := manager.RegisterPackage(ctx, actor, r); err != nil {
			return err
		}
		return tx.Commit()
	}
	_ = placeOrder
}
