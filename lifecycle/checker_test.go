package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// checker returns a Checker of the world that looks at the store only when it is told to,
// for its clock stands still, and an hour is long.
func (w *world) checker(set ...func(*lifecycle.CheckerConfig)) *lifecycle.Checker {
	w.Helper()
	config := lifecycle.CheckerConfig{Manager: w.Manager, Actor: w.a, MaxAge: time.Hour}
	for _, f := range set {
		f(&config)
	}
	c, err := lifecycle.NewChecker(context.Background(), config)
	if err != nil {
		w.Fatalf("NewChecker = %v", err)
	}
	return c
}

func onDemand(c *lifecycle.CheckerConfig) { c.OnDemand = true }
func ofOrg1(c *lifecycle.CheckerConfig)   { c.Org = org1.ID }
func ofSeats(c *lifecycle.CheckerConfig)  { c.Package = seatPackage }

func catchUp(t rapid.TB, c *lifecycle.Checker) {
	t.Helper()
	if err := c.CatchUp(context.Background()); err != nil {
		t.Fatalf("CatchUp = %v", err)
	}
}

// asked are all ways to ask c the same at the world's present. They must agree.
func (w *world) asked(c *lifecycle.Checker, org pkgversion.OrgID, pkg pkgversion.PackageID, u seats.UserID, stale ...lifecycle.StaleUpTo) (lifecycle.Answer, error) {
	w.Helper()
	ctx := context.Background()
	answer, err := c.Check(ctx, org, pkg, u, stale...)
	same := func(how string, other lifecycle.Answer, otherErr error) {
		w.Helper()
		if other != answer || (err == nil) != (otherErr == nil) {
			w.Fatalf("%s = %+v, %v; Check = %+v, %v", how, other, otherErr, answer, err)
		}
	}
	all, allErr := c.CheckUsers(ctx, org, pkg, []seats.UserID{u, u}, stale...)
	same("CheckUsers", append(all, lifecycle.Answer{}, answer)[0], allErr)
	if h, hErr := c.Handle(ctx, org, pkg, u); hErr == nil {
		for range 2 { // the second time it remembers
			got, gotErr := h.Check(w.clock, stale...)
			same("Handle.Check", got, gotErr)
			if h.IsLicensed(w.clock, stale...) != answer.Licensed() {
				w.Fatalf("Handle.IsLicensed = %t, Check = %v", !answer.Licensed(), answer)
			}
		}
	}
	got, gotErr := c.CheckAt(w.clock, org, pkg, u, stale...)
	if err == nil { // what was read for Check is known now, or has no license
		var unknown *lifecycle.CannotKnowError
		if !errors.As(gotErr, &unknown) || answer.Reason != license.DeniedUnknown {
			same("CheckAt", got, gotErr)
		}
	}
	if c.IsLicensed(ctx, org, pkg, u, stale...) != answer.Licensed() {
		w.Fatalf("IsLicensed = %t, Check = %v", !answer.Licensed(), answer)
	}
	if at := c.IsLicensedAt(w.clock, org, pkg, u, stale...); at != got.Licensed() {
		w.Fatalf("IsLicensedAt = %t, CheckAt = %v", at, got)
	}
	return answer, err
}

// agrees compares every answer of c with the Manager's.
func (w *world) agrees(c *lifecycle.Checker) {
	w.Helper()
	other := pkgversion.MustPackageID("other") // registered or not
	for _, org := range []pkgversion.OrgID{org1.ID, org2.ID, sandbox.ID, pkgversion.MustOrgID("nobody"), {}} {
		for _, pkg := range []pkgversion.PackageID{seatPackage, trialPackage, other} {
			for _, u := range []seats.UserID{user(1), user(3), user(9), {}} {
				want, wantErr := w.Check(context.Background(), w.a, org, pkg, u)
				got, err := w.asked(c, org, pkg, u)
				if got.Decision != want || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
					w.Fatalf("Checker.Check(%v, %v, %v) = %+v, %v; Manager.Check = %+v, %v", org, pkg, u, got.Decision, err, want, wantErr)
				}
				if err == nil && (got.Stale || !got.KnownAt.Equal(w.clock)) {
					w.Fatalf("just caught up, known at %v, stale %t; it is %v", got.KnownAt, got.Stale, w.clock)
				}
			}
		}
	}
}

