package dedupe_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/isvkit/isvkit/dedupe"
	"github.com/isvkit/isvkit/lead"
)

// A run reports what it found and what it could not afford to compare.
func ExampleClustering() {
	var by dedupe.Comparer = dedupe.MustMatcher(dedupe.StandardLead())
	same := func(yield func(dedupe.Record, error) bool) {
		for i := range 5 {
			person := lead.Person{FirstName: "Ann", LastName: "Lee", Email: "info@acme.com"}
			if !yield(dedupe.Record{ID: fmt.Sprint(i), Person: person}, nil) {
				return
			}
		}
	}
	var found *dedupe.Clustering
	found, err := dedupe.Cluster(context.Background(), by, same, dedupe.ClusterConfig{BlockCap: 2})
	if err != nil {
		panic(err)
	}
	var block dedupe.CappedBlock = found.Capped[0]
	fmt.Println(block.Value, block.Size, "records,", block.Skipped, "pairs skipped")
	for duplicates := range found.All() {
		var cluster dedupe.Duplicates = duplicates
		var first dedupe.Link = cluster.Links[0]
		fmt.Println(cluster.IDs, "by", len(cluster.Links), "links, the first of", first.A, first.B)
	}
	// Output:
	// info@acme.com 5 records, 6 pairs skipped
	// [0 1 2 3 4] by 4 links, the first of 0 1
}

func ExampleFound() {
	index := dedupe.NewIndex(dedupe.MustMatcher(dedupe.StandardLead()))
	ann := lead.Person{FirstName: "Ann", LastName: "Lee", Email: "ann@acme.com"}
	if err := index.Put(dedupe.Record{ID: "1", Object: dedupe.Lead, Person: ann}); err != nil {
		panic(err)
	}
	var found dedupe.Found = index.Find(dedupe.Record{Person: ann})
	fmt.Println(found.Candidates, len(found.Capped), found.Matches[0].ID)
	fmt.Println(index.Remove("1"), index.Len())
	// Output:
	// 1 0 1
	// true 0
}

// An explanation taken apart.
func ExampleFieldScore() {
	rule := dedupe.MustMatcher(dedupe.StandardLead())
	a := dedupe.Record{Person: lead.Person{FirstName: "Marc", LastName: "Benioff", Phone: "1-415-555-1234"}}
	b := dedupe.Record{Person: lead.Person{FirstName: "Mark", LastName: "Benioff", Phone: "1-415-555-5678"}}
	e := rule.Explain(a, b)
	var key dedupe.SharedKey = e.Keys[0]
	fmt.Println(key.Key, "=", key.Value)
	var first, phone dedupe.FieldScore = e.Fields[0], e.Fields[5]
	var best dedupe.AlgorithmScore = first.Algorithms[len(first.Algorithms)-1]
	fmt.Println(first.Field, first.Score, best.Algorithm == dedupe.Metaphone, best.Score)
	var line dedupe.SectionScore = phone.Sections[3]
	fmt.Println(phone.Field, phone.Score, phone.Matched, line.Name, line.Score)
	// Output:
	// First_Name (1,1) Last_Name Phone = mpnf415555
	// First_Name 100 true 100
	// Phone 90 true line 0
}

// An equation and a key put together by hand, and a threshold that holds in one
// group only.
func ExampleGroup() {
	group := dedupe.Group{
		dedupe.Clause{dedupe.LastName},
		dedupe.Clause{dedupe.City, dedupe.ZIP},
	}
	key := dedupe.Key{dedupe.KeyPart{Field: dedupe.LastName}, dedupe.KeyPart{Field: dedupe.ZIP, Words: 1, Chars: 3}}
	rule := dedupe.Rule{
		Name:     "Neighbours",
		Fields:   []dedupe.FieldRule{dedupe.FuzzyLast.On(dedupe.LastName), dedupe.FuzzyCity.On(dedupe.City), dedupe.FuzzyZIP.On(dedupe.ZIP)},
		Equation: dedupe.Equation{group},
		Keys:     []dedupe.Key{key},
		Lower:    []dedupe.GroupThreshold{{Group: 0, Field: dedupe.City, Threshold: 70}},
	}
	fmt.Println(rule.Equation, "|", key, "|", rule.Validate())
	// Output: (Last_Name AND (City OR ZIP)) | Last_Name ZIP (1,3) | <nil>
}

func ExampleAction() {
	rule := dedupe.DuplicateRule{
		Name: "No second lead", Object: dedupe.Lead,
		Against:  []dedupe.Comparison{{Object: dedupe.Lead, Rule: dedupe.StandardLead()}},
		OnCreate: dedupe.Block, OnEdit: dedupe.Alert,
	}
	var action dedupe.Action = rule.OnCreate
	_, compares := rule.Rule(dedupe.Contact)
	fmt.Println(action, "|", rule.OnEdit, "|", compares, rule.Validate())
	// Output: Block | Allow, Alert | false <nil>
}

func ExampleAlgorithm() {
	rule := dedupe.FuzzyFirst.On(dedupe.FirstName)
	rule.Algorithms = append(rule.Algorithms, dedupe.Metaphone) // as the standard rules have it
	var last dedupe.Algorithm = rule.Algorithms[4]
	fmt.Println(last)
	// Output: Metaphone
}

func ExampleScoreExplanation() {
	model, err := dedupe.Train(context.Background(), dedupe.ReadCSV(strings.NewReader(leads), dedupe.Lead), dedupe.TrainConfig{})
	if err != nil {
		panic(err)
	}
	robert := dedupe.Record{Person: lead.Person{FirstName: "Robert", LastName: "Smith", Company: "Acme"}}
	bob := dedupe.Record{Person: lead.Person{FirstName: "Bob", LastName: "Smith", Company: "ACME, Inc."}}
	var e dedupe.ScoreExplanation = model.Explain(robert, bob)
	for _, field := range e.Fields {
		var weight dedupe.FieldWeight = field
		if weight.Level != "blank" {
			fmt.Println(weight.Field, weight.Level, weight.Bits != 0)
		}
	}
	// Output:
	// First_Name nickname true
	// Last_Name same true
	// Company same true
}
