// Command reliability tries to make the library lose a change, count one twice, hide an
// error, or say yes where it cannot know. Run it on the machine, the file system and the
// server that you will use:
//
//	go run ./examples/reliability                  # minutes
//	go run ./examples/reliability -level full      # a quarter of an hour
//	go run ./examples/reliability -plant all       # does it find faults? seconds each
//	go run ./examples/reliability -only kills,wal -dir /var/lib
//	go run ./examples/reliability -level full -pg 'postgres://…'
//
// It ends with a line of figures, with -json with one line that holds all counts, too; and
// with status 1 when something was found or too little was tried. doc/reliability.md says
// what each part proves.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/isvkit/isvkit/internal/drivertest/reliability"
)

func main() {
	reliability.Child() // does not return in a process that is started to be killed
	var o options
	flags := flag.NewFlagSet("reliability", flag.ExitOnError) // the default one has a library's own flags
	flags.StringVar(&o.level, "level", "quick", "smoke (seconds, and no floors), quick or full")
	flags.StringVar(&o.postgres, "pg", "", "data source name of a PostgreSQL server; without it one is started, where it is installed")
	flags.StringVar(&o.plant, "plant", "", "plant a fault by its name, or all of them one by one, and see whether it is found")
	flags.Uint64Var(&o.seed, "seed", 1, "of all that is drawn")
	flags.StringVar(&o.only, "only", "", "parts to run, with commas between: "+strings.Join(partNames(), ","))
	flags.BoolVar(&o.json, "json", false, "write all counts as a line of JSON")
	flags.StringVar(&o.dir, "dir", "", "folder for databases; without it the system's folder for temporary files")
	_ = flags.Parse(os.Args[1:]) // ends the program on an error
	if flags.NArg() > 0 {        // a level or a part without its flag would otherwise be a quick run of all
		fmt.Fprintf(flags.Output(), "reliability: what is %q? There are only flags:\n", flags.Args())
		flags.Usage()
		os.Exit(2)
	}
	debug.SetGCPercent(400) // what lives is little, and collecting it took a sixth of the time
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ok, err := o.run(ctx, os.Stdout)
	stop()
	if err != nil {
		log.Fatal("reliability: ", err)
	}
	if !ok {
		os.Exit(1)
	}
}

type options struct {
	level, postgres, plant, only, dir string
	seed                              uint64
	json                              bool
}

func partNames() (names []string) {
	for _, p := range reliability.Parts {
		names = append(names, p.Name)
	}
	return names
}

// run reports whether all is well.
func (o options) run(ctx context.Context, out io.Writer) (ok bool, err error) {
	if o.dir != "" {
		if err := os.Setenv("TMPDIR", o.dir); err != nil {
			return false, err
		}
	}
	level := reliability.Level(o.level)
	if level != reliability.Quick && level != reliability.Full && level != reliability.Smoke {
		return false, fmt.Errorf("there is no level %q", o.level)
	}
	if o.plant != "" {
		return o.plants(ctx, out)
	}
	run := reliability.Options{Level: level, Seed: o.seed, Postgres: o.postgres}
	if o.only != "" {
		run.Parts = strings.Split(o.only, ",")
	}
	if !o.json {
		run.Progress = func(r reliability.Result) { show(out, r) }
	}
	report, err := reliability.Run(ctx, run)
	if err != nil {
		return false, err
	}
	if o.json {
		return report.OK(), json.NewEncoder(out).Encode(struct {
			reliability.Report
			Figures string `json:"figures"`
		}{report, report.Figures()})
	}
	fmt.Fprintf(out, "PostgreSQL: %s\n%s\n", report.Postgres, report.Figures())
	return report.OK(), nil
}

// show writes what came of a part.
func show(out io.Writer, r reliability.Result) {
	var text strings.Builder
	fmt.Fprintf(&text, "%s, %.1f s\n", r.Part, r.Took.Seconds())
	for _, what := range slices.Sorted(maps.Keys(r.Counts)) {
		fmt.Fprintf(&text, "  %9d %s", r.Counts[what], what)
		if floor, ok := r.Floors[what]; ok {
			fmt.Fprintf(&text, " (at least %d)", floor)
		}
		text.WriteString("\n")
	}
	for _, problem := range r.Problems {
		fmt.Fprintf(&text, "  PROBLEM: %s\n", problem)
	}
	for _, err := range r.Errors {
		fmt.Fprintf(&text, "  ERROR: %s\n", err)
	}
	_, _ = io.WriteString(out, text.String())
}

// plants plants faults, and reports whether each was found.
func (o options) plants(ctx context.Context, out io.Writer) (ok bool, err error) {
	var findings []reliability.Finding
	found := 0
	for _, fault := range reliability.Faults {
		if o.plant != "all" && o.plant != fault.Name {
			continue
		}
		finding, err := reliability.Find(ctx, fault, o.seed, o.postgres)
		if err != nil {
			return false, err
		}
		if finding.Found {
			found++
		}
		findings = append(findings, finding)
	}
	if len(findings) == 0 {
		return false, errors.New("there is no such fault; all plants every one")
	}
	if o.json {
		return found == len(findings), json.NewEncoder(out).Encode(findings)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "fault\tbreaks\tfound\tby\tin\tafter")
	for _, f := range findings {
		fmt.Fprintf(table, "%s\t%s\t%t\t%s\t%.1f s\t%s\n", f.Fault, f.Breaks, f.Found, f.By, f.Took.Seconds(), f.Work)
	}
	if err := table.Flush(); err != nil {
		return false, err
	}
	for _, f := range findings {
		if f.Error != "" {
			fmt.Fprintf(out, "ERROR: %s: %s\n", f.Fault, f.Error)
		}
	}
	fmt.Fprintf(out, "%d of %d planted faults found, seed %d\n", found, len(findings), o.seed)
	return found == len(findings), nil
}
