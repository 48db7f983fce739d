package storetest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
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
	all := func(ctx context.Context, r lifecycle.Reader) (map[string]int64, error) { return r.Cursors(ctx, vendor) }
	same(s, "Cursors", view(s, all), map[string]int64{"a": 4, odd: 1 << 60})
	s.mustWrite(lifecycle.DropCursor{Name: "a"}, lifecycle.DropCursor{Name: "nobody"})
	same(s, "Cursors", view(s, all), map[string]int64{odd: 1 << 60})
}

// An event is dropped only where a later one of its kind says it again, and leaves the
// places of the others as they are, the end of the feed too.
func guardDropEvent(s *suite) {
	s.mustWrite(warned(1), warned(1), warned(2), event(lifecycle.DriftEnded{License: 1}), warned(1), warned(1))
	s.numberAll()
	before := s.feed(0, 100)
	drop := lifecycle.DropEvent{Stream: before[0].Stream, Kind: lifecycle.KindOf(lifecycle.Warned{}), Position: 2, Later: 5}
	with := func(change func(*lifecycle.DropEvent)) lifecycle.DropEvent {
		d := drop
		change(&d)
		return d
	}
	s.mustConflict("the first of its stream", with(func(d *lifecycle.DropEvent) { d.Position = 1 }))
	s.mustConflict("nothing is there", with(func(d *lifecycle.DropEvent) { d.Position, d.Later = 7, 8 }))
	s.mustConflict("it is of another kind", with(func(d *lifecycle.DropEvent) { d.Position = 3 }))
	s.mustConflict("the later one is of another kind", with(func(d *lifecycle.DropEvent) { d.Later = 3 }))
	s.mustConflict("the later one is not there", with(func(d *lifecycle.DropEvent) { d.Later = 9 }))
	s.mustConflict("the later one is earlier", with(func(d *lifecycle.DropEvent) { d.Position, d.Later = 4, 2 }))
	s.mustConflict("the later one is the same", with(func(d *lifecycle.DropEvent) { d.Later = 2 }))
	s.mustConflict("the stream is another", with(func(d *lifecycle.DropEvent) { d.Stream = before[2].Stream }))
	same(s, "after conflicts", s.feed(0, 100), before)
	failed := s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
		if err := tx.Write(ctx, vendor, drop, warned(1)); err != nil {
			return err
		}
		return errAgain
	})
	if !errors.Is(failed, errAgain) {
		s.Errorf("Update = %v", failed)
	}
	same(s, "after it was taken back", s.feed(0, 100), before)
	s.mustWrite(drop)
	s.mustConflict("it is gone", drop)
	same(s, "the feed", s.feed(0, 100), slices.Delete(slices.Clone(before), 1, 2))
	history := func() []lifecycle.Event {
		return view(s, func(ctx context.Context, r lifecycle.Reader) ([]lifecycle.Event, error) {
			return r.History(ctx, vendor, before[0].Stream, 0, 100)
		})
	}
	same(s, "the stream", history(), []lifecycle.Event{before[0], before[3], before[4], before[5]})
	s.mustWrite(warned(1))
	s.numberAll()
	last := history()[4]
	same(s, "place of the next", [2]int64{last.Position, last.Seq}, [2]int64{6, before[5].Seq + 1})
	same(s, "FeedEnd", view(s, func(ctx context.Context, r lifecycle.Reader) (int64, error) { return r.FeedEnd(ctx, vendor) }), last.Seq)
}

