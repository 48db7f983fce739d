package seats

import (
	"sort"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// Ledger is the use of a license over time: how many seats were used from which
// instant on. The zero Ledger is empty: nothing was ever used. A Ledger is not
// safe for concurrent use.
type Ledger struct {
	steps []step // by time, at most one per instant
}

type step struct {
	at   time.Time
	used int
}

// Add records that use changed by delta at an instant. Instants must not go back,
// and use must not fall below zero: either is a *FieldError, and nothing is
// recorded.
func (l *Ledger) Add(at time.Time, delta int) error {
	at = at.UTC()
	last := step{}
	if n := len(l.steps); n > 0 {
		last = l.steps[n-1]
		if at.Before(last.at) {
			return &FieldError{Field: "instant", Value: at.UTC().Format(time.RFC3339Nano), Rule: "must not precede the one before"}
		}
	}
	used := last.used + delta
	if used < 0 {
		return &FieldError{Field: "change of use", Value: strconv.Itoa(delta), Rule: "must not take use below zero"}
	}
	if n := len(l.steps); n > 0 && last.at.Equal(at) {
		l.steps[n-1].used = used
		return nil
	}
	l.steps = append(l.steps, step{at, used})
	return nil
}

// UsedAt returns how many seats were used at t; a change counts from its instant
// on.
func (l *Ledger) UsedAt(t time.Time) int {
	after := sort.Search(len(l.steps), func(i int) bool { return l.steps[i].at.After(t) })
	if after == 0 {
		return 0
	}
	return l.steps[after-1].used
}

// Peak returns the highest use in the period from start to end, end not included,
// and the first instant at which it was reached. What was in use when the period
// began counts. A period without length has no use.
func (l *Ledger) Peak(start, end time.Time) (used int, at time.Time) {
	if !start.Before(end) {
		return 0, start
	}
	used, at = l.UsedAt(start), start
	first := sort.Search(len(l.steps), func(i int) bool { return l.steps[i].at.After(start) })
	for _, s := range l.steps[first:] {
		if !s.at.Before(end) {
			break
		}
		if s.used > used {
			used, at = s.used, s.at
		}
	}
	return used, at
}

// TrueUp is what an org owes for a period in which it used more seats than it had
// licensed.
type TrueUp struct {
	Licensed int
	Peak     int
	PeakAt   time.Time
	Owed     int // seats: peak above licensed, never negative
}

// TrueUp compares the peak of the period from start to end, end not included, with
// the seats licensed in it.
func (l *Ledger) TrueUp(start, end time.Time, licensed int) TrueUp {
	peak, at := l.Peak(start, end)
	return TrueUp{Licensed: licensed, Peak: peak, PeakAt: at, Owed: max(0, peak-licensed)}
}

// Charge returns the price of the seats owed, exactly. It is of the currency of
// perSeat.
func (t TrueUp) Charge(perSeat decimal.Decimal) decimal.Decimal {
	return perSeat.Mul(decimal.NewFromInt(int64(t.Owed)))
}
