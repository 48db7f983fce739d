package sfdata

import (
	"strconv"
	"strings"

	"github.com/isvkit/isvkit/internal/errtext"
)

// RowError says what is wrong with one row. The rows after it are read all the
// same; whether the good ones count is the caller's to decide. Its text never holds
// a value from the file, which may be a person's; Value does.
type RowError struct {
	File   string // as ReadOptions or Source call it
	Line   int    // in the file, from 1, where the value begins; 0 for a row that is not from a file
	Column int    // in the line, from 1, counted in bytes; 0 when it is the row as a whole
	Field  string // API name of the column, "" when it is the row as a whole
	Value  string // the text, whole
	Reason string
	Err    error // the cause where there is one, such as a *license.FieldError
}

// Error names the place, the field and the reason.
func (e *RowError) Error() string {
	field := ""
	if e.Field != "" {
		field = e.Field + ": "
	}
	return errtext.Line("sfdata: ", place(e.File, e.Line, e.Column), field, e.Reason)
}

// Unwrap returns the cause.
func (e *RowError) Unwrap() error { return e.Err }

// FileError says that a file cannot be read on: it is cut, is not CSV or JSON, is
// not text in UTF-8, holds a record that is too long, or its reader failed. No
// row follows it.
type FileError struct {
	File   string
	Line   int
	Column int // counted in bytes
	Reason string
	Err    error // of the reader, if that failed
}

// Error names the place, the reason, and what the reader said.
func (e *FileError) Error() string {
	said := ""
	if e.Err != nil {
		said = ": " + e.Err.Error()
	}
	return errtext.Line("sfdata: ", place(e.File, e.Line, e.Column), e.Reason, said)
}

// Unwrap returns the error of the reader.
func (e *FileError) Unwrap() error { return e.Err }

// HeaderError says that the columns of a file are not those of its object. No
// row follows it. In JSON, where every record names its fields, it is the Err of a
// *RowError.
type HeaderError struct {
	File      string
	Line      int
	Object    string   // "sfLma__License__c", …
	Missing   []string // mandatory columns that are not there
	Duplicate []string // names, as the file spells them, that are there twice
	Ambiguous []string // namespaces of which each could be meant; ReadOptions.Namespace decides
}

// Error names the object and the missing columns, or how many are there twice. The
// names that the file made up are in the fields alone.
func (e *HeaderError) Error() string {
	var faults []string
	if len(e.Missing) > 0 {
		faults = append(faults, "columns are missing: "+strings.Join(e.Missing, ", "))
	}
	if n := len(e.Duplicate); n > 0 {
		faults = append(faults, "names that several columns have: "+strconv.Itoa(n))
	}
	if n := len(e.Ambiguous); n > 0 {
		faults = append(faults, "namespaces of which each could be meant: "+strconv.Itoa(n))
	}
	return errtext.Line("sfdata: ", place(e.File, e.Line, 0), e.Object, ": ", strings.Join(faults, "; "))
}

// ExportError says that a file that this package exported is not whole any more:
// it was cut, or changed. It comes after the rows that are left.
type ExportError struct {
	File   string
	Line   int
	Rows   int // that were read
	Want   int // that were exported; -1 where the file's end, which says so, is missing
	Reason string
}

// Error names the place, the reason and the numbers.
func (e *ExportError) Error() string {
	rows := strconv.Itoa(e.Rows) + " rows"
	if e.Want >= 0 {
		rows += " of " + strconv.Itoa(e.Want)
	}
	return errtext.Line("sfdata: ", place(e.File, e.Line, 0), e.Reason, ", after ", rows)
}

// place returns "licenses.csv:12:40: ", or what of it is known.
func place(file string, line, column int) string {
	var parts []string
	if file != "" {
		parts = append(parts, file)
	}
	if line > 0 {
		if file == "" {
			parts = append(parts, "line "+strconv.Itoa(line))
		} else {
			parts = append(parts, strconv.Itoa(line))
		}
		if column > 0 {
			parts = append(parts, strconv.Itoa(column))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ":") + ": "
}
