package license_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// acme is a license as a store returns it: ten seats until the end of June.
var acme = license.License{
	ID:           1,
	Installation: license.MustInstallationID("0502X000000Txd2"),
	Org:          pkgversion.MustOrgID("00D2X000000Txd2"),
	InstalledAt:  time.Date(2026, 1, 15, 9, 30, 0, 0, time.UTC),
	Terms: license.Terms{
		Status:     license.Active,
		Seats:      license.MustSeats(10),
		Expiration: license.LastDay(license.MustDate("2026-06-30")),
	},
	OnceActive: true,
	Holders:    8,
	Revision:   4,
}

func ExampleLicense() {
	used, _ := acme.Used()
	remaining, _ := acme.Remaining()
	fmt.Println(acme.ID, "installed on", acme.InstallDate())
	fmt.Println(used, "used,", remaining, "remaining")
	fmt.Println(acme.DisplayedStatus(time.Date(2026, 6, 30, 23, 59, 0, 0, time.UTC)))
	fmt.Println(acme.DisplayedStatus(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)))
	// Output:
	// L-00001 installed on 2026-01-15
	// 8 used, 2 remaining
	// Active
	// Expired
}

func ExampleLicense_Check() {
	now := time.Date(2026, 6, 30, 17, 0, 0, 0, time.UTC)
	for _, seat := range []license.Seat{license.HoldsSeat, license.NoSeat} {
		d := acme.Check(license.Policy{}, seat, now)
		fmt.Println(d.Licensed(), "-", d)
	}
	// Output:
	// true - licensed
	// false - not licensed: no seat
}

func ExampleLicense_Modify() {
	today := license.MustDate("2026-06-01")
	terms := acme.Terms
	terms.Seats = license.MustSeats(25)
	terms.Expiration = license.Never()

	changed, err := acme.Modify(license.Change{Terms: terms, Revision: acme.Revision}, license.Rules{}, today)
	fmt.Println(changed.Terms.Seats, "seats,", changed.Terms.Expiration, err)

	terms.Status = license.Trial
	_, err = acme.Modify(license.Change{Terms: terms, Revision: acme.Revision}, license.Rules{}, today)
	fmt.Println(err)
	// Output:
	// 25 seats, does not expire <nil>
	// license: L-00001: status cannot go from Active to Trial: a license that was active can never be a trial again
}

func ExampleDecision() {
	d := acme.Check(license.Policy{}, license.HoldsSeat, time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC))
	if d.Licensed() {
		fmt.Println("welcome, and ask again at", d.Until.Format(time.DateTime))
	}

	// The zero Decision is a no.
	fmt.Println(license.Decision{})
	// Output:
	// welcome, and ask again at 2026-07-01 00:00:00
	// not licensed: unknown license
}

func ExampleReason() {
	l := acme
	l.Terms.Status = license.Suspended
	switch d := l.Check(license.Policy{}, license.HoldsSeat, acme.InstalledAt); d.Reason {
	case license.DeniedSuspended:
		fmt.Println("Your vendor has suspended this package.")
	case license.DeniedExpired:
		fmt.Println("Your license has expired.")
	}
	// Output: Your vendor has suspended this package.
}

