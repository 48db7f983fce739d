package seats_test

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"

	"github.com/isvkit/isvkit/internal/recordid"
	"github.com/isvkit/isvkit/seats"
)

// A family of ids: the nth of those in the set, and of those that are not.
type family struct {
	name string
	id   func(n uint64) string // even ns are in the set, odd ones are not
}

// mixed is the nth of a sequence that looks random and has no number twice.
func mixed(n uint64) uint64 {
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

func recordID(hi, lo uint64) string {
	id, ok := recordid.FromNumber(hi, lo)
	if !ok {
		panic("no id")
	}
	return id
}

// userHi and userLo are the number of a user.
var userHi, userLo, _ = recordid.Number(seats.MustUserID("0052X0000000000").String())

var families = []family{
	{"sequence", func(n uint64) string { // one in 37 of a range, anywhere in each 37
		at := 37*(n/2) + mixed(n/2)%36 + n%2
		lo, carry := bits.Add64(userLo, at, 0)
		return recordID(userHi+carry, lo)
	}},
	{"hex64", func(n uint64) string { return hex.EncodeToString(binary.BigEndian.AppendUint64(nil, mixed(n))) }},
	{"record", func(n uint64) string { // random, of 65 bits
		lo, carry := bits.Add64(userLo, mixed(n), 0)
		return recordID(userHi+n%2+carry, lo)
	}},
	{"uuid", func(n uint64) string {
		var raw [16]byte
		binary.BigEndian.PutUint64(raw[:], mixed(n)&^0xf000|0x4000)
		binary.BigEndian.PutUint64(raw[8:], mixed(^n)&^(3<<62)|1<<63)
		digits := hex.EncodeToString(raw[:])
		return digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
	}},
}

func (f family) user(n uint64) seats.UserID { return seats.MustUserID(f.id(n)) }
