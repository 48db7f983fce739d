package storetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// manyLicenses returns licenses that differ in everything that a query asks for.
func manyLicenses() []license.License {
	var all []license.License
	for n := range 120 {
		l := plainLicense(license.ID(n*3 + 1))
		l.Org = pkgversion.MustOrgID(fmt.Sprintf("org-%d", n%7))
		l.Package = pkgversion.MustPackageID(fmt.Sprintf("package-%d", n%3))
		l.Sandbox = n%5 == 0
		l.Terms.Status = license.Status(1 + n%4)
		if n%4 != 2 {
			l.Terms.Expiration = license.LastDay(license.MustDate("2026-06-01").AddDays((n * 13) % 60))
		}
		if n%6 == 0 {
			l.Lead = lead.MustID(fmt.Sprintf("lead-%d", n%12))
			l.Contact = lead.MustContactID(fmt.Sprintf("contact-%d", n%18))
			l.Account = lead.MustAccountID(fmt.Sprintf("account-%d", n%24))
		}
		if n%4 == 3 {
			l.PermissionSet = "set"
		}
		if n%11 == 0 {
			l.RetiredAt = day
		}
		all = append(all, l)
	}
	return all
}

// Licenses returns what the query matches, in its order, whatever the page size.
func licensesAsQueried(s *suite) {
	all := manyLicenses()
	for _, l := range all {
		s.mustWrite(lifecycle.PutLicense{License: l})
	}
	date := license.MustDate
	for _, q := range []lifecycle.LicenseQuery{
		{},
		{Order: lifecycle.ByExpiration},
		{Org: all[3].Org},
		{Org: all[3].Org, Package: all[3].Package},
		{Org: all[3].Org, Order: lifecycle.ByExpiration},
		{Package: all[1].Package},
		{Status: license.Suspended},
		{Status: license.Active, Order: lifecycle.ByExpiration},
		{Status: license.Expired, Day: date("2026-07-01")},
		{Status: license.Active, Day: date("2026-06-15"), Order: lifecycle.ByExpiration},
		{Orgs: lifecycle.SandboxOrgs},
		{Kind: lifecycle.PackageLicenses},
		{Kind: lifecycle.PermissionSetLicenses, Org: all[3].Org, Order: lifecycle.ByExpiration},
		{Retired: lifecycle.AndRetired},
		{Retired: lifecycle.OnlyRetired, Order: lifecycle.ByExpiration},
		{Orgs: lifecycle.ProductionOrgs, Package: all[2].Package},
		{ExpiresFrom: date("2026-06-10")},
		{ExpiresFrom: date("2026-06-10"), ExpiresThrough: date("2026-06-20"), Order: lifecycle.ByExpiration},
		{ExpiresThrough: date("2026-06-10"), Status: license.Trial},
		{Lead: lead.MustID("lead-6")},
		{Contact: lead.MustContactID("contact-0")},
		{Account: lead.MustAccountID("account-12"), Order: lifecycle.ByExpiration},
		{Org: pkgversion.MustOrgID("nobody")},
		{After: lifecycle.CursorAfter(all[50])},
	} {
		var want []license.License
		for _, l := range all {
			if q.Matches(l) {
				want = append(want, l)
			}
		}
		slices.SortFunc(want, q.Compare)
		for _, page := range []int{1, 7, 1000} {
			same(s, fmt.Sprintf("Licenses(%+v) in pages of %d", q, page), s.licensePages(q, page), want)
		}
	}
	same(s, "Licenses with limit 0", len(s.licensePage(lifecycle.LicenseQuery{}, 0)), 0)
}

func (s *suite) licensePage(q lifecycle.LicenseQuery, limit int) []license.License {
	s.Helper()
	return view(s, func(ctx context.Context, r lifecycle.Reader) ([]license.License, error) {
		return r.Licenses(ctx, vendor, q, limit)
	})
}

func (s *suite) licensePages(q lifecycle.LicenseQuery, limit int) (all []license.License) {
	s.Helper()
	for {
		page := s.licensePage(q, limit)
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		q.After = lifecycle.CursorAfter(page[len(page)-1])
	}
}

