package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// allowing returns a policy by which everybody may do the same.
func allowing(p *lifecycle.Permissions) func(*lifecycle.Config) {
	return func(c *lifecycle.Config) {
		c.May = func(context.Context, lifecycle.Actor) (lifecycle.Permissions, error) { return *p, nil }
	}
}

// sealed opens transactions whose every use panics.
type sealed struct{}

func (sealed) View(ctx context.Context, f func(context.Context, lifecycle.Reader) error) error {
	return f(ctx, nil)
}

func (sealed) Update(ctx context.Context, f func(context.Context, lifecycle.Tx) error) error {
	return f(ctx, nil)
}

// argument returns something to call a method of Manager with.
func argument(t reflect.Type) reflect.Value {
	move := reclaim.Move{Target: reclaim.Target{License: 1, User: user(1)}}
	for _, value := range []any{
		vendorA, rows(lifecycle.Assign{License: 1, Users: users(1)}), slices.Values([]reclaim.Move{move}),
		lifecycle.Installed{},
	} {
		if v := reflect.ValueOf(value); v.Type().ConvertibleTo(t) && t.Kind() != reflect.String && t != reflect.TypeFor[any]() {
			return v.Convert(t)
		}
	}
	switch {
	case t == reflect.TypeFor[context.Context]():
		return reflect.ValueOf(context.Background())
	case t.Kind() == reflect.Func:
		return reflect.MakeFunc(t, func([]reflect.Value) (results []reflect.Value) {
			for i := range t.NumOut() {
				results = append(results, reflect.Zero(t.Out(i)))
			}
			return results
		})
	}
	return reflect.Zero(t)
}

// outcome returns the error of a call's results: the last one, or the one that a
// listing yields first.
func outcome(results []reflect.Value) error {
	last := results[len(results)-1]
	if err, ok := last.Interface().(error); ok {
		return err
	}
	if last.Kind() != reflect.Func {
		return nil
	}
	var failed error
	for _, err := range last.Seq2() {
		failed, _ = err.Interface().(error)
		break
	}
	return failed
}

// Every method of a Manager, whatever it is called with, refuses an actor who may do
// nothing, before it reads or writes anything.
func TestEveryCallAsksForPermission(t *testing.T) {
	var nothing lifecycle.Permissions
	c := lifecycle.Config{Store: sealed{}}
	allowing(&nothing)(&c)
	m, err := lifecycle.New(c)
	if err != nil {
		t.Fatal(err)
	}
	v := reflect.ValueOf(m)
	for i := range v.NumMethod() {
		name, method := v.Type().Method(i).Name, v.Method(i)
		t.Run(name, func(t *testing.T) {
			defer func() {
				if p := recover(); p != nil {
					t.Fatalf("%s used the store for an actor who may do nothing (%v)", name, p)
				}
			}()
			var args []reflect.Value
			for in := range method.Type().Ins() {
				args = append(args, argument(in))
			}
			if err := outcome(method.Call(args)); !isDenied(err) {
				t.Errorf("%s = %v, want a *DeniedError", name, err)
			}
		})
	}
}

func isDenied(err error) bool {
	_, ok := errors.AsType[*lifecycle.DeniedError](err)
	return ok
}

// A command is carried out with exactly the permissions that it needs, and denied, and
// nothing is changed, with all but one of them.
func TestCommandsNeedTheirPermissions(t *testing.T) {
	const edits = lifecycle.Read | lifecycle.Edit
	wants := func(c lifecycle.Command) lifecycle.Permissions {
		switch c.(type) {
		case lifecycle.RegisterPackage, lifecycle.PublishVersion, lifecycle.DefineParameter, lifecycle.ReleasePackage:
			return lifecycle.ManageListings
		case lifecycle.ChangePackage:
			return lifecycle.ManageListings | edits
		case lifecycle.Assign, lifecycle.Revoke, lifecycle.Transfer, lifecycle.Move, lifecycle.ImportSeat,
			lifecycle.DeactivateUser, lifecycle.ReactivateUser, lifecycle.Reclaim:
			return lifecycle.ManageSeats
		}
		return edits
	}
	commands := newWorld(t, &lifecycle.MemStore{}).live().everyCommand()
	withManager := lifecycle.Registration{Package: pkgversion.Package{ID: pkgversion.MustPackageID("managed")}, LeadManager: lead.MustOwnerID("owner-1")}
	for i := range len(commands) + 1 {
		may := lifecycle.Everything
		w := newWorld(t, &lifecycle.MemStore{}, allowing(&may)).live()
		c, needed := lifecycle.Command(lifecycle.RegisterPackage{Registration: withManager}), lifecycle.Everything&^lifecycle.ManageSeats
		if i < len(commands) {
			c = w.everyCommand()[i]
			needed = wants(c)
		}
		for _, one := range []lifecycle.Permissions{lifecycle.Read, lifecycle.Edit, lifecycle.ManageListings, lifecycle.ManageSeats} {
			if may = lifecycle.Everything &^ one; needed.Include(one) {
				if denied := refused[*lifecycle.DeniedError](w, c); denied.Needs != needed || denied.Has != may {
					t.Errorf("%s without %v = %v, want that it needs %v", brief(c), one, denied, needed)
				}
			}
		}
		may = needed
		w.must(c)
	}
}

