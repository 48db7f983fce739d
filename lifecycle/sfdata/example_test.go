package sfdata_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// one returns a sequence of one row.
func one[R any](row R) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) { yield(row, nil) }
}

// Everything that a vendor exports from the platform goes into a store in one
// call: all of it, or, where a row is bad, nothing. No file says with which terms new
// licenses begin; Register does.
func ExampleImport() {
	exports := os.DirFS("testdata/lma")
	files := sfdata.Import{
		Owners:      sfdata.FileIn(exports, "users.csv"),
		Packages:    sfdata.FileIn(exports, "packages.csv"),
		Versions:    sfdata.FileIn(exports, "package_versions.csv"),
		Subscribers: sfdata.FileIn(exports, "package_subscribers.csv"),
		Accounts:    sfdata.FileIn(exports, "accounts.csv"),
		Contacts:    sfdata.FileIn(exports, "contacts.csv"),
		Leads:       sfdata.FileIn(exports, "leads.csv"),
		Licenses:    sfdata.FileIn(exports, "licenses.csv"),
		Seats:       sfdata.FileIn(exports, "user_package_licenses.csv"),
		Register: func(r lifecycle.Registration) lifecycle.Registration {
			r.Defaults = license.Defaults{Status: license.Trial, Days: 30, Seats: license.MustSeats(5)}
			return r
		},
	}
	manager, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	actor := lifecycle.Actor{Vendor: pkgversion.MustVendorID("brindlemoor"), ID: lifecycle.MustActorID("import")}
	report, err := manager.Import(context.Background(), actor, files.Rows(), lifecycle.AllRows)
	fmt.Println(report.Rows, "rows,", report.Changed, "new,", report.Bad, "bad,", err)
	// Output: 1543 rows, 1543 new, 0 bad, <nil>
}

func ExampleSource() {
	owners := "Id,Name,IsActive\n0053k0000060026AAA,Hester,true\n"
	files := sfdata.Import{Owners: sfdata.Source{
		Name: "users.csv",
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(owners)), nil },
	}}
	for row, err := range files.Rows() {
		fmt.Println(row.Where, row.Command.(lifecycle.RecordOwner).Owner.Name, err)
	}
	// Output: users.csv:2 Hester <nil>
}

func ExampleLicenses() {
	export := `"Name","LastModifiedDate","sfLma__Package__c","sfLma__Status__c","sfLma__Expiration__c","sfLma__Seats__c","sfLma__Install_Date__c","sfLma__Subscriber_Org_ID__c","sfLma__Subscriber_Org_Is_Sandbox__c"
"L-00001","2026-06-30T18:05:00.000Z","a023k00000N0018AAB","Active","1970-01-01","-1","2026-01-31","00Dyx00000emSRE","false"
"L-00002","2026-06-30T18:05:00.000Z","a023k00000N0018AAB","Active","","many","2026-01-31","00Dyx00000emSRE","false"
"L-00003","2026-06-30T18:05:00.000Z","a023k00000N0018AAB","Trial","2026-03-02","5.0","2026-01-31","00Dyx00000emSREEA2","true"
`
	for row, err := range sfdata.Licenses(strings.NewReader(export), sfdata.ReadOptions{File: "licenses.csv"}) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(row.Name, row.Org, row.Status, row.Seats, row.Expiration)
	}
	// Output:
	// L-00001 00Dyx00000emSREEA2 Active site does not expire
	// sfdata: licenses.csv:3:71: sfLma__Seats__c: is a whole number
	// L-00003 00Dyx00000emSREEA2 Trial 5 2026-03-02
}

