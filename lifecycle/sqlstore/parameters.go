package sqlstore

import (
	"context"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

func (r *reader) Parameters(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) ([]license.Parameter, error) {
	return list(ctx, r, parameters, " AND package = ? ORDER BY name", vendor.String(), id.String())
}

func (r *reader) ParameterValues(ctx context.Context, vendor pkgversion.VendorID, id license.ID) ([]license.ParameterValue, error) {
	return list(ctx, r, parameterValues, " AND license = ? ORDER BY name", vendor.String(), int64(id))
}

// putParameter counts the parameters of the package in the row of the package, which
// stays locked: two who define one at once would else both see room for it.
func (t *tx) putParameter(ctx context.Context, vendor string, e lifecycle.PutParameter) error {
	p := e.Parameter
	err := t.expect(ctx, 1, "all parameters of the package are known", `UPDATE isv_packages SET revision = revision
		WHERE vendor = ? AND id = ? AND (SELECT COUNT(*) FROM isv_parameters WHERE vendor = ? AND package = ?) = ?`,
		vendor, p.Package.String(), vendor, p.Package.String(), e.Known)
	if err != nil {
		return err
	}
	if e.IfRevision == 0 {
		return putNew(ctx, t, parameters, vendor, p)
	}
	return t.expect(ctx, 1, "the revision is unchanged in isv_parameters", `UPDATE isv_parameters SET default_value = ?, revision = ?
		WHERE vendor = ? AND package = ? AND name = ? AND revision = ?`,
		p.Default.String(), p.Revision, vendor, p.Package.String(), p.Name.String(), e.IfRevision)
}

// putParameterValue holds on to the license's row, so that it is not uninstalled at the
// same time.
func (t *tx) putParameterValue(ctx context.Context, vendor string, e lifecycle.PutParameterValue) error {
	v := e.Value
	err := t.expect(ctx, 1, "the license is unchanged", "UPDATE isv_licenses SET revision = revision WHERE vendor = ? AND id = ? AND revision = ?",
		vendor, int64(v.License), e.IfLicense)
	if err != nil {
		return err
	}
	if e.IfRevision == 0 {
		return putNew(ctx, t, parameterValues, vendor, v)
	}
	return t.expect(ctx, 1, "the revision is unchanged in isv_parameter_values",
		`UPDATE isv_parameter_values SET value = ?, set_at = ?, reported = ?, reported_at = ?, differ_since = ?, revision = ?
		WHERE vendor = ? AND license = ? AND name = ? AND revision = ?`,
		optional{&v.Set}, (*moment)(&v.SetAt), optional{&v.Reported}, (*moment)(&v.ReportedAt), (*moment)(&v.DifferSince), v.Revision,
		vendor, int64(v.License), v.Name.String(), e.IfRevision)
}
