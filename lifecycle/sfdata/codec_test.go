package sfdata

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A whole number is read in any form, and nothing else is: big.Rat, which reads
// all of them, is the judge.
func TestParseIntegerAgainstRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{0,5}(\.[0-9]{0,4})?([eE][+-]?(0?[0-9]|1[0-8]))?`).Draw(t, "text")
		got, err := parseInteger(text)
		mantissa, _, _ := strings.Cut(strings.ToUpper(text), "E")
		want, ok := new(big.Rat).SetString(text)
		ok = ok && !strings.HasSuffix(mantissa, ".") && !strings.HasPrefix(strings.TrimPrefix(mantissa, "-"), ".")
		if ok = ok && want.IsInt() && want.Num().IsInt64(); ok && err == nil && got != want.Num().Int64() {
			t.Fatalf("parseInteger(%q) = %d, want %v", text, got, want)
		}
		if small := ok && len(text) < 9; small && err != nil {
			t.Fatalf("parseInteger(%q) = %v, want %v", text, err, want)
		}
		if !ok && err == nil {
			t.Fatalf("parseInteger(%q) = %d, want an error", text, got)
		}
	})
}

func TestParseIntegerRefuses(t *testing.T) {
	for _, text := range []string{"", "-", "+5", ".5", "5.", "5.5", "1e", "e5", "1e99", "1E-1", "0x10", "1_000", "1,000", "5 ", " 5", "٥", "--5", "5e1e1", "99999999999999999999", "1e19", "NaN"} {
		if n, err := parseInteger(text); err == nil {
			t.Errorf("parseInteger(%q) = %d, want an error", text, n)
		}
	}
}

// Every text that can be a Salesforce id is one, and the number of a row elsewhere is kept.
func TestParseRecordIDOfRows(t *testing.T) {
	for text, want := range map[string]string{
		"a043k000007000o": "a043k000007000oAAA", "100200300400500": "100200300400500AAA", "100200300400500600": "100200300400500600",
		"a043k000007000oAAB": "", "10020030040050060A": "",
	} {
		if id, err := parseRecordID(text); id.String() != want || (err != nil) != (want == "") {
			t.Errorf("parseRecordID(%q) = %v, %v, want %q", text, id, err, want)
		}
	}
}

// V5: an instant is the same after having been written and read. time.Parse, where
// it reads the text, reads the same.
func TestInstantsReadBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micro := rapid.Int64Range(-62135596799_999_999, 253402300799_999_999).Draw(t, "micro")
		want := time.UnixMicro(micro).UTC()
		text := string(appendInstant(nil, want))
		if got, err := parseInstant(text); err != nil || got != want {
			t.Fatalf("parseInstant(%q) = %v, %v, want %v", text, got, err, want)
		}
		if got, err := time.Parse(time.RFC3339Nano, text); err != nil || !got.Equal(want) {
			t.Fatalf("%q is %v, %v for package time, want %v", text, got, err, want)
		}
	})
}

func TestParseInstantRefuses(t *testing.T) {
	for _, text := range []string{"", "2026-06-30", "2026-06-30T18:05:00", "2026-06-30 18:05:00Z", "2026-06-30T24:00:00Z", "2026-06-30T18:60:00Z",
		"2026-06-30T18:05:60Z", "2026-06-30T18:05:00.Z", "2026-06-30T18:05:00,5Z", "2026-06-30T18:05:00.0000000001Z", "2026-06-30T18:05:00z",
		"2026-06-30T18:05:00+1", "2026-06-30T18:05:00+24:00", "2026-06-30T18:05:00+0060", "2026-02-29T00:00:00Z", "0001-01-01T00:00:00Z",
		"0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-00:01", "2026-06-30T18:05:00Z ", "2026-06-30T1 :05:00Z"} {
		if at, err := parseInstant(text); err == nil {
			t.Errorf("parseInstant(%q) = %v, want an error", text, at)
		}
	}
}

// X6: what escape returns is never run, and unescape is its inverse, for any text.
func TestEscapeIsUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`'{0,2}[=+\-@\t\r\n＝＋－＠a1 ]?.{0,3}`).Draw(t, "text")
		for _, escape := range []func(string) string{escape, escapeExtra} {
			escaped := escape(text)
			if got := unescape(escaped); got != text {
				t.Fatalf("%q is escaped as %q and comes back as %q", text, escaped, got)
			}
			if runs(escaped) && !isJSONNumber(escaped) {
				t.Fatalf("%q is escaped as %q, which runs", text, escaped)
			}
			if escaped != text && !mayRun([]byte(text)) {
				t.Fatalf("mayRun(%q) is false, and it is escaped as %q", text, escaped)
			}
		}
	})
}

// Every column is declared once, and has a namespace or none by the rules.
func TestColumnsAreDeclaredOnce(t *testing.T) {
	once := func(object string, names []string) {
		seen := map[string]bool{}
		for _, name := range names {
			if seen[strings.ToLower(name)] {
				t.Errorf("%s: %s is declared twice", object, name)
			}
			seen[strings.ToLower(name)] = true
		}
	}
	once("licenses", columnNames(licenseTable))
	once("packages", columnNames(packageTable))
	once("versions", columnNames(versionTable))
	once("leads", columnNames(leadTable))
	once("contacts", columnNames(contactTable))
	once("accounts", columnNames(accountTable))
	once("owners", columnNames(ownerTable))
	once("package licenses", columnNames(packageLicenseTable))
	once("seats", columnNames(seatTable))
	once("subscribers", columnNames(subscriberTable))
	once("users", columnNames(userTable))
	once("notifications", columnNames(noticeTable))
}

func columnNames[R any](t *table[R]) (names []string) {
	for _, c := range t.columns {
		names = append(names, c.name)
	}
	return names
}
