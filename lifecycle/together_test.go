package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// gated is a store whose Updates wait at a gate, each before it begins. It counts them.
type gated struct {
	lifecycle.Store
	gate    chan struct{} // nil: open
	mu      sync.Mutex
	updates int
	update  func(ctx context.Context, n int, update func(context.Context) error) error // how Update n runs; nil: as it does
}

func (s *gated) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	s.updates++
	n := s.updates
	s.mu.Unlock()
	update := func(ctx context.Context) error { return s.Store.Update(ctx, f) }
	if s.update == nil {
		return update(ctx)
	}
	return s.update(ctx, n, update)
}

// ask is a call for license 1, and what it was told.
type ask struct {
	ctx     context.Context
	actor   lifecycle.Actor
	command lifecycle.Command
	seating lifecycle.Seating
	err     error
}

func (a *ask) make(m *lifecycle.Manager) {
	switch c := a.command.(type) {
	case lifecycle.Assign:
		a.seating, a.err = m.Assign(a.ctx, a.actor, c)
	case lifecycle.Revoke:
		a.seating.License, a.err = m.Revoke(a.ctx, a.actor, c)
	}
}

// assignOf is a call for seats of license 1.
func assignOf(ctx context.Context, ns ...int) *ask {
	return &ask{ctx: ctx, actor: vendorA, command: lifecycle.Assign{License: 1, Users: users(ns...)}}
}

// hot makes a world, in a bubble, in which license 1 has so many seats, and returns it
// with its store. Updates are counted from then on.
func hot(t rapid.TB, seatCount license.Seats) (*world, *gated) {
	store := &gated{Store: &lifecycle.MemStore{}}
	w := newWorld(t, store).stock()
	w.install(1, org1, seatPackage, jane)
	l := w.license(1)
	l.Terms.Seats = seatCount
	w.must(lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision})
	store.updates = 0
	return w, store
}

// atOnce makes asks, each while all before it wait: the first alone, the others
// together. during is called when all wait.
func (w *world) atOnce(store *gated, during func(), asks ...*ask) {
	store.gate = make(chan struct{})
	var callers sync.WaitGroup
	for _, a := range asks {
		callers.Go(func() { a.make(w.Manager) })
		synctest.Wait()
	}
	if during != nil {
		during()
		synctest.Wait()
	}
	close(store.gate)
	callers.Wait()
}

// S17, S20: what assigns and revocations that come at once are told, and what the store has
// afterwards, is what it would be had they come one after the other; and it takes two
// transactions, however many they are.
func TestS20TogetherAsInSomeOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rapid.SyncTest(rt, func(rt *rapid.T) {
			count := license.Site()
			if n := rapid.IntRange(-1, 5).Draw(rt, "seats"); n >= 0 {
				count = license.MustSeats(n)
			}
			inSomeOrder(rt, count, rapid.SliceOfN(drawAsk, 2, 12).Draw(rt, "asks"))
		})
	})
}

// S4, S20: the same for one user whom several calls name.
func TestS20TogetherOneUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		revoke := &ask{ctx: t.Context(), actor: vendorA, command: lifecycle.Revoke{License: 1, Users: users(1)}}
		inSomeOrder(t, license.MustSeats(3), []*ask{
			assignOf(t.Context(), 9), assignOf(t.Context(), 1), assignOf(t.Context(), 1, 2), revoke, assignOf(t.Context(), 1)})
	})
}

// inSomeOrder makes asks of a license of so many seats at once, and of another one after the
// other, and compares.
func inSomeOrder(t rapid.TB, count license.Seats, asks []*ask) {
	w, store := hot(t, count)
	twin, _ := hot(t, count)
	w.atOnce(store, nil, asks...)
	for i, a := range asks {
		alone := &ask{ctx: a.ctx, actor: a.actor, command: a.command}
		alone.make(twin.Manager)
		if diff := cmp.Diff(alone.seating, a.seating); diff != "" || fmt.Sprint(alone.err) != fmt.Sprint(a.err) {
			t.Fatalf("call %d, %s: told %v, alone %v (-alone +together)\n%s", i, brief(a.command), a.err, alone.err, diff)
		}
	}
	if store.updates != 2 {
		t.Errorf("%d transactions, want 2", store.updates)
	}
	if diff := cmp.Diff(twin.seatsOf(1), w.seatsOf(1)); diff != "" {
		t.Errorf("the stores differ (-alone +together)\n%s", diff)
	}
}

