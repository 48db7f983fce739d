package drivertest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

var errInjected = errors.New("injected fault")

// faults stands between database/sql and a driver. It counts commits, and makes one
// call fail: before the driver has done the work, or after.
type faults struct {
	mu      sync.Mutex
	err     error  // nil: nothing fails
	after   bool   // the work is done, and its answer lost
	left    int    // calls until the one that fails
	fired   string // the statement whose call failed
	commits int
	onOpen  []string // run on every new connection
	conns   []*faultyConn
	states  map[string]int // how often the server answered with an SQLSTATE

	recording  bool
	statements []string
}

// arm makes the n-th call from now on fail with err.
func (f *faults) arm(n int, after bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.after, f.left, f.fired = err, after, n, ""
}

// disarm returns the statement whose call failed, "" when none did.
func (f *faults) disarm() (fired string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = nil
	return f.fired
}

// commitsSince returns how many transactions were committed since it was last called.
func (f *faults) commitsSince() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.commits
	f.commits = 0
	return n
}

// fires reports whether this call is the one that fails.
func (f *faults) fires(statement string) (fires, after bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil || f.fired != "" {
		return false, false, nil
	}
	if f.left--; f.left > 0 {
		return false, false, nil
	}
	f.fired = statement
	return true, f.after, f.err
}

// call makes a call of the driver, or fails it.
func call[T any](f *faults, statement string, do func() (T, error)) (result T, err error) {
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
func (f *faults) count(err error) {
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

// answered returns how often the server answered with an SQLSTATE.
func (f *faults) answered(state string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.states[state]
}

// openFaulty opens a database through faults.
func openFaulty(t testing.TB, name, file string) (*sql.DB, *faults) {
	t.Helper()
	plain, err := sql.Open(name, file)
	if err != nil {
		t.Fatal(err)
	}
	f := &faults{}
	db := sql.OpenDB(&faultyConnector{plain.Driver(), file, f})
	_ = plain.Close()
	t.Cleanup(func() { _ = db.Close() })
	return db, f
}

type faultyConnector struct {
	driver driver.Driver
	dsn    string
	faults *faults
}

func (c *faultyConnector) Driver() driver.Driver { return c.driver }

func (c *faultyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := call(c.faults, "connect", func() (driver.Conn, error) { return c.driver.Open(c.dsn) })
	if err != nil {
		return nil, err
	}
	wrapped := &faultyConn{fullConn: conn.(fullConn), faults: c.faults}
	for _, statement := range c.faults.onOpen {
		if _, err := wrapped.fullConn.ExecContext(ctx, statement, nil); err != nil {
			return nil, err
		}
	}
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.conns = append(c.faults.conns, wrapped)
	return wrapped, nil
}

// fullConn is what the connections of the drivers under test can do.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
}

type faultyConn struct {
	fullConn
	faults *faults
	stmts  []driver.Stmt
}

// Close ends the statements first, as the loss of a connection does: database/sql
// leaves those of a sql.Conn open.
func (c *faultyConn) Close() error {
	for _, stmt := range c.stmts {
		_ = stmt.Close()
	}
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.conns = slices.DeleteFunc(c.faults.conns, func(other *faultyConn) bool { return other == c })
	return c.fullConn.Close()
}

func (c *faultyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.faults.note(query)
	stmt, err := call(c.faults, "prepare "+query, func() (driver.Stmt, error) { return c.fullConn.PrepareContext(ctx, query) })
	if err != nil {
		return nil, err
	}
	s := &faultyStmt{fullStmt: stmt.(fullStmt), query: query, faults: c.faults}
	c.stmts = append(c.stmts, s)
	return s, nil
}

func (c *faultyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return call(c.faults, query, func() (driver.Result, error) { return c.fullConn.ExecContext(ctx, query, args) })
}

func (c *faultyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := call(c.faults, query, func() (driver.Rows, error) { return c.fullConn.QueryContext(ctx, query, args) })
	if err != nil {
		return nil, err
	}
	return &faultyRows{rows, query, c.faults}, nil
}

type fullStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type faultyStmt struct {
	fullStmt
	query  string
	faults *faults
	closed bool
}

func (s *faultyStmt) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	return s.fullStmt.Close()
}

func (s *faultyStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return call(s.faults, s.query, func() (driver.Result, error) { return s.fullStmt.ExecContext(ctx, args) })
}

func (s *faultyStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := call(s.faults, s.query, func() (driver.Rows, error) { return s.fullStmt.QueryContext(ctx, args) })
	if err != nil {
		return nil, err
	}
	return &faultyRows{rows, s.query, s.faults}, nil
}

type faultyRows struct {
	driver.Rows
	query  string
	faults *faults
}

func (r *faultyRows) Next(dest []driver.Value) error {
	_, err := call(r.faults, "row of "+r.query, func() (struct{}, error) { return struct{}{}, r.Rows.Next(dest) })
	return err
}

// connections returns those that are open.
func (f *faults) connections() []*faultyConn {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.conns)
}

// ask returns the one value of the answer to query, past database/sql.
func (c *faultyConn) ask(t *testing.T, query string) string {
	t.Helper()
	rows, err := c.fullConn.QueryContext(t.Context(), query, nil)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	value := make([]driver.Value, 1)
	if err := rows.Next(value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return fmt.Sprint(value[0])
}

// record begins to remember every statement that is prepared.
func (f *faults) record() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recording = true
}

func (f *faults) note(query string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if verb, _, _ := strings.Cut(query, " "); f.recording && strings.Contains("SELECT INSERT UPDATE DELETE", verb) {
		f.statements = append(f.statements, query)
	}
}

func (f *faults) recorded() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.statements
}

// explain returns the steps of SQLite's plan for query.
func (c *faultyConn) explain(query string) (steps []string, err error) {
	args := make([]driver.NamedValue, strings.Count(query, "?"))
	for i := range args {
		args[i] = driver.NamedValue{Ordinal: i + 1, Value: "[]"}
	}
	rows, err := c.fullConn.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+query, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for row := make([]driver.Value, 4); rows.Next(row) == nil; {
		steps = append(steps, fmt.Sprint(row[3]))
	}
	return steps, nil
}
