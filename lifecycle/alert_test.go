package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/storetest"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats/reclaim"
)

func mustAlerts(t *testing.T, c lifecycle.AlertConfig) *lifecycle.Alerts {
	t.Helper()
	alerts, err := lifecycle.NewAlerts(c)
	if err != nil {
		t.Fatal(err)
	}
	return alerts
}

// inbox is a sink that keeps what it gets, unless it fails.
type inbox struct {
	mu   sync.Mutex
	got  []string // ids
	all  []lifecycle.Message
	fail func(lifecycle.Message) error
}

func (b *inbox) Deliver(_ context.Context, m lifecycle.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		if err := b.fail(m); err != nil {
			return err
		}
	}
	b.got = append(b.got, m.Alert.ID.String())
	b.all = append(b.all, m)
	return nil
}

// oneRule returns Alerts of one rule that go to box.
func oneRule(t *testing.T, when lifecycle.Cause, box lifecycle.Sink) *lifecycle.Alerts {
	t.Helper()
	return mustAlerts(t, lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{{Name: "rule", When: when, Sinks: []string{"box"}}}, Sinks: map[string]lifecycle.Sink{"box": box},
	})
}

func (w *world) runDue(alerts *lifecycle.Alerts) lifecycle.DueReport {
	w.Helper()
	report, err := w.RunDue(context.Background(), w.a, alerts)
	if err != nil {
		w.Fatalf("RunDue = %v", err)
	}
	return report
}

// seated returns a world with a license of so many seats, on a store that calls
// everything twice.
func seated(t *testing.T, n int) *world {
	w := newWorld(t, storetest.Retrying(&lifecycle.MemStore{})).stock()
	w.install(1, org1, seatPackage, jane)
	w.setTerms(1, func(terms *license.Terms) { terms.Seats = license.MustSeats(n) })
	return w
}

func (w *world) setTerms(id license.ID, set func(*license.Terms)) {
	w.Helper()
	l, err := w.License(context.Background(), w.a, id)
	if err != nil {
		w.Fatal(err)
	}
	set(&l.Terms)
	if _, err := w.Modify(context.Background(), w.a, lifecycle.Modify{License: id, Terms: l.Terms, Revision: l.Revision}); err != nil {
		w.Fatal(err)
	}
}

func (w *world) day(text string) { w.clock = license.MustDate(text).Start().Add(2 * time.Hour) }

