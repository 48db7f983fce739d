package main

import (
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/isvkit/isvkit/dedupe"
	"github.com/isvkit/isvkit/lead"
)

// pair is two records that match, side by side, and why.
type pair struct {
	A, B  dedupe.Record
	Rows  []row
	Why   string
	Score string
}

// row is a field of both records.
type row struct {
	Field, A, B string
	Same        bool
}

// writeReview writes every pair that matched as a page for a person to look through.
func (o options) writeReview(w io.Writer, by dedupe.Comparer, clusters *dedupe.Clustering) error {
	records, err := o.linked(clusters)
	if err != nil {
		return err
	}
	var pairs []pair
	for cluster := range clusters.All() {
		for _, link := range cluster.Links {
			pairs = append(pairs, newPair(by, records[link.A], records[link.B], link))
		}
	}
	return page.Execute(w, pairs)
}

// linked reads the records that match another again; only they are kept.
func (o options) linked(clusters *dedupe.Clustering) (map[string]dedupe.Record, error) {
	wanted := map[string]bool{}
	for cluster := range clusters.All() {
		for _, id := range cluster.IDs {
			wanted[id] = true
		}
	}
	records := map[string]dedupe.Record{}
	for r, err := range o.records() {
		if err != nil {
			return nil, err
		}
		if wanted[r.ID] {
			records[strings.Clone(r.ID)] = clone(r)
		}
	}
	return records, nil
}

// clone returns r with strings of its own: those of a record that was read share the
// memory of its line.
func clone(r dedupe.Record) dedupe.Record {
	r.ID = strings.Clone(r.ID)
	p := &r.Person
	for _, text := range []*string{&p.FirstName, &p.LastName, &p.Title, &p.Company, &p.Email, &p.Phone, &p.Street, &p.City, &p.State, &p.PostalCode, &p.Country} {
		*text = strings.Clone(*text)
	}
	return r
}

func newPair(by dedupe.Comparer, a, b dedupe.Record, link dedupe.Link) pair {
	p := pair{A: a, B: b, Rows: rows(a.Person, b.Person)}
	switch by := by.(type) {
	case *dedupe.Matcher:
		p.Why = by.Explain(a, b).String()
	case *dedupe.Model:
		p.Score = fmt.Sprintf("%.1f %%", 100*link.Score)
		var why strings.Builder
		for _, f := range by.Explain(a, b).Fields {
			fmt.Fprintf(&why, "%v: %s, %+.1f bits\n", f.Field, f.Level, f.Bits)
		}
		p.Why = why.String()
	}
	return p
}

func rows(a, b lead.Person) []row {
	all := []row{
		{Field: "First name", A: a.FirstName, B: b.FirstName}, {Field: "Last name", A: a.LastName, B: b.LastName},
		{Field: "Title", A: a.Title, B: b.Title}, {Field: "Company", A: a.Company, B: b.Company},
		{Field: "E-mail", A: a.Email, B: b.Email}, {Field: "Phone", A: a.Phone, B: b.Phone},
		{Field: "Street", A: a.Street, B: b.Street}, {Field: "City", A: a.City, B: b.City},
		{Field: "State", A: a.State, B: b.State}, {Field: "Postal code", A: a.PostalCode, B: b.PostalCode}, {Field: "Country", A: a.Country, B: b.Country},
	}
	for i := range all {
		all[i].Same = all[i].A == all[i].B && all[i].A != ""
	}
	return all
}

var page = template.Must(template.New("review").Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Pairs to review</title>
<style>
body { font: 15px/1.4 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
section { border: 1px solid #8886; border-radius: 8px; padding: 1rem; margin: 1rem 0; break-inside: avoid; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .15rem .6rem; vertical-align: top; }
tr.same td { opacity: .6; } pre { white-space: pre-wrap; font-size: 13px; }
</style>
<h1>{{len .}} pairs that match</h1>
{{range .}}<section>
<table><tr><th></th><th>{{.A.ID}}</th><th>{{.B.ID}}</th></tr>
{{range .Rows}}<tr{{if .Same}} class="same"{{end}}><th>{{.Field}}</th><td>{{.A}}</td><td>{{.B}}</td></tr>
{{end}}</table>
{{with .Score}}<p>One person with a probability of {{.}}</p>{{end}}
<details><summary>Why?</summary><pre>{{.Why}}</pre></details>
</section>
{{else}}<p>Nobody stands here twice.</p>{{end}}</html>
`))
