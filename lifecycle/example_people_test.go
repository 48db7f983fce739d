package lifecycle_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// What people may do comes from the directory that the caller has already.
func ExamplePermissions() {
	directory := map[string]lifecycle.Permissions{
		"olga": lifecycle.Everything,
		"sam":  lifecycle.Read,
	}
	m, err := lifecycle.New(lifecycle.Config{
		Store: &lifecycle.MemStore{},
		May: func(_ context.Context, a lifecycle.Actor) (lifecycle.Permissions, error) {
			return directory[a.ID.String()], nil // nothing to who is not in it
		},
	})
	check(err)

	sam := lifecycle.Actor{Vendor: vendor.Vendor, ID: lifecycle.MustActorID("sam")}
	_, err = m.RegisterPackage(ctx, sam, lifecycle.Registration{Package: pkgversion.Package{ID: rocket, Name: "Rocket"}})
	fmt.Println(err)
	_, err = m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket, Name: "Rocket"}})
	fmt.Println(err)
	// Output:
	// lifecycle: "sam" is denied: it needs manage listings and has read
	// <nil>
}

// The administrator of a subscriber org sees and seats its own people.
func ExampleDeniedError() {
	m := vendorWith(3)
	admin := lifecycle.Actor{Vendor: vendor.Vendor, ID: lifecycle.MustActorID("umbra's admin"), Org: umbra.ID}
	seating, err := m.Assign(ctx, admin, lifecycle.Assign{License: 1, Users: someone("ada", "bob")})
	fmt.Println(len(seating.Assigned), err)

	_, err = m.Modify(ctx, admin, lifecycle.Modify{License: 1, Revision: 1, Terms: license.Terms{
		Status: license.Active, Seats: license.MustSeats(100), Expiration: license.Never(),
	}})
	var denied *lifecycle.DeniedError
	fmt.Println(errors.As(err, &denied), err)
	// Output:
	// 2 <nil>
	// true lifecycle: "umbra's admin" is denied: it acts for an org, and only the vendor's own people can do this
}

// A vendor sells rockets by license: ten to this one.
func ExampleSetParameter() {
	m := vendorWith(3)
	three, _ := license.ParseValue("3")
	ten, _ := license.ParseValue("10")
	name := license.MustParameterName("MaxRockets")
	check(m.DefineParameter(ctx, vendor, lifecycle.DefineParameter{Parameter: license.Parameter{
		Package: rocket, Name: name, Type: license.Integer, Direction: license.ToSubscriber, Default: three,
	}}))
	check(m.SetParameter(ctx, vendor, lifecycle.SetParameter{License: 1, Name: name, Value: ten, Why: "order 4711"}))
	check(m.ReportParameter(ctx, vendor, lifecycle.ReportParameter{License: 1, Name: name, Value: three})) // not there yet

	p, err := m.Parameters(ctx, vendor, umbra.ID, rocket)
	check(err)
	fmt.Println(p.Integer("MaxRockets"), "rockets; drift:", len(p.Drift()))
	for e, err := range m.Events(ctx, vendor, 0) {
		check(err)
		switch c := e.Change.(type) {
		case lifecycle.ParameterDefined:
			fmt.Println(e.Stream.Kind, c.After.Name, "is", c.After.Default)
		case lifecycle.ParameterChanged:
			fmt.Println(e.Stream.ID, "set", c.After.Set, "reported", c.After.Reported, e.Why)
		}
	}
	// Output:
	// 10 rockets; drift: 1
	// package MaxRockets is 3
	// L-00001 set 10 reported  order 4711
	// L-00001 set 10 reported 3
}

// What defines, sets and reports parameters is decided like all else, without a store.
func ExampleDefineParameter() {
	s := lifecycle.State{Package: lifecycle.Registration{Package: pkgversion.Package{ID: rocket}, Revision: 1}, Now: noon}
	parameter := license.Parameter{Package: rocket, Name: license.MustParameterName("NightLaunch"), Type: license.Boolean,
		Direction: license.ToVendor, Default: license.BooleanValue(false)}
	effects, err := lifecycle.Apply(s, lifecycle.DefineParameter{Parameter: parameter})
	put := effects[0].(lifecycle.PutParameter)
	fmt.Println(put.Parameter.Name, "among", put.Known, err)

	parameter.Revision = 1
	s.Parameters = []license.Parameter{parameter}
	s.License = license.License{ID: 1, Revision: 4, Terms: license.Terms{Status: license.Active}}
	effects, err = lifecycle.Apply(s, lifecycle.ReportParameter{License: 1, Name: parameter.Name, Value: license.BooleanValue(true)})
	value := effects[0].(lifecycle.PutParameterValue)
	fmt.Println(value.Value.Name, value.Value.Reported, "if the license is at revision", value.IfLicense, err)
	// Output:
	// NightLaunch among 0 <nil>
	// NightLaunch true if the license is at revision 4 <nil>
}

