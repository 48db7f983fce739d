package dedupe

import (
	"testing"
)

// The benchmarks stand beside the slow twin: BenchmarkCluster beside
// BenchmarkSlowClusters.

func BenchmarkCluster(b *testing.B) {
	records, _ := readRecords(b, "synth_dev_10k.csv")
	for b.Loop() {
		mustCluster(b, leadMatcher, records, ClusterConfig{Workers: 1})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(records)), "ns/record")
}

func BenchmarkSlowClusters(b *testing.B) {
	records, _ := readRecords(b, "synth_dev_10k.csv")
	for b.Loop() {
		slowClusters(leadMatcher, records)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(records)), "ns/record")
}

func BenchmarkIndexFind(b *testing.B) {
	records, _ := readRecords(b, "synth_dev_10k.csv")
	index := NewIndex(leadMatcher)
	for _, record := range records {
		if err := index.Put(record); err != nil {
			b.Fatal(err)
		}
	}
	i := 0
	for b.Loop() {
		index.Find(records[i%len(records)])
		i++
	}
}

// BenchmarkSlowFind compares with every record.
func BenchmarkSlowFind(b *testing.B) {
	records, _ := readRecords(b, "synth_dev_10k.csv")
	i := 0
	for b.Loop() {
		for _, record := range records {
			leadMatcher.MatchRecords(records[i%len(records)], record)
		}
		i++
	}
}

func BenchmarkIndexPut(b *testing.B) {
	records, _ := readRecords(b, "synth_dev_10k.csv")
	index := NewIndex(leadMatcher)
	i := 0
	for b.Loop() {
		if err := index.Put(records[i%len(records)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkMatch(b *testing.B) {
	records, _ := readRecords(b, "synth_dev_10k.csv")
	for b.Loop() {
		leadMatcher.MatchRecords(records[0], records[1])
	}
}

func BenchmarkKeys(b *testing.B) {
	records, _ := readRecords(b, "synth_dev_10k.csv")
	for b.Loop() {
		leadMatcher.RecordKeys(records[0])
	}
}

func BenchmarkModelScore(b *testing.B) {
	records, _ := readRecords(b, "synth_dev_10k.csv")
	m := trained()
	for b.Loop() {
		m.Score(records[0], records[1])
	}
}