// D1, D9, D10, D14, T5: whatever happened, and wherever the clock is, a Checker answers
// what its Manager answers, however it is asked.
func TestD9CheckerAnswersAsManager(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, &lifecycle.MemStore{}).live()
		checkers := map[string]*lifecycle.Checker{
			"all": w.checker(), "org": w.checker(ofOrg1), "package": w.checker(ofSeats), "on demand": w.checker(onDemand),
		}
		bound := *w // to an org, as its administrator is
		bound.a.Org = org1.ID
		own := bound.checker()
		defer own.Close()
		for _, c := range checkers {
			defer c.Close()
		}
		kept := map[string]*lifecycle.Handle{}
		for name, c := range checkers {
			h, err := c.Handle(context.Background(), org1.ID, seatPackage, user(3))
			if err != nil {
				t.Fatalf("Handle = %v", err)
			}
			kept[name] = h
		}
		if rapid.Bool().Draw(t, "one license") {
			w.must(w.uninstalled(1, org1, seatPackage))
		}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			w.step(t)
			bound.clock = w.clock
			catchUp(t, own)
			bound.agrees(own)
			for name, c := range checkers {
				catchUp(t, c)
				w.agrees(c)
				want := w.asks(c, user(3))
				if got, err := kept[name].Check(w.clock); err != nil || got.Licensed() != want || kept[name].IsLicensed(w.clock) != want {
					t.Fatalf("%s: a Handle of before says %v, %v, want %t", name, got, err, want)
				}
			}
		}
	})
}

// D9: by Salesforce ids, which are remembered, a Checker answers what its Manager answers too:
// whoever got or lost a seat or a license since he was asked about.
func TestD9CheckerRemembersNothingStale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, &lifecycle.MemStore{})
		pkg, org := pkgversion.MustPackageID("0332X0000000001"), license.Org{ID: pkgversion.MustOrgID("00D2X0000000001"), Name: "Org"}
		version := pkgversion.PackageVersion{ID: pkgversion.MustVersionID("04t2X0000000001"), Package: pkg, Version: pkgversion.MustVersion("1.0")}
		registered := lifecycle.Registration{Package: pkgversion.Package{ID: pkg}, Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(9)}}
		w.must(lifecycle.RegisterPackage{Registration: registered})
		w.must(lifecycle.PublishVersion{Version: version})
		installed, err := w.Install(context.Background(), w.a, lifecycle.Installed{Notice: lifecycle.Notice{Org: org}, Installation: installation(100), Package: pkg, Version: version.ID})
		if err != nil {
			t.Fatal(err)
		}
		l := installed.ID
		c := w.checker()
		defer c.Close()
		var who []seats.UserID
		for n := range 4 {
			who = append(who, seats.MustUserID(fmt.Sprint("0052X000000000", n)))
		}
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			some := []seats.UserID{rapid.SampledFrom(who).Draw(t, "user")}
			terms := w.license(l).Terms
			terms.Status = rapid.SampledFrom([]license.Status{license.Active, license.Suspended}).Draw(t, "status")
			_ = w.run(rapid.SampledFrom([]lifecycle.Command{
				lifecycle.Assign{License: l, Users: some}, lifecycle.Assign{License: l, Users: some}, lifecycle.Revoke{License: l, Users: some},
				lifecycle.Modify{License: l, Terms: terms, Revision: w.license(l).Revision},
			}).Draw(t, "command"))
			catchUp(t, c)
			for _, u := range who {
				want, err := w.Check(context.Background(), w.a, org.ID, pkg, u)
				if err != nil {
					t.Fatal(err)
				}
				for range 40 { // one time in so many it is remembered
					got, err := c.CheckAt(w.clock, org.ID, pkg, u)
					if err != nil || got.Decision != want || c.IsLicensedAt(w.clock, org.ID, pkg, u) != want.Licensed() {
						t.Fatalf("CheckAt(%v) = %+v, %v, want %+v", u, got.Decision, err, want)
					}
				}
			}
		}
	})
}

