package reliability

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say what to try.
type Options struct {
	Level    Level
	Seed     uint64   // of everything that is drawn
	Parts    []string // names of Parts; none: all
	Postgres string   // data source name of a server to use; "": one is started where it is installed
	Plant    string   // name of one of Faults; "": none
	Progress func(Result)
}

// Level says how much is tried.
type Level string

// The levels. Smoke is for tests of this package: it has no floors.
const (
	Smoke Level = "smoke" // seconds
	Quick Level = "quick" // minutes
	Full  Level = "full"  // a quarter of an hour
)

// Report is what came of a run.
type Report struct {
	Level    Level         `json:"level"`
	Seed     uint64        `json:"seed"`
	Plant    string        `json:"plant,omitempty"`
	Cores    int           `json:"cores"`
	Postgres string        `json:"postgres"` // "given", where it was started, or why there is none
	Took     time.Duration `json:"nanoseconds"`
	Results  []Result      `json:"parts"`
}

// Result is what came of a part.
type Result struct {
	Part     string         `json:"part"`
	Counts   map[string]int `json:"counts"`
	Floors   map[string]int `json:"floors"`   // what the counts must reach
	Problems []string       `json:"problems"` // what its checks have found
	Errors   []string       `json:"errors"`   // what kept it from its work: by that nothing was found
	Took     time.Duration  `json:"nanoseconds"`
}

// OK reports whether a run found nothing, and tried enough.
func (r Report) OK() bool {
	return !slices.ContainsFunc(r.Results, func(r Result) bool { return len(r.Problems)+len(r.Errors) > 0 })
}

// Sum adds up a count over all parts.
func (r Report) Sum(count string) (n int) {
	for _, part := range r.Results {
		n += part.Counts[count]
	}
	return n
}

// Part is a way to try.
type Part struct {
	Name, Proves string
	run          func(context.Context, *part) error
}

// Parts lists all.
var Parts = []Part{
	{"model", "a Manager on every store does what plain maps do", runModel},
	{"differential", "every store gives the same answers and errors", runDifferential},
	{"histories", "what clients see at once could have happened one after the other", runHistories},
	{"sweep", "whatever call of the database fails, the answer is true", runSweep},
	{"kills", "a process or server that is killed loses nothing it acknowledged", runKills},
	{"wal", "a power cut loses nothing that was acknowledged", runWAL},
	{"disk", "a full, read-only or broken disk is an error, never a yes", runDisk},
	{"fsyncs", "what is acknowledged was synced", runSyncs},
}

// part is a Part at work. Its methods are safe for concurrent use.
type part struct {
	Options
	name    string
	plant   Fault
	servers *servers
	sizes   map[string]int

	mu     sync.Mutex
	result Result
}

// size returns how much of something the level asks for.
func (p *part) size(what string) int { return p.sizes[what] }

func (p *part) count(what string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.result.Counts[what] += n
}

// counted returns what was counted so far.
func (p *part) counted(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.result.Counts[what]
}

// fail notes what must not be. A part ends soon after its first problem or error.
func (p *part) fail(format string, args ...any) {
	p.note(found{fmt.Errorf(format, args...)})
}

// found is an error that tells what a check has found. Any other is of the harness: a
// planted fault is not found by it.
type found struct{ error }

func (f found) Unwrap() error { return f.error }

// note notes an error as what it is.
func (p *part) note(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	to := &p.result.Errors
	if errors.As(err, new(found)) {
		to = &p.result.Problems
	}
	if len(*to) < 10 {
		*to = append(*to, err.Error())
	}
}

func (p *part) failed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.result.Problems)+len(p.result.Errors) > 0
}

// over reports whether to stop.
func (p *part) over(ctx context.Context) bool { return ctx.Err() != nil || p.failed() }

