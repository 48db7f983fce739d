package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// What the examples share: a vendor, a package with one version, and an org.
var (
	ctx    = context.Background()
	vendor = lifecycle.Actor{Vendor: pkgversion.MustVendorID("acme"), ID: lifecycle.MustActorID("olga")}
	rocket = pkgversion.MustPackageID("0332X000000Txd2")
	v1     = pkgversion.MustVersionID("04t2X000000Txd2")
	umbra  = license.Org{ID: pkgversion.MustOrgID("00D2X000000Txd2"), Name: "Umbra", Status: license.OrgActive}
	noon   = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
)

// vendorWith returns a Manager whose vendor has published a package, and lets it
// be installed once, with so many seats.
func vendorWith(seatCount int) *lifecycle.Manager {
	m, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Now: func() time.Time { return noon }})
	check(err)
	_, err = m.RegisterPackage(ctx, vendor, lifecycle.Registration{
		Package:  pkgversion.Package{ID: rocket, Name: "Rocket", Namespace: "rkt"},
		Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(seatCount)},
	})
	check(err)
	check(m.PublishVersion(ctx, vendor, lifecycle.PublishVersion{Version: pkgversion.PackageVersion{
		ID: v1, Package: rocket, Version: pkgversion.MustVersion("1.0"),
	}}))
	_, err = m.Install(ctx, vendor, lifecycle.Installed{
		Notice: lifecycle.Notice{Org: umbra}, Installation: license.MustInstallationID("0502X000000Txd2"), Package: rocket, Version: v1,
		Installer: lead.Person{FirstName: "Jane", LastName: "Doe", Company: "Umbra", Email: "jane@umbra.example"},
	})
	check(err)
	return m
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func someone(names ...string) (ids []seats.UserID) {
	for _, name := range names {
		ids = append(ids, seats.MustUserID(name))
	}
	return ids
}

// A morning at a vendor: register, publish, install, assign, check, cut the seats,
// suspend, uninstall.
func ExampleManager() {
	m, err := lifecycle.New(lifecycle.Config{
		Store: &lifecycle.MemStore{},
		Now:   func() time.Time { return time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	olga := lifecycle.Actor{Vendor: pkgversion.MustVendorID("acme"), ID: lifecycle.MustActorID("olga")}

	m.RegisterPackage(ctx, olga, lifecycle.Registration{
		Package:  pkgversion.Package{ID: rocket, Name: "Rocket"},
		Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(3)},
	})
	m.PublishVersion(ctx, olga, lifecycle.PublishVersion{Version: pkgversion.PackageVersion{ID: v1, Package: rocket, Version: pkgversion.MustVersion("1.0")}})

	installed := lifecycle.Installed{
		Notice: lifecycle.Notice{Org: umbra}, Installation: license.MustInstallationID("0502X000000Txd2"), Package: rocket, Version: v1,
		Installer: lead.Person{FirstName: "Jane", LastName: "Doe", Email: "jane@umbra.example"},
	}
	l, err := m.Install(ctx, olga, installed)
	fmt.Println(l.ID, l.Terms.Status, "for", l.LeadName, err)

	seating, err := m.Assign(ctx, olga, lifecycle.Assign{License: l.ID, Users: someone("ann", "ben", "cat")})
	remaining, _ := seating.License.Remaining()
	fmt.Println(remaining, "remaining", err)

	d, err := m.Check(ctx, olga, umbra.ID, rocket, seats.MustUserID("ann"))
	fmt.Println("ann:", d, err)

	terms := l.Terms
	terms.Seats = license.MustSeats(1)
	l, err = m.Modify(ctx, olga, lifecycle.Modify{License: l.ID, Terms: terms, Revision: l.Revision, Why: "paid for one"})
	remaining, _ = l.Remaining()
	fmt.Println(remaining, "remaining after the cut", err)
	d, err = m.Check(ctx, olga, umbra.ID, rocket, seats.MustUserID("cat"))
	fmt.Println("cat:", d, err)
	_, err = m.Assign(ctx, olga, lifecycle.Assign{License: l.ID, Users: someone("dan")})
	fmt.Println(err)

	terms.Status = license.Suspended
	l, err = m.Modify(ctx, olga, lifecycle.Modify{License: l.ID, Terms: terms, Revision: l.Revision})
	d, _ = m.Check(ctx, olga, umbra.ID, rocket, seats.MustUserID("ann"))
	fmt.Println("ann:", d, err)

	l, err = m.Uninstall(ctx, olga, lifecycle.Uninstalled{Notice: installed.Notice, Installation: installed.Installation, Package: rocket})
	fmt.Println(l.Terms.Status, l.Holders, "holders", err)
	// Output:
	// L-00001 Active for Jane Doe <nil>
	// 0 remaining <nil>
	// ann: licensed <nil>
	// -2 remaining after the cut <nil>
	// cat: licensed, while over-allocated <nil>
	// seats: no seat: 1 asked for, 1 licensed, 3 used, -2 remaining
	// ann: not licensed: suspended <nil>
	// Uninstalled 0 holders <nil>
}

// The package of a namespace that licenses the user is enough; a name that nobody
// has is no answer.
func ExampleManager_CheckNamespace() {
	m := vendorWith(1)
	m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ann")})
	for _, namespace := range []string{"rkt", "rkkt"} {
		d, err := m.CheckNamespace(ctx, vendor, umbra.ID, namespace, seats.MustUserID("ann"))
		fmt.Println(d.Licensed(), err)
	}
	// Output:
	// true <nil>
	// false lifecycle: no namespace "rkkt"
}

func ExampleConfig() {
	_, err := lifecycle.New(lifecycle.Config{}) // Store is needed, the rest has safe defaults
	fmt.Println(err)
	_, err = lifecycle.New(lifecycle.Config{
		Store:        &lifecycle.MemStore{},
		Rules:        lifecycle.Rules{Contacts: lead.NoMatch{}}, // every license gets a lead
		MaxClockJump: 24 * time.Hour,
	})
	fmt.Println(err)
	// Output:
	// lifecycle: config store "": is needed
	// <nil>
}

func ExampleActor() {
	m := vendorWith(1)
	id, err := lifecycle.ParseActorID("0052X000000Txd2")
	fmt.Println(id, err)
	other := lifecycle.Actor{Vendor: pkgversion.MustVendorID("somebody else"), ID: id}
	_, err = m.License(ctx, other, 1)
	fmt.Println(err) // what another vendor has is not there
	_, err = m.License(ctx, lifecycle.Actor{ID: id}, 1)
	fmt.Println(err)
	// Output:
	// 0052X000000Txd2QAC <nil>
	// lifecycle: no license "L-00001"
	// lifecycle: actor's vendor "": every call is made for a vendor
}

func ExampleActorID() {
	fmt.Println(lifecycle.MustActorID("0052X000000Txd2") == lifecycle.MustActorID("0052X000000Txd2QAC"))
	// Output: true
}

func ExampleRegistration() {
	m := vendorWith(1)
	r, err := m.Package(ctx, vendor, rocket)
	fmt.Println(r.Package.Name, r.Defaults.Status, r.Revision, err)

	r.Policy.GraceDays = 14
	r.Overage = seats.Overage{Extra: 2}
	r, err = m.ChangePackage(ctx, vendor, r)
	fmt.Println(r.Policy.GraceDays, "days of grace, revision", r.Revision, err)

	_, err = m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: r.Package})
	fmt.Println(err)
	// Output:
	// Rocket Active 1 <nil>
	// 14 days of grace, revision 2 <nil>
	// lifecycle: package "0332X000000Txd2QAC" is there already: a package is registered once; change its registration instead
}

