package inventory

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// LedgerOf returns the use over time that assignments add up to, in whatever order
// they come: a seat is used from the instant of assignment on, and no more at that
// of revocation. An assignment revoked before it was made is a *FieldError.
func LedgerOf(assignments iter.Seq[seats.Assignment]) (*seats.Ledger, error) {
	type change struct {
		at    time.Time
		delta int
	}
	var changes []change
	for a := range assignments {
		if !a.RevokedAt.IsZero() {
			if a.RevokedAt.Before(a.AssignedAt) {
				return nil, &FieldError{Field: "revoked at", Value: a.RevokedAt.UTC().Format(time.RFC3339Nano), Rule: "must not precede the assignment"}
			}
			changes = append(changes, change{a.RevokedAt, -1})
		}
		changes = append(changes, change{a.AssignedAt, 1})
	}
	// Of one instant, seats are taken before they are given back, so that use never
	// falls below zero; the ledger keeps one figure for the instant.
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(a.at.Compare(b.at), b.delta-a.delta) })
	ledger := new(seats.Ledger)
	for _, c := range changes {
		if err := ledger.Add(c.at, c.delta); err != nil {
			return nil, err
		}
	}
	return ledger, nil
}

// Quantity is how many seats are purchased from a day on.
type Quantity struct {
	From      license.Date
	Purchased int
}

// Usage is one day of a pool. A day in which nothing changed is one too.
type Usage struct {
	Day       license.Date
	Used      int // when the day ended
	Peak      int // the most at one time
	Purchased int
}

// Utilisation returns use day by day over a period, in a zone. Quantities are in
// the order of their days, the first of them on the first day of the period or
// before; a period without end, and quantities that are not so, are a *FieldError.
// A nil ledger is an empty one.
func Utilisation(ledger *seats.Ledger, quantities []Quantity, period Term, zone license.Zone) ([]Usage, error) {
	if err := checkQuantities(quantities, period); err != nil {
		return nil, err
	}
	ledger = orEmpty(ledger)
	var days []Usage
	for day := period.First; !day.After(period.Last); day = day.AddDays(1) {
		for len(quantities) > 1 && !quantities[1].From.After(day) {
			quantities = quantities[1:]
		}
		start, end := dayBounds(day, zone)
		used := ledger.UsedAt(end.Add(-1))
		peak, _ := ledger.Peak(start, end) // 0 on a day that the zone left out
		days = append(days, Usage{Day: day, Used: used, Peak: max(peak, used), Purchased: quantities[0].Purchased})
		if day == lastDay {
			break
		}
	}
	return days, nil
}

func orEmpty(ledger *seats.Ledger) *seats.Ledger {
	if ledger == nil {
		return new(seats.Ledger)
	}
	return ledger
}

func dayBounds(day license.Date, zone license.Zone) (start, end time.Time) {
	return zone.EndOf(day.AddDays(-1)), zone.EndOf(day)
}

func checkQuantities(quantities []Quantity, period Term) error {
	if err := period.validateClosed(); err != nil {
		return err
	}
	if len(quantities) == 0 || quantities[0].From.After(period.First) {
		return &FieldError{Field: "quantities", Value: period.First.String(), Rule: "must be known from the first day of the period on"}
	}
	if !slices.IsSortedFunc(quantities, func(a, b Quantity) int { return a.From.Compare(b.From) }) {
		return &FieldError{Field: "quantities", Value: "", Rule: "must be in the order of their days"}
	}
	return nil
}

// TrueUp returns what is owed for a period in which the purchased quantity may have
// changed: the day's figures at which use was most above it. Of several it is the
// first. Quantities and period are as for [Utilisation].
func TrueUp(ledger *seats.Ledger, quantities []Quantity, period Term, zone license.Zone) (seats.TrueUp, error) {
	if err := checkQuantities(quantities, period); err != nil {
		return seats.TrueUp{}, err
	}
	ledger = orEmpty(ledger)
	var most seats.TrueUp
	for i, q := range quantities {
		first, last := later(q.From, period.First), period.Last
		if i+1 < len(quantities) {
			last = earlier(last, quantities[i+1].From.AddDays(-1))
		}
		if last.Before(first) {
			continue
		}
		start, _ := dayBounds(first, zone)
		_, end := dayBounds(last, zone)
		if due := ledger.TrueUp(start, end, q.Purchased); most == (seats.TrueUp{}) || due.Owed > most.Owed {
			most = due
		}
	}
	return most, nil
}

func later(a, b license.Date) license.Date {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b license.Date) license.Date {
	if a.Before(b) {
		return a
	}
	return b
}
