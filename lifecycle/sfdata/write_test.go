package sfdata_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
)

func exported[R any](t testing.TB, rows []R, write writeFunc[R], opt sfdata.WriteOptions) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, pairs(rows), opt); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// X8: an export that was cut at any byte is refused, but for the last line feed.
// So is one without rows.
func TestExportThatWasCutIsRefused(t *testing.T) {
	rows := all(t, sfdata.Leads(bytes.NewReader(lma(t, "leads.csv")), sfdata.ReadOptions{}))[:3]
	for _, opt := range []sfdata.WriteOptions{{}, {Format: sfdata.JSON}, {Format: sfdata.JSONLines}} {
		for _, n := range []int{0, 1, len(rows)} {
			file := exported(t, rows[:n], sfdata.WriteLeads, opt)
			if got := all(t, sfdata.Leads(bytes.NewReader(file), sfdata.ReadOptions{})); len(got) != n {
				t.Fatalf("%+v: %d of %d rows were read back", opt, len(got), n)
			}
			for cut := range len(file) - 1 {
				got, last := 0, error(nil)
				for _, err := range sfdata.Leads(bytes.NewReader(file[:cut]), sfdata.ReadOptions{}) {
					if err == nil {
						got++
					} else {
						last = err
					}
				}
				if last == nil {
					t.Fatalf("%+v: of %d bytes and %d rows, the first %d are read as %d rows without an error", opt, len(file), n, cut, got)
				}
			}
		}
	}
}

// An export that was changed is reported: a row taken out or put in, a cell
// changed, rows in another order, rows after its end.
func TestExportThatWasChangedIsReported(t *testing.T) {
	rows := all(t, sfdata.Contacts(bytes.NewReader(lma(t, "contacts.csv")), sfdata.ReadOptions{}))[:5]
	for i := range rows {
		rows[i].Person.Street = "one line"
	}
	file := string(exported(t, rows, sfdata.WriteContacts, sfdata.WriteOptions{}))
	lines := strings.SplitAfter(file, "\n")
	for _, c := range []struct {
		name, changed, reason string
		rows, want            int
	}{
		{"taken out", lines[0] + lines[1] + lines[3] + lines[4] + lines[5], "the export has not as many rows as it had", 4, 5},
		{"put in", lines[0] + lines[1] + lines[1] + lines[2] + lines[3] + lines[4] + lines[5], "the export has not as many rows as it had", 6, 5},
		{"another order", lines[0] + lines[2] + lines[1] + lines[3] + lines[4] + lines[5], "the export was changed", 5, 5},
		{"after the end", file + lines[1], "a row follows the end of the export", 5, -1},
		{"cut", lines[0] + lines[1] + lines[2], "the end of the export is missing", 2, -1},
		{"cell", strings.Replace(file, "one line", "one land", 1), "the export was changed", 5, 5},
		{"end of nothing", strings.Replace(file, "end 5", "end x", 1), "the mark at the end of the export is unreadable", 5, -1},
		{"no rows", strings.Replace(file, "MailingCity", "isvkit__Export_Of_No_Rows__c", 1), "a row follows the end of the export", 0, -1},
	} {
		var fault *sfdata.ExportError
		for _, err := range sfdata.Contacts(strings.NewReader(c.changed), sfdata.ReadOptions{}) {
			errors.As(err, &fault)
		}
		if fault == nil || fault.Reason != c.reason || fault.Rows != c.rows || fault.Want != c.want {
			t.Errorf("%s: the error is %+v, want %q after %d rows of %d", c.name, fault, c.reason, c.rows, c.want)
		}
	}
	// What a spreadsheet does to the form of a file does not matter.
	resaved := unquoted(t, records(t, []byte(file)))
	if got := all(t, sfdata.Contacts(bytes.NewReader(resaved), sfdata.ReadOptions{})); !reflect.DeepEqual(got, rows) {
		t.Error("an export that was saved anew without quotes is read as other rows")
	}
}