// Notifications come late, repeated and out of order; the license is what they say
// when they are sorted by when it happened.
func ExampleNotification() {
	m := vendorWith(1)
	at := func(day int) lifecycle.Notice {
		return lifecycle.Notice{At: noon.AddDate(0, 0, day), Org: license.Org{ID: pkgversion.MustOrgID("org-2")}}
	}
	id, v2 := license.MustInstallationID("installation-2"), pkgversion.MustVersionID("v2")
	locked := at(2)
	locked.Org.Status = license.OrgLocked
	for _, n := range []lifecycle.Notification{
		lifecycle.Uninstalled{Notice: at(9), Installation: id, Package: rocket},
		lifecycle.InstallAborted{Notice: at(-1), Package: rocket, Reason: "cancelled by the user"},
		lifecycle.OrgChanged{Notice: locked},
		lifecycle.Upgraded{Notice: at(5), Installation: id, Package: rocket, Version: v2, Number: pkgversion.MustVersion("2.0")},
		lifecycle.Installed{Notice: at(0), Installation: id, Package: rocket, Version: v1},
		lifecycle.Uninstalled{Notice: at(9), Installation: id, Package: rocket},
	} {
		l, err := m.Notify(ctx, vendor, n)
		fmt.Printf("%T: %s %v %v\n", n, l.ID, l.Number, err)
	}
	l, err := m.LicenseOf(ctx, vendor, id)
	fmt.Println(l.Terms.Status, "since", license.DateOf(l.UninstalledAt), err)
	// Output:
	// lifecycle.Uninstalled:   <nil>
	// lifecycle.InstallAborted:   <nil>
	// lifecycle.OrgChanged:   <nil>
	// lifecycle.Upgraded:   <nil>
	// lifecycle.Installed: L-00002 2.0.0 <nil>
	// lifecycle.Uninstalled: L-00002 2.0.0 <nil>
	// Uninstalled since 2026-06-10 <nil>
}

func ExampleNotificationID() {
	m := vendorWith(1)
	told := lifecycle.OrgChanged{Notice: lifecycle.Notice{ID: lifecycle.MustNotificationID("n-1"), At: noon, Org: umbra}}
	_, err := m.Notify(ctx, vendor, told)
	fmt.Println(err)
	_, err = m.Notify(ctx, vendor, told) // delivered again
	fmt.Println(err)
	told.Org.Name = "Penumbra"
	_, err = m.Notify(ctx, vendor, told)
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
	// lifecycle: notification "n-1" is there already: it said something else before
}

func ExampleUpgrade() {
	m := vendorWith(1)
	for _, number := range []string{"2.0", "1.5"} {
		id := pkgversion.MustVersionID("rocket-" + number)
		check(m.PublishVersion(ctx, vendor, lifecycle.PublishVersion{Version: pkgversion.PackageVersion{ID: id, Package: rocket, Version: pkgversion.MustVersion(number)}}))
		l, err := m.Upgrade(ctx, vendor, lifecycle.Upgrade{License: 1, Version: id})
		var refused *lifecycle.UpgradeError
		fmt.Println(l.Number, errors.As(err, &refused))
	}
	// Output:
	// 2.0.0 false
	//  true
}

func ExampleModify() {
	m := vendorWith(1)
	l, err := m.License(ctx, vendor, 1)
	check(err)
	terms := l.Terms
	terms.Expiration = license.LastDay(license.MustDate("2026-12-31"))
	changed, err := m.Modify(ctx, vendor, lifecycle.Modify{License: l.ID, Terms: terms, Revision: l.Revision, Why: "contract 4711"})
	fmt.Println(changed.Terms.Expiration, err)

	terms.Expiration = license.Never() // somebody who has not seen the change
	_, err = m.Modify(ctx, vendor, lifecycle.Modify{License: l.ID, Terms: terms, Revision: l.Revision})
	var stale *license.StaleError
	fmt.Println(errors.As(err, &stale), err)
	// Output:
	// 2026-12-31 <nil>
	// true license: L-00001: was changed since it was read: revision 1 is now 2
}

// As many as fit get a seat, in their order.
func ExampleSeating() {
	m := vendorWith(2)
	m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ann")})
	seating, err := m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ann", "ben", "cat"), AsFit: true})
	fmt.Println("assigned", seating.Assigned, "held", seating.Held, "left", seating.Left, err)
	// Output: assigned [ben] held [ann] left [cat] <nil>
}

