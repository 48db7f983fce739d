package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/subscribertest"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// refresh is Refresh that must succeed.
func (w *world) refresh(orgs lifecycle.Subscribers) lifecycle.Refresh {
	w.Helper()
	r, err := w.Refresh(context.Background(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage})
	if err != nil {
		w.Fatalf("Refresh = %v", err)
	}
	return r
}

// strangers adds installations to orgs that the vendor was never told of: from before
// the package was registered.
func strangers(w *world, orgs *subscribertest.Orgs, from, n int) {
	for i := range n {
		id := pkgversion.MustOrgID("stranger-" + strconv.Itoa(from+i))
		o := w.seen(0, license.Org{ID: id, Status: license.OrgActive}, seatPackage)
		o.ID = license.MustInstallationID(fmt.Sprintf("stranger-%06d", from+i))
		o.InstalledAt = epoch.AddDate(-1, 0, 0)
		o.Installer.Email = "someone-" + strconv.Itoa(from+i) + "@strangers.example"
		orgs.Put(o)
	}
}

// A refresh makes the licenses that are missing, takes over used seats, versions and
// uninstallations, and reports what differs.
func TestRefresh(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	strangers(w, orgs, 0, 120)
	changed := asOrgHas(w.license(3))
	changed.Version, changed.Number = versionID(seatPackage, published[1]), published[1]
	changed.Values.Seats = license.MustSeats(9)
	orgs.Put(changed)
	gone := asOrgHas(w.license(1))
	gone.Gone, gone.Values = true, license.Observed{}
	orgs.Put(gone)
	var told []lifecycle.Refresh
	got, err := w.Refresh(t.Context(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage, Progress: func(r lifecycle.Refresh) { told = append(told, r) }})
	if err != nil || got.Read != 124 || got.Made != 120 || got.Failed != 0 || got.UnderWay() {
		t.Fatalf("Refresh = %+v, %v", got, err)
	}
	if len(told) != 3 || told[0].Read != 100 || told[2] != got {
		t.Errorf("progress %+v", told)
	}
	if l := w.license(3); l.Number != published[1] || l.Terms.Seats == license.MustSeats(9) || !w.sides(3).Differs() {
		t.Errorf("the license that differs became %+v", l)
	}
	if l := w.license(1); l.Terms.Status != license.Uninstalled || l.Holders != 0 {
		t.Errorf("the license that is gone became %+v", l)
	}
	made, err := w.LicenseOf(t.Context(), w.a, license.MustInstallationID("stranger-000007"))
	if err != nil || made.Terms.Seats != license.MustSeats(4) || made.InstallDate() != license.DateOf(epoch.AddDate(-1, 0, 0)) || made.Lead.IsZero() {
		t.Errorf("the license that was missing is %+v, %v", made, err)
	}
	w.replay()
}

// L15: refreshing twice, with nothing else between, changes nothing but when the orgs
// were read and the books of the refresh itself.
func TestL15RefreshTwiceIsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, orgs := twoSided(t, &lifecycle.MemStore{})
		strangers(w, orgs, 0, rapid.IntRange(0, 3).Draw(t, "strangers"))
		for id := license.ID(1); id <= 4; id++ {
			o := asOrgHas(w.license(id))
			o.Gone = rapid.Bool().Draw(t, "gone")
			o.Values.Used = rapid.IntRange(0, 3).Draw(t, "used")
			o.Values.Seats = license.MustSeats(rapid.IntRange(2, 4).Draw(t, "seats"))
			orgs.Put(o)
		}
		w.refresh(orgs)
		once := w.records()
		w.clock = w.clock.AddDate(0, 0, lifecycle.RefreshDays)
		w.refresh(orgs)
		if diff := cmp.Diff(once, w.records()); diff != "" {
			t.Fatalf("L15: refreshed twice (-once +twice):\n%s", diff)
		}
		w.replay()
	})
}

// records returns every license and its sides, apart from when its org was read.
func (w *world) records() map[license.ID]lifecycle.Drift {
	all := map[license.ID]lifecycle.Drift{}
	for _, l := range collect(w, w.Licenses(context.Background(), w.a, lifecycle.LicenseQuery{Kind: lifecycle.PackageLicenses})) {
		s := w.sides(l.ID)
		differences := s.Differences(l)
		l.Observed.AsOf, s.Observed.AsOf, s.Revision = time.Time{}, time.Time{}, 0
		all[l.ID] = lifecycle.Drift{License: l, Sides: s, Differences: differences}
	}
	return all
}

// L16: a refresh succeeds at most once in 7 days, counted as dates in UTC, whatever
// the clock does; a refused one changes nothing and says when it is next allowed; one
// that failed does not use up the week.
func TestL16OnceInSevenDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, orgs := twoSided(t, &lifecycle.MemStore{})
		// Weeks in which the clocks of many places are set.
		w.clock = time.Date(2026, 3, 25, 23, 50, 0, 0, time.UTC)
		fails := false
		orgs.Fault = func(s subscribertest.Step) error {
			if fails && s.Method == "Pull" {
				return errBroken
			}
			return nil
		}
		var last license.Date // of the last success
		highest := w.clock
		w.must(lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("o")}})
		for range 12 {
			w.clock = w.clock.Add(time.Duration(rapid.IntRange(-30, 100).Draw(t, "hours")) * time.Hour)
			if w.clock.After(highest) {
				highest = w.clock
				w.must(lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("o"), Name: w.clock.String()}}) // it counts from now on
			}
			today := license.DateOf(highest)
			fails = rapid.Bool().Draw(t, "fails")
			before := w.dump()
			_, err := w.Refresh(context.Background(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage})
			soon, tooSoon := errors.AsType[*lifecycle.RefreshTooSoonError](err)
			_, left := errors.AsType[*lifecycle.RefreshLeftError](err)
			switch early := !last.IsZero() && today.Before(last.AddDays(7)); {
			case early != tooSoon:
				t.Fatalf("L16: on %v, after %v, Refresh = %v", today, last, err)
			case tooSoon:
				if soon.Next != last.AddDays(7) || !strings.Contains(err.Error(), soon.Next.String()) {
					t.Fatalf("the error says %v, want %v", err, last.AddDays(7))
				}
				w.unchanged(before, "a refused refresh")
			case left != fails, !fails && err != nil:
				t.Fatalf("with orgs failing: %t, Refresh = %v", fails, err)
			case err == nil:
				last = today
			}
			if got := w.registration(seatPackage).LastRefresh; got != last {
				t.Fatalf("last refresh %v, want %v", got, last)
			}
		}
	})
}

