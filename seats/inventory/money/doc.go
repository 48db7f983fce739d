// Package money holds exact amounts of money: a number and the currency it is of.
//
// Nothing is rounded but for display. A price that is paid every three years is a
// third of itself each year, and stays that: [Amount] is an exact fraction, which
// prints as a decimal. Amounts of two currencies are never added: that is a
// [MismatchError], and [Totals] keeps a sum for each currency.
package money
