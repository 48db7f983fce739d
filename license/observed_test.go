package license_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/isvkit/isvkit/license"
)

// The sides of a license differ in what the org tells otherwise, and in nothing else: not in
// what it does not tell.
func TestDifferencesFieldByField(t *testing.T) {
	last := license.LastDay(license.MustDate("2026-12-31"))
	l := license.License{ID: 1, Holders: 3, InstalledAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		Terms: license.Terms{Status: license.Active, Seats: license.MustSeats(10), Expiration: last},
		Observed: license.Observed{AsOf: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Status: license.SubscriberActive,
			Seats: license.MustSeats(10), HasSeats: true, Expiration: last, Used: 3, HasUsed: true}}
	for name, test := range map[string]struct {
		change func(*license.Observed)
		want   []license.Difference
	}{
		"the same":         {func(*license.Observed) {}, nil},
		"never read":       {func(o *license.Observed) { *o = license.Observed{} }, nil},
		"tells nothing":    {func(o *license.Observed) { *o = license.Observed{AsOf: o.AsOf} }, nil},
		"other status":     {func(o *license.Observed) { o.Status = license.SubscriberTrial }, []license.Difference{{Field: license.DriftStatus, Vendor: "Active", Subscriber: "Trial"}}},
		"other seats":      {func(o *license.Observed) { o.Seats = license.MustSeats(11) }, []license.Difference{{Field: license.DriftSeats, Vendor: "10", Subscriber: "11"}}},
		"other last day":   {func(o *license.Observed) { o.Expiration = license.Never() }, []license.Difference{{Field: license.DriftExpiration, Vendor: "2026-12-31", Subscriber: license.Never().String()}}},
		"other use":        {func(o *license.Observed) { o.Used = 4 }, []license.Difference{{Field: license.DriftUsed, Vendor: "3", Subscriber: "4"}}},
		"seats not told":   {func(o *license.Observed) { o.Seats, o.HasSeats = license.Seats{}, false }, nil},
		"use not told":     {func(o *license.Observed) { o.Used, o.HasUsed = 0, false }, nil},
		"no last day told": {func(o *license.Observed) { o.Expiration = license.Expiration{} }, nil},
	} {
		l := l
		test.change(&l.Observed)
		if diff := cmp.Diff(test.want, l.Differences()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// A site license counts no use on the vendor's side, whatever the org tells.
func TestDifferencesOfASiteLicense(t *testing.T) {
	l := license.License{ID: 1, Terms: license.Terms{Status: license.Active, Seats: license.Site(), Expiration: license.Never()},
		Observed: license.Observed{AsOf: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Used: 4, HasUsed: true}}
	if d := l.Differences(); d != nil {
		t.Errorf("Differences = %+v, want none", d)
	}
}

// Which statuses of the two sides mean the same, and no other pair.
func TestStatusesOfTheTwoSides(t *testing.T) {
	site, ten := license.Site(), license.MustSeats(10)
	never, ends, ended := license.Never(), license.LastDay(license.MustDate("2026-12-31")), license.LastDay(license.MustDate("2026-01-31"))
	all := []license.SubscriberStatus{license.SubscriberTrial, license.SubscriberActive, license.SubscriberSuspended, license.SubscriberExpired, license.SubscriberFree, "Odd"}
	for _, test := range []struct {
		terms license.Terms
		agree []license.SubscriberStatus
	}{
		{license.Terms{Status: license.Trial, Seats: ten, Expiration: ends}, all[:1]},
		{license.Terms{Status: license.Active, Seats: ten, Expiration: ends}, all[1:2]},
		{license.Terms{Status: license.Active, Seats: ten, Expiration: never}, all[1:2]},
		{license.Terms{Status: license.Active, Seats: site, Expiration: ends}, all[1:2]},
		{license.Terms{Status: license.Active, Seats: site, Expiration: never}, []license.SubscriberStatus{license.SubscriberActive, license.SubscriberFree}},
		{license.Terms{Status: license.Suspended, Seats: site, Expiration: never}, all[2:4]},
		{license.Terms{Status: license.Active, Seats: site, Expiration: ended}, all[3:4]},
		{license.Terms{Status: license.Trial, Seats: site, Expiration: ended}, all[3:4]},
		{license.Terms{Status: license.Uninstalled, Seats: site, Expiration: never}, nil},
		{license.Terms{}, nil},
	} {
		for _, status := range all {
			l := license.License{ID: 1, Terms: test.terms, Observed: license.Observed{AsOf: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Status: status}}
			if d := l.Differences(); (len(d) == 0) != slices.Contains(test.agree, status) {
				t.Errorf("%v, %v seats, %v against %s: %+v", test.terms.Status, test.terms.Seats, test.terms.Expiration, status, d)
			}
		}
	}
}
