package reclaim_test

import (
	"errors"
	"fmt"
	"slices"
	"text/template"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/inventory/money"
	"github.com/isvkit/isvkit/seats/reclaim"
)

func day(text string) time.Time { return license.MustDate(text).Start().Add(9 * time.Hour) }

func held(user string, assigned string) seats.Assignment {
	return seats.Assignment{License: 1, User: seats.MustUserID(user), AssignedAt: day(assigned), AssignedBy: "admin"}
}

func subjects() []reclaim.Subject {
	return []reclaim.Subject{
		{Assignment: held("ada", "2025-01-10"), LastLogin: day("2026-06-28"), Stage: reclaim.FirstWarning, NoticeAt: day("2026-06-20")},
		{Assignment: held("ben", "2025-01-10"), LastLogin: day("2026-04-20")},
		{Assignment: held("cleo", "2025-01-10"), LastLogin: day("2026-04-10"), Stage: reclaim.FirstWarning, NoticeAt: day("2026-06-15")},
		{Assignment: held("dan", "2025-01-10"), LastLogin: day("2026-03-20"), Stage: reclaim.FinalNotice, NoticeAt: day("2026-06-10")},
		{Assignment: held("eve", "2026-06-15"), Stage: reclaim.Active}, // never logged in
	}
}

// A weekly run: plan, look at it, apply it.
func Example() {
	planner, err := reclaim.NewPlanner(reclaim.DefaultPolicy(), day("2026-06-30"))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan := planner.Plan(slices.Values(subjects()))
	for _, m := range plan.Moves {
		fmt.Printf("%-5s idle %3d days: %s -> %s (%s)\n", m.User, m.Idle, m.From, m.To, m.Reason)
	}

	store := make(map[reclaim.Target]reclaim.Subject)
	for _, s := range subjects() {
		store[s.Target()] = s
	}
	read := func(t reclaim.Target) reclaim.Subject { return store[t] }
	for range 2 { // the second time is a run that was started again
		var tally reclaim.Tally
		for s, outcome := range plan.Apply(read, day("2026-06-30"), "reclaim") {
			tally.Count(outcome)
			if outcome == reclaim.Applied {
				store[s.Target()] = s
			}
		}
		fmt.Println(tally.Of(reclaim.Applied), "applied,", tally.Of(reclaim.AlreadyApplied), "already,", tally.Skipped(), "skipped")
	}
	// Output:
	// ada   idle   2 days: First Warning -> Active (logged in)
	// ben   idle  71 days: none -> First Warning (first warning due)
	// cleo  idle  81 days: First Warning -> Final Notice (final notice due)
	// dan   idle 102 days: Final Notice -> Deactivated (seat freed)
	// 4 applied, 0 already, 0 skipped
	// 0 applied, 4 already, 0 skipped
}

func ExamplePolicy() {
	policy := reclaim.DefaultPolicy()
	policy.Final = 50
	policy.Exemptions = []reclaim.Exemption{{Why: "left empty"}}
	fmt.Println(policy.Validate())
	// Output:
	// reclaim: final notice "50": is above the first warning, at most 36500 days idle
	// reclaim: exemption "number 1": must name a user, a group, a profile or a period
}

func ExampleExemption() {
	policy := reclaim.DefaultPolicy()
	policy.Exemptions = []reclaim.Exemption{
		{User: seats.MustUserID("dan"), Why: "parental leave",
			Period: reclaim.Period{First: license.MustDate("2026-03-21"), Last: license.MustDate("2026-09-30")}},
		{Group: "auditors", Why: "they log in once a year"},
	}
	planner, err := reclaim.NewPlanner(policy, day("2026-06-30"))
	if err != nil {
		fmt.Println(err)
		return
	}
	dan := subjects()[3]
	fmt.Println(planner.Decide(dan).Reason)
	dan.Stage, dan.NoticeAt = reclaim.Active, time.Time{}
	fmt.Println(planner.Decide(dan).Reason)
	// Output:
	// spared
	// exempt by policy
}

func ExamplePeriod() {
	season := reclaim.Period{First: license.MustDate("2026-07-01"), Last: license.MustDate("2026-08-31")}
	fmt.Println(season.Holds(license.MustDate("2026-08-31")), season.Holds(license.MustDate("2026-09-01")))
	// Output: true false
}

func ExampleFirstLogin() {
	never := reclaim.Subject{Assignment: held("fay", "2026-01-10")}
	for _, rule := range []reclaim.FirstLogin{reclaim.FromAssignment, reclaim.LeaveAlone} {
		policy := reclaim.DefaultPolicy()
		policy.NeverLoggedIn = rule
		planner, _ := reclaim.NewPlanner(policy, day("2026-06-30"))
		fmt.Println(rule, "-", planner.Decide(never).Reason)
	}
	// Output:
	// from assignment - first warning due
	// leave alone - awaits first log-in
}

func ExampleStage() {
	stage, err := reclaim.ParseStage("Final Notice")
	fmt.Println(stage == reclaim.FinalNotice, err)
	_, err = reclaim.ParseStage("Frozen")
	fmt.Println(err)
	// Output:
	// true <nil>
	// reclaim: stage "Frozen": is Active, First Warning, Final Notice, Deactivated or Exempt
}

