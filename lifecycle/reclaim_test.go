package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// idleHouse is a license whose holders log in, or do not, week after week.
type idleHouse struct {
	*lifecycle.Manager
	now    time.Time
	logins map[seats.UserID]time.Time
}

var idleActor = lifecycle.Actor{Vendor: pkgversion.MustVendorID("vendor"), ID: lifecycle.MustActorID("weekly run")}

func newIdleHouse(t interface{ Fatal(...any) }, users int) *idleHouse {
	h := &idleHouse{now: time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC), logins: map[seats.UserID]time.Time{}}
	m, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Now: func() time.Time { return h.now }})
	if err != nil {
		t.Fatal(err)
	}
	h.Manager = m
	ctx, pkg := context.Background(), pkgversion.MustPackageID("package")
	version := pkgversion.PackageVersion{ID: pkgversion.MustVersionID("version"), Package: pkg, Version: pkgversion.MustVersion("1.0")}
	_, err1 := m.RegisterPackage(ctx, idleActor, lifecycle.Registration{Package: pkgversion.Package{ID: pkg}, Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(users)}})
	err2 := m.PublishVersion(ctx, idleActor, lifecycle.PublishVersion{Version: version})
	_, err3 := m.Install(ctx, idleActor, lifecycle.Installed{Notice: lifecycle.Notice{Org: license.Org{ID: pkgversion.MustOrgID("org")}},
		Installation: license.MustInstallationID("installation"), Package: pkg, Version: version.ID})
	var all []seats.UserID
	for n := range users {
		all = append(all, seats.MustUserID(fmt.Sprintf("idle-user-%02d", n)))
	}
	_, err4 := m.Assign(ctx, idleActor, lifecycle.Assign{License: 1, Users: all})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *idleHouse) people(u seats.UserID) lifecycle.Person {
	return lifecycle.Person{LastLogin: h.logins[u]}
}

func (h *idleHouse) plan(t interface{ Fatal(...any) }) reclaim.Plan {
	plan, err := h.PlanLicense(context.Background(), idleActor, 1, reclaim.DefaultPolicy(), h.people)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func (h *idleHouse) apply(t interface{ Fatal(...any) }, moves []reclaim.Move) reclaim.Tally {
	tally, err := h.ApplyPlan(context.Background(), idleActor, slices.Values(moves), h.people)
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

// Over a year of weekly runs nobody loses a seat without both notices, at least seven
// days after the final one, and with at least ninety idle days; who logs in between
// plan and run keeps the seat; and a run that is applied again changes nothing.
func TestReclaimYear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newIdleHouse(t, 6)
		notices := map[seats.UserID][]reclaim.Stage{}
		lastNotice := map[seats.UserID]time.Time{}
		for range 52 {
			h.now = h.now.AddDate(0, 0, 7)
			for n := range 6 {
				if rapid.IntRange(0, 14).Draw(t, "logs in") == 0 {
					h.logins[seats.MustUserID(fmt.Sprintf("idle-user-%02d", n))] = h.now.Add(-time.Hour)
				}
			}
			plan := h.plan(t)
			late := map[seats.UserID]bool{}
			for _, move := range plan.Moves {
				if rapid.IntRange(0, 5).Draw(t, "logs in after the plan") == 0 {
					h.logins[move.User], late[move.User] = h.now.Add(time.Minute), true
				}
			}
			h.now = h.now.Add(time.Hour)
			stopAt := rapid.IntRange(0, len(plan.Moves)).Draw(t, "stopped after")
			h.apply(t, plan.Moves[:stopAt])
			h.apply(t, plan.Moves) // goes on
			for _, move := range plan.Moves {
				if late[move.User] {
					continue
				}
				switch move.To {
				case reclaim.Active:
					notices[move.User] = nil
				case reclaim.FirstWarning, reclaim.FinalNotice:
					notices[move.User] = append(notices[move.User], move.To)
					lastNotice[move.User] = h.now
				case reclaim.Deactivated:
					if got := notices[move.User]; !slices.Contains(got, reclaim.FirstWarning) || !slices.Contains(got, reclaim.FinalNotice) {
						t.Fatalf("%v lost the seat after the notices %v", move.User, got)
					}
					if license.DateOf(h.now).Sub(license.DateOf(lastNotice[move.User])) < 7 || move.Idle < 90 {
						t.Fatalf("%v lost the seat %v after the final notice, idle for %d days", move.User, h.now.Sub(lastNotice[move.User]), move.Idle)
					}
					notices[move.User] = nil
				}
			}
			tally := h.apply(t, plan.Moves)
			if tally.Of(reclaim.Applied) > 0 {
				t.Fatalf("applying the run again applied %d moves", tally.Of(reclaim.Applied))
			}
		}
		h.agree(t)
	})
}

// agree compares the seats with the events: whoever lost one lost it to a move.
func (h *idleHouse) agree(t *rapid.T) {
	held, lost := 0, 0
	for _, err := range h.Holders(context.Background(), idleActor, 1) {
		if err != nil {
			t.Fatal(err)
		}
		held++
	}
	for e, err := range h.Timeline(context.Background(), idleActor, 1) {
		if err != nil {
			t.Fatal(err)
		}
		if moved, ok := e.Change.(lifecycle.StageMoved); ok && moved.Move.FreesSeat() {
			lost++
		}
	}
	if held+lost != 6 {
		t.Fatalf("%d seats are held and %d were reclaimed, of 6", held, lost)
	}
}

