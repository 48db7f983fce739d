package license

import (
	"math/bits"
	"time"
)

// Seat says whether the user whom a check is about holds a seat.
type Seat bool

// The two answers. The zero Seat is none.
const (
	NoSeat    Seat = false
	HoldsSeat Seat = true
)

// Policy is what a vendor grants beyond the terms. The zero Policy is strict.
type Policy struct {
	GraceDays int // days of access after the last day; at most MaxGraceDays
}

// MaxGraceDays is the longest grace period.
const MaxGraceDays = 366

// Check decides whether l licenses a user at now. It does when the status is Trial
// or Active, the day in l's zone is not past the last day and the policy's grace,
// the install date has come, and l is a site license or the user holds a seat.
// Everything else, an unknown status and a retired license included, is a no.
//
// Check is pure and does not allocate. A license has begun on the UTC day of its
// installation, whatever its zone, so that an installation works at once.
func (l License) Check(p Policy, seat Seat, now time.Time) Decision {
	d := Decision{License: l.ID, Revision: l.Revision, AsOf: l.ChangedAt}
	if !l.Terms.Status.IsStored() || !l.RetiredAt.IsZero() {
		d.Reason, d.Causes = DeniedUnknown, causes(DeniedUnknown)
		return d
	}
	d.Causes, d.Until = l.dateCauses(p, now)
	d.Causes |= l.statusCauses() | l.wayCauses() | l.seatCauses(seat)
	const denials = 1<<GrantedGrace - 1
	if no := d.Causes & denials; no != 0 {
		d.Causes = no
	} else if d.Causes == 0 {
		d.Causes = 1 << Granted
	}
	d.Reason = Reason(bits.TrailingZeros16(uint16(d.Causes)))
	return d
}

func (l License) statusCauses() Causes {
	switch l.Terms.Status {
	case Uninstalled:
		return 1 << DeniedUninstalled
	case Suspended:
		return 1 << DeniedSuspended
	case Trial:
		return 1 << GrantedTrial
	}
	return 0
}

// wayCauses returns by which way a license is one, where it is not that of an installation.
func (l License) wayCauses() Causes {
	if l.IsPermissionSet() {
		return 1 << GrantedPermissionSet
	}
	return 0
}

func (l License) seatCauses(seat Seat) Causes {
	switch {
	case l.Terms.Seats.IsSite():
		return 1 << GrantedSite
	case seat == NoSeat:
		return 1 << DeniedNoSeat
	case l.OverAllocated():
		return 1 << GrantedOverAllocated
	}
	return 0
}

// dateCauses returns the causes that dates make, and the next instant at which
// they can change.
func (l License) dateCauses(p Policy, now time.Time) (Causes, time.Time) {
	set, until := l.endCauses(p, now)
	if start := l.InstallDate().Start(); now.Before(start) {
		set |= 1 << DeniedNotStarted
		if until.IsZero() || start.Before(until) {
			until = start
		}
	}
	return set, until
}

// endCauses returns those of them that the expiration makes.
func (l License) endCauses(p Policy, now time.Time) (Causes, time.Time) {
	last, never := l.Terms.end()
	switch {
	case never:
		return 0, time.Time{}
	case last.IsZero():
		return 1 << DeniedExpired, time.Time{}
	}
	end := l.Zone.EndOf(last)
	if now.Before(end) {
		return 0, end
	}
	if grace := min(p.GraceDays, MaxGraceDays); grace > 0 {
		if end = l.Zone.EndOf(last.AddDays(grace)); now.Before(end) {
			return 1 << GrantedGrace, end
		}
	}
	return 1 << DeniedExpired, time.Time{}
}
