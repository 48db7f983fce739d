package dedupe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
)

// trained is a Model of testdata/synth_dev_10k.csv, made once for all tests.
var trained = sync.OnceValue(func() *Model {
	var t testing.T
	records, _ := readRecords(&t, "synth_dev_10k.csv")
	m, err := Train(context.Background(), each(records), TrainConfig{})
	if err != nil {
		panic(err)
	}
	return m
})

// TestG1ScoreIsSymmetric: score(a, b) = score(b, a), to the last bit, and Explain
// agrees.
func TestG1ScoreIsSymmetric(t *testing.T) {
	m := trained()
	rapid.Check(t, func(t *rapid.T) {
		a, b := Record{Person: people.Draw(t, "a")}, Record{Person: people.Draw(t, "b")}
		there, back := m.Explain(a, b), m.Explain(b, a)
		if score := m.Score(a, b); score != m.Score(b, a) || score != there.Probability || !reflect.DeepEqual(there, back) {
			t.Fatalf("Score = %v, other way round %v, Explain\n%+v\n%+v", score, m.Score(b, a), there, back)
		}
		if p := there.Probability; !(p >= 0 && p <= 1) {
			t.Fatalf("Score = %v, want 0 to 1", p)
		}
	})
}

// TestG2EmptyRecordsHaveNoScore: a record of blanks is nobody, not even another
// of its kind.
func TestG2EmptyRecordsHaveNoScore(t *testing.T) {
	m := trained()
	rapid.Check(t, func(t *rapid.T) {
		a := Record{Person: people.Draw(t, "a")}
		if m.Score(a, Record{}) != 0 || m.Score(Record{}, Record{}) != 0 {
			t.Fatalf("a record of blanks scores %v with %+v", m.Score(a, Record{}), a)
		}
	})
}

// TestG3ModelDoesNotDependOnOrder: a Model of the same records in another order is
// the same, and so are its clusters.
func TestG3ModelDoesNotDependOnOrder(t *testing.T) {
	records, _ := readRecords(t, "synth_dev_10k.csv")
	records = records[:800]
	train := func(records []Record) *Model {
		m, err := Train(t.Context(), each(records), TrainConfig{Sample: 600})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	reversed := slices.Clone(records)
	slices.Reverse(reversed)
	one, two := train(records), train(reversed)
	if !reflect.DeepEqual(one.chance, two.chance) || one.prior != two.prior || one.threshold != two.threshold {
		t.Errorf("the Model depends on the order of the records")
	}
	want := describe(mustCluster(t, one, records, ClusterConfig{Workers: 1}))
	if got := describe(mustCluster(t, two, reversed, ClusterConfig{Workers: 3, Memory: 1})); got != want {
		t.Errorf("the clusters depend on the order of the records")
	}
}

// TestG5BlanksSayNothing: a blank field adds nothing to a score, neither for nor
// against, and no pair of blanks agrees.
func TestG5BlanksSayNothing(t *testing.T) {
	m := trained()
	rapid.Check(t, func(t *rapid.T) {
		a, b := Record{Person: people.Draw(t, "a")}, Record{Person: people.Draw(t, "b")}
		field := rapid.SampledFrom(modelRule.Fields).Draw(t, "field").Field
		a.set(column(field), "n/a")
		for _, weight := range m.Explain(a, b).Fields {
			if weight.Field == field && (weight.Bits != 0 || weight.Level != "blank") {
				t.Fatalf("a placeholder in %s weighs %+v", field, weight)
			}
		}
	})
}

// TestG10LookalikesScoreLess: a name with a letter of another script that looks
// the same counts as another name, while a name wholly in another script counts as its
// transliteration.
func TestG10LookalikesScoreLess(t *testing.T) {
	m := trained()
	person := lead.Person{FirstName: "Anna", LastName: "Petrova", Company: "Acme", Email: "anna@acme.com"}
	fake, cyrillic := person, person
	fake.LastName, fake.FirstName = "Petrоva", "Аnna" // one Cyrillic letter each
	cyrillic.LastName, cyrillic.FirstName = "Петрова", "Анна"
	level := func(p lead.Person) string {
		return m.Explain(Record{Person: person}, Record{Person: p}).Fields[inLast].Level
	}
	if level(fake) != "different" || level(cyrillic) != "same" {
		t.Errorf("a look-alike is %q, a transliteration %q", level(fake), level(cyrillic))
	}
}

// TestG12ScoringTwice: what one Model has deduped holds no matches for it any
// more.
func TestG12ScoringTwice(t *testing.T) {
	records, _ := readRecords(t, "synth_dev_10k.csv")
	drop := map[string]bool{}
	for _, ids := range idsOf(mustCluster(t, trained(), records, ClusterConfig{BlockCap: len(records)})) {
		for _, id := range ids[1:] {
			drop[id] = true
		}
	}
	kept := slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return drop[r.ID] })
	if again := mustCluster(t, trained(), kept, ClusterConfig{BlockCap: len(records)}); again.Len() != 0 {
		t.Errorf("the second run finds %d clusters", again.Len())
	}
}

