package money

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Amount is so much of a currency, exactly: a fraction, never a rounded number. It
// is a value; no method changes it. Compare amounts with Equal or Compare, not
// with ==. The zero Amount is none: it has no currency, and adding it to another
// changes nothing. It differs from 0 USD.
//
// What can be negative is: a saving, a correction. Every amount lies below
// 10^24 either way; an operation that would pass this is refused with a
// *FieldError.
type Amount struct {
	currency Currency
	value    fraction
}

const (
	maxDigits          = 24  // before the point
	maxDecimals        = 30  // after it
	maxDenominatorBits = 512 // of a fraction
)

var limit = new(big.Rat).SetInt(power(maxDigits))

const limitRule = "must lie below 10^24 either way, and its denominator below 2^512"

// Parse reads a number and a currency: "5000.00 USD", or an exact fraction,
// "100/3 EUR". Numbers are plain: digits, with a point before the decimals and a
// minus sign where negative. Empty text is the zero Amount. The error is a
// *FieldError.
func Parse(text string) (Amount, error) {
	if text == "" {
		return Amount{}, nil
	}
	number, code, found := strings.Cut(text, " ")
	value, ok := parseNumber(number)
	if !found || !ok {
		return Amount{}, &FieldError{Field: "amount", Value: text, Rule: `is written "5000.00 USD"`}
	}
	currency, err := ParseCurrency(code)
	if err != nil {
		return Amount{}, err
	}
	return newAmount(fractionOf(value), currency)
}

// Must is Parse for literals and tests; it panics on an error.
func Must(text string) Amount {
	a, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return a
}

// New returns value of currency. A number that Parse would not read, and no
// currency, are a *FieldError.
func New(value decimal.Decimal, currency Currency) (Amount, error) {
	if currency.IsZero() {
		return Amount{}, &FieldError{Field: "currency", Rule: "must not be missing"}
	}
	exponent := int(value.Exponent())
	if exponent < -maxDecimals || exponent > maxDigits || value.Coefficient().BitLen() > maxDenominatorBits {
		return Amount{}, &FieldError{Field: "amount", Value: "… × 10^" + strconv.Itoa(exponent), Rule: limitRule}
	}
	return newAmount(fractionOf(value.Rat()), currency)
}

func newAmount(value fraction, currency Currency) (Amount, error) {
	if v := value.big; v != nil && (v.Denom().BitLen() > maxDenominatorBits || new(big.Rat).Abs(v).Cmp(limit) >= 0) {
		return Amount{}, &FieldError{Field: "amount", Value: v.FloatString(2), Rule: limitRule}
	}
	return Amount{currency, value}, nil
}

// parseNumber reads 12, -12.50 and 100/3. (Rat.SetString would read 010/3 as 8/3.)
func parseNumber(text string) (*big.Rat, bool) {
	digits := strings.TrimPrefix(text, "-")
	whole, denominator, isFraction := strings.Cut(digits, "/")
	if isFraction {
		const longest = 160 // digits; enough for every fraction within the limits
		if !allDigits(whole, 2*longest) || !allDigits(denominator, longest) || strings.Trim(denominator, "0") == "" {
			return nil, false
		}
	} else {
		var decimals string
		var hasPoint bool
		whole, decimals, hasPoint = strings.Cut(digits, ".")
		if !allDigits(whole, maxDigits) || hasPoint && !allDigits(decimals, maxDecimals) {
			return nil, false
		}
		whole, denominator = whole+decimals, "1"+strings.Repeat("0", len(decimals))
	}
	value := new(big.Rat).SetFrac(integer(whole), integer(denominator))
	if digits != text {
		value.Neg(value)
	}
	return value, true
}

// integer reads decimal digits.
func integer(digits string) *big.Int {
	n, _ := new(big.Int).SetString(digits, 10)
	return n
}

