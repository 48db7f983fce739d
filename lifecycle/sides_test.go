package lifecycle_test

import (
	stdcmp "cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/subscribertest"
	"github.com/isvkit/isvkit/pkgversion"
)

func pushing(c *lifecycle.Config) { c.Rules.Push = true }

// twoSided returns a world that is live and pushes, and orgs that have what its
// licenses say.
func twoSided(t rapid.TB, store lifecycle.Store) (*world, *subscribertest.Orgs) {
	t.Helper()
	w := newWorld(t, store, pushing).live()
	orgs := &subscribertest.Orgs{Now: func() time.Time { return w.clock }}
	for _, l := range collect(w, w.Licenses(context.Background(), w.a, lifecycle.LicenseQuery{Kind: lifecycle.PackageLicenses})) {
		orgs.Put(asOrgHas(l))
	}
	return w, orgs
}

// asOrgHas is what the org of l has when nothing differs.
func asOrgHas(l license.License) lifecycle.Observation {
	o := lifecycle.Observation{
		Installation: lifecycle.Installation{ID: l.Installation, Org: l.Org, Package: l.Package},
		InOrg:        license.Org{ID: l.Org, Sandbox: l.Sandbox, Status: license.OrgActive},
		InstalledAt:  l.InstalledAt, Gone: l.Terms.Status == license.Uninstalled, UninstalledAt: l.UninstalledAt,
		Version: l.Version, Number: l.Number, Zone: l.Zone,
		Values: license.Observed{Status: license.SubscriberStatus(l.Terms.Status.String()), Seats: l.Terms.Seats, HasSeats: true, Expiration: l.Terms.Expiration},
	}
	if o.Gone {
		o.Values = license.Observed{}
	} else {
		o.Values.Used, o.Values.HasUsed = l.Used()
	}
	return o
}

func (w *world) sides(id license.ID) lifecycle.Sides {
	w.Helper()
	s, err := w.Sides(context.Background(), w.a, id)
	if err != nil {
		w.Fatalf("Sides(%v) = %v", id, err)
	}
	return s
}

// setSeats modifies how many seats a license has.
func (w *world) setSeats(id license.ID, n int) license.License {
	w.Helper()
	l := w.license(id)
	l.Terms.Seats = license.MustSeats(n)
	l, err := w.Modify(context.Background(), w.a, lifecycle.Modify{License: id, Terms: l.Terms, Revision: l.Revision})
	if err != nil {
		w.Fatalf("Modify = %v", err)
	}
	return l
}

// DOMAIN 7: a difference is reported with who has what since when; neither side is
// overwritten; it is reported again when a value changes, and ends when they agree.
func TestDriftIsReportedAndNothingOverwritten(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	terms := w.license(1).Terms
	var log []string
	step := func(what string, change func(*lifecycle.Observation)) {
		w.clock = w.clock.AddDate(0, 0, 1)
		o := asOrgHas(w.license(1))
		change(&o)
		o.Values.AsOf = w.clock
		seen := len(w.events())
		w.must(lifecycle.Observe{Observation: o})
		for _, e := range w.events()[seen:] {
			switch c := e.Change.(type) {
			case lifecycle.DriftFound:
				log = append(log, fmt.Sprintf("%s: %s differs since %s: vendor %s, subscriber %s", what, c.Difference.Field,
					license.DateOf(c.Difference.Since), c.Difference.Vendor, c.Difference.Subscriber))
			case lifecycle.DriftEnded:
				log = append(log, fmt.Sprintf("%s: %s agrees, had differed since %s", what, c.Field, license.DateOf(c.Since)))
			}
		}
		if got := w.license(1); got.Terms != terms || got.Observed != o.Values {
			t.Errorf("%s: terms %+v, observed %+v, want %+v, %+v", what, got.Terms, got.Observed, terms, o.Values)
		}
	}
	five := func(o *lifecycle.Observation) { o.Values.Seats = license.MustSeats(5) }
	step("day 1", func(*lifecycle.Observation) {})
	step("day 2", five)
	step("day 3", five)
	step("day 4", func(o *lifecycle.Observation) { o.Values.Seats = license.Site() })
	step("day 5", func(o *lifecycle.Observation) {
		o.Values.Status, o.Values.Expiration, o.Values.Used = license.SubscriberExpired, license.LastDay(license.MustDate("2026-01-01")), 3
	})
	step("day 6", func(*lifecycle.Observation) {})
	want := []string{
		"day 2: seats differs since 2026-01-12: vendor 3, subscriber 5",
		"day 4: seats differs since 2026-01-12: vendor 3, subscriber site",
		"day 5: status differs since 2026-01-15: vendor Active, subscriber Expired",
		"day 5: seats agrees, had differed since 2026-01-12",
		"day 5: expiration differs since 2026-01-15: vendor does not expire, subscriber 2026-01-01",
		"day 5: used differs since 2026-01-15: vendor 2, subscriber 3",
		"day 6: status agrees, had differed since 2026-01-15",
		"day 6: expiration agrees, had differed since 2026-01-15",
		"day 6: used agrees, had differed since 2026-01-15",
	}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}
}

