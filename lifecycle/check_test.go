package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// checks are the ways to ask, each about user 1, who is licensed in a world that is
// live.
func (w *world) checks() map[string]func() (license.Decision, error) {
	ctx := context.Background()
	return map[string]func() (license.Decision, error){
		"Check":          func() (license.Decision, error) { return w.Check(ctx, w.a, org1.ID, seatPackage, user(1)) },
		"CheckNamespace": func() (license.Decision, error) { return w.CheckNamespace(ctx, w.a, org1.ID, "ns", user(1)) },
		"CheckLicense":   func() (license.Decision, error) { return w.CheckLicense(ctx, w.a, 1, user(1)) },
	}
}

// D3, D4: whichever read fails, there is no answer: the error and the zero
// Decision, never a yes.
func TestD3FailedReadIsNoAnswer(t *testing.T) {
	w, s := onFaulty(t)
	w.clock = epoch
	w.uninstallInstallation3()
	for name, check := range w.checks() {
		for n := 1; ; n++ {
			s.calls, s.failAt, s.err = 0, n, errBroken
			d, err := check()
			if !s.fired() {
				if err != nil || d.Reason != license.Granted || n < 4 {
					t.Errorf("%s without a fault = %v, %v, after %d reads", name, d, err, n-1)
				}
				break
			}
			if !errors.Is(err, errBroken) || d != (license.Decision{}) {
				t.Errorf("%s with read %d failing = %+v, %v, want the zero Decision and the error", name, n, d, err)
			}
		}
	}
	s.failAt = 0
	broken := &brokenView{Store: s.Store}
	for name, check := range newWorld(t, broken).checks() {
		if d, err := check(); !errors.Is(err, errBroken) || d != (license.Decision{}) {
			t.Errorf("%s on a View that fails at its end = %+v, %v", name, d, err)
		}
	}
}

// uninstallInstallation3 leaves license 1 the only one of its org and package.
func (w *world) uninstallInstallation3() { w.must(w.uninstalled(3, org1, seatPackage)) }

// brokenView fails after f has read everything.
type brokenView struct{ lifecycle.Store }

func (s *brokenView) View(ctx context.Context, f func(context.Context, lifecycle.Reader) error) error {
	return errors.Join(s.Store.View(ctx, f), errBroken)
}

// D11: a question writes nothing.
func TestD11QuestionsWriteNothing(t *testing.T) {
	w, s := onFaulty(t)
	before := dump(t, s.Store, w.a.Vendor)
	s.updates = 0
	w.clock = w.clock.AddDate(20, 0, 0)
	for name, check := range w.checks() {
		if _, err := check(); err != nil {
			t.Errorf("%s = %v", name, err)
		}
	}
	if _, err := w.Now(t.Context(), w.a); err != nil {
		t.Errorf("Now = %v", err)
	}
	if s.updates > 0 {
		t.Errorf("the questions began %d Updates", s.updates)
	}
	w.unchanged(before, "asking")
}

