package license_test

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
)

// roundTrip returns what is wrong with the codecs of v: its text, its JSON, and its
// JSON as the key of a map. dirty is what is decoded into.
func roundTrip[T comparable](v, dirty T) error {
	text, err := any(v).(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return fmt.Errorf("MarshalText of %#v: %w", v, err)
	}
	back := dirty
	if err := any(&back).(encoding.TextUnmarshaler).UnmarshalText(text); err != nil || back != v {
		return fmt.Errorf("UnmarshalText(%q) = %#v, %w, want %#v", text, back, err, v)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	back = dirty
	if err := json.Unmarshal(data, &back); err != nil || back != v {
		return fmt.Errorf("json.Unmarshal(%s) = %#v, %w, want %#v", data, back, err, v)
	}
	if data, err = json.Marshal(map[T]int{v: 1}); err != nil {
		return err
	}
	keyed := map[T]int{}
	if err := json.Unmarshal(data, &keyed); err != nil || keyed[v] != 1 {
		return fmt.Errorf("json.Unmarshal(%s) = %#v, %w, want the key %#v", data, keyed, err, v)
	}
	return nil
}

// V5: every value of every type that has a text survives it, and JSON, the zero
// value included.
func TestV5RoundTrips(t *testing.T) {
	var all []error
	for status := license.Status(0); status <= license.Expired; status++ {
		all = append(all, roundTrip(status, license.Suspended))
		if s, err := license.ParseStatus(status.String()); status.IsStored() != (err == nil) || err == nil && s != status {
			t.Errorf("ParseStatus(%q) = %v, %v", status, s, err)
		}
	}
	for _, reason := range precedence {
		all = append(all, roundTrip(reason, license.DeniedSuspended))
	}
	for rule := license.OnlyOne; rule <= license.HighestNumber; rule++ {
		all = append(all, roundTrip(rule, license.ActiveFirst))
	}
	if text := (license.HighestNumber + 1).String(); text != "no rule" {
		t.Errorf("a rule that is none is called %q", text)
	}
	for side := range license.UserSide + 1 {
		all = append(all, roundTrip(side, license.SubscriberAdmin))
	}
	for causes := range license.Causes(1 << len(precedence)) {
		all = append(all, roundTrip(causes, 1))
	}
	for _, name := range append([]string{""}, zoneNames...) {
		all = append(all, roundTrip(license.MustZone(name), license.MustZone("Asia/Tokyo")))
	}
	for _, seats := range []license.Seats{{}, license.Site(), license.MustSeats(1), license.MustSeats(license.MaxSeats)} {
		all = append(all, roundTrip(seats, license.MustSeats(5)), roundTrip(seats, license.Site()))
	}
	for _, id := range []license.ID{0, 1, 99999, 100000, license.MaxID} {
		all = append(all, roundTrip(id, 5))
	}
	for _, id := range []license.InstallationID{{}, license.MustInstallationID("0502X000000Txd2"), license.MustInstallationID("ø \"x\"")} {
		all = append(all, roundTrip(id, license.MustInstallationID("other")))
	}
	all = append(all, roundTrip(license.Date{}, license.MustDate("2026-06-30")), roundTrip(license.Expiration{}, license.Never()))
	if err := errors.Join(all...); err != nil {
		t.Error(err)
	}

	rapid.Check(t, func(t *rapid.T) {
		for _, err := range []error{
			roundTrip(datesOrZero().Draw(t, "date"), datesOrZero().Draw(t, "over")),
			roundTrip(expirations().Draw(t, "expiration"), expirations().Draw(t, "over")),
			roundTrip(seatCounts().Draw(t, "seats"), seatCounts().Draw(t, "over")),
			roundTrip(license.ID(rapid.Int64Range(0, int64(license.MaxID)).Draw(t, "id")), 0),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// V5: a license as JSON is the license, whatever it is decoded over.
func TestV5LicenseAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, back := licenses().Draw(t, "license"), licenses().Draw(t, "over")
		data, err := json.Marshal(l)
		if err != nil {
			t.Fatalf("json.Marshal(%+v): %v", l, err)
		}
		if err := json.Unmarshal(data, &back); err != nil || back != l {
			t.Fatalf("json.Unmarshal(%s) = %+v, %v, want %+v", data, back, err, l)
		}
	})
	var zero, back license.License
	data, err := json.Marshal(zero)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &back); err != nil || back != zero {
		t.Errorf("json.Unmarshal(%s) = %+v, %v, want the zero License", data, back, err)
	}
	// What was left out is not generous.
	if err := json.Unmarshal([]byte(`{}`), &back); err != nil || back.Check(license.Policy{}, license.HoldsSeat, time.Time{}).Licensed() {
		t.Errorf("an empty object is licensed, %v", err)
	}
}

// V5: a decision as JSON is the decision.
func TestV5DecisionAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := licenses().Draw(t, "license")
		d := l.Check(license.Policy{GraceDays: 3}, license.Seat(rapid.Bool().Draw(t, "seat")), instants().Draw(t, "at"))
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		back := license.Decision{Reason: license.Granted, Causes: 1, Until: time.Unix(1, 0)}
		if d.Until.Year() > 9999 { // which no JSON text holds
			d.Until = time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
		}
		if err := json.Unmarshal(data, &back); err != nil || back != d {
			t.Fatalf("json.Unmarshal(%s) = %+v, %v, want %+v", data, back, err, d)
		}
	})
	var back license.Decision
	data, err := json.Marshal(license.Decision{})
	if err == nil {
		err = json.Unmarshal(data, &back)
	}
	if err != nil || back != (license.Decision{}) {
		t.Errorf("the zero Decision became %s, %+v, %v", data, back, err)
	}
}

