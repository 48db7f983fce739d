package lifecycle_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// A rule that fails stops no license; its lead is made once the rule works, exactly once
// of however many ask at the same time.
func TestFailedLeadIsMadeOnce(t *testing.T) {
	for name, broken := range map[string]lifecycle.Matcher{"error": nil, "panic": &panics{}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, &lifecycle.MemStore{}, func(c *lifecycle.Config) {
				if broken != nil {
					c.Rules.Leads = broken
				}
			}).stock()
			set := func(down bool) {
				w.down = down
				if p, ok := broken.(*panics); ok {
					p.down = down
				}
			}
			set(true)
			l := w.install(1, org1, seatPackage, jane)
			w.install(2, org1, trialPackage, jane)
			if !l.Lead.IsZero() || l.LeadName != "" {
				t.Fatalf("the license has the lead %v, want none yet", l.Lead)
			}
			before := w.dump()
			if n, err := w.RetryLeads(t.Context(), w.a); err != nil || n != (lifecycle.LeadRetry{Pending: 2}) {
				t.Errorf("RetryLeads = %+v, %v, want 2 pending", n, err)
			}
			w.unchanged(before, "RetryLeads while the rule fails")
			refused[*lifecycle.RuleError](w, lifecycle.RetryLead{License: 1})

			set(false)
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					if _, err := w.RetryLeads(context.Background(), w.a); err != nil {
						t.Errorf("RetryLeads = %v", err)
					}
				})
			}
			all.Wait()
			leads := collect(w, w.Leads(t.Context(), w.a, lifecycle.LeadQuery{}))
			if len(leads) != 1 || leads[0].Person != jane || leads[0].Source != lead.PackageInstallation {
				t.Errorf("the leads are %+v, want Jane's one", leads)
			}
			for _, id := range []license.ID{1, 2} {
				if l := w.license(id); l.Lead != lead.OfLicense(1) || l.LeadName != jane.Name() {
					t.Errorf("%v names the lead %v, want Jane's", id, l.Lead)
				}
			}
			if n := len(collect(w, w.PendingLeads(t.Context(), w.a))); n != 0 {
				t.Errorf("%d leads are pending, want none", n)
			}
			w.replay()
		})
	}
}

// A run of what is due makes the leads whose rule works again, each once; while it fails
// for everybody the run tries few, and its alerts are recorded all the same.
func TestRunDueMakesPendingLeads(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	var box inbox
	alerts := oneRule(t, lifecycle.OnUninstalled{}, &box)
	w.runDue(alerts)
	w.down = true
	const installed = 1120
	for n := range installed {
		org := license.Org{ID: pkgversion.MustOrgID(fmt.Sprintf("org-%d", n))}
		w.install(n+1, org, seatPackage, lead.Person{LastName: "N", Email: fmt.Sprintf("n%d@acme.example", n)})
	}
	w.must(w.uninstalled(1, license.Org{ID: pkgversion.MustOrgID("org-0")}, seatPackage))
	want := lifecycle.DueReport{Recorded: 1, Delivered: 1, Leads: lifecycle.LeadRetry{Pending: 100}}
	if report := w.runDue(alerts); report != want {
		t.Errorf("while the rule fails RunDue = %+v, want %+v", report, want)
	}
	w.down = false
	for _, settled := range []int{1000, 120, 0} {
		if report := w.runDue(alerts); report != (lifecycle.DueReport{Leads: lifecycle.LeadRetry{Settled: settled}}) {
			t.Errorf("once it works RunDue = %+v, want %d settled leads", report, settled)
		}
	}
	if n := len(w.leads()); n != installed {
		t.Errorf("%d leads, want %d", n, installed)
	}
}

// What fails for some people only holds up nobody else.
func TestRunDuePassesOverLeadsThatFail(t *testing.T) {
	broken := &failsFor{}
	w := newWorld(t, &lifecycle.MemStore{}, func(c *lifecycle.Config) { c.Rules.Leads = broken }).stock()
	broken.all = true
	for n := range 250 {
		who := jane
		if n%2 == 0 {
			who = lead.Person{LastName: "N", Email: fmt.Sprintf("n%d@acme.example", n)}
		}
		w.install(n+1, license.Org{ID: pkgversion.MustOrgID(fmt.Sprintf("org-%d", n))}, seatPackage, who)
	}
	broken.all = false
	want := lifecycle.LeadRetry{Settled: 125, Pending: 125}
	if report := w.runDue(oneRule(t, lifecycle.OnExpired{}, &inbox{})); report.Leads != want {
		t.Errorf("RunDue has %+v, want %+v", report.Leads, want)
	}
}

// failsFor is a rule that fails for Jane, or for all.
type failsFor struct {
	lead.ExactEmail
	all bool
}

func (f *failsFor) Err(p lead.Person) error {
	if f.all || p.Email == jane.Email {
		return errDown
	}
	return nil
}

// panics is a rule that panics when it is told to.
type panics struct {
	lead.ExactEmail
	down bool
}

func (p *panics) Keys(of lead.Person) []string {
	if p.down {
		panic("broken for " + of.Email)
	}
	return p.ExactEmail.Keys(of)
}