// L16: of several at once exactly one succeeds, and nobody is read in vain for ever.
func TestL16SeveralAtOnce(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	strangers(w, orgs, 0, 450)
	var succeeded atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				_, err := w.Refresh(t.Context(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage})
				_, taken := errors.AsType[*lifecycle.RefreshTakenError](err)
				_, tooSoon := errors.AsType[*lifecycle.RefreshTooSoonError](err)
				switch {
				case err == nil:
					succeeded.Add(1)
				case taken || errors.Is(err, lifecycle.ErrConflict):
					continue
				case !tooSoon:
					t.Errorf("Refresh = %v", err)
				}
				return
			}
		})
	}
	wg.Wait()
	if succeeded.Load() != 1 {
		t.Errorf("L16: %d refreshes succeeded at once, want 1", succeeded.Load())
	}
	w.replay()
}

// L16: who finds that somebody else has gone on with the refresh stops, and takes nothing
// back of how far that one came.
func TestL16WhoIsOvertakenStops(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	strangers(w, orgs, 0, 250)
	var other lifecycle.Refresh
	overtaking := false
	orgs.Fault = func(s subscribertest.Step) error {
		if s.Method == "Pull" && !overtaking { // the first is asked for the first page; the other does that, and stops
			overtaking = true
			ctx, cancel := context.WithCancel(t.Context())
			_, err := w.Refresh(ctx, w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage, AtOnce: 1, Progress: func(r lifecycle.Refresh) { other = r; cancel() }})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the other's Refresh = %v", err)
			}
		}
		return nil
	}
	_, err := w.Refresh(t.Context(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage, AtOnce: 1})
	if _, taken := errors.AsType[*lifecycle.RefreshTakenError](err); !taken {
		t.Errorf("Refresh = %v, want a *RefreshTakenError", err)
	}
	if is, err := w.LatestRefresh(t.Context(), w.a, seatPackage); err != nil || is != other || is.Read != 100 {
		t.Errorf("the refresh is at %+v, %v, the other left it at %+v", is, err, other)
	}
	if got := w.refresh(orgs); got.Read != 254 {
		t.Errorf("Refresh = %+v, want each of 254 to be read once", got)
	}
}

// One org that fails never stops the rest; it is tried again alone, and then the
// refresh is done. An org that is locked counts as read.
func TestRefreshLeavesNobodyOut(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	strangers(w, orgs, 0, 250)
	bad := map[string]bool{"stranger-000003": true, "stranger-000150": true, "stranger-000249": true}
	pulls := atomic.Int32{}
	failing := atomic.Bool{}
	failing.Store(true)
	orgs.Fault = func(s subscribertest.Step) error {
		if s.Method == "Pull" && !s.Done {
			pulls.Add(1)
			if failing.Load() && bad[s.Installation.ID.String()] {
				return errBroken
			}
		}
		return nil
	}
	orgs.SetStatus(org2.ID, license.OrgLocked)
	got, err := w.Refresh(t.Context(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage})
	left, ok := errors.AsType[*lifecycle.RefreshLeftError](err)
	if !ok || left.Left != 3 || len(left.Errs) != 3 || !errors.Is(err, errBroken) || got.Failed != 3 || got.Read != 251 || got.Unreachable != 1 || !got.UnderWay() {
		t.Fatalf("Refresh = %+v, %v", got, err)
	}
	if org, err := w.Org(t.Context(), w.a, org2.ID); err != nil || org.Status != license.OrgLocked {
		t.Errorf("the locked org is %+v, %v", org, err)
	}
	failing.Store(false)
	pulls.Store(0)
	if got := w.refresh(orgs); got.Failed != 0 || got.Made != 250 || pulls.Load() != 3 {
		t.Errorf("Refresh again = %+v after %d pulls, want it to try the 3 that were left", got, pulls.Load())
	}
	w.clock = w.clock.AddDate(0, 0, lifecycle.RefreshDays)
	pulls.Store(0)
	if w.refresh(orgs); pulls.Load() != 254 {
		t.Errorf("a week later it reads %d times, want each of 254 once", pulls.Load())
	}
	w.replay()
}

