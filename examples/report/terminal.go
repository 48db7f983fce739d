package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"
)

// writeTerminal writes the report for a terminal, as far as it fits there: the first
// rows of long tables.
func writeTerminal(out io.Writer, p page) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", p.Title)
	for _, c := range p.Cards {
		fmt.Fprintf(&b, "  %s  %s (%s)\n", padded(c.Name, 26, false), padded(c.Value, 16, true), c.Note)
	}
	for _, s := range p.Sections {
		fmt.Fprintf(&b, "\n%s\n%s\n", s.Title, strings.Repeat("═", uniseg.StringWidth(s.Title)))
		for _, line := range s.Says {
			fmt.Fprintf(&b, "  %s\n", plainText(line))
		}
		for _, t := range s.Tables {
			b.WriteByte('\n')
			t.writeText(&b)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// writeText writes the table with columns as wide as what stands in them on a
// terminal, where some characters take two cells and some none.
func (t table) writeText(b *strings.Builder) {
	shown := t.Rows
	if t.Brief > 0 && len(shown) > t.Brief {
		shown = shown[:t.Brief]
	}
	widths := t.widths(shown)
	fmt.Fprintf(b, "  %s\n", t.Title)
	t.writeRow(b, widths, func(i int) string { return t.Columns[i].Name })
	t.writeRow(b, widths, func(i int) string { return strings.Repeat("─", widths[i]) })
	for _, r := range shown {
		t.writeRow(b, widths, func(i int) string { return fitting(r.Cells[i].Show) })
	}
	if more := len(t.Rows) - len(shown); more > 0 {
		fmt.Fprintf(b, "  … and %s\n", plural(more, "row")+" more: in the page, and in "+t.File+".csv with -csv")
	}
}

func (t table) widths(shown []row) []int {
	widths := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = uniseg.StringWidth(c.Name)
		for _, r := range shown {
			widths[i] = max(widths[i], uniseg.StringWidth(fitting(r.Cells[i].Show)))
		}
	}
	return widths
}

func (t table) writeRow(b *strings.Builder, widths []int, cell func(int) string) {
	var line strings.Builder
	for i, c := range t.Columns {
		if !c.CSVOnly {
			line.WriteString("  " + padded(cell(i), widths[i], c.IsNumber))
		}
	}
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

func padded(text string, width int, toTheRight bool) string {
	space := strings.Repeat(" ", max(0, width-uniseg.StringWidth(text)))
	if toTheRight {
		return space + text
	}
	return text + space
}

const widest = 36 // cells of a terminal that a name can take

// fitting returns text for one cell of a table on a terminal, cut between characters
// as people see them.
func fitting(text string) string {
	text = plainText(text)
	if uniseg.StringWidth(text) <= widest {
		return text
	}
	var b strings.Builder
	for g := uniseg.NewGraphemes(text); g.Next() && uniseg.StringWidth(b.String()+g.Str()) < widest; {
		b.WriteString(g.Str())
	}
	return b.String() + "…"
}
