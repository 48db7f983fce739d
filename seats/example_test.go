package seats_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

func ExamplePool() {
	pool := seats.Pool{Seats: license.MustSeats(10), Used: 8}
	pool, err := pool.Assign(2)
	remaining, _ := pool.Remaining()
	fmt.Println(remaining, "remaining", err)

	// The vendor cuts the license below its use: everyone keeps the seat.
	pool = pool.Resize(license.MustSeats(7))
	remaining, _ = pool.Remaining()
	fmt.Println(remaining, "remaining, over-allocated", pool.OverAllocated())

	_, err = pool.Assign(1)
	fmt.Println(err)
	// Output:
	// 0 remaining <nil>
	// -3 remaining, over-allocated true
	// seats: no seat: 1 asked for, 7 licensed, 10 used, -3 remaining
}

func ExampleOverage() {
	// Five percent over are tolerated, rounded down.
	tolerant := seats.Overage{BasisPoints: 500}
	pool := seats.Pool{Seats: license.MustSeats(50), Used: 50, Overage: tolerant}
	fmt.Println(tolerant.Of(50), "tolerated,", pool.Room(), "can still be assigned")
	// Output: 2 tolerated, 2 can still be assigned
}

func ExampleExhaustedError() {
	pool := seats.Pool{Seats: license.MustSeats(10), Used: 8}
	_, err := pool.Assign(5)
	if full, ok := errors.AsType[*seats.ExhaustedError](err); ok {
		fmt.Printf("%d seats asked for, %d can be had\n", full.Wanted, full.Pool.Room())
	}
	// Output: 5 seats asked for, 2 can be had
}

func ExampleFieldError() {
	_, err := seats.Pool{Used: 1}.Release(2)
	if refused, ok := errors.AsType[*seats.FieldError](err); ok {
		fmt.Printf("%s %s: %s\n", refused.Field, refused.Value, refused.Rule)
	}
	// Output: number of seats 2: is 0 to the seats used
}

func ExampleUserID() {
	ids := []seats.UserID{
		seats.MustUserID("grace@example.com"),
		seats.MustUserID("0052X000000Txd2"), // from an export
		seats.MustUserID("0052X000000Txd2QAC"),
	}
	slices.SortFunc(ids, seats.UserID.Compare)
	fmt.Println(slices.Compact(ids))
	// Output: [0052X000000Txd2QAC grace@example.com]
}

func ExampleAssignment() {
	seat := seats.Assignment{
		License:    1,
		User:       seats.MustUserID("ada@example.com"),
		AssignedAt: time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC),
		AssignedBy: "admin@example.com",
		RevokedAt:  time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		RevokedBy:  "admin@example.com",
	}
	fmt.Println(seat.Held(), seat.HeldAt(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)))
	// Output: false true
}

func ExampleLedger() {
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }

	var ledger seats.Ledger
	for _, change := range []struct {
		at    time.Time
		delta int
	}{
		{day(time.January, 10), +40},
		{day(time.February, 3), +15},
		{day(time.February, 20), -20},
	} {
		if err := ledger.Add(change.at, change.delta); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println(ledger.UsedAt(day(time.January, 31)), "used at the end of January")

	peak, at := ledger.Peak(day(time.January, 1), day(time.April, 1))
	fmt.Println("peak", peak, "on", at.Format(time.DateOnly))
	// Output:
	// 40 used at the end of January
	// peak 55 on 2026-02-03
}

func ExampleTrueUp() {
	var ledger seats.Ledger
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := ledger.Add(start.AddDate(0, 0, 9), 55); err != nil {
		fmt.Println(err)
		return
	}
	due := ledger.TrueUp(start, start.AddDate(0, 3, 0), 50)
	fmt.Println(due.Owed, "seats owed,", due.Charge(decimal.RequireFromString("24.95")), "USD")
	// Output: 5 seats owed, 124.75 USD
}

func ExampleSet() {
	before := seats.Collect(slices.Values([]seats.UserID{
		seats.MustUserID("0052X000000Txd2"), seats.MustUserID("0052X000000Txd3"), seats.MustUserID("grace@example.com"),
	}))
	after := before.With(seats.MustUserID("ada@example.com")).Without(seats.MustUserID("0052X000000Txd3"))

	fmt.Println(before.Len(), after.Len())
	for user := range after.All() {
		fmt.Println(user, before.Contains(user))
	}
	// Output:
	// 3 3
	// 0052X000000Txd2QAC true
	// ada@example.com false
	// grace@example.com true
}

func ExampleKey() {
	// Who asks about one user again and again resolves it once.
	ada := seats.KeyOf(seats.MustUserID("ada@example.com"))

	var holders seats.Set
	fmt.Println(holders.ContainsKey(ada))
	holders = holders.With(seats.MustUserID("ada@example.com"))
	fmt.Println(holders.ContainsKey(ada))
	// Output:
	// false
	// true
}

func ExampleSetBuilder() {
	var b seats.SetBuilder
	for n := range 1000 {
		b.Add(seats.MustUserID(fmt.Sprint(n)))
	}
	holders := b.Set()
	b.Remove(seats.MustUserID("7")) // of the builder, not of the set taken before
	fmt.Println(holders.Len(), b.Set().Len())
	// Output: 1000 999
}
