package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// A record that is not there is the zero value and no error.
func absentIsZero(s *suite) { expectNothing(s, vendor) }

// expectNothing fails when a reader shows v anything of what the cases write.
func expectNothing(s *suite, v pkgversion.VendorID) {
	s.Helper()
	err := s.store.View(s.Context(), func(ctx context.Context, r lifecycle.Reader) error {
		return errors.Join(
			zero(s, "Package")(r.Package(ctx, v, sampleRegistration().Package.ID)),
			none(s, "Packages")(r.Packages(ctx, v)),
			zero(s, "Version")(r.Version(ctx, v, sampleVersion().ID)),
			none(s, "Versions")(r.Versions(ctx, v, sampleVersion().Package)),
			none(s, "Parameters")(r.Parameters(ctx, v, sampleParameter().Package)),
			none(s, "ParameterValues")(r.ParameterValues(ctx, v, 8)),
			zero(s, "Clock")(r.Clock(ctx, v)),
			zero(s, "License")(r.License(ctx, v, 8)),
			zero(s, "LicenseOf")(r.LicenseOf(ctx, v, installation(8))),
			none(s, "Licenses")(r.Licenses(ctx, v, lifecycle.LicenseQuery{}, 10)),
			none(s, "Licenses of the org")(r.Licenses(ctx, v, lifecycle.LicenseQuery{Org: sampleOrg().ID}, 10)),
			none(s, "Licenses by expiration")(r.Licenses(ctx, v, lifecycle.LicenseQuery{Order: lifecycle.ByExpiration}, 10)),
			zero(s, "Org")(r.Org(ctx, v, sampleOrg().ID)),
			none(s, "Sandboxes")(r.Sandboxes(ctx, v, sampleOrg().Production)),
			zero(s, "Sides")(r.Sides(ctx, v, 8)),
			none(s, "PendingPushes")(r.PendingPushes(ctx, v, day.AddDate(1, 0, 0), 0, 10)),
			none(s, "Drifting")(r.Drifting(ctx, v, 0, 10)),
			zero(s, "Refresh")(r.Refresh(ctx, v, sampleRegistration().Package.ID)),
			none(s, "Left")(r.Left(ctx, v, sampleRegistration().Package.ID, license.InstallationID{}, 10)),
			none(s, "Facts")(r.Facts(ctx, v, installation(1))),
			zero(s, "Fingerprint")(r.Fingerprint(ctx, v, lifecycle.MustNotificationID("n-1"))),
			none(s, "Holding")(r.Holding(ctx, v, 8, []seats.UserID{user(1)})),
			none(s, "Holders")(r.Holders(ctx, v, 8, seats.UserID{}, 10)),
			none(s, "Standings")(r.Standings(ctx, v, 8, []seats.UserID{user(1)})),
			none(s, "SeatHistory")(r.SeatHistory(ctx, v, 8, user(1))),
			zero(s, "Alert")(r.Alert(ctx, v, sampleAlert(8, 1).ID)),
			zero(s, "LastAlert")(r.LastAlert(ctx, v, 8)),
			none(s, "Alerts")(r.Alerts(ctx, v, lifecycle.AlertQuery{}, 10)),
			zero(s, "Delivery")(r.Delivery(ctx, v, sampleAlert(8, 1).ID, odd)),
			none(s, "Deliveries")(r.Deliveries(ctx, v, lifecycle.DeliveryQuery{}, 10)),
			none(s, "Deliveries that are due")(r.Deliveries(ctx, v, lifecycle.DeliveryQuery{DueBy: day.AddDate(1, 0, 0)}, 10)),
			zero(s, "Lead")(r.Lead(ctx, v, sampleLead().ID)),
			zero(s, "Contact")(r.Contact(ctx, v, sampleContact().ID)),
			zero(s, "Account")(r.Account(ctx, v, sampleAccount().ID)),
			zero(s, "Owner")(r.Owner(ctx, v, sampleOwner().ID)),
			zero(s, "PendingLead")(r.PendingLead(ctx, v, 8)),
			none(s, "PendingLeads")(r.PendingLeads(ctx, v, 0, 10)),
			none(s, "Leads")(r.Leads(ctx, v, lifecycle.LeadQuery{}, 10)),
			under(s, "LeadsUnder")(r.LeadsUnder(ctx, v, []string{"key"}, 10)),
			under(s, "ContactsUnder")(r.ContactsUnder(ctx, v, []string{"key"}, 10)),
			zero(s, "FeedEnd")(r.FeedEnd(ctx, v)),
			none(s, "Feed")(r.Feed(ctx, v, 0, 10)),
			zero(s, "Unnumbered")(r.Unnumbered(ctx, v)),
			none(s, "History")(r.History(ctx, v, lifecycle.Stream{Kind: lifecycle.LicenseStream, ID: "L-00008"}, 0, 10)),
			zero(s, "Cursor")(r.Cursor(ctx, v, "consumer")),
			empty(s, "Cursors")(r.Cursors(ctx, v)),
			zero(s, "LastChange")(changeOf(r.LastChange(ctx, v, lifecycle.Stream{Kind: lifecycle.LicenseStream, ID: "L-00008"}, "license changed", day))),
			zero(s, "HoldersAt")(r.HoldersAt(ctx, v, 8, day)),
		)
	})
	if err != nil {
		s.Errorf("View = %v, want no error", err)
	}
}

