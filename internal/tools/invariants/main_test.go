package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// An id counts where a test says that it shows it, and not where it is talked of.
func TestIDsThatCount(t *testing.T) {
	for source, want := range map[string]string{
		"func TestP7InOneOrder() {}":                                             "P7",
		"func TestPostgresS1S2_Both() {}":                                        "S1 S2",
		"func FuzzV6() {}":                                                       "V6",
		"// P3, P5: nothing happened.\nfunc TestFaults() {}":                     "P3 P5",
		"func TestCases() { t.Run(\"T1 in the zone\", func() {}) }":              "T1",
		"// E2: as it was.\nfunc Replay() {}":                                    "E2",
		"// S6: gives it up.\nfunc (m *model) revoke() {}":                       "S6",
		"// S3: one of many.\nfunc lastSeat() {}":                                "L9 S3",
		"// S3: one of many.\nfunc helper() {}":                                  "",
		"func TestNames() { name(\"P7\") }":                                      "",
		"func TestTalk() { /* P7 is elsewhere */ t.Errorf(\"P7: %v\", 1) }":      "",
		"func TestTable() { _ = []test{{\"P7\", put()}} } // as Model's P7 does": "",
	} {
		const rest = "\nvar cases = []c{{\"L9_Last\", lastSeat}}\nvar actions = map[string]f{\"revoke\": m.revoke}\n"
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+source+rest, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		cases := map[string][]string{}
		addCases(cases, file)
		f := file.Decls[0].(*ast.FuncDecl)
		isTest := strings.HasPrefix(f.Name.Name, "Test") || strings.HasPrefix(f.Name.Name, "Fuzz")
		ids := named(f, isTest, cases)
		slices.Sort(ids)
		if got := strings.Join(slices.Compact(ids), " "); got != want {
			t.Errorf("%s counts for %q, want %q", source, got, want)
		}
	}
}
