package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/storetest"
)

// E10, E2, P9: what is removed is not needed by any question of since, by a replay, by a
// consumer or by Verify.
func TestE10RetentionOnMemStore(t *testing.T) {
	storetest.Retention(t, func() (lifecycle.Store, func()) { return &lifecycle.MemStore{}, func() {} },
		func(s lifecycle.Store) []string { return s.(*lifecycle.MemStore).Dump() })
}

// An instant that is none or yet to come is refused; who may not remove is denied; and
// consumers can be moved and forgotten by those who are there.
func TestRetainAndConsumersRefuse(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	if err := w.Consume(t.Context(), w.a, "a", func(context.Context, lifecycle.Event) error { return nil }); err != nil {
		t.Fatal(err)
	}
	before := w.dump()
	for _, since := range []time.Time{{}, w.clock.Add(time.Second)} {
		if n, err := w.Retain(t.Context(), w.a, since); n != 0 || !isFieldError(err) {
			t.Errorf("Retain(%v) = %d, %v, want a *FieldError", since, n, err)
		}
	}
	bound := w.a
	bound.Org = org1.ID
	if _, err := w.Retain(t.Context(), bound, w.clock); err == nil {
		t.Error("an org removes events")
	}
	for _, name := range []string{"b", "", "alerts/day/x"} {
		moved, forgotten := w.MoveConsumer(t.Context(), w.a, name, 0), w.ForgetConsumer(t.Context(), w.a, name)
		for _, err := range []error{moved, forgotten} {
			if _, ok := err.(*lifecycle.NotFoundError); !ok {
				t.Errorf("of %q: %v, want a *NotFoundError", name, err)
			}
		}
	}
	for _, seq := range []int64{-1, 1 << 40} {
		if err := w.MoveConsumer(t.Context(), w.a, "a", seq); !isFieldError(err) {
			t.Errorf("MoveConsumer to %d = %v, want a *FieldError", seq, err)
		}
	}
	w.unchanged(before, "what was refused")
	if err := w.MoveConsumer(t.Context(), w.a, "a", 2); err != nil {
		t.Fatal(err)
	}
	all, err := w.Consumers(t.Context(), w.a)
	if end := int64(len(w.events())); err != nil || len(all) != 1 || all[0] != (lifecycle.Consumer{Name: "a", Seq: 2, Behind: end - 2}) {
		t.Errorf("Consumers = %+v, %v", all, err)
	}
	if err := w.ForgetConsumer(t.Context(), w.a, "a"); err != nil {
		t.Fatal(err)
	}
	if all, err := w.Consumers(t.Context(), w.a); err != nil || len(all) != 0 {
		t.Errorf("Consumers after ForgetConsumer = %+v, %v", all, err)
	}
}

// E10, E2: of what a later change says again the first and the last are kept, and of what none
// does everything; the rest makes the same records still.
func TestE10FirstAndLastAreKept(t *testing.T) {
	store := &lifecycle.MemStore{}
	w := newWorld(t, store).live()
	for day := range 4 {
		w.clock = w.clock.AddDate(0, 0, 1)
		r, org, name := w.registration(seatPackage), org1, string(rune('A'+day))
		r.Policy.GraceDays, org.Name = 10+day, name
		seen := asOrgHas(w.license(1))
		seen.InOrg, seen.Values.Seats = org, license.MustSeats(20+day)
		w.must(lifecycle.ChangePackage{Registration: r})
		w.must(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: w.clock, Org: org}})
		w.must(lifecycle.Observe{Observation: seen})
		w.must(lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("lead-9"), Person: joe, Status: name}})
		w.must(lifecycle.ImportContact{Contact: lead.Contact{ID: lead.MustContactID("contact-9"), Person: lead.Person{LastName: name}}})
		w.must(lifecycle.ImportAccount{Account: lead.Account{ID: lead.MustAccountID("account-9"), Name: name}})
		w.must(lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("owner-9"), Name: name}})
		w.must(lifecycle.Revoke{License: 1, Users: users(1)})
		w.must(lifecycle.Assign{License: 1, Users: users(1)})
	}
	w.clock = w.clock.AddDate(0, 0, 1)
	type said struct {
		lifecycle.Stream
		kind string
	}
	grouped := func() map[said][]int64 {
		places := map[said][]int64{}
		for _, e := range w.events() {
			of := said{e.Stream, lifecycle.KindOf(e.Change)}
			places[of] = append(places[of], e.Position)
		}
		return places
	}
	before := grouped()
	if _, err := w.Retain(t.Context(), w.a, w.clock); err != nil {
		t.Fatal(err)
	}
	after := grouped()
	again := map[string]int{}
	for _, c := range []lifecycle.Change{lifecycle.PackageChanged{}, lifecycle.OrgSeen{}, lifecycle.SidesChanged{}, lifecycle.LeadChanged{},
		lifecycle.ContactSaved{}, lifecycle.AccountSaved{}, lifecycle.OwnerSaved{}} {
		again[lifecycle.KindOf(c)] = 0
	}
	for of, places := range before {
		want := places
		if _, ok := again[of.kind]; ok && len(places) > 2 {
			want = []int64{places[0], places[len(places)-1]}
			again[of.kind]++
		} else if of.kind == lifecycle.KindOf(lifecycle.LicenseChanged{}) {
			continue
		}
		if !slices.Equal(after[of], want) {
			t.Errorf("of %v at %v there are left %v, want %v", of, places, after[of], want)
		}
	}
	for kind, n := range again {
		if n == 0 {
			t.Errorf("there was no %s to be removed", kind)
		}
	}
	into := &lifecycle.MemStore{}
	if err := lifecycle.Replay(t.Context(), into, w.Events(t.Context(), w.a, 0)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(store.Dump(), into.Dump()); diff != "" {
		t.Errorf("a replay of what is left makes other records (-want +got):\n%s", diff)
	}
}

