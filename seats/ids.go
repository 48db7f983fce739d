package seats

import (
	"strings"

	"github.com/isvkit/isvkit/internal/recordid"
)

// UserID identifies a user of a subscriber org (005… on Salesforce).
type UserID struct{ text string }

// ParseUserID reads a user id. See the package comment for what is accepted; the
// error is a *FieldError.
func ParseUserID(text string) (UserID, error) {
	id, err := normalize("user id", text)
	return UserID{id}, err
}

// MustUserID is ParseUserID for literals and tests; it panics on an error.
func MustUserID(text string) UserID { return recordid.Must(ParseUserID(text)) }

// String returns the canonical text, "" for the zero value.
func (id UserID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id UserID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id UserID) Equal(other UserID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id UserID) Compare(other UserID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id UserID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseUserID accepts.
// Empty text is the zero value.
func (id *UserID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseUserID)
}

func normalize(field, text string) (string, error) {
	id, rule := recordid.Normalize(text)
	if rule != "" {
		return "", &FieldError{Field: field, Value: text, Rule: rule}
	}
	return id, nil
}
