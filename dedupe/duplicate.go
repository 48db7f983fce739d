package dedupe

import (
	"fmt"
	"slices"
)

// DuplicateRule says what happens when a record of one object is like another:
// which matching rules compare it with which objects, and what follows (DEDUPE 8).
// The zero DuplicateRule is not valid.
type DuplicateRule struct {
	Name     string
	Object   Object       // whose records the rule watches
	Against  []Comparison // at most three, one for an object
	OnCreate Action
	OnEdit   Action
	Text     string // shown with an alert
}

// Comparison is one matching rule run against the records of one object.
type Comparison struct {
	Object Object
	Rule   Rule
}

// Action is what a duplicate rule does about a match. The zero Action allows the
// record and tells nobody.
type Action uint8

// The actions; Alert and Report may be joined by |. Block excludes both.
const (
	Alert  Action = 1 << iota // allow, and show the duplicates
	Report                    // allow, and record the duplicates
	Block                     // refuse
	Allow  Action = 0
)

// String names the action.
func (a Action) String() string {
	switch a {
	case Allow:
		return "Allow"
	case Alert:
		return "Allow, Alert"
	case Report:
		return "Allow, Report"
	case Alert | Report:
		return "Allow, Alert, Report"
	case Block:
		return "Block"
	}
	return fmt.Sprintf("Action(%d)", uint8(a))
}

// MaxComparisons is how many matching rules a duplicate rule has at most (DEDUPE 9).
const MaxComparisons = 3

// StandardLeadDuplicates returns the duplicate rule of leads: a new lead is
// compared with leads and with contacts, alerted and reported.
func StandardLeadDuplicates() DuplicateRule {
	return DuplicateRule{
		Name: "Standard Lead Duplicate Rule", Object: Lead,
		Against:  []Comparison{{Lead, StandardLead()}, {Contact, StandardContact()}},
		OnCreate: Alert | Report, OnEdit: Report,
		Text: "Use one of these records?",
	}
}

// StandardContactDuplicates returns the duplicate rule of contacts, the mirror
// image of that of leads.
func StandardContactDuplicates() DuplicateRule {
	return DuplicateRule{
		Name: "Standard Contact Duplicate Rule", Object: Contact,
		Against:  []Comparison{{Contact, StandardContact()}, {Lead, StandardLead()}},
		OnCreate: Alert | Report, OnEdit: Report,
		Text: "Use one of these records?",
	}
}

// StandardAccountDuplicates returns the duplicate rule of accounts.
func StandardAccountDuplicates() DuplicateRule {
	return DuplicateRule{
		Name: "Standard Account Duplicate Rule", Object: Account,
		Against:  []Comparison{{Account, StandardAccount()}},
		OnCreate: Alert | Report, OnEdit: Report,
		Text: "Use one of these records?",
	}
}

// Rule returns the matching rule that compares the rule's own object with other;
// false where the duplicate rule compares no such pair.
func (d DuplicateRule) Rule(other Object) (Rule, bool) {
	for _, comparison := range d.Against {
		if comparison.Object == other {
			return comparison.Rule, true
		}
	}
	return Rule{}, false
}

// Validate returns nil for a rule that can run, else an error that joins
// everything that is wrong, its matching rules included.
func (d DuplicateRule) Validate() error {
	var wrong problems
	if d.Object == 0 || d.Object > Account {
		wrong.add("duplicate rule", d.Name, "watches no object; the objects are %s", objectNames.list())
	}
	if n := len(d.Against); n == 0 || n > MaxComparisons {
		wrong.add("duplicate rule", d.Name, "has %d matching rules; give it 1 to %d", n, MaxComparisons)
	}
	var seen []Object
	for _, comparison := range d.Against {
		if slices.Contains(seen, comparison.Object) {
			wrong.add("duplicate rule", d.Name, "has two matching rules for %s; keep one", comparison.Object)
		}
		seen = append(seen, comparison.Object)
		if comparison.Object == 0 || comparison.Object > Account {
			wrong.add("duplicate rule", d.Name, "compares with no object; the objects are %s", objectNames.list())
		}
		if err := comparison.Rule.Validate(); err != nil {
			wrong = append(wrong, err)
		}
	}
	for _, action := range []Action{d.OnCreate, d.OnEdit} {
		if action > Block {
			wrong.add("duplicate rule", d.Name, "blocks and allows at once; an action is Block, or Alert and Report")
		}
	}
	return wrong.join()
}
