package sfdata

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// value reads a value of any kind. Arrays and deep objects are kept as they are.
func (s *jsonScanner) value(depth int) (c cell, err error) {
	first, err := s.token()
	c.line, c.column = s.src.line, s.src.column
	switch {
	case err != nil:
	case first == '"':
		c.text, c.fault, err = s.str()
	case first == '[' || first == '{':
		c.kind = rawCell
		s.text = s.text[:0]
		err = s.raw(depth)
		c.text = string(s.text)
	default:
		c.text, c.kind, err = s.literal()
	}
	return c, err
}

// literal reads a number, true, false or null.
func (s *jsonScanner) literal() (string, cellKind, error) {
	s.text = s.text[:0]
	for {
		c, ok := s.src.peek()
		if !ok || !(c == '+' || c == '-' || c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == 'E') {
			break
		}
		if err := s.add(c); err != nil {
			return "", 0, err
		}
		s.src.take(1)
	}
	switch text := string(s.text); {
	case text == "true" || text == "false":
		return text, boolCell, nil
	case text == "null":
		return "", nullCell, nil
	case isJSONNumber(text):
		return text, numberCell, nil
	}
	return "", 0, s.unless(s.src.fault(), "a JSON value is expected")
}

// raw copies an array or object without the space in it, and checks its form.
func (s *jsonScanner) raw(depth int) error {
	open, _ := s.src.peek()
	if depth > maxDepth {
		return s.src.bad("the JSON is nested too deep")
	}
	s.src.take(1)
	s.text = append(s.text, open)
	for first := true; ; first = false {
		c, err := s.token()
		if err != nil {
			return err
		}
		if c == open+2 { // ']' follows '[' by two, '}' follows '{'
			s.src.take(1)
			return s.add(c)
		}
		if !first {
			if err := s.expect(','); err != nil {
				return err
			}
			s.text = append(s.text, ',')
		}
		if err := s.rawMember(open == '{', depth); err != nil {
			return err
		}
	}
}

func (s *jsonScanner) rawMember(named bool, depth int) error {
	text := s.text
	if named {
		s.text = nil
		name, err := s.name()
		if err != nil {
			return err
		}
		text = append(appendJSON(text, name), ':')
	}
	if c, err := s.token(); err != nil {
		return err
	} else if c == '[' || c == '{' {
		s.text = text
		return s.raw(depth + 1)
	}
	s.text = nil
	c, err := s.value(depth + 1)
	switch {
	case err != nil:
		return err
	case c.fault != "":
		return s.src.bad("a text " + c.fault)
	case c.kind == stringCell:
		text = appendJSON(text, c.text)
	case c.kind == nullCell:
		text = append(text, "null"...)
	default:
		text = append(text, c.text...)
	}
	s.text = text
	return s.bound()
}

// str reads a string. fault says why it is no text, if so; reading goes on.
func (s *jsonScanner) str() (text, fault string, err error) {
	if err := s.expect('"'); err != nil {
		return "", "", err
	}
	s.text = s.text[:0]
	for {
		if err := s.plain(); err != nil {
			return "", "", err
		}
		switch c, ok := s.src.peek(); {
		case !ok:
			return "", "", s.unless(s.src.fault(), "the file ends inside of a string")
		case c == '"':
			s.src.take(1)
			return string(s.text), fault, nil
		case c != '\\':
			return "", "", s.src.bad("a control character stands in a string")
		}
		why, err := s.escape()
		if err != nil {
			return "", "", err
		}
		if why != "" {
			fault = why
		}
	}
}

// plain reads the characters of a string up to one that means something, or the
// end of the file.
func (s *jsonScanner) plain() error {
	for {
		w := s.src.window()
		n := 0
		for n < len(w) && w[n] != '"' && w[n] != '\\' && w[n] >= ' ' {
			n++
		}
		s.text = append(s.text, w[:n]...)
		s.src.take(n)
		if err := s.bound(); err != nil || n < len(w) || n == 0 {
			return err
		}
	}
}