// The last change of a kind is that of the highest position until the instant, whatever
// the order of the instants.
func lastChangeOfAKind(s *suite) {
	at := func(c lifecycle.Change, minutes int) lifecycle.Append {
		a := event(c)
		a.Event.At = day.Add(time.Duration(minutes) * time.Minute)
		return a
	}
	changed := func(seats int) lifecycle.Change {
		l := fullLicense(1)
		l.Terms.Seats = license.MustSeats(seats)
		return lifecycle.LicenseChanged{What: lifecycle.LicenseModified, After: l}
	}
	s.mustWrite(at(changed(1), 0), at(lifecycle.Warned{License: 1, What: "w"}, 1), at(changed(2), 2), at(changed(3), 1), at(lifecycle.Warned{License: 1, What: "v"}, 4))
	stream := lifecycle.StreamOf(changed(1))
	for _, test := range []struct {
		kind string
		at   time.Time
		want int64
	}{
		{"license changed", day.Add(-time.Microsecond), 0},
		{"license changed", day, 1},
		{"license changed", day.Add(time.Minute - time.Microsecond), 1},
		{"license changed", day.Add(time.Minute), 4}, // the clock was taken back
		{"license changed", day.Add(time.Hour), 4},
		{"warned", day.Add(time.Minute), 2},
		{"warned", day.Add(time.Hour), 5},
		{"seats revoked", day.Add(time.Hour), 0},
		{"license changed", time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), 4},
	} {
		got := view(s, func(ctx context.Context, r lifecycle.Reader) (lifecycle.Event, error) {
			return r.LastChange(ctx, vendor, stream, test.kind, test.at)
		})
		if got.Position != test.want || test.want > 0 && (got.Stream != stream || lifecycle.KindOf(got.Change) != test.kind) {
			s.Errorf("LastChange(%s until %v) = %+v, want position %d", test.kind, test.at, got, test.want)
		}
	}
	elsewhere := view(s, func(ctx context.Context, r lifecycle.Reader) (lifecycle.Event, error) {
		return r.LastChange(ctx, vendor, lifecycle.Stream{Kind: stream.Kind, ID: "L-00002"}, "license changed", day.Add(time.Hour))
	})
	same(s, "of another stream", elsewhere.Position, int64(0))
}

// Holders at an instant are those that were known then: an imported seat from its import
// on, however long before it was given, and a seat until the instant of its end.
func holdersAtAnInstant(s *suite) {
	later := day.Add(time.Hour)
	s.mustWrite(lifecycle.PutLicense{License: plainLicense(8)}, lifecycle.PutLicense{License: plainLicense(9)})
	s.mustWrite(
		lifecycle.TakeSeats{License: 8, IfRevision: 1, Users: []seats.UserID{user(1), user(2)}, At: day, By: odd, Limit: 9},
		lifecycle.TakeSeats{License: 8, IfRevision: 1, Users: []seats.UserID{user(3)}, At: day.AddDate(-1, 0, 0), By: odd, ImportedAt: later, Limit: 9},
		lifecycle.TakeSeats{License: 9, IfRevision: 1, Users: []seats.UserID{user(1)}, At: day, By: odd, Limit: 9},
		lifecycle.FreeSeats{License: 8, Users: []seats.UserID{user(2)}, At: later.Add(time.Hour), By: odd},
	)
	for _, test := range []struct {
		at   time.Time
		want int
	}{
		{day.AddDate(-1, 0, 1), 0}, {day.Add(-time.Microsecond), 0}, {day, 2}, {later.Add(-time.Microsecond), 2},
		{later, 3}, {later.Add(time.Hour - time.Microsecond), 3}, {later.Add(time.Hour), 2}, {later.AddDate(1, 0, 0), 2},
	} {
		got := view(s, func(ctx context.Context, r lifecycle.Reader) (int, error) {
			return r.HoldersAt(ctx, vendor, 8, test.at)
		})
		same(s, "HoldersAt "+test.at.String(), got, test.want)
	}
	imported := s.history(8, user(3))
	if len(imported) != 1 || !imported[0].ImportedAt.Equal(later) || !imported[0].AssignedAt.Equal(day.AddDate(-1, 0, 0)) {
		s.Errorf("history of an imported seat = %+v", imported)
	}
	if given := s.history(8, user(1)); len(given) != 1 || !given[0].ImportedAt.IsZero() {
		s.Errorf("history of a seat that was given here = %+v", given)
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
