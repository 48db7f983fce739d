package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

func (s *suite) sides(id license.ID) lifecycle.Sides {
	s.Helper()
	return view(s, func(ctx context.Context, r lifecycle.Reader) (lifecycle.Sides, error) {
		return r.Sides(ctx, vendor, id)
	})
}

// PutSides writes the sides of a license that is there, at the revision that it
// expects.
func guardSides(s *suite) {
	s.mustConflict("a license that is not there", lifecycle.PutSides{Sides: fullSides(8)})
	s.mustWrite(lifecycle.PutLicense{License: plainLicense(8)}, lifecycle.PutSides{Sides: fullSides(8)})
	same(s, "Sides", s.sides(8), fullSides(8))
	s.mustConflict("sides that are there", lifecycle.PutSides{Sides: fullSides(8)})
	next := lifecycle.Sides{License: 8, Revision: 2}
	s.mustConflict("another revision", lifecycle.PutSides{Sides: next, IfRevision: 5})
	s.mustWrite(lifecycle.PutSides{Sides: next, IfRevision: 1})
	same(s, "Sides", s.sides(8), next)
}

// What the org has is that of the license too, and PutLicense leaves it as it is.
func observedIsKept(s *suite) {
	for _, known := range []license.Observed{
		fullSides(8).Observed,
		{Seats: license.Site(), HasSeats: true, Expiration: license.Never(), AsOf: day},
		{HasSeats: true, HasUsed: true, AsOf: day}, // none, which is not the same as not known
		{AsOf: day.Add(time.Minute)},
		{},
	} {
		was := s.sides(8)
		now := lifecycle.Sides{License: 8, Observed: known, Revision: was.Revision + 1}
		l := s.license(8)
		if l.ID == 0 {
			s.mustWrite(lifecycle.PutLicense{License: fullLicense(8)})
			l = s.license(8)
			same(s, "Observed of a license that was never read", l.Observed, license.Observed{})
		}
		s.mustWrite(lifecycle.PutSides{Sides: now, IfRevision: was.Revision})
		same(s, "Sides", s.sides(8), now)
		changed := l // with what the org had before
		changed.Revision++
		s.mustWrite(lifecycle.PutLicense{License: changed, IfRevision: l.Revision})
		changed.Observed = known
		same(s, "License", s.license(8), changed)
	}
}

// PutRefresh writes at the revision that it expects.
func guardRefresh(s *suite) {
	read := func() lifecycle.Refresh {
		return view(s, func(ctx context.Context, r lifecycle.Reader) (lifecycle.Refresh, error) {
			return r.Refresh(ctx, vendor, sampleRefresh().Package)
		})
	}
	s.mustConflict("a refresh that is not there", lifecycle.PutRefresh{Refresh: sampleRefresh(), IfRevision: 1})
	s.mustWrite(lifecycle.PutRefresh{Refresh: sampleRefresh()})
	same(s, "Refresh", read(), sampleRefresh())
	s.mustConflict("a refresh that is there", lifecycle.PutRefresh{Refresh: sampleRefresh()})
	next := lifecycle.Refresh{Package: sampleRefresh().Package, StartedAt: day, Revision: 2}
	s.mustWrite(lifecycle.PutRefresh{Refresh: next, IfRevision: 1})
	same(s, "Refresh", read(), next)
}

// PendingPushes and Drifting return the sides that are asked for, whatever the page
// size, with what the orgs have.
func sidesInPages(s *suite) {
	var pending, drifting []lifecycle.Sides
	due := day.Add(30 * time.Minute)
	for n := range 40 {
		id := license.ID(n*2 + 1)
		sides := lifecycle.Sides{License: id, Revision: 1, Observed: license.Observed{Used: n, HasUsed: true, AsOf: day}}
		if n%3 == 0 {
			sides.Wanted, sides.Confirmed, sides.DueAt = int64(n+2), int64(n%2), day.Add(time.Duration(n)*time.Minute)
			if !sides.DueAt.After(due) {
				pending = append(pending, sides)
			}
		}
		if since := []*time.Time{nil, &sides.StatusSince, &sides.SeatsSince, &sides.ExpirationSince, &sides.UsedSince}[n%5]; since != nil {
			*since = day
		}
		if n%3 == 0 && len(pending) > 0 && pending[len(pending)-1].License == id {
			pending[len(pending)-1] = sides
		}
		if n%5 > 0 {
			drifting = append(drifting, sides)
		}
		s.mustWrite(lifecycle.PutLicense{License: plainLicense(id)}, lifecycle.PutSides{Sides: sides})
	}
	for _, limit := range []int{1, 7, 100} {
		same(s, fmt.Sprintf("PendingPushes in pages of %d", limit), sidesPages(s, limit, func(ctx context.Context, r lifecycle.Reader, after license.ID) ([]lifecycle.Sides, error) {
			return r.PendingPushes(ctx, vendor, due, after, limit)
		}), pending)
		same(s, fmt.Sprintf("Drifting in pages of %d", limit), sidesPages(s, limit, func(ctx context.Context, r lifecycle.Reader, after license.ID) ([]lifecycle.Sides, error) {
			return r.Drifting(ctx, vendor, after, limit)
		}), drifting)
	}
}

