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

// The lengths that mail standards allow, in bytes.
const (
	maxLocal  = 64
	maxDomain = 253
	maxLabel  = 63
)

// ParseEmail reads an address: one "@" between a local part of at most 64 bytes
// and a domain of at most 253 bytes whose labels are not empty; no spaces and no
// control characters. Letters beyond ASCII are kept. The error is a *FieldError.
func ParseEmail(text string) (Email, error) {
	if email, ok := parsePlain(text); ok {
		return email, nil
	}
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
	case local == "" || len(local) > maxLocal:
		return refuse("the part before the @ has 1 to 64 bytes")
	case len(domain) > maxDomain:
		return refuse("the domain has at most 253 bytes")
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > maxLabel {
			return refuse("the parts of the domain have 1 to 63 bytes")
		}
	}
	return Email{local, domain}, nil
}

// parsePlain reads an address of ASCII letters without space around it, as nearly all
// are, in one pass; false for all others, good or bad.
func parsePlain(text string) (Email, bool) {
	if len(text) > maxLocal+1+maxDomain {
		return Email{}, false
	}
	at, label, upper := -1, 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c <= ' ' || c >= 0x7F:
			return Email{}, false
		case c == '@':
			if at >= 0 || i == 0 || i > maxLocal {
				return Email{}, false
			}
			at, label = i, i+1
		case c == '.' && at >= 0:
			if i == label || i-label > maxLabel {
				return Email{}, false
			}
			label = i + 1
		case 'A' <= c && c <= 'Z':
			upper = true
		}
	}
	if at < 0 || label == len(text) || len(text)-label > maxLabel || len(text)-at-1 > maxDomain {
		return Email{}, false
	}
	if upper {
		text = strings.ToLower(text)
	}
	return Email{text[:at], text[at+1:]}, true
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

// IsPlaceholder reports whether e stands for "no address": noreply@, none@,
// test@ anywhere, and anybody at test.com and the like, which people and programs write
// where an address is asked for and none is to be given. Such an address never shows
// that two records are one person. The list holds the local parts and domains
// that recur in web forms; it is not complete.
func (e Email) IsPlaceholder() bool {
	switch e.local {
	case "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply",
		"none", "na", "n/a", "noemail", "no-email", "nomail",
		"test", "unknown", "notprovided", "not-provided":
		return true
	}
	switch e.domain {
	case "test.com", "none.com", "noemail.com", "na.com", "email.com":
		return true
	}
	return false
}
