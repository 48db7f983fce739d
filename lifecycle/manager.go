package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/license"
)

// Config says how a [Manager] works. Only Store is needed; the zero value of the
// rest is the safe default.
type Config struct {
	Store Store
	Rules Rules

	// May says what an actor may do; nil allows everything to everybody. It is asked
	// before anything is read, once for a call and once for each page of a listing, and
	// never within a transaction. With an error nothing is done.
	May func(ctx context.Context, a Actor) (Permissions, error)

	// Now is the clock; nil means time.Now. It is read once per call.
	Now func() time.Time

	// MaxClockJump is how far ahead of the latest commit the clock may be before it
	// must be confirmed; see [ClockError]. 0 means 366 days; below 0 is no bound.
	MaxClockJump time.Duration

	// Bell is rung after every commit that appended events, and listened to by Follow.
	// nil: Follow looks by itself only.
	Bell Bell

	// Logger is told what a caller cannot see, such as conflicts that were tried
	// again. nil logs nothing. No personal data is logged.
	Logger *slog.Logger
}

// Manager carries out commands on a Store and answers questions. It holds no rule
// and no state: those are in [Apply] and in the Store, but for the line of those who wait
// for one license. A Manager is safe for concurrent
// use, and so are several that share a Store, or a database.
type Manager struct {
	store   Store
	rules   Rules
	may     func(context.Context, Actor) (Permissions, error)
	now     func() time.Time
	maxJump time.Duration
	bell    Bell
	log     *slog.Logger
	waiting lines
}

const (
	defaultMaxJump = 366 * 24 * time.Hour
	maxTries       = 10

	// clockStep is how much later than the latest committed instant a commit must be
	// to be written down as the new one: by so much a clock that is set back can
	// deceive. Writing it every time would make every writer wait for every other.
	clockStep = time.Second
)

