package license_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
)

// precedence is the fixed order of reasons, the headline first: written out here
// so that a change of the constants' order is noticed.
var precedence = []license.Reason{
	license.DeniedUnknown, license.DeniedUninstalled, license.DeniedSuspended, license.DeniedNotStarted,
	license.DeniedExpired, license.DeniedNoSeat,
	license.GrantedGrace, license.GrantedOverAllocated, license.GrantedTrial, license.GrantedPermissionSet, license.GrantedSite, license.Granted,
}

const denials = 6 // the first so many of precedence

// slowCheck is the rule of a license check, read aloud: every cause that holds,
// the first the headline. ends is the end of the last day, graceEnds that of the
// last day of grace; zero where there is none.
func slowCheck(l license.License, seat license.Seat, now, ends, graceEnds time.Time) []license.Reason {
	status, terms := l.Terms.Status.String(), l.Terms
	if !slices.Contains([]string{"Trial", "Active", "Suspended", "Uninstalled"}, status) {
		return []license.Reason{license.DeniedUnknown}
	}
	_, hasLastDay := terms.Expiration.LastDay()
	endless := terms.Expiration.IsNever() && status != "Trial"
	count, counted := terms.Seats.Count()

	begun := true
	if !l.InstalledAt.IsZero() {
		year, month, day := l.InstalledAt.UTC().Date()
		begun = !now.Before(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
	}
	pastLastDay := !endless && (!hasLastDay || !now.Before(ends))
	expired := !endless && (!hasLastDay || !now.Before(graceEnds))

	holds := map[license.Reason]bool{
		license.DeniedUninstalled: status == "Uninstalled",
		license.DeniedSuspended:   status == "Suspended",
		license.DeniedNotStarted:  !begun,
		license.DeniedExpired:     expired,
		license.DeniedNoSeat:      counted && seat == license.NoSeat,
	}
	if !slices.Contains([]bool{holds[license.DeniedUninstalled], holds[license.DeniedSuspended], holds[license.DeniedNotStarted],
		holds[license.DeniedExpired], holds[license.DeniedNoSeat]}, true) {
		holds[license.GrantedGrace] = pastLastDay
		holds[license.GrantedOverAllocated] = counted && l.Holders > count
		holds[license.GrantedTrial] = status == "Trial"
		holds[license.GrantedPermissionSet] = l.PermissionSet != ""
		holds[license.GrantedSite] = !counted
	}
	var all []license.Reason
	for _, reason := range precedence {
		if holds[reason] {
			all = append(all, reason)
		}
	}
	if len(all) == 0 {
		all = append(all, license.Granted)
	}
	return all
}

// everyLicense yields a license for every combination of what a check reads,
// with the policy and the instants at and around which its answer can change.
func everyLicense(yield func(l license.License, p license.Policy, ends, graceEnds time.Time, instants []time.Time)) {
	last := license.MustDate("2011-12-28") // Apia has no 30th
	noon := time.Date(2011, 12, 20, 12, 0, 0, 0, time.UTC)
	for _, zone := range []string{"UTC", "Pacific/Apia", "America/St_Johns"} {
		for _, grace := range []int{0, 1, 2, 400} {
			zone := license.MustZone(zone)
			graceDays := min(grace, 366)
			ends, graceEnds := slowEnd(zone, last, 60), slowEnd(zone, last.AddDays(graceDays), 60)
			for status := range license.Expired + 2 {
				for _, seats := range []license.Seats{{}, license.MustSeats(2), license.Site()} {
					for _, holders := range []int{0, 2, 3} {
						for _, expiration := range []license.Expiration{{}, license.Never(), license.LastDay(last)} {
							for _, installed := range []time.Time{{}, noon, noon.AddDate(0, 0, 30)} {
								l := license.License{ID: 7, Revision: 3, ChangedAt: noon, Zone: zone, InstalledAt: installed, Holders: holders,
									Terms: license.Terms{Status: status, Seats: seats, Expiration: expiration}}
								year, month, day := noon.Date()
								install := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
								var instants []time.Time
								for _, t := range []time.Time{install, install.AddDate(0, 0, 30), ends, graceEnds, ends.Add(2 * time.Hour)} {
									instants = append(instants, t.Add(-1), t, t.Add(time.Hour))
								}
								slices.SortFunc(instants, time.Time.Compare)
								yield(l, license.Policy{GraceDays: grace}, ends, graceEnds, instants)
							}
						}
					}
				}
			}
		}
	}
}

// brief names what a check reads of l.
func brief(l license.License) string {
	return fmt.Sprintf("%v, %v seats, %q, %d held, in %v, installed %v", l.Terms.Status, l.Terms.Seats, l.Terms.Expiration, l.Holders, l.Zone, l.InstalledAt)
}

func reasonsOf(d license.Decision) []license.Reason { return slices.Collect(d.Causes.All()) }

// D1, D12: the whole truth table, headline and all causes in their order, agrees
// with the rule read aloud. D13: no grace is no grace. D15: a sandbox is decided
// like any other org.
func TestD1TruthTable(t *testing.T) {
	failures := 0
	everyLicense(func(l license.License, p license.Policy, ends, graceEnds time.Time, instants []time.Time) {
		for i, now := range instants {
			if l.PermissionSet = ""; i%2 == 0 {
				l.PermissionSet = "plus"
			}
			for _, seat := range []license.Seat{license.NoSeat, license.HoldsSeat} {
				d := l.Check(p, seat, now)
				want := slowCheck(l, seat, now, ends, graceEnds)
				if got := reasonsOf(d); !slices.Equal(got, want) || d.Reason != want[0] || d.Licensed() != (slices.Index(precedence, want[0]) >= denials) {
					if failures++; failures < 10 {
						t.Errorf("%s\nCheck(%+v, %v, %v) = %v (%v), want %v", brief(l), p, seat, now, got, d.Reason, want)
					}
				}
				if d.License != l.ID || d.Revision != l.Revision || d.AsOf != l.ChangedAt {
					t.Fatalf("Check gave %d, %d, %v, not the license's", d.License, d.Revision, d.AsOf)
				}
				sandbox := l
				if sandbox.Sandbox = true; sandbox.Check(p, seat, now) != d {
					t.Fatalf("%s\nis decided otherwise in a sandbox", brief(l))
				}
			}
		}
	})
}

// D12: the order of precedence is the one that is documented.
func TestD12Precedence(t *testing.T) {
	var words []string
	for i, reason := range precedence {
		if int(reason) != i || reason.Licensed() != (i >= denials) {
			t.Errorf("%v is at %d of the order, want %d, licensed %t", reason, reason, i, reason.Licensed())
		}
		words = append(words, reason.String())
	}
	want := []string{"unknown license", "uninstalled", "suspended", "not started", "expired", "no seat",
		"licensed, in grace", "licensed, while over-allocated", "licensed, on trial", "licensed, by permission-set license", "licensed, site", "licensed"}
	if !slices.Equal(words, want) {
		t.Errorf("the reasons print %q, want %q", words, want)
	}
	if license.Reason(len(precedence)).Licensed() || license.Reason(255).Licensed() {
		t.Error("a reason that is none licenses")
	}
}

// D4: who is licensed has reasons that grant and no other; who is not, reasons that
// deny and no other; the headline is the first of them.
func TestD4HeadlineAndCausesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, at := licenses().Draw(t, "license"), instants().Draw(t, "at")
		d := l.Check(license.Policy{GraceDays: rapid.IntRange(0, 400).Draw(t, "grace")}, license.Seat(rapid.Bool().Draw(t, "seat")), at)
		all := reasonsOf(d)
		if len(all) == 0 || all[0] != d.Reason || !d.Causes.Has(d.Reason) {
			t.Fatalf("%v: headline %v of %v", d, d.Reason, all)
		}
		for _, reason := range all {
			if reason.Licensed() != d.Licensed() {
				t.Fatalf("%v holds the cause %v", d, reason)
			}
		}
		if (d.Causes&(d.Causes-1) == 0) != (len(all) == 1) {
			t.Fatalf("All of %b yields %v", d.Causes, all)
		}
	})
}

