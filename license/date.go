package license

import (
	"cmp"
	"fmt"
	"time"
)

// Date is a civil date, from 0001-01-01 to 9999-12-31, without time of day and
// without time zone. Dates are comparable; == is equality. The zero Date is no
// date: it prints as "", and precedes every other.
type Date struct {
	n int32 // days since 0000-12-31, so that 1 is 0001-01-01
}

const (
	minDay = 1
	maxDay = 3652059 // 9999-12-31
)

// days before 1970-01-01, counted from 0000-12-31.
const unixEpochDay = 719163

// NewDate returns the date of year, month and day. A day that the calendar does
// not have is a *FieldError; nothing is carried over.
func NewDate(year int, month time.Month, day int) (Date, error) {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if y, m, d := t.Date(); y != year || m != month || d != day || year < 1 || year > 9999 {
		return Date{}, &FieldError{Field: "date", Value: fmt.Sprintf("%d-%d-%d", year, month, day),
			Rule: "must be a day of the calendar, in the years 1 to 9999"}
	}
	return dateOfUnixDay(t.Unix() / 86400), nil
}

// ParseDate reads a date as ISO 8601 writes it, 2026-06-30. The error is a
// *FieldError.
func ParseDate(text string) (Date, error) {
	refuse := func(rule string) (Date, error) {
		return Date{}, &FieldError{Field: "date", Value: text, Rule: rule}
	}
	if len(text) != len("2006-01-02") || text[4] != '-' || text[7] != '-' {
		return refuse("a date is written 2006-01-02")
	}
	year, okYear := digits(text[:4])
	month, okMonth := digits(text[5:7])
	day, okDay := digits(text[8:])
	if !okYear || !okMonth || !okDay {
		return refuse("a date is written 2006-01-02")
	}
	date, err := NewDate(year, time.Month(month), day)
	if err != nil {
		return refuse("must be a day of the calendar, in the years 1 to 9999")
	}
	return date, nil
}

func digits(text string) (n int, ok bool) {
	for i := range len(text) {
		if text[i] < '0' || '9' < text[i] {
			return 0, false
		}
		n = 10*n + int(text[i]-'0')
	}
	return n, true
}

// MustDate is ParseDate for literals and tests; it panics on an error.
func MustDate(text string) Date {
	date, err := ParseDate(text)
	if err != nil {
		panic(err)
	}
	return date
}

// DateOf returns the civil date of t in UTC. Use [Zone.DateOf] for another zone.
// An instant outside the range of Date gives its first or last day.
func DateOf(t time.Time) Date { return UTC.DateOf(t) }

func dateOfUnixDay(day int64) Date {
	return Date{int32(min(max(day+unixEpochDay, minDay), maxDay))}
}

// civilDate returns the date that t's own location shows.
func civilDate(t time.Time) Date {
	_, offset := t.Zone()
	seconds := t.Unix() + int64(offset)
	day := seconds / 86400
	if seconds%86400 < 0 {
		day--
	}
	return dateOfUnixDay(day)
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d.n == 0 }

// AddDays returns the date n days later, earlier when n is negative. It stops at
// the first and the last date there is; the zero Date stays zero.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	n = min(max(n, -maxDay), maxDay)
	return Date{min(max(d.n+int32(n), minDay), maxDay)}
}

// Sub returns the number of days from other to d.
func (d Date) Sub(other Date) int { return int(d.n - other.n) }

// Compare orders dates; the zero Date is first.
func (d Date) Compare(other Date) int { return cmp.Compare(d.n, other.n) }

// Before reports whether d precedes other.
func (d Date) Before(other Date) bool { return d.n < other.n }

// After reports whether d follows other.
func (d Date) After(other Date) bool { return d.n > other.n }

// Equal reports d == other.
func (d Date) Equal(other Date) bool { return d == other }

// Start returns the first instant of d in UTC; the zero time for the zero Date.
func (d Date) Start() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Unix(d.unixDay()*86400, 0).UTC()
}

func (d Date) unixDay() int64 { return int64(d.n) - unixEpochDay }

// String returns the date as ISO 8601 writes it, "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Start().Format(time.DateOnly)
}

// MarshalText returns what String returns.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads; empty text is the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
