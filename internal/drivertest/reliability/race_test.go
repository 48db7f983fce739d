//go:build race

package reliability

// The race detector makes SQLite ten times slower. It looks for races; whether every
// plant is found is for the run without it.
const oneIn = 4
