package lifecycle_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// story is where the installations of a random set of notifications are.
var story = []struct {
	org  license.Org
	pkg  pkgversion.PackageID
	zone license.Zone
}{
	{org1, trialPackage, license.UTC},
	{org1, trialPackage, license.MustZone("Pacific/Apia")},
	{org1, trialPackage, license.UTC},
	{org1, seatPackage, license.UTC},
	{org1, seatPackage, license.MustZone("America/Santiago")},
	{org2, trialPackage, license.UTC},
	{sandbox, trialPackage, license.UTC},
	{sandbox, seatPackage, license.UTC},
}

// drawNotice draws one notification of the story. Few instants make equal ones
// frequent.
func drawNotice(t *rapid.T, i int) lifecycle.Notification {
	which := rapid.IntRange(0, len(story)-1).Draw(t, "installation")
	at := story[which]
	n := lifecycle.Notice{At: epoch.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "at")) * 12 * time.Hour), Org: at.org}
	if rapid.Bool().Draw(t, "has an id") {
		n.ID = lifecycle.MustNotificationID(fmt.Sprintf("n-%d", i))
	}
	n.Org.Name = rapid.SampledFrom([]string{"Acme", "Acme Ltd"}).Draw(t, "org name")
	n.Org.Status = rapid.SampledFrom([]license.OrgStatus{"", license.OrgActive, license.OrgTrial, "LOCKED"}).Draw(t, "org status")
	if !at.org.Sandbox && rapid.IntRange(0, 3).Draw(t, "id alone") == 0 {
		n.Org = license.Org{ID: at.org.ID}
	}
	id := installation(which)
	number := rapid.SampledFrom(published).Draw(t, "version")
	version := versionID(at.pkg, number)
	if rapid.IntRange(0, 3).Draw(t, "unknown version") == 0 {
		number = pkgversion.NewVersion(9, 0, uint32(rapid.IntRange(0, 1).Draw(t, "patch")), 0)
		version = pkgversion.MustVersionID(fmt.Sprintf("unknown-%d", rapid.IntRange(0, 1).Draw(t, "unknown id")))
	}
	switch rapid.IntRange(0, 8).Draw(t, "kind") {
	case 0, 1, 2, 3:
		return lifecycle.Installed{Notice: n, Installation: id, Package: at.pkg, Version: version, Number: number, Zone: at.zone, Installer: jane}
	case 4, 5:
		return lifecycle.Upgraded{Notice: n, Installation: id, Package: at.pkg, Version: version, Number: number}
	case 6:
		return lifecycle.Uninstalled{Notice: n, Installation: id, Package: at.pkg}
	case 7:
		return lifecycle.OrgChanged{Notice: n}
	}
	return lifecycle.InstallAborted{Notice: n, Package: at.pkg, Reason: "cancelled"}
}

// refusable reports whether a notification is refused by what it says itself: a
// beta in an org that is known to be none for it.
func refusable(n lifecycle.Notification) bool {
	in, ok := n.(lifecycle.Installed)
	return ok && in.Number.IsBeta() && !in.Org.Sandbox && in.Org.Status != "" && in.Org.Status != license.OrgTrial
}

func (w *world) tell(all []lifecycle.Notification) {
	for _, n := range all {
		_, err := w.Notify(context.Background(), w.a, n)
		if _, is := errors.AsType[*lifecycle.FieldError](err); (err != nil) != refusable(n) || err != nil && !is {
			w.Fatalf("Notify(%+v) = %v, refusable: %t", n, err, refusable(n))
		}
	}
}

// told is what notifications leave behind, but for what their order may decide:
// numbers, revisions and leads.
type told struct {
	Licenses map[license.InstallationID]license.License
	Previous map[license.InstallationID]license.InstallationID
	Linked   map[license.InstallationID]license.InstallationID // a sandbox's to its production license
	Orgs     map[pkgversion.OrgID]license.Org
}

func nothingTold() told {
	type installations = map[license.InstallationID]license.InstallationID
	return told{map[license.InstallationID]license.License{}, installations{}, installations{}, map[pkgversion.OrgID]license.Org{}}
}

