package dedupe

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
)

// TrainConfig says how a Model is made. The zero TrainConfig is the default.
type TrainConfig struct {
	// Tables are what is known of names and companies; nil means DefaultTables.
	Tables *Tables
	// Precision is how many of a hundred matches must be right, as a share, by
	// the model's own estimate; 0 means 0.99.
	Precision float64
	// Sample is how many records are kept to learn from; 0 means 200,000. Of
	// more, those are kept whose last name sounds as some do, so that the records of one
	// person stay together.
	Sample int
}

// Validate returns nil for a config that can train, else an error that joins
// everything that is wrong.
func (c TrainConfig) Validate() error {
	var wrong problems
	if !(c.Precision >= 0 && c.Precision < 1) {
		wrong.add("config", "", "has a Precision that is not from 0 to below 1; take 0 for 0.99")
	}
	if c.Sample < 0 {
		wrong.add("config", "", "has Sample below zero; take 0 for the default")
	}
	return wrong.join()
}

// Train makes a Model of records such as those that it will compare. It needs no
// labels: how often fields agree by chance is counted in random pairs, how often
// in records of one person by expectation maximization over pairs that share a
// key. Some thousand records with some hundred duplicates are needed to
// learn from; with fewer the Model stays near its first guess.
//
// The Model does not depend on the order of the records. An error of the input
// ends the training and is returned wrapped, as is that of a context that ends.
func Train(ctx context.Context, records iter.Seq2[Record, error], config TrainConfig) (*Model, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	words := defaultDictionary
	if config.Tables != nil {
		words = newDictionary(*config.Tables)
	}
	base, err := newMatcher(modelRule, words)
	if err != nil {
		return nil, err
	}
	t := &trainer{
		ctx: ctx, limit: cmp.Or(config.Sample, 200_000), precision: cmp.Or(config.Precision, .99),
		model: &Model{base: base}, random: rand.New(rand.NewPCG(1, 2)),
	}
	if err := t.read(records); err != nil {
		return nil, err
	}
	t.countTerms()
	t.learnChance()
	t.learnColleagues()
	t.gatherPairs()
	if err := t.maximize(); err != nil {
		return nil, err
	}
	t.calibrate()
	return t.model, nil
}

// trainer is one call of Train.
type trainer struct {
	ctx       context.Context
	limit     int
	precision float64
	model     *Model
	random    *rand.Rand // with a fixed seed: the same records make the same Model

	seen    float64    // records read
	kept    []kept     // records to learn from, in an order by content
	records []prepared // the same
	share   float64    // of the last names that were kept
	pairs   []trainingPair
	anchors int // records whose pairs are in pairs
}

// kept is an encoded record and the number by which it is kept or not.
type kept struct {
	draw  uint64
	forms string
}

// read encodes the records and keeps a sample.
func (t *trainer) read(records iter.Seq2[Record, error]) error {
	desk := t.model.open().(*modelDesk)
	cut := uint64(math.MaxUint64)
	t.share = 1
	for record, err := range records {
		if err != nil {
			return fmt.Errorf("dedupe: record %d: %w", int(t.seen)+1, err)
		}
		t.seen++
		if int(t.seen)%pageSize == 0 && t.ctx.Err() != nil {
			return context.Cause(t.ctx)
		}
		forms := string(desk.encode(nil, &record))
		desk.lay(0, forms)
		draw := termHash(desk.records[0][inLast].sound)
		if draw > cut {
			continue
		}
		t.kept = append(t.kept, kept{draw, forms})
		for len(t.kept) > t.limit && cut > math.MaxUint64>>16 {
			cut /= 2
			t.share /= 2
			t.kept = slices.DeleteFunc(t.kept, func(k kept) bool { return k.draw > cut })
		}
	}
	// Order by content, so that what is drawn does not depend on the input's order.
	slices.SortFunc(t.kept, func(a, b kept) int {
		return cmp.Or(cmp.Compare(termHash(a.forms), termHash(b.forms)), cmp.Compare(a.forms, b.forms))
	})
	t.records = make([]prepared, len(t.kept))
	for i, k := range t.kept {
		t.model.base.decode(k.forms, &t.records[i])
	}
	return context.Cause(t.ctx)
}