// Links in the files are record ids of the vendor's org; a Catalog knows what they
// stand for.
func ExampleCatalog() {
	var catalog sfdata.Catalog
	catalog.AddPackage(sfdata.PackageRow{
		ID:        pkgversion.MustRecordID("a023k00000N0018AAB"),
		PackageID: pkgversion.MustPackageID("0333k00000RbkdxAAB"),
	})
	row := sfdata.LicenseRow{Name: 1, Package: pkgversion.MustRecordID("a023k00000N0018AAB"), Status: license.Trial, InstallDate: license.MustDate("2026-01-31")}
	command, err := row.Command(&catalog)
	fmt.Println(command.License.ID, command.License.Package, command.License.TrialStart, err)

	_, err = row.Command(nil)
	fmt.Println(err)
	// Output:
	// L-00001 0333k00000RbkdxAAB 2026-01-31 <nil>
	// sfdata: sfLma__Package__c: names a package that is in no file of packages
}

// A license that the vendor changed goes back into the platform as Data Loader
// wants it, with the columns that it shall set.
func ExampleWriteLicenses() {
	l := license.License{ID: 7, RecordID: pkgversion.MustRecordID("a043k0000070023AAA"),
		Terms: license.Terms{Status: license.Active, Seats: license.Site(), Expiration: license.Never()}}
	err := sfdata.WriteLicenses(os.Stdout, one(sfdata.LicenseRowOf(l, license.Org{}, nil)), sfdata.WriteOptions{
		DataLoader: true,
		Columns:    []string{"Id", "sfLma__Status__c", "sfLma__Seats__c", "sfLma__Expiration__c"},
	})
	fmt.Println(err)
	// Output:
	// "Id","sfLma__Status__c","sfLma__Seats__c","sfLma__Expiration__c"
	// "a043k0000070023AAA","Active","-1","1970-01-01"
	// <nil>
}

// An export can be opened in a spreadsheet without running anything, is whole or
// refused, and gives back what went into it.
func ExampleWriteAccounts() {
	account := lead.Account{ID: lead.MustAccountID("0013k00000c000MAAQ"), Name: `=HYPERLINK("x")`}
	var file bytes.Buffer
	if err := sfdata.WriteAccounts(&file, one(sfdata.AccountRowOf(account)), sfdata.WriteOptions{}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Contains(file.String(), `"'=HYPERLINK(""x"")"`))
	for row, err := range sfdata.Accounts(bytes.NewReader(file.Bytes()), sfdata.ReadOptions{}) {
		fmt.Println(row.Command().Account == account, err)
	}
	header := file.Bytes()[:bytes.IndexByte(file.Bytes(), '\n')+1]
	for _, err := range sfdata.Accounts(bytes.NewReader(header), sfdata.ReadOptions{File: "accounts.csv"}) {
		var cut *sfdata.ExportError
		fmt.Println(errors.As(err, &cut), err)
	}
	// Output:
	// true
	// true <nil>
	// true sfdata: accounts.csv:2: the end of the export is missing, after 0 rows
}

func ExamplePackages() {
	file := `[{"Id":"a023k00000N0018AAB","Name":"Contracts","sfLma__Package_ID__c":"0333k00000RbkdxAAB","Tier__c":"Gold"}]`
	for row, err := range sfdata.Packages(strings.NewReader(file), sfdata.ReadOptions{}) {
		tier, _ := row.Extra.Get("Tier__c")
		fmt.Println(row.Command().Registration.Package.ID, row.Name, tier, err)
	}
	// Output: 0333k00000RbkdxAAB Contracts Gold <nil>
}

// The number of a beta stands in the text that the vendor typed, and nowhere else.
func ExampleVersionRow_Number() {
	row := sfdata.VersionRow{Typed: "2.0 (Beta 1)", VersionNumber: pkgversion.MustVersion("2.0.0"), IsBeta: true}
	fmt.Println(row.Number())
	row.IsBeta = false
	fmt.Println(row.Number())
	// Output:
	// 2.0.0 (Beta 1) <nil>
	// 2.0.0 <nil>
}

