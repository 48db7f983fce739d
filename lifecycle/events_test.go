package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// E1: a command has effects exactly when it has events; what it leaves is what its
// events say, and asking again has neither.
func TestE1EffectsAndEventsGoTogether(t *testing.T) {
	for i := range len(newWorld(t, &lifecycle.MemStore{}).live().everyCommand()) {
		w := newWorld(t, &lifecycle.MemStore{}).live()
		c := w.everyCommand()[i]
		seen := len(w.events())
		w.must(c)
		fresh := w.events()[seen:]
		if len(fresh) == 0 {
			t.Fatalf("%s changed something without an event", brief(c))
		}
		for _, e := range fresh {
			if e.Actor != w.a.ID || !e.At.Equal(w.clock) || e.Vendor != w.a.Vendor {
				t.Errorf("%s: event %+v, want it of %v at %v", brief(c), e, w.a, w.clock)
			}
			if modify, ok := c.(lifecycle.Modify); ok && e.Why != modify.Why {
				t.Errorf("the event says why: %q, want %q", e.Why, modify.Why)
			}
		}
		before := w.dump()
		w.must(c)
		w.unchanged(before, brief(c)+", asked again,")
	}
}

// E2: the records are what the events say: replaying them from nothing gives every
// registration, version, org, license, holder, lead, contact and account.
func TestE2EventsReproduceTheRecords(t *testing.T) {
	n := len(newWorld(t, &lifecycle.MemStore{}).live().everyCommand())
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, &lifecycle.MemStore{}).live()
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 6).Draw(t, "commands") {
			_ = w.run(w.everyCommand()[i]) // refused or not
		}
		w.replay()
	})
}

