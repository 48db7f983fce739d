package money

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

var currencies = []string{"USD", "EUR", "JPY", "KWD", "CLP"}

// amounts draws decimals and fractions of a currency.
func amounts(currency string) *rapid.Generator[Amount] {
	return rapid.Custom(func(t *rapid.T) Amount {
		text := rapid.StringMatching(`-?[0-9]{1,9}(\.[0-9]{1,5})?`).Draw(t, "number")
		a := Must(text + " " + currency)
		third, err := a.MulFraction(1, rapid.SampledFrom([]int{1, 1, 2, 3, 7, 12}).Draw(t, "divided by"))
		if err != nil {
			t.Fatal(err)
		}
		return third
	})
}

// V5: what an amount prints exactly is read back as that amount; the zero too.
func TestV5AmountRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts(rapid.SampledFrom(currencies).Draw(t, "currency")).Draw(t, "amount")
		text, err := a.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back Amount
		if err := back.UnmarshalText(text); err != nil || !back.Equal(a) {
			t.Fatalf("%s was read back as %v, %v", text, back, err)
		}
	})
	var back Amount
	if text, err := (Amount{}).MarshalText(); err != nil || back.UnmarshalText(text) != nil || !back.IsZero() {
		t.Errorf("the zero Amount was read back as %v, %v", back, err)
	}
}

func TestParseReadsDecimalDigits(t *testing.T) {
	for text, want := range map[string]string{
		"010/3 EUR": "10/3 EUR", "007.50 EUR": "7.50 EUR", "-0.00 EUR": "0.00 EUR", "6/4 USD": "1.50 USD",
		"5 JPY": "5 JPY", "0.001 USD": "0.001 USD", "-33/3 USD": "-11.00 USD",
	} {
		if got, err := Must(text).MarshalText(); string(got) != want || err != nil {
			t.Errorf("Parse(%q) = %s, %v, want %s", text, got, err, want)
		}
	}
	refused := []string{"1", " USD", "1 usd", "1 XXX", "1e3 USD", "1. USD", ".5 USD", "+1 USD", "1/0 USD", "1/00 USD", "1//2 USD",
		"1,000 USD", "0x10 USD", "1_0 USD", "NaN USD", "1  USD", "1 USD ", "1/2.5 USD", strings.Repeat("9", 25) + " USD",
		"0." + strings.Repeat("1", 31) + " USD", "1/" + strings.Repeat("9", 155) + " USD"}
	for _, text := range refused {
		var field *FieldError
		if a, err := Parse(text); !errors.As(err, &field) {
			t.Errorf("Parse(%q) = %v, %v, want a *FieldError", text, a, err)
		}
	}
}

// V7: sums and products are exact: they agree with big.Rat, whatever the order.
func TestV7SumsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(amounts("USD"), 1, 20).Draw(t, "amounts")
		want := new(big.Rat)
		for _, a := range list {
			want.Add(want, a.Rat())
		}
		slices.Reverse(list)
		got, err := Sum(slices.Values(list))
		if err != nil || got.Of(MustCurrency("USD")).Rat().Cmp(want) != 0 {
			t.Fatalf("sum = %v, %v, want %v", got, err, want)
		}
	})
}

// V8: parts of adjoining ranges add up, all of them to the amount, and no part is
// more than a unit off its even share.
func TestV8PartsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts(rapid.SampledFrom(currencies).Draw(t, "currency")).Draw(t, "amount")
		portions := rapid.IntRange(1, 400).Draw(t, "portions")
		from := rapid.IntRange(0, portions).Draw(t, "from")
		to := rapid.IntRange(from, portions).Draw(t, "to")
		sum := Amount{}
		for _, bounds := range [][2]int{{0, from}, {from, to}, {to, portions}} {
			part, err := a.Part(bounds[0], bounds[1], portions)
			if err == nil {
				sum, err = sum.Add(part)
			}
			if err != nil {
				t.Fatal(err)
			}
			even := new(big.Rat).Mul(a.Rat(), big.NewRat(int64(bounds[1]-bounds[0]), int64(portions)))
			off := even.Sub(even, part.Rat())
			unit := new(big.Rat).SetFrac(big.NewInt(1), power(a.Currency().Decimals()))
			if off.Abs(off).Cmp(unit) > 0 {
				t.Fatalf("part %v of %v is %v off", bounds, a, off)
			}
		}
		if !sum.Equal(a) {
			t.Fatalf("parts of %v add up to %v", a, sum)
		}
	})
}

