package dedupe

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
)

// TestClusterAgainstSlowTwin: the run finds what the definition finds.
func TestClusterAgainstSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := someRecords(60).Draw(t, "records")
		for _, m := range standardMatchers {
			found := mustClusterRapid(t, m, records, ClusterConfig{})
			if got, want := idsOf(found), slowClusters(m, records); !reflect.DeepEqual(got, want) && len(got)+len(want) > 0 {
				t.Fatalf("%s: clusters %v, want %v", m.rule.Name, got, want)
			}
			if got, want := found.Links(), len(slowPairs(m, records)); got != want {
				t.Fatalf("%s: %d links, want %d", m.rule.Name, got, want)
			}
		}
	})
}

// TestLinksSayWhy: each link names the groups and keys that Explain names, and the links
// of a cluster connect it.
func TestLinksSayWhy(t *testing.T) {
	records, _ := readRecords(t, "synth_dev_10k.csv")
	byID := map[string]Record{}
	for _, record := range records {
		byID[record.ID] = record
	}
	for found := range mustCluster(t, leadMatcher, records, ClusterConfig{}).All() {
		reached := map[string]bool{found.IDs[0]: true}
		for range found.IDs {
			for _, link := range found.Links {
				reached[link.A] = reached[link.A] || reached[link.B]
				reached[link.B] = reached[link.A]
			}
		}
		if len(reached) != len(found.IDs) {
			t.Fatalf("the links of %v do not connect it", found.IDs)
		}
		if !slices.IsSortedFunc(found.Links, func(x, y Link) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) }) {
			t.Fatalf("links %+v are not in order", found.Links)
		}
		link := found.Links[0]
		e := leadMatcher.Explain(byID[link.A], byID[link.B])
		var keys []int
		for _, key := range e.Keys {
			keys = append(keys, key.Number)
		}
		if !slices.Equal(link.Groups, e.Groups) || !slices.Equal(link.Keys, keys) {
			t.Fatalf("link %+v, but Explain says\n%v", link, e)
		}
	}
}

// TestFiguresOfStandardLead: on data with known truth the standard rule is as good as the
// straightforward implementation of it is known to be.
func TestFiguresOfStandardLead(t *testing.T) {
	records, truth := readRecords(t, "synth_dev_10k.csv")
	found := mustCluster(t, leadMatcher, records, ClusterConfig{})
	if got, want := idsOf(found), slowClusters(leadMatcher, records); !reflect.DeepEqual(got, want) {
		t.Errorf("%d clusters, the slow twin finds %d others", len(got), len(want))
	}
	q := closureQuality(idsOf(found), truth)
	if q.precision < .990 || q.recall < .78 || q.f1 < .88 {
		t.Errorf("closure: %+v, want about the documented .994, .803, .888", q)
	}
}

