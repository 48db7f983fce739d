package license

import "strconv"

// MaxSeats is the highest number of seats of a license, as on the platform.
const MaxSeats = 99_000_000

// Seats is how many users of an org may hold a seat: a count from 0 to MaxSeats,
// or every one of them, which is a site license. It is comparable. The zero
// Seats is the count 0: nobody.
type Seats struct {
	n    int32 // 0 when site
	site bool
}

// NewSeats returns a count of seats. A count below 0 or above MaxSeats is a
// *FieldError. The platform's -1 for a site license is read by package sfdata
// alone.
func NewSeats(n int) (Seats, error) {
	if n < 0 || n > MaxSeats {
		return Seats{}, &FieldError{Field: "seats", Value: strconv.Itoa(n), Rule: seatsRule}
	}
	return Seats{n: int32(n)}, nil
}

// MustSeats is NewSeats for literals and tests; it panics on an error.
func MustSeats(n int) Seats {
	seats, err := NewSeats(n)
	if err != nil {
		panic(err)
	}
	return seats
}

// Site returns the seats of a site license: every user of the org.
func Site() Seats { return Seats{site: true} }

const (
	siteText  = "site"
	seatsRule = "a count of seats is 0 to 99000000"
)

// ParseSeats reads what String returns: a count, or "site". The error is a
// *FieldError.
func ParseSeats(text string) (Seats, error) {
	if text == siteText {
		return Site(), nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(n) != text || n < 0 || n > MaxSeats {
		return Seats{}, &FieldError{Field: "seats", Value: text, Rule: seatsRule + `, or "site"`}
	}
	return Seats{n: int32(n)}, nil
}

// IsSite reports whether s covers every user of the org.
func (s Seats) IsSite() bool { return s.site }

// Count returns the number of seats; ok is false for a site license.
func (s Seats) Count() (n int, ok bool) { return int(s.n), !s.site }

// Equal reports s == other.
func (s Seats) Equal(other Seats) bool { return s == other }

// String returns the count in decimal, or "site".
func (s Seats) String() string {
	if s.site {
		return siteText
	}
	return strconv.Itoa(int(s.n))
}

// MarshalText returns what String returns.
func (s Seats) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what ParseSeats reads.
func (s *Seats) UnmarshalText(text []byte) error {
	parsed, err := ParseSeats(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}
