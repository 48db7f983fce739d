package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

const clients = 16

// together runs f for each client at once and returns how many returned nil. An
// error that is not ErrConflict fails the test.
func (s *suite) together(f func(client int) error) (succeeded int) {
	s.Helper()
	results := make([]error, clients)
	var start, done sync.WaitGroup
	start.Add(1)
	for n := range clients {
		done.Go(func() {
			start.Wait()
			results[n] = f(n)
		})
	}
	start.Done()
	done.Wait()
	for _, err := range results {
		switch {
		case err == nil:
			succeeded++
		case !errors.Is(err, lifecycle.ErrConflict):
			s.Errorf("Update = %v, want no error or ErrConflict", err)
		}
	}
	return succeeded
}

// insist tries again until there is no conflict.
func insist(f func() error) error {
	for {
		if err := f(); !errors.Is(err, lifecycle.ErrConflict) {
			return err
		}
	}
}

// S3: of many who ask for the last seat exactly one gets it.
func lastSeat(s *suite) {
	s.mustWrite(lifecycle.PutLicense{License: plainLicense(1)})
	succeeded := s.together(func(n int) error {
		return s.write(lifecycle.TakeSeats{License: 1, IfRevision: 1, Users: []seats.UserID{user(n)}, At: day, Limit: 1})
	})
	same(s, "clients who got the last seat", succeeded, 1)
	same(s, "Holders", s.license(1).Holders, 1)
}

// S4: of many who ask for one user exactly one takes the seat.
func oneSeatPerUser(s *suite) {
	s.mustWrite(lifecycle.PutLicense{License: plainLicense(1)})
	succeeded := s.together(func(int) error {
		return s.write(lifecycle.TakeSeats{License: 1, IfRevision: 1, Users: []seats.UserID{user(7)}, At: day, Limit: 99})
	})
	same(s, "clients who took the user's seat", succeeded, 1)
	same(s, "Holders", s.license(1).Holders, 1)
	same(s, "SeatHistory", len(s.history(1, user(7))), 1)
}

// S20: how many hold a seat, as ExpectHolders has it, is so until the transaction ends.
func expectHoldersHolds(s *suite) {
	noTwoSeeTheSame(s, func(ctx context.Context, tx lifecycle.Tx) (int, error) {
		l, err := tx.License(ctx, vendor, 1)
		if err != nil {
			return 0, err
		}
		return l.Holders, tx.Write(ctx, vendor, lifecycle.ExpectHolders{License: 1, Holders: l.Holders})
	})
}

// S20: what is read after LockSeats is so until the transaction ends.
func lockedSeatsStay(s *suite) {
	s.mustWrite(lifecycle.LockSeats{License: 1}) // that there is none is no conflict
	noTwoSeeTheSame(s, func(ctx context.Context, tx lifecycle.Tx) (int, error) {
		if err := tx.Write(ctx, vendor, lifecycle.LockSeats{License: 1}); err != nil {
			return 0, err
		}
		l, err := tx.License(ctx, vendor, 1)
		return l.Holders, err
	})
}

// noTwoSeeTheSame checks that of many who look how many hold a seat, and then take one, no
// two have seen the same number.
func noTwoSeeTheSame(s *suite, look func(context.Context, lifecycle.Tx) (int, error)) {
	s.mustWrite(lifecycle.PutLicense{License: plainLicense(1)})
	var mu sync.Mutex
	seen := map[int]int{}
	const rounds = 3
	s.together(func(n int) error {
		for round := range rounds {
			var held int
			take := func() error {
				return s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) (err error) {
					if held, err = look(ctx, tx); err != nil {
						return err
					}
					return tx.Write(ctx, vendor,
						lifecycle.TakeSeats{License: 1, IfRevision: 1, Users: []seats.UserID{user(n*rounds + round)}, At: day, Limit: 99})
				})
			}
			if err := insist(take); err != nil {
				return err
			}
			mu.Lock()
			seen[held]++
			mu.Unlock()
		}
		return nil
	})
	same(s, "different numbers of holders that were seen", len(seen), clients*rounds)
}