func zero(s *suite, what string) func(any, error) error {
	return func(got any, err error) error {
		switch got {
		case lifecycle.Registration{}, pkgversion.PackageVersion{}, time.Time{}, license.License{}, license.Org{}, "",
			lifecycle.Alert{}, lifecycle.Delivery{}, lead.Lead{}, lead.Contact{}, lead.Account{}, lead.Owner{}, lifecycle.PendingLead{}, lifecycle.Sides{}, lifecycle.Refresh{}, false, 0, int64(0):
		default:
			s.Errorf("%s = %v, want the zero value", what, got)
		}
		return err
	}
}

// changeOf returns how many changes an event has, 0 for the zero Event.
func changeOf(e lifecycle.Event, err error) (int, error) {
	if e.Change == nil {
		return 0, err
	}
	return 1, err
}

func empty(s *suite, what string) func(map[string]int64, error) error {
	return func(got map[string]int64, err error) error {
		if len(got) > 0 {
			s.Errorf("%s = %v, want nothing", what, got)
		}
		return err
	}
}

func none(s *suite, what string) func(any, error) error {
	return func(got any, err error) error {
		if text := fmt.Sprint(got); text != "[]" {
			s.Errorf("%s = %s, want nothing", what, text)
		}
		return err
	}
}

func under(s *suite, what string) func(any, int, error) error {
	return func(got any, n int, err error) error {
		if n != 0 {
			s.Errorf("%s counts %d, want 0", what, n)
		}
		return none(s, what)(got, err)
	}
}

// everything returns effects that write at least one record of every kind.
func everything() []lifecycle.Effect {
	return []lifecycle.Effect{
		lifecycle.PutPackage{Registration: sampleRegistration()},
		lifecycle.PutVersion{Version: sampleVersion()},
		lifecycle.PutParameter{Parameter: sampleParameter()},
		lifecycle.PutOrg{Org: sampleOrg()},
		lifecycle.PutFact{Fact: sampleFact(0)},
		lifecycle.PutFact{Fact: sampleFact(1), Known: 1},
		lifecycle.PutNotice{ID: lifecycle.MustNotificationID("n-1"), Fingerprint: "abc"},
		lifecycle.PutLicense{License: fullLicense(8)},
		lifecycle.PutSides{Sides: fullSides(8)},
		lifecycle.PutRefresh{Refresh: sampleRefresh()},
		lifecycle.PutLeft{Installation: sampleLeft(1)},
		lifecycle.PutLeft{Installation: sampleLeft(2)},
		lifecycle.DropLeft{Installation: sampleLeft(2).ID},
		lifecycle.TakeSeats{License: 8, IfRevision: 1, Users: []seats.UserID{user(1), user(2)}, At: day, By: odd, Limit: 5},
		lifecycle.FreeSeats{License: 8, Users: []seats.UserID{user(2)}, At: day.Add(time.Minute), By: "somebody"},
		lifecycle.ExpectHolders{License: 8, Holders: 1},
		lifecycle.ExpectSeat{License: 8, User: user(1)},
		lifecycle.LockSeats{License: 8},
		lifecycle.PutParameterValue{Value: sampleValue(), IfLicense: 1},
		lifecycle.PutStanding{Standing: sampleStanding()},
		lifecycle.PutAlert{Alert: sampleAlert(8, 1)},
		lifecycle.PutDelivery{Delivery: sampleDelivery(sampleAlert(8, 1), odd)},
		lifecycle.PutLead{Lead: sampleLead(), Keys: []string{"key", odd}},
		lifecycle.PutPendingLead{Pending: samplePendingLead()},
		lifecycle.PutContact{Contact: sampleContact(), Keys: []string{"key"}},
		lifecycle.PutAccount{Account: sampleAccount()},
		lifecycle.PutOwner{Owner: sampleOwner()},
		lifecycle.PutClock{Now: day},
		lifecycle.PutCursor{Name: "consumer", Seq: 3},
		event(lifecycle.LicenseChanged{What: lifecycle.LicenseInstalled, After: fullLicense(8)}),
	}
}

