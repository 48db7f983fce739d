package reliability

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

// toggler gives its users seats, takes them and moves them, one after the other, and
// says before and after each what it does. No other touches its users.
type toggler struct {
	name   string
	handle *handle
	rng    *rand.Rand
	state  map[seats.UserID]license.ID // the license that a user holds a seat of, 0 for none
	// say is told what is begun, and what was acknowledged. What is begun ends as before
	// or with to; unsure means that the user holds either.
	say func(u seats.UserID, to license.ID, what stage)
}

type stage byte

const (
	begun        stage = 'b'
	acknowledged stage = 'a'
	takenBack    stage = 'n' // it was said that nothing happened
	unsure       stage = 'u'
	learnt       stage = 'l' // it was read
)

const togglerUsers = 6

func newToggler(h *handle, name string, rng *rand.Rand) *toggler {
	t := &toggler{name: name, handle: h, rng: rng, state: map[seats.UserID]license.ID{}}
	for n := range togglerUsers {
		t.state[t.user(n)] = 0
	}
	return t
}

func (t *toggler) user(n int) seats.UserID { return seats.MustUserID(fmt.Sprintf("%s-%d", t.name, n)) }

// learn reads what the users hold.
func (t *toggler) learn(ctx context.Context) error {
	for u := range t.state {
		t.state[u] = 0
	}
	for id := license.ID(1); id <= 2; id++ {
		for a, err := range t.handle.Holders(ctx, actor, id) {
			if err != nil {
				return err
			}
			if _, mine := t.state[a.User]; mine {
				t.state[a.User] = id
			}
		}
	}
	for u, id := range t.state {
		t.say(u, id, learnt)
	}
	return nil
}

// step does one thing. Its error is a plain one, after which nothing happened, or an
// *lifecycle.OutcomeUnknownError.
func (t *toggler) step(ctx context.Context) error {
	u := t.user(t.rng.IntN(togglerUsers))
	from := t.state[u]
	to := license.ID(t.rng.IntN(3))
	if to == from {
		to = (from + 1) % 3
	}
	t.say(u, to, begun)
	err := t.change(ctx, u, from, to)
	var unknown *lifecycle.OutcomeUnknownError
	switch {
	case err == nil:
		t.state[u] = to
		t.say(u, to, acknowledged)
	case errors.As(err, &unknown):
		t.say(u, to, unsure)
	default:
		t.say(u, from, takenBack)
	}
	return err
}

func (t *toggler) change(ctx context.Context, u seats.UserID, from, to license.ID) (err error) {
	switch {
	case to == 0:
		_, err = t.handle.Revoke(ctx, actor, lifecycle.Revoke{License: from, Users: []seats.UserID{u}})
	case from == 0:
		_, err = t.handle.Assign(ctx, actor, lifecycle.Assign{License: to, Users: []seats.UserID{u}})
	default:
		_, err = t.handle.Move(ctx, actor, lifecycle.Move{User: u, From: from, To: to})
	}
	return err
}

// ledger is what was said of all users, and what must be there.
type ledger struct {
	holds map[string]license.ID // by user
	maybe map[string]license.ID // what was begun, and may have been done
	acks  int
	wrong []error // what was read and cannot be
}

func newLedger() *ledger {
	return &ledger{holds: map[string]license.ID{}, maybe: map[string]license.ID{}}
}

func (l *ledger) note(user string, to license.ID, what stage) {
	switch what {
	case begun, unsure:
		l.maybe[user] = to
	case takenBack:
		delete(l.maybe, user)
	case learnt:
		if !l.allows(user, to) {
			l.wrong = append(l.wrong, fmt.Errorf("%s was said to hold a seat of %v, and a read shows one of %v", user, l.holds[user], to))
		}
		l.holds[user] = to
		delete(l.maybe, user)
	case acknowledged:
		l.holds[user] = to
		delete(l.maybe, user)
		l.acks++
	}
}

// allows reports whether user may hold a seat of id.
func (l *ledger) allows(user string, id license.ID) bool {
	maybe, open := l.maybe[user]
	return id == l.holds[user] || open && id == maybe
}

// compare returns what contradicts the tables, and takes over what they hold.
func (l *ledger) compare(ctx context.Context, h *handle) error {
	there := map[string]license.ID{}
	for id := license.ID(1); id <= 2; id++ {
		for a, err := range h.Holders(ctx, actor, id) {
			if err != nil {
				return err
			}
			if other := there[a.User.String()]; other != 0 {
				return fmt.Errorf("%v holds a seat of %v and of %v, and was only moved", a.User, other, id)
			}
			there[a.User.String()] = id
		}
	}
	errs := l.wrong
	for user := range unionOf(there, l.holds, l.maybe) {
		if have := there[user]; !l.allows(user, have) {
			errs = append(errs, fmt.Errorf("%s was said to hold a seat of %v, and holds one of %v", user, l.holds[user], have))
		}
	}
	l.holds, l.maybe = there, map[string]license.ID{}
	return errors.Join(errs...)
}

func unionOf(maps ...map[string]license.ID) map[string]bool {
	all := map[string]bool{}
	for _, m := range maps {
		for user := range m {
			all[user] = true
		}
	}
	return all
}
