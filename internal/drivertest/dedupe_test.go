package drivertest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/isvkit/isvkit/dedupe"
	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/pkgversion"
)

// standardRules are the platform's matching rules for leads and contacts.
func standardRules(t *testing.T) lifecycle.Rules {
	t.Helper()
	leads, err1 := dedupe.NewMatcher(dedupe.StandardLead(), dedupe.DefaultTables())
	contacts, err2 := dedupe.NewMatcher(dedupe.StandardContact(), dedupe.DefaultTables())
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return lifecycle.Rules{Leads: leads, Contacts: contacts}
}

// I6: many installations at once by one person, who spells the name and the address in
// several ways, make one lead, on two handles of one database.
func TestI6OneLeadByTheStandardRule(t *testing.T) {
	test := func(t *testing.T, stores ...lifecycle.Store) {
		var managers []*lifecycle.Manager
		for _, store := range stores {
			m, err := lifecycle.New(lifecycle.Config{Store: store, Rules: standardRules(t), Now: func() time.Time { return exported }})
			if err != nil {
				t.Fatal(err)
			}
			managers = append(managers, m)
		}
		installAtOnce(t, managers)
		leads := collect(t, managers[0].Leads(t.Context(), brindlemoor, lifecycle.LeadQuery{}))
		if len(leads) != 1 {
			t.Errorf("%d leads were made of one person: %+v", len(leads), leads)
		}
		for _, l := range collect(t, managers[0].Licenses(t.Context(), brindlemoor, lifecycle.LicenseQuery{})) {
			if len(leads) == 1 && l.Lead != leads[0].ID {
				t.Errorf("%v names the lead %v, want %v", l.ID, l.Lead, leads[0].ID)
			}
		}
	}
	t.Run("memory", func(t *testing.T) { test(t, &lifecycle.MemStore{}) })
	onSQLite(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newFile(t))
		test(t, openStore(t, db, sqlstore.Config{}), openStore(t, db, sqlstore.Config{}))
	})
	onPostgres(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newSchema(t))
		test(t, openStore(t, db, onServer), openStore(t, db, onServer))
	})
}

func installAtOnce(t *testing.T, managers []*lifecycle.Manager) {
	t.Helper()
	pkg := pkgversion.MustPackageID("package")
	version := pkgversion.PackageVersion{ID: pkgversion.MustVersionID("version"), Package: pkg, Version: pkgversion.MustVersion("1.0")}
	if _, err := managers[0].RegisterPackage(t.Context(), brindlemoor, lifecycle.Registration{Package: pkgversion.Package{ID: pkg}}); err != nil {
		t.Fatal(err)
	}
	if err := managers[0].PublishVersion(t.Context(), brindlemoor, lifecycle.PublishVersion{Version: version}); err != nil {
		t.Fatal(err)
	}
	spellings := []lead.Person{
		{FirstName: "Robert", LastName: "Doe", Company: "Acme Incorporated", Email: "bob.doe@acme.example"},
		{FirstName: "Bob", LastName: "Doe", Company: "Acme Inc.", Email: "BOB.DOE@acme.example"},
		{FirstName: "Rob", LastName: "Doe", Company: "ACME", Email: "bob.doe@acme.example"},
	}
	var all sync.WaitGroup
	for n := range 12 {
		all.Go(func() {
			_, err := managers[n%len(managers)].Install(t.Context(), brindlemoor, lifecycle.Installed{
				Notice:       lifecycle.Notice{Org: license.Org{ID: pkgversion.MustOrgID(fmt.Sprintf("org-%d", n))}},
				Installation: license.MustInstallationID(fmt.Sprintf("installation-%d", n)),
				Package:      pkg, Version: version.ID, Installer: spellings[n%len(spellings)],
			})
			if err != nil {
				t.Errorf("Install = %v", err)
			}
		})
	}
	all.Wait()
}
