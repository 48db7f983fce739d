package inventory

import (
	"cmp"
	"iter"
	"slices"
	"strconv"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

// Renewal is a term that ends: decide by a day, or it is over.
type Renewal struct {
	Pool     Pool
	LastDay  license.Date // of the term
	DecideBy license.Date // so many days of notice before it
	PerYear  money.Amount // what it costs a year now; the zero Amount where it is unknown
}

// Month returns the month in which the term ends.
func (r Renewal) Month() Month { return MonthOf(r.LastDay) }

// Renewals returns the pools whose term ends in a period, in the order of their last
// days, then by id: the calendar of what to decide on. noticeDays is how long before
// the last day the decision is due; below 0 is a *FieldError. Terms without end are
// in no calendar; see [Contract.Payments] for what they ask.
func Renewals(pools iter.Seq[Pool], period Term, noticeDays int, once OncePolicy) ([]Renewal, error) {
	if err := period.validateClosed(); err != nil {
		return nil, err
	}
	if noticeDays < 0 {
		return nil, &FieldError{Field: "days of notice", Value: strconv.Itoa(noticeDays), Rule: "must not be below zero"}
	}
	var renewals []Renewal
	for p := range pools {
		last := p.Contract.Term.Last
		if p.Contract.Term.IsOpen() || !period.Holds(last) {
			continue
		}
		perYear, err := p.Annual(last, once)
		if err != nil {
			return nil, err
		}
		renewals = append(renewals, Renewal{p, last, last.AddDays(-noticeDays), perYear})
	}
	slices.SortFunc(renewals, func(a, b Renewal) int {
		return cmp.Or(a.LastDay.Compare(b.LastDay), a.Pool.ID.Compare(b.Pool.ID))
	})
	return renewals, nil
}
