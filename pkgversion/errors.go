package pkgversion

import "github.com/isvkit/isvkit/internal/errtext"

// ParseError says why text is not an id or a version.
type ParseError struct {
	Field string // what was read: "org id", "version", …
	Value string // the text, whole
	Rule  string // the rule it broke
}

// Error names the field, the rule, and at most 64 characters of the text.
func (e *ParseError) Error() string {
	return errtext.Line("pkgversion: ", e.Field, " ", errtext.Quote(e.Value), ": ", e.Rule)
}
