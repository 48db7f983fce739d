// Package faulty stands between database/sql and a driver, and makes calls fail: one
// chosen call, before the driver has done the work or after it. It counts what went
// through, too.
package faulty

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// ErrInjected is a fault that leaves the connection as it is. The other one to try is
// driver.ErrBadConn, which loses it.
var ErrInjected = errors.New("injected fault")

// Faults says which call fails, and has counted what went through. It is safe for
// concurrent use.
type Faults struct {
	// OnOpen is run on every new connection, past the faults. It is set before the
	// first one.
	OnOpen []string
	// Plant is a fault of the code above the driver. It is set before the first
	// connection; the zero Plant is none.
	Plant Plant

	mu      sync.Mutex
	err     error  // nil: nothing fails
	after   bool   // the work is done, and its answer lost
	left    int    // calls until the one that fails
	at      string // the beginning of the statements whose calls count, "" for all
	fired   string // the statement whose call failed
	commits int
	conns   []*Conn
	states  map[string]int // how often the server answered with an SQLSTATE

	recording  bool
	statements []string
}

// Arm makes the n-th call from now on fail with err.
func (f *Faults) Arm(n int, after bool, err error) { f.ArmAt("", n, after, err) }

// ArmAt is Arm that counts only calls for statements that begin so.
func (f *Faults) ArmAt(statement string, n int, after bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.after, f.left, f.at, f.fired = err, after, n, statement, ""
}

// Disarm returns the statement whose call failed, "" when none did.
func (f *Faults) Disarm() (fired string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = nil
	return f.fired
}

// CommitsSince returns how many transactions were committed since it was last called.
func (f *Faults) CommitsSince() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.commits
	f.commits = 0
	return n
}

// fires reports whether this call is the one that fails.
func (f *Faults) fires(statement string) (fires, after bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil || f.fired != "" || !strings.HasPrefix(statement, f.at) {
		return false, false, nil
	}
	if f.left--; f.left > 0 {
		return false, false, nil
	}
	f.fired = statement
	return true, f.after, f.err
}

// call makes a call of the driver, or fails it.
func call[T any](f *Faults, statement string, do func() (T, error)) (result T, err error) {
	fires, after, fault := f.fires(statement)
	if fires && !after {
		return result, fault
	}
	result, err = do()
	f.count(err)
	if strings.HasPrefix(statement, "COMMIT") && err == nil {
		f.mu.Lock()
		f.commits++
		f.mu.Unlock()
	}
	if fires && err == nil {
		if closer, ok := any(result).(interface{ Close() error }); ok {
			_ = closer.Close()
		}
		var none T
		return none, fault
	}
	return result, err
}

// count counts what the server answers.
func (f *Faults) count(err error) {
	var answer interface{ SQLState() string }
	if !errors.As(err, &answer) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.states == nil {
		f.states = map[string]int{}
	}
	f.states[answer.SQLState()]++
}

// Answered returns how often the server answered with an SQLSTATE.
func (f *Faults) Answered(state string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.states[state]
}

// Open opens a database through faults.
func Open(driverName, dsn string) (*sql.DB, *Faults, error) {
	plain, err := sql.Open(driverName, dsn)
	if err != nil {
		return nil, nil, err
	}
	f := &Faults{}
	db := sql.OpenDB(&connector{plain.Driver(), dsn, f})
	return db, f, plain.Close()
}

type connector struct {
	driver driver.Driver
	dsn    string
	faults *Faults
}

func (c *connector) Driver() driver.Driver { return c.driver }

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	plain, err := call(c.faults, "connect", func() (driver.Conn, error) { return c.driver.Open(c.dsn) })
	if err != nil {
		return nil, err
	}
	conn := &Conn{fullConn: plain.(fullConn), faults: c.faults}
	for _, statement := range c.faults.OnOpen {
		if _, err := conn.fullConn.ExecContext(ctx, statement, nil); err != nil {
			return nil, err
		}
	}
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.conns = append(c.faults.conns, conn)
	return conn, nil
}

// fullConn is what the connections of the drivers under test can do.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
}

