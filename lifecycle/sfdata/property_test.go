package sfdata_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"pgregory.net/rapid"
)

// text draws text of any kind that a store keeps, with a liking for what a
// spreadsheet runs and a CSV reader stumbles over.
func text(t *rapid.T, label string) string {
	begin := rapid.SampledFrom([]string{"", "", "", "=", "+", "-", "@", "\t", "\r", "\n", "'", "'=", "''＝", "－1", "\"", ",", "\uFEFF", " ", "-1", "1e5"}).Draw(t, label)
	rest := rapid.StringN(0, 12, 60).Draw(t, label)
	return strings.ReplaceAll(begin+rest, "\x00", "")
}

// id draws an id: of Salesforce in either length, or of somewhere else.
func id(t *rapid.T, prefix string) string {
	switch rapid.IntRange(0, 2).Draw(t, "form") {
	case 0:
		return prefix + rapid.StringMatching(`[A-Za-z0-9]{12}`).Draw(t, "id")
	case 1:
		return rapid.SampledFrom([]string{"=cmd|x", "-1", "+1", "'", "jane@vendor.example", "0b8e7a52-97a5-4b0e-9f7b-0d8f4f1c6f11"}).Draw(t, "id")
	}
	return rapid.StringMatching(`[!-~]{1,14}`).Draw(t, "id")
}

func someID[T any](t *rapid.T, prefix string, must func(string) T) T { return must(id(t, prefix)) }

func maybeID[T any](t *rapid.T, prefix string, must func(string) T) (none T) {
	if rapid.Bool().Draw(t, "none") {
		return none
	}
	return must(id(t, prefix))
}

func instantOf(t *rapid.T, label string) time.Time {
	micro := rapid.Int64Range(0, 200_000_000_000_000_000).Draw(t, label)
	return time.UnixMicro(micro - micro%rapid.SampledFrom([]int64{1, 1000, 1_000_000}).Draw(t, label)).UTC()
}

func maybeInstant(t *rapid.T, label string) time.Time {
	if rapid.Bool().Draw(t, "none") {
		return time.Time{}
	}
	return instantOf(t, label)
}

func date(t *rapid.T) license.Date { return license.DateOf(instantOf(t, "day")) }

func recordID(t *rapid.T) pkgversion.RecordID {
	if rapid.Bool().Draw(t, "none") {
		return pkgversion.RecordID{}
	}
	row := sfdata.VersionRow{}
	file := "Id,Name,sfLma__Package__c,sfLma__Version_ID__c,sfLma__Version__c,sfLma__Is_Beta__c\n" +
		"a0" + rapid.StringMatching(`[A-Za-z0-9]{13}`).Draw(t, "record id") + ",,x,04t3k00000gFqs6AAC,1.0,0\n"
	for row = range sfdata.Versions(strings.NewReader(file), sfdata.ReadOptions{}) {
	}
	return row.ID
}

func number(t *rapid.T) pkgversion.Version {
	part := rapid.Uint32Max(30)
	v := pkgversion.NewVersion(part.Draw(t, "major"), part.Draw(t, "minor"), part.Draw(t, "patch"), part.Draw(t, "build"))
	return v.Beta(rapid.SampledFrom([]uint32{0, 0, 1, 12}).Draw(t, "beta"))
}

func seatCount(t *rapid.T) license.Seats {
	if rapid.Bool().Draw(t, "site") {
		return license.Site()
	}
	return license.MustSeats(rapid.SampledFrom([]int{0, 1, 5, license.MaxSeats}).Draw(t, "seats"))
}

func expiration(t *rapid.T) license.Expiration {
	last := date(t)
	if last == license.MustDate("1970-01-01") || rapid.Bool().Draw(t, "never") {
		return license.Never()
	}
	return license.LastDay(last)
}

func anyPerson(t *rapid.T) lead.Person {
	return lead.Person{FirstName: text(t, "first name"), LastName: text(t, "last name"), Title: text(t, "title"), Company: text(t, "company"),
		Email: text(t, "e-mail"), Phone: text(t, "phone"), Street: text(t, "street"), City: text(t, "city"),
		State: text(t, "state"), PostalCode: text(t, "postal code"), Country: text(t, "country")}
}

