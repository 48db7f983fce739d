package lifecycle

import (
	"cmp"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// linkFamily links the licenses of sandboxes to those of the production org that
// they were made from, whichever of the two became known last, and gives them its
// account and contact. A lead that was made before the production org was known
// stays: somebody may work on it already. made says that the command made a license, or
// moved one in the order of installations.
func (d *decision) linkFamily(told license.Org, made bool) {
	production := d.productionOf(told)
	if production.IsZero() {
		if made {
			d.linkSandboxes()
		}
		return
	}
	if l, there := d.current(); there {
		d.linkTo(d.Production, l)
	}
	for _, s := range d.OfSandbox {
		d.linkTo(d.Production, d.latest(s))
	}
	if made || production != d.Org.Production {
		org := d.ProductionOrg
		org.ID = production // of an org that nobody has told of yet, too
		d.touch(org)
	}
}

// productionOf returns the org that a sandbox was made from, as far as it is told or
// known.
func (d *decision) productionOf(told license.Org) pkgversion.OrgID {
	production := cmp.Or(told.Production, d.Org.Production)
	if production == told.ID {
		return pkgversion.OrgID{} // nothing is made from itself
	}
	return production
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
func linked(s license.License, production []license.License) license.License {
	var newest license.License
	for _, p := range production {
		late := !s.UninstalledAt.IsZero() && p.InstalledAt.After(s.UninstalledAt)
		if p.Package == s.Package && !p.Sandbox && !late && (newest.ID == 0 || byInstallation(p, newest) > 0) {
			newest = p
		}
	}
	s.Production = newest.ID
	if !newest.Contact.IsZero() || !newest.Account.IsZero() {
		s.Contact, s.Account = newest.Contact, newest.Account
	}
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
