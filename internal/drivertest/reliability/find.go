package reliability

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Finding is what became of a planted fault.
type Finding struct {
	Fault   string        `json:"fault"`
	Breaks  string        `json:"breaks"`
	By      string        `json:"by"` // the part that was run to find it
	Found   bool          `json:"found"`
	Problem string        `json:"problem"`         // the first words of what a check has found
	Error   string        `json:"error,omitempty"` // those of what kept it from its work: by that nothing is found
	Work    string        `json:"work"`            // what had been tried until then
	Took    time.Duration `json:"nanoseconds"`
}

// Find plants a fault and runs the part that is to find it, with one seed after the
// other until it does, five at most.
func Find(ctx context.Context, f Fault, seed uint64, postgres string) (Finding, error) {
	begin := time.Now() // the clock of the machine: it says how long it took, no more
	total := map[string]int{}
	finding := Finding{Fault: f.Name, Breaks: f.Breaks, By: f.FoundBy}
	for try := uint64(0); try < 5 && !finding.Found && ctx.Err() == nil; try++ {
		report, err := Run(ctx, Options{Level: Smoke, Seed: seed + try, Parts: []string{f.FoundBy}, Plant: f.Name, Postgres: postgres})
		if err != nil {
			return finding, err
		}
		result := report.Results[0]
		for what, n := range result.Counts {
			total[what] += n
		}
		if finding.Found = len(result.Problems) > 0; finding.Found {
			finding.Problem = firstLine(result.Problems[0])
		}
		if finding.Error = ""; !finding.Found && len(result.Errors) > 0 {
			finding.Error = firstLine(result.Errors[0])
		}
	}
	finding.Work, finding.Took = inWords(total), time.Since(begin)
	return finding, ctx.Err()
}

// inWords returns counts as words, in a fixed order.
func inWords(counts map[string]int) string {
	var words []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		if counts[what] > 0 {
			words = append(words, fmt.Sprintf("%d %s", counts[what], what))
		}
	}
	return strings.Join(words, ", ")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if len(line) > 160 {
		line = strings.ToValidUTF8(line[:160], "") + "…"
	}
	return line
}
