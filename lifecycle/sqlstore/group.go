package sqlstore

import (
	"context"
	"slices"
	"sync"

	"github.com/isvkit/isvkit/lifecycle"
)

// A group is the Updates that share one transaction of the connection that writes,
// and the queue of those that wait for it.
//
// The connection is handed from one caller to the next. Whoever has the turn runs
// its function within the group's transaction, in a savepoint, and hands the turn
// on with the transaction open; when nobody waits, or the group is full, it commits
// first, and tells all who are in the group. So there is no goroutine that leads,
// and an Update that is alone begins, runs and commits like any transaction.
type group struct {
	open    func(context.Context) (*session, error)
	dialect *dialect
	limit   int // Updates in one transaction

	mu      sync.Mutex
	taken   bool // somebody has the turn
	closed  bool
	waiting []chan struct{} // closed to give the turn, in order

	// What follows belongs to who has the turn.
	session *session       // nil when it has yet to be opened, or was lost
	begun   bool           // it is in a transaction
	members []chan outcome // whose work is in it; each takes one outcome without waiting
}

// outcome is what became of an Update whose function has succeeded.
type outcome struct {
	err   error
	again bool // nothing happened, because of another's failure: run it again, alone
}

const savepoint = "isv_update"

// update runs f, and returns when it is committed or will never be.
func (g *group) update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	result := g.try(ctx, f, false)
	if result.again {
		result = g.try(ctx, f, true) // alone in its group, so whatever fails now is its own
	}
	return result.err
}

func (g *group) try(ctx context.Context, f func(context.Context, lifecycle.Tx) error, alone bool) outcome {
	if err := g.take(ctx); err != nil {
		return outcome{err: err}
	}
	member, err := g.run(ctx, f, alone)
	if member == nil {
		return outcome{err: err}
	}
	result := <-member
	if result == (outcome{}) {
		result.err = err // what it was refused for is so; where that is not known, neither is the refusal
	}
	return result
}

// run runs f at its turn, and makes it a member of the group if it succeeds.
// However f ends, by a panic too, what it wrote is taken back unless it is a
// member, and the turn is handed on.
//
// An f that fails after others have written waits with them: it may have been refused
// for what they wrote, and nobody is told of that before it is committed.
func (g *group) run(ctx context.Context, f func(context.Context, lifecycle.Tx) error, alone bool) (member chan outcome, err error) {
	defer g.leave(alone)
	if alone {
		g.commit()
	}
	if err := g.begin(ctx); err != nil {
		return nil, err
	}
	joined := false
	defer func() {
		if joined {
			return
		}
		if g.takeBack(); g.begun {
			member = g.join()
		}
	}()
	if err := g.mark(ctx); err != nil {
		return nil, err
	}
	if err := runUpdate(ctx, newTx(g.session, g.dialect), f); err != nil {
		return nil, err
	}
	if err := g.unmark(ctx); err != nil {
		return nil, err
	}
	joined = true
	return g.join(), nil
}

// join returns what tells the outcome of the group.
func (g *group) join() chan outcome {
	member := make(chan outcome, 1)
	g.members = append(g.members, member)
	return member
}

// begin sees to it that a transaction is open.
func (g *group) begin(ctx context.Context) error {
	if g.begun {
		return nil
	}
	if g.session == nil {
		s, err := g.open(ctx)
		if err != nil {
			return err
		}
		g.session = s
	}
	if err := beginWrite(ctx, g.session); err != nil {
		g.lose() // it may be in a transaction all the same
		return err
	}
	g.begun = true
	return nil
}

// beginWrite begins a transaction that writes. It waits for others who write, within
// bounds.
func beginWrite(ctx context.Context, s *session) error {
	for try := 1; ; try++ {
		err := s.do(ctx, s.dialect.beginWrite)
		switch {
		case err == nil:
			return nil
		case !s.dialect.isBusy(err):
			return failed("beginning a transaction", err)
		case ctx.Err() != nil:
			return ctx.Err()
		case try == busyTries:
			return &BusyError{Tries: try, Err: err}
		}
	}
}

