package license

// Expiration is until when a license lasts: its last day of access, inclusive,
// or that it does not expire. It is comparable. The zero Expiration is neither:
// a license that has it is expired.
//
// The guides call the expiration the last day of access, while tools around the platform
// end access with its beginning; here the guides are followed. What does not expire is
// written 1970-01-01 by some exports and left empty by others: both are read as Never by
// package sfdata, and no date stands for it here.
type Expiration struct {
	last  Date // zero when never
	never bool
}

// LastDay returns the expiration after d: access ends with that day. The zero
// Date gives the zero Expiration.
func LastDay(d Date) Expiration { return Expiration{last: d} }

// Never returns the expiration of what does not expire.
func Never() Expiration { return Expiration{never: true} }

const neverText = "does not expire"

// ParseExpiration reads what String returns: a date, or "does not expire". The
// platform's sentinel 1970-01-01 is a date like any other here; package sfdata
// translates it at the border. The error is a *FieldError.
func ParseExpiration(text string) (Expiration, error) {
	if text == neverText {
		return Never(), nil
	}
	day, err := ParseDate(text)
	if err != nil {
		return Expiration{}, &FieldError{Field: "expiration", Value: text, Rule: `is a date like 2006-01-02, or "` + neverText + `"`}
	}
	return LastDay(day), nil
}

// LastDay returns the last day of access; ok is false for what does not expire
// and for the zero Expiration.
func (e Expiration) LastDay() (day Date, ok bool) { return e.last, !e.last.IsZero() }

// IsNever reports whether the license does not expire.
func (e Expiration) IsNever() bool { return e.never }

// IsZero reports whether e is the zero Expiration.
func (e Expiration) IsZero() bool { return e == Expiration{} }

// Equal reports e == other.
func (e Expiration) Equal(other Expiration) bool { return e == other }

// String returns the last day, "does not expire", or "" for the zero Expiration.
func (e Expiration) String() string {
	if e.never {
		return neverText
	}
	return e.last.String()
}

// MarshalText returns what String returns.
func (e Expiration) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads what ParseExpiration reads; empty text is the zero
// Expiration.
func (e *Expiration) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*e = Expiration{}
		return nil
	}
	parsed, err := ParseExpiration(string(text))
	if err != nil {
		return err
	}
	*e = parsed
	return nil
}
