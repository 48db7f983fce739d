package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// atOnce is how many orgs are asked at once.
const atOnce = 8

// ReleasePackage ends the registration of a package; see [ReleasePackage].
func (m *Manager) ReleasePackage(ctx context.Context, a Actor, c ReleasePackage) error {
	return m.do(ctx, a, c, nil)
}

// Observe takes in what was read in a subscriber org; see [Observe]. It returns the
// license of the installation, the zero License where it has none.
func (m *Manager) Observe(ctx context.Context, a Actor, c Observe) (license.License, error) {
	return m.changed(ctx, a, c)
}

// Sides returns how the two sides of a license stand; the zero Sides where its org
// was never read and nothing was to be pushed. A license that is not there is a
// *NotFoundError.
func (m *Manager) Sides(ctx context.Context, a Actor, id license.ID) (Sides, error) {
	b, err := m.bothSides(ctx, a, id)
	return b.sides, err
}

// bothSides is a license with its Sides and the registration of its package, as they
// were at an instant.
type bothSides struct {
	license license.License
	sides   Sides
	of      Registration
	at      time.Time
}

func (m *Manager) bothSides(ctx context.Context, a Actor, id license.ID) (bothSides, error) {
	now := m.now()
	return view(ctx, m, a, func(ctx context.Context, r Reader) (b bothSides, err error) {
		b.license, err = r.License(ctx, a.Vendor, id)
		if err == nil && b.license.ID == 0 {
			err = &NotFoundError{Kind: "license", ID: id.String()}
		}
		if err == nil {
			b.sides, err = r.Sides(ctx, a.Vendor, id)
		}
		if err == nil {
			b.of, err = r.Package(ctx, a.Vendor, b.license.Package)
		}
		if err == nil {
			b.at, err = r.Clock(ctx, a.Vendor)
		}
		b.at = clockAt(now, b.at)
		return b, err
	})
}

// Drift is a license that the vendor and the subscriber org have differently.
type Drift struct {
	License     license.License
	Sides       Sides
	Differences []license.Difference // who has what, and since when
}

// Drifts yields the licenses whose sides differ, by number, each as one snapshot has
// it: those whose org was read and found to differ, as far as they still do and are not
// retired. It reads page by page like Licenses. The first error ends it.
//
// A difference is found by reading the org. It ends by reading it again, by new terms, and
// with the uninstallation, and that is recorded as a [DriftEnded]; seats that are assigned
// or revoked end it here alone, until the org is read again.
//
// Feature parameters are not among these values: [Manager.LicenseParameters] tells which of
// a license drift, and [OnDrift] alerts of any.
func (m *Manager) Drifts(ctx context.Context, a Actor) iter.Seq2[Drift, error] {
	return func(yield func(Drift, error) bool) {
		after := license.ID(0)
		differing := func(d Drift, err error) bool {
			agrees := len(d.Differences) == 0 || !d.License.RetiredAt.IsZero()
			return err == nil && agrees || yield(d, err)
		}
		pages(ctx, m, a, differing, func(ctx context.Context, r Reader) ([]Drift, error) {
			return readDrifts(ctx, r, a.Vendor, after)
		}, func(last Drift) { after = last.License.ID })
	}
}

func readDrifts(ctx context.Context, r Reader, vendor pkgversion.VendorID, after license.ID) ([]Drift, error) {
	sides, err := r.Drifting(ctx, vendor, after, pageSize)
	if err != nil {
		return nil, err
	}
	drifts := make([]Drift, len(sides))
	for i, s := range sides {
		l, err := r.License(ctx, vendor, s.License)
		if err != nil {
			return nil, err
		}
		drifts[i] = Drift{License: l, Sides: s, Differences: s.Differences(l)}
	}
	return drifts, nil
}

// Pull reads what the subscriber org of a license has now, and takes it in.
func (m *Manager) Pull(ctx context.Context, a Actor, s Subscribers, id license.ID) (license.License, error) {
	if err := m.permit(ctx, a, needOf(Observe{})); err != nil {
		return license.License{}, err
	}
	b, err := m.bothSides(ctx, a, id)
	if err != nil {
		return license.License{}, err
	}
	i := installationOf(b.license)
	o, err := s.Pull(ctx, i)
	if err != nil {
		return license.License{}, errors.Join(&InstallationError{i, err}, m.noteUnreached(ctx, a, i, err))
	}
	return m.Observe(ctx, a, Observe{Observation: o.askedAt(i, b.at)})
}

