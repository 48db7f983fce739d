package reclaim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
	"pgregory.net/rapid"
)

// world is a policy, an instant and people, drawn at random.
type world struct {
	policy Policy
	now    time.Time
}

func newWorld(t *rapid.T) *world {
	policy := DefaultPolicy()
	policy.First = rapid.IntRange(1, 8).Draw(t, "first")
	policy.Final = policy.First + rapid.IntRange(1, 5).Draw(t, "final")
	policy.Deactivate = policy.Final + rapid.IntRange(1, 5).Draw(t, "deactivate")
	policy.FirstDays = rapid.IntRange(1, 3).Draw(t, "first days")
	policy.FinalDays = rapid.IntRange(1, 5).Draw(t, "final days")
	policy.Tenure = rapid.IntRange(0, 4).Draw(t, "tenure")
	policy.NeverLoggedIn = rapid.SampledFrom([]FirstLogin{0, FromAssignment, LeaveAlone}).Draw(t, "never logged in")
	policy.Zone = rapid.SampledFrom(zones).Draw(t, "zone")
	w := &world{policy: policy, now: license.MustDate("2024-02-20").Start()}
	for range rapid.IntRange(0, 2).Draw(t, "exemptions") {
		first := policy.Zone.DateOf(w.now).AddDays(rapid.IntRange(-5, 40).Draw(t, "from"))
		e := Exemption{Period: Period{First: first, Last: first.AddDays(rapid.IntRange(0, 9).Draw(t, "days"))}}
		switch rapid.IntRange(0, 3).Draw(t, "whom") {
		case 0:
			e.User = seats.MustUserID("a")
		case 1:
			e.Group = "g"
		case 2:
			e.Profile = "p"
		}
		w.policy.Exemptions = append(w.policy.Exemptions, e)
	}
	return w
}

// near draws an instant around now, or none.
func (w *world) near(t *rapid.T, label string) time.Time {
	hours := rapid.IntRange(-24*20, 24*3).Draw(t, label)
	if hours == 0 {
		return time.Time{}
	}
	return w.now.Add(time.Duration(hours) * time.Hour)
}

func (w *world) subject(t *rapid.T) Subject {
	return Subject{
		Assignment: seats.Assignment{License: 1, User: seats.MustUserID(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "user")),
			AssignedAt: w.near(t, "assigned")},
		LastLogin: w.near(t, "login"), NoticeAt: w.near(t, "notice"),
		Stage:   Stage(rapid.IntRange(0, int(Exempt)).Draw(t, "stage")),
		Profile: rapid.SampledFrom([]string{"", "p"}).Draw(t, "profile"),
		Groups:  rapid.SampledFrom([][]string{nil, {"g"}, {"h", "g"}}).Draw(t, "groups"),
	}
}

// slowIdle counts the days since s was last in use, one by one: the day of a
// log-in or the assignment, and every day of an exemption, is a day in use.
func slowIdle(p Policy, s Subject, now time.Time) (idle int, exempt bool) {
	zone := p.Zone
	used, _ := s.IdleSince(zone)
	onLeave := func(d license.Date) bool {
		return slices.ContainsFunc(p.Exemptions, func(e Exemption) bool { return e.Period.Holds(d) && e.matches(&s) })
	}
	today := zone.DateOf(now)
	for d := today; d.After(used) && !onLeave(d); d = d.AddDays(-1) {
		idle++
	}
	return idle, onLeave(today)
}

// TestNobodyIsFreedWithoutWarning runs a policy over many days of log-ins,
// assignments and runs that are skipped or doubled, and checks each move against
// the diary of what really happened.
func TestNobodyIsFreedWithoutWarning(t *testing.T) {
	freed := 0
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		d := diary{store: make(map[Target]Subject), notices: make(map[Target][]notice)}
		for _, name := range []string{"a", "b"} {
			s := w.subject(t)
			s.User, s.Stage, s.NoticeAt = seats.MustUserID(name), 0, time.Time{}
			if s.AssignedAt.IsZero() {
				s.AssignedAt = w.now
			}
			d.store[s.Target()] = s
		}
		for range 60 {
			w.now = w.now.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "hours")) * time.Hour)
			d.live(t, w)
			if rapid.IntRange(0, 3).Draw(t, "run") > 0 {
				d.run(t, w)
			}
		}
		freed += d.freed
	})
	if freed < 20 {
		t.Errorf("only %d seats were freed: the test has not seen enough", freed)
	}
}