// X6: text that begins like a formula has an apostrophe before it in an export, and
// is itself again after import; numbers stay numbers.
func TestFormulasAreNeutralised(t *testing.T) {
	texts := []string{"=Acme", "+49 30", "-5", "@x", "\tx", "\rx", "\nx", "＝x", "＋x", "－x", "＠x", "'=x", "''=x", "'plain", "plain", "=", "'"}
	var rows []sfdata.AccountRow
	for _, text := range texts {
		rows = append(rows, sfdata.AccountRow{ID: lead.MustAccountID("1"), Name: text, Website: text,
			Extra: sfdata.Extra{{Name: "=cmd", Text: text}, {Name: "Discount__c", Text: "-12.5"}}})
	}
	file := exported(t, rows, sfdata.WriteAccounts, sfdata.WriteOptions{})
	for _, record := range records(t, file) {
		for _, cell := range record {
			if cell != "-12.5" && cell != "-5" && strings.ContainsAny(firstRune(cell), "=+-@\t\r\n＝＋－＠") {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
	if got := all(t, sfdata.Accounts(bytes.NewReader(file), sfdata.ReadOptions{})); !reflect.DeepEqual(got, rows) {
		t.Errorf("read back %+v, want %+v", got, rows)
	}
	// In a file that is no export an apostrophe is an apostrophe, and Data Loader's form has none.
	plain := exported(t, rows, sfdata.WriteAccounts, sfdata.WriteOptions{DataLoader: true})
	if !bytes.Contains(plain, []byte(`"=Acme"`)) || bytes.Contains(plain, []byte("isvkit")) {
		t.Error("Data Loader's form is not plain")
	}
	if got := all(t, sfdata.Accounts(bytes.NewReader(plain), sfdata.ReadOptions{})); !reflect.DeepEqual(got, rows) {
		t.Errorf("read back %+v, want %+v", got, rows)
	}
	site := sfdata.LicenseRow{Name: 1, Status: license.Active, Seats: license.Site(), Expiration: license.Never()}
	if file := exported(t, []sfdata.LicenseRow{site}, sfdata.WriteLicenses, sfdata.WriteOptions{}); !bytes.Contains(file, []byte(`,"-1","Site License",`)) {
		t.Errorf("-1 is not written as a number: %s", file)
	}
}

func firstRune(text string) string {
	for _, r := range text {
		return string(r)
	}
	return "x"
}

// What would be read back as something else, or not at all, is refused and not
// written.
func TestValueThatCannotBeWrittenIsRefused(t *testing.T) {
	good := sfdata.LicenseRow{Name: 1, Status: license.Active, Expiration: license.Never()}
	for _, c := range []struct {
		name, field string
		spoil       func(*sfdata.LicenseRow)
	}{
		{"no expiration", "sfLma__Expiration__c", func(r *sfdata.LicenseRow) { r.Expiration = license.Expiration{} }},
		{"the day that means for ever", "sfLma__Expiration__c", func(r *sfdata.LicenseRow) { r.Expiration = license.LastDay(license.MustDate("1970-01-01")) }},
		{"derived status", "sfLma__Status__c", func(r *sfdata.LicenseRow) { r.Status = license.Expired }},
		{"unknown status", "sfLma__Status__c", func(r *sfdata.LicenseRow) { r.Status = 99 }},
		{"NUL", "sfLma__License_Type__c", func(r *sfdata.LicenseRow) { r.Type = "a\x00" }},
		{"invalid UTF-8", "sfLma__License_Type__c", func(r *sfdata.LicenseRow) { r.Type = "\xff" }},
		{"year", "sfLma__Last_Modified__c", func(r *sfdata.LicenseRow) { r.AsOf = exportedAt.AddDate(8000, 0, 0) }},
		{"raw that is none", "", func(r *sfdata.LicenseRow) { r.Extra = sfdata.Extra{{Name: "x", Text: "}{", Raw: true}} }},
	} {
		bad := good
		c.spoil(&bad)
		err := sfdata.WriteLicenses(io.Discard, pairs([]sfdata.LicenseRow{bad}), sfdata.WriteOptions{})
		var fault *sfdata.RowError
		if !errors.As(err, &fault) || fault.Field != c.field {
			t.Errorf("%s: the error is %v, want one of %q", c.name, err, c.field)
		}
	}
	names := good
	names.Extra = sfdata.Extra{{Name: "id", Text: "x"}}
	var header *sfdata.HeaderError
	if err := sfdata.WriteLicenses(io.Discard, pairs([]sfdata.LicenseRow{names}), sfdata.WriteOptions{}); !errors.As(err, &header) {
		t.Errorf("a column that is there twice: the error is %v", err)
	}
}

// Columns of Extra that only later rows have need to be named; JSON does not.
func TestColumnsOfExtra(t *testing.T) {
	rows := []sfdata.AccountRow{
		{ID: lead.MustAccountID("1"), Name: "a"},
		{ID: lead.MustAccountID("2"), Name: "b", Extra: sfdata.Extra{{Name: "Tier__c", Text: "Gold"}, {Name: "Owner.Name", Text: "x"}, {Name: "Owner.Id", Text: "y"}}},
	}
	var fault *sfdata.RowError
	if err := sfdata.WriteAccounts(io.Discard, pairs(rows), sfdata.WriteOptions{}); !errors.As(err, &fault) {
		t.Errorf("a column that the first row does not have: the error is %v", err)
	}
	named := exported(t, rows, sfdata.WriteAccounts, sfdata.WriteOptions{DataLoader: true, Columns: []string{"Tier__c", "NAME", "Id"}})
	if want := "\"Tier__c\",\"NAME\",\"Id\"\n\"\",\"a\",\"1\"\n\"Gold\",\"b\",\"2\"\n"; string(named) != want {
		t.Errorf("wrote %q, want %q", named, want)
	}
	lines := exported(t, rows, sfdata.WriteAccounts, sfdata.WriteOptions{Format: sfdata.JSONLines})
	if !bytes.Contains(lines, []byte(`"Tier__c":"Gold","Owner":{"Name":"x","Id":"y"}}`)) {
		t.Errorf("wrote %s", lines)
	}
	if got := all(t, sfdata.Accounts(bytes.NewReader(lines), sfdata.ReadOptions{})); !reflect.DeepEqual(got, rows) {
		t.Errorf("read back %+v, want %+v", got, rows)
	}
}

// A writer stops at the first error of the rows, and at that of its file.
func TestWriterStopsAtTheFirstError(t *testing.T) {
	broken := errors.New("no rows any more")
	rows := func(yield func(sfdata.AccountRow, error) bool) {
		_ = yield(sfdata.AccountRow{}, nil) && yield(sfdata.AccountRow{}, broken)
	}
	if err := sfdata.WriteAccounts(io.Discard, rows, sfdata.WriteOptions{}); err != broken {
		t.Errorf("the error is %v, want %v", err, broken)
	}
	full := errors.New("disk full")
	for _, format := range []sfdata.Format{sfdata.CSV, sfdata.JSON, sfdata.JSONLines} {
		if err := sfdata.WriteAccounts(failingWriter{full}, pairs(make([]sfdata.AccountRow, 3000)), sfdata.WriteOptions{Format: format}); err != full {
			t.Errorf("format %d: the error is %v, want %v", format, err, full)
		}
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
