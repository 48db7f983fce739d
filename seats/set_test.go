package seats_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/internal/sampleids"
	"github.com/isvkit/isvkit/seats"
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// userTexts generates ids of every form, and what is nearly of one.
func userTexts() *rapid.Generator[string] {
	digits := func(alphabet string, from, to int) *rapid.Generator[string] {
		return rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), from, to, -1)
	}
	return rapid.OneOf(
		rapid.Map(digits(base62, 12, 12), func(s string) string { return "005" + s }),
		rapid.Map(digits("ab", 2, 2), func(s string) string { return "0052X00000000" + s }),
		digits(base62, 15, 18),
		digits("0123456789", 1, 21), digits("01", 1, 4), digits("89f", 15, 17), digits("0123456789abcdefA", 16, 16),
		digits("0123456789abcdef", 32, 32), digits("0F", 31, 33),
		rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`),
		digits("9afgg@`/:", 16, 16), digits("afgAG", 16, 16), digits("afg", 32, 32),
		rapid.StringMatching(`[9f]{8}-[9f]{4}-[9f]{4}-[9f]{4}-[9fg]{12}`), rapid.StringMatching(`[9F]{8}-[9F]{4}-[9F]{4}-[9F]{4}-[9FG]{12}`),
		rapid.StringMatching(`[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}`),
		rapid.StringMatching(`[0]{8}-0000-[aA0]{4}-0000-[0fF]{12}`),
		rapid.SampledFrom([]string{"0", "00", "18446744073709551615", "18446744073709551616", "99999999999999999999", "100000000000000000000",
			"ffffffffffffffff", "ffffffff-ffff-ffff-ffff-ffffffffffff", "00000000-0000-0000-0000-000000000000", strings.Repeat("\uffff", 5)}),
		rapid.StringMatching(`[a-c]{1,3}@example\.(com|org)`),
		rapid.StringMatching(`[a-z]{1,12}\.[a-z]{1,12}@[a-z]{1,9}\.example\.com`),
		rapid.StringN(1, 20, 255), rapid.StringN(60, 255, 255),
	)
}

func users() *rapid.Generator[seats.UserID] {
	return rapid.Custom(func(t *rapid.T) seats.UserID {
		for {
			if user, err := seats.ParseUserID(userTexts().Draw(t, "user")); err == nil {
				return user
			}
		}
	})
}

type model map[seats.UserID]struct{}

// check fails unless a set is what the model says.
func (m model) check(t *rapid.T, set seats.Set, others []seats.UserID) {
	if set.Len() != len(m) {
		t.Fatalf("%d users, want %d", set.Len(), len(m))
	}
	got := slices.Collect(set.All())
	if want := slices.SortedFunc(maps.Keys(m), seats.UserID.Compare); !slices.Equal(slices.SortedFunc(slices.Values(got), seats.UserID.Compare), want) {
		t.Fatalf("the users are %q, want %q", got, want)
	}
	for user := range m {
		if !set.Contains(user) || !set.ContainsKey(seats.KeyOf(user)) {
			t.Fatalf("%q is missing", user)
		}
	}
	for _, user := range others {
		if _, in := m[user]; set.Contains(user) != in {
			t.Fatalf("Contains(%q) = %t", user, !in)
		}
	}
	shuffled := slices.Clone(got)
	slices.SortFunc(shuffled, func(a, b seats.UserID) int { return b.Compare(a) })
	if again := seats.Collect(slices.Values(shuffled)); !slices.Equal(slices.Collect(again.All()), got) || !again.Equal(set) {
		t.Fatalf("the same users in another order: %q, not %q", slices.Collect(again.All()), got)
	}
}

