package dedupe

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
)

// page holds some records of a run.
type page struct {
	number   int
	forms    string   // of all its records, one after another; "" once they are on disk
	formEnds []uint32 // where each record's forms end
	blocks   []blockID
	ids      string
	idEnds   []uint32
}

// piece returns the i-th of the pieces that ends cuts text in.
func piece(text string, ends []uint32, i int) string {
	start := uint32(0)
	if i > 0 {
		start = ends[i-1]
	}
	return text[start:ends[i]]
}

// parts is how many parts the blocks are split in; each is sorted and compared by
// itself.
const (
	parts    = 1 << partBits
	partBits = 8
)

func partOf(block blockID) int { return int(block >> (64 - partBits)) }

// store keeps the records of a run, in memory until they are too many, then on
// disk. Adding is safe for concurrent use; reading too, once all are added.
type store struct {
	keys   int
	budget int64
	dir    string // where the directory for spilled records is made

	mu      sync.Mutex
	err     error
	pages   []*page // by number
	records int
	used    int64
	spilled *spill // nil while all is in memory
}

func newStore(keys int, config ClusterConfig) *store {
	return &store{keys: keys, budget: config.Memory, dir: config.TempDir}
}

// failed returns the first error of adding.
func (s *store) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// add takes a page over.
func (s *store) add(p *page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	for len(s.pages) <= p.number {
		s.pages = append(s.pages, nil)
	}
	s.pages[p.number] = p
	s.records += len(p.idEnds)
	if s.spilled != nil {
		s.err = s.spilled.write(p, s.keys)
		return
	}
	s.used += int64(len(p.forms) + 4*len(p.formEnds) + 3*8*len(p.blocks))
	if s.used > s.budget {
		s.err = s.toDisk()
	}
}

// hasRoom reports whether there is memory to keep a loaded part, and counts it in.
func (s *store) hasRoom(p *part) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	need := int64(len(p.entries) * (2*16 + 8*s.keys))
	if s.used+need > s.budget {
		return false
	}
	s.used += need
	return true
}

