package lifecycle

import (
	"context"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// DefineParameter defines a feature parameter; see [DefineParameter].
func (m *Manager) DefineParameter(ctx context.Context, a Actor, c DefineParameter) error {
	return m.do(ctx, a, c, nil)
}

// SetParameter sets a feature parameter of a license; see [SetParameter].
func (m *Manager) SetParameter(ctx context.Context, a Actor, c SetParameter) error {
	return m.do(ctx, a, c, nil)
}

// ReportParameter keeps what the subscriber has for a feature parameter; see
// [ReportParameter].
func (m *Manager) ReportParameter(ctx context.Context, a Actor, c ReportParameter) error {
	return m.do(ctx, a, c, nil)
}

// DefinedParameters returns the feature parameters of a package, by name.
func (m *Manager) DefinedParameters(ctx context.Context, a Actor, id pkgversion.PackageID) ([]license.Parameter, error) {
	return view(ctx, m, a, func(ctx context.Context, r Reader) ([]license.Parameter, error) {
		return r.Parameters(ctx, a.Vendor, id)
	})
}

// Parameters returns the feature parameters of an org for a package, for the
// application to read: those of the primary license, as Check chooses it. An org without
// a license gets parameters that deny; with an error the ones beside it do as well. Parameters
// are an installation's: a permission-set license, which licenses a user, gives none.
func (m *Manager) Parameters(ctx context.Context, a Actor, org pkgversion.OrgID, pkg pkgversion.PackageID) (license.Parameters, error) {
	return ask(ctx, m, a, func(q question) (license.Parameters, error) {
		registration, err := q.registration(pkg)
		if err != nil {
			return license.Parameters{}, err
		}
		choice, err := q.choose(org, pkg)
		if err != nil {
			return license.Parameters{}, err
		}
		return q.parameters(choice.License, registration)
	})
}

// LicenseParameters is Parameters for one license, whatever other licenses its org has. A
// license that is not there is a *NotFoundError.
func (m *Manager) LicenseParameters(ctx context.Context, a Actor, id license.ID) (license.Parameters, error) {
	return ask(ctx, m, a, func(q question) (license.Parameters, error) {
		return q.licenseParameters(id)
	})
}

// LicenseParametersAsOf is what LicenseParameters would have answered at a past instant, on
// what was set and reported until then; see [Manager.CheckAsOf]. It reads the history of
// the license.
func (m *Manager) LicenseParametersAsOf(ctx context.Context, a Actor, id license.ID, at time.Time) (license.Parameters, error) {
	return viewAsOf(ctx, m, a, at, func(ctx context.Context, r Reader, at time.Time) (license.Parameters, error) {
		return question{ctx: ctx, r: r, vendor: a.Vendor, now: at}.licenseParameters(id)
	})
}

func (q question) licenseParameters(id license.ID) (license.Parameters, error) {
	l, err := q.r.License(q.ctx, q.vendor, id)
	if err != nil {
		return license.Parameters{}, err
	}
	if l.ID == 0 {
		return license.Parameters{}, &NotFoundError{Kind: "license", ID: id.String()}
	}
	registration, err := q.registration(l.Package)
	if err != nil {
		return license.Parameters{}, err
	}
	return q.parameters(l, registration)
}

func (q question) parameters(l license.License, r Registration) (license.Parameters, error) {
	defined, err := q.r.Parameters(q.ctx, q.vendor, r.Package.ID)
	if err != nil {
		return license.Parameters{}, err
	}
	values, err := q.r.ParameterValues(q.ctx, q.vendor, l.ID)
	if err != nil {
		return license.Parameters{}, err
	}
	return license.NewParameters(l.Check(r.Policy, license.HoldsSeat, q.now), defined, values), nil
}
