package dedupe

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
)

// TestG1MatchIsSymmetric: match(a, b) = match(b, a), and so are all scores.
func TestG1MatchIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := Record{Person: people.Draw(t, "a")}, Record{Person: people.Draw(t, "b")}
		for _, m := range standardMatchers {
			there, back := m.Explain(a, b), m.Explain(b, a)
			for i := range back.Fields {
				back.Fields[i].A, back.Fields[i].B = back.Fields[i].B, back.Fields[i].A
			}
			if !reflect.DeepEqual(there, back) {
				t.Fatalf("%s: Explain is\n%+v, the other way round\n%+v", m.rule.Name, there, back)
			}
			if got := m.MatchRecords(a, b); got != there.IsMatch() || got != m.MatchRecords(b, a) {
				t.Fatalf("%s: MatchRecords = %v, other way round %v, Explain says\n%v",
					m.rule.Name, got, m.MatchRecords(b, a), there)
			}
		}
	})
}

// TestG2NothingMatchesBetterThanItself: every field that is not blank has the score 100 with
// itself; what matches anybody matches itself; a record of blanks matches
// nothing, not even itself.
func TestG2NothingMatchesBetterThanItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := Record{Person: people.Draw(t, "a")}, Record{Person: people.Draw(t, "b")}
		for _, m := range standardMatchers {
			self := m.Explain(a, a)
			for _, field := range self.Fields {
				if !field.Blank && field.Score != 100 {
					t.Fatalf("%s of a record and itself = %v, want 100", field.Field, field)
				}
			}
			if m.MatchRecords(a, b) && !bothNamesPassedOver(m, a, b) && !self.IsMatch() && !m.Explain(b, b).IsMatch() {
				t.Fatalf("%s: a and b match each other but neither matches itself:\n%v", m.rule.Name, self)
			}
			if m.MatchRecords(a, Record{}) || m.MatchRecords(Record{}, Record{}) {
				t.Fatalf("%s: a record of blanks matches", m.rule.Name)
			}
		}
	})
}

// bothNamesPassedOver reports whether a and b match by nothing but an address.
func bothNamesPassedOver(m *Matcher, a, b Record) bool {
	for _, field := range m.Explain(a, b).Fields {
		if (field.Field == FirstName || field.Field == LastName) && !field.Blank {
			return false
		}
	}
	return true
}

// TestG3ClustersDoNotDependOnOrder: the result does not depend on the order of
// the input, the number of workers, or on whether records went to disk.
func TestG3ClustersDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := someRecords(60).Draw(t, "records")
		want := describe(mustClusterRapid(t, leadMatcher, records, ClusterConfig{Workers: 1, BlockCap: 8}))
		shuffled := rapid.Permutation(records).Draw(t, "shuffled")
		for _, config := range []ClusterConfig{{Workers: 3, BlockCap: 8}, {Workers: 2, Memory: 1, BlockCap: 8}} {
			if got := describe(mustClusterRapid(t, leadMatcher, shuffled, config)); got != want {
				t.Fatalf("in another order, with %+v:\n%s\nwant\n%s", config, got, want)
			}
		}
	})
}

func mustClusterRapid(t *rapid.T, by Comparer, records []Record, config ClusterConfig) *Clustering {
	found, err := Cluster(t.Context(), by, each(records), config)
	if err != nil {
		t.Fatalf("Cluster: %v", err)
	}
	return found
}

func describe(c *Clustering) string {
	var text strings.Builder
	for found := range c.All() {
		fmt.Fprintln(&text, found)
	}
	return fmt.Sprintf("%d %d %v\n%s", c.Records, c.Compared, c.Capped, &text)
}

// TestG3IndexDoesNotDependOnOrder: what an index finds does not depend on the
// order in which records were put, also where the cap cuts.
func TestG3IndexDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := someRecords(60).Draw(t, "records")
		limit := rapid.IntRange(2, 60).Draw(t, "cap")
		build := func(records []Record) *Index {
			x := NewIndex(leadMatcher)
			x.cap = limit
			for _, record := range records {
				if err := x.Put(record); err != nil {
					t.Fatal(err)
				}
			}
			return x
		}
		one, two := build(records), build(rapid.Permutation(records).Draw(t, "shuffled"))
		wanted := Record{Person: people.Draw(t, "wanted")}
		if a, b := one.Find(wanted), two.Find(wanted); !reflect.DeepEqual(a, b) {
			t.Fatalf("Find = %+v, in an index of another order %+v", a, b)
		}
	})
}

