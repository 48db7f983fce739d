package pkgversion

import (
	"strings"

	"github.com/isvkit/isvkit/internal/recordid"
)

// VendorID identifies the vendor who owns packages, leads and licenses. Every
// key of a store begins with it, so one store can serve many vendors. On
// Salesforce it is the id of the License Management Org (00D…).
type VendorID struct{ text string }

// ParseVendorID reads a vendor id. See the package comment for what is accepted; the
// error is a *ParseError.
func ParseVendorID(text string) (VendorID, error) {
	id, err := normalize("vendor id", text)
	return VendorID{id}, err
}

// MustVendorID is ParseVendorID for literals and tests; it panics on an error.
func MustVendorID(text string) VendorID { return recordid.Must(ParseVendorID(text)) }

// String returns the canonical text, "" for the zero value.
func (id VendorID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id VendorID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id VendorID) Equal(other VendorID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id VendorID) Compare(other VendorID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id VendorID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseVendorID accepts.
// Empty text is the zero value.
func (id *VendorID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseVendorID)
}

// PackageID identifies a package (033… on Salesforce).
type PackageID struct{ text string }

// ParsePackageID reads a package id. See the package comment for what is accepted; the
// error is a *ParseError.
func ParsePackageID(text string) (PackageID, error) {
	id, err := normalize("package id", text)
	return PackageID{id}, err
}

// MustPackageID is ParsePackageID for literals and tests; it panics on an error.
func MustPackageID(text string) PackageID { return recordid.Must(ParsePackageID(text)) }

// String returns the canonical text, "" for the zero value.
func (id PackageID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id PackageID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id PackageID) Equal(other PackageID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id PackageID) Compare(other PackageID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id PackageID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParsePackageID accepts.
// Empty text is the zero value.
func (id *PackageID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParsePackageID)
}

// VersionID identifies one version of a package (04t… on Salesforce).
type VersionID struct{ text string }

// ParseVersionID reads a package version id. See the package comment for what is accepted; the
// error is a *ParseError.
func ParseVersionID(text string) (VersionID, error) {
	id, err := normalize("package version id", text)
	return VersionID{id}, err
}

// MustVersionID is ParseVersionID for literals and tests; it panics on an error.
func MustVersionID(text string) VersionID { return recordid.Must(ParseVersionID(text)) }

// String returns the canonical text, "" for the zero value.
func (id VersionID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id VersionID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id VersionID) Equal(other VersionID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id VersionID) Compare(other VersionID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id VersionID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseVersionID accepts.
// Empty text is the zero value.
func (id *VersionID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseVersionID)
}

// OrgID identifies a subscriber org: the organisation that installs a package
// (00D… on Salesforce). The platform writes it with 15 characters in one place and with
// 18 in another: both are read, and are one id, kept in the form of 18.
type OrgID struct{ text string }

// ParseOrgID reads an org id. See the package comment for what is accepted; the
// error is a *ParseError.
func ParseOrgID(text string) (OrgID, error) {
	id, err := normalize("org id", text)
	return OrgID{id}, err
}

// MustOrgID is ParseOrgID for literals and tests; it panics on an error.
func MustOrgID(text string) OrgID { return recordid.Must(ParseOrgID(text)) }

// String returns the canonical text, "" for the zero value.
func (id OrgID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id OrgID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id OrgID) Equal(other OrgID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id OrgID) Compare(other OrgID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id OrgID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseOrgID accepts.
// Empty text is the zero value.
func (id *OrgID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseOrgID)
}

// RecordID is the id of a row in the vendor's own Salesforce org, by which an
// exported file refers to a package, version or license (a0k… and the like).
// It is zero for what was not imported from there.
type RecordID struct{ text string }

// ParseRecordID reads a record id. See the package comment for what is accepted; the
// error is a *ParseError.
func ParseRecordID(text string) (RecordID, error) {
	if len(text) == 15 || len(text) == 18 {
		// Rows of the app have prefixes of their org's own, which no list knows.
		if id, rule := recordid.Canonical(text); rule == "" {
			return RecordID{id}, nil
		}
	}
	id, err := normalize("record id", text)
	return RecordID{id}, err
}

// MustRecordID is ParseRecordID for literals and tests; it panics on an error.
func MustRecordID(text string) RecordID { return recordid.Must(ParseRecordID(text)) }

// String returns the canonical text, "" for the zero value.
func (id RecordID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id RecordID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id RecordID) Equal(other RecordID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id RecordID) Compare(other RecordID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id RecordID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseRecordID accepts.
// Empty text is the zero value.
func (id *RecordID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseRecordID)
}

func normalize(field, text string) (string, error) {
	id, rule := recordid.Normalize(text)
	if rule != "" {
		return "", &ParseError{Field: field, Value: text, Rule: rule}
	}
	return id, nil
}
