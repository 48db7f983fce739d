package lifecycle_test

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// zeroChanges has one of each type of change.
var zeroChanges = []lifecycle.Change{
	lifecycle.PackageChanged{}, lifecycle.VersionPublished{}, lifecycle.OrgSeen{}, lifecycle.Told{}, lifecycle.LicenseChanged{},
	lifecycle.SeatsAssigned{}, lifecycle.SeatsRevoked{}, lifecycle.LeadChanged{}, lifecycle.ContactSaved{}, lifecycle.AccountSaved{},
	lifecycle.OwnerSaved{}, lifecycle.Warned{}, lifecycle.ClockConfirmed{}, lifecycle.StageMoved{},
	lifecycle.ParameterDefined{}, lifecycle.ParameterChanged{}, lifecycle.LeadPended{}, lifecycle.LeadSettled{},
	lifecycle.AlertRaised{}, lifecycle.InstallationAborted{},
}

// fill sets every field of v to a random value that its type allows.
func fill(t *rapid.T, v reflect.Value) {
	texts := rapid.OneOf(rapid.StringN(0, 8, -1), rapid.SampledFrom([]string{"", "</script>", "a\u2028b", "\"\\\r\n\x00", "😀é"}))
	ids := rapid.SampledFrom([]string{"00D2X000000Txd2UAC", "org-1", "jane@acme.example", "ü"})
	days := func() license.Date {
		return license.DateOf(epoch).AddDays(rapid.IntRange(-700000, 2900000).Draw(t, "day"))
	}
	if !rapid.Bool().Draw(t, "set") {
		return
	}
	set := func(value any) { v.Set(reflect.ValueOf(value)) }
	switch v.Interface().(type) {
	case time.Time:
		set(time.UnixMicro(rapid.Int64Range(-62135596800e6, 253402300799e6).Draw(t, "instant")).UTC())
		return
	case license.Date:
		set(days())
		return
	case license.Expiration:
		set(rapid.SampledFrom([]license.Expiration{license.Never(), license.LastDay(days())}).Draw(t, "expiration"))
		return
	case license.Seats:
		set(rapid.SampledFrom([]license.Seats{license.Site(), license.MustSeats(1), license.MustSeats(license.MaxSeats)}).Draw(t, "seats"))
		return
	case license.Zone:
		set(rapid.SampledFrom([]license.Zone{license.UTC, license.MustZone("America/Santiago")}).Draw(t, "zone"))
		return
	case license.Status:
		set(license.Status(rapid.IntRange(1, 4).Draw(t, "status")))
		return
	case license.Value:
		n, _ := license.IntegerValue(rapid.IntRange(-license.MaxInteger, license.MaxInteger).Draw(t, "integer"))
		set(rapid.SampledFrom([]license.Value{license.BooleanValue(true), license.BooleanValue(false), n, license.DateValue(days())}).Draw(t, "value"))
		return
	case license.ParameterType:
		set(license.ParameterType(rapid.IntRange(1, 3).Draw(t, "type")))
		return
	case license.Direction:
		set(license.Direction(rapid.IntRange(1, 2).Draw(t, "direction")))
		return
	case license.ParameterName:
		set(license.MustParameterName("Max_Rockets9"))
		return
	case license.ID:
		set(license.ID(rapid.Int64Range(1, int64(license.MaxID)).Draw(t, "number")))
		return
	case pkgversion.Version:
		set(pkgversion.NewVersion(rapid.Uint32().Draw(t, "major"), rapid.Uint32().Draw(t, "minor"), 0, rapid.Uint32().Draw(t, "build")).Beta(rapid.Uint32Range(0, 3).Draw(t, "beta")))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if text, ok := v.Addr().Interface().(interface{ UnmarshalText([]byte) error }); ok {
			if err := text.UnmarshalText([]byte(ids.Draw(t, "id"))); err != nil && v.Type() != reflect.TypeFor[pkgversion.RecordID]() {
				t.Fatalf("UnmarshalText of a %v = %v", v.Type(), err)
			}
			return
		}
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(1, 3).Draw(t, "length"), 3))
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.String:
		v.SetString(texts.Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(math.MinInt32, math.MaxInt32).Draw(t, "number"))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.Uint8Range(1, 3).Draw(t, "kind")))
	default:
		t.Fatalf("cannot fill a %v", v.Type())
	}
}

// sameAfterCodec fails when c does not come back from its text as it was.
func sameAfterCodec(t rapid.TB, c lifecycle.Change) {
	t.Helper()
	kind, data, err := lifecycle.EncodeChange(c)
	if err != nil {
		t.Fatalf("EncodeChange(%+v) = %v", c, err)
	}
	got, err := lifecycle.DecodeChange(kind, data)
	if err != nil {
		t.Fatalf("DecodeChange(%q, %s) = %v", kind, data, err)
	}
	if diff := cmp.Diff(c, got); diff != "" || !reflect.DeepEqual(c, got) {
		t.Fatalf("%T after its codec (-want +got):\n%s", c, diff)
	}
}

