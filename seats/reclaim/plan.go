package reclaim

import (
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

// Plan is what a run would do: exactly these moves. The zero Plan does nothing.
type Plan struct {
	At      time.Time // of the run, UTC
	Moves   []Move
	Summary Summary
}

// Apply yields what becomes of each move, in order, as [Move.Apply] does: the
// subject to store where the outcome is Applied. read returns the subject that the
// store holds now, the zero Subject where it holds none. A plan that was stopped in
// the middle is applied again from the start: what was done is AlreadyApplied.
func (p Plan) Apply(read func(Target) Subject, at time.Time, actor string) iter.Seq2[Subject, Outcome] {
	return func(yield func(Subject, Outcome) bool) {
		for _, m := range p.Moves {
			if !yield(m.Apply(read(m.Target), at, actor)) {
				return
			}
		}
	}
}

// Tally counts outcomes. The zero Tally is empty.
type Tally [outcomes]int

// Count adds an outcome.
func (t *Tally) Count(o Outcome) {
	if o < outcomes {
		t[o]++
	}
}

// Of returns how many had the outcome o.
func (t Tally) Of(o Outcome) int {
	if o < outcomes {
		return t[o]
	}
	return 0
}

// Skipped returns how many moves were skipped, for any cause.
func (t Tally) Skipped() int { return t[SkippedChanged] + t[SkippedLoggedIn] + t[SkippedGone] }

// Prices returns what one seat of a license costs a year, the zero Amount where it
// is not known.
type Prices func(license.ID) money.Amount

// Summary counts what a plan does. The zero Summary is of no subjects.
type Summary struct {
	Subjects     int
	FutureLogins int    // users whose last log-in lies after the run
	Bands        [4]int // seats idle below First, from First, from Final, from Deactivate days on; whatever their stage

	byReason [reasons]int
	freed    map[license.ID]int
}

// Equal reports whether s and other count the same.
func (s Summary) Equal(other Summary) bool {
	return s.Subjects == other.Subjects && s.FutureLogins == other.FutureLogins && s.Bands == other.Bands &&
		s.byReason == other.byReason && maps.Equal(s.freed, other.freed)
}

func (s *Summary) add(policy Policy, v Verdict) {
	s.Subjects++
	s.byReason[v.Reason]++
	if v.FutureLogin {
		s.FutureLogins++
	}
	if v.Reason == Unreadable || v.Reason == NotHeld {
		return
	}
	s.Bands[policy.band(v.Idle)]++
	if v.Move.FreesSeat() {
		if s.freed == nil {
			s.freed = make(map[license.ID]int)
		}
		s.freed[v.Move.License]++
	}
}

// band returns in which of the four half-open stretches so many idle days lie.
func (p Policy) band(idle int) int {
	switch {
	case idle < p.First:
		return 0
	case idle < p.Final:
		return 1
	case idle < p.Deactivate:
		return 2
	}
	return 3
}

// Count returns about how many seats the run decided so. The counts of all reasons
// add up to Subjects.
func (s Summary) Count(r Reason) int {
	if r < reasons {
		return s.byReason[r]
	}
	return 0
}

// Moves returns how many seats are moved, or get a notice again.
func (s Summary) Moves() int {
	n := 0
	for r := range reasons {
		if r.Moves() {
			n += s.byReason[r]
		}
	}
	return n
}

// Freed returns how many seats are freed.
func (s Summary) Freed() int { return s.byReason[SeatFreed] }

// FreedByLicense yields the licenses of which seats are freed, by their number,
// and how many.
func (s Summary) FreedByLicense() iter.Seq2[license.ID, int] { return byLicense(s.freed) }

// Saving returns what the freed seats cost a year, for each currency; unpriced is
// how many of them have no price.
func (s Summary) Saving(prices Prices) (saving money.Totals, unpriced int, err error) {
	return worth(s.freed, prices)
}

func byLicense(count map[license.ID]int) iter.Seq2[license.ID, int] {
	return func(yield func(license.ID, int) bool) {
		for _, id := range slices.Sorted(maps.Keys(count)) {
			if !yield(id, count[id]) {
				return
			}
		}
	}
}

// worth returns the price of so many seats of each license.
func worth(count map[license.ID]int, prices Prices) (total money.Totals, unpriced int, err error) {
	for id, n := range byLicense(count) {
		var price money.Amount
		if prices != nil {
			price = prices(id)
		}
		if price.IsZero() {
			unpriced += n
			continue
		}
		amount, err := price.Mul(n)
		if err == nil {
			total, err = total.Add(amount)
		}
		if err != nil {
			return money.Totals{}, 0, err
		}
	}
	return total, unpriced, nil
}
