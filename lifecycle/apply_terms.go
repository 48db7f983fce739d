package lifecycle

import (
	"time"

	"github.com/isvkit/isvkit/license"
)

func (d *decision) modify(c Modify) error {
	if err := d.licensed(c.License); err != nil {
		return err
	}
	if err := validTexts("why", c.Why); err != nil {
		return err
	}
	before := d.License
	if err := d.registered(before.Package); err != nil {
		return err
	}
	l, err := before.Modify(license.Change{Terms: c.Terms, Revision: c.Revision}, d.Rules.License, before.Zone.DateOf(d.Now))
	if err != nil || l == before {
		return err
	}
	if d.Org.Status.Unreachable() {
		return &UnreachableOrgError{License: l.ID, Org: l.Org, Status: d.Org.Status}
	}
	d.why, l.TermsAsOf = c.Why, d.Now
	d.termsSet(d.saveLicense(LicenseModified, before, l))
	return nil
}

// upgrade is asked for, not told: it can be refused. What it does is a fact from
// then on.
func (d *decision) upgrade(c Upgrade) error {
	if err := d.licensed(c.License); err != nil {
		return err
	}
	l := d.License
	if err := firstError(func() error { return d.registered(l.Package) }, d.noInstallation); err != nil {
		return err
	}
	refuse := func(rule string) error {
		return &UpgradeError{License: l.ID, From: l.Number, To: d.Version.Version, Rule: rule}
	}
	switch {
	case d.Version.ID.IsZero() || d.Version.Package != l.Package:
		return &NotFoundError{Kind: "package version", ID: c.Version.String()}
	case l.Version == c.Version:
		return nil
	case l.Terms.Status == license.Uninstalled:
		return refuse("an uninstalled license is read-only")
	case l.Number.IsBeta():
		return refuse("a beta cannot be upgraded: uninstall it first")
	case !l.Number.Less(d.Version.Version):
		return refuse("an upgrade goes to a higher version")
	}
	if d.Version.Version.IsBeta() && !l.Sandbox && !d.Org.Status.Is(license.OrgTrial) {
		return refuse("a beta is installed in sandboxes and trial orgs only")
	}
	f := Fact{Installation: l.Installation, Kind: FactVersion, At: latest(d.Now, l.UpgradedAt),
		Org: l.Org, Package: l.Package, Version: c.Version, Number: d.Version.Version}
	d.do(PutFact{Fact: f, Known: len(d.Facts)}, Told{Org: l.Org, Facts: []Fact{f}})
	before := l
	l.Version, l.Number, l.UpgradedAt = f.Version, f.Number, f.At
	d.saveLicense(LicenseUpgraded, before, l)
	return nil
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