func installationOf(l license.License) Installation {
	return Installation{ID: l.Installation, Org: l.Org, Package: l.Package}
}

// askedAt returns o as what an org answered that was asked at an instant about i. Where
// the org does not say as of when it is, it is as of then and not of its arrival: what
// became known of the org while the answer was on its way is newer.
func (o Observation) askedAt(i Installation, at time.Time) Observation {
	o.Installation = i
	if o.Values.AsOf.IsZero() {
		o.Values.AsOf = at
	}
	return o
}

// noteUnreached remembers that an org cannot be reached, where err says so.
func (m *Manager) noteUnreached(ctx context.Context, a Actor, i Installation, err error) error {
	if gone, ok := errors.AsType[*UnreachableOrgError](err); ok {
		return m.do(ctx, a, orgUnreached{Org: i.Org, Status: gone.Status}, nil)
	}
	return nil
}

// PendingPush is a license whose terms its org is yet to be given. Sides says how often
// that was tried, and when it is tried next.
type PendingPush struct {
	License license.License
	Sides   Sides
}

// PendingPushes yields the licenses whose terms are yet to be pushed, or yet to be
// confirmed by their orgs, by number, whether they are due or not, each as one snapshot
// has it. Those that PushPending would not push any more are left out. It reads page by
// page like Licenses. The first error ends it.
func (m *Manager) PendingPushes(ctx context.Context, a Actor) iter.Seq2[PendingPush, error] {
	return func(yield func(PendingPush, error) bool) {
		now, err := m.Now(ctx, a)
		if err != nil {
			yield(PendingPush{}, err)
			return
		}
		after := license.ID(0)
		pushed := func(b bothSides, err error) bool {
			return err == nil && !isPushed(b.license, b.of) || yield(PendingPush{b.license, b.sides}, err)
		}
		pages(ctx, m, a, pushed, func(ctx context.Context, r Reader) ([]bothSides, error) {
			return readPending(ctx, r, a.Vendor, now.Add(longestPushWait), after)
		}, func(last bothSides) { after = last.license.ID })
	}
}

func readPending(ctx context.Context, r Reader, vendor pkgversion.VendorID, due time.Time, after license.ID) ([]bothSides, error) {
	sides, err := r.PendingPushes(ctx, vendor, due, after, pageSize)
	if err != nil {
		return nil, err
	}
	all := make([]bothSides, len(sides))
	of := map[pkgversion.PackageID]Registration{}
	for i, s := range sides {
		l, err := r.License(ctx, vendor, s.License)
		if err != nil {
			return nil, err
		}
		if _, read := of[l.Package]; !read {
			if of[l.Package], err = r.Package(ctx, vendor, l.Package); err != nil {
				return nil, err
			}
		}
		all[i] = bothSides{license: l, sides: s, of: of[l.Package]}
	}
	return all, nil
}

// PushReport says what became of terms that were to be pushed.
type PushReport struct {
	Pushed int     // orgs that took them
	Failed int     // orgs that did not, and are tried again later
	Errs   []error // why, each an *InstallationError; the first MaxRefused
}

// PushPending pushes the terms that subscriber orgs do not have yet and that are due:
// those of licenses that were modified under [Rules].Push, and those that an org did not
// take before, each time after twice as long, from a minute to a day. Run it every
// minute or so, from as many places as you like.
//
// A change of terms is committed together with the mark that it is to be pushed, and
// the mark is taken back with the org's answer. So a stop at any place leaves a mark,
// and the push is made again; made twice it is made once, for it carries the
// revision of the license. Until an org has taken the terms PendingPushes tells; Drifts
// does so only of orgs that were read since and found to have others.
//
// Where nobody is left to push to nothing is sent, and the mark is taken back: a license
// that is uninstalled or retired, or of a package that was released. Terms that an org did
// not get before it does not get after the license or the package came back either; a
// refresh shows the difference.
//
// An error is the store's. What the orgs said is in the report.
func (m *Manager) PushPending(ctx context.Context, a Actor, s Subscribers) (PushReport, error) {
	var report PushReport
	if err := m.permit(ctx, a, needOf(Observe{})); err != nil {
		return report, err
	}
	due, err := m.Now(ctx, a)
	for after := license.ID(0); err == nil; {
		var page []Sides
		page, err = view(ctx, m, a, func(ctx context.Context, r Reader) ([]Sides, error) {
			return r.PendingPushes(ctx, a.Vendor, due, after, pageSize)
		})
		if err != nil || len(page) == 0 {
			break
		}
		after = page[len(page)-1].License
		err = m.pushAll(ctx, a, s, page, &report)
	}
	return report, err
}

