package lifecycle

import "github.com/isvkit/isvkit/license"

// addPermissionSet makes a permission-set license. Its terms are judged as those of a
// modification of one that is Active and without end.
func (d *decision) addPermissionSet(c AddPermissionSet) error {
	if err := d.validPermissionSet(c); err != nil {
		return err
	}
	before := d.License
	l := license.License{
		ID: d.NextNumber, Installation: c.Installation, Org: c.Org, Sandbox: d.Org.Sandbox, Package: c.Package,
		PermissionSet: c.PermissionSet, Zone: c.Zone, OnceActive: true, InstalledAt: d.Now, TermsAsOf: d.Now,
		Terms: license.Terms{Status: license.Active, Seats: license.Site(), Expiration: license.Never()},
	}
	l, err := l.Modify(license.Change{Terms: c.Terms}, d.Rules.License, c.Zone.DateOf(d.Now))
	switch {
	case err != nil:
		return err
	case before.ID == 0:
	case before.IsPermissionSet() && before.Org == l.Org && before.Package == l.Package && before.PermissionSet == l.PermissionSet &&
		before.Zone == l.Zone && before.Terms == l.Terms:
		return nil
	default:
		return &ExistsError{Kind: "license", ID: before.ID.String(), Rule: "it has that installation id and says something else"}
	}
	if d.Org.Status.Unreachable() {
		return &UnreachableOrgError{Org: l.Org, Status: d.Org.Status}
	}
	d.why = c.Why
	d.saveLicense(LicenseAdded, before, l)
	return nil
}

func (d *decision) validPermissionSet(c AddPermissionSet) error {
	switch {
	case c.Installation.IsZero():
		return &FieldError{Field: "installation id", Rule: "names the permission-set license"}
	case c.Org.IsZero():
		return &FieldError{Field: "org id", Rule: "must not be empty"}
	case c.PermissionSet == "":
		return &FieldError{Field: "permission set", Rule: "must not be empty"}
	}
	return firstError(
		func() error { return validTexts("permission set", c.PermissionSet) },
		func() error { return validTexts("why", c.Why) },
		func() error { return d.registered(c.Package) },
	)
}

// noInstallation refuses to be told something of the installation of a permission-set
// license: it has none.
func (d *decision) noInstallation() error {
	if !d.License.IsPermissionSet() {
		return nil
	}
	return &ExistsError{Kind: "installation", ID: d.License.Installation.String(), Rule: "it is a permission-set license"}
}