// A set agrees with a map, whatever ids come in and go; every set taken before stays
// as it was; equal sets are yielded and written alike, and read again.
func TestSetAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.SliceOfN(users(), 1, 60).Draw(t, "users")
		var now seats.Set
		holders := model{}
		type version struct {
			set     seats.Set
			holders model
		}
		var kept []version
		for range rapid.IntRange(1, 20).Draw(t, "changes") {
			some := rapid.SliceOfN(rapid.SampledFrom(known), 0, 40).Draw(t, "some")
			before := now
			if rapid.Bool().Draw(t, "with") {
				now = now.With(append(some, seats.UserID{})...)
				for _, user := range some {
					holders[user] = struct{}{}
				}
			} else {
				now = now.Without(append(some, seats.UserID{})...)
				for _, user := range some {
					delete(holders, user)
				}
			}
			if now.Equal(before) != (before.Len() == now.Len() && now.With(slices.Collect(before.All())...).Len() == now.Len()) {
				t.Fatalf("Equal is %t", now.Equal(before))
			}
			kept = append(kept, version{now, maps.Clone(holders)})
		}
		for _, v := range kept {
			v.holders.check(t, v.set, known)
		}
		if now.Contains(seats.UserID{}) || now.ContainsKey(seats.Key{}) {
			t.Fatal("nobody is in")
		}
		var file bytes.Buffer
		n, err := now.WriteTo(&file)
		if err != nil || n != int64(file.Len()) {
			t.Fatalf("WriteTo = %d, %v, of %d bytes", n, err, file.Len())
		}
		back, err := seats.ReadSet(bytes.NewReader(file.Bytes()))
		if err != nil || !back.Equal(now) {
			t.Fatalf("ReadSet of %x = %q, %v", file.Bytes(), slices.Collect(back.All()), err)
		}
		holders.check(t, back, known)
		var again bytes.Buffer
		if _, err := seats.Collect(back.All()).WriteTo(&again); err != nil || !bytes.Equal(again.Bytes(), file.Bytes()) {
			t.Fatalf("equal sets are written differently, %v", err)
		}
	})
}

// Many users added at once make the set that they make one by one, in whatever order,
// and leave a set that was taken before as it was.
func TestAddAllAgainstAdd(t *testing.T) {
	var all []seats.UserID
	for n := range uint64(40_000) {
		for _, f := range sampleids.Families {
			all = append(all, f.User(n))
		}
		if n%100 == 0 {
			all = append(all, seats.UserID{}, sampleids.Sequence.User(n), seats.MustUserID(fmt.Sprint("user", n, "@example.com")), seats.MustUserID(fmt.Sprint(n)))
		}
	}
	var few seats.SetBuilder
	ann, bob := seats.MustUserID("ann"), seats.MustUserID("bob")
	if first, again := few.AddAll([]seats.UserID{ann, {}, ann}), few.AddAll([]seats.UserID{bob, ann}); first != 1 || again != 1 {
		t.Errorf("AddAll of a few = %d, then %d", first, again)
	}
	var one, many seats.SetBuilder
	for part := range slices.Chunk(all, 130_000) {
		before := many.Set()
		had := before.Len()
		want := 0
		for _, user := range part {
			if one.Add(user) {
				want++
			}
		}
		added := many.AddAll(part)
		if again := many.AddAll(part); added != want || again != 0 || before.Len() != had {
			t.Errorf("AddAll = %d, then %d, want %d; before it %d users, after it %d", added, again, want, had, before.Len())
		}
	}
	if a, b := one.Set(), many.Set(); !a.Equal(b) || !b.Equal(a) {
		t.Errorf("%d users one by one, %d at once", a.Len(), b.Len())
	}
	for user := range many.Set().All() {
		if !many.Remove(user) {
			t.Fatalf("%q cannot be removed", user)
		}
	}
	if n := many.Set().Len(); n != 0 {
		t.Errorf("%d users of none", n)
	}
}

// Two ids have one key only if they are one id.
func TestKeysAreOfOneUser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := users().Draw(t, "a"), users().Draw(t, "b")
		if (seats.KeyOf(a) == seats.KeyOf(b)) != (a == b) {
			t.Fatalf("%q and %q: one key %t", a, b, a != b)
		}
	})
}

