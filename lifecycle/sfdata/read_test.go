package sfdata_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
)

// licenseHeader is the mandatory columns of licenses, and goodLicense a row of
// them.
const (
	licenseHeader = "Id,Name,LastModifiedDate,sfLma__Package__c,sfLma__Status__c,sfLma__Expiration__c,sfLma__Seats__c," +
		"sfLma__Install_Date__c,sfLma__Subscriber_Org_ID__c,sfLma__Subscriber_Org_Is_Sandbox__c"
	goodLicense = "a043k000007000oAAA,L-00001,2026-06-30T18:05:00.000Z,a023k00000N0018AAB,Active,,5,2026-01-31,00Dyx00000emSREEA2,false"
)

// with returns goodLicense with another value in one column.
func with(column, value string) string {
	names, values := strings.Split(licenseHeader, ","), strings.Split(goodLicense, ",")
	for i, name := range names {
		if name == column {
			values[i] = value
		}
	}
	return strings.Join(values, ",")
}

func readLicenses(file string) (rows []sfdata.LicenseRow, faults []error) {
	for row, err := range sfdata.Licenses(strings.NewReader(file), sfdata.ReadOptions{File: "licenses.csv"}) {
		if err != nil {
			faults = append(faults, err)
		} else {
			rows = append(rows, row)
		}
	}
	return rows, faults
}

// A value that is not what its column holds is a *RowError that names the column
// and not the value, and the rows before and after it are read.
func TestBadValueIsReportedAndTheRestIsRead(t *testing.T) {
	for _, c := range []struct{ column, value, reason string }{
		{"Name", "", "must not be empty"},
		{"Name", "L-1", "a license name is written L-00001"},
		{"Id", "a043k000007000oAAB", "the checksum of the Salesforce id is wrong"},
		{"LastModifiedDate", "", "must not be empty"},
		{"LastModifiedDate", "30.06.2026", "is an instant like 2006-01-02T15:04:05.000Z"},
		{"LastModifiedDate", "0001-01-01T00:00:00Z", "lies in the years 1 to 9999"},
		{"sfLma__Package__c", "", "must not be empty"},
		{"sfLma__Status__c", "", "must not be empty"},
		{"sfLma__Status__c", "active", "is Trial, Active, Suspended or Uninstalled"},
		{"sfLma__Status__c", "Expired", "is Trial, Active, Suspended or Uninstalled"},
		{"sfLma__Expiration__c", "2026-02-30", "must be a day of the calendar, in the years 1 to 9999"},
		{"sfLma__Expiration__c", "6/30/2026", "a date is written 2006-01-02"},
		{"sfLma__Seats__c", "", "must not be empty"},
		{"sfLma__Seats__c", "5.5", "is a whole number"},
		{"sfLma__Seats__c", "five", "is a whole number"},
		{"sfLma__Seats__c", "99000001", "is a count of seats from 0 to 99000000, or -1 for a site license"},
		{"sfLma__Install_Date__c", "", "must not be empty"},
		{"sfLma__Subscriber_Org_ID__c", "00Dyx00000emSREEA3", "the checksum of the Salesforce id is wrong"},
		{"sfLma__Subscriber_Org_Is_Sandbox__c", "perhaps", "is true or false"},
	} {
		file := licenseHeader + "\n" + goodLicense + "\n" + with(c.column, c.value) + "\n" + goodLicense + "\n"
		rows, faults := readLicenses(file)
		if len(rows) != 2 || len(faults) != 1 {
			t.Errorf("%s %q: %d rows and %d errors were read, want 2 and 1", c.column, c.value, len(rows), len(faults))
			continue
		}
		var fault *sfdata.RowError
		if !errors.As(faults[0], &fault) {
			t.Errorf("%s %q: the error is a %T", c.column, c.value, faults[0])
			continue
		}
		if fault.File != "licenses.csv" || fault.Line != 3 || fault.Field != c.column || fault.Value != c.value || fault.Reason != c.reason {
			t.Errorf("%s %q: the error is %+v, want the reason %q in line 3", c.column, c.value, *fault, c.reason)
		}
		if c.value != "" && strings.Contains(fault.Error(), c.value) {
			t.Errorf("%s %q: the text holds the value: %v", c.column, c.value, fault)
		}
	}
}