func wantIDs(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// A runner that was down finds all that was due meanwhile, each for itself and marked as
// late; of what was renewed in between it makes nothing up.
func TestL13LateRunner(t *testing.T) {
	box := &inbox{}
	w := seated(t, 3)
	w.install(2, org2, seatPackage, joe)
	for id := license.ID(1); id <= 2; id++ {
		w.setTerms(id, func(terms *license.Terms) { terms.Expiration = license.LastDay(license.MustDate("2026-03-31")) })
	}
	alerts := oneRule(t, lifecycle.OnExpiring{Days: []int{30, 14, 7}}, box)
	w.runDue(alerts)
	w.day("2026-03-25") // after 30, 14 and 7 days before
	w.setTerms(2, func(terms *license.Terms) { terms.Expiration = license.LastDay(license.MustDate("2027-03-31")) })
	w.runDue(alerts)
	w.runDue(alerts)
	wantIDs(t, "delivered", box.got, "rule/L-00001/2026-03-31/30", "rule/L-00001/2026-03-31/14", "rule/L-00001/2026-03-31/7")
	for _, m := range box.all {
		if !m.Alert.Late || !strings.Contains(m.Text, "Recorded late, on 2026-03-25") {
			t.Errorf("%v is not marked as late: %s", m.Alert.ID, m.Text)
		}
	}
	w.day("2026-04-01")
	w.runDue(alerts)
	expired, err := w.Alert(t.Context(), w.a, lifecycle.MustAlertID("expired/L-00001/2026-03-31/-1"))
	if err != nil || expired.Kind != lifecycle.AlertExpired || expired.Late {
		t.Errorf("that a license expired is recorded as %+v, %v", expired, err)
	}
	wantIDs(t, "delivered", box.got, "rule/L-00001/2026-03-31/30", "rule/L-00001/2026-03-31/14", "rule/L-00001/2026-03-31/7")
}

// Whoever is installed, or cut short, with fewer days than a rule looks ahead is not
// told of days that were never ahead, whenever RunDue runs.
func TestNoAlertOfDaysThatNeverWere(t *testing.T) {
	for _, runs := range [][]string{{"2026-02-01", "2026-02-02", "2026-02-03"}, {"2026-02-20"}} {
		box := &inbox{}
		w := seated(t, 3)
		alerts := oneRule(t, lifecycle.OnExpiring{Days: []int{30, 10}}, box)
		w.runDue(alerts)
		w.day("2026-02-01")
		w.setTerms(1, func(terms *license.Terms) { terms.Expiration = license.LastDay(license.MustDate("2026-02-25")) })
		for _, day := range append(runs, "2026-02-21") {
			w.day(day)
			w.runDue(alerts)
		}
		wantIDs(t, fmt.Sprint("runs on ", runs), box.got, "rule/L-00001/2026-02-25/10")
	}
}

// T1: the days of an alert are those of the license's zone.
func TestT1AlertsInTheZone(t *testing.T) {
	for zone, want := range map[string]int{"Pacific/Kiritimati": 1, "UTC": 0, "Pacific/Pago_Pago": 0} {
		box := &inbox{}
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		n := w.installed(1, org1, seatPackage, jane)
		n.Zone = license.MustZone(zone)
		w.must(n)
		w.setTerms(1, func(terms *license.Terms) { terms.Expiration = license.LastDay(license.MustDate("2026-03-31")) })
		alerts := oneRule(t, lifecycle.OnExpiring{Days: []int{7}}, box)
		w.runDue(alerts)
		w.clock = time.Date(2026, 3, 23, 10, 30, 0, 0, time.UTC) // it is the 24th in Kiritimati
		w.runDue(alerts)
		if len(box.got) != want {
			t.Errorf("%s: %d alerts, want %d", zone, len(box.got), want)
		}
		w.clock = time.Date(2026, 3, 24, 11, 30, 0, 0, time.UTC) // it is the 24th everywhere
		w.runDue(alerts)
		if len(box.got) != 1 {
			t.Errorf("%s: %d alerts, want 1", zone, len(box.got))
		}
	}
}

// A threshold is told once when it is crossed, and again only after use was below it. What
// was crossed before the rule began is not told, and a seat that goes from hand to
// hand crosses nothing.
func TestThresholds(t *testing.T) {
	box := &inbox{}
	w := seated(t, 10)
	ctx := t.Context()
	give := func(from, to int) {
		for n := from; n <= to; n++ {
			w.must(lifecycle.Assign{License: 1, Users: users(n)})
		}
	}
	give(1, 8)
	alerts := oneRule(t, lifecycle.OnThreshold{BasisPoints: []int{8000, 9500}}, box)
	w.runDue(alerts)
	give(9, 9)
	w.runDue(alerts)
	wantIDs(t, "already above 80 %", box.got)
	give(10, 10)
	w.must(lifecycle.Transfer{License: 1, From: user(10), To: user(11)})
	w.runDue(alerts)
	w.must(lifecycle.Transfer{License: 1, From: user(11), To: user(12)})
	w.runDue(alerts)
	wantIDs(t, "95 % once", box.got, "rule/L-00001/12/9500")
	w.must(lifecycle.Revoke{License: 1, Users: users(1, 2, 3)})
	give(20, 20)
	w.setTerms(1, func(terms *license.Terms) { terms.Seats = license.MustSeats(5) })
	w.runDue(alerts)
	last, err := w.License(ctx, w.a, 1)
	if err != nil || last.Holders != 8 {
		t.Fatal(last.Holders, err)
	}
	wantIDs(t, "both again", box.got[1:], "rule/L-00001/19/8000", "rule/L-00001/20/9500")
	if a := box.all[2].Alert; a.Used != 8 || a.Seats != 5 {
		t.Errorf("used %d of %d, want 8 of 5", a.Used, a.Seats)
	}
}

// What happened is told also when it was undone before anything ran.
func TestSuspendedAndBack(t *testing.T) {
	box := &inbox{}
	w := seated(t, 10)
	alerts := oneRule(t, lifecycle.OnSuspended{}, box)
	w.runDue(alerts)
	for range 2 {
		w.setTerms(1, func(terms *license.Terms) { terms.Status = license.Suspended })
		w.setTerms(1, func(terms *license.Terms) { terms.Status = license.Active })
	}
	w.runDue(alerts)
	if len(box.got) != 2 {
		t.Errorf("told %q, want two suspensions", box.got)
	}
}

// A difference between the sides is told once, however often it is seen, and once more when
// it came back after they had agreed.
func TestDriftIsToldOnceEachTime(t *testing.T) {
	box := &inbox{}
	w := seated(t, 10)
	alerts := oneRule(t, lifecycle.OnDrift{}, box)
	w.runDue(alerts)
	for i, orgHas := range []int{10, 7, 6, 10, 7} { // 6: it goes on to differ, otherwise
		w.clock = w.clock.AddDate(0, 0, 1)
		o := asOrgHas(w.license(1))
		o.Values.AsOf, o.Values.Seats = w.clock, license.MustSeats(orgHas)
		w.must(lifecycle.Observe{Observation: o})
		w.runDue(alerts)
		if want := []int{0, 1, 1, 1, 2}[i]; len(box.got) != want {
			t.Errorf("after the org had %d seats on day %d: told %q, want %d", orgHas, i, box.got, want)
		}
	}
	for _, m := range box.all {
		if a := m.Alert; a.Field != license.DriftSeats || a.Used != 0 || a.Seats != 0 {
			t.Errorf("the alert is %+v, want the field and no use", a)
		}
	}
}

// What was crossed, and crossed back, between two runs is told.
func TestCrossedAndBack(t *testing.T) {
	box := &inbox{}
	w := seated(t, 10)
	alerts := oneRule(t, lifecycle.OnOverAllocated{}, box)
	w.must(lifecycle.Assign{License: 1, Users: users(1, 2, 3, 4, 5)})
	w.runDue(alerts)
	for _, n := range []int{4, 10} {
		w.setTerms(1, func(terms *license.Terms) { terms.Seats = license.MustSeats(n) })
	}
	w.runDue(alerts)
	wantIDs(t, "told", box.got, "rule/L-00001/4")
}

// What was crossed before a license came to its end is told after it.
func TestCrossedBeforeTheEnd(t *testing.T) {
	box := &inbox{}
	w := seated(t, 10)
	alerts := oneRule(t, lifecycle.OnThreshold{BasisPoints: []int{2000}}, box)
	w.runDue(alerts)
	w.must(lifecycle.Assign{License: 1, Users: users(1)})
	w.must(lifecycle.Assign{License: 1, Users: users(2)})
	w.must(w.uninstalled(1, org1, seatPackage))
	w.runDue(alerts)
	wantIDs(t, "told", box.got, "rule/L-00001/4/2000")
}

// A license that is used again and not used again is told again.
func TestUnused(t *testing.T) {
	box := &inbox{}
	w := seated(t, 10)
	var at time.Time
	var failure error
	alerts := oneRule(t, lifecycle.OnUnused{Days: 45, LastUse: func(context.Context) iter.Seq2[lifecycle.Use, error] {
		return func(yield func(lifecycle.Use, error) bool) {
			_ = yield(lifecycle.Use{License: 99}, nil) && yield(lifecycle.Use{License: 1, At: at}, failure)
		}
	}}, box)
	w.runDue(alerts)
	for _, day := range []string{"2026-02-23", "2026-02-24", "2026-02-25"} {
		w.day(day)
		w.runDue(alerts)
	}
	at = w.clock
	w.day("2026-04-20")
	w.runDue(alerts)
	wantIDs(t, "told", box.got, "rule/L-00001/2026-01-10", "rule/L-00001/2026-02-25")
	failure = errors.New("the directory is away")
	if _, err := w.RunDue(t.Context(), w.a, alerts); !errors.Is(err, failure) {
		t.Errorf("RunDue = %v, want the caller's error", err)
	}
}

// A rule that is new tells nothing of what was before it, also while others catch up on that.
func TestNewRuleBeginsWithThePresent(t *testing.T) {
	box := &inbox{}
	rules := func(names ...string) *lifecycle.Alerts {
		c := lifecycle.AlertConfig{Sinks: map[string]lifecycle.Sink{"box": box}}
		for _, name := range names {
			c.Rules = append(c.Rules, lifecycle.AlertRule{Name: name, When: lifecycle.OnSuspended{}, Sinks: []string{"box"}})
		}
		return mustAlerts(t, c)
	}
	suspended := func(terms *license.Terms) { terms.Status = license.Suspended }
	w := seated(t, 10)
	w.install(2, org2, seatPackage, joe)
	w.runDue(rules("old"))
	w.setTerms(1, suspended)
	w.runDue(rules("old", "new"))
	w.setTerms(2, suspended)
	w.runDue(rules("old", "new"))
	slices.Sort(box.got)
	wantIDs(t, "told", box.got, "new/L-00002/2", "old/L-00001/3", "old/L-00002/2")
}

// A rule by date is about the licenses that it wants, about more of them than one page has,
// and about no day before it began, however far another rule is behind.
func TestDateRules(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	end := license.DateOf(epoch).AddDays(60)
	ends := func(status license.Status) func(*license.Terms) {
		return func(terms *license.Terms) { terms.Status, terms.Expiration = status, license.LastDay(end) }
	}
	const many = 1001 // a page has fewer
	for n := range many {
		w.install(10+n, license.Org{ID: pkgversion.MustOrgID(fmt.Sprintf("org-of-%d", n)), Status: license.OrgActive}, seatPackage, lead.Person{})
		w.setTerms(license.ID(1+n), ends(license.Active))
	}
	w.install(1, sandbox, seatPackage, jane)
	w.setTerms(many+1, ends(license.Active))
	w.install(2, org1, trialPackage, jane)
	w.setTerms(many+2, ends(license.Active))
	w.install(3, org2, seatPackage, joe)
	w.setTerms(many+3, ends(license.Suspended))
	rules := []lifecycle.AlertRule{
		{Name: "production", When: lifecycle.OnExpiring{Days: []int{30}}, Package: seatPackage, Orgs: lifecycle.ProductionOrgs},
		{Name: "sandboxes", When: lifecycle.OnExpiring{Days: []int{30}}, Package: seatPackage, Orgs: lifecycle.SandboxOrgs},
	}
	w.runDue(mustAlerts(t, lifecycle.AlertConfig{Rules: rules}))
	w.clock = w.clock.AddDate(0, 0, 40)
	late := lifecycle.AlertRule{Name: "late", When: lifecycle.OnExpiring{Days: []int{30}}}
	w.runDue(mustAlerts(t, lifecycle.AlertConfig{Rules: append(rules, late)}))
	told := map[string]int{}
	for _, a := range collect(w, w.Alerts(t.Context(), w.a, lifecycle.AlertQuery{})) {
		told[a.Rule]++
	}
	if diff := cmp.Diff(map[string]int{"production": many, "sandboxes": 1}, told); diff != "" {
		t.Errorf("alerts of each rule (-want +got)\n%s", diff)
	}
}

// A rule about what happens is about the licenses that it wants, too.
func TestEventRulesOfAPackage(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	alerts := mustAlerts(t, lifecycle.AlertConfig{Rules: []lifecycle.AlertRule{
		{Name: "rule", When: lifecycle.OnSuspended{}, Package: seatPackage, Orgs: lifecycle.ProductionOrgs}}})
	w.runDue(alerts)
	w.install(1, sandbox, seatPackage, jane)
	w.install(2, org1, trialPackage, jane)
	w.install(3, org1, seatPackage, jane)
	for id := license.ID(1); id <= 3; id++ {
		w.setTerms(id, func(terms *license.Terms) { terms.Status = license.Suspended })
	}
	w.runDue(alerts)
	if all := collect(w, w.Alerts(t.Context(), w.a, lifecycle.AlertQuery{})); len(all) != 1 || all[0].License != 3 {
		t.Errorf("alerts: %+v, want one of the third license", all)
	}
}

// A rule about use is about the licenses that it wants, that are there and live, that have been
// unused for long enough; and about all of them, however many there are.
func TestUnusedLicenses(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	const many = 1001
	var uses []lifecycle.Use
	for n := range many {
		w.install(10+n, license.Org{ID: pkgversion.MustOrgID(fmt.Sprintf("org-of-%d", n)), Status: license.OrgActive}, seatPackage, lead.Person{})
		uses = append(uses, lifecycle.Use{License: license.ID(1 + n)})
	}
	w.install(1, org1, trialPackage, jane) // not wanted
	w.install(2, org1, seatPackage, jane)  // used lately
	w.install(3, org2, seatPackage, joe)   // not live
	w.setTerms(many+3, func(terms *license.Terms) { terms.Status = license.Suspended })
	w.clock = w.clock.AddDate(0, 0, 30)
	uses = append(uses, lifecycle.Use{License: many + 1}, lifecycle.Use{License: many + 2, At: epoch.AddDate(0, 0, 1)},
		lifecycle.Use{License: many + 3}, lifecycle.Use{License: many + 9}) // the last is not there
	rule := lifecycle.AlertRule{Name: "unused", Package: seatPackage, When: lifecycle.OnUnused{Days: 30, LastUse: func(context.Context) iter.Seq2[lifecycle.Use, error] {
		return func(yield func(lifecycle.Use, error) bool) {
			for _, use := range uses {
				if !yield(use, nil) {
					return
				}
			}
		}
	}}}
	alerts := mustAlerts(t, lifecycle.AlertConfig{Rules: []lifecycle.AlertRule{rule}})
	for day, want := range []int{many, many + 1} { // one was used a day later
		w.runDue(alerts)
		all := collect(w, w.Alerts(t.Context(), w.a, lifecycle.AlertQuery{}))
		all = slices.DeleteFunc(all, func(a lifecycle.Alert) bool { return a.Rule != "unused" })
		if len(all) != want {
			t.Errorf("after %d days %d are known as unused, want %d", 30+day, len(all), want)
		}
		w.clock = w.clock.AddDate(0, 0, 1)
	}
}

// What is no longer so when it is recorded is not told: here the license is renewed between
// the look at it and the record.
func TestRenewedWhileItIsRecorded(t *testing.T) {
	box, mem := &inbox{}, &lifecycle.MemStore{}
	s := &faulty{Store: mem}
	w := newWorld(t, s).stock()
	w.install(1, org1, trialPackage, jane)
	alerts := oneRule(t, lifecycle.OnTrialEnding{Days: []int{10}}, box)
	w.runDue(alerts)
	w.clock = w.clock.AddDate(0, 0, 21)
	other := newWorld(t, mem)
	other.clock = w.clock
	renewed := false
	s.commit = func(_ int, commit func() error) error {
		if !renewed {
			renewed = true
			other.setTerms(1, func(terms *license.Terms) { terms.Expiration = license.LastDay(license.DateOf(w.clock).AddDays(40)) })
		}
		return commit()
	}
	if report := w.runDue(alerts); report.Recorded != 0 || !renewed || len(box.got) > 0 {
		t.Errorf("RunDue = %+v, told %q, renewed: %t", report, box.got, renewed)
	}
}

// E6: what a run took and did not try, because its sink had failed again and again, has lost no
// attempt, and can be tried at once.
func TestE6UntriedIsHandedBack(t *testing.T) {
	box := &inbox{fail: func(lifecycle.Message) error { return errors.New("down") }}
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	alerts := oneRule(t, lifecycle.OnSuspended{}, box)
	w.runDue(alerts)
	const suspended, tried = 5, 3
	for n := range suspended {
		w.install(n+1, org1, seatPackage, jane)
		w.setTerms(license.ID(n+1), func(terms *license.Terms) { terms.Status = license.Suspended })
	}
	if report := w.runDue(alerts); report.Failed != tried {
		t.Errorf("RunDue = %+v, want %d tries", report, tried)
	}
	var untried int
	for _, d := range collect(w, w.Deliveries(t.Context(), w.a, lifecycle.DeliveryQuery{})) {
		if d.Attempts == 0 && d.NextAt.Equal(w.clock) && d.Failure == "" {
			untried++
		} else if d.Attempts != 1 || !d.NextAt.After(w.clock) {
			t.Errorf("%+v was tried once", d)
		}
	}
	if untried != suspended-tried {
		t.Errorf("%d deliveries are as before, want %d", untried, suspended-tried)
	}
	box.fail = nil
	if report := w.runDue(alerts); report.Delivered != suspended-tried {
		t.Errorf("RunDue = %+v, want the others delivered at once", report)
	}
}

// A run whose sink answers after its time was up, and after another run has delivered the
// message, takes nothing of that back.
func TestE4LateAnswerOverwritesNothing(t *testing.T) {
	mem, box := &lifecycle.MemStore{}, &inbox{}
	w, other := newWorld(t, mem).stock(), newWorld(t, mem)
	w.install(1, org1, seatPackage, jane)
	overtaken := false
	alerts := oneRule(t, lifecycle.OnSuspended{}, lifecycle.SinkFunc(func(ctx context.Context, m lifecycle.Message) error {
		if overtaken {
			return box.Deliver(ctx, m)
		}
		overtaken = true
		other.clock = w.clock.AddDate(0, 0, 1)
		if report, err := other.DeliverAlerts(ctx, w.a, oneRule(t, lifecycle.OnSuspended{}, box)); err != nil || report.Delivered != 1 {
			t.Errorf("the other run: %+v, %v", report, err)
		}
		return errors.New("too late")
	}))
	w.runDue(alerts)
	w.setTerms(1, func(terms *license.Terms) { terms.Status = license.Suspended })
	w.runDue(alerts)
	for _, d := range collect(w, w.Deliveries(t.Context(), w.a, lifecycle.DeliveryQuery{})) {
		if d.State != lifecycle.Delivered || d.Failure != "" {
			t.Errorf("%+v, want it delivered", d)
		}
	}
}

// A license that is imported as it was elsewhere, suspended or uninstalled, is no news.
func TestImportedIsNoNews(t *testing.T) {
	w, box := newWorld(t, &lifecycle.MemStore{}).live(), &inbox{}
	alerts := mustAlerts(t, lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{{Name: "suspended", When: lifecycle.OnSuspended{}, Sinks: []string{"box"}}, {Name: "gone", When: lifecycle.OnUninstalled{}, Sinks: []string{"box"}}},
		Sinks: map[string]lifecycle.Sink{"box": box},
	})
	w.runDue(alerts)
	for n, status := range []license.Status{license.Suspended, license.Uninstalled} {
		l := w.license(1)
		l.ID, l.Installation, l.Org, l.Terms.Status = license.ID(20+n), installation(20+n), org2.ID, status
		w.must(lifecycle.ImportLicense{License: l, Org: org2, AsOf: w.clock})
	}
	w.runDue(alerts)
	wantIDs(t, "told", box.got)
}

