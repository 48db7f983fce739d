package dedupe

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// ReadCSV yields the records of a CSV file whose first line names its columns:
// id, first_name, last_name, title, company, email, phone, street, city, state,
// postal_code, country, website, in any order; case, blanks and underscores in the
// names do not matter, and other columns are passed over. The strings of a record
// share memory; clone those that are kept for long.
//
// A line that cannot be read ends the sequence with an error that tells the
// line. The records are of object.
func ReadCSV(r io.Reader, object Object) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		lines := newCSVLines(r)
		header, err := lines.header()
		if err == nil && len(header) > 0 {
			header[0] = strings.TrimPrefix(header[0], "\uFEFF")
		}
		columns, known := csvColumns(header)
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			yield(Record{}, fmt.Errorf("dedupe: reading CSV: %w", err))
			return
		case !known:
			yield(Record{}, &RuleError{Part: "CSV header", Rule: "names no known column; the first line must hold id, first_name, …"})
			return
		}
		for {
			fields, err := lines.read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Record{}, fmt.Errorf("dedupe: reading CSV: %w", err))
				return
			}
			record := Record{Object: object}
			for i, field := range fields {
				record.set(columns[i], field)
			}
			if !yield(record, nil) {
				return
			}
		}
	}
}

// csvLines reads the lines of a CSV file. Most are plain: they end where the line in
// the file ends, and no quote stands for a quote. The parser of the standard library
// reads those that are not.
type csvLines struct {
	file   *bufio.Reader
	parser *csv.Reader // of file
	plain  int         // how many lines the parser has not seen
	fields []string    // of a plain line
}

func newCSVLines(r io.Reader) *csvLines {
	file := bufio.NewReaderSize(r, 1<<16)
	l := &csvLines{file: file, parser: csv.NewReader(file)}
	l.parser.ReuseRecord = true
	return l
}

// header returns the fields of the first line.
func (l *csvLines) header() ([]string, error) {
	header, err := l.parser.Read()
	l.fields = make([]string, len(header))
	return header, err
}

// read returns the fields of the next line, in a slice that it uses again.
func (l *csvLines) read() ([]string, error) {
	buffered, _ := l.file.Peek(l.file.Buffered())
	if end := bytes.IndexByte(buffered, '\n'); end > 0 && l.split(buffered[:end]) {
		l.plain++
		_, err := l.file.Discard(end + 1)
		return l.fields, err
	}
	fields, err := l.parser.Read()
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		wrong.StartLine += l.plain
		wrong.Line += l.plain
	}
	return fields, err
}

// split cuts a line in fields, if it is plain and has as many as there are columns.
func (l *csvLines) split(line []byte) bool {
	line = bytes.TrimSuffix(line, []byte("\r"))
	quotes := bytes.Count(line, []byte(`"`))
	if len(line) == 0 || quotes > 2*len(l.fields) {
		return false
	}
	rest := string(line)
	for i := range l.fields {
		if rest != "" && rest[0] == '"' {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return false
			}
			quotes -= 2
			l.fields[i], rest = rest[1:1+end], rest[2+end:]
		} else if end := strings.IndexByte(rest, ','); end >= 0 {
			l.fields[i], rest = rest[:end], rest[end:]
		} else {
			l.fields[i], rest = rest, ""
		}
		if i == len(l.fields)-1 {
			break
		}
		if rest == "" || rest[0] != ',' {
			return false // too few fields, or an escaped quote
		}
		rest = rest[1:]
	}
	return rest == "" && quotes == 0
}

// column is a Field, or the id, or no column at all.
type column uint8

const (
	noColumn column = 0
	idColumn column = 255
)

func csvColumns(header []string) (columns []column, known bool) {
	for _, name := range header {
		at := noColumn
		switch plain := plainName(strings.TrimSpace(name)); plain {
		case "id":
			at = idColumn
		case "postalcode", "zipcode":
			at = column(ZIP)
		default:
			if field, err := ParseField(plain); err == nil {
				at = column(field)
			}
		}
		known = known || at != noColumn
		columns = append(columns, at)
	}
	return columns, known
}

// set puts text into one column of r.
func (r *Record) set(c column, text string) {
	p := &r.Person
	switch c {
	case idColumn:
		r.ID = text
	case column(FirstName):
		p.FirstName = text
	case column(LastName):
		p.LastName = text
	case column(Title):
		p.Title = text
	case column(Company):
		p.Company = text
	case column(Email):
		p.Email = text
	case column(Phone):
		p.Phone = text
	case column(Street):
		p.Street = text
	case column(City):
		p.City = text
	case column(State):
		p.State = text
	case column(ZIP):
		p.PostalCode = text
	case column(Country):
		p.Country = text
	case column(Website):
		r.Website = text
	}
}
