package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/isvkit/isvkit/lifecycle"
)

// joined is a Store within a transaction of the caller.
type joined struct {
	run     runner
	dialect *dialect

	mu      sync.Mutex
	checked bool // the transaction reads of one moment
	broken  bool // what an Update wrote could not be taken back
}

func newJoined(run runner, d *dialect) *joined {
	return &joined{run: translating{run, d}, dialect: d}
}

// translating is a runner that is given common SQL.
type translating struct {
	runner
	dialect *dialect
}

func (t translating) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return t.runner.ExecContext(ctx, t.dialect.sql(query), args...)
}

func (t translating) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.runner.QueryContext(ctx, t.dialect.sql(query), args...)
}

func (j *joined) View(ctx context.Context, f func(context.Context, lifecycle.Reader) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.ready(ctx); err != nil {
		return err
	}
	return runView(ctx, newReader(j.run, j.dialect), f)
}

func (j *joined) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) (err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.ready(ctx); err != nil {
		return err
	}
	if err := j.do(ctx, "SAVEPOINT "+savepoint); err != nil {
		return failed("setting a savepoint", err)
	}
	kept := false
	defer func() {
		if !kept && j.takeBack(ctx) != nil {
			j.broken = true
			err = errors.Join(err, errBroken)
		}
	}()
	if err := runUpdate(ctx, newTx(j.run, j.dialect), f); err != nil {
		return err
	}
	if err := j.do(ctx, "RELEASE SAVEPOINT "+savepoint); err != nil {
		return failed("releasing a savepoint", err)
	}
	kept = true
	return nil
}

// ready refuses a transaction that cannot keep the promises, also that of one moment: a
// Store's own Update runs again on a snapshot where it wrote nothing, and here nothing can
// be begun again.
func (j *joined) ready(ctx context.Context) error {
	switch {
	case j.broken:
		return errBroken
	case ctx.Err() != nil:
		return ctx.Err()
	case j.checked || j.dialect.isolation == "":
		return nil
	}
	level, err := j.isolation(ctx)
	if err != nil {
		return failed("asking for the isolation level", err)
	}
	if !slices.Contains(j.dialect.snapshots, level) {
		return fmt.Errorf("sqlstore: the transaction is at %s, a Store within it needs %s", strings.ToUpper(level), strings.ToUpper(strings.Join(j.dialect.snapshots, " or ")))
	}
	j.checked = true
	return nil
}

func (j *joined) isolation(ctx context.Context) (level string, err error) {
	rows, err := j.run.QueryContext(j.dialect.statement(ctx), j.dialect.isolation)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	err = walk(ctx, rows, func(rows *sql.Rows) error { return rows.Scan(&level) })
	return level, err
}

func (j *joined) takeBack(ctx context.Context) error {
	if err := j.do(ctx, "ROLLBACK TO SAVEPOINT "+savepoint); err != nil {
		return err
	}
	return j.do(ctx, "RELEASE SAVEPOINT "+savepoint)
}

func (j *joined) do(ctx context.Context, query string) error {
	_, err := j.run.ExecContext(context.WithoutCancel(ctx), query)
	return err
}
