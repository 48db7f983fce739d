// Package archtest holds the house rules that a compiler does not check: which way
// imports run, what an importer of the library pays for, who may read the clock, and
// that every exported type is shown by an Example.
package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/isvkit/isvkit"

// root is the folder of the root module, seen from here.
const root = "../.."

// mayImport lists what each package of the root module may import, beside the
// standard library. Imports run one way: nothing imports what is listed below it.
var mayImport = map[string][]string{
	"lifecycle/alertsink":      {"lifecycle"},
	".":                        {},
	"internal/errtext":         {},
	"internal/instant":         {},
	"internal/recordid":        {},
	"internal/sampleids":       {"seats", "internal/recordid"},
	"internal/archtest":        {},
	"pkgversion":               {"internal/errtext", "internal/recordid"},
	"lead":                     {"internal/errtext", "internal/recordid"},
	"license":                  {"pkgversion", "lead", "internal/errtext", "internal/recordid"},
	"seats":                    {"license", "internal/errtext", "internal/recordid", decimal},
	"seats/reclaim":            {"seats", "seats/inventory/money", "license", "lead", "pkgversion", "internal/errtext", "internal/recordid", decimal},
	"seats/inventory":          {"seats", "seats/inventory/money", "license", "lead", "pkgversion", "internal/errtext", "internal/recordid", decimal},
	"dedupe":                   {"lead", "internal/errtext", "internal/recordid", "golang.org/x/net/publicsuffix", "golang.org/x/text"},
	"seats/inventory/money":    {"internal/errtext", decimal},
	"lifecycle":                {"pkgversion", "lead", "license", "seats", "seats/reclaim", "internal/errtext", "internal/instant", "internal/recordid"},
	"lifecycle/storetest":      {"lifecycle", "pkgversion", "lead", "license", "seats", "seats/reclaim", "github.com/google/go-cmp", "pgregory.net/rapid"},
	"lifecycle/subscribertest": {"lifecycle", "pkgversion", "license"},
	"lifecycle/sqlstore":       {"lifecycle", "pkgversion", "lead", "license", "seats", "seats/reclaim", "internal/errtext", "internal/instant", "internal/recordid"},
	"lifecycle/sfdata":         {"lifecycle", "pkgversion", "lead", "license", "seats", "seats/reclaim", "internal/errtext", "internal/instant", "internal/recordid"},
	"lifecycle/licensehttp":    {"lifecycle", "pkgversion", "license", "seats"},
}

const decimal = "github.com/shopspring/decimal"

// source is a parsed Go file of the root module.
type source struct {
	dir  string // of the package, "." for the root
	path string
	file *ast.File
	test bool
}

// sources parses every Go file of the root module; nested modules, and what tests
// read as data, are left out.
func sources(t *testing.T) (all []source) {
	t.Helper()
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if entry.IsDir() {
			return skipFolder(path, rel, entry.Name())
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		all = append(all, source{filepath.ToSlash(filepath.Dir(rel)), path, file, strings.HasSuffix(path, "_test.go")})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func skipFolder(path, rel, name string) error {
	if rel == "." {
		return nil
	}
	nested, _ := filepath.Glob(filepath.Join(path, "go.mod"))
	if strings.HasPrefix(name, ".") || name == "testdata" || len(nested) > 0 {
		return filepath.SkipDir
	}
	return nil
}

// imports yields what a file imports.
func (s source) imports() (paths []string) {
	for _, spec := range s.file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, path)
	}
	return paths
}

func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// Imports run one way.
func TestImportDirections(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		allowed, listed := allowance(s.dir)
		if !listed {
			t.Errorf("%s: its package is not listed in mayImport", s.path)
		}
		for _, path := range s.imports() {
			if !isStandard(path) && !slices.ContainsFunc(allowed, func(a string) bool { return covers(a, path) }) {
				t.Errorf("%s imports %s, which its package may not", s.path, path)
			}
		}
	}
}

// allowance returns what a package may import. A package below an internal folder of
// another may be imported by that one, and import what that one may.
func allowance(dir string) ([]string, bool) {
	allowed, listed := mayImport[dir]
	if owner, _, internal := strings.Cut(dir, "/internal/"); internal && !listed {
		allowed, listed = mayImport[owner]
	}
	return append(slices.Clone(allowed), dir+"/internal"), listed
}

