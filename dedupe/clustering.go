package dedupe

import (
	"cmp"
	"iter"
	"slices"
	"strings"
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
	links  []link   // cluster by cluster, between places in member
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
					A: c.store.id(c.member[l.a]), B: c.store.id(c.member[l.b]),
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
	r.store.forget()
	links := slices.Concat(r.links...)
	r.links = nil
	r.config.Progress(Progress{Stage: Joining, Total: int64(len(links))})
	c.place(links)
	c.links = slices.CompactFunc(c.sorted(links), func(x, y link) bool { return x.a == y.a && x.b == y.b })
	c.linkAt = make([]int, len(c.ends))
	cluster := 0
	for i, l := range c.links {
		for int(l.a) >= c.ends[cluster] {
			cluster++
		}
		c.linkAt[cluster] = i + 1
	}
	return c
}

// sorted returns links, which are between places, in order. They are dealt out by their first
// place, which leaves few to sort for each.
func (c *Clustering) sorted(links []link) []link {
	ends := make([]uint32, len(c.member)+1)
	for _, l := range links {
		ends[l.a+1]++
	}
	for i := range c.member {
		ends[i+1] += ends[i]
	}
	dealt := make([]link, len(links))
	for _, l := range links {
		dealt[ends[l.a]] = l
		ends[l.a]++
	}
	start := uint32(0)
	for _, end := range ends[:len(c.member)] {
		slices.SortFunc(dealt[start:end], func(x, y link) int { return cmp.Compare(x.b, y.b) })
		start = end
	}
	return dealt
}

// compareRecords orders records by their ids, and those of one id by their
// numbers.
func compareRecords(s *store, a, b uint32) int {
	return cmp.Or(cmp.Compare(s.id(a), s.id(b)), cmp.Compare(a, b))
}

// place lists the members of the clusters in order, and makes links between records
// links between places in that list, the lower first.
func (c *Clustering) place(links []link) {
	sets, places := newDisjoint(c.Records), make([]uint32, c.Records)
	for _, l := range links {
		sets.union(l.a, l.b)
		places[l.a], places[l.b] = 1, 1
	}
	var members []uint32 // in the order of the records, whose ids lie one after another
	for record, linked := range places {
		if linked != 0 {
			members = append(members, uint32(record))
		}
	}
	sortByID(c.store, members)
	c.deal(sets, members)
	for i, record := range c.member {
		places[record] = uint32(i)
	}
	for i := range links {
		l := &links[i]
		a, b := places[l.a], places[l.b]
		l.a, l.b = min(a, b), max(a, b)
	}
}

// sortByID sorts records by their ids. It compares the first bytes in which the ids
// differ before it looks the ids up.
func sortByID(s *store, records []uint32) {
	if len(records) == 0 {
		return
	}
	type started struct {
		start  uint64
		record uint32
	}
	same := s.id(records[0]) // what all ids begin with
	for _, record := range records {
		same = commonPrefix(same, s.id(record))
	}
	keyed := make([]started, len(records))
	for i, record := range records {
		keyed[i] = started{pack(s.id(record)[len(same):]), record}
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

// commonPrefix returns what both texts begin with.
func commonPrefix(a, b string) string {
	if strings.HasPrefix(b, a) {
		return a
	}
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// deal deals records, which come in order, out to their clusters. The cluster of the
// first record is the first.
func (c *Clustering) deal(sets *disjoint, members []uint32) {
	number := make([]uint32, c.Records) // of the cluster of a first record, from 1
	for _, record := range members {
		root := sets.find(record)
		if number[root] == 0 {
			c.ends = append(c.ends, 0)
			number[root] = uint32(len(c.ends))
		}
		c.ends[number[root]-1]++
	}
	next, sum := make([]int, len(c.ends)), 0
	for i, size := range c.ends {
		next[i] = sum
		sum += size
		c.ends[i] = sum
	}
	c.member = make([]uint32, len(members))
	for _, record := range members {
		cluster := number[sets.find(record)] - 1
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
