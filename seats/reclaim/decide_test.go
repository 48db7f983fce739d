package reclaim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
	"pgregory.net/rapid"
)

var zones = []license.Zone{license.UTC, license.MustZone("America/Santiago"), license.MustZone("Pacific/Apia"),
	license.MustZone("Pacific/Kiritimati"), license.MustZone("America/St_Johns"), license.MustZone("Asia/Kathmandu")}

// firstOf returns the first instant of a civil day in a zone.
func firstOf(zone license.Zone, d license.Date) time.Time { return zone.EndOf(d.AddDays(-1)) }

func plannerAt(t interface{ Fatal(...any) }, policy Policy, now time.Time) *Planner {
	planner, err := NewPlanner(policy, now)
	if err != nil {
		t.Fatal(err)
	}
	return planner
}

// T1, T4: each threshold is half-open and counts civil days of the policy's zone:
// a microsecond decides, whatever the clocks do in between.
func TestT4ThresholdsToTheMicrosecond(t *testing.T) {
	today := license.MustDate("2026-06-30")
	for _, zone := range zones {
		policy := DefaultPolicy()
		policy.Zone = zone
		assigned := firstOf(zone, today.AddDays(-400))
		long := firstOf(zone, today.AddDays(-8))
		for _, c := range []struct {
			days        int
			stage       Stage
			before, due Reason
		}{
			{policy.First, Active, InUse, FirstDue},
			{policy.Final, FirstWarning, Waiting, FinalDue},
			{policy.Deactivate, FinalNotice, Waiting, SeatFreed},
		} {
			dayAfter := firstOf(zone, today.AddDays(-c.days+1))
			s := Subject{Assignment: seats.Assignment{User: seats.MustUserID("u"), AssignedAt: assigned}, Stage: c.stage}
			if c.stage != Active {
				s.NoticeAt = long
			}
			for _, now := range []time.Time{firstOf(zone, today), zone.EndOf(today).Add(-time.Microsecond)} {
				planner := plannerAt(t, policy, now)
				s.LastLogin = dayAfter
				if v := planner.Decide(s); v.Reason != c.before || v.Idle != c.days-1 {
					t.Errorf("%v, %v idle: %v after %d days, want %v", zone, now.Sub(s.LastLogin), v.Reason, v.Idle, c.before)
				}
				s.LastLogin = dayAfter.Add(-time.Microsecond)
				if v := planner.Decide(s); v.Reason != c.due || v.Idle != c.days {
					t.Errorf("%v, %v idle: %v after %d days, want %v", zone, now.Sub(s.LastLogin), v.Reason, v.Idle, c.due)
				}
			}
		}
	}
}

// The days in Final Notice are civil days too, to the microsecond.
func TestFinalDaysToTheMicrosecond(t *testing.T) {
	for _, zone := range zones {
		policy := DefaultPolicy()
		policy.Zone = zone
		noticed := license.MustDate("2026-06-30")
		s := Subject{Assignment: seats.Assignment{User: seats.MustUserID("u"), AssignedAt: firstOf(zone, noticed.AddDays(-300))},
			Stage: FinalNotice, NoticeAt: zone.EndOf(noticed).Add(-time.Microsecond)}
		seventh := firstOf(zone, noticed.AddDays(7))
		if got := plannerAt(t, policy, seventh).Decide(s).Reason; got != SeatFreed {
			t.Errorf("%v: at the start of the seventh day: %v", zone, got)
		}
		if got := plannerAt(t, policy, seventh.Add(-time.Microsecond)).Decide(s).Reason; got != Waiting {
			t.Errorf("%v: a microsecond before: %v", zone, got)
		}
	}
}

// So are those in First Warning, for a seat idle for longer than all thresholds.
func TestFirstDaysToTheMicrosecond(t *testing.T) {
	for _, zone := range zones {
		policy := DefaultPolicy()
		policy.Zone, policy.FirstDays = zone, 5
		noticed := license.MustDate("2026-06-30")
		s := Subject{Assignment: seats.Assignment{User: seats.MustUserID("u"), AssignedAt: firstOf(zone, noticed.AddDays(-300))},
			Stage: FirstWarning, NoticeAt: firstOf(zone, noticed)}
		fifth := firstOf(zone, noticed.AddDays(5))
		if got := plannerAt(t, policy, fifth).Decide(s).Reason; got != FinalDue {
			t.Errorf("%v: at the start of the fifth day: %v", zone, got)
		}
		if got := plannerAt(t, policy, fifth.Add(-time.Microsecond)).Decide(s).Reason; got != Waiting {
			t.Errorf("%v: a microsecond before: %v", zone, got)
		}
	}
}