// Fractions in 64 bits agree with big.Rat, in the middle of what fits and at its
// ends, and each number has one form.
func TestFractionAgainstRat(t *testing.T) {
	edge := rapid.OneOf(rapid.Int64Range(-1000, 1000), rapid.Int64Range(-math.MaxInt64, math.MaxInt64),
		rapid.Int64Range(math.MaxInt64-3, math.MaxInt64), rapid.Int64Range(-math.MaxInt64, -math.MaxInt64+3))
	draw := func(t *rapid.T, label string) fraction {
		num, den := edge.Draw(t, label), edge.Draw(t, label+" divided by")
		f := fractionOf(big.NewRat(num, max(abs(den), 1)))
		if rapid.IntRange(0, 4).Draw(t, "huge") == 0 {
			f = fractionOf(new(big.Rat).Mul(f.rat(), big.NewRat(math.MaxInt64, 3)))
		}
		return f
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		num, den := edge.Draw(t, "times"), max(abs(edge.Draw(t, "over")), 1)
		whole := rapid.Int64Range(1, 1<<40).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		decimals := rapid.IntRange(0, 30).Draw(t, "decimals")
		floor := scaled(a.rat(), decimals)
		floor.Mul(floor, big.NewRat(part, whole))
		floor = new(big.Rat).SetFrac(new(big.Int).Quo(floor.Num(), floor.Denom()), power(decimals))
		for name, c := range map[string]struct {
			got  fraction
			want *big.Rat
		}{
			"add":   {a.add(b), new(big.Rat).Add(a.rat(), b.rat())},
			"mul":   {a.mul(num, den), new(big.Rat).Mul(a.rat(), big.NewRat(num, den))},
			"min":   {a.mul(math.MinInt64, den), new(big.Rat).Mul(a.rat(), big.NewRat(math.MinInt64, den))},
			"neg":   {a.neg(), new(big.Rat).Neg(a.rat())},
			"floor": {a.floor(part, whole, decimals), floor},
		} {
			again := fractionOf(new(big.Rat).Set(c.want))
			if c.got.rat().Cmp(c.want) != 0 || c.got.num != again.num || c.got.den != again.den || (c.got.big == nil) != (again.big == nil) {
				t.Fatalf("%s of %v and %v = %v, want %v", name, a.rat(), b.rat(), c.got, c.want)
			}
		}
		n, ends := a.decimals()
		wantN, wantEnds := a.rat().FloatPrec()
		if a.cmp(b) != a.rat().Cmp(b.rat()) || a.sign() != a.rat().Sign() || ends != wantEnds || ends && n != wantN {
			t.Fatalf("%v against %v: %d, %d decimals", a.rat(), b.rat(), a.cmp(b), n)
		}
	})
}

func TestV8SplitAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts("EUR").Draw(t, "amount")
		weights := rapid.SliceOfN(rapid.IntRange(0, 1000), 1, 12).Draw(t, "weights")
		parts, err := a.Split(weights...)
		if err != nil {
			if slices.Max(weights) > 0 {
				t.Fatal(err)
			}
			return
		}
		sum, err := Sum(slices.Values(parts))
		if err != nil || !sum.Of(a.Currency()).Equal(a) {
			t.Fatalf("parts %v add up to %v, %v", parts, sum, err)
		}
		for i, w := range weights {
			if w == 0 && parts[i].Sign() != 0 {
				t.Fatalf("weight 0 got %v", parts[i])
			}
		}
	})
}

