package lifecycle_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

func (w *world) leads() []lead.Lead {
	w.Helper()
	return collect(w, w.Leads(context.Background(), w.a, lifecycle.LeadQuery{}))
}

func (w *world) warnings() (all []lifecycle.Warned) {
	w.Helper()
	for _, e := range w.events() {
		if warned, ok := e.Change.(lifecycle.Warned); ok {
			all = append(all, warned)
		}
	}
	return all
}

// I6: many installations by one person at once make one lead, which every license
// names.
func TestI6OneLeadOfConcurrentInstalls(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	var group sync.WaitGroup
	for n := range 16 {
		group.Go(func() {
			who := jane
			if n%2 == 1 {
				who.Email = strings.ToUpper(who.Email)
			}
			org := license.Org{ID: org1.ID}
			if _, err := w.Notify(context.Background(), w.a, w.installed(n, org, seatPackage, who)); err != nil {
				t.Errorf("Notify = %v", err)
			}
		})
	}
	group.Wait()
	leads := w.leads()
	if len(leads) != 1 {
		t.Fatalf("%d leads, want 1", len(leads))
	}
	for _, l := range collect(w, w.Licenses(t.Context(), w.a, lifecycle.LicenseQuery{})) {
		if l.Lead != leads[0].ID || l.LeadName != "Jane Doe" {
			t.Errorf("%v names lead %q, %q", l.ID, l.Lead, l.LeadName)
		}
	}
	if l := leads[0]; l.Source != lead.PackageInstallation || l.Owner != lead.LicenseManager || !l.CreatedAt.Equal(epoch) || l.IsConverted() {
		t.Errorf("the lead is %+v", l)
	}
}

// I7: bad contact data never stops the license; what had to be changed is warned
// of, and no error and no warning holds it.
func TestI7BadContactDataNeverStopsTheLicense(t *testing.T) {
	text := rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"", " ", "\x00", "\xff\xfe", strings.Repeat("é", 300), strings.Repeat("x", 1<<16), "a@b", "noreply@acme.example", "a@\x00.example"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		var p lead.Person
		for _, field := range []*string{&p.FirstName, &p.LastName, &p.Company, &p.Email, &p.Phone, &p.Street, &p.Country} {
			*field = text.Draw(t, "text")
		}
		l, err := w.Notify(context.Background(), w.a, w.installed(1, org1, seatPackage, p))
		if err != nil || l.ID != 1 {
			t.Fatalf("Notify = %v, %v", l.ID, err)
		}
		clean, changed := p.Clean()
		if made := !clean.IsZero(); made != (len(w.leads()) == 1) || made && w.lead(l.Lead).Person != clean {
			t.Fatalf("leads %+v, want one of %+v: %t", w.leads(), clean, made)
		}
		if warnings := w.warnings(); !clean.IsZero() && len(warnings) != len(changed) {
			t.Fatalf("%d warnings, want %d", len(warnings), len(changed))
		}
	})
}

// I7: bad license data never makes a lead.
func TestI7BadLicenseDataMakesNoLead(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	n := w.installed(1, org1, seatPackage, jane)
	n.Version = versionID(trialPackage, published[0])
	refused[*lifecycle.FieldError](w, n)
	if leads := w.leads(); len(leads) > 0 {
		t.Errorf("leads %+v", leads)
	}
}

// A license names the contact that its installer is, and that contact's account,
// and makes no lead; of several the oldest.
func TestInstallerWhoIsAContact(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	for i, days := range []int{3, 1, 2} {
		w.must(lifecycle.ImportContact{Contact: lead.Contact{ID: lead.MustContactID(fmt.Sprint("contact-", i)), Account: lead.MustAccountID(fmt.Sprint("account-", i)),
			Person: lead.Person{Email: "JANE@acme.example"}, CreatedAt: epoch.AddDate(0, 0, days)}})
	}
	w.must(lifecycle.ImportContact{Contact: lead.Contact{ID: lead.MustContactID("other"), Person: joe, CreatedAt: epoch}})
	l := w.install(1, org1, seatPackage, jane)
	if l.Contact != lead.MustContactID("contact-1") || l.Account != lead.MustAccountID("account-1") || !l.Lead.IsZero() || l.LeadName != "" || len(w.leads()) > 0 {
		t.Errorf("the license is %+v with leads %+v, want contact-1 and no lead", l, w.leads())
	}
}

