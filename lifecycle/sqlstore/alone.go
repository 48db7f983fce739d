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

// update runs f as often as it takes.
//
// What f reads is of several moments, and where it writes the guards see to it that
// this does no harm. Where it writes nothing, because it refuses or because all is done
// already, nothing else does: such an answer counts only if it is given of one snapshot.
func (a *alone) update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	begin := a.dialect.beginWrite
	for try := 1; ; try++ {
		onlyRead, err := a.try(ctx, begin, f)
		if onlyRead && begin == a.dialect.beginWrite {
			begin = a.dialect.beginSnapshot
			continue
		}
		if !a.dialect.isBusy(err) {
			return err
		}
		begin = a.dialect.beginWrite
		if try >= aloneTries {
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

// try runs f once. onlyRead says that f came to its end, by an error of its own too, and
// no statement wrote or failed.
func (a *alone) try(ctx context.Context, begin string, f func(context.Context, lifecycle.Tx) error) (onlyRead bool, err error) {
	s, err := a.begin(ctx, begin)
	if err != nil {
		return false, err
	}
	committed := false
	defer func() { a.put(s, committed) }()
	t := newTx(s, a.dialect)
	if err := runUpdate(ctx, t, f); err != nil {
		return !t.wrote && t.failure == nil && ctx.Err() == nil, err
	}
	sent, err := s.commit()
	switch {
	case err == nil:
		committed = true
		return !t.wrote, nil
	case !sent || a.dialect.notCommitted(err):
		return false, failed("committing", err)
	}
	return false, &lifecycle.OutcomeUnknownError{Err: failed("committing", err)}
}
