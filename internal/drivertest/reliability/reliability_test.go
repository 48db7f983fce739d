package reliability

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"

	"github.com/isvkit/isvkit/internal/drivertest/pgserver"
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
	result := runPart(ctx, Parts[0], &part{Options: Options{Level: Quick}, name: "model", servers: &servers{}, sizes: sizes[Quick]["model"]})
	if len(result.Errors) == 0 {
		t.Error("a run that did nothing passed")
	}
}

// What doc/reliability.md promises of each level is a floor, and every floor is a figure.
func TestFloorsOfTheLevels(t *testing.T) {
	promised := map[Level]map[string]int{
		Quick: {"model operations in memory": 600_000, "model operations on SQLite": 15_000, "histories": 100, "operations of histories": 40_000,
			"sweeps": 1, "kills": 50, "WAL cuts": 100},
		Full: {"model operations in memory": 6_000_000, "model operations on SQLite": 150_000, "histories": 2000, "operations of histories": 800_000,
			"histories with faults": 500, "sweeps": 5, "kills": 2000, "WAL cuts": 2000,
			"PostgreSQL histories": 200, "PostgreSQL histories with faults": 150, "cut connections": 1000, "server crashes": 30},
	}
	for level, want := range promised {
		floors := map[string]int{}
		for _, part := range Parts {
			maps.Copy(floors, sizesOf(level, part.Name, &servers{server: &pgserver.Server{}}))
		}
		for what, n := range want {
			if floors[what] < n {
				t.Errorf("%s: the floor of %s is %d, want %d", level, what, floors[what], n)
			}
		}
		for what := range floors {
			if !slices.Contains(figures, what) {
				t.Errorf("%s: %s have a floor and are no figure", level, what)
			}
		}
	}
}

// On a server that was given, by either form of its name, all is tried but to crash it.
func TestGivenServer(t *testing.T) {
	server, err := pgserver.Start()
	if errors.Is(err, pgserver.ErrNotInstalled) && os.Getenv("ISVKIT_NO_SKIP") == "" { // there is none to give
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	given, err := pgconn.ParseConfig(server.DSN())
	if err != nil {
		t.Fatal(err)
	}
	keywords := fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=disable", given.Host, given.Port, given.User, given.Database)
	for name, parts := range map[string][]string{server.DSN(): {"model", "differential", "histories", "kills"}, keywords: {"histories"}} {
		report, err := Run(t.Context(), Options{Level: Smoke, Seed: 1, Parts: parts, Postgres: name})
		if err != nil || !report.OK() || report.Postgres != "given" {
			t.Errorf("on %s: Run = %+v, %v", name, report, err)
		}
		for _, part := range report.Results {
			t.Logf("%-12s %6.2f s %v", part.Part, part.Took.Seconds(), part.Counts)
			for what, n := range sizesOnServer[Smoke][part.Part] {
				if part.Counts[what] < n {
					t.Errorf("on %s: %s: %d %s, want %d", name, part.Part, part.Counts[what], what, n)
				}
			}
		}
	}
	if floor, ok := sizesOf(Full, "kills", &servers{given: keywords})["server crashes"]; ok {
		t.Errorf("a server that was given is to be crashed %d times", floor)
	}
}

// A server that does not start fails a run: what it leaves out would go unnoticed.
func TestServerThatDoesNotStart(t *testing.T) {
	t.Setenv("ISVKIT_NO_SKIP", "1") // not even where none is installed
	t.Setenv("TMPDIR", "/there is no such folder")
	if _, err := Run(t.Context(), Options{Level: Quick, Seed: 1, Parts: []string{"fsyncs"}}); err == nil {
		t.Error("Run = nil, want an error")
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
