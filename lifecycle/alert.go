package lifecycle

import (
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// Alert records that what a rule looks for came true of a license. It is recorded once,
// as an [AlertRaised] event, and delivered at least once, always under its ID. It holds
// facts and no personal data; what a person reads is rendered when it is delivered.
type Alert struct {
	ID      AlertID
	License license.ID
	Number  int // among the alerts of the license: 1, 2, 3 …
	Rule    string
	Kind    AlertKind
	Due     license.Date // the day of the license's zone on which it came true
	At      time.Time    // when it was recorded
	Late    bool         // it was recorded on a later day than Due, because nothing ran

	Days        int                // of the rule; of an idle seat: how long it has been idle
	BasisPoints int                // of a threshold that was crossed, in hundredths of a percent
	Last        license.Date       // last day of the license; of an unused one: when it was last used; of an idle seat: the day from which it can be taken
	Used, Seats int                // when a threshold was crossed
	Field       license.DriftField // in which the two sides differ
	User        seats.UserID       // whose seat is idle
}

// AlertKind says what an alert is about.
type AlertKind string

// The kinds of alerts.
const (
	AlertExpiring      AlertKind = "expiring"
	AlertTrialEnding   AlertKind = "trial ending"
	AlertExpired       AlertKind = "expired"
	AlertUninstalled   AlertKind = "uninstalled"
	AlertSuspended     AlertKind = "suspended"
	AlertOverAllocated AlertKind = "over-allocated"
	AlertThreshold     AlertKind = "threshold crossed"
	AlertUnused        AlertKind = "unused"
	AlertDrift         AlertKind = "drift"
	AlertSeatIdle      AlertKind = "seat idle"
)

// raise records an alert, unless it is recorded, or its cause is gone.
type raise struct {
	alert Alert
	cause Cause
	sinks []string // to which it is to be delivered
}

func (raise) command() {}

func (d *decision) raise(c raise) error {
	if err := d.licensed(c.alert.License); err != nil {
		return err
	}
	if !d.Alert.ID.IsZero() || !c.cause.stands(d.License, c.alert) {
		return nil
	}
	a := c.alert
	a.Number, a.At = d.LastAlert+1, d.Now
	a.Late = d.License.Zone.DateOf(d.Now).After(a.Due)
	d.do(PutAlert{a}, AlertRaised{a})
	for _, sink := range c.sinks {
		d.effects = append(d.effects, PutDelivery{Delivery: Delivery{
			Alert: a.ID, Sink: sink, License: a.License, Number: a.Number, State: Pending, NextAt: d.Now, Revision: 1,
		}})
	}
	return nil
}

// AlertQuery says which alerts are asked for, by license and number. Every condition
// that is set must hold; the zero query asks for all.
type AlertQuery struct {
	License license.ID
	Rule    string
	After   AlertCursor // only those that follow
}

// AlertCursor is a place in a listing of alerts: after the alert of that license and
// number. The zero cursor is the beginning.
type AlertCursor struct {
	License license.ID
	Number  int
}

// CursorAfterAlert returns the place after a.
func CursorAfterAlert(a Alert) AlertCursor { return AlertCursor{License: a.License, Number: a.Number} }

// follows reports whether the alert of that license and number follows c.
func (c AlertCursor) follows(l license.ID, number int) bool {
	return l > c.License || l == c.License && number > c.Number
}

// Matches reports whether a is asked for.
func (q AlertQuery) Matches(a Alert) bool {
	return (q.License == 0 || a.License == q.License) && (q.Rule == "" || a.Rule == q.Rule) && q.After.follows(a.License, a.Number)
}
