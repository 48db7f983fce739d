package drivertest

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// lmaFolder holds the exports of a made-up vendor, and expected.json, what a reader
// of them must arrive at.
const lmaFolder = "../../lifecycle/sfdata/testdata/lma"

// expected is the part of expected.json that is tested here.
type expected struct {
	AsOf     license.Date
	Packages []struct {
		PackageID pkgversion.PackageID
		Namespace string
		Defaults  struct {
			Status           license.Status
			ExpiresAfterDays int
			Seats            any
		}
	}
	Licenses struct {
		Rows                int
		ByStoredStatus      map[string]int
		ByDisplayedStatusOn []struct {
			Day    license.Date
			Counts map[string]int
		}
		ByPackageAndDisplayedStatus map[string]int
		InstalledByVersionNumber    map[string]int
		ExpirationPassed            int
		Perpetual                   struct{ Total int }
		Site                        int
		SeatCounts                  struct{ Rows, ZeroSeats, Seats99000000 int }
		Seats                       struct{ LicensedAllRows, LicensedNotUninstalled, Used, Remaining int }
		OverAllocated               struct{ Rows, NegativeRemaining int }
		UsedBlank                   struct{ SiteNotUninstalled, Uninstalled int }
		ExpiringWithin              map[string]int
		ExpiringOnDay               map[string]int
	}
	Sandboxes struct{ Licenses, Orgs, ParentKnown, LinkedToProduction, LinkedToInstalled int }
	Orgs      struct {
		WithLicense, WithSeveralPackages int
		LicensesByOrgStatusAsWritten     map[string]int
	}
	Groups struct{ OrgPackage, CustomerPackage []group }
	Leads  struct {
		Rows, Open, Converted, EmailEmpty, LicensesWithLead, LicensesWithNeither int
		BySourcePrefix                                                           map[string]int
		ByOwner                                                                  map[string]int
	}
	DuplicateLeads struct {
		ByEmail struct{ Groups, Leads, Largest int }
	}
	Seats  struct{ Assignments, LicensesWithAssignments int }
	Replay struct {
		Covered []struct {
			License         license.ID
			TermsComparable bool
		}
	}
}

type group struct {
	Org      pkgversion.OrgID
	Package  string
	Licenses []license.ID
	Primary  license.ID
}

func readExpected(t *testing.T) (e expected) {
	t.Helper()
	text, err := os.ReadFile(lmaFolder + "/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// register completes registrations with the defaults that expected.json gives. The
// made-up vendor gives a reinstalling org a new trial.
func (e expected) register(r lifecycle.Registration) lifecycle.Registration {
	for _, p := range e.Packages {
		if p.PackageID != r.Package.ID {
			continue
		}
		r.Package.Namespace = p.Namespace
		r.Defaults = license.Defaults{Status: p.Defaults.Status, Days: p.Defaults.ExpiresAfterDays, Seats: license.Site()}
		if n, counted := p.Defaults.Seats.(float64); counted {
			r.Defaults.Seats = license.MustSeats(int(n))
		}
	}
	r.TrialAgain = true
	return r
}

var brindlemoor = lifecycle.Actor{Vendor: pkgversion.MustVendorID("00D3k000008OzZsEAK"), ID: lifecycle.MustActorID("import")}

// exported is the instant at which the exports were taken.
var exported = time.Date(2026, 6, 30, 18, 5, 0, 0, time.UTC)

// onStores runs test as a subtest on every store there is.
func onStores(t *testing.T, test func(t *testing.T, m *lifecycle.Manager)) {
	run := func(t *testing.T, store lifecycle.Store) {
		m, err := lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { return exported }})
		if err != nil {
			t.Fatal(err)
		}
		test(t, m)
	}
	t.Run("memory", func(t *testing.T) { run(t, &lifecycle.MemStore{}) })
	onSQLite(t, func(t *testing.T, driver string) { run(t, newStore(t, driver)) })
}

func importFiles(t *testing.T, m *lifecycle.Manager, im sfdata.Import) lifecycle.ImportReport {
	t.Helper()
	report, err := m.Import(t.Context(), brindlemoor, im.Rows(), lifecycle.AllRows)
	if err != nil {
		t.Fatalf("Import = %v, %v", report.Refused, err)
	}
	return report
}

