// Package hotlicense has ways to take seats of one license, each seat with its event and
// durably: as the library does it, as somebody would write it by hand, and the least that
// so many durable acknowledgements can cost. Benchmarks compare them.
package hotlicense

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/isvkit/isvkit/internal/drivertest/pgserver"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Callers are how many ask for seats of one license at once.
const Callers = 64

// Way is a way to assign.
type Way struct {
	Name string
	open func(ctx context.Context, o *Opened) (Assign, error)
}

// Opened is a Way on a database, or file, of its own.
type Opened struct {
	Assign
	closers []func() error
}

// Open opens a way, with files of its own that go when it is closed.
func (w Way) Open(ctx context.Context) (*Opened, error) {
	o := &Opened{}
	var err error
	if o.Assign, err = w.open(ctx, o); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

// Close closes what was opened, the last first.
func (o *Opened) Close() (err error) {
	for len(o.closers) > 0 {
		last := len(o.closers) - 1
		err = errors.Join(err, o.closers[last]())
		o.closers = o.closers[:last]
	}
	return err
}

// OnSQLite returns the ways on SQLite, and the bare log, with their files in a folder, for
// so many callers at once.
func OnSQLite(driver, folder string, callers int) []Way {
	store := func(name string, config sqlstore.Config, managers int) Way {
		return Way{name, func(ctx context.Context, o *Opened) (Assign, error) {
			db, err := o.sqlite(driver, folder)
			if err != nil {
				return nil, err
			}
			return o.byManagers(ctx, db, config, managers)
		}}
	}
	return []Way{
		store("combined", sqlstore.Config{}, 1),
		store("grouped", sqlstore.Config{}, callers),
		store("each", sqlstore.Config{MaxGroup: 1}, callers),
		{"by-hand", func(ctx context.Context, o *Opened) (Assign, error) {
			db, err := o.sqlite(driver, folder)
			if err != nil {
				return nil, err
			}
			conn, err := db.Conn(ctx)
			if err != nil {
				return nil, err
			}
			o.closers = append(o.closers, conn.Close)
			return byHandSQLite(ctx, conn)
		}},
		{"log", func(_ context.Context, o *Opened) (Assign, error) {
			own, err := o.folder(folder)
			if err != nil {
				return nil, err
			}
			file, err := os.Create(filepath.Join(own, "log"))
			if err != nil {
				return nil, err
			}
			o.closers = append(o.closers, file.Close)
			return byLog(file), nil
		}},
	}
}

// OnPostgres returns the ways on a server, each in a new schema, for so many callers at
// once.
func OnPostgres(server *pgserver.Server, callers int) []Way {
	way := func(name string, assign func(context.Context, *Opened, *sql.DB) (Assign, error)) Way {
		return Way{name, func(ctx context.Context, o *Opened) (Assign, error) {
			dsn, err := server.NewSchema(ctx)
			if err != nil {
				return nil, err
			}
			db, err := o.database("pgx", dsn)
			if err != nil {
				return nil, err
			}
			db.SetMaxOpenConns(Callers + 8)
			db.SetMaxIdleConns(Callers + 8)
			return assign(ctx, o, db)
		}}
	}
	byManagers := func(n int) func(context.Context, *Opened, *sql.DB) (Assign, error) {
		return func(ctx context.Context, o *Opened, db *sql.DB) (Assign, error) {
			return o.byManagers(ctx, db, sqlstore.Config{Dialect: sqlstore.PostgreSQL}, n)
		}
	}
	return []Way{
		way("combined", byManagers(1)),
		way("each", byManagers(callers)),
		way("for-update", func(ctx context.Context, _ *Opened, db *sql.DB) (Assign, error) {
			return forUpdate(db), handOnServer(ctx, db)
		}),
		way("one-statement", func(ctx context.Context, _ *Opened, db *sql.DB) (Assign, error) {
			return oneStatement(db), handOnServer(ctx, db)
		}),
	}
}

// folder returns a new folder in one, which goes when o is closed.
func (o *Opened) folder(in string) (string, error) {
	own, err := os.MkdirTemp(in, "hotlicense")
	if err == nil {
		o.closers = append(o.closers, func() error { return os.RemoveAll(own) })
	}
	return own, err
}

func (o *Opened) sqlite(driver, folder string) (*sql.DB, error) {
	own, err := o.folder(folder)
	if err != nil {
		return nil, err
	}
	return o.database(driver, filepath.Join(own, "store.db"))
}

func (o *Opened) database(driver, dsn string) (*sql.DB, error) {
	db, err := sql.Open(driver, dsn)
	if err == nil {
		o.closers = append(o.closers, db.Close)
	}
	return db, err
}

// Assign gives one user a seat of the license, and returns when that is durable. caller
// says which of those who call at once it is, from 0 on. It is safe for concurrent use.
type Assign func(ctx context.Context, caller int, u seats.UserID) error

// Run has so many callers at once assign the users from the first on, and returns when
// all of them hold their seats.
func (a Assign) Run(ctx context.Context, callers, first, users int) error {
	var mu sync.Mutex
	var failed error
	next := first
	take := func() (n int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, next <= first+users && failed == nil
	}
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for n, ok := take(); ok; n, ok = take() {
				if err := a(ctx, caller, seats.MustUserID(fmt.Sprintf("user-%d", n))); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	return failed
}

var actor = lifecycle.Actor{Vendor: pkgversion.MustVendorID("vendor"), ID: lifecycle.MustActorID("actor")}

// byManagers assigns through so many Managers on one store, into which it puts the
// license: they combine what their own callers wait for, and nothing of each other.
func (o *Opened) byManagers(ctx context.Context, db *sql.DB, config sqlstore.Config, n int) (Assign, error) {
	store, err := sqlstore.Open(ctx, db, config)
	if err != nil {
		return nil, err
	}
	o.closers = append(o.closers, store.Close)
	began := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	put := lifecycle.PutLicense{License: license.License{
		ID: 1, Installation: license.MustInstallationID("installation"), Org: pkgversion.MustOrgID("org"), Package: pkgversion.MustPackageID("package"),
		Terms:       license.Terms{Status: license.Active, Seats: license.MustSeats(license.MaxSeats), Expiration: license.Never()},
		InstalledAt: began, Revision: 1, ChangedAt: began,
	}}
	if err := store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error { return tx.Write(ctx, actor.Vendor, put) }); err != nil {
		return nil, err
	}
	managers := make([]*lifecycle.Manager, n)
	for i := range managers {
		if managers[i], err = lifecycle.New(lifecycle.Config{Store: store}); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, caller int, u seats.UserID) error {
		_, err := managers[caller%n].Assign(ctx, actor, lifecycle.Assign{License: 1, Users: []seats.UserID{u}})
		return err
	}, nil
}

// What somebody would write by hand: a counter, a row for each seat, and the event.
const (
	handTables = `CREATE TABLE licenses (id INTEGER PRIMARY KEY, seats INTEGER NOT NULL, holders INTEGER NOT NULL);
		CREATE TABLE assignments (license INTEGER NOT NULL, user_id TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (license, user_id));
		INSERT INTO licenses VALUES (1, 99000000, 0)`
	handTake   = "UPDATE licenses SET holders = holders + 1 WHERE id = 1 AND holders < seats"
	handAssign = "INSERT INTO assignments VALUES (1, $1, '2026-06-30T12:00:00.000000Z')"
	handEvent  = `INSERT INTO events (change) VALUES ('{"License":"L-00001","Users":["user"],"By":"actor"}')`
)

// executor is a connection, or a transaction.
type executor interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

func execAll(ctx context.Context, conn executor, u seats.UserID, queries ...string) error {
	for _, query := range queries {
		var args []any
		if query == handAssign {
			args = append(args, u.String())
		}
		if _, err := conn.ExecContext(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// byHandSQLite is one transaction per call on a connection to an empty database, whose turn
// callers wait for. It makes the tables.
func byHandSQLite(ctx context.Context, conn *sql.Conn) (Assign, error) {
	err := execAll(ctx, conn, seats.UserID{}, "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", handTables,
		"CREATE TABLE events (seq INTEGER PRIMARY KEY, change TEXT NOT NULL)")
	var mu sync.Mutex
	return func(ctx context.Context, _ int, u seats.UserID) error {
		mu.Lock()
		defer mu.Unlock()
		return execAll(ctx, conn, u, "BEGIN IMMEDIATE", handTake, handAssign, handEvent, "COMMIT")
	}, err
}

// forUpdate is one transaction per call, which locks the row, looks, and writes.
func forUpdate(db *sql.DB) Assign {
	return func(ctx context.Context, _ int, u seats.UserID) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		var seats, holders int
		if err := tx.QueryRowContext(ctx, "SELECT seats, holders FROM licenses WHERE id = 1 FOR UPDATE").Scan(&seats, &holders); err != nil {
			return err
		}
		if holders >= seats {
			return errors.New("no seat")
		}
		if err := execAll(ctx, tx, u, handTake, handAssign, handEvent); err != nil {
			return err
		}
		return tx.Commit()
	}
}

// oneStatement does all of it in one conditional statement per call, which commits by
// itself.
func oneStatement(db *sql.DB) Assign {
	return func(ctx context.Context, _ int, u seats.UserID) error {
		_, err := db.ExecContext(ctx, `WITH taken AS (`+handTake+` RETURNING id),
		seated AS (INSERT INTO assignments SELECT id, $1, '2026-06-30T12:00:00.000000Z' FROM taken RETURNING license)
		INSERT INTO events (change) SELECT '{"License":"L-00001","Users":["user"],"By":"actor"}' FROM seated`, u.String())
		return err
	}
}

func handOnServer(ctx context.Context, db *sql.DB) error {
	return execAll(ctx, db, seats.UserID{}, handTables,
		"CREATE TABLE events (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, change TEXT NOT NULL)")
}

// byLog appends a line to a file, and waits until it is synced with those that others
// have appended meanwhile.
func byLog(file *os.File) Assign {
	l := &log{file: file}
	return func(_ context.Context, _ int, u seats.UserID) error {
		done := make(chan error, 1)
		l.append(u, done)
		return <-done
	}
}

// log is a file whose lines are synced together.
type log struct {
	file *os.File

	mu      sync.Mutex
	syncing bool
	lines   []byte
	waiting []chan error
}

func (l *log) append(u seats.UserID, done chan error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = fmt.Appendf(l.lines, `{"License":"L-00001","Users":[%q],"At":"2026-06-30T12:00:00Z","By":"actor"}`+"\n", u.String())
	l.waiting = append(l.waiting, done)
	if l.syncing {
		return
	}
	l.syncing = true
	for len(l.waiting) > 0 {
		l.sync()
	}
	l.syncing = false
}

// sync requires that mu is held, and lets go of it while it writes.
func (l *log) sync() {
	lines, told := l.lines, l.waiting
	l.lines, l.waiting = nil, nil
	l.mu.Unlock()
	_, err := l.file.Write(lines)
	err = errors.Join(err, l.file.Sync())
	for _, done := range told {
		done <- err
	}
	l.mu.Lock()
}
