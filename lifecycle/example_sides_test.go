package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/subscribertest"
	"github.com/isvkit/isvkit/pkgversion"
)

// umbraHas is what Umbra's org has of the package: so many seats.
func umbraHas(installation string, seatCount int) lifecycle.Observation {
	return lifecycle.Observation{
		Installation: lifecycle.Installation{ID: license.MustInstallationID(installation), Org: umbra.ID, Package: rocket},
		InOrg:        umbra, InstalledAt: noon, Version: v1, Number: pkgversion.MustVersion("1.0"),
		Values: license.Observed{Status: license.SubscriberActive, Seats: license.MustSeats(seatCount), HasSeats: true, Expiration: license.Never(), AsOf: noon},
	}
}

// What an org has otherwise than the vendor is told; nothing is overwritten.
func ExampleObserve() {
	m := vendorWith(10)
	l, err := m.Observe(ctx, vendor, lifecycle.Observe{Observation: umbraHas("0502X000000Txd2", 12)})
	check(err)
	fmt.Println("vendor", l.Terms.Seats, "subscriber", l.Observed.Seats)
	for drift, err := range m.Drifts(ctx, vendor) {
		check(err)
		for _, d := range drift.Differences {
			fmt.Printf("%v: %s differs since %s: vendor %s, subscriber %s\n", drift.License.ID, d.Field, license.DateOf(d.Since), d.Vendor, d.Subscriber)
		}
	}
	// Output:
	// vendor 10 subscriber 12
	// L-00001: seats differs since 2026-06-01: vendor 10, subscriber 12
}

// Terms that an org does not take are pushed again; until then they are listed.
func ExamplePendingPush() {
	m, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Rules: lifecycle.Rules{Push: true}, Now: func() time.Time { return noon }})
	check(err)
	_, err = m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket}})
	check(err)
	l, err := m.Observe(ctx, vendor, lifecycle.Observe{Observation: umbraHas("0502X000000Txd2", 10)})
	check(err)
	l.Terms.Seats = license.MustSeats(20)
	_, err = m.Modify(ctx, vendor, lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision})
	check(err)
	orgs := &subscribertest.Orgs{Fault: func(subscribertest.Step) error { return errors.New("no answer") }}
	_, err = m.PushPending(ctx, vendor, orgs)
	check(err)
	for p, err := range m.PendingPushes(ctx, vendor) {
		check(err)
		fmt.Println(p.License.ID, "is to have", p.License.Terms.Seats, "seats: tries", p.Sides.Tries, "next in", p.Sides.DueAt.Sub(noon))
	}
	// Output: L-00001 is to have 20 seats: tries 1 next in 1m0s
}

// A Drift has the license, how its sides stand, and who has what.
func ExampleDrift() {
	m := vendorWith(10)
	_, err := m.Observe(ctx, vendor, lifecycle.Observe{Observation: umbraHas("0502X000000Txd2", 12)})
	check(err)
	var drifts []lifecycle.Drift
	for d, err := range m.Drifts(ctx, vendor) {
		check(err)
		drifts = append(drifts, d)
	}
	fmt.Println(len(drifts), drifts[0].Sides.Differs())
	// Output: 1 true
}

// The events that a consumer hears of the two sides.
func ExampleDriftFound() {
	m := vendorWith(10)
	for _, n := range []int{12, 10} {
		o := umbraHas("0502X000000Txd2", n)
		o.Values.AsOf = noon.Add(-time.Hour * time.Duration(n)) // read at 00:00 and at 02:00
		_, err := m.Observe(ctx, vendor, lifecycle.Observe{Observation: o})
		check(err)
	}
	for e, err := range m.Events(ctx, vendor, 0) {
		check(err)
		switch c := e.Change.(type) {
		case lifecycle.SidesChanged:
			fmt.Println("read as of", c.After.Observed.AsOf.Format(time.TimeOnly))
		case lifecycle.DriftFound:
			fmt.Println(c.Difference.Field, "differs: tell somebody")
		case lifecycle.DriftEnded:
			fmt.Println(c.Field, "agrees again")
		case lifecycle.RefreshAdvanced:
			fmt.Println("refreshed", c.After.Read)
		}
	}
	// Output:
	// seats differs: tell somebody
	// read as of 00:00:00
	// seats agrees again
	// read as of 02:00:00
}

