package sfdata

import (
	"io"
	"iter"
	"strings"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
)

// LeadRow is a row of Lead.
type LeadRow struct {
	ID lead.ID
	Record
	Salutation           string
	Person               lead.Person
	Source               string
	Status               string
	Owner                lead.OwnerID
	IsConverted          bool
	ConvertedDate        license.Date
	ConvertedAccount     lead.AccountID
	ConvertedContact     lead.ContactID
	ConvertedOpportunity string
	Detail               LeadDetail
	Extra                Extra
}

// LeadDetail is what exports of this package carry beyond the platform's columns.
type LeadDetail struct {
	ConvertedAt time.Time
	Revision    int64
}

var leadTable = newTable("Lead", func(r *LeadRow) *Extra { return &r.Extra },
	col("Id", leadCodec, func(r *LeadRow) *lead.ID { return &r.ID }).required(),
	col("IsDeleted", boolCodec, func(r *LeadRow) *bool { return &r.IsDeleted }),
	col("LastName", textCodec, func(r *LeadRow) *string { return &r.Person.LastName }).needed(),
	col("FirstName", textCodec, func(r *LeadRow) *string { return &r.Person.FirstName }),
	col("Salutation", textCodec, func(r *LeadRow) *string { return &r.Salutation }),
	col("Title", textCodec, func(r *LeadRow) *string { return &r.Person.Title }),
	col("Company", textCodec, func(r *LeadRow) *string { return &r.Person.Company }),
	col("Street", textCodec, func(r *LeadRow) *string { return &r.Person.Street }),
	col("City", textCodec, func(r *LeadRow) *string { return &r.Person.City }),
	col("State", textCodec, func(r *LeadRow) *string { return &r.Person.State }),
	col("PostalCode", textCodec, func(r *LeadRow) *string { return &r.Person.PostalCode }),
	col("Country", textCodec, func(r *LeadRow) *string { return &r.Person.Country }),
	col("Phone", textCodec, func(r *LeadRow) *string { return &r.Person.Phone }),
	col("Email", textCodec, func(r *LeadRow) *string { return &r.Person.Email }),
	col("LeadSource", textCodec, func(r *LeadRow) *string { return &r.Source }),
	col("Status", textCodec, func(r *LeadRow) *string { return &r.Status }),
	col("OwnerId", ownerCodec, func(r *LeadRow) *lead.OwnerID { return &r.Owner }),
	col("IsConverted", boolCodec, func(r *LeadRow) *bool { return &r.IsConverted }).needed(),
	col("ConvertedDate", dateCodec, func(r *LeadRow) *license.Date { return &r.ConvertedDate }),
	col("ConvertedAccountId", accountCodec, func(r *LeadRow) *lead.AccountID { return &r.ConvertedAccount }),
	col("ConvertedContactId", contactCodec, func(r *LeadRow) *lead.ContactID { return &r.ConvertedContact }),
	col("ConvertedOpportunityId", textCodec, func(r *LeadRow) *string { return &r.ConvertedOpportunity }),
	col("CreatedDate", instantCodec, func(r *LeadRow) *time.Time { return &r.CreatedDate }),
	col("LastModifiedDate", instantCodec, func(r *LeadRow) *time.Time { return &r.ModifiedDate }),
	col("SystemModstamp", instantCodec, func(r *LeadRow) *time.Time { return &r.SystemModstamp }),
	own("Converted_At", instantCodec, func(r *LeadRow) *time.Time { return &r.Detail.ConvertedAt }),
	own("Revision", revisionCodec, func(r *LeadRow) *int64 { return &r.Detail.Revision }),
)

// Leads returns the rows of a file of leads, and in place of each bad one a
// *RowError. It can be ranged over once, for it reads r.
func Leads(r io.Reader, opt ReadOptions) iter.Seq2[LeadRow, error] { return leadTable.rows(r, opt) }

// WriteLeads writes a file of leads.
func WriteLeads(w io.Writer, rows iter.Seq2[LeadRow, error], opt WriteOptions) error {
	return leadTable.write(w, rows, opt)
}

// Command returns the command that records the lead. A lead that is converted and
// not converted at once, or to nothing and on no day, is a *RowError. A file that
// says the day of the conversion alone means the beginning of it.
func (r LeadRow) Command() (lifecycle.ImportLead, error) {
	conversion := lead.Conversion{Contact: r.ConvertedContact, Account: r.ConvertedAccount, At: r.Detail.ConvertedAt}
	if conversion.At.IsZero() {
		conversion.At = r.ConvertedDate.Start()
	}
	l := lead.Lead{ID: r.ID, Person: r.Person, Source: r.Source, Status: r.Status, Owner: r.Owner,
		CreatedAt: r.CreatedDate, Conversion: conversion, Revision: r.Detail.Revision}
	if l.IsConverted() != r.IsConverted {
		return lifecycle.ImportLead{}, &RowError{Field: "IsConverted",
			Reason: "contradicts ConvertedDate, ConvertedContactId and ConvertedAccountId"}
	}
	return lifecycle.ImportLead{Lead: l}, nil
}