// Decoders refuse what encoders never write, and leave alone what they decode into.
func TestDecodersRefuse(t *testing.T) {
	refuse := func(v interface {
		encoding.TextUnmarshaler
		fmt.Stringer
	}, texts ...string) {
		t.Helper()
		before := v.String()
		for _, text := range texts {
			err := v.UnmarshalText([]byte(text))
			if _, ok := errors.AsType[*license.FieldError](err); !ok || v.String() != before {
				t.Errorf("(%T).UnmarshalText(%q) = %v, %v, want a *FieldError and %s still", v, text, v, err, before)
			}
		}
	}
	status, seats, expiration, id := license.Active, license.MustSeats(5), license.Never(), license.ID(7)
	reason, causes, zone, day := license.Granted, license.Causes(4), license.MustZone("Asia/Tokyo"), license.MustDate("2026-06-30")
	installation := license.MustInstallationID("0502X000000Txd2")
	refuse(&status, "active", "ACTIVE", " Active", "Active ", "invalid", "Free", "0", "1", "Trial\x00")
	refuse(&seats, "", "-1", "+1", "007", "99000001", "1e3", "Site", "site ", " 5", "5.0", "0x5", "٥", "-0", "9223372036854775808")
	refuse(&expiration, "never", "Does not expire", "2026-6-30", "2026-02-29", "-1", "none", "0000-00-00")
	refuse(&id, "L-1", "L-0001", "L-000001", "l-00001", "L-00000", "L--0001", "L-1000000000000000", "L-9223372036854775807", "L-+0001", "00001", "1", "L-", "L-9223372036854775808", "L-00001 ")
	refuse(&reason, "", "Granted", "licensed ", "11")
	refuse(&causes, "nothing", "expired;no seat", "; ", "expired; ", "no seat; expired", "expired; expired", ", ")
	refuse(&zone, "Local", "Mars/Olympus")
	refuse(&day, "2026-02-29", "today", "0000-00-00")
	refuse(&installation, "0502X000000Txd2UAB", "\x00", "\xff")

	for _, data := range []string{
		`{"Terms":{"Status":"active"}}`, `{"Terms":{"Status":2}}`, `{"Terms":{"Seats":-1}}`, `{"Terms":{"Seats":"-1"}}`,
		`{"Terms":{"Expiration":"2026-02-30"}}`, `{"ID":1}`, `{"Zone":"Local"}`, `{"TrialStart":20260630}`,
	} {
		var l license.License
		if err := json.Unmarshal([]byte(data), &l); err == nil {
			t.Errorf("json.Unmarshal(%s) = %+v, want an error", data, l)
		}
	}
	if text, err := license.Status(6).MarshalText(); err == nil {
		t.Errorf("a status that is none is written as %q", text)
	}
}