func anyOrg(t *rapid.T, id pkgversion.OrgID) license.Org {
	return license.Org{ID: id, Name: text(t, "org name"), Sandbox: rapid.Bool().Draw(t, "sandbox"),
		Production: maybeID(t, "00D", pkgversion.MustOrgID), Status: license.OrgStatus(text(t, "org status")),
		Edition: text(t, "edition"), Instance: text(t, "instance"), TrialEnds: text(t, "trial ends"), AsOf: maybeInstant(t, "org as of")}
}

// anyLicense draws a license, not necessarily one that the rules allow.
func anyLicense(t *rapid.T) (license.License, license.Org) {
	l := license.License{
		ID:           license.ID(rapid.IntRange(1, 1_000_000).Draw(t, "number")),
		RecordID:     recordID(t),
		Installation: someID(t, "050", license.MustInstallationID),
		Previous:     license.ID(rapid.IntRange(0, 200_000).Draw(t, "previous")),
		Org:          someID(t, "00D", pkgversion.MustOrgID),
		Package:      someID(t, "033", pkgversion.MustPackageID),
		Version:      someID(t, "04t", pkgversion.MustVersionID),
		Number:       number(t),
		Terms: license.Terms{
			Status: rapid.SampledFrom([]license.Status{license.Trial, license.Active, license.Suspended, license.Uninstalled}).Draw(t, "status"),
			Seats:  seatCount(t), Expiration: expiration(t)},
		TermsAsOf: maybeInstant(t, "terms"), AsInstalled: rapid.Bool().Draw(t, "as installed"),
		OnceActive:  rapid.Bool().Draw(t, "once active"),
		Zone:        license.MustZone(rapid.SampledFrom([]string{"", "America/Havana", "Pacific/Apia"}).Draw(t, "zone")),
		InstalledAt: instantOf(t, "installed"), UpgradedAt: maybeInstant(t, "upgraded"), UninstalledAt: maybeInstant(t, "uninstalled"),
		Lead: maybeID(t, "00Q", lead.MustID), LeadName: text(t, "lead name"),
		Contact: maybeID(t, "003", lead.MustContactID), Account: maybeID(t, "001", lead.MustAccountID),
		Holders:  rapid.IntRange(0, 1000).Draw(t, "holders"),
		Observed: license.Observed{AsOf: maybeInstant(t, "as of"), HasUsed: rapid.Bool().Draw(t, "used")},
		Type:     text(t, "type"),
		Revision: rapid.Int64Range(1, 1000).Draw(t, "revision"), ChangedAt: instantOf(t, "changed"),
	}
	if rapid.Bool().Draw(t, "trial") {
		l.TrialStart = date(t)
	}
	if l.Observed.HasUsed {
		l.Observed.Used = rapid.IntRange(0, license.MaxSeats).Draw(t, "used")
	}
	org := anyOrg(t, l.Org)
	l.Sandbox = org.Sandbox
	return l, org
}

var formats = []sfdata.Format{sfdata.CSV, sfdata.JSON, sfdata.JSONLines}

// throughFile writes rows to an export in some format and reads them back. X2: it is
// written twice and must be the same.
func throughFile[R any](t *rapid.T, rows []R, read readFunc[R], write writeFunc[R]) []R {
	opt := sfdata.WriteOptions{Format: rapid.SampledFrom(formats).Draw(t, "format"), At: maybeInstant(t, "now")}
	var first, second bytes.Buffer
	if err := write(&first, pairs(rows), opt); err != nil {
		t.Fatal(err)
	}
	if err := write(&second, pairs(rows), opt); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Fatalf("written twice it differs, %v", err)
	}
	var again []R
	for row, err := range read(&first, sfdata.ReadOptions{}) {
		if err != nil {
			t.Fatalf("%v\n%s", err, second.String())
		}
		again = append(again, row)
	}
	if len(again) != len(rows) || len(rows) > 0 && !reflect.DeepEqual(again, rows) {
		t.Fatalf("the rows\n%+v\nwere read back from\n%s\nas\n%+v", rows, second.String(), again)
	}
	return again
}

