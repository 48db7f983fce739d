package reclaim

import (
	"iter"
	"slices"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// Planner decides about seats under one policy at one instant. Most callers want
// [Planner.Plan]; [Planner.Moves] keeps nothing in memory, and [Planner.Decide]
// answers why about one seat. A Planner is safe for concurrent use. The zero
// Planner has no policy and finds every seat Unreadable.
type Planner struct {
	policy Policy
	now    time.Time
	today  license.Date

	// Each exemption is found by the narrowest thing that it names.
	byUser    map[seats.UserID][]Exemption
	byGroup   map[string][]Exemption
	byProfile map[string][]Exemption
	everybody []Exemption
}

// NewPlanner returns a planner for a run at now. A policy that is not valid is
// refused with all that is wrong with it.
func NewPlanner(policy Policy, now time.Time) (*Planner, error) {
	if err := policy.Validate(); err != nil {
		return nil, err
	}
	policy.Profiles = slices.Clone(policy.Profiles)
	p := &Planner{
		policy: policy, now: now.UTC().Truncate(time.Microsecond), today: policy.Zone.DateOf(now),
		byUser: make(map[seats.UserID][]Exemption), byGroup: make(map[string][]Exemption), byProfile: make(map[string][]Exemption),
	}
	for _, e := range policy.Exemptions {
		switch {
		case !e.User.IsZero():
			p.byUser[e.User] = append(p.byUser[e.User], e)
		case e.Group != "":
			p.byGroup[e.Group] = append(p.byGroup[e.Group], e)
		case e.Profile != "":
			p.byProfile[e.Profile] = append(p.byProfile[e.Profile], e)
		default:
			p.everybody = append(p.everybody, e)
		}
	}
	return p, nil
}

// Verdict is what a run decides about one seat.
type Verdict struct {
	Reason      Reason
	Idle        int  // civil days, as [Subject.IdleDays] counts them
	FutureLogin bool // the last log-in lies after the run: a clock is wrong; the seat counts as used today
	Move        Move // the zero Move unless Reason.Moves
}

// Decide returns the verdict on s.
func (p *Planner) Decide(s Subject) Verdict { return p.decide(&s) }

func (p *Planner) decide(s *Subject) Verdict {
	if !s.isReadable() || p.policy.First == 0 {
		return Verdict{Reason: Unreadable}
	}
	l := p.look(s)
	v := Verdict{Idle: l.idle, FutureLogin: s.LastLogin.After(p.now)}
	v.Reason = l.reason()
	if v.Reason.Moves() {
		v.Move = l.move(v.Reason)
	}
	return v
}

// look is one subject seen from one run.
type look struct {
	*Planner
	*Subject
	idle      int          // days since the last log-in, or the assignment
	spell     license.Date // the day from which idleness counts: that, or the end of an exemption
	spellIdle int          // days since
	exempt    bool
	ended     license.Date // last day of the latest exemption that has ended
}

func (p *Planner) look(s *Subject) look {
	l := look{Planner: p, Subject: s}
	l.spell, _ = s.IdleSince(p.policy.Zone)
	l.idle = max(0, p.today.Sub(l.spell))
	l.exempt, l.ended = p.exemption(s)
	if l.ended.After(l.spell) {
		l.spell = l.ended
	}
	l.spellIdle = max(0, p.today.Sub(l.spell))
	return l
}

// exemption reports whether one holds for s today, and the last day of the latest
// that has ended.
func (p *Planner) exemption(s *Subject) (holds bool, ended license.Date) {
	scan := func(exemptions []Exemption) {
		for i := range exemptions {
			e := &exemptions[i]
			if !e.matches(s) {
				continue
			}
			if e.Period.Holds(p.today) {
				holds = true
			} else if e.Period.Last.Before(p.today) && e.Period.Last.After(ended) {
				ended = e.Period.Last
			}
		}
	}
	scan(p.everybody)
	if len(p.byUser) > 0 {
		scan(p.byUser[s.User])
	}
	if len(p.byProfile) > 0 {
		scan(p.byProfile[s.Profile])
	}
	if len(p.byGroup) > 0 {
		for _, group := range s.Groups {
			scan(p.byGroup[group])
		}
	}
	return holds, ended
}

// reason decides. What speaks for the user comes first.
func (l look) reason() Reason {
	switch {
	case !l.Held():
		return NotHeld
	case l.Stage == Exempt:
		return StageExempt
	case l.exempt:
		return l.keep(PolicyExempt)
	case len(l.policy.Profiles) > 0 && !slices.Contains(l.policy.Profiles, l.Profile):
		return l.keep(OtherProfile)
	case l.LastLogin.IsZero() && l.policy.NeverLoggedIn == LeaveAlone:
		return l.keep(AwaitsFirstLogin)
	case l.isNew():
		return l.keep(NewStarter)
	case l.spellIdle < l.policy.First:
		return l.keep(InUse)
	}
	return l.advance()
}

// isNew reports whether the seat was assigned too recently, or is yet to be.
func (l look) isNew() bool {
	return l.AssignedAt.After(l.now) ||
		!l.AssignedAt.IsZero() && l.today.Sub(l.policy.Zone.DateOf(l.AssignedAt)) < l.policy.Tenure
}

// keep is the reason of a seat that stays in use: the given one, or how it got
// back to Active.
func (l look) keep(because Reason) Reason {
	switch {
	case l.Stage == Deactivated:
		return Reactivated
	case !l.Stage.warned() && l.NoticeAt.IsZero():
		return because
	case l.LastLogin.After(l.NoticeAt) && !l.LastLogin.After(l.now):
		return LoggedIn
	case because == InUse && l.noticeWasWrong():
		return NoticeInError
	}
	return Spared
}

// noticeWasWrong reports whether the last log-in, as it is known now, was too
// recent for a notice on the day it was sent.
func (l look) noticeWasWrong() bool {
	zone := l.policy.Zone
	return !l.LastLogin.IsZero() && !l.NoticeAt.IsZero() && !l.LastLogin.After(l.NoticeAt) &&
		zone.DateOf(l.NoticeAt).Sub(zone.DateOf(l.LastLogin)) < l.policy.First
}

// advance is the reason of a seat that is idle: at most one stage further.
func (l look) advance() Reason {
	if l.Stage.warned() && l.NoticeAt.IsZero() {
		return NoticeMissing
	}
	stage := l.Stage
	if l.noticeIsOld() {
		stage = Active // of an earlier spell; this one begins anew
	}
	waited := l.today.Sub(l.policy.Zone.DateOf(l.NoticeAt))
	switch {
	case stage == Deactivated:
		return StaysDeactivated
	case stage == FirstWarning && l.spellIdle >= l.policy.Final && waited >= l.policy.FirstDays:
		return FinalDue
	case stage == FinalNotice && l.spellIdle >= l.policy.Deactivate && waited >= l.policy.FinalDays:
		return SeatFreed
	case stage.warned():
		return Waiting
	}
	return FirstDue
}

// noticeIsOld reports whether the user logged in, got the seat anew or was exempt
// after the last notice: it then warned of something else. Of a log-in and a notice
// at one instant the log-in counts; a seat can be assigned and warned of at one.
func (l look) noticeIsOld() bool {
	return l.NoticeAt.IsZero() || !l.NoticeAt.After(l.LastLogin) || l.NoticeAt.Before(l.AssignedAt) ||
		!l.policy.Zone.DateOf(l.NoticeAt).After(l.ended)
}

// Moves yields the moves of a run over subjects, in their order, and keeps nothing.
func (p *Planner) Moves(subjects iter.Seq[Subject]) iter.Seq[Move] {
	return func(yield func(Move) bool) {
		for s := range subjects {
			if v := p.decide(&s); v.Reason.Moves() && !yield(v.Move) {
				return
			}
		}
	}
}

// Plan returns the moves of a run over subjects, in their order, with a summary.
// It changes nothing: looking at a plan is the dry run.
func (p *Planner) Plan(subjects iter.Seq[Subject]) Plan {
	plan := Plan{At: p.now}
	for s := range subjects {
		v := p.decide(&s)
		plan.Summary.add(p.policy, v)
		if v.Reason.Moves() {
			plan.Moves = append(plan.Moves, v.Move)
		}
	}
	return plan
}

// Compare is what-if: it decides about the same subjects under several policies,
// in one pass, and returns a summary for each, in their order.
func Compare(now time.Time, subjects iter.Seq[Subject], policies ...Policy) ([]Summary, error) {
	planners := make([]*Planner, len(policies))
	for i, policy := range policies {
		planner, err := NewPlanner(policy, now)
		if err != nil {
			return nil, err
		}
		planners[i] = planner
	}
	summaries := make([]Summary, len(policies))
	for s := range subjects {
		for i, p := range planners {
			summaries[i].add(p.policy, p.decide(&s))
		}
	}
	return summaries, nil
}
