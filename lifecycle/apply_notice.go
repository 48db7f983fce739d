package lifecycle

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// notification takes in what the platform told. The facts that are new are kept;
// the license is then what all facts of its installation say.
func (d *decision) notification(n Notification) error {
	notice := d.timed(n.notice())
	if err := validNotice(notice); err != nil {
		return err
	}
	fingerprint := ""
	if !notice.ID.IsZero() {
		fingerprint = fingerprintOf(n)
		if d.Fingerprint == fingerprint {
			return nil
		}
		if d.Fingerprint != "" {
			return &ExistsError{Kind: "notification", ID: notice.ID.String(), Rule: "it said something else before"}
		}
	}
	if aborted, ok := n.(InstallAborted); ok {
		if err := validTexts("reason", aborted.Reason); err != nil {
			return err
		}
	}
	facts, err := d.factsOf(n)
	if err != nil {
		return err
	}
	if !notice.ID.IsZero() {
		d.effects = append(d.effects, PutNotice{ID: notice.ID, Fingerprint: fingerprint})
	}
	if len(facts) > 0 || !notice.ID.IsZero() {
		d.record(Told{Org: notice.Org.ID, Notice: notice.ID, Fingerprint: fingerprint, Facts: facts})
	}
	if aborted, ok := n.(InstallAborted); ok {
		d.tellAborted(aborted, notice.At)
		return nil
	}
	d.tells(notice.Org, notice.At)
	made := d.settle(n, facts)
	d.linkFamily(made)
	if l, there := d.current(); there && l.Terms.Status == license.Uninstalled && d.License.Terms.Status != license.Uninstalled {
		d.sidesEnd(l)
	}
	if n.notice().At.IsZero() && d.orgKnown(notice.Org) {
		notice.At = d.Org.AsOf // told again without an instant: not even the instant is new
	}
	d.saveOrg(notice.Org, notice.At, made)
	return nil
}

// tellAborted records an installation that came to nothing, unless it was told before.
func (d *decision) tellAborted(n InstallAborted, at time.Time) {
	told := InstallationAborted{Org: n.Org.ID, Package: n.Package, Reason: n.Reason, At: at}
	again := slices.ContainsFunc(d.aborted, func(known InstallationAborted) bool {
		if n.At.IsZero() {
			known.At = at // told without an instant, it may be any of them
		}
		return known == told
	})
	if !again {
		d.record(told)
	}
}

// orgKnown reports whether told says of the org what is known.
func (d *decision) orgKnown(told license.Org) bool {
	told.AsOf, told.Revision = d.Org.AsOf, d.Org.Revision
	return told == d.Org
}

// timed returns n with its instant as the library keeps it: the present where it
// does not say.
func (d *decision) timed(n Notice) Notice {
	if n.At.IsZero() {
		n.At = d.Now
	}
	n.At = instant.Of(n.At)
	return n
}

func validNotice(n Notice) error {
	if n.Org.ID.IsZero() {
		return &FieldError{Field: "org id", Rule: "a notification names the org"}
	}
	if err := validInstant("instant of the notification", n.At); err != nil {
		return err
	}
	return validTexts("org", n.Org.Name, string(n.Org.Status), n.Org.Edition, n.Org.Instance, n.Org.TrialEnds)
}

// fingerprintOf tells notifications apart by all that they say. One instant is the
// same in every time zone.
func fingerprintOf(n Notification) string {
	at := instant.Of(n.notice().At)
	switch told := n.(type) {
	case Installed:
		told.At = at
		n = told
	case Upgraded:
		told.At = at
		n = told
	case Uninstalled:
		told.At = at
		n = told
	case OrgChanged:
		told.At = at
		n = told
	case InstallAborted:
		told.At = at
		n = told
	}
	text, err := json.Marshal(n)
	if err != nil {
		text = fmt.Appendf(nil, "%#v", n) // cannot happen: every field encodes
	}
	sum := sha256.Sum256(fmt.Appendf(text, " %T", n))
	return hex.EncodeToString(sum[:16])
}

