package license

import "strconv"

// MaxTrialDays is how long a trial can last, counted from its start.
const MaxTrialDays = 90

// Defaults are the terms with which a package's new licenses begin. The zero
// Defaults stand for [StandardDefaults], what a package has that is registered
// without a word about them.
//
// The platform documents defaults twice: those of the License object's fields, which are
// the StandardDefaults, and those of the package's registration. The registration decides
// here, and the fields' only where it says nothing; a sandbox gets [SandboxTerms] whatever
// it says.
type Defaults struct {
	Status Status // Trial or Active
	Days   int    // from the installation to the last day; of a trial 1 to 90; 0 for Active: does not expire
	Seats  Seats
}

// StandardDefaults returns: Active, a site license, does not expire.
func StandardDefaults() Defaults { return Defaults{Status: Active, Seats: Site()} }

// OrStandard returns d, or StandardDefaults for the zero Defaults.
func (d Defaults) OrStandard() Defaults {
	if d == (Defaults{}) {
		return StandardDefaults()
	}
	return d
}

// maxActiveDays keeps an expiration within the range of Date.
const maxActiveDays = 100 * 366

// Validate returns a *FieldError when d breaks a rule.
func (d Defaults) Validate() error {
	d = d.OrStandard()
	days := strconv.Itoa(d.Days)
	switch {
	case d.Status != Trial && d.Status != Active:
		return &FieldError{Field: "default status", Value: d.Status.String(), Rule: "new licenses are Trial or Active"}
	case d.Status == Trial && (d.Days < 1 || d.Days > MaxTrialDays):
		return &FieldError{Field: "default days", Value: days, Rule: "a free trial lasts 1 to 90 whole days"}
	case d.Days < 0 || d.Days > maxActiveDays:
		return &FieldError{Field: "default days", Value: days, Rule: "a license lasts 0 (does not expire) to 36600 days"}
	}
	return nil
}

// Terms returns the terms of a license installed on a day. A trial's days count
// from trialStart, which is earlier when the org had a trial of the package
// before.
func (d Defaults) Terms(installed, trialStart Date) Terms {
	d = d.OrStandard()
	terms := Terms{Status: d.Status, Seats: d.Seats, Expiration: Never()}
	switch {
	case d.Status == Trial:
		terms.Expiration = LastDay(trialStart.AddDays(d.Days))
	case d.Days > 0:
		terms.Expiration = LastDay(installed.AddDays(d.Days))
	}
	return terms
}

// SandboxTerms returns the terms of a license in a sandbox, whatever the
// defaults: Active, a site license, does not expire.
func SandboxTerms() Terms { return Terms{Status: Active, Seats: Site(), Expiration: Never()} }