func sidesPages(s *suite, limit int, page func(context.Context, lifecycle.Reader, license.ID) ([]lifecycle.Sides, error)) (all []lifecycle.Sides) {
	s.Helper()
	for after := license.ID(0); ; {
		found := view(s, func(ctx context.Context, r lifecycle.Reader) ([]lifecycle.Sides, error) { return page(ctx, r, after) })
		if len(found) > limit {
			s.Fatalf("a page of %d has %d", limit, len(found))
		}
		if all = append(all, found...); len(found) < limit {
			return all
		}
		after = found[len(found)-1].License
	}
}

// Left returns what PutLeft wrote and DropLeft did not take back, in pages, of one
// package.
func leftInPages(s *suite) {
	var want []lifecycle.Installation
	for n := range 9 {
		i := sampleLeft(n)
		if n == 4 {
			i.Package = pkgversion.MustPackageID("another")
		}
		s.mustWrite(lifecycle.PutLeft{Installation: i}, lifecycle.PutLeft{Installation: i})
		if n%4 != 0 {
			want = append(want, i)
		}
	}
	s.mustWrite(lifecycle.DropLeft{Installation: sampleLeft(0).ID}, lifecycle.DropLeft{Installation: sampleLeft(8).ID})
	s.mustWrite(lifecycle.DropLeft{Installation: sampleLeft(8).ID})
	for _, limit := range []int{1, 4, 100} {
		var got []lifecycle.Installation
		for after := (license.InstallationID{}); ; {
			page := view(s, func(ctx context.Context, r lifecycle.Reader) ([]lifecycle.Installation, error) {
				return r.Left(ctx, vendor, sampleLeft(1).Package, after, limit)
			})
			if got = append(got, page...); len(page) < limit {
				break
			}
			after = page[len(page)-1].ID
		}
		same(s, fmt.Sprintf("Left in pages of %d", limit), got, want)
	}
}

// Sandboxes returns the orgs that were made from one, by id.
func sandboxesOfAnOrg(s *suite) {
	production, other := pkgversion.MustOrgID("production"), pkgversion.MustOrgID("other")
	org := func(id string, from pkgversion.OrgID, revision int64) license.Org {
		return license.Org{ID: pkgversion.MustOrgID(id), Sandbox: true, Production: from, Revision: revision}
	}
	s.mustWrite(lifecycle.PutOrg{Org: org("b", production, 1)}, lifecycle.PutOrg{Org: org("a", production, 1)},
		lifecycle.PutOrg{Org: org("c", other, 1)}, lifecycle.PutOrg{Org: org("d", pkgversion.OrgID{}, 1)}, lifecycle.PutOrg{Org: license.Org{ID: production, Revision: 1}})
	of := func(id pkgversion.OrgID) []license.Org {
		return view(s, func(ctx context.Context, r lifecycle.Reader) ([]license.Org, error) {
			return r.Sandboxes(ctx, vendor, id)
		})
	}
	same(s, "Sandboxes", of(production), []license.Org{org("a", production, 1), org("b", production, 1)})
	s.mustWrite(lifecycle.PutOrg{Org: org("b", other, 2), IfRevision: 1}, lifecycle.PutOrg{Org: org("d", production, 2), IfRevision: 1})
	same(s, "Sandboxes", of(production), []license.Org{org("a", production, 1), org("d", production, 2)})
	same(s, "Sandboxes", of(other), []license.Org{org("b", other, 2), org("c", other, 1)})
}
