package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// The world of these tests: one package with trials, one with seats.
var (
	vendorA = lifecycle.Actor{Vendor: pkgversion.MustVendorID("vendor-a"), ID: lifecycle.MustActorID("ada")}
	vendorB = lifecycle.Actor{Vendor: pkgversion.MustVendorID("vendor-b"), ID: lifecycle.MustActorID("bob")}

	trialPackage = pkgversion.MustPackageID("with-trial")
	seatPackage  = pkgversion.MustPackageID("with-seats")

	org1    = license.Org{ID: pkgversion.MustOrgID("org-1"), Name: "Acme", Status: license.OrgActive}
	org2    = license.Org{ID: pkgversion.MustOrgID("org-2"), Name: "Globex", Status: license.OrgActive}
	sandbox = license.Org{ID: pkgversion.MustOrgID("org-1-sandbox"), Name: "Acme", Sandbox: true, Production: org1.ID, Status: license.OrgActive}

	jane = lead.Person{FirstName: "Jane", LastName: "Doe", Company: "Acme", Email: "jane@acme.example", Phone: "555-0100"}
	joe  = lead.Person{FirstName: "Joe", LastName: "Bloggs", Company: "Globex", Email: "joe@globex.example"}

	epoch = time.Date(2026, 1, 10, 12, 0, 0, 123456000, time.UTC)
)

const trialDays = 30

// published are the versions of both packages.
var published = []pkgversion.Version{
	pkgversion.NewVersion(1, 9, 0, 0), pkgversion.NewVersion(1, 10, 0, 0), pkgversion.NewVersion(2, 0, 0, 0), pkgversion.NewVersion(3, 0, 0, 0).Beta(1),
}

func versionID(pkg pkgversion.PackageID, v pkgversion.Version) pkgversion.VersionID {
	return pkgversion.MustVersionID(pkg.String() + "-" + v.String())
}

func installation(n int) license.InstallationID {
	return license.MustInstallationID(fmt.Sprintf("installation-%d", n))
}

func user(n int) seats.UserID { return seats.MustUserID(fmt.Sprintf("user-%03d", n)) }

func users(ns ...int) (all []seats.UserID) {
	for _, n := range ns {
		all = append(all, user(n))
	}
	return all
}

// world is a Manager on a store, with a clock that stands still unless it is set.
type world struct {
	rapid.TB
	*lifecycle.Manager
	store lifecycle.Store
	clock time.Time
	a     lifecycle.Actor
	down  bool // the rule that matches leads fails
}

// flaky is the simplest rule, and fails when it is told to.
type flaky struct {
	lead.ExactEmail
	down *bool
}

var errDown = errors.New("not loaded for jane@acme.example")

func (f flaky) Err(lead.Person) error {
	if *f.down {
		return errDown
	}
	return nil
}

// newWorld returns a world with nothing in it.
func newWorld(t rapid.TB, store lifecycle.Store, set ...func(*lifecycle.Config)) *world {
	w := &world{TB: t, store: store, clock: epoch, a: vendorA}
	c := lifecycle.Config{Store: store, Now: func() time.Time { return w.clock }, Rules: lifecycle.Rules{Leads: flaky{down: &w.down}}}
	for _, f := range set {
		f(&c)
	}
	m, err := lifecycle.New(c)
	if err != nil {
		t.Fatalf("New = %v", err)
	}
	w.Manager = m
	return w
}

func registrations() []lifecycle.Registration {
	return []lifecycle.Registration{
		{Package: pkgversion.Package{ID: trialPackage, Name: "Trial", Namespace: "ns"},
			Defaults: license.Defaults{Status: license.Trial, Days: trialDays, Seats: license.MustSeats(2)}, FreeSeats: true},
		{Package: pkgversion.Package{ID: seatPackage, Name: "Seats", Namespace: "ns"},
			Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(3)}, Policy: license.Policy{GraceDays: 5}},
	}
}