// X1, X2, X6: a license is the same after an export and its import, with all its
// fields; the seats held are a matter of the file of seats.
func TestLicensesSurviveExportAndImport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []sfdata.LicenseRow
		var want []lifecycle.ImportLicense
		for range rapid.IntRange(0, 3).Draw(t, "licenses") {
			l, org := anyLicense(t)
			rows = append(rows, sfdata.LicenseRowOf(l, org, nil))
			l.Holders = 0
			want = append(want, lifecycle.ImportLicense{License: l, Org: org, AsOf: l.ChangedAt})
		}
		for i, row := range throughFile(t, rows, sfdata.Licenses, sfdata.WriteLicenses) {
			if got, err := row.Command(nil); err != nil || got != want[i] {
				t.Fatalf("exported %+v\nimported %+v\nerror    %v", want[i], got, err)
			}
		}
	})
}

// X1: packages with their registration, and versions.
func TestPackagesSurviveExportAndImport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reg := lifecycle.Registration{
			Package: pkgversion.Package{ID: someID(t, "033", pkgversion.MustPackageID), RecordID: recordID(t), Name: text(t, "name"),
				Namespace: text(t, "namespace"), Developer: text(t, "developer"), DeveloperOrg: maybeID(t, "00D", pkgversion.MustOrgID)},
			Defaults: license.Defaults{Status: rapid.SampledFrom([]license.Status{0, license.Trial, license.Active}).Draw(t, "status"),
				Days: rapid.IntRange(0, 90).Draw(t, "days"), Seats: seatCount(t)},
			Policy:     license.Policy{GraceDays: rapid.IntRange(0, 366).Draw(t, "grace")},
			Overage:    seats.Overage{BasisPoints: rapid.IntRange(0, 10_000).Draw(t, "overage"), Extra: rapid.IntRange(0, 99).Draw(t, "extra")},
			TrialAgain: rapid.Bool().Draw(t, "again"), LeadManager: maybeID(t, "005", lead.MustOwnerID),
			LastRefresh: date(t), RegisteredAt: maybeInstant(t, "registered"), ChangedAt: maybeInstant(t, "changed"),
			Revision: rapid.Int64Range(0, 99).Draw(t, "revision"),
		}
		rows := throughFile(t, []sfdata.PackageRow{sfdata.PackageRowOf(reg)}, sfdata.Packages, sfdata.WritePackages)
		if got := rows[0].Command(); got.Registration != reg {
			t.Fatalf("exported %+v\nimported %+v", reg, got.Registration)
		}
		catalog := &sfdata.Catalog{}
		catalog.AddPackage(rows[0])
		v := pkgversion.PackageVersion{ID: someID(t, "04t", pkgversion.MustVersionID), RecordID: recordID(t), Package: reg.Package.ID,
			Version: number(t), Name: text(t, "name"), Sequence: rapid.IntRange(0, 1<<30).Draw(t, "sequence"), ReleasedAt: maybeInstant(t, "released")}
		row := throughFile(t, []sfdata.VersionRow{sfdata.VersionRowOf(v, catalog)}, sfdata.Versions, sfdata.WriteVersions)[0]
		if got, err := row.Command(nil); err != nil || got.Version != v {
			t.Fatalf("exported %+v\nimported %+v\nerror    %v", v, got.Version, err)
		}
		row.Detail = sfdata.VersionDetail{ReleasedAt: v.ReleasedAt} // the link alone says the package
		if got, err := row.Command(catalog); err != nil || got.Version != v {
			t.Fatalf("by its link, exported %+v\nimported %+v\nerror    %v", v, got.Version, err)
		}
	})
}

