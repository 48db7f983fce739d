package main

import (
	"fmt"
	"math/bits"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"golang.org/x/sys/unix"

	"github.com/isvkit/isvkit/internal/sampleids"
	"github.com/isvkit/isvkit/seats"
)

// sets measures sets of users, each of whose ids is of one family, and their rivals:
// look-ups by chance, memory, making them, and changing one user.
func sets(p plan) error {
	families := []struct {
		sampleids.Family
		name string
	}{
		{sampleids.Sequence, "Salesforce ids in sequence, one in 37"},
		{sampleids.Hex64, "random 64-bit ids"},
		{sampleids.UUID, "UUIDs"},
	}
	for _, f := range families {
		p.setsOf(f.Family, fmt.Sprintf("%d users, %s", p.seats, f.name))
	}
	return nil
}

// keeping is a way to keep users: make makes a set of those of a source, and of the
// samples returns how to look up those that are in, and those that are not.
type keeping struct {
	name string
	most map[string]int // seats of a family, where more take more memory than there may be
	make func(*source, *samples) (in, out func(i int) bool)
}

// keepings are the rivals. Where an id is no number of 64 bits, a map of numbers has two
// of them for a key, and roaring64 has no answer.
var keepings = []keeping{
	{"map[string]struct{}", map[string]int{"sequence": 20_000_000, "hex64": 20_000_000, "uuid": 20_000_000}, stringMap},
	{"map of numbers", nil, numberMap},
	{"roaring64", map[string]int{"hex64": 10_000_000, "uuid": 0}, roaring},
}

func (p plan) setsOf(f sampleids.Family, title string) {
	s := newSamples(f, p.seats)
	var contenders []contender
	var made []string
	add := func(name string, make func(*source) (in, out func(int) bool)) {
		from := &source{family: f, seats: p.seats}
		before := heap()
		in, out := make(from)
		bytes := float64(heap() - before)
		made = append(made, fmt.Sprintf("| %s | %s | %s | %s |", name, digits(bytes/float64(p.seats)), digits(from.cpu.Seconds()), digits(from.wall.Seconds())))
		contenders = append(contenders, lookUp(name+", in", true, s.count, in), lookUp(name+", not in", false, s.count, out))
	}
	var set seats.Set
	add("seats.Set", func(from *source) (in, out func(int) bool) {
		set = collected(from)
		return func(i int) bool { return set.Contains(s.in.users[i]) }, func(i int) bool { return set.Contains(s.out.users[i]) }
	})
	contenders = append(contenders,
		lookUp("seats.Set, key resolved, in", true, s.count, func(i int) bool { return set.ContainsKey(s.in.keys[i]) }),
		lookUp("seats.Set, key resolved, not in", false, s.count, func(i int) bool { return set.ContainsKey(s.out.keys[i]) }))
	var leftOut []string
	for _, k := range keepings {
		if most, bounded := k.most[f.Name]; bounded && p.seats > most {
			leftOut = append(leftOut, k.name)
			continue
		}
		add(k.name, func(from *source) (in, out func(int) bool) { return k.make(from, s) })
	}
	const limit = "one dependent access"
	contenders = append(contenders, chase(limit, set.Bytes()))
	results := p.measure(cpu, contenders)
	p.table("A look-up by chance, each waiting for the one before, among "+title+": CPU time", results, limit, "seats.Set, in", "seats.Set, key resolved, in")
	fmt.Fprintf(p.out, "\n| made | bytes a seat | CPU s | wall s |\n|---|--:|--:|--:|\n%s\n", strings.Join(made, "\n"))
	if len(leftOut) > 0 {
		fmt.Fprintf(p.out, "\nLeft out, for they take more memory here than a machine may have, or keep no such ids: %s.\n", strings.Join(leftOut, ", "))
	}
	p.changing(set, s)
}

// lookUp asks about each of many samples in turn. Which one is next depends on the
// answer, so that no two are on their way through memory at once.
func lookUp(name string, want bool, samples int, has func(i int) bool) contender {
	at := 0
	return contender{name: name, do: func(n int) {
		begin := at
		for range n {
			at += count(has(at&(samples-1)) == want)
		}
		if at-begin != n {
			panic(name + ": a wrong answer")
		}
	}}
}

func count(yes bool) (n int) {
	if yes {
		n = 1
	}
	return n
}

// chase is one cycle through memory: the next place is known when the last one has been
// read. Whole lines are visited, in an order that no prefetcher guesses.
func chase(name string, bytes int) contender {
	lines := uint64(max(bytes/64, 2))
	mask := uint64(1)<<bits.Len64(lines-1) - 1
	next := func(x uint64) uint64 {
		for {
			if x = (x*0x5851F42D4C957F2D + 0x9E3779B97F4A7C15) & mask; x < lines { // a full period over the power of two
				return x
			}
		}
	}
	places := make([]uint64, 8*lines)
	for line, x := uint64(0), uint64(0); line < lines; line++ {
		y := next(x)
		places[8*x] = 8 * y
		x = y
	}
	at := uint64(0)
	return contender{name: name, do: func(n int) {
		for range n {
			at = places[at]
		}
		sink = at == 1
	}}
}

