package recordid

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func body() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 15, 15, -1).Draw(t, "body")
	})
}

// The two ids that FACTS verified by hand.
func TestChecksumVectors(t *testing.T) {
	for short, long := range map[string]string{
		"04tPH000000jwnp": "04tPH000000jwnpYAA",
		"00D2X000000Txd2": "00D2X000000Txd2UAC",
	} {
		if got, rule := Canonical(short); got != long || rule != "" {
			t.Errorf("Canonical(%q) = %q, %q, want %q", short, got, rule, long)
		}
	}
}

// V1: the 15- and the 18-character form are one id.
func TestV1FormsAreEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		short := body().Draw(t, "short")
		long, rule := Canonical(short)
		if rule != "" || Short(long) != short {
			t.Fatalf("Canonical(%q) = %q, %q", short, long, rule)
		}
		if again, _ := Canonical(long); again != long {
			t.Fatalf("Canonical(%q) = %q", long, again)
		}
	})
}

// V2: an 18-character id is equal under any one-case spelling, and ids of 15
// that differ in case differ.
func TestV2CaseIsRestored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := body().Draw(t, "a"), body().Draw(t, "b")
		longA, _ := Canonical(a)
		longB, _ := Canonical(b)
		if (a == b) != (longA == longB) {
			t.Fatalf("%q and %q became %q and %q", a, b, longA, longB)
		}
		for _, spelling := range []string{strings.ToLower(longA), strings.ToUpper(longA)} {
			if got, rule := Canonical(spelling); got != longA {
				t.Fatalf("Canonical(%q) = %q, %q, want %q", spelling, got, rule, longA)
			}
		}
	})
}

// V2: a mixed-case body that does not fit its suffix is refused.
func TestV2MixedCaseIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		long, _ := Canonical(body().Draw(t, "short"))
		i := rapid.IntRange(0, 14).Draw(t, "i")
		c := long[i]
		if c < 'A' {
			t.Skip("a digit has no case")
		}
		flipped := long[:i] + string(c^0x20) + long[i+1:]
		if oneCase(flipped) {
			t.Skip("one case")
		}
		if got, rule := Canonical(flipped); rule == "" {
			t.Fatalf("Canonical(%q) = %q, want a refusal", flipped, got)
		}
	})
}

func TestNormalizeRefuses(t *testing.T) {
	for _, text := range []string{
		"", "a\x00b", "a\nb", "\xff", strings.Repeat("x", 256),
		"00D2X000000Txd2UAB", // wrong checksum
		"00D2X000000Txd-",    // a character outside the alphabet
		"00d2X000000Txd2UAC", // neither one case nor the right case
		"00500000000000001A", // one letter is enough to claim a checksum
	} {
		if id, rule := Normalize(text); rule == "" {
			t.Errorf("Normalize(%q) = %q, want a refusal", text, id)
		}
	}
}

func TestNormalizeKeepsOtherIDs(t *testing.T) {
	for _, text := range []string{
		"9cca6b9d-5bdc-47f6-8e95-00c8e5b22949", "ada@example.com", "00D", "00D2X000000Txd22", "ø", "a b",
		"005000000000000017", "100200300400500600", // no checksum is of digits alone where the body is
	} {
		if id, rule := Normalize(text); id != text {
			t.Errorf("Normalize(%q) = %q, %q, want it as it is", text, id, rule)
		}
	}
}

// An id of 15 digits alone is one in its short form still, and equals the long one.
func TestNormalizeOfDigits(t *testing.T) {
	for _, text := range []string{"005000000000001", "005000000000001AAA", "005000000000001aaa"} {
		if id, rule := Normalize(text); id != "005000000000001AAA" {
			t.Errorf("Normalize(%q) = %q, %q, want 005000000000001AAA", text, id, rule)
		}
	}
}

// V5, V6: normalising is idempotent and never panics.
func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"", "00D2X000000Txd2", "00d2x000000txd2uac", "ada@example.com", "\xff", "0052X000000Txd2", "005000000000000017"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, rule := Normalize(text)
		if rule != "" {
			return
		}
		if again, rule := Normalize(id); again != id {
			t.Errorf("Normalize(%q) = %q, and Normalize of that = %q, %q", text, id, again, rule)
		}
	})
}

// An id is its number and back, in the order of the text; no other text has one.
func TestNumberRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, _ := Canonical(body().Draw(t, "a"))
		b, _ := Canonical(body().Draw(t, "b"))
		hiA, loA, okA := Number(a)
		hiB, loB, okB := Number(b)
		if less := hiA < hiB || hiA == hiB && loA < loB; !okA || !okB || less != (a < b) {
			t.Fatalf("Number(%q) = %d %d %t, Number(%q) = %d %d %t", a, hiA, loA, okA, b, hiB, loB, okB)
		}
		if hi, lo := NumberOfCanonical(a); hi != hiA || lo != loA {
			t.Fatalf("NumberOfCanonical(%q) = %d %d, Number = %d %d", a, hi, lo, hiA, loA)
		}
		if back, ok := FromNumber(hiA, loA); back != a || !ok {
			t.Fatalf("FromNumber of Number(%q) = %q, %t", a, back, ok)
		}
		broken := []byte(a)
		broken[rapid.IntRange(0, 17).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		if _, _, ok := Number(string(broken)); ok != Valid(string(broken)) {
			t.Fatalf("Number(%q): %t", broken, ok)
		}
		if text, ok := FromNumber(rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")); ok && !Valid(text) {
			t.Fatalf("FromNumber made %q", text)
		}
	})
}
