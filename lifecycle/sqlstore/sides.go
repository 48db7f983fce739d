package sqlstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

func (r *reader) Sides(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (lifecycle.Sides, error) {
	s, err := one(ctx, r, sides, " AND license = ?", vendor.String(), int64(id))
	if err != nil || s.License == 0 {
		return s, err
	}
	l, err := r.License(ctx, vendor, id)
	s.Observed = l.Observed
	return s, err
}

func (r *reader) PendingPushes(ctx context.Context, vendor pkgversion.VendorID, due time.Time, after license.ID, limit int) ([]lifecycle.Sides, error) {
	return r.sidesOf(ctx, vendor, " AND wanted > confirmed AND license > ? AND (due_at IS NULL OR due_at <= ?) ORDER BY license LIMIT ?",
		int64(after), (*moment)(&due), max(limit, 0))
}

func (r *reader) Drifting(ctx context.Context, vendor pkgversion.VendorID, after license.ID, limit int) ([]lifecycle.Sides, error) {
	return r.sidesOf(ctx, vendor, ` AND COALESCE(status_since, seats_since, expiration_since, used_since) IS NOT NULL
		AND license > ? ORDER BY license LIMIT ?`, int64(after), max(limit, 0))
}

// sidesOf returns the sides that condition asks for, with what the orgs have.
func (r *reader) sidesOf(ctx context.Context, vendor pkgversion.VendorID, condition string, args ...any) ([]lifecycle.Sides, error) {
	found, err := list(ctx, r, sides, condition, append([]any{vendor.String()}, args...)...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	ids := make([]string, len(found))
	for i, s := range found {
		ids[i] = strconv.FormatInt(int64(s.License), 10)
	}
	wanted := r.dialect.array(ids)
	of, err := listBy(ctx, r, licenses, r.dialect.lookups.licenses, vendor.String(), wanted)
	if err != nil {
		return nil, err
	}
	observed := map[license.ID]license.Observed{}
	for _, l := range of {
		observed[l.ID] = l.Observed
	}
	for i, s := range found {
		found[i].Observed = observed[s.License]
	}
	return found, nil
}

var setObserved = "UPDATE isv_licenses SET " + strings.Join(names(observedColumns(new(license.Observed))), " = ?, ") +
	" = ? WHERE vendor = ? AND id = ?"

// putSides writes the sides of a license, and what the org has into the license's row.
func (t *tx) putSides(ctx context.Context, vendor string, e lifecycle.PutSides) error {
	var args []any
	for _, c := range observedColumns(&e.Sides.Observed) {
		args = append(args, c.cell)
	}
	if err := t.expect(ctx, 1, "the license is there", setObserved, append(args, vendor, int64(e.Sides.License))...); err != nil {
		return err
	}
	return putAt(ctx, t, sides, vendor, e.Sides, e.IfRevision)
}

func (r *reader) Refresh(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) (lifecycle.Refresh, error) {
	return one(ctx, r, refreshes, " AND package = ?", vendor.String(), id.String())
}

func (r *reader) Left(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID, after license.InstallationID, limit int) ([]lifecycle.Installation, error) {
	return list(ctx, r, left, " AND package = ? AND installation > ? ORDER BY installation LIMIT ?",
		vendor.String(), id.String(), after.String(), max(limit, 0))
}

func (t *tx) dropLeft(ctx context.Context, vendor string, e lifecycle.DropLeft) error {
	_, err := t.exec(ctx, "DELETE FROM isv_refresh_left WHERE vendor = ? AND installation = ?", vendor, e.Installation.String())
	return err
}
