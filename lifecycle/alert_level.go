package lifecycle

import "github.com/isvkit/isvkit/license"

// level is how full a license is.
type level struct {
	terms   license.Terms
	holders int
	zone    license.Zone
}

// rewind finds the level of a license before some event, by what it is now and what
// has happened from that event on.
type rewind struct {
	taken int            // seats from the event to the end, or to the license's own end
	held  int            // at the license's own end
	ended bool           // it came to its own end
	terms *license.Terms // before they were changed for the first time
}

// pass passes a change, from the event on.
func (w *rewind) pass(c Change) {
	switch c := c.(type) {
	case SeatsAssigned:
		if !w.ended {
			w.taken += len(c.Users)
		}
	case SeatsRevoked:
		if !w.ended {
			w.taken -= len(c.Users)
		}
	case LicenseChanged:
		if w.terms == nil {
			w.terms = &c.Before.Terms
		}
		if c.uninstalls() { // its seats came free with it
			w.ended, w.held = true, c.Before.Holders
		}
	}
}

// level returns the level, of a license that is l now.
func (w *rewind) level(l license.License) level {
	lv := level{terms: l.Terms, holders: l.Holders - w.taken, zone: l.Zone}
	if w.ended {
		lv.holders = w.held - w.taken
	}
	if w.terms != nil {
		lv.terms = *w.terms
	}
	return lv
}

// watched is a license whose level is followed, event by event.
type watched struct {
	license   license.License // as it was when it was read
	level     level
	last      Event // the latest event that it has seen
	wasBefore level // the level before it
}

// see returns the levels before and after e. The two events of a transfer are one
// change, so that a seat that goes from hand to hand crosses nothing.
func (w *watched) see(e Event) (was, is level) {
	was = w.level
	if isTransfer(w.last, e) {
		was = w.wasBefore
	}
	w.wasBefore, w.level, w.last = w.level, w.level.after(e.Change), e
	return was, w.level
}

// isTransfer reports whether b gives the seat away that a, the event before, took.
func isTransfer(a, b Event) bool {
	revoked, took := a.Change.(SeatsRevoked)
	assigned, gave := b.Change.(SeatsAssigned)
	return took && gave && len(revoked.Users) == 1 && len(assigned.Users) == 1 &&
		a.Position == b.Position-1 && a.At.Equal(b.At) && a.Actor == b.Actor
}

// after returns the level after a change of the license.
func (lv level) after(c Change) level {
	switch c := c.(type) {
	case SeatsAssigned:
		lv.holders += len(c.Users)
	case SeatsRevoked:
		lv.holders -= len(c.Users)
	case LicenseChanged:
		lv.terms, lv.zone = c.After.Terms, c.After.Zone
		if c.uninstalls() {
			lv.holders = 0
		}
	}
	return lv
}

// uninstalls reports whether c is the end of a license.
func (c LicenseChanged) uninstalls() bool {
	return c.After.Terms.Status == license.Uninstalled && c.Before.Terms.Status != license.Uninstalled
}

// seats returns how many seats are used and licensed; ok is false where use is blank.
func (lv level) seats() (used, licensed int, ok bool) {
	licensed, ok = lv.terms.Seats.Count()
	return lv.holders, licensed, ok && lv.terms.Status != license.Uninstalled && lv.terms.Status != 0
}

// reached reports whether use has come to a threshold, in hundredths of a percent.
func (lv level) reached(basisPoints int) bool {
	used, licensed, ok := lv.seats()
	return ok && used > 0 && int64(used)*10_000 >= int64(licensed)*int64(basisPoints)
}

func (lv level) overAllocated() bool {
	used, licensed, ok := lv.seats()
	return ok && used > licensed
}

// happened returns the alerts of rule r that an event of a license makes, with the
// levels of the license before and after it.
func (r AlertRule) happened(e Event, id license.ID, was, is level) []Alert {
	used, licensed, _ := is.seats()
	one := Alert{
		ID: occurrence(r.Name, id, itoa64(e.Position)), License: id, Rule: r.Name, Kind: r.When.kind(), Due: is.zone.DateOf(e.At),
		Used: used, Seats: licensed,
	}
	changed, _ := e.Change.(LicenseChanged)
	switch c := r.When.(type) {
	case OnUninstalled:
		if changed.uninstalls() && changed.told() {
			return []Alert{one}
		}
	case OnSuspended:
		if changed.After.Terms.Status == license.Suspended && changed.Before.Terms.Status != license.Suspended && changed.told() {
			return []Alert{one}
		}
	case OnOverAllocated:
		if is.overAllocated() && !was.overAllocated() {
			return []Alert{one}
		}
	case OnThreshold:
		return crossed(c, one, was, is)
	case OnDrift:
		return drifted(e, one)
	case OnSeatIdle:
		return c.noticed(e, one)
	}
	return nil
}

// told reports whether c is news, and not how another system had it.
func (c LicenseChanged) told() bool { return c.Before.ID != 0 || c.What != LicenseImported }

func crossed(c OnThreshold, one Alert, was, is level) (all []Alert) {
	for _, basisPoints := range c.BasisPoints {
		if is.reached(basisPoints) && !was.reached(basisPoints) {
			a := one
			a.ID.text += "/" + itoa(basisPoints)
			a.BasisPoints = basisPoints
			all = append(all, a)
		}
	}
	return all
}

// drifted knows a drift by its beginning, so that a value that goes on to differ
// otherwise is no new one.
func drifted(e Event, one Alert) []Alert {
	found, ok := e.Change.(DriftFound)
	if !ok {
		return nil
	}
	d := found.Difference
	one.ID = occurrence(one.Rule, one.License, string(d.Field), d.Since.UTC().Format("2006-01-02T15:04:05.000000Z"))
	one.Field, one.Used, one.Seats = d.Field, 0, 0
	return []Alert{one}
}

func (c OnSeatIdle) noticed(e Event, one Alert) []Alert {
	moved, ok := e.Change.(StageMoved)
	if !ok {
		return nil
	}
	if stage, due := moved.Move.Notice(); !due || stage != c.Stage {
		return nil
	}
	one.Used, one.Seats = 0, 0
	one.User, one.Days, one.Last = moved.Move.User, moved.Move.Idle, moved.Move.Earliest
	return []Alert{one}
}