// TestG4NormalizingIsIdempotent: n(n(x)) = n(x) for every method.
func TestG4NormalizingIsIdempotent(t *testing.T) {
	text := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`(Mr\.? )?[A-Z][a-zé'-]{0,6}( the| and| of)? [A-Z&.]{1,4}( Inc\.?| Ltd| GmbH)?`),
		rapid.StringMatching(`(\+|00|011)?[0-9()./ -]{3,18}( x[0-9]{1,3})?`),
		rapid.StringMatching(`[0-9]{0,4} (N|St|Ave|Main|Suite|#|Floor|Rd)?( (N|St|Ave|Apt|Fl|4|2nd|Rd\.|Elm)){0,4}`),
		rapid.StringMatching(`https?://(www\.)?[a-z]{1,5}\.[a-z]{2,4}(/[a-z]{0,3})?`),
	)
	rapid.Check(t, func(t *rapid.T) { checkIdempotent(t, text.Draw(t, "text")) })
}

// checkIdempotent checks all normal forms of text.
func checkIdempotent(t interface{ Fatalf(string, ...any) }, text string) {
	for method := Exact; method <= WebDomain; method++ {
		once := leadMatcher.Normalize(method, Company, text)
		if twice := leadMatcher.Normalize(method, Company, once); twice != once {
			t.Fatalf("Normalize(%s, %q) = %q, which normalizes to %q", method, text, once, twice)
		}
	}
}

// TestG5BlanksNeverRaiseAScore: a field that is made blank never has a higher score, and
// makes no pair match that did not, but for the documented passing over of a blank name beside
// an e-mail address.
func TestG5BlanksNeverRaiseAScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := Record{Person: people.Draw(t, "a")}, Record{Person: people.Draw(t, "b")}
		m := rapid.SampledFrom(standardMatchers).Draw(t, "rule")
		field := rapid.SampledFrom(m.rule.Fields).Draw(t, "field")
		blanked := a
		blanked.set(column(field.Field), "")
		before, after := m.Explain(a, b), m.Explain(blanked, b)
		at := m.place(field.Field)
		if after.Fields[at].Score > before.Fields[at].Score || after.Fields[at].Matched {
			t.Fatalf("%s scores %v, blank %v", field.Field, before.Fields[at], after.Fields[at])
		}
		if field.Blank == BlankFails && after.IsMatch() && !before.IsMatch() {
			t.Fatalf("making %s blank makes the pair match:\n%v\n%v", field.Field, before, after)
		}
	})
}

// TestG5TwoBlanksAreNoAgreement: where a group needs a field that both records
// lack, they do not match by it.
func TestG5TwoBlanksAreNoAgreement(t *testing.T) {
	for _, person := range []lead.Person{
		{FirstName: "Ann", LastName: "Lee", Company: "Acme"},
		{FirstName: "Ann", LastName: "Lee", Company: "Acme", City: "Boston", PostalCode: "02110"},
		{FirstName: "Ann", Company: "Acme", Title: "VP", Phone: "415-555-1234"},
	} {
		if e := leadMatcher.Explain(Record{Person: person}, Record{Person: person}); len(e.Groups) > 0 {
			t.Errorf("%+v matches itself by what it lacks:\n%v", person, e)
		}
	}
}

// TestG6AddingNeverSplits: adding a record never splits a cluster, and so removing
// one never joins two, as long as no block is above the cap.
func TestG6AddingNeverSplits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := someRecords(50).Draw(t, "records")
		if len(records) == 0 {
			return
		}
		fewer := mustClusterRapid(t, leadMatcher, records[:len(records)-1], ClusterConfig{})
		cluster := map[string]int{}
		for i, ids := range idsOf(mustClusterRapid(t, leadMatcher, records, ClusterConfig{})) {
			for _, id := range ids {
				cluster[id] = i + 1
			}
		}
		for _, ids := range idsOf(fewer) {
			for _, id := range ids {
				if cluster[id] == 0 || cluster[id] != cluster[ids[0]] {
					t.Fatalf("adding %+v splits %v", records[len(records)-1], ids)
				}
			}
		}
	})
}