func ExampleVersions() {
	file := "Id,Name,sfLma__Package__c,sfLma__Version_ID__c,sfLma__Version__c,sfLma__Version_Number__c,sfLma__Is_Beta__c\n" +
		"a033k00000P000OAAR,Spring,a023k00000N0018AAB,04t3k00000CdATAAA3,1.9 (Beta 1),1.9.0,true\n"
	for row, err := range sfdata.Versions(strings.NewReader(file), sfdata.ReadOptions{}) {
		number, _ := row.Number()
		fmt.Println(row.VersionID, number, err)
	}
	// Output: 04t3k00000CdATAAA3 1.9.0 (Beta 1) <nil>
}

func ExampleLeads() {
	file := "Id,LastName,Company,Email,IsConverted,ConvertedDate,ConvertedContactId,ConvertedAccountId\n" +
		"00Q3k0000090030EAA,Selwynwick,\"Noretra, Inc\",d@noretra.example,true,2022-01-17,0033k00000F000XAAR,0013k00000c000MAAQ\n"
	for row, err := range sfdata.Leads(strings.NewReader(file), sfdata.ReadOptions{}) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		command, err := row.Command()
		fmt.Println(command.Lead.Person.Company, command.Lead.Conversion.At.Format(time.DateOnly), err)
	}
	// Output: Noretra, Inc 2022-01-17 <nil>
}

func ExampleContacts() {
	file := "Id,AccountId,LastName\n0033k00000F000XAAR,0013k00000c000MAAQ,Selwynwick\n"
	for row, err := range sfdata.Contacts(strings.NewReader(file), sfdata.ReadOptions{}) {
		fmt.Println(row.Command().Contact.ID, row.Account, err)
	}
	// Output: 0033k00000F000XAAR 0013k00000c000MAAQ <nil>
}

func ExampleOwners() {
	file := `{"Id":"0053k0000060026AAA","FirstName":"Hester","LastName":"Kesterworth","IsActive":true,"Profile":{"Name":"Sales"}}`
	for row, err := range sfdata.Owners(strings.NewReader(file), sfdata.ReadOptions{}) {
		fmt.Println(row.Command().Owner.Name, row.Profile, err)
	}
	// Output: Hester Kesterworth Sales <nil>
}

func ExampleSeats() {
	file := "Id,PackageLicenseId,UserId,CreatedDate\n051kX00000E001CQAR,050kX000008001LQAQ,005kX000006005AQAQ,2026-05-15T12:45:22.000Z\n"
	for row, err := range sfdata.Seats(strings.NewReader(file), sfdata.ReadOptions{}) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		command, err := row.Command()
		fmt.Println(command.Installation, command.User, err)
	}
	// Output: 050kX000008001LQAQ 005kX000006005AQAQ <nil>
}

func ExampleSeatRowOf() {
	assignment := seats.Assignment{License: 7, User: seats.MustUserID("jane"), AssignedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	row := sfdata.SeatRowOf(assignment, license.MustInstallationID("050kX000008001LQAQ"))
	fmt.Println(row.User, row.Installation, row.IsRevoked)
	// Output: jane 050kX000008001LQAQ false
}

// The subscriber's side says what it allows; whether that is what the vendor set is
// a question of drift.
func ExamplePackageLicenses() {
	file := "Id,AllowedLicenses,UsedLicenses,ExpirationDate,Status\n050W700000c00C6IAI,-1,0,2027-01-16T00:00:00.000Z,Active\n"
	for row, err := range sfdata.PackageLicenses(strings.NewReader(file), sfdata.ReadOptions{}) {
		fmt.Println(row.ID, row.Allowed, row.Expiration, row.Status, err)
	}
	// Output: 050W700000c00C6IAI site 2027-01-16 Active <nil>
}

func ExampleSubscribers() {
	file := "InstalledStatus,OrgKey,OrgName,OrgType,ParentOrg\ni,00Dn200000NmiuYEAR,Tarello,Sandbox,00DW700000hXmc8\n"
	for row, err := range sfdata.Subscribers(strings.NewReader(file), sfdata.ReadOptions{}) {
		fmt.Println(row.OrgName, row.Installed, row.Sandbox, row.ParentOrg, err)
	}
	// Output: Tarello true true 00DW700000hXmc8MAC <nil>
}

func ExampleUsers() {
	file := "Id,IsActive,LastLoginDate,Profile.Name\n005kX000006001BQAQ,true,,Sales\n"
	for row, err := range sfdata.Users(strings.NewReader(file), sfdata.ReadOptions{}) {
		fmt.Println(row.ID, row.LastLogin.IsZero(), row.Profile, err)
	}
	// Output: 005kX000006001BQAQ true Sales <nil>
}

func ExampleNotifications() {
	file := `{"kind":"uninstall","notificationId":"7a09","deliveryAttempt":2,"occurredAt":"2023-06-21T19:42:01.002Z","orgId":"00DPu000009MELB","orgType":"Production","packageId":"0333k00000RbkdxAAB","packageLicenseId":"050Pu00000300EdIAI"}
{"kind":"reboot"}
`
	for delivery, err := range sfdata.Notifications(strings.NewReader(file), sfdata.ReadOptions{File: "notifications.jsonl"}) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		switch n := delivery.Notification.(type) {
		case lifecycle.Uninstalled:
			fmt.Println(n.Installation, n.Org.ID, n.At, delivery.Attempt)
		}
	}
	// Output:
	// 050Pu00000300EdIAI 00DPu000009MELBMA4 2023-06-21 19:42:01.002 +0000 UTC 2
	// sfdata: notifications.jsonl:2:1: notification: columns are missing: occurredAt, orgId, orgType
}