// Nothing in a decision changes before Until, and something does at Until; where
// Until is zero nothing ever does. Until lies ahead.
func TestD5UntilIsExact(t *testing.T) {
	failures := 0
	everyLicense(func(l license.License, p license.Policy, _, _ time.Time, instants []time.Time) {
		for i, now := range instants {
			d := l.Check(p, license.HoldsSeat, now)
			if !d.Until.IsZero() && (!d.Until.After(now) || d.Until.Location() != time.UTC) {
				t.Fatalf("%s\nCheck at %v holds until %v", brief(l), now, d.Until)
			}
			for _, later := range instants[i:] {
				if !d.Until.IsZero() && !later.Before(d.Until) {
					break
				}
				if then := l.Check(p, license.HoldsSeat, later); then != d {
					if failures++; failures < 10 {
						t.Errorf("%s\nCheck at %v = %v until %v, but at %v = %v", brief(l), now, d, d.Until, later, then)
					}
				}
			}
			if d.Until.IsZero() {
				continue
			}
			if then := l.Check(p, license.HoldsSeat, d.Until); then == d {
				if failures++; failures < 10 {
					t.Errorf("%s\nCheck at %v = %v until %v, and the same then", brief(l), now, d, d.Until)
				}
			}
		}
	})
}

// D5: with no event the answer turns to no at most once, and never back.
func TestD5NoIsForGood(t *testing.T) {
	everyLicense(func(l license.License, p license.Policy, _, _ time.Time, instants []time.Time) {
		granted, denied := false, false
		for _, now := range instants {
			if l.Check(p, license.HoldsSeat, now).Licensed() {
				if granted = true; denied {
					t.Fatalf("%s\nis licensed again at %v, grace %d", brief(l), now, p.GraceDays)
				}
			} else {
				denied = granted
			}
		}
	})
}