// S11: seats are 0 to 99,000,000, or a site license; nothing else can be made.
func TestS11SeatsAreInRange(t *testing.T) {
	for _, n := range []int{-1, math.MinInt, license.MaxSeats + 1, 1 << 32, 1<<32 + 5, math.MaxInt} {
		s, err := license.NewSeats(n)
		if refused, ok := errors.AsType[*license.FieldError](err); !ok || s != (license.Seats{}) || refused.Value != fmt.Sprint(n) {
			t.Errorf("NewSeats(%d) = %v, %v, want a *FieldError", n, s, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, license.MaxSeats).Draw(t, "n")
		s, err := license.NewSeats(n)
		if got, counted := s.Count(); err != nil || got != n || !counted || s.IsSite() {
			t.Fatalf("NewSeats(%d) = %v, %v", n, s, err)
		}
		if parsed, err := license.ParseSeats(s.String()); err != nil || !parsed.Equal(s) {
			t.Fatalf("ParseSeats(%q) = %v, %v", s, parsed, err)
		}
	})
	if n, counted := license.Site().Count(); n != 0 || counted || !license.Site().IsSite() || license.Site() == license.MustSeats(0) {
		t.Errorf("Site().Count() = %d, %t", n, counted)
	}
}

// There is one representation of each value, so == is equality.
func TestEqualValuesAreIdentical(t *testing.T) {
	parse := func(text string) license.Expiration {
		e, err := license.ParseExpiration(text)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	day := license.MustDate("2026-06-30")
	for _, test := range []struct {
		a, b license.Expiration
		same bool
	}{
		{parse("2026-06-30"), license.LastDay(day), true},
		{parse("does not expire"), license.Never(), true},
		{license.LastDay(license.Date{}), license.Expiration{}, true},
		{license.Never(), license.Expiration{}, false},
		{license.LastDay(day), license.LastDay(day.AddDays(1)), false},
	} {
		if test.a.Equal(test.b) != test.same || (test.a == test.b) != test.same || (test.a.String() == test.b.String()) != test.same {
			t.Errorf("%q and %q: Equal %t, want %t", test.a, test.b, test.a.Equal(test.b), test.same)
		}
	}
	if last, ok := license.Never().LastDay(); ok || !last.IsZero() {
		t.Errorf("Never().LastDay() = %v, %t", last, ok)
	}
	if last, ok := license.LastDay(day).LastDay(); !ok || last != day {
		t.Errorf("LastDay(%v).LastDay() = %v, %t", day, last, ok)
	}
	if !(license.Expiration{}).IsZero() || license.Never().IsZero() || license.LastDay(day).IsZero() {
		t.Error("IsZero is true of more than the zero Expiration")
	}
	a, b := license.MustInstallationID("0502X000000Txd2"), license.MustInstallationID("0502X000000TXD3")
	if !a.Equal(license.MustInstallationID(a.String())) || a.Equal(b) || a.Compare(b) != +1 || b.Compare(a) != -1 || a.IsZero() {
		t.Errorf("%v and %v do not compare", a, b)
	}
}

// Names have at least five digits and grow past them; a number that is none has no
// name.
func TestIDNames(t *testing.T) {
	for _, test := range []struct {
		id   license.ID
		want string
	}{
		{0, ""}, {-1, ""}, {math.MinInt64, ""}, {1, "L-00001"}, {99999, "L-99999"}, {100000, "L-100000"}, {math.MaxInt64, "L-9223372036854775807"},
	} {
		if got := test.id.String(); got != test.want {
			t.Errorf("ID(%d).String() = %q, want %q", int64(test.id), got, test.want)
		}
	}
}

// Texts of errors are one short line, whatever was refused.
func TestErrorsAreShort(t *testing.T) {
	long := strings.Repeat("x\n\xff", 100_000)
	for _, err := range []error{
		&license.FieldError{Field: "seats", Value: long, Rule: "broken"},
		&license.TransitionError{License: math.MaxInt64, From: 255, To: 255, Rule: long},
		&license.StaleError{License: math.MaxInt64, Read: math.MinInt64, Current: math.MaxInt64},
	} {
		if text := err.Error(); len(text) > 500 || strings.ContainsAny(text, "\n\r") || !strings.HasPrefix(text, "license: ") {
			t.Errorf("(%T).Error() has %d bytes: %.80q", err, len(text), text)
		}
	}
	if text := (&license.FieldError{Field: "seats", Value: long, Rule: "broken"}).Error(); !strings.HasSuffix(text, ": broken") {
		t.Errorf("%q does not end with the rule", text)
	}
}

// fuzzText checks that parse of text, printed, parses as the same.
func fuzzText[T interface {
	comparable
	fmt.Stringer
}](t *testing.T, text string, parse func(string) (T, error)) {
	v, err := parse(text)
	if err != nil {
		if _, ok := errors.AsType[*license.FieldError](err); !ok {
			t.Errorf("parse of %q: %T, want a *FieldError", text, err)
		}
		if v != *new(T) {
			t.Errorf("parse of %q = %v beside the error %v", text, v, err)
		}
		return
	}
	// One form is accepted, and it is the one that is printed.
	if v.String() != text {
		t.Errorf("parse of %q prints %q", text, v)
	}
	if again, err := parse(v.String()); err != nil || again != v {
		t.Errorf("parse of %q = %v, which parses as %v, %v", text, v, again, err)
	}
}

// V5, V6, S11: parse, print, parse is the identity, and no text panics.
func FuzzParseSeats(f *testing.F) {
	for _, seed := range []string{"0", "5", "99000000", "99000001", "site", "-1", "007", "", "+5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fuzzText(t, text, license.ParseSeats)
		if s, err := license.ParseSeats(text); err == nil {
			if n, counted := s.Count(); n < 0 || n > 99_000_000 || !counted && n != 0 {
				t.Errorf("ParseSeats(%q) counts %d", text, n)
			}
		}
	})
}

