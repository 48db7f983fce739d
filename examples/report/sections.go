package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/inventory"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

// section is a chapter of the report.
type section struct {
	ID, Title string
	Says      []string // what to know before looking at the figures
	Charts    []chart
	Tables    []table
}

// sections returns the whole report.
func (f *figures) sections() []section {
	return []section{f.utilisation(), f.idleAgeing(), f.expirationsAhead(), f.annualCost(), f.wasteAndWhere(), f.renewalCalendar()}
}

func (f *figures) utilisation() section {
	pools, poolSeats := overAllocated(f.poolLayers())
	licenses, licenseSeats := overAllocated(f.licenseLayers())
	return section{
		ID: "utilisation", Title: "Utilisation",
		Says: []string{
			fmt.Sprintf("%d of %d pools are over-allocated, by %s together, and so are %d of %d licenses with a seat count, by %d.",
				pools, len(f.pools), plural(poolSeats, "seat"), licenses, len(f.counted()), licenseSeats),
			"Nobody who holds a seat loses it, but nobody gets a new one there before something remains.",
		},
		Charts: []chart{f.poolChart(), f.licenseChart()},
		Tables: []table{f.poolTable(), f.licenseTable()},
	}
}

func (f *figures) poolTable() table {
	t := table{File: "utilisation_pools", Title: "License pools", Columns: []column{
		text("Pool"), text("Kind"), text("Unique ID"), number("Purchased"), number("Used"), number("Remaining"), number("Used %"), text("Term"), text("State"),
	}}
	for _, p := range f.pools {
		l := p.Current()
		t.add(l.OverAllocated(), words(l.Name), words(l.Kind.String()), words(p.ID.String()),
			count(l.Purchased), count(l.Used), count(l.Remaining()), usedPercent(l), cell{f.term(p), p.Contract.Term.String()}, words(state(l)))
	}
	return t
}

func (f *figures) licenseTable() table {
	t := table{File: "utilisation_licenses", Title: "Licenses with a seat count, the fullest first", Brief: 12, Columns: []column{
		text("License"), text("Subscriber"), text("Package"), text("Status"), number("Licensed"), number("Used"), number("Remaining"), number("Used %"), text("State"),
	}}
	counted := f.counted()
	slices.SortStableFunc(counted, func(a, b installed) int { return cmp.Compare(fullness(b.seats), fullness(a.seats)) })
	for _, l := range counted {
		t.add(l.seats.OverAllocated(), words(l.ID.String()), words(l.org), words(l.pkg), words(l.DisplayedOn(f.today).String()),
			count(l.seats.Purchased), count(l.seats.Used), count(l.seats.Remaining()), usedPercent(l.seats), words(state(l.seats)))
	}
	return t
}

func (t *table) add(isUrgent bool, cells ...cell) {
	r := row{Cells: cells}
	if isUrgent {
		r.Mark = urgent
	}
	t.Rows = append(t.Rows, r)
}

func (t *table) sum(cells ...cell) { t.Rows = append(t.Rows, row{Cells: cells, Mark: sum}) }

func usedPercent(l inventory.Layer) cell {
	purchased, ok1 := l.Purchased.Int()
	used, ok2 := l.Used.Int()
	if !ok1 || !ok2 {
		return cell{"–", ""}
	}
	return percent(used, purchased)
}

// fullness is the used share of the seats, for drawing and sorting. Where no seats
// are, any use is more than full.
func fullness(l inventory.Layer) float64 {
	purchased, _ := l.Purchased.Int()
	used, _ := l.Used.Int()
	if purchased == 0 {
		return 2 * float64(min(used, 1))
	}
	return float64(used) / float64(purchased)
}

func state(l inventory.Layer) string {
	n, known := l.Remaining().Int()
	switch {
	case !known:
		return "not known"
	case n < 0:
		return "over-allocated by " + strconv.Itoa(-n)
	case n == 0:
		return "full"
	}
	return ""
}

// term says whether a pool's term has begun and until when it goes on.
func (f *figures) term(p inventory.Pool) string {
	t := p.Contract.Term
	switch {
	case t.First.After(f.today):
		return "from " + t.First.String()
	case t.IsOpen():
		return "open"
	case t.Last.Before(f.today):
		return "ended " + t.Last.String()
	}
	return "until " + t.Last.String()
}

