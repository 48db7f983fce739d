package lifecycle

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// Cause is what an [AlertRule] looks for: one of the types of this file.
//
// What happened is told however late the rule is run, also when it was undone since: a
// suspension, a threshold that was crossed. What a date makes true is told when it held
// at some time of its day and still holds at the run: of a license that was renewed in
// between nothing is made up.
type Cause interface {
	kind() AlertKind
	validate() error
	// stands reports whether l is still as a says.
	stands(l license.License, a Alert) bool
}

// OnExpiring looks for Active licenses whose last day is so many days off, counted in the
// license's zone: an alert for each of Days. 0 is the last day itself.
type OnExpiring struct{ Days []int }

// OnTrialEnding is OnExpiring for Trials.
type OnTrialEnding struct{ Days []int }

// OnExpired looks for Trials and Active licenses on the day after their last one.
type OnExpired struct{}

// OnUninstalled looks for licenses whose installation is gone.
type OnUninstalled struct{}

// OnSuspended looks for licenses that were suspended.
type OnSuspended struct{}

// OnOverAllocated looks for licenses that come to have more seats used than licensed: used
// is what is assigned here. What the subscriber org says of use differs as drift.
type OnOverAllocated struct{}

// OnThreshold looks for licenses whose use, as OnOverAllocated has it, comes to so much of the licensed seats, in
// hundredths of a percent: 8000 is 80 %. There is an alert for each threshold that is
// crossed upwards, and none again until use was below it.
type OnThreshold struct{ BasisPoints []int }

// OnDrift looks for licenses of which vendor and subscriber org come to differ in a
// value: one alert each time, until they agree on it again.
type OnDrift struct{}

// OnUnused looks for licenses that nobody has used for so many days: one alert each
// time, until they are used again. Its first run tells of those that are unused already.
type OnUnused struct {
	Days int
	// LastUse yields what is known of use: the caller's log-ins, or what the orgs told. It
	// is asked once in each run, while no transaction is open.
	LastUse func(context.Context) iter.Seq2[Use, error]
}

// Use says when a license was last used. The zero At is never, and counts from the
// installation.
type Use struct {
	License license.ID
	At      time.Time
}

// OnSeatIdle looks for seats that a reclaim plan moved to a stage with a notice:
// FirstWarning, FinalNotice or Deactivated.
type OnSeatIdle struct{ Stage reclaim.Stage }

func (OnExpiring) kind() AlertKind      { return AlertExpiring }
func (OnTrialEnding) kind() AlertKind   { return AlertTrialEnding }
func (OnExpired) kind() AlertKind       { return AlertExpired }
func (OnUninstalled) kind() AlertKind   { return AlertUninstalled }
func (OnSuspended) kind() AlertKind     { return AlertSuspended }
func (OnOverAllocated) kind() AlertKind { return AlertOverAllocated }
func (OnThreshold) kind() AlertKind     { return AlertThreshold }
func (OnDrift) kind() AlertKind         { return AlertDrift }
func (OnUnused) kind() AlertKind        { return AlertUnused }
func (OnSeatIdle) kind() AlertKind      { return AlertSeatIdle }

func (c OnExpiring) validate() error    { return validDays(c.Days...) }
func (c OnTrialEnding) validate() error { return validDays(c.Days...) }
func (OnExpired) validate() error       { return nil }
func (OnUninstalled) validate() error   { return nil }
func (OnSuspended) validate() error     { return nil }
func (OnOverAllocated) validate() error { return nil }
func (OnDrift) validate() error         { return nil }

func (c OnThreshold) validate() error {
	for _, level := range c.BasisPoints {
		if level < 1 || level > 10_000 {
			return &FieldError{Field: "threshold", Value: itoa(level), Rule: "is 1 to 10000 hundredths of a percent"}
		}
	}
	return validDistinct("thresholds", c.BasisPoints)
}

func (c OnUnused) validate() error {
	if c.LastUse == nil {
		return &FieldError{Field: "last use", Rule: "somebody says when licenses were last used"}
	}
	return validDays(c.Days)
}

