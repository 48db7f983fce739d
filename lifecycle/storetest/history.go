package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// Replay carries out random commands of every type on a store, replays its events into
// another, and fails where dump tells the two apart. dump returns everything that a
// store keeps, a line each, but its cursors. open returns a new, empty store, and what
// closes it.
//
// It proves E2, E8 at every prefix of the log, and that Verify finds nothing, of the
// Manager on that store.
func Replay(t *testing.T, open func() (store lifecycle.Store, closeStore func()), dump func(lifecycle.Store) []string) {
	rapid.Check(t, func(t *rapid.T) {
		from, closeFrom := open()
		defer closeFrom()
		into, closeInto := open()
		defer closeInto()
		h := newHistory(t, from)
		for range rapid.IntRange(5, 60).Draw(t, "commands") {
			h.act(t)
		}
		h.monthEnds(t)
		if found, err := lifecycle.Verify(context.Background(), from, vendor); err != nil || len(found) > 0 {
			t.Fatalf("P9: Verify finds %v, %v", found, err)
		}
		h.replayByParts(t, into)
		if diff := cmp.Diff(dump(from), dump(into)); diff != "" {
			t.Fatalf("E2: what the events make is not what there is (-there +replayed):\n%s", diff)
		}
	})
}

// history is a Manager to which random things happen.
type history struct {
	store   lifecycle.Store
	manager *lifecycle.Manager
	clock   time.Time
	alerts  *lifecycle.Alerts
	told    int       // names notifications apart
	since   time.Time // before which events were removed
}

func newHistory(t *rapid.T, store lifecycle.Store) *history {
	h := &history{store: store, clock: day, alerts: newHistoryAlerts(t)}
	var err error
	h.manager, err = lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { return h.clock }, Rules: lifecycle.Rules{Push: true}})
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range []pkgversion.PackageID{trialPackage, seatPackage} {
		_, err := h.manager.RegisterPackage(context.Background(), modelActor, registrationOf(pkg))
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.manager.RunDue(context.Background(), modelActor, h.alerts); err != nil { // the rules begin with it
		t.Fatalf("RunDue = %v", err)
	}
	return h
}

func registrationOf(pkg pkgversion.PackageID) lifecycle.Registration {
	if pkg == trialPackage {
		return lifecycle.Registration{Package: pkgversion.Package{ID: pkg, Namespace: "ns"},
			Defaults: license.Defaults{Status: license.Trial, Days: modelTrialDays, Seats: license.MustSeats(2)}}
	}
	return lifecycle.Registration{Package: pkgversion.Package{ID: pkg, Namespace: "ns"}, Overage: seats.Overage{Extra: modelExtra},
		Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(3)}, Policy: license.Policy{GraceDays: modelGrace}}
}

// act lets something happen, at once or after a while. Most of it is refused, or
// changes nothing, now and then.
func (h *history) act(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "time goes on") == 0 {
		h.clock = h.clock.Add(rapid.SampledFrom([]time.Duration{time.Microsecond, 700 * time.Millisecond, time.Second, 25 * time.Hour, 400 * 24 * time.Hour}).Draw(t, "by"))
	}
	if rapid.IntRange(0, 9).Draw(t, "reclaim") == 0 {
		h.reclaim(t)
		return
	}
	if rapid.IntRange(0, 9).Draw(t, "more than a command") == 0 {
		h.bothSides(t)
		return
	}
	ctx, err := context.Background(), error(nil)
	switch c := h.command(t).(type) {
	case nil:
		err = h.manager.ConfirmClock(ctx, modelActor)
	default:
		_, err = h.manager.Import(ctx, modelActor, oneRow(c), lifecycle.GoodRows)
	}
	if err != nil {
		t.Fatalf("Import, or ConfirmClock = %v, want no error of the store", err)
	}
}

func oneRow(c lifecycle.Command) iter.Seq2[lifecycle.Row, error] {
	return func(yield func(lifecycle.Row, error) bool) { yield(lifecycle.Row{Command: c, Where: "here"}, nil) }
}