// T4: idle days agree with counting the days one by one, leap days included.
func TestT4IdleDaysAgainstCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		login := time.UnixMicro(rapid.Int64Range(1_560_000_000_000_000, 1_800_000_000_000_000).Draw(t, "login")).UTC()
		now := login.Add(time.Duration(rapid.Int64Range(0, int64(800*24*time.Hour)).Draw(t, "later")))
		want := 0
		for d, today := zone.DateOf(login), zone.DateOf(now); d != today; d = d.AddDays(1) {
			want++
		}
		got, ok := Subject{LastLogin: login}.IdleDays(now, zone)
		if got != want || !ok {
			t.Fatalf("idle from %v to %v in %v: %d, %v, want %d", login, now, zone, got, ok, want)
		}
	})
	leap := Subject{LastLogin: license.MustDate("2024-02-28").Start()}
	if got, _ := leap.IdleDays(license.MustDate("2024-03-01").Start(), license.UTC); got != 2 {
		t.Errorf("from 2024-02-28 to 2024-03-01 there are %d days, want 2", got)
	}
}

// T2: the offset in which an instant is given changes nothing.
func TestT2OffsetsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		s := w.subject(t)
		offset := time.FixedZone("", rapid.IntRange(-14*3600, 14*3600).Draw(t, "offset"))
		want := plannerAt(t, w.policy, w.now).Decide(s)
		for _, at := range []*time.Time{&s.LastLogin, &s.AssignedAt, &s.NoticeAt} {
			if !at.IsZero() {
				*at = at.In(offset)
			}
		}
		got := plannerAt(t, w.policy, w.now.In(offset)).Decide(s)
		if got.Reason != want.Reason || got.Idle != want.Idle || got.Move.To != want.Move.To || got.Move.Earliest != want.Move.Earliest {
			t.Fatalf("verdict in another offset %+v, want %+v", got, want)
		}
	})
}

// A log-in in the future frees nobody, whatever else holds, and is counted.
func TestFutureLoginIsSafeAndCounted(t *testing.T) {
	now := license.MustDate("2026-06-30").Start()
	for _, future := range []time.Duration{time.Microsecond, time.Hour, 90 * 24 * time.Hour, 100 * 365 * 24 * time.Hour} {
		s := Subject{Assignment: seats.Assignment{User: seats.MustUserID("u"), AssignedAt: now.AddDate(-1, 0, 0)},
			LastLogin: now.Add(future), Stage: FinalNotice, NoticeAt: now.AddDate(0, 0, -30)}
		plan := plannerAt(t, DefaultPolicy(), now).Plan(slices.Values([]Subject{s}))
		if plan.Summary.Freed() != 0 || plan.Summary.FutureLogins != 1 || plan.Moves[0].To != Active || plan.Moves[0].Reason != Spared {
			t.Errorf("log-in in %v: %+v", future, plan)
		}
	}
}

func TestWhatCannotBeReadIsLeftAlone(t *testing.T) {
	now := license.MustDate("2026-06-30").Start()
	old := now.AddDate(-1, 0, 0)
	user := seats.MustUserID("u")
	for name, c := range map[string]struct {
		subject Subject
		want    Reason
	}{
		"zero":              {Subject{}, Unreadable},
		"no user":           {Subject{Assignment: seats.Assignment{AssignedAt: old}}, Unreadable},
		"no day":            {Subject{Assignment: seats.Assignment{User: user}}, Unreadable},
		"bad stage":         {Subject{Assignment: seats.Assignment{User: user, AssignedAt: old}, Stage: 99}, Unreadable},
		"given up":          {Subject{Assignment: seats.Assignment{User: user, AssignedAt: old, RevokedAt: old}}, NotHeld},
		"exempt":            {Subject{Assignment: seats.Assignment{User: user, AssignedAt: old}, Stage: Exempt}, StageExempt},
		"no assignment day": {Subject{Assignment: seats.Assignment{User: user}, LastLogin: old}, FirstDue},
		"deactivated":       {Subject{Assignment: seats.Assignment{User: user, AssignedAt: old}, Stage: Deactivated, NoticeAt: now.AddDate(0, 0, -1)}, StaysDeactivated},
		"no notice":         {Subject{Assignment: seats.Assignment{User: user, AssignedAt: old}, Stage: FinalNotice}, NoticeMissing},
		"notice to come":    {Subject{Assignment: seats.Assignment{User: user, AssignedAt: old}, Stage: FinalNotice, NoticeAt: now.AddDate(0, 0, 9)}, Waiting},
	} {
		v := plannerAt(t, DefaultPolicy(), now).Decide(c.subject)
		if v.Reason != c.want || v.Move.FreesSeat() {
			t.Errorf("%s: %v, want %v", name, v.Reason, c.want)
		}
	}
	if v := new(Planner).Decide(Subject{Assignment: seats.Assignment{User: user, AssignedAt: old}}); v.Reason != Unreadable {
		t.Errorf("the zero Planner: %v", v.Reason)
	}
	if v := plannerAt(t, DefaultPolicy(), now).Decide(Subject{Assignment: seats.Assignment{User: user, AssignedAt: old}, Stage: FinalNotice}); v.Move.To != FinalNotice {
		t.Errorf("a notice that is missing leads to %v", v.Move.To)
	}
}