// D6: more seats, a later end and activation never turn a yes into a no; fewer
// seats never turn a holder's yes into a no; a longer grace neither.
func TestD6MoreIsNeverLess(t *testing.T) {
	everyLicense(func(l license.License, p license.Policy, _, _ time.Time, instants []time.Time) {
		for _, now := range instants {
			for _, seat := range []license.Seat{license.NoSeat, license.HoldsSeat} {
				if !l.Check(p, seat, now).Licensed() {
					continue
				}
				for change, apply := range map[string]func(*license.License){
					"site":         func(l *license.License) { l.Terms.Seats = license.Site() },
					"never":        func(l *license.License) { l.Terms = license.Terms{license.Active, l.Terms.Seats, license.Never()} },
					"activated":    func(l *license.License) { l.Terms.Status = license.Active },
					"more holders": func(l *license.License) { l.Holders += 100 },
					"extended": func(l *license.License) {
						if last, ok := l.Terms.Expiration.LastDay(); ok {
							l.Terms.Expiration = license.LastDay(last.AddDays(1))
						}
					},
				} {
					better := l
					apply(&better)
					if d := better.Check(p, seat, now); !d.Licensed() {
						t.Fatalf("%s\nat %v was licensed, and %s: %v", brief(l), now, change, d)
					}
				}
				fewer := l
				fewer.Terms.Seats = license.Seats{}
				if d := fewer.Check(p, license.HoldsSeat, now); !d.Licensed() {
					t.Fatalf("%s\nat %v: fewer seats took a holder's: %v", brief(l), now, d)
				}
				if d := l.Check(license.Policy{GraceDays: p.GraceDays + 1}, seat, now); !d.Licensed() {
					t.Fatalf("%s\nat %v: more grace than %d: %v", brief(l), now, p.GraceDays, d)
				}
			}
		}
	})
}

