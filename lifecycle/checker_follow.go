package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// follower is what only the goroutine that follows the events touches.
type follower struct {
	last     Event // of the feed; everything up to it is applied
	of       map[license.ID]*cell
	adopted  map[place]*load
	changed  map[*cell]bool
	versions uint64
}

// load reads a place that was asked for and is not known: once, however many ask.
type load struct {
	place
	keep bool // a place without a license too
	done chan struct{}
	cell *cell // set, or err, before done is closed
	err  error
}

// request asks the follower to catch up.
type request chan error

// readsAtOnce bounds how many places are read from the store at one time.
const readsAtOnce = 4

// NewChecker reads what c names and returns a Checker that follows it until Close. ctx
// bounds the reading only. A store that cannot be read now is an error.
func NewChecker(ctx context.Context, config CheckerConfig) (*Checker, error) {
	if config.Manager == nil {
		return nil, &FieldError{Field: "config manager", Rule: "is needed"}
	}
	if config.MaxAge < 0 {
		return nil, &FieldError{Field: "maximum age", Value: config.MaxAge.String(), Rule: "must not be negative"}
	}
	c := &Checker{m: config.Manager, a: config.Actor, scope: place{config.Org, config.Package}, onDemand: config.OnDemand, maxAge: config.MaxAge,
		loads: map[place]*load{}, requests: make(chan request), loaded: make(chan *load), reading: make(chan struct{}, readsAtOnce)}
	if c.maxAge == 0 {
		c.maxAge = DefaultMaxAge
	}
	c.cells.Store(newDirectory(firstSlots))
	c.recent = new(recent)
	c.follower = follower{adopted: map[place]*load{}, changed: map[*cell]bool{}}
	if bound := config.Actor.Org; !bound.IsZero() {
		c.scope.org = bound
	}
	c.running, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	if config.Manager.bell != nil {
		c.told = config.Manager.bell.Listen(c.running, c.a.Vendor) // before reading, so that nothing is missed
	}
	err := c.readAll(ctx)
	if err == nil {
		err = c.catchUp(ctx)
	}
	if err != nil {
		c.stop()
		return nil, err
	}
	c.work.Go(c.follow)
	return c, nil
}

// Close ends the following and waits until it has ended. From then on nothing is known.
func (c *Checker) Close() {
	c.mu.Lock()
	c.stop()
	c.mu.Unlock()
	c.work.Wait()
	k := *c.known.Load()
	k.err, k.ended = ErrCheckerClosed, true
	c.known.Store(&k)
}

// Err returns why nothing newer is known than was when the store answered last; nil while
// it answers. A Checker whose following broke down, and one that was closed, say so.
func (c *Checker) Err() error { return c.known.Load().err }

// CatchUp makes everything known that was committed before it was called: after a change
// of one's own, say, so that the next check rests on it.
func (c *Checker) CatchUp(ctx context.Context) error {
	r := make(request, 1)
	select {
	case c.requests <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.running.Done():
		return c.cannotKnow(c.known.Load(), nil)
	}
	select {
	case err := <-r:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-c.running.Done():
		return c.cannotKnow(c.known.Load(), nil)
	}
}

// follow keeps up with the events until the Checker is closed.
func (c *Checker) follow() {
	defer c.broken()
	look := time.NewTimer(c.pause(0))
	defer look.Stop()
	for failures := 0; ; look.Reset(c.pause(failures)) {
		var asked request
		select {
		case <-c.running.Done():
			return
		case <-look.C:
		case <-c.told:
		case asked = <-c.requests:
		case l := <-c.loaded:
			c.follower.adopted[l.place] = l
		}
		err := c.catchUp(c.running)
		if err == nil {
			failures = 0
		} else {
			failures = min(failures+1, 10)
			c.fail(err)
		}
		if asked != nil {
			asked <- err
		}
	}
}

// broken keeps what went wrong in the store from ending the program: the Checker says
// that it knows nothing newer, for ever.
func (c *Checker) broken() {
	defer c.stop()
	if reason := recover(); reason != nil {
		c.m.log.LogAttrs(c.running, slog.LevelError, "a checker does not follow any more: panic", slog.String("stack", string(debug.Stack())))
		k := *c.known.Load()
		k.err, k.ended = fmt.Errorf("lifecycle: following broke down: panic of a %T", reason), true
		c.known.Store(&k)
	}
}