func (w *world) told() told {
	state := nothingTold()
	number := map[license.ID]license.InstallationID{}
	all := collect(w, w.Licenses(context.Background(), w.a, lifecycle.LicenseQuery{}))
	for _, l := range all {
		number[l.ID] = l.Installation
	}
	for _, l := range all {
		if l.Previous != 0 {
			state.Previous[l.Installation] = number[l.Previous]
		}
		if l.Production != 0 {
			state.Linked[l.Installation] = number[l.Production]
		}
		l.ID, l.Previous, l.Production, l.Revision, l.ChangedAt = 0, 0, 0, 0, time.Time{}
		l.Lead, l.LeadName, l.Contact, l.Account = lead.ID{}, "", lead.ContactID{}, lead.AccountID{}
		state.Licenses[l.Installation] = l
	}
	for _, o := range []license.Org{org1, org2, sandbox} {
		if o, err := w.Org(context.Background(), w.a, o.ID); err == nil {
			o.Revision = 0
			state.Orgs[o.ID] = o
		}
	}
	return state
}

// expected says slowly what notifications mean: sort what happened, and read it.
func expected(all []lifecycle.Notification, trialAgain bool) told {
	state := nothingTold()
	all = slices.DeleteFunc(slices.Clone(all), refusable)
	for which, at := range story {
		id := installation(which)
		var installs, uninstalls []time.Time
		type version struct {
			at     time.Time
			number pkgversion.Version
			id     pkgversion.VersionID
		}
		var versions []version
		for _, n := range all {
			switch n := n.(type) {
			case lifecycle.Installed:
				if n.Installation == id {
					installs = append(installs, n.At)
					versions = append(versions, version{n.At, n.Number, n.Version})
				}
			case lifecycle.Upgraded:
				if n.Installation == id {
					versions = append(versions, version{n.At, n.Number, n.Version})
				}
			case lifecycle.Uninstalled:
				if n.Installation == id {
					uninstalls = append(uninstalls, n.At)
				}
			}
		}
		if len(installs) == 0 {
			continue
		}
		l := license.License{Installation: id, Org: at.org.ID, Package: at.pkg, Sandbox: at.org.Sandbox, Zone: at.zone, AsInstalled: true}
		l.InstalledAt = slices.MinFunc(installs, time.Time.Compare)
		l.TermsAsOf = l.InstalledAt
		uninstalls = slices.DeleteFunc(uninstalls, func(t time.Time) bool { return t.Before(l.InstalledAt) })
		l.Terms = license.Terms{Status: license.Active, Seats: license.MustSeats(3), Expiration: license.Never()}
		switch {
		case l.Sandbox:
			l.Terms.Seats = license.Site()
		case at.pkg == trialPackage:
			l.Terms = license.Terms{Status: license.Trial, Seats: license.MustSeats(2)}
		}
		l.OnceActive = l.Terms.Status == license.Active
		if len(uninstalls) > 0 {
			l.UninstalledAt, l.Terms.Status = slices.MinFunc(uninstalls, time.Time.Compare), license.Uninstalled
			versions = slices.DeleteFunc(versions, func(v version) bool { return v.at.After(l.UninstalledAt) })
		}
		slices.SortFunc(versions, func(a, b version) int {
			return cmp.Or(a.at.Compare(b.at), a.number.Compare(b.number), a.id.Compare(b.id))
		})
		for i := len(versions) - 1; i >= 0; i-- { // since when it has the last one
			if l.Version.IsZero() || l.Version == versions[i].id && l.Number == versions[i].number {
				l.UpgradedAt, l.Number, l.Version = versions[i].at, versions[i].number, versions[i].id
			} else {
				break
			}
		}
		state.Licenses[id] = l
	}
	for id, l := range state.Licenses {
		first, previous := l.InstallDate(), license.License{}
		for _, other := range state.Licenses {
			before := cmp.Or(other.InstalledAt.Compare(l.InstalledAt), other.Installation.Compare(id)) < 0
			if other.Org != l.Org || other.Package != l.Package || !before {
				continue
			}
			if other.InstallDate().Before(first) {
				first = other.InstallDate()
			}
			if previous.Installation.IsZero() || cmp.Or(previous.InstalledAt.Compare(other.InstalledAt), previous.Installation.Compare(other.Installation)) < 0 {
				previous = other
			}
		}
		if !previous.Installation.IsZero() {
			state.Previous[id] = previous.Installation
		}
		if l.Package == trialPackage && !l.Sandbox {
			if l.TrialStart = first; trialAgain {
				l.TrialStart = l.InstallDate()
			}
			l.Terms.Expiration = license.LastDay(l.TrialStart.AddDays(trialDays))
		}
		state.Licenses[id] = l
	}
	for id, s := range state.Licenses {
		if !s.Sandbox || !slices.ContainsFunc(all, tellsProduction) {
			continue
		}
		newest := license.License{}
		for _, p := range state.Licenses {
			late := !s.UninstalledAt.IsZero() && p.InstalledAt.After(s.UninstalledAt)
			newer := newest.Installation.IsZero() || cmp.Or(p.InstalledAt.Compare(newest.InstalledAt), p.Installation.Compare(newest.Installation)) > 0
			if p.Org == sandbox.Production && p.Package == s.Package && !late && newer {
				newest = p
			}
		}
		if !newest.Installation.IsZero() {
			state.Linked[id] = newest.Installation
		}
	}
	return state
}

