package inventory

import (
	"errors"

	"github.com/isvkit/isvkit/license"
)

// Pool is a number of seats of one kind, bought together: what was entered by hand,
// what was discovered, and the switch that says which of the two holds. It is a
// value; a method that changes it returns the new one. The zero Pool is empty and
// nothing of it is known.
type Pool struct {
	ID           PoolID
	Manual       Layer        // entered by hand; holds while the switch is off
	Discovered   Layer        // the last discovery; holds while the switch is on
	DiscoveredOn license.Date // its day; zero: never
	Discovery    bool         // the switch
	Contract     Contract     // always entered by hand
}

// Layer is what one source says of a pool. The zero Layer says nothing.
type Layer struct {
	Kind      Kind
	Name      string
	Key       string // of the license definition, SALESFORCE or CRM_USER
	Purchased Count
	Used      Count
}

// Validate returns a *FieldError for everything that is wrong with l, joined:
// purchased seats below zero, used ones below zero or unlimited, no kind that
// exists.
func (l Layer) Validate() error {
	var errs []error
	if l.Kind > PackageLicense {
		errs = append(errs, &FieldError{Field: "kind", Value: l.Kind.String(), Rule: "is none of the kinds"})
	}
	if l.Purchased.isBelowZero() {
		errs = append(errs, &FieldError{Field: "purchased", Value: l.Purchased.String(), Rule: "must not be below zero"})
	}
	if l.Used.isBelowZero() || l.Used.IsUnlimited() {
		errs = append(errs, &FieldError{Field: "used", Value: l.Used.String(), Rule: "must be a number, not below zero"})
	}
	return errors.Join(errs...)
}

// Remaining returns purchased less used, exactly: below zero when over-allocated,
// unknown where either is.
func (l Layer) Remaining() Count { return l.Purchased.Minus(l.Used) }

// OverAllocated reports whether more is used than was purchased.
func (l Layer) OverAllocated() bool { return l.Remaining().isBelowZero() }

// NewDiscovered returns a pool that a discovery found first: the switch is on, and
// its term begins that day and does not end.
func NewDiscovered(id PoolID, found Layer, on license.Date) (Pool, error) {
	return Pool{ID: id, Discovery: true}.Discover(found, on)
}

// Discover returns p with what a discovery found on a day. The switch stays as it
// is; a term that nobody has entered begins that day and does not end. A discovery
// older than the last one changes nothing. What is not valid is refused, and so is
// the zero day.
func (p Pool) Discover(found Layer, on license.Date) (Pool, error) {
	if on.IsZero() {
		return p, &FieldError{Field: "day of discovery", Rule: "must not be missing"}
	}
	if err := found.Validate(); err != nil {
		return p, err
	}
	if on.Before(p.DiscoveredOn) {
		return p, nil
	}
	p.Discovered, p.DiscoveredOn = found, on
	if p.Contract.Term == (Term{}) {
		p.Contract.Term = Term{First: on}
	}
	return p, nil
}

// Edit returns p with another manual layer. While discovery overrides it, only what
// discovery does not know can be edited, which is the quantity of a feature pool:
// anything else is a *ReadOnlyError.
func (p Pool) Edit(manual Layer) (Pool, error) {
	if err := manual.Validate(); err != nil {
		return p, err
	}
	if p.overridden() {
		for _, f := range []struct {
			field   string
			changed bool
		}{
			{"kind", manual.Kind != p.Manual.Kind},
			{"name", manual.Name != p.Manual.Name},
			{"key", manual.Key != p.Manual.Key},
			{"purchased", manual.Purchased != p.Manual.Purchased && p.Discovered.Kind != FeatureLicense},
			{"used", manual.Used != p.Manual.Used},
		} {
			if f.changed {
				return p, &ReadOnlyError{Pool: p.ID, Field: f.field}
			}
		}
	}
	p.Manual = manual
	return p, nil
}

// Switch returns p with discovery on or off. Off brings the manual layer back as it
// was, on the last discovery.
func (p Pool) Switch(on bool) Pool {
	p.Discovery = on
	return p
}

// overridden reports whether the discovered layer holds: the switch is on, and
// there has been a discovery.
func (p Pool) overridden() bool { return p.Discovery && !p.DiscoveredOn.IsZero() }

// Current returns the layer that holds. A discovered one is not filled up from the
// manual one: what discovery does not know is unknown, but for the quantity of a
// feature pool, which is always the manual one.
func (p Pool) Current() Layer {
	if !p.overridden() {
		return p.Manual
	}
	current := p.Discovered
	if current.Kind == FeatureLicense {
		current.Purchased = p.Manual.Purchased
	}
	return current
}

// Remaining returns what remains of the layer that holds; see [Layer.Remaining].
func (p Pool) Remaining() Count { return p.Current().Remaining() }