// What cannot be asked for holds up no alert that is recorded.
func TestDeliveredThoughUseCannotBeAsked(t *testing.T) {
	box, failure := &inbox{}, errors.New("the directory is away")
	alerts := mustAlerts(t, lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{
			{Name: "unused", When: lifecycle.OnUnused{Days: 45, LastUse: func(context.Context) iter.Seq2[lifecycle.Use, error] {
				return func(yield func(lifecycle.Use, error) bool) { yield(lifecycle.Use{}, failure) }
			}}},
			{Name: "rule", When: lifecycle.OnSuspended{}, Sinks: []string{"box"}},
		},
		Sinks: map[string]lifecycle.Sink{"box": box},
	})
	w := seated(t, 10)
	for range 2 {
		report, err := w.RunDue(t.Context(), w.a, alerts)
		if !errors.Is(err, failure) || report.Delivered != len(box.got) {
			t.Errorf("RunDue = %+v, %v, want the caller's error", report, err)
		}
		w.setTerms(1, func(terms *license.Terms) { terms.Status = license.Suspended })
	}
	wantIDs(t, "told", box.got, "rule/L-00001/3")
}

// E5: a sink that fails, hangs or panics holds up neither a change nor another sink.
func TestE5BadSinks(t *testing.T) {
	box, release := &inbox{}, make(chan struct{})
	defer close(release)
	alerts := mustAlerts(t, lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{{Name: "rule", When: lifecycle.OnOverAllocated{}, Sinks: []string{"box", "fails", "hangs", "panics", "sleeps"}}},
		Sinks: map[string]lifecycle.Sink{
			"box":    box,
			"fails":  lifecycle.SinkFunc(func(context.Context, lifecycle.Message) error { return errors.New("no") }),
			"hangs":  lifecycle.SinkFunc(func(context.Context, lifecycle.Message) error { <-release; return nil }),
			"panics": lifecycle.SinkFunc(func(context.Context, lifecycle.Message) error { panic("jane@acme.example") }),
			"sleeps": lifecycle.SinkFunc(func(ctx context.Context, _ lifecycle.Message) error { <-ctx.Done(); return ctx.Err() }),
		},
		Timeout: 10 * time.Millisecond,
	})
	w := seated(t, 10)
	w.install(2, org2, seatPackage, joe)
	w.runDue(alerts)
	for id := license.ID(1); id <= 2; id++ {
		w.must(lifecycle.Assign{License: id, Users: users(1, 2)})
		w.setTerms(id, func(terms *license.Terms) { terms.Seats = license.MustSeats(1) })
	}
	report := w.runDue(alerts)
	if report.Recorded != 2 || report.Delivered != 2 || len(box.got) != 2 {
		t.Errorf("RunDue = %+v, the good sink has %q", report, box.got)
	}
	for d, err := range w.Deliveries(t.Context(), w.a, lifecycle.DeliveryQuery{State: lifecycle.Pending}) {
		if err != nil || strings.Contains(d.Failure, "@") || d.Sink == "panics" && (d.Attempts != 1 || !strings.Contains(d.Failure, "panicked")) {
			t.Errorf("%+v, %v", d, err)
		}
	}
}

