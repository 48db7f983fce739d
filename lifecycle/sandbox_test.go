package lifecycle_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// A sandbox's license is linked to that of its production org and has its account
// and contact, whichever of these becomes known last: the production installation, the
// org that the sandbox was made from, or who the lead has become.
func TestSandboxIsLinkedWhateverComesLast(t *testing.T) {
	for order := range orders("sandbox installs", "production installs", "origin is told") {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		alone := sandbox
		alone.Production = pkgversion.OrgID{}
		steps := map[string]func(){
			"sandbox installs":    func() { w.install(1, alone, seatPackage, joe) },
			"production installs": func() { w.install(2, org1, seatPackage, jane) },
			"origin is told": func() {
				w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: sandbox}})
			},
		}
		for _, step := range order {
			w.clock = w.clock.Add(time.Minute)
			steps[step]()
		}
		production, err := w.LicenseOf(context.Background(), w.a, installation(2))
		if err != nil {
			t.Fatal(err)
		}
		w.must(lifecycle.ConvertLead{Lead: production.Lead, Contact: lead.Contact{ID: lead.MustContactID("contact-1")}, Account: lead.Account{ID: lead.MustAccountID("account-1")}})
		got, err := w.LicenseOf(context.Background(), w.a, installation(1))
		if err != nil || got.Production != production.ID || got.Contact != lead.MustContactID("contact-1") || got.Account != lead.MustAccountID("account-1") {
			t.Fatalf("%v: the sandbox's license is %+v, %v", order, got, err)
		}
		// D15: nothing else leaks, either way.
		if got.Terms != license.SandboxTerms() || production.Production != 0 || production.Terms == got.Terms {
			t.Fatalf("%v: the sandbox has %+v, production %+v", order, got.Terms, production.Terms)
		}
		if known := order[0] == "origin is told" || order[1] == "origin is told" && order[0] == "production installs"; known && !got.Lead.IsZero() {
			t.Fatalf("%v: the sandbox, whose origin was known, has lead %v of its own", order, got.Lead)
		}
		w.replay()
	}
}

// orders yields all orders of a few things.
func orders[T any](things ...T) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		var begin func(n int) bool
		begin = func(n int) bool {
			if n == len(things) {
				return yield(slices.Clone(things))
			}
			for i := n; i < len(things); i++ {
				things[n], things[i] = things[i], things[n]
				if !begin(n + 1) {
					return false
				}
				things[n], things[i] = things[i], things[n]
			}
			return true
		}
		begin(0)
	}
}

// Of several installations in the production org the newest counts, and not the one that
// was told last.
func TestSandboxIsLinkedToTheNewest(t *testing.T) {
	for order := range orders(1, 2, 3) {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		for _, n := range order {
			w.clock = epoch.Add(time.Duration(n) * time.Hour)
			w.install(n, org1, seatPackage, jane)
		}
		newest, err := w.LicenseOf(t.Context(), w.a, installation(3))
		if err != nil {
			t.Fatal(err)
		}
		if l := w.install(4, sandbox, seatPackage, jane); l.Production != newest.ID {
			t.Errorf("told in the order %v: the sandbox is linked to %v, want %v", order, l.Production, newest.ID)
		}
	}
}

// An installation in a sandbox raises the revision of the production org that it is made
// from, and of no other, so that of one there and one in the sandbox at once the second
// has the first in sight.
func TestSandboxTouchesItsProductionOrg(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.install(1, org1, seatPackage, jane)
	w.install(2, org2, seatPackage, joe)
	revisions := func() (all [2]int64) {
		t.Helper()
		for i, id := range []pkgversion.OrgID{org1.ID, org2.ID} {
			org, err := w.Org(t.Context(), w.a, id)
			if err != nil {
				t.Fatal(err)
			}
			all[i] = org.Revision
		}
		return all
	}
	before := revisions()
	w.install(3, sandbox, seatPackage, jane)
	if after := revisions(); after != [2]int64{before[0] + 1, before[1]} {
		t.Errorf("installed in a sandbox of the first: revisions %v, were %v", after, before)
	}
	before = revisions()
	w.clock = w.clock.Add(time.Hour)
	other := sandbox
	other.Production = org2.ID
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: other}})
	if after := revisions(); after != [2]int64{before[0], before[1] + 1} {
		t.Errorf("made from the second, as it turns out: revisions %v, were %v", after, before)
	}
}

