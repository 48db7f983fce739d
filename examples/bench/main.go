// Bench measures license checks, sets of users and durable assignment beside what a program
// would use instead, on this machine and in one run: what is compared is measured in turn,
// round after round, so that what disturbs one disturbs the others. It prints medians, their
// spread and ratios as tables in Markdown.
//
//	go run ./examples/bench
//	go run ./examples/bench -only sets -seats 99000000
//	go run ./examples/bench -only assign -dir /the/disk
//
// Times of single checks and look-ups are CPU time of the thread that asks: others on the machine
// do not count. What a garbage collector does beside it is not in them; the allocations are
// shown instead.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	rounds := flag.Int("rounds", 9, "how often each is measured")
	holders := flag.Int("seats", 1_000_000, "how many seats the sets hold; 99000000 takes up to 18 GB of memory, and a quarter of an hour")
	only := flag.String("only", "", "which of checks, parallel, sets and assign to run, with commas between; empty means all")
	dir := flag.String("dir", os.TempDir(), "the folder, on the disk that is meant, in which seats are assigned durably")
	short := flag.Bool("short", false, "measure next to nothing: to see that everything runs")
	flag.Parse()
	p := plan{out: os.Stdout, rounds: *rounds, slice: 30 * time.Millisecond, seats: *holders, dir: *dir}
	if *short {
		p.rounds, p.slice, p.seats = 2, time.Millisecond, 1000
	}
	if err := p.run(*only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// plan is what is measured and how long.
type plan struct {
	out    io.Writer
	rounds int
	slice  time.Duration // of one measurement
	seats  int
	dir    string
}

type section struct {
	name string
	run  func(plan) error
}

// sections are what can be run, in this order.
var sections = []section{{"checks", checks}, {"parallel", parallel}, {"sets", sets}, {"assign", assign}}

func (p plan) run(only string) error {
	wanted := strings.FieldsFunc(only, func(r rune) bool { return r == ',' })
	for _, name := range wanted {
		if !slices.ContainsFunc(sections, func(s section) bool { return s.name == name }) {
			return fmt.Errorf("-only %s: there is no such part", name)
		}
	}
	fmt.Fprintf(p.out, "%s, %s, %d CPUs, %d rounds of %v each, interleaved\n", time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		runtime.Version(), runtime.NumCPU(), p.rounds, p.slice)
	for _, s := range sections {
		if len(wanted) > 0 && !slices.Contains(wanted, s.name) {
			continue
		}
		if err := s.run(p); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		runtime.GC() // what one part leaves is not the next one's
	}
	return nil
}

// contender is something to measure.
type contender struct {
	name string
	do   func(n int) // does it n times
	unit int         // how many of what is counted one of them is; 0 means 1
}

// result is what was measured of a contender.
type result struct {
	name   string
	times  []float64 // nanoseconds for one, a measurement each, sorted
	allocs float64
}

func (r result) median() float64 { return r.times[len(r.times)/2] }

// clock tells how much time passed: of the CPU for this thread, or of the wall.
type clock func() time.Duration

func cpu() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err) // cannot happen where the program was built for
	}
	return time.Duration(t.Nano())
}

func wall() time.Duration { return time.Since(began) }

var began = time.Now()

// measure measures the contenders in turn, round after round.
func (p plan) measure(now clock, contenders []contender) []result {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	results := make([]result, len(contenders))
	counts := make([]int, len(contenders))
	for i, c := range contenders {
		results[i].name = c.name
		counts[i] = p.calibrate(now, c)
		runtime.GC()
	}
	for range p.rounds {
		for i, c := range contenders {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := now()
			c.do(counts[i])
			took := now() - start
			runtime.ReadMemStats(&after)
			n := float64(counts[i] * max(c.unit, 1))
			results[i].times = append(results[i].times, float64(took)/n)
			results[i].allocs = float64(after.Mallocs-before.Mallocs) / n
		}
	}
	for i := range results {
		slices.Sort(results[i].times)
	}
	return results
}

// calibrate returns how often c can be done in a slice.
func (p plan) calibrate(now clock, c contender) int {
	for n := 1; ; n *= 2 {
		start := now()
		c.do(n)
		if took := now() - start; took >= p.slice || n >= 1<<30 {
			return max(1, int(float64(n)*float64(p.slice)/float64(took+1)))
		}
	}
}

// table prints results; of each the ratio to each of those named.
func (p plan) table(title string, results []result, to ...string) {
	fmt.Fprintf(p.out, "\n### %s\n\n| | ns, median | spread | allocations |", title)
	for _, name := range to {
		fmt.Fprintf(p.out, " × %s |", name)
	}
	fmt.Fprint(p.out, "\n|---|--:|--:|--:|")
	for range to {
		fmt.Fprint(p.out, "--:|")
	}
	fmt.Fprintln(p.out)
	for _, r := range results {
		fmt.Fprintf(p.out, "| %s | %s | %s–%s | %.0f |", r.name, digits(r.median()), digits(r.times[0]), digits(r.times[len(r.times)-1]), r.allocs)
		for _, name := range to {
			i := slices.IndexFunc(results, func(other result) bool { return other.name == name })
			fmt.Fprintf(p.out, " %s |", digits(r.median()/results[i].median()))
		}
		fmt.Fprintln(p.out)
	}
}

// digits prints a number with three digits that mean something.
func digits(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}
