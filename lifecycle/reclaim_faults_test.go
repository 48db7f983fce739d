package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

func nobodyLoggedIn(seats.UserID) lifecycle.Person { return lifecycle.Person{} }

// planIdle plans for a world of which nobody ever logged in.
func (w *world) planIdle() reclaim.Plan {
	w.Helper()
	plan, err := w.PlanLicense(context.Background(), w.a, 1, reclaim.DefaultPolicy(), nobodyLoggedIn)
	if err != nil {
		w.Fatalf("PlanLicense = %v", err)
	}
	return plan
}

func (w *world) applyPlan(plan reclaim.Plan) reclaim.Tally {
	w.Helper()
	tally, err := w.ApplyPlan(context.Background(), w.a, slices.Values(plan.Moves), nobodyLoggedIn)
	if err != nil {
		w.Fatalf("ApplyPlan = %v", err)
	}
	return tally
}

// Each run of an idle seat applies once: again it changes nothing, and what was done
// is counted as done, the seats that were freed as well.
func TestReclaimAgainIsAlreadyApplied(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.install(1, sandbox, seatPackage, jane)
	w.must(lifecycle.Assign{License: 1, Users: users(1, 2, 3)})
	w.clock = w.clock.AddDate(0, 0, 65)
	for _, stage := range []reclaim.Stage{reclaim.FirstWarning, reclaim.FinalNotice, reclaim.Deactivated} {
		before := w.dump()
		plan := w.planIdle()
		w.unchanged(before, "planning")
		if tally := w.applyPlan(plan); tally.Of(reclaim.Applied) != 3 || len(plan.Moves) != 3 || plan.Moves[0].To != stage {
			t.Fatalf("%d applied of %+v, want 3 to %v", tally.Of(reclaim.Applied), plan.Moves, stage)
		}
		before = w.dump()
		if tally := w.applyPlan(plan); tally.Of(reclaim.AlreadyApplied) != 3 {
			t.Errorf("to %v again: %v, want 3 already applied", stage, tally)
		}
		w.unchanged(before, "applying a plan again")
		w.clock = w.clock.AddDate(0, 0, 15)
	}
	if l := w.license(1); l.Holders != 0 {
		t.Errorf("%d seats are held", l.Holders)
	}
}

// P3: a run that the store stops in the middle tells what was committed, and goes on
// from the start: everything happens once.
func TestReclaimGoesOnAfterAFailure(t *testing.T) {
	mem := &lifecycle.MemStore{}
	live := newWorld(t, mem).stock()
	live.install(1, sandbox, seatPackage, jane)
	for n := range 250 {
		live.must(lifecycle.Assign{License: 1, Users: users(n + 1)})
	}
	for _, days := range []int{65, 15, 15} {
		live.clock = live.clock.AddDate(0, 0, days)
		if days != 15 || live.clock.Before(epoch.AddDate(0, 0, 90)) {
			live.applyPlan(live.planIdle())
		}
	}
	plan := live.planIdle()
	s := &faulty{Store: mem}
	w := newWorld(t, s)
	w.clock = live.clock
	s.commit = func(update int, commit func() error) error {
		if update == 2 {
			return errBroken
		}
		return commit()
	}
	tally, err := w.ApplyPlan(t.Context(), w.a, slices.Values(plan.Moves), nobodyLoggedIn)
	done := 250 - w.license(1).Holders
	if !errors.Is(err, errBroken) || tally.Of(reclaim.Applied) != done || done == 0 || done == 250 {
		t.Errorf("ApplyPlan = %v, %v, with %d done", tally, err, done)
	}
	tally = w.applyPlan(plan)
	if tally.Of(reclaim.Applied) != 250-done || tally.Of(reclaim.AlreadyApplied) != done || w.license(1).Holders != 0 {
		t.Errorf("again: %v, %d held", tally, w.license(1).Holders)
	}
}
