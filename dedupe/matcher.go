package dedupe

import (
	"cmp"
	"slices"

	"github.com/isvkit/isvkit/lead"
)

// Matcher runs a matching rule on pairs of records. Make one with [NewMatcher],
// [Rule.Matcher] or [MustMatcher].
//
// A Matcher never changes and is safe for concurrent use. Its methods Keys and
// Match are what a license manager asks of a matching rule.
type Matcher struct {
	rule   Rule
	words  *dictionary
	groups []compiledGroup
	keys   []compiledKey
	quick  [][]Algorithm // of each field, the cheap ones first
	order  [][]int       // of each key, the fields by which its blocks are ordered
	first  int           // places of the fields in the rule, -1 where it has none
	last   int
	email  int
	names  *way // what all groups ask of the names; nil if they do not ask the same
}

// compiledGroup is a group as ANDs of fields only.
type compiledGroup []way

type way struct {
	tests    []fieldTest // of all fields but transposed names
	names    bool        // first and last name are compared together, straight and transposed
	first    fieldTest
	last     fieldTest
	hasEmail bool
}

type fieldTest struct{ field, threshold int }

// NewMatcher returns a Matcher that runs rule with tables. The error is that of
// [Rule.Validate].
func NewMatcher(rule Rule, tables Tables) (*Matcher, error) {
	return newMatcher(rule, newDictionary(tables))
}

// Matcher returns a Matcher that runs r with the default tables. The error is
// that of [Rule.Validate].
func (r Rule) Matcher() (*Matcher, error) { return newMatcher(r, defaultDictionary) }

// MustMatcher is [Rule.Matcher] for the standard rules, literals and tests; it
// panics on an error.
func MustMatcher(rule Rule) *Matcher {
	m, err := rule.Matcher()
	if err != nil {
		panic(err)
	}
	return m
}

var defaultDictionary = newDictionary(defaultTables)

func newMatcher(rule Rule, words *dictionary) (*Matcher, error) {
	if err := rule.Validate(); err != nil {
		return nil, err
	}
	m := &Matcher{rule: rule.Clone(), words: words}
	m.first, m.last, m.email = m.place(FirstName), m.place(LastName), m.place(Email)
	for _, field := range m.rule.Fields {
		quick := slices.Clone(field.Algorithms)
		slices.SortStableFunc(quick, func(a, b Algorithm) int { return cmp.Compare(costOf[a], costOf[b]) })
		m.quick = append(m.quick, quick)
	}
	for i, group := range m.rule.Equation {
		m.groups = append(m.groups, m.compileGroup(i, group))
	}
	m.names = commonNames(m.groups)
	for _, key := range m.rule.MatchKeys() {
		m.keys = append(m.keys, m.compileKey(key))
		m.order = append(m.order, m.rankFields(key))
	}
	return m, nil
}

// place returns where the rule has field f, -1 if nowhere.
func (m *Matcher) place(f Field) int {
	return slices.IndexFunc(m.rule.Fields, func(rule FieldRule) bool { return rule.Field == f })
}

func (m *Matcher) compileGroup(number int, group Group) compiledGroup {
	var ways compiledGroup
	for _, fields := range group.ways(maxWays) {
		var w way
		w.hasEmail = slices.Contains(fields, Email)
		w.names = m.rule.Transposed && slices.Contains(fields, FirstName) && slices.Contains(fields, LastName)
		for _, field := range fields {
			at := m.place(field)
			test := fieldTest{at, m.rule.threshold(number, m.rule.Fields[at])}
			switch {
			case w.names && field == FirstName:
				w.first = test
			case w.names && field == LastName:
				w.last = test
			case !slices.Contains(w.tests, test):
				w.tests = append(w.tests, test)
			}
		}
		ways = append(ways, w)
	}
	return ways
}

// commonNames returns a way whose names match wherever those of any do, if all ways compare
// names, and alike: one with an e-mail, which may pass over a blank.
func commonNames(groups []compiledGroup) *way {
	var common *way
	for _, group := range groups {
		for i := range group {
			w := &group[i]
			if !w.names || common != nil && (w.first != common.first || w.last != common.last) {
				return nil
			}
			if common == nil || w.hasEmail {
				common = w
			}
		}
	}
	return common
}

// maxWays is how many ANDs one group may multiply out to.
const maxWays = 256

func (m *Matcher) compileKey(key Key) compiledKey {
	var compiled compiledKey
	for _, part := range key {
		at := m.place(part.Field)
		compiled = append(compiled, compiledPart{
			field: at, method: m.rule.Fields[at].Method, words: part.Words, chars: part.Chars, alone: len(key) == 1,
		})
	}
	return compiled
}

// Rule returns the rule that m runs.
func (m *Matcher) Rule() Rule { return m.rule.Clone() }

// Keys returns the match keys of p, without repeats. Two people can match only if
// they share one.
func (m *Matcher) Keys(p lead.Person) []string { return m.RecordKeys(Record{Person: p}) }

// RecordKeys returns the match keys of r, without repeats.
func (m *Matcher) RecordKeys(r Record) []string {
	forms := m.prepare(&r)
	var keys []string
	for _, key := range m.keys {
		if value, ok := key.appendKey(nil, m.words, &forms); ok && !slices.Contains(keys, string(value)) {
			keys = append(keys, string(value))
		}
	}
	return keys
}

// Match reports whether a and b match: they share a key, and a group of the
// equation matches. It is symmetric.
func (m *Matcher) Match(a, b lead.Person) bool {
	return m.MatchRecords(Record{Person: a}, Record{Person: b})
}