var people = []lead.Person{
	{FirstName: "Jane", LastName: "Doe", Company: "Acme", Email: "jane@acme.example"},
	{FirstName: "Joe", LastName: "Bloggs", Company: "Globex", Email: "joe@globex.example", Phone: "555"},
	{LastName: "Nobody\x00"},
	{},
}

// packageOfHistory returns of which package an installation is.
func packageOfHistory(n int) pkgversion.PackageID {
	return []pkgversion.PackageID{trialPackage, seatPackage}[n%2]
}

// command draws a command of any type; nil confirms the clock.
func (h *history) command(t *rapid.T) lifecycle.Command {
	n := rapid.IntRange(1, 5).Draw(t, "installation") // always of the same org and package, or all would be refused
	pkg := packageOfHistory(n)
	org := modelOrgs[n%len(modelOrgs)]
	id := license.ID(rapid.IntRange(1, 6).Draw(t, "license"))
	version := modelVersionID(pkg, rapid.IntRange(0, len(modelVersion)-1).Draw(t, "version"))
	who := rapid.SampledFrom(people).Draw(t, "person")
	users := drawUsers(t, "users", 3)
	ids := fmt.Sprintf("%d", rapid.IntRange(1, 3).Draw(t, "record"))
	notice := h.notice(t, org)
	number := pkgversion.MustVersion("1.5")
	l, _ := h.manager.License(context.Background(), modelActor, id) // the zero License where there is none
	often := []lifecycle.Command{
		lifecycle.Installed{Notice: notice, Installation: installation(n), Package: pkg, Version: version, Number: number, Installer: who},
		lifecycle.Uninstalled{Notice: notice, Installation: installation(n), Package: pkg},
		lifecycle.Assign{License: id, Users: users, AsFit: true},
		lifecycle.Modify{License: id, Terms: h.terms(t, l), Revision: l.Revision, Why: odd},
		lifecycle.ImportSeat{Installation: installation(n), User: users[0], AssignedAt: notice.At, AssignedBy: odd},
	}
	commands := []lifecycle.Command{
		lifecycle.Upgraded{Notice: notice, Installation: installation(n), Package: pkg, Version: version, Number: number},
		lifecycle.OrgChanged{Notice: notice},
		lifecycle.InstallAborted{Notice: notice, Package: pkg, Reason: odd},
		lifecycle.Upgrade{License: id, Version: version},
		lifecycle.Assign{License: id, Users: users},
		lifecycle.Revoke{License: id, Users: users},
		lifecycle.Transfer{License: id, From: users[0], To: users[len(users)-1]},
		lifecycle.Move{User: users[0], From: id, To: id%5 + 1},
		lifecycle.SetLeadManager{Package: pkg, Manager: lead.MustOwnerID("owner-" + ids)},
		lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID("owner-" + ids), Name: ids, Active: rapid.Bool().Draw(t, "active")}},
		lifecycle.PublishVersion{Version: pkgversion.PackageVersion{ID: version, Package: pkg, Version: number, ReleasedAt: h.clock}},
		lifecycle.ConvertLead{Lead: l.Lead, Contact: lead.Contact{ID: lead.MustContactID("contact-" + ids)}, Account: lead.Account{ID: lead.MustAccountID("account-" + ids)}},
		lifecycle.ImportLead{Lead: lead.Lead{ID: lead.MustID("lead-" + ids), Person: who, Source: "Web", CreatedAt: notice.At}},
		lifecycle.ImportContact{Contact: lead.Contact{ID: lead.MustContactID("contact-" + ids), Person: who}},
		lifecycle.ImportAccount{Account: lead.Account{ID: lead.MustAccountID("account-" + ids), Name: odd}},
		h.importLicense(t, n, org, pkg, notice.At),
		h.changePackage(t, pkg),
		nil,
		lifecycle.AddPermissionSet{Installation: installation(10 + n), Org: org.ID, Package: pkg, PermissionSet: "Plus", Terms: h.terms(t, plainLicense(1))},
		lifecycle.Observe{Observation: h.observation(t, n, org, pkg, version)},
		lifecycle.Retire{License: id, Back: rapid.Bool().Draw(t, "back"), Why: odd},
		lifecycle.RetryLead{License: id},
		lifecycle.DeactivateUser{License: id, User: users[0]},
		lifecycle.ReactivateUser{License: id, User: users[0]},
		lifecycle.DefineParameter{Parameter: rocketsOf(pkg)},
		lifecycle.SetParameter{License: id, Name: rocketsOf(pkg).Name, Value: rockets(n), Revision: int64(rapid.IntRange(0, 2).Draw(t, "revision")), Why: odd},
		lifecycle.ReportParameter{License: id, Name: rocketsOf(pkg).Name, Value: rockets(n), At: notice.At},
	}
	if rapid.Bool().Draw(t, "often") {
		return rapid.SampledFrom(often).Draw(t, "command")
	}
	return rapid.SampledFrom(commands).Draw(t, "command")
}