// An installation whose license is missing, in an org that is locked, is left, and gets its
// license within the week, when the org is back; where the org was deleted it holds up
// nobody.
func TestRefreshOfALockedStranger(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	strangers(w, orgs, 0, 2)
	locked, deleted := pkgversion.MustOrgID("stranger-0"), pkgversion.MustOrgID("stranger-1")
	orgs.SetStatus(locked, license.OrgLocked)
	orgs.SetStatus(deleted, license.OrgDeleted)
	got, err := w.Refresh(t.Context(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage})
	left, ok := errors.AsType[*lifecycle.RefreshLeftError](err)
	if _, locked := errors.AsType[*lifecycle.UnreachableOrgError](err); !ok || !locked || left.Left != 1 || got.Failed != 1 || got.Read != 5 || got.Unreachable != 1 {
		t.Errorf("Refresh = %+v, %v, want the locked org alone to be left", got, err)
	}
	orgs.SetStatus(locked, license.OrgActive)
	w.clock = w.clock.AddDate(0, 0, 1)
	calls := orgs.Calls()
	if got := w.refresh(orgs); got.Made != 1 || got.Failed != 0 || orgs.Calls() != calls+1 {
		t.Errorf("the next day Refresh = %+v after %d calls, want it to try the one that was left", got, orgs.Calls()-calls)
	}
	if _, err := w.LicenseOf(t.Context(), w.a, license.MustInstallationID("stranger-000000")); err != nil {
		t.Errorf("its license: %v", err)
	}
	w.replay()
}

// A refresh that is stopped anywhere goes on where it was, and ends as one that was
// not stopped; what it had read is not read again, but for the step that was lost.
func TestRefreshGoesOnAfterAStop(t *testing.T) {
	straight, orgs := twoSided(t, &lifecycle.MemStore{})
	strangers(straight, orgs, 0, 330)
	whole := straight.refresh(orgs)
	for _, stopAt := range []int{1, 50, 101, 250, 333} {
		w, orgs := twoSided(t, &lifecycle.MemStore{})
		strangers(w, orgs, 0, 330)
		pulls := atomic.Int32{}
		ctx, cancel := context.WithCancel(t.Context())
		orgs.Fault = func(s subscribertest.Step) error {
			if s.Method == "Pull" && !s.Done && int(pulls.Add(1)) == stopAt {
				cancel()
			}
			return nil
		}
		stopped, err := w.Refresh(ctx, w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage})
		if !errors.Is(err, context.Canceled) || !stopped.UnderWay() {
			t.Fatalf("stopped at %d: Refresh = %+v, %v", stopAt, stopped, err)
		}
		got := w.refresh(orgs)
		if got.Read != whole.Read || got.Made != whole.Made || got.Failed != 0 || int(pulls.Load()) > 334+101 {
			t.Errorf("stopped at %d: %+v after %d pulls, want %+v", stopAt, got, pulls.Load(), whole)
		}
		if diff := cmp.Diff(straight.records(), w.records()); diff != "" {
			t.Errorf("stopped at %d (-straight +stopped):\n%s", stopAt, diff)
		}
	}
}

// Whichever call of the store fails during a refresh, before or after its work,
// refreshing again ends as if none had.
func TestRefreshWithFailingStore(t *testing.T) {
	straight, orgs := twoSided(t, &lifecycle.MemStore{})
	strangers(straight, orgs, 0, 3)
	straight.refresh(orgs)
	want := straight.records()
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			mem := &lifecycle.MemStore{}
			live, orgs := twoSided(t, mem)
			strangers(live, orgs, 0, 3)
			s := &faulty{Store: mem, failAt: n, after: after, err: errBroken}
			w := newWorld(t, s, pushing)
			w.clock = live.clock
			_, err := w.Refresh(t.Context(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage, AtOnce: 1})
			if !s.fired() {
				if n < 50 || err != nil {
					t.Errorf("%d faults fired, then %v", n, err)
				}
				break
			}
			if !errors.Is(err, errBroken) {
				t.Fatalf("Refresh with call %d failing = %v, want that error", n, err)
			}
			live.refresh(orgs)
			if diff := cmp.Diff(want, live.records()); diff != "" {
				t.Fatalf("after call %d failed (-straight +again):\n%s", n, diff)
			}
		}
	}
}

// A refresh that was begun a week ago begins anew, and not a day earlier. Whom it had left
// is read once with all others, and holds up nobody who is there no more.
func TestAbandonedRefreshBeginsAnew(t *testing.T) {
	for _, days := range []int{lifecycle.RefreshDays - 1, lifecycle.RefreshDays} {
		w, orgs := twoSided(t, &lifecycle.MemStore{})
		strangers(w, orgs, 0, 120)
		failing, pulls := true, atomic.Int32{}
		orgs.Fault = func(s subscribertest.Step) error {
			if s.Method == "Pull" && !s.Done {
				if pulls.Add(1); failing {
					return errBroken
				}
			}
			return nil
		}
		begun, err := w.Refresh(t.Context(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage, AtOnce: 1})
		if left, ok := errors.AsType[*lifecycle.RefreshLeftError](err); !ok || left.Left != 124 || begun.Failed != 124 {
			t.Fatalf("Refresh of failing orgs = %+v, %v", begun, err)
		}
		failing = false
		pulls.Store(0)
		vanished := subscribersWithout{orgs, license.MustInstallationID("stranger-000007")}
		strangers(w, orgs, 120, 2)
		w.clock = w.clock.AddDate(0, 0, days)
		got, err := w.Refresh(t.Context(), w.a, vanished, lifecycle.RefreshPackage{Package: seatPackage, AtOnce: 1})
		if days < lifecycle.RefreshDays { // it goes on with those that were left, and the one that vanished is left still
			if left, ok := errors.AsType[*lifecycle.RefreshLeftError](err); !ok || left.Left != 1 || got.Made != 119 || !got.StartedAt.Equal(begun.StartedAt) {
				t.Errorf("after %d days Refresh = %+v, %v, want it to go on", days, got, err)
			}
			continue
		}
		if err != nil || got.Made != 121 || got.Read != 125 || got.Failed != 0 || pulls.Load() != 125 || !got.StartedAt.Equal(w.clock) {
			t.Errorf("after %d days Refresh = %+v, %v after %d pulls, want it to begin anew", days, got, err, pulls.Load())
		}
		w.clock = w.clock.AddDate(0, 0, lifecycle.RefreshDays)
		pulls.Store(0)
		if w.refresh(vanished); pulls.Load() != 125 {
			t.Errorf("the next refresh reads %d times, want each of 125 once", pulls.Load())
		}
		w.replay()
	}
}