// factsOf returns the facts that n tells and that are not known yet.
func (d *decision) factsOf(n Notification) ([]Fact, error) {
	f := Fact{At: d.timed(n.notice()).At, Org: n.notice().Org.ID}
	var told []Fact
	switch n := n.(type) {
	case Installed:
		f.Installation, f.Package = n.Installation, n.Package
		version, err := d.versionFact(f, n.Version, n.Number)
		if err != nil {
			return nil, err
		}
		f.Kind = FactInstalled
		told = []Fact{f, version}
		if err := betaRule(n.Org, version.Number); err != nil {
			return nil, err
		}
	case Upgraded:
		f.Installation, f.Package = n.Installation, n.Package
		version, err := d.versionFact(f, n.Version, n.Number)
		if err != nil {
			return nil, err
		}
		told = []Fact{version}
	case Uninstalled:
		f.Installation, f.Package, f.Kind = n.Installation, n.Package, FactUninstalled
		told = []Fact{f}
	case OrgChanged, InstallAborted:
		return nil, nil
	}
	return d.newFacts(f, told, n.notice().At.IsZero())
}

// newFacts returns those of told that are not known, or an error when they are
// about another installation than those that are. What is told without an instant
// is known when it is known of any, so that asking again changes nothing.
func (d *decision) newFacts(about Fact, told []Fact, anytime bool) ([]Fact, error) {
	if about.Installation.IsZero() {
		return nil, &FieldError{Field: "installation id", Rule: "names the installation"}
	}
	if err := firstError(func() error { return d.tellable(about) }, d.noInstallation); err != nil {
		return nil, err
	}
	for _, known := range d.Facts {
		if known.Org != about.Org || known.Package != about.Package {
			return nil, &ExistsError{Kind: "installation", ID: about.Installation.String(), Rule: "it is of another org or package"}
		}
	}
	if anytime && fold(d.Facts).has(told[0]) {
		return nil, nil
	}
	return slices.DeleteFunc(told, func(f Fact) bool { return slices.Contains(d.Facts, f) }), nil
}

// tellable refuses to be told of a package that is not registered. That an installation
// is gone is taken in also after the release: nobody would ever tell again.
func (d *decision) tellable(about Fact) error {
	if about.Kind == FactUninstalled && d.Package.Revision > 0 {
		return nil
	}
	return d.registered(about.Package)
}

// versionFact returns the fact that f's installation has a version. A version that
// is published has its number from there.
func (d *decision) versionFact(f Fact, id pkgversion.VersionID, number pkgversion.Version) (Fact, error) {
	if id.IsZero() {
		return f, &FieldError{Field: "package version id", Rule: "names the version"}
	}
	if !d.Version.ID.IsZero() {
		if d.Version.Package != f.Package {
			return f, &FieldError{Field: "package version id", Value: id.String(), Rule: "is a version of another package"}
		}
		number = d.Version.Version
	}
	if number.IsZero() {
		return f, &FieldError{Field: "version", Value: id.String(), Rule: "is not published, so its number must be told"}
	}
	f.Kind, f.Version, f.Number = FactVersion, id, number
	return f, nil
}

// betaRule refuses a beta in an org that is known to be neither a sandbox nor a
// trial.
func betaRule(org license.Org, number pkgversion.Version) error {
	if !number.IsBeta() || org.Sandbox || org.Status == "" || org.Status.Is(license.OrgTrial) {
		return nil
	}
	return &FieldError{Field: "version", Value: number.String(), Rule: "a beta is installed in sandboxes and trial orgs only"}
}

// saveOrg takes over what was told of an org, unless newer is known. An installation
// raises the org's revision in any case, so that of two installations at once in
// one org the second is decided on with the first in sight.
func (d *decision) saveOrg(told license.Org, at time.Time, installed bool) {
	org := newerOrg(d.Org, told, instant.Of(at))
	if org == d.Org && !installed {
		return
	}
	org.Revision = d.Org.Revision + 1
	d.do(PutOrg{Org: org, IfRevision: d.Org.Revision}, OrgSeen{Before: d.Org, After: org})
}

// newerOrg returns what is known of an org after something more was told: the later
// telling, as a whole. Of two of one instant the one that is greater as text counts,
// so that the order of arrival decides nothing. A telling of the id alone says
// nothing; and an org that is a sandbox, or was made from another, stays so.
func newerOrg(known, told license.Org, at time.Time) license.Org {
	told.AsOf, told.Revision = time.Time{}, 0
	idAlone := told == license.Org{ID: told.ID}
	switch {
	case known.ID.IsZero() && idAlone:
		return told // as of no instant: whatever is told is newer
	case known.ID.IsZero():
		told.AsOf = at
		return told
	case idAlone:
		return known
	}
	told.AsOf, told.Revision = at, known.Revision
	newer, older := told, known
	if known.AsOf.After(at) || known.AsOf.Equal(at) && orgText(known) > orgText(told) {
		newer, older = known, told
	}
	newer.Sandbox = newer.Sandbox || older.Sandbox
	newer.Production = cmp.Or(newer.Production, older.Production)
	return newer
}

