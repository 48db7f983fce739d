//go:build !race

package reliability

const oneIn = 1