// subscribersWithout are orgs of which one installation is there no more.
type subscribersWithout struct {
	*subscribertest.Orgs
	gone license.InstallationID
}

func (s subscribersWithout) List(ctx context.Context, pkg pkgversion.PackageID, after license.InstallationID, limit int) ([]lifecycle.Installation, error) {
	page, err := s.Orgs.List(ctx, pkg, after, limit+1)
	page = slices.DeleteFunc(page, func(i lifecycle.Installation) bool { return i.ID == s.gone })
	return page[:min(limit, len(page))], err
}

func (s subscribersWithout) Pull(ctx context.Context, i lifecycle.Installation) (lifecycle.Observation, error) {
	if i.ID == s.gone {
		return lifecycle.Observation{}, errBroken
	}
	return s.Orgs.Pull(ctx, i)
}

// Moving to another vendor org: release the package, register it there, refresh: the
// records come back, with the terms that the orgs have. Where it was released nothing
// is given any more, and nothing is forgotten.
func TestReleaseAndRegisterElsewhere(t *testing.T) {
	mem := &lifecycle.MemStore{}
	w, orgs := twoSided(t, mem)
	before := w.records()
	w.must(lifecycle.ReleasePackage{Package: seatPackage})
	released := w.dump()
	w.must(lifecycle.ReleasePackage{Package: seatPackage})
	w.unchanged(released, "releasing again")
	refused[*lifecycle.NotFoundError](w, lifecycle.Assign{License: 1, Users: users(8)})
	refused[*lifecycle.NotFoundError](w, w.installed(9, org2, seatPackage, joe))
	l := w.license(1)
	l.Terms.Seats = license.Site()
	refused[*lifecycle.NotFoundError](w, lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision})
	if d, err := w.Check(t.Context(), w.a, org1.ID, seatPackage, user(1)); err == nil || d.Licensed() {
		t.Errorf("Check of a released package = %v, %v", d, err)
	}
	if d, err := w.CheckLicense(t.Context(), w.a, 1, user(1)); err == nil || d.Licensed() {
		t.Errorf("CheckLicense of a released package = %v, %v", d, err)
	}
	if diff := cmp.Diff(before, w.records()); diff != "" {
		t.Errorf("the release changed the records (-before +after):\n%s", diff)
	}
	w.must(lifecycle.Revoke{License: 1, Users: users(2)})

	there := newWorld(t, mem)
	there.a, there.clock = vendorB, w.clock
	there.stock()
	got := there.refresh(orgs)
	if got.Made != 3 { // that of org 2 is gone
		t.Errorf("Refresh = %+v, want 3 licenses back", got)
	}
	for _, id := range []license.ID{1, 3, 4} {
		l := w.license(id)
		back, err := there.LicenseOf(t.Context(), there.a, l.Installation)
		if err != nil || back.Terms != l.Terms || back.Version != l.Version || !back.InstalledAt.Equal(l.InstalledAt) || back.Sandbox != l.Sandbox {
			t.Errorf("%v came back as %+v, %v", l, back, err)
		}
	}
	w.must(lifecycle.RegisterPackage{Registration: registrations()[1]}) // and back again
	if d, err := w.Check(t.Context(), w.a, org1.ID, seatPackage, user(1)); err != nil {
		t.Errorf("Check of a package that came back = %v, %v", d, err)
	}
	w.replay()
}

// A package that moved is modified where it is now: the orgs take the new vendor's terms,
// though the old vendor had pushed higher revisions, and from then on only newer ones of
// the new vendor.
func TestPushAfterAMove(t *testing.T) {
	mem := &lifecycle.MemStore{}
	w, orgs := twoSided(t, mem)
	for n := range 5 {
		w.setSeats(1, 4+n)
	}
	settled(t, w, orgs, 8)
	w.must(lifecycle.ReleasePackage{Package: seatPackage})
	there := newWorld(t, mem, pushing)
	there.a, there.clock = vendorB, w.clock
	there.stock()
	there.refresh(orgs)
	l, err := there.LicenseOf(t.Context(), there.a, installation(1))
	if err != nil {
		t.Fatal(err)
	}
	pushed := lifecycle.Push{Installation: lifecycle.Installation{ID: l.Installation, Org: l.Org, Package: l.Package}, Vendor: there.a.Vendor,
		License: l.ID, Terms: license.Terms{Status: license.Active, Seats: license.MustSeats(20), Expiration: license.Never()}}
	for n := range 2 {
		changed := there.setSeats(l.ID, 50+n)
		report, err := there.PushPending(t.Context(), there.a, orgs)
		if err != nil || report.Pushed != 1 {
			t.Fatalf("PushPending = %+v, %v", report, err)
		}
		has, _ := orgs.Get(l.Installation)
		if got := there.license(l.ID); has.Values.Seats != changed.Terms.Seats || got.Observed.Seats != changed.Terms.Seats || there.sides(l.ID).PushPending() {
			t.Errorf("the vendor set %v, the org has %v, observed %v", changed.Terms.Seats, has.Values.Seats, got.Observed.Seats)
		}
		pushed.Revision = changed.Revision - 1 // late
		if seen, err := orgs.Push(t.Context(), pushed); err != nil || seen.Values.Seats != changed.Terms.Seats {
			t.Errorf("a late push of the same vendor left %v, %v", seen.Values.Seats, err)
		}
	}
}

