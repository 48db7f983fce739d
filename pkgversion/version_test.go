package pkgversion_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/pkgversion"
)

func versions() *rapid.Generator[pkgversion.Version] {
	// Few numbers, so that equal and neighbouring versions are frequent.
	part := rapid.OneOf(rapid.Uint32Range(0, 3), rapid.Uint32Range(9, 11), rapid.Uint32())
	return rapid.Custom(func(t *rapid.T) pkgversion.Version {
		if rapid.IntRange(0, 19).Draw(t, "zero") == 0 {
			return pkgversion.Version{}
		}
		v := pkgversion.NewVersion(part.Draw(t, "major"), part.Draw(t, "minor"), part.Draw(t, "patch"), part.Draw(t, "build"))
		return v.Beta(rapid.Uint32Range(0, 3).Draw(t, "beta"))
	})
}

// near generates versions that differ from v in little, if at all, and others.
func near(v pkgversion.Version) *rapid.Generator[pkgversion.Version] {
	parts := []uint32{v.Major(), v.Minor(), v.Patch(), v.Build()}
	return rapid.OneOf(
		rapid.Map(rapid.Uint32Range(0, 3), v.Beta),
		rapid.Custom(func(t *rapid.T) pkgversion.Version {
			p := slices.Clone(parts)
			p[rapid.IntRange(0, 3).Draw(t, "part")] = rapid.Uint32Range(0, 11).Draw(t, "number")
			return pkgversion.NewVersion(p[0], p[1], p[2], p[3]).Beta(rapid.Uint32Range(0, 3).Draw(t, "beta"))
		}),
		versions(),
	)
}

// slowCompare is the order spelt out: the parts as a list, a release as the beta
// after every other.
func slowCompare(a, b pkgversion.Version) int {
	list := func(v pkgversion.Version) []uint64 {
		if v.IsZero() {
			return nil
		}
		beta := uint64(v.BetaNumber())
		if beta == 0 {
			beta = 1 << 40
		}
		return []uint64{uint64(v.Major()), uint64(v.Minor()), uint64(v.Patch()), uint64(v.Build()), beta}
	}
	return slices.Compare(list(a), list(b))
}

// V4: the order is total, antisymmetric and transitive, and agrees with a slow
// twin; equal in order is equal.
func TestV4Order(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := versions().Draw(t, "a")
		b, c := near(a).Draw(t, "b"), near(a).Draw(t, "c")
		if got, want := a.Compare(b), slowCompare(a, b); got != want {
			t.Fatalf("(%v).Compare(%v) = %d, want %d", a, b, got, want)
		}
		if a.Compare(b) != -b.Compare(a) {
			t.Fatalf("%v and %v compare unevenly", a, b)
		}
		if (a.Compare(b) == 0) != (a == b) {
			t.Fatalf("%v and %v: Compare says %d, == says %t", a, b, a.Compare(b), a == b)
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatalf("%v ≤ %v ≤ %v, but not %v ≤ %v", a, b, c, a, c)
		}
	})
}

// V5: every version, the zero one included, survives text and JSON.
func TestV5VersionRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := versions().Draw(t, "v")
		var fromText, fromJSON pkgversion.Version
		if err := fromText.UnmarshalText([]byte(v.String())); err != nil || fromText != v {
			t.Fatalf("UnmarshalText(%q) = %v, %v", v, fromText, err)
		}
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &fromJSON); err != nil || fromJSON != v {
			t.Fatalf("json.Unmarshal(%s) = %v, %v", data, fromJSON, err)
		}
	})
}

func TestParseVersion(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"1.2", "1.2.0"},
		{"1.10.0", "1.10.0"},
		{"1.2.3.4", "1.2.3.4"},
		{"1.2.0.0", "1.2.0"},
		{"2.0 (Beta 1)", "2.0.0 (Beta 1)"},
		{"2.0.0 (beta 12)", "2.0.0 (Beta 12)"},
		{"0.0", "0.0.0"},
		{"4294967295.0", "4294967295.0.0"},
	} {
		if got, err := pkgversion.ParseVersion(test.text); err != nil || got.String() != test.want {
			t.Errorf("ParseVersion(%q) = %v, %v, want %s", test.text, got, err, test.want)
		}
	}
}

