package lifecycle

import (
	"strings"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/license"
)

// said is what the events of one kind say of the record of a stream.
type said struct {
	stream Stream
	kind   string
}

// retain removes those of a page of the feed that are not needed any more, and notes
// from when on history is complete.
func (d *decision) retain(c retain) error {
	switch {
	case c.Since.IsZero():
		return &FieldError{Field: "instant", Rule: "must be set"}
	case c.Since.After(d.Now):
		return &FieldError{Field: "instant", Value: c.Since.Format(time.RFC3339Nano), Rule: "must not be yet to come"}
	}
	kept, seen := d.retained, d.seenByAll()
	for _, e := range c.Page {
		latest := d.lastSaid[said{e.Stream, e.Change.kind()}]
		if !e.At.Before(c.Since) || e.Seq > seen || e.Position == 1 || e.Position >= latest || !isSaidAgain(e.Change) {
			continue
		}
		d.effects = append(d.effects, DropEvent{Stream: e.Stream, Kind: e.Change.kind(), Position: e.Position, Later: latest})
		kept.Removed++
		kept.Through = max(kept.Through, e.Seq)
	}
	kept.Since = instant.Max(kept.Since, c.Since)
	if kept != d.retained {
		d.do(PutClock{Now: d.Now}, kept)
	}
	return nil
}

// seenByAll returns how far all consumers have read.
func (d *decision) seenByAll() int64 {
	seen := int64(1<<63 - 1)
	for name, seq := range d.cursors {
		if !strings.HasPrefix(name, dayCursors) {
			seen = min(seen, seq)
		}
	}
	return seen
}

// isSaidAgain reports whether a later change of the same kind in the stream says all that
// c says of the record. The first of a record is not: it says since when there is one.
// Nor is what takes or frees seats: they are counted from every one of them.
func isSaidAgain(c Change) bool {
	switch c := c.(type) {
	case PackageChanged:
		return c.Before.Revision > 0
	case OrgSeen:
		return c.Before.Revision > 0
	case LicenseChanged:
		ended := c.Before.Terms.Status != license.Uninstalled && c.After.Terms.Status == license.Uninstalled
		return c.Before.Revision > 0 && c.Before.Holders == c.After.Holders && !ended
	case SidesChanged:
		return c.Before.Revision > 0
	case LeadChanged:
		return c.Before.Revision > 0
	case ContactSaved, AccountSaved, OwnerSaved:
		return true
	}
	return false
}
