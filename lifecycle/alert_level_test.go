package lifecycle

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// A transfer is the revocation of one seat and the assignment of one, next to each other,
// by one actor at one instant; anything else is two changes.
func TestIsTransfer(t *testing.T) {
	one, two := []seats.UserID{seats.MustUserID("a")}, []seats.UserID{seats.MustUserID("a"), seats.MustUserID("b")}
	at := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	event := func(position int64, c Change) Event {
		return Event{Position: position, At: at, Actor: MustActorID("ada"), Change: c}
	}
	took, gave := event(5, SeatsRevoked{Users: one}), event(6, SeatsAssigned{Users: one})
	if !isTransfer(took, gave) {
		t.Error("a transfer is not known as one")
	}
	later, other := gave, gave
	later.At, other.Actor = at.Add(1), MustActorID("bob")
	for what, pair := range map[string][2]Event{
		"two are taken":     {event(5, SeatsRevoked{Users: two}), gave},
		"two are given":     {took, event(6, SeatsAssigned{Users: two})},
		"none is taken":     {event(5, SeatsRevoked{}), gave},
		"something between": {event(4, SeatsRevoked{Users: one}), gave},
		"later":             {took, later},
		"somebody else":     {took, other},
		"given and given":   {event(5, SeatsAssigned{Users: one}), gave},
		"taken and taken":   {took, event(6, SeatsRevoked{Users: one})},
	} {
		if isTransfer(pair[0], pair[1]) {
			t.Errorf("%s: is taken for a transfer", what)
		}
	}
}

// Use is blank on a site license, and on one that is not there any more.
func TestLevels(t *testing.T) {
	of := func(status license.Status, count license.Seats, used int) level {
		return level{terms: license.Terms{Status: status, Seats: count}, holders: used}
	}
	for _, c := range []struct {
		of            level
		at80, at100   bool
		overAllocated bool
	}{
		{of(license.Active, license.MustSeats(10), 7), false, false, false},
		{of(license.Active, license.MustSeats(10), 8), true, false, false},
		{of(license.Trial, license.MustSeats(10), 10), true, true, false},
		{of(license.Suspended, license.MustSeats(10), 11), true, true, true},
		{of(license.Active, license.MustSeats(0), 0), false, false, false},
		{of(license.Active, license.MustSeats(0), 1), true, true, true},
		{of(license.Active, license.Site(), 11), false, false, false},
		{of(license.Uninstalled, license.MustSeats(10), 11), false, false, false},
		{of(0, license.MustSeats(10), 11), false, false, false},
	} {
		if got := c.of.reached(8000); got != c.at80 {
			t.Errorf("%+v: at 80 %%: %t", c.of, got)
		}
		if got := c.of.reached(10_000); got != c.at100 {
			t.Errorf("%+v: at 100 %%: %t", c.of, got)
		}
		if got := c.of.overAllocated(); got != c.overAllocated {
			t.Errorf("%+v: over-allocated: %t", c.of, got)
		}
	}
}

// A cause validates what it is given, to the last value.
func TestCausesAreValid(t *testing.T) {
	for _, c := range []struct {
		cause Cause
		valid bool
	}{
		{OnThreshold{}, false}, {OnThreshold{[]int{0}}, false}, {OnThreshold{[]int{1}}, true}, {OnThreshold{[]int{10_000}}, true},
		{OnThreshold{[]int{10_001}}, false}, {OnThreshold{[]int{5, 8, 5}}, false}, {OnThreshold{[]int{8, 5}}, true},
		{OnExpiring{}, false}, {OnExpiring{[]int{-1}}, false}, {OnExpiring{[]int{0}}, true}, {OnExpiring{[]int{maxAlertDays}}, true},
		{OnExpiring{[]int{maxAlertDays + 1}}, false}, {OnTrialEnding{[]int{7, 7}}, false}, {OnTrialEnding{[]int{7, 1}}, true},
	} {
		if err := c.cause.validate(); (err == nil) != c.valid {
			t.Errorf("%T%v: %v, want valid %t", c.cause, c.cause, err, c.valid)
		}
	}
}