// An observation that is older than the latest, or the same again, changes nothing of
// what the org is known to have; and however they come, Drifts lists exactly what
// differs from the newest.
func TestObservationsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, &lifecycle.MemStore{}).live()
		newest := map[license.ID]license.Observed{}
		for n := range rapid.IntRange(1, 12).Draw(t, "observations") {
			l := w.license(license.ID(rapid.IntRange(1, 4).Draw(t, "license")))
			o := asOrgHas(l)
			o.Values = license.Observed{
				Status: rapid.SampledFrom([]license.SubscriberStatus{"", license.SubscriberActive, license.SubscriberTrial, "Odd"}).Draw(t, "status"),
				Used:   rapid.IntRange(0, 3).Draw(t, "used"), HasUsed: true,
				AsOf: w.clock.Add(-time.Duration(rapid.IntRange(0, 30).Draw(t, "ago"))*time.Minute + time.Duration(n)*time.Second),
			}
			if rapid.Bool().Draw(t, "seats known") {
				o.Values.Seats, o.Values.HasSeats = license.MustSeats(rapid.IntRange(2, 4).Draw(t, "seats")), true
			}
			if o.Values.AsOf.After(w.clock) {
				o.Values.AsOf = w.clock
			}
			if !o.Values.AsOf.Before(newest[l.ID].AsOf) {
				newest[l.ID] = o.Values
			}
			w.must(lifecycle.Observe{Observation: o})
			if rapid.Bool().Draw(t, "again") {
				before := w.dump()
				w.must(lifecycle.Observe{Observation: o})
				w.unchanged(before, "the same observation again")
			}
		}
		listed := map[license.ID]lifecycle.Drift{}
		for _, d := range collect(w, w.Drifts(context.Background(), w.a)) {
			listed[d.License.ID] = d
		}
		for id := license.ID(1); id <= 5; id++ {
			l := w.license(id)
			if l.Observed != newest[id] || w.sides(id).Observed != newest[id] {
				t.Fatalf("%v has %+v, the newest is %+v", id, l.Observed, newest[id])
			}
			want := l.Differences()
			got := listed[id].Differences
			for i := range got {
				if got[i].Since.IsZero() || got[i].Since.After(l.Observed.AsOf) {
					t.Fatalf("%v differs since %v, as of %v", id, got[i].Since, l.Observed.AsOf)
				}
				got[i].Since = time.Time{}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("Drifts of %v (-want +got):\n%s", id, diff)
			}
		}
		w.replay()
	})
}

// A modification of the license of an org that is locked, deleted or disabled is
// refused with the platform's phrase and the remedy; the org's status never changes
// a decision.
func TestModifyOfAnUnreachableOrg(t *testing.T) {
	for _, status := range []license.OrgStatus{license.OrgLocked, license.OrgDeleted, license.OrgDisabled, "LOCKED"} {
		w, orgs := twoSided(t, &lifecycle.MemStore{})
		orgs.SetStatus(org1.ID, status)
		before, err := w.Check(t.Context(), w.a, org1.ID, seatPackage, user(1))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Pull(t.Context(), w.a, orgs, 1)
		if unreachable, ok := errors.AsType[*lifecycle.UnreachableOrgError](err); !ok || unreachable.Status != status {
			t.Errorf("Pull from an org that is %s = %v", status, err)
		}
		l := w.license(1)
		l.Terms.Seats = license.MustSeats(1)
		refusal := refused[*lifecycle.UnreachableOrgError](w, lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision})
		if text := refusal.Error(); !strings.Contains(text, "proxy user has deactivated") || !strings.Contains(text, "ask the subscriber to") || len(refusal.Remedies()) == 0 {
			t.Errorf("the refusal says %q", text)
		}
		after, err := w.Check(t.Context(), w.a, org1.ID, seatPackage, user(1))
		if after != before || err != nil {
			t.Errorf("Check = %+v, %v, was %+v", after, err, before)
		}
		orgs.SetStatus(org1.ID, license.OrgActive)
		w.clock = w.clock.Add(time.Hour)
		if _, err := w.Pull(t.Context(), w.a, orgs, 1); err != nil {
			t.Fatal(err)
		}
		w.setSeats(1, 1) // it can be reached again
	}
}

// A push that fails at any step, before or after the org's or the store's work, leaves
// a mark; pushing again settles it: both sides have the newest terms, exactly once.
func TestPushThatFailsAtAnyStepIsMadeAgain(t *testing.T) {
	for _, done := range []bool{false, true} {
		mem := &lifecycle.MemStore{}
		w, orgs := twoSided(t, mem)
		w.setSeats(1, 7)
		orgs.Fault = func(s subscribertest.Step) error {
			if s.Method == "Push" && s.Done == done {
				return errBroken
			}
			return nil
		}
		report, err := w.PushPending(t.Context(), w.a, orgs)
		if err != nil || report.Failed != 1 || !errors.Is(report.Errs[0], errBroken) || !w.sides(1).PushPending() {
			t.Fatalf("PushPending = %+v, %v; pending: %t", report, err, w.sides(1).PushPending())
		}
		orgs.Fault = nil
		if report, err := w.PushPending(t.Context(), w.a, orgs); err != nil || report.Pushed+report.Failed > 0 {
			t.Errorf("PushPending at once = %+v, %v, want that it waits", report, err)
		}
		w.clock = w.clock.Add(time.Minute)
		settled(t, w, orgs, 7)
	}
	stepsOfTheStore(t)
}

