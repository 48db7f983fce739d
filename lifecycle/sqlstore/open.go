package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Config says how a Store uses its database. The zero Config is the safe default.
type Config struct {
	Dialect Dialect // default: SQLite

	// BusyTimeout is, on SQLite, how long an Update waits, at its turn, for somebody else who
	// writes: another Store or process. Then it returns a *BusyError. Default: 5 s. On
	// PostgreSQL it has no effect: who waits for a row waits as long as its context, or the
	// lock_timeout of the data source name, lets it.
	BusyTimeout time.Duration
	// MaxGroup is the highest number of Updates that share one commit, on SQLite. Default: 256.
	MaxGroup int
	// Readers is how many Views can run at once. Each keeps a connection. Default: 4, but never
	// so many that a pool of three or more leaves none for the caller.
	Readers int
	// Writers is how many Updates can run at once, on PostgreSQL. Each keeps a connection.
	// Default: 8, within the same bound.
	Writers int
}

func (c Config) validate() error {
	var errs []error
	if c.Dialect.dialect() == nil {
		errs = append(errs, errors.New("sqlstore: Config.Dialect is none that is known"))
	}
	if c.BusyTimeout < 0 || c.MaxGroup < 0 || c.Readers < 0 || c.Writers < 0 {
		errs = append(errs, errors.New("sqlstore: Config.BusyTimeout, MaxGroup, Readers and Writers are not below 0"))
	}
	return errors.Join(errs...)
}

const (
	defaultBusyTimeout = 5 * time.Second
	defaultMaxGroup    = 256
	defaultReaders     = 4
	defaultWriters     = 8
)

// withDefaults fills in what is zero, for a pool of at most so many connections, 0
// for any number.
func (c Config) withDefaults(pool int) Config {
	if c.BusyTimeout == 0 {
		c.BusyTimeout = defaultBusyTimeout
	}
	if c.MaxGroup == 0 {
		c.MaxGroup = defaultMaxGroup
	}
	if c.Dialect.dialect().serial {
		c.Writers = 1
	}
	left := defaultReaders + defaultWriters
	if pool > 0 {
		left = pool - 1 - c.Writers - c.Readers // one is the caller's
	}
	if c.Writers == 0 {
		c.Writers = min(defaultWriters, max(left/2, 1))
		left -= c.Writers
	}
	if c.Readers == 0 {
		c.Readers = min(defaultReaders, max(left, 1))
	}
	return c
}

// Open returns a Store in db, which it migrates to the schema of this release. A
// database that a later release has migrated is a *NewerSchemaError.
//
// On PostgreSQL ctx does not bound a commit: see Update.
//
// The Store keeps up to Config.Writers (on SQLite one) and Config.Readers connections of
// db until it is closed. It never closes db.
func Open(ctx context.Context, db *sql.DB, c Config) (*Store, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	connections := db.Stats().MaxOpenConnections
	c = c.withDefaults(connections)
	if connections > 0 && connections < c.Writers+c.Readers {
		return nil, errors.New("sqlstore: the pool of the database has too few connections: Config.Writers (on SQLite 1) and Config.Readers are needed")
	}
	d := c.Dialect.dialect()
	open := func(ctx context.Context) (*session, error) { return openSession(ctx, db, d, c) }
	first, err := open(ctx)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, first); err != nil {
		first.discard()
		return nil, err
	}
	return &Store{dialect: d, updates: newUpdater(d, c, open, first), readers: newPool(c.Readers, open)}, nil
}

func newUpdater(d *dialect, c Config, open func(context.Context) (*session, error), first *session) updater {
	if d.serial {
		return &group{open: open, dialect: d, limit: c.MaxGroup, session: first}
	}
	writers := newPool(c.Writers, open)
	writers.idle = []*session{first}
	return &alone{writers, d}
}
