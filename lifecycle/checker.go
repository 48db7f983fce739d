package lifecycle

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// CheckerConfig says what a [Checker] serves. Manager and Actor are needed; the zero
// value of the rest is the safe default.
type CheckerConfig struct {
	Manager *Manager // reads the store, and says what time it is
	Actor   Actor    // who asks, for which vendor

	// Org and Package, each where it is set, narrow what is read at the start; without
	// them that is everything of the vendor. What is not read at the start is read when it
	// is first asked for, and followed from then on.
	Org     pkgversion.OrgID
	Package pkgversion.PackageID

	// OnDemand reads no license at the start.
	OnDemand bool

	// MaxAge bounds how old what is known may be when it answers: by so much a check can
	// miss a change. 0 means one second. The store is looked at four times as often, and
	// when the Manager's Bell is rung.
	MaxAge time.Duration
}

// DefaultMaxAge is the MaxAge of a Checker that was given none.
const DefaultMaxAge = time.Second

// Checker answers from memory whether a user is licensed, as [Manager.Check] answers
// from the store: by the same rule, and with the same decision for the same data. It reads what
// it serves, follows the vendor's events, and never answers from data older than its
// MaxAge.
//
// What it answers is of three kinds, never mixed:
//
//   - a decision. A no is as good as a yes: nothing overrides it.
//   - a [*CannotKnowError]: the store has not answered for longer than MaxAge, or the
//     Checker was closed. Nobody is licensed then.
//   - a decision that is marked as stale, where the call asked for that with [StaleUpTo].
//
// A Checker is safe for concurrent use. Those who ask wait neither for each other nor for
// the one that follows the events, and a check of what was read allocates nothing.
type Checker struct {
	m        *Manager
	a        Actor
	scope    place // of what is read at the start; see CheckerConfig
	onDemand bool
	maxAge   time.Duration

	known      atomic.Pointer[knowledge]
	cells      atomic.Pointer[directory]
	recent     *recent
	registered atomic.Pointer[map[pkgversion.PackageID]license.Policy]

	mu    sync.Mutex // whoever adds cells or loads
	loads map[place]*load

	running  context.Context
	stop     context.CancelFunc
	work     sync.WaitGroup
	told     <-chan struct{} // by the Manager's Bell, if it has one
	requests chan request
	loaded   chan *load
	reading  chan struct{} // one for each load that reads

	follower follower
}

// knowledge is how much a Checker knows. It is never changed, only replaced.
type knowledge struct {
	at      time.Time // everything committed until then is known
	highest int64     // second of the vendor's clock
	err     error     // why nothing newer is known
	ended   bool      // nothing newer will be
}

// Answer is the decision of a [Checker], and how old what it rests on can be. The zero
// Answer is a no.
type Answer struct {
	license.Decision
	KnownAt time.Time // everything that was committed until then was known
	Stale   bool      // KnownAt is longer ago than the Checker's MaxAge; the call allowed it
}

// StaleUpTo, given to a check, lets it be answered although the store cannot be read:
// with what was known last, as long as that is not older than so much. The [Answer] is marked then.
// What the dates of a license decide is still decided at the present. The bound is the
// caller's risk: so long a revoked user is let in. Of several the longest counts.
type StaleUpTo time.Duration

// CannotKnowError says that a [Checker] has no answer now. It is no decision: the user may
// be licensed or not.
type CannotKnowError struct {
	KnownAt time.Time     // when it knew last; zero when it never did
	Bound   time.Duration // that the age of what it knows has passed
	Err     error         // why nothing newer is known, if that was told
}

// Error says since when, and why.
func (e *CannotKnowError) Error() string {
	since, why := "never", ""
	if !e.KnownAt.IsZero() {
		since = "at " + e.KnownAt.UTC().Format(time.RFC3339Nano)
	}
	if e.Err != nil {
		why = ": " + e.Err.Error()
	}
	return errtext.Line("lifecycle: cannot know now who is licensed: last known ", since, ", bound ", e.Bound.String(), why)
}

// Unwrap returns the cause.
func (e *CannotKnowError) Unwrap() error { return e.Err }

// ErrCheckerClosed is why a Checker that was closed cannot know.
var ErrCheckerClosed = errors.New("lifecycle: the checker is closed")

var errNotRead = errors.New("lifecycle: not read yet; Check and Checker.Handle read it")