// stepsOfTheStore fails each call of the store during a push, before and after.
func stepsOfTheStore(t *testing.T) {
	fired := 0
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			mem := &lifecycle.MemStore{}
			live, orgs := twoSided(t, mem)
			live.setSeats(1, 7)
			s := &faulty{Store: mem, failAt: n, after: after, err: errBroken}
			w := newWorld(t, s, pushing)
			w.clock = live.clock
			_, err := w.PushPending(t.Context(), w.a, orgs)
			if !s.fired() {
				break
			}
			fired++
			if !errors.Is(err, errBroken) {
				t.Fatalf("PushPending with call %d failing = %v, want that error", n, err)
			}
			settled(t, live, orgs, 7)
		}
	}
	if fired < 20 {
		t.Errorf("%d faults fired, want at least 20", fired)
	}
}

// settled pushes what is pending and fails unless both sides have so many seats, and
// nothing is pending or differs.
func settled(t rapid.TB, w *world, orgs *subscribertest.Orgs, n int) {
	t.Helper()
	if _, err := w.PushPending(context.Background(), w.a, orgs); err != nil {
		t.Fatalf("PushPending = %v", err)
	}
	has, _ := orgs.Get(installation(1))
	want := license.MustSeats(n)
	if l := w.license(1); l.Terms.Seats != want || has.Values.Seats != want || l.Observed.Seats != want {
		t.Fatalf("the vendor has %v, the org %v, observed %v, want %v", l.Terms.Seats, has.Values.Seats, l.Observed.Seats, want)
	}
	if s := w.sides(1); s.PushPending() || s.Differs() || s.Tries != 0 {
		t.Fatalf("the sides are %+v, want nothing pending and nothing different", s)
	}
	calls := orgs.Calls()
	if report, err := w.PushPending(context.Background(), w.a, orgs); err != nil || report.Pushed+report.Failed > 0 || orgs.Calls() != calls {
		t.Fatalf("PushPending of nothing = %+v, %v", report, err)
	}
	w.replay()
}

// An older push never overwrites a newer one: neither in an org that compares
// revisions, nor, once pushed again, in one that does not.
func TestOlderPushNeverOverwrites(t *testing.T) {
	for _, careless := range []bool{false, true} {
		w, orgs := twoSided(t, &lifecycle.MemStore{})
		orgs.Careless = careless
		w.setSeats(1, 7)
		late := make(chan struct{})
		held := &holding{Subscribers: orgs, hold: late, holding: make(chan struct{})}
		outcome := make(chan error)
		go func() {
			_, err := w.Push(context.Background(), w.a, held, 1)
			outcome <- err
		}()
		<-held.holding // the push of 7 is on its way, and slow
		w.setSeats(1, 9)
		settled(t, w, orgs, 9)
		close(late)
		if err := <-outcome; err != nil {
			t.Fatalf("the late push = %v", err)
		}
		if pending := w.sides(1).PushPending(); pending != careless {
			t.Errorf("careless: %t, after a late push pending: %t", careless, pending)
		}
		settled(t, w, orgs, 9)
	}
}

// holding holds a push up.
type holding struct {
	lifecycle.Subscribers
	holding, hold chan struct{}
}

func (h *holding) Push(ctx context.Context, p lifecycle.Push) (lifecycle.Observation, error) {
	close(h.holding)
	<-h.hold
	return h.Subscribers.Push(ctx, p)
}

// Terms that are changed while older ones are being pushed are pushed next, and at once,
// whether the older ones arrived or not.
func TestModifiedDuringAPush(t *testing.T) {
	for _, fails := range []bool{false, true} {
		w, orgs := twoSided(t, &lifecycle.MemStore{})
		during := true
		orgs.Fault = func(s subscribertest.Step) error {
			if s.Method != "Push" || !s.Done || !during {
				return nil
			}
			during = false
			w.setSeats(1, 7)
			if fails {
				return errBroken
			}
			return nil
		}
		w.setSeats(1, 5)
		w.clock = w.clock.Add(time.Minute)
		if _, err := w.Push(t.Context(), w.a, orgs, 1); (err != nil) != fails {
			t.Errorf("Push = %v, want it to fail: %t", err, fails)
		}
		if s := w.sides(1); !s.PushPending() || s.Tries != 0 || s.DueAt.After(w.clock) {
			t.Errorf("the sides are %+v, want the newer terms to be due", s)
		}
		if report, err := w.PushPending(t.Context(), w.a, orgs); err != nil || report.Pushed != 1 {
			t.Errorf("PushPending = %+v, %v", report, err)
		}
		if has, _ := orgs.Get(installation(1)); has.Values.Seats != license.MustSeats(7) || w.sides(1).PushPending() || !w.sides(1).DueAt.IsZero() {
			t.Errorf("the org has %+v, and the sides are %+v", has.Values, w.sides(1))
		}
	}
}

// What an org does not take is pushed less and less often, at least once a day, for
// ever; a new change is pushed at once; and what is uninstalled is pushed no more.
func TestPushBackOff(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	orgs.SetStatus(org1.ID, license.OrgInactive)
	w.setSeats(1, 7)
	begin := w.clock
	var tries []time.Duration
	for range 30 {
		report, err := w.PushPending(t.Context(), w.a, orgs)
		if err != nil || report.Failed != 1 {
			t.Fatalf("PushPending = %+v, %v", report, err)
		}
		tries = append(tries, w.clock.Sub(begin))
		w.clock = w.sides(1).DueAt
	}
	if tries[1] != time.Minute || tries[2] != 3*time.Minute || tries[29]-tries[28] != 24*time.Hour {
		t.Errorf("tried after %v", tries)
	}
	noted := 0
	for _, e := range w.events() {
		if c, ok := e.Change.(lifecycle.OrgSeen); ok && c.After.Status == license.OrgInactive {
			noted++
		}
	}
	if noted != 1 {
		t.Errorf("that the org cannot be reached was noted %d times, want once", noted)
	}
	back := org1
	back.Status = license.OrgTrial
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: back}})
	w.setSeats(1, 8)
	if s := w.sides(1); s.Tries != 0 || !s.DueAt.Equal(w.license(1).ChangedAt) {
		t.Errorf("newer terms are tried as if they had failed: %+v", s)
	}
	w.must(w.uninstalled(1, org1, seatPackage))
	if report, err := w.PushPending(t.Context(), w.a, orgs); err != nil || report.Failed > 0 || w.sides(1).PushPending() {
		t.Errorf("PushPending of an uninstalled license = %+v, %v, pending: %t", report, err, w.sides(1).PushPending())
	}
}

