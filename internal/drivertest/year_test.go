package drivertest

import (
	"os"
	"strconv"
	"testing"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/lifecycle/storetest"
)

// E4–E7: every alert of a small vendor's year is recorded exactly once and reaches its
// sinks, through restarts. ISVKIT_YEAR_LICENSES makes the vendor larger.
func TestE4Year(t *testing.T) {
	licenses := 100
	if text := os.Getenv("ISVKIT_YEAR_LICENSES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		licenses = n
	}
	t.Run(sqliteDrivers[0], func(t *testing.T) {
		file := newFile(t)
		storetest.Year(t, func() lifecycle.Store { return openStore(t, openDB(t, sqliteDrivers[0], file), sqlstore.Config{}) }, licenses)
	})
}
