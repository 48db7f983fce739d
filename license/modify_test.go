package license_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
)

// The two tables as the specification prints them: from the status on the left,
// as displayed, to the one above. "fresh" is: unless it was ever Active.
const (
	guideTable = `
	             Trial  Active  Suspended  Uninstalled
	Trial        vendor vendor  vendor     system
	Active       never  vendor  vendor     system
	Suspended    fresh  vendor  vendor     system
	Uninstalled  never  never   never      never
	Expired      fresh  vendor  vendor     system`

	recordTypeTable = `
	             Trial  Active  Suspended  Uninstalled
	Trial        vendor vendor  never      system
	Active       never  vendor  vendor     system
	Suspended    never  vendor  vendor     system
	Uninstalled  never  never   never      never
	Expired      fresh  vendor  vendor     system`
)

// readTable returns who may go "from to".
func readTable(table string) map[string]string {
	who := map[string]string{}
	lines := strings.Split(strings.TrimSpace(table), "\n")
	columns := strings.Fields(lines[0])
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		for i, cell := range cells[1:] {
			who[cells[0]+" "+columns[i]] = cell
		}
	}
	return who
}

// Every cell of both tables says what the specification says, and Modify does
// what the cell says, whether the license was ever Active or not.
func TestTransitionTablesCellByCell(t *testing.T) {
	today := license.MustDate("2026-06-30")
	moves := map[string]license.Move{
		"never": license.NeverMove, "vendor": license.VendorMove, "system": license.SystemMove, "fresh": license.FreshMove}
	for name, table := range map[string]struct {
		text  string
		table license.Transitions
		rules license.Rules
	}{
		"guide":       {guideTable, license.GuideTransitions, license.Rules{}},
		"record type": {recordTypeTable, license.RecordTypeTransitions, license.Rules{Transitions: license.RecordTypeTransitions}},
	} {
		who := readTable(table.text)
		if len(who) != 20 {
			t.Fatalf("the %s table has %d cells", name, len(who))
		}
		for from := license.Trial; from <= license.Expired; from++ {
			for to := license.Trial; to <= license.Uninstalled; to++ {
				cell := who[fmt.Sprint(from, " ", to)]
				if got := table.table[from][to]; got != moves[cell] {
					t.Errorf("%s table: from %v to %v is %v, want %s", name, from, to, got, cell)
				}
				for _, stored := range []license.Status{license.Trial, license.Active, license.Suspended, license.Uninstalled} {
					for _, onceActive := range []bool{false, true} {
						l := license.License{
							ID:          1,
							InstalledAt: today.AddDays(-20).Start(),
							TrialStart:  today.AddDays(-20),
							Terms:       license.Terms{Status: stored, Expiration: license.LastDay(today)},
							OnceActive:  onceActive,
							Revision:    1,
						}
						day := today
						if from == license.Expired {
							day = today.AddDays(1)
						}
						if l.DisplayedOn(day) != from {
							continue // no way to be displayed so
						}
						wasActive := onceActive || stored == license.Active
						if stored == license.Trial && wasActive {
							continue // no way to be a trial
						}
						allowed := cell == "vendor" || cell == "fresh" && !wasActive
						want := license.Terms{Status: to, Seats: license.Site(), Expiration: license.LastDay(today.AddDays(5))}
						got, err := l.Modify(license.Change{Terms: want, Revision: 1}, table.rules, day)
						if !allowed {
							refused, ok := errors.AsType[*license.TransitionError](err)
							if !ok || refused.From != from || refused.To != to || refused.License != 1 || got != l {
								t.Errorf("%s table, once active %t: %v shown as %v to %v = %v, %v, want a *TransitionError",
									name, wasActive, stored, from, to, got.Terms, err)
							}
						} else if err != nil || got.Terms != want {
							t.Errorf("%s table, once active %t: %v shown as %v to %v = %v, %v, want %v",
								name, wasActive, stored, from, to, got.Terms, err, want)
						}
					}
				}
			}
		}
	}
}

