package inventory

import (
	"strconv"

	"github.com/isvkit/isvkit/license"
)

// Count is a number of seats, or unlimited, or unknown. It is comparable. The zero
// Count is unknown, which is not 0. What remains of a pool can be below zero.
type Count struct {
	state countState
	n     int32 // 0 unless known
}

type countState uint8

const (
	unknown countState = iota
	known
	unlimited
)

const countRule = "is -99000000 to 99000000, unlimited, or empty where unknown"

// NewCount returns a count of n seats. More than license.MaxSeats either way is a
// *FieldError.
func NewCount(n int) (Count, error) {
	if n < -license.MaxSeats || license.MaxSeats < n {
		return Count{}, &FieldError{Field: "count", Value: strconv.Itoa(n), Rule: countRule}
	}
	return Count{known, int32(n)}, nil
}

// MustCount is NewCount for literals and tests; it panics on an error.
func MustCount(n int) Count {
	c, err := NewCount(n)
	if err != nil {
		panic(err)
	}
	return c
}

// Unlimited returns the count of a site license.
func Unlimited() Count { return Count{state: unlimited} }

// CountOf returns the seats of a license as a count.
func CountOf(seats license.Seats) Count {
	n, ok := seats.Count()
	if !ok {
		return Unlimited()
	}
	return Count{known, int32(n)}
}

const unlimitedText = "unlimited"

// ParseCount reads what String returns: a number, "unlimited", or nothing. The
// error is a *FieldError.
func ParseCount(text string) (Count, error) {
	switch text {
	case "":
		return Count{}, nil
	case unlimitedText:
		return Unlimited(), nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(n) != text || n < -license.MaxSeats || license.MaxSeats < n {
		return Count{}, &FieldError{Field: "count", Value: text, Rule: countRule}
	}
	return Count{known, int32(n)}, nil
}

// Int returns the number; ok is false where it is unlimited or unknown.
func (c Count) Int() (n int, ok bool) { return int(c.n), c.state == known }

// IsUnlimited reports whether c has no limit.
func (c Count) IsUnlimited() bool { return c.state == unlimited }

// IsZero reports whether c is unknown.
func (c Count) IsZero() bool { return c.state == unknown }

// Equal reports c == other.
func (c Count) Equal(other Count) bool { return c == other }

// Minus returns c - used, exactly: unknown where either is, unlimited where c is.
// Nothing can be taken from a number but a number.
func (c Count) Minus(used Count) Count {
	switch {
	case c.IsZero() || used.state != known:
		return Count{}
	case c.IsUnlimited():
		return c
	}
	n := int64(c.n) - int64(used.n)
	if n < -license.MaxSeats || license.MaxSeats < n {
		return Count{} // of two counts that are not below zero it never is
	}
	return Count{known, int32(n)}
}

// isBelowZero reports whether c is a number below zero.
func (c Count) isBelowZero() bool { return c.n < 0 }

// String returns the number, "unlimited", or "" where it is unknown.
func (c Count) String() string {
	switch c.state {
	case known:
		return strconv.Itoa(int(c.n))
	case unlimited:
		return unlimitedText
	}
	return ""
}

// MarshalText returns what String returns.
func (c Count) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what ParseCount reads.
func (c *Count) UnmarshalText(text []byte) error {
	parsed, err := ParseCount(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}
