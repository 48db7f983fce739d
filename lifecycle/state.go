package lifecycle

import (
	"context"
	"slices"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Rules are what a vendor's house decides once, for all packages. The zero Rules
// are the guides': their table of transitions, and one lead and one contact for
// an e-mail address.
//
// The guides say that every license relates to a lead, and that a matching contact stops
// the lead. Here the second holds: a license names its lead, or the contact that was found,
// or neither where nobody knows who installed; with lead.NoMatch for Contacts every
// installer gets a lead.
type Rules struct {
	License  license.Rules
	Push     bool    // changed terms are to be pushed to the subscriber orgs; see [Manager.PushPending]
	Leads    Matcher // finds the open lead of an installer; nil: lead.ExactEmail
	Contacts Matcher // finds the contact of an installer; nil: lead.ExactEmail; lead.NoMatch gives every license a lead
}

func (r Rules) orDefault() Rules {
	if r.Leads == nil {
		r.Leads = lead.ExactEmail{}
	}
	if r.Contacts == nil {
		r.Contacts = lead.ExactEmail{}
	}
	return r
}

// State is what [Apply] needs to know of the world to decide on a command. Load
// reads it; what a command does not need stays zero.
type State struct {
	Rules Rules
	Now   time.Time
	Actor ActorID

	Package  Registration                // of the command, or of the license that it names
	Versions []pkgversion.PackageVersion // of Package, for PublishVersion
	Version  pkgversion.PackageVersion   // that the command names

	Parameters []license.Parameter      // of Package
	Values     []license.ParameterValue // of License

	Fingerprint string // of a notification with the command's id, "" if there was none
	Org         license.Org
	Facts       []Fact            // of the installation
	License     license.License   // that the command names, or of the installation
	Numbered    license.License   // that has the number of an ImportLicense
	Siblings    []license.License // every installation's license of the org and package, License among them
	Sides       Sides             // of License

	Production     []license.License // of a sandbox: every license of its production org, both of the one that is known and of the one that is told
	ProductionOrgs []license.Org     // of a sandbox: these orgs
	OfSandbox      []license.License // of a sandbox whose production org becomes known: every license of the sandbox
	OfSandboxes    []license.License // of a production org: those of its sandboxes and the package, or that name the license
	LinkedOrgs     []license.Org     // of the licenses that may get another contact, those of sandboxes left out

	aborted  []InstallationAborted // of the org
	retained Retained              // the last there is
	cursors  map[string]int64      // of all consumers
	lastSaid map[said]int64        // position of the last event before a retain's instant

	Refresh    Refresh    // of Package
	NextNumber license.ID // for a license that the command makes

	To      license.License    // of a Move
	ToOf    Registration       // the package of To
	Holding []seats.Assignment // of those of the command's users who hold a seat of License
	History []seats.Assignment // every assignment of License to the user of an ImportSeat
	ToHolds bool               // the user of a Move holds a seat of To

	Standing Standing // of the user of a Reclaim

	Alert     Alert // with the id of the one that is raised
	LastAlert int   // the highest number of the license's alerts

	Lead          lead.Lead         // that the command names
	Named         []license.License // licenses that name Lead
	Contact       lead.Contact
	Account       lead.Account
	Owner         lead.Owner     // that the command names, or the package's lead manager
	Managed       []Registration // packages whose lead manager the Owner is
	Pending       PendingLead    // of License
	RuleFailed    error          // why nobody could be looked up
	LeadsFound    []lead.Lead    // under the keys of an installer
	LeadCount     int            // how many there are, the ones that were not read included
	ContactsFound []lead.Contact // under the keys of an installer
	ContactCount  int
}

// Load reads the state on which Apply decides c. A record that is not there stays
// zero.
func Load(ctx context.Context, r Reader, rules Rules, vendor pkgversion.VendorID, c Command) (State, error) {
	l := loader{ctx: ctx, r: r, vendor: vendor}
	l.s.Rules = rules.orDefault()
	l.load(c)
	return l.s, l.err
}

// loader reads into s until the first error.
type loader struct {
	ctx    context.Context
	r      Reader
	vendor pkgversion.VendorID
	s      State
	err    error
}

// read reads the record of a key. Nothing stands under the zero key.
func read[K comparable, V any](l *loader, from func(context.Context, pkgversion.VendorID, K) (V, error), key K, into *V) {
	var none K
	if l.err == nil && key != none {
		*into, l.err = from(l.ctx, l.vendor, key)
	}
}

func (l *loader) load(c Command) {
	s := &l.s
	switch c := c.(type) {
	case RegisterPackage:
		read(l, l.r.Package, c.Registration.Package.ID, &s.Package)
		read(l, l.r.Owner, c.Registration.LeadManager, &s.Owner)
	case ChangePackage:
		read(l, l.r.Package, c.Registration.Package.ID, &s.Package)
		read(l, l.r.Owner, c.Registration.LeadManager, &s.Owner)
	case SetLeadManager:
		read(l, l.r.Package, c.Package, &s.Package)
		read(l, l.r.Owner, c.Manager, &s.Owner)
	case PublishVersion:
		read(l, l.r.Package, c.Version.Package, &s.Package)
		read(l, l.r.Versions, c.Version.Package, &s.Versions)
		read(l, l.r.Version, c.Version.ID, &s.Version)
	case Installed, Upgraded, Uninstalled, OrgChanged, InstallAborted:
		l.notification(c.(Notification))
	case DefineParameter:
		read(l, l.r.Package, c.Parameter.Package, &s.Package)
		read(l, l.r.Parameters, c.Parameter.Package, &s.Parameters)
	case SetParameter:
		l.parameters(c.License)
	case ReportParameter:
		l.parameters(c.License)
	case Upgrade:
		l.license(c.License)
		read(l, l.r.Version, c.Version, &s.Version)
		read(l, l.r.Facts, s.License.Installation, &s.Facts)
	case Modify:
		l.license(c.License)
	case ReleasePackage:
		read(l, l.r.Package, c.Package, &s.Package)
	case AddPermissionSet:
		read(l, l.r.Package, c.Package, &s.Package)
		read(l, l.r.Org, c.Org, &s.Org)
		read(l, l.r.LicenseOf, c.Installation, &s.License)
	case Observe:
		l.observed(c.Observation)
	case pushFailed:
		l.license(c.License)
	case orgUnreached:
		read(l, l.r.Org, c.Org, &s.Org)
	case beginRefresh:
		l.refresh(c.Package)
	case advanceRefresh:
		l.refresh(c.To.Package)
	case finishRefresh:
		l.refresh(c.Refresh.Package)
	case ConvertLead:
		read(l, l.r.Lead, c.Lead, &s.Lead)
		read(l, l.r.Contact, c.Contact.ID, &s.Contact)
		read(l, l.r.Account, c.Account.ID, &s.Account)
		l.named(c.Lead)
		l.linkable(s.Named...)
	case RetryLead:
		l.license(c.License)
		l.linkable(s.License)
		read(l, l.r.PendingLead, c.License, &s.Pending)
		read(l, l.r.Owner, s.Package.LeadManager, &s.Owner)
		l.person(s.Pending.Person)
	case Retire:
		l.license(c.License)
	case retain:
		l.retained(c)
	case RecordOwner:
		read(l, l.r.Owner, c.Owner.ID, &s.Owner)
		l.managed(c.Owner.ID)
	case Assign:
		l.seats(c.License, c.Users...)
	case DeactivateUser:
		l.seats(c.License, c.User)
	case ReactivateUser:
		l.seats(c.License, c.User)
		l.history(c.User)
	case Revoke:
		l.seats(c.License, c.Users...)
	case Transfer:
		l.seats(c.License, c.From, c.To)
	case Move:
		l.move(c)
	case Reclaim:
		l.reclaim(c)
	case raise:
		read(l, l.r.License, c.alert.License, &s.License)
		read(l, l.r.Alert, c.alert.ID, &s.Alert)
		read(l, l.r.LastAlert, c.alert.License, &s.LastAlert)
	default:
		l.imported(c)
	}
}

func (l *loader) imported(c Command) {
	s := &l.s
	switch c := c.(type) {
	case ImportLicense:
		read(l, l.r.License, c.License.ID, &s.Numbered)
		l.installation(c.License.Installation, c.License.Org, c.License.Package)
		l.family(c.Org, c.License.Package)
		read(l, l.r.Sides, s.License.ID, &s.Sides)
	case ImportLead:
		read(l, l.r.Lead, c.Lead.ID, &s.Lead)
	case ImportContact:
		read(l, l.r.Contact, c.Contact.ID, &s.Contact)
	case ImportAccount:
		read(l, l.r.Account, c.Account.ID, &s.Account)
	case ImportSeat:
		read(l, l.r.LicenseOf, c.Installation, &s.License)
		read(l, l.r.Package, s.License.Package, &s.Package)
		l.holding(c.User)
		l.history(c.User)
	}
}

func (l *loader) history(user seats.UserID) {
	if s := &l.s; l.err == nil && s.License.ID != 0 {
		s.History, l.err = l.r.SeatHistory(l.ctx, l.vendor, s.License.ID, user)
	}
}

// license reads a license, its package and its org.
func (l *loader) license(id license.ID) {
	read(l, l.r.License, id, &l.s.License)
	read(l, l.r.Package, l.s.License.Package, &l.s.Package)
	read(l, l.r.Org, l.s.License.Org, &l.s.Org)
	read(l, l.r.Sides, l.s.License.ID, &l.s.Sides)
}

func (l *loader) parameters(id license.ID) {
	l.license(id)
	read(l, l.r.Parameters, l.s.License.Package, &l.s.Parameters)
	read(l, l.r.ParameterValues, l.s.License.ID, &l.s.Values)
}

func (l *loader) seats(id license.ID, users ...seats.UserID) {
	read(l, l.r.License, id, &l.s.License)
	read(l, l.r.Package, l.s.License.Package, &l.s.Package)
	l.holding(users...)
}

func (l *loader) holding(users ...seats.UserID) {
	if l.err == nil && l.s.License.Holders != 0 { // of none there is nobody to look for
		l.s.Holding, l.err = l.r.Holding(l.ctx, l.vendor, l.s.License.ID, users)
	}
}

func (l *loader) move(c Move) {
	l.seats(c.From, c.User)
	read(l, l.r.License, c.To, &l.s.To)
	read(l, l.r.Package, l.s.To.Package, &l.s.ToOf)
	if l.err == nil {
		var holding []seats.Assignment
		holding, l.err = l.r.Holding(l.ctx, l.vendor, c.To, []seats.UserID{c.User})
		l.s.ToHolds = len(holding) > 0
	}
}

func (l *loader) reclaim(c Reclaim) {
	l.seats(c.Move.License, c.Move.User)
	if l.err != nil || l.s.License.ID == 0 {
		return
	}
	var standings []Standing
	standings, l.err = l.r.Standings(l.ctx, l.vendor, l.s.License.ID, []seats.UserID{c.Move.User})
	if len(standings) > 0 {
		l.s.Standing = standings[0]
	}
}

func (l *loader) notification(n Notification) {
	notice := n.notice()
	if !notice.ID.IsZero() {
		read(l, l.r.Fingerprint, notice.ID, &l.s.Fingerprint)
	}
	switch n := n.(type) {
	case Installed:
		l.installation(n.Installation, n.Org.ID, n.Package)
		read(l, l.r.Version, n.Version, &l.s.Version)
		read(l, l.r.Owner, l.s.Package.LeadManager, &l.s.Owner)
		l.family(n.Org, n.Package)
		l.installer(n)
	case Upgraded:
		l.installation(n.Installation, n.Org.ID, n.Package)
		read(l, l.r.Version, n.Version, &l.s.Version)
		l.family(n.Org, n.Package)
	case Uninstalled:
		l.installation(n.Installation, n.Org.ID, n.Package)
		read(l, l.r.Sides, l.s.License.ID, &l.s.Sides)
		l.family(n.Org, n.Package)
	case InstallAborted:
		l.aborted(n.Org.ID)
	default:
		read(l, l.r.Org, notice.Org.ID, &l.s.Org)
		l.family(notice.Org, pkgversion.PackageID{})
	}
}

// aborted reads what was told of installations in an org that came to nothing.
func (l *loader) aborted(org pkgversion.OrgID) {
	if l.err != nil {
		return
	}
	l.err = walk(l.ctx, l.r, l.vendor, Stream{OrgStream, org.String()}, 0, func(e Event) {
		if aborted, ok := e.Change.(InstallationAborted); ok {
			l.s.aborted = append(l.s.aborted, aborted)
		}
	})
}

func (l *loader) installation(id license.InstallationID, org pkgversion.OrgID, pkg pkgversion.PackageID) {
	s := &l.s
	read(l, l.r.Package, pkg, &s.Package)
	read(l, l.r.Org, org, &s.Org)
	read(l, l.r.Facts, id, &s.Facts)
	read(l, l.r.LicenseOf, id, &s.License)
	if !org.IsZero() && !pkg.IsZero() {
		s.Siblings = l.installations(LicenseQuery{Org: org, Package: pkg})
	}
}

// family reads the licenses that are linked to those of an org: of a sandbox those of
// its production org, of a production org those of its sandboxes. Which of two
// production orgs it is that are known and told Apply decides, by their instants.
func (l *loader) family(told license.Org, pkg pkgversion.PackageID) {
	s := &l.s
	known := s.Org.Production
	switch {
	case told.ID.IsZero():
	case !told.Production.IsZero() && told.Production != known:
		l.production(told.ID, told.Production)
		l.production(told.ID, known)
		s.OfSandbox = l.installations(LicenseQuery{Org: told.ID})
	case !known.IsZero():
		l.production(told.ID, known)
	case !pkg.IsZero():
		for _, sandbox := range l.sandboxes(told.ID) {
			s.OfSandboxes = append(s.OfSandboxes, l.installations(LicenseQuery{Org: sandbox.ID, Package: pkg})...)
		}
	}
}

// production reads a production org of another org, and its licenses.
func (l *loader) production(of, production pkgversion.OrgID) {
	if production.IsZero() || production == of {
		return
	}
	org := license.Org{ID: production} // also where nobody has told of it yet
	read(l, l.r.Org, production, &org)
	org.ID = production
	l.s.ProductionOrgs = append(l.s.ProductionOrgs, org)
	l.s.Production = append(l.s.Production, l.installations(LicenseQuery{Org: production})...)
}

func (l *loader) sandboxes(production pkgversion.OrgID) (found []license.Org) {
	read(l, l.r.Sandboxes, production, &found)
	return found
}

// linkable reads what follows from another contact of licenses: their orgs, and the
// licenses of the sandboxes that may be linked to them.
func (l *loader) linkable(licenses ...license.License) {
	for _, named := range licenses {
		if named.ID == 0 || named.Sandbox {
			continue
		}
		var org license.Org
		read(l, l.r.Org, named.Org, &org)
		l.s.LinkedOrgs = append(l.s.LinkedOrgs, org)
		for _, sandbox := range l.sandboxes(named.Org) {
			l.s.OfSandboxes = append(l.s.OfSandboxes, l.installations(LicenseQuery{Org: sandbox.ID, Package: named.Package})...)
		}
	}
}

// observed reads what an observation is compared with.
func (l *loader) observed(o Observation) {
	s := &l.s
	l.installation(o.ID, o.Org, o.Package)
	read(l, l.r.Sides, s.License.ID, &s.Sides)
	read(l, l.r.Version, o.Version, &s.Version)
	read(l, l.r.Owner, s.Package.LeadManager, &s.Owner)
	o.InOrg.ID = o.Org
	l.family(o.InOrg, o.Package)
	l.installer(o.asInstalled())
}

func (l *loader) refresh(id pkgversion.PackageID) {
	read(l, l.r.Package, id, &l.s.Package)
	read(l, l.r.Refresh, id, &l.s.Refresh)
}

// installer reads who the installer could be, if a license is yet to be made.
func (l *loader) installer(n Installed) {
	if l.s.License.ID == 0 {
		l.person(n.Installer)
	}
}

// person reads who a person could be.
func (l *loader) person(p lead.Person) {
	s := &l.s
	if l.err != nil || p.IsZero() {
		return
	}
	person, _ := p.Clean()
	leadKeys, err := matchKeys(s.Rules.Leads, Leads, person)
	if err != nil {
		s.RuleFailed = err
		return
	}
	contactKeys, err := matchKeys(s.Rules.Contacts, Contacts, person)
	if err != nil {
		s.RuleFailed = err
		return
	}
	s.LeadsFound, s.LeadCount, l.err = l.r.LeadsUnder(l.ctx, l.vendor, leadKeys, maxCandidates)
	if l.err == nil {
		s.ContactsFound, s.ContactCount, l.err = l.r.ContactsUnder(l.ctx, l.vendor, contactKeys, maxCandidates)
	}
}

// managed reads the packages whose lead manager an owner is.
func (l *loader) managed(id lead.OwnerID) {
	if l.err != nil || id.IsZero() {
		return
	}
	l.s.Managed, l.err = l.r.Packages(l.ctx, l.vendor)
	l.s.Managed = slices.DeleteFunc(l.s.Managed, func(r Registration) bool { return r.LeadManager != id })
}

func (l *loader) named(id lead.ID) {
	if !id.IsZero() {
		l.s.Named = l.licenses(LicenseQuery{Lead: id})
	}
}

// installations is licenses without the permission-set licenses.
func (l *loader) installations(q LicenseQuery) []license.License {
	q.Kind = PackageLicenses
	return l.licenses(q)
}

// licenses reads all that q asks for, page by page, the retired ones among them: what is
// out of the lists still counts for what is decided.
func (l *loader) licenses(q LicenseQuery) (all []license.License) {
	const page = 1000
	q.Retired = AndRetired
	for l.err == nil {
		var found []license.License
		found, l.err = l.r.Licenses(l.ctx, l.vendor, q, page)
		all = append(all, found...)
		if len(found) < page {
			break
		}
		q.After = CursorAfter(found[page-1])
	}
	return all
}
