package pkgversion_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/isvkit/isvkit/pkgversion"
)

// testID checks the promises of an id type. parse is its ParseX.
func testID[T interface {
	comparable
	fmt.Stringer
	IsZero() bool
	Equal(T) bool
	Compare(T) int
	MarshalText() ([]byte, error)
}](t *testing.T, field, short string, parse func(string) (T, error), must func(string) T, unmarshal func(*T, []byte) error) {
	t.Helper()
	var zero T
	a, err := parse(short)
	long := a.String()
	b := must(strings.ToLower(long))
	if err != nil || len(long) != 18 || a != b || !a.Equal(b) || a.Compare(b) != 0 || a.IsZero() || !zero.IsZero() || zero.String() != "" {
		t.Errorf("%T: %q and its lower case are read as %v and %v, %v", zero, short, a, b, err)
	}
	other := must("row-9cca6b9d-5bdc-47f6-8e95-00c8e5b22949")
	if other.Equal(a) || a.Compare(other) >= 0 || other.Compare(a) <= 0 || other.String() != "row-9cca6b9d-5bdc-47f6-8e95-00c8e5b22949" {
		t.Errorf("%T: %v and %v compare as %d", zero, a, other, a.Compare(other))
	}
	for _, id := range []T{zero, a, other} {
		text, err := id.MarshalText()
		back := other
		if err := errors.Join(err, unmarshal(&back, text)); err != nil || back != id {
			t.Errorf("%T: UnmarshalText(%q) = %v, %v", zero, text, back, err)
		}
		data, err := json.Marshal(map[T]T{id: id})
		var entries map[T]T
		if err := errors.Join(err, json.Unmarshal(data, &entries)); err != nil || len(entries) != 1 || entries[id] != id {
			t.Errorf("%T: json.Unmarshal(%s) = %v, %v", zero, data, entries, err)
		}
	}
	for _, text := range []string{"", "\x00", "\xff", strings.Repeat("x", 256), "00D2X000000Txd2UAB", "00D2X000000Txd-"} {
		id, err := parse(text)
		if refused, ok := errors.AsType[*pkgversion.ParseError](err); !ok || !id.IsZero() || refused.Value != text || refused.Field != field {
			t.Errorf("%T: parse of %.20q = %v, %v, want a *ParseError of a %s", zero, text, id, err, field)
		}
		back := a
		if err := unmarshal(&back, []byte(text)); text != "" && (err == nil || back != a) {
			t.Errorf("%T: UnmarshalText(%.20q) = %v, %v, want a refusal and %v still", zero, text, back, err, a)
		}
	}
	defer func() {
		if recover() == nil {
			t.Errorf("%T: Must did not panic", zero)
		}
	}()
	must("")
}

// V1, V3, V5: ids of every type have one form, and keep it through text and JSON,
// as values and as keys.
func TestV3IDs(t *testing.T) {
	testID(t, "vendor id", "00D2X000000Txd2", pkgversion.ParseVendorID, pkgversion.MustVendorID, (*pkgversion.VendorID).UnmarshalText)
	testID(t, "package id", "0332X000000Txd2", pkgversion.ParsePackageID, pkgversion.MustPackageID, (*pkgversion.PackageID).UnmarshalText)
	testID(t, "package version id", "04t2X000000Txd2", pkgversion.ParseVersionID, pkgversion.MustVersionID, (*pkgversion.VersionID).UnmarshalText)
	testID(t, "org id", "00D2X000000Txd2", pkgversion.ParseOrgID, pkgversion.MustOrgID, (*pkgversion.OrgID).UnmarshalText)
	testID(t, "record id", "a0k2X000000Txd2", pkgversion.ParseRecordID, pkgversion.MustRecordID, (*pkgversion.RecordID).UnmarshalText)
}

// A version's parts, its release and its betas.
func TestVersionParts(t *testing.T) {
	v := pkgversion.MustVersion("1.2.3.4 (Beta 5)")
	if v.Major() != 1 || v.Minor() != 2 || v.Patch() != 3 || v.Build() != 4 || v.BetaNumber() != 5 || !v.IsBeta() || v.IsZero() {
		t.Errorf("%v has the parts %d, %d, %d, %d, %d", v, v.Major(), v.Minor(), v.Patch(), v.Build(), v.BetaNumber())
	}
	if r := v.Release(); r != pkgversion.NewVersion(1, 2, 3, 4) || r.IsBeta() || !v.Less(r) || r.Less(v) || r.Beta(5) != v {
		t.Errorf("(%v).Release() = %v", v, r)
	}
	if v.Number() != "1.2.3.4" || v.Release().Number() != "1.2.3.4" {
		t.Errorf("(%v).Number() = %q", v, v.Number())
	}
	if text, err := v.AppendText([]byte("v")); string(text) != "v1.2.3.4 (Beta 5)" || err != nil {
		t.Errorf("AppendText = %q, %v", text, err)
	}
	var zero pkgversion.Version
	if zero.Beta(1) != zero || zero.Release() != zero || zero.Number() != "" || zero.String() != "" || zero.IsBeta() || !zero.IsZero() {
		t.Errorf("the zero Version has a beta %v or a number %q", zero.Beta(1), zero.Number())
	}
	if first := pkgversion.NewVersion(0, 0, 0, 0); first.IsZero() || first.Equal(zero) || !zero.Less(first) || first.Less(zero) || zero.Less(zero) || first.Less(first) || !zero.Less(first.Beta(1)) {
		t.Error("0.0.0 is the zero Version")
	}
	if pkgversion.MustVersion("1.2") != pkgversion.MustVersion("1.2.0.0") {
		t.Error("1.2 and 1.2.0.0 differ")
	}
	defer func() {
		if recover() == nil {
			t.Error("MustVersion did not panic")
		}
	}()
	pkgversion.MustVersion("1")
}

func TestVersionRefusesJunk(t *testing.T) {
	v := pkgversion.MustVersion("1.2")
	for _, text := range []string{"1", "1.2.NEXT", "v1.2"} {
		if err := v.UnmarshalText([]byte(text)); err == nil || v != pkgversion.MustVersion("1.2") {
			t.Errorf("UnmarshalText(%q) = %v, %v", text, v, err)
		}
	}
	if err := v.UnmarshalText(nil); err != nil || !v.IsZero() {
		t.Errorf("UnmarshalText of nothing = %v, %v", v, err)
	}
}
