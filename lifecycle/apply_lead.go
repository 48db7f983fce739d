package lifecycle

import (
	"cmp"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/lead"
)

// convertLead makes the lead a contact. The licenses that name it keep it, also
// those that are uninstalled: it is the one thing that changes of them. The license of
// a sandbox that is linked goes on having contact and account of its production license,
// as it would if the lead had been converted before.
func (d *decision) convertLead(c ConvertLead) error {
	if d.Lead.Revision == 0 {
		return &NotFoundError{Kind: "lead", ID: c.Lead.String()}
	}
	c.Contact.Account = c.Account.ID
	before := d.Lead
	converted, err := before.Convert(lead.Conversion{Contact: c.Contact.ID, Account: c.Account.ID, At: d.Now})
	if err != nil || converted == before {
		return err
	}
	if c.Contact == (lead.Contact{ID: c.Contact.ID, Account: c.Account.ID}) {
		c.Contact = d.Contact // the one that is there, if there is one
		c.Contact.ID, c.Contact.Account = converted.Conversion.Contact, c.Account.ID
	}
	if c.Account == (lead.Account{ID: c.Account.ID}) && !d.Account.ID.IsZero() {
		c.Account = d.Account
	}
	if c.Contact.Person.IsZero() {
		c.Contact.Person = before.Person
	}
	c.Account.Name = cmp.Or(c.Account.Name, before.Person.Company)
	if err := d.saveContact(c.Contact); err != nil {
		return err
	}
	if err := d.saveAccount(c.Account); err != nil {
		return err
	}
	converted.Revision++
	d.do(PutLead{Lead: converted, IfRevision: before.Revision}, LeadChanged{Before: before, After: converted})
	for _, named := range d.Named {
		before := d.latest(named) // a sandbox's may have followed its production license
		if before.Production != 0 {
			continue
		}
		l := before
		l.Contact, l.Account = c.Contact.ID, c.Account.ID
		d.saveLinked(before, l)
	}
	return nil
}

func (d *decision) saveContact(c lead.Contact) error {
	if c.ID.IsZero() {
		return &FieldError{Field: "contact id", Rule: "a contact has an id"}
	}
	if err := validInstantOrNone("creation of the contact", c.CreatedAt); err != nil {
		return err
	}
	c.Person, _ = c.Person.Clean()
	if c.CreatedAt = instant.Of(c.CreatedAt); c.CreatedAt.IsZero() {
		c.CreatedAt = cmp.Or(d.Contact.CreatedAt, d.Now)
	}
	if c != d.Contact {
		keys, err := matchKeys(d.Rules.Contacts, Contacts, c.Person)
		if err != nil {
			return err
		}
		d.do(PutContact{Contact: c, Keys: keys}, ContactSaved{Contact: c, Keys: keys})
	}
	return nil
}

func (d *decision) saveAccount(a lead.Account) error {
	if a.ID.IsZero() {
		return &FieldError{Field: "account id", Rule: "an account has an id"}
	}
	err := validPrivate("account", a.Name, a.Type, a.Website, a.Phone, a.Street, a.City, a.State, a.PostalCode, a.Country)
	if err != nil {
		return err
	}
	if err := validInstantOrNone("creation of the account", a.CreatedAt); err != nil {
		return err
	}
	if a.CreatedAt = instant.Of(a.CreatedAt); a.CreatedAt.IsZero() {
		a.CreatedAt = cmp.Or(d.Account.CreatedAt, d.Now)
	}
	if a != d.Account {
		d.do(PutAccount{a}, AccountSaved{a})
	}
	return nil
}

func (d *decision) importContact(c ImportContact) error { return d.saveContact(c.Contact) }

func (d *decision) importAccount(c ImportAccount) error { return d.saveAccount(c.Account) }

// importLead records a lead. A converted one stays converted.
func (d *decision) importLead(c ImportLead) error {
	l := c.Lead
	if l.ID.IsZero() {
		return &FieldError{Field: "lead id", Rule: "a lead has an id"}
	}
	if err := validTexts("lead", l.Source, l.Status); err != nil {
		return err
	}
	for _, t := range []time.Time{l.CreatedAt, l.Conversion.At} {
		if err := validInstantOrNone("instant of the lead", t); err != nil {
			return err
		}
	}
	l.Person, _ = l.Person.Clean()
	l.CreatedAt, l.Conversion.At = instant.Of(l.CreatedAt), instant.Of(l.Conversion.At)
	if l.CreatedAt.IsZero() {
		l.CreatedAt = cmp.Or(d.Lead.CreatedAt, d.Now)
	}
	if l.Owner.IsZero() {
		l.Owner = lead.LicenseManager
	}
	l.Revision = d.Lead.Revision
	if l == d.Lead {
		return nil
	}
	if d.Lead.IsConverted() && l.Conversion != d.Lead.Conversion {
		return &lead.ConvertedError{Lead: l.ID, Have: d.Lead.Conversion, Want: l.Conversion}
	}
	l.Revision++
	var keys []string
	if !l.IsConverted() {
		var err error
		if keys, err = matchKeys(d.Rules.Leads, Leads, l.Person); err != nil {
			return err
		}
	}
	d.do(PutLead{Lead: l, IfRevision: d.Lead.Revision, Keys: keys}, LeadChanged{Before: d.Lead, After: l, Keys: keys})
	return nil
}
