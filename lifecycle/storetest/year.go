package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Year lives through a year of a vendor with so many licenses: installations, renewals,
// cuts, suspensions, seats given and taken, uninstallations. Manager.RunDue runs every
// night, sometimes twice at once, but for one week in which nothing runs; one of its
// sinks fails often, and runs are stopped in the middle. A slow model says which alerts
// there must be, and each must be there exactly once, and reach every sink at least once
// and in order. open is called for the store, and again whenever the program restarts: it
// returns a store on the same data.
//
// It proves E1 and E4–E7 of alerts, L12, L13 and T4 on that store.
func Year(t *testing.T, open func() lifecycle.Store, licenses int) {
	y := newYear(t, open, licenses)
	for range 365 {
		y.live()
	}
	y.runDue(license.DateOf(y.now))
	y.deliverAll()
	y.compareAlerts()
	y.compareDeliveries()
}

// The first day of the year, and the week in which nothing runs.
var (
	yearStart = license.MustDate("2026-01-01")
	gapFrom   = license.MustDate("2026-08-10")
	gapUntil  = license.MustDate("2026-08-17")
	yearZones = []license.Zone{license.UTC, license.MustZone("America/Santiago"), license.MustZone("Pacific/Kiritimati"),
		license.MustZone("America/St_Johns"), license.MustZone("Asia/Tokyo"), license.MustZone("Pacific/Pago_Pago")}
	expiringDays  = []int{30, 14, 7, 0}
	trialDays     = []int{7, 1}
	thresholdsBPS = []int{5000, 8000, 10_000}
)

const unusedDays = 45

// year is the world and its slow model.
type year struct {
	*testing.T
	open     func() lifecycle.Store
	rand     *rand.Rand
	now      time.Time
	manager  *lifecycle.Manager
	alerts   *lifecycle.Alerts
	birthday []license.Date // by license to come: when it is installed
	licenses []*yearLicense
	runs     []time.Time
	used     map[license.ID]time.Time // as the caller knows it
	want     map[wanted]int           // of events and of use
	arrived  map[string]map[license.ID][]lifecycle.AlertID
	mailDown bool
	stop     func() // stops the run at hand, in its middle
}

// yearLicense is a license as the model has it.
type yearLicense struct {
	license.License                // as the latest answer had it
	versions        []yearVersion  // its terms, and since when
	holders         []seats.UserID // who holds a seat
	users           int            // that it ever had
}

type yearVersion struct {
	from  time.Time
	terms license.Terms
}

// wanted is an alert by what the model knows of it.
type wanted struct {
	rule        string
	license     license.ID
	due         license.Date
	days, bps   int
	last        license.Date
	used, seats int
}

func newYear(t *testing.T, open func() lifecycle.Store, licenses int) *year {
	y := &year{T: t, open: open, rand: rand.New(rand.NewPCG(2026, uint64(licenses))), now: yearStart.Start(),
		used: map[license.ID]time.Time{}, want: map[wanted]int{}, arrived: map[string]map[license.ID][]lifecycle.AlertID{"mail": {}, "log": {}}}
	y.restart()
	for _, r := range []lifecycle.Registration{
		{Package: pkgversion.Package{ID: trialPackage}, Defaults: license.Defaults{Status: license.Trial, Days: 30, Seats: license.MustSeats(4)}},
		{Package: pkgversion.Package{ID: seatPackage}, Defaults: license.Defaults{Status: license.Active, Days: 100, Seats: license.MustSeats(5)}, Overage: seats.Overage{Extra: 2}},
	} {
		if _, err := y.manager.RegisterPackage(t.Context(), modelActor, r); err != nil {
			t.Fatal(err)
		}
	}
	for n := range licenses {
		day := yearStart.AddDays(5) // a third is there before the first run
		if n%3 > 0 {
			day = yearStart.AddDays(y.rand.IntN(360))
		}
		y.birthday = append(y.birthday, day)
	}
	slices.SortFunc(y.birthday, license.Date.Compare)
	return y
}

