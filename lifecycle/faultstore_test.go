package lifecycle_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

var errBroken = errors.New("the store is broken")

// faulty is a store of which call number failAt fails with err, counted from 1
// over all reads and writes; with after, when its work is done. updates are how
// many Updates were begun.
type faulty struct {
	lifecycle.Store
	failAt  int
	after   bool
	dies    bool // it panics instead: the program ends there
	err     error
	calls   int
	updates int
	commit  func(update int, commit func() error) error // how an Update ends; nil: as it does
}

func (s *faulty) View(ctx context.Context, f func(context.Context, lifecycle.Reader) error) error {
	return s.Store.View(ctx, func(ctx context.Context, r lifecycle.Reader) error { return f(ctx, faultyReader{s, r}) })
}

func (s *faulty) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	s.updates++
	commit := func() error {
		return s.Store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
			return f(ctx, faultyTx{faultyReader{s, tx}, tx})
		})
	}
	if s.commit == nil {
		return commit()
	}
	return s.commit(s.updates, commit)
}

// fired reports whether the fault happened.
func (s *faulty) fired() bool { return s.failAt > 0 && s.calls >= s.failAt }

// try is do, or the fault.
func try[T any](s *faulty, do func() (T, error)) (T, error) {
	s.calls++
	var zero T
	if s.calls != s.failAt {
		return do()
	}
	if s.after {
		if _, err := do(); err != nil {
			return zero, err
		}
	}
	if s.dies {
		panic("the program dies") // what it does next never happens
	}
	return zero, s.err
}

type faultyReader struct {
	s *faulty
	lifecycle.Reader
}

type faultyTx struct {
	faultyReader
	tx lifecycle.Tx
}

func (x faultyTx) Write(ctx context.Context, vendor pkgversion.VendorID, effects ...lifecycle.Effect) error {
	_, err := try(x.s, func() (struct{}, error) { return struct{}{}, x.tx.Write(ctx, vendor, effects...) })
	return err
}

func (x faultyTx) NextLicense(ctx context.Context, vendor pkgversion.VendorID) (license.ID, error) {
	return try(x.s, func() (license.ID, error) { return x.tx.NextLicense(ctx, vendor) })
}

func (x faultyTx) Number(ctx context.Context, vendor pkgversion.VendorID, max int) (int, error) {
	return try(x.s, func() (int, error) { return x.tx.Number(ctx, vendor, max) })
}

func (x faultyReader) Package(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) (lifecycle.Registration, error) {
	return try(x.s, func() (lifecycle.Registration, error) { return x.Reader.Package(ctx, vendor, id) })
}

func (x faultyReader) Packages(ctx context.Context, vendor pkgversion.VendorID) ([]lifecycle.Registration, error) {
	return try(x.s, func() ([]lifecycle.Registration, error) { return x.Reader.Packages(ctx, vendor) })
}

func (x faultyReader) Version(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.VersionID) (pkgversion.PackageVersion, error) {
	return try(x.s, func() (pkgversion.PackageVersion, error) { return x.Reader.Version(ctx, vendor, id) })
}

func (x faultyReader) Versions(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) ([]pkgversion.PackageVersion, error) {
	return try(x.s, func() ([]pkgversion.PackageVersion, error) { return x.Reader.Versions(ctx, vendor, id) })
}

func (x faultyReader) Parameters(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) ([]license.Parameter, error) {
	return try(x.s, func() ([]license.Parameter, error) { return x.Reader.Parameters(ctx, vendor, id) })
}

func (x faultyReader) Clock(ctx context.Context, vendor pkgversion.VendorID) (time.Time, error) {
	return try(x.s, func() (time.Time, error) { return x.Reader.Clock(ctx, vendor) })
}

