package sqlstore

import (
	"context"
	"sync"
)

// readers are the sessions that read: made when they are needed, up to a bound,
// and kept.
type readers struct {
	open  func(context.Context) (*session, error)
	slots chan struct{} // one per session in use
	over  chan struct{} // closed by close

	mu   sync.Mutex
	idle []*session
}

func newReaders(limit int, open func(context.Context) (*session, error)) *readers {
	return &readers{open: open, slots: make(chan struct{}, limit), over: make(chan struct{})}
}

// take returns a session that is in no transaction. It waits for one.
func (r *readers) take(ctx context.Context) (*session, error) {
	if err := r.wait(ctx); err != nil {
		return nil, err
	}
	if s := r.pop(); s != nil {
		return s, nil
	}
	s, err := r.open(ctx)
	if err != nil {
		<-r.slots
	}
	return s, err
}

func (r *readers) wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-r.over:
		return ErrClosed
	case r.slots <- struct{}{}:
	}
	select {
	case <-r.over:
		<-r.slots
		return ErrClosed
	default:
		return nil
	}
}

func (r *readers) pop() *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.idle) == 0 {
		return nil
	}
	last := len(r.idle) - 1
	s := r.idle[last]
	r.idle = r.idle[:last]
	return s
}

// put takes a session back, and ends its transaction.
func (r *readers) put(s *session) {
	if s.do(context.Background(), "ROLLBACK") != nil {
		s.discard()
	} else {
		r.mu.Lock()
		r.idle = append(r.idle, s)
		r.mu.Unlock()
	}
	<-r.slots
}

// close waits until no session is in use, and closes all. It is called once.
func (r *readers) close() error {
	close(r.over)
	for range cap(r.slots) {
		r.slots <- struct{}{}
	}
	var err error
	for s := r.pop(); s != nil; s = r.pop() {
		if e := s.close(); e != nil {
			err = e
		}
	}
	return failed("closing", err)
}