func ExampleRevoke() {
	m := vendorWith(2)
	m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ann", "ben")})
	l, err := m.Revoke(ctx, vendor, lifecycle.Revoke{License: 1, Users: someone("ann", "nobody")})
	fmt.Println(l.Holders, "held", err)
	l, err = m.Transfer(ctx, vendor, lifecycle.Transfer{License: 1, From: seats.MustUserID("ben"), To: seats.MustUserID("cat")})
	fmt.Println(l.Holders, "held", err)
	for a, err := range m.Holders(ctx, vendor, 1) {
		fmt.Println(a.User, "since", a.AssignedAt.Format(time.DateOnly), "by", a.AssignedBy, err)
	}
	// Output:
	// 1 held <nil>
	// 1 held <nil>
	// cat since 2026-06-01 by olga <nil>
}

// A seat goes from one license of an org to another, at once.
func ExampleMove() {
	m := vendorWith(2)
	addon := pkgversion.MustPackageID("addon")
	m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: addon}, Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(1)}})
	l, err := m.Install(ctx, vendor, lifecycle.Installed{Notice: lifecycle.Notice{Org: umbra}, Installation: license.MustInstallationID("i-2"),
		Package: addon, Version: pkgversion.MustVersionID("addon-1"), Number: pkgversion.MustVersion("1.0")})
	check(err)
	m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ann")})
	from, err := m.Move(ctx, vendor, lifecycle.Move{User: seats.MustUserID("ann"), From: 1, To: l.ID})
	to, _ := m.License(ctx, vendor, l.ID)
	fmt.Println(from.Holders, to.Holders, err)
	// Output: 0 1 <nil>
}

func ExampleConvertLead() {
	m := vendorWith(1)
	l, _ := m.License(ctx, vendor, 1)
	fmt.Printf("lead %v, contact %q\n", l.Lead, l.Contact)
	err := m.ConvertLead(ctx, vendor, lifecycle.ConvertLead{
		Lead: l.Lead, Contact: lead.Contact{ID: lead.MustContactID("contact-1")}, Account: lead.Account{ID: lead.MustAccountID("account-1")},
	})
	l, _ = m.License(ctx, vendor, 1)
	account, _ := m.Account(ctx, vendor, l.Account)
	fmt.Printf("lead %v, contact %q of %s %v\n", l.Lead, l.Contact, account.Name, err)
	// Output:
	// lead lead-of-1, contact ""
	// lead lead-of-1, contact "contact-1" of Umbra <nil>
}

// The lead manager owns the leads of new installations; who has left cannot be set.
func ExampleSetLeadManager() {
	m := vendorWith(1)
	olga := lead.MustOwnerID("olga")
	check(m.RecordOwner(ctx, vendor, lifecycle.RecordOwner{Owner: lead.Owner{ID: olga, Name: "Olga", Active: true}}))
	fmt.Println(m.SetLeadManager(ctx, vendor, lifecycle.SetLeadManager{Package: rocket, Manager: olga}))
	check(m.RecordOwner(ctx, vendor, lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("paul")}}))
	fmt.Println(m.SetLeadManager(ctx, vendor, lifecycle.SetLeadManager{Package: rocket, Manager: lead.MustOwnerID("paul")}))
	// Output:
	// <nil>
	// lifecycle: lead manager "paul": must be an active user who may read licenses
}

// byCompany is a rule of one's own: people of one company are one.
type byCompany struct{}

func (byCompany) Keys(p lead.Person) []string {
	if p.Company == "" {
		return nil
	}
	return []string{strings.ToLower(p.Company)}
}

func (byCompany) Match(a, b lead.Person) bool {
	return a.Company != "" && strings.EqualFold(a.Company, b.Company)
}

func ExampleMatcher() {
	var rule lifecycle.Matcher = byCompany{}
	m, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Rules: lifecycle.Rules{Leads: rule}})
	check(err)
	m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket}})
	for i, name := range []string{"Jane", "Joe"} {
		l, err := m.Install(ctx, vendor, lifecycle.Installed{
			Notice: lifecycle.Notice{Org: umbra}, Installation: license.MustInstallationID(fmt.Sprint("i-", i)),
			Package: rocket, Version: v1, Number: pkgversion.MustVersion("1.0"),
			Installer: lead.Person{FirstName: name, Company: "Umbra"},
		})
		fmt.Println(l.ID, l.Lead, l.LeadName, err)
	}
	// Output:
	// L-00001 lead-of-1 Jane <nil>
	// L-00002 lead-of-1 Jane <nil>
}

// fleet returns a vendor with a trial each in five orgs, one a sandbox.
func fleet() *lifecycle.Manager {
	m, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Now: func() time.Time { return noon }})
	check(err)
	m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket}, Defaults: license.Defaults{Status: license.Trial, Days: 30, Seats: license.MustSeats(1)}})
	for i := range 5 {
		_, err := m.Install(ctx, vendor, lifecycle.Installed{
			Notice:       lifecycle.Notice{At: noon.AddDate(0, 0, -7*i), Org: license.Org{ID: pkgversion.MustOrgID(fmt.Sprint("org-", i)), Sandbox: i == 2}},
			Installation: license.MustInstallationID(fmt.Sprint("i-", i)), Package: rocket, Version: v1, Number: pkgversion.MustVersion("1.0"),
			Installer: lead.Person{LastName: fmt.Sprint("Doe ", i), Email: fmt.Sprintf("doe%d@org%d.example", i, i)},
		})
		check(err)
	}
	return m
}

// Which trials of production orgs end within two weeks, the next one first?
func ExampleLicenseQuery() {
	today := license.DateOf(noon)
	for l, err := range fleet().Licenses(ctx, vendor, lifecycle.LicenseQuery{
		Status: license.Trial, Day: today, Orgs: lifecycle.ProductionOrgs,
		ExpiresFrom: today, ExpiresThrough: today.AddDays(14), Order: lifecycle.ByExpiration,
	}) {
		fmt.Println(l.ID, l.Org, l.Terms.Expiration, err)
	}
	// Output:
	// L-00005 org-4 2026-06-03 <nil>
	// L-00004 org-3 2026-06-10 <nil>
}

