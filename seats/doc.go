// Package seats counts who uses a license: the arithmetic of a [Pool] of seats, the
// [Assignment] of one seat to one user, and the [Ledger] of use over time.
//
// It is pure: values in, values out. Remaining is always licensed minus used, exactly,
// and negative after the vendor cut the license below its use: everyone who holds a
// seat keeps it, and nobody gets a new one until something remains.
//
// Ids follow the rules that package pkgversion describes.
package seats