// step does something, or tries to: any command, one that matters to a check, or the
// clock is set.
func (w *world) step(t *rapid.T) {
	all := w.everyCommand()
	terms := w.license(3).Terms
	terms.Expiration = license.LastDay(license.DateOf(w.clock).AddDays(rapid.IntRange(-3, 12).Draw(t, "last day")))
	changed := w.registration(seatPackage)
	changed.Policy.GraceDays = rapid.IntRange(0, 9).Draw(t, "grace")
	some := users(rapid.SliceOfN(rapid.SampledFrom([]int{1, 3, 9}), 1, 3).Draw(t, "users")...)
	suspended := active(2)
	suspended.Status = rapid.SampledFrom([]license.Status{license.Active, license.Suspended}).Draw(t, "status")
	ending := active(1)
	ending.Expiration = terms.Expiration
	telling := []lifecycle.Command{
		lifecycle.Modify{License: 3, Terms: suspended, Revision: w.license(3).Revision},
		lifecycle.Modify{License: 6, Terms: ending, Revision: w.license(6).Revision},
		lifecycle.Modify{License: 6, Terms: license.Terms{Status: license.Active, Seats: license.Site(), Expiration: license.Never()}, Revision: w.license(6).Revision},
		lifecycle.AddPermissionSet{Installation: installation(61), Org: org1.ID, Package: seatPackage, PermissionSet: "More", Terms: ending},
		lifecycle.Assign{License: 6, Users: some[:1]}, lifecycle.Revoke{License: 6, Users: some}, lifecycle.Assign{License: 7, Users: some},
		lifecycle.Assign{License: 3, Users: some}, lifecycle.Revoke{License: 3, Users: some},
		lifecycle.Modify{License: 3, Terms: terms, Revision: w.license(3).Revision},
		lifecycle.ChangePackage{Registration: changed}, w.uninstalled(3, org1, seatPackage),
	}
	switch rapid.IntRange(0, 3).Draw(t, "step") {
	case 0:
		_ = w.run(rapid.SampledFrom(all).Draw(t, "command")) // refused or not
	case 1:
		w.clock = w.clock.Add(time.Duration(rapid.IntRange(-20*24, 20*24).Draw(t, "hours")) * time.Hour)
		if rapid.Bool().Draw(t, "confirm") {
			_ = w.ConfirmClock(context.Background(), w.a)
		}
	default:
		_ = w.run(rapid.SampledFrom(telling).Draw(t, "telling command"))
	}
}

// D7: a decision is never older than its bound: it is that of the data at KnownAt or later; KnownAt is
// at most MaxAge ago, or at most as long as the call allowed, and then the answer says
// so; and an answer that can be given is given.
func TestD7CheckerKeepsItsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, s := onUnsteady(t)
		c := w.checker(func(config *lifecycle.CheckerConfig) { config.OnDemand = rapid.Bool().Draw(t, "on demand") })
		defer c.Close()
		held := []bool{w.asks(c, user(3))}
		changed := []time.Time{{}} // when each of held began
		known := w.clock
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			w.clock = w.clock.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "minutes")) * time.Minute)
			s.broken.Store(rapid.Bool().Draw(t, "broken"))
			switch {
			case s.broken.Load():
				_ = c.CatchUp(context.Background())
			case rapid.Bool().Draw(t, "catch up"):
				catchUp(t, c)
				known = w.clock
			default:
				now := !held[len(held)-1]
				w.seat(user(3), now)
				held, changed = append(held, now), append(changed, w.clock)
			}
			bound := time.Duration(rapid.IntRange(0, 240).Draw(t, "bound")) * time.Minute
			got, err := w.asked(c, org1.ID, seatPackage, user(3), lifecycle.StaleUpTo(bound))
			age := w.clock.Sub(known)
			if possible := age <= max(time.Hour, bound); possible != (err == nil) {
				t.Fatalf("known %v ago, bound %v: %v", age, bound, err)
			}
			if err != nil {
				continue
			}
			if !got.KnownAt.Equal(known) || got.Stale != (age > time.Hour) {
				t.Fatalf("known at %v, stale %t; it was known at %v, %v ago", got.KnownAt, got.Stale, known, age)
			}
			fits := false
			for i, begun := range changed {
				ended := i+1 < len(changed) && changed[i+1].Before(known)
				fits = fits || !ended && got.Licensed() == held[i] && !begun.After(w.clock)
			}
			if !fits {
				t.Fatalf("%v: not so at %v, nor since", got, known)
			}
		}
	})
}

