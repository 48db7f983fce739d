package storetest

import (
	"context"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
)

// numberAll numbers what is not numbered yet.
func (s *suite) numberAll() {
	s.Helper()
	for view(s, func(ctx context.Context, r lifecycle.Reader) (bool, error) { return r.Unnumbered(ctx, vendor) }) {
		err := s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
			_, err := tx.Number(ctx, vendor, 3)
			return err
		})
		if err != nil {
			s.Fatalf("Number = %v", err)
		}
	}
}

func (s *suite) feed(after int64, limit int) []lifecycle.Event {
	s.Helper()
	return view(s, func(ctx context.Context, r lifecycle.Reader) ([]lifecycle.Event, error) {
		return r.Feed(ctx, vendor, after, limit)
	})
}

func warned(id license.ID) lifecycle.Append { return event(lifecycle.Warned{License: id, What: "w"}) }

// E3: positions of a stream have no gaps, the feed rises, and pages of it join.
func eventsInOrder(s *suite) {
	s.mustWrite(warned(1), warned(2), warned(1))
	s.mustWrite(warned(2), warned(1))
	s.numberAll()
	all := s.feed(0, 100)
	if len(all) != 5 {
		s.Fatalf("Feed has %d events, want 5", len(all))
	}
	positions := map[lifecycle.Stream]int64{}
	last := int64(0)
	for _, e := range all {
		if e.Seq <= last {
			s.Errorf("Seq %d after %d", e.Seq, last)
		}
		last = e.Seq
		if positions[e.Stream]++; e.Position != positions[e.Stream] {
			s.Errorf("%v: position %d, want %d", e.Stream, e.Position, positions[e.Stream])
		}
		if e.Vendor != vendor {
			s.Errorf("Vendor = %v, want %v", e.Vendor, vendor)
		}
	}
	same(s, "pages of the feed", slices.Concat(s.feed(0, 2), s.feed(all[1].Seq, 100)), all)
	same(s, "after the last", len(s.feed(last, 100)), 0)
	stream := all[0].Stream
	history := view(s, func(ctx context.Context, r lifecycle.Reader) ([]lifecycle.Event, error) {
		return r.History(ctx, vendor, stream, 1, 1)
	})
	if len(history) != 1 || history[0].Position != 2 || history[0].Stream != stream {
		s.Errorf("History after position 1, at most 1 = %v", history)
	}
}

// Every kind of change comes back as it was appended.
func everyChangeSurvives(s *suite) {
	for _, c := range everyChange() {
		s.mustWrite(event(c))
	}
	s.numberAll()
	events := s.feed(0, 100)
	if len(events) != len(everyChange()) {
		s.Fatalf("Feed has %d events, want %d", len(events), len(everyChange()))
	}
	for i, c := range everyChange() {
		want := event(c).Event
		want.Vendor, want.Position, want.Seq = vendor, events[i].Position, events[i].Seq
		if diff := cmp.Diff(want, events[i], cmpopts.EquateEmpty()); diff != "" {
			s.Errorf("%T (-want +got):\n%s", c, diff)
		}
	}
}

// The end of the feed is the Seq of its last event.
func feedEnd(s *suite) {
	s.mustWrite(warned(1), warned(2), warned(1))
	s.numberAll()
	all := s.feed(0, 10)
	same(s, "FeedEnd", view(s, func(ctx context.Context, r lifecycle.Reader) (int64, error) { return r.FeedEnd(ctx, vendor) }), all[len(all)-1].Seq)
}

// A cursor is what was put last, each name its own.
func cursors(s *suite) {
	s.mustWrite(lifecycle.PutCursor{Name: "a", Seq: 5}, lifecycle.PutCursor{Name: odd, Seq: 1 << 60})
	s.mustWrite(lifecycle.PutCursor{Name: "a", Seq: 4})
	for name, want := range map[string]int64{"a": 4, odd: 1 << 60, "A": 0} {
		got := view(s, func(ctx context.Context, r lifecycle.Reader) (int64, error) { return r.Cursor(ctx, vendor, name) })
		same(s, "Cursor "+name, got, want)
	}
}

// Restore keeps an event at its place, above those that are there; what is appended
// follows on it.
func guardRestore(s *suite) {
	at := func(position, seq int64) lifecycle.Restore {
		e := warned(1).Event
		e.Position, e.Seq = position, seq
		return lifecycle.Restore{Event: e}
	}
	s.mustWrite(at(2, 7), at(5, 9))
	s.mustConflict("a position that is taken", at(5, 20))
	s.mustConflict("a position that is passed", at(3, 20))
	s.mustConflict("a number that is taken", at(6, 9))
	s.mustConflict("a number that is passed", at(6, 8))
	s.mustWrite(at(6, 0), warned(1))
	s.numberAll()
	var got [][2]int64
	for _, e := range s.feed(0, 100) {
		got = append(got, [2]int64{e.Position, e.Seq})
	}
	same(s, "positions and numbers", got, [][2]int64{{2, 7}, {5, 9}, {6, 10}, {7, 11}})
}
