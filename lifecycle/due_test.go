package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// T6: a run by a clock that is too far ahead changes nothing, and poisons neither what is
// recorded afterwards nor when it is delivered.
func TestT6RunByAWrongClock(t *testing.T) {
	box := &inbox{}
	w := seated(t, 3)
	alerts := mustAlerts(t, lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{{Name: "rule", When: lifecycle.OnExpiring{Days: []int{7}}, Sinks: []string{"box"}},
			{Name: "suspended", When: lifecycle.OnSuspended{}, Sinks: []string{"box"}}},
		Sinks: map[string]lifecycle.Sink{"box": box}})
	w.runDue(alerts)
	w.setTerms(1, func(terms *license.Terms) { terms.Status = license.Suspended })
	box.fail = func(lifecycle.Message) error { return errors.New("the server is down") }
	w.runDue(alerts)

	right := w.clock
	w.clock = right.AddDate(10, 0, 0)
	if _, err := w.RunDue(t.Context(), w.a, alerts); !isClockError(err) {
		t.Errorf("RunDue ten years ahead = %v, want a *ClockError", err)
	}
	if _, err := w.DeliverAlerts(t.Context(), w.a, alerts); !isClockError(err) {
		t.Errorf("DeliverAlerts ten years ahead = %v, want a *ClockError", err)
	}

	w.clock, box.fail = right.AddDate(0, 0, 1), nil
	w.runDue(alerts)
	wantIDs(t, "after it", box.got, "suspended/L-00001/2")
	w.setTerms(1, func(terms *license.Terms) {
		terms.Status, terms.Expiration = license.Active, license.LastDay(license.MustDate("2026-03-31"))
	})
	w.day("2026-03-24")
	w.runDue(alerts)
	wantIDs(t, "seven days before the end", box.got, "suspended/L-00001/2", "rule/L-00001/2026-03-31/7")
}

func isClockError(err error) bool {
	_, ok := errors.AsType[*lifecycle.ClockError](err)
	return ok
}

// T6: a run by a clock that is ahead, and by which nothing was recorded, holds up nothing:
// the next one goes on from the day that it is.
func TestT6RunAheadWithinTheBound(t *testing.T) {
	box := &inbox{}
	w := seated(t, 3)
	alerts := oneRule(t, lifecycle.OnExpiring{Days: []int{7}}, box)
	w.runDue(alerts)
	right := w.clock
	w.clock = right.AddDate(0, 0, 60)
	w.runDue(alerts)
	w.clock = right.AddDate(0, 0, 1)
	last := license.DateOf(right).AddDays(17)
	w.setTerms(1, func(terms *license.Terms) { terms.Expiration = license.LastDay(last) })
	w.runDue(alerts)
	w.clock = right.AddDate(0, 0, 30) // nothing ran for a month
	w.runDue(alerts)
	wantIDs(t, "told", box.got, fmt.Sprintf("rule/L-00001/%s/7", last))
	id := lifecycle.MustAlertID(fmt.Sprintf("expired/L-00001/%s/-1", last))
	if a, err := w.Alert(t.Context(), w.a, id); err != nil || !a.Late {
		t.Errorf("the alert of the end is %+v, %v", a, err)
	}
}

// Of a vendor of whom nothing is recorded for years the runs are enough, so that none is by
// a clock that is too far ahead.
func TestRunsOfAQuietVendor(t *testing.T) {
	box := &inbox{}
	w := seated(t, 3)
	w.setTerms(1, func(terms *license.Terms) { terms.Expiration = license.LastDay(license.MustDate("2029-06-30")) })
	alerts := oneRule(t, lifecycle.OnExpiring{Days: []int{30}}, box)
	for range 300 {
		w.runDue(alerts)
		w.clock = w.clock.AddDate(0, 0, 5)
	}
	wantIDs(t, "told", box.got, "rule/L-00001/2029-06-30/30")
	if found, err := lifecycle.Verify(t.Context(), w.store, w.a.Vendor); len(found) > 0 || err != nil {
		t.Errorf("Verify = %v, %v", found, err)
	}
}