// T7: how old it is what a Checker knows is told by the monotonic clock. Setting the wall
// clock back makes nothing younger, and setting it ahead nothing older.
func TestT7AgeIsMonotonic(t *testing.T) {
	w, s := onUnsteady(t)
	w.seat(user(3), true)
	began := time.Now()
	w.clock = began
	c := w.checker()
	defer c.Close()
	s.broken.Store(true)
	rapid.Check(t, func(t *rapid.T) {
		passed := time.Duration(rapid.IntRange(0, 120).Draw(t, "minutes")) * time.Minute
		set := time.Duration(rapid.IntRange(-72, 72).Draw(t, "hours that the wall clock is set")) * time.Hour
		w.clock = wallSet(t, began.Add(passed), set)
		_, err := w.asked(c, org1.ID, seatPackage, user(3))
		if passed <= time.Hour && err != nil || passed > time.Hour && !is[*lifecycle.CannotKnowError](err) {
			t.Fatalf("%v later, the wall clock set by %v: %v; the bound is an hour", passed, set, err)
		}
	})
}

// wallSet returns t as a machine reads it whose wall clock was set by d in between: the
// monotonic reading stays. Package time has no way to make one; that this is one is checked.
func wallSet(t rapid.TB, at time.Time, d time.Duration) time.Time {
	t.Helper()
	const secondsFrom = 30 // the bits below are nanoseconds
	set := at
	*(*uint64)(unsafe.Pointer(&set)) += uint64(d/time.Second) << secondsFrom
	if set.Sub(at) != 0 || set.Round(0).Sub(at.Round(0)) != d {
		t.Fatalf("%v is not %v with its wall clock set by %v", set, at, d)
	}
	return set
}

func (w *world) asks(c *lifecycle.Checker, u seats.UserID) bool {
	w.Helper()
	answer, err := w.asked(c, org1.ID, seatPackage, u)
	if err != nil {
		w.Fatalf("Check = %v", err)
	}
	return answer.Licensed()
}

// seat gives or takes a seat of license 3, the primary one of org 1.
func (w *world) seat(u seats.UserID, hold bool) {
	w.Helper()
	if hold {
		w.must(lifecycle.Assign{License: 3, Users: []seats.UserID{u}})
	} else {
		w.must(lifecycle.Revoke{License: 3, Users: []seats.UserID{u}})
	}
}

// D3: the three kinds of failing are never mixed.
func TestD3CheckerFailsClosed(t *testing.T) {
	w, s := onUnsteady(t)
	w.seat(user(3), true)
	c, lazy := w.checker(), w.checker(onDemand)
	w.asks(c, user(3))
	s.broken.Store(true)
	for _, c := range []*lifecycle.Checker{c, lazy} {
		if err := c.CatchUp(t.Context()); !errors.Is(err, errBroken) || !errors.Is(c.Err(), errBroken) {
			t.Errorf("CatchUp of a broken store = %v, Err = %v", err, c.Err())
		}
	}
	if _, err := lazy.Check(t.Context(), org1.ID, seatPackage, user(3), lifecycle.StaleUpTo(24*time.Hour)); !cannotKnow(err, errBroken) {
		t.Errorf("what was never read = %v, want a CannotKnowError", err)
	}
	if !w.asks(c, user(3)) {
		t.Error("within its bound a Checker does not answer")
	}
	w.clock = w.clock.Add(2 * time.Hour)
	if got, err := w.asked(c, org1.ID, seatPackage, user(3)); !cannotKnow(err, errBroken) || got != (lifecycle.Answer{}) {
		t.Errorf("past its bound = %+v, %v", got, err)
	}
	if got, err := w.asked(c, org1.ID, seatPackage, user(3), lifecycle.StaleUpTo(24*time.Hour)); err != nil || !got.Licensed() || !got.Stale {
		t.Errorf("stale = %+v, %v, want a marked yes", got, err)
	}
	if got, err := w.asked(c, org1.ID, seatPackage, user(7), lifecycle.StaleUpTo(24*time.Hour)); err != nil || got.Licensed() || !got.Stale {
		t.Errorf("stale = %+v, %v, want a no that nothing overrides", got, err)
	}
	w.clock = w.clock.Add(48 * time.Hour)
	if _, err := w.asked(c, org1.ID, seatPackage, user(3), lifecycle.StaleUpTo(24*time.Hour)); !cannotKnow(err, errBroken) {
		t.Errorf("past the caller's bound = %v", err)
	}
	s.broken.Store(false)
	catchUp(t, c)
	if !w.asks(c, user(3)) || c.Err() != nil {
		t.Errorf("the store is back, and Err = %v", c.Err())
	}
	if catchUp(t, lazy); !w.asks(lazy, user(3)) {
		t.Error("the store is back: what could not be read is")
	}
	for _, c := range []*lifecycle.Checker{c, lazy} {
		c.Close()
		c.Close()
		if _, err := w.asked(c, org1.ID, seatPackage, user(3), lifecycle.StaleUpTo(24*time.Hour)); !cannotKnow(err, lifecycle.ErrCheckerClosed) {
			t.Errorf("closed = %v", err)
		}
		if err := c.CatchUp(t.Context()); !cannotKnow(err, lifecycle.ErrCheckerClosed) {
			t.Errorf("CatchUp when closed = %v", err)
		}
	}
	if _, err := lazy.Check(t.Context(), org2.ID, trialPackage, user(3)); !cannotKnow(err, lifecycle.ErrCheckerClosed) {
		t.Errorf("reading when closed = %v", err)
	}
}

