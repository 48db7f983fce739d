package lifecycle_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

// App code asks a Checker: it answers from memory, and follows every change.
func ExampleChecker() {
	m := vendorWith(2)
	checker, err := lifecycle.NewChecker(ctx, lifecycle.CheckerConfig{Manager: m, Actor: vendor})
	check(err)
	defer checker.Close()

	ada := seats.MustUserID("ada")
	fmt.Println(checker.IsLicensed(ctx, umbra.ID, rocket, ada))

	_, err = m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ada")})
	check(err)
	check(checker.CatchUp(ctx)) // else it is seen a moment later
	answer, err := checker.Check(ctx, umbra.ID, rocket, ada)
	check(err)
	fmt.Println(answer.Licensed(), answer)
	// Output:
	// false
	// true licensed
}

// A Checker of one app on one org's machine, which may miss a change for ten seconds.
func ExampleCheckerConfig() {
	checker, err := lifecycle.NewChecker(ctx, lifecycle.CheckerConfig{
		Manager: vendorWith(2),
		Actor:   vendor,
		Org:     umbra.ID,
		MaxAge:  10 * time.Second,
	})
	check(err)
	defer checker.Close()
	fmt.Println(checker.Err())
	// Output: <nil>
}

// Where every nanosecond counts: what takes time is done once, and the clock is read
// once for many checks.
func ExampleHandle() {
	m := vendorWith(2)
	_, err := m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ada")})
	check(err)
	checker, err := lifecycle.NewChecker(ctx, lifecycle.CheckerConfig{Manager: m, Actor: vendor})
	check(err)
	defer checker.Close()

	ada, err := checker.Handle(ctx, umbra.ID, rocket, seats.MustUserID("ada"))
	check(err)
	now := noon // in an app: time.Now()
	calls := 0
	for range 1000 {
		if ada.IsLicensed(now) {
			calls++
		}
	}
	fmt.Println(calls)
	// Output: 1000
}

// A check says how fresh what it knows is.
func ExampleAnswer() {
	m := vendorWith(2)
	checker, err := lifecycle.NewChecker(ctx, lifecycle.CheckerConfig{Manager: m, Actor: vendor})
	check(err)
	defer checker.Close()
	answer, err := checker.CheckAt(noon.Add(500*time.Millisecond), umbra.ID, rocket, seats.MustUserID("ada"))
	check(err)
	fmt.Println(answer)
	fmt.Println(answer.License, "revision", answer.Revision, "known at", answer.KnownAt.Format(time.TimeOnly), "stale:", answer.Stale)
	// Output:
	// not licensed: no seat
	// L-00001 revision 1 known at 12:00:00 stale: false
}

// Whoever rather lets a user in than keeps one out while the store is away says so, and
// for how long.
func ExampleStaleUpTo() {
	m := vendorWith(2)
	_, err := m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ada")})
	check(err)
	checker, err := lifecycle.NewChecker(ctx, lifecycle.CheckerConfig{Manager: m, Actor: vendor})
	check(err)
	defer checker.Close()

	later := noon.Add(10 * time.Minute) // for which the store was not reached
	ada := seats.MustUserID("ada")
	_, err = checker.CheckAt(later, umbra.ID, rocket, ada)
	fmt.Println(err)
	answer, err := checker.CheckAt(later, umbra.ID, rocket, ada, lifecycle.StaleUpTo(time.Hour))
	fmt.Println(answer, "stale:", answer.Stale, err)
	// Output:
	// lifecycle: cannot know now who is licensed: last known at 2026-06-01T12:00:00Z, bound 1s
	// licensed stale: true <nil>
}

// No answer is not a no: tell them apart where it matters.
func ExampleCannotKnowError() {
	checker, err := lifecycle.NewChecker(ctx, lifecycle.CheckerConfig{Manager: vendorWith(2), Actor: vendor})
	check(err)
	checker.Close()
	_, err = checker.Check(ctx, umbra.ID, rocket, seats.MustUserID("ada"))
	if unknown, ok := errors.AsType[*lifecycle.CannotKnowError](err); ok {
		fmt.Println("try again later:", unknown.Err)
	}
	// Output: try again later: lifecycle: the checker is closed
}