// D13: a grace of 0 days, or fewer, does not exist; a longer one than there can be
// is cut to that.
func TestD13GraceZeroIsNone(t *testing.T) {
	last := license.MustDate("2026-06-30")
	l := license.License{Terms: license.Terms{Status: license.Active, Seats: license.Site(), Expiration: license.LastDay(last)}}
	for _, test := range []struct {
		grace, granted int // days of grace, and days granted
	}{{0, 0}, {-1, 0}, {-1 << 62, 0}, {1, 1}, {30, 30}, {366, 366}, {367, 366}, {1 << 62, 366}} {
		p := license.Policy{GraceDays: test.grace}
		end := last.AddDays(test.granted + 1).Start()
		if d := l.Check(p, license.NoSeat, end); d.Reason != license.DeniedExpired {
			t.Errorf("grace %d, at %v: %v, want expired", test.grace, end, d)
		}
		if d := l.Check(p, license.NoSeat, end.Add(-1)); !d.Licensed() || d.Until != end {
			t.Errorf("grace %d, before %v: %v until %v", test.grace, end, d, d.Until)
		}
	}
}

// D14: the zero value of every type denies.
func TestD14ZeroValuesDeny(t *testing.T) {
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	good := license.License{Terms: license.Terms{Status: license.Active, Seats: license.MustSeats(1), Expiration: license.Never()}}
	if d := good.Check(license.Policy{}, license.HoldsSeat, now); d.Reason != license.Granted {
		t.Fatalf("Check of the license from which something is taken = %v", d)
	}
	var seat license.Seat
	var reason license.Reason
	noStatus, noExpiration, noTerms := good, good, good
	noStatus.Terms.Status = 0
	noExpiration.Terms.Expiration = license.Expiration{}
	noTerms.Terms = license.Terms{}
	for _, test := range []struct {
		name string
		d    license.Decision
		want license.Reason
	}{
		{"Decision", license.Decision{}, license.DeniedUnknown},
		{"License", license.License{}.Check(license.Policy{}, license.HoldsSeat, now), license.DeniedUnknown},
		{"Terms", noTerms.Check(license.Policy{}, license.HoldsSeat, now), license.DeniedUnknown},
		{"Status", noStatus.Check(license.Policy{}, license.HoldsSeat, now), license.DeniedUnknown},
		{"Expiration", noExpiration.Check(license.Policy{}, license.HoldsSeat, now), license.DeniedExpired},
		{"Seat", good.Check(license.Policy{}, seat, now), license.DeniedNoSeat},
		{"Reason", license.Decision{Reason: reason}, license.DeniedUnknown},
	} {
		if test.d.Licensed() || test.d.Reason != test.want {
			t.Errorf("with the zero %s: %v, want %v", test.name, test.d, test.want)
		}
	}
	if n, counted := (license.Seats{}).Count(); n != 0 || !counted {
		t.Errorf("the zero Seats count %d, %t", n, counted)
	}
}

// D1: a retired license licenses nobody and says no more than that, whatever it was.
func TestD1RetiredDenies(t *testing.T) {
	everyLicense(func(l license.License, p license.Policy, _, _ time.Time, instants []time.Time) {
		l.RetiredAt = instants[0]
		for _, now := range instants {
			d := l.Check(p, license.HoldsSeat, now)
			if d.Licensed() || d.Reason != license.DeniedUnknown || len(reasonsOf(d)) != 1 {
				t.Fatalf("%s\nretired: Check at %v = %v, want unknown", brief(l), now, d)
			}
		}
	})
}

// L1: what is no stored status, Expired and junk among them, licenses nobody.
func TestL1UnknownStatusDenies(t *testing.T) {
	for status := range 256 {
		s := license.Status(status)
		l := license.License{Terms: license.Terms{Status: s, Seats: license.Site(), Expiration: license.Never()}}
		d := l.Check(license.Policy{}, license.HoldsSeat, time.Unix(0, 0))
		if d.Licensed() != (s == license.Active) {
			t.Errorf("Check with the status %v (%d) = %v", s, status, d)
		}
		if !s.IsStored() && (d.Reason != license.DeniedUnknown || len(reasonsOf(d)) != 1) {
			t.Errorf("Check with the status %v (%d) = %v, want unknown", s, status, d)
		}
	}
}

