package sfdata

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// WriteOptions say how a file is written. The zero WriteOptions write an export:
// CSV that this package reads back without loss, and that a spreadsheet shows
// without running any of it.
type WriteOptions struct {
	Format Format    // zero: CSV
	At     time.Time // for formula columns that depend on the present; they are empty without it

	// Columns are the names of the columns to write, in their order; those that the
	// object does not have are looked for in each row's Extra. None: all columns of the
	// object, and those of the first row's Extra. For loading into the platform name
	// those that shall be set: what it computes cannot be.
	Columns []string

	// DataLoader writes the file as Data Loader does, to be loaded into the platform:
	// no mark, no columns of this package, and text as it is. A spreadsheet would run
	// text that begins like a formula.
	DataLoader bool
}

// writer writes the rows of one file.
type writer[R any] struct {
	table *table[R]
	opt   WriteOptions
	out   *bufio.Writer

	columns []outColumn[R]
	names   []string // of the cells of the row before
	cells   []outCell
	text    []byte // of the cells, end to end

	sum     sum
	held    []byte // the row before: the last one carries the mark's end
	hasHeld bool
	begun   bool
}

// outColumn is a column of the file: one of the table, or one of the rows' Extra.
type outColumn[R any] struct {
	name   string
	column *column[R]
}

// outCell is text[from:to] under a name.
type outCell struct {
	name     string
	kind     cellKind
	extra    bool
	from, to int
}

// write writes rows. It stops at the first error, of rows or its own, and returns
// it: what was written then is no whole export.
func (t *table[R]) write(out io.Writer, rows iter.Seq2[R, error], opt WriteOptions) error {
	w := &writer[R]{table: t, opt: opt, out: bufio.NewWriterSize(out, bufferSize)}
	w.choose()
	for row, err := range rows {
		if err == nil {
			err = w.row(&row)
			if fault, ok := err.(*RowError); ok {
				fault.Reason += ", in row " + strconv.Itoa(w.sum.rows+1) + " to be written"
			}
		}
		if err != nil {
			return err
		}
	}
	if err := w.finish(); err != nil {
		return err
	}
	return w.out.Flush()
}

// choose finds the columns to write, but for those of the first row's Extra.
func (w *writer[R]) choose() {
	if w.opt.Columns == nil {
		for i := range w.table.columns {
			if c := &w.table.columns[i]; !c.own || !w.opt.DataLoader {
				w.columns = append(w.columns, outColumn[R]{c.name, c})
			}
		}
		return
	}
	folded := make([]string, len(w.opt.Columns))
	for i, name := range w.opt.Columns {
		folded[i] = strings.ToLower(name)
	}
	namespace, _ := w.table.namespace(folded, "")
	for i, name := range w.opt.Columns {
		chosen := outColumn[R]{name: name}
		if at, ok := w.table.find(folded[i], namespace); ok {
			chosen.column = &w.table.columns[at]
		}
		w.columns = append(w.columns, chosen)
	}
}

// row writes the row before, and holds this one.
func (w *writer[R]) row(row *R) error {
	extra := *w.table.extra(row)
	if w.sum.rows == 0 && w.opt.Columns == nil && w.isCSV() {
		for _, c := range extra {
			w.columns = append(w.columns, outColumn[R]{name: c.Name})
		}
	}
	if err := w.collect(row, extra); err != nil {
		return err
	}
	if err := w.checkNames(); err != nil {
		return err
	}
	if w.hasHeld {
		if err := w.emit(""); err != nil {
			return err
		}
	}
	if w.isCSV() {
		w.held = w.appendFields(w.held[:0])
	} else {
		w.held = w.appendMembers(w.held[:0], w.cells, 0)
	}
	w.hasHeld = true
	w.sum.endRow()
	return nil
}

func (w *writer[R]) isCSV() bool { return w.opt.Format == 0 || w.opt.Format == CSV }

// collect writes the texts of the row's cells end to end.
func (w *writer[R]) collect(row *R, extra Extra) error {
	w.cells, w.text = w.cells[:0], w.text[:0]
	found := 0
	for _, c := range w.columns {
		cell := outCell{name: c.name, from: len(w.text), extra: c.column == nil}
		if c.column != nil {
			var err error
			cell.kind = c.column.kind
			if w.text, err = c.column.write(w.text, row, w.opt.At); err != nil {
				return &RowError{Field: c.column.name, Value: "", Reason: ruleOf(err), Err: err}
			}
		} else if e, ok := lookup(extra, c.name, found); ok {
			cell.kind, found = w.addExtra(e), found+1
		}
		cell.to = len(w.text)
		w.cells = append(w.cells, cell)
	}
	if found < len(extra) && w.opt.Columns == nil {
		if w.isCSV() {
			return &RowError{Reason: "has a column that the first row does not have: give WriteOptions.Columns"}
		}
		for _, e := range extra {
			from := len(w.text)
			w.cells = append(w.cells, outCell{name: e.Name, kind: w.addExtra(e), extra: true, from: from, to: len(w.text)})
		}
	}
	return w.check()
}

// lookup returns the cell of that name, which is likely to be the one at index
// likely.
func lookup(extra Extra, name string, likely int) (c Cell, ok bool) {
	if likely < len(extra) && extra[likely].Name == name {
		return extra[likely], true
	}
	at := slices.IndexFunc(extra, func(e Cell) bool { return e.Name == name })
	if at < 0 {
		return Cell{}, false
	}
	return extra[at], true
}

// addExtra adds the text of a cell that is not known.
func (w *writer[R]) addExtra(c Cell) cellKind {
	switch {
	case c.Raw && c.Text == "null":
		return nullCell
	case c.Raw:
		w.text = append(w.text, c.Text...)
		return rawCell
	}
	w.text = append(w.text, c.Text...)
	return stringCell
}

