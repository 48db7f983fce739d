package storetest

import (
	"fmt"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// odd is text that a careless store mangles.
const odd = "Ålesund \"O'Hara\", Ltd.\r\n=1+1 — 東京 🚀 %s \\ e\u0301"

func sampleRegistration() lifecycle.Registration {
	return lifecycle.Registration{
		Package: pkgversion.Package{
			ID: pkgversion.MustPackageID("0333k00000RbkdxAAB"), RecordID: pkgversion.MustRecordID("a023k00000N0018AAB"),
			Name: odd, Namespace: "ns", Developer: "Packaging", DeveloperOrg: pkgversion.MustOrgID("00D3k000008OzZsEAK"),
		},
		Defaults:    license.Defaults{Status: license.Trial, Days: 30, Seats: license.MustSeats(5)},
		Policy:      license.Policy{GraceDays: 7},
		Overage:     seats.Overage{BasisPoints: 1250, Extra: 3},
		TrialAgain:  true,
		FreeSeats:   true,
		LeadManager: lead.MustOwnerID("0053k0000060026AAA"),
		LastRefresh: license.MustDate("2026-06-27"), RegisteredAt: day, ReleasedAt: day.Add(time.Hour), ChangedAt: day.Add(time.Microsecond), Revision: 1,
	}
}

func sampleVersion() pkgversion.PackageVersion {
	return pkgversion.PackageVersion{
		ID: pkgversion.MustVersionID("04t3k00000gFqs6AAC"), RecordID: pkgversion.MustRecordID("a033k00000P000BAAR"),
		Package: pkgversion.MustPackageID("0333k00000RbkdxAAB"), Version: pkgversion.NewVersion(4_294_967_295, 10, 0, 7).Beta(2),
		Name: odd, Sequence: 12, ReleasedAt: day,
	}
}

func sampleParameter() license.Parameter {
	return license.Parameter{
		Package: sampleRegistration().Package.ID, Name: license.MustParameterName("MaxRockets"), Type: license.Integer,
		Direction: license.ToSubscriber, Default: integer(3), Revision: 1,
	}
}

func sampleValue() license.ParameterValue {
	return license.ParameterValue{
		License: 8, Name: license.MustParameterName("MaxRockets"), Set: integer(-license.MaxInteger), SetAt: day,
		Reported: integer(12), ReportedAt: day.Add(time.Hour), DifferSince: day.Add(time.Minute), Revision: 1,
	}
}

func integer(n int) license.Value {
	v, err := license.IntegerValue(n)
	if err != nil {
		panic(err) // a literal of this package
	}
	return v
}

func sampleOrg() license.Org {
	return license.Org{
		ID: pkgversion.MustOrgID("00D2X000000Txd2UAC"), Name: odd, Sandbox: true, Production: pkgversion.MustOrgID("00D3k000008OzZsEAK"),
		Status: "ACTIVE", Edition: "Enterprise Edition", Instance: "CS42", TrialEnds: "2026-08-01", AsOf: day, Revision: 1,
	}
}

func sampleFact(n int) lifecycle.Fact {
	return lifecycle.Fact{
		Installation: installation(1), Kind: lifecycle.FactVersion, At: day.Add(time.Duration(n) * time.Hour),
		Org: sampleOrg().ID, Package: sampleRegistration().Package.ID,
		Version: sampleVersion().ID, Number: sampleVersion().Version,
	}
}

func installation(n int) license.InstallationID {
	return license.MustInstallationID(fmt.Sprintf("installation-%d", n))
}

func user(n int) seats.UserID { return seats.MustUserID(fmt.Sprintf("user-%05d", n)) }

// plainLicense is a valid license with few fields set.
func plainLicense(id license.ID) license.License {
	return license.License{
		ID: id, Installation: installation(int(id)), Org: pkgversion.MustOrgID("org"), Package: pkgversion.MustPackageID("package"),
		Version: pkgversion.MustVersionID("version"), Number: pkgversion.MustVersion("1.0"),
		Terms:       license.Terms{Status: license.Active, Seats: license.MustSeats(3), Expiration: license.Never()},
		InstalledAt: day, UpgradedAt: day, Revision: 1, ChangedAt: day,
	}
}

// fullLicense has every field set.
func fullLicense(id license.ID) license.License {
	return license.License{
		ID: id, RecordID: pkgversion.MustRecordID("a043k000007000oAAA"), Installation: installation(int(id)), Previous: 7, Production: 5,
		Org: sampleOrg().ID, Sandbox: true, Package: sampleRegistration().Package.ID,
		Version: sampleVersion().ID, Number: sampleVersion().Version, PermissionSet: odd,
		Terms:     license.Terms{Status: license.Trial, Seats: license.MustSeats(99_000_000), Expiration: license.LastDay(license.MustDate("2026-07-30"))},
		TermsAsOf: day.Add(5 * time.Hour), AsInstalled: true, OnceActive: true, TrialStart: license.MustDate("2026-06-30"), Zone: license.MustZone("America/Santiago"),
		InstalledAt: day, UpgradedAt: day.Add(time.Hour), UninstalledAt: day.Add(2 * time.Hour), RetiredAt: day.Add(6 * time.Hour),
		Lead: lead.MustID("00Q3k000009000uEAA"), LeadName: odd, Contact: lead.MustContactID("0033k00000F000XAAR"),
		Account:  lead.MustAccountID("0013k00000c000MAAQ"),
		Observed: fullSides(id).Observed, Type: "Editable",
		Revision: 1, ChangedAt: day.Add(4 * time.Hour),
	}
}

// fullSides has every field set.
func fullSides(id license.ID) lifecycle.Sides {
	return lifecycle.Sides{
		License: id,
		Observed: license.Observed{Status: odd, Seats: license.MustSeats(3), HasSeats: true, Expiration: license.LastDay(license.MustDate("2026-08-30")),
			Used: 12, HasUsed: true, AsOf: day.Add(3 * time.Hour)},
		StatusSince: day, SeatsSince: day.Add(time.Hour), ExpirationSince: day.Add(2 * time.Hour), UsedSince: day.Add(3 * time.Hour),
		Wanted: 4, Confirmed: 2, Tries: 3, DueAt: day.Add(4 * time.Hour), Revision: 1,
	}
}

func sampleRefresh() lifecycle.Refresh {
	return lifecycle.Refresh{
		Package: sampleRegistration().Package.ID, StartedAt: day, FinishedAt: day.Add(time.Hour), After: installation(4), Listed: true,
		Read: 100, Made: 20, Differing: 3, Unreachable: 2, Failed: 1, Revision: 1,
	}
}

func sampleLeft(n int) lifecycle.Installation {
	return lifecycle.Installation{ID: installation(n), Org: sampleOrg().ID, Package: sampleRegistration().Package.ID}
}

func sampleDifference() license.Difference {
	return license.Difference{Field: license.DriftSeats, Vendor: "5", Subscriber: odd, Since: day}
}

func sampleStanding() lifecycle.Standing {
	return lifecycle.Standing{License: 8, User: user(1), Stage: reclaim.FinalNotice, NoticeAt: day, Revision: 1}
}

func sampleAlert(id license.ID, number int) lifecycle.Alert {
	return lifecycle.Alert{
		ID: lifecycle.MustAlertID(fmt.Sprintf("rule %s/%v/%d", "東京 🚀 %s", id, number)), License: id, Number: number, Rule: "rule " + odd,
		Kind: lifecycle.AlertExpiring, Due: license.MustDate("2026-06-30"), At: day, Late: true, Days: 30, BasisPoints: 8000,
		Last: license.MustDate("2026-07-30"), Used: 12, Seats: license.MaxSeats, Field: license.DriftUsed, User: user(1),
	}
}

func sampleDelivery(a lifecycle.Alert, sink string) lifecycle.Delivery {
	return lifecycle.Delivery{
		Alert: a.ID, Sink: sink, License: a.License, Number: a.Number, State: lifecycle.Pending, Attempts: 3, NextAt: day,
		SettledAt: day.Add(time.Hour), Failure: odd, Revision: 1,
	}
}

func sampleMove() reclaim.Move {
	return reclaim.Move{
		Target: reclaim.Target{License: 8, User: user(1)}, Revision: 4, From: reclaim.FirstWarning, To: reclaim.FinalNotice, Reason: reclaim.FinalDue,
		At: day, Idle: 80, IdleSince: license.MustDate("2026-04-11"), Earliest: license.MustDate("2026-07-10"), AssignedAt: day, LastLogin: day, NoticeAt: day,
	}
}

func samplePerson() lead.Person {
	return lead.Person{
		FirstName: "Jérôme", LastName: odd, Title: "IT Director", Company: "=Acme", Email: "Jerome@Acme.Example", Phone: "+33 1 99 00 41 65",
		Street: "14, rue de Tannery\r\n2e étage", City: "Orléans", State: "Loiret", PostalCode: "45000", Country: "France",
	}
}

func sampleLead() lead.Lead {
	return lead.Lead{
		ID: lead.MustID("00Q3k000009000uEAA"), Person: samplePerson(), Source: lead.PackageInstallation, Status: "Working - Contacted",
		Owner: lead.MustOwnerID("0053k000006003uAAA"), CreatedAt: day, Revision: 1,
		Conversion: lead.Conversion{Contact: lead.MustContactID("0033k00000F000XAAR"), Account: lead.MustAccountID("0013k00000c000MAAQ"), At: day.Add(time.Hour)},
	}
}

func samplePendingLead() lifecycle.PendingLead {
	return lifecycle.PendingLead{License: 8, Person: samplePerson(), Since: day, Revision: 1}
}

func sampleContact() lead.Contact {
	return lead.Contact{
		ID: lead.MustContactID("0033k00000F000XAAR"), Account: lead.MustAccountID("0013k00000c000MAAQ"), Person: samplePerson(),
		Owner: lead.MustOwnerID("0053k000006003uAAA"), CreatedAt: day,
	}
}

func sampleAccount() lead.Account {
	return lead.Account{
		ID: lead.MustAccountID("0013k00000c000MAAQ"), Name: odd, Type: "Customer", Website: "https://acme.example", Phone: "1", Street: "2\n3",
		City: "4", State: "5", PostalCode: "6", Country: "7", Owner: lead.MustOwnerID("0053k000006003uAAA"), CreatedAt: day,
	}
}

func sampleOwner() lead.Owner {
	return lead.Owner{ID: lead.MustOwnerID("0053k000006003uAAA"), Name: odd, Email: "owner@vendor.example", Active: true, CannotRead: true}
}

// event returns an event with the given change, as a command would append it.
func event(c lifecycle.Change) lifecycle.Append {
	return lifecycle.Append{Event: lifecycle.Event{Stream: lifecycle.StreamOf(c), At: day, Actor: lifecycle.MustActorID("somebody"), Why: odd, Change: c}}
}

// everyChange has one of each kind of change, every field set.
func everyChange() []lifecycle.Change {
	return []lifecycle.Change{
		lifecycle.PackageChanged{Before: sampleRegistration(), After: sampleRegistration()},
		lifecycle.VersionPublished{Version: sampleVersion()},
		lifecycle.ParameterDefined{After: sampleParameter()},
		lifecycle.ParameterChanged{Before: sampleValue(), After: sampleValue()},
		lifecycle.OrgSeen{After: sampleOrg()},
		lifecycle.Told{Org: sampleOrg().ID, Notice: lifecycle.MustNotificationID("n-1"), Fingerprint: "abc", Facts: []lifecycle.Fact{sampleFact(1), sampleFact(2)}},
		lifecycle.Told{Org: sampleOrg().ID, Notice: lifecycle.MustNotificationID("n-2"), Fingerprint: "def"},
		lifecycle.LicenseChanged{What: lifecycle.LicenseInstalled, After: fullLicense(8)},
		lifecycle.SidesChanged{Before: fullSides(8), After: fullSides(8)},
		lifecycle.DriftFound{License: 8, Difference: sampleDifference()},
		lifecycle.DriftEnded{License: 8, Field: license.DriftUsed, Since: day},
		lifecycle.RefreshAdvanced{Before: sampleRefresh(), After: sampleRefresh(), Left: []lifecycle.Installation{sampleLeft(1)}, Done: []lifecycle.Installation{sampleLeft(2)}},
		lifecycle.SeatsAssigned{License: 8, Users: []seats.UserID{user(1), user(2)}, At: day, By: odd},
		lifecycle.SeatsRevoked{License: 8, Users: []seats.UserID{user(2)}, At: day, By: odd},
		lifecycle.StageMoved{Move: sampleMove(), After: sampleStanding()},
		lifecycle.AlertRaised{Alert: sampleAlert(8, 1)},
		lifecycle.LeadChanged{After: sampleLead(), Keys: []string{"key", odd}},
		lifecycle.LeadPended{Pending: samplePendingLead()},
		lifecycle.LeadSettled{License: 8},
		lifecycle.ContactSaved{Contact: sampleContact(), Keys: []string{"key"}},
		lifecycle.AccountSaved{Account: sampleAccount()},
		lifecycle.OwnerSaved{Owner: sampleOwner()},
		lifecycle.Warned{License: 8, What: odd, Remedy: odd},
		lifecycle.Warned{Package: sampleRegistration().Package.ID, What: odd, Remedy: odd},
		lifecycle.InstallationAborted{Org: sampleOrg().ID, Package: sampleRegistration().Package.ID, Reason: odd, At: day},
		lifecycle.ClockConfirmed{At: day},
		lifecycle.Retained{Since: day, Through: 7, Removed: 3},
	}
}
