package dedupe

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
)

// CappedBlock reports a block that was too large to compare each record with
// each: what the cap may have cost.
type CappedBlock struct {
	Key     int    // its place in the rule's keys, from 0
	Value   string // the key's text, which may hold a person's data
	Size    int    // records in it
	Skipped int64  // pairs that were not compared for this key
}

// compare finds all links. A first pass over the parts finds the blocks above the
// cap, since whether a pair is left to another block depends on them.
func (r *run) compare() error {
	r.parts, r.large = r.store.distribute(), &cappedSet{limit: r.config.BlockCap, blocks: map[blockID]bool{}}
	if err := r.eachPart(0, (*bench).sortPart); err != nil {
		return err
	}
	return r.eachPart(parts, (*bench).comparePart)
}

// cappedSet holds the blocks above the cap.
type cappedSet struct {
	limit  int
	mu     sync.Mutex
	blocks map[blockID]bool
}

func (c *cappedSet) note(p *part) {
	for entries := range p.runs {
		if len(entries) > c.limit {
			c.mu.Lock()
			c.blocks[entries[0].block] = true
			c.mu.Unlock()
		}
	}
}

// eachPart calls do for the number of each part, on all workers, and gathers what they found.
// Progress begins at done parts.
func (r *run) eachPart(done int, do func(*bench, int) error) error {
	var workers sync.WaitGroup
	numbers, finished := make(chan int), make(chan findings)
	for range r.config.Workers {
		workers.Go(func() {
			b := &bench{run: r, desk: r.by.open(), loaded: part{store: r.store}}
			for number := range numbers {
				b.findings = findings{links: make([]link, 0, len(b.links))} // mostly as many as in the part before
				b.err = do(b, number)
				finished <- b.findings
			}
		})
	}
	var err error
	for next, running := 0, 0; next < parts && err == nil || running > 0; {
		to := numbers
		if next == parts || err != nil {
			to = nil // hand out no more
		}
		select {
		case to <- next:
			next++
			running++
		case found := <-finished:
			running--
			done++
			err = errors.Join(err, r.gather(found, done))
		}
	}
	close(numbers)
	workers.Wait()
	return err
}

// gather takes over what was found in a part.
func (r *run) gather(found findings, done int) error {
	r.links, r.compared = append(r.links, found.links), r.compared+found.compared
	r.capped = append(r.capped, found.reports...)
	r.config.Progress(Progress{Stage: Comparing, Done: int64(done), Total: 2 * parts})
	if found.err != nil {
		return found.err
	}
	return context.Cause(r.ctx)
}

// bench is where a worker compares the blocks of one part after another.
type bench struct {
	run    *run
	desk   desk
	sorter sorter
	loaded part   // the part in hand if it comes from disk, else room to gather in
	laid   []bool // which records of a block are on the desk
	findings
}

// findings are what was found in a part.
type findings struct {
	links    []link
	compared int64
	reports  []CappedBlock
	err      error
}

// sortPart sorts a part and notes its blocks above the cap.
func (b *bench) sortPart(number int) error {
	p := &b.run.parts[number]
	if p.onDisk {
		p = &b.loaded
		if err := p.load(number); err != nil {
			return err
		}
	}
	b.sorter.sort(p.entries)
	p.dropSingles()
	b.run.large.note(p)
	if p == &b.loaded && b.run.store.hasRoom(p) {
		b.run.parts[number] = p.clone()
	}
	return nil
}

// comparePart compares the records of each block of a part.
func (b *bench) comparePart(number int) error {
	p := &b.run.parts[number]
	switch {
	case p.onDisk:
		p = &b.loaded
		if err := p.load(number); err != nil {
			return err
		}
		b.sorter.sort(p.entries)
	case p.blocks == nil:
		p.gather(&b.loaded)
	}
	for entries := range p.runs {
		var err error
		if len(entries) > b.run.large.limit {
			err = b.compareLarge(p, entries)
		} else {
			err = b.compareSmall(p, entries)
		}
		if err == nil && b.run.ctx.Err() != nil {
			err = context.Cause(b.run.ctx)
		}
		if err != nil {
			return err
		}
	}
	b.run.parts[number] = part{} // it is done with
	return nil
}

