package license_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
)

// slowEnd finds the end of a day by looking at every clock reading: the
// second after the last one at which the zone's calendar showed the day or an
// earlier one. It knows nothing of offsets and transitions.
func slowEnd(zone license.Zone, day license.Date, step int64) time.Time {
	loc := zone.Location()
	want := civil(day.Start().Date())
	notLater := func(second int64) bool { return civil(time.Unix(second, 0).In(loc).Date()) <= want }
	second := day.Start().Unix() + 60*3600 // at no offset is it still the day
	for !notLater(second) {
		second -= step
	}
	for until := second + step; second <= until; until-- {
		if notLater(until) {
			return time.Unix(until+1, 0).UTC()
		}
	}
	panic("unreachable")
}

// T1: a day ends when the zone's date is later for good, however its clocks are set.
func TestT1EndOfDay(t *testing.T) {
	for _, test := range []struct{ zone, day, want string }{
		{"UTC", "2026-06-30", "2026-07-01T00:00:00Z"},
		{"UTC", "2016-12-31", "2017-01-01T00:00:00Z"}, // after a leap second
		{"America/Santiago", "2025-09-06", "2025-09-07T04:00:00Z"},
		{"America/Santiago", "2025-04-05", "2025-04-06T04:00:00Z"}, // its last hour comes twice
		{"America/Havana", "2025-03-08", "2025-03-09T05:00:00Z"},
		{"America/Havana", "2025-11-01", "2025-11-02T04:00:00Z"},
		{"America/Sao_Paulo", "2018-11-03", "2018-11-04T03:00:00Z"},
		{"America/Sao_Paulo", "2019-02-16", "2019-02-17T03:00:00Z"},
		{"Pacific/Apia", "2011-12-29", "2011-12-30T10:00:00Z"},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"}, // a day that never was
		{"Pacific/Apia", "2011-12-31", "2011-12-31T10:00:00Z"},
		{"Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00:00Z"}, // nor was this
		{"America/St_Johns", "2010-11-06", "2010-11-07T03:30:00Z"},  // 00:01 went back to 23:01
		{"America/St_Johns", "2010-03-13", "2010-03-14T03:30:00Z"},
		{"Pacific/Kiritimati", "2026-06-30", "2026-06-30T10:00:00Z"},
		{"Pacific/Pago_Pago", "2026-06-30", "2026-07-01T11:00:00Z"},
		{"Asia/Kathmandu", "1985-12-31", "1985-12-31T18:30:00Z"},
		{"Asia/Kathmandu", "2026-06-30", "2026-06-30T18:15:00Z"},
		{"Asia/Beirut", "2026-03-28", "2026-03-28T22:00:00Z"},
		{"Africa/Monrovia", "1971-12-31", "1972-01-01T00:44:30Z"},
		{"Asia/Pyongyang", "2018-05-04", "2018-05-04T15:00:00Z"},
		{"Europe/Berlin", "2026-10-25", "2026-10-25T23:00:00Z"}, // 25 hours
	} {
		zone, day := license.MustZone(test.zone), license.MustDate(test.day)
		got := zone.EndOf(day)
		if got.Format(time.RFC3339Nano) != test.want {
			t.Errorf("%s.EndOf(%s) = %v, want %s", test.zone, test.day, got, test.want)
		}
		if slow := slowEnd(zone, day, 1); got != slow {
			t.Errorf("%s.EndOf(%s) = %v, and second by second %v", test.zone, test.day, got, slow)
		}
		if got.Location() != time.UTC {
			t.Errorf("%s.EndOf(%s) is in %v, want UTC", test.zone, test.day, got.Location())
		}
	}
}

// T1: the end of any day in any zone agrees with a look at every minute.
func TestT1EndOfDayAgainstEveryMinute(t *testing.T) {
	epoch := license.MustDate("1970-01-01")
	rapid.Check(t, func(t *rapid.T) {
		zone := zones().Draw(t, "zone")
		day := epoch.AddDays(rapid.IntRange(0, 68*365).Draw(t, "day"))
		if got, want := zone.EndOf(day), slowEnd(zone, day, 60); got != want {
			t.Fatalf("%v.EndOf(%v) = %v, want %v", zone, day, got, want)
		}
	})
}

// T1: so does the end of every day on or near which a clock is set.
func TestT1EndOfDayNearEveryTransition(t *testing.T) {
	for _, name := range zoneNames {
		zone := license.MustZone(name)
		at := time.Unix(0, 0).In(zone.Location())
		for at.Year() < 2030 {
			_, next := at.ZoneBounds()
			if next.IsZero() {
				break
			}
			at = next
			for day := range 3 {
				day := zone.DateOf(at).AddDays(day - 2)
				if got, want := zone.EndOf(day), slowEnd(zone, day, 300); got != want {
					t.Errorf("%s.EndOf(%v) = %v, want %v; clocks were set at %v", name, day, got, want, at)
				}
			}
		}
	}
}

