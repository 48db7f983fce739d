package sqlstore

import (
	"context"
	"errors"
	"sync"
)

// A pool is sessions that are kept for use by one caller each at a time: made when
// they are needed, up to a bound.
type pool struct {
	open  func(context.Context) (*session, error)
	slots chan struct{} // one per session in use
	over  chan struct{} // closed by close

	mu   sync.Mutex
	idle []*session
}

func newPool(limit int, open func(context.Context) (*session, error)) *pool {
	return &pool{open: open, slots: make(chan struct{}, limit), over: make(chan struct{})}
}

// begin returns a session in a transaction that statement began. It waits for a
// session, and passes over those that were lost while nobody used them.
func (p *pool) begin(ctx context.Context, statement string) (*session, error) {
	if err := p.wait(ctx); err != nil {
		return nil, err
	}
	for {
		s := p.pop()
		kept := s != nil
		if !kept {
			var err error
			if s, err = p.open(ctx); err != nil {
				<-p.slots
				return nil, err
			}
		}
		err := s.do(ctx, statement)
		if err == nil {
			return s, nil
		}
		s.discard()
		if !kept || ctx.Err() != nil {
			<-p.slots
			return nil, failed("beginning a transaction", err)
		}
	}
}

// wait takes a slot.
func (p *pool) wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-p.over:
		return ErrClosed
	case p.slots <- struct{}{}:
	}
	select {
	case <-p.over:
		<-p.slots
		return ErrClosed
	default:
		return nil
	}
}

func (p *pool) pop() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	last := len(p.idle) - 1
	s := p.idle[last]
	p.idle = p.idle[:last]
	return s
}

// put takes a session back, and ends its transaction unless it was committed.
func (p *pool) put(s *session, committed bool) {
	if !committed && s.do(context.Background(), "ROLLBACK") != nil {
		s.discard()
	} else {
		p.mu.Lock()
		p.idle = append(p.idle, s)
		p.mu.Unlock()
	}
	<-p.slots
}

// close waits until no session is in use, and closes all. It is called once.
func (p *pool) close() error {
	close(p.over)
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	var errs []error
	for s := p.pop(); s != nil; s = p.pop() {
		errs = append(errs, s.close())
	}
	return failed("closing", errors.Join(errs...))
}