// E4, E6: a sink that has taken a message as the run was stopped has it; one that gave up
// because of that has not been tried.
func TestE6StoppedWhileDelivering(t *testing.T) {
	for _, answer := range []error{nil, context.Canceled} {
		ctx, stop := context.WithCancel(t.Context())
		alerts := oneRule(t, lifecycle.OnSuspended{}, lifecycle.SinkFunc(func(context.Context, lifecycle.Message) error {
			stop()
			return answer
		}))
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		w.runDue(alerts)
		w.install(1, org1, seatPackage, jane)
		w.setTerms(1, func(terms *license.Terms) { terms.Status = license.Suspended })
		if _, err := w.RunDue(ctx, w.a, alerts); !errors.Is(err, context.Canceled) {
			t.Errorf("RunDue = %v, want it stopped", err)
		}
		all := collect(w, w.Deliveries(t.Context(), w.a, lifecycle.DeliveryQuery{}))
		if len(all) != 1 || answer == nil && all[0].State != lifecycle.Delivered ||
			answer != nil && (all[0].State != lifecycle.Pending || all[0].Attempts != 0 || all[0].Failure != "") {
			t.Errorf("the sink said %v: %+v", answer, all)
		}
	}
}

// E6: what fails is tried again after a time that doubles, within bounds, then parked,
// visible, and can be sent again by hand. Its failure is told without an address.
func TestE6Parked(t *testing.T) {
	box := &inbox{fail: func(lifecycle.Message) error { return errors.New("550 no such user <jane@acme.example>\nbye") }}
	alerts := mustAlerts(t, lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{{Name: "rule", When: lifecycle.OnUninstalled{}, Sinks: []string{"box"}}},
		Sinks: map[string]lifecycle.Sink{"box": box}, MaxAttempts: 12,
	})
	w := seated(t, 10)
	w.runDue(alerts)
	w.must(w.uninstalled(1, org1, seatPackage))
	id := lifecycle.AlertID{}
	for attempt := 1; ; attempt++ {
		w.runDue(alerts)
		all := slices.Collect(oks(w.Deliveries(t.Context(), w.a, lifecycle.DeliveryQuery{})))
		if len(all) != 1 || all[0].Attempts != attempt || all[0].Failure != "550 no such user (not shown: it may be an address) bye" {
			t.Fatalf("after attempt %d: %+v", attempt, all)
		}
		id = all[0].Alert
		if all[0].State == lifecycle.Parked {
			if attempt != 12 {
				t.Errorf("parked after %d attempts, want 12", attempt)
			}
			break
		}
		wait, most := all[0].NextAt.Sub(w.clock), min(6*time.Hour, time.Minute<<(attempt-1))
		if wait < most/2 || wait > most {
			t.Errorf("after attempt %d it waits for %v, want %v to %v", attempt, wait, most/2, most)
		}
		if report := w.runDue(alerts); report != (lifecycle.DueReport{}) {
			t.Fatalf("it was tried too early: %+v", report)
		}
		w.clock = all[0].NextAt
	}
	w.clock = w.clock.AddDate(0, 0, 3)
	if report := w.runDue(alerts); report != (lifecycle.DueReport{}) {
		t.Errorf("what is parked was tried: %+v", report)
	}
	box.fail = nil
	for range 2 { // by hand, also when it was delivered
		if err := w.Resend(t.Context(), w.a, id, "box"); err != nil {
			t.Fatal(err)
		}
		w.runDue(alerts)
	}
	wantIDs(t, "delivered", box.got, id.String(), id.String())
	var missing *lifecycle.NotFoundError
	if err := w.Resend(t.Context(), w.a, id, "other"); !errors.As(err, &missing) {
		t.Errorf("Resend to a sink that never had it = %v", err)
	}
}