// Conn is an open connection.
type Conn struct {
	fullConn
	faults *Faults
	stmts  []driver.Stmt
	held   []heldBack // see Plant.After
	unsaid bool       // see Plant.EarlyAnswer
}

// Close ends the statements first, as the loss of a connection does: database/sql
// leaves those of a sql.Conn open.
func (c *Conn) Close() error {
	for _, stmt := range c.stmts {
		_ = stmt.Close()
	}
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.conns = slices.DeleteFunc(c.faults.conns, func(other *Conn) bool { return other == c })
	return c.fullConn.Close()
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *Conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.faults.note(query)
	query = c.faults.Plant.rewritten(query)
	prepared, err := call(c.faults, "prepare "+query, func() (driver.Stmt, error) { return c.fullConn.PrepareContext(ctx, query) })
	if err != nil {
		return nil, err
	}
	s := &stmt{fullStmt: prepared.(fullStmt), query: query, conn: c}
	c.stmts = append(c.stmts, s)
	return s, nil
}

// ExecContext implements driver.ExecerContext.
func (c *Conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	query = c.faults.Plant.rewritten(query)
	return call(c.faults, query, func() (driver.Result, error) { return c.fullConn.ExecContext(ctx, query, args) })
}

// QueryContext implements driver.QueryerContext.
func (c *Conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	query = c.faults.Plant.rewritten(query)
	found, err := call(c.faults, query, func() (driver.Rows, error) { return c.fullConn.QueryContext(ctx, query, args) })
	if err != nil {
		return nil, err
	}
	return &rows{found, query, c.faults}, nil
}

type fullStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type stmt struct {
	fullStmt
	query  string
	conn   *Conn
	closed bool
}

func (s *stmt) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	return s.fullStmt.Close()
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.planted(ctx, s, args)
}

func (s *stmt) exec(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return call(s.conn.faults, s.query, func() (driver.Result, error) { return s.fullStmt.ExecContext(ctx, args) })
}

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	found, err := call(s.conn.faults, s.query, func() (driver.Rows, error) { return s.fullStmt.QueryContext(ctx, args) })
	if err != nil {
		return nil, err
	}
	return &rows{found, s.query, s.conn.faults}, nil
}

type rows struct {
	driver.Rows
	query  string
	faults *Faults
}

func (r *rows) Next(dest []driver.Value) error {
	_, err := call(r.faults, "row of "+r.query, func() (struct{}, error) { return struct{}{}, r.Rows.Next(dest) })
	return err
}

// Connections returns those that are open.
func (f *Faults) Connections() []*Conn {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.conns)
}

// Ask returns the one value of the answer to query, past database/sql and the faults.
func (c *Conn) Ask(ctx context.Context, query string) (string, error) {
	found, err := c.fullConn.QueryContext(ctx, query, nil)
	if err != nil {
		return "", fmt.Errorf("%s: %w", query, err)
	}
	defer found.Close()
	value := make([]driver.Value, 1)
	if err := found.Next(value); err != nil {
		return "", fmt.Errorf("%s: %w", query, err)
	}
	return fmt.Sprint(value[0]), nil
}

// Record begins to remember every statement that is prepared.
func (f *Faults) Record() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recording = true
}

func (f *Faults) note(query string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if verb, _, _ := strings.Cut(query, " "); f.recording && strings.Contains("SELECT INSERT UPDATE DELETE", verb) {
		f.statements = append(f.statements, query)
	}
}

// Recorded returns the statements since Record.
func (f *Faults) Recorded() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.statements
}

// Explain returns the steps of SQLite's plan for query.
func (c *Conn) Explain(ctx context.Context, query string) (steps []string, err error) {
	args := make([]driver.NamedValue, strings.Count(query, "?"))
	for i := range args {
		args[i] = driver.NamedValue{Ordinal: i + 1, Value: "[]"}
	}
	found, err := c.fullConn.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for row := make([]driver.Value, 4); found.Next(row) == nil; {
		steps = append(steps, fmt.Sprint(row[3]))
	}
	return steps, nil
}