// Leads returns what the query matches, by id.
func leadsAsQueried(s *suite) {
	var all []lead.Lead
	named := map[lead.ID]bool{}
	for n := range 60 {
		l := lead.Lead{
			ID: lead.MustID(fmt.Sprintf("lead-%02d", (n*7)%60)), Revision: 1, CreatedAt: day.Add(time.Duration(n) * time.Hour),
			Source: []string{lead.PackageInstallation, "SFDC-IN|Listing", "SFDC-dup-IN|Listing", "50%_off"}[n%4],
			Owner:  lead.MustOwnerID(fmt.Sprintf("owner-%d", n%3)),
		}
		if n%5 == 0 {
			l.Conversion = sampleLead().Conversion
		}
		s.mustWrite(lifecycle.PutLead{Lead: l})
		if n%2 == 0 {
			named[l.ID] = true
			license := plainLicense(license.ID(n + 1))
			license.Lead = l.ID
			s.mustWrite(lifecycle.PutLicense{License: license})
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b lead.Lead) int { return a.ID.Compare(b.ID) })
	for _, q := range []lifecycle.LeadQuery{
		{},
		{SourcePrefix: "SFDC-"},
		{SourcePrefix: "50%"},
		{SourcePrefix: "5_"},
		{SourcePrefix: "sfdc"},
		{Owner: lead.MustOwnerID("owner-1")},
		{State: lifecycle.OpenLeads},
		{State: lifecycle.ConvertedLeads, Owner: lead.MustOwnerID("owner-0")},
		{CreatedFrom: day.Add(10 * time.Hour), CreatedUntil: day.Add(20 * time.Hour)},
		{Package: plainLicense(1).Package},
		{Package: pkgversion.MustPackageID("other")},
		{After: lead.MustID("lead-30"), State: lifecycle.OpenLeads},
	} {
		var want []lead.Lead
		for _, l := range all {
			if q.Matches(l) && (q.Package.IsZero() || q.Package == plainLicense(1).Package && named[l.ID]) {
				want = append(want, l)
			}
		}
		for _, limit := range []int{7, 1000} {
			same(s, fmt.Sprintf("Leads(%+v) in pages of %d", q, limit), s.leadPages(q, limit), want)
		}
	}
}

func (s *suite) leadPages(q lifecycle.LeadQuery, limit int) (all []lead.Lead) {
	s.Helper()
	for {
		page := view(s, func(ctx context.Context, r lifecycle.Reader) ([]lead.Lead, error) {
			return r.Leads(ctx, vendor, q, limit)
		})
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		q.After = page[len(page)-1].ID
	}
}

type foundLeads struct {
	IDs []string
	N   int
}

func (s *suite) leadsUnder(limit int, keys ...string) foundLeads {
	s.Helper()
	return view(s, func(ctx context.Context, r lifecycle.Reader) (found foundLeads, err error) {
		leads, n, err := r.LeadsUnder(ctx, vendor, keys, limit)
		for _, l := range leads {
			found.IDs = append(found.IDs, l.ID.String())
		}
		found.N = n
		return found, err
	})
}

// Records are found under their keys, each once, and no more under those that were
// replaced.
func matchKeys(s *suite) {
	put := func(n int, revision int64, keys ...string) {
		s.Helper()
		l := lead.Lead{ID: lead.MustID(fmt.Sprintf("lead-%d", n)), Revision: revision + 1, CreatedAt: day}
		s.mustWrite(lifecycle.PutLead{Lead: l, IfRevision: revision, Keys: keys})
	}
	put(1, 0, "a", "b")
	put(2, 0, "b")
	put(3, 0, "c", odd)
	same(s, "under b", s.leadsUnder(9, "b"), foundLeads{[]string{"lead-1", "lead-2"}, 2})
	same(s, "under a and b", s.leadsUnder(9, "a", "b"), foundLeads{[]string{"lead-1", "lead-2"}, 2})
	same(s, "at most one", s.leadsUnder(1, "b"), foundLeads{[]string{"lead-1"}, 2})
	same(s, "under no key", s.leadsUnder(9), foundLeads{})
	same(s, "under odd text", s.leadsUnder(9, odd), foundLeads{[]string{"lead-3"}, 1})
	same(s, "under B", s.leadsUnder(9, "B"), foundLeads{})
	put(1, 1, "c")
	same(s, "under a", s.leadsUnder(9, "a"), foundLeads{})
	same(s, "under c", s.leadsUnder(9, "c", "c"), foundLeads{[]string{"lead-1", "lead-3"}, 2})
	put(1, 2)
	same(s, "under c", s.leadsUnder(9, "c"), foundLeads{[]string{"lead-3"}, 1})

	s.mustWrite(lifecycle.PutContact{Contact: sampleContact(), Keys: []string{"b"}})
	s.mustWrite(lifecycle.PutContact{Contact: sampleContact(), Keys: []string{"c"}})
	contacts := func(key string) int {
		return view(s, func(ctx context.Context, r lifecycle.Reader) (int, error) {
			found, n, err := r.ContactsUnder(ctx, vendor, []string{key}, 9)
			if len(found) != n {
				s.Errorf("ContactsUnder(%q) = %d contacts, counts %d", key, len(found), n)
			}
			return n, err
		})
	}
	same(s, "contacts under b", contacts("b"), 0)
	same(s, "contacts under c", contacts("c"), 1)
}
