package seats_test

import (
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/seats"
)

// change is one line of the slow ledger: on a small grid of instants, so that
// equal ones are frequent.
type change struct{ at, delta int }

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func tick(n int) time.Time { return epoch.Add(time.Duration(n) * time.Second) }

// slowUsed adds up all that happened until t.
func slowUsed(changes []change, t int) int {
	used := 0
	for _, c := range changes {
		if c.at <= t {
			used += c.delta
		}
	}
	return used
}

// slowPeak looks at every instant of the period.
func slowPeak(changes []change, start, end int) (used, at int) {
	at = start
	for t := start; t < end; t++ {
		if now := slowUsed(changes, t); now > used {
			used, at = now, t
		}
	}
	return used, at
}

// A ledger agrees with one that looks at every instant: its use, its peak and when
// that was reached first, and what is owed; a period without length owes nothing,
// whatever is carried into it.
func TestLedgerAgainstEveryInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ledger seats.Ledger
		var changes []change
		for range rapid.IntRange(0, 15).Draw(t, "changes") {
			c := change{rapid.IntRange(0, 20).Draw(t, "at"), rapid.IntRange(-4, 4).Draw(t, "delta")}
			latest := 0
			if len(changes) > 0 {
				latest = changes[len(changes)-1].at
			}
			allowed := c.at >= latest && slowUsed(changes, 100)+c.delta >= 0
			err := ledger.Add(tick(c.at), c.delta)
			if (err == nil) != allowed {
				t.Fatalf("Add(%+v) after %+v: %v", c, changes, err)
			}
			if err == nil {
				changes = append(changes, c)
			} else if _, ok := errors.AsType[*seats.FieldError](err); !ok {
				t.Fatalf("Add(%+v): %T, want a *FieldError", c, err)
			}
		}
		for at := -1; at <= 22; at++ {
			if got, want := ledger.UsedAt(tick(at)), slowUsed(changes, at); got != want {
				t.Fatalf("%+v: UsedAt(%d) = %d, want %d", changes, at, got, want)
			}
			if got, want := ledger.UsedAt(tick(at).Add(-1)), slowUsed(changes, at-1); got != want {
				t.Fatalf("%+v: used just before %d: %d, want %d", changes, at, got, want)
			}
		}
		start, end := rapid.IntRange(-1, 22).Draw(t, "start"), rapid.IntRange(-1, 22).Draw(t, "end")
		licensed := rapid.IntRange(0, 6).Draw(t, "licensed")
		want, wantAt := slowPeak(changes, start, end)
		got, at := ledger.Peak(tick(start), tick(end))
		if got != want || !at.Equal(tick(wantAt)) {
			t.Fatalf("%+v: Peak(%d, %d) = %d at %v, want %d at %d", changes, start, end, got, at.Sub(epoch), want, wantAt)
		}
		due := ledger.TrueUp(tick(start), tick(end), licensed)
		wantDue := seats.TrueUp{Licensed: licensed, Peak: want, PeakAt: tick(wantAt)}
		if want > licensed {
			wantDue.Owed = want - licensed
		}
		if due != wantDue {
			t.Fatalf("%+v: TrueUp(%d, %d, %d) = %+v, want %+v", changes, start, end, licensed, due, wantDue)
		}
	})
}

func TestEmptyPeriodOwesNothing(t *testing.T) {
	var ledger seats.Ledger
	if err := ledger.Add(tick(0), 7); err != nil {
		t.Fatal(err)
	}
	for _, period := range [][2]int{{5, 5}, {5, 4}, {0, 0}, {0, -5}} {
		if due := ledger.TrueUp(tick(period[0]), tick(period[1]), 3); due.Owed != 0 || due.Peak != 0 {
			t.Errorf("from %d to %d: %+v, want nothing owed", period[0], period[1], due)
		}
	}
	if due := ledger.TrueUp(tick(5), tick(5).Add(1), 3); due.Owed != 4 || due.PeakAt != tick(5) {
		t.Errorf("for a nanosecond: %+v, want 4 owed", due)
	}
	if due := ledger.TrueUp(tick(-5), tick(0), 3); due.Owed != 0 {
		t.Errorf("until the first instant, not included: %+v, want nothing owed", due)
	}
}

