package lifecycle_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// reasons returns the checks that failed, as one line.
func reasons(d lifecycle.Diagnosis) string {
	var texts []string
	for _, f := range d.Failed() {
		texts = append(texts, f.Check)
	}
	return strings.Join(texts, "; ")
}

// For each of the guides' causes the diagnosis names it, and only it, with a remedy.
func TestWhyNoLead(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	w.must(lifecycle.Retire{License: 5})
	w.down = true
	w.install(6, org2, trialPackage, jane)
	w.down = false
	w.install(7, org2, seatPackage, lead.Person{})
	w.install(8, org2, seatPackage, lead.Person{LastName: "Lumbergh", Email: "bill@initech.example"})
	for _, pkg := range []pkgversion.PackageID{trialPackage, seatPackage} {
		w.must(lifecycle.InstallAborted{Notice: lifecycle.Notice{At: w.clock, Org: org1}, Package: pkg, Reason: "no rights"})
	}
	for _, test := range []struct {
		name string
		n    int
		org  license.Org
		pkg  pkgversion.PackageID
		want string
	}{
		{"lead made", 1, org1, seatPackage, ""},
		{"lead was there", 3, org1, seatPackage, "no open lead matches the installer"},
		{"sandbox", 4, sandbox, seatPackage, "the license is not of a sandbox that takes its production org's account and contact"},
		{"retired", 5, org2, seatPackage, "the license is in the lists"},
		{"rule failed", 6, org2, trialPackage, "the rule that matches leads and contacts works"},
		{"nobody told", 7, org2, seatPackage, "the installer is known"},
		{"contact", 8, org2, seatPackage, "no contact matches the installer"},
		{"never told", 77, org2, seatPackage, "the license was created"},
		{"aborted", 77, org1, trialPackage, "the installation was told, and neither cancelled nor failed; the license was created"},
		{"aborted and installed after all", 1, org1, seatPackage, ""},
		{"not registered", 77, org2, pkgversion.MustPackageID("other"), "the package is registered; the license was created"},
	} {
		d, err := w.DiagnoseInstallation(t.Context(), w.a, test.org.ID, test.pkg, installation(test.n))
		if err != nil || reasons(d) != test.want {
			t.Errorf("%s: the reasons are %q, %v, want %q", test.name, reasons(d), err, test.want)
		}
		for _, f := range d {
			if (f.Remedy == "") != (f.Outcome == lifecycle.CheckPassed) {
				t.Errorf("%s: %+v, want a remedy exactly if it did not pass", test.name, f)
			}
		}
	}
	left := lead.Owner{ID: lead.MustOwnerID("owner-1")}
	w.must(lifecycle.RecordOwner{Owner: left})
	d, err := w.DiagnoseInstallation(t.Context(), w.a, org1.ID, seatPackage, license.InstallationID{})
	if want := "the lead manager is active and may read licenses; no open lead matches the installer"; err != nil || reasons(d) != want {
		t.Errorf("the reasons are %q, %v, want %q", reasons(d), err, want)
	}
	before := lifecycle.WhyNoLead(lifecycle.Case{Package: lifecycle.Registration{Revision: 1, RegisteredAt: epoch},
		Facts: []lifecycle.Fact{{Kind: lifecycle.FactInstalled, At: epoch.Add(-time.Hour)}, {Kind: lifecycle.FactVersion, At: epoch.Add(-time.Hour)}}})
	if want := "the package was registered before the installation; the license was created"; reasons(before) != want {
		t.Errorf("the reasons are %q, want %q", reasons(before), want)
	}
}

// A diagnosis fails exactly where the modification is refused, whatever is wanted; and it
// changes nothing.
func TestWhyNotEditable(t *testing.T) {
	may := lifecycle.Everything
	w := newWorld(t, &lifecycle.MemStore{}, allowing(&may)).live()
	l1, l5 := w.license(1), w.license(5)
	trial := l1.Terms
	trial.Status = license.Trial
	tests := map[string]struct {
		c    lifecycle.Modify
		want string
	}{
		"allowed":     {lifecycle.Modify{License: 1, Terms: license.Terms{Status: license.Suspended, Seats: license.Site(), Expiration: license.Never()}, Revision: l1.Revision}, ""},
		"stale":       {lifecycle.Modify{License: 1, Terms: license.Terms{Status: license.Suspended, Seats: license.Site(), Expiration: license.Never()}}, "nobody changed the license since it was read"},
		"trial again": {lifecycle.Modify{License: 1, Terms: trial, Revision: l1.Revision}, "the wanted terms are allowed"},
		"unknown":     {lifecycle.Modify{License: 99, Terms: trial}, "the license is there"},
		"uninstalled": {lifecycle.Modify{License: 5, Terms: trial, Revision: l5.Revision}, "the license is not uninstalled; the org can be reached"},
	}
	before := w.dump()
	for name, test := range tests {
		d, err := w.DiagnoseModify(t.Context(), w.a, test.c)
		if err != nil || reasons(d) != test.want {
			t.Errorf("%s: the reasons are %q, %v, want %q", name, reasons(d), err, test.want)
		}
	}
	w.unchanged(before, "diagnosing")
	may = lifecycle.Read
	if d, err := w.DiagnoseModify(t.Context(), w.a, tests["allowed"].c); err != nil || reasons(d) != "you may read and edit licenses" {
		t.Errorf("without the permission the reasons are %q, %v", reasons(d), err)
	}
	may = lifecycle.Everything
	locked := org1
	locked.Status = license.OrgLocked
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: locked}})
	d, err := w.DiagnoseModify(t.Context(), w.a, tests["allowed"].c)
	if err != nil || reasons(d) != "the org can be reached" || !strings.Contains(d.Failed()[0].Remedy, "proxy user has deactivated") {
		t.Errorf("for a locked org the diagnosis is %+v, %v, want the platform's phrase", d.Failed(), err)
	}
	for name, test := range tests {
		d, _ := w.DiagnoseModify(t.Context(), w.a, test.c)
		if err := w.run(test.c); (err != nil) != (len(d.Failed()) > 0) {
			t.Errorf("%s: Modify = %v, and the diagnosis has the reasons %q", name, err, reasons(d))
		}
	}
}

// A diagnosis shows an org's administrator nothing of the vendor's leads, nor of other
// orgs.
func TestM1DiagnosisKeepsOrgsApart(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	w.a.Org = org1.ID
	if d, err := w.DiagnoseInstallation(context.Background(), w.a, org1.ID, seatPackage, installation(1)); !isDenied(err) || d != nil {
		t.Errorf("DiagnoseInstallation = %v, %v, want a *DeniedError", d, err)
	}
	other, err1 := w.DiagnoseModify(context.Background(), w.a, lifecycle.Modify{License: 5})
	none, err2 := w.DiagnoseModify(context.Background(), w.a, lifecycle.Modify{License: 99})
	if !slices.Equal(other, none) || err1 != nil || err2 != nil {
		t.Errorf("another org's license is diagnosed as %v, %v, one that is not there as %v, %v", other, err1, none, err2)
	}
}