// stock registers both packages and publishes their versions.
func (w *world) stock() *world {
	w.Helper()
	for _, r := range registrations() {
		w.must(lifecycle.RegisterPackage{Registration: r})
		for _, v := range published {
			w.must(lifecycle.PublishVersion{Version: pkgversion.PackageVersion{ID: versionID(r.Package.ID, v), Package: r.Package.ID, Version: v}})
		}
	}
	return w
}

// installed tells of installation n, now.
func (w *world) installed(n int, org license.Org, pkg pkgversion.PackageID, who lead.Person) lifecycle.Installed {
	return lifecycle.Installed{
		Notice: lifecycle.Notice{At: w.clock, Org: org}, Installation: installation(n),
		Package: pkg, Version: versionID(pkg, published[0]), Installer: who,
	}
}

// seen is what installation n's org has now: what it was installed with, and two
// seats in use.
func (w *world) seen(n int, org license.Org, pkg pkgversion.PackageID) lifecycle.Observation {
	return lifecycle.Observation{
		Installation: lifecycle.Installation{ID: installation(n), Org: org.ID, Package: pkg}, InOrg: org,
		InstalledAt: epoch, Version: versionID(pkg, published[0]), Installer: joe,
		Values: license.Observed{Status: license.SubscriberActive, Seats: license.MustSeats(4), HasSeats: true, Expiration: license.Never(),
			Used: 2, HasUsed: true, AsOf: w.clock},
	}
}

func (w *world) uninstalled(n int, org license.Org, pkg pkgversion.PackageID) lifecycle.Uninstalled {
	return lifecycle.Uninstalled{Notice: lifecycle.Notice{At: w.clock, Org: org}, Installation: installation(n), Package: pkg}
}

// install is installed, carried out.
func (w *world) install(n int, org license.Org, pkg pkgversion.PackageID, who lead.Person) license.License {
	w.Helper()
	l, err := w.Notify(context.Background(), w.a, w.installed(n, org, pkg, who))
	if err != nil {
		w.Fatalf("Notify = %v, want a license", err)
	}
	return l
}

// live makes a world in which everything has happened: the licenses are
//
//	L-00001 installation 1, org 1, with seats, two held; Jane's lead
//	L-00002 installation 2, org 1, trial; Jane is pending
//	L-00003 installation 3, org 1, with seats, the second there
//	L-00004 installation 4, sandbox of org 1, with seats
//	L-00005 installation 5, org 2, with seats, uninstalled; Joe's lead; the org is deleted
//	L-00006 permission-set license, org 1, with seats: one, held by user 9
//
// Of L-00002 user 5 holds a seat, and user 6 held one until they were deactivated.
func (w *world) live() *world {
	w.Helper()
	w.stock()
	w.must(lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("owner-1"), Name: "Olga", Active: true}})
	w.must(lifecycle.SetLeadManager{Package: seatPackage, Manager: lead.MustOwnerID("owner-1")})
	w.must(lifecycle.ImportAccount{Account: lead.Account{ID: lead.MustAccountID("account-0"), Name: "Initech", CreatedAt: epoch}})
	w.must(lifecycle.ImportContact{Contact: lead.Contact{ID: lead.MustContactID("contact-0"), Account: lead.MustAccountID("account-0"),
		Person: lead.Person{LastName: "Lumbergh", Email: "bill@initech.example"}, CreatedAt: epoch}})
	w.install(1, org1, seatPackage, jane)
	w.down = true
	w.install(2, org1, trialPackage, jane)
	w.down = false
	w.install(3, org1, seatPackage, jane)
	w.install(4, sandbox, seatPackage, jane)
	w.install(5, org2, seatPackage, joe)
	for _, p := range parameters() {
		w.must(lifecycle.DefineParameter{Parameter: p})
	}
	w.must(lifecycle.Assign{License: 1, Users: users(1, 2)})
	w.must(lifecycle.Assign{License: 2, Users: users(5, 6)})
	w.must(lifecycle.DeactivateUser{License: 2, User: user(6)})
	w.must(w.uninstalled(5, org2, seatPackage))
	w.must(lifecycle.AddPermissionSet{Installation: installation(60), Org: org1.ID, Package: seatPackage, PermissionSet: "Plus", Terms: active(1)})
	w.must(lifecycle.Assign{License: 6, Users: users(9)})
	deleted := org2
	deleted.Status = license.OrgDeleted
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock.Add(1000), Org: deleted}})
	w.clock = w.clock.Add(time.Hour)
	return w
}