func (f *figures) idleAgeing() section {
	x := f.idleness
	return section{
		ID: "idle", Title: "Idle seats",
		Says: []string{
			fmt.Sprintf("%s are held by users of %d licenses. %d of their users never logged in; those are counted from the day of assignment.",
				plural(len(f.held), "seat"), len(x.byLicense), x.never),
			fmt.Sprintf("Reclaiming would free %s once both notices have gone out and nobody has answered. Today a first run would send %s and free nothing.",
				plural(x.afterNotices.Freed(), "seat"), plural(x.now.Moves(), "first warning")),
		},
		Charts: []chart{f.idleChart()},
		Tables: []table{f.bandTable(), f.reclaimTable()},
	}
}

// bandNames are the half-open bands of idle days: whole days for people, intervals
// for programs.
func (x idleness) bandNames() [4]cell {
	p := x.policy
	return [4]cell{
		{fmt.Sprintf("under %d", p.First), fmt.Sprintf("[0,%d)", p.First)},
		{fmt.Sprintf("%d–%d", p.First, p.Final-1), fmt.Sprintf("[%d,%d)", p.First, p.Final)},
		{fmt.Sprintf("%d–%d", p.Final, p.Deactivate-1), fmt.Sprintf("[%d,%d)", p.Final, p.Deactivate)},
		{fmt.Sprintf("%d or more", p.Deactivate), fmt.Sprintf("[%d,inf)", p.Deactivate)},
	}
}

func (f *figures) bandTable() table {
	t := table{File: "idle_ageing", Title: "Seats by idle days", Columns: []column{
		text("Idle days"), text("What is due"), number("Seats"), number("Share %"), number("Of active users"), number("Of deactivated users"),
	}}
	due := [4]string{"nothing", "first warning", "final notice", "seat freed, after both notices"}
	var all band
	for i, name := range f.idleness.bandNames() {
		b := f.idleness.bands[i]
		all = band{all.active + b.active, all.deactivated + b.deactivated}
		t.add(false, name, words(due[i]), integer(b.seats()), percent(b.seats(), len(f.held)), integer(b.active), integer(b.deactivated))
	}
	t.sum(words("all"), words(""), integer(all.seats()), percent(all.seats(), len(f.held)), integer(all.active), integer(all.deactivated))
	return t
}

func (f *figures) reclaimTable() table {
	t := table{File: "idle_licenses", Title: "What reclaiming would free", Brief: 10, Columns: []column{
		text("License"), text("Subscriber"), text("Package"), number("Held"), number("Would be freed"), number("Remaining now"), number("Remaining then"), text("State"),
	}}
	freed := f.idleness.freed()
	with := slices.DeleteFunc(slices.Clone(f.licenses), func(l installed) bool { return freed[l.ID] == 0 })
	slices.SortStableFunc(with, func(a, b installed) int { return cmp.Compare(freed[b.ID], freed[a.ID]) })
	for _, l := range with {
		held := 0
		for _, n := range f.idleness.byLicense[l.ID] {
			held += n
		}
		then := cell{"–", ""}
		if n, ok := l.seats.Remaining().Int(); ok {
			then = integer(n + freed[l.ID])
		}
		t.add(l.seats.OverAllocated(), words(l.ID.String()), words(l.org), words(l.pkg), integer(held), integer(freed[l.ID]),
			count(l.seats.Remaining()), then, words(state(l.seats)))
	}
	return t
}

func (f *figures) expirationsAhead() section {
	return section{
		ID: "expirations", Title: "Expirations",
		Says: []string{fmt.Sprintf("Trial and active licenses whose last day lies in the twelve months from %s through %s: %s end today, %d within 30 days, %d within 90.",
			f.today, f.period().Last, f.ending(0), f.endingWithin(30), f.endingWithin(90))},
		Charts: []chart{f.expirationChart()},
		Tables: []table{f.monthTable(), f.expiringTable()},
	}
}

func (f *figures) endingWithin(days int) int { return len(f.expiringThrough(f.today.AddDays(days))) }

func (f *figures) ending(days int) string { return strconv.Itoa(f.endingWithin(days)) }