// Update commits everything that was written.
func updateCommitsAll(s *suite) {
	s.mustWrite(everything()...)
	want := fullLicense(8)
	want.Holders = 1
	same(s, "License", s.license(8), want)
	same(s, "Cursor", view(s, func(ctx context.Context, r lifecycle.Reader) (int64, error) { return r.Cursor(ctx, vendor, "consumer") }), 3)
}

// When the function fails nothing is written, and its error is returned.
func updateTakesBackOnError(s *suite) {
	failed := errors.New("failed")
	err := s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
		if err := tx.Write(ctx, vendor, everything()...); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		s.Errorf("Update = %v, want the function's error", err)
	}
	expectNothing(s, vendor)
	s.mustWrite(everything()...)
}

// When the function panics nothing is written, Update panics, and the store goes
// on working.
func updateTakesBackOnPanic(s *suite) {
	func() {
		defer func() {
			if recover() == nil {
				s.Error("Update did not panic")
			}
		}()
		err := s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
			if err := tx.Write(ctx, vendor, everything()...); err != nil {
				return err
			}
			panic("on purpose") // what is tested: a panic in the function takes everything back
		})
		s.Errorf("Update = %v, want a panic", err)
	}()
	expectNothing(s, vendor)
	s.mustWrite(everything()...)
}

// What the function reads includes what it wrote.
func updateReadsItsOwnWrites(s *suite) {
	err := s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
		if err := tx.Write(ctx, vendor, everything()...); err != nil {
			return err
		}
		l, err := tx.License(ctx, vendor, 8)
		if err != nil {
			return err
		}
		if l.Holders != 1 {
			s.Errorf("License within Update has %d holders, want 1", l.Holders)
		}
		holding, err := tx.Holding(ctx, vendor, 8, []seats.UserID{user(1), user(2)})
		if len(holding) != 1 {
			s.Errorf("Holding within Update = %v, want one", holding)
		}
		return err
	})
	if err != nil {
		s.Errorf("Update = %v, want no error", err)
	}
}

// With a context that is over nothing is written.
func cancelledContext(s *suite) {
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	err := s.store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error { return tx.Write(ctx, vendor, everything()...) })
	if !errors.Is(err, context.Canceled) {
		s.Errorf("Update with a cancelled context = %v, want context.Canceled", err)
	}
	if err := s.store.View(ctx, func(context.Context, lifecycle.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		s.Errorf("View with a cancelled context = %v, want context.Canceled", err)
	}
	expectNothing(s, vendor)
}

// ExpectHolders needs the license, and exactly so many holders.
func guardExpectHolders(s *suite) {
	s.mustConflict("no license", lifecycle.ExpectHolders{License: 8})
	s.mustWrite(everything()...)
	s.mustWrite(lifecycle.ExpectHolders{License: 8, Holders: 1})
	s.mustConflict("fewer", lifecycle.ExpectHolders{License: 8, Holders: 2})
	s.mustConflict("more", lifecycle.ExpectHolders{License: 8})
	s.mustConflict("in this Write too", lifecycle.FreeSeats{License: 8, Users: []seats.UserID{user(1)}, At: day},
		lifecycle.ExpectHolders{License: 8, Holders: 1})
}

// ExpectSeat needs the user to hold a seat now: to have held one is not enough.
func guardExpectSeat(s *suite) {
	s.mustConflict("no license", lifecycle.ExpectSeat{License: 8, User: user(1)})
	s.mustWrite(everything()...)
	s.mustWrite(lifecycle.ExpectSeat{License: 8, User: user(1)})
	s.mustConflict("never held", lifecycle.ExpectSeat{License: 8, User: user(5)})
	s.mustConflict("given up", lifecycle.ExpectSeat{License: 8, User: user(2)})
}

// A guard that does not hold leaves nothing of the whole Update.
func failedGuardLeavesNothing(s *suite) {
	effects := append(everything(), lifecycle.PutLicense{License: plainLicense(9), IfRevision: 5})
	s.mustConflict("a license that is absent has no revision 5", effects...)
	expectNothing(s, vendor)
}

func guardPackage(s *suite) {
	r := sampleRegistration()
	s.mustConflict("absent", lifecycle.PutPackage{Registration: r, IfRevision: 1})
	s.mustWrite(lifecycle.PutPackage{Registration: r})
	s.mustConflict("there already", lifecycle.PutPackage{Registration: r})
	r.Revision, r.Package.Name = 2, "other"
	s.mustConflict("another revision", lifecycle.PutPackage{Registration: r, IfRevision: 2})
	s.mustWrite(lifecycle.PutPackage{Registration: r, IfRevision: 1})
	same(s, "Packages", view(s, func(ctx context.Context, rd lifecycle.Reader) ([]lifecycle.Registration, error) {
		return rd.Packages(ctx, vendor)
	}), []lifecycle.Registration{r})
}