// compareSmall compares each record of a block with each.
func (b *bench) compareSmall(p *part, entries []entry) error {
	b.laid = append(b.laid[:0], make([]bool, len(entries))...)
	for j := range entries {
		blocks := p.blocksOf(entries[j])
		for i := range j {
			if b.elsewhere(entries[0].block, p.blocksOf(entries[i]), blocks) {
				continue
			}
			if err := b.layBoth(p, entries, i, j); err != nil {
				return err
			}
			b.comparePair(p, entries[i], entries[j], i, j)
		}
	}
	return nil
}

// layBoth lays two records of a block on the desk, if they are not there.
func (b *bench) layBoth(p *part, entries []entry, i, j int) error {
	for _, at := range [2]int{i, j} {
		if b.laid[at] {
			continue
		}
		forms, err := p.forms(entries[at])
		if err != nil {
			return err
		}
		b.desk.lay(at, forms)
		b.laid[at] = true
	}
	return nil
}

// elsewhere reports whether a pair is compared in another block that both records
// stand in: the first of those that are not above the cap.
func (b *bench) elsewhere(block blockID, of, and []blockID) bool {
	for k := range of {
		if of[k] == and[k] && of[k] != noKey && of[k] < block && !b.run.large.blocks[of[k]] {
			return true
		}
	}
	return false
}

func (b *bench) comparePair(p *part, x, y entry, atX, atY int) {
	b.compared++
	why, ok := b.desk.compare(atX, atY)
	if !ok {
		return
	}
	var keys keySet
	blocksX, blocksY := p.blocksOf(x), p.blocksOf(y)
	for k := range blocksX {
		if blocksX[k] == blocksY[k] && blocksX[k] != noKey {
			keys |= 1 << k
		}
	}
	b.links = append(b.links, link{a: x.record, b: y.record, keys: keys, why: why})
}

// compareLarge orders the records of a block by content and compares each with
// its neighbours, which are at places of the desk that are used in turn.
func (b *bench) compareLarge(p *part, entries []entry) error {
	key := slices.Index(p.blocksOf(entries[0]), entries[0].block)
	ordered, err := b.order(p, entries, key)
	if err != nil {
		return err
	}
	window := b.run.large.limit / 2
	var done int64
	for j, e := range ordered {
		forms, err := p.forms(e.entry)
		if err != nil {
			return err
		}
		if j == 0 {
			b.reports = append(b.reports, CappedBlock{Key: key, Value: b.run.by.keyValue(forms, key), Size: len(entries)})
		}
		b.desk.lay(j%(window+1), forms)
		for i := max(0, j-window); i < j; i++ {
			done++
			b.comparePair(p, ordered[i].entry, e.entry, i%(window+1), j%(window+1))
		}
		if j%1024 == 0 && b.run.ctx.Err() != nil {
			return context.Cause(b.run.ctx)
		}
	}
	n := int64(len(entries))
	b.reports[len(b.reports)-1].Skipped = n*(n-1)/2 - done
	return nil
}

// rankedEntry is an entry with its place in the order of its block.
type rankedEntry struct {
	rank rank
	entry
}

func (b *bench) order(p *part, entries []entry, key int) ([]rankedEntry, error) {
	ordered := make([]rankedEntry, len(entries))
	for i, e := range entries {
		forms, err := p.forms(e)
		if err != nil {
			return nil, err
		}
		b.desk.lay(0, forms)
		ordered[i] = rankedEntry{b.desk.rank(key, 0), e}
	}
	ids := b.run.store
	slices.SortFunc(ordered, func(x, y rankedEntry) int {
		if c := x.rank.compare(y.rank); c != 0 {
			return c
		}
		return cmp.Compare(ids.id(x.record), ids.id(y.record))
	})
	return ordered, nil
}
