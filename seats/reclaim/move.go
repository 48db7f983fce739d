package reclaim

import (
	"time"

	"github.com/isvkit/isvkit/license"
)

// Move is one step that a run takes with one seat: its target, the revision that
// the step rests on, and from where to where it goes. The zero Move is none.
type Move struct {
	Target
	Revision int64 // of the subject when the plan was made
	From, To Stage
	Reason   Reason
	At       time.Time // of the plan

	Idle       int          // days, from IdleSince on
	IdleSince  license.Date // the day since which idleness counts: of the last log-in, the assignment, or the end of an exemption
	Earliest   license.Date // for a move to a warning stage: the first day on which the seat can be freed
	AssignedAt time.Time
	LastLogin  time.Time // as the plan knew it; zero: never
	NoticeAt   time.Time // of the notice before this move; zero: none
}

func (l look) move(reason Reason) Move {
	m := Move{
		Target: l.Target(), Revision: l.Revision, From: l.Stage, To: Active, Reason: reason, At: l.now,
		Idle: l.spellIdle, IdleSince: l.spell, AssignedAt: l.AssignedAt, LastLogin: l.LastLogin, NoticeAt: l.NoticeAt,
	}
	switch reason {
	case FirstDue:
		m.To = FirstWarning
	case FinalDue:
		m.To = FinalNotice
	case NoticeMissing:
		m.To = l.Stage
	case SeatFreed:
		m.To = Deactivated
	}
	m.Earliest = l.earliest(m.To)
	return m
}

// earliest returns the first day on which a seat that goes to a warning stage
// today can be freed, were there a run every day.
func (l look) earliest(to Stage) license.Date {
	final := l.today // day of the final notice
	switch to {
	case FirstWarning:
		final = later(l.today.AddDays(l.policy.FirstDays), l.spell.AddDays(l.policy.Final))
	case FinalNotice:
	default:
		return license.Date{}
	}
	return later(final.AddDays(l.policy.FinalDays), l.spell.AddDays(l.policy.Deactivate))
}

func later(a, b license.Date) license.Date {
	if a.After(b) {
		return a
	}
	return b
}

// Notice returns which notice is due with the move: the stage that it leads to.
// due is false for a move back to Active. Whether to write to those who have lost
// their seat is the caller's choice.
func (m Move) Notice() (stage Stage, due bool) {
	return m.To, m.To.warned() || m.To == Deactivated
}

// FreesSeat reports whether the move takes the seat away.
func (m Move) FreesSeat() bool { return m.To == Deactivated }

// Outcome is what became of a move.
type Outcome uint8

// The outcomes.
const (
	Applied         Outcome = 1 + iota
	AlreadyApplied          // by an earlier run of the same plan
	SkippedChanged          // something else has changed it since the plan was made
	SkippedLoggedIn         // the user has logged in since
	SkippedGone             // the seat is not held any more

	outcomes // how many there are, and one
)

var outcomeText = [outcomes]string{Applied: "applied", AlreadyApplied: "already applied", SkippedChanged: "skipped: changed",
	SkippedLoggedIn: "skipped: logged in", SkippedGone: "skipped: gone"}

// String returns the outcome in words; "none" for the zero Outcome.
func (o Outcome) String() string {
	if 0 < o && o < outcomes {
		return outcomeText[o]
	}
	return "none"
}

// Apply carries the move out on the subject as the store holds it now, the zero
// Subject where it holds none. It returns the subject to store, if the outcome is
// Applied, and current otherwise. Nothing is applied to a subject that changed, or
// whose user logged in, since the plan was made, and applying a move again changes
// nothing.
//
// A notice is dated at, when it is sent, not when it was planned: the days to
// answer it are counted from then. A seat freed is one revoked by the actor.
func (m Move) Apply(current Subject, at time.Time, actor string) (Subject, Outcome) {
	at = latest(at.UTC().Truncate(time.Microsecond), m.At) // a clock set back shortens no notice
	switch {
	case m.isApplied(current):
		return current, AlreadyApplied
	case current.User.IsZero():
		return current, SkippedGone
	case current.Target() != m.Target:
		return current, SkippedChanged
	case !current.Held():
		return current, SkippedGone
	case current.LastLogin.After(m.LastLogin):
		return current, SkippedLoggedIn
	case current.Revision != m.Revision || current.Stage != m.From:
		return current, SkippedChanged
	}
	return m.applied(current, at, actor), Applied
}

// isApplied reports whether current is what an earlier run of the plan left.
func (m Move) isApplied(current Subject) bool {
	if m.To == 0 || current.Target() != m.Target || current.Stage != m.To || current.Revision <= m.Revision {
		return false
	}
	if _, due := m.Notice(); !due {
		return current.NoticeAt.IsZero()
	}
	return !current.NoticeAt.Before(m.At) && current.Held() == !m.FreesSeat()
}

func (m Move) applied(s Subject, at time.Time, actor string) Subject {
	s.Stage, s.NoticeAt = m.To, time.Time{}
	s.Revision++
	if _, due := m.Notice(); due {
		s.NoticeAt = at
	}
	if m.FreesSeat() {
		s.RevokedAt, s.RevokedBy = at, actor
	}
	return s
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
