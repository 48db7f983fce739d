package seats_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

func overages() *rapid.Generator[seats.Overage] {
	return rapid.Custom(func(t *rapid.T) seats.Overage {
		return seats.Overage{
			BasisPoints: rapid.OneOf(rapid.Just(0), rapid.IntRange(0, 10_000)).Draw(t, "basis points"),
			Extra:       rapid.OneOf(rapid.Just(0), rapid.IntRange(0, 3)).Draw(t, "extra"),
		}
	})
}

// org is the slow model of a pool: who its users are, a name for each.
type org struct {
	licensed int // -1 for a site license
	overage  seats.Overage
	users    map[string]bool
}

// room is licensed and tolerated seats that nobody has: counted one by one.
func (o *org) room() int {
	seat := make([]bool, o.licensed+int(slowOverage(o.overage, o.licensed)))
	taken := 0
	for range o.users {
		if taken < len(seat) {
			seat[taken] = true
		}
		taken++
	}
	free := 0
	for _, taken := range seat {
		if !taken {
			free++
		}
	}
	return free
}

// slowOverage is the overage of n seats in fractions, rounded down.
func slowOverage(o seats.Overage, n int) int64 {
	share := new(big.Rat).Mul(big.NewRat(int64(o.BasisPoints), 100), big.NewRat(int64(n), 100))
	whole := new(big.Int).Div(share.Num(), share.Denom()) // Euclidean: down
	return whole.Int64() + int64(o.Extra)
}

// A pool and a slow model of it, in which the users have names, agree whatever is
// done to them. Of it: S1 remaining is licensed minus used; S6 a seat given up lowers
// used by one; S7, S8 a resize removes nobody and clamps nothing; S9 while nothing is
// left a new user is refused, with the numbers; S12 used never falls below zero; S13
// a site license refuses nobody; S14 its holders stay on file.
func TestS1S6S7S8S9S12S13S14PoolAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := &org{licensed: rapid.IntRange(0, 8).Draw(t, "seats"), overage: overages().Draw(t, "overage"), users: map[string]bool{}}
		pool := seats.Pool{Seats: license.MustSeats(model.licensed), Overage: model.overage}
		names := 0

		assign := func(t *rapid.T, n int) {
			before := pool
			after, err := pool.Assign(n)
			if pool != before {
				t.Fatalf("Assign(%d) changed its pool from %+v to %+v", n, before, pool)
			}
			if fits := model.licensed < 0 || n <= model.room(); fits != (err == nil) {
				t.Fatalf("(%+v).Assign(%d) = %+v, %v, of %d users and %+v", pool, n, after, err, len(model.users), model)
			}
			if err != nil {
				refused, ok := errors.AsType[*seats.ExhaustedError](err)
				if !ok || refused.Pool != before || refused.Wanted != n || after != before {
					t.Fatalf("(%+v).Assign(%d) = %+v, %v", before, n, after, err)
				}
				want := fmt.Sprintf("seats: no seat: %d asked for, %d licensed, %d used, %d remaining",
					n, model.licensed, len(model.users), model.licensed-len(model.users))
				if err.Error() != want {
					t.Fatalf("Error() = %q, want %q", err, want)
				}
				return
			}
			pool = after
			for range n {
				names++
				model.users[fmt.Sprint("user ", names)] = true
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"assign":      func(t *rapid.T) { assign(t, 1) },
			"assign many": func(t *rapid.T) { assign(t, rapid.IntRange(0, 12).Draw(t, "n")) },
			"release": func(t *rapid.T) {
				after, err := pool.Release(1)
				if len(model.users) == 0 {
					if err == nil || after != pool {
						t.Fatalf("Release(1) of nobody's = %+v, %v", after, err)
					}
					return
				}
				if err != nil || after.Used != pool.Used-1 {
					t.Fatalf("(%+v).Release(1) = %+v, %v", pool, after, err)
				}
				pool = after
				delete(model.users, rapid.SampledFrom(slices.Sorted(maps.Keys(model.users))).Draw(t, "user"))
			},
			"resize": func(t *rapid.T) {
				model.licensed = rapid.IntRange(0, 12).Draw(t, "seats")
				pool = pool.Resize(license.MustSeats(model.licensed))
			},
			"site": func(t *rapid.T) {
				model.licensed = -1
				pool = pool.Resize(license.Site())
			},
			"tolerate": func(t *rapid.T) {
				model.overage = overages().Draw(t, "overage")
				pool.Overage = model.overage
			},
			"": func(t *rapid.T) {
				if pool.Used != len(model.users) {
					t.Fatalf("%d used, want %d", pool.Used, len(model.users))
				}
				remaining, counted := pool.Remaining()
				if model.licensed < 0 {
					if counted || remaining != 0 || pool.OverAllocated() || pool.Room() != math.MaxInt || pool.Limit() != math.MaxInt {
						t.Fatalf("of a site license remain %d, %t, room %d, limit %d", remaining, counted, pool.Room(), pool.Limit())
					}
					return
				}
				if !counted || remaining != model.licensed-len(model.users) {
					t.Fatalf("remaining %d, %t, want %d - %d", remaining, counted, model.licensed, len(model.users))
				}
				if pool.OverAllocated() != (len(model.users) > model.licensed) {
					t.Fatalf("OverAllocated() = %t with %d users in %d seats", pool.OverAllocated(), len(model.users), model.licensed)
				}
				if pool.Room() != model.room() {
					t.Fatalf("Room() = %d, want %d", pool.Room(), model.room())
				}
			},
		})
	})
}

