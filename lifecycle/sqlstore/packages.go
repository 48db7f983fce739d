package sqlstore

import (
	"context"
	"time"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

func (r *reader) Package(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) (lifecycle.Registration, error) {
	return one(ctx, r, packages, " AND id = ?", vendor.String(), id.String())
}

func (r *reader) Packages(ctx context.Context, vendor pkgversion.VendorID) ([]lifecycle.Registration, error) {
	return list(ctx, r, packages, " ORDER BY id", vendor.String())
}

func (r *reader) Version(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.VersionID) (pkgversion.PackageVersion, error) {
	return one(ctx, r, versions, " AND id = ?", vendor.String(), id.String())
}

func (r *reader) Versions(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) ([]pkgversion.PackageVersion, error) {
	return list(ctx, r, versions, " AND package = ? ORDER BY id", vendor.String(), id.String())
}

func (r *reader) Clock(ctx context.Context, vendor pkgversion.VendorID) (time.Time, error) {
	var now moment
	err := r.value(ctx, &now, "SELECT now FROM isv_clocks WHERE vendor = ?", vendor.String())
	return time.Time(now), err
}

func (t *tx) putClock(ctx context.Context, vendor string, e lifecycle.PutClock) error {
	_, err := t.exec(ctx, "INSERT INTO isv_clocks (vendor, now) VALUES (?, ?) ON CONFLICT (vendor) DO UPDATE SET now = excluded.now",
		vendor, (*moment)(&e.Now))
	return err
}
