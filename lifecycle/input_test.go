package lifecycle_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// isTyped reports whether err is one of the refusals that the packages document.
func isTyped(err error) bool {
	return is[*lifecycle.FieldError](err) || is[*lifecycle.NotFoundError](err) || is[*lifecycle.ExistsError](err) || is[*lifecycle.StaleError](err) ||
		is[*lifecycle.UpgradeError](err) || is[*lifecycle.NotAssignableError](err) || is[*lifecycle.UnreachableOrgError](err) ||
		is[*lifecycle.ClockError](err) || is[*license.FieldError](err) || is[*license.TransitionError](err) || is[*license.StaleError](err) ||
		is[*lead.FieldError](err) || is[*lead.ConvertedError](err) || is[*seats.FieldError](err) || is[*seats.ExhaustedError](err)
}

func is[E error](err error) bool { _, ok := errors.AsType[E](err); return ok }

// isOneLine reports whether an error's text is one line of valid UTF-8, of at most
// 500 bytes.
func isOneLine(err error) bool {
	text := err.Error()
	return text != "" && len(text) <= 500 && utf8.ValidString(text) && !strings.ContainsAny(text, "\n\r\x00\u2028\u0085")
}

var (
	badTexts = []string{"\xff", "a\x00b", strings.Repeat("long ", 2000)}
	badTimes = []time.Time{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)}
)

// V12: a limit is a number of bytes, or of characters, and what is longer by one is refused
// before any store sees it, or cut where it is a person's; so it is the same on all stores.
func TestV12LimitsAreExact(t *testing.T) {
	for _, letter := range []string{"a", "é", "東", "🚀"} {
		fill := func(bytes int) string {
			return strings.Repeat("x", bytes%len(letter)) + strings.Repeat(letter, bytes/len(letter))
		}
		if _, err := seats.ParseUserID(fill(255)); err != nil {
			t.Errorf("an id of 255 bytes of %q: %v", letter, err)
		}
		if _, err := seats.ParseUserID(fill(256)); !is[*seats.FieldError](err) {
			t.Errorf("an id of 256 bytes of %q: %v, want a *FieldError", letter, err)
		}
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		w.must(lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("o"), Name: fill(4096)}})
		refused[*lifecycle.FieldError](w, lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("o"), Name: fill(4097)}})
		for n, kept := range map[int]int{lead.MaxField: lead.MaxField, lead.MaxField + 1: lead.MaxField} {
			who := jane
			who.Company, who.Email = strings.Repeat(letter, n), fmt.Sprintf("%d@acme.example", n)
			l := w.install(n, org1, seatPackage, who)
			if got := w.lead(l.Lead).Person.Company; got != strings.Repeat(letter, kept) {
				t.Errorf("of a company of %d times %q %d characters were kept, want %d", n, letter, utf8.RuneCountInString(got), kept)
			}
		}
	}
}