// What was to be pushed when its package was released is pushed no more: neither when it is
// due nor when it is asked for, nor after the package came back. A refresh then shows what
// differs.
func TestReleasedPackageIsNotPushed(t *testing.T) {
	for what, push := range map[string]func(*world, *subscribertest.Orgs) error{
		"PushPending": func(w *world, orgs *subscribertest.Orgs) error {
			report, err := w.PushPending(t.Context(), w.a, orgs)
			if report.Pushed+report.Failed > 0 {
				t.Errorf("PushPending = %+v, want none", report)
			}
			return err
		},
		"Push": func(w *world, orgs *subscribertest.Orgs) error {
			_, err := w.Push(t.Context(), w.a, orgs, 1)
			return err
		},
	} {
		w, orgs := twoSided(t, &lifecycle.MemStore{})
		w.setSeats(1, 7)
		w.must(lifecycle.ReleasePackage{Package: seatPackage})
		if err := push(w, orgs); err != nil || orgs.Calls() > 0 || w.sides(1).PushPending() || !w.sides(1).DueAt.IsZero() {
			t.Errorf("%s of a released package = %v after %d calls, and leaves %+v", what, err, orgs.Calls(), w.sides(1))
		}
		w.must(lifecycle.RegisterPackage{Registration: registrations()[1]})
		if err := push(w, orgs); err != nil || orgs.Calls() > 0 {
			t.Errorf("%s of what came back = %v after %d calls", what, err, orgs.Calls())
		}
		w.refresh(orgs)
		drifts := collect(w, w.Drifts(t.Context(), w.a))
		if len(drifts) != 1 || len(drifts[0].Differences) != 1 || drifts[0].Differences[0].Field != license.DriftSeats {
			t.Errorf("after coming back Drifts = %+v, want that the seats differ", drifts)
		}
		w.replay()
	}
}

// An org whose package is released while it takes a push is not asked again.
func TestReleasedDuringAPush(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	w.setSeats(1, 7)
	orgs.Fault = func(s subscribertest.Step) error {
		if s.Done {
			w.must(lifecycle.ReleasePackage{Package: seatPackage})
		}
		return nil
	}
	_, err := w.Push(t.Context(), w.a, orgs, 1)
	if _, ok := errors.AsType[*lifecycle.InstallationError](err); !ok || w.sides(1).PushPending() {
		t.Errorf("Push = %v, want an *InstallationError, and leaves %+v", err, w.sides(1))
	}
}

// An uninstallation that is told while its package is released ends the license, and the
// package comes back without it, also where no org lists it any more. Everything else that
// is told of a released package is refused, and so is an uninstallation of a package that
// the vendor never had.
func TestUninstalledWhileReleased(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	w.must(lifecycle.ReleasePackage{Package: seatPackage})
	w.clock = w.clock.AddDate(0, 0, 1)
	refused[*lifecycle.NotFoundError](w, lifecycle.Upgraded{Notice: lifecycle.Notice{Org: org1}, Installation: installation(1), Package: seatPackage,
		Version: versionID(seatPackage, published[1])})
	refused[*lifecycle.NotFoundError](w, w.uninstalled(1, org1, pkgversion.MustPackageID("unknown")))
	w.must(w.uninstalled(1, org1, seatPackage))
	before := w.dump()
	w.must(w.uninstalled(1, org1, seatPackage))
	w.unchanged(before, "the same uninstallation again")
	if l := w.license(1); l.Terms.Status != license.Uninstalled || !l.UninstalledAt.Equal(w.clock) || l.Holders != 0 {
		t.Errorf("uninstalled while released: %+v", l)
	}
	w.must(lifecycle.RegisterPackage{Registration: registrations()[1]})
	w.refresh(subscribersWithout{orgs, installation(1)})
	if d, err := w.CheckLicense(t.Context(), w.a, 1, user(1)); err != nil || d.Reason != license.DeniedUninstalled {
		t.Errorf("CheckLicense after coming back = %v, %v", d, err)
	}
	w.replay()
}

// A license whose installation no org lists is left as it is.
func TestRefreshOfAnUnlistedInstallation(t *testing.T) {
	w, _ := twoSided(t, &lifecycle.MemStore{})
	before := w.records()
	if got := w.refresh(&subscribertest.Orgs{}); got.Read != 0 {
		t.Errorf("Refresh = %+v, want nothing to be read", got)
	}
	if diff := cmp.Diff(before, w.records()); diff != "" {
		t.Errorf("the records changed (-before +after):\n%s", diff)
	}
}

