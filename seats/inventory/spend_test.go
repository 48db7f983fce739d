package inventory

import (
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/inventory/money"
	"pgregory.net/rapid"
)

// contracts draws terms that begin around leap days and ends of months.
func contracts() *rapid.Generator[Contract] {
	return rapid.Custom(func(t *rapid.T) Contract {
		number := rapid.StringMatching(`[0-9]{1,5}(\.[0-9]{1,3})?`).Draw(t, "amount")
		c := Contract{
			Amount:    money.Must(number + " " + rapid.SampledFrom([]string{"USD", "JPY", "KWD"}).Draw(t, "currency")),
			Frequency: Frequency(rapid.IntRange(int(Once), int(Triennially)).Draw(t, "frequency")),
		}
		first := rapid.SampledFrom([]string{"2024-02-29", "2023-12-31", "2024-01-30", "2025-03-01", "2024-08-15"}).Draw(t, "first")
		c.Term.First = license.MustDate(first)
		if rapid.Bool().Draw(t, "ends") {
			c.Term.Last = c.Term.First.AddDays(rapid.IntRange(0, 1600).Draw(t, "days"))
		}
		return c
	})
}

func drawPeriod(t *rapid.T, around license.Date) Term {
	first := around.AddDays(rapid.IntRange(-100, 1500).Draw(t, "from"))
	return Term{first, first.AddDays(rapid.IntRange(0, 900).Draw(t, "length"))}
}

func drawOnce(t *rapid.T) OncePolicy {
	return rapid.SampledFrom([]OncePolicy{SpreadOverTerm, WholeInFirstYear}).Draw(t, "once")
}

func spend(t interface{ Fatal(...any) }, c Contract, period Term, once OncePolicy) money.Amount {
	amount, err := c.Spend(period, once)
	if err != nil {
		t.Fatal(err)
	}
	return amount
}

// slowMonths goes month by month, and takes the last day of a month that is too
// short.
func slowMonths(d license.Date, n int) license.Date {
	year, month, day := d.Start().Date()
	for range n {
		if month++; month > time.December {
			year, month = year+1, time.January
		}
	}
	for time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Month() != month {
		day--
	}
	return license.DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// slowDays gives each day its share, day by day: what is due up to it, rounded down
// to whole units, less what was due up to the day before.
func slowDays(c Contract, once OncePolicy, until license.Date) map[license.Date]*big.Rat {
	days := make(map[license.Date]*big.Rat)
	end := until
	if !c.Term.IsOpen() && c.Term.Last.Before(end) {
		end = c.Term.Last
	}
	for k := 0; ; k++ {
		first := slowMonths(c.Term.First, k*c.Frequency.Months())
		next := slowMonths(c.Term.First, (k+1)*c.Frequency.Months())
		if c.Frequency == Once {
			if next = slowMonths(c.Term.First, 12); once == SpreadOverTerm && !c.Term.IsOpen() {
				next = c.Term.Last.AddDays(1)
			}
		}
		if first.After(end) || c.Frequency == Once && k > 0 {
			return days
		}
		if !c.Term.IsOpen() && next.After(c.Term.Last) {
			next = c.Term.Last.AddDays(1)
		}
		units := new(big.Rat).Mul(c.Amount.Rat(), big.NewRat(1000, 1))
		unit := big.NewRat(1, 1000)
		for unit.Cmp(big.NewRat(1, 1)) < 0 && coarser(c.Amount, units) {
			units.Quo(units, big.NewRat(10, 1))
			unit.Mul(unit, big.NewRat(10, 1))
		}
		n := next.Sub(first)
		floor := func(i int) *big.Rat {
			due := new(big.Rat).Mul(units, big.NewRat(int64(i), int64(n)))
			whole := new(big.Rat).SetInt(new(big.Int).Div(due.Num(), due.Denom()))
			return whole.Mul(whole, unit)
		}
		for i := range n {
			days[first.AddDays(i)] = new(big.Rat).Sub(floor(i+1), floor(i))
		}
	}
}

// coarser reports whether the amount is a whole number of units ten times as large,
// and the currency has such.
func coarser(a money.Amount, units *big.Rat) bool {
	if a.Sign() == 0 {
		return false
	}
	tenth := new(big.Rat).Quo(units, big.NewRat(10, 1))
	one := new(big.Rat).Quo(units, a.Rat())
	least := map[string]*big.Rat{"USD": big.NewRat(100, 1), "JPY": big.NewRat(1, 1), "KWD": big.NewRat(1000, 1)}[a.Currency().String()]
	return tenth.IsInt() && one.Cmp(least) > 0
}

// V7, V8: the spend of a period is the sum of its days, counted one by one.
func TestV8SpendAgainstDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, once := contracts().Draw(t, "contract"), drawOnce(t)
		period := drawPeriod(t, c.Term.First)
		want := new(big.Rat)
		for day, share := range slowDays(c, once, period.Last) {
			if period.Holds(day) {
				want.Add(want, share)
			}
		}
		if got := spend(t, c, period, once); got.Rat().Cmp(want) != 0 {
			t.Fatalf("%+v in %v: %v, want %v", c, period, got.Rat(), want)
		}
	})
}

