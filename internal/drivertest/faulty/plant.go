package faulty

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
)

// Plant makes the statements of a store do what those of a store with a fault would:
// a harness that does not find it proves nothing. The zero Plant changes nothing.
type Plant struct {
	// Rewrite returns the statement to run in place of one. nil changes none.
	Rewrite func(query string) string
	// After says which prepared statements that write run only when the transaction
	// has been committed, each in a transaction of its own. nil: none.
	After func(query string) bool
	// EarlyAnswer answers a COMMIT at once, and carries it out before the connection's
	// next statement.
	EarlyAnswer bool
}

func (p Plant) rewritten(query string) string {
	if p.Rewrite == nil {
		return query
	}
	return p.Rewrite(query)
}

// heldBack is a statement that waits for the COMMIT.
type heldBack struct {
	stmt *stmt
	args []driver.NamedValue
}

// planted runs a prepared statement as the plant has it.
func (c *Conn) planted(ctx context.Context, s *stmt, args []driver.NamedValue) (driver.Result, error) {
	plant := c.faults.Plant
	if err := c.catchUp(ctx); err != nil {
		return nil, err
	}
	switch {
	case plant.After != nil && plant.After(s.query):
		c.held = append(c.held, heldBack{s, slices.Clone(args)})
		return driver.RowsAffected(1), nil
	case plant.EarlyAnswer && s.query == "COMMIT":
		c.unsaid = true
		return driver.RowsAffected(0), nil
	case strings.HasPrefix(s.query, "ROLLBACK"):
		c.held = nil
	}
	result, err := s.exec(ctx, args)
	if err == nil && s.query == "COMMIT" {
		err = c.runHeld(ctx)
	}
	return result, err
}

// catchUp carries out the COMMIT that was answered before.
func (c *Conn) catchUp(ctx context.Context) error {
	if !c.unsaid {
		return nil
	}
	c.unsaid = false
	_, err := c.fullConn.ExecContext(ctx, "COMMIT", nil)
	return err
}

func (c *Conn) runHeld(ctx context.Context) error {
	var errs []error
	for _, h := range c.held {
		_, err := h.stmt.exec(ctx, h.args)
		errs = append(errs, err)
	}
	c.held = nil
	return errors.Join(errs...)
}
