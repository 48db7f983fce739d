package license_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
)

// civil is a date as package time has it, for comparing.
func civil(year int, month time.Month, day int) int { return year*10000 + int(month)*100 + day }

// T4: a date and package time agree on every day of the calendar, leap days and
// year ends included, and adding days counts dates.
func TestT4DateAgreesWithPackageTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// 0001-01-01 to 9999-12-31, as days from 1970-01-01.
		day := rapid.OneOf(rapid.Int64Range(-719162, 2932896), rapid.Int64Range(0, 30000)).Draw(t, "day")
		midnight := time.Unix(day*86400, 0).UTC()
		d, err := license.NewDate(midnight.Date())
		if err != nil {
			t.Fatalf("NewDate(%v) = %v", midnight, err)
		}
		if got, want := d.String(), midnight.Format("2006-01-02"); got != want {
			t.Fatalf("NewDate(%v).String() = %q, want %q", midnight, got, want)
		}
		if got := d.Start(); got != midnight {
			t.Fatalf("(%v).Start() = %v, want %v", d, got, midnight)
		}
		within := time.Duration(rapid.Int64Range(0, int64(24*time.Hour)-1).Draw(t, "time of day"))
		if got := license.DateOf(midnight.Add(within)); got != d {
			t.Fatalf("DateOf(%v) = %v, want %v", midnight.Add(within), got, d)
		}

		n := rapid.IntRange(-4000, 4000).Draw(t, "n")
		want := midnight.AddDate(0, 0, n)
		if want.Year() < 1 || want.Year() > 9999 {
			return
		}
		got := d.AddDays(n)
		if got.String() != want.Format("2006-01-02") {
			t.Fatalf("(%v).AddDays(%d) = %v, want %v", d, n, got, want)
		}
		if back := got.Sub(d); back != n {
			t.Fatalf("(%v).Sub(%v) = %d, want %d", got, d, back, n)
		}
		if cmp := got.Compare(d); (cmp > 0) != (n > 0) || (cmp < 0) != (n < 0) {
			t.Fatalf("(%v).Compare(%v) = %d", got, d, cmp)
		}
		if got.After(d) != (n > 0) || got.Before(d) != (n < 0) || got.Equal(d) != (n == 0) {
			t.Fatalf("%v and %v, %d days apart: After %t, Before %t, Equal %t",
				got, d, n, got.After(d), got.Before(d), got.Equal(d))
		}
	})
}

// T4: 90 days are 90 dates, over days of 23 and of 25 hours too.
func TestT4NinetyDaysAreDates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := zones().Draw(t, "zone")
		noon := time.Unix(rapid.Int64Range(0, 67*365*86400).Draw(t, "instant"), 0).In(zone.Location())
		year, month, day := noon.Date()
		want := civil(time.Date(year, month, day+90, 12, 0, 0, 0, time.UTC).Date())
		if got := zone.DateOf(noon).AddDays(90); civil(got.Start().Date()) != want {
			t.Fatalf("90 days after %v is %v, want %d", noon, got, want)
		}
	})
}

func TestNewDateRefuses(t *testing.T) {
	for _, test := range []struct {
		year  int
		month time.Month
		day   int
	}{
		{2026, time.February, 29}, {1900, time.February, 29}, {2026, time.April, 31}, {2026, time.January, 0},
		{2026, time.January, 32}, {2026, 0, 1}, {2026, 13, 1}, {0, time.January, 1}, {-1, time.January, 1},
		{10000, time.January, 1}, {math.MaxInt, time.January, 1}, {math.MinInt, time.January, 1},
		{2026, math.MaxInt, 1}, {2026, time.January, math.MaxInt}, {2026, time.January, math.MinInt},
	} {
		d, err := license.NewDate(test.year, test.month, test.day)
		if _, ok := errors.AsType[*license.FieldError](err); !ok || !d.IsZero() {
			t.Errorf("NewDate(%d, %d, %d) = %v, %v, want a *FieldError", test.year, test.month, test.day, d, err)
		}
	}
	for _, text := range []string{"1900-02-28", "2000-02-29", "2024-02-29", "0001-01-01", "9999-12-31"} {
		if d, err := license.ParseDate(text); err != nil || d.String() != text {
			t.Errorf("ParseDate(%q) = %v, %v", text, d, err)
		}
	}
}

func TestParseDateRefuses(t *testing.T) {
	for _, text := range []string{
		"", "2026", "2026-6-30", "2026-06-30 ", " 2026-06-30", "2026-06-30T00:00:00Z", "20260630", "2026/06/30",
		"2026-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "0000-01-01", "+026-01-01", "-001-01-01", "2026-1a-01",
		"2026-01-1:", "202/-01-01", "202--01-01", "20 0-01-01", "２０２６-01-01", "10000-01-01", "2026x06-30", "2026-06x30",
	} {
		d, err := license.ParseDate(text)
		if refused, ok := errors.AsType[*license.FieldError](err); !ok || !d.IsZero() || refused.Value != text {
			t.Errorf("ParseDate(%q) = %v, %v, want a *FieldError of it", text, d, err)
		}
	}
}

