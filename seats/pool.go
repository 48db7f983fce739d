package seats

import (
	"math"
	"strconv"

	"github.com/isvkit/isvkit/license"
)

// Pool is the seats of a license and how many of them are used. It is a value: a
// method that changes it returns the new one. The zero Pool has no seats.
type Pool struct {
	Seats   license.Seats
	Used    int
	Overage Overage
}

// Overage is how far above the licensed seats a vendor lets an org go. Both parts
// add up. The zero Overage is none.
type Overage struct {
	BasisPoints int // hundredths of a percent of the licensed seats, rounded down to whole seats
	Extra       int // so many seats
}

// Validate returns a *FieldError when o is below zero or above 100 % or
// license.MaxSeats.
func (o Overage) Validate() error {
	switch {
	case o.BasisPoints < 0 || o.BasisPoints > 10_000:
		return &FieldError{Field: "overage", Value: strconv.Itoa(o.BasisPoints), Rule: "is 0 to 10000 hundredths of a percent"}
	case o.Extra < 0 || o.Extra > license.MaxSeats:
		return &FieldError{Field: "overage", Value: strconv.Itoa(o.Extra), Rule: "is 0 to 99000000 extra seats"}
	}
	return nil
}

// Of returns how many seats o adds to n licensed ones.
func (o Overage) Of(n int) int {
	return int(int64(n)*int64(o.BasisPoints)/10_000) + o.Extra
}

// Limit returns how many seats can be used before a new assignment is refused: the
// licensed ones and the overage. For a site license it is math.MaxInt.
func (p Pool) Limit() int {
	n, counted := p.Seats.Count()
	if !counted {
		return math.MaxInt
	}
	return n + p.Overage.Of(n)
}

// Remaining returns licensed seats minus used ones, exactly: negative when
// over-allocated. ok is false for a site license, where it is unlimited.
func (p Pool) Remaining() (n int, ok bool) {
	licensed, ok := p.Seats.Count()
	if !ok {
		return 0, false
	}
	return licensed - p.Used, true
}

// OverAllocated reports whether more seats are used than licensed.
func (p Pool) OverAllocated() bool {
	n, ok := p.Remaining()
	return ok && n < 0
}

// Room returns how many seats can still be assigned, overage included; never
// negative, and math.MaxInt for a site license.
func (p Pool) Room() int {
	if p.Seats.IsSite() {
		return math.MaxInt
	}
	return max(0, p.Limit()-p.Used)
}

// Assign returns p with n more seats used, or p and an *ExhaustedError when there
// is no room for all n. n below 0 is a *FieldError.
func (p Pool) Assign(n int) (Pool, error) {
	if n < 0 {
		return p, &FieldError{Field: "number of seats", Value: strconv.Itoa(n), Rule: "must not be negative"}
	}
	if n > p.Room() || n > math.MaxInt32-p.Used {
		return p, &ExhaustedError{Pool: p, Wanted: n}
	}
	p.Used += n
	return p, nil
}

// Release returns p with n fewer seats used. n below 0 or above Used is a
// *FieldError.
func (p Pool) Release(n int) (Pool, error) {
	if n < 0 || n > p.Used {
		return p, &FieldError{Field: "number of seats", Value: strconv.Itoa(n), Rule: "is 0 to the seats used"}
	}
	p.Used -= n
	return p, nil
}

// Resize returns p with other licensed seats. Nobody is removed: use above the new
// number makes Remaining negative.
func (p Pool) Resize(seats license.Seats) Pool {
	p.Seats = seats
	return p
}
