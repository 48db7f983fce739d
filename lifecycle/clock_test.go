package lifecycle_test

import (
	"errors"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
)

// T5: a clock that is set back revives nothing: neither a decision, nor what is
// shown, nor what may be done.
func TestT5ClockSetBackRevivesNothing(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	l := w.install(1, org1, trialPackage, jane)
	w.must(lifecycle.Assign{License: 1, Users: users(1)})
	last, _ := l.Terms.Expiration.LastDay()
	w.clock = last.Start().Add(25 * time.Hour)
	w.must(lifecycle.Revoke{License: 1, Users: users(1, 2)}) // a commit, after the end
	refused[*lifecycle.NotAssignableError](w, lifecycle.Assign{License: 1, Users: users(1)})

	for _, back := range []time.Time{epoch, epoch.AddDate(-30, 0, 0), {}} {
		w.clock = back
		d, err := w.Check(t.Context(), w.a, org1.ID, trialPackage, user(2))
		if err != nil || !d.Causes.Has(license.DeniedExpired) {
			t.Errorf("Check with the clock at %v = %v, %v, want expired", back, d, err)
		}
		if now, err := w.Now(t.Context(), w.a); err != nil || !now.Equal(last.Start().Add(25*time.Hour)) {
			t.Errorf("Now with the clock at %v = %v, %v", back, now, err)
		}
		refused[*lifecycle.NotAssignableError](w, lifecycle.Assign{License: 1, Users: users(1)})
		terms := l.Terms
		terms.Seats = license.MustSeats(9)
		got, err := w.Modify(t.Context(), w.a, lifecycle.Modify{License: 1, Terms: terms, Revision: w.license(1).Revision})
		if err != nil || !got.ChangedAt.Equal(last.Start().Add(25*time.Hour)) {
			t.Errorf("Modify with the clock at %v = changed at %v, %v", back, got.ChangedAt, err)
		}
	}
	events := w.events()
	for i := range events[1:] {
		if events[i+1].At.Before(events[i].At) {
			t.Fatalf("event %d is of %v, the one before of %v", i+1, events[i+1].At, events[i].At)
		}
	}
}

// T5: the table of transitions is asked of the latest day too: what has expired
// goes back to Trial, where it was never active, and from Expired only.
func TestT5ModifyUsesTheLatestDay(t *testing.T) {
	strict := license.RecordTypeTransitions // has no way from Trial to Suspended, but one from Expired
	w := newWorld(t, &lifecycle.MemStore{}, func(c *lifecycle.Config) { c.Rules.License.Transitions = strict }).stock()
	l := w.install(1, org1, trialPackage, jane)
	suspended := l.Terms
	suspended.Status = license.Suspended
	refused[*license.TransitionError](w, lifecycle.Modify{License: 1, Terms: suspended, Revision: l.Revision})
	w.clock = epoch.AddDate(0, 0, trialDays+1)
	w.install(2, org2, trialPackage, jane)
	w.clock = epoch
	w.must(lifecycle.Modify{License: 1, Terms: suspended, Revision: l.Revision})
}

// T6: a jump ahead beyond the bound is refused, and poisons nothing, until the
// clock is confirmed; reading is not refused.
func TestT6JumpAheadNeedsConfirming(t *testing.T) {
	const bound = 24 * time.Hour
	w := newWorld(t, &lifecycle.MemStore{}, func(c *lifecycle.Config) { c.MaxClockJump = bound }).stock()
	l := w.install(1, org1, seatPackage, jane)
	w.clock = epoch.Add(bound)
	w.must(lifecycle.Assign{License: 1, Users: users(1)})

	w.clock = w.clock.Add(bound + time.Microsecond)
	err := refused[*lifecycle.ClockError](w, lifecycle.Assign{License: 1, Users: users(2)})
	if !err.Now.Equal(w.clock) || !err.Highest.Equal(epoch.Add(bound)) || err.Bound != bound {
		t.Errorf("the error is %+v", err)
	}
	refused[*lifecycle.ClockError](w, w.installed(2, org1, seatPackage, jane))
	before := w.dump()
	w.must(lifecycle.Assign{License: 1, Users: users(1)}) // holds already
	w.unchanged(before, "asking for what holds, at a wrong clock,")
	if _, err := w.Check(t.Context(), w.a, org1.ID, seatPackage, user(1)); err != nil {
		t.Errorf("Check at a clock that is not confirmed = %v", err)
	}

	if err := w.ConfirmClock(t.Context(), w.a); err != nil {
		t.Fatalf("ConfirmClock = %v", err)
	}
	w.must(lifecycle.Assign{License: 1, Users: users(2)})
	events := w.events()
	if c, ok := events[len(events)-2].Change.(lifecycle.ClockConfirmed); !ok || !c.At.Equal(w.clock) {
		t.Errorf("the confirmation is recorded as %+v", events[len(events)-2])
	}
	if l2 := w.install(2, org1, seatPackage, jane); l2.ID != l.ID+1 {
		t.Errorf("the number after a refused installation is %v, want no gap after %v", l2.ID, l.ID)
	}

	// The way out: a wrong clock that was believed is taken back.
	w.clock = epoch.Add(bound)
	if err := w.ConfirmClock(t.Context(), w.a); err != nil {
		t.Fatalf("ConfirmClock = %v", err)
	}
	if now, err := w.Now(t.Context(), w.a); err != nil || !now.Equal(w.clock) {
		t.Errorf("Now after the clock was taken back = %v, %v", now, err)
	}
}

