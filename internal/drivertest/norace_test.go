//go:build !race

package drivertest

const oneIn = 1
