package sqlstore

import (
	"context"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

func (r *reader) Org(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.OrgID) (license.Org, error) {
	return one(ctx, r, orgs, " AND id = ?", vendor.String(), id.String())
}

func (r *reader) Sandboxes(ctx context.Context, vendor pkgversion.VendorID, production pkgversion.OrgID) ([]license.Org, error) {
	return list(ctx, r, orgs, " AND production = ? ORDER BY id", vendor.String(), production.String())
}

func (r *reader) Facts(ctx context.Context, vendor pkgversion.VendorID, id license.InstallationID) ([]lifecycle.Fact, error) {
	return list(ctx, r, facts, " AND installation = ? ORDER BY number", vendor.String(), id.String())
}

func (r *reader) Fingerprint(ctx context.Context, vendor pkgversion.VendorID, id lifecycle.NotificationID) (string, error) {
	n, err := one(ctx, r, notices, " AND id = ?", vendor.String(), id.String())
	return n.fingerprint, err
}

// putFact writes a fact as the one after those that are known. Facts only become
// more: that there are no fewer is asked, and that there are no more is in the write
// itself, by the primary key.
func (t *tx) putFact(ctx context.Context, vendor string, e lifecycle.PutFact) error {
	var n int
	err := t.value(ctx, &n, "SELECT COUNT(*) FROM isv_facts WHERE vendor = ? AND installation = ?", vendor, e.Fact.Installation.String())
	if err == nil && n != e.Known {
		err = t.fail(conflict("all facts are known"))
	}
	if err != nil {
		return err
	}
	return t.expect(ctx, 1, "all facts are known", `INSERT INTO isv_facts
		(vendor, installation, kind, at, org, package, version, version_number, number)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, append(facts.values(vendor, &e.Fact), e.Known+1)...)
}
