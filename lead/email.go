package lead

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/isvkit/isvkit/internal/recordid"
)

// Email is an e-mail address in the form in which addresses are compared: lower
// case, no surrounding space. It is comparable; the zero Email is no address
// and matches nothing.
type Email struct{ local, domain string }

// ParseEmail reads an address: one "@" between a local part of at most 64 bytes
// and a domain of at most 253 bytes whose labels are not empty; no spaces and no
// control characters. Letters beyond ASCII are kept. The error is a *FieldError.
func ParseEmail(text string) (Email, error) {
	refuse := func(rule string) (Email, error) {
		return Email{}, &FieldError{Field: "e-mail", Value: text, Rule: rule}
	}
	if len(text) > 400 {
		return refuse("is too long")
	}
	if !utf8.ValidString(text) {
		return refuse("must be valid UTF-8")
	}
	address := strings.Map(lower, strings.TrimSpace(text))
	if strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return refuse("must not hold spaces or control characters")
	}
	local, domain, found := strings.Cut(address, "@")
	switch {
	case !found || strings.Contains(domain, "@"):
		return refuse(`must hold one "@"`)
	case local == "" || len(local) > 64:
		return refuse("the part before the @ has 1 to 64 bytes")
	case len(domain) > 253:
		return refuse("the domain has at most 253 bytes")
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > 63 {
			return refuse("the parts of the domain have 1 to 63 bytes")
		}
	}
	return Email{local, domain}, nil
}

// lower folds case, but no letter into ASCII: the Kelvin sign is no k, and its
// address somebody else's.
func lower(r rune) rune {
	if l := unicode.ToLower(r); r < utf8.RuneSelf || l >= utf8.RuneSelf {
		return l
	}
	return r
}

// Local returns the part before the @.
func (e Email) Local() string { return e.local }

// Domain returns the part after the @.
func (e Email) Domain() string { return e.domain }

// IsZero reports whether e is no address.
func (e Email) IsZero() bool { return e == Email{} }

// Equal reports e == other.
func (e Email) Equal(other Email) bool { return e == other }

// String returns the address in lower case, "" for the zero Email.
func (e Email) String() string {
	if e.IsZero() {
		return ""
	}
	return e.local + "@" + e.domain
}

// MarshalText returns what String returns.
func (e Email) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads what ParseEmail reads; empty text is the zero Email.
func (e *Email) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(e, text, ParseEmail)
}

// Local parts and whole addresses that people and programs write where an
// address is asked for and none is to be given.
var (
	placeholderLocals = map[string]bool{
		"noreply": true, "no-reply": true, "no_reply": true, "donotreply": true, "do-not-reply": true,
		"none": true, "na": true, "n/a": true, "noemail": true, "no-email": true, "nomail": true,
		"test": true, "unknown": true, "notprovided": true, "not-provided": true,
	}
	placeholderDomains = map[string]bool{
		"test.com": true, "none.com": true, "noemail.com": true, "na.com": true, "email.com": true,
	}
)

// IsPlaceholder reports whether e stands for "no address": noreply@, none@,
// test@ anywhere, and anybody at test.com and the like. Such an address never shows
// that two records are one person. The list holds the local parts and domains
// that recur in web forms; it is not complete.
func (e Email) IsPlaceholder() bool {
	return placeholderLocals[e.local] || placeholderDomains[e.domain]
}