// L17, L2, L7: whatever an org says of an installation without a license, the license
// that is made is no more permissive than that; whatever it says of one that has a
// license, the terms stay, and what is uninstalled stays so.
func TestL17ObservationsGiveNothingAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, &lifecycle.MemStore{}).live()
		n := rapid.IntRange(1, 8).Draw(t, "installation")
		org, pkg := org1, rapid.SampledFrom([]pkgversion.PackageID{seatPackage, trialPackage}).Draw(t, "package")
		before := license.License{}
		if n <= 5 {
			before = w.license(license.ID(n))
			org, pkg = license.Org{ID: before.Org, Sandbox: before.Sandbox}, before.Package
		}
		o := w.seen(n, org, pkg)
		o.InstalledAt = w.clock.AddDate(0, 0, -rapid.IntRange(0, 200).Draw(t, "days ago"))
		o.Gone = rapid.Bool().Draw(t, "gone")
		o.Values.Status = rapid.SampledFrom([]license.SubscriberStatus{"", "active", license.SubscriberTrial, license.SubscriberExpired, license.SubscriberFree,
			license.SubscriberSuspended, "Odd"}).Draw(t, "status")
		o.Values.Seats = rapid.SampledFrom([]license.Seats{license.Site(), license.MustSeats(0), license.MustSeats(4)}).Draw(t, "seats")
		o.Values.HasSeats = rapid.Bool().Draw(t, "seats known")
		o.Values.Expiration = rapid.SampledFrom([]license.Expiration{{}, license.Never(), license.LastDay(license.DateOf(w.clock).AddDays(rapid.IntRange(-99, 400).Draw(t, "days")))}).Draw(t, "expiration")
		err := w.run(lifecycle.Observe{Observation: o})
		if err != nil {
			t.Fatalf("Observe = %v", err)
		}
		if n <= 5 {
			got := w.license(before.ID)
			if gone := o.Gone || before.Terms.Status == license.Uninstalled; gone != (got.Terms.Status == license.Uninstalled) {
				t.Fatalf("%v, gone: %t, became %v", before.ID, o.Gone, got.Terms.Status)
			}
			if got.Terms.Status = before.Terms.Status; got.Terms != before.Terms {
				t.Fatalf("the terms became %+v, were %+v", got.Terms, before.Terms)
			}
			return
		}
		made, err := w.LicenseOf(context.Background(), w.a, o.ID)
		if _, absent := errors.AsType[*lifecycle.NotFoundError](err); o.Gone != absent {
			t.Fatalf("gone: %t, LicenseOf = %v", o.Gone, err)
		}
		if !o.Gone {
			noMore(t, w, made, o.Values)
		}
	})
}

// noMore fails where l has more than its source says.
func noMore(t *rapid.T, w *world, l license.License, o license.Observed) {
	shown := l.DisplayedStatus(w.clock)
	running := shown == license.Active || shown == license.Trial
	switch o.Status {
	case license.SubscriberTrial:
		if l.Terms.Status != license.Trial {
			t.Fatalf("made %v of a trial", l.Terms.Status)
		}
	case license.SubscriberExpired, license.SubscriberSuspended, "Odd":
		if running {
			t.Fatalf("made %v of %q", shown, o.Status)
		}
	}
	if o.HasSeats && l.Terms.Seats != o.Seats {
		t.Fatalf("made %v seats of %v", l.Terms.Seats, o.Seats)
	}
	last, ends := l.Terms.Expiration.LastDay()
	if sourceLast, sourceEnds := o.Expiration.LastDay(); sourceEnds && (!ends || last.After(sourceLast)) {
		t.Fatalf("made it last until %v, the source has %v", l.Terms.Expiration, sourceLast)
	}
	if l.Terms.Status == license.Trial && (!ends || last.After(l.TrialLimit())) {
		t.Fatalf("L7: a trial from %v until %v", l.TrialStart, l.Terms.Expiration)
	}
	for _, s := range collect(w, w.Licenses(context.Background(), w.a, lifecycle.LicenseQuery{Org: l.Org, Package: l.Package})) {
		if l.Terms.Status == license.Trial && !s.TrialStart.IsZero() && s.TrialStart.Before(l.TrialStart) {
			t.Fatalf("the trial counts from %v, the org's first began on %v", l.TrialStart, s.TrialStart)
		}
	}
}

