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

	// BusyTimeout is how long an Update waits, at its turn, for somebody else who
	// writes: another Store or process. Then it returns a *BusyError. Default: 5 s.
	BusyTimeout time.Duration
	// MaxGroup is the highest number of Updates that share one commit. Default: 256.
	MaxGroup int
	// Readers is how many Views can run at once. Each keeps a connection. Default: 4, but never
	// so many that a pool of three or more leaves none for the caller.
	Readers int
}

func (c Config) validate() error {
	var errs []error
	if c.Dialect.dialect() == nil {
		errs = append(errs, errors.New("sqlstore: Config.Dialect is none that is known"))
	}
	if c.BusyTimeout < 0 || c.MaxGroup < 0 || c.Readers < 0 {
		errs = append(errs, errors.New("sqlstore: Config.BusyTimeout, MaxGroup and Readers are not below 0"))
	}
	return errors.Join(errs...)
}

const (
	defaultBusyTimeout = 5 * time.Second
	defaultMaxGroup    = 256
	defaultReaders     = 4
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
	if c.Readers == 0 {
		c.Readers = defaultReaders
		if pool > 0 {
			c.Readers = min(c.Readers, max(pool-2, 1)) // one writes, and one is the caller's
		}
	}
	return c
}

// Open returns a Store in db, which it migrates to the schema of this release. A
// database that a later release has migrated is a *NewerSchemaError.
//
// The Store keeps up to 1 + Config.Readers connections of db until it is closed.
// It never closes db.
func Open(ctx context.Context, db *sql.DB, c Config) (*Store, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	pool := db.Stats().MaxOpenConnections
	c = c.withDefaults(pool)
	if pool > 0 && pool < 1+c.Readers {
		return nil, errors.New("sqlstore: the pool has too few connections: one writes, and Config.Readers read")
	}
	d := c.Dialect.dialect()
	open := func(ctx context.Context) (*session, error) { return openSession(ctx, db, d, c) }
	writer, err := open(ctx)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, writer); err != nil {
		writer.discard()
		return nil, err
	}
	return &Store{
		dialect: d,
		group:   &group{open: open, dialect: d, limit: c.MaxGroup, session: writer},
		readers: newReaders(c.Readers, open),
	}, nil
}