func vendorFiles(e expected) sfdata.Import {
	dir := os.DirFS(lmaFolder)
	return sfdata.Import{
		Owners: sfdata.FileIn(dir, "users.csv"), Packages: sfdata.FileIn(dir, "packages.csv"), Versions: sfdata.FileIn(dir, "package_versions.csv"),
		Subscribers: sfdata.FileIn(dir, "package_subscribers.csv"), Accounts: sfdata.FileIn(dir, "accounts.csv"),
		Contacts: sfdata.FileIn(dir, "contacts.csv"), Leads: sfdata.FileIn(dir, "leads.csv"), Licenses: sfdata.FileIn(dir, "licenses.csv"),
		Seats: sfdata.FileIn(dir, "user_package_licenses.csv"), Register: e.register,
	}
}

// Importing the exports gives the figures of expected.json; importing them again
// changes nothing (X3).
func TestImportOfExports(t *testing.T) {
	e := readExpected(t)
	onStores(t, func(t *testing.T, m *lifecycle.Manager) {
		importFiles(t, m, vendorFiles(e))
		if again := importFiles(t, m, vendorFiles(e)); again.Changed > 0 {
			t.Errorf("X3: importing the same files again changed %d rows", again.Changed)
		}
		all := collect(t, m.Licenses(t.Context(), brindlemoor, lifecycle.LicenseQuery{}))
		compareLicenses(t, m, e, all)
		compareExpiring(t, m, e)
		compareOrgs(t, m, e, all)
		compareGroups(t, m, e, all)
		compareLeads(t, m, e, all)
		compareSeats(t, m, e, all)
	})
}

func collect[T any](t *testing.T, seq iter.Seq2[T, error]) (all []T) {
	t.Helper()
	for item, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, item)
	}
	return all
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// tally counts what f calls each of items; "" is not counted.
func tally[T any](items []T, f func(T) string) map[string]int {
	counts := map[string]int{}
	for _, item := range items {
		if name := f(item); name != "" {
			counts[name]++
		}
	}
	return counts
}

func count[T any](items []T, f func(T) bool) (n int) {
	for _, item := range items {
		if f(item) {
			n++
		}
	}
	return n
}

func compareLicenses(t *testing.T, m *lifecycle.Manager, e expected, all []license.License) {
	want := e.Licenses
	same(t, "rows", len(all), want.Rows)
	same(t, "by stored status", tally(all, func(l license.License) string { return l.Terms.Status.String() }), want.ByStoredStatus)
	for _, on := range want.ByDisplayedStatusOn {
		got := map[string]int{}
		for _, status := range []license.Status{license.Trial, license.Active, license.Suspended, license.Uninstalled, license.Expired} {
			q := lifecycle.LicenseQuery{Status: status, Day: on.Day}
			if n := len(collect(t, m.Licenses(t.Context(), brindlemoor, q))); n > 0 {
				got[status.String()] = n
			}
		}
		same(t, "by displayed status on "+on.Day.String(), got, on.Counts)
	}
	names := packageNames(t, m)
	endOfDay := e.AsOf.Start().Add(24*time.Hour - time.Second)
	same(t, "by package and displayed status", tally(all, func(l license.License) string {
		return names[l.Package] + " / " + l.DisplayedStatus(endOfDay).String()
	}), want.ByPackageAndDisplayedStatus)
	same(t, "installed by version", tally(all, func(l license.License) string {
		if l.Terms.Status == license.Uninstalled {
			return ""
		}
		return names[l.Package] + " " + l.Number.Number()
	}), want.InstalledByVersionNumber)
	same(t, "expiration passed", count(all, func(l license.License) bool {
		last, ends := l.Terms.Expiration.LastDay()
		return ends && last.Before(e.AsOf)
	}), want.ExpirationPassed)
	same(t, "perpetual", count(all, func(l license.License) bool { return l.Terms.Expiration.IsNever() }), want.Perpetual.Total)
	same(t, "site", count(all, func(l license.License) bool { return l.Terms.Seats.IsSite() }), want.Site)
	compareSeatCounts(t, e, all)
}

func packageNames(t *testing.T, m *lifecycle.Manager) map[pkgversion.PackageID]string {
	t.Helper()
	all, err := m.Packages(t.Context(), brindlemoor)
	if err != nil {
		t.Fatal(err)
	}
	names := map[pkgversion.PackageID]string{}
	for _, r := range all {
		names[r.Package.ID] = r.Package.Name
	}
	return names
}

