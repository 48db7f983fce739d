package lifecycle

import (
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// beginRefresh begins the refresh of a package, or finds one to go on with: one that
// began less than RefreshDays ago.
func (d *decision) beginRefresh(c beginRefresh) error {
	if err := d.refreshable(c.Package); err != nil {
		return err
	}
	today := license.DateOf(d.Now)
	if d.Refresh.UnderWay() && today.Before(license.DateOf(d.Refresh.StartedAt).AddDays(RefreshDays)) {
		return nil
	}
	d.saveRefresh(Refresh{Package: c.Package, StartedAt: d.Now}, nil, nil)
	return nil
}

func (d *decision) refreshable(id pkgversion.PackageID) error {
	if err := d.registered(id); err != nil {
		return err
	}
	if next := d.Package.NextRefresh(); !next.IsZero() && license.DateOf(d.Now).Before(next) {
		return &RefreshTooSoonError{Package: id, Last: d.Package.LastRefresh, Next: next}
	}
	return nil
}

// advanceRefresh notes how far a refresh got, unless somebody else took it on, or the
// package was released meanwhile.
func (d *decision) advanceRefresh(c advanceRefresh) error {
	if err := firstError(func() error { return d.registered(c.To.Package) }, func() error { return d.taken(c.To) }); err != nil {
		return err
	}
	for _, i := range c.Left {
		d.effects = append(d.effects, PutLeft{i})
	}
	for _, i := range c.Done {
		d.effects = append(d.effects, DropLeft{i.ID})
	}
	d.saveRefresh(c.To, c.Left, c.Done)
	return nil
}

func (d *decision) taken(r Refresh) error {
	if !d.Refresh.UnderWay() || d.Refresh.Revision != r.Revision {
		return &RefreshTakenError{Package: r.Package}
	}
	return nil
}

// finishRefresh ends a refresh that left nothing. It uses up the week: of several at
// once the first to end counts.
func (d *decision) finishRefresh(c finishRefresh) error {
	if err := d.refreshable(c.Refresh.Package); err != nil {
		return err
	}
	if err := d.taken(c.Refresh); err != nil {
		return err
	}
	done := c.Refresh
	done.FinishedAt = d.Now
	d.saveRefresh(done, nil, nil)
	r := d.Package
	r.LastRefresh = license.DateOf(d.Now)
	d.savePackage(r)
	return nil
}

func (d *decision) saveRefresh(r Refresh, left, done []Installation) {
	r.Revision = d.Refresh.Revision + 1
	d.do(PutRefresh{Refresh: r, IfRevision: d.Refresh.Revision}, RefreshAdvanced{Before: d.Refresh, After: r, Left: left, Done: done})
}
