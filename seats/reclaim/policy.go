package reclaim

import (
	"errors"
	"strconv"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// Policy says which seats are idle, for how long they must be, and whom to leave
// alone. The zero Policy is strict: it is refused, so nobody loses a seat to a
// policy that was not written. Start from [DefaultPolicy].
type Policy struct {
	First      int // days idle from which the first warning is due
	Final      int // days idle from which the final notice is due; above First
	Deactivate int // days idle from which the seat can be freed; above Final

	FirstDays int // at least so many days lie between the first warning and the final notice; 1 or more
	FinalDays int // and so many between the final notice and the loss of the seat; 1 or more

	// Tenure is for how many days after the assignment a seat is left alone, for
	// new starters. Zero is none. Where the day of assignment is not known,
	// tenure counts as served.
	Tenure int

	NeverLoggedIn FirstLogin   // zero is FromAssignment
	Zone          license.Zone // in which days are counted; zero is UTC
	Profiles      []string     // only users of these; none is all
	Exemptions    []Exemption
}

// FirstLogin is the rule for users who never logged in.
type FirstLogin uint8

// The rules.
const (
	FromAssignment FirstLogin = 1 + iota // idle since the seat was assigned
	LeaveAlone                           // not looked at before their first log-in
)

var firstLoginText = [...]string{FromAssignment: "from assignment", LeaveAlone: "leave alone"}

// String returns the rule in words.
func (f FirstLogin) String() string {
	if FromAssignment <= f && f <= LeaveAlone {
		return firstLoginText[f]
	}
	return "none"
}

// MarshalText returns what String returns, "" for the zero rule. Any other value
// that is not a rule is a *FieldError.
func (f FirstLogin) MarshalText() ([]byte, error) {
	if int(f) >= len(firstLoginText) {
		return nil, &FieldError{Field: "first log-in", Value: f.String(), Rule: "is none of the rules"}
	}
	return []byte(firstLoginText[f]), nil
}

// UnmarshalText reads what MarshalText writes.
func (f *FirstLogin) UnmarshalText(text []byte) error {
	for rule, known := range firstLoginText {
		if known == string(text) {
			*f = FirstLogin(rule)
			return nil
		}
	}
	return &FieldError{Field: "first log-in", Value: string(text), Rule: `is "from assignment" or "leave alone"`}
}

// Exemption keeps those whom all of its fields match from notices and from losing
// their seats, for a period: a user, a group, a profile; with a period alone,
// everybody. One that names nothing at all is refused.
//
// A user in a warning stage goes back to Active, and when the exemption ends, idle
// days count from its last day: nobody comes back from leave to a notice.
type Exemption struct {
	User    seats.UserID
	Group   string
	Profile string
	Period  Period // zero is always
	Why     string // for the record; it decides nothing, and no error shows it
}

// Period is the days from First to Last, both included. A zero First is since
// ever, a zero Last without end.
type Period struct {
	First, Last license.Date
}

// Holds reports whether d is a day of the period.
func (p Period) Holds(d license.Date) bool {
	return !d.Before(p.First) && (p.Last.IsZero() || !d.After(p.Last))
}

// DefaultPolicy returns the usual one: a first warning after 60 idle days, a final
// notice after 75, the seat freed after 90 and at least 7 days after the final
// notice; new starters are left alone for 30 days; UTC; nobody is exempt.
func DefaultPolicy() Policy {
	return Policy{First: 60, Final: 75, Deactivate: 90, FirstDays: 1, FinalDays: 7, Tenure: 30, NeverLoggedIn: FromAssignment}
}

const maxDays = 36_500 // a hundred years: past it a threshold is a slip of the pen

// Validate returns a *FieldError for everything that is wrong with p, joined.
func (p Policy) Validate() error {
	var errs []error
	check := func(field string, days, least int, rule string) {
		if days < least || days > maxDays {
			errs = append(errs, &FieldError{Field: field, Value: strconv.Itoa(days), Rule: rule})
		}
	}
	check("first warning", p.First, 1, "is 1 to 36500 days idle")
	check("final notice", p.Final, p.First+1, "is above the first warning, at most 36500 days idle")
	check("deactivation", p.Deactivate, p.Final+1, "is above the final notice, at most 36500 days idle")
	check("days after the first warning", p.FirstDays, 1, "is 1 to 36500")
	check("days after the final notice", p.FinalDays, 1, "is 1 to 36500")
	check("tenure", p.Tenure, 0, "is 0 to 36500 days")
	if p.NeverLoggedIn > LeaveAlone {
		errs = append(errs, &FieldError{Field: "first log-in", Value: p.NeverLoggedIn.String(), Rule: "is none of the rules"})
	}
	for i, e := range p.Exemptions {
		if rule := e.broken(); rule != "" {
			errs = append(errs, &FieldError{Field: "exemption", Value: "number " + strconv.Itoa(i+1), Rule: rule})
		}
	}
	return errors.Join(errs...)
}

// broken returns the rule that e breaks, if any.
func (e Exemption) broken() string {
	switch {
	case e.User.IsZero() && e.Group == "" && e.Profile == "" && e.Period == Period{}:
		return "must name a user, a group, a profile or a period"
	case !e.Period.Last.IsZero() && e.Period.Last.Before(e.Period.First):
		return "must not end before it begins"
	}
	return ""
}
