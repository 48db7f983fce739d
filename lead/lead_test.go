package lead_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
)

// fieldsOf lists the fields of p by name, in their order.
func fieldsOf(p lead.Person) []struct{ name, text string } {
	return []struct{ name, text string }{
		{"first name", p.FirstName}, {"last name", p.LastName}, {"title", p.Title}, {"company", p.Company}, {"e-mail", p.Email},
		{"phone", p.Phone}, {"street", p.Street}, {"city", p.City}, {"state", p.State}, {"postal code", p.PostalCode}, {"country", p.Country},
	}
}

// texts generates what forms hold: names, space, control characters, bytes that
// are no text, and text about as long as it may be.
func texts() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"", " ", "Ada", "\n", "\r\n", "\t", "\x00", "\x7f", "\u0085", "\u2028", "\u00a0", "\xff", "\xc3", "ø", "😀", "\uFFFD"}),
		rapid.String(),
		rapid.Map(rapid.IntRange(lead.MaxField-2, lead.MaxField+2), func(n int) string { return strings.Repeat("é", n) }),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 5), func(pieces []string) string { return strings.Join(pieces, "") })
}

func persons(text *rapid.Generator[string]) *rapid.Generator[lead.Person] {
	return rapid.Custom(func(t *rapid.T) lead.Person {
		draw := func(label string) string {
			if rapid.IntRange(0, 3).Draw(t, "empty "+label) > 0 {
				return ""
			}
			return text.Draw(t, label)
		}
		return lead.Person{FirstName: draw("first"), LastName: draw("last"), Title: draw("title"), Company: draw("company"), Email: emails().Draw(t, "e-mail"),
			Phone: draw("phone"), Street: draw("street"), City: draw("city"), State: draw("state"), PostalCode: draw("zip"), Country: draw("country")}
	})
}

// I7, G4, V11: whatever a form held, Clean makes text of it that every store keeps:
// valid UTF-8 of at most 255 code points without control characters but line
// breaks, no space around. Clean text stays as it is, every change but of the
// space around is reported once, and cleaning again changes nothing.
func TestI7CleanKeepsWhatStoresKeep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := persons(texts()).Draw(t, "person")
		got, changed := given.Clean()
		after := fieldsOf(got)
		for i, before := range fieldsOf(given) {
			text := after[i].text
			if !utf8.ValidString(text) || utf8.RuneCountInString(text) > lead.MaxField || text != strings.TrimSpace(text) {
				t.Fatalf("Clean made %q of %q", text, before.text)
			}
			for _, r := range text {
				if unicode.IsControl(r) && r != '\n' && r != '\r' {
					t.Fatalf("Clean left %q in %q of %q", r, text, before.text)
				}
			}
			reports := 0
			for _, report := range changed {
				if report.Field == before.name {
					if reports++; report.Value != before.text {
						t.Fatalf("Clean reports %q, want the text given, %q", report.Value, before.text)
					}
				}
			}
			want := 0
			if text != strings.TrimSpace(before.text) {
				want = 1
			}
			if reports != want {
				t.Fatalf("Clean made %q of %q and reported it %d times", text, before.text, reports)
			}
		}
		if again, changed := got.Clean(); again != got || len(changed) > 0 {
			t.Fatalf("Clean of what was cleaned: %+v, %v, want %+v", again, changed, got)
		}
	})
}

func TestClean(t *testing.T) {
	long := strings.Repeat("é", lead.MaxField)
	for _, test := range []struct {
		given, want string
		reported    bool
	}{
		{"Ada Lovelace", "Ada Lovelace", false},
		{"  Ada\t", "Ada", false},
		{"1 Main St\r\nFloor 2", "1 Main St\r\nFloor 2", false},
		{"Ada\tLovelace", "Ada Lovelace", true},
		{"Ada\x00", "Ada", true},
		{"\xffAda", "\uFFFDAda", true},
		{long, long, false},
		{long + "x", long, true},
		{"  " + long + "  ", long, false},
		{long[:len(long)-2] + " x", long[:len(long)-2], true}, // the cut leaves no space behind
		{"", "", false},
	} {
		got, changed := lead.Person{LastName: test.given, Company: "Acme"}.Clean()
		if got.LastName != test.want || got.Company != "Acme" || (len(changed) > 0) != test.reported {
			t.Errorf("Clean of %q = %q, %v, want %q, reported %t", test.given, got.LastName, changed, test.want, test.reported)
		}
		if test.reported && (len(changed) != 1 || changed[0].Field != "last name" || changed[0].Value != test.given) {
			t.Errorf("Clean of %q reported %v", test.given, changed)
		}
	}
}

