package license

import (
	"strings"

	"github.com/isvkit/isvkit/internal/recordid"
)

// InstallationID identifies one installation of one package in one org, and so
// the license that it made: the id of the PackageLicense in the subscriber org
// (050… on Salesforce). A reinstallation has another.
type InstallationID struct{ text string }

// ParseInstallationID reads an installation id. See the package comment for what is accepted; the
// error is a *FieldError.
func ParseInstallationID(text string) (InstallationID, error) {
	id, err := normalize("installation id", text)
	return InstallationID{id}, err
}

// MustInstallationID is ParseInstallationID for literals and tests; it panics on an error.
func MustInstallationID(text string) InstallationID { return recordid.Must(ParseInstallationID(text)) }

// String returns the canonical text, "" for the zero value.
func (id InstallationID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id InstallationID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id InstallationID) Equal(other InstallationID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id InstallationID) Compare(other InstallationID) int {
	return strings.Compare(id.text, other.text)
}

// MarshalText returns the canonical text.
func (id InstallationID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseInstallationID accepts.
// Empty text is the zero value.
func (id *InstallationID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseInstallationID)
}

func normalize(field, text string) (string, error) {
	id, rule := recordid.Normalize(text)
	if rule != "" {
		return "", &FieldError{Field: field, Value: text, Rule: rule}
	}
	return id, nil
}
