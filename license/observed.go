package license

import (
	"strconv"
	"strings"
	"time"
)

// SubscriberStatus is the status of a license as the subscriber org shows it. It
// is not that of the vendor's side: it knows no Uninstalled, says Expired where it
// means not licensed, and only some screens know Suspended. "" is not known.
type SubscriberStatus string

// The statuses that are known. Others are kept as they are.
const (
	SubscriberActive    SubscriberStatus = "Active"
	SubscriberExpired   SubscriberStatus = "Expired"
	SubscriberFree      SubscriberStatus = "Free"
	SubscriberTrial     SubscriberStatus = "Trial"
	SubscriberSuspended SubscriberStatus = "Suspended"
)

// Is reports whether s and other are one status, case aside.
func (s SubscriberStatus) Is(other SubscriberStatus) bool {
	return strings.EqualFold(string(s), string(other))
}

// Observed is what was last read from the subscriber org about a license. It is
// kept apart from what the vendor set and from the seats assigned here, and decides
// nothing. The zero Observed is nothing; each value can be unknown by itself.
type Observed struct {
	Status     SubscriberStatus
	Seats      Seats // how many are allowed there; see HasSeats
	HasSeats   bool
	Expiration Expiration // zero: not known
	Used       int        // seats in use there; see HasUsed
	HasUsed    bool
	AsOf       time.Time // Information Current As Of
}

// DriftField names a value that the vendor and the subscriber org both have: one of the
// constants, or a feature parameter, as DriftOf has it.
type DriftField string

// The values of a license that are compared. The installed version is not among them: what the
// org says of it is a fact, which the vendor's side takes over.
const (
	DriftStatus     DriftField = "status"
	DriftSeats      DriftField = "seats"
	DriftExpiration DriftField = "expiration"
	DriftUsed       DriftField = "used"
)

// DriftOf returns the field of a feature parameter: "parameter MaxRockets".
func DriftOf(name ParameterName) DriftField { return DriftField("parameter " + name.String()) }

// DriftFields returns the values of a license that are compared, in the order in which differences
// are reported.
func DriftFields() []DriftField {
	return []DriftField{DriftStatus, DriftSeats, DriftExpiration, DriftUsed}
}

// Difference is a value that the vendor and the subscriber org do not agree on.
type Difference struct {
	Field      DriftField
	Vendor     string // the vendor's value
	Subscriber string // the subscriber org's value
	Since      time.Time
}

// Differences returns what the two sides of l do not agree on, in the order of
// DriftFields. They are compared as of the instant at which the org was read: a
// license that has expired since is no drift. A value that the org did not tell
// is not compared; used seats are where both sides count them. Since is left zero,
// for it is not in what is compared.
func (l License) Differences() (all []Difference) {
	o := l.Observed
	if o.AsOf.IsZero() {
		return nil
	}
	add := func(differ bool, field DriftField, vendor, subscriber string) {
		if differ {
			all = append(all, Difference{Field: field, Vendor: vendor, Subscriber: subscriber})
		}
	}
	shown := l.DisplayedStatus(o.AsOf)
	add(o.Status != "" && !l.shownAs(shown, o.Status), DriftStatus, shown.String(), string(o.Status))
	if l.Terms.Status == Uninstalled {
		return all // nothing else is left on the vendor's side
	}
	add(o.HasSeats && o.Seats != l.Terms.Seats, DriftSeats, l.Terms.Seats.String(), o.Seats.String())
	add(!o.Expiration.IsZero() && o.Expiration != l.Terms.Expiration, DriftExpiration, l.Terms.Expiration.String(), o.Expiration.String())
	used, counted := l.Used()
	add(counted && o.HasUsed && used != o.Used, DriftUsed, strconv.Itoa(used), strconv.Itoa(o.Used))
	return all
}

// shownAs reports whether a status of the vendor's side and one of the subscriber's
// mean the same. Free is what an org shows of a package that costs nothing: a site
// license that does not expire.
func (l License) shownAs(vendor Status, s SubscriberStatus) bool {
	switch vendor {
	case Trial:
		return s.Is(SubscriberTrial)
	case Active:
		return s.Is(SubscriberActive) || s.Is(SubscriberFree) && l.Terms.Seats.IsSite() && l.Terms.Expiration.IsNever()
	case Suspended:
		return s.Is(SubscriberSuspended) || s.Is(SubscriberExpired)
	case Expired:
		return s.Is(SubscriberExpired)
	}
	return false
}
