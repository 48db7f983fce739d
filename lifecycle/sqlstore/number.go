package sqlstore

import (
	"context"

	"github.com/isvkit/isvkit/pkgversion"
)

// Where several write at once, events are not numbered as they are written: a number
// that is given early and committed late would be skipped by those who read on from a
// higher one. So they commit without, and are numbered afterwards, by one transaction at
// a time.

// Unnumbered reports whether Number would number an event.
func (r *reader) Unnumbered(ctx context.Context, vendor pkgversion.VendorID) (bool, error) {
	if r.dialect.serial {
		return false, r.usable(ctx)
	}
	var waiting bool
	err := r.value(ctx, &waiting, "SELECT EXISTS (SELECT 1 FROM isv_events WHERE vendor = ? AND seq IS NULL)", vendor.String())
	return waiting, err
}

// Number numbers events in the order in which they were written. Within a stream that
// is the order of their positions, for each is written when the one before it is
// committed. The row of the feed stays locked until the numbers are committed too.
func (t *tx) Number(ctx context.Context, vendor pkgversion.VendorID, max int) (int, error) {
	if t.dialect.serial || max <= 0 {
		return 0, t.usable(ctx)
	}
	if _, err := t.exec(ctx, "INSERT INTO isv_feeds (vendor, last_seq) VALUES (?, 0) ON CONFLICT DO NOTHING", vendor.String()); err != nil {
		return 0, err
	}
	var last int64
	if err := t.value(ctx, &last, "SELECT last_seq FROM isv_feeds WHERE vendor = ? FOR UPDATE", vendor.String()); err != nil {
		return 0, err
	}
	n, err := t.exec(ctx, `UPDATE isv_events SET seq = CAST(? AS BIGINT) + chosen.n
		FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM isv_events
			WHERE vendor = ? AND seq IS NULL ORDER BY id LIMIT ?) AS chosen
		WHERE isv_events.vendor = ? AND isv_events.id = chosen.id`, last, vendor.String(), max, vendor.String())
	if err != nil || n == 0 {
		return 0, err
	}
	_, err = t.exec(ctx, "UPDATE isv_feeds SET last_seq = ? WHERE vendor = ?", last+n, vendor.String())
	return int(n), err
}
