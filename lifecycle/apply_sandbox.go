package lifecycle

import (
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/license"
)

// tells notes from which production org an org was made, once what is told of it as of
// an instant is taken in: an older telling does not undo a newer one.
func (d *decision) tells(org license.Org, at time.Time) {
	if known := newerOrg(d.Org, org, instant.Of(at)); known.Production != org.ID { // nothing is made from itself
		d.production = known.Production
	}
}

// linkFamily links the licenses of sandboxes to those of the production org that
// they were made from, whichever of the two became known last, and gives them its
// account and contact. A lead that was made before the production org was known
// stays: somebody may work on it already. made says that the command made a license, or
// moved one in the order of installations.
//
// An uninstalled license is linked, too, though it is read-only: whose sandbox it was is
// told of its org, and what is told decides the same in whatever order it comes.
func (d *decision) linkFamily(made bool) {
	if d.production.IsZero() {
		if made {
			d.linkSandboxes()
		}
		return
	}
	production := d.productionLicenses()
	if l, there := d.current(); there {
		d.linkTo(production, l)
	}
	moved := d.production != d.Org.Production
	if moved {
		for _, s := range d.OfSandbox {
			d.linkTo(production, d.latest(s))
		}
	}
	if made || moved {
		d.touchProduction()
	}
}

// productionLicenses returns the licenses of the org that the org of the command was made
// from.
func (d *decision) productionLicenses() (all []license.License) {
	for _, l := range d.Production {
		if l.Org == d.production {
			all = append(all, l)
		}
	}
	return all
}

func (d *decision) touchProduction() {
	for _, org := range d.ProductionOrgs {
		if org.ID == d.production {
			d.touch(org)
		}
	}
}

// linkSandboxes links the licenses of the sandboxes of the org that has a new
// license.
func (d *decision) linkSandboxes() {
	var production []license.License
	if l, there := d.current(); there && d.License.ID == 0 {
		production = append(production, l)
	}
	for _, s := range d.Siblings {
		production = append(production, d.latest(s))
	}
	for _, s := range d.OfSandboxes {
		d.linkTo(production, d.latest(s))
	}
}

// linkTo links the license of a sandbox to one of its production org. Its own terms
// stay as they are.
func (d *decision) linkTo(production []license.License, s license.License) {
	if s.Sandbox && !s.IsPermissionSet() {
		d.saveLicense(LicenseLinked, s, linked(s, production))
	}
}

// linked returns s linked to the newest of the production org's installations of the
// package; once s is uninstalled to the newest until then. So the order in which they
// were told decides nothing, and after the uninstallation only what happened before it.
// Contact and account are those of the license that it is linked to, and of no other:
// where that has none, s has none.
func linked(s license.License, production []license.License) license.License {
	var newest license.License
	for _, p := range production {
		late := !s.UninstalledAt.IsZero() && p.InstalledAt.After(s.UninstalledAt)
		if p.Package == s.Package && !p.Sandbox && !late && (newest.ID == 0 || byInstallation(p, newest) > 0) {
			newest = p
		}
	}
	if newest.ID != 0 || s.Production != 0 { // else what it has is its own
		s.Contact, s.Account = newest.Contact, newest.Account
	}
	s.Production = newest.ID
	return s
}

// touch raises the revision of a production org that is not saved otherwise. So of an
// installation there, or a contact that its license gets, and one in its sandbox at once,
// the second is decided on with the first in sight.
func (d *decision) touch(production license.Org) {
	for _, e := range d.effects {
		if put, ok := e.(PutOrg); ok && put.Org.ID == production.ID {
			return
		}
	}
	before := production
	if before.Revision == 0 {
		before = license.Org{}
	}
	production.Revision++
	d.do(PutOrg{Org: production, IfRevision: before.Revision}, OrgSeen{Before: before, After: production})
}

// saveLinked writes l, whose lead, contact or account is new. The licenses of the
// sandboxes that are linked to it get contact and account, too.
func (d *decision) saveLinked(before, l license.License) {
	d.saveLicense(LicenseLinked, before, l)
	if l.Sandbox || l.Contact == before.Contact && l.Account == before.Account {
		return
	}
	for _, s := range d.OfSandboxes {
		if s.Production == l.ID {
			d.linkTo([]license.License{l}, d.latest(s))
		}
	}
	for _, org := range d.LinkedOrgs {
		if org.ID == l.Org {
			d.touch(org)
		}
	}
}

// latest returns l as the effects so far leave it.
func (d *decision) latest(l license.License) license.License {
	if changed, there := d.after(l.ID); there {
		return changed
	}
	return l
}
