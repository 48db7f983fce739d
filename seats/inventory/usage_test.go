package inventory

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
	"pgregory.net/rapid"
)

// TestUsageAgainstHours counts seats hour by hour and compares utilisation, peaks
// and true-up with that.
func TestUsageAgainstHours(t *testing.T) {
	first := license.MustDate("2024-02-27")
	zones := []license.Zone{license.UTC, license.MustZone("America/Santiago"), license.MustZone("Pacific/Kiritimati")}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		start := zone.EndOf(first.AddDays(-1))
		var assignments []seats.Assignment
		for range rapid.IntRange(0, 6).Draw(t, "assignments") {
			from := start.Add(time.Duration(rapid.IntRange(-30, 150).Draw(t, "from")) * time.Hour)
			a := seats.Assignment{User: seats.MustUserID("u"), AssignedAt: from}
			if rapid.Bool().Draw(t, "revoked") {
				a.RevokedAt = from.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "held")) * time.Hour)
			}
			assignments = append(assignments, a)
		}
		ledger, err := LedgerOf(slices.Values(assignments))
		if err != nil {
			t.Fatal(err)
		}
		quantities := []Quantity{{first.AddDays(-3), rapid.IntRange(0, 4).Draw(t, "bought")},
			{first.AddDays(rapid.IntRange(-2, 6).Draw(t, "later")), rapid.IntRange(0, 4).Draw(t, "bought then")}}
		period := Term{first, first.AddDays(5)}
		days, err := Utilisation(ledger, quantities, period, zone)
		if err != nil || len(days) != 6 {
			t.Fatalf("%v, %v", days, err)
		}
		owed := 0
		for _, d := range days {
			used, peak := slowDay(assignments, zone, d.Day)
			bought := quantities[0].Purchased
			if !d.Day.Before(quantities[1].From) {
				bought = quantities[1].Purchased
			}
			if want := (Usage{d.Day, used, peak, bought}); d != want {
				t.Fatalf("%+v, want %+v", d, want)
			}
			owed = max(owed, peak-bought)
		}
		due, err := TrueUp(ledger, quantities, period, zone)
		if err != nil || due.Owed != owed || due.Owed > 0 && due.Peak-due.Licensed != owed {
			t.Fatalf("%+v, %v, want %d owed", due, err, owed)
		}
	})
}

// slowDay looks at every hour whose civil date is day. A seat that is taken and
// given back at one instant was never used.
func slowDay(assignments []seats.Assignment, zone license.Zone, day license.Date) (used, peak int) {
	for at := day.Start().Add(-30 * time.Hour); at.Before(day.Start().Add(54 * time.Hour)); at = at.Add(time.Hour) {
		if zone.DateOf(at) != day {
			continue
		}
		used = 0
		for _, a := range assignments {
			if a.HeldAt(at) {
				used++
			}
		}
		peak = max(peak, used)
	}
	return used, peak
}

func TestUsageRefuses(t *testing.T) {
	day := license.MustDate("2026-06-30")
	june := Term{day.AddDays(-29), day}
	for name, c := range map[string]struct {
		quantities []Quantity
		period     Term
	}{
		"none":      {nil, june},
		"too late":  {[]Quantity{{day, 1}}, june},
		"no order":  {[]Quantity{{june.First, 1}, {june.First.AddDays(-1), 1}}, june},
		"no period": {[]Quantity{{june.First, 1}}, Term{}},
		"open":      {[]Quantity{{june.First, 1}}, Term{First: june.First}},
	} {
		if _, err := Utilisation(nil, c.quantities, c.period, license.UTC); err == nil {
			t.Errorf("%s: Utilisation took it", name)
		}
		if _, err := TrueUp(nil, c.quantities, c.period, license.UTC); err == nil {
			t.Errorf("%s: TrueUp took it", name)
		}
	}
	if days, err := Utilisation(nil, []Quantity{{june.First, 1}}, june, license.UTC); err != nil || len(days) != 30 {
		t.Errorf("without a ledger: %v, %v", days, err)
	}
	at := day.Start()
	backward := []seats.Assignment{{User: seats.MustUserID("u"), AssignedAt: at, RevokedAt: at.Add(-1)}}
	if _, err := LedgerOf(slices.Values(backward)); err == nil {
		t.Error("a seat revoked before it was assigned was taken")
	}
}

