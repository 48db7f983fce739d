package lifecycle_test

import (
	"errors"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/storetest"
	"github.com/isvkit/isvkit/pkgversion"
)

// E2, T9: what is asked of a past instant is answered as it was then.
func TestE2AsOfOnMemStore(t *testing.T) {
	storetest.AsOf(t, func() (lifecycle.Store, func()) { return &lifecycle.MemStore{}, func() {} })
}

// The policy, the terms and the seats are those of the instant, and what was imported
// later was not known.
func TestCheckAsOf(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	start := w.clock
	w.must(lifecycle.ImportSeat{Installation: installation(1), User: user(5), AssignedAt: epoch.AddDate(0, -3, 0), AssignedBy: "them"})
	w.clock = w.clock.Add(24 * time.Hour)
	w.must(lifecycle.Revoke{License: 1, Users: users(1)})
	at := func(n int, instant time.Time) license.Reason {
		t.Helper()
		d, err := w.CheckLicenseAsOf(t.Context(), w.a, 1, user(n), instant)
		if err != nil {
			t.Fatalf("CheckLicenseAsOf = %v", err)
		}
		return d.Reason
	}
	for _, test := range []struct {
		user int
		at   time.Time
		want license.Reason
	}{
		{1, epoch.Add(-time.Microsecond), license.DeniedUnknown}, // before history
		{1, epoch, license.Granted},
		{1, start, license.Granted},
		{1, w.clock.Add(-time.Microsecond), license.Granted},
		{1, w.clock, license.DeniedNoSeat},
		{5, start.Add(-time.Microsecond), license.DeniedNoSeat},
		{5, start, license.Granted},
		{2, w.clock, license.Granted},
	} {
		if got := at(test.user, test.at); got != test.want {
			t.Errorf("user %d as of %v: %v, want %v", test.user, test.at, got, test.want)
		}
	}
	if l, err := w.LicenseAsOf(t.Context(), w.a, 1, start); err != nil || l.Holders != 3 || l.ID != 1 {
		t.Errorf("LicenseAsOf = %+v, %v, want 3 holders", l, err)
	}
	for _, instant := range []time.Time{{}, w.clock.Add(time.Microsecond), w.clock.AddDate(1, 0, 0)} {
		if d, err := w.CheckAsOf(t.Context(), w.a, org1.ID, seatPackage, user(1), instant); d.Licensed() || !isFieldError(err) {
			t.Errorf("CheckAsOf(%v) = %v, %v, want a *FieldError", instant, d, err)
		}
	}
	notFound := func(err error) {
		t.Helper()
		if _, ok := err.(*lifecycle.NotFoundError); !ok {
			t.Errorf("got %v, want a *NotFoundError", err)
		}
	}
	_, err := w.CheckAsOf(t.Context(), w.a, org1.ID, seatPackage, user(1), epoch.AddDate(-1, 0, 0))
	notFound(err)
	_, err = w.CheckAsOf(t.Context(), w.a, org1.ID, pkgversion.MustPackageID("none"), user(1), start)
	notFound(err)
	_, err = w.CheckNamespaceAsOf(t.Context(), w.a, org1.ID, "none", user(1), start)
	notFound(err)
	_, err = w.LicenseAsOf(t.Context(), w.a, 1, epoch.AddDate(-1, 0, 0))
	notFound(err)
	_, err = w.LicenseAsOf(t.Context(), w.a, 99, start)
	notFound(err)
}

// The days of grace are those that the package gave at the instant, not those of today.
func TestCheckAsOfUsesThePolicyOfThen(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	l := w.install(1, org1, seatPackage, jane)
	w.must(lifecycle.Assign{License: 1, Users: users(1)})
	terms := l.Terms
	terms.Expiration = license.LastDay(license.DateOf(w.clock))
	w.must(lifecycle.Modify{License: 1, Terms: terms, Revision: l.Revision})
	grace := func(days int) {
		r := w.registration(seatPackage)
		r.Policy.GraceDays = days
		w.must(lifecycle.ChangePackage{Registration: r})
	}
	w.clock = w.clock.AddDate(0, 0, 3)
	inGrace := w.clock // 5 days of grace
	w.clock = w.clock.Add(time.Hour)
	grace(0)
	without := w.clock
	w.clock = w.clock.AddDate(0, 0, 10)
	grace(30)
	for _, test := range []struct {
		at   time.Time
		want license.Reason
	}{{inGrace, license.GrantedGrace}, {without, license.DeniedExpired}, {w.clock, license.GrantedGrace}} {
		byLicense, err1 := w.CheckLicenseAsOf(t.Context(), w.a, 1, user(1), test.at)
		byPackage, err2 := w.CheckAsOf(t.Context(), w.a, org1.ID, seatPackage, user(1), test.at)
		byNamespace, err3 := w.CheckNamespaceAsOf(t.Context(), w.a, org1.ID, "ns", user(1), test.at)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		for how, d := range map[string]license.Decision{"license": byLicense, "package": byPackage, "namespace": byNamespace} {
			if d.Reason != test.want {
				t.Errorf("as of %v, by %s: %v, want %v", test.at, how, d, test.want)
			}
		}
	}
}