func guardVersion(s *suite) {
	s.mustWrite(lifecycle.PutVersion{Version: sampleVersion()})
	s.mustConflict("there already", lifecycle.PutVersion{Version: sampleVersion()})
}

func guardParameter(s *suite) {
	p := sampleParameter()
	s.mustConflict("no package", lifecycle.PutParameter{Parameter: p})
	s.mustWrite(lifecycle.PutPackage{Registration: sampleRegistration()})
	s.mustConflict("absent", lifecycle.PutParameter{Parameter: p, IfRevision: 1})
	s.mustConflict("there is none", lifecycle.PutParameter{Parameter: p, Known: 1})
	s.mustWrite(lifecycle.PutParameter{Parameter: p})
	s.mustConflict("there already", lifecycle.PutParameter{Parameter: p, Known: 1})
	other := p
	other.Name, other.Type, other.Default = license.MustParameterName("Beta_Until"), license.Day, license.DateValue(license.MustDate("2026-12-31"))
	s.mustConflict("there is one", lifecycle.PutParameter{Parameter: other})
	s.mustWrite(lifecycle.PutParameter{Parameter: other, Known: 1})
	p.Revision, p.Default = 2, integer(0)
	s.mustConflict("another revision", lifecycle.PutParameter{Parameter: p, IfRevision: 2, Known: 2})
	s.mustWrite(lifecycle.PutParameter{Parameter: p, IfRevision: 1, Known: 2})
	same(s, "Parameters", view(s, func(ctx context.Context, r lifecycle.Reader) ([]license.Parameter, error) {
		return r.Parameters(ctx, vendor, p.Package)
	}), []license.Parameter{other, p})
}

func guardParameterValue(s *suite) {
	v := sampleValue()
	s.mustConflict("no license", lifecycle.PutParameterValue{Value: v, IfLicense: 1})
	s.mustWrite(lifecycle.PutLicense{License: fullLicense(8)})
	s.mustConflict("absent", lifecycle.PutParameterValue{Value: v, IfRevision: 1, IfLicense: 1})
	s.mustConflict("the license has another revision", lifecycle.PutParameterValue{Value: v, IfLicense: 2})
	s.mustWrite(lifecycle.PutParameterValue{Value: v, IfLicense: 1})
	s.mustConflict("there already", lifecycle.PutParameterValue{Value: v, IfLicense: 1})
	v.Revision, v.Set, v.Reported, v.ReportedAt = 2, license.Value{}, license.Value{}, time.Time{}
	s.mustConflict("another revision", lifecycle.PutParameterValue{Value: v, IfRevision: 2, IfLicense: 1})
	s.mustWrite(lifecycle.PutParameterValue{Value: v, IfRevision: 1, IfLicense: 1})
	other := sampleValue()
	other.Name, other.Set = license.MustParameterName("Beta"), license.BooleanValue(true)
	s.mustWrite(lifecycle.PutParameterValue{Value: other, IfLicense: 1})
	same(s, "ParameterValues", view(s, func(ctx context.Context, r lifecycle.Reader) ([]license.ParameterValue, error) {
		return r.ParameterValues(ctx, vendor, 8)
	}), []license.ParameterValue{other, v})
}

func guardOrg(s *suite) {
	o := sampleOrg()
	s.mustConflict("absent", lifecycle.PutOrg{Org: o, IfRevision: 1})
	s.mustWrite(lifecycle.PutOrg{Org: o})
	s.mustConflict("there already", lifecycle.PutOrg{Org: o})
	o.Revision = 2
	s.mustWrite(lifecycle.PutOrg{Org: o, IfRevision: 1})
	s.mustConflict("another revision", lifecycle.PutOrg{Org: o, IfRevision: 1})
}

func guardFact(s *suite) {
	s.mustConflict("none is known", lifecycle.PutFact{Fact: sampleFact(0), Known: 1})
	s.mustWrite(lifecycle.PutFact{Fact: sampleFact(0)})
	s.mustConflict("one is known", lifecycle.PutFact{Fact: sampleFact(1)})
	s.mustWrite(lifecycle.PutFact{Fact: sampleFact(1), Known: 1}, lifecycle.PutFact{Fact: sampleFact(2), Known: 2})
	got := view(s, func(ctx context.Context, r lifecycle.Reader) ([]lifecycle.Fact, error) {
		return r.Facts(ctx, vendor, installation(1))
	})
	same(s, "Facts", got, []lifecycle.Fact{sampleFact(0), sampleFact(1), sampleFact(2)})
}

