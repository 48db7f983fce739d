package lead_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
)

func TestParseEmail(t *testing.T) {
	long := strings.Repeat("x", 63)
	for _, test := range []struct{ text, local, domain string }{
		{"ada@example.com", "ada", "example.com"},
		{"  Ada.Lovelace@EXAMPLE.com\t\n", "ada.lovelace", "example.com"},
		{"a+b@x", "a+b", "x"},
		{"JÖRG@BÜCHER.DE", "jörg", "bücher.de"},
		{long + "y@" + long + "." + long + "." + long + ".com", long + "y", long + "." + long + "." + long + ".com"},
		{`"quoted"@example.com`, `"quoted"`, "example.com"},
	} {
		got, err := lead.ParseEmail(test.text)
		if err != nil || got.Local() != test.local || got.Domain() != test.domain || got.String() != test.local+"@"+test.domain || got.IsZero() {
			t.Errorf("ParseEmail(%q) = %q, %v, want %s@%s", test.text, got, err, test.local, test.domain)
		}
		if again, err := lead.ParseEmail(got.String()); err != nil || !again.Equal(got) {
			t.Errorf("ParseEmail(%q) = %q, %v", got, again, err)
		}
	}
	for _, email := range []lead.Email{{}, mustEmail(t, "ada@example.com"), mustEmail(t, "jörg@bücher.de")} {
		back := mustEmail(t, "other@example.com")
		data, err := json.Marshal(email)
		if err := errors.Join(err, json.Unmarshal(data, &back)); err != nil || back != email {
			t.Errorf("json.Unmarshal(%s) = %q, %v, want %q", data, back, err, email)
		}
	}
	if (lead.Email{}).String() != "" || !(lead.Email{}).IsZero() || (lead.Email{}).IsPlaceholder() {
		t.Error("the zero Email is something")
	}
}

func mustEmail(t *testing.T, text string) lead.Email {
	t.Helper()
	email, err := lead.ParseEmail(text)
	if err != nil {
		t.Fatal(err)
	}
	return email
}

func TestParseEmailRefuses(t *testing.T) {
	for _, text := range []string{
		"", " ", "@", "ada", "ada@", "@example.com", "ada@@example.com", "ada@example.com@example.com", "a da@example.com",
		"ada@exam ple.com", "ada@example..com", "ada@.example.com", "ada@example.com.", "ada@\x00.com", "ada@example.com\x7f",
		"ada\u00a0@example.com", "ada\u2028@example.com", "ada@\xff.com", strings.Repeat("x", 65) + "@example.com",
		"ada@" + strings.Repeat("x", 64) + ".com", "ada@" + strings.Repeat("x.", 126) + "xx", "ada@example.com" + strings.Repeat(" ", 400),
		strings.Repeat("@", 1<<20),
	} {
		got, err := lead.ParseEmail(text)
		if refused, ok := errors.AsType[*lead.FieldError](err); !ok || !got.IsZero() || refused.Value != text || refused.Field != "e-mail" {
			t.Errorf("ParseEmail(%.40q) = %q, %v, want a *FieldError", text, got, err)
		}
	}
}