func allDigits(text string, longest int) bool {
	return 0 < len(text) && len(text) <= longest && strings.Trim(text, "0123456789") == ""
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// Currency returns what a is of; the zero Currency for the zero Amount.
func (a Amount) Currency() Currency { return a.currency }

// IsZero reports whether a is no amount at all. For 0 USD it is false; see Sign.
func (a Amount) IsZero() bool { return a.currency.IsZero() }

// Sign returns -1, 0 or 1.
func (a Amount) Sign() int { return a.value.sign() }

// Rat returns the number as a fraction of the caller's own.
func (a Amount) Rat() *big.Rat { return new(big.Rat).Set(a.value.rat()) }

// Decimal returns the number exactly; ok is false where no decimal is, as for a
// third.
func (a Amount) Decimal() (value decimal.Decimal, ok bool) {
	decimals, ok := a.value.decimals()
	if !ok {
		return decimal.Decimal{}, false
	}
	return decimal.NewFromBigInt(scaled(a.value.rat(), decimals).Num(), -int32(decimals)), true
}

// scaled returns value × 10^decimals.
func scaled(value *big.Rat, decimals int) *big.Rat {
	return new(big.Rat).Mul(value, new(big.Rat).SetInt(power(decimals)))
}

// Rounded returns the number for display, with as many decimals as the currency
// has; half a unit rounds up, and down below zero, so that -a shows what a does.
func (a Amount) Rounded() decimal.Decimal {
	decimals := a.currency.Decimals()
	value := scaled(a.value.rat(), decimals)
	// floor(|value| + 1/2) = floor((2|n| + d) / 2d)
	twice := new(big.Int).Lsh(new(big.Int).Abs(value.Num()), 1)
	units := twice.Add(twice, value.Denom()).Quo(twice, new(big.Int).Lsh(value.Denom(), 1))
	if value.Sign() < 0 {
		units.Neg(units)
	}
	return decimal.NewFromBigInt(units, -int32(decimals))
}

// String returns the amount for display, rounded as Rounded does: "54000.00 USD".
// The zero Amount is "". MarshalText writes the exact one.
func (a Amount) String() string {
	if a.IsZero() {
		return ""
	}
	return a.Rounded().StringFixed(int32(a.currency.Decimals())) + " " + a.currency.code
}

// MarshalText returns the exact amount as Parse reads it: with the currency's
// decimals or as many more as it needs, or as a fraction.
func (a Amount) MarshalText() ([]byte, error) {
	if a.IsZero() {
		return []byte{}, nil
	}
	value := a.value.rat()
	number := value.RatString()
	if decimals, ok := a.value.decimals(); ok && decimals <= maxDecimals {
		number = value.FloatString(max(decimals, a.currency.Decimals()))
	}
	return []byte(number + " " + a.currency.code), nil
}

// UnmarshalText reads what Parse reads.
func (a *Amount) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// Equal reports whether a and b are the same number of the same currency.
func (a Amount) Equal(b Amount) bool {
	return a.currency == b.currency && a.value.cmp(b.value) == 0
}

// Compare orders amounts of one currency, the zero Amount being 0 of any. Two
// currencies are a *MismatchError.
func (a Amount) Compare(b Amount) (int, error) {
	if _, err := common(a, b); err != nil {
		return 0, err
	}
	return a.value.cmp(b.value), nil
}

// common returns the currency of both.
func common(a, b Amount) (Currency, error) {
	switch {
	case a.IsZero():
		return b.currency, nil
	case b.IsZero() || a.currency == b.currency:
		return a.currency, nil
	}
	return Currency{}, &MismatchError{a.currency, b.currency}
}

// Add returns a + b. Two currencies are a *MismatchError.
func (a Amount) Add(b Amount) (Amount, error) {
	currency, err := common(a, b)
	if err != nil || currency.IsZero() {
		return Amount{}, err
	}
	return newAmount(a.value.add(b.value), currency)
}

// Sub returns a - b. Two currencies are a *MismatchError.
func (a Amount) Sub(b Amount) (Amount, error) { return a.Add(b.Neg()) }

// Neg returns -a.
func (a Amount) Neg() Amount {
	return Amount{a.currency, a.value.neg()}
}

// Mul returns n × a.
func (a Amount) Mul(n int) (Amount, error) { return a.MulFraction(n, 1) }

// MulFraction returns a × numerator / denominator, exactly. A denominator below 1
// is a *FieldError.
func (a Amount) MulFraction(numerator, denominator int) (Amount, error) {
	if denominator < 1 {
		return Amount{}, &FieldError{Field: "denominator", Value: strconv.Itoa(denominator), Rule: "must be above zero"}
	}
	if a.IsZero() {
		return a, nil
	}
	return newAmount(a.value.mul(int64(numerator), int64(denominator)), a.currency)
}
