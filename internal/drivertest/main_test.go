package drivertest

import (
	"context"
	"database/sql"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"go.uber.org/goleak"
	_ "modernc.org/sqlite"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
)

// P12: no goroutine is left when all stores are closed. A process that a test starts
// to be killed is this one, too.
func TestMain(m *testing.M) {
	if target := os.Getenv("DRIVERTEST_WRITE"); target != "" {
		writer(target)
	}
	// Every property of a store holds on memory a hundred times first; a database takes
	// longer. The command line, and RAPID_CHECKS, ask for more.
	if os.Getenv("RAPID_CHECKS") == "" {
		if err := flag.Set("rapid.checks", strconv.Itoa(30/oneIn)); err != nil {
			panic(err) // rapid has no such flag any more, and no test runs yet that could fail
		}
	}
	goleak.VerifyTestMain(m)
}

// onSQLite runs test as a subtest for each driver.
func onSQLite(t *testing.T, test func(t *testing.T, driver string)) {
	for _, driver := range sqliteDrivers {
		t.Run(driver, func(t *testing.T) { test(t, driver) })
	}
}

// newFile returns the name of a database that is not there yet.
func newFile(t testing.TB) string { return filepath.Join(t.TempDir(), "store.db") }

// openDB opens a database, and closes it at the end of the test.
func openDB(t testing.TB, driver, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return db
}

// openStore opens a store in db, and closes it at the end of the test.
func openStore(t testing.TB, db *sql.DB, c sqlstore.Config) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.Open(context.Background(), db, c)
	if err != nil {
		t.Fatalf("Open = %v", err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return store
}

// newStore opens a store in a new database.
func newStore(t testing.TB, driver string) *sqlstore.Store {
	return openStore(t, openDB(t, driver, newFile(t)), sqlstore.Config{})
}

var _ lifecycle.Store = (*sqlstore.Store)(nil)