func active(count int) license.Terms {
	return license.Terms{Status: license.Active, Seats: license.MustSeats(count), Expiration: license.Never()}
}

// everyCommand returns commands that each change a world that is live: at least
// one of each type that there is.
func (w *world) everyCommand() []lifecycle.Command {
	w.Helper()
	l1, l2 := w.license(1), w.license(2)
	terms := l1.Terms
	terms.Seats = license.MustSeats(1)
	other := lifecycle.Registration{Package: pkgversion.Package{ID: pkgversion.MustPackageID("other")}}
	changed := w.registration(seatPackage)
	changed.Policy.GraceDays = 9
	imported := l2
	imported.ID, imported.Installation, imported.Org = 9, installation(9), org2.ID
	over := l2
	over.Terms.Seats = license.MustSeats(7)
	notice := func(org license.Org) lifecycle.Notice {
		return lifecycle.Notice{ID: lifecycle.MustNotificationID("n-1"), At: w.clock, Org: org}
	}
	locked := org1
	locked.Status = license.OrgLocked
	contactKnown := w.installed(7, org2, seatPackage, lead.Person{LastName: "Lumbergh", Email: "BILL@initech.example"})
	badPerson := w.installed(8, org2, seatPackage, lead.Person{LastName: "Bad\x00\xff", Email: "bad@bad.example"})
	gone := w.seen(3, org1, seatPackage)
	gone.Gone = true
	set := w.license(6)
	set.ID, set.Installation, set.Org = 10, installation(71), org2.ID
	reclaimed := lifecycle.Reclaim{Move: reclaim.Move{Target: reclaim.Target{License: 1, User: user(1)}, From: reclaim.Active, To: reclaim.FirstWarning, At: w.clock, AssignedAt: epoch, Revision: epoch.UnixMicro()}}
	return []lifecycle.Command{
		lifecycle.RegisterPackage{Registration: other},
		lifecycle.ReleasePackage{Package: trialPackage},
		lifecycle.AddPermissionSet{Installation: installation(70), Org: sandbox.ID, Package: seatPackage, PermissionSet: "Plus", Terms: active(2), Why: "an offer"},
		lifecycle.ChangePackage{Registration: changed},
		lifecycle.SetLeadManager{Package: trialPackage, Manager: lead.MustOwnerID("owner-1")},
		lifecycle.PublishVersion{Version: pkgversion.PackageVersion{ID: pkgversion.MustVersionID("v-4"), Package: seatPackage, Version: pkgversion.MustVersion("4.0")}},
		w.installed(6, org2, seatPackage, lead.Person{LastName: "New", Email: "new@new.example"}),
		w.installed(6, org1, trialPackage, jane),
		w.installed(6, sandbox, trialPackage, jane),
		contactKnown, badPerson,
		lifecycle.Upgraded{Notice: notice(org1), Installation: installation(1), Package: seatPackage, Version: versionID(seatPackage, published[1])},
		lifecycle.Uninstalled{Notice: notice(org1), Installation: installation(1), Package: seatPackage},
		lifecycle.OrgChanged{Notice: notice(locked)},
		lifecycle.InstallAborted{Notice: notice(org1), Package: seatPackage, Reason: "cancelled"},
		lifecycle.Observe{Observation: w.seen(1, org1, seatPackage)},
		lifecycle.Observe{Observation: w.seen(6, sandbox, trialPackage), Pushed: 1},
		lifecycle.Observe{Observation: gone},
		lifecycle.Upgrade{License: 1, Version: versionID(seatPackage, published[2])},
		lifecycle.Modify{License: 1, Terms: terms, Revision: l1.Revision, Why: "fewer"},
		lifecycle.ConvertLead{Lead: l1.Lead, Contact: lead.Contact{ID: lead.MustContactID("contact-1")}, Account: lead.Account{ID: lead.MustAccountID("account-1")}},
		lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("owner-2"), Active: true}},
		lifecycle.RetryLead{License: 2},
		lifecycle.Retire{License: 5, Why: "gone"},
		lifecycle.DefineParameter{Parameter: license.Parameter{Package: trialPackage, Name: maxRockets, Type: license.Boolean,
			Direction: license.ToVendor, Default: license.BooleanValue(false)}},
		lifecycle.SetParameter{License: 1, Name: maxRockets, Value: integer(5), Why: "an offer"},
		lifecycle.ReportParameter{License: 1, Name: maxRockets, Value: integer(3), At: w.clock},
		lifecycle.Assign{License: 1, Users: users(3)},
		lifecycle.Assign{License: 4, Users: users(1, 2, 3, 4), AsFit: true},
		lifecycle.Revoke{License: 1, Users: users(1, 2)},
		lifecycle.Transfer{License: 1, From: user(1), To: user(3)},
		lifecycle.Move{User: user(1), From: 1, To: 3},
		lifecycle.DeactivateUser{License: 2, User: user(5)},
		lifecycle.ReactivateUser{License: 2, User: user(6)},
		reclaimed,
		lifecycle.ImportLicense{License: imported, Org: org2, AsOf: w.clock},
		lifecycle.ImportLicense{License: over, Org: org1, AsOf: w.clock},
		lifecycle.ImportLicense{License: set, Org: org2, AsOf: w.clock},
		lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("lead-9"), Person: joe, Source: "Web"}},
		lifecycle.ImportContact{Contact: lead.Contact{ID: lead.MustContactID("contact-9"), Person: joe}},
		lifecycle.ImportAccount{Account: lead.Account{ID: lead.MustAccountID("account-9"), Name: "Globex"}},
		lifecycle.ImportSeat{Installation: installation(1), User: user(9), AssignedAt: epoch, AssignedBy: "them"},
	}
}

