package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// The story as it is meant to be told, and told again on the same day: a package is
// refreshed once in seven days.
func TestStory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "refresh.db")
	tell := func(today string) string {
		t.Helper()
		var out strings.Builder
		if err := run(t.Context(), &out, file, 250, today); err != nil {
			t.Fatalf("%v\n%s", err, &out)
		}
		return out.String()
	}
	differ := `L-00008 in org org-000007: seats differs since 2026-06-30: we have 10, they have 12.
L-00014 in org org-000013: status differs since 2026-06-30: we have Active, they have Expired.
L-00014 in org org-000013: expiration differs since 2026-06-30: we have does not expire, they have 2026-05-31.
1 found uninstalled. The next refresh is on 2026-07-07.
`
	want := `Stopped after 199 of 250 orgs.
Went on from there: 249 orgs read, 209 licenses were missing and are made, 2 differ.
Left for later, and nobody else held up: installation "install-000060" in org "org-000060": no answer.
Tried that one again: 250 of 250 orgs read, done.
` + differ
	if got := tell("2026-06-30"); got != want {
		t.Errorf("the story is\n%s\nwant\n%s", got, want)
	}
	if got := tell("2026-07-06"); got != differ {
		t.Errorf("six days later it is\n%s\nwant\n%s", got, differ)
	}
}
