package sfdata

import (
	"io"
	"iter"
	"math"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

var subscriberStatusCodec = wordCodec(license.SubscriberActive, license.SubscriberExpired, license.SubscriberFree, license.SubscriberTrial)

// PackageLicenseRow is a row of PackageLicense, read in a subscriber org.
type PackageLicenseRow struct {
	Org            pkgversion.OrgID // not a column of the platform: whoever puts files of many orgs together adds OrgId
	ID             license.InstallationID
	Allowed        license.Seats
	Used           int // 0 for a site license
	Expiration     license.Expiration
	IsProvisioned  bool
	Namespace      string
	Status         license.SubscriberStatus
	CreatedDate    time.Time
	ModifiedDate   time.Time // when Allowed, Used or Status were read anew
	SystemModstamp time.Time
	Extra          Extra
}

var packageLicenseTable = newTable("PackageLicense", func(r *PackageLicenseRow) *Extra { return &r.Extra },
	col("OrgId", orgCodec, func(r *PackageLicenseRow) *pkgversion.OrgID { return &r.Org }),
	col("Id", installationCodec, func(r *PackageLicenseRow) *license.InstallationID { return &r.ID }).required(),
	col("AllowedLicenses", seatsCodec, func(r *PackageLicenseRow) *license.Seats { return &r.Allowed }).required(),
	col("UsedLicenses", intCodec(0, math.MaxInt32), func(r *PackageLicenseRow) *int { return &r.Used }).required(),
	col("ExpirationDate", midnightCodec, func(r *PackageLicenseRow) *license.Expiration { return &r.Expiration }).needed(),
	col("IsProvisioned", boolCodec, func(r *PackageLicenseRow) *bool { return &r.IsProvisioned }),
	col("NamespacePrefix", textCodec, func(r *PackageLicenseRow) *string { return &r.Namespace }),
	col("Status", subscriberStatusCodec, func(r *PackageLicenseRow) *license.SubscriberStatus { return &r.Status }).required(),
	col("CreatedDate", instantCodec, func(r *PackageLicenseRow) *time.Time { return &r.CreatedDate }),
	col("LastModifiedDate", instantCodec, func(r *PackageLicenseRow) *time.Time { return &r.ModifiedDate }),
	col("SystemModstamp", instantCodec, func(r *PackageLicenseRow) *time.Time { return &r.SystemModstamp }),
)

// PackageLicenses returns the rows of a file of package licenses, and in place of
// each bad one a *RowError. It can be ranged over once, for it reads r.
func PackageLicenses(r io.Reader, opt ReadOptions) iter.Seq2[PackageLicenseRow, error] {
	return packageLicenseTable.rows(r, opt)
}

// WritePackageLicenses writes a file of package licenses.
func WritePackageLicenses(w io.Writer, rows iter.Seq2[PackageLicenseRow, error], opt WriteOptions) error {
	return packageLicenseTable.write(w, rows, opt)
}

// SeatRow is a row of UserPackageLicense: one user holding one seat.
type SeatRow struct {
	ID             pkgversion.RecordID
	Installation   license.InstallationID // PackageLicenseId
	User           seats.UserID
	IsRevoked      bool
	CreatedDate    time.Time // of the assignment
	ModifiedDate   time.Time
	SystemModstamp time.Time
	AssignedBy     string // in exports of this package alone
	Extra          Extra
}

var seatTable = newTable("UserPackageLicense", func(r *SeatRow) *Extra { return &r.Extra },
	col("Id", recordCodec, func(r *SeatRow) *pkgversion.RecordID { return &r.ID }),
	col("PackageLicenseId", installationCodec, func(r *SeatRow) *license.InstallationID { return &r.Installation }).required(),
	col("UserId", userCodec, func(r *SeatRow) *seats.UserID { return &r.User }).required(),
	col("IsRevoked", boolCodec, func(r *SeatRow) *bool { return &r.IsRevoked }),
	col("CreatedDate", instantCodec, func(r *SeatRow) *time.Time { return &r.CreatedDate }).required(),
	col("LastModifiedDate", instantCodec, func(r *SeatRow) *time.Time { return &r.ModifiedDate }),
	col("SystemModstamp", instantCodec, func(r *SeatRow) *time.Time { return &r.SystemModstamp }),
	own("Assigned_By", textCodec, func(r *SeatRow) *string { return &r.AssignedBy }),
)

// Seats returns the rows of a file of seats, and in place of each bad one a
// *RowError. It can be ranged over once, for it reads r.
func Seats(r io.Reader, opt ReadOptions) iter.Seq2[SeatRow, error] { return seatTable.rows(r, opt) }

// WriteSeats writes a file of seats.
func WriteSeats(w io.Writer, rows iter.Seq2[SeatRow, error], opt WriteOptions) error {
	return seatTable.write(w, rows, opt)
}

// Command returns the command that records the seat. A seat that was revoked is a
// *RowError: nobody holds it.
func (r SeatRow) Command() (lifecycle.ImportSeat, error) {
	if r.IsRevoked {
		return lifecycle.ImportSeat{}, &RowError{Field: "IsRevoked", Value: "true", Reason: "the seat was revoked"}
	}
	return lifecycle.ImportSeat{Installation: r.Installation, User: r.User, AssignedAt: r.CreatedDate, AssignedBy: r.AssignedBy}, nil
}

// SeatRowOf returns the row of an assignment of a seat of the installation's
// license.
func SeatRowOf(a seats.Assignment, installation license.InstallationID) SeatRow {
	row := SeatRow{Installation: installation, User: a.User, AssignedBy: a.AssignedBy,
		CreatedDate: a.AssignedAt, ModifiedDate: a.AssignedAt, SystemModstamp: a.AssignedAt}
	if !a.RevokedAt.IsZero() {
		row.IsRevoked, row.ModifiedDate, row.SystemModstamp = true, a.RevokedAt, a.RevokedAt
	}
	return row
}

// SubscriberRow is a row of PackageSubscriber: a package in an org, as the packaging
// org or the Dev Hub knows it.
type SubscriberRow struct {
	ID        pkgversion.RecordID
	Installed bool // InstalledStatus: i, and not u
	Instance  string
	Package   pkgversion.PackageID
	Version   pkgversion.VersionID
	Org       pkgversion.OrgID // OrgKey
	OrgName   string
	OrgStatus license.OrgStatus
	Sandbox   bool             // OrgType: Sandbox, and not Production
	ParentOrg pkgversion.OrgID // of a sandbox, where it is known: its production org
	Extra     Extra
}

var subscriberTable = newTable("PackageSubscriber", func(r *SubscriberRow) *Extra { return &r.Extra },
	col("Id", recordCodec, func(r *SubscriberRow) *pkgversion.RecordID { return &r.ID }),
	col("InstalledStatus", choice("u", "i"), func(r *SubscriberRow) *bool { return &r.Installed }).required(),
	col("InstanceName", textCodec, func(r *SubscriberRow) *string { return &r.Instance }),
	col("MetadataPackageId", packageCodec, func(r *SubscriberRow) *pkgversion.PackageID { return &r.Package }),
	col("MetadataPackageVersionId", versionIDCodec, func(r *SubscriberRow) *pkgversion.VersionID { return &r.Version }),
	col("OrgKey", orgCodec, func(r *SubscriberRow) *pkgversion.OrgID { return &r.Org }).required(),
	col("OrgName", textCodec, func(r *SubscriberRow) *string { return &r.OrgName }),
	col("OrgStatus", orgStatusCodec, func(r *SubscriberRow) *license.OrgStatus { return &r.OrgStatus }),
	col("OrgType", choice("Production", "Sandbox"), func(r *SubscriberRow) *bool { return &r.Sandbox }).required(),
	col("ParentOrg", orgCodec, func(r *SubscriberRow) *pkgversion.OrgID { return &r.ParentOrg }),
)

// Subscribers returns the rows of a file of package subscribers, and in place of
// each bad one a *RowError. It can be ranged over once, for it reads r.
func Subscribers(r io.Reader, opt ReadOptions) iter.Seq2[SubscriberRow, error] {
	return subscriberTable.rows(r, opt)
}

// WriteSubscribers writes a file of package subscribers.
func WriteSubscribers(w io.Writer, rows iter.Seq2[SubscriberRow, error], opt WriteOptions) error {
	return subscriberTable.write(w, rows, opt)
}

// UserRow is a row of User in a subscriber org.
type UserRow struct {
	ID          seats.UserID
	Org         pkgversion.OrgID // not a column of the platform: whoever puts files of many orgs together adds OrgId
	Username    string
	Email       string
	IsActive    bool
	LastLogin   time.Time // zero: never
	Profile     string
	CreatedDate time.Time
	Extra       Extra
}

var userTable = newTable("User", func(r *UserRow) *Extra { return &r.Extra },
	col("Id", userCodec, func(r *UserRow) *seats.UserID { return &r.ID }).required(),
	col("OrgId", orgCodec, func(r *UserRow) *pkgversion.OrgID { return &r.Org }),
	col("Username", textCodec, func(r *UserRow) *string { return &r.Username }),
	col("Email", textCodec, func(r *UserRow) *string { return &r.Email }),
	col("IsActive", boolCodec, func(r *UserRow) *bool { return &r.IsActive }).needed(),
	col("LastLoginDate", instantCodec, func(r *UserRow) *time.Time { return &r.LastLogin }).needed(),
	col("Profile.Name", textCodec, func(r *UserRow) *string { return &r.Profile }),
	col("CreatedDate", instantCodec, func(r *UserRow) *time.Time { return &r.CreatedDate }),
)

// Users returns the rows of a file of subscribers' users, and in place of each bad
// one a *RowError. It can be ranged over once, for it reads r.
func Users(r io.Reader, opt ReadOptions) iter.Seq2[UserRow, error] { return userTable.rows(r, opt) }

// WriteUsers writes a file of subscribers' users.
func WriteUsers(w io.Writer, rows iter.Seq2[UserRow, error], opt WriteOptions) error {
	return userTable.write(w, rows, opt)
}