var drawAsk = rapid.Custom(func(t *rapid.T) *ask {
	some := rapid.Map(rapid.SliceOfN(rapid.IntRange(1, 6), 0, 3), func(ns []int) []seats.UserID { return users(ns...) })
	a := &ask{ctx: context.Background(), actor: vendorA}
	if rapid.Bool().Draw(t, "by another") {
		a.actor.ID = lifecycle.MustActorID("eve")
	}
	a.command = lifecycle.Assign{License: 1, Users: some.Draw(t, "users"), AsFit: rapid.Bool().Draw(t, "as fit")}
	if rapid.IntRange(0, 3).Draw(t, "revoke") == 0 {
		a.command = lifecycle.Revoke{License: 1, Users: some.Draw(t, "users")}
	}
	return a
})

// seatsOf returns who holds and held a seat of a license, and what the events say of it,
// a line for each user that one names.
func (w *world) seatsOf(id license.ID) (lines []string) {
	w.Helper()
	l := w.license(id)
	lines = append(lines, fmt.Sprint(l.Holders, l.Revision))
	for n := range 7 {
		history, err := w.SeatHistory(context.Background(), w.a, id, user(n))
		if err != nil {
			w.Fatalf("SeatHistory = %v", err)
		}
		for _, a := range history {
			lines = append(lines, fmt.Sprintf("%+v", a))
		}
	}
	of := map[seats.UserID]string{}
	for _, e := range w.events() {
		switch c := e.Change.(type) {
		case lifecycle.SeatsAssigned:
			for _, u := range c.Users {
				of[u] += fmt.Sprintf(" +%s %v %s;", e.Actor, c.At, c.By)
			}
		case lifecycle.SeatsRevoked:
			for _, u := range c.Users {
				of[u] += fmt.Sprintf(" -%s %v %s;", e.Actor, c.At, c.By)
			}
		}
	}
	for n := range 7 {
		lines = append(lines, user(n).String()+of[user(n)])
	}
	return lines
}

// S3: of many who ask for few seats at once exactly as many get one as there are, and each
// who is refused is told the numbers.
func TestS3TogetherLastSeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := hot(t, license.MustSeats(10))
		var asks []*ask
		for n := range 64 {
			asks = append(asks, assignOf(t.Context(), n))
		}
		w.atOnce(store, nil, asks...)
		for n, a := range asks {
			var exhausted *seats.ExhaustedError
			if refused := errors.As(a.err, &exhausted); refused != (n >= 10) || refused && exhausted.Pool.Used != 10 {
				t.Errorf("call %d: %v", n, a.err)
			}
		}
		if have := w.license(1).Holders; have != 10 || store.updates != 2 {
			t.Errorf("%d holders after %d transactions, want 10 after 2", have, store.updates)
		}
	})
}

// A caller that gives up while it stands in line takes only its own call out.
func TestTogetherCallerGivesUpInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := hot(t, license.MustSeats(10))
		ctx, cancel := context.WithCancel(t.Context())
		asks := []*ask{assignOf(t.Context(), 1), assignOf(t.Context(), 2), assignOf(ctx, 3), assignOf(t.Context(), 4)}
		w.atOnce(store, cancel, asks...)
		w.expectOnly(2, context.Canceled, asks...)
	})
}

// expectOnly fails unless the call of that index failed with err, and no other.
func (w *world) expectOnly(failed int, err error, asks ...*ask) {
	w.Helper()
	for i, a := range asks {
		want := error(nil)
		if i == failed {
			want = err
		}
		holds := w.holds(a.command.(lifecycle.Assign).Users[0])
		if !errors.Is(a.err, want) || holds != (want == nil) {
			w.Errorf("call %d: %v, holds a seat: %t; want %v", i, a.err, holds, want)
		}
	}
}

func (w *world) holds(u seats.UserID) bool {
	for _, a := range collect(w, w.Holders(context.Background(), w.a, 1)) {
		if a.User == u {
			return true
		}
	}
	return false
}

