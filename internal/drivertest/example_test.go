package drivertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/pkgversion"
)

// The Examples of package sqlstore that run: they need a driver, which the package
// does not import.

// folderFor returns a new folder, and what removes it.
func folderFor() (string, func()) {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err) // an Example has no test to fail
	}
	return folder, func() { _ = os.RemoveAll(folder) }
}

// A *sqlstore.Store keeps a vendor's books in one file, and what was committed is there
// when it is opened again.
func ExampleStore() {
	ctx := context.Background()
	folder, remove := folderFor()
	defer remove()
	me := lifecycle.Actor{Vendor: pkgversion.MustVendorID("vendor"), ID: lifecycle.MustActorID("me")}
	for range 2 {
		db, err := sql.Open("sqlite", filepath.Join(folder, "licenses.db"))
		if err != nil {
			fmt.Println(err)
			return
		}
		store, err := sqlstore.Open(ctx, db, sqlstore.Config{Dialect: sqlstore.SQLite, BusyTimeout: time.Second})
		if err != nil {
			fmt.Println(err)
			return
		}
		manager, err := lifecycle.New(lifecycle.Config{Store: store})
		if err != nil {
			fmt.Println(err)
			return
		}
		before, _ := manager.Packages(ctx, me)
		_, err = manager.RegisterPackage(ctx, me, lifecycle.Registration{Package: pkgversion.Package{ID: pkgversion.MustPackageID("contracts")}})
		fmt.Println(len(before), "packages found;", err)
		fmt.Println(store.Close(), db.Close())
	}
	// Output:
	// 0 packages found; <nil>
	// <nil> <nil>
	// 1 packages found; <nil>
	// <nil> <nil>
}

// An order of yours and the package that it is for are committed together, or neither
// is.
func ExampleStore_WithTx() {
	ctx := context.Background()
	folder, remove := folderFor()
	defer remove()
	db, err := sql.Open("sqlite", filepath.Join(folder, "licenses.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	store, err := sqlstore.Open(ctx, db, sqlstore.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	me := lifecycle.Actor{Vendor: pkgversion.MustVendorID("vendor"), ID: lifecycle.MustActorID("me")}
	_, err = db.ExecContext(ctx, "CREATE TABLE orders (package TEXT)")
	fmt.Println(err)

	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err1 := tx.ExecContext(ctx, "INSERT INTO orders (package) VALUES (?)", "contracts")
	joined, err2 := lifecycle.New(lifecycle.Config{Store: store.WithTx(tx)})
	if err := errors.Join(err1, err2); err != nil {
		fmt.Println(err)
		return
	}
	_, err = joined.RegisterPackage(ctx, me, lifecycle.Registration{Package: pkgversion.Package{ID: pkgversion.MustPackageID("contracts")}})
	fmt.Println(err, tx.Rollback()) // the caller changes its mind

	manager, err := lifecycle.New(lifecycle.Config{Store: store})
	if err != nil {
		fmt.Println(err)
		return
	}
	packages, err := manager.Packages(ctx, me)
	fmt.Println(len(packages), "packages", err)
	// Output:
	// <nil>
	// <nil> <nil>
	// 0 packages <nil>
}

// A database that a later release has migrated is left alone: a *sqlstore.NewerSchemaError
// says so. A file that somebody else writes for too long is a *sqlstore.BusyError.
func ExampleNewerSchemaError() {
	ctx := context.Background()
	folder, remove := folderFor()
	defer remove()
	db, err := sql.Open("sqlite", filepath.Join(folder, "licenses.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	store, err := sqlstore.Open(ctx, db, sqlstore.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(store.Close())
	_, err = db.ExecContext(ctx, "INSERT INTO isv_schema (version, name, applied_at) VALUES (9999, 'of the future', '')")
	fmt.Println(err)
	_, err = sqlstore.Open(ctx, db, sqlstore.Config{})
	var newer *sqlstore.NewerSchemaError
	var busy *sqlstore.BusyError
	fmt.Println(errors.As(err, &newer), errors.As(err, &busy))
	// Output:
	// <nil>
	// <nil>
	// true false
}
