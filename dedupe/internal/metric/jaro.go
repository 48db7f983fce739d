package metric

// JaroWinkler returns the Jaro-Winkler similarity of a and b, with the usual
// prefix of at most 4 and scale 0.1.
//
// Source: Winkler, "String Comparator Metrics and Enhanced Decision Rules in the
// Fellegi-Sunter Model of Record Linkage", 1990.
func JaroWinkler(a, b string) float64 {
	switch {
	case a == "" || b == "":
		return 0
	case a == b:
		return 1
	}
	// Pairing letters greedily depends on which string goes first.
	if len(a) > len(b) || len(a) == len(b) && a > b {
		a, b = b, a
	}
	var bufA, bufB [stackRunes]rune
	ra, rb := clip(runes(a, bufA[:0])), clip(runes(b, bufB[:0]))
	jaro := jaro(ra, rb)
	prefix := 0
	for prefix < min(4, len(ra), len(rb)) && ra[prefix] == rb[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}

// jaro returns the Jaro similarity of two strings that are not empty.
func jaro(a, b []rune) float64 {
	var bufA, bufB [stackRunes]bool
	usedA, usedB := flags(len(a), bufA[:]), flags(len(b), bufB[:])
	matches := markMatches(a, b, usedA, usedB)
	if matches == 0 {
		return 0
	}
	m := float64(matches)
	t := float64(outOfOrder(a, b, usedA, usedB)) / 2
	return (m/float64(len(a)) + m/float64(len(b)) + (m-t)/m) / 3
}

// markMatches pairs equal letters that stand within the window of each other
// and returns how many pairs there are.
func markMatches(a, b []rune, usedA, usedB []bool) int {
	window := max(max(len(a), len(b))/2-1, 0)
	matches := 0
	for i, letter := range a {
		for j := max(0, i-window); j < min(len(b), i+window+1); j++ {
			if !usedB[j] && b[j] == letter {
				usedA[i], usedB[j] = true, true
				matches++
				break
			}
		}
	}
	return matches
}

// outOfOrder counts the paired letters that stand in another order.
func outOfOrder(a, b []rune, usedA, usedB []bool) int {
	j, n := 0, 0
	for i := range a {
		if !usedA[i] {
			continue
		}
		for !usedB[j] {
			j++
		}
		if a[i] != b[j] {
			n++
		}
		j++
	}
	return n
}

// stackRunes is how long a string may be before a measure allocates.
const stackRunes = 64

func runes(s string, buf []rune) []rune {
	for _, r := range s {
		buf = append(buf, r)
	}
	return buf
}

func flags(n int, buf []bool) []bool {
	if n <= len(buf) {
		return buf[:n]
	}
	return make([]bool, n)
}
