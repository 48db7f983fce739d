package dedupe

import (
	"math"
	"strings"
)

// Model scores pairs by how probable it is that the two are one person, after
// Fellegi and Sunter: each field counts by how much oftener it agrees so far in
// records of one person than in others. What is common counts less: to share
// the name Smith says less than to share a rare one. [Train] makes a Model of records, without being
// told which are alike.
//
// It stands beside the rules: [StandardLead] is what the platform documents, a Model
// finds what that misses. A Model never changes and is safe for concurrent use.
type Model struct {
	base      *Matcher // for normal forms
	threshold float64
	prior     [classes]float64 // logarithms
	chance    [classes][modelFields][maxLevels]float64
	mail      [kinships][maxLevels]float64 // of addresses of two people of one company
	terms     [modelFields]terms
}

// class is what two records can be to each other.
type class int

// The classes. Strangers agree by chance. Colleagues agree in what belongs to
// their company, relatives (and namesakes of one company) in the last name as well.
const (
	strangers class = iota
	colleagues
	relatives
	onePerson
	classes
)

var classNames = [classes]string{"strangers", "colleagues", "relatives", "one person"}

// terms counts how often the values of a field occur.
type terms struct {
	counts map[uint64]uint32 // of values that occur more than once
	total  float64
}

// share is how often a value occurs among all.
func (t *terms) share(text string) float64 {
	if t.total == 0 {
		return 1
	}
	return float64(max(1, t.counts[termHash(text)])) / t.total
}

func termHash(text string) uint64 { return uint64(hashKey(0, []byte(text))) }

// termOf is the value by whose rarity an agreement counts, "" for none: where all
// is the same the whole of it, where domains are, the domain.
func termOf(field int, l level, text string) string {
	switch {
	case l == sameLevel && field == inPhone:
		s := phoneSections(text)
		return s[1] + s[2] + s[3]
	case l == sameLevel && field == inEmail:
		local, domain, _ := strings.Cut(text, "@")
		return plainLocal(local) + "@" + registrable(domain)
	case l == 4 && field == inEmail:
		_, domain, _ := strings.Cut(text, "@")
		return registrable(domain)
	case l == sameLevel:
		return text
	}
	return ""
}

// byChance says which classes agree in a field as strangers do, by chance.
func byChance(c class, field int) bool {
	switch c {
	case strangers:
		return true
	case colleagues:
		return field == inFirst || field == inLast || field == inTitle
	case relatives:
		return field == inFirst || field == inTitle
	}
	return false
}

// kinship is how far the names of two people agree. Addresses are made of names, so
// that in one company those of two people agree the more, the more their names do.
type kinship int

const (
	noKinship kinship = iota
	sameFirst
	sameLast
	kinships
)

func kinshipOf(l levels) kinship {
	switch {
	case l[inLast] == blankLevel || l[inLast] <= 3:
		return sameLast
	case l[inFirst] == blankLevel || l[inFirst] <= 4:
		return sameFirst
	}
	return noKinship
}

// evidence is a pair as it is weighed: how far each field agrees, and the
// logarithm of how probable that is by chance.
type evidence struct {
	levels    levels
	byChance  [modelFields]float64
	companies bool // nothing is known of a person on either side
}

// impersonal reports whether nothing is known of a person.
func impersonal(p *prepared) bool {
	return p[inFirst].text == "" && p[inLast].text == "" && p[inEmail].text == "" && p[inTitle].text == ""
}

func (m *Model) evidenceOf(l levels, a, b *prepared) evidence {
	e := evidence{levels: l, companies: impersonal(a) && impersonal(b)}
	for field := range modelFields {
		if l[field] == blankLevel {
			continue
		}
		e.byChance[field] = m.chance[strangers][field][l[field]]
		if term := termOf(field, l[field], a[field].text); term != "" {
			share := m.terms[field].share(term)
			if other := termOf(field, l[field], b[field].text); other != term {
				share = max(share, m.terms[field].share(other))
			}
			e.byChance[field] = math.Log(share)
		}
	}
	if l[inEmail] == 2 && l[inFirst] != blankLevel && l[inFirst] <= 4 && l[inLast] == sameLevel && madeOfNames(a) {
		e.byChance[inEmail] = math.Log(namesakeLocals)
	}
	return e
}

// namesakeLocals is about how often two namesakes, each with an address that is
// made of the name, have it made in the same way.
const namesakeLocals = .3

// madeOfNames reports whether a record's address holds its own last name.
func madeOfNames(p *prepared) bool {
	local, _, _ := strings.Cut(p[inEmail].text, "@")
	last := p[inLast].text
	return len(last) >= 3 && strings.Contains(plainLocal(local), strings.ReplaceAll(last, " ", ""))
}

// fieldChance returns the logarithm of how probable it is that a field agrees so
// far in a class.
func (m *Model) fieldChance(c class, field int, e *evidence) float64 {
	l := e.levels[field]
	switch {
	case l == blankLevel:
		return 0
	case byChance(c, field):
		return e.byChance[field]
	case field == inEmail && c != onePerson:
		return m.mail[kinshipOf(e.levels)][l]
	}
	return m.chance[c][field][l]
}

// weigh returns for each class the logarithm of how probable it is beside what
// was seen.
func (m *Model) weigh(e *evidence) [classes]float64 {
	weights := m.prior
	for field := range modelFields {
		for c := range classes {
			weights[c] += m.fieldChance(c, field, e)
		}
	}
	if e.companies {
		weights[colleagues], weights[relatives] = math.Inf(-1), math.Inf(-1)
	}
	return weights
}

// probability returns how probable the class onePerson is.
func probability(weights [classes]float64) float64 {
	top := max(weights[0], weights[1], weights[2], weights[3])
	sum := 0.0
	for _, w := range weights {
		sum += math.Exp(w - top)
	}
	return math.Exp(weights[onePerson]-top) / sum
}