// Who writes a date otherwise is told how, and not that the calendar lacks it.
func TestParseDateNamesTheRule(t *testing.T) {
	for text, want := range map[string]string{
		"2026-06-31": "must be a day of the calendar, in the years 1 to 9999", "0000-06-30": "must be a day of the calendar, in the years 1 to 9999",
		"2o26-06-30": "a date is written 2006-01-02", "2026-o6-30": "a date is written 2006-01-02", "2026-06-3o": "a date is written 2006-01-02",
		"2026-06-030": "a date is written 2006-01-02",
	} {
		_, err := license.ParseDate(text)
		if refused, ok := errors.AsType[*license.FieldError](err); !ok || refused.Rule != want {
			t.Errorf("ParseDate(%q) = %v, want %q", text, err, want)
		}
	}
}

// The zero Date is no date, precedes every other, and stays zero.
func TestZeroDate(t *testing.T) {
	var zero license.Date
	first := license.MustDate("0001-01-01")
	if !zero.IsZero() || zero.String() != "" || !zero.Start().IsZero() || !zero.AddDays(90).IsZero() {
		t.Errorf("zero Date: IsZero %t, String %q, Start %v, AddDays(90) %v", zero.IsZero(), zero, zero.Start(), zero.AddDays(90))
	}
	if !zero.Before(first) || first.Compare(zero) != +1 || first.IsZero() {
		t.Errorf("%v does not follow the zero Date", first)
	}
	if end := license.UTC.EndOf(zero); !end.IsZero() {
		t.Errorf("UTC.EndOf(zero) = %v, want the zero time", end)
	}
	if end := license.MustZone("Asia/Tokyo").EndOf(zero); !end.IsZero() {
		t.Errorf("Tokyo's EndOf(zero) = %v, want the zero time", end)
	}
}

// Arithmetic and instants past the calendar stop at its first and last date.
func TestDateClamps(t *testing.T) {
	first, last := license.MustDate("0001-01-01"), license.MustDate("9999-12-31")
	for _, n := range []int{1, 2, 1 << 31, 1<<32 + 1, math.MaxInt} {
		if got := last.AddDays(n); got != last {
			t.Errorf("(%v).AddDays(%d) = %v", last, n, got)
		}
		if got := first.AddDays(-n); got != first {
			t.Errorf("(%v).AddDays(%d) = %v", first, -n, got)
		}
	}
	if got := first.AddDays(math.MinInt); got != first {
		t.Errorf("(%v).AddDays(MinInt) = %v", first, got)
	}
	if got := first.AddDays(math.MaxInt); got != last {
		t.Errorf("(%v).AddDays(MaxInt) = %v", first, got)
	}
	for _, test := range []struct {
		at   time.Time
		want license.Date
	}{
		{time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC), first},
		{time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC), first},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), last},
		{time.Date(200000, 1, 1, 0, 0, 0, 0, time.UTC), last},
		{time.Time{}, first},
		{time.Unix(-1, 999_999_999), license.MustDate("1969-12-31")},
		{time.Unix(0, 0), license.MustDate("1970-01-01")},
	} {
		if got := license.DateOf(test.at); got != test.want {
			t.Errorf("DateOf(%v) = %v, want %v", test.at, got, test.want)
		}
	}
}

func TestMustPanics(t *testing.T) {
	for name, call := range map[string]func(){
		"MustDate":           func() { license.MustDate("2026-02-29") },
		"MustZone":           func() { license.MustZone("Mars/Olympus") },
		"MustSeats":          func() { license.MustSeats(-1) },
		"MustInstallationID": func() { license.MustInstallationID("") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			call()
		}()
	}
}

// V5, V6: parse, print, parse is the identity, and no text panics.
func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-06-30", "2024-02-29", "1970-01-01", "9999-12-31", "0001-01-01", "2026-02-30", "2026-6-3", "", "0000-00-00", "202/-01-01"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := license.ParseDate(text)
		want, wantErr := time.Parse("2006-01-02", text)
		if wantErr == nil && want.Year() == 0 {
			wantErr = errors.New("there is no year 0")
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("ParseDate(%q) = %v, %v; package time says %v, %v", text, d, err, want, wantErr)
		}
		if err != nil {
			return
		}
		if d.String() != text || d.Start() != want {
			t.Errorf("ParseDate(%q) = %v, which starts at %v, want %v", text, d, d.Start(), want)
		}
	})
}

func BenchmarkParseDate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := license.ParseDate("2026-06-30"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDateString(b *testing.B) {
	d := license.MustDate("2026-06-30")
	b.ReportAllocs()
	for b.Loop() {
		if d.String() == "" {
			b.Fatal("no text")
		}
	}
}
