package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/isvkit/isvkit/lifecycle"
)

// joined is a Store within a transaction of the caller.
type joined struct {
	run     runner
	dialect *dialect

	mu     sync.Mutex
	broken bool // what an Update wrote could not be taken back
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
	if err := j.usable(ctx); err != nil {
		return err
	}
	return runView(ctx, newReader(j.run, j.dialect), f)
}

func (j *joined) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) (err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.usable(ctx); err != nil {
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

func (j *joined) usable(ctx context.Context) error {
	if j.broken {
		return errBroken
	}
	return ctx.Err()
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
