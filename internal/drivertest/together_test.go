package drivertest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// turns is a Store whose first Update waits, so that those who come meanwhile stand in the
// Manager's line, and in whose second, which is theirs together, one of them gives up.
type turns struct {
	lifecycle.Store
	first  chan struct{} // closed to let the first go on
	giveUp func()

	mu sync.Mutex
	n  int
}

func (s *turns) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	s.mu.Lock()
	s.n++
	n := s.n
	s.mu.Unlock()
	if n == 1 {
		<-s.first
	}
	return s.Store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		if n == 2 {
			tx = leftTx{tx, s.giveUp}
		}
		return f(ctx, tx)
	})
}

// leftTx is a Tx whose caller gives up while it writes.
type leftTx struct {
	lifecycle.Tx
	giveUp func()
}

func (tx leftTx) Write(ctx context.Context, vendor pkgversion.VendorID, effects ...lifecycle.Effect) error {
	tx.giveUp()
	<-ctx.Done() // until it is known to the transaction
	return tx.Tx.Write(ctx, vendor, effects...)
}

// callTogether lets four assign a seat of a license, the last three of them in one
// transaction, in which the one of that index gives up. It returns what they were told, and
// how many transactions there were: three, if the last three were in line in time.
func callTogether(t *testing.T, store lifecycle.Store, id license.ID, leaver int, wait time.Duration) (results [4]error, transactions int) {
	leaving, leave := context.WithCancel(t.Context())
	defer leave()
	s := &turns{Store: store, first: make(chan struct{}), giveUp: leave}
	m, err := lifecycle.New(lifecycle.Config{Store: s, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	var callers sync.WaitGroup
	for n := range results {
		ctx := t.Context()
		if n == leaver {
			ctx = leaving
		}
		callers.Go(func() {
			_, results[n] = m.Assign(ctx, actor, lifecycle.Assign{License: id, Users: []seats.UserID{user(n)}})
		})
		time.Sleep(wait) // there is no telling from outside that it stands in line
	}
	close(s.first)
	callers.Wait()
	return results, s.n
}

// A caller that gives up within a transaction that it shares with others of its license is
// let go, and takes nobody's seat along, whoever of them runs it.
func TestTogetherCallerGivesUp(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) { togetherCallerGivesUp(t, newStore(t, driver)) })
}

// As on SQLite.
func TestPostgresTogetherCallerGivesUp(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) { togetherCallerGivesUp(t, newPostgresStore(t, driver)) })
}

func togetherCallerGivesUp(t *testing.T, store lifecycle.Store) {
	id := license.ID(0)
	for leaver := 1; leaver <= 3; leaver++ {
		transactions := 0
		for wait := 5 * time.Millisecond; transactions != 3; wait *= 2 {
			if wait > 5*time.Second {
				t.Fatalf("%d transactions, want 3", transactions)
			}
			id++
			mustWrite(t, store, newLicense(id, 9))
			var results [4]error
			results, transactions = callTogether(t, store, id, leaver, wait)
			for n, err := range results {
				if n == leaver && !errors.Is(err, context.Canceled) || n != leaver && err != nil {
					t.Errorf("license %d, caller %d: %v, and it is caller %d who gave up", id, n, err, leaver)
				}
			}
			if n := holders(t, store, id); n != 3 {
				t.Errorf("license %d: %d holders, want 3", id, n)
			}
		}
	}
}
