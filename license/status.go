package license

// Status is the state of a license. The zero Status is invalid and never
// licensed.
type Status uint8

// The statuses. Expired is shown and never stored: it follows from the
// expiration and the clock, see [License.DisplayedStatus].
//
// The platform's own pages disagree on the set: the guides have the first four, the
// License object shows Expired as a fifth, and what the subscriber org shows is another
// set again. Here the vendor's side stores four and shows five; the subscriber's is a
// type of its own, [SubscriberStatus].
const (
	Trial Status = 1 + iota
	Active
	Suspended
	Uninstalled
	Expired
)

var statusText = [...]string{Trial: "Trial", Active: "Active", Suspended: "Suspended", Uninstalled: "Uninstalled", Expired: "Expired"}

// ParseStatus reads a stored status, spelt as String spells it. Expired is not
// stored, so it is refused, like any other text, with a *FieldError.
func ParseStatus(text string) (Status, error) {
	for s := Trial; s <= Uninstalled; s++ {
		if statusText[s] == text {
			return s, nil
		}
	}
	return 0, &FieldError{Field: "status", Value: text, Rule: "is Trial, Active, Suspended or Uninstalled"}
}

// IsStored reports whether s is one of the four statuses that a license can
// have: not Expired, and not the zero Status.
func (s Status) IsStored() bool { return Trial <= s && s <= Uninstalled }

// String returns the status as the platform spells it; "invalid" for the zero
// Status.
func (s Status) String() string {
	if int(s) < len(statusText) && statusText[s] != "" {
		return statusText[s]
	}
	return "invalid"
}

// MarshalText returns what String returns, "" for the zero Status. Any other
// value that is not a status is a *FieldError.
func (s Status) MarshalText() ([]byte, error) {
	if s == 0 {
		return []byte{}, nil
	}
	if int(s) >= len(statusText) {
		return nil, &FieldError{Field: "status", Value: s.String(), Rule: "is none of the statuses"}
	}
	return []byte(statusText[s]), nil
}

// UnmarshalText reads what MarshalText writes: a status, Expired included, for a
// displayed one is printed too; empty text is the zero Status.
func (s *Status) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = 0
		return nil
	}
	if string(text) == statusText[Expired] {
		*s = Expired
		return nil
	}
	parsed, err := ParseStatus(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}
