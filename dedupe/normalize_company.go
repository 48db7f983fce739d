package dedupe

import (
	"bytes"
	"strings"
)

// appendCompany appends a company's name: folded, without punctuation, without
// "and", "the" and "of", without the legal forms that end it, initials in
// full. A name that is nothing but such words keeps them.
func (d *dictionary) appendCompany(dst []byte, text string) []byte {
	var buf [128]byte
	start := len(dst)
	dst = appendSignificant(dst, d.appendFoldedWords(buf[:0], tight(text)))
	dst = dst[:start+len(d.withoutLegalForm(dst[start:]))]
	if name, ok := d.companies.find(dst[start:]); ok {
		return append(dst[:start], name...)
	}
	return dst
}

// tight drops an ampersand that joins letters, as in AT&T.
func tight(text string) string {
	at := strings.IndexByte(text, '&')
	if at <= 0 || at == len(text)-1 || text[at-1] == ' ' || text[at+1] == ' ' {
		return text
	}
	return text[:at] + tight(text[at+1:])
}

// appendSignificant appends the words that are not "and", "the" or "of"; all, if
// there are no others.
func appendSignificant(dst, words []byte) []byte {
	start := len(dst)
	for rest := words; len(rest) > 0; {
		word := rest
		if end := bytes.IndexByte(rest, ' '); end >= 0 {
			word, rest = rest[:end], rest[end+1:]
		} else {
			rest = nil
		}
		switch string(word) {
		case "and", "the", "of":
			continue
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(dst, word...)
	}
	if len(dst) == start {
		dst = append(dst, words...)
	}
	return dst
}

// withoutLegalForm cuts the legal forms off the end of a name, never its first
// word.
func (d *dictionary) withoutLegalForm(name []byte) []byte {
	for {
		at := d.legalFormAt(name)
		if at <= 0 {
			return name
		}
		name = name[:at]
	}
}

// legalFormAt returns where the legal form begins that ends a name, -1 if none
// does: one word, or up to four single letters, as in A/S.
func (d *dictionary) legalFormAt(name []byte) int {
	at := lastWord(name)
	if at > 0 && d.legalForms.has(name[at+1:]) {
		return at
	}
	var buf [4]byte
	for i := len(buf) - 1; i >= 0 && at > 0 && isLetterWord(name, at); i-- {
		buf[i] = name[at+1]
		if d.legalForms.has(buf[i:]) {
			return at
		}
		at = lastWord(name[:at])
	}
	return -1
}

// lastWord returns where the blank before the last word stands, -1 if there is none.
func lastWord(name []byte) int { return bytes.LastIndexByte(name, ' ') }

// isLetterWord reports whether one letter stands between a blank and the next.
func isLetterWord(name []byte, blank int) bool {
	return blank+2 == len(name) || blank+2 < len(name) && name[blank+2] == ' '
}
