package lifecycle

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// A hot license is one that many ask for at once. Whoever comes first goes at once;
// those who come meanwhile wait, and are then carried out together, in one transaction,
// by the first of them. So nobody waits for a timer, there is no goroutine that leads, and
// nothing is left when nobody asks.

// These bound what is carried out together.
const (
	maxTogether      = 256  // calls
	maxUsersTogether = 4096 // that they name
	patience         = 32   // how often others run, without anybody coming, before it goes on
)

// lines are those who wait, by the license that they ask for. There is a line while
// somebody has its turn.
type lines struct {
	mu sync.Mutex
	of map[pool][]*waiting
}

// pool is the seats of a license of a vendor, as who acts for one org sees it, or who acts
// for none.
type pool struct {
	vendor  pkgversion.VendorID
	org     pkgversion.OrgID
	license license.ID
}

// waiting is a call that waits for others.
type waiting struct {
	ctx context.Context
	asking
	told chan told // takes one, without waiting
}

// told is what becomes of a call that waits: it has its answer; or it has the turn, or must
// go alone.
type told struct {
	answer
	turn, alone bool
}

// enter takes the turn, or stands in line and returns what waits.
func (l *lines) enter(ctx context.Context, p pool, a asking) *waiting {
	l.mu.Lock()
	defer l.mu.Unlock()
	line, taken := l.of[p]
	if !taken {
		if l.of == nil {
			l.of = map[pool][]*waiting{}
		}
		l.of[p] = nil
		return nil
	}
	w := &waiting{ctx, a, make(chan told, 1)}
	l.of[p] = append(line, w)
	return w
}

// withdraw reports whether w still stood in line, and now does not.
func (l *lines) withdraw(p pool, w *waiting) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.of[p], w)
	if i < 0 {
		return false
	}
	l.of[p] = slices.Delete(l.of[p], i, i+1)
	return true
}

// next hands the turn on, or gives it up when nobody waits. So many were answered just
// now; they may ask again at once, and go together.
func (l *lines) next(p pool, answered int) {
	l.gather(p, answered)
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.of[p]
	if len(line) == 0 {
		delete(l.of, p)
		return
	}
	line[0].told <- told{turn: true}
	l.of[p] = slices.Delete(line, 0, 1)
}

// gather lets others run until so many wait in line, or nobody has come for a while. It
// takes microseconds, and saves a commit.
func (l *lines) gather(p pool, enough int) {
	for here, idle := 0, 0; here < enough && idle < patience; idle++ {
		runtime.Gosched()
		if n := l.len(p); n > here {
			here, idle = n, 0
		}
	}
}

func (l *lines) len(p pool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.of[p])
}

// take returns those who go together with first, which has the turn.
func (l *lines) take(p pool, first *waiting) []*waiting {
	l.mu.Lock()
	defer l.mu.Unlock()
	line, users, n := l.of[p], len(first.users()), 0
	for n < min(len(line), maxTogether-1) {
		if users += len(line[n].users()); users > maxUsersTogether {
			break
		}
		n++
	}
	batch := append([]*waiting{first}, line[:n]...)
	l.of[p] = slices.Delete(line, 0, n)
	return batch
}

// seated carries out c, an Assign or a Revoke of a license, alone or together with others.
func (m *Manager) seated(ctx context.Context, a Actor, id license.ID, c Command) (Seating, error) {
	if err := m.permit(ctx, a, needOf(c)); err != nil {
		return Seating{}, err
	}
	p := pool{a.Vendor, a.Org, id}
	own := asking{a.ID, c}
	w := m.waiting.enter(ctx, p, own)
	if w == nil {
		defer m.waiting.next(p, 0)
		return m.seatedAlone(ctx, p, own)
	}
	var t told
	select {
	case t = <-w.told:
	case <-ctx.Done():
		if m.waiting.withdraw(p, w) {
			return Seating{}, ctx.Err()
		}
		t = <-w.told
	}
	if t.turn {
		t = m.lead(p, w)
	}
	if t.alone {
		return m.seatedAlone(ctx, p, own)
	}
	return t.seating, t.err
}