// LeadRowOf returns the row of a lead.
func LeadRowOf(l lead.Lead) LeadRow {
	row := LeadRow{
		ID: l.ID, Record: Record{CreatedDate: l.CreatedAt}, Person: l.Person,
		Source: l.Source, Status: l.Status, Owner: l.Owner, IsConverted: l.IsConverted(),
		ConvertedAccount: l.Conversion.Account, ConvertedContact: l.Conversion.Contact,
		Detail: LeadDetail{ConvertedAt: l.Conversion.At, Revision: l.Revision},
	}
	if !l.Conversion.At.IsZero() {
		row.ConvertedDate = license.DateOf(l.Conversion.At)
	}
	return row
}

// ContactRow is a row of Contact.
type ContactRow struct {
	ID lead.ContactID
	Record
	Account    lead.AccountID
	Salutation string
	Person     lead.Person // Company is in exports of this package alone
	Owner      lead.OwnerID
	Extra      Extra
}

var contactTable = newTable("Contact", func(r *ContactRow) *Extra { return &r.Extra },
	col("Id", contactCodec, func(r *ContactRow) *lead.ContactID { return &r.ID }).required(),
	col("IsDeleted", boolCodec, func(r *ContactRow) *bool { return &r.IsDeleted }),
	col("AccountId", accountCodec, func(r *ContactRow) *lead.AccountID { return &r.Account }).needed(),
	col("LastName", textCodec, func(r *ContactRow) *string { return &r.Person.LastName }).needed(),
	col("FirstName", textCodec, func(r *ContactRow) *string { return &r.Person.FirstName }),
	col("Salutation", textCodec, func(r *ContactRow) *string { return &r.Salutation }),
	col("Title", textCodec, func(r *ContactRow) *string { return &r.Person.Title }),
	col("Email", textCodec, func(r *ContactRow) *string { return &r.Person.Email }),
	col("Phone", textCodec, func(r *ContactRow) *string { return &r.Person.Phone }),
	col("MailingStreet", textCodec, func(r *ContactRow) *string { return &r.Person.Street }),
	col("MailingCity", textCodec, func(r *ContactRow) *string { return &r.Person.City }),
	col("MailingState", textCodec, func(r *ContactRow) *string { return &r.Person.State }),
	col("MailingPostalCode", textCodec, func(r *ContactRow) *string { return &r.Person.PostalCode }),
	col("MailingCountry", textCodec, func(r *ContactRow) *string { return &r.Person.Country }),
	col("OwnerId", ownerCodec, func(r *ContactRow) *lead.OwnerID { return &r.Owner }),
	col("CreatedDate", instantCodec, func(r *ContactRow) *time.Time { return &r.CreatedDate }),
	col("LastModifiedDate", instantCodec, func(r *ContactRow) *time.Time { return &r.ModifiedDate }),
	col("SystemModstamp", instantCodec, func(r *ContactRow) *time.Time { return &r.SystemModstamp }),
	own("Company", textCodec, func(r *ContactRow) *string { return &r.Person.Company }),
)

// Contacts returns the rows of a file of contacts, and in place of each bad one a
// *RowError. It can be ranged over once, for it reads r.
func Contacts(r io.Reader, opt ReadOptions) iter.Seq2[ContactRow, error] {
	return contactTable.rows(r, opt)
}

// WriteContacts writes a file of contacts.
func WriteContacts(w io.Writer, rows iter.Seq2[ContactRow, error], opt WriteOptions) error {
	return contactTable.write(w, rows, opt)
}

// Command returns the command that records the contact.
func (r ContactRow) Command() lifecycle.ImportContact {
	return lifecycle.ImportContact{Contact: lead.Contact{ID: r.ID, Account: r.Account, Person: r.Person, Owner: r.Owner, CreatedAt: r.CreatedDate}}
}

// ContactRowOf returns the row of a contact.
func ContactRowOf(c lead.Contact) ContactRow {
	return ContactRow{ID: c.ID, Record: Record{CreatedDate: c.CreatedAt}, Account: c.Account, Person: c.Person, Owner: c.Owner}
}

// AccountRow is a row of Account.
type AccountRow struct {
	ID lead.AccountID
	Record
	Name       string
	Type       string
	Website    string
	Phone      string
	Street     string // of the billing address, as are the next four
	City       string
	State      string
	PostalCode string
	Country    string
	Owner      lead.OwnerID
	Extra      Extra
}