// Bad observations are refused with the field, and change nothing.
func TestBadObservationsAreRefused(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	for name, spoil := range map[string]func(*lifecycle.Observation){
		"org":          func(o *lifecycle.Observation) { o.Org = pkgversion.OrgID{} },
		"installation": func(o *lifecycle.Observation) { o.ID = license.InstallationID{} },
		"used":         func(o *lifecycle.Observation) { o.Values.Used = -1 },
		"status":       func(o *lifecycle.Observation) { o.Values.Status = "a\x00b" },
		"as of":        func(o *lifecycle.Observation) { o.Values.AsOf = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC) },
		"install date": func(o *lifecycle.Observation) { o.InstalledAt = time.Time{} },
		"version":      func(o *lifecycle.Observation) { o.Version = pkgversion.VersionID{} },
	} {
		o := w.seen(9, org2, seatPackage)
		spoil(&o)
		if err := refused[*lifecycle.FieldError](w, lifecycle.Observe{Observation: o}); err.Field == "" || err.Rule == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := w.seen(1, org2, seatPackage)
	refused[*lifecycle.ExistsError](w, lifecycle.Observe{Observation: other})
	unknown := w.seen(9, org2, pkgversion.MustPackageID("unknown"))
	unknown.Number = published[0]
	refused[*lifecycle.NotFoundError](w, lifecycle.Observe{Observation: unknown})
}

// A clock of an org that is ahead does not outlive ours: what is read later counts.
func TestObservationFromTheFuture(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	for _, test := range []struct {
		ahead time.Duration
		seats int
	}{{time.Hour, 5}, {0, 6}} {
		w.clock = w.clock.Add(time.Minute)
		o := asOrgHas(w.license(1))
		o.Values.Seats, o.Values.AsOf = license.MustSeats(test.seats), w.clock.Add(test.ahead)
		w.must(lifecycle.Observe{Observation: o})
		if got := w.license(1).Observed; got.Seats != license.MustSeats(test.seats) || !got.AsOf.Equal(w.clock) {
			t.Errorf("%v ahead: observed %+v, want %d seats as of %v", test.ahead, got, test.seats, w.clock)
		}
	}
}

// L17: what an org shows as Expired, with no last day that explains it, and what nobody knows
// licenses nobody.
func TestL17StatusOfAMissingLicense(t *testing.T) {
	past, never := license.LastDay(license.DateOf(epoch).AddDays(-1)), license.Never()
	for _, test := range []struct {
		shown license.SubscriberStatus
		end   license.Expiration
		want  license.Status // as displayed
	}{
		{"Active", never, license.Active}, {"active", past, license.Expired}, {"Free", never, license.Active},
		{"Expired", past, license.Expired}, {"Expired", never, license.Suspended}, {"Expired", license.Expiration{}, license.Suspended},
		{"Suspended", never, license.Suspended}, {"Frozen", never, license.Suspended},
	} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		o := w.seen(1, org1, seatPackage)
		o.InstalledAt, o.Values.Status, o.Values.Expiration = epoch.AddDate(0, -1, 0), test.shown, test.end
		w.must(lifecycle.Observe{Observation: o})
		if got := w.license(1).DisplayedStatus(w.clock); got != test.want {
			t.Errorf("%s until %v is displayed as %v, want %v", test.shown, test.end, got, test.want)
		}
	}
}

// What an org does not tell of its version changes none, and an org in which the package is
// gone has none to tell.
func TestObservationWithoutAVersion(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	before := w.license(1)
	o := asOrgHas(before)
	o.Version, o.Number = pkgversion.VersionID{}, pkgversion.Version{}
	w.clock = w.clock.AddDate(0, 0, 1)
	w.must(lifecycle.Observe{Observation: o})
	if l := w.license(1); l.Version != before.Version || l.Number != before.Number {
		t.Errorf("the version is %v, was %v", l.Number, before.Number)
	}
	o.Gone, o.UninstalledAt = true, w.clock
	w.must(lifecycle.Observe{Observation: o})
	if l := w.license(1); l.Terms.Status != license.Uninstalled || l.Version != before.Version {
		t.Errorf("%+v, want it uninstalled, of the version that it had", l)
	}
	gone := asOrgHas(w.license(3))
	gone.Gone, gone.UninstalledAt, gone.Version, gone.Number = true, w.clock, versionID(seatPackage, published[2]), published[2]
	w.must(lifecycle.Observe{Observation: gone})
	if l := w.license(3); l.Terms.Status != license.Uninstalled || l.Number != published[0] {
		t.Errorf("%+v, want it uninstalled, of the version that it had", l)
	}
}

// What an org answers that tells no instant is as of when it was asked: a pull, or a
// refresh, that was overtaken by a push does not bring back what the org had before.
func TestAnswersOvertakenByAPush(t *testing.T) {
	for what, read := range map[string]func(*world, *subscribertest.Orgs) error{
		"a pull": func(w *world, orgs *subscribertest.Orgs) error {
			_, err := w.Pull(t.Context(), w.a, orgs, 1)
			return err
		},
		"a refresh": func(w *world, orgs *subscribertest.Orgs) error {
			_, err := w.Refresh(t.Context(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage, AtOnce: 1})
			return err
		},
	} {
		w, orgs := twoSided(t, &lifecycle.MemStore{})
		orgs.Now = nil // they tell no instant
		overtaken, pushed := false, time.Time{}
		orgs.Fault = func(s subscribertest.Step) error {
			if s.Method == "Pull" && s.Done && s.Installation.ID == installation(1) && !overtaken {
				overtaken = true
				w.clock = w.clock.Add(time.Minute)
				pushed = w.clock
				w.setSeats(1, 9)
				settled(t, w, orgs, 9)
				w.clock = w.clock.Add(time.Minute)
			}
			return nil
		}
		if err := read(w, orgs); err != nil {
			t.Errorf("%s = %v", what, err)
		}
		if l := w.license(1); l.Observed.Seats != license.MustSeats(9) || !l.Observed.AsOf.Equal(pushed) || w.sides(1).Differs() {
			t.Errorf("after %s that was overtaken the org is known to have %+v, and the sides are %+v", what, l.Observed, w.sides(1))
		}
	}
}