func (c OnSeatIdle) validate() error {
	switch c.Stage {
	case reclaim.FirstWarning, reclaim.FinalNotice, reclaim.Deactivated:
		return nil
	}
	return &FieldError{Field: "stage", Value: c.Stage.String(), Rule: "is one with a notice"}
}

// maxAlertDays keeps days within the range of Date.
const maxAlertDays = 3660

func validDays(days ...int) error {
	for _, n := range days {
		if n < 0 || n > maxAlertDays {
			return &FieldError{Field: "days", Value: itoa(n), Rule: "is 0 to " + itoa(maxAlertDays)}
		}
	}
	return validDistinct("days", days)
}

func validDistinct(field string, numbers []int) error {
	if n := len(slices.Compact(slices.Sorted(slices.Values(numbers)))); n == 0 || n < len(numbers) {
		return &FieldError{Field: field, Rule: "names at least one, and each once"}
	}
	return nil
}

func (OnExpiring) stands(l license.License, a Alert) bool {
	return l.Terms.Status == license.Active && endsOn(l, a.Last)
}

func (OnTrialEnding) stands(l license.License, a Alert) bool {
	return l.Terms.Status == license.Trial && endsOn(l, a.Last)
}

func (OnExpired) stands(l license.License, a Alert) bool { return isLive(l) && endsOn(l, a.Last) }

func (OnUnused) stands(l license.License, _ Alert) bool { return isLive(l) }

func (OnUninstalled) stands(license.License, Alert) bool   { return true }
func (OnSuspended) stands(license.License, Alert) bool     { return true }
func (OnOverAllocated) stands(license.License, Alert) bool { return true }
func (OnThreshold) stands(license.License, Alert) bool     { return true }
func (OnDrift) stands(license.License, Alert) bool         { return true }
func (OnSeatIdle) stands(license.License, Alert) bool      { return true }

// isLive reports whether nothing but a date ends l.
func isLive(l license.License) bool {
	return l.Terms.Status == license.Active || l.Terms.Status == license.Trial
}

func endsOn(l license.License, day license.Date) bool {
	last, ends := l.Terms.Expiration.LastDay()
	return ends && last == day
}

// A dated cause comes true by date: before the last day by days, of which -1 is the day
// after it.
type dated interface {
	Cause
	days() []int
}

func (c OnExpiring) days() []int    { return c.Days }
func (c OnTrialEnding) days() []int { return c.Days }
func (OnExpired) days() []int       { return []int{-1} }

// stood reports whether c stood at some time of the day of a, by the history of its
// license: what was recorded of it, oldest first. Of changes that Retain removed the next
// one tells what they left.
func stood(c dated, a Alert, history []Event) bool {
	var was license.License
	for i, e := range history {
		changed, ok := e.Change.(LicenseChanged)
		if !ok {
			continue
		}
		removed := changed.Before.Revision != was.Revision
		if was = changed.After; removed && c.stands(changed.Before, a) && lasted(changed.Before, e.At, a.Due) {
			return true
		}
		if changed.After.Zone.DateOf(e.At).After(a.Due) || !c.stands(changed.After, a) {
			continue
		}
		if until := changedNext(history[i+1:]); until.IsZero() || lasted(changed.After, until, a.Due) {
			return true
		}
	}
	return false
}

// lasted reports whether l, which was changed at an instant, was as it was on a day.
func lasted(l license.License, changed time.Time, day license.Date) bool {
	return !l.Zone.DateOf(changed.Add(-time.Microsecond)).Before(day)
}

// changedNext returns when a license changed next, the zero time if it did not.
func changedNext(history []Event) time.Time {
	for _, e := range history {
		if _, ok := e.Change.(LicenseChanged); ok {
			return e.At
		}
	}
	return time.Time{}
}

// occurrence joins the parts of an alert's id.
func occurrence(rule string, l license.ID, what ...string) AlertID {
	id := rule + "/" + l.String()
	for _, part := range what {
		id += "/" + part
	}
	return AlertID{id}
}

func itoa64(n int64) string { return strconv.FormatInt(n, 10) }
