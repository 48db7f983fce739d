package lifecycle_test

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
)

var (
	maxRockets = license.MustParameterName("MaxRockets") // an integer that the vendor sets
	betaUntil  = license.MustParameterName("Beta_Until") // a date that the vendor sets
	launched   = license.MustParameterName("Launched")   // a boolean that the subscriber sets
)

func integer(n int) license.Value {
	v, err := license.IntegerValue(n)
	if err != nil {
		panic(err)
	}
	return v
}

// parameters are those of the package with seats.
func parameters() []license.Parameter {
	return []license.Parameter{
		{Package: seatPackage, Name: maxRockets, Type: license.Integer, Direction: license.ToSubscriber, Default: integer(1)},
		{Package: seatPackage, Name: betaUntil, Type: license.Day, Direction: license.ToSubscriber, Default: license.DateValue(license.MustDate("2026-12-31"))},
		{Package: seatPackage, Name: launched, Type: license.Boolean, Direction: license.ToVendor, Default: license.BooleanValue(false)},
	}
}

func (w *world) parameters() license.Parameters {
	w.Helper()
	p, err := w.LicenseParameters(context.Background(), w.a, 1)
	if err != nil {
		w.Fatalf("LicenseParameters = %v", err)
	}
	return p
}

// The values of a license are the default, until the side that sets a parameter does;
// the application reads them, and what is not there denies.
func TestParametersAreRead(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	say := func(p license.Parameters) string {
		return fmt.Sprint(p.Integer("MaxRockets"), p.Date("Beta_Until"), p.Bool("Launched"),
			p.Bool("MaxRockets"), p.Integer("Nothing"), p.Bool("Nothing"))
	}
	expect := func(want string) {
		t.Helper()
		if got := say(w.parameters()); got != want {
			t.Errorf("the parameters are %s, want %s", got, want)
		}
	}
	expect("1 2026-12-31 false false 0 false")
	w.must(lifecycle.SetParameter{License: 1, Name: maxRockets, Value: integer(7)})
	w.must(lifecycle.ReportParameter{License: 1, Name: launched, Value: license.BooleanValue(true), At: epoch})
	expect("7 2026-12-31 true false 0 false")
	w.must(lifecycle.SetParameter{License: 1, Name: maxRockets, Revision: 1})
	expect("1 2026-12-31 true false 0 false")
	p, err := w.Parameters(t.Context(), w.a, org1.ID, seatPackage)
	if err != nil || !p.Decision.Licensed() || p.Decision.License != 3 { // installed last of two
		t.Errorf("Parameters of the org = %v, %v, want those of the primary license", p.Decision, err)
	}

	l := w.license(1)
	l.Terms.Status = license.Suspended
	w.must(lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision})
	expect("0  false false 0 false")
	if got := say(license.Parameters{}); got != "0  false false 0 false" {
		t.Errorf("the zero Parameters says %s, want what denies", got)
	}
}

// Both sides' values are kept apart, and a difference is seen.
func TestParametersDrift(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	drift := func(want int) {
		t.Helper()
		if got := w.parameters().Drift(); len(got) != want {
			t.Errorf("Drift = %v, want %d", got, want)
		}
	}
	drift(0)
	w.must(lifecycle.ReportParameter{License: 1, Name: maxRockets, Value: integer(1), At: epoch})
	drift(0)
	w.must(lifecycle.SetParameter{License: 1, Name: maxRockets, Value: integer(2), Revision: 1})
	drift(1)
	w.must(lifecycle.ReportParameter{License: 1, Name: maxRockets, Value: integer(9), At: epoch.Add(-1)})
	_, v := w.parameters().Side("MaxRockets")
	if v.Reported != integer(1) || v.Set != integer(2) {
		t.Errorf("after an older report the sides have %v, want what was known", v)
	}
	w.must(lifecycle.ReportParameter{License: 1, Name: maxRockets, Value: integer(2), At: epoch.Add(1000)})
	drift(0)
	w.must(lifecycle.ReportParameter{License: 1, Name: launched, Value: license.BooleanValue(true), At: epoch})
	drift(0) // what the subscriber sets cannot drift
}

