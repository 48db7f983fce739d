package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/subscribertest"
	"github.com/isvkit/isvkit/pkgversion"
)

// The made-up world: a vendor, a package, and how many installations were told by
// notifications. All others are from before the package was registered.
var (
	me          = lifecycle.Actor{Vendor: pkgversion.MustVendorID("brindlemoor"), ID: lifecycle.MustActorID("refresh")}
	fieldDesk   = pkgversion.MustPackageID("field-desk")
	v1          = pkgversion.MustVersionID("field-desk-1.0")
	installedAt = time.Date(2026, 2, 3, 9, 30, 0, 0, time.UTC)
)

const told = 40

// What is special about some of the orgs.
const (
	moreSeats   = 7  // has more seats than it was licensed
	expired     = 13 // thinks that its license has expired
	uninstalled = 21 // has uninstalled the package, and nobody was told
	silent      = 60 // does not answer at first
)

func installation(n int) lifecycle.Installation {
	return lifecycle.Installation{
		ID:  license.MustInstallationID(fmt.Sprintf("install-%06d", n)),
		Org: pkgversion.MustOrgID(fmt.Sprintf("org-%06d", n)), Package: fieldDesk,
	}
}

// madeUp returns the orgs, in memory. A program of yours reads them through the
// platform's API: it implements lifecycle.Subscribers, three methods.
func madeUp(count int, now time.Time) *subscribertest.Orgs {
	orgs := &subscribertest.Orgs{Now: func() time.Time { return now }}
	for n := range count {
		has := lifecycle.Observation{
			Installation: installation(n), InOrg: license.Org{Status: license.OrgActive}, InstalledAt: installedAt, Version: v1,
			Values: license.Observed{Status: license.SubscriberActive, Seats: license.MustSeats(10), HasSeats: true, Expiration: license.Never()},
		}
		switch n {
		case moreSeats:
			has.Values.Seats = license.MustSeats(12)
		case expired:
			has.Values.Status, has.Values.Expiration = license.SubscriberExpired, license.LastDay(license.MustDate("2026-05-31"))
		case uninstalled:
			has.Gone, has.Values = true, license.Observed{}
		}
		orgs.Put(has)
	}
	orgs.Fault = func(s subscribertest.Step) error {
		if s.Method == "Pull" && s.Installation == installation(silent) {
			return errors.New("no answer")
		}
		return nil
	}
	return orgs
}
