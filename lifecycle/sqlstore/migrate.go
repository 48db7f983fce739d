package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

//go:embed migrations
var migrations embed.FS

// A migration takes a database from the version before it to its own.
type migration struct {
	version    int
	name       string
	statements []string
}

// migrationsOf returns the migrations of a dialect, in their order. Their files are
// named 0001_init.sql and so on, without gaps.
func migrationsOf(d *dialect) ([]migration, error) {
	files, err := fs.ReadDir(migrations, d.migrations)
	if err != nil {
		return nil, err
	}
	var all []migration
	for i, file := range files {
		text, err := fs.ReadFile(migrations, d.migrations+"/"+file.Name())
		if err != nil {
			return nil, err
		}
		number, _, _ := strings.Cut(file.Name(), "_")
		if version, err := strconv.Atoi(number); err != nil || version != i+1 {
			return nil, fmt.Errorf("sqlstore: migration %s is not number %d", file.Name(), i+1)
		}
		all = append(all, migration{i + 1, file.Name(), split(string(text))})
	}
	return all, nil
}

// split returns the statements of a migration. Each ends with a semicolon at the end
// of a line, and no other line does.
func split(script string) []string {
	var statements []string
	for part := range strings.SplitSeq(script, ";\n") {
		if part = strings.TrimSpace(part); part != "" {
			statements = append(statements, part)
		}
	}
	return statements
}

// migrate brings the database to the schema of this release: each migration in a
// transaction, with the row that says so, while nobody else writes.
func migrate(ctx context.Context, s *session) error {
	all, err := migrationsOf(s.dialect)
	if err != nil {
		return err
	}
	for {
		have, err := schemaVersion(ctx, s)
		switch {
		case err != nil:
			return err
		case have > len(all):
			return &NewerSchemaError{Have: have, Known: len(all)}
		case have == len(all):
			return nil
		}
		if err := all[have].apply(ctx, s); err != nil {
			return err
		}
	}
}

// schemaVersion returns the version of the database, 0 for one that has none. It
// writes nothing, so that a database that is up to date can be one that is only read.
func schemaVersion(ctx context.Context, s *session) (version int, err error) {
	var tables int
	row := s.conn.QueryRowContext(ctx, s.dialect.hasSchema)
	if err := row.Scan(&tables); err != nil || tables == 0 {
		return 0, failed("looking for the schema", err)
	}
	err = s.conn.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM isv_schema").Scan(&version)
	return version, failed("reading the version of the schema", err)
}

const createSchema = `CREATE TABLE IF NOT EXISTS isv_schema (
	version    INTEGER NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL,
	applied_at TEXT NOT NULL
)`

// apply applies m, unless somebody else has done so meanwhile.
func (m migration) apply(ctx context.Context, s *session) (err error) {
	if err := beginWrite(ctx, s); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = s.do(ctx, "ROLLBACK") // the caller discards the connection
		}
	}()
	if s.dialect.lockMigrations != "" {
		if _, err := s.conn.ExecContext(ctx, s.dialect.lockMigrations); err != nil {
			return failed("locking the schema", err)
		}
	}
	have, err := schemaVersion(ctx, s)
	if err != nil {
		return err
	}
	if have < m.version {
		if err := m.run(ctx, s); err != nil {
			return err
		}
	}
	return failed("committing migration "+m.name, s.do(ctx, "COMMIT"))
}

func (m migration) run(ctx context.Context, s *session) error {
	for _, statement := range append([]string{createSchema}, m.statements...) {
		if _, err := s.conn.ExecContext(context.WithoutCancel(ctx), statement); err != nil {
			return failed("migration "+m.name, err)
		}
	}
	now := moment(time.Now()) // for whoever reads the table; no decision looks at it
	_, err := s.conn.ExecContext(context.WithoutCancel(ctx), s.dialect.sql("INSERT INTO isv_schema (version, name, applied_at) VALUES (?, ?, ?)"),
		m.version, m.name, &now)
	return failed("recording migration "+m.name, err)
}
