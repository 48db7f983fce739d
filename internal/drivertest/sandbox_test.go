package drivertest

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/pkgversion"
)

// The customer of these tests: a production org, and a sandbox that is made from it.
var (
	soldPackage   = pkgversion.MustPackageID("sold")
	soldVersion   = pkgversion.MustVersionID("sold-1.0")
	production    = license.Org{ID: pkgversion.MustOrgID("production"), Status: license.OrgActive}
	sandboxAlone  = license.Org{ID: pkgversion.MustOrgID("sandbox"), Status: license.OrgActive, Sandbox: true}
	sandboxOf     = license.Org{ID: sandboxAlone.ID, Status: license.OrgActive, Sandbox: true, Production: production.ID}
	soldTo        = lead.Person{LastName: "Buyer", Email: "buyer@customer.example"}
	customer      = lead.MustContactID("contact")
	customersFirm = lead.MustAccountID("account")
)

// What becomes known of one customer, in whatever order or at once.
var customerSteps = map[string]func(context.Context, *lifecycle.Manager) error{
	"the sandbox installs": func(ctx context.Context, m *lifecycle.Manager) error {
		return installIn(ctx, m, "in-sandbox", sandboxAlone)
	},
	"the sandbox of a known org installs": func(ctx context.Context, m *lifecycle.Manager) error {
		return installIn(ctx, m, "in-sandbox", sandboxOf)
	},
	"the origin is told": func(ctx context.Context, m *lifecycle.Manager) error {
		_, err := m.Notify(ctx, actor, lifecycle.OrgChanged{Notice: lifecycle.Notice{At: noon, Org: sandboxOf}})
		return err
	},
	"production installs": func(ctx context.Context, m *lifecycle.Manager) error {
		return installIn(ctx, m, "in-production", production)
	},
	"the lead is converted": func(ctx context.Context, m *lifecycle.Manager) error {
		l, err := m.LicenseOf(ctx, actor, license.MustInstallationID("in-production"))
		if err != nil {
			return err
		}
		return m.ConvertLead(ctx, actor, lifecycle.ConvertLead{Lead: l.Lead, Contact: lead.Contact{ID: customer}, Account: lead.Account{ID: customersFirm}})
	},
}

func installIn(ctx context.Context, m *lifecycle.Manager, installation string, org license.Org) error {
	_, err := m.Install(ctx, actor, lifecycle.Installed{Notice: lifecycle.Notice{At: noon, Org: org}, Installer: soldTo,
		Installation: license.MustInstallationID(installation), Package: soldPackage, Version: soldVersion})
	return err
}

// Two steps that happen at the same moment, after others.
var customerRaces = []struct{ before, atOnce []string }{
	{nil, []string{"the sandbox of a known org installs", "production installs"}},
	{[]string{"the origin is told"}, []string{"the sandbox installs", "production installs"}},
	{[]string{"the sandbox installs"}, []string{"the origin is told", "production installs"}},
	{[]string{"production installs"}, []string{"the sandbox installs", "the origin is told"}},
	{[]string{"production installs"}, []string{"the sandbox of a known org installs", "the lead is converted"}},
	{[]string{"production installs", "the sandbox installs"}, []string{"the origin is told", "the lead is converted"}},
}

// L6: whatever of a customer becomes known at the same moment in two processes, and
// whichever of the two commits first, the sandbox's license is linked to that of the
// production org, and has its contact and account.
func TestPostgresL6SandboxIsLinkedWhoeverIsFirst(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		dsn := newSchema(t)
		db := openDB(t, driver, dsn)
		first, second := openStore(t, db, onServer), openStore(t, openDB(t, driver, dsn), onServer)
		for _, race := range customerRaces {
			for n, step := range race.atOnce {
				t.Run(fmt.Sprintf("%v, %s first", race.before, step), func(t *testing.T) {
					m := customerOn(t, first)
					steps(t, m, race.before...)
					overtaken := &overtaken{Store: second, by: sync.OnceFunc(func() { steps(t, m, step) })}
					steps(t, managerOn(t, overtaken), race.atOnce[1-n])
					linked(t, m)
					empty(t, db)
				})
			}
		}
	})
}

// L6: the same on two handles of one file, where writers come one after the other.
func TestL6SandboxIsLinkedWhoeverIsFirst(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		for _, race := range customerRaces {
			t.Run(fmt.Sprint(race.before, race.atOnce), func(t *testing.T) {
				file := filepath.Join(t.TempDir(), "store.db")
				one := customerOn(t, openStore(t, openDB(t, driver, file), sqlstore.Config{}))
				other := managerOn(t, openStore(t, openDB(t, driver, file), sqlstore.Config{}))
				steps(t, one, race.before...)
				var both sync.WaitGroup
				both.Go(func() { steps(t, one, race.atOnce[0]) })
				both.Go(func() { steps(t, other, race.atOnce[1]) })
				both.Wait()
				linked(t, one)
			})
		}
	})
}

func managerOn(t *testing.T, store lifecycle.Store) *lifecycle.Manager {
	t.Helper()
	m, err := lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// customerOn returns a Manager with the package that the customer will install.
func customerOn(t *testing.T, store lifecycle.Store) *lifecycle.Manager {
	t.Helper()
	m := managerOn(t, store)
	_, err := m.RegisterPackage(t.Context(), actor, lifecycle.Registration{Package: pkgversion.Package{ID: soldPackage}})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.PublishVersion(t.Context(), actor, lifecycle.PublishVersion{Version: pkgversion.PackageVersion{
		ID: soldVersion, Package: soldPackage, Version: pkgversion.MustVersion("1.0")}}); err != nil {
		t.Fatal(err)
	}
	return m
}

func steps(t *testing.T, m *lifecycle.Manager, names ...string) {
	for _, name := range names {
		if err := customerSteps[name](t.Context(), m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// linked checks how the two licenses stand, and then once more with the lead converted.
func linked(t *testing.T, m *lifecycle.Manager) {
	t.Helper()
	for round := range 2 {
		if round == 1 {
			steps(t, m, "the lead is converted")
		}
		p, err1 := m.LicenseOf(t.Context(), actor, license.MustInstallationID("in-production"))
		s, err2 := m.LicenseOf(t.Context(), actor, license.MustInstallationID("in-sandbox"))
		if err1 != nil || err2 != nil || s.Production != p.ID || s.Contact != p.Contact || s.Account != p.Account {
			t.Errorf("the sandbox has %+v, %v\nand production %+v, %v", s, err2, p, err1)
		}
		if round == 1 && p.Contact != customer {
			t.Errorf("production has the contact %v, want %v", p.Contact, customer)
		}
	}
}

// overtaken is a store in which something else is committed between what the first Update
// reads and what it writes.
type overtaken struct {
	lifecycle.Store
	by func() // once
}

type overtakenTx struct {
	lifecycle.Tx
	s *overtaken
}

func (s *overtaken) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	return s.Store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error { return f(ctx, overtakenTx{tx, s}) })
}

func (x overtakenTx) NextLicense(ctx context.Context, vendor pkgversion.VendorID) (license.ID, error) {
	x.s.by() // before this one locks the numbers
	return x.Tx.NextLicense(ctx, vendor)
}

func (x overtakenTx) Write(ctx context.Context, vendor pkgversion.VendorID, effects ...lifecycle.Effect) error {
	x.s.by()
	return x.Tx.Write(ctx, vendor, effects...)
}