// countTerms counts the values of each field.
func (t *trainer) countTerms() {
	for field := range modelFields {
		counts := map[uint64]uint32{}
		total := 0.0
		for i := range t.records {
			text := t.records[i][field].text
			if text == "" {
				continue
			}
			total++
			counts[termHash(termOf(field, sameLevel, text))]++
			if field == inEmail {
				counts[termHash(termOf(field, 4, text))]++
			}
		}
		if field == inLast {
			total /= t.share
		}
		for term, n := range counts {
			if n == 1 {
				delete(counts, term)
			}
		}
		t.model.terms[field] = terms{counts, total}
	}
}

// levelCounts counts levels, each beginning with a little, so that none is
// impossible.
type levelCounts [modelFields][maxLevels]float64

func newLevelCounts() *levelCounts {
	var c levelCounts
	for field := range modelFields {
		for l := range levelNames[field] {
			c[field][l+1] = .5
		}
	}
	return &c
}

func (c *levelCounts) add(l levels, weight float64) {
	for field := range modelFields {
		if l[field] != blankLevel {
			c[field][l[field]] += weight
		}
	}
}

// logs returns the logarithms of the shares of a field's levels.
func (c *levelCounts) logs(field int) (logs [maxLevels]float64) {
	total := 0.0
	for _, n := range c[field] {
		total += n
	}
	for l := 1; l <= len(levelNames[field]); l++ {
		logs[l] = math.Log(c[field][l] / total)
	}
	return logs
}

// randomPairs is how many pairs are drawn at most to learn what chance does.
const randomPairs = 200_000

// learnChance counts how often fields agree in random pairs, nearly all of which
// are strangers.
func (t *trainer) learnChance() {
	counts := newLevelCounts()
	if n := len(t.records); n > 1 {
		for range min(randomPairs, 50*n) {
			a, b := t.random.IntN(n), t.random.IntN(n-1)
			if b >= a {
				b++
			}
			counts.add(t.levels(a, b), 1)
		}
	}
	for field := range modelFields {
		logs := counts.logs(field)
		for c := range classes {
			t.model.chance[c][field] = logs
		}
	}
}

func (t *trainer) levels(a, b int) levels {
	return t.model.base.words.compareLevels(&t.records[a], &t.records[b])
}

// learnColleagues counts how often the fields of a company agree in records of
// one company that are surely two people.
func (t *trainer) learnColleagues() {
	byCompany := func(p *prepared) string { return p[inCompany].text }
	n := len(t.records)
	counts, pairs := t.countGroups(byCompany, func(l levels) bool { return l[inFirst] == 7 && l[inLast] == 5 })
	t.model.prior[colleagues] = math.Log(max(1e-9, pairs/max(1, float64(n)*float64(n-1))))
	for _, field := range []int{inPhone, inStreet, inCity, inState, inZIP} {
		t.model.chance[colleagues][field] = counts.logs(field)
		t.model.chance[relatives][field] = counts.logs(field)
	}
	t.model.mail[noKinship] = counts.logs(inEmail)
	counts, _ = t.countGroups(func(p *prepared) string {
		return joinKnown(byCompany(p), p[inFirst].text)
	}, func(l levels) bool { return l[inLast] == 5 })
	t.model.mail[sameFirst] = counts.logs(inEmail)
	counts, _ = t.countGroups(func(p *prepared) string {
		return joinKnown(byCompany(p), p[inLast].text)
	}, func(l levels) bool { return l[inFirst] == 7 })
	t.model.mail[sameLast] = counts.logs(inEmail)
}

// joinKnown joins two texts, "" if either is blank.
func joinKnown(a, b string) string {
	if a == "" || b == "" {
		return ""
	}
	return a + "|" + b
}

// countGroups counts levels in pairs of records of one group, one pair for each
// record, that are wanted. It also returns how many ordered pairs the groups hold.
func (t *trainer) countGroups(group func(*prepared) string, wanted func(levels) bool) (*levelCounts, float64) {
	members := map[string][]int{}
	for i := range t.records {
		if name := group(&t.records[i]); name != "" {
			members[name] = append(members[name], i)
		}
	}
	counts, pairs := newLevelCounts(), 0.0
	for i := range t.records {
		others := members[group(&t.records[i])]
		if len(others) < 2 {
			continue
		}
		pairs += float64(len(others) - 1)
		if l := t.levels(i, others[t.random.IntN(len(others))]); wanted(l) {
			counts.add(l, 1)
		}
	}
	return counts, pairs
}

// trainingPair is a pair that shares a key.
type trainingPair struct {
	a, b int
	evidence
}

// maxPairs is how many pairs are looked at in each step.
const maxPairs = 400_000

