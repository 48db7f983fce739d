package dedupe

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
)

// TestStandardRulesAreValid: all standard rules run, and their equations and
// keys print as they are documented.
func TestStandardRulesAreValid(t *testing.T) {
	for _, rule := range []Rule{StandardLead(), StandardContact(), StandardPersonAccount(), StandardAccount()} {
		if err := rule.Validate(); err != nil {
			t.Errorf("%s: %v", rule.Name, err)
		}
		if again, err := ParseEquation(rule.Equation.String()); err != nil || !reflect.DeepEqual(again, rule.Equation) {
			t.Errorf("%s: the equation prints as %s, which parses as %v, %v", rule.Name, rule.Equation, again, err)
		}
	}
	for _, rule := range []DuplicateRule{StandardLeadDuplicates(), StandardContactDuplicates(), StandardAccountDuplicates()} {
		if err := rule.Validate(); err != nil {
			t.Errorf("%s: %v", rule.Name, err)
		}
	}
	if got, want := StandardLead().Keys[2].String(), "First_Name (1,1) Last_Name Company (2,5)"; got != want {
		t.Errorf("the third key of leads prints as %q, want %q", got, want)
	}
}

// TestDerivedKeys: a custom rule gets a key for each way its equation can match,
// without Title.
func TestDerivedKeys(t *testing.T) {
	rule := customRule()
	rule.Fields = append(rule.Fields, FuzzyTitle.On(Title))
	rule.Equation = MustEquation("(Company OR Email) AND Phone AND Title")
	var got []string
	for _, key := range rule.MatchKeys() {
		got = append(got, key.String())
	}
	if want := []string{"Company (2,6) Phone", "Email Phone"}; !slices.Equal(got, want) {
		t.Errorf("MatchKeys = %q, want %q", got, want)
	}
}

// TestValidateSaysWhatToChange: each fault of a rule is reported, all at once, as a
// RuleError.
func TestValidateSaysWhatToChange(t *testing.T) {
	change := func(do func(*Rule)) Rule {
		rule := StandardLead()
		do(&rule)
		return rule
	}
	tests := []struct {
		rule Rule
		want string
	}{
		{Rule{Name: "empty"}, "has no fields; give it at least one"},
		{Rule{Name: "empty"}, "has no groups"},
		{change(func(r *Rule) { r.Fields = append(r.Fields, Exact.On(State), Exact.On(Country)) }), "leave out 1"},
		{change(func(r *Rule) { r.Fields = append(r.Fields, Exact.On(City)) }), "is listed twice"},
		{change(func(r *Rule) { r.Equation = MustEquation("State") }), "add it to Fields"},
		{change(func(r *Rule) { r.Keys = []Key{MustKey("Title")} }), "never takes part in a key"},
		{change(func(r *Rule) { r.Keys = []Key{MustKey("State")} }), "does not compare"},
		{change(func(r *Rule) { r.Keys = slices.Repeat(r.Keys, 3) }), "a rule has at most 10"},
		{change(func(r *Rule) { r.Keys, r.Equation = nil, MustEquation("Title") }), "has no match key"},
		{change(func(r *Rule) {
			r.Keys, r.Equation = nil, MustEquation("(City OR ZIP OR Phone OR Email) AND (First_Name OR Last_Name OR Company)")
		}), "fewer ORs"},
		{change(func(r *Rule) { r.Fields[0].Threshold = 0 }), "take 1 to 100"},
		{change(func(r *Rule) { r.Fields[0].Method = 0 }), "no known method"},
		{change(func(r *Rule) { r.Fields[0].Algorithms = []Algorithm{Sections} }), "does not go with the method"},
		{change(func(r *Rule) { r.Fields[0].Scoring = WeightedAverage }), "must be scored by Maximum"},
		{change(func(r *Rule) { r.Lower = []GroupThreshold{{Group: 9, Field: City, Threshold: 1}} }), "names no group"},
		{change(func(r *Rule) { r.Fields[0].Field = 99 }), "is not known"},
		{change(func(r *Rule) { r.Equation = append(r.Equation, Group{}) }), "is empty"},
		{change(func(r *Rule) { r.Equation = Equation{slices.Repeat(Group{{City, ZIP, Phone}}, 6)} }), "more than 256 ways"},
	}
	for _, test := range tests {
		err := test.rule.Validate()
		var wrong *RuleError
		if err == nil || !strings.Contains(err.Error(), test.want) || !errors.As(err, &wrong) {
			t.Errorf("Validate = %v, want a *RuleError with %q", err, test.want)
		}
		if m, err := test.rule.Matcher(); m != nil || err == nil {
			t.Errorf("Matcher made one of a rule that is not valid: %q", test.want)
		}
	}
	duplicate := DuplicateRule{OnCreate: Block | Alert, Against: slices.Repeat([]Comparison{{Rule: Rule{}}}, 4)}
	for _, want := range []string{"watches no object", "give it 1 to 3", "keep one", "blocks and allows", "has no fields", "compares with no object"} {
		if err := duplicate.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate of a duplicate rule = %v, want %q in it", err, want)
		}
	}
}

