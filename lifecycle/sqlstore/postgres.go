package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

var postgres = &dialect{
	name:       "PostgreSQL",
	migrations: "migrations/postgres",
	translate:  translatePostgres(),
	connect:    connectPostgres,
	array:      textArray,
	lookups:    postgresLookups,
	hasSchema:  "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('isv_schema')",
	// Any number that nobody else locks; it is "isv" and a date.
	lockMigrations: "SELECT pg_advisory_xact_lock(1769173120260630)",
	beginRead:      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	// What keeps the promises is the guards, each in the write itself; a stricter level would
	// only end more transactions.
	beginWrite:    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
	beginSnapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE",
	isolation:     "SHOW transaction_isolation",
	snapshots:     []string{"repeatable read", "serializable"},
	appendEvent: `INSERT INTO isv_events (vendor, stream_kind, stream_id, at, actor, why, change_kind, change, position)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?,
			(SELECT COALESCE(MAX(position), 0) + 1 FROM isv_events WHERE vendor = ? AND stream_kind = ? AND stream_id = ?))
		ON CONFLICT DO NOTHING`,
	forUpdate: " FOR UPDATE",
	lockKeys: `INSERT INTO isv_match_locks (vendor, kind, match_key) SELECT ?, ?, value FROM json_each(?)
		ON CONFLICT (vendor, kind, match_key) DO UPDATE SET kind = excluded.kind`,
	isBusy: func(err error) bool {
		return hasState(err, "40001", "40P01")
	},
	notCommitted: func(err error) bool {
		return hasState(err, "40001", "40P01", "40002", "23")
	},
}

// hasState reports whether err is an answer of the server whose SQLSTATE begins with one
// of prefixes. The errors of pgx and of pq have the method.
func hasState(err error, prefixes ...string) bool {
	var answer interface{ SQLState() string }
	if !errors.As(err, &answer) {
		return false
	}
	for _, prefix := range prefixes {
		if strings.HasPrefix(answer.SQLState(), prefix) {
			return true
		}
	}
	return false
}

// translatePostgres returns a function that turns common SQL into PostgreSQL's, and
// remembers what it has turned.
func translatePostgres() func(string) string {
	var known sync.Map
	return func(query string) string {
		if translated, ok := known.Load(query); ok {
			return translated.(string)
		}
		translated := strings.NewReplacer(
			"/*instant*/ ?", "CAST(? AS TIMESTAMPTZ)",
			"json_each(?)", "unnest(CAST(? AS TEXT[])) AS wanted (value)",
		).Replace(query)
		translated = numbered(translated)
		known.Store(query, translated)
		return translated
	}
}

// textArray returns an array as PostgreSQL writes it, which is text to every driver.
func textArray(texts []string) string {
	size := 2
	for _, text := range texts {
		size += len(text) + 3
	}
	array := append(make([]byte, 0, size), '{')
	for i, text := range texts {
		if i > 0 {
			array = append(array, ',')
		}
		array = append(array, '"')
		for j := range len(text) {
			if c := text[j]; c == '"' || c == '\\' {
				array = append(array, '\\')
			}
			array = append(array, text[j])
		}
		array = append(array, '"')
	}
	return string(append(array, '}'))
}

// numbered returns query with $1, $2, … for its question marks, of which none stands
// in a literal.
func numbered(query string) string {
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}

func connectPostgres(ctx context.Context, conn *sql.Conn, _ Config) error {
	var version int
	if err := conn.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return failed("asking for the version of PostgreSQL", err)
	}
	if version < 130000 {
		return fmt.Errorf("sqlstore: PostgreSQL %d is too old, the store needs 13", version/10000)
	}
	// A commit that has not reached the disk must not be acknowledged, whatever the server's default is.
	_, err := conn.ExecContext(ctx, "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
	return failed("setting synchronous_commit", err)
}
