// Command quickstart plays a morning at a software vendor whose customers install
// its packages: it imports the vendor's books, takes in what the platform told, gives
// out seats, answers who is licensed and why, cuts, suspends, uninstalls, and shows
// that all of it is still there after a restart.
//
//	go run ./examples/quickstart
//
// Everything lasts in one SQLite file. Run it again: nothing doubles.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	_ "modernc.org/sqlite"

	"github.com/isvkit/isvkit/examples/internal/brindlemoor"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
)

func main() {
	file := flag.String("db", "quickstart.db", "the SQLite file that keeps everything")
	today := flag.String("today", "2026-06-30", "the day on which the story plays")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *file, *today); err != nil {
		log.Fatal("quickstart: ", err)
	}
}

// run plays the story with the books in file, telling it to out.
func run(ctx context.Context, out io.Writer, file, today string) (err error) {
	day, err := license.ParseDate(today)
	if err != nil {
		return err
	}
	books, err := open(ctx, file, clockFrom(day.Start().Add(18*time.Hour+5*time.Minute)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, books.close()) }()

	s := &story{ctx: ctx, out: out, Manager: books.manager, today: day}
	if err := s.play(); err != nil {
		return err
	}
	return s.restart(books)
}

// clockFrom returns a clock that starts at an instant and goes on from there, so
// that the story plays on the same day whenever it is run.
func clockFrom(start time.Time) func() time.Time {
	begun := time.Now()
	return func() time.Time { return start.Add(time.Since(begun)) }
}

// books is an open database with a Manager on it.
type books struct {
	file    string
	now     func() time.Time
	db      *sql.DB
	store   *sqlstore.Store
	manager *lifecycle.Manager
}

func open(ctx context.Context, file string, now func() time.Time) (*books, error) {
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(ctx, db, sqlstore.Config{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", file, err), db.Close())
	}
	manager, err := lifecycle.New(lifecycle.Config{Store: store, Now: now})
	if err != nil {
		return nil, errors.Join(err, store.Close(), db.Close())
	}
	return &books{file, now, db, store, manager}, nil
}

func (b *books) close() error { return errors.Join(b.store.Close(), b.db.Close()) }

// me is who does all this: a job of the vendor Brindlemoor.
var me = lifecycle.Actor{
	Vendor: brindlemoor.Vendor,
	ID:     lifecycle.MustActorID("quickstart"),
}