// A rule by date begins with the day before its first run: what was due before that is not
// for it, neither in its first run nor in the next ones.
func TestDatedRuleBeginsWithThePresent(t *testing.T) {
	for day, want := range map[string]int{"2026-03-24": 1, "2026-03-25": 1, "2026-03-26": 0} {
		box := &inbox{}
		w := seated(t, 3)
		w.setTerms(1, func(terms *license.Terms) { terms.Expiration = license.LastDay(license.MustDate("2026-03-31")) })
		w.day(day)
		alerts := oneRule(t, lifecycle.OnExpiring{Days: []int{7}}, box)
		for range 3 {
			w.runDue(alerts)
			w.clock = w.clock.Add(time.Hour)
		}
		if len(box.got) != want {
			t.Errorf("begun on %s it tells %q, want %d", day, box.got, want)
		}
	}
}

// No rule keeps events from Retain that it does not need: one by date needs none before its
// latest run, and finds what is due all the same, however late.
func TestRetainBesideRules(t *testing.T) {
	box := &inbox{}
	w := seated(t, 3)
	alerts := mustAlerts(t, lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{{Name: "soon", When: lifecycle.OnExpiring{Days: []int{7}}, Sinks: []string{"box"}},
			{Name: "full", When: lifecycle.OnThreshold{BasisPoints: []int{8000}}, Sinks: []string{"box"}}},
		Sinks: map[string]lifecycle.Sink{"box": box}})
	for n := range 20 {
		w.clock = w.clock.AddDate(0, 0, 1)
		w.runDue(alerts)
		w.setTerms(1, func(terms *license.Terms) { terms.Seats = license.MustSeats(4 + n) })
	}
	last := license.DateOf(w.clock).AddDays(10)
	w.setTerms(1, func(terms *license.Terms) { terms.Expiration = license.LastDay(last) })
	w.clock = w.clock.AddDate(0, 0, 1)
	w.runDue(alerts)
	removed, err := w.Retain(t.Context(), w.a, w.clock)
	if err != nil || removed < 18 {
		t.Fatalf("Retain removed %d, %v", removed, err)
	}
	w.clock = w.clock.AddDate(0, 0, 5) // past the day on which it was due
	w.setTerms(1, func(terms *license.Terms) { terms.Seats = license.MustSeats(40) })
	w.clock = w.clock.Add(time.Hour)
	if removed, err := w.Retain(t.Context(), w.a, w.clock); err != nil || removed == 0 {
		t.Fatalf("Retain removed %d, %v", removed, err)
	}
	w.runDue(alerts)
	wantIDs(t, "told", box.got, fmt.Sprintf("soon/L-00001/%s/7", last))
}

// What happened to a license is told also when it was retired before the next run.
func TestRetiredBeforeTheRun(t *testing.T) {
	box := &inbox{}
	w := seated(t, 3)
	alerts := oneRule(t, lifecycle.OnUninstalled{}, box)
	w.runDue(alerts)
	w.must(w.uninstalled(1, org1, seatPackage))
	deleted := org1
	deleted.Status = license.OrgDeleted
	w.clock = w.clock.Add(time.Hour)
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: deleted}})
	w.must(lifecycle.Retire{License: 1})
	w.runDue(alerts)
	if len(box.got) != 1 {
		t.Errorf("told %q, want the uninstallation", box.got)
	}
}

// undeliverable returns a world in which so many licenses are suspended that nobody can be
// written to about, and after them one of a package with a lead manager.
func undeliverable(t *testing.T, n int) *world {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	olga := lead.Owner{ID: lead.MustOwnerID("owner-1"), Name: "Olga", Email: "olga@vendor.example", Active: true}
	w.must(lifecycle.RecordOwner{Owner: olga})
	w.must(lifecycle.SetLeadManager{Package: seatPackage, Manager: olga.ID})
	for i := range n {
		w.install(i+1, org1, trialPackage, jane)
	}
	w.install(n+1, org2, seatPackage, joe)
	return w
}

