package lead_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/isvkit/isvkit/lead"
)

func ExampleEmail() {
	email, err := lead.ParseEmail(" Ada@Example.COM ")
	fmt.Println(email, email.Domain(), err)

	noReply, _ := lead.ParseEmail("noreply@example.com")
	fmt.Println(noReply.IsPlaceholder())
	// Output:
	// ada@example.com example.com <nil>
	// true
}

func ExamplePerson() {
	// What a form sent, in a state that no store keeps.
	person, changed := lead.Person{LastName: "Lovelace\x00", Company: " Acme ", Email: "ada@example.com"}.Clean()
	fmt.Printf("%q %q\n", person.LastName, person.Company)
	for _, err := range changed {
		fmt.Println(err)
	}
	// Output:
	// "Lovelace" "Acme"
	// lead: last name: was cleaned: text has at most 255 characters of valid UTF-8 and no control characters
}

func ExampleLead() {
	installer := lead.Lead{
		ID:     lead.MustID("00Q2X000000Txd2"),
		Person: lead.Person{FirstName: "Ada", LastName: "Lovelace", Company: "Acme", Email: "ada@example.com"},
		Source: lead.PackageInstallation,
		Owner:  lead.LicenseManager,
	}
	fmt.Println(installer.Source, "of", installer.Person.Company, "for", installer.Owner)
	fmt.Println("converted:", installer.IsConverted())
	// Output:
	// Package Installation of Acme for License Manager
	// converted: false
}

func ExampleConversion() {
	installer := lead.Lead{ID: lead.MustID("00Q2X000000Txd2")}
	converted, err := installer.Convert(lead.Conversion{
		Contact: lead.MustContactID("0032X000000Txd2"),
		Account: lead.MustAccountID("0012X000000Txd2"),
		At:      time.Date(2026, 6, 30, 9, 0, 0, 0, time.UTC),
	})
	fmt.Println(converted.IsConverted(), converted.Conversion.Contact, err)
	// Output: true 0032X000000Txd2QAC <nil>
}

func ExampleConvertedError() {
	installer := lead.Lead{ID: lead.MustID("lead-1")}
	installer, err := installer.Convert(lead.Conversion{Contact: lead.MustContactID("contact-1"), Account: lead.MustAccountID("account-1")})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = installer.Convert(lead.Conversion{Contact: lead.MustContactID("contact-2"), Account: lead.MustAccountID("account-1")})
	if converted, ok := errors.AsType[*lead.ConvertedError](err); ok {
		fmt.Println("is", converted.Have.Contact, "already, not", converted.Want.Contact)
	}
	// Output: is contact-1 already, not contact-2
}

func ExampleFieldError() {
	_, err := lead.ParseEmail("ada@@example.com")
	fmt.Println(err) // fit for a log: it does not hold the address

	if refused, ok := errors.AsType[*lead.FieldError](err); ok {
		fmt.Println(refused.Value)
	}
	// Output:
	// lead: e-mail: must hold one "@"
	// ada@@example.com
}

func ExampleExactEmail() {
	rule := lead.ExactEmail{}
	installer := lead.Person{LastName: "Lovelace", Email: "ADA@example.com"}
	known := lead.Person{LastName: "King", Email: "ada@example.com"}
	fmt.Println(rule.Match(installer, known), rule.Keys(known))
	// Output: true [ada@example.com]
}

func ExampleNoMatch() {
	ada := lead.Person{Email: "ada@example.com"}
	fmt.Println(lead.NoMatch{}.Match(ada, ada))
	// Output: false
}

func ExampleContact() {
	contact := lead.Contact{
		ID:      lead.MustContactID("0032X000000Txd2"),
		Account: lead.MustAccountID("0012X000000Txd2"),
		Person:  lead.Person{FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com"},
	}
	fmt.Println(contact.Person.LastName, "of", contact.Account)
	// Output: Lovelace of 0012X000000Txd2QAC
}

func ExampleAccount() {
	account := lead.Account{ID: lead.MustAccountID("0012X000000Txd2"), Name: "Acme", Website: "https://acme.example"}
	fmt.Println(account.ID, account.Name)
	// Output: 0012X000000Txd2QAC Acme
}

func ExampleOwner() {
	manager := lead.Owner{ID: lead.MustOwnerID("0052X000000Txd2"), Name: "Grace Hopper", Active: false}
	owner := manager.ID
	if !manager.Active {
		owner = lead.LicenseManager
	}
	fmt.Println(owner)
	// Output: License Manager
}

func ExampleID() {
	fmt.Println(lead.MustID("00Q2X000000Txd2"))
	// Output: 00Q2X000000Txd2UAC
}

func ExampleContactID() {
	_, err := lead.ParseContactID("0032X000000Txd2QAB")
	fmt.Println(err)
	// Output: lead: contact id: the checksum of the Salesforce id is wrong
}

func ExampleAccountID() {
	fmt.Println(lead.MustAccountID("0012X000000Txd2") == lead.MustAccountID("0012x000000txd2qac"))
	// Output: true
}

func ExampleOwnerID() {
	owner, err := lead.ParseOwnerID("grace")
	fmt.Println(owner, err)
	// Output: grace <nil>
}
