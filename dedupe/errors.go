package dedupe

import (
	"errors"
	"fmt"

	"github.com/isvkit/isvkit/internal/errtext"
)

// RuleError says what is wrong with a matching rule, a duplicate rule or a
// configuration, and what to change.
type RuleError struct {
	Part  string // what is wrong: "equation", "key 3", "field Phone", …
	Value string // as it was given; "" where nothing was
	Rule  string // the rule it broke
}

// Error names the part, its value and the rule.
func (e *RuleError) Error() string {
	if e.Value == "" {
		return errtext.Line("dedupe: ", e.Part, " ", e.Rule)
	}
	return errtext.Line("dedupe: ", e.Part, " ", errtext.Quote(e.Value), " ", e.Rule)
}

// problems gathers everything that is wrong.
type problems []error

func (p *problems) add(part, value, rule string, args ...any) {
	*p = append(*p, &RuleError{Part: part, Value: value, Rule: fmt.Sprintf(rule, args...)})
}

// join returns all problems as one error, nil if there are none.
func (p problems) join() error { return errors.Join(p...) }