// An id of which one byte is another one is another user, or none: whatever it was written
// as, no stranger is taken for who holds a seat.
func TestKeysByteByByte(t *testing.T) {
	for _, text := range []string{
		"0052X000000Txd2", "0032X000000Txd2", "12345678901234567890", "7", "ab", "0123456789abcdef", "0123456789abcdef0123456789abcdef",
		"9cca6b9d-5bdc-47f6-8e95-00c8e5b22949", "9CCA6B9D-5BDC-47F6-8E95-00C8E5B22949", "ada.lovelace@example.com",
	} {
		user := seats.MustUserID(text)
		text = user.String() // of 18 characters, if it is a Salesforce id
		set := seats.Collect(slices.Values([]seats.UserID{user}))
		for i := range len(text) {
			for b := range 256 {
				changed := []byte(text)
				changed[i] = byte(b)
				other, err := seats.ParseUserID(string(changed))
				if err != nil {
					continue
				}
				if set.Contains(other) != (other == user) {
					t.Fatalf("%q is taken for %q", other, user)
				}
				if got := slices.Collect(seats.Collect(slices.Values([]seats.UserID{other})).All()); len(got) != 1 || got[0] != other {
					t.Fatalf("the set of %q holds %q", other, got)
				}
			}
		}
	}
}

// All yields Salesforce ids in the order of their text, then numbers and short texts by
// what they write, each as it was put in; at the edges of what counts as a number, too.
func TestSetYieldsInItsOrder(t *testing.T) {
	want := []seats.UserID{}
	for _, text := range []string{
		"0050x000000Txd2", "0052X000000Txd2",
		"0", "9", "10", "99", "9999999999999999", "10000000000000000000", "18446744073709551615", "18446744073709551616", "36893488147419103232", "90000000000000000000", "99999999999999999999",
		"00", "01", "1:", "9/", "a9",
		"zzzzzzzzzzzzzzz1", "zzzzzzzzzzzzzzz2", "zzzzzzzzzzzzzzz3", "zzzzzzzzzzzzzzz4", "zzzzzzzzzzzzzzz5",
	} {
		want = append(want, seats.MustUserID(text))
	}
	for shift := range want {
		b := seats.SetBuilder{}
		for i := range want {
			b.Add(want[(i+shift)%len(want)])
		}
		if got := slices.Collect(b.Set().All()); !slices.Equal(got, want) {
			t.Fatalf("All = %v, want %v", got, want)
		}
	}
	for _, long := range []string{"100000000000000000000", "000000000000000000000", "not-an-id@acme.com"} {
		b := seats.SetBuilder{}
		b.Add(seats.MustUserID(long))
		b.Add(seats.MustUserID("a"))
		if got := slices.Collect(b.Set().All()); len(got) != 2 || got[1].String() != long {
			t.Errorf("All = %v, want %s, which is neither a number nor an id, behind short texts", got, long)
		}
	}
}

// A set of one number is read as it was written, whether it takes a byte more or not.
func TestSetFileAtTheEdgesOfAByte(t *testing.T) {
	for _, n := range []string{"0", "127", "128", "129", "16383", "16384", "16385", "18446744073709551615", "18446744073709551616",
		"00000000000000010000000000000000", "ffffffffffffffffffffffffffffffff"} {
		set := seats.Collect(slices.Values([]seats.UserID{seats.MustUserID(n)}))
		var file bytes.Buffer
		if _, err := set.WriteTo(&file); err != nil {
			t.Fatal(err)
		}
		if got, err := seats.ReadSet(&file); err != nil || !got.Equal(set) {
			t.Errorf("the set of %s is read as %d users, %v", n, got.Len(), err)
		}
	}
}

