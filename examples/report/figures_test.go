package main

import (
	"encoding/json"
	"math/big"
	"os"
	"strconv"
	"testing"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/inventory"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

// expected is the figures that a reader of the shipped data must arrive at.
type expected struct {
	AsOf     license.Date
	Licenses struct {
		Rows, Site        int
		ByDisplayedStatus map[string]int
		SeatCounts        struct{ Rows int }
		UsedBlank         struct{ Uninstalled int }
		OverAllocated     struct{ Rows, NegativeRemaining int }
		ExpiringWithin    map[string]int
	}
	Seats struct {
		Assignments, LicensesWithAssignments, HeldByInactiveUsers, NeverLoggedIn int
		Bands, IdleAtLeast, IdleAtLeastActiveUsers, IdleAtLeastInactiveUsers     map[string]int
	}
	Spend struct {
		Pools, Current, WithoutAmount int
		OverAllocated                 struct{ Pools, NegativeRemaining int }
		Annual, AnnualTotal           []expectedAmount
	}
}

type expectedAmount struct {
	Currency, Frequency, Policy, Exact, Rational, Rounded string
	Pools                                                 int
}

func readExpected(t *testing.T) (want expected) {
	t.Helper()
	data, err := os.ReadFile("testdata/expected.json")
	if err == nil {
		err = json.Unmarshal(data, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	return want
}

func shipped(t *testing.T, once inventory.OncePolicy) *figures {
	t.Helper()
	files, err := open("")
	if err != nil {
		t.Fatal(err)
	}
	b, err := readBooks(files)
	if err != nil {
		t.Fatal(err)
	}
	f, err := figuresOf(b, question{license.MustDate("2026-06-30"), once})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func check[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// The report counts licenses and pools as the data's author does.
func TestUtilisationOfTheData(t *testing.T) {
	want, f := readExpected(t), shipped(t, inventory.SpreadOverTerm)
	check(t, "day", f.today, want.AsOf)
	check(t, "licenses", len(f.licenses), want.Licenses.Rows)
	statuses := map[string]int{}
	for _, l := range f.licenses {
		statuses[l.DisplayedOn(f.today).String()]++
	}
	for status, n := range want.Licenses.ByDisplayedStatus {
		check(t, status, statuses[status], n)
	}
	where, seats := overAllocated(f.licenseLayers())
	check(t, "over-allocated licenses", where, want.Licenses.OverAllocated.Rows)
	check(t, "their remaining", -seats, want.Licenses.OverAllocated.NegativeRemaining)
	where, seats = overAllocated(f.poolLayers())
	check(t, "over-allocated pools", where, want.Spend.OverAllocated.Pools)
	check(t, "their remaining", -seats, want.Spend.OverAllocated.NegativeRemaining)
}

func TestIdlenessOfTheData(t *testing.T) {
	want, f := readExpected(t).Seats, shipped(t, inventory.SpreadOverTerm)
	x := f.idleness
	check(t, "seats", len(f.held), want.Assignments)
	check(t, "licenses", len(x.byLicense), want.LicensesWithAssignments)
	check(t, "never logged in", x.never, want.NeverLoggedIn)
	check(t, "first warnings of a first run", x.now.Moves(), want.IdleAtLeast["60"])
	check(t, "freed by a first run", x.now.Freed(), 0)
	check(t, "freed after notices", x.afterNotices.Freed(), want.IdleAtLeast["90"])
	check(t, "what package reclaim counts", x.now.Bands, [4]int{x.bands[0].seats(), x.bands[1].seats(), x.bands[2].seats(), x.bands[3].seats()})
	deactivated := 0
	for i, name := range x.bandNames() {
		check(t, name.Raw, x.bands[i].seats(), want.Bands[name.Raw])
		deactivated += x.bands[i].deactivated
	}
	check(t, "of deactivated users", deactivated, want.HeldByInactiveUsers)
	for i, days := range []int{60, 75, 90} {
		var active, inactive int
		for _, b := range x.bands[i+1:] {
			active, inactive = active+b.active, inactive+b.deactivated
		}
		check(t, "active", active, want.IdleAtLeastActiveUsers[strconv.Itoa(days)])
		check(t, "inactive", inactive, want.IdleAtLeastInactiveUsers[strconv.Itoa(days)])
	}
}

func TestExpirationsOfTheData(t *testing.T) {
	want, f := readExpected(t).Licenses, shipped(t, inventory.SpreadOverTerm)
	for days, n := range want.ExpiringWithin {
		within, err := strconv.Atoi(days)
		if err != nil {
			t.Fatal(err)
		}
		check(t, days+" days", f.endingWithin(within), n)
	}
	inMonths := 0
	for _, m := range f.expirations {
		inMonths += m.trial + m.active
	}
	check(t, "months", len(f.expirations), 12)
	check(t, "in all months", inMonths, len(f.expiring))
}

// Every amount comes out exactly, and rounded to the cent, under both policies.
func TestSpendOfTheData(t *testing.T) {
	want := readExpected(t).Spend
	for policy, once := range map[string]inventory.OncePolicy{"spread": inventory.SpreadOverTerm, "firstYear": inventory.WholeInFirstYear} {
		f := shipped(t, once)
		check(t, "pools", f.total.Pools, want.Pools)
		check(t, "current", f.total.Current, want.Current)
		check(t, "without amount", f.total.Unpriced, want.WithoutAmount)
		lines := 0
		for _, x := range want.Annual {
			if x.Policy == "" || x.Policy == policy {
				x.checkLine(t, f)
				lines++
			}
		}
		check(t, "lines", len(f.spend), lines)
		for _, x := range want.AnnualTotal {
			if x.Policy == policy {
				x.check(t, f.total.PerYear.Of(money.MustCurrency(x.Currency)))
			}
		}
	}
}

func (x expectedAmount) checkLine(t *testing.T, f *figures) {
	t.Helper()
	for _, line := range f.spend {
		if line.currency.String() == x.Currency && line.frequency.String() == x.Frequency {
			check(t, "pools", line.pools, x.Pools)
			x.check(t, line.perYear)
			return
		}
	}
	t.Errorf("no line of %s %s", x.Currency, x.Frequency)
}

func (x expectedAmount) check(t *testing.T, got money.Amount) {
	t.Helper()
	rational, _ := new(big.Rat).SetString(x.Rational)
	if exact, ends := got.Decimal(); !ends || exact.String() != x.Exact || got.Rat().Cmp(rational) != 0 || amount(got).Raw != x.Rounded {
		t.Errorf("%s %s %s: %v (%v), want %s (%s)", x.Currency, x.Frequency, x.Policy, got, exact, x.Rounded, x.Exact)
	}
}

// What is in use, idle, unassigned and not known adds up to what is paid, in each
// currency.
func TestWasteAddsUp(t *testing.T) {
	f := shipped(t, inventory.SpreadOverTerm)
	for _, w := range f.wasted {
		var parts money.Amount
		for _, part := range []money.Amount{w.inUse, w.idle, w.unassigned, w.unknown} {
			var err error
			if parts, err = parts.Add(part); err != nil {
				t.Fatal(err)
			}
		}
		if total := f.total.PerYear.Of(w.currency); !parts.Equal(total) {
			t.Errorf("%v: parts are %v, paid is %v", w.currency, parts, total)
		}
	}
}

// 200 × $25 × 12 = $60,000, of which 20 unassigned and 23 idle seats waste 43 × $300;
// 180 × $25 × 12 = $54,000.
func TestWorkedFigures(t *testing.T) {
	f := shipped(t, inventory.SpreadOverTerm)
	want := map[string][2]string{"1003k00000C000zAAB": {"60000.00 USD", "12900.00 USD"}, "1003k00000C002NAAR": {"54000.00 USD", "2700.00 USD"}}
	for _, w := range f.waste {
		if x, ok := want[w.pool.ID.String()]; ok {
			check(t, "a year", w.perYear.String(), x[0])
			check(t, "wasted", w.seats.PerYear.String(), x[1])
			delete(want, w.pool.ID.String())
		}
	}
	check(t, "pools that were not there", len(want), 0)
}
