package reclaim_test

import (
	"errors"
	"fmt"
	"slices"
	"text/template"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/inventory/money"
	"github.com/isvkit/isvkit/seats/reclaim"
)

func plan() reclaim.Plan {
	planner, err := reclaim.NewPlanner(reclaim.DefaultPolicy(), day("2026-06-30"))
	if err != nil {
		panic(err)
	}
	return planner.Plan(slices.Values(subjects()))
}

// The dry run: who would get what.
func ExamplePlan() {
	for _, m := range plan().Moves {
		if notice, due := m.Notice(); due {
			fmt.Println(m.User, "gets:", notice)
		}
	}
	// Output:
	// ben gets: First Warning
	// cleo gets: Final Notice
	// dan gets: Deactivated
}

func ExampleSummary() {
	s := plan().Summary
	fmt.Println(s.Subjects, "seats,", s.Moves(), "moves,", s.Count(reclaim.NewStarter), "new starter")
	fmt.Println("idle for less than 60 days, 60, 75, 90 and more:", s.Bands)
	for id, n := range s.FreedByLicense() {
		fmt.Println(id, "gets back", n)
	}
	// Output:
	// 5 seats, 4 moves, 1 new starter
	// idle for less than 60 days, 60, 75, 90 and more: [2 1 1 1]
	// L-00001 gets back 1
}

func ExamplePrices() {
	prices := reclaim.Prices(func(id license.ID) money.Amount {
		return map[license.ID]money.Amount{1: money.Must("300.00 USD")}[id]
	})
	saving, unpriced, err := plan().Summary.Saving(prices)
	fmt.Println(saving, unpriced, err)
	// Output: 300.00 USD 0 <nil>
}

func ExampleTarget() {
	fmt.Println(subjects()[0].Target())
	// Output: {L-00001 ada}
}

func ExampleVerdict() {
	planner, _ := reclaim.NewPlanner(reclaim.DefaultPolicy(), day("2026-06-30"))
	ahead := subjects()[3]
	ahead.LastLogin = day("2026-07-02")
	v := planner.Decide(ahead)
	fmt.Println(v.FutureLogin, v.Idle, v.Move.To)
	// Output: true 0 Active
}

func ExampleMove() {
	for _, m := range plan().Moves {
		if m.FreesSeat() {
			fmt.Println(m.License, m.User, "at revision", m.Revision, "last logged in", m.LastLogin.Format("2006-01-02"))
		}
	}
	// Output: L-00001 dan at revision 0 last logged in 2026-03-20
}

func ExamplePlanner() {
	_, err := reclaim.NewPlanner(reclaim.Policy{}, day("2026-06-30"))
	fmt.Println("the zero policy is refused:", err != nil)
	// Output: the zero policy is refused: true
}

func ExampleOutcome() {
	move := plan().Moves[0]
	_, outcome := move.Apply(reclaim.Subject{}, day("2026-06-30"), "reclaim")
	fmt.Println(outcome)
	// Output: skipped: gone
}

func ExampleTally() {
	var t reclaim.Tally
	t.Count(reclaim.Applied)
	t.Count(reclaim.SkippedLoggedIn)
	t.Count(reclaim.SkippedChanged)
	fmt.Println(t.Of(reclaim.Applied), t.Skipped())
	// Output: 1 2
}

func ExampleNoticeMetrics() {
	metrics := reclaim.Metrics{}
	for _, m := range plan().Moves {
		metrics.Count(m)
	}
	fmt.Println(metrics.Final.Sent, metrics.Final.Heeded, metrics.Final.False)
	// Output: 1 0 0
}

func ExampleLetter() {
	t := template.Must(template.New("").Parse("{{.User}}: {{.Idle}} days, {{.Person.Mail}}"))
	text, _, err := reclaim.Letters{FinalNotice: t}.Render(
		reclaim.Move{Target: reclaim.Target{User: seats.MustUserID("cleo")}, To: reclaim.FinalNotice, Idle: 81},
		map[string]string{"Mail": "cleo@example.com"})
	fmt.Println(text, err)
	// Output: cleo: 81 days, cleo@example.com <nil>
}

func ExampleFieldError() {
	_, err := reclaim.ParseStage("frozen")
	var refused *reclaim.FieldError
	fmt.Println(errors.As(err, &refused) && refused.Field == "stage")
	// Output: true
}
