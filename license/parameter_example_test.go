package license_test

import (
	"fmt"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

var maxRockets = license.Parameter{
	Package: pkgversion.MustPackageID("0332X000000Txd2"), Name: license.MustParameterName("MaxRockets"), Type: license.Integer,
	Direction: license.ToSubscriber, Default: rockets(3),
}

func rockets(n int) license.Value {
	v, err := license.IntegerValue(n)
	if err != nil {
		panic(err)
	}
	return v
}

// What application code reads. A license that licenses nobody answers no to everything.
func ExampleParameters() {
	active := license.Decision{Reason: license.Granted}
	set := license.ParameterValue{License: 1, Name: maxRockets.Name, Set: rockets(10)}
	p := license.NewParameters(active, []license.Parameter{maxRockets}, []license.ParameterValue{set})
	fmt.Println(p.Integer("MaxRockets"), p.Bool("NightLaunch"))

	expired := license.Decision{Reason: license.DeniedExpired}
	p = license.NewParameters(expired, []license.Parameter{maxRockets}, []license.ParameterValue{set})
	fmt.Println(p.Integer("MaxRockets"), p.Bool("NightLaunch"))
	// Output:
	// 10 false
	// 0 false
}

// Both sides' values are kept: a difference is drift.
func ExampleParameterValue() {
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	v := license.ParameterValue{License: 1, Name: maxRockets.Name, Set: rockets(10), Reported: rockets(3), ReportedAt: noon}
	fmt.Println(v.Effective(maxRockets), v.Reported, v.Differs(maxRockets), v.Drifts(maxRockets)) // it may be on its way
	v.DifferSince = noon
	fmt.Println(v.Drifts(maxRockets), v.Difference(maxRockets).Field)
	// Output:
	// 10 3 true false
	// true parameter MaxRockets
}

// A Parameter says what there is to set, and which side sets it.
func ExampleParameter() {
	fmt.Println(maxRockets.Name, maxRockets.Type, maxRockets.Direction, maxRockets.Default, maxRockets.Validate())
	wrong := maxRockets
	wrong.Default = license.BooleanValue(true)
	fmt.Println(wrong.Validate())
	// Output:
	// MaxRockets Integer LmoToSubscriber 3 <nil>
	// license: default "true": is of the parameter's type, Integer
}

func ExampleValue() {
	for _, text := range []string{"true", "42", "2026-06-30", "soon"} {
		v, err := license.ParseValue(text)
		fmt.Println(v.Type(), v, err)
	}
	// Output:
	// Boolean true <nil>
	// Integer 42 <nil>
	// Date 2026-06-30 <nil>
	//   license: parameter value "soon": is true, false, an integer of at most nine digits, or a date
}

func ExampleParameterName() {
	_, err := license.ParseParameterName("max__rockets")
	fmt.Println(err)
	// Output: license: parameter name "max__rockets": begins with a letter, has letters, digits and single underscores, does not end with one, and has at most 80 characters
}

func ExampleParameterType() {
	fmt.Println(license.Boolean, license.Integer, license.Day)
	// Output: Boolean Integer Date
}

func ExampleDirection() {
	fmt.Println(license.ToSubscriber, license.ToVendor)
	// Output: LmoToSubscriber SubscriberToLmo
}