// T1: the last day counts to its last nanosecond, and the next one does not.
func TestT1LastDayCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := zones().Draw(t, "zone")
		day := license.MustDate("1970-01-02").AddDays(rapid.IntRange(0, 68*365).Draw(t, "day"))
		l := license.License{Zone: zone, Terms: license.Terms{
			Status: license.Active, Seats: license.Site(), Expiration: license.LastDay(day)}}
		end := slowEnd(zone, day, 60)
		if d := l.Check(license.Policy{}, license.NoSeat, end.Add(-1)); !d.Licensed() || d.Until != end {
			t.Fatalf("a nanosecond before the end of %v in %v: %v until %v, want licensed until %v", day, zone, d, d.Until, end)
		}
		if d := l.Check(license.Policy{}, license.NoSeat, end); d.Licensed() {
			t.Fatalf("at the end of %v in %v: %v, want expired", day, zone, d)
		}
		if s := l.DisplayedStatus(end.Add(-1)); s != license.Active {
			t.Fatalf("DisplayedStatus before the end of %v in %v = %v", day, zone, s)
		}
		if s := l.DisplayedStatus(end); s != license.Expired {
			t.Fatalf("DisplayedStatus at the end of %v in %v = %v", day, zone, s)
		}
	})
	l := license.License{Terms: license.Terms{Status: license.Active, Seats: license.Site(),
		Expiration: license.LastDay(license.MustDate("2026-06-30"))}}
	if d := l.Check(license.Policy{}, license.NoSeat, time.Date(2026, 6, 30, 23, 59, 59, 999_999_999, time.UTC)); !d.Licensed() {
		t.Errorf("in the last nanosecond of the last day: %v", d)
	}
	if d := l.Check(license.Policy{}, license.NoSeat, time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)); d.Reason != license.DeniedExpired {
		t.Errorf("on the day after: %v", d)
	}
}

// T2: an instant is the same instant in whatever offset it is written.
func TestT2OffsetsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := licenses().Draw(t, "license")
		at := instants().Draw(t, "at")
		elsewhere := at.In(time.FixedZone("elsewhere", rapid.IntRange(-14*3600, 14*3600).Draw(t, "offset")))
		p := license.Policy{GraceDays: rapid.IntRange(0, 5).Draw(t, "grace")}
		if got, want := l.Check(p, license.HoldsSeat, elsewhere), l.Check(p, license.HoldsSeat, at); got != want {
			t.Fatalf("Check at %v = %v, and at %v = %v", elsewhere, got, at, want)
		}
		if got, want := license.DateOf(elsewhere), license.DateOf(at); got != want {
			t.Fatalf("DateOf(%v) = %v, and DateOf(%v) = %v", elsewhere, got, at, want)
		}
		if got, want := l.DisplayedStatus(elsewhere), l.DisplayedStatus(at); got != want {
			t.Fatalf("DisplayedStatus(%v) = %v, and DisplayedStatus(%v) = %v", elsewhere, got, at, want)
		}
		l.InstalledAt = elsewhere
		day := l.InstallDate()
		if l.InstalledAt = at; day != l.InstallDate() {
			t.Fatalf("installed at %v on %v, at %v on %v", elsewhere, day, at, l.InstallDate())
		}
	})
}

const answersVariable = "ISVKIT_TEST_PRINT_ANSWERS"

// T3: the answers do not depend on the time zone of the host: a process with
// another TZ gives the same.
func TestT3HostZoneDoesNotMatter(t *testing.T) {
	if os.Getenv(answersVariable) != "" {
		fmt.Printf("%s=%x local=%v\n", answersVariable, answers(), time.Local)
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	for _, tz := range []string{"UTC", "Pacific/Kiritimati", "America/St_Johns"} {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestT3HostZoneDoesNotMatter$")
		child.Env = append(os.Environ(), "TZ="+tz, "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8", answersVariable+"=1")
		out, err := child.Output()
		if err != nil {
			t.Fatalf("TZ=%s: %v", tz, err)
		}
		if want := fmt.Sprintf("%s=%x ", answersVariable, answers()); !strings.Contains(string(out), want) {
			t.Errorf("TZ=%s: the process printed %s, want %s", tz, out, want)
		}
	}
}

// answers is a digest of many answers in many zones.
func answers() []byte {
	digest := sha256.New()
	for _, name := range zoneNames {
		zone := license.MustZone(name)
		day := license.MustDate("2026-03-08")
		l := license.License{Zone: zone, InstalledAt: time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC),
			Terms: license.Terms{Status: license.Trial, Seats: license.MustSeats(1), Expiration: license.LastDay(day)}}
		for hour := range 24 * 14 {
			// Written in the host's zone, which is what must not matter.
			now := time.Date(2026, 2, 27, 0, 0, 0, 0, time.UTC).Add(time.Duration(hour) * time.Hour).In(time.Local)
			d := l.Check(license.Policy{GraceDays: 2}, license.HoldsSeat, now)
			_, err := l.Modify(license.Change{Terms: license.Terms{Status: license.Active, Seats: l.Terms.Seats, Expiration: license.Never()}},
				license.Rules{Transitions: license.RecordTypeTransitions}, zone.DateOf(now))
			fmt.Fprintln(digest, name, d, d.Until, zone.DateOf(now), license.DateOf(now), l.DisplayedStatus(now), l.InstallDate(), err)
		}
	}
	return digest.Sum(nil)
}