// An org's administrator reads who changed its licenses, and not the vendor's words about it.
func TestWhyIsTheVendors(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	l := w.license(1)
	l.Terms.Seats = license.MustSeats(9)
	w.must(lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision, Why: "they will churn"})
	org := lifecycle.Actor{Vendor: w.a.Vendor, ID: lifecycle.MustActorID("admin-of-org"), Org: org1.ID}
	found := false
	for e, err := range w.Timeline(t.Context(), org, 1) {
		if e.Why != "" || err != nil {
			t.Errorf("the org reads %q, %v", e.Why, err)
		}
		found = found || e.Actor == w.a.ID
	}
	if !found {
		t.Error("the org does not read who it was")
	}
}

// Who may not retry leads is told so, whether or not there is one to retry.
func TestRetryLeadsIsDenied(t *testing.T) {
	may := lifecycle.Everything
	w := newWorld(t, &lifecycle.MemStore{}, allowing(&may)).live()
	may = lifecycle.Read
	if n, err := w.RetryLeads(t.Context(), w.a); !isDenied(err) {
		t.Errorf("RetryLeads = %+v, %v, want a *DeniedError", n, err)
	}
}

// What cannot tell who may do what allows nothing.
func TestPolicyThatFailsAllowsNothing(t *testing.T) {
	broken := errors.New("directory is down")
	w := newWorld(t, sealed{}, func(c *lifecycle.Config) {
		c.May = func(context.Context, lifecycle.Actor) (lifecycle.Permissions, error) {
			return lifecycle.Everything, broken
		}
	})
	if _, err := w.License(t.Context(), w.a, 1); !errors.Is(err, broken) {
		t.Errorf("License = %v, want the policy's error", err)
	}
	if err := w.run(lifecycle.Revoke{License: 1, Users: users(1)}); !errors.Is(err, broken) {
		t.Errorf("Revoke = %v, want the policy's error", err)
	}
	if err := w.run(lifecycle.ImportSeat{}); !errors.Is(err, broken) {
		t.Errorf("Import = %v, want the policy's error", err)
	}
}

