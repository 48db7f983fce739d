package reliability

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/isvkit/isvkit/internal/drivertest/faulty"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Fault is a fault that somebody could write into a store or a Manager, made by a
// wrapper around a store without it. The zero Fault is none.
type Fault struct {
	Name    string
	Breaks  string // ids of INVARIANTS
	FoundBy string // the part that is run to find it
	wrap    func(lifecycle.Store) lifecycle.Store
	sql     faulty.Plant
}

// Faults lists all that can be planted.
var Faults = []Fault{
	{Name: "check-then-act", Breaks: "S3", FoundBy: "histories", wrap: checkThenAct},
	{Name: "counter in a second transaction", Breaks: "S2 P2", FoundBy: "sweep", sql: faulty.Plant{After: begins("UPDATE isv_licenses SET holders")}},
	{Name: "limit before holder", Breaks: "S5", FoundBy: "model", wrap: limitBeforeHolder},
	{Name: "acknowledged before commit", Breaks: "P1", FoundBy: "kills", sql: faulty.Plant{EarlyAnswer: true}},
	{Name: "stale cache", Breaks: "D7", FoundBy: "histories", wrap: staleCache},
	{Name: "resize clamps", Breaks: "S7 S8", FoundBy: "model", wrap: onEffects(clampSeats)},
	{Name: "double decrement", Breaks: "S2 S6", FoundBy: "model",
		sql: rewrite("UPDATE isv_licenses SET holders = holders - ?", "UPDATE isv_licenses SET holders = holders - MIN(holders, 2 * ?)")},
	{Name: "event outside the transaction", Breaks: "E1", FoundBy: "sweep", sql: faulty.Plant{After: begins("INSERT INTO isv_events")}},
	{Name: "sequence read past a hole", Breaks: "E3", FoundBy: "histories", wrap: readPastHoles},
	{Name: "NORMAL sync", Breaks: "P1", FoundBy: "wal", sql: synchronous("NORMAL")},
	{Name: "OFF sync", Breaks: "P1", FoundBy: "fsyncs", sql: synchronous("OFF")},
	{Name: "retry that repeats the effect", Breaks: "P4", FoundBy: "sweep", wrap: repeatEffects},
	{Name: "time set back", Breaks: "T5", FoundBy: "model", wrap: onEffects(forgetClock)},
	{Name: "tenant left out of a WHERE", Breaks: "M1", FoundBy: "differential", sql: faulty.Plant{Rewrite: leaveTenantOut}},
	{Name: "swallowed error", Breaks: "P5", FoundBy: "sweep", wrap: swallowErrors},
	{Name: "yes when the store fails", Breaks: "D3", FoundBy: "sweep", wrap: yesOnError},
}

func faultNamed(name string) (Fault, error) {
	if name == "" {
		return Fault{}, nil
	}
	for _, f := range Faults {
		if f.Name == name {
			return f, nil
		}
	}
	return Fault{}, fmt.Errorf("there is no fault %q to plant", name)
}

func begins(prefix string) func(string) bool {
	return func(query string) bool { return strings.HasPrefix(query, prefix) }
}

func rewrite(from, to string) faulty.Plant {
	return faulty.Plant{Rewrite: func(query string) string { return strings.Replace(query, from, to, 1) }}
}

// synchronous sets another value than is asked for, and answers that it was.
func synchronous(value string) faulty.Plant {
	return faulty.Plant{Rewrite: func(query string) string {
		switch query {
		case "PRAGMA synchronous = FULL":
			return "PRAGMA synchronous = " + value
		case "PRAGMA synchronous":
			return "SELECT 2"
		}
		return query
	}}
}

func leaveTenantOut(query string) string {
	if strings.HasPrefix(query, "SELECT") && strings.Contains(query, "FROM isv_licenses WHERE vendor = ? AND installation = ?") {
		return strings.Replace(query, "WHERE vendor = ?", "WHERE ? <> ''", 1)
	}
	return query
}

// wrapper is a Store whose Reader and Tx are changed.
type wrapper struct {
	lifecycle.Store
	reader func(lifecycle.Reader) lifecycle.Reader // nil: as it is
	tx     func(lifecycle.Tx) lifecycle.Tx         // nil: as it is
}

func (w wrapper) View(ctx context.Context, f func(context.Context, lifecycle.Reader) error) error {
	return w.Store.View(ctx, func(ctx context.Context, r lifecycle.Reader) error {
		if w.reader != nil {
			r = w.reader(r)
		}
		return f(ctx, r)
	})
}

func (w wrapper) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	return w.Store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		if w.tx != nil {
			tx = w.tx(tx)
		}
		return f(ctx, tx)
	})
}