// A caller that gives up while its transaction runs, with others in it, is let go: the
// others run again without it. It may be the one that runs it.
func TestTogetherCallerGivesUpInTransaction(t *testing.T) {
	for giveUp := 1; giveUp <= 3; giveUp++ {
		synctest.Test(t, func(t *testing.T) {
			w, store := hot(t, license.MustSeats(10))
			ctx, cancel := context.WithCancel(t.Context())
			var asks []*ask
			for n := range 4 {
				asks = append(asks, assignOf(t.Context(), n+1))
			}
			asks[giveUp].ctx = ctx
			store.update = func(ctx context.Context, n int, update func(context.Context) error) error {
				if n == 2 { // that of the three
					cancel()
					<-ctx.Done() // as a database does that waits for a lock
					return ctx.Err()
				}
				return update(ctx)
			}
			w.atOnce(store, nil, asks...)
			w.expectOnly(giveUp, context.Canceled, asks...)
			if store.updates != 3 {
				t.Errorf("%d transactions, want 3", store.updates)
			}
		})
	}
}

// When the transaction of several fails, each goes alone, so that the error of one is no
// error of another; when its outcome is unknown, all are told so.
func TestTogetherFails(t *testing.T) {
	broken := errors.New("broken")
	for _, fails := range []struct {
		err     error
		updates int
	}{
		{broken, 5},
		{&lifecycle.OutcomeUnknownError{Err: broken}, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			w, store := hot(t, license.MustSeats(10))
			store.update = func(ctx context.Context, n int, update func(context.Context) error) error {
				if n == 2 {
					return fails.err
				}
				return update(ctx)
			}
			asks := []*ask{assignOf(t.Context(), 1), assignOf(t.Context(), 2), assignOf(t.Context(), 3), assignOf(t.Context(), 4)}
			w.atOnce(store, nil, asks...)
			for n, a := range asks {
				want := fails.err
				if n == 0 || fails.updates == 5 {
					want = nil
				}
				if !errors.Is(a.err, want) {
					t.Errorf("call %d: %v, want %v", n, a.err, want)
				}
			}
			if store.updates != fails.updates {
				t.Errorf("%d transactions, want %d", store.updates, fails.updates)
			}
		})
	}
}

// A store that panics ends the call of who runs the transaction, and no other.
func TestTogetherPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := hot(t, license.MustSeats(10))
		store.update = func(ctx context.Context, n int, update func(context.Context) error) error {
			if n == 2 {
				panic("broken")
			}
			return update(ctx)
		}
		asks := []*ask{assignOf(t.Context(), 1), assignOf(t.Context(), 2), assignOf(t.Context(), 3), assignOf(t.Context(), 4)}
		store.gate = make(chan struct{})
		var callers sync.WaitGroup
		panics := make(chan any, len(asks))
		for _, a := range asks {
			callers.Go(func() {
				defer func() { panics <- recover() }()
				a.make(w.Manager)
			})
			synctest.Wait()
		}
		close(store.gate)
		callers.Wait()
		close(panics)
		n := 0
		for p := range panics {
			if p != nil {
				n++
			}
		}
		if have := w.license(1).Holders; n != 1 || have != 3 {
			t.Errorf("%d panics and %d holders, want 1 and 3", n, have)
		}
		w.must(lifecycle.Assign{License: 1, Users: users(5)}) // the turn was handed on
	})
}

// Licenses do not wait for each other, and neither do vendors.
func TestTogetherIsPerLicense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := hot(t, license.MustSeats(10))
		w.install(2, org1, seatPackage, jane)
		store.updates = 0
		asks := []*ask{assignOf(t.Context(), 1), assignOf(t.Context(), 1), assignOf(t.Context(), 1)}
		asks[1].command = lifecycle.Assign{License: 2, Users: users(1)}
		asks[2].actor = vendorB
		w.atOnce(store, nil, asks...)
		var none *lifecycle.NotFoundError
		if asks[0].err != nil || asks[1].err != nil || !errors.As(asks[2].err, &none) || store.updates != 3 {
			t.Errorf("told %v, %v, %v in %d transactions; want nil, nil and a *NotFoundError in 3", asks[0].err, asks[1].err, asks[2].err, store.updates)
		}
	})
}

