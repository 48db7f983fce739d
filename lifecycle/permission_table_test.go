package lifecycle

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// Every type of command says what it needs of its actor.
func TestEveryCommandNeedsSomething(t *testing.T) {
	has := map[string]bool{}
	for command, n := range needs {
		has[command.Name()] = true
		if n.may == 0 {
			t.Errorf("%s needs nothing", command)
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != "command" {
				continue
			}
			found++
			if name := fn.Recv.List[0].Type.(*ast.Ident).Name; !has[name] {
				t.Errorf("the command %s says nowhere what it needs: add it to needs", name)
			}
		}
	}
	if found != len(needs) {
		t.Errorf("there are %d commands and %d entries in needs", found, len(needs))
	}
	if got := needOf(nil); !got.may.Include(Everything) || got.byOrg {
		t.Errorf("needOf(nil) = %+v, want that nothing less than everything will do", got)
	}
}