func rocketsOf(pkg pkgversion.PackageID) license.Parameter {
	return license.Parameter{Package: pkg, Name: license.MustParameterName("Rockets"), Type: license.Integer, Direction: license.ToSubscriber, Default: rockets(1)}
}

func rockets(n int) license.Value {
	v, _ := license.IntegerValue(n) // small
	return v
}

// observation draws what an org has of its installation.
func (h *history) observation(t *rapid.T, n int, org license.Org, pkg pkgversion.PackageID, version pkgversion.VersionID) lifecycle.Observation {
	at := h.clock.Add(time.Duration(rapid.IntRange(-100, 2).Draw(t, "hours seen")) * time.Hour)
	return lifecycle.Observation{
		Installation: lifecycle.Installation{ID: installation(n), Org: org.ID, Package: pkg}, InOrg: org,
		InstalledAt: day, Version: version, Number: pkgversion.MustVersion("1.5"), Gone: rapid.IntRange(0, 4).Draw(t, "gone seen") == 0,
		Values: license.Observed{Status: license.SubscriberActive, Seats: license.MustSeats(n), HasSeats: true, Expiration: license.Never(), Used: n, HasUsed: true, AsOf: at},
	}
}

// notice draws when and how something is told: late, early, named or not.
func (h *history) notice(t *rapid.T, org license.Org) lifecycle.Notice {
	n := lifecycle.Notice{Org: org, At: h.clock.Add(time.Duration(rapid.IntRange(-100, 2).Draw(t, "hours")) * time.Hour)}
	n.Org.Status = rapid.SampledFrom([]license.OrgStatus{"", license.OrgActive, license.OrgLocked, license.OrgDeleted}).Draw(t, "org status")
	if rapid.Bool().Draw(t, "named") {
		h.told++
		n.ID = lifecycle.MustNotificationID(fmt.Sprintf("n-%d", h.told-rapid.IntRange(0, 1).Draw(t, "again")))
	}
	return n
}

func (h *history) terms(t *rapid.T, l license.License) license.Terms {
	terms := l.Terms
	terms.Status = rapid.SampledFrom([]license.Status{terms.Status, license.Active, license.Suspended, license.Trial}).Draw(t, "status")
	terms.Seats = rapid.SampledFrom([]license.Seats{terms.Seats, license.Site(), license.MustSeats(1), license.MustSeats(4)}).Draw(t, "seats")
	if days := rapid.IntRange(-2, 9).Draw(t, "days"); days >= 0 {
		terms.Expiration = license.LastDay(license.DateOf(h.clock).AddDays(days * 10))
	}
	return terms
}

func (h *history) importLicense(t *rapid.T, n int, org license.Org, pkg pkgversion.PackageID, at time.Time) lifecycle.Command {
	l := plainLicense(license.ID(n + 3))
	l.Installation, l.Org, l.Package, l.InstalledAt, l.UpgradedAt = installation(n), org.ID, pkg, at, at
	l.Observed = license.Observed{Used: n, HasUsed: rapid.Bool().Draw(t, "observed"), AsOf: at}
	if rapid.IntRange(0, 3).Draw(t, "gone") == 0 {
		l.Terms.Status = license.Uninstalled
	}
	return lifecycle.ImportLicense{License: l, Org: org, AsOf: at.Add(time.Hour)}
}

