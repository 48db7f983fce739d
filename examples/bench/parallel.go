package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

const (
	seatsPerSecond = 10_000
	seatsAtOnce    = 100
	batch          = 1000 // checks
)

// parallel measures checks by two at once, beside a writer who changes the seats of a license that
// is asked about.
func parallel(p plan) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	w, err := newWorld(ctx)
	if err != nil {
		return err
	}
	defer w.checker.Close()
	handles, err := w.handles(ctx)
	if err != nil {
		return err
	}
	var writing sync.WaitGroup
	var changed atomic.Int64
	writing.Go(func() { w.write(ctx, &changed) })
	defer writing.Wait()
	defer stop()

	began, before := time.Now(), changed.Load()
	loops := []struct {
		name string
		do   func(i int, now time.Time) bool
	}{
		{"an empty loop", func(i int, now time.Time) bool { return i >= 0 }},
		{"Handle.IsLicensed", func(i int, now time.Time) bool { return handles[i%asked].IsLicensed(now) }},
		{"IsLicensedAt, three ids", func(i int, now time.Time) bool {
			q := &w.questions[i%asked]
			return w.checker.IsLicensedAt(now, q.org, q.pkg, q.user)
		}},
	}
	scaling := make([][]float64, len(loops))
	for range p.rounds {
		for i, loop := range loops {
			one, two := rate(p, loop.do, 1), rate(p, loop.do, 2)
			scaling[i] = append(scaling[i], two/one)
		}
	}
	fmt.Fprint(p.out, "\n### Two at once beside a writer\n\n| | 2 askers ÷ 1 asker, median | spread | ÷ that of an empty loop | a batch of 1,000, CPU µs: median | p99.9 | p99.9 ÷ median |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for i, loop := range loops {
		slices.Sort(scaling[i])
		s := scaling[i]
		median, tail := batches(p, loop.do)
		fmt.Fprintf(p.out, "| %s | %s | %s–%s | %s | %s | %s | %s |\n", loop.name, digits(s[len(s)/2]), digits(s[0]), digits(s[len(s)-1]),
			digits(s[len(s)/2]/scaling[0][len(s)/2]), digits(median/1000), digits(tail/1000), digits(tail/median))
	}
	fmt.Fprintf(p.out, "\nThe writer changed %.0f seats a second.\n", float64(changed.Load()-before)/time.Since(began).Seconds())
	return nil
}

// write gives and takes seats of the first license until ctx is done, so many in a second.
// Where it was kept from the processor it makes up for that.
func (w *world) write(ctx context.Context, changed *atomic.Int64) {
	users := make([]seats.UserID, seatsAtOnce)
	for i := range users {
		users[i] = userID(1_000_000 + i)
	}
	began := time.Now()
	for hold := true; ctx.Err() == nil; hold = !hold {
		due := began.Add(time.Duration(changed.Load()) * time.Second / seatsPerSecond)
		time.Sleep(time.Until(due))
		var err error
		if hold {
			_, err = w.manager.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: users})
		} else {
			_, err = w.manager.Revoke(ctx, vendor, lifecycle.Revoke{License: 1, Users: users})
		}
		if err != nil && ctx.Err() == nil {
			panic(err) // what is measured is beside a writer, or nothing
		}
		changed.Add(seatsAtOnce)
	}
}

// rate returns how often askers at once do it in a second.
func rate(p plan, do func(int, time.Time) bool, askers int) float64 {
	var asking sync.WaitGroup
	var done atomic.Int64
	start := time.Now()
	until := start.Add(4 * p.slice)
	for range askers {
		asking.Go(func() {
			now := time.Now()
			for n := 0; ; n += batch {
				for i := range batch {
					if !do(i, now) {
						panic("not licensed") // what is timed must be the answer yes: a wrong one is no figure
					}
				}
				if now = time.Now(); now.After(until) {
					done.Add(int64(n))
					return
				}
			}
		})
	}
	asking.Wait()
	return float64(done.Load()) / time.Since(start).Seconds()
}

// batches returns the median and the 99.9th percentile of the CPU time of a batch, in
// nanoseconds.
func batches(p plan, do func(int, time.Time) bool) (median, tail float64) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	times := make([]float64, 1000*p.rounds)
	now := time.Now()
	for i := range times {
		start := cpu()
		for j := range batch {
			do(j, now)
		}
		times[i] = float64(cpu() - start)
	}
	slices.Sort(times)
	return times[len(times)/2], times[len(times)*999/1000]
}
