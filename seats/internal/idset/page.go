package idset

import (
	"math/bits"
	"slices"
	"unsafe"
)

// A page keeps the ids of one place in the tree: what the place does not say of a
// number are its low bits, width of them. Few bits of many ids stand in a bitmap.
// Else each id has a slot of 16, 32, 64 or 128 bits in an ordered hash table: its
// bits are scattered over the range by a multiplication that can be undone, and slots
// stand near where that sends them, in ascending order. So a slot is the whole
// id, one cache line mostly answers, and a miss ends at the first greater slot. Texts
// stand one after the other.
//
// A page is what a directory is made of, so it takes 16 bytes: a directory of 99,000,000 ids
// is then small enough for the caches.
type page struct {
	first *uint64 // of the words
	n     uint32
	count uint16 // of the words
	width uint8
	state uint8 // the form, and what else there is to say
}

const (
	last  uint8 = 32 // the greatest number of the width is in: a slot that holds it would look empty
	fresh uint8 = 64 // made by the edit that owns the node, which may change it in place
)

func (p *page) form() form { return form(p.state &^ (last | fresh)) }

func (p *page) is(state uint8) bool { return p.state&state != 0 }

func (p *page) set(state uint8, to bool) {
	p.state &^= state
	if to {
		p.state |= state
	}
}

func (p *page) words() []uint64 { return unsafe.Slice(p.first, int(p.count)) }

func (p *page) setWords(words []uint64) {
	p.first, p.count = unsafe.SliceData(words), uint16(len(words))
}

// form is how a page keeps its ids. That of slots is the logarithm of their bits.
type form uint8

const (
	bitmap   form = 0
	narrow16 form = 4
	narrow32 form = 5
	narrow64 form = 6
	wide     form = 7
	texts    form = 8
	sorted   form = 16 // with slots: without gaps, since the ids crowd where the table would end
)

func (f form) lane() uint { return uint(f & 7) }

// The golden ratio of 128 bits: what is multiplied by it is spread as evenly as can be.
const (
	goldenHi = 0x9E3779B97F4A7C15
	goldenLo = 0xF39CC0605CEDC835
)

// has reports whether the page has an id. Bits of it above the page's width are
// ignored, since they led here.
func (p *page) has(k *Key) bool {
	if p.form() == texts {
		return p.n > 0 && p.findText(k) >= 0
	}
	return p.hasNumber(k.Num)
}

// hasNumber is has for a page that does not hold texts.
func (p *page) hasNumber(x Number) bool {
	switch {
	case p.n == 0:
		return false
	case p.form() == narrow64:
		return p.hasIn64(x.Lo)
	case p.form() == wide:
		return p.hasWide(x)
	case p.form() == bitmap:
		at := x.Lo & (1<<p.width - 1)
		return p.words()[at/64]>>(at%64)&1 != 0
	case p.form()&sorted != 0:
		return p.hasSorted(x)
	}
	return p.hasNarrow(x.Lo)
}

// The look-ups compare several slots before they branch: where an id stands among its
// neighbours is what no processor predicts.

// hasIn64 looks into slots of a whole word.
func (p *page) hasIn64(x uint64) bool {
	y := scatter64(x, p.width)
	if y == ^uint64(0) {
		return p.is(last)
	}
	words := p.words()
	i := home(y<<(64-p.width), len(words))
	for ; i+4 <= len(words); i += 4 {
		four := words[i : i+4 : i+4]
		if isZero(four[0]^y)|isZero(four[1]^y)|isZero(four[2]^y)|isZero(four[3]^y) != 0 {
			return true
		}
		if four[3] > y {
			return false
		}
	}
	return slices.Contains(words[i:], y)
}

// isZero is 1 for 0, and else 0.
func isZero(x uint64) uint64 { return (x|-x)>>63 ^ 1 }