func orgText(o license.Org) string {
	return fmt.Sprintf("%q %q %q %q %q %q", o.Name, o.Status, o.Edition, o.Instance, o.TrialEnds, o.Production)
}

// settle keeps the new facts and makes the license what all facts say. It reports
// whether it made a license or moved one in the order of its siblings.
func (d *decision) settle(n Notification, facts []Fact) bool {
	if len(facts) == 0 {
		return false
	}
	d.putFacts(facts)
	in := fold(append(slices.Clip(d.Facts), facts...))
	if !in.installed {
		return false // waits for the installation
	}
	before := d.License
	l := before
	if l.ID == 0 {
		l = d.newLicense(facts[0], n, in)
	}
	moved := !in.installedAt.Equal(before.InstalledAt)
	l = asTold(l, in)
	if moved {
		d.saveSiblings(l)
		return true
	}
	d.saveSettled(before, l)
	return false
}

// asTold returns l as the facts of its installation have it.
func asTold(l license.License, in installation) license.License {
	l.InstalledAt, l.UpgradedAt, l.Version, l.Number = in.installedAt, in.upgradedAt, in.version, in.number
	if l.UninstalledAt = in.uninstalledAt; !l.UninstalledAt.IsZero() {
		l.Terms.Status = license.Uninstalled
	}
	return l
}

func (d *decision) putFacts(facts []Fact) {
	for i, f := range facts {
		d.effects = append(d.effects, PutFact{Fact: f, Known: len(d.Facts) + i})
	}
}

// keepFacts keeps facts that an import told.
func (d *decision) keepFacts(facts []Fact, told Told) {
	if len(facts) > 0 {
		d.putFacts(facts)
		d.record(told)
	}
}

// saveSettled writes l, and frees its seats when it is uninstalled now.
func (d *decision) saveSettled(before, l license.License) {
	if l == before {
		return
	}
	what := LicenseCompleted
	switch {
	case before.ID == 0, d.made == LicenseImported && before.ID == d.License.ID:
		what = d.made
	case l.Terms.Status != before.Terms.Status:
		what = LicenseUninstalled
	case l.Version != before.Version && before.Terms.Status != license.Uninstalled:
		what = LicenseUpgraded
	}
	if l.Terms.Status == license.Uninstalled && before.ID != 0 && before.Terms.Status != license.Uninstalled {
		d.effects = append(d.effects, FreeAllSeats{License: l.ID, Held: before.Holders, At: d.Now, By: d.Actor.String()})
		l.Holders = 0
	}
	d.saveLicense(what, before, l)
}

// newLicense returns the license of an installation that has none, as far as the
// notification says it: its terms, its place in the order of installations and its
// times follow.
func (d *decision) newLicense(f Fact, n Notification, in installation) license.License {
	l := license.License{
		ID: d.NextNumber, Installation: f.Installation, Org: f.Org, Package: f.Package,
		AsInstalled: true,
		Sandbox:     n.notice().Org.Sandbox || d.Org.Sandbox,
	}
	installed := license.DateOf(in.installedAt)
	if l.Sandbox {
		l.Terms = license.SandboxTerms()
	} else {
		l.Terms = d.Package.Defaults.Terms(installed, installed)
	}
	if l.Terms.Status == license.Trial {
		l.TrialStart = installed
	}
	l.OnceActive = l.Terms.Status == license.Active
	if d.source != nil {
		l = d.asSourceHas(l, *d.source)
	}
	if told, ok := n.(Installed); ok {
		l.Zone = told.Zone
		l = d.linkPerson(l, told)
	}
	return l
}

