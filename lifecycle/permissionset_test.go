package lifecycle_test

import (
	"context"
	"testing"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

// What a permission-set license is not: an installation, a trial, or another one's.
func TestAddPermissionSetRefuses(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	good := lifecycle.AddPermissionSet{Installation: installation(60), Org: org1.ID, Package: seatPackage, PermissionSet: "Plus", Terms: active(1)}
	before := w.dump()
	w.must(good)
	w.unchanged(before, "adding it again")
	for field, spoil := range map[string]func(*lifecycle.AddPermissionSet){
		"installation id": func(c *lifecycle.AddPermissionSet) { c.Installation = license.InstallationID{} },
		"org id":          func(c *lifecycle.AddPermissionSet) { c.Org = license.Org{}.ID },
		"permission set":  func(c *lifecycle.AddPermissionSet) { c.PermissionSet = "" },
		"why":             func(c *lifecycle.AddPermissionSet) { c.Why = "\x00" },
	} {
		c := good
		spoil(&c)
		if err := refused[*lifecycle.FieldError](w, c); err.Field != field {
			t.Errorf("%s spoilt: %v", field, err)
		}
	}
	ending, trial, unknown, other, own, dead := good, good, good, good, good, good
	ending.Installation, ending.Terms.Expiration = installation(62), license.LastDay(license.MustDate("2020-01-01"))
	refused[*license.FieldError](w, ending)
	trial.Terms.Status = license.Trial
	refused[*license.TransitionError](w, trial)
	unknown.Package = license.License{}.Package
	refused[*lifecycle.NotFoundError](w, unknown)
	other.PermissionSet = "Minus"
	refused[*lifecycle.ExistsError](w, other)
	own.Installation = installation(1)
	refused[*lifecycle.ExistsError](w, own)
	dead.Org, dead.Installation = org2.ID, installation(63)
	refused[*lifecycle.UnreachableOrgError](w, dead)

	set := w.license(6)
	refused[*lifecycle.ExistsError](w, w.installed(60, org1, seatPackage, jane))
	refused[*lifecycle.ExistsError](w, w.uninstalled(60, org1, seatPackage))
	refused[*lifecycle.ExistsError](w, lifecycle.Upgrade{License: 6, Version: versionID(seatPackage, published[1])})
	refused[*lifecycle.ExistsError](w, lifecycle.Observe{Observation: w.seen(60, org1, seatPackage)})
	set.PermissionSet = ""
	refused[*lifecycle.FieldError](w, lifecycle.ImportLicense{License: set, Org: org1, AsOf: w.clock})
	set.PermissionSet, set.Terms.Status = "Plus", license.Uninstalled
	refused[*lifecycle.FieldError](w, lifecycle.ImportLicense{License: set, Org: org1, AsOf: w.clock})
}

// A permission-set license licenses its holders whatever became of the package's license,
// but not where the package is not installed; and of the past the answer is that of then.
func TestD1PermissionSetsOfAnOrg(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	ctx := context.Background()
	asks := func(n int) license.Decision {
		d, err := w.Check(ctx, w.a, org1.ID, seatPackage, user(n))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	w.must(w.uninstalled(1, org1, seatPackage))
	if d := asks(9); d.Reason != license.GrantedPermissionSet || d.License != 6 {
		t.Errorf("a holder is %v by %v", d, d.License)
	}
	if d, err := w.CheckLicense(ctx, w.a, 3, user(9)); err != nil || d.Reason != license.DeniedNoSeat {
		t.Errorf("by the own license only %v, %v", d, err)
	}
	if d, err := w.CheckNamespace(ctx, w.a, org1.ID, "ns", user(9)); err != nil || d.License != 6 {
		t.Errorf("for the namespace %v by %v, %v", d, d.License, err)
	}
	if d := asks(3); d.Reason != license.DeniedNoSeat || d.License != 3 {
		t.Errorf("who holds none is %v by %v", d, d.License)
	}
	terms := active(3)
	terms.Status = license.Suspended
	w.must(lifecycle.Modify{License: 3, Terms: terms, Revision: w.license(3).Revision})
	if d := asks(9); !d.Licensed() {
		t.Errorf("with a suspended license a holder is %v", d)
	}
	refused[*seats.ExhaustedError](w, lifecycle.Assign{License: 6, Users: users(1)})
	then := w.clock
	w.clock = w.clock.Add(1e9)
	w.must(w.uninstalled(3, org1, seatPackage))
	if d := asks(9); d.Reason != license.DeniedUninstalled || d.License != 3 {
		t.Errorf("where the package is uninstalled a holder is %v by %v", d, d.License)
	}
	if d, err := w.CheckAsOf(ctx, w.a, org1.ID, seatPackage, user(9), then); err != nil || d.Reason != license.GrantedPermissionSet {
		t.Errorf("as of before %v, %v", d, err)
	}
	if held := w.license(6).Holders; held != 1 {
		t.Errorf("%d hold the set, want 1: it outlives the installation", held)
	}
}