// TestG7PlaceholdersNeverJoin: records that have nothing in common but
// placeholders do not match and have no key of them.
func TestG7PlaceholdersNeverJoin(t *testing.T) {
	empty := []string{"n/a", "N.A.", "test", "none", "[not provided]", "-", "...", "unknown", "NULL", "xxx", "(blank)", " "}
	var same []lead.Person
	for _, value := range empty {
		same = append(same, lead.Person{Company: value, Title: value, Street: value, City: value, Email: value, Phone: value})
		same = append(same, lead.Person{FirstName: "test", LastName: "test", Company: value, City: value, PostalCode: value})
	}
	for _, email := range []string{"noreply@acme.com", "test@test.com", "none@none.com", "x", "@", "na@na.com"} {
		same = append(same, lead.Person{Email: email}, lead.Person{FirstName: "n/a", LastName: "n/a", Email: email})
	}
	for _, phone := range []string{"555-555-5555", "000-000-0000", "1234567890", "+1 (999) 999-9999", "123", "1-555-555-1212"} {
		same = append(same, lead.Person{FirstName: "Ann", LastName: "Lee", Phone: phone})
	}
	for _, person := range same {
		for _, m := range standardMatchers {
			if keys := m.Keys(person); len(keys) > 0 || m.Match(person, person) {
				t.Errorf("%s: %+v has the keys %q, Match with itself = %v", m.rule.Name, person, keys, m.Match(person, person))
			}
		}
	}
}