// Every change survives its codec: zero, with every field set at random, and as the
// commands make them.
func TestEveryChangeSurvivesItsCodec(t *testing.T) {
	kinds := map[string]bool{}
	for _, c := range zeroChanges {
		sameAfterCodec(t, c)
		kind, _, _ := lifecycle.EncodeChange(c)
		kinds[kind] = true
	}
	if len(kinds) != len(zeroChanges) {
		t.Errorf("%d kinds of %d changes", len(kinds), len(zeroChanges))
	}
	rapid.Check(t, func(t *rapid.T) {
		for _, zero := range zeroChanges {
			v := reflect.New(reflect.TypeOf(zero)).Elem()
			for i := range v.NumField() {
				fill(t, v.Field(i))
			}
			sameAfterCodec(t, v.Interface().(lifecycle.Change))
		}
	})
	w := newWorld(t, &lifecycle.MemStore{}).live()
	for _, c := range w.everyCommand() {
		_ = w.run(c)
	}
	for _, e := range w.events() {
		sameAfterCodec(t, e.Change)
	}
}

// A kind that was never written, and data that was not, are refused.
func TestDecodeChangeRefuses(t *testing.T) {
	for _, kind := range []string{"", "Warned", "warned ", "license", "\xff"} {
		if c, err := lifecycle.DecodeChange(kind, []byte("{}")); c != nil || !isFieldError(err) || !isOneLine(err) {
			t.Errorf("DecodeChange(%q) = %v, %v, want a *FieldError", kind, c, err)
		}
	}
	for _, c := range zeroChanges {
		kind, _, _ := lifecycle.EncodeChange(c)
		for _, data := range []string{"", "{", "[]", `"x"`, "{}{}", `{"After":1}garbage`} {
			if c, err := lifecycle.DecodeChange(kind, []byte(data)); err == nil {
				t.Errorf("DecodeChange(%q, %q) = %+v, want an error", kind, data, c)
			}
		}
	}
}

// A decoder rejects what an encoder never writes, and never panics; what it takes
// survives.
func FuzzDecodeChange(f *testing.F) {
	for _, c := range zeroChanges {
		kind, data, _ := lifecycle.EncodeChange(c)
		f.Add(kind, data)
	}
	f.Add("license changed", []byte(`{"After":{"ID":"L-00001","Terms":{"Status":"Trial","Seats":"site","Expiration":"2026-01-01"},"Zone":"Asia/Tokyo"}}`))
	f.Add("told", []byte(`{"Facts":[{"Kind":1,"Version":"04t","Number":"1.0.0"}]}`))
	f.Add("nothing", []byte("null"))
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		c, err := lifecycle.DecodeChange(kind, data)
		if err != nil {
			return
		}
		kind2, data2, err := lifecycle.EncodeChange(c)
		if err != nil || kind2 != kind {
			t.Fatalf("EncodeChange(DecodeChange(%q, %q)) = %q, %v", kind, data, kind2, err)
		}
		again, err := lifecycle.DecodeChange(kind2, data2)
		if diff := cmp.Diff(c, again); err != nil || diff != "" {
			t.Fatalf("decoded twice, %v (-first +second):\n%s", err, diff)
		}
	})
}

// A cursor and its text are one: the zero one is empty text, and a listing goes on
// from its text where it stopped.
func TestLicenseCursorText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c lifecycle.LicenseCursor
		fill(t, reflect.ValueOf(&c.LastDay).Elem())
		c.ID = license.ID(rapid.Int64Range(1, int64(license.MaxID)).Draw(t, "number"))
		if rapid.IntRange(0, 9).Draw(t, "zero") == 0 {
			c = lifecycle.LicenseCursor{}
		}
		text, err := c.MarshalText()
		var got lifecycle.LicenseCursor
		if err != nil || got.UnmarshalText(text) != nil || got != c {
			t.Fatalf("cursor %+v is %q, %v, which reads as %+v", c, text, err, got)
		}
		kept, err := json.Marshal(c)
		if err != nil || json.Unmarshal(kept, &got) != nil || got != c {
			t.Fatalf("cursor %+v is %s in JSON, which reads as %+v", c, kept, got)
		}
	})
	for _, text := range []string{"/", "x", "L-00001", "2026-01-01", "2026-01-01/", "/L-0", "/L-00000", "2026-13-01/L-00001", "/L-00001/", " /L-00001", "/L-9223372036854775808"} {
		c := lifecycle.LicenseCursor{ID: 7}
		if err := c.UnmarshalText([]byte(text)); !isFieldError(err) || c.ID != 7 {
			t.Errorf("UnmarshalText(%q) = %v, and left %+v, want a *FieldError and no change", text, err, c)
		}
	}
}

