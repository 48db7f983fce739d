package inventory_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/inventory"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

var today = license.MustDate("2026-06-30")

// salesforce is 200 seats at 25 dollars a month, 180 of them used.
func salesforce() inventory.Pool {
	return inventory.Pool{
		ID: inventory.MustPoolID("100-1"),
		Manual: inventory.Layer{Kind: inventory.UserLicense, Name: "Salesforce", Key: "SALESFORCE",
			Purchased: inventory.MustCount(200), Used: inventory.MustCount(180)},
		Contract: inventory.Contract{Amount: money.Must("5000.00 USD"), Frequency: inventory.Monthly,
			Term: inventory.Term{First: license.MustDate("2025-12-12"), Last: license.MustDate("2026-12-12")}},
	}
}

func crmUser() inventory.Pool {
	return inventory.Pool{
		ID: inventory.MustPoolID("0PL-1"),
		Manual: inventory.Layer{Kind: inventory.PermissionSetLicense, Name: "CRM User", Key: "CRM_USER",
			Purchased: inventory.MustCount(25), Used: inventory.MustCount(31)},
		Contract: inventory.Contract{Amount: money.Must("900.00 EUR"), Frequency: inventory.Quarterly,
			Term: inventory.Term{First: license.MustDate("2026-04-01")}},
	}
}

// What does it cost, and how much of that for nothing?
func Example() {
	pools := []inventory.Pool{salesforce(), crmUser()}
	spending, err := inventory.AnnualSpend(slices.Values(pools), today, inventory.SpreadOverTerm)
	fmt.Println(spending.PerYear, err)

	waste, err := pools[0].Waste(12, today, inventory.SpreadOverTerm)
	fmt.Println(waste.Unassigned, "unassigned,", waste.Idle, "idle:", waste.PerYear, err)

	saving, err := pools[0].Saving(20, today, inventory.SpreadOverTerm)
	fmt.Println("20 seats fewer save", saving, err)
	// Output:
	// 3600.00 EUR, 60000.00 USD <nil>
	// 20 unassigned, 12 idle: 9600.00 USD <nil>
	// 20 seats fewer save 6000.00 USD <nil>
}

// The two layers and the switch.
func ExamplePool() {
	pool := salesforce()
	pool, err := pool.Discover(inventory.Layer{Kind: inventory.UserLicense, Name: "Salesforce", Key: "SALESFORCE",
		Purchased: inventory.MustCount(190), Used: inventory.MustCount(185)}, today)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("off:", pool.Remaining())
	pool = pool.Switch(true)
	fmt.Println("on: ", pool.Remaining())

	edited := pool.Manual
	edited.Purchased = inventory.MustCount(250)
	_, err = pool.Edit(edited)
	fmt.Println(err)
	fmt.Println("off:", pool.Switch(false).Remaining())
	// Output:
	// off: 20
	// on:  5
	// inventory: pool "100-1": purchased is read-only while discovery is on
	// off: 20
}

func ExampleNewDiscovered() {
	pool, err := inventory.NewDiscovered(inventory.MustPoolID("1007"),
		inventory.Layer{Kind: inventory.FeatureLicense, Name: "Flow User", Used: inventory.MustCount(4)}, today)
	fmt.Println(pool.Contract.Term.First, pool.Contract.Term.IsOpen(), err)

	// No source tells how many of a feature were purchased: it is entered by hand.
	pool, err = pool.Edit(inventory.Layer{Purchased: inventory.MustCount(30)})
	fmt.Println(pool.Remaining(), err)
	// Output:
	// 2026-06-30 true <nil>
	// 26 <nil>
}

func ExampleLayer() {
	l := crmUser().Manual
	fmt.Println(l.Remaining(), l.OverAllocated())
	// Output: -6 true
}

func ExampleCount() {
	var unknown inventory.Count
	used := inventory.MustCount(3)
	fmt.Printf("%q %q %q\n", inventory.MustCount(2).Minus(used), inventory.Unlimited().Minus(used), unknown.Minus(used))
	// Output: "-1" "unlimited" ""
}

