package inventory

import "slices"

// Kind is what a pool's seats let a user do. The zero Kind is none.
type Kind uint8

// The kinds.
const (
	UserLicense          Kind = 1 + iota // to be a user at all
	PermissionSetLicense                 // on top of it
	FeatureLicense                       // one feature; no source tells how many were purchased, so that is entered by hand
	PackageLicense                       // a package of a vendor
)

var kindText = [...]string{UserLicense: "User License", PermissionSetLicense: "Permission Set License",
	FeatureLicense: "Feature License", PackageLicense: "Package License"}

// ParseKind reads a kind as String writes it. Other text is a *FieldError.
func ParseKind(text string) (Kind, error) {
	if i := slices.Index(kindText[:], text); i > 0 {
		return Kind(i), nil
	}
	return 0, &FieldError{Field: "kind", Value: text,
		Rule: "is User License, Permission Set License, Feature License or Package License"}
}

// String returns the kind in words; "none" for the zero Kind.
func (k Kind) String() string { return word(kindText[:], int(k)) }

// MarshalText returns what String returns, "" for the zero Kind. Any other value
// that is not a kind is a *FieldError.
func (k Kind) MarshalText() ([]byte, error) { return marshalWord("kind", kindText[:], int(k)) }

// UnmarshalText reads what MarshalText writes.
func (k *Kind) UnmarshalText(text []byte) error { return unmarshalWord(k, text, ParseKind) }

// word returns the text of an enumeration's value, "none" where it has none.
func word(texts []string, i int) string {
	if 0 < i && i < len(texts) {
		return texts[i]
	}
	return "none"
}

func marshalWord(field string, texts []string, i int) ([]byte, error) {
	if i >= len(texts) {
		return nil, &FieldError{Field: field, Value: "none", Rule: "is no value of it"}
	}
	return []byte(texts[i]), nil
}

func unmarshalWord[T any](v *T, text []byte, parse func(string) (T, error)) error {
	var parsed T
	if len(text) > 0 {
		var err error
		if parsed, err = parse(string(text)); err != nil {
			return err
		}
	}
	*v = parsed
	return nil
}