func oks[T any](seq iter.Seq2[T, error]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for item, err := range seq {
			if err != nil || !yield(item) {
				return
			}
		}
	}
}

// uninstalledMany returns a world with so many licenses, each of which was just uninstalled.
func uninstalledMany(t *testing.T, n int, alerts *lifecycle.Alerts) *world {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.runDue(alerts)
	for i := 1; i <= n; i++ {
		w.install(i, org1, seatPackage, lead.Person{})
		w.must(w.uninstalled(i, org1, seatPackage))
	}
	return w
}

// E6: a sink that is down does not use up the attempts of everything that waits, and
// what fails again and again holds up nothing else.
func TestE6DownAndPoison(t *testing.T) {
	box := &inbox{fail: func(lifecycle.Message) error { return errors.New("down") }}
	alerts := oneRule(t, lifecycle.OnUninstalled{}, box)
	w := uninstalledMany(t, 60, alerts)
	if report := w.runDue(alerts); report.Failed > 3 {
		t.Errorf("a sink that is down was tried %d times in one run", report.Failed)
	}
	box.fail = func(m lifecycle.Message) error {
		if m.Alert.License%10 == 1 {
			return errors.New("no such user")
		}
		return nil
	}
	for range 3 {
		w.clock = w.clock.AddDate(0, 0, 1)
		w.runDue(alerts)
	}
	if len(box.got) != 54 {
		t.Errorf("%d delivered, want all 54 but those that cannot be", len(box.got))
	}
}

