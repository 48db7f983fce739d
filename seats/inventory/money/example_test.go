package money_test

import (
	"errors"
	"fmt"

	"github.com/isvkit/isvkit/seats/inventory/money"
	"github.com/shopspring/decimal"
)

func ExampleAmount() {
	perSeat := money.Must("25 USD")
	month, err := perSeat.Mul(200)
	if err != nil {
		fmt.Println(err)
		return
	}
	year, err := month.Mul(12)
	fmt.Println(year, err)

	_, err = year.Add(money.Must("10 EUR"))
	fmt.Println(err)
	// Output:
	// 60000.00 USD <nil>
	// money: USD and EUR cannot be added or compared
}

// A third stays a third, whatever is displayed.
func ExampleAmount_MulFraction() {
	third, _ := money.Must("100 EUR").MulFraction(1, 3)
	exact, _ := third.MarshalText()
	whole, _ := third.Mul(3)
	fmt.Println(third, "=", string(exact))
	fmt.Println(whole)
	// Output:
	// 33.33 EUR = 100/3 EUR
	// 100.00 EUR
}

func ExampleAmount_Split() {
	parts, err := money.Must("100.00 USD").Split(1, 1, 1)
	fmt.Println(parts, err)
	// Output: [33.33 USD 33.33 USD 33.34 USD] <nil>
}

func ExampleNew() {
	price, err := money.New(decimal.RequireFromString("49.99"), money.MustCurrency("USD"))
	fmt.Println(price, err)
	// Output: 49.99 USD <nil>
}

func ExampleCurrency() {
	for _, code := range []string{"USD", "JPY", "KWD"} {
		c := money.MustCurrency(code)
		fmt.Println(c, c.Decimals())
	}
	_, err := money.ParseCurrency("usd")
	fmt.Println(err)
	// Output:
	// USD 2
	// JPY 0
	// KWD 3
	// money: currency "usd": must be a currency of ISO 4217, like USD
}

func ExampleTotals() {
	var bill money.Totals
	for _, text := range []string{"10.50 USD", "7 EUR", "4.50 USD"} {
		var err error
		if bill, err = bill.Add(money.Must(text)); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println(bill)
	fmt.Println(bill.Of(money.MustCurrency("USD")))
	// Output:
	// 7.00 EUR, 15.00 USD
	// 15.00 USD
}

func ExampleFieldError() {
	_, err := money.Parse("1,000 USD")
	var refused *money.FieldError
	fmt.Println(errors.As(err, &refused), err)
	// Output: true money: amount "1,000 USD": is written "5000.00 USD"
}

func ExampleMismatchError() {
	_, err := money.Must("1 USD").Compare(money.Must("1 EUR"))
	var mismatch *money.MismatchError
	if errors.As(err, &mismatch) {
		fmt.Println(mismatch.A, "against", mismatch.B)
	}
	// Output: USD against EUR
}