// What a date makes true stands for the licenses that it is about, and no others.
func TestCausesStand(t *testing.T) {
	last := license.MustDate("2026-06-30")
	a := Alert{Last: last}
	for _, c := range []struct {
		cause Cause
		want  map[license.Status]bool
	}{
		{OnExpiring{}, map[license.Status]bool{license.Active: true}},
		{OnTrialEnding{}, map[license.Status]bool{license.Trial: true}},
		{OnExpired{}, map[license.Status]bool{license.Active: true, license.Trial: true}},
	} {
		for _, status := range []license.Status{0, license.Trial, license.Active, license.Suspended, license.Uninstalled} {
			for _, ends := range []license.Expiration{license.LastDay(last), license.LastDay(last.AddDays(1)), license.Never(), {}} {
				l := license.License{Terms: license.Terms{Status: status, Expiration: ends}}
				if got, want := c.cause.stands(l, a), c.want[status] && ends == license.LastDay(last); got != want {
					t.Errorf("%T stands %t of a license that is %v until %v", c.cause, got, status, ends)
				}
			}
		}
	}
	for status, want := range map[license.Status]bool{0: false, license.Trial: true, license.Active: true, license.Suspended: false, license.Uninstalled: false} {
		if got := (OnUnused{}).stands(license.License{Terms: license.Terms{Status: status}}, a); got != want {
			t.Errorf("OnUnused stands %t of a license that is %v", got, status)
		}
	}
}

// T1: a cause stood when it held at some time of the day on which it was due.
func TestT1Stood(t *testing.T) {
	due := license.MustDate("2026-06-30")
	a, c := Alert{Due: due, Last: due.AddDays(30)}, OnExpiring{[]int{30}}
	with := func(at time.Time, last license.Date) Event {
		return Event{At: at, Change: LicenseChanged{After: license.License{ID: 1,
			Terms: license.Terms{Status: license.Active, Expiration: license.LastDay(last)}}}}
	}
	start := due.Start()
	as, other := a.Last, a.Last.AddDays(9)
	for what, h := range map[string]struct {
		history []Event
		want    bool
	}{
		"nothing":                        {nil, false},
		"since long":                     {[]Event{with(start.AddDate(0, 0, -9), as)}, true},
		"since the last of the day":      {[]Event{with(start.AddDate(0, 0, 1).Add(-1000), as)}, true},
		"since the day after":            {[]Event{with(start.AddDate(0, 0, 1), as)}, false},
		"never":                          {[]Event{with(start.AddDate(0, 0, -9), other)}, false},
		"until the day before":           {[]Event{with(start.AddDate(0, 0, -9), as), with(start.AddDate(0, 0, -1), other)}, false},
		"until the day began":            {[]Event{with(start.AddDate(0, 0, -9), as), with(start, other)}, false},
		"for a microsecond":              {[]Event{with(start.AddDate(0, 0, -9), as), with(start.Add(1000), other)}, true},
		"again":                          {[]Event{with(start.AddDate(0, 0, -9), as), with(start.AddDate(0, 0, -8), other), with(start, as)}, true},
		"until now, with a seat between": {[]Event{with(start.AddDate(0, 0, -9), as), {At: start.AddDate(0, 0, -8), Change: SeatsAssigned{}}}, true},
	} {
		if got := stood(c, a, h.history); got != h.want {
			t.Errorf("%s: %t", what, got)
		}
	}
}