func guardNotice(s *suite) {
	n := lifecycle.PutNotice{ID: lifecycle.MustNotificationID("n-1"), Fingerprint: "abc"}
	s.mustWrite(n)
	s.mustConflict("there already", n)
	same(s, "Fingerprint", view(s, func(ctx context.Context, r lifecycle.Reader) (string, error) { return r.Fingerprint(ctx, vendor, n.ID) }), "abc")
}

func guardLicense(s *suite) {
	l := plainLicense(1)
	s.mustConflict("absent", lifecycle.PutLicense{License: l, IfRevision: 1})
	s.mustWrite(lifecycle.PutLicense{License: l})
	s.mustConflict("the number is there already", lifecycle.PutLicense{License: l})
	other := plainLicense(2)
	other.Installation = l.Installation
	s.mustConflict("the installation is there already", lifecycle.PutLicense{License: other})
	l.Revision, l.Terms.Status = 2, license.Suspended
	s.mustConflict("another revision", lifecycle.PutLicense{License: l, IfRevision: 3})
	s.mustWrite(lifecycle.PutLicense{License: l, IfRevision: 1})
	same(s, "License", s.license(1), l)
	got := view(s, func(ctx context.Context, r lifecycle.Reader) (license.License, error) {
		return r.LicenseOf(ctx, vendor, l.Installation)
	})
	same(s, "LicenseOf", got, l)
}

func guardTakeSeats(s *suite) {
	s.mustWrite(lifecycle.PutLicense{License: plainLicense(1)})
	take := func(revision int64, limit int, users ...int) lifecycle.TakeSeats {
		e := lifecycle.TakeSeats{License: 1, IfRevision: revision, At: day, By: "somebody", Limit: limit}
		for _, n := range users {
			e.Users = append(e.Users, user(n))
		}
		return e
	}
	s.mustConflict("another revision", take(2, 3, 1))
	s.mustConflict("past the limit", take(1, 1, 1, 2))
	s.mustConflict("no license", lifecycle.TakeSeats{License: 5, Users: []seats.UserID{user(1)}, At: day, Limit: 9})
	s.mustWrite(take(1, 2, 1, 2))
	s.mustConflict("full", take(1, 2, 3))
	s.mustConflict("holds a seat", take(1, 9, 2))
	s.mustConflict("one of them holds a seat", take(1, 9, 3, 2, 4))
	same(s, "Holders", s.license(1).Holders, 2)
	s.mustWrite(take(1, 9, 3))
	same(s, "Holders", s.license(1).Holders, 3)
}

func guardFreeSeats(s *suite) {
	s.mustWrite(
		lifecycle.PutLicense{License: plainLicense(1)},
		lifecycle.TakeSeats{License: 1, IfRevision: 1, Users: []seats.UserID{user(1), user(2)}, At: day, Limit: 9},
	)
	s.mustConflict("holds none", lifecycle.FreeSeats{License: 1, Users: []seats.UserID{user(3)}, At: day})
	s.mustConflict("one of them holds none", lifecycle.FreeSeats{License: 1, Users: []seats.UserID{user(1), user(3)}, At: day})
	s.mustConflict("no license", lifecycle.FreeSeats{License: 2, Users: []seats.UserID{user(1)}, At: day})
	same(s, "Holders", s.license(1).Holders, 2)
	s.mustWrite(lifecycle.FreeSeats{License: 1, Users: []seats.UserID{user(1)}, At: day})
	s.mustConflict("freed before", lifecycle.FreeSeats{License: 1, Users: []seats.UserID{user(1)}, At: day})
	same(s, "Holders", s.license(1).Holders, 1)
}

func guardExpectUnder(s *suite) {
	expect := func(kind lifecycle.RecordKind, n int, keys ...string) lifecycle.Effect {
		return lifecycle.ExpectUnder{Kind: kind, Keys: keys, Records: n}
	}
	s.mustWrite(expect(lifecycle.Leads, 0, "key"), expect(lifecycle.Leads, 0))
	s.mustConflict("there is none", expect(lifecycle.Leads, 1, "key"))
	s.mustWrite(lifecycle.PutLead{Lead: sampleLead(), Keys: []string{"key", "other"}}, expect(lifecycle.Leads, 1, "key"))
	s.mustWrite(expect(lifecycle.Leads, 1, "key", "other", "third"), expect(lifecycle.Contacts, 0, "key"))
	s.mustConflict("there is one", expect(lifecycle.Leads, 0, "key"))
}

