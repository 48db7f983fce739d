package dedupe

import (
	"slices"
	"strconv"
)

// Rule is a matching rule as data: how each field is compared, which fields must
// match, and the keys by which records find each other. Two records match when
// they share a key and one group of the equation matches. The zero Rule is not
// valid.
//
// A Rule is only read; see [Rule.Matcher] for what runs it.
type Rule struct {
	Name     string
	Fields   []FieldRule
	Equation Equation
	// Keys are the match keys. Nil means those that the equation gives.
	Keys []Key
	// Lower are the thresholds that hold in one group of the equation in place
	// of the field's own.
	Lower []GroupThreshold
	// Transposed says that where both names of both records are known, the
	// first name of each is also compared with the last name of the other.
	Transposed bool
}

// FieldRule says how one field is compared. [Method.On] gives the documented
// ones.
type FieldRule struct {
	Field      Field
	Method     Method
	Algorithms []Algorithm
	Scoring    Scoring
	Threshold  int // the least score that matches, 1 to 100
	Blank      Blank
}

// GroupThreshold is the threshold of a field in one group of the equation.
type GroupThreshold struct {
	Group     int // its place in the equation, from 0
	Field     Field
	Threshold int // 1 to 100
}

// The limits of a rule (DEDUPE 9).
const (
	MaxFields = 10
	MaxKeys   = 10
)

// field returns the rule of f.
func (r Rule) field(f Field) (FieldRule, bool) {
	i := slices.IndexFunc(r.Fields, func(rule FieldRule) bool { return rule.Field == f })
	if i < 0 {
		return FieldRule{}, false
	}
	return r.Fields[i], true
}

// threshold returns the score that f must reach in a group.
func (r Rule) threshold(group int, f FieldRule) int {
	for _, lower := range r.Lower {
		if lower.Group == group && lower.Field == f.Field {
			return lower.Threshold
		}
	}
	return f.Threshold
}

// MatchKeys returns the rule's keys: Keys, or those that the equation gives.
func (r Rule) MatchKeys() []Key {
	if r.Keys != nil {
		return r.Keys
	}
	return deriveKeys(r)
}

// Clone returns a rule that shares nothing with r, to make a custom rule of.
func (r Rule) Clone() Rule {
	r.Fields = slices.Clone(r.Fields)
	for i := range r.Fields {
		r.Fields[i].Algorithms = slices.Clone(r.Fields[i].Algorithms)
	}
	r.Equation = slices.Clone(r.Equation)
	for i, group := range r.Equation {
		r.Equation[i] = slices.Clone(group)
		for j, clause := range group {
			r.Equation[i][j] = slices.Clone(clause)
		}
	}
	r.Lower = slices.Clone(r.Lower)
	r.Keys = slices.Clone(r.Keys)
	for i, key := range r.Keys {
		r.Keys[i] = slices.Clone(key)
	}
	return r
}

// Validate returns nil for a rule that can run, else an error that joins a
// *RuleError for everything that is wrong, each of which says what to change.
func (r Rule) Validate() error {
	var wrong problems
	r.validateFields(&wrong)
	r.validateEquation(&wrong)
	r.validateLower(&wrong)
	r.validateKeys(&wrong)
	return wrong.join()
}

func (r Rule) validateFields(wrong *problems) {
	if n := len(r.Fields); n == 0 {
		wrong.add("rule", r.Name, "has no fields; give it at least one")
	} else if n > MaxFields {
		wrong.add("rule", r.Name, "has %d fields; leave out %d, since a rule has at most %d", n, n-MaxFields, MaxFields)
	}
	seen := map[Field]bool{}
	for _, field := range r.Fields {
		if seen[field.Field] {
			wrong.add("field "+field.Field.String(), "", "is listed twice; keep one")
		}
		seen[field.Field] = true
		field.validate(wrong)
	}
}