// What an event of a license is an alert of: news, and only of what the rule looks for.
func TestWhatHappened(t *testing.T) {
	at := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	change := func(what LicenseEvent, before, after license.Status) Change {
		c := LicenseChanged{What: what, After: license.License{ID: 1, Terms: license.Terms{Status: after}}}
		if before != 0 {
			c.Before = license.License{ID: 1, Terms: license.Terms{Status: before}}
		}
		return c
	}
	moved := func(to reclaim.Stage) Change { return StageMoved{Move: reclaim.Move{To: to}} }
	for what, c := range map[string]struct {
		cause  Cause
		change Change
		want   bool
	}{
		"suspended":                      {OnSuspended{}, change(LicenseModified, license.Active, license.Suspended), true},
		"suspended still":                {OnSuspended{}, change(LicenseModified, license.Suspended, license.Suspended), false},
		"active again":                   {OnSuspended{}, change(LicenseModified, license.Suspended, license.Active), false},
		"imported as suspended":          {OnSuspended{}, change(LicenseImported, 0, license.Suspended), false},
		"suspended by an import":         {OnSuspended{}, change(LicenseImported, license.Active, license.Suspended), true},
		"made as suspended":              {OnSuspended{}, change(LicenseAdded, 0, license.Suspended), true},
		"uninstalled":                    {OnUninstalled{}, change(LicenseUninstalled, license.Active, license.Uninstalled), true},
		"uninstalled still":              {OnUninstalled{}, change(LicenseCompleted, license.Uninstalled, license.Uninstalled), false},
		"imported as uninstalled":        {OnUninstalled{}, change(LicenseImported, 0, license.Uninstalled), false},
		"uninstalled by an import":       {OnUninstalled{}, change(LicenseImported, license.Trial, license.Uninstalled), true},
		"a seat, for a suspension":       {OnSuspended{}, SeatsAssigned{}, false},
		"warned":                         {OnSeatIdle{reclaim.FirstWarning}, moved(reclaim.FirstWarning), true},
		"warned, for the final notice":   {OnSeatIdle{reclaim.FinalNotice}, moved(reclaim.FirstWarning), false},
		"deactivated":                    {OnSeatIdle{reclaim.Deactivated}, moved(reclaim.Deactivated), true},
		"active again, for a warning":    {OnSeatIdle{reclaim.FirstWarning}, moved(reclaim.Active), false},
		"a suspension, for an idle seat": {OnSeatIdle{reclaim.FirstWarning}, change(LicenseModified, license.Active, license.Suspended), false},
	} {
		rule := AlertRule{Name: "rule", When: c.cause}
		if got := rule.happened(Event{At: at, Position: 3, Change: c.change}, 1, level{}, level{}); (len(got) == 1) != c.want || len(got) > 1 {
			t.Errorf("%s: %+v, want an alert: %t", what, got, c.want)
		}
	}
}

// Rules and sinks have names that can be kept: neither empty, nor too long, nor twice the same.
func TestNamesOfRulesAndSinks(t *testing.T) {
	sink := SinkFunc(func(context.Context, Message) error { return nil })
	for _, c := range []struct {
		config AlertConfig
		valid  bool
	}{
		{AlertConfig{Rules: []AlertRule{{Name: strings.Repeat("n", maxRuleName), When: OnDrift{}}}}, true},
		{AlertConfig{Rules: []AlertRule{{Name: strings.Repeat("n", maxRuleName+1), When: OnDrift{}}}}, false},
		{AlertConfig{Rules: []AlertRule{{When: OnDrift{}}}}, false},
		{AlertConfig{Rules: []AlertRule{{Name: "a/b", When: OnDrift{}}}}, false},
		{AlertConfig{Rules: []AlertRule{{Name: "a", When: OnDrift{}}, {Name: "a", When: OnSuspended{}}}}, false},
		{AlertConfig{Rules: []AlertRule{{Name: "a"}}}, false},
		{AlertConfig{Rules: []AlertRule{{Name: "a", When: OnDrift{}, Sinks: []string{"s"}}}, Sinks: map[string]Sink{"s": sink}}, true},
		{AlertConfig{Rules: []AlertRule{{Name: "a", When: OnDrift{}, Sinks: []string{"s"}}}}, false},
		{AlertConfig{Sinks: map[string]Sink{"s": nil}}, false},
		{AlertConfig{Sinks: map[string]Sink{"": sink}}, false},
	} {
		if _, err := NewAlerts(c.config); (err == nil) != c.valid {
			t.Errorf("%+v: %v, want valid %t", c.config, err, c.valid)
		}
	}
}

// A run leaves a sink alone that hangs, or that has failed a few times in a row.
func TestCourierGivesUp(t *testing.T) {
	for _, c := range []struct {
		hangs  bool
		failed int
		want   bool
	}{
		{false, 0, false}, {false, maxFailuresInARow - 1, false}, {false, maxFailuresInARow, true}, {true, 0, true},
	} {
		courier := courier{hangs: c.hangs, inARow: c.failed}
		if got := courier.gaveUp(); got != c.want {
			t.Errorf("%+v: gave up: %t", c, got)
		}
	}
}