// lead carries out first, whose turn it is, together with those who wait, tells them, and
// hands the turn on. A panic ends first's call only.
func (m *Manager) lead(p pool, first *waiting) told {
	batch := m.waiting.take(p, first)
	defer m.waiting.next(p, len(batch)-1)
	if len(batch) == 1 {
		seating, err := m.seatedAlone(first.ctx, p, first.asking)
		return told{answer: answer{seating, err}}
	}
	results := make([]told, len(batch))
	for i := range results {
		results[i].alone = true // until more is known
	}
	defer func() {
		for i, w := range batch[1:] {
			w.told <- results[i+1]
		}
	}()
	m.together(p, batch, results)
	return results[0]
}

// together carries out what those of batch ask for who have not given up, and puts into
// results what they are told. When it fails as a whole, each goes alone: what one of them
// did is no error of another.
func (m *Manager) together(p pool, batch []*waiting, results []told) {
	for {
		var in []int
		var askings []asking
		for i, w := range batch {
			if err := w.ctx.Err(); err != nil {
				results[i] = told{answer: answer{err: err}}
				continue
			}
			in, askings = append(in, i), append(askings, w.asking)
		}
		if len(in) < 2 {
			return
		}
		ctx, stop := untilOneGivesUp(batch, in)
		answers, err := m.seatAll(ctx, p, askings)
		stop()
		var unknown *OutcomeUnknownError
		for j, i := range in {
			switch {
			case err == nil:
				results[i] = told{answer: answers[j]}
			case errors.As(err, &unknown):
				results[i] = told{answer: answer{err: err}}
			}
		}
		if err == nil || unknown != nil || !slices.ContainsFunc(in, func(i int) bool { return batch[i].ctx.Err() != nil }) {
			return
		}
	}
}

// untilOneGivesUp returns a context that ends when that of any of those in batch does:
// nobody is kept waiting for a transaction that is somebody else's too.
func untilOneGivesUp(batch []*waiting, in []int) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(batch[0].ctx))
	var stops []func() bool
	for _, i := range in {
		stops = append(stops, context.AfterFunc(batch[i].ctx, cancel))
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}

// seatedAlone carries out one call in a transaction of its own.
func (m *Manager) seatedAlone(ctx context.Context, p pool, a asking) (Seating, error) {
	answers, err := m.seatAll(ctx, p, []asking{a})
	if err != nil {
		return Seating{}, err
	}
	return answers[0].seating, nil
}

// seatAll carries out askings in one transaction, and returns their answers. A refusal of
// one alone is its error.
func (m *Manager) seatAll(ctx context.Context, p pool, askings []asking) ([]answer, error) {
	now := m.now()
	var answers []answer
	err := m.write(ctx, Actor{Vendor: p.vendor, Org: p.org}, func(ctx context.Context, tx Tx) (err error) {
		if answers, err = m.seatAllIn(ctx, tx, p, askings, now); err == nil && len(askings) == 1 {
			err = answers[0].err
		}
		return err
	})
	return answers, err
}

func (m *Manager) seatAllIn(ctx context.Context, tx Tx, p pool, askings []asking, now time.Time) ([]answer, error) {
	var users []seats.UserID
	for _, a := range askings {
		users = append(users, a.users()...)
	}
	if len(askings) > 1 {
		// Those who are told that nothing changes have no guard that would be enforced.
		if err := tx.Write(ctx, p.vendor, LockSeats{p.license}); err != nil {
			return nil, err
		}
	}
	s, err := Load(ctx, tx, m.rules, p.vendor, Assign{License: p.license, Users: users})
	if err != nil {
		return nil, err
	}
	highest, err := tx.Clock(ctx, p.vendor)
	if err != nil {
		return nil, err
	}
	s.Now = clockAt(now, highest)
	t := applyTogether(s, askings, m.checkClock(s.Now, highest))
	effects := t.written()
	if len(effects) == 0 {
		return t.answers, nil
	}
	if s.Now.Sub(highest) >= clockStep {
		effects = append(effects, PutClock{s.Now})
	}
	if err := tx.Write(ctx, p.vendor, effects...); err != nil {
		return nil, err
	}
	if len(askings) > 1 {
		return t.answers, nil // the license was locked
	}
	// Others may have changed the license before it was written, as far as the guards let them.
	after, err := tx.License(ctx, p.vendor, p.license)
	return t.answersGiven(after), err
}
