package dedupe

import "math/bits"

// mayReach reports whether algorithm may find two texts threshold alike. It is
// quick, and wrong only in saying yes: it looks at which letters each text has
// that the other has not, all of which must be edited.
func mayReach(algorithm Algorithm, a, b string, threshold int) bool {
	switch algorithm {
	case EditDistance, KeyboardDistance, JaroWinkler:
	default:
		return true
	}
	setA, okA := letterSet(a)
	setB, okB := letterSet(b)
	if !okA || !okB || a == "" || b == "" {
		return true
	}
	onlyA, onlyB := bits.OnesCount64(setA&^setB), bits.OnesCount64(setB&^setA)
	longer := max(len(a), len(b))
	var bound float64
	switch algorithm {
	case EditDistance:
		bound = 1 - float64(max(onlyA, onlyB, longer-min(len(a), len(b))))/float64(longer)
	case KeyboardDistance: // an edit costs half at least
		bound = 1 - float64(max(onlyA, onlyB))/2/float64(longer)
	case JaroWinkler:
		shared := float64(min(len(a)-onlyA, len(b)-onlyB))
		jaro := (shared/float64(len(a)) + shared/float64(len(b)) + 1) / 3
		bound = jaro + .4*(1-jaro)
	}
	return percent(bound+1e-9) >= threshold
}

// letterSet returns which letters text has; false if it has others than ASCII.
func letterSet(text string) (set uint64, ok bool) {
	var high byte
	for i := range len(text) {
		set |= 1 << (text[i] % 64)
		high |= text[i]
	}
	return set, high < 0x80
}
