package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Both ways find people who stand more than once in the list that ships with the
// command, the same ones each time, and write both files.
func TestBothRules(t *testing.T) {
	for _, rule := range []string{"standard", "scored"} {
		t.Run(rule, func(t *testing.T) {
			var first string
			for range 2 {
				folder := t.TempDir()
				var out strings.Builder
				if err := run(t.Context(), &out, options{folder: folder, rule: rule}); err != nil {
					t.Fatal(err)
				}
				clusters, err := os.ReadFile(filepath.Join(folder, "clusters.csv"))
				if err != nil || strings.Count(string(clusters), "\n") < 50 {
					t.Errorf("clusters.csv has %d lines, %v", strings.Count(string(clusters), "\n"), err)
				}
				review, err := os.ReadFile(filepath.Join(folder, "review.html"))
				if err != nil || !strings.Contains(string(review), "<section>") {
					t.Errorf("review.html shows no pair, %v", err)
				}
				if all := out.String() + string(clusters) + string(review); first == "" {
					first = all
				} else if all != first {
					t.Error("a second run gave another result")
				}
			}
		})
	}
}

// What a record holds is text on the page, not part of it.
func TestReviewEscapes(t *testing.T) {
	in := filepath.Join(t.TempDir(), "in.csv")
	text := "id,first_name,last_name,company,email\n1,<script>,Doe,Acme,a@acme.example\n2,<script>,Doe,Acme,a@acme.example\n"
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := run(t.Context(), new(strings.Builder), options{in: in, folder: folder, rule: "standard"}); err != nil {
		t.Fatal(err)
	}
	review, err := os.ReadFile(filepath.Join(folder, "review.html"))
	if err != nil || strings.Contains(string(review), "<script>") || !strings.Contains(string(review), "&lt;script&gt;") {
		t.Errorf("the page holds what the file holds, unescaped: %v\n%s", err, review)
	}
}

func TestBadInput(t *testing.T) {
	for _, o := range []options{{rule: "guess"}, {rule: "standard", in: "no such file"}} {
		o.folder = t.TempDir()
		if err := run(t.Context(), new(strings.Builder), o); err == nil {
			t.Errorf("run(%+v) accepted it", o)
		}
	}
}