// restart begins a new process on the same data.
func (y *year) restart() {
	var err error
	y.manager, err = lifecycle.New(lifecycle.Config{Store: y.open(), Now: func() time.Time { return y.now }})
	if err != nil {
		y.Fatal(err)
	}
	both := []string{"mail", "log"}
	y.alerts, err = lifecycle.NewAlerts(lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{
			{Name: "renew", When: lifecycle.OnExpiring{Days: expiringDays}, Sinks: both},
			{Name: "trial", When: lifecycle.OnTrialEnding{Days: trialDays}, Sinks: []string{"mail"}},
			{Name: "gone", When: lifecycle.OnUninstalled{}, Sinks: both},
			{Name: "suspended", When: lifecycle.OnSuspended{}, Sinks: both, Package: seatPackage},
			{Name: "over", When: lifecycle.OnOverAllocated{}, Sinks: both},
			{Name: "seats", When: lifecycle.OnThreshold{BasisPoints: thresholdsBPS}, Sinks: []string{"log"}},
			{Name: "unused", When: lifecycle.OnUnused{Days: unusedDays, LastUse: y.lastUse}, Sinks: []string{"log"}},
		},
		Sinks: map[string]lifecycle.Sink{
			"mail": lifecycle.SinkFunc(func(_ context.Context, m lifecycle.Message) error { return y.mail(m) }),
			"log":  lifecycle.SinkFunc(func(_ context.Context, m lifecycle.Message) error { return y.arrive("log", m) }),
		},
		MaxAttempts: 1000,
	})
	if err != nil {
		y.Fatal(err)
	}
}

var yearSinks sync.Mutex // two runs deliver at once

func (y *year) arrive(sink string, m lifecycle.Message) error {
	yearSinks.Lock()
	defer yearSinks.Unlock()
	id := m.Alert.License
	y.arrived[sink][id] = append(y.arrived[sink][id], m.Alert.ID)
	return nil
}

// mail fails often: on whole days, and now and then; sometimes after it has sent.
func (y *year) mail(m lifecycle.Message) error {
	yearSinks.Lock()
	dice := y.rand.IntN(100)
	down := y.mailDown
	if y.stop != nil && dice < 20 {
		y.stop()
	}
	yearSinks.Unlock()
	if down || dice < 10 {
		return errors.New("the mail server is down, says postmaster@vendor.example")
	}
	err := y.arrive("mail", m)
	if dice < 15 {
		err = errors.New("the answer was lost")
	}
	return err
}

func (y *year) lastUse(context.Context) iter.Seq2[lifecycle.Use, error] {
	return func(yield func(lifecycle.Use, error) bool) {
		for _, l := range y.licenses {
			if y.now.Sub(l.InstalledAt) < (unusedDays-3)*24*time.Hour || y.now.Sub(y.used[l.ID]) < (unusedDays-3)*24*time.Hour {
				continue // cannot matter
			}
			if !yield(lifecycle.Use{License: l.ID, At: y.used[l.ID]}, nil) {
				return
			}
		}
	}
}

// live lives through one day, in the middle of whose first hours RunDue is run.
func (y *year) live() {
	day := license.DateOf(y.now)
	births := 0
	for births < len(y.birthday) && y.birthday[births] == day {
		births++
	}
	y.birthday = y.birthday[births:]
	changes := len(y.licenses) / 60
	inAll := births + changes + 1
	step := 24 * time.Hour / time.Duration(inAll+1)
	run := inAll / 9
	for n := range inAll {
		y.now = day.Start().Add(time.Duration(n) * step).Add(time.Duration(y.rand.Int64N(int64(step) / 2))).Truncate(time.Microsecond)
		switch {
		case n == run:
			y.runDue(day)
		case births > 0 && y.rand.IntN(inAll-n) < births:
			births--
			y.install()
		case len(y.licenses) > 0:
			y.change(y.licenses[y.rand.IntN(len(y.licenses))])
		}
	}
	for ; births > 0; births-- {
		y.now = y.now.Add(time.Millisecond)
		y.install()
	}
	y.now = day.AddDays(1).Start()
}

func (y *year) install() {
	n := len(y.licenses) + 1
	pkg := []pkgversion.PackageID{trialPackage, seatPackage}[n%2]
	l, err := y.manager.Install(y.Context(), modelActor, lifecycle.Installed{
		Notice:       lifecycle.Notice{Org: license.Org{ID: pkgversion.MustOrgID(fmt.Sprintf("org-%d", n))}},
		Installation: license.MustInstallationID(fmt.Sprintf("i-%d", n)), Package: pkg,
		Version: pkgversion.MustVersionID(pkg.String() + "-1"), Number: pkgversion.MustVersion("1.0"), Zone: yearZones[y.rand.IntN(len(yearZones))],
	})
	if err != nil {
		y.Fatal(err)
	}
	made := &yearLicense{License: l}
	made.set(l, y.now)
	y.licenses = append(y.licenses, made)
}

// set takes over an answer.
func (l *yearLicense) set(answer license.License, at time.Time) {
	if len(l.versions) == 0 || l.versions[len(l.versions)-1].terms != answer.Terms {
		l.versions = append(l.versions, yearVersion{at, answer.Terms})
	}
	l.License = answer
}

