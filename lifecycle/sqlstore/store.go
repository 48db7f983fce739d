package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/isvkit/isvkit/lifecycle"
)

// Store is a lifecycle.Store in an SQL database. It is safe for concurrent use,
// and so are several on one database, in one process or in many.
type Store struct {
	dialect *dialect
	updates updater
	readers *pool

	closing  sync.Once
	closeErr error
}

var _ lifecycle.Store = (*Store)(nil)

// updater is how Updates are run: in a group, or alone.
type updater interface {
	update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error
	close() error
}

// View calls f with a snapshot of the database. It waits while Config.Readers others
// run, so a View within a View can wait for ever.
func (s *Store) View(ctx context.Context, f func(context.Context, lifecycle.Reader) error) error {
	session, err := s.readers.begin(ctx, s.dialect.beginRead)
	if err != nil {
		return err
	}
	defer s.readers.put(session, false)
	return runView(ctx, newReader(session, s.dialect), f)
}

// Update calls f in the caller's goroutine, and returns when what it wrote is
// durable.
//
// On SQLite other Updates wait meanwhile, and share the commit; so f must be quick, and
// an Update within an Update waits for ever. When the failure of another ends the
// transaction that they share, f is called again.
//
// On PostgreSQL up to Config.Writers Updates run at once. When the database ends one
// for the sake of another, f is called again, some ten times at most.
//
// The end of ctx does not end a commit that was asked for: it could have happened all the
// same, and an answer that is late is better than one that is unknown. So while a
// synchronous standby is missing, Update returns when it is back, however short ctx is.
func (s *Store) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	return s.updates.update(ctx, f)
}

// Close waits until what was begun has ended, gives the connections back to the
// database, and makes every later call return ErrClosed. It does not close the
// database, but must come before: a connection in use is not closed by sql.DB.Close.
func (s *Store) Close() error {
	s.closing.Do(func() { s.closeErr = errors.Join(s.updates.close(), s.readers.close()) })
	return s.closeErr
}

// runUpdate runs f, and returns nil only if all that it did has succeeded.
func runUpdate(ctx context.Context, t *tx, f func(context.Context, lifecycle.Tx) error) error {
	defer t.end()
	if err := f(ctx, t); err != nil {
		return err
	}
	if t.failure != nil { // f has passed over it
		return t.failure
	}
	return ctx.Err()
}

func runView(ctx context.Context, r *reader, f func(context.Context, lifecycle.Reader) error) error {
	defer r.end()
	return f(ctx, r)
}

// WithTx returns a Store whose Update and View run in the caller's transaction, so
// that what they write commits with the caller's own rows, or not at all:
//
//	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
//	…
//	manager, err := lifecycle.New(lifecycle.Config{Store: store.WithTx(tx)})
//	…
//	err = tx.Commit()
//
// An Update that fails takes back what it wrote itself, by a savepoint; committing is
// the caller's, and so is what a failing commit means. When an Update says that
// the transaction is broken it must be rolled back. The Store that is returned needs
// no Close. It is safe for concurrent use as far as it goes: its calls wait for each
// other, so one within another waits for ever.
//
// A Manager on it rings its Bell before the caller commits, when nobody can see yet what it
// rings for. Give it none, and ring after the commit.
//
// On SQLite begin the transaction as one that writes (see the package comment:
// _txlock=immediate), and keep it short: every other Update waits for it.
//
// On PostgreSQL it must be at REPEATABLE READ or SERIALIZABLE, so that all that is read in it
// is of one moment; at READ COMMITTED, which is what a BeginTx without options begins, every
// View and Update is an error that says so. When somebody else has written the same meanwhile,
// an Update fails with the error of the database (40001), and all of the transaction must be
// run again.
func (s *Store) WithTx(tx *sql.Tx) lifecycle.Store { return newJoined(tx, s.dialect) }

// WithConn is WithTx for a transaction that was begun on conn by a statement, such as
// BEGIN IMMEDIATE.
func (s *Store) WithConn(conn *sql.Conn) lifecycle.Store { return newJoined(conn, s.dialect) }
