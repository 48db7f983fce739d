package lifecycle

import (
	"testing"

	"github.com/isvkit/isvkit/license"
)

// E10: an event may go when a later one says the record whole: not the first of a record,
// and none that took or freed seats, or ended a license.
func TestE10WhatIsSaidAgain(t *testing.T) {
	changed := func(revision int64, before, after license.Status, holders int) Change {
		return LicenseChanged{
			Before: license.License{Revision: revision, Holders: 2, Terms: license.Terms{Status: before}},
			After:  license.License{Revision: revision + 1, Holders: holders, Terms: license.Terms{Status: after}},
		}
	}
	for _, c := range []struct {
		change Change
		want   bool
	}{
		{PackageChanged{}, false}, {PackageChanged{Before: Registration{Revision: 1}}, true},
		{OrgSeen{}, false}, {OrgSeen{Before: license.Org{Revision: 1}}, true},
		{SidesChanged{}, false}, {SidesChanged{Before: Sides{Revision: 1}}, true},
		{changed(0, license.Active, license.Active, 2), false},
		{changed(1, license.Active, license.Suspended, 2), true},
		{changed(1, license.Active, license.Active, 3), false},
		{changed(1, license.Active, license.Uninstalled, 2), false},
		{changed(1, license.Uninstalled, license.Uninstalled, 2), true},
		{ContactSaved{}, true}, {AccountSaved{}, true}, {OwnerSaved{}, true},
		{SeatsAssigned{}, false}, {SeatsRevoked{}, false}, {Warned{}, false}, {ParameterChanged{}, false}, {InstallationAborted{}, false},
	} {
		if got := isSaidAgain(c.change); got != c.want {
			t.Errorf("%T %+v: %t", c.change, c.change, got)
		}
	}
	lead := LeadChanged{}
	if isSaidAgain(lead) {
		t.Error("the first of a lead may go")
	}
	if lead.Before.Revision = 1; !isSaidAgain(lead) {
		t.Error("a change of a lead may not go")
	}
}