// change does something to a license, and notes the alerts that must come of it.
func (y *year) change(l *yearLicense) {
	was, wasFull := l.Terms, len(l.holders)
	switch dice := y.rand.IntN(100); {
	case dice < 4:
		y.uninstall(l)
	case dice < 40:
		y.modify(l, dice)
	case dice < 65:
		y.assign(l)
	case dice < 80:
		y.revoke(l)
	case dice < 85:
		y.transfer(l)
	default:
		y.used[l.ID] = y.now
	}
	if len(y.runs) > 0 {
		y.happened(l, was, wasFull)
	}
}

func (y *year) uninstall(l *yearLicense) {
	answer, err := y.manager.Uninstall(y.Context(), modelActor, lifecycle.Uninstalled{
		Notice: lifecycle.Notice{Org: license.Org{ID: l.Org}}, Installation: l.Installation, Package: l.Package})
	y.refused(err)
	l.set(answer, y.now)
	l.holders = nil
}

func (y *year) modify(l *yearLicense, dice int) {
	terms := l.Terms
	today := l.Zone.DateOf(y.now)
	switch {
	case dice < 14: // renewed, also to a day that is near or past
		terms.Expiration = license.LastDay(today.AddDays(y.rand.IntN(60) - 2))
	case dice < 17:
		terms.Expiration = license.Never()
	case dice < 20: // back to a last day that it had before
		terms.Expiration = l.versions[y.rand.IntN(len(l.versions))].terms.Expiration
	case dice < 26:
		terms.Status = license.Suspended
	case dice < 33:
		terms.Status = license.Active
	case dice < 35:
		terms.Seats = license.Site()
	default:
		terms.Seats = license.MustSeats(y.rand.IntN(8))
	}
	answer, err := y.manager.Modify(y.Context(), modelActor, lifecycle.Modify{License: l.ID, Terms: terms, Revision: l.Revision})
	if !y.refused(err) {
		l.set(answer, y.now)
	}
}

func (y *year) assign(l *yearLicense) {
	var users []seats.UserID
	for range 1 + y.rand.IntN(3) {
		l.users++
		users = append(users, user(l.users))
	}
	if _, err := y.manager.Assign(y.Context(), modelActor, lifecycle.Assign{License: l.ID, Users: users}); !y.refused(err) {
		l.holders = append(l.holders, users...)
	}
}

func (y *year) revoke(l *yearLicense) {
	if len(l.holders) == 0 {
		return
	}
	n := 1 + y.rand.IntN(len(l.holders))
	if _, err := y.manager.Revoke(y.Context(), modelActor, lifecycle.Revoke{License: l.ID, Users: l.holders[:n]}); !y.refused(err) {
		l.holders = l.holders[n:]
	}
}

func (y *year) transfer(l *yearLicense) {
	if len(l.holders) == 0 {
		return
	}
	l.users++
	c := lifecycle.Transfer{License: l.ID, From: l.holders[0], To: user(l.users)}
	if _, err := y.manager.Transfer(y.Context(), modelActor, c); !y.refused(err) {
		l.holders = append(l.holders[1:], c.To)
	}
}

// refused reports whether err is a refusal; any other error ends the test.
func (y *year) refused(err error) bool {
	var transition *license.TransitionError
	var field *license.FieldError
	var full *seats.ExhaustedError
	var closed *lifecycle.NotAssignableError
	switch {
	case err == nil:
		return false
	case errors.As(err, &transition), errors.As(err, &field), errors.As(err, &full), errors.As(err, &closed):
		return true
	}
	y.Fatal(err)
	return true
}

// happened notes what must be told of a change.
func (y *year) happened(l *yearLicense, was license.Terms, wasFull int) {
	want := func(rule string, bps int) {
		licensed, _ := l.Terms.Seats.Count()
		due := l.Zone.DateOf(y.now)
		y.want[wanted{rule: rule, license: l.ID, due: due, bps: bps, used: len(l.holders), seats: licensed}]++
	}
	is := l.Terms
	if is.Status == license.Uninstalled && was.Status != license.Uninstalled {
		want("gone", 0)
	}
	if is.Status == license.Suspended && was.Status != license.Suspended && l.Package == seatPackage {
		want("suspended", 0)
	}
	full := func(terms license.Terms, holders int) (used, of int, counted bool) {
		n, ok := terms.Seats.Count()
		return holders, n, ok && terms.Status != license.Uninstalled
	}
	usedBefore, ofBefore, countedBefore := full(was, wasFull)
	used, of, counted := full(is, len(l.holders))
	if counted && used > of && !(countedBefore && usedBefore > ofBefore) {
		want("over", 0)
	}
	for _, bps := range thresholdsBPS {
		above := counted && used > 0 && used*10_000 >= of*bps
		aboveBefore := countedBefore && usedBefore > 0 && usedBefore*10_000 >= ofBefore*bps
		if above && !aboveBefore {
			want("seats", bps)
		}
	}
}

