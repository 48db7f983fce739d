//go:build race

package drivertest

// The race detector makes SQLite ten times slower, so under it a tenth is tried of
// what is tried one by one. It looks for races; whether every fault is survived is
// for the run without it.
const oneIn = 10
