package sfdata_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"testing"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
)

const benchRows = 100_000

// manyLicenses returns a file of 100,000 licenses, made from those of testdata
// with numbers of their own.
func manyLicenses(b *testing.B, opt sfdata.WriteOptions) []byte {
	b.Helper()
	rows := all(b, sfdata.Licenses(bytes.NewReader(lma(b, "licenses.csv")), sfdata.ReadOptions{}))
	many := func(yield func(sfdata.LicenseRow, error) bool) {
		for n := range benchRows {
			row := rows[n%len(rows)]
			if row.Name = license.ID(n + 1); !yield(row, nil) {
				return
			}
		}
	}
	var out bytes.Buffer
	if err := sfdata.WriteLicenses(&out, many, opt); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// BenchmarkReadLicenses reads 100,000 licenses: as Data Loader exports them, as this
// package does, in JSON; and with encoding/csv alone, which reads cells and not
// licenses.
func BenchmarkReadLicenses(b *testing.B) {
	for _, c := range []struct {
		name string
		opt  sfdata.WriteOptions
	}{
		{"DataLoader", sfdata.WriteOptions{DataLoader: true}},
		{"Export", sfdata.WriteOptions{}},
		{"JSON", sfdata.WriteOptions{Format: sfdata.JSON, DataLoader: true}},
	} {
		b.Run(c.name, func(b *testing.B) {
			file := manyLicenses(b, c.opt)
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, err := range sfdata.Licenses(bytes.NewReader(file), sfdata.ReadOptions{}) {
					if n++; err != nil {
						b.Fatal(err)
					}
				}
				if n != benchRows {
					b.Fatalf("%d rows", n)
				}
			}
		})
	}
	b.Run("EncodingCSV", func(b *testing.B) {
		file := manyLicenses(b, sfdata.WriteOptions{DataLoader: true})
		b.SetBytes(int64(len(file)))
		b.ReportAllocs()
		for b.Loop() {
			r := csv.NewReader(bytes.NewReader(file))
			r.ReuseRecord = true
			n := 0
			for _, err := r.Read(); err != io.EOF; _, err = r.Read() {
				if n++; err != nil {
					b.Fatal(err)
				}
			}
			if n != benchRows+1 {
				b.Fatalf("%d records", n)
			}
		}
	})
}

// BenchmarkWriteLicenses writes 100,000 licenses.
func BenchmarkWriteLicenses(b *testing.B) {
	rows := all(b, sfdata.Licenses(bytes.NewReader(lma(b, "licenses.csv")), sfdata.ReadOptions{}))
	many := func(yield func(sfdata.LicenseRow, error) bool) {
		for n := range benchRows {
			if !yield(rows[n%len(rows)], nil) {
				return
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := sfdata.WriteLicenses(io.Discard, many, sfdata.WriteOptions{At: exportedAt}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNotifications reads the notifications of testdata.
func BenchmarkNotifications(b *testing.B) {
	file := string(lma(b, "notifications.jsonl"))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range sfdata.Notifications(strings.NewReader(file), sfdata.ReadOptions{}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
