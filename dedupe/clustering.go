package dedupe

import (
	"cmp"
	"iter"
	"slices"
)

// Clustering is what a run found. It never changes and is safe for concurrent
// use. The zero Clustering has no clusters.
type Clustering struct {
	Records  int   // read
	Compared int64 // pairs; one may count again where a block was capped
	// Capped reports every block above the cap, the largest first.
	Capped []CappedBlock

	store  *store
	member []uint32 // the records of clusters of two and more, cluster by cluster
	ends   []int    // where each cluster ends in member
	links  []link   // cluster by cluster
	linkAt []int    // where the links of each cluster end
}

// Duplicates are the records of one cluster, two or more.
type Duplicates struct {
	IDs   []string // in order
	Links []Link   // the pairs that match, in order; they connect the cluster
}

// Link is a pair of records that match.
type Link struct {
	A, B   string  // ids; A comes first in order
	Groups []int   // which groups of the equation matched, from 0; none by a Model
	Keys   []int   // which keys both records have, from 0
	Score  float64 // by a Model: how probable it is that the two are one
}

// Len returns how many clusters of two or more records there are.
func (c *Clustering) Len() int { return len(c.ends) }

// Links returns how many pairs match.
func (c *Clustering) Links() int { return len(c.links) }

// All yields the clusters of two or more records, in the order of their first
// ids.
func (c *Clustering) All() iter.Seq[Duplicates] {
	return func(yield func(Duplicates) bool) {
		member, link := 0, 0
		for i, end := range c.ends {
			var found Duplicates
			for ; member < end; member++ {
				found.IDs = append(found.IDs, c.store.id(c.member[member]))
			}
			for ; link < c.linkAt[i]; link++ {
				l := c.links[link]
				found.Links = append(found.Links, Link{
					A: c.store.id(l.a), B: c.store.id(l.b),
					Groups: l.why.groups.list(), Keys: l.keys.list(), Score: float64(l.why.score),
				})
			}
			if !yield(found) {
				return
			}
		}
	}
}

// join makes clusters of the links.
func (r *run) join() *Clustering {
	c := &Clustering{Records: r.store.records, Compared: r.compared, Capped: r.capped, store: r.store}
	slices.SortFunc(c.Capped, func(a, b CappedBlock) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value))
	})
	sets := newDisjoint(r.store.records)
	for i := range r.links {
		l := &r.links[i]
		if compareRecords(r.store, l.a, l.b) > 0 {
			l.a, l.b = l.b, l.a
		}
		sets.union(l.a, l.b)
	}
	placed := c.arrange(sets, r.links)
	slices.SortFunc(r.links, func(x, y link) int {
		if x.a != y.a {
			return cmp.Compare(placed[x.a], placed[y.a])
		}
		return cmp.Compare(placed[x.b], placed[y.b])
	})
	c.links = slices.CompactFunc(r.links, func(x, y link) bool { return x.a == y.a && x.b == y.b })
	c.linkAt = make([]int, len(c.ends))
	cluster := 0
	for i, l := range c.links {
		for int(placed[l.a]) >= c.ends[cluster] {
			cluster++
		}
		c.linkAt[cluster] = i + 1
	}
	r.store.forget()
	return c
}

// compareRecords orders records by their ids, and those of one id by their
// numbers.
func compareRecords(s *store, a, b uint32) int {
	return cmp.Or(cmp.Compare(s.id(a), s.id(b)), cmp.Compare(a, b))
}

// arrange lists the members of the clusters in order, and returns where in that
// list each record stands.
func (c *Clustering) arrange(sets *disjoint, links []link) (placed []uint32) {
	const none = ^uint32(0)
	placed = make([]uint32, c.Records)
	for i := range placed {
		placed[i] = none
	}
	members := make([]uint32, 0, len(links))
	for _, l := range links {
		for _, record := range [2]uint32{l.a, l.b} {
			if placed[record] == none {
				placed[record] = 0
				members = append(members, record)
			}
		}
	}
	sortByID(c.store, members)
	c.deal(sets, members)
	for i, record := range c.member {
		placed[record] = uint32(i)
	}
	return placed
}

// sortByID sorts records by their ids. It compares the ids' first bytes, which
// mostly differ, before it looks the ids up.
func sortByID(s *store, records []uint32) {
	type started struct {
		start  uint64
		record uint32
	}
	keyed := make([]started, len(records))
	for i, record := range records {
		keyed[i] = started{pack(s.id(record)), record}
	}
	slices.SortFunc(keyed, func(a, b started) int {
		if a.start != b.start {
			return cmp.Compare(a.start, b.start)
		}
		return compareRecords(s, a.record, b.record)
	})
	for i := range keyed {
		records[i] = keyed[i].record
	}
}

// deal deals records, which come in order, out to their clusters. The cluster of the
// first record is the first.
func (c *Clustering) deal(sets *disjoint, members []uint32) {
	number := make(map[uint32]int)
	for _, record := range members {
		root := sets.find(record)
		if _, ok := number[root]; !ok {
			number[root] = len(c.ends)
			c.ends = append(c.ends, 0)
		}
		c.ends[number[root]]++
	}
	next, sum := make([]int, len(c.ends)), 0
	for i, size := range c.ends {
		next[i] = sum
		sum += size
		c.ends[i] = sum
	}
	c.member = make([]uint32, len(members))
	for _, record := range members {
		cluster := number[sets.find(record)]
		c.member[next[cluster]] = record
		next[cluster]++
	}
}

// forget frees what only comparing needs.
func (s *store) forget() {
	for _, p := range s.pages {
		p.forms, p.formEnds, p.blocks = "", nil, nil
	}
}

// disjoint keeps which records are in one set, by union-find.
type disjoint struct{ parent []uint32 }

func newDisjoint(n int) *disjoint {
	d := &disjoint{make([]uint32, n)}
	for i := range d.parent {
		d.parent[i] = uint32(i)
	}
	return d
}

// find returns the record that stands for the set of x.
func (d *disjoint) find(x uint32) uint32 {
	for d.parent[x] != x {
		d.parent[x] = d.parent[d.parent[x]]
		x = d.parent[x]
	}
	return x
}

// union joins the sets of a and b; the smaller number stands for both.
func (d *disjoint) union(a, b uint32) {
	a, b = d.find(a), d.find(b)
	d.parent[max(a, b)] = min(a, b)
}
