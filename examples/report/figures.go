package main

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/inventory"
	"github.com/isvkit/isvkit/seats/inventory/money"
	"github.com/isvkit/isvkit/seats/reclaim"
)

const (
	monthsAhead = 12 // the month of the day, and the eleven after it
	noticeDays  = 30 // before a term ends: decide on its renewal by then
)

// question is what a report is asked.
type question struct {
	today license.Date
	once  inventory.OncePolicy
}

// period is the days that a report looks ahead.
func (q question) period() inventory.Term {
	months := q.months()
	return inventory.Term{First: q.today, Last: months[len(months)-1].Last()}
}

// months is the months that a report looks ahead.
func (q question) months() []inventory.Month {
	months := []inventory.Month{inventory.MonthOf(q.today)}
	for len(months) < monthsAhead {
		months = append(months, inventory.MonthOf(months[len(months)-1].Last().AddDays(1)))
	}
	return months
}

// figures is what a report says, exactly.
type figures struct {
	question
	*books
	idleness    idleness
	expirations []monthOfExpirations
	expiring    []installed // Trial and Active ones that end in the months ahead, by their last day
	spend       []spendLine
	total       inventory.Spending
	waste       []wasteOfPool
	wasted      []wasteOfCurrency
	renewals    []inventory.Renewal
}

func figuresOf(b *books, q question) (f *figures, err error) {
	f = &figures{question: q, books: b}
	if f.idleness, err = idlenessOf(b.held, q.today); err != nil {
		return nil, err
	}
	f.expiring = f.expiringThrough(q.period().Last)
	f.expirations = f.expirationsByMonth()
	if f.total, err = inventory.AnnualSpend(slices.Values(b.pools), q.today, q.once); err != nil {
		return nil, err
	}
	if f.spend, err = f.annualSpend(); err != nil {
		return nil, err
	}
	if f.waste, err = f.wasteByPool(); err != nil {
		return nil, err
	}
	if f.wasted, err = wasteByCurrency(f.waste); err != nil {
		return nil, err
	}
	f.renewals, err = inventory.Renewals(slices.Values(b.pools), q.period(), noticeDays, q.once)
	return f, err
}

// counted returns the licenses that have a number of seats, and of which their use is
// known: no site licenses, none that are uninstalled.
func (f *figures) counted() []installed {
	var some []installed
	for _, l := range f.licenses {
		if !l.seats.Remaining().IsZero() && !l.seats.Purchased.IsUnlimited() {
			some = append(some, l)
		}
	}
	return some
}

// currentPools returns the pools whose term holds today.
func (f *figures) currentPools() []inventory.Pool {
	var some []inventory.Pool
	for _, p := range f.pools {
		if p.Contract.Term.Holds(f.today) {
			some = append(some, p)
		}
	}
	return some
}

// overAllocated counts seats that are used beyond those there are, and where.
func overAllocated(layers iter.Seq[inventory.Layer]) (where, seats int) {
	for l := range layers {
		if l.OverAllocated() {
			n, _ := l.Remaining().Int()
			where++
			seats -= n
		}
	}
	return where, seats
}

func (f *figures) poolLayers() iter.Seq[inventory.Layer] {
	return func(yield func(inventory.Layer) bool) {
		for _, p := range f.pools {
			if !yield(p.Current()) {
				return
			}
		}
	}
}

func (f *figures) licenseLayers() iter.Seq[inventory.Layer] {
	return func(yield func(inventory.Layer) bool) {
		for _, l := range f.licenses {
			if !yield(l.seats) {
				return
			}
		}
	}
}

// idleness is for how long seats lie idle, and what freeing them would free.
type idleness struct {
	policy       reclaim.Policy
	bands        [4]band
	never        int             // users who never logged in; their seats count from the assignment
	now          reclaim.Summary // what a run would do today, if none ever ran before
	afterNotices reclaim.Summary // what a run would do if everybody had had both notices
	byLicense    map[license.ID]*[4]int
}

// band counts seats by whether their user is active.
type band struct{ active, deactivated int }

func (b band) seats() int { return b.active + b.deactivated }