// L7, L12: a trial without an end, which cannot be, is over; what has ended needs
// nothing to run to be over, and shows it.
func TestL12ExpiryFollowsFromTheClock(t *testing.T) {
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		terms license.Terms
		want  license.Status
		deny  bool
	}{
		{license.Terms{license.Trial, license.Site(), license.Never()}, license.Expired, true},
		{license.Terms{license.Trial, license.Site(), license.Expiration{}}, license.Expired, true},
		{license.Terms{license.Trial, license.Site(), license.LastDay(license.MustDate("2026-06-30"))}, license.Trial, false},
		{license.Terms{license.Trial, license.Site(), license.LastDay(license.MustDate("2026-06-29"))}, license.Expired, true},
		{license.Terms{license.Active, license.Site(), license.Never()}, license.Active, false},
		{license.Terms{license.Active, license.Site(), license.Expiration{}}, license.Expired, true},
		{license.Terms{license.Active, license.Site(), license.LastDay(license.MustDate("2026-06-29"))}, license.Expired, true},
		{license.Terms{license.Suspended, license.Site(), license.LastDay(license.MustDate("2026-06-29"))}, license.Suspended, true},
		{license.Terms{license.Uninstalled, license.Site(), license.LastDay(license.MustDate("2026-06-29"))}, license.Uninstalled, true},
		{license.Terms{}, 0, true},
	} {
		l := license.License{Terms: test.terms}
		if got := l.DisplayedStatus(now); got != test.want {
			t.Errorf("DisplayedStatus of %+v = %v, want %v", test.terms, got, test.want)
		}
		if d := l.Check(license.Policy{}, license.HoldsSeat, now); d.Licensed() == test.deny {
			t.Errorf("Check of %+v = %v", test.terms, d)
		}
	}
}

// D9, D11: a check reads and does not write: asked twice it says the same, and the
// license stays as it was.
func TestD9CheckIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, at := licenses().Draw(t, "license"), instants().Draw(t, "at")
		before := l
		first := l.Check(license.Policy{GraceDays: 1}, license.HoldsSeat, at)
		l.Check(license.Policy{}, license.NoSeat, at.AddDate(1, 0, 0))
		if again := l.Check(license.Policy{GraceDays: 1}, license.HoldsSeat, at); again != first || l != before {
			t.Fatalf("Check = %v and then %v", first, again)
		}
	})
}

func TestCheckDoesNotAllocate(t *testing.T) {
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	for _, name := range []string{"UTC", "America/Santiago", "Pacific/Apia"} {
		l := license.License{Zone: license.MustZone(name), InstalledAt: now.AddDate(0, 0, -10),
			Terms: license.Terms{Status: license.Trial, Seats: license.MustSeats(1), Expiration: license.LastDay(license.MustDate("2026-06-29"))}}
		if n := testing.AllocsPerRun(100, func() {
			if !l.Check(license.Policy{GraceDays: 5}, license.HoldsSeat, now).Licensed() {
				t.Error("not licensed")
			}
		}); n != 0 {
			t.Errorf("Check in %s allocates %v times", name, n)
		}
	}
}