// Whatever a table of the caller's allows, what was ever Active becomes no trial,
// an uninstalled license does not change, and no status is made that is none.
func TestL2L3NoTableCanOverrule(t *testing.T) {
	var generous license.Transitions
	for from := range generous {
		for to := range generous[from] {
			generous[from][to] = license.VendorMove
		}
	}
	rules := license.Rules{Transitions: generous}
	today := license.MustDate("2026-06-30")
	l := license.License{InstalledAt: today.Start(), Terms: license.Terms{Status: license.Active, Expiration: license.Never()}}
	trial := license.Terms{Status: license.Trial, Expiration: license.LastDay(today)}
	for name, l := range map[string]license.License{
		"active":           l,
		"once active":      {InstalledAt: l.InstalledAt, OnceActive: true, Terms: license.Terms{Status: license.Suspended, Expiration: license.Never()}},
		"expired active":   {InstalledAt: l.InstalledAt, Terms: license.Terms{Status: license.Active, Expiration: license.LastDay(today.AddDays(-1))}},
		"uninstalled":      {InstalledAt: l.InstalledAt, Terms: license.Terms{Status: license.Uninstalled}},
		"no status at all": {InstalledAt: l.InstalledAt, OnceActive: true},
	} {
		if got, err := l.Modify(license.Change{Terms: trial}, rules, today); got != l || !isTransitionError(err) {
			t.Errorf("%s to trial = %v, %v, want a *TransitionError", name, got.Terms, err)
		}
	}
	suspended, err := l.Modify(license.Change{Terms: license.Terms{Status: license.Suspended, Expiration: license.Never()}}, rules, today)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := suspended.Modify(license.Change{Terms: trial}, rules, today); got != suspended || !isTransitionError(err) {
		t.Errorf("active to suspended to trial = %v, %v, want a *TransitionError", got.Terms, err)
	}
	for _, status := range []license.Status{0, license.Expired, 6, 255} {
		junk := l // from what is no status there is no way; Expired is one that is shown
		junk.Terms.Status = status
		if got, err := junk.Modify(license.Change{Terms: l.Terms}, license.Rules{}, today); status != license.Expired && (got != junk || !isTransitionError(err)) {
			t.Errorf("from the status %v (%d) = %v, %v, want a *TransitionError", status, uint8(status), got.Terms, err)
		}
		got, err := l.Modify(license.Change{Terms: license.Terms{Status: status, Expiration: license.Never()}}, rules, today)
		if refused, ok := errors.AsType[*license.FieldError](err); !ok || refused.Field != "status" || got != l {
			t.Errorf("to the status %v (%d) = %v, %v, want a *FieldError", status, uint8(status), got.Terms, err)
		}
	}
}

func isTransitionError(err error) bool {
	_, ok := errors.AsType[*license.TransitionError](err)
	return ok
}

// world is the slow model of a license under modification: the rules as sentences,
// days as instants of package time, who may do what from the printed table.
type world struct {
	status, seats string
	end           time.Time // the last day
	endless       bool
	revision      int64

	wasEver    map[string]bool // statuses
	installed  time.Time       // the day
	trialStart time.Time       // the day
	who        map[string]string
}

func (w *world) shown(today time.Time) string {
	over := w.end.Before(today) && !w.endless || w.endless && w.status == "Trial"
	if over && (w.status == "Trial" || w.status == "Active") {
		return "Expired"
	}
	return w.status
}

// modify returns the kind of refusal, "" for none, and changes w only then.
func (w *world) modify(status, seats string, end time.Time, endless bool, revision int64, today time.Time) string {
	start := w.trialStart
	if start.IsZero() {
		start = w.installed
	}
	limit := start.AddDate(0, 0, 90)
	none := end.IsZero() && !endless
	if status == "Trial" && none {
		end, none = limit, false
	}
	sameEnd := end.Equal(w.end) && endless == w.endless
	if status == w.status && seats == w.seats && sameEnd {
		return ""
	}
	if w.status == "Uninstalled" {
		return "transition"
	}
	if revision != w.revision {
		return "stale"
	}
	if status == "invalid" || status == "Expired" {
		return "field"
	}
	switch w.who[w.shown(today)+" "+status] {
	case "vendor":
	case "fresh":
		if w.wasEver["Active"] {
			return "transition"
		}
	default:
		return "transition"
	}
	judged := !sameEnd || (status == "Trial") != (w.status == "Trial")
	if judged {
		if none {
			return "field"
		}
		if status == "Trial" && (endless || end.After(limit)) {
			return "field"
		}
		if !endless && end.Before(w.installed) {
			return "field"
		}
	}
	if status == "Trial" {
		w.trialStart = start
	}
	w.status, w.seats, w.end, w.endless = status, seats, end, endless
	w.wasEver[status] = true
	w.revision++
	return ""
}

