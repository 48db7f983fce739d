package drivertest

import (
	"database/sql"
	"testing"

	"github.com/isvkit/isvkit/internal/drivertest/faulty"
)

// openFaulty opens a database through faults, and closes it at the end of the test.
func openFaulty(t testing.TB, driver, dsn string) (*sql.DB, *faulty.Faults) {
	t.Helper()
	db, f, err := faulty.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, f
}

// ask returns the one value of the answer to query, past database/sql.
func ask(t testing.TB, c *faulty.Conn, query string) string {
	t.Helper()
	value, err := c.Ask(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	return value
}
