package reclaim

import (
	"iter"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

// Metrics counts what runs have achieved, from the moves that were applied, in
// their order. The zero Metrics is ready; set FalseWithin before the first move. It
// is not safe for concurrent use.
type Metrics struct {
	FalseWithin int // a seat given back within so many days (UTC) of being freed was freed in error; 0: on the same day

	First, Final NoticeMetrics // first warnings and final notices
	Freed        int           // seats taken away
	Reactivated  int           // of them, given back later to the same user
	FalseFreed   int           // of these, within FalseWithin days
	Spared       int           // users sent back to Active though they had not logged in

	recovered map[license.ID]int // freed less reactivated
}

// NoticeMetrics counts notices of one kind.
type NoticeMetrics struct {
	Sent   int
	Heeded int // the user logged in after it
	False  int // a log-in before it came to light that makes it wrong
}

// Count adds a move that was applied.
func (m *Metrics) Count(move Move) {
	m.answer(move)
	switch move.To {
	case FirstWarning:
		m.First.Sent++
	case FinalNotice:
		m.Final.Sent++
	case Deactivated:
		m.Freed++
		m.recover(move.License, 1)
	}
	if move.From == Deactivated {
		m.reactivated(move)
	}
	if move.Reason == Spared {
		m.Spared++
	}
}

// answer counts how the notice before the move was answered.
func (m *Metrics) answer(move Move) {
	notice := &m.First
	switch move.From {
	case FinalNotice:
		notice = &m.Final
	case FirstWarning:
	default:
		return
	}
	switch {
	case move.Reason == NoticeInError:
		notice.False++
	case !move.NoticeAt.IsZero() && move.LastLogin.After(move.NoticeAt) && !move.LastLogin.After(move.At):
		notice.Heeded++
	}
}

func (m *Metrics) reactivated(move Move) {
	m.Reactivated++
	m.recover(move.License, -1)
	back := move.AssignedAt
	if !back.After(move.NoticeAt) { // the seat was never taken from the assignment: the log-in brought it back
		back = move.LastLogin
	}
	if !move.NoticeAt.IsZero() && license.DateOf(back).Sub(license.DateOf(move.NoticeAt)) <= m.FalseWithin {
		m.FalseFreed++
	}
}

func (m *Metrics) recover(id license.ID, n int) {
	if m.recovered == nil {
		m.recovered = make(map[license.ID]int)
	}
	m.recovered[id] += n
}

// Recovered returns how many seats stayed free: those freed less those given back.
// It is below zero where seats came back that were freed before the first move
// counted.
func (m *Metrics) Recovered() int { return m.Freed - m.Reactivated }

// RecoveredByLicense yields the licenses of which seats were freed or given back,
// by their number, and how many stayed free.
func (m *Metrics) RecoveredByLicense() iter.Seq2[license.ID, int] { return byLicense(m.recovered) }

// Money returns what the recovered seats cost a year, for each currency; unpriced
// is how many of them have no price.
func (m *Metrics) Money(prices Prices) (perYear money.Totals, unpriced int, err error) {
	return worth(m.recovered, prices)
}