// S10: a pool over by k needs k + 1 seats given up before one can be assigned.
func TestS10OverAllocatedPoolRecovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		licensed := rapid.IntRange(0, 20).Draw(t, "licensed")
		over := rapid.IntRange(0, 20).Draw(t, "over")
		if licensed == 0 {
			t.Skip("then nothing can be given up but what is over")
		}
		pool := seats.Pool{Seats: license.MustSeats(licensed), Used: licensed + over}
		revokes := 0
		for {
			if _, err := pool.Assign(1); err == nil {
				break
			}
			var err error
			if pool, err = pool.Release(1); err != nil {
				t.Fatal(err)
			}
			revokes++
		}
		if revokes != over+1 {
			t.Fatalf("%d of %d seats used: one could be assigned after %d were given up, want %d", licensed+over, licensed, revokes, over+1)
		}
	})
}

// S15: assigned and released again is as before.
func TestS15AssignThenRelease(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := pools().Draw(t, "pool")
		n := rapid.IntRange(0, 10).Draw(t, "n")
		after, err := pool.Assign(n)
		if err != nil {
			t.Skip("no room")
		}
		if back, err := after.Release(n); err != nil || back != pool {
			t.Fatalf("(%+v) and %d assigned and released = %+v, %v", pool, n, back, err)
		}
	})
}

// S16: where all fit, the order in which they are assigned, and whether one by one
// or at once, makes no difference (S17).
func TestS16S17OrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := pools().Draw(t, "pool")
		a, b := rapid.IntRange(0, 10).Draw(t, "a"), rapid.IntRange(0, 10).Draw(t, "b")
		assign := func(pool seats.Pool, ns ...int) (seats.Pool, error) {
			for _, n := range ns {
				var err error
				if pool, err = pool.Assign(n); err != nil {
					return pool, err
				}
			}
			return pool, nil
		}
		atOnce, err := assign(pool, a+b)
		oneByOne, errOne := assign(pool, slices.Repeat([]int{1}, a+b)...)
		if (err == nil) != (errOne == nil) {
			t.Fatalf("(%+v): %d at once: %v, one by one: %v", pool, a+b, err, errOne)
		}
		if err != nil {
			if atOnce != pool {
				t.Fatalf("(%+v): of %d refused at once %+v is left", pool, a+b, atOnce)
			}
			return
		}
		ab, errAB := assign(pool, a, b)
		ba, errBA := assign(pool, b, a)
		if err := errors.Join(errAB, errBA); err != nil || ab != ba || ab != atOnce || ab != oneByOne {
			t.Fatalf("(%+v): %d and %d = %+v, %+v, %+v, %+v, %v", pool, a, b, ab, ba, atOnce, oneByOne, err)
		}
	})
}

