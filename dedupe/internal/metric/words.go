package metric

import (
	"math"
	"slices"
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
	var buf [16]wordCount
	words, totalA := countWords(buf[:0], a, 0)
	words, totalB := countWords(words, b, 1)
	if totalA == 0 || totalB == 0 {
		return 0
	}
	return math.Exp(-divergence(words, totalA, totalB))
}

// wordCount is how often a word stands in each of two texts.
type wordCount struct {
	word string
	n    [2]float64
}

// countWords counts the words of one of the texts, and returns how many there are.
func countWords(counts []wordCount, text string, side int) ([]wordCount, int) {
	total := 0
	for word := range strings.FieldsSeq(text) {
		if total == maxWords {
			break
		}
		total++
		at := slices.IndexFunc(counts, func(c wordCount) bool { return c.word == word })
		if at < 0 {
			at = len(counts)
			counts = append(counts, wordCount{word: word})
		}
		counts[at].n[side]++
	}
	return counts, total
}

func divergence(words []wordCount, lenA, lenB int) float64 {
	vocabulary := float64(len(words))
	totalA, totalB := float64(lenA)+smoothing*vocabulary, float64(lenB)+smoothing*vocabulary
	var buf [16]float64
	terms := buf[:0]
	for _, w := range words {
		p, q := (w.n[0]+smoothing)/totalA, (w.n[1]+smoothing)/totalB
		terms = append(terms, (p-q)*(math.Log(p)-math.Log(q)))
	}
	return sumSorted(terms) / 2
}

func firstWords(s string) []string {
	words := strings.Fields(s)
	return words[:min(len(words), maxWords)]
}