// notLoaded is a rule that has learnt nothing yet.
type notLoaded struct {
	lead.ExactEmail
	loaded bool
}

func (r *notLoaded) Err(lead.Person) error {
	if !r.loaded {
		return errors.New("the model is not loaded")
	}
	return nil
}

// A rule that fails loses no installation: its lead is made later.
func ExamplePendingLead() {
	model := &notLoaded{}
	var rule lifecycle.FallibleMatcher = model
	m, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Rules: lifecycle.Rules{Leads: rule}})
	check(err)
	_, err = m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket, Name: "Rocket"}})
	check(err)
	l, err := m.Install(ctx, vendor, lifecycle.Installed{
		Notice: lifecycle.Notice{Org: umbra}, Installation: license.MustInstallationID("0502X000000Txd2"), Package: rocket, Version: v1,
		Number: pkgversion.MustVersion("1.0"), Installer: lead.Person{LastName: "Doe", Company: "Umbra", Email: "jane@umbra.example"},
	})
	fmt.Println(l.ID, l.Lead.IsZero(), err)
	for p, err := range m.PendingLeads(ctx, vendor) {
		fmt.Println(p.License, p.Person.Company, err)
	}

	n, err := m.RetryLeads(ctx, vendor)
	fmt.Println(n == lifecycle.LeadRetry{Pending: 1}, err)
	model.loaded = true
	n, err = m.RetryLeads(ctx, vendor)
	fmt.Println(n == lifecycle.LeadRetry{Settled: 1}, err)
	// Output:
	// L-00001 true <nil>
	// L-00001 Umbra <nil>
	// true <nil>
	// true <nil>
}

// What a retry decides, without a store.
func ExampleRetryLead() {
	s := lifecycle.State{
		Rules:   lifecycle.Rules{Leads: &notLoaded{loaded: true}, Contacts: lead.ExactEmail{}},
		License: license.License{ID: 1, Revision: 1, Terms: license.Terms{Status: license.Active}},
		Pending: lifecycle.PendingLead{License: 1, Person: lead.Person{LastName: "Doe"}, Since: noon, Revision: 1},
	}
	effects, err := lifecycle.Apply(s, lifecycle.RetryLead{License: 1})
	for _, e := range effects {
		switch e := e.(type) {
		case lifecycle.PutLead:
			fmt.Println("lead", e.Lead.ID)
		case lifecycle.PutPendingLead, lifecycle.DropPendingLead:
			fmt.Println("pending no more")
		case lifecycle.Append:
			switch c := e.Event.Change.(type) {
			case lifecycle.LeadPended:
				fmt.Println("pending since", c.Pending.Since)
			case lifecycle.LeadSettled:
				fmt.Println("settled for", c.License)
			}
		}
	}
	fmt.Println(err)

	s.Rules.Leads = &notLoaded{}
	_, err = lifecycle.Apply(s, lifecycle.RetryLead{License: 1})
	var failed *lifecycle.RuleError
	fmt.Println(errors.As(err, &failed), err)
	// Output:
	// lead lead-of-1
	// pending no more
	// settled for L-00001
	// <nil>
	// true lifecycle: the rule that matches leads failed
}

