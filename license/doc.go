// Package license decides what a license allows: which terms a vendor may set,
// and whether a user is licensed at an instant, and why.
//
// It is pure: no store, no clock, no context. A [License] is one installation of
// one package in one org, with the [Terms] that the vendor sets: status, seats and
// expiration. [License.Check] answers whether it licenses a user, with a
// [Decision] that carries its reasons; [License.Modify] changes the terms or
// refuses with an error that names the field, the value and the rule.
//
// Days are civil dates ([Date]); instants are time.Time in UTC, in whole
// microseconds. The zero value of every type denies.
package license
