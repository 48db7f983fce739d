package sfdata

import (
	"bytes"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// Format is the form of a file.
type Format uint8

// The formats.
const (
	CSV       Format = 1 + iota // as Data Loader writes it
	JSON                        // an array of objects
	JSONLines                   // an object a line
)

// ReadOptions say how a file is read. The zero ReadOptions read what any
// exporting tool writes.
type ReadOptions struct {
	File      string // a name for the file, for errors
	Format    Format // zero: found out from the file; JSON and JSONLines read both
	Namespace string // that the columns have instead of sfLma; "": found out from the file
	MaxRecord int    // how many bytes one record can have; 0: 1 MiB
}

const defaultMaxRecord = 1 << 20

func (o ReadOptions) maxRecord() int {
	if o.MaxRecord > 0 {
		return o.MaxRecord
	}
	return defaultMaxRecord
}

// reader reads the rows of one file.
type reader[R any] struct {
	table *table[R]
	opt   ReadOptions
	src   *source
	csv   *csvScanner // or
	json  *jsonScanner

	bound  *binding[R]
	marked bool   // the file is an export of this package
	empty  bool   // without rows
	end    string // the text that ends the export, once it was read
	sum    sum
	over   bool
}

func (t *table[R]) reader(in io.Reader, opt ReadOptions) *reader[R] {
	return &reader[R]{table: t, opt: opt, src: newSource(in, opt.File)}
}

// rows returns the rows of a file, and an error in place of each that is bad.
func (t *table[R]) rows(in io.Reader, opt ReadOptions) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for r := t.reader(in, opt); !r.over; {
			row, _, ok, err := r.next()
			if (ok || err != nil) && !yield(row, err) {
				return
			}
		}
	}
}

// next returns the next row and its line. ok is false at the end of the file, and
// where there is an error in place of a row.
func (r *reader[R]) next() (row R, line int, ok bool, err error) {
	if r.csv == nil && r.json == nil {
		if err := r.open(); err != nil {
			r.over = true
			return row, 0, false, err
		}
	}
	cells, line, err := r.record()
	switch {
	case err != nil:
		_, isRow := err.(*RowError)
		r.over = !isRow
		return row, line, false, err
	case cells == nil:
		r.over = true
		return row, line, false, r.checkEnd()
	case r.end != "" || r.empty:
		r.over = true
		return row, line, false, &ExportError{File: r.opt.File, Line: line, Rows: r.sum.rows, Want: -1, Reason: "a row follows the end of the export"}
	}
	fault := r.decode(cells, &row)
	r.sum.endRow()
	if fault != nil {
		fault.File, fault.Line = r.opt.File, max(fault.Line, line)
		var none R
		return none, line, false, fault
	}
	return row, line, true, nil
}

// open finds out the format, and reads the header of CSV.
func (r *reader[R]) open() error {
	format := r.opt.Format
	if begin := bytes.TrimLeft(r.src.window(), " \t\r\n"); format == 0 && len(begin) > 0 && (begin[0] == '[' || begin[0] == '{') {
		format = JSON
	}
	if format == JSON || format == JSONLines {
		r.json = newJSONScanner(r.src, r.opt.maxRecord())
		return nil
	}
	r.csv = &csvScanner{src: r.src, max: r.opt.maxRecord()}
	cells, err := r.csv.next()
	if err != nil {
		return err
	}
	if cells == nil {
		return r.src.bad("the file is empty")
	}
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = c.text
	}
	if slices.Contains(names, markName) {
		for i, name := range names {
			names[i] = unescape(name)
		}
	}
	return r.bind(names, cells[0].line)
}

func (r *reader[R]) bind(names []string, line int) error {
	bound, fault := r.table.bind(names, r.opt.Namespace)
	if fault != nil {
		fault.File, fault.Line = r.opt.File, line
		return fault
	}
	r.bound, r.marked, r.empty = bound, r.marked || bound.mark >= 0, r.empty || bound.empty
	return nil
}