// badInput returns each command with each field missing or invalid.
func badInput(w *world) (all []lifecycle.Command) {
	l1, l2 := w.license(1), w.license(2)
	add := func(c ...lifecycle.Command) { all = append(all, c...) }
	good := lifecycle.Registration{Package: pkgversion.Package{ID: pkgversion.MustPackageID("new")}}
	known := w.registration(seatPackage)
	for _, spoil := range []func(*lifecycle.Registration){
		func(r *lifecycle.Registration) { r.Package.ID = pkgversion.PackageID{} },
		func(r *lifecycle.Registration) { r.Policy.GraceDays = -1 },
		func(r *lifecycle.Registration) { r.Policy.GraceDays = license.MaxGraceDays + 1 },
		func(r *lifecycle.Registration) { r.Overage.BasisPoints = -1 },
		func(r *lifecycle.Registration) { r.Overage.BasisPoints = 10_001 },
		func(r *lifecycle.Registration) { r.Overage.Extra = -1 },
		func(r *lifecycle.Registration) { r.Overage.Extra = license.MaxSeats + 1 },
		func(r *lifecycle.Registration) { r.Defaults.Status = license.Suspended },
		func(r *lifecycle.Registration) { r.Defaults = license.Defaults{Status: license.Trial, Days: 0} },
		func(r *lifecycle.Registration) { r.Defaults = license.Defaults{Status: license.Trial, Days: 91} },
		func(r *lifecycle.Registration) { r.Defaults = license.Defaults{Status: license.Active, Days: -1} },
		func(r *lifecycle.Registration) {
			r.Defaults = license.Defaults{Status: license.Active, Days: math.MaxInt}
		},
	} {
		fresh, changed := good, known
		spoil(&fresh)
		spoil(&changed)
		add(lifecycle.RegisterPackage{Registration: fresh}, lifecycle.ChangePackage{Registration: changed})
	}
	other := known
	other.TrialAgain = true
	add(lifecycle.RegisterPackage{Registration: other}) // registered with other words
	other.Revision--
	add(lifecycle.ChangePackage{Registration: other}, lifecycle.ChangePackage{Registration: good})
	add(lifecycle.SetLeadManager{}, lifecycle.SetLeadManager{Package: good.Package.ID})

	version := pkgversion.PackageVersion{ID: pkgversion.MustVersionID("v-new"), Package: seatPackage, Version: pkgversion.MustVersion("7.0")}
	for _, spoil := range []func(*pkgversion.PackageVersion){
		func(v *pkgversion.PackageVersion) { v.ID = pkgversion.VersionID{} },
		func(v *pkgversion.PackageVersion) { v.Package = pkgversion.PackageID{} },
		func(v *pkgversion.PackageVersion) { v.Package = good.Package.ID },
		func(v *pkgversion.PackageVersion) { v.Version = pkgversion.Version{} },
		func(v *pkgversion.PackageVersion) { v.Sequence = -1 },
		func(v *pkgversion.PackageVersion) { v.Version = published[0] },                     // another id has it
		func(v *pkgversion.PackageVersion) { v.ID = versionID(seatPackage, published[0]) },  // has another number
		func(v *pkgversion.PackageVersion) { v.ID = versionID(trialPackage, published[0]) }, // another package's
		func(v *pkgversion.PackageVersion) { v.ReleasedAt = badTimes[0] },
	} {
		v := version
		spoil(&v)
		add(lifecycle.PublishVersion{Version: v})
	}

	install := w.installed(20, org2, seatPackage, jane)
	for _, spoil := range []func(*lifecycle.Installed){
		func(n *lifecycle.Installed) { n.Org.ID = pkgversion.OrgID{} },
		func(n *lifecycle.Installed) { n.Installation = license.InstallationID{} },
		func(n *lifecycle.Installed) { n.Package = pkgversion.PackageID{} },
		func(n *lifecycle.Installed) { n.Package = good.Package.ID },
		func(n *lifecycle.Installed) { n.Version = pkgversion.VersionID{} },
		func(n *lifecycle.Installed) { n.Version = versionID(trialPackage, published[0]) },
		func(n *lifecycle.Installed) { n.Version = pkgversion.MustVersionID("not-published") },
		func(n *lifecycle.Installed) { n.Version = versionID(seatPackage, published[3]) }, // a beta
		func(n *lifecycle.Installed) { n.Installation = installation(1) },                 // of another org
		func(n *lifecycle.Installed) { n.Installation, n.Org = installation(2), org1 },    // of another package
	} {
		n := install
		spoil(&n)
		withID := n
		withID.ID = lifecycle.MustNotificationID("bad")
		add(n, withID)
		if n.Version != versionID(seatPackage, published[3]) {
			add(lifecycle.Upgraded{Notice: n.Notice, Installation: n.Installation, Package: n.Package, Version: n.Version})
		}
		if n.Version == install.Version {
			add(lifecycle.Uninstalled{Notice: n.Notice, Installation: n.Installation, Package: n.Package})
		}
	}
	add(lifecycle.OrgChanged{Notice: lifecycle.Notice{At: epoch}}, lifecycle.InstallAborted{Notice: lifecycle.Notice{At: epoch}})

	for _, text := range badTexts {
		r := good
		r.Package.Name = text
		add(lifecycle.RegisterPackage{Registration: r})
		r = good
		r.Package.Namespace = text
		add(lifecycle.RegisterPackage{Registration: r})
		r = good
		r.Package.Developer = text
		add(lifecycle.RegisterPackage{Registration: r})
		v := version
		v.Name = text
		add(lifecycle.PublishVersion{Version: v})
		for _, org := range []license.Org{{Name: text}, {Status: license.OrgStatus(text)}, {Edition: text}, {Instance: text}, {TrialEnds: text}} {
			org.ID = org2.ID
			n := install
			n.Org = org
			add(n, lifecycle.OrgChanged{Notice: n.Notice}, lifecycle.InstallAborted{Notice: n.Notice, Package: seatPackage})
		}
		terms := l1.Terms
		terms.Seats = license.Site()
		add(lifecycle.Modify{License: 1, Terms: terms, Revision: l1.Revision, Why: text})
		owner := lead.MustOwnerID("o")
		add(lifecycle.RecordOwner{Owner: lead.Owner{ID: owner, Name: text}}, lifecycle.RecordOwner{Owner: lead.Owner{ID: owner, Email: text}})
		id := lead.MustAccountID("a")
		for _, account := range []lead.Account{{Name: text}, {Type: text}, {Website: text}, {Phone: text}, {Street: text}, {City: text}, {State: text}, {PostalCode: text}, {Country: text}} {
			account.ID = id
			add(lifecycle.ImportAccount{Account: account})
			add(lifecycle.ConvertLead{Lead: l1.Lead, Contact: lead.Contact{ID: lead.MustContactID("c")}, Account: account})
		}
		add(lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("l"), Source: text}}, lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("l"), Status: text}})
		add(lifecycle.ImportSeat{Installation: installation(1), User: user(9), AssignedAt: epoch, AssignedBy: text})
	}
	for _, at := range badTimes {
		n := install
		n.At = at
		add(n, lifecycle.OrgChanged{Notice: n.Notice}, lifecycle.InstallAborted{Notice: n.Notice, Package: seatPackage},
			lifecycle.Uninstalled{Notice: n.Notice, Installation: installation(1), Package: seatPackage},
			lifecycle.ImportSeat{Installation: installation(1), User: user(9), AssignedAt: at})
	}
	for _, at := range badTimes[:2] {
		add(lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("l"), CreatedAt: at}},
			lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("l"), Conversion: lead.Conversion{Contact: lead.MustContactID("c"), Account: lead.MustAccountID("a"), At: at}}},
			lifecycle.ImportContact{Contact: lead.Contact{ID: lead.MustContactID("c"), CreatedAt: at}},
			lifecycle.ImportAccount{Account: lead.Account{ID: lead.MustAccountID("a"), CreatedAt: at}})
	}

	for _, terms := range []license.Terms{
		{}, {Status: license.Active}, {Status: 99, Expiration: license.Never()}, {Status: license.Expired, Expiration: license.Never()},
		{Status: license.Uninstalled, Expiration: license.Never()}, {Status: license.Trial, Expiration: license.LastDay(license.DateOf(epoch))},
		{Status: license.Active, Expiration: license.LastDay(license.DateOf(epoch).AddDays(-1))},
	} {
		add(lifecycle.Modify{License: 1, Terms: terms, Revision: l1.Revision})
	}
	terms := l2.Terms
	terms.Expiration = license.Never()
	add(lifecycle.Modify{License: 2, Terms: terms, Revision: l2.Revision})
	terms.Expiration = license.LastDay(l2.InstallDate().AddDays(91))
	add(lifecycle.Modify{License: 2, Terms: terms, Revision: l2.Revision})
	terms = l1.Terms
	terms.Seats = license.Site()
	add(lifecycle.Modify{License: 1, Terms: terms, Revision: l1.Revision - 1}, lifecycle.Modify{License: 99, Terms: terms}, lifecycle.Modify{Terms: terms})
	add(lifecycle.Upgrade{}, lifecycle.Upgrade{License: 99, Version: l1.Version}, lifecycle.Upgrade{License: 1}, lifecycle.Upgrade{License: 1, Version: l2.Version})

	contact, account := lead.Contact{ID: lead.MustContactID("c")}, lead.Account{ID: lead.MustAccountID("a")}
	add(lifecycle.ConvertLead{}, lifecycle.ConvertLead{Lead: lead.MustID("nobody"), Contact: contact, Account: account},
		lifecycle.ConvertLead{Lead: l1.Lead, Account: account}, lifecycle.ConvertLead{Lead: l1.Lead, Contact: contact})
	add(lifecycle.RecordOwner{}, lifecycle.ImportLead{}, lifecycle.ImportContact{}, lifecycle.ImportAccount{}, lifecycle.ImportSeat{}, lifecycle.ImportLicense{})

	none := seats.UserID{}
	add(lifecycle.Assign{}, lifecycle.Assign{License: 99, Users: users(1)}, lifecycle.Assign{License: 1}, lifecycle.Assign{License: 1, Users: []seats.UserID{user(3), none}},
		lifecycle.Assign{License: 1, Users: users(3, 4)}, lifecycle.Assign{License: -1, Users: users(1)},
		lifecycle.Revoke{}, lifecycle.Revoke{License: 99, Users: users(1)}, lifecycle.Revoke{License: 1}, lifecycle.Revoke{License: 1, Users: []seats.UserID{user(1), none}},
		lifecycle.Transfer{}, lifecycle.Transfer{License: 99, From: user(1), To: user(3)}, lifecycle.Transfer{License: 1, From: user(1)}, lifecycle.Transfer{License: 1, To: user(1)},
		lifecycle.Transfer{License: 1, From: user(3), To: user(4)}, lifecycle.Transfer{License: 1, From: user(1), To: user(2)},
		lifecycle.Move{}, lifecycle.Move{User: user(1), From: 99, To: 1}, lifecycle.Move{User: user(1), From: 1, To: 99}, lifecycle.Move{From: 1, To: 3},
		lifecycle.Move{User: user(1), From: 1, To: 5}, lifecycle.Move{User: user(1), From: 1, To: 4}, lifecycle.Move{User: user(7), From: 1, To: 3}, lifecycle.Move{User: user(7), From: 1, To: 1},
		lifecycle.ImportSeat{Installation: installation(99), User: user(1), AssignedAt: epoch}, lifecycle.ImportSeat{Installation: installation(1), AssignedAt: epoch},
		lifecycle.ImportSeat{Installation: installation(1), User: user(9)}, lifecycle.ImportSeat{Installation: installation(5), User: user(9), AssignedAt: epoch})
	add(nil)
	return all
}