func (h *history) changePackage(t *rapid.T, pkg pkgversion.PackageID) lifecycle.Command {
	r, err := h.manager.Package(context.Background(), modelActor, pkg)
	if err != nil {
		t.Fatalf("Package = %v", err)
	}
	r.FreeSeats = rapid.Bool().Draw(t, "free seats")
	r.Policy.GraceDays = rapid.IntRange(0, 9).Draw(t, "grace")
	return lifecycle.ChangePackage{Registration: r}
}

// reclaim moves the seats of whoever never logged in.
func (h *history) reclaim(t *rapid.T) {
	ctx := context.Background()
	nobody := func(seats.UserID) lifecycle.Person { return lifecycle.Person{} }
	id := license.ID(rapid.IntRange(1, 5).Draw(t, "license"))
	plan, err := h.manager.PlanLicense(ctx, modelActor, id, reclaim.DefaultPolicy(), nobody)
	if err != nil {
		t.Fatalf("PlanLicense = %v", err)
	}
	_, err = h.manager.ApplyPlan(ctx, modelActor, slices.Values(plan.Moves), nobody)
	if wrong, ok := errors.AsType[*lifecycle.ClockError](err); err != nil && !ok {
		t.Fatalf("ApplyPlan = %v %v", err, wrong)
	}
}

// replayByParts replays in parts, some of them twice, and adds up seats after each event.
func (h *history) replayByParts(t *rapid.T, into lifecycle.Store) {
	ctx := context.Background()
	used := map[license.ID]int{}
	var all []lifecycle.Event
	for e, err := range h.manager.Events(ctx, modelActor, 0) {
		if err != nil {
			t.Fatalf("Events = %v", err)
		}
		all = append(all, e)
		if err := lifecycle.Replay(ctx, into, oneEvent(e)); err != nil {
			t.Fatalf("Replay of %+v = %v", e, err)
		}
		id := add(used, e)
		if got := holdersOf(t, into, id); got != used[id] {
			t.Fatalf("E8: after %+v %d seats of %v are used, the events make %d", e, got, id, used[id])
		}
	}
	again := rapid.IntRange(0, len(all)-1).Draw(t, "begun again at")
	if err := lifecycle.Replay(ctx, into, func(yield func(lifecycle.Event, error) bool) {
		for _, e := range all[again:] {
			if !yield(e, nil) {
				return
			}
		}
	}); err != nil {
		t.Fatalf("Replay again = %v", err)
	}
}

func oneEvent(e lifecycle.Event) iter.Seq2[lifecycle.Event, error] {
	return func(yield func(lifecycle.Event, error) bool) { yield(e, nil) }
}

// add counts what an event gives and takes, and returns the license.
func add(used map[license.ID]int, e lifecycle.Event) license.ID {
	switch c := e.Change.(type) {
	case lifecycle.SeatsAssigned:
		used[c.License] += len(c.Users)
		return c.License
	case lifecycle.SeatsRevoked:
		used[c.License] -= len(c.Users)
		return c.License
	case lifecycle.LicenseChanged:
		used[c.After.ID] -= c.Before.Holders - c.After.Holders
		return c.After.ID
	}
	return 0
}

func holdersOf(t *rapid.T, s lifecycle.Store, id license.ID) (n int) {
	err := s.View(context.Background(), func(ctx context.Context, r lifecycle.Reader) error {
		l, err := r.License(ctx, vendor, id)
		n = l.Holders
		return err
	})
	if err != nil {
		t.Fatalf("View = %v", err)
	}
	return n
}