// run carries out any command as a caller would.
func (w *world) run(c lifecycle.Command) error {
	ctx, m := context.Background(), w.Manager
	var err error
	switch c := c.(type) {
	case lifecycle.RegisterPackage:
		_, err = m.RegisterPackage(ctx, w.a, c.Registration)
	case lifecycle.ChangePackage:
		_, err = m.ChangePackage(ctx, w.a, c.Registration)
	case lifecycle.SetLeadManager:
		err = m.SetLeadManager(ctx, w.a, c)
	case lifecycle.ReleasePackage:
		err = m.ReleasePackage(ctx, w.a, c)
	case lifecycle.Observe:
		_, err = m.Observe(ctx, w.a, c)
	case lifecycle.PublishVersion:
		err = m.PublishVersion(ctx, w.a, c)
	case lifecycle.RecordOwner:
		err = m.RecordOwner(ctx, w.a, c)
	case lifecycle.Installed:
		_, err = m.Install(ctx, w.a, c)
	case lifecycle.Uninstalled:
		_, err = m.Uninstall(ctx, w.a, c)
	case lifecycle.Notification:
		_, err = m.Notify(ctx, w.a, c)
	case lifecycle.AddPermissionSet:
		_, err = m.AddPermissionSet(ctx, w.a, c)
	case lifecycle.Reclaim:
		_, err = m.ApplyPlan(ctx, w.a, slices.Values([]reclaim.Move{c.Move}), func(seats.UserID) lifecycle.Person { return c.Person })
	case lifecycle.Retire:
		_, err = m.Retire(ctx, w.a, c)
	case lifecycle.DefineParameter:
		err = m.DefineParameter(ctx, w.a, c)
	case lifecycle.SetParameter:
		err = m.SetParameter(ctx, w.a, c)
	case lifecycle.ReportParameter:
		err = m.ReportParameter(ctx, w.a, c)
	case lifecycle.Upgrade:
		_, err = m.Upgrade(ctx, w.a, c)
	case lifecycle.Modify:
		_, err = m.Modify(ctx, w.a, c)
	case lifecycle.ConvertLead:
		err = m.ConvertLead(ctx, w.a, c)
	case lifecycle.Assign:
		_, err = m.Assign(ctx, w.a, c)
	case lifecycle.Revoke:
		_, err = m.Revoke(ctx, w.a, c)
	case lifecycle.DeactivateUser:
		_, err = m.DeactivateUser(ctx, w.a, c)
	case lifecycle.ReactivateUser:
		_, err = m.ReactivateUser(ctx, w.a, c)
	case lifecycle.Transfer:
		_, err = m.Transfer(ctx, w.a, c)
	case lifecycle.Move:
		_, err = m.Move(ctx, w.a, c)
	default:
		_, err = m.Import(ctx, w.a, rows(c), lifecycle.AllRows)
	}
	return err
}