// Check answers whether a user of an org is licensed for a package, as [Manager.Check]
// does. It reads the store only for what was not read at the start and is asked for the
// first time; however many ask for it at once, it is read once.
//
// Check reads the clock, which on many machines takes longer than the answer: in a hot path read it once, and use
// CheckAt, or a [Handle].
func (c *Checker) Check(ctx context.Context, org pkgversion.OrgID, pkg pkgversion.PackageID, user seats.UserID, stale ...StaleUpTo) (answer Answer, err error) {
	if user.IsZero() {
		return Answer{}, errNoUser()
	}
	cell, err := c.cellOf(ctx, place{org, pkg}, false)
	if err != nil {
		return Answer{}, err
	}
	err = c.answer(&answer, cell, user, 0, c.m.now(), stale)
	return answer, err
}

// IsLicensed reports whether Check says that the user is licensed. It reports false on
// any doubt.
func (c *Checker) IsLicensed(ctx context.Context, org pkgversion.OrgID, pkg pkgversion.PackageID, user seats.UserID, stale ...StaleUpTo) bool {
	answer, err := c.Check(ctx, org, pkg, user, stale...)
	return err == nil && answer.Licensed()
}

// CheckAt is Check at an instant that the caller read from the clock. It never reads the
// store: about what was not read yet it cannot know.
//
// Pass what time.Now returned as it is: it tells the age of what is known even when the
// clock was set back in between.
func (c *Checker) CheckAt(now time.Time, org pkgversion.OrgID, pkg pkgversion.PackageID, user seats.UserID, stale ...StaleUpTo) (answer Answer, err error) {
	cell, was := c.recent.find(org.String(), pkg.String(), user.String())
	if cell == nil {
		if cell = c.cells.Load().find(place{org, pkg}); cell == nil {
			if cell, err = c.absent(place{org, pkg}, user); err != nil {
				return answer, err
			}
		}
	}
	err = c.answer(&answer, cell, user, was, now, stale)
	return answer, err
}

// IsLicensedAt reports whether CheckAt says that the user is licensed. It reports false
// on any doubt.
func (c *Checker) IsLicensedAt(now time.Time, org pkgversion.OrgID, pkg pkgversion.PackageID, user seats.UserID, stale ...StaleUpTo) bool {
	cell, was := c.recent.find(org.String(), pkg.String(), user.String())
	if cell == nil {
		if cell = c.cells.Load().find(place{org, pkg}); cell == nil || user.IsZero() {
			return false
		}
	}
	k := c.known.Load()
	if !c.fresh(k, now) && !tolerated(k, now, stale) {
		return false
	}
	s := cell.spans.Load().at(max(now.Unix(), k.highest))
	at, ok := was.in(s)
	if !ok {
		at = c.found(s, cell, user)
	}
	return s.verdict(at).reason.Licensed()
}

// found finds how a user stands, and may remember it.
func (c *Checker) found(s *span, cell *cell, user seats.UserID) standing {
	at := s.standingOf(user)
	if at < 1<<standingBits {
		c.recent.remember(cell.place, user, cell, askedOf(s, at))
	}
	return at
}

// CheckUsers answers for many users of one org and package what Check answers for each, in their
// order and all from the same data.
func (c *Checker) CheckUsers(ctx context.Context, org pkgversion.OrgID, pkg pkgversion.PackageID, users []seats.UserID, stale ...StaleUpTo) ([]Answer, error) {
	cell, err := c.cellOf(ctx, place{org, pkg}, false)
	if err != nil {
		return nil, err
	}
	k, now := c.known.Load(), c.m.now()
	old := !c.fresh(k, now)
	if old && !tolerated(k, now, stale) {
		return nil, c.cannotKnow(k, stale)
	}
	s := cell.spans.Load().at(max(now.Unix(), k.highest))
	answers := make([]Answer, len(users))
	for i, user := range users {
		if user.IsZero() {
			return nil, errNoUser()
		}
		s.decide(s.standingOf(user), &answers[i].Decision)
		answers[i].KnownAt, answers[i].Stale = k.at, old
	}
	return answers, nil
}

func errNoPackage(id pkgversion.PackageID) error {
	return &NotFoundError{Kind: "package", ID: id.String()}
}

func errNoUser() error { return &FieldError{Field: "user id", Rule: "must not be empty"} }

// answer answers from a cell, into *into: what is returned by value through several calls is
// copied by each. What is known is looked up before the cell, so that the cell is never older than is said.
func (c *Checker) answer(into *Answer, cell *cell, user seats.UserID, was asked, now time.Time, stale []StaleUpTo) error {
	if user.IsZero() {
		return errNoUser()
	}
	k := c.known.Load()
	old := !c.fresh(k, now)
	if old && !tolerated(k, now, stale) {
		return c.cannotKnow(k, stale)
	}
	t := cell.spans.Load()
	if t.gone {
		return errNoPackage(cell.pkg)
	}
	s := t.at(max(now.Unix(), k.highest))
	at, ok := was.in(s)
	if !ok {
		at = c.found(s, cell, user)
	}
	s.decide(at, &into.Decision)
	into.KnownAt, into.Stale = k.at, old
	return nil
}

