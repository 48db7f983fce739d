package dedupe

import "github.com/isvkit/isvkit/lead"

// Record is one lead, contact or account as matching reads it. The zero Record
// matches nothing.
type Record struct {
	ID      string // the caller's own name for it; unique among the records of one index or run
	Object  Object
	Person  lead.Person // an account's name is the company, its billing address the address
	Website string      // of an account
}

// LeadRecord returns l as matching reads it.
func LeadRecord(l lead.Lead) Record {
	return Record{ID: l.ID.String(), Object: Lead, Person: l.Person}
}

// ContactRecord returns c as matching reads it. The company of its person is the
// name of its account.
func ContactRecord(c lead.Contact) Record {
	return Record{ID: c.ID.String(), Object: Contact, Person: c.Person}
}

// AccountRecord returns a as matching reads it.
func AccountRecord(a lead.Account) Record {
	return Record{ID: a.ID.String(), Object: Account, Website: a.Website, Person: lead.Person{
		Company: a.Name, Phone: a.Phone, Street: a.Street, City: a.City, State: a.State,
		PostalCode: a.PostalCode, Country: a.Country,
	}}
}

// Object is the kind of a record. The zero Object is none.
type Object uint8

// The objects that rules compare.
const (
	Lead Object = 1 + iota
	Contact
	PersonAccount
	Account
)

var objectNames = names("no object", "Lead", "Contact", "Person Account", "Account")

// String returns the object's name.
func (o Object) String() string { return objectNames.of(int(o)) }

// Field is one of the fields that matching reads. The zero Field is none.
type Field uint8

// The fields of a Record.
const (
	FirstName Field = 1 + iota
	LastName
	Title
	Company
	Email
	Phone
	Street
	City
	State
	ZIP
	Country
	Website
)

var fieldNames = names("no field", "First_Name", "Last_Name", "Title", "Company", "Email", "Phone", "Street",
	"City", "State", "ZIP", "Country", "Website")

// String returns the field's name in the notation of keys and equations.
func (f Field) String() string { return fieldNames.of(int(f)) }

// ParseField reads a field's name; case, spaces and underscores do not matter.
// The error is a *RuleError.
func ParseField(name string) (Field, error) {
	for i, known := range fieldNames[1:] {
		if plainName(known) == plainName(name) {
			return Field(1 + i), nil
		}
	}
	return 0, &RuleError{Part: "field", Value: name, Rule: "is none; the fields are " + fieldNames.list()}
}

// of returns the text of r's field f as the record holds it.
func (r *Record) of(f Field) string {
	p := &r.Person
	switch f {
	case FirstName:
		return p.FirstName
	case LastName:
		return p.LastName
	case Title:
		return p.Title
	case Company:
		return p.Company
	case Email:
		return p.Email
	case Phone:
		return p.Phone
	case Street:
		return p.Street
	case City:
		return p.City
	case State:
		return p.State
	case ZIP:
		return p.PostalCode
	case Country:
		return p.Country
	case Website:
		return r.Website
	}
	return ""
}
