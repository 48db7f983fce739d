package reliability

import (
	"math/bits"

	"github.com/anishathalye/porcupine"
)

// What clients ask of two pools of seats, and what they are told.
type (
	askKind uint8
	how     uint8

	ask struct {
		kind     askKind
		pool     int // 0 or 1
		user     int
		seats    int   // for askSeats
		revision int64 // for askSeats: what the client believes
	}

	answer struct {
		how            how
		user           bool // assigned by this very call, or licensed
		holders, seats int  // of the pool, afterwards
		revision       int64
		holding        uint16 // for askHolders: a bit for each user
	}
)

const (
	askAssign askKind = iota
	askRevoke
	askMove
	askSeats
	askUse
	askCheck
	lastAsk = askCheck

	askHolders askKind = lastAsk + 1 // asked at the end only: it reads page by page
)

const (
	answered how = iota
	refused
	failed  // nothing happened
	unknown // it may have happened
)

// pools is the state of the model: two licenses of one org.
type pools [2]pool

type pool struct {
	holding  uint16 // a bit for each user
	seats    int
	revision int64
}

func (p pool) used() int { return bits.OnesCount16(p.holding) }

// poolModel is what two licenses are to do, one operation after the other.
var poolModel = porcupine.Model{
	Init: func() any { return pools{{seats: historySeats, revision: 1}, {seats: historySeats, revision: 1}} },
	Step: func(state, input, output any) (bool, any) {
		before, q, said := state.(pools), input.(ask), output.(answer)
		after, want := before.step(q)
		if said.how == unknown {
			return true, after // or never: it can stand after all others
		}
		if said.how != want.how {
			return false, before
		}
		return said.how == refused || said.agrees(q.kind, want), after
	},
}

// step returns what q makes of the pools, and what is to be said.
func (s pools) step(q ask) (pools, answer) {
	p, bit := &s[q.pool], uint16(1)<<q.user
	before := s
	said := answer{user: true}
	switch q.kind {
	case askAssign:
		switch {
		case p.holding&bit != 0:
			said.user = false
		case p.used() >= p.seats:
			said.how = refused
		default:
			p.holding |= bit
		}
	case askRevoke:
		p.holding &^= bit
	case askMove:
		to := &s[1-q.pool]
		switch held, there := p.holding&bit != 0, to.holding&bit != 0; {
		case !held && there: // it has been done
		case !held, !there && to.used() >= to.seats:
			said.how = refused
		default:
			p.holding &^= bit
			to.holding |= bit
		}
	case askSeats:
		switch {
		case p.seats == q.seats: // it has been done
		case p.revision != q.revision:
			said.how = refused
		default:
			p.seats = q.seats
			p.revision++
		}
	case askCheck:
		said.user = p.holding&bit != 0
	}
	if said.how == refused {
		return before, said
	}
	said.holders, said.seats, said.revision, said.holding = p.used(), p.seats, p.revision, p.holding
	return s, said
}

// agrees compares what an answer to such a question tells.
func (a answer) agrees(kind askKind, want answer) bool {
	switch kind {
	case askCheck:
		return a.user == want.user
	case askHolders:
		return a.holding == want.holding
	}
	return a.user == want.user && a.holders == want.holders && a.seats == want.seats && a.revision == want.revision
}
