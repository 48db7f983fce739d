package lifecycle

import (
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Effect is one write that [Apply] decided on: one of the types of this file. An
// effect carries the guard under which it was decided; a [Tx] enforces the guard in
// the write itself, and returns ErrConflict where it does not hold.
type Effect interface{ effect() }

// PutPackage writes a registration. Guard: its revision is IfRevision, or it is
// absent for 0.
type PutPackage struct {
	Registration Registration
	IfRevision   int64
}

// PutVersion writes a package version. Guard: it is absent.
type PutVersion struct{ Version pkgversion.PackageVersion }

// PutParameter writes the definition of a feature parameter. Guards: its revision is
// IfRevision, or it is absent for 0; its package is there, and has exactly Known
// parameters.
type PutParameter struct {
	Parameter  license.Parameter
	IfRevision int64
	Known      int
}

// PutOrg writes an org. Guard: its revision is IfRevision, or it is absent for 0.
type PutOrg struct {
	Org        license.Org
	IfRevision int64
}

// PutFact writes a fact. Guard: its installation has exactly Known facts, so that
// whoever decided on them knew all.
type PutFact struct {
	Fact  Fact
	Known int
}

// PutNotice remembers a notification by its fingerprint. Guard: it is absent.
type PutNotice struct {
	ID          NotificationID
	Fingerprint string
}

// PutLicense writes a license, all of it but Holders, which is the count of its
// open assignments and the store's to keep, and Observed, which PutSides writes. Guard: its revision is IfRevision; for
// 0 its ID and its Installation are absent, and it has no holders. A store gives
// out only numbers above every ID that was written.
type PutLicense struct {
	License    license.License
	IfRevision int64
}

// PutSides writes how the two sides of a license stand, and their Observed as that of
// the license. Guards: the license is there; the revision of its Sides is IfRevision, or
// they are absent for 0.
type PutSides struct {
	Sides      Sides
	IfRevision int64
}

// PutRefresh writes how far the refresh of a package is. Guard: its revision is
// IfRevision, or it is absent for 0.
type PutRefresh struct {
	Refresh    Refresh
	IfRevision int64
}

// PutLeft writes down an installation as one that a refresh of its package could not
// read, in place of what was there.
type PutLeft struct{ Installation Installation }

// DropLeft takes back what PutLeft wrote, if it did.
type DropLeft struct{ Installation license.InstallationID }

// TakeSeats opens an assignment for each of Users, and counts them. Guards: the
// license's revision is IfRevision; none of Users holds a seat; the count does not
// pass Limit.
type TakeSeats struct {
	License    license.ID
	IfRevision int64
	Users      []seats.UserID // distinct
	At         time.Time
	By         string
	ImportedAt time.Time // zero: they are given at At, and here
	Limit      int
}

// FreeSeats closes the assignment of each of Users, and counts them. Guard: each
// holds a seat.
type FreeSeats struct {
	License license.ID
	Users   []seats.UserID // distinct
	At      time.Time
	By      string
}

// FreeAllSeats closes every assignment of a license, and counts them. Guard: the
// license is there, and exactly Held seats are held.
type FreeAllSeats struct {
	License license.ID
	Held    int
	At      time.Time
	By      string
}

// ExpectSeat writes nothing. Guard: the user holds a seat of the license, and until the
// transaction ends no other takes it.
type ExpectSeat struct {
	License license.ID
	User    seats.UserID
}

// LockSeats writes nothing, and has no guard. Until the transaction ends no other changes
// the license or who holds its seats, so that what is read after it is of one moment.
type LockSeats struct{ License license.ID }

// ExpectHolders writes nothing. Guard: so many seats of the license are held, and until
// the transaction ends no other changes that.
type ExpectHolders struct {
	License license.ID
	Holders int
}

// PutParameterValue writes what the two sides have for a feature parameter. Guards: its
// revision is IfRevision, or it is absent for 0; that of its license is IfLicense.
type PutParameterValue struct {
	Value      license.ParameterValue
	IfRevision int64
	IfLicense  int64
}

// PutStanding writes how far an idle seat has come. Guard: its revision is
// IfRevision, or it is absent for 0.
type PutStanding struct {
	Standing   Standing
	IfRevision int64
}

// RecordKind says which records a match key leads to.
type RecordKind uint8

// The kinds of records that are matched.
const (
	Leads RecordKind = 1 + iota
	Contacts
)

// String returns "leads" or "contacts".
func (k RecordKind) String() string {
	switch k {
	case Leads:
		return "leads"
	case Contacts:
		return "contacts"
	}
	return "nothing"
}

// ExpectUnder writes nothing. Guard: so many records of the kind stand under the
// keys, each counted once, and until the transaction ends no other puts one there.
type ExpectUnder struct {
	Kind    RecordKind
	Keys    []string
	Records int
}

// PutLead writes a lead and the keys under which it is found, in place of those
// that it had. Guard: its revision is IfRevision, or it is absent for 0.
type PutLead struct {
	Lead       lead.Lead
	IfRevision int64
	Keys       []string
}

// PutPendingLead writes a pending lead. Guard: its license has none.
type PutPendingLead struct{ Pending PendingLead }

// DropPendingLead removes the pending lead of a license. Guard: its revision is
// IfRevision.
type DropPendingLead struct {
	License    license.ID
	IfRevision int64
}

// PutContact writes a contact and the keys under which it is found, in place of
// what was there.
type PutContact struct {
	Contact lead.Contact
	Keys    []string
}

// PutAccount writes an account in place of what was there.
type PutAccount struct{ Account lead.Account }

// PutOwner writes an owner in place of what was there.
type PutOwner struct{ Owner lead.Owner }

// PutAlert writes an alert. Guard: its ID is absent, and so is an alert of its license
// with its number.
type PutAlert struct{ Alert Alert }

// PutDelivery writes how far an alert has come. Guard: its revision is IfRevision, or it
// is absent for 0.
type PutDelivery struct {
	Delivery   Delivery
	IfRevision int64
}

// PutClock sets the latest instant that was committed.
type PutClock struct{ Now time.Time }

// PutCursor sets how far a consumer has read the feed.
type PutCursor struct {
	Name string
	Seq  int64
}

// DropCursor forgets what PutCursor set, if it did.
type DropCursor struct{ Name string }

// Append appends an event to its Stream, which is [StreamOf] its change. The store
// sets Vendor, Position, and at once or later Seq.
type Append struct{ Event Event }

func (PutPackage) effect()    {}
func (PutVersion) effect()    {}
func (PutOrg) effect()        {}
func (PutFact) effect()       {}
func (PutNotice) effect()     {}
func (PutLicense) effect()    {}
func (TakeSeats) effect()     {}
func (FreeSeats) effect()     {}
func (FreeAllSeats) effect()  {}
func (ExpectHolders) effect() {}
func (ExpectSeat) effect()    {}
func (LockSeats) effect()     {}
func (PutStanding) effect()   {}
func (ExpectUnder) effect()   {}
func (PutLead) effect()       {}
func (PutContact) effect()    {}
func (PutAccount) effect()    {}
func (PutOwner) effect()      {}
func (PutAlert) effect()      {}
func (PutDelivery) effect()   {}
func (PutClock) effect()      {}
func (PutCursor) effect()     {}
func (DropCursor) effect()    {}
func (Append) effect()        {}
func (PutSides) effect()      {}
func (PutRefresh) effect()    {}
func (PutLeft) effect()       {}
func (DropLeft) effect()      {}

// Restore keeps an event of another store as it was there: at its Position, and at its
// Seq where it has one. Guard: both are above those of all events of the stream, and
// of the feed, that are there. A store that numbers events as it writes them gives one
// without a Seq the next.
type Restore struct{ Event Event }

// DropEvent removes the event of a stream at a position, which a later one of its kind says
// again. Positions and numbers of the others stay. Guard: both are there, the change of
// each is of Kind, and Position is above 1 and below Later.
type DropEvent struct {
	Stream   Stream
	Kind     string // see [KindOf]
	Position int64
	Later    int64
}

func (DropEvent) effect()         {}
func (Restore) effect()           {}
func (PutPendingLead) effect()    {}
func (DropPendingLead) effect()   {}
func (PutParameter) effect()      {}
func (PutParameterValue) effect() {}
