package inventory

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/isvkit/isvkit/license"
	"pgregory.net/rapid"
)

func counts() *rapid.Generator[Count] {
	return rapid.Custom(func(t *rapid.T) Count {
		switch n := rapid.IntRange(-1, 40).Draw(t, "count"); n {
		case -1:
			return Count{}
		case 40:
			return MustCount(license.MaxSeats)
		default:
			return MustCount(n)
		}
	})
}

func layers() *rapid.Generator[Layer] {
	return rapid.Custom(func(t *rapid.T) Layer {
		l := Layer{Kind: Kind(rapid.IntRange(0, int(PackageLicense)).Draw(t, "kind")), Name: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "name"),
			Purchased: counts().Draw(t, "purchased"), Used: counts().Draw(t, "used")}
		if rapid.IntRange(0, 9).Draw(t, "site") == 0 {
			l.Purchased = Unlimited()
		}
		return l
	})
}

// TestSwitchAgainstModel: whatever is done to a pool, off gives the manual layer as
// it was last entered, on the last discovery with a feature's manual quantity, and
// what remains is purchased less used (S1).
func TestSwitchAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Pool
		var manual, discovered Layer
		var on bool
		var last license.Date
		t.Repeat(map[string]func(*rapid.T){
			"edit": func(t *rapid.T) {
				l := layers().Draw(t, "layer")
				was := p
				edited, err := p.Edit(l)
				if err != nil {
					var readOnly *ReadOnlyError
					if !errors.As(err, &readOnly) || !on || last.IsZero() || edited != was {
						t.Fatalf("%v", err)
					}
					return
				}
				p, manual = edited, l
			},
			"discover": func(t *rapid.T) {
				l := layers().Draw(t, "layer")
				day := license.MustDate("2026-01-01").AddDays(rapid.IntRange(0, 30).Draw(t, "day"))
				var err error
				if p, err = p.Discover(l, day); err != nil {
					t.Fatal(err)
				}
				if !day.Before(last) {
					discovered, last = l, day
				}
				if p.Contract.Term.First.IsZero() || !p.Contract.Term.IsOpen() {
					t.Fatalf("a discovered pool has the term %v", p.Contract.Term)
				}
			},
			"switch": func(t *rapid.T) { on = !on; p = p.Switch(on) },
			"": func(t *rapid.T) {
				want := manual
				if on && !last.IsZero() {
					want = discovered
					if want.Kind == FeatureLicense {
						want.Purchased = manual.Purchased
					}
				}
				if got := p.Current(); got != want {
					t.Fatalf("current %+v, want %+v", got, want)
				}
				checkRemaining(t, p)
			},
		})
	})
}

func checkRemaining(t *rapid.T, p Pool) {
	purchased, okPurchased := p.Current().Purchased.Int()
	used, okUsed := p.Current().Used.Int()
	remaining, ok := p.Remaining().Int()
	if ok != (okPurchased && okUsed) || ok && remaining != purchased-used {
		t.Fatalf("%+v: remaining %v", p.Current(), p.Remaining())
	}
	if p.Current().OverAllocated() != (ok && used > purchased) {
		t.Fatalf("%+v: over-allocated %v", p.Current(), p.Current().OverAllocated())
	}
}

// What is read-only under discovery is refused by name, a feature's quantity is not.
func TestEditUnderDiscovery(t *testing.T) {
	found := Layer{Kind: FeatureLicense, Name: "f", Key: "F", Used: MustCount(1)}
	p, err := NewDiscovered(MustPoolID("1"), found, license.MustDate("2026-06-30"))
	if err != nil {
		t.Fatal(err)
	}
	for field, l := range map[string]Layer{"kind": {Kind: UserLicense}, "name": {Name: "x"}, "key": {Key: "x"}, "used": {Used: MustCount(3)}} {
		var readOnly *ReadOnlyError
		if _, err := p.Edit(l); !errors.As(err, &readOnly) || readOnly.Field != field || !strings.Contains(err.Error(), field) {
			t.Errorf("editing %s: %v", field, err)
		}
	}
	if p, err = p.Edit(Layer{Purchased: MustCount(9)}); err != nil || p.Remaining() != MustCount(8) {
		t.Errorf("the quantity of a feature: %v, %v", p.Remaining(), err)
	}
	found.Kind = UserLicense
	p, _ = p.Discover(found, license.MustDate("2026-07-01"))
	if _, err = p.Edit(Layer{Purchased: MustCount(10)}); err == nil {
		t.Error("the quantity of a user license was edited under discovery")
	}
	if p.Contract.Term.First != license.MustDate("2026-06-30") {
		t.Errorf("a second discovery moved the term to %v", p.Contract.Term)
	}
	own, _ := Pool{Contract: Contract{Term: Term{First: license.MustDate("2020-01-01")}}}.Discover(found, license.MustDate("2026-07-01"))
	if own.Contract.Term.First != license.MustDate("2020-01-01") {
		t.Errorf("a discovery overrode the term entered by hand: %v", own.Contract.Term)
	}
}

