//go:build linux

package dedupe

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	leadCount = flag.Int("leads", 20_000, "how many leads BenchmarkClusterFile makes; 10000000 take 1.5 GB in TMPDIR")
	leadsFile = flag.String("csv", "", "the file of leads that BenchmarkClusterFile reads in place of its own")
)

// BenchmarkClusterFile finds the clusters of leads in a CSV file, of a hundredth of them and of a
// tenth first, so that the cost of a record shows how the work grows. CPU time is that of all cores and
// of the garbage collector, reading included; the memory is the most that the process had.
//
//	go test ./dedupe -run '^$' -bench ClusterFile -benchtime 1x -leads 10000000
//	go test ./dedupe -run '^$' -bench ClusterFile -benchtime 1x -csv leads.csv
func BenchmarkClusterFile(b *testing.B) {
	if *leadsFile != "" {
		benchmarkFile(b, *leadsFile)
		return
	}
	for _, n := range []int{*leadCount / 100, *leadCount / 10, *leadCount} {
		name := filepath.Join(b.TempDir(), "leads.csv")
		if err := writeLeads(name, n); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("leads=%d", n), func(b *testing.B) { benchmarkFile(b, name) })
		if err := os.Remove(name); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkFile(b *testing.B, name string) {
	var records int
	before, _ := used()
	for b.Loop() {
		file, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		found, err := Cluster(context.Background(), leadMatcher, ReadCSV(file, Lead), ClusterConfig{})
		if err := errors.Join(err, file.Close()); err != nil {
			b.Fatal(err)
		}
		records = found.Records
	}
	after, memory := used()
	each := (after - before) / time.Duration(b.N)
	b.ReportMetric(each.Seconds(), "cpu-s/op")
	b.ReportMetric(float64(each.Nanoseconds())/float64(records), "cpu-ns/record")
	b.ReportMetric(float64(memory)/1e6, "peak-MB")
}

// used is what the process has used: the time of all cores, and the most memory, in bytes.
func used() (cpu time.Duration, memory int64) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), usage.Maxrss * 1024
}

// writeLeads writes n leads to a file: those of the test data again and again, each time as people of
// other families, in other companies.
func writeLeads(name string, n int) error {
	sample, err := os.ReadFile("testdata/synth_dev_10k.csv")
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(strings.NewReader(string(sample))).ReadAll()
	if err != nil {
		return err
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	to := bufio.NewWriter(file)
	lines := csv.NewWriter(to)
	err = lines.Write(rows[0])
	for i := range n {
		row := slices.Clone(rows[1+i%(len(rows)-1)])
		renameLead(row, i, i/(len(rows)-1))
		err = errors.Join(err, lines.Write(row))
	}
	lines.Flush()
	return errors.Join(err, lines.Error(), to.Flush(), file.Close())
}

// renameLead makes a lead of the test data number i, in a world of its own.
func renameLead(row []string, i, world int) {
	const id, lastName, company, email = 0, 2, 4, 5
	row[id] = strconv.Itoa(i + 1)
	other := syllables(world)
	for _, column := range []int{lastName, company} {
		if row[column] != "" {
			row[column] = other + row[column]
		}
	}
	row[email] = strings.Replace(row[email], "@", "@"+strings.ToLower(other), 1)
}

// syllables makes a word of a number, none of zero.
func syllables(n int) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	word := ""
	for ; n > 0; n /= len(consonants) * len(vowels) {
		word += string(consonants[n%len(consonants)]) + string(vowels[n/len(consonants)%len(vowels)])
	}
	return word
}