// tellsProduction reports whether n tells which org the sandbox was made from.
func tellsProduction(n lifecycle.Notification) bool {
	org := license.Org{}
	switch n := n.(type) {
	case lifecycle.Installed:
		org = n.Org
	case lifecycle.Upgraded:
		org = n.Org
	case lifecycle.Uninstalled:
		org = n.Org
	case lifecycle.OrgChanged:
		org = n.Org
	}
	return org.ID == sandbox.ID && !org.Production.IsZero()
}

// stocked returns a stocked world whose trial package gives, or does not give,
// a new trial with each installation.
func stocked(t rapid.TB, trialAgain bool) *world {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	if trialAgain {
		r := w.registration(trialPackage)
		r.TrialAgain = true
		w.must(lifecycle.ChangePackage{Registration: r})
	}
	return w
}

// I1, I3: any order of delivery of a set of notifications, with repeats, gives one
// end state: what they say when they are sorted by when it happened. L10: an upgrade
// changes the version only. L11: a notified downgrade is recorded.
func TestI3OrderOfDelivery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []lifecycle.Notification
		for i := range rapid.IntRange(1, 14).Draw(t, "notifications") {
			all = append(all, drawNotice(t, i))
		}
		again := rapid.Bool().Draw(t, "trial again")
		other := append(rapid.Permutation(all).Draw(t, "order"), rapid.SliceOf(rapid.SampledFrom(all)).Draw(t, "repeats")...)
		other = rapid.Permutation(other).Draw(t, "order with repeats")

		one, two := stocked(t, again), stocked(t, again)
		one.tell(all)
		two.tell(other)
		if diff := gocmp.Diff(one.told(), two.told()); diff != "" {
			t.Fatalf("I3: another order gives another state (-one +two):\n%s", diff)
		}
		want := expected(all, again)
		want.Orgs = one.told().Orgs
		if diff := gocmp.Diff(want, one.told()); diff != "" {
			t.Fatalf("the state is not what was told (-want +got):\n%s", diff)
		}
		before := one.dump()
		one.tell(other)
		one.unchanged(before, "I1: telling all again, in another order,")
	})
}

// Of what is told of an org the newest counts; of one instant one and the same,
// whatever the order.
func TestI3OrgIsTheNewestTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []lifecycle.Notification
		newest := license.Org{}
		for range rapid.IntRange(1, 6).Draw(t, "notifications") {
			org := org1
			org.Name = rapid.SampledFrom([]string{"Acme", "Acme Ltd"}).Draw(t, "name")
			org.Instance = rapid.SampledFrom([]string{"NA1", "NA2"}).Draw(t, "instance")
			org.AsOf = epoch.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "at")) * time.Hour)
			if org.AsOf.After(newest.AsOf) || org.AsOf.Equal(newest.AsOf) && org.Name+" "+org.Instance > newest.Name+" "+newest.Instance {
				newest = org
			}
			all = append(all, lifecycle.OrgChanged{Notice: lifecycle.Notice{At: org.AsOf, Org: org}})
		}
		w := newWorld(t, &lifecycle.MemStore{})
		w.tell(all)
		got := w.told().Orgs[org1.ID]
		if !got.AsOf.Equal(newest.AsOf) || got.Instance != newest.Instance && got.Name == newest.Name {
			t.Fatalf("org is %+v, want %+v", got, newest)
		}
		two := newWorld(t, &lifecycle.MemStore{})
		two.tell(rapid.Permutation(all).Draw(t, "order"))
		if diff := gocmp.Diff(w.told(), two.told()); diff != "" {
			t.Fatalf("I3: another order gives another org (-one +two):\n%s", diff)
		}
	})
}

// I3: that an org is a sandbox, and of which production org, does not depend on
// which of two notifications of one instant came first.
func TestI3SandboxOfEqualInstants(t *testing.T) {
	bare := license.Org{ID: sandbox.ID}
	full := license.Org{ID: sandbox.ID, Sandbox: true, Production: org1.ID}
	var got []license.Org
	for _, orgs := range [][]license.Org{{bare, full}, {full, bare}} {
		w := newWorld(t, &lifecycle.MemStore{})
		for _, o := range orgs {
			w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: epoch, Org: o}})
		}
		got = append(got, w.told().Orgs[sandbox.ID])
	}
	if got[0] != got[1] {
		t.Errorf("bare then full gives %+v, full then bare %+v", got[0], got[1])
	}
}

