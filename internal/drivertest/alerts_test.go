package drivertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// letters is a Sink that counts what it gets of each alert.
type letters struct {
	mu  sync.Mutex
	got map[lifecycle.AlertID]int
}

func (l *letters) Deliver(_ context.Context, m lifecycle.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got[m.Alert.ID]++
	return nil
}

// idleSeats is how many seats of license 1 are idle, and how many other licenses end, in
// tests of runs at once.
const idleSeats, ending = 20, 20

// E4: of two Managers, on two handles of one database, that plan and apply a reclaim run,
// record what is due and deliver it at once, each seat is warned once, each alert is
// recorded once, and each is delivered, always under its one id.
func TestPostgresE4ManyRunners(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		dsn := newSchema(t)
		box := &letters{got: map[lifecycle.AlertID]int{}}
		alerts, err := lifecycle.NewAlerts(lifecycle.AlertConfig{
			Rules: []lifecycle.AlertRule{
				{Name: "idle", When: lifecycle.OnSeatIdle{Stage: reclaim.FirstWarning}, Sinks: []string{"box"}},
				{Name: "gone", When: lifecycle.OnUninstalled{}, Sinks: []string{"box"}},
			}, Sinks: map[string]lifecycle.Sink{"box": box},
		})
		if err != nil {
			t.Fatal(err)
		}
		var managers []*lifecycle.Manager
		for range 2 {
			m, err := lifecycle.New(lifecycle.Config{Store: openStore(t, openDB(t, driver, dsn), onServer), Now: func() time.Time { return noon }})
			if err != nil {
				t.Fatal(err)
			}
			managers = append(managers, m)
		}
		installIdle(t, managers[0])
		if _, err := managers[0].RunDue(t.Context(), sampleActor, alerts); err != nil { // the rules begin here
			t.Fatal(err)
		}
		uninstallOthers(t, managers[0])
		var runners sync.WaitGroup
		for n := range 4 {
			runners.Go(func() { runAll(t, managers[n%2], alerts) })
		}
		runners.Wait()
		runAll(t, managers[0], alerts) // what one recorded last
		wantEachOnce(t, managers[1], box)
	})
}

// installIdle installs the licenses, of which the first has seats that nobody uses.
func installIdle(t *testing.T, m *lifecycle.Manager) {
	t.Helper()
	pkg := pkgversion.MustPackageID("0333k00000RbkdxAAB")
	version := pkgversion.PackageVersion{ID: pkgversion.MustVersionID("v1"), Package: pkg, Version: pkgversion.NewVersion(1, 0, 0, 0), ReleasedAt: noon.AddDate(-1, 0, 0)}
	commands := []lifecycle.Command{
		lifecycle.RegisterPackage{Registration: lifecycle.Registration{Package: pkgversion.Package{ID: pkg, Name: "Tracker", Namespace: "ns"},
			Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(idleSeats)}}},
		lifecycle.PublishVersion{Version: version},
	}
	for n := range 1 + ending {
		commands = append(commands, lifecycle.Installed{Notice: noticeOf(n, noon.AddDate(-1, 0, 0)),
			Installation: installationOf(n), Package: pkg, Version: version.ID})
	}
	for n := range idleSeats {
		commands = append(commands, lifecycle.ImportSeat{Installation: installationOf(0), User: user(n), AssignedAt: noon.AddDate(0, -9, 0), AssignedBy: "them"})
	}
	carryOut(t, m, commands)
}

func uninstallOthers(t *testing.T, m *lifecycle.Manager) {
	t.Helper()
	var commands []lifecycle.Command
	for n := 1; n <= ending; n++ {
		commands = append(commands, lifecycle.Uninstalled{Notice: noticeOf(n, noon), Installation: installationOf(n), Package: pkgversion.MustPackageID("0333k00000RbkdxAAB")})
	}
	carryOut(t, m, commands)
}

func installationOf(n int) license.InstallationID {
	return license.MustInstallationID(fmt.Sprint("i-", n))
}

func noticeOf(n int, at time.Time) lifecycle.Notice {
	return lifecycle.Notice{At: at, Org: license.Org{ID: pkgversion.MustOrgID(fmt.Sprint("org-", n)), Name: "Acme", Status: license.OrgActive}}
}

func carryOut(t *testing.T, m *lifecycle.Manager, commands []lifecycle.Command) {
	t.Helper()
	report, err := m.Import(t.Context(), sampleActor, func(yield func(lifecycle.Row, error) bool) {
		for _, c := range commands {
			if !yield(lifecycle.Row{Command: c}, nil) {
				return
			}
		}
	}, lifecycle.AllRows)
	if err != nil || report.Changed != len(commands) {
		t.Fatalf("Import of %d rows = %+v, %v", len(commands), report, err)
	}
}

// runAll plans and applies, records what is due and delivers it.
func runAll(t *testing.T, m *lifecycle.Manager, alerts *lifecycle.Alerts) {
	nobody := func(seats.UserID) lifecycle.Person { return lifecycle.Person{} }
	plan, err := m.PlanLicense(t.Context(), sampleActor, 1, reclaim.DefaultPolicy(), nobody)
	if err != nil {
		t.Errorf("PlanLicense = %v", err)
	}
	if _, err := m.ApplyPlan(t.Context(), sampleActor, slices.Values(plan.Moves), nobody); err != nil {
		t.Errorf("ApplyPlan = %v", err)
	}
	if _, err := m.RunDue(t.Context(), sampleActor, alerts); err != nil {
		t.Errorf("RunDue = %v", err)
	}
	if _, err := m.DeliverAlerts(t.Context(), sampleActor, alerts); err != nil {
		t.Errorf("DeliverAlerts = %v", err)
	}
}

func wantEachOnce(t *testing.T, m *lifecycle.Manager, box *letters) {
	t.Helper()
	moved, raised := map[seats.UserID]int{}, map[string]int{}
	var ids []lifecycle.AlertID
	for e, err := range m.Events(t.Context(), sampleActor, 0) {
		if err != nil {
			t.Fatal(err)
		}
		switch c := e.Change.(type) {
		case lifecycle.StageMoved:
			moved[c.After.User]++
		case lifecycle.AlertRaised:
			ids = append(ids, c.Alert.ID)
			raised[fmt.Sprint(c.Alert.Rule, " ", c.Alert.License, " ", c.Alert.User)]++
		}
	}
	if len(moved) != idleSeats || len(raised) != idleSeats+ending || len(box.got) != idleSeats+ending {
		t.Errorf("%d seats warned, %d alerts, %d delivered; want %d, %d, %[5]d", len(moved), len(raised), len(box.got), idleSeats, idleSeats+ending)
	}
	for what, n := range moved {
		if n != 1 {
			t.Errorf("the seat of %v was moved %d times, want once", what, n)
		}
	}
	for what, n := range raised {
		if n != 1 {
			t.Errorf("%s was recorded %d times, want once", what, n)
		}
	}
	for _, id := range ids {
		if box.got[id] == 0 {
			t.Errorf("alert %v was not delivered", id)
		}
	}
}