// A license comes to be over-allocated once, however its seats go on: by an assignment or
// by a cut, and again only after it was within them.
func TestComesToBeOverAllocated(t *testing.T) {
	of := func(licensed, used int) level {
		return level{terms: license.Terms{Status: license.Active, Seats: license.MustSeats(licensed)}, holders: used}
	}
	rule := AlertRule{Name: "rule", When: OnOverAllocated{}}
	for _, c := range []struct {
		was, is level
		want    bool
	}{
		{of(5, 5), of(5, 6), true}, {of(9, 6), of(5, 6), true},
		{of(5, 6), of(5, 7), false}, {of(5, 7), of(5, 6), false}, {of(5, 6), of(4, 6), false},
		{of(5, 4), of(5, 5), false}, {of(5, 6), of(6, 6), false},
	} {
		if got := rule.happened(Event{Change: SeatsAssigned{}}, 1, c.was, c.is); (len(got) == 1) != c.want {
			t.Errorf("from %+v to %+v: %+v, want an alert: %t", c.was, c.is, got, c.want)
		}
	}
}

// Alerts are found by each of their conditions, and listed from a place on.
func TestAlertQueryMatches(t *testing.T) {
	a := Alert{License: 2, Number: 3, Rule: "rule"}
	for _, c := range []struct {
		q    AlertQuery
		want bool
	}{
		{AlertQuery{}, true},
		{AlertQuery{License: 2}, true}, {AlertQuery{License: 3}, false}, {AlertQuery{License: 1}, false},
		{AlertQuery{Rule: "rule"}, true}, {AlertQuery{Rule: "other"}, false},
		{AlertQuery{License: 2, Rule: "other"}, false}, {AlertQuery{License: 3, Rule: "rule"}, false},
		{AlertQuery{After: AlertCursor{1, 9}}, true}, {AlertQuery{After: AlertCursor{2, 2}}, true},
		{AlertQuery{After: CursorAfterAlert(a)}, false}, {AlertQuery{After: AlertCursor{2, 4}}, false}, {AlertQuery{After: AlertCursor{3, 1}}, false},
	} {
		if got := c.q.Matches(a); got != c.want {
			t.Errorf("%+v: %t", c.q, got)
		}
	}
}

// A letter is at most a megabyte long, in however many parts it is written.
func TestLetterOfAMegabyte(t *testing.T) {
	half := make([]byte, maxLetter/2)
	p := &page{}
	for range 2 {
		if n, err := p.Write(half); n != len(half) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if _, err := p.Write([]byte("x")); err == nil || p.Len() != maxLetter {
		t.Errorf("%d bytes were written, with %v", p.Len(), err)
	}
}

// Deliveries are found by each of their conditions, and listed from a place on.
func TestDeliveryQueryMatches(t *testing.T) {
	noon := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	d := Delivery{Sink: "mail", License: 2, Number: 3, State: Pending, NextAt: noon}
	after := func(l license.ID, number int, sink string) DeliveryQuery {
		return DeliveryQuery{After: CursorAfterDelivery(Delivery{License: l, Number: number, Sink: sink})}
	}
	for _, c := range []struct {
		q    DeliveryQuery
		want bool
	}{
		{DeliveryQuery{}, true},
		{DeliveryQuery{Sink: "mail"}, true}, {DeliveryQuery{Sink: "log"}, false},
		{DeliveryQuery{State: Pending}, true}, {DeliveryQuery{State: Parked}, false},
		{DeliveryQuery{License: 2}, true}, {DeliveryQuery{License: 3}, false},
		{DeliveryQuery{DueBy: noon}, true}, {DeliveryQuery{DueBy: noon.Add(-1)}, false},
		{after(1, 9, "z"), true}, {after(2, 2, "z"), true}, {after(2, 3, "log"), true},
		{after(2, 3, "mail"), false}, {after(2, 4, ""), false}, {after(3, 1, ""), false},
	} {
		if got := c.q.Matches(d); got != c.want {
			t.Errorf("%+v: %t", c.q, got)
		}
	}
	d.State = Delivered
	if (DeliveryQuery{DueBy: noon}).Matches(d) {
		t.Error("what was delivered is due")
	}
	for s := Pending; s <= Parked; s++ {
		if got, err := ParseDeliveryState(s.String()); got != s || err != nil {
			t.Errorf("ParseDeliveryState(%q) = %v, %v", s, got, err)
		}
	}
	for _, text := range []string{"", "invalid", "Pending"} {
		if _, err := ParseDeliveryState(text); err == nil {
			t.Errorf("ParseDeliveryState(%q) = nil, want an error", text)
		}
	}
	if DeliveryState(0).String() != "invalid" || (Parked+1).String() != "invalid" {
		t.Error("a state that is none has a name")
	}
}