// A changed byte, a cut and an addition are refused, and nothing is read.
func TestReadSetRefusesWhatIsBroken(t *testing.T) {
	var file bytes.Buffer
	set := seats.Collect(slices.Values([]seats.UserID{
		seats.MustUserID("0052X000000Txd2"), seats.MustUserID("7"), seats.MustUserID("ada@example.com"),
		seats.MustUserID("grace.hopper@example.com"), seats.MustUserID("9cca6b9d-5bdc-47f6-8e95-00c8e5b22949"),
	}))
	if _, err := set.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	refused := func(what string, data []byte) *seats.FieldError {
		t.Helper()
		got, err := seats.ReadSet(bytes.NewReader(data))
		why, ok := errors.AsType[*seats.FieldError](err)
		if !ok || got.Len() != 0 {
			t.Fatalf("%s: %d users, %v", what, got.Len(), err)
		}
		return why
	}
	for i := range file.Len() {
		if why := refused(fmt.Sprintf("cut at %d", i), file.Bytes()[:i]); why.Value != fmt.Sprint("at byte ", i) {
			t.Errorf("cut at %d: %v", i, why)
		}
		for bit := range 8 {
			broken := slices.Clone(file.Bytes())
			broken[i] ^= 1 << bit
			refused(fmt.Sprintf("bit %d of byte %d changed", bit, i), broken)
		}
	}
	refused("a byte more", append(file.Bytes(), 0))

	if got, err := seats.ReadSet(io.MultiReader(bytes.NewReader(file.Bytes()[:20]), iotest.ErrReader(io.ErrUnexpectedEOF))); !errors.As(err, new(*seats.FieldError)) || got.Len() != 0 {
		t.Errorf("ReadSet of what a reader calls cut: %v", err)
	}
	broken := errors.New("the disk is gone")
	if _, err := seats.ReadSet(io.MultiReader(bytes.NewReader(file.Bytes()), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("ReadSet of a broken reader: %v", err)
	}
	if _, err := set.WriteTo(brokenWriter{broken}); !errors.Is(err, broken) {
		t.Errorf("WriteTo a broken writer: %v", err)
	}
}

// What no set is written as is refused, though its sum is right.
func TestReadSetRefusesWhatIsNoSet(t *testing.T) {
	const header, kinds = "isvkit seats.Set\x01", 8
	const decimals, hex64, hex128, shortTexts, longTexts = 2, 3, 6, 7, 8
	read := func(kind int, ids string) (seats.Set, error) {
		content := header + strings.Repeat("\x00", kind-1) + ids + strings.Repeat("\x00", kinds-kind)
		sum := sha256.Sum256([]byte(content))
		return seats.ReadSet(strings.NewReader(content + string(sum[:])))
	}
	const at18 = "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80" // 126 bits

	// one writes a single id, as the number that it is.
	one := func(n *big.Int) string {
		out := []byte{1}
		for ; n.BitLen() > 7; n = new(big.Int).Rsh(n, 7) {
			out = append(out, byte(n.Uint64())|128)
		}
		return string(append(out, byte(n.Uint64())))
	}
	short := func(text string) string { return one(new(big.Int).SetBytes([]byte(text))) }
	for _, test := range []struct {
		what string
		kind int
		ids  string
		ok   bool
	}{
		{"the number 7", decimals, "\x01\x07", true},
		{"the number 7 in two bytes", decimals, "\x01\x87\x00", false},
		{"the highest number of 128 bits", hex128, "\x01" + strings.ReplaceAll(at18, "\x80", "\xff") + "\x03", true},
		{"a number of 129 bits", hex128, "\x01" + at18 + "\x04", false},
		{"a number of 134 bits", hex128, "\x01" + at18 + "\x80\x01", false},
		{"a number of 21 digits", decimals, one(new(big.Int).Lsh(big.NewInt(10), 64)), false},
		{"64 bits that are more", hex64, "\x01" + at18 + "\x03", false},
		{"the text ab", shortTexts, short("ab"), true},
		{"a number as a text", shortTexts, short("7"), false},
		{"a text that is no user", shortTexts, short("a\x01"), false},
		{"a Salesforce id of 15 characters as a text", shortTexts, short("0052X000000Txd2"), false},
		{"hexadecimal digits as a text", shortTexts, short("0123456789abcdef"), false},
		{"a long text", longTexts, "\x01\x18ada.lovelace@example.com", true},
		{"a number as a long text", longTexts, "\x01\x017", false},
		{"a short text as a long one", longTexts, "\x01\x02ab", false},
		{"no text", longTexts, "\x01\x00", false},
		{"a long text twice", longTexts, "\x02\x18ada.lovelace@example.com\x18ada.lovelace@example.com", false},
	} {
		set, err := read(test.kind, test.ids)
		if _, refused := errors.AsType[*seats.FieldError](err); (err == nil) != test.ok || refused == test.ok || set.Len() != map[bool]int{true: 1}[test.ok] {
			t.Errorf("%s is read as %d users, %v", test.what, set.Len(), err)
		}
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

// Whatever is read, with the right checksum, is a set that is written the same, or
// refused.
func FuzzReadSet(f *testing.F) {
	for _, set := range []seats.Set{{}, seats.Collect(slices.Values([]seats.UserID{
		seats.MustUserID("0052X000000Txd2"), seats.MustUserID("12"), seats.MustUserID("13"), seats.MustUserID("0123456789abcdef"),
		seats.MustUserID("grace.hopper@example.com"), seats.MustUserID("ffffffff-ffff-ffff-ffff-ffffffffffff"),
	}))} {
		var file bytes.Buffer
		if _, err := set.WriteTo(&file); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes()[:file.Len()-sha256.Size])
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		sum := sha256.Sum256(content)
		data := append(slices.Clone(content), sum[:]...)
		set, err := seats.ReadSet(bytes.NewReader(data))
		if err != nil {
			if _, ok := errors.AsType[*seats.FieldError](err); !ok || set.Len() != 0 {
				t.Fatalf("refused with %T %v and %d users", err, err, set.Len())
			}
			return
		}
		var again bytes.Buffer
		if _, err := set.WriteTo(&again); err != nil || !bytes.Equal(again.Bytes(), data) {
			t.Fatalf("%x is written as %x, %v", data, again.Bytes(), err)
		}
		for user := range set.All() {
			if !set.Contains(user) {
				t.Fatalf("%q is yielded and not in", user)
			}
		}
	})
}

// Readers see every user of their set while a writer makes others of it. The race
// detector watches.
func TestSetReadersBesideAWriter(t *testing.T) {
	steady := make([]seats.UserID, 5000)
	for i := range steady {
		steady[i] = sampleids.Families[i%len(sampleids.Families)].User(uint64(2 * i))
	}
	var published atomic.Pointer[seats.Set]
	first := seats.Collect(slices.Values(steady))
	published.Store(&first)
	var done atomic.Bool
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for i := 0; !done.Load(); i++ {
				if user := steady[i%len(steady)]; !published.Load().Contains(user) {
					t.Errorf("%q is missing", user)
					return
				}
			}
		})
	}
	now := first
	for i := range 3000 {
		user := sampleids.Families[i%len(sampleids.Families)].User(uint64(2*i + 1))
		now = now.With(user)
		if i%3 == 0 {
			now = now.Without(user)
		}
		next := now
		published.Store(&next)
	}
	done.Store(true)
	readers.Wait()
	if now.Len() != len(steady)+2000 || first.Len() != len(steady) {
		t.Errorf("%d and %d users", now.Len(), first.Len())
	}
}