func TestConvert(t *testing.T) {
	at := time.Date(2026, 6, 30, 9, 0, 0, 0, time.UTC)
	open := lead.Lead{ID: lead.MustID("00Q2X000000Txd2"), Person: lead.Person{LastName: "Lovelace"}, Source: lead.PackageInstallation}
	ada := lead.Conversion{Contact: lead.MustContactID("0032X000000Txd2"), Account: lead.MustAccountID("0012X000000Txd2"), At: at}

	for _, c := range []lead.Conversion{{}, {Contact: ada.Contact, At: at}, {Account: ada.Account, At: at}} {
		got, err := open.Convert(c)
		if _, ok := errors.AsType[*lead.FieldError](err); !ok || got != open {
			t.Errorf("Convert(%v) = %v, %v, want a *FieldError", c, got, err)
		}
	}

	converted, err := open.Convert(ada)
	if err != nil || !converted.IsConverted() || converted.Conversion != ada {
		t.Fatalf("Convert(%v) = %v, %v", ada, converted, err)
	}
	if open.IsConverted() {
		t.Error("the lead that was read is converted")
	}
	rest := converted
	rest.Conversion = lead.Conversion{}
	if rest != open {
		t.Errorf("Convert changed more than the conversion: %v, from %v", converted, open)
	}

	later := ada
	later.At = at.AddDate(0, 0, 1)
	if again, err := converted.Convert(later); err != nil || again != converted {
		t.Errorf("Convert again = %v, %v, want no change", again, err)
	}
	for _, other := range []lead.Conversion{
		{Contact: lead.MustContactID("bob"), Account: ada.Account, At: at},
		{Contact: ada.Contact, Account: lead.MustAccountID("other"), At: at},
	} {
		got, err := converted.Convert(other)
		refused, ok := errors.AsType[*lead.ConvertedError](err)
		if !ok || got != converted || refused.Have != ada || refused.Want != other || refused.Lead != open.ID {
			t.Errorf("Convert(%v) = %v, %v, want a *ConvertedError", other, got, err)
		}
	}
}

// G1, G2, G7: a rule says the same of a and b as of b and a; whoever has an address
// matches himself; none, a blank one and a placeholder match nothing, not even
// themselves. Two match where they share a key, and only there.
func TestG1G2G7ExactEmail(t *testing.T) {
	rule := lead.ExactEmail{}
	rapid.Check(t, func(t *rapid.T) {
		a, b := persons(texts()).Draw(t, "a"), persons(texts()).Draw(t, "b")
		match := rule.Match(a, b)
		if match != rule.Match(b, a) {
			t.Fatalf("Match(%q, %q) = %t, and the other way round %t", a.Email, b.Email, match, !match)
		}
		keysA, keysB := rule.Keys(a), rule.Keys(b)
		shared := slices.ContainsFunc(keysA, func(key string) bool { return slices.Contains(keysB, key) })
		if match != shared {
			t.Fatalf("Match(%q, %q) = %t, with the keys %q and %q", a.Email, b.Email, match, keysA, keysB)
		}
		slow := func(p lead.Person) string { // the address, spelt out
			return strings.ToLower(strings.TrimSpace(p.Email))
		}
		if match && slow(a) != slow(b) {
			t.Fatalf("Match(%q, %q)", a.Email, b.Email)
		}
		email, err := lead.ParseEmail(a.Email)
		if self := rule.Match(a, a); self != (err == nil && !email.IsPlaceholder()) {
			t.Fatalf("Match of %q and itself = %t", a.Email, self)
		}
		// G5: other fields, and the lack of them, change nothing.
		if rule.Match(lead.Person{Email: a.Email}, lead.Person{Email: b.Email}) != match {
			t.Fatalf("Match(%q, %q) depends on more than the addresses", a.Email, b.Email)
		}
	})
	for _, text := range []string{"", " ", "n/a", "none", "noreply@example.com", "TEST@example.com", "x@test.com", "ada"} {
		p := lead.Person{LastName: "Lovelace", Company: "Acme", Email: text}
		if rule.Match(p, p) || len(rule.Keys(p)) > 0 {
			t.Errorf("two with the address %q match, keys %q", text, rule.Keys(p))
		}
	}
	ada := lead.Person{Email: "ada@example.com"}
	if !rule.Match(ada, lead.Person{Email: " ADA@example.com "}) || rule.Match(ada, lead.Person{Email: "bob@example.com"}) {
		t.Error("addresses are not compared, or not without case")
	}
}