// runDue is the night's work: none in the week in which nothing runs.
func (y *year) runDue(day license.Date) {
	if day.Before(yearStart.AddDays(7)) || !day.Before(gapFrom) && day.Before(gapUntil) {
		return
	}
	n := day.Sub(yearStart)
	if n%30 == 0 {
		y.restart()
	}
	y.mailDown = n%9 == 0
	y.runs = append(y.runs, y.now)
	y.wantUnused()
	ctx, cancel := context.WithCancel(y.Context())
	defer cancel()
	switch {
	case n%25 == 0: // stopped in the middle; and begun again, or not
		y.stop = cancel
		_, err := y.manager.RunDue(ctx, modelActor, y.alerts)
		y.stop = nil
		if err != nil && !errors.Is(err, context.Canceled) {
			y.Fatal(err)
		}
	case n%10 == 0: // on two machines
		var machines sync.WaitGroup
		for range 2 {
			machines.Go(func() { y.mustRun(ctx) })
		}
		machines.Wait()
	default:
		y.mustRun(ctx)
	}
}

func (y *year) mustRun(ctx context.Context) {
	if _, err := y.manager.RunDue(ctx, modelActor, y.alerts); err != nil {
		y.Errorf("RunDue = %v", err)
	}
}

// wantUnused notes which licenses this run must find unused.
func (y *year) wantUnused() {
	for _, l := range y.licenses {
		at := y.used[l.ID]
		if at.IsZero() {
			at = l.InstalledAt
		}
		if y.now.Sub(at) < (unusedDays-3)*24*time.Hour {
			continue
		}
		last := l.Zone.DateOf(at)
		due := last.AddDays(unusedDays)
		if live(l.Terms) && !due.After(l.Zone.DateOf(y.now)) {
			y.want[wanted{rule: "unused", license: l.ID, due: due, days: unusedDays, last: last}] = 1
		}
	}
}

func live(t license.Terms) bool { return t.Status == license.Active || t.Status == license.Trial }

// wantDates notes what dates must have made true: for each last day that a license ever
// had, when the terms stood on the day on which it was due, and at a run soon after.
func (y *year) wantDates(l *yearLicense) {
	for _, v := range l.versions {
		last, ends := v.terms.Expiration.LastDay()
		if !ends || !live(v.terms) {
			continue
		}
		if v.terms.Status == license.Active {
			y.wantDate(l, "renew", last, expiringDays...)
		} else {
			y.wantDate(l, "trial", last, trialDays...)
		}
		y.wantDate(l, lifecycle.ExpiredRule, last, -1)
	}
}

func (y *year) wantDate(l *yearLicense, rule string, last license.Date, days ...int) {
	fits := func(v yearVersion) bool {
		day, ends := v.terms.Expiration.LastDay()
		active := rule != "trial" && v.terms.Status == license.Active
		trial := rule != "renew" && v.terms.Status == license.Trial
		return ends && day == last && (active || trial)
	}
	for _, n := range days {
		due := last.AddDays(-n)
		if l.stood(due, fits) && y.found(l, due, fits) {
			y.want[wanted{rule: rule, license: l.ID, due: due, days: max(n, 0), last: last}] = 1
		}
	}
}

// stood reports whether l had fitting terms at some time of a day.
func (l *yearLicense) stood(day license.Date, fits func(yearVersion) bool) bool {
	for i, v := range l.versions {
		ended := i+1 < len(l.versions) && l.Zone.DateOf(l.versions[i+1].from).Before(day)
		if fits(v) && !ended && !l.Zone.DateOf(v.from).After(day) {
			return true
		}
	}
	return false
}

// found reports whether l had fitting terms when RunDue was run: on that day, or next
// after it.
func (y *year) found(l *yearLicense, due license.Date, fits func(yearVersion) bool) bool {
	for i, run := range y.runs {
		before := y.runs[max(0, i-1)]
		if l.Zone.DateOf(run).Before(due) || license.DateOf(before).AddDays(-1).After(due) {
			continue
		}
		for j, v := range l.versions {
			over := j+1 < len(l.versions) && !l.versions[j+1].from.After(run)
			if fits(v) && !v.from.After(run) && !over {
				return true
			}
		}
	}
	return false
}

