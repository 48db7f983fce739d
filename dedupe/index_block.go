package dedupe

import (
	"cmp"
	"slices"
	"sort"
)

// block is the records of an index that share a key, in order of their rank and
// then their id. It is cut in runs, so that a large one is changed in small
// pieces.
type block struct {
	key  uint8
	size int
	only [1]uint32 // the record of a block of one
	runs [][]uint32
}

// maxRun is how long a run grows before it is halved.
const maxRun = 512

// insert adds a slot, whose record is on the desk as the probe.
func (b *block) insert(x *Index, desk desk, at uint32) {
	b.size++
	if b.size == 1 {
		b.only[0] = at
		return
	}
	if b.runs == nil {
		b.runs = [][]uint32{{b.only[0]}}
	}
	i, j := b.find(x, desk, x.slots[at].id)
	if i == len(b.runs) {
		i--
		j = len(b.runs[i])
	}
	run := slices.Insert(b.runs[i], j, at)
	b.runs[i] = run
	if len(run) > maxRun {
		half := slices.Clone(run[maxRun/2:])
		b.runs[i] = run[: maxRun/2 : maxRun/2]
		b.runs = slices.Insert(b.runs, i+1, half)
	}
}

// remove takes out a slot, whose record is on the desk as the probe.
func (b *block) remove(x *Index, desk desk, at uint32) {
	b.size--
	if b.runs == nil {
		return
	}
	i, j := b.find(x, desk, x.slots[at].id)
	b.runs[i] = slices.Delete(b.runs[i], j, j+1)
	if len(b.runs[i]) == 0 {
		b.runs = slices.Delete(b.runs, i, i+1)
	}
	if b.size == 1 {
		b.only[0], b.runs = b.runs[0][0], nil
	}
}

// find returns the run and the place in it of the first slot that does not come
// before the probe with an id.
func (b *block) find(x *Index, desk desk, id string) (run, place int) {
	key := int(b.key)
	want := desk.rank(key, probe)
	before := func(at uint32) bool {
		desk.lay(other, x.slots[at].forms)
		return cmp.Or(desk.rank(key, other).compare(want), cmp.Compare(x.slots[at].id, id)) < 0
	}
	run = sort.Search(len(b.runs), func(i int) bool { return !before(b.runs[i][len(b.runs[i])-1]) })
	if run == len(b.runs) {
		return run, 0
	}
	return run, sort.Search(len(b.runs[run]), func(j int) bool { return !before(b.runs[run][j]) })
}

// near returns the slots of a block: all, or, if there are more than limit, those that
// stand nearest to the probe.
func (b *block) near(x *Index, desk desk, limit int) []uint32 {
	switch {
	case b.runs == nil:
		return b.only[:]
	case b.size <= limit:
		return slices.Concat(b.runs...)
	}
	run, place := b.find(x, desk, "")
	before := b.walk(run, place, limit, -1)
	after := b.walk(run, place, limit, +1)
	half := limit / 2
	fromAfter := min(len(after), max(limit-half, limit-len(before)))
	return append(before[:min(len(before), limit-fromAfter)], after[:fromAfter]...)
}

// walk returns at most limit slots from a place on, or from before it back.
func (b *block) walk(run, place, limit, step int) []uint32 {
	var slots []uint32
	if step < 0 {
		place--
	}
	for len(slots) < limit {
		if run < len(b.runs) && place >= 0 && place < len(b.runs[run]) {
			slots = append(slots, b.runs[run][place])
			place += step
			continue
		}
		if run += step; run < 0 || run >= len(b.runs) {
			break
		}
		if place = 0; step < 0 {
			place = len(b.runs[run]) - 1
		}
	}
	return slots
}