// Two users are licensed by a permission-set license, beside the package's own
// seats, and stay so when the license itself is suspended.
func ExampleAddPermissionSet() {
	m := vendorWith(0)
	plus, err := m.AddPermissionSet(ctx, vendor, lifecycle.AddPermissionSet{
		Installation: license.MustInstallationID("acme-rocket-plus"), Org: umbra.ID, Package: rocket, PermissionSet: "Rocket Plus",
		Terms: license.Terms{Status: license.Active, Seats: license.MustSeats(2), Expiration: license.Never()},
	})
	check(err)
	_, err = m.Assign(ctx, vendor, lifecycle.Assign{License: plus.ID, Users: someone("ada")})
	check(err)
	for _, name := range []string{"ada", "bob"} {
		d, err := m.Check(ctx, vendor, umbra.ID, rocket, seats.MustUserID(name))
		check(err)
		own, err := m.CheckLicense(ctx, vendor, 1, seats.MustUserID(name))
		check(err)
		fmt.Println(name, "is", d, "/ by the package's own license", own)
	}
	for _, kind := range []lifecycle.LicenseKind{lifecycle.AllLicenses, lifecycle.PackageLicenses, lifecycle.PermissionSetLicenses} {
		n := 0
		for _, err := range m.Licenses(ctx, vendor, lifecycle.LicenseQuery{Kind: kind}) {
			check(err)
			n++
		}
		fmt.Print(n, " ")
	}
	// Output:
	// ada is licensed, by permission-set license / by the package's own license not licensed: no seat
	// bob is not licensed: no seat / by the package's own license not licensed: no seat
	// 2 1 1
}

// The license of an org that is gone leaves the lists, and stays in history.
func ExampleRetire() {
	m := vendorWith(3)
	gone := umbra
	gone.Status = license.OrgDeleted
	_, err := m.Notify(ctx, vendor, lifecycle.OrgChanged{Notice: lifecycle.Notice{Org: gone}})
	check(err)
	_, err = m.Retire(ctx, vendor, lifecycle.Retire{License: 1, Why: "org deleted in March"})
	check(err)
	for _, which := range []lifecycle.RetiredKind{lifecycle.NotRetired, lifecycle.AndRetired, lifecycle.OnlyRetired} {
		n := 0
		for _, err := range m.Licenses(ctx, vendor, lifecycle.LicenseQuery{Retired: which}) {
			check(err)
			n++
		}
		fmt.Print(n, " ")
	}
	// Output: 0 1 1
}

// Support asks why a license cannot be edited.
func ExampleDiagnosis() {
	m := vendorWith(3)
	locked := umbra
	locked.Status = license.OrgLocked
	_, err := m.Notify(ctx, vendor, lifecycle.OrgChanged{Notice: lifecycle.Notice{Org: locked}})
	check(err)
	terms := license.Terms{Status: license.Active, Seats: license.MustSeats(9), Expiration: license.Never()}
	d, err := m.DiagnoseModify(ctx, vendor, lifecycle.Modify{License: 1, Terms: terms, Revision: 1})
	check(err)
	for _, f := range d.Failed() {
		fmt.Println(f.Outcome, "-", f.Check)
	}
	// Output: failed - the org can be reached
}

// The same without a store: a case as it was told on the telephone.
func ExampleCase() {
	d := lifecycle.WhyNoLead(lifecycle.Case{
		Package: lifecycle.Registration{Package: pkgversion.Package{ID: rocket}, LeadManager: lead.MustOwnerID("olga"), Revision: 1},
		License: license.License{ID: 1, Contact: lead.MustContactID("jane")},
		Manager: lead.Owner{ID: lead.MustOwnerID("olga"), Active: true, CannotRead: true},
	})
	for _, f := range d.Failed() {
		var finding lifecycle.Finding = f
		fmt.Println(finding.Check, finding.Outcome == lifecycle.Outcome(lifecycle.CheckFailed))
	}
	// Output:
	// the lead manager is active and may read licenses true
	// no contact matches the installer true
}

// A user leaves; where the package says so their seat is free for somebody else.
func ExamplePoolError() {
	m := vendorWith(1)
	r, err := m.Package(ctx, vendor, rocket)
	check(err)
	r.FreeSeats = true
	_, err = m.ChangePackage(ctx, vendor, r)
	check(err)
	ada, bob := someone("ada")[0], someone("bob")
	m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ada")})
	m.DeactivateUser(ctx, vendor, lifecycle.DeactivateUser{License: 1, User: ada})
	m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: bob})
	_, err = m.ReactivateUser(ctx, vendor, lifecycle.ReactivateUser{License: 1, User: ada})
	var pool *lifecycle.PoolError
	fmt.Println(errors.As(err, &pool), pool.License)
	// Output: true L-00001
}