func ExampleSubject() {
	s := subjects()[4]
	idle, known := s.IdleDays(day("2026-06-30"), license.UTC)
	fmt.Println(idle, known)
	// Output: 15 true
}

// Why was nothing done about this seat?
func ExamplePlanner_Decide() {
	planner, _ := reclaim.NewPlanner(reclaim.DefaultPolicy(), day("2026-06-30"))
	waits := reclaim.Subject{Assignment: held("gus", "2025-01-10"), LastLogin: day("2026-03-20"),
		Stage: reclaim.FinalNotice, NoticeAt: day("2026-06-25")}
	v := planner.Decide(waits)
	fmt.Println(v.Idle, v.Reason)
	// Output: 102 waiting
}

// With little memory: moves as they are found.
func ExamplePlanner_Moves() {
	planner, _ := reclaim.NewPlanner(reclaim.DefaultPolicy(), day("2026-06-30"))
	for m := range planner.Moves(slices.Values(subjects())) {
		if m.FreesSeat() {
			fmt.Println(m.User)
		}
	}
	// Output: dan
}

// The saving of a plan, and the same run under a policy that is less patient.
func ExampleCompare() {
	strict := reclaim.DefaultPolicy()
	strict.First, strict.Final, strict.Deactivate = 30, 45, 80
	summaries, err := reclaim.Compare(day("2026-06-30"), slices.Values(subjects()), reclaim.DefaultPolicy(), strict)
	if err != nil {
		fmt.Println(err)
		return
	}
	prices := func(license.ID) money.Amount { return money.Must("300 USD") }
	for _, s := range summaries {
		saving, _, err := s.Saving(prices)
		fmt.Println(s.Bands, s.Moves(), "moves,", s.Freed(), "freed,", saving, err)
	}
	// Output:
	// [2 1 1 1] 4 moves, 1 freed, 300.00 USD <nil>
	// [2 0 1 2] 4 moves, 1 freed, 300.00 USD <nil>
}

func ExampleLetters() {
	letters := reclaim.Letters{
		FirstWarning: template.Must(template.New("first").Parse(
			"Dear {{.Person}}, you have not logged in since {{.IdleSince}}. Do so before {{.Earliest}}, or your seat is freed.")),
	}
	planner, _ := reclaim.NewPlanner(reclaim.DefaultPolicy(), day("2026-06-30"))
	v := planner.Decide(subjects()[1])
	text, due, err := letters.Render(v.Move, "Ben")
	fmt.Println(text)
	fmt.Println(due, err)
	// Output:
	// Dear Ben, you have not logged in since 2026-04-20. Do so before 2026-07-19, or your seat is freed.
	// true <nil>
}

func ExampleRenderError() {
	letters := reclaim.Letters{FirstWarning: template.Must(template.New("").Parse("{{.Salutation}}"))}
	_, _, err := letters.Render(reclaim.Move{To: reclaim.FirstWarning}, nil)
	var failed *reclaim.RenderError
	fmt.Println(errors.As(err, &failed), err)
	// Output: true reclaim: the template of First Warning failed
}

func ExampleMetrics() {
	metrics := reclaim.Metrics{FalseWithin: 30}
	planner, _ := reclaim.NewPlanner(reclaim.DefaultPolicy(), day("2026-06-30"))
	for m := range planner.Moves(slices.Values(subjects())) {
		metrics.Count(m) // once it was applied
	}
	money, _, _ := metrics.Money(func(license.ID) money.Amount { return money.Must("300 USD") })
	fmt.Println("first warnings:", metrics.First.Sent, "sent,", metrics.First.Heeded, "heeded")
	fmt.Println("seats recovered:", metrics.Recovered(), "worth", money, "a year")

	// A week later dan has his seat again.
	dan := reclaim.Subject{Assignment: held("dan", "2026-07-05"), LastLogin: day("2026-07-06"),
		Stage: reclaim.Deactivated, NoticeAt: day("2026-06-30")}
	planner, _ = reclaim.NewPlanner(reclaim.DefaultPolicy(), day("2026-07-07"))
	metrics.Count(planner.Decide(dan).Move)
	fmt.Println("seats recovered:", metrics.Recovered(), "freed in error:", metrics.FalseFreed)
	// Output:
	// first warnings: 1 sent, 1 heeded
	// seats recovered: 1 worth 300.00 USD a year
	// seats recovered: 0 freed in error: 1
}

func ExampleMove_Apply() {
	planner, _ := reclaim.NewPlanner(reclaim.DefaultPolicy(), day("2026-06-30"))
	dan := subjects()[3]
	move := planner.Decide(dan).Move

	dan.LastLogin = day("2026-06-30").Add(time.Minute) // between plan and apply
	_, outcome := move.Apply(dan, day("2026-06-30").Add(time.Hour), "reclaim")
	fmt.Println(outcome)
	// Output: skipped: logged in
}

func ExampleReason() {
	fmt.Println(reclaim.SeatFreed, reclaim.SeatFreed.Moves(), reclaim.Waiting.Moves())
	// Output: seat freed true false
}