// X9: a line is a line of the file, also after fields with line breaks in them, and
// a column counts bytes.
func TestLineAndColumnAreThoseOfTheFile(t *testing.T) {
	rows := []string{
		`"` + strings.ReplaceAll(goodLicense, ",", `","`) + "\",\"Main\nStreet\r\n\r\n\"",
		goodLicense + ",plain",
		`"` + strings.ReplaceAll(with("sfLma__Seats__c", "many"), ",", `","`) + "\",\"\"",
		goodLicense,
	}
	file := "\uFEFF" + licenseHeader + ",Note__c\r\n" + strings.Join(rows, "\r\n") + "\r\n"
	good, faults := readLicenses(file)
	if note, _ := good[0].Extra.Get("Note__c"); note != "Main\nStreet\r\n\r\n" {
		t.Errorf("the line breaks of a field are %q", note)
	}
	var seats, short *sfdata.RowError
	if len(faults) != 2 || !errors.As(faults[0], &seats) || !errors.As(faults[1], &short) {
		t.Fatalf("the errors are %v, want two *RowError", faults)
	}
	wantColumn := strings.Index(rows[2], `"many"`) + 1
	if seats.Line != 7 || seats.Column != wantColumn || seats.Field != "sfLma__Seats__c" {
		t.Errorf("the bad number stands at %d:%d, want 7:%d", seats.Line, seats.Column, wantColumn)
	}
	if short.Line != 8 || short.Reason != "has 10 columns, and the header 11" {
		t.Errorf("the short row is %+v, want line 8", *short)
	}
}

// What is broken beyond a row ends the file with a *FileError at its place, after
// the rows before it.
func TestBrokenFileEndsWithAnError(t *testing.T) {
	begin := licenseHeader + "\n" + goodLicense + "\n"
	for _, c := range []struct {
		name, rest, reason string
		line               int
	}{
		{"cut in quotes", `"a04`, "the quotes that begin here are not closed", 3},
		{"text after quotes", `"a04"x,`, "a closing quote is followed by neither comma nor line end", 3},
		{"quote in a field", `a0"4`, "a quote stands in a field that does not begin with one", 3},
		{"lone carriage return", "a04\rb", "a carriage return stands outside of quotes and without a line feed", 3},
		{"invalid UTF-8", goodLicense + "\n\xff", "is not text in UTF-8 without NUL", 4},
		{"half a character", "\xe2\x82", "is not text in UTF-8 without NUL", 3},
		{"NUL", "a\x00", "is not text in UTF-8 without NUL", 3},
		{"UTF-16", "a\x00b\x00", "is not text in UTF-8 without NUL", 3},
		{"too long", `"` + strings.Repeat("x", 2<<20), "the record is too long", 3},
		{"too many fields", strings.Repeat(",", 2<<20), "the record has too many fields", 3},
	} {
		rows, faults := readLicenses(begin + c.rest)
		var fault *sfdata.FileError
		if len(rows) < 1 || len(faults) != 1 || !errors.As(faults[0], &fault) {
			t.Errorf("%s: %d rows and the errors %v, want a *FileError", c.name, len(rows), faults)
			continue
		}
		if fault.Line != c.line || fault.Reason != c.reason {
			t.Errorf("%s: the error is %+v, want %q in line %d", c.name, *fault, c.reason, c.line)
		}
	}
}

func TestReaderThatFailsIsReported(t *testing.T) {
	broken := errors.New("connection reset")
	file := io.MultiReader(strings.NewReader(licenseHeader+"\n"+goodLicense+"\n"+goodLicense), iotest.ErrReader(broken))
	var rows int
	var last error
	for _, err := range sfdata.Licenses(file, sfdata.ReadOptions{}) {
		if rows++; err != nil {
			last = err
		}
	}
	if rows != 2 || !errors.Is(last, broken) {
		t.Errorf("%d pairs, the last error %v; want a row, and an error that wraps the reader's", rows, last)
	}
}

// Small reads and an end that comes with the last bytes change nothing.
func TestReadsOfAnySize(t *testing.T) {
	file := lma(t, "leads.csv")
	want := len(all(t, sfdata.Leads(bytes.NewReader(file), sfdata.ReadOptions{})))
	for name, r := range map[string]io.Reader{
		"bytes": iotest.OneByteReader(bytes.NewReader(append([]byte("\uFEFF"), file...))),
		"half":  iotest.HalfReader(bytes.NewReader(file)),
		"error": iotest.DataErrReader(bytes.NewReader(file)),
	} {
		if got := len(all(t, sfdata.Leads(r, sfdata.ReadOptions{}))); got != want {
			t.Errorf("%s: %d rows, want %d", name, got, want)
		}
	}
}

func TestHeaderThatIsNoneIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, header string
		want         sfdata.HeaderError
	}{
		{"missing", "Id,Name,LastModifiedDate,sfLma__Package__c,sfLma__Status__c,sfLma__Expiration__c,sfLma__Seats__c,sfLma__Install_Date__c,Whatever",
			sfdata.HeaderError{Missing: []string{"sfLma__Subscriber_Org_ID__c", "sfLma__Subscriber_Org_Is_Sandbox__c"}}},
		{"duplicate", licenseHeader + ",Mail@x.example,mail@X.example,name", sfdata.HeaderError{Duplicate: []string{"mail@X.example", "name"}}},
		{"ambiguous", strings.ReplaceAll(licenseHeader, "sfLma__", "acme__") + "," + strings.ReplaceAll(licenseHeader[strings.Index(licenseHeader, "sfLma"):], "sfLma__", "zeta__"),
			sfdata.HeaderError{Ambiguous: []string{"acme", "zeta"}}},
	} {
		rows, faults := readLicenses(c.header + "\n" + goodLicense + "\n")
		var fault *sfdata.HeaderError
		if len(rows) != 0 || len(faults) != 1 || !errors.As(faults[0], &fault) {
			t.Errorf("%s: %d rows and the errors %v, want a *HeaderError", c.name, len(rows), faults)
			continue
		}
		c.want.File, c.want.Line, c.want.Object = "licenses.csv", 1, "sfLma__License__c"
		if got, want := *fault, c.want; strings.Join(got.Missing, ",") != strings.Join(want.Missing, ",") ||
			strings.Join(got.Duplicate, ",") != strings.Join(want.Duplicate, ",") ||
			strings.Join(got.Ambiguous, ",") != strings.Join(want.Ambiguous, ",") || got.Object != want.Object {
			t.Errorf("%s: the error is %+v, want %+v", c.name, got, want)
		}
		if strings.Contains(fault.Error(), "@") {
			t.Errorf("%s: the text holds what the file made up: %v", c.name, fault)
		}
	}
}

// Namespace says which columns are meant where the file has those of two.
func TestNamespaceDecides(t *testing.T) {
	own := strings.ReplaceAll(licenseHeader[strings.Index(licenseHeader, "sfLma"):], "sfLma__", "zeta__")
	header := strings.ReplaceAll(licenseHeader, "sfLma__", "acme__") + "," + own
	file := header + "\n" + goodLicense + strings.Repeat(",x", strings.Count(own, ",")+1) + "\n"
	rows := all(t, sfdata.Licenses(strings.NewReader(file), sfdata.ReadOptions{Namespace: "ACME"}))
	if seats, _ := rows[0].Seats.Count(); seats != 5 || len(rows[0].Extra) != 7 {
		t.Errorf("read %v seats and %d unknown cells, want 5 and 7", rows[0].Seats, len(rows[0].Extra))
	}
	// A column of the vendor's own beside the app's is not the app's.
	rows = all(t, sfdata.Licenses(strings.NewReader(licenseHeader+",Account__c\n"+goodLicense+",Gold\n"), sfdata.ReadOptions{}))
	if own, _ := rows[0].Extra.Get("Account__c"); own != "Gold" || !rows[0].Account.IsZero() {
		t.Errorf("the vendor's own column was taken for the app's: %+v", rows[0])
	}
}

func TestEmptyFileIsRefused(t *testing.T) {
	for _, format := range []sfdata.Format{0, sfdata.CSV, sfdata.JSON, sfdata.JSONLines} {
		var faults int
		for _, err := range sfdata.Leads(strings.NewReader(""), sfdata.ReadOptions{Format: format}) {
			var fault *sfdata.FileError
			if faults++; !errors.As(err, &fault) {
				t.Errorf("format %d: the error is %v, want a *FileError", format, err)
			}
		}
		if faults != 1 {
			t.Errorf("format %d: %d errors, want 1", format, faults)
		}
	}
}

