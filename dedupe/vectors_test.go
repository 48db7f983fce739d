package dedupe

import (
	"slices"
	"testing"

	"github.com/isvkit/isvkit/lead"
)

// customRule is the custom rule of the documentation's example: (Company OR
// Email) AND Phone.
func customRule() Rule {
	return Rule{
		Name:     "Company or e-mail, and phone",
		Fields:   []FieldRule{FuzzyCompany.On(Company), Exact.On(Email), FuzzyPhone.On(Phone)},
		Equation: MustEquation("(Company OR Email) AND Phone"),
	}
}

// TestDocumentedKeys: the keys are those that the documentation shows (DEDUPE 10).
func TestDocumentedKeys(t *testing.T) {
	standard, person, custom := StandardLead(), StandardPersonAccount(), customRule()
	tests := []struct {
		rule   Rule
		person lead.Person
		want   string
	}{
		{standard, lead.Person{Email: "john_doe@us.ibm.com"}, "johndoe@ibm.com"},
		{standard, lead.Person{FirstName: "John", LastName: "Doe", Email: "john_doe@us.salesforce.com"}, "jt@salesforce.com"},
		{standard, lead.Person{FirstName: "Marc", LastName: "Benioff", Company: "salesforce.com"}, "mpnfsales"},
		{standard, lead.Person{FirstName: "Marc", LastName: "Benioff", Phone: "1-415-555-1234"}, "mpnf415555"},
		{person, lead.Person{FirstName: "J", LastName: "Doe", City: "Philadelphia"}, "jtphilad"},
		{person, lead.Person{FirstName: "J", LastName: "Doe", PostalCode: "10001"}, "jt100"},
		{person, lead.Person{Street: "123 Maple Avenue"}, "123maple"},
		{person, lead.Person{Phone: "415-555-1234"}, "415555"},
		{person, lead.Person{Phone: "555-1234-5678"}, "5551234"},
		{custom, lead.Person{Company: "Elite Sport", Phone: "415-555-1234"}, "elitesport415555"},
		{custom, lead.Person{Email: "john.doe@elitesport.com", Phone: "415-555-1234"}, "john.doe@elitesport.com415555"},
	}
	for _, test := range tests {
		if got := MustMatcher(test.rule).Keys(test.person); !slices.Contains(got, test.want) {
			t.Errorf("%s: Keys(%+v) = %q, want %q among them", test.rule.Name, test.person, got, test.want)
		}
	}
}

// TestDocumentedScores: the scores are those that the documentation shows
// (DEDUPE 10), the ones it is only remembered to show included.
func TestDocumentedScores(t *testing.T) {
	tests := []struct {
		algorithm Algorithm
		method    Method
		a, b      string
		want      int
	}{
		{SameText, FuzzyCompany, "salesforce.com", "Salesforce", 0},
		{Acronym, FuzzyCompany, "AMD", "Advanced Micro Devices", 100},
		{EditDistance, FuzzyCity, "VP Sales", "VP of Sales", 73},
		{Initials, FuzzyFirst, "Jonathan", "J", 100},
		{JaroWinkler, FuzzyFirst, "Johnny", "Johny", 97},
		{Metaphone, FuzzyFirst, "Joseph", "Josef", 100},
		{NameVariant, FuzzyFirst, "Bob", "Robert", 100},
		{NameVariant, FuzzyFirst, "Bob", "Bill", 0},
		{KullbackLeibler, FuzzyTitle, "Director of Engineering", "Engineering Director", 65},
		{SyllableAlignment, FuzzyCity, "Department of Energy", "Department of Labor", 59},
		{Sections, FuzzyPhone, "1-415-555-1234", "1-415-555-5678", 90},
		{Sections, FuzzyStreet, "123 Maple Avenue Suite 5", "123 Maple Street Suite 6", 70},
		{Acronym, FuzzyTitle, "VP", "Vice President", 100},
	}
	d := defaultDictionary
	for _, test := range tests {
		var a, b form
		a.text, b.text = normalForScore(d, test.method, test.a), normalForScore(d, test.method, test.b)
		a.sound, b.sound = string(appendSound(nil, a.text)), string(appendSound(nil, b.text))
		if got := d.score(test.algorithm, test.method, a, b); got != test.want {
			t.Errorf("%s of %q and %q = %d, want %d", test.algorithm, test.a, test.b, got, test.want)
		}
	}
}

// normalForScore keeps the blanks, which the examples of edit distance and
// syllable alignment have and the normal form of a city has not.
func normalForScore(d *dictionary, method Method, text string) string {
	if method == FuzzyCity {
		return string(d.appendFold(nil, text))
	}
	return string(d.appendNormal(nil, method, 0, text))
}

// TestDocumentedPairs: pairs match as the documentation says.
func TestDocumentedPairs(t *testing.T) {
	custom := MustMatcher(customRule())
	entered := lead.Person{Company: "Elite Sports", Email: "john.doe@elitesport.com", Phone: "1-415-555-1234"}
	first := lead.Person{Company: "Elite Sports", Email: "john.doe@elitesports.com", Phone: "1-415-555-1234"}
	second := lead.Person{Company: "Elite Sport", Email: "john.doe@elitesport.com", Phone: "1-415-555-1234"}
	if !custom.Match(entered, second) {
		t.Errorf("the record with one equal key does not match: %v", custom.Explain(Record{Person: entered}, Record{Person: second}))
	}
	// The documentation says that the first record is no duplicate, by a key that its own
	// rule does not give (DEDUPE 11.1). By the rule both have the key elitesports….
	if !custom.Match(entered, first) {
		t.Errorf("two records of one company and phone do not match")
	}

	standard := MustMatcher(StandardLead())
	luis := lead.Person{FirstName: "Luis", LastName: "Antonio", Email: "la@example.com"}
	turned := lead.Person{FirstName: "Antonio", LastName: "Luis", Email: "la@example.com"}
	if e := standard.Explain(Record{Person: luis}, Record{Person: turned}); !e.IsMatch() || !e.Transposed {
		t.Errorf("transposed names do not match: %v", e)
	}
	vp := lead.Person{FirstName: "Ann", LastName: "Lee", Company: "Acme", Title: "VP"}
	full := lead.Person{FirstName: "Ann", LastName: "Lee", Company: "Acme Inc.", Title: "Vice President"}
	if !standard.Match(vp, full) {
		t.Errorf("VP and Vice President do not match: %v", standard.Explain(Record{Person: vp}, Record{Person: full}))
	}
	office := lead.Person{FirstName: "Ann", LastName: "Lee", Phone: "1-415-555-1234"}
	colleague := lead.Person{FirstName: "Ann", LastName: "Lee", Phone: "1-415-555-5678"}
	if !standard.Match(office, colleague) {
		t.Errorf("phones that differ in their last four digits do not match")
	}
}