// What may not be set is refused with a typed error, and nothing changes.
func TestParametersRefused(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	other := parameters()[0]
	other.Direction = license.ToVendor
	refused[*lifecycle.ExistsError](w, lifecycle.DefineParameter{Parameter: other})
	other = parameters()[0]
	other.Type, other.Default = license.Boolean, license.BooleanValue(true)
	refused[*lifecycle.ExistsError](w, lifecycle.DefineParameter{Parameter: other})
	other.Name, other.Default = license.MustParameterName("Other"), integer(1)
	refused[*license.FieldError](w, lifecycle.DefineParameter{Parameter: other})

	refused[*lifecycle.FieldError](w, lifecycle.SetParameter{License: 1, Name: launched, Value: license.BooleanValue(true)})
	refused[*lifecycle.FieldError](w, lifecycle.SetParameter{License: 1, Name: maxRockets, Value: license.BooleanValue(true)})
	refused[*lifecycle.NotFoundError](w, lifecycle.SetParameter{License: 1, Name: license.MustParameterName("Other"), Value: integer(1)})
	refused[*lifecycle.NotFoundError](w, lifecycle.SetParameter{License: 99, Name: maxRockets, Value: integer(1)})
	refused[*lifecycle.StaleError](w, lifecycle.SetParameter{License: 1, Name: maxRockets, Value: integer(4), Revision: 3})
	refused[*license.TransitionError](w, lifecycle.SetParameter{License: 5, Name: maxRockets, Value: integer(4)})
	refused[*lifecycle.FieldError](w, lifecycle.ReportParameter{License: 1, Name: maxRockets})
	refused[*lifecycle.FieldError](w, lifecycle.ReportParameter{License: 1, Name: maxRockets, Value: integer(4), At: w.clock.AddDate(0, 0, 1)})

	before := w.dump()
	w.must(lifecycle.SetParameter{License: 1, Name: maxRockets, Revision: 8})
	w.must(lifecycle.DefineParameter{Parameter: parameters()[0]})
	w.unchanged(before, "asking for what holds")

	locked := org1
	locked.Status = license.OrgLocked
	w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: locked}})
	refused[*lifecycle.UnreachableOrgError](w, lifecycle.SetParameter{License: 1, Name: maxRockets, Value: integer(4)})
	w.must(lifecycle.ReportParameter{License: 1, Name: maxRockets, Value: integer(4)})
}

// A package has at most 200 parameters.
func TestParametersAreBounded(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	p := parameters()[0]
	for n := range license.MaxParameters {
		p.Name = license.MustParameterName(fmt.Sprintf("P%d", n))
		w.must(lifecycle.DefineParameter{Parameter: p})
	}
	p.Name = license.MustParameterName("One_more")
	refused[*lifecycle.FieldError](w, lifecycle.DefineParameter{Parameter: p})
	p.Name, p.Default = license.MustParameterName("P7"), integer(70)
	w.must(lifecycle.DefineParameter{Parameter: p})
}

// L18: what the library keeps of a license cannot be set by whatever a vendor modifies:
// of the record nothing but the terms changes, and what says when and whose they are.
func TestL18ModifyChangesTermsOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, &lifecycle.MemStore{}).live()
		id := license.ID(rapid.IntRange(1, 5).Draw(t, "license"))
		before := w.license(id)
		terms := license.Terms{
			Status:     license.Status(rapid.IntRange(0, 6).Draw(t, "status")),
			Seats:      rapid.SampledFrom([]license.Seats{{}, license.Site(), license.MustSeats(1)}).Draw(t, "seats"),
			Expiration: rapid.SampledFrom([]license.Expiration{{}, license.Never(), license.LastDay(license.MustDate("2026-02-01"))}).Draw(t, "expiration"),
		}
		_ = w.run(lifecycle.Modify{License: id, Terms: terms, Revision: before.Revision}) // refused or not
		_ = w.run(lifecycle.SetParameter{License: id, Name: maxRockets, Value: integer(rapid.IntRange(0, 3).Draw(t, "rockets"))})
		after := w.license(id)
		after.Terms, after.TermsAsOf, after.AsInstalled, after.OnceActive = before.Terms, before.TermsAsOf, before.AsInstalled, before.OnceActive
		after.Revision, after.ChangedAt = before.Revision, before.ChangedAt
		if before.TrialStart.IsZero() {
			after.TrialStart = before.TrialStart // a license that becomes a trial has one from then on
		}
		if after != before {
			t.Fatalf("Modify(%+v) left %+v, was %+v", terms, after, before)
		}
	})
}