func (f FieldRule) validate(wrong *problems) {
	part := "field " + f.Field.String()
	if f.Field == 0 || int(f.Field) >= len(fieldNames) {
		wrong.add(part, "", "is not known; the fields are %s", fieldNames.list())
	}
	allowed, ok := methodAlgorithms[f.Method]
	if !ok {
		wrong.add(part, "", "has no known method; the methods are %s", methodNames.list())
		return
	}
	if len(f.Algorithms) == 0 {
		wrong.add(part, "", "has no algorithm; take those of Method.On")
	}
	for _, algorithm := range f.Algorithms {
		if !slices.Contains(allowed, algorithm) {
			wrong.add(part, algorithm.String(), "does not go with the method %s", f.Method)
		}
	}
	if want := methodParts[f.Method].Scoring; f.Scoring != want {
		wrong.add(part, f.Scoring.String(), "must be scored by %s with the method %s", want, f.Method)
	}
	if f.Threshold < 1 || f.Threshold > 100 {
		wrong.add(part, strconv.Itoa(f.Threshold), "is no threshold; take 1 to 100")
	}
	if f.Blank > BlankPassesOnEmail {
		wrong.add(part, f.Blank.String(), "is no blank handling; take BlankFails")
	}
}

// methodAlgorithms lists what may score the normal form of each method.
var methodAlgorithms = func() map[Method][]Algorithm {
	whole := []Algorithm{SameText, EditDistance, JaroWinkler}
	name := append([]Algorithm{Initials, KeyboardDistance, Metaphone, NameVariant}, whole...)
	words := append([]Algorithm{Acronym, KullbackLeibler, SyllableAlignment}, whole...)
	section := append([]Algorithm{Sections}, whole...)
	return map[Method][]Algorithm{
		Exact: {SameText}, EmailAddress: {SameText}, WebDomain: {SameText},
		FuzzyFirst: name, FuzzyLast: name, FuzzyCompany: words, FuzzyTitle: words, FuzzyCity: whole,
		FuzzyPhone: section, FuzzyStreet: section, FuzzyZIP: section,
	}
}()

func (r Rule) validateEquation(wrong *problems) {
	if len(r.Equation) == 0 {
		wrong.add("equation", "", "has no groups; name the fields that must match")
	}
	if len(r.Equation) > maxGroups {
		wrong.add("equation", "", "has %d groups; split it into rules of at most %d", len(r.Equation), maxGroups)
	}
	for i, group := range r.Equation {
		part := "group " + strconv.Itoa(i+1) + " of the equation"
		if len(group) == 0 {
			wrong.add(part, "", "is empty; leave it out or name a field")
		}
		if len(group.ways(maxWays+1)) > maxWays {
			wrong.add(part, "", "can match in more than %d ways; have fewer ORs in it", maxWays)
		}
		for _, clause := range group {
			if len(clause) == 0 {
				wrong.add(part, "", "has an empty clause; leave it out or name a field")
			}
			for _, field := range clause {
				if _, ok := r.field(field); !ok {
					wrong.add(part, field.String(), "names a field that the rule does not compare; add it to Fields")
				}
			}
		}
	}
}

func (r Rule) validateLower(wrong *problems) {
	for i, lower := range r.Lower {
		part := "lower threshold " + strconv.Itoa(i+1)
		if lower.Group < 0 || lower.Group >= len(r.Equation) {
			wrong.add(part, strconv.Itoa(lower.Group), "names no group; the equation has %d, counted from 0", len(r.Equation))
		} else if !r.Equation[lower.Group].has(lower.Field) {
			wrong.add(part, lower.Field.String(), "is not in that group; leave it out")
		}
		if lower.Threshold < 1 || lower.Threshold > 100 {
			wrong.add(part, strconv.Itoa(lower.Threshold), "is no threshold; take 1 to 100")
		}
	}
}

func (r Rule) validateKeys(wrong *problems) {
	keys := r.MatchKeys()
	switch n := len(keys); {
	case n == 0:
		wrong.add("rule", r.Name, "has no match key; use a field other than Title in the equation, or set Keys")
	case n > MaxKeys:
		wrong.add("rule", r.Name, "needs %d match keys; have fewer ORs in the equation, since a rule has at most %d", n, MaxKeys)
	}
	for i, key := range keys {
		part := "key " + strconv.Itoa(i+1)
		if len(key) == 0 {
			wrong.add(part, "", "is empty; leave it out or name a field")
		}
		for _, piece := range key {
			if piece.Field == Title {
				wrong.add(part, key.String(), "has Title in it, which never takes part in a key; leave it out")
			} else if _, ok := r.field(piece.Field); !ok {
				wrong.add(part, key.String(), "names %s, which the rule does not compare; add it to Fields", piece.Field)
			}
			if piece.Words < 0 || piece.Chars < 0 {
				wrong.add(part, key.String(), "counts below zero; 0 means all")
			}
		}
	}
}