// hasNarrow looks into slots of 16 or 32 bits: into all of a word at once.
func (p *page) hasNarrow(x uint64) bool {
	y := scatter64(x, p.width)
	bits, ones, perWord := 32, uint64(1<<32|1), 1
	if p.form() == narrow16 {
		bits, ones, perWord = 16, 1<<48|1<<32|1<<16|1, 2
	}
	if y == 1<<bits-1 {
		return p.is(last)
	}
	words := p.words()
	for i := home(y<<(64-p.width&63), len(words)<<perWord) >> perWord; i < len(words); i++ {
		w := words[i]
		differ := w ^ y*ones
		if (differ-ones)&^differ&(ones<<(bits-1)) != 0 { // a slot that does not differ
			return true
		}
		if w>>(64-bits) > y { // the last of its slots
			return false
		}
	}
	return false
}

func (p *page) hasWide(x Number) bool {
	y := scatter(x, p.width)
	if y == empties[wide] {
		return p.is(last)
	}
	words := p.words()
	i := 2 * home(y.Shl(128-uint(p.width)).Hi, len(words)/2)
	for ; i+4 <= len(words); i += 4 {
		two := words[i : i+4 : i+4]
		if isZero((two[0]^y.Hi)|(two[1]^y.Lo))|isZero((two[2]^y.Hi)|(two[3]^y.Lo)) != 0 {
			return true
		}
		if two[2] > y.Hi || two[2] == y.Hi && two[3] > y.Lo {
			return false
		}
	}
	return i+1 < len(words) && words[i] == y.Hi && words[i+1] == y.Lo
}

func (p *page) hasSorted(x Number) bool {
	y := scatter(x, p.width)
	i := p.find(y)
	return i < p.slots() && p.slot(i) == y && (y != p.empty() || p.is(last)) || y == p.empty() && p.is(last)
}

// home returns the slot at which to begin, given the scattered bits, moved up to the
// top of the word. The last slots are nobody's home: they take what is crowded out.
func home(top uint64, slots int) int {
	hi, _ := bits.Mul64(top, uint64(slots-slots>>5-1))
	return int(hi)
}

func scatter64(x uint64, width uint8) uint64 {
	return x * (uint64(goldenHi)>>(64-width) | 1) & (1<<width - 1)
}

func scatter(x Number, width uint8) Number {
	return x.Times(multiplier(width)).low(uint(width))
}

// gather undoes scatter.
func gather(width uint8) func(Number) Number {
	m := multiplier(width)
	inverse := m // of an odd number, to 3 bits; each round doubles them
	for range 6 {
		inverse = inverse.Times(Number{0, 2}.Sub(m.Times(inverse)))
	}
	return func(y Number) Number { return y.Times(inverse).low(uint(width)) }
}

// multiplier is the one of scatter64 where the width fits a word.
func multiplier(width uint8) Number {
	if width <= 64 {
		return Number{0, uint64(goldenHi)>>(64-width) | 1}
	}
	return Number{goldenHi, goldenLo}.Shr(128 - uint(width)).or(Number{0, 1})
}

// empties are the slots that hold nothing.
var empties = [...]Number{
	narrow16: {0, 1<<16 - 1}, narrow32: {0, 1<<32 - 1}, narrow64: {0, 1<<64 - 1}, wide: {1<<64 - 1, 1<<64 - 1},
}

func (p *page) empty() Number { return empties[p.form().lane()] }

func (p *page) slots() int { return len(p.words()) * 64 >> p.form().lane() }

func (p *page) slot(i int) Number {
	if p.form().lane() == uint(wide) {
		return Number{p.words()[2*i], p.words()[2*i+1]}
	}
	at := uint(i) << p.form().lane()
	return Number{0, p.words()[at/64] >> (at % 64) & p.empty().Lo}
}

func (p *page) setSlot(i int, y Number) {
	if p.form().lane() == uint(wide) {
		p.words()[2*i], p.words()[2*i+1] = y.Hi, y.Lo
		return
	}
	at := uint(i) << p.form().lane()
	p.words()[at/64] = p.words()[at/64]&^(p.empty().Lo<<(at%64)) | y.Lo<<(at%64)
}

func (p *page) homeOf(y Number) int {
	if p.form()&sorted != 0 {
		return 0
	}
	return home(y.Shl(128-uint(p.width)).Hi, p.slots())
}

