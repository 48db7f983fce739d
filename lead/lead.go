package lead

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// PackageInstallation is the source of a lead that an installation made.
const PackageInstallation = "Package Installation"

// LicenseManager is the automated user who owns the leads that nobody else
// does.
var LicenseManager = OwnerID{"License Manager"}

// Person is the text that is known of a person: the fields that matching reads.
// Any field may be empty. It is comparable.
type Person struct {
	FirstName  string
	LastName   string
	Title      string
	Company    string
	Email      string // as it was written; ParseEmail gives the form to compare
	Phone      string
	Street     string
	City       string
	State      string
	PostalCode string
	Country    string
}

// MaxField is the longest text of a Person's field, in code points.
const MaxField = 255

// IsZero reports whether nothing is known of the person.
func (p Person) IsZero() bool { return p == Person{} }

// fields lists p's fields by name.
func (p *Person) fields() []field {
	return []field{
		{"first name", &p.FirstName}, {"last name", &p.LastName}, {"title", &p.Title},
		{"company", &p.Company}, {"e-mail", &p.Email}, {"phone", &p.Phone}, {"street", &p.Street},
		{"city", &p.City}, {"state", &p.State}, {"postal code", &p.PostalCode}, {"country", &p.Country},
	}
}

type field struct {
	name string
	text *string
}

// Clean returns p in a form that every store keeps, and an error for each field
// that had to be changed for it: surrounding space goes silently; invalid UTF-8
// becomes U+FFFD, control characters but line breaks become spaces, and text past
// MaxField is cut. Bad contact data must not stop a license.
func (p Person) Clean() (Person, []*FieldError) {
	var changed []*FieldError
	for _, f := range p.fields() {
		given := *f.text
		text := given
		if !utf8.ValidString(text) {
			text = strings.ToValidUTF8(text, "\uFFFD")
		}
		text = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && !(r == '\n' || r == '\r') {
				return ' '
			}
			return r
		}, text)
		text = strings.TrimSpace(cut(strings.TrimSpace(text), MaxField))
		if *f.text = text; text != strings.TrimSpace(given) {
			changed = append(changed, &FieldError{Field: f.name, Value: given,
				Rule: "was cleaned: text has at most 255 characters of valid UTF-8 and no control characters"})
		}
	}
	return p, changed
}

func cut(text string, max int) string {
	n := 0
	for i := range text {
		if n == max {
			return text[:i]
		}
		n++
	}
	return text
}

// Lead is a person who installed a package or asked for it, not yet known to
// sales as a contact. A converted lead is no lead any more: it names the contact
// and the account that it became, and matches nothing. Licenses that name it go on doing
// so, with its name: the guides say that it is retained, the platform's metadata that the
// look-up turns blank.
//
// The zero Lead is none.
type Lead struct {
	ID         ID
	Person     Person
	Source     string // PackageInstallation, or where else it came from
	Status     string // of the sales process, as the vendor calls it
	Owner      OwnerID
	CreatedAt  time.Time
	Conversion Conversion // zero while the lead is open
	Revision   int64      // rises by one with every change; 1 when new
}

// Conversion is what a lead became, and when. The zero Conversion is none.
type Conversion struct {
	Contact ContactID
	Account AccountID
	At      time.Time // UTC
}

// IsConverted reports whether l has become a contact.
func (l Lead) IsConverted() bool { return l.Conversion != Conversion{} }

// Convert returns l converted to c. Both ids are needed. Converting again to the
// same contact and account changes nothing; to others is a *ConvertedError.
func (l Lead) Convert(c Conversion) (Lead, error) {
	switch {
	case c.Contact.IsZero():
		return l, &FieldError{Field: "contact id", Rule: "a conversion names a contact"}
	case c.Account.IsZero():
		return l, &FieldError{Field: "account id", Rule: "a conversion names an account"}
	case !l.IsConverted():
		l.Conversion = c
		return l, nil
	case l.Conversion.Contact == c.Contact && l.Conversion.Account == c.Account:
		return l, nil
	}
	return l, &ConvertedError{Lead: l.ID, Have: l.Conversion, Want: c}
}

// Contact is a person known to sales, of an account. The zero Contact is none.
type Contact struct {
	ID        ContactID
	Account   AccountID
	Person    Person // the company is the account's
	Owner     OwnerID
	CreatedAt time.Time
}

// Account is a company known to sales. The zero Account is none.
type Account struct {
	ID         AccountID
	Name       string
	Type       string
	Website    string
	Phone      string
	Street     string // of the billing address, as are the next four
	City       string
	State      string
	PostalCode string
	Country    string
	Owner      OwnerID
	CreatedAt  time.Time
}

// Owner is a user of the vendor's org who can own leads. The zero Owner is none.
type Owner struct {
	ID         OwnerID
	Name       string
	Email      string
	Active     bool
	CannotRead bool // licenses; the platform makes neither lead nor license for such a lead manager
}

// MayOwnLeads reports whether new leads can go to o: it is active, and may read licenses.
func (o Owner) MayOwnLeads() bool { return o.Active && !o.CannotRead }

// Name returns the first and the last name, as far as they are known.
func (p Person) Name() string {
	return strings.TrimSpace(p.FirstName + " " + p.LastName)
}

// OfLicense returns the id of the lead that the license of a number made: it makes
// at most one.
func OfLicense(number int64) ID { return ID{"lead-of-" + strconv.FormatInt(number, 10)} }
