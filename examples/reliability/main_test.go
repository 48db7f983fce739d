package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/isvkit/isvkit/internal/drivertest/reliability"
)

// A process that is started to be killed is this one, too.
func TestMain(m *testing.M) {
	reliability.Child()
	os.Exit(m.Run())
}

// folder returns a new folder. Where temporary files lie, which a run sets, is set back
// before it is gone.
func folder(t *testing.T) string {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	return dir
}

// The last line is figures, and the parts that were asked for are run.
func TestRun(t *testing.T) {
	var out strings.Builder
	ok, err := options{level: "smoke", seed: 1, only: "fsyncs,kills", dir: folder(t)}.run(t.Context(), &out)
	if err != nil || !ok {
		t.Fatalf("run = %t, %v\n%s", ok, err, out.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, "reliability smoke") || !strings.Contains(last, "synced commits") || !strings.Contains(last, "kills") {
		t.Errorf("the last line is %q", last)
	}
}

// With -json the last line is all there is, and has the figures.
func TestJSON(t *testing.T) {
	var out strings.Builder
	ok, err := options{level: "smoke", seed: 1, only: "fsyncs", json: true, dir: folder(t)}.run(t.Context(), &out)
	var line struct {
		Figures string
		Parts   []reliability.Result
	}
	jsonErr := json.Unmarshal([]byte(out.String()), &line)
	if !ok || err != nil || jsonErr != nil || strings.Count(out.String(), "\n") != 1 || !strings.Contains(line.Figures, "synced commits") || len(line.Parts) != 1 {
		t.Errorf("run = %t, %v, %v:\n%s", ok, err, jsonErr, out.String())
	}
}

// What is no flag is refused with the usage.
func TestArguments(t *testing.T) {
	if os.Getenv("RELIABILITY_ARGUMENTS") != "" { // the process that is started below
		os.Args = []string{"reliability", "full"}
		main()
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestArguments$")
	cmd.Env = append(os.Environ(), "RELIABILITY_ARGUMENTS=yes")
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), `["full"]`) || !strings.Contains(string(out), "-level") {
		t.Errorf("reliability full: %v\n%s", err, out)
	}
}

func TestPlant(t *testing.T) {
	var out strings.Builder
	ok, err := options{level: "quick", seed: 1, plant: "OFF sync", json: true, dir: folder(t)}.run(t.Context(), &out)
	var findings []reliability.Finding
	if jsonErr := json.Unmarshal([]byte(out.String()), &findings); !ok || err != nil || jsonErr != nil || len(findings) != 1 || !findings[0].Found {
		t.Errorf("run = %t, %v, %v:\n%s", ok, err, jsonErr, out.String())
	}
}

// Where nothing can be tried, nothing is found.
func TestPlantInNoFolder(t *testing.T) {
	var out strings.Builder
	ok, err := options{level: "quick", seed: 1, plant: "OFF sync", dir: filepath.Join(folder(t), "none")}.run(t.Context(), &out)
	if ok || err != nil || !strings.Contains(out.String(), "ERROR: OFF sync") || !strings.Contains(out.String(), "0 of 1") {
		t.Errorf("run = %t, %v:\n%s", ok, err, out.String())
	}
}

func TestUnknownWords(t *testing.T) {
	for _, o := range []options{{level: "slow"}, {level: "quick", plant: "none"}, {level: "quick", only: "nothing"}} {
		if ok, err := o.run(t.Context(), new(strings.Builder)); ok || err == nil {
			t.Errorf("run(%+v) = %t, %v, want an error", o, ok, err)
		}
	}
}
