package dedupe

import (
	"fmt"
	"strings"
)

// Explanation says why two records match, or how far they are from it. The zero
// Explanation is no match.
type Explanation struct {
	Rule       string
	Equation   Equation
	Groups     []int // which groups of the equation matched, from 0; the documented seven of a lead are all told
	Keys       []SharedKey
	Fields     []FieldScore // one for each field of the rule, in its order
	Transposed bool         // first and last name match only when those of one record change places
}

// SharedKey is a match key that both records have: what brought them together.
type SharedKey struct {
	Number int // its place in the rule's keys, from 0
	Key    Key
	Value  string
}

// FieldScore is how a field was compared.
type FieldScore struct {
	Field      Field
	A, B       string // the normal forms that were compared
	Blank      bool   // one or both are blank, so nothing was scored
	Score      int    // 0 to 100
	Threshold  int
	Matched    bool // Score reached Threshold, or two blanks match by the rule
	Algorithms []AlgorithmScore
	Sections   []SectionScore // of a phone number, a street and a postal code
}

// AlgorithmScore is the score that one algorithm gave, 0 to 100.
type AlgorithmScore struct {
	Algorithm Algorithm
	Score     int
}

// SectionScore is the score of one part of a text.
type SectionScore struct {
	Name   string
	Weight int // in hundredths of the field; sections that both sides lack have no part in it
	Score  int
	Blank  bool // one or both sides lack it
}

// IsMatch reports whether the records match: a key is shared and a group matched.
func (e Explanation) IsMatch() bool { return len(e.Keys) > 0 && len(e.Groups) > 0 }

// String tells the result in lines of text, without the values that were
// compared.
func (e Explanation) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: ", e.Rule)
	switch {
	case e.IsMatch():
		fmt.Fprintf(&text, "match\n")
	case len(e.Groups) > 0:
		fmt.Fprintf(&text, "no match: no key is shared\n")
	default:
		fmt.Fprintf(&text, "no match: no group matched\n")
	}
	for _, group := range e.Groups {
		fmt.Fprintf(&text, "  group %d: %s\n", group+1, e.Equation[group])
	}
	for _, key := range e.Keys {
		fmt.Fprintf(&text, "  key %d: %s\n", key.Number+1, key.Key)
	}
	if e.Transposed {
		text.WriteString("  the names match transposed\n")
	}
	for _, field := range e.Fields {
		text.WriteString("  " + field.String() + "\n")
	}
	return text.String()
}

// String tells the score in one line, without the values.
func (f FieldScore) String() string {
	if f.Blank {
		return fmt.Sprintf("%s: blank", f.Field)
	}
	verdict := "below"
	if f.Matched {
		verdict = "reaches"
	}
	line := fmt.Sprintf("%s: %d %s %d", f.Field, f.Score, verdict, f.Threshold)
	for _, algorithm := range f.Algorithms {
		line += fmt.Sprintf(", %s %d", algorithm.Algorithm, algorithm.Score)
	}
	for _, section := range f.Sections {
		line += fmt.Sprintf("; %s %d × %d %%", section.Name, section.Score, section.Weight)
	}
	return line
}

// Explain compares a and b in full: every field by every algorithm, every group
// and every key. It agrees with [Matcher.MatchRecords] and costs some ten times as much.
func (m *Matcher) Explain(a, b Record) Explanation {
	formsA, formsB := m.prepare(&a), m.prepare(&b)
	compared := pair{m: m, a: &formsA, b: &formsB}
	e := Explanation{
		Rule: m.rule.Name, Equation: m.rule.Clone().Equation,
		Groups: compared.matchingGroups().list(),
		Keys:   m.sharedKeys(&formsA, &formsB),
	}
	for i := range m.rule.Fields {
		e.Fields = append(e.Fields, m.fieldScore(&m.rule.Fields[i], formsA[i], formsB[i]))
	}
	if m.rule.Transposed && m.first >= 0 && m.last >= 0 {
		first, last := e.Fields[m.first], e.Fields[m.last]
		e.Transposed = !(first.Matched && last.Matched) && compared.transposed(first.Threshold, last.Threshold)
	}
	return e
}

func (m *Matcher) sharedKeys(a, b *prepared) []SharedKey {
	var shared []SharedKey
	for i, key := range m.keys {
		keyA, okA := key.appendKey(nil, m.words, a)
		keyB, okB := key.appendKey(nil, m.words, b)
		if okA && okB && string(keyA) == string(keyB) {
			shared = append(shared, SharedKey{Number: i, Key: m.rule.MatchKeys()[i], Value: string(keyA)})
		}
	}
	return shared
}

func (m *Matcher) fieldScore(rule *FieldRule, a, b form) FieldScore {
	score := FieldScore{Field: rule.Field, A: a.text, B: b.text, Threshold: rule.Threshold}
	if a.text == "" || b.text == "" {
		score.Blank = true
		score.Matched = rule.Blank == BlankMatches && a.text == b.text
		return score
	}
	for _, algorithm := range rule.Algorithms {
		got := m.words.score(algorithm, rule.Method, a, b)
		score.Algorithms = append(score.Algorithms, AlgorithmScore{algorithm, got})
		score.Score = max(score.Score, got)
		if algorithm == Sections {
			score.Sections = sectionScores(m.words.sections(rule.Method, a.text, b.text))
		}
	}
	score.Matched = score.Score >= rule.Threshold
	return score
}

func sectionScores(sections [4]section) []SectionScore {
	var scores []SectionScore
	for _, s := range sections {
		if s.weight > 0 {
			scores = append(scores, SectionScore{Name: s.name, Weight: s.weight, Score: s.score, Blank: s.blank > 0})
		}
	}
	return scores
}
