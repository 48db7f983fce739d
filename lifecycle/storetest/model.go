package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Model runs random sequences of commands through a Manager on a store and on a
// slow model of plain maps, and fails where they disagree: in what is refused, in who
// holds seats, in every license's terms, and in every decision. open returns a new,
// empty store for each sequence, and what closes it. It returns how many commands and
// questions were tried and compared.
//
// It proves S1, S2, S5–S11, S13–S19, S21, S22, S23, L1–L5, L7–L10, L12, L14, L18, D1, D4,
// D6, D12, D15, E1, E8, T1 and T5 of the Manager on that store, and D9 of a Checker.
func Model(t rapid.TB, open func() (store lifecycle.Store, closeStore func())) (operations int) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		store, closeStore := open()
		defer closeStore()
		m := newModel(t, store)
		defer func() { operations += m.operations - 1 }() // agree runs before the first one too
		defer m.closeCheckers()
		t.Repeat(map[string]func(*rapid.T){
			"install":   m.install,
			"uninstall": m.uninstall,
			"upgrade":   m.upgrade,
			"modify":    m.modify,
			"cut":       m.cut,
			"assign":    m.assign,
			"revoke":    m.revoke,
			"transfer":  m.transfer,
			"move":      m.move,
			"check":     m.check,
			"tick":      m.tick,

			"add permission set": m.addPermissionSet,
			"deactivate":         m.deactivate,
			"reactivate":         m.reactivate,
			"org changes":        m.orgChanges,
			"retire":             m.retire,
			"terms change there": m.termsChangeThere,
			"push":               m.push,
			"pull":               m.pull,
			"set parameter":      m.setParameter,
			"report parameter":   m.reportParameter,
			"": func(t *rapid.T) {
				m.agree(t)
				m.checkersAgree(t)
			},
		})
		m.eventsAddUp(t)
	})
	return operations
}

// The world of the model: two packages, one with trials, one with seats and an
// overage; two production orgs and a sandbox.
var (
	trialPackage = pkgversion.MustPackageID("with-trial")
	seatPackage  = pkgversion.MustPackageID("with-seats")
	modelActor   = lifecycle.Actor{Vendor: vendor, ID: lifecycle.MustActorID("model")}
	modelOrgs    = []license.Org{{ID: pkgversion.MustOrgID("org-1")}, {ID: pkgversion.MustOrgID("org-2")}, {ID: pkgversion.MustOrgID("sandbox"), Sandbox: true}}
	modelVersion = []string{"1.9", "1.10", "2.0"}
)

const (
	modelTrialDays = 30
	modelGrace     = 5
	modelExtra     = 2
	modelUsers     = 6
)

// model is the slow twin: what should be, in plain maps.
type model struct {
	manager  *lifecycle.Manager
	checkers []*lifecycle.Checker
	clock    time.Time // what the Manager's clock says
	highest  time.Time // the latest instant that it ever acted at
	licenses map[license.ID]*modelLicense
	orgs     map[pkgversion.OrgID]license.Org // as they were told last
	there    orgsThere                        // what they have

	operations int
}

type modelLicense struct {
	name        license.InstallationID
	isSet       bool // a permission-set license
	org         pkgversion.OrgID
	pkg         pkgversion.PackageID
	terms       license.Terms
	onceActive  bool
	installed   license.Date
	installedAt time.Time
	trialStart  license.Date
	version     int // index of modelVersion
	uninstalled time.Time
	retired     bool
	holders     map[seats.UserID]bool
	freed       map[seats.UserID]bool // whose last seat a deactivation freed
	given       int                   // seats ever given, for the events
	taken       int

	pending bool                        // the org is to be given the terms
	seen    license.Observed            // in the org
	differ  map[license.DriftField]bool // since it was seen
	rockets license.ParameterValue
}

func (l *modelLicense) gone() bool { return !l.uninstalled.IsZero() }

