package lifecycle

import (
	"slices"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// importLicense records a license as another system had it. It cannot do what
// nobody can: bring back a trial, revive what is uninstalled, or set terms out of
// range.
func (d *decision) importLicense(c ImportLicense) error {
	l, err := d.importable(c)
	if err != nil {
		return err
	}
	before, asOf := d.License, instant.Of(c.AsOf)
	if before.Terms.Status == license.Uninstalled {
		if l.Terms.Status == license.Uninstalled || !asOf.After(before.UninstalledAt) {
			return nil
		}
		return &ExistsError{Kind: "license", ID: l.ID.String(), Rule: "an uninstalled license is read-only"}
	}
	observed := l.Observed // of the other side, and newer or older by itself
	l.Observed, l.Production = before.Observed, before.Production
	var told []Fact // a permission-set license has no installation to be told of
	if !l.IsPermissionSet() {
		told = d.importedFacts(l, asOf)
	}
	switch l.TermsAsOf = asOf; {
	case before.ID != 0 && !asOf.After(before.TermsAsOf):
		l = before // its terms are as new or newer; facts count all the same
	case before.OnceActive && l.Terms.Status == license.Trial:
		return &license.TransitionError{License: l.ID, From: before.Terms.Status, To: license.Trial,
			Rule: "a license that was active can never be a trial again"}
	}
	if !l.IsPermissionSet() {
		l = asTold(l, fold(append(slices.Clip(d.Facts), told...)))
	}
	l.Holders, l.Previous, l.RetiredAt = before.Holders, before.Previous, before.RetiredAt
	l.Revision, l.ChangedAt = before.Revision, before.ChangedAt
	if l == before && len(told) == 0 {
		d.observedByImport(l, observed)
		return nil
	}
	d.made = LicenseImported
	d.keepFacts(told, Told{Org: l.Org, Facts: told})
	if before.InstalledAt.Equal(l.InstalledAt) || l.IsPermissionSet() {
		d.saveSettled(before, l)
	} else {
		d.saveSiblings(l)
	}
	d.tells(c.Org, c.AsOf)
	d.linkFamily(true)
	d.saveOrg(c.Org, c.AsOf, true)
	d.sidesOfImport(d.latest(l), observed)
	return nil
}

// sidesOfImport takes over what the other system had of the subscriber's side. New terms
// of a license that was there are compared with it and pushed, like those of a Modify.
func (d *decision) sidesOfImport(l license.License, o license.Observed) {
	changed := d.License.ID != 0 && l.Terms != d.License.Terms
	if changed && l.Terms.Status == license.Uninstalled {
		d.sidesEnd(l)
		changed = false
	}
	d.observedByImport(l, o)
	if changed {
		d.termsSet(d.latest(l))
	}
}

// observedByImport takes over what the other system had of the subscriber's side,
// unless something newer is known.
func (d *decision) observedByImport(l license.License, o license.Observed) {
	if !o.HasSeats {
		o.Seats = license.Seats{}
	}
	if o != d.Sides.Observed && !o.AsOf.Before(d.Sides.Observed.AsOf) {
		d.see(d.latest(l), o, 0)
	}
}

// importable returns the license to record, or the rule that it breaks.
func (d *decision) importable(c ImportLicense) (license.License, error) {
	l := c.License
	refuse := func(field, value, rule string) (license.License, error) {
		return l, &FieldError{Field: field, Value: value, Rule: rule}
	}
	if err := d.importIdentity(l, c.Org.ID); err != nil {
		return l, err
	}
	for _, t := range []*time.Time{&l.InstalledAt, &l.UpgradedAt, &l.UninstalledAt, &l.Observed.AsOf} {
		*t = instant.Of(*t)
	}
	if err := d.importTexts(c, l); err != nil {
		return l, err
	}
	last, ends := l.Terms.Expiration.LastDay()
	switch {
	case !l.UninstalledAt.IsZero() && l.UninstalledAt.Before(l.InstalledAt):
		return refuse("uninstall date", license.DateOf(l.UninstalledAt).String(), "must not precede the install date")
	case !l.Terms.Status.IsStored():
		return refuse("status", l.Terms.Status.String(), "is Trial, Active, Suspended or Uninstalled")
	case l.Terms.Status == license.Trial && l.OnceActive:
		return refuse("status", l.Terms.Status.String(), "a license that was active can never be a trial again")
	case l.Terms.Expiration.IsZero():
		return refuse("expiration", "", "is a last day, or that the license does not expire")
	case l.IsPermissionSet() && l.Terms.Status != license.Active && l.Terms.Status != license.Suspended:
		return refuse("status", l.Terms.Status.String(), "of a permission-set license is Active or Suspended")
	case l.Number.IsZero() && !l.IsPermissionSet():
		return refuse("version", "", "names the installed version")
	}
	if l.Terms.Status == license.Trial {
		if l.TrialStart.IsZero() {
			l.TrialStart = l.InstallDate()
		}
		if l.TrialStart.After(l.InstallDate()) {
			return refuse("trial start", l.TrialStart.String(), "must not follow the install date")
		}
		if !ends || last.After(l.TrialLimit()) {
			return refuse("expiration", l.Terms.Expiration.String(), "a trial ends at most 90 days after its start, on "+l.TrialLimit().String())
		}
	}
	l.OnceActive = l.OnceActive || d.License.OnceActive || l.Terms.Status == license.Active || l.Terms.Status == license.Suspended
	if l.Terms.Status != license.Uninstalled {
		l.UninstalledAt = time.Time{}
	} else if l.UninstalledAt.IsZero() {
		l.UninstalledAt = latest(instant.Of(c.AsOf), l.InstalledAt)
	}
	if !l.Observed.HasUsed {
		l.Observed.Used = 0 // one form of what is not known
	}
	l.AsInstalled = false
	return l, nil
}

// importTexts checks the instants and the texts.
func (d *decision) importTexts(c ImportLicense, l license.License) error {
	if err := validInstant("install date", l.InstalledAt); err != nil {
		return err
	}
	if err := validInstant("instant of the import", c.AsOf); err != nil {
		return err
	}
	for _, t := range []time.Time{l.UpgradedAt, l.UninstalledAt, l.Observed.AsOf} {
		if err := validInstantOrNone("instant of the license", t); err != nil {
			return err
		}
	}
	if err := validPrivate("lead name", l.LeadName); err != nil {
		return err
	}
	return validTexts("license", l.Type, l.PermissionSet, c.Org.Name, string(c.Org.Status), c.Org.Edition, c.Org.Instance, c.Org.TrialEnds)
}

// importIdentity checks what the license is of, and that its number and its
// installation are free or its own.
func (d *decision) importIdentity(l license.License, org pkgversion.OrgID) error {
	switch {
	case l.ID <= 0 || l.ID > license.MaxID:
		return &FieldError{Field: "license name", Value: l.ID.String(), Rule: "an imported license has its number, of at most 15 digits"}
	case org != l.Org:
		return &FieldError{Field: "org id", Value: org.String(), Rule: "is that of the license"}
	case l.Installation.IsZero():
		return &FieldError{Field: "installation id", Value: l.ID.String(), Rule: "names the installation"}
	case l.Org.IsZero():
		return &FieldError{Field: "org id", Value: l.ID.String(), Rule: "names the org"}
	case l.Version.IsZero() && !l.IsPermissionSet():
		return &FieldError{Field: "package version id", Value: l.ID.String(), Rule: "names the installed version"}
	}
	if err := d.registered(l.Package); err != nil {
		return err
	}
	if d.Numbered.ID != 0 && d.Numbered.Installation != l.Installation {
		return &ExistsError{Kind: "license", ID: l.ID.String(), Rule: "it is of another installation"}
	}
	if d.License.ID != 0 && (d.License.ID != l.ID || d.License.Org != l.Org || d.License.Package != l.Package || d.License.PermissionSet != l.PermissionSet) {
		return &ExistsError{Kind: "installation", ID: l.Installation.String(), Rule: "it is " + d.License.ID.String() + ", or of another org, package or permission set"}
	}
	return nil
}

// importedFacts returns what the import tells of the installation that is not known
// yet, so that notifications are sorted in with it. That a version was installed is
// known as of the import, unless it was known before.
func (d *decision) importedFacts(l license.License, asOf time.Time) []Fact {
	f := Fact{Installation: l.Installation, Org: l.Org, Package: l.Package}
	installed, version, gone := f, f, f
	installed.Kind, installed.At = FactInstalled, l.InstalledAt
	version.Kind, version.Version, version.Number = FactVersion, l.Version, l.Number
	version.At = latest(l.InstalledAt, l.UpgradedAt)
	still := version // it had the version still when it was exported
	still.At = latest(asOf, version.At)
	told := []Fact{installed, version, still}
	if !l.UninstalledAt.IsZero() {
		told[2].At = l.UninstalledAt
		gone.Kind, gone.At = FactUninstalled, l.UninstalledAt
		told = append(told, gone)
	}
	known := fold(d.Facts)
	told = slices.Compact(told)
	return slices.DeleteFunc(told, func(f Fact) bool {
		return f.Kind == FactVersion && f.Version == known.version || slices.Contains(d.Facts, f)
	})
}