func rows(commands ...lifecycle.Command) func(func(lifecycle.Row, error) bool) {
	return func(yield func(lifecycle.Row, error) bool) {
		for i, c := range commands {
			if !yield(lifecycle.Row{Command: c, Where: fmt.Sprintf("rows.csv:%d", i+2)}, nil) {
				return
			}
		}
	}
}

// must is run that must succeed.
func (w *world) must(c lifecycle.Command) {
	w.Helper()
	if err := w.run(c); err != nil {
		w.Fatalf("%s = %v, want no error", brief(c), err)
	}
}

// refused is run that must fail with an E and change nothing. It returns the error.
func refused[E error](w *world, c lifecycle.Command) E {
	w.Helper()
	before := w.dump()
	err := w.run(c)
	want, ok := errors.AsType[E](err)
	if !ok {
		w.Fatalf("%s = %v, want a %T", brief(c), err, want)
	}
	w.unchanged(before, brief(c)+", which was refused,")
	return want
}

func brief(c lifecycle.Command) string {
	text := fmt.Sprintf("%T%+v", c, c)
	return strings.TrimPrefix(text[:min(len(text), 400)], "lifecycle.")
}

func (w *world) license(id license.ID) license.License {
	w.Helper()
	l, err := w.License(context.Background(), w.a, id)
	if err != nil {
		w.Fatalf("License(%v) = %v", id, err)
	}
	return l
}

func (w *world) registration(id pkgversion.PackageID) lifecycle.Registration {
	w.Helper()
	r, err := w.Package(context.Background(), w.a, id)
	if err != nil {
		w.Fatalf("Package(%v) = %v", id, err)
	}
	return r
}

func (w *world) lead(id lead.ID) lead.Lead {
	w.Helper()
	l, err := w.Lead(context.Background(), w.a, id)
	if err != nil {
		w.Fatalf("Lead(%v) = %v", id, err)
	}
	return l
}

// events returns all events, in the order of the feed.
func (w *world) events() []lifecycle.Event {
	w.Helper()
	return collect(w, w.Events(context.Background(), w.a, 0))
}

func collect[T any](w *world, seq func(func(T, error) bool)) (all []T) {
	w.Helper()
	all, err := collected(seq)
	if err != nil {
		w.Fatalf("listing failed: %v", err)
	}
	return all
}

// collected returns what a listing yields, until its first error.
func collected[T any](seq func(func(T, error) bool)) (all []T, err error) {
	for item, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, item)
	}
	return all, nil
}

// dump returns everything that the store has of the world's vendor, a line each.
func (w *world) dump() []string {
	w.Helper()
	return dump(w, w.store, w.a.Vendor)
}

func (w *world) unchanged(before []string, what string) {
	w.Helper()
	if diff := cmp.Diff(before, w.dump()); diff != "" {
		w.Fatalf("%s changed the store (-before +after):\n%s", what, diff)
	}
}