// fresh reports whether what is known is no older at now than MaxAge.
func (c *Checker) fresh(k *knowledge, now time.Time) bool {
	return now.Sub(k.at) <= c.maxAge && !k.ended
}

// tolerated reports whether stale allows an answer by what is known.
func tolerated(k *knowledge, now time.Time, stale []StaleUpTo) bool {
	bound := time.Duration(longest(stale))
	return bound > 0 && now.Sub(k.at) <= bound && k.err != ErrCheckerClosed
}

func longest(stale []StaleUpTo) (bound StaleUpTo) {
	for _, s := range stale {
		bound = max(bound, s)
	}
	return bound
}

func (c *Checker) cannotKnow(k *knowledge, stale []StaleUpTo) error {
	return &CannotKnowError{KnownAt: k.at, Bound: max(c.maxAge, time.Duration(longest(stale))), Err: k.err}
}

// absent returns the cell of a place that has none of its own.
func (c *Checker) absent(p place, user seats.UserID) (*cell, error) {
	if user.IsZero() {
		return nil, errNoUser()
	}
	if err := c.valid(p); err != nil {
		return nil, err
	}
	if !c.covers(p) && !c.hidden(p) {
		return nil, &CannotKnowError{Bound: c.maxAge, Err: errNotRead}
	}
	return nowhere, nil
}

// valid returns an error for what Manager.Check returns one for.
func (c *Checker) valid(p place) error {
	if _, known := (*c.registered.Load())[p.pkg]; !known {
		return errNoPackage(p.pkg)
	}
	if p.org.IsZero() {
		return &FieldError{Field: "org id", Rule: "must not be empty"}
	}
	return nil
}

// hidden reports whether a place is of an org that the actor does not see: to it no other
// org has a license.
func (c *Checker) hidden(p place) bool { return !c.a.Org.IsZero() && c.a.Org != p.org }

// covers reports whether a place was read at the start, so that it has no license if it
// has no cell.
func (c *Checker) covers(p place) bool {
	return !c.onDemand && (c.scope.org.IsZero() || c.scope.org == p.org) && (c.scope.pkg.IsZero() || c.scope.pkg == p.pkg)
}

// Handle answers again and again whether one user of one org is licensed for one package:
// what takes time, finding them, was done once. It follows every change as its Checker does. A
// Handle is safe for concurrent use.
type Handle struct {
	c     *Checker
	cell  *cell
	user  seats.Key
	asked atomic.Uint64 // an asked
}

// Handle returns the Handle of a user of an org, for a package. It reads the store where
// Check does. What Check refuses with an error other than a *CannotKnowError it refuses.
func (c *Checker) Handle(ctx context.Context, org pkgversion.OrgID, pkg pkgversion.PackageID, user seats.UserID) (*Handle, error) {
	if user.IsZero() {
		return nil, errNoUser()
	}
	cell, err := c.cellOf(ctx, place{org, pkg}, true)
	if err != nil {
		return nil, err
	}
	return &Handle{c: c, cell: cell, user: seats.KeyOf(user)}, nil
}

// Check answers as [Checker.CheckAt] does.
func (h *Handle) Check(now time.Time, stale ...StaleUpTo) (answer Answer, err error) {
	k := h.c.known.Load()
	old := !h.c.fresh(k, now)
	if old && !tolerated(k, now, stale) {
		return answer, h.c.cannotKnow(k, stale)
	}
	t := h.cell.spans.Load()
	if t.gone {
		return answer, errNoPackage(h.cell.pkg)
	}
	s := t.at(max(now.Unix(), k.highest))
	s.decide(h.standingIn(s), &answer.Decision)
	answer.KnownAt, answer.Stale = k.at, old
	return answer, nil
}

// IsLicensed answers as [Checker.IsLicensedAt] does.
func (h *Handle) IsLicensed(now time.Time, stale ...StaleUpTo) bool {
	k := h.c.known.Load()
	if !h.c.fresh(k, now) && !tolerated(k, now, stale) {
		return false
	}
	s := h.cell.spans.Load().at(max(now.Unix(), k.highest))
	return s.verdict(h.standingIn(s)).reason.Licensed()
}

// standingIn remembers the answer of a span, so that its sets are searched once.
func (h *Handle) standingIn(s *span) standing {
	if at, ok := asked(h.asked.Load()).in(s); ok {
		return at
	}
	at := s.standingOfKey(h.user)
	if at < 1<<standingBits {
		h.asked.Store(uint64(askedOf(s, at)))
	}
	return at
}