func cannotKnow(err, why error) bool {
	_, ok := errors.AsType[*lifecycle.CannotKnowError](err)
	return ok && errors.Is(err, why) && strings.HasPrefix(err.Error(), "lifecycle: cannot know now")
}

// D2: a store that panics ends the following, not the program, and the Checker says so.
func TestD2CheckerSurvivesPanics(t *testing.T) {
	w, s := onUnsteady(t)
	w.seat(user(3), true)
	c := w.checker()
	defer c.Close()
	s.panics.Store(true)
	if err := c.CatchUp(t.Context()); !cannotKnow(err, c.Err()) || c.Err() == nil {
		t.Errorf("CatchUp = %v, Err = %v", err, c.Err())
	}
	s.panics.Store(false)
	if _, err := w.asked(c, org1.ID, seatPackage, user(3)); !cannotKnow(err, c.Err()) {
		t.Errorf("Check = %v, want an error at once", err)
	}
	if got, err := w.asked(c, org1.ID, seatPackage, user(3), lifecycle.StaleUpTo(time.Minute)); err != nil || !got.Stale || !got.Licensed() {
		t.Errorf("stale = %+v, %v", got, err)
	}
}

// unsteady is a store that can be lost, and can panic.
type unsteady struct {
	lifecycle.Store
	broken, panics atomic.Bool
}

func (s *unsteady) View(ctx context.Context, f func(context.Context, lifecycle.Reader) error) error {
	switch {
	case s.panics.Load():
		panic("the store panics")
	case s.broken.Load():
		return errBroken
	}
	return s.Store.View(ctx, f)
}

// onUnsteady returns a world whose Manager reads an unsteady store, and writes to it
// whatever happens.
func onUnsteady(t rapid.TB) (*world, *unsteady) {
	s := &unsteady{Store: &lifecycle.MemStore{}}
	return newWorld(t, s).live(), s
}

// counting counts Views, each of which waits for gate.
type counting struct {
	lifecycle.Store
	views atomic.Int64
	gate  chan struct{}
}

func (s *counting) View(ctx context.Context, f func(context.Context, lifecycle.Reader) error) error {
	s.views.Add(1)
	<-s.gate
	return s.Store.View(ctx, f)
}

// However many ask for what was not read, it is read once; an org without a license is
// not kept, so that orgs that are none fill no memory.
func TestCheckerReadsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &counting{Store: &lifecycle.MemStore{}, gate: make(chan struct{})}
		close(s.gate)
		w := newWorld(t, s).live()
		w.seat(user(3), true)
		c := w.checker(onDemand)
		defer c.Close()
		s.gate = make(chan struct{})
		before := s.views.Load()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if !c.IsLicensed(t.Context(), org1.ID, seatPackage, user(3)) {
					t.Error("not licensed")
				}
			})
		}
		synctest.Wait()
		short, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Check(short, org1.ID, seatPackage, user(3)); !errors.Is(err, context.Canceled) {
			t.Errorf("Check of a caller who went = %v", err)
		}
		close(s.gate)
		all.Wait()
		if n := s.views.Load() - before; n > 6 {
			t.Errorf("50 callers made %d reads", n)
		}
		nobody := pkgversion.MustOrgID("nobody")
		for range 2 {
			before := s.views.Load()
			if c.IsLicensed(t.Context(), nobody, seatPackage, user(3)) || s.views.Load() == before {
				t.Error("an org without a license is licensed, or kept")
			}
		}
	})
}