func ExampleWriteNotifications() {
	delivery := sfdata.Delivery{Notification: lifecycle.OrgChanged{Notice: lifecycle.Notice{
		At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Org: license.Org{ID: pkgversion.MustOrgID("acme"), Status: license.OrgLocked}}}}
	var file bytes.Buffer
	fmt.Println(sfdata.WriteNotifications(&file, one(delivery)))
	fmt.Println(file.String()[:75])
	// Output:
	// <nil>
	// {"kind":"orgStatus","notificationId":null,"deliveryAttempt":0,"occurredAt":
}

// A bad row says where it stands. Its text can be logged; the value, which may be
// a person's, is in a field.
func ExampleRowError() {
	file := "Id,IsActive\n0053k0000060026AAA,jane@vendor.example\n"
	for _, err := range sfdata.Owners(strings.NewReader(file), sfdata.ReadOptions{File: "users.csv"}) {
		var bad *sfdata.RowError
		if errors.As(err, &bad) {
			fmt.Println(bad)
			fmt.Println(bad.Line, bad.Field, bad.Value)
		}
	}
	// Output:
	// sfdata: users.csv:2:20: IsActive: is true or false
	// 2 IsActive jane@vendor.example
}

func ExampleFileError() {
	cut := "Id,IsActive\n\"0053k0000060026AAA"
	for _, err := range sfdata.Owners(strings.NewReader(cut), sfdata.ReadOptions{File: "users.csv"}) {
		var broken *sfdata.FileError
		fmt.Println(errors.As(err, &broken), err)
	}
	// Output: true sfdata: users.csv:2:1: the quotes that begin here are not closed
}

func ExampleHeaderError() {
	for _, err := range sfdata.Owners(strings.NewReader("Id,Name\n"), sfdata.ReadOptions{File: "users.csv"}) {
		var header *sfdata.HeaderError
		if errors.As(err, &header) {
			fmt.Println(header.Missing)
		}
	}
	// Output: [IsActive]
}

func ExampleExportError() {
	var file bytes.Buffer
	rows := func(yield func(sfdata.OwnerRow, error) bool) {
		_ = yield(sfdata.OwnerRow{ID: lead.MustOwnerID("a")}, nil) && yield(sfdata.OwnerRow{ID: lead.MustOwnerID("b")}, nil)
	}
	if err := sfdata.WriteOwners(&file, rows, sfdata.WriteOptions{}); err != nil {
		fmt.Println(err)
	}
	changed := strings.Replace(file.String(), `"b"`, `"c"`, 1)
	for row, err := range sfdata.Owners(strings.NewReader(changed), sfdata.ReadOptions{}) {
		fmt.Println(row.ID, err)
	}
	// Output:
	// a <nil>
	// c <nil>
	//  sfdata: line 4: the export was changed, after 2 rows of 2
}

