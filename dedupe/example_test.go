package dedupe_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/isvkit/isvkit/dedupe"
	"github.com/isvkit/isvkit/lead"
)

const leads = `id,first_name,last_name,company,email,phone
1,Robert,Smith,Acme Inc,rob@acme.com,415-555-0134
2,Bob,Smith,ACME,rob@acme.com,
3,Ann,Lee,Widgets Ltd,ann@widgets.example,
4,R.,Smith,Acme Incorporated,,(415) 555-0199
`

// A matcher says whether two people are one, and under which keys they are
// found; that is what a license manager asks of a matching rule.
func Example() {
	rule := dedupe.MustMatcher(dedupe.StandardLead())
	robert := lead.Person{FirstName: "Robert", LastName: "Smith", Email: "rob@acme.com"}
	bob := lead.Person{FirstName: "Bob", LastName: "Smith", Email: "Rob@Acme.com"}
	fmt.Println(rule.Match(robert, bob), rule.Keys(bob))
	// Output: true [rob@acme.com bsm0@acme.com]
}

func ExampleMatcher() {
	rule := dedupe.MustMatcher(dedupe.StandardLead())
	a := dedupe.Record{Person: lead.Person{FirstName: "Luis", LastName: "Antonio", Email: "la@example.com"}}
	b := dedupe.Record{Person: lead.Person{FirstName: "Antonio", LastName: "Luis", Email: "LA@example.com"}}
	fmt.Println(rule.MatchRecords(a, b))
	// Output: true
}

func ExampleExplanation() {
	rule, err := dedupe.Rule{
		Name:     "Company and phone",
		Fields:   []dedupe.FieldRule{dedupe.FuzzyCompany.On(dedupe.Company), dedupe.FuzzyPhone.On(dedupe.Phone)},
		Equation: dedupe.MustEquation("Company AND Phone"),
	}.Matcher()
	if err != nil {
		panic(err)
	}
	a := dedupe.Record{Person: lead.Person{Company: "Elite Sport", Phone: "1-415-555-1234"}}
	b := dedupe.Record{Person: lead.Person{Company: "Elite Sport Inc.", Phone: "1-415-555-5678"}}
	fmt.Print(rule.Explain(a, b))
	// Output:
	// Company and phone: match
	//   group 1: Company AND Phone
	//   key 1: Company (2,6) Phone
	//   Company: 100 reaches 70, Exact 100, Acronym 100, Syllable Alignment 100
	//   Phone: 90 reaches 80, Exact 0, Sections 90; country code 100 × 10 %; area code 100 × 50 %; exchange 100 × 30 %; line 0 × 10 %
}

func ExampleRule() {
	rule := dedupe.Rule{
		Name:     "Company or e-mail, and phone",
		Fields:   []dedupe.FieldRule{dedupe.FuzzyCompany.On(dedupe.Company), dedupe.Exact.On(dedupe.Email)},
		Equation: dedupe.MustEquation("(Company OR Email) AND Phone"),
	}
	fmt.Println(rule.Validate())
	rule.Fields = append(rule.Fields, dedupe.FuzzyPhone.On(dedupe.Phone))
	fmt.Println(rule.Validate())
	for _, key := range rule.MatchKeys() {
		fmt.Println(key)
	}
	// Output:
	// dedupe: group 1 of the equation "Phone" names a field that the rule does not compare; add it to Fields
	// <nil>
	// Company (2,6) Phone
	// Email Phone
}

func ExampleEquation() {
	equation, err := dedupe.ParseEquation("first_name and (city or zip) or email")
	fmt.Println(equation, err)
	// Output: (First_Name AND (City OR ZIP)) OR (Email) <nil>
}

func ExampleKey() {
	key, err := dedupe.ParseKey("First_Name (1,1) Last_Name Company (2,5)")
	fmt.Println(len(key), key[2].Words, key[2].Chars, err)
	// Output: 3 2 5 <nil>
}

func ExampleDuplicateRule() {
	rule := dedupe.StandardLeadDuplicates()
	fmt.Println(rule.Object, rule.OnCreate, rule.Validate())
	for _, comparison := range rule.Against {
		fmt.Println(comparison.Object, "by", comparison.Rule.Name)
	}
	// Output:
	// Lead Allow, Alert, Report <nil>
	// Lead by Standard Lead
	// Contact by Standard Contact
}

func ExampleTables() {
	tables := dedupe.DefaultTables()
	tables.Nicknames["Aleksandr"] = []string{"Sasha", "Alik"}
	tables.LegalForms = append(tables.LegalForms, "Pte")
	rule, err := dedupe.NewMatcher(dedupe.StandardLead(), tables)
	if err != nil {
		panic(err)
	}
	fmt.Println(rule.Match(
		lead.Person{FirstName: "Aleksandr", LastName: "Orlov", Email: "orlov@example.com"},
		lead.Person{FirstName: "Sasha", LastName: "Orlov", Email: "orlov@example.com"}))
	// Output: true
}