// I3: an org that is known to be a sandbox, and of which production org, stays one,
// whatever is told of it later, or of before.
func TestSandboxStaysASandbox(t *testing.T) {
	for _, days := range []int{-1, 0, 1} {
		w := newWorld(t, &lifecycle.MemStore{})
		w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: epoch, Org: sandbox}})
		w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: epoch.AddDate(0, 0, days), Org: license.Org{ID: sandbox.ID, Name: "Renamed", Status: license.OrgLocked}}})
		if o := w.told().Orgs[sandbox.ID]; !o.Sandbox || o.Production != org1.ID || days != 0 && (o.Status == license.OrgLocked) != (days > 0) {
			t.Errorf("told %d days later: %+v", days, o)
		}
	}
}

// I2: the same notification id with other content is a conflict, and changes
// nothing; with the same content it is the same notification.
func TestI2SameIDOtherContent(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	n := w.installed(1, org1, seatPackage, jane)
	n.ID = lifecycle.MustNotificationID("n-1")
	w.must(n)
	before := w.dump()
	w.must(n)
	w.unchanged(before, "the same notification")

	other := n
	other.Installation = installation(2)
	later := n
	later.At = later.At.Add(time.Second)
	person := n
	person.Installer = joe
	for _, c := range []lifecycle.Command{
		other, later, person,
		lifecycle.Upgraded{Notice: n.Notice, Installation: n.Installation, Package: n.Package, Version: n.Version},
		lifecycle.Uninstalled{Notice: n.Notice, Installation: n.Installation, Package: n.Package},
		lifecycle.OrgChanged{Notice: n.Notice},
		lifecycle.InstallAborted{Notice: n.Notice, Package: n.Package},
	} {
		if err := refused[*lifecycle.ExistsError](w, c); err.Kind != "notification" || err.ID != "n-1" {
			t.Errorf("%T = %v, want it to name the notification", c, err)
		}
	}
}

// T2: the same instant in another offset, or beyond what is kept of it, is the same
// notification.
func TestT2NotificationInAnotherOffset(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	n := w.installed(1, org1, seatPackage, jane)
	n.ID = lifecycle.MustNotificationID("n-1")
	w.must(n)
	before := w.dump()
	n.At = n.At.In(time.FixedZone("", 3600)).Add(time.Nanosecond)
	if _, err := w.Notify(t.Context(), w.a, n); err != nil {
		t.Errorf("Notify of the same instant = %v, want no error", err)
	}
	w.unchanged(before, "the same notification")
}

// I4: an uninstallation older than the installation does not end it, whichever
// comes first; one as old does.
func TestI4OlderUninstall(t *testing.T) {
	for _, test := range []struct {
		after time.Duration
		gone  bool
	}{{-time.Microsecond, false}, {0, true}, {time.Microsecond, true}} {
		for _, first := range []bool{true, false} {
			w := newWorld(t, &lifecycle.MemStore{}).stock()
			gone := w.uninstalled(1, org1, seatPackage)
			gone.At = gone.At.Add(test.after)
			if first {
				w.must(gone)
			}
			w.install(1, org1, seatPackage, jane)
			if !first {
				w.must(gone)
			}
			l := w.license(1)
			if (l.Terms.Status == license.Uninstalled) != test.gone || l.UninstalledAt.IsZero() == test.gone {
				t.Errorf("uninstalled %v after the installation, told first: %t: status %v, at %v", test.after, first, l.Terms.Status, l.UninstalledAt)
			}
		}
	}
}

// An installation that was cancelled or failed makes nothing; that it was told is kept, once.
func TestAbortedInstallMakesNothing(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	aborted := lifecycle.InstallAborted{Notice: lifecycle.Notice{At: epoch, Org: org1}, Package: seatPackage, Reason: "cancelled"}
	w.must(aborted)
	again := aborted
	again.At = time.Time{}
	w.must(again)
	w.must(aborted)
	if n := count[lifecycle.InstallationAborted](w); n != 1 {
		t.Errorf("%d events tell of one that was aborted", n)
	}
	aborted.Reason = "failed"
	w.must(aborted)
	if n := count[lifecycle.InstallationAborted](w); n != 2 {
		t.Errorf("%d events tell of two that were aborted", n)
	}
	aborted.ID = lifecycle.MustNotificationID("n-1")
	l, err := w.Notify(t.Context(), w.a, aborted)
	if err != nil || l != (license.License{}) || len(w.told().Licenses) > 0 || len(w.told().Orgs) > 0 {
		t.Errorf("Notify(aborted) = %+v, %v, and left %+v, want nothing", l, err, w.told())
	}
}

