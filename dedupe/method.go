package dedupe

// Method is how a field's text is read and compared: which normal form it
// has, and which algorithms score it. The zero Method is none.
type Method uint8

// The methods of custom rules, and those that only standard rules use. Beside each
// its algorithms, scoring and threshold (DEDUPE 5).
const (
	Exact        Method = 1 + iota // exact; not scored
	FuzzyFirst                     // exact, initials, Jaro-Winkler, name variant; maximum; 85
	FuzzyLast                      // exact, keyboard distance, metaphone; maximum; 90
	FuzzyCompany                   // acronym, exact, syllable alignment; maximum; 70
	FuzzyPhone                     // exact by section; weighted average; 80
	FuzzyCity                      // edit distance, exact; maximum; 85
	FuzzyStreet                    // exact by section, the name by edit distance; weighted average; 80
	FuzzyZIP                       // exact by section; weighted average; 80
	FuzzyTitle                     // acronym, exact, Kullback-Leibler; maximum; 50
	EmailAddress                   // exact, of addresses as package lead parses them
	WebDomain                      // exact, of bare domains
)

var methodNames = names("no method", "Exact", "Fuzzy: First Name", "Fuzzy: Last Name", "Fuzzy: Company Name",
	"Fuzzy: Phone", "Fuzzy: City", "Fuzzy: Street", "Fuzzy: ZIP", "Fuzzy: Title", "E-mail Address", "Web Domain")

// String returns the method's name.
func (m Method) String() string { return methodNames.of(int(m)) }

// Algorithm scores how alike two normalized texts are, from 0 to 100. The zero
// Algorithm is none.
type Algorithm uint8

// The algorithms (DEDUPE 6.1). Sections compares the parts of a phone number,
// an address or a postal code one by one (DEDUPE 6.2).
const (
	SameText Algorithm = 1 + iota
	Acronym
	EditDistance
	Initials
	JaroWinkler
	KeyboardDistance
	KullbackLeibler
	Metaphone
	NameVariant
	SyllableAlignment
	Sections
)

var algorithmNames = names("no algorithm", "Exact", "Acronym", "Edit Distance", "Initials", "Jaro-Winkler",
	"Keyboard Distance", "Kullback-Leibler", "Metaphone", "Name Variant", "Syllable Alignment", "Sections")

// String returns the algorithm's name.
func (a Algorithm) String() string { return algorithmNames.of(int(a)) }

// Scoring makes one score of a field out of those of its algorithms. The zero
// Scoring is none.
type Scoring uint8

// The scoring methods. WeightedAverage is of the sections of a text; texts that are
// the same score 100 by it too.
const (
	Maximum Scoring = 1 + iota
	WeightedAverage
)

var scoringNames = names("no scoring", "Maximum", "Weighted Average")

// String returns the scoring's name.
func (s Scoring) String() string { return scoringNames.of(int(s)) }

// Blank is what a blank field does to the groups it stands in. The zero Blank is
// the safe one, BlankFails.
type Blank uint8

// What a blank can do. A placeholder such as "n/a" or noreply@ is a blank.
const (
	BlankFails         Blank = iota // a blank matches nothing, not even another blank
	BlankMatches                    // two blanks match each other
	BlankPassesOnEmail              // a blank fails, but is passed over in a group that has Email in it
)

var blankNames = names("does not match", "matches a blank", "is passed over where the group has Email")

// String says what the blank does.
func (b Blank) String() string { return blankNames.of(int(b)) }

// methodParts are the parts that each method is made of.
var methodParts = map[Method]FieldRule{
	Exact:        {Algorithms: []Algorithm{SameText}, Scoring: Maximum, Threshold: 100},
	FuzzyFirst:   {Algorithms: []Algorithm{SameText, Initials, JaroWinkler, NameVariant}, Scoring: Maximum, Threshold: 85},
	FuzzyLast:    {Algorithms: []Algorithm{SameText, KeyboardDistance, Metaphone}, Scoring: Maximum, Threshold: 90},
	FuzzyCompany: {Algorithms: []Algorithm{SameText, Acronym, SyllableAlignment}, Scoring: Maximum, Threshold: 70},
	FuzzyPhone:   {Algorithms: []Algorithm{SameText, Sections}, Scoring: WeightedAverage, Threshold: 80},
	FuzzyCity:    {Algorithms: []Algorithm{SameText, EditDistance}, Scoring: Maximum, Threshold: 85},
	FuzzyStreet:  {Algorithms: []Algorithm{SameText, Sections}, Scoring: WeightedAverage, Threshold: 80},
	FuzzyZIP:     {Algorithms: []Algorithm{SameText, Sections}, Scoring: WeightedAverage, Threshold: 80},
	FuzzyTitle:   {Algorithms: []Algorithm{SameText, Acronym, KullbackLeibler}, Scoring: Maximum, Threshold: 50},
	EmailAddress: {Algorithms: []Algorithm{SameText}, Scoring: Maximum, Threshold: 100},
	WebDomain:    {Algorithms: []Algorithm{SameText}, Scoring: Maximum, Threshold: 100},
}

// On returns the rule for comparing field f by method m, as a custom rule does
// it: with the documented algorithms, scoring and threshold, and a blank that fails.
func (m Method) On(f Field) FieldRule {
	rule := methodParts[m]
	rule.Field, rule.Method = f, m
	rule.Algorithms = append([]Algorithm(nil), rule.Algorithms...)
	return rule
}
