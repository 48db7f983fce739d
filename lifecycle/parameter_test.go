package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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

// Both sides' values are kept apart, and a difference is seen once the subscriber was.
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
	drift(0) // it is on its way
	w.must(lifecycle.ReportParameter{License: 1, Name: maxRockets, Value: integer(1), At: epoch.Add(time.Microsecond)})
	drift(1)
	w.must(lifecycle.ReportParameter{License: 1, Name: maxRockets, Value: integer(9), At: epoch.Add(-1)})
	_, v := w.parameters().Side("MaxRockets")
	if v.Reported != integer(1) || v.Set != integer(2) {
		t.Errorf("after an older report the sides have %v, want what was known", v)
	}
	w.must(lifecycle.ReportParameter{License: 1, Name: maxRockets, Value: integer(2), At: epoch.Add(time.Millisecond)})
	drift(0)
	w.must(lifecycle.ReportParameter{License: 1, Name: launched, Value: license.BooleanValue(true), At: epoch})
	drift(0) // what the subscriber sets cannot drift
}

// A feature parameter drifts as a value of the license does: who has what and since when is
// an event and an alert, recorded again when a value changes, and its end is recorded.
func TestParameterDriftIsRecorded(t *testing.T) {
	box := &inbox{}
	w := newWorld(t, &lifecycle.MemStore{}).live()
	alerts := oneRule(t, lifecycle.OnDrift{}, box)
	w.runDue(alerts)
	at := func(minutes int) time.Time { return epoch.Add(time.Duration(minutes) * time.Minute) }
	report := func(minutes, rockets int) {
		t.Helper()
		w.must(lifecycle.ReportParameter{License: 1, Name: maxRockets, Value: integer(rockets), At: at(minutes)})
	}
	revision := int64(0)
	set := func(rockets int) {
		t.Helper()
		_, v := w.parameters().Side("MaxRockets")
		revision = v.Revision
		w.must(lifecycle.SetParameter{License: 1, Name: maxRockets, Value: integer(rockets), Revision: revision})
	}
	report(1, 5) // the default is 1
	report(2, 5) // nothing new
	report(3, 6)
	set(7)
	set(6)       // they agree
	set(8)       // on its way
	report(4, 8) // and there
	report(5, 9)
	var told []string
	for _, e := range collect(w, w.Timeline(t.Context(), w.a, 1)) {
		switch c := e.Change.(type) {
		case lifecycle.DriftFound:
			told = append(told, fmt.Sprintf("%v since %v", e.Changes(), c.Difference.Since.Sub(epoch)))
		case lifecycle.DriftEnded:
			told = append(told, fmt.Sprintf("%s ended, since %v", c.Field, c.Since.Sub(epoch)))
		}
	}
	want := []string{
		"[parameter MaxRockets: 1 → 5] since 1m0s", "[parameter MaxRockets: 1 → 6] since 1m0s", "[parameter MaxRockets: 7 → 6] since 1m0s",
		"parameter MaxRockets ended, since 1m0s", "[parameter MaxRockets: 8 → 9] since 5m0s",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("the drift that was told (-want +got):\n%s", diff)
	}
	drift := []license.Difference{{Field: license.DriftOf(maxRockets), Vendor: "8", Subscriber: "9", Since: at(5)}}
	if diff := cmp.Diff(drift, w.parameters().Drift()); diff != "" {
		t.Errorf("Drift (-want +got):\n%s", diff)
	}
	w.runDue(alerts)
	if len(box.all) != 2 || box.all[1].Alert.Field != license.DriftOf(maxRockets) {
		t.Errorf("alerts of %q, want one each time", box.got)
	}
}

// What an application would have read at a past instant is answered from history: values,
// defaults, and whether anybody was licensed.
func TestParametersAsOf(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	var at []time.Time
	var was []string
	say := func(p license.Parameters) string {
		_, v := p.Side("MaxRockets")
		return fmt.Sprint(p.Integer("MaxRockets"), p.Date("Beta_Until"), p.Bool("Launched"), v, p.Drift())
	}
	step := func(c lifecycle.Command) {
		t.Helper()
		w.clock = w.clock.Add(time.Hour)
		w.must(c)
		at, was = append(at, w.clock), append(was, say(w.parameters()))
	}
	step(lifecycle.SetParameter{License: 1, Name: maxRockets, Value: integer(7)})
	step(lifecycle.ReportParameter{License: 1, Name: maxRockets, Value: integer(6), At: w.clock})
	step(lifecycle.ReportParameter{License: 1, Name: launched, Value: license.BooleanValue(true), At: w.clock})
	later := parameters()[1]
	later.Default = license.DateValue(license.MustDate("2030-01-01"))
	step(lifecycle.DefineParameter{Parameter: later})
	l := w.license(1)
	l.Terms.Status = license.Suspended
	step(lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision})
	for i := range at {
		for _, exactly := range []time.Time{at[i], at[i].Add(time.Hour - time.Microsecond)} {
			if exactly.After(w.clock) {
				continue
			}
			p, err := w.LicenseParametersAsOf(t.Context(), w.a, 1, exactly)
			if got := say(p); got != was[i] || err != nil {
				t.Errorf("as of %v: %s, %v, want %s", exactly, got, err, was[i])
			}
		}
	}
	if _, err := w.LicenseParametersAsOf(t.Context(), w.a, 99, w.clock); !isNotFound(err) {
		t.Errorf("of no license: %v, want a *NotFoundError", err)
	}
}

// Of a released package parameters are neither set nor reported nor read.
func TestParametersOfAReleasedPackage(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	w.must(lifecycle.ReleasePackage{Package: seatPackage})
	refused[*lifecycle.NotFoundError](w, lifecycle.SetParameter{License: 1, Name: maxRockets, Value: integer(7)})
	refused[*lifecycle.NotFoundError](w, lifecycle.ReportParameter{License: 1, Name: maxRockets, Value: integer(7)})
	if p, err := w.LicenseParameters(t.Context(), w.a, 1); !isNotFound(err) || p.Decision.Licensed() {
		t.Errorf("LicenseParameters = %v, %v, want a *NotFoundError", p.Decision, err)
	}
}

func isNotFound(err error) bool {
	_, ok := errors.AsType[*lifecycle.NotFoundError](err)
	return ok
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