// TestFiguresOfModel: on data with known truth the Model finds far more than the
// standard rule, as surely, without having been told the truth.
func TestFiguresOfModel(t *testing.T) {
	records, truth := readRecords(t, "synth_dev_10k.csv")
	q := closureQuality(idsOf(mustCluster(t, trained(), records, ClusterConfig{})), truth)
	if q.precision < .985 || q.f1 < .95 {
		t.Errorf("closure: %+v, want a precision of .99 and F1 of .95 at least", q)
	}
}

// TestModelInIndex: an index finds by a Model what a run links, with the same
// scores.
func TestModelInIndex(t *testing.T) {
	records, _ := readRecords(t, "synth_dev_10k.csv")
	records = records[:2000]
	index := NewIndex(trained())
	for _, record := range records {
		if err := index.Put(record); err != nil {
			t.Fatal(err)
		}
	}
	byID := map[string]Record{}
	for _, record := range records {
		byID[record.ID] = record
	}
	for found := range mustCluster(t, trained(), records, ClusterConfig{}).All() {
		for _, link := range found.Links {
			matches := index.Find(byID[link.A]).Matches
			at := slices.IndexFunc(matches, func(m Match) bool { return m.ID == link.B })
			if at < 0 || matches[at].Score != link.Score {
				t.Fatalf("a run links %s and %s by %v, the index finds %+v", link.A, link.B, link.Score, matches)
			}
		}
	}
}

// TestExplainAddsUp: the bits of the fields and the odds that were there before
// give the odds of one person against strangers.
func TestExplainAddsUp(t *testing.T) {
	m := trained()
	rapid.Check(t, func(t *rapid.T) {
		e := m.Explain(Record{Person: people.Draw(t, "a")}, Record{Person: people.Draw(t, "b")})
		bits := (m.prior[onePerson] - m.prior[strangers]) / math.Ln2
		for _, field := range e.Fields {
			bits += field.Bits
		}
		odds := e.Probability / e.Others["strangers"]
		if e.Probability > 0 && e.Others["strangers"] > 1e-200 && math.Abs(math.Log2(odds)-bits) > 1e-6 {
			t.Fatalf("odds of 2^%v, the fields add up to %v bits", math.Log2(odds), bits)
		}
	})
}

// TestTrainRefuses: faults of the config, of the input and a context that ends are
// errors; a few records and none at all are not.
func TestTrainRefuses(t *testing.T) {
	if _, err := Train(t.Context(), each(nil), TrainConfig{Precision: 1, Sample: -1}); err == nil || strings.Count(err.Error(), "dedupe: ") != 2 {
		t.Errorf("a config with two faults: %v", err)
	}
	broken := errors.New("the disk is gone")
	failing := func(yield func(Record, error) bool) { yield(Record{}, broken) }
	if _, err := Train(t.Context(), failing, TrainConfig{}); !errors.Is(err, broken) {
		t.Errorf("Train = %v, want the input's error", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Train(ctx, each(nil), TrainConfig{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Train = %v, want %v", err, context.Canceled)
	}
	same := lead.Person{FirstName: "Ann", LastName: "Lee", Email: "ann@acme.com"}
	for n := range 4 {
		var records []Record
		for i := range n {
			records = append(records, Record{ID: fmt.Sprint(i), Person: same})
		}
		m, err := Train(t.Context(), each(records), TrainConfig{Tables: &Tables{}})
		if err != nil {
			t.Fatalf("Train of %d records: %v", n, err)
		}
		if p := m.Score(Record{Person: same}, Record{Person: same}); math.IsNaN(p) {
			t.Errorf("a Model of %d records scores %v", n, p)
		}
	}
	if _, err := trained().At(0); err == nil {
		t.Errorf("At(0) reports no error")
	}
	if m, err := trained().At(1); err != nil || m.Threshold() != 1 {
		t.Errorf("At(1) = %v, %v", m, err)
	}
}
