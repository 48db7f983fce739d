package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// The timeline says who, when, what before and after, and why; the past is answered as
// it was; and a second run finds what the first one left.
func TestTimeline(t *testing.T) {
	file := filepath.Join(t.TempDir(), "timeline.db")
	tell := func(id string) (string, error) {
		var out strings.Builder
		err := run(t.Context(), &out, file, id)
		return out.String(), err
	}
	text, err := tell("")
	if err != nil {
		t.Fatal(err)
	}
	rest := text
	for _, want := range []string{
		"2026-06-30 18:00  take-over: license imported",
		"2026-07-01 18:00  sales: license modified\n    why: order 4711: three more seats\n    Terms.Seats: ",
		"2026-07-02 18:00  support: seats assigned to [newcomer]",
		"2026-07-20 18:00  billing: license modified\n    why: order 4711 is not paid\n    Terms.Status: Active → Suspended\n",
		"    Terms.Status: Suspended → Active\n",
		"2026-06-29  no: ", "2026-07-01  no: ", "2026-07-02  yes: ", "2026-07-19  yes: ", "2026-07-20  no: ", "2026-07-25  yes: ",
	} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("%q is not there, or not in its place:\n%s", want, text)
		}
		rest = after
	}
	if again, err := tell(""); err != nil || again != text {
		t.Errorf("a second run says something else: %v\n%s\n%s", err, text, again)
	}
	for _, id := range []string{"L-99999", "nonsense"} {
		if _, err := tell(id); err == nil {
			t.Errorf("run of %s = nil, want an error", id)
		}
	}
}