func ExampleIndex() {
	index := dedupe.NewIndex(dedupe.MustMatcher(dedupe.StandardLead()))
	for record, err := range dedupe.ReadCSV(strings.NewReader(leads), dedupe.Lead) {
		if err == nil {
			err = index.Put(record)
		}
		if err != nil {
			panic(err)
		}
	}
	found := index.Find(dedupe.Record{Person: lead.Person{FirstName: "Bobby", LastName: "Smith", Email: "rob@acme.com"}})
	for _, match := range found.Matches {
		fmt.Println(match.ID, match.Object, "groups", match.Groups, "keys", match.Keys)
	}
	// Output:
	// 2 Lead groups [1] keys [0 1]
	// 1 Lead groups [1] keys [0]
}

func ExampleCluster() {
	rule := dedupe.MustMatcher(dedupe.StandardLead())
	records := dedupe.ReadCSV(strings.NewReader(leads), dedupe.Lead)
	clusters, err := dedupe.Cluster(context.Background(), rule, records, dedupe.ClusterConfig{})
	if err != nil {
		panic(err)
	}
	fmt.Println(clusters.Records, "records,", clusters.Len(), "clusters")
	for found := range clusters.All() {
		fmt.Println(found.IDs)
		for _, link := range found.Links {
			fmt.Println(link.A, link.B, "groups", link.Groups, "keys", link.Keys)
		}
	}
	// Output:
	// 4 records, 1 clusters
	// [1 2 4]
	// 1 2 groups [1] keys [0]
	// 1 4 groups [2 6] keys [2 3]
}

func ExampleTrain() {
	records := dedupe.ReadCSV(strings.NewReader(leads), dedupe.Lead)
	model, err := dedupe.Train(context.Background(), records, dedupe.TrainConfig{Precision: 0.99})
	if err != nil {
		panic(err)
	}
	robert := dedupe.Record{Person: lead.Person{FirstName: "Robert", LastName: "Smith", Email: "rob@acme.com"}}
	ann := dedupe.Record{Person: lead.Person{FirstName: "Ann", LastName: "Lee", Email: "ann@widgets.example"}}
	fmt.Println(model.Score(robert, robert) > model.Score(robert, ann))
	for _, field := range model.Explain(robert, ann).Fields[:2] {
		fmt.Println(field.Field, field.Level)
	}
	// Output:
	// true
	// First_Name different
	// Last_Name different
}

func ExampleMethod_On() {
	rule := dedupe.FuzzyLast.On(dedupe.LastName)
	rule.Threshold = 95
	fmt.Println(rule.Field, rule.Method, rule.Algorithms, rule.Scoring, rule.Threshold, rule.Blank)
	// Output: Last_Name Fuzzy: Last Name [Exact Keyboard Distance Metaphone] Maximum 95 does not match
}

func ExampleRecord() {
	account := dedupe.AccountRecord(lead.Account{
		ID: lead.MustAccountID("a1"), Name: "Acme Inc", Website: "https://www.acme.com", PostalCode: "02110",
	})
	fmt.Println(account.ID, account.Object)
	fmt.Println(dedupe.MustMatcher(dedupe.StandardAccount()).RecordKeys(account))
	// Output:
	// a1 Account
	// [acme021 acme.com]
}

func ExampleRuleError() {
	_, err := dedupe.ParseEquation("First_Name AND Nickname")
	var wrong *dedupe.RuleError
	fmt.Println(errors.As(err, &wrong), wrong.Part)
	// Output: true equation
}

func ExampleReadCSV() {
	for record, err := range dedupe.ReadCSV(strings.NewReader("ID,Last Name\n7,Lee\n"), dedupe.Contact) {
		fmt.Println(record.ID, record.Object, record.Person.LastName, err)
	}
	// Output: 7 Contact Lee <nil>
}

func ExampleMatcher_Normalize() {
	rule := dedupe.MustMatcher(dedupe.StandardLead())
	fmt.Println(rule.Normalize(dedupe.FuzzyPhone, dedupe.Phone, "+44 (0)20 7946 0000 ext. 12"))
	fmt.Println(rule.Normalize(dedupe.FuzzyStreet, dedupe.Street, "12 N. Main St., Suite 4"))
	fmt.Println(rule.Normalize(dedupe.FuzzyCompany, dedupe.Company, "The Müller & Söhne GmbH & Co. KG"))
	// Output:
	// +44-207-946-0000
	// 12 north main street #4
	// muller sohne
}

func ExampleModel() {
	model, err := dedupe.Train(context.Background(), dedupe.ReadCSV(strings.NewReader(leads), dedupe.Lead), dedupe.TrainConfig{})
	if err != nil {
		panic(err)
	}
	surer, err := model.At(0.999)
	fmt.Println(surer.Threshold(), err)
	_, err = model.At(0)
	fmt.Println(err)
	// Output:
	// 0.999 <nil>
	// dedupe: threshold is not above 0 and at most 1
}

// A progress bar and a way to stop.
func ExampleClusterConfig() {
	ctx, cancel := context.WithCancel(context.Background())
	config := dedupe.ClusterConfig{Workers: 2, Progress: func(p dedupe.Progress) {
		if p.Stage == dedupe.Comparing {
			cancel() // enough
		}
	}}
	records := dedupe.ReadCSV(strings.NewReader(leads), dedupe.Lead)
	_, err := dedupe.Cluster(ctx, dedupe.MustMatcher(dedupe.StandardLead()), records, config)
	fmt.Println(errors.Is(err, context.Canceled))
	// Output: true
}