// Space around an address changes nothing but which code reads it: the quick one
// passes over whatever has space in it.
func TestParseEmailQuickly(t *testing.T) {
	piece := rapid.OneOf(rapid.StringMatching(`[a-cA-C.@+_é\x00-\x20\x7f]{0,6}`), rapid.StringMatching(`[a-z.]{60,66}`),
		rapid.SampledFrom([]string{"@", ".", "ada", "example.com", strings.Repeat("x.", 120), strings.Repeat("x", 64)}))
	rapid.Check(t, func(t *rapid.T) {
		text := strings.TrimSpace(strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces"), ""))
		text = text[:min(len(text), 399)] // what is longer is refused unread
		quick, err := lead.ParseEmail(text)
		slow, slowErr := lead.ParseEmail(" " + text)
		if quick != slow || (err == nil) != (slowErr == nil) {
			t.Fatalf("ParseEmail(%q) = %q, %v, but with a space before it %q, %v", text, quick, err, slow, slowErr)
		}
	})
}

// G10: letters that look like another's, or that Unicode folds to it, are kept: an
// address beyond ASCII is never that of an ASCII one.
func TestG10LookAlikesStayApart(t *testing.T) {
	for _, pair := range [][2]string{
		{"kate@example.com", "\u212Aate@example.com"},     // KELVIN SIGN
		{"mike@example.com", "m\u0130ke@example.com"},     // capital I with a dot
		{"mike@example.com", "m\u0131ke@example.com"},     // small i without
		{"ada@example.com", "\u0430da@example.com"},       // Cyrillic a
		{"ada@kelvin.example", "ada@\u212Aelvin.example"}, // in the domain
		{"stefan@example.com", "\u017Ftefan@example.com"}, // long s
	} {
		a, errA := lead.ParseEmail(pair[0])
		b, errB := lead.ParseEmail(pair[1])
		if errA != nil || errB == nil && a == b || (lead.ExactEmail{}).Match(lead.Person{Email: pair[0]}, lead.Person{Email: pair[1]}) {
			t.Errorf("%q and %q are read as %q and %q", pair[0], pair[1], a, b)
		}
	}
}

// G7: an address that stands for none is a placeholder, in whatever case.
func TestG7Placeholders(t *testing.T) {
	for text, want := range map[string]bool{
		"noreply@example.com": true, "No-Reply@Example.com": true, "test@example.com": true, "ada@test.com": true,
		"n/a@example.com": true, "ada@NONE.com": true, "donotreply@x": true,
		"ada@example.com": false, "testing@example.com": false, "ada@attest.com": false, "ada@mail.test.com": false, "reply@example.com": false,
	} {
		email, err := lead.ParseEmail(text)
		if err != nil || email.IsPlaceholder() != want {
			t.Errorf("(%q).IsPlaceholder() = %t, %v, want %t", text, email.IsPlaceholder(), err, want)
		}
	}
}

// emails generates addresses in some spelling, few of them, so that equal ones are
// frequent; placeholders and what is no address among them.
func emails() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string {
			text := rapid.SampledFrom([]string{"ada", "bob", "jörg", "noreply", "test", "n/a"}).Draw(t, "local") + "@" +
				rapid.SampledFrom([]string{"example.com", "bücher.de", "test.com"}).Draw(t, "domain")
			if rapid.Bool().Draw(t, "shout") {
				text = strings.ToUpper(text)
			}
			return rapid.SampledFrom([]string{"", " ", "\t"}).Draw(t, "before") + text + rapid.SampledFrom([]string{"", " ", "\n"}).Draw(t, "after")
		}),
		rapid.SampledFrom([]string{"", " ", "n/a", "none", "ada", "@", "ada@"}),
		rapid.String(),
	)
}

// V5, V6, G4: parse, print, parse is the identity; no text panics; case and the space
// around make no difference, and what is accepted keeps the rules.
func FuzzParseEmail(f *testing.F) {
	for _, seed := range []string{"ada@example.com", " ADA@Example.COM ", "jörg@bücher.de", "@", "a@b@c", "\xff@x", "\u212A@x", "\u0130@x.y", "a@b..c", "\u023A@\u023A"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		email, err := lead.ParseEmail(text)
		if err != nil {
			if !email.IsZero() {
				t.Errorf("ParseEmail(%q) = %q beside the error %v", text, email, err)
			}
			return
		}
		printed := email.String()
		if again, err := lead.ParseEmail(printed); err != nil || again != email {
			t.Errorf("ParseEmail(%q) = %q, which parses as %q, %v", text, printed, again, err)
		}
		if again, err := lead.ParseEmail(" " + printed + "\n"); err != nil || again != email {
			t.Errorf("ParseEmail with space around %q = %q, %v", printed, again, err)
		}
		if !utf8.ValidString(printed) || strings.Count(printed, "@") != 1 || strings.ContainsFunc(printed, unicode.IsSpace) ||
			email.Local() == "" || email.Domain() == "" || len(email.Local()) > 64 || len(email.Domain()) > 253 {
			t.Errorf("ParseEmail(%q) = %q", text, printed)
		}
		ascii := func(s string) int { return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) }
		if (ascii(printed) < 0) != (ascii(strings.TrimSpace(text)) < 0) {
			t.Errorf("ParseEmail(%q) = %q: a letter beyond ASCII became one of ASCII", text, printed)
		}
	})
}
