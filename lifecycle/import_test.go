package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// imported is a license as another system had it.
func imported(n license.ID) license.License {
	return license.License{
		ID: n, Installation: installation(int(n)), Org: org1.ID, Package: seatPackage, Version: versionID(seatPackage, published[0]), Number: published[0],
		Terms:       license.Terms{Status: license.Active, Seats: license.MustSeats(2), Expiration: license.LastDay(license.DateOf(epoch).AddDays(50))},
		InstalledAt: epoch.AddDate(0, 0, -20), UpgradedAt: epoch.AddDate(0, 0, -10), LeadName: "Jane Doe", Type: "Editable",
	}
}

func importOf(l license.License) lifecycle.ImportLicense {
	org := org1
	org.ID = l.Org
	return lifecycle.ImportLicense{License: l, Org: org, AsOf: epoch}
}

// file is what an import reads that is whole: one of each kind, in order.
func file() []lifecycle.Command {
	trial := imported(2)
	trial.Package, trial.Version = trialPackage, versionID(trialPackage, published[0])
	trial.Terms.Status = license.Trial
	gone := imported(3)
	gone.Terms.Status, gone.UninstalledAt, gone.Org = license.Uninstalled, epoch.AddDate(0, 0, -1), org2.ID
	suspended := imported(4)
	suspended.Terms.Status, suspended.Terms.Seats = license.Suspended, license.Site()
	suspended.InstalledAt = suspended.InstalledAt.AddDate(0, 0, -5) // before number 1, of the same org
	return []lifecycle.Command{
		lifecycle.ImportAccount{Account: lead.Account{ID: lead.MustAccountID("a"), Name: "Acme"}},
		lifecycle.ImportContact{Contact: lead.Contact{ID: lead.MustContactID("c"), Account: lead.MustAccountID("a"), Person: jane}},
		lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("l"), Person: joe, Source: "Web"}},
		importOf(imported(1)), importOf(trial), importOf(gone), importOf(suspended),
		lifecycle.ImportSeat{Installation: installation(1), User: user(1), AssignedAt: epoch.AddDate(0, 0, -9), AssignedBy: "them"},
		lifecycle.ImportSeat{Installation: installation(1), User: user(2), AssignedAt: epoch, AssignedBy: "them"},
		lifecycle.ImportSeat{Installation: installation(1), User: user(3), AssignedAt: epoch, AssignedBy: "them"}, // more than licensed
	}
}

// X3: importing twice is importing once, at a later time too; X1: what was imported
// is there as it was given.
func TestX3ImportTwiceIsOnce(t *testing.T) {
	for _, mode := range []lifecycle.ImportMode{lifecycle.AllRows, lifecycle.GoodRows} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		all := file()
		report, err := w.Import(t.Context(), w.a, rows(all...), mode)
		if err != nil || report.Rows != len(all) || report.Changed != len(all) || report.Bad+report.Unchanged > 0 {
			t.Fatalf("Import = %+v, %v, want all %d rows to change something", report, err, len(all))
		}
		before := w.dump()
		w.clock = w.clock.AddDate(0, 0, 3)
		report, err = w.Import(t.Context(), w.a, rows(all...), mode)
		if err != nil || report.Rows != len(all) || report.Unchanged != len(all) || report.Bad+report.Changed > 0 {
			t.Errorf("Import again = %+v, %v, want all %d rows unchanged", report, err, len(all))
		}
		w.unchanged(before, "the same import")
		for _, c := range all {
			want, ok := c.(lifecycle.ImportLicense)
			if !ok {
				continue
			}
			l, got := want.License, w.license(want.License.ID)
			if got.Terms != l.Terms || !got.InstalledAt.Equal(l.InstalledAt) || !got.UpgradedAt.Equal(l.UpgradedAt) || !got.UninstalledAt.Equal(l.UninstalledAt) ||
				got.Installation != l.Installation || got.Org != l.Org || got.Number != l.Number || got.LeadName != l.LeadName || got.Type != l.Type || got.AsInstalled {
				t.Errorf("X1: %v is %+v, imported was %+v", l.ID, got, l)
			}
		}
		l := w.license(1)
		if remaining, ok := l.Remaining(); !ok || remaining != -1 || l.Previous != 4 || w.license(4).Previous != 0 || !w.license(4).OnceActive {
			t.Errorf("remaining %d, previous %v", remaining, l.Previous)
		}
		holders := collect(w, w.Holders(t.Context(), w.a, 1))
		if len(holders) != 3 || !holders[0].AssignedAt.Equal(epoch.AddDate(0, 0, -9)) || holders[0].AssignedBy != "them" {
			t.Errorf("holders %+v", holders)
		}
		if next := w.install(9, org2, seatPackage, jane); next.ID != 5 {
			t.Errorf("the next license is %v, want L-00005", next.ID)
		}
		w.replay()
	}
}