// changedTx is a Tx that writes other effects than it is given.
type changedTx struct {
	lifecycle.Tx
	change func(context.Context, lifecycle.Tx, pkgversion.VendorID, []lifecycle.Effect) ([]lifecycle.Effect, error)
}

func (t changedTx) Write(ctx context.Context, vendor pkgversion.VendorID, effects ...lifecycle.Effect) error {
	effects, err := t.change(ctx, t.Tx, vendor, slices.Clone(effects))
	if err != nil {
		return err
	}
	return t.Tx.Write(ctx, vendor, effects...)
}

// onEffects changes effects one by one; nil leaves one out.
func onEffects(change func(context.Context, lifecycle.Tx, pkgversion.VendorID, lifecycle.Effect) (lifecycle.Effect, error)) func(lifecycle.Store) lifecycle.Store {
	all := func(ctx context.Context, tx lifecycle.Tx, vendor pkgversion.VendorID, effects []lifecycle.Effect) (changed []lifecycle.Effect, err error) {
		for _, e := range effects {
			e, err := change(ctx, tx, vendor, e)
			if err != nil {
				return nil, err
			}
			if e != nil {
				changed = append(changed, e)
			}
		}
		return changed, nil
	}
	return func(s lifecycle.Store) lifecycle.Store {
		return wrapper{Store: s, tx: func(tx lifecycle.Tx) lifecycle.Tx { return changedTx{tx, all} }}
	}
}

// clampSeats does not let the seats go below their use.
func clampSeats(ctx context.Context, tx lifecycle.Tx, vendor pkgversion.VendorID, e lifecycle.Effect) (lifecycle.Effect, error) {
	put, ok := e.(lifecycle.PutLicense)
	if !ok || put.IfRevision == 0 {
		return e, nil
	}
	before, err := tx.License(ctx, vendor, put.License.ID)
	if n, counted := put.License.Terms.Seats.Count(); counted && n < before.Holders {
		put.License.Terms.Seats = license.MustSeats(before.Holders)
	}
	return put, err
}

// forgetClock does not keep the latest instant.
func forgetClock(_ context.Context, _ lifecycle.Tx, _ pkgversion.VendorID, e lifecycle.Effect) (lifecycle.Effect, error) {
	if _, ok := e.(lifecycle.PutClock); ok {
		return nil, nil
	}
	return e, nil
}

// unguarded lifts the guards of those who take seats, as who has checked before does.
func unguarded(ctx context.Context, tx lifecycle.Tx, vendor pkgversion.VendorID, effects []lifecycle.Effect) ([]lifecycle.Effect, error) {
	for i, e := range effects {
		take, ok := e.(lifecycle.TakeSeats)
		if !ok {
			continue
		}
		l, err := tx.License(ctx, vendor, take.License)
		if err != nil {
			return nil, err
		}
		take.IfRevision, take.Limit = l.Revision, license.MaxSeats
		effects[i] = take
	}
	return effects, nil
}

// checkThenAct decides on what it read before, and then writes without a guard.
func checkThenAct(s lifecycle.Store) lifecycle.Store { return &checksFirst{Store: s} }

type checksFirst struct{ lifecycle.Store }

func (c *checksFirst) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	before := map[license.ID]license.License{}
	err := c.View(ctx, func(ctx context.Context, r lifecycle.Reader) (err error) {
		for id := license.ID(1); id <= 2; id++ {
			if before[id], err = r.License(ctx, actor.Vendor, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	runtime.Gosched() // others check, too
	return c.Store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		return f(ctx, &actsLater{changedTx: changedTx{tx, unguarded}, before: before})
	})
}

type actsLater struct {
	changedTx
	before map[license.ID]license.License
	wrote  bool
}

func (t *actsLater) License(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (license.License, error) {
	if l := t.before[id]; l.ID != 0 && !t.wrote {
		return l, nil
	}
	return t.Tx.License(ctx, vendor, id)
}

func (t *actsLater) Write(ctx context.Context, vendor pkgversion.VendorID, effects ...lifecycle.Effect) error {
	t.wrote = true
	return t.changedTx.Write(ctx, vendor, effects...)
}

// limitBeforeHolder does not look who holds a seat where the license is full.
func limitBeforeHolder(s lifecycle.Store) lifecycle.Store {
	return wrapper{Store: s, tx: func(tx lifecycle.Tx) lifecycle.Tx { return limitFirst{tx} }}
}

type limitFirst struct{ lifecycle.Tx }

func (t limitFirst) Holding(ctx context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]seats.Assignment, error) {
	l, err1 := t.License(ctx, vendor, id)
	r, err2 := t.Package(ctx, vendor, l.Package)
	n, counted := l.Terms.Seats.Count()
	if err := errors.Join(err1, err2); err != nil || counted && l.Holders >= n+r.Overage.Of(n) {
		return nil, err
	}
	return t.Tx.Holding(ctx, vendor, id, users)
}

// staleCache remembers who holds a seat for some more questions.
func staleCache(s lifecycle.Store) lifecycle.Store {
	cache := &seatCache{held: map[string]cached{}}
	return wrapper{Store: s, reader: func(r lifecycle.Reader) lifecycle.Reader { return cachedReader{r, cache} }}
}

type seatCache struct {
	mu   sync.Mutex
	held map[string]cached
}

type cached struct {
	answer []seats.Assignment
	uses   int
}

type cachedReader struct {
	lifecycle.Reader
	cache *seatCache
}

func (r cachedReader) Holding(ctx context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]seats.Assignment, error) {
	key := fmt.Sprint(vendor, id, users)
	r.cache.mu.Lock()
	defer r.cache.mu.Unlock()
	if c := r.cache.held[key]; c.uses > 0 {
		c.uses--
		r.cache.held[key] = c
		return c.answer, nil
	}
	answer, err := r.Reader.Holding(ctx, vendor, id, users)
	if err == nil {
		r.cache.held[key] = cached{answer, 2}
	}
	return answer, err
}

