package inventory_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/inventory"
)

func ExampleFrequency() {
	f, err := inventory.ParseFrequency("Biannually")
	fmt.Println(f.Months(), err)
	// Output: 24 <nil>
}

func ExampleTerm() {
	year := inventory.Term{First: license.MustDate("2024-01-01"), Last: license.MustDate("2024-12-31")}
	fmt.Println(year, year.Days(), year.Holds(license.MustDate("2024-12-31")), year.Holds(license.MustDate("2025-01-01")))
	// Output: 2024-01-01/2024-12-31 366 true false
}

// The next payment.
func ExamplePayment() {
	var next inventory.Payment
	for next = range crmUser().Contract.Payments(inventory.Term{First: today}) {
		break
	}
	fmt.Println(next.Due, next.Amount, next.For)
	// Output: 2026-07-01 900.00 EUR 2026-07-01/2026-09-30
}

func ExampleContract() {
	c := salesforce().Contract
	c.Frequency = 0
	fmt.Println(c.Validate())
	// Output: inventory: payment frequency "none": must be one, where an amount is
}

func ExampleWaste() {
	waste, err := salesforce().Waste(5, today, inventory.SpreadOverTerm)
	fmt.Println(waste.Unassigned+waste.Idle, waste.PerYear, err)
	// Output: 25 7500.00 USD <nil>
}

func ExampleSpending() {
	free := inventory.Pool{ID: inventory.MustPoolID("1007"), Contract: inventory.Contract{Term: inventory.Term{First: license.MustDate("2026-05-31")}}}
	s, err := inventory.AnnualSpend(slices.Values([]inventory.Pool{salesforce(), free}), today, inventory.SpreadOverTerm)
	fmt.Println(s.Pools, s.Current, s.Unpriced, s.PerYear, err)
	// Output: 2 2 1 60000.00 USD <nil>
}

func ExampleMonth() {
	m := inventory.MonthOf(license.MustDate("2024-02-10"))
	fmt.Println(m, m.First(), m.Last())
	// Output: 2024-02 2024-02-01 2024-02-29
}

func ExampleMonthSpend() {
	june := inventory.Term{First: license.MustDate("2026-06-01"), Last: today}
	months, err := inventory.SpendByMonth(slices.Values([]inventory.Pool{crmUser()}), june, inventory.SpreadOverTerm)
	fmt.Println(months[0].Month, months[0].Spend, err)
	// Output: 2026-06 296.71 EUR <nil>
}

func ExampleRenewal() {
	r := inventory.Renewal{Pool: salesforce(), LastDay: license.MustDate("2026-12-12")}
	fmt.Println(r.Month())
	// Output: 2026-12
}

func ExamplePerson() {
	rows := []inventory.Person{{User: seats.MustUserID("ada"), Roles: []string{"Sales"}}, {User: seats.MustUserID("ben"), Left: true}}
	changes, err := inventory.DiffPeople(slices.Values([]inventory.Person(nil)), slices.Values(rows), 0)
	fmt.Println(len(changes.Joiners), err)
	// Output: 1 <nil>
}

func ExampleHolding() {
	h := inventory.Holding{Pool: crmUser().ID, User: seats.MustUserID("ada")}
	fmt.Println(h.User, "holds a seat of", h.Pool)
	// Output: ada holds a seat of 0PL-1
}

func roleReport() inventory.RoleReport {
	rules := []inventory.RoleRule{{Role: "Sales", Pool: salesforce().ID}}
	people := []inventory.Person{{User: seats.MustUserID("ada"), Roles: []string{"Sales"}}}
	return inventory.CheckRoles(rules, slices.Values(people), slices.Values([]inventory.Holding(nil)))
}

func ExampleRoleRule() {
	fmt.Println(roleReport().Missing)
	// Output: [{100-1 ada}]
}

func ExampleRoleReport() {
	r := roleReport()
	fmt.Println(len(r.Missing), len(r.Surplus), r.Correct)
	// Output: 1 0 0
}

func ExampleDemand() {
	d := roleReport().Demand(salesforce())
	fmt.Println(d.Missing, d.Surplus, d.After)
	// Output: 1 0 19
}

func ExampleChanges() {
	ada := inventory.Person{User: seats.MustUserID("ada")}
	changes, err := inventory.DiffPeople(slices.Values([]inventory.Person{ada}), slices.Values([]inventory.Person(nil)), 1)
	held := []inventory.Holding{{Pool: salesforce().ID, User: ada.User}}
	fmt.Println(changes.Deprovision(slices.Values(held)), err)
	// Output: [{100-1 ada}] <nil>
}

func ExampleRoleChange() {
	before := inventory.Person{User: seats.MustUserID("ada"), Roles: []string{"Sales", "Night"}}
	after := inventory.Person{User: before.User, Roles: []string{"Finance", "Night"}}
	changes, _ := inventory.DiffPeople(slices.Values([]inventory.Person{before}), slices.Values([]inventory.Person{after}), 0)
	for _, c := range changes.Movers {
		fmt.Println(c.User, "lost", c.Lost, "was given", c.Given)
	}
	// Output: ada lost [Sales] was given [Finance]
}