// saveSiblings writes l, which is new or has another place in the order of its
// org's installations of the package, and what follows from that for the others:
// which license each one names as the one before it, and since when a trial
// counts.
func (d *decision) saveSiblings(l license.License) {
	before := map[license.ID]license.License{}
	all := []license.License{l}
	for _, s := range d.Siblings {
		before[s.ID] = s
		if s.ID != l.ID {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, byInstallation)
	var previous license.ID
	var firstTrial license.Date
	for _, s := range all {
		s.Previous, previous = previous, s.ID
		s = d.retime(before[s.ID], s, firstTrial)
		if !s.TrialStart.IsZero() && (firstTrial.IsZero() || s.TrialStart.Before(firstTrial)) {
			firstTrial = s.TrialStart
		}
		d.saveSettled(before[s.ID], s)
	}
}

func byInstallation(a, b license.License) int {
	return cmp.Or(a.InstalledAt.Compare(b.InstalledAt), a.Installation.Compare(b.Installation))
}

// retime counts the days of a license whose terms nobody set from its
// installation, or those of a trial from the org's first trial of the package where
// the vendor does not give a new one each time. The number of days stays.
func (d *decision) retime(before, l license.License, firstTrial license.Date) license.License {
	if !l.AsInstalled {
		return l
	}
	l.TermsAsOf = l.InstalledAt
	last, ends := l.Terms.Expiration.LastDay()
	if !ends {
		return l
	}
	was := cmp.Or(l.TrialStart, before.InstallDate(), l.InstallDate())
	start := was
	if !l.InstalledAt.Equal(before.InstalledAt) {
		start = l.InstallDate()
	}
	if !l.TrialStart.IsZero() {
		if !d.Package.TrialAgain && !firstTrial.IsZero() && firstTrial.Before(start) {
			start = firstTrial
		}
		l.TrialStart = start
	}
	l.Terms.Expiration = license.LastDay(start.AddDays(last.Sub(was)))
	return l
}

// linkPerson finds out who installed: the contact or the open lead who it is, or a
// new lead. The license of a sandbox whose production org is known takes contact
// and account of the production license instead.
func (d *decision) linkPerson(l license.License, n Installed) license.License {
	if l.Sandbox && !d.production.IsZero() {
		return linked(l, d.productionLicenses())
	}
	person, cleaned := n.Installer.Clean()
	if person.IsZero() {
		return l
	}
	for _, c := range cleaned {
		d.record(Warned{License: l.ID, What: "the installer's " + c.Field + " was cleaned", Remedy: "correct the lead by hand"})
	}
	linked, err := d.identify(l, person)
	if err != nil {
		d.pend(l.ID, person, err)
	}
	return linked
}

// identify returns l with the contact or the open lead who person is, or with a new
// lead; a *RuleError when the rules cannot tell, and then there are no effects.
func (d *decision) identify(l license.License, person lead.Person) (license.License, error) {
	if d.RuleFailed != nil {
		return l, d.RuleFailed
	}
	contact, found, err := matchingContact(d.Rules.Contacts, person, d.ContactsFound)
	if err != nil {
		return l, err
	}
	if found {
		l.Contact, l.Account = contact.ID, contact.Account
		return l, nil
	}
	known, found, err := matchingLead(d.Rules.Leads, person, d.LeadsFound)
	if err == nil && !found {
		known, err = d.newLead(l.ID, person)
	}
	if err != nil {
		return l, err
	}
	l.Lead, l.LeadName = known.ID, known.Person.Name()
	return l, nil
}

// newLead makes the lead of a license, unless somebody else makes one of the same
// person at the same time.
func (d *decision) newLead(id license.ID, person lead.Person) (lead.Lead, error) {
	keys, err := matchKeys(d.Rules.Leads, Leads, person)
	if err != nil {
		return lead.Lead{}, err
	}
	contactKeys, err := matchKeys(d.Rules.Contacts, Contacts, person)
	if err != nil {
		return lead.Lead{}, err
	}
	made := lead.Lead{
		ID: lead.OfLicense(int64(id)), Person: person, Source: lead.PackageInstallation,
		Owner: d.leadOwner(id), CreatedAt: d.Now, Revision: 1,
	}
	d.effects = append(d.effects,
		ExpectUnder{Kind: Contacts, Keys: contactKeys, Records: d.ContactCount},
		ExpectUnder{Kind: Leads, Keys: keys, Records: d.LeadCount})
	d.do(PutLead{Lead: made, Keys: keys}, LeadChanged{After: made, Keys: keys})
	return made, nil
}

// leadOwner returns who owns a new lead. A lead manager who has left does not lose
// it: the License Manager gets it, and the vendor a warning.
func (d *decision) leadOwner(id license.ID) lead.OwnerID {
	manager := d.Package.LeadManager
	switch {
	case manager.IsZero():
		return lead.LicenseManager
	case !d.Owner.ID.IsZero() && !d.Owner.MayOwnLeads():
		d.record(Warned{License: id, What: "the package's lead manager is not active or may not read licenses; the lead went to the License Manager",
			Remedy: leadManagerRemedy})
		return lead.LicenseManager
	}
	return manager
}

const leadManagerRemedy = "set a lead manager who is active and may read licenses"
