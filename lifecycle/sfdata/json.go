package sfdata

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonScanner reads records from JSON: an array of objects, objects one after
// another (JSON lines), or the answer of a query with its records in it. A
// nested object's fields are named with dots: Profile.Name.
type jsonScanner struct {
	src   *source
	max   int // bytes of a record
	state jsonState
	outer int // objects around the array of records, which are still open
	done  bool
	total int // that the answer promises; -1 where it does not
	count int

	start        int64 // offset of the record, and its place
	line, column int

	ahead    string // a name that was read to find out what the file is
	hasAhead bool

	names []string
	cells []cell
	text  []byte
}

type jsonState uint8

const (
	jsonBegin   jsonState = iota
	jsonArray             // in the array, before its first record
	jsonArrayOn           // in the array, after a record
	jsonLines             // objects one after another
	jsonEnd
)

func newJSONScanner(src *source, max int) *jsonScanner {
	return &jsonScanner{src: src, max: max, done: true, total: -1}
}

const maxDepth = 16

// next returns the names and the cells of the next record, which are good until
// the one after it is read; no names and no cells at the end of the file.
func (s *jsonScanner) next() ([]string, []cell, error) {
	s.names, s.cells = s.names[:0], s.cells[:0]
	found, err := s.seek()
	if err == nil && found {
		s.count++
		if s.state == jsonBegin { // the first record is open already
			s.state = jsonLines
			err = s.members("", 1, true)
		} else {
			s.begin()
			err = s.object("", 1)
		}
	}
	if err != nil || !found {
		return nil, nil, err
	}
	if s.names == nil {
		s.names = []string{}
	}
	return s.names, s.cells, nil
}

// seek goes to the beginning of the next record.
func (s *jsonScanner) seek() (found bool, err error) {
	switch s.state {
	case jsonBegin:
		return s.open()
	case jsonArray, jsonArrayOn:
		c, err := s.token()
		switch {
		case err != nil:
			return false, err
		case c == ']':
			s.src.take(1)
			return false, s.finish()
		case s.state == jsonArray:
			s.state = jsonArrayOn
			return true, nil
		}
		if err := s.expect(','); err != nil {
			return false, err
		}
		_, err = s.token()
		return err == nil, err
	case jsonLines:
		return s.more()
	}
	return false, nil
}

// begin notes where a record begins.
func (s *jsonScanner) begin() {
	s.start, s.line, s.column = s.src.offset, s.src.line, s.src.column
}

// more reports whether anything but space follows.
func (s *jsonScanner) more() (bool, error) {
	s.space()
	if _, ok := s.src.peek(); !ok {
		return false, s.src.fault()
	}
	return true, nil
}

// open finds out what the file is. It leaves the state at jsonBegin where the
// beginning of the first record is taken already: its brace, and its first name.
func (s *jsonScanner) open() (bool, error) {
	if more, err := s.more(); !more {
		return false, err
	}
	if c, _ := s.src.peek(); c == '[' {
		s.src.take(1)
		s.state = jsonArray
		return s.seek()
	}
	s.begin()
	if err := s.expect('{'); err != nil {
		return false, err
	}
	if c, err := s.token(); err != nil || c != '"' {
		return true, err
	}
	name, err := s.name()
	if err != nil {
		return false, err
	}
	s.ahead, s.hasAhead = name, true
	c, err := s.token()
	if err != nil || !isAnswer(name, c) {
		return true, err
	}
	s.outer = 1
	return s.answer(true)
}

// isAnswer reports whether an object whose first field is name, with a value
// that begins with c, is the answer of the REST API or the command line's around
// it. A record can begin with Status, which is not a number.
func isAnswer(name string, c byte) bool {
	switch name {
	case "totalSize", "done", "records", "result", "nextRecordsUrl":
		return true
	}
	return name == "status" && '0' <= c && c <= '9'
}

// answer reads the members of the objects around the records, until the array of
// them begins or all is read.
func (s *jsonScanner) answer(first bool) (found bool, err error) {
	for ; s.outer > 0; first = false {
		closed, err := s.separated(first)
		if err != nil {
			return false, err
		}
		if closed {
			s.outer--
			continue
		}
		name, err := s.name()
		if err != nil {
			return false, err
		}
		c, err := s.token()
		switch {
		case err != nil:
			return false, err
		case name == "records" && c == '[':
			s.src.take(1)
			s.state = jsonArray
			return s.seek()
		case name == "result" && c == '{' && s.outer == 1:
			s.src.take(1)
			s.outer++
			return s.answer(true)
		}
		if err := s.remark(name); err != nil {
			return false, err
		}
	}
	return false, s.end()
}