func TestNoMatch(t *testing.T) {
	ada := lead.Person{Email: "ada@example.com"}
	if (lead.NoMatch{}).Match(ada, ada) || len(lead.NoMatch{}.Keys(ada)) > 0 {
		t.Error("NoMatch matches")
	}
}

// M3: no text of an error holds what was refused: it may be a person's. The error
// does, for who may see it.
func TestM3ErrorsDoNotHoldPersons(t *testing.T) {
	const marker = "Zq7Marker"
	var errs []error
	collect := func(_ any, err error) {
		if err == nil {
			t.Error("accepted what should be refused")
			return
		}
		errs = append(errs, err)
	}
	for _, text := range []string{
		marker, marker + "@", marker + "@@x", "\xff" + marker + "@x.com", marker + " @x.com", strings.Repeat(marker, 100) + "@x.com",
		marker + "@" + strings.Repeat("x", 64), marker + "@x" + strings.Repeat(" ", 400), strings.Repeat(marker, 20) + "@x.com",
	} {
		collect(lead.ParseEmail(text))
	}
	for _, text := range []string{marker + "\x00", "\xff" + marker, strings.Repeat(marker, 100), "00Q" + marker + "xx-", "003" + marker + "xx-"} {
		if !strings.HasPrefix(text, "003") {
			collect(lead.ParseID(text))
		}
		id, contact, account, owner := lead.ID{}, lead.ContactID{}, lead.AccountID{}, lead.OwnerID{}
		collect(nil, id.UnmarshalText([]byte(text+"\x00")))
		collect(nil, contact.UnmarshalText([]byte(text+"\x00")))
		collect(nil, account.UnmarshalText([]byte(text+"\x00")))
		collect(nil, owner.UnmarshalText([]byte(text+"\x00")))
	}
	long := marker + strings.Repeat("x", 300)
	bad := lead.Person{long, long, long, long, long, long, long, long, long, long, long}
	_, changed := bad.Clean()
	for _, err := range changed {
		collect(nil, err)
	}
	if len(changed) != 11 {
		t.Errorf("Clean reported %d of 11 fields", len(changed))
	}
	for _, err := range errs {
		refused, ok := errors.AsType[*lead.FieldError](err)
		if !ok || !strings.Contains(refused.Value, marker) {
			t.Errorf("%v does not carry what was refused", err)
		}
		for _, text := range []string{err.Error(), fmt.Sprint(err), fmt.Sprintf("%v %s %q", err, err, err), fmt.Errorf("install: %w", err).Error()} {
			if strings.Contains(text, marker) || len(text) > 2000 {
				t.Errorf("the text of an error holds the value: %s", text)
			}
		}
	}

	// The text of a refused conversion names records, not the person.
	l := lead.Lead{ID: lead.MustID("1"), Person: lead.Person{LastName: marker}}
	l, _ = l.Convert(lead.Conversion{Contact: lead.MustContactID("2"), Account: lead.MustAccountID("3")})
	_, err := l.Convert(lead.Conversion{Contact: lead.MustContactID("4"), Account: lead.MustAccountID("5")})
	if want := "lead: 1 is converted already, to contact 2 and account 3"; err == nil || err.Error() != want {
		t.Errorf("a second conversion: %v, want %s", err, want)
	}
}