// S1, S8: remaining is licensed minus used, exactly; both are blank for a site
// license and once uninstalled.
func TestS1Remaining(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := licenses().Draw(t, "license")
		used, hasUsed := l.Used()
		remaining, hasRemaining := l.Remaining()
		if l.Terms.Seats == license.Site() || l.Terms.Status == license.Uninstalled {
			if hasUsed || hasRemaining || used != 0 || remaining != 0 || l.OverAllocated() {
				t.Fatalf("%v, %v: used %d, %t, remaining %d, %t, want blanks", l.Terms, l.Holders, used, hasUsed, remaining, hasRemaining)
			}
			return
		}
		licensed, _ := l.Terms.Seats.Count()
		if !hasUsed || !hasRemaining || used != l.Holders || remaining+used != licensed {
			t.Fatalf("%v, %v: used %d, %t, remaining %d, %t", l.Terms, l.Holders, used, hasUsed, remaining, hasRemaining)
		}
		if l.OverAllocated() != (l.Holders > licensed) {
			t.Fatalf("%d of %d seats: OverAllocated %t", l.Holders, licensed, l.OverAllocated())
		}
	})
}

// S12: the highest numbers there are.
func TestS12Extremes(t *testing.T) {
	l := license.License{Holders: license.MaxSeats, Terms: license.Terms{Status: license.Active, Expiration: license.Never()}}
	if n, ok := l.Remaining(); n != -license.MaxSeats || !ok {
		t.Errorf("Remaining with no seats and %d holders = %d, %t", l.Holders, n, ok)
	}
}

// Every denial has a cure and somebody who can bring it; so has what is about to
// end or is too much. What is well needs none.
func TestRemedies(t *testing.T) {
	for i, reason := range precedence {
		remedies := reason.Remedies()
		wants := i < denials || reason == license.GrantedGrace || reason == license.GrantedOverAllocated
		if (len(remedies) > 0) != wants {
			t.Errorf("(%v).Remedies() = %v", reason, remedies)
		}
		for i := range remedies {
			if remedies[i].What == "" || remedies[i].By.String() == "nobody" {
				t.Errorf("(%v).Remedies()[%d] = %v", reason, i, remedies[i])
			}
			remedies[i] = license.Remedy{} // must not change what the next caller gets
		}
		if wants && reason.Remedies()[0].What == "" {
			t.Errorf("(%v).Remedies() shares its memory", reason)
		}
	}
	if got := license.Reason(200).Remedies(); !slices.Equal(got, license.DeniedUnknown.Remedies()) {
		t.Errorf("the remedies of a reason that is none = %v", got)
	}
}

// All stops when its caller does.
func TestCausesAllStops(t *testing.T) {
	d := license.License{Terms: license.Terms{Status: license.Suspended}}.Check(license.Policy{}, license.NoSeat, time.Unix(0, 0))
	n := 0
	for range d.Causes.All() {
		n++
		break
	}
	if n != 1 || len(reasonsOf(d)) != 3 {
		t.Errorf("of %v the loop saw %d", reasonsOf(d), n)
	}
}

func TestDecisionString(t *testing.T) {
	suspended := license.License{Terms: license.Terms{Status: license.Suspended}}
	trial := license.License{Terms: license.Terms{Status: license.Trial, Seats: license.Site(), Expiration: license.LastDay(license.MustDate("2026-06-30"))}}
	at := time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		d    license.Decision
		want string
	}{
		{license.Decision{}, "not licensed: unknown license"},
		{license.Decision{Reason: 200, Causes: 1 << 15}, "not licensed: "},
		{suspended.Check(license.Policy{}, license.NoSeat, at), "not licensed: suspended; expired; no seat"},
		{trial.Check(license.Policy{}, license.NoSeat, at), "licensed, on trial; licensed, site"},
	} {
		if got := test.d.String(); got != test.want {
			t.Errorf("String = %q, want %q", got, test.want)
		}
	}
	if got := fmt.Sprint(license.Reason(200), license.Side(9), license.Side(0)); got != "unknown license nobody nobody" {
		t.Errorf("values that are none print %q", got)
	}
}