func guardStanding(s *suite) {
	standing := sampleStanding()
	s.mustConflict("absent", lifecycle.PutStanding{Standing: standing, IfRevision: 1})
	s.mustWrite(lifecycle.PutStanding{Standing: standing})
	s.mustConflict("there already", lifecycle.PutStanding{Standing: standing})
	standing.Revision, standing.Stage, standing.NoticeAt = 2, reclaim.Active, time.Time{}
	s.mustConflict("another revision", lifecycle.PutStanding{Standing: standing, IfRevision: 2})
	s.mustWrite(lifecycle.PutStanding{Standing: standing, IfRevision: 1})
	other := sampleStanding()
	other.User = user(2)
	s.mustWrite(lifecycle.PutStanding{Standing: other})
	got := view(s, func(ctx context.Context, r lifecycle.Reader) ([]lifecycle.Standing, error) {
		return r.Standings(ctx, vendor, standing.License, []seats.UserID{user(3), user(2), user(1), user(1)})
	})
	same(s, "Standings", got, []lifecycle.Standing{standing, other})
}

func guardPendingLead(s *suite) {
	p := samplePendingLead()
	s.mustConflict("there is none", lifecycle.DropPendingLead{License: 8, IfRevision: 1})
	s.mustWrite(lifecycle.PutPendingLead{Pending: p})
	s.mustConflict("there already", lifecycle.PutPendingLead{Pending: p})
	other := p
	other.License = 10
	s.mustWrite(lifecycle.PutPendingLead{Pending: other})
	pages := func(after license.ID, limit int) []lifecycle.PendingLead {
		return view(s, func(ctx context.Context, r lifecycle.Reader) ([]lifecycle.PendingLead, error) {
			return r.PendingLeads(ctx, vendor, after, limit)
		})
	}
	same(s, "PendingLeads", pages(0, 9), []lifecycle.PendingLead{p, other})
	same(s, "PendingLeads with a limit", pages(0, 1), []lifecycle.PendingLead{p})
	same(s, "PendingLeads after one", pages(8, 9), []lifecycle.PendingLead{other})
	s.mustConflict("another revision", lifecycle.DropPendingLead{License: 8, IfRevision: 2})
	s.mustWrite(lifecycle.DropPendingLead{License: 8, IfRevision: 1})
	s.mustConflict("dropped before", lifecycle.DropPendingLead{License: 8, IfRevision: 1})
	same(s, "PendingLeads after it was dropped", pages(0, 9), []lifecycle.PendingLead{other})
}

func guardLead(s *suite) {
	l := sampleLead()
	s.mustConflict("absent", lifecycle.PutLead{Lead: l, IfRevision: 1})
	s.mustWrite(lifecycle.PutLead{Lead: l})
	s.mustConflict("there already", lifecycle.PutLead{Lead: l})
	l.Revision, l.Status = 2, "Closed"
	s.mustConflict("another revision", lifecycle.PutLead{Lead: l, IfRevision: 2})
	s.mustWrite(lifecycle.PutLead{Lead: l, IfRevision: 1})
	same(s, "Lead", view(s, func(ctx context.Context, r lifecycle.Reader) (lead.Lead, error) { return r.Lead(ctx, vendor, l.ID) }), l)
}

// T8, V11: every field of every record comes back as it was written.
func recordsSurvive(s *suite) {
	s.mustWrite(everything()...)
	s.mustWrite(lifecycle.PutLicense{License: plainLicense(9)})
	err := s.store.View(s.Context(), func(ctx context.Context, r lifecycle.Reader) error {
		registration, err1 := r.Package(ctx, vendor, sampleRegistration().Package.ID)
		same(s, "Package", registration, sampleRegistration())
		version, err2 := r.Version(ctx, vendor, sampleVersion().ID)
		same(s, "Version", version, sampleVersion())
		versions, err3 := r.Versions(ctx, vendor, sampleVersion().Package)
		same(s, "Versions", versions, []pkgversion.PackageVersion{sampleVersion()})
		org, err4 := r.Org(ctx, vendor, sampleOrg().ID)
		same(s, "Org", org, sampleOrg())
		l, err5 := r.Lead(ctx, vendor, sampleLead().ID)
		same(s, "Lead", l, sampleLead())
		contact, err6 := r.Contact(ctx, vendor, sampleContact().ID)
		same(s, "Contact", contact, sampleContact())
		account, err7 := r.Account(ctx, vendor, sampleAccount().ID)
		same(s, "Account", account, sampleAccount())
		owner, err8 := r.Owner(ctx, vendor, sampleOwner().ID)
		same(s, "Owner", owner, sampleOwner())
		clock, err9 := r.Clock(ctx, vendor)
		same(s, "Clock", clock, day)
		return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9)
	})
	if err != nil {
		s.Errorf("View = %v", err)
	}
	same(s, "License", s.license(9), plainLicense(9))
	site := plainLicense(10)
	site.Terms = license.Terms{Status: license.Uninstalled, Seats: license.Site(), Expiration: license.LastDay(license.MustDate("0001-01-01"))}
	s.mustWrite(lifecycle.PutLicense{License: site})
	same(s, "License", s.license(10), site)
}

