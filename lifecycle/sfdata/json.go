package sfdata

import "strconv"

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
