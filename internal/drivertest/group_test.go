package drivertest

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/isvkit/isvkit/internal/drivertest/faulty"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/seats"
)

// grouped runs test in a bubble in which it can be known that all callers wait, with
// a store whose database counts commits, and a license of many seats.
func grouped(t *testing.T, c sqlstore.Config, test func(t *testing.T, store *sqlstore.Store, f *faulty.Faults)) {
	onSQLite(t, func(t *testing.T, driver string) {
		synctest.Test(t, func(t *testing.T) {
			db, faults := openFaulty(t, driver, newFile(t))
			store := openStore(t, db, c)
			mustWrite(t, store, newLicense(1, license.MaxSeats))
			faults.CommitsSince()
			test(t, store, faults)
			check(t, db)
		})
	})
}

// line makes callers stand in one line: each f is called when all others wait, in
// their order, so that they are in one group. It returns what Update returned, and a
// panic as an error.
func line(t *testing.T, store lifecycle.Store, fs ...func(context.Context, lifecycle.Tx) error) []error {
	results := make([]error, len(fs))
	release := make(chan struct{})
	var callers sync.WaitGroup
	for i, f := range fs {
		callers.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					results[i] = fmt.Errorf("panic: %v", p)
				}
			}()
			first := i == 0
			results[i] = store.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
				if first {
					<-release
				}
				return f(ctx, tx)
			})
		})
		synctest.Wait() // the caller is in f, or stands in line
	}
	close(release)
	callers.Wait()
	return results
}

// seat is an Update that gives a user a seat.
func seat(n int) func(context.Context, lifecycle.Tx) error {
	return func(ctx context.Context, tx lifecycle.Tx) error { return tx.Write(ctx, vendor, assign(1, user(n))...) }
}

// held returns who of the first n users holds a seat.
func held(t *testing.T, store lifecycle.Store, n int) map[int]bool {
	t.Helper()
	holds := map[int]bool{}
	err := store.View(t.Context(), func(ctx context.Context, r lifecycle.Reader) error {
		for i := range n {
			a, err := r.Holding(ctx, vendor, 1, []seats.UserID{user(i)})
			if err != nil {
				return err
			}
			holds[i] = len(a) == 1
		}
		return nil
	})
	if err != nil {
		t.Fatalf("View = %v", err)
	}
	return holds
}

// Updates that wait share one commit.
func TestGroupSharesOneCommit(t *testing.T) {
	grouped(t, sqlstore.Config{}, func(t *testing.T, store *sqlstore.Store, f *faulty.Faults) {
		const callers = 64
		var fs []func(context.Context, lifecycle.Tx) error
		for n := range callers {
			fs = append(fs, seat(n))
		}
		for n, err := range line(t, store, fs...) {
			if err != nil {
				t.Errorf("Update %d = %v", n, err)
			}
		}
		if n := f.CommitsSince(); n != 1 {
			t.Errorf("%d commits, want 1", n)
		}
		if n := holders(t, store, 1); n != callers {
			t.Errorf("%d holders, want %d", n, callers)
		}
	})
}

// A group has at most Config.MaxGroup members.
func TestGroupIsBounded(t *testing.T) {
	grouped(t, sqlstore.Config{MaxGroup: 2}, func(t *testing.T, store *sqlstore.Store, f *faulty.Faults) {
		if err := errors.Join(line(t, store, seat(0), seat(1), seat(2), seat(3), seat(4))...); err != nil {
			t.Error(err)
		}
		if n := f.CommitsSince(); n != 3 {
			t.Errorf("%d commits for 5 members, want 3", n)
		}
	})
}

// L8, S17: a member that fails, at the front, in the middle or at the end, takes back
// what it wrote, and nobody else notices.
func TestGroupMemberFails(t *testing.T) {
	refused := errors.New("refused")
	fail := func(n int, how func(context.Context, lifecycle.Tx) error) func(context.Context, lifecycle.Tx) error {
		return func(ctx context.Context, tx lifecycle.Tx) error {
			if err := seat(n)(ctx, tx); err != nil {
				return err
			}
			return how(ctx, tx)
		}
	}
	for name, how := range map[string]func(context.Context, lifecycle.Tx) error{
		"error": func(context.Context, lifecycle.Tx) error { return refused },
		"panic": func(context.Context, lifecycle.Tx) error { panic("refused") },
		"conflict": func(ctx context.Context, tx lifecycle.Tx) error {
			return tx.Write(ctx, vendor, lifecycle.PutVersion{}, lifecycle.PutVersion{})
		},
		"conflict that f passes over": func(ctx context.Context, tx lifecycle.Tx) error {
			_ = tx.Write(ctx, vendor, lifecycle.PutVersion{}, lifecycle.PutVersion{})
			return nil
		},
		"cancelled": func(ctx context.Context, tx lifecycle.Tx) error {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return tx.Write(ctx, vendor, newLicense(2, 3))
		},
		"statement": func(ctx context.Context, tx lifecycle.Tx) error { return tx.Write(ctx, vendor, newLicense(-1, 3)) },
	} {
		for bad := range 4 {
			t.Run(fmt.Sprintf("%s of %d", name, bad), func(t *testing.T) {
				grouped(t, sqlstore.Config{}, func(t *testing.T, store *sqlstore.Store, f *faulty.Faults) {
					fs := []func(context.Context, lifecycle.Tx) error{seat(0), seat(1), seat(2), seat(3)}
					fs[bad] = fail(bad, how)
					results := line(t, store, fs...)
					for n, holds := range held(t, store, 4) {
						if (results[n] == nil) != (n != bad) || holds != (n != bad) {
							t.Errorf("member %d: Update = %v, holds a seat: %t", n, results[n], holds)
						}
					}
					if n := f.CommitsSince(); n != 1 {
						t.Errorf("%d commits, want 1", n)
					}
				})
			})
		}
	}
}