// V12: ids have up to 255 bytes, the fields of a person 255 characters, other texts 4096
// bytes. A store keeps the longest of each, and tells apart two that differ at their end,
// whether it counts bytes or characters.
func longestTextsSurvive(s *suite) {
	for i, letter := range []string{"a", "é", "東", "🚀"} {
		n := i * 10
		id := strings.Repeat("x", 254%len(letter)) + strings.Repeat(letter, 254/len(letter))
		field := strings.Repeat(letter, lead.MaxField)
		text := strings.Repeat(letter, 4096/len(letter))
		org := license.Org{ID: pkgversion.MustOrgID(id + "1"), Name: text, Status: license.OrgStatus(text), Edition: text, Instance: text, Revision: 1}
		l := plainLicense(license.ID(n + 1))
		l.Installation, l.Org, l.LeadName = license.MustInstallationID(id+"1"), org.ID, text
		twin := plainLicense(license.ID(n + 2))
		twin.Installation, twin.Org = license.MustInstallationID(id+"2"), pkgversion.MustOrgID(id+"2")
		prospect := lead.Lead{ID: lead.MustID(id + "1"), Source: text, Status: text, CreatedAt: day, Revision: 1, Person: lead.Person{
			FirstName: field, LastName: field, Title: field, Company: field, Phone: field, Street: field, City: field, State: field, PostalCode: field, Country: field}}
		user1, user2 := seats.MustUserID(id+"1"), seats.MustUserID(id+"2")
		s.mustWrite(lifecycle.PutOrg{Org: org}, lifecycle.PutLicense{License: l}, lifecycle.PutLicense{License: twin},
			lifecycle.PutLead{Lead: prospect, Keys: []string{field}},
			lifecycle.TakeSeats{License: l.ID, IfRevision: 1, Users: []seats.UserID{user1, user2}, At: day, By: text, Limit: 5})
		l.Holders = 2
		err := s.store.View(s.Context(), func(ctx context.Context, r lifecycle.Reader) error {
			gotOrg, err1 := r.Org(ctx, vendor, org.ID)
			same(s, "Org", gotOrg, org)
			first, err2 := r.LicenseOf(ctx, vendor, l.Installation)
			same(s, "License", first, l)
			second, err3 := r.LicenseOf(ctx, vendor, twin.Installation)
			same(s, "License", second, twin)
			gotLead, err4 := r.Lead(ctx, vendor, prospect.ID)
			same(s, "Lead", gotLead, prospect)
			_, found, err5 := r.LeadsUnder(ctx, vendor, []string{field}, 5)
			same(s, "leads under the longest key", found, 1)
			held, err6 := r.Holding(ctx, vendor, l.ID, []seats.UserID{user1, user2})
			same(s, "Holding", held, []seats.Assignment{{License: l.ID, User: user1, AssignedAt: day, AssignedBy: text}, {License: l.ID, User: user2, AssignedAt: day, AssignedBy: text}})
			return errors.Join(err1, err2, err3, err4, err5, err6)
		})
		if err != nil {
			s.Errorf("View = %v", err)
		}
	}
}

// S2: the count of a license's holders is the store's, whatever PutLicense says.
func holdersAreCounted(s *suite) {
	l := plainLicense(1)
	s.mustWrite(lifecycle.PutLicense{License: l}, lifecycle.TakeSeats{License: 1, IfRevision: 1, Users: []seats.UserID{user(1), user(2)}, At: day, Limit: 9})
	l.Holders, l.Revision = 77, 2
	s.mustWrite(lifecycle.PutLicense{License: l, IfRevision: 1})
	same(s, "Holders", s.license(1).Holders, 2)
}

func (s *suite) history(id license.ID, u seats.UserID) []seats.Assignment {
	return view(s, func(ctx context.Context, r lifecycle.Reader) ([]seats.Assignment, error) {
		return r.SeatHistory(ctx, vendor, id, u)
	})
}