// Of a released package nothing is given, set or made any more, and its pending lead stays
// pending; what reduces goes on, and so does history.
func TestReleasedPackageRefuses(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	l1, l2 := w.license(1), w.license(2)
	l2.Terms.Seats = license.Site()
	w.must(lifecycle.ReleasePackage{Package: seatPackage})
	w.must(lifecycle.ReleasePackage{Package: trialPackage})
	before := w.dump()
	for _, c := range []lifecycle.Command{
		lifecycle.Upgrade{License: 1, Version: versionID(seatPackage, published[2])},
		lifecycle.AddPermissionSet{Installation: installation(70), Org: org1.ID, Package: seatPackage, PermissionSet: "More", Terms: active(2)},
		lifecycle.Modify{License: 2, Terms: l2.Terms, Revision: l2.Revision},
		lifecycle.Assign{License: 1, Users: users(7)},
		lifecycle.ImportSeat{Installation: l1.Installation, User: user(7), AssignedAt: w.clock},
		lifecycle.RetryLead{License: 2},
		lifecycle.Observe{Observation: asOrgHas(l1)},
	} {
		refused[*lifecycle.NotFoundError](w, c)
	}
	if n, err := w.RetryLeads(t.Context(), w.a); err != nil || n != (lifecycle.LeadRetry{}) {
		t.Errorf("RetryLeads = %+v, %v, want it to pass over the one that is pending", n, err)
	}
	w.unchanged(before, "what a released package refuses")
	w.must(lifecycle.ImportSeat{Installation: l1.Installation, User: user(1), AssignedAt: epoch}) // holds one already
	w.unchanged(before, "the import of a seat that is there")
	w.must(lifecycle.Reclaim{Move: reclaim.Move{Target: reclaim.Target{License: 1, User: user(1)}, From: reclaim.Active, To: reclaim.FirstWarning, At: w.clock, AssignedAt: epoch, Revision: epoch.UnixMicro()}})
	w.must(lifecycle.Revoke{License: 1, Users: users(2)})
	for _, r := range registrations() {
		w.must(lifecycle.RegisterPackage{Registration: r})
	}
	if n, err := w.RetryLeads(t.Context(), w.a); err != nil || n.Settled != 1 {
		t.Errorf("RetryLeads of what came back = %+v, %v", n, err)
	}
}

// A package that comes back has its licenses as they were at the release, also where its
// orgs have others now; the week of its latest refresh goes on, and the refresh after it
// counts and shows what differs.
func TestBackAgain(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	w.refresh(orgs)
	last := w.registration(seatPackage).LastRefresh
	w.must(lifecycle.ReleasePackage{Package: seatPackage})
	o, _ := orgs.Get(installation(1))
	o.Values.Status = license.SubscriberSuspended // by the other vendor
	orgs.Put(o)
	w.clock = w.clock.AddDate(0, 0, lifecycle.RefreshDays-1)
	w.must(lifecycle.RegisterPackage{Registration: registrations()[1]})
	_, err := w.Refresh(t.Context(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage})
	if soon, ok := errors.AsType[*lifecycle.RefreshTooSoonError](err); !ok || soon.Next != last.AddDays(lifecycle.RefreshDays) || w.registration(seatPackage).LastRefresh != last {
		t.Errorf("Refresh = %v, want the week since %v to go on", err, last)
	}
	w.clock = w.clock.AddDate(0, 0, 1)
	got := w.refresh(orgs)
	d, err := w.CheckLicense(t.Context(), w.a, 1, user(1))
	if err != nil || !d.Licensed() || got.Read != 4 || got.Differing != 1 || !w.sides(1).Differs() {
		t.Errorf("CheckLicense = %v, %v, Refresh %+v, want the terms of before, and 1 of 4 to differ", d, err, got)
	}
}

// Of what a refresh reads, those that differ are counted: what it finds anew, what differed
// before, and what is new there; not what agrees again.
func TestRefreshCountsWhatDiffers(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	for id, seatCount := range map[license.ID]int{1: 5, 3: 6} {
		o := asOrgHas(w.license(id))
		o.Values.Seats, o.Values.AsOf = license.MustSeats(seatCount), w.clock
		orgs.Put(o)
		if id == 1 {
			w.must(lifecycle.Observe{Observation: o}) // known before
		}
	}
	if got := w.refresh(orgs); got.Read != 4 || got.Differing != 2 {
		t.Errorf("Refresh = %+v, want 2 of 4 to differ", got)
	}
	orgs.Put(asOrgHas(w.license(3)))
	w.clock = w.clock.AddDate(0, 0, lifecycle.RefreshDays)
	if got := w.refresh(orgs); got.Read != 4 || got.Differing != 1 {
		t.Errorf("Refresh = %+v, want 1 of 4 to differ", got)
	}
}

// A refresh whose package is released in the middle stops there, and goes on from there
// when the package comes back.
func TestRefreshStopsWithTheRelease(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	strangers(w, orgs, 0, 350)
	steps := 0
	got, err := w.Refresh(t.Context(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage, Progress: func(lifecycle.Refresh) {
		if steps++; steps == 1 {
			w.must(lifecycle.ReleasePackage{Package: seatPackage})
		}
	}})
	if _, ok := errors.AsType[*lifecycle.NotFoundError](err); !ok || steps != 1 || got.Read != 100 || !got.UnderWay() {
		t.Errorf("Refresh = %+v, %v after %d steps, want it to stop after the first", got, err, steps)
	}
	if r := w.registration(seatPackage); !r.LastRefresh.IsZero() {
		t.Errorf("the week of a refresh that was stopped is used up: %v", r.LastRefresh)
	}
	w.must(lifecycle.RegisterPackage{Registration: registrations()[1]})
	if got := w.refresh(orgs); got.Read != 354 || got.Failed != 0 {
		t.Errorf("Refresh = %+v, want each of 354 to be read", got)
	}
}

// What a refresh holds in memory does not grow with the orgs: ten times as many, or
// ISVKIT_REFRESH_ORGS, need no more than 1,000. At most AtOnce orgs are asked at once, and of
// what they answered at most a step is not yet in the store.
func TestRefreshOfManyOrgs(t *testing.T) {
	most := 10_000
	if text := os.Getenv("ISVKIT_REFRESH_ORGS"); text != "" {
		most, _ = strconv.Atoi(text)
	}
	few := refreshMany(t, 1000)
	if many := refreshMany(t, most); many > few+64<<10 {
		t.Errorf("a refresh of %d orgs needs %d bytes of live heap, one of 1000 needs %d", most, many, few)
	}
}

