package lifecycle

import (
	"context"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Check answers whether a user of an org is licensed for a package: by its license, or
// by a permission-set license of it. Of several licenses of the org and package the
// primary one answers, and the Decision's Rule says why that one; see [license.Choose].
// Where it says no, the permission-set licenses are asked; see
// [license.WithPermissionSets]. An org without a license is a no, with
// [license.DeniedUnknown].
//
// The platform's three questions are CheckNamespace (isCurrentUserLicensed), Check
// (isCurrentUserLicensedForPackage) and, of a license that is named, CheckLicense
// (hasPackageLicense).
//
// An error means that there is no answer, and the Decision beside it denies: the
// store failed, or the vendor has no such package (a *NotFoundError).
func (m *Manager) Check(ctx context.Context, a Actor, org pkgversion.OrgID, pkg pkgversion.PackageID, user seats.UserID) (license.Decision, error) {
	return m.check(ctx, a, user, func(q question) (license.Decision, error) { return q.org(org, pkg) })
}

// CheckNamespace answers whether a user of an org is licensed for any package of a
// namespace. The Decision is that of the package that comes closest to a yes; its
// Until is the earliest of all. A namespace that none of the vendor's packages has
// is a *NotFoundError, and the Decision beside it denies.
func (m *Manager) CheckNamespace(ctx context.Context, a Actor, org pkgversion.OrgID, namespace string, user seats.UserID) (license.Decision, error) {
	return m.check(ctx, a, user, func(q question) (license.Decision, error) { return q.namespace(org, namespace) })
}

// CheckLicense answers whether a license licenses a user, whatever other licenses and
// permission-set licenses the org has; so of a permission-set license it does not ask whether
// the package is installed, as Check does. A license that is not there is a no, with
// [license.DeniedUnknown].
func (m *Manager) CheckLicense(ctx context.Context, a Actor, id license.ID, user seats.UserID) (license.Decision, error) {
	return m.check(ctx, a, user, func(q question) (license.Decision, error) { return q.license(id) })
}

// check asks in one snapshot, so that an answer never rests on two moments.
func (m *Manager) check(ctx context.Context, a Actor, user seats.UserID, about func(question) (license.Decision, error)) (license.Decision, error) {
	return ask(ctx, m, a, func(q question) (license.Decision, error) {
		if user.IsZero() {
			return license.Decision{}, &FieldError{Field: "user id", Rule: "must not be empty"}
		}
		q.user = user
		return about(q)
	})
}

// ask answers a question from one snapshot and at one instant.
func ask[T any](ctx context.Context, m *Manager, a Actor, about func(question) (T, error)) (T, error) {
	now := m.now()
	return view(ctx, m, a, func(ctx context.Context, r Reader) (T, error) {
		highest, err := r.Clock(ctx, a.Vendor)
		if err != nil {
			var none T
			return none, err
		}
		return about(question{ctx: ctx, r: r, vendor: a.Vendor, now: clockAt(now, highest)})
	})
}

// question is who is asked about, when, and from which snapshot.
type question struct {
	ctx    context.Context
	r      Reader
	vendor pkgversion.VendorID
	user   seats.UserID
	now    time.Time
}

func (q question) org(org pkgversion.OrgID, pkg pkgversion.PackageID) (license.Decision, error) {
	r, err := q.registration(pkg)
	if err != nil {
		return license.Decision{}, err
	}
	return q.ofPackage(org, r)
}

func (q question) namespace(org pkgversion.OrgID, namespace string) (license.Decision, error) {
	all, err := q.r.Packages(q.ctx, q.vendor)
	if err != nil {
		return license.Decision{}, err
	}
	var decisions []license.Decision
	for _, r := range all {
		if r.Package.Namespace != namespace || namespace == "" || !r.IsRegistered() {
			continue
		}
		d, err := q.ofPackage(org, r)
		if err != nil {
			return license.Decision{}, err
		}
		decisions = append(decisions, d)
	}
	if len(decisions) == 0 {
		return license.Decision{}, &NotFoundError{Kind: "namespace", ID: namespace}
	}
	return license.Best(decisions), nil
}

func (q question) license(id license.ID) (license.Decision, error) {
	l, err := q.r.License(q.ctx, q.vendor, id)
	if err != nil {
		return license.Decision{}, err
	}
	r, err := q.r.Package(q.ctx, q.vendor, l.Package)
	if err != nil {
		return license.Decision{}, err
	}
	if l.ID != 0 && !r.ReleasedAt.IsZero() {
		return license.Decision{}, &NotFoundError{Kind: "package", ID: l.Package.String()}
	}
	return q.ofLicense(l, r.Policy)
}

func (q question) ofPackage(org pkgversion.OrgID, r Registration) (license.Decision, error) {
	all, err := q.licensesOf(org, r.Package.ID)
	if err != nil {
		return license.Decision{}, err
	}
	choice := license.Choose(all, q.now)
	own, err := q.ofLicense(choice.License, r.Policy)
	own.Rule = choice.Rule
	if err != nil || own.Licensed() {
		return own, err
	}
	var sets []license.Decision
	for _, l := range all {
		if !l.IsPermissionSet() {
			continue
		}
		d, err := q.ofLicense(l, r.Policy)
		if err != nil {
			return license.Decision{}, err
		}
		sets = append(sets, d)
	}
	return license.WithPermissionSets(own, sets), nil
}

// registration returns a package that is registered, or a *NotFoundError.
func (q question) registration(id pkgversion.PackageID) (Registration, error) {
	r, err := q.r.Package(q.ctx, q.vendor, id)
	if err == nil && !r.IsRegistered() {
		err = &NotFoundError{Kind: "package", ID: id.String()}
	}
	return r, err
}

// choose finds the license that counts of an org's licenses of a package.
func (q question) choose(org pkgversion.OrgID, pkg pkgversion.PackageID) (license.Choice, error) {
	all, err := q.licensesOf(org, pkg)
	return license.Choose(all, q.now), err
}

// licensesOf returns an org's licenses of a package, the permission-set licenses among
// them.
func (q question) licensesOf(org pkgversion.OrgID, pkg pkgversion.PackageID) ([]license.License, error) {
	if org.IsZero() {
		return nil, &FieldError{Field: "org id", Rule: "must not be empty"}
	}
	l := loader{ctx: q.ctx, r: q.r, vendor: q.vendor}
	all := l.licenses(LicenseQuery{Org: org, Package: pkg})
	return all, l.err
}

func (q question) ofLicense(l license.License, p license.Policy) (license.Decision, error) {
	seat := license.NoSeat
	if _, counted := l.Terms.Seats.Count(); counted && l.ID != 0 {
		holding, err := q.r.Holding(q.ctx, q.vendor, l.ID, []seats.UserID{q.user})
		if err != nil {
			return license.Decision{}, err
		}
		seat = license.Seat(len(holding) > 0)
	}
	return l.Check(p, seat, q.now), nil
}

// Now returns the instant that counts for a vendor: that of the clock, or that of
// the latest commit when the clock is behind it.
func (m *Manager) Now(ctx context.Context, a Actor) (time.Time, error) {
	now := m.now()
	return view(ctx, m, a, func(ctx context.Context, r Reader) (time.Time, error) {
		highest, err := r.Clock(ctx, a.Vendor)
		return instant.Max(instant.Of(now), highest), err
	})
}