// replay compares what the events of the feed say with what is stored.
func (w *world) replay() {
	w.Helper()
	ctx := context.Background()
	packages := map[pkgversion.PackageID]lifecycle.Registration{}
	versions := map[pkgversion.VersionID]pkgversion.PackageVersion{}
	orgs := map[pkgversion.OrgID]license.Org{}
	licenses := map[license.ID]license.License{}
	holders := map[license.ID]map[seats.UserID]bool{}
	sides := map[license.ID]lifecycle.Sides{}
	refreshes := map[pkgversion.PackageID]lifecycle.Refresh{}
	leads := map[lead.ID]lead.Lead{}
	pending := map[license.ID]lifecycle.PendingLead{}
	defined := map[license.ParameterName]license.Parameter{} // of one of the packages
	values := map[license.ID]map[license.ParameterName]license.ParameterValue{}
	for _, e := range w.events() {
		switch c := e.Change.(type) {
		case lifecycle.LeadPended:
			pending[c.Pending.License] = c.Pending
		case lifecycle.LeadSettled:
			delete(pending, c.License)
		case lifecycle.ParameterDefined:
			if c.After.Package == seatPackage {
				defined[c.After.Name] = c.After
			}
		case lifecycle.ParameterChanged:
			of := c.After.License
			if values[of] == nil {
				values[of] = map[license.ParameterName]license.ParameterValue{}
			}
			if before := values[of][c.After.Name]; before.Revision != c.Before.Revision || before.Revision > 0 && before != c.Before {
				w.Fatalf("%+v does not follow on %+v", c, before)
			}
			values[of][c.After.Name] = c.After
		case lifecycle.PackageChanged:
			if c.Before != packages[c.After.Package.ID] {
				w.Fatalf("%+v does not follow on %+v", c, packages[c.After.Package.ID])
			}
			packages[c.After.Package.ID] = c.After
		case lifecycle.VersionPublished:
			versions[c.Version.ID] = c.Version
		case lifecycle.OrgSeen:
			if c.Before != orgs[c.After.ID] {
				w.Fatalf("%+v does not follow on %+v", c, orgs[c.After.ID])
			}
			orgs[c.After.ID] = c.After
		case lifecycle.LicenseChanged:
			before := licenses[c.After.ID]
			before.Holders = len(holders[c.After.ID])
			if c.Before != before {
				w.Fatalf("%+v does not follow on %+v", c, before)
			}
			licenses[c.After.ID] = c.After
			if c.After.Holders == 0 {
				holders[c.After.ID] = map[seats.UserID]bool{}
			}
		case lifecycle.SidesChanged:
			if c.Before != sides[c.After.License] {
				w.Fatalf("%+v does not follow on %+v", c, sides[c.After.License])
			}
			sides[c.After.License] = c.After
			l := licenses[c.After.License]
			l.Observed = c.After.Observed
			licenses[c.After.License] = l
		case lifecycle.RefreshAdvanced:
			if c.Before != refreshes[c.After.Package] {
				w.Fatalf("%+v does not follow on %+v", c, refreshes[c.After.Package])
			}
			refreshes[c.After.Package] = c.After
		case lifecycle.SeatsAssigned:
			for _, u := range c.Users {
				if holders[c.License][u] {
					w.Fatalf("%v is given a seat that they hold", u)
				}
				holders[c.License][u] = true
			}
		case lifecycle.SeatsRevoked:
			for _, u := range c.Users {
				if !holders[c.License][u] {
					w.Fatalf("%v gives up a seat that they do not hold", u)
				}
				delete(holders[c.License], u)
			}
		case lifecycle.LeadChanged:
			if c.Before != leads[c.After.ID] {
				w.Fatalf("%+v does not follow on %+v", c, leads[c.After.ID])
			}
			leads[c.After.ID] = c.After
		case lifecycle.ContactSaved:
			if got, err := w.Contact(ctx, w.a, c.Contact.ID); err != nil || got.ID != c.Contact.ID {
				w.Fatalf("Contact(%v) = %+v, %v", c.Contact.ID, got, err)
			}
		}
	}
	if all := collect(w, w.PendingLeads(ctx, w.a)); len(all) != len(pending) || len(all) > 0 && all[0] != pending[all[0].License] {
		w.Fatalf("the pending leads are %+v, the events make %+v", all, pending)
	}
	if all, err := w.DefinedParameters(ctx, w.a, seatPackage); err != nil || len(all) != len(defined) || len(all) > 0 && all[0] != defined[all[0].Name] {
		w.Fatalf("the parameters are %+v, %v, the events make %+v", all, err, defined)
	}
	for id, of := range values {
		p, err := w.LicenseParameters(ctx, w.a, id)
		for name, want := range of {
			if _, got := p.Side(name.String()); got != want {
				w.Fatalf("%v of %v is %+v, %v, the events make %+v", name, id, got, err, want)
			}
		}
	}
	same(w, "Package", packages, func(id pkgversion.PackageID) (lifecycle.Registration, error) { return w.Package(ctx, w.a, id) })
	same(w, "Org", orgs, func(id pkgversion.OrgID) (license.Org, error) { return w.Org(ctx, w.a, id) })
	same(w, "Sides", sides, func(id license.ID) (lifecycle.Sides, error) { return w.Sides(ctx, w.a, id) })
	same(w, "Refresh", refreshes, func(id pkgversion.PackageID) (lifecycle.Refresh, error) { return w.LatestRefresh(ctx, w.a, id) })
	same(w, "Lead", leads, func(id lead.ID) (lead.Lead, error) { return w.Lead(ctx, w.a, id) })
	for id, l := range licenses {
		l.Holders = len(holders[id])
		licenses[id] = l
	}
	same(w, "License", licenses, func(id license.ID) (license.License, error) { return w.License(ctx, w.a, id) })
	if all := collect(w, w.Licenses(ctx, w.a, lifecycle.LicenseQuery{Retired: lifecycle.AndRetired})); len(all) != len(licenses) {
		w.Fatalf("%d licenses, the events make %d", len(all), len(licenses))
	}
	if all := collect(w, w.Leads(ctx, w.a, lifecycle.LeadQuery{})); len(all) != len(leads) {
		w.Fatalf("%d leads, the events make %d", len(all), len(leads))
	}
	for id, held := range holders {
		for _, a := range collect(w, w.Holders(ctx, w.a, id)) {
			if !held[a.User] {
				w.Fatalf("%v holds a seat of %v that no event gave", a.User, id)
			}
		}
	}
	for pkg := range packages {
		all, err := w.Versions(ctx, w.a, pkg)
		for _, v := range all {
			if err != nil || versions[v.ID] != v {
				w.Fatalf("Versions(%v) has %+v, %v, the events %+v", pkg, v, err, versions[v.ID])
			}
		}
	}
}

