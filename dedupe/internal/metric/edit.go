package metric

// maxRunes bounds the quadratic measures: of longer strings the first maxRunes
// letters count.
const maxRunes = 1024

// EditDistance returns the number of insertions, deletions, replacements and
// swaps of neighbours that turn a into b: the optimal string alignment distance,
// in which no letter is edited twice.
func EditDistance(a, b string) int {
	if a == b {
		return 0
	}
	var bufA, bufB [stackRunes]rune
	return distance(clip(runes(a, bufA[:0])), clip(runes(b, bufB[:0])))
}

// distance is align with flat costs, in integers.
func distance(a, b []rune) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	var buf [3 * (stackRunes + 1)]int
	width := len(b) + 1
	rows := buf[:]
	if 3*width > len(rows) {
		rows = make([]int, 3*width)
	}
	before, above, row := rows[:width], rows[width:2*width], rows[2*width:3*width]
	for j := range above {
		above[j] = j
	}
	for i, x := range a {
		row[0] = i + 1
		for j, y := range b {
			best := min(above[j+1], row[j]) + 1
			if x == y {
				best = min(best, above[j])
			} else {
				best = min(best, above[j]+1)
			}
			if i > 0 && j > 0 && x == b[j-1] && a[i-1] == y {
				best = min(best, before[j-1]+1)
			}
			row[j+1] = best
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}

// EditSimilarity returns 1 - d/n, d being the edit distance and n the length of
// the longer string.
func EditSimilarity(a, b string) float64 {
	switch {
	case a == "" || b == "":
		return 0
	case a == b:
		return 1
	}
	var bufA, bufB [stackRunes]rune
	ra, rb := clip(runes(a, bufA[:0])), clip(runes(b, bufB[:0]))
	return 1 - float64(distance(ra, rb))/float64(max(len(ra), len(rb)))
}

// KeyboardSimilarity is EditSimilarity in which it costs half to write a letter
// for its neighbour on the keyboard. Letters that are on no QWERTY keyboard have no
// neighbours.
func KeyboardSimilarity(a, b string) float64 {
	switch {
	case a == "" || b == "":
		return 0
	case a == b:
		return 1
	}
	var bufA, bufB [stackRunes]rune
	ra, rb := clip(runes(a, bufA[:0])), clip(runes(b, bufB[:0]))
	return max(0, 1-align(ra, rb)/float64(max(len(ra), len(rb))))
}

func clip(s []rune) []rune { return s[:min(len(s), maxRunes)] }

// align returns the least cost of turning a into b: replacing costs what
// keyboardCost says, all else 1.
func align(a, b []rune) float64 {
	var buf [3 * (stackRunes + 1)]float64
	width := len(b) + 1
	rows := buf[:]
	if 3*width > len(rows) {
		rows = make([]float64, 3*width)
	}
	before, above, row := rows[:width], rows[width:2*width], rows[2*width:3*width]
	for j := range above {
		above[j] = float64(j)
	}
	for i := range a {
		row[0] = float64(i + 1)
		for j := range b {
			best := min(above[j]+keyboardCost(a[i], b[j]), above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				best = min(best, before[j-1]+1)
			}
			row[j+1] = best
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}

func keyboardCost(x, y rune) float64 {
	switch {
	case x == y:
		return 0
	case nextTo(x, y):
		return 0.5
	}
	return 1
}

// keyRows are the letter rows of a QWERTY keyboard; each row stands half a key
// to the right of the one above.
var keyRows = [3]string{"qwertyuiop", "asdfghjkl", "zxcvbnm"}

// keyAt gives the row and column of the keys a to z.
var keyAt = func() (at [26][2]int) {
	for row, keys := range keyRows {
		for column, key := range keys {
			at[key-'a'] = [2]int{row, column}
		}
	}
	return at
}()

// nextTo reports whether x and y are lower-case letters whose keys touch.
func nextTo(x, y rune) bool {
	if x < 'a' || x > 'z' || y < 'a' || y > 'z' {
		return false
	}
	kx, ky := keyAt[x-'a'], keyAt[y-'a']
	if kx[0] > ky[0] {
		kx, ky = ky, kx
	}
	right := kx[1] - ky[1] // how far the upper key stands to the right
	switch ky[0] - kx[0] {
	case 0:
		return right == 1 || right == -1
	case 1:
		return right == 0 || right == 1
	}
	return false
}

// WithinOneEdit reports whether EditDistance(a, b) is at most 1, in time linear in
// their length.
func WithinOneEdit(a, b string) bool {
	if a == b {
		return true
	}
	if d := len(a) - len(b); d > 8 || d < -8 {
		return false // one letter has at most four bytes, a swap two letters
	}
	var bufA, bufB [stackRunes]rune
	ra, rb := clip(runes(a, bufA[:0])), clip(runes(b, bufB[:0]))
	for len(ra) > 0 && len(rb) > 0 && ra[0] == rb[0] {
		ra, rb = ra[1:], rb[1:]
	}
	for len(ra) > 0 && len(rb) > 0 && ra[len(ra)-1] == rb[len(rb)-1] {
		ra, rb = ra[:len(ra)-1], rb[:len(rb)-1]
	}
	if len(ra) == 2 && len(rb) == 2 {
		return ra[0] == rb[1] && ra[1] == rb[0]
	}
	return len(ra) <= 1 && len(rb) <= 1
}