// X1: leads, contacts, accounts, owners and seats.
func TestPeopleSurviveExportAndImport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := lead.Lead{ID: someID(t, "00Q", lead.MustID), Person: anyPerson(t), Source: text(t, "source"), Status: text(t, "status"),
			Owner: maybeID(t, "005", lead.MustOwnerID), CreatedAt: maybeInstant(t, "created"), Revision: rapid.Int64Range(0, 9).Draw(t, "revision"),
			Conversion: lead.Conversion{Contact: maybeID(t, "003", lead.MustContactID), Account: maybeID(t, "001", lead.MustAccountID), At: maybeInstant(t, "converted")}}
		leads := throughFile(t, []sfdata.LeadRow{sfdata.LeadRowOf(l)}, sfdata.Leads, sfdata.WriteLeads)
		if got, err := leads[0].Command(); err != nil || got.Lead != l {
			t.Fatalf("exported %+v\nimported %+v\nerror    %v", l, got.Lead, err)
		}
		c := lead.Contact{ID: someID(t, "003", lead.MustContactID), Account: maybeID(t, "001", lead.MustAccountID), Person: anyPerson(t),
			Owner: maybeID(t, "005", lead.MustOwnerID), CreatedAt: maybeInstant(t, "created")}
		contacts := throughFile(t, []sfdata.ContactRow{sfdata.ContactRowOf(c)}, sfdata.Contacts, sfdata.WriteContacts)
		if got := contacts[0].Command(); got.Contact != c {
			t.Fatalf("exported %+v\nimported %+v", c, got.Contact)
		}
		a := lead.Account{ID: someID(t, "001", lead.MustAccountID), Name: text(t, "name"), Type: text(t, "type"), Website: text(t, "site"), Phone: text(t, "phone"),
			Street: text(t, "street"), City: text(t, "city"), State: text(t, "state"), PostalCode: text(t, "code"), Country: text(t, "country"),
			Owner: maybeID(t, "005", lead.MustOwnerID), CreatedAt: maybeInstant(t, "created")}
		accounts := throughFile(t, []sfdata.AccountRow{sfdata.AccountRowOf(a)}, sfdata.Accounts, sfdata.WriteAccounts)
		if got := accounts[0].Command(); got.Account != a {
			t.Fatalf("exported %+v\nimported %+v", a, got.Account)
		}
		o := lead.Owner{ID: someID(t, "005", lead.MustOwnerID), Name: text(t, "name"), Email: text(t, "e-mail"), Active: rapid.Bool().Draw(t, "active")}
		owners := throughFile(t, []sfdata.OwnerRow{sfdata.OwnerRowOf(o)}, sfdata.Owners, sfdata.WriteOwners)
		if got := owners[0].Command(); got.Owner != o {
			t.Fatalf("exported %+v\nimported %+v", o, got.Owner)
		}
		s := seats.Assignment{User: someID(t, "005", seats.MustUserID), AssignedAt: instantOf(t, "assigned"), AssignedBy: text(t, "by"), RevokedAt: maybeInstant(t, "revoked")}
		installation := someID(t, "050", license.MustInstallationID)
		held := throughFile(t, []sfdata.SeatRow{sfdata.SeatRowOf(s, installation)}, sfdata.Seats, sfdata.WriteSeats)
		got, err := held[0].Command()
		if want := (lifecycle.ImportSeat{Installation: installation, User: s.User, AssignedAt: s.AssignedAt, AssignedBy: s.AssignedBy}); s.Held() && (err != nil || got != want) {
			t.Fatalf("exported %+v\nimported %+v\nerror    %v", want, got, err)
		}
		if !s.Held() && err == nil {
			t.Fatalf("a seat that was revoked is given again: %+v", got)
		}
	})
}