func ExamplePoolID() {
	short, err := inventory.ParsePoolID("1003k00000C000z")
	fmt.Println(short, short == inventory.MustPoolID("1003k00000C000zAAB"), err)
	// Output: 1003k00000C000zAAB true <nil>
}

func ExampleKind() {
	kind, err := inventory.ParseKind("Permission Set License")
	fmt.Println(kind == inventory.PermissionSetLicense, err)
	// Output: true <nil>
}

func ExampleAudit() {
	console := []inventory.Line{
		{Pool: inventory.MustPoolID("100-1"), Purchased: inventory.MustCount(200), Used: inventory.MustCount(182), Remaining: inventory.MustCount(18)},
		{Pool: inventory.MustPoolID("100-2"), Purchased: inventory.MustCount(5), Used: inventory.MustCount(1), Remaining: inventory.MustCount(5)},
	}
	pools := []inventory.Pool{salesforce(), crmUser()}
	lines, err := inventory.Audit(inventory.Lines(slices.Values(pools)), slices.Values(console))
	for _, l := range lines {
		fmt.Printf("%s %s; totals %s, used %s, remaining %s, inconsistent %t\n", l.Pool, l.Finding, l.Purchased, l.Used, l.Remaining, l.Inconsistent)
	}
	fmt.Println(err)
	// Output:
	// 0PL-1 only here; totals none, used none, remaining none, inconsistent false
	// 100-1 differs; totals agrees, used differs, remaining differs, inconsistent false
	// 100-2 only there; totals none, used none, remaining none, inconsistent true
	// <nil>
}

func ExampleCheckReactivation() {
	err := inventory.CheckReactivation(today, salesforce(), crmUser())
	fmt.Println(err)
	var refused *inventory.ReactivationError
	if errors.As(err, &refused) {
		for _, b := range refused.Blocked {
			fmt.Println(b.Pool.ID, b.Obstacle)
		}
	}
	// Output:
	// inventory: no seat for the user: "CRM User" (0PL-1) is exhausted, 31 of 25 used
	// 0PL-1 exhausted
}

func ExampleThresholds() {
	at, err := inventory.NewThresholds(8000, 9500)
	if err != nil {
		fmt.Println(err)
		return
	}
	look := func(used int) inventory.Layer {
		return inventory.Layer{Purchased: inventory.MustCount(100), Used: inventory.MustCount(used)}
	}
	for _, c := range at.Crossed(look(79), look(101)) {
		fmt.Println(c.BasisPoints, c.OverAllocated, c.Up)
	}
	fmt.Println(len(at.Crossed(look(101), look(105))))
	// Output:
	// 8000 false true
	// 9500 false true
	// 0 true true
	// 0
}

func ExampleCheckRoles() {
	crm := inventory.MustPoolID("0PL-1")
	ada, ben, cleo := seats.MustUserID("ada"), seats.MustUserID("ben"), seats.MustUserID("cleo")
	report := inventory.CheckRoles(
		[]inventory.RoleRule{{Role: "Sales", Pool: crm}},
		slices.Values([]inventory.Person{{User: ada, Roles: []string{"Sales"}}, {User: ben, Roles: []string{"Sales"}}, {User: cleo, Roles: []string{"Finance"}}}),
		slices.Values([]inventory.Holding{{Pool: crm, User: ada}, {Pool: crm, User: cleo}}))
	fmt.Println("missing:", report.Missing[0].User, "surplus:", report.Surplus[0].User, "correct:", report.Correct)
	demand := report.Demand(crmUser())
	fmt.Println("remaining afterwards:", demand.After)
	// Output:
	// missing: ben surplus: cleo correct: 1
	// remaining afterwards: -6
}

