package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

func (r *reader) Feed(ctx context.Context, vendor pkgversion.VendorID, after int64, limit int) ([]lifecycle.Event, error) {
	return r.events(ctx, vendor, " AND seq > ? ORDER BY seq LIMIT ?", after, max(limit, 0))
}

func (r *reader) History(ctx context.Context, vendor pkgversion.VendorID, stream lifecycle.Stream, after int64, limit int) ([]lifecycle.Event, error) {
	return r.events(ctx, vendor, " AND stream_kind = ? AND stream_id = ? AND position > ? ORDER BY position LIMIT ?",
		string(stream.Kind), stream.ID, after, max(limit, 0))
}

// lastLicenseChange has the kind in its text, so that the index of license changes serves it.
const lastChange = " AND stream_kind = ? AND stream_id = ? AND change_kind = ? AND at <= ? ORDER BY position DESC LIMIT 1"

var lastLicenseChange = strings.Replace(lastChange, "change_kind = ?", "change_kind = '"+licenseChanged+"'", 1)

var licenseChanged = lifecycle.KindOf(lifecycle.LicenseChanged{})

func (r *reader) LastChange(ctx context.Context, vendor pkgversion.VendorID, stream lifecycle.Stream, kind string, until time.Time) (lifecycle.Event, error) {
	query, args := lastChange, []any{string(stream.Kind), stream.ID, kind, (*moment)(&until)}
	if kind == licenseChanged {
		query, args = lastLicenseChange, slices.Delete(args, 2, 3)
	}
	found, err := r.events(ctx, vendor, query, args...)
	if err != nil || len(found) == 0 {
		return lifecycle.Event{}, err
	}
	return found[0], nil
}

func (r *reader) events(ctx context.Context, vendor pkgversion.VendorID, condition string, args ...any) ([]lifecycle.Event, error) {
	var found []lifecycle.Event
	err := r.query(ctx, func(rows *sql.Rows) error {
		e, err := events.scan(rows)
		if err != nil {
			return err
		}
		e.Vendor = vendor
		e.Change, err = lifecycle.DecodeChange(e.kind, []byte(e.change))
		found = append(found, e.Event)
		return err
	}, events.selectFrom+condition, append([]any{vendor.String()}, args...)...)
	if err != nil {
		return nil, err
	}
	return found, nil
}

func (r *reader) FeedEnd(ctx context.Context, vendor pkgversion.VendorID) (int64, error) {
	var seq int64
	err := r.value(ctx, &seq, "SELECT COALESCE(MAX(seq), 0) FROM isv_events WHERE vendor = ?", vendor.String())
	return seq, err
}

func (r *reader) Cursor(ctx context.Context, vendor pkgversion.VendorID, name string) (int64, error) {
	var seq int64
	err := r.value(ctx, &seq, "SELECT seq FROM isv_cursors WHERE vendor = ? AND name = ?", vendor.String(), name)
	return seq, err
}

func (r *reader) Cursors(ctx context.Context, vendor pkgversion.VendorID) (map[string]int64, error) {
	all := map[string]int64{}
	err := r.query(ctx, func(rows *sql.Rows) error {
		var name words
		var seq int64
		err := rows.Scan(&name, &seq)
		all[string(name)] = seq
		return err
	}, "SELECT name, seq FROM isv_cursors WHERE vendor = ?", vendor.String())
	return all, err
}

func (t *tx) dropCursor(ctx context.Context, vendor string, e lifecycle.DropCursor) error {
	_, err := t.exec(ctx, "DELETE FROM isv_cursors WHERE vendor = ? AND name = ?", vendor, e.Name)
	return err
}

func (t *tx) putCursor(ctx context.Context, vendor string, e lifecycle.PutCursor) error {
	_, err := t.exec(ctx, `INSERT INTO isv_cursors (vendor, name, seq) VALUES (?, ?, ?)
		ON CONFLICT (vendor, name) DO UPDATE SET seq = excluded.seq`, vendor, e.Name, e.Seq)
	return err
}

func (t *tx) append(ctx context.Context, vendor string, e lifecycle.Event) error {
	kind, change, err := encoded(e)
	if err != nil {
		return t.fail(err)
	}
	stream := string(e.Stream.Kind)
	args := []any{vendor, stream, e.Stream.ID, (*moment)(&e.At), optional{&e.Actor}, e.Why, kind, change,
		vendor, stream, e.Stream.ID}
	if t.dialect.serial {
		args = append(args, vendor)
	}
	return t.expect(ctx, 1, "the event is the next of its stream", t.dialect.appendEvent, args...)
}

// restore keeps an event of another store at its place.
func (t *tx) restore(ctx context.Context, vendor string, e lifecycle.Event) error {
	kind, change, err := encoded(e)
	if err != nil {
		return t.fail(err)
	}
	var seq any // none: it is numbered like any other
	if e.Seq > 0 {
		seq = e.Seq
	} else if t.dialect.serial {
		return t.append(ctx, vendor, e)
	}
	stream := string(e.Stream.Kind)
	if err := t.expect(ctx, 1, "the event follows on its stream and on the feed", `INSERT INTO isv_events
		(vendor, stream_kind, stream_id, at, actor, why, change_kind, change, position, seq)
		SELECT ?, ?, ?, /*instant*/ ?, ?, ?, ?, ?, CAST(? AS BIGINT), CAST(? AS BIGINT)
		WHERE NOT EXISTS (SELECT 1 FROM isv_events WHERE vendor = ? AND stream_kind = ? AND stream_id = ? AND position >= CAST(? AS BIGINT))
			AND NOT EXISTS (SELECT 1 FROM isv_events WHERE vendor = ? AND seq >= CAST(? AS BIGINT))
		ON CONFLICT DO NOTHING`,
		vendor, stream, e.Stream.ID, (*moment)(&e.At), optional{&e.Actor}, e.Why, kind, change, e.Position, seq,
		vendor, stream, e.Stream.ID, e.Position, vendor, seq); err != nil || t.dialect.serial || e.Seq == 0 {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO isv_feeds (vendor, last_seq) VALUES (?, ?)
		ON CONFLICT (vendor) DO UPDATE SET last_seq = excluded.last_seq`, vendor, e.Seq)
	return err
}

func (t *tx) dropEvent(ctx context.Context, vendor string, e lifecycle.DropEvent) error {
	stream := string(e.Stream.Kind)
	return t.expect(ctx, 1, "a later event says it again", `DELETE FROM isv_events
		WHERE vendor = ? AND stream_kind = ? AND stream_id = ? AND position = ? AND position > 1 AND position < ? AND change_kind = ?
			AND EXISTS (SELECT 1 FROM isv_events AS later WHERE later.vendor = ? AND later.stream_kind = ? AND later.stream_id = ?
				AND later.position = ? AND later.change_kind = ?)`,
		vendor, stream, e.Stream.ID, e.Position, e.Later, e.Kind, vendor, stream, e.Stream.ID, e.Later, e.Kind)
}

// encoded returns the change of an event as it is kept.
func encoded(e lifecycle.Event) (kind, change string, err error) {
	if e.Change == nil {
		return "", "", errors.New("sqlstore: an event records a change")
	}
	kind, data, err := lifecycle.EncodeChange(e.Change)
	return kind, string(data), failed("encoding an event", err)
}