func (f *figures) monthTable() table {
	t := table{File: "expirations_by_month", Title: "By month", Columns: []column{text("Month"), number("Trial"), number("Active"), number("Both")}}
	var trial, active int
	for _, m := range f.expirations {
		t.add(false, words(m.month.String()), integer(m.trial), integer(m.active), integer(m.trial+m.active))
		trial, active = trial+m.trial, active+m.active
	}
	t.sum(words("all"), integer(trial), integer(active), integer(trial+active))
	return t
}

func (f *figures) expiringTable() table {
	t := table{File: "expirations", Title: "The next to expire", Brief: 12, Columns: []column{
		text("Last day"), number("Days left"), text("License"), text("Subscriber"), text("Package"), text("Status"), number("Seats"), text("State"),
	}}
	for _, l := range f.expiring {
		left, when := lastDay(l).Sub(f.today), ""
		if left == 0 {
			when = "ends today"
		}
		t.add(left == 0, words(lastDay(l).String()), integer(left), words(l.ID.String()), words(l.org), words(l.pkg),
			words(l.DisplayedOn(f.today).String()), seatsOfTerms(l.Terms.Seats), words(when))
	}
	return t
}

func seatsOfTerms(s license.Seats) cell {
	if s.IsSite() {
		return cell{"site", "site"}
	}
	return count(inventory.CountOf(s))
}

func (f *figures) annualCost() section {
	return section{
		ID: "spend", Title: "Annual spend",
		Says: []string{
			fmt.Sprintf("What a year costs at the rate of %s: %d of %d pools are current, the amount of %d of them is not known.",
				f.today, f.total.Current, f.total.Pools, f.total.Unpriced),
			f.oncePolicy() + " Currencies are never added up, and amounts are exact: they are rounded to the cent where they are shown.",
		},
		Charts: f.spendCharts(),
		Tables: []table{f.spendTable()},
	}
}

func (f *figures) oncePolicy() string {
	if f.once == inventory.WholeInFirstYear {
		return "A single payment counts whole in its first year."
	}
	return "A single payment is spread over its term; without an end, it counts whole in its first year."
}

func (f *figures) spendTable() table {
	t := table{File: "spend", Title: "By currency and payment frequency", Columns: []column{
		text("Currency"), text("Frequency"), number("Pools"), number("A year"), exact("Exact"),
	}}
	for total := range f.total.PerYear.All() {
		pools := 0
		for _, line := range f.spend {
			if line.currency == total.Currency() {
				pools += line.pools
				t.add(false, words(line.currency.String()), words(line.frequency.String()), integer(line.pools), amount(line.perYear), exactly(line.perYear))
			}
		}
		t.sum(words(total.Currency().String()), words("all"), integer(pools), amount(total), exactly(total))
	}
	return t
}

func (f *figures) wasteAndWhere() section {
	return section{
		ID: "waste", Title: "Waste",
		Says: []string{
			"What seats cost a year that nobody was given (unassigned), or that somebody was given and does not use (idle), at the rate of a seat.",
			"It is saved once fewer are bought: a seat that is free costs what it did. Seats above the purchased quantity cost nothing.",
			fmt.Sprintf("How many seats lie idle is known of %d of %d pools; those of the others count as in use.", f.lookedAt(), len(f.waste)),
		},
		Charts: []chart{f.wasteChart()},
		Tables: []table{f.wasteTable(), f.wastePoolTable()},
	}
}

// lookedAt counts the pools of which somebody has looked how many seats lie idle.
func (f *figures) lookedAt() (n int) {
	for _, w := range f.waste {
		if w.looked {
			n++
		}
	}
	return n
}

func (f *figures) wasteTable() table {
	t := table{File: "waste", Title: "By currency", Columns: []column{
		text("Currency"), number("Pools"), number("A year"), number("In use"), number("Idle"), number("Unassigned"), number("Not known"), number("Wasted"), number("Wasted %"), exact("Wasted exactly"),
	}}
	for _, w := range f.wasted {
		wasted, _ := w.wasted()
		t.add(false, words(w.currency.String()), integer(w.pools), amount(w.perYear), amount(w.inUse), amount(w.idle), amount(w.unassigned), amount(w.unknown),
			amount(wasted), percentOf(wasted.Rat(), w.perYear.Rat()), exactly(wasted))
	}
	return t
}