// A cursor's text that is read prints as it was.
func FuzzLicenseCursor(f *testing.F) {
	for _, seed := range []string{"", "/L-00001", "2026-06-30/L-00042", "/L-9223372036854775807", "x/y", "2026-06-30/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var c lifecycle.LicenseCursor
		if c.UnmarshalText([]byte(text)) != nil {
			return
		}
		if got, err := c.MarshalText(); err != nil || string(got) != text {
			t.Fatalf("UnmarshalText(%q) = %+v, which prints as %q, %v", text, c, got, err)
		}
	})
}

// Listings go on after any license, in every order, page by page or one by one,
// and give each license once; a cursor stays where it is when licenses come.
func TestLicensesAreResumable(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	for n, pkg := range []pkgversion.PackageID{trialPackage, seatPackage, trialPackage} {
		w.clock = w.clock.AddDate(0, 0, 1)
		w.install(10+n, org2, pkg, joe)
	}
	for _, q := range []lifecycle.LicenseQuery{
		{}, {Order: lifecycle.ByExpiration}, {Org: org2.ID}, {Package: trialPackage, Order: lifecycle.ByExpiration}, {Orgs: lifecycle.SandboxOrgs},
		{Orgs: lifecycle.ProductionOrgs, Lead: lead.OfLicense(1)}, {Status: license.Trial, Day: license.DateOf(w.clock)}, {Status: license.Expired, Day: license.DateOf(w.clock).AddDays(99)},
		{ExpiresFrom: license.DateOf(epoch).AddDays(trialDays + 1)}, {ExpiresThrough: license.DateOf(epoch).AddDays(trialDays + 1)},
	} {
		all := collect(w, w.Licenses(t.Context(), w.a, q))
		if len(all) == 0 {
			t.Errorf("%+v finds none", q)
		}
		if !slices.IsSortedFunc(all, q.Compare) {
			t.Errorf("%+v is not in its order", q)
		}
		every := collect(w, w.Licenses(t.Context(), w.a, lifecycle.LicenseQuery{}))
		if n := len(slices.DeleteFunc(every, func(l license.License) bool { return !q.Matches(l) })); n != len(all) {
			t.Errorf("%+v finds %d, by looking at each %d", q, len(all), n)
		}
		for i, l := range all {
			text, _ := lifecycle.CursorAfter(l).MarshalText()
			rest := q
			if err := rest.After.UnmarshalText(text); err != nil {
				t.Fatal(err)
			}
			if got := collect(w, w.Licenses(t.Context(), w.a, rest)); !slices.Equal(got, all[i+1:]) {
				t.Errorf("%+v after %v: %d licenses, want %d", q, l.ID, len(got), len(all)-i-1)
			}
		}
	}
}

// Ids of actors and notifications keep what is given, in one form, and refuse what
// no store keeps.
func TestIDs(t *testing.T) {
	for _, text := range []string{"ada", "0052X000000Txd2QAC", "jane@acme.example", "東京"} {
		a, err := lifecycle.ParseActorID(text)
		n, err2 := lifecycle.ParseNotificationID(text)
		if err != nil || err2 != nil || a.String() != text || n.String() != text || a.IsZero() || n.IsZero() {
			t.Errorf("ids of %q: %v, %v, %v, %v", text, a, err, n, err2)
		}
		var a2 lifecycle.ActorID
		var n2 lifecycle.NotificationID
		at, _ := a.MarshalText()
		nt, _ := n.MarshalText()
		if a2.UnmarshalText(at) != nil || n2.UnmarshalText(nt) != nil || !a2.Equal(a) || !n2.Equal(n) || a.Compare(a2) != 0 || n.Compare(n2) != 0 {
			t.Errorf("ids of %q after their codec: %v, %v", text, a2, n2)
		}
	}
	if short := lifecycle.MustActorID("0052X000000Txd2"); short != lifecycle.MustActorID("0052X000000Txd2QAC") {
		t.Errorf("the two forms of an id differ: %v", short)
	}
	for _, text := range []string{"", "a\x00", "\xff", string(make([]byte, 256)), "0052X000000Txd2QAA"} {
		if a, err := lifecycle.ParseActorID(text); !isFieldError(err) || !a.IsZero() {
			t.Errorf("ParseActorID(%q) = %v, %v", text, a, err)
		}
		if n, err := lifecycle.ParseNotificationID(text); !isFieldError(err) || !n.IsZero() {
			t.Errorf("ParseNotificationID(%q) = %v, %v", text, n, err)
		}
	}
	if lifecycle.MustActorID("a").Compare(lifecycle.MustActorID("b")) >= 0 || lifecycle.MustNotificationID("b").Compare(lifecycle.MustNotificationID("a")) <= 0 {
		t.Error("ids are not ordered by their text")
	}
}