// Pointers to notifications, and what embeds one, are not taken for notifications
// that tell nothing.
func TestNotificationByPointer(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	before := w.dump()
	n := w.installed(1, org1, seatPackage, jane)
	n.ID = lifecycle.MustNotificationID("n-1")
	type wrapped struct{ lifecycle.Installed }
	for _, n := range []lifecycle.Notification{&n, wrapped{n}, nil} {
		l, err := w.Notify(t.Context(), w.a, n)
		if err == nil && l.ID == 0 {
			t.Errorf("Notify(%T) made no license and gave no error", n)
		}
		if err != nil {
			w.unchanged(before, fmt.Sprintf("a refused %T", n))
		}
	}
}

// L5: a reinstallation makes a new record that names the old one, and leaves the
// old one byte-equal.
func TestL5ReinstallNamesTheOneBefore(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.install(1, org1, seatPackage, jane)
	w.must(lifecycle.Assign{License: 1, Users: users(1, 2)})
	w.clock = w.clock.AddDate(0, 0, 1)
	w.must(w.uninstalled(1, org1, seatPackage))
	old := w.license(1)
	if old.Holders != 0 || old.Terms.Status != license.Uninstalled {
		t.Fatalf("after the uninstallation: %+v", old)
	}
	w.clock = w.clock.AddDate(0, 0, 1)
	l := w.install(2, org1, seatPackage, jane)
	if l.ID == old.ID || l.Previous != old.ID || l.Terms.Status != license.Active {
		t.Errorf("the reinstallation is %+v, want a new license that names %v", l, old.ID)
	}
	if got := w.license(1); got != old {
		t.Errorf("the old license became %+v, was %+v", got, old)
	}
	for _, n := range []lifecycle.Installed{w.installed(3, org2, seatPackage, jane), w.installed(4, org1, trialPackage, jane)} {
		if l, err := w.Notify(t.Context(), w.a, n); err != nil || l.Previous != 0 {
			t.Errorf("another org or package: %+v, %v, want no Previous", l, err)
		}
	}
}

// L6: one license of an installation, and at most one lead, from however many
// places it is told at once.
func TestL6OneLicenseUnderConcurrency(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	const callers, installations = 8, 5
	got := make([][installations]license.License, callers)
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			for i := range installations {
				n := w.installed(i, org1, seatPackage, jane)
				var err error
				if got[caller][i], err = w.Notify(context.Background(), w.a, n); err != nil {
					t.Errorf("Notify = %v", err)
				}
			}
		})
	}
	group.Wait()
	all := collect(w, w.Licenses(t.Context(), w.a, lifecycle.LicenseQuery{}))
	leads := collect(w, w.Leads(t.Context(), w.a, lifecycle.LeadQuery{}))
	if len(all) != installations || len(leads) != 1 {
		t.Fatalf("%d licenses and %d leads, want %d and 1", len(all), len(leads), installations)
	}
	for caller := range callers {
		for i, l := range got[caller] {
			if l.ID != got[0][i].ID || l.Installation != installation(i) {
				t.Errorf("caller %d got %v of installation %d, caller 0 got %v", caller, l.ID, i, got[0][i].ID)
			}
		}
	}
	for i, l := range all { // L19
		if int(l.ID) != i+1 {
			t.Errorf("number %v, want no gaps", l.ID)
		}
	}
}

// L6: of several licenses of one org and package exactly one is primary, whatever
// their order, and a check asks that one.
func TestL6PrimaryWhateverTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []license.License
		for i := range rapid.IntRange(1, 5).Draw(t, "licenses") {
			all = append(all, license.License{
				ID: license.ID(i + 1), Sandbox: rapid.Bool().Draw(t, "sandbox"),
				Terms: license.Terms{Status: license.Status(rapid.IntRange(1, 4).Draw(t, "status")), Seats: license.Site(),
					Expiration: rapid.SampledFrom([]license.Expiration{license.Never(), license.LastDay(license.DateOf(epoch).AddDays(-1))}).Draw(t, "expiration")},
				InstalledAt: epoch.AddDate(0, 0, -rapid.IntRange(0, 2).Draw(t, "days ago")),
			})
		}
		want, _ := license.Primary(all, epoch)
		if got, ok := license.Primary(rapid.Permutation(all).Draw(t, "order"), epoch); !ok || got != want {
			t.Fatalf("Primary of another order = %+v, want %+v", got, want)
		}
	})
}

