package sqlstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/isvkit/isvkit/lifecycle"
)

// alone runs each Update in a transaction of its own, several at once.
type alone struct {
	*pool
	dialect *dialect
}

// aloneTries is how often an Update runs that the database ended for the sake of
// another: a deadlock, a serialization failure.
const aloneTries = 10

func (a *alone) update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	for try := 1; ; try++ {
		err := a.try(ctx, f)
		if !a.dialect.isBusy(err) {
			return err
		}
		if try == aloneTries {
			return failed("giving up after many tries", errors.Join(lifecycle.ErrConflict, err))
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

// pause waits before the next try: longer each time, and not as long as others do.
func pause(ctx context.Context, try int) error {
	limit := time.Millisecond << min(try, 7)
	timer := time.NewTimer(rand.N(limit))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (a *alone) try(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	s, err := a.begin(ctx, a.dialect.beginWrite)
	if err != nil {
		return err
	}
	committed := false
	defer func() { a.put(s, committed) }()
	if err := runUpdate(ctx, newTx(s, a.dialect), f); err != nil {
		return err
	}
	sent, err := s.commit()
	switch {
	case err == nil:
		committed = true
		return nil
	case !sent || a.dialect.notCommitted(err):
		return failed("committing", err)
	}
	return &lifecycle.OutcomeUnknownError{Err: failed("committing", err)}
}
