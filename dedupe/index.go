package dedupe

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

// Index finds the records that are like a given one among many, in memory. Make
// one with [NewIndex].
//
// An Index is safe for concurrent use; look-ups run beside each other and
// wait only while a record is put or removed. What it finds depends on the records in it,
// not on the order in which they came.
type Index struct {
	by    Comparer
	cap   int
	desks sync.Pool

	mu     sync.RWMutex
	slots  []slot
	free   []uint32
	byID   map[string]uint32
	blocks map[blockID]*block
}

// slot is a record of an Index.
type slot struct {
	id     string
	object Object
	forms  string
}

// NewIndex returns an empty index that compares by a rule's Matcher. A record
// is compared with at most DefaultCap candidates.
func NewIndex(by Comparer) *Index {
	x := &Index{by: by, cap: DefaultCap, byID: map[string]uint32{}, blocks: map[blockID]*block{}}
	x.desks.New = func() any { return by.open() }
	return x
}

// Found is what a look-up found.
type Found struct {
	Matches    []Match // the likeliest first
	Candidates int     // records that were compared
	// Capped reports the keys that more records share than are compared; their
	// Skipped counts records.
	Capped []CappedBlock
}

// Match is a record that matches the one that was asked for.
type Match struct {
	ID     string
	Object Object
	Groups []int   // which groups of the equation matched, from 0; none by a Model
	Keys   []int   // which keys both records have, from 0
	Score  float64 // by a Model: how probable it is that the two are one
}

// Put adds r, or replaces the record that has its id. An empty id is a *RuleError.
// An id of 15 characters that Salesforce made is the same as its 18 characters.
func (x *Index) Put(r Record) error {
	if r.ID == "" {
		return &RuleError{Part: "record id", Rule: "must not be empty"}
	}
	desk := x.desk()
	defer x.desks.Put(desk)
	forms := string(desk.encode(nil, &r))
	id := canonicalID(r.ID)

	x.mu.Lock()
	defer x.mu.Unlock()
	if at, ok := x.byID[id]; ok {
		x.detach(desk, at)
		x.slots[at].forms, x.slots[at].object = forms, r.Object
		x.attach(desk, at)
		return nil
	}
	id = strings.Clone(id) // it may be part of a whole line
	at := x.take()
	x.slots[at] = slot{id, r.Object, forms}
	x.byID[id] = at
	x.attach(desk, at)
	return nil
}

// Remove takes the record of an id out and reports whether there was one.
func (x *Index) Remove(id string) bool {
	desk := x.desk()
	defer x.desks.Put(desk)
	id = canonicalID(id)
	x.mu.Lock()
	defer x.mu.Unlock()
	at, ok := x.byID[id]
	if !ok {
		return false
	}
	x.detach(desk, at)
	delete(x.byID, id)
	x.slots[at] = slot{}
	x.free = append(x.free, at)
	return true
}

// Len returns how many records there are.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.byID)
}

// Find returns the records that match r. A record that has r's id is passed
// over. At most DefaultCap candidates are compared: those that share the most
// keys with r, and of a key that more share, those that are nearest to r in an order by
// content.
func (x *Index) Find(r Record) Found {
	desk := x.desk()
	defer x.desks.Put(desk)
	desk.lay(probe, string(desk.encode(nil, &r)))

	x.mu.RLock()
	defer x.mu.RUnlock()
	var found Found
	self, known := x.byID[canonicalID(r.ID)]
	if !known {
		self = noSlot
	}
	for _, c := range x.candidates(desk, self, &found) {
		found.Candidates++
		desk.lay(other, x.slots[c.slot].forms)
		if why, ok := desk.compare(probe, other); ok {
			s := &x.slots[c.slot]
			found.Matches = append(found.Matches, Match{
				ID: s.id, Object: s.object, Groups: why.groups.list(), Keys: c.keys.list(), Score: float64(why.score),
			})
		}
	}
	slices.SortFunc(found.Matches, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(len(b.Groups), len(a.Groups)),
			cmp.Compare(len(b.Keys), len(a.Keys)), cmp.Compare(a.ID, b.ID))
	})
	return found
}

// The places of an index's desk: the record that is looked for, and one that
// is in the index.
const (
	probe = iota
	other
)

func (x *Index) desk() desk { return x.desks.Get().(desk) }

// candidate is a record that shares keys with the probe.
type candidate struct {
	slot uint32
	keys keySet
}

// noSlot is the slot of a record that is not in the index.
const noSlot = ^uint32(0)

// candidates returns the records but self that share a key with the probe, at
// most the cap. mu is held.
func (x *Index) candidates(desk desk, self uint32, found *Found) []candidate {
	var buf [16]blockID
	var candidates []candidate
	for key, id := range desk.blocks(buf[:0], probe) {
		block := x.blocks[id]
		if id == noKey || block == nil {
			continue
		}
		near := block.near(x, desk, x.cap+1)
		size, value := block.size, near[0]
		if at := slices.Index(near, self); at >= 0 {
			near = slices.Delete(slices.Clone(near), at, at+1)
			size--
		}
		if size > x.cap {
			near = near[:x.cap]
			found.Capped = append(found.Capped, CappedBlock{
				Key: key, Value: x.by.keyValue(x.slots[value].forms, key), Size: size, Skipped: int64(size - x.cap),
			})
		}
		for _, slot := range near {
			candidates = append(candidates, candidate{slot, 1 << key})
		}
	}
	candidates = mergeCandidates(candidates)
	if len(candidates) > x.cap {
		slices.SortFunc(candidates, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(bits.OnesCount16(uint16(b.keys)), bits.OnesCount16(uint16(a.keys))),
				cmp.Compare(a.keys, b.keys), cmp.Compare(x.slots[a.slot].id, x.slots[b.slot].id))
		})
		candidates = candidates[:x.cap]
	}
	return candidates
}

// mergeCandidates makes one of the candidates of one slot.
func mergeCandidates(candidates []candidate) []candidate {
	slices.SortFunc(candidates, func(a, b candidate) int { return cmp.Compare(a.slot, b.slot) })
	merged := candidates[:0]
	for _, c := range candidates {
		if n := len(merged); n > 0 && merged[n-1].slot == c.slot {
			merged[n-1].keys |= c.keys
			continue
		}
		merged = append(merged, c)
	}
	return merged
}

// take returns an unused slot. mu is held.
func (x *Index) take() uint32 {
	if n := len(x.free); n > 0 {
		at := x.free[n-1]
		x.free = x.free[:n-1]
		return at
	}
	x.slots = append(x.slots, slot{})
	return uint32(len(x.slots) - 1)
}

// attach puts a slot in its blocks. mu is held.
func (x *Index) attach(desk desk, at uint32) {
	var buf [16]blockID
	desk.lay(probe, x.slots[at].forms)
	for key, id := range desk.blocks(buf[:0], probe) {
		if id == noKey {
			continue
		}
		if x.blocks[id] == nil {
			x.blocks[id] = &block{key: uint8(key)}
		}
		x.blocks[id].insert(x, desk, at)
	}
}

// detach takes a slot out of its blocks. mu is held.
func (x *Index) detach(desk desk, at uint32) {
	var buf [16]blockID
	desk.lay(probe, x.slots[at].forms)
	for _, id := range desk.blocks(buf[:0], probe) {
		block := x.blocks[id]
		if id == noKey || block == nil {
			continue
		}
		if block.remove(x, desk, at); block.size == 0 {
			delete(x.blocks, id)
		}
	}
}
