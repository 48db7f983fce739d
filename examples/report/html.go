package main

import (
	_ "embed"
	"html/template"
	"io"
)

// page is the whole report, ready to be shown.
type page struct {
	Title    string
	Cards    []card
	Sections []section
}

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// writeHTML writes the page. It refers to nothing outside of itself, and what came
// from the data is escaped for the place where it stands.
func (p page) writeHTML(out io.Writer) error { return pageTemplate.Execute(out, p) }

// Draw returns the chart as an element of the page.
func (c chart) Draw() (template.HTML, error) { return c.draw() }

// HasLegend reports whether the parts of the bars need to be told apart.
func (c chart) HasLegend() bool { return len(c.Series) > 1 }

// SmallCharts returns the charts that stand beside each other.
func (s section) SmallCharts() []chart { return s.chartsOf(true) }

// WideCharts returns the others.
func (s section) WideCharts() []chart { return s.chartsOf(false) }

func (s section) chartsOf(isSmall bool) (some []chart) {
	for _, c := range s.Charts {
		if c.IsSmall == isSmall {
			some = append(some, c)
		}
	}
	return some
}

// First returns the rows to show at once.
func (t table) First() []row {
	if len(t.Rest()) == 0 {
		return t.Rows
	}
	return t.Rows[:t.Brief]
}

// Rest returns the rows to show on demand.
func (t table) Rest() []row {
	if t.Brief == 0 || len(t.Rows) <= t.Brief {
		return nil
	}
	return t.Rows[t.Brief:]
}

// With returns the table with some of its rows, for a template to show.
func (t table) With(rows []row) table {
	t.Rows = rows
	return t
}
