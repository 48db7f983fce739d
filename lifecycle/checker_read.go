package lifecycle

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// snapshot is what was read of a store at one moment.
type snapshot struct {
	last     Event // of the feed
	clock    time.Time
	packages []Registration
	kept     map[place][]keptLicense
}

// viewAll reads in one snapshot, for who may read. Of an actor who is bound to an org it
// reads the whole feed, or it would miss what changes of packages; nothing of other orgs
// is kept.
func viewAll[T any](ctx context.Context, c *Checker, read func(context.Context, Reader) (T, error)) (T, error) {
	var result T
	if err := c.m.permit(ctx, c.a, viewing); err != nil {
		return result, err
	}
	err := c.m.store.View(ctx, func(ctx context.Context, r Reader) (err error) {
		result, err = read(ctx, r)
		return err
	})
	return orZero(result, err)
}

// readAll reads what the Checker serves from the start, and what it serves beside it
// since it was asked for.
func (c *Checker) readAll(ctx context.Context) error {
	began := c.m.now()
	var queries []LicenseQuery
	if !c.onDemand {
		queries = append(queries, LicenseQuery{Org: c.scope.org, Package: c.scope.pkg})
	}
	for cell := range c.cells.Load().all {
		if !c.covers(cell.place) {
			queries = append(queries, LicenseQuery{Org: cell.org, Package: cell.pkg})
		}
	}
	s, err := c.readSnapshot(ctx, queries...)
	if err != nil {
		return err
	}
	c.replaceAll(s)
	c.know(began, s.clock)
	return nil
}

// replaceAll makes a snapshot all that is known.
func (c *Checker) replaceAll(s snapshot) {
	f := &c.follower
	f.last, f.of = s.last, map[license.ID]*cell{}
	registered := make(map[pkgversion.PackageID]license.Policy, len(s.packages))
	for _, r := range s.packages {
		if r.IsRegistered() {
			registered[r.Package.ID] = r.Policy
		}
	}
	c.registered.Store(&registered)
	for cell := range c.cells.Load().all {
		cell.kept, cell.through = nil, 0
		f.changed[cell] = true
	}
	for p, kept := range s.kept {
		c.fill(c.cellFor(p), kept, 0)
	}
	c.publish()
}

// fill puts what was read into a cell.
func (c *Checker) fill(cell *cell, kept []keptLicense, through int64) {
	cell.kept, cell.through = kept, through
	for _, k := range kept {
		c.follower.of[k.id] = cell
	}
	c.follower.changed[cell] = true
}

