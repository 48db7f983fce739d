package lifecycle

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// Event is something that happened, recorded in the transaction in which it
// happened. Events are never changed, and never deleted but by [Manager.Retain], where
// somebody asks for it. The events of a vendor make up a feed; those of one stream are in
// it in the order of their positions.
type Event struct {
	Vendor   pkgversion.VendorID
	Stream   Stream
	Position int64     // in the stream: 1, 2, 3 …, but for those that Retain removed
	Seq      int64     // in the vendor's feed: rising, not necessarily by one; 0 until it is numbered
	At       time.Time // when it was recorded
	Actor    ActorID
	Why      string // as the actor gave it, often empty
	Change   Change
}

// StreamKind says what a stream is about.
type StreamKind string

// The kinds of streams.
const (
	PackageStream      StreamKind = "package"      // a registration and its versions
	OrgStream          StreamKind = "org"          // a subscriber org
	InstallationStream StreamKind = "installation" // what was told of an installation
	LicenseStream      StreamKind = "license"      // a license and its seats
	LeadStream         StreamKind = "lead"
	ContactStream      StreamKind = "contact"
	AccountStream      StreamKind = "account"
	OwnerStream        StreamKind = "owner"
	ClockStream        StreamKind = "clock"
	HistoryStream      StreamKind = "history" // what was removed of all others
)

// Stream is what an event is about: a record, by its kind and id.
type Stream struct {
	Kind StreamKind
	ID   string
}

// Change is what an event records: one of the types below.
type Change interface {
	stream() Stream
	kind() string
}

// PackageChanged records that a package was registered, or its registration
// changed. Before is zero for a new one.
type PackageChanged struct{ Before, After Registration }

// VersionPublished records a new package version.
type VersionPublished struct{ Version pkgversion.PackageVersion }

// ParameterDefined records the definition of a feature parameter. Before is zero for a
// new one.
type ParameterDefined struct{ Before, After license.Parameter }

// OrgSeen records what was learnt of an org. Before is zero for a new one.
type OrgSeen struct{ Before, After license.Org }

// Told records a notification: its id and fingerprint where it has an id, and
// the facts of an installation that it told, if any.
type Told struct {
	Org         pkgversion.OrgID
	Notice      NotificationID
	Fingerprint string
	Facts       []Fact
}

// InstallationAborted records that an installation of a package was cancelled or failed in
// an org; see [InstallAborted].
type InstallationAborted struct {
	Org     pkgversion.OrgID
	Package pkgversion.PackageID
	Reason  string    // as it was told
	At      time.Time // when, as it was told
}

// LicenseEvent says what happened to a license.
type LicenseEvent string

// What happens to licenses.
const (
	LicenseInstalled   LicenseEvent = "installed"
	LicenseImported    LicenseEvent = "imported"
	LicenseAdded       LicenseEvent = "added" // a permission-set license
	LicenseUpgraded    LicenseEvent = "upgraded"
	LicenseModified    LicenseEvent = "modified"
	LicenseUninstalled LicenseEvent = "uninstalled" // its seats are free with it
	LicenseCompleted   LicenseEvent = "completed"   // by a notification of something earlier
	LicenseLinked      LicenseEvent = "linked"      // to a lead, contact or account, or a sandbox's to its production license
	LicenseRefreshed   LicenseEvent = "refreshed"   // made, or corrected, by what was read from the subscriber org
	LicenseRetired     LicenseEvent = "retired"     // out of the lists: its org is deleted
	LicenseRestored    LicenseEvent = "restored"    // into the lists
)

// LicenseChanged records a change of a license. Before is zero for a new one.
// Holders in both is that of the moment, so that an uninstallation shows how many
// seats it freed. Observed is that of the moment too; SidesChanged records it.
type LicenseChanged struct {
	What          LicenseEvent
	Before, After license.License
}

// SidesChanged records what became of the two sides of a license: what the
// subscriber org was seen to have, and what is to be pushed there.
type SidesChanged struct{ Before, After Sides }

// DriftFound records that the vendor and the subscriber org came to differ in a
// value, or that they differ in it otherwise than before; its Since tells the two
// apart. Nothing was overwritten.
type DriftFound struct {
	License    license.ID
	Difference license.Difference
}

// DriftEnded records that the two sides agree on a value again, in which they had
// differed since an instant.
type DriftEnded struct {
	License license.ID
	Field   license.DriftField
	Since   time.Time
}

// RefreshAdvanced records how far the refresh of a package got: which installations
// could not be read and are left, and which of those that were left no longer are.
type RefreshAdvanced struct {
	Before, After Refresh
	Left, Done    []Installation
}

// SeatsAssigned records that users hold a seat from an instant on: that of the event,
// or an earlier one where the seats were imported.
type SeatsAssigned struct {
	License license.ID
	Users   []seats.UserID
	At      time.Time
	By      string
}