// E7: of a license and a sink an alert waits for the one before it.
func TestE7OrderOfALicense(t *testing.T) {
	fails := true
	box := &inbox{fail: func(m lifecycle.Message) error {
		if fails && m.Alert.Number == 1 {
			return errors.New("not now")
		}
		return nil
	}}
	w := seated(t, 10)
	alerts := mustAlerts(t, lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{
			{Name: "a", When: lifecycle.OnSuspended{}, Sinks: []string{"box"}},
			{Name: "b", When: lifecycle.OnUninstalled{}, Sinks: []string{"box"}},
		},
		Sinks: map[string]lifecycle.Sink{"box": box},
	})
	w.runDue(alerts)
	w.setTerms(1, func(terms *license.Terms) { terms.Status = license.Suspended })
	w.must(w.uninstalled(1, org1, seatPackage))
	w.runDue(alerts)
	wantIDs(t, "while the first fails", box.got)
	fails = false
	w.clock = w.clock.Add(time.Hour)
	w.runDue(alerts)
	if len(box.got) != 2 || box.all[0].Alert.Number != 1 {
		t.Errorf("delivered %q", box.got)
	}
}

// E4: however many run at once, each alert is recorded once and delivered once.
func TestE4ManyRunners(t *testing.T) {
	box := &inbox{}
	alerts := oneRule(t, lifecycle.OnUninstalled{}, box)
	w := uninstalledMany(t, 100, alerts)
	var runners sync.WaitGroup
	for range 6 {
		runners.Go(func() {
			if _, err := w.RunDue(context.Background(), w.a, alerts); err != nil {
				t.Errorf("RunDue = %v", err)
			}
		})
	}
	runners.Wait()
	w.runDue(alerts)
	if n := len(slices.Collect(oks(w.Alerts(t.Context(), w.a, lifecycle.AlertQuery{})))); n != 100 {
		t.Errorf("%d alerts, want 100", n)
	}
	slices.Sort(box.got)
	if len(slices.Compact(slices.Clone(box.got))) != 100 || len(box.got) != 100 {
		t.Errorf("%d deliveries, want 100 and each once", len(box.got))
	}
}