// Who left, and which seats does that free?
func ExampleDiffPeople() {
	ada, ben, cleo := seats.MustUserID("ada"), seats.MustUserID("ben"), seats.MustUserID("cleo")
	known := []inventory.Person{{User: ada, Roles: []string{"Sales"}}, {User: ben}}
	listed := []inventory.Person{{User: ada, Roles: []string{"Finance"}}, {User: ben, Left: true}, {User: cleo}}
	changes, err := inventory.DiffPeople(slices.Values(known), slices.Values(listed), 5)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("joined:", changes.Joiners[0].User, "left:", changes.Leavers[0].User, "moved:", changes.Movers[0])
	held := []inventory.Holding{{Pool: inventory.MustPoolID("0PL-1"), User: ben}, {Pool: inventory.MustPoolID("0PL-1"), User: ada}}
	fmt.Println("to free:", changes.Deprovision(slices.Values(held)))

	// A list that was cut off.
	_, err = inventory.DiffPeople(slices.Values(known), slices.Values(listed[:0]), 1)
	fmt.Println(err)
	// Output:
	// joined: cleo left: ben moved: {ada [Sales] [Finance]}
	// to free: [{0PL-1 ben}]
	// inventory: 2 of 2 people would leave, at most 1 are allowed to; is the list complete?
}

func ExampleCountLogins() {
	ada := seats.MustUserID("ada")
	morning := time.Date(2026, 6, 30, 8, 0, 0, 0, time.UTC)
	logins := []inventory.Login{{User: ada, At: morning}, {User: ada, At: morning.Add(time.Hour)}, {User: ada, At: morning.AddDate(0, 0, 1)}}
	months, err := inventory.CountLogins(inventory.OncePerDay, license.UTC, inventory.MustCount(100), slices.Values(logins))
	for _, m := range months {
		fmt.Println(m.Month, m.Used, "used,", m.Remaining(), "remaining")
	}
	fmt.Println(err)
	// Output:
	// 2026-06 1 used, 99 remaining
	// 2026-07 1 used, 99 remaining
	// <nil>
}

func ExampleGroupBySKU() {
	suite := inventory.SKU{Name: "Sales Suite", Pools: []inventory.PoolID{salesforce().ID, crmUser().ID}}
	reports, rest, err := inventory.GroupBySKU([]inventory.SKU{suite}, slices.Values([]inventory.Pool{salesforce(), crmUser()}))
	fmt.Println(reports[0].Purchased, reports[0].Used, reports[0].Remaining(), len(rest), err)
	// Output: 225 211 14 0 <nil>
}

