package reliability

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
	"golang.org/x/sys/unix"

	"github.com/isvkit/isvkit/internal/drivertest/faulty"
	"github.com/isvkit/isvkit/internal/drivertest/tables"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

const (
	historyClients = 8
	historyEach    = 50 // operations of a client: 400 in all
	historyUsers   = 6
	historySeats   = 3
)

// runHistories lets clients work at once on two licenses through two handles, and asks
// porcupine whether what they were told could have happened one after the other.
func runHistories(ctx context.Context, p *part) error {
	var onServer error
	var both sync.WaitGroup
	both.Go(func() { onServer = serverHistories(ctx, p) }) // they mostly wait
	here := localHistories(ctx, p)
	both.Wait()
	return errors.Join(here, onServer)
}

// localHistories are those in memory and on SQLite.
func localHistories(ctx context.Context, p *part) error {
	total, faults := p.size("histories"), p.size("histories with faults")
	for n := 0; n < total && !p.over(ctx); n++ {
		withFaults := n*faults/total != (n+1)*faults/total // spread evenly
		if err := localHistory(ctx, p, n, withFaults); err != nil {
			return err
		}
	}
	return nil
}

// localHistory runs history n in memory or on SQLite.
func localHistory(ctx context.Context, p *part, n int, withFaults bool) error {
	h := newHistory(p, "histories", n, withFaults)
	kind := n % (1 + len(sqliteDrivers))
	if withFaults { // memory has no calls that could fail
		kind = 1 + n%len(sqliteDrivers)
	}
	if p.plant.wrap != nil && !withFaults {
		kind = 0
	}
	var err error
	if kind == 0 {
		h.handles, err = p.inMemoryTwice()
	} else {
		folder, remove, folderErr := p.folder()
		if folderErr != nil {
			return folderErr
		}
		defer remove()
		driver, file := sqliteDrivers[kind-1], filepath.Join(folder, "store.db")
		h.handles, err = p.openTwice(ctx, driver, file)
		if !withFaults && p.counted("histories of two processes") < p.size("histories of two processes") {
			h.remote = &order{Kind: "history", Driver: driver, File: file}
		}
	}
	if err != nil {
		return err
	}
	return h.run(ctx)
}

func (p *part) inMemoryTwice() ([]*handle, error) {
	h, err := p.plant.inMemory(&lifecycle.MemStore{})
	if err != nil {
		return nil, err
	}
	m, err := newManager(h.store)
	return []*handle{h, {Manager: m, store: h.store, closed: h.closed}}, err
}

func (p *part) openTwice(ctx context.Context, driver, dsn string) ([]*handle, error) {
	a, err := p.plant.open(ctx, driver, dsn)
	if err != nil {
		return nil, err
	}
	b, err := p.plant.open(ctx, driver, dsn)
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	return []*handle{a, b}, nil
}

// serverHistories are those on PostgreSQL, some with cut connections.
func serverHistories(ctx context.Context, p *part) error {
	total, faults, cuts := p.size("PostgreSQL histories"), p.size("PostgreSQL histories with faults"), p.size("cut connections")
	for n := 0; n < total && !p.over(ctx); n++ {
		withFaults := n*faults/total != (n+1)*faults/total
		if err := serverHistory(ctx, p, n, withFaults, cuts/max(faults, 1)+1); err != nil {
			return err
		}
	}
	return nil
}

func serverHistory(ctx context.Context, p *part, n int, withFaults bool, cuts int) error {
	p.servers.crash.RLock()
	defer p.servers.crash.RUnlock()
	dsn, drop, err := p.servers.newSchema(ctx)
	if err != nil {
		return err
	}
	defer drop()
	h := newHistory(p, "PostgreSQL histories", n, withFaults)
	if h.handles, err = p.openTwice(ctx, postgresDrivers[n%2], dsn); err != nil {
		return err
	}
	if !withFaults && n%2 == 0 {
		h.remote = &order{Kind: "history", Driver: "pgx", File: dsn}
	}
	if withFaults {
		h.cuts = cuts
		if h.cutter, err = sql.Open("pgx", dsn); err != nil {
			return err
		}
		defer h.cutter.Close()
	}
	return h.run(ctx)
}

// history is one at work.
type history struct {
	part    *part
	kind    string // what it is counted as
	n       int
	faults  bool
	handles []*handle
	remote  *order  // half of the clients are in a process that is ordered so; nil: none
	cutter  *sql.DB // cuts connections
	cuts    int     // at least so many

	mu     sync.Mutex
	ops    []porcupine.Operation
	asked  int // what clients asked, whatever came of it
	fired  int // faults
	unsure int
	out    io.Writer // what is noted is written here too, by a process for another
}

func newHistory(p *part, kind string, n int, withFaults bool) *history {
	return &history{part: p, kind: kind, n: n, faults: withFaults}
}

func (h *history) rng(stream int) *rand.Rand {
	return rand.New(rand.NewPCG(h.part.Seed, uint64(h.n)<<16|uint64(stream)))
}

