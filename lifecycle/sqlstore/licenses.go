package sqlstore

import (
	"context"
	"strings"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

func (r *reader) License(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (license.License, error) {
	return one(ctx, r, licenses, " AND id = ?", vendor.String(), int64(id))
}

func (r *reader) LicenseOf(ctx context.Context, vendor pkgversion.VendorID, id license.InstallationID) (license.License, error) {
	return one(ctx, r, licenses, " AND installation = ?", vendor.String(), id.String())
}

func (r *reader) Licenses(ctx context.Context, vendor pkgversion.VendorID, q lifecycle.LicenseQuery, limit int) ([]license.License, error) {
	w := where{args: []any{vendor.String()}}
	w.licenses(q)
	order := " ORDER BY id LIMIT ?"
	if q.Order == lifecycle.ByExpiration {
		order = " ORDER BY last_day, id LIMIT ?"
	}
	return list(ctx, r, licenses, w.text.String()+order, append(w.args, max(limit, 0))...)
}

// where collects the conditions of a query and their arguments.
type where struct {
	text strings.Builder
	args []any
}

func (w *where) and(condition string, args ...any) {
	w.text.WriteString(" AND ")
	w.text.WriteString(condition)
	w.args = append(w.args, args...)
}

// is adds a condition on an id, unless it is zero.
func (w *where) is(column string, id interface {
	String() string
	IsZero() bool
}) {
	if !id.IsZero() {
		w.and(column+" = ?", id.String())
	}
}

// licenses adds the conditions of q. LicenseQuery.Matches says what they are.
func (w *where) licenses(q lifecycle.LicenseQuery) {
	w.is("org", q.Org)
	w.is("package", q.Package)
	w.is("lead", q.Lead)
	w.is("contact", q.Contact)
	w.is("account", q.Account)
	w.status(q)
	if q.Orgs != lifecycle.AllOrgs {
		w.and("sandbox = ?", q.Orgs == lifecycle.SandboxOrgs)
	}
	switch q.Kind {
	case lifecycle.PackageLicenses:
		w.and("permission_set = ''")
	case lifecycle.PermissionSetLicenses:
		w.and("permission_set <> ''")
	}
	switch q.Retired {
	case lifecycle.NotRetired:
		w.and("retired_at IS NULL")
	case lifecycle.OnlyRetired:
		w.and("retired_at IS NOT NULL")
	}
	if !q.ExpiresFrom.IsZero() {
		w.and("last_day >= ?", q.ExpiresFrom.String())
	}
	if !q.ExpiresThrough.IsZero() {
		w.and("last_day <= ?", q.ExpiresThrough.String())
	}
	w.follows(q.Order, q.After)
}

// past holds for a license that is past its end on the day in its argument: see
// License.DisplayedOn. A trial without an end, which cannot be, is over.
const past = `(status IN ('Trial', 'Active') AND CASE
	WHEN last_day IS NOT NULL THEN last_day < ?
	ELSE NOT (never_expires = ? AND status = 'Active') END)`

func (w *where) status(q lifecycle.LicenseQuery) {
	switch s, day := q.Status, q.Day; {
	case s == 0:
	case day.IsZero() || s == license.Suspended || s == license.Uninstalled:
		w.and("status = ?", s.String())
	case s == license.Expired && q.Order == lifecycle.ByExpiration: // all have a last day, and the index is in its order
		w.and("last_day < ? AND status IN ('Trial', 'Active')", day.String())
	case s == license.Expired:
		w.and(past, day.String(), true)
	case q.Order == lifecycle.ByExpiration:
		w.and("last_day >= ? AND status = ?", day.String(), s.String())
	default:
		w.and("status = ?", s.String())
		w.and("NOT "+past, day.String(), true)
	}
}

func (w *where) follows(order lifecycle.LicenseOrder, after lifecycle.LicenseCursor) {
	switch {
	case order != lifecycle.ByExpiration:
		w.and("id > ?", int64(after.ID))
	case after.LastDay.IsZero():
		w.and("last_day IS NOT NULL")
	default:
		w.and("last_day IS NOT NULL AND (last_day, id) > (?, ?)", after.LastDay.String(), int64(after.ID))
	}
}

// putLicense writes a license. Of a new one its number counts as given out.
func (t *tx) putLicense(ctx context.Context, vendor string, e lifecycle.PutLicense) error {
	if err := putAt(ctx, t, licenses, vendor, e.License, e.IfRevision); err != nil || e.IfRevision != 0 {
		return err
	}
	_, err := t.exec(ctx, `INSERT INTO isv_numbers (vendor, last_license) VALUES (?, ?)
		ON CONFLICT (vendor) DO UPDATE SET last_license = excluded.last_license
		WHERE isv_numbers.last_license < excluded.last_license`, vendor, int64(e.License.ID))
	return err
}

func (t *tx) NextLicense(ctx context.Context, vendor pkgversion.VendorID) (license.ID, error) {
	var id int64
	err := t.value(ctx, &id, `INSERT INTO isv_numbers (vendor, last_license) VALUES (?, 1)
		ON CONFLICT (vendor) DO UPDATE SET last_license = isv_numbers.last_license + 1
		RETURNING last_license`, vendor.String())
	return license.ID(id), err
}