// A Checker looks by itself, four times within its bound, and goes on after the store was
// lost; closed, it leaves nothing running.
func TestCheckerFollowsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := onUnsteady(t)
		m, err := lifecycle.New(lifecycle.Config{Store: s})
		if err != nil {
			t.Fatal(err)
		}
		c, err := lifecycle.NewChecker(t.Context(), lifecycle.CheckerConfig{Manager: m, Actor: w.a})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		licensed := func() bool { return c.IsLicensed(t.Context(), org1.ID, seatPackage, user(3)) }
		for range 10 {
			for _, hold := range []bool{true, false} {
				w.seat(user(3), hold)
				time.Sleep(lifecycle.DefaultMaxAge / 4)
				synctest.Wait()
				if licensed() != hold {
					t.Fatalf("licensed %t, seat held %t a quarter of the bound ago", !hold, hold)
				}
			}
		}
		w.seat(user(3), true)
		s.broken.Store(true)
		time.Sleep(time.Minute)
		if licensed() || c.Err() == nil {
			t.Error("licensed by a store that was lost a minute ago")
		}
		s.broken.Store(false)
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if !licensed() || c.Err() != nil {
			t.Errorf("the store is back, and Err = %v", c.Err())
		}
	})
}

// Told by a Bell, a Checker looks at once.
func TestCheckerHearsTheBell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, &lifecycle.MemStore{}, func(c *lifecycle.Config) { c.Bell = &lifecycle.LocalBell{} }).live()
		c := w.checker()
		defer c.Close()
		for _, hold := range []bool{true, false} {
			w.seat(user(3), hold)
			synctest.Wait()
			if w.asks(c, user(3)) != hold {
				t.Errorf("licensed %t, seat held %t", !hold, hold)
			}
		}
	})
}

// swapped is a store in whose place another is put: it was restored from a backup.
type swapped struct{ lifecycle.Store }

// A Checker that finds another history than it had begins anew.
func TestCheckerOnARestoredStore(t *testing.T) {
	for name, set := range map[string]func(*lifecycle.CheckerConfig){"package": ofSeats, "on demand": onDemand} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &swapped{&lifecycle.MemStore{}}
				w := newWorld(t, s).live()
				backup := newWorld(t, &lifecycle.MemStore{}).live()
				c := w.checker(set)
				defer c.Close()
				w.seat(user(3), true)
				catchUp(t, c)
				if !w.asks(c, user(3)) {
					t.Fatal("not licensed")
				}
				s.Store = backup.store
				catchUp(t, c)
				if w.asks(c, user(3)) {
					t.Error("licensed by what the store had before it was restored")
				}
				backup.seat(user(3), true)
				catchUp(t, c)
				w.agrees(c)
			})
		})
	}
}

// Who asks waits for nobody, and sees a user licensed or not, never anything between,
// while seats come and go.
func TestD8CheckersBesideAWriter(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	w.seat(user(3), true)
	c := w.checker()
	defer c.Close()
	var asking sync.WaitGroup
	var done atomic.Bool
	for range 4 {
		asking.Go(func() {
			h, err := c.Handle(t.Context(), org1.ID, seatPackage, user(3))
			for !done.Load() {
				all, allErr := c.CheckUsers(t.Context(), org1.ID, seatPackage, []seats.UserID{user(3), user(4)})
				// Of the two exactly one holds the seat that is transferred.
				if err != nil || allErr != nil || all[0].Licensed() == all[1].Licensed() {
					t.Errorf("%v, %v, %v", all, err, allErr)
					return
				}
				h.IsLicensed(epoch)
			}
		})
	}
	for range 100 {
		w.must(lifecycle.Transfer{License: 3, From: user(3), To: user(4)})
		catchUp(t, c)
		w.must(lifecycle.Transfer{License: 3, From: user(4), To: user(3)})
		catchUp(t, c)
	}
	done.Store(true)
	asking.Wait()
}