func TestLayersAreValidated(t *testing.T) {
	for name, l := range map[string]Layer{
		"kind": {Kind: 9}, "purchased": {Purchased: MustCount(-1)}, "used": {Used: MustCount(-1)}, "unlimited": {Used: Unlimited()},
	} {
		if _, err := (Pool{}).Edit(l); err == nil {
			t.Errorf("Edit took a bad %s", name)
		}
		if _, err := (Pool{}).Discover(l, license.MustDate("2026-01-01")); err == nil {
			t.Errorf("Discover took a bad %s", name)
		}
	}
	if _, err := (Pool{}).Discover(Layer{}, license.Date{}); err == nil {
		t.Error("Discover took no day")
	}
}

// S12: nothing wraps, at the limits either.
func TestCounts(t *testing.T) {
	top := MustCount(license.MaxSeats)
	if got := MustCount(0).Minus(top); got != MustCount(-license.MaxSeats) {
		t.Errorf("0 - 99000000 = %v", got)
	}
	if got := MustCount(-license.MaxSeats).Minus(top); !got.IsZero() {
		t.Errorf("-99000000 - 99000000 = %v", got)
	}
	if got := top.Minus(Unlimited()); !got.IsZero() {
		t.Errorf("a number less unlimited = %v", got)
	}
	if CountOf(license.Site()) != Unlimited() || CountOf(license.MustSeats(7)) != MustCount(7) {
		t.Error("CountOf is wrong")
	}
	for _, n := range []int{license.MaxSeats + 1, -license.MaxSeats - 1} {
		if _, err := NewCount(n); err == nil {
			t.Errorf("NewCount took %d", n)
		}
	}
	for _, text := range []string{"1.0", "+1", "01", "-0", " 1", "99000001", "-1e3", "Unlimited", "99999999999999999999"} {
		if c, err := ParseCount(text); err == nil {
			t.Errorf("ParseCount(%q) = %v", text, c)
		}
	}
}

// A slow twin of the audit looks at every pool of either side, one by one.
func TestAuditAgainstSlowTwin(t *testing.T) {
	ids := []PoolID{MustPoolID("a"), MustPoolID("b"), MustPoolID("c")}
	draw := func(t *rapid.T, label string) (lines []Line) {
		for _, id := range ids {
			if rapid.Bool().Draw(t, label) {
				n := rapid.SliceOfN(rapid.IntRange(-1, 2), 3, 3).Draw(t, "figures")
				count := func(n int) Count {
					if n < 0 {
						return Count{}
					}
					return MustCount(n)
				}
				lines = append(lines, Line{id, count(n[0]), count(n[1]), count(n[2])})
			}
		}
		return lines
	}
	rapid.Check(t, func(t *rapid.T) {
		here, there := draw(t, "here"), draw(t, "there")
		got, err := Audit(slices.Values(here), slices.Values(there))
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			find := func(lines []Line) int { return slices.IndexFunc(lines, func(l Line) bool { return l.Pool == id }) }
			h, th, g := find(here), find(there), slices.IndexFunc(got, func(l AuditLine) bool { return l.Pool == id })
			var want Finding
			switch {
			case h < 0 && th < 0:
				if g >= 0 {
					t.Fatalf("%v is in no source and in the audit", id)
				}
				continue
			case th < 0:
				want = OnlyHere
			case h < 0:
				want = OnlyThere
			default:
				want = slowCompare(here[h], there[th])
			}
			if got[g].Finding != want {
				t.Fatalf("%v: %v, want %v", id, got[g].Finding, want)
			}
		}
	})
	twice := []Line{{Pool: ids[0]}, {Pool: ids[0]}}
	if _, err := Audit(slices.Values(twice), slices.Values(twice[:1])); err == nil {
		t.Error("a pool twice on our side was taken")
	}
	if _, err := Audit(slices.Values(twice[:1]), slices.Values(twice)); err == nil {
		t.Error("a pool twice on their side was taken")
	}
}

