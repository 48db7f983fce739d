package dedupe

import (
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
		lines := csv.NewReader(r)
		lines.ReuseRecord = true
		header, err := lines.Read()
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
			fields, err := lines.Read()
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
