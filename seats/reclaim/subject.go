package reclaim

import (
	"slices"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// Subject is an assignment as a run looks at it: who holds the seat, when they
// last logged in, and how far the seat has come. Which assignments a run looks at
// is the caller's choice: those of active users only, say.
//
// A store that gives a seat back to a user who lost it, and keeps Stage and
// NoticeAt over that, lets [Metrics] count reactivations; one that starts them
// anew loses nothing else.
type Subject struct {
	seats.Assignment
	LastLogin time.Time // zero: never logged in
	Stage     Stage
	NoticeAt  time.Time // when the last notice was sent; zero: none since the seat was Active
	Revision  int64     // changes whenever the assignment, the stage or the notice does
	Profile   string
	Groups    []string
}

// Target names the seat of a user.
type Target struct {
	License license.ID
	User    seats.UserID
}

// Target returns whose seat it is.
func (s Subject) Target() Target { return Target{s.License, s.User} }

// IdleSince returns the civil day since which the seat lies idle, in a zone: that
// of the last log-in, else that of the assignment. ok is false where neither is
// known.
func (s Subject) IdleSince(zone license.Zone) (day license.Date, ok bool) {
	switch {
	case !s.LastLogin.IsZero():
		return zone.DateOf(s.LastLogin), true
	case !s.AssignedAt.IsZero():
		return zone.DateOf(s.AssignedAt), true
	}
	return license.Date{}, false
}

// IdleDays returns for how many civil days the seat lies idle on the day of now,
// in a zone; 0 where the log-in is yet to come. ok is false where it is not known.
func (s Subject) IdleDays(now time.Time, zone license.Zone) (days int, ok bool) {
	since, ok := s.IdleSince(zone)
	if !ok {
		return 0, false
	}
	return max(0, zone.DateOf(now).Sub(since)), true
}

// isReadable reports whether s is a subject at all.
func (s *Subject) isReadable() bool {
	return !s.User.IsZero() && s.Stage <= Exempt && !(s.LastLogin.IsZero() && s.AssignedAt.IsZero())
}

// matches reports whether e is for s, on some day.
func (e *Exemption) matches(s *Subject) bool {
	return (e.User.IsZero() || e.User == s.User) &&
		(e.Profile == "" || e.Profile == s.Profile) &&
		(e.Group == "" || slices.Contains(s.Groups, e.Group))
}