// On figures that lie on a line the forecast is the day that walking the line finds.
func TestForecastAgainstWalking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := license.MustDate("2024-02-01")
		start, growth, step := rapid.IntRange(0, 50).Draw(t, "start"), rapid.IntRange(-2, 5).Draw(t, "growth"), rapid.IntRange(1, 7).Draw(t, "step")
		purchased := rapid.IntRange(0, 300).Draw(t, "purchased")
		var figures []Usage
		for i := range rapid.IntRange(2, 9).Draw(t, "figures") {
			figures = append(figures, Usage{Day: day.AddDays(i * step), Used: start + 20 + i*growth})
		}
		last := figures[len(figures)-1]
		slices.Reverse(figures) // the order does not matter
		f, err := ForecastExhaustion(figures, purchased)
		if err != nil || f.Growth().Cmp(big.NewRat(int64(growth), int64(step))) != 0 || f.Days != len(figures) || f.To != last.Day || f.Used != last.Used {
			t.Fatalf("%+v, %v", f, err)
		}
		want, on := NotGrowing, license.Date{}
		if last.Used >= purchased {
			want = RanOut
		} else if growth > 0 {
			want, on = RunsOut, last.Day
			for n := 1; last.Used*step+growth*(n-1) < purchased*step; n++ {
				on = last.Day.AddDays(n)
			}
		}
		if f.Outlook != want || f.On != on {
			t.Fatalf("%v, want %v on %v", f, want, on)
		}
	})
}

// The trend of uneven figures is the least-squares line, known from the textbook:
// (0,1) (1,3) (2,2) (3,5) has the slope 11/10.
func TestForecastBasis(t *testing.T) {
	day := license.MustDate("2026-06-01")
	var figures []Usage
	for i, used := range []int{1, 3, 2, 5} {
		figures = append(figures, Usage{Day: day.AddDays(i), Used: used})
	}
	f, err := ForecastExhaustion(figures, 10)
	if err != nil || f.Growth().Cmp(big.NewRat(11, 10)) != 0 || f.On != day.AddDays(3+5) {
		t.Errorf("%v, %v", f, err)
	}
	for name, c := range map[string]struct {
		figures []Usage
		seats   int
		want    Outlook
	}{
		"none": {nil, 5, NoTrend}, "one": {figures[:1], 5, NoTrend}, "one, full": {figures[:1], 1, RanOut}, "level": {[]Usage{figures[0], {Day: day.AddDays(9), Used: 1}}, 5, NotGrowing},
	} {
		if f, err := ForecastExhaustion(c.figures, c.seats); err != nil || f.Outlook != c.want || !strings.HasPrefix(f.String(), c.want.String()) {
			t.Errorf("%s: %v, %v, want %v", name, f, err, c.want)
		}
	}
	for name, bad := range map[string][]Usage{"twice": {figures[0], figures[0]}, "no day": {{}}} {
		if _, err := ForecastExhaustion(bad, 1); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
	slow := []Usage{{Day: license.MustDate("0001-01-01")}, {Day: license.MustDate("9000-01-01"), Used: 1}}
	if f, err := ForecastExhaustion(slow, license.MaxSeats); err != nil || f.Outlook != RunsOut || f.On != lastDay {
		t.Errorf("past the calendar: %v, %v", f, err)
	}
	slow[0].Used = -math.MaxInt
	slow[1].Used = 1 - math.MaxInt
	if f, err := ForecastExhaustion(slow, math.MaxInt); err != nil || f.Outlook != RunsOut || f.On != lastDay {
		t.Errorf("past all numbers: %v, %v", f, err)
	}
	level, _ := ForecastExhaustion(figures[:1], 5)
	again, _ := ForecastExhaustion(slices.Clone(figures), 10)
	if !f.Equal(again) || f.Equal(level) || level.Equal(f) || !level.Equal(level) || !(Forecast{}).Equal(Forecast{}) {
		t.Error("equal forecasts differ, or others do not")
	}
	if (Forecast{}).Growth() != nil {
		t.Error("the zero Forecast grows")
	}
}
