package seats

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"strconv"
	"strings"

	"github.com/isvkit/isvkit/internal/recordid"
	"github.com/isvkit/isvkit/seats/internal/idset"
)

// Key is a user id in the form in which a [Set] looks it up, for who asks about the
// same user often. The zero Key is that of the zero UserID, which no Set holds.
type Key struct {
	kind kind
	id   idset.Key
}

// kind is a way of writing ids. Ids of each kind are kept apart, so that an id is
// no more than the number or text that it writes.
type kind uint8

// In the order of Set.All.
const (
	recordIDs  kind = iota + 1 // Salesforce ids, as the number of their 15 characters to the base 62
	decimals                   // at most 20 digits
	hex64                      // 16 lower-case hexadecimal digits
	lowerUUIDs                 // 8-4-4-4-12 hexadecimal digits
	upperUUIDs
	hex128     // 32 lower-case hexadecimal digits
	shortTexts // at most 16 bytes, as digits to the base 256
	longTexts
	kinds = iota
)

// KeyOf returns the key of a user id. It allocates nothing. An id of more than 16
// bytes that is neither a Salesforce id nor a UUID takes a SHA-256 sum.
func KeyOf(user UserID) Key {
	text := user.text
	switch len(text) {
	case 0:
		return Key{}
	case 16:
		first, ok1 := eightHex(recordid.Word(text, 0), 'a')
		second, ok2 := eightHex(recordid.Word(text, 8), 'a')
		if ok1 && ok2 && !isDecimal(text) {
			return numberKey(hex64, 0, first<<32|second)
		}
	case 18:
		if hi, lo, ok := userNumber(text); ok {
			return numberKey(recordIDs, hi, lo)
		}
		if hi, lo, ok := recordid.Number(text); ok {
			return numberKey(recordIDs, hi, lo)
		}
	case 32:
		digits := [4]uint64{recordid.Word(text, 0), recordid.Word(text, 8), recordid.Word(text, 16), recordid.Word(text, 24)}
		if hi, lo, ok := hexNumber(digits, 'a'); ok {
			return numberKey(hex128, hi, lo)
		}
	case 36:
		if key, ok := uuidKey(text); ok {
			return key
		}
	}
	if isDecimal(text) {
		hi, lo := decimalNumber(text)
		return numberKey(decimals, hi, lo)
	}
	if len(text) <= 16 {
		hi, lo := textNumber(text)
		return numberKey(shortTexts, hi, lo)
	}
	return Key{longTexts, idset.Text(text)}
}

// userNumber is recordid.Number for what begins as the Salesforce id of a user: a UserID
// that claims to be one was checked when it was read, and is in canonical form.
func userNumber(text string) (hi, lo uint64, ok bool) {
	if len(text) != 18 || text[:3] != "005" {
		return 0, 0, false
	}
	hi, lo = recordid.NumberOfCanonical(text)
	return hi, lo, true
}

func numberKey(k kind, hi, lo uint64) Key {
	return Key{k, idset.Key{Num: idset.Number{Hi: hi, Lo: lo}}}
}

// isDecimal reports whether text is 1 to 20 digits, of which the first is 0 only if it
// is alone.
func isDecimal(text string) bool {
	if len(text) > 20 || text[0] == '0' && len(text) > 1 {
		return false
	}
	for i := range len(text) {
		if text[i]-'0' > 9 {
			return false
		}
	}
	return true
}

func decimalNumber(text string) (hi, lo uint64) {
	for i := range len(text) {
		var carry uint64
		tens, digit := hi*10, uint64(text[i]-'0')
		hi, lo = bits.Mul64(lo, 10)
		lo, carry = bits.Add64(lo, digit, 0)
		hi += tens + carry
	}
	return hi, lo
}

func decimalText(n idset.Number) (string, bool) {
	const ten19 = 10_000_000_000_000_000_000
	if n.Hi >= 10 { // more than 20 digits
		return "", false
	}
	first, rest := bits.Div64(n.Hi, n.Lo, ten19)
	if first == 0 {
		return strconv.FormatUint(rest, 10), true
	}
	digits := strconv.FormatUint(rest, 10)
	return strconv.FormatUint(first, 10) + strings.Repeat("0", 19-len(digits)) + digits, true
}