// refreshMany refreshes n orgs, and returns how much live heap that needs towards its end.
func refreshMany(t *testing.T, n int) int64 {
	store := &amnesiac{MemStore: &lifecycle.MemStore{}}
	w := newWorld(t, store).stock()
	orgs := &many{n: n, as: w.seen(0, org1, seatPackage)}
	store.forgot = func() { orgs.held.Store(0) }
	var live []int64
	before := liveHeap()
	began := time.Now()
	got, err := w.Refresh(t.Context(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage, AtOnce: 5, Progress: func(r lifecycle.Refresh) {
		if r.Read%max(1000, n/100) == 0 {
			live = append(live, liveHeap()-before)
		}
	}})
	if err != nil || got.Read != n || got.Made != n {
		t.Fatalf("Refresh = %+v, %v", got, err)
	}
	if orgs.mostNow > 5 || orgs.mostHeld != 100 || orgs.mostListed > 100 {
		t.Errorf("%d orgs were asked at once, %d answers held and %d orgs listed; want at most 5, 100 and 100", orgs.mostNow, orgs.mostHeld, orgs.mostListed)
	}
	end := slices.Sorted(slices.Values(live[len(live)/2:]))[0] // what else runs adds to some
	t.Logf("%d orgs in %v: live heap %d KiB", n, time.Since(began).Round(time.Millisecond), end>>10)
	return end
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC() // of what the first one finalized
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// amnesiac is a store that keeps no licenses, so that what a refresh holds can be told
// from what a store in memory does.
type amnesiac struct {
	*lifecycle.MemStore
	forgot func()
}

func (s *amnesiac) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	if err := s.MemStore.Update(ctx, f); err != nil || s.forgot == nil {
		return err
	}
	var kept []lifecycle.Effect
	err := s.View(ctx, func(ctx context.Context, r lifecycle.Reader) error {
		registration, err1 := r.Package(ctx, vendorA.Vendor, seatPackage)
		version, err2 := r.Version(ctx, vendorA.Vendor, versionID(seatPackage, published[0]))
		refresh, err3 := r.Refresh(ctx, vendorA.Vendor, seatPackage)
		kept = append(kept, lifecycle.PutPackage{Registration: registration}, lifecycle.PutVersion{Version: version}, lifecycle.PutRefresh{Refresh: refresh})
		return errors.Join(err1, err2, err3)
	})
	s.MemStore = &lifecycle.MemStore{}
	s.forgot()
	return errors.Join(err, s.MemStore.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		return tx.Write(ctx, vendorA.Vendor, kept...)
	}))
}

// many are so many orgs that they are made when they are asked for.
type many struct {
	lifecycle.Subscribers
	n    int
	as   lifecycle.Observation // what each has
	now  atomic.Int32          // orgs that are asked
	held atomic.Int32          // answers that are not in the store yet

	mu                            sync.Mutex
	mostNow, mostHeld, mostListed int32
}

func (m *many) List(_ context.Context, pkg pkgversion.PackageID, after license.InstallationID, limit int) (page []lifecycle.Installation, _ error) {
	first, _ := strconv.Atoi(strings.TrimPrefix(after.String(), "i-"))
	if !after.IsZero() {
		first++
	}
	for i := first; i < min(first+limit, m.n); i++ {
		page = append(page, lifecycle.Installation{ID: license.MustInstallationID(fmt.Sprintf("i-%07d", i)),
			Org: pkgversion.MustOrgID(fmt.Sprintf("o-%07d", i)), Package: pkg})
	}
	m.note(0, 0, int32(len(page)))
	return page, nil
}

func (m *many) Pull(_ context.Context, i lifecycle.Installation) (lifecycle.Observation, error) {
	now := m.now.Add(1)
	defer m.now.Add(-1)
	m.note(now, m.held.Add(1), 0)
	for range 100 {
		runtime.Gosched() // so that all who may ask do
	}
	o := m.as
	o.Installation, o.InOrg = i, license.Org{ID: i.Org}
	o.Installer.Email = i.ID.String() + "@orgs.example"
	return o, nil
}

func (m *many) note(now, held, listed int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mostNow, m.mostHeld, m.mostListed = max(m.mostNow, now), max(m.mostHeld, held), max(m.mostListed, listed)
}

// foundIn refreshes a package of which an org has one installation more than was told.
func (w *world) foundIn(o lifecycle.Observation) license.License {
	w.Helper()
	orgs := &subscribertest.Orgs{Now: func() time.Time { return w.clock }}
	orgs.Put(o)
	if _, err := w.Refresh(context.Background(), w.a, orgs, lifecycle.RefreshPackage{Package: o.Package}); err != nil {
		w.Fatalf("Refresh = %v", err)
	}
	l, err := w.LicenseOf(context.Background(), w.a, o.ID)
	if err != nil {
		w.Fatal(err)
	}
	return l
}

