package sfdata

import (
	"slices"
	"strings"
	"time"
)

// column is one column of the rows R: its API name, and how its cells are read into
// a row and written from one. A formula column has no read: it is computed from
// the others.
type column[R any] struct {
	name      string
	kind      cellKind // stringCell, numberCell or boolCell
	mandatory bool     // the column must be there
	filled    bool     // and its cells must not be empty
	own       bool     // of this package, not of the platform
	read      func(row *R, text string) error
	write     func(b []byte, row *R, at time.Time) ([]byte, error)
}

// col declares a column whose cells are what codec c makes of the field of a row
// that ref returns.
func col[R, T any](name string, c codec[T], ref func(*R) *T) column[R] {
	return column[R]{
		name: name,
		kind: c.kind,
		read: func(row *R, text string) error {
			value, err := c.parse(text)
			if err == nil {
				*ref(row) = value
			}
			return err
		},
		write: func(b []byte, row *R, _ time.Time) ([]byte, error) { return c.append(b, *ref(row)) },
	}
}

// formula declares a column that the platform computes. It is passed over on
// reading.
func formula[R, T any](name string, c codec[T], compute func(row *R, at time.Time) T) column[R] {
	return column[R]{
		name:  name,
		kind:  c.kind,
		write: func(b []byte, row *R, at time.Time) ([]byte, error) { return c.append(b, compute(row, at)) },
	}
}

// needed returns c as a column that a file must have.
func (c column[R]) needed() column[R] {
	c.mandatory = true
	return c
}

// required returns c as a column that a file must have, with no empty cell.
func (c column[R]) required() column[R] {
	c.mandatory, c.filled = true, true
	return c
}

// own declares a column for what the platform has no column for. It is written
// to exports and read wherever it is found.
func own[R, T any](name string, c codec[T], ref func(*R) *T) column[R] {
	declared := col(ownNamespace+"__"+name+"__c", c, ref)
	declared.own = true
	return declared
}

const (
	appNamespace = "sfLma"
	ownNamespace = "isvkit"
)

// table is the columns of one object, in the order in which they are written.
type table[R any] struct {
	object  string
	columns []column[R]
	extra   func(*R) *Extra

	byName map[string]int // lower-case names that no namespace changes
	byBase map[string]int // lower-case names without the app's namespace
	groups map[string]bool
}

func newTable[R any](object string, extra func(*R) *Extra, columns ...column[R]) *table[R] {
	t := &table[R]{object: object, columns: columns, extra: extra,
		byName: map[string]int{}, byBase: map[string]int{}, groups: map[string]bool{}}
	for i, c := range columns {
		name := strings.ToLower(c.name)
		if namespace, base, ok := cutNamespace(name); ok && namespace == strings.ToLower(appNamespace) {
			t.byBase[base] = i
			continue
		}
		t.byName[name] = i
		if group, _, nested := strings.Cut(name, "."); nested {
			t.groups[group] = true
		}
	}
	return t
}

// cutNamespace splits the API name of a custom field: sfLma__Status__c is
// Status__c of the namespace sfLma, and Status__c is that of none.
func cutNamespace(name string) (namespace, base string, ok bool) {
	bare, ok := strings.CutSuffix(name, "__c")
	if !ok {
		return "", "", false
	}
	if namespace, field, found := strings.Cut(bare, "__"); found {
		return namespace, field + "__c", true
	}
	return "", name, true
}

// binding says which column of a table each cell of a record belongs to.
type binding[R any] struct {
	names   []string     // of the cells, as the file spells them
	columns []*column[R] // nil for a cell that is kept as it is, or passed over
	extra   []bool       // the cell is kept as it is
	extras  int
	mark    int  // the cell that marks an export, -1 for none
	empty   bool // and says that the export has no rows
}

// bind finds the columns of the given names. Names are compared without regard to
// case; a namespace of the file's own takes the place of sfLma.
func (t *table[R]) bind(names []string, namespace string) (*binding[R], *HeaderError) {
	fault := &HeaderError{Object: t.object}
	folded := make([]string, len(names))
	seen := map[string]bool{}
	for i, name := range names {
		folded[i] = strings.ToLower(strings.TrimSpace(name))
		if seen[folded[i]] {
			fault.Duplicate = append(fault.Duplicate, name)
		}
		seen[folded[i]] = true
	}
	namespace, fault.Ambiguous = t.namespace(folded, namespace)
	b := &binding[R]{names: slices.Clone(names), columns: make([]*column[R], len(names)),
		extra: make([]bool, len(names)), mark: slices.Index(folded, foldedMark), empty: seen[foldedEmptyMark]}
	found := make([]bool, len(t.columns))
	for i, name := range folded {
		if at, ok := t.find(name, namespace); ok {
			b.columns[i], found[at] = &t.columns[at], true
		} else if b.extra[i] = !t.groups[name] && name != foldedMark && name != foldedEmptyMark; b.extra[i] {
			b.extras++
		}
	}
	for i, c := range t.columns {
		if c.mandatory && !found[i] {
			fault.Missing = append(fault.Missing, c.name)
		}
	}
	if len(fault.Missing)+len(fault.Duplicate)+len(fault.Ambiguous) > 0 {
		return nil, fault
	}
	return b, nil
}

// find returns the index of the column of that name.
func (t *table[R]) find(folded, namespace string) (at int, ok bool) {
	if at, ok = t.byName[folded]; ok {
		return at, true
	}
	if of, base, custom := cutNamespace(folded); custom && of == namespace {
		at, ok = t.byBase[base]
	}
	return at, ok
}

// namespace returns the namespace of a file's columns: the one that was asked for,
// else the app's where any column has it, else the one in which most of the
// columns are known.
func (t *table[R]) namespace(folded []string, asked string) (namespace string, ambiguous []string) {
	if asked != "" {
		return strings.ToLower(asked), nil
	}
	known := map[string]int{}
	for _, name := range folded {
		of, base, custom := cutNamespace(name)
		if _, ok := t.byBase[base]; custom && ok {
			known[of]++
		}
	}
	app, most := strings.ToLower(appNamespace), 0
	if known[app] > 0 {
		return app, nil
	}
	for of, n := range known {
		switch {
		case n > most:
			namespace, ambiguous, most = of, nil, n
		case n == most:
			ambiguous = append(ambiguous, of)
		}
	}
	if len(ambiguous) > 0 {
		ambiguous = append(ambiguous, namespace)
		slices.Sort(ambiguous)
	}
	return namespace, ambiguous
}
