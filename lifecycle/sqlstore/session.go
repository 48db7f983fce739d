package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
)

// runner is what runs statements: a session, or a transaction of the caller.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// A session is a connection of the store's own, ready for use, with the statements
// that it has prepared.
type session struct {
	conn    *sql.Conn
	dialect *dialect

	mu    sync.Mutex
	stmts map[string]*sql.Stmt
}

// maxStmts bounds the statements that a session keeps. There are fewer of them, but
// for listings, which come in many variants.
const maxStmts = 256

func openSession(ctx context.Context, db *sql.DB, d *dialect, c Config) (*session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, failed("connecting", err)
	}
	s := &session{conn: conn, dialect: d, stmts: map[string]*sql.Stmt{}}
	if err := d.connect(ctx, conn, c); err != nil {
		s.discard()
		return nil, err
	}
	return s, nil
}

// prepared returns the statement of query, nil when there is no room for it.
func (s *session) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt := s.stmts[query]; stmt != nil {
		return stmt, nil
	}
	if len(s.stmts) == maxStmts {
		return nil, nil
	}
	stmt, err := s.conn.PrepareContext(ctx, s.dialect.sql(query))
	if err != nil {
		return nil, err
	}
	s.stmts[query] = stmt
	return stmt, nil
}

func (s *session) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := s.prepared(ctx, query)
	switch {
	case err != nil:
		return nil, err
	case stmt == nil:
		return s.conn.ExecContext(ctx, s.dialect.sql(query), args...)
	}
	return stmt.ExecContext(ctx, args...)
}

func (s *session) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepared(ctx, query)
	switch {
	case err != nil:
		return nil, err
	case stmt == nil:
		return s.conn.QueryContext(ctx, s.dialect.sql(query), args...)
	}
	return stmt.QueryContext(ctx, args...)
}

// do runs a statement that has no arguments and no result: BEGIN, COMMIT.
func (s *session) do(ctx context.Context, query string) error {
	_, err := s.ExecContext(s.dialect.statement(ctx), query)
	return err
}

// commit commits. sent is false when the error came before the database was asked to,
// so that nothing can have happened.
func (s *session) commit() (sent bool, err error) {
	const query = "COMMIT"
	if _, err := s.prepared(context.Background(), query); err != nil {
		return false, err
	}
	return true, s.do(context.Background(), query)
}

// close gives the connection back. It must not be in a transaction.
func (s *session) close() error {
	return errors.Join(s.closeStmts(), s.conn.Close())
}

// closeStmts closes what was prepared. database/sql does not do it for the statements
// of a sql.Conn, and SQLite keeps a connection, with its transaction and its locks,
// for as long as it has one.
func (s *session) closeStmts() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, stmt := range s.stmts {
		errs = append(errs, stmt.Close())
	}
	clear(s.stmts)
	return errors.Join(errs...)
}

// discard closes the connection itself, and with it whatever transaction it may be
// in: a connection of which that is not known must not go back to the pool.
func (s *session) discard() {
	open := s.conn.Raw(func(any) error { return nil }) == nil
	if open { // else the driver has given it up, and its statements with it
		_ = s.closeStmts()
	}
	_ = s.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = s.conn.Close()
}