func ExampleCauses() {
	l := acme
	l.Terms.Status = license.Suspended
	d := l.Check(license.Policy{}, license.NoSeat, time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	for reason := range d.Causes.All() {
		fmt.Println(reason)
	}
	fmt.Println(d.Causes.Has(license.DeniedUninstalled))
	// Output:
	// suspended
	// expired
	// no seat
	// false
}

func ExampleRemedy() {
	for _, remedy := range license.DeniedNoSeat.Remedies() {
		fmt.Printf("%s: %s\n", remedy.By, remedy.What)
	}
	// Output:
	// subscriber admin: assign a seat to the user; if none remains, revoke one first
	// vendor: license more seats
}

func ExampleSide() {
	// What the vendor's own people should see of a refusal.
	d := acme.Check(license.Policy{}, license.NoSeat, time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	for reason := range d.Causes.All() {
		for _, remedy := range reason.Remedies() {
			if remedy.By == license.VendorSide {
				fmt.Printf("%v: %s\n", reason, remedy.What)
			}
		}
	}
	// Output:
	// expired: set a later last day, or that the license does not expire
	// no seat: license more seats
}

func ExampleSeat() {
	holders := map[string]bool{"ada": true}
	for _, user := range []string{"ada", "bob"} {
		d := acme.Check(license.Policy{}, license.Seat(holders[user]), acme.InstalledAt)
		fmt.Println(user, d.Licensed())
	}
	// Output:
	// ada true
	// bob false
}

func ExamplePolicy() {
	threeDaysLate := time.Date(2026, 7, 3, 12, 0, 0, 0, time.UTC)
	fmt.Println(acme.Check(license.Policy{}, license.HoldsSeat, threeDaysLate))
	fmt.Println(acme.Check(license.Policy{GraceDays: 7}, license.HoldsSeat, threeDaysLate))
	// Output:
	// not licensed: expired
	// licensed, in grace
}

func ExampleTerms() {
	terms := license.Terms{
		Status:     license.Trial,
		Seats:      license.Site(),
		Expiration: license.LastDay(license.MustDate("2026-02-14")),
	}
	text, err := json.Marshal(terms)
	fmt.Println(string(text), err)
	// Output: {"Status":"Trial","Seats":"site","Expiration":"2026-02-14"} <nil>
}

func ExampleStatus() {
	status, err := license.ParseStatus("Suspended")
	fmt.Println(status, err)

	// Expired is shown, never stored.
	_, err = license.ParseStatus("Expired")
	fmt.Println(err)
	// Output:
	// Suspended <nil>
	// license: status "Expired": is Trial, Active, Suspended or Uninstalled
}

func ExampleSeats() {
	seats := license.MustSeats(25)
	n, counted := seats.Count()
	fmt.Println(seats, n, counted)

	fmt.Println(license.Site(), license.Site().IsSite())

	_, err := license.NewSeats(-1)
	fmt.Println(err)
	// Output:
	// 25 25 true
	// site true
	// license: seats "-1": a count of seats is 0 to 99000000
}

func ExampleExpiration() {
	june := license.LastDay(license.MustDate("2026-06-30"))
	if last, ok := june.LastDay(); ok {
		fmt.Println("access ends with", last)
	}
	fmt.Println(license.Never())
	// Output:
	// access ends with 2026-06-30
	// does not expire
}

func ExampleDate() {
	installed := license.MustDate("2026-01-15")
	fmt.Println(installed.AddDays(90))
	fmt.Println(license.MustDate("2026-04-15").Sub(installed), "days")

	_, err := license.ParseDate("2026-02-29")
	fmt.Println(err)
	// Output:
	// 2026-04-15
	// 90 days
	// license: date "2026-02-29": must be a day of the calendar, in the years 1 to 9999
}

func ExampleZone() {
	// In Santiago clocks go forward at midnight: 7 September 2025 begins at 01:00.
	santiago := license.MustZone("America/Santiago")
	end := santiago.EndOf(license.MustDate("2025-09-06"))
	fmt.Println(end)
	fmt.Println(end.In(santiago.Location()))
	fmt.Println(santiago.DateOf(end.Add(-time.Nanosecond)), santiago.DateOf(end))
	// Output:
	// 2025-09-07 04:00:00 +0000 UTC
	// 2025-09-07 01:00:00 -0300 -03
	// 2025-09-06 2025-09-07
}

func ExampleID() {
	id, err := license.ParseID("L-00042")
	fmt.Println(id, int64(id), err)
	// Output: L-00042 42 <nil>
}

func ExampleInstallationID() {
	// The same id in the 15 characters of an export and the 18 of an API.
	exported := license.MustInstallationID("0502X000000Txd2")
	queried := license.MustInstallationID("0502X000000Txd2QAC")
	fmt.Println(exported, exported == queried)
	// Output: 0502X000000Txd2QAC true
}

// What the subscriber org has, and what it has otherwise than the vendor.
func ExampleDifference() {
	l := acme
	l.Observed = license.Observed{Status: license.SubscriberExpired, Seats: license.MustSeats(12), HasSeats: true,
		AsOf: time.Date(2026, 5, 1, 3, 0, 0, 0, time.UTC)}
	var all []license.Difference = l.Differences()
	for _, d := range all {
		var field license.DriftField = d.Field
		fmt.Println(field, "- vendor:", d.Vendor, "- subscriber:", d.Subscriber)
	}
	var shown license.SubscriberStatus = "EXPIRED"
	fmt.Println(shown.Is(license.SubscriberExpired))
	// Output:
	// status - vendor: Active - subscriber: Expired
	// seats - vendor: 10 - subscriber: 12
	// true
}

// Of several licenses of one org and package one counts, and the rule says why.
func ExampleChoice() {
	older := acme
	newer := acme
	newer.ID, newer.InstalledAt = 2, acme.InstalledAt.AddDate(0, 1, 0)
	var c license.Choice = license.Choose([]license.License{older, newer}, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	var rule license.PrimaryRule = c.Rule
	fmt.Printf("%v of %d: %v\n", c.License.ID, c.Of, rule)
	// Output: L-00002 of 2: the newest install date
}

func ExampleObserved() {
	l := acme
	l.Observed = license.Observed{Used: 9, HasUsed: true, AsOf: time.Date(2026, 5, 1, 3, 0, 0, 0, time.UTC)}
	if used, ok := l.Used(); ok && l.Observed.HasUsed && l.Observed.Used != used {
		fmt.Printf("%v: %d seats assigned here, %d seen in the org on %s\n",
			l.ID, used, l.Observed.Used, license.DateOf(l.Observed.AsOf))
	}
	// Output: L-00001: 8 seats assigned here, 9 seen in the org on 2026-05-01
}

func ExampleChange() {
	read := acme

	// Somebody else suspends the license meanwhile.
	current := acme
	current.Terms.Status = license.Suspended
	current.Revision++

	terms := read.Terms
	terms.Seats = license.MustSeats(25)
	_, err := current.Modify(license.Change{Terms: terms, Revision: read.Revision}, license.Rules{}, license.MustDate("2026-06-01"))
	fmt.Println(err)
	// Output: license: L-00001: was changed since it was read: revision 4 is now 5
}

func ExampleRules() {
	trial := license.License{
		ID:          2,
		InstalledAt: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC),
		Terms:       license.Terms{Status: license.Trial, Expiration: license.LastDay(license.MustDate("2026-06-30"))},
	}
	suspend := license.Change{Terms: trial.Terms}
	suspend.Terms.Status = license.Suspended
	today := license.MustDate("2026-06-10")

	suspended, err := trial.Modify(suspend, license.Rules{}, today)
	fmt.Println(suspended.Terms.Status, err)

	_, err = trial.Modify(suspend, license.Rules{Transitions: license.RecordTypeTransitions}, today)
	fmt.Println(err)
	// Output:
	// Suspended <nil>
	// license: L-00002: status cannot go from Trial to Suspended: the table of transitions does not allow it
}

func ExampleTransitions() {
	// A vendor who never suspends.
	table := license.GuideTransitions
	for from := range table {
		if from != int(license.Suspended) {
			table[from][license.Suspended] = license.NeverMove
		}
	}
	terms := acme.Terms
	terms.Status = license.Suspended
	_, err := acme.Modify(license.Change{Terms: terms, Revision: acme.Revision}, license.Rules{Transitions: table}, license.MustDate("2026-06-01"))
	fmt.Println(err)
	// Output: license: L-00001: status cannot go from Active to Suspended: the table of transitions does not allow it
}

func ExampleMove() {
	// Which statuses an editor offers for a suspended license that was once active.
	for to := license.Trial; to <= license.Uninstalled; to++ {
		if license.GuideTransitions[license.Suspended][to] == license.VendorMove {
			fmt.Println(to)
		}
	}
	// Output:
	// Active
	// Suspended
}

func ExampleDefaults() {
	trial := license.Defaults{Status: license.Trial, Days: 14, Seats: license.MustSeats(5)}
	if err := trial.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	installed := license.MustDate("2026-01-15")
	terms := trial.Terms(installed, installed)
	fmt.Println(terms.Status, terms.Seats, terms.Expiration)

	trial.Days = 91
	fmt.Println(trial.Validate())
	// Output:
	// Trial 5 2026-01-29
	// license: default days "91": a free trial lasts 1 to 90 whole days
}

func ExampleFieldError() {
	_, err := license.NewSeats(100_000_000)
	if refused, ok := errors.AsType[*license.FieldError](err); ok {
		fmt.Printf("%s %s: %s\n", refused.Field, refused.Value, refused.Rule)
	}
	// Output: seats 100000000: a count of seats is 0 to 99000000
}

func ExampleTransitionError() {
	terms := acme.Terms
	terms.Status = license.Uninstalled
	_, err := acme.Modify(license.Change{Terms: terms, Revision: acme.Revision}, license.Rules{}, license.MustDate("2026-06-01"))
	if refused, ok := errors.AsType[*license.TransitionError](err); ok {
		fmt.Println("from", refused.From, "to", refused.To)
		fmt.Println(refused.Rule)
	}
	// Output:
	// from Active to Uninstalled
	// only a notification of the platform does that
}

func ExampleStaleError() {
	terms := acme.Terms
	terms.Seats = license.Site()
	_, err := acme.Modify(license.Change{Terms: terms, Revision: 3}, license.Rules{}, license.MustDate("2026-06-01"))
	if stale, ok := errors.AsType[*license.StaleError](err); ok {
		fmt.Printf("read at revision %d, is now %d: read it again\n", stale.Read, stale.Current)
	}
	// Output: read at revision 3, is now 4: read it again
}

func ExampleOrg() {
	org := license.Org{
		ID:     pkgversion.MustOrgID("00D2X000000Txd2"),
		Name:   "Acme",
		Status: license.OrgLocked,
	}
	if org.Status.Unreachable() {
		fmt.Println(org.Name, "cannot be reached: its license cannot be modified now")
	}
	// Output: Acme cannot be reached: its license cannot be modified now
}

func ExampleOrgStatus() {
	statuses := []license.OrgStatus{"ACTIVE", "Free", "LOCKED", ""}
	fmt.Println(slices.IndexFunc(statuses, license.OrgStatus.Unreachable))
	fmt.Println(statuses[0].Is(license.OrgActive))
	// Output:
	// 2
	// true
}

func ExamplePrimary() {
	sandbox := license.License{ID: 3, Sandbox: true, Terms: license.SandboxTerms()}
	primary, ok := license.Primary([]license.License{sandbox, acme}, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	fmt.Println(primary.ID, ok)
	// Output: L-00001 true
}

func ExampleBest() {
	// A user with a seat in one package of a namespace may use all of them.
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	other := acme
	other.ID = 2
	best := license.Best([]license.Decision{
		other.Check(license.Policy{}, license.NoSeat, now),
		acme.Check(license.Policy{}, license.HoldsSeat, now),
	})
	fmt.Println(best.License, best)
	// Output: L-00001 licensed
}