// M3: the event and the error of a rule that failed do not repeat what it said, which
// may name the person.
func TestM3FailedRuleIsNotQuoted(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	w.down = true
	err := refused[*lifecycle.RuleError](w, lifecycle.RetryLead{License: 2})
	if strings.Contains(err.Error(), "@") || err.Unwrap() != errDown {
		t.Errorf("the error is %q, want it without what the rule said, and to wrap it", err)
	}
	for _, e := range w.events() {
		if c, ok := e.Change.(lifecycle.Warned); ok && strings.Contains(c.What+c.Remedy, "@") {
			t.Errorf("the event says %q", c.What)
		}
	}
	refused[*lifecycle.RuleError](w, lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("web"), Person: joe}})
}

// L3: an uninstalled license is read-only: its pending lead is made, and not named by it.
func TestL3PendingLeadOfUninstalledLicense(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.down = true
	w.install(1, org1, seatPackage, jane)
	w.must(w.uninstalled(1, org1, seatPackage))
	w.down = false
	before := w.license(1)
	w.must(lifecycle.RetryLead{License: 1})
	if after := w.license(1); after != before {
		t.Errorf("the license is %+v, was %+v", after, before)
	}
	if l := w.lead(lead.OfLicense(1)); l.Person != jane {
		t.Errorf("the lead is %+v, want Jane's", l)
	}
}

// The license of a deleted org leaves every list and count, licenses nobody, keeps its
// history, and comes back with its org.
func TestRetire(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	ctx := t.Context()
	refused[*lifecycle.FieldError](w, lifecycle.Retire{License: 1})
	refused[*lifecycle.NotFoundError](w, lifecycle.Retire{License: 77})
	gone := org1
	gone.Status = license.OrgDeleted
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: gone}})
	w.must(lifecycle.Retire{License: 1, Why: "org deleted"})
	listed := func(q lifecycle.LicenseQuery) (ids []license.ID) {
		for _, l := range collect(w, w.Licenses(ctx, w.a, q)) {
			ids = append(ids, l.ID)
		}
		return ids
	}
	for _, q := range []lifecycle.LicenseQuery{{}, {Org: org1.ID}, {Package: seatPackage}, {Lead: lead.OfLicense(1)}, {Status: license.Active}} {
		for _, id := range listed(q) {
			if id == 1 {
				t.Errorf("Licenses(%+v) has the retired license", q)
			}
		}
	}
	if got := listed(lifecycle.LicenseQuery{Retired: lifecycle.OnlyRetired}); len(got) != 1 || got[0] != 1 {
		t.Errorf("the retired licenses are %v, want L-00001", got)
	}
	if d, err := w.CheckLicense(ctx, w.a, 1, user(1)); err != nil || d.Reason != license.DeniedUnknown {
		t.Errorf("CheckLicense = %v, %v, want that it is unknown", d, err)
	}
	if d, err := w.Check(ctx, w.a, org1.ID, seatPackage, user(1)); err != nil || d.License == 1 {
		t.Errorf("Check = %v, %v, want the other license's answer", d, err)
	}
	refused[*lifecycle.FieldError](w, lifecycle.Assign{License: 1, Users: users(4)})
	w.must(lifecycle.Revoke{License: 1, Users: users(2)})
	timeline := collect(w, w.Timeline(ctx, w.a, 1))
	if last := timeline[len(timeline)-2]; last.Why != "org deleted" || last.Change.(lifecycle.LicenseChanged).What != lifecycle.LicenseRetired {
		t.Errorf("the timeline has %+v, want that it was retired, and why", last)
	}
	w.must(lifecycle.Retire{License: 1, Back: true})
	if d, err := w.CheckLicense(ctx, w.a, 1, user(1)); err != nil || !d.Licensed() {
		t.Errorf("CheckLicense = %v, %v, want a license that is back to license", d, err)
	}
	w.replay()
}

// When a lead manager leaves, or may not read licenses any more, the packages get a
// warning once, and new leads go to the License Manager.
func TestLeadManagerLeaves(t *testing.T) {
	olga := lead.Owner{ID: lead.MustOwnerID("owner-1"), Name: "Olga", Active: true}
	left, blind := olga, olga
	left.Active, blind.CannotRead = false, true
	for name, after := range map[string]lead.Owner{"left": left, "cannot read": blind} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, &lifecycle.MemStore{}).live()
			seen := len(w.events())
			w.must(lifecycle.RecordOwner{Owner: after})
			w.must(lifecycle.RecordOwner{Owner: after})
			after.Name = "Olga M."
			w.must(lifecycle.RecordOwner{Owner: after})
			var warned []lifecycle.Warned
			for _, e := range w.events()[seen:] {
				if c, ok := e.Change.(lifecycle.Warned); ok {
					warned = append(warned, c)
				}
			}
			if len(warned) != 1 || warned[0].Package != seatPackage || warned[0].License != 0 || strings.Contains(warned[0].What, "Olga") {
				t.Errorf("the warnings are %+v, want one about the package", warned)
			}
			l := w.install(6, org2, seatPackage, lead.Person{LastName: "New", Email: "new@new.example"})
			if got := w.lead(l.Lead); got.Owner != lead.LicenseManager {
				t.Errorf("the lead is %v's, want the License Manager's", got.Owner)
			}
			refused[*lifecycle.FieldError](w, lifecycle.SetLeadManager{Package: trialPackage, Manager: olga.ID})
		})
	}
}