func compareSeatCounts(t *testing.T, e expected, all []license.License) {
	got := e.Licenses
	got.SeatCounts, got.Seats, got.OverAllocated, got.UsedBlank = struct{ Rows, ZeroSeats, Seats99000000 int }{},
		struct{ LicensedAllRows, LicensedNotUninstalled, Used, Remaining int }{}, struct{ Rows, NegativeRemaining int }{}, struct{ SiteNotUninstalled, Uninstalled int }{}
	for _, l := range all {
		n, counted := l.Terms.Seats.Count()
		gone := l.Terms.Status == license.Uninstalled
		switch {
		case gone && !l.Observed.HasUsed:
			got.UsedBlank.Uninstalled++
		case !counted && !l.Observed.HasUsed:
			got.UsedBlank.SiteNotUninstalled++
		}
		if !counted {
			continue
		}
		got.SeatCounts.Rows++
		got.Seats.LicensedAllRows += n
		got.SeatCounts.ZeroSeats += count([]int{n}, func(n int) bool { return n == 0 })
		got.SeatCounts.Seats99000000 += count([]int{n}, func(n int) bool { return n == license.MaxSeats })
		if gone {
			continue
		}
		got.Seats.LicensedNotUninstalled += n
		got.Seats.Used += l.Observed.Used
		got.Seats.Remaining += n - l.Observed.Used
		if l.Observed.Used > n {
			got.OverAllocated.Rows++
			got.OverAllocated.NegativeRemaining += n - l.Observed.Used
		}
	}
	same(t, "seats", got, e.Licenses)
}

func compareExpiring(t *testing.T, m *lifecycle.Manager, e expected) {
	within, onDay := map[string]int{}, map[string]int{}
	for days := range e.Licenses.ExpiringWithin {
		var n int
		fmt.Sscan(days, &n)
		last := e.AsOf.AddDays(n)
		for _, status := range []license.Status{license.Trial, license.Active} {
			q := lifecycle.LicenseQuery{Status: status, Day: e.AsOf, ExpiresFrom: e.AsOf, ExpiresThrough: last, Order: lifecycle.ByExpiration}
			for _, l := range collect(t, m.Licenses(t.Context(), brindlemoor, q)) {
				within[days]++
				if day, _ := l.Terms.Expiration.LastDay(); day == last {
					onDay[days]++
				}
			}
		}
	}
	same(t, "expiring within", within, e.Licenses.ExpiringWithin)
	same(t, "expiring on day", onDay, e.Licenses.ExpiringOnDay)
}

func compareOrgs(t *testing.T, m *lifecycle.Manager, e expected, all []license.License) {
	byOrg := map[pkgversion.OrgID]map[pkgversion.PackageID]bool{}
	byStatus := map[string]int{}
	sandboxes := map[pkgversion.OrgID]bool{}
	got := e.Sandboxes
	got.Licenses, got.Orgs, got.ParentKnown, got.LinkedToProduction, got.LinkedToInstalled = 0, 0, 0, 0, 0
	for _, l := range all {
		org, err := m.Org(t.Context(), brindlemoor, l.Org)
		if err != nil {
			t.Fatal(err)
		}
		byStatus[string(org.Status)]++
		if byOrg[l.Org] == nil {
			byOrg[l.Org] = map[pkgversion.PackageID]bool{}
		}
		byOrg[l.Org][l.Package] = true
		if !l.Sandbox {
			continue
		}
		got.Licenses++
		sandboxes[l.Org] = true
		if org.Production.IsZero() {
			continue
		}
		got.ParentKnown++
		of := collect(t, m.Licenses(t.Context(), brindlemoor, lifecycle.LicenseQuery{Org: org.Production, Package: l.Package}))
		if len(of) > 0 {
			got.LinkedToProduction++
		}
		if count(of, func(l license.License) bool { return l.Terms.Status != license.Uninstalled }) > 0 {
			got.LinkedToInstalled++
		}
	}
	got.Orgs = len(sandboxes)
	same(t, "sandboxes", got, e.Sandboxes)
	same(t, "orgs with a license", len(byOrg), e.Orgs.WithLicense)
	several := 0
	for _, packages := range byOrg {
		several += count([]int{len(packages)}, func(n int) bool { return n > 1 })
	}
	same(t, "orgs with several packages", several, e.Orgs.WithSeveralPackages)
	same(t, "licenses by org status", byStatus, e.Orgs.LicensesByOrgStatusAsWritten)
}

