// Command invariants writes the table of doc/reliability.md that says which tests hold
// which invariant. It reads the sources below the current folder: a test or fuzz target
// holds an invariant when its name begins with the id, TestS3OneOfMany or TestE2_E8Replay,
// or its doc comment or the name of a subtest has it. So does a part of the suite for
// stores, and a function that is run as a case with a name, as those of a rapid model are.
// An id in a body or a string proves nothing.
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
	"strconv"
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

// findTests reads the tests of every folder below the current one.
func findTests(all []*invariant) error {
	byID := map[string]*invariant{}
	for _, i := range all {
		byID[i.id] = i
	}
	return filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			return nil
		case entry.Name() == "testdata" || entry.Name() == "tools" || path != "." && entry.Name()[0] == '.':
			return filepath.SkipDir
		}
		return findInFolder(filepath.ToSlash(path), byID)
	})
}

func findInFolder(folder string, byID map[string]*invariant) error {
	files, err := testsIn(folder)
	if err != nil {
		return err
	}
	cases := map[string][]string{}
	for _, file := range files {
		addCases(cases, file)
	}
	for name, file := range files {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			for _, id := range named(f, strings.HasSuffix(name, "_test.go"), cases) {
				if i := byID[id]; i != nil {
					i.tests[folder+"."+f.Name.Name] = true
				}
			}
		}
	}
	return nil
}

// testsIn parses the files of a folder that hold tests: those of Go, the suite for stores,
// and what the harness is made of.
func testsIn(folder string) (map[string]*ast.File, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	files := map[string]*ast.File{}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, "_test.go") && (!strings.HasSuffix(name, ".go") || !tested.MatchString(folder+"/")) {
			continue
		}
		if files[name], err = parser.ParseFile(token.NewFileSet(), filepath.Join(folder, name), nil, parser.ParseComments); err != nil {
			return nil, err
		}
	}
	return files, nil
}

const anID = `[SLDTIEGVXPM][0-9]{1,2}`

var (
	tested   = regexp.MustCompile(`(^|/)(storetest|drivertest|reliability)/`)
	idToken  = regexp.MustCompile(`\b` + anID + `\b`)
	inName   = regexp.MustCompile(`^(?:Test|Fuzz)((?:` + anID + `_?|Postgres)+)`)
	caseName = regexp.MustCompile(`^(?:` + anID + `_)+`)
	oneID    = regexp.MustCompile(anID)
)

// addCases notes the functions that are run as cases, each beside its name: in a table, a
// map, or a call of Run.
func addCases(cases map[string][]string, file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		var pair []ast.Expr
		switch n := n.(type) {
		case *ast.CompositeLit:
			pair = n.Elts
		case *ast.KeyValueExpr:
			pair = []ast.Expr{n.Key, n.Value}
		case *ast.CallExpr:
			if called(n.Fun) == "Run" {
				pair = n.Args
			}
		}
		if len(pair) == 2 {
			if name, f := text(pair[0]), called(pair[1]); name != "" && f != "" {
				cases[f] = append(cases[f], name)
			}
		}
		return true
	})
}

// called returns the name of the function or method that e names, "" for none.
func called(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// text returns what a literal says, "" for what is none.
func text(e ast.Expr) string {
	if s, ok := e.(*ast.BasicLit); ok && s.Kind == token.STRING {
		unquoted, _ := strconv.Unquote(s.Value)
		return unquoted
	}
	return ""
}

// named returns the ids that a function says it shows: a test or fuzz target, a part of the
// suite for stores, or a case that these run. It says so in its name, in that of the case or
// of a subtest, or in its doc comment. What stands elsewhere is talk of them.
func named(f *ast.FuncDecl, ofTest bool, cases map[string][]string) (ids []string) {
	name := f.Name.Name
	isTest := ofTest && f.Recv == nil && (strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz"))
	isPart := !ofTest && f.Recv == nil && f.Name.IsExported() // Model, Replay
	if !isTest && !isPart && cases[name] == nil {
		return nil
	}
	if m := inName.FindStringSubmatch(name); m != nil && isTest {
		ids = oneID.FindAllString(m[1], -1)
	}
	for _, c := range cases[name] {
		ids = append(ids, oneID.FindAllString(caseName.FindString(c), -1)...)
	}
	ids = append(ids, idToken.FindAllString(f.Doc.Text(), -1)...)
	if f.Body == nil {
		return ids
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && called(call.Fun) == "Run" && len(call.Args) == 2 {
			ids = append(ids, idToken.FindAllString(text(call.Args[0]), -1)...)
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