// V8: periods that adjoin add up to both, and a term to what was paid for it.
func TestV8PeriodsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, once := contracts().Draw(t, "contract"), drawOnce(t)
		whole := drawPeriod(t, c.Term.First)
		cut := whole.First.AddDays(rapid.IntRange(0, whole.Days()-1).Draw(t, "cut"))
		sum := spend(t, c, Term{whole.First, cut}, once)
		if cut.Before(whole.Last) {
			var err error
			if sum, err = sum.Add(spend(t, c, Term{cut.AddDays(1), whole.Last}, once)); err != nil {
				t.Fatal(err)
			}
		}
		if all := spend(t, c, whole, once); !sum.Equal(all) {
			t.Fatalf("%+v in %v: parts %v, whole %v", c, whole, sum.Rat(), all.Rat())
		}
		if c.Term.IsOpen() {
			return
		}
		paid, err := c.Amount.Mul(len(slices.Collect(c.Payments(c.Term))))
		if all := spend(t, c, Term{c.Term.First.AddDays(-10), c.Term.Last.AddDays(10)}, once); err != nil || !all.Equal(paid) {
			t.Fatalf("%+v: the term adds up to %v, paid is %v", c, all.Rat(), paid.Rat())
		}
	})
}

// The months of a period add up to it, per currency.
func TestV8MonthsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pools []Pool
		for range rapid.IntRange(0, 4).Draw(t, "pools") {
			pools = append(pools, Pool{Contract: contracts().Draw(t, "contract")})
		}
		once, period := drawOnce(t), drawPeriod(t, license.MustDate("2024-02-29"))
		months, err := SpendByMonth(slices.Values(pools), period, once)
		if err != nil {
			t.Fatal(err)
		}
		var got, want money.Totals
		for i, m := range months {
			if got, err = got.Plus(m.Spend); err != nil || i > 0 && m.Month.Compare(months[i-1].Month) <= 0 {
				t.Fatalf("%v, %v", m, err)
			}
		}
		for _, p := range pools {
			if want, err = want.Add(spend(t, p.Contract, period, once)); err != nil {
				t.Fatal(err)
			}
		}
		if !got.Equal(want) {
			t.Fatalf("months %v, period %v", got, want)
		}
	})
}

