package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

var sqlite = &dialect{
	name:       "SQLite",
	migrations: "migrations/sqlite",
	connect:    connectSQLite,
	array:      jsonArray,
	lookups:    sqliteLookups,
	hasSchema:  "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'isv_schema'",
	beginRead:  "BEGIN",
	// Not a plain BEGIN: one that reads first and then writes can find that somebody
	// else has written in between, and no waiting cures that.
	beginWrite: "BEGIN IMMEDIATE",
	appendEvent: `INSERT INTO isv_events (vendor, stream_kind, stream_id, at, actor, why, change_kind, change, position, seq)
		SELECT ?, ?, ?, ?, ?, ?, ?, ?,
			(SELECT COALESCE(MAX(position), 0) + 1 FROM isv_events WHERE vendor = ? AND stream_kind = ? AND stream_id = ?),
			(SELECT COALESCE(MAX(seq), 0) + 1 FROM isv_events WHERE vendor = ?)
		WHERE true ON CONFLICT DO NOTHING`,
	integrity:    "PRAGMA integrity_check",
	serial:       true,
	shielded:     true,
	isBusy:       isBusySQLite,
	notCommitted: notCommittedSQLite,
}

// jsonArray returns a JSON array of texts. They are valid UTF-8.
func jsonArray(texts []string) string {
	size := 2
	for _, text := range texts {
		size += len(text) + 3
	}
	array := append(make([]byte, 0, size), '[')
	for i, text := range texts {
		if i > 0 {
			array = append(array, ',')
		}
		if plain(text) {
			array = append(append(append(array, '"'), text...), '"')
		} else {
			quoted, _ := json.Marshal(text) // a string can be no error
			array = append(array, quoted...)
		}
	}
	return string(append(array, ']'))
}

// plain reports whether text stands in an array as it is, between quotes.
func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func isBusySQLite(err error) bool {
	return says(err, "database is locked", "database table is locked", "SQLITE_BUSY")
}

// A full disk stops a commit before its last page is written, and a busy one has
// not begun. Any other failure, such as one of the sync itself, leaves behind a
// transaction that a crash right after could bring back.
func notCommittedSQLite(err error) bool {
	return isBusySQLite(err) || says(err, "database or disk is full")
}

// busyTries is how often a lock is asked for; each try waits for an equal part of
// Config.BusyTimeout, and between them the context is looked at.
const busyTries = 10

// connectSQLite tries again when somebody else holds the lock: changing to WAL does
// not wait for it.
func connectSQLite(ctx context.Context, conn *sql.Conn, c Config) error {
	wait := max(c.BusyTimeout/busyTries, time.Millisecond)
	deadline := time.Now().Add(c.BusyTimeout) // a duration on the monotonic clock
	for {
		err := setUpSQLite(context.WithoutCancel(ctx), conn, wait)
		if !isBusySQLite(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

func setUpSQLite(ctx context.Context, conn *sql.Conn, wait time.Duration) error {
	ms := strconv.FormatInt(wait.Milliseconds(), 10)
	if err := (pragma{"busy_timeout", ms, ms}).set(ctx, conn); err != nil { // first: the others may have to wait
		return err
	}
	if err := checkSQLite(ctx, conn); err != nil {
		return err
	}
	for _, p := range []pragma{
		{"journal_mode", "WAL", "wal"},
		{"synchronous", "FULL", "2"},
		{"foreign_keys", "ON", "1"},
	} {
		if err := p.set(ctx, conn); err != nil {
			return err
		}
	}
	return nil
}

// checkSQLite refuses what the store cannot run on.
func checkSQLite(ctx context.Context, conn *sql.Conn) error {
	var version, seq, schema, file string
	if err := conn.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return fmt.Errorf("sqlstore: asking for the version of SQLite: %w", err)
	}
	if !atLeast(version, 3, 38) {
		return fmt.Errorf("sqlstore: SQLite %s is too old, the store needs 3.38", version)
	}
	if err := conn.QueryRowContext(ctx, "PRAGMA database_list").Scan(&seq, &schema, &file); err != nil {
		return fmt.Errorf("sqlstore: asking for the file of the database: %w", err)
	}
	if file == "" {
		return errors.New("sqlstore: the database is in memory, where each connection has its own; use a file, or lifecycle.MemStore")
	}
	return nil
}

func atLeast(version string, major, minor int) bool {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return false
	}
	haveMajor, _ := strconv.Atoi(parts[0])
	haveMinor, _ := strconv.Atoi(parts[1])
	return haveMajor > major || haveMajor == major && haveMinor >= minor
}

// pragma is a setting that SQLite keeps for each connection.
type pragma struct {
	name, value string
	want        string // value, as SQLite answers it
}

// set sets p and reads it back: SQLite ignores in silence what it cannot set.
func (p pragma) set(ctx context.Context, conn *sql.Conn) error {
	var have string
	assign := "PRAGMA " + p.name + " = " + p.value
	if err := p.ask(ctx, conn, assign, &have); err != nil {
		return err
	}
	if err := p.ask(ctx, conn, "PRAGMA "+p.name, &have); err != nil {
		return err
	}
	if have != p.want {
		return fmt.Errorf("sqlstore: PRAGMA %s is %s, the store needs %s", p.name, have, p.value)
	}
	return nil
}

func (p pragma) ask(ctx context.Context, conn *sql.Conn, query string, answer *string) error {
	err := conn.QueryRowContext(ctx, query).Scan(answer)
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // setting some of them answers nothing
		return fmt.Errorf("sqlstore: %s: %w", query, err)
	}
	return nil
}
