// Package lifecycle keeps packages, licenses, seats and leads through everything
// that happens to them: installations, upgrades, uninstallations, changed terms,
// assigned seats, converted leads.
//
// The rules are in [Apply], a pure function from a [State] and a [Command] to
// [Effect] values and nothing else. A [Manager] loads the state, applies, and writes the
// effects in one transaction of a [Store]; it is the only place with a context
// and a clock. [MemStore] is the readable reference of a Store; package sqlstore
// has the durable ones, and package storetest proves both.
//
// # Notifications
//
// What the platform tells arrives late, repeated and out of order. Every notification
// is a fact with the instant at which it happened, and a license is what its facts
// say when they are sorted by that instant. So the order of arrival does not
// matter, an older fact never undoes a newer one, and telling one twice changes
// nothing. A fact from before the uninstallation that arrives after it still completes
// the record: that is history arriving late, not a change after the end.
//
// # Vendors
//
// One store can serve many vendors. Every call names an [Actor], whose vendor is
// the only one that the call can read or change: another vendor's record is not
// there, and the answer is the same as for one that never was.
//
// # Permissions
//
// Config.May says what an actor may do; every call of a Manager asks it before it
// reads or writes anything, and refuses with a [*DeniedError]. Viewing needs [Read];
// modifying a license, setting a lead manager and refreshing need Read and [Edit];
// registering needs [ManageListings]; seats need [ManageSeats]. A command answers whoever
// may give it with the license that it changed. An Actor with an Org sees that org's
// records only.
//
// # History
//
// Every change is an event, written with it. The library changes no event, and removes
// none but in [Manager.Retain], by the rule that stands there: only what a later event says
// again whole, from before an instant that the caller names, once every consumer has
// seen it. What was at that instant and later can still be asked.
//
// # Errors
//
// A refusal is a typed error that names what was refused and why; nothing was
// changed. Any other error means that nothing happened, but for an
// [*OutcomeUnknownError]: the answer to a commit was lost. Ask again; asking for
// what already holds succeeds and changes nothing.
package lifecycle