// A user who logged in between plan and run keeps the seat, and is counted; so is one
// whose seat was revoked, or given anew.
func TestReclaimLeavesWhoChanged(t *testing.T) {
	h := newIdleHouse(t, 3)
	h.now = h.now.AddDate(0, 0, 61)
	plan := h.plan(t)
	if len(plan.Moves) != 3 {
		t.Fatalf("the plan has %d moves, want 3", len(plan.Moves))
	}
	h.logins[plan.Moves[0].User] = h.now.Add(time.Second)
	for n, again := range map[int]bool{1: false, 2: true} {
		user := plan.Moves[n].User
		if _, err := h.Revoke(t.Context(), idleActor, lifecycle.Revoke{License: 1, Users: []seats.UserID{user}}); err != nil {
			t.Fatal(err)
		}
		if again {
			h.now = h.now.Add(time.Minute)
			if _, err := h.Assign(t.Context(), idleActor, lifecycle.Assign{License: 1, Users: []seats.UserID{user}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	tally := h.apply(t, plan.Moves)
	for outcome, want := range map[reclaim.Outcome]int{reclaim.Applied: 0, reclaim.SkippedLoggedIn: 1, reclaim.SkippedGone: 1, reclaim.SkippedChanged: 1} {
		if got := tally.Of(outcome); got != want {
			t.Errorf("%v: %d, want %d", outcome, got, want)
		}
	}
}

// Who is warned is told, once for each warning, whatever the sink does.
func TestReclaimNotices(t *testing.T) {
	h := newIdleHouse(t, 4)
	var texts []string
	fails := 2
	alerts := mustAlerts(t, lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{{Name: "first warning", When: lifecycle.OnSeatIdle{Stage: reclaim.FirstWarning}, Sinks: []string{"mail"},
			Text: "{{.Alert.User}}: idle for {{.Alert.Days}} days"}},
		Sinks: map[string]lifecycle.Sink{"mail": lifecycle.SinkFunc(func(_ context.Context, m lifecycle.Message) error {
			if fails--; fails >= 0 {
				return errors.New("the mail server is down")
			}
			texts = append(texts, m.Text)
			return nil
		})},
	})
	h.runDue(t, alerts)
	h.now = h.now.AddDate(0, 0, 61)
	h.apply(t, h.plan(t).Moves)
	for range 5 {
		h.runDue(t, alerts)
		h.now = h.now.Add(7 * time.Hour)
	}
	slices.Sort(texts)
	want := []string{"idle-user-00: idle for 61 days", "idle-user-01: idle for 61 days", "idle-user-02: idle for 61 days", "idle-user-03: idle for 61 days"}
	if !slices.Equal(texts, want) {
		t.Errorf("delivered %q, want %q", texts, want)
	}
}

func (h *idleHouse) runDue(t *testing.T, alerts *lifecycle.Alerts) {
	t.Helper()
	if _, err := h.RunDue(t.Context(), idleActor, alerts); err != nil {
		t.Fatal(err)
	}
}

func ExampleManager_ApplyPlan() {
	ctx := context.Background()
	h := newIdleHouse(panicky{}, 2)
	h.logins[seats.MustUserID("idle-user-00")] = h.now.AddDate(0, 0, 80)
	people := func(u seats.UserID) lifecycle.Person { return lifecycle.Person{LastLogin: h.logins[u]} }

	for _, days := range []int{61, 16, 16} { // three weekly runs, among many
		h.now = h.now.AddDate(0, 0, days)
		plan, err := h.PlanLicense(ctx, idleActor, 1, reclaim.DefaultPolicy(), people)
		if err != nil {
			fmt.Println(err)
			return
		}
		tally, err := h.ApplyPlan(ctx, idleActor, slices.Values(plan.Moves), people)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, move := range plan.Moves {
			fmt.Println(move.User, "idle for", move.Idle, "days:", move.From, "→", move.To)
		}
		fmt.Println(tally.Of(reclaim.Applied), "applied")
	}
	// Output:
	// idle-user-01 idle for 61 days: Active → First Warning
	// 1 applied
	// idle-user-01 idle for 77 days: First Warning → Final Notice
	// 1 applied
	// idle-user-01 idle for 93 days: Final Notice → Deactivated
	// 1 applied
}

// panicky stands in for a test in an Example.
type panicky struct{}

func (panicky) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// E8: the ledger that events add up to ends at the holders, and never was above the
// seats that were given out.
func TestLedgerOfEvents(t *testing.T) {
	h := newIdleHouse(t, 5)
	first := h.now
	h.now = h.now.AddDate(0, 0, 10)
	if _, err := h.Revoke(t.Context(), idleActor, lifecycle.Revoke{License: 1, Users: []seats.UserID{seats.MustUserID("idle-user-01"), seats.MustUserID("idle-user-02")}}); err != nil {
		t.Fatal(err)
	}
	revoked := h.now
	h.now = h.now.AddDate(0, 0, 10)
	if _, err := h.Uninstall(t.Context(), idleActor, lifecycle.Uninstalled{Notice: lifecycle.Notice{Org: license.Org{ID: pkgversion.MustOrgID("org")}},
		Installation: license.MustInstallationID("installation"), Package: pkgversion.MustPackageID("package")}); err != nil {
		t.Fatal(err)
	}
	ledger, err := h.Ledger(t.Context(), idleActor, 1)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time]int{first.Add(-time.Second): 0, first: 5, revoked.Add(-time.Second): 5, revoked: 3, h.now: 0} {
		if got := ledger.UsedAt(at); got != want {
			t.Errorf("used at %v = %d, want %d", at, got, want)
		}
	}
}
