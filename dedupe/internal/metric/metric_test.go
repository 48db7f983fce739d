package metric

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestKnownVectors: the measures give the values that are published for them.
func TestKnownVectors(t *testing.T) {
	tests := []struct {
		name    string
		measure func(a, b string) float64
		a, b    string
		want    float64
	}{
		{"JaroWinkler", JaroWinkler, "MARTHA", "MARHTA", .9611},
		{"JaroWinkler", JaroWinkler, "DIXON", "DICKSONX", .8133},
		{"JaroWinkler", JaroWinkler, "DWAYNE", "DUANE", .8400},
		{"JaroWinkler", JaroWinkler, "JELLYFISH", "SMELLYFISH", .8963},
		{"JaroWinkler", JaroWinkler, "Johnny", "Johny", .9667},
		{"EditSimilarity", EditSimilarity, "VP Sales", "VP of Sales", 1 - 3.0/11},
		{"EditSimilarity", EditSimilarity, "abcd", "acbd", .75},
		{"KeyboardSimilarity", KeyboardSimilarity, "smith", "smoth", .9},
		{"KeyboardSimilarity", KeyboardSimilarity, "smith", "smath", .8},
		{"KullbackLeibler", KullbackLeibler, "director of engineering", "engineering director", .6494},
		{"SyllableAlignment", SyllableAlignment, "department of energy", "department of labor", .5897},
	}
	for _, test := range tests {
		if got := test.measure(test.a, test.b); math.Abs(got-test.want) > 5e-5 {
			t.Errorf("%s(%q, %q) = %.4f, want %.4f", test.name, test.a, test.b, got, test.want)
		}
	}
}

// TestDoubleMetaphone: the codes are those of the published algorithm.
func TestDoubleMetaphone(t *testing.T) {
	tests := []struct{ name, primary, alternate string }{
		{"", "", ""},
		{"Doe", "T", "T"},
		{"Benioff", "PNF", "PNF"},
		{"Smith", "SM0", "XMT"},
		{"Schmidt", "XMT", "SMT"},
		{"Joseph", "JSF", "HSF"},
		{"Josef", "JSF", "HSF"},
		{"Thompson", "TMPSN", "TMPSN"},
		{"Xavier", "SF", "SFR"},
		{"Knight", "NT", "NT"},
		{"Michael", "MKL", "MXL"},
		{"Bacher", "PKR", "PKR"},
		{"Bellocchio", "PLX", "PLX"},
		{"McHugh", "MK", "MK"},
		{"Czerny", "SRN", "XRN"},
		{"Cabrillo", "KPRL", "KPR"},
		{"Filipowicz", "FLPTS", "FLPFX"},
		{"Zhao", "J", "J"},
		{"Campbell", "KMPL", "KMPL"},
		{"Wasserman", "ASRMN", "FSRMN"},
		{"Jose", "HS", "HS"},
		{"Edgar", "ATKR", "ATKR"},
		{"Edge", "AJ", "AJ"},
		{"Laugh", "LF", "LF"},
		{"Breaux", "PR", "PR"},
		{"Ångström", "NKSTRM", "NKSTRM"},
	}
	for _, test := range tests {
		primary, alternate := DoubleMetaphone(test.name)
		if primary != test.primary || alternate != test.alternate {
			t.Errorf("DoubleMetaphone(%q) = %s, %s, want %s, %s", test.name, primary, alternate, test.primary, test.alternate)
		}
	}
}

// TestMeasuresAreSimilarities: every measure is symmetric, lies in 0 to 1, is 1
// for equal strings and 0 for an empty one.
func TestMeasuresAreSimilarities(t *testing.T) {
	measures := map[string]func(a, b string) float64{
		"JaroWinkler": JaroWinkler, "EditSimilarity": EditSimilarity, "KeyboardSimilarity": KeyboardSimilarity,
		"KullbackLeibler": KullbackLeibler, "SyllableAlignment": SyllableAlignment,
	}
	word := rapid.OneOf(rapid.StringMatching(`[a-e]{0,8}( [a-e]{1,5}){0,2}`), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		for name, measure := range measures {
			ab, ba := measure(a, b), measure(b, a)
			if ab != ba || ab < 0 || ab > 1 {
				t.Fatalf("%s(%q, %q) = %v, other way round %v", name, a, b, ab, ba)
			}
			if got := measure(a, ""); got != 0 {
				t.Fatalf("%s(%q, \"\") = %v, want 0", name, a, got)
			}
			if got := measure(a, a); a != "" && got != 1 {
				t.Fatalf("%s(%q, itself) = %v, want 1", name, a, got)
			}
		}
	})
}

// slowEdit is the definition of the edit distance, by recursion.
func slowEdit(a, b []rune) int {
	if len(a) == 0 || len(b) == 0 {
		return max(len(a), len(b))
	}
	i, j := len(a)-1, len(b)-1
	cost := 1
	if a[i] == b[j] {
		cost = 0
	}
	best := min(slowEdit(a[:i], b[:j])+cost, slowEdit(a[:i], b)+1, slowEdit(a, b[:j])+1)
	if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
		best = min(best, slowEdit(a[:i-1], b[:j-1])+1)
	}
	return best
}

// TestEditDistanceAgainstDefinition: the table gives what the recursion gives.
func TestEditDistanceAgainstDefinition(t *testing.T) {
	word := rapid.StringMatching(`[abc]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		if got, want := EditDistance(a, b), slowEdit([]rune(a), []rune(b)); got != want {
			t.Fatalf("EditDistance(%q, %q) = %d, want %d", a, b, got, want)
		}
		if got, want := WithinOneEdit(a, b), EditDistance(a, b) <= 1; got != want {
			t.Fatalf("WithinOneEdit(%q, %q) = %v, want %v", a, b, got, want)
		}
	})
}

// FuzzDoubleMetaphone: no input panics, and the codes hold only code letters.
func FuzzDoubleMetaphone(f *testing.F) {
	for _, name := range []string{"Schwarzenegger", "ACCH", "van der Berg", "ill", "\xff", "ÇÑ", "GH", "WICZ", "C "} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		primary, alternate := DoubleMetaphone(name)
		for _, code := range []string{primary, alternate} {
			for _, letter := range code {
				if letter != '0' && (letter < 'A' || letter > 'Z') {
					t.Fatalf("DoubleMetaphone(%q) holds %q", name, letter)
				}
			}
		}
	})
}

func BenchmarkPrimaryCode(b *testing.B) {
	var buf [64]byte
	for b.Loop() {
		PrimaryCode(buf[:0], "schwarzenegger")
	}
}

func BenchmarkJaroWinkler(b *testing.B) {
	for b.Loop() {
		JaroWinkler("jellyfish", "smellyfish")
	}
}
