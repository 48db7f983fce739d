package sqlstore

import (
	"context"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

func (r *reader) Alert(ctx context.Context, vendor pkgversion.VendorID, id lifecycle.AlertID) (lifecycle.Alert, error) {
	return one(ctx, r, alerts, " AND id = ?", vendor.String(), id.String())
}

func (r *reader) LastAlert(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (int, error) {
	var n int
	err := r.value(ctx, &n, "SELECT COALESCE(MAX(number), 0) FROM isv_alerts WHERE vendor = ? AND license = ?", vendor.String(), int64(id))
	return n, err
}

func (r *reader) Alerts(ctx context.Context, vendor pkgversion.VendorID, q lifecycle.AlertQuery, limit int) ([]lifecycle.Alert, error) {
	w := where{args: []any{vendor.String()}}
	if q.License != 0 {
		w.and("license = ?", int64(q.License))
	}
	if q.Rule != "" {
		w.and("rule = ?", q.Rule)
	}
	w.and("(license, number) > (?, ?)", int64(q.After.License), q.After.Number)
	return list(ctx, r, alerts, w.text.String()+" ORDER BY license, number LIMIT ?", append(w.args, max(limit, 0))...)
}

func (r *reader) Delivery(ctx context.Context, vendor pkgversion.VendorID, id lifecycle.AlertID, sink string) (lifecycle.Delivery, error) {
	return one(ctx, r, deliveries, " AND alert = ? AND sink = ?", vendor.String(), id.String(), sink)
}

// first holds for the first pending delivery of its sink and license.
const first = `NOT EXISTS (SELECT 1 FROM isv_deliveries AS d WHERE d.vendor = isv_deliveries.vendor AND d.sink = isv_deliveries.sink
	AND d.license = isv_deliveries.license AND d.number < isv_deliveries.number AND d.state = 'pending')`

func (r *reader) Deliveries(ctx context.Context, vendor pkgversion.VendorID, q lifecycle.DeliveryQuery, limit int) ([]lifecycle.Delivery, error) {
	w := where{args: []any{vendor.String()}}
	if q.Sink != "" {
		w.and("sink = ?", q.Sink)
	}
	switch {
	case q.State == lifecycle.Pending, q.State == 0 && !q.DueBy.IsZero():
		w.and("state = 'pending'") // as it stands in the partial index
	case q.State != 0:
		w.and("state = ?", q.State.String())
	}
	if q.License != 0 {
		w.and("license = ?", int64(q.License))
	}
	if after := q.After; after != (lifecycle.DeliveryCursor{}) {
		w.and("(license, number, sink) > (?, ?, ?)", int64(after.License), after.Number, after.Sink)
	}
	order := " ORDER BY license, number, sink LIMIT ?"
	if !q.DueBy.IsZero() {
		w.and("state = 'pending'")
		w.and("next_at <= ?", (*moment)(&q.DueBy))
		w.and(first)
		order = " ORDER BY attempts, license, number, sink LIMIT ?"
	}
	return list(ctx, r, deliveries, w.text.String()+order, append(w.args, max(limit, 0))...)
}

func (t *tx) putDelivery(ctx context.Context, vendor string, e lifecycle.PutDelivery) error {
	d := e.Delivery
	if e.IfRevision == 0 {
		return putNew(ctx, t, deliveries, vendor, d)
	}
	return t.expect(ctx, 1, "the revision is unchanged in isv_deliveries", `UPDATE isv_deliveries SET state = ?, attempts = ?, next_at = ?,
		settled_at = ?, failure = ?, revision = ? WHERE vendor = ? AND alert = ? AND sink = ? AND revision = ?`,
		(*deliveryState)(&d.State), d.Attempts, (*moment)(&d.NextAt), (*moment)(&d.SettledAt), (*words)(&d.Failure), d.Revision,
		vendor, d.Alert.String(), d.Sink, e.IfRevision)
}