// Assignments are closed, not deleted.
func seatHistoryIsKept(s *suite) {
	s.mustWrite(lifecycle.PutLicense{License: plainLicense(1)})
	want := []seats.Assignment{}
	for n := range 3 {
		at := day.Add(time.Duration(n) * time.Hour)
		s.mustWrite(lifecycle.TakeSeats{License: 1, IfRevision: 1, Users: []seats.UserID{user(1)}, At: at, By: "giver", Limit: 1})
		a := seats.Assignment{License: 1, User: user(1), AssignedAt: at, AssignedBy: "giver"}
		if n < 2 {
			a.RevokedAt, a.RevokedBy = at.Add(time.Minute), "taker"
			s.mustWrite(lifecycle.FreeSeats{License: 1, Users: []seats.UserID{user(1)}, At: a.RevokedAt, By: a.RevokedBy})
		}
		want = append(want, a)
	}
	same(s, "SeatHistory", s.history(1, user(1)), want)
	got := view(s, func(ctx context.Context, r lifecycle.Reader) ([]seats.Assignment, error) {
		return r.Holding(ctx, vendor, 1, []seats.UserID{user(2), user(1), user(1)})
	})
	same(s, "Holding", got, want[2:])
}

// FreeAllSeats closes the assignments of one license, and of no other.
func freeAllSeats(s *suite) {
	users := []seats.UserID{user(1), user(2), user(3)}
	for id := license.ID(1); id <= 2; id++ {
		s.mustWrite(lifecycle.PutLicense{License: plainLicense(id)}, lifecycle.TakeSeats{License: id, IfRevision: 1, Users: users, At: day, Limit: 3})
	}
	s.mustConflict("two are held, not three", lifecycle.FreeAllSeats{License: 1, Held: 2, At: day})
	s.mustWrite(lifecycle.FreeAllSeats{License: 1, Held: 3, At: day.Add(time.Hour), By: "taker"})
	same(s, "Holders of the first", s.license(1).Holders, 0)
	same(s, "Holders of the second", s.license(2).Holders, 3)
	same(s, "SeatHistory", s.history(1, user(2)), []seats.Assignment{{License: 1, User: user(2), AssignedAt: day, RevokedAt: day.Add(time.Hour), RevokedBy: "taker"}})
	s.mustWrite(lifecycle.FreeAllSeats{License: 1, At: day.Add(time.Hour)})
	s.mustConflict("no license", lifecycle.FreeAllSeats{License: 9, At: day})
}

// Holders come by user, page by page.
func holdersInPages(s *suite) {
	s.mustWrite(lifecycle.PutLicense{License: plainLicense(1)}, lifecycle.PutLicense{License: plainLicense(2)})
	var users []seats.UserID
	for n := range 25 {
		users = append(users, user((n*7)%25))
	}
	s.mustWrite(lifecycle.TakeSeats{License: 1, IfRevision: 1, Users: users, At: day, Limit: 99},
		lifecycle.TakeSeats{License: 2, IfRevision: 1, Users: users[:1], At: day, Limit: 99})
	var got []seats.UserID
	after := seats.UserID{}
	for {
		page := view(s, func(ctx context.Context, r lifecycle.Reader) ([]seats.Assignment, error) {
			return r.Holders(ctx, vendor, 1, after, 10)
		})
		for _, a := range page {
			got = append(got, a.User)
		}
		if len(page) < 10 {
			break
		}
		after = page[9].User
	}
	slices.SortFunc(users, seats.UserID.Compare)
	same(s, "Holders", got, users)
}

// L19: numbers rise, pass over those that were written, and each vendor has its own.
func numbersRise(s *suite) {
	next := func(v pkgversion.VendorID) (id license.ID) {
		s.Helper()
		err := s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) (err error) {
			id, err = tx.NextLicense(ctx, v)
			return err
		})
		if err != nil {
			s.Fatalf("NextLicense = %v", err)
		}
		return id
	}
	first := next(vendor)
	if first < 1 {
		s.Errorf("NextLicense = %d, want at least 1", first)
	}
	if second := next(vendor); second <= first {
		s.Errorf("NextLicense = %d after %d", second, first)
	}
	s.mustWrite(lifecycle.PutLicense{License: plainLicense(500)})
	if id := next(vendor); id <= 500 {
		s.Errorf("NextLicense = %d after license 500 was written", id)
	}
	if id := next(pkgversion.MustVendorID("vendor-b")); id != first {
		s.Errorf("NextLicense of another vendor = %d, want %d", id, first)
	}
}

// M1: another vendor sees nothing and changes nothing.
func vendorsAreApart(s *suite) {
	s.mustWrite(everything()...)
	other := pkgversion.MustVendorID("vendor-b")
	expectNothing(s, other)
	err := s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) error { return tx.Write(ctx, other, everything()...) })
	if err != nil {
		s.Errorf("the same records of another vendor: Write = %v, want no error", err)
	}
	free := func(v pkgversion.VendorID) error {
		return s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
			return tx.Write(ctx, v, lifecycle.FreeAllSeats{License: 8, Held: 1, At: day})
		})
	}
	if err := free(other); err != nil {
		s.Error(err)
	}
	same(s, "Holders", s.license(8).Holders, 1)
}
