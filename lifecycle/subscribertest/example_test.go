package subscribertest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/subscribertest"
	"github.com/isvkit/isvkit/pkgversion"
)

var acme = lifecycle.Observation{
	Installation: lifecycle.Installation{ID: license.MustInstallationID("acme-rocket"), Org: pkgversion.MustOrgID("acme"), Package: pkgversion.MustPackageID("rocket")},
	Values:       license.Observed{Status: license.SubscriberActive, Seats: license.MustSeats(10), HasSeats: true},
}

func ExampleOrgs() {
	orgs := &subscribertest.Orgs{} // the zero value is ready
	orgs.Put(acme)
	orgs.SetStatus(acme.Org, license.OrgLocked)
	_, err := orgs.Pull(context.Background(), acme.Installation)
	fmt.Println(err)
	// Output: lifecycle: proxy user has deactivated: org acme is "Locked"; ask the subscriber to reinstall the package
}

// A push whose answer is lost has happened all the same.
func ExampleStep() {
	orgs := &subscribertest.Orgs{Fault: func(s subscribertest.Step) error {
		if s.Method == "Push" && s.Done {
			return errors.New("no answer")
		}
		return nil
	}}
	orgs.Put(acme)
	_, err := orgs.Push(context.Background(), lifecycle.Push{Installation: acme.Installation, Terms: license.Terms{Seats: license.MustSeats(20)}, Revision: 1})
	has, _ := orgs.Get(acme.ID)
	fmt.Println(err, "- the org has", has.Values.Seats)
	// Output: no answer - the org has 20
}
