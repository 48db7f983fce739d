package sfdata_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"iter"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lifecycle/sfdata"
)

// exportedAt is when the files in testdata were taken.
var exportedAt = time.Date(2026, 6, 30, 18, 5, 0, 0, time.UTC)

func lma(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/lma/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// all returns the rows, none of which may be bad.
func all[R any](t testing.TB, rows iter.Seq2[R, error]) (list []R) {
	t.Helper()
	for row, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, row)
	}
	return list
}

func pairs[R any](rows []R) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// A file of the platform, read and written as Data Loader does, is the same file,
// byte for byte.
func TestDataLoaderFileIsWrittenAsItWasRead(t *testing.T) {
	sameBytes(t, "packages.csv", sfdata.Packages, sfdata.WritePackages)
	sameBytes(t, "package_versions.csv", sfdata.Versions, sfdata.WriteVersions)
	sameBytes(t, "leads.csv", sfdata.Leads, sfdata.WriteLeads)
	sameBytes(t, "contacts.csv", sfdata.Contacts, sfdata.WriteContacts)
	sameBytes(t, "accounts.csv", sfdata.Accounts, sfdata.WriteAccounts)
	sameBytes(t, "users.csv", sfdata.Owners, sfdata.WriteOwners)
	sameBytes(t, "package_licenses.csv", sfdata.PackageLicenses, sfdata.WritePackageLicenses)
	sameBytes(t, "user_package_licenses.csv", sfdata.Seats, sfdata.WriteSeats)
	sameBytes(t, "subscriber_users.csv", sfdata.Users, sfdata.WriteUsers)
}

type (
	readFunc[R any]  func(io.Reader, sfdata.ReadOptions) iter.Seq2[R, error]
	writeFunc[R any] func(io.Writer, iter.Seq2[R, error], sfdata.WriteOptions) error
)

func rewritten[R any](t *testing.T, name string, read readFunc[R], write writeFunc[R]) (before, after []byte) {
	t.Helper()
	before = lma(t, name)
	header, err := csv.NewReader(bytes.NewReader(before)).Read()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	opt := sfdata.WriteOptions{DataLoader: true, Columns: header, At: exportedAt}
	if err := write(&out, read(bytes.NewReader(before), sfdata.ReadOptions{File: name}), opt); err != nil {
		t.Fatal(err)
	}
	return before, out.Bytes()
}

func sameBytes[R any](t *testing.T, name string, read readFunc[R], write writeFunc[R]) {
	t.Helper()
	before, after := rewritten(t, name, read, write)
	if !bytes.Equal(before, after) {
		t.Errorf("%s: %d bytes were written as %d others; first difference at %d", name, len(before), len(after), firstDifference(before, after))
	}
}