// dump reads everything of a vendor through a Reader. The ids of what cannot be
// listed come from the events.
func dump(t rapid.TB, store lifecycle.Store, vendor pkgversion.VendorID) (lines []string) {
	t.Helper()
	const all = 1 << 20
	err := store.View(context.Background(), func(ctx context.Context, r lifecycle.Reader) error {
		var failed error
		add := func(what string, record any, err error) {
			lines, failed = append(lines, fmt.Sprintf("%s %+v", what, record)), errors.Join(failed, err)
		}
		clock, err := r.Clock(ctx, vendor)
		add("clock", clock, err)
		packages, err := r.Packages(ctx, vendor)
		failed = errors.Join(failed, err)
		for _, p := range packages {
			add("package", p, nil)
			versions, err := r.Versions(ctx, vendor, p.Package.ID)
			add("versions", versions, err)
			parameters, err := r.Parameters(ctx, vendor, p.Package.ID)
			add("parameters", parameters, err)
			refresh, err := r.Refresh(ctx, vendor, p.Package.ID)
			add("refresh", refresh, err)
			left, err := r.Left(ctx, vendor, p.Package.ID, license.InstallationID{}, all)
			add("left", left, err)
		}
		licenses, err := r.Licenses(ctx, vendor, lifecycle.LicenseQuery{Retired: lifecycle.AndRetired}, all)
		failed = errors.Join(failed, err)
		for _, l := range licenses {
			add("license", l, nil)
			facts, err := r.Facts(ctx, vendor, l.Installation)
			add("facts", facts, err)
			sides, err := r.Sides(ctx, vendor, l.ID)
			add("sides", sides, err)
			of, err := r.LicenseOf(ctx, vendor, l.Installation)
			add("license of", of.ID, err)
			holders, err := r.Holders(ctx, vendor, l.ID, seats.UserID{}, all)
			add("holders", holders, err)
			values, err := r.ParameterValues(ctx, vendor, l.ID)
			add("values", values, err)
			for n := range 12 {
				history, err := r.SeatHistory(ctx, vendor, l.ID, user(n))
				add("seats", history, err)
			}
		}
		pending, err := r.PendingLeads(ctx, vendor, 0, all)
		add("pending", pending, err)
		leads, err := r.Leads(ctx, vendor, lifecycle.LeadQuery{}, all)
		failed = errors.Join(failed, err)
		for _, l := range leads {
			add("lead", l, nil)
		}
		for _, p := range []lead.Person{jane, joe, {Email: "bill@initech.example"}, {Email: "new@new.example"}} {
			found, n, err := r.LeadsUnder(ctx, vendor, lead.ExactEmail{}.Keys(p), all)
			add("leads under", []any{n, found}, err)
			contacts, n, err := r.ContactsUnder(ctx, vendor, lead.ExactEmail{}.Keys(p), all)
			add("contacts under", []any{n, contacts}, err)
		}
		for _, name := range []string{"a", "b"} {
			cursor, err := r.Cursor(ctx, vendor, name)
			add("cursor", cursor, err)
		}
		events, err := r.Feed(ctx, vendor, 0, all)
		failed = errors.Join(failed, err)
		for _, e := range events {
			add("event", e, nil)
			for _, record := range named(ctx, r, vendor, e.Change) {
				add("named", record, nil)
			}
		}
		return failed
	})
	if err != nil {
		t.Fatalf("View = %v", err)
	}
	return lines
}

// named reads the records that a change names and that no listing has.
func named(ctx context.Context, r lifecycle.Reader, vendor pkgversion.VendorID, c lifecycle.Change) (found []any) {
	add := func(record any, err error) { found = append(found, record, err) }
	switch c := c.(type) {
	case lifecycle.OrgSeen:
		add(r.Org(ctx, vendor, c.After.ID))
	case lifecycle.Told:
		add(r.Fingerprint(ctx, vendor, c.Notice))
		for _, f := range c.Facts {
			add(r.Facts(ctx, vendor, f.Installation))
		}
	case lifecycle.ContactSaved:
		add(r.Contact(ctx, vendor, c.Contact.ID))
	case lifecycle.AccountSaved:
		add(r.Account(ctx, vendor, c.Account.ID))
	case lifecycle.OwnerSaved:
		add(r.Owner(ctx, vendor, c.Owner.ID))
	}
	return found
}

func isFieldError(err error) bool {
	_, ok := errors.AsType[*lifecycle.FieldError](err)
	return ok
}