// readPastHoles numbers events when their transaction begins, and shows them when it has
// committed, as a sequence of the database does.
func readPastHoles(s lifecycle.Store) lifecycle.Store { return &sequenced{Store: s} }

type sequenced struct {
	lifecycle.Store
	mu     sync.Mutex
	next   int64
	events []lifecycle.Event
}

func (s *sequenced) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	s.mu.Lock()
	s.next += 100
	first := s.next
	s.mu.Unlock()
	runtime.Gosched() // others begin later and commit earlier
	var appended []lifecycle.Event
	err := s.Store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		appended = nil
		return f(ctx, changedTx{tx, func(_ context.Context, _ lifecycle.Tx, _ pkgversion.VendorID, effects []lifecycle.Effect) ([]lifecycle.Effect, error) {
			for _, e := range effects {
				if a, ok := e.(lifecycle.Append); ok {
					a.Event.Seq = first + int64(len(appended))
					appended = append(appended, a.Event)
				}
			}
			return effects, nil
		}})
	})
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.events = append(s.events, appended...)
	}
	return err
}

func (s *sequenced) View(ctx context.Context, f func(context.Context, lifecycle.Reader) error) error {
	return s.Store.View(ctx, func(ctx context.Context, r lifecycle.Reader) error { return f(ctx, sequencedReader{r, s}) })
}

type sequencedReader struct {
	lifecycle.Reader
	s *sequenced
}

func (r sequencedReader) Feed(_ context.Context, _ pkgversion.VendorID, after int64, limit int) (page []lifecycle.Event, err error) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	for _, e := range r.s.events {
		if e.Seq > after {
			page = append(page, e)
		}
	}
	slices.SortFunc(page, func(a, b lifecycle.Event) int { return int(a.Seq - b.Seq) })
	return page[:min(len(page), limit)], nil
}

// repeatEffects writes once more what may have been written.
func repeatEffects(s lifecycle.Store) lifecycle.Store { return repeating{s} }

type repeating struct{ lifecycle.Store }

func (r repeating) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	var vendorOf pkgversion.VendorID
	var wrote []lifecycle.Effect
	err := r.Store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		wrote = nil
		return f(ctx, changedTx{tx, func(_ context.Context, _ lifecycle.Tx, vendor pkgversion.VendorID, effects []lifecycle.Effect) ([]lifecycle.Effect, error) {
			vendorOf, wrote = vendor, append(wrote, effects...)
			return effects, nil
		}})
	})
	var unknown *lifecycle.OutcomeUnknownError
	if !errors.As(err, &unknown) {
		return err
	}
	for _, e := range wrote { // each by itself, for what has been done is refused
		_ = r.Store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error { return tx.Write(ctx, vendorOf, e) })
	}
	return nil
}

// swallowErrors says that what failed has succeeded, unless it was refused.
func swallowErrors(s lifecycle.Store) lifecycle.Store { return swallowing{s} }

type swallowing struct{ lifecycle.Store }

func (s swallowing) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	refused := false
	err := s.Store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		err := f(ctx, tx)
		refused = err != nil
		return err
	})
	if refused {
		return err
	}
	return nil
}

// yesOnError takes everybody for a holder when it cannot be read who is one.
func yesOnError(s lifecycle.Store) lifecycle.Store {
	return wrapper{Store: s, reader: func(r lifecycle.Reader) lifecycle.Reader { return lenient{r} }}
}

type lenient struct{ lifecycle.Reader }

func (r lenient) Holding(ctx context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]seats.Assignment, error) {
	holding, err := r.Reader.Holding(ctx, vendor, id, users)
	if err != nil {
		return []seats.Assignment{{License: id, User: users[0]}}, nil
	}
	return holding, nil
}
