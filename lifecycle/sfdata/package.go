package sfdata

import (
	"io"
	"iter"
	"math"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// PackageRow is a row of sfLma__Package__c.
type PackageRow struct {
	ID pkgversion.RecordID
	Record
	Name         string
	Owner        lead.OwnerID
	Developer    string // name of the packaging org or Dev Hub
	DeveloperOrg pkgversion.OrgID
	PackageID    pkgversion.PackageID
	Latest       string // number of the latest released version, as the vendor typed it
	LeadManager  lead.OwnerID
	ReleaseDate  license.Date // of the latest released version
	LastRefresh  license.Date
	Detail       PackageDetail
	Extra        Extra
}

// PackageDetail is how a package is registered, which the app keeps elsewhere.
// Exports of this package carry it; for files of others it is zero, which is what
// a package has that is registered without a word.
type PackageDetail struct {
	Namespace  string
	Defaults   license.Defaults
	GraceDays  int
	OverageBP  int // hundredths of a percent
	OverageBy  int // seats
	TrialAgain bool
	FreeSeats  bool
	Revision   int64
}

const maxDays = 36600

var packageTable = newTable("sfLma__Package__c", func(r *PackageRow) *Extra { return &r.Extra },
	col("Id", recordCodec, func(r *PackageRow) *pkgversion.RecordID { return &r.ID }),
	col("IsDeleted", boolCodec, func(r *PackageRow) *bool { return &r.IsDeleted }),
	col("Name", textCodec, func(r *PackageRow) *string { return &r.Name }).needed(),
	col("OwnerId", ownerCodec, func(r *PackageRow) *lead.OwnerID { return &r.Owner }),
	col("CreatedDate", instantCodec, func(r *PackageRow) *time.Time { return &r.CreatedDate }),
	col("LastModifiedDate", instantCodec, func(r *PackageRow) *time.Time { return &r.ModifiedDate }),
	col("SystemModstamp", instantCodec, func(r *PackageRow) *time.Time { return &r.SystemModstamp }),
	col("sfLma__Developer_Name__c", textCodec, func(r *PackageRow) *string { return &r.Developer }),
	col("sfLma__Developer_Org_ID__c", orgCodec, func(r *PackageRow) *pkgversion.OrgID { return &r.DeveloperOrg }),
	col("sfLma__Package_ID__c", packageCodec, func(r *PackageRow) *pkgversion.PackageID { return &r.PackageID }).required(),
	col("sfLma__Latest_Version__c", textCodec, func(r *PackageRow) *string { return &r.Latest }),
	col("sfLma__Lead_Manager__c", ownerCodec, func(r *PackageRow) *lead.OwnerID { return &r.LeadManager }),
	col("sfLma__Release_Date__c", dateCodec, func(r *PackageRow) *license.Date { return &r.ReleaseDate }),
	col("sfLma__Last_License_Refresh__c", dateCodec, func(r *PackageRow) *license.Date { return &r.LastRefresh }),
	formula("sfLma__Next_Available_Refresh__c", dateCodec, func(r *PackageRow, _ time.Time) license.Date { return r.LastRefresh.AddDays(7) }),
	formula("sfLma__Help__c", textCodec, func(*PackageRow, time.Time) string { return helpLink }),
	own("Namespace", textCodec, func(r *PackageRow) *string { return &r.Detail.Namespace }),
	own("Default_Status", statusCodec, func(r *PackageRow) *license.Status { return &r.Detail.Defaults.Status }),
	own("Default_Days", intCodec(0, maxDays), func(r *PackageRow) *int { return &r.Detail.Defaults.Days }),
	own("Default_Seats", defaultSeatsCodec, func(r *PackageRow) *license.Seats { return &r.Detail.Defaults.Seats }),
	own("Grace_Days", intCodec(0, license.MaxGraceDays), func(r *PackageRow) *int { return &r.Detail.GraceDays }),
	own("Overage_Basis_Points", intCodec(0, 10_000), func(r *PackageRow) *int { return &r.Detail.OverageBP }),
	own("Overage_Seats", intCodec(0, license.MaxSeats), func(r *PackageRow) *int { return &r.Detail.OverageBy }),
	own("Trial_Again", boolCodec, func(r *PackageRow) *bool { return &r.Detail.TrialAgain }),
	own("Free_Seats", boolCodec, func(r *PackageRow) *bool { return &r.Detail.FreeSeats }),
	own("Revision", revisionCodec, func(r *PackageRow) *int64 { return &r.Detail.Revision }),
)

// Packages returns the rows of a file of packages, and in place of each bad one a
// *RowError. It can be ranged over once, for it reads r.
func Packages(r io.Reader, opt ReadOptions) iter.Seq2[PackageRow, error] {
	return packageTable.rows(r, opt)
}

// WritePackages writes a file of packages.
func WritePackages(w io.Writer, rows iter.Seq2[PackageRow, error], opt WriteOptions) error {
	return packageTable.write(w, rows, opt)
}

// Command returns the command that registers the package. The app's rows do not
// say with which default terms, and in which namespace; set them before use, or
// new licenses are Active, site licenses, and do not expire.
func (r PackageRow) Command() lifecycle.RegisterPackage {
	reg := lifecycle.Registration{
		Package: pkgversion.Package{ID: r.PackageID, RecordID: r.ID, Name: r.Name, Namespace: r.Detail.Namespace,
			Developer: r.Developer, DeveloperOrg: r.DeveloperOrg},
		Defaults:     r.Detail.Defaults,
		TrialAgain:   r.Detail.TrialAgain,
		FreeSeats:    r.Detail.FreeSeats,
		LeadManager:  r.LeadManager,
		LastRefresh:  r.LastRefresh,
		RegisteredAt: r.CreatedDate, ChangedAt: r.ModifiedDate, Revision: r.Detail.Revision,
	}
	reg.Policy.GraceDays = r.Detail.GraceDays
	reg.Overage.BasisPoints, reg.Overage.Extra = r.Detail.OverageBP, r.Detail.OverageBy
	return lifecycle.RegisterPackage{Registration: reg}
}

// PackageRowOf returns the row of a registered package. Latest and ReleaseDate
// follow from the package's versions, and are the caller's to set.
func PackageRowOf(reg lifecycle.Registration) PackageRow {
	return PackageRow{
		ID:     reg.Package.RecordID,
		Record: Record{CreatedDate: reg.RegisteredAt, ModifiedDate: reg.ChangedAt, SystemModstamp: reg.ChangedAt},
		Name:   reg.Package.Name, Developer: reg.Package.Developer, DeveloperOrg: reg.Package.DeveloperOrg,
		PackageID: reg.Package.ID, LeadManager: reg.LeadManager, LastRefresh: reg.LastRefresh,
		Detail: PackageDetail{
			Namespace: reg.Package.Namespace, Defaults: reg.Defaults, GraceDays: reg.Policy.GraceDays,
			OverageBP: reg.Overage.BasisPoints, OverageBy: reg.Overage.Extra,
			TrialAgain: reg.TrialAgain, FreeSeats: reg.FreeSeats, Revision: reg.Revision,
		},
	}
}

// VersionRow is a row of sfLma__Package_Version__c.
type VersionRow struct {
	ID pkgversion.RecordID
	Record
	Name          string
	Package       pkgversion.RecordID // of the PackageRow; where that has no record id, its platform id
	VersionID     pkgversion.VersionID
	Typed         string             // Version: as the vendor typed it, "2.0 (Beta 1)"
	VersionNumber pkgversion.Version // without the mark of a beta
	Sequence      int
	IsBeta        bool
	ReleaseDate   license.Date
	Detail        VersionDetail
	Extra         Extra
}

// VersionDetail is what exports of this package carry beyond the app's columns.
type VersionDetail struct {
	PackageID  pkgversion.PackageID
	ReleasedAt time.Time
}

var versionTable = newTable("sfLma__Package_Version__c", func(r *VersionRow) *Extra { return &r.Extra },
	col("Id", recordCodec, func(r *VersionRow) *pkgversion.RecordID { return &r.ID }),
	col("IsDeleted", boolCodec, func(r *VersionRow) *bool { return &r.IsDeleted }),
	col("Name", textCodec, func(r *VersionRow) *string { return &r.Name }).needed(),
	col("CreatedDate", instantCodec, func(r *VersionRow) *time.Time { return &r.CreatedDate }),
	col("LastModifiedDate", instantCodec, func(r *VersionRow) *time.Time { return &r.ModifiedDate }),
	col("SystemModstamp", instantCodec, func(r *VersionRow) *time.Time { return &r.SystemModstamp }),
	col("sfLma__Package__c", recordCodec, func(r *VersionRow) *pkgversion.RecordID { return &r.Package }).required(),
	col("sfLma__Version_ID__c", versionIDCodec, func(r *VersionRow) *pkgversion.VersionID { return &r.VersionID }).required(),
	col("sfLma__Version__c", textCodec, func(r *VersionRow) *string { return &r.Typed }).needed(),
	col("sfLma__Version_Number__c", numberCodec, func(r *VersionRow) *pkgversion.Version { return &r.VersionNumber }),
	col("sfLma__Sequence__c", intCodec(0, math.MaxInt32), func(r *VersionRow) *int { return &r.Sequence }),
	col("sfLma__Is_Beta__c", boolCodec, func(r *VersionRow) *bool { return &r.IsBeta }).needed(),
	col("sfLma__Release_Date__c", dateCodec, func(r *VersionRow) *license.Date { return &r.ReleaseDate }),
	own("Package_ID", packageCodec, func(r *VersionRow) *pkgversion.PackageID { return &r.Detail.PackageID }),
	own("Released_At", instantCodec, func(r *VersionRow) *time.Time { return &r.Detail.ReleasedAt }),
)

// Versions returns the rows of a file of package versions, and in place of each
// bad one a *RowError. It can be ranged over once, for it reads r.
func Versions(r io.Reader, opt ReadOptions) iter.Seq2[VersionRow, error] {
	return versionTable.rows(r, opt)
}

// WriteVersions writes a file of package versions.
func WriteVersions(w io.Writer, rows iter.Seq2[VersionRow, error], opt WriteOptions) error {
	return versionTable.write(w, rows, opt)
}

// Number returns the version's number. Of a beta only the text that the vendor
// typed says which beta it is; of a release the number counts, for its text can
// be anything. The error is a *RowError.
func (r VersionRow) Number() (pkgversion.Version, error) {
	if !r.IsBeta && !r.VersionNumber.IsZero() {
		return r.VersionNumber.Release(), nil
	}
	typed, err := pkgversion.ParseVersion(r.Typed)
	refuse := func(reason string) (pkgversion.Version, error) {
		return pkgversion.Version{}, &RowError{Field: "sfLma__Version__c", Value: r.Typed, Reason: reason, Err: err}
	}
	switch {
	case err != nil:
		return refuse(ruleOf(err))
	case typed.IsBeta() != r.IsBeta:
		return refuse("and sfLma__Is_Beta__c contradict each other")
	case !r.VersionNumber.IsZero() && typed.Release() != r.VersionNumber.Release():
		return refuse("and sfLma__Version_Number__c contradict each other")
	}
	return typed, nil
}

// Command returns the command that records the version. Its package is the one
// that catalog has under the row's link; where it has none, the error is a
// *RowError. A version whose file says the day of its release alone was released
// at the beginning of it.
func (r VersionRow) Command(catalog *Catalog) (lifecycle.PublishVersion, error) {
	number, err := r.Number()
	if err != nil {
		return lifecycle.PublishVersion{}, err
	}
	pkg := r.Detail.PackageID
	if pkg.IsZero() {
		if pkg, err = catalog.packageOf("sfLma__Package__c", r.Package); err != nil {
			return lifecycle.PublishVersion{}, err
		}
	}
	released := r.Detail.ReleasedAt
	if released.IsZero() {
		released = r.ReleaseDate.Start()
	}
	return lifecycle.PublishVersion{Version: pkgversion.PackageVersion{
		ID: r.VersionID, RecordID: r.ID, Package: pkg, Version: number,
		Name: r.Name, Sequence: r.Sequence, ReleasedAt: released,
	}}, nil
}

// VersionRowOf returns the row of a package version. catalog knows the record id of
// its package; where it does not, the link is the platform id.
func VersionRowOf(v pkgversion.PackageVersion, catalog *Catalog) VersionRow {
	row := VersionRow{
		ID: v.RecordID, Record: Record{CreatedDate: v.ReleasedAt, ModifiedDate: v.ReleasedAt, SystemModstamp: v.ReleasedAt},
		Name: v.Name, Package: catalog.packageLink(v.Package), VersionID: v.ID,
		Typed: v.Version.String(), VersionNumber: v.Version.Release(), Sequence: v.Sequence, IsBeta: v.Version.IsBeta(),
		Detail: VersionDetail{PackageID: v.Package, ReleasedAt: v.ReleasedAt},
	}
	if !v.ReleasedAt.IsZero() {
		row.ReleaseDate = license.DateOf(v.ReleasedAt)
	}
	return row
}