// mark sets the savepoint to which takeBack returns. The first of a group needs
// none: there is nothing before it in the transaction.
func (g *group) mark(ctx context.Context) error {
	if len(g.members) == 0 {
		return nil
	}
	return failed("setting a savepoint", g.session.do(ctx, "SAVEPOINT "+savepoint))
}

func (g *group) unmark(ctx context.Context) error {
	if len(g.members) == 0 {
		return nil
	}
	return failed("releasing a savepoint", g.session.do(ctx, "RELEASE SAVEPOINT "+savepoint))
}

// takeBack undoes what was written since mark. Where that fails the transaction has
// ended, or is ended, and the work of the other members with it: they run again.
func (g *group) takeBack() {
	if len(g.members) > 0 && rollbackTo(g.session) == nil {
		return
	}
	g.begun = false
	if g.session.do(context.Background(), "ROLLBACK") != nil {
		g.lose()
	}
	g.tell(outcome{again: true})
}

func rollbackTo(s *session) error {
	if err := s.do(context.Background(), "ROLLBACK TO SAVEPOINT "+savepoint); err != nil {
		return err
	}
	return s.do(context.Background(), "RELEASE SAVEPOINT "+savepoint)
}

// commit ends the transaction, if there is one, and tells its members.
func (g *group) commit() {
	if g.begun {
		g.begun = false
		g.tell(g.finish())
	}
}

// finish commits, and returns what became of the members.
func (g *group) finish() outcome {
	sent, err := g.session.commit()
	if err == nil {
		return outcome{}
	}
	// That there is still something to roll back shows that nothing was committed.
	certain := g.session.do(context.Background(), "ROLLBACK") == nil
	if !certain {
		g.lose()
	}
	switch certain = certain || !sent || g.dialect.notCommitted(err); {
	case !certain:
		return outcome{err: &lifecycle.OutcomeUnknownError{Err: failed("committing", err)}}
	case len(g.members) > 1:
		return outcome{again: true}
	}
	return outcome{err: failed("committing", err)}
}

func (g *group) tell(o outcome) {
	for _, member := range g.members {
		member <- o
	}
	g.members = nil
}

// lose gives the session up. The next Update opens another.
func (g *group) lose() {
	g.session.discard()
	g.session = nil
}

// take waits for the turn.
func (g *group) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	turn, err := g.enqueue(false)
	if turn == nil {
		return err
	}
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	if !g.withdraw(turn) {
		<-turn // it was given meanwhile
		g.leave(false)
	}
	return ctx.Err()
}

// enqueue takes the turn, or returns a channel that is closed when it is given.
func (g *group) enqueue(closing bool) (turn chan struct{}, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, ErrClosed
	}
	g.closed = closing
	if !g.taken {
		g.taken = true
		return nil, nil
	}
	turn = make(chan struct{})
	g.waiting = append(g.waiting, turn)
	return turn, nil
}

// withdraw reports whether the turn had not been given yet, and now never will be.
func (g *group) withdraw(turn chan struct{}) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, turn)
	if i < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return true
}

// leave hands the turn on: with the transaction open if somebody waits and the
// group has room, else after committing it.
func (g *group) leave(alone bool) {
	if !alone && len(g.members) < g.limit && g.pass(false) {
		return
	}
	g.commit()
	g.pass(true)
}

// pass gives the turn to the first who waits, and reports whether anybody did. When
// nobody does and free is set, it gives the turn up.
func (g *group) pass(free bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.taken = !free
		return false
	}
	close(g.waiting[0])
	g.waiting = slices.Delete(g.waiting, 0, 1)
	return true
}

// close lets those who wait have their turn, and then closes the session. It is
// called once.
func (g *group) close() error {
	if turn, _ := g.enqueue(true); turn != nil {
		<-turn
	}
	g.commit()
	if g.session == nil {
		return nil
	}
	return failed("closing", g.session.close())
}