var accountTable = newTable("Account", func(r *AccountRow) *Extra { return &r.Extra },
	col("Id", accountCodec, func(r *AccountRow) *lead.AccountID { return &r.ID }).required(),
	col("IsDeleted", boolCodec, func(r *AccountRow) *bool { return &r.IsDeleted }),
	col("Name", textCodec, func(r *AccountRow) *string { return &r.Name }).needed(),
	col("Type", textCodec, func(r *AccountRow) *string { return &r.Type }),
	col("Website", textCodec, func(r *AccountRow) *string { return &r.Website }),
	col("Phone", textCodec, func(r *AccountRow) *string { return &r.Phone }),
	col("BillingStreet", textCodec, func(r *AccountRow) *string { return &r.Street }),
	col("BillingCity", textCodec, func(r *AccountRow) *string { return &r.City }),
	col("BillingState", textCodec, func(r *AccountRow) *string { return &r.State }),
	col("BillingPostalCode", textCodec, func(r *AccountRow) *string { return &r.PostalCode }),
	col("BillingCountry", textCodec, func(r *AccountRow) *string { return &r.Country }),
	col("OwnerId", ownerCodec, func(r *AccountRow) *lead.OwnerID { return &r.Owner }),
	col("CreatedDate", instantCodec, func(r *AccountRow) *time.Time { return &r.CreatedDate }),
	col("LastModifiedDate", instantCodec, func(r *AccountRow) *time.Time { return &r.ModifiedDate }),
	col("SystemModstamp", instantCodec, func(r *AccountRow) *time.Time { return &r.SystemModstamp }),
)

// Accounts returns the rows of a file of accounts, and in place of each bad one a
// *RowError. It can be ranged over once, for it reads r.
func Accounts(r io.Reader, opt ReadOptions) iter.Seq2[AccountRow, error] {
	return accountTable.rows(r, opt)
}

// WriteAccounts writes a file of accounts.
func WriteAccounts(w io.Writer, rows iter.Seq2[AccountRow, error], opt WriteOptions) error {
	return accountTable.write(w, rows, opt)
}

// Command returns the command that records the account.
func (r AccountRow) Command() lifecycle.ImportAccount {
	return lifecycle.ImportAccount{Account: lead.Account{ID: r.ID, Name: r.Name, Type: r.Type, Website: r.Website, Phone: r.Phone,
		Street: r.Street, City: r.City, State: r.State, PostalCode: r.PostalCode, Country: r.Country,
		Owner: r.Owner, CreatedAt: r.CreatedDate}}
}

// AccountRowOf returns the row of an account.
func AccountRowOf(a lead.Account) AccountRow {
	return AccountRow{ID: a.ID, Record: Record{CreatedDate: a.CreatedAt}, Name: a.Name, Type: a.Type, Website: a.Website, Phone: a.Phone,
		Street: a.Street, City: a.City, State: a.State, PostalCode: a.PostalCode, Country: a.Country, Owner: a.Owner}
}

// OwnerRow is a row of User in the vendor's org: somebody who can own leads.
type OwnerRow struct {
	ID lead.OwnerID
	Record
	Username  string
	FirstName string
	LastName  string
	Name      string
	Email     string
	IsActive  bool
	UserType  string // Standard, LicenseManager, AutomatedProcess, …
	Profile   string
	LastLogin time.Time
	Extra     Extra
}

var ownerTable = newTable("User", func(r *OwnerRow) *Extra { return &r.Extra },
	col("Id", ownerCodec, func(r *OwnerRow) *lead.OwnerID { return &r.ID }).required(),
	col("Username", textCodec, func(r *OwnerRow) *string { return &r.Username }),
	col("FirstName", textCodec, func(r *OwnerRow) *string { return &r.FirstName }),
	col("LastName", textCodec, func(r *OwnerRow) *string { return &r.LastName }),
	col("Name", textCodec, func(r *OwnerRow) *string { return &r.Name }),
	col("Email", textCodec, func(r *OwnerRow) *string { return &r.Email }),
	col("IsActive", boolCodec, func(r *OwnerRow) *bool { return &r.IsActive }).needed(),
	col("UserType", textCodec, func(r *OwnerRow) *string { return &r.UserType }),
	col("Profile.Name", textCodec, func(r *OwnerRow) *string { return &r.Profile }),
	col("LastLoginDate", instantCodec, func(r *OwnerRow) *time.Time { return &r.LastLogin }),
	col("CreatedDate", instantCodec, func(r *OwnerRow) *time.Time { return &r.CreatedDate }),
	col("LastModifiedDate", instantCodec, func(r *OwnerRow) *time.Time { return &r.ModifiedDate }),
	col("SystemModstamp", instantCodec, func(r *OwnerRow) *time.Time { return &r.SystemModstamp }),
)

// Owners returns the rows of a file of the vendor's users, and in place of each
// bad one a *RowError. It can be ranged over once, for it reads r.
func Owners(r io.Reader, opt ReadOptions) iter.Seq2[OwnerRow, error] { return ownerTable.rows(r, opt) }

// WriteOwners writes a file of the vendor's users.
func WriteOwners(w io.Writer, rows iter.Seq2[OwnerRow, error], opt WriteOptions) error {
	return ownerTable.write(w, rows, opt)
}

// Command returns the command that records the owner.
func (r OwnerRow) Command() lifecycle.RecordOwner {
	name := r.Name
	if name == "" {
		name = strings.TrimSpace(r.FirstName + " " + r.LastName)
	}
	return lifecycle.RecordOwner{Owner: lead.Owner{ID: r.ID, Name: name, Email: r.Email, Active: r.IsActive}}
}

// OwnerRowOf returns the row of an owner.
func OwnerRowOf(o lead.Owner) OwnerRow {
	return OwnerRow{ID: o.ID, Name: o.Name, Email: o.Email, IsActive: o.Active}
}