type notice struct {
	stage Stage
	at    time.Time
}

// diary is what a store and an outbox would hold.
type diary struct {
	store   map[Target]Subject
	notices map[Target][]notice // since the seat was last in use
	freed   int
}

// live lets somebody log in, or get a freed seat back.
func (d *diary) live(t *rapid.T, w *world) {
	for _, target := range slices.SortedFunc(maps.Keys(d.store), func(a, b Target) int { return a.User.Compare(b.User) }) {
		s := d.store[target]
		switch event := rapid.IntRange(0, 30).Draw(t, "event"); {
		case event == 0:
			s.LastLogin = w.now
		case event == 1 && !s.Held():
			s.AssignedAt, s.RevokedAt = w.now, time.Time{}
			s.Revision++
		default:
			continue
		}
		d.store[target] = s
		d.notices[target] = nil
	}
}

func (d *diary) run(t *rapid.T, w *world) {
	planner := plannerAt(t, w.policy, w.now)
	subjects := slices.SortedFunc(maps.Values(d.store), func(a, b Subject) int { return a.User.Compare(b.User) })
	plan := planner.Plan(slices.Values(subjects))
	if streamed := slices.Collect(planner.Moves(slices.Values(subjects))); !slices.Equal(streamed, plan.Moves) {
		t.Fatalf("moves streamed %v, planned %v", streamed, plan.Moves)
	}
	read := func(target Target) Subject { return d.store[target] }
	sent := w.now.Add(time.Duration(rapid.IntRange(-2, 30).Draw(t, "delay")) * time.Hour)
	i := 0
	for s, outcome := range plan.Apply(read, sent, "reclaim") {
		if outcome != Applied {
			t.Fatalf("%+v: %v", plan.Moves[i], outcome)
		}
		d.check(t, w, plan.Moves[i])
		d.store[s.Target()] = s
		d.record(w, plan.Moves[i], s)
		i++
	}
	for s, outcome := range plan.Apply(read, sent.Add(time.Hour), "reclaim") {
		if outcome != AlreadyApplied || !same(s, d.store[s.Target()]) {
			t.Fatalf("applied again: %v %+v", outcome, s)
		}
	}
	again := planner.Plan(slices.Values(slices.Collect(maps.Values(d.store))))
	for _, m := range again.Moves {
		t.Fatalf("the same run again moves %+v", m)
	}
	if sent.After(w.now) {
		w.now = sent
	}
}

func same(a, b Subject) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func (d *diary) record(w *world, m Move, s Subject) {
	stage, due := m.Notice()
	switch {
	case !due:
		d.notices[m.Target] = nil
	case stage == FirstWarning:
		d.notices[m.Target] = []notice{{stage, s.NoticeAt}}
	default:
		d.notices[m.Target] = append(d.notices[m.Target], notice{stage, s.NoticeAt})
	}
}

// check proves one move against the diary.
func (d *diary) check(t *rapid.T, w *world, m Move) {
	s := d.store[m.Target]
	idle, exempt := slowIdle(w.policy, s, w.now)
	today := w.policy.Zone.DateOf(w.now)
	sent := d.notices[m.Target]
	switch m.To {
	case Active:
		if idle >= w.policy.First && !exempt && m.Reason != Spared && m.Reason != Reactivated {
			t.Fatalf("idle for %d days and back to Active: %+v", idle, m)
		}
		return
	case FirstWarning:
		if idle < w.policy.First {
			t.Fatalf("warned after %d days: %+v", idle, m)
		}
	case FinalNotice:
		if idle < w.policy.Final || len(sent) != 1 || sent[0].stage != FirstWarning {
			t.Fatalf("final notice after %d days and %v: %+v", idle, sent, m)
		}
	case Deactivated:
		d.freed++
		if idle < w.policy.Deactivate || len(sent) != 2 || sent[0].stage != FirstWarning || sent[1].stage != FinalNotice ||
			today.Sub(w.policy.Zone.DateOf(sent[1].at)) < w.policy.FinalDays || s.Stage != FinalNotice {
			t.Fatalf("freed after %d days and %v: %+v", idle, sent, m)
		}
	}
	if exempt || m.Idle != idle || s.Stage == Exempt {
		t.Fatalf("exempt %v, idle for %d days: %+v", exempt, idle, m)
	}
}

