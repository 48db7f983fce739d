// Package inventory keeps count of license pools and of what they cost: how many
// seats were purchased, how many are used, what remains, when a pool runs out, what
// a year of it costs and how much of that is wasted.
//
// It is pure: values in, values out, no store and no clock. A [Pool] has two
// layers, what was entered by hand and what was discovered, and a switch between
// them. [Audit] compares pools with a second source, [AnnualSpend] and
// [Contract.Spend] say what they cost, [Renewals] when to decide about them.
//
// Money is exact and of one currency; see package money. Terms and days are civil
// dates, both ends included. What is not known is unknown, never zero: see [Count].
package inventory
