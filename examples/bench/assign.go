package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	_ "modernc.org/sqlite" // sqlite

	"github.com/isvkit/isvkit/internal/drivertest/hotlicense"
	"github.com/isvkit/isvkit/internal/drivertest/pgserver"
)

// assign measures durable assigns of seats of one license, by many callers at once and by
// one, on SQLite and on PostgreSQL where a server is installed.
func assign(p plan) (err error) {
	if p.slice > time.Millisecond {
		p.slice = 200 * time.Millisecond // some hundred syncs of a disk
	}
	dir, err := os.MkdirTemp(p.dir, "bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, callers := range []int{hotlicense.Callers, 1} {
		ways := hotlicense.OnSQLite("sqlite", dir, callers)
		if err := p.assigning("SQLite", dir, callers, ways); err != nil {
			return err
		}
	}
	server, err := pgserver.StartDurable()
	if errors.Is(err, pgserver.ErrNotInstalled) {
		fmt.Fprintf(p.out, "\nPostgreSQL was left out: %v.\n", err)
		return nil
	} else if err != nil {
		return err
	}
	for _, callers := range []int{hotlicense.Callers, 1} {
		if err := p.assigning("PostgreSQL", dir, callers, hotlicense.OnPostgres(server, callers)); err != nil {
			return err
		}
	}
	return nil
}

// inWords says what the ways are.
var inWords = map[string]string{
	"combined":      "as the library does it",
	"grouped":       "grouped by savepoints alone",
	"each":          "the library, a transaction per call",
	"by-hand":       "by hand, a transaction per call",
	"log":           "a bare log with group commit",
	"for-update":    "by hand, SELECT FOR UPDATE per call",
	"one-statement": "by hand, one conditional statement per call",
}

func (p plan) assigning(database, dir string, callers int, ways []hotlicense.Way) (err error) {
	ctx := context.Background()
	contenders := []contender{}
	for _, way := range ways {
		opened, openErr := way.Open(ctx)
		if openErr != nil {
			return openErr
		}
		defer func() { err = errors.Join(err, opened.Close()) }()
		users := 0
		contenders = append(contenders, contender{name: inWords[way.Name], do: func(n int) {
			if err := opened.Run(ctx, callers, users, n); err != nil {
				panic(err) // a figure of what failed is none
			}
			users += n
		}})
	}
	syncing, file, err := syncs(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	who := "one caller"
	if callers > 1 {
		who = fmt.Sprint(callers, " callers")
	}
	p.table(fmt.Sprintf("A durable assign on one license, %s, %s: wall time", who, database), p.measure(wall, append(contenders, syncing)), inWords["combined"])
	return nil
}

// syncs is the limit of who waits for the disk alone: 300 bytes appended and synced.
func syncs(dir string) (contender, *os.File, error) {
	file, err := os.CreateTemp(dir, "sync")
	line := slices.Repeat([]byte("."), 300)
	return contender{name: "the disk's sync", do: func(n int) {
		for range n {
			_, err := file.Write(line)
			if err = errors.Join(err, file.Sync()); err != nil {
				panic(err)
			}
		}
	}}, file, err
}
