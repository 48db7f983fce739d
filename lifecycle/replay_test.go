package lifecycle_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/storetest"
)

// E2, E8: replaying the events of a store into an empty one makes the same, and at every
// prefix of the log what was assigned less what was revoked is what is used.
func TestE2_E8ReplayOnMemStore(t *testing.T) {
	storetest.Replay(t, func() (lifecycle.Store, func()) { return &lifecycle.MemStore{}, func() {} },
		func(s lifecycle.Store) []string { return s.(*lifecycle.MemStore).Dump() })
}

// Every change that an event records can be replayed.
func TestE2EveryChangeCanBeReplayed(t *testing.T) {
	for _, kind := range lifecycle.Kinds() {
		c, err := lifecycle.DecodeChange(kind, []byte("{}"))
		if err != nil || !lifecycle.CanReplay(c) {
			t.Errorf("a change of the kind %q has no case in replay.go (%v)", kind, err)
		}
	}
}

// What everything that can happen leaves behind is replayed, vendors mixed.
func TestE2ReplayOfSeveralVendors(t *testing.T) {
	for i := range len(newWorld(t, &lifecycle.MemStore{}).live().everyCommand()) {
		from, into := &lifecycle.MemStore{}, &lifecycle.MemStore{}
		a, b := newWorld(t, from).live(), newWorld(t, from)
		b.a = vendorB
		b.live()
		a.must(a.everyCommand()[i])
		both := a.events()
		for j, e := range b.events() {
			both = append(both[:2*j:2*j], append([]lifecycle.Event{e}, both[2*j:]...)...)
		}
		if err := lifecycle.Replay(t.Context(), into, sequence(both, nil)); err != nil {
			t.Fatalf("Replay = %v", err)
		}
		if diff := cmp.Diff(from.Dump(), into.Dump()); diff != "" {
			t.Fatalf("after %s (-there +replayed):\n%s", brief(a.everyCommand()[i]), diff)
		}
	}
}

// What does not follow is refused and named; what the sequence yields as an error ends
// the replay, and going on from the start completes it.
func TestReplayRefusesAndResumes(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	all := w.events()
	into := &lifecycle.MemStore{}
	if err := lifecycle.Replay(t.Context(), into, sequence(all[:30], errBroken)); !errors.Is(err, errBroken) {
		t.Errorf("Replay of a broken sequence = %v", err)
	}
	failing := func(events ...lifecycle.Event) {
		t.Helper()
		before := into.Dump()
		err := lifecycle.Replay(t.Context(), into, sequence(events, nil))
		if _, ok := errors.AsType[*lifecycle.ReplayError](err); !ok || !isOneLine(err) {
			t.Errorf("Replay = %v, want a *ReplayError", err)
		}
		if diff := cmp.Diff(before, into.Dump()); diff != "" {
			t.Errorf("it changed the store (-before +after):\n%s", diff)
		}
	}
	if err := lifecycle.Replay(t.Context(), into, sequence(all, nil)); err != nil {
		t.Fatalf("Replay from the start = %v", err)
	}
	if diff := cmp.Diff(w.store.(*lifecycle.MemStore).Dump(), into.Dump()); diff != "" {
		t.Errorf("after going on (-there +replayed):\n%s", diff)
	}
	forged := all[0]
	forged.Why = "something else"
	failing(forged)
	later := all[len(all)-1]
	later.Position += 5
	later.Seq += 5
	later.Change = lifecycle.SeatsAssigned{License: 99, Users: users(1)}
	failing(later)
	later.Stream = lifecycle.StreamOf(later.Change)
	failing(later)
	later.Change = nil
	failing(later)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := lifecycle.Replay(cancelled, into, sequence(all, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("Replay with a cancelled context = %v", err)
	}
}

func sequence(events []lifecycle.Event, err error) func(func(lifecycle.Event, error) bool) {
	return func(yield func(lifecycle.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(lifecycle.Event{}, err)
		}
	}
}