// X4: in mode AllRows one bad row and nothing is imported, and the report names
// every bad row; in mode GoodRows the others are.
func TestX4BadRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bad := []lifecycle.Command{
			lifecycle.ImportSeat{Installation: installation(99), User: user(1), AssignedAt: epoch},
			lifecycle.ImportLead{}, lifecycle.ImportAccount{}, nil,
			lifecycle.Revoke{License: 77, Users: users(1)},
		}
		broken := errors.New("line 7: not a date")
		var all []lifecycle.Command
		var wantBad []int
		good := newWorld(t, &lifecycle.MemStore{}).stock()
		for _, c := range file() {
			for rapid.IntRange(0, 4).Draw(t, "bad row") == 0 {
				wantBad = append(wantBad, len(all))
				all = append(all, rapid.SampledFrom(bad).Draw(t, "row"))
			}
			all = append(all, c)
			good.must(c)
		}
		read := rapid.IntRange(-1, len(all)-1).Draw(t, "unreadable") // a pair with an error
		isBad := func(i int) bool { return slices.Contains(wantBad, i) }
		sequence := func(yield func(lifecycle.Row, error) bool) {
			for i, c := range all {
				row, err := lifecycle.Row{Command: c, Where: fmt.Sprintf("f.csv:%d", i+2)}, error(nil)
				if i == read && isBad(i) {
					row, err = lifecycle.Row{}, broken
				}
				if !yield(row, err) {
					return
				}
			}
		}
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		before := w.dump()
		report, err := w.Import(context.Background(), w.a, sequence, lifecycle.AllRows)
		checkRefused(t, report, wantBad, read, broken)
		if len(wantBad) > 0 {
			if !errors.Is(err, lifecycle.ErrNothingImported) || report.Changed+report.Unchanged > 0 || !isOneLine(err) {
				t.Fatalf("Import(AllRows) = %+v, %v, want ErrNothingImported", report, err)
			}
			w.unchanged(before, "an import with bad rows")
		} else if err != nil {
			t.Fatalf("Import(AllRows) = %+v, %v", report, err)
		}
		w = newWorld(t, &lifecycle.MemStore{}).stock()
		report, err = w.Import(context.Background(), w.a, sequence, lifecycle.GoodRows)
		checkRefused(t, report, wantBad, read, broken)
		if err != nil || report.Changed != len(file()) || report.Rows != len(all) {
			t.Fatalf("Import(GoodRows) = %+v, %v, want %d changed of %d", report, err, len(file()), len(all))
		}
		if diff := gocmp.Diff(good.told(), w.told()); diff != "" {
			t.Fatalf("the good rows left (-want +got):\n%s", diff)
		}
	})
}

func checkRefused(t *rapid.T, report lifecycle.ImportReport, want []int, unreadable int, broken error) {
	if report.Bad != len(want) || len(report.Refused) != len(want) {
		t.Fatalf("the report is %+v, want rows %v refused", report, want)
	}
	for i, err := range report.Refused {
		if want[i] == unreadable && errors.Is(err, broken) {
			continue
		}
		row, ok := errors.AsType[*lifecycle.RowError](err)
		if !ok || row.Where != fmt.Sprintf("f.csv:%d", want[i]+2) || row.Err == nil || !strings.HasPrefix(err.Error(), row.Where) {
			t.Fatalf("refused row %d is %v, want row %d", i, err, want[i])
		}
	}
}

