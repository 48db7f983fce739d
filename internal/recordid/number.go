package recordid

import "math/bits"

// The first 5 of the 15 characters are counted apart from the other 10, each as
// digits to the base 62 in the order of ASCII.
const (
	digits    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	firstEnd  = 62 * 62 * 62 * 62 * 62
	secondEnd = firstEnd * firstEnd
)

const (
	noDigit = 1 << 7
	upper   = 1 << 6 // beside the digit of an upper-case letter
)

var digitOf = func() (table [256]byte) {
	for i := range table {
		table[i] = noDigit
	}
	for i := range len(digits) {
		table[digits[i]] = byte(i)
		if 'A' <= digits[i] && digits[i] <= 'Z' {
			table[digits[i]] |= upper
		}
	}
	return table
}()

// Number returns the 15 characters of an id in canonical form as a number of 128
// bits: ids issued one after the other have numbers one after the other. ok is
// false for every other text.
func Number(canonical string) (hi, lo uint64, ok bool) {
	if len(canonical) != 18 {
		return 0, 0, false
	}
	var first, second uint64
	var uppers, seen uint
	for i := range 5 {
		d := digitOf[canonical[i]]
		first = first*62 + uint64(d&^upper)
		seen |= uint(d)
		uppers |= uint(d&upper) >> 6 << i
	}
	for i := 5; i < 15; i++ {
		d := digitOf[canonical[i]]
		second = second*62 + uint64(d&^upper)
		seen |= uint(d)
		uppers |= uint(d&upper) >> 6 << i
	}
	if seen&noDigit != 0 || canonical[15] != suffixAlphabet[uppers&31] ||
		canonical[16] != suffixAlphabet[uppers>>5&31] || canonical[17] != suffixAlphabet[uppers>>10] {
		return 0, 0, false
	}
	hi, lo = bits.Mul64(first, secondEnd)
	lo, carry := bits.Add64(lo, second, 0)
	return hi + carry, lo, true
}

// NumberOfCanonical is Number for an id that is known to be in canonical form, which it
// does not check again: eight characters at a time. Of any other text of 18 bytes it makes some number.
func NumberOfCanonical(id string) (hi, lo uint64) {
	const rest = 62 * 62 * 62 * 62 * 62 * 62 * 62 // the last 7 of the 15 digits
	hi, lo = bits.Mul64(eightDigits(Word(id, 0)), rest)
	lo, carry := bits.Add64(lo, eightDigits(Word(id, 8)<<8|'0'), 0)
	return hi + carry, lo
}

// Word returns the 8 bytes of text from at on, the first one lowest.
func Word(text string, at int) uint64 {
	t := text[at : at+8]
	return uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
		uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
}

// eightDigits reads 8 digits to the base 62: each byte becomes its digit, then pairs
// become one number, then pairs of those, all at once.
func eightDigits(text uint64) uint64 {
	const each = 0x0101010101010101
	letters := text >> 6 & each
	lower := text >> 5 & letters
	digits := text - '0'*each - ('A'-'0'-10)*letters - ('a'-'A'-26)*lower
	twos := digits&0x00FF00FF00FF00FF*62 + digits>>8&0x00FF00FF00FF00FF
	fours := twos&0x0000FFFF0000FFFF*(62*62) + twos>>16&0x0000FFFF0000FFFF
	return fours&0xFFFFFFFF*(62*62*62*62) + fours>>32
}

// FromNumber returns the id of a number in canonical form; ok is false where it is
// no id's.
func FromNumber(hi, lo uint64) (canonical string, ok bool) {
	if hi >= secondEnd {
		return "", false
	}
	first, second := bits.Div64(hi, lo, secondEnd)
	if first >= firstEnd {
		return "", false
	}
	var text [18]byte
	for i := 14; i >= 5; i-- {
		text[i] = digits[second%62]
		second /= 62
	}
	for i := 4; i >= 0; i-- {
		text[i] = digits[first%62]
		first /= 62
	}
	var uppers uint
	for i := range 15 {
		uppers |= uint(digitOf[text[i]]&upper) >> 6 << i
	}
	for i := range 3 {
		text[15+i] = suffixAlphabet[uppers>>(5*i)&31]
	}
	return string(text[:]), true
}
