package lifecycle

import (
	"context"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Store keeps everything. MemStore and package sqlstore implement it, and package
// storetest proves that an implementation keeps every promise made here.
//
// A Store is safe for concurrent use, and so are several on one database.
type Store interface {
	// View calls f with a consistent snapshot: everything that f reads is of one
	// moment. It returns f's error. The Reader must not be used after f returns.
	View(ctx context.Context, f func(context.Context, Reader) error) error

	// Update calls f and commits what it wrote, all of it or nothing. What f reads
	// includes what it wrote. When f returns an error, or panics, nothing is
	// written and Update returns that error, or panics. f may be called again after
	// a conflict, and only its last call counts; so it sets its results anew and
	// touches nothing else. The Tx must not be used after f returns.
	//
	// An *OutcomeUnknownError says that the commit may have happened. After any other
	// error nothing has.
	Update(ctx context.Context, f func(context.Context, Tx) error) error
}

// Tx reads and writes in an Update.
type Tx interface {
	Reader

	// Write carries out effects in their order. It returns ErrConflict, or an error
	// that wraps it, when a guard does not hold; the Update must then be given up.
	Write(ctx context.Context, vendor pkgversion.VendorID, effects ...Effect) error

	// NextLicense gives out the next number of a license. Numbers rise; one that was
	// given out in a transaction that was rolled back may be given out again.
	NextLicense(ctx context.Context, vendor pkgversion.VendorID) (license.ID, error)

	// Number gives up to max committed events of the vendor that have no Seq yet the
	// next numbers of the feed, those of one stream in the order of their positions,
	// and returns how many it numbered. A store that numbers events as it writes them,
	// because its commits come one after the other, returns 0.
	Number(ctx context.Context, vendor pkgversion.VendorID, max int) (int, error)
}

// Reader reads the records of a vendor. A record that is not there is the zero
// value and no error. Slices and what they hold are the caller's.
type Reader interface {
	PackageReader
	LicenseReader
	SidesReader
	SeatReader
	LeadReader
	AlertReader
	EventReader
}

// PackageReader reads what a vendor ships, and the clock.
type PackageReader interface {
	Package(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) (Registration, error)
	// Packages returns all registrations, by id.
	Packages(ctx context.Context, vendor pkgversion.VendorID) ([]Registration, error)
	Version(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.VersionID) (pkgversion.PackageVersion, error)
	// Versions returns all versions of a package, by id.
	Versions(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) ([]pkgversion.PackageVersion, error)
	// Parameters returns the feature parameters of a package, by name.
	Parameters(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) ([]license.Parameter, error)
	// Clock returns the instant that the latest PutClock set.
	Clock(ctx context.Context, vendor pkgversion.VendorID) (time.Time, error)
}

// LicenseReader reads licenses, and what they were made from.
type LicenseReader interface {
	License(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (license.License, error)
	LicenseOf(ctx context.Context, vendor pkgversion.VendorID, id license.InstallationID) (license.License, error)
	// Licenses returns at most limit licenses that q asks for, in q's order.
	Licenses(ctx context.Context, vendor pkgversion.VendorID, q LicenseQuery, limit int) ([]license.License, error)
	// ParameterValues returns what is set and reported of the feature parameters of a
	// license, by name.
	ParameterValues(ctx context.Context, vendor pkgversion.VendorID, id license.ID) ([]license.ParameterValue, error)
	Org(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.OrgID) (license.Org, error)
	// Sandboxes returns the orgs whose Production is the given one, by id.
	Sandboxes(ctx context.Context, vendor pkgversion.VendorID, production pkgversion.OrgID) ([]license.Org, error)
	// Facts returns all facts of an installation, in the order in which they came.
	Facts(ctx context.Context, vendor pkgversion.VendorID, id license.InstallationID) ([]Fact, error)
	// Fingerprint returns what PutNotice remembered, "" if it did not.
	Fingerprint(ctx context.Context, vendor pkgversion.VendorID, id NotificationID) (string, error)
}

// SidesReader reads how vendor and subscriber orgs stand.
type SidesReader interface {
	// Sides returns what PutSides wrote.
	Sides(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (Sides, error)
	// PendingPushes returns at most limit Sides whose push is pending and due at or
	// before an instant, by license, of licenses after the given one.
	PendingPushes(ctx context.Context, vendor pkgversion.VendorID, due time.Time, after license.ID, limit int) ([]Sides, error)
	// Drifting returns at most limit Sides that differ in a value, by license, of
	// licenses after the given one.
	Drifting(ctx context.Context, vendor pkgversion.VendorID, after license.ID, limit int) ([]Sides, error)
	// Refresh returns how far the latest refresh of a package is.
	Refresh(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) (Refresh, error)
	// Left returns at most limit installations of a package that refreshes could not
	// read, by installation, after the given one.
	Left(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID, after license.InstallationID, limit int) ([]Installation, error)
}

// SeatReader reads who holds seats, and who did.
type SeatReader interface {
	// Holding returns the open assignments of those of users who hold a seat, by user.
	Holding(ctx context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]seats.Assignment, error)
	// Holders returns at most limit open assignments of a license, by user, of users
	// after the given one.
	Holders(ctx context.Context, vendor pkgversion.VendorID, id license.ID, after seats.UserID, limit int) ([]seats.Assignment, error)
	// Standings returns how far the seats of users have come on the way to being
	// reclaimed, as far as that was written, by user.
	Standings(ctx context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]Standing, error)
	// SeatHistory returns every assignment of a license to a user, open and closed, by
	// the instant of assignment.
	SeatHistory(ctx context.Context, vendor pkgversion.VendorID, id license.ID, user seats.UserID) ([]seats.Assignment, error)
	// HoldersAt counts the assignments of a license that were known to be held at an
	// instant; see seats.Assignment.KnownAt.
	HoldersAt(ctx context.Context, vendor pkgversion.VendorID, id license.ID, at time.Time) (int, error)
}

// LeadReader reads who installed, as sales knows them.
type LeadReader interface {
	Lead(ctx context.Context, vendor pkgversion.VendorID, id lead.ID) (lead.Lead, error)
	Contact(ctx context.Context, vendor pkgversion.VendorID, id lead.ContactID) (lead.Contact, error)
	Account(ctx context.Context, vendor pkgversion.VendorID, id lead.AccountID) (lead.Account, error)
	Owner(ctx context.Context, vendor pkgversion.VendorID, id lead.OwnerID) (lead.Owner, error)
	PendingLead(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (PendingLead, error)
	// PendingLeads returns at most limit pending leads of licenses after the given one,
	// by license.
	PendingLeads(ctx context.Context, vendor pkgversion.VendorID, after license.ID, limit int) ([]PendingLead, error)
	// Leads returns at most limit leads that q asks for, by id.
	Leads(ctx context.Context, vendor pkgversion.VendorID, q LeadQuery, limit int) ([]lead.Lead, error)
	// LeadsUnder returns the leads that stand under any of keys, by id: at most limit
	// of them, and how many there are.
	LeadsUnder(ctx context.Context, vendor pkgversion.VendorID, keys []string, limit int) ([]lead.Lead, int, error)
	// ContactsUnder is LeadsUnder for contacts.
	ContactsUnder(ctx context.Context, vendor pkgversion.VendorID, keys []string, limit int) ([]lead.Contact, int, error)
}

// AlertReader reads what was to be told, and how far it has come.
type AlertReader interface {
	Alert(ctx context.Context, vendor pkgversion.VendorID, id AlertID) (Alert, error)
	// LastAlert returns the highest number of the alerts of a license, 0 if it has none.
	LastAlert(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (int, error)
	// Alerts returns at most limit alerts that q asks for, by license and number.
	Alerts(ctx context.Context, vendor pkgversion.VendorID, q AlertQuery, limit int) ([]Alert, error)
	Delivery(ctx context.Context, vendor pkgversion.VendorID, id AlertID, sink string) (Delivery, error)
	// Deliveries returns at most limit deliveries that q asks for, in q's order.
	Deliveries(ctx context.Context, vendor pkgversion.VendorID, q DeliveryQuery, limit int) ([]Delivery, error)
}

// EventReader reads what happened.
type EventReader interface {
	// Feed returns at most limit numbered events with a Seq after the given one, by Seq. An
	// event that commits later never gets a lower Seq than one that Feed returned.
	Feed(ctx context.Context, vendor pkgversion.VendorID, after int64, limit int) ([]Event, error)
	// FeedEnd returns the highest Seq that was given out, 0 if none was.
	FeedEnd(ctx context.Context, vendor pkgversion.VendorID) (int64, error)
	// Unnumbered reports whether Number would number an event.
	Unnumbered(ctx context.Context, vendor pkgversion.VendorID) (bool, error)
	// History returns at most limit events of a stream after a position, by position.
	History(ctx context.Context, vendor pkgversion.VendorID, stream Stream, after int64, limit int) ([]Event, error)
	// LastChange returns the last event of a stream, by position, whose change is of a kind
	// and which was recorded at or before an instant; the zero Event if there is none.
	LastChange(ctx context.Context, vendor pkgversion.VendorID, stream Stream, kind string, until time.Time) (Event, error)
	// Cursor returns what the latest PutCursor of that name set, 0 if none did.
	Cursor(ctx context.Context, vendor pkgversion.VendorID, name string) (int64, error)
	// Cursors returns what PutCursor set, by name.
	Cursors(ctx context.Context, vendor pkgversion.VendorID) (map[string]int64, error)
}
