package inventory

import (
	"strconv"

	"github.com/isvkit/isvkit/internal/errtext"
)

// FieldError says why a value was refused. Nothing was changed.
type FieldError struct {
	Field string // "count", "pool id", …
	Value string
	Rule  string // the rule it broke
}

// Error names the field, at most 64 characters of the value, and the rule.
func (e *FieldError) Error() string {
	return errtext.Line("inventory: ", e.Field, " ", errtext.Quote(e.Value), ": ", e.Rule)
}

// ReadOnlyError refuses to edit by hand what discovery overrides. Nothing was
// changed; switch discovery off first.
type ReadOnlyError struct {
	Pool  PoolID
	Field string // "name", "purchased", …
}

// Error names the pool and the field.
func (e *ReadOnlyError) Error() string {
	return errtext.Line("inventory: pool ", errtext.Quote(e.Pool.String()), ": ", e.Field, " is read-only while discovery is on")
}

// LeaversError refuses a list that lets more people go than the caller allows: a
// list that was cut off must not deprovision a company.
type LeaversError struct {
	Leavers, Known, Limit int
}

// Error gives the numbers.
func (e *LeaversError) Error() string {
	return errtext.Line("inventory: ", strconv.Itoa(e.Leavers), " of ", strconv.Itoa(e.Known),
		" people would leave, at most ", strconv.Itoa(e.Limit), " are allowed to; is the list complete?")
}
