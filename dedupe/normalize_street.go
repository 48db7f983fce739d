package dedupe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A street's normal form has its words in full and its units last, each with a
// "#": "12 main street #4".

// appendStreet appends the normal form of an address.
func (d *dictionary) appendStreet(dst []byte, text string) []byte {
	var buf, unitBuf [128]byte
	start, units := len(dst), unitBuf[:0]
	for word, rest := nextStreetWord(d.appendFold(buf[:0], text)); len(word) > 0; word, rest = nextStreetWord(rest) {
		if word[0] == '#' || len(dst) > start && d.units.has(word) {
			if number, after := nextStreetWord(rest); len(number) > 0 && number[0] != '#' {
				units = append(append(units, ' ', '#'), number...)
				rest = after
			}
			continue
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		if long, ok := d.streets.find(word); ok {
			dst = append(dst, long...)
		} else {
			dst = append(dst, word...)
		}
	}
	if len(dst) == start && len(units) > 0 {
		units = units[1:]
	}
	return append(dst, units...)
}

// nextStreetWord cuts the first word off folded text, "" if there is none. What is
// silent in a word is dropped from it, in place; a "#" is a word by itself.
func nextStreetWord(text []byte) (word, rest []byte) {
	word = text[:0]
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[i:])
		}
		switch {
		case r < utf8.RuneSelf && isAlphanumeric(byte(r)), r >= utf8.RuneSelf && isWordRune(r), len(word) > 0 && unicode.IsMark(r):
			word = append(word, text[i:i+size]...)
		case isSilent(r):
		case len(word) > 0:
			return word, text[i:]
		case r == '#':
			return append(word, '#'), text[i+1:]
		}
		i += size
	}
	return word, nil
}

// streetParts are the sections of an address.
type streetParts struct{ number, name, suffix, unit string }

// streetSections cuts a normal form into its sections, each a part of it.
func (d *dictionary) streetSections(normal string) streetParts {
	var parts streetParts
	rest := normal
	if at := strings.IndexByte(rest, '#'); at >= 0 {
		parts.unit, rest = rest[at:], strings.TrimSuffix(rest[:at], " ")
	}
	if rest != "" && '0' <= rest[0] && rest[0] <= '9' {
		parts.number, rest, _ = strings.Cut(rest, " ")
	}
	parts.name = rest
	if last := strings.LastIndexByte(rest, ' '); last > 0 && d.streetEnds[rest[last+1:]] {
		parts.name, parts.suffix = rest[:last], rest[last+1:]
	}
	return parts
}
