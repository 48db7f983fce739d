package lifecycle_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/isvkit/isvkit/lifecycle"
)

// The world of these tests has every command that callers have, so that what is proved of
// every command is proved of the newest too.
func TestEveryCommandIsCovered(t *testing.T) {
	covered := map[string]bool{}
	for _, c := range newWorld(t, &lifecycle.MemStore{}).live().everyCommand() {
		covered[reflect.TypeOf(c).Name()] = true
	}
	found := 0
	for _, name := range exportedCommands(t) {
		if found++; !covered[name] {
			t.Errorf("the command %s is in no random world: add it to everyCommand", name)
		}
	}
	if found < len(covered) {
		t.Errorf("%d commands were found, %d are covered", found, len(covered))
	}
}

// exportedCommands returns the names of the types that are commands and exported.
func exportedCommands(t *testing.T) (names []string) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != "command" {
				continue
			}
			if command := fn.Recv.List[0].Type.(*ast.Ident); command.IsExported() {
				names = append(names, command.Name)
			}
		}
	}
	return names
}
