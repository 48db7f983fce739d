package license_test

import (
	"errors"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

func integerValue(t *testing.T, n int) license.Value {
	t.Helper()
	v, err := license.IntegerValue(n)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A value is of one type, and nothing of another.
func TestValuesAreOfOneType(t *testing.T) {
	one, day := integerValue(t, 1), license.DateValue(license.MustDate("0001-01-01")) // both are a 1 within
	for _, test := range []struct {
		v       license.Value
		boolean bool
		integer int
		date    string
	}{{license.Value{}, false, 0, ""}, {license.BooleanValue(true), true, 0, ""}, {one, false, 1, ""}, {day, false, 0, "0001-01-01"}} {
		if b, n, d := test.v.Bool(), test.v.Integer(), test.v.Date(); b != test.boolean || n != test.integer || d.String() != test.date {
			t.Errorf("%q of type %v is %t, %d and %q", test.v, test.v.Type(), b, n, d)
		}
	}
}

// A parameter is refused for the first of its fields that is none.
func TestParameterRefusesWhatIsNone(t *testing.T) {
	good := license.Parameter{Package: pkgversion.MustPackageID("033300000000001"), Name: license.MustParameterName("MaxRockets"),
		Type: license.Integer, Direction: license.ToSubscriber, Default: integerValue(t, 7)}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	field := func(change func(*license.Parameter)) string {
		p := good
		change(&p)
		if refused, ok := errors.AsType[*license.FieldError](p.Validate()); ok {
			return refused.Field
		}
		return ""
	}
	for want, change := range map[string]func(*license.Parameter){
		"package id":     func(p *license.Parameter) { p.Package = pkgversion.PackageID{} },
		"parameter name": func(p *license.Parameter) { p.Name = license.ParameterName{} },
		"default":        func(p *license.Parameter) { p.Default = license.BooleanValue(true) },
	} {
		if got := field(change); got != want {
			t.Errorf("refused for %q, want %q", got, want)
		}
	}
	for i := range 256 {
		typed := field(func(p *license.Parameter) {
			if p.Type = license.ParameterType(i); p.Type != license.Integer {
				p.Default = license.Value{} // which is of no type
			}
		})
		if want := map[bool]string{true: "default", false: "parameter type"}[i >= 1 && i <= 3]; typed != want && i != int(license.Integer) {
			t.Errorf("type %d is refused for %q, want %q", i, typed, want)
		}
		directed := field(func(p *license.Parameter) { p.Direction = license.Direction(i) })
		if want := map[bool]string{true: "", false: "direction"}[i >= 1 && i <= 2]; directed != want {
			t.Errorf("direction %d is refused for %q, want %q", i, directed, want)
		}
	}
}

// The two sides of a parameter differ when the subscriber has told another value than holds
// for the vendor; they drift when that was seen; and never where the subscriber sets it.
func TestParameterDrift(t *testing.T) {
	at := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	p := license.Parameter{Type: license.Integer, Default: integerValue(t, 7)}
	five, seven := integerValue(t, 5), integerValue(t, 7)
	for name, test := range map[string]struct {
		v               license.ParameterValue
		differs, drifts bool
	}{
		"nothing":                   {license.ParameterValue{}, false, false},
		"set, and not told":         {license.ParameterValue{Set: five, SetAt: at}, false, false},
		"told the default":          {license.ParameterValue{Reported: seven, ReportedAt: at}, false, false},
		"told none":                 {license.ParameterValue{ReportedAt: at}, true, false},
		"told another":              {license.ParameterValue{Reported: five, ReportedAt: at}, true, false},
		"seen with another":         {license.ParameterValue{Reported: five, ReportedAt: at, DifferSince: at}, true, true},
		"set to what was told":      {license.ParameterValue{Set: five, Reported: five, ReportedAt: at}, false, false},
		"set to that after a drift": {license.ParameterValue{Set: five, Reported: five, ReportedAt: at, DifferSince: at}, false, false},
	} {
		p.Direction = license.ToSubscriber
		if differs, drifts := test.v.Differs(p), test.v.Drifts(p); differs != test.differs || drifts != test.drifts {
			t.Errorf("%s: differs %t, drifts %t", name, differs, drifts)
		}
		p.Direction = license.ToVendor
		if test.v.Differs(p) || test.v.Drifts(p) {
			t.Errorf("%s: what the subscriber sets differs, or drifts", name)
		}
	}
}