func same[K comparable, V any](w *world, what string, want map[K]V, read func(K) (V, error)) {
	w.Helper()
	for id, v := range want {
		got, err := read(id)
		if diff := cmp.Diff(v, got); diff != "" || err != nil {
			w.Fatalf("%s(%v), %v (-events +stored):\n%s", what, id, err, diff)
		}
	}
}

// E10: an event stays as it was recorded, whatever is done later: what was the whole log
// is its beginning.
func TestE10EventsStayAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, &lifecycle.MemStore{}).live()
		alerts, err := lifecycle.NewAlerts(lifecycle.AlertConfig{
			Rules: []lifecycle.AlertRule{{Name: "gone", When: lifecycle.OnUninstalled{}, Sinks: []string{"box"}}},
			Sinks: map[string]lifecycle.Sink{"box": &inbox{}},
		})
		if err != nil {
			t.Fatal(err)
		}
		recorded := w.log()
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			if w.step(t); rapid.Bool().Draw(t, "run what is due") {
				_, _ = w.RunDue(context.Background(), w.a, alerts) // refused or not
			}
			now := w.log()
			if len(now) < len(recorded) || !slices.Equal(now[:len(recorded)], recorded) {
				t.Fatalf("the log was\n%s\nand is\n%s", strings.Join(recorded, "\n"), strings.Join(now, "\n"))
			}
			recorded = now
		}
	})
}

// log is every event as text.
func (w *world) log() (lines []string) {
	w.Helper()
	for _, e := range w.events() {
		lines = append(lines, fmt.Sprintf("%+v", e))
	}
	return lines
}

// E4: every event is given to a consumer, in order, at least once; after an error
// the ones that it has seen are not given again, the others are; consumers of two
// names do not know of each other.
func TestE4ConsumersReadEverythingInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, &lifecycle.MemStore{}).live()
		ctx := context.Background()
		seen := map[string][]int64{}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b"}), 0, 8).Draw(t, "runs") {
			failAfter := rapid.IntRange(0, 40).Draw(t, "fails after")
			count := 0
			err := w.Consume(ctx, w.a, name, func(_ context.Context, e lifecycle.Event) error {
				if count == failAfter {
					return errBroken
				}
				count++
				seen[name] = append(seen[name], e.Seq)
				return nil
			})
			if failed := err != nil; failed && !errors.Is(err, errBroken) || failed != (count == failAfter && len(seen[name]) < len(w.events())) {
				t.Fatalf("Consume(%q) = %v after %d of at most %d", name, err, count, failAfter)
			}
			if rapid.Bool().Draw(t, "something happens") {
				w.must(lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("o"), Name: string(rune('a' + len(w.events())%20))}})
			}
		}
		var all []int64
		for _, e := range w.events() {
			all = append(all, e.Seq)
		}
		for name, got := range seen {
			if !slices.Equal(got, all[:len(got)]) {
				t.Fatalf("consumer %q saw %v of %v", name, got, all)
			}
		}
	})
}

