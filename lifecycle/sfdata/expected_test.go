package sfdata_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// expected is testdata/lma/expected.json, read as far as rows alone can answer it.
type expected struct {
	AsOfInstant time.Time
	Files       map[string]struct{ Rows int }
	Packages    []struct {
		PackageID, Name, Latest string
		Versions, Betas         int
		LeadManagerActive       bool
	}
	Licenses struct {
		Rows                             int
		ByStoredStatus                   map[string]int
		ByDisplayedStatus                map[string]int
		ByDisplayedStatusOn              []displayed
		ByPackageAndDisplayedStatus      map[string]int
		InstalledByVersionNumber         map[string]int
		Expired, ExpirationPassed, Site  int
		Perpetual                        map[string]int
		SeatCounts, Seats, OverAllocated map[string]int
		UsedBlank                        map[string]int
		ExpiringWithin, ExpiringOnDay    map[string]int
	}
	Orgs struct {
		WithLicense, WithSeveralPackages int
		LicensesByOrgStatusAsWritten     map[string]int
	}
	Sandboxes struct{ Licenses, Orgs, ParentKnown, ParentUnknown int }
	Leads     struct {
		Rows, Open, Converted, OwnerInactive, EmailEmpty, FirstNameEmpty int
		BySourcePrefix, ByOwner                                          map[string]int
		LicensesWithLead, LicensesWithContactAndNoLead                   int
		LicensesWithNeither, LicensesWithConvertedLeadRetained           int
	}
	Seats struct {
		Assignments, LicensesWithAssignments, OrgsInDetail int
		HeldByInactiveUsers, NeverLoggedIn                 int
		IdleAtLeast, IdleExactly                           map[string]int
	}
	Drift  map[string]int
	Quirks map[string]int
	Replay struct {
		Orgs, Deliveries, DistinctNotificationIds, Licenses int
		DeliveriesByKind                                    map[string]int
	}
}

type displayed struct {
	Day    string
	Counts map[string]int
}

func expectations(t *testing.T) (want expected) {
	t.Helper()
	if err := json.Unmarshal(lma(t, "expected.json"), &want); err != nil {
		t.Fatal(err)
	}
	return want
}

func quirk(t *testing.T, name string) int {
	t.Helper()
	n, ok := expectations(t).Quirks[name]
	if !ok {
		t.Fatalf("expected.json has no quirk %q", name)
	}
	return n
}

// vendor is all rows of testdata/lma.
type vendor struct {
	packages    []sfdata.PackageRow
	versions    []sfdata.VersionRow
	licenses    []sfdata.LicenseRow
	leads       []sfdata.LeadRow
	owners      []sfdata.OwnerRow
	pools       []sfdata.PackageLicenseRow
	seats       []sfdata.SeatRow
	subscribers []sfdata.SubscriberRow
	users       []sfdata.UserRow

	catalog sfdata.Catalog
	records []license.License // of licenses
}

func brindlemoor(t *testing.T) *vendor {
	t.Helper()
	open := func(name string) *bytes.Reader { return bytes.NewReader(lma(t, name)) }
	v := &vendor{
		packages:    all(t, sfdata.Packages(open("packages.csv"), sfdata.ReadOptions{})),
		versions:    all(t, sfdata.Versions(open("package_versions.csv"), sfdata.ReadOptions{})),
		licenses:    all(t, sfdata.Licenses(open("licenses.csv"), sfdata.ReadOptions{})),
		leads:       all(t, sfdata.Leads(open("leads.csv"), sfdata.ReadOptions{})),
		owners:      all(t, sfdata.Owners(open("users.csv"), sfdata.ReadOptions{})),
		pools:       all(t, sfdata.PackageLicenses(open("package_licenses.csv"), sfdata.ReadOptions{})),
		seats:       all(t, sfdata.Seats(open("user_package_licenses.csv"), sfdata.ReadOptions{})),
		subscribers: all(t, sfdata.Subscribers(open("package_subscribers.csv"), sfdata.ReadOptions{})),
		users:       all(t, sfdata.Users(open("subscriber_users.csv"), sfdata.ReadOptions{})),
	}
	for _, r := range v.packages {
		v.catalog.AddPackage(r)
	}
	for _, r := range v.versions {
		if err := v.catalog.AddVersion(r); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range v.subscribers {
		v.catalog.AddSubscriber(r)
	}
	for _, r := range v.licenses {
		command, err := r.Command(&v.catalog)
		if err != nil {
			t.Fatal(err)
		}
		v.records = append(v.records, command.License)
	}
	return v
}

// check compares a figure of expected.json with what the rows give.
func check(t *testing.T, figure string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s is %v, want %v", figure, got, want)
	}
}

