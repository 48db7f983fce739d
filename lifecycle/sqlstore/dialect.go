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

	hasSchema string // counts the tables named isv_schema

	beginRead   string // begins a snapshot
	beginWrite  string // begins a transaction that writes
	appendEvent string // arguments: those of events, then vendor and stream for the position, vendor for the number
	isBusy      func(error) bool
	// notCommitted reports whether a failed COMMIT has certainly not committed.
	notCommitted func(error) bool
}

func (d *dialect) sql(query string) string {
	if d.translate == nil {
		return query
	}
	return d.translate(query)
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
