package metric

import (
	"math"
	"strings"
)

// smoothing is what each word of either text is given beside its count, so that a
// word of one text only does not make the divergence infinite. With 1/16,
// "director of engineering" and "engineering director" are 0.65 alike, as the
// platform's documentation is remembered to say.
const smoothing = 1.0 / 16

// maxWords bounds the measures of words: of longer texts the first maxWords count.
const maxWords = 64

// KullbackLeibler returns exp(-J), J being the mean of the two Kullback-Leibler
// divergences between the words of a and of b, words being what white space
// separates: 1 for the same words in any order, near 0 for no word in common.
func KullbackLeibler(a, b string) float64 {
	if a == b && a != "" {
		return 1
	}
	wordsA, wordsB := firstWords(a), firstWords(b)
	if len(wordsA) == 0 || len(wordsB) == 0 {
		return 0
	}
	counts := make(map[string][2]float64, len(wordsA)+len(wordsB))
	count := func(words []string, side int) {
		for _, word := range words {
			n := counts[word]
			n[side]++
			counts[word] = n
		}
	}
	count(wordsA, 0)
	count(wordsB, 1)
	return math.Exp(-divergence(counts, len(wordsA), len(wordsB), wordsA, wordsB))
}

// divergence sums in the order of the words, since a sum of floats in the order
// of a map would differ in its last bits from run to run.
func divergence(counts map[string][2]float64, lenA, lenB int, texts ...[]string) float64 {
	vocabulary := float64(len(counts))
	totalA, totalB := float64(lenA)+smoothing*vocabulary, float64(lenB)+smoothing*vocabulary
	var terms []float64
	for _, words := range texts {
		for _, word := range words {
			n, ok := counts[word]
			if !ok {
				continue
			}
			delete(counts, word)
			p, q := (n[0]+smoothing)/totalA, (n[1]+smoothing)/totalB
			terms = append(terms, (p-q)*(math.Log(p)-math.Log(q)))
		}
	}
	return sumSorted(terms) / 2
}

func firstWords(s string) []string {
	words := strings.Fields(s)
	return words[:min(len(words), maxWords)]
}
