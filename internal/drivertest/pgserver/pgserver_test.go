package pgserver

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/lib/pq"
)

// started starts a server, or skips the test where none is installed.
func started(t *testing.T) *Server {
	t.Helper()
	s, err := Start()
	if errors.Is(err, ErrNotInstalled) && os.Getenv("ISVKIT_NO_SKIP") == "" { // there is nothing to start
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.alive.Close() })
	return s
}

// A server that was killed with all of its processes starts again, as often as one likes,
// and has what was committed.
func TestCrash(t *testing.T) {
	s := started(t)
	dsn, err := s.NewSchema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := execute(t.Context(), dsn, "CREATE TABLE t (n INT)"); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if err := execute(t.Context(), dsn, "INSERT INTO t VALUES (1)"); err != nil {
			t.Fatal(err)
		}
		if err := s.Crash(); err != nil {
			t.Fatal(err)
		}
		if err := execute(t.Context(), dsn, "SELECT 1"); err == nil {
			t.Fatal("a server that was killed answers")
		}
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
		if have := ask(t, "pgx", dsn, "SELECT COUNT(*)::TEXT FROM t"); have != []string{"1", "2", "3"}[n] {
			t.Errorf("after crash %d: %s rows", n+1, have)
		}
	}
	if log, err := os.ReadFile(filepath.Join(s.folder, "log")); err != nil || !strings.Contains(string(log), "not properly shut down") {
		t.Errorf("the server did not recover: %v\n%s", err, log)
	}
}

// Both forms of a data source name lead into the schema, with either driver.
func TestNewSchema(t *testing.T) {
	s := started(t)
	keywords := strings.NewReplacer("postgres://postgres@127.0.0.1:", "user=postgres dbname=postgres host=127.0.0.1 port=", "/postgres?", " ").Replace(s.DSN())
	for _, server := range []string{s.DSN(), keywords, strings.TrimSuffix(s.DSN(), "?sslmode=disable")} {
		dsn, drop, err := NewSchema(t.Context(), server)
		if err != nil {
			t.Fatal(err)
		}
		for _, driver := range []string{"pgx", "postgres"} {
			if !strings.Contains(dsn, "sslmode") && driver == "postgres" {
				continue // it would ask for TLS
			}
			if have := ask(t, driver, dsn, "SELECT current_schema() || current_setting('application_name')"); !strings.HasPrefix(have, "isvkit_") || have[:len(have)/2] != have[len(have)/2:] {
				t.Errorf("%s with %s works in %q", dsn, driver, have)
			}
		}
		if err := drop(t.Context()); err != nil {
			t.Error(err)
		}
		if have := ask(t, "pgx", dsn, "SELECT COALESCE(current_schema(), 'none')"); have != "none" {
			t.Errorf("after it was dropped, %s works in %q", dsn, have)
		}
	}
}

// As root, a server starts where only root may go, too; and one that does not start
// leaves nothing behind.
func TestFolder(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", folder)
	s := started(t)
	if os.Geteuid() == 0 && filepath.Dir(s.Folder()) != "/tmp" {
		t.Errorf("the files are in %s", s.Folder())
	}
	if err := os.WriteFile(filepath.Join(folder, "initdb"), []byte("#!/bin/sh\necho broken >&2; exit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	broken := &Server{bin: folder}
	if err := broken.create(); err == nil || os.Geteuid() != 0 && !strings.Contains(err.Error(), "broken\n") { // nobody cannot run it
		t.Errorf("create with an initdb that fails = %v", err)
	}
	if left, err := filepath.Glob(broken.folder); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func ask(t *testing.T, driver, dsn, query string) (answer string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(context.Background(), query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}
