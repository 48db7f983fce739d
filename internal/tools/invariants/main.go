// Command invariants writes the table of doc/reliability.md that says which tests hold
// which invariant. It reads the sources below the current folder: a test holds an
// invariant when its name begins with the id, TestS3OneOfMany or TestE2_E8Replay, or when
// the comments and strings in it name the id, as the actions of a rapid model do.
//
//	go run ./internal/tools/invariants         # writes the table
//	go run ./internal/tools/invariants -check  # fails when it is not as written, or an id has no test
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

//go:embed invariants.tsv
var list string

// invariant is a property that must hold, and where it is tested.
type invariant struct {
	id, property string
	tests        map[string]bool
}

const document = "doc/reliability.md"

var marks = [2]string{"<!-- the invariants, written by internal/tools/invariants -->\n", "<!-- end of the invariants -->\n"}

func main() {
	check := flag.Bool("check", false, "change nothing; fail when the table is not as it would be written")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "invariants:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	all := parseList()
	if err := findTests(all); err != nil {
		return err
	}
	before, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	after, err := between(before, table(all))
	if err != nil {
		return err
	}
	if !check {
		if err := os.WriteFile(document, after, 0o644); err != nil {
			return err
		}
	} else if !bytes.Equal(before, after) {
		return fmt.Errorf("%s is not what the tests say: run go run ./internal/tools/invariants", document)
	}
	return untested(all)
}

func parseList() []*invariant {
	var all []*invariant
	for line := range strings.Lines(list) {
		id, property, _ := strings.Cut(strings.TrimSpace(line), "\t")
		all = append(all, &invariant{id: id, property: property, tests: map[string]bool{}})
	}
	return all
}

func untested(all []*invariant) error {
	var ids []string
	for _, i := range all {
		if len(i.tests) == 0 {
			ids = append(ids, i.id)
		}
	}
	if len(ids) > 0 {
		return fmt.Errorf("no test names %s", strings.Join(ids, ", "))
	}
	return nil
}

// findTests reads every file of tests below the current folder.
func findTests(all []*invariant) error {
	byID := map[string]*invariant{}
	for _, i := range all {
		byID[i.id] = i
	}
	return filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "tools" || path != "." && entry.Name()[0] == '.'):
			return filepath.SkipDir
		case entry.IsDir() || !isTest(path):
			return nil
		}
		return findInFile(path, byID)
	})
}

// isTest reports whether a file holds tests: those of Go, the suite for stores, and what
// the harness is made of.
func isTest(path string) bool {
	return strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".go") && tested.MatchString(filepath.ToSlash(path))
}

var (
	tested  = regexp.MustCompile(`(^|/)(storetest|drivertest|reliability)/`)
	idToken = regexp.MustCompile(`\b[SLDTIEGVXPM][0-9]{1,2}\b`)
	inName  = regexp.MustCompile(`^(?:Test|Fuzz|Benchmark)((?:[SLDTIEGVXPM][0-9]{1,2}_?)+)`)
	oneID   = regexp.MustCompile(`[SLDTIEGVXPM][0-9]{1,2}`)
)

func findInFile(path string, byID map[string]*invariant) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		test := filepath.ToSlash(filepath.Dir(path)) + "." + f.Name.Name
		for _, id := range named(file, f) {
			if i := byID[id]; i != nil {
				i.tests[test] = true
			}
		}
	}
	return nil
}

// named returns the ids in the name, the comments and the strings of a function.
func named(file *ast.File, f *ast.FuncDecl) []string {
	var ids []string
	if m := inName.FindStringSubmatch(f.Name.Name); m != nil {
		ids = oneID.FindAllString(m[1], -1)
	}
	from := f.Pos()
	if f.Doc != nil {
		from = f.Doc.Pos()
	}
	for _, c := range file.Comments {
		if from <= c.Pos() && c.End() <= f.End() {
			ids = append(ids, idToken.FindAllString(c.Text(), -1)...)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.BasicLit); ok && s.Kind == token.STRING {
			ids = append(ids, idToken.FindAllString(s.Value, -1)...)
		}
		return true
	})
	return ids
}

// mostShown is how many tests of an invariant the table names.
const mostShown = 4

func table(all []*invariant) string {
	var b strings.Builder
	b.WriteString("\n| id | property | held by |\n|---|---|---|\n")
	for _, i := range all {
		tests := slices.Sorted(maps.Keys(i.tests))
		slices.SortStableFunc(tests, func(a, b string) int { return foremost(b, i.id) - foremost(a, i.id) })
		more := ""
		if len(tests) > mostShown {
			more = fmt.Sprintf(", %d more", len(tests)-mostShown)
			tests = tests[:mostShown]
		}
		for n := range tests {
			tests[n] = "`" + tests[n] + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s%s |\n", i.id, i.property, strings.Join(tests, ", "), more)
	}
	b.WriteString("\n")
	return b.String()
}

// foremost is 1 for a test that is named after the id.
func foremost(test, id string) int {
	m := inName.FindStringSubmatch(test[strings.LastIndexByte(test, '.')+1:])
	if m != nil && slices.Contains(oneID.FindAllString(m[1], -1), id) {
		return 1
	}
	return 0
}

func between(document []byte, table string) ([]byte, error) {
	before, rest, found := strings.Cut(string(document), marks[0])
	_, after, closed := strings.Cut(rest, marks[1])
	if !found || !closed {
		return nil, fmt.Errorf("doc/reliability.md has no place for the table: %q and %q", marks[0], marks[1])
	}
	return []byte(before + marks[0] + table + marks[1] + after), nil
}