// A difference that the vendor's side ends is one no more, and Drifts leaves it out: new
// terms, those of an import among them, and an uninstallation record that it ended; seats
// that are assigned are not compared anew, and the next reading records it.
func TestDifferencesThatTheVendorEnds(t *testing.T) {
	for what, test := range map[string]struct {
		found func(*license.Observed)
		end   func(*world)
		ended int // events
	}{
		"modified": {func(o *license.Observed) { o.Seats = license.MustSeats(5) }, func(w *world) { w.setSeats(1, 5) }, 1},
		"imported": {func(o *license.Observed) { o.Seats = license.MustSeats(5) }, func(w *world) {
			l := w.license(1)
			l.Terms.Seats, l.Observed = license.MustSeats(5), license.Observed{}
			w.must(lifecycle.ImportLicense{License: l, Org: org1, AsOf: w.clock})
		}, 1},
		"imported with what the org has now": {func(o *license.Observed) { o.Seats = license.MustSeats(5) }, func(w *world) {
			l := w.license(1)
			l.Terms.Seats, l.Observed.Seats, l.Observed.AsOf = license.MustSeats(6), license.MustSeats(6), w.clock
			w.must(lifecycle.ImportLicense{License: l, Org: org1, AsOf: w.clock})
		}, 1},
		"uninstalled": {func(o *license.Observed) { o.Seats, o.Status = license.MustSeats(5), license.SubscriberSuspended }, func(w *world) {
			w.must(w.uninstalled(1, org1, seatPackage))
		}, 2},
		"imported as uninstalled": {func(o *license.Observed) { o.Seats, o.Status = license.MustSeats(5), license.SubscriberSuspended }, func(w *world) {
			l := w.license(1)
			l.Terms.Status, l.UninstalledAt = license.Uninstalled, w.clock
			w.must(lifecycle.ImportLicense{License: l, Org: org1, AsOf: w.clock})
		}, 2},
		"assigned": {func(o *license.Observed) { o.Used = 3 }, func(w *world) { w.must(lifecycle.Assign{License: 1, Users: users(7)}) }, 0},
	} {
		w, _ := twoSided(t, &lifecycle.MemStore{})
		o := asOrgHas(w.license(1))
		o.Values.AsOf = w.clock
		test.found(&o.Values)
		w.must(lifecycle.Observe{Observation: o})
		if d := collect(w, w.Drifts(t.Context(), w.a)); len(d) != 1 {
			t.Fatalf("%s: Drifts = %+v, want a difference first", what, d)
		}
		seen := len(w.events())
		w.clock = w.clock.Add(time.Hour)
		test.end(w)
		ended, found := 0, 0
		for _, e := range w.events()[seen:] {
			switch e.Change.(type) {
			case lifecycle.DriftEnded:
				ended++
			case lifecycle.DriftFound:
				found++
			}
		}
		if d := collect(w, w.Drifts(t.Context(), w.a)); len(d) > 0 || ended != test.ended || w.sides(1).Differs() != (test.ended == 0) {
			t.Errorf("%s: Drifts = %+v, sides %+v, %d ended, want none and %d", what, d, w.sides(1), ended, test.ended)
		}
		if found > 0 {
			t.Errorf("%s: %d differences found", what, found)
		}
		w.replay()
	}
}

// Drifts goes on behind a page of licenses that do not differ any more.
func TestDriftsBehindThoseThatAgree(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	for n := 1; n <= 1200; n++ {
		l := w.install(n, license.Org{ID: pkgversion.MustOrgID("org-" + strconv.Itoa(n))}, seatPackage, lead.Person{})
		o := asOrgHas(l)
		o.Values.Used, o.Values.AsOf = 1, w.clock
		w.must(lifecycle.Observe{Observation: o})
		if n < 1200 {
			w.must(lifecycle.Assign{License: l.ID, Users: users(1)})
		}
	}
	if d := collect(w, w.Drifts(t.Context(), w.a)); len(d) != 1 || d[0].License.ID != 1200 {
		t.Errorf("Drifts yields %d licenses, want the last one alone", len(d))
	}
}

// Terms that an import changes are pushed under a revision of their own, also while others
// are on their way; a license that an import makes is not pushed.
func TestImportedTermsArePushed(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	w.setSeats(1, 7)
	late := &holding{Subscribers: orgs, hold: make(chan struct{}), holding: make(chan struct{})}
	outcome := make(chan error)
	go func() {
		_, err := w.Push(context.Background(), w.a, late, 1)
		outcome <- err
	}()
	<-late.holding
	w.clock = w.clock.Add(time.Hour)
	l := w.license(1)
	l.Terms.Seats = license.MustSeats(9)
	w.must(lifecycle.ImportLicense{License: l, Org: org1, AsOf: w.clock})
	if s := w.sides(1); s.Wanted != w.license(1).Revision || s.Wanted == l.Revision {
		t.Errorf("imported terms of revision %d are to be pushed as %+v", w.license(1).Revision, s)
	}
	settled(t, w, orgs, 9)
	close(late.hold)
	if err := <-outcome; err != nil {
		t.Errorf("the late push = %v", err)
	}
	settled(t, w, orgs, 9)
	made := l
	made.ID, made.Installation = 9, installation(9)
	w.must(lifecycle.ImportLicense{License: made, Org: org1, AsOf: w.clock})
	if w.sides(9).PushPending() {
		t.Errorf("the new license is to be pushed: %+v", w.sides(9))
	}
}

