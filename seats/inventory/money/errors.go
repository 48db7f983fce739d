package money

import "github.com/isvkit/isvkit/internal/errtext"

// FieldError says why a value was refused. Nothing was changed.
type FieldError struct {
	Field string // "amount", "currency", …
	Value string
	Rule  string // the rule it broke
}

// Error names the field, at most 64 characters of the value, and the rule.
func (e *FieldError) Error() string {
	return errtext.Line("money: ", e.Field, " ", errtext.Quote(e.Value), ": ", e.Rule)
}

// MismatchError refuses to add or compare amounts of two currencies.
type MismatchError struct {
	A, B Currency
}

// Error names both currencies.
func (e *MismatchError) Error() string {
	return errtext.Line("money: ", e.A.String(), " and ", e.B.String(), " cannot be added or compared")
}