// E5: messages that cannot be delivered hold up none of the same sink that can: neither
// those that the sink says so of, nor those that cannot be written.
func TestE5UndeliverableHoldsUpNothing(t *testing.T) {
	const n = 30
	for what, c := range map[string]struct {
		fail     func(lifecycle.Message) error
		template string
	}{
		"nobody to write to": {fail: func(m lifecycle.Message) error {
			if len(m.To) == 0 {
				return &lifecycle.MessageError{Err: errors.New("nobody to write to")}
			}
			return nil
		}},
		"a template that fails": {template: `{{if eq .License.Org.String "` + org1.ID.String() + `"}}{{slice .Alert.Rule 0 99}}{{end}}`},
	} {
		box := &inbox{fail: c.fail}
		w := undeliverable(t, n)
		rule := lifecycle.AlertRule{Name: "rule", When: lifecycle.OnSuspended{}, Sinks: []string{"box"}, Text: c.template,
			Recipients: lifecycle.Recipients{LeadManager: true}}
		alerts := mustAlerts(t, lifecycle.AlertConfig{Rules: []lifecycle.AlertRule{rule}, Sinks: map[string]lifecycle.Sink{"box": box}})
		w.runDue(alerts)
		for i := range n + 1 {
			w.setTerms(license.ID(i+1), func(terms *license.Terms) { terms.Status = license.Suspended })
		}
		if report := w.runDue(alerts); report.Delivered != 1 || report.Failed != n || len(box.got) != 1 {
			t.Errorf("%s: RunDue = %+v, delivered %q", what, report, box.got)
		}
	}
}

// E6: failures that do not come in a row leave a sink alone as little as none.
func TestE6EveryOtherOneFails(t *testing.T) {
	n := 0
	box := &inbox{fail: func(lifecycle.Message) error {
		if n++; n%2 == 0 {
			return errors.New("not this one")
		}
		return nil
	}}
	w := undeliverable(t, 11)
	alerts := oneRule(t, lifecycle.OnSuspended{}, box)
	w.runDue(alerts)
	for i := range 12 {
		w.setTerms(license.ID(i+1), func(terms *license.Terms) { terms.Status = license.Suspended })
	}
	if report := w.runDue(alerts); report.Delivered != 6 || report.Failed != 6 {
		t.Errorf("RunDue = %+v, want six of each", report)
	}
}

// E6: a sink that takes only so many a night is left alone after that, so that none of its
// messages uses up its attempts.
func TestE6SinkThatTakesSoManyANight(t *testing.T) {
	const all, aNight = 120, 10
	tonight := 0
	box := &inbox{fail: func(lifecycle.Message) error {
		if tonight++; tonight > aNight {
			return errors.New("too many tonight")
		}
		return nil
	}}
	w := undeliverable(t, all)
	alerts := oneRule(t, lifecycle.OnSuspended{}, box)
	w.runDue(alerts)
	for i := range all {
		w.setTerms(license.ID(i+1), func(terms *license.Terms) { terms.Status = license.Suspended })
	}
	for range all/aNight + 1 {
		tonight = 0
		w.runDue(alerts)
		w.clock = w.clock.AddDate(0, 0, 1)
	}
	if len(box.got) != all {
		t.Errorf("%d of %d were delivered", len(box.got), all)
	}
}

// E5: who is asked for people can fail as a sink can: the run goes on, and ends.
func TestE5PeopleThatFail(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for what, people := range map[string]func(lifecycle.UserOf) lead.Person{
		"a panic": func(lifecycle.UserOf) lead.Person { panic("no directory") },
		"a hang":  func(lifecycle.UserOf) lead.Person { <-release; return lead.Person{} },
	} {
		box := &inbox{}
		w := newWorld(t, &lifecycle.MemStore{}).live()
		alerts := mustAlerts(t, lifecycle.AlertConfig{
			Rules: []lifecycle.AlertRule{{Name: "idle", When: lifecycle.OnSeatIdle{Stage: reclaim.FirstWarning}, Sinks: []string{"box"},
				Recipients: lifecycle.Recipients{User: true}}},
			Sinks: map[string]lifecycle.Sink{"box": box}, People: people, Timeout: time.Millisecond})
		w.runDue(alerts)
		w.clock = w.clock.AddDate(0, 0, 65)
		w.applyPlan(w.planIdle())
		report, err := w.RunDue(context.Background(), w.a, alerts)
		if report.Failed != 1 || len(box.got) > 0 || err != nil {
			t.Errorf("%s: DeliverAlerts = %+v, %v, delivered %q", what, report, err, box.got)
		}
	}
}
