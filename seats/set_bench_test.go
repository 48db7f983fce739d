package seats_test

import (
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"math/bits"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/isvkit/isvkit/internal/recordid"
	"github.com/isvkit/isvkit/seats"
)

var setSize = flag.Int("set", 1_000_000, "how many users the benchmarks of Set have; 99000000 takes 5 GB")

// A family of ids: the nth of those in the set, and of those that are not.
type family struct {
	name string
	id   func(n uint64) string // even ns are in the set, odd ones are not
}

// mixed is the nth of a sequence that looks random and has no number twice.
func mixed(n uint64) uint64 {
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

func recordID(hi, lo uint64) string {
	id, ok := recordid.FromNumber(hi, lo)
	if !ok {
		panic("no id")
	}
	return id
}

// firstUser is the number of 0052X00000000000.
var firstUserHi, firstUserLo, _ = recordid.Number("0052X0000000000QAC"[:15] + "QAC")

var families = []family{
	{"sequence", func(n uint64) string { // one in 37 of a range, anywhere in each 37
		at := 37*(n/2) + mixed(n/2)%36 + n%2
		lo, carry := bits.Add64(firstUserLo, at, 0)
		return recordID(firstUserHi+carry, lo)
	}},
	{"decimal", func(n uint64) string { return strconv.FormatUint(mixed(n), 10) }},
	{"record", func(n uint64) string { // 12 random characters
		hi, lo := bits.Mul64(mixed(n), 3226266762397899821>>0) // below 62^12 / 2^7
		return recordID(addTo(userHi, userLo, hi>>1, lo))
	}},
	{"uuid", func(n uint64) string {
		var raw [16]byte
		binary.BigEndian.PutUint64(raw[:], mixed(n)&^0xf000|0x4000)
		binary.BigEndian.PutUint64(raw[8:], mixed(^n)&^(3<<62)|1<<63)
		digits := hex.EncodeToString(raw[:])
		return digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
	}},
}

var userHi, userLo, _ = recordid.Number("005000000000000AAA")

func addTo(hi, lo, hi2, lo2 uint64) (uint64, uint64) {
	lo, carry := bits.Add64(lo, lo2, 0)
	return (hi + hi2 + carry), lo
}

func (f family) user(n uint64) seats.UserID { return seats.MustUserID(f.id(n)) }

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
	var making, texts time.Duration
	batch := make([]seats.UserID, 0, 1<<16)
	for n := 0; n < *setSize; {
		begin := time.Now()
		for batch = batch[:0]; len(batch) < cap(batch) && n < *setSize; n++ {
			batch = append(batch, f.user(uint64(2*n)))
		}
		texts += time.Since(begin)
		begin = time.Now()
		for _, user := range batch {
			builder.Add(user)
		}
		making += time.Since(begin)
	}
	built.set, built.family, built.size, built.took = builder.Set(), f.name, *setSize, making
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.Logf("%s: %d users, %.2f bytes a seat (%.2f of heap in use), built in %v (%v to make the ids)", f.name, built.set.Len(),
		float64(built.set.Bytes())/float64(*setSize), float64(m.HeapInuse)/float64(*setSize), making, texts)
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

var sink uint64

// BenchmarkSet looks up users one after the other, each look-up waiting for the one
// before, beside a pointer chase through memory of the same size.
func BenchmarkSet(b *testing.B) {
	for _, f := range families {
		b.Run(f.name, func(b *testing.B) {
			set := f.set(b)
			const asked = 1 << 16
			for _, kind := range []string{"hit", "miss"} {
				users, keys := make([]seats.UserID, asked), make([]seats.Key, asked)
				for i := range users {
					n := 2 * (mixed(uint64(i)) % uint64(*setSize))
					if kind == "miss" {
						n++
					}
					users[i] = f.user(n)
					keys[i] = seats.KeyOf(users[i])
				}
				b.Run(kind+"/key", func(b *testing.B) {
					b.ReportAllocs()
					at := 0
					for b.Loop() {
						if at++; set.ContainsKey(keys[at&(asked-1)]) != (kind == "hit") {
							at++ // the next one waits for the answer
							b.Fatal("wrong")
						}
					}
				})
				b.Run(kind+"/key waiting", func(b *testing.B) {
					at := 0
					for b.Loop() {
						at += 2
						if set.ContainsKey(keys[at&(asked-1)]) {
							at += 1
						}
						at = at*5 + 1
					}
					sink += uint64(at)
				})
				b.Run(kind+"/user", func(b *testing.B) {
					b.ReportAllocs()
					at := 0
					for b.Loop() {
						if at++; set.Contains(users[at&(asked-1)]) != (kind == "hit") {
							b.Fatal("wrong")
						}
					}
				})
			}
			b.Run("chase", func(b *testing.B) {
				places := chase(set.Bytes())
				at := uint64(0)
				for b.Loop() {
					at = places[at]
				}
				sink += at
			})
			b.Run("change", func(b *testing.B) { benchmarkChange(b, f, set) })
		})
	}
}

// benchmarkChange adds and removes users while somebody reads.
func benchmarkChange(b *testing.B, f family, set seats.Set) {
	stop := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() {
		for n := uint64(0); ; n++ {
			select {
			case <-stop:
				return
			default:
				if !set.Contains(f.user(2 * (mixed(n) % uint64(*setSize)))) {
					panic("a reader misses a user")
				}
			}
		}
	})
	users := make([]seats.UserID, 1<<14)
	for i := range users {
		users[i] = f.user(2*(mixed(uint64(i))%uint64(*setSize)) + 1)
	}
	b.ReportAllocs()
	now, i := set, 0
	for b.Loop() {
		now = now.With(users[i&(len(users)-1)])
		i++
	}
	close(stop)
	reading.Wait()
	_ = fmt.Sprint(now.Len())
}