// L9: of changes that are based on one revision exactly one wins; tried again on
// fresh state, none is lost.
func noLostUpdate(s *suite) {
	s.mustWrite(lifecycle.PutLicense{License: plainLicense(1)})
	raise := func() error {
		return s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
			l, err := tx.License(ctx, vendor, 1)
			if err != nil {
				return err
			}
			l.Revision++
			return tx.Write(ctx, vendor, lifecycle.PutLicense{License: l, IfRevision: l.Revision - 1})
		})
	}
	const rounds = 5
	s.together(func(int) error {
		for range rounds {
			if err := insist(raise); err != nil {
				return err
			}
		}
		return nil
	})
	same(s, "Revision", s.license(1).Revision, int64(1+clients*rounds))
}

// I6: of many who would make the lead of one person exactly one does.
func oneLead(s *suite) {
	makeLead := func(n int) error {
		return s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
			_, count, err := tx.LeadsUnder(ctx, vendor, []string{"key"}, 1)
			if err != nil || count > 0 {
				return err
			}
			l := lead.Lead{ID: lead.MustID(fmt.Sprintf("lead-%d", n)), Revision: 1, CreatedAt: day}
			return tx.Write(ctx, vendor,
				lifecycle.ExpectUnder{Kind: lifecycle.Leads, Keys: []string{"key"}, Records: count},
				lifecycle.PutLead{Lead: l, Keys: []string{"key"}})
		})
	}
	s.together(func(n int) error { return insist(func() error { return makeLead(n) }) })
	same(s, "leads under the key", s.leadsUnder(99, "key").N, 1)
}

// S24: everything that a View reads is of one moment: two records that are always
// changed together are never seen apart.
func snapshotIsOfOneMoment(s *suite) {
	s.mustWrite(lifecycle.PutLicense{License: plainLicense(1)}, lifecycle.PutLicense{License: plainLicense(2)})
	const rounds = 100
	var writer sync.WaitGroup
	writer.Go(func() {
		for n := range rounds {
			a, b := plainLicense(1), plainLicense(2)
			a.Revision, b.Revision = int64(n+2), int64(n+2)
			if err := s.write(lifecycle.PutLicense{License: a, IfRevision: int64(n + 1)}, lifecycle.PutLicense{License: b, IfRevision: int64(n + 1)}); err != nil {
				s.Errorf("Write = %v", err)
			}
		}
	})
	for range 2 * rounds {
		err := s.store.View(s.Context(), func(ctx context.Context, r lifecycle.Reader) error {
			a, err1 := r.License(ctx, vendor, 1)
			b, err2 := r.License(ctx, vendor, 2)
			if a.Revision != b.Revision {
				s.Errorf("one View shows revision %d and %d", a.Revision, b.Revision)
			}
			return errors.Join(err1, err2)
		})
		if err != nil {
			s.Errorf("View = %v", err)
		}
	}
	writer.Wait()
}

// L19: numbers that are given out at once differ.
func numbersAreUnique(s *suite) {
	var mu sync.Mutex
	seen := map[license.ID]bool{}
	s.together(func(int) error {
		for range 5 {
			var id license.ID
			err := insist(func() error {
				return s.store.Update(s.Context(), func(ctx context.Context, tx lifecycle.Tx) (err error) {
					id, err = tx.NextLicense(ctx, vendor)
					return err
				})
			})
			if err != nil {
				return err
			}
			mu.Lock()
			if seen[id] {
				s.Errorf("NextLicense gave %v twice", id)
			}
			seen[id] = true
			mu.Unlock()
		}
		return nil
	})
	same(s, "numbers given out", len(seen), clients*5)
}

// E3: who reads the feed while others write misses nothing, and sees each stream in
// order.
func feedSkipsNothing(s *suite) {
	const rounds = 5
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.together(func(n int) error {
			for range rounds {
				if err := insist(func() error { return s.write(warned(license.ID(n + 1))) }); err != nil {
					return err
				}
			}
			return nil
		})
	}()
	var after int64
	read := map[lifecycle.Stream]int64{}
	drain := func() {
		s.numberAll()
		for _, e := range s.feed(after, 1000) {
			if after = e.Seq; e.Position != read[e.Stream]+1 {
				s.Errorf("%v: position %d after %d", e.Stream, e.Position, read[e.Stream])
			}
			read[e.Stream] = e.Position
		}
	}
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-time.After(time.Millisecond):
		}
		drain()
	}
	total := int64(0)
	for _, n := range read {
		total += n
	}
	same(s, "events read", total, int64(clients*rounds))
}
