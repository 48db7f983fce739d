// Package storetest proves that a [lifecycle.Store] keeps every promise of its
// contract. Call [Test] from a test of the implementation:
//
//	func TestStore(t *testing.T) {
//		storetest.Test(t, func(t *testing.T) lifecycle.Store { return mystore.New(t.TempDir()) })
//	}
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// Test runs the conformance suite. open returns a new, empty store for each case;
// it closes the store with t.Cleanup. Run it with the race detector too.
func Test(t *testing.T, open func(*testing.T) lifecycle.Store) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.run(&suite{T: t, store: open(t)})
		})
	}
}

// cases lists what is tested, a promise each.
var cases = []struct {
	name string
	run  func(*suite)
}{
	{"AbsentIsZero", absentIsZero},
	{"UpdateCommitsAll", updateCommitsAll},
	{"UpdateTakesBackOnError", updateTakesBackOnError},
	{"UpdateTakesBackOnPanic", updateTakesBackOnPanic},
	{"UpdateReadsItsOwnWrites", updateReadsItsOwnWrites},
	{"CancelledContext", cancelledContext},
	{"FailedGuardLeavesNothing", failedGuardLeavesNothing},
	{"GuardPackage", guardPackage},
	{"GuardVersion", guardVersion},
	{"GuardParameter", guardParameter},
	{"GuardParameterValue", guardParameterValue},
	{"GuardOrg", guardOrg},
	{"GuardFact", guardFact},
	{"GuardNotice", guardNotice},
	{"GuardLicense", guardLicense},
	{"GuardSides", guardSides},
	{"GuardRefresh", guardRefresh},
	{"GuardTakeSeats", guardTakeSeats},
	{"GuardFreeSeats", guardFreeSeats},
	{"GuardExpectHolders", guardExpectHolders},
	{"GuardExpectSeat", guardExpectSeat},
	{"GuardExpectUnder", guardExpectUnder},
	{"GuardStanding", guardStanding},
	{"GuardPendingLead", guardPendingLead},
	{"GuardAlert", guardAlert},
	{"GuardDelivery", guardDelivery},
	{"GuardLead", guardLead},
	{"T8_V11_RecordsSurvive", recordsSurvive},
	{"V12_LongestTextsSurvive", longestTextsSurvive},
	{"S2_HoldersAreCounted", holdersAreCounted},
	{"SeatHistoryIsKept", seatHistoryIsKept},
	{"FreeAllSeats", freeAllSeats},
	{"HoldersInPages", holdersInPages},
	{"ObservedIsKept", observedIsKept},
	{"SidesInPages", sidesInPages},
	{"LeftInPages", leftInPages},
	{"SandboxesOfAnOrg", sandboxesOfAnOrg},
	{"L19_NumbersRise", numbersRise},
	{"LicensesAsQueried", licensesAsQueried},
	{"LeadsAsQueried", leadsAsQueried},
	{"AlertsAsQueried", alertsAsQueried},
	{"DeliveriesAsQueried", deliveriesAsQueried},
	{"E4_DueDeliveriesInOrder", dueDeliveriesInOrder},
	{"MatchKeys", matchKeys},
	{"E3_EventsInOrder", eventsInOrder},
	{"EveryChangeSurvives", everyChangeSurvives},
	{"GuardRestore", guardRestore},
	{"GuardDropEvent", guardDropEvent},
	{"LastChangeOfAKind", lastChangeOfAKind},
	{"HoldersAtAnInstant", holdersAtAnInstant},
	{"Cursors", cursors},
	{"FeedEnd", feedEnd},
	{"M1_VendorsAreApart", vendorsAreApart},
	{"S3_LastSeat", lastSeat},
	{"S4_OneSeatPerUser", oneSeatPerUser},
	{"S20_ExpectHoldersHolds", expectHoldersHolds},
	{"S20_LockedSeatsStay", lockedSeatsStay},
	{"L9_NoLostUpdate", noLostUpdate},
	{"I6_OneLead", oneLead},
	{"E4_OneAlert", oneAlert},
	{"S24_SnapshotIsOfOneMoment", snapshotIsOfOneMoment},
	{"L19_NumbersAreUnique", numbersAreUnique},
	{"E3_FeedSkipsNothing", feedSkipsNothing},
}

// Retrying returns a store that calls the function of every Update twice, takes back
// what the first call wrote, and lets the second count. Run the suite, and your own
// tests, on it: what works there does not rely on being called once.
func Retrying(s lifecycle.Store) lifecycle.Store { return retrying{s} }

type retrying struct{ lifecycle.Store }

var errAgain = errors.New("storetest: once more")

func (r retrying) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	err := r.Store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		return errAgain
	})
	if !errors.Is(err, errAgain) {
		return err
	}
	return r.Store.Update(ctx, f)
}

// suite is one case at work.
type suite struct {
	*testing.T
	store lifecycle.Store
}

// The vendor whose records a case writes, unless it says otherwise.
var vendor = pkgversion.MustVendorID("vendor-a")

// day is a fixed instant with microseconds, so that a store that drops them is seen.
var day = time.Date(2026, 6, 30, 18, 5, 0, 123456000, time.UTC)

// write writes effects for vendor in an Update of their own.
func (s *suite) write(effects ...lifecycle.Effect) error {
	return s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
		return tx.Write(ctx, vendor, effects...)
	})
}

// mustWrite is write that must succeed.
func (s *suite) mustWrite(effects ...lifecycle.Effect) {
	s.Helper()
	if err := s.write(effects...); err != nil {
		s.Fatalf("Write(%T …) = %v, want no error", effects[0], err)
	}
}

// mustConflict is write that must fail with ErrConflict.
func (s *suite) mustConflict(why string, effects ...lifecycle.Effect) {
	s.Helper()
	if err := s.write(effects...); !errors.Is(err, lifecycle.ErrConflict) {
		s.Errorf("%s: Write(%T) = %v, want ErrConflict", why, effects[0], err)
	}
}

// view reads in a View.
func view[T any](s *suite, read func(context.Context, lifecycle.Reader) (T, error)) T {
	s.Helper()
	var result T
	err := s.store.View(s.Context(), func(ctx context.Context, r lifecycle.Reader) (err error) {
		result, err = read(ctx, r)
		return err
	})
	if err != nil {
		s.Fatalf("View = %v, want no error", err)
	}
	return result
}

func (s *suite) license(id license.ID) license.License {
	s.Helper()
	return view(s, func(ctx context.Context, r lifecycle.Reader) (license.License, error) {
		return r.License(ctx, vendor, id)
	})
}

// same fails when got differs from want.
func same[T any](s *suite, what string, got, want T) {
	s.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