// Changed terms are committed with a mark that they are to be pushed; a runner pushes
// them until the org has taken them.
func ExampleManager_PushPending() {
	m, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Rules: lifecycle.Rules{Push: true}, Now: func() time.Time { return noon }})
	check(err)
	_, err = m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket}})
	check(err)
	var orgs lifecycle.Subscribers
	inMemory := &subscribertest.Orgs{}
	inMemory.Put(umbraHas("0502X000000Txd2", 10))
	orgs = inMemory
	_, err = m.Refresh(ctx, vendor, orgs, lifecycle.RefreshPackage{Package: rocket})
	check(err)

	l, _ := m.License(ctx, vendor, 1)
	l.Terms.Seats = license.MustSeats(25)
	_, err = m.Modify(ctx, vendor, lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision})
	check(err)
	var sides lifecycle.Sides
	sides, err = m.Sides(ctx, vendor, 1)
	check(err)
	fmt.Println("pending:", sides.PushPending())

	var report lifecycle.PushReport
	report, err = m.PushPending(ctx, vendor, orgs)
	check(err)
	has, _ := inMemory.Get(l.Installation)
	fmt.Println(report.Pushed, "pushed, the org has", has.Values.Seats)
	// Output:
	// pending: true
	// 1 pushed, the org has 25
}

// A push carries the revision of the terms, so that an org can tell a late one.
func ExamplePush() {
	orgs := &subscribertest.Orgs{}
	has := umbraHas("0502X000000Txd2", 10)
	orgs.Put(has)
	for _, p := range []lifecycle.Push{
		{Installation: has.Installation, Terms: license.Terms{Seats: license.MustSeats(30)}, Revision: 5},
		{Installation: has.Installation, Terms: license.Terms{Seats: license.MustSeats(20)}, Revision: 4}, // it was on its way for long
	} {
		_, err := orgs.Push(ctx, p)
		check(err)
	}
	got, _ := orgs.Get(has.ID)
	fmt.Println(got.Values.Seats)
	// Output: 30
}

// A refresh makes the licenses that are missing, leaves out nobody but those that
// cannot be read, and succeeds once in seven days.
func ExampleRefresh() {
	m := vendorWith(10)
	orgs := &subscribertest.Orgs{}
	orgs.Put(umbraHas("0502X000000Txd2", 10))
	orgs.Put(umbraHas("0502X000000Txd3", 10))
	down := true
	orgs.Fault = func(s subscribertest.Step) error {
		if down && s.Method == "Pull" && s.Installation.ID == license.MustInstallationID("0502X000000Txd3") {
			return errors.New("no answer")
		}
		return nil
	}
	for range 3 {
		var is lifecycle.Refresh
		is, err := m.Refresh(ctx, vendor, orgs, lifecycle.RefreshPackage{Package: rocket})
		var left *lifecycle.RefreshLeftError
		var soon *lifecycle.RefreshTooSoonError
		var taken *lifecycle.RefreshTakenError
		switch {
		case errors.As(err, &left):
			var why *lifecycle.InstallationError
			fmt.Println(left.Left, "left:", errors.As(err, &why), why.Err)
			down = false
		case errors.As(err, &soon):
			fmt.Println("again on", soon.Next)
		case errors.As(err, &taken):
			fmt.Println("somebody else does it")
		default:
			fmt.Println(err, "read", is.Read, "made", is.Made)
		}
	}
	// Output:
	// 1 left: true no answer
	// <nil> read 2 made 1
	// again on 2026-06-08
}

// A package moves to another vendor org: what was recorded stays, and answers no check.
func ExampleReleasePackage() {
	m := vendorWith(10)
	check(m.ReleasePackage(ctx, vendor, lifecycle.ReleasePackage{Package: rocket}))
	_, err := m.Check(ctx, vendor, umbra.ID, rocket, someone("ada")[0])
	fmt.Println(err)
	l, err := m.License(ctx, vendor, 1)
	fmt.Println(l.ID, err)
	// Output:
	// lifecycle: no package "0332X000000Txd2QAC"
	// L-00001 <nil>
}

// What a store keeps of the two sides and of refreshes, and how it is asked.
func ExampleSidesReader() {
	store := &lifecycle.MemStore{}
	err := store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		return tx.Write(ctx, vendor.Vendor,
			lifecycle.PutLicense{License: license.License{ID: 1, Installation: license.MustInstallationID("a"), Revision: 1}},
			lifecycle.PutSides{Sides: lifecycle.Sides{License: 1, Wanted: 1, Revision: 1}},
			lifecycle.PutRefresh{Refresh: lifecycle.Refresh{Package: rocket, Read: 9, Revision: 1}},
			lifecycle.PutLeft{Installation: lifecycle.Installation{ID: license.MustInstallationID("b"), Package: rocket}},
			lifecycle.PutLeft{Installation: lifecycle.Installation{ID: license.MustInstallationID("c"), Package: rocket}},
			lifecycle.DropLeft{Installation: license.MustInstallationID("b")})
	})
	check(err)
	ask := func(ctx context.Context, r lifecycle.SidesReader) {
		pending, _ := r.PendingPushes(ctx, vendor.Vendor, noon, 0, 10)
		refresh, _ := r.Refresh(ctx, vendor.Vendor, rocket)
		left, _ := r.Left(ctx, vendor.Vendor, rocket, license.InstallationID{}, 10)
		fmt.Println(len(pending), refresh.Read, len(left))
	}
	check(store.View(ctx, func(ctx context.Context, r lifecycle.Reader) error { ask(ctx, r); return nil }))
	// Output: 1 9 1
}
