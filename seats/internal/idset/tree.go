// Package idset keeps sets of up to a hundred million ids in little memory: a
// persistent tree over 128-bit numbers, whose pages suit what came in.
package idset

import (
	"slices"
	"unsafe"
)

// Key is an id: a number, and for texts the text that Text made it from.
type Key struct {
	Num  Number
	Text string
}

// Tree is a set of keys that are all numbers or all texts. It is an immutable value,
// the zero Tree is empty.
type Tree struct{ root *node }

// Edit is one run of changes: what it made it may change again in place. Nobody may
// read a tree while the edit that made it goes on.
type Edit struct{ _ byte }

// The tree is a radix tree whose nodes look at as many bits as they need: those that
// all ids below share are skipped, and a directory of pages doubles when a page has to
// be split, up to maxDepth bits; a page that has to be split after that becomes a node.
// Two directories and a page are what a look-up passes at 99,000,000 random ids, and
// what a change copies.
const (
	maxDepth   = 9
	pageLimit  = 2048 // a page of numbers with more is split, unless it has bitmapBits bits or fewer
	wideLimit  = 1750 // the same for wide slots: allocations of up to 32 KiB waste less
	textLimit  = 32
	bitmapBits = 16
)

type node struct {
	prefix Number // the bits of all ids below from top on; those under it are zero
	top    uint8
	depth  uint8 // how many bits under top the directory looks at
	texts  bool
	n      int // how many ids are below
	owner  *Edit
	pages  []page  // 1<<depth, a page that covers several places stands in each; nil where kids has all
	kids   []*node // nil, or 1<<depth; where there is one there is no page
}

// Len returns how many ids are in the tree.
func (t Tree) Len() int {
	if t.root == nil {
		return 0
	}
	return t.root.n
}

// Has reports whether an id is in the tree.
func (t Tree) Has(k *Key) bool {
	p := t.page(k.Num)
	return p != nil && p.has(k)
}

// HasNumber is Has in a tree of numbers.
func (t Tree) HasNumber(x Number) bool {
	p := t.page(x)
	return p != nil && p.hasNumber(x)
}

// page returns the page that a number would be in, or nil.
func (t Tree) page(x Number) *page {
	n := t.root
	for n != nil && n.covers(x) {
		i := n.index(x)
		if n.kids == nil || n.kids[i] == nil {
			return &n.pages[i]
		}
		n = n.kids[i]
	}
	return nil
}

// Add returns the tree with an id, and whether that was not in.
func (t Tree) Add(k *Key, e *Edit) (Tree, bool) {
	if t.root == nil {
		t.root = newNode(nil, k.Text != "", e)
	}
	root, added := t.root.add(k, e)
	if !added {
		return t, false
	}
	return Tree{root}, true
}

// Remove returns the tree without an id, and whether that was in.
func (t Tree) Remove(k *Key, e *Edit) (Tree, bool) {
	if t.root == nil {
		return t, false
	}
	root, removed := t.root.remove(k, e)
	if root.n == 0 {
		return Tree{}, removed
	}
	return Tree{root}, removed
}

// All yields the ids in ascending order of their numbers, until yield returns false.
// It reports whether it never did.
func (t Tree) All(yield func(*Key) bool) bool {
	return t.root == nil || t.root.all(&walk{yield: yield})
}

// Bytes returns how much memory the tree takes.
func (t Tree) Bytes() int {
	if t.root == nil {
		return 0
	}
	return t.root.bytes()
}

func (n *node) covers(x Number) bool {
	differ := n.prefix.xor(x)
	if n.top < 64 {
		return differ.Hi == 0 && differ.Lo>>(n.top&63) == 0
	}
	return differ.Hi>>(n.top-64) == 0
}

// shift is how many bits are under those that the directory looks at.
func (n *node) shift() uint { return uint(n.top - n.depth) }

func (n *node) index(x Number) int {
	shift := n.shift()
	under := x.Hi >> (shift & 63)
	if shift < 64 {
		under = x.Lo>>(shift&63) | x.Hi<<1<<(63-shift&63)
	}
	return int(under & (1<<(n.depth&63) - 1))
}

func (n *node) kid(i int) *node {
	if n.kids == nil {
		return nil
	}
	return n.kids[i]
}

// limit is how many ids a page has before it is split.
func (n *node) limit() int {
	switch {
	case n.texts:
		return textLimit
	case n.shift() > 64:
		return wideLimit
	}
	return pageLimit
}

// newNode returns a node with one page, as narrow as the ids allow.
func newNode(ids []Key, texts bool, e *Edit) *node {
	n := &node{texts: texts, n: len(ids), owner: e}
	if len(ids) > 0 {
		n.top = uint8(spread(ids).len())
		n.prefix = ids[0].Num.Shr(uint(n.top)).Shl(uint(n.top))
	}
	n.pages = []page{pageOf(ids, n.top, texts)}
	return n
}