// A retired license is out of Drifts, and is pushed no more; put back it differs still, and
// is not pushed until its terms are set anew.
func TestRetiredLicensesAreNotPushed(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	o := asOrgHas(w.license(1))
	o.Values.Seats, o.Values.AsOf = license.MustSeats(5), w.clock
	w.must(lifecycle.Observe{Observation: o})
	w.setSeats(1, 7)
	deleted := org1
	deleted.Status = license.OrgDeleted
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: deleted}})
	w.must(lifecycle.Retire{License: 1})
	if d := collect(w, w.Drifts(t.Context(), w.a)); len(d) > 0 {
		t.Errorf("Drifts of a retired license = %+v", d)
	}
	if pending := collect(w, w.PendingPushes(t.Context(), w.a)); len(pending) > 0 {
		t.Errorf("PendingPushes of a retired license = %+v", pending)
	}
	if report, err := w.PushPending(t.Context(), w.a, orgs); err != nil || report.Pushed+report.Failed > 0 || orgs.Calls() > 0 || w.sides(1).PushPending() {
		t.Errorf("PushPending = %+v, %v after %d calls, and leaves %+v", report, err, orgs.Calls(), w.sides(1))
	}
	w.must(lifecycle.Retire{License: 1, Back: true})
	if d := collect(w, w.Drifts(t.Context(), w.a)); len(d) != 1 || w.sides(1).PushPending() {
		t.Errorf("put back it is %+v, and Drifts = %+v", w.sides(1), d)
	}
	w.clock = w.clock.Add(time.Hour)
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: org1}})
	w.setSeats(1, 8)
	settled(t, w, orgs, 8)
}

// An org that could not be reached and answers is reachable again, though it does not say
// what its status is; an answer from before that says nothing of it.
func TestOrgThatAnswersIsReachable(t *testing.T) {
	for what, test := range map[string]struct {
		ask  func(*world, *subscribertest.Orgs) error
		want license.OrgStatus
	}{
		"a pull": {func(w *world, orgs *subscribertest.Orgs) error {
			_, err := w.Pull(t.Context(), w.a, orgs, 1)
			return err
		}, license.OrgActive},
		"a push": {func(w *world, orgs *subscribertest.Orgs) error {
			_, err := w.Push(t.Context(), w.a, orgs, 1)
			return err
		}, license.OrgActive},
		"an old reading": {func(w *world, orgs *subscribertest.Orgs) error {
			o, _ := orgs.Get(installation(1))
			o.Values.AsOf = w.clock.AddDate(0, 0, -3)
			return w.run(lifecycle.Observe{Observation: o})
		}, license.OrgLocked},
	} {
		w, orgs := twoSided(t, &lifecycle.MemStore{})
		w.setSeats(1, 7)
		o, _ := orgs.Get(installation(1))
		o.InOrg = license.Org{} // not known
		orgs.Put(o)
		orgs.Fault = func(s subscribertest.Step) error {
			return &lifecycle.UnreachableOrgError{Org: s.Installation.Org, Status: license.OrgLocked}
		}
		if report, err := w.PushPending(t.Context(), w.a, orgs); err != nil || report.Failed != 1 {
			t.Fatalf("PushPending = %+v, %v", report, err)
		}
		orgs.Fault = nil
		w.clock = w.clock.AddDate(0, 0, 2)
		if err := test.ask(w, orgs); err != nil {
			t.Errorf("%s = %v", what, err)
		}
		org, err := w.Org(t.Context(), w.a, org1.ID)
		if err != nil || org.Status != test.want || org.Name != org1.Name {
			t.Errorf("after %s the org is %+v, %v, want it %s", what, org, err, test.want)
		}
		if test.want == license.OrgActive {
			w.setSeats(1, 8)
		}
	}
}

// What an observation does not tell of the org stays as it is known; a notification tells
// of all of it.
func TestObservationOfAPartOfAnOrg(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	full := org1
	full.Edition, full.Instance, full.TrialEnds = "Enterprise Edition", "NA1", "2026-09-01"
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: full}})
	for _, seen := range []license.Org{{}, {Status: license.OrgTrial}, {Name: "Acme Ltd"}, {Edition: "Developer Edition"}, {Instance: "NA2"}, {TrialEnds: "2026-10-01"}} {
		w.clock = w.clock.Add(time.Hour)
		o, _ := orgs.Get(installation(1))
		o.InOrg = seen
		o.Values.AsOf = w.clock
		w.must(lifecycle.Observe{Observation: o})
		full.Status, full.Name = stdcmp.Or(seen.Status, full.Status), stdcmp.Or(seen.Name, full.Name)
		full.Edition, full.Instance, full.TrialEnds = stdcmp.Or(seen.Edition, full.Edition), stdcmp.Or(seen.Instance, full.Instance), stdcmp.Or(seen.TrialEnds, full.TrialEnds)
		org, err := w.Org(t.Context(), w.a, org1.ID)
		if full.AsOf, full.Revision = org.AsOf, org.Revision; err != nil || org != full {
			t.Errorf("seen as %+v the org is %+v, %v, want %+v", seen, org, err, full)
		}
	}
	w.clock = w.clock.Add(time.Hour)
	bare := license.Org{ID: org1.ID, Name: "Acme"}
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: bare}})
	if org, err := w.Org(t.Context(), w.a, org1.ID); err != nil || org.Edition != "" || org.Status != "" {
		t.Errorf("told anew the org is %+v, %v, want %+v", org, err, bare)
	}
}

