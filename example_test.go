package isvkit_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// The whole way: a package is registered, an org installs it, a user gets a seat, and the
// app asks whether the user is licensed.
func Example() {
	ctx := context.Background()
	manager, err := lifecycle.New(lifecycle.Config{
		Store: &lifecycle.MemStore{}, // sqlstore.Open for one that lasts
		Now:   func() time.Time { return time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		log.Fatal(err)
	}
	me := lifecycle.Actor{Vendor: pkgversion.MustVendorID("brindlemoor"), ID: lifecycle.MustActorID("setup")}

	contracts := pkgversion.MustPackageID("contracts")
	v1 := pkgversion.PackageVersion{ID: pkgversion.MustVersionID("contracts-1.0"), Package: contracts, Version: pkgversion.MustVersion("1.0")}
	_, err = manager.RegisterPackage(ctx, me, lifecycle.Registration{
		Package:  pkgversion.Package{ID: contracts, Name: "Contracts"},
		Defaults: license.Defaults{Status: license.Trial, Days: 30, Seats: license.MustSeats(2)},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := manager.PublishVersion(ctx, me, lifecycle.PublishVersion{Version: v1}); err != nil {
		log.Fatal(err)
	}

	acme := license.Org{ID: pkgversion.MustOrgID("acme"), Name: "Acme"}
	lic, err := manager.Install(ctx, me, lifecycle.Installed{
		Notice:       lifecycle.Notice{Org: acme},
		Installation: license.MustInstallationID("acme-contracts"),
		Package:      contracts,
		Version:      v1.ID,
		Installer:    lead.Person{FirstName: "Ada", LastName: "Lovelace", Company: "Acme", Email: "ada@acme.example"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(lic.ID, lic.Terms.Status, "until", lic.Terms.Expiration, "made", lic.LeadName, "a lead")

	ada, bob := seats.MustUserID("ada@acme.example"), seats.MustUserID("bob@acme.example")
	if _, err := manager.Assign(ctx, me, lifecycle.Assign{License: lic.ID, Users: []seats.UserID{ada}}); err != nil {
		log.Fatal(err)
	}
	for _, user := range []seats.UserID{ada, bob} {
		decision, err := manager.Check(ctx, me, acme.ID, contracts, user)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(user, decision.Licensed(), "-", decision)
	}
	// Output:
	// L-00001 Trial until 2026-07-30 made Ada Lovelace a lead
	// ada@acme.example true - licensed, on trial
	// bob@acme.example false - not licensed: no seat
}

// A license decides by itself, without a store or a clock.
func Example_pure() {
	lic := license.License{
		ID:          7,
		Terms:       license.Terms{Status: license.Active, Seats: license.MustSeats(25), Expiration: license.LastDay(license.MustDate("2026-06-30"))},
		InstalledAt: time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC),
	}
	grace := license.Policy{GraceDays: 7}
	for _, day := range []string{"2026-06-30", "2026-07-01", "2026-07-08"} {
		decision := lic.Check(grace, license.HoldsSeat, license.MustDate(day).Start().Add(23*time.Hour))
		fmt.Println(day, decision)
	}
	// Output:
	// 2026-06-30 licensed
	// 2026-07-01 licensed, in grace
	// 2026-07-08 not licensed: expired
}

// A vendor cuts a license below its use: everyone keeps their seat, and nobody gets
// a new one until something remains.
func Example_overAllocated() {
	pool := seats.Pool{Seats: license.MustSeats(10), Used: 10}
	pool = pool.Resize(license.MustSeats(5))
	remaining, _ := pool.Remaining()
	fmt.Println("remaining:", remaining)
	_, err := pool.Assign(1)
	fmt.Println(err)
	// Output:
	// remaining: -5
	// seats: no seat: 1 asked for, 5 licensed, 10 used, -5 remaining
}

// What the README shows on one screen.
func Example_seats() {
	ctx := context.Background()
	manager, me, acme, contracts := vendorWithTrial(ctx)
	lic, err := manager.Install(ctx, me, lifecycle.Installed{
		Notice:       lifecycle.Notice{Org: license.Org{ID: acme}},
		Installation: license.MustInstallationID("acme-contracts"),
		Package:      contracts,
		Version:      pkgversion.MustVersionID("contracts-1.0"),
	})
	if err != nil {
		log.Fatal(err)
	}
	ada, bob, eve := seats.MustUserID("ada"), seats.MustUserID("bob"), seats.MustUserID("eve")
	_, err = manager.Assign(ctx, me, lifecycle.Assign{License: lic.ID, Users: []seats.UserID{ada, bob, eve}})
	fmt.Println(err)
	if _, err = manager.Assign(ctx, me, lifecycle.Assign{License: lic.ID, Users: []seats.UserID{ada, bob}}); err != nil {
		log.Fatal(err)
	}

	terms := lic.Terms
	terms.Seats = license.MustSeats(1) // the contract is cut below its use
	lic, err = manager.Modify(ctx, me, lifecycle.Modify{License: lic.ID, Terms: terms, Revision: lic.Revision, Why: "renewed smaller"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(lic.Remaining())
	decision, err := manager.Check(ctx, me, acme, contracts, ada)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(decision)
	fmt.Println(decision.Until)
	// Output:
	// seats: no seat: 3 asked for, 2 licensed, 0 used, 2 remaining
	// -1 true
	// licensed, while over-allocated; licensed, on trial
	// 2026-07-31 00:00:00 +0000 UTC
}

// vendorWithTrial returns a Manager in memory, and a package with a trial of 30 days
// on 2 seats.
func vendorWithTrial(ctx context.Context) (*lifecycle.Manager, lifecycle.Actor, pkgversion.OrgID, pkgversion.PackageID) {
	manager, err := lifecycle.New(lifecycle.Config{
		Store: &lifecycle.MemStore{},
		Now:   func() time.Time { return time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		log.Fatal(err)
	}
	me := lifecycle.Actor{Vendor: pkgversion.MustVendorID("brindlemoor"), ID: lifecycle.MustActorID("setup")}
	contracts := pkgversion.MustPackageID("contracts")
	_, err = manager.RegisterPackage(ctx, me, lifecycle.Registration{
		Package:  pkgversion.Package{ID: contracts},
		Defaults: license.Defaults{Status: license.Trial, Days: 30, Seats: license.MustSeats(2)},
	})
	if err != nil {
		log.Fatal(err)
	}
	v1 := pkgversion.PackageVersion{ID: pkgversion.MustVersionID("contracts-1.0"), Package: contracts, Version: pkgversion.MustVersion("1.0")}
	if err := manager.PublishVersion(ctx, me, lifecycle.PublishVersion{Version: v1}); err != nil {
		log.Fatal(err)
	}
	return manager, me, pkgversion.MustOrgID("acme"), contracts
}