func slowCompare(a, b Line) Finding {
	worst := Agrees
	for _, pair := range [][2]string{{a.Purchased.String(), b.Purchased.String()}, {a.Used.String(), b.Used.String()}, {a.Remaining.String(), b.Remaining.String()}} {
		switch {
		case pair[0] == pair[1]:
		case pair[0] == "" || pair[1] == "":
			if worst == Agrees {
				worst = Unknown
			}
		default:
			worst = Differs
		}
	}
	return worst
}

// A threshold is told when it is reached and when it is left, never twice in a row.
func TestThresholdsOncePerCrossing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at, err := NewThresholds(rapid.SliceOfN(rapid.IntRange(1, 10_000), 0, 4).Draw(t, "levels")...)
		if err != nil {
			t.Fatal(err)
		}
		state := make(map[Crossing]bool) // by threshold
		before := Layer{}
		for range 20 {
			after := layers().Draw(t, "after")
			for _, c := range at.Crossed(before, after) {
				key := c
				key.Up = false
				if state[key] == c.Up {
					t.Fatalf("%+v was told twice", c)
				}
				state[key] = c.Up
			}
			used, okUsed := after.Used.Int()
			purchased, ok := after.Purchased.Int()
			for _, level := range at.levels {
				if want := ok && okUsed && used > 0 && used*10_000 >= purchased*level; state[Crossing{BasisPoints: level}] != want {
					t.Fatalf("%d of %d: level %d reached %v, want %v", used, purchased, level, !want, want)
				}
			}
			if want := ok && okUsed && used > purchased; state[Crossing{OverAllocated: true}] != want {
				t.Fatalf("%d of %d: over-allocated %v, want %v", used, purchased, !want, want)
			}
			before = after
		}
	})
	a, _ := NewThresholds(9500, 8000, 8000)
	b, _ := NewThresholds(8000, 9500)
	if !a.Equal(b) || a.Equal(Thresholds{}) {
		t.Error("the order of levels matters")
	}
	for _, level := range []int{0, -1, 10_001} {
		if _, err := NewThresholds(level); err == nil {
			t.Errorf("NewThresholds took %d", level)
		}
	}
}

func TestReactivationNamesEveryPool(t *testing.T) {
	today := license.MustDate("2026-06-30")
	pool := func(id string, purchased, used Count, term Term) Pool {
		return Pool{ID: MustPoolID(id), Manual: Layer{Name: id, Purchased: purchased, Used: used}, Contract: Contract{Term: term}}
	}
	open := Term{First: today}
	one, two := MustCount(1), MustCount(2)
	good := []Pool{pool("room", two, one, open), pool("site", Unlimited(), two, open)}
	if err := CheckReactivation(today, good...); err != nil {
		t.Errorf("there is room, and yet: %v", err)
	}
	bad := []Pool{pool("full", one, one, open), pool("over", one, two, open), pool("full", one, one, open), pool("blank", Count{}, one, open),
		pool("over-by-time", two, one, Term{First: today.AddDays(-9), Last: today.AddDays(-1)}), pool("no-term", two, one, Term{})}
	err := CheckReactivation(today, append(good, bad...)...)
	var refused *ReactivationError
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	var got []string
	for _, b := range refused.Blocked {
		got = append(got, b.Pool.ID.String()+" "+b.Obstacle.String())
	}
	want := []string{"blank not known", "full exhausted", "no-term not current", "over exhausted", "over-by-time not current"}
	if !slices.Equal(got, want) {
		t.Errorf("blocked %q, want %q", got, want)
	}
}

