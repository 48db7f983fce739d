package lifecycle_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

// P9: nothing is found in what any command leaves behind.
func TestP9VerifyFindsNothingWrongWithWhatCommandsLeave(t *testing.T) {
	for i := range len(newWorld(t, &lifecycle.MemStore{}).live().everyCommand()) {
		w := newWorld(t, &lifecycle.MemStore{}).live()
		c := w.everyCommand()[i]
		w.must(c)
		if found, err := lifecycle.Verify(t.Context(), w.store, w.a.Vendor); err != nil || len(found) > 0 {
			t.Errorf("after %s: %v, %v", brief(c), found, err)
		}
	}
	if found, err := lifecycle.Verify(t.Context(), &lifecycle.MemStore{}, vendorA.Vendor); err != nil || len(found) > 0 {
		t.Errorf("of an empty store: %v, %v", found, err)
	}
}

// Every change that an event records is verified.
func TestP9EveryChangeIsVerified(t *testing.T) {
	for _, kind := range lifecycle.Kinds() {
		c, err := lifecycle.DecodeChange(kind, []byte("{}"))
		if _, told := c.(lifecycle.Told); told { // reads what it names, and that is nothing here
			continue
		}
		if err != nil || !lifecycle.CanVerify(c) {
			t.Errorf("a change of the kind %q has no case in verify.go (%v)", kind, err)
		}
	}
}

// P9: what was written past the library is found, by the rule that it breaks.
func TestP9VerifyFinds(t *testing.T) {
	at := epoch.Add(time.Hour)
	edit := func(change func(*license.License)) func(*world) lifecycle.Effect {
		return func(w *world) lifecycle.Effect {
			l := w.license(1)
			change(&l)
			return lifecycle.PutLicense{License: l, IfRevision: w.license(1).Revision}
		}
	}
	always := func(e lifecycle.Effect) func(*world) lifecycle.Effect {
		return func(*world) lifecycle.Effect { return e }
	}
	for _, test := range []struct {
		rule   string
		effect func(*world) lifecycle.Effect
	}{
		{"E8", always(lifecycle.FreeSeats{License: 1, Users: users(1), At: at})},
		{"E8", always(lifecycle.TakeSeats{License: 1, IfRevision: 1, Users: users(7), At: at, Limit: 9})},
		{"S19", always(lifecycle.TakeSeats{License: 5, IfRevision: 2, Users: users(7), At: at, Limit: 9})},
		{"E2", edit(func(l *license.License) { l.Terms.Status = license.Suspended })},
		{"L1", edit(func(l *license.License) { l.Terms.Status = 77 })},
		{"L2", edit(func(l *license.License) { l.OnceActive = false })},
		{"L2", edit(func(l *license.License) { l.Terms.Status = license.Trial })},
		{"L7", edit(func(l *license.License) { l.Terms.Status = license.Trial })},
		{"L3", edit(func(l *license.License) { l.UninstalledAt = at })},
		{"E2", edit(func(l *license.License) { l.Terms.Seats = license.MustSeats(4) })},
		{"E2", edit(func(l *license.License) { l.Terms.Expiration = license.LastDay(license.DateOf(at)) })},
		{"E2", always(lifecycle.PutLicense{License: license.License{ID: 77, Installation: installation(77), Terms: license.Terms{Status: license.Active}, OnceActive: true, Revision: 1}})},
		{"E2", always(lifecycle.PutLead{Lead: lead.Lead{ID: lead.MustID("stray"), Revision: 1}})},
		{"E2", always(lifecycle.PutContact{Contact: lead.Contact{ID: lead.MustContactID("contact-0")}})},
		{"E2", always(lifecycle.PutAccount{Account: lead.Account{ID: lead.MustAccountID("account-0")}})},
		{"E2", always(lifecycle.PutOwner{Owner: lead.Owner{ID: lead.MustOwnerID("owner-1")}})},
		{"E2", always(lifecycle.PutFact{Fact: lifecycle.Fact{Installation: installation(1), Kind: lifecycle.FactUninstalled, At: at}, Known: 2})},
		{"T5", always(lifecycle.PutClock{Now: at})},
		{"E2", always(lifecycle.Append{Event: lifecycle.Event{Stream: lifecycle.Stream{Kind: lifecycle.LicenseStream, ID: "L-00001"}, At: at,
			Change: lifecycle.SeatsRevoked{License: 1, Users: users(8), At: at}}})},
		{"E8", always(lifecycle.Append{Event: lifecycle.Event{Stream: lifecycle.Stream{Kind: lifecycle.LicenseStream, ID: "L-00001"}, At: at,
			Change: lifecycle.SeatsAssigned{License: 1, Users: []seats.UserID{user(8)}, At: at}}})},
		{"T5", always(lifecycle.Append{Event: lifecycle.Event{Stream: lifecycle.Stream{Kind: lifecycle.OwnerStream, ID: "owner-1"}, At: epoch.AddDate(-1, 0, 0),
			Change: lifecycle.OwnerSaved{Owner: lead.Owner{ID: lead.MustOwnerID("owner-1"), Name: "Olga", Active: true}}}})},
	} {
		w := newWorld(t, &lifecycle.MemStore{}).live()
		effect := test.effect(w)
		err := w.store.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error { return tx.Write(ctx, w.a.Vendor, effect) })
		if err != nil {
			t.Fatalf("Write(%T) = %v", effect, err)
		}
		found, err := lifecycle.Verify(t.Context(), w.store, w.a.Vendor)
		text := ""
		for _, f := range found {
			text += f.String() + "\n"
		}
		if err != nil || !strings.Contains("\n"+text, "\n"+test.rule+": ") {
			t.Errorf("after %+v Verify = %v, finds\n%s, want a breach of %s", effect, err, text, test.rule)
		}
	}
}
