// Package instant fixes the precision of time: UTC, whole microseconds, no
// monotonic reading, so that an instant is the same in every store and == is
// equality.
package instant

import "time"

// Of returns t as the library keeps it.
func Of(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Max returns the later of a and b.
func Max(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