func kindOf(err error) string {
	switch err.(type) {
	case nil:
		return ""
	case *license.TransitionError:
		return "transition"
	case *license.StaleError:
		return "stale"
	case *license.FieldError:
		return "field"
	}
	return err.Error()
}

// A license and a slow model of it agree whatever a vendor asks for. On the way,
// after every action: L1 the status is a stored one; L2 what was once Active is
// never a trial; L3 an uninstalled license does not change; L4 no request makes
// one; L7 a trial ends, at most 90 days after its start; L8 a refused change
// changes nothing; L18 nothing but the terms and what follows from them ever
// changes; the same change twice is one.
func TestL2L3L4L7L8L18ModifyAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		installed := license.MustDate("2024-01-15")
		today := installed
		rules, who := license.Rules{}, readTable(guideTable)
		switch rapid.IntRange(0, 2).Draw(t, "rules") {
		case 1:
			rules.Transitions = license.GuideTransitions
		case 2:
			rules.Transitions, who = license.RecordTypeTransitions, readTable(recordTypeTable)
		}
		begun := license.Trial
		end := license.LastDay(installed.AddDays(30))
		var trialStart license.Date
		if rapid.Bool().Draw(t, "begins active") {
			begun = license.Active
		} else {
			trialStart = installed.AddDays(-rapid.SampledFrom([]int{0, 0, 20, 80, 90, 200}).Draw(t, "trial begun before"))
			end = license.LastDay(trialStart.AddDays(30)) // a reinstallation can be born expired
		}
		l := licenses().Draw(t, "license")
		l.Zone, l.InstalledAt = license.UTC, installed.Start().Add(9*time.Hour)
		l.Terms = license.Terms{Status: begun, Seats: license.MustSeats(5), Expiration: end}
		l.OnceActive, l.TrialStart, l.Revision = false, trialStart, 1
		if begun == license.Active {
			l.OnceActive = rapid.Bool().Draw(t, "says so")
		}
		day, _ := end.LastDay()
		model := &world{status: begun.String(), seats: "5", end: day.Start(), revision: 1,
			wasEver: map[string]bool{begun.String(): true}, installed: installed.Start(), trialStart: trialStart.Start(), who: who}
		if trialStart.IsZero() {
			model.trialStart = time.Time{}
		}

		last := license.Change{Terms: l.Terms, Revision: 1}
		modify := func(t *rapid.T, c license.Change) {
			before := l
			after, err := l.Modify(c, rules, today)
			end, _ := c.Terms.Expiration.LastDay()
			var ends time.Time
			if !end.IsZero() {
				ends = end.Start()
			}
			want := model.modify(c.Terms.Status.String(), c.Terms.Seats.String(), ends, c.Terms.Expiration.IsNever(), c.Revision, today.Start())
			if kindOf(err) != want {
				t.Fatalf("Modify(%+v) of %+v, once active %t, revision %d, on %v: error %v, want of the kind %q",
					c, before.Terms, before.OnceActive, before.Revision, today, err, want)
			}
			if l != before || err != nil && after != before {
				t.Fatalf("a refused change (%v) left %+v, from %+v", err, after, before)
			}
			if err == nil && after.Terms != before.Terms {
				after.Revision++ // as the caller does
			}
			l, last = after, c

			if want := before.AsInstalled && after.Terms == before.Terms; after.AsInstalled != want {
				t.Fatalf("Modify(%+v) of %+v, as installed %t, left it %t", c, before.Terms, before.AsInstalled, after.AsInstalled)
			}
			// L18: put back what may change; the rest is as it was.
			after.Terms, after.AsInstalled, after.OnceActive, after.TrialStart, after.Revision =
				before.Terms, before.AsInstalled, before.OnceActive, before.TrialStart, before.Revision
			if after != before {
				t.Fatalf("Modify(%+v) changed more than terms: %+v, from %+v", c, after, before)
			}
		}

		change := rapid.Custom(func(t *rapid.T) license.Change {
			around := rapid.SampledFrom([]license.Date{installed, l.TrialLimit(), l.TrialLimit(), today}).Draw(t, "around")
			c := license.Change{
				Revision: l.Revision - rapid.SampledFrom([]int64{0, 0, 0, 0, 0, 0, 0, 1, -1}).Draw(t, "stale"),
				Terms: license.Terms{
					Status: rapid.SampledFrom([]license.Status{
						license.Trial, license.Trial, license.Active, license.Suspended, license.Suspended,
						license.Uninstalled, license.Expired, 0}).Draw(t, "status"),
					Seats: rapid.SampledFrom([]license.Seats{license.MustSeats(0), license.MustSeats(5), license.Site()}).Draw(t, "seats"),
					Expiration: rapid.OneOf(
						rapid.Just(l.Terms.Expiration), rapid.Just(license.Never()), rapid.Just(license.Expiration{}),
						rapid.Map(rapid.IntRange(-1, 1), func(n int) license.Expiration { return license.LastDay(around.AddDays(n)) }),
					).Draw(t, "expiration"),
				},
			}
			if rapid.IntRange(0, 3).Draw(t, "keep the status") == 0 {
				c.Terms.Status = l.Terms.Status
			}
			return c
		})
		t.Repeat(map[string]func(*rapid.T){
			"modify": func(t *rapid.T) { modify(t, change.Draw(t, "change")) },
			"again": func(t *rapid.T) { // the same change twice is one, even at the old revision
				before := l
				modify(t, last)
				if last.Terms == before.Terms && l != before {
					t.Fatalf("the terms that hold changed %+v to %+v", before, l)
				}
			},
			"days go by": func(t *rapid.T) { today = today.AddDays(rapid.IntRange(1, 40).Draw(t, "days")) },
			"uninstall": func(t *rapid.T) { // a notification, not a request
				if rapid.IntRange(0, 9).Draw(t, "really") > 0 {
					t.Skip("rarely")
				}
				l.Terms.Status, l.UninstalledAt = license.Uninstalled, today.Start()
				model.status = "Uninstalled"
				model.wasEver["Uninstalled"] = true
			},
			"": func(t *rapid.T) {
				shown := l.DisplayedOn(today)
				if shown.String() != model.shown(today.Start()) || l.Terms.Status.String() != model.status || l.Terms.Seats.String() != model.seats {
					t.Fatalf("%+v shown as %v on %v, want %s, %s seats shown as %s", l.Terms, shown, today, model.status, model.seats, model.shown(today.Start()))
				}
				end, ends := l.Terms.Expiration.LastDay()
				if l.Terms.Expiration.IsNever() != model.endless || ends && end.Start() != model.end {
					t.Fatalf("%v, want %v, endless %t", l.Terms.Expiration, model.end, model.endless)
				}
				if l.OnceActive && !model.wasEver["Active"] {
					t.Fatalf("OnceActive, after %v", model.wasEver)
				}
				if l.Terms.Status == license.Active && l.Revision > 1 && !l.OnceActive {
					t.Fatal("made Active, and not OnceActive") // what is about to be Suspended must know
				}
				if start := l.TrialStart; !start.IsZero() && start.Start() != model.trialStart || start.IsZero() != model.trialStart.IsZero() {
					t.Fatalf("TrialStart %v, want %v", start, model.trialStart)
				}
				if !l.Terms.Status.IsStored() {
					t.Fatalf("the status %v was stored", l.Terms.Status) // L1
				}
				if l.Terms.Status == license.Uninstalled && l.UninstalledAt.IsZero() {
					t.Fatal("a request uninstalled it") // L4
				}
				if l.Terms.Status == license.Trial {
					if model.wasEver["Active"] {
						t.Fatal("a trial again") // L2
					}
					if !ends || end.Sub(l.TrialStart) > 90 || end.After(l.TrialLimit()) { // L7
						t.Fatalf("a trial from %v to %v", l.TrialStart, l.Terms.Expiration)
					}
				}
				if l.Revision != model.revision {
					t.Fatalf("%d changes, want %d", l.Revision, model.revision)
				}
			},
		})
	})
}