// SeatsRevoked records that users gave up their seat.
type SeatsRevoked struct {
	License license.ID
	Users   []seats.UserID
	At      time.Time
	By      string
}

// ParameterChanged records what the vendor set for a feature parameter of a license, or
// what the subscriber reported. Before has no revision for the first.
type ParameterChanged struct{ Before, After license.ParameterValue }

// StageMoved records a move of a reclaim plan that was carried out, and the notice
// that is due with it, if any.
type StageMoved struct {
	Move  reclaim.Move
	After Standing
}

// AlertRaised records an alert. Its deliveries are bookkeeping and no events.
type AlertRaised struct{ Alert Alert }

// LeadChanged records a new lead, or a change of one, and the keys under which it is
// found from then on. Before is zero for a new one.
type LeadChanged struct {
	Before, After lead.Lead
	Keys          []string
}

// LeadPended records an installer of whom no lead could be made yet.
type LeadPended struct{ Pending PendingLead }

// LeadSettled records that the lead of a license is pending no more.
type LeadSettled struct{ License license.ID }

// ContactSaved records a contact, and the keys under which it is found from then on.
type ContactSaved struct {
	Contact lead.Contact
	Keys    []string
}

// AccountSaved records an account.
type AccountSaved struct{ Account lead.Account }

// OwnerSaved records an owner of leads.
type OwnerSaved struct{ Owner lead.Owner }

// Warned records that something was done otherwise than it was meant to, for a
// cause that the vendor can cure. It is about a license, or about a package. It never holds
// personal data.
type Warned struct {
	License license.ID
	Package pkgversion.PackageID // where it is about no license
	What    string
	Remedy  string
}

// ClockConfirmed records that somebody vouched for the clock.
type ClockConfirmed struct{ At time.Time }

// Retained records that events were removed; see [Manager.Retain].
type Retained struct {
	Since   time.Time // from this instant on history is complete
	Through int64     // the highest Seq that was removed, by this Retain and all before it
	Removed int64     // how many were, by this Retain and all before it
}

func (c PackageChanged) stream() Stream   { return Stream{PackageStream, c.After.Package.ID.String()} }
func (c VersionPublished) stream() Stream { return Stream{PackageStream, c.Version.Package.String()} }
func (c ParameterDefined) stream() Stream { return Stream{PackageStream, c.After.Package.String()} }
func (c ParameterChanged) stream() Stream { return Stream{LicenseStream, c.After.License.String()} }
func (c OrgSeen) stream() Stream          { return Stream{OrgStream, c.After.ID.String()} }
func (c LicenseChanged) stream() Stream   { return Stream{LicenseStream, c.After.ID.String()} }
func (c SidesChanged) stream() Stream     { return Stream{LicenseStream, c.After.License.String()} }
func (c DriftFound) stream() Stream       { return Stream{LicenseStream, c.License.String()} }
func (c DriftEnded) stream() Stream       { return Stream{LicenseStream, c.License.String()} }
func (c RefreshAdvanced) stream() Stream  { return Stream{PackageStream, c.After.Package.String()} }
func (c SeatsAssigned) stream() Stream    { return Stream{LicenseStream, c.License.String()} }
func (c SeatsRevoked) stream() Stream     { return Stream{LicenseStream, c.License.String()} }
func (c StageMoved) stream() Stream       { return Stream{LicenseStream, c.After.License.String()} }
func (c AlertRaised) stream() Stream      { return Stream{LicenseStream, c.Alert.License.String()} }
func (c LeadChanged) stream() Stream      { return Stream{LeadStream, c.After.ID.String()} }
func (c ContactSaved) stream() Stream     { return Stream{ContactStream, c.Contact.ID.String()} }
func (c AccountSaved) stream() Stream     { return Stream{AccountStream, c.Account.ID.String()} }
func (c OwnerSaved) stream() Stream       { return Stream{OwnerStream, c.Owner.ID.String()} }
func (c LeadPended) stream() Stream       { return Stream{LicenseStream, c.Pending.License.String()} }
func (c LeadSettled) stream() Stream      { return Stream{LicenseStream, c.License.String()} }
func (c ClockConfirmed) stream() Stream   { return Stream{ClockStream, "clock"} }
func (c Retained) stream() Stream         { return Stream{HistoryStream, "history"} }

func (c Warned) stream() Stream {
	if c.License == 0 {
		return Stream{PackageStream, c.Package.String()}
	}
	return Stream{LicenseStream, c.License.String()}
}

func (c Told) stream() Stream {
	if len(c.Facts) > 0 {
		return Stream{InstallationStream, c.Facts[0].Installation.String()}
	}
	return Stream{OrgStream, c.Org.String()}
}

func (c InstallationAborted) stream() Stream { return Stream{OrgStream, c.Org.String()} }

