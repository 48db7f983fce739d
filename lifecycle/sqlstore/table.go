package sqlstore

import (
	"database/sql"
	"slices"
	"strings"
)

// column binds a column to the field of a record that it keeps.
type column struct {
	name string
	cell cell
}

// A table keeps records of one kind: a row each, found by vendor and a key.
// The statements that every table needs are made from its columns, of which the
// first is the key.
type table[T any] struct {
	name    string
	columns func(*T) []column
	kept    []string // columns that are never written with the record: counted by the store, or of another effect

	selectFrom string // SELECT … FROM … WHERE vendor = ?
	insertNew  string // the record, unless it is there
	update     string // the record, when its revision is the last argument
	upsert     string // the record, in place of what is there
}

func newTable[T any](name string, columns func(*T) []column) *table[T] {
	return newKeepingTable(name, nil, columns)
}

func newKeepingTable[T any](name string, kept []string, columns func(*T) []column) *table[T] {
	t := &table[T]{name: name, columns: columns, kept: kept}
	var all, written, sets []string
	for _, c := range columns(new(T)) {
		all = append(all, c.name)
		if !slices.Contains(kept, c.name) {
			written = append(written, c.name)
		}
	}
	for _, c := range written[1:] {
		sets = append(sets, c+" = excluded."+c)
	}
	key := written[0]
	t.selectFrom = "SELECT " + strings.Join(all, ", ") + " FROM " + name + " WHERE vendor = ?"
	insert := "INSERT INTO " + name + " (vendor, " + strings.Join(written, ", ") + ") VALUES (?" +
		strings.Repeat(", ?", len(written)) + ") ON CONFLICT "
	t.insertNew = insert + "DO NOTHING"
	t.upsert = insert + "(vendor, " + key + ") DO UPDATE SET " + strings.Join(sets, ", ")
	t.update = "UPDATE " + name + " SET " + strings.Join(written[1:], " = ?, ") + " = ? WHERE vendor = ? AND " +
		key + " = ? AND revision = ?"
	return t
}

// values returns the arguments of insertNew and upsert.
func (t *table[T]) values(vendor string, record *T) []any {
	args := []any{vendor}
	for _, c := range t.columns(record) {
		if !slices.Contains(t.kept, c.name) {
			args = append(args, c.cell)
		}
	}
	return args
}

// changes returns the arguments of update.
func (t *table[T]) changes(vendor string, record *T, revision int64) []any {
	values := t.values(vendor, record)
	key := values[1]
	return append(append([]any{}, values[2:]...), vendor, key, revision)
}

// scan returns the record of the row that rows stands at.
func (t *table[T]) scan(rows *sql.Rows) (T, error) {
	var record T
	columns := t.columns(&record)
	cells := make([]any, len(columns))
	for i, c := range columns {
		cells[i] = c.cell
	}
	err := rows.Scan(cells...)
	return record, err
}
