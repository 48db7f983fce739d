package sfdata_test

import (
	"errors"
	"io"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
	"github.com/isvkit/isvkit/pkgversion"
)

const (
	packageFile = "Id,IsDeleted,Name,sfLma__Package_ID__c\n" +
		"a023k00000N0018,false,Contracts,0333k00000RbkdxAAB\n" +
		"a023k00000N001oAAB,true,Forms,0333k00000R31HrAAJ\n"
	versionFile = "Id,Name,sfLma__Package__c,sfLma__Version_ID__c,sfLma__Version__c,sfLma__Version_Number__c,sfLma__Is_Beta__c,sfLma__Release_Date__c\n" +
		"a033k00000P004PAAR,Two,a023k00000N0018AAB,04t3k000009APyEAAW,2.0 (Beta 1),2.0.0,true,2026-01-02\n" +
		"a033k00000P000BAAR,Form,a023k00000N001oAAB,04t3k00000gFqs6AAC,1.0,1.0.0,false,2026-01-02\n"
	licenseFile = "Name,IsDeleted,CreatedDate,LastModifiedDate,sfLma__Package__c,sfLma__Package_Version__c,sfLma__Status__c,sfLma__Expiration__c,sfLma__Seats__c," +
		"sfLma__Used_Licenses__c,sfLma__Install_Date__c,sfLma__Last_Modified__c,sfLma__Subscriber_Org_ID__c,sfLma__Subscriber_Org_Is_Sandbox__c,sfLma__Version_Number__c,sfLma__Package_License_ID__c\n" +
		"L-00001,false,2026-02-01T00:00:00Z,2026-06-01T00:00:00Z,a023k00000N0018AAB,a033k00000P004P,Trial,2026-03-02,5,0,2026-01-31,2026-06-02T00:00:00Z,00Dyx00000emSRE,true,2.0.0,050W700000c00C6IAI\n" +
		"L-00002,true,2026-02-01T00:00:00Z,2026-06-01T00:00:00Z,a023k00000N0018AAB,a033k00000P004P,Trial,2026-03-02,5,0,2026-01-31,2026-06-02T00:00:00Z,00Dyx00000emSRE,false,2.0.0,050W700000c00C7IAI\n" +
		"L-00003,false,2026-02-01T00:00:00Z,2026-06-01T00:00:00Z,a023k00000N001oAAB,a033k00000P004P,Trial,2026-03-02,5,0,2026-01-31,2026-06-02T00:00:00Z,00Dyx00000emSRE,false,2.0.0,050W700000c00C6IAI\n"
	subscriberFile = "InstalledStatus,OrgKey,OrgName,OrgType,ParentOrg\ni,00Dyx00000emSREEA2,Tarello,Sandbox,00DW700000hXmc8MAC\n"
	seatFile       = "PackageLicenseId,UserId,CreatedDate,IsRevoked\n050W700000c00C6IAI,005kX000006005AQAQ,2026-05-15T12:45:22.000Z,false\n" +
		"050W700000c00C6IAI,005kX00000600AZQAY,2026-05-15T12:45:22.000Z,true\n"
)