// X4: a report names so many bad rows, and counts the rest; rows in many batches
// are all imported.
func TestX4ManyRows(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{})
	const n = 2500
	sequence := func(yield func(lifecycle.Row, error) bool) {
		for i := range n {
			c := lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID(fmt.Sprint("lead-", i)), Person: jane}}
			if i%2 == 1 {
				c = lifecycle.ImportLead{}
			}
			if !yield(lifecycle.Row{Command: c}, nil) {
				return
			}
		}
	}
	report, err := w.Import(t.Context(), w.a, sequence, lifecycle.GoodRows)
	if err != nil || report.Rows != n || report.Changed != n/2 || report.Bad != n/2 || len(report.Refused) != lifecycle.MaxRefused || len(w.leads()) != n/2 {
		t.Errorf("Import = %d rows, %d changed, %d bad, %d named, %v; %d leads", report.Rows, report.Changed, report.Bad, len(report.Refused), err, len(w.leads()))
	}
	if first := report.Refused[0].Error(); !strings.HasPrefix(first, "row 2: ") {
		t.Errorf("a row that does not say where it stands is %q", first)
	}
	want := newWorld(t, &lifecycle.MemStore{})
	report, err = want.Import(t.Context(), want.a, rows(), lifecycle.AllRows)
	if err != nil || !reportIsZero(report) {
		t.Errorf("Import of no rows = %+v, %v", report, err)
	}
}

func reportIsZero(r lifecycle.ImportReport) bool {
	return r.Rows+r.Changed+r.Unchanged+r.Bad+len(r.Refused) == 0
}

// P3: an import whose store fails reports what was imported until then.
func TestP3ImportReportsWhatHappened(t *testing.T) {
	mem := &lifecycle.MemStore{}
	newWorld(t, mem).stock()
	s := &faulty{Store: mem}
	w := newWorld(t, s)
	all := file()
	s.failAt, s.err = 12, errBroken
	for _, mode := range []lifecycle.ImportMode{lifecycle.AllRows, lifecycle.GoodRows} {
		s.calls = 0
		report, err := w.Import(t.Context(), w.a, rows(all...), mode)
		if !errors.Is(err, errBroken) || report.Changed != 0 || len(w.told().Licenses) > 0 {
			t.Errorf("mode %d: Import = %+v, %v", mode, report, err)
		}
	}
}