// L14: suspend and activate give back the same seats, holders and end.
func TestL14SuspendAndActivate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := licenses().Draw(t, "license")
		installed := l.InstallDate()
		l.Terms.Status, l.OnceActive, l.AsInstalled = license.Active, true, false
		if l.Terms.Expiration.IsZero() {
			l.Terms.Expiration = license.Never()
		}
		today := installed.AddDays(rapid.IntRange(0, 40000).Draw(t, "today"))
		suspend := l.Terms
		suspend.Status = license.Suspended
		suspended, err := l.Modify(license.Change{Terms: suspend, Revision: l.Revision}, license.Rules{}, today)
		if err != nil {
			t.Fatalf("suspend: %v", err)
		}
		active := suspended.Terms
		active.Status = license.Active
		back, err := suspended.Modify(license.Change{Terms: active, Revision: l.Revision}, license.Rules{}, today)
		if err != nil || back != l {
			t.Fatalf("suspended and activated: %v, %+v, want %+v", err, back, l)
		}
	})
}

// L2: a license was once Active when it is, and not by being suspended.
func TestL2OnceActive(t *testing.T) {
	today := license.MustDate("2026-06-30")
	l := license.License{InstalledAt: today.Start(), TrialStart: today,
		Terms: license.Terms{Status: license.Trial, Seats: license.MustSeats(1), Expiration: license.LastDay(today.AddDays(5))}}
	for _, step := range []struct {
		to         license.Status
		onceActive bool
	}{{license.Suspended, false}, {license.Trial, false}, {license.Active, true}, {license.Suspended, true}} {
		want := l.Terms
		want.Status = step.to
		after, err := l.Modify(license.Change{Terms: want, Revision: l.Revision}, license.Rules{}, today)
		if err != nil || after.OnceActive != step.onceActive {
			t.Fatalf("%v to %v: once active %t, %v", l.Terms.Status, step.to, after.OnceActive, err)
		}
		l = after
	}
}