// Use over time, its peak, and what is owed for a quarter.
func ExampleUtilisation() {
	at := func(day string) time.Time { return license.MustDate(day).Start().Add(9 * time.Hour) }
	ledger, err := inventory.LedgerOf(slices.Values([]seats.Assignment{
		{User: seats.MustUserID("ada"), AssignedAt: at("2026-06-01")},
		{User: seats.MustUserID("ben"), AssignedAt: at("2026-06-02"), RevokedAt: at("2026-06-02").Add(time.Hour)},
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	bought := []inventory.Quantity{{From: license.MustDate("2026-01-01"), Purchased: 1}}
	june := inventory.Term{First: license.MustDate("2026-06-01"), Last: license.MustDate("2026-06-03")}
	days, err := inventory.Utilisation(ledger, bought, june, license.UTC)
	for _, d := range days {
		fmt.Println(d.Day, d.Used, d.Peak)
	}
	due, err := inventory.TrueUp(ledger, bought, june, license.UTC)
	fmt.Println("owed:", due.Owed, "for the peak of", due.Peak, err)
	// Output:
	// 2026-06-01 1 1
	// 2026-06-02 1 2
	// 2026-06-03 1 1
	// owed: 1 for the peak of 2 <nil>
}

func ExampleForecastExhaustion() {
	var figures []inventory.Usage
	for i, used := range []int{170, 172, 174, 177, 180} {
		figures = append(figures, inventory.Usage{Day: today.AddDays(7 * (i - 4)), Used: used})
	}
	forecast, err := inventory.ForecastExhaustion(figures, 200)
	fmt.Println(forecast, err)
	// Output: runs out on 2026-08-25: 180 of 200 used, growing by 0.36 a day (least squares over 5 figures from 2026-06-02 to 2026-06-30) <nil>
}

func ExampleContract_Annual() {
	for _, f := range []inventory.Frequency{inventory.Monthly, inventory.SemiAnnually, inventory.Every18Months, inventory.Triennially} {
		c := inventory.Contract{Amount: money.Must("1000 USD"), Frequency: f, Term: inventory.Term{First: license.MustDate("2026-01-01")}}
		annual, err := c.Annual(today, inventory.SpreadOverTerm)
		fmt.Println(f, annual, err)
	}
	// Output:
	// Monthly 12000.00 USD <nil>
	// Semi-Annually 2000.00 USD <nil>
	// Every 18 Months 666.67 USD <nil>
	// Triennially 333.33 USD <nil>
}

// Pro rata by day: the parts add up to the year's 1000.00.
func ExampleContract_Spend() {
	c := inventory.Contract{Amount: money.Must("1000 USD"), Frequency: inventory.Annually, Term: inventory.Term{First: license.MustDate("2026-01-01")}}
	for _, period := range []inventory.Term{
		{First: license.MustDate("2026-01-01"), Last: license.MustDate("2026-04-30")},
		{First: license.MustDate("2026-05-01"), Last: license.MustDate("2026-08-31")},
		{First: license.MustDate("2026-09-01"), Last: license.MustDate("2026-12-31")},
	} {
		spend, err := c.Spend(period, inventory.SpreadOverTerm)
		fmt.Println(period, spend, err)
	}
	// Output:
	// 2026-01-01/2026-04-30 328.76 USD <nil>
	// 2026-05-01/2026-08-31 336.99 USD <nil>
	// 2026-09-01/2026-12-31 334.25 USD <nil>
}

func ExampleContract_Payments() {
	c := inventory.Contract{Amount: money.Must("49.99 USD"), Frequency: inventory.Monthly, Term: inventory.Term{First: license.MustDate("2024-01-31")}}
	for p := range c.Payments(inventory.Term{First: license.MustDate("2024-02-01"), Last: license.MustDate("2024-04-30")}) {
		fmt.Println(p.Due, p.Amount, "for", p.For)
	}
	// Output:
	// 2024-02-29 49.99 USD for 2024-02-29/2024-03-30
	// 2024-03-31 49.99 USD for 2024-03-31/2024-04-29
	// 2024-04-30 49.99 USD for 2024-04-30/2024-05-30
}

func ExampleOncePolicy() {
	c := inventory.Contract{Amount: money.Must("40000 GBP"), Frequency: inventory.Once,
		Term: inventory.Term{First: license.MustDate("2023-09-26"), Last: license.MustDate("2027-09-25")}}
	for _, policy := range []inventory.OncePolicy{inventory.SpreadOverTerm, inventory.WholeInFirstYear} {
		annual, err := c.Annual(today, policy)
		fmt.Println(policy, annual, err)
	}
	// Output:
	// spread over term 10000.00 GBP <nil>
	// whole in first year 0.00 GBP <nil>
}

func ExampleSpendByMonth() {
	months, err := inventory.SpendByMonth(slices.Values([]inventory.Pool{salesforce(), crmUser()}),
		inventory.Term{First: license.MustDate("2026-05-01"), Last: license.MustDate("2026-06-30")}, inventory.SpreadOverTerm)
	for _, m := range months {
		fmt.Println(m.Month, m.Spend)
	}
	fmt.Println(err)
	// Output:
	// 2026-05 306.59 EUR, 5059.14 USD
	// 2026-06 296.71 EUR, 4940.86 USD
	// <nil>
}

func ExampleRenewals() {
	year := inventory.Term{First: license.MustDate("2026-01-01"), Last: license.MustDate("2026-12-31")}
	renewals, err := inventory.Renewals(slices.Values([]inventory.Pool{salesforce(), crmUser()}), year, 60, inventory.SpreadOverTerm)
	for _, r := range renewals {
		fmt.Println(r.Month(), r.Pool.Current().Name, "ends", r.LastDay, "decide by", r.DecideBy, r.PerYear)
	}
	fmt.Println(err)
	// Output:
	// 2026-12 Salesforce ends 2026-12-12 decide by 2026-10-13 60000.00 USD
	// <nil>
}
