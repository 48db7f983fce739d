package lifecycle_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// readings are everything that a vendor can ask a Manager, with what it answers:
// results and errors as text.
func (w *world) readings() (lines []string) {
	ctx, m, a := context.Background(), w.Manager, w.a
	say := func(what string, answer any, err error) {
		lines = append(lines, fmt.Sprintf("%s: %+v, %T %v", what, answer, err, err))
	}
	packages, err := m.Packages(ctx, a)
	say("Packages", packages, err)
	now, err := m.Now(ctx, a)
	say("Now", now, err)
	for _, id := range []pkgversion.PackageID{seatPackage, trialPackage, pkgversion.MustPackageID("other")} {
		r, err := m.Package(ctx, a, id)
		say("Package", r, err)
		versions, err := m.Versions(ctx, a, id)
		say("Versions", versions, err)
		for _, o := range []license.Org{org1, org2, sandbox} {
			org, err := m.Org(ctx, a, o.ID)
			say("Org", org, err)
			for n := range 3 {
				d, err := m.Check(ctx, a, o.ID, id, user(n))
				say("Check", d, err)
				d, err = m.CheckNamespace(ctx, a, o.ID, "ns", user(n))
				say("CheckNamespace", d, err)
			}
			say("Licenses", collect(w, m.Licenses(ctx, a, lifecycle.LicenseQuery{Org: o.ID, Package: id})), nil)
		}
	}
	say("Licenses", collect(w, m.Licenses(ctx, a, lifecycle.LicenseQuery{})), nil)
	say("Licenses", collect(w, m.Licenses(ctx, a, lifecycle.LicenseQuery{Order: lifecycle.ByExpiration})), nil)
	say("Leads", collect(w, m.Leads(ctx, a, lifecycle.LeadQuery{})), nil)
	for n := range 11 {
		id := license.ID(n)
		l, err := m.License(ctx, a, id)
		say("License", l, err)
		l, err = m.LicenseOf(ctx, a, installation(n))
		say("LicenseOf", l, err)
		ld, err := m.Lead(ctx, a, lead.OfLicense(int64(n)))
		say("Lead", ld, err)
		d, err := m.CheckLicense(ctx, a, id, user(1))
		say("CheckLicense", d, err)
		holders, err := collected(m.Holders(ctx, a, id))
		say("Holders", holders, err)
		timeline, err := collected(m.Timeline(ctx, a, id))
		say("Timeline", timeline, err)
		history, err := m.SeatHistory(ctx, a, id, user(1))
		say("SeatHistory", history, err)
	}
	for _, id := range []string{"contact-0", "contact-1", "contact-9"} {
		c, err := m.Contact(ctx, a, lead.MustContactID(id))
		say("Contact", c, err)
	}
	for _, id := range []string{"account-0", "account-1", "account-9"} {
		c, err := m.Account(ctx, a, lead.MustAccountID(id))
		say("Account", c, err)
	}
	say("Events", collect(w, m.Events(ctx, a, 0)), nil)
	return lines
}

// M1: nothing that one vendor does or asks shows another vendor's records, changes
// them, or tells whether they are there. Two vendors do the same random things with the
// same ids: one beside a vendor who has everything, one alone; they get the
// same answers, errors included, and the other vendor notices nothing.
func TestM1VendorsDoNotInterfere(t *testing.T) {
	all := newWorld(t, &lifecycle.MemStore{}).live().everyCommand()
	rapid.Check(t, func(t *rapid.T) {
		shared := &lifecycle.MemStore{}
		b := newWorld(t, shared)
		b.a = vendorB
		b.live()
		for _, c := range rapid.SliceOfN(rapid.SampledFrom(all), 0, 3).Draw(t, "of the other") {
			_ = b.run(c) // refused or not
		}
		beside, alone := newWorld(t, shared), newWorld(t, &lifecycle.MemStore{})
		if rapid.Bool().Draw(t, "stocked") {
			beside.stock()
			alone.stock()
		}
		wantDump, wantReadings := b.dump(), b.readings()
		for _, c := range rapid.SliceOfN(rapid.SampledFrom(all), 0, 8).Draw(t, "commands") {
			got, want := beside.run(c), alone.run(c)
			if fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", want, want) {
				t.Fatalf("%s beside another vendor = %v, alone %v", brief(c), got, want)
			}
		}
		for _, w := range []*world{beside, alone} {
			if err := w.Consume(context.Background(), w.a, "a", func(context.Context, lifecycle.Event) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "confirm the clock") {
				w.clock = epoch.AddDate(3, 0, 0)
				if err := w.ConfirmClock(context.Background(), w.a); err != nil {
					t.Fatal(err)
				}
				w.clock = epoch
			}
		}
		if len(beside.events()) == len(alone.events()) { // the clocks were confirmed alike
			if diff := cmp.Diff(alone.readings(), beside.readings()); diff != "" {
				t.Fatalf("beside another vendor the answers differ (-alone +beside):\n%s", diff)
			}
		}
		if diff := cmp.Diff(wantReadings, b.readings()); diff != "" {
			t.Fatalf("the other vendor noticed (-before +after):\n%s", diff)
		}
		b.unchanged(wantDump, "another vendor")
	})
}

// M1: a caller who names no vendor, or not who asks, gets nothing and changes
// nothing, whatever the call.
func TestM1EveryCallNamesWhoAsks(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	all := w.everyCommand()
	before := w.dump()
	for _, a := range []lifecycle.Actor{{}, {Vendor: w.a.Vendor}, {ID: w.a.ID}} {
		x := *w
		x.a = a
		for _, c := range all {
			if err := x.run(c); !isFieldError(err) {
				t.Errorf("%s as %+v = %v, want a *FieldError", brief(c), a, err)
			}
		}
		ctx := t.Context()
		for name, err := range map[string]error{
			"ConfirmClock": x.ConfirmClock(ctx, a),
			"Consume":      x.Consume(ctx, a, "a", func(context.Context, lifecycle.Event) error { return nil }),
			"Events":       failure(x.Events(ctx, a, 0)),
			"Licenses":     failure(x.Licenses(ctx, a, lifecycle.LicenseQuery{})),
			"Leads":        failure(x.Leads(ctx, a, lifecycle.LeadQuery{})),
			"Holders":      failure(x.Holders(ctx, a, 1)),
			"Timeline":     failure(x.Timeline(ctx, a, 1)),
			"Now":          second(x.Now(ctx, a)),
			"Package":      second(x.Package(ctx, a, seatPackage)),
			"Packages":     second(x.Packages(ctx, a)),
			"Versions":     second(x.Versions(ctx, a, seatPackage)),
			"License":      second(x.License(ctx, a, 1)),
			"LicenseOf":    second(x.LicenseOf(ctx, a, installation(1))),
			"Org":          second(x.Org(ctx, a, org1.ID)),
			"Lead":         second(x.Lead(ctx, a, lead.OfLicense(1))),
			"Contact":      second(x.Contact(ctx, a, lead.MustContactID("contact-0"))),
			"Account":      second(x.Account(ctx, a, lead.MustAccountID("account-0"))),
			"SeatHistory":  second(x.SeatHistory(ctx, a, 1, seats.UserID{})),
			"CheckLicense": second(x.CheckLicense(ctx, a, 1, user(1))),
		} {
			if !isFieldError(err) {
				t.Errorf("%s as %+v = %v, want a *FieldError", name, a, err)
			}
		}
	}
	w.unchanged(before, "callers without a name")
}

func second[T any](_ T, err error) error { return err }
