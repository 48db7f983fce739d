package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/subscribertest"
	"github.com/isvkit/isvkit/pkgversion"
)

// whats returns what happened to a license, oldest first.
func (w *world) whats(id license.ID) (all []lifecycle.LicenseEvent) {
	w.Helper()
	for _, e := range collect(w, w.Timeline(context.Background(), w.a, id)) {
		if c, ok := e.Change.(lifecycle.LicenseChanged); ok {
			all = append(all, c.What)
		}
	}
	return all
}

// count returns how many events are of a kind.
func count[C lifecycle.Change](w *world) (n int) {
	w.Helper()
	for _, e := range w.events() {
		if _, ok := e.Change.(C); ok {
			n++
		}
	}
	return n
}

// The history calls each change what it was: of what an installation brings about, an
// import, an upgrade and an uninstallation; and what only became known is none of these.
func TestChangesAreCalledWhatTheyAre(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.install(1, org1, seatPackage, jane)
	upgraded := func(after time.Duration, version int) {
		t.Helper()
		w.must(lifecycle.Upgraded{Notice: lifecycle.Notice{At: epoch.Add(after), Org: org1}, Installation: installation(1), Package: seatPackage,
			Version: versionID(seatPackage, published[version])})
	}
	w.clock = epoch.AddDate(0, 0, 9)
	upgraded(2*time.Hour, 2)
	w.must(w.uninstalled(1, org1, seatPackage))
	upgraded(3*time.Hour, 1) // it was told late
	if got, want := w.whats(1), []lifecycle.LicenseEvent{lifecycle.LicenseInstalled, lifecycle.LicenseUpgraded,
		lifecycle.LicenseUninstalled, lifecycle.LicenseCompleted}; !slices.Equal(got, want) {
		t.Errorf("it is said to have been %v, want %v", got, want)
	}

	w.install(2, org2, seatPackage, joe)
	before := imported(8)
	before.Org, before.InstalledAt = org2.ID, epoch.AddDate(0, 0, -9)
	w.must(importOf(before))
	if got, want := w.whats(8), []lifecycle.LicenseEvent{lifecycle.LicenseImported}; !slices.Equal(got, want) {
		t.Errorf("the imported one is said to have been %v, want %v", got, want)
	}
	if got, want := w.whats(2), []lifecycle.LicenseEvent{lifecycle.LicenseInstalled, lifecycle.LicenseCompleted}; !slices.Equal(got, want) {
		t.Errorf("the one that now names it is said to have been %v, want %v", got, want)
	}
}

// An org that is known to be a sandbox is one, also where an installation does not say so;
// one that names a production org, and is said to be no sandbox, has leads of its own.
func TestSandboxIsWhatIsKnownToBeOne(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: sandbox}})
	if l := w.install(1, license.Org{ID: sandbox.ID}, seatPackage, jane); !l.Sandbox || !l.Lead.IsZero() {
		t.Errorf("in a sandbox: %+v", l)
	}
	split := org2
	split.Production = org1.ID
	if l := w.install(2, split, seatPackage, joe); l.Sandbox || l.Lead.IsZero() || l.Production != 0 {
		t.Errorf("in an org that was split from another: %+v, want a license like any other", l)
	}
}

// Of an org that is told again without an instant nothing is new but what is new in it.
func TestOrgToldAgainWithoutAnInstant(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{Org: org1}})
	w.clock = w.clock.AddDate(0, 0, 1)
	before := w.dump()
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{Org: org1}})
	w.unchanged(before, "the same told again")
	for _, name := range []string{"Zenith", "Abacus"} { // one after the other in the alphabet, and one before
		w.clock = w.clock.AddDate(0, 0, 1)
		renamed := org1
		renamed.Name = name
		w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{Org: renamed}})
		if got, err := w.Org(t.Context(), w.a, org1.ID); err != nil || got.Name != name || !got.AsOf.Equal(w.clock) {
			t.Errorf("the org is %+v, %v, want %s as of %v", got, err, name, w.clock)
		}
	}
}

// L7: an org has one trial of a package, however often it installs it, unless the vendor
// gives a new one each time.
func TestL7TrialAgain(t *testing.T) {
	for _, again := range []bool{false, true} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		r := w.registration(trialPackage)
		r.TrialAgain = again
		w.must(lifecycle.ChangePackage{Registration: r})
		w.install(1, org1, trialPackage, jane)
		w.clock = epoch.AddDate(0, 0, 10)
		w.must(w.uninstalled(1, org1, trialPackage))
		w.clock = epoch.AddDate(0, 0, 20)
		l := w.install(2, org1, trialPackage, jane)
		want := license.DateOf(epoch).AddDays(trialDays)
		if again {
			want = want.AddDays(20)
		}
		if last, _ := l.Terms.Expiration.LastDay(); last != want {
			t.Errorf("again %t: the second trial ends on %v, want %v", again, last, want)
		}
	}
}