// L7: a trial ends at most 90 days after the first start in its org, however often
// it is extended or installed again; with TrialAgain, after its own installation.
func TestL7TrialsNeverPassTheirLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		again := rapid.Bool().Draw(t, "trial again")
		w := stocked(t, again)
		for n := range 4 {
			l := w.install(n, org1, trialPackage, jane)
			first := license.DateOf(epoch)
			if again {
				first = l.InstallDate()
			}
			if last, _ := l.Terms.Expiration.LastDay(); l.TrialStart != first || last != first.AddDays(trialDays) {
				t.Fatalf("installation %d starts its trial on %v and ends it on %v; the first is of %v", n, l.TrialStart, last, first)
			}
			for range rapid.IntRange(0, 5).Draw(t, "extensions") {
				terms := l.Terms
				terms.Expiration = license.LastDay(license.DateOf(w.clock).AddDays(rapid.IntRange(-10, 100).Draw(t, "days")))
				switch rapid.IntRange(0, 9).Draw(t, "end") {
				case 0:
					terms.Expiration = license.Never()
				case 1:
					terms.Expiration = license.Expiration{} // as long as it can be
				}
				changed, err := w.Modify(context.Background(), w.a, lifecycle.Modify{License: l.ID, Terms: terms, Revision: l.Revision})
				last, ends := changed.Terms.Expiration.LastDay()
				switch wanted, _ := terms.Expiration.LastDay(); {
				case err == nil && (!ends || last.After(first.AddDays(90)) || changed.TrialStart != first):
					t.Fatalf("Modify(%v) gave a trial from %v to %v, limit 90 days from %v", terms, changed.TrialStart, last, first)
				case err != nil && ends, err != nil && !wanted.IsZero() && !wanted.After(first.AddDays(90)) && !wanted.Before(l.InstallDate()):
					t.Fatalf("Modify(%v) of a trial from %v = %v", terms, first, err)
				case err == nil:
					l = changed
				}
				w.clock = w.clock.AddDate(0, 0, rapid.IntRange(0, 10).Draw(t, "later"))
			}
			w.must(w.uninstalled(n, org1, trialPackage))
			w.clock = w.clock.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "later"))
		}
	})
}

// What the vendor has set is not set again by history that arrives late.
func TestLateHistoryKeepsTermsThatWereSet(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	l := w.install(1, org1, trialPackage, jane)
	terms := l.Terms
	terms.Expiration = license.LastDay(l.InstallDate().AddDays(60))
	w.must(lifecycle.Modify{License: 1, Terms: terms, Revision: l.Revision})
	early := w.installed(1, org1, trialPackage, jane)
	early.At = early.At.AddDate(0, 0, -3)
	w.must(early)
	if got := w.license(1); got.Terms != terms || got.TrialStart != l.TrialStart || !got.InstalledAt.Equal(early.At) {
		t.Errorf("after an earlier installation came: %+v, want terms %+v and start %v", got, terms, l.TrialStart)
	}
}

// L2: once a license was Active no path leads to Trial, through Suspended neither.
func TestL2NoPathBackToTrial(t *testing.T) {
	for _, through := range []license.Status{license.Active, license.Suspended} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		l := w.install(1, org1, trialPackage, jane)
		trial := l.Terms
		for _, status := range []license.Status{license.Active, through} {
			terms := trial
			terms.Status = status
			w.must(lifecycle.Modify{License: 1, Terms: terms, Revision: w.license(1).Revision})
		}
		l = w.license(1)
		refused[*license.TransitionError](w, lifecycle.Modify{License: 1, Terms: trial, Revision: l.Revision})

		forged := l
		forged.Terms, forged.OnceActive = trial, false
		refused[*license.TransitionError](w, lifecycle.ImportLicense{License: forged, Org: org1, AsOf: w.clock.AddDate(0, 0, 1)})

		before := w.license(1)
		w.must(w.installed(1, org1, trialPackage, jane))
		if got := w.license(1); got != before {
			t.Errorf("telling the installation again left %+v, was %+v", got, before)
		}
		early := w.installed(1, org1, trialPackage, jane)
		early.At = early.At.AddDate(0, 0, -10)
		w.must(early)
		if got := w.license(1); got.Terms != l.Terms || !got.OnceActive {
			t.Errorf("an earlier installation left %+v", got)
		}
	}
	// An imported Suspended license counts as once Active; so does Active.
	for _, status := range []license.Status{license.Active, license.Suspended} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		l := license.License{ID: 4, Installation: installation(4), Org: org1.ID, Package: trialPackage, Version: versionID(trialPackage, published[0]),
			Number: published[0], InstalledAt: epoch, Terms: license.Terms{Status: status, Expiration: license.LastDay(license.DateOf(epoch).AddDays(5))}}
		w.must(lifecycle.ImportLicense{License: l, Org: org1, AsOf: epoch})
		l.Terms.Status = license.Trial
		refused[*license.TransitionError](w, lifecycle.Modify{License: 4, Terms: l.Terms, Revision: 1})
		refused[*license.TransitionError](w, lifecycle.ImportLicense{License: l, Org: org1, AsOf: epoch.Add(time.Hour)})
	}
}

