package license

import (
	"strconv"

	"github.com/isvkit/isvkit/internal/errtext"
)

// FieldError says why a value was refused. Nothing was changed.
type FieldError struct {
	Field string // "seats", "expiration", …
	Value string
	Rule  string // the rule it broke
}

// Error names the field, at most 64 characters of the value, and the rule.
func (e *FieldError) Error() string {
	return errtext.Line("license: ", e.Field, " ", errtext.Quote(e.Value), ": ", e.Rule)
}

// TransitionError refuses a change of status that the table does not allow.
// Nothing was changed.
type TransitionError struct {
	License ID
	From    Status // as displayed, so it can be Expired
	To      Status
	Rule    string
}

// Error names the license, both statuses and the rule.
func (e *TransitionError) Error() string {
	return errtext.Line("license: ", e.License.String(), ": status cannot go from ", e.From.String(), " to ", e.To.String(), ": ", e.Rule)
}

// StaleError refuses a change of a license that somebody else has changed since
// it was read. Nothing was changed; read it again and decide anew.
type StaleError struct {
	License ID
	Read    int64 // the revision that the change was based on
	Current int64 // the revision that the license has
}

// Error names the license and both revisions.
func (e *StaleError) Error() string {
	return errtext.Line("license: ", e.License.String(), ": was changed since it was read: revision ",
		strconv.FormatInt(e.Read, 10), " is now ", strconv.FormatInt(e.Current, 10))
}