// TestG9WorkIsBounded: a block above the cap costs its size times the cap, and is
// reported; so does a look-up in it.
func TestG9WorkIsBounded(t *testing.T) {
	const n, limit = 5000, 20
	var records []Record
	for i := range n {
		records = append(records, Record{ID: fmt.Sprintf("%05d", i), Person: lead.Person{
			FirstName: madeUp(i/2, 5), LastName: madeUp(i/2, 9), Email: "info@acme.com",
		}})
	}
	found := mustCluster(t, leadMatcher, records, ClusterConfig{BlockCap: limit})
	if found.Compared > n*limit {
		t.Errorf("Cluster compared %d pairs, want at most %d", found.Compared, n*limit)
	}
	if len(found.Capped) == 0 || found.Capped[0].Size != n || found.Capped[0].Value != "info@acme.com" ||
		found.Capped[0].Skipped < n*(n-1)/2-found.Compared {
		t.Errorf("Cluster reported %+v, want the one block of %d", found.Capped, n)
	}
	if found.Len() != n/2 {
		t.Errorf("the cap cost clusters: %d of %d found", found.Len(), n/2)
	}
	index := NewIndex(leadMatcher)
	for _, record := range records {
		if err := index.Put(record); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{0, 1, n / 2, n - 1} {
		got := index.Find(records[i])
		if got.Candidates > DefaultCap || len(got.Capped) == 0 || len(got.Matches) != 1 || got.Matches[0].ID != records[i^1].ID {
			t.Errorf("Find of record %d: %d candidates, %d matches, capped %+v; want its twin and a report",
				i, got.Candidates, len(got.Matches), got.Capped)
		}
	}
}

// TestG9SmallBlocksAreNotCut: a pair that is passed over in a block above the cap
// is still compared in a small block that both stand in.
func TestG9SmallBlocksAreNotCut(t *testing.T) {
	var records []Record
	add := func(id, first, company string) {
		records = append(records, Record{ID: id, Person: lead.Person{
			FirstName: first, LastName: "Lee", Company: company, Email: "info@acme.com",
		}})
	}
	for i := range 200 {
		add(fmt.Sprintf("other%03d", i), "Jd"+madeUp(i, 6), madeUp(i, 7))
	}
	for i := range 8 {
		add(fmt.Sprintf("a%d", i), "J", madeUp(1000+i, 8))
		add(fmt.Sprintf("b%d", i), "Jonathan", madeUp(1000+i, 8))
	}
	linked := map[string]bool{}
	for found := range mustCluster(t, leadMatcher, records, ClusterConfig{BlockCap: 10}).All() {
		for _, link := range found.Links {
			linked[link.A+link.B] = true
		}
	}
	for i := range 8 {
		if !linked[fmt.Sprintf("a%db%d", i, i)] {
			t.Errorf("J and Jonathan of company %d are not linked", i)
		}
	}
}

// madeUp makes a name that is like no other.
func madeUp(i, letters int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d", i, letters))
	name := make([]byte, letters)
	for j := range name {
		name[j] = 'a' + sum[j]%26
	}
	return string(name)
}

// TestG9BoundsHold: what is passed over because it cannot match would not have
// matched.
func TestG9BoundsHold(t *testing.T) {
	word := rapid.StringMatching(`[a-f0]{1,9}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		for _, algorithm := range []Algorithm{EditDistance, KeyboardDistance, JaroWinkler} {
			score := defaultDictionary.score(algorithm, FuzzyLast, form{text: a}, form{text: b})
			if !mayReach(algorithm, a, b, score) {
				t.Fatalf("%s of %q and %q is %d, but mayReach says no", algorithm, a, b, score)
			}
		}
	})
}

// TestG10LookalikesNeverMatch: a word with a letter of another script that looks
// the same matches only the very same word.
func TestG10LookalikesNeverMatch(t *testing.T) {
	alike := strings.NewReplacer("a", "а", "e", "е", "o", "о", "c", "с", "p", "р", "A", "А", "B", "В")
	tests := []struct {
		field Field
		text  string
	}{
		{FirstName, "Alexandra"}, {LastName, "Robertson-Carpenter"}, {Company, "Acme Corporate Components"},
		{City, "Philadelphia"}, {Street, "12 Peachtree Boulevard"}, {Title, "Operations Coordinator"},
		{Email, "anna.cooper@acme.com"},
	}
	for _, test := range tests {
		for i, letter := range test.text {
			swapped := test.text[:i] + alike.Replace(string(letter)) + test.text[i+1:]
			if swapped == test.text {
				continue
			}
			var a, b Record
			a.set(column(test.field), test.text)
			b.set(column(test.field), swapped)
			at := leadMatcher.place(test.field)
			score := leadMatcher.Explain(a, b).Fields[at]
			if score.Matched || leadMatcher.reaches(at, leadMatcher.prepare(&a)[at], leadMatcher.prepare(&b)[at], 1) {
				t.Errorf("%s %q and its look-alike %q match: %v", test.field, test.text, swapped, score)
			}
		}
	}
}

// TestG11BothFormsOfAnID: the 15 and the 18 characters of an id are one record in an
// index.
func TestG11BothFormsOfAnID(t *testing.T) {
	const short, long = "00Q5g00000Tz1aB", "00Q5g00000Tz1aBEAR"
	canonical := canonicalID(short)
	if canonicalID(canonical) != canonical || len(canonical) != len(long) {
		t.Fatalf("canonicalID(%q) = %q", short, canonical)
	}
	index := NewIndex(leadMatcher)
	person := lead.Person{FirstName: "Ann", LastName: "Lee", Email: "ann@acme.com"}
	for _, id := range []string{short, canonical, strings.ToUpper(canonical)} {
		if err := index.Put(Record{ID: id, Person: person}); err != nil {
			t.Fatal(err)
		}
	}
	if index.Len() != 1 {
		t.Errorf("Len = %d after one record was put by three forms of its id, want 1", index.Len())
	}
	if got := index.Find(Record{ID: short, Person: person}); len(got.Matches) != 0 {
		t.Errorf("the record finds itself: %+v", got)
	}
	if !index.Remove(short) || index.Len() != 0 {
		t.Errorf("Remove by the short form leaves %d records", index.Len())
	}
}

// TestG12DedupingTwice: of records of which one of each cluster is kept, none
// match again.
func TestG12DedupingTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := someRecords(60).Draw(t, "records")
		drop := map[string]bool{}
		for _, ids := range idsOf(mustClusterRapid(t, leadMatcher, records, ClusterConfig{})) {
			for _, id := range ids[1:] {
				drop[id] = true
			}
		}
		kept := slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return drop[r.ID] })
		if again := mustClusterRapid(t, leadMatcher, kept, ClusterConfig{}); again.Len() != 0 {
			t.Fatalf("the second run finds %v", idsOf(again))
		}
	})
}

// TestG3EqualRecords: of many records that are equal but for their ids, the ids
// decide which are compared, not the order in which they came; and removing one removes
// no other.
func TestG3EqualRecords(t *testing.T) {
	var records []Record
	for i := range 20 {
		records = append(records, Record{ID: fmt.Sprintf("%02d", i), Person: lead.Person{FirstName: "Ann", LastName: "Lee", Email: "ann@acme.com"}})
	}
	mixed := slices.Clone(records)
	slices.SortStableFunc(mixed, func(a, b Record) int { return int(a.ID[1]%3) - int(b.ID[1]%3) })
	want := describe(mustCluster(t, leadMatcher, records, ClusterConfig{BlockCap: 4}))
	if got := describe(mustCluster(t, leadMatcher, mixed, ClusterConfig{BlockCap: 4})); got != want {
		t.Errorf("in another order the run finds\n%s\nwant\n%s", got, want)
	}
	index := NewIndex(leadMatcher)
	for _, record := range mixed {
		if err := index.Put(record); err != nil {
			t.Fatal(err)
		}
	}
	for n, record := range records[:19] {
		index.Remove(record.ID)
		left := index.Find(Record{Person: record.Person}).Matches
		if len(left) != 19-n || left[0].ID != records[n+1].ID {
			t.Fatalf("after removing %s the index finds %+v", record.ID, left)
		}
	}
}
