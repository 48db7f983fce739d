package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/isvkit/isvkit/seats/inventory"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

// poolChart shows how full the current pools are.
func (f *figures) poolChart() chart {
	c := chart{Title: "Current pools: seats used, in percent of those purchased", limit: 100, tick: percentTick,
		Series: []series{{Name: "used", Ink: inkUsed}, {Name: "over-allocated", Ink: inkOver}}}
	pools := slices.DeleteFunc(f.currentPools(), func(p inventory.Pool) bool { return p.Remaining().IsZero() })
	slices.SortStableFunc(pools, func(a, b inventory.Pool) int {
		return cmp.Compare(fullness(b.Current()), fullness(a.Current()))
	})
	var over []string
	for _, p := range pools {
		l := p.Current()
		used, beyond := 100*fullness(l), 0.0
		if l.OverAllocated() {
			used, beyond = 0, used
			over = append(over, p.Current().Name)
		}
		c.bar(f.poolLabel(p), fmt.Sprintf("%s of %s", count(l.Used).Show, count(l.Purchased).Show), used, beyond)
	}
	c.Alt = fmt.Sprintf("Bar chart of %d current pools, the fullest first. Over-allocated: %s.", len(pools), orNone(over))
	return c
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// bar adds a bar with a part for each series.
func (c *chart) bar(label, note string, parts ...float64) {
	c.labels, c.notes = append(c.labels, shortened(label)), append(c.notes, note)
	for i, part := range parts {
		c.Series[i].values = append(c.Series[i].values, part)
	}
}

// poolLabel returns a pool's name, with the end of its id where several have that
// name.
func (f *figures) poolLabel(p inventory.Pool) string {
	name, namesakes := p.Current().Name, 0
	for _, other := range f.currentPools() {
		if other.Current().Name == name {
			namesakes++
		}
	}
	if namesakes == 1 {
		return name
	}
	id := p.ID.String()
	return name + " …" + id[max(0, len(id)-6):]
}

const longestLabel = 34 // characters of a name beside a bar

func shortened(name string) string {
	runes := []rune(plainText(name))
	if len(runes) <= longestLabel {
		return string(runes)
	}
	return string(runes[:longestLabel-1]) + "…"
}

// licenseBands are shares of used seats, in percent, each from its first to below the
// next; what is over-allocated stands apart.
var licenseBands = []struct {
	Name string
	from float64
}{{"none", 0}, {"up to 50 %", 0.000001}, {"50–80 %", 50}, {"80–95 %", 80}, {"95 % to full", 95}}

// licenseChart shows how many licenses are how full.
func (f *figures) licenseChart() chart {
	c := chart{Title: "Licenses by the share of their seats that is used", isVertical: true, tick: wholeNumber,
		Series: []series{{Name: "licenses", Ink: inkUsed}, {Name: "over-allocated", Ink: inkOver}}}
	counts, over := make([]int, len(licenseBands)), 0
	for _, l := range f.counted() {
		if l.seats.OverAllocated() {
			over++
			continue
		}
		for i := len(licenseBands) - 1; i >= 0; i-- {
			if 100*fullness(l.seats) >= licenseBands[i].from {
				counts[i]++
				break
			}
		}
	}
	var parts []string
	for i, band := range licenseBands {
		c.bar(band.Name, strconv.Itoa(counts[i]), float64(counts[i]), 0)
		parts = append(parts, fmt.Sprintf("%s: %d", band.Name, counts[i]))
	}
	c.bar("over-allocated", strconv.Itoa(over), 0, float64(over))
	c.Alt = fmt.Sprintf("Bar chart of %d licenses by used share. %s; over-allocated: %d.", len(f.counted()), strings.Join(parts, "; "), over)
	return c
}

// idleChart shows for how long seats lie idle.
func (f *figures) idleChart() chart {
	c := chart{Title: "Seats by idle days", tick: wholeNumber,
		Series: []series{{Name: "of active users", Ink: inkUsed}, {Name: "of deactivated users", Ink: inkUnassigned}}}
	var parts []string
	for i, name := range f.idleness.bandNames() {
		b := f.idleness.bands[i]
		c.bar(name.Show+" days", fmt.Sprintf("%d · %s", b.seats(), percent(b.seats(), len(f.held)).Show), float64(b.active), float64(b.deactivated))
		parts = append(parts, fmt.Sprintf("%s days: %d", name.Show, b.seats()))
	}
	c.Alt = "Bar chart of seats by idle days. " + strings.Join(parts, "; ") + "."
	return c
}

// expirationChart shows how many licenses end in which month.
func (f *figures) expirationChart() chart {
	c := chart{Title: "Licenses by the month of their last day", isVertical: true, tick: wholeNumber,
		Series: []series{{Name: "active", Ink: inkUsed}, {Name: "trial", Ink: inkTrial}}}
	var parts []string
	for _, m := range f.expirations {
		c.bar(m.month.First().Start().Format("Jan 06"), strconv.Itoa(m.trial+m.active), float64(m.active), float64(m.trial))
		parts = append(parts, fmt.Sprintf("%v: %d trial, %d active", m.month, m.trial, m.active))
	}
	c.Alt = "Bar chart of expirations. " + strings.Join(parts, "; ") + "."
	return c
}

// spendCharts show what a year costs: a chart for each currency, for their bars do
// not compare.
func (f *figures) spendCharts() (charts []chart) {
	for total := range f.total.PerYear.All() {
		c := chart{Title: total.Currency().String() + ", " + amount(total).Show + " a year", IsSmall: true, tick: inThousands,
			Series: []series{{Name: "a year", Ink: inkUsed}}}
		var parts []string
		for _, line := range f.spend {
			if line.currency == total.Currency() {
				c.bar(line.frequency.String(), grouped(line.perYear.Rat().FloatString(0)), drawn(line.perYear))
				parts = append(parts, fmt.Sprintf("%v: %s", line.frequency, amount(line.perYear).Show))
			}
		}
		c.Alt = "Bar chart of annual spend by payment frequency. " + strings.Join(parts, "; ") + "."
		charts = append(charts, c)
	}
	return charts
}

// drawn is an amount as the length of a bar, where a rounding does not show.
func drawn(a money.Amount) float64 {
	if a.IsZero() {
		return 0
	}
	length, _ := a.Rat().Float64()
	return length
}

func inThousands(x float64) string {
	switch {
	case x >= 1e6:
		return strconv.FormatFloat(x/1e6, 'f', -1, 64) + " M"
	case x >= 1e3:
		return strconv.FormatFloat(x/1e3, 'f', -1, 64) + " k"
	}
	return wholeNumber(x)
}

// wasteChart shows what share of each currency is spent on what. Shares compare where
// amounts of two currencies do not.
func (f *figures) wasteChart() chart {
	c := chart{Title: "Of each currency's annual spend", tick: percentTick, Series: []series{
		{Name: "in use", Ink: inkUsed}, {Name: "idle", Ink: inkIdle}, {Name: "unassigned", Ink: inkUnassigned}, {Name: "not known", Ink: inkUnknown},
	}}
	var parts []string
	for _, w := range f.wasted {
		wasted, _ := w.wasted()
		share := func(a money.Amount) float64 {
			if w.perYear.Sign() <= 0 {
				return 0
			}
			return 100 * drawn(a) / drawn(w.perYear)
		}
		c.bar(w.currency.String(), "wasted: "+percentOf(wasted.Rat(), w.perYear.Rat()).Show, share(w.inUse), share(w.idle), share(w.unassigned), share(w.unknown))
		parts = append(parts, fmt.Sprintf("%v: %s of %s wasted", w.currency, amount(wasted).Show, amount(w.perYear).Show))
	}
	c.Alt = "Bar chart of waste by currency. " + strings.Join(parts, "; ") + "."
	return c
}
