package lifecycle

import (
	"context"
	"errors"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// refreshPage is how many installations one step of a refresh reads and records: the
// most that is in memory at once, and that is read again after a stop.
const refreshPage = 100

// RefreshPackage asks for the refresh of a package.
type RefreshPackage struct {
	Package pkgversion.PackageID

	// AtOnce is how many orgs are read at once; 0 means 8.
	AtOnce int

	// Progress is told how far the refresh is, after each step, by the goroutine that
	// called Refresh. nil tells nobody.
	Progress func(Refresh)
}

// Refresh reads all installations of a package in their orgs and takes in what they
// have: it makes the licenses that are missing, also of installations from before the
// package was registered, takes over used seats, versions and uninstallations, and
// reports where terms differ, as [Observe] does. It overwrites no terms, and what is
// uninstalled stays so. A license whose installation is not listed is left as it is:
// that an org, or whoever lists them, says nothing of it proves nothing.
//
// A package is refreshed once in [RefreshDays] days, counted in UTC days; before that
// it is a *RefreshTooSoonError with the date of the next. A refresh that was stopped
// is gone on with by calling Refresh again, within RefreshDays of its beginning, and
// does not use up the week until it has ended. An org that cannot be read stops
// nobody else: the refresh goes on, tries it once more at the end, and is then a
// *RefreshLeftError; the next call tries those that are left alone. An org that is
// locked, deleted or disabled counts as read where the installation has its license;
// where it has none yet, and the org was not deleted, it is left, too, so that the next
// calls make the license when the org is back. Of two calls at once one goes on, and
// the other is a *RefreshTakenError. Once the package is released the refresh stops with
// a *NotFoundError.
//
// Only one step of installations is in memory at any time. An org that never answers
// would hold the refresh up: have Subscribers give up after a while.
func (m *Manager) Refresh(ctx context.Context, a Actor, s Subscribers, c RefreshPackage) (Refresh, error) {
	run := refreshing{m: m, a: a, s: s, c: c}
	if run.c.AtOnce <= 0 {
		run.c.AtOnce = atOnce
	}
	err := m.do(ctx, a, beginRefresh{c.Package}, run.read)
	if err == nil && run.is.After.IsZero() {
		err = run.forget(ctx)
	}
	if err == nil && !run.is.Listed {
		err = run.list(ctx)
	}
	if err == nil {
		err = run.tryLeft(ctx)
	}
	if err == nil {
		err = m.do(ctx, a, finishRefresh{run.is}, run.read)
		run.tell()
	}
	return run.is, err
}

// LatestRefresh returns how far the latest refresh of a package is; the zero Refresh
// where there was none.
func (m *Manager) LatestRefresh(ctx context.Context, a Actor, id pkgversion.PackageID) (Refresh, error) {
	return view(ctx, m, a, func(ctx context.Context, r Reader) (Refresh, error) { return r.Refresh(ctx, a.Vendor, id) })
}

// refreshing is a refresh at work.
type refreshing struct {
	m   *Manager
	a   Actor
	s   Subscribers
	c   RefreshPackage
	is  Refresh   // as it was last committed
	now time.Time // of the step
}

// read notes how far the refresh is, in the transaction that took it there.
func (f *refreshing) read(ctx context.Context, tx Tx, _ State, _ []Effect) (err error) {
	f.is, err = tx.Refresh(ctx, f.a.Vendor, f.c.Package)
	return err
}

func (f *refreshing) tell() {
	if f.c.Progress != nil {
		f.c.Progress(f.is)
	}
}

// forget forgets whom an earlier refresh left that was given up: whoever is still there is
// listed anew.
func (f *refreshing) forget(ctx context.Context) error {
	for {
		page, err := view(ctx, f.m, f.a, func(ctx context.Context, r Reader) ([]Installation, error) {
			return r.Left(ctx, f.a.Vendor, f.c.Package, license.InstallationID{}, refreshPage)
		})
		if err != nil || len(page) == 0 {
			return err
		}
		if err := f.m.do(ctx, f.a, advanceRefresh{To: f.is, Done: page}, f.read); err != nil {
			return err
		}
	}
}

// list reads everything that is listed after the place where the refresh is.
func (f *refreshing) list(ctx context.Context) error {
	for !f.is.Listed {
		page, err := f.s.List(ctx, f.c.Package, f.is.After, refreshPage)
		if err != nil {
			return err
		}
		to := f.is
		for _, i := range page {
			if i.ID.Compare(to.After) <= 0 {
				return &FieldError{Field: "listed installation", Value: i.ID.String(), Rule: "comes after the one before it"}
			}
			to.After = i.ID
		}
		to.Listed = len(page) < refreshPage
		if _, err := f.step(ctx, to, page, false); err != nil {
			return err
		}
	}
	return nil
}

// tryLeft tries once more those that could not be read.
func (f *refreshing) tryLeft(ctx context.Context) error {
	var after license.InstallationID
	failed := &RefreshLeftError{Package: f.c.Package}
	for {
		page, err := view(ctx, f.m, f.a, func(ctx context.Context, r Reader) ([]Installation, error) {
			return r.Left(ctx, f.a.Vendor, f.c.Package, after, refreshPage)
		})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].ID
		errs, err := f.step(ctx, f.is, page, true)
		if err != nil {
			return err
		}
		failed.Left += len(errs)
		failed.Errs = append(failed.Errs, errs[:min(len(errs), MaxRefused-len(failed.Errs))]...)
	}
	if failed.Left > 0 {
		return failed
	}
	return nil
}

