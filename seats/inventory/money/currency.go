package money

import "strings"

// Currency is a currency of ISO 4217, such as USD. It is comparable. The zero
// Currency is none.
type Currency struct{ code string }

// codes lists the currencies of ISO 4217 that have two decimals, and most of those
// withdrawn since 2010, for old contracts name them. Funds, metals and codes for
// testing are no money to pay licenses with.
const codes = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF " +
	"CHF CNY COP CRC CUC CUP CVE CZK DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK " +
	"HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL LTL LVL MAD MDL MGA MKD MMK MNT MOP " +
	"MRO MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR " +
	"SDG SEK SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VEF " +
	"VED VES WST XCD XCG YER ZAR ZMK ZMW ZWG ZWL"

// Those with another number of decimals.
const (
	noDecimals    = "BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
	threeDecimals = "BHD IQD JOD KWD LYD OMR TND"
)

// decimalsOf says how many decimals a currency's smallest unit has.
var decimalsOf = func() map[string]int {
	table := make(map[string]int)
	for decimals, list := range map[int]string{0: noDecimals, 2: codes, 3: threeDecimals} {
		for _, code := range strings.Fields(list) {
			table[code] = decimals
		}
	}
	return table
}()

// ParseCurrency reads a code of ISO 4217: three capital letters. The error is a
// *FieldError.
func ParseCurrency(code string) (Currency, error) {
	if _, known := decimalsOf[code]; !known {
		return Currency{}, &FieldError{Field: "currency", Value: code, Rule: "must be a currency of ISO 4217, like USD"}
	}
	return Currency{strings.Clone(code)}, nil
}

// MustCurrency is ParseCurrency for literals and tests; it panics on an error.
func MustCurrency(code string) Currency {
	c, err := ParseCurrency(code)
	if err != nil {
		panic(err)
	}
	return c
}

// Decimals returns how many decimals the smallest unit of the currency has: 2 for
// USD, 0 for JPY, 3 for KWD.
func (c Currency) Decimals() int { return decimalsOf[c.code] }

// IsZero reports whether c is no currency.
func (c Currency) IsZero() bool { return c.code == "" }

// Equal reports c == other.
func (c Currency) Equal(other Currency) bool { return c == other }

// Compare orders currencies by their codes; none is first.
func (c Currency) Compare(other Currency) int { return strings.Compare(c.code, other.code) }

// String returns the code, "" for the zero Currency.
func (c Currency) String() string { return c.code }

// MarshalText returns the code.
func (c Currency) MarshalText() ([]byte, error) { return []byte(c.code), nil }

// UnmarshalText reads what ParseCurrency reads; empty text is the zero Currency.
func (c *Currency) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*c = Currency{}
		return nil
	}
	parsed, err := ParseCurrency(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}