// Notifications of every kind are the same after having been written and read.
func TestNotificationsSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		notice := lifecycle.Notice{ID: maybeID(t, "n", lifecycle.MustNotificationID), At: instantOf(t, "at"), Org: anyOrg(t, someID(t, "00D", pkgversion.MustOrgID))}
		notice.Org.AsOf = notice.At
		installation, pkg := someID(t, "050", license.MustInstallationID), someID(t, "033", pkgversion.MustPackageID)
		version, number := someID(t, "04t", pkgversion.MustVersionID), number(t)
		want := []sfdata.Delivery{
			{Notification: lifecycle.Installed{Notice: notice, Installation: installation, Package: pkg, Version: version, Number: number, Installer: anyPerson(t)}},
			{Notification: lifecycle.Upgraded{Notice: notice, Installation: installation, Package: pkg, Version: version, Number: number}},
			{Notification: lifecycle.Uninstalled{Notice: notice, Installation: installation, Package: pkg}},
			{Notification: lifecycle.OrgChanged{Notice: notice}, Attempt: 3, ReceivedAt: instantOf(t, "received")},
			{Notification: lifecycle.InstallAborted{Notice: notice, Package: pkg, Reason: text(t, "reason")}, Cancelled: rapid.Bool().Draw(t, "cancelled")},
		}
		var file bytes.Buffer
		if err := sfdata.WriteNotifications(&file, pairs(want)); err != nil {
			t.Fatal(err)
		}
		written := file.String()
		got := []sfdata.Delivery{}
		for d, err := range sfdata.Notifications(&file, sfdata.ReadOptions{}) {
			if err != nil {
				t.Fatalf("%v\n%s", err, written)
			}
			got = append(got, d)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("wrote %+v\nread  %+v", want, got)
		}
	})
}

// Rows of the subscriber's side have no record of their own; they are the same
// as rows.
func TestSubscriberRowsSurvive(t *testing.T) {
	extra := func(t *rapid.T) (e sfdata.Extra) {
		for _, name := range []string{"a__c", "=b", "c.d"}[:rapid.IntRange(0, 3).Draw(t, "extra")] {
			e = append(e, sfdata.Cell{Name: name, Text: text(t, "extra")})
		}
		return e
	}
	rapid.Check(t, func(t *rapid.T) {
		pool := sfdata.PackageLicenseRow{Org: maybeID(t, "00D", pkgversion.MustOrgID), ID: someID(t, "050", license.MustInstallationID),
			Allowed: seatCount(t), Used: rapid.IntRange(0, 99).Draw(t, "used"), Expiration: expiration(t), IsProvisioned: rapid.Bool().Draw(t, "provisioned"),
			Namespace: text(t, "namespace"), Status: rapid.SampledFrom([]license.SubscriberStatus{license.SubscriberActive, license.SubscriberExpired, license.SubscriberFree, license.SubscriberTrial}).Draw(t, "status"),
			CreatedDate: maybeInstant(t, "created"), ModifiedDate: maybeInstant(t, "modified"), SystemModstamp: maybeInstant(t, "stamp"), Extra: extra(t)}
		throughFile(t, []sfdata.PackageLicenseRow{pool}, sfdata.PackageLicenses, sfdata.WritePackageLicenses)
		org := anyOrg(t, someID(t, "00D", pkgversion.MustOrgID))
		row := sfdata.SubscriberRow{ID: recordID(t), Installed: rapid.Bool().Draw(t, "installed"), Instance: org.Instance,
			Package: maybeID(t, "033", pkgversion.MustPackageID), Version: maybeID(t, "04t", pkgversion.MustVersionID),
			Org: org.ID, OrgName: org.Name, OrgStatus: org.Status, Sandbox: org.Sandbox, ParentOrg: org.Production, Extra: extra(t)}
		throughFile(t, []sfdata.SubscriberRow{row}, sfdata.Subscribers, sfdata.WriteSubscribers)
		user := sfdata.UserRow{ID: someID(t, "005", seats.MustUserID), Org: org.ID, Username: text(t, "name"), Email: text(t, "e-mail"),
			IsActive: rapid.Bool().Draw(t, "active"), LastLogin: maybeInstant(t, "log-in"), Profile: text(t, "profile"), CreatedDate: maybeInstant(t, "created"), Extra: extra(t)}
		throughFile(t, []sfdata.UserRow{user}, sfdata.Users, sfdata.WriteUsers)
	})
}