// The verdict agrees with a slow twin that reads as the rules do, on any subject
// at all, likely or not.
func TestVerdictAgainstSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.now = w.now.Add(time.Duration(rapid.IntRange(0, 24*30).Draw(t, "later")) * time.Hour)
		s := w.subject(t)
		v := plannerAt(t, w.policy, w.now).Decide(s)
		got := s.Stage
		if v.Reason.Moves() {
			got = v.Move.To
		}
		if want := slowStage(w.policy, s, w.now); got != want {
			t.Fatalf("stage %v (%v), want %v: %+v", got, v.Reason, want, s)
		}
	})
}

func slowStage(p Policy, s Subject, now time.Time) Stage {
	zone, today := p.Zone, p.Zone.DateOf(now)
	if s.Stage == Exempt || (s.LastLogin.IsZero() && s.AssignedAt.IsZero()) {
		return s.Stage
	}
	idle, exempt := slowIdle(p, s, now)
	newStarter := s.AssignedAt.After(now) || !s.AssignedAt.IsZero() && today.Sub(zone.DateOf(s.AssignedAt)) < p.Tenure
	if exempt || newStarter || (p.NeverLoggedIn == LeaveAlone && s.LastLogin.IsZero()) || idle < p.First {
		if s.Stage == 0 && s.NoticeAt.IsZero() {
			return 0
		}
		return Active
	}
	lastNotice := s.NoticeAt
	if lastNotice.IsZero() {
		if s.Stage.warned() {
			return s.Stage // the notice goes out now
		}
		return FirstWarning
	}
	// A notice counts if nothing but idleness came after it.
	fresh := lastNotice.After(s.LastLogin) && !lastNotice.Before(s.AssignedAt)
	for _, e := range p.Exemptions {
		fresh = fresh && !(e.matches(&s) && e.Period.Last.Before(today) && !zone.DateOf(lastNotice).After(e.Period.Last))
	}
	days := today.Sub(zone.DateOf(lastNotice))
	switch {
	case !fresh || s.Stage <= Active:
		return FirstWarning
	case s.Stage == FirstWarning && idle >= p.Final && days >= p.FirstDays:
		return FinalNotice
	case s.Stage == FinalNotice && idle >= p.Deactivate && days >= p.FinalDays:
		return Deactivated
	}
	return s.Stage
}

// Counts add up: every subject has one reason, and what-if is the plan itself.
func TestSummaryAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		var list []Subject
		for range rapid.IntRange(0, 12).Draw(t, "subjects") {
			list = append(list, w.subject(t))
		}
		plan := plannerAt(t, w.policy, w.now).Plan(slices.Values(list))
		sum, bands := 0, 0
		for r := range reasons {
			sum += plan.Summary.Count(r)
		}
		for _, n := range plan.Summary.Bands {
			bands += n
		}
		freed := 0
		for _, n := range plan.Summary.FreedByLicense() {
			freed += n
		}
		if sum != len(list) || plan.Summary.Subjects != len(list) || bands+plan.Summary.Count(Unreadable) != len(list) ||
			plan.Summary.Moves() != len(plan.Moves) || plan.Summary.Freed() != freed {
			t.Fatalf("%d subjects, %d moves: %+v", len(list), len(plan.Moves), plan.Summary)
		}
		both, err := Compare(w.now, slices.Values(list), w.policy, DefaultPolicy())
		if err != nil || !both[0].Equal(plan.Summary) || both[0].Equal(Summary{Subjects: -1}) {
			t.Fatalf("what-if of the same policy %+v, %v, want %+v", both, err, plan.Summary)
		}
	})
}