// TestMatcherKeepsItsRule: changing a rule or what Rule returns changes no
// Matcher.
func TestMatcherKeepsItsRule(t *testing.T) {
	rule := StandardLead()
	m := MustMatcher(rule)
	rule.Fields[0].Threshold = 1
	rule.Keys[0][0].Field = City
	m.Rule().Fields[1].Algorithms[0] = Acronym
	if got := m.Rule(); !reflect.DeepEqual(got, StandardLead()) {
		t.Errorf("Rule = %+v, want the standard lead rule", got)
	}
}

// TestBlankMatches: two blanks match where the rule says so, and only two.
func TestBlankMatches(t *testing.T) {
	rule := customRule()
	rule.Equation = MustEquation("Company AND Phone")
	rule.Keys = []Key{MustKey("Company")}
	rule.Fields[2].Blank = BlankMatches
	m := MustMatcher(rule)
	none, some := lead.Person{Company: "Acme"}, lead.Person{Company: "Acme", Phone: "415-555-1234"}
	if !m.Match(none, none) || m.Match(none, some) {
		t.Errorf("Match of two blanks = %v, of one = %v, want true, false", m.Match(none, none), m.Match(none, some))
	}
}

// TestLowerThreshold: the fourth group of person accounts takes a first name that the
// others refuse.
func TestLowerThreshold(t *testing.T) {
	m := MustMatcher(StandardPersonAccount())
	a := lead.Person{FirstName: "Martha", LastName: "Lee", Phone: "415-555-1234", Street: "12 Main St", City: "Boston"}
	b := a
	b.FirstName = "Mario"
	e := m.Explain(Record{Person: a}, Record{Person: b})
	if !slices.Equal(e.Groups, []int{3}) {
		t.Errorf("groups = %v, want the fourth only:\n%v", e.Groups, e)
	}
}

// TestTablesExtend: what a caller adds to the tables is known to the matcher made
// of them, and to no other.
func TestTablesExtend(t *testing.T) {
	tables := DefaultTables()
	tables.Nicknames["Aleksandr"] = []string{"Sasha"}
	tables.LegalForms = append(tables.LegalForms, "A/S")
	tables.Companies["ABC"] = "American Broadcasting Company"
	extended, err := NewMatcher(StandardLead(), tables)
	if err != nil {
		t.Fatal(err)
	}
	a := Record{Person: lead.Person{FirstName: "Aleksandr", LastName: "Lee", Email: "a@b.com"}}
	b := Record{Person: lead.Person{FirstName: "Sasha", LastName: "Lee", Email: "a@b.com"}}
	if !extended.MatchRecords(a, b) || leadMatcher.MatchRecords(a, b) {
		t.Errorf("with the nickname: %v, without: %v", extended.MatchRecords(a, b), leadMatcher.MatchRecords(a, b))
	}
	if got := extended.Normalize(FuzzyCompany, Company, "ABC A/S"); got != "american broadcasting" {
		t.Errorf("Normalize(ABC A/S) = %q", got)
	}
	if m, err := NewMatcher(StandardLead(), Tables{}); err != nil || !m.MatchRecords(a, a) {
		t.Errorf("empty tables do not work: %v", err)
	}
}

// TestNamesPrint: every value of every enumeration has a name of its own, and no value
// panics.
func TestNamesPrint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint8().Draw(t, "n")
		for _, text := range []string{Object(n).String(), Field(n).String(), Method(n).String(), Algorithm(n).String(),
			Scoring(n).String(), Blank(n).String(), Action(n).String(), Stage(n).String()} {
			if text == "" {
				t.Fatalf("value %d prints as nothing", n)
			}
		}
	})
}

// A Matcher is what a license manager asks of a matching rule, as lead.ExactEmail
// is.
var _ = []interface {
	Keys(lead.Person) []string
	Match(a, b lead.Person) bool
}{(*Matcher)(nil), lead.ExactEmail{}}

// TestNamesGivenUpAtOnce: to look at the names first changes no group that matches.
func TestNamesGivenUpAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := Record{Person: people.Draw(t, "a")}, Record{Person: people.Draw(t, "b")}
		for _, m := range standardMatchers {
			all := *m
			all.names = nil
			formsA, formsB := m.prepare(&a), m.prepare(&b)
			got, want := pair{m: m, a: &formsA, b: &formsB}, pair{m: &all, a: &formsA, b: &formsB}
			if got, want := got.matchingGroups(), want.matchingGroups(); got != want {
				t.Fatalf("%s: groups %v of %+v and %+v, want %v", m.rule.Name, got.list(), a, b, want.list())
			}
		}
	})
	if leadMatcher.names == nil || !leadMatcher.names.hasEmail || MustMatcher(StandardPersonAccount()).names != nil {
		t.Error("the standard lead rule asks of the names what all its groups do, that of person accounts does not")
	}
}
