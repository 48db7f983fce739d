package sfdata

import "bytes"

// csvScanner reads the records of a CSV file. It is not encoding/csv, which turns
// a CRLF inside of quotes into LF, reads a record of any length, takes invalid
// UTF-8, and does not say where in the file a value begins unless it is asked for
// each.
type csvScanner struct {
	src   *source
	max   int // bytes of a record
	text  []byte
	ends  []int // of the fields in text
	cells []cell
}

// maxCells bounds the number of cells of a record; an object of the platform has
// at most 800 fields.
const maxCells = 10_000

const tooMany = "the record has too many fields"

// cell is one value of a record.
type cell struct {
	text         string
	kind         cellKind
	fault        string // why the text is none, if so
	line, column int
}

// cellKind says what a cell is in JSON. In CSV all are strings.
type cellKind uint8

const (
	stringCell cellKind = iota
	numberCell
	boolCell
	nullCell
	rawCell // an array
)

// next returns the cells of the next record, which are good until the one after it
// is read; none at the end of the file. Empty lines are no records.
func (s *csvScanner) next() ([]cell, error) {
	for {
		c, ok := s.src.peek()
		if !ok {
			return nil, s.src.fault()
		}
		if c != '\n' && c != '\r' {
			return s.record()
		}
		if _, err := s.separator(); err != nil {
			return nil, err
		}
	}
}

func (s *csvScanner) record() ([]cell, error) {
	s.text, s.ends, s.cells = s.text[:0], s.ends[:0], s.cells[:0]
	for more := true; more; {
		if len(s.cells) == maxCells {
			return nil, s.src.bad(tooMany)
		}
		s.cells = append(s.cells, cell{line: s.src.line, column: s.src.column})
		err := s.field()
		if err != nil {
			return nil, err
		}
		s.ends = append(s.ends, len(s.text))
		if more, err = s.separator(); err != nil {
			return nil, err
		}
	}
	text, start := string(s.text), 0
	for i, end := range s.ends {
		s.cells[i].text, start = text[start:end], end
	}
	return s.cells, nil
}

func (s *csvScanner) field() error {
	if c, _ := s.src.peek(); c == '"' {
		s.src.take(1)
		return s.quoted()
	}
	for {
		w := s.src.window()
		n := bytes.IndexAny(w, ",\n\r\"")
		if n < 0 {
			n = len(w)
		}
		if err := s.add(w[:n]); err != nil {
			return err
		}
		if s.src.take(n); n < len(w) && w[n] == '"' {
			return s.src.bad("a quote stands in a field that does not begin with one")
		}
		if n < len(w) {
			return nil
		}
		if len(w) == 0 {
			return s.src.fault()
		}
	}
}

// quoted reads a field whose opening quote is taken, and takes the closing one.
func (s *csvScanner) quoted() error {
	for {
		w := s.src.window()
		if len(w) == 0 {
			if err := s.src.fault(); err != nil {
				return err
			}
			open := s.cells[len(s.cells)-1]
			return &FileError{File: s.src.file, Line: open.line, Column: open.column, Reason: "the quotes that begin here are not closed"}
		}
		n := bytes.IndexByte(w, '"')
		if n < 0 {
			if err := s.add(w); err != nil {
				return err
			}
			s.src.take(len(w))
			continue
		}
		if err := s.add(w[:n]); err != nil {
			return err
		}
		s.src.take(n + 1)
		if c, _ := s.src.peek(); c != '"' {
			return nil
		}
		s.text = append(s.text, '"')
		s.src.take(1)
	}
}

// separator takes what follows a field. more is true for a comma, false for the
// end of a line or of the file.
func (s *csvScanner) separator() (more bool, err error) {
	c, ok := s.src.peek()
	switch {
	case !ok:
		return false, s.src.fault()
	case c == ',':
		s.src.take(1)
		return true, nil
	case c == '\r':
		s.src.take(1)
		if c, _ = s.src.peek(); c != '\n' {
			return false, s.src.bad("a carriage return stands outside of quotes and without a line feed")
		}
	case c != '\n':
		return false, s.src.bad("a closing quote is followed by neither comma nor line end")
	}
	s.src.take(1)
	return false, nil
}

// add appends to the text of the record.
func (s *csvScanner) add(text []byte) error {
	if len(s.text)+len(s.ends)+len(text) > s.max {
		return s.src.bad("the record is too long")
	}
	s.text = append(s.text, text...)
	return nil
}

// appendCSV appends text as a field in quotes.
func appendCSV[T string | []byte](b []byte, text T) []byte {
	b = append(b, '"')
	for i := range len(text) {
		if text[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, text[i])
	}
	return append(b, '"')
}
