package metric

import "strings"

// DoubleMetaphone returns the primary and the alternate code of how a name
// sounds, in capital letters, X standing for "sh" and 0 for "th". They are of any
// length; callers that want the customary four letters cut them. The
// alternate is equal to the primary where there is only one way to say the name.
// Letters other than A-Z, Ç and Ñ are silent, so the codes of a name in another script
// are empty.
//
// Source: Philips, "The Double Metaphone Search Algorithm", C/C++ Users
// Journal, June 2000.
func DoubleMetaphone(name string) (primary, alternate string) {
	var c coder
	c.read(name)
	c.code()
	return string(c.primary), string(c.alternate)
}

// PrimaryCode appends the primary double metaphone code of name to dst, in lower
// case.
func PrimaryCode(dst []byte, name string) []byte {
	var c coder
	c.read(name)
	c.code()
	for _, letter := range c.primary {
		if 'A' <= letter && letter <= 'Z' {
			letter += 'a' - 'A'
		}
		dst = append(dst, letter)
	}
	return dst
}

const (
	cedilla = 0xC7 // Ç, as in Latin-1
	enye    = 0xD1 // Ñ
)

// A coder walks over the capital letters of one name.
type coder struct {
	text               []byte
	textBuf            [stackRunes]byte
	primary, alternate []byte
	bufP, bufA         [stackRunes]byte
	slavoGermanic      bool
}

// read takes the name's letters in capitals; all else but blanks is dropped.
func (c *coder) read(name string) {
	c.text, c.primary, c.alternate = c.textBuf[:0], c.bufP[:0], c.bufA[:0]
	for _, r := range name {
		if len(c.text) == maxRunes {
			break
		}
		switch {
		case 'a' <= r && r <= 'z':
			c.text = append(c.text, byte(r-'a'+'A'))
		case 'A' <= r && r <= 'Z', r == ' ':
			c.text = append(c.text, byte(r))
		case r == 'ç' || r == 'Ç':
			c.text = append(c.text, cedilla)
		case r == 'ñ' || r == 'Ñ':
			c.text = append(c.text, enye)
		}
	}
	for i, letter := range c.text {
		if letter == 'W' || letter == 'K' || letter == 'C' && c.at(i+1) == 'Z' {
			c.slavoGermanic = true // "WITZ" holds a W
		}
	}
}

// code writes both codes.
func (c *coder) code() {
	i := 0
	if c.is(0, "GN", "KN", "PN", "WR", "PS") {
		i = 1 // the first letter is silent
	}
	if c.at(0) == 'X' { // Xavier
		c.add("S", "S")
		i = 1
	}
	for i < len(c.text) {
		i += c.letter(i)
	}
}

// letter codes what begins at i and returns how many letters that took.
func (c *coder) letter(i int) int {
	switch letter := c.text[i]; letter {
	case 'A', 'E', 'I', 'O', 'U', 'Y':
		if i == 0 {
			c.add("A", "A")
		}
		return 1
	case 'B':
		return c.twin(i, "P")
	case cedilla:
		return c.one("S", "S", 1)
	case 'C':
		return c.letterC(i)
	case 'D':
		return c.letterD(i)
	case 'F', 'K', 'N':
		return c.twin(i, string(letter))
	case enye:
		return c.one("N", "N", 1)
	case 'G':
		return c.letterG(i)
	case 'H':
		return c.letterH(i)
	case 'J':
		return c.letterJ(i)
	case 'L':
		return c.letterL(i)
	case 'M':
		return c.letterM(i)
	case 'P':
		return c.letterP(i)
	case 'Q':
		return c.twin(i, "K")
	case 'R':
		return c.letterR(i)
	case 'S':
		return c.letterS(i)
	case 'T':
		return c.letterT(i)
	case 'V':
		return c.twin(i, "F")
	case 'W':
		return c.letterW(i)
	case 'X':
		return c.letterX(i)
	case 'Z':
		return c.letterZ(i)
	}
	return 1
}

// add appends to the two codes.
func (c *coder) add(primary, alternate string) {
	c.primary = append(c.primary, primary...)
	c.alternate = append(c.alternate, alternate...)
}

// one adds to the codes and returns n.
func (c *coder) one(primary, alternate string, n int) int {
	c.add(primary, alternate)
	return n
}

// twin adds a code and steps over the letter at i and a second of its kind.
func (c *coder) twin(i int, code string) int { return c.one(code, code, c.run(i)) }

// run is 2 where the letter at i stands twice, else 1.
func (c *coder) run(i int) int {
	if c.at(i+1) == c.text[i] {
		return 2
	}
	return 1
}

// at returns the letter at i, 0 outside the name.
func (c *coder) at(i int) byte {
	if i < 0 || i >= len(c.text) {
		return 0
	}
	return c.text[i]
}

// is reports whether one of the pieces stands at i.
func (c *coder) is(i int, pieces ...string) bool {
	if i < 0 || i >= len(c.text) {
		return false
	}
	for _, piece := range pieces {
		if end := i + len(piece); end <= len(c.text) && string(c.text[i:end]) == piece {
			return true
		}
	}
	return false
}

// vowel reports whether a vowel stands at i.
func (c *coder) vowel(i int) bool {
	switch c.at(i) {
	case 'A', 'E', 'I', 'O', 'U', 'Y':
		return true
	}
	return false
}

// last reports whether i is the last letter.
func (c *coder) last(i int) bool { return i == len(c.text)-1 }

// among reports whether the letter at i is one of letters.
func (c *coder) among(i int, letters string) bool {
	letter := c.at(i)
	return letter != 0 && strings.IndexByte(letters, letter) >= 0
}

// germanic reports whether the name begins as Dutch and German ones do.
func (c *coder) germanic() bool { return c.is(0, "VAN ", "VON ", "SCH") }
