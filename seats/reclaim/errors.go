package reclaim

import "github.com/isvkit/isvkit/internal/errtext"

// FieldError says why a value was refused. Nothing was changed.
type FieldError struct {
	Field string // "stage", "first warning", …
	Value string
	Rule  string // the rule it broke
}

// Error names the field, at most 64 characters of the value, and the rule.
func (e *FieldError) Error() string {
	return errtext.Line("reclaim: ", e.Field, " ", errtext.Quote(e.Value), ": ", e.Rule)
}