// reading is what came of reading one installation.
type reading struct {
	Installation
	seen Observation
	err  error
}

// step reads a page of installations and records them, and how far the refresh is
// then, in one transaction. It returns why some are left. again says that all of the
// page had been left.
func (f *refreshing) step(ctx context.Context, to Refresh, page []Installation, again bool) ([]error, error) {
	asked, err := f.m.Now(ctx, f.a)
	if err != nil {
		return nil, err
	}
	readings := make([]reading, len(page))
	inParallel(len(page), f.c.AtOnce, func(n int) {
		i := page[n]
		i.Package = f.c.Package
		seen, err := f.s.Pull(ctx, i)
		readings[n] = reading{i, seen.askedAt(i, asked), err}
	})
	if err := ctx.Err(); err != nil {
		return nil, err // nobody is left because of that
	}
	var errs []error
	f.now = f.m.now()
	err = f.m.update(ctx, f.a, needOf(advanceRefresh{}), func(ctx context.Context, tx Tx) error {
		errs = nil
		next := advanceRefresh{To: to}
		for _, r := range readings {
			refused, err := f.record(ctx, tx, r, &next.To)
			if err != nil {
				return err
			}
			switch {
			case refused == nil && again:
				next.Done = append(next.Done, r.Installation)
			case refused != nil:
				errs = append(errs, &InstallationError{r.Installation, refused})
				if !again {
					next.Left = append(next.Left, r.Installation)
				}
			}
		}
		next.To.Failed += len(next.Left) - len(next.Done)
		_, _, refused, err := f.m.decide(ctx, tx, f.a, next, f.now)
		if err := errors.Join(refused, err); err != nil {
			return err
		}
		return f.read(ctx, tx, State{}, nil)
	})
	if err == nil {
		f.tell()
	}
	return errs, err
}

// unreached notes that the org of a reading is locked, deleted or disabled. There is nothing
// to read then of an installation that has its license; one that has none is left, for it
// gets it when the org is back. From where it was deleted nobody comes back.
func (f *refreshing) unreached(ctx context.Context, tx Tx, r reading, status license.OrgStatus, to *Refresh) (refused, err error) {
	_, _, refused, err = f.m.decide(ctx, tx, f.a, orgUnreached{Org: r.Org, Status: status}, f.now)
	if refused != nil || err != nil {
		return refused, err
	}
	l, err := tx.LicenseOf(ctx, f.a.Vendor, r.ID)
	if err != nil {
		return nil, err
	}
	if l.ID == 0 && !status.Is(license.OrgDeleted) {
		return r.err, nil
	}
	to.Read++
	to.Unreachable++
	return nil, nil
}

// record takes in one reading and counts it. It returns why it is left, or the store's
// error.
func (f *refreshing) record(ctx context.Context, tx Tx, r reading, to *Refresh) (refused, err error) {
	if gone, ok := errors.AsType[*UnreachableOrgError](r.err); ok {
		return f.unreached(ctx, tx, r, gone.Status, to)
	}
	if r.err != nil {
		return r.err, nil
	}
	s, effects, refused, err := f.m.decide(ctx, tx, f.a, Observe{Observation: r.seen}, f.now)
	if refused != nil || err != nil {
		return refused, err
	}
	to.Read++
	differs := s.Sides.Differs()
	for _, e := range effects {
		switch e := e.(type) {
		case PutLicense:
			if e.IfRevision == 0 {
				to.Made++
			}
		case PutSides:
			differs = e.Sides.Differs()
		}
	}
	if differs {
		to.Differing++
	}
	return nil, nil
}