const jsonEscapes = `"\/bfnrt`
const jsonEscaped = "\"\\/\b\f\n\r\t"

// escape reads what a backslash begins.
func (s *jsonScanner) escape() (fault string, err error) {
	s.src.take(1)
	c, ok := s.src.peek()
	if !ok {
		return "", s.unless(s.src.fault(), "the file ends inside of a string")
	}
	if n := bytes.IndexByte([]byte(jsonEscapes), c); n >= 0 {
		s.src.take(1)
		s.text = append(s.text, jsonEscaped[n])
		return "", nil
	}
	if c != 'u' {
		return "", s.src.bad("a backslash begins no escape of JSON")
	}
	s.src.take(1)
	r, err := s.hex4()
	if err != nil {
		return "", err
	}
	if utf16.IsSurrogate(r) {
		if r, err = s.surrogate(r); err != nil {
			return "", err
		}
		if r == utf8.RuneError {
			fault = "holds half a character"
		}
	}
	if r == 0 {
		fault = "must not hold NUL"
	}
	s.text = utf8.AppendRune(s.text, r)
	return fault, nil
}

// surrogate returns the character that high and the escape after it are, and
// utf8.RuneError where they are none.
func (s *jsonScanner) surrogate(high rune) (rune, error) {
	if c, _ := s.src.peek(); c != '\\' || high >= 0xDC00 {
		return utf8.RuneError, nil
	}
	s.src.take(1)
	if c, _ := s.src.peek(); c != 'u' {
		return 0, s.src.bad("half a character is followed by another escape")
	}
	s.src.take(1)
	low, err := s.hex4()
	return utf16.DecodeRune(high, low), err
}

func (s *jsonScanner) hex4() (r rune, err error) {
	for range 4 {
		c, _ := s.src.peek()
		digit := bytes.IndexByte([]byte("0123456789abcdef"), c|0x20)
		if c < '0' || digit < 0 {
			return 0, s.src.bad("four hexadecimal digits follow \\u")
		}
		s.src.take(1)
		r = r<<4 | rune(digit)
	}
	return r, nil
}

// space takes space.
func (s *jsonScanner) space() {
	for {
		c, ok := s.src.peek()
		if !ok || c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return
		}
		s.src.take(1)
	}
}

// token returns the next byte that is not space. Not to find any is an error.
func (s *jsonScanner) token() (byte, error) {
	s.space()
	if c, ok := s.src.peek(); ok {
		return c, nil
	}
	return 0, s.unless(s.src.fault(), "the file ends inside of the JSON")
}

func (s *jsonScanner) expect(want byte) error {
	c, err := s.token()
	if err != nil {
		return err
	}
	if c != want {
		return s.src.bad("a " + strconv.QuoteRune(rune(want)) + " is expected")
	}
	s.src.take(1)
	return nil
}

func (s *jsonScanner) add(c byte) error {
	s.text = append(s.text, c)
	return s.bound()
}

func (s *jsonScanner) bound() error {
	if s.src.offset-s.start > int64(s.max) {
		return s.src.bad("the record is too long")
	}
	return nil
}

// isJSONNumber reports whether text is a number as JSON writes it.
func isJSONNumber(text string) bool {
	digits := func(from int) int {
		for from < len(text) && '0' <= text[from] && text[from] <= '9' {
			from++
		}
		return from
	}
	at := 0
	if at < len(text) && text[at] == '-' {
		at++
	}
	start := at
	if at = digits(at); at == start || at-start > 1 && text[start] == '0' {
		return false
	}
	if at < len(text) && text[at] == '.' {
		start = at + 1
		if at = digits(start); at == start {
			return false
		}
	}
	if at < len(text) && (text[at] == 'e' || text[at] == 'E') {
		at++
		if at < len(text) && (text[at] == '+' || text[at] == '-') {
			at++
		}
		start = at
		if at = digits(at); at == start {
			return false
		}
	}
	return at == len(text)
}

// appendJSON appends text as a string of JSON.
func appendJSON(b []byte, text string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c < ' ' || c == 0x7F:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
