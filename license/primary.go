package license

import "time"

// Primary returns the license that counts of several of one org and package, or of
// one production org with its sandboxes: production before sandbox, displayed
// Active before all others, newest install date, then the higher number. It does not
// depend on their order. ok is false when there are none.
func Primary(licenses []License, now time.Time) (primary License, ok bool) {
	for _, l := range licenses {
		if !ok || l.precedes(primary, now) {
			primary, ok = l, true
		}
	}
	return primary, ok
}

// precedes reports whether l counts before other.
func (l License) precedes(other License, now time.Time) bool {
	if l.Sandbox != other.Sandbox {
		return !l.Sandbox
	}
	active, otherActive := l.DisplayedStatus(now) == Active, other.DisplayedStatus(now) == Active
	if active != otherActive {
		return active
	}
	if day, otherDay := l.InstallDate(), other.InstallDate(); day != otherDay {
		return day.After(otherDay)
	}
	return l.ID > other.ID
}