// An actor's calls that are carried out together are one event; those of others are
// theirs.
func TestTogetherEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := hot(t, license.MustSeats(10))
		before := len(w.events())
		asks := []*ask{assignOf(t.Context(), 1), assignOf(t.Context(), 2), assignOf(t.Context(), 3), assignOf(t.Context(), 4)}
		asks[2].actor.ID = lifecycle.MustActorID("eve")
		w.atOnce(store, nil, asks...)
		var told []string
		for _, e := range w.events()[before:] {
			told = append(told, fmt.Sprint(e.Actor, " ", e.Change.(lifecycle.SeatsAssigned).Users))
		}
		if diff := cmp.Diff([]string{"ada [user-001]", "ada [user-002 user-004]", "eve [user-003]"}, told); diff != "" {
			t.Errorf("events (-want +got)\n%s", diff)
		}
	})
}

// No event names more users than one may, whoever went together.
func TestTogetherEventsOfManyUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := hot(t, license.Site())
		before := len(w.events())
		many := func(from, n int) *ask {
			a := assignOf(t.Context())
			all := make([]int, n)
			for i := range all {
				all[i] = from + i
			}
			a.command = lifecycle.Assign{License: 1, Users: users(all...)}
			return a
		}
		w.atOnce(store, nil, many(0, 1), many(1000, 600), many(2000, 400), many(3000, 1), many(4000, 600))
		var sizes []int
		for _, e := range w.events()[before:] {
			sizes = append(sizes, len(e.Change.(lifecycle.SeatsAssigned).Users))
		}
		if want := []int{1, 1000, 601}; !slices.Equal(sizes, want) {
			t.Errorf("events of %v users, want %v", sizes, want)
		}
	})
}

// A clock that jumped ahead refuses those who would change something, and tells the others
// what holds.
func TestTogetherClockJump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := hot(t, license.MustSeats(10))
		w.must(lifecycle.Assign{License: 1, Users: users(1)})
		w.clock = w.clock.Add(1000 * 24 * time.Hour)
		asks := []*ask{assignOf(t.Context(), 2), assignOf(t.Context(), 3), assignOf(t.Context(), 1)}
		w.atOnce(store, nil, asks...)
		var jump *lifecycle.ClockError
		if !errors.As(asks[1].err, &jump) || asks[2].err != nil {
			t.Errorf("told %v and %v, want a *ClockError and nil", asks[1].err, asks[2].err)
		}
	})
}

// overtaken is a store in which another process frees a seat between what an Update reads
// and what it writes, as long as others are left to do so.
type overtaken struct {
	lifecycle.Store
	others, tries int
}

type overtakenTx struct {
	lifecycle.Tx
	s *overtaken
}

func (s *overtaken) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	return s.Store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		s.tries++
		return f(ctx, overtakenTx{tx, s})
	})
}

func (x overtakenTx) Write(ctx context.Context, vendor pkgversion.VendorID, effects ...lifecycle.Effect) error {
	if x.s.others > 0 {
		x.s.others--
		if err := x.Tx.Write(ctx, vendor, lifecycle.FreeSeats{License: 1, Users: users(6), At: epoch}); err != nil {
			return err
		}
	}
	return x.Tx.Write(ctx, vendor, effects...)
}