func TestLicenseFiguresOfTheData(t *testing.T) {
	v, want := brindlemoor(t), expectations(t).Licenses
	now := expectations(t).AsOfInstant
	today := license.DateOf(now)
	stored, shown, versions, perPackage := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	var expired, passed, never, site int
	names := map[pkgversion.PackageID]string{}
	for _, p := range v.packages {
		names[p.PackageID] = p.Name
	}
	for _, l := range v.records {
		stored[l.Terms.Status.String()]++
		status := l.DisplayedStatus(now)
		shown[status.String()]++
		perPackage[names[l.Package]+" / "+status.String()]++
		if l.Terms.Status != license.Uninstalled {
			versions[names[l.Package]+" "+l.Number.Number()]++
		}
		last, ends := l.Terms.Expiration.LastDay()
		expired += count(status == license.Expired)
		passed += count(ends && last.Before(today))
		never += count(l.Terms.Expiration.IsNever())
		site += count(l.Terms.Seats.IsSite())
	}
	check(t, "rows", len(v.records), want.Rows)
	check(t, "byStoredStatus", stored, want.ByStoredStatus)
	check(t, "byDisplayedStatus", shown, want.ByDisplayedStatus)
	check(t, "byPackageAndDisplayedStatus", perPackage, want.ByPackageAndDisplayedStatus)
	check(t, "installedByVersionNumber", versions, want.InstalledByVersionNumber)
	check(t, "expired", expired, want.Expired)
	check(t, "expirationPassed", passed, want.ExpirationPassed)
	check(t, "perpetual", never, want.Perpetual["total"])
	check(t, "site", site, want.Site)
	for _, on := range want.ByDisplayedStatusOn {
		shown := map[string]int{}
		for _, l := range v.records {
			shown[l.DisplayedOn(license.MustDate(on.Day)).String()]++
		}
		check(t, "byDisplayedStatusOn "+on.Day, shown, on.Counts)
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func TestSeatFiguresOfTheData(t *testing.T) {
	v, want := brindlemoor(t), expectations(t).Licenses
	today := license.DateOf(expectations(t).AsOfInstant)
	counts, sums, over, blank := map[string]int{}, map[string]int{}, map[string]int{"rows": 0}, map[string]int{}
	within, onDay := map[string]int{}, map[string]int{}
	for _, l := range v.records {
		n, counted := l.Terms.Seats.Count()
		gone := l.Terms.Status == license.Uninstalled
		counts["rows"] += count(counted)
		counts["zeroSeats"] += count(counted && n == 0)
		counts["seats99000000"] += count(n == license.MaxSeats)
		sums["licensedAllRows"] += n
		if !gone {
			sums["licensedNotUninstalled"] += n
		}
		sums["used"] += l.Observed.Used
		if counted && l.Observed.HasUsed {
			sums["remaining"] += n - l.Observed.Used
			over["rows"] += count(l.Observed.Used > n)
			over["negativeRemaining"] += min(0, n-l.Observed.Used)
		}
		blank["siteNotUninstalled"] += count(!counted && !gone && !l.Observed.HasUsed)
		blank["uninstalled"] += count(gone && !l.Observed.HasUsed)
		status := l.DisplayedOn(today)
		last, ends := l.Terms.Expiration.LastDay()
		for _, days := range []int{0, 30, 60, 90} {
			open := ends && (status == license.Trial || status == license.Active)
			within[strconv.Itoa(days)] += count(open && last.Sub(today) <= days)
			onDay[strconv.Itoa(days)] += count(open && last.Sub(today) == days)
		}
	}
	check(t, "seatCounts", counts, want.SeatCounts)
	check(t, "seats", sums, want.Seats)
	check(t, "overAllocated", over, want.OverAllocated)
	check(t, "usedBlank", blank, want.UsedBlank)
	check(t, "expiringWithin", within, want.ExpiringWithin)
	check(t, "expiringOnDay", onDay, want.ExpiringOnDay)
}

func TestOrgFiguresOfTheData(t *testing.T) {
	v, want := brindlemoor(t), expectations(t)
	orgs, sandboxes := map[pkgversion.OrgID]map[pkgversion.PackageID]bool{}, map[pkgversion.OrgID]bool{}
	statuses := map[string]int{}
	var boxes, parents, several int
	for _, r := range v.licenses {
		command, err := r.Command(&v.catalog)
		if err != nil {
			t.Fatal(err)
		}
		statuses[string(command.Org.Status)]++
		if orgs[r.Org] == nil {
			orgs[r.Org] = map[pkgversion.PackageID]bool{}
		}
		orgs[r.Org][command.License.Package] = true
		if command.Org.Sandbox {
			boxes++
			sandboxes[r.Org] = true
			parents += count(!command.Org.Production.IsZero())
		}
	}
	for _, packages := range orgs {
		several += count(len(packages) > 1)
	}
	check(t, "withLicense", len(orgs), want.Orgs.WithLicense)
	check(t, "withSeveralPackages", several, want.Orgs.WithSeveralPackages)
	check(t, "licensesByOrgStatusAsWritten", statuses, want.Orgs.LicensesByOrgStatusAsWritten)
	check(t, "sandbox licenses", boxes, want.Sandboxes.Licenses)
	check(t, "sandbox orgs", len(sandboxes), want.Sandboxes.Orgs)
	check(t, "parentKnown", parents, want.Sandboxes.ParentKnown)
	check(t, "parentUnknown", boxes-parents, want.Sandboxes.ParentUnknown)
}

func TestPackageFiguresOfTheData(t *testing.T) {
	v, want := brindlemoor(t), expectations(t)
	active := map[lead.OwnerID]bool{}
	for _, o := range v.owners {
		active[o.ID] = o.IsActive
	}
	for i, p := range want.Packages {
		row, betas := v.packages[i], 0
		var versions []pkgversion.PackageVersion
		for _, r := range v.versions {
			command, err := r.Command(&v.catalog)
			if err != nil {
				t.Fatal(err)
			}
			if command.Version.Package == row.PackageID {
				versions = append(versions, command.Version)
				betas += count(command.Version.Version.IsBeta())
			}
		}
		latest, _ := pkgversion.Latest(func(yield func(pkgversion.PackageVersion) bool) {
			for _, v := range versions {
				if !yield(v) {
					return
				}
			}
		})
		check(t, p.Name, row.Command().Registration.Package.ID.String(), p.PackageID)
		check(t, p.Name+" versions", len(versions), p.Versions)
		check(t, p.Name+" betas", betas, p.Betas)
		check(t, p.Name+" latest", latest.Version.String(), p.Latest)
		check(t, p.Name+" leadManagerActive", active[row.LeadManager], p.LeadManagerActive)
	}
}

func TestLeadFiguresOfTheData(t *testing.T) {
	v, want := brindlemoor(t), expectations(t).Leads
	owners := map[lead.OwnerID]lead.Owner{}
	for _, r := range v.owners {
		owners[r.ID] = r.Command().Owner
	}
	converted := map[lead.ID]bool{}
	sources, perOwner := map[string]int{}, map[string]int{}
	var done, inactive, noEmail, noName int
	for _, r := range v.leads {
		command, err := r.Command()
		if err != nil {
			t.Fatal(err)
		}
		l := command.Lead
		source, _, _ := strings.Cut(l.Source, "|")
		sources[source]++
		perOwner[owners[l.Owner].Name]++
		inactive += count(!owners[l.Owner].Active)
		converted[l.ID] = l.IsConverted()
		done += count(l.IsConverted())
		noEmail += count(l.Person.Email == "")
		noName += count(l.Person.FirstName == "")
	}
	check(t, "rows", len(v.leads), want.Rows)
	check(t, "converted", done, want.Converted)
	check(t, "open", len(v.leads)-done, want.Open)
	check(t, "bySourcePrefix", sources, want.BySourcePrefix)
	check(t, "byOwner", perOwner, want.ByOwner)
	check(t, "ownerInactive", inactive, want.OwnerInactive)
	check(t, "emailEmpty", noEmail, want.EmailEmpty)
	check(t, "firstNameEmpty", noName, want.FirstNameEmpty)
	var with, contactOnly, neither, retained int
	for _, l := range v.records {
		with += count(!l.Lead.IsZero())
		retained += count(converted[l.Lead])
		contactOnly += count(l.Lead.IsZero() && !l.Contact.IsZero())
		neither += count(l.Lead.IsZero() && l.Contact.IsZero())
	}
	check(t, "licensesWithLead", with, want.LicensesWithLead)
	check(t, "licensesWithConvertedLeadRetained", retained, want.LicensesWithConvertedLeadRetained)
	check(t, "licensesWithContactAndNoLead", contactOnly, want.LicensesWithContactAndNoLead)
	check(t, "licensesWithNeither", neither, want.LicensesWithNeither)
}

func TestSubscriberFiguresOfTheData(t *testing.T) {
	v, want := brindlemoor(t), expectations(t)
	today := license.DateOf(want.AsOfInstant)
	users, orgs := map[seats.UserID]sfdata.UserRow{}, map[pkgversion.OrgID]bool{}
	for _, u := range v.users {
		users[u.ID], orgs[u.Org] = u, true
	}
	installations := map[license.InstallationID]bool{}
	atLeast, exactly := map[string]int{}, map[string]int{}
	var inactive, never int
	for _, r := range v.seats {
		command, err := r.Command()
		if err != nil {
			t.Fatal(err)
		}
		u := users[command.User]
		installations[command.Installation] = true
		inactive += count(!u.IsActive)
		never += count(u.LastLogin.IsZero())
		since := u.LastLogin
		if since.IsZero() {
			since = command.AssignedAt
		}
		for _, days := range []int{60, 75, 90} {
			idle := today.Sub(license.DateOf(since))
			atLeast[strconv.Itoa(days)] += count(idle >= days)
			exactly[strconv.Itoa(days)] += count(idle == days)
		}
	}
	check(t, "assignments", len(v.seats), want.Seats.Assignments)
	check(t, "licensesWithAssignments", len(installations), want.Seats.LicensesWithAssignments)
	check(t, "orgsInDetail", len(orgs), want.Seats.OrgsInDetail)
	check(t, "heldByInactiveUsers", inactive, want.Seats.HeldByInactiveUsers)
	check(t, "neverLoggedIn", never, want.Seats.NeverLoggedIn)
	check(t, "idleAtLeast", atLeast, want.Seats.IdleAtLeast)
	check(t, "idleExactly", exactly, want.Seats.IdleExactly)
}

func TestDriftOfTheData(t *testing.T) {
	v, want := brindlemoor(t), expectations(t)
	licenses := map[license.InstallationID]license.License{}
	for _, l := range v.records {
		licenses[l.Installation] = l
	}
	got := map[string]int{"status": 0}
	for _, r := range v.pools {
		l, known := licenses[r.ID]
		got["packageLicensesOfOtherVendors"] += count(!known)
		if !known || l.Terms.Status == license.Uninstalled {
			continue
		}
		got["pairs"]++
		got["seats"] += count(l.Terms.Seats != r.Allowed)
		got["used"] += count(l.Observed.Used != r.Used)
		got["expiration"] += count(l.Terms.Expiration != r.Expiration)
		status := l.DisplayedStatus(want.AsOfInstant)
		over := status == license.Expired || status == license.Suspended
		got["status"] += count(over != (r.Status == license.SubscriberExpired))
	}
	check(t, "drift", got, want.Drift)
}

func TestQuirksOfTheData(t *testing.T) {
	v, want := brindlemoor(t), expectations(t).Quirks
	got := map[string]int{}
	for i, r := range v.licenses {
		l, status := v.records[i], string(r.OrgStatus)
		got["licenses: org status empty"] += count(status == "")
		got["licenses: org status all upper case"] += count(status != "" && strings.ToUpper(status) == status)
		got["licenses: license type empty"] += count(r.Type == "")
		got["licenses: seats -1"] += count(r.Seats.IsSite())
		got["licenses: used empty"] += count(!r.Used.Known)
		got["licenses: on a beta version"] += count(l.Number.IsBeta())
		got["licenses: created a day or more after the install"] += count(license.DateOf(r.CreatedDate).After(r.InstallDate))
		number, _ := r.Extra.Get("Contract_Number__c")
		got["licenses: contract number with leading zero"] += count(strings.HasPrefix(number, "0"))
	}
	for _, r := range v.leads {
		p := r.Person
		got["leads: company that begins like a formula"] += count(p.Company != "" && strings.ContainsAny(p.Company[:1], "=+-@\t\r"))
		got["leads: company with comma"] += count(strings.Contains(p.Company, ","))
		got["leads: company with double quote"] += count(strings.Contains(p.Company, `"`))
		got["leads: company with newline"] += count(strings.Contains(p.Company, "\n"))
		got["leads: street with CRLF"] += count(strings.Contains(p.Street, "\r\n"))
		got["leads: street with newline"] += count(strings.Contains(p.Street, "\n"))
		got["leads: non-ASCII in name or company"] += count(strings.IndexFunc(p.FirstName+p.LastName+p.Company, func(r rune) bool { return r > unicode.MaxASCII }) >= 0)
	}
	for _, r := range v.subscribers {
		got["package_subscribers: org inactive"] += count(r.OrgStatus.Is(license.OrgInactive))
		got["package_subscribers: org name with newline"] += count(strings.Contains(r.OrgName, "\n"))
		got["package_subscribers: sandbox without parent org"] += count(r.Sandbox && r.ParentOrg.IsZero())
		got["package_subscribers: uninstalled"] += count(!r.Installed)
	}
	for name, n := range got {
		check(t, name, n, want[name])
	}
}

func TestNotificationFiguresOfTheData(t *testing.T) {
	want := expectations(t).Replay
	kinds, ids, orgs := map[string]int{}, map[lifecycle.NotificationID]bool{}, map[pkgversion.OrgID]bool{}
	deliveries, installations := 0, map[license.InstallationID]bool{}
	for d, err := range sfdata.Notifications(bytes.NewReader(lma(t, "notifications.jsonl")), sfdata.ReadOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		deliveries++
		var notice lifecycle.Notice
		switch n := d.Notification.(type) {
		case lifecycle.Installed:
			kinds["install"]++
			notice = n.Notice
			installations[n.Installation] = true
		case lifecycle.Upgraded:
			kinds["upgrade"]++
			notice = n.Notice
		case lifecycle.Uninstalled:
			kinds["uninstall"]++
			notice = n.Notice
		case lifecycle.OrgChanged:
			kinds["orgStatus"]++
			notice = n.Notice
		case lifecycle.InstallAborted:
			kinds[map[bool]string{true: "installCancelled", false: "installFailed"}[d.Cancelled]]++
			notice = n.Notice
		}
		ids[notice.ID], orgs[notice.Org.ID] = true, true
		if d.Attempt < 1 || d.ReceivedAt.Before(notice.At) {
			t.Errorf("notification %s: attempt %d, received at %v", notice.ID, d.Attempt, d.ReceivedAt)
		}
	}
	check(t, "deliveries", deliveries, want.Deliveries)
	check(t, "deliveriesByKind", kinds, want.DeliveriesByKind)
	check(t, "distinctNotificationIds", len(ids), want.DistinctNotificationIds)
	check(t, "licenses", len(installations), want.Licenses)
	check(t, "orgs", len(orgs), want.Orgs)
}
