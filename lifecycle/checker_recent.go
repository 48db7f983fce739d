package lifecycle

import (
	"math/bits"
	"math/rand/v2"
	"sync/atomic"

	"github.com/isvkit/isvkit/internal/recordid"
	"github.com/isvkit/isvkit/seats"
)

// recent remembers how users stand who were asked about lately, by three Salesforce ids: for them
// neither the place nor the user is looked up. What it says is no answer before the span that
// it was asked of is seen to be the one that counts now: see asked. It never grows, and
// nobody waits for it.
type recent [recentSlots]recentSlot

const recentSlots = 4096 // a power of two; 64 bytes each

// recentSlot is one line of a cache. What is read of it counts only if turn was even and the
// same before and after: else parts of two writings were read.
type recentSlot struct {
	turn  atomic.Uint64 // odd while somebody writes
	ids   [5]atomic.Uint64
	cell  atomic.Pointer[cell]
	asked atomic.Uint64
}

// asked is a user's standing, and the version of the span in which that was so. The zero
// asked says that nobody was asked: the span without a license, of which all are
// nobody, has the version 0.
type asked uint64

const standingBits = 16

func askedOf(s *span, at standing) asked { return asked(s.version<<standingBits | uint64(at)) }

// in returns the standing if it was that in s.
func (a asked) in(s *span) (at standing, ok bool) {
	return standing(a & (1<<standingBits - 1)), uint64(a>>standingBits) == s.version
}

// threeIDs are the characters of an org's, a package's and a user's Salesforce id that
// tell each from the others of its kind: 12, for 3 say the kind, and 3 are a checksum.
func threeIDs(org, pkg, user string) (orgFirst, pkgFirst, userFirst, places, last uint64, ok bool) {
	const prefix = 1<<24 - 1
	if len(org) != salesforceID || len(pkg) != salesforceID || len(user) != salesforceID ||
		recordid.Word(org, 0)&prefix != '0'|'0'<<8|'D'<<16 ||
		recordid.Word(pkg, 0)&prefix != '0'|'3'<<8|'3'<<16 ||
		recordid.Word(user, 0)&prefix != '0'|'0'<<8|'5'<<16 {
		return 0, 0, 0, 0, 0, false
	}
	places = recordid.Word(org, 10)>>8&(1<<32-1) | recordid.Word(pkg, 10)>>8<<32
	return recordid.Word(org, 3), recordid.Word(pkg, 3), recordid.Word(user, 3), places, recordid.Word(user, 10) >> 8 & (1<<32 - 1), true
}

func (r *recent) slot(orgFirst, pkgFirst, userFirst, places, last uint64) *recentSlot {
	hi1, lo1 := bits.Mul64(userFirst^wordSeeds[0], last^wordSeeds[1])
	hi2, lo2 := bits.Mul64(orgFirst^bits.RotateLeft64(pkgFirst, 32)^wordSeeds[2], places^wordSeeds[3])
	return &r[(hi1^lo1^hi2^lo2)%recentSlots]
}

// find returns the cell of a place and what a user was found to be there, or nil.
func (r *recent) find(org, pkg, user string) (*cell, asked) {
	a, b, c, d, e, ok := threeIDs(org, pkg, user)
	if !ok {
		return nil, 0
	}
	s := r.slot(a, b, c, d, e)
	turn := s.turn.Load()
	same := s.ids[0].Load() == a && s.ids[1].Load() == b && s.ids[2].Load() == c && s.ids[3].Load() == d && s.ids[4].Load() == e
	cell, was := s.cell.Load(), asked(s.asked.Load())
	if !same || turn&1 != 0 || s.turn.Load() != turn {
		return nil, 0
	}
	return cell, was
}

// remember keeps what a user was found to be, one time in so many: who is asked about
// often gets in, and for all others little is written.
func (r *recent) remember(p place, user seats.UserID, c *cell, was asked) {
	const oneIn = 16
	if rand.Uint32()%oneIn == 0 {
		r.put(p.org.String(), p.pkg.String(), user.String(), c, was)
	}
}

func (r *recent) put(org, pkg, user string, c *cell, was asked) {
	orgFirst, pkgFirst, userFirst, places, last, ok := threeIDs(org, pkg, user)
	if !ok {
		return
	}
	s := r.slot(orgFirst, pkgFirst, userFirst, places, last)
	turn := s.turn.Load()
	if turn&1 != 0 || !s.turn.CompareAndSwap(turn, turn+1) {
		return // somebody else is at it
	}
	for i, id := range [...]uint64{orgFirst, pkgFirst, userFirst, places, last} {
		s.ids[i].Store(id)
	}
	s.cell.Store(c)
	s.asked.Store(uint64(was))
	s.turn.Store(turn + 2)
}
