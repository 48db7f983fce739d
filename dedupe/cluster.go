package dedupe

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"

	"github.com/isvkit/isvkit/internal/recordid"
)

// ClusterConfig says how a run works. Nothing in it changes what the run finds but BlockCap.
// The zero ClusterConfig is the default.
type ClusterConfig struct {
	// Workers is how many goroutines compare; 0 means one for each processor.
	Workers int
	// Memory is about how many bytes of records are kept in memory before they
	// go to disk, where they cost half as much time again; 0 means 2.5 GiB, which ten
	// million leads do not fill: a run of them takes some 3 GB in all. Beside Memory it
	// needs some 25 bytes a record, its id, some 100 bytes for each link, and what the
	// garbage collector has not collected yet.
	Memory int64
	// TempDir is where records go that do not fit; "" means the system's. The
	// files are removed when the run ends.
	TempDir string
	// BlockCap is how many records one is compared with for one key; 0 means
	// the documented 100. In a larger block each record is compared with the
	// half of BlockCap that stand before and after it in an order by content.
	BlockCap int
	// Progress, if not nil, is told now and then how far the run is, by one call at a
	// time. It must return soon.
	Progress func(Progress)
}

// Progress is how far a run is.
type Progress struct {
	Stage Stage
	Done  int64 // records read, or parts of the comparing done
	Total int64 // 0 while it is not known
}

// Stage is what a run is at. The zero Stage is none.
type Stage uint8

// The stages of a run.
const (
	Reading Stage = 1 + iota
	Comparing
	Joining
)

var stageNames = names("not begun", "Reading", "Comparing", "Joining")

// String returns the stage's name.
func (s Stage) String() string { return stageNames.of(int(s)) }

// Validate returns nil for a config that can run, else an error that joins
// everything that is wrong.
func (c ClusterConfig) Validate() error {
	var wrong problems
	if c.Workers < 0 {
		wrong.add("config", "", "has Workers below zero; take 0 for one of each processor")
	}
	if c.Memory < 0 {
		wrong.add("config", "", "has Memory below zero; take 0 for the default")
	}
	if c.BlockCap < 0 || c.BlockCap == 1 {
		wrong.add("config", "", "has a BlockCap below 2; take 0 for the default of %d", DefaultCap)
	}
	return wrong.join()
}

// DefaultCap is how many candidates the platform compares a record with (DEDUPE 1).
const DefaultCap = 100

func (c ClusterConfig) withDefaults() ClusterConfig {
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Memory == 0 {
		c.Memory = 5 << 29
	}
	if c.BlockCap == 0 {
		c.BlockCap = DefaultCap
	}
	if c.Progress == nil {
		c.Progress = func(Progress) {}
	}
	return c
}

// Cluster finds the records that are one person, and those that are one with
// them, and so on: the connected components of the pairs that match. It reads records once, on
// the calling goroutine.
//
// The result is the same whatever the order of the records and the number of
// workers, if no two records have one id. An error of the input ends the run and is
// returned wrapped, as is that of a context that ends.
func Cluster(ctx context.Context, by Comparer, records iter.Seq2[Record, error], config ClusterConfig) (*Clustering, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	run := &run{ctx: ctx, by: by, config: config.withDefaults()}
	run.store = newStore(by.keyCount(), run.config)
	defer run.store.close()
	if err := run.read(records); err != nil {
		return nil, err
	}
	if err := run.compare(); err != nil {
		return nil, err
	}
	return run.join(), nil
}

// run is one call of Cluster.
type run struct {
	ctx    context.Context
	by     Comparer
	config ClusterConfig
	store  *store

	parts    []part
	large    *cappedSet
	links    [][]link // of each part
	compared int64
	capped   []CappedBlock
}

// link is a pair of records that match, by their numbers.
type link struct {
	a, b uint32
	keys keySet
	why  verdict
}

// keySet is a set of keys, of which there are at most 16.
type keySet uint16

// list returns the members in order.
func (s keySet) list() []int { return groupSet(s).list() }

// pageSize is how many records are handed over at once.
const pageSize = 512

// batch is what the reader hands to a worker.
type batch struct {
	number  int // of the page
	records []Record
}

// read encodes all records and puts them in the store.
func (r *run) read(records iter.Seq2[Record, error]) error {
	var workers sync.WaitGroup
	batches := make(chan *batch, r.config.Workers)
	free := make(chan *batch, 2*r.config.Workers+1)
	for range 2*r.config.Workers + 1 {
		free <- new(batch)
	}
	for range r.config.Workers {
		workers.Go(func() { r.encodePages(batches, free) })
	}
	err := r.feed(records, batches, free)
	close(batches)
	workers.Wait()
	return errors.Join(err, r.store.failed())
}

// feed cuts the input in batches.
func (r *run) feed(records iter.Seq2[Record, error], batches chan<- *batch, free <-chan *batch) error {
	current, number, read := <-free, 0, 0
	send := func() error {
		current.number = number
		number++
		read += len(current.records)
		batches <- current
		current = <-free
		current.records = current.records[:0]
		r.config.Progress(Progress{Stage: Reading, Done: int64(read)})
		return errors.Join(context.Cause(r.ctx), r.store.failed())
	}
	for record, err := range records {
		if err != nil {
			return fmt.Errorf("dedupe: record %d: %w", read+len(current.records)+1, err)
		}
		if current.records = append(current.records, record); len(current.records) == pageSize {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if len(current.records) > 0 {
		return send()
	}
	return context.Cause(r.ctx)
}

// encodePages makes pages of batches.
func (r *run) encodePages(batches <-chan *batch, free chan<- *batch) {
	desk := r.by.open()
	var forms, ids []byte
	for batch := range batches {
		page := page{number: batch.number}
		forms, ids = forms[:0], ids[:0]
		n := len(batch.records)
		page.blocks = make([]blockID, 0, n*r.by.keyCount())
		page.formEnds, page.idEnds = make([]uint32, 0, n), make([]uint32, 0, n)
		for i := range batch.records {
			record := &batch.records[i]
			forms = desk.encode(forms, record)
			ids = append(ids, canonicalID(record.ID)...)
			page.formEnds = append(page.formEnds, uint32(len(forms)))
			page.idEnds = append(page.idEnds, uint32(len(ids)))
		}
		page.forms, page.ids = string(forms), string(ids)
		for i := range batch.records {
			desk.lay(0, piece(page.forms, page.formEnds, i))
			page.blocks = desk.blocks(page.blocks, 0)
		}
		clear(batch.records)
		free <- batch
		r.store.add(&page)
	}
}

// canonicalID is the form of an id under which its other forms are it too: the 18
// characters of a Salesforce id of 15.
func canonicalID(id string) string {
	if len(id) == 15 || len(id) == 18 {
		if canonical, rule := recordid.Normalize(id); rule == "" {
			return canonical
		}
	}
	return id
}