// T6: a bound below zero is none; by default it is 366 days; the first commit has
// none.
func TestT6Bounds(t *testing.T) {
	for _, test := range []struct {
		bound time.Duration
		jump  time.Duration
		ok    bool
	}{{-1, 200 * 366 * 24 * time.Hour, true}, {0, 366 * 24 * time.Hour, true}, {0, 366*24*time.Hour + time.Second, false}, {time.Second, 2 * time.Second, false}} {
		w := newWorld(t, &lifecycle.MemStore{}, func(c *lifecycle.Config) { c.MaxClockJump = test.bound }).stock()
		w.clock = w.clock.Add(test.jump)
		err := w.run(w.installed(1, org1, seatPackage, jane))
		if _, is := errors.AsType[*lifecycle.ClockError](err); is == test.ok || err != nil && !is {
			t.Errorf("bound %v, jump %v: %v, want success: %t", test.bound, test.jump, err, test.ok)
		}
	}
}

// T8: instants are kept in UTC and whole microseconds, whatever they were given in.
func TestT8InstantsAreKeptInMicroseconds(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	odd := time.Date(2026, 1, 10, 1, 2, 3, 456_789_999, time.FixedZone("", -4*3600))
	want := time.Date(2026, 1, 10, 5, 2, 3, 456_789_000, time.UTC)
	w.clock = odd
	n := w.installed(1, org1, seatPackage, jane)
	w.must(n)
	w.must(lifecycle.Assign{License: 1, Users: users(1)})
	l := w.license(1)
	org, _ := w.Org(t.Context(), w.a, org1.ID)
	holders := collect(w, w.Holders(t.Context(), w.a, 1))
	instants := []time.Time{l.InstalledAt, l.UpgradedAt, l.ChangedAt, w.lead(l.Lead).CreatedAt, org.AsOf, holders[0].AssignedAt}
	for _, e := range w.events() {
		if e.At != want && e.At != epoch {
			t.Errorf("event %d is of %v", e.Seq, e.At)
		}
	}
	imported := l
	imported.ID, imported.Installation, imported.Observed.AsOf = 9, installation(9), odd
	imported.InstalledAt, imported.UpgradedAt = odd, odd
	w.must(lifecycle.ImportLicense{License: imported, Org: org1, AsOf: odd})
	w.must(lifecycle.ImportSeat{Installation: installation(9), User: user(1), AssignedAt: odd})
	got := w.license(9)
	holders = collect(w, w.Holders(t.Context(), w.a, 9))
	for i, at := range append(instants, got.InstalledAt, got.UpgradedAt, got.Observed.AsOf, holders[0].AssignedAt) {
		if i < 6 && at == epoch { // the clock does not go back
			continue
		}
		if at != want {
			t.Errorf("instant %d is kept as %v, want %v", i, at, want)
		}
	}
}

// T9: events of one instant have a fixed order, that of their positions.
func TestT9EqualTimesHaveAnOrder(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	positions := map[lifecycle.Stream]int64{}
	var seq int64
	for _, e := range w.events() {
		if e.Seq <= seq || e.Position != positions[e.Stream]+1 {
			t.Fatalf("event %+v after Seq %d and position %d", e, seq, positions[e.Stream])
		}
		seq, positions[e.Stream] = e.Seq, e.Position
	}
}
