package drivertest

import (
	"testing"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/storetest"
)

// The store keeps its promises when isv_seats is partitioned by license, as doc/scale.md
// has it.
func TestPostgresPartitionedSeats(t *testing.T) {
	storetest.Test(t, func(t *testing.T) lifecycle.Store {
		db := openDB(t, "pgx", newSchema(t))
		store := openStore(t, db, onServer)
		for _, query := range []string{
			"ALTER TABLE isv_seats RENAME TO whole",
			"CREATE TABLE isv_seats (LIKE whole INCLUDING ALL) PARTITION BY HASH (vendor, license)",
			"CREATE TABLE isv_seats_0 PARTITION OF isv_seats FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
			"CREATE TABLE isv_seats_1 PARTITION OF isv_seats FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
			"DROP TABLE whole",
		} {
			if _, err := db.ExecContext(t.Context(), query); err != nil {
				t.Fatal(err)
			}
		}
		return store
	})
}
