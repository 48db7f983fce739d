package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A dry run changes nothing, a run applies its plan once, and week by week the seats
// of those who stay away come free after both notices.
func TestWeeks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reclaim.db")
	tell := func(today string, apply bool) string {
		t.Helper()
		var out strings.Builder
		if err := run(t.Context(), &out, file, today, apply); err != nil {
			t.Fatalf("%s: %v\n%s", today, err, &out)
		}
		return out.String()
	}
	dry := tell("2026-06-30", false)
	if again := tell("2026-06-30", false); again != dry {
		t.Errorf("a dry run changed something:\n%s\n%s", dry, again)
	}
	if !strings.Contains(dry, "→ First Warning") || strings.Contains(dry, "→ Deactivated") {
		t.Errorf("the first run does not begin with first warnings:\n%s", dry)
	}
	if first := tell("2026-06-30", true); !strings.Contains(first, "✉ First Warning/L-") {
		t.Errorf("no notice was sent:\n%s", first)
	}
	if again := tell("2026-06-30", true); !strings.HasPrefix(again, "0 moves are due") || strings.Contains(again, "✉") {
		t.Errorf("the same run again did something:\n%s", again)
	}
	if second := tell("2026-07-07", true); !strings.Contains(second, "→ Final Notice") || strings.Contains(second, "→ Deactivated") {
		t.Errorf("the second week does not send final notices, and these only:\n%s", second)
	}
	if third := tell("2026-07-14", true); !strings.Contains(third, "→ Deactivated") {
		t.Errorf("the third week frees no seat:\n%s", third)
	}
}
