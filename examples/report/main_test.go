package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rivo/uniseg"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/inventory"
)

// outputs makes all that the command can make, and returns it by file name.
func outputs(t *testing.T, data string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	var out strings.Builder
	if err := run(&out, options{page: "report.html", csv: "csv", data: data, today: "2026-06-30"}); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"terminal": out.String()}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		files[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The same data gives the same bytes, from the shipped files or from a folder.
func TestSameAgain(t *testing.T) {
	data, err := filepath.Abs("data")
	if err != nil {
		t.Fatal(err)
	}
	once, again := outputs(t, ""), outputs(t, data)
	check(t, "files", len(once), 12)
	for name, content := range once {
		if again[name] != content {
			t.Errorf("%s differs", name)
		}
	}
}

func TestTellsWhatIsWrong(t *testing.T) {
	for _, o := range []options{{today: "30 June"}, {today: "2026-06-30", data: t.TempDir()}} {
		if err := run(io.Discard, o); err == nil {
			t.Errorf("run(%+v): no error", o)
		}
	}
}

// The page refers to nothing outside of itself, and runs nothing.
func TestPageIsSelfContained(t *testing.T) {
	page := strings.ToLower(outputs(t, "")["report.html"])
	for _, reference := range []string{"http:", "https:", "src=", "url(", "@import", "<script", "<link", "<img", "<iframe", "<object", "xlink", "javascript:"} {
		if strings.Contains(page, reference) {
			t.Errorf("the page has %q", reference)
		}
	}
	for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+strings.TrimPrefix(link[1], "#")+`"`) {
			t.Errorf("%q leads nowhere", link[1])
		}
	}
}

// Whoever cannot see a chart is told what it shows, and every table says what its
// columns are.
func TestPageIsAccessible(t *testing.T) {
	page := outputs(t, "")["report.html"]
	charts := strings.Count(page, "<svg ")
	check(t, "charts", charts, 8)
	check(t, "charts with words", len(regexp.MustCompile(`<svg [^>]*role="img" aria-label="[^"]{40,}"`).FindAllString(page, -1)), charts)
	check(t, "tables with column names", strings.Count(page, "<thead>"), strings.Count(page, "<table"))
	if strings.Count(page, "<table") == 0 || !strings.Contains(page, `<html lang="en">`) {
		t.Error("no tables, or no language")
	}
}

const (
	hostile = `<script>alert("1")</script>&'` + "\x1b[2J\u202e"
	formula = "=1+1"
	wide    = "株式会社 é 👩‍💻 Ltd."
)

// hostileData is the shipped data with names that mean harm, or are hard to align.
func hostileData(t *testing.T) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	shipped, err := open("")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := fs.ReadDir(shipped, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		content, err := fs.ReadFile(shipped, entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = &fstest.MapFile{Data: content}
	}
	replace := func(name, old, with string) {
		with = strings.ReplaceAll(with, `"`, `""`)
		files[name].Data = bytes.ReplaceAll(files[name].Data, []byte(`"`+old+`"`), []byte(`"`+with+`"`))
	}
	replace("license_pools.csv", "Customer Community", hostile)
	replace("license_pools.csv", "CPQ User", formula)
	replace("license_pools.csv", "Orbit Pay Connector", wide)
	replace("packages.csv", "Brindlemoor Forms", formula)
	replace("package_subscribers.csv", "Wexundo Textiles Corp.", hostile)
	replace("package_subscribers.csv", "Zanovia Health S.A.", wide)
	return files
}

func hostilePage(t *testing.T) page {
	t.Helper()
	p, err := reportOn(hostileData(t), question{license.MustDate("2026-06-30"), inventory.SpreadOverTerm})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A name is never markup, neither in a table nor in a chart nor in its description.
func TestPageEscapesNames(t *testing.T) {
	var b strings.Builder
	if err := hostilePage(t).writeHTML(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script") || strings.Count(b.String(), "&lt;script&gt;") < 4 {
		t.Error("a name that holds a script is not escaped everywhere, or not there")
	}
	if !strings.Contains(b.String(), wide) {
		t.Errorf("%s is not in the page", wide)
	}
}

// No cell of text begins a formula, and what is a number stays one.
func TestCSVRunsNothing(t *testing.T) {
	var escaped, below bool
	for _, s := range hostilePage(t).Sections {
		for _, table := range s.Tables {
			var b strings.Builder
			if err := table.writeCSV(&b); err != nil {
				t.Fatal(err)
			}
			lines, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range lines[1:] {
				for i, text := range line {
					begins := text != "" && strings.ContainsAny(text[:1], "=+-@\t\r\n")
					if begins && !table.Columns[i].IsNumber {
						t.Errorf("%s: %q", table.File, text)
					}
					below = below || begins && table.Columns[i].IsNumber
					escaped = escaped || text == "'"+formula
				}
			}
		}
	}
	if !escaped || !below {
		t.Errorf("formulas escaped: %t, numbers below zero: %t; want some of both", escaped, below)
	}
}

func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "plain": "plain", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "＝1": "'＝1",
		"'=1": "''=1", "'t Hof": "'t Hof", "a=b": "a=b",
	} {
		check(t, text, harmless(text), want)
	}
}

// Columns stay aligned whatever the names are made of, and nothing reaches the
// terminal that steers it.
func TestTerminalIsAligned(t *testing.T) {
	var b strings.Builder
	if err := writeTerminal(&b, hostilePage(t)); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\u202e\t\r") {
		t.Error("a control character came through")
	}
	if !strings.Contains(b.String(), wide) {
		t.Errorf("%s is not there", wide)
	}
	table := table{Columns: []column{text("Name"), number("N")}}
	for _, name := range []string{strings.Repeat("x", widest), wide, hostile, strings.Repeat("界", 50), strings.Repeat("👩‍💻", 50)} {
		table.add(false, words(name), integer(-1234))
	}
	b.Reset()
	table.writeText(&b)
	for line := range strings.Lines(strings.TrimPrefix(b.String(), "  \n")) {
		check(t, line, uniseg.StringWidth(strings.TrimRight(line, "\n")), 2+widest+2+6)
	}
}

// Half a unit rounds up where it is shown, thousands stand apart, and what is not
// known is not zero.
func TestCells(t *testing.T) {
	for _, f := range []struct {
		got  cell
		want cell
	}{
		{integer(-1234567), cell{"−1,234,567", "-1234567"}},
		{integer(999), cell{"999", "999"}},
		{count(inventory.Count{}), cell{"–", ""}},
		{count(inventory.MustCount(0)), cell{"0", "0"}},
		{count(inventory.Unlimited()), cell{"unlimited", "unlimited"}},
		{percent(1, 3), cell{"33.3 %", "33.3"}},
		{percent(1, 0), cell{"–", ""}},
	} {
		check(t, f.want.Raw, f.got, f.want)
	}
}

func TestTickStep(t *testing.T) {
	for longest, want := range map[float64]float64{1: 1, 5: 1, 6: 2, 56: 10, 124: 25, 100: 20, 546: 100, 1526400: 500000} {
		check(t, "step", tickStep(longest), want)
	}
}