// X5, L7: an import keeps the rules. It cannot bring back a trial, revive what is
// uninstalled, pass a limit, take another's number or installation, or cross orgs.
func TestX5ImportKeepsTheRules(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	for name, spoil := range map[string]func(*lifecycle.ImportLicense){
		"no number":             func(c *lifecycle.ImportLicense) { c.License.ID = 0 },
		"negative number":       func(c *lifecycle.ImportLicense) { c.License.ID = -1 },
		"huge number":           func(c *lifecycle.ImportLicense) { c.License.ID = 1<<63 - 1 },
		"no installation":       func(c *lifecycle.ImportLicense) { c.License.Installation = license.InstallationID{} },
		"no org":                func(c *lifecycle.ImportLicense) { c.License.Org, c.Org.ID = pkgversion.OrgID{}, pkgversion.OrgID{} },
		"another org":           func(c *lifecycle.ImportLicense) { c.Org.ID = org2.ID },
		"an org without id":     func(c *lifecycle.ImportLicense) { c.Org.ID = pkgversion.OrgID{} },
		"no package":            func(c *lifecycle.ImportLicense) { c.License.Package = pkgversion.PackageID{} },
		"unknown package":       func(c *lifecycle.ImportLicense) { c.License.Package = pkgversion.MustPackageID("nobody's") },
		"no version":            func(c *lifecycle.ImportLicense) { c.License.Version = pkgversion.VersionID{} },
		"no version number":     func(c *lifecycle.ImportLicense) { c.License.Number = pkgversion.Version{} },
		"no status":             func(c *lifecycle.ImportLicense) { c.License.Terms.Status = 0 },
		"a displayed status":    func(c *lifecycle.ImportLicense) { c.License.Terms.Status = license.Expired },
		"a status that is none": func(c *lifecycle.ImportLicense) { c.License.Terms.Status = 200 },
		"no expiration":         func(c *lifecycle.ImportLicense) { c.License.Terms.Expiration = license.Expiration{} },
		"no install date":       func(c *lifecycle.ImportLicense) { c.License.InstalledAt = time.Time{} },
		"install date of 9999":  func(c *lifecycle.ImportLicense) { c.License.InstalledAt = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) },
		"upgraded in 10000":     func(c *lifecycle.ImportLicense) { c.License.UpgradedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"observed in 10000": func(c *lifecycle.ImportLicense) {
			c.License.Observed.AsOf = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
		},
		"no instant":          func(c *lifecycle.ImportLicense) { c.AsOf = time.Time{} },
		"gone before it came": func(c *lifecycle.ImportLicense) { c.License.UninstalledAt = c.License.InstalledAt.Add(-1e6) },
		"lead name with NUL":  func(c *lifecycle.ImportLicense) { c.License.LeadName = "a\x00" },
		"type of bad UTF-8":   func(c *lifecycle.ImportLicense) { c.License.Type = "\xff" },
		"org name too long":   func(c *lifecycle.ImportLicense) { c.Org.Name = strings.Repeat("x", 1<<20) },
		"endless trial": func(c *lifecycle.ImportLicense) {
			c.License.Terms.Status, c.License.Terms.Expiration = license.Trial, license.Never()
		},
		"trial of 91 days":       func(c *lifecycle.ImportLicense) { trialOf(c, c.License.InstallDate(), 91) },
		"trial from tomorrow":    func(c *lifecycle.ImportLicense) { trialOf(c, c.License.InstallDate().AddDays(1), 90) },
		"trial of another epoch": func(c *lifecycle.ImportLicense) { trialOf(c, license.MustDate("2099-01-01"), 90) },
		"another's number":       func(c *lifecycle.ImportLicense) { c.License.ID = 2 },
		"another number":         func(c *lifecycle.ImportLicense) { c.License.Installation = installation(1) },
		"moved to another org": func(c *lifecycle.ImportLicense) {
			c.License.ID, c.License.Installation, c.License.Org, c.Org = 1, installation(1), org2.ID, org2
		},
		"moved to another packag": func(c *lifecycle.ImportLicense) {
			c.License.ID, c.License.Installation, c.License.Package = 1, installation(1), trialPackage
		},
	} {
		c := importOf(imported(9))
		c.AsOf = w.clock.AddDate(0, 0, 1)
		spoil(&c)
		t.Run(name, func(t *testing.T) {
			before := w.dump()
			err := w.run(c)
			if !isTyped(err) || !isOneLine(err) {
				t.Errorf("Import = %v, want a typed error of one line", err)
			}
			w.unchanged(before, "a refused import")
		})
	}
	c := importOf(imported(9))
	trialOf(&c, c.License.InstallDate(), 90)
	w.must(c)
	again := importOf(w.license(5))
	again.AsOf = w.clock.AddDate(0, 0, 1)
	before := w.dump()
	w.must(again)
	w.unchanged(before, "importing an uninstalled license that is")
	again.License.Terms.Status = license.Suspended
	refused[*lifecycle.ExistsError](w, again)
}

func trialOf(c *lifecycle.ImportLicense, start license.Date, days int) {
	c.License.TrialStart = start
	c.License.Terms.Status, c.License.Terms.Expiration = license.Trial, license.LastDay(start.AddDays(days))
}