// A page of a listing, and the next one: a cursor is text that can go over the
// web and come back.
func ExampleLicenseCursor() {
	m := fleet()
	var next []byte
	for page := 1; page <= 3; page++ {
		q := lifecycle.LicenseQuery{Orgs: lifecycle.OrgKind(lifecycle.AllOrgs), Order: lifecycle.LicenseOrder(lifecycle.ByNumber)}
		check(q.After.UnmarshalText(next))
		count := 0
		for l, err := range m.Licenses(ctx, vendor, q) {
			check(err)
			fmt.Print(l.ID, " ")
			next, _ = lifecycle.CursorAfter(l).MarshalText()
			if count++; count == 2 {
				break
			}
		}
		fmt.Printf("then %s\n", next)
	}
	// Output:
	// L-00001 L-00002 then 2026-06-24/L-00002
	// L-00003 L-00004 then 2026-06-10/L-00004
	// L-00005 then 2026-06-03/L-00005
}

func ExampleLeadQuery() {
	m := fleet()
	check(m.ConvertLead(ctx, vendor, lifecycle.ConvertLead{Lead: lead.OfLicense(2), Contact: lead.Contact{ID: lead.MustContactID("c")}, Account: lead.Account{ID: lead.MustAccountID("a"), Name: "Org 1"}}))
	for _, state := range []lifecycle.LeadState{lifecycle.OpenLeads, lifecycle.ConvertedLeads} {
		for l, err := range m.Leads(ctx, vendor, lifecycle.LeadQuery{State: state, SourcePrefix: "Package", Package: rocket}) {
			fmt.Println(state == lifecycle.ConvertedLeads, l.Person.Name(), err)
		}
	}
	// Output:
	// false Doe 0 <nil>
	// false Doe 2 <nil>
	// false Doe 3 <nil>
	// false Doe 4 <nil>
	// true Doe 1 <nil>
}

// A consumer hears of everything once it has happened, and goes on where it was.
func ExampleManager_Consume() {
	m := vendorWith(2)
	mail := func(_ context.Context, e lifecycle.Event) error {
		if c, ok := e.Change.(lifecycle.LicenseChanged); ok {
			fmt.Println(c.After.ID, c.What, "in", c.After.Org)
		}
		return nil
	}
	fmt.Println(m.Consume(ctx, vendor, "mailer", mail))
	l, _ := m.License(ctx, vendor, 1)
	terms := l.Terms
	terms.Seats = license.Site()
	m.Modify(ctx, vendor, lifecycle.Modify{License: 1, Terms: terms, Revision: l.Revision})
	fmt.Println(m.Consume(ctx, vendor, "mailer", mail))
	// Output:
	// L-00001 installed in 00D2X000000Txd2UAC
	// <nil>
	// L-00001 modified in 00D2X000000Txd2UAC
	// <nil>
}

// A Bell tells who follows the events that there are new ones. Here both are in one
// process, which a LocalBell serves; across machines a database's own notifications do.
func ExampleBell() {
	var bell lifecycle.Bell = &lifecycle.LocalBell{}
	store := &lifecycle.MemStore{}
	m, err := lifecycle.New(lifecycle.Config{Store: store, Bell: bell})
	check(err)
	follower, err := lifecycle.New(lifecycle.Config{Store: store, Bell: bell})
	check(err)
	hire := func(name string) {
		check(m.RecordOwner(ctx, vendor, lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID(name), Name: name, Active: true}}))
	}
	hire("olga")
	for e, err := range follower.Follow(ctx, vendor, 0, time.Hour) { // without a Bell it would look every hour
		check(err)
		saved := e.Change.(lifecycle.OwnerSaved)
		fmt.Println(saved.Owner.Name)
		if saved.Owner.Name == "omar" {
			break
		}
		go hire("omar")
	}
	// Output:
	// olga
	// omar
}

// The history of a license: who, when, what, and why.
func ExampleManager_Timeline() {
	m := vendorWith(2)
	m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ann")})
	l, _ := m.License(ctx, vendor, 1)
	terms := l.Terms
	terms.Seats = license.MustSeats(0)
	m.Modify(ctx, vendor, lifecycle.Modify{License: 1, Terms: terms, Revision: l.Revision, Why: "unpaid"})
	for e, err := range m.Timeline(ctx, vendor, 1) {
		check(err)
		fmt.Print(e.Position, " ", e.At.Format(time.DateOnly), " ", e.Actor, ": ")
		switch c := e.Change.(type) {
		case lifecycle.LicenseChanged:
			fmt.Printf("%s %v -> %v %q\n", c.What, c.Before.Terms.Seats, c.After.Terms.Seats, e.Why)
		case lifecycle.SeatsAssigned:
			fmt.Println("assigned to", c.Users)
		}
	}
	// Output:
	// 1 2026-06-01 olga: installed 0 -> 2 ""
	// 2 2026-06-01 olga: assigned to [ann]
	// 3 2026-06-01 olga: modified 2 -> 0 "unpaid"
}

// What a change is about: every kind there is.
func ExampleChange() {
	describe := func(c lifecycle.Change) string {
		switch c := c.(type) {
		case lifecycle.PackageChanged:
			return "package " + c.After.Package.Name
		case lifecycle.VersionPublished:
			return "version " + c.Version.Version.String()
		case lifecycle.OrgSeen:
			return "org " + c.After.Name
		case lifecycle.Told:
			return fmt.Sprint("told ", len(c.Facts), " facts")
		case lifecycle.LicenseChanged:
			if c.What == lifecycle.LicenseEvent(lifecycle.LicenseInstalled) {
				return "new license " + c.After.ID.String()
			}
			return "license " + c.After.ID.String()
		case lifecycle.SeatsAssigned:
			return fmt.Sprint("seats for ", c.Users)
		case lifecycle.SeatsRevoked:
			return fmt.Sprint("no seats for ", c.Users)
		case lifecycle.StageMoved:
			return fmt.Sprint("idle seat of ", c.Move.User, ": ", c.After.Stage)
		case lifecycle.LeadChanged:
			return "lead " + c.After.ID.String()
		case lifecycle.ContactSaved:
			return "contact " + c.Contact.ID.String()
		case lifecycle.AccountSaved:
			return "account " + c.Account.Name
		case lifecycle.OwnerSaved:
			return "owner " + c.Owner.Name
		case lifecycle.Warned:
			return c.What + ": " + c.Remedy
		case lifecycle.InstallationAborted:
			return fmt.Sprint("no installation of ", c.Package, ": ", c.Reason)
		case lifecycle.ClockConfirmed:
			return "the clock is right at " + c.At.Format(time.TimeOnly)
		}
		return "something new"
	}
	m := vendorWith(2)
	m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ann")})
	m.ConfirmClock(ctx, vendor)
	for e, err := range m.Events(ctx, vendor, 0) {
		fmt.Println(e.Stream.Kind, "-", describe(e.Change), err)
	}
	// Output:
	// package - package Rocket <nil>
	// package - version 1.0.0 <nil>
	// installation - told 2 facts <nil>
	// lead - lead lead-of-1 <nil>
	// license - new license L-00001 <nil>
	// org - org Umbra <nil>
	// license - seats for [ann] <nil>
	// clock - the clock is right at 12:00:00 <nil>
}

