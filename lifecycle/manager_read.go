package lifecycle

import (
	"context"
	"fmt"
	"iter"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

const pageSize = 500

// view reads in one snapshot, for who may read, what the actor can see.
func view[T any](ctx context.Context, m *Manager, a Actor, read func(context.Context, Reader) (T, error)) (T, error) {
	var result T
	if err := m.permit(ctx, a, viewing); err != nil {
		return result, err
	}
	err := m.store.View(ctx, func(ctx context.Context, r Reader) (err error) {
		result, err = read(ctx, readBy(a, r))
		return err
	})
	return orZero(result, err)
}

// pages yields what read returns, page by page, each in a snapshot of its own that
// is closed before the caller's code runs; next moves the cursor behind the last one.
func pages[T any](ctx context.Context, m *Manager, a Actor, yield func(T, error) bool,
	read func(context.Context, Reader) ([]T, error), next func(last T)) {
	for {
		page, err := view(ctx, m, a, read)
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		for _, item := range page {
			if !yield(item, nil) {
				return
			}
		}
		if len(page) < pageSize {
			return
		}
		next(page[len(page)-1])
	}
}

// one reads the record of an id. What is not there is a *NotFoundError.
func one[K fmt.Stringer, V comparable](ctx context.Context, m *Manager, a Actor, kind string, id K,
	read func(Reader, context.Context, pkgversion.VendorID, K) (V, error)) (V, error) {
	return view(ctx, m, a, func(ctx context.Context, r Reader) (V, error) {
		var none V
		record, err := read(r, ctx, a.Vendor, id)
		if err == nil && record == none {
			err = &NotFoundError{Kind: kind, ID: id.String()}
		}
		return record, err
	})
}

// Package returns a registration, or a *NotFoundError.
func (m *Manager) Package(ctx context.Context, a Actor, id pkgversion.PackageID) (Registration, error) {
	return one(ctx, m, a, "package", id, Reader.Package)
}

// Packages returns the vendor's registrations, by package id.
func (m *Manager) Packages(ctx context.Context, a Actor) ([]Registration, error) {
	return view(ctx, m, a, func(ctx context.Context, r Reader) ([]Registration, error) {
		return r.Packages(ctx, a.Vendor)
	})
}

// Versions returns the versions of a package, by id, or a *NotFoundError where there is
// no such package. [pkgversion.Latest] finds the highest released one.
func (m *Manager) Versions(ctx context.Context, a Actor, id pkgversion.PackageID) ([]pkgversion.PackageVersion, error) {
	return view(ctx, m, a, func(ctx context.Context, r Reader) ([]pkgversion.PackageVersion, error) {
		switch p, err := r.Package(ctx, a.Vendor, id); {
		case err != nil:
			return nil, err
		case p.Revision == 0:
			return nil, &NotFoundError{Kind: "package", ID: id.String()}
		}
		return r.Versions(ctx, a.Vendor, id)
	})
}

// ofLicense reads what belongs to a license. For a license that is not there it is a
// *NotFoundError.
func ofLicense[T any](ctx context.Context, r Reader, a Actor, id license.ID, read func() (T, error)) (T, error) {
	var none T
	switch l, err := r.License(ctx, a.Vendor, id); {
	case err != nil:
		return none, err
	case l.ID == 0:
		return none, &NotFoundError{Kind: "license", ID: id.String()}
	}
	return read()
}

// License returns a license, or a *NotFoundError.
func (m *Manager) License(ctx context.Context, a Actor, id license.ID) (license.License, error) {
	return one(ctx, m, a, "license", id, Reader.License)
}

// LicenseOf returns the license of an installation, or a *NotFoundError.
func (m *Manager) LicenseOf(ctx context.Context, a Actor, id license.InstallationID) (license.License, error) {
	return one(ctx, m, a, "installation", id, Reader.LicenseOf)
}

// Licenses yields the licenses that q asks for, in its order. It reads page by page,
// and no transaction is open while the caller's code runs. The first error ends it.
// To go on later, set q.After to [CursorAfter] the last one seen. A status, kind or order
// that there is not is a *FieldError.
func (m *Manager) Licenses(ctx context.Context, a Actor, q LicenseQuery) iter.Seq2[license.License, error] {
	return func(yield func(license.License, error) bool) {
		q := q
		pages(ctx, m, a, yield, func(ctx context.Context, r Reader) ([]license.License, error) {
			if err := q.valid(); err != nil {
				return nil, err
			}
			return r.Licenses(ctx, a.Vendor, q, pageSize)
		}, func(last license.License) { q.After = CursorAfter(last) })
	}
}

// Org returns an org, or a *NotFoundError.
func (m *Manager) Org(ctx context.Context, a Actor, id pkgversion.OrgID) (license.Org, error) {
	return one(ctx, m, a, "org", id, Reader.Org)
}

// Lead returns a lead, or a *NotFoundError.
func (m *Manager) Lead(ctx context.Context, a Actor, id lead.ID) (lead.Lead, error) {
	return one(ctx, m, a, "lead", id, Reader.Lead)
}

// Contact returns a contact, or a *NotFoundError.
func (m *Manager) Contact(ctx context.Context, a Actor, id lead.ContactID) (lead.Contact, error) {
	return one(ctx, m, a, "contact", id, Reader.Contact)
}

// Account returns an account, or a *NotFoundError.
func (m *Manager) Account(ctx context.Context, a Actor, id lead.AccountID) (lead.Account, error) {
	return one(ctx, m, a, "account", id, Reader.Account)
}

// Owner returns a user who can own leads, or a *NotFoundError. The vendor's
// lead.LicenseManager is not recorded, unless an import did.
func (m *Manager) Owner(ctx context.Context, a Actor, id lead.OwnerID) (lead.Owner, error) {
	return one(ctx, m, a, "owner", id, Reader.Owner)
}

// Leads yields the leads that q asks for, by id, page by page like Licenses.
func (m *Manager) Leads(ctx context.Context, a Actor, q LeadQuery) iter.Seq2[lead.Lead, error] {
	return func(yield func(lead.Lead, error) bool) {
		q := q
		pages(ctx, m, a, yield, func(ctx context.Context, r Reader) ([]lead.Lead, error) {
			if err := q.valid(); err != nil {
				return nil, err
			}
			return r.Leads(ctx, a.Vendor, q, pageSize)
		}, func(last lead.Lead) { q.After = last.ID })
	}
}