// TestSpillFindsTheSame: a run that must go to disk finds what one in memory
// finds, and leaves no file.
func TestSpillFindsTheSame(t *testing.T) {
	records, _ := readRecords(t, "synth_dev_10k.csv")
	dir := t.TempDir()
	want := mustCluster(t, leadMatcher, records, ClusterConfig{})
	for _, memory := range []int64{1 << 20, 1} { // the sorted parts fit in, or do not
		got := mustCluster(t, leadMatcher, records, ClusterConfig{Memory: memory, TempDir: dir})
		if describe(got) != describe(want) {
			t.Errorf("on disk, with memory for %d bytes, the run finds something else", memory)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("the run left %v, %v", left, err)
	}
	if _, err := Cluster(t.Context(), leadMatcher, each(records), ClusterConfig{Memory: 1, TempDir: dir + "/none"}); err == nil {
		t.Errorf("a run without a place on disk reports no error")
	}
}

// TestClusterEndsEarly: an error of the input and a context that ends stop the
// run with their error, at whatever stage.
func TestClusterEndsEarly(t *testing.T) {
	records, _ := readRecords(t, "synth_dev_10k.csv")
	broken := errors.New("the disk is gone")
	failing := func(yield func(Record, error) bool) {
		for _, record := range records[:2000] {
			if !yield(record, nil) {
				return
			}
		}
		yield(Record{}, broken)
	}
	if found, err := Cluster(t.Context(), leadMatcher, failing, ClusterConfig{}); found != nil || !errors.Is(err, broken) {
		t.Errorf("Cluster = %v, %v, want the input's error", found, err)
	}
	for _, stage := range []Stage{Reading, Comparing} {
		ctx, cancel := context.WithCancelCause(t.Context())
		stopped := errors.New("no more")
		config := ClusterConfig{Progress: func(p Progress) {
			if p.Stage == stage {
				cancel(stopped)
			}
		}}
		if found, err := Cluster(ctx, leadMatcher, each(records), config); found != nil || !errors.Is(err, stopped) {
			t.Errorf("Cluster cancelled while %v = %v, %v, want the cause", stage, found, err)
		}
	}
	if _, err := Cluster(t.Context(), leadMatcher, each(nil), ClusterConfig{Workers: -1, Memory: -1, BlockCap: 1}); err == nil ||
		strings.Count(err.Error(), "dedupe: ") != 3 {
		t.Errorf("a config with three faults: %v", err)
	}
}

// TestProgress: progress goes forward through the stages and ends complete.
func TestProgress(t *testing.T) {
	records, _ := readRecords(t, "synth_dev_10k.csv")
	var last Progress
	var read int64
	mustCluster(t, leadMatcher, records, ClusterConfig{Progress: func(p Progress) {
		if p.Stage == Reading {
			read = p.Done
		}
		if p.Stage < last.Stage || p.Stage == last.Stage && p.Done < last.Done || p.Total > 0 && p.Done > p.Total {
			t.Errorf("progress went from %+v to %+v", last, p)
		}
		last = p
	}})
	if last.Stage != Joining || read != int64(len(records)) {
		t.Errorf("progress ends with %+v after %d records, want %v after %d", last, read, Joining, len(records))
	}
}

// TestIndexAgainstModel: an index finds what comparing with every record finds,
// whatever was put, replaced and removed before.
func TestIndexAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		index, model := NewIndex(leadMatcher), map[string]Record{}
		id := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h"})
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				r := Record{ID: id.Draw(t, "id"), Object: Contact, Person: people.Draw(t, "person")}
				if err := index.Put(r); err != nil {
					t.Fatal(err)
				}
				model[r.ID] = r
			},
			"remove": func(t *rapid.T) {
				id := id.Draw(t, "id")
				_, want := model[id]
				if got := index.Remove(id); got != want {
					t.Fatalf("Remove(%s) = %v, want %v", id, got, want)
				}
				delete(model, id)
			},
			"find": func(t *rapid.T) {
				r := Record{ID: id.Draw(t, "id"), Person: people.Draw(t, "person")}
				var got, want []string
				for _, match := range index.Find(r).Matches {
					got = append(got, match.ID)
					if match.Object != Contact {
						t.Fatalf("match %+v, want a contact", match)
					}
				}
				for id, other := range model {
					if id != r.ID && leadMatcher.MatchRecords(r, other) {
						want = append(want, id)
					}
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Fatalf("Find(%+v) = %v, want %v", r, got, want)
				}
			},
			"": func(t *rapid.T) {
				if index.Len() != len(model) {
					t.Fatalf("Len = %d, want %d", index.Len(), len(model))
				}
			},
		})
		for id := range model {
			index.Remove(id)
		}
		if len(index.blocks) != 0 {
			t.Fatalf("an empty index has %d blocks", len(index.blocks))
		}
	})
}

// TestIndexConcurrent: look-ups run beside changes; the race detector watches.
func TestIndexConcurrent(t *testing.T) {
	records, _ := readRecords(t, "synth_dev_10k.csv")
	records = records[:1500]
	index := NewIndex(leadMatcher)
	var running sync.WaitGroup
	for range 3 {
		running.Go(func() {
			for _, record := range records {
				index.Find(record)
			}
		})
	}
	running.Go(func() {
		for i, record := range records {
			if err := index.Put(record); err != nil {
				t.Error(err)
			}
			if i%3 == 0 {
				index.Remove(records[i/2].ID)
			}
		}
	})
	running.Wait()
	if err := index.Put(Record{}); err == nil {
		t.Errorf("Put of a record without an id reports no error")
	}
}