// In an org where the app's namespace is another, and where columns of two could be
// meant, it is given.
func ExampleReadOptions() {
	file := "Name,acme__Package_ID__c,beta__Package_ID__c\nForms,0333k00000R31HrAAJ,none\n"
	for row, err := range sfdata.Packages(strings.NewReader(file), sfdata.ReadOptions{Namespace: "acme"}) {
		fmt.Println(row.PackageID, row.Extra, err)
	}
	// Output: 0333k00000R31HrAAJ [{beta__Package_ID__c none false}] <nil>
}

// A file in one format is written in another. License Status is that of an
// instant.
func ExampleWriteOptions() {
	l := license.License{ID: 7, Terms: license.Terms{Status: license.Trial, Seats: license.MustSeats(5),
		Expiration: license.LastDay(license.MustDate("2026-03-02"))}}
	err := sfdata.WriteLicenses(os.Stdout, one(sfdata.LicenseRowOf(l, license.Org{}, nil)), sfdata.WriteOptions{
		Format:     sfdata.JSONLines,
		DataLoader: true,
		Columns:    []string{"Name", "sfLma__License_Status__c", "sfLma__Seats__c", "sfLma__Used_Licenses__c"},
		At:         time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC),
	})
	fmt.Println(err)
	// Output:
	// {"Name":"L-00007","sfLma__License_Status__c":"Expired","sfLma__Seats__c":5,"sfLma__Used_Licenses__c":null}
	// <nil>
}

func ExampleCount() {
	fmt.Println(sfdata.Count{} == sfdata.Count{N: 0, Known: true}) // blank is not 0
	// Output: false
}

// What the app has no column for is in an export of this package, and nowhere else.
func ExampleLicenseDetail() {
	l := license.License{ID: 7, Package: pkgversion.MustPackageID("forms"), Zone: license.MustZone("America/Havana"),
		InstalledAt: time.Date(2026, 1, 31, 20, 37, 3, 0, time.UTC)}
	row := sfdata.LicenseRowOf(l, license.Org{}, nil)
	fmt.Println(row.InstallDate, row.Detail.InstalledAt, row.Detail.Zone)

	row.Detail = sfdata.LicenseDetail{PackageID: l.Package} // as a file of the platform has it
	command, err := row.Command(nil)
	fmt.Println(command.License.InstalledAt, err)
	// Output:
	// 2026-01-31 2026-01-31 20:37:03 +0000 UTC America/Havana
	// 2026-01-31 00:00:00 +0000 UTC <nil>
}

func ExamplePackageDetail() {
	row := sfdata.PackageRow{PackageID: pkgversion.MustPackageID("0333k00000R31HrAAJ"), Name: "Forms"}
	row.Detail = sfdata.PackageDetail{
		Namespace: "bmforms",
		Defaults:  license.Defaults{Status: license.Trial, Days: 14, Seats: license.MustSeats(10)},
	}
	fmt.Println(row.Command().Registration.Defaults.Days)
	// Output: 14
}

func ExampleVersionDetail() {
	v := pkgversion.PackageVersion{ID: pkgversion.MustVersionID("v1"), Package: pkgversion.MustPackageID("forms"),
		Version: pkgversion.MustVersion("1.2"), ReleasedAt: time.Date(2026, 1, 31, 9, 26, 40, 0, time.UTC)}
	row := sfdata.VersionRowOf(v, nil)
	fmt.Println(row.ReleaseDate, row.Detail == sfdata.VersionDetail{PackageID: v.Package, ReleasedAt: v.ReleasedAt})
	// Output: 2026-01-31 true
}