// D12: of several decisions the best is the one whose headline comes last, of equal
// ones that of the lowest number, whatever their order. It licenses where any does.
func TestD12Best(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
		var all []license.License
		for id := range license.ID(rapid.IntRange(0, 4).Draw(t, "how many")) {
			l := license.License{ID: id + 1, Terms: license.Terms{
				Status: statuses().Draw(t, "status"), Seats: rapid.SampledFrom([]license.Seats{{}, license.Site()}).Draw(t, "seats"), Expiration: license.Never()}}
			if n := rapid.IntRange(-1, 4).Draw(t, "days"); n >= 0 {
				l.Terms.Expiration = license.LastDay(license.DateOf(start).AddDays(n))
			}
			all = append(all, l)
		}
		ask := func(now time.Time) []license.Decision {
			var decisions []license.Decision
			for _, l := range all {
				decisions = append(decisions, l.Check(license.Policy{GraceDays: 1}, license.NoSeat, now))
			}
			return decisions
		}
		now := start.Add(time.Duration(rapid.IntRange(0, 72).Draw(t, "hours")) * time.Hour)
		decisions := ask(now)
		best := license.Best(rapid.Permutation(decisions).Draw(t, "order"))

		want, until, licensed := license.Decision{}, time.Time{}, false
		slices.SortStableFunc(decisions, func(a, b license.Decision) int { // by number already
			return slices.Index(precedence, b.Reason) - slices.Index(precedence, a.Reason)
		})
		if len(decisions) > 0 {
			want = decisions[0]
		}
		for _, d := range decisions {
			licensed = licensed || d.Licensed()
			if !d.Until.IsZero() && (until.IsZero() || until.After(d.Until)) {
				until = d.Until
			}
		}
		want.Until = until
		if best != want || best.Licensed() != licensed {
			t.Fatalf("Best of %v = %v of %v until %v, want %v of %v until %v", decisions, best, best.License, best.Until, want, want.License, until)
		}
		for later := now; later.Before(best.Until); later = later.Add(time.Hour) {
			if then := license.Best(ask(later)); then != best {
				t.Fatalf("Best at %v = %v until %v, but at %v = %v", now, best, best.Until, later, then)
			}
		}
	})
}

// D12: of two that are equally good the lower number counts, whichever comes first.
func TestD12BestOfEqual(t *testing.T) {
	for _, order := range [][]license.ID{{1, 2}, {2, 1}} {
		var decisions []license.Decision
		for _, id := range order {
			l := license.License{ID: id, Terms: license.Terms{Status: license.Active, Seats: license.Site(), Expiration: license.Never()}}
			decisions = append(decisions, l.Check(license.Policy{}, license.NoSeat, time.Unix(0, 0)))
		}
		if best := license.Best(decisions); best.License != 1 || !best.Licensed() {
			t.Errorf("Best of %v is %v of %v", order, best, best.License)
		}
	}
}

// A number that is no reason, the first one after them too, is no cause, licenses nobody, and
// reads and is cured as the unknown license.
func TestReasonsThatAreNone(t *testing.T) {
	for r := range license.Reason(255) {
		known := slices.Contains(precedence, r)
		switch {
		case license.Causes(math.MaxUint16).Has(r) != known:
			t.Errorf("of all causes Has(%d) = %v", r, !known)
		case !known && (r.Licensed() || r.String() != license.DeniedUnknown.String()):
			t.Errorf("Reason(%d) = %v, licensed: %v", r, r, r.Licensed())
		case !known && !slices.Equal(r.Remedies(), license.DeniedUnknown.Remedies()):
			t.Errorf("Reason(%d).Remedies() = %v", r, r.Remedies())
		}
	}
}

// D14: no decision at all about a package is a no, whatever its permission sets say.
func TestD14PermissionSetsOfNoDecision(t *testing.T) {
	yes := license.License{ID: 1, PermissionSet: "plus", Terms: license.Terms{Status: license.Active, Seats: license.Site(), Expiration: license.Never()}}.
		Check(license.Policy{}, license.HoldsSeat, time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC))
	if !yes.Licensed() {
		t.Fatalf("the decision about the permission set = %v", yes)
	}
	if d := license.WithPermissionSets(license.Decision{}, []license.Decision{yes}); d.Licensed() || d != (license.Decision{}) {
		t.Errorf("WithPermissionSets of no decision = %v of %v, want none", d, d.License)
	}
}