// samples are users by chance, who are in a set and who are not: so many that the caches do
// not keep what they touch in a large set.
type samples struct {
	count   int // of each; a power of two
	in, out sample
}

type sample struct {
	users   []seats.UserID
	texts   []string
	keys    []seats.Key
	numbers [][2]uint64
}

func newSamples(f sampleids.Family, seats int) *samples {
	s := &samples{count: min(1<<22, 1<<bits.Len(uint(seats)))}
	for i := range uint64(s.count) {
		n := sampleids.Any(i, uint64(seats))
		s.in.add(f, n)
		s.out.add(f, n+1)
	}
	return s
}

func (s *sample) add(f sampleids.Family, n uint64) {
	user := f.User(n)
	s.users, s.texts, s.keys = append(s.users, user), append(s.texts, user.String()), append(s.keys, seats.KeyOf(user))
	hi, lo := f.Number(n)
	s.numbers = append(s.numbers, [2]uint64{hi, lo})
}

// source gives out the users of a set, and measures what is done with them, their making
// left out.
type source struct {
	family    sampleids.Family
	seats     int
	cpu, wall time.Duration
}

func (s *source) timed(do func()) {
	begin, used := time.Now(), processTime()
	do()
	s.wall += time.Since(begin)
	s.cpu += processTime() - used
}

// users yields many users at a time, which are there until the next ones.
func (s *source) users(yield func([]seats.UserID) bool) {
	inBatches(s, s.family.User, yield)
}

// numbers is users by what their ids write.
func (s *source) numbers(yield func([][2]uint64) bool) {
	inBatches(s, func(n uint64) [2]uint64 {
		hi, lo := s.family.Number(n)
		return [2]uint64{hi, lo}
	}, yield)
}

func inBatches[T any](s *source, of func(n uint64) T, yield func([]T) bool) {
	batch := make([]T, 0, 1<<20)
	for n, more := 0, true; more && n < s.seats; {
		for batch = batch[:0]; len(batch) < cap(batch) && n < s.seats; n++ {
			batch = append(batch, of(uint64(2*n)))
		}
		s.timed(func() { more = yield(batch) })
	}
}

// processTime is what the process has used of processors, its garbage collector included.
func processTime() time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		panic(err) // cannot happen where the program was built for
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func collected(from *source) seats.Set {
	var b seats.SetBuilder
	for users := range from.users {
		b.AddAll(users)
	}
	return b.Set()
}

func stringMap(from *source, s *samples) (in, out func(int) bool) {
	set := map[string]struct{}{}
	for users := range from.users {
		for _, u := range users {
			set[u.String()] = struct{}{}
		}
	}
	return func(i int) bool { _, ok := set[s.in.texts[i]]; return ok }, func(i int) bool { _, ok := set[s.out.texts[i]]; return ok }
}

func numberMap(from *source, s *samples) (in, out func(int) bool) {
	if from.family.Name != sampleids.UUID.Name {
		set := map[uint64]struct{}{}
		for numbers := range from.numbers {
			for _, n := range numbers {
				set[n[1]] = struct{}{}
			}
		}
		return func(i int) bool { _, ok := set[s.in.numbers[i][1]]; return ok }, func(i int) bool { _, ok := set[s.out.numbers[i][1]]; return ok }
	}
	set := map[[2]uint64]struct{}{}
	for numbers := range from.numbers {
		for _, n := range numbers {
			set[n] = struct{}{}
		}
	}
	return func(i int) bool { _, ok := set[s.in.numbers[i]]; return ok }, func(i int) bool { _, ok := set[s.out.numbers[i]]; return ok }
}

// roaring sorts first: it moves all that is above when a number comes between.
func roaring(from *source, s *samples) (in, out func(int) bool) {
	all := make([]uint64, 0, from.seats)
	for numbers := range from.numbers {
		for _, n := range numbers {
			all = append(all, n[1])
		}
	}
	set := roaring64.New()
	from.timed(func() {
		slices.Sort(all)
		set.AddMany(all)
	})
	return func(i int) bool { return set.Contains(s.in.numbers[i][1]) }, func(i int) bool { return set.Contains(s.out.numbers[i][1]) }
}

// changing gives seats to one user after the other, and takes them again, each time making
// a new set, while somebody reads the first one.
func (p plan) changing(set seats.Set, s *samples) {
	var reading sync.WaitGroup
	var done atomic.Bool
	reading.Go(func() {
		for i := 0; !done.Load(); i++ {
			if !set.ContainsKey(s.in.keys[i&(s.count-1)]) {
				panic("a reader misses a user") // a figure of a set that forgets is none
			}
		}
	})
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	took := make([]float64, 1000*p.rounds)
	now := set
	for i := range took {
		change := now.With
		if i&s.count != 0 {
			change = now.Without
		}
		begin := cpu()
		now = change(s.out.users[i&(s.count-1)])
		took[i] = float64(cpu() - begin)
	}
	done.Store(true)
	reading.Wait()
	slices.Sort(took)
	fmt.Fprintf(p.out, "\nOne seat changed in a seats.Set, with a reader running: CPU µs %s in the median, %s at the 99th percentile.\n",
		digits(took[len(took)/2]/1000), digits(took[len(took)*99/100]/1000))
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