func (x faultyReader) License(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (license.License, error) {
	return try(x.s, func() (license.License, error) { return x.Reader.License(ctx, vendor, id) })
}

func (x faultyReader) LicenseOf(ctx context.Context, vendor pkgversion.VendorID, id license.InstallationID) (license.License, error) {
	return try(x.s, func() (license.License, error) { return x.Reader.LicenseOf(ctx, vendor, id) })
}

func (x faultyReader) Licenses(ctx context.Context, vendor pkgversion.VendorID, q lifecycle.LicenseQuery, limit int) ([]license.License, error) {
	return try(x.s, func() ([]license.License, error) { return x.Reader.Licenses(ctx, vendor, q, limit) })
}

func (x faultyReader) ParameterValues(ctx context.Context, vendor pkgversion.VendorID, id license.ID) ([]license.ParameterValue, error) {
	return try(x.s, func() ([]license.ParameterValue, error) { return x.Reader.ParameterValues(ctx, vendor, id) })
}

func (x faultyReader) Org(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.OrgID) (license.Org, error) {
	return try(x.s, func() (license.Org, error) { return x.Reader.Org(ctx, vendor, id) })
}

func (x faultyReader) Sandboxes(ctx context.Context, vendor pkgversion.VendorID, production pkgversion.OrgID) ([]license.Org, error) {
	return try(x.s, func() ([]license.Org, error) { return x.Reader.Sandboxes(ctx, vendor, production) })
}

func (x faultyReader) Sides(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (lifecycle.Sides, error) {
	return try(x.s, func() (lifecycle.Sides, error) { return x.Reader.Sides(ctx, vendor, id) })
}

func (x faultyReader) PendingPushes(ctx context.Context, vendor pkgversion.VendorID, due time.Time, after license.ID, limit int) ([]lifecycle.Sides, error) {
	return try(x.s, func() ([]lifecycle.Sides, error) { return x.Reader.PendingPushes(ctx, vendor, due, after, limit) })
}

func (x faultyReader) Drifting(ctx context.Context, vendor pkgversion.VendorID, after license.ID, limit int) ([]lifecycle.Sides, error) {
	return try(x.s, func() ([]lifecycle.Sides, error) { return x.Reader.Drifting(ctx, vendor, after, limit) })
}

func (x faultyReader) Refresh(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) (lifecycle.Refresh, error) {
	return try(x.s, func() (lifecycle.Refresh, error) { return x.Reader.Refresh(ctx, vendor, id) })
}

func (x faultyReader) Left(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID, after license.InstallationID, limit int) ([]lifecycle.Installation, error) {
	return try(x.s, func() ([]lifecycle.Installation, error) { return x.Reader.Left(ctx, vendor, id, after, limit) })
}

func (x faultyReader) Facts(ctx context.Context, vendor pkgversion.VendorID, id license.InstallationID) ([]lifecycle.Fact, error) {
	return try(x.s, func() ([]lifecycle.Fact, error) { return x.Reader.Facts(ctx, vendor, id) })
}

func (x faultyReader) Fingerprint(ctx context.Context, vendor pkgversion.VendorID, id lifecycle.NotificationID) (string, error) {
	return try(x.s, func() (string, error) { return x.Reader.Fingerprint(ctx, vendor, id) })
}

func (x faultyReader) Holding(ctx context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]seats.Assignment, error) {
	return try(x.s, func() ([]seats.Assignment, error) { return x.Reader.Holding(ctx, vendor, id, users) })
}

func (x faultyReader) Holders(ctx context.Context, vendor pkgversion.VendorID, id license.ID, after seats.UserID, limit int) ([]seats.Assignment, error) {
	return try(x.s, func() ([]seats.Assignment, error) { return x.Reader.Holders(ctx, vendor, id, after, limit) })
}

func (x faultyReader) Standings(ctx context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]lifecycle.Standing, error) {
	return try(x.s, func() ([]lifecycle.Standing, error) { return x.Reader.Standings(ctx, vendor, id, users) })
}

func (x faultyReader) SeatHistory(ctx context.Context, vendor pkgversion.VendorID, id license.ID, user seats.UserID) ([]seats.Assignment, error) {
	return try(x.s, func() ([]seats.Assignment, error) { return x.Reader.SeatHistory(ctx, vendor, id, user) })
}

func (x faultyReader) HoldersAt(ctx context.Context, vendor pkgversion.VendorID, id license.ID, at time.Time) (int, error) {
	return try(x.s, func() (int, error) { return x.Reader.HoldersAt(ctx, vendor, id, at) })
}

func (x faultyReader) Lead(ctx context.Context, vendor pkgversion.VendorID, id lead.ID) (lead.Lead, error) {
	return try(x.s, func() (lead.Lead, error) { return x.Reader.Lead(ctx, vendor, id) })
}

func (x faultyReader) Contact(ctx context.Context, vendor pkgversion.VendorID, id lead.ContactID) (lead.Contact, error) {
	return try(x.s, func() (lead.Contact, error) { return x.Reader.Contact(ctx, vendor, id) })
}

func (x faultyReader) Account(ctx context.Context, vendor pkgversion.VendorID, id lead.AccountID) (lead.Account, error) {
	return try(x.s, func() (lead.Account, error) { return x.Reader.Account(ctx, vendor, id) })
}

func (x faultyReader) Owner(ctx context.Context, vendor pkgversion.VendorID, id lead.OwnerID) (lead.Owner, error) {
	return try(x.s, func() (lead.Owner, error) { return x.Reader.Owner(ctx, vendor, id) })
}

