// Package sampleids makes ids of users as they are issued, for tests and benchmarks: of
// each family as many as one likes, in a set or not, without keeping them.
package sampleids

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"

	"github.com/isvkit/isvkit/internal/recordid"
	"github.com/isvkit/isvkit/seats"
)

// Family is a family of ids, each of which writes a number of 128 bits. By convention
// even ids are in a set, and odd ones are not.
type Family struct {
	Name   string
	number func(n uint64) (hi, lo uint64)
	text   func(hi, lo uint64) string
}

// Families are those whose sets are hard to keep.
var Families = []Family{Sequence, Hex64, Record, UUID}

// The families: Salesforce ids in sequence, one in 37 of a range, anywhere in each 37; those of
// a range without gaps; and random ones of 64 bits, of 65, and of 122.
var (
	Sequence = Family{"sequence", func(n uint64) (hi, lo uint64) { return 0, 37*(n/2) + mixed(n/2)%36 + n%2 }, recordID}
	Dense    = Family{"dense", func(n uint64) (hi, lo uint64) { return 0, n }, recordID}
	Hex64    = Family{"hex64", func(n uint64) (hi, lo uint64) { return 0, mixed(n) }, hex64}
	Record   = Family{"record", func(n uint64) (hi, lo uint64) { return n % 2, mixed(n) }, recordID}
	UUID     = Family{"uuid", func(n uint64) (hi, lo uint64) { return mixed(n)&^0xf000 | 0x4000, mixed(^n)&^(3<<62) | 1<<63 }, uuid}
)

// User returns user n.
func (f Family) User(n uint64) seats.UserID { return seats.MustUserID(f.text(f.number(n))) }

// Number returns what the id of user n writes, less what all of the family have in common.
func (f Family) Number(n uint64) (hi, lo uint64) { return f.number(n) }

// Any returns the number of a user by chance, the same for the same i, among so many
// who are in the set. The next number is that of somebody who is not.
func Any(i, among uint64) (n uint64) { return 2 * (mixed(i) % among) }

// mixed is the nth of a sequence that looks random and has no number twice.
func mixed(n uint64) uint64 {
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// userHi and userLo are the number of a user, of whom the others of the family are near.
var userHi, userLo, _ = recordid.Number(seats.MustUserID("0052X0000000000").String())

func recordID(hi, lo uint64) string {
	lo, carry := bits.Add64(userLo, lo, 0)
	id, ok := recordid.FromNumber(userHi+hi+carry, lo)
	if !ok {
		panic("sampleids: a number that no id has") // every family stays far below the last id
	}
	return id
}

func hex64(_, lo uint64) string { return hex.EncodeToString(binary.BigEndian.AppendUint64(nil, lo)) }

func uuid(hi, lo uint64) string {
	digits := hex.EncodeToString(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, hi), lo))
	return digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
}