// L10: an upgrade that is asked for changes the version only. L11: a lower or equal
// version and one from a beta are refused; a notified one is recorded.
func TestL11Upgrades(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	l := w.install(1, org1, seatPackage, jane)
	w.must(lifecycle.Assign{License: 1, Users: users(1)})
	w.clock = w.clock.Add(time.Hour)
	to := func(v pkgversion.Version) lifecycle.Upgrade {
		return lifecycle.Upgrade{License: 1, Version: versionID(seatPackage, v)}
	}
	w.must(to(published[2]))
	got := w.license(1)
	want := l
	want.Version, want.Number, want.UpgradedAt, want.ChangedAt, want.Revision, want.Holders = got.Version, published[2], w.clock, w.clock, 2, 1
	if got != want || got.Version != versionID(seatPackage, published[2]) {
		t.Errorf("L10: the upgrade left %+v, want %+v", got, want)
	}
	before := w.dump()
	w.must(to(published[2]))
	w.unchanged(before, "an upgrade to the version that is there")
	if err := refused[*lifecycle.UpgradeError](w, to(published[1])); err.From != published[2] || err.To != published[1] {
		t.Errorf("the error is %+v", err)
	}
	refused[*lifecycle.NotFoundError](w, lifecycle.Upgrade{License: 1, Version: versionID(trialPackage, published[3])})
	refused[*lifecycle.NotFoundError](w, lifecycle.Upgrade{License: 1, Version: pkgversion.MustVersionID("nobody's")})

	w.clock = w.clock.Add(time.Hour)
	w.must(lifecycle.Upgraded{Notice: lifecycle.Notice{At: w.clock, Org: org1}, Installation: installation(1), Package: seatPackage, Version: versionID(seatPackage, published[0])})
	if got := w.license(1); got.Number != published[0] || !got.UpgradedAt.Equal(w.clock) {
		t.Errorf("L11: the notified downgrade left version %v of %v", got.Number, got.UpgradedAt)
	}

	// What was told with a later instant than the present is not undone by a request.
	ahead := w.clock.Add(time.Hour)
	w.must(lifecycle.Upgraded{Notice: lifecycle.Notice{At: ahead, Org: org1}, Installation: installation(1), Package: seatPackage, Version: versionID(seatPackage, published[1])})
	w.must(to(published[2]))
	if got := w.license(1); got.Number != published[2] || !got.UpgradedAt.Equal(ahead) {
		t.Errorf("an upgrade after one from the future left version %v of %v", got.Number, got.UpgradedAt)
	}
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: ahead, Org: org1}})
	w.must(w.uninstalled(1, org1, seatPackage)) // told an hour too early: the later versions were never
	if got := w.license(1); got.Number != published[0] {
		t.Errorf("versions after the uninstallation count: %v", got.Number)
	}
	refused[*lifecycle.UpgradeError](w, to(published[2]))
}

// Betas are installed in sandboxes and trial orgs only, and not upgradeable.
func TestBetas(t *testing.T) {
	beta := published[3]
	trialOrg := license.Org{ID: pkgversion.MustOrgID("org-t"), Status: "TRIAL"}
	unknown := license.Org{ID: pkgversion.MustOrgID("org-u")}
	for i, test := range []struct {
		org license.Org
		ok  bool
	}{{org1, false}, {sandbox, true}, {trialOrg, true}, {unknown, true}} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		n := w.installed(i, test.org, seatPackage, jane)
		n.Version = versionID(seatPackage, beta)
		if !test.ok {
			if err := refused[*lifecycle.FieldError](w, n); err.Field != "version" {
				t.Errorf("a beta in %v = %v", test.org.ID, err)
			}
			continue
		}
		w.must(n)
		if l := w.license(1); !l.Number.IsBeta() {
			t.Errorf("a beta in %v is recorded as %v", test.org.ID, l.Number)
		}
		four := pkgversion.MustVersion("4.0")
		w.must(lifecycle.PublishVersion{Version: pkgversion.PackageVersion{ID: versionID(seatPackage, four), Package: seatPackage, Version: four}})
		refused[*lifecycle.UpgradeError](w, lifecycle.Upgrade{License: 1, Version: versionID(seatPackage, four)})
	}
	for _, test := range []struct {
		org license.Org
		ok  bool
	}{{org1, false}, {sandbox, true}, {trialOrg, true}} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		w.install(1, test.org, seatPackage, jane)
		upgrade := lifecycle.Upgrade{License: 1, Version: versionID(seatPackage, beta)}
		if test.ok {
			w.must(upgrade)
		} else {
			refused[*lifecycle.UpgradeError](w, upgrade)
		}
	}
}

