package lifecycle_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
)

// M2: what a listing can be asked for comes from fixed lists. Any other value is an
// error, and nothing is listed: not the condition left out, nor another order.
func TestM2OtherConditionsAreErrors(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	choice := rapid.OneOf(rapid.Uint8Range(0, 6), rapid.Uint8())
	rapid.Check(t, func(t *rapid.T) {
		asked := func(what string, last uint8) (chosen uint8, known bool) {
			chosen = choice.Draw(t, what)
			return chosen, chosen <= last
		}
		status, known1 := asked("status", uint8(license.Expired))
		orgs, known2 := asked("orgs", uint8(lifecycle.SandboxOrgs))
		retired, known3 := asked("retired", uint8(lifecycle.OnlyRetired))
		order, known4 := asked("order", uint8(lifecycle.ByExpiration))
		kind, known5 := asked("kind", uint8(lifecycle.PermissionSetLicenses))
		q := lifecycle.LicenseQuery{Status: license.Status(status), Orgs: lifecycle.OrgKind(orgs), Retired: lifecycle.RetiredKind(retired),
			Order: lifecycle.LicenseOrder(order), Kind: lifecycle.LicenseKind(kind), Day: license.DateOf(w.clock)}
		expectListing(t, q, w.Licenses(t.Context(), w.a, q), known1 && known2 && known3 && known4 && known5)

		state, known := asked("state of leads", uint8(lifecycle.ConvertedLeads))
		leads := lifecycle.LeadQuery{State: lifecycle.LeadState(state)}
		expectListing(t, leads, w.Leads(t.Context(), w.a, leads), known)
		state, known = asked("state of deliveries", uint8(lifecycle.Parked))
		deliveries := lifecycle.DeliveryQuery{State: lifecycle.DeliveryState(state)}
		expectListing(t, deliveries, w.Deliveries(t.Context(), w.a, deliveries), known)
	})
	expectListing(t, "Expired on no day", w.Licenses(t.Context(), w.a, lifecycle.LicenseQuery{Status: license.Expired}), false)
	expectListing(t, "the last values", w.Licenses(t.Context(), w.a, lifecycle.LicenseQuery{Status: math.MaxUint8}), false)
}

// expectListing expects a listing, or one error of the field and nothing else.
func expectListing[T any](t rapid.TB, q any, listing func(func(T, error) bool), known bool) {
	t.Helper()
	items, failed := 0, error(nil)
	for _, err := range listing {
		if err != nil {
			failed = err
		} else {
			items++
		}
	}
	if known && failed != nil || !known && (!isFieldError(failed) || !isOneLine(failed) || items > 0) {
		t.Fatalf("%+v gave %d items and %v; known: %t", q, items, failed, known)
	}
}
