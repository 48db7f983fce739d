package license

import (
	"encoding/json"
	"iter"
	"strings"
	"time"
)

// Reason says why a user is licensed or not; its name begins with the effect.
// The zero Reason denies.
type Reason uint8

// The reasons not to be licensed come first, in their order of precedence: of all
// causes that hold the first is the headline of a [Decision]. Of the reasons to
// be licensed the most urgent is.
const (
	DeniedUnknown     Reason = iota // no license is known, or its status is none
	DeniedUninstalled               // the package was uninstalled
	DeniedSuspended                 // the vendor suspended the license
	DeniedNotStarted                // the install date is yet to come
	DeniedExpired                   // the last day, and any grace, has passed
	DeniedNoSeat                    // the user holds no seat

	GrantedGrace         // the last day has passed, the vendor's grace has not
	GrantedOverAllocated // more seats are held than licensed; holders keep theirs
	GrantedTrial         // on trial
	GrantedPermissionSet // the user holds a permission-set license of the package
	GrantedSite          // a site license covers every user of the org
	Granted              // active, and the user holds a seat

	reasons // how many there are
)

var reasonText = [reasons]string{
	DeniedUnknown:     "unknown license",
	DeniedUninstalled: "uninstalled",
	DeniedSuspended:   "suspended",
	DeniedNotStarted:  "not started",
	DeniedExpired:     "expired",
	DeniedNoSeat:      "no seat",

	GrantedGrace:         "licensed, in grace",
	GrantedOverAllocated: "licensed, while over-allocated",
	GrantedTrial:         "licensed, on trial",
	GrantedPermissionSet: "licensed, by permission-set license",
	GrantedSite:          "licensed, site",
	Granted:              "licensed",
}

// Licensed reports whether r is a reason to be licensed.
func (r Reason) Licensed() bool { return GrantedGrace <= r && r < reasons }

// String returns the reason in words.
func (r Reason) String() string {
	if r < reasons {
		return reasonText[r]
	}
	return reasonText[DeniedUnknown]
}

// MarshalText returns what String returns.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what String returns; other text is a *FieldError.
func (r *Reason) UnmarshalText(text []byte) error {
	for reason, known := range reasonText {
		if known == string(text) {
			*r = Reason(reason)
			return nil
		}
	}
	return &FieldError{Field: "reason", Value: string(text), Rule: "is none that a decision has"}
}

// Side is who can cure a cause.
type Side uint8

// The sides.
const (
	VendorSide      Side = 1 + iota // the vendor
	SubscriberAdmin                 // an administrator of the subscriber org
	UserSide                        // the user who was refused
)

// String returns the side in words; "nobody" for the zero Side.
func (s Side) String() string {
	switch s {
	case VendorSide:
		return "vendor"
	case SubscriberAdmin:
		return "subscriber admin"
	case UserSide:
		return "user"
	}
	return "nobody"
}

// MarshalText returns what String returns.
func (s Side) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String returns; other text is a *FieldError.
func (s *Side) UnmarshalText(text []byte) error {
	for side := range UserSide + 1 {
		if side.String() == string(text) {
			*s = side
			return nil
		}
	}
	return &FieldError{Field: "side", Value: string(text), Rule: "is vendor, subscriber admin, user or nobody"}
}

// Remedy is what would cure a cause, and who can do it.
type Remedy struct {
	By   Side
	What string
}

var remedies = [reasons][]Remedy{
	DeniedUnknown:        {{SubscriberAdmin, "install the package in this org"}, {VendorSide, "refresh the package's licenses"}},
	DeniedUninstalled:    {{SubscriberAdmin, "install the package again"}},
	DeniedSuspended:      {{VendorSide, "activate the license"}},
	DeniedNotStarted:     {{UserSide, "wait until the install date"}},
	DeniedExpired:        {{VendorSide, "set a later last day, or that the license does not expire"}},
	DeniedNoSeat:         {{SubscriberAdmin, "assign a seat to the user; if none remains, revoke one first"}, {VendorSide, "license more seats"}},
	GrantedGrace:         {{VendorSide, "set a later last day before the grace ends"}},
	GrantedOverAllocated: {{SubscriberAdmin, "revoke seats until none is over"}, {VendorSide, "license more seats"}},
}