// record returns the cells of the next record and its line, no cells at the end of
// the file.
func (r *reader[R]) record() (cells []cell, line int, err error) {
	if r.json != nil {
		return r.jsonRecord()
	}
	cells, err = r.csv.next()
	if err != nil || cells == nil {
		return nil, r.src.line, err
	}
	if line = cells[0].line; len(cells) != len(r.bound.columns) {
		r.sum.endRow()
		return nil, line, &RowError{File: r.opt.File, Line: line, Reason: "has " + strconv.Itoa(len(cells)) +
			" columns, and the header " + strconv.Itoa(len(r.bound.columns))}
	}
	return cells, line, nil
}

func (r *reader[R]) jsonRecord() (cells []cell, line int, err error) {
	begin := r.json.state == jsonBegin
	names, cells, err := r.json.next()
	switch {
	case err != nil:
		return nil, r.json.line, err
	case names == nil && begin && r.json.state == jsonBegin:
		return nil, 0, r.src.bad("the file is empty")
	case names == nil:
		return nil, r.src.line, nil
	case len(names) == 1 && names[0] == emptyMarkName && !r.empty:
		r.empty = true
		return r.jsonRecord()
	}
	if line = r.json.line; r.bound == nil || !slices.Equal(names, r.bound.names) {
		if fault := r.bind(names, line); fault != nil {
			r.sum.endRow()
			return nil, line, &RowError{File: r.opt.File, Line: line, Column: r.json.column, Reason: reasonOf(fault), Err: fault}
		}
	}
	return cells, line, nil
}

// reasonOf returns the text of a HeaderError without its place.
func reasonOf(err error) string {
	fault := *err.(*HeaderError)
	fault.File, fault.Line = "", 0
	return fault.Error()[len("sfdata: "):]
}

// decode reads cells into row. It goes on after a fault, for the sum.
func (r *reader[R]) decode(cells []cell, row *R) (fault *RowError) {
	b := r.bound
	for i := range cells {
		c, column := &cells[i], b.columns[i]
		if i == b.mark {
			r.end = c.text
			continue
		}
		if r.marked {
			if r.csv != nil && (column == nil || column.kind == stringCell) {
				c.text = unescape(c.text)
			}
			addCell(&r.sum, b.names[i], c.text)
		}
		if fault != nil {
			continue
		}
		if err := r.decodeCell(c, column, b.names[i], b.extra[i], row); err != nil {
			fault = &RowError{Line: c.line, Column: c.column, Field: column.nameOr(""), Value: c.text, Reason: ruleOf(err), Err: err}
		}
	}
	return fault
}

func (r *reader[R]) decodeCell(c *cell, column *column[R], name string, keep bool, row *R) error {
	switch {
	case c.fault != "":
		return rule(c.fault)
	case column == nil && !keep || column != nil && column.read == nil:
		return nil
	case column == nil:
		r.keep(row, name, c)
		return nil
	case c.text == "" && column.filled:
		return rule("must not be empty")
	case c.kind == stringCell || c.kind == nullCell || c.kind == column.kind:
		return column.read(row, c.text)
	case column.kind == stringCell:
		return rule("must be a string")
	case column.kind == boolCell:
		return rule("must be true or false")
	}
	return rule("must be a number")
}

// keep adds a cell that is not known to the row.
func (r *reader[R]) keep(row *R, name string, c *cell) {
	extra := r.table.extra(row)
	if *extra == nil {
		*extra = make(Extra, 0, r.bound.extras)
	}
	kept := Cell{Name: name, Text: strings.Clone(c.text), Raw: c.kind != stringCell}
	if c.kind == nullCell {
		kept.Text = "null"
	}
	*extra = append(*extra, kept)
}

func (c *column[R]) nameOr(none string) string {
	if c == nil {
		return none
	}
	return c.name
}

// checkEnd says at the end of a file what is missing of an export.
func (r *reader[R]) checkEnd() error {
	if !r.marked || r.empty {
		return nil
	}
	fault := &ExportError{File: r.opt.File, Line: r.src.line, Rows: r.sum.rows, Want: -1}
	if fault.Reason = "the end of the export is missing"; r.end != "" {
		fault.Want, fault.Reason = r.sum.check(r.end)
	}
	if fault.Reason == "" {
		return nil
	}
	return fault
}