// compareGroups asks which of several licenses is primary, L6, FACTS 6 #8.
func compareGroups(t *testing.T, m *lifecycle.Manager, e expected, all []license.License) {
	names := packageNames(t, m)
	endOfDay := e.AsOf.Start().Add(24*time.Hour - time.Second)
	type key struct {
		org pkgversion.OrgID
		pkg string
	}
	byOrg, byCustomer := map[key][]license.License{}, map[key][]license.License{}
	for _, l := range all {
		k := key{l.Org, names[l.Package]}
		byOrg[k] = append(byOrg[k], l)
		org, err := m.Org(t.Context(), brindlemoor, l.Org)
		if err != nil {
			t.Fatal(err)
		}
		if !org.Production.IsZero() {
			k.org = org.Production
		}
		byCustomer[k] = append(byCustomer[k], l)
	}
	compare := func(what string, groups map[key][]license.License, want []group) {
		var got []group
		for k, members := range groups {
			if len(members) < 2 {
				continue
			}
			g := group{Org: k.org, Package: k.pkg}
			for _, l := range members {
				g.Licenses = append(g.Licenses, l.ID)
			}
			slices.Sort(g.Licenses)
			rand.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
			primary, _ := license.Primary(members, endOfDay)
			g.Primary = primary.ID
			got = append(got, g)
		}
		byFirst := func(a, b group) int { return int(a.Licenses[0] - b.Licenses[0]) }
		slices.SortFunc(got, byFirst)
		slices.SortFunc(want, byFirst)
		same(t, what, got, want)
	}
	compare("groups of org and package", byOrg, e.Groups.OrgPackage)
	compare("groups of customer and package", byCustomer, e.Groups.CustomerPackage)
}

func compareLeads(t *testing.T, m *lifecycle.Manager, e expected, all []license.License) {
	leads := func(q lifecycle.LeadQuery) []lead.Lead { return collect(t, m.Leads(t.Context(), brindlemoor, q)) }
	same(t, "leads", len(leads(lifecycle.LeadQuery{})), e.Leads.Rows)
	open := leads(lifecycle.LeadQuery{State: lifecycle.OpenLeads})
	same(t, "open leads", len(open), e.Leads.Open)
	same(t, "converted leads", len(leads(lifecycle.LeadQuery{State: lifecycle.ConvertedLeads})), e.Leads.Converted)
	for prefix, want := range e.Leads.BySourcePrefix {
		same(t, "leads from "+prefix, len(leads(lifecycle.LeadQuery{SourcePrefix: prefix})), want)
	}
	owners := map[string]int{}
	for _, l := range leads(lifecycle.LeadQuery{}) {
		owners[ownerName(t, m, l.Owner)]++
	}
	same(t, "leads by owner", owners, e.Leads.ByOwner)
	same(t, "licenses with a lead", count(all, func(l license.License) bool { return !l.Lead.IsZero() }), e.Leads.LicensesWithLead)
	same(t, "licenses with neither lead nor contact", count(all, func(l license.License) bool { return l.Lead.IsZero() && l.Contact.IsZero() }), e.Leads.LicensesWithNeither)

	byEmail := tally(open, func(l lead.Lead) string { return strings.ToLower(l.Person.Email) })
	got := e.DuplicateLeads.ByEmail
	got.Groups, got.Leads, got.Largest = 0, 0, 0
	for _, n := range byEmail {
		if n > 1 {
			got.Groups++
			got.Leads += n
			got.Largest = max(got.Largest, n)
		}
	}
	same(t, "duplicate leads by e-mail", got, e.DuplicateLeads.ByEmail)
}

func ownerName(t *testing.T, m *lifecycle.Manager, id lead.OwnerID) string {
	t.Helper()
	owner, err := m.Owner(t.Context(), brindlemoor, id)
	if err != nil {
		t.Fatal(err)
	}
	return owner.Name
}

func compareSeats(t *testing.T, m *lifecycle.Manager, e expected, all []license.License) {
	assignments, with := 0, 0
	for _, l := range all {
		holders := collect(t, m.Holders(t.Context(), brindlemoor, l.ID))
		same(t, "S2: holders of "+l.ID.String(), l.Holders, len(holders))
		assignments += len(holders)
		with += count([]int{len(holders)}, func(n int) bool { return n > 0 })
		for _, a := range holders[:min(1, len(holders))] {
			compareDecision(t, m, l, a.User, e)
		}
	}
	same(t, "assignments", assignments, e.Seats.Assignments)
	same(t, "licenses with assignments", with, e.Seats.LicensesWithAssignments)
}

