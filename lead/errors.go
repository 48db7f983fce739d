package lead

import (
	"github.com/isvkit/isvkit/internal/errtext"
)

// FieldError says why a value was refused. Its text never holds the value,
// which may be a person's; Value does.
type FieldError struct {
	Field string // what was read: "lead id", "e-mail", …
	Value string // the value, whole
	Rule  string // the rule it broke
}

// Error names the field and the rule.
func (e *FieldError) Error() string {
	return errtext.Line("lead: ", e.Field, ": ", e.Rule)
}

// ConvertedError refuses a conversion of a lead that is converted already, to
// another contact or account.
type ConvertedError struct {
	Lead ID
	Have Conversion // what it was converted to
	Want Conversion // what was asked for
}

// Error names the lead and what it was converted to.
func (e *ConvertedError) Error() string {
	return errtext.Line("lead: ", e.Lead.String(), " is converted already, to contact ", e.Have.Contact.String(),
		" and account ", e.Have.Account.String())
}
