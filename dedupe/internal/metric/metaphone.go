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
	var letters [stackRunes]byte
	for code := range newCoder(appendCapitals(letters[:0], name)).codes {
		primary += code.primary
		alternate += code.alternate
	}
	return primary, alternate
}

// PrimaryCode appends the primary double metaphone code of name to dst, in lower
// case.
func PrimaryCode(dst []byte, name string) []byte {
	var letters [stackRunes]byte
	for code := range newCoder(appendCapitals(letters[:0], name)).codes {
		for i := range len(code.primary) {
			letter := code.primary[i]
			if 'A' <= letter && letter <= 'Z' {
				letter += 'a' - 'A'
			}
			dst = append(dst, letter)
		}
	}
	return dst
}

const (
	cedilla = 0xC7 // Ç, as in Latin-1
	enye    = 0xD1 // Ñ
)

// A coder walks over the capital letters of one name.
type coder struct {
	text          []byte
	slavoGermanic bool
}

// code is how some letters of a name sound, and how many they are.
type code struct {
	primary, alternate string
	letters            int
}

func newCoder(text []byte) *coder {
	c := &coder{text: text}
	for i, letter := range c.text {
		if letter == 'W' || letter == 'K' || letter == 'C' && c.at(i+1) == 'Z' {
			c.slavoGermanic = true // "WITZ" holds a W
		}
	}
	return c
}

// codes yields the codes of the name from its beginning to its end.
func (c *coder) codes(yield func(code) bool) {
	i := 0
	if c.is(0, "GN", "KN", "PN", "WR", "PS") {
		i = 1 // the first letter is silent
	}
	for i < len(c.text) {
		code := c.letter(i)
		if !yield(code) {
			return
		}
		i += code.letters
	}
}

// appendCapitals appends the name's letters in capitals; all else but blanks is dropped.
func appendCapitals(dst []byte, name string) []byte {
	for _, r := range name {
		if len(dst) == maxRunes {
			break
		}
		switch {
		case 'a' <= r && r <= 'z':
			dst = append(dst, byte(r-'a'+'A'))
		case 'A' <= r && r <= 'Z', r == ' ':
			dst = append(dst, byte(r))
		case r == 'ç' || r == 'Ç':
			dst = append(dst, cedilla)
		case r == 'ñ' || r == 'Ñ':
			dst = append(dst, enye)
		}
	}
	return dst
}

// letter codes what begins at i.
func (c *coder) letter(i int) code {
	switch c.text[i] {
	case 'A', 'E', 'I', 'O', 'U', 'Y':
		if i == 0 {
			return code{"A", "A", 1}
		}
	case 'B':
		return c.twin(i, "P")
	case cedilla:
		return code{"S", "S", 1}
	case 'C':
		return c.letterC(i)
	case 'D':
		return c.letterD(i)
	case 'F', 'V':
		return c.twin(i, "F")
	case enye:
		return code{"N", "N", 1}
	case 'G':
		return c.letterG(i)
	case 'H':
		return c.letterH(i)
	case 'J':
		return c.letterJ(i)
	case 'K', 'Q':
		return c.twin(i, "K")
	case 'L':
		return c.letterL(i)
	case 'M':
		return c.letterM(i)
	case 'N':
		return c.twin(i, "N")
	case 'P':
		return c.letterP(i)
	case 'R':
		return c.letterR(i)
	case 'S':
		return c.letterS(i)
	case 'T':
		return c.letterT(i)
	case 'W':
		return c.letterW(i)
	case 'X':
		return c.letterX(i)
	case 'Z':
		return c.letterZ(i)
	}
	return code{"", "", 1}
}

// twin codes the letter at i and a second of its kind.
func (c *coder) twin(i int, sound string) code { return code{sound, sound, c.run(i)} }

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
	rest := c.text[i:]
	for _, piece := range pieces {
		if rest[0] == piece[0] && len(rest) >= len(piece) && string(rest[:len(piece)]) == piece {
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