// fail says why nothing newer is known, and lets go who waits for it.
func (c *Checker) fail(err error) {
	k := *c.known.Load()
	if k.err == nil && c.running.Err() == nil {
		c.m.log.LogAttrs(c.running, slog.LevelWarn, "a checker cannot read the events")
	}
	k.err = err
	c.known.Store(&k)
	c.drop(err)
}

// drop gives up the loads that have not caught up.
func (c *Checker) drop(err error) {
	for _, l := range c.follower.adopted {
		for _, k := range l.cell.kept {
			delete(c.follower.of, k.id)
		}
		l.err = err
		c.finish(l)
	}
	clear(c.follower.adopted)
}

// pause returns when to look again: by chance a little sooner or later, so that Checkers that
// were started, or cut off, together do not all come at once; and later after each failure.
func (c *Checker) pause(failures int) time.Duration {
	usual := max(c.maxAge/4, time.Millisecond)
	if failures > 0 {
		usual = min(usual<<(failures-1), max(usual, 4*time.Second))
	}
	return usual - usual/4 + rand.N(usual/4)
}

// catchUp applies what was committed until now, all that it can.
func (c *Checker) catchUp(ctx context.Context) error {
	began := c.m.now()
	if err := c.m.number(ctx, c.a); err != nil {
		return err
	}
	if err := c.adopt(ctx); err != nil {
		return err
	}
	for {
		p, err := c.nextPage(ctx)
		if errors.Is(err, errOtherFeed) {
			c.drop(err)
			return c.startOver(ctx)
		}
		if err != nil {
			return err
		}
		c.apply(p)
		if p.last {
			c.know(began, p.clock)
			c.release()
			return nil
		}
	}
}

// know says that everything committed until then is known. A clock that was set back
// counts as the store has it.
func (c *Checker) know(then, clock time.Time) {
	c.known.Store(&knowledge{at: then, highest: clock.Unix()})
}

// feedPage is what was read of the feed at one moment.
type feedPage struct {
	events []Event
	clock  time.Time
	last   bool // there are no more
}

// errOtherFeed says that the store is not the one that was followed: it was restored from
// a backup, say. What is known of it is worth nothing.
var errOtherFeed = errors.New("lifecycle: the store has another history than it had")

// nextPage reads on. It reads the last event again, to see that it is still there.
func (c *Checker) nextPage(ctx context.Context) (feedPage, error) {
	last := c.follower.last
	return viewAll(ctx, c, func(ctx context.Context, r Reader) (p feedPage, err error) {
		if p.events, err = r.Feed(ctx, c.a.Vendor, last.Seq-1, pageSize); err != nil {
			return p, err
		}
		p.last = len(p.events) < pageSize
		if last.Seq > 0 {
			if len(p.events) == 0 || !p.events[0].is(last) {
				return p, errOtherFeed
			}
			p.events = p.events[1:]
		}
		p.clock, err = r.Clock(ctx, c.a.Vendor)
		return p, err
	})
}

// is reports whether e and other are one event.
func (e Event) is(other Event) bool {
	return e.Seq == other.Seq && e.Stream == other.Stream && e.Position == other.Position && e.At.Equal(other.At)
}

// apply takes in a page of events. The clock goes first: what comes with it never meets
// an earlier present.
func (c *Checker) apply(p feedPage) {
	c.know(c.known.Load().at, p.clock)
	for _, e := range p.events {
		c.applyEvent(e)
		c.follower.last = e
	}
	c.publish()
}

func (c *Checker) applyEvent(e Event) {
	switch change := e.Change.(type) {
	case PackageChanged:
		c.packageChanged(change)
	case LicenseChanged:
		c.licenseChanged(e.Seq, change.After)
	case SeatsAssigned:
		if cell, k := c.keptAt(e.Seq, change.License); k != nil {
			k.holders = k.holders.With(change.Users...)
			c.follower.changed[cell] = true
		}
	case SeatsRevoked:
		if cell, k := c.keptAt(e.Seq, change.License); k != nil {
			k.holders = k.holders.Without(change.Users...)
			c.follower.changed[cell] = true
		}
	}
}

func (c *Checker) packageChanged(change PackageChanged) {
	id := change.After.Package.ID
	registered := maps.Clone(*c.registered.Load())
	if delete(registered, id); change.After.IsRegistered() {
		registered[id] = change.After.Policy
	}
	c.registered.Store(&registered)
	if change.Before.Policy == change.After.Policy && change.Before.IsRegistered() == change.After.IsRegistered() {
		return
	}
	for cell := range c.cells.Load().all {
		if cell.pkg == id {
			c.follower.changed[cell] = true
		}
	}
}

