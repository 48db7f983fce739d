package lifecycle

import (
	"context"
	"errors"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// Outcome says how a check of a [Diagnosis] came out. The zero Outcome is CheckUnknown.
type Outcome uint8

// The outcomes.
const (
	CheckUnknown Outcome = iota // it cannot be known from what is recorded
	CheckPassed
	CheckFailed // this is a reason
)

// String returns "unknown", "passed" or "failed".
func (o Outcome) String() string {
	switch o {
	case CheckPassed:
		return "passed"
	case CheckFailed:
		return "failed"
	}
	return "unknown"
}

// Finding is one check of a diagnosis. It never holds personal data.
type Finding struct {
	Check   string // what should be so: "the package is registered"
	Outcome Outcome
	Remedy  string // what to do; empty for a check that passed
}

// Diagnosis is the list of checks of the guides' troubleshooting chapter, in its order.
type Diagnosis []Finding

// Failed returns the checks that failed: the reasons.
func (d Diagnosis) Failed() Diagnosis { return d.with(CheckFailed) }

// Unknown returns the checks that could not be made.
func (d Diagnosis) Unknown() Diagnosis { return d.with(CheckUnknown) }

func (d Diagnosis) with(o Outcome) (some Diagnosis) {
	for _, f := range d {
		if f.Outcome == o {
			some = append(some, f)
		}
	}
	return some
}

func (d *Diagnosis) add(check string, o Outcome, remedy string) {
	if o == CheckPassed {
		remedy = ""
	}
	*d = append(*d, Finding{Check: check, Outcome: o, Remedy: remedy})
}

// yes is for what is known either way.
func yes(ok bool) Outcome {
	if ok {
		return CheckPassed
	}
	return CheckFailed
}

// known is yes where it is known at all.
func known(known, ok bool) Outcome {
	if !known {
		return CheckUnknown
	}
	return yes(ok)
}

// Case is what is known when a question of a diagnosis is asked. What is not there is
// zero. [Manager.DiagnoseInstallation] and [Manager.DiagnoseModify] load one.
type Case struct {
	Rules   Rules
	Actor   ActorID
	May     Permissions  // of the actor
	Today   license.Date // in the license's zone
	Package Registration
	Org     license.Org
	Facts   []Fact              // that were told of the installation
	Aborted InstallationAborted // the latest that was told of the org and package
	License license.License
	Manager lead.Owner  // the package's lead manager, as it is recorded
	Pending PendingLead // of the license
}

// WhyNoLead answers why an installation has no lead, or not even a license: it goes
// through what the guides say can stop either. A check that failed is a reason; those
// that are unknown are about the vendor's own Salesforce org, into which this library
// does not see.
func WhyNoLead(c Case) Diagnosis {
	var d Diagnosis
	in, l := fold(c.Facts), c.License
	d.add("the package is registered", yes(c.Package.IsRegistered()), "register the package, then refresh its licenses")
	aborted := !c.Aborted.Package.IsZero() && !in.installed && l.ID == 0
	told := "a cancelled or failed installation creates nothing; one from before the registration comes with a refresh"
	if aborted {
		told = "it was cancelled or failed, and creates nothing: ask the subscriber to install again; the platform said: " + c.Aborted.Reason
	}
	d.add("the installation was told, and neither cancelled nor failed", known(aborted || len(c.Facts) > 0 || l.ID != 0, in.installed || l.ID != 0), told)
	d.add("the package was registered before the installation", known(in.installed && c.Package.IsRegistered(), l.ID != 0 || !in.installedAt.Before(c.Package.RegisteredAt)),
		"refresh the licenses of the package")
	d.add("the license was created", yes(l.ID != 0), "see the checks that failed; when they are cured, refresh the licenses of the package")
	d.add("the license is in the lists", known(l.ID != 0, l.RetiredAt.IsZero()), "it was retired; list retired licenses, or take it back")
	c.leadChecks(&d)
	for _, check := range []struct{ what, remedy string }{
		{"no required custom field, before-trigger, validation rule or workflow of the vendor's org stops leads or licenses",
			"make the fields optional, and let the rules pass the License Manager"},
		{"state and country pick lists have the installer's full names", "set the integration values to full names, or add the values"},
	} {
		d.add(check.what, CheckUnknown, check.remedy)
	}
	return d
}

// leadChecks are those about the lead of a license that is there.
func (c Case) leadChecks(d *Diagnosis) {
	l := c.License
	made := l.Lead == lead.OfLicense(int64(l.ID)) && l.ID != 0
	linked := !l.Lead.IsZero() || !l.Contact.IsZero() || !l.Account.IsZero()
	pending := c.Pending.Revision > 0
	d.add("the lead manager is active and may read licenses", c.managerOutcome(),
		"set a lead manager who is, else the License Manager owns new leads; record the lead manager, if it is not known")
	d.add("the rule that matches leads and contacts works", known(l.ID != 0, !pending), "cure the rule, and retry the pending leads")
	d.add("the license is not of a sandbox that takes its production org's account and contact", known(l.ID != 0, made || !l.Sandbox || c.Org.Production.IsZero()),
		"none: such a license creates no lead")
	d.add("no contact matches the installer", known(l.ID != 0, made || l.Contact.IsZero() || !l.Lead.IsZero()),
		"the license names the contact; for a lead in every case drop the contact rule")
	d.add("no open lead matches the installer", known(l.ID != 0, made || l.Lead.IsZero()), "the license names the lead that was there already")
	d.add("the installer is known", known(l.ID != 0, linked || pending || l.Sandbox), "the platform did not tell who installed; link the license by hand")
}

func (c Case) managerOutcome() Outcome {
	if c.Package.LeadManager.IsZero() {
		return CheckPassed // the License Manager owns the leads
	}
	return known(!c.Manager.ID.IsZero(), c.Manager.MayOwnLeads())
}

// WhyNotEditable answers why a modification is refused, or would be: permissions, the
// license, its org, and the wanted terms.
func WhyNotEditable(c Case, want Modify) Diagnosis {
	var d Diagnosis
	l := c.License
	there := l.ID != 0
	d.add("you may read and edit licenses", yes(c.May.Include(edits)), "ask for the permission")
	d.add("the license is there", yes(there), "look for it by its org and package; it may be another vendor's")
	d.add("the license is not uninstalled", known(there, l.Terms.Status != license.Uninstalled),
		"an uninstalled license is read-only for ever; ask the subscriber to install again, which makes a new one")
	d.add("the package is registered", known(there, c.Package.IsRegistered()), "register the package again")
	d.add("the org can be reached", known(there && c.Org.Status != "", !c.Org.Status.Unreachable()),
		"the platform says: proxy user has deactivated; the org is locked, deleted or disabled: have it unlocked, or ask the subscriber to reinstall; retire the license of a deleted org")
	d.add("nobody changed the license since it was read", known(there, want.Revision == l.Revision || want.Terms == l.Terms), "read it again, and decide anew")
	d.termsCheck(c, want)
	d.add("the license is not managed by AppExchange Checkout", CheckUnknown, "change the subscription in Checkout: the customer does")
	return d
}

// termsCheck tries the modification itself.
func (d *Diagnosis) termsCheck(c Case, want Modify) {
	const check = "the wanted terms are allowed"
	l := c.License
	if l.ID == 0 || l.Terms.Status == license.Uninstalled {
		d.add(check, CheckUnknown, "see above")
		return
	}
	_, err := l.Modify(license.Change{Terms: want.Terms, Revision: l.Revision}, c.Rules.License, c.Today)
	remedy := "a term is out of range"
	var refused *license.TransitionError
	var field *license.FieldError
	switch {
	case errors.As(err, &refused):
		remedy = "from " + refused.From.String() + " to " + refused.To.String() + ": " + refused.Rule
	case errors.As(err, &field):
		remedy = field.Field + " " + field.Rule
	}
	d.add(check, yes(err == nil), remedy)
}

// DiagnoseInstallation answers why an org's installation of a package has no lead or no
// license; see [WhyNoLead]. With a zero id of the installation it is about the license that
// the org installed last, retired ones among them.
func (m *Manager) DiagnoseInstallation(ctx context.Context, a Actor, org pkgversion.OrgID, pkg pkgversion.PackageID, id license.InstallationID) (Diagnosis, error) {
	if err := m.permit(ctx, a, need{may: Read}); err != nil {
		return nil, err
	}
	return ask(ctx, m, a, func(q question) (Diagnosis, error) {
		l := loader{ctx: q.ctx, r: q.r, vendor: q.vendor}
		if s := &l.s; id.IsZero() {
			s.License = newest(l.installations(LicenseQuery{Org: org, Package: pkg}))
		} else {
			read(&l, l.r.LicenseOf, id, &s.License)
			if s.License.ID != 0 && (s.License.Org != org || s.License.Package != pkg) {
				s.License = license.License{}
			}
			read(&l, l.r.Facts, id, &s.Facts)
		}
		c, err := q.about(l, org, pkg)
		if err == nil {
			c.Aborted, err = q.lastAborted(org, pkg)
		}
		return WhyNoLead(c), err
	})
}

// DiagnoseModify answers why a modification is or would be refused; see
// [WhyNotEditable]. It changes nothing.
func (m *Manager) DiagnoseModify(ctx context.Context, a Actor, want Modify) (Diagnosis, error) {
	who, err := m.caller(ctx, a)
	if err != nil {
		return nil, err
	}
	return ask(ctx, m, a, func(q question) (Diagnosis, error) {
		l := loader{ctx: q.ctx, r: q.r, vendor: q.vendor}
		read(&l, l.r.License, want.License, &l.s.License)
		c, err := q.about(l, l.s.License.Org, l.s.License.Package)
		c.Actor, c.May, c.Rules = a.ID, who.may, m.rules
		if !a.Org.IsZero() {
			c.May &^= Edit // for its org an actor edits nothing
		}
		return WhyNotEditable(c, want), err
	})
}

// about completes the case of the license that l has read.
func (q question) about(l loader, org pkgversion.OrgID, pkg pkgversion.PackageID) (Case, error) {
	s := &l.s
	if len(s.Facts) == 0 {
		read(&l, l.r.Facts, s.License.Installation, &s.Facts)
	}
	read(&l, l.r.Package, pkg, &s.Package)
	read(&l, l.r.Org, org, &s.Org)
	read(&l, l.r.Owner, s.Package.LeadManager, &s.Owner)
	read(&l, l.r.PendingLead, s.License.ID, &s.Pending)
	return Case{Today: s.License.Zone.DateOf(q.now), Package: s.Package, Org: s.Org, Facts: s.Facts, License: s.License,
		Manager: s.Owner, Pending: s.Pending}, l.err
}

// lastAborted returns what was told last of installations of a package that came to
// nothing in an org.
func (q question) lastAborted(org pkgversion.OrgID, pkg pkgversion.PackageID) (last InstallationAborted, err error) {
	l := loader{ctx: q.ctx, r: q.r, vendor: q.vendor}
	l.aborted(org)
	for _, aborted := range l.s.aborted {
		if aborted.Package == pkg {
			last = aborted
		}
	}
	return last, l.err
}

// newest returns the license that was installed last, the zero License of none.
func newest(all []license.License) (last license.License) {
	for _, l := range all {
		if last.ID == 0 || byInstallation(l, last) > 0 {
			last = l
		}
	}
	return last
}