// The zero Ledger is empty; instants in any zone are one instant; a refused change
// is not recorded.
func TestLedgerEdges(t *testing.T) {
	var ledger seats.Ledger
	if used, at := ledger.Peak(tick(0), tick(9)); used != 0 || at != tick(0) || ledger.UsedAt(tick(5)) != 0 {
		t.Errorf("the zero Ledger peaks at %d on %v", used, at)
	}
	elsewhere := time.FixedZone("", 5*3600)
	err := errors.Join(ledger.Add(tick(1).In(elsewhere), 2), ledger.Add(tick(1), 3), ledger.Add(tick(1).In(elsewhere), 0))
	if err != nil || ledger.UsedAt(tick(1)) != 5 {
		t.Errorf("three changes at one instant: %d used, %v", ledger.UsedAt(tick(1)), err)
	}
	for _, c := range []change{{1, -6}, {0, 1}, {2, -6}} {
		if err := ledger.Add(tick(c.at), c.delta); err == nil {
			t.Errorf("Add(%+v) was recorded", c)
		}
	}
	if used, at := ledger.Peak(tick(0), tick(9)); used != 5 || at != tick(1) {
		t.Errorf("after refused changes the peak is %d at %v", used, at)
	}
	if err := errors.Join(ledger.Add(tick(2), -1), ledger.Add(tick(3), 3), ledger.Add(tick(3), -2)); err != nil {
		t.Error(err)
	}
	if used, at := ledger.Peak(tick(0), tick(9)); used != 5 || at != tick(1) {
		t.Errorf("up and down at one instant, to the peak again: %d at %v, want 5 at the first time", used, at)
	}
	var early seats.Ledger
	if err := early.Add(time.Time{}, 1); err != nil || early.UsedAt(time.Time{}) != 1 {
		t.Errorf("at the zero time: %d used, %v", early.UsedAt(time.Time{}), err)
	}
	const most = int(^uint(0) >> 1)
	if err := ledger.Add(tick(3), most); err == nil || ledger.UsedAt(tick(9)) != 5 {
		t.Errorf("a use that no int holds: %d, %v", ledger.UsedAt(tick(9)), err)
	}
}

// V7: the charge is exact, for any price to any number of places.
func TestV7ChargeIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		due := seats.TrueUp{Owed: rapid.IntRange(0, 99_000_000).Draw(t, "owed")}
		price := decimal.New(rapid.Int64().Draw(t, "price"), rapid.Int32Range(-30, 5).Draw(t, "exponent"))
		want := new(big.Rat).Mul(price.Rat(), new(big.Rat).SetInt64(int64(due.Owed)))
		if got := due.Charge(price); got.Rat().Cmp(want) != 0 {
			t.Fatalf("%d seats at %v = %v, want %v", due.Owed, price, got, want)
		}
	})
	due := seats.TrueUp{Owed: 3}
	if got := due.Charge(decimal.RequireFromString("0.10")); !got.Equal(decimal.RequireFromString("0.30")) {
		t.Errorf("3 × 0.10 = %v", got)
	}
	if got := (seats.TrueUp{}).Charge(decimal.RequireFromString("25")); !got.IsZero() {
		t.Errorf("nothing owed costs %v", got)
	}
}

// A seat is held from its assignment on, and no more at its revocation.
func TestAssignmentHeld(t *testing.T) {
	user := seats.MustUserID("ada")
	open := seats.Assignment{User: user, AssignedAt: tick(5)}
	closed := open
	closed.RevokedAt = tick(8)
	undone := open
	undone.RevokedAt = tick(5)
	for _, test := range []struct {
		name string
		a    seats.Assignment
		held bool
		at   []int // the instants 4 to 9 at which it is held
	}{
		{"open", open, true, []int{5, 6, 7, 8, 9}},
		{"closed", closed, false, []int{5, 6, 7}},
		{"undone at once", undone, false, nil},
		{"of nobody", seats.Assignment{AssignedAt: tick(5)}, false, nil},
		{"zero", seats.Assignment{}, false, nil},
	} {
		if got := test.a.Held(); got != test.held {
			t.Errorf("%s: Held() = %t", test.name, got)
		}
		var at []int
		for n := 4; n <= 9; n++ {
			if test.a.HeldAt(tick(n)) {
				at = append(at, n)
			}
		}
		if !slices.Equal(at, test.at) {
			t.Errorf("%s: held at %v, want %v", test.name, at, test.at)
		}
		if test.a.HeldAt(tick(5).Add(-1)) || test.name == "closed" && !test.a.HeldAt(tick(8).Add(-1)) {
			t.Errorf("%s: the ends are not exact", test.name)
		}
	}
}