// newPage makes a page of so many low bits for at least n numbers, none of them in it
// yet.
func newPage(width uint8, n int) page {
	p := page{width: width, state: uint8(formFor(width, n))}
	need := wordsFor(p.form(), width, n)
	if p.form() == bitmap {
		p.setWords(make([]uint64, need))
		return p
	}
	words := slices.Grow([]uint64(nil), need) // memory comes in certain sizes: take all of it
	words = words[:cap(words)/2*2]
	for i := range words {
		words[i] = 1<<64 - 1
	}
	p.setWords(words)
	return p
}

// formFor returns the form that keeps n numbers in the least memory.
func formFor(width uint8, n int) form {
	slots := wide
	switch {
	case width <= 16:
		slots = narrow16
	case width <= 32:
		slots = narrow32
	case width <= 64:
		slots = narrow64
	}
	if width <= bitmapBits && wordsFor(bitmap, width, n) <= wordsFor(slots, width, n) {
		return bitmap
	}
	return slots
}

// wordsFor leaves a fifth of the slots free, and a seventh of wide ones.
func wordsFor(f form, width uint8, n int) int {
	switch f {
	case bitmap:
		return max(1, 1<<width/64)
	case wide:
		return 2 * (n + n/6 + 1)
	}
	return (n+n/4)<<f/64 + 2
}

// most is how many numbers a page has before one more is better put in a larger page.
func (p *page) most() int {
	slots := p.slots()
	if p.form().lane() == uint(wide) {
		return slots - slots/11
	}
	return slots - slots/10
}

// put adds an id that is not in, to a page that may be changed if it is fresh; the
// page is fresh after that.
func (p *page) put(k *Key) {
	if p.form() == texts {
		p.putText(k)
		return
	}
	switch {
	case len(p.words()) == 0, p.form() != bitmap && int(p.n) >= p.most():
		p.rebuild(int(p.n) + 1)
	case !p.is(fresh):
		p.setWords(clone(p.words()))
	}
	p.set(fresh, true)
	x := k.Num.low(uint(p.width))
	if _, ok := p.insert(x); !ok {
		p.rebuild(int(p.n)+1, x)
	}
}

func clone(words []uint64) []uint64 { return append([]uint64(nil), words...) }

// rebuild moves the numbers, and more of them, to new words, with room for n.
func (p *page) rebuild(n int, more ...Number) {
	if q := newPage(p.width, n); len(more) == 0 && p.n > 0 && q.form() == p.form() && p.copyTo(&q) {
		p.become(q)
		return
	}
	numbers := append(p.numbers(nil), more...)
	for _, room := range []int{n, n + n/8 + 1, n + n/2 + 1} {
		if larger := newPage(p.width, room); larger.putAll(numbers) {
			p.become(larger)
			return
		}
	}
	larger := newPage(p.width, n+1)
	larger.state |= uint8(sorted)
	larger.putAll(numbers)
	p.become(larger)
}

// copyTo copies the slots to an empty page of the same form, in the order in which they
// are. It reports whether there was room.
func (p *page) copyTo(q *page) bool {
	next, empty := 0, p.empty()
	for i := range p.slots() {
		y := p.slot(i)
		if y == empty {
			continue
		}
		next = max(next, q.homeOf(y))
		if next >= q.slots() {
			return false
		}
		q.setSlot(next, y)
		next++
	}
	q.n = p.n
	q.set(last, p.is(last))
	return true
}

func (p *page) become(q page) {
	q.set(fresh, true)
	*p = q
}

func (p *page) putAll(numbers []Number) bool {
	for _, x := range numbers {
		if _, ok := p.insert(x); !ok {
			return false
		}
	}
	return true
}

