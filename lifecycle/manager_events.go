package lifecycle

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// Events yields the vendor's events after a place in the feed, 0 being the
// beginning, in the order of the feed. No transaction is open while the caller's
// code runs. The first error ends it. To go on later, pass the Seq of the last
// event seen; none is ever skipped by that.
func (m *Manager) Events(ctx context.Context, a Actor, after int64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if err := m.number(ctx, a); err != nil {
			yield(Event{}, err)
			return
		}
		after := after
		pages(ctx, m, a, yield, func(ctx context.Context, r Reader) ([]Event, error) {
			return r.Feed(ctx, a.Vendor, after, pageSize)
		}, func(last Event) { after = last.Seq })
	}
}

// number gives the events that were committed, and have none yet, their place in
// the feed.
func (m *Manager) number(ctx context.Context, a Actor) error {
	for {
		waiting, err := view(ctx, m, a, func(ctx context.Context, r Reader) (bool, error) {
			return r.Unnumbered(ctx, a.Vendor)
		})
		if err != nil || !waiting {
			return err
		}
		err = m.update(ctx, a, viewing, func(ctx context.Context, tx Tx) error {
			_, err := tx.Number(ctx, a.Vendor, pageSize)
			return err
		})
		if err != nil {
			return err
		}
	}
}

// Consume calls f with each event that the consumer of this name has not seen, in
// the order of the feed, until there are no more or f returns an error. Where it
// got to is kept in the store, so every event is given to f at least once; after a
// crash or an error some are given again. f runs outside of any transaction, and
// what it does never undoes or delays a change.
//
// Consumers of different names do not know of each other. Of two that run under
// one name at once, both may see an event.
func (m *Manager) Consume(ctx context.Context, a Actor, name string, f func(context.Context, Event) error) error {
	if err := m.permit(ctx, a, need{may: Read}); err != nil {
		return err
	}
	if err := validTexts("name of the consumer", name); err != nil {
		return err
	}
	if name == "" {
		return &FieldError{Field: "name of the consumer", Rule: "must not be empty"}
	}
	start, err := view(ctx, m, a, func(ctx context.Context, r Reader) (int64, error) {
		return r.Cursor(ctx, a.Vendor, name)
	})
	if err != nil {
		return err
	}
	seen, saved := start, start
	save := func() error {
		if seen == saved {
			return nil
		}
		err := m.saveCursor(ctx, a, name, seen)
		saved = seen
		return err
	}
	for e, err := range m.Events(ctx, a, start) {
		if err == nil {
			err = f(ctx, e)
		}
		if err != nil {
			return cmp.Or(err, save()) // what was seen before it stays seen
		}
		if seen = e.Seq; seen-saved >= pageSize {
			if err := save(); err != nil {
				return err
			}
		}
	}
	return save()
}

// saveCursor keeps how far a consumer got; it never goes back.
func (m *Manager) saveCursor(ctx context.Context, a Actor, name string, seq int64) error {
	return m.saveCursors(ctx, a, map[string]int64{name: seq})
}

// saveCursors is saveCursor for several consumers, by their names.
func (m *Manager) saveCursors(ctx context.Context, a Actor, seqs map[string]int64) error {
	if len(seqs) == 0 {
		return nil
	}
	return m.update(ctx, a, need{may: Read}, func(ctx context.Context, tx Tx) error {
		for _, name := range slices.Sorted(maps.Keys(seqs)) { // in one order, so that nobody waits in a circle
			before, err := tx.Cursor(ctx, a.Vendor, name)
			if err != nil {
				return err
			}
			if seq := seqs[name]; before < seq {
				if err := tx.Write(ctx, a.Vendor, PutCursor{Name: name, Seq: seq}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// walk calls f with every event of a stream after a position, page by page.
func walk(ctx context.Context, r Reader, vendor pkgversion.VendorID, of Stream, after int64, f func(Event)) error {
	for {
		page, err := r.History(ctx, vendor, of, after, pageSize)
		if err != nil {
			return err
		}
		for _, e := range page {
			f(e)
			after = e.Position
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// Timeline yields everything that happened to a license and its seats, oldest
// first: who, when, what it was before and after, and why. The first error ends it: a
// *NotFoundError where there is no such license.
func (m *Manager) Timeline(ctx context.Context, a Actor, id license.ID) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		var after int64
		pages(ctx, m, a, yield, func(ctx context.Context, r Reader) ([]Event, error) {
			return ofLicense(ctx, r, a, id, func() ([]Event, error) {
				return r.History(ctx, a.Vendor, Stream{LicenseStream, id.String()}, after, pageSize)
			})
		}, func(last Event) { after = last.Position })
	}
}