func (f *figures) wastePoolTable() table {
	t := table{File: "waste_pools", Title: "By pool, the most wasteful first, in each currency", Brief: 12, Columns: []column{
		text("Currency"), text("Pool"), text("Unique ID"), number("Purchased"), number("Unassigned"), number("Idle"), number("A year"), number("Wasted"), number("Wasted %"), exact("Wasted exactly"), text("State"),
	}}
	for _, w := range f.waste {
		idle, note := integer(w.seats.Idle), state(w.pool.Current())
		if !w.looked {
			idle = cell{"–", ""}
		}
		if note == "" && w.looked && w.seats.Unassigned+w.seats.Idle == 0 {
			note = "nothing wasted"
		}
		t.add(false, words(w.perYear.Currency().String()), words(w.pool.Current().Name), words(w.pool.ID.String()), count(w.pool.Current().Purchased),
			integer(w.seats.Unassigned), idle, amount(w.perYear), amount(w.seats.PerYear), wastedShare(w), exactly(w.seats.PerYear), words(note))
	}
	return t
}

func wastedShare(w wasteOfPool) cell {
	if !w.isKnown() {
		return cell{"–", ""}
	}
	return percentOf(w.seats.PerYear.Rat(), w.perYear.Rat())
}

func (f *figures) renewalCalendar() section {
	return section{
		ID: "renewals", Title: "Renewals",
		Says:   []string{fmt.Sprintf("Terms that end from %s through %s. Decide %d days before; pools without an end are in no calendar.", f.today, f.period().Last, noticeDays)},
		Tables: []table{f.renewalTable()},
	}
}

func (f *figures) renewalTable() table {
	t := table{File: "renewals", Title: "Renewal calendar", Columns: []column{
		text("Month"), text("Decide by"), text("Last day"), text("Pool"), text("Unique ID"), text("Frequency"), number("Purchased"), number("Used"), number("A year"), exact("Exact"), text("State"),
	}}
	for _, r := range f.renewals {
		note := fmt.Sprintf("in %d days", r.DecideBy.Sub(f.today))
		if !r.DecideBy.After(f.today) {
			note = "decide now"
		}
		l := r.Pool.Current()
		t.add(!r.DecideBy.After(f.today), words(r.Month().String()), words(r.DecideBy.String()), words(r.LastDay.String()), words(l.Name), words(r.Pool.ID.String()),
			words(r.Pool.Contract.Frequency.String()), count(l.Purchased), count(l.Used), amount(r.PerYear), exactly(r.PerYear), words(note))
	}
	return t
}

// card is one figure to see first.
type card struct{ Name, Value, Note string }

func (f *figures) cards() []card {
	pools, _ := overAllocated(f.poolLayers())
	licenses, _ := overAllocated(f.licenseLayers())
	cards := []card{
		{"Over-allocated", strconv.Itoa(pools + licenses), fmt.Sprintf("%s, %s", plural(pools, "pool"), plural(licenses, "license"))},
		{fmt.Sprintf("Idle for %d days or more", f.idleness.policy.Deactivate), plural(f.idleness.bands[3].seats(), "seat"), fmt.Sprintf("of %d; %d can be freed", len(f.held), f.idleness.afterNotices.Freed())},
		{"Expire within 30 days", plural(f.endingWithin(30), "license"), fmt.Sprintf("%s of them today", f.ending(0))},
	}
	for _, w := range f.wasted {
		wasted, _ := w.wasted()
		cards = append(cards, card{"A year, " + w.currency.String(), short(w.perYear), "wasted: " + short(wasted) + ", " + percentOf(wasted.Rat(), w.perYear.Rat()).Show})
	}
	return cards
}

// short is an amount in whole units of its currency, for a card.
func short(a money.Amount) string {
	return grouped(a.Rat().FloatString(0)) + " " + a.Currency().String()
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return grouped(strconv.Itoa(n)) + " " + what + "s"
}

// plainText is text without control characters, which would move a terminal's cursor
// or break a row, and without marks that turn the direction of what follows.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20 || 0x7f <= r && r < 0xa0 || r == '\u2028' || r == '\u2029':
			return ' '
		case r == '\u061c' || r == '\u200e' || r == '\u200f' || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}