// I3, X5: what was told before an import counts with it, and what is told after
// it is sorted in: the order of import and notifications does not matter.
func TestI3ImportAmongNotifications(t *testing.T) {
	at := func(days int) lifecycle.Notice { return lifecycle.Notice{At: epoch.AddDate(0, 0, days), Org: org1} }
	rapid.Check(t, func(t *rapid.T) {
		var all []lifecycle.Command
		all = append(all, lifecycle.Installed{Notice: at(-20), Installation: installation(1), Package: seatPackage, Version: versionID(seatPackage, published[0]), Zone: license.UTC})
		for i := range rapid.IntRange(0, 4).Draw(t, "more") {
			days := rapid.IntRange(1, 10).Draw(t, "days")
			if rapid.IntRange(0, 4).Draw(t, "gone") == 0 {
				all = append(all, lifecycle.Uninstalled{Notice: at(days), Installation: installation(1), Package: seatPackage})
			} else {
				all = append(all, lifecycle.Upgraded{Notice: at(days), Installation: installation(1), Package: seatPackage, Version: versionID(seatPackage, published[i%3])})
			}
		}
		l := imported(1)
		l.InstalledAt, l.LeadName = epoch.AddDate(0, 0, -20).Truncate(24*time.Hour), "" // an export knows the day
		all = append(all, importOf(l))
		one, two := newWorld(t, &lifecycle.MemStore{}).stock(), newWorld(t, &lifecycle.MemStore{}).stock()
		for _, c := range all {
			_ = one.run(c)
		}
		for _, c := range rapid.Permutation(all).Draw(t, "order") {
			_ = two.run(c)
		}
		facts := func(w *world) license.License {
			l := w.told().Licenses[installation(1)]
			return license.License{InstalledAt: l.InstalledAt, UpgradedAt: l.UpgradedAt, UninstalledAt: l.UninstalledAt, Version: l.Version,
				Terms: license.Terms{Status: map[bool]license.Status{true: license.Uninstalled}[l.Terms.Status == license.Uninstalled]}}
		}
		if diff := gocmp.Diff(facts(one), facts(two)); diff != "" && !gone(all) {
			t.Fatalf("another order (-one +two):\n%s", diff)
		}
		before := two.dump()
		for _, c := range all {
			if _, ok := c.(lifecycle.ImportLicense); !ok {
				two.must(c)
			}
		}
		two.unchanged(before, "the notifications again")
	})
}

// gone reports whether an uninstallation is told: an import of before it completes
// nothing once it is known.
func gone(all []lifecycle.Command) bool {
	return slices.ContainsFunc(all, func(c lifecycle.Command) bool { _, ok := c.(lifecycle.Uninstalled); return ok })
}

// X5: an uninstallation that was told before the import ends the imported license.
func TestX5ImportAfterItsUninstallation(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.must(w.uninstalled(1, org1, seatPackage))
	w.must(importOf(imported(1)))
	if l := w.license(1); l.Terms.Status != license.Uninstalled || !l.UninstalledAt.Equal(epoch) {
		t.Errorf("the imported license is %v, uninstalled at %v", l.Terms.Status, l.UninstalledAt)
	}
}

// X5: an export from before the uninstallation, or one that has it too, changes nothing; one
// that has the license active after it is refused, and so is another permission set.
func TestX5ImportOfWhatIsUninstalled(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	was := w.license(5)
	before := w.dump()
	older := was
	older.Terms = active(2)
	w.must(lifecycle.ImportLicense{License: older, Org: org2, AsOf: was.UninstalledAt})
	w.must(lifecycle.ImportLicense{License: was, Org: org2, AsOf: was.UninstalledAt.AddDate(0, 0, 1)})
	w.unchanged(before, "what was known")
	another := w.license(6)
	another.PermissionSet = "Max"
	for _, c := range []lifecycle.ImportLicense{
		{License: older, Org: org2, AsOf: was.UninstalledAt.Add(time.Second)},
		{License: another, Org: org1, AsOf: w.clock},
	} {
		report, err := w.Import(t.Context(), w.a, rows(c), lifecycle.GoodRows)
		if err != nil || report.Bad != 1 {
			t.Errorf("%v: %+v, %v, want it refused", c.License.ID, report, err)
		}
	}
	w.unchanged(before, "what was refused")
}

// An older export does not undo newer terms; a newer one sets them.
func TestImportOfOlderTerms(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.must(importOf(imported(1)))
	l := w.license(1)
	terms := l.Terms
	terms.Seats = license.MustSeats(7)
	w.clock = w.clock.AddDate(0, 0, 2)
	w.must(lifecycle.Modify{License: 1, Terms: terms, Revision: l.Revision})
	older := importOf(imported(1))
	older.AsOf = epoch.AddDate(0, 0, 1)
	older.License.Terms.Seats = license.MustSeats(1)
	w.must(older)
	if got := w.license(1).Terms; got != terms {
		t.Errorf("an older export left %v, want %v", got, terms)
	}
	older.AsOf = epoch.AddDate(0, 0, 3)
	w.must(older)
	if got := w.license(1).Terms.Seats; got != license.MustSeats(1) {
		t.Errorf("a newer export left %v seats, want 1", got)
	}
}