// E5: a consumer can change what it hears of: no transaction is open while it runs,
// and an event that it makes is given to it too.
func TestE5ConsumersMayWrite(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	owners := 0
	err := w.Consume(t.Context(), w.a, "a", func(ctx context.Context, e lifecycle.Event) error {
		if _, ok := e.Change.(lifecycle.OwnerSaved); ok {
			owners++
		}
		if e.Seq > 1 {
			return nil
		}
		return w.RecordOwner(ctx, w.a, lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("late")}})
	})
	again := w.Consume(t.Context(), w.a, "a", func(context.Context, lifecycle.Event) error { owners++; return nil })
	if err != nil || again != nil || owners < 2 {
		t.Errorf("Consume = %v, again %v, saw %d owners", err, again, owners)
	}
	for _, name := range []string{"", "\xff", "a\x00", string(make([]byte, 5000))} {
		if err := w.Consume(t.Context(), w.a, name, nil); !isFieldError(err) {
			t.Errorf("Consume(%.10q) = %v, want a *FieldError", name, err)
		}
	}
}

// E4: a cursor is kept on the way, not at the end alone, and survives a crash: of
// many events those of the last page at most are given again.
func TestE4CursorIsKeptOnTheWay(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{})
	for i := range 1200 {
		w.must(lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("o"), Name: string(rune('a' + i%2))}})
	}
	func() {
		defer func() { _ = recover() }()
		count := 0
		_ = w.Consume(t.Context(), w.a, "a", func(context.Context, lifecycle.Event) error {
			if count++; count == 1100 {
				panic("crash")
			}
			return nil
		})
	}()
	first := int64(0)
	err := w.Consume(t.Context(), w.a, "a", func(_ context.Context, e lifecycle.Event) error {
		if first == 0 {
			first = e.Seq
		}
		return nil
	})
	if err != nil || first > 1100 || first < 600 {
		t.Errorf("after a crash at the 1100th the first is event %d, %v", first, err)
	}
}

// Events can be taken up anywhere: what follows a Seq is what followed it before.
func TestEventsAreResumable(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	all := w.events()
	for i, e := range all {
		rest := collect(w, w.Events(t.Context(), w.a, e.Seq))
		if diff := cmp.Diff(all[i+1:], rest, cmp.Comparer(func(a, b lifecycle.Event) bool { return a.Seq == b.Seq && a.Stream == b.Stream })); len(rest) != len(all)-i-1 || diff != "" && len(rest) > 0 {
			t.Fatalf("Events after %d (-want +got):\n%s", e.Seq, diff)
		}
	}
	for _, after := range []int64{-1, -1 << 63} {
		if got := len(collect(w, w.Events(t.Context(), w.a, after))); got != len(all) {
			t.Errorf("Events after %d: %d, want all %d", after, got, len(all))
		}
	}
	if got := collect(w, w.Events(t.Context(), w.a, 1<<63-1)); len(got) > 0 {
		t.Errorf("Events after the last Seq there is: %d", len(got))
	}
	for range w.Events(t.Context(), w.a, 0) {
		break // ends without a word
	}
}

// The timeline of a license says who, when, what before and after, and why.
func TestTimeline(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	l := w.install(1, org1, seatPackage, jane)
	terms := l.Terms
	terms.Seats = license.MustSeats(1)
	w.must(lifecycle.Assign{License: 1, Users: users(1, 2)})
	w.must(lifecycle.Modify{License: 1, Terms: terms, Revision: l.Revision, Why: "paid for one"})
	w.must(lifecycle.Revoke{License: 1, Users: users(2)})
	w.must(lifecycle.Upgrade{License: 1, Version: versionID(seatPackage, published[1])})
	w.must(w.uninstalled(1, org1, seatPackage))
	var got []string
	for i, e := range collect(w, w.Timeline(t.Context(), w.a, 1)) {
		if e.Position != int64(i+1) || e.Actor != w.a.ID {
			t.Errorf("event %d is %+v", i, e)
		}
		switch c := e.Change.(type) {
		case lifecycle.LicenseChanged:
			got = append(got, string(c.What)+e.Why)
			if c.After.Terms.Status == license.Uninstalled && (c.Before.Holders != 1 || c.After.Holders != 0) {
				t.Errorf("the uninstallation went from %d holders to %d", c.Before.Holders, c.After.Holders)
			}
		case lifecycle.SeatsAssigned:
			got = append(got, "assigned")
		case lifecycle.SeatsRevoked:
			got = append(got, "revoked")
		}
	}
	want := []string{"installed", "assigned", "modifiedpaid for one", "revoked", "upgraded", "uninstalled"}
	if !slices.Equal(got, want) {
		t.Errorf("Timeline = %v, want %v", got, want)
	}
}