func (h *history) run(ctx context.Context) (err error) {
	defer func() {
		for _, handle := range h.handles {
			err = errors.Join(err, handle.close())
		}
	}()
	if err := settle(ctx, h.handles[0].Manager, historySeats); err != nil {
		return err
	}
	follow := newFollower(h.handles[1])
	done := make(chan struct{})
	var clients, others sync.WaitGroup
	var remote *remoteClients
	if h.remote != nil {
		if remote, err = h.remote.begin(h); err != nil {
			return err
		}
	}
	for c := range historyClients {
		if remote == nil || c%2 == 0 {
			clients.Go(func() { h.client(ctx, c) })
		}
	}
	others.Go(func() {
		for over := false; !over; {
			select {
			case <-done:
				over = true
			default:
			}
			follow.read(ctx)
		}
	})
	others.Go(func() { h.cut(ctx, done) })
	clients.Wait()
	if remote != nil {
		if err := remote.wait(); err != nil {
			h.part.note(fmt.Errorf("%s: history %d: the other process: %w", h.kind, h.n, err))
		}
	}
	close(done)
	others.Wait()
	for _, handle := range h.handles {
		h.disarm(handle)
	}
	h.part.count("operations of "+h.kind, h.asked)
	h.part.count("faults that fired", h.fired)
	return h.judge(ctx, follow)
}