// L6: of two installations at once in one org the second is decided on with the first in
// sight, also where nothing new is told of the org.
func TestL6InstallationsTouchTheirOrg(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.install(1, org1, seatPackage, jane)
	before, err := w.Org(t.Context(), w.a, org1.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.install(2, org1, seatPackage, jane)
	if after, err := w.Org(t.Context(), w.a, org1.ID); err != nil || after.Revision != before.Revision+1 {
		t.Errorf("the org's revision is %d, was %d; %v", after.Revision, before.Revision, err)
	}
}

// A conversion into a contact and an account that are there, named by their ids alone,
// leaves them as they are.
func TestConvertLeadIntoWhatIsThere(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	account := lead.Account{ID: lead.MustAccountID("account-7"), Name: "Initech Holding", CreatedAt: epoch}
	contact := lead.Contact{ID: lead.MustContactID("contact-7"), Person: lead.Person{LastName: "Lumbergh", Email: "bill@initech.example"}, CreatedAt: epoch}
	w.must(lifecycle.ImportAccount{Account: account})
	w.must(lifecycle.ImportContact{Contact: contact})
	l := w.install(1, org1, seatPackage, jane)
	w.must(lifecycle.ConvertLead{Lead: l.Lead, Contact: lead.Contact{ID: contact.ID}, Account: lead.Account{ID: account.ID}})
	contact.Account = account.ID
	if got, err := w.Contact(t.Context(), w.a, contact.ID); err != nil || got != contact {
		t.Errorf("the contact is %+v, %v, want %+v", got, err, contact)
	}
	if got, err := w.Account(t.Context(), w.a, account.ID); err != nil || got != account {
		t.Errorf("the account is %+v, %v, want %+v", got, err, account)
	}

	// And into new ones with what is told of them.
	l = w.install(2, org2, seatPackage, joe)
	named := lifecycle.ConvertLead{Lead: l.Lead, Contact: lead.Contact{ID: lead.MustContactID("contact-8"), Person: jane},
		Account: lead.Account{ID: lead.MustAccountID("account-8"), Name: "Globex Europe"}}
	w.must(named)
	contact, err1 := w.Contact(t.Context(), w.a, named.Contact.ID)
	account, err2 := w.Account(t.Context(), w.a, named.Account.ID)
	if err1 != nil || err2 != nil || contact.Person != jane || account.Name != "Globex Europe" {
		t.Errorf("contact %+v, %v, account %+v, %v", contact, err1, account, err2)
	}
}

// matchPanics is a rule that can say under which keys a person stands, and not who it is.
type matchPanics struct{ lead.ExactEmail }

func (matchPanics) Match(a, b lead.Person) bool { panic("no model") }

// A rule that fails as it compares makes no lead, and no second one of the same person.
func TestRuleThatFailsAsItCompares(t *testing.T) {
	store := &lifecycle.MemStore{}
	newWorld(t, store).stock().install(1, org1, seatPackage, jane)
	w := newWorld(t, store, func(c *lifecycle.Config) { c.Rules.Leads = matchPanics{} })
	if l := w.install(2, org2, seatPackage, jane); !l.Lead.IsZero() {
		t.Errorf("it names the lead %v, want none before the rule works", l.Lead)
	}
	if pending := collect(w, w.PendingLeads(t.Context(), w.a)); len(pending) != 1 || pending[0].License != 2 {
		t.Errorf("pending: %+v, want that of the second license", pending)
	}
}

// A lead that was converted can be told anew, but for into whom.
func TestConvertedLeadIsImportedAgain(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	l := lead.Lead{ID: lead.MustID("lead-7"), Person: joe, Source: "Web", CreatedAt: epoch,
		Conversion: lead.Conversion{Contact: lead.MustContactID("contact-7"), Account: lead.MustAccountID("account-7"), At: epoch}}
	w.must(lifecycle.ImportLead{Lead: l})
	l.Status = "Qualified"
	w.must(lifecycle.ImportLead{Lead: l})
	if got, err := w.Lead(t.Context(), w.a, l.ID); err != nil || got.Status != "Qualified" || got.Conversion != l.Conversion {
		t.Errorf("the lead is %+v, %v", got, err)
	}
}

// What an import tells of an installation that is known already is not told again.
func TestImportTellsNothingTwice(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	l := imported(1)
	w.must(importOf(l))
	before := count[lifecycle.Told](w)
	l.Terms.Seats = license.MustSeats(9)
	c := importOf(l)
	c.AsOf = c.AsOf.Add(time.Hour)
	w.clock = w.clock.Add(time.Hour)
	w.must(c)
	if after := count[lifecycle.Told](w); after != before || w.license(1).Terms.Seats != l.Terms.Seats {
		t.Errorf("told %d times before other terms were imported, and %d after", before, after)
	}
}

// An imported permission-set license has no place among the installations, and may be
// suspended; the highest number there is can be imported.
func TestImportOfPermissionSets(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.install(1, org1, seatPackage, jane)
	l := imported(license.MaxID)
	l.PermissionSet, l.Version, l.Number, l.UpgradedAt = "Plus", pkgversion.VersionID{}, pkgversion.Version{}, time.Time{}
	l.Terms.Status, l.InstalledAt = license.Suspended, epoch.AddDate(0, 0, 1)
	w.clock = epoch.AddDate(0, 0, 2)
	w.must(importOf(l))
	if got := w.license(license.MaxID); got.Previous != 0 || got.Terms != l.Terms {
		t.Errorf("imported as %+v", got)
	}
	if got := w.license(1); got.Previous != 0 {
		t.Errorf("the installation names %v as the one before it", got.Previous)
	}
}

// A permission-set license that is added again is there already, and is another one where
// anything about it differs.
func TestAddPermissionSetAgain(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	c := lifecycle.AddPermissionSet{Installation: installation(60), Org: org1.ID, Package: seatPackage, PermissionSet: "Plus", Terms: active(1)}
	before := w.dump()
	w.must(c)
	w.unchanged(before, "the same added again")
	for what, differ := range map[string]func(*lifecycle.AddPermissionSet){
		"org":            func(c *lifecycle.AddPermissionSet) { c.Org = org2.ID },
		"package":        func(c *lifecycle.AddPermissionSet) { c.Package = trialPackage },
		"permission set": func(c *lifecycle.AddPermissionSet) { c.PermissionSet = "Max" },
		"zone":           func(c *lifecycle.AddPermissionSet) { c.Zone = license.MustZone("Asia/Tokyo") },
		"terms":          func(c *lifecycle.AddPermissionSet) { c.Terms = active(2) },
		"installation":   func(c *lifecycle.AddPermissionSet) { c.Installation = installation(1) },
	} {
		other := c
		differ(&other)
		_, err := w.AddPermissionSet(t.Context(), w.a, other)
		if exists, ok := errors.AsType[*lifecycle.ExistsError](err); !ok || exists.Kind != "license" {
			t.Errorf("with another %s: %v, want an *ExistsError", what, err)
		}
		w.unchanged(before, "another "+what)
	}
}

// The vendor is warned when a lead manager leaves, and not when they marry.
func TestLeadManagerIsMissedOnce(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	before := count[lifecycle.Warned](w)
	manager := lead.Owner{ID: lead.MustOwnerID("owner-1"), Name: "Olga Smith", Active: true}
	w.must(lifecycle.RecordOwner{Owner: manager})
	if n := count[lifecycle.Warned](w) - before; n != 0 {
		t.Errorf("%d warnings of another name", n)
	}
	manager.Active = false
	w.must(lifecycle.RecordOwner{Owner: manager})
	manager.Name = "Olga Jones"
	w.must(lifecycle.RecordOwner{Owner: manager})
	if n := count[lifecycle.Warned](w) - before; n != 1 {
		t.Errorf("%d warnings when the lead manager of one package left, want 1", n)
	}
}

// A new contact of a production license touches its org, so that an installation in a sandbox
// at the same time is decided on with it in sight; a new lead is nothing to a sandbox.
func TestContactTouchesTheProductionOrg(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	revision := func() int64 {
		t.Helper()
		org, err := w.Org(t.Context(), w.a, org1.ID)
		if err != nil {
			t.Fatal(err)
		}
		return org.Revision
	}
	before := revision()
	w.must(lifecycle.RetryLead{License: 2})
	if after := revision(); after != before {
		t.Errorf("a lead made revision %d of %d", after, before)
	}
	w.must(lifecycle.ConvertLead{Lead: w.license(1).Lead, Contact: lead.Contact{ID: lead.MustContactID("contact-1")}, Account: lead.Account{ID: lead.MustAccountID("account-1")}})
	if after := revision(); after != before+1 {
		t.Errorf("a contact made revision %d of %d", after, before)
	}
}

// T2: the first and the last year of an instant that is told.
func TestT2YearsThatAreTold(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	for year, want := range map[int]bool{1969: false, 1970: true, 9900: true, 9901: false} {
		err := w.run(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: time.Date(year, 6, 30, 0, 0, 0, 0, time.UTC), Org: org1}})
		if (err == nil) != want || err != nil && !isFieldError(err) {
			t.Errorf("told of %d: %v", year, err)
		}
	}
}