// What a set takes in memory: few bytes a seat, and asking allocates nothing.
func TestSetIsCompact(t *testing.T) {
	const size = 200_000
	most := map[string]float64{"sequence": 3, "hex64": 12, "record": 12, "uuid": 20}
	for _, f := range sampleids.Families {
		set := seats.Collect(func(yield func(seats.UserID) bool) {
			for n := uint64(0); n < size && yield(f.User(2*n)); n++ {
			}
		})
		if each := float64(set.Bytes()) / size; set.Len() != size || each > most[f.Name] {
			t.Errorf("%s: %d users take %.2f bytes each, want at most %.0f", f.Name, set.Len(), each, most[f.Name])
		}
		user, other := f.User(4), f.User(5)
		if allocs := testing.AllocsPerRun(100, func() { _ = set.Contains(user) || set.Contains(other) }); allocs != 0 {
			t.Errorf("%s: %v allocations", f.Name, allocs)
		}
	}
	dense := seats.Collect(func(yield func(seats.UserID) bool) {
		for n := uint64(0); n < size && yield(sampleids.Dense.User(n)); n++ {
		}
	})
	if each := float64(dense.Bytes()) / size; each > 0.3 {
		t.Errorf("users of one range without gaps take %.2f bytes each", each)
	}
	long := seats.MustUserID("grace.hopper@example.com")
	if allocs := testing.AllocsPerRun(100, func() { _ = dense.Contains(long) }); allocs != 0 {
		t.Errorf("a long text: %v allocations", allocs)
	}
}
