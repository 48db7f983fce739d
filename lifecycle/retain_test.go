package lifecycle_test

import (
	"context"
	"testing"
	"time"

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