// AsOf carries out random commands on a store while time goes on, notes what is answered
// on the way, and fails where the same question as of then is answered otherwise
// afterwards. It proves that of the Manager on that store.
func AsOf(t *testing.T, open func() (store lifecycle.Store, closeStore func())) {
	rapid.Check(t, func(t *rapid.T) {
		store, closeStore := open()
		defer closeStore()
		h := newHistory(t, store)
		var all []answer
		for range rapid.IntRange(5, 40).Draw(t, "commands") {
			h.act(t)
			if rapid.Bool().Draw(t, "ask") {
				all = append(all, h.ask(t))
			}
		}
		for _, then := range all {
			if now := h.asOf(then); now.decision != then.decision || now.err != then.err || now.license != then.license {
				t.Fatalf("as of %v, of %+v:\n%+v, but then it was\n%+v", then.at, then.question, now, then)
			}
		}
	})
}

// Retention carries out random commands on a store while time goes on, removes what is
// not needed since an instant, and fails where that is seen in anything but the past
// before it: in what is answered as of any instant since, in a record, in what a replay of the
// events that are left makes, to a consumer, or by Verify. dump is as for Replay, with each
// event in lines of its own. It proves that of the Manager on that store.
func Retention(t *testing.T, open func() (store lifecycle.Store, closeStore func()), dump func(lifecycle.Store) []string) {
	rapid.Check(t, func(t *rapid.T) {
		store, closeStore := open()
		defer closeStore()
		h := newHistory(t, store)
		whole, closeWhole := open() // has all events that there ever were
		defer closeWhole()
		var all []answer
		for range rapid.IntRange(1, 3).Draw(t, "times") {
			for range rapid.IntRange(5, 30).Draw(t, "commands") {
				h.act(t)
				if rapid.Bool().Draw(t, "ask") {
					all = append(all, h.ask(t))
				}
			}
			if len(all) > 0 {
				h.replayInto(t, whole)
				h.retain(t, rapid.SampledFrom(all).Draw(t, "since").at)
				h.asBefore(t, all)
			}
		}
		h.replayInto(t, whole)
		if added := without(dump(store), dump(whole)); len(added) > 0 {
			t.Fatalf("E10: Retain changed what it left:\n%s", strings.Join(added, "\n"))
		}
		again, closeAgain := open()
		defer closeAgain()
		h.replayInto(t, again)
		if diff := cmp.Diff(dump(store), dump(again)); diff != "" {
			t.Fatalf("E2: what the events that are left make is not what there is (-there +replayed):\n%s", diff)
		}
		for _, s := range []lifecycle.Store{store, whole, again} {
			if found, err := lifecycle.Verify(context.Background(), s, vendor); err != nil || len(found) > 0 {
				t.Fatalf("P9: Verify finds %v, %v", found, err)
			}
		}
	})
}

// without returns the lines that are not among others.
func without(lines, others []string) []string {
	there := map[string]bool{}
	for _, line := range others {
		there[line] = true
	}
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return there[line] })
}

func (h *history) replayInto(t *rapid.T, into lifecycle.Store) {
	if err := lifecycle.Replay(context.Background(), into, h.manager.Events(context.Background(), modelActor, 0)); err != nil {
		t.Fatalf("Replay = %v", err)
	}
}

// retain lets a consumer read some of the feed, and removes what is not needed.
func (h *history) retain(t *rapid.T, since time.Time) {
	ctx := context.Background()
	stop := errors.New("enough")
	left := rapid.IntRange(0, 60).Draw(t, "events to read")
	err := h.manager.Consume(ctx, modelActor, "reader", func(context.Context, lifecycle.Event) error {
		if left--; left < 0 {
			return stop
		}
		return nil
	})
	if err != nil && !errors.Is(err, stop) {
		t.Fatalf("Consume = %v", err)
	}
	unseen := h.unseen(t)
	removed, err := h.manager.Retain(ctx, modelActor, since)
	if _, jumped := errors.AsType[*lifecycle.ClockError](err); jumped {
		if err = h.manager.ConfirmClock(ctx, modelActor); err == nil {
			removed, err = h.manager.Retain(ctx, modelActor, since)
		}
	}
	if err != nil {
		t.Fatalf("Retain = %v", err)
	}
	if again, err := h.manager.Retain(ctx, modelActor, since); again > 0 || err != nil {
		t.Fatalf("Retain removes %d, and then %d, %v", removed, again, err)
	}
	h.since = instantAfter(h.since, since)
	if now := h.unseen(t); len(now) < len(unseen) || !cmp.Equal(now[:len(unseen)], unseen, cmpopts.EquateEmpty()) {
		t.Fatalf("the consumer lost events: %d are to be read, before it were %d", len(now), len(unseen))
	}
}