// remark reads a member of an answer that is not the records.
func (s *jsonScanner) remark(name string) error {
	s.begin()
	c, err := s.value(2)
	if err != nil {
		return err
	}
	switch name {
	case "done":
		s.done = c.text != "false"
	case "totalSize":
		if n, err := strconv.Atoi(c.text); err == nil {
			s.total = n
		}
	}
	return nil
}

// finish follows the end of the array of records.
func (s *jsonScanner) finish() error {
	if s.outer > 0 {
		_, err := s.answer(false)
		return err
	}
	return s.end()
}

// end checks that nothing follows, and that the answer was whole.
func (s *jsonScanner) end() error {
	s.state = jsonEnd
	more, err := s.more()
	switch {
	case err != nil:
		return err
	case more:
		return s.src.bad("something follows the end of the JSON")
	case !s.done:
		return s.src.bad("the answer of the query is not whole: done is false")
	case s.total >= 0 && s.total != s.count:
		return s.src.bad("the answer of the query promises " + strconv.Itoa(s.total) + " records and has " + strconv.Itoa(s.count))
	}
	return nil
}

// object reads an object whose brace is not yet taken.
func (s *jsonScanner) object(prefix string, depth int) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	return s.members(prefix, depth, true)
}

// members reads the members of an object up to its closing brace.
func (s *jsonScanner) members(prefix string, depth int, first bool) error {
	for ; ; first = false {
		closed, err := s.separated(first)
		if err != nil || closed {
			return err
		}
		name, err := s.name()
		if err != nil {
			return err
		}
		c, err := s.token()
		if err != nil {
			return err
		}
		if len(s.cells) == maxCells {
			return s.src.bad(tooMany)
		}
		if c == '{' && depth < maxDepth && name != "attributes" {
			err = s.object(prefix+name+".", depth+1)
		} else if err = s.member(prefix+name, depth); name == "attributes" && err == nil {
			s.names, s.cells = s.names[:len(s.names)-1], s.cells[:len(s.cells)-1]
		}
		if err != nil {
			return err
		}
	}
}

func (s *jsonScanner) member(name string, depth int) error {
	c, err := s.value(depth + 1)
	s.names, s.cells = append(s.names, name), append(s.cells, c)
	return err
}

// separated takes the comma before a member, or the closing brace.
func (s *jsonScanner) separated(first bool) (closed bool, err error) {
	if s.hasAhead {
		return false, nil
	}
	c, err := s.token()
	if err != nil {
		return false, err
	}
	if c == '}' {
		s.src.take(1)
		return true, nil
	}
	if first {
		return false, nil
	}
	return false, s.expect(',')
}

// name takes the name of a member and the colon.
func (s *jsonScanner) name() (string, error) {
	if s.hasAhead {
		s.hasAhead = false
		return s.ahead, nil
	}
	if c, err := s.token(); err != nil || c != '"' {
		return "", s.unless(err, "the name of a field is expected")
	}
	name, fault, err := s.str()
	if err != nil || fault != "" {
		return "", s.unless(err, "the name of a field "+fault)
	}
	return name, s.expect(':')
}

func (s *jsonScanner) unless(err error, reason string) error {
	if err != nil {
		return err
	}
	return s.src.bad(reason)
}

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
		w := s.src.window()
		n := 0
		for n < len(w) && w[n] != '"' && w[n] != '\\' && w[n] >= ' ' {
			n++
		}
		s.text = append(s.text, w[:n]...)
		s.src.take(n)
		if err := s.bound(); err != nil {
			return "", "", err
		}
		if n == len(w) && n > 0 {
			continue
		}
		switch c, ok := s.src.peek(); {
		case !ok:
			return "", "", s.unless(s.src.fault(), "the file ends inside of a string")
		case c == '"':
			s.src.take(1)
			return string(s.text), fault, nil
		case c == '\\':
			why, err := s.escape()
			if err != nil {
				return "", "", err
			}
			if why != "" {
				fault = why
			}
		default:
			return "", "", s.src.bad("a control character stands in a string")
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
