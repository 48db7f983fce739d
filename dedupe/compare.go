package dedupe

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/isvkit/isvkit/dedupe/internal/metric"
)

// form is a field's normal form and, of a name, its sound.
type form struct{ text, sound string }

// score returns how alike algorithm finds two normal forms that are not blank,
// from 0 to 100.
func (d *dictionary) score(algorithm Algorithm, method Method, a, b form) int {
	switch {
	case a.text == b.text:
		return 100
	case onlySameMatches(a, b):
		return 0
	}
	return d.likeness(algorithm, method, a, b)
}

// onlySameMatches reports whether a letter of one of the texts may only look like those
// beside it, which must not count as a typing error.
func onlySameMatches(a, b form) bool { return mixesScripts(a.text) || mixesScripts(b.text) }

// likeness is the score of two texts that differ.
func (d *dictionary) likeness(algorithm Algorithm, method Method, a, b form) int {
	switch algorithm {
	case Acronym:
		return yes(isAcronym(a.text, b.text) || isAcronym(b.text, a.text))
	case EditDistance:
		return percent(metric.EditSimilarity(a.text, b.text))
	case Initials:
		return yes(areInitials(a.text, b.text) || areInitials(b.text, a.text))
	case JaroWinkler:
		return percent(metric.JaroWinkler(a.text, b.text))
	case KeyboardDistance:
		return percent(metric.KeyboardSimilarity(a.text, b.text))
	case KullbackLeibler:
		return percent(metric.KullbackLeibler(a.text, b.text))
	case Metaphone:
		return yes(a.sound != "" && a.sound == b.sound)
	case NameVariant:
		return yes(d.variant(a.text, b.text))
	case SyllableAlignment:
		return percent(metric.SyllableAlignment(a.text, b.text))
	case Sections:
		return weightedAverage(d.sections(method, a.text, b.text))
	}
	return 0
}

func yes(ok bool) int {
	if ok {
		return 100
	}
	return 0
}

// percent rounds as the documented examples do: .727 is 73.
func percent(similarity float64) int { return int(similarity*100 + 0.5) }

// mixesScripts reports whether text has Latin letters beside Cyrillic, Greek or
// Armenian ones, which look the same.
func mixesScripts(text string) bool {
	if isASCII(text) {
		return false
	}
	latin, lookalike := false, false
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case 'a' <= r && r <= 'z':
			latin = true
		case r < utf8.RuneSelf:
		case unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee):
			lookalike = true
		case unicode.Is(unicode.Latin, r):
			latin = true
		}
		i += size
	}
	return latin && lookalike
}

// isAcronym reports whether short, one word, has the first letters of the two
// or more words of long.
func isAcronym(short, long string) bool {
	n := 0
	for word := range strings.FieldsSeq(long) {
		letter, size := utf8.DecodeRuneInString(word)
		if got, gotSize := utf8.DecodeRuneInString(short); short == "" || got != letter || gotSize != size {
			return false
		}
		short = short[size:]
		n++
	}
	return short == "" && n > 1
}

// areInitials reports whether short has only initials, and they are those with
// which the words of long begin.
func areInitials(short, long string) bool {
	for short != "" {
		var initial, word string
		initial, short, _ = strings.Cut(short, " ")
		word, long, _ = strings.Cut(long, " ")
		if utf8.RuneCountInString(initial) != 1 || !strings.HasPrefix(word, initial) {
			return false
		}
	}
	return true
}

// section is a part of a text as it was compared.
type section struct {
	name   string
	weight int
	score  int
	blank  int // on how many of the two sides it is missing
}

// sections compares two normal forms part by part, with the documented weights
// (DEDUPE 6.2).
func (d *dictionary) sections(method Method, a, b string) [4]section {
	switch method {
	case FuzzyPhone:
		pa, pb := phoneSections(a), phoneSections(b)
		return [4]section{
			exactSection("country code", 10, pa[0], pb[0]), exactSection("area code", 50, pa[1], pb[1]),
			exactSection("exchange", 30, pa[2], pb[2]), exactSection("line", 10, pa[3], pb[3]),
		}
	case FuzzyStreet:
		pa, pb := d.streetSections(a), d.streetSections(b)
		name := exactSection("street name", 50, pa.name, pb.name)
		if name.blank == 0 {
			name.score = percent(metric.EditSimilarity(pa.name, pb.name))
		}
		return [4]section{
			name, exactSection("street number", 20, pa.number, pb.number),
			exactSection("street suffix", 15, pa.suffix, pb.suffix), exactSection("unit", 15, pa.unit, pb.unit),
		}
	case FuzzyZIP:
		five := func(text string) int { return min(5, len(text)) }
		return [4]section{
			exactSection("first five", 90, a[:five(a)], b[:five(b)]),
			exactSection("the rest", 10, a[five(a):], b[five(b):]),
		}
	}
	return [4]section{}
}

func exactSection(name string, weight int, a, b string) section {
	s := section{name: name, weight: weight}
	switch {
	case a == "" && b == "":
		s.blank = 2
	case a == "" || b == "":
		s.blank = 1
	default:
		s.score = yes(a == b)
	}
	return s
}

// weightedAverage leaves out the sections that both sides lack. A section that one
// side lacks counts as different, so that a blank never raises a score.
func weightedAverage(sections [4]section) int {
	sum, weight := 0, 0
	for _, s := range sections {
		if s.blank < 2 {
			sum += s.weight * s.score
			weight += s.weight
		}
	}
	if weight == 0 {
		return 0
	}
	return (2*sum + weight) / (2 * weight)
}
