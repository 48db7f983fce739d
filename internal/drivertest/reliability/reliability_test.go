package reliability

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// A process that a part starts to be killed is this one, too.
func TestMain(m *testing.M) {
	Child()
	goleak.VerifyTestMain(m)
}

// Without a plant nothing is found, and everything is tried.
func TestNothingIsFound(t *testing.T) {
	report, err := Run(t.Context(), Options{Level: Smoke, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range report.Results {
		t.Logf("%-12s %6.2f s %v", part.Part, part.Took.Seconds(), part.Counts)
		for _, problem := range append(part.Problems, part.Errors...) {
			t.Errorf("%s: %s", part.Part, problem)
		}
		for what, n := range sizes[Smoke][part.Part] {
			if part.Counts[what] < n {
				t.Errorf("%s: %d %s, want %d", part.Part, part.Counts[what], what, n)
			}
		}
	}
}

// Every fault that is planted is found, by the part that is named.
func TestPlantedFaultsAreFound(t *testing.T) {
	for i, fault := range Faults {
		if i%oneIn != 0 {
			continue
		}
		t.Run(strings.ReplaceAll(fault.Name, " ", "_"), func(t *testing.T) {
			found, err := Find(t.Context(), fault, 1, "")
			if err != nil {
				t.Fatal(err)
			}
			if !found.Found {
				t.Errorf("not found by %s after %s: %s", fault.FoundBy, found.Work, found.Error)
			}
			t.Logf("found by %s after %s in %.2f s: %s", fault.FoundBy, found.Work, found.Took.Seconds(), found.Problem)
		})
	}
}

// A machine on which nothing can be tried finds nothing, but what memory alone finds.
func TestNothingIsFoundWhereNothingIsTried(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	for _, fault := range Faults {
		found, err := Find(t.Context(), fault, 1, "")
		if err != nil {
			t.Fatal(err)
		}
		inMemory := fault.wrap != nil && (fault.FoundBy == "model" || fault.FoundBy == "histories")
		if found.Found && (!inMemory || found.Work == "") || !found.Found && found.Error == "" {
			t.Errorf("%s: Find = %+v", fault.Name, found)
		}
	}
	report, err := Run(t.Context(), Options{Level: Smoke, Seed: 1, Parts: []string{"sweep"}})
	if err != nil || report.OK() || len(report.Results[0].Problems) > 0 {
		t.Errorf("Run = %+v, %v, want errors and no problems", report, err)
	}
}

// A run that does less than its floor fails.
func TestFloors(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	result := runPart(ctx, Parts[0], &part{Options: Options{Level: Quick}, name: "model", servers: newServers(Options{Level: Smoke}), sizes: sizes[Quick]["model"]})
	if len(result.Errors) == 0 {
		t.Error("a run that did nothing passed")
	}
}

func TestUnknownNames(t *testing.T) {
	for _, o := range []Options{{Parts: []string{"nothing"}}, {Plant: "nothing"}} {
		o.Level = Smoke
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("Run(%+v) = nil, want an error", o)
		}
	}
	if _, err := os.Stat("testdata"); err == nil {
		t.Error("a run left files behind")
	}
}
