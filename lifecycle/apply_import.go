package lifecycle

import (
	"slices"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/license"
)

// importLicense records a license as another system had it. It cannot do what
// nobody can: bring back a trial, revive what is uninstalled, or set terms out of
// range.
func (d *decision) importLicense(c ImportLicense) error {
	l, err := d.importable(c)
	if err != nil {
		return err
	}
	before := d.License
	l.Holders, l.Previous = before.Holders, before.Previous
	l.Revision, l.ChangedAt = before.Revision, before.ChangedAt
	gone := before.Terms.Status == license.Uninstalled
	if before.ID != 0 && says(l, before) || gone && l.Terms.Status == license.Uninstalled {
		return nil
	}
	if gone {
		return &ExistsError{Kind: "license", ID: l.ID.String(), Rule: "an uninstalled license is read-only"}
	}
	d.made = LicenseImported
	d.importFacts(l, instant.Of(c.AsOf))
	d.saveImported(before, l)
	d.saveOrg(c.Org, c.AsOf, true)
	return nil
}

// says reports whether an import of l over before would change nothing that an
// import brings.
func says(l, before license.License) bool {
	if before.InstalledAt.Before(l.InstalledAt) && before.InstallDate() == l.InstallDate() {
		l.InstalledAt = before.InstalledAt // the import knows the day alone
	}
	return l == before
}

// importable returns the license to record, or the rule that it breaks.
func (d *decision) importable(c ImportLicense) (license.License, error) {
	l := c.License
	refuse := func(field, value, rule string) (license.License, error) {
		return l, &FieldError{Field: field, Value: value, Rule: rule}
	}
	if err := d.importIdentity(l); err != nil {
		return l, err
	}
	for _, t := range []*time.Time{&l.InstalledAt, &l.UpgradedAt, &l.UninstalledAt, &l.Observed.AsOf} {
		*t = instant.Of(*t)
	}
	if l.UpgradedAt.IsZero() {
		l.UpgradedAt = l.InstalledAt
	}
	if err := validInstant("install date", l.InstalledAt); err != nil {
		return l, err
	}
	if err := validInstant("instant of the import", c.AsOf); err != nil {
		return l, err
	}
	if err := validTexts("license", l.LeadName, l.Type, c.Org.Name, string(c.Org.Status), c.Org.Edition, c.Org.Instance, c.Org.TrialEnds); err != nil {
		return l, err
	}
	last, ends := l.Terms.Expiration.LastDay()
	switch {
	case !l.Terms.Status.IsStored():
		return refuse("status", l.Terms.Status.String(), "is Trial, Active, Suspended or Uninstalled")
	case l.Terms.Expiration.IsZero():
		return refuse("expiration", "", "is a last day, or that the license does not expire")
	case l.Number.IsZero():
		return refuse("version", "", "names the installed version")
	}
	if l.Terms.Status == license.Trial {
		if l.TrialStart.IsZero() {
			l.TrialStart = l.InstallDate()
		}
		if d.License.OnceActive {
			return l, &license.TransitionError{License: l.ID, From: d.License.Terms.Status, To: license.Trial,
				Rule: "a license that was active can never be a trial again"}
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
	l.AsInstalled = false
	return l, nil
}

// importIdentity checks what the license is of, and that its number and its
// installation are free or its own.
func (d *decision) importIdentity(l license.License) error {
	switch {
	case l.ID <= 0:
		return &FieldError{Field: "license name", Rule: "an imported license has its number"}
	case l.Installation.IsZero():
		return &FieldError{Field: "installation id", Value: l.ID.String(), Rule: "names the installation"}
	case l.Org.IsZero():
		return &FieldError{Field: "org id", Value: l.ID.String(), Rule: "names the org"}
	case l.Version.IsZero():
		return &FieldError{Field: "package version id", Value: l.ID.String(), Rule: "names the installed version"}
	}
	if err := d.registered(l.Package); err != nil {
		return err
	}
	if d.Numbered.ID != 0 && d.Numbered.Installation != l.Installation {
		return &ExistsError{Kind: "license", ID: l.ID.String(), Rule: "it is of another installation"}
	}
	if d.License.ID != 0 && (d.License.ID != l.ID || d.License.Org != l.Org || d.License.Package != l.Package) {
		return &ExistsError{Kind: "installation", ID: l.Installation.String(), Rule: "it is " + d.License.ID.String() + ", or of another org or package"}
	}
	return nil
}

// importFacts keeps what the import tells of the installation as facts, so that
// notifications are sorted in with it.
func (d *decision) importFacts(l license.License, asOf time.Time) {
	f := Fact{Installation: l.Installation, Org: l.Org, Package: l.Package}
	installed, version, gone := f, f, f
	installed.Kind, installed.At = FactInstalled, l.InstalledAt
	version.Kind, version.At, version.Version, version.Number = FactVersion, latest(asOf, l.UpgradedAt), l.Version, l.Number
	told := []Fact{installed, version}
	if !l.UninstalledAt.IsZero() {
		told[1].At = l.UninstalledAt
		gone.Kind, gone.At = FactUninstalled, l.UninstalledAt
		told = append(told, gone)
	}
	told = slices.DeleteFunc(told, func(f Fact) bool { return slices.Contains(d.Facts, f) })
	for i, f := range told {
		d.effects = append(d.effects, PutFact{Fact: f, Known: len(d.Facts) + i})
	}
	if len(told) > 0 {
		d.record(Told{Org: l.Org, Facts: told})
	}
}

// saveImported writes l and, where it is new, its place among its siblings.
func (d *decision) saveImported(before, l license.License) {
	if before.ID == 0 {
		d.saveSiblings(l)
		return
	}
	d.saveSettled(before, l)
}