// deliverAll runs on until nothing is left to be delivered.
func (y *year) deliverAll() {
	y.mailDown = false
	for range 60 {
		y.now = y.now.Add(6 * time.Hour)
		if _, err := y.manager.DeliverAlerts(y.Context(), modelActor, y.alerts); err != nil {
			y.Fatal(err)
		}
	}
	for d, err := range y.manager.Deliveries(y.Context(), modelActor, lifecycle.DeliveryQuery{State: lifecycle.Pending}) {
		y.Errorf("still to be delivered: %+v, %v", d, err)
		return
	}
}

// compareAlerts compares what was recorded, and what the events say of it, with what
// must be.
func (y *year) compareAlerts() {
	for _, l := range y.licenses {
		y.wantDates(l)
	}
	got, recorded := map[wanted]int{}, map[lifecycle.AlertID]lifecycle.Alert{}
	late, inGap, kinds := 0, 0, map[lifecycle.AlertKind]int{}
	for a, err := range y.manager.Alerts(y.Context(), modelActor, lifecycle.AlertQuery{}) {
		if err != nil {
			y.Fatal(err)
		}
		recorded[a.ID] = a
		got[wanted{rule: a.Rule, license: a.License, due: a.Due, days: a.Days, bps: a.BasisPoints, last: a.Last, used: a.Used, seats: a.Seats}]++
		kinds[a.Kind]++
		if zone := y.licenses[a.License-1].Zone; a.Late != zone.DateOf(a.At).After(a.Due) {
			y.Errorf("%v was due on %v and recorded at %v, but Late is %t", a.ID, a.Due, a.At, a.Late)
		}
		if a.Late {
			late++
		}
		if !a.Due.Before(gapFrom) && a.Due.Before(gapUntil) {
			inGap++
		}
	}
	if diff := gocmp.Diff(y.want, got, gocmp.AllowUnexported(wanted{})); diff != "" {
		y.Errorf("alerts (-want +got):\n%.4000s", diff)
	}
	y.Logf("%d licenses, %d alerts %v, %d of them late; %d were due while nothing ran", len(y.licenses), len(recorded), kinds, late, inGap)
	if len(y.licenses) >= 300 && (len(kinds) != 8 || inGap == 0) {
		y.Error("the year was too quiet to prove anything")
	}
	y.compareEvents(recorded)
}

// compareEvents fails unless there is one event for each alert, and it says the same.
func (y *year) compareEvents(recorded map[lifecycle.AlertID]lifecycle.Alert) {
	events := 0
	for e, err := range y.manager.Events(y.Context(), modelActor, 0) {
		if err != nil {
			y.Fatal(err)
		}
		if raised, ok := e.Change.(lifecycle.AlertRaised); ok {
			events++
			if recorded[raised.Alert.ID] != raised.Alert {
				y.Errorf("the event %d says %+v, recorded is %+v", e.Seq, raised.Alert, recorded[raised.Alert.ID])
			}
		}
	}
	same(&suite{T: y.T}, "events of alerts", events, len(recorded))
}

// compareDeliveries fails unless every sink has every alert of its rules, those of a
// license in the order of their numbers.
func (y *year) compareDeliveries() {
	sinks := map[string][]string{"renew": {"log", "mail"}, "trial": {"mail"}, "gone": {"log", "mail"}, "suspended": {"log", "mail"},
		"over": {"log", "mail"}, "seats": {"log"}, "unused": {"log"}}
	want := map[string]map[license.ID][]lifecycle.AlertID{"mail": {}, "log": {}}
	for a, err := range y.manager.Alerts(y.Context(), modelActor, lifecycle.AlertQuery{}) {
		if err != nil {
			y.Fatal(err)
		}
		for _, sink := range sinks[a.Rule] {
			want[sink][a.License] = append(want[sink][a.License], a.ID)
		}
	}
	for sink, of := range y.arrived {
		twice := 0
		for id, all := range of { // a repetition comes before the next alert
			once := slices.Compact(slices.Clone(all))
			twice += len(all) - len(once)
			of[id] = once
		}
		y.Logf("%s: %d deliveries were repeated", sink, twice)
		if diff := gocmp.Diff(want[sink], of); diff != "" {
			y.Errorf("delivered to %s (-want +got):\n%.4000s", sink, diff)
		}
		if sink == "log" && twice > 0 {
			y.Errorf("log never fails, and got %d deliveries twice", twice)
		}
	}
}
