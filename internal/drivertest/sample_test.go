package drivertest

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/isvkit/isvkit/internal/drivertest/tables"
	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

var (
	vendor = pkgversion.MustVendorID("vendor")
	noon   = time.Date(2026, 6, 30, 12, 0, 0, 123456000, time.UTC)
)

func user(n int) seats.UserID { return seats.MustUserID(fmt.Sprintf("user-%d", n)) }

func userOf(round, name string) seats.UserID { return seats.MustUserID(round + "-" + name) }

// newLicense puts a license with so many seats.
func newLicense(id license.ID, count int) lifecycle.Effect {
	return lifecycle.PutLicense{License: license.License{
		ID: id, Installation: license.MustInstallationID("installation of " + id.String()),
		Org: pkgversion.MustOrgID("org"), Package: pkgversion.MustPackageID("package"),
		Terms:       license.Terms{Status: license.Active, Seats: license.MustSeats(count), Expiration: license.Never()},
		InstalledAt: noon, Revision: 1, ChangedAt: noon,
	}}
}

// assign takes a seat of a license, and appends the event.
func assign(id license.ID, u seats.UserID) []lifecycle.Effect {
	return []lifecycle.Effect{
		lifecycle.TakeSeats{License: id, IfRevision: 1, Users: []seats.UserID{u}, At: noon, By: "actor", Limit: license.MaxSeats},
		lifecycle.Append{Event: lifecycle.Event{
			Stream: lifecycle.Stream{Kind: lifecycle.LicenseStream, ID: id.String()}, At: noon, Actor: lifecycle.MustActorID("actor"),
			Change: lifecycle.SeatsAssigned{License: id, Users: []seats.UserID{u}, At: noon, By: "actor"},
		}},
	}
}

// install is an Update that writes to many tables: what it wrote is there when its
// last write is.
func install(ctx context.Context, tx lifecycle.Tx) error {
	id, err := tx.NextLicense(ctx, vendor)
	if err != nil {
		return err
	}
	_, n, err := tx.LeadsUnder(ctx, vendor, []string{"key"}, 1)
	if err != nil {
		return err
	}
	l := lead.Lead{ID: lead.MustID("lead"), Person: lead.Person{LastName: "O'Hara"}, Source: lead.PackageInstallation, Revision: 1}
	fact := lifecycle.Fact{Installation: license.MustInstallationID("i"), Kind: lifecycle.FactInstalled, At: noon}
	effects := []lifecycle.Effect{
		newLicense(id, 3),
		lifecycle.PutFact{Fact: fact},
		lifecycle.PutOrg{Org: license.Org{ID: pkgversion.MustOrgID("org"), Revision: 1}},
		lifecycle.ExpectUnder{Kind: lifecycle.Leads, Keys: []string{"key"}, Records: n},
		lifecycle.PutLead{Lead: l, Keys: []string{"key"}},
		lifecycle.PutClock{Now: noon},
	}
	return tx.Write(ctx, vendor, append(effects, assign(id, user(1))...)...)
}

// write writes effects in an Update of their own.
func write(ctx context.Context, s lifecycle.Store, effects ...lifecycle.Effect) error {
	return s.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error { return tx.Write(ctx, vendor, effects...) })
}

func mustWrite(t testing.TB, s lifecycle.Store, effects ...lifecycle.Effect) {
	t.Helper()
	if err := write(t.Context(), s, effects...); err != nil {
		t.Fatalf("Update = %v", err)
	}
}

// holders returns how many seats of a license are held, by its counter.
func holders(t testing.TB, s lifecycle.Store, id license.ID) (n int) {
	t.Helper()
	err := s.View(t.Context(), func(ctx context.Context, r lifecycle.Reader) error {
		l, err := r.License(ctx, vendor, id)
		n = l.Holders
		return err
	})
	if err != nil {
		t.Fatalf("View = %v", err)
	}
	return n
}

// check fails when the tables contradict each other.
func check(t testing.TB, db *sql.DB) {
	t.Helper()
	if err := tables.Check(t.Context(), db); err != nil {
		t.Error(err)
	}
}
