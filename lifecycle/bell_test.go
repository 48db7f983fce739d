package lifecycle_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/isvkit/isvkit/lifecycle"
)

// A follower sees what was, then what comes, in the order of the feed: at once where a
// Bell tells it, after the poll where none does.
func TestFollow(t *testing.T) {
	for name, bell := range map[string]lifecycle.Bell{"told": &lifecycle.LocalBell{}, "polling": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, &lifecycle.MemStore{}, func(c *lifecycle.Config) { c.Bell = bell }).live()
				before := len(w.events())
				ctx, stop := context.WithCancel(t.Context())
				var mu sync.Mutex // a timer wakes who follows, which orders nothing
				var seen []lifecycle.Event
				var last error
				have := func() int { mu.Lock(); defer mu.Unlock(); return len(seen) }
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					for e, err := range w.Follow(ctx, w.a, 0, time.Hour) {
						mu.Lock()
						if last = err; err == nil {
							seen = append(seen, e)
						}
						mu.Unlock()
					}
				}()
				synctest.Wait()
				if n := have(); n != before {
					t.Errorf("%d events seen, want the %d that were there", n, before)
				}
				w.must(lifecycle.Assign{License: 1, Users: users(3)})
				synctest.Wait()
				if told := have() > before; told != (bell != nil) {
					t.Errorf("seen without waiting: %t, want %t", told, bell != nil)
				}
				time.Sleep(time.Hour) // of the bubble: none passes
				synctest.Wait()
				if n := have(); n != before+1 {
					t.Errorf("%d events seen, want %d", n, before+1)
				}
				stop()
				<-ended
				for i, e := range seen[1:] {
					if e.Seq <= seen[i].Seq {
						t.Errorf("event %d follows %d", e.Seq, seen[i].Seq)
					}
				}
				if !errors.Is(last, context.Canceled) {
					t.Errorf("Follow ends with %v, want Canceled", last)
				}
			})
		})
	}
}

// A Bell is rung after what appended events, and not after what changed nothing or
// failed.
func TestBellIsRungAfterCommits(t *testing.T) {
	bell := &lifecycle.LocalBell{}
	w := newWorld(t, &lifecycle.MemStore{}, func(c *lifecycle.Config) { c.Bell = bell }).live()
	told := bell.Listen(t.Context(), w.a.Vendor)
	other := bell.Listen(t.Context(), vendorB.Vendor)
	rung := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	for _, step := range []struct {
		users []int
		rings bool
	}{{[]int{1}, false}, {[]int{3}, true}, {[]int{4, 5, 6, 7}, false}} {
		_, _ = w.Assign(t.Context(), w.a, lifecycle.Assign{License: 1, Users: users(step.users...)})
		if rung(told) != step.rings || rung(other) {
			t.Errorf("Assign %v: the bell is rung: %t", step.users, !step.rings)
		}
	}
}