// cut ends the connections of the handles, one or more at a time, while clients work.
func (h *history) cut(ctx context.Context, done <-chan struct{}) {
	if h.cutter == nil {
		return
	}
	rng := h.rng(1000)
	for made := 0; made < h.cuts; {
		select {
		case <-done: // too quick for all cuts: the rest finds nobody at work
			return
		case <-time.After(time.Duration(rng.IntN(4000)) * time.Microsecond):
		}
		var n int
		err := h.cutter.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE pid <> pg_backend_pid() AND application_name = current_setting('application_name') AND query LIKE '%isv\_%' AND datname = current_database()
				AND backend_type = 'client backend' AND query NOT LIKE '%pg_terminate%' AND state <> 'idle' ORDER BY random() LIMIT 2) AS cut`).Scan(&n)
		if err != nil && ctx.Err() == nil {
			h.part.note(fmt.Errorf("cutting connections: %w", err))
			return
		}
		made += n
		h.part.count("cut connections", n)
	}
}

// arm makes one of the next calls of a handle fail.
func (h *history) arm(handle *handle, rng *rand.Rand) {
	at := []string{"", "COMMIT"}[rng.IntN(2)] // the one call whose loss leaves something open
	n, after, err := 1+rng.IntN(8), rng.IntN(2) == 0, []error{faulty.ErrInjected, driver.ErrBadConn}[rng.IntN(2)]
	h.mu.Lock() // so that no two count one fault
	defer h.mu.Unlock()
	h.disarm(handle)
	handle.faults.ArmAt(at, n, after, err)
}

func (h *history) disarm(handle *handle) {
	if handle.faults != nil && handle.faults.Disarm() != "" {
		h.fired++
	}
}

// client asks one thing after the other.
func (h *history) client(ctx context.Context, c int) {
	rng := h.rng(c)
	handle := h.handles[c%len(h.handles)]
	known := [2]int64{1, 1} // the revisions that the client has seen
	for range historyEach {
		if h.faults && handle.faults != nil && h.cutter == nil && rng.IntN(12) == 0 {
			h.arm(handle, rng)
		}
		q := ask{kind: askKind(rng.IntN(int(lastAsk) + 1)), pool: rng.IntN(2), user: rng.IntN(historyUsers)}
		q.seats, q.revision = rng.IntN(historySeats+2), known[q.pool]
		call := monotonic()
		said := h.ask(ctx, handle, q)
		if said.revision > 0 {
			known[q.pool] = said.revision
		}
		h.note(c, call, q, said)
	}
}

// monotonic reads the clock that all processes of a machine share, and nobody sets.
func monotonic() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err) // every Linux has it
	}
	return t.Nano()
}

// note keeps what was asked and said. Who was told that nothing happened need not be
// kept: it holds wherever it stands. What may have happened can happen at any time later.
func (h *history) note(client int, call int64, q ask, said answer) {
	end := monotonic()
	if h.out != nil {
		tell(h.out, client, call, end, q, said)
	}
	h.keep(client, call, end, q, said)
}

func (h *history) keep(client int, call, end int64, q ask, said answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked++
	switch said.how {
	case failed:
		return
	case unknown:
		end = 1 << 62
		h.unsure++
	}
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: q, Call: call, Output: said, Return: end})
}

// judge looks at what was said, at the tables, and at the feed.
func (h *history) judge(ctx context.Context, follow *follower) error {
	p := h.part
	for pool := range 2 { // what holds at last
		call := monotonic()
		said := h.ask(ctx, h.handles[0], ask{kind: askHolders, pool: pool})
		if said.how != answered && h.faults { // without faults ask has said so
			p.fail("history %d: who holds seats at last is not answered", h.n)
		}
		h.note(pool, call, ask{kind: askHolders, pool: pool}, said)
	}
	switch porcupine.CheckOperationsTimeout(poolModel, h.ops, time.Minute) {
	case porcupine.Illegal:
		p.fail("%s: history %d, of %d operations, could not have happened one after the other", h.kind, h.n, len(h.ops))
	case porcupine.Unknown:
		p.note(fmt.Errorf("%s: history %d, with %d unknown outcomes, could not be checked in a minute", h.kind, h.n, h.unsure))
	}
	for n := 0; n < 3; n++ { // connections that were lost are found out one by one
		follow.read(ctx)
	}
	if err := follow.missed(ctx); err != nil {
		p.note(fmt.Errorf("%s: history %d: %w", h.kind, h.n, err))
	}
	if db := h.handles[0].db; db != nil {
		if err := checkAgain(ctx, db); err != nil {
			p.fail("%s: history %d: %v", h.kind, h.n, err)
		}
	}
	p.count(h.kind, 1)
	p.count("operations judged", len(h.ops))
	p.count("unknown outcomes of "+h.kind, h.unsure)
	if h.faults {
		p.count(h.kind+" with faults", 1)
	}
	if h.remote != nil {
		p.count("histories of two processes", 1)
	}
	return nil
}

// checkAgain is tables.Check, asked once more where connections had been lost.
func checkAgain(ctx context.Context, db *sql.DB) error {
	if err := tables.Check(ctx, db); err == nil {
		return nil
	}
	return tables.Check(ctx, db)
}

// follower reads the feed while others write.
type follower struct {
	handle *handle
	after  int64
	seen   map[string]int
	failed error
}

func newFollower(h *handle) *follower { return &follower{handle: h, seen: map[string]int{}} }

// read reads on. An error ends it, and the next read goes on where this one was.
func (f *follower) read(ctx context.Context) {
	for e, err := range f.handle.Events(ctx, actor, f.after) {
		if err != nil {
			return
		}
		if e.Seq <= f.after {
			f.failed = found{fmt.Errorf("E3: event %d was read after event %d", e.Seq, f.after)}
		}
		f.after = e.Seq
		f.seen[e.Stream.ID]++
	}
}

// missed compares what was read with the timelines.
func (f *follower) missed(ctx context.Context) error {
	for id := license.ID(1); id <= 2; id++ {
		there := 0
		for _, err := range f.handle.Timeline(ctx, actor, id) {
			if err != nil {
				return err
			}
			there++
		}
		if have := f.seen[id.String()]; have != there {
			return cmp.Or(f.failed, error(found{fmt.Errorf("E3: the feed showed %d events of %v, and there are %d", have, id, there)}))
		}
	}
	return f.failed
}

// ask asks the Manager.
func (h *history) ask(ctx context.Context, m *handle, q ask) answer {
	id, u := license.ID(q.pool+1), userN(q.user)
	var l license.License
	var err error
	said := answer{how: answered, user: true}
	switch q.kind {
	case askAssign:
		var s lifecycle.Seating
		s, err = m.Assign(ctx, actor, lifecycle.Assign{License: id, Users: []seats.UserID{u}})
		l, said.user = s.License, len(s.Assigned) == 1
	case askRevoke:
		l, err = m.Revoke(ctx, actor, lifecycle.Revoke{License: id, Users: []seats.UserID{u}})
	case askMove:
		l, err = m.Move(ctx, actor, lifecycle.Move{User: u, From: id, To: 3 - id})
	case askSeats:
		l, err = m.Modify(ctx, actor, lifecycle.Modify{License: id, Revision: q.revision,
			Terms: license.Terms{Status: license.Active, Seats: license.MustSeats(q.seats), Expiration: license.Never()}})
	case askUse:
		l, err = m.License(ctx, actor, id)
	case askCheck:
		var d license.Decision
		d, err = m.CheckLicense(ctx, actor, id, u)
		said.user = d.Licensed()
		if err != nil && d.Licensed() {
			h.part.fail("D3: a check said yes beside an error: %v", err)
		}
	case askHolders:
		for a, holderErr := range m.Holders(ctx, actor, id) {
			if err = holderErr; err == nil {
				said.holding |= 1 << slices.IndexFunc(users, func(u seats.UserID) bool { return u == a.User })
			}
		}
	}
	said.holders, said.revision = l.Holders, l.Revision
	said.seats, _ = l.Terms.Seats.Count()
	said.how = howOf(err)
	if said.how == failed && !h.faults { // whose fault it is, no check can say
		h.part.note(fmt.Errorf("history %d, without a fault: %w", h.n, err))
	}
	return said
}

var users = func() (all []seats.UserID) {
	for n := range historyUsers {
		all = append(all, userN(n))
	}
	return all
}()

// howOf sorts errors.
func howOf(err error) how {
	var unsure *lifecycle.OutcomeUnknownError
	var exhausted *seats.ExhaustedError
	var stale *license.StaleError
	var field *lifecycle.FieldError
	var none *lifecycle.NotFoundError
	switch {
	case err == nil:
		return answered
	case errors.As(err, &unsure):
		return unknown
	case errors.As(err, &exhausted), errors.As(err, &stale), errors.As(err, &field), errors.As(err, &none):
		return refused
	}
	return failed
}