func (PackageChanged) kind() string      { return "package changed" }
func (VersionPublished) kind() string    { return "version published" }
func (ParameterDefined) kind() string    { return "parameter defined" }
func (ParameterChanged) kind() string    { return "parameter changed" }
func (OrgSeen) kind() string             { return "org seen" }
func (Told) kind() string                { return "told" }
func (InstallationAborted) kind() string { return "installation aborted" }
func (LicenseChanged) kind() string      { return "license changed" }
func (SidesChanged) kind() string        { return "sides changed" }
func (DriftFound) kind() string          { return "drift found" }
func (DriftEnded) kind() string          { return "drift ended" }
func (RefreshAdvanced) kind() string     { return "refresh advanced" }
func (SeatsAssigned) kind() string       { return "seats assigned" }
func (SeatsRevoked) kind() string        { return "seats revoked" }
func (StageMoved) kind() string          { return "stage moved" }
func (AlertRaised) kind() string         { return "alert raised" }
func (LeadChanged) kind() string         { return "lead changed" }
func (LeadPended) kind() string          { return "lead pended" }
func (LeadSettled) kind() string         { return "lead settled" }
func (ContactSaved) kind() string        { return "contact saved" }
func (AccountSaved) kind() string        { return "account saved" }
func (OwnerSaved) kind() string          { return "owner saved" }
func (Warned) kind() string              { return "warned" }
func (ClockConfirmed) kind() string      { return "clock confirmed" }
func (Retained) kind() string            { return "retained" }

// clone returns e with slices of its own.
func (e Event) clone() Event {
	switch c := e.Change.(type) {
	case Told:
		c.Facts = slices.Clone(c.Facts)
		e.Change = c
	case SeatsAssigned:
		c.Users = slices.Clone(c.Users)
		e.Change = c
	case SeatsRevoked:
		c.Users = slices.Clone(c.Users)
		e.Change = c
	case RefreshAdvanced:
		c.Left, c.Done = slices.Clone(c.Left), slices.Clone(c.Done)
		e.Change = c
	case LeadChanged:
		c.Keys = slices.Clone(c.Keys)
		e.Change = c
	case ContactSaved:
		c.Keys = slices.Clone(c.Keys)
		e.Change = c
	}
	return e
}

// StreamOf returns the stream of the events that record c.
func StreamOf(c Change) Stream { return c.stream() }

// KindOf returns the kind under which EncodeChange encodes changes of c's type.
func KindOf(c Change) string { return c.kind() }

// EncodeChange returns c as a kind and JSON, for a store that keeps events as
// text. DecodeChange is its inverse.
func EncodeChange(c Change) (kind string, data []byte, err error) {
	data, err = json.Marshal(c)
	return c.kind(), data, err
}

var decoders = map[string]func([]byte) (Change, error){
	PackageChanged{}.kind():      decode[PackageChanged],
	VersionPublished{}.kind():    decode[VersionPublished],
	ParameterDefined{}.kind():    decode[ParameterDefined],
	ParameterChanged{}.kind():    decode[ParameterChanged],
	OrgSeen{}.kind():             decode[OrgSeen],
	Told{}.kind():                decode[Told],
	InstallationAborted{}.kind(): decode[InstallationAborted],
	LicenseChanged{}.kind():      decode[LicenseChanged],
	SidesChanged{}.kind():        decode[SidesChanged],
	DriftFound{}.kind():          decode[DriftFound],
	DriftEnded{}.kind():          decode[DriftEnded],
	RefreshAdvanced{}.kind():     decode[RefreshAdvanced],
	SeatsAssigned{}.kind():       decode[SeatsAssigned],
	SeatsRevoked{}.kind():        decode[SeatsRevoked],
	StageMoved{}.kind():          decode[StageMoved],
	AlertRaised{}.kind():         decode[AlertRaised],
	LeadChanged{}.kind():         decode[LeadChanged],
	LeadPended{}.kind():          decode[LeadPended],
	LeadSettled{}.kind():         decode[LeadSettled],
	ContactSaved{}.kind():        decode[ContactSaved],
	AccountSaved{}.kind():        decode[AccountSaved],
	OwnerSaved{}.kind():          decode[OwnerSaved],
	Warned{}.kind():              decode[Warned],
	ClockConfirmed{}.kind():      decode[ClockConfirmed],
	Retained{}.kind():            decode[Retained],
}

func decode[C Change](data []byte) (Change, error) {
	var c C
	err := json.Unmarshal(data, &c)
	return c, err
}

// DecodeChange returns what EncodeChange encoded. A kind that it never wrote is a
// *FieldError.
func DecodeChange(kind string, data []byte) (Change, error) {
	decoder, known := decoders[kind]
	if !known {
		return nil, &FieldError{Field: "kind of change", Value: kind, Rule: "is none that an event records"}
	}
	return decoder(data)
}