// New starters are left alone, to the day, even where the org knows an old log-in.
func TestTenure(t *testing.T) {
	now := license.MustDate("2026-06-30").Start()
	for days, want := range map[int]Reason{29: NewStarter, 30: FirstDue, -5: NewStarter} {
		s := Subject{Assignment: seats.Assignment{User: seats.MustUserID("u"), AssignedAt: now.AddDate(0, 0, -days)}, LastLogin: now.AddDate(-1, 0, 0)}
		if got := plannerAt(t, DefaultPolicy(), now).Decide(s).Reason; got != want {
			t.Errorf("assigned %d days ago: %v, want %v", days, got, want)
		}
	}
}

// An exemption needs all that it names, and idle days begin anew at its end.
func TestExemptions(t *testing.T) {
	now := license.MustDate("2026-06-30").Start()
	s := Subject{Assignment: seats.Assignment{User: seats.MustUserID("u"), AssignedAt: now.AddDate(-1, 0, 0)},
		Profile: "Sales", Groups: []string{"north", "night"}}
	until := func(last string) Period { return Period{Last: license.MustDate(last)} }
	for name, c := range map[string]struct {
		exemption Exemption
		want      Reason
	}{
		"user":             {Exemption{User: s.User}, PolicyExempt},
		"other user":       {Exemption{User: seats.MustUserID("v")}, FirstDue},
		"group":            {Exemption{Group: "night"}, PolicyExempt},
		"other group":      {Exemption{Group: "day"}, FirstDue},
		"profile":          {Exemption{Profile: "Sales"}, PolicyExempt},
		"other profile":    {Exemption{Profile: "Service"}, FirstDue},
		"user and group":   {Exemption{User: s.User, Group: "day"}, FirstDue},
		"group, profile":   {Exemption{Group: "night", Profile: "Sales"}, PolicyExempt},
		"group, profile 2": {Exemption{Group: "night", Profile: "Service"}, FirstDue},
		"everybody":        {Exemption{Period: until("2026-06-30")}, PolicyExempt},
		"ended yesterday":  {Exemption{User: s.User, Period: until("2026-06-29")}, InUse},
		"ended 59 days":    {Exemption{Group: "night", Period: until("2026-05-02")}, InUse},
		"ended 60 days":    {Exemption{Profile: "Sales", Period: until("2026-05-01")}, FirstDue},
		"yet to begin":     {Exemption{User: s.User, Period: Period{First: license.MustDate("2026-07-01")}}, FirstDue},
		"begins today":     {Exemption{User: s.User, Period: Period{First: license.MustDate("2026-06-30")}}, PolicyExempt},
	} {
		policy := DefaultPolicy()
		policy.Exemptions = []Exemption{c.exemption}
		if got := plannerAt(t, policy, now).Decide(s).Reason; got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	policy := DefaultPolicy()
	policy.Profiles = []string{"Service"}
	if got := plannerAt(t, policy, now).Decide(s).Reason; got != OtherProfile {
		t.Errorf("a profile that the policy does not list: %v", got)
	}
}

// A policy is refused with everything that is wrong with it, the zero one too.
func TestPolicyIsValidated(t *testing.T) {
	longest := DefaultPolicy()
	longest.Deactivate, longest.FinalDays = maxDays, maxDays
	shortest := Policy{First: 1, Final: 2, Deactivate: 3, FirstDays: 1, FinalDays: 1,
		Exemptions: []Exemption{{Period: Period{license.MustDate("2026-02-01"), license.MustDate("2026-02-01")}}}}
	for _, policy := range []Policy{DefaultPolicy(), longest, shortest} {
		if err := policy.Validate(); err != nil {
			t.Errorf("%+v: %v", policy, err)
		}
	}
	if _, err := NewPlanner(Policy{}, time.Time{}); err == nil {
		t.Error("the zero Policy was taken")
	}
	for name, spoil := range map[string]func(*Policy){
		"first":     func(p *Policy) { p.First = 0 },
		"final":     func(p *Policy) { p.Final = p.First },
		"end":       func(p *Policy) { p.Deactivate = p.Final },
		"huge":      func(p *Policy) { p.Deactivate = maxDays + 1 },
		"firstDays": func(p *Policy) { p.FirstDays = 0 },
		"finalDays": func(p *Policy) { p.FinalDays = 0 },
		"tenure":    func(p *Policy) { p.Tenure = -1 },
		"login":     func(p *Policy) { p.NeverLoggedIn = 9 },
		"period": func(p *Policy) {
			p.Exemptions = []Exemption{{Group: "g", Period: Period{license.MustDate("2026-02-01"), license.MustDate("2026-01-31")}}}
		},
	} {
		policy := DefaultPolicy()
		spoil(&policy)
		if err := policy.Validate(); err == nil {
			t.Errorf("%s: was taken", name)
		}
		if _, err := Compare(time.Time{}, slices.Values([]Subject(nil)), DefaultPolicy(), policy); err == nil {
			t.Errorf("%s: Compare took it", name)
		}
	}
}

func TestTextRoundTrips(t *testing.T) {
	for s := range Stage(stages) {
		roundTrip(t, s, new(Stage))
	}
	for r := range reasons {
		roundTrip(t, r, new(Reason))
	}
	for f := range LeaveAlone + 1 {
		roundTrip(t, f, new(FirstLogin))
	}
	for _, text := range []string{"none", "active", "frozen"} {
		if new(Stage).UnmarshalText([]byte(text)) == nil || new(Reason).UnmarshalText([]byte(text)) == nil || new(FirstLogin).UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q was read", text)
		}
	}
	for s := Active; s <= Exempt; s++ {
		if parsed, err := ParseStage(s.String()); err != nil || parsed != s {
			t.Errorf("%v was read as %v, %v", s, parsed, err)
		}
	}
	for i := range 256 { // nothing panics on a value that is none
		var tally Tally
		tally.Count(Outcome(i))
		if known := Applied <= Outcome(i) && Outcome(i) <= SkippedGone; known != (Outcome(i).String() != "none") || known && tally.Of(Outcome(i)) != 1 {
			t.Errorf("outcome %d is %v, counted %d", i, Outcome(i), tally.Of(Outcome(i)))
		}
		if n := (Summary{}).Count(Reason(i)); n != 0 || (Reason(i).String() == "none") != (Reason(i) < Unreadable || SeatFreed < Reason(i)) {
			t.Errorf("reason %d is %v, counted %d", i, Reason(i), n)
		}
	}
	if fmt.Sprint(Stage(99), Reason(99), FirstLogin(99), Outcome(99), Outcome(0)) != "none none none none none" {
		t.Error("a value that is none does not print as none")
	}
	for i := range 256 {
		for v, last := range map[interface{ MarshalText() ([]byte, error) }]int{Stage(i): int(Exempt), Reason(i): int(SeatFreed), FirstLogin(i): int(LeaveAlone)} {
			if text, err := v.MarshalText(); (err == nil) != (i <= last) {
				t.Errorf("%T(%d) was written as %q, %v", v, i, text, err)
			}
		}
	}
}

func roundTrip[T comparable, P interface {
	*T
	UnmarshalText([]byte) error
}](t *testing.T, v T, back P) {
	t.Helper()
	text, err := any(v).(interface{ MarshalText() ([]byte, error) }).MarshalText()
	if err != nil {
		t.Error(err)
	}
	if err := back.UnmarshalText(text); err != nil || *back != v {
		t.Errorf("%v was written %q and read as %v, %v", v, text, *back, err)
	}
}

func FuzzParseStage(f *testing.F) {
	f.Add("Final Notice")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseStage(text); err == nil && s.String() != text {
			t.Errorf("ParseStage(%q) = %v", text, s)
		}
		var s Stage
		if err := s.UnmarshalText([]byte(text)); err == nil {
			if again, err := s.MarshalText(); err != nil || string(again) != text {
				t.Errorf("UnmarshalText(%q) writes %q, %v", text, again, err)
			}
		}
	})
}