// A lead that is converted and not converted at once is an error.
func ExampleLeadRow() {
	row := sfdata.LeadRow{ID: lead.MustID("00Q3k0000090030EAA"), ConvertedContact: lead.MustContactID("0033k00000F000XAAR")}
	_, err := row.Command()
	fmt.Println(err)
	row.IsConverted, row.Detail = true, sfdata.LeadDetail{ConvertedAt: time.Date(2022, 1, 17, 17, 0, 7, 0, time.UTC)}
	command, err := row.Command()
	fmt.Println(command.Lead.Conversion.At, err)
	// Output:
	// sfdata: IsConverted: contradicts ConvertedDate, ConvertedContactId and ConvertedAccountId
	// 2022-01-17 17:00:07 +0000 UTC <nil>
}

func ExampleContactRow() {
	contact := lead.Contact{ID: lead.MustContactID("0033k00000F000XAAR"), Person: lead.Person{LastName: "Selwynwick"}}
	row := sfdata.ContactRowOf(contact)
	fmt.Println(row.ID, row.Command().Contact == contact)
	// Output: 0033k00000F000XAAR true
}

func ExampleAccountRow() {
	row := sfdata.AccountRow{ID: lead.MustAccountID("0013k00000c000MAAQ"), Name: "Noretra", City: "Albany"}
	fmt.Println(row.Command().Account.City)
	// Output: Albany
}

// Columns of the vendor's own are written beside those that are known.
func ExampleCell() {
	row := sfdata.AccountRow{Name: "Noretra", Extra: sfdata.Extra{sfdata.Cell{Name: "Tier__c", Text: "Gold"}}}
	err := sfdata.WriteAccounts(os.Stdout, one(row), sfdata.WriteOptions{DataLoader: true, Columns: []string{"Name", "Tier__c"}})
	fmt.Println(err)
	// Output:
	// "Name","Tier__c"
	// "Noretra","Gold"
	// <nil>
}

// An export can hold what lies in the recycle bin. Import passes it over; whoever
// reads rows decides.
func ExampleRecord() {
	row := sfdata.AccountRow{Record: sfdata.Record{IsDeleted: true}}
	fmt.Println(row.IsDeleted)
	// Output: true
}

// The platform's files know no Suspended: it is Expired in them.
func ExampleWritePackageLicenses() {
	row := sfdata.PackageLicenseRow{ID: license.MustInstallationID("050W700000c00C6IAI"), Expiration: license.Never(), Status: license.SubscriberSuspended}
	err := sfdata.WritePackageLicenses(io.Discard, one(row), sfdata.WriteOptions{})
	fmt.Println(err)
	// Output: sfdata: Status: is one of Active, Expired, Free, Trial, in row 1 to be written
}

func ExampleSeatRow() {
	row := sfdata.SeatRow{User: seats.MustUserID("005kX000006005AQAQ"), IsRevoked: true}
	_, err := row.Command()
	fmt.Println(err)
	// Output: sfdata: IsRevoked: the seat was revoked
}

// A subscriber's row tells the name of an org, and of which org a sandbox was made.
func ExampleSubscriberRow() {
	var catalog sfdata.Catalog
	catalog.AddSubscriber(sfdata.SubscriberRow{Org: pkgversion.MustOrgID("box"), OrgName: "Tarello (test)", ParentOrg: pkgversion.MustOrgID("tarello")})
	row := sfdata.LicenseRow{Org: pkgversion.MustOrgID("box"), Sandbox: true, Detail: sfdata.LicenseDetail{PackageID: pkgversion.MustPackageID("forms")}}
	command, err := row.Command(&catalog)
	fmt.Println(command.Org.Name, command.Org.Production, err)
	// Output: Tarello (test) tarello <nil>
}

func ExampleUserRow() {
	row := sfdata.UserRow{ID: seats.MustUserID("005kX000006001BQAQ"), LastLogin: time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)}
	idle := license.MustDate("2026-06-30").Sub(license.DateOf(row.LastLogin))
	fmt.Println(row.ID, "idle for", idle, "days")
	// Output: 005kX000006001BQAQ idle for 60 days
}
