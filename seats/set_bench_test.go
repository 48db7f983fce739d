//go:build linux

package seats_test

import (
	"flag"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/isvkit/isvkit/seats"
)

var setSize = flag.Int("set", 1_000_000, "how many users the benchmarks of Set have; 99000000 takes 5 GB")

// built keeps the set of one family, which takes long to make.
var built struct {
	family string
	size   int
	set    seats.Set
	took   time.Duration
}

func (f family) set(b *testing.B) seats.Set {
	if built.family == f.name && built.size == *setSize {
		return built.set
	}
	built.set = seats.Set{}
	runtime.GC()
	var builder seats.SetBuilder
	var making, working, texts time.Duration
	batch := make([]seats.UserID, 0, 1<<16)
	for n := 0; n < *setSize; {
		begin := time.Now()
		for batch = batch[:0]; len(batch) < cap(batch) && n < *setSize; n++ {
			batch = append(batch, f.user(uint64(2*n)))
		}
		texts += time.Since(begin)
		begin, cpu := time.Now(), cpuTime()
		for _, user := range batch {
			builder.Add(user)
		}
		making += time.Since(begin)
		working += cpuTime() - cpu
	}
	built.set, built.family, built.size, built.took = builder.Set(), f.name, *setSize, working
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.Logf("%s: %d users, %.2f bytes a seat (%.2f of heap in use), built in %v, CPU time %v (%v to make the ids)", f.name, built.set.Len(),
		float64(built.set.Bytes())/float64(*setSize), float64(m.HeapInuse)/float64(*setSize), making, working, texts)
	return built.set
}

// chase is one permutation cycle through memory: the next place to look at is known
// when the last one has been read.
func chase(bytes int) []uint64 {
	places := make([]uint64, bytes/8)
	// Whole lines, in an order that no prefetcher guesses.
	lines := uint64(len(places) / 8)
	const far = 0x9E3779B97F4A7C15
	mask := uint64(1)<<bits.Len64(lines-1) - 1
	next := func(x uint64) uint64 {
		for {
			if x = (x*0x5851F42D4C957F2D + far) & mask; x < lines { // a full period over the power of two
				return x
			}
		}
	}
	for line, x := uint64(0), uint64(0); line < lines; line++ {
		y := next(x)
		places[x*8] = y * 8
		x = y
	}
	return places
}

// BenchmarkSet looks up users, each look-up waiting for the answer to the one before,
// beside a pointer chase through memory of the same size, in turns. It gives the
// median of the turns.
func BenchmarkSet(b *testing.B) {
	for _, f := range families {
		b.Run(f.name, func(b *testing.B) {
			set := f.set(b)
			places := chase(set.Bytes())
			in, out := f.keys(0), f.keys(1)
			users := make([]seats.UserID, asked)
			for i := range users {
				users[i] = f.user(f.any(i))
			}
			at, sum, i := uint64(0), uint64(0), uint64(0)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			turns := map[string][]float64{}
			const turn = 2000
			for b.Loop() {
				turns["hit"] = append(turns["hit"], nsEach(turn, func() {
					i += 1 + count(set.ContainsKey(in[i%asked]))
				}))
				turns["miss"] = append(turns["miss"], nsEach(turn, func() {
					i += 1 + count(set.ContainsKey(out[i%asked]))
				}))
				turns["user"] = append(turns["user"], nsEach(turn, func() {
					i += 1 + count(set.Contains(users[i%asked]))
				}))
				turns["chase"] = append(turns["chase"], nsEach(turn, func() { at = places[at] }))
				sum += at + i
			}
			b.Logf("%s: checksum %d", f.name, sum)
			limit := median(turns["chase"])
			for _, what := range []string{"hit", "miss", "user", "chase"} {
				b.ReportMetric(median(turns[what]), what+"-ns")
			}
			b.ReportMetric(median(turns["hit"])/limit, "hit/chase")
			b.ReportMetric(median(turns["miss"])/limit, "miss/chase")
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(set.Bytes())/float64(set.Len()), "B/seat")
			b.ReportMetric(built.took.Seconds(), "build-s")
		})
	}
}

// cpuTime is what the process has used, its garbage collector included.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// asked users are looked up in turn: so many that the caches do not keep what they touch.
const asked = 1 << 20

func (f family) any(i int) uint64 { return 2 * (mixed(uint64(i)) % uint64(*setSize)) }

func (f family) keys(odd uint64) []seats.Key {
	keys := make([]seats.Key, asked)
	for i := range keys {
		keys[i] = seats.KeyOf(f.user(f.any(i) + odd))
	}
	return keys
}

func count(yes bool) (n uint64) {
	if yes {
		n = 1
	}
	return n
}

// nsEach returns the CPU time of one of many, which does not count what else the machine
// does.
func nsEach(turn int, do func()) float64 {
	begin := threadTime()
	for range turn {
		do()
	}
	return float64(threadTime()-begin) / float64(turn)
}

// threadTime is the CPU time of the thread, of which the goroutine is the only one.
func threadTime() time.Duration {
	const threadClock = 3 // CLOCK_THREAD_CPUTIME_ID
	var now syscall.Timespec
	if _, _, failed := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, threadClock, uintptr(unsafe.Pointer(&now)), 0); failed != 0 {
		panic(failed)
	}
	return time.Duration(now.Nano())
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// BenchmarkSetChange adds a user, of which the writer keeps the new set, while somebody
// reads. It gives the median and the 99th percentile.
func BenchmarkSetChange(b *testing.B) {
	for _, f := range families {
		b.Run(f.name, func(b *testing.B) {
			now := f.set(b)
			users := make([]seats.UserID, asked)
			for i := range users {
				users[i] = f.user(f.any(i) + 1)
			}
			stop := reading(now, f.keys(0))
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			defer stop()
			took := make([]float64, 0, b.N)
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				begin := threadTime()
				now = now.With(users[i%asked])
				took = append(took, float64(threadTime()-begin))
				i++
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(i), "wall-ns/op")
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(took), "cpu-median-ns")
			b.ReportMetric(took[len(took)*99/100], "cpu-p99-ns")
		})
	}
}

// reading looks users up that are in the set until it is told to stop.
func reading(set seats.Set, keys []seats.Key) (stop func()) {
	var stopped atomic.Bool
	var reader sync.WaitGroup
	reader.Go(func() {
		for i := 0; !stopped.Load(); i++ {
			if !set.ContainsKey(keys[i%asked]) {
				panic("a reader misses a user")
			}
		}
	})
	return func() { stopped.Store(true); reader.Wait() }
}
