package lifecycle_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/storetest"
)

// E10, E2, P9: what is removed is not needed by any question of since, by a replay, by a
// consumer or by Verify.
func TestE10RetentionOnMemStore(t *testing.T) {
	storetest.Retention(t, func() (lifecycle.Store, func()) { return &lifecycle.MemStore{}, func() {} },
		func(s lifecycle.Store) []string { return s.(*lifecycle.MemStore).Dump() })
}

// An instant that is none or yet to come is refused; who may not remove is denied; and
// consumers can be moved and forgotten by those who are there.
func TestRetainAndConsumersRefuse(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	if err := w.Consume(t.Context(), w.a, "a", func(context.Context, lifecycle.Event) error { return nil }); err != nil {
		t.Fatal(err)
	}
	before := w.dump()
	for _, since := range []time.Time{{}, w.clock.Add(time.Second)} {
		if n, err := w.Retain(t.Context(), w.a, since); n != 0 || !isFieldError(err) {
			t.Errorf("Retain(%v) = %d, %v, want a *FieldError", since, n, err)
		}
	}
	bound := w.a
	bound.Org = org1.ID
	if _, err := w.Retain(t.Context(), bound, w.clock); err == nil {
		t.Error("an org removes events")
	}
	for _, name := range []string{"b", "", "alerts/day/x"} {
		moved, forgotten := w.MoveConsumer(t.Context(), w.a, name, 0), w.ForgetConsumer(t.Context(), w.a, name)
		for _, err := range []error{moved, forgotten} {
			if _, ok := err.(*lifecycle.NotFoundError); !ok {
				t.Errorf("of %q: %v, want a *NotFoundError", name, err)
			}
		}
	}
	for _, seq := range []int64{-1, 1 << 40} {
		if err := w.MoveConsumer(t.Context(), w.a, "a", seq); !isFieldError(err) {
			t.Errorf("MoveConsumer to %d = %v, want a *FieldError", seq, err)
		}
	}
	w.unchanged(before, "what was refused")
	if err := w.MoveConsumer(t.Context(), w.a, "a", 2); err != nil {
		t.Fatal(err)
	}
	all, err := w.Consumers(t.Context(), w.a)
	if end := int64(len(w.events())); err != nil || len(all) != 1 || all[0] != (lifecycle.Consumer{Name: "a", Seq: 2, Behind: end - 2}) {
		t.Errorf("Consumers = %+v, %v", all, err)
	}
	if err := w.ForgetConsumer(t.Context(), w.a, "a"); err != nil {
		t.Fatal(err)
	}
	if all, err := w.Consumers(t.Context(), w.a); err != nil || len(all) != 0 {
		t.Errorf("Consumers after ForgetConsumer = %+v, %v", all, err)
	}
}

// E10: what stands on two pages of the feed is removed like what stands on one, the same
// in one go as after a stop between two pages.
func TestE10RetainAcrossPages(t *testing.T) {
	for _, n := range []int{499, 500, 501, 1001} {
		for _, stops := range []bool{false, true} {
			store := &faulty{Store: &lifecycle.MemStore{}}
			w := newWorld(t, store).stock()
			w.install(1, org1, seatPackage, jane)
			modified := n - len(w.events())
			for i := range modified {
				w.setTerms(1, func(terms *license.Terms) { terms.Seats = license.MustSeats(4 + i%2) })
			}
			w.clock = w.clock.Add(time.Second)
			if stops {
				failing := store.updates + 2
				store.commit = func(update int, commit func() error) error {
					if update == failing {
						return errBroken
					}
					return commit()
				}
			}
			removed, err := w.Retain(t.Context(), w.a, w.clock)
			if store.commit = nil; stops {
				again, errAgain := w.Retain(t.Context(), w.a, w.clock)
				if n >= 500 && !errors.Is(err, errBroken) { // exactly 500 are a page that can have another after it
					t.Errorf("of %d events: Retain = %d, %v, want to be stopped", n, removed, err)
				}
				removed, err = removed+again, errAgain
			}
			if want := modified - 1; err != nil || removed != want { // the last says what all before it do
				t.Errorf("of %d events, stops %t: Retain = %d, %v, want %d", n, stops, removed, err, want)
			}
			left := w.events()
			kept, ok := left[len(left)-1].Change.(lifecycle.Retained)
			if !ok || kept.Removed != int64(removed) || kept.Through != int64(n-1) || !kept.Since.Equal(w.clock) {
				t.Errorf("of %d events, stops %t: it recorded %+v", n, stops, kept)
			}
			if found, err := lifecycle.Verify(t.Context(), store, w.a.Vendor); err != nil || len(found) > 0 {
				t.Errorf("of %d events, stops %t: Verify = %v, %v", n, stops, found, err)
			}
		}
	}
}
