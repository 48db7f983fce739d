package drivertest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// seatDone is what was done with the seat of a user, or said about it.
type seatDone struct {
	user int
	what string // "assign", "revoke" or "check"
	said bool   // of a check
}

// seatModel is one seat after the other: the users of a license that has enough for all do
// not depend on each other.
var seatModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) (of [][]porcupine.Operation) {
		byUser := map[int]int{}
		for _, op := range history {
			user := op.Input.(seatDone).user
			if _, known := byUser[user]; !known {
				byUser[user] = len(of)
				of = append(of, nil)
			}
			of[byUser[user]] = append(of[byUser[user]], op)
		}
		return of
	},
	Init: func() any { return false },
	Step: func(state, input, _ any) (bool, any) {
		switch did := input.(seatDone); did.what {
		case "check":
			return did.said == state.(bool), state
		default:
			return true, did.what == "assign"
		}
	},
}

// checkerHistory is one at work.
type checkerHistory struct {
	t       *testing.T
	began   time.Time
	manager *lifecycle.Manager
	checker *lifecycle.Checker

	mu  sync.Mutex
	ops []porcupine.Operation
}

const checkerUsers = 6

// D7: whatever is assigned and revoked at once, each answer of a Checker was true at an instant
// between when it says that it knew all, and when it was given; and that is within its
// bound.
func TestD7CheckerHistories(t *testing.T) {
	stores := map[string]func(*testing.T) lifecycle.Store{
		"memory": func(*testing.T) lifecycle.Store { return &lifecycle.MemStore{} },
		"SQLite": func(t *testing.T) lifecycle.Store {
			return openStore(t, openDB(t, sqliteDrivers[0], newFile(t)), sqlstore.Config{})
		},
	}
	for name, open := range stores {
		for _, bell := range []lifecycle.Bell{nil, &lifecycle.LocalBell{}} {
			t.Run(name, func(t *testing.T) { runCheckerHistory(t, open(t), bell) })
		}
	}
}

func runCheckerHistory(t *testing.T, store lifecycle.Store, bell lifecycle.Bell) {
	ctx := t.Context()
	m, err := lifecycle.New(lifecycle.Config{Store: store, Bell: bell})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.RegisterPackage(ctx, actor, lifecycle.Registration{Package: pkgversion.Package{ID: pkgversion.MustPackageID("package")},
		Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(1)}})
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, store, newLicense(1, license.MaxSeats))
	checker, err := lifecycle.NewChecker(ctx, lifecycle.CheckerConfig{Manager: m, Actor: actor})
	if err != nil {
		t.Fatal(err)
	}
	defer checker.Close()
	// The time of the machine orders what several goroutines saw; no rule looks at it.
	h := &checkerHistory{t: t, began: time.Now(), manager: m, checker: checker}
	var writers, askers sync.WaitGroup
	done := make(chan struct{})
	for n := range 4 {
		writers.Go(func() { h.write(ctx, n) })
	}
	for n := range 3 {
		askers.Go(func() { h.ask(ctx, n, done) })
	}
	writers.Wait()
	close(done)
	askers.Wait()
	if err := checker.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	for u := range checkerUsers {
		h.check(ctx, 0, u)
	}
	if got := porcupine.CheckOperationsTimeout(seatModel, h.ops, time.Minute); got != porcupine.Ok {
		t.Errorf("%d assigns, revocations and answers: %v", len(h.ops), got)
	}
}

func (h *checkerHistory) write(ctx context.Context, client int) {
	rng := rand.New(rand.NewPCG(1, uint64(client)))
	for range 60 {
		u, call := rng.IntN(checkerUsers), time.Since(h.began)
		did := seatDone{user: u, what: "revoke"}
		var err error
		if rng.IntN(2) == 0 {
			did.what = "assign"
			_, err = h.manager.Assign(ctx, actor, lifecycle.Assign{License: 1, Users: []seats.UserID{user(u)}})
		} else {
			_, err = h.manager.Revoke(ctx, actor, lifecycle.Revoke{License: 1, Users: []seats.UserID{user(u)}})
		}
		if err != nil {
			h.t.Errorf("%s = %v", did.what, err)
		}
		h.note(client, call, did)
	}
}

// ask asks while others write, but not for ever.
func (h *checkerHistory) ask(ctx context.Context, client int, done <-chan struct{}) {
	rng := rand.New(rand.NewPCG(2, uint64(client)))
	for range 1000 {
		select {
		case <-done:
			return
		default:
		}
		h.check(ctx, client, rng.IntN(checkerUsers))
		if rng.IntN(4) == 0 {
			if err := h.checker.CatchUp(ctx); err != nil {
				h.t.Errorf("CatchUp = %v", err)
			}
		}
	}
}

// check asks about a user. The answer is as if it was given at any time since all was
// known.
func (h *checkerHistory) check(ctx context.Context, client, u int) {
	before := time.Now() // the Checker's own clock, which says since when it knows
	answer, err := h.checker.Check(ctx, pkgversion.MustOrgID("org"), pkgversion.MustPackageID("package"), user(u))
	if unknown := (*lifecycle.CannotKnowError)(nil); errors.As(err, &unknown) {
		return // the machine is slow: that is no answer
	}
	if err != nil || answer.Stale || before.Sub(answer.KnownAt) > lifecycle.DefaultMaxAge {
		h.t.Errorf("Check = %+v, %v, asked at %v", answer, err, before)
	}
	h.note(client, answer.KnownAt.Sub(h.began), seatDone{user: u, what: "check", said: answer.Licensed()})
}

func (h *checkerHistory) note(client int, call time.Duration, did seatDone) {
	end := time.Since(h.began)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: did, Call: int64(call), Return: int64(end)})
}
