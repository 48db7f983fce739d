package inventory

import (
	"iter"
	"strconv"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

// OncePolicy says how an amount that is paid once counts. The zero OncePolicy is
// none; it is refused where a pool is paid once, for either choice is another
// figure.
type OncePolicy uint8

// The policies.
const (
	SpreadOverTerm OncePolicy = 1 + iota // evenly over the term; WholeInFirstYear where the term has no end
	WholeInFirstYear
)

var onceText = [...]string{SpreadOverTerm: "spread over term", WholeInFirstYear: "whole in first year"}

// String returns the policy in words; "none" for the zero OncePolicy.
func (o OncePolicy) String() string { return word(onceText[:], int(o)) }

func (o OncePolicy) validate() error {
	if o < SpreadOverTerm || WholeInFirstYear < o {
		return &FieldError{Field: "policy for single payments", Value: o.String(), Rule: "must be spread over term, or whole in first year"}
	}
	return nil
}

// Annual returns what a year costs, at the rate of a day: the amount times payments
// a year, exactly, and nothing on a day outside the term. Every 18 months is two
// thirds of the amount, and stays two thirds.
//
// A single payment that is spread is divided by the years of the term, a year begun
// counting as one; whole in the first year it counts until a year after the first
// day of the term. Where the amount is unknown the answer is the zero Amount.
func (c Contract) Annual(on license.Date, once OncePolicy) (money.Amount, error) {
	if err := c.Validate(); err != nil || c.Amount.IsZero() {
		return money.Amount{}, err
	}
	if c.Frequency == Once {
		if err := once.validate(); err != nil {
			return money.Amount{}, err
		}
	}
	months := c.Frequency.Months()
	switch {
	case !c.Term.Holds(on):
		return c.Amount.Mul(0)
	case months > 0:
		return c.Amount.MulFraction(12, months)
	case once == SpreadOverTerm && !c.Term.IsOpen():
		return c.Amount.MulFraction(1, c.Term.years())
	case c.firstYear().Holds(on):
		return c.Amount, nil
	}
	return c.Amount.Mul(0)
}

// firstYear returns the days of the first year that are days of the term too.
func (c Contract) firstYear() Term {
	return Term{c.Term.First, c.lastBefore(addMonths(c.Term.First, 12))}
}

// years returns how many years a closed term has, one begun counting as one.
func (t Term) years() int {
	years := max(1, t.Days()/366)
	for {
		next, within := addMonths(t.First, 12*years)
		if !within || next.After(t.Last) {
			return years
		}
		years++
	}
}

// Spend returns what falls on a period, pro rata by day: each payment is spread
// over the days that it is for, in whole units of the currency, and a single one
// over the term or the first year. Periods that adjoin add up to the spend of both,
// and all together to what is paid: no cent is lost or invented; see
// [money.Amount.Part] for where the remainder goes. Where the amount is unknown the
// answer is the zero Amount.
func (c Contract) Spend(period Term, once OncePolicy) (money.Amount, error) {
	err := period.validateClosed()
	if err == nil {
		err = c.Validate()
	}
	if err != nil || c.Amount.IsZero() {
		return money.Amount{}, err
	}
	if c.Frequency == Once {
		if err := once.validate(); err != nil {
			return money.Amount{}, err
		}
	}
	sum, err := c.Amount.Mul(0)
	for p := range c.from(period.First) {
		if err != nil || p.Due.After(period.Last) {
			break
		}
		if p.For.IsOpen() || c.Frequency == Once && once == WholeInFirstYear {
			p.For = c.firstYear()
		}
		sum, err = addPart(sum, p, period)
	}
	return sum, err
}

// addPart adds what of a payment falls on a period.
func addPart(sum money.Amount, p Payment, period Term) (money.Amount, error) {
	first, last := later(p.For.First, period.First), earlier(p.For.Last, period.Last)
	if last.Before(first) {
		return sum, nil
	}
	part, err := p.Amount.Part(first.Sub(p.For.First), last.Sub(p.For.First)+1, p.For.Days())
	if err != nil {
		return sum, err
	}
	return sum.Add(part)
}

// MonthSpend is what falls on a month, or on the days of it in a period.
type MonthSpend struct {
	Month Month
	Spend money.Totals
}

// SpendByMonth returns the spend of pools for each month of a period, per currency.
// The months add up to the spend of the period.
func SpendByMonth(pools iter.Seq[Pool], period Term, once OncePolicy) ([]MonthSpend, error) {
	if err := period.validateClosed(); err != nil {
		return nil, err
	}
	var months []MonthSpend
	for first := period.First; !first.After(period.Last); {
		month := MonthOf(first)
		last := earlier(month.Last(), period.Last)
		var total money.Totals
		for p := range pools {
			amount, err := p.Contract.Spend(Term{first, last}, once)
			if err == nil {
				total, err = total.Add(amount)
			}
			if err != nil {
				return nil, err
			}
		}
		months = append(months, MonthSpend{month, total})
		if last == lastDay {
			break
		}
		first = last.AddDays(1)
	}
	return months, nil
}

// Annual returns what a year of the pool costs; see [Contract.Annual].
func (p Pool) Annual(on license.Date, once OncePolicy) (money.Amount, error) {
	return p.Contract.Annual(on, once)
}

// PerSeat returns what one purchased seat costs a year, exactly. It is the zero
// Amount where amount or quantity are unknown, unlimited or 0.
func (p Pool) PerSeat(on license.Date, once OncePolicy) (money.Amount, error) {
	purchased, ok := p.Current().Purchased.Int()
	annual, err := p.Annual(on, once)
	if err != nil || !ok || purchased < 1 {
		return money.Amount{}, err
	}
	return annual.MulFraction(1, purchased)
}

// Saving returns what so many seats fewer save a year, at the rate of a seat. It is
// saved once fewer are bought: a seat that is free costs what it did. Below 0, or
// more than were purchased, is a *FieldError.
func (p Pool) Saving(seats int, on license.Date, once OncePolicy) (money.Amount, error) {
	freed, err := NewCount(seats)
	purchased := p.Current().Purchased
	if err != nil || seats < 0 || purchased.Minus(freed).isBelowZero() {
		return money.Amount{}, &FieldError{Field: "seats saved", Value: strconv.Itoa(seats), Rule: "is 0 to the seats purchased"}
	}
	rate, err := p.PerSeat(on, once)
	if err != nil {
		return money.Amount{}, err
	}
	return rate.Mul(seats)
}

// Waste is what seats cost a year that do nothing.
type Waste struct {
	Unassigned int          // purchased and not used
	Idle       int          // used, and idle
	PerYear    money.Amount // of both, at the rate of a seat; the zero Amount where that is unknown
}

// Waste returns what unassigned and idle seats cost a year, at the rate of a seat.
// idle is how many of the used seats lie idle; below 0, or more than are used, is a
// *FieldError. Seats above the purchased quantity cost nothing, so no more are
// wasted than were purchased.
func (p Pool) Waste(idle int, on license.Date, once OncePolicy) (Waste, error) {
	current := p.Current()
	used, isKnown := current.Used.Int()
	if idle < 0 || isKnown && idle > used || idle > license.MaxSeats {
		return Waste{}, &FieldError{Field: "idle seats", Value: strconv.Itoa(idle), Rule: "is 0 to the seats used"}
	}
	w := Waste{Idle: idle}
	if n, ok := current.Remaining().Int(); ok {
		w.Unassigned = max(0, n)
	}
	rate, err := p.PerSeat(on, once)
	if err != nil {
		return Waste{}, err
	}
	purchased, _ := current.Purchased.Int()
	w.PerYear, err = rate.Mul(min(w.Unassigned+idle, purchased))
	return w, err
}

// Spending is what pools cost a year, per currency.
type Spending struct {
	Pools    int // looked at
	Current  int // whose term holds the day
	Unpriced int // of them, without a known amount
	PerYear  money.Totals
}

// AnnualSpend returns what a year of all pools costs, at the rate of a day.
func AnnualSpend(pools iter.Seq[Pool], on license.Date, once OncePolicy) (Spending, error) {
	var s Spending
	for p := range pools {
		s.Pools++
		if !p.Contract.Term.Holds(on) {
			continue
		}
		s.Current++
		amount, err := p.Annual(on, once)
		if err == nil {
			s.PerYear, err = s.PerYear.Add(amount)
		}
		if err != nil {
			return Spending{}, err
		}
		if amount.IsZero() {
			s.Unpriced++
		}
	}
	return s, nil
}