func TestParseVersionRefuses(t *testing.T) {
	for _, text := range []string{
		"", "1", "1.", ".1", "1..2", "01.0", "1.00", "1.2.3.4.5", "1.2.NEXT", "-1.0", "+1.0", " 1.0", "1.0 ", "1.0\n",
		"4294967296.0", "1.0 (Beta)", "1.0 (Beta 0)", "1.0 (Beta 1", "1.0 (RC 1)", "1.0 Beta 1", "(Beta 1)", "1.0 (Beta 1) ", "١.٠",
		strings.Repeat("1.", 1<<20),
	} {
		v, err := pkgversion.ParseVersion(text)
		if _, typed := err.(*pkgversion.ParseError); !typed || !v.IsZero() {
			t.Errorf("ParseVersion(%.30q) = %v, %v, want a *ParseError", text, v, err)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("ParseVersion(%.30q): the text of the error has %d bytes", text, len(err.Error()))
		}
	}
}

// What is refused is refused for the rule that it breaks.
func TestParseVersionNamesTheRule(t *testing.T) {
	for text, want := range map[string]string{
		"1":               "needs a major and a minor number",
		"1..2":            "a number is missing",
		"1.00":            "numbers have no leading zeros",
		"1.NEXT":          "parts are decimal numbers",
		"4294967296.0":    "numbers fit 32 bits",
		"1.0 (RC 1)":      `a beta is written "1.0 (Beta 1)"`,
		"1.0 (Beta 1":     `a beta is written "1.0 (Beta 1)"`,
		"1.0 (Beta one)":  "parts are decimal numbers",
		"1.0 (Beta 0)":    "betas count from 1",
		"1.0 (Beta 0123)": "numbers have no leading zeros",
	} {
		_, err := pkgversion.ParseVersion(text)
		if refused, ok := errors.AsType[*pkgversion.ParseError](err); !ok || refused.Rule != want {
			t.Errorf("ParseVersion(%q) = %v, want %q", text, err, want)
		}
	}
}

func TestLatest(t *testing.T) {
	var all []pkgversion.PackageVersion
	for _, text := range []string{"1.9", "1.10", "2.0 (Beta 3)", "1.2"} {
		all = append(all, pkgversion.PackageVersion{Version: pkgversion.MustVersion(text)})
	}
	if got, ok := pkgversion.Latest(slices.Values(all)); !ok || got.Version.String() != "1.10.0" {
		t.Errorf("Latest = %v, %t, want 1.10.0", got.Version, ok)
	}
	if got, ok := pkgversion.Latest(slices.Values(all[2:3])); ok {
		t.Errorf("Latest of a beta alone = %v, want none", got.Version)
	}
	if got, ok := pkgversion.Latest(slices.Values([]pkgversion.PackageVersion{{Name: "no number"}})); ok {
		t.Errorf("Latest of one without a number = %+v, want none", got)
	}
}

func TestIDsFold(t *testing.T) {
	short, long := pkgversion.MustOrgID("00D2X000000Txd2"), pkgversion.MustOrgID("00d2x000000txd2uac")
	if short != long || short.String() != "00D2X000000Txd2UAC" {
		t.Errorf("%v and %v, want one id", short, long)
	}
	var zero, back pkgversion.OrgID
	data, _ := json.Marshal(zero)
	if err := json.Unmarshal(data, &back); err != nil || !back.IsZero() {
		t.Errorf("the zero OrgID became %v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`"00D2X000000Txd2UAB"`), &back); err == nil {
		t.Error("a wrong checksum was accepted")
	}
}

// V5, V6: parse, print, parse is the identity, and no text panics.
func FuzzParseVersion(f *testing.F) {
	for _, seed := range []string{"1.2", "1.2.3.4", "2.0 (Beta 1)", "01.0", "", "1.0 (", "9999999999.1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := pkgversion.ParseVersion(text)
		if err != nil {
			return
		}
		if again, err := pkgversion.ParseVersion(v.String()); err != nil || again != v {
			t.Errorf("ParseVersion(%q) = %q, which parses as %q, %v", text, v, again, err)
		}
	})
}

func BenchmarkParseVersion(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pkgversion.ParseVersion("1.10.3"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	x, y := pkgversion.MustVersion("1.10.3"), pkgversion.MustVersion("1.10.3 (Beta 2)")
	b.ReportAllocs()
	for b.Loop() {
		if x.Compare(y) <= 0 {
			b.Fatal("a release is not lower than its beta")
		}
	}
}
