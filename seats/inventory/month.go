package inventory

import (
	"time"

	"github.com/isvkit/isvkit/license"
)

// Month is a month of a year. It is comparable. The zero Month is none.
type Month struct{ first license.Date }

// MonthOf returns the month of a day; the zero Month for the zero Date.
func MonthOf(d license.Date) Month {
	if d.IsZero() {
		return Month{}
	}
	return Month{d.AddDays(1 - d.Start().Day())}
}

// IsZero reports whether m is no month.
func (m Month) IsZero() bool { return m.first.IsZero() }

// Equal reports m == other.
func (m Month) Equal(other Month) bool { return m == other }

// First returns the first day.
func (m Month) First() license.Date { return m.first }

// Last returns the last day.
func (m Month) Last() license.Date {
	if m.IsZero() {
		return license.Date{}
	}
	next, within := addMonths(m.first, 1)
	if !within {
		return next // the last day there is
	}
	return next.AddDays(-1)
}

// Compare orders months; the zero Month is first.
func (m Month) Compare(other Month) int { return m.first.Compare(other.first) }

// String returns the month as 2026-06, "" for the zero Month.
func (m Month) String() string {
	if m.IsZero() {
		return ""
	}
	return m.first.String()[:len("2006-01")]
}

// MarshalText returns what String returns.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// ParseMonth reads a month written as 2026-06. The error is a *FieldError.
func ParseMonth(text string) (Month, error) {
	first, err := license.ParseDate(text + "-01")
	if err != nil {
		return Month{}, &FieldError{Field: "month", Value: text, Rule: "is written 2006-01"}
	}
	return Month{first}, nil
}

// UnmarshalText reads what MarshalText writes; empty text is the zero Month.
func (m *Month) UnmarshalText(text []byte) error { return unmarshalWord(m, text, ParseMonth) }

// addMonths returns the same day n months later, or the last of that month where it
// has no such day: a month after 31 January is 28 February, two are 31 March. Past
// the last day there is it returns that one, and false.
func addMonths(d license.Date, n int) (day license.Date, within bool) {
	year, month, dayOfMonth := d.Start().Date()
	months := year*12 + int(month) - 1 + n
	for last := dayOfMonth; last > 0; last-- {
		if day, err := license.NewDate(months/12, time.January+time.Month(months%12), last); err == nil {
			return day, true
		}
	}
	return lastDay, false
}

var lastDay = license.MustDate("9999-12-31")
