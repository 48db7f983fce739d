package inventory

import (
	"strings"

	"github.com/isvkit/isvkit/internal/recordid"
)

// PoolID identifies a license pool: a Salesforce id (100… of a user license, 0PL…
// of a permission set license, 050… of a package license), or any other text where
// the platform has none.
type PoolID struct{ text string }

// ParsePoolID reads a pool id; of a Salesforce id both forms are one. The error is
// a *FieldError.
func ParsePoolID(text string) (PoolID, error) {
	id, rule := recordid.Normalize(text)
	if rule != "" {
		return PoolID{}, &FieldError{Field: "pool id", Value: text, Rule: rule}
	}
	return PoolID{id}, nil
}

// MustPoolID is ParsePoolID for literals and tests; it panics on an error.
func MustPoolID(text string) PoolID { return recordid.Must(ParsePoolID(text)) }

// String returns the canonical text, "" for the zero value.
func (id PoolID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id PoolID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id PoolID) Equal(other PoolID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id PoolID) Compare(other PoolID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id PoolID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParsePoolID accepts.
// Empty text is the zero value.
func (id *PoolID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParsePoolID)
}