// V9: currencies never mix.
func TestV9CurrenciesNeverMix(t *testing.T) {
	usd, eur := Must("1 USD"), Must("1 EUR")
	for name, op := range map[string]func() error{
		"Add":     func() error { _, err := usd.Add(eur); return err },
		"Sub":     func() error { _, err := usd.Sub(eur); return err },
		"Compare": func() error { _, err := usd.Compare(eur); return err },
		"zero":    func() error { _, err := Must("0 USD").Add(Must("0 EUR")); return err },
	} {
		var mismatch *MismatchError
		if err := op(); !errors.As(err, &mismatch) {
			t.Errorf("%s of two currencies: %v, want a *MismatchError", name, err)
		}
	}
	if usd.Equal(eur) {
		t.Error("1 USD equals 1 EUR")
	}
	if sum, err := usd.Add(Amount{}); err != nil || !sum.Equal(usd) {
		t.Errorf("1 USD + none = %v, %v", sum, err)
	}
}

// V10: past the limit is an error, and nothing wraps.
func TestV10LimitIsAnError(t *testing.T) {
	big := Must(strings.Repeat("9", 24) + " USD")
	for name, op := range map[string]func() (Amount, error){
		"Add": func() (Amount, error) { return big.Add(big) },
		"Mul": func() (Amount, error) { return big.Mul(99_000_000) },
		"all": func() (Amount, error) { return big.Add(Must("1 USD")) },
		"Neg": func() (Amount, error) { return big.Neg().Sub(big) },
		"New": func() (Amount, error) { return New(decimal.New(1, 2_000_000_000), MustCurrency("USD")) },
		"new": func() (Amount, error) { return New(decimal.New(1, -2_000_000_000), MustCurrency("USD")) },
	} {
		var field *FieldError
		if a, err := op(); !errors.As(err, &field) || !a.IsZero() {
			t.Errorf("%s past the limit = %v, %v, want a *FieldError", name, a, err)
		}
	}
}

func TestRoundedIsHalfUp(t *testing.T) {
	for text, want := range map[string]string{
		"9900.165 GBP": "9900.17 GBP", "-9900.165 GBP": "-9900.17 GBP", "0.0049 USD": "0.00 USD", "1.005 USD": "1.01 USD",
		"0.5 JPY": "1 JPY", "1/3 KWD": "0.333 KWD", "2/3 KWD": "0.667 KWD", "-0.004 USD": "0.00 USD",
	} {
		if got := Must(text).String(); got != want {
			t.Errorf("Parse(%q).String() = %q, want %q", text, got, want)
		}
	}
	if got, ok := Must("1/3 USD").Decimal(); ok {
		t.Errorf("a third is the decimal %v", got)
	}
	if got, ok := Must("1/8 USD").Decimal(); !ok || !got.Equal(decimal.RequireFromString("0.125")) {
		t.Errorf("an eighth is %v, %v", got, ok)
	}
}

// The zero values are safe in every method, and what makes no sense is refused.
func TestZeroAndRefused(t *testing.T) {
	var zero Amount
	third, err := zero.MulFraction(1, 3)
	part, errPart := zero.Part(0, 1, 2)
	sum, errSum := zero.Add(zero)
	if err != nil || errPart != nil || errSum != nil || !third.IsZero() || !part.IsZero() || !sum.IsZero() || !zero.Neg().IsZero() {
		t.Errorf("the zero Amount gave %v, %v, %v", third, part, sum)
	}
	if zero.String() != "" || zero.Sign() != 0 || zero.Rounded().String() != "0" || zero.Rat().Sign() != 0 {
		t.Error("the zero Amount is not nothing")
	}
	if _, err := New(decimal.New(1, 0), Currency{}); err == nil {
		t.Error("New took no currency")
	}
	one := Must("1 USD")
	for _, bad := range [][3]int{{-1, 1, 2}, {1, 0, 2}, {0, 3, 2}, {0, 0, 0}, {0, 0, -1}} {
		if _, err := one.Part(bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("Part(%v) was not refused", bad)
		}
	}
	if _, err := one.MulFraction(1, 0); err == nil {
		t.Error("a division by zero was not refused")
	}
	if _, err := one.Split(); err == nil {
		t.Error("Split without weights was not refused")
	}
	if _, err := one.Split(1<<53, 1); err == nil {
		t.Error("Split with a sum of weights that wraps was not refused")
	}
}

