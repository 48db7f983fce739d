// Package reclaim finds seats that nobody uses and frees them, after fair warning.
//
// A user whose seat lies idle goes from [Active] to [FirstWarning], to
// [FinalNotice], to [Deactivated]: one stage per run, a notice at each, and any
// log-in leads back to Active. Nobody loses a seat without both notices and a
// minimum of days to answer the last one.
//
// It is pure: no store, no clock. A [Planner] says what a run would do, from a
// stream of [Subject] and an instant; that is the dry run too. The moves of a
// [Plan] name their target and its revision, and [Move.Apply] carries one out on
// what the store holds now, or skips it because that has changed since. What is
// freed is the seat; the org's record of the user is not touched.
//
// Days are civil dates in the zone of the [Policy]; stretches are half-open: a
// seat idle for 60 to 74 days is due its first warning, for 75 to 89 days its final
// notice, and from 90 days on it can be freed.
package reclaim
