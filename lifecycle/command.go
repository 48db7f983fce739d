package lifecycle

import (
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// Command is something that is asked for or told: one of the types of this
// file. [Apply] says what each does.
type Command interface{ command() }

// Notification is a Command by which the platform tells what happened: Installed,
// Upgraded, Uninstalled, OrgChanged or InstallAborted.
type Notification interface {
	Command
	notice() Notice
}

// Notice is what every notification says.
type Notice struct {
	ID  NotificationID // of the notification; zero where the source gives none
	At  time.Time      // when it happened; zero: now
	Org license.Org    // the org as it was then; its ID is needed, and with the ID alone nothing is said of the org
}

// RegisterPackage registers a package with the vendor. Its RegisteredAt,
// ChangedAt, LastRefresh and Revision are set by the library. Registering it again
// with the same words changes nothing; with others it is an *ExistsError. Its lead manager
// is one whom [SetLeadManager] would take.
type RegisterPackage struct{ Registration Registration }

// ChangePackage sets what is registered of a package. Its revision is that of the
// Registration as it was read; another is a *StaleError. A new lead manager is one whom
// [SetLeadManager] would take.
type ChangePackage struct{ Registration Registration }

// ReleasePackage ends a registration: the package moves to another vendor org,
// where it is registered and refreshed. Older guides call the association of a package
// with a vendor org permanent, newer ones movable: it is movable here, and whichever
// edition the vendor's org has does not matter. What was recorded here stays, and can be read;
// nothing is installed, modified or assigned any more, and checks have no answer. Nor is
// anything pushed: terms that an org has not got by then it does not get from here.
// An uninstallation that is told is still recorded.
//
// Registering it again ends all that. The licenses have the terms then that they had at
// the release, whatever the orgs were given from elsewhere, and checks answer by those
// until they are modified; a refresh shows where the orgs have others. The week of the
// latest refresh goes on meanwhile, so that the next may have to wait for it; [Manager.Pull]
// does not.
type ReleasePackage struct{ Package pkgversion.PackageID }

// SetLeadManager sets who owns the leads of a package's new installations: a user who is
// active and may read licenses, as far as [RecordOwner] has recorded one of that id. The zero OwnerID leaves them to lead.LicenseManager, who
// also gets them when the lead manager leaves: the guides say both that the vendor
// then gets no leads and that the License Manager owns them; here no lead is lost.
type SetLeadManager struct {
	Package pkgversion.PackageID
	Manager lead.OwnerID
}

// PublishVersion records a version of a registered package. A version that is
// there already with the same words changes nothing; with others it is an
// *ExistsError.
type PublishVersion struct{ Version pkgversion.PackageVersion }

// Installed tells that an org has installed a package. It makes one license for
// the installation, and at most one lead, however often it is told. Whether the org
// is a sandbox must be told with it, or before: it decides the terms.
type Installed struct {
	Notice
	Installation license.InstallationID
	Package      pkgversion.PackageID
	Version      pkgversion.VersionID
	Number       pkgversion.Version // of Version; needed only where the version is not published
	Installer    lead.Person        // who installed, where it is known
	Zone         license.Zone       // in which the license's days are counted
}

// Upgraded tells that an installation has another version now. It is a fact and
// recorded, even where an Upgrade would have been refused.
type Upgraded struct {
	Notice
	Installation license.InstallationID
	Package      pkgversion.PackageID
	Version      pkgversion.VersionID
	Number       pkgversion.Version // of Version; needed only where the version is not published
}

// Uninstalled tells that an installation is gone. Its license is read-only from
// then on, and its seats are free. It is taken in also where the package was released.
//
// Read-only means that whatever is asked of the license is refused. What is told late of
// it is sorted in all the same, for the order of telling decides nothing: an earlier fact,
// of which production org a sandbox is, and who its lead has become.
type Uninstalled struct {
	Notice
	Installation license.InstallationID
	Package      pkgversion.PackageID
}

// OrgChanged tells something new of an org: its status, instance, or the end of its
// trial.
type OrgChanged struct{ Notice }

// InstallAborted tells that an installation was cancelled or failed. Nothing was
// installed, so nothing is made; that it was told is kept, for [Manager.DiagnoseInstallation].
type InstallAborted struct {
	Notice
	Package pkgversion.PackageID
	Reason  string
}

// Upgrade asks that a license's installation gets a higher version. To a lower or
// the same one, and from a beta, it is an *UpgradeError.
type Upgrade struct {
	License license.ID
	Version pkgversion.VersionID
}

// Modify sets the terms of a license; see [license.License.Modify] for what is
// refused. The license of an org that cannot be reached is an
// *UnreachableOrgError.
type Modify struct {
	License  license.ID
	Terms    license.Terms
	Revision int64  // of the license as it was read
	Why      string // written into history
}

// AddPermissionSet gives an org a permission-set license of a package: a pool of seats
// beside those of the package's license. Whoever holds one is licensed for the package as
// long as that is installed, whatever became of the package's own license. Seats are
// assigned and its terms modified like those of any license, and it is in the same lists,
// alerts and history. It is kept here alone: nothing is pushed for it, no notification is
// about it, and it outlives the installation; ended it is with Suspended, or by its last
// day. The guides name permission-set licenses only as a way to be licensed, so this is
// the vendor's record of what it granted.
//
// With the same words again it changes nothing; other words under the same
// Installation are an *ExistsError.
type AddPermissionSet struct {
	Installation  license.InstallationID // its own id in the org: 0PL… on Salesforce
	Org           pkgversion.OrgID
	Package       pkgversion.PackageID
	PermissionSet string        // its name
	Terms         license.Terms // Active, or Suspended for later
	Zone          license.Zone  // in which its days are counted
	Why           string        // written into history
}

// Observe tells what was read in a subscriber org of one installation. The version,
// and that it is gone, are facts like those that are notified. A license that is missing
// is made, with the terms that the org has. Of a license that is there the terms stay as
// the vendor set them: where the org has others, that is recorded as a [DriftFound].
// An observation that is older than the latest changes nothing on its side.
type Observe struct {
	Observation Observation
	Pushed      int64 // it is the org's answer to the push of that revision; 0: it was pulled
}

// pushFailed tells that an org did not take the terms of a revision.
type pushFailed struct {
	License  license.ID
	Revision int64
}

// orgUnreached tells that an org is locked, deleted or disabled.
type orgUnreached struct {
	Org    pkgversion.OrgID
	Status license.OrgStatus
}

// beginRefresh begins the refresh of a package, or goes on with it.
type beginRefresh struct{ Package pkgversion.PackageID }

// advanceRefresh notes how far a refresh got, which installations it left and which
// of those that were left it did. To has the revision of the Refresh as it was read.
type advanceRefresh struct {
	To         Refresh
	Left, Done []Installation
}

// finishRefresh ends a refresh; its revision is that of the Refresh as it was read.
type finishRefresh struct{ Refresh Refresh }

// DefineParameter defines a feature parameter of a package, or sets the default of one
// that is defined. A type or a direction that differs from the defined one is an
// *ExistsError. The Revision of the Parameter is set by the library.
type DefineParameter struct{ Parameter license.Parameter }

// SetParameter sets the vendor's value of a feature parameter of a license. The zero
// Value goes back to the default. Refused like a Modify, and where the subscriber sets
// the parameter: a value that the vendor writes there would never reach anybody.
//
// How it gets there is the caller's: a consumer of the feed that passes on what
// [ParameterChanged] says, and a ReportParameter of what arrived. [Subscribers] carry terms.
type SetParameter struct {
	License  license.ID
	Name     license.ParameterName
	Value    license.Value
	Revision int64  // of the ParameterValue as it was read; 0 if nobody has set or reported it
	Why      string // written into history
}

// ReportParameter tells what the subscriber has for a feature parameter: what its code
// set, or what arrived there of what the vendor set. An older report changes nothing. One
// that differs from the vendor's value is drift, as with the values of a license: see
// [DriftFound], [OnDrift] and license.Parameters.Drift.
type ReportParameter struct {
	License license.ID
	Name    license.ParameterName
	Value   license.Value
	At      time.Time // when it was so; zero: now
}

// ConvertLead turns a lead into a contact of an account. Licenses that name the
// lead keep it, and name the contact and the account as well. With its ID alone a
// contact or an account is the one that is there, or a new one of what the lead says.
type ConvertLead struct {
	Lead    lead.ID
	Contact lead.Contact
	Account lead.Account
}

// RetryLead makes the lead of a license that is pending, a [PendingLead]. While the rule
// still fails it is a *RuleError, and while the package is released a *NotFoundError; with
// nothing pending it changes nothing.
type RetryLead struct{ License license.ID }

// Retire takes the license of a deleted org out of every list and count; its history
// stays, and License and Timeline still show it. It licenses nobody. A license is never
// deleted: the guides both forbid it and advise it for dead orgs, and this is for those.
// An org that is not deleted is a *FieldError.
type Retire struct {
	License license.ID
	Back    bool   // into the lists: the org was restored
	Why     string // written into history
}

// RecordOwner records a user of the vendor's org who can own leads, and whether they
// still work there and may read licenses. When that ends for a lead manager, the packages
// get a Warned event, and their new leads go to the License Manager; the leads that the
// user owns stay where they are.
type RecordOwner struct{ Owner lead.Owner }

// Assign gives users a seat of a license each. A user who holds one keeps it, also
// where nothing remains. By default all get one or none does; the error is then a
// *seats.ExhaustedError.
type Assign struct {
	License license.ID
	Users   []seats.UserID // in the order in which they are served
	AsFit   bool           // give seats to as many as fit, in order, instead of all or none
}

// Revoke takes users' seats of a license. Who holds none is passed over. It is
// never refused for what state the license is in.
type Revoke struct {
	License license.ID
	Users   []seats.UserID
}

// DeactivateUser tells that an org's user was deactivated. The user keeps the seat, as on
// the platform, where user licenses are freed, package seats are not, and of
// permission-set licenses it depends on the product; it is freed where the package's
// registration says so, with FreeSeats. Told again it changes nothing.
type DeactivateUser struct {
	License license.ID
	User    seats.UserID
}

// ReactivateUser tells that the user is active again: they get back the seat that their
// deactivation freed, and only that. When none remains it is a *PoolError.
type ReactivateUser struct {
	License license.ID
	User    seats.UserID
}

// Transfer gives the seat of one user to another, at once. From must hold a seat,
// or To hold one already, for then it has been done.
type Transfer struct {
	License  license.ID
	From, To seats.UserID
}

// Move takes a user's seat of one license and gives them one of another of the same
// org, at once.
type Move struct {
	User     seats.UserID
	From, To license.ID
}

// ImportLicense records a license as another system had it, with its number. The
// rules hold for it: a trial ends at most 90 days after its start, a license that was
// once Active is no Trial, and a Suspended one counts as once Active. A license that is
// there already with the same words changes nothing; new terms of one are compared with
// its org's, and pushed there under [Rules].Push, like those of a Modify. A license that
// is new is not pushed.
type ImportLicense struct {
	License license.License
	Org     license.Org
	AsOf    time.Time // of the record; facts told later with an older instant do not undo it
}

// ImportLead records a lead as another system had it.
type ImportLead struct{ Lead lead.Lead }

// ImportContact records a contact as another system had it.
type ImportContact struct{ Contact lead.Contact }

// ImportAccount records an account as another system had it.
type ImportAccount struct{ Account lead.Account }

// ImportSeat records a seat as another system had it: from when and by whom it is
// held. It is given whatever remains, for it was given already, but not on a
// license that is uninstalled, or of a package that was released.
type ImportSeat struct {
	Installation license.InstallationID
	User         seats.UserID
	AssignedAt   time.Time
	AssignedBy   string
}

// Reclaim carries out one move of a reclaim plan, unless the seat, its standing or the
// user's log-ins have changed since the plan was made. It touches the seat, never the
// org's record of the user.
type Reclaim struct {
	Move   reclaim.Move
	Person Person // as the org knows the user now
}

// Person is what an org knows of a user when idle seats are looked for. The zero
// Person never logged in.
type Person struct {
	LastLogin time.Time
	Profile   string
	Groups    []string
}

// retain removes those of a page of the feed that are not needed since an instant.
type retain struct {
	Since time.Time
	Page  []Event
}

// confirmClock makes the present the latest instant that was committed.
type confirmClock struct{}

func (RegisterPackage) command()  {}
func (ChangePackage) command()    {}
func (SetLeadManager) command()   {}
func (PublishVersion) command()   {}
func (Installed) command()        {}
func (Upgraded) command()         {}
func (Uninstalled) command()      {}
func (OrgChanged) command()       {}
func (InstallAborted) command()   {}
func (Upgrade) command()          {}
func (Modify) command()           {}
func (ReleasePackage) command()   {}
func (AddPermissionSet) command() {}
func (Observe) command()          {}
func (pushFailed) command()       {}
func (orgUnreached) command()     {}
func (beginRefresh) command()     {}
func (advanceRefresh) command()   {}
func (finishRefresh) command()    {}
func (DefineParameter) command()  {}
func (SetParameter) command()     {}
func (ReportParameter) command()  {}
func (ConvertLead) command()      {}
func (RetryLead) command()        {}
func (Retire) command()           {}
func (RecordOwner) command()      {}
func (Assign) command()           {}
func (Revoke) command()           {}
func (DeactivateUser) command()   {}
func (ReactivateUser) command()   {}
func (Transfer) command()         {}
func (Move) command()             {}
func (ImportLicense) command()    {}
func (ImportLead) command()       {}
func (ImportContact) command()    {}
func (ImportAccount) command()    {}
func (ImportSeat) command()       {}
func (Reclaim) command()          {}
func (confirmClock) command()     {}
func (retain) command()           {}

func (n Installed) notice() Notice      { return n.Notice }
func (n Upgraded) notice() Notice       { return n.Notice }
func (n Uninstalled) notice() Notice    { return n.Notice }
func (n OrgChanged) notice() Notice     { return n.Notice }
func (n InstallAborted) notice() Notice { return n.Notice }