// An older telling of the org that a sandbox was made from does not undo a newer one: the
// license stays linked to that of the org that counts, whichever came last and however it
// was told.
func TestI3OlderProductionOrgDoesNotRelink(t *testing.T) {
	for what, tell := range map[string]func(w *world, o license.Org, at time.Time) lifecycle.Command{
		"a notification": func(_ *world, o license.Org, at time.Time) lifecycle.Command {
			return lifecycle.OrgChanged{Notice: lifecycle.Notice{At: at, Org: o}}
		},
		"an observation": func(w *world, o license.Org, at time.Time) lifecycle.Command {
			seen := asOrgHas(w.license(3))
			seen.InOrg, seen.Values.AsOf = o, at
			return lifecycle.Observe{Observation: seen}
		},
		"an import": func(w *world, o license.Org, at time.Time) lifecycle.Command {
			l := w.license(3)
			l.UpgradedAt = l.InstalledAt.Add(time.Second)
			return lifecycle.ImportLicense{License: l, Org: o, AsOf: at}
		},
	} {
		for _, late := range []bool{false, true} {
			w := newWorld(t, &lifecycle.MemStore{}).stock()
			one := w.install(1, org1, seatPackage, jane)
			two := w.install(2, org2, seatPackage, joe)
			alone := sandbox
			alone.Production = pkgversion.OrgID{}
			w.install(3, alone, seatPackage, lead.Person{})
			newer, older, at := sandbox, sandbox, w.clock.Add(time.Minute)
			newer.Production, older.Production = one.Org, two.Org
			w.clock = w.clock.Add(time.Hour)
			steps := []lifecycle.Command{tell(w, older, at), tell(w, newer, at.Add(time.Minute))}
			if late {
				steps[0], steps[1] = steps[1], steps[0]
			}
			for _, c := range steps {
				w.must(c)
			}
			org, err := w.Org(t.Context(), w.a, sandbox.ID)
			if l := w.license(3); err != nil || org.Production != one.Org || l.Production != one.ID {
				t.Errorf("%s, the older one late: %t: the org was made from %v, %v; its license is linked to %v, want %v", what, late, org.Production, err, l.Production, one.ID)
			}
			w.replay()
		}
	}
}

// The license of a sandbox has contact and account of the license that it is linked to, and
// none where that has none: in whatever order its own lead is converted, its production
// org told and then another one told.
func TestI3ContactOfALinkedSandbox(t *testing.T) {
	known := lead.Contact{ID: lead.MustContactID("c-1"), Account: lead.MustAccountID("a-1"), Person: jane}
	for order := range orders("its lead is converted", "made from org 1", "made from org 2", "made from org 3") {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		w.must(lifecycle.ImportContact{Contact: known})
		w.install(1, org1, seatPackage, jane) // a contact from the start
		w.install(2, org2, seatPackage, lead.Person{})
		alone, other, nobody := sandbox, sandbox, sandbox
		alone.Production, other.Production, nobody.Production = pkgversion.OrgID{}, org2.ID, pkgversion.MustOrgID("org-3")
		own := w.install(3, alone, seatPackage, joe).Lead
		begin := w.clock
		steps := map[string]lifecycle.Command{
			"its lead is converted": lifecycle.ConvertLead{Lead: own, Contact: lead.Contact{ID: lead.MustContactID("c-own")}, Account: lead.Account{ID: lead.MustAccountID("a-own")}},
			"made from org 1":       lifecycle.OrgChanged{Notice: lifecycle.Notice{At: begin.Add(1 * time.Minute), Org: sandbox}},
			"made from org 2":       lifecycle.OrgChanged{Notice: lifecycle.Notice{At: begin.Add(2 * time.Minute), Org: other}},
			"made from org 3":       lifecycle.OrgChanged{Notice: lifecycle.Notice{At: begin.Add(3 * time.Minute), Org: nobody}},
		}
		w.clock = w.clock.Add(time.Hour)
		told := license.Org{} // the newest until now
		for i, step := range order {
			w.must(steps[step])
			if c, ok := steps[step].(lifecycle.OrgChanged); ok && c.At.After(told.AsOf) {
				told = c.Org
				told.AsOf = c.At
			}
			l := w.license(3)
			production, ok := map[pkgversion.OrgID]license.ID{org1.ID: 1, org2.ID: 2}[told.Production]
			if l.Production != production {
				t.Fatalf("%v: linked to %v, want %v", order[:i+1], l.Production, production)
			}
			if p := w.licenseOrNone(production); ok && (l.Contact != p.Contact || l.Account != p.Account) {
				t.Fatalf("%v: contact %v and account %v, want those of %v: %v and %v", order[:i+1], l.Contact, l.Account, p.ID, p.Contact, p.Account)
			}
			if l.Contact == known.ID && production != 1 {
				t.Fatalf("%v: contact %v is of an org that it was not made from", order[:i+1], l.Contact)
			}
		}
		w.replay()
	}
}

