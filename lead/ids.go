package lead

import (
	"strings"

	"github.com/isvkit/isvkit/internal/recordid"
)

// ID identifies a lead (00Q… on Salesforce).
type ID struct{ text string }

// ParseID reads a lead id. See the package comment for what is accepted; the
// error is a *FieldError.
func ParseID(text string) (ID, error) {
	id, err := normalize("lead id", text)
	return ID{id}, err
}

// MustID is ParseID for literals and tests; it panics on an error.
func MustID(text string) ID { return recordid.Must(ParseID(text)) }

// String returns the canonical text, "" for the zero value.
func (id ID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id ID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id ID) Equal(other ID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id ID) Compare(other ID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseID accepts.
// Empty text is the zero value.
func (id *ID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseID)
}

// ContactID identifies a contact (003… on Salesforce).
type ContactID struct{ text string }

// ParseContactID reads a contact id. See the package comment for what is accepted; the
// error is a *FieldError.
func ParseContactID(text string) (ContactID, error) {
	id, err := normalize("contact id", text)
	return ContactID{id}, err
}

// MustContactID is ParseContactID for literals and tests; it panics on an error.
func MustContactID(text string) ContactID { return recordid.Must(ParseContactID(text)) }

// String returns the canonical text, "" for the zero value.
func (id ContactID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id ContactID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id ContactID) Equal(other ContactID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id ContactID) Compare(other ContactID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id ContactID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseContactID accepts.
// Empty text is the zero value.
func (id *ContactID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseContactID)
}

// AccountID identifies an account (001… on Salesforce).
type AccountID struct{ text string }

// ParseAccountID reads an account id. See the package comment for what is accepted; the
// error is a *FieldError.
func ParseAccountID(text string) (AccountID, error) {
	id, err := normalize("account id", text)
	return AccountID{id}, err
}

// MustAccountID is ParseAccountID for literals and tests; it panics on an error.
func MustAccountID(text string) AccountID { return recordid.Must(ParseAccountID(text)) }

// String returns the canonical text, "" for the zero value.
func (id AccountID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id AccountID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id AccountID) Equal(other AccountID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id AccountID) Compare(other AccountID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id AccountID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseAccountID accepts.
// Empty text is the zero value.
func (id *AccountID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseAccountID)
}

// OwnerID identifies a user of the vendor's org who owns leads (005… on
// Salesforce). [LicenseManager] is the automated one.
type OwnerID struct{ text string }

// ParseOwnerID reads an owner id. See the package comment for what is accepted; the
// error is a *FieldError.
func ParseOwnerID(text string) (OwnerID, error) {
	id, err := normalize("owner id", text)
	return OwnerID{id}, err
}

// MustOwnerID is ParseOwnerID for literals and tests; it panics on an error.
func MustOwnerID(text string) OwnerID { return recordid.Must(ParseOwnerID(text)) }

// String returns the canonical text, "" for the zero value.
func (id OwnerID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id OwnerID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id OwnerID) Equal(other OwnerID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id OwnerID) Compare(other OwnerID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id OwnerID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseOwnerID accepts.
// Empty text is the zero value.
func (id *OwnerID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseOwnerID)
}

func normalize(field, text string) (string, error) {
	id, rule := recordid.Normalize(text)
	if rule != "" {
		return "", &FieldError{Field: field, Value: text, Rule: rule}
	}
	return id, nil
}
