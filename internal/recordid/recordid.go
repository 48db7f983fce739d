// Package recordid knows the two forms of a Salesforce record id: 15
// case-sensitive characters, or the same 15 and a 3-character checksum that
// makes it safe to fold case. The canonical form has 18.
//
// Source of the algorithm: the platform's own push-upgrade tool,
// forcedotcom/package-manager, function expandId.
package recordid

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLen is the longest id of any kind, in bytes.
const MaxLen = 255

// The suffix character for the five case bits of a chunk.
const suffixAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

// The prefixes by which text of 15 or 18 characters claims to be a record id.
var knownPrefixes = map[string]bool{
	"001": true, // account
	"003": true, // contact
	"005": true, // user
	"00D": true, // org
	"00Q": true, // lead
	"033": true, // package
	"04t": true, // package version
	"050": true, // package license
	"051": true, // user package license
	"0Hb": true, // package subscriber
	"0PL": true, // permission set license
	"100": true, // user license
	"2LA": true, // permission set license assignment
}

// Normalize returns the one form under which any id is kept: the 18-character
// form of what claims to be a Salesforce id, everything else as it is. A
// non-empty rule says which rule the text broke; then the id is "".
func Normalize(text string) (id, rule string) {
	switch {
	case text == "":
		return "", "must not be empty"
	case len(text) > MaxLen:
		return "", "must have at most 255 bytes"
	case !utf8.ValidString(text):
		return "", "must be valid UTF-8"
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", "must not hold control characters"
	}
	if claims(text) {
		return Canonical(text)
	}
	return text, ""
}

// claims reports whether text claims to be a Salesforce id by its length and
// prefix. An 18-character id may come in one case, so its prefix is folded.
func claims(text string) bool {
	switch len(text) {
	case 15:
		return knownPrefixes[text[:3]]
	case 18:
		if IsNumber(text) {
			return false
		}
		if knownPrefixes[text[:3]] {
			return true
		}
		for prefix := range knownPrefixes {
			if strings.EqualFold(prefix, text[:3]) {
				return true
			}
		}
	}
	return false
}

// IsNumber reports whether text is digits alone. With 18 of them it is a number that
// some other system counts up: a Salesforce id without letters ends in AAA.
func IsNumber(text string) bool { return strings.Trim(text, "0123456789") == "" }

// Canonical returns the 18-character form of a Salesforce id of 15 or 18
// characters. An 18-character id in all upper or all lower case gets its case
// back from the checksum. A non-empty rule says what is wrong with text.
func Canonical(text string) (id, rule string) {
	if len(text) != 15 && len(text) != 18 {
		return "", "a Salesforce id has 15 or 18 characters"
	}
	for i := range len(text) {
		if !alphanumeric(text[i]) {
			return "", "a Salesforce id has only the characters A-Z, a-z and 0-9"
		}
	}
	if len(text) == 15 {
		return text + checksum(text), ""
	}
	body, suffix := text[:15], strings.ToUpper(text[15:])
	switch {
	case checksum(body) != suffix:
	case text[15:] == suffix:
		return text, "" // canonical already
	default:
		return body + suffix, ""
	}
	if oneCase(text) {
		if restored, ok := restoreCase(body, suffix); ok {
			return restored + suffix, ""
		}
	}
	return "", "the checksum of the Salesforce id is wrong"
}

// Short returns the 15-character form of a canonical id.
func Short(canonical string) string { return canonical[:15] }

// Valid reports whether text is a Salesforce id in canonical form.
func Valid(text string) bool {
	id, rule := Canonical(text)
	return rule == "" && id == text
}

func checksum(body string) string {
	var suffix [3]byte
	for chunk := range 3 {
		bits := 0
		for i := range 5 {
			if c := body[5*chunk+i]; 'A' <= c && c <= 'Z' {
				bits |= 1 << i
			}
		}
		suffix[chunk] = suffixAlphabet[bits]
	}
	return string(suffix[:])
}

// restoreCase spells body in the case that suffix records. It fails where the
// suffix is none, or marks a digit as upper case.
func restoreCase(body, suffix string) (string, bool) {
	restored := []byte(strings.ToLower(body))
	for chunk := range 3 {
		bits := strings.IndexByte(suffixAlphabet, suffix[chunk])
		if bits < 0 {
			return "", false
		}
		for i := range 5 {
			if bits&(1<<i) == 0 {
				continue
			}
			c := restored[5*chunk+i]
			if c < 'a' || 'z' < c {
				return "", false
			}
			restored[5*chunk+i] = c - 'a' + 'A'
		}
	}
	return string(restored), true
}

func oneCase(text string) bool {
	return text == strings.ToLower(text) || text == strings.ToUpper(text)
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// Must returns value. It panics on an error: the MustX functions of the id
// types are for literals and tests, where a bad id is a bug in the program.
func Must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// Unmarshal sets value to what parse reads from text, and to the zero value
// when text is empty. It is the UnmarshalText of every id type.
func Unmarshal[T any](value *T, text []byte, parse func(string) (T, error)) error {
	var parsed T
	if len(text) > 0 {
		var err error
		if parsed, err = parse(string(text)); err != nil {
			return err
		}
	}
	*value = parsed
	return nil
}
