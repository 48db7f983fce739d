package sqlstore

import (
	"context"
	"database/sql"
	"strings"
)

// Dialect is the kind of database that a Store runs on. The zero Dialect is
// SQLite.
type Dialect uint8

// The dialects.
const (
	SQLite Dialect = iota
	PostgreSQL
)

// String returns the name of the dialect.
func (d Dialect) String() string {
	if dialect := d.dialect(); dialect != nil {
		return dialect.name
	}
	return "invalid"
}

func (d Dialect) dialect() *dialect {
	switch d {
	case SQLite:
		return sqlite
	case PostgreSQL:
		return postgres
	}
	return nil
}

// A dialect is what differs between databases. All other SQL is common to them, and
// written as SQLite reads it.
type dialect struct {
	name       string
	migrations string // folder of the migrations

	// translate turns common SQL into the dialect's; nil where they are the same.
	translate func(query string) string
	// connect makes a new connection ready: it sets and checks what must hold on each.
	connect func(ctx context.Context, conn *sql.Conn, c Config) error

	lookups lookups
	// array returns texts as the last argument of a lookup, and that of json_each: one statement
	// does for lists of any length.
	array func(texts []string) string

	hasSchema string // counts the tables named isv_schema

	lockMigrations string // keeps others from migrating until the transaction ends; "" where beginWrite does
	beginRead      string // begins a snapshot
	beginWrite     string // begins a transaction that writes
	beginSnapshot  string // begins one that writes, and reads of one snapshot; "" where all do

	isolation string   // asks for the isolation level of a transaction; "" where all read of one snapshot
	snapshots []string // the levels that do

	// serial says that there is one writer at a time. Then Updates share commits, events
	// are numbered as they are written, and nothing needs to be locked.
	serial bool
	// shielded says that statements must not see that their caller's context is
	// cancelled.
	shielded bool

	appendEvent string // arguments: those of events, then vendor and stream for the position; for serial, vendor for the number
	forUpdate   string // after a SELECT, locks the rows that it finds
	lockKeys    string // locks match keys until the transaction ends

	integrity string // asks whether the database is whole, a row for each thing that is wrong, or "ok"; "" where that cannot be asked

	// isBusy reports whether err says that somebody else was in the way, and
	// nothing happened.
	isBusy func(err error) bool
	// notCommitted reports whether a failed COMMIT has certainly not committed.
	notCommitted func(err error) bool
}

func (d *dialect) sql(query string) string {
	if d.translate == nil {
		return query
	}
	return d.translate(query)
}

// statement returns the context for a statement that is run for a caller with ctx.
func (d *dialect) statement(ctx context.Context) context.Context {
	if d.shielded {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// says reports whether the text of err holds one of phrases. Without importing a
// driver its text is all that there is to go by; SQLite's has not changed in
// decades.
func says(err error, phrases ...string) bool {
	if err == nil {
		return false
	}
	text := err.Error()
	for _, phrase := range phrases {
		if strings.Contains(text, phrase) {
			return true
		}
	}
	return false
}