func ExampleEvent() {
	m := vendorWith(1)
	for e, err := range m.Events(ctx, vendor, 0) {
		stream := lifecycle.Stream{Kind: lifecycle.StreamKind(lifecycle.PackageStream), ID: rocket.String()}
		if e.Stream == stream {
			fmt.Println(e.Seq, e.Position, e.Vendor, e.Actor, err)
		}
	}
	// Output:
	// 1 1 acme olga <nil>
	// 2 2 acme olga <nil>
}

// What was told of an installation is kept as facts.
func ExampleFact() {
	kinds := map[lifecycle.FactKind]string{
		lifecycle.FactInstalled: "installed", lifecycle.FactVersion: "version", lifecycle.FactUninstalled: "uninstalled",
	}
	store := &lifecycle.MemStore{}
	m, err := lifecycle.New(lifecycle.Config{Store: store})
	check(err)
	m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket}})
	id := license.MustInstallationID("i-1")
	m.Notify(ctx, vendor, lifecycle.Installed{Notice: lifecycle.Notice{At: noon, Org: umbra}, Installation: id, Package: rocket, Version: v1, Number: pkgversion.MustVersion("1.0")})
	err = store.View(ctx, func(ctx context.Context, r lifecycle.Reader) error {
		facts, err := r.Facts(ctx, vendor.Vendor, id)
		for _, f := range facts {
			fmt.Printf("%s %q\n", kinds[f.Kind], f.Number)
		}
		return err
	})
	fmt.Println(err)
	// Output:
	// installed ""
	// version "1.0.0"
	// <nil>
}

// exported yields what a file of another system holds.
func exported(commands ...lifecycle.Command) iter.Seq2[lifecycle.Row, error] {
	return func(yield func(lifecycle.Row, error) bool) {
		for i, c := range commands {
			if !yield(lifecycle.Row{Command: c, Where: fmt.Sprint("export.csv:", i+2)}, nil) {
				return
			}
		}
	}
}

func ExampleManager_Import() {
	m := vendorWith(1)
	account := lead.MustAccountID("account-7")
	old := license.License{
		ID: 7, Installation: license.MustInstallationID("i-7"), Org: pkgversion.MustOrgID("org-7"), Package: rocket, Version: v1, Number: pkgversion.MustVersion("1.0"),
		Terms:       license.Terms{Status: license.Active, Seats: license.MustSeats(2), Expiration: license.Never()},
		InstalledAt: noon.AddDate(-1, 0, 0),
	}
	rows := exported(
		lifecycle.ImportAccount{Account: lead.Account{ID: account, Name: "Seven"}},
		lifecycle.ImportContact{Contact: lead.Contact{ID: lead.MustContactID("contact-7"), Account: account}},
		lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("lead-7"), Source: "Web"}},
		lifecycle.ImportLicense{License: old, Org: license.Org{ID: old.Org}, AsOf: noon},
		lifecycle.ImportSeat{Installation: old.Installation, User: seats.MustUserID("ann"), AssignedAt: noon},
		lifecycle.ImportSeat{Installation: license.MustInstallationID("i-8"), User: seats.MustUserID("ann"), AssignedAt: noon},
	)
	report, err := m.Import(ctx, vendor, rows, lifecycle.AllRows)
	fmt.Println(report.Changed, "changed,", errors.Is(err, lifecycle.ErrNothingImported))

	report, err = m.Import(ctx, vendor, rows, lifecycle.GoodRows)
	fmt.Println(report.Changed, "changed,", report.Bad, "bad,", err)
	for _, err := range report.Refused {
		fmt.Println(err)
	}
	report, err = m.Import(ctx, vendor, rows, lifecycle.GoodRows)
	fmt.Println(report.Changed, "changed,", report.Unchanged, "unchanged,", err)
	// Output:
	// 0 changed, true
	// 5 changed, 1 bad, <nil>
	// export.csv:7: lifecycle: no installation "i-8"
	// 0 changed, 5 unchanged, <nil>
}

// A row is a command and where it stands, or an error of who reads the file.
func ExampleRow() {
	report, err := vendorWith(1).Import(ctx, vendor, func(yield func(lifecycle.Row, error) bool) {
		_ = yield(lifecycle.Row{Command: lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("lead-7")}}, Where: "leads.csv:2"}, nil) &&
			yield(lifecycle.Row{}, errors.New("leads.csv:3: a quote is missing"))
	}, lifecycle.GoodRows)
	fmt.Println(report.Changed, "changed,", report.Refused, err)
	// Output: 1 changed, [leads.csv:3: a quote is missing] <nil>
}

// How far idle seats have come is kept beside them.
func ExampleStanding() {
	now, store := noon, &lifecycle.MemStore{}
	m, err := lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { return now }})
	check(err)
	m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket}})
	m.Install(ctx, vendor, lifecycle.Installed{Notice: lifecycle.Notice{Org: umbra}, Installation: license.MustInstallationID("i-1"), Package: rocket, Version: v1, Number: pkgversion.MustVersion("1.0")})
	m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ann")})

	now = now.AddDate(0, 0, 70)
	neverLoggedIn := func(seats.UserID) lifecycle.Person { return lifecycle.Person{} }
	plan, err := m.PlanLicense(ctx, vendor, 1, reclaim.DefaultPolicy(), neverLoggedIn)
	check(err)
	tally, err := m.ApplyPlan(ctx, vendor, slices.Values(plan.Moves), neverLoggedIn) // a lifecycle.Reclaim for each
	fmt.Println(tally.Of(reclaim.Applied), "applied", err)
	err = store.View(ctx, func(ctx context.Context, r lifecycle.Reader) error {
		standings, err := r.Standings(ctx, vendor.Vendor, 1, someone("ann"))
		var s lifecycle.Standing
		for _, s = range standings {
			fmt.Println(s.User, "has the stage", s.Stage, s.NoticeAt.Format(time.DateOnly))
		}
		return err
	})
	fmt.Println(err)
	// Output:
	// 1 applied <nil>
	// ann has the stage First Warning 2026-08-10
	// <nil>
}