func firstDifference(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// In licenses and subscribers some values have two forms and are written in one.
// Every cell that differs is one of those, and there are as many as the file has.
func TestOnlySecondFormsAreWrittenAnew(t *testing.T) {
	licenses := changedCells(t, "licenses.csv", sfdata.Licenses, sfdata.WriteLicenses)
	want := map[string]int{
		"sfLma__Subscriber_Org_ID__c: 15 to 18":               quirk(t, "licenses: org id of 15"),
		"sfLma__Package_License_ID__c: 15 to 18":              quirk(t, "licenses: package license id of 15"),
		"sfLma__Expiration__c: empty to 1970-01-01":           quirk(t, "licenses: expiration empty"),
		"sfLma__Expiration_Date__c: empty to Does not expire": quirk(t, "licenses: expiration empty"),
	}
	if !reflect.DeepEqual(licenses, want) {
		t.Errorf("licenses.csv: changed cells are %v, want %v", licenses, want)
	}
	subscribers := changedCells(t, "package_subscribers.csv", sfdata.Subscribers, sfdata.WriteSubscribers)
	want = map[string]int{"ParentOrg: 15 to 18": quirk(t, "package_subscribers: parent org of 15")}
	if !reflect.DeepEqual(subscribers, want) {
		t.Errorf("package_subscribers.csv: changed cells are %v, want %v", subscribers, want)
	}
}

func changedCells[R any](t *testing.T, name string, read readFunc[R], write writeFunc[R]) map[string]int {
	t.Helper()
	before, after := rewritten(t, name, read, write)
	old, new := records(t, before), records(t, after)
	if len(old) != len(new) {
		t.Fatalf("%s: %d records were written as %d", name, len(old), len(new))
	}
	changed := map[string]int{}
	for i := range old {
		for j := range old[i] {
			a, b := old[i][j], new[i][j]
			switch {
			case a == b:
			case len(a) == 15 && strings.HasPrefix(b, a) && len(b) == 18:
				changed[old[0][j]+": 15 to 18"]++
			case a == "":
				changed[old[0][j]+": empty to "+b]++
			default:
				t.Errorf("%s: record %d, %s: %q was written as %q", name, i, old[0][j], a, b)
			}
		}
	}
	return changed
}

func records(t *testing.T, file []byte) [][]string {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// X1: the rows of every file are the same after an export, in every format. X2:
// two exports of them are the same bytes.
func TestExportReadsBackTheSame(t *testing.T) {
	readsBack(t, "packages.csv", sfdata.Packages, sfdata.WritePackages)
	readsBack(t, "package_versions.csv", sfdata.Versions, sfdata.WriteVersions)
	readsBack(t, "licenses.csv", sfdata.Licenses, sfdata.WriteLicenses)
	readsBack(t, "leads.csv", sfdata.Leads, sfdata.WriteLeads)
	readsBack(t, "contacts.csv", sfdata.Contacts, sfdata.WriteContacts)
	readsBack(t, "accounts.csv", sfdata.Accounts, sfdata.WriteAccounts)
	readsBack(t, "users.csv", sfdata.Owners, sfdata.WriteOwners)
	readsBack(t, "package_licenses.csv", sfdata.PackageLicenses, sfdata.WritePackageLicenses)
	readsBack(t, "user_package_licenses.csv", sfdata.Seats, sfdata.WriteSeats)
	readsBack(t, "package_subscribers.csv", sfdata.Subscribers, sfdata.WriteSubscribers)
	readsBack(t, "subscriber_users.csv", sfdata.Users, sfdata.WriteUsers)
}

func readsBack[R any](t *testing.T, name string, read readFunc[R], write writeFunc[R]) {
	t.Helper()
	rows := all(t, read(bytes.NewReader(lma(t, name)), sfdata.ReadOptions{File: name}))
	for _, opt := range []sfdata.WriteOptions{
		{Format: sfdata.CSV, At: exportedAt},
		{Format: sfdata.JSON, At: exportedAt},
		{Format: sfdata.JSONLines, At: exportedAt},
		{Format: sfdata.CSV, DataLoader: true},
		{Format: sfdata.JSON, DataLoader: true},
	} {
		var first, second bytes.Buffer
		if err := write(&first, pairs(rows), opt); err != nil {
			t.Fatalf("%s, %+v: %v", name, opt, err)
		}
		if err := write(&second, pairs(rows), opt); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s, %+v: written twice it differs, %v", name, opt, err)
		}
		again := all(t, read(bytes.NewReader(first.Bytes()), sfdata.ReadOptions{File: name}))
		if !reflect.DeepEqual(rows, again) {
			t.Errorf("%s, %+v: %d rows were read back as %d others", name, opt, len(rows), len(again))
		}
	}
}

// Notifications are the same after having been written and read, in meaning and
// not in bytes: ids of 15 characters get 18, and fields that no notification
// has (previousVersionNumber, isPush) are not written.
func TestNotificationsReadBackTheSame(t *testing.T) {
	deliveries := all(t, sfdata.Notifications(bytes.NewReader(lma(t, "notifications.jsonl")), sfdata.ReadOptions{}))
	var out bytes.Buffer
	if err := sfdata.WriteNotifications(&out, pairs(deliveries)); err != nil {
		t.Fatal(err)
	}
	again := all(t, sfdata.Notifications(bytes.NewReader(out.Bytes()), sfdata.ReadOptions{}))
	if len(deliveries) != 446 || !slices.Equal(deliveries, again) {
		t.Errorf("%d notifications were read back as %d others", len(deliveries), len(again))
	}
	var twice bytes.Buffer
	if err := sfdata.WriteNotifications(&twice, pairs(again)); err != nil || !bytes.Equal(out.Bytes(), twice.Bytes()) {
		t.Errorf("notifications written twice differ, %v", err)
	}
}

// A file with a byte order mark, with CRLF, with its columns in another order, or
// un-namespaced, has the same rows.
func TestFormsOfOneFileHaveTheSameRows(t *testing.T) {
	file := lma(t, "licenses.csv")
	want := all(t, sfdata.Licenses(bytes.NewReader(file), sfdata.ReadOptions{}))
	reordered := records(t, file)
	for _, record := range reordered {
		slices.Reverse(record)
		record[0], record[1] = record[1], record[0] // the order of Extra stays
	}
	forms := map[string][]byte{
		"byte order mark": append([]byte("\uFEFF"), file...),
		"CRLF":            bytes.ReplaceAll(file, []byte("\"\n\"a04"), []byte("\"\r\n\"a04")),
		"no final line":   bytes.TrimSuffix(file, []byte("\n")),
		"blank lines":     append(slices.Clone(file), "\n\r\n\n"...),
		"reversed":        unquoted(t, reordered),
		"no namespace":    bytes.ReplaceAll(file, []byte(`"sfLma__`), []byte(`"`)),
		"other namespace": bytes.ReplaceAll(file, []byte(`"sfLma__`), []byte(`"acme__`)),
		"lower case":      append(bytes.ToLower(file[:bytes.IndexByte(file, '\n')]), file[bytes.IndexByte(file, '\n'):]...),
	}
	for form, file := range forms {
		got := all(t, sfdata.Licenses(bytes.NewReader(file), sfdata.ReadOptions{}))
		if form == "lower case" {
			for i := range got {
				got[i].Extra[0].Name, got[i].Extra[1].Name = "Renewal_Owner__c", "Contract_Number__c"
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the rows differ", form)
		}
	}
}

// unquoted writes records as encoding/csv does, with quotes where they are needed
// alone.
func unquoted(t *testing.T, records [][]string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := csv.NewWriter(&out).WriteAll(records); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
