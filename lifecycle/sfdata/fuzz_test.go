package sfdata_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lifecycle/sfdata"
)

// known reports whether err is one of the errors that a reader may yield, with text
// within the library's limits.
func known(t *testing.T, err error) {
	t.Helper()
	var row *sfdata.RowError
	var file *sfdata.FileError
	var header *sfdata.HeaderError
	var export *sfdata.ExportError
	if !errors.As(err, &row) && !errors.As(err, &file) && !errors.As(err, &header) && !errors.As(err, &export) {
		t.Errorf("an error of the type %T", err)
	}
	if text := err.Error(); len(text) > 500 || strings.ContainsAny(text, "\r\n") {
		t.Errorf("the text of an error is %q", text)
	}
}

// Whatever the bytes, in CSV or JSON, reading them ends, with rows or errors of
// known types; and the rows that were read are the same after an export. Where
// encoding/csv, which is laxer, reads fewer records, ours must not read more.
func FuzzLicenseCSV(f *testing.F) {
	file := lma(f, "licenses.csv")
	f.Add(file[:4000])
	f.Add([]byte(licenseHeader + "\n" + goodLicense + "\r\n" + with("sfLma__Status__c", `"a""b`)))
	f.Add([]byte("\uFEFF" + licenseHeader + ",=x\n" + goodLicense + ",'=y\n"))
	f.Add([]byte(`{"status":0,"result":{"records":[{"Name":"L-00001","attributes":{},"P":{"a":[1]}}],"done":true}}`))
	rows := all(f, sfdata.Licenses(bytes.NewReader(file), sfdata.ReadOptions{}))[:3]
	for _, format := range formats {
		f.Add(exported(f, rows, sfdata.WriteLicenses, sfdata.WriteOptions{Format: format}))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		var rows []sfdata.LicenseRow
		bad := 0
		for row, err := range sfdata.Licenses(bytes.NewReader(file), sfdata.ReadOptions{MaxRecord: 1 << 16}) {
			if err != nil {
				known(t, err)
				bad++
				continue
			}
			rows = append(rows, row)
		}
		if bad == 0 && len(rows) > 0 && file[0] != '{' && file[0] != '[' {
			lax := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\uFEFF"))))
			records, err := lax.ReadAll()
			if err == nil && len(records)-1 != len(rows) {
				t.Errorf("read %d rows, and encoding/csv %d", len(rows), len(records)-1)
			}
		}
		for _, row := range rows {
			if !slices.EqualFunc(row.Extra, rows[0].Extra, func(a, b sfdata.Cell) bool { return a.Name == b.Name }) {
				return // rows of JSON; in a table a column that a row does not have is empty
			}
		}
		survives(t, rows, sfdata.Licenses, sfdata.WriteLicenses)
	})
}

// survives checks that rows, which have the same columns, are the same after an
// export.
func survives[R any](t *testing.T, rows []R, read readFunc[R], write writeFunc[R]) {
	for _, format := range formats {
		var out bytes.Buffer
		if err := write(&out, pairs(rows), sfdata.WriteOptions{Format: format}); err != nil {
			known(t, err)
			continue
		}
		written := out.String()
		var again []R
		for row, err := range read(&out, sfdata.ReadOptions{}) {
			if err != nil {
				t.Fatalf("format %d: %v\n%s", format, err, written)
			}
			again = append(again, row)
		}
		if format == sfdata.CSV && strings.Contains(fmt.Sprintf("%+v", rows), "Raw:true") {
			continue // what is raw in JSON is text in CSV
		}
		if !reflect.DeepEqual(again, rows) {
			t.Fatalf("format %d: %+v\nwas read back as %+v\n%s", format, rows, again, written)
		}
	}
}

// Whatever the bytes, reading notifications ends, with one pair a line at most; and
// what was read is the same after having been written.
func FuzzNotification(f *testing.F) {
	for line := range strings.Lines(string(lma(f, "notifications.jsonl")[:20000])) {
		f.Add([]byte(line))
	}
	f.Add([]byte(strings.ReplaceAll(installed, "\n", "") + "\n{\"kind\":\"\\ud83d\\ude00\"}\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var read []sfdata.Delivery
		lines := bytes.Count(file, []byte("\n")) + 1
		for d, err := range sfdata.Notifications(bytes.NewReader(file), sfdata.ReadOptions{MaxRecord: 1 << 16}) {
			if lines--; err != nil {
				known(t, err)
				continue
			}
			read = append(read, d)
		}
		if lines < 0 {
			t.Error("more notifications and errors than lines")
		}
		var out bytes.Buffer
		if err := sfdata.WriteNotifications(&out, pairs(read)); err != nil {
			known(t, err)
			return
		}
		written := out.String()
		again := all(t, sfdata.Notifications(&out, sfdata.ReadOptions{}))
		if !slices.Equal(read, again) {
			t.Fatalf("%+v\nwas read back as %+v\n%s", read, again, written)
		}
	})
}