func (c *Checker) licenseChanged(seq int64, l license.License) {
	p := place{l.Org, l.Package}
	cell := c.tracked(p)
	if cell == nil || seq <= cell.through {
		return
	}
	c.follower.of[l.ID] = cell
	c.follower.changed[cell] = true
	_, k := c.keptAt(seq, l.ID)
	switch {
	case k == nil:
		cell.kept = append(cell.kept, keep(l, seats.Set{}))
	case k.revision < l.Revision:
		*k = keep(l, k.holders)
	}
	if _, k := c.keptAt(seq, l.ID); k.terms.Status == license.Uninstalled {
		k.holders = seats.Set{} // freed with it
	}
}

// tracked returns the cell of a place as far as it is followed, a new one where a license
// comes to a place that had none.
func (c *Checker) tracked(p place) *cell {
	if l := c.follower.adopted[p]; l != nil {
		return l.cell
	}
	if cell := c.cells.Load().find(p); cell != nil || !c.covers(p) {
		return cell
	}
	return c.cellFor(p)
}

// keptAt returns what is kept of a license, if an event of this number is new to it.
func (c *Checker) keptAt(seq int64, id license.ID) (*cell, *keptLicense) {
	cell := c.follower.of[id]
	if cell == nil || seq <= cell.through {
		return nil, nil
	}
	for i := range cell.kept {
		if cell.kept[i].id == id {
			return cell, &cell.kept[i]
		}
	}
	return nil, nil
}

// publish lets everybody see the cells that were changed, each as a whole.
func (c *Checker) publish() {
	if len(c.follower.changed) == 0 {
		return
	}
	policies := *c.registered.Load()
	now := c.m.now().Unix()
	if k := c.known.Load(); k != nil {
		now = max(now, k.highest)
	}
	for cell := range c.follower.changed {
		t := noLicense
		switch policy, registered := policies[cell.pkg]; {
		case !registered:
			t = released
		case len(cell.kept) > 0:
			t = timelineOf(spansOf(cell.kept, policy, c.version), now)
		}
		cell.spans.Store(t)
	}
	clear(c.follower.changed)
}

// version returns a number that no span has.
func (c *Checker) version() uint64 {
	c.follower.versions++
	return c.follower.versions
}

// cellFor returns the cell of a place, a new one if it has none.
func (c *Checker) cellFor(p place) *cell {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.cells.Load().find(p); known != nil {
		return known
	}
	fresh := newCell(p)
	c.add(fresh)
	return fresh
}

// add requires that mu is held.
func (c *Checker) add(fresh *cell) { c.cells.Store(c.cells.Load().with(fresh)) }

// cellOf returns the cell of a place: nowhere for one that has no license, unless keep
// asks for a cell that goes on to be followed.
func (c *Checker) cellOf(ctx context.Context, p place, keep bool) (*cell, error) {
	if known := c.cells.Load().find(p); known != nil && !known.spans.Load().gone {
		return known, nil
	}
	if err := c.valid(p); err != nil {
		return nil, err
	}
	switch {
	case c.hidden(p):
		return nowhere, nil
	case !c.covers(p):
		return c.wait(ctx, p, keep)
	case keep:
		return c.cellFor(p), nil
	}
	return nowhere, nil
}

// wait returns the cell of a place that is read from the store, by whoever asked first.
func (c *Checker) wait(ctx context.Context, p place, keep bool) (*cell, error) {
	c.mu.Lock()
	l := c.loads[p]
	if l == nil {
		l = &load{place: p, done: make(chan struct{})}
		c.loads[p] = l
		if c.running.Err() == nil {
			c.work.Go(func() { c.read(l) })
		}
	}
	l.keep = l.keep || keep
	c.mu.Unlock()
	select {
	case <-l.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.running.Done():
		return nil, c.cannotKnow(c.known.Load(), nil)
	}
	if l.err != nil {
		return nil, &CannotKnowError{Bound: c.maxAge, Err: l.err}
	}
	return l.cell, nil
}

// finish hands a load to those who wait for it. A place without a license is not kept, so
// that asking for orgs that are none fills no memory.
func (c *Checker) finish(l *load) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.err == nil && (l.keep || len(l.cell.kept) > 0) {
		c.add(l.cell)
	}
	delete(c.loads, l.place)
	close(l.done)
}

// release finishes the loads that have caught up.
func (c *Checker) release() {
	for _, l := range c.follower.adopted {
		c.finish(l)
	}
	clear(c.follower.adopted)
}
