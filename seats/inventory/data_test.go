package inventory

import (
	"encoding/csv"
	"encoding/json"
	"math/big"
	"os"
	"slices"
	"testing"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

// expected is the part of expected.json that is about spend.
type expected struct {
	AsOf  license.Date
	Spend struct {
		Pools, Current, WithoutAmount int

		ByFrequency         map[string]int
		OverAllocated       struct{ Pools, NegativeRemaining int }
		Annual, AnnualTotal []figure
	}
}

type figure struct {
	Currency, Frequency, Policy, Exact, Rational, Rounded string
	Pools                                                 int
}

func readPools(t *testing.T) []Pool {
	t.Helper()
	file, err := os.Open("testdata/license_pools.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var pools []Pool
	for _, record := range records[1:] {
		row := make(map[string]string)
		for i, column := range records[0] {
			row[column] = record[i]
		}
		pools = append(pools, poolOf(t, row))
	}
	return pools
}

func poolOf(t *testing.T, row map[string]string) Pool {
	t.Helper()
	p := Pool{Manual: Layer{Name: row["License Name"], Key: row["License Key"]}}
	read := func(field interface{ UnmarshalText([]byte) error }, text string) {
		t.Helper()
		if err := field.UnmarshalText([]byte(text)); err != nil {
			t.Fatalf("%v: %v", row, err)
		}
	}
	read(&p.ID, row["Unique ID"])
	read(&p.Manual.Kind, row["License Type"])
	read(&p.Manual.Purchased, row["Purchased Quantity"])
	read(&p.Manual.Used, row["Used"])
	read(&p.Contract.Frequency, row["Payment Frequency"])
	read(&p.Contract.Term.First, row["Effective Date"])
	read(&p.Contract.Term.Last, row["Ending Date"])
	if row["Amount"] != "" {
		read(&p.Contract.Amount, row["Amount"]+" "+row["Currency"])
	}
	return p
}

func readExpected(t *testing.T) (want expected) {
	t.Helper()
	text, err := os.ReadFile("testdata/expected.json")
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	return want
}

// check compares an amount with an expected figure in all three forms.
func (f figure) check(t *testing.T, got money.Amount) {
	t.Helper()
	exact, ends := got.Decimal()
	rational, _ := new(big.Rat).SetString(f.Rational)
	if !ends || exact.String() != f.Exact || got.Rat().Cmp(rational) != 0 || got.String() != f.Rounded+" "+f.Currency {
		t.Errorf("%s %s %s: %v (%v), want %s (%s)", f.Currency, f.Frequency, f.Policy, got, exact, f.Rounded, f.Exact)
	}
}

// V7: every figure of the shipped data comes out, exactly and to the cent.
func TestV7SpendOfTheData(t *testing.T) {
	want, pools := readExpected(t), readPools(t)
	policies := map[string]OncePolicy{"": SpreadOverTerm, "spread": SpreadOverTerm, "firstYear": WholeInFirstYear}
	for _, f := range want.Spend.Annual {
		some := slices.Collect(func(yield func(Pool) bool) {
			for _, p := range pools {
				c := p.Contract
				if c.Term.Holds(want.AsOf) && c.Frequency.String() == f.Frequency && c.Amount.Currency().String() == f.Currency && !yield(p) {
					return
				}
			}
		})
		got, err := AnnualSpend(slices.Values(some), want.AsOf, policies[f.Policy])
		if err != nil || got.Pools != f.Pools {
			t.Errorf("%s %s: %d pools, %v, want %d", f.Currency, f.Frequency, got.Pools, err, f.Pools)
		}
		f.check(t, got.PerYear.Of(money.MustCurrency(f.Currency)))
	}
	for _, f := range want.Spend.AnnualTotal {
		got, err := AnnualSpend(slices.Values(pools), want.AsOf, policies[f.Policy])
		if err != nil {
			t.Fatal(err)
		}
		f.check(t, got.PerYear.Of(money.MustCurrency(f.Currency)))
		if got.Pools != want.Spend.Pools || got.Current != want.Spend.Current || got.Unpriced != want.Spend.WithoutAmount {
			t.Errorf("%+v, want %+v", got, want.Spend)
		}
	}
}

func TestCountsOfTheData(t *testing.T) {
	want, pools := readExpected(t), readPools(t)
	byFrequency := make(map[string]int)
	over, negative := 0, 0
	for _, p := range pools {
		name := p.Contract.Frequency.String()
		if p.Contract.Frequency == 0 {
			name = ""
		}
		byFrequency[name]++
		if n, _ := p.Remaining().Int(); p.Current().OverAllocated() {
			over++
			negative += n
		}
	}
	for name, n := range want.Spend.ByFrequency {
		if byFrequency[name] != n {
			t.Errorf("%q: %d pools, want %d", name, byFrequency[name], n)
		}
	}
	if over != want.Spend.OverAllocated.Pools || negative != want.Spend.OverAllocated.NegativeRemaining {
		t.Errorf("over-allocated: %d pools by %d, want %+v", over, negative, want.Spend.OverAllocated)
	}
}

// The worked figures: 200 × $25 × 12 = $60,000 and 180 × $25 × 12 = $54,000, both
// from the price of a seat and from the data.
func TestWorkedFigures(t *testing.T) {
	want, pools := readExpected(t), readPools(t)
	for i, figures := range []struct {
		seats int
		year  string
	}{{200, "60000.00 USD"}, {180, "54000.00 USD"}} {
		p := pools[i]
		annual, err := p.Annual(want.AsOf, SpreadOverTerm)
		if err != nil || annual.String() != figures.year {
			t.Errorf("%s: %v, %v, want %s", p.ID, annual, err, figures.year)
		}
		perSeat, err := p.PerSeat(want.AsOf, SpreadOverTerm)
		if err != nil || perSeat.String() != "300.00 USD" {
			t.Errorf("%s: a seat costs %v, %v", p.ID, perSeat, err)
		}
		month, err := money.Must("25 USD").Mul(figures.seats)
		year, err2 := month.Mul(12)
		if err != nil || err2 != nil || !year.Equal(annual) {
			t.Errorf("%d × 25 × 12 = %v", figures.seats, year)
		}
	}
	waste, err := pools[0].Waste(0, want.AsOf, SpreadOverTerm)
	if err != nil || waste.Unassigned != 20 || waste.PerYear.String() != "6000.00 USD" {
		t.Errorf("waste of %s: %+v, %v", pools[0].ID, waste, err)
	}
	over, err := pools[6].Waste(3, want.AsOf, SpreadOverTerm) // 31 of 25 used
	if err != nil || over.Unassigned != 0 || over.PerYear.String() != "432.00 EUR" {
		t.Errorf("waste of an over-allocated pool: %+v, %v", over, err)
	}
}

// A pool written as JSON is read back as it was.
func TestPoolSurvivesJSON(t *testing.T) {
	for _, p := range append(readPools(t), Pool{}) {
		text, err := json.Marshal(p)
		var back Pool
		if err == nil {
			err = json.Unmarshal(text, &back)
		}
		if err != nil || !back.Contract.Amount.Equal(p.Contract.Amount) {
			t.Errorf("%s came back as %+v, %v", text, back, err)
		}
		back.Contract.Amount = p.Contract.Amount
		if back != p {
			t.Errorf("%s came back as %+v", text, back)
		}
	}
}