// A year's rate is what a year is spent, where years are paid for as a whole: the
// same amount twelve times a month, twice half a year, once a year.
func TestAnnualIsAYearOfPayments(t *testing.T) {
	first := license.MustDate("2025-01-31")
	for _, f := range []Frequency{Monthly, Quarterly, SemiAnnually, Annually} {
		c := Contract{Amount: money.Must("100.01 USD"), Frequency: f, Term: Term{First: first}}
		annual, err := c.Annual(first, 0)
		if err != nil || !spend(t, c, Term{first, license.MustDate("2026-01-30")}, 0).Equal(annual) {
			t.Errorf("%v: a year is %v, %v", f, annual, err)
		}
	}
	for f, want := range map[Frequency]string{Once: "300 USD", Monthly: "1200 USD", Quarterly: "400 USD", SemiAnnually: "200 USD", Annually: "100 USD",
		Every18Months: "200/3 USD", Biannually: "50 USD", Triennially: "100/3 USD"} {
		c := Contract{Amount: money.Must("100 USD"), Frequency: f, Term: Term{First: first}}
		if f == Once {
			c.Amount = money.Must("300 USD")
		}
		if got, err := c.Annual(first, SpreadOverTerm); err != nil || !got.Equal(money.Must(want)) {
			t.Errorf("%v: %v, %v, want %s", f, got.Rat(), err, want)
		}
	}
}

// Terms hold on both ends, to the day, and a single payment until a year after the
// first day, leap days included.
func TestTermsToTheDay(t *testing.T) {
	term := Term{license.MustDate("2024-02-29"), license.MustDate("2027-02-27")}
	c := Contract{Amount: money.Must("300 USD"), Frequency: Once, Term: term}
	for day, want := range map[string][2]string{
		"2024-02-28": {"0 USD", "0 USD"}, "2024-02-29": {"100 USD", "300 USD"}, "2025-02-27": {"100 USD", "300 USD"},
		"2025-02-28": {"100 USD", "0 USD"}, "2027-02-27": {"100 USD", "0 USD"}, "2027-02-28": {"0 USD", "0 USD"},
	} {
		for i, policy := range []OncePolicy{SpreadOverTerm, WholeInFirstYear} {
			if got, err := c.Annual(license.MustDate(day), policy); err != nil || !got.Equal(money.Must(want[i])) {
				t.Errorf("on %s, %v: %v, %v, want %s", day, policy, got, err, want[i])
			}
		}
	}
	for last, years := range map[string]int{"2024-02-29": 1, "2025-02-27": 1, "2025-02-28": 2, "2028-02-28": 4, "2028-02-29": 5, "9999-12-31": 7976} {
		if got := (Term{term.First, license.MustDate(last)}).years(); got != years {
			t.Errorf("from 2024-02-29 to %s there are %d years begun, want %d", last, got, years)
		}
	}
	if (Term{}).Holds(license.Date{}) || (Term{}).Holds(lastDay) || (Term{}).Days() != 0 || (Term{}).String() != "" {
		t.Error("the zero Term holds")
	}
}

// Months are added on the calendar: from the end of January too.
func TestAddMonthsAgainstSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := license.MustDate("2023-12-01").AddDays(rapid.IntRange(0, 500).Draw(t, "day"))
		n := rapid.IntRange(0, 100).Draw(t, "months")
		got, within := addMonths(d, n)
		if want := slowMonths(d, n); got != want || !within {
			t.Fatalf("%v + %d months = %v, want %v", d, n, got, want)
		}
	})
	if got, within := addMonths(lastDay, 1); got != lastDay || within {
		t.Errorf("past the calendar: %v, %v", got, within)
	}
}

// Payments of a period are those of the whole term that fall on it, wherever in the
// term it lies.
func TestPaymentsOfAPeriod(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := contracts().Draw(t, "contract")
		period := drawPeriod(t, c.Term.First)
		var want []license.Date
		for p := range c.Payments(Term{c.Term.First, period.Last}) {
			if period.Holds(p.Due) {
				want = append(want, p.Due)
			}
		}
		var got []license.Date
		for p := range c.Payments(period) {
			got = append(got, p.Due)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%+v in %v: due %v, want %v", c, period, got, want)
		}
	})
	far := Contract{Amount: money.Must("1 USD"), Frequency: Monthly, Term: Term{First: license.MustDate("0001-01-31")}}
	end := Term{license.MustDate("9999-11-01"), lastDay}
	if due := slices.Collect(far.Payments(end)); len(due) != 2 || due[1].Due != lastDay || due[1].For.Last != lastDay {
		t.Errorf("at the end of the calendar: %v", due)
	}
	if got := spend(t, far, end, 0); got.String() != "2.97 USD" { // 0.97 of the payment of 31 October
		t.Errorf("spend at the end of the calendar: %v", got)
	}
}