// A sandbox gets an Active site license without end, whatever the defaults.
func TestSandboxTerms(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	l := w.install(1, sandbox, trialPackage, jane)
	want := license.Terms{Status: license.Active, Seats: license.Site(), Expiration: license.Never()}
	if l.Terms != want || !l.Sandbox || !l.OnceActive || !l.TrialStart.IsZero() {
		t.Errorf("a sandbox got %+v, want %+v", l, want)
	}
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: epoch, Org: license.Org{ID: org2.ID, Sandbox: true}}})
	if l := w.install(2, license.Org{ID: org2.ID, Sandbox: true}, trialPackage, jane); l.Terms != want {
		t.Errorf("a sandbox that was known before got %+v", l.Terms)
	}
}

// L3, L4: only a notification makes Uninstalled; then nothing but what history
// completes changes the record.
func TestL3UninstalledIsTerminal(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	l5 := w.license(5)
	terms := l5.Terms
	terms.Status = license.Active
	refused[*license.TransitionError](w, lifecycle.Modify{License: 5, Terms: terms, Revision: l5.Revision})
	refused[*lifecycle.NotAssignableError](w, lifecycle.Assign{License: 5, Users: users(1)})
	refused[*lifecycle.NotAssignableError](w, lifecycle.ImportSeat{Installation: l5.Installation, User: user(1), AssignedAt: epoch})
	revived := l5
	revived.Terms.Status = license.Active
	refused[*lifecycle.ExistsError](w, lifecycle.ImportLicense{License: revived, Org: org2, AsOf: w.clock})
	before := w.license(5)
	later := w.uninstalled(5, org2, seatPackage)
	later.At = later.At.Add(time.Hour)
	w.must(later)
	w.must(w.installed(5, org2, seatPackage, jane))
	if got := w.license(5); got != before {
		t.Errorf("later notifications left %+v, was %+v", got, before)
	}
	gone := w.license(1).Terms
	gone.Status = license.Uninstalled
	refused[*license.TransitionError](w, lifecycle.Modify{License: 1, Terms: gone, Revision: w.license(1).Revision})
	w.must(lifecycle.ConvertLead{Lead: l5.Lead, Contact: lead.Contact{ID: lead.MustContactID("c")}, Account: lead.Account{ID: lead.MustAccountID("a")}})
	before.Contact, before.Account = lead.MustContactID("c"), lead.MustAccountID("a")
	got := w.license(5)
	before.Revision, before.ChangedAt = got.Revision, got.ChangedAt
	if got != before {
		t.Errorf("the conversion of its lead left %+v, want %+v", got, before)
	}
}

// An org that is locked, deleted, disabled or inactive refuses modification, with
// the platform's phrase; what reduces the seats of its users is not refused.
func TestUnreachableOrg(t *testing.T) {
	for _, status := range []license.OrgStatus{"LOCKED", "Deleted", "disabled", "Inactive"} {
		w := newWorld(t, &lifecycle.MemStore{}).live()
		org := org1
		org.Status = status
		w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: org}})
		l := w.license(1)
		terms := l.Terms
		terms.Seats = license.MustSeats(1)
		err := refused[*lifecycle.UnreachableOrgError](w, lifecycle.Modify{License: 1, Terms: terms, Revision: l.Revision})
		if err.Org != org1.ID || err.Status != status {
			t.Errorf("the error is %+v", err)
		}
		w.must(lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision}) // says what holds
		w.must(lifecycle.Revoke{License: 1, Users: users(1)})
		if d, err := w.CheckLicense(t.Context(), w.a, 1, user(2)); err != nil || !d.Licensed() {
			t.Errorf("org %v: Check = %v, %v: the org's status decided it", status, d, err)
		}
	}
}