// E4: what a machine had taken when it stopped is tried by another after a while.
func TestE4StoppedMachine(t *testing.T) {
	box := &inbox{}
	alerts := oneRule(t, lifecycle.OnUninstalled{}, box)
	w := uninstalledMany(t, 20, alerts)
	crashing := &dyingStore{Store: w.store}
	box.fail = func(lifecycle.Message) error { crashing.broken = true; return nil } // dies after its first message
	m, err := lifecycle.New(lifecycle.Config{Store: crashing, Now: func() time.Time { return w.clock }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.RunDue(t.Context(), w.a, alerts); err == nil {
		t.Fatal("RunDue on a store that died = nil")
	}
	box.fail, box.got = nil, nil
	w.runDue(alerts)
	if len(box.got) != 4 {
		t.Errorf("%d delivered while 16 are taken, want 4", len(box.got))
	}
	w.clock = w.clock.Add(16*30*time.Second + time.Minute)
	w.runDue(alerts)
	if len(box.got) != 20 {
		t.Errorf("%d delivered, want all 20", len(box.got))
	}
}

// dyingStore is a store that can be taken away.
type dyingStore struct {
	lifecycle.Store
	broken bool
}

func (s *dyingStore) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	if s.broken {
		return errors.New("the machine is off")
	}
	return s.Store.Update(ctx, f)
}

// M1: a run for one vendor tells nothing of another's licenses.
func TestM1AlertsOfOneVendor(t *testing.T) {
	box := &inbox{}
	alerts := oneRule(t, lifecycle.OnUninstalled{}, box)
	w := uninstalledMany(t, 3, alerts)
	if report, err := w.RunDue(t.Context(), vendorB, alerts); err != nil || report != (lifecycle.DueReport{}) {
		t.Errorf("RunDue of another vendor = %+v, %v", report, err)
	}
	if err := w.Resend(t.Context(), vendorB, lifecycle.MustAlertID("rule/L-00001/3"), "box"); err == nil {
		t.Error("another vendor's alert could be sent again")
	}
	if _, err := w.RunDue(t.Context(), lifecycle.Actor{}, alerts); err == nil {
		t.Error("nobody could run it")
	}
	if _, err := w.RunDue(t.Context(), w.a, nil); err == nil {
		t.Error("RunDue without Alerts = nil")
	}
}

// A rule writes to its addresses and to the package's lead manager while active; who
// cannot be reached is left out.
func TestRecipients(t *testing.T) {
	box := &inbox{}
	olga, _ := lead.ParseEmail("olga@vendor.example")
	alerts := mustAlerts(t, lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{{Name: "rule", When: lifecycle.OnSuspended{}, Sinks: []string{"box"},
			Recipients: lifecycle.Recipients{Addresses: []lead.Email{olga, olga}, LeadManager: true}}},
		Sinks: map[string]lifecycle.Sink{"box": box},
	})
	w := seated(t, 3)
	w.runDue(alerts)
	manager := lead.Owner{ID: lead.MustOwnerID("manager"), Name: "Max", Email: "max@vendor.example", Active: true}
	w.must(lifecycle.RecordOwner{Owner: manager})
	w.must(lifecycle.SetLeadManager{Package: seatPackage, Manager: manager.ID})
	for _, change := range []func(){func() {}, func() { manager.Email = "no address" }, func() { manager.Email, manager.Active = "max@vendor.example", false }} {
		change()
		w.must(lifecycle.RecordOwner{Owner: manager})
		w.setTerms(1, func(terms *license.Terms) { terms.Status = license.Suspended })
		w.setTerms(1, func(terms *license.Terms) { terms.Status = license.Active })
		w.runDue(alerts)
	}
	var to []string
	for _, m := range box.all {
		to = append(to, fmt.Sprint(m.To))
	}
	wantIDs(t, "written to", to, "[olga@vendor.example max@vendor.example]", "[olga@vendor.example]", "[olga@vendor.example]")
}

// A rule that is wrong is refused before anything runs, and everything wrong is said.
func TestNewAlertsRefuses(t *testing.T) {
	box := &inbox{}
	lastUse := func(context.Context) iter.Seq2[lifecycle.Use, error] { return nil }
	for what, r := range map[string]lifecycle.AlertRule{
		"no name":             {When: lifecycle.OnExpired{}},
		"slash":               {Name: "a/b", When: lifecycle.OnExpired{}},
		"long name":           {Name: strings.Repeat("x", 101), When: lifecycle.OnExpired{}},
		"not UTF-8":           {Name: "\xff", When: lifecycle.OnExpired{}},
		"no cause":            {Name: "r"},
		"no days":             {Name: "r", When: lifecycle.OnExpiring{}},
		"days twice":          {Name: "r", When: lifecycle.OnTrialEnding{Days: []int{3, 3}}},
		"negative days":       {Name: "r", When: lifecycle.OnExpiring{Days: []int{-1}}},
		"no thresholds":       {Name: "r", When: lifecycle.OnThreshold{}},
		"threshold too high":  {Name: "r", When: lifecycle.OnThreshold{BasisPoints: []int{10_001}}},
		"nobody knows of use": {Name: "r", When: lifecycle.OnUnused{Days: 3}},
		"stage":               {Name: "r", When: lifecycle.OnSeatIdle{Stage: reclaim.Exempt}},
		"unknown sink":        {Name: "r", When: lifecycle.OnExpired{}, Sinks: []string{"fax"}},
		"sink twice":          {Name: "r", When: lifecycle.OnExpired{}, Sinks: []string{"box", "box"}},
		"no user":             {Name: "r", When: lifecycle.OnUnused{Days: 3, LastUse: lastUse}, Recipients: lifecycle.Recipients{User: true}},
		"syntax":              {Name: "r", When: lifecycle.OnExpired{}, Subject: "{{"},
		"unknown field":       {Name: "r", When: lifecycle.OnExpired{}, Text: "{{.Licence}}"},
		"unknown deep field":  {Name: "r", When: lifecycle.OnExpired{}, Text: "{{if .Alert.Late}}{{.Alert.Lastt}}{{end}}"},
		"endless":             {Name: "r", When: lifecycle.OnExpired{}, Text: `{{range 100000}}{{printf "%99d" 1}}{{end}}`},
	} {
		alerts, err := lifecycle.NewAlerts(lifecycle.AlertConfig{Rules: []lifecycle.AlertRule{r}, Sinks: map[string]lifecycle.Sink{"box": box}})
		if err == nil || alerts != nil {
			t.Errorf("%s: NewAlerts = %v, %v, want an error", what, alerts, err)
		}
	}
	_, err := lifecycle.NewAlerts(lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{{Name: "r", When: lifecycle.OnExpired{}}, {Name: "r", When: lifecycle.OnExpired{}, Text: "{{"}},
		Sinks: map[string]lifecycle.Sink{"": nil},
	})
	for _, want := range []string{"name of its own", "text", "not nil"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("NewAlerts = %v, which does not say %q", err, want)
		}
	}
}

