package dedupe

import (
	"context"
	"encoding/csv"
	"iter"
	"maps"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
)

// slowPairs finds all pairs that match, straight from the definition: maps of keys,
// every pair that shares one, no cap.
func slowPairs(m *Matcher, records []Record) map[[2]int]bool {
	blocks := map[string][]int{}
	for i, record := range records {
		for _, key := range m.RecordKeys(record) {
			blocks[key] = append(blocks[key], i)
		}
	}
	pairs := map[[2]int]bool{}
	for _, members := range blocks {
		for j := range members {
			for i := range j {
				pair := [2]int{members[i], members[j]}
				if _, done := pairs[pair]; !done {
					pairs[pair] = m.MatchRecords(records[members[i]], records[members[j]])
				}
			}
		}
	}
	maps.DeleteFunc(pairs, func(_ [2]int, match bool) bool { return !match })
	return pairs
}

// slowClusters are the connected components of slowPairs, by flooding.
func slowClusters(m *Matcher, records []Record) [][]string {
	next := map[int][]int{}
	for pair := range slowPairs(m, records) {
		next[pair[0]] = append(next[pair[0]], pair[1])
		next[pair[1]] = append(next[pair[1]], pair[0])
	}
	var clusters [][]string
	seen := map[int]bool{}
	for i := range records {
		var ids []string
		for todo := []int{i}; len(todo) > 0 && len(next[i]) > 0; {
			at := todo[0]
			todo = todo[1:]
			if !seen[at] {
				seen[at] = true
				ids = append(ids, records[at].ID)
				todo = append(todo, next[at]...)
			}
		}
		if len(ids) > 0 {
			slices.Sort(ids)
			clusters = append(clusters, ids)
		}
	}
	slices.SortFunc(clusters, slices.Compare)
	return clusters
}

// each yields records without an error.
func each(records []Record) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, record := range records {
			if !yield(record, nil) {
				return
			}
		}
	}
}

// mustCluster runs Cluster, which must work.
func mustCluster(t testing.TB, by Comparer, records []Record, config ClusterConfig) *Clustering {
	t.Helper()
	found, err := Cluster(context.Background(), by, each(records), config)
	if err != nil {
		t.Fatalf("Cluster of %d records: %v", len(records), err)
	}
	return found
}

// idsOf lists the ids of the clusters.
func idsOf(c *Clustering) [][]string {
	var clusters [][]string
	for found := range c.All() {
		clusters = append(clusters, found.IDs)
	}
	return clusters
}

// readRecords reads a file of testdata, and which cluster each record truly
// belongs to.
func readRecords(t testing.TB, name string) (records []Record, truth map[string]string) {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for record, err := range ReadCSV(file, Lead) {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	if _, err := file.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(rows[0], "cluster_id")
	truth = map[string]string{}
	for _, row := range rows[1:] {
		truth[row[0]] = row[column]
	}
	return records, truth
}

// quality is how good pairs are against the truth.
type quality struct{ precision, recall, f1 float64 }

func closureQuality(clusters [][]string, truth map[string]string) quality {
	good, found := 0, 0
	for _, ids := range clusters {
		sizes := map[string]int{}
		for _, id := range ids {
			sizes[truth[id]]++
		}
		good += pairsIn(sizes)
		found += len(ids) * (len(ids) - 1) / 2
	}
	return qualityOf(good, found, truth)
}

func pairsIn(sizes map[string]int) int {
	n := 0
	for _, size := range sizes {
		n += size * (size - 1) / 2
	}
	return n
}

func qualityOf(good, found int, truth map[string]string) quality {
	sizes := map[string]int{}
	for _, cluster := range truth {
		sizes[cluster]++
	}
	q := quality{precision: float64(good) / float64(found), recall: float64(good) / float64(pairsIn(sizes))}
	q.f1 = 2 * q.precision * q.recall / (q.precision + q.recall)
	return q
}

// people generates people who are often alike: few names, companies and
// addresses, in several spellings, with blanks.
var people = rapid.Custom(func(t *rapid.T) lead.Person {
	pick := func(label string, values ...string) string { return rapid.SampledFrom(values).Draw(t, label) }
	return lead.Person{
		FirstName:  pick("first", "", "Robert", "Bob", "bob", "R.", "Roberta", "José", "Ann", "Smith", "Dr. Ann", "Анна"),
		LastName:   pick("last", "", "Smith", "Smyth", "SMITH", "Smoth", "Robert", "Jones", "O'Neil", "Иванов"),
		Title:      pick("title", "", "VP", "Vice President", "VP of Sales", "Engineer", "n/a"),
		Company:    pick("company", "", "Acme Inc", "ACME", "Acme Widgets Ltd.", "AW", "IBM", "[not provided]"),
		Email:      pick("email", "", "bob@acme.com", "Bob@Acme.com", "b_ob@us.acme.com", "info@acme.com", "noreply@acme.com", "x"),
		Phone:      pick("phone", "", "415-555-1234", "+1 (415) 555-1234 x9", "1-415-555-9999", "+44 20 7946 0000", "555-555-5555"),
		Street:     pick("street", "", "12 Main St", "12 Main Street, Suite 4", "12 Maine Street #4", "14 Main St"),
		City:       pick("city", "", "Boston", "boston", "Bostn", "Springfield"),
		State:      pick("state", "", "MA", "ma"),
		PostalCode: pick("zip", "", "02110", "02110-1234", "02111"),
	}
})

// someRecords generates records with ids of their own.
func someRecords(limit int) *rapid.Generator[[]Record] {
	return rapid.Custom(func(t *rapid.T) []Record {
		var records []Record
		for i, person := range rapid.SliceOfN(people, 0, limit).Draw(t, "people") {
			records = append(records, Record{ID: string(rune('A'+i/26)) + string(rune('a'+i%26)), Object: Lead, Person: person})
		}
		return records
	})
}

var leadMatcher = MustMatcher(StandardLead())

// standardMatchers are the matchers of all standard rules.
var standardMatchers = []*Matcher{
	leadMatcher, MustMatcher(StandardContact()), MustMatcher(StandardPersonAccount()), MustMatcher(StandardAccount()),
}