func pools() *rapid.Generator[seats.Pool] {
	return rapid.Custom(func(t *rapid.T) seats.Pool {
		return seats.Pool{
			Seats: rapid.OneOf(rapid.Map(rapid.IntRange(0, 20), license.MustSeats), rapid.Just(license.Site())).Draw(t, "seats"),
			Used:  rapid.IntRange(0, 20).Draw(t, "used"), Overage: overages().Draw(t, "overage"),
		}
	})
}

// The overage of n seats is exact and rounded down.
func TestOverageIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := seats.Overage{BasisPoints: rapid.IntRange(0, 10_000).Draw(t, "basis points"), Extra: rapid.IntRange(0, license.MaxSeats).Draw(t, "extra")}
		n := rapid.OneOf(rapid.IntRange(0, 1000), rapid.IntRange(0, license.MaxSeats)).Draw(t, "n")
		if got, want := o.Of(n), slowOverage(o, n); int64(got) != want {
			t.Fatalf("(%+v).Of(%d) = %d, want %d", o, n, got, want)
		}
	})
	for _, test := range []struct {
		o       seats.Overage
		n, want int
	}{
		{seats.Overage{}, 99_000_000, 0},
		{seats.Overage{BasisPoints: 500}, 19, 0},
		{seats.Overage{BasisPoints: 500}, 20, 1},
		{seats.Overage{BasisPoints: 500}, 39, 1},
		{seats.Overage{BasisPoints: 1}, 9_999, 0},
		{seats.Overage{BasisPoints: 1}, 10_000, 1},
		{seats.Overage{BasisPoints: 10_000}, 99_000_000, 99_000_000},
		{seats.Overage{BasisPoints: 500, Extra: 2}, 20, 3},
		{seats.Overage{Extra: 2}, 0, 2},
	} {
		if got := test.o.Of(test.n); got != test.want {
			t.Errorf("(%+v).Of(%d) = %d, want %d", test.o, test.n, got, test.want)
		}
	}
}

func TestOverageValidate(t *testing.T) {
	for _, test := range []struct {
		o  seats.Overage
		ok bool
	}{
		{seats.Overage{}, true},
		{seats.Overage{BasisPoints: 10_000, Extra: license.MaxSeats}, true},
		{seats.Overage{BasisPoints: -1}, false},
		{seats.Overage{BasisPoints: 10_001}, false},
		{seats.Overage{Extra: -1}, false},
		{seats.Overage{Extra: license.MaxSeats + 1}, false},
		{seats.Overage{BasisPoints: math.MaxInt, Extra: math.MinInt}, false},
	} {
		err := test.o.Validate()
		refused, _ := errors.AsType[*seats.FieldError](err)
		if test.ok != (err == nil) || !test.ok && (refused == nil || refused.Field != "overage") {
			t.Errorf("(%+v).Validate() = %v", test.o, err)
		}
	}
}