// freed returns the seats that would be freed, by license.
func (x idleness) freed() map[license.ID]int {
	freed := make(map[license.ID]int)
	for id, n := range x.afterNotices.FreedByLicense() {
		freed[id] = n
	}
	return freed
}

func idlenessOf(held []heldSeat, today license.Date) (idleness, error) {
	x := idleness{policy: reclaim.DefaultPolicy(), byLicense: make(map[license.ID]*[4]int)}
	now := today.AddDays(1).Start().Add(-time.Microsecond)
	planner, err := reclaim.NewPlanner(x.policy, now)
	if err != nil {
		return x, err
	}
	for _, seat := range held {
		x.count(seat, now)
	}
	x.now = planner.Plan(subjects(held, func(s reclaim.Subject) reclaim.Subject { return s })).Summary
	x.afterNotices = planner.Plan(subjects(held, func(s reclaim.Subject) reclaim.Subject {
		s.Stage, s.NoticeAt = reclaim.FinalNotice, now.AddDate(0, 0, -x.policy.FinalDays)
		return s
	})).Summary
	return x, nil
}

func (x *idleness) count(seat heldSeat, now time.Time) {
	days, known := seat.IdleDays(now, x.policy.Zone)
	if !known {
		return
	}
	i := bandOf(x.policy, days)
	if seat.isActive {
		x.bands[i].active++
	} else {
		x.bands[i].deactivated++
	}
	if seat.LastLogin.IsZero() {
		x.never++
	}
	if x.byLicense[seat.License] == nil {
		x.byLicense[seat.License] = new([4]int)
	}
	x.byLicense[seat.License][i]++
}

// bandOf returns which of the four half-open bands so many idle days lie in.
func bandOf(p reclaim.Policy, days int) int {
	switch {
	case days >= p.Deactivate:
		return 3
	case days >= p.Final:
		return 2
	case days >= p.First:
		return 1
	}
	return 0
}

func subjects(held []heldSeat, as func(reclaim.Subject) reclaim.Subject) iter.Seq[reclaim.Subject] {
	return func(yield func(reclaim.Subject) bool) {
		for _, seat := range held {
			if !yield(as(seat.Subject)) {
				return
			}
		}
	}
}

// expiringThrough returns the licenses that are Trial or Active today and whose last
// day is today or later, through a day, in the order of their last days.
func (f *figures) expiringThrough(last license.Date) []installed {
	var some []installed
	for _, l := range f.licenses {
		day, ends := l.Terms.Expiration.LastDay()
		status := l.DisplayedOn(f.today)
		if ends && !day.After(last) && (status == license.Trial || status == license.Active) {
			some = append(some, l)
		}
	}
	slices.SortFunc(some, func(a, b installed) int {
		return cmp.Or(lastDay(a).Compare(lastDay(b)), cmp.Compare(a.ID, b.ID))
	})
	return some
}

func lastDay(l installed) license.Date {
	day, _ := l.Terms.Expiration.LastDay()
	return day
}

// monthOfExpirations is how many licenses have their last day in a month.
type monthOfExpirations struct {
	month         inventory.Month
	trial, active int
}

func (f *figures) expirationsByMonth() []monthOfExpirations {
	var all []monthOfExpirations
	for _, m := range f.months() {
		x := monthOfExpirations{month: m}
		for _, l := range f.expiring {
			if inventory.MonthOf(lastDay(l)) != m {
				continue
			}
			if l.DisplayedOn(f.today) == license.Trial {
				x.trial++
			} else {
				x.active++
			}
		}
		all = append(all, x)
	}
	return all
}

// spendLine is what a year costs of the pools of one currency and frequency.
type spendLine struct {
	currency  money.Currency
	frequency inventory.Frequency
	pools     int
	perYear   money.Amount
}

