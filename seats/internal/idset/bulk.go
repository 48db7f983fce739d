package idset

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// fewNumbers are added one by one, in the order in which they come: from them a tree takes
// its shape.
const fewNumbers = 1 << 16

// AddAll returns the tree, of numbers, with many more, and how many of them were not in.
// It puts them in order first, so that each page is fetched once, and made larger once at
// most; and it works with all processors where there are many pages. The numbers are left
// in another order.
func (t Tree) AddAll(numbers []Number, e *Edit) (_ Tree, added int) {
	return t.addAllBeyond(fewNumbers, numbers, e)
}

func (t Tree) addAllBeyond(few int, numbers []Number, e *Edit) (_ Tree, added int) {
	for len(numbers) > 0 && t.Len() < few {
		var isNew bool
		if t, isNew = t.Add(&Key{Num: numbers[0]}, e); isNew {
			added++
		}
		numbers = numbers[1:]
	}
	if len(numbers) == 0 {
		return t, added
	}
	inOrder(numbers)
	root := t.root.own(e)
	before := root.n
	rest := root.addToKids(numbers, e)
	root, _ = root.addAll(rest, e)
	return Tree{root}, added + root.n - before
}

// kidWork is what is to be added to one kid.
type kidWork struct {
	at      int
	numbers []Number
	kid     *node // then the one that has them
	added   int
}

// addToKids adds to each kid what is in its place, to many at once, and returns what is
// in no kid's. The node is one that e may change.
func (n *node) addToKids(numbers []Number, e *Edit) (rest []Number) {
	all, rest := n.kidWorks(numbers)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				w := &all[i]
				w.kid, w.added = w.kid.addAll(w.numbers, e)
			}
		})
	}
	workers.Wait()
	for _, w := range all {
		n.replaceKid(w.at, w.kid)
		n.n += w.added
	}
	return rest
}

// kidWorks returns one work for each kid: two at once on one would be a race.
func (n *node) kidWorks(numbers []Number) (all []kidWork, rest []Number) {
	of := map[*node]int{}
	for len(numbers) > 0 {
		run := n.run(numbers)
		some, i := numbers[:run:run], n.index(numbers[0])
		if numbers = numbers[run:]; !n.covers(some[0]) || n.kid(i) == nil {
			rest = append(rest, some...)
			continue
		}
		kid := n.kid(i)
		if have, ok := of[kid]; ok {
			all[have].numbers = append(all[have].numbers, some...)
			continue
		}
		of[kid] = len(all)
		all = append(all, kidWork{at: i, numbers: some, kid: kid})
	}
	return all, rest
}

// addAll adds numbers, those of one page in one go where they come together.
func (n *node) addAll(numbers []Number, e *Edit) (_ *node, added int) {
	for len(numbers) > 0 {
		if !n.covers(numbers[0]) {
			n = n.widened(numbers[0], e)
			continue
		}
		n = n.own(e)
		i, run, more := n.index(numbers[0]), n.run(numbers), 0
		if kid := n.kid(i); kid != nil {
			kid, more = kid.addAll(numbers[:run], e)
			n.replaceKid(i, kid)
		} else {
			p := n.pages[i]
			room := run
			if p.width > bitmapBits {
				room = n.limit() - int(p.n)
			}
			if room <= 0 {
				n.split(i)
				continue
			}
			run = min(run, room)
			more = p.putMany(numbers[:run])
			n.setPage(i, p)
		}
		n.n += more
		added += more
		numbers = numbers[run:]
	}
	return n, added
}

// run returns how many of numbers, from the first on, belong in the kid or page of the
// first one, or are as it is not covered.
func (n *node) run(numbers []Number) int {
	covered := n.covers(numbers[0])
	if !covered {
		return 1
	}
	first := n.index(numbers[0])
	kid, block := n.kid(first), 1
	if kid == nil {
		block = n.block(n.pages[first].width)
	}
	for i, x := range numbers {
		if !n.covers(x) {
			return i
		}
		if at := n.index(x); at&^(block-1) != first&^(block-1) && (kid == nil || n.kid(at) != kid) {
			return i
		}
	}
	return len(numbers)
}

// putMany is put for many numbers, some of which may be in. It returns how many were not.
func (p *page) putMany(numbers []Number) (added int) {
	switch need := int(p.n) + len(numbers); {
	case len(p.words()) == 0, p.form() != bitmap && need > p.most():
		if p.width > 64 {
			need -= need / 20 // with less room: the page is as full now as it gets between two changes on average
		}
		p.rebuild(need)
	case !p.is(fresh):
		p.setWords(clone(p.words()))
	}
	p.set(fresh, true)
	for _, x := range numbers {
		x = x.low(uint(p.width))
		isNew, ok := p.insert(x)
		if !ok {
			p.rebuild(int(p.n)+1, x)
		}
		if isNew {
			added++
		}
	}
	return added
}

// inOrder puts numbers in the order of the 22 bits below those that all of them share:
// enough to have those of one page together.
func inOrder(numbers []Number) {
	const digit = 11
	differ := Number{}
	for _, x := range numbers {
		differ = differ.or(x.xor(numbers[0]))
	}
	shift := max(differ.len(), 2*digit) - 2*digit
	other := make([]Number, len(numbers))
	from, to := numbers, other
	for range 2 { // the lower digit first; each time as before where it is the same
		var begin [1<<digit + 1]int
		for _, x := range from {
			begin[x.Shr(shift).Lo&(1<<digit-1)+1]++
		}
		for i := range begin[1:] {
			begin[i+1] += begin[i]
		}
		for _, x := range from {
			at := &begin[x.Shr(shift).Lo&(1<<digit-1)]
			to[*at] = x
			*at++
		}
		from, to, shift = to, from, shift+digit
	}
}