// Threshold returns the probability from which a pair counts as a match.
func (m *Model) Threshold() float64 { return m.threshold }

// At returns a Model that differs from m in its threshold only. A threshold that is
// not between 0 and 1 is a *RuleError.
func (m *Model) At(threshold float64) (*Model, error) {
	if !(threshold > 0 && threshold <= 1) {
		return nil, &RuleError{Part: "threshold", Rule: "is not above 0 and at most 1"}
	}
	other := *m
	other.threshold = threshold
	return &other, nil
}

// Score returns how probable it is that a and b are one person, from 0 to 1. It is
// symmetric. A pair that shares no key is scored too.
func (m *Model) Score(a, b Record) float64 {
	formsA, formsB := m.prepare(&a), m.prepare(&b)
	return m.score(&formsA, &formsB)
}

func (m *Model) score(a, b *prepared) float64 {
	e := m.evidenceOf(m.base.words.compareLevels(a, b), a, b)
	if !e.enough() {
		return 0
	}
	return probability(m.weigh(&e))
}

// enough reports whether a pair agrees in anything that belongs to a person: by
// a company and an address alone nobody is anybody else. Where nothing is known of a
// person on either side the records are of companies, and the company must
// agree.
func (e *evidence) enough() bool {
	l := e.levels
	agrees := func(field int, least level) bool { return l[field] != blankLevel && l[field] <= least }
	if e.companies {
		return agrees(inCompany, 4)
	}
	return agrees(inFirst, 6) || agrees(inLast, 4) || agrees(inEmail, 3)
}

func (m *Model) prepare(r *Record) (p prepared) {
	t := m.base.words.transliterated(*r)
	return m.base.prepare(&t)
}

// transliterated returns r with the words of other scripts written in a-z.
func (d *dictionary) transliterated(r Record) Record {
	p := &r.Person
	for _, text := range []*string{&p.FirstName, &p.LastName, &p.Title, &p.Company, &p.Street, &p.City, &p.State} {
		*text = d.transliterate(*text)
	}
	return r
}

// transliterate writes in a-z the words that are wholly of a script in the
// tables. Words that mix scripts stay, since their letters may only look alike.
func (d *dictionary) transliterate(text string) string {
	if isASCII(text) {
		return text
	}
	words := strings.Fields(strings.ToLower(text))
	for i, word := range words {
		if mixesScripts(word) {
			continue
		}
		var written strings.Builder
		for _, letter := range word {
			if latin, ok := d.foreign[letter]; ok {
				written.WriteString(latin)
			} else {
				written.WriteRune(letter)
			}
		}
		words[i] = written.String()
	}
	return strings.Join(words, " ")
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// ScoreExplanation says how a Model came to its score.
type ScoreExplanation struct {
	Probability float64            // that the two are one person
	Others      map[string]float64 // the probability of each other thing that they can be to each other
	Fields      []FieldWeight
}

// FieldWeight is what a field adds to the score.
type FieldWeight struct {
	Field Field
	Level string  // how far it agrees: "same", "alike", …; "blank"
	Bits  float64 // how much it speaks for one person rather than strangers, as a power of 2
}

// Explain scores a and b and says what each field adds. It agrees with
// [Model.Score].
func (m *Model) Explain(a, b Record) ScoreExplanation {
	formsA, formsB := m.prepare(&a), m.prepare(&b)
	l := m.base.words.compareLevels(&formsA, &formsB)
	seen := m.evidenceOf(l, &formsA, &formsB)
	weights := m.weigh(&seen)
	e := ScoreExplanation{Probability: m.score(&formsA, &formsB), Others: map[string]float64{}}
	for c := range onePerson {
		swapped := weights
		swapped[c], swapped[onePerson] = weights[onePerson], weights[c]
		e.Others[classNames[c]] = probability(swapped)
	}
	for field := range modelFields {
		weight := FieldWeight{Field: m.base.rule.Fields[field].Field, Level: "blank"}
		if l[field] != blankLevel {
			weight.Level = levelNames[field][l[field]-1]
			weight.Bits = (m.fieldChance(onePerson, field, &seen) - seen.byChance[field]) / math.Ln2
		}
		e.Fields = append(e.Fields, weight)
	}
	return e
}

func (m *Model) keyCount() int { return len(modelKeys) }

func (m *Model) keyValue(forms string, key int) string {
	var p prepared
	m.base.decode(forms, &p)
	pieces := m.base.words.pieces(&p)
	value, _ := m.base.words.modelKey(key, &pieces)
	return value
}

func (m *Model) open() desk {
	return &modelDesk{ruleDesk: ruleDesk{encoder: newEncoder(m.base)}, model: m}
}

// modelDesk is the desk of a Model.
type modelDesk struct {
	ruleDesk
	model *Model
}

func (d *modelDesk) encode(dst []byte, r *Record) []byte {
	t := d.m.words.transliterated(*r)
	return d.encoder.encode(dst, &t)
}

func (d *modelDesk) blocks(dst []blockID, place int) []blockID {
	pieces := d.m.words.pieces(&d.records[place])
	for k := range modelKeys {
		value, ok := d.m.words.modelKey(k, &pieces)
		if !ok {
			dst = append(dst, noKey)
			continue
		}
		dst = append(dst, max(hashKey(k, []byte(value)), 1))
	}
	return dst
}

func (d *modelDesk) rank(_, place int) rank { return d.m.rank(0, &d.records[place]) }

func (d *modelDesk) compare(a, b int) (verdict, bool) {
	score := d.model.score(&d.records[a], &d.records[b])
	return verdict{score: float32(score)}, score >= d.model.threshold
}