// Totals are values: adding to one leaves the other as it was.
func TestTotalsAreValues(t *testing.T) {
	a, _ := Totals{}.Add(Must("1 USD"))
	b, _ := a.Add(Must("2 USD"))
	c, _ := a.Plus(b)
	if a.String() != "1.00 USD" || b.String() != "3.00 USD" || c.String() != "4.00 USD" {
		t.Errorf("totals are %v, %v, %v", a, b, c)
	}
	if !a.Equal(a) || a.Equal(b) || (Totals{}).String() != "" || !(Totals{}).Of(MustCurrency("USD")).IsZero() {
		t.Error("Equal or the zero Totals is wrong")
	}
}

// V5: currencies and the zero of them are read back, and small fields too.
func TestCurrencyRoundTrips(t *testing.T) {
	for code := range decimalsOf {
		c := MustCurrency(code)
		var back Currency
		text, err := c.MarshalText()
		if err != nil || back.UnmarshalText(text) != nil || !back.Equal(c) || back.IsZero() || len(code) != 3 {
			t.Errorf("%v was read back as %v, %v", c, back, err)
		}
	}
	back := MustCurrency("USD")
	if err := back.UnmarshalText(nil); err != nil || back != (Currency{}) || back.Decimals() != 0 {
		t.Errorf("no text was read as %v, %v", back, err)
	}
	if back.UnmarshalText([]byte("usd")) == nil || new(Amount).UnmarshalText([]byte("1")) == nil {
		t.Error("what is no currency or no amount was read")
	}
	if got, err := Must("1 USD").Compare(Must("2 USD")); got != -1 || err != nil {
		t.Errorf("1 USD against 2 USD: %d, %v", got, err)
	}
	// A sum past the limit adds nothing.
	big := Must(strings.Repeat("9", 24) + " USD")
	sum, _ := Totals{}.Add(big)
	if after, err := sum.Add(big); err == nil || !after.Equal(sum) {
		t.Errorf("past the limit: %v, %v", after, err)
	}
	if after, err := sum.Plus(sum); err == nil || !after.Equal(sum) {
		t.Errorf("past the limit: %v, %v", after, err)
	}
	if after, err := Sum(slices.Values([]Amount{big, big})); err == nil || !after.Equal(Totals{}) {
		t.Errorf("past the limit: %v, %v", after, err)
	}
	if list := slices.Collect(sum.All()); len(list) != 1 || !list[0].Equal(big) {
		t.Errorf("all sums: %v", list)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "5000.00 USD", "-1/3 EUR", "0 JPY", "010/08 KWD", "1e9 USD"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err != nil {
			return
		}
		printed, err := a.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(string(printed))
		if err != nil || !again.Equal(a) {
			t.Errorf("Parse(%q) prints %q, which parses as %v, %v", text, printed, again, err)
		}
	})
}

func FuzzParseCurrency(f *testing.F) {
	f.Add("USD")
	f.Add("XTS")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ParseCurrency(text); err == nil && c.String() != text {
			t.Errorf("ParseCurrency(%q) = %v", text, c)
		}
	})
}

func BenchmarkSum(b *testing.B) {
	list := make([]Amount, 1_000_000)
	for i := range list {
		list[i], _ = Must("1234.56 USD").MulFraction(1+i%7, 1+i%3)
	}
	for b.Loop() {
		if _, err := Sum(slices.Values(list)); err != nil {
			b.Fatal(err)
		}
	}
}