func covers(allowed, path string) bool {
	if !strings.Contains(allowed, ".") {
		local := strings.TrimPrefix(path, module+"/")
		return local == allowed || strings.HasSuffix(allowed, "/internal") && strings.HasPrefix(local, allowed+"/")
	}
	return path == allowed || strings.HasPrefix(path, allowed+"/")
}

// Whoever imports lifecycle gets the standard library, decimal, and us.
func TestWhatAnImporterPaysFor(t *testing.T) {
	command := exec.Command("go", "list", "-deps", module+"/lifecycle", module+"/lifecycle/sqlstore", module+"/lifecycle/sfdata", module+"/lifecycle/alertsink")
	command.Dir = root
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list -deps: %v", err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if !isStandard(path) && !strings.HasPrefix(path, module+"/") && path != decimal {
			t.Errorf("lifecycle drags in %s", path)
		}
	}
}

// Only lifecycle, what is below it, and the bulk run of dedupe know a context.
func TestContextStaysInTheShell(t *testing.T) {
	for _, s := range sources(t) {
		shell := strings.HasPrefix(s.dir, "lifecycle") || strings.HasPrefix(s.dir, "dedupe")
		if !s.test && !shell && slices.Contains(s.imports(), "context") {
			t.Errorf("%s imports context", s.path)
		}
	}
}

// Time is an argument: the only clock is the default of a Config.
func TestOnlyADefaultReadsTheClock(t *testing.T) {
	allowed := map[string]int{
		"lifecycle/manager.go":          1, // the default
		"lifecycle/sqlstore/migrate.go": 1, // when a migration was applied, for whoever reads that table
		"lifecycle/sqlstore/sqlite.go":  2, // how long to wait for a busy file: a duration on the monotonic clock
	}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		uses := 0
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Now" {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "time" {
					uses++
				}
			}
			return true
		})
		rel, _ := filepath.Rel(root, s.path)
		if uses > allowed[filepath.ToSlash(rel)] {
			t.Errorf("%s reads the clock", s.path)
		}
	}
}

// Every exported type of a public package is shown by a runnable Example: one that
// is named after it, or one that names it.
func TestEveryExportedTypeHasAnExample(t *testing.T) {
	shown := map[string]string{} // the text of all runnable Examples of a package
	types := map[string][]string{}
	for _, s := range sources(t) {
		if strings.Contains("/"+s.dir+"/", "/internal/") {
			continue
		}
		if s.test {
			shown[s.dir] += examples(t, s)
		} else {
			types[s.dir] = append(types[s.dir], exportedTypes(s.file)...)
		}
	}
	// The Examples of sqlstore need a driver, so they run in a module that has some.
	shown["lifecycle/sqlstore"] += examples(t, parse(t, "internal/drivertest/example_test.go"))
	for dir, names := range types {
		for _, name := range names {
			if named := regexp.MustCompile(`\b(Example)?` + name + `(_\w+)?\b`); !named.MatchString(shown[dir]) {
				t.Errorf("%s.%s is shown by no runnable Example", dir, name)
			}
		}
	}
}

// parse parses one test file, by its path from the root.
func parse(t *testing.T, path string) source {
	t.Helper()
	path = filepath.Join(root, filepath.FromSlash(path))
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return source{path: path, file: file, test: true}
}

// examples returns the text of the runnable Examples of a test file.
func examples(t *testing.T, s source) string {
	text, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, d := range s.file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(fn.Name.Name, "Example") {
			continue
		}
		begin := fn.Pos()
		if fn.Doc != nil {
			begin = fn.Doc.Pos() // what an Example says of itself is part of it
		}
		example := string(text[begin-s.file.FileStart : fn.End()-s.file.FileStart])
		if strings.Contains(strings.ToLower(example), "output:") {
			all.WriteString(example)
		}
	}
	return all.String()
}

func exportedTypes(f *ast.File) (names []string) {
	for _, d := range f.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, spec := range gen.Specs {
			if name := spec.(*ast.TypeSpec).Name.Name; ast.IsExported(name) {
				names = append(names, name)
			}
		}
	}
	return names
}
