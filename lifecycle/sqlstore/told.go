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

func (r *reader) Facts(ctx context.Context, vendor pkgversion.VendorID, id license.InstallationID) ([]lifecycle.Fact, error) {
	return list(ctx, r, facts, " AND installation = ? ORDER BY number", vendor.String(), id.String())
}

func (r *reader) Fingerprint(ctx context.Context, vendor pkgversion.VendorID, id lifecycle.NotificationID) (string, error) {
	n, err := one(ctx, r, notices, " AND id = ?", vendor.String(), id.String())
	return n.fingerprint, err
}

// putFact writes a fact as the one after those that are known. The primary key
// sees to it that of two who know equally many only one is written.
func (t *tx) putFact(ctx context.Context, vendor string, e lifecycle.PutFact) error {
	args := append(facts.values(vendor, &e.Fact), e.Known+1, vendor, e.Fact.Installation.String(), e.Known)
	return t.expect(ctx, 1, "all facts are known", `INSERT INTO isv_facts
		(vendor, installation, kind, at, org, package, version, version_number, number)
		SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?
		WHERE (SELECT COUNT(*) FROM isv_facts WHERE vendor = ? AND installation = ?) = ?
		ON CONFLICT DO NOTHING`, args...)
}