// S7, S14: seats can go to any number, below use, to a site license and back; the
// holders stay.
func TestS7S14SeatsKeepHolders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := license.License{Holders: rapid.IntRange(0, 9).Draw(t, "holders"), Revision: 1,
			Terms: license.Terms{Status: license.Active, Seats: license.MustSeats(5), Expiration: license.Never()}}
		holders := l.Holders
		for range 4 {
			want := l.Terms
			want.Seats = seatCounts().Draw(t, "seats")
			got, err := l.Modify(license.Change{Terms: want, Revision: 1}, license.Rules{}, license.MustDate("2026-06-30"))
			if err != nil || got.Holders != holders || got.Terms.Seats != want.Seats {
				t.Fatalf("Modify to %v seats = %+v, %v", want.Seats, got, err)
			}
			if d := got.Check(license.Policy{}, license.HoldsSeat, time.Unix(0, 0)); !d.Licensed() {
				t.Fatalf("with %v seats and %d holders a holder is %v", want.Seats, holders, d)
			}
			l = got
		}
	})
}

// What is refused is named: the field, the value, the rule; the statuses; the
// revisions.
func TestModifyErrors(t *testing.T) {
	today := license.MustDate("2026-06-30")
	l := license.License{ID: 12, InstalledAt: today.Start(), TrialStart: today, Revision: 4,
		Terms: license.Terms{Status: license.Trial, Seats: license.MustSeats(5), Expiration: license.LastDay(today.AddDays(14))}}
	terms := func(status license.Status, e license.Expiration) license.Terms {
		return license.Terms{Status: status, Seats: license.MustSeats(5), Expiration: e}
	}
	uninstalled := l
	uninstalled.Terms.Status = license.Uninstalled
	for _, test := range []struct {
		l        license.License
		terms    license.Terms
		revision int64
		want     string
	}{
		{l, terms(license.Trial, license.LastDay(today.AddDays(91))), 4,
			`license: expiration "2026-09-29": a trial ends at most 90 days after its start, on 2026-09-28`},
		{l, terms(license.Trial, license.Never()), 4, `license: expiration "does not expire": a trial ends`},
		{l, terms(license.Active, license.Expiration{}), 4, `license: expiration "": is a last day, or that the license does not expire`},
		{l, terms(license.Active, license.LastDay(today.AddDays(-1))), 4,
			`license: expiration "2026-06-29": must not precede the install date, 2026-06-30`},
		{l, terms(0, license.Never()), 4, `license: status "invalid": is Trial, Active, Suspended or Uninstalled`},
		{l, terms(license.Uninstalled, license.Never()), 4,
			`license: L-00012: status cannot go from Trial to Uninstalled: only a notification of the platform does that`},
		{l, terms(license.Active, license.Never()), 3, `license: L-00012: was changed since it was read: revision 3 is now 4`},
		{uninstalled, terms(license.Active, license.Never()), 3,
			`license: L-00012: status cannot go from Uninstalled to Active: an uninstalled license is read-only`},
	} {
		got, err := test.l.Modify(license.Change{Terms: test.terms, Revision: test.revision}, license.Rules{}, today)
		if err == nil || err.Error() != test.want || got != test.l {
			t.Errorf("Modify(%v) at revision %d = %v\nwant %s", test.terms, test.revision, err, test.want)
		}
	}
}