// annualSpend returns a line for each currency and frequency that current pools are
// paid in.
func (f *figures) annualSpend() ([]spendLine, error) {
	type key struct {
		currency  money.Currency
		frequency inventory.Frequency
	}
	lines := make(map[key]spendLine)
	for _, p := range f.currentPools() {
		perYear, err := p.Annual(f.today, f.once)
		if err != nil {
			return nil, err
		}
		if perYear.IsZero() {
			continue // not known
		}
		k := key{perYear.Currency(), p.Contract.Frequency}
		line := lines[k]
		sum, err := line.perYear.Add(perYear)
		if err != nil {
			return nil, err
		}
		lines[k] = spendLine{k.currency, k.frequency, line.pools + 1, sum}
	}
	var all []spendLine
	for _, line := range lines {
		all = append(all, line)
	}
	slices.SortFunc(all, func(a, b spendLine) int {
		return cmp.Or(a.currency.Compare(b.currency), cmp.Compare(a.frequency, b.frequency))
	})
	return all, nil
}

// wasteOfPool is what a year of a pool costs, and how much of that does nothing.
type wasteOfPool struct {
	pool                    inventory.Pool
	seats                   inventory.Waste
	looked                  bool         // somebody has looked how many of its seats lie idle
	perYear                 money.Amount // of the whole pool
	inUse, idle, unassigned money.Amount // which add up to it, unless they are not known
}

// isKnown reports whether it is known what the pool's seats do.
func (w wasteOfPool) isKnown() bool { return !w.inUse.IsZero() }

func (f *figures) wasteByPool() ([]wasteOfPool, error) {
	var all []wasteOfPool
	for _, p := range f.currentPools() {
		perYear, err := p.Annual(f.today, f.once)
		if err != nil {
			return nil, err
		}
		if perYear.IsZero() {
			continue
		}
		w := wasteOfPool{pool: p, perYear: perYear}
		if err := w.measure(f.question, f.idle); err != nil {
			return nil, fmt.Errorf("pool %v: %w", p.ID, err)
		}
		all = append(all, w)
	}
	slices.SortStableFunc(all, func(a, b wasteOfPool) int {
		return cmp.Or(a.perYear.Currency().Compare(b.perYear.Currency()), b.seats.PerYear.Rat().Cmp(a.seats.PerYear.Rat()))
	})
	return all, nil
}

// measure tells what is unassigned from what is idle, and both from what is in use.
func (w *wasteOfPool) measure(q question, idle map[inventory.PoolID]int) error {
	n, looked := idle[w.pool.ID]
	unassigned, err := w.pool.Waste(0, q.today, q.once)
	if err != nil {
		return err
	}
	w.looked = looked
	if w.seats, err = w.pool.Waste(n, q.today, q.once); err != nil {
		return err
	}
	if w.pool.Remaining().IsZero() || w.seats.PerYear.IsZero() {
		return nil // what is used, or bought, is not known
	}
	w.unassigned = unassigned.PerYear
	if w.idle, err = w.seats.PerYear.Sub(w.unassigned); err != nil {
		return err
	}
	w.inUse, err = w.perYear.Sub(w.seats.PerYear)
	return err
}

// wasteOfCurrency is the sums of one currency. They are never added to another's.
type wasteOfCurrency struct {
	currency                                  money.Currency
	perYear, inUse, idle, unassigned, unknown money.Amount
	pools                                     int
}

// wasted returns what does nothing, whether nobody has the seat or nobody uses it.
func (w wasteOfCurrency) wasted() (money.Amount, error) { return w.idle.Add(w.unassigned) }

func wasteByCurrency(pools []wasteOfPool) ([]wasteOfCurrency, error) {
	var all []wasteOfCurrency
	for _, w := range pools {
		c := w.perYear.Currency()
		if len(all) == 0 || all[len(all)-1].currency != c {
			all = append(all, wasteOfCurrency{currency: c})
		}
		if err := all[len(all)-1].add(w); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (x *wasteOfCurrency) add(w wasteOfPool) (err error) {
	x.pools++
	unknown := w.perYear
	if w.isKnown() {
		unknown = money.Amount{}
	}
	for _, part := range []struct {
		sum  *money.Amount
		more money.Amount
	}{{&x.perYear, w.perYear}, {&x.inUse, w.inUse}, {&x.idle, w.idle}, {&x.unassigned, w.unassigned}, {&x.unknown, unknown}} {
		if *part.sum, err = part.sum.Add(part.more); err != nil {
			return err
		}
	}
	return nil
}