// Whoever is about to lose a seat is told, once for each step.
func ExampleOnSeatIdle() {
	now := noon
	m, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Now: func() time.Time { return now }})
	check(err)
	m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket}})
	m.Install(ctx, vendor, lifecycle.Installed{Notice: lifecycle.Notice{Org: umbra}, Installation: license.MustInstallationID("i-1"), Package: rocket, Version: v1, Number: pkgversion.MustVersion("1.0")})
	m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ann")})

	mail := lifecycle.SinkFunc(func(_ context.Context, m lifecycle.Message) error {
		fmt.Println("to", m.To, "-", m.Text)
		return nil
	})
	alerts, err := lifecycle.NewAlerts(lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{{
			Name: "first warning", When: lifecycle.OnSeatIdle{Stage: reclaim.FirstWarning},
			Sinks: []string{"mail"}, Recipients: lifecycle.Recipients{User: true},
			Text: "Dear {{.Person.FirstName}}, your seat has been idle for {{.Alert.Days}} days.",
		}},
		Sinks: map[string]lifecycle.Sink{"mail": mail},
		People: func(u lifecycle.UserOf) lead.Person {
			return lead.Person{FirstName: strings.ToUpper(u.User.String()), Email: u.User.String() + "@umbra.example"}
		},
	})
	check(err)
	m.RunDue(ctx, vendor, alerts) // a rule begins with its first run

	now = now.AddDate(0, 0, 70)
	neverLoggedIn := func(seats.UserID) lifecycle.Person { return lifecycle.Person{} }
	plan, _ := m.PlanLicense(ctx, vendor, 1, reclaim.DefaultPolicy(), neverLoggedIn)
	m.ApplyPlan(ctx, vendor, slices.Values(plan.Moves), neverLoggedIn)
	report, err := m.RunDue(ctx, vendor, alerts)
	fmt.Println(report.Delivered, "delivered", err)
	// Output:
	// to [ann@umbra.example] - Dear ANN, your seat has been idle for 70 days.
	// 1 delivered <nil>
}

func ExampleRowError() {
	var mode lifecycle.ImportMode // the zero mode is AllRows
	_, err := vendorWith(1).Import(ctx, vendor, exported(lifecycle.ImportLead{}), mode)
	var row *lifecycle.RowError
	fmt.Println(errors.As(err, &row), row.Where)
	fmt.Println(err)
	// Output:
	// true export.csv:2
	// lifecycle: nothing was imported, for there are bad rows: export.csv:2: lifecycle: lead id "": a lead has an id
}

func ExampleImportReport() {
	report, err := vendorWith(1).Import(ctx, vendor, exported(), lifecycle.GoodRows)
	fmt.Printf("%+v %v\n", report, err)
	// Output: {Rows:0 Changed:0 Unchanged:0 Bad:0 Refused:[]} <nil>
}

// The rules without a store: what would this command do?
func ExampleState() {
	s := lifecycle.State{
		Now: noon,
		License: license.License{ID: 1, Revision: 1, Terms: license.Terms{
			Status: license.Active, Seats: license.MustSeats(1), Expiration: license.Never(),
		}},
	}
	effects, err := lifecycle.Apply(s, lifecycle.Assign{License: 1, Users: someone("ann")})
	for _, e := range effects {
		fmt.Printf("%T\n", e)
	}
	fmt.Println(err)

	s.License.Holders = 1
	effects, err = lifecycle.Apply(s, lifecycle.Assign{License: 1, Users: someone("ann")})
	fmt.Println(len(effects), err)
	// Output:
	// lifecycle.TakeSeats
	// lifecycle.Append
	// <nil>
	// 0 seats: no seat: 1 asked for, 1 licensed, 1 used, 0 remaining
}

// One may see what a command would do to what is stored, and not do it.
func ExampleLoad() {
	store := &lifecycle.MemStore{}
	var c lifecycle.Command = lifecycle.RegisterPackage{Registration: lifecycle.Registration{Package: pkgversion.Package{ID: rocket}}}
	err := store.View(ctx, func(ctx context.Context, r lifecycle.Reader) error {
		s, err := lifecycle.Load(ctx, r, lifecycle.Rules{}, vendor.Vendor, c)
		if err != nil {
			return err
		}
		effects, err := lifecycle.Apply(s, c)
		fmt.Println(len(effects), "effects")
		return err
	})
	fmt.Println(err)
	// Output:
	// 2 effects
	// <nil>
}