// S12: the highest numbers there are neither wrap nor lose a seat.
func TestS12Extremes(t *testing.T) {
	for used, room := range map[int]int{math.MaxInt32: 0, math.MaxInt32 - 1: 1, 0: math.MaxInt32} {
		pool := seats.Pool{Seats: license.Site(), Used: used}
		if after, err := pool.Assign(room); err != nil || after.Used != math.MaxInt32 {
			t.Errorf("%d more on a site license of %d: %d used, %v", room, used, after.Used, err)
		}
		if after, err := pool.Assign(room + 1); err == nil || after != pool {
			t.Errorf("%d more on a site license of %d: %d used", room+1, used, after.Used)
		}
	}
	full := seats.Pool{Used: license.MaxSeats}
	if n, ok := full.Remaining(); n != -license.MaxSeats || !ok {
		t.Errorf("Remaining of no seats and %d used = %d, %t", full.Used, n, ok)
	}
	most := seats.Pool{Seats: license.MustSeats(license.MaxSeats), Overage: seats.Overage{BasisPoints: 10_000, Extra: license.MaxSeats}}
	if most.Limit() != 3*license.MaxSeats || most.Room() != 3*license.MaxSeats {
		t.Errorf("limit %d, room %d, want %d", most.Limit(), most.Room(), 3*license.MaxSeats)
	}
	if p, err := most.Assign(3 * license.MaxSeats); err != nil || p.Used != 3*license.MaxSeats || p.Room() != 0 {
		t.Errorf("Assign of all = %+v, %v", p, err)
	}
	if p, err := most.Assign(3*license.MaxSeats + 1); err == nil {
		t.Errorf("Assign of one more than all = %+v", p)
	}
	for _, pool := range []seats.Pool{most, {Seats: license.Site()}, {Seats: license.Site(), Used: math.MaxInt32}} {
		if p, err := pool.Assign(math.MaxInt); err == nil || p != pool {
			t.Errorf("(%+v).Assign(MaxInt) = %+v, %v", pool, p, err)
		}
	}
	site := seats.Pool{Seats: license.Site(), Used: math.MaxInt32 - 1}
	if p, err := site.Assign(1); err != nil || p.Used != math.MaxInt32 {
		t.Errorf("the last seat that can be counted = %+v, %v", p, err)
	}
}

// Numbers that make no sense are refused, and change nothing.
func TestPoolRefuses(t *testing.T) {
	pool := seats.Pool{Seats: license.MustSeats(5), Used: 3}
	for name, call := range map[string]func() (seats.Pool, error){
		"Assign(-1)":       func() (seats.Pool, error) { return pool.Assign(-1) },
		"Assign(MinInt)":   func() (seats.Pool, error) { return pool.Assign(math.MinInt) },
		"Release(-1)":      func() (seats.Pool, error) { return pool.Release(-1) },
		"Release(MinInt)":  func() (seats.Pool, error) { return pool.Release(math.MinInt) },
		"Release(4)":       func() (seats.Pool, error) { return pool.Release(4) },
		"Release(MaxInt)":  func() (seats.Pool, error) { return pool.Release(math.MaxInt) },
		"site.Release(-1)": func() (seats.Pool, error) { return pool.Resize(license.Site()).Release(-1) },
	} {
		p, err := call()
		if _, ok := errors.AsType[*seats.FieldError](err); !ok || p.Used != 3 {
			t.Errorf("%s = %+v, %v, want a *FieldError", name, p, err)
		}
	}
	// What reduces is never refused: not on an over-allocated pool, and not for nobody.
	over := seats.Pool{Used: 3}
	if p, err := over.Release(2); err != nil || p.Used != 1 {
		t.Errorf("(%+v).Release(2) = %+v, %v", over, p, err)
	}
	if p, err := over.Assign(0); err != nil || p != over {
		t.Errorf("(%+v).Assign(0) = %+v, %v", over, p, err)
	}
}

// The zero Pool has no seats.
func TestZeroPool(t *testing.T) {
	var pool seats.Pool
	if n, ok := pool.Remaining(); n != 0 || !ok || pool.Room() != 0 || pool.Limit() != 0 || pool.OverAllocated() {
		t.Errorf("zero Pool: remaining %d, %t, room %d, limit %d", n, ok, pool.Room(), pool.Limit())
	}
	if p, err := pool.Assign(1); err == nil || p != pool {
		t.Errorf("zero Pool: Assign(1) = %+v, %v", p, err)
	}
}

func BenchmarkPoolAssign(b *testing.B) {
	pool := seats.Pool{Seats: license.MustSeats(1000), Used: 999, Overage: seats.Overage{BasisPoints: 500}}
	b.Run("room", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := pool.Assign(1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("full", func(b *testing.B) {
		full := pool
		full.Used = full.Limit()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := full.Assign(1); err == nil {
				b.Fatal("assigned")
			}
		}
	})
}