// testID checks the promises of an id type. parse is its ParseX.
func testID[T interface {
	comparable
	fmt.Stringer
	IsZero() bool
	Equal(T) bool
	Compare(T) int
	MarshalText() ([]byte, error)
}](t *testing.T, short, long string, parse func(string) (T, error), must func(string) T, unmarshal func(*T, []byte) error) {
	t.Helper()
	var zero T
	a, err := parse(short)
	b := must(long)
	if err != nil || a != b || !a.Equal(b) || a.Compare(b) != 0 || a.String() != long || a.IsZero() || !zero.IsZero() || zero.String() != "" {
		t.Errorf("%T: %q and %q are read as %v and %v, %v", zero, short, long, a, b, err)
	}
	other := must("ada@example.com")
	if other.Equal(a) || a.Compare(other) >= 0 || other.Compare(a) <= 0 || other.String() != "ada@example.com" {
		t.Errorf("%T: %v and %v compare as %d", zero, a, other, a.Compare(other))
	}
	for _, id := range []T{zero, a, other} {
		text, err := id.MarshalText()
		back := other
		if err := errors.Join(err, unmarshal(&back, text)); err != nil || back != id {
			t.Errorf("%T: UnmarshalText(%q) = %v, %v", zero, text, back, err)
		}
		data, err := json.Marshal([]T{id})
		var list []T
		if err := errors.Join(err, json.Unmarshal(data, &list)); err != nil || len(list) != 1 || list[0] != id {
			t.Errorf("%T: json.Unmarshal(%s) = %v, %v", zero, data, list, err)
		}
	}
	for _, text := range []string{"", "\x00", "\xff", strings.Repeat("x", 256), long[:17] + "9"} {
		id, err := parse(text)
		if refused, ok := errors.AsType[*lead.FieldError](err); !ok || !id.IsZero() || refused.Value != text {
			t.Errorf("%T: parse of %.20q = %v, %v, want a *FieldError", zero, text, id, err)
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

// V1, V3, V5: ids of every type keep their one form through text and JSON.
func TestV3IDs(t *testing.T) {
	testID(t, "00Q2X000000Txd2", lead.MustID("00Q2X000000Txd2").String(), lead.ParseID, lead.MustID, (*lead.ID).UnmarshalText)
	testID(t, "0032X000000Txd2", lead.MustContactID("0032X000000Txd2").String(), lead.ParseContactID, lead.MustContactID, (*lead.ContactID).UnmarshalText)
	testID(t, "0012X000000Txd2", lead.MustAccountID("0012X000000Txd2").String(), lead.ParseAccountID, lead.MustAccountID, (*lead.AccountID).UnmarshalText)
	testID(t, "0052X000000Txd2", lead.MustOwnerID("0052X000000Txd2").String(), lead.ParseOwnerID, lead.MustOwnerID, (*lead.OwnerID).UnmarshalText)
	if back := lead.MustOwnerID(lead.LicenseManager.String()); back != lead.LicenseManager {
		t.Errorf("the License Manager's id parses as %v", back)
	}
}

func TestPersonIsZero(t *testing.T) {
	if !(lead.Person{}).IsZero() || (lead.Person{Country: "NO"}).IsZero() {
		t.Error("IsZero is wrong")
	}
	if (lead.Lead{}).IsConverted() {
		t.Error("the zero Lead is converted")
	}
}

func TestPersonName(t *testing.T) {
	for _, test := range []struct {
		p    lead.Person
		want string
	}{
		{lead.Person{}, ""},
		{lead.Person{FirstName: "Ada"}, "Ada"},
		{lead.Person{LastName: "Lovelace"}, "Lovelace"},
		{lead.Person{FirstName: "Ada", LastName: "Lovelace", Company: "Acme"}, "Ada Lovelace"},
	} {
		if got := test.p.Name(); got != test.want {
			t.Errorf("(%+v).Name() = %q, want %q", test.p, got, test.want)
		}
	}
}

// The ids of the leads that licenses make differ, are ids, and do not change.
func TestOfLicense(t *testing.T) {
	seen := map[lead.ID]int64{}
	for _, number := range []int64{1, 2, 12, 21, 1<<63 - 1} {
		id := lead.OfLicense(number)
		if other, taken := seen[id]; taken || id.IsZero() {
			t.Errorf("OfLicense(%d) = %v, as OfLicense(%d)", number, id, other)
		}
		seen[id] = number
		if parsed, err := lead.ParseID(id.String()); err != nil || parsed != id || lead.OfLicense(number) != id {
			t.Errorf("ParseID(OfLicense(%d)) = %v, %v", number, parsed, err)
		}
	}
}
