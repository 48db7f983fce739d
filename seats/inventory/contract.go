package inventory

import (
	"errors"
	"iter"
	"slices"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

// Frequency is how often a pool is paid for. The zero Frequency is none.
type Frequency uint8

// The frequencies.
const (
	Once Frequency = 1 + iota
	Monthly
	Quarterly
	SemiAnnually
	Annually
	Every18Months
	Biannually // every two years
	Triennially
)

var frequencyText = [...]string{Once: "Once", Monthly: "Monthly", Quarterly: "Quarterly", SemiAnnually: "Semi-Annually",
	Annually: "Annually", Every18Months: "Every 18 Months", Biannually: "Biannually", Triennially: "Triennially"}

var frequencyMonths = [...]int{Once: 0, Monthly: 1, Quarterly: 3, SemiAnnually: 6, Annually: 12, Every18Months: 18,
	Biannually: 24, Triennially: 36}

// ParseFrequency reads a frequency as String writes it. Other text is a
// *FieldError.
func ParseFrequency(text string) (Frequency, error) {
	if i := slices.Index(frequencyText[:], text); i > 0 {
		return Frequency(i), nil
	}
	return 0, &FieldError{Field: "payment frequency", Value: text,
		Rule: "is Once, Monthly, Quarterly, Semi-Annually, Annually, Every 18 Months, Biannually or Triennially"}
}

// Months returns how many months lie between two payments: 24 for Biannually, 0 for
// Once.
func (f Frequency) Months() int {
	if int(f) < len(frequencyMonths) {
		return frequencyMonths[f]
	}
	return 0
}

// String returns the frequency in words; "none" for the zero Frequency.
func (f Frequency) String() string { return word(frequencyText[:], int(f)) }

// MarshalText returns what String returns, "" for the zero Frequency. Any other
// value that is not a frequency is a *FieldError.
func (f Frequency) MarshalText() ([]byte, error) {
	return marshalWord("payment frequency", frequencyText[:], int(f))
}

// UnmarshalText reads what MarshalText writes.
func (f *Frequency) UnmarshalText(text []byte) error { return unmarshalWord(f, text, ParseFrequency) }

// Term is the days from First to Last, both included. A zero Last is a term without
// end; the zero Term holds on no day.
type Term struct {
	First, Last license.Date
}

// Holds reports whether d is a day of the term.
func (t Term) Holds(d license.Date) bool {
	return !t.First.IsZero() && !d.Before(t.First) && (t.IsOpen() || !d.After(t.Last))
}

// IsOpen reports whether t has no end.
func (t Term) IsOpen() bool { return t.Last.IsZero() }

// Days returns how many days the term has; 0 for one without end, and for the zero
// Term.
func (t Term) Days() int {
	if t.First.IsZero() || t.IsOpen() {
		return 0
	}
	return max(0, t.Last.Sub(t.First)+1)
}

// String returns the days as 2026-01-01/2026-12-31; one without end leaves the last
// empty.
func (t Term) String() string {
	if t == (Term{}) {
		return ""
	}
	return t.First.String() + "/" + t.Last.String()
}

func (t Term) validate() error {
	if t.First.IsZero() && !t.IsOpen() || !t.IsOpen() && t.Last.Before(t.First) {
		return &FieldError{Field: "term", Value: t.String(), Rule: "must begin on a day, and not end before it"}
	}
	return nil
}

// validateClosed refuses what is not a period with a beginning and an end.
func (t Term) validateClosed() error {
	if t.Days() < 1 {
		return &FieldError{Field: "period", Value: t.String(), Rule: "must have a first day, and a last that does not precede it"}
	}
	return nil
}

// Contract is what a pool costs: one payment for the whole pool, how often it is
// paid, and for how long. The zero Contract costs nothing that is known.
type Contract struct {
	Amount    money.Amount // of one payment; the zero Amount is unknown
	Frequency Frequency
	Term      Term
}

// Validate returns a *FieldError for everything that is wrong with c, joined: an
// amount without a frequency or below zero, a frequency that is none, a term that
// ends before it begins.
func (c Contract) Validate() error {
	var errs []error
	if !c.Amount.IsZero() && c.Frequency == 0 || c.Frequency > Triennially {
		errs = append(errs, &FieldError{Field: "payment frequency", Value: c.Frequency.String(), Rule: "must be one, where an amount is"})
	}
	if c.Amount.Sign() < 0 {
		errs = append(errs, &FieldError{Field: "amount", Value: c.Amount.String(), Rule: "must not be below zero"})
	}
	return errors.Join(append(errs, c.Term.validate())...)
}

// Payment is one payment of a contract: when it is due, and the days that it is
// for.
type Payment struct {
	Due    license.Date
	Amount money.Amount
	For    Term // without end for a single payment of a contract without end
}

// Payments yields the payments that are due in a period, in order: the first on the
// first day of the term, the others on the same day of the month, or the last of
// the month where it has no such day. The last one is for what is left of the term.
// A contract that is not valid, or of which the amount is unknown, has none.
func (c Contract) Payments(period Term) iter.Seq[Payment] {
	return func(yield func(Payment) bool) {
		for p := range c.from(period.First) {
			if !period.IsOpen() && p.Due.After(period.Last) {
				return
			}
			if !p.Due.Before(period.First) && !yield(p) {
				return
			}
		}
	}
}

// from yields the payments from about a day on: those for days before it may come
// first, those for it and later ones are not left out.
func (c Contract) from(day license.Date) iter.Seq[Payment] {
	return func(yield func(Payment) bool) {
		if c.Validate() != nil || c.Amount.IsZero() || c.Term.First.IsZero() {
			return
		}
		months := c.Frequency.Months()
		if months == 0 {
			yield(Payment{c.Term.First, c.Amount, c.Term})
			return
		}
		// A month has at most 31 days, so no payment is passed over.
		k := max(0, day.Sub(c.Term.First)/(31*months)-1)
		due, within := addMonths(c.Term.First, k*months)
		for within && (c.Term.IsOpen() || !due.After(c.Term.Last)) {
			k++
			var next license.Date
			next, within = addMonths(c.Term.First, k*months)
			if !yield(Payment{due, c.Amount, Term{due, c.lastBefore(next, within)}}) {
				return
			}
			due = next
		}
	}
}

// lastBefore returns the last day of the term before next, or before the end of the
// calendar.
func (c Contract) lastBefore(next license.Date, within bool) license.Date {
	last := lastDay
	if within {
		last = next.AddDays(-1)
	}
	if !c.Term.IsOpen() {
		last = earlier(last, c.Term.Last)
	}
	return last
}