// S20: calls that are carried out together are decided on what holds from the lock on: whom
// another process freed until then is seen, and nobody comes in between. Who is told how
// many hold a seat is told the count after all who came before.
func TestS20TogetherCountsExactly(t *testing.T) {
	for name, test := range map[string]struct {
		asks []lifecycle.Command
		held []int // that each is told, 0 for a refusal
	}{
		"all fit":        {[]lifecycle.Command{lifecycle.Assign{License: 1, Users: users(1)}, lifecycle.Assign{License: 1, Users: users(2)}}, []int{1, 2}},
		"one is refused": {[]lifecycle.Command{lifecycle.Assign{License: 1, Users: users(1, 2)}, lifecycle.Assign{License: 1, Users: users(3, 4)}}, []int{2, 0}},
		"one is left out": {[]lifecycle.Command{lifecycle.Assign{License: 1, Users: users(1)},
			lifecycle.Assign{License: 1, Users: users(2, 3, 4), AsFit: true}}, []int{1, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, store := hot(t, license.MustSeats(3))
				w.must(lifecycle.Assign{License: 1, Users: users(6)}) // who is freed
				behind := &overtaken{Store: store.Store}
				store.Store = behind
				asks := []*ask{{ctx: t.Context(), actor: vendorA, command: lifecycle.Revoke{License: 1, Users: users(7)}}}
				for _, c := range test.asks {
					asks = append(asks, &ask{ctx: t.Context(), actor: vendorA, command: c})
				}
				behind.others = 1
				w.atOnce(store, nil, asks...)
				for i, a := range asks[1:] {
					if refused := test.held[i] == 0; refused != (a.err != nil) || a.seating.License.Holders != test.held[i] {
						t.Errorf("call %d: told %d holders, %v; want %d", i, a.seating.License.Holders, a.err, test.held[i])
					}
				}
				if tries := behind.tries - 1; tries != 1 {
					t.Errorf("%d tries, want 1", tries)
				}
			})
		})
	}
}

// S22: a move to a license of which the user is seen to hold a seat counts on that seat: when
// another process frees it first, the move takes one.
func TestS22MoveCountsOnTheSeatThere(t *testing.T) {
	behind := &overtaken{Store: &lifecycle.MemStore{}}
	w := newWorld(t, behind).stock()
	w.install(1, org1, seatPackage, jane)
	w.install(2, org1, seatPackage, jane)
	for id := license.ID(1); id <= 2; id++ {
		w.must(lifecycle.Assign{License: id, Users: users(6)})
	}
	behind.others = 1
	w.must(lifecycle.Move{User: user(6), From: 2, To: 1})
	there, err := w.License(t.Context(), w.a, 1)
	left, errLeft := w.License(t.Context(), w.a, 2)
	if there.Holders != 1 || left.Holders != 0 || err != nil || errLeft != nil {
		t.Errorf("%d and %d seats are held, %v, %v; want 1 and 0", there.Holders, left.Holders, err, errLeft)
	}
}

// S20: an Assign as many as fit that leaves somebody out writes only if nobody has freed a
// seat since it counted. One that leaves nobody out, or everybody, counts on nothing.
func TestS20AsFitHoldsItsCount(t *testing.T) {
	for room, guarded := range []bool{false, true, true, false} {
		l := license.License{ID: 1, Revision: 1, Holders: 4, Terms: license.Terms{Status: license.Active, Seats: license.MustSeats(4 + room), Expiration: license.Never()}}
		effects, err := lifecycle.Apply(lifecycle.State{License: l, Actor: lifecycle.MustActorID("ada"), Now: noon}, lifecycle.Assign{License: 1, Users: users(1, 2, 3), AsFit: true})
		if err != nil {
			t.Fatal(err)
		}
		guard := lifecycle.Effect(lifecycle.ExpectHolders{License: 1, Holders: 4})
		if has := len(effects) > 0 && effects[0] == guard; has != guarded || room == 0 && len(effects) > 0 {
			t.Errorf("%d seats for 3 users: effects %v, want %v first: %t", room, effects, guard, guarded)
		}
	}
}

// S6: who is named twice in one call takes one seat, and gives one back.
func TestS6NamedTwice(t *testing.T) {
	w := seated(t, 3)
	for _, c := range []lifecycle.Command{
		lifecycle.Assign{License: 1, Users: append(users(1), users(1)...)},
		lifecycle.Revoke{License: 1, Users: append(users(1), users(1)...)},
	} {
		before := w.license(1).Holders
		w.must(c)
		if _, gives := c.(lifecycle.Revoke); w.license(1).Holders != 1-before || gives != (before == 1) {
			t.Errorf("%T of one user named twice: %d holders, were %d", c, w.license(1).Holders, before)
		}
	}
	for _, e := range w.events() {
		if c, ok := e.Change.(lifecycle.SeatsAssigned); ok && len(c.Users) != 1 {
			t.Errorf("the event tells of %v", c.Users)
		}
	}
}