// An import that moves an installation to an earlier day finds its place among its
// siblings.
func TestImportMovesAmongSiblings(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.install(1, org1, seatPackage, jane)
	w.clock = w.clock.AddDate(0, 0, 1)
	l := w.install(2, org1, seatPackage, jane)
	if l.Previous != 1 {
		t.Fatalf("previous of the second is %v", l.Previous)
	}
	l.InstalledAt = epoch.AddDate(0, 0, -1)
	w.must(lifecycle.ImportLicense{License: l, Org: org1, AsOf: w.clock})
	if one, two := w.license(1), w.license(2); one.Previous != 2 || two.Previous != 0 {
		t.Errorf("previous of 1 is %v, of 2 is %v, want 2 and none", one.Previous, two.Previous)
	}
}

// A seat that was imported and taken away since does not come back by importing it again.
func TestSeatImportedAgainStaysRevoked(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.install(1, org1, seatPackage, jane)
	held := lifecycle.ImportSeat{Installation: installation(1), User: user(1), AssignedAt: epoch.AddDate(0, 0, -9)}
	w.must(held)
	if n := w.license(1).Holders; n != 1 {
		t.Fatalf("%d hold a seat, want one", n)
	}
	w.clock = w.clock.Add(time.Hour)
	w.must(lifecycle.Revoke{License: 1, Users: users(1)})
	for _, at := range []time.Time{held.AssignedAt, held.AssignedAt.Add(-time.Hour)} {
		held.AssignedAt = at
		w.must(held)
		if n := w.license(1).Holders; n != 0 {
			t.Errorf("imported again as of %v: %d hold a seat, want none", at, n)
		}
	}
}

// L2: a license that was once Active stays that whatever an import says of it, and is never
// imported as a Trial.
func TestL2ImportOfWhatWasActive(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	imported := func(id license.ID, status license.Status, once bool, at time.Time) license.License {
		l := license.License{ID: id, Installation: installation(int(id)), Org: org1.ID, Package: trialPackage, Version: versionID(trialPackage, published[0]), Number: published[0],
			InstalledAt: epoch, OnceActive: once, Terms: license.Terms{Status: status, Seats: license.MustSeats(2), Expiration: license.LastDay(license.DateOf(epoch).AddDays(9))}}
		l.UninstalledAt = at
		return l
	}
	run := func(l license.License) error {
		w.clock = w.clock.Add(time.Hour)
		return w.run(lifecycle.ImportLicense{License: l, Org: org1, AsOf: w.clock})
	}
	before := w.dump()
	err := run(imported(7, license.Trial, true, time.Time{}))
	if refused, ok := errors.AsType[*lifecycle.FieldError](err); !ok || refused.Field != "status" || refused.Value != "Trial" {
		t.Errorf("a Trial that was active is imported: %v", err)
	}
	w.unchanged(before, "refused")

	for id, first := range map[license.ID]license.License{
		8:  imported(8, license.Active, false, time.Time{}),
		9:  imported(9, license.Suspended, false, time.Time{}),
		10: imported(10, license.Uninstalled, true, epoch.Add(time.Minute)),
	} {
		if err := run(first); err != nil || !w.license(id).OnceActive {
			t.Errorf("%v imported as %v: %v, once active %t", id, first.Terms.Status, err, w.license(id).OnceActive)
		}
	}
	if err := run(imported(8, license.Uninstalled, false, w.clock)); err != nil || !w.license(8).OnceActive || w.license(8).Terms.Status != license.Uninstalled {
		t.Errorf("imported again as uninstalled: %v, %+v", err, w.license(8))
	}
	if err := run(imported(11, license.Uninstalled, false, epoch.Add(time.Minute))); err != nil || w.license(11).OnceActive {
		t.Errorf("an uninstalled one of which nothing is known: %v, once active %t", err, w.license(11).OnceActive)
	}
	contradictions, err := lifecycle.Verify(t.Context(), w.store, w.a.Vendor)
	if err != nil || len(contradictions) > 0 {
		t.Errorf("Verify = %v, %v", contradictions, err)
	}
}
