package reliability

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/storetest"
)

// modelStores are what the model runs on. Each opens a new, empty store.
var modelStores = []struct {
	count string
	open  func(ctx context.Context, p *part, n int) (lifecycle.Store, func(), error)
}{
	{"model operations in memory", func(_ context.Context, p *part, n int) (lifecycle.Store, func(), error) {
		s := lifecycle.Store(&lifecycle.MemStore{})
		if n%10 == 0 { // what works twice does not rely on being called once
			s = storetest.Retrying(s)
		}
		return p.plant.wrapped(s), func() {}, nil
	}},
	{"model operations on SQLite", func(ctx context.Context, p *part, n int) (lifecycle.Store, func(), error) {
		folder, remove, err := p.folder()
		if err != nil {
			return nil, nil, err
		}
		h, err := p.plant.open(ctx, sqliteDrivers[n%len(sqliteDrivers)], filepath.Join(folder, "store.db"))
		if err != nil {
			remove()
			return nil, nil, err
		}
		return h.store, func() { _ = h.close(); remove() }, nil
	}},
	{"model operations on PostgreSQL", func(ctx context.Context, p *part, n int) (lifecycle.Store, func(), error) {
		p.servers.crash.RLock()
		dsn, drop, err := p.servers.newSchema(ctx)
		if err != nil {
			p.servers.crash.RUnlock()
			return nil, nil, err
		}
		h, err := p.plant.open(ctx, postgresDrivers[n%2], dsn)
		if err != nil {
			p.servers.crash.RUnlock()
			drop()
			return nil, nil, err
		}
		return h.store, func() { _ = h.close(); drop(); p.servers.crash.RUnlock() }, nil
	}},
}

// runModel runs batches of sequences until each store has had its size. A batch that
// fails is shrunk by rapid, and its seed said.
func runModel(ctx context.Context, p *part) error {
	for i, s := range modelStores {
		if i == 0 && p.plant.Name != "" && p.plant.wrap == nil {
			continue // the plant is in SQL
		}
		for batch := uint64(0); p.counted(s.count) < p.size(s.count) && !p.over(ctx); batch++ {
			sequences := 0
			var broken error
			t := &outsideTest{name: s.count}
			checks := min(max((p.size(s.count)-p.counted(s.count))/100, 1), 20)
			shrink := "10s"
			if p.plant.Name != "" {
				shrink = "0s" // that it is found is enough
			}
			n := t.run(p.Seed*1_000_003+batch+1, checks, shrink, func() int {
				return storetest.Model(t, func() (lifecycle.Store, func()) {
					store, closeStore, err := s.open(ctx, p, sequences)
					if err != nil {
						broken = fmt.Errorf("opening a store: %w", err)
						t.Fatal(broken)
					}
					sequences++
					return store, closeStore
				})
			})
			p.count(s.count, n)
			p.count("model sequences", sequences)
			if broken != nil {
				return broken
			}
			if t.failed {
				p.fail("%s: %s", s.count, t.says)
			}
		}
	}
	return nil
}

// rapidFlags is how rapid is told what to do: by the flags of a test.
var rapidFlags sync.Mutex

// outsideTest is what rapid needs of a test, outside of one.
type outsideTest struct {
	name   string
	failed bool
	says   string
}

// run runs f, which checks so many sequences with t, with the seed, in a goroutine that FailNow can end.
func (t *outsideTest) run(seed uint64, checks int, shrink string, f func() int) (n int) {
	rapidFlags.Lock()
	defer rapidFlags.Unlock()
	testing.Init() // rapid asks whether a test is short; it does nothing within one
	if !flag.Parsed() {
		_ = flag.CommandLine.Parse(nil)
	}
	for name, value := range map[string]string{
		"rapid.seed": strconv.FormatUint(seed, 10), "rapid.checks": strconv.Itoa(checks), "rapid.steps": "100",
		"rapid.nofailfile": "true", "rapid.shrinktime": shrink,
	} {
		if err := flag.Set(name, value); err != nil {
			panic(err) // the flags of a library that is part of this program
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		n = f()
	}()
	<-done
	return n
}

// The methods of rapid.TB.

func (t *outsideTest) Helper()             {}
func (t *outsideTest) Name() string        { return t.name }
func (t *outsideTest) Logf(string, ...any) {}
func (t *outsideTest) Log(...any)          {}
func (t *outsideTest) Skipf(string, ...any) {
	runtime.Goexit()
}
func (t *outsideTest) Skip(...any) { runtime.Goexit() }
func (t *outsideTest) SkipNow()    { runtime.Goexit() }
func (t *outsideTest) Errorf(format string, args ...any) {
	t.failed = true
	t.says += fmt.Sprintf(format, args...)
}
func (t *outsideTest) Error(args ...any) { t.Errorf("%s", fmt.Sprint(args...)) }
func (t *outsideTest) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	t.FailNow()
}
func (t *outsideTest) Fatal(args ...any) { t.Fatalf("%s", fmt.Sprint(args...)) }
func (t *outsideTest) FailNow()          { t.failed = true; runtime.Goexit() }
func (t *outsideTest) Fail()             { t.failed = true }
func (t *outsideTest) Failed() bool      { return t.failed }