// Who is refused for what another of the group has written is told when that is
// committed: nobody learns of what may never have happened.
func TestGroupRefusalWaitsForCommit(t *testing.T) {
	grouped(t, sqlstore.Config{}, func(t *testing.T, store *sqlstore.Store, f *faulty.Faults) {
		release, told := make(chan struct{}), make(chan struct{})
		var first, refused, third error
		var callers sync.WaitGroup
		for _, call := range []func(){
			func() {
				first = store.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
					<-release
					return seat(0)(ctx, tx)
				})
			},
			func() {
				refused = store.Update(t.Context(), seat(0))
				close(told)
			},
			func() {
				third = store.Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
					synctest.Wait() // who is told goes on
					select {
					case <-told:
						t.Error("a refusal was told before the commit of what it rests on")
					default:
					}
					return seat(2)(ctx, tx)
				})
			},
		} {
			callers.Go(call)
			synctest.Wait() // it is in its function, or stands in line
		}
		close(release)
		callers.Wait()
		if err := errors.Join(first, third); err != nil || !errors.Is(refused, lifecycle.ErrConflict) {
			t.Errorf("Update = %v, and of who was refused %v; want nil and a conflict", err, refused)
		}
		if n := f.CommitsSince(); n != 1 {
			t.Errorf("%d commits, want 1", n)
		}
	})
}

// Who is refused for what another has written, of which nobody knows whether it was
// committed, is not told a refusal: what it was refused for may never have been.
func TestS20GroupRefusalOfUnknownCommit(t *testing.T) {
	for _, after := range []bool{false, true} {
		grouped(t, sqlstore.Config{}, func(t *testing.T, store *sqlstore.Store, f *faulty.Faults) {
			results := line(t, store, func(ctx context.Context, tx lifecycle.Tx) error {
				f.ArmAt("COMMIT", 1, after, driver.ErrBadConn)
				return seat(0)(ctx, tx)
			}, seat(0))
			f.Disarm()
			for _, err := range results {
				var unknown *lifecycle.OutcomeUnknownError
				if !errors.As(err, &unknown) {
					t.Errorf("Update = %v, want an unknown outcome", err)
				}
			}
		})
	}
}

// A caller that gives up while it waits leaves the line, and nobody else notices.
func TestGroupCallerGivesUp(t *testing.T) {
	grouped(t, sqlstore.Config{}, func(t *testing.T, store *sqlstore.Store, f *faulty.Faults) {
		var gaveUp error
		results := line(t, store, func(ctx context.Context, tx lifecycle.Tx) error {
			waiting, cancel := context.WithCancel(ctx)
			var caller sync.WaitGroup
			caller.Go(func() { gaveUp = store.Update(waiting, seat(9)) })
			synctest.Wait()
			cancel()
			caller.Wait()
			return seat(0)(ctx, tx)
		}, seat(1))
		if err := errors.Join(results...); err != nil || !errors.Is(gaveUp, context.Canceled) {
			t.Errorf("Update = %v, and of who gave up %v, want nil and Canceled", err, gaveUp)
		}
		if n := holders(t, store, 1); n != 2 {
			t.Errorf("%d holders, want 2", n)
		}
	})
}

// P3, P5: whatever call of the driver fails while a group is at work, each member gets
// an answer that is true of it, and only whose call it was gets an error, unless
// it was the COMMIT of all.
func TestP3P5EveryFaultOfAGroup(t *testing.T) {
	onSQLite(t, func(t *testing.T, name string) {
		sweep(t, func(t *testing.T, arm func(*faulty.Faults), fired func(*faulty.Faults) string) {
			synctest.Test(t, func(t *testing.T) {
				file := newFile(t)
				db, faults := openFaulty(t, name, file)
				store := openStore(t, db, quick)
				mustWrite(t, store, newLicense(1, 9))
				results := line(t, store, func(ctx context.Context, tx lifecycle.Tx) error {
					arm(faults)
					return seat(0)(ctx, tx)
				}, seat(1), seat(2))
				at := fired(faults)

				other := openStore(t, openDB(t, name, file), quick)
				errs := 0
				for n, holds := range held(t, other, 3) {
					judge(t, at, results[n], holds)
					if results[n] != nil {
						errs++
					}
				}
				if errs > 1 && at != "COMMIT" {
					t.Errorf("%q failed: %d members got an error, want at most 1", at, errs)
				}
				mustWrite(t, store, assign(1, user(7))...)
				check(t, db)
			})
		})
	})
}

// Close lets those who wait have their turn, and refuses those who come later.
func TestP12CloseWaits(t *testing.T) {
	grouped(t, sqlstore.Config{}, func(t *testing.T, store *sqlstore.Store, f *faulty.Faults) {
		var closing, late error
		var closer sync.WaitGroup
		results := line(t, store, func(ctx context.Context, tx lifecycle.Tx) error {
			closer.Go(func() { closing = store.Close() })
			synctest.Wait()
			late = store.Update(ctx, seat(9))
			return seat(0)(ctx, tx)
		}, seat(1))
		closer.Wait()
		if err := errors.Join(append(results, closing)...); err != nil || !errors.Is(late, sqlstore.ErrClosed) {
			t.Errorf("Update and Close = %v, and of who came late %v, want nil and ErrClosed", err, late)
		}
		view := store.View(t.Context(), func(context.Context, lifecycle.Reader) error { return nil })
		if !errors.Is(view, sqlstore.ErrClosed) {
			t.Errorf("View = %v, want ErrClosed", view)
		}
	})
}