// uuidKey reads a UUID of which no two letters differ in case.
func uuidKey(text string) (Key, bool) {
	if text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return Key{}, false
	}
	const four = 1<<32 - 1 // bytes
	digits := [4]uint64{
		recordid.Word(text, 0),
		recordid.Word(text, 9)&four | recordid.Word(text, 14)<<32,
		recordid.Word(text, 19)&four | recordid.Word(text, 24)<<32,
		recordid.Word(text, 28),
	}
	if hi, lo, ok := hexNumber(digits, 'a'); ok {
		return numberKey(lowerUUIDs, hi, lo), true
	}
	hi, lo, ok := hexNumber(digits, 'A')
	return numberKey(upperUUIDs, hi, lo), ok
}

func uuidText(n idset.Number) string {
	digits := hexText(n)
	return digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
}

func hexText(n idset.Number) string {
	var bytes [16]byte
	binary.BigEndian.PutUint64(bytes[:], n.Hi)
	binary.BigEndian.PutUint64(bytes[8:], n.Lo)
	return hex.EncodeToString(bytes[:])
}

// hexNumber reads 32 hexadecimal digits, 8 in each word, of which the first letter is a
// or A.
func hexNumber(digits [4]uint64, a byte) (hi, lo uint64, ok bool) {
	first, ok1 := eightHex(digits[0], a)
	second, ok2 := eightHex(digits[1], a)
	third, ok3 := eightHex(digits[2], a)
	fourth, ok4 := eightHex(digits[3], a)
	return first<<32 | second, third<<32 | fourth, ok1 && ok2 && ok3 && ok4
}

// eightHex reads 8 hexadecimal digits at once: each byte becomes its digit, then pairs
// become one number, then pairs of those. What does not read back the same is none.
func eightHex(text uint64, a byte) (value uint64, ok bool) {
	const each = 0x0101010101010101
	digits := text&(0x0f*each) + 9*(text>>6&each)
	letters := (digits + 6*each) >> 4 & each
	ok = digits&(0xf0*each) == 0 && digits+'0'*each+uint64(a-'0'-10)*letters == text
	value = digits&0x00FF00FF00FF00FF<<4 | digits>>8&0x00FF00FF00FF00FF
	value = value&0x0000FFFF0000FFFF<<8 | value>>16&0x0000FFFF0000FFFF
	return value&0xFFFFFFFF<<16 | value>>32, ok
}

// textNumber reads at most 16 bytes, none of them zero: so the number says how many
// they are.
func textNumber(text string) (hi, lo uint64) {
	for i := range len(text) {
		hi, lo = hi<<8|lo>>56, lo<<8|uint64(text[i])
	}
	return hi, lo
}

func numberText(n idset.Number) string {
	var bytes [16]byte
	binary.BigEndian.PutUint64(bytes[:], n.Hi)
	binary.BigEndian.PutUint64(bytes[8:], n.Lo)
	return strings.TrimLeft(string(bytes[:]), "\x00")
}

// user returns the id that a key is of; ok is false for a key that KeyOf never
// returns, save texts, which are not looked at.
func (k Key) user() (UserID, bool) {
	text, ok := k.text()
	return UserID{text}, ok
}

func (k Key) text() (string, bool) {
	n := k.id.Num
	switch k.kind {
	case recordIDs:
		return recordid.FromNumber(n.Hi, n.Lo)
	case decimals:
		return decimalText(n)
	case hex64:
		return hexText(n)[16:], n.Hi == 0
	case lowerUUIDs:
		return uuidText(n), true
	case upperUUIDs:
		return strings.ToUpper(uuidText(n)), true
	case hex128:
		return hexText(n), true
	case shortTexts:
		return numberText(n), true
	}
	return k.id.Text, true
}