// Who writes a store carries out these effects, each under its guard.
func ExampleEffect() {
	guard := func(e lifecycle.Effect) string {
		switch e := e.(type) {
		case lifecycle.PutPackage:
			return fmt.Sprint("registration at revision ", e.IfRevision)
		case lifecycle.PutOrg:
			return fmt.Sprint("org at revision ", e.IfRevision)
		case lifecycle.PutLicense:
			return fmt.Sprint("license at revision ", e.IfRevision)
		case lifecycle.PutLead:
			return fmt.Sprint("lead at revision ", e.IfRevision)
		case lifecycle.PutVersion, lifecycle.PutNotice:
			return "is absent"
		case lifecycle.PutFact:
			return fmt.Sprint(e.Known, " facts are known")
		case lifecycle.PutStanding:
			return fmt.Sprint("standing at revision ", e.IfRevision)
		case lifecycle.TakeSeats:
			return fmt.Sprint("used stays within ", e.Limit, ", none of ", e.Users, " holds a seat")
		case lifecycle.FreeSeats:
			return fmt.Sprint("each of ", e.Users, " holds a seat")
		case lifecycle.ExpectSeat:
			return fmt.Sprint(e.User, " holds a seat")
		case lifecycle.ExpectHolders:
			return fmt.Sprint(e.Holders, " seats are held")
		case lifecycle.ExpectUnder:
			kinds := map[lifecycle.RecordKind]string{lifecycle.Leads: "leads", lifecycle.Contacts: "contacts"}
			return fmt.Sprint(e.Records, " ", kinds[e.Kind], " under the keys")
		case lifecycle.FreeAllSeats:
			return fmt.Sprint(e.Held, " seats are held")
		case lifecycle.Restore:
			return fmt.Sprint("position ", e.Event.Position, " is above all of its stream")
		case lifecycle.DropEvent:
			return fmt.Sprint("position ", e.Later, " says it again")
		case lifecycle.LockSeats, lifecycle.PutContact, lifecycle.PutAccount, lifecycle.PutOwner, lifecycle.PutClock, lifecycle.PutCursor, lifecycle.DropCursor, lifecycle.Append:
			return "no guard"
		}
		return "unknown"
	}
	for _, e := range []lifecycle.Effect{
		lifecycle.PutLicense{IfRevision: 3},
		lifecycle.TakeSeats{Users: someone("ann"), Limit: 10},
		lifecycle.ExpectUnder{Kind: lifecycle.Leads},
		lifecycle.Append{},
	} {
		fmt.Println(guard(e))
	}
	// Output:
	// license at revision 3
	// used stays within 10, none of [ann] holds a seat
	// 0 leads under the keys
	// no guard
}

// A store reads consistent snapshots, and commits all or nothing.
func ExampleMemStore() {
	var store lifecycle.Store = &lifecycle.MemStore{} // the zero value is ready
	put := lifecycle.PutOwner{Owner: lead.Owner{ID: lead.MustOwnerID("olga"), Name: "Olga"}}
	err := store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		if err := tx.Write(ctx, vendor.Vendor, put); err != nil {
			return err
		}
		return errors.New("on second thoughts")
	})
	fmt.Println(err)
	err = store.View(ctx, func(ctx context.Context, r lifecycle.Reader) error {
		owner, err := r.Owner(ctx, vendor.Vendor, put.Owner.ID)
		fmt.Printf("%q\n", owner.Name) // what is not there is the zero value
		return err
	})
	fmt.Println(err)
	// Output:
	// on second thoughts
	// ""
	// <nil>
}

// A Reader is five small ones, so that a function can ask for what it reads.
func ExampleReader() {
	count := func(
		packages lifecycle.PackageReader, licenses lifecycle.LicenseReader, held lifecycle.SeatReader, leads lifecycle.LeadReader, events lifecycle.EventReader,
	) {
		all, _ := packages.Packages(ctx, vendor.Vendor)
		found, _ := licenses.Licenses(ctx, vendor.Vendor, lifecycle.LicenseQuery{}, 10)
		holders, _ := held.Holders(ctx, vendor.Vendor, 1, seats.UserID{}, 10)
		open, _ := leads.Leads(ctx, vendor.Vendor, lifecycle.LeadQuery{}, 10)
		feed, _ := events.Feed(ctx, vendor.Vendor, 0, 10)
		fmt.Println(len(all), len(found), len(holders), len(open), len(feed))
	}
	store := &lifecycle.MemStore{}
	m, err := lifecycle.New(lifecycle.Config{Store: store})
	check(err)
	m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket}})
	err = store.View(ctx, func(_ context.Context, r lifecycle.Reader) error {
		count(r, r, r, r, r)
		return nil
	})
	fmt.Println(err)
	// Output:
	// 1 0 0 0 1
	// <nil>
}

// What is not there, and what another vendor has, are one error.
func ExampleNotFoundError() {
	_, err := vendorWith(1).License(ctx, vendor, 42)
	var missing *lifecycle.NotFoundError
	fmt.Println(errors.As(err, &missing), missing.Kind, missing.ID)
	// Output: true license L-00042
}

func ExampleFieldError() {
	_, err := vendorWith(1).Assign(ctx, vendor, lifecycle.Assign{License: 1})
	var refused *lifecycle.FieldError
	fmt.Println(errors.As(err, &refused), refused.Field, "-", refused.Rule)
	// Output: true users - at least one is named
}

func ExampleExistsError() {
	m := vendorWith(1)
	err := m.PublishVersion(ctx, vendor, lifecycle.PublishVersion{Version: pkgversion.PackageVersion{ID: v1, Package: rocket, Version: pkgversion.MustVersion("1.1")}})
	var exists *lifecycle.ExistsError
	fmt.Println(errors.As(err, &exists), exists.Kind, "-", exists.Rule)
	// Output: true package version - a version never changes
}

func ExampleStaleError() {
	m := vendorWith(1)
	r, _ := m.Package(ctx, vendor, rocket)
	r.TrialAgain = true
	m.ChangePackage(ctx, vendor, r)
	r.TrialAgain, r.Policy.GraceDays = false, 3 // from a copy that is old by now
	_, err := m.ChangePackage(ctx, vendor, r)
	var stale *lifecycle.StaleError
	fmt.Println(errors.As(err, &stale), stale.Read, stale.Current)
	// Output: true 1 2
}

func ExampleNotAssignableError() {
	m := vendorWith(1)
	l, _ := m.License(ctx, vendor, 1)
	terms := l.Terms
	terms.Status = license.Suspended
	m.Modify(ctx, vendor, lifecycle.Modify{License: 1, Terms: terms, Revision: l.Revision})
	_, err := m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ann")})
	var refused *lifecycle.NotAssignableError
	fmt.Println(errors.As(err, &refused), err)
	// Output: true lifecycle: L-00001 is Suspended: new seats are not assigned
}

func ExampleUnreachableOrgError() {
	m := vendorWith(1)
	locked := umbra
	locked.Status = license.OrgLocked
	m.Notify(ctx, vendor, lifecycle.OrgChanged{Notice: lifecycle.Notice{At: noon.AddDate(0, 0, 1), Org: locked}})
	l, _ := m.License(ctx, vendor, 1)
	terms := l.Terms
	terms.Seats = license.Site()
	_, err := m.Modify(ctx, vendor, lifecycle.Modify{License: 1, Terms: terms, Revision: l.Revision})
	var unreachable *lifecycle.UnreachableOrgError
	fmt.Println(errors.As(err, &unreachable), unreachable.Status)
	// Output: true Locked
}

