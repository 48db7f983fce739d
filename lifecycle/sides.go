package lifecycle

import (
	"time"

	"github.com/isvkit/isvkit/license"
)

// Sides is how the two sides of a license stand: what the subscriber org was seen
// to have, since when it differs from what the vendor has, and which terms are yet
// to be pushed there. The vendor's side is the license itself. The zero Sides were
// never read nor pushed.
type Sides struct {
	License  license.ID
	Observed license.Observed // the same as that of the license

	// Since when the values differ; zero: they do not, or are not known to.
	StatusSince     time.Time
	SeatsSince      time.Time
	ExpirationSince time.Time
	UsedSince       time.Time

	Wanted    int64     // revision of the license whose terms the org is to have; 0: those it was installed with
	Confirmed int64     // highest such revision that the org is known to have been given, or that is pushed no more
	Tries     int       // pushes of Wanted that failed
	DueAt     time.Time // when Wanted is to be pushed, while it is pending

	Revision int64 // rises by one with every change; 1 when new
}

// PushPending reports whether terms are yet to be pushed to the org, or yet to be
// confirmed by it.
func (s Sides) PushPending() bool { return s.Wanted > s.Confirmed }

// Differs reports whether the two sides differ in a value, as of when the org was last
// read or the terms last set. What was assigned or revoked since is in Differences only.
func (s Sides) Differs() bool {
	for _, field := range license.DriftFields() {
		if !s.since(field).IsZero() {
			return true
		}
	}
	return false
}

func (s Sides) since(field license.DriftField) time.Time { return *s.sinceOf(field) }

func (s *Sides) sinceOf(field license.DriftField) *time.Time {
	switch field {
	case license.DriftStatus:
		return &s.StatusSince
	case license.DriftSeats:
		return &s.SeatsSince
	case license.DriftExpiration:
		return &s.ExpirationSince
	}
	return &s.UsedSince
}

// Differences returns what the sides of l differ in, and since when; s are its Sides.
// A value that came to differ since the org was read is not among them: only reading
// it again can tell.
func (s Sides) Differences(l license.License) (all []license.Difference) {
	for _, d := range l.Differences() {
		if d.Since = s.since(d.Field); !d.Since.IsZero() {
			all = append(all, d)
		}
	}
	return all
}