func TestSKUs(t *testing.T) {
	id := MustPoolID
	pools := []Pool{
		{ID: id("a"), Manual: Layer{Purchased: MustCount(5), Used: MustCount(7)}},
		{ID: id("b"), Manual: Layer{Purchased: Unlimited(), Used: MustCount(1)}},
		{ID: id("c"), Manual: Layer{Used: MustCount(1)}},
	}
	reports, rest, err := GroupBySKU([]SKU{{"1", []PoolID{id("a"), id("x")}}, {"2", []PoolID{id("b")}}, {"3", nil}}, slices.Values(pools))
	if err != nil || len(rest) != 1 || rest[0].ID != id("c") || !slices.Equal(reports[0].NotFound, []PoolID{id("x")}) {
		t.Fatalf("%+v, rest %+v, %v", reports, rest, err)
	}
	for i, want := range []string{"-2", "unlimited", "0"} {
		if got := reports[i].Remaining().String(); got != want {
			t.Errorf("remaining of SKU %d: %q, want %q", i, got, want)
		}
	}
	if reports, _, _ := GroupBySKU([]SKU{{"1", []PoolID{id("a"), id("c")}}}, slices.Values(pools)); !reports[0].Remaining().IsZero() || reports[0].Used != MustCount(8) {
		t.Errorf("with a pool of unknown quantity: %+v", reports)
	}
	huge := []Pool{{ID: id("h"), Manual: Layer{Purchased: MustCount(license.MaxSeats), Used: MustCount(1)}}, pools[0]}
	for name, err := range map[string]error{
		"in two SKUs": second(GroupBySKU([]SKU{{"1", []PoolID{id("a")}}, {"2", []PoolID{id("a")}}}, slices.Values(pools))),
		"pool twice":  second(GroupBySKU(nil, slices.Values([]Pool{pools[0], pools[0]}))),
		"too many":    second(GroupBySKU([]SKU{{"1", []PoolID{id("a"), id("h")}}}, slices.Values(huge))),
	} {
		var field *FieldError
		if !errors.As(err, &field) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[A, B any](_ A, _ B, err error) error { return err }

func TestTextRoundTrips(t *testing.T) {
	for k := range PackageLicense + 1 {
		roundTrip(t, k, new(Kind))
	}
	for f := range Triennially + 1 {
		roundTrip(t, f, new(Frequency))
	}
	for r := range OncePerMonth + 1 {
		roundTrip(t, r, new(LoginRule))
	}
	for _, c := range []Count{{}, MustCount(0), MustCount(-5), Unlimited()} {
		roundTrip(t, c, new(Count))
	}
	roundTrip(t, PoolID{}, new(PoolID))
	roundTrip(t, MustPoolID("1003k00000C000zAAB"), new(PoolID))
	roundTrip(t, Month{}, new(Month))
	roundTrip(t, MonthOf(lastDay), new(Month))
	for i := range 256 { // nothing panics on a value that is none
		for v, last := range map[interface{ String() string }]int{Kind(i): int(PackageLicense), Frequency(i): int(Triennially), LoginRule(i): int(OncePerMonth),
			Finding(i): int(OnlyThere), Obstacle(i): int(NotKnown), Outlook(i): int(NoTrend), OncePolicy(i): int(WholeInFirstYear)} {
			if (v.String() == "none") != (i < 1 || last < i) {
				t.Errorf("%T(%d) prints %q", v, i, v.String())
			}
			if m, ok := v.(interface{ MarshalText() ([]byte, error) }); ok {
				if text, err := m.MarshalText(); (err == nil) != (i <= last) {
					t.Errorf("%T(%d) was written as %q, %v", v, i, text, err)
				}
			}
		}
		if months := Frequency(i).Months(); (months > 0) != (Monthly <= Frequency(i) && Frequency(i) <= Triennially) {
			t.Errorf("%v is every %d months", Frequency(i), months)
		}
	}
	for _, back := range []interface{ UnmarshalText([]byte) error }{new(Kind), new(Frequency), new(LoginRule), new(Count), new(Month)} {
		if back.UnmarshalText([]byte("none")) == nil {
			t.Errorf("%T read none", back)
		}
	}
}

func roundTrip[T comparable, P interface {
	*T
	UnmarshalText([]byte) error
}](t *testing.T, v T, back P) {
	t.Helper()
	text, err := any(v).(interface{ MarshalText() ([]byte, error) }).MarshalText()
	if err != nil {
		t.Error(err)
	}
	if err := back.UnmarshalText(text); err != nil || *back != v {
		t.Errorf("%v was written %q and read as %v, %v", v, text, *back, err)
	}
}

// V5: what a parser takes it prints and takes again, and nothing makes one panic.
func FuzzParsers(f *testing.F) {
	for _, seed := range []string{"", "-12", "unlimited", "Every 18 Months", "Feature License", "2026-06", "0000-00", "once per day", "1003k00000C000z"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, v := range []interface {
			UnmarshalText([]byte) error
			MarshalText() ([]byte, error)
		}{new(Count), new(Frequency), new(Kind), new(Month), new(LoginRule), new(PoolID)} {
			if v.UnmarshalText([]byte(text)) != nil {
				continue
			}
			printed, err := v.MarshalText()
			if err != nil || v.UnmarshalText(printed) != nil {
				t.Errorf("%T read %q and wrote %q, %v", v, text, printed, err)
			}
			if again, _ := v.MarshalText(); string(again) != string(printed) {
				t.Errorf("%T wrote %q and then %q", v, printed, again)
			}
		}
	})
}