// What belongs to a record that is not there is not found, in the same words whether
// nobody has it or another org does.
func TestHistoryOfNothingIsNotFound(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	bound := w.a
	bound.Org = org2.ID
	for _, a := range []lifecycle.Actor{w.a, bound} {
		id := license.ID(99)
		if !a.Org.IsZero() {
			id = 1 // of org 1
		}
		_, timeline := collected(w.Timeline(t.Context(), a, id))
		_, holders := collected(w.Holders(t.Context(), a, id))
		_, history := w.SeatHistory(t.Context(), a, id, user(1))
		_, ledger := w.Ledger(t.Context(), a, id)
		_, versions := w.Versions(t.Context(), a, pkgversion.MustPackageID("none"))
		for call, err := range map[string]error{"Timeline": timeline, "Holders": holders, "SeatHistory": history, "Ledger": ledger, "Versions": versions} {
			want := lifecycle.NotFoundError{Kind: "license", ID: id.String()}
			if call == "Versions" {
				want = lifecycle.NotFoundError{Kind: "package", ID: "none"}
			}
			if got, ok := errors.AsType[*lifecycle.NotFoundError](err); !ok || *got != want {
				t.Errorf("%s by %v = %v, want %v", call, a, err, &want)
			}
		}
	}
	if all, err := collected(w.Timeline(t.Context(), bound, 5)); err != nil || len(all) == 0 {
		t.Errorf("Timeline of its own = %v, %v", all, err)
	}
}

// What a caller gets is the caller's: changing it changes no history.
func TestResultsAreTheCallers(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.install(1, org1, seatPackage, jane)
	asked := users(2, 1)
	seating, err := w.Assign(t.Context(), w.a, lifecycle.Assign{License: 1, Users: asked})
	if err != nil {
		t.Fatal(err)
	}
	w.must(lifecycle.Revoke{License: 1, Users: users(1)})
	before := w.dump()
	clear(asked)
	clear(seating.Assigned)
	spoil := func(e lifecycle.Event) {
		switch c := e.Change.(type) {
		case lifecycle.SeatsAssigned:
			clear(c.Users)
		case lifecycle.SeatsRevoked:
			clear(c.Users)
		case lifecycle.Told:
			clear(c.Facts)
		}
	}
	for _, e := range append(w.events(), collect(w, w.Timeline(t.Context(), w.a, 1))...) {
		spoil(e)
	}
	packages, _ := w.Packages(t.Context(), w.a)
	clear(packages)
	versions, _ := w.Versions(t.Context(), w.a, seatPackage)
	clear(versions)
	history, _ := w.SeatHistory(t.Context(), w.a, 1, user(1))
	clear(history)
	w.unchanged(before, "a caller who changes results")
}

// Of many users one event names at most so many, and none is left out.
func TestEventsOfManyUsers(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.install(1, sandbox, seatPackage, jane)
	var many []seats.UserID
	for n := range 2500 {
		many = append(many, user(n))
	}
	w.must(lifecycle.Assign{License: 1, Users: many})
	var named []seats.UserID
	for _, e := range w.events() {
		if c, ok := e.Change.(lifecycle.SeatsAssigned); ok {
			named = append(named, c.Users...)
			if len(c.Users) > 1000 {
				t.Errorf("one event names %d users", len(c.Users))
			}
		}
	}
	if !slices.Equal(named, many) || w.license(1).Holders != len(many) || len(collect(w, w.Holders(t.Context(), w.a, 1))) != len(many) {
		t.Errorf("the events name %d users of %d", len(named), len(many))
	}
}