// toDisk moves all pages to disk.
func (s *store) toDisk() error {
	s.used = 0
	spilled, err := newSpill(s.dir)
	if err != nil {
		return err
	}
	s.spilled = spilled
	for _, p := range s.pages {
		if p != nil {
			if err := spilled.write(p, s.keys); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *store) close() {
	if s.spilled != nil {
		s.spilled.close()
	}
}

// id returns the id of a record.
func (s *store) id(record uint32) string {
	p := s.pages[record/pageSize]
	return piece(p.ids, p.idEnds, int(record%pageSize))
}

// entry says that a record stands in a block.
type entry struct {
	block  blockID
	record uint32
	at     uint32 // the entry's place in what the part keeps beside the entries
}

func compareEntries(a, b entry) int {
	if a.block != b.block {
		return cmp.Compare(a.block, b.block)
	}
	return cmp.Compare(a.record, b.record)
}

// part is one part of the blocks, sorted.
type part struct {
	store   *store
	entries []entry
	blocks  []blockID // all blocks of each entry's record
	texts   []string  // of records in memory: their forms
	touched byte
	where   []place // of records on disk
	read    []byte  // from disk
	onDisk  bool    // all of it
}

// place is where a record's forms are on disk.
type place struct {
	offset int64
	length uint32
}

// distribute returns the parts of the blocks, not sorted yet.
func (s *store) distribute() []part {
	made := make([]part, parts)
	if s.spilled != nil {
		for i := range made {
			made[i].onDisk = true
		}
		return made
	}
	var sizes [parts]int
	for _, p := range s.pages {
		for _, block := range p.blocks {
			if block != noKey {
				sizes[partOf(block)]++
			}
		}
	}
	for i, size := range sizes {
		made[i] = part{store: s, entries: make([]entry, 0, size)}
	}
	for _, p := range s.pages {
		for i, block := range p.blocks {
			if block != noKey {
				to := &made[partOf(block)]
				to.entries = append(to.entries, entry{block: block, record: uint32(p.number*pageSize + i/s.keys)})
			}
		}
	}
	return made
}

// blocksOf returns all blocks of an entry's record.
func (p *part) blocksOf(e entry) []blockID {
	return p.blocks[int(e.at)*p.store.keys:][:p.store.keys]
}

// forms returns the forms of an entry's record.
func (p *part) forms(e entry) (string, error) {
	if p.texts != nil {
		return p.texts[e.at], nil
	}
	return p.readForms(p.where[e.at])
}

// spill is the records of a run on disk: one file of forms, and one of entries
// for each part.
type spill struct {
	dir     string
	forms   *os.File
	size    int64
	entries [parts]*os.File
	buffers [parts][]byte
}

// spillBuffer is how many bytes of entries are gathered before they are written.
const spillBuffer = 1 << 16

func newSpill(dir string) (*spill, error) {
	dir, err := os.MkdirTemp(dir, "dedupe-")
	if err != nil {
		return nil, fmt.Errorf("dedupe: making room on disk: %w", err)
	}
	s := &spill{dir: dir}
	if s.forms, err = os.Create(filepath.Join(dir, "forms")); err != nil {
		return s, fmt.Errorf("dedupe: making room on disk: %w", err)
	}
	return s, nil
}

// write moves a page to disk but for its ids.
func (s *spill) write(p *page, keys int) error {
	if _, err := s.forms.WriteString(p.forms); err != nil {
		return fmt.Errorf("dedupe: writing to disk: %w", err)
	}
	start := uint32(0)
	for i, end := range p.formEnds {
		blocks := p.blocks[i*keys:][:keys]
		where := place{s.size + int64(start), end - start}
		if err := s.writeEntries(uint32(p.number*pageSize+i), where, blocks); err != nil {
			return err
		}
		start = end
	}
	s.size += int64(len(p.forms))
	p.forms, p.formEnds, p.blocks = "", nil, nil
	return nil
}

// writeEntries writes a record to the part of each of its blocks.
func (s *spill) writeEntries(record uint32, where place, blocks []blockID) error {
	for _, block := range blocks {
		if block == noKey {
			continue
		}
		to := partOf(block)
		buffer := s.buffers[to]
		buffer = binary.LittleEndian.AppendUint64(buffer, uint64(block))
		buffer = binary.LittleEndian.AppendUint32(buffer, record)
		buffer = binary.LittleEndian.AppendUint32(buffer, where.length)
		buffer = binary.LittleEndian.AppendUint64(buffer, uint64(where.offset))
		for _, other := range blocks {
			buffer = binary.LittleEndian.AppendUint64(buffer, uint64(other))
		}
		if s.buffers[to] = buffer; len(buffer) >= spillBuffer {
			if err := s.flush(to); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *spill) flush(to int) (err error) {
	if s.entries[to] == nil {
		if s.entries[to], err = os.Create(filepath.Join(s.dir, strconv.Itoa(to))); err != nil {
			return fmt.Errorf("dedupe: making room on disk: %w", err)
		}
	}
	if _, err := s.entries[to].Write(s.buffers[to]); err != nil {
		return fmt.Errorf("dedupe: writing to disk: %w", err)
	}
	s.buffers[to] = s.buffers[to][:0]
	return nil
}

// load reads a part back in place of what p held. Different parts may be loaded at once.
func (p *part) load(number int) error {
	if err := p.readEntries(number); err != nil {
		return err
	}
	p.entries, p.where, p.blocks = p.entries[:0], p.where[:0], p.blocks[:0]
	keys := p.store.keys
	width := 24 + 8*keys
	for data := p.read; len(data) >= width; data = data[width:] {
		at := uint32(len(p.entries))
		p.entries = append(p.entries,
			entry{blockID(binary.LittleEndian.Uint64(data)), binary.LittleEndian.Uint32(data[8:]), at})
		p.where = append(p.where,
			place{int64(binary.LittleEndian.Uint64(data[16:])), binary.LittleEndian.Uint32(data[12:])})
		for k := range keys {
			p.blocks = append(p.blocks, blockID(binary.LittleEndian.Uint64(data[24+8*k:])))
		}
	}
	return nil
}

// readEntries reads what was written of a part: what is in its file, if there
// is one, and what is still in its buffer.
func (p *part) readEntries(number int) error {
	s := p.store.spilled
	var size int64
	if file := s.entries[number]; file != nil {
		var err error
		if size, err = file.Seek(0, io.SeekEnd); err != nil {
			return fmt.Errorf("dedupe: reading from disk: %w", err)
		}
		p.read = slices.Grow(p.read[:0], int(size)+len(s.buffers[number]))[:size]
		if _, err := file.ReadAt(p.read, 0); err != nil {
			return fmt.Errorf("dedupe: reading from disk: %w", err)
		}
	}
	p.read = append(p.read[:size], s.buffers[number]...)
	return nil
}

// readForms returns the forms at a place.
func (p *part) readForms(where place) (string, error) {
	p.read = slices.Grow(p.read[:0], int(where.length))[:where.length]
	if _, err := p.store.spilled.forms.ReadAt(p.read, where.offset); err != nil {
		return "", fmt.Errorf("dedupe: reading from disk: %w", err)
	}
	return string(p.read), nil
}

func (s *spill) close() {
	for _, file := range append(s.entries[:], s.forms) {
		if file != nil {
			file.Close()
		}
	}
	os.RemoveAll(s.dir)
}

// sorter sorts entries of parts. What it needs beside them it keeps for the next part.
type sorter struct {
	spare []entry
	ends  []uint32
}

// sort sorts entries by block and record. Blocks are hashes, so that dealing the
// entries out on as many heaps by their bits leaves little to sort.
func (s *sorter) sort(entries []entry) {
	bits := bits.Len(uint(len(entries)))
	heapOf := func(e entry) uint64 { return uint64(e.block) << partBits >> (64 - bits) }
	s.ends = append(s.ends[:0], make([]uint32, 1<<bits)...)
	for _, e := range entries {
		s.ends[heapOf(e)]++
	}
	start := uint32(0)
	for i, size := range s.ends {
		s.ends[i] = start
		start += size
	}
	s.spare = append(s.spare[:0], entries...)
	for _, e := range s.spare {
		heap := heapOf(e)
		entries[s.ends[heap]] = e
		s.ends[heap]++
	}
	start = 0
	for _, end := range s.ends {
		if end-start > 1 {
			slices.SortFunc(entries[start:end], compareEntries)
		}
		start = end
	}
}

// dropSingles drops the entries of blocks of one record from a sorted part.
func (p *part) dropSingles() {
	kept := p.entries[:0]
	for run := range p.runs {
		kept = append(kept, run...)
	}
	p.entries = kept
}

// clone returns a loaded part with room for no more than is left of it.
func (p *part) clone() part {
	kept := part{store: p.store, entries: slices.Clone(p.entries)}
	kept.blocks = make([]blockID, 0, len(p.entries)*p.store.keys)
	kept.where = make([]place, 0, len(p.entries))
	for i, e := range p.entries {
		kept.blocks = append(kept.blocks, p.blocksOf(e)...)
		kept.where = append(kept.where, p.where[e.at])
		kept.entries[i].at = uint32(i)
	}
	return kept
}

// gather copies what is needed of the entries' records, which lie all over the memory, to one
// place. A byte of each record's forms is read, so that the processor fetches those of several records
// at once: later they would be waited for one by one.
func (p *part) gather(buffers *part) {
	keys := p.store.keys
	p.blocks, p.texts = buffers.blocks[:0], buffers.texts[:0]
	for i := range p.entries {
		e := &p.entries[i]
		e.at = uint32(i)
		page, n := p.store.pages[e.record/pageSize], int(e.record%pageSize)
		text := piece(page.forms, page.formEnds, n)
		p.touched ^= text[0]
		p.blocks = append(p.blocks, page.blocks[n*keys:][:keys]...)
		p.texts = append(p.texts, text)
	}
	buffers.blocks, buffers.texts = p.blocks, p.texts
}

// runs yields the blocks of a sorted part that hold more than one record.
func (p *part) runs(yield func([]entry) bool) {
	for rest := p.entries; len(rest) > 0; {
		end := 1
		for end < len(rest) && rest[end].block == rest[0].block {
			end++
		}
		if end > 1 && !yield(rest[:end]) {
			return
		}
		rest = rest[end:]
	}
}