// A field that is added to a record, and is lost by an export, is found here: every
// field is set, one by one, and must come back.
func TestNoFieldOfARecordIsForgotten(t *testing.T) {
	samples := map[string][]any{
		"license.License":        {license.License{}, func(v any) any { return backLicense(t, v.(license.License)) }},
		"license.Org":            {license.Org{}, func(v any) any { return backOrg(t, v.(license.Org)) }},
		"lifecycle.Registration": {lifecycle.Registration{}, func(v any) any { return sfdata.PackageRowOf(v.(lifecycle.Registration)).Command().Registration }},
	}
	passedOver := map[string]bool{"license.License.Holders": true, "license.Org.Revision": true,
		"license.License.RetiredAt":     true, // what is retired is in no export
		"license.License.Observed.Used": true, // without HasUsed it says nothing
		// The platform's License object has no more of the subscriber's side; a refresh reads it again.
		"license.License.Observed.Status": true, "license.License.Observed.Seats": true, "license.License.Observed.HasSeats": true,
		"license.License.Observed.Expiration": true,
		// The link follows from the org's, which is exported.
		"license.License.Production": true,
		// A released package is not registered; an import registers it.
		"lifecycle.Registration.ReleasedAt": true}
	for name, sample := range samples {
		back := sample[1].(func(any) any)
		setEach(reflect.ValueOf(sample[0]), name, func(field string, v reflect.Value) {
			if !passedOver[field] && !reflect.DeepEqual(back(v.Interface()), v.Interface()) {
				t.Errorf("%s is lost", field)
			}
		})
	}
}

func backLicense(t *testing.T, l license.License) license.License {
	given := l
	if l.InstalledAt.IsZero() {
		l.InstalledAt = exportedAt
	}
	if l.Package.IsZero() {
		l.Package = pkgversion.MustPackageID("p")
	}
	command, err := sfdata.LicenseRowOf(l, license.Org{}, nil).Command(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := command.License
	if got.InstalledAt == l.InstalledAt && got.Package == l.Package {
		got.InstalledAt, got.Package = given.InstalledAt, given.Package
	}
	return got
}

func backOrg(t *testing.T, org license.Org) license.Org {
	l := license.License{Package: pkgversion.MustPackageID("p"), Org: org.ID, Sandbox: org.Sandbox, InstalledAt: exportedAt}
	command, err := sfdata.LicenseRowOf(l, org, nil).Command(nil)
	if err != nil {
		t.Fatal(err)
	}
	return command.Org
}

// setEach calls try with copies of v, each with one exported field set.
func setEach(v reflect.Value, name string, try func(field string, v reflect.Value)) {
	for i := range v.NumField() {
		each := reflect.New(v.Type()).Elem()
		each.Set(v)
		field := v.Type().Field(i)
		path := name + "." + field.Name
		if setSample(each.Field(i)) {
			try(path, each)
			continue
		}
		setEach(each.Field(i), path, func(inner string, v reflect.Value) {
			outer := reflect.New(each.Type()).Elem()
			outer.Set(each)
			outer.Field(i).Set(v)
			try(inner, outer)
		})
	}
}

// setSample sets v to a value that is not zero; false where v is a struct of
// fields.
func setSample(v reflect.Value) bool {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(exportedAt.AddDate(-1, 0, 0)))
		return true
	case license.Seats:
		v.Set(reflect.ValueOf(license.MustSeats(7)))
		return true
	case license.Expiration:
		v.Set(reflect.ValueOf(license.LastDay(license.MustDate("2027-01-01"))))
		return true
	}
	if reader, ok := v.Addr().Interface().(interface{ UnmarshalText([]byte) error }); ok {
		for _, sample := range []string{"L-00007", "2026-01-31", "Active", "1.2.3", "America/Havana", "sample"} {
			if reader.UnmarshalText([]byte(sample)) == nil && !v.IsZero() {
				return true
			}
		}
		panic("no sample of " + v.Type().String())
	}
	switch v.Kind() {
	case reflect.Struct:
		return false
	case reflect.String:
		v.SetString("sample")
	case reflect.Bool:
		v.SetBool(true)
	default:
		v.SetInt(7)
	}
	return true
}