// Unknown is not zero: without an amount there is no figure, outside the term it is 0.
func TestUnknownAmount(t *testing.T) {
	day := license.MustDate("2026-06-30")
	var p Pool
	annual, err := p.Annual(day, 0)
	perSeat, err2 := p.PerSeat(day, 0)
	waste, err3 := p.Waste(3, day, 0)
	part, err4 := p.Contract.Spend(Term{day, day}, 0)
	if err := errors.Join(err, err2, err3, err4); err != nil || !annual.IsZero() || !perSeat.IsZero() || !waste.PerYear.IsZero() || !part.IsZero() {
		t.Errorf("the zero Pool costs %v, %v, %+v, %v: %v", annual, perSeat, waste, part, err)
	}
	p.Contract = Contract{Amount: money.Must("5 USD"), Frequency: Monthly, Term: Term{First: day.AddDays(1)}}
	if annual, err := p.Annual(day, 0); err != nil || annual.IsZero() || annual.Sign() != 0 {
		t.Errorf("before the term: %v, %v, want 0 USD", annual, err)
	}
	if perSeat, err := p.PerSeat(day, 0); err != nil || !perSeat.IsZero() {
		t.Errorf("a seat of an unknown quantity costs %v, %v", perSeat, err)
	}
}

// A seat of none, or of no limit, has no price; all that are used can be idle.
func TestPriceOfASeat(t *testing.T) {
	day := license.MustDate("2026-06-30")
	c := Contract{Amount: money.Must("5 USD"), Frequency: Monthly, Term: Term{First: day}}
	for _, purchased := range []Count{MustCount(0), Unlimited(), {}} {
		p := Pool{Manual: Layer{Purchased: purchased, Used: MustCount(0)}, Contract: c}
		if price, err := p.PerSeat(day, 0); err != nil || !price.IsZero() {
			t.Errorf("a seat of %q costs %v, %v", purchased, price, err)
		}
		if waste, err := p.Waste(0, day, 0); err != nil || !waste.PerYear.IsZero() || waste.Unassigned != 0 {
			t.Errorf("waste of %q: %+v, %v", purchased, waste, err)
		}
	}
	one := Pool{Manual: Layer{Purchased: MustCount(1), Used: MustCount(3)}, Contract: c}
	if waste, err := one.Waste(3, day, 0); err != nil || waste.PerYear.String() != "60.00 USD" || waste.Idle != 3 {
		t.Errorf("three idle users of one seat waste %+v, %v", waste, err)
	}
	if price, err := one.PerSeat(day, 0); err != nil || price.String() != "60.00 USD" {
		t.Errorf("the one seat costs %v, %v", price, err)
	}
}