// startOver reads everything again, after a pause by chance: others may have to as well.
func (c *Checker) startOver(ctx context.Context) error {
	timer := time.NewTimer(rand.N(max(c.maxAge/4, time.Millisecond)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	}
	if err := c.readAll(ctx); err != nil {
		return err
	}
	return c.catchUp(ctx)
}

// readSnapshot reads what queries ask for. Events that were committed but are not numbered
// yet may be in it and come again; that changes nothing once all of them have come.
func (c *Checker) readSnapshot(ctx context.Context, queries ...LicenseQuery) (snapshot, error) {
	if err := c.m.number(ctx, c.a); err != nil {
		return snapshot{}, err
	}
	return viewAll(ctx, c, func(ctx context.Context, r Reader) (s snapshot, err error) {
		if s.last, err = endOfFeed(ctx, r, c.a.Vendor); err != nil {
			return s, err
		}
		if s.clock, err = r.Clock(ctx, c.a.Vendor); err != nil {
			return s, err
		}
		if s.packages, err = r.Packages(ctx, c.a.Vendor); err != nil {
			return s, err
		}
		s.kept = map[place][]keptLicense{}
		for _, q := range queries {
			if err = readLicenses(ctx, r, c.a.Vendor, q, s.kept); err != nil {
				return s, err
			}
		}
		return s, nil
	})
}

func readLicenses(ctx context.Context, r Reader, vendor pkgversion.VendorID, q LicenseQuery, into map[place][]keptLicense) error {
	for {
		page, err := r.Licenses(ctx, vendor, q, pageSize)
		if err != nil {
			return err
		}
		for _, l := range page {
			holders, err := readHolders(ctx, r, vendor, l)
			if err != nil {
				return err
			}
			p := place{l.Org, l.Package}
			into[p] = append(into[p], keep(l, holders))
		}
		if len(page) < pageSize {
			return nil
		}
		q.After = CursorAfter(page[len(page)-1])
	}
}

// readHolders reads who holds a seat of l, many at a time: there can be 99,000,000.
func readHolders(ctx context.Context, r Reader, vendor pkgversion.VendorID, l license.License) (seats.Set, error) {
	const atOnce = 20_000
	var set seats.SetBuilder
	for after := (seats.UserID{}); l.Holders > 0; {
		page, err := r.Holders(ctx, vendor, l.ID, after, atOnce)
		if err != nil {
			return seats.Set{}, err
		}
		for _, a := range page {
			set.Add(a.User)
		}
		if len(page) < atOnce {
			break
		}
		after = page[len(page)-1].User
	}
	return set.Set(), nil
}

// endOfFeed returns the last numbered event, the zero Event where there is none. It feels
// its way: in steps that double while there is something behind, then halve.
func endOfFeed(ctx context.Context, r Reader, vendor pkgversion.VendorID) (last Event, err error) {
	growing := true
	for step := int64(1); step > 0; {
		found, err := r.Feed(ctx, vendor, last.Seq+step-1, 1)
		if err != nil {
			return Event{}, err
		}
		if len(found) > 0 {
			last = found[0]
		} else {
			growing = false
		}
		if growing {
			step *= 2
		} else {
			step /= 2
		}
	}
	return last, nil
}

// read reads the place of a load and hands it to the follower.
func (c *Checker) read(l *load) {
	select {
	case c.reading <- struct{}{}:
		defer func() { <-c.reading }()
	case <-c.running.Done():
		return
	}
	if l.cell, l.err = c.readCell(l.place); l.err != nil {
		c.finish(l)
		return
	}
	select {
	case c.loaded <- l:
	case <-c.running.Done():
	}
}

func (c *Checker) readCell(p place) (_ *cell, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("lifecycle: reading broke down: panic of a %T", reason)
		}
	}()
	s, err := c.readSnapshot(c.running, LicenseQuery{Org: p.org, Package: p.pkg})
	if err != nil {
		return nil, err
	}
	fresh := newCell(p)
	fresh.kept, fresh.through = s.kept[p], s.last.Seq
	return fresh, nil
}

// adopt takes in what was read aside: to it are applied the events that were applied to
// the rest since then.
func (c *Checker) adopt(ctx context.Context) error {
	for _, l := range c.follower.adopted {
		c.fill(l.cell, l.cell.kept, l.cell.through)
		for after := l.cell.through; after < c.follower.last.Seq; {
			page, err := viewAll(ctx, c, func(ctx context.Context, r Reader) ([]Event, error) {
				return r.Feed(ctx, c.a.Vendor, after, pageSize)
			})
			if err != nil {
				return err
			}
			for _, e := range page {
				if e.Seq <= c.follower.last.Seq && c.concerns(e, l) {
					c.applyEvent(e)
				}
				after = e.Seq
			}
			if len(page) < pageSize {
				break
			}
		}
	}
	c.publish()
	return nil
}

// concerns reports whether e is about the licenses of a load.
func (c *Checker) concerns(e Event, l *load) bool {
	switch change := e.Change.(type) {
	case LicenseChanged:
		return place{change.After.Org, change.After.Package} == l.place
	case SeatsAssigned:
		return c.follower.of[change.License] == l.cell
	case SeatsRevoked:
		return c.follower.of[change.License] == l.cell
	}
	return false
}