// A move is applied to exactly what it was planned on.
func TestApplySkipsWhoeverChanged(t *testing.T) {
	now := license.MustDate("2026-06-30").Start()
	s := Subject{Assignment: seats.Assignment{License: 1, User: seats.MustUserID("u"), AssignedAt: now.AddDate(-1, 0, 0)},
		Stage: FinalNotice, NoticeAt: now.AddDate(0, 0, -8), Revision: 5}
	move := plannerAt(t, DefaultPolicy(), now).Decide(s).Move
	for name, c := range map[string]struct {
		change func(*Subject)
		want   Outcome
	}{
		"nothing":   {func(*Subject) {}, Applied},
		"revision":  {func(s *Subject) { s.Revision++ }, SkippedChanged},
		"stage":     {func(s *Subject) { s.Stage = Exempt }, SkippedChanged},
		"logged in": {func(s *Subject) { s.LastLogin = now }, SkippedLoggedIn},
		"both":      {func(s *Subject) { s.LastLogin = now; s.Revision++ }, SkippedLoggedIn},
		"given up":  {func(s *Subject) { s.RevokedAt = now }, SkippedGone},
		"no row":    {func(s *Subject) { *s = Subject{} }, SkippedGone},
		"other":     {func(s *Subject) { s.License = 2 }, SkippedChanged},
		"other's": {func(s *Subject) {
			s.License = 2
			s.Stage = Deactivated
			s.RevokedAt = now
			s.NoticeAt = now
			s.Revision++
		}, SkippedChanged},
	} {
		current := s
		c.change(&current)
		got, outcome := move.Apply(current, now.Add(time.Hour), "reclaim")
		if outcome != c.want || (outcome != Applied && !same(got, current)) || (outcome == Applied) == got.Held() && name == "nothing" {
			t.Errorf("%s: %v, want %v; %+v", name, outcome, c.want, got)
		}
	}
	freed, _ := move.Apply(s, now.Add(time.Hour), "reclaim")
	if freed.RevokedBy != "reclaim" || !freed.RevokedAt.Equal(now.Add(time.Hour)) || freed.Revision != 6 || freed.Stage != Deactivated {
		t.Errorf("freed: %+v", freed)
	}
	back := freed // the seat was given back, and the store kept the stage
	back.AssignedAt, back.RevokedAt, back.Revision = now.Add(2*time.Hour), time.Time{}, 7
	if _, outcome := move.Apply(back, now.Add(3*time.Hour), "reclaim"); outcome != SkippedChanged {
		t.Errorf("given back: %v", outcome)
	}
	onward := s // an earlier plan, after a later run has gone further
	onward.Stage, onward.NoticeAt = 0, time.Time{}
	first := plannerAt(t, DefaultPolicy(), now).Decide(onward).Move
	onward.Stage, onward.NoticeAt, onward.Revision = FinalNotice, now.AddDate(0, 0, 16), 7
	if _, outcome := first.Apply(onward, now.AddDate(0, 0, 17), "reclaim"); outcome != SkippedChanged || first.To != FirstWarning {
		t.Errorf("gone further: %v", outcome)
	}
	if early, _ := move.Apply(s, now.Add(-time.Hour), "reclaim"); !early.RevokedAt.Equal(now) {
		t.Errorf("a clock set back dates the move %v", early.RevokedAt)
	}
	if _, outcome := (Move{}).Apply(Subject{}, now, ""); outcome != SkippedGone {
		t.Errorf("the zero Move: %v", outcome)
	}
}

// Never without both notices, on paper: a letter's text holds the day, and an error
// nothing of the person.
func TestLetters(t *testing.T) {
	if text, due, err := (Letters{}).Render(Move{To: FinalNotice}, nil); text != "" || due || err != nil {
		t.Errorf("without templates: %q, %v, %v", text, due, err)
	}
	var tally Tally
	tally.Count(99)
	if tally != (Tally{}) || tally.Of(99) != 0 {
		t.Error("an outcome that is none was counted")
	}
	for text, wantDue := range map[string]bool{"{{.Person.Secret}}": true, "{{range $i := .Person}}{{printf \"%9999d\" $i}}{{end}}": true} {
		letters := Letters{FinalNotice: parse(t, text)}
		_, due, err := letters.Render(Move{To: FinalNotice}, 1_000_000)
		if err == nil || due != wantDue || strings.Contains(err.Error(), "Secret") {
			t.Errorf("%s: %v, %v", text, due, err)
		}
		if _, due, _ := letters.Render(Move{To: Active}, nil); due {
			t.Error("a letter for a move back to Active")
		}
	}
}