func TestSpendRefuses(t *testing.T) {
	day := license.MustDate("2026-06-30")
	good := Contract{Amount: money.Must("5 USD"), Frequency: Once, Term: Term{First: day}}
	without, negative, backward := good, good, good
	without.Frequency = 0
	negative.Amount = money.Must("-5 USD")
	backward.Term.Last = day.AddDays(-1)
	p := Pool{Manual: Layer{Purchased: MustCount(5), Used: MustCount(4)}, Contract: good}
	for name, err := range map[string]error{
		"no policy":        only(good.Annual(day, 0)),
		"no policy, spend": only(good.Spend(Term{day, day}, 9)),
		"no frequency":     only(without.Annual(day, SpreadOverTerm)),
		"below zero":       only(negative.Annual(day, SpreadOverTerm)),
		"backward term":    only(backward.Spend(Term{day, day}, SpreadOverTerm)),
		"no period":        only(good.Spend(Term{}, SpreadOverTerm)),
		"open period":      only(good.Spend(Term{First: day}, SpreadOverTerm)),
		"idle":             only(p.Waste(5, day, SpreadOverTerm)),
		"idle below zero":  only(p.Waste(-1, day, SpreadOverTerm)),
		"saved":            only(p.Saving(6, day, SpreadOverTerm)),
		"saved below zero": only(p.Saving(-1, day, SpreadOverTerm)),
		"pools":            only(AnnualSpend(slices.Values([]Pool{p}), day, 0)),
		"months":           only(SpendByMonth(slices.Values([]Pool{p}), Term{day, day}, 0)),
		"months of none":   only(SpendByMonth(slices.Values([]Pool{p}), Term{}, SpreadOverTerm)),
		"renewals":         only(Renewals(slices.Values([]Pool{p}), Term{day, day}, -1, SpreadOverTerm)),
		"renewals of none": only(Renewals(slices.Values([]Pool{p}), Term{}, 1, SpreadOverTerm)),
	} {
		var field *FieldError
		if !errors.As(err, &field) {
			t.Errorf("%s: %v, want a *FieldError", name, err)
		}
	}
	for name, c := range map[string]Contract{"no amount": {Frequency: Monthly, Term: Term{First: day}}, "no term": {Amount: good.Amount, Frequency: Once}} {
		if n := len(slices.Collect(c.Payments(Term{Last: day}))); n != 0 {
			t.Errorf("a contract with %s has %d payments", name, n)
		}
	}
	if n := len(slices.Collect(without.Payments(Term{First: day}))); n != 0 {
		t.Errorf("a contract that is not valid has %d payments", n)
	}
}

func only[A any](_ A, err error) error { return err }

// Saving all seats saves the whole year, and each seat the same.
func TestSavingsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Pool{Manual: Layer{Purchased: MustCount(rapid.IntRange(1, 500).Draw(t, "purchased"))}, Contract: contracts().Draw(t, "contract")}
		day := p.Contract.Term.First
		purchased, _ := p.Manual.Purchased.Int()
		some := rapid.IntRange(0, purchased).Draw(t, "freed")
		a, err := p.Saving(some, day, SpreadOverTerm)
		b, err2 := p.Saving(purchased-some, day, SpreadOverTerm)
		sum, err3 := a.Add(b)
		annual, err4 := p.Annual(day, SpreadOverTerm)
		if err := errors.Join(err, err2, err3, err4); err != nil || !sum.Equal(annual) {
			t.Fatalf("%v and %v, a year is %v: %v", a, b, annual, err)
		}
	})
}

func TestRenewalsAreInOrder(t *testing.T) {
	pools := readPools(t)
	all, err := Renewals(slices.Values(pools), Term{license.MustDate("2026-06-01"), license.MustDate("2026-12-31")}, 30, SpreadOverTerm)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := Renewals(slices.Values(pools), Term{license.MustDate("2026-06-30"), license.MustDate("2026-06-30")}, 0, SpreadOverTerm); err != nil || len(same) != 1 || same[0].DecideBy != same[0].LastDay {
		t.Errorf("without notice: %+v, %v", same, err)
	}
	var got []string
	for _, r := range all {
		got = append(got, r.LastDay.String())
		if r.DecideBy != r.LastDay.AddDays(-30) || r.PerYear.Sign() <= 0 {
			t.Errorf("%+v", r)
		}
	}
	if want := []string{"2026-06-29", "2026-06-30", "2026-12-12", "2026-12-12"}; !slices.Equal(got, want) {
		t.Errorf("terms end %v, want %v", got, want)
	}
}