// Run tries. An error is one of the harness itself; what it found stands in the Report.
func Run(ctx context.Context, o Options) (Report, error) {
	plant, err := faultNamed(o.Plant)
	if err != nil {
		return Report{}, err
	}
	chosen, err := choose(o.Parts)
	if err != nil {
		return Report{}, err
	}
	servers, err := newServers(o)
	if err != nil {
		return Report{}, err
	}
	begin := time.Now() // the clock of the machine: it says how long things took, no more
	report := Report{Level: o.Level, Seed: o.Seed, Plant: o.Plant, Cores: runtime.GOMAXPROCS(0), Results: make([]Result, len(chosen))}
	var all sync.WaitGroup
	lanes := make(chan struct{}, min(3, 1+runtime.GOMAXPROCS(0))) // one may wait for a server
	for i, c := range chosen {
		lanes <- struct{}{}
		all.Go(func() {
			defer func() { <-lanes }()
			report.Results[i] = runPart(ctx, c, &part{Options: o, name: c.Name, plant: plant, servers: servers, sizes: sizesOf(o.Level, c.Name, servers)})
			if o.Progress != nil {
				o.Progress(report.Results[i])
			}
		})
	}
	all.Wait()
	report.Took, report.Postgres = time.Since(begin), servers.said
	return report, ctx.Err()
}

func runPart(ctx context.Context, c Part, p *part) Result {
	p.result = Result{Part: c.Name, Counts: map[string]int{}, Floors: map[string]int{}, Problems: []string{}, Errors: []string{}}
	begin := time.Now() // as above
	err := func() (err error) {
		defer func() {
			if panicked := recover(); panicked != nil { // what is tested must not panic, and the other parts go on
				stack := make([]byte, 4<<10)
				err = fmt.Errorf("panic: %v\n%s", panicked, stack[:runtime.Stack(stack, false)])
			}
		}()
		return c.run(ctx, p)
	}()
	if err != nil {
		p.note(err)
	}
	p.result.Took = time.Since(begin)
	if p.Level != Smoke {
		p.result.Floors = p.sizes
		if !p.failed() { // who ended early has tried less
			p.measure()
		}
	}
	return p.result
}

// measure notes which counts are below their floors.
func (p *part) measure() {
	for _, what := range slices.Sorted(maps.Keys(p.sizes)) {
		if have, floor := p.counted(what), p.sizes[what]; have < floor {
			p.note(fmt.Errorf("too little was tried: %d %s, fewer than %d", have, what, floor))
		}
	}
}

func choose(names []string) ([]Part, error) {
	if len(names) == 0 {
		return Parts, nil
	}
	var chosen []Part
	var errs []error
	for _, name := range names {
		i := slices.IndexFunc(Parts, func(p Part) bool { return p.Name == name })
		if i < 0 {
			errs = append(errs, fmt.Errorf("there is no part %q", name))
			continue
		}
		chosen = append(chosen, Parts[i])
	}
	return chosen, errors.Join(errs...)
}

// figures are the counts of the line of figures: all that have a floor.
var figures = []string{"model operations in memory", "model operations on SQLite", "model operations on PostgreSQL",
	"differential commands", "sequences", "sequences on PostgreSQL too",
	"histories", "operations of histories", "histories with faults", "faults that fired", "unknown outcomes of histories", "histories of two processes",
	"PostgreSQL histories", "operations of PostgreSQL histories", "PostgreSQL histories with faults", "cut connections", "operations judged",
	"sweeps", "swept operations", "failed calls", "kills", "kills of 2 at once", "acknowledgements", "server crashes", "WAL cuts",
	"corrupted files", "full disks", "read-only files", "synced commits"}

// Figures returns one line of what was tried.
func (r Report) Figures() string {
	verdict := "nothing lost, nothing counted twice, no error swallowed, no yes from a failing store"
	if !r.OK() {
		verdict = "NOT ALL WAS TRIED"
	}
	if slices.ContainsFunc(r.Results, func(r Result) bool { return len(r.Problems) > 0 }) {
		verdict = "PROBLEMS FOUND"
	}
	var counts []string
	for _, what := range figures {
		if n := r.Sum(what); n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, what))
		}
	}
	return fmt.Sprintf("reliability %s, seed %d, %d cores, %.0f s: %s: %s", r.Level, r.Seed, r.Cores, r.Took.Seconds(), strings.Join(counts, ", "), verdict)
}

// folder makes a new folder for the files of a part, and returns what deletes it.
func (p *part) folder() (name string, remove func(), err error) {
	name, err = os.MkdirTemp("", "reliability-"+p.name)
	return name, func() { _ = os.RemoveAll(name) }, err
}
