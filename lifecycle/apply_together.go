package lifecycle

import (
	"slices"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// Assigns and revocations of one license that come at once are decided and written
// together. What each is told, and what the store has afterwards, is what it would be had
// they come one after the other.

// asking is an Assign or a Revoke, and who asks.
type asking struct {
	actor   ActorID
	command Command
}

// users returns who it is about.
func (a asking) users() []seats.UserID {
	switch c := a.command.(type) {
	case Assign:
		return c.Users
	case Revoke:
		return c.Users
	}
	return nil
}

// answer is what one of them is told.
type answer struct {
	seating Seating
	err     error
}

// together applies commands one after the other to a State that it keeps up to date.
// State.Holding is that of the users of all of them.
type together struct {
	State
	first   int // how many held a seat before any of them
	left    int // how many have not been decided on yet
	holding map[seats.UserID]seats.Assignment
	exact   bool // something was decided on a count that others may have changed meanwhile
	effects []Effect
	events  []Effect
	answers []answer
}

// applyTogether decides on each of askings as Apply does, on what those before it left.
// Who would change something is refused with unless, if that is not nil.
func applyTogether(s State, askings []asking, unless error) *together {
	t := &together{State: s, first: s.License.Holders, left: len(askings), holding: make(map[seats.UserID]seats.Assignment, len(s.Holding))}
	for _, a := range s.Holding {
		t.holding[a.User] = a
	}
	for _, a := range askings {
		t.answers = append(t.answers, t.apply(a, unless))
	}
	return t
}

func (t *together) apply(a asking, unless error) answer {
	t.left--
	s := t.State
	s.Actor, s.Holding = a.actor, t.held(a.users())
	effects, err := Apply(s, a.command)
	if err == nil && len(effects) > 0 {
		err = unless
	}
	if err != nil {
		return answer{err: err}
	}
	seating := Seating{}
	for _, e := range effects {
		if take, ok := e.(TakeSeats); ok {
			seating.Assigned = append(seating.Assigned, take.Users...)
		}
		t.carryOut(e)
	}
	if c, ok := a.command.(Assign); ok {
		seating.sort(c, s.Holding)
	}
	seating.License = t.License
	return answer{seating: seating}
}

// held returns the assignments of those of users who hold a seat by now.
func (t *together) held(users []seats.UserID) (holding []seats.Assignment) {
	seen := make(map[seats.UserID]bool, len(users))
	for _, u := range users {
		if a, ok := t.holding[u]; ok && !seen[u] {
			seen[u] = true
			holding = append(holding, a)
		}
	}
	slices.SortFunc(holding, byUser)
	return holding
}

// carryOut brings the state up to date with e, and keeps e to be written.
func (t *together) carryOut(e Effect) {
	switch e := e.(type) {
	case ExpectHolders:
		t.exact = true
		return
	case TakeSeats:
		t.License.Holders += len(e.Users)
		for _, u := range t.remembered(e.Users) {
			t.holding[u] = seats.Assignment{License: e.License, User: u, AssignedAt: e.At, AssignedBy: e.By}
		}
	case FreeSeats:
		t.License.Holders -= len(e.Users)
		for _, u := range t.remembered(e.Users) {
			delete(t.holding, u)
		}
	case Append:
		t.events = joined(t.events, e)
		return
	}
	t.effects = joined(t.effects, e)
}

// remembered returns users if somebody else will be decided on after them: of the last,
// who may name a million, nobody needs to know.
func (t *together) remembered(users []seats.UserID) []seats.UserID {
	if t.left == 0 {
		return nil
	}
	return users
}

// written returns what is to be written, the events last.
func (t *together) written() []Effect {
	if len(t.effects) == 0 {
		return nil
	}
	var all []Effect
	if t.exact {
		all = append(all, ExpectHolders{License: t.License.ID, Holders: t.first})
	}
	return append(append(all, t.effects...), t.events...)
}

// answersGiven returns the answers, given that the license is after when all is written:
// somebody else may have come before.
func (t *together) answersGiven(after license.License) []answer {
	others := after.Holders - t.License.Holders
	for i := range t.answers {
		if l := &t.answers[i].seating.License; l.ID != 0 {
			held := l.Holders + others
			*l = after
			l.Holders = held
		}
	}
	return t.answers
}

// joined appends e to effects, or adds its users to those of an effect that does the same
// for the same actor. It looks back no further than to an effect of another kind, which may
// be about the same users.
func joined(effects []Effect, e Effect) []Effect {
	kind, by, users := seatsOf(e)
	for i := len(effects) - 1; i >= 0; i-- {
		other, otherBy, others := seatsOf(effects[i])
		if other != kind {
			break
		}
		_, event := e.(Append)
		if otherBy == by && (!event || len(others)+len(users) <= usersPerEvent) {
			effects[i] = withSeatsOf(effects[i], append(others, users...))
			return effects
		}
	}
	return append(effects, e)
}

// seatsOf returns whether seats are taken or freed by e, or were by the event that it
// appends, by whom, and whose.
func seatsOf(e Effect) (kind, by string, users []seats.UserID) {
	switch e := e.(type) {
	case TakeSeats:
		return "take", e.By, e.Users
	case FreeSeats:
		return "free", e.By, e.Users
	case Append:
		switch c := e.Event.Change.(type) {
		case SeatsAssigned:
			return c.kind(), c.By, c.Users
		case SeatsRevoked:
			return c.kind(), c.By, c.Users
		}
	}
	return "", "", nil
}

func withSeatsOf(e Effect, users []seats.UserID) Effect {
	switch e := e.(type) {
	case TakeSeats:
		e.Users = users
		return e
	case FreeSeats:
		e.Users = users
		return e
	case Append:
		switch c := e.Event.Change.(type) {
		case SeatsAssigned:
			c.Users = users
			e.Event.Change = c
		case SeatsRevoked:
			c.Users = users
			e.Event.Change = c
		}
		return e
	}
	return e
}
