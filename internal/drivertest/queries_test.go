package drivertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// P10: whatever licenses there are and whatever is asked, the database answers as
// LicenseQuery.Matches and Compare say.
func TestP10LicensesAsMatches(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		store := newStore(t, driver)
		var all []license.License
		rapid.Check(t, func(rt *rapid.T) {
			l := someLicense(rt, license.ID(len(all)+1))
			mustWrite(t, store, lifecycle.PutLicense{License: l})
			all = append(all, l)
			q := someQuery(rt)
			var want, got []license.License
			for _, l := range all {
				if q.Matches(l) {
					want = append(want, l)
				}
			}
			slices.SortFunc(want, q.Compare)
			err := store.View(t.Context(), func(ctx context.Context, r lifecycle.Reader) (err error) {
				got, err = r.Licenses(ctx, vendor, q, 20)
				return err
			})
			if diff := cmp.Diff(want[:min(len(want), 20)], got); err != nil || diff != "" {
				rt.Fatalf("Licenses(%+v): %v (-want +got)\n%s", q, err, diff)
			}
		})
	})
}

var someDay = rapid.Custom(func(t *rapid.T) license.Date {
	return rapid.SampledFrom([]license.Date{{}, license.MustDate("2026-06-29"), license.MustDate("2026-06-30"), license.MustDate("2026-07-01")}).Draw(t, "day")
})

func someLicense(t *rapid.T, id license.ID) license.License {
	one := func(what string) string { return fmt.Sprint(what, rapid.IntRange(1, 2).Draw(t, what)) }
	l := newLicense(id, 3).(lifecycle.PutLicense).License
	l.Org, l.Package = pkgversion.MustOrgID(one("org")), pkgversion.MustPackageID(one("package"))
	l.Lead, l.Sandbox = lead.MustID(one("lead")), rapid.Bool().Draw(t, "sandbox")
	l.Terms.Status = license.Status(rapid.IntRange(1, 4).Draw(t, "status"))
	l.Terms.Expiration = license.LastDay(someDay.Draw(t, "last day"))
	if rapid.Bool().Draw(t, "never") {
		l.Terms.Expiration = license.Never()
	}
	return l
}

func someQuery(t *rapid.T) lifecycle.LicenseQuery {
	maybe := func(what string) string {
		if n := rapid.IntRange(0, 2).Draw(t, what); n > 0 {
			return fmt.Sprint(what, n)
		}
		return ""
	}
	q := lifecycle.LicenseQuery{
		Status: license.Status(rapid.IntRange(0, 5).Draw(t, "status")), Day: someDay.Draw(t, "on"),
		Orgs:        lifecycle.OrgKind(rapid.IntRange(0, 2).Draw(t, "orgs")),
		ExpiresFrom: someDay.Draw(t, "from"), ExpiresThrough: someDay.Draw(t, "through"),
		Order: lifecycle.LicenseOrder(rapid.IntRange(0, 1).Draw(t, "order")),
		After: lifecycle.LicenseCursor{LastDay: someDay.Draw(t, "after"), ID: license.ID(rapid.IntRange(0, 9).Draw(t, "after id"))},
	}
	_ = q.Org.UnmarshalText([]byte(maybe("org")))
	_ = q.Package.UnmarshalText([]byte(maybe("package")))
	_ = q.Lead.UnmarshalText([]byte(maybe("lead")))
	return q
}

