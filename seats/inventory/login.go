package inventory

import (
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// LoginRule says which log-ins count against the entitlement of a pool that is
// licensed by log-in. The zero LoginRule is none; counting by it is refused.
type LoginRule uint8

// The rules.
const (
	EveryLogin   LoginRule = 1 + iota // each one
	OncePerDay                        // the first of a user on a civil day
	OncePerMonth                      // the first of a user in a month: users, not log-ins, are licensed
)

var loginRuleText = [...]string{EveryLogin: "every log-in", OncePerDay: "once per day", OncePerMonth: "once per month"}

// ParseLoginRule reads a rule as String writes it. Other text is a *FieldError.
func ParseLoginRule(text string) (LoginRule, error) {
	if i := slices.Index(loginRuleText[:], text); i > 0 {
		return LoginRule(i), nil
	}
	return 0, &FieldError{Field: "log-in rule", Value: text, Rule: "is every log-in, once per day or once per month"}
}

// String returns the rule in words; "none" for the zero LoginRule.
func (r LoginRule) String() string { return word(loginRuleText[:], int(r)) }

// MarshalText returns what String returns, "" for the zero LoginRule. Any other
// value that is not a rule is a *FieldError.
func (r LoginRule) MarshalText() ([]byte, error) {
	return marshalWord("log-in rule", loginRuleText[:], int(r))
}

// UnmarshalText reads what MarshalText writes.
func (r *LoginRule) UnmarshalText(text []byte) error { return unmarshalWord(r, text, ParseLoginRule) }

// Login is one log-in of a user.
type Login struct {
	User seats.UserID
	At   time.Time
}

// LoginMonth is how much of a month's log-ins was used.
type LoginMonth struct {
	Month    Month
	Used     int
	Entitled Count
}

// Remaining returns entitled less used, exactly: below zero when more was used.
func (l LoginMonth) Remaining() Count {
	used, err := NewCount(l.Used)
	if err != nil {
		return Count{}
	}
	return l.Entitled.Minus(used)
}

// CountLogins counts log-ins by month of a zone, each month entitled to the same,
// and returns the months in which somebody logged in, in order. The log-ins may
// come in any order; one entry is kept in memory for each that counts, none under
// EveryLogin. A rule that is none is a *FieldError.
func CountLogins(rule LoginRule, zone license.Zone, entitled Count, logins iter.Seq[Login]) ([]LoginMonth, error) {
	if rule < EveryLogin || OncePerMonth < rule {
		return nil, &FieldError{Field: "log-in rule", Value: rule.String(), Rule: "must be one of the rules"}
	}
	type once struct {
		user seats.UserID
		day  license.Date
	}
	seen := make(map[once]bool)
	used := make(map[Month]int)
	for l := range logins {
		day := zone.DateOf(l.At)
		month := MonthOf(day)
		if rule == OncePerMonth {
			day = month.First()
		}
		if key := (once{l.User, day}); rule != EveryLogin {
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		used[month]++
	}
	months := make([]LoginMonth, 0, len(used))
	for _, m := range slices.SortedFunc(maps.Keys(used), Month.Compare) {
		months = append(months, LoginMonth{m, used[m], entitled})
	}
	return months, nil
}