func (m *Manager) pushAll(ctx context.Context, a Actor, s Subscribers, page []Sides, report *PushReport) error {
	errs, sent := make([]error, len(page)), make([]bool, len(page))
	inParallel(len(page), atOnce, func(n int) { _, sent[n], errs[n] = m.push(ctx, a, s, page[n].License) })
	for n, err := range errs {
		_, refused := errors.AsType[*InstallationError](err)
		switch {
		case err == nil && !sent[n]:
		case err == nil:
			report.Pushed++
		case !refused:
			return err
		default:
			if report.Failed++; len(report.Errs) < MaxRefused {
				report.Errs = append(report.Errs, err)
			}
		}
	}
	return ctx.Err()
}

// Push pushes the terms of one license, if they are pending, due or not, and returns
// the license with what its org has then. That the org did not take them is an
// *InstallationError; they stay pending. Where nobody is left to push to it sends
// nothing; see PushPending.
func (m *Manager) Push(ctx context.Context, a Actor, s Subscribers, id license.ID) (license.License, error) {
	l, _, err := m.push(ctx, a, s, id)
	return l, err
}

// push is Push. It reports whether the org was asked, too.
func (m *Manager) push(ctx context.Context, a Actor, s Subscribers, id license.ID) (license.License, bool, error) {
	if err := m.permit(ctx, a, needOf(Observe{})); err != nil {
		return license.License{}, false, err
	}
	b, err := m.bothSides(ctx, a, id)
	if err != nil || !b.sides.PushPending() {
		return b.license, false, err
	}
	failed := pushFailed{License: id, Revision: b.sides.Wanted}
	if !isPushed(b.license, b.of) {
		return b.license, false, m.do(ctx, a, failed, nil) // it takes the mark back
	}
	l, err := m.pushTerms(ctx, a, s, b)
	if refused, ok := errors.AsType[*InstallationError](err); ok {
		unnoted := errors.Join(m.do(ctx, a, failed, nil), m.noteUnreached(ctx, a, refused.Installation, refused.Err))
		return license.License{}, true, cmp.Or(unnoted, err)
	}
	return l, true, err
}

// pushTerms gives the org of a license its terms, and takes in what the org has then.
// That the org did not take them, or that its answer cannot be taken in, is an
// *InstallationError.
func (m *Manager) pushTerms(ctx context.Context, a Actor, s Subscribers, b bothSides) (license.License, error) {
	i, revision := installationOf(b.license), b.sides.Wanted
	o, err := s.Push(ctx, Push{Installation: i, Vendor: a.Vendor, License: b.license.ID, Terms: b.license.Terms, Revision: revision})
	if ctx.Err() != nil {
		return license.License{}, ctx.Err()
	}
	if err != nil {
		return license.License{}, &InstallationError{i, err}
	}
	l, err := m.Observe(ctx, a, Observe{Observation: o.askedAt(i, b.at), Pushed: revision})
	if isRefusal(err) {
		err = &InstallationError{i, err}
	}
	return l, err
}

// isRefusal reports whether Apply refused an observation, as opposed to the store
// having failed.
func isRefusal(err error) bool {
	_, field := errors.AsType[*FieldError](err)
	_, exists := errors.AsType[*ExistsError](err)
	_, absent := errors.AsType[*NotFoundError](err)
	return field || exists || absent
}

// inParallel calls f with 0 to n-1, at most width calls at once.
func inParallel(n, width int, f func(int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(n, width) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// Primary returns the license that counts of an org's licenses of a package, and the
// rule that set it before the one that came closest; Check asks the same one. An org
// without a license of the package has the zero Choice. A package that the vendor
// does not have is a *NotFoundError.
func (m *Manager) Primary(ctx context.Context, a Actor, org pkgversion.OrgID, pkg pkgversion.PackageID) (license.Choice, error) {
	now := m.now()
	return view(ctx, m, a, func(ctx context.Context, r Reader) (license.Choice, error) {
		p, err := r.Package(ctx, a.Vendor, pkg)
		if err == nil && !p.IsRegistered() {
			err = &NotFoundError{Kind: "package", ID: pkg.String()}
		}
		if err != nil {
			return license.Choice{}, err
		}
		highest, err := r.Clock(ctx, a.Vendor)
		if err != nil {
			return license.Choice{}, err
		}
		q := question{ctx: ctx, r: r, vendor: a.Vendor, now: clockAt(now, highest)}
		return q.choose(org, pkg)
	})
}