// A trial that a refresh finds counts from the org's first trial of the package, or from its
// own installation where each has a new one, and ends within its limit, whatever the org says.
func TestL7TrialThatARefreshFinds(t *testing.T) {
	first := license.DateOf(epoch)
	for name, test := range map[string]struct {
		again       bool
		installed   int // days after the org's first trial
		says        license.Expiration
		start, last license.Date
	}{
		"within the limit":        {false, 30, license.LastDay(first.AddDays(80)), first, first.AddDays(80)},
		"on its last day":         {false, 30, license.LastDay(first.AddDays(90)), first, first.AddDays(90)},
		"past it":                 {false, 30, license.LastDay(first.AddDays(91)), first, first.AddDays(90)},
		"without an end":          {false, 30, license.Never(), first, first.AddDays(90)},
		"a new one each time":     {true, 30, license.LastDay(first.AddDays(120)), first.AddDays(30), first.AddDays(120)},
		"a new one, past its own": {true, 30, license.LastDay(first.AddDays(121)), first.AddDays(30), first.AddDays(120)},
		"before the first known":  {false, -10, license.LastDay(first.AddDays(85)), first.AddDays(-10), first.AddDays(80)},
	} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		if test.again {
			r := registrations()[0]
			r.TrialAgain, r.Revision = true, w.registration(trialPackage).Revision
			w.must(lifecycle.ChangePackage{Registration: r})
		}
		w.install(1, org1, trialPackage, jane)
		w.clock = epoch.AddDate(0, 0, 40)
		o := w.seen(2, org1, trialPackage)
		o.InstalledAt = epoch.AddDate(0, 0, test.installed)
		o.Values.Status, o.Values.Expiration = license.SubscriberTrial, test.says
		l := w.foundIn(o)
		if last, _ := l.Terms.Expiration.LastDay(); l.Terms.Status != license.Trial || l.TrialStart != test.start || last != test.last {
			t.Errorf("%s: %v from %v to %v, want a trial from %v to %v", name, l.Terms.Status, l.TrialStart, l.Terms.Expiration, test.start, test.last)
		}
		w.replay()
	}
}

// Of what a refresh finds each term that the org tells counts, and the package's default for
// each that it does not.
func TestTermsThatARefreshFinds(t *testing.T) {
	defaults := license.Terms{Status: license.Active, Seats: license.MustSeats(3), Expiration: license.Never()}
	last := license.LastDay(license.DateOf(epoch).AddDays(9))
	for name, test := range map[string]struct {
		tells license.Observed
		want  func(*license.Terms)
	}{
		"nothing":    {license.Observed{}, func(*license.Terms) {}},
		"a status":   {license.Observed{Status: license.SubscriberSuspended}, func(t *license.Terms) { t.Status = license.Suspended }},
		"seats":      {license.Observed{Seats: license.MustSeats(7), HasSeats: true}, func(t *license.Terms) { t.Seats = license.MustSeats(7) }},
		"a last day": {license.Observed{Expiration: last}, func(t *license.Terms) { t.Expiration = last }},
	} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		w.clock = epoch.Add(time.Hour)
		o := w.seen(1, org1, seatPackage)
		test.tells.AsOf = w.clock
		o.Values = test.tells
		want := defaults
		test.want(&want)
		if l := w.foundIn(o); l.Terms != want {
			t.Errorf("the org tells %s: %+v, want %+v", name, l.Terms, want)
		}
	}
}

// An org that could not be reached and is read again has the status that it tells, and is
// Active only where it tells none.
func TestStatusOfAnOrgThatIsReachedAgain(t *testing.T) {
	for tells, want := range map[license.OrgStatus]license.OrgStatus{"": license.OrgActive, license.OrgTrial: license.OrgTrial, license.OrgDemo: license.OrgDemo} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		w.install(1, org1, seatPackage, jane)
		w.clock = epoch.Add(time.Hour)
		locked := org1
		locked.Status = license.OrgLocked
		w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: locked}})
		w.clock = w.clock.Add(time.Hour)
		o := asOrgHas(w.license(1))
		o.InOrg.Status, o.Values.AsOf = tells, w.clock
		w.foundIn(o)
		if org, err := w.Org(t.Context(), w.a, org1.ID); err != nil || org.Status != want {
			t.Errorf("an org that was locked and tells %q is %q, %v, want %q", tells, org.Status, err, want)
		}
	}
}

// A push that fails after another one of the same terms arrived leaves nothing to be done.
func TestPushThatFailsAfterAnotherArrived(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	w.setSeats(1, 7)
	slow := true
	orgs.Fault = func(s subscribertest.Step) error {
		if !slow || s.Method != "Push" {
			return nil
		}
		slow = false // the other one is not
		if _, err := w.Push(t.Context(), w.a, orgs, 1); err != nil {
			t.Errorf("the other Push = %v", err)
		}
		return errors.New("too slow")
	}
	if _, err := w.Push(t.Context(), w.a, orgs, 1); err == nil {
		t.Error("Push = nil, want the org's error")
	}
	if s := w.sides(1); s.PushPending() || s.Tries != 0 || !s.DueAt.IsZero() {
		t.Errorf("the terms arrived, and are to be pushed again: %+v", s)
	}
	w.replay()
}

// An org that is said to be out of reach, with a status that says the contrary, keeps the
// status that it has.
func TestUnreachedOrgThatIsNot(t *testing.T) {
	w, orgs := twoSided(t, &lifecycle.MemStore{})
	before, err := w.Org(t.Context(), w.a, org1.ID)
	if err != nil {
		t.Fatal(err)
	}
	orgs.Fault = func(subscribertest.Step) error {
		return &lifecycle.UnreachableOrgError{Org: org1.ID, Status: license.OrgTrial}
	}
	if _, err := w.Pull(t.Context(), w.a, orgs, 1); err == nil {
		t.Error("Pull = nil, want the org's error")
	}
	if after, err := w.Org(t.Context(), w.a, org1.ID); err != nil || after != before {
		t.Errorf("the org is %+v, %v, want %+v", after, err, before)
	}
}