// D1: an org is licensed for a package by its license or by a permission-set license,
// where the package is there at all: the table, read aloud.
func TestD1PermissionSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
		some := func(id license.ID, set string) license.License {
			l := license.License{ID: id, PermissionSet: set, InstalledAt: start.AddDate(0, 0, rapid.IntRange(-1, 1).Draw(t, "installed")),
				Terms: license.Terms{Status: statuses().Draw(t, "status"), Expiration: license.Never(),
					Seats: rapid.SampledFrom([]license.Seats{{}, license.MustSeats(2), license.Site()}).Draw(t, "seats")}}
			if n := rapid.IntRange(-1, 3).Draw(t, "days"); n >= 0 {
				l.Terms.Expiration = license.LastDay(license.DateOf(start).AddDays(n))
			}
			return l
		}
		own, policy := some(9, ""), license.Policy{GraceDays: 1}
		var sets []license.License
		seat := map[license.ID]license.Seat{9: license.Seat(rapid.Bool().Draw(t, "seat"))}
		for id := range license.ID(rapid.IntRange(0, 3).Draw(t, "sets")) {
			sets = append(sets, some(id+1, "plus"))
			seat[id+1] = license.Seat(rapid.Bool().Draw(t, "seat of the set"))
		}
		ask := func(l license.License, now time.Time) license.Decision { return l.Check(policy, seat[l.ID], now) }
		combined := func(now time.Time) license.Decision {
			var all []license.Decision
			for _, l := range sets {
				all = append(all, ask(l, now))
			}
			return license.WithPermissionSets(ask(own, now), rapid.Permutation(all).Draw(t, "order"))
		}
		now := start.Add(time.Duration(rapid.IntRange(0, 48).Draw(t, "hours")) * time.Hour)
		got := combined(now)

		mine := ask(own, now)
		there := mine.Reason != license.DeniedUnknown && own.Terms.Status != license.Uninstalled && !now.Before(own.InstallDate().Start())
		var by license.Decision
		for _, l := range sets {
			if d := ask(l, now); d.Licensed() && d.Reason > by.Reason {
				by = d
			}
		}
		want := mine
		if !mine.Licensed() && there && by.Licensed() {
			want = by
		}
		want.Until = got.Until
		if got != want || got.Licensed() != (mine.Licensed() || there && by.Licensed()) || got.Causes.Has(license.GrantedPermissionSet) != (got.Licensed() && got.License != 9) {
			t.Fatalf("own %v, sets %v: %v of %v, want %v of %v", mine, sets, got, got.License, want, want.License)
		}
		for later := now; later.Before(got.Until) || got.Until.IsZero() && later.Before(start.AddDate(0, 0, 9)); later = later.Add(time.Hour) {
			if then := combined(later); then != got {
				t.Fatalf("at %v %v until %v, but at %v %v", now, got, got.Until, later, then)
			}
		}
	})
}

func benchmarkCheck(b *testing.B, seats license.Seats, zone license.Zone) {
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	l := license.License{Zone: zone, InstalledAt: now.AddDate(-1, 0, 0), Holders: 1,
		Terms: license.Terms{Status: license.Active, Seats: seats, Expiration: license.LastDay(license.MustDate("2026-12-31"))}}
	b.ReportAllocs()
	for b.Loop() {
		if !l.Check(license.Policy{}, license.HoldsSeat, now).Licensed() {
			b.Fatal("not licensed")
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	b.Run("seat", func(b *testing.B) { benchmarkCheck(b, license.MustSeats(10), license.UTC) })
	b.Run("site", func(b *testing.B) { benchmarkCheck(b, license.Site(), license.UTC) })
	b.Run("zone", func(b *testing.B) { benchmarkCheck(b, license.MustSeats(10), license.MustZone("America/Santiago")) })
}