// ofOrg returns what a store has of an org, and of the vendor beside licenses, a line
// each.
func (w *world) ofOrg(org pkgversion.OrgID) (lines []string) {
	w.Helper()
	ctx, vendor := context.Background(), w.a.Vendor
	add := func(record any, err error) { lines = append(lines, fmt.Sprintf("%+v %v", record, err)) }
	err := w.store.View(ctx, func(ctx context.Context, r lifecycle.Reader) error {
		add(r.Packages(ctx, vendor))
		add(r.Leads(ctx, vendor, lifecycle.LeadQuery{}, 100))
		add(r.Org(ctx, vendor, org))
		add(r.Cursor(ctx, vendor, "a"))
		licenses, err := r.Licenses(ctx, vendor, lifecycle.LicenseQuery{Org: org}, 100)
		add(licenses, err)
		for _, l := range licenses {
			add(r.Facts(ctx, vendor, l.Installation))
			add(r.Holders(ctx, vendor, l.ID, seats.UserID{}, 100))
			add(r.History(ctx, vendor, lifecycle.Stream{Kind: lifecycle.LicenseStream, ID: l.ID.String()}, 0, 100))
			for n := range 5 {
				add(r.SeatHistory(ctx, vendor, l.ID, user(n)))
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return lines
}

// twoOrgs makes a world of org 1, and beside it, if wanted, of org 2.
func twoOrgs(t rapid.TB, beside bool) *world {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.install(1, org1, seatPackage, lead.Person{})
	w.install(2, org1, trialPackage, lead.Person{})
	w.must(lifecycle.Assign{License: 1, Users: users(1, 2)})
	w.clock = w.clock.AddDate(0, 0, 1)
	if beside {
		w.install(3, org2, seatPackage, joe)
		w.install(4, org2, trialPackage, jane)
		w.must(lifecycle.Assign{License: 3, Users: users(1, 3)})
	}
	w.clock = w.clock.AddDate(0, 0, 1)
	return w
}

// seatCommands are what an org's administrator could try, also on what is not theirs.
func seatCommands() *rapid.Generator[lifecycle.Command] {
	id := rapid.Custom(func(t *rapid.T) license.ID { return license.ID(rapid.IntRange(1, 5).Draw(t, "license")) })
	who := rapid.Custom(func(t *rapid.T) seats.UserID { return user(rapid.IntRange(1, 4).Draw(t, "user")) })
	return rapid.Custom(func(t *rapid.T) lifecycle.Command {
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			return lifecycle.Assign{License: id.Draw(t, "id"), Users: rapid.SliceOfN(who, 1, 3).Draw(t, "users"), AsFit: rapid.Bool().Draw(t, "as fit")}
		case 1:
			return lifecycle.Revoke{License: id.Draw(t, "id"), Users: rapid.SliceOfN(who, 1, 3).Draw(t, "users")}
		case 2:
			return lifecycle.Transfer{License: id.Draw(t, "id"), From: who.Draw(t, "from"), To: who.Draw(t, "to")}
		}
		return lifecycle.Move{User: who.Draw(t, "user"), From: id.Draw(t, "from"), To: id.Draw(t, "to")}
	})
}

// orgReadings are everything that an org's administrator can ask. Places in the feed
// are left out: they tell that the vendor is busy, and nothing else.
func (w *world) orgReadings() []string {
	lines := w.readings()
	for e, err := range w.Events(context.Background(), w.a, 0) {
		e.Seq = 0
		lines = append(lines, fmt.Sprintf("%+v %v", e, err))
	}
	return slices.DeleteFunc(lines, func(line string) bool { return len(line) > 6 && (line[:7] == "Events:" || line[:7] == "Timelin") })
}

// M1: nothing that an org's administrator does or asks shows another org's records,
// changes them, or tells whether they are there. Two do the same random things, one
// where another org has licenses and seats, one where it has none; they get the same
// answers, errors included, and of the other org nothing changes.
func TestM1OrgsDoNotInterfere(t *testing.T) {
	all := newWorld(t, &lifecycle.MemStore{}).live().everyCommand()
	rapid.Check(t, func(t *rapid.T) {
		beside, alone := twoOrgs(t, true), twoOrgs(t, false)
		want := beside.ofOrg(org2.ID)
		for _, w := range []*world{beside, alone} {
			w.a.Org, w.a.ID = org1.ID, lifecycle.MustActorID("admin")
		}
		commands := rapid.SliceOfN(rapid.OneOf(seatCommands(), rapid.SampledFrom(all)), 0, 10).Draw(t, "commands")
		for _, c := range commands {
			got, want := beside.run(c), alone.run(c)
			if fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", want, want) {
				t.Fatalf("%s beside another org = %v, alone %v", brief(c), got, want)
			}
		}
		if diff := cmp.Diff(alone.orgReadings(), beside.orgReadings()); diff != "" {
			t.Fatalf("beside another org the answers differ (-alone +beside):\n%s", diff)
		}
		if diff := cmp.Diff(want, beside.ofOrg(org2.ID)); diff != "" {
			t.Fatalf("the other org noticed (-before +after):\n%s", diff)
		}
		err := beside.Consume(context.Background(), beside.a, "a", func(context.Context, lifecycle.Event) error { return nil })
		if !isDenied(err) {
			t.Fatalf("Consume = %v, want a *DeniedError: the consumers are the vendor's", err)
		}
	})
}

// An org's administrator gives and takes the org's seats, and sees the license but not
// who its people are to the vendor's sales.
func TestOrgsAdministrator(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).live()
	w.a.Org = org1.ID
	w.must(lifecycle.Assign{License: 1, Users: users(3)})
	w.must(lifecycle.Move{User: user(3), From: 1, To: 3})
	l := w.license(1)
	if l.Lead != (lead.ID{}) || l.LeadName != "" || l.Holders != 2 {
		t.Errorf("License = %+v, want it without its lead, with 2 holders", l)
	}
	if r := w.registration(seatPackage); !r.LeadManager.IsZero() {
		t.Errorf("Package = %+v, want it without its lead manager", r)
	}
	for e := range w.Timeline(t.Context(), w.a, 1) {
		if c, ok := e.Change.(lifecycle.LicenseChanged); ok && c.After.LeadName != "" {
			t.Errorf("Timeline has %+v, want it without the lead", c)
		}
	}
	if got := collect(w, w.Timeline(t.Context(), w.a, 1)); len(got) < 3 {
		t.Errorf("Timeline has %d events, want the license's own", len(got))
	}
	refused[*lifecycle.NotFoundError](w, lifecycle.Assign{License: 5, Users: users(1)})
	refused[*lifecycle.DeniedError](w, lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision})
}
