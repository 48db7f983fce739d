package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// The story is told to its end, and told again on the same books it changes
// nothing.
func TestStoryTwice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "quickstart.db")
	for round, wants := range [][]string{
		{"131 new, 0 known already", "All three or none: seats: no seat: 3 asked for, 10 licensed, 8 used, 2 remaining", "Remaining: -3. Over-allocated: true"},
		{"0 new, 131 known already", "0 said something new", "Remaining: -3. Over-allocated: true", "since last time: 0 new events"},
	} {
		var out strings.Builder
		if err := run(t.Context(), &out, file, "2026-06-30"); err != nil {
			t.Fatalf("round %d: %v\n%s", round+1, err, &out)
		}
		for _, want := range wants {
			if !strings.Contains(out.String(), want) {
				t.Errorf("round %d does not say %q:\n%s", round+1, want, &out)
			}
		}
	}
}

func TestBadDay(t *testing.T) {
	if err := run(t.Context(), new(strings.Builder), filepath.Join(t.TempDir(), "x.db"), "30 June"); err == nil {
		t.Error("run accepted a day that is none")
	}
}