// E10: what a consumer has still to read is kept, to the last one that it has not.
func TestE10ConsumersReadEverything(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	for day := range 6 {
		w.clock = w.clock.AddDate(0, 0, 1)
		w.must(lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("owner-9"), Name: string(rune('A' + day))}})
	}
	all := w.events()
	end := int64(len(all))
	if err := w.Consume(t.Context(), w.a, "slow", func(context.Context, lifecycle.Event) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := w.MoveConsumer(t.Context(), w.a, "slow", end-2); err != nil { // the last two are to be read
		t.Fatal(err)
	}
	w.clock = w.clock.AddDate(0, 0, 1)
	if _, err := w.Retain(t.Context(), w.a, w.clock); err != nil {
		t.Fatal(err)
	}
	var left []int64
	for _, e := range w.events() {
		if c, ok := e.Change.(lifecycle.OwnerSaved); ok && c.Owner.ID == lead.MustOwnerID("owner-9") {
			left = append(left, e.Position)
		}
	}
	if want := []int64{1, 5, 6}; !slices.Equal(left, want) { // the first, and two that are not read
		t.Errorf("of six there are left %v, want %v", left, want)
	}
}

// E10: what stands on two pages of the feed is removed like what stands on one, the same
// in one go as after a stop between two pages.
func TestE10RetainAcrossPages(t *testing.T) {
	for _, n := range []int{499, 500, 501, 1001} {
		for _, stops := range []bool{false, true} {
			store := &faulty{Store: &lifecycle.MemStore{}}
			w := newWorld(t, store).stock()
			w.install(1, org1, seatPackage, jane)
			modified := n - len(w.events())
			for i := range modified {
				w.setTerms(1, func(terms *license.Terms) { terms.Seats = license.MustSeats(4 + i%2) })
			}
			w.clock = w.clock.Add(time.Second)
			if stops {
				failing := store.updates + 2
				store.commit = func(update int, commit func() error) error {
					if update == failing {
						return errBroken
					}
					return commit()
				}
			}
			removed, err := w.Retain(t.Context(), w.a, w.clock)
			if store.commit = nil; stops {
				again, errAgain := w.Retain(t.Context(), w.a, w.clock)
				if n >= 500 && !errors.Is(err, errBroken) { // exactly 500 are a page that can have another after it
					t.Errorf("of %d events: Retain = %d, %v, want to be stopped", n, removed, err)
				}
				removed, err = removed+again, errAgain
			}
			if want := modified - 1; err != nil || removed != want { // the last says what all before it do
				t.Errorf("of %d events, stops %t: Retain = %d, %v, want %d", n, stops, removed, err, want)
			}
			left := w.events()
			kept, ok := left[len(left)-1].Change.(lifecycle.Retained)
			if !ok || kept.Removed != int64(removed) || kept.Through != int64(n-1) || !kept.Since.Equal(w.clock) {
				t.Errorf("of %d events, stops %t: it recorded %+v", n, stops, kept)
			}
			if found, err := lifecycle.Verify(t.Context(), store, w.a.Vendor); err != nil || len(found) > 0 {
				t.Errorf("of %d events, stops %t: Verify = %v, %v", n, stops, found, err)
			}
		}
	}
}
