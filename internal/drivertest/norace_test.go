//go:build !race

package drivertest

const oneIn = 1

// sqliteDrivers are the names under which SQLite is registered with database/sql.
var sqliteDrivers = []string{"sqlite"}