// Every query of the Reader finds its rows by the index that is meant for it: on a
// table of many vendors and millions of rows it reads no more than it returns.
func TestQueriesUseIndexes(t *testing.T) {
	org, pack, day := pkgversion.MustOrgID("org"), pkgversion.MustPackageID("package"), license.MustDate("2026-06-30")
	last := lifecycle.LicenseCursor{LastDay: day, ID: 7}
	licenses := func(q lifecycle.LicenseQuery) func(context.Context, lifecycle.Tx) error {
		return func(ctx context.Context, tx lifecycle.Tx) error {
			_, err := tx.Licenses(ctx, vendor, q, 9)
			return err
		}
	}
	leads := func(q lifecycle.LeadQuery) func(context.Context, lifecycle.Tx) error {
		return func(ctx context.Context, tx lifecycle.Tx) error {
			_, err := tx.Leads(ctx, vendor, q, 9)
			return err
		}
	}
	users := []seats.UserID{user(1), user(2)}
	for want, run := range map[string]func(context.Context, lifecycle.Tx) error{
		"isv_licenses_1 (vendor=? AND id>?)":                                      licenses(lifecycle.LicenseQuery{}),
		"isv_licenses_by_org (vendor=? AND org=? AND id>?)":                       licenses(lifecycle.LicenseQuery{Org: org, After: last}),
		"isv_licenses_by_org_and_package (vendor=? AND org=? AND package=?":       licenses(lifecycle.LicenseQuery{Org: org, Package: pack}),
		"isv_licenses_by_package (vendor=? AND package=? AND id>?)":               licenses(lifecycle.LicenseQuery{Package: pack, After: last}),
		"isv_licenses_by_status (vendor=? AND status=? AND id>?)":                 licenses(lifecycle.LicenseQuery{Status: license.Trial, Day: day}),
		"isv_licenses_by_lead (vendor=? AND lead=? AND id>?)":                     licenses(lifecycle.LicenseQuery{Lead: lead.MustID("lead")}),
		"isv_licenses_by_contact (vendor=? AND contact=? AND id>?)":               licenses(lifecycle.LicenseQuery{Contact: lead.MustContactID("c")}),
		"isv_licenses_by_account (vendor=? AND account=? AND id>?)":               licenses(lifecycle.LicenseQuery{Account: lead.MustAccountID("a")}),
		"isv_licenses_by_last_day (vendor=? AND (last_day,id)>(?,?))":             licenses(lifecycle.LicenseQuery{Order: lifecycle.ByExpiration, After: last}),
		"isv_licenses_by_last_day (vendor=? AND last_day>? AND last_day<?)":       licenses(lifecycle.LicenseQuery{Order: lifecycle.ByExpiration, ExpiresFrom: day, ExpiresThrough: day}),
		"INDEX isv_licenses_by_last_day (vendor=? AND last_day>? AND last_day<?)": licenses(lifecycle.LicenseQuery{Status: license.Expired, Day: day, Order: lifecycle.ByExpiration}),
		"isv_licenses_by_last_day (vendor=? AND last_day>?)":                      licenses(lifecycle.LicenseQuery{Status: license.Active, Day: day, Order: lifecycle.ByExpiration}),
		"isv_leads_1 (vendor=? AND id>?)":                                         leads(lifecycle.LeadQuery{SourcePrefix: "SFDC-", After: lead.MustID("l")}),
		"isv_leads_by_owner (vendor=? AND owner=? AND id>?)":                      leads(lifecycle.LeadQuery{Owner: lead.MustOwnerID("o")}),
		"isv_leads_by_creation (vendor=? AND created_at>? AND created_at<?)":      leads(lifecycle.LeadQuery{CreatedFrom: noon, CreatedUntil: noon}),
		"l EXISTS USING INDEX isv_licenses_by_lead (vendor=? AND lead=?":          leads(lifecycle.LeadQuery{Package: pack}),
		"isv_licenses_2 (vendor=? AND installation=?)": func(ctx context.Context, tx lifecycle.Tx) error {
			_, err := tx.LicenseOf(ctx, vendor, license.MustInstallationID("i"))
			return err
		},
		"isv_versions_by_package (vendor=? AND package=?)": func(ctx context.Context, tx lifecycle.Tx) error { _, err := tx.Versions(ctx, vendor, pack); return err },
		"isv_seats USING PRIMARY KEY (vendor=? AND license=? AND user_id=? AND number=?)": func(ctx context.Context, tx lifecycle.Tx) error {
			_, err := tx.Holding(ctx, vendor, 1, users)
			return err
		},
		"isv_seats USING PRIMARY KEY (vendor=? AND license=? AND user_id>?)": func(ctx context.Context, tx lifecycle.Tx) error {
			_, err := tx.Holders(ctx, vendor, 1, user(1), 9)
			return err
		},
		"k USING PRIMARY KEY (vendor=? AND kind=? AND match_key=?": func(ctx context.Context, tx lifecycle.Tx) error {
			_, _, err := tx.LeadsUnder(ctx, vendor, []string{"key"}, 9)
			return err
		},
		"isv_leads_1 (vendor=? AND id=?)": func(ctx context.Context, tx lifecycle.Tx) error {
			_, _, err := tx.LeadsUnder(ctx, vendor, []string{"key"}, 9)
			return err
		},
		"isv_events_1 (vendor=? AND seq>?)": func(ctx context.Context, tx lifecycle.Tx) error { _, err := tx.Feed(ctx, vendor, 0, 9); return err },
		"isv_events_2 (vendor=? AND stream_kind=? AND stream_id=? AND position>?)": func(ctx context.Context, tx lifecycle.Tx) error {
			_, err := tx.History(ctx, vendor, lifecycle.Stream{}, 0, 9)
			return err
		},
		"isv_match_keys_of_record (vendor=? AND record=? AND kind=?)": func(ctx context.Context, tx lifecycle.Tx) error { return tx.Write(ctx, vendor, lifecycle.PutContact{}) },
	} {
		plans := strings.Join(plansOf(t, run), "\n")
		if !strings.Contains(plans, want) || strings.Contains(plans, "SCAN isv_") || strings.Contains(plans, "(vendor=?)") {
			t.Errorf("want %s; the plan is %s", want, plans)
		}
	}
}

// plansOf returns SQLite's plan for each statement of an Update, on a table of which it
// has no statistics. Statements that look nothing up have none.
func plansOf(t *testing.T, run func(context.Context, lifecycle.Tx) error) (plans []string) {
	t.Helper()
	file := newFile(t)
	mustWrite(t, openStore(t, openDB(t, "sqlite", file), quick),
		lifecycle.PutLead{Lead: lead.Lead{ID: lead.MustID("l"), Revision: 1}, Keys: []string{"key"}})
	db, f := openFaulty(t, "sqlite", file)
	store := openStore(t, db, quick)
	f.Record()
	if err := store.Update(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	for _, query := range f.Recorded() {
		steps, err := f.Connections()[0].Explain(t.Context(), query)
		if err != nil {
			t.Errorf("EXPLAIN %s: %v", query, err)
		}
		if len(steps) > 0 {
			plans = append(plans, strings.Join(steps, "; "))
		}
	}
	if len(plans) == 0 {
		t.Error("no statement has a plan")
	}
	return plans
}
