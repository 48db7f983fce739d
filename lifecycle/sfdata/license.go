package sfdata

import (
	"io"
	"iter"
	"strings"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// LicenseRow is a row of sfLma__License__c. What the app computes (License Status,
// Licensed Seats, …) follows from the fields and is written, not read.
type LicenseRow struct {
	ID pkgversion.RecordID
	Record
	Name         license.ID
	Owner        lead.OwnerID
	Account      lead.AccountID
	Contact      lead.ContactID
	Lead         lead.ID
	Package      pkgversion.RecordID // of the PackageRow; where the row has no record id, its platform id
	Version      pkgversion.RecordID // of the VersionRow, likewise
	Status       license.Status
	Expiration   license.Expiration
	Seats        license.Seats
	Used         Count
	InstallDate  license.Date
	AsOf         time.Time // Information Current As Of
	Type         string    // legacy
	Org          pkgversion.OrgID
	Sandbox      bool
	OrgStatus    license.OrgStatus
	Edition      string // Org Type
	Instance     string
	TrialEnds    string             // of a trial org, nothing to do with the license
	Number       pkgversion.Version // of the installed version; that of a beta is its release's
	Installation license.InstallationID
	ProxyUser    string
	Detail       LicenseDetail
	Extra        Extra
}

// LicenseDetail is what is known of a license and has no column in the app. Exports
// of this package carry it in columns of their own; for files of others it is
// zero.
type LicenseDetail struct {
	PackageID     pkgversion.PackageID
	VersionID     pkgversion.VersionID
	Number        pkgversion.Version // with the number of a beta
	Previous      license.ID
	TermsAsOf     time.Time
	AsInstalled   bool
	OnceActive    bool
	TrialStart    license.Date
	Zone          license.Zone
	InstalledAt   time.Time // zero: there is no detail
	UpgradedAt    time.Time
	UninstalledAt time.Time
	LeadName      string
	OrgName       string
	Production    pkgversion.OrgID // of a sandbox
	OrgAsOf       time.Time
	PermissionSet string // of a permission-set license its name
	Holders       int    // seats held here; Used is what the org said
	Revision      int64
}

var licenseTable = newTable("sfLma__License__c", func(r *LicenseRow) *Extra { return &r.Extra },
	col("Id", recordCodec, func(r *LicenseRow) *pkgversion.RecordID { return &r.ID }),
	col("IsDeleted", boolCodec, func(r *LicenseRow) *bool { return &r.IsDeleted }),
	col("Name", licenseCodec, func(r *LicenseRow) *license.ID { return &r.Name }).required(),
	col("OwnerId", ownerCodec, func(r *LicenseRow) *lead.OwnerID { return &r.Owner }),
	col("CreatedDate", instantCodec, func(r *LicenseRow) *time.Time { return &r.CreatedDate }),
	col("LastModifiedDate", instantCodec, func(r *LicenseRow) *time.Time { return &r.ModifiedDate }).required(),
	col("SystemModstamp", instantCodec, func(r *LicenseRow) *time.Time { return &r.SystemModstamp }),
	col("sfLma__Account__c", accountCodec, func(r *LicenseRow) *lead.AccountID { return &r.Account }),
	col("sfLma__Contact__c", contactCodec, func(r *LicenseRow) *lead.ContactID { return &r.Contact }),
	col("sfLma__Lead__c", leadCodec, func(r *LicenseRow) *lead.ID { return &r.Lead }),
	col("sfLma__Package__c", recordCodec, func(r *LicenseRow) *pkgversion.RecordID { return &r.Package }).required(),
	col("sfLma__Package_Version__c", recordCodec, func(r *LicenseRow) *pkgversion.RecordID { return &r.Version }),
	col("sfLma__Status__c", statusCodec, func(r *LicenseRow) *license.Status { return &r.Status }).required(),
	formula("sfLma__License_Status__c", textCodec, (*LicenseRow).displayedStatus),
	col("sfLma__Expiration__c", expirationCodec, func(r *LicenseRow) *license.Expiration { return &r.Expiration }).needed(),
	formula("sfLma__Expiration_Date__c", textCodec, (*LicenseRow).expirationText),
	col("sfLma__Seats__c", seatsCodec, func(r *LicenseRow) *license.Seats { return &r.Seats }).required(),
	formula("sfLma__Licensed_Seats__c", textCodec, (*LicenseRow).seatsText),
	col("sfLma__Used_Licenses__c", countCodec, func(r *LicenseRow) *Count { return &r.Used }),
	col("sfLma__Install_Date__c", dateCodec, func(r *LicenseRow) *license.Date { return &r.InstallDate }).required(),
	col("sfLma__Last_Modified__c", instantCodec, func(r *LicenseRow) *time.Time { return &r.AsOf }),
	col("sfLma__License_Type__c", textCodec, func(r *LicenseRow) *string { return &r.Type }),
	col("sfLma__Subscriber_Org_ID__c", orgCodec, func(r *LicenseRow) *pkgversion.OrgID { return &r.Org }).required(),
	formula("sfLma__Is_Sandbox__c", boolCodec, func(r *LicenseRow, _ time.Time) bool { return r.Sandbox }),
	col("sfLma__Subscriber_Org_Is_Sandbox__c", boolCodec, func(r *LicenseRow) *bool { return &r.Sandbox }).needed(),
	formula("sfLma__Org_Status__c", textCodec, func(r *LicenseRow, _ time.Time) string { return string(r.OrgStatus) }),
	col("sfLma__Org_Status_Formula__c", orgStatusCodec, func(r *LicenseRow) *license.OrgStatus { return &r.OrgStatus }),
	formula("sfLma__Org_Edition__c", textCodec, func(r *LicenseRow, _ time.Time) string { return r.Edition }),
	col("sfLma__Org_Type__c", textCodec, func(r *LicenseRow) *string { return &r.Edition }),
	formula("sfLma__Instance__c", textCodec, func(r *LicenseRow, _ time.Time) string { return r.Instance }),
	col("sfLma__Org_Instance__c", textCodec, func(r *LicenseRow) *string { return &r.Instance }),
	formula("sfLma__Trial_Expiration_Date__c", textCodec, func(r *LicenseRow, _ time.Time) string { return r.TrialEnds }),
	col("sfLma__Org_Trial_Expiration__c", textCodec, func(r *LicenseRow) *string { return &r.TrialEnds }),
	formula("sfLma__Package_Version_Number__c", textCodec, func(r *LicenseRow, _ time.Time) string { return r.Number.String() }),
	col("sfLma__Version_Number__c", numberCodec, func(r *LicenseRow) *pkgversion.Version { return &r.Number }),
	col("sfLma__Package_License_ID__c", installationCodec, func(r *LicenseRow) *license.InstallationID { return &r.Installation }),
	col("sfLma__Proxy_User__c", textCodec, func(r *LicenseRow) *string { return &r.ProxyUser }),
	formula("sfLma__Help__c", textCodec, func(*LicenseRow, time.Time) string { return helpLink }),
	own("Package_ID", packageCodec, func(r *LicenseRow) *pkgversion.PackageID { return &r.Detail.PackageID }),
	own("Version_ID", versionIDCodec, func(r *LicenseRow) *pkgversion.VersionID { return &r.Detail.VersionID }),
	own("Version", numberCodec, func(r *LicenseRow) *pkgversion.Version { return &r.Detail.Number }),
	own("Previous_License", licenseCodec, func(r *LicenseRow) *license.ID { return &r.Detail.Previous }),
	own("Terms_As_Of", instantCodec, func(r *LicenseRow) *time.Time { return &r.Detail.TermsAsOf }),
	own("As_Installed", boolCodec, func(r *LicenseRow) *bool { return &r.Detail.AsInstalled }),
	own("Once_Active", boolCodec, func(r *LicenseRow) *bool { return &r.Detail.OnceActive }),
	own("Trial_Start", dateCodec, func(r *LicenseRow) *license.Date { return &r.Detail.TrialStart }),
	own("Time_Zone", zoneCodec, func(r *LicenseRow) *license.Zone { return &r.Detail.Zone }),
	own("Installed_At", instantCodec, func(r *LicenseRow) *time.Time { return &r.Detail.InstalledAt }),
	own("Upgraded_At", instantCodec, func(r *LicenseRow) *time.Time { return &r.Detail.UpgradedAt }),
	own("Uninstalled_At", instantCodec, func(r *LicenseRow) *time.Time { return &r.Detail.UninstalledAt }),
	own("Lead_Name", textCodec, func(r *LicenseRow) *string { return &r.Detail.LeadName }),
	own("Org_Name", textCodec, func(r *LicenseRow) *string { return &r.Detail.OrgName }),
	own("Production_Org", orgCodec, func(r *LicenseRow) *pkgversion.OrgID { return &r.Detail.Production }),
	own("Org_As_Of", instantCodec, func(r *LicenseRow) *time.Time { return &r.Detail.OrgAsOf }),
	own("Permission_Set", textCodec, func(r *LicenseRow) *string { return &r.Detail.PermissionSet }),
	own("Held_Seats", plainCount, func(r *LicenseRow) *int { return &r.Detail.Holders }),
	own("Revision", revisionCodec, func(r *LicenseRow) *int64 { return &r.Detail.Revision }),
)

// Licenses returns the rows of a file of licenses, and in place of each bad one a
// *RowError. It can be ranged over once, for it reads r.
func Licenses(r io.Reader, opt ReadOptions) iter.Seq2[LicenseRow, error] {
	return licenseTable.rows(r, opt)
}

// WriteLicenses writes a file of licenses. License_Status is as of opt.At. It stops
// at the first error, whose file is no whole export then.
func WriteLicenses(w io.Writer, rows iter.Seq2[LicenseRow, error], opt WriteOptions) error {
	return licenseTable.write(w, rows, opt)
}

const helpLink = `<a href="/apex/sfLma__Help" target="_blank">Help</a>`

func (r *LicenseRow) displayedStatus(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	terms := license.Terms{Status: r.Status, Seats: r.Seats, Expiration: r.Expiration}
	return license.License{Terms: terms, Zone: r.Detail.Zone}.DisplayedStatus(at).String()
}

func (r *LicenseRow) expirationText(time.Time) string {
	if r.Expiration.IsNever() {
		return "Does not expire"
	}
	return r.Expiration.String()
}

func (r *LicenseRow) seatsText(time.Time) string {
	if r.Seats.IsSite() {
		return "Site License"
	}
	return r.Seats.String()
}

// Command returns the command that records the license. The package and the version
// are those that catalog has under the row's links; where it has none, the
// error is a *RowError that says which is missing.
//
// Of a file that is not an export of this package some things are inferred: the
// license was installed at the beginning of its Install Date, which is a
// trial's start; it was once Active when it is Active or Suspended; its terms are of
// when the row was last modified, and so is the uninstallation of an Uninstalled
// one.
func (r LicenseRow) Command(catalog *Catalog) (lifecycle.ImportLicense, error) {
	pkg, version, err := r.installed(catalog)
	if err != nil {
		return lifecycle.ImportLicense{}, err
	}
	l := license.License{
		ID: r.Name, RecordID: r.ID, Installation: r.Installation,
		Org: r.Org, Sandbox: r.Sandbox, Package: pkg, Version: version.ID, Number: version.Version,
		Terms: license.Terms{Status: r.Status, Seats: r.Seats, Expiration: r.Expiration},
		Lead:  r.Lead, Contact: r.Contact, Account: r.Account,
		Observed: license.Observed{Used: r.Used.N, HasUsed: r.Used.Known, AsOf: r.AsOf},
		Type:     r.Type, ChangedAt: r.ModifiedDate,
	}
	r.setHistory(&l)
	return lifecycle.ImportLicense{License: l, Org: r.org(catalog), AsOf: r.ModifiedDate}, nil
}

// installed returns the package and the version of the row.
func (r LicenseRow) installed(catalog *Catalog) (pkg pkgversion.PackageID, v pkgversion.PackageVersion, err error) {
	v = pkgversion.PackageVersion{ID: r.Detail.VersionID, Version: r.Detail.Number}
	if pkg = r.Detail.PackageID; pkg.IsZero() {
		if pkg, err = catalog.packageOf("sfLma__Package__c", r.Package); err != nil {
			return pkg, v, err
		}
	}
	if v.ID.IsZero() && !r.Version.IsZero() {
		if v, err = catalog.versionOf("sfLma__Package_Version__c", r.Version); err != nil {
			return pkg, v, err
		}
	}
	if v.Version.IsZero() {
		v.Version = r.Number
	}
	return pkg, v, nil
}

// setHistory sets what the detail says, or what can be inferred.
func (r LicenseRow) setHistory(l *license.License) {
	d := r.Detail
	if d.InstalledAt.IsZero() {
		d.InstalledAt = r.InstallDate.Start()
		d.UpgradedAt = d.InstalledAt
		d.TermsAsOf = r.ModifiedDate
		d.OnceActive = r.Status == license.Active || r.Status == license.Suspended
		if r.Status == license.Trial {
			d.TrialStart = r.InstallDate
		}
		if r.Status == license.Uninstalled {
			d.UninstalledAt = r.ModifiedDate
		}
	}
	l.Previous, l.TermsAsOf, l.AsInstalled, l.OnceActive, l.TrialStart = d.Previous, d.TermsAsOf, d.AsInstalled, d.OnceActive, d.TrialStart
	l.InstalledAt, l.UpgradedAt, l.UninstalledAt = d.InstalledAt, d.UpgradedAt, d.UninstalledAt
	l.Zone, l.LeadName, l.PermissionSet, l.Revision = d.Zone, d.LeadName, d.PermissionSet, d.Revision
}

// org returns the subscriber org as the row and the catalog know it.
func (r LicenseRow) org(catalog *Catalog) license.Org {
	org := license.Org{ID: r.Org, Name: r.Detail.OrgName, Sandbox: r.Sandbox, Production: r.Detail.Production,
		Status: r.OrgStatus, Edition: r.Edition, Instance: r.Instance, TrialEnds: r.TrialEnds, AsOf: r.Detail.OrgAsOf}
	if r.Detail.InstalledAt.IsZero() {
		org.AsOf = r.AsOf
	}
	return catalog.complete(org)
}

// LicenseRowOf returns the row of a license and its org. catalog knows the record
// ids of the package and the version; where it does not, the links are their
// platform ids.
func LicenseRowOf(l license.License, org license.Org, catalog *Catalog) LicenseRow {
	return LicenseRow{
		ID:     l.RecordID,
		Record: Record{CreatedDate: l.InstalledAt, ModifiedDate: l.ChangedAt, SystemModstamp: l.ChangedAt},
		Name:   l.ID, Account: l.Account, Contact: l.Contact, Lead: l.Lead,
		Package: catalog.packageLink(l.Package), Version: catalog.versionLink(l.Version),
		Status: l.Terms.Status, Expiration: l.Terms.Expiration, Seats: l.Terms.Seats,
		Used:        Count{N: l.Observed.Used, Known: l.Observed.HasUsed},
		InstallDate: l.InstallDate(), AsOf: l.Observed.AsOf, Type: l.Type,
		Org: l.Org, Sandbox: l.Sandbox, OrgStatus: org.Status, Edition: org.Edition, Instance: org.Instance, TrialEnds: org.TrialEnds,
		Number: l.Number.Release(), Installation: l.Installation,
		ProxyUser: strings.ToLower(l.Package.String() + "@" + l.Org.String()),
		Detail: LicenseDetail{
			PackageID: l.Package, VersionID: l.Version, Number: l.Number, Previous: l.Previous,
			TermsAsOf: l.TermsAsOf, AsInstalled: l.AsInstalled, OnceActive: l.OnceActive, TrialStart: l.TrialStart, Zone: l.Zone,
			InstalledAt: l.InstalledAt, UpgradedAt: l.UpgradedAt, UninstalledAt: l.UninstalledAt,
			LeadName: l.LeadName, PermissionSet: l.PermissionSet, OrgName: org.Name, Production: org.Production, OrgAsOf: org.AsOf,
			Holders: l.Holders, Revision: l.Revision,
		},
	}
}
