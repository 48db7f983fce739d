package errtext_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/internal/errtext"
)

// texts generates what errors are made of, and what they should not be.
func texts() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"", "license: seats ", "\n", "\r\n", "\x00", "\u2028", "\u2029", "\u0085", "\xff", "\xe2\x80", "é", "😀", `"`, `\`, "\uFFFD", "\U000E0001"}),
		rapid.String(),
		rapid.Map(rapid.IntRange(0, 600), func(n int) string { return strings.Repeat("x", n) }),
		rapid.Map(rapid.IntRange(0, 200), func(n int) string { return strings.Repeat("€", n) }),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 6), func(pieces []string) string { return strings.Join(pieces, "") })
}

func checkLine(t interface{ Fatalf(string, ...any) }, parts ...string) {
	line := errtext.Line(parts...)
	if len(line) > 500 || !utf8.ValidString(line) {
		t.Fatalf("Line(%q) has %d bytes, valid UTF-8: %t", parts, len(line), utf8.ValidString(line))
	}
	if strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }) {
		t.Fatalf("Line(%q) = %q is not one line", parts, line)
	}
	joined := strings.Join(parts, "")
	// What was fit to print is printed.
	fit := utf8.ValidString(joined) && !strings.ContainsFunc(joined, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' })
	if fit && len(joined) <= 500 && line != joined {
		t.Fatalf("Line(%q) = %q", parts, line)
	}
	if fit && len(joined) > 500 {
		kept, cut := strings.CutSuffix(line, "…")
		if !cut || !strings.HasPrefix(joined, kept) || len(kept) < 500-len("…")-utf8.UTFMax+1 {
			t.Fatalf("Line(%q) = %q", parts, line)
		}
	}
	if again := errtext.Line(line); again != line {
		t.Fatalf("Line of %q = %q", line, again)
	}
}

func checkQuote(t interface{ Fatalf(string, ...any) }, value string) {
	quoted := errtext.Quote(value)
	if strings.Contains(value, "@") { // it may be an address
		if strings.Contains(quoted, "@") {
			t.Fatalf("Quote(%q) = %s", value, quoted)
		}
		return
	}
	inner, cut := strings.CutSuffix(quoted, "…")
	got, err := strconv.Unquote(inner)
	if err != nil || strings.ContainsFunc(quoted, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Fatalf("Quote(%q) = %s, %v", value, quoted, err)
	}
	characters := []rune(strings.ToValidUTF8(value, "\uFFFD"))
	if cut != (len(characters) > 64) {
		t.Fatalf("Quote of %d characters = %s", len(characters), quoted)
	}
	if want := string(characters[:min(len(characters), 64)]); got != want {
		t.Fatalf("Quote(%q) quotes %q, want %q", value, got, want)
	}
}

// An error's text is one line of valid UTF-8 of at most 500 bytes, and what is fit
// to print stays as it is.
func TestLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkLine(t, rapid.SliceOfN(texts(), 0, 4).Draw(t, "parts")...)
	})
	for _, n := range []int{499, 500, 501, 502, 1000} {
		checkLine(t, strings.Repeat("x", n))
		for shift := range 4 {
			checkLine(t, strings.Repeat("x", shift), strings.Repeat("😀", n/4))
		}
	}
	if got := errtext.Line("a\nb\r\u2028c\xffd\u0085"); got != "a b  c\uFFFDd " {
		t.Errorf("Line = %q", got)
	}
	if got := errtext.Line(strings.Repeat("x", 501)); got != strings.Repeat("x", 497)+"…" {
		t.Errorf("Line of 501 bytes = %q", got)
	}
}

// A quoted value is its first 64 characters, marked where it goes on, in printable
// characters.
func TestQuote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkQuote(t, texts().Draw(t, "value")) })
	long := strings.Repeat("é", 64)
	for value, want := range map[string]string{
		"":         `""`,
		"a\n\"b\"": `"a\n\"b\""`,
		"\xff":     "\"\uFFFD\"",
		long:       `"` + long + `"`,
		long + "é": `"` + long + `"…`,
	} {
		if got := errtext.Quote(value); got != want {
			t.Errorf("Quote(%q) = %s, want %s", value, got, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, seed := range []string{"", "seats: no seat", "\n\xff\u2028", strings.Repeat("€", 200), strings.Repeat("😀", 126)} {
		f.Add(seed, "x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		checkLine(t, a, b)
		checkQuote(t, a+b)
	})
}
