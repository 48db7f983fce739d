package sqlstore

import (
	"context"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

func (r *reader) Lead(ctx context.Context, vendor pkgversion.VendorID, id lead.ID) (lead.Lead, error) {
	return one(ctx, r, leads, " AND id = ?", vendor.String(), id.String())
}

func (r *reader) Contact(ctx context.Context, vendor pkgversion.VendorID, id lead.ContactID) (lead.Contact, error) {
	return one(ctx, r, contacts, " AND id = ?", vendor.String(), id.String())
}

func (r *reader) Account(ctx context.Context, vendor pkgversion.VendorID, id lead.AccountID) (lead.Account, error) {
	return one(ctx, r, accounts, " AND id = ?", vendor.String(), id.String())
}

func (r *reader) Owner(ctx context.Context, vendor pkgversion.VendorID, id lead.OwnerID) (lead.Owner, error) {
	return one(ctx, r, owners, " AND id = ?", vendor.String(), id.String())
}

func (r *reader) PendingLead(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (lifecycle.PendingLead, error) {
	return one(ctx, r, pendingLeads, " AND license = ?", vendor.String(), int64(id))
}

func (r *reader) PendingLeads(ctx context.Context, vendor pkgversion.VendorID, after license.ID, limit int) ([]lifecycle.PendingLead, error) {
	return list(ctx, r, pendingLeads, " AND license > ? ORDER BY license LIMIT ?", vendor.String(), int64(after), max(limit, 0))
}

func (r *reader) Leads(ctx context.Context, vendor pkgversion.VendorID, q lifecycle.LeadQuery, limit int) ([]lead.Lead, error) {
	w := where{args: []any{vendor.String()}}
	w.leads(vendor.String(), q)
	return list(ctx, r, leads, w.text.String()+" ORDER BY id LIMIT ?", append(w.args, max(limit, 0))...)
}

// leads adds the conditions of q. LeadQuery.Matches says what they are, but for the
// package.
func (w *where) leads(vendor string, q lifecycle.LeadQuery) {
	w.is("owner", q.Owner)
	if q.SourcePrefix != "" {
		w.and("substr(source, 1, length(CAST(? AS TEXT))) = ?", q.SourcePrefix, q.SourcePrefix)
	}
	w.converted(q.State)
	w.instant("created_at >= ?", q.CreatedFrom)
	w.instant("created_at < ?", q.CreatedUntil)
	if !q.Package.IsZero() {
		w.and(`EXISTS (SELECT 1 FROM isv_licenses AS l
			WHERE l.vendor = ? AND l.lead = isv_leads.id AND l.package = ?)`, vendor, q.Package.String())
	}
	if q.CreatedFrom.IsZero() {
		w.and("id > ?", q.After.String())
	} else { // few were created since: find these by the instant, not by the id
		w.and("id || '' > ?", q.After.String())
	}
}

func (w *where) converted(state lifecycle.LeadState) {
	const converted = "(converted_contact IS NOT NULL OR converted_account IS NOT NULL OR converted_at IS NOT NULL)"
	switch state {
	case lifecycle.OpenLeads:
		w.and("NOT " + converted)
	case lifecycle.ConvertedLeads:
		w.and(converted)
	}
}

// instant adds a condition on an instant, unless it is zero.
func (w *where) instant(condition string, t time.Time) {
	if !t.IsZero() {
		w.and(condition, (*moment)(&t))
	}
}

func (r *reader) LeadsUnder(ctx context.Context, vendor pkgversion.VendorID, keys []string, limit int) ([]lead.Lead, int, error) {
	return under(ctx, r, leads, r.dialect.lookups.leadsUnder, vendor.String(), lifecycle.Leads, keys, limit)
}

func (r *reader) ContactsUnder(ctx context.Context, vendor pkgversion.VendorID, keys []string, limit int) ([]lead.Contact, int, error) {
	return under(ctx, r, contacts, r.dialect.lookups.contactsUnder, vendor.String(), lifecycle.Contacts, keys, limit)
}

func under[T any](ctx context.Context, r *reader, t *table[T], query, vendor string, kind lifecycle.RecordKind, keys []string, limit int) ([]T, int, error) {
	n, err := r.countUnder(ctx, vendor, kind, keys)
	if err != nil || n == 0 {
		return nil, 0, err
	}
	wanted := r.dialect.array(keys)
	found, err := listBy(ctx, r, t, query, vendor, wanted, vendor, kindName(kind), max(limit, 0))
	return found, n, err
}

func (r *reader) countUnder(ctx context.Context, vendor string, kind lifecycle.RecordKind, keys []string) (int, error) {
	if len(keys) == 0 {
		return 0, r.usable(ctx)
	}
	wanted := r.dialect.array(keys)
	var n int
	err := r.value(ctx, &n, r.dialect.lookups.countUnder, wanted, vendor, kindName(kind))
	return n, err
}

func kindName(kind lifecycle.RecordKind) string {
	if kind == lifecycle.Contacts {
		return "contact"
	}
	return "lead"
}

// expectUnder counts again, now that nobody else can write under the keys before the
// transaction ends.
func (t *tx) expectUnder(ctx context.Context, vendor string, e lifecycle.ExpectUnder) error {
	if err := t.lockKeys(ctx, vendor, e.Kind, e.Keys); err != nil {
		return err
	}
	n, err := t.countUnder(ctx, vendor, e.Kind, e.Keys)
	if err == nil && n != e.Records {
		err = t.fail(conflict("so many records stand under the keys"))
	}
	return err
}

func (t *tx) putLead(ctx context.Context, vendor string, e lifecycle.PutLead) error {
	if err := putAt(ctx, t, leads, vendor, e.Lead, e.IfRevision); err != nil {
		return err
	}
	return t.putKeys(ctx, vendor, lifecycle.Leads, e.Lead.ID.String(), e.Keys)
}

func (t *tx) putContact(ctx context.Context, vendor string, e lifecycle.PutContact) error {
	if err := put(ctx, t, contacts, vendor, e.Contact); err != nil {
		return err
	}
	return t.putKeys(ctx, vendor, lifecycle.Contacts, e.Contact.ID.String(), e.Keys)
}

// putKeys makes keys the ones under which a record stands.
func (t *tx) putKeys(ctx context.Context, vendor string, kind lifecycle.RecordKind, record string, keys []string) error {
	if _, err := t.exec(ctx, "DELETE FROM isv_match_keys WHERE vendor = ? AND kind = ? AND record = ?",
		vendor, kindName(kind), record); err != nil || len(keys) == 0 {
		return err
	}
	if err := t.lockKeys(ctx, vendor, kind, keys); err != nil {
		return err
	}
	wanted := t.dialect.array(keys)
	_, err := t.exec(ctx, `INSERT INTO isv_match_keys (vendor, kind, match_key, record)
		SELECT ?, ?, value, ? FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`, vendor, kindName(kind), record, wanted)
	return err
}