// An instant and a day are the same after having been written, whatever the form
// in which they were read; no other text is taken.
func FuzzDates(f *testing.F) {
	for _, seed := range []string{"2026-06-30T18:05:00.000Z", "2026-06-30T18:05:00.123456789+0530", "1970-01-01", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\",\r\n") {
			return
		}
		for _, column := range []string{"LastModifiedDate", "sfLma__Install_Date__c", "sfLma__Expiration__c"} {
			rows, faults := readLicenses(licenseHeader + "\n" + with(column, text) + "\n")
			for _, err := range faults {
				known(t, err)
			}
			if len(rows) > 0 {
				survives(t, rows, sfdata.Licenses, sfdata.WriteLicenses)
				if at := rows[0].ModifiedDate; at.Location() != time.UTC || at.Nanosecond()%1000 != 0 {
					t.Errorf("%q is read as %v", text, at)
				}
			}
		}
	})
}

// V6: a file is read with work that grows with its size, whatever it is made of: of one
// twice as long not four times as much is copied. What is only looked at again is not
// counted; a reader that does so at each byte makes the second size last for minutes.
func TestReadingIsLinear(t *testing.T) {
	const size = 1 << 16
	for name, unit := range map[string]string{
		"commas": ",", "quotes": `""`, "open quotes": `"`, "line feeds": "\n", "quoted lines": "\"\n\"\n", "carriage returns": "\r\n",
		"open arrays": "[", "open objects": `{"a":`, "arrays in a record": `{"a":[`, "strings": `{"a":"\\`, "records": `{"a":1}`, "names": `{"a":1,`,
		"numbers": "1", "spaces": " ", "letters": "é",
	} {
		for _, begin := range []string{"", licenseHeader + "\n", `[{"a":[`, `[{"a":"`, `{"b":1,`} {
			short := allocatedBy(func() { readAll(begin + strings.Repeat(unit, size/len(unit))) })
			long := allocatedBy(func() { readAll(begin + strings.Repeat(unit, 2*size/len(unit))) })
			if long > 3*short+1<<20 {
				t.Errorf("%.20q and then %s: %d bytes are allocated, and %d for twice as much", begin, name, short, long)
			}
		}
	}
}

func readAll(file string) {
	o := sfdata.ReadOptions{MaxRecord: 2 * len(file)}
	for range sfdata.Licenses(strings.NewReader(file), o) {
	}
	for range sfdata.Notifications(strings.NewReader(file), o) {
	}
}

// allocatedBy returns how many bytes f allocates, freed ones included.
func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// X7: rows are read and written one at a time. A file without end is read as far as
// is asked for, and no further than a buffer or two.
func TestReadingStreams(t *testing.T) {
	for name, file := range map[string]*endless{
		"CSV":   {begin: licenseHeader + "\n", unit: goodLicense + "\n"},
		"lines": {unit: `{"kind":"orgStatus","occurredAt":"2026-01-02T03:04:05Z","orgId":"00Dyx00000emSRE","orgType":"Sandbox"}` + "\n"},
		"array": {begin: `[{"Id":"0053k0000060026AAA","IsActive":true}`, unit: `,{"Id":"0053k0000060026AAA","IsActive":true}`},
	} {
		const rows = 20_000
		n := 0
		count := func(err error) bool {
			if n++; err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return n < rows
		}
		switch name {
		case "CSV":
			sfdata.Licenses(file, sfdata.ReadOptions{})(func(_ sfdata.LicenseRow, err error) bool { return count(err) })
		case "lines":
			sfdata.Notifications(file, sfdata.ReadOptions{})(func(_ sfdata.Delivery, err error) bool { return count(err) })
		case "array":
			sfdata.Owners(file, sfdata.ReadOptions{})(func(_ sfdata.OwnerRow, err error) bool { return count(err) })
		}
		if ahead := file.read - rows*len(file.unit) - len(file.begin); n != rows || ahead > 2<<16 {
			t.Errorf("%s: %d rows were read, %d bytes ahead", name, n, ahead)
		}
	}
}

// Writing holds one row: when the n-th is asked for, those before it are on their
// way, but for a buffer.
func TestWritingStreams(t *testing.T) {
	row := all(t, sfdata.Licenses(strings.NewReader(licenseHeader+"\n"+goodLicense+"\n"), sfdata.ReadOptions{}))[0]
	for _, format := range formats {
		var written, size int
		out := writerFunc(func(p []byte) (int, error) { written += len(p); return len(p), nil })
		rows := func(yield func(sfdata.LicenseRow, error) bool) {
			for n := range 10_000 {
				if n == 1000 {
					size = written / 900
				}
				if n > 1000 && written < (n-2)*size/2-2<<16 {
					t.Fatalf("format %d: %d rows were taken and %d bytes written", format, n, written)
				}
				if !yield(row, nil) {
					return
				}
			}
		}
		if err := sfdata.WriteLicenses(out, rows, sfdata.WriteOptions{Format: format}); err != nil {
			t.Fatal(err)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// endless is a file that begins with begin and goes on with unit for ever.
type endless struct {
	begin, unit string
	read        int
	rest        string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		if e.rest = e.unit; e.read == 0 {
			e.rest = e.begin + e.unit
		}
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	e.read += n
	return n, nil
}

var _ io.Reader = (*endless)(nil)