func smallImport() sfdata.Import {
	dir := fstest.MapFS{}
	for name, text := range map[string]string{"packages.csv": packageFile, "versions.csv": versionFile, "licenses.csv": licenseFile,
		"subscribers.csv": subscriberFile, "seats.csv": seatFile, "notifications.jsonl": strings.ReplaceAll(installed, "\n", "") + "\n{\n"} {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return sfdata.Import{Packages: sfdata.FileIn(dir, "packages.csv"), Versions: sfdata.FileIn(dir, "versions.csv"),
		Licenses: sfdata.FileIn(dir, "licenses.csv"), Subscribers: sfdata.FileIn(dir, "subscribers.csv"),
		Seats: sfdata.FileIn(dir, "seats.csv"), Notifications: sfdata.FileIn(dir, "notifications.jsonl"),
		Register: func(r lifecycle.Registration) lifecycle.Registration { r.Policy.GraceDays = 3; return r }}
}

type importPair struct {
	row lifecycle.Row
	err string
}

func importPairs(im sfdata.Import) (all []importPair) {
	for row, err := range im.Rows() {
		pair := importPair{row: row}
		if err != nil {
			pair.err = err.Error()
		}
		all = append(all, pair)
	}
	return all
}

// Rows come in an order in which they can be carried out, each with its place; what is
// deleted or revoked is passed over; and every range is the same.
func TestImportYieldsCommandsInOrder(t *testing.T) {
	im := smallImport()
	got := importPairs(im)
	if again := importPairs(im); !reflect.DeepEqual(got, again) {
		t.Errorf("ranged over again, it yields %v, before %v", again, got)
	}
	var places []string
	for _, p := range got {
		places = append(places, p.row.Where+p.err)
	}
	want := []string{
		"packages.csv:2", "versions.csv:2",
		"sfdata: versions.csv:3: sfLma__Package__c: names a package that is in no file of packages",
		"licenses.csv:2",
		"sfdata: licenses.csv:4: sfLma__Package__c: names a package that is in no file of packages",
		"seats.csv:2", "notifications.jsonl:1",
		"sfdata: notifications.jsonl:2:2: the file ends inside of the JSON",
	}
	if !reflect.DeepEqual(places, want) {
		t.Fatalf("it yields\n%s\nwant\n%s", strings.Join(places, "\n"), strings.Join(want, "\n"))
	}
	if reg := got[0].row.Command.(lifecycle.RegisterPackage).Registration; reg.Policy.GraceDays != 3 || reg.Package.RecordID.String() != "a023k00000N0018AAB" {
		t.Errorf("the registration is %+v", reg)
	}
	n := 0
	for range im.Rows() {
		if n++; n == 4 {
			break
		}
	}
	if n != 4 {
		t.Errorf("%d rows were yielded after the range ended", n)
	}
}

// What a license's row does not say is inferred from what it says.
func TestLicenseCommandOfAPlatformRow(t *testing.T) {
	command := importPairs(smallImport())[3].row.Command.(lifecycle.ImportLicense)
	modified := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	installed := license.MustDate("2026-01-31")
	want := lifecycle.ImportLicense{
		License: license.License{
			ID: 1, Installation: license.MustInstallationID("050W700000c00C6IAI"),
			Org: pkgversion.MustOrgID("00Dyx00000emSRE"), Sandbox: true,
			Package: pkgversion.MustPackageID("0333k00000RbkdxAAB"), Version: pkgversion.MustVersionID("04t3k000009APyEAAW"),
			Number:     pkgversion.MustVersion("2.0 (Beta 1)"),
			Terms:      license.Terms{Status: license.Trial, Seats: license.MustSeats(5), Expiration: license.LastDay(license.MustDate("2026-03-02"))},
			TrialStart: installed, InstalledAt: installed.Start(), UpgradedAt: installed.Start(), TermsAsOf: modified, ChangedAt: modified,
			Observed: license.Observed{HasUsed: true, AsOf: modified.AddDate(0, 0, 1)},
		},
		Org: license.Org{ID: pkgversion.MustOrgID("00Dyx00000emSRE"), Name: "Tarello", Sandbox: true,
			Production: pkgversion.MustOrgID("00DW700000hXmc8MAC"), AsOf: modified.AddDate(0, 0, 1)},
		AsOf: modified,
	}
	if command != want {
		t.Errorf("the command is\n%+v, want\n%+v", command, want)
	}
	for status, c := range map[license.Status]struct {
		onceActive bool
		trialStart license.Date
		gone       time.Time
	}{
		license.Trial:       {trialStart: installed},
		license.Active:      {onceActive: true},
		license.Suspended:   {onceActive: true},
		license.Uninstalled: {gone: modified},
	} {
		row := sfdata.LicenseRow{Status: status, InstallDate: installed, Record: sfdata.Record{ModifiedDate: modified},
			Detail: sfdata.LicenseDetail{PackageID: want.License.Package}}
		command, err := row.Command(nil)
		if l := command.License; err != nil || l.OnceActive != c.onceActive || l.TrialStart != c.trialStart || l.UninstalledAt != c.gone {
			t.Errorf("%v: the license is %+v, %v", status, l, err)
		}
	}
	// A link can be the platform's id, where the vendor is not on the platform.
	catalog := &sfdata.Catalog{}
	catalog.AddPackage(sfdata.PackageRow{PackageID: pkgversion.MustPackageID("forms")})
	if err := catalog.AddVersion(sfdata.VersionRow{VersionID: pkgversion.MustVersionID("v1"), VersionNumber: pkgversion.MustVersion("1.0")}); err != nil {
		t.Fatal(err)
	}
	row := sfdata.LicenseRow{Package: pkgversion.MustRecordID("forms"), Version: pkgversion.MustRecordID("v1"), Number: pkgversion.MustVersion("9.9")}
	if command, err := row.Command(catalog); err != nil || command.License.Number != pkgversion.MustVersion("1.0") {
		t.Errorf("by platform ids the command is %+v, %v", command, err)
	}
	row.Version = pkgversion.MustRecordID("v2")
	var fault *sfdata.RowError
	if _, err := row.Command(catalog); !errors.As(err, &fault) || fault.Field != "sfLma__Package_Version__c" || fault.Value != "v2" {
		t.Errorf("an unknown version: the error is %v", err)
	}
}

// The number of a version is where it can be relied on, and contradictions are
// errors.
func TestNumberOfAVersion(t *testing.T) {
	number := pkgversion.MustVersion
	for _, c := range []struct {
		typed  string
		number pkgversion.Version
		beta   bool
		want   string // or
		reason string
	}{
		{typed: "2.0 (Beta 3)", number: number("2.0.0"), beta: true, want: "2.0.0 (Beta 3)"},
		{typed: "2.0 (Beta 3)", beta: true, want: "2.0.0 (Beta 3)"},
		{typed: "Spring", number: number("2.0.0"), want: "2.0.0"},
		{typed: "2.0", want: "2.0.0"},
		{typed: "Spring", reason: "parts are decimal numbers"},
		{typed: "Spring", number: number("2.0.0"), beta: true, reason: "parts are decimal numbers"},
		{typed: "2.0", number: number("2.0.0"), beta: true, reason: "and sfLma__Is_Beta__c contradict each other"},
		{typed: "2.0 (Beta 1)", reason: "and sfLma__Is_Beta__c contradict each other"},
		{typed: "2.1 (Beta 1)", number: number("2.0.0"), beta: true, reason: "and sfLma__Version_Number__c contradict each other"},
	} {
		row := sfdata.VersionRow{Typed: c.typed, VersionNumber: c.number, IsBeta: c.beta}
		got, err := row.Number()
		var fault *sfdata.RowError
		if errors.As(err, &fault); got.String() != c.want || (fault != nil) != (c.reason != "") || fault != nil && fault.Reason != c.reason {
			t.Errorf("%q, %v, beta %v: the number is %q, %v, want %q or %q", c.typed, c.number, c.beta, got, err, c.want, c.reason)
		}
		if fault != nil && new(sfdata.Catalog).AddVersion(row) == nil {
			t.Errorf("%q: the catalog takes it", c.typed)
		}
	}
}

// A file that cannot be opened is an error in place of its rows; the files after it
// are read.
func TestImportOfAFileThatIsNotThere(t *testing.T) {
	im := smallImport()
	im.Packages = sfdata.FileIn(fstest.MapFS{}, "packages.csv")
	im.Versions, im.Seats, im.Notifications = sfdata.Source{}, sfdata.Source{}, sfdata.Source{}
	var errs []error
	for _, err := range im.Rows() {
		errs = append(errs, err)
	}
	var file *sfdata.FileError
	if len(errs) != 3 || !errors.As(errs[0], &file) || !errors.Is(errs[0], fs.ErrNotExist) || file.File != "packages.csv" {
		t.Errorf("the errors are %v", errs)
	}
	closed := 0
	im = sfdata.Import{Packages: sfdata.Source{Name: "p", Open: func() (io.ReadCloser, error) {
		return closer{strings.NewReader(packageFile), &closed}, nil
	}}}
	for range im.Rows() {
		break
	}
	for range im.Rows() {
	}
	if closed != 2 {
		t.Errorf("of 2 files that were opened %d were closed", closed)
	}
}

type closer struct {
	io.Reader
	closed *int
}

func (c closer) Close() error { *c.closed++; return nil }