// D2, D14: what names nothing is an error and the zero Decision; an org, a user or
// a license of which nothing is known is a no without an error.
func TestD2UnknownIsNotLicensed(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	ctx := t.Context()
	nobody := pkgversion.MustPackageID("nobody's")
	w.must(lifecycle.RegisterPackage{Registration: lifecycle.Registration{Package: pkgversion.Package{ID: pkgversion.MustPackageID("without a namespace")}}})
	notFound := func(err error) bool { _, ok := errors.AsType[*lifecycle.NotFoundError](err); return ok }
	field := func(err error) bool { _, ok := errors.AsType[*lifecycle.FieldError](err); return ok }
	for _, test := range []struct {
		name string
		ask  func() (license.Decision, error)
		is   func(error) bool
	}{
		{"unknown package", func() (license.Decision, error) { return w.Check(ctx, w.a, org1.ID, nobody, user(1)) }, notFound},
		{"zero package", func() (license.Decision, error) {
			return w.Check(ctx, w.a, org1.ID, pkgversion.PackageID{}, user(1))
		}, notFound},
		{"unknown namespace", func() (license.Decision, error) { return w.CheckNamespace(ctx, w.a, org1.ID, "nobody's", user(1)) }, notFound},
		{"no namespace", func() (license.Decision, error) { return w.CheckNamespace(ctx, w.a, org1.ID, "", user(1)) }, notFound},
		{"zero org", func() (license.Decision, error) {
			return w.Check(ctx, w.a, pkgversion.OrgID{}, seatPackage, user(1))
		}, field},
		{"zero org of a namespace", func() (license.Decision, error) {
			return w.CheckNamespace(ctx, w.a, pkgversion.OrgID{}, "ns", user(1))
		}, field},
		{"zero user", func() (license.Decision, error) { return w.Check(ctx, w.a, sandbox.ID, seatPackage, seats.UserID{}) }, field},
		{"zero user of a license", func() (license.Decision, error) { return w.CheckLicense(ctx, w.a, 4, seats.UserID{}) }, field},
		{"zero actor", func() (license.Decision, error) {
			return w.Check(ctx, lifecycle.Actor{}, sandbox.ID, seatPackage, user(1))
		}, field},
		{"actor without a vendor", func() (license.Decision, error) {
			return w.Check(ctx, lifecycle.Actor{ID: w.a.ID}, sandbox.ID, seatPackage, user(1))
		}, field},
		{"actor without an id", func() (license.Decision, error) {
			return w.CheckLicense(ctx, lifecycle.Actor{Vendor: w.a.Vendor}, 4, user(1))
		}, field},
	} {
		if d, err := test.ask(); !test.is(err) || d != (license.Decision{}) {
			t.Errorf("%s: %+v, %T %v, want the zero Decision and a typed error", test.name, d, err, err)
		}
	}
	for name, ask := range map[string]func() (license.Decision, error){
		"unknown org": func() (license.Decision, error) {
			return w.Check(ctx, w.a, pkgversion.MustOrgID("nobody's"), seatPackage, user(1))
		},
		"unknown org of a namespace": func() (license.Decision, error) {
			return w.CheckNamespace(ctx, w.a, pkgversion.MustOrgID("nobody's"), "ns", user(1))
		},
		"unknown license": func() (license.Decision, error) { return w.CheckLicense(ctx, w.a, 99, user(1)) },
		"zero license":    func() (license.Decision, error) { return w.CheckLicense(ctx, w.a, 0, user(1)) },
	} {
		if d, err := ask(); err != nil || d.Reason != license.DeniedUnknown || d.Licensed() || d.License != 0 || !d.Causes.Has(license.DeniedUnknown) {
			t.Errorf("%s: %+v, %v, want unknown and no error", name, d, err)
		}
	}
}

// D1: a license in production is asked, not the site license of the sandbox; the
// Active one, not the uninstalled one; and the policy of its package holds.
func TestD1CheckAsksThePrimaryLicense(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	ctx := t.Context()
	for _, test := range []struct {
		org  pkgversion.OrgID
		user int
		of   license.ID
		want license.Reason
	}{
		{org1.ID, 1, 3, license.DeniedNoSeat}, // the newer of two is primary, and nobody holds a seat there
		{sandbox.ID, 1, 4, license.GrantedSite},
		{org2.ID, 1, 5, license.DeniedUninstalled},
	} {
		d, err := w.Check(ctx, w.a, test.org, seatPackage, user(test.user))
		if err != nil || d.Reason != test.want || d.License != test.of {
			t.Errorf("Check(%v) = %v of %v, %v, want %v of %v", test.org, d, d.License, err, test.want, test.of)
		}
	}
	w = newWorld(t, &lifecycle.MemStore{}).stock()
	l := w.install(1, org1, seatPackage, jane)
	w.must(lifecycle.Assign{License: 1, Users: users(1)})
	terms := l.Terms
	terms.Expiration = license.LastDay(license.DateOf(epoch))
	w.must(lifecycle.Modify{License: 1, Terms: terms, Revision: l.Revision})
	for _, test := range []struct {
		days int
		want license.Reason
	}{{0, license.Granted}, {1, license.GrantedGrace}, {5, license.GrantedGrace}, {6, license.DeniedExpired}} {
		w.clock = license.DateOf(epoch).AddDays(test.days + 1).Start().Add(-time.Microsecond)
		for name, check := range w.checks() {
			if d, err := check(); err != nil || d.Reason != test.want {
				t.Errorf("%s %d days after the last one = %v, %v, want %v", name, test.days, d, err, test.want)
			}
		}
	}
}