// Numbers, days, instants and booleans are read in the forms in which tools
// write them.
func TestFormsOfValues(t *testing.T) {
	seats := func(text string) license.Seats {
		rows := all(t, sfdata.Licenses(strings.NewReader(licenseHeader+"\n"+with("sfLma__Seats__c", text)+"\n"), sfdata.ReadOptions{}))
		return rows[0].Seats
	}
	for text, want := range map[string]license.Seats{
		"5": license.MustSeats(5), "5.0": license.MustSeats(5), "0": {}, "0.000": {}, "-0.0": {}, "007": license.MustSeats(7),
		"9.9E7": license.MustSeats(99_000_000), "9.9e+7": license.MustSeats(99_000_000), "500E-2": license.MustSeats(5),
		"-1": license.Site(), "-1.0": license.Site(), "-7": license.Site(),
	} {
		if got := seats(text); got != want {
			t.Errorf("seats %q are %v, want %v", text, got, want)
		}
	}
	ends := func(text string) license.Expiration {
		rows := all(t, sfdata.Licenses(strings.NewReader(licenseHeader+"\n"+with("sfLma__Expiration__c", text)+"\n"), sfdata.ReadOptions{}))
		return rows[0].Expiration
	}
	for text, want := range map[string]license.Expiration{
		"": license.Never(), "1970-01-01": license.Never(), "1970-01-02": license.LastDay(license.MustDate("1970-01-02")),
		"2026-06-30": license.LastDay(license.MustDate("2026-06-30")),
	} {
		if got := ends(text); got != want {
			t.Errorf("expiration %q is %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"2026-06-30T18:05:00.000Z", "2026-06-30T18:05:00Z", "2026-06-30T18:05:00.000+0000",
		"2026-06-30T20:05:00+02:00", "2026-06-30T14:35:00.0-0330", "2026-06-30T18:05:00.0000001Z"} {
		rows := all(t, sfdata.Licenses(strings.NewReader(licenseHeader+"\n"+with("LastModifiedDate", text)+"\n"), sfdata.ReadOptions{}))
		if got := rows[0].ModifiedDate; !got.Equal(exportedAt) || got.Location() != exportedAt.Location() {
			t.Errorf("instant %q is %v, want %v", text, got, exportedAt)
		}
	}
	for text, want := range map[string]bool{"true": true, "TRUE": true, "1": true, "false": false, "False": false, "0": false, "": false} {
		rows := all(t, sfdata.Licenses(strings.NewReader(licenseHeader+"\n"+with("sfLma__Subscriber_Org_Is_Sandbox__c", text)+"\n"), sfdata.ReadOptions{}))
		if got := rows[0].Sandbox; got != want {
			t.Errorf("boolean %q is %v, want %v", text, got, want)
		}
	}
}

// M3: whatever is wrong with a file of people, the text of the error holds
// nothing of a person. Every cell of the data is put where it does not belong.
func TestErrorTextHoldsNoPersonalData(t *testing.T) {
	people := records(t, lma(t, "leads.csv"))
	var seen int
	look := func(err error, secrets []string) {
		seen++
		for _, secret := range secrets {
			if len(secret) > 4 && strings.Contains(err.Error(), secret) {
				t.Errorf("%q is in the text of %v", secret, err)
			}
		}
	}
	for _, person := range people[1:60] {
		secrets := []string{person[2], person[12], person[13], person[6]}
		var values []string
		for _, secret := range secrets {
			values = append(values, `"`+strings.ReplaceAll(secret, `"`, `""`)+`"`)
		}
		for _, column := range strings.Split(licenseHeader, ",") {
			_, faults := readLicenses(licenseHeader + "\n" + with(column, values[2]) + "\n" + with(column, values[1]) + "\n")
			for _, err := range faults {
				look(err, secrets)
			}
		}
		for _, header := range []string{strings.Join(values, ","), licenseHeader + "," + strings.Join(values, ",") + "," + strings.Join(values, ",")} {
			_, faults := readLicenses(header + "\n" + goodLicense + "\n" + values[0] + "x")
			for _, err := range faults {
				look(err, secrets)
			}
		}
		line := `{"kind":"install","occurredAt":` + jsonText(secrets[2]) + `,"orgId":"00Dyx00000emSREEA2","orgType":` + jsonText(secrets[1]) + `}`
		for _, err := range sfdata.Notifications(strings.NewReader(line+"\n"+line[:len(line)-4]), sfdata.ReadOptions{}) {
			look(err, secrets)
		}
	}
	if seen < 59*10 {
		t.Errorf("only %d errors were looked at", seen)
	}
}

func jsonText(text string) string {
	quoted := strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\r", `\r`).Replace(text)
	return `"` + quoted + `"`
}
