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
		if hi, lo, ok := hexNumber(text, false); ok && !isDecimal(text) {
			return numberKey(hex64, hi, lo)
		}
	case 18:
		if hi, lo, ok := userNumber(text); ok {
			return numberKey(recordIDs, hi, lo)
		}
		if hi, lo, ok := recordid.Number(text); ok {
			return numberKey(recordIDs, hi, lo)
		}
	case 32:
		if hi, lo, ok := hexNumber(text, false); ok {
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
	var digits [32]byte
	to := 0
	for i := range len(text) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if text[i] != '-' {
				return Key{}, false
			}
			continue
		}
		digits[to] = text[i]
		to++
	}
	if hi, lo, ok := hexNumber(digits[:], false); ok {
		return numberKey(lowerUUIDs, hi, lo), true
	}
	hi, lo, ok := hexNumber(digits[:], true)
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

// hexNumber reads at most 32 hexadecimal digits whose letters are of one case.
func hexNumber[text string | []byte](digits text, upper bool) (hi, lo uint64, ok bool) {
	values := &lowerHex
	if upper {
		values = &upperHex
	}
	var seen byte
	for i := range len(digits) {
		value := values[digits[i]]
		seen |= value
		hi, lo = hi<<4|lo>>60, lo<<4|uint64(value)
	}
	return hi, lo, seen < 16
}

var lowerHex, upperHex = hexValues("0123456789abcdef"), hexValues("0123456789ABCDEF")

// hexValues returns the value of each digit, and 16 for what is none.
func hexValues(digits string) (values [256]byte) {
	for i := range values {
		values[i] = 16
	}
	for i := range len(digits) {
		values[digits[i]] = byte(i)
	}
	return values
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