// A trial without an expiration gets the limit; one that is past it from the start,
// on a reinstallation, can still have its seats lowered.
func TestTrialLimit(t *testing.T) {
	install := license.MustDate("2026-06-30")
	rules := license.Rules{}
	l := license.License{InstalledAt: install.Start(), Revision: 1,
		Terms: license.Terms{Status: license.Suspended, Expiration: license.Never()}}
	if got := l.TrialLimit(); got != license.MustDate("2026-09-28") {
		t.Errorf("TrialLimit without a start = %v, want 90 days from the install date", got)
	}
	trial, err := l.Modify(license.Change{Terms: license.Terms{Status: license.Trial}, Revision: 1}, rules, install)
	if end, _ := trial.Terms.Expiration.LastDay(); err != nil || end != license.MustDate("2026-09-28") || trial.TrialStart != install {
		t.Errorf("a trial without an end: %v until %v from %v", err, end, trial.TrialStart)
	}
	again, err := trial.Modify(license.Change{Terms: license.Terms{Status: license.Trial}}, rules, install)
	if err != nil || again != trial {
		t.Errorf("the same once more = %+v, %v", again, err)
	}

	l.TrialStart = install.AddDays(-200)
	l.Terms = license.Terms{Status: license.Trial, Seats: license.MustSeats(9), Expiration: license.LastDay(install.AddDays(-110))}
	want := l.Terms
	want.Seats = license.MustSeats(1)
	if got, err := l.Modify(license.Change{Terms: want, Revision: 1}, rules, install); err != nil || got.Terms != want {
		t.Errorf("fewer seats on a trial born expired = %v, %v", got.Terms, err)
	}
	if got, err := l.Modify(license.Change{Terms: license.Terms{Status: license.Trial, Expiration: license.LastDay(install)}, Revision: 1}, rules, install); err == nil {
		t.Errorf("a trial of 200 days = %v", got.Terms)
	}
}

// The day and the instant show the same status.
func TestDisplayedOnAgreesWithDisplayedStatus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := licenses().Draw(t, "license")
		at := instants().Draw(t, "at")
		if last, ok := l.Terms.Expiration.LastDay(); ok && rapid.Bool().Draw(t, "at the end") {
			at = l.Zone.EndOf(last).Add(time.Duration(rapid.IntRange(-1, 0).Draw(t, "ns")))
		}
		today := l.Zone.DateOf(at)
		if today == license.MustDate("9999-12-31") || at.Year() < 2 {
			t.Skip("the calendar ends")
		}
		if !l.Zone.EndOf(today.AddDays(-1)).Before(at.Add(1)) {
			t.Skip("the clock is about to be set back to yesterday")
		}
		if got, want := l.DisplayedOn(today), l.DisplayedStatus(at); got != want {
			t.Fatalf("%v in %v: DisplayedOn(%v) = %v, DisplayedStatus(%v) = %v", l.Terms, l.Zone, today, got, at, want)
		}
	})
}

func BenchmarkModify(b *testing.B) {
	today := license.MustDate("2026-06-30")
	l := license.License{InstalledAt: today.Start(), TrialStart: today, Revision: 1,
		Terms: license.Terms{Status: license.Trial, Seats: license.MustSeats(5), Expiration: license.LastDay(today.AddDays(14))}}
	change := license.Change{Terms: license.Terms{Status: license.Active, Seats: license.MustSeats(50), Expiration: license.Never()}, Revision: 1}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Modify(change, license.Rules{}, today); err != nil {
			b.Fatal(err)
		}
	}
}