// A check of what was read allocates nothing.
func TestChecksAllocateNothing(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	w.seat(user(3), true)
	c := w.checker()
	defer c.Close()
	ctx := t.Context()
	h, err := c.Handle(ctx, org1.ID, seatPackage, user(3))
	if err != nil {
		t.Fatal(err)
	}
	minute := lifecycle.StaleUpTo(time.Minute)
	nobody := pkgversion.MustOrgID("nobody")
	for name, check := range map[string]func(){
		"Check":                  func() { _, _ = c.Check(ctx, org1.ID, seatPackage, user3) },
		"IsLicensed":             func() { c.IsLicensed(ctx, org1.ID, seatPackage, user3) },
		"CheckAt":                func() { _, _ = c.CheckAt(epoch, org1.ID, seatPackage, user3) },
		"CheckAt, stale":         func() { _, _ = c.CheckAt(epoch, org1.ID, seatPackage, user3, minute) },
		"CheckAt, no license":    func() { _, _ = c.CheckAt(epoch, nobody, seatPackage, user3) },
		"IsLicensedAt":           func() { c.IsLicensedAt(epoch, org1.ID, seatPackage, user3) },
		"IsLicensedAt, too late": func() { c.IsLicensedAt(epoch.AddDate(1, 0, 0), org1.ID, seatPackage, user3) },
		"Handle.Check":           func() { _, _ = h.Check(epoch) },
		"Handle.Check, stale":    func() { _, _ = h.Check(epoch, minute) },
		"Handle.IsLicensed":      func() { h.IsLicensed(epoch) },
	} {
		if n := testing.AllocsPerRun(100, check); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

var user3 = user(3)

func TestNewCheckerRefuses(t *testing.T) {
	w, s := onUnsteady(t)
	good := lifecycle.CheckerConfig{Manager: w.Manager, Actor: w.a}
	for field, spoil := range map[string]func(*lifecycle.CheckerConfig){
		"config manager": func(c *lifecycle.CheckerConfig) { c.Manager = nil },
		"maximum age":    func(c *lifecycle.CheckerConfig) { c.MaxAge = -1 },
		"actor's vendor": func(c *lifecycle.CheckerConfig) { c.Actor = lifecycle.Actor{} },
	} {
		config := good
		spoil(&config)
		_, err := lifecycle.NewChecker(t.Context(), config)
		if refused, ok := errors.AsType[*lifecycle.FieldError](err); !ok || refused.Field != field {
			t.Errorf("NewChecker without a good %s = %v", field, err)
		}
	}
	s.broken.Store(true)
	if _, err := lifecycle.NewChecker(t.Context(), good); !errors.Is(err, errBroken) {
		t.Errorf("NewChecker on a broken store = %v", err)
	}
}

// Another vendor's licenses are not there.
func TestCheckerKeepsVendorsApart(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	w.a = vendorB
	c := w.checker()
	defer c.Close()
	_, err := c.Check(t.Context(), org1.ID, seatPackage, user(1))
	if diff := cmp.Diff(&lifecycle.NotFoundError{Kind: "package", ID: seatPackage.String()}, err); diff != "" {
		t.Errorf("Check of another vendor's package (-want +got):\n%s", diff)
	}
}

// D7: what a vendor grants beyond the terms is followed too.
func TestD7CheckerFollowsPolicies(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	c := w.checker()
	defer c.Close()
	w.seat(user(3), true)
	terms := w.license(3).Terms
	terms.Expiration = license.LastDay(license.DateOf(w.clock))
	w.must(lifecycle.Modify{License: 3, Terms: terms, Revision: w.license(3).Revision})
	w.must(w.uninstalled(1, org1, seatPackage))
	w.clock = w.clock.AddDate(0, 0, 7)
	for _, days := range []int{5, 8, 3, 9} {
		r := w.registration(seatPackage)
		r.Policy.GraceDays = days
		w.must(lifecycle.ChangePackage{Registration: r})
		catchUp(t, c)
		if got := w.asks(c, user(3)); got != (days > 7) {
			t.Errorf("seven days after the last one, with a grace of %d: licensed %t", days, got)
		}
	}
}