// V5, V6, T10: parse, print, parse is the identity, no text panics, and one text
// alone is "no end".
func FuzzParseExpiration(f *testing.F) {
	for _, seed := range []string{"does not expire", "2026-06-30", "1970-01-01", "9999-12-31", "", "never", "0000-00-00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fuzzText(t, text, license.ParseExpiration)
		if e, err := license.ParseExpiration(text); err == nil && e.IsNever() != (text == "does not expire") {
			t.Errorf("ParseExpiration(%q).IsNever() = %t", text, e.IsNever())
		}
	})
}

// V5, V6: parse, print, parse is the identity, and no text panics.
func FuzzParseID(f *testing.F) {
	for _, seed := range []string{"L-00001", "L-100000", "L-999999999999999", "L-1000000000000000", "L-9223372036854775808", "L-0", "L-+0001", "", "L-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { fuzzText(t, text, license.ParseID) })
}

func TestSidesPrint(t *testing.T) {
	var words []string
	for side := range license.Side(4) {
		text, err := side.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		words = append(words, string(text))
	}
	if want := []string{"nobody", "vendor", "subscriber admin", "user"}; !slices.Equal(words, want) {
		t.Errorf("the sides print %q, want %q", words, want)
	}
}

// V5: names and values of parameters survive their text, and JSON.
func TestV5ParameterRoundTrips(t *testing.T) {
	all := []error{
		roundTrip(license.ParameterName{}, license.MustParameterName("x")),
		roundTrip(license.MustParameterName("Max_Rockets9"), license.MustParameterName("x")),
	}
	for kind := license.ParameterType(0); kind <= license.Day; kind++ {
		all = append(all, roundTrip(kind, license.Integer))
	}
	for d := license.Direction(0); d <= license.ToVendor; d++ {
		all = append(all, roundTrip(d, license.ToVendor))
	}
	for _, v := range []license.Value{
		{}, license.BooleanValue(true), license.BooleanValue(false), integerValue(t, 0), integerValue(t, license.MaxInteger), integerValue(t, -license.MaxInteger),
		license.DateValue(license.MustDate("0001-01-01")), license.DateValue(license.MustDate("9999-12-31")),
	} {
		all = append(all, roundTrip(v, integerValue(t, 7)))
	}
	if err := errors.Join(all...); err != nil {
		t.Error(err)
	}
	for _, n := range []int{license.MaxInteger + 1, -license.MaxInteger - 1, math.MaxInt} {
		if v, err := license.IntegerValue(n); err == nil || !v.IsZero() {
			t.Errorf("IntegerValue(%d) = %v, %v, want an error", n, v, err)
		}
	}
	for _, name := range []string{"", "1a", "_a", "a_", "a__b", "a b", "é", strings.Repeat("a", 81)} {
		if n, err := license.ParseParameterName(name); err == nil || !n.IsZero() {
			t.Errorf("ParseParameterName(%q) = %v, %v, want an error", name, n, err)
		}
	}
}

// Every byte, in every place of a name, against the platform's rule as it is written.
func TestParameterNamesByteByByte(t *testing.T) {
	rule := regexp.MustCompile(`^[A-Za-z](_?[A-Za-z0-9])*$`)
	longest := strings.Repeat("a", 80)
	if n, err := license.ParseParameterName(longest); err != nil || n.String() != longest {
		t.Errorf("the longest name = %v, %v", n, err)
	}
	for b := range 256 {
		c := string([]byte{byte(b)})
		for _, text := range []string{c, "a" + c, "a" + c + "a"} {
			if _, err := license.ParseParameterName(text); (err == nil) != rule.MatchString(text) {
				t.Errorf("ParseParameterName(%q) = %v", text, err)
			}
		}
	}
}

// A type or a direction that is none is written as its number.
func TestParameterTypesThatAreNone(t *testing.T) {
	for i := range 256 {
		number := strconv.Itoa(i)
		if got := license.ParameterType(i).String(); (got == number) != (i > int(license.Day)) {
			t.Errorf("ParameterType(%d) = %q", i, got)
		}
		if got := license.Direction(i).String(); (got == number) != (i > int(license.ToVendor)) {
			t.Errorf("Direction(%d) = %q", i, got)
		}
	}
}

func FuzzParseValue(f *testing.F) {
	for _, text := range []string{"", "true", "false", "7", "-0", "007", "+7", "1000000000", "2026-06-30", "2026-02-30", "True"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := license.ParseValue(text)
		if err == nil && v.String() != text {
			t.Errorf("ParseValue(%q).String() = %q", text, v)
		}
		if err != nil && !v.IsZero() {
			t.Errorf("ParseValue(%q) = %v beside an error", text, v)
		}
	})
}

func FuzzParseParameterName(f *testing.F) {
	for _, text := range []string{"", "Max_Rockets9", "a__b", "a_", "9"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := license.ParseParameterName(text); err == nil && n.String() != text {
			t.Errorf("ParseParameterName(%q).String() = %q", text, n)
		}
	})
}