func (w *world) licenseOrNone(id license.ID) license.License {
	if id == 0 {
		return license.License{}
	}
	return w.license(id)
}

// L6: the primary license of an org and package, the rule that made it so, and Check
// agree, and none depends on the order in which the licenses came.
func TestL6PrimaryAndWhy(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	primary := func() (license.ID, license.PrimaryRule) {
		t.Helper()
		c, err := w.Primary(t.Context(), w.a, org1.ID, seatPackage)
		d, err2 := w.Check(t.Context(), w.a, org1.ID, seatPackage, user(1))
		if err != nil || err2 != nil || d.License != c.License.ID || d.Rule != c.Rule {
			t.Fatalf("Primary = %+v, %v, Check %+v, %v", c, err, d, err2)
		}
		return c.License.ID, c.Rule
	}
	want := func(id license.ID, rule license.PrimaryRule) {
		t.Helper()
		if got, by := primary(); got != id || by != rule {
			t.Errorf("primary is %v, by %v, want %v, by %v", got, by, id, rule)
		}
	}
	want(0, license.OnlyOne)
	w.install(1, org1, seatPackage, jane)
	want(1, license.OnlyOne)
	w.install(2, org1, seatPackage, jane)
	want(2, license.HighestNumber)
	w.clock = w.clock.AddDate(0, 0, 1)
	w.install(3, org1, seatPackage, jane)
	want(3, license.NewestInstall)
	l := w.license(3)
	l.Terms.Status = license.Suspended
	w.must(lifecycle.Modify{License: 3, Terms: l.Terms, Revision: l.Revision})
	want(2, license.HighestNumber)
	l = w.license(1)
	l.Terms.Status = license.Suspended
	w.must(lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision})
	want(2, license.ActiveFirst)
	if _, err := w.Primary(t.Context(), w.a, org1.ID, pkgversion.MustPackageID("unknown")); err == nil {
		t.Error("Primary of an unknown package = nil")
	}
}

// A contact that is found for the production license by trying again is that of its
// sandboxes, too; and a sandbox whose origin became known while its lead was pending makes
// none of its own.
func TestPendingLeadsOfProductionAndSandbox(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	alone := sandbox
	alone.Production = pkgversion.OrgID{}
	w.down = true
	w.install(1, org1, seatPackage, jane)
	w.install(2, alone, seatPackage, joe)
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: sandbox}})
	w.down = false
	janes := lead.Contact{ID: lead.MustContactID("contact-1"), Account: lead.MustAccountID("account-1"), Person: jane}
	w.must(lifecycle.ImportContact{Contact: janes})
	for _, id := range []license.ID{2, 1} {
		w.must(lifecycle.RetryLead{License: id})
	}
	for _, id := range []license.ID{1, 2} {
		if l := w.license(id); l.Contact != janes.ID || l.Account != janes.Account || !l.Lead.IsZero() {
			t.Errorf("%v is %+v, want Jane's contact and account, and no lead", id, l)
		}
	}
	if pending, leads := collect(w, w.PendingLeads(t.Context(), w.a)), w.leads(); len(pending) > 0 || len(leads) > 0 {
		t.Errorf("pending %+v and leads %+v, want none", pending, leads)
	}
	w.replay()
}