// TestIndexFindsClusters: what an index finds for each record is what a run
// links.
func TestIndexFindsClusters(t *testing.T) {
	records, _ := readRecords(t, "synth_dev_10k.csv")
	records = records[:3000]
	index := NewIndex(leadMatcher)
	for _, record := range records {
		if err := index.Put(record); err != nil {
			t.Fatal(err)
		}
	}
	links := 0
	for _, record := range records {
		links += len(index.Find(record).Matches)
	}
	if want := 2 * mustCluster(t, leadMatcher, records, ClusterConfig{}).Links(); links != want {
		t.Errorf("the index finds %d matches, a run %d", links, want)
	}
}

// TestReadCSV: columns are found by their names, and what cannot be read is
// an error that tells the line.
func TestReadCSV(t *testing.T) {
	read := func(text string) (records []Record, err error) {
		for record, e := range ReadCSV(strings.NewReader(text), Contact) {
			if err = e; err == nil {
				records = append(records, record)
			}
		}
		return records, err
	}
	got, err := read("\uFEFFLast Name,x,ID,postal_code,Website\nLee,?,7,02110,acme.com\n")
	want := []Record{{ID: "7", Object: Contact, Website: "acme.com", Person: lead.Person{LastName: "Lee", PostalCode: "02110"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ReadCSV = %+v, %v, want %+v", got, err, want)
	}
	if got, err := read("id,city\n1,A\n2\n"); len(got) != 1 || err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("a short line gives %v, %v", got, err)
	}
	for _, text := range []string{"", "a,b\n1,2\n"} {
		if got, err := read(text); len(got) > 0 || err == nil {
			t.Errorf("ReadCSV of %q = %v, %v, want an error", text, got, err)
		}
	}
}

// TestFormsOfAnyLength: what a record is encoded as is read back as it was, however long its
// fields are.
func TestFormsOfAnyLength(t *testing.T) {
	for _, n := range []int{30, 253, 254, 255, 256, 257, 1019, 1020, 1021, 5000} {
		name := strings.Repeat("x", n)
		forms := leadMatcher.prepare(&Record{Person: lead.Person{FirstName: "Ann", LastName: name, Company: name, City: "Boston"}})
		for _, test := range []struct{ got, want string }{
			{forms[leadMatcher.last].text, name[:min(n, maxText)]},
			{forms[leadMatcher.last].sound, string(appendSound(nil, name[:min(n, maxText)]))},
			{forms[leadMatcher.place(Company)].text, name[:min(n, maxText)]},
			{forms[leadMatcher.place(City)].text, "boston"},
		} {
			if test.got != test.want {
				t.Errorf("with names of %d letters a form is %.20q… of %d bytes, want %.20q… of %d", n, test.got, len(test.got), test.want, len(test.want))
			}
		}
	}
}

// TestRecordsOfLeads: leads, contacts and accounts are read by their fields.
func TestRecordsOfLeads(t *testing.T) {
	account := AccountRecord(lead.Account{Name: "Acme Inc", Website: "https://www.acme.com", Phone: "415-555-1234", City: "Boston", State: "MA"})
	other := AccountRecord(lead.Account{Name: "ACME", Website: "acme.com", Phone: "(415) 555-1234", City: "Boston", State: "ma"})
	e := MustMatcher(StandardAccount()).Explain(account, other)
	if !slices.Equal(e.Groups, []int{1, 3, 4}) {
		t.Errorf("groups = %v, want 1, 3 and 4:\n%v", e.Groups, e)
	}
	person := lead.Person{FirstName: "Ann", LastName: "Lee", Email: "a@b.com"}
	from := LeadRecord(lead.Lead{ID: lead.MustID("x1"), Person: person})
	to := ContactRecord(lead.Contact{ID: lead.MustContactID("x2"), Person: person})
	if !leadMatcher.MatchRecords(from, to) || from.Object != Lead || to.ID != "x2" {
		t.Errorf("a lead and its contact do not match: %+v, %+v", from, to)
	}
}

var _ iter.Seq2[Record, error] = each(nil)