// New returns a Manager, or an error that lists everything wrong with c.
func New(c Config) (*Manager, error) {
	if c.Store == nil {
		return nil, &FieldError{Field: "config store", Rule: "is needed"}
	}
	m := &Manager{store: c.Store, rules: c.Rules.orDefault(), may: c.May, now: c.Now, maxJump: c.MaxClockJump, bell: c.Bell, log: c.Logger}
	if m.now == nil {
		m.now = time.Now
	}
	if m.maxJump == 0 {
		m.maxJump = defaultMaxJump
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	return m, nil
}

// do carries out c in a transaction of its own, and lets after read what it left.
func (m *Manager) do(ctx context.Context, a Actor, c Command, after func(context.Context, Tx, State, []Effect) error) error {
	now := m.now()
	return m.update(ctx, a, needOf(c), func(ctx context.Context, tx Tx) error {
		s, effects, err := m.carryOut(ctx, tx, a, c, now)
		if err != nil || after == nil {
			return err
		}
		return after(ctx, tx, s, effects)
	})
}

// update is Store.Update for who may do what needs n, within what the actor can see.
func (m *Manager) update(ctx context.Context, a Actor, n need, f func(context.Context, Tx) error) error {
	if err := m.permit(ctx, a, n); err != nil {
		return err
	}
	return m.write(ctx, a, f)
}

// write is update for who was found to be allowed. It tries again when somebody else
// wrote in between.
func (m *Manager) write(ctx context.Context, a Actor, f func(context.Context, Tx) error) error {
	for try := 1; ; try++ {
		err := m.once(ctx, a, f)
		if !errors.Is(err, ErrConflict) {
			return err
		}
		if try == maxTries {
			return fmt.Errorf("lifecycle: given up after %d tries: %w", maxTries, err)
		}
		m.log.LogAttrs(ctx, slog.LevelDebug, "conflict, trying again", slog.Int("try", try))
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

// once is Store.Update within what the actor can see, after which the Bell is rung.
func (m *Manager) once(ctx context.Context, a Actor, f func(context.Context, Tx) error) error {
	appended := false
	err := m.store.Update(ctx, func(ctx context.Context, tx Tx) error {
		r := &ringer{Tx: tx}
		err := f(ctx, seenBy(a, r))
		appended = r.appended
		return err
	})
	var unknown *OutcomeUnknownError
	if m.bell != nil && appended && (err == nil || errors.As(err, &unknown)) {
		m.bell.Ring(a.Vendor)
	}
	return err
}

// pause waits for a random time that doubles with every try, so that those who got
// in each other's way do not do so again.
func pause(ctx context.Context, try int) error {
	wait := time.Duration(rand.Int64N(int64(time.Millisecond) << min(try, 7)))
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// carryOut loads, applies and writes c within tx.
func (m *Manager) carryOut(ctx context.Context, tx Tx, a Actor, c Command, now time.Time) (State, []Effect, error) {
	s, effects, refused, err := m.decide(ctx, tx, a, c, now)
	return s, effects, cmp.Or(refused, err)
}

// decide is carryOut that tells a refusal, after which the transaction can go on,
// from an error, after which it cannot.
func (m *Manager) decide(ctx context.Context, tx Tx, a Actor, c Command, now time.Time) (s State, effects []Effect, refused, err error) {
	if s, err = Load(ctx, tx, m.rules, a.Vendor, c); err != nil {
		return s, nil, nil, err
	}
	highest, err := tx.Clock(ctx, a.Vendor)
	if err != nil {
		return s, nil, nil, err
	}
	s.Actor, s.Now = a.ID, clockAt(now, highest)
	if s.needsNumber(c) {
		// A number that is given out and not used would be a gap for ever.
		if _, refused = Apply(s, c); refused == nil {
			refused = m.checkClock(s.Now, highest)
		}
		if refused != nil {
			return s, nil, refused, nil
		}
		if s.NextNumber, err = tx.NextLicense(ctx, a.Vendor); err != nil {
			return s, nil, nil, err
		}
	}
	effects, refused = Apply(s, c)
	if refused != nil || len(effects) == 0 {
		return s, nil, refused, nil
	}
	if refused = m.checkClock(s.Now, highest); refused != nil {
		return s, nil, refused, nil
	}
	if s.Now.Sub(highest) >= clockStep {
		effects = append(effects, PutClock{s.Now})
	}
	return s, effects, nil, tx.Write(ctx, a.Vendor, effects...)
}

// clockAt returns the instant that counts: a clock that was set back revives
// nothing.
func clockAt(now, highest time.Time) time.Time { return instant.Max(instant.Of(now), highest) }

func (m *Manager) checkClock(now, highest time.Time) error {
	if m.maxJump < 0 || highest.IsZero() || now.Sub(highest) <= m.maxJump {
		return nil
	}
	return &ClockError{Now: now, Highest: highest, Bound: m.maxJump}
}

// needsNumber reports whether c makes a license, as far as it is not refused.
func (s State) needsNumber(c Command) bool {
	switch c := c.(type) {
	case Installed:
		return s.License.ID == 0
	case Observe:
		return s.License.ID == 0 && !c.Observation.Gone
	case AddPermissionSet:
		return s.License.ID == 0
	}
	return false
}

// ConfirmClock says that the clock is right, although it is further ahead of the
// latest commit than Config.MaxClockJump, or behind it because a wrong clock was
// believed. From then on the present is what it says.
func (m *Manager) ConfirmClock(ctx context.Context, a Actor) error {
	now := instant.Of(m.now())
	return m.update(ctx, a, needOf(confirmClock{}), func(ctx context.Context, tx Tx) error {
		effects, err := Apply(State{Rules: m.rules, Now: now, Actor: a.ID}, confirmClock{})
		if err != nil {
			return err
		}
		return tx.Write(ctx, a.Vendor, effects...)
	})
}

// RegisterPackage registers a package with the vendor; see [RegisterPackage].
func (m *Manager) RegisterPackage(ctx context.Context, a Actor, r Registration) (Registration, error) {
	var saved Registration
	err := m.do(ctx, a, RegisterPackage{r}, func(ctx context.Context, tx Tx, _ State, _ []Effect) (err error) {
		saved, err = tx.Package(ctx, a.Vendor, r.Package.ID)
		return err
	})
	return orZero(saved, err)
}

// ChangePackage sets what is registered of a package; see [ChangePackage].
func (m *Manager) ChangePackage(ctx context.Context, a Actor, r Registration) (Registration, error) {
	var saved Registration
	err := m.do(ctx, a, ChangePackage{r}, func(ctx context.Context, tx Tx, _ State, _ []Effect) (err error) {
		saved, err = tx.Package(ctx, a.Vendor, r.Package.ID)
		return err
	})
	return orZero(saved, err)
}

// SetLeadManager sets who owns the leads of a package; see [SetLeadManager].
func (m *Manager) SetLeadManager(ctx context.Context, a Actor, c SetLeadManager) error {
	return m.do(ctx, a, c, nil)
}

// PublishVersion records a version of a package; see [PublishVersion].
func (m *Manager) PublishVersion(ctx context.Context, a Actor, c PublishVersion) error {
	return m.do(ctx, a, c, nil)
}

// RecordOwner records a user who can own leads; see [RecordOwner].
func (m *Manager) RecordOwner(ctx context.Context, a Actor, c RecordOwner) error {
	return m.do(ctx, a, c, nil)
}

// Notify takes in what the platform told, in whatever order and however often it
// comes. It returns the license of the installation that it is about; the zero
// License when it is about none, or about an installation that was not told yet.
func (m *Manager) Notify(ctx context.Context, a Actor, n Notification) (license.License, error) {
	return m.changed(ctx, a, n)
}

// Install is Notify for an [Installed], for those who install themselves: without an
// instant it happens now, and told again it changes nothing.
func (m *Manager) Install(ctx context.Context, a Actor, n Installed) (license.License, error) {
	return m.changed(ctx, a, n)
}

// Uninstall is Notify for an [Uninstalled], likewise.
func (m *Manager) Uninstall(ctx context.Context, a Actor, n Uninstalled) (license.License, error) {
	return m.changed(ctx, a, n)
}

// Upgrade asks for a higher version of a license; see [Upgrade].
func (m *Manager) Upgrade(ctx context.Context, a Actor, c Upgrade) (license.License, error) {
	return m.changed(ctx, a, c)
}

// Modify sets the terms of a license; see [Modify].
func (m *Manager) Modify(ctx context.Context, a Actor, c Modify) (license.License, error) {
	return m.changed(ctx, a, c)
}

// AddPermissionSet gives an org a permission-set license; see [AddPermissionSet].
func (m *Manager) AddPermissionSet(ctx context.Context, a Actor, c AddPermissionSet) (license.License, error) {
	return m.changed(ctx, a, c)
}

// ConvertLead turns a lead into a contact; see [ConvertLead].
func (m *Manager) ConvertLead(ctx context.Context, a Actor, c ConvertLead) error {
	return m.do(ctx, a, c, nil)
}

// Retire takes the license of a deleted org out of the lists, or back; see [Retire].
func (m *Manager) Retire(ctx context.Context, a Actor, c Retire) (license.License, error) {
	return m.changed(ctx, a, c)
}

// changed carries out c and returns the license that it is about.
func (m *Manager) changed(ctx context.Context, a Actor, c Command) (license.License, error) {
	var l license.License
	err := m.do(ctx, a, c, func(ctx context.Context, tx Tx, s State, _ []Effect) (err error) {
		id := s.License.ID
		if id == 0 {
			id = s.NextNumber
		}
		l, err = tx.License(ctx, a.Vendor, id)
		return err
	})
	return orZero(l, err)
}

// orZero returns nothing beside an error.
func orZero[T any](value T, err error) (T, error) {
	if err != nil {
		var zero T
		return zero, err
	}
	return value, nil
}