// unseen returns what the consumer has not read.
func (h *history) unseen(t *rapid.T) (all []lifecycle.Event) {
	ctx := context.Background()
	consumers, err := h.manager.Consumers(ctx, modelActor)
	if err != nil {
		t.Fatalf("Consumers = %v", err)
	}
	for _, c := range consumers {
		if c.Name != "reader" {
			continue // the alerts of a history have cursors, too
		}
		for e, err := range h.manager.Events(ctx, modelActor, c.Seq) {
			if err != nil {
				t.Fatalf("Events = %v", err)
			}
			all = append(all, e)
		}
	}
	return all
}

func instantAfter(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// asBefore asks everything again, as of then.
func (h *history) asBefore(t *rapid.T, all []answer) {
	for _, then := range all {
		now := h.asOf(then)
		if then.at.Before(h.since) {
			if want := textOf(&lifecycle.BeforeRetentionError{At: then.at, Since: h.since}); now.err != want {
				t.Fatalf("as of %v: %+v, want the error %s", then.at, now, want)
			}
		} else if now != then {
			t.Fatalf("as of %v, of %+v:\n%+v, but then it was\n%+v", then.at, then.question, now, then)
		}
	}
}

// question is what is asked of the present and then of the past.
type question struct {
	how int // by package, by namespace, by license, or of the license itself
	org pkgversion.OrgID
	pkg pkgversion.PackageID
	id  license.ID
	by  seats.UserID
}

type answer struct {
	question
	at       time.Time
	decision license.Decision
	license  license.License
	err      string
}

// ask asks something, and lets a moment pass, so that nothing more happens at that
// instant. What a clock that was confirmed takes back is not asked.
func (h *history) ask(t *rapid.T) answer {
	ctx := context.Background()
	now, err := h.manager.Now(ctx, modelActor)
	if err != nil {
		t.Fatalf("Now = %v", err)
	}
	q := question{rapid.IntRange(0, 3).Draw(t, "how"), rapid.SampledFrom(modelOrgs).Draw(t, "org").ID,
		rapid.SampledFrom([]pkgversion.PackageID{trialPackage, seatPackage}).Draw(t, "package"),
		license.ID(rapid.IntRange(1, 6).Draw(t, "license")), drawUsers(t, "user", 1)[0]}
	a := answer{question: q, at: now}
	switch q.how {
	case 0:
		a.decision, err = h.manager.Check(ctx, modelActor, q.org, q.pkg, q.by)
	case 1:
		a.decision, err = h.manager.CheckNamespace(ctx, modelActor, q.org, "ns", q.by)
	case 2:
		a.decision, err = h.manager.CheckLicense(ctx, modelActor, q.id, q.by)
	case 3:
		a.license, err = h.manager.License(ctx, modelActor, q.id)
		a.license.Observed = license.Observed{}
	}
	a.err = textOf(err)
	h.clock = h.clock.Add(time.Second)
	return a
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// asOf asks the same again, as of then.
func (h *history) asOf(then answer) answer {
	ctx, q, err := context.Background(), then.question, error(nil)
	a := answer{question: q, at: then.at}
	switch q.how {
	case 0:
		a.decision, err = h.manager.CheckAsOf(ctx, modelActor, q.org, q.pkg, q.by, then.at)
	case 1:
		a.decision, err = h.manager.CheckNamespaceAsOf(ctx, modelActor, q.org, "ns", q.by, then.at)
	case 2:
		a.decision, err = h.manager.CheckLicenseAsOf(ctx, modelActor, q.id, q.by, then.at)
	case 3:
		a.license, err = h.manager.LicenseAsOf(ctx, modelActor, q.id, then.at)
		a.license.Observed = license.Observed{}
	}
	a.err = textOf(err)
	return a
}
