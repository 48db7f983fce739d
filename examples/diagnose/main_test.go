package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// Each question gets its reason and a remedy, and asking again says the same.
func TestAnswers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "diagnose.db")
	tell := func(all bool) string {
		t.Helper()
		var out strings.Builder
		if err := run(t.Context(), &out, file, all); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	text := tell(false)
	for _, want := range []string{
		"✗ the license is not uninstalled", "ask the subscriber to install again",
		"✗ the license was created", "? the installation was told",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the answers do not have %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "✓") || !strings.Contains(tell(true), "✓ the package is registered") {
		t.Errorf("what passed is printed exactly with all:\n%s", text)
	}
	if again := tell(false); again != text {
		t.Errorf("asking again says something else:\n%s\n%s", text, again)
	}
}