func newModel(t *rapid.T, store lifecycle.Store) *model {
	m := &model{clock: time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), licenses: map[license.ID]*modelLicense{},
		orgs: map[pkgversion.OrgID]license.Org{}}
	m.there = orgsThere{m, map[license.InstallationID]lifecycle.Observation{}}
	for _, org := range modelOrgs {
		m.orgs[org.ID] = org
	}
	var err error
	m.manager, err = lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { return m.clock }, Rules: lifecycle.Rules{Push: true}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for _, r := range []lifecycle.Registration{
		{Package: pkgversion.Package{ID: trialPackage}, Defaults: license.Defaults{Status: license.Trial, Days: modelTrialDays, Seats: license.MustSeats(2)}, FreeSeats: true},
		{Package: pkgversion.Package{ID: seatPackage}, Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(3)},
			Policy: license.Policy{GraceDays: modelGrace}, Overage: seats.Overage{Extra: modelExtra}},
	} {
		if _, err := m.manager.RegisterPackage(ctx, modelActor, r); err != nil {
			t.Fatal(err)
		}
		for i, number := range modelVersion {
			err := m.manager.PublishVersion(ctx, modelActor, lifecycle.PublishVersion{Version: pkgversion.PackageVersion{
				ID: modelVersionID(r.Package.ID, i), Package: r.Package.ID, Version: pkgversion.MustVersion(number)}})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := m.manager.DefineParameter(ctx, modelActor, lifecycle.DefineParameter{Parameter: rocketsOf(r.Package.ID)}); err != nil {
			t.Fatal(err)
		}
	}
	m.highest = m.clock
	for _, onDemand := range []bool{false, true} {
		c, err := lifecycle.NewChecker(ctx, lifecycle.CheckerConfig{Manager: m.manager, Actor: modelActor, OnDemand: onDemand, MaxAge: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		m.checkers = append(m.checkers, c)
	}
	return m
}

func (m *model) closeCheckers() {
	for _, c := range m.checkers {
		c.Close()
	}
}

// checkersAgree compares an answer of each Checker with the Manager's.
func (m *model) checkersAgree(t *rapid.T) {
	ctx := context.Background()
	org := rapid.SampledFrom(modelOrgs).Draw(t, "org asked")
	pkg := rapid.SampledFrom([]pkgversion.PackageID{trialPackage, seatPackage}).Draw(t, "package asked")
	u := drawUsers(t, "user asked", 1)[0]
	want, err := m.manager.Check(ctx, modelActor, org.ID, pkg, u)
	if err != nil {
		t.Fatalf("Check = %v", err)
	}
	for _, c := range m.checkers {
		if err := c.CatchUp(ctx); err != nil {
			t.Fatalf("CatchUp = %v", err)
		}
		got, err := c.Check(ctx, org.ID, pkg, u)
		if err != nil || got.Decision != want {
			t.Fatalf("Checker.Check(%v, %v, %v) = %#v, %v; Manager.Check = %#v", org.ID, pkg, u, got.Decision, err, want)
		}
	}
}

func modelVersionID(pkg pkgversion.PackageID, i int) pkgversion.VersionID {
	return pkgversion.MustVersionID(fmt.Sprintf("%v-%s", pkg, modelVersion[i]))
}

func (m *model) today() license.Date { return license.DateOf(m.highest) }

// act notes that the Manager wrote at the present.
func (m *model) tick(t *rapid.T) {
	days := rapid.IntRange(-20, 40).Draw(t, "days") // a clock can be set back
	m.clock = m.clock.AddDate(0, 0, days)
	if m.clock.After(m.highest) {
		// A write at the new instant makes it count, even if the clock goes back.
		m.highest = m.clock
		err := m.manager.RecordOwner(context.Background(), modelActor, ownerAt(m.clock))
		if err != nil {
			t.Fatalf("RecordOwner = %v", err)
		}
	}
}

func ownerAt(t time.Time) lifecycle.RecordOwner {
	o := sampleOwner()
	o.Name = t.String()
	return lifecycle.RecordOwner{Owner: o}
}

// pick draws one of the licenses, or skips when there are none.
func (m *model) pick(t *rapid.T, label string) (license.ID, *modelLicense) {
	ids := slices.Sorted(maps.Keys(m.licenses))
	if len(ids) == 0 {
		t.Skip("no license")
	}
	id := rapid.SampledFrom(ids).Draw(t, label)
	return id, m.licenses[id]
}

func drawUsers(t *rapid.T, label string, most int) (users []seats.UserID) {
	for _, n := range rapid.SliceOfN(rapid.IntRange(1, modelUsers), 1, most).Draw(t, label) {
		users = append(users, user(n))
	}
	return users
}

// refusedOrNot fails when err does not fit what the model expects.
func refusedOrNot(t *rapid.T, call string, err error, refused bool) {
	if (err != nil) != refused {
		t.Fatalf("%s = %v, but the model says refused: %t", call, err, refused)
	}
}

func (m *model) install(t *rapid.T) {
	org := m.orgs[rapid.SampledFrom(modelOrgs).Draw(t, "org").ID]
	pkg := rapid.SampledFrom([]pkgversion.PackageID{trialPackage, seatPackage}).Draw(t, "package")
	version := rapid.IntRange(0, len(modelVersion)-1).Draw(t, "version")
	id := license.MustInstallationID(fmt.Sprintf("installation-%d", len(m.licenses)+1))
	n := lifecycle.Installed{Notice: lifecycle.Notice{At: m.highest, Org: org}, Installation: id, Package: pkg, Version: modelVersionID(pkg, version)}
	l, err := m.manager.Install(context.Background(), modelActor, n)
	refusedOrNot(t, "Install", err, false)
	if _, known := m.licenses[l.ID]; known {
		t.Fatalf("Install of a new installation returned %v, which is of another", l.ID)
	}
	again, err := m.manager.Install(context.Background(), modelActor, n)
	if err != nil || again != l {
		t.Fatalf("I1: Install again = %v, %v, want %v", again, err, l)
	}
	made := m.newModelLicense(id, org.ID, pkg)
	made.version = version
	switch {
	case org.Sandbox:
		made.terms = license.Terms{Status: license.Active, Seats: license.Site(), Expiration: license.Never()}
	case pkg == seatPackage:
		made.terms = license.Terms{Status: license.Active, Seats: license.MustSeats(3), Expiration: license.Never()}
	default:
		made.trialStart = m.today()
		for _, other := range m.licenses {
			if other.org == org.ID && other.pkg == pkg && !other.trialStart.IsZero() && other.trialStart.Before(made.trialStart) {
				made.trialStart = other.trialStart
			}
		}
		made.terms = license.Terms{Status: license.Trial, Seats: license.MustSeats(2), Expiration: license.LastDay(made.trialStart.AddDays(modelTrialDays))}
	}
	made.onceActive = made.terms.Status == license.Active
	m.licenses[l.ID] = made
	m.there.has[id] = lifecycle.Observation{InOrg: org, Values: valuesOf(made.terms)}
}

func (m *model) newModelLicense(name license.InstallationID, org pkgversion.OrgID, pkg pkgversion.PackageID) *modelLicense {
	return &modelLicense{name: name, org: org, pkg: pkg, installed: m.today(), installedAt: m.highest,
		holders: map[seats.UserID]bool{}, freed: map[seats.UserID]bool{}, differ: map[license.DriftField]bool{}}
}

func (m *model) uninstall(t *rapid.T) {
	id, l := m.pick(t, "license")
	_, err := m.manager.Uninstall(context.Background(), modelActor, lifecycle.Uninstalled{
		Notice: lifecycle.Notice{At: m.highest, Org: m.orgs[l.org]}, Installation: m.real(t, id).Installation, Package: l.pkg})
	refusedOrNot(t, "Uninstall", err, l.isSet)
	if err != nil {
		return
	}
	if l.terms.Status = license.Uninstalled; !l.gone() {
		l.uninstalled = m.highest
	}
	m.there.has[l.name] = lifecycle.Observation{InOrg: m.orgs[l.org], Gone: true}
	clear(l.differ)
	l.pending = false
	l.taken += len(l.holders)
	clear(l.holders)
}

// L10, L11: an upgrade goes up, and changes the version alone.
func (m *model) upgrade(t *rapid.T) {
	id, l := m.pick(t, "license")
	to := rapid.IntRange(0, len(modelVersion)-1).Draw(t, "version")
	_, err := m.manager.Upgrade(context.Background(), modelActor, lifecycle.Upgrade{License: id, Version: modelVersionID(l.pkg, to)})
	refusedOrNot(t, "Upgrade", err, l.isSet || to != l.version && (l.gone() || to < l.version))
	if err == nil {
		l.version = to
	}
}

func (m *model) real(t *rapid.T, id license.ID) license.License {
	l, err := m.manager.License(context.Background(), modelActor, id)
	if err != nil {
		t.Fatalf("License(%v) = %v", id, err)
	}
	return l
}

func drawTerms(t *rapid.T, m *model, l *modelLicense) license.Terms {
	terms := l.terms
	if rapid.Bool().Draw(t, "other status") {
		terms.Status = rapid.SampledFrom([]license.Status{license.Trial, license.Active, license.Suspended, license.Uninstalled}).Draw(t, "status")
	}
	switch rapid.IntRange(0, 3).Draw(t, "seats") {
	case 0:
		terms.Seats = license.Site()
	case 1:
		terms.Seats = license.MustSeats(rapid.IntRange(0, 4).Draw(t, "count"))
	}
	switch rapid.IntRange(0, 3).Draw(t, "end") {
	case 0:
		terms.Expiration = license.Never()
	case 1:
		terms.Expiration = license.LastDay(m.today().AddDays(rapid.IntRange(-60, 120).Draw(t, "days")))
	}
	return terms
}

// modifiable says in plain words what a vendor may do to terms.
func (m *model) modifiable(l *modelLicense, want license.Terms, stale bool) bool {
	if want == l.terms {
		return true
	}
	if l.gone() || stale || m.unreachable(l) || want.Status == license.Uninstalled {
		return false
	}
	if want.Status == license.Trial && l.onceActive {
		return false
	}
	last, ends := want.Expiration.LastDay()
	if want.Expiration == l.terms.Expiration && (want.Status == license.Trial) == (l.terms.Status == license.Trial) {
		return true
	}
	if want.Status == license.Trial && (!ends || last.After(l.trialStart.AddDays(90))) {
		return false
	}
	return !ends || !last.Before(l.installed)
}

func (m *model) modify(t *rapid.T) {
	id, l := m.pick(t, "license")
	want := drawTerms(t, m, l)
	before := m.real(t, id)
	stale := rapid.IntRange(0, 5).Draw(t, "stale") == 0
	revision := before.Revision
	if stale {
		revision--
	}
	_, err := m.manager.Modify(context.Background(), modelActor, lifecycle.Modify{License: id, Terms: want, Revision: revision})
	refused := !m.modifiable(l, want, stale)
	refusedOrNot(t, fmt.Sprintf("Modify(%v)", want), err, refused)
	if refused {
		if after := m.real(t, id); after != before {
			t.Fatalf("L8: a refused Modify left %v, was %v", after, before)
		}
		return
	}
	m.setTerms(l, want)
}

func (m *model) setTerms(l *modelLicense, want license.Terms) {
	if want == l.terms {
		return
	}
	l.terms = want
	l.onceActive = l.onceActive || want.Status == license.Active
	l.pending = !l.isSet && !l.retired
	for field := range l.differ { // only what was read in the org comes to differ
		l.differ[field] = l.differ[field] && l.differs(field)
	}
}

// S7, S8: cutting the seats below their use keeps every holder.
func (m *model) cut(t *rapid.T) {
	id, l := m.pick(t, "license")
	if l.gone() || len(l.holders) == 0 || m.unreachable(l) {
		t.Skip("nobody holds a seat, or nothing can be modified")
	}
	want := l.terms
	want.Seats = license.MustSeats(rapid.IntRange(0, len(l.holders)).Draw(t, "seats"))
	after, err := m.manager.Modify(context.Background(), modelActor, lifecycle.Modify{License: id, Terms: want, Revision: m.real(t, id).Revision})
	refusedOrNot(t, "Modify to fewer seats", err, false)
	m.setTerms(l, want)
	n, _ := want.Seats.Count()
	if remaining, ok := after.Remaining(); !ok || remaining != n-len(l.holders) {
		t.Fatalf("S8: remaining = %d, %t, want %d - %d", remaining, ok, n, len(l.holders))
	}
}

// open reports whether new seats can be given on l, and room how many.
func (m *model) open(l *modelLicense) bool {
	return !l.gone() && !l.retired && l.terms.Status != license.Suspended && !m.past(l, 0)
}

// past reports whether the last day and days more are over.
func (m *model) past(l *modelLicense, days int) bool {
	last, ends := l.terms.Expiration.LastDay()
	return ends && m.today().After(last.AddDays(days))
}

func (l *modelLicense) room() int {
	n, counted := l.terms.Seats.Count()
	switch {
	case !counted:
		return 1 << 30
	case l.pkg == seatPackage:
		n += modelExtra
	}
	return max(0, n-len(l.holders))
}

// S5, S9, S18, S19: a holder is never refused, and a user who is named twice takes one seat;
// who else is asked for is refused where there is no room for all, or the license is closed.
func (m *model) assign(t *rapid.T) {
	id, l := m.pick(t, "license")
	users := drawUsers(t, "users", 4)
	asFit := rapid.Bool().Draw(t, "as fit")
	var fresh []seats.UserID // each once
	for _, u := range users {
		if !l.holders[u] && !slices.Contains(fresh, u) {
			fresh = append(fresh, u)
		}
	}
	if asFit {
		fresh = fresh[:min(len(fresh), l.room())]
	}
	refused := len(fresh) > 0 && (!m.open(l) || len(fresh) > l.room())
	seating, err := m.manager.Assign(context.Background(), modelActor, lifecycle.Assign{License: id, Users: users, AsFit: asFit})
	refusedOrNot(t, fmt.Sprintf("Assign(%v, as fit: %t)", users, asFit), err, refused)
	var exhausted *seats.ExhaustedError
	if refused && m.open(l) && !errors.As(err, &exhausted) {
		t.Fatalf("Assign = %v, want an *ExhaustedError", err)
	}
	if refused {
		return
	}
	if !slices.Equal(seating.Assigned, fresh) {
		t.Fatalf("Assign gave seats to %v, want %v", seating.Assigned, fresh)
	}
	for _, u := range fresh {
		l.give(u)
	}
}

// S6: who holds a seat gives it up, and who holds none gives up none.
func (m *model) revoke(t *rapid.T) {
	id, l := m.pick(t, "license")
	users := drawUsers(t, "users", 3)
	_, err := m.manager.Revoke(context.Background(), modelActor, lifecycle.Revoke{License: id, Users: users})
	refusedOrNot(t, "Revoke", err, false)
	for _, u := range users {
		l.take(u)
	}
}

func (m *model) transfer(t *rapid.T) {
	id, l := m.pick(t, "license")
	from, to := drawUsers(t, "from", 1)[0], drawUsers(t, "to", 1)[0]
	_, err := m.manager.Transfer(context.Background(), modelActor, lifecycle.Transfer{License: id, From: from, To: to})
	switch {
	case l.holders[from] && from == to, !l.holders[from] && l.holders[to]:
		refusedOrNot(t, "Transfer that has been done", err, false)
	case !l.holders[from] || l.holders[to]:
		refusedOrNot(t, "Transfer without a seat, or to a holder", err, true)
	default:
		refusedOrNot(t, "Transfer", err, !m.open(l) || l.room() == 0 && l.overLimit())
		if err == nil {
			l.take(from)
			l.give(to)
		}
	}
}

// give and take a seat, if that changes anything.
func (l *modelLicense) give(u seats.UserID) {
	if !l.holders[u] {
		l.given++
	}
	l.holders[u] = true
	delete(l.freed, u)
}

func (l *modelLicense) take(u seats.UserID) {
	if l.holders[u] {
		l.taken++
	}
	delete(l.holders, u)
}

// overLimit reports whether freeing one seat leaves no room.
func (l *modelLicense) overLimit() bool {
	n, counted := l.terms.Seats.Count()
	if l.pkg == seatPackage {
		n += modelExtra
	}
	return counted && len(l.holders)-1 >= n
}

// S22: a move takes one seat and frees one, or does neither.
func (m *model) move(t *rapid.T) {
	fromID, from := m.pick(t, "from")
	toID, to := m.pick(t, "to")
	u := drawUsers(t, "user", 1)[0]
	_, err := m.manager.Move(context.Background(), modelActor, lifecycle.Move{User: u, From: fromID, To: toID})
	switch {
	case from.org != to.org:
		refusedOrNot(t, "Move between orgs", err, true)
	case fromID == toID && from.holders[u], !from.holders[u] && to.holders[u]:
		refusedOrNot(t, "Move that has been done", err, false)
	case !from.holders[u]:
		refusedOrNot(t, "Move without a seat", err, true)
	default:
		refusedOrNot(t, "Move", err, !to.holders[u] && (!m.open(to) || to.room() == 0))
		if err == nil {
			to.give(u)
			from.take(u)
		}
	}
}

// D1, D4, D12: a decision says what the rules say, and why.
func (m *model) check(t *rapid.T) {
	id, l := m.pick(t, "license")
	u := drawUsers(t, "user", 1)[0]
	d, err := m.manager.CheckLicense(context.Background(), modelActor, id, u)
	if err != nil {
		t.Fatalf("CheckLicense = %v", err)
	}
	grace := 0
	if l.pkg == seatPackage {
		grace = modelGrace
	}
	want := license.Granted
	switch {
	case l.retired:
		want = license.DeniedUnknown
	case l.gone():
		want = license.DeniedUninstalled
	case l.terms.Status == license.Suspended:
		want = license.DeniedSuspended
	case m.past(l, grace):
		want = license.DeniedExpired
	case !l.terms.Seats.IsSite() && !l.holders[u]:
		want = license.DeniedNoSeat
	case m.past(l, 0):
		want = license.GrantedGrace
	case l.overAllocated():
		want = license.GrantedOverAllocated
	case l.isSet:
		want = license.GrantedPermissionSet
	case l.terms.Status == license.Trial:
		want = license.GrantedTrial
	case l.terms.Seats.IsSite():
		want = license.GrantedSite
	}
	if d.Reason != want || d.Licensed() != want.Licensed() || !d.Causes.Has(want) {
		t.Fatalf("CheckLicense(%v, %v) = %v (%v), want %v", id, u, d.Reason, d, want)
	}
}

func (l *modelLicense) overAllocated() bool {
	n, counted := l.terms.Seats.Count()
	return counted && len(l.holders) > n
}

// agree compares every license with the model.
func (m *model) agree(t *rapid.T) {
	m.operations++ // it runs after each
	ctx := context.Background()
	seen := 0
	for real, err := range m.manager.Licenses(ctx, modelActor, lifecycle.LicenseQuery{}) {
		if err != nil {
			t.Fatalf("Licenses = %v", err)
		}
		seen++
		l := m.licenses[real.ID]
		if l == nil {
			t.Fatalf("%v is not in the model", real.ID)
		}
		if real.Terms != l.terms || real.Holders != len(l.holders) || real.OnceActive != l.onceActive || real.TrialStart != l.trialStart ||
			!l.isSet && real.Version != modelVersionID(l.pkg, l.version) || real.Production != m.linkOf(l) || l.retired {
			t.Fatalf("%v is %+v, the model has %+v", real.ID, real, l)
		}
		if remaining, counted := real.Remaining(); counted {
			if n, _ := l.terms.Seats.Count(); remaining != n-len(l.holders) {
				t.Fatalf("S1: %v has %d remaining, want %d - %d", real.ID, remaining, n, len(l.holders))
			}
		}
	}
	listed := 0
	for _, l := range m.licenses {
		if !l.retired {
			listed++
		}
	}
	if seen != listed {
		t.Fatalf("%d licenses, the model has %d", seen, listed)
	}
	m.driftsAgree(t)
}

// eventsAddUp compares the holders, and what the events say was given and taken,
// with the model.
func (m *model) eventsAddUp(t *rapid.T) {
	ctx := context.Background()
	for id, l := range m.licenses {
		held := map[seats.UserID]bool{}
		for a, err := range m.manager.Holders(ctx, modelActor, id) {
			if err != nil {
				t.Fatalf("Holders = %v", err)
			}
			held[a.User] = true
		}
		if s, err := m.manager.Sides(ctx, modelActor, id); err != nil || s.PushPending() != l.pending {
			t.Fatalf("Sides(%v) = %+v, %v, the model says pending: %t", id, s, err, l.pending)
		}
		if !maps.Equal(held, l.holders) {
			t.Fatalf("%v is held by %v, the model has %v", id, held, l.holders)
		}
		given, taken := 0, 0
		for e, err := range m.manager.Timeline(ctx, modelActor, id) {
			if err != nil {
				t.Fatalf("Timeline = %v", err)
			}
			switch c := e.Change.(type) {
			case lifecycle.SeatsAssigned:
				given += len(c.Users)
			case lifecycle.SeatsRevoked:
				taken += len(c.Users)
			case lifecycle.LicenseChanged:
				taken += max(0, c.Before.Holders-c.After.Holders)
			}
		}
		if cmp.Or(cmp.Compare(given, l.given), cmp.Compare(taken, l.taken)) != 0 || given-taken != len(l.holders) {
			t.Fatalf("E8: events of %v give %d and take %d seats, the model %d and %d, and %d are held", id, given, taken, l.given, l.taken, len(l.holders))
		}
	}
}
