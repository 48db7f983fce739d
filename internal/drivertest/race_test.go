//go:build race

package drivertest

// The race detector looks for races; whether every fault is survived is for the run
// without it. So under it a tenth is tried of what is tried one by one.
const oneIn = 10

// sqliteDrivers are the names under which SQLite is registered with database/sql. Under
// the race detector, which needs cgo, it is the driver in C only: that in Go is watched
// at each step of SQLite itself, ten times slower, for races that are not ours.
var sqliteDrivers []string