// insert adds a number in place, if it is not in. It reports whether it was not, and whether
// there was room where it belongs; without, nothing was changed.
func (p *page) insert(x Number) (isNew, ok bool) {
	if p.form() == bitmap {
		word, bit := &p.words()[x.Lo/64], uint64(1)<<(x.Lo%64)
		isNew = *word&bit == 0
		*word |= bit
		if isNew {
			p.n++
		}
		return isNew, true
	}
	y := scatter(x, p.width)
	if y == p.empty() {
		isNew = !p.is(last)
		p.set(last, true)
		if isNew {
			p.n++
		}
		return isNew, true
	}
	i, slots := p.find(y), p.slots()
	if i < slots && p.slot(i) == y {
		return false, true
	}
	free := p.free(i)
	if free == slots {
		return true, false
	}
	p.shift(i, free)
	p.setSlot(i, y)
	p.n++
	return true, true
}

// free returns the first slot from i on that holds nothing.
func (p *page) free(i int) int {
	slots, empty := p.slots(), p.empty()
	if p.form().lane() == uint(wide) {
		for i < slots && p.words()[2*i+1]&p.words()[2*i] != 1<<64-1 {
			i++
		}
		return i
	}
	if p.form().lane() == uint(narrow64) {
		for i < slots && p.words()[i] != 1<<64-1 {
			i++
		}
		return i
	}
	for i < slots && p.slot(i) != empty {
		i++
	}
	return i
}

// shift moves what the slots from i on hold one further, up to the free one.
func (p *page) shift(i, free int) {
	switch p.form().lane() {
	case uint(narrow64):
		copy(p.words()[i+1:free+1], p.words()[i:free])
	case uint(wide):
		copy(p.words()[2*i+2:2*free+2], p.words()[2*i:2*free])
	default:
		for ; free > i; free-- {
			p.setSlot(free, p.slot(free-1))
		}
	}
}

// find returns the first slot, from y's home on, that holds y, more, or nothing.
func (p *page) find(y Number) int {
	i, slots := p.homeOf(y), p.slots()
	switch words := p.words(); p.form().lane() {
	case uint(narrow64):
		for i < len(words) && words[i] < y.Lo {
			i++
		}
		return i
	case uint(wide):
		for i < slots && (words[2*i] < y.Hi || words[2*i] == y.Hi && words[2*i+1] < y.Lo) {
			i++
		}
		return i
	}
	for i < slots && p.slot(i).Less(y) {
		i++
	}
	return i
}

// take removes an id that is in, from a page that may be changed if it is fresh; the
// page is fresh after that.
func (p *page) take(k *Key) {
	if p.form() == texts {
		p.takeText(k)
		return
	}
	if !p.is(fresh) {
		p.setWords(clone(p.words()))
		p.set(fresh, true)
	}
	p.takeNumber(k.Num.low(uint(p.width)))
	p.n--
	if p.n == 0 {
		*p = page{width: p.width, state: fresh}
		return
	}
	if 2*wordsFor(formFor(p.width, int(p.n)), p.width, int(p.n)) < len(p.words()) {
		p.rebuild(int(p.n))
	}
}

func (p *page) takeNumber(x Number) {
	if p.form() == bitmap {
		p.words()[x.Lo/64] &^= 1 << (x.Lo % 64)
		return
	}
	y, empty := scatter(x, p.width), p.empty()
	if y == empty {
		p.set(last, false)
		return
	}
	// Those that were crowded out of their homes move back.
	i, slots := p.find(y), p.slots()
	for ; i+1 < slots; i++ {
		next := p.slot(i + 1)
		if next == empty || p.homeOf(next) == i+1 {
			break
		}
		p.setSlot(i, next)
	}
	p.setSlot(i, empty)
}

// numbers appends the low bits of all ids of a page that does not hold texts, in no
// order.
func (p *page) numbers(into []Number) []Number {
	switch {
	case p.n == 0:
	case p.form() == bitmap:
		for i, word := range p.words() {
			for ; word != 0; word &= word - 1 {
				into = append(into, Number{0, uint64(64*i + bits.TrailingZeros64(word))})
			}
		}
	default:
		gathered, empty := gather(p.width), p.empty()
		for i := range p.slots() {
			if y := p.slot(i); y != empty {
				into = append(into, gathered(y))
			}
		}
		if p.is(last) {
			into = append(into, gathered(empty))
		}
	}
	return into
}
