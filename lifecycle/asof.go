package lifecycle

import (
	"context"
	"maps"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// CheckAsOf answers what [Manager.Check] would have answered at a past instant, on what
// was recorded until then, that instant included: by the terms, the seats and the policy
// as they were known then. What was told or imported later, of however long before, does
// not count; nor does it matter who reads, and when.
//
// An instant that is yet to come, or none, is a *FieldError; one from before what
// [Manager.Retain] left is a *BeforeRetentionError. A package that was not
// registered by then is a *NotFoundError, as it was then; an org that had no license by
// then is a no, with [license.DeniedUnknown]. Where the clock was taken back with
// ConfirmClock, instants in between were twice, and what was recorded last counts.
func (m *Manager) CheckAsOf(ctx context.Context, a Actor, org pkgversion.OrgID, pkg pkgversion.PackageID, user seats.UserID, at time.Time) (license.Decision, error) {
	return m.checkAsOf(ctx, a, user, at, func(q question) (license.Decision, error) { return q.org(org, pkg) })
}

// CheckLicenseAsOf is CheckAsOf for [Manager.CheckLicense].
func (m *Manager) CheckLicenseAsOf(ctx context.Context, a Actor, id license.ID, user seats.UserID, at time.Time) (license.Decision, error) {
	return m.checkAsOf(ctx, a, user, at, func(q question) (license.Decision, error) { return q.license(id) })
}

// CheckNamespaceAsOf is CheckAsOf for [Manager.CheckNamespace].
func (m *Manager) CheckNamespaceAsOf(ctx context.Context, a Actor, org pkgversion.OrgID, namespace string, user seats.UserID, at time.Time) (license.Decision, error) {
	return m.checkAsOf(ctx, a, user, at, func(q question) (license.Decision, error) { return q.namespace(org, namespace) })
}

// LicenseAsOf returns a license as it was known to be at a past instant, its Holders
// included; see [Manager.CheckAsOf]. Observed is that of the license's change before. One
// that was not known by then is a *NotFoundError.
func (m *Manager) LicenseAsOf(ctx context.Context, a Actor, id license.ID, at time.Time) (license.License, error) {
	return viewAsOf(ctx, m, a, at, func(ctx context.Context, r Reader, _ time.Time) (license.License, error) {
		l, err := r.License(ctx, a.Vendor, id)
		if err == nil && l.ID == 0 {
			err = &NotFoundError{Kind: "license", ID: id.String()}
		}
		return l, err
	})
}

// checkAsOf asks the same questions as check, of the past.
func (m *Manager) checkAsOf(ctx context.Context, a Actor, user seats.UserID, at time.Time, ask func(question) (license.Decision, error)) (license.Decision, error) {
	return viewAsOf(ctx, m, a, at, func(ctx context.Context, r Reader, at time.Time) (license.Decision, error) {
		if user.IsZero() {
			return license.Decision{}, &FieldError{Field: "user id", Rule: "must not be empty"}
		}
		d, err := ask(question{ctx, r, a.Vendor, user, at})
		return orZero(d, err)
	})
}

// viewAsOf reads as if it were an instant in the past.
func viewAsOf[T any](ctx context.Context, m *Manager, a Actor, at time.Time, read func(context.Context, Reader, time.Time) (T, error)) (T, error) {
	now, at := m.now(), instant.Of(at)
	return view(ctx, m, a, func(ctx context.Context, r Reader) (T, error) {
		var none T
		highest, err := r.Clock(ctx, a.Vendor)
		switch {
		case err != nil:
			return none, err
		case at.IsZero():
			return none, &FieldError{Field: "instant", Rule: "must be set"}
		case at.After(clockAt(now, highest)):
			return none, &FieldError{Field: "instant", Value: at.Format(time.RFC3339Nano), Rule: "must not be yet to come"}
		}
		kept, err := loadRetained(ctx, r, a.Vendor)
		switch {
		case err != nil:
			return none, err
		case at.Before(kept.Since):
			return none, &BeforeRetentionError{At: at, Since: kept.Since}
		}
		return read(ctx, pastReader{r, at}, at)
	})
}

// pastReader reads packages, licenses, feature parameters and seats as they were known at an instant. What
// the other methods read is of the present. Packages and licenses are never deleted, so
// those of the past are among those of the present.
type pastReader struct {
	Reader
	at time.Time
}

func (p pastReader) Package(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) (Registration, error) {
	stream := Stream{PackageStream, id.String()}
	e, err := p.LastChange(ctx, vendor, stream, PackageChanged{}.kind(), p.at)
	changed, _ := e.Change.(PackageChanged)
	return changed.After, err
}

func (p pastReader) Packages(ctx context.Context, vendor pkgversion.VendorID) ([]Registration, error) {
	all, err := p.Reader.Packages(ctx, vendor)
	if err != nil {
		return nil, err
	}
	var past []Registration
	for _, r := range all {
		r, err := p.Package(ctx, vendor, r.Package.ID)
		if err != nil {
			return nil, err
		}
		if r.Revision > 0 {
			past = append(past, r)
		}
	}
	return past, nil
}

// Parameters reads what the package's stream says of them.
func (p pastReader) Parameters(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) ([]license.Parameter, error) {
	present, err := p.Reader.Parameters(ctx, vendor, id)
	if err != nil || len(present) == 0 {
		return nil, err
	}
	past := map[license.ParameterName]license.Parameter{}
	err = p.until(ctx, vendor, Stream{PackageStream, id.String()}, func(c Change) {
		if defined, ok := c.(ParameterDefined); ok {
			past[defined.After.Name] = defined.After
		}
	})
	return sorted(maps.Values(past), func(a, b license.Parameter) int { return a.Name.Compare(b.Name) }), err
}

// ParameterValues reads what the license's stream says of them.
func (p pastReader) ParameterValues(ctx context.Context, vendor pkgversion.VendorID, id license.ID) ([]license.ParameterValue, error) {
	present, err := p.Reader.ParameterValues(ctx, vendor, id)
	if err != nil || len(present) == 0 {
		return nil, err
	}
	past := map[license.ParameterName]license.ParameterValue{}
	err = p.until(ctx, vendor, Stream{LicenseStream, id.String()}, func(c Change) {
		if changed, ok := c.(ParameterChanged); ok {
			past[changed.After.Name] = changed.After
		}
	})
	return sorted(maps.Values(past), func(a, b license.ParameterValue) int { return a.Name.Compare(b.Name) }), err
}

// until calls f with the changes of a stream that were recorded by then.
func (p pastReader) until(ctx context.Context, vendor pkgversion.VendorID, of Stream, f func(Change)) error {
	return walk(ctx, p, vendor, of, 0, func(e Event) {
		if !e.At.After(p.at) {
			f(e.Change)
		}
	})
}

func (p pastReader) License(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (license.License, error) {
	stream := Stream{LicenseStream, id.String()}
	e, err := p.LastChange(ctx, vendor, stream, LicenseChanged{}.kind(), p.at)
	changed, found := e.Change.(LicenseChanged)
	if err != nil || !found {
		return license.License{}, err
	}
	l := changed.After
	l.Holders, err = p.HoldersAt(ctx, vendor, id, p.at)
	return l, err
}

// Licenses takes a query by org and package: these never change of a license.
func (p pastReader) Licenses(ctx context.Context, vendor pkgversion.VendorID, q LicenseQuery, limit int) ([]license.License, error) {
	var past []license.License
	for len(past) < limit {
		present, err := p.Reader.Licenses(ctx, vendor, q, limit)
		if err != nil {
			return nil, err
		}
		for _, l := range present {
			q.After = CursorAfter(l)
			if l, err = p.License(ctx, vendor, l.ID); err != nil {
				return nil, err
			}
			if l.ID != 0 {
				past = append(past, l)
			}
		}
		if len(present) < limit {
			break
		}
	}
	return past[:min(len(past), limit)], nil
}

func (p pastReader) Holding(ctx context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]seats.Assignment, error) {
	var past []seats.Assignment
	for _, user := range users {
		all, err := p.SeatHistory(ctx, vendor, id, user)
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			if a.KnownAt(p.at) {
				a.RevokedAt, a.RevokedBy = time.Time{}, ""
				past = append(past, a)
			}
		}
	}
	return past, nil
}