// L8, V11: bad input is refused at every door with a typed error of one line, and
// nothing changes.
func TestBadInputAtEveryDoor(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	all := badInput(w)
	if len(all) < 200 {
		t.Errorf("%d commands, want at least 200", len(all))
	}
	before, events := w.dump(), len(w.events())
	for _, c := range all {
		err := w.run(c)
		switch {
		case err == nil:
			t.Errorf("%s = nil, want an error", brief(c))
		case !isTyped(err):
			t.Errorf("%s = %T %v, want a typed error", brief(c), err, err)
		case !isOneLine(err):
			t.Errorf("%s = %q, want one line", brief(c), err)
		}
		if len(w.events()) != events {
			t.Fatalf("%s, which was refused, is recorded", brief(c))
		}
	}
	w.unchanged(before, "what was refused")
}

// M3: no error, whatever it refuses, shows an e-mail address, a phone number or a
// person's name.
func TestM3ErrorsShowNoPersons(t *testing.T) {
	const marker = "Zaphod"
	for _, bad := range []string{"", "\xff", "\x00", strings.Repeat(" long", 2000)} {
		text := marker + bad
		who := lead.Person{FirstName: text, LastName: text, Title: text, Company: text, Email: text + "@" + marker + ".example", Phone: text, Street: text, City: text}
		w := newWorld(t, &lifecycle.MemStore{}).live()
		l1 := w.license(1)
		install := w.installed(20, org2, seatPackage, who)
		unknown := install
		unknown.Package = pkgversion.MustPackageID("nobody's")
		beta := install
		beta.Version = versionID(seatPackage, published[3])
		same := install
		same.ID = lifecycle.MustNotificationID("n")
		imported := importOf(imported(9))
		imported.License.LeadName = text
		endless := imported
		endless.License.Terms = license.Terms{Status: license.Trial, Expiration: license.Never()}
		account := lead.Account{ID: lead.MustAccountID("a"), Name: text, Phone: text, Street: text}
		contact := lead.Contact{ID: lead.MustContactID("c"), Person: who}
		errs := map[string]error{}
		for i, c := range []lifecycle.Command{
			unknown, beta, same, install, imported, endless,
			lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("o"), Name: text, Email: text}},
			lifecycle.RecordOwner{Owner: lead.Owner{Name: text, Email: text}},
			lifecycle.ImportLead{Lead: lead.Lead{Person: who}}, lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("l"), Person: who, Source: "\x00"}},
			lifecycle.ImportContact{Contact: lead.Contact{Person: who}}, lifecycle.ImportAccount{Account: account},
			lifecycle.ConvertLead{Lead: l1.Lead, Contact: contact, Account: account},
			lifecycle.ConvertLead{Lead: l1.Lead, Contact: lead.Contact{Person: who}, Account: account},
			lifecycle.ConvertLead{Lead: lead.MustID("nobody"), Contact: contact, Account: account},
			lifecycle.ImportSeat{Installation: installation(1), User: user(9), AssignedAt: epoch, AssignedBy: text},
		} {
			errs[fmt.Sprintf("%d %T", i, c)] = w.run(c)
		}
		same.Installer.Title = "another"
		errs["other content"] = w.run(same)
		if errs["other content"] == nil {
			t.Error("other content under one id is no error")
		}
		for name, err := range errs {
			if err != nil && strings.Contains(err.Error(), marker) {
				t.Errorf("%s with %q: the error shows it: %v", name, text[:min(len(text), 12)], err)
			}
		}
		for _, e := range w.events() {
			if warned, ok := e.Change.(lifecycle.Warned); ok && strings.Contains(warned.What+warned.Remedy, marker) {
				t.Errorf("a warning shows a person: %+v", warned)
			}
		}
	}
}

