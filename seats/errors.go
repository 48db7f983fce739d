package seats

import (
	"strconv"

	"github.com/isvkit/isvkit/internal/errtext"
)

// FieldError says why a value was refused. Nothing was changed.
type FieldError struct {
	Field string // "user id", "overage", …
	Value string
	Rule  string // the rule it broke
}

// Error names the field, at most 64 characters of the value, and the rule.
func (e *FieldError) Error() string {
	return errtext.Line("seats: ", e.Field, " ", errtext.Quote(e.Value), ": ", e.Rule)
}

// ExhaustedError refuses seats that are not there. Nothing was changed.
type ExhaustedError struct {
	Pool   Pool
	Wanted int // how many seats were asked for
}

// Error gives the numbers: licensed, used, remaining and asked for.
func (e *ExhaustedError) Error() string {
	remaining, counted := e.Pool.Remaining()
	if !counted {
		return errtext.Line("seats: no seat: ", strconv.Itoa(e.Wanted), " asked for, ", strconv.Itoa(e.Pool.Used),
			" used of a site license: more than can be counted")
	}
	return errtext.Line("seats: no seat: ", strconv.Itoa(e.Wanted), " asked for, ", e.Pool.Seats.String(), " licensed, ",
		strconv.Itoa(e.Pool.Used), " used, ", strconv.Itoa(remaining), " remaining")
}