// An alert whose rule is not among those given waits and is parked in the end; it does
// not hold up the license for ever.
func TestRuleThatIsGone(t *testing.T) {
	box := &inbox{}
	w := uninstalledMany(t, 1, oneRule(t, lifecycle.OnUninstalled{}, box))
	old := mustAlerts(t, lifecycle.AlertConfig{Rules: []lifecycle.AlertRule{{Name: "old", When: lifecycle.OnUninstalled{}, Sinks: []string{"box"}}},
		Sinks: map[string]lifecycle.Sink{"box": &inbox{fail: func(lifecycle.Message) error { return errors.New("no") }}}, MaxAttempts: 2})
	w.runDue(old) // begins
	w.install(2, org2, seatPackage, lead.Person{})
	w.must(w.uninstalled(2, org2, seatPackage))
	w.runDue(old)
	w.clock = w.clock.Add(time.Hour)
	alerts := mustAlerts(t, lifecycle.AlertConfig{Rules: []lifecycle.AlertRule{{Name: "rule", When: lifecycle.OnUninstalled{}, Sinks: []string{"box"}}},
		Sinks: map[string]lifecycle.Sink{"box": box}, MaxAttempts: 2})
	w.runDue(alerts)
	wantIDs(t, "delivered", box.got, "rule/L-00001/2", "rule/L-00002/2")
	parked := slices.Collect(oks(w.Deliveries(t.Context(), w.a, lifecycle.DeliveryQuery{State: lifecycle.Parked})))
	if len(parked) != 1 || parked[0].Alert.String() != "old/L-00002/2" || !strings.Contains(parked[0].Failure, "no alert rule") {
		t.Errorf("parked are %+v", parked)
	}
}

// E9: an alert, and what is told of it in plain words, has no personal data but the id of
// the user whose seat is idle; only that user's Person is given to a sink, only as
// AlertConfig.People knows them, and a message is addressed to nobody but the rule's
// recipients.
func TestE9MessagesTellNoMoreThanTheirRule(t *testing.T) {
	to := func(r lifecycle.Recipients, when lifecycle.Cause, name string) lifecycle.AlertRule {
		return lifecycle.AlertRule{Name: name, When: when, Sinks: []string{"box"}, Recipients: r}
	}
	idle, box := lifecycle.OnSeatIdle{Stage: reclaim.FirstWarning}, &inbox{}
	address, _ := lead.ParseEmail("sales@vendor.example")
	olga, _ := lead.ParseEmail("Olga@vendor.example")
	var asked []lifecycle.UserOf
	alerts := mustAlerts(t, lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{
			to(lifecycle.Recipients{}, lifecycle.OnSuspended{}, "nobody"), to(lifecycle.Recipients{Addresses: []lead.Email{address}}, lifecycle.OnSuspended{}, "sales"),
			to(lifecycle.Recipients{LeadManager: true}, lifecycle.OnSuspended{}, "manager"),
			to(lifecycle.Recipients{Addresses: []lead.Email{address, olga, address}, LeadManager: true}, lifecycle.OnSuspended{}, "each once"), to(lifecycle.Recipients{User: true}, idle, "user"),
			to(lifecycle.Recipients{}, idle, "idle"), to(lifecycle.Recipients{}, lifecycle.OnDrift{}, "drift"), to(lifecycle.Recipients{}, lifecycle.OnUninstalled{}, "gone"),
		},
		Sinks: map[string]lifecycle.Sink{"box": box},
		People: func(u lifecycle.UserOf) lead.Person {
			asked = append(asked, u)
			return lead.Person{FirstName: "Eve", LastName: "Idle", Email: u.User.String() + "@acme.example"}
		},
	})
	w := newWorld(t, &lifecycle.MemStore{}).live()
	w.must(lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("owner-1"), Name: "Olga", Email: "olga@vendor.example", Active: true}})
	w.runDue(alerts)
	w.clock = w.clock.AddDate(0, 0, 65)
	w.applyPlan(w.planIdle())
	w.setTerms(1, func(terms *license.Terms) { terms.Status = license.Suspended })
	drifts := asOrgHas(w.license(3))
	drifts.Values.Seats, drifts.Values.AsOf, drifts.Installer = license.MustSeats(1), w.clock, joe
	w.must(lifecycle.Observe{Observation: drifts})
	w.must(w.uninstalled(3, org1, seatPackage))
	w.runDue(alerts)

	want := map[string]string{"nobody": "[]", "sales": "[sales@vendor.example]", "manager": "[olga@vendor.example]",
		"each once": "[sales@vendor.example " + olga.String() + "]", "idle": "[]", "drift": "[]", "gone": "[]"}
	told := map[string]int{}
	for _, m := range box.all {
		told[m.Alert.Rule]++
		ofUser := !m.Alert.User.IsZero()
		if ofUser {
			want["user"] = "[" + m.Alert.User.String() + "@acme.example]"
		}
		if got := fmt.Sprint(m.To); got != want[m.Alert.Rule] {
			t.Errorf("rule %q is addressed to %s, want %s", m.Alert.Rule, got, want[m.Alert.Rule])
		}
		if ofUser != (m.Person.LastName == "Idle") || !ofUser && !m.Person.IsZero() {
			t.Errorf("rule %q is given the person %+v", m.Alert.Rule, m.Person)
		}
		noPersonIn(t, m.Alert.Rule, m.Subject+m.Text)
	}
	if diff := cmp.Diff(map[string]int{"nobody": 1, "sales": 1, "manager": 1, "each once": 1, "user": 2, "idle": 2, "drift": 1, "gone": 1}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if len(asked) != 4 {
		t.Errorf("it was asked for %v, want the users of idle seats alone", asked)
	}
	for _, e := range w.events() {
		if raised, ok := e.Change.(lifecycle.AlertRaised); ok {
			noPersonIn(t, "the event", fmt.Sprintf("%+v", raised))
		}
	}
}

// noPersonIn checks that text names none of the people of a live world.
func noPersonIn(t *testing.T, what, text string) {
	t.Helper()
	for _, word := range []string{"@", "Jane", "Doe", "Joe", "Bloggs", "Olga", "Eve", "Idle", "555", jane.Email, joe.Email} {
		if strings.Contains(text, word) {
			t.Errorf("%s has %q in it: %s", what, word, text)
		}
	}
}
