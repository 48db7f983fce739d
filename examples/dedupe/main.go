// Command dedupe finds the leads of a CSV file that are one person, and writes who
// belongs together, with the reason for each pair, for a program and for a person.
//
//	go run ./examples/dedupe                              # on a list that ships with it
//	go run ./examples/dedupe -in leads.csv -rule scored   # your own, by a learnt score
//
// The file's first line names its columns: id, first_name, last_name, title, company,
// email, phone, street, city, state, postal_code, country. It writes clusters.csv, a line
// for each record that has a double, and review.html, every pair that matched side by
// side.
package main

import (
	"context"
	"embed"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log"
	"os"
	"path/filepath"
	"strconv"

	"github.com/isvkit/isvkit/dedupe"
	"github.com/isvkit/isvkit/examples/internal/bar"
)

//go:embed people.csv
var embedded embed.FS

func main() {
	var o options
	flag.StringVar(&o.in, "in", "", "the CSV file; empty: a list of made-up people")
	flag.StringVar(&o.folder, "out", ".", "the folder for clusters.csv and review.html")
	flag.StringVar(&o.rule, "rule", "standard", "standard: the documented rule of leads; scored: a score that is learnt from the file")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, o); err != nil {
		log.Fatal("dedupe: ", err)
	}
}

type options struct{ in, folder, rule string }

// open opens the file to read, from its beginning.
func (o options) open() (io.ReadCloser, error) {
	if o.in == "" {
		return embedded.Open("people.csv")
	}
	return os.Open(o.in)
}

// records yields the records of the file; it can be ranged over more than once.
func (o options) records() iter.Seq2[dedupe.Record, error] {
	return func(yield func(dedupe.Record, error) bool) {
		f, err := o.open()
		if err != nil {
			yield(dedupe.Record{}, err)
			return
		}
		defer f.Close()
		dedupe.ReadCSV(f, dedupe.Lead)(yield)
	}
}

func run(ctx context.Context, out io.Writer, o options) error {
	by, err := o.comparer(ctx)
	if err != nil {
		return err
	}
	watched := bar.New()
	clusters, err := dedupe.Cluster(ctx, by, o.records(), dedupe.ClusterConfig{Progress: func(p dedupe.Progress) {
		watched.Show(p.Stage.String(), p.Done, p.Total)
	}})
	watched.Done()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d records, %d pairs compared, %d match: %d people stand more than once.\n",
		clusters.Records, clusters.Compared, clusters.Links(), clusters.Len())
	for _, block := range clusters.Capped {
		fmt.Fprintf(out, "%d records share key %d: %d of their pairs were not compared.\n", block.Size, block.Key+1, block.Skipped)
	}
	return errors.Join(
		writeFile(filepath.Join(o.folder, "clusters.csv"), func(w io.Writer) error { return writeClusters(w, clusters) }),
		writeFile(filepath.Join(o.folder, "review.html"), func(w io.Writer) error { return o.writeReview(w, by, clusters) }),
	)
}

// comparer returns the rule, or trains a model on the file itself.
func (o options) comparer(ctx context.Context) (dedupe.Comparer, error) {
	switch o.rule {
	case "standard":
		return dedupe.NewMatcher(dedupe.StandardLead(), dedupe.DefaultTables())
	case "scored":
		return dedupe.Train(ctx, o.records(), dedupe.TrainConfig{})
	}
	return nil, fmt.Errorf("-rule %q: is standard or scored", o.rule)
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// writeClusters writes a line for each record that has a double: the number of its
// cluster and its id.
func writeClusters(w io.Writer, clusters *dedupe.Clustering) error {
	lines := csv.NewWriter(w)
	err := lines.Write([]string{"cluster", "id"})
	n := 0
	for cluster := range clusters.All() {
		n++
		for _, id := range cluster.IDs {
			err = errors.Join(err, lines.Write([]string{strconv.Itoa(n), id}))
		}
	}
	lines.Flush()
	return errors.Join(err, lines.Error())
}