func ExampleQuantity() {
	bought := []inventory.Quantity{{From: license.MustDate("2026-01-01"), Purchased: 10}, {From: license.MustDate("2026-06-02"), Purchased: 12}}
	days, err := inventory.Utilisation(nil, bought, inventory.Term{First: license.MustDate("2026-06-01"), Last: license.MustDate("2026-06-02")}, license.UTC)
	fmt.Println(days[0].Purchased, days[1].Purchased, err)
	// Output: 10 12 <nil>
}

func ExampleUsage() {
	day := inventory.Usage{Day: today, Used: 180, Peak: 184, Purchased: 200}
	fmt.Println(day.Day, day.Purchased-day.Peak, "seats to spare")
	// Output: 2026-06-30 16 seats to spare
}

func ExampleForecast() {
	f, _ := inventory.ForecastExhaustion([]inventory.Usage{{Day: today.AddDays(-30), Used: 30}, {Day: today, Used: 40}}, 50)
	fmt.Println(f.On, f.Growth(), f.Days)
	// Output: 2026-07-30 1/3 2
}

func ExampleOutlook() {
	f, _ := inventory.ForecastExhaustion(nil, 50)
	fmt.Println(f.Outlook, f.Outlook == inventory.NoTrend)
	// Output: no trend true
}

func ExampleCrossing() {
	c := inventory.Crossing{BasisPoints: 8000, Up: true}
	fmt.Printf("%d %% reached: %t\n", c.BasisPoints/100, c.Up)
	// Output: 80 % reached: true
}

func ExampleLine() {
	l := salesforce().Line()
	fmt.Println(l.Pool, l.Purchased, l.Used, l.Remaining)
	// Output: 100-1 200 180 20
}

func ExampleAuditLine() {
	there := salesforce().Line()
	there.Used = inventory.MustCount(181) // and remaining was not counted anew
	lines, err := inventory.Audit(inventory.Lines(slices.Values([]inventory.Pool{salesforce()})), slices.Values([]inventory.Line{there}))
	fmt.Println(lines[0].Used, lines[0].Remaining, lines[0].Inconsistent, err)
	// Output: differs agrees true <nil>
}

func ExampleFinding() {
	fmt.Println(inventory.OnlyThere, inventory.Finding(0))
	// Output: only there none
}

func ExampleSKU() {
	sku := inventory.SKU{Name: "Sales Suite", Pools: []inventory.PoolID{salesforce().ID, inventory.MustPoolID("100-9")}}
	reports, _, err := inventory.GroupBySKU([]inventory.SKU{sku}, slices.Values([]inventory.Pool{salesforce()}))
	fmt.Println(reports[0].NotFound, err)
	// Output: [100-9] <nil>
}

func ExampleSKUReport() {
	r := inventory.SKUReport{Purchased: inventory.MustCount(225), Used: inventory.MustCount(231)}
	fmt.Println(r.Remaining())
	// Output: -6
}

func ExampleLoginRule() {
	rule, err := inventory.ParseLoginRule("once per month")
	fmt.Println(rule == inventory.OncePerMonth, err)
	// Output: true <nil>
}

func ExampleLogin() {
	logins := []inventory.Login{{User: seats.MustUserID("ada"), At: today.Start().Add(23 * time.Hour)}}
	// In Samoa it is the next day, and so the next month.
	months, err := inventory.CountLogins(inventory.EveryLogin, license.MustZone("Pacific/Apia"), inventory.Unlimited(), slices.Values(logins))
	fmt.Println(months[0].Month, err)
	// Output: 2026-07 <nil>
}

func ExampleLoginMonth() {
	m := inventory.LoginMonth{Month: inventory.MonthOf(today), Used: 120, Entitled: inventory.MustCount(100)}
	fmt.Println(m.Month, m.Remaining())
	// Output: 2026-06 -20
}

func ExampleObstacle() {
	fmt.Println(inventory.Exhausted, "/", inventory.NotCurrent, "/", inventory.NotKnown)
	// Output: exhausted / not current / not known
}

func ExampleBlocked() {
	b := inventory.Blocked{Pool: crmUser(), Obstacle: inventory.Exhausted}
	fmt.Println(b.Pool.Current().Name, b.Obstacle)
	// Output: CRM User exhausted
}

func ExampleReactivationError() {
	var refused *inventory.ReactivationError
	err := inventory.CheckReactivation(license.MustDate("2027-01-01"), salesforce())
	fmt.Println(errors.As(err, &refused), err)
	// Output: true inventory: no seat for the user: "Salesforce" (100-1) is not current
}

func ExampleFieldError() {
	_, err := inventory.ParseFrequency("Weekly")
	var refused *inventory.FieldError
	if errors.As(err, &refused) {
		fmt.Println(refused.Field, refused.Value)
	}
	// Output: payment frequency Weekly
}

func ExampleReadOnlyError() {
	pool, _ := inventory.NewDiscovered(inventory.MustPoolID("100-3"), inventory.Layer{Name: "Identity"}, today)
	_, err := pool.Edit(inventory.Layer{Name: "Our identities"})
	var refused *inventory.ReadOnlyError
	fmt.Println(errors.As(err, &refused), err)
	// Output: true inventory: pool "100-3": name is read-only while discovery is on
}

func ExampleLeaversError() {
	err := error(&inventory.LeaversError{Leavers: 950, Known: 1000, Limit: 20})
	fmt.Println(err)
	// Output: inventory: 950 of 1000 people would leave, at most 20 are allowed to; is the list complete?
}