// Whatever is changed has the next revision, so that of two who change it at once one is
// told of the other.
func TestRevisionsCountUp(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	p := parameters()[0]
	p.Default = integer(7)
	w.must(lifecycle.DefineParameter{Parameter: p})
	defined, err := w.DefinedParameters(t.Context(), w.a, seatPackage)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range defined {
		want := int64(1)
		if got.Name == p.Name {
			want = 2
		}
		if got.Revision != want {
			t.Errorf("%v is at revision %d, want %d", got.Name, got.Revision, want)
		}
	}
	orgs := &subscribertest.Orgs{Now: func() time.Time { return w.clock }}
	var revisions []int64
	if _, err := w.Refresh(t.Context(), w.a, orgs, lifecycle.RefreshPackage{Package: seatPackage, Progress: func(r lifecycle.Refresh) {
		revisions = append(revisions, r.Revision)
	}}); err != nil {
		t.Fatal(err)
	}
	if want := []int64{2, 3}; !slices.Equal(revisions, want) { // it began with 1
		t.Errorf("a refresh of nobody went through the revisions %v, want %v", revisions, want)
	}
}

// M1: who acts for an org is answered of its own past, and of nobody else's.
func TestM1AsOfForAnOrg(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	at, bound := w.clock, w.a
	bound.Org = org1.ID
	w.clock = w.clock.AddDate(0, 0, 1)
	w.must(lifecycle.Revoke{License: 1, Users: users(1)})
	if d, err := w.CheckLicenseAsOf(t.Context(), bound, 1, user(1), at); err != nil || !d.Licensed() {
		t.Errorf("of its own license: %v, %v, want licensed then", d, err)
	}
	if l, err := w.LicenseAsOf(t.Context(), bound, 1, at); err != nil || l.Holders != 2 || !l.Lead.IsZero() {
		t.Errorf("its own license was %+v, %v, want two holders, and no lead to be seen", l, err)
	}
	if l, err := w.LicenseAsOf(t.Context(), bound, 5, at); err == nil {
		t.Errorf("of another org's: %+v, want it not found", l)
	}
	if d, err := w.CheckAsOf(t.Context(), bound, org2.ID, seatPackage, user(1), at); err == nil && d.Licensed() {
		t.Errorf("of another org: %v, %v", d, err)
	}
}