// D10: a namespace is licensed when a package of it is, with the best reason, and
// its answer holds no longer than any of theirs.
func TestD10NamespaceAgreesWithPackages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, &lifecycle.MemStore{})
		var ids []pkgversion.PackageID
		for i := range 3 {
			id := pkgversion.MustPackageID(fmt.Sprint("p", i))
			space := rapid.SampledFrom([]string{"ns", "other"}).Draw(t, "namespace")
			w.must(lifecycle.RegisterPackage{Registration: lifecycle.Registration{
				Package: pkgversion.Package{ID: id, Namespace: space}, Policy: license.Policy{GraceDays: rapid.IntRange(0, 9).Draw(t, "grace")},
				Defaults: rapid.SampledFrom([]license.Defaults{{}, {Status: license.Trial, Days: 3, Seats: license.Site()}, {Status: license.Active, Days: 5, Seats: license.MustSeats(1)}}).Draw(t, "defaults"),
			}})
			if space == "ns" {
				ids = append(ids, id)
			}
			if rapid.Bool().Draw(t, "installed") {
				n := w.installed(i, org1, id, jane)
				n.Number = published[0]
				w.must(n)
			}
		}
		w.clock = w.clock.AddDate(0, 0, rapid.IntRange(0, 12).Draw(t, "days"))
		var singles []license.Decision
		for _, id := range ids {
			d, err := w.Check(context.Background(), w.a, org1.ID, id, user(1))
			if err != nil {
				t.Fatal(err)
			}
			singles = append(singles, d)
		}
		got, err := w.CheckNamespace(context.Background(), w.a, org1.ID, "ns", user(1))
		if len(ids) == 0 {
			if _, ok := errors.AsType[*lifecycle.NotFoundError](err); !ok || got != (license.Decision{}) {
				t.Fatalf("CheckNamespace of none = %v, %v", got, err)
			}
			return
		}
		best, any := singles[0], false
		for _, d := range singles {
			any = any || d.Licensed()
			if !d.Until.IsZero() && (got.Until.IsZero() || got.Until.After(d.Until)) {
				t.Fatalf("CheckNamespace holds until %v, %v until %v", got.Until, d, d.Until)
			}
			if d.Reason > best.Reason {
				best = d
			}
		}
		if err != nil || got.Licensed() != any || got.Reason != best.Reason {
			t.Fatalf("CheckNamespace = %v, %v; the packages say %v", got, err, singles)
		}
	})
}

// D7: what is revoked or suspended is a no in the next decision.
func TestD7ChangesHoldAtOnce(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	ask := func() license.Reason {
		d, err := w.CheckLicense(t.Context(), w.a, 1, user(1))
		if err != nil {
			t.Fatal(err)
		}
		return d.Reason
	}
	if got := ask(); got != license.Granted {
		t.Fatalf("before: %v", got)
	}
	w.must(lifecycle.Revoke{License: 1, Users: users(1)})
	if got := ask(); got != license.DeniedNoSeat {
		t.Errorf("revoked: %v", got)
	}
	l := w.license(1)
	terms := l.Terms
	terms.Status = license.Suspended
	w.must(lifecycle.Modify{License: 1, Terms: terms, Revision: l.Revision})
	if got := ask(); got != license.DeniedSuspended {
		t.Errorf("suspended: %v", got)
	}
}