// check refuses text that no reader takes, and adds the rest to the sum.
func (w *writer[R]) check() error {
	whole := utf8.Valid(w.text) && bytes.IndexByte(w.text, 0) < 0
	for _, c := range w.cells {
		text := w.text[c.from:c.to]
		if !whole && validPrefix(text) < len(text) {
			return &RowError{Field: c.field(), Value: string(text), Reason: "must be valid UTF-8 without NUL"}
		}
		if c.kind == rawCell && !json.Valid(text) {
			return &RowError{Field: c.field(), Value: string(text), Reason: "is marked as raw and is not JSON"}
		}
		addCell(&w.sum, c.name, text)
	}
	return nil
}

// field returns the name of a column that is known; others may say anything.
func (c outCell) field() string {
	if c.extra {
		return ""
	}
	return c.name
}

// checkNames refuses columns that could not be told apart on reading.
func (w *writer[R]) checkNames() error {
	same := len(w.names) == len(w.cells)
	for i := 0; same && i < len(w.cells); i++ {
		same = w.names[i] == w.cells[i].name
	}
	if same {
		return nil
	}
	w.names = w.names[:0]
	for _, c := range w.cells {
		w.names = append(w.names, c.name)
	}
	_, fault := w.table.bind(w.names, "")
	if fault != nil && len(fault.Duplicate) > 0 {
		fault.Missing = nil
		return fault
	}
	return nil
}

// emit writes the row that is held. mark is the text in the column that marks an
// export: none, or its end.
func (w *writer[R]) emit(mark string) error {
	b := w.out.AvailableBuffer()
	if !w.begun {
		b = w.appendBegin(b)
	} else if w.opt.Format == JSON {
		b = append(b, ",\n"...)
	}
	w.begun = true
	if w.isCSV() {
		if !w.opt.DataLoader {
			b = append(appendCSV(b, mark), ',')
		}
		b = append(append(b, w.held...), '\n')
	} else {
		b = append(b, '{')
		if !w.opt.DataLoader {
			b = append(appendMark(b, markName, mark), ',')
		}
		b = append(append(b, w.held...), '}')
		if w.opt.Format == JSONLines {
			b = append(b, '\n')
		}
	}
	_, err := w.out.Write(b)
	return err
}

func appendMark(b []byte, name, mark string) []byte {
	b = append(appendJSON(b, name), ':')
	if mark == "" {
		return append(b, "null"...)
	}
	return appendJSON(b, mark)
}

// appendBegin appends what precedes the first row.
func (w *writer[R]) appendBegin(b []byte) []byte {
	switch {
	case w.opt.Format == JSON:
		return append(b, "[\n"...)
	case w.opt.Format == JSONLines:
		return b
	}
	if !w.opt.DataLoader {
		b = append(appendCSV(b, markName), ',')
	}
	for i, c := range w.columns {
		if i > 0 {
			b = append(b, ',')
		}
		name := c.name
		if !w.opt.DataLoader {
			name = escape(name)
		}
		b = appendCSV(b, name)
	}
	if !w.opt.DataLoader && !w.hasHeld {
		b = appendCSV(append(b, ','), emptyMarkName)
	}
	return append(b, '\n')
}

// finish writes the last row with the end of the export.
func (w *writer[R]) finish() error {
	if w.hasHeld {
		if err := w.emit(w.sum.end()); err != nil {
			return err
		}
	}
	var b []byte
	if !w.begun {
		b = w.appendBegin(b)
		if w.opt.Format == JSONLines && !w.opt.DataLoader {
			b = append(appendMark(append(b, '{'), emptyMarkName, ""), "}\n"...)
		}
	}
	if w.opt.Format == JSON {
		b = append(b, "\n]\n"...)
	}
	_, err := w.out.Write(b)
	return err
}

// appendFields appends the cells of a row as CSV.
func (w *writer[R]) appendFields(b []byte) []byte {
	for i, c := range w.cells {
		if i > 0 {
			b = append(b, ',')
		}
		text := w.text[c.from:c.to]
		if w.opt.DataLoader || c.kind == numberCell || c.kind == boolCell || !mayRun(text) {
			b = appendCSV(b, text)
		} else if c.extra {
			b = appendCSV(b, escapeExtra(string(text)))
		} else {
			b = appendCSV(b, escape(string(text)))
		}
	}
	return b
}

// appendMembers appends cells as members of a JSON object, from the given byte of
// their names on. Names with one beginning before a dot become one object, which
// is null where all of them are empty.
func (w *writer[R]) appendMembers(b []byte, cells []outCell, from int) []byte {
	groups := map[string][]outCell{}
	for _, c := range cells {
		if group, _, nested := strings.Cut(c.name[from:], "."); nested {
			groups[group] = append(groups[group], c)
		}
	}
	for i, c := range cells {
		name, _, nested := strings.Cut(c.name[from:], ".")
		members := groups[name]
		if nested && members == nil {
			continue // written where the first of them stands
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendJSON(b, name), ':')
		if !nested {
			b = w.appendValue(b, c)
			continue
		}
		delete(groups, name)
		if slices.ContainsFunc(members, func(c outCell) bool { return c.from < c.to || c.extra }) {
			b = append(w.appendMembers(append(b, '{'), members, from+len(name)+1), '}')
		} else {
			b = append(b, "null"...)
		}
	}
	return b
}

func (w *writer[R]) appendValue(b []byte, c outCell) []byte {
	text := w.text[c.from:c.to]
	switch {
	case c.kind == nullCell || len(text) == 0 && !c.extra:
		return append(b, "null"...)
	case c.kind == stringCell:
		return appendJSON(b, string(text))
	}
	return append(b, text...)
}
