// Package isvkit is the front door of a library for license entitlement: who is
// licensed, until when, on how many seats, and why. It holds no code; its packages
// do, and its Examples are a tour of them.
//
// Start with [lifecycle]: a Manager on a Store keeps packages, licenses, seats and
// leads, and answers whether a user is licensed. Everything it decides is decided in
// pure packages that serve alone as well:
//
//   - [pkgversion]: packages, their versions, and the ids of vendors and orgs
//   - [lead]: who installed, as sales knows them
//   - [license]: terms, what may change, and the decision who is licensed
//   - [seats]: how many seats, who holds them, and the use over time
//   - [dedupe]: whether two records are one person
//
// [sqlstore] keeps it all in a database, [sfdata] reads and writes Salesforce's
// files, and [storetest] proves a store of your own.
//
// [lifecycle]: https://pkg.go.dev/github.com/isvkit/isvkit/lifecycle
// [pkgversion]: https://pkg.go.dev/github.com/isvkit/isvkit/pkgversion
// [lead]: https://pkg.go.dev/github.com/isvkit/isvkit/lead
// [license]: https://pkg.go.dev/github.com/isvkit/isvkit/license
// [seats]: https://pkg.go.dev/github.com/isvkit/isvkit/seats
// [dedupe]: https://pkg.go.dev/github.com/isvkit/isvkit/dedupe
// [sqlstore]: https://pkg.go.dev/github.com/isvkit/isvkit/lifecycle/sqlstore
// [sfdata]: https://pkg.go.dev/github.com/isvkit/isvkit/lifecycle/sfdata
// [storetest]: https://pkg.go.dev/github.com/isvkit/isvkit/lifecycle/storetest
package isvkit