// spread returns the bits in which ids differ.
func spread(ids []Key) (differ Number) {
	for i := range ids {
		differ = differ.or(ids[i].Num.xor(ids[0].Num))
	}
	return differ
}

func pageOf(ids []Key, width uint8, text bool) page {
	p := page{width: width, state: fresh}
	if text {
		p.state |= uint8(texts)
		for i := range ids {
			p.putText(&ids[i])
		}
		return p
	}
	if len(ids) > 0 {
		numbers := make([]Number, len(ids))
		for i := range ids {
			numbers[i] = ids[i].Num.low(uint(width))
		}
		p.rebuild(len(ids), numbers...)
	}
	return p
}

// own returns the node itself if e made it, else a copy that e may change.
func (n *node) own(e *Edit) *node {
	if n.owner == e {
		return n
	}
	own := *n
	own.owner = e
	own.pages, own.kids = slices.Clone(n.pages), slices.Clone(n.kids)
	for i := range own.pages {
		own.pages[i].set(fresh, false)
	}
	return &own
}

func (n *node) add(k *Key, e *Edit) (*node, bool) {
	if !n.covers(k.Num) {
		return n.widened(k.Num, e).add(k, e)
	}
	i := n.index(k.Num)
	if kid := n.kid(i); kid != nil {
		changed, added := kid.add(k, e)
		if !added {
			return n, false
		}
		n = n.own(e)
		n.replaceKid(i, changed)
		n.n++
		return n, true
	}
	if n.pages[i].has(k) {
		return n, false
	}
	n = n.own(e)
	if p := &n.pages[i]; int(p.n) >= n.limit() && (p.width > bitmapBits || n.texts && p.width > 0) {
		n.split(i)
		return n.add(k, e)
	}
	p := n.pages[i]
	p.put(k)
	n.setPage(i, p)
	n.n++
	return n, true
}

func (n *node) remove(k *Key, e *Edit) (*node, bool) {
	if !n.covers(k.Num) {
		return n, false
	}
	i := n.index(k.Num)
	if kid := n.kid(i); kid != nil {
		changed, removed := kid.remove(k, e)
		if !removed {
			return n, false
		}
		n = n.own(e)
		n.replaceKid(i, changed)
	} else {
		if !n.pages[i].has(k) {
			return n, false
		}
		n = n.own(e)
		p := n.pages[i]
		p.take(k)
		n.setPage(i, p)
	}
	n.n--
	if n.depth > 0 && n.n <= n.limit()/2 {
		return newNode(n.keys(), n.texts, e), true
	}
	return n, true
}

// widened returns a node that has all of n below, and a place for x.
func (n *node) widened(x Number, e *Edit) *node {
	// A page that is full then would be split into a node that is not wide enough again.
	if n.depth == 0 && n.n < min(n.limit(), wideLimit) {
		return n.rewidened(x, e)
	}
	top := uint8(n.prefix.xor(x).len())
	if uint(top)-n.shift() <= maxDepth {
		return n.own(e).raised(top)
	}
	parent := &node{prefix: x.Shr(uint(top)).Shl(uint(top)), top: top, depth: 1, texts: n.texts, n: n.n, owner: e}
	parent.pages = slices.Repeat([]page{pageOf(nil, top-1, n.texts)}, 2)
	parent.kids = make([]*node, 2)
	parent.kids[parent.index(n.prefix)] = n
	return parent
}

// rewidened returns a node with the ids of n in one page, whose width allows x.
func (n *node) rewidened(x Number, e *Edit) *node {
	ids := append(n.keys(), Key{Num: x})
	top := spread(ids).len()
	wider := &node{prefix: x.Shr(top).Shl(top), top: uint8(top), texts: n.texts, n: n.n, owner: e}
	wider.pages = []page{pageOf(ids[:n.n], wider.top, n.texts)}
	return wider
}

// raised lets the directory of a node that may be changed look at more bits above.
func (n *node) raised(top uint8) *node {
	higher := *n
	higher.top, higher.depth = top, top-uint8(n.shift())
	higher.prefix = n.prefix.Shr(uint(top)).Shl(uint(top))
	higher.pages = make([]page, 1<<higher.depth)
	for width := n.top; width < top; width++ { // what is new at each bit is one empty page
		beside := n.prefix.Shr(uint(width)).xor(Number{0, 1}).Shl(uint(width))
		higher.setPage(higher.index(beside), pageOf(nil, width, n.texts))
	}
	at := higher.index(n.prefix)
	copy(higher.pages[at:], n.pages)
	if n.kids != nil {
		higher.kids = make([]*node, 1<<higher.depth)
		copy(higher.kids[at:], n.kids)
	}
	return &higher
}