// What is pending is listed, due or not, and with the terms as they are now; not what is
// pushed no more, and not what differs only.
func TestPendingPushes(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	listed := func() (all []license.ID) {
		for _, p := range collect(w, w.PendingPushes(t.Context(), w.a)) {
			if l := w.license(p.License.ID); p.License != l || p.Sides != w.sides(l.ID) || !p.Sides.PushPending() {
				t.Errorf("PendingPushes yields %+v of %+v", p, l)
			}
			all = append(all, p.License.ID)
		}
		return all
	}
	want := func(when string, want ...license.ID) {
		t.Helper()
		if diff := cmp.Diff(want, listed()); diff != "" {
			t.Errorf("PendingPushes %s (-want +got):\n%s", when, diff)
		}
	}
	want("at first")
	o := asOrgHas(w.license(4))
	o.Values.Seats, o.Values.AsOf = license.MustSeats(5), w.clock
	w.must(lifecycle.Observe{Observation: o})
	want("of what differs only")
	for _, id := range []license.ID{1, 2, 3, 6} {
		w.setTerms(id, func(terms *license.Terms) { terms.Seats = license.MustSeats(7) })
	}
	want("of what is due", 1, 2, 3)
	orgs.Fault = func(subscribertest.Step) error { return errBroken }
	for range 20 { // until it waits for a day
		if _, err := w.PushPending(t.Context(), w.a, orgs); err != nil {
			t.Fatal(err)
		}
		w.clock = w.sides(1).DueAt
	}
	w.clock = w.clock.Add(-23 * time.Hour)
	want("of what is not due yet", 1, 2, 3)
	w.must(w.uninstalled(3, org1, seatPackage))
	want("after an uninstallation", 1, 2)
	w.must(lifecycle.ReleasePackage{Package: trialPackage})
	want("after a release", 1)
	orgs.Fault = nil
	if _, err := w.Push(t.Context(), w.a, orgs, 1); err != nil {
		t.Fatal(err)
	}
	want("after the push")
}

// What is gone, and nobody knows since when, is uninstalled as of the reading; not before it
// was installed.
func TestGoneSinceNobodyKnowsWhen(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	for _, days := range []int{1, -1} {
		id := license.ID(2 + days) // 3 and 1
		o := asOrgHas(w.license(id))
		o.Gone, o.Values = true, license.Observed{AsOf: epoch.AddDate(0, 0, days)}
		w.clock = epoch.AddDate(0, 0, 3)
		w.must(lifecycle.Observe{Observation: o})
		want := o.Values.AsOf
		if days < 0 {
			want = w.license(id).InstalledAt
		}
		if l := w.license(id); l.Terms.Status != license.Uninstalled || !l.UninstalledAt.Equal(want) {
			t.Errorf("read %d days after the installation: %v since %v, want it uninstalled since %v", days, l.Terms.Status, l.UninstalledAt, want)
		}
	}
}

// Terms of a permission-set license are the vendor's alone: nothing is to be pushed.
func TestPermissionSetsAreNotPushed(t *testing.T) {
	w, _ := twoSided(t, &lifecycle.MemStore{})
	w.setSeats(6, 5)
	if s := w.sides(6); s.PushPending() {
		t.Errorf("pending: %+v", s)
	}
	w.setSeats(1, 5)
	if s := w.sides(1); !s.PushPending() {
		t.Errorf("not pending: %+v", s)
	}
}

// L17: an org that tells of no terms at all leaves the missing license those of the
// package; one that tells of some gives it these.
func TestL17TermsOfAMissingLicense(t *testing.T) {
	for what, told := range map[string]struct {
		values license.Observed
		want   license.Terms
	}{
		"nothing":  {license.Observed{}, license.Terms{Status: license.Active, Seats: license.MustSeats(3), Expiration: license.Never()}},
		"a status": {license.Observed{Status: license.SubscriberActive}, license.Terms{Status: license.Active, Seats: license.MustSeats(3), Expiration: license.Never()}},
		"seats":    {license.Observed{Seats: license.MustSeats(2), HasSeats: true}, license.Terms{Status: license.Active, Seats: license.MustSeats(2), Expiration: license.Never()}},
	} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		o := w.seen(1, org1, seatPackage)
		o.Values = told.values
		w.must(lifecycle.Observe{Observation: o})
		l := w.license(1)
		if l.Terms != told.want || l.AsInstalled != (what == "nothing") {
			t.Errorf("told %s: %+v, as installed %t, want %+v", what, l.Terms, l.AsInstalled, told.want)
		}
	}
}

// What an org changes by itself after it has taken the terms is a difference, and nothing
// to be pushed again.
func TestDriftAfterAPushIsNotPushed(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	w.setSeats(1, 5)
	if report, err := w.PushPending(t.Context(), w.a, orgs); err != nil || report.Pushed != 1 {
		t.Fatalf("PushPending = %+v, %v", report, err)
	}
	w.clock = w.clock.AddDate(0, 0, 1)
	o := asOrgHas(w.license(1))
	o.Values.Seats = license.MustSeats(6)
	w.must(lifecycle.Observe{Observation: o})
	if s := w.sides(1); s.PushPending() || !s.Differs() {
		t.Errorf("%+v, want a difference that is not to be pushed", s)
	}
}
