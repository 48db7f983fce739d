// Package errtext keeps the text of errors within the library's limits: one
// line of valid UTF-8, at most 500 bytes, quoting at most 64 characters of a
// value.
package errtext

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxQuoted      = 64  // characters of a value
	maxQuotedBytes = 300 // of them, escaped: the rule must fit the line as well
	maxLine        = 500
)

// Quote returns value in double quotes, cut after 64 characters. Control and
// other unprintable characters are escaped, so the result is one line.
// What may hold an e-mail address, as the id of a user may, is not quoted.
func Quote(value string) string {
	if strings.Contains(value, "@") {
		return "(not shown: it may be an address)"
	}
	value = strings.ToValidUTF8(value, "\uFFFD")
	cut := false
	n := 0
	for i := range value {
		if n == maxQuoted {
			value, cut = value[:i], true
			break
		}
		n++
	}
	quoted := strconv.Quote(value)
	for len(quoted) > maxQuotedBytes {
		_, last := utf8.DecodeLastRuneInString(value)
		value, cut = value[:len(value)-last], true
		quoted = strconv.Quote(value)
	}
	if cut {
		return quoted + "…"
	}
	return quoted
}

// Line joins parts to one line of at most 500 bytes of valid UTF-8.
func Line(parts ...string) string {
	line := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(strings.Join(parts, ""), "\uFFFD"))
	if len(line) <= maxLine {
		return line
	}
	end := maxLine - len("…")
	for end > 0 && !utf8.RuneStart(line[end]) {
		end--
	}
	return line[:end] + "…"
}