// gatherPairs takes the first records, which are a random draw, with all that
// share a key with them.
func (t *trainer) gatherPairs() {
	desk := t.model.open().(*modelDesk)
	members := map[blockID][]int32{}
	blocks := make([]blockID, 0, len(t.records)*len(modelKeys))
	for i, k := range t.kept {
		desk.lay(0, k.forms)
		blocks = desk.blocks(blocks, 0)
		for _, block := range blocks[i*len(modelKeys):] {
			if block != noKey {
				members[block] = append(members[block], int32(i))
			}
		}
	}
	last := make([]int, len(t.records)) // the anchor that met the record last
	for anchor := range t.records {
		if len(t.pairs) >= maxPairs {
			break
		}
		t.anchors++
		last[anchor] = anchor + 1
		for _, block := range blocks[anchor*len(modelKeys):][:len(modelKeys)] {
			if len(members[block]) > DefaultCap {
				continue
			}
			for _, other := range members[block] {
				if last[other] != anchor+1 {
					last[other] = anchor + 1
					t.pairs = append(t.pairs, t.pair(anchor, int(other)))
				}
			}
		}
	}
}

func (t *trainer) pair(a, b int) trainingPair {
	return trainingPair{a, b, t.model.evidenceOf(t.levels(a, b), &t.records[a], &t.records[b])}
}

// rounds is how often expectations are maximized at most.
const rounds = 25

// maximize learns how often fields agree in records of one person, and how many
// such pairs there are.
func (t *trainer) maximize() error {
	m := t.model
	n := max(t.seen, 2)
	m.prior[onePerson], m.prior[relatives] = math.Log(.5/n), math.Log(.1/n)
	m.prior[strangers] = 0
	for field := range modelFields {
		m.chance[onePerson][field] = firstGuess(field)
		m.setRelatives(field)
	}
	before := math.Inf(-1)
	for range rounds {
		counts := newLevelCounts()
		sums, fit := [classes]float64{}, 0.0
		for i := range t.pairs {
			p := &t.pairs[i]
			weights := m.weigh(&p.evidence)
			mine := probability(weights)
			sums[onePerson] += mine
			weights[onePerson], weights[relatives] = weights[relatives], weights[onePerson]
			sums[relatives] += probability(weights)
			counts.add(p.levels, mine)
			fit += mine
		}
		m.prior[onePerson] = math.Log((sums[onePerson] + .5) / float64(t.anchors+1) / n)
		m.prior[relatives] = math.Log((sums[relatives] + .5) / float64(t.anchors+1) / n)
		for field := range modelFields {
			m.chance[onePerson][field] = counts.logs(field)
			m.setRelatives(field)
		}
		if t.ctx.Err() != nil {
			return context.Cause(t.ctx)
		}
		if math.Abs(fit-before) < 1e-5*fit {
			break
		}
		before = fit
	}
	return nil
}

// setRelatives lets relatives agree as one person does in the last name and the
// company, and colleagues in the company.
func (m *Model) setRelatives(field int) {
	switch field {
	case inLast:
		m.chance[relatives][field] = m.chance[onePerson][field]
	case inCompany:
		m.chance[relatives][field] = m.chance[onePerson][field]
		m.chance[colleagues][field] = m.chance[onePerson][field]
	}
}

// firstGuess is how often a field's levels are thought to occur in records of
// one person before anything is learnt.
func firstGuess(field int) (logs [maxLevels]float64) {
	levels := len(levelNames[field])
	for l := 1; l <= levels; l++ {
		share := .25 / float64(levels-1)
		if l == 1 {
			share = .75
		}
		logs[l] = math.Log(share)
	}
	return logs
}

// calibrate sets the least threshold at which, by the model's own probabilities, so
// many matches are right as is wanted. Since one wrong match joins all of two clusters, no
// match may be wrong more than ten times as often as all together.
func (t *trainer) calibrate() {
	m := t.model
	least := max(.5, 1-10*(1-t.precision))
	var scores []float64
	for i := range t.pairs {
		p := &t.pairs[i]
		if score := probability(m.weigh(&p.evidence)); score >= least && p.enough() {
			scores = append(scores, score)
		}
	}
	slices.SortFunc(scores, func(a, b float64) int { return cmp.Compare(b, a) })
	m.threshold = t.precision
	right := 0.0
	for i, score := range scores {
		if right += score; right/float64(i+1) < t.precision {
			break
		}
		m.threshold = score
	}
}
