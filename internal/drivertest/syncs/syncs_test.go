package syncs_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/isvkit/isvkit/internal/drivertest/syncs"
	_ "github.com/mattn/go-sqlite3"
)

// What SQLite syncs is seen, with the size that the file had.
func TestSyncsOfSQLite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.db")
	db, err := sql.Open("sqlite3", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, test := range []struct {
		synchronous string
		want        int
	}{{"FULL", 3}, {"OFF", 0}} { // in this order: without any sync there would be no size
		synchronous, want := test.synchronous, test.want
		if _, err := db.Exec("PRAGMA synchronous = " + synchronous + "; PRAGMA journal_mode = DELETE; CREATE TABLE IF NOT EXISTS t (x)"); err != nil {
			t.Fatal(err)
		}
		before, _, err := syncs.Of(file)
		if errors.Is(err, syncs.ErrNoCgo) && os.Getenv("ISVKIT_NO_SKIP") == "" { // it needs a C compiler
			t.Skip(err)
		}
		for range 3 {
			if _, err := db.Exec("INSERT INTO t VALUES (1)"); err != nil {
				t.Fatal(err)
			}
		}
		after, size, err := syncs.Of(file)
		if err != nil || after-before != want || size == 0 {
			t.Errorf("synchronous %s: %d syncs of %d bytes, %v; want %d", synchronous, after-before, size, err, want)
		}
	}
}
