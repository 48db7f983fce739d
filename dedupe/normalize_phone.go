package dedupe

import (
	"bytes"
	"strings"
)

// A phone number's normal form is "+country-area-exchange-line", or
// "-area-exchange-line" where it does not say its country: the line has the
// last four digits, the exchange the three before, the area those that remain.

// The lengths of numbers, in digits.
const (
	minPhone = 5
	maxPhone = 18
)

// appendPhone appends the normal form of a phone number. Extensions and trunk
// zeros are dropped. Ten digits are a number of North America that does not
// say its country; so are eleven that begin with 1, which says it.
func (d *dictionary) appendPhone(dst []byte, text string) []byte {
	var buf [maxPhone + 1]byte
	digits, plus := phoneDigits(buf[:0], text)
	country, national := d.splitCountry(digits, plus)
	if len(national) < minPhone || len(digits) > maxPhone || isDummyNumber(string(national)) {
		return dst
	}
	if len(country) > 0 {
		dst = append(dst, '+')
		dst = append(dst, country...)
	}
	line := len(national) - 4
	exchange := max(0, line-3)
	dst = append(dst, '-')
	dst = append(dst, national[:exchange]...)
	dst = append(dst, '-')
	dst = append(dst, national[exchange:line]...)
	dst = append(dst, '-')
	return append(dst, national[line:]...)
}

// phoneDigits appends the digits of text up to an extension, at most one more than
// a number has, and reports whether a plus comes first.
func phoneDigits(digits []byte, text string) ([]byte, bool) {
	plus := false
	for i := range len(text) {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			if digits = append(digits, c); len(digits) > maxPhone {
				return digits, plus
			}
		case c == '+' && len(digits) == 0:
			plus = true
		case (c == 'x' || c == 'X' || c == 'e' || c == 'E' || c == '#' || c == ';') && len(digits) >= 7:
			return digits, plus // "x12", "ext. 12"
		}
	}
	return digits, plus
}

// splitCountry cuts the calling code off a number that gives it.
func (d *dictionary) splitCountry(number []byte, plus bool) (country, national []byte) {
	if !plus {
		for _, exit := range [...]string{"00", "011"} {
			if rest, ok := bytes.CutPrefix(number, []byte(exit)); ok && len(rest) > 9 && rest[0] != '0' {
				number, plus = rest, true
				break
			}
		}
	}
	if plus {
		for n := min(3, len(number)); n > 0; n-- {
			if d.codes[string(number[:n])] {
				return number[:n], bytes.TrimLeft(number[n:], "0")
			}
		}
	}
	number = bytes.TrimLeft(number, "0")
	if len(number) == 11 && number[0] == '1' {
		return number[:1], bytes.TrimLeft(number[1:], "0")
	}
	return nil, number
}

// isDummyNumber reports whether a national number is one that people make up:
// one digit over and over, a run of digits, or 555-555 with whatever follows.
func isDummyNumber(national string) bool {
	const up, down = "01234567890123456789", "98765432109876543210"
	return repeats(national) || strings.Contains(up, national) || strings.Contains(down, national) ||
		strings.HasPrefix(national, "555555") || strings.HasPrefix(national, "123456") ||
		len(national) > 4 && repeats(national[:len(national)-4]) && len(national) > 9
}

// phoneSections cuts a normal form into country, area, exchange and line.
func phoneSections(normal string) (sections [4]string) {
	for i := range sections {
		sections[i], normal, _ = strings.Cut(normal, "-")
	}
	sections[0] = strings.TrimPrefix(sections[0], "+")
	return sections
}
