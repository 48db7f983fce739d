package license_test

import (
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