// T10: no date means "no end": neither 1970-01-01, 9999-12-31, the first date
// there is, nor none.
func TestT10NoSentinelDates(t *testing.T) {
	check := func(e license.Expiration, now time.Time) license.Decision {
		l := license.License{Terms: license.Terms{Status: license.Active, Seats: license.Site(), Expiration: e}}
		return l.Check(license.Policy{GraceDays: 1}, license.HoldsSeat, now)
	}
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	for _, day := range []license.Date{{}, license.MustDate("0001-01-01"), license.MustDate("1970-01-01"), license.MustDate("1969-12-31")} {
		e := license.LastDay(day)
		if d := check(e, now); d.Reason != license.DeniedExpired || e.IsNever() {
			t.Errorf("Check with the last day %q = %v, IsNever %t, want expired", day, d, e.IsNever())
		}
	}
	last := license.LastDay(license.MustDate("9999-12-31"))
	if d := check(last, now); !d.Licensed() || d.Until.IsZero() {
		t.Errorf("Check with the last day 9999-12-31 = %v until %v, want licensed until then", d, d.Until)
	}
	if d := check(last, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)); d.Licensed() || last.IsNever() {
		t.Errorf("Check after 9999-12-31 = %v, want expired", d)
	}
	parsed, err := license.ParseExpiration("1970-01-01")
	if err != nil || parsed.IsNever() || parsed.IsZero() {
		t.Errorf("ParseExpiration(1970-01-01) = %v, %v, want that day", parsed, err)
	}
	if d := check(license.Never(), time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)); d.Reason != license.GrantedSite || !d.Until.IsZero() {
		t.Errorf("Check of what does not expire = %v until %v", d, d.Until)
	}
}

// DateOf in a zone shows what package time shows there.
func TestZoneDateOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := zones().Draw(t, "zone")
		at := instants().Draw(t, "at").Add(time.Duration(rapid.Int64Range(0, 999).Draw(t, "ns")))
		if at.Year() < 2 {
			t.Skip("a zone west of Greenwich has a year 0 there")
		}
		want := civil(at.In(zone.Location()).Date())
		if got := zone.DateOf(at); civil(got.Start().Date()) != want {
			t.Fatalf("%v.DateOf(%v) = %v, want %d", zone, at, got, want)
		}
	})
}

// Zones of one name are ==, however often and from wherever they are read.
func TestZonesAreEqual(t *testing.T) {
	for _, name := range zoneNames {
		a, b := license.MustZone(name), license.MustZone(name)
		if a != b || !a.Equal(b) || a.String() != name {
			t.Errorf("MustZone(%q) twice = %v and %v", name, a, b)
		}
	}
	if license.MustZone("") != license.UTC || license.MustZone("UTC") != (license.Zone{}) || license.UTC.String() != "UTC" {
		t.Error(`"", "UTC" and the zero Zone are not one`)
	}
	if license.MustZone("Asia/Tokyo").Equal(license.MustZone("Asia/Seoul")) {
		t.Error("Tokyo equals Seoul")
	}
	if license.UTC.Location() != time.UTC {
		t.Errorf("UTC.Location() = %v", license.UTC.Location())
	}
}

func TestParseZoneRefuses(t *testing.T) {
	for _, name := range []string{
		"Local", "Mars/Olympus", "+02:00", "America", "../etc/passwd", "/etc/localtime", "Europe/Berlin\x00", " UTC",
		"Europe//Berlin", "Europe/./Berlin", "./Europe/Berlin", strings.Repeat("x", 100_000),
	} {
		zone, err := license.ParseZone(name)
		if _, ok := errors.AsType[*license.FieldError](err); !ok || zone != license.UTC {
			t.Errorf("ParseZone(%.40q) = %v, %v, want a *FieldError", name, zone, err)
		}
	}
}

func BenchmarkZoneEndOf(b *testing.B) {
	day := license.MustDate("2026-06-30")
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Santiago"} {
		b.Run(name, func(b *testing.B) {
			zone := license.MustZone(name)
			b.ReportAllocs()
			for b.Loop() {
				if zone.EndOf(day).IsZero() {
					b.Fatal("no end")
				}
			}
		})
	}
}