// split makes two pages, or a node, of the page at i.
func (n *node) split(i int) {
	p := n.pages[i]
	ids := n.pageKeys(i)
	bits := int(spread(ids).len())
	// A page that stands in several places is halved first: a node in its stead would be deeper.
	if p.width == uint8(n.shift()) && (bits <= int(n.top)-maxDepth || n.depth == maxDepth) {
		n.setKid(i, newNode(ids, n.texts, n.owner))
		return
	}
	if p.width == uint8(n.shift()) {
		n.double()
		i *= 2
	}
	half := p.width - 1
	upper := partition(ids, uint(half))
	low := i &^ (n.block(p.width) - 1)
	n.setPage(low, pageOf(ids[:upper], half, n.texts))
	n.setPage(low+n.block(half), pageOf(ids[upper:], half, n.texts))
}

// partition moves the ids with a bit behind those without, and returns where they begin.
func partition(ids []Key, bit uint) (upper int) {
	for i := range ids {
		if ids[i].Num.Shr(bit).Lo&1 == 0 {
			ids[i], ids[upper] = ids[upper], ids[i]
			upper++
		}
	}
	return upper
}

// double lets the directory look at one bit more.
func (n *node) double() {
	pages := make([]page, 2*len(n.pages))
	for i := range pages {
		pages[i] = n.pages[i/2]
	}
	n.pages = pages
	if n.kids != nil {
		kids := make([]*node, 2*len(n.kids))
		for i := range kids {
			kids[i] = n.kids[i/2]
		}
		n.kids = kids
	}
	n.depth++
}

// block is how many places a page of a width covers.
func (n *node) block(width uint8) int { return 1 << (uint(width) - n.shift()) }

// setPage sets a page at every place it covers, of which i is one.
func (n *node) setPage(i int, p page) {
	block := n.block(p.width)
	low := i &^ (block - 1)
	for j := low; j < low+block; j++ {
		n.pages[j] = p
	}
}

// setKid puts a node in the place of the page at i.
func (n *node) setKid(i int, kid *node) {
	if n.kids == nil {
		n.kids = make([]*node, 1<<n.depth)
	}
	block := n.block(n.pages[i].width)
	low := i &^ (block - 1)
	for j := low; j < low+block; j++ {
		n.kids[j] = kid
		n.pages[j] = page{}
	}
	if !slices.Contains(n.kids, nil) {
		n.pages = nil
	}
}

// replaceKid sets a node at every place of the one that is at i.
func (n *node) replaceKid(i int, kid *node) {
	old := n.kids[i]
	if old == kid {
		return
	}
	for j := i; j < len(n.kids) && n.kids[j] == old; j++ {
		n.kids[j] = kid
	}
	for j := i - 1; j >= 0 && n.kids[j] == old; j-- {
		n.kids[j] = kid
	}
}

// base returns what all ids of the page at i have above its bits.
func (n *node) base(i int) Number {
	width := uint(n.pages[i].width)
	return n.prefix.or(Number{0, uint64(i)}.Shl(n.shift())).Shr(width).Shl(width)
}

// pageKeys returns the ids of the page at i in no order.
func (n *node) pageKeys(i int) []Key {
	p := &n.pages[i]
	if n.texts {
		return p.textKeys(nil)
	}
	base := n.base(i)
	keys := make([]Key, 0, p.n+1)
	for _, x := range p.numbers(nil) {
		keys = append(keys, Key{Num: base.or(x)})
	}
	return keys
}

// keys returns the ids below a node that has few.
func (n *node) keys() []Key {
	keys := make([]Key, 0, n.n+1)
	n.all(&walk{yield: func(k *Key) bool {
		keys = append(keys, *k)
		return true
	}})
	return keys
}

// walk is one run over all ids.
type walk struct {
	yield   func(*Key) bool
	numbers []Number // of one page, for the next one to use
}

func (n *node) all(w *walk) bool {
	for i := range 1 << n.depth {
		switch kid := n.kid(i); {
		case kid != nil:
			if (i == 0 || n.kids[i-1] != kid) && !kid.all(w) {
				return false
			}
		case i&(n.block(n.pages[i].width)-1) == 0:
			if !n.allOfPage(i, w) {
				return false
			}
		}
	}
	return true
}

func (n *node) allOfPage(i int, w *walk) bool {
	if n.texts {
		keys := n.pageKeys(i)
		slices.SortFunc(keys, func(a, b Key) int { return a.Num.Compare(b.Num) })
		for _, k := range keys {
			if !w.yield(&k) {
				return false
			}
		}
		return true
	}
	base := n.base(i)
	w.numbers = n.pages[i].numbers(w.numbers[:0])
	slices.SortFunc(w.numbers, Number.Compare)
	for _, x := range w.numbers {
		if !w.yield(&Key{Num: base.or(x)}) {
			return false
		}
	}
	return true
}

func (n *node) bytes() int {
	total := int(unsafe.Sizeof(*n)) + cap(n.pages)*int(unsafe.Sizeof(page{})) + cap(n.kids)*int(unsafe.Sizeof(n))
	for i := range 1 << n.depth {
		if kid := n.kid(i); kid == nil {
			if i&(n.block(n.pages[i].width)-1) == 0 {
				total += 8 * int(n.pages[i].count)
			}
		} else if i == 0 || n.kids[i-1] != kid {
			total += kid.bytes()
		}
	}
	return total
}
