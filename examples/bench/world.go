package main

import (
	"context"
	"fmt"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// question is what is asked about: three ids, and the same as strings.
type question struct {
	org                pkgversion.OrgID
	pkg                pkgversion.PackageID
	user               seats.UserID
	orgID, pkgID, name string
}

const (
	orgs        = 32 // each with a license of its own
	usersPerOrg = 1000
	asked       = 256 // questions, asked one after the other again and again; a power of two
)

var (
	vendor = lifecycle.Actor{Vendor: pkgversion.MustVendorID("acme"), ID: lifecycle.MustActorID("bench")}
	rocket = pkgversion.MustPackageID(salesforceID("033", 1))
	v1     = pkgversion.MustVersionID(salesforceID("04t", 1))
)

// salesforceID returns the 15-character id of a number.
func salesforceID(prefix string, n int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	text := []byte(prefix + "2X0000000000000"[:12])
	for i := len(text) - 1; n > 0; i-- {
		text[i] = alphabet[n%62]
		n /= 62
	}
	return string(text)
}

func userID(n int) seats.UserID { return seats.MustUserID(salesforceID("005", 37*n+1)) }

// world is a vendor whose package is installed in many orgs, everybody asked about
// holding a seat.
type world struct {
	manager   *lifecycle.Manager
	checker   *lifecycle.Checker
	questions []question
	until     time.Time // of every license
}

func newWorld(ctx context.Context) (*world, error) {
	w := &world{until: time.Now().AddDate(1, 0, 0)}
	var err error
	w.manager, err = lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Bell: &lifecycle.LocalBell{}})
	if err != nil {
		return nil, err
	}
	if err := register(ctx, w.manager); err != nil {
		return nil, err
	}
	for o := range orgs {
		if err := w.install(ctx, o); err != nil {
			return nil, err
		}
	}
	for i := range asked {
		org, user := pkgversion.MustOrgID(salesforceID("00D", i%orgs+1)), userID(i%orgs*usersPerOrg+i*7%usersPerOrg)
		w.questions = append(w.questions, question{org, rocket, user, org.String(), rocket.String(), user.String()})
	}
	// Nothing but the writer of these measurements changes anything: an hour is not too old.
	w.checker, err = lifecycle.NewChecker(ctx, lifecycle.CheckerConfig{Manager: w.manager, Actor: vendor, MaxAge: time.Hour})
	return w, err
}

func register(ctx context.Context, m *lifecycle.Manager) error {
	_, err := m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket, Name: "Rocket"},
		Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(license.MaxSeats)}})
	if err != nil {
		return err
	}
	return m.PublishVersion(ctx, vendor, lifecycle.PublishVersion{Version: pkgversion.PackageVersion{
		ID: v1, Package: rocket, Version: pkgversion.MustVersion("1.0")}})
}

// install installs the package in org o, for a year, with its users seated.
func (w *world) install(ctx context.Context, o int) error {
	l, err := w.manager.Install(ctx, vendor, lifecycle.Installed{
		Notice:       lifecycle.Notice{Org: license.Org{ID: pkgversion.MustOrgID(salesforceID("00D", o+1)), Name: fmt.Sprint("Org ", o)}},
		Installation: license.MustInstallationID(salesforceID("050", o+1)), Package: rocket, Version: v1})
	if err != nil {
		return err
	}
	l.Terms.Expiration = license.LastDay(license.DateOf(w.until))
	if _, err := w.manager.Modify(ctx, vendor, lifecycle.Modify{License: l.ID, Terms: l.Terms, Revision: l.Revision}); err != nil {
		return err
	}
	users := make([]seats.UserID, usersPerOrg)
	for i := range users {
		users[i] = userID(o*usersPerOrg + i)
	}
	_, err = w.manager.Assign(ctx, vendor, lifecycle.Assign{License: l.ID, Users: users})
	return err
}
