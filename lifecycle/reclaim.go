package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// Standing is how far the seat of a user has come on the way to being reclaimed. A
// seat that no run has moved has none: the zero Standing.
type Standing struct {
	License  license.ID
	User     seats.UserID
	Stage    reclaim.Stage
	NoticeAt time.Time // of the last notice; zero: none since the seat was Active
	Revision int64     // rises by one with every change; 1 when new
}

func (s Standing) target() reclaim.Target { return reclaim.Target{License: s.License, User: s.User} }

// subject returns what package reclaim looks at. Its revision is the sum of two
// numbers that only rise, so it changes when the seat is given anew or its standing
// changes.
func subject(a seats.Assignment, s Standing, p Person) reclaim.Subject {
	return reclaim.Subject{
		Assignment: a, LastLogin: p.LastLogin, Profile: p.Profile, Groups: p.Groups,
		Stage: cmp.Or(s.Stage, reclaim.Active), NoticeAt: s.NoticeAt, Revision: a.AssignedAt.UnixMicro() + s.Revision,
	}
}

// reclaim decides nothing about idleness, which the plan did, but whether the plan
// still holds.
func (d *decision) reclaim(c Reclaim) error {
	if err := d.licensed(c.Move.License); err != nil {
		return err
	}
	after, outcome := d.reclaimed(c)
	if outcome != reclaim.Applied {
		return nil
	}
	if !after.Held() {
		d.freeSeats(c.Move.License, []seats.UserID{c.Move.User})
	}
	standing := Standing{License: c.Move.License, User: c.Move.User, Stage: after.Stage, NoticeAt: after.NoticeAt, Revision: d.Standing.Revision + 1}
	d.do(PutStanding{Standing: standing, IfRevision: d.Standing.Revision}, StageMoved{Move: c.Move, After: standing})
	return nil
}

// reclaimed returns what becomes of the subject of c.
func (s State) reclaimed(c Reclaim) (reclaim.Subject, reclaim.Outcome) {
	var current reclaim.Subject
	switch {
	case len(s.Holding) > 0:
		current = subject(s.Holding[0], s.Standing, c.Person)
	case s.Standing.Revision > 0: // the seat may be gone by this very move
		current = subject(seats.Assignment{License: c.Move.License, User: c.Move.User, AssignedAt: c.Move.AssignedAt,
			RevokedAt: s.Standing.NoticeAt}, s.Standing, c.Person)
	}
	return c.Move.Apply(current, s.Now, s.Actor.String())
}

// Subjects yields the holders of a license as a reclaim planner looks at them. people
// says what the org knows of a user; it runs while no transaction is open.
func (m *Manager) Subjects(ctx context.Context, a Actor, id license.ID, people func(seats.UserID) Person) iter.Seq2[reclaim.Subject, error] {
	return func(yield func(reclaim.Subject, error) bool) {
		after := seats.UserID{}
		pages(ctx, m, a, func(s reclaim.Subject, err error) bool {
			if err == nil {
				p := people(s.User)
				s.LastLogin, s.Profile, s.Groups = p.LastLogin, p.Profile, p.Groups
			}
			return yield(s, err)
		}, func(ctx context.Context, r Reader) ([]reclaim.Subject, error) {
			holders, err := r.Holders(ctx, a.Vendor, id, after, pageSize)
			if err != nil {
				return nil, err
			}
			return withStandings(ctx, r, a, id, holders)
		}, func(last reclaim.Subject) { after = last.User })
	}
}

func withStandings(ctx context.Context, r Reader, a Actor, id license.ID, holders []seats.Assignment) ([]reclaim.Subject, error) {
	var users []seats.UserID
	for _, h := range holders {
		users = append(users, h.User)
	}
	standings, err := r.Standings(ctx, a.Vendor, id, users)
	if err != nil {
		return nil, err
	}
	of := map[seats.UserID]Standing{}
	for _, s := range standings {
		of[s.User] = s
	}
	var subjects []reclaim.Subject
	for _, h := range holders {
		subjects = append(subjects, subject(h, of[h.User], Person{}))
	}
	return subjects, nil
}

// PlanLicense plans a reclaim run over one license. It changes nothing: looking at the
// plan is the dry run. people says what the org knows of a user.
func (m *Manager) PlanLicense(ctx context.Context, a Actor, id license.ID, policy reclaim.Policy, people func(seats.UserID) Person) (reclaim.Plan, error) {
	now, err := m.Now(ctx, a)
	if err != nil {
		return reclaim.Plan{}, err
	}
	planner, err := reclaim.NewPlanner(policy, now)
	if err != nil {
		return reclaim.Plan{}, err
	}
	var failed error
	plan := planner.Plan(func(yield func(reclaim.Subject) bool) {
		for s, err := range m.Subjects(ctx, a, id, people) {
			if failed = err; err != nil || !yield(s) {
				return
			}
		}
	})
	if failed != nil {
		return reclaim.Plan{}, failed
	}
	return plan, nil
}

// movesPerUpdate is how many moves of a plan are carried out in one transaction.
const movesPerUpdate = 200

// ApplyPlan carries out the moves of a reclaim plan: exactly those, and of them only
// those whose seat, standing and log-ins are still as the plan had them; the others are
// counted and left. people says what the org knows of a user now. A plan that was
// stopped in the middle is applied again from the start: what was done is counted as
// already applied, and nothing is done twice.
//
// With an error the tally counts what was committed until then.
func (m *Manager) ApplyPlan(ctx context.Context, a Actor, moves iter.Seq[reclaim.Move], people func(seats.UserID) Person) (reclaim.Tally, error) {
	var tally reclaim.Tally
	if err := m.permit(ctx, a, needOf(Reclaim{})); err != nil {
		return tally, err
	}
	batch := make([]Reclaim, 0, movesPerUpdate)
	for move := range moves {
		if batch = append(batch, Reclaim{Move: move, Person: people(move.User)}); len(batch) == movesPerUpdate {
			if err := m.applyMoves(ctx, a, batch, &tally); err != nil {
				return tally, err
			}
			batch = batch[:0]
		}
	}
	return tally, m.applyMoves(ctx, a, batch, &tally)
}

func (m *Manager) applyMoves(ctx context.Context, a Actor, batch []Reclaim, tally *reclaim.Tally) error {
	if len(batch) == 0 {
		return nil
	}
	now, before := m.now(), *tally
	err := m.update(ctx, a, needOf(Reclaim{}), func(ctx context.Context, tx Tx) error {
		*tally = before
		for _, c := range batch {
			s, _, err := m.carryOut(ctx, tx, a, c, now)
			var gone *NotFoundError
			if err != nil && !errors.As(err, &gone) {
				return err
			}
			_, outcome := s.reclaimed(c)
			tally.Count(outcome)
		}
		return nil
	})
	if err != nil {
		*tally = before
	}
	return err
}
