package lifecycle

import (
	"context"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/pkgversion"
)

// Retain removes events from before an instant that nothing needs any more, and returns
// how many. It is the only call that removes events, and the library never makes it by
// itself. An event goes when all of this holds:
//
//   - it was recorded before since, and so was a later one of its stream and kind, which
//     says the record whole: a package, an org, a license, its two sides, a lead, a contact,
//     an account or an owner;
//   - it is not the first of its stream, nor the one that made the record;
//   - it neither took nor freed seats, nor ended a license: holders are counted from these;
//   - every consumer has seen it; see [Manager.Consumers].
//
// Everything else stays, so what can be asked of since and later is answered as before,
// Replay makes the same records of the events that are left, and Verify knows that those
// between were removed. A question about an instant before since is from then on a
// *BeforeRetentionError, and timelines lack the changes in between.
//
// Each transaction removes at most some hundred events, and records so in an event of its
// own, a [Retained]; stopped on the way, a Retain is gone on with by another. An instant
// that is yet to come, or none, is a *FieldError. Asking again for the same instant, or
// for an earlier one, removes what consumers held up before, and else nothing.
func (m *Manager) Retain(ctx context.Context, a Actor, since time.Time) (removed int, err error) {
	since = instant.Of(since)
	if err := m.permit(ctx, a, needOf(retain{})); err != nil {
		return 0, err
	}
	if err := m.number(ctx, a); err != nil {
		return 0, err
	}
	for after, more := int64(0), true; more; {
		now, gone, next := m.now(), 0, after
		err := m.write(ctx, a, func(ctx context.Context, tx Tx) error {
			page, err := tx.Feed(ctx, a.Vendor, after, pageSize)
			if err != nil {
				return err
			}
			_, effects, err := m.carryOut(ctx, tx, a, retain{Since: since, Page: page}, now)
			gone, next, more = removals(effects), lastOf(page).Seq, len(page) == pageSize && page[0].At.Before(since)
			return err
		})
		if err != nil {
			return removed, err
		}
		removed, after = removed+gone, next
	}
	return removed, nil
}

func removals(effects []Effect) (n int) {
	for _, e := range effects {
		if _, drops := e.(DropEvent); drops {
			n++
		}
	}
	return n
}

// endOfTime is after every instant that a store keeps.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// loadRetained returns the last that was recorded of removed events.
func loadRetained(ctx context.Context, r Reader, vendor pkgversion.VendorID) (Retained, error) {
	e, err := r.LastChange(ctx, vendor, Retained{}.stream(), Retained{}.kind(), endOfTime)
	kept, _ := e.Change.(Retained)
	return kept, err
}

// retained reads what decides which of a page are not needed any more.
func (l *loader) retained(c retain) {
	s := &l.s
	if l.err == nil {
		s.retained, l.err = loadRetained(l.ctx, l.r, l.vendor)
	}
	if l.err == nil {
		s.cursors, l.err = l.r.Cursors(l.ctx, l.vendor)
	}
	s.lastSaid = map[said]int64{}
	for _, e := range c.Page {
		of := said{e.Stream, e.Change.kind()}
		if _, known := s.lastSaid[of]; known || l.err != nil || !isSaidAgain(e.Change) {
			continue
		}
		var last Event
		last, l.err = l.r.LastChange(l.ctx, l.vendor, of.stream, of.kind, c.Since.Add(-time.Microsecond))
		s.lastSaid[of] = last.Position
	}
}
