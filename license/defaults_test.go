package license_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
)

func TestDefaultsValidate(t *testing.T) {
	for _, test := range []struct {
		d     license.Defaults
		field string // "" when valid
	}{
		{license.Defaults{}, ""},
		{license.StandardDefaults(), ""},
		{license.Defaults{Status: license.Active}, ""},
		{license.Defaults{Status: license.Active, Days: 1}, ""},
		{license.Defaults{Status: license.Active, Days: 36600}, ""},
		{license.Defaults{Status: license.Active, Days: 36601}, "default days"},
		{license.Defaults{Status: license.Active, Days: -1}, "default days"},
		{license.Defaults{Status: license.Trial, Days: 1}, ""},
		{license.Defaults{Status: license.Trial, Days: 90, Seats: license.Site()}, ""},
		{license.Defaults{Status: license.Trial, Days: 91}, "default days"},
		{license.Defaults{Status: license.Trial}, "default days"},
		{license.Defaults{Status: license.Trial, Days: -1}, "default days"},
		{license.Defaults{Status: license.Suspended}, "default status"},
		{license.Defaults{Status: license.Uninstalled}, "default status"},
		{license.Defaults{Status: license.Expired}, "default status"},
		{license.Defaults{Days: 5}, "default status"},
		{license.Defaults{Seats: license.Site()}, "default status"},
		{license.Defaults{Status: 99}, "default status"},
	} {
		err := test.d.Validate()
		refused, _ := errors.AsType[*license.FieldError](err)
		if test.field == "" && err != nil || test.field != "" && (refused == nil || refused.Field != test.field) {
			t.Errorf("(%+v).Validate() = %v, want a *FieldError of %q", test.d, err, test.field)
		}
	}
}

// Without a word: active, site license, does not expire.
func TestZeroDefaultsAreStandard(t *testing.T) {
	want := license.Terms{Status: license.Active, Seats: license.Site(), Expiration: license.Never()}
	install := license.MustDate("2026-06-30")
	if got := (license.Defaults{}).Terms(install, install); got != want {
		t.Errorf("Defaults{}.Terms = %v, want %v", got, want)
	}
	if got := (license.Defaults{}).OrStandard(); got != license.StandardDefaults() {
		t.Errorf("Defaults{}.OrStandard() = %v", got)
	}
	given := license.Defaults{Status: license.Active, Days: 3}
	if got := given.OrStandard(); got != given {
		t.Errorf("(%v).OrStandard() = %v", given, got)
	}
	if got := license.SandboxTerms(); got != want {
		t.Errorf("SandboxTerms() = %v, want %v", got, want)
	}
}

// L7, D1: a license with the terms of valid defaults is licensed on the day of
// installation to its last day, unless its trial was used up before; a trial's last
// day counts from its start and lies within its limit.
func TestL7TermsOfDefaults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := license.Defaults{
			Status: rapid.SampledFrom([]license.Status{license.Trial, license.Active}).Draw(t, "status"),
			Days:   rapid.IntRange(0, 400).Draw(t, "days"),
			Seats:  seatCounts().Draw(t, "seats"),
		}
		if d.Validate() != nil {
			t.Skip("no defaults")
		}
		install := license.MustDate("2024-01-01").AddDays(rapid.IntRange(0, 1000).Draw(t, "install"))
		before := rapid.SampledFrom([]int{0, 0, 1, 60, 200}).Draw(t, "trial begun before")
		terms := d.Terms(install, install.AddDays(-before))
		l := license.License{Terms: terms, InstalledAt: install.Start(), TrialStart: install.AddDays(-before), OnceActive: d.Status == license.Active}

		last, ends := terms.Expiration.LastDay()
		want := install.Start().AddDate(0, 0, d.Days)
		if d.Status == license.Trial {
			want = want.AddDate(0, 0, -before)
		}
		if ends != (d.Days > 0) || ends && last.Start() != want {
			t.Fatalf("(%+v).Terms(%v, %d days before) end on %v, want %v", d, install, before, terms.Expiration, want)
		}
		if terms.Seats != d.Seats || terms.Status != d.Status {
			t.Fatalf("(%+v).Terms = %+v", d, terms)
		}
		if d.Status == license.Trial && last.After(l.TrialLimit()) {
			t.Fatalf("the trial ends on %v, past %v", last, l.TrialLimit())
		}
		noon := install.Start().Add(12 * time.Hour)
		if got, want := l.Check(license.Policy{}, license.HoldsSeat, noon).Licensed(), !ends || !last.Before(install); got != want {
			t.Fatalf("licensed on the day of installation: %t, want %t", got, want)
		}
	})
}

// Of several licenses the primary one is the first of them sorted by the rule, and
// does not depend on their order. Retired ones and permission-set licenses are not among them.
func TestPrimaryAgainstSorting(t *testing.T) {
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var all, drawn []license.License
		for id := range license.ID(rapid.IntRange(0, 5).Draw(t, "how many")) {
			l := license.License{
				ID:          id + 1,
				Sandbox:     rapid.Bool().Draw(t, "sandbox"),
				InstalledAt: time.Date(2026, 1, rapid.IntRange(1, 2).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"), 0, 0, 0, time.UTC),
				Terms: license.Terms{Status: statuses().Draw(t, "status"),
					Expiration: rapid.SampledFrom([]license.Expiration{license.Never(), license.LastDay(license.MustDate("2026-06-29")), {}}).Draw(t, "end")},
			}
			switch rapid.IntRange(0, 5).Draw(t, "counts") {
			case 0:
				l.RetiredAt = now
			case 1:
				l.PermissionSet = "plus"
			default:
				all = append(all, l)
			}
			drawn = append(drawn, l)
		}
		got, ok := license.Primary(rapid.Permutation(drawn).Draw(t, "order"), now)
		if of := license.Choose(drawn, now).Of; of != len(all) {
			t.Fatalf("Choose is of %d, want %d", of, len(all))
		}
		if len(all) == 0 {
			if ok || got != (license.License{}) {
				t.Fatalf("Primary of none = %v, %t", got, ok)
			}
			return
		}
		rank := func(l license.License) []int {
			r := []int{0, 0, -l.InstalledAt.Day(), -int(l.ID)}
			if l.Sandbox {
				r[0] = 1
			}
			if l.Terms.Status != license.Active || !l.Terms.Expiration.IsNever() {
				r[1] = 1
			}
			return r
		}
		slices.SortFunc(all, func(a, b license.License) int { return slices.Compare(rank(a), rank(b)) })
		if !ok || got != all[0] {
			t.Fatalf("Primary = %v, %t, want %v of %+v", got.ID, ok, all[0].ID, all)
		}
	})
}

func TestOrgStatus(t *testing.T) {
	for status, unreachable := range map[license.OrgStatus]bool{
		license.OrgActive: false, license.OrgDemo: false, license.OrgFree: false, license.OrgTrial: false,
		license.OrgInactive: true, license.OrgLocked: true, license.OrgDeleted: true, license.OrgDisabled: true,
		"LOCKED": true, "deleted": true, "ACTIVE": false, "": false, "Signing Up": false,
	} {
		if got := status.Unreachable(); got != unreachable {
			t.Errorf("OrgStatus(%q).Unreachable() = %t, want %t", status, got, unreachable)
		}
	}
	if !license.OrgStatus("ACTIVE").Is(license.OrgActive) || license.OrgActive.Is(license.OrgFree) {
		t.Error("Is does not fold case, or folds too much")
	}
}