// MatchRecords reports whether a and b match; ids and objects do not matter.
// [Matcher.Explain] says why.
func (m *Matcher) MatchRecords(a, b Record) bool {
	formsA, formsB := m.prepare(&a), m.prepare(&b)
	pair := pair{m: m, a: &formsA, b: &formsB}
	return m.shareKey(&formsA, &formsB) && pair.matches()
}

// shareKey reports whether a and b have one key in common.
func (m *Matcher) shareKey(a, b *prepared) bool {
	var bufA, bufB [256]byte
	for _, key := range m.keys {
		keyA, okA := key.appendKey(bufA[:0], m.words, a)
		keyB, okB := key.appendKey(bufB[:0], m.words, b)
		if okA && okB && string(keyA) == string(keyB) {
			return true
		}
	}
	return false
}

// groupSet is a set of groups of an equation; groups are at most 32.
type groupSet uint32

// list returns the members in order.
func (s groupSet) list() []int {
	var list []int
	for i := range 32 {
		if s&(1<<i) != 0 {
			list = append(list, i)
		}
	}
	return list
}

// pair compares two records, each field at most once.
type pair struct {
	m      *Matcher
	a, b   *prepared
	known  [MaxFields]answer
	turned answer // of their transposed comparison
}

// answer is yes, no or not yet known.
type answer uint8

const (
	unknown answer = iota
	no
	affirmed
)

func answerOf(ok bool) answer {
	if ok {
		return affirmed
	}
	return no
}

// matches reports whether a group of the equation matches.
func (p *pair) matches() bool {
	if p.m.names != nil && !p.names(p.m.names) {
		return false
	}
	for _, group := range p.m.groups {
		if p.group(group) {
			return true
		}
	}
	return false
}

// matchingGroups returns all groups that match.
func (p *pair) matchingGroups() groupSet {
	if p.m.names != nil && !p.names(p.m.names) {
		return 0
	}
	var set groupSet
	for i, group := range p.m.groups {
		if p.group(group) {
			set |= 1 << i
		}
	}
	return set
}

func (p *pair) group(group compiledGroup) bool {
	for i := range group {
		if p.way(&group[i]) {
			return true
		}
	}
	return false
}

func (p *pair) way(w *way) bool {
	for _, test := range w.tests {
		if p.known[test.field] == no && test.threshold >= p.m.rule.Fields[test.field].Threshold {
			return false
		}
	}
	if w.names && !p.names(w) {
		return false
	}
	for _, test := range w.tests {
		if !p.field(test, w.hasEmail) {
			return false
		}
	}
	return true
}

// names reports whether first and last name match, straight or transposed.
func (p *pair) names(w *way) bool {
	if p.field(w.last, w.hasEmail) && p.field(w.first, w.hasEmail) {
		return true
	}
	rules := p.m.rule.Fields
	if w.first.threshold != rules[p.m.first].Threshold || w.last.threshold != rules[p.m.last].Threshold {
		return p.transposed(w.first.threshold, w.last.threshold)
	}
	if p.turned == unknown {
		p.turned = answerOf(p.transposed(w.first.threshold, w.last.threshold))
	}
	return p.turned == affirmed
}

// transposed reports whether the names match when those of one side change
// places. All four must be known.
func (p *pair) transposed(first, last int) bool {
	firstA, lastA, firstB, lastB := p.a[p.m.first], p.a[p.m.last], p.b[p.m.first], p.b[p.m.last]
	if firstA.text == "" || lastA.text == "" || firstB.text == "" || lastB.text == "" {
		return false
	}
	crosses := func(firstA, lastA, firstB, lastB form) bool {
		return p.m.reaches(p.m.last, lastA, firstB, last) && p.m.reaches(p.m.first, firstA, lastB, first)
	}
	return crosses(firstA, lastA, firstB, lastB) || crosses(firstB, lastB, firstA, lastA)
}

// field reports whether a field passes a test.
func (p *pair) field(test fieldTest, hasEmail bool) bool {
	rule := &p.m.rule.Fields[test.field]
	a, b := p.a[test.field], p.b[test.field]
	if a.text == "" || b.text == "" {
		switch rule.Blank {
		case BlankMatches:
			return a.text == b.text
		case BlankPassesOnEmail:
			return hasEmail
		}
		return false
	}
	if test.threshold != rule.Threshold {
		return p.m.reaches(test.field, a, b, test.threshold)
	}
	if p.known[test.field] == unknown {
		p.known[test.field] = answerOf(p.m.reaches(test.field, a, b, test.threshold))
	}
	return p.known[test.field] == affirmed
}

// reaches reports whether two forms of a field that are not blank score
// threshold.
func (m *Matcher) reaches(field int, a, b form, threshold int) bool {
	if a.text == b.text {
		return true
	}
	for _, algorithm := range m.quick[field] {
		if !mayReach(algorithm, a.text, b.text, threshold) {
			continue
		}
		if m.words.likeness(algorithm, m.rule.Fields[field].Method, a, b) >= threshold {
			return !onlySameMatches(a, b)
		}
	}
	return false
}

// costOf orders the algorithms by how long they take.
var costOf = map[Algorithm]int{
	SameText: 0, Metaphone: 1, Initials: 2, Acronym: 3, NameVariant: 4, Sections: 5, JaroWinkler: 6,
	EditDistance: 7, KeyboardDistance: 8, KullbackLeibler: 9, SyllableAlignment: 10,
}