// Remedies returns what would cure r, nothing where nothing needs a cure.
func (r Reason) Remedies() []Remedy {
	if r >= reasons {
		r = DeniedUnknown
	}
	return append([]Remedy(nil), remedies[r]...)
}

// Causes is the set of all reasons that hold at once.
type Causes uint16

func causes(rs ...Reason) Causes {
	var set Causes
	for _, r := range rs {
		set |= 1 << r
	}
	return set
}

// Has reports whether r is among the causes.
func (c Causes) Has(r Reason) bool { return r < reasons && c&(1<<r) != 0 }

// All yields the causes in their order of precedence.
func (c Causes) All() iter.Seq[Reason] {
	return func(yield func(Reason) bool) {
		for r := range reasons {
			if c.Has(r) && !yield(r) {
				return
			}
		}
	}
}

// String returns the causes in words, separated by "; ".
func (c Causes) String() string {
	var words []string
	for r := range c.All() {
		words = append(words, r.String())
	}
	return strings.Join(words, "; ")
}

// MarshalText returns what String returns.
func (c Causes) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what String returns; other text is a *FieldError.
func (c *Causes) UnmarshalText(text []byte) error {
	var set Causes
	if len(text) > 0 {
		for word := range strings.SplitSeq(string(text), "; ") {
			var r Reason
			if err := r.UnmarshalText([]byte(word)); err != nil {
				return err
			}
			set |= 1 << r
		}
	}
	if set.String() != string(text) {
		return &FieldError{Field: "causes", Value: string(text), Rule: "are not in their order, or one is named twice"}
	}
	*c = set
	return nil
}

// Decision is the answer of a license check. Whether it licenses follows from
// its reason, so the two cannot disagree. The zero Decision is a no.
type Decision struct {
	Reason   Reason      // the headline
	Causes   Causes      // every reason that holds, the headline among them
	Until    time.Time   // when it can change without an event; zero when only an event can change it
	License  ID          // the license that was asked, 0 when none is known
	Rule     PrimaryRule // by which that license was asked, of several of the org and package
	Revision int64       // of that license: the data that the decision rests on
	AsOf     time.Time   // when that data last changed
}

// Licensed reports whether the user is licensed.
func (d Decision) Licensed() bool { return d.Reason.Licensed() }

// MarshalJSON writes d as any struct. An Until past the year 9999, which no JSON
// text holds, is written as the last microsecond of that year: too early is safe.
func (d Decision) MarshalJSON() ([]byte, error) {
	if last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC); d.Until.After(last) {
		d.Until = last
	}
	type plain Decision
	return json.Marshal(plain(d))
}

// String returns the answer and its causes in words.
func (d Decision) String() string {
	if d.Licensed() {
		return d.Causes.String()
	}
	if d.Causes == 0 {
		return "not licensed: " + d.Reason.String()
	}
	return "not licensed: " + d.Causes.String()
}

// WithPermissionSets returns the decision about a package from that of its own license
// and those of its permission-set licenses in the same org. Either is enough: where the
// own license says no, the permission-set license that comes closest to a plain yes
// counts, with [GrantedPermissionSet]; where none says yes, the answer is that of the own
// license. Whether that is suspended, expired or out of seats does not matter then; but a
// package that is not there, because it is unknown, uninstalled or not installed yet,
// licenses nobody. Until is the earliest of all that were asked.
func WithPermissionSets(own Decision, sets []Decision) Decision {
	const absent = 1<<DeniedUnknown | 1<<DeniedUninstalled | 1<<DeniedNotStarted
	if own.Licensed() || own.Causes == 0 || own.Causes&absent != 0 || len(sets) == 0 {
		return own
	}
	best := Best(sets)
	until := earlier(own.Until, best.Until)
	if !best.Licensed() {
		best = own
	}
	best.Until = until
	return best
}

// earlier returns the earlier of two instants, where the zero one is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Best returns, of decisions about several licenses of which one is enough, the
// one that comes closest to a plain yes, of equal ones that of the lowest license
// number. Its Until is the earliest of all, for from then on another can be the
// best. Without decisions it is the zero Decision.
func Best(decisions []Decision) Decision {
	var best Decision
	var until time.Time
	for i, d := range decisions {
		if i == 0 || d.Reason > best.Reason || d.Reason == best.Reason && d.License < best.License {
			best = d
		}
		until = earlier(until, d.Until)
	}
	best.Until = until
	return best
}