// A license names the open lead that its installer is; of several the oldest. A
// converted lead matches nothing.
func TestInstallerWhoIsALead(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	for i, days := range []int{3, 1, 2} {
		w.must(lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID(fmt.Sprint("lead-", i)), Person: jane, Source: "Web", CreatedAt: epoch.AddDate(0, 0, days)}})
	}
	l := w.install(1, org1, seatPackage, lead.Person{LastName: "Somebody", Email: jane.Email})
	if l.Lead != lead.MustID("lead-1") || l.LeadName != "Jane Doe" || len(w.leads()) != 3 {
		t.Errorf("the license names %q, %q; leads %+v", l.Lead, l.LeadName, w.leads())
	}
	for i := range 3 {
		converted := w.lead(lead.MustID(fmt.Sprint("lead-", i)))
		converted.Conversion = lead.Conversion{Contact: lead.MustContactID("c"), Account: lead.MustAccountID("a"), At: epoch}
		w.must(lifecycle.ImportLead{Lead: converted})
	}
	err := w.store.View(t.Context(), func(ctx context.Context, r lifecycle.Reader) error {
		_, n, err := r.LeadsUnder(ctx, w.a.Vendor, lead.ExactEmail{}.Keys(jane), 10)
		if n != 0 {
			t.Errorf("%d converted leads are found by their key; a converted one stands under no key", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	l = w.install(2, org1, seatPackage, jane)
	if made := w.lead(l.Lead); made.Source != lead.PackageInstallation || l.Lead != lead.OfLicense(2) || len(w.leads()) != 4 {
		t.Errorf("after the conversions the license names %+v", made)
	}
}

// A conversion keeps the lead's name and id on every license, gone ones too, and
// names contact and account, and so does a sandbox's that is linked to one; afterwards the installer is a contact. Doing it again
// changes nothing, doing it otherwise is refused.
func TestConvertLead(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	l1 := w.license(1)
	convert := lifecycle.ConvertLead{Lead: l1.Lead, Contact: lead.Contact{ID: lead.MustContactID("contact-1")}, Account: lead.Account{ID: lead.MustAccountID("account-1")}}
	w.must(convert)
	for id := range license.ID(5) {
		l := w.license(id + 1)
		if got := l.Contact == convert.Contact.ID && l.Account == convert.Account.ID; got != (l.Lead == l1.Lead || l.Sandbox) {
			t.Errorf("%v names lead %q, contact %q, account %q", l.ID, l.Lead, l.Contact, l.Account)
		}
	}
	if got := w.license(1); got.Lead != l1.Lead || got.LeadName != l1.LeadName || got.Terms != l1.Terms || got.Revision != l1.Revision+1 {
		t.Errorf("the license became %+v, was %+v", got, l1)
	}
	converted := w.lead(l1.Lead)
	if !converted.IsConverted() || converted.Person != jane || !converted.Conversion.At.Equal(w.clock) {
		t.Errorf("the lead became %+v", converted)
	}
	contact, err := w.Contact(t.Context(), w.a, convert.Contact.ID)
	if err != nil || contact.Person != jane || contact.Account != convert.Account.ID || !contact.CreatedAt.Equal(w.clock) {
		t.Errorf("the contact is %+v, %v", contact, err)
	}
	if account, err := w.Account(t.Context(), w.a, convert.Account.ID); err != nil || account.Name != "Acme" {
		t.Errorf("the account is %+v, %v", account, err)
	}
	before := w.dump()
	w.must(convert)
	w.unchanged(before, "the same conversion again")
	other := convert
	other.Contact.ID = lead.MustContactID("another")
	refused[*lead.ConvertedError](w, other)
	open := w.lead(l1.Lead)
	open.Conversion = lead.Conversion{}
	refused[*lead.ConvertedError](w, lifecycle.ImportLead{Lead: open})

	if l := w.install(9, org2, seatPackage, jane); l.Contact != contact.ID || l.Account != contact.Account || !l.Lead.IsZero() {
		t.Errorf("the next installation of the contact gave %+v", l)
	}
}

// With lead.NoMatch for contacts every license of a contact gets a lead, and with
// it for leads as well, each its own.
func TestNoMatchGivesEveryLicenseALead(t *testing.T) {
	for _, leadsToo := range []bool{false, true} {
		w := newWorld(t, &lifecycle.MemStore{}, func(c *lifecycle.Config) {
			c.Rules.Contacts = lead.NoMatch{}
			if leadsToo {
				c.Rules.Leads = lead.NoMatch{}
			}
		}).stock()
		w.must(lifecycle.ImportContact{Contact: lead.Contact{ID: lead.MustContactID("c"), Person: jane}})
		var named []lead.ID
		for n := range 3 {
			l := w.install(n, org1, seatPackage, jane)
			if l.Lead.IsZero() || !l.Contact.IsZero() {
				t.Errorf("%v names lead %q and contact %q", l.ID, l.Lead, l.Contact)
			}
			named = append(named, l.Lead)
		}
		slices.SortFunc(named, lead.ID.Compare)
		if want := map[bool]int{false: 1, true: 3}[leadsToo]; len(slices.Compact(named)) != want || len(w.leads()) != want {
			t.Errorf("NoMatch for leads too: %t: leads %v, want %d", leadsToo, named, want)
		}
	}
}

// The lead goes to the package's lead manager; one who has left does not lose the
// install: it goes to the License Manager, with a warning.
func TestLeadManager(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	left := lead.Owner{ID: lead.MustOwnerID("left"), Name: "Lea"}
	w.must(lifecycle.RecordOwner{Owner: left})
	changed := w.registration(seatPackage)
	changed.LeadManager = left.ID
	fresh := lifecycle.Registration{Package: pkgversion.Package{ID: pkgversion.MustPackageID("fresh")}, LeadManager: left.ID}
	for _, c := range []lifecycle.Command{lifecycle.SetLeadManager{Package: seatPackage, Manager: left.ID},
		lifecycle.ChangePackage{Registration: changed}, lifecycle.RegisterPackage{Registration: fresh}} {
		if err := refused[*lifecycle.FieldError](w, c); err.Field != "lead manager" {
			t.Errorf("%T = %v, want the lead manager to be refused", c, err)
		}
	}
	manager := lead.Owner{ID: lead.MustOwnerID("owner-1"), Name: "Olga", Active: true}
	for _, test := range []struct {
		name     string
		set      bool
		recorded bool
		active   bool
		want     lead.OwnerID
		warnings int
	}{
		{"none", false, false, false, lead.LicenseManager, 0},
		{"not recorded", true, false, false, manager.ID, 0},
		{"active", true, true, true, manager.ID, 0},
		{"has left", true, true, false, lead.LicenseManager, 1},
	} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		if test.set {
			w.must(lifecycle.SetLeadManager{Package: seatPackage, Manager: manager.ID})
		}
		if test.recorded {
			manager.Active = test.active
			w.must(lifecycle.RecordOwner{Owner: manager})
		}
		l := w.install(1, org1, seatPackage, jane)
		warnings := w.warnings()
		if owner := w.lead(l.Lead).Owner; owner != test.want || len(warnings) != test.warnings {
			t.Errorf("%s: owner %v with warnings %v, want %v with %d", test.name, owner, warnings, test.want, test.warnings)
		}
		for _, warned := range warnings {
			if warned.License != l.ID || warned.What == "" || warned.Remedy == "" {
				t.Errorf("%s: warned %+v", test.name, warned)
			}
		}
		if test.recorded && !test.active {
			w.must(lifecycle.SetLeadManager{Package: seatPackage})
			refused[*lifecycle.FieldError](w, lifecycle.SetLeadManager{Package: seatPackage, Manager: manager.ID})
		}
	}
}

// The license of a sandbox whose production org is named takes account and contact
// of the production license, and makes no lead; without, it makes one.
func TestSandboxLead(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.must(lifecycle.ImportContact{Contact: lead.Contact{ID: lead.MustContactID("c"), Account: lead.MustAccountID("a"), Person: jane}})
	w.install(1, org1, seatPackage, jane)
	l := w.install(2, sandbox, seatPackage, joe)
	if l.Contact != lead.MustContactID("c") || l.Account != lead.MustAccountID("a") || !l.Lead.IsZero() || len(w.leads()) > 0 {
		t.Errorf("with production named: %+v, leads %+v", l, w.leads())
	}
	if l := w.install(3, sandbox, trialPackage, joe); !l.Contact.IsZero() || !l.Lead.IsZero() || len(w.leads()) > 0 {
		t.Errorf("with production named that has no license: %+v, leads %+v", l, w.leads())
	}
	alone := license.Org{ID: org2.ID, Sandbox: true}
	if l := w.install(4, alone, seatPackage, joe); l.Lead.IsZero() || !l.Contact.IsZero() || len(w.leads()) != 1 {
		t.Errorf("without production: %+v, leads %+v", l, w.leads())
	}
}

// Leads are found by source, owner, state, package and date, each once, page by
// page.
func TestLeadQueries(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	w.must(lifecycle.RetryLead{License: 2})
	w.must(lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("web"), Person: joe, Source: "SFDC-XY|Acme", CreatedAt: epoch.AddDate(0, 0, -1)}})
	w.must(lifecycle.ConvertLead{Lead: lead.OfLicense(5), Contact: lead.Contact{ID: lead.MustContactID("c")}, Account: lead.Account{ID: lead.MustAccountID("a")}})
	for _, test := range []struct {
		name string
		q    lifecycle.LeadQuery
		want []string
	}{
		{"all", lifecycle.LeadQuery{}, []string{"lead-of-1", "lead-of-5", "web"}},
		{"source", lifecycle.LeadQuery{SourcePrefix: "SFDC-"}, []string{"web"}},
		{"owner", lifecycle.LeadQuery{Owner: lead.MustOwnerID("owner-1")}, []string{"lead-of-1", "lead-of-5"}},
		{"open", lifecycle.LeadQuery{State: lifecycle.OpenLeads}, []string{"lead-of-1", "web"}},
		{"converted", lifecycle.LeadQuery{State: lifecycle.ConvertedLeads}, []string{"lead-of-5"}},
		{"package", lifecycle.LeadQuery{Package: trialPackage}, []string{"lead-of-1"}},
		{"from", lifecycle.LeadQuery{CreatedFrom: epoch}, []string{"lead-of-1", "lead-of-5"}},
		{"until", lifecycle.LeadQuery{CreatedUntil: epoch}, []string{"web"}},
		{"after", lifecycle.LeadQuery{After: lead.OfLicense(1)}, []string{"lead-of-5", "web"}},
		{"none", lifecycle.LeadQuery{CreatedFrom: epoch.Add(time.Microsecond)}, nil},
	} {
		var got []string
		for _, l := range collect(w, w.Leads(t.Context(), w.a, test.q)) {
			got = append(got, l.ID.String())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: leads %v, want %v", test.name, got, test.want)
		}
	}
}
