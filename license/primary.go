package license

import (
	"cmp"
	"slices"
	"time"
)

// PrimaryRule is the rule by which one of several licenses is the primary one.
type PrimaryRule uint8

// The rules, in the order in which they are asked. The zero PrimaryRule says that
// there was nothing to choose.
const (
	OnlyOne         PrimaryRule = iota // there is no other
	ProductionFirst                    // production before sandbox
	ActiveFirst                        // displayed Active before all others
	NewestInstall                      // the newest install date
	HighestNumber                      // the higher license number

	primaryRules // how many there are
)

var primaryRuleText = [primaryRules]string{
	OnlyOne:         "the only license",
	ProductionFirst: "production before sandbox",
	ActiveFirst:     "Active before all others",
	NewestInstall:   "the newest install date",
	HighestNumber:   "the higher license number",
}

// String returns the rule in words.
func (r PrimaryRule) String() string {
	if r < primaryRules {
		return primaryRuleText[r]
	}
	return "no rule"
}

// MarshalText returns what String returns.
func (r PrimaryRule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what String returns; other text is a *FieldError.
func (r *PrimaryRule) UnmarshalText(text []byte) error {
	for rule, words := range primaryRuleText {
		if words == string(text) {
			*r = PrimaryRule(rule)
			return nil
		}
	}
	return &FieldError{Field: "rule", Value: string(text), Rule: "is none by which a license is the primary one"}
}

// Choice is the primary license of several, and why it is. The zero Choice is of
// none.
type Choice struct {
	License License
	Of      int         // how many there were to choose from
	Rule    PrimaryRule // that set it before the one that came closest
}

// Choose returns the license that counts of several of one org and package, or of
// one production org with its sandboxes: production before sandbox, displayed
// Active before all others, newest install date, then the higher number. It does not
// depend on their order. Retired licenses do not count, nor do permission-set licenses,
// which are never the primary one. The zero Choice is that of none.
func Choose(licenses []License, now time.Time) Choice {
	licenses = slices.DeleteFunc(slices.Clone(licenses), func(l License) bool { return !l.RetiredAt.IsZero() || l.IsPermissionSet() })
	c := Choice{Of: len(licenses)}
	for i, l := range licenses {
		if i == 0 || before(l, c.License, now) > 0 {
			c.License = l
		}
	}
	for _, l := range licenses {
		c.Rule = max(c.Rule, PrimaryRule(before(c.License, l, now)))
	}
	return c
}

// Primary returns the license that [Choose] chooses; ok is false when there are
// none.
func Primary(licenses []License, now time.Time) (primary License, ok bool) {
	c := Choose(licenses, now)
	return c.License, c.Of > 0
}

// before returns the number of the rule that sets a before b, its negative when it
// sets b before a, and 0 for one license.
func before(a, b License, now time.Time) int {
	for rule, c := range [...]int{
		ProductionFirst: first(!a.Sandbox, !b.Sandbox),
		ActiveFirst:     first(a.DisplayedStatus(now) == Active, b.DisplayedStatus(now) == Active),
		NewestInstall:   a.InstallDate().Compare(b.InstallDate()),
		HighestNumber:   cmp.Compare(a.ID, b.ID),
	} {
		if c != 0 {
			return c * rule
		}
	}
	return 0
}

// first compares two answers: yes comes first.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