func (x faultyReader) PendingLead(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (lifecycle.PendingLead, error) {
	return try(x.s, func() (lifecycle.PendingLead, error) { return x.Reader.PendingLead(ctx, vendor, id) })
}

func (x faultyReader) PendingLeads(ctx context.Context, vendor pkgversion.VendorID, after license.ID, limit int) ([]lifecycle.PendingLead, error) {
	return try(x.s, func() ([]lifecycle.PendingLead, error) { return x.Reader.PendingLeads(ctx, vendor, after, limit) })
}

func (x faultyReader) Leads(ctx context.Context, vendor pkgversion.VendorID, q lifecycle.LeadQuery, limit int) ([]lead.Lead, error) {
	return try(x.s, func() ([]lead.Lead, error) { return x.Reader.Leads(ctx, vendor, q, limit) })
}

func (x faultyReader) LeadsUnder(ctx context.Context, vendor pkgversion.VendorID, keys []string, limit int) (found []lead.Lead, n int, err error) {
	found, err = try(x.s, func() ([]lead.Lead, error) {
		found, n, err = x.Reader.LeadsUnder(ctx, vendor, keys, limit)
		return found, err
	})
	return found, n, err
}

func (x faultyReader) ContactsUnder(ctx context.Context, vendor pkgversion.VendorID, keys []string, limit int) (found []lead.Contact, n int, err error) {
	found, err = try(x.s, func() ([]lead.Contact, error) {
		found, n, err = x.Reader.ContactsUnder(ctx, vendor, keys, limit)
		return found, err
	})
	return found, n, err
}

func (x faultyReader) Alert(ctx context.Context, vendor pkgversion.VendorID, id lifecycle.AlertID) (lifecycle.Alert, error) {
	return try(x.s, func() (lifecycle.Alert, error) { return x.Reader.Alert(ctx, vendor, id) })
}

func (x faultyReader) LastAlert(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (int, error) {
	return try(x.s, func() (int, error) { return x.Reader.LastAlert(ctx, vendor, id) })
}

func (x faultyReader) Alerts(ctx context.Context, vendor pkgversion.VendorID, q lifecycle.AlertQuery, limit int) ([]lifecycle.Alert, error) {
	return try(x.s, func() ([]lifecycle.Alert, error) { return x.Reader.Alerts(ctx, vendor, q, limit) })
}

func (x faultyReader) Delivery(ctx context.Context, vendor pkgversion.VendorID, id lifecycle.AlertID, sink string) (lifecycle.Delivery, error) {
	return try(x.s, func() (lifecycle.Delivery, error) { return x.Reader.Delivery(ctx, vendor, id, sink) })
}

func (x faultyReader) Deliveries(ctx context.Context, vendor pkgversion.VendorID, q lifecycle.DeliveryQuery, limit int) ([]lifecycle.Delivery, error) {
	return try(x.s, func() ([]lifecycle.Delivery, error) { return x.Reader.Deliveries(ctx, vendor, q, limit) })
}

func (x faultyReader) Feed(ctx context.Context, vendor pkgversion.VendorID, after int64, limit int) ([]lifecycle.Event, error) {
	return try(x.s, func() ([]lifecycle.Event, error) { return x.Reader.Feed(ctx, vendor, after, limit) })
}

func (x faultyReader) FeedEnd(ctx context.Context, vendor pkgversion.VendorID) (int64, error) {
	return try(x.s, func() (int64, error) { return x.Reader.FeedEnd(ctx, vendor) })
}

func (x faultyReader) Unnumbered(ctx context.Context, vendor pkgversion.VendorID) (bool, error) {
	return try(x.s, func() (bool, error) { return x.Reader.Unnumbered(ctx, vendor) })
}

func (x faultyReader) History(ctx context.Context, vendor pkgversion.VendorID, stream lifecycle.Stream, after int64, limit int) ([]lifecycle.Event, error) {
	return try(x.s, func() ([]lifecycle.Event, error) { return x.Reader.History(ctx, vendor, stream, after, limit) })
}

func (x faultyReader) LastChange(ctx context.Context, vendor pkgversion.VendorID, stream lifecycle.Stream, kind string, until time.Time) (lifecycle.Event, error) {
	return try(x.s, func() (lifecycle.Event, error) { return x.Reader.LastChange(ctx, vendor, stream, kind, until) })
}

func (x faultyReader) Cursor(ctx context.Context, vendor pkgversion.VendorID, name string) (int64, error) {
	return try(x.s, func() (int64, error) { return x.Reader.Cursor(ctx, vendor, name) })
}

func (x faultyReader) Cursors(ctx context.Context, vendor pkgversion.VendorID) (map[string]int64, error) {
	return try(x.s, func() (map[string]int64, error) { return x.Reader.Cursors(ctx, vendor) })
}

// No read and no write passes a faulty store by.
func TestFaultyStoreFaultsEveryCall(t *testing.T) {
	s := &faulty{err: errBroken}
	tx := reflect.ValueOf(faultyTx{faultyReader: faultyReader{s: s}})
	all := reflect.TypeFor[lifecycle.Tx]()
	for i := range all.NumMethod() {
		name := all.Method(i).Name
		s.failAt = s.calls + 1
		func() {
			defer func() {
				if recover() != nil { // there is no store behind it
					t.Errorf("%s is not faulted", name)
				}
			}()
			call := tx.MethodByName(name)
			args := make([]reflect.Value, call.Type().NumIn())
			for n := range args {
				args[n] = reflect.Zero(call.Type().In(n))
			}
			if call.Type().IsVariadic() {
				args = args[:len(args)-1]
			}
			results := call.Call(args)
			if err, _ := results[len(results)-1].Interface().(error); err != errBroken {
				t.Errorf("%s = %v, want the fault", name, err)
			}
		}()
	}
}