// compareDecision asks about a holder, and about somebody who is none.
func compareDecision(t *testing.T, m *lifecycle.Manager, l license.License, holder seats.UserID, e expected) {
	stranger := seats.MustUserID("005000000000000")
	for user, holds := range map[seats.UserID]bool{holder: true, stranger: false} {
		d, err := m.CheckLicense(t.Context(), brindlemoor, l.ID, user)
		if err != nil {
			t.Fatal(err)
		}
		status := l.DisplayedStatus(exported)
		want := (status == license.Trial || status == license.Active) && (holds || l.Terms.Seats.IsSite())
		if d.Licensed() != want {
			t.Errorf("CheckLicense(%v, %v) = %v, want %t", l.ID, user, d, want)
		}
	}
}

// Replaying the notifications in order of arrival, shuffled, and doubled gives, for
// every license they cover, what licenses.csv says (I1, I3, I4).
func TestReplayOfNotifications(t *testing.T) {
	e := readExpected(t)
	dir := os.DirFS(lmaFolder)
	told := readNotifications(t)
	orders := map[string][]lifecycle.Notification{
		"as they arrived": told,
		"backwards": slices.Collect(func(yield func(lifecycle.Notification) bool) {
			slices.Backward(told)(func(_ int, n lifecycle.Notification) bool { return yield(n) })
		}),
		"doubled": slices.Concat(told, told),
	}
	for seed := range uint64(3) {
		shuffled := slices.Concat(told, told)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		orders[fmt.Sprintf("shuffled and doubled %d", seed)] = shuffled
	}
	for order, notifications := range orders {
		if oneIn > 1 && order != "as they arrived" {
			continue
		}
		t.Run(order, func(t *testing.T) {
			onStores(t, func(t *testing.T, m *lifecycle.Manager) {
				importFiles(t, m, sfdata.Import{Owners: sfdata.FileIn(dir, "users.csv"), Packages: sfdata.FileIn(dir, "packages.csv"),
					Versions: sfdata.FileIn(dir, "package_versions.csv"), Register: e.register})
				for _, n := range notifications {
					if _, err := m.Notify(context.Background(), brindlemoor, n); err != nil {
						t.Errorf("Notify(%+v) = %v", n, err)
					}
				}
				compareReplay(t, m, e)
			})
		})
	}
}

func readNotifications(t *testing.T) (told []lifecycle.Notification) {
	t.Helper()
	f, err := os.Open(lmaFolder + "/notifications.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for delivery, err := range sfdata.Notifications(f, sfdata.ReadOptions{File: "notifications.jsonl"}) {
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, delivery.Notification)
	}
	return told
}

// seen is what licenses.csv and the replayed store can be compared by.
type seen struct {
	Org         pkgversion.OrgID
	Version     string
	InstallDate license.Date
	Uninstalled bool
	OrgStatus   license.OrgStatus
	Edition     string
	Instance    string
	TrialEnds   string
	Terms       license.Terms // where they are comparable
}

func compareReplay(t *testing.T, m *lifecycle.Manager, e expected) {
	t.Helper()
	comparable := map[license.ID]bool{}
	covered := map[license.ID]bool{}
	for _, c := range e.Replay.Covered {
		covered[c.License], comparable[c.License] = true, c.TermsComparable
	}
	f, err := os.Open(lmaFolder + "/licenses.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	compared := 0
	for row, err := range sfdata.Licenses(f, sfdata.ReadOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if !covered[row.Name] {
			continue
		}
		compared++
		l, err := m.LicenseOf(t.Context(), brindlemoor, row.Installation)
		if err != nil {
			t.Errorf("%v: %v", row.Name, err)
			continue
		}
		org, err := m.Org(t.Context(), brindlemoor, l.Org)
		if err != nil {
			t.Fatal(err)
		}
		want := seen{row.Org, row.Number.Number(), row.InstallDate, row.Status == license.Uninstalled, row.OrgStatus, row.Edition, row.Instance, row.TrialEnds, license.Terms{}}
		got := seen{l.Org, l.Number.Number(), l.InstallDate(), l.Terms.Status == license.Uninstalled, org.Status, org.Edition, org.Instance, org.TrialEnds, license.Terms{}}
		if comparable[row.Name] {
			want.Terms = license.Terms{Status: row.Status, Seats: row.Seats, Expiration: row.Expiration}
			got.Terms = l.Terms
		}
		same(t, row.Name.String(), got, want)
	}
	same(t, "licenses compared", compared, len(e.Replay.Covered))
}