// New refuses what cannot work.
func TestNewRefuses(t *testing.T) {
	if m, err := lifecycle.New(lifecycle.Config{}); m != nil || !isFieldError(err) {
		t.Errorf("New without a store = %v, %v", m, err)
	}
}

// Each error says what it is about, in one line, also when it is zero or holds
// anything.
func TestErrorTexts(t *testing.T) {
	long := strings.Repeat("é\n\x00\xff", 1000)
	for _, err := range []error{
		&lifecycle.FieldError{}, &lifecycle.FieldError{Field: long, Value: long, Rule: long},
		&lifecycle.NotFoundError{}, &lifecycle.NotFoundError{Kind: long, ID: long},
		&lifecycle.ExistsError{}, &lifecycle.ExistsError{Kind: long, ID: long, Rule: long},
		&lifecycle.StaleError{}, &lifecycle.StaleError{Kind: long, ID: long, Read: math.MinInt64, Current: math.MaxInt64},
		&lifecycle.UpgradeError{}, &lifecycle.UpgradeError{License: 1, From: published[3], To: published[0], Rule: long},
		&lifecycle.NotAssignableError{}, &lifecycle.NotAssignableError{License: 1, Status: 99},
		&lifecycle.UnreachableOrgError{}, &lifecycle.UnreachableOrgError{License: 1, Org: org1.ID, Status: license.OrgStatus(long)},
		&lifecycle.ClockError{}, &lifecycle.ClockError{Now: badTimes[0], Highest: badTimes[1], Bound: math.MaxInt64},
		&lifecycle.OutcomeUnknownError{Err: errors.New(long)}, &lifecycle.RowError{Where: long, Err: errors.New(long)},
	} {
		if !isOneLine(err) {
			t.Errorf("%T prints %q", err, err)
		}
	}
	unreachable := (&lifecycle.UnreachableOrgError{License: 1, Org: org1.ID, Status: license.OrgLocked}).Error()
	if !strings.Contains(unreachable, "proxy user has deactivated") || !strings.Contains(unreachable, "reinstall") {
		t.Errorf("an unreachable org prints %q", unreachable)
	}
}