// Licenses are found by contact, account and status, each alone.
func TestLicensesOf(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	contact, account := lead.MustContactID("contact-1"), lead.MustAccountID("account-1")
	w.must(lifecycle.ConvertLead{Lead: w.license(1).Lead, Contact: lead.Contact{ID: contact}, Account: lead.Account{ID: account}})
	for what, c := range map[string]struct {
		q    lifecycle.LicenseQuery
		want func(license.License) bool
	}{
		"contact": {lifecycle.LicenseQuery{Contact: contact}, func(l license.License) bool { return l.Contact == contact }},
		"account": {lifecycle.LicenseQuery{Account: account}, func(l license.License) bool { return l.Account == account }},
		"status":  {lifecycle.LicenseQuery{Status: license.Trial}, func(l license.License) bool { return l.Terms.Status == license.Trial }},
	} {
		found := collect(w, w.Licenses(t.Context(), w.a, c.q))
		n := 0
		for _, l := range collect(w, w.Licenses(t.Context(), w.a, lifecycle.LicenseQuery{})) {
			if c.want(l) {
				n++
			}
		}
		if len(found) != n || n == 0 || slices.ContainsFunc(found, func(l license.License) bool { return !c.want(l) }) {
			t.Errorf("by %s: %d licenses, want %d", what, len(found), n)
		}
	}
}

// An imported trial counts its days from its installation and was never active; an imported
// license that is active or suspended was, and has no trial.
func TestImportedTrials(t *testing.T) {
	for status, onceActive := range map[license.Status]bool{license.Trial: false, license.Active: true, license.Suspended: true} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		l := imported(1)
		l.Terms.Status = status
		w.must(importOf(l))
		got := w.license(1)
		if got.OnceActive != onceActive || got.TrialStart.IsZero() != onceActive || !onceActive && got.TrialStart != license.DateOf(l.InstalledAt) {
			t.Errorf("imported as %v: once active %t, trial since %v", status, got.OnceActive, got.TrialStart)
		}
	}
}