func ExampleUpgradeError() {
	m := vendorWith(1)
	beta := pkgversion.PackageVersion{ID: pkgversion.MustVersionID("beta"), Package: rocket, Version: pkgversion.NewVersion(2, 0, 0, 0).Beta(1)}
	check(m.PublishVersion(ctx, vendor, lifecycle.PublishVersion{Version: beta}))
	_, err := m.Upgrade(ctx, vendor, lifecycle.Upgrade{License: 1, Version: beta.ID})
	var refused *lifecycle.UpgradeError
	fmt.Println(errors.As(err, &refused), refused.Rule)
	// Output: true a beta is installed in sandboxes and trial orgs only
}

// A clock that jumps ahead is not believed until somebody vouches for it.
func ExampleClockError() {
	now := noon
	m, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Now: func() time.Time { return now }})
	check(err)
	owner := lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("olga")}}
	check(m.RecordOwner(ctx, vendor, owner))
	now, owner.Owner.Active = now.AddDate(10, 0, 0), true
	err = m.RecordOwner(ctx, vendor, owner)
	var clock *lifecycle.ClockError
	fmt.Println(errors.As(err, &clock), clock.Now.Year(), "after", clock.Highest.Year())
	check(m.ConfirmClock(ctx, vendor))
	fmt.Println(m.RecordOwner(ctx, vendor, owner))
	// Output:
	// true 2036 after 2026
	// <nil>
}

// forgetful is a store that loses the answer to its next commit.
type forgetful struct {
	lifecycle.Store
	lose bool
}

func (s *forgetful) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	err := s.Store.Update(ctx, f)
	if err == nil && s.lose {
		s.lose = false
		return &lifecycle.OutcomeUnknownError{Err: errors.New("connection reset")}
	}
	return err
}

// When the outcome is unknown, ask again: what holds already changes nothing.
func ExampleOutcomeUnknownError() {
	store := &forgetful{Store: &lifecycle.MemStore{}}
	m, err := lifecycle.New(lifecycle.Config{Store: store})
	check(err)
	r := lifecycle.Registration{Package: pkgversion.Package{ID: rocket}}
	store.lose = true
	_, err = m.RegisterPackage(ctx, vendor, r)
	var unknown *lifecycle.OutcomeUnknownError
	for errors.As(err, &unknown) {
		fmt.Println(err)
		r, err = m.RegisterPackage(ctx, vendor, r)
	}
	fmt.Println("revision", r.Revision, err)
	// Output:
	// lifecycle: outcome unknown, ask again: connection reset
	// revision 1 <nil>
}

// A store is built anew from the events of another.
func ExampleReplay() {
	var old, rebuilt lifecycle.MemStore
	manager, err := lifecycle.New(lifecycle.Config{Store: &old})
	if err != nil {
		panic(err)
	}
	ctx, actor := context.Background(), lifecycle.Actor{Vendor: pkgversion.MustVendorID("brindlemoor"), ID: lifecycle.MustActorID("ada")}
	if _, err := manager.RegisterPackage(ctx, actor, lifecycle.Registration{Package: pkgversion.Package{ID: pkgversion.MustPackageID("tracker"), Name: "Tracker"}}); err != nil {
		panic(err)
	}
	events := manager.Events(ctx, actor, 0)
	if err := lifecycle.Replay(ctx, &rebuilt, events); err != nil {
		panic(err)
	}
	copied, err := lifecycle.New(lifecycle.Config{Store: &rebuilt})
	if err != nil {
		panic(err)
	}
	registered, err := copied.Package(ctx, actor, pkgversion.MustPackageID("tracker"))
	fmt.Println(registered.Package.Name, err)

	// An event that does not follow on what the store has is refused.
	err = lifecycle.Replay(ctx, &rebuilt, func(yield func(lifecycle.Event, error) bool) {
		for e := range events {
			e.Why = "forged"
			yield(e, nil)
		}
	})
	var wrong *lifecycle.ReplayError
	fmt.Println(errors.As(err, &wrong), wrong.Event.Stream.Kind, wrong.Event.Position)
	// Output:
	// Tracker <nil>
	// true package 1
}

// After a crash, a restored backup or an edit by hand, a store is held to its own events.
func ExampleVerify() {
	var store lifecycle.MemStore
	manager, err := lifecycle.New(lifecycle.Config{Store: &store})
	if err != nil {
		panic(err)
	}
	ctx, actor := context.Background(), lifecycle.Actor{Vendor: pkgversion.MustVendorID("brindlemoor"), ID: lifecycle.MustActorID("ada")}
	tracker := pkgversion.MustPackageID("tracker")
	registered, err := manager.RegisterPackage(ctx, actor, lifecycle.Registration{Package: pkgversion.Package{ID: tracker, Name: "Tracker"}})
	if err != nil {
		panic(err)
	}
	// Somebody writes past the library.
	registered.Policy.GraceDays = 300
	err = store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		return tx.Write(ctx, actor.Vendor, lifecycle.PutPackage{Registration: registered, IfRevision: registered.Revision})
	})
	if err != nil {
		panic(err)
	}
	var findings []lifecycle.Contradiction
	findings, err = lifecycle.Verify(ctx, &store, actor.Vendor)
	for _, f := range findings {
		fmt.Println(f)
	}
	fmt.Println(err)
	// Output:
	// E2: package "tracker": a lifecycle.Registration is not what its events say, Policy.GraceDays
	// <nil>
}

// What a change of terms changed, field by field.
func ExampleDiff() {
	before := license.Terms{Status: license.Trial, Seats: license.MustSeats(5), Expiration: license.LastDay(license.MustDate("2026-06-30"))}
	after := license.Terms{Status: license.Active, Seats: license.MustSeats(8), Expiration: license.LastDay(license.MustDate("2026-06-30"))}
	var changed []lifecycle.Difference = lifecycle.Diff(before, after)
	for _, d := range changed {
		fmt.Println(d)
	}
	// Output:
	// Status: Trial → Active
	// Seats: 5 → 8
}
