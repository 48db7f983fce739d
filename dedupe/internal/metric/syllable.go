package metric

import (
	"slices"
	"strings"
)

// SyllableAlignment returns 1 - 2D/(m+n), D being the cost of aligning the m
// syllables of a with the n of b: 1 for a syllable left out, the share of
// letters that differ for one replaced. The syllables are cut by a rule of thumb for
// Latin letters; "department of energy" and "department of labor" are 0.59 alike.
func SyllableAlignment(a, b string) float64 {
	if a == b && a != "" {
		return 1
	}
	if a > b {
		a, b = b, a // sums of floats depend on their order
	}
	sa, sb := Syllables(a), Syllables(b)
	if len(sa) == 0 || len(sb) == 0 {
		return 0
	}
	above, row := make([]float64, len(sb)+1), make([]float64, len(sb)+1)
	for j := range above {
		above[j] = float64(j)
	}
	for i := range sa {
		row[0] = float64(i + 1)
		for j := range sb {
			row[j+1] = min(above[j]+1-EditSimilarity(sa[i], sb[j]), above[j+1]+1, row[j]+1)
		}
		above, row = row, above
	}
	return max(0, 1-2*above[len(sb)]/float64(len(sa)+len(sb)))
}

// Syllables cuts the words of s into syllables: each has one run of vowels; of
// the consonants between two runs the last begins the next syllable, and where
// there are several, all but the first do.
func Syllables(s string) []string {
	var syllables []string
	for _, word := range firstWords(s) {
		syllables = appendSyllables(syllables, word)
	}
	return syllables[:min(len(syllables), 4*maxWords)]
}

func appendSyllables(syllables []string, word string) []string {
	letters := []rune(word)
	letters = letters[:min(len(letters), maxRunes)]
	start := 0
	for i := 0; i < len(letters); {
		for i < len(letters) && !isVowel(letters[i]) {
			i++
		}
		for i < len(letters) && isVowel(letters[i]) {
			i++
		}
		end := i // consonants follow
		for end < len(letters) && !isVowel(letters[end]) {
			end++
		}
		if end == len(letters) {
			break
		}
		if end-i > 1 {
			i++
		}
		syllables = append(syllables, string(letters[start:i]))
		start = i
	}
	return append(syllables, string(letters[start:]))
}

func isVowel(r rune) bool { return strings.ContainsRune("aeiouyAEIOUY", r) }

// sumSorted adds terms from the smallest up, so that equal sets of terms have
// equal sums.
func sumSorted(terms []float64) float64 {
	slices.Sort(terms)
	sum := 0.0
	for _, term := range terms {
		sum += term
	}
	return sum
}
