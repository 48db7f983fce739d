package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
)

// onFaulty makes a world that is live and then has a faulty store.
func onFaulty(t *testing.T) (*world, *faulty) {
	t.Helper()
	mem := &lifecycle.MemStore{}
	live := newWorld(t, mem).live()
	s := &faulty{Store: mem}
	w := newWorld(t, s)
	w.clock = live.clock
	return w, s
}

// sweep runs f for each of n commands, each in a world of its own, with its name.
func sweep(t *testing.T, f func(t *testing.T, w *world, s *faulty, c lifecycle.Command)) {
	n := len(newWorld(t, &lifecycle.MemStore{}).live().everyCommand())
	for i := range n {
		w, s := onFaulty(t)
		c := w.everyCommand()[i]
		s.calls, s.updates = 0, 0
		f(t, w, s, c)
	}
}

// L8, P3, P5: whichever call of the store fails, before or after its work, the
// command returns that error, and nothing has changed.
func TestP3AnyFailedCallChangesNothing(t *testing.T) {
	for _, after := range []bool{false, true} {
		fired := 0
		for i := range len(newWorld(t, &lifecycle.MemStore{}).live().everyCommand()) {
			w, s := onFaulty(t)
			c := w.everyCommand()[i]
			before := dump(t, s.Store, w.a.Vendor)
			for n := 1; ; n++ {
				s.calls, s.failAt, s.after, s.err = 0, n, after, errBroken
				err := w.run(c)
				if !s.fired() {
					if err != nil {
						t.Errorf("%s without a fault = %v", brief(c), err)
					}
					break
				}
				fired++
				if !errors.Is(err, errBroken) {
					t.Errorf("%s with call %d failing = %v, want that error", brief(c), n, err)
				}
				if diff := cmp.Diff(before, dump(t, s.Store, w.a.Vendor)); diff != "" {
					t.Fatalf("%s with call %d failing left (-before +after):\n%s", brief(c), n, diff)
				}
			}
		}
		if fired < 150 {
			t.Errorf("%d faults fired, want at least 150", fired)
		}
	}
}

// I5: wherever in an installation the program dies, telling the same again afterwards gives
// what one undisturbed installation gives: license, lead and events, each once.
func TestI5InstallSurvivesACrashAnywhere(t *testing.T) {
	whole := newWorld(t, &lifecycle.MemStore{}).stock()
	told := whole.installed(1, org1, seatPackage, jane)
	told.ID = lifecycle.MustNotificationID("told")
	whole.must(told)
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			mem := &lifecycle.MemStore{}
			newWorld(t, mem).stock()
			s := &faulty{Store: mem, failAt: n, after: after, dies: true}
			died := func() (died bool) {
				defer func() { died = recover() != nil }()
				newWorld(t, s).must(told)
				return false
			}()
			w := newWorld(t, mem) // the program that is started next
			if died != s.fired() || died && len(collect(w, w.Licenses(t.Context(), w.a, lifecycle.LicenseQuery{}))) > 0 {
				t.Fatalf("call %d: died: %t, fired: %t, and something is there", n, died, s.fired())
			}
			w.must(told)
			if diff := cmp.Diff(whole.dump(), w.dump()); diff != "" {
				t.Fatalf("died at call %d, told again (-undisturbed +this):\n%s", n, diff)
			}
			if !died {
				if n < 10 {
					t.Errorf("an installation makes %d calls, want at least 9", n-1)
				}
				break
			}
		}
	}
}

// A conflict is tried again, and the command happens once; after too many tries it
// is an error that wraps ErrConflict, and nothing has happened.
func TestP6ConflictsAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the pauses between the tries take no time
		const bound = 10
		sweep(t, func(t *testing.T, w *world, s *faulty, c lifecycle.Command) {
			before := dump(t, s.Store, w.a.Vendor)
			twin := newWorld(t, &lifecycle.MemStore{}).live()
			twin.must(c)

			s.commit = func(update int, _ func() error) error {
				return fmt.Errorf("update %d: %w", update, lifecycle.ErrConflict)
			}
			if err := w.run(c); !errors.Is(err, lifecycle.ErrConflict) || s.updates != bound {
				t.Errorf("%s with endless conflicts = %v after %d tries, want ErrConflict after %d", brief(c), err, s.updates, bound)
			}
			if diff := cmp.Diff(before, dump(t, s.Store, w.a.Vendor)); diff != "" {
				t.Fatalf("%s, given up, left (-before +after):\n%s", brief(c), diff)
			}

			s.updates = 0
			s.commit = func(update int, commit func() error) error {
				if update <= 3 {
					return lifecycle.ErrConflict
				}
				return commit()
			}
			if err := w.run(c); err != nil || s.updates != 4 {
				t.Errorf("%s after 3 conflicts = %v, %d tries", brief(c), err, s.updates)
			}
			if diff := cmp.Diff(twin.dump(), dump(t, s.Store, w.a.Vendor)); diff != "" {
				t.Fatalf("%s after 3 conflicts (-once +this):\n%s", brief(c), diff)
			}
		})
	})
}

// A conflict of a guard, within the transaction, is tried again on fresh state: who
// changed the license in between is not overwritten.
func TestP6ConflictDecidesAnew(t *testing.T) {
	w, s := onFaulty(t)
	s.failAt, s.err = 4, fmt.Errorf("guard: %w", lifecycle.ErrConflict)
	s.calls = 0
	w.must(lifecycle.Assign{License: 1, Users: users(3)})
	if !s.fired() || s.updates != 2 || w.license(1).Holders != 3 {
		t.Errorf("fired: %t, %d updates, %d holders", s.fired(), s.updates, w.license(1).Holders)
	}
	s.failAt, s.updates = 0, 0
	other := newWorld(t, s.Store)
	s.commit = func(update int, commit func() error) error {
		if update == 1 {
			other.must(lifecycle.Revoke{License: 1, Users: users(1, 2)})
			return lifecycle.ErrConflict
		}
		return commit()
	}
	seating, err := w.Assign(t.Context(), w.a, lifecycle.Assign{License: 1, Users: users(1, 3, 4)})
	if err != nil || !slices.Equal(seating.Assigned, users(1, 4)) || !slices.Equal(seating.Held, users(3)) || seating.License.Holders != 3 {
		t.Errorf("Assign after a conflict = %+v, %v", seating, err)
	}
}

// A context that ends stops the tries.
func TestP6ContextEndsTheTries(t *testing.T) {
	w, s := onFaulty(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.commit = func(update int, commit func() error) error {
		if update == 2 {
			cancel()
		}
		return lifecycle.ErrConflict
	}
	_, err := w.Revoke(ctx, w.a, lifecycle.Revoke{License: 1, Users: users(1)})
	if !errors.Is(err, context.Canceled) || s.updates > 3 {
		t.Errorf("Revoke = %v after %d tries, want it cancelled", err, s.updates)
	}
}

// P4: an unknown outcome passes through, is not tried again by itself, and the
// same call again settles it: exactly one effect, whether it had happened or not.
func TestP4UnknownOutcomeIsSettledByAskingAgain(t *testing.T) {
	for _, happened := range []bool{false, true} {
		sweep(t, func(t *testing.T, w *world, s *faulty, c lifecycle.Command) {
			twin := newWorld(t, &lifecycle.MemStore{}).live()
			twin.must(c)
			s.commit = func(_ int, commit func() error) error {
				if happened {
					if err := commit(); err != nil {
						return err
					}
				}
				return &lifecycle.OutcomeUnknownError{Err: errBroken}
			}
			err := w.run(c)
			if _, ok := errors.AsType[*lifecycle.OutcomeUnknownError](err); !ok || !errors.Is(err, errBroken) || s.updates != 1 {
				t.Errorf("%s = %v after %d tries, want an *OutcomeUnknownError after one", brief(c), err, s.updates)
			}
			s.commit = nil
			w.must(c)
			if diff := cmp.Diff(twin.dump(), w.dump()); diff != "" {
				t.Fatalf("%s asked again, happened: %t (-once +this):\n%s", brief(c), happened, diff)
			}
		})
	}
}

// P4: installing and uninstalling without saying when is asked again as safely.
func TestP4InstallWithoutAnInstantAgain(t *testing.T) {
	for _, id := range []string{"", "n-1"} {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		install, uninstall := w.installed(1, org1, seatPackage, jane), w.uninstalled(1, org1, seatPackage)
		install.At, uninstall.At = time.Time{}, time.Time{}
		if id != "" {
			install.ID, uninstall.ID = lifecycle.MustNotificationID(id), lifecycle.MustNotificationID(id+"-gone")
		}
		for _, c := range []func() error{
			func() error { _, err := w.Install(t.Context(), w.a, install); return err },
			func() error { _, err := w.Uninstall(t.Context(), w.a, uninstall); return err },
		} {
			if err := c(); err != nil {
				t.Fatalf("the first time: %v", err)
			}
			before := w.dump()
			w.clock = w.clock.AddDate(0, 0, 1)
			if err := c(); err != nil {
				t.Errorf("the second time: %v", err)
			}
			w.unchanged(before, "asking again")
		}
		if l := w.license(1); !l.InstalledAt.Equal(epoch) || !l.UninstalledAt.Equal(epoch.AddDate(0, 0, 1)) {
			t.Errorf("installed at %v, uninstalled at %v", l.InstalledAt, l.UninstalledAt)
		}
	}
}

// An upgrade back to a version that the installation had, told without an instant,
// is an upgrade.
func TestUpgradedBackWithoutAnInstant(t *testing.T) {
	w := newWorld(t, &lifecycle.MemStore{}).stock()
	w.install(1, org1, seatPackage, jane)
	for _, v := range []int{1, 0} {
		w.clock = w.clock.AddDate(0, 0, 1)
		n := lifecycle.Upgraded{Notice: lifecycle.Notice{Org: org1}, Installation: installation(1), Package: seatPackage, Version: versionID(seatPackage, published[v])}
		w.must(n)
		if l := w.license(1); l.Number != published[v] || !l.UpgradedAt.Equal(w.clock) {
			t.Errorf("version %v of %v, want %v of %v", l.Number, l.UpgradedAt, published[v], w.clock)
		}
	}
}

// E1, E5: a store that fails while it is read gives its error to whoever lists, and
// nothing is skipped in silence.
func TestListingsPassErrorsOn(t *testing.T) {
	w, s := onFaulty(t)
	ctx := t.Context()
	for name, list := range map[string]func() error{
		"Licenses": func() error { return failure(w.Licenses(ctx, w.a, lifecycle.LicenseQuery{})) },
		"Leads":    func() error { return failure(w.Leads(ctx, w.a, lifecycle.LeadQuery{})) },
		"Holders":  func() error { return failure(w.Holders(ctx, w.a, 1)) },
		"Timeline": func() error { return failure(w.Timeline(ctx, w.a, 1)) },
		"Events":   func() error { return failure(w.Events(ctx, w.a, 0)) },
		"Consume": func() error {
			return w.Consume(ctx, w.a, "a", func(context.Context, lifecycle.Event) error { return nil })
		},
		"Packages":    func() error { _, err := w.Packages(ctx, w.a); return err },
		"Versions":    func() error { _, err := w.Versions(ctx, w.a, seatPackage); return err },
		"SeatHistory": func() error { _, err := w.SeatHistory(ctx, w.a, 1, user(1)); return err },
		"Now":         func() error { _, err := w.Now(ctx, w.a); return err },
		"License":     func() error { l, err := w.License(ctx, w.a, 1); return nothingBeside(l, err) },
		"Lead":        func() error { l, err := w.Lead(ctx, w.a, lead.OfLicense(1)); return nothingBeside(l, err) },

		"PendingLeads": func() error { return failure(w.PendingLeads(ctx, w.a)) },
		"Alerts":       func() error { return failure(w.Alerts(ctx, w.a, lifecycle.AlertQuery{})) },
		"Deliveries":   func() error { return failure(w.Deliveries(ctx, w.a, lifecycle.DeliveryQuery{})) },
		"Drifts":       func() error { return failure(w.Drifts(ctx, w.a)) },
		"Pending":      func() error { return failure(w.PendingPushes(ctx, w.a)) },
		"Consumers":    func() error { _, err := w.Consumers(ctx, w.a); return err },
		"Sides":        func() error { s, err := w.Sides(ctx, w.a, 1); return nothingBeside(s, err) },
		"Primary":      func() error { c, err := w.Primary(ctx, w.a, org1.ID, seatPackage); return nothingBeside(c, err) },
		"Refresh":      func() error { r, err := w.LatestRefresh(ctx, w.a, seatPackage); return nothingBeside(r, err) },
		"LicenseAsOf":  func() error { l, err := w.LicenseAsOf(ctx, w.a, 1, epoch); return nothingBeside(l, err) },
		"CheckAsOf": func() error {
			d, err := w.CheckAsOf(ctx, w.a, org1.ID, seatPackage, user(1), epoch)
			return nothingBeside(d, err)
		},
		"Parameters": func() error { _, err := w.Parameters(ctx, w.a, org1.ID, seatPackage); return err },
		"DiagnoseInstallation": func() error {
			_, err := w.DiagnoseInstallation(ctx, w.a, org1.ID, seatPackage, installation(1))
			return err
		},
		"DiagnoseModify": func() error { _, err := w.DiagnoseModify(ctx, w.a, lifecycle.Modify{License: 1}); return err },
	} {
		for n := 1; ; n++ {
			s.calls, s.failAt, s.err = 0, n, errBroken
			err := list()
			if !s.fired() {
				if err != nil || n == 1 {
					t.Errorf("%s without a fault = %v, after %d calls", name, err, n-1)
				}
				break
			}
			if !errors.Is(err, errBroken) {
				t.Errorf("%s with call %d failing = %v, want that error", name, n, err)
			}
		}
	}
}

// P3, E10: whichever call of the store fails while events are removed, or consumers are moved
// and forgotten, that error is returned; asking again ends as if none had failed.
func TestP3RetainWithFailingStore(t *testing.T) {
	for name, ask := range map[string]func(*world) error{
		"Retain":         func(w *world) error { _, err := w.Retain(t.Context(), w.a, w.clock); return err },
		"MoveConsumer":   func(w *world) error { return w.MoveConsumer(t.Context(), w.a, "a", 3) },
		"ForgetConsumer": func(w *world) error { return w.ForgetConsumer(t.Context(), w.a, "a") },
	} {
		consumed := func() (*world, *faulty) {
			w, s := onFaulty(t)
			if err := w.Consume(t.Context(), w.a, "a", func(context.Context, lifecycle.Event) error { return nil }); err != nil {
				t.Fatal(err)
			}
			w.setSeats(1, 5)
			w.setSeats(1, 6)
			w.clock = w.clock.Add(time.Second)
			s.calls = 0
			return w, s
		}
		straight, _ := consumed()
		if err := ask(straight); err != nil {
			t.Fatalf("%s = %v", name, err)
		}
		for _, after := range []bool{false, true} {
			for n := 1; ; n++ {
				w, s := consumed()
				s.failAt, s.after, s.err = n, after, errBroken
				err := ask(w)
				if !s.fired() {
					if n < 3 || err != nil {
						t.Errorf("%s makes %d calls, then %v", name, n-1, err)
					}
					break
				}
				if !errors.Is(err, errBroken) {
					t.Errorf("%s with call %d failing = %v, want that error", name, n, err)
				}
				s.failAt = 0
				if err := ask(w); err != nil {
					t.Errorf("%s again = %v", name, err)
				}
				if diff := cmp.Diff(straight.dump(), w.dump()); diff != "" {
					t.Fatalf("%s after call %d failed (-straight +again):\n%s", name, n, diff)
				}
			}
		}
	}
}

// E4: whichever call of the store fails while what is due is recorded and delivered, the next
// runs record each alert once all the same, deliver each at least once, under one id, and make
// each lead once.
func TestE4RunDueWithFailingStore(t *testing.T) {
	due := func() (*world, *faulty, *lifecycle.Alerts, *inbox) {
		w, s := onFaulty(t)
		box := &inbox{}
		alerts := mustAlerts(t, lifecycle.AlertConfig{
			Rules: []lifecycle.AlertRule{
				{Name: "trials", When: lifecycle.OnTrialEnding{Days: []int{10}}, Sinks: []string{"box"}},
				{Name: "full", When: lifecycle.OnOverAllocated{}, Sinks: []string{"box"}},
				{Name: "unused", When: lifecycle.OnUnused{Days: 5, LastUse: func(context.Context) iter.Seq2[lifecycle.Use, error] {
					return func(yield func(lifecycle.Use, error) bool) { yield(lifecycle.Use{License: 3}, nil) }
				}}, Sinks: []string{"box"}},
			},
			Sinks: map[string]lifecycle.Sink{"box": box},
		})
		w.runDue(alerts)
		w.setSeats(1, 1)
		w.clock = w.clock.AddDate(0, 0, 20)
		s.calls = 0
		return w, s, alerts, box
	}
	afterwards := func(w *world, alerts *lifecycle.Alerts) (ids []string) {
		for range 3 {
			w.clock = w.clock.Add(time.Hour) // what was taken and not settled is to be tried again
			w.runDue(alerts)
		}
		for _, a := range collect(w, w.Alerts(context.Background(), w.a, lifecycle.AlertQuery{})) {
			ids = append(ids, fmt.Sprint(a.ID, a.Number))
		}
		return ids
	}
	straight, _, alerts, box := due()
	straight.runDue(alerts)
	want := afterwards(straight, alerts)
	if len(want) != 3 || len(box.got) != 3 {
		t.Fatalf("recorded %q and delivered %q, want 3", want, box.got)
	}
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			w, s, alerts, box := due()
			s.failAt, s.after, s.err = n, after, errBroken
			_, err := w.RunDue(t.Context(), w.a, alerts)
			if !s.fired() {
				if n < 40 || err != nil {
					t.Errorf("%d faults fired, then %v", n-1, err)
				}
				break
			}
			if !errors.Is(err, errBroken) {
				t.Fatalf("RunDue with call %d failing = %v, want that error", n, err)
			}
			s.failAt = 0
			if diff := cmp.Diff(want, afterwards(w, alerts)); diff != "" {
				t.Fatalf("after call %d failed (-straight +again):\n%s", n, diff)
			}
			told := slices.Compact(slices.Sorted(slices.Values(box.got)))
			if len(told) != len(want) || len(box.got) > 2*len(want) || len(w.leads()) != len(straight.leads()) || len(collect(w, w.PendingLeads(t.Context(), w.a))) > 0 {
				t.Fatalf("after call %d failed: delivered %q, and the leads are %+v", n, box.got, w.leads())
			}
			for _, d := range collect(w, w.Deliveries(t.Context(), w.a, lifecycle.DeliveryQuery{})) {
				if d.State != lifecycle.Delivered {
					t.Fatalf("after call %d failed: %+v", n, d)
				}
			}
		}
	}
}

// failure returns the last error of a listing.
func failure[T any](listing func(func(T, error) bool)) (last error) {
	listing(func(_ T, err error) bool { last = err; return true })
	return last
}

func nothingBeside[T comparable](value T, err error) error {
	var zero T
	if err != nil && value != zero {
		return fmt.Errorf("%+v beside %v", value, err)
	}
	return err
}

// A refusal keeps no number: the next license follows the last.
func TestL19RefusedInstallLeavesNoGap(t *testing.T) {
	w, s := onFaulty(t)
	n := w.installed(6, org2, seatPackage, jane)
	beta := n
	beta.Version = versionID(seatPackage, published[3])
	refused[*lifecycle.FieldError](w, beta)
	report, err := w.Import(t.Context(), w.a, rows(beta, lifecycle.Revoke{License: 99, Users: users(1)}), lifecycle.GoodRows)
	if err != nil || report.Bad != 2 {
		t.Fatalf("Import = %+v, %v", report, err)
	}
	s.calls, s.failAt, s.err = 0, 0, nil
	l, err := w.Notify(t.Context(), w.a, n)
	if err != nil || l.ID != license.ID(7) {
		t.Errorf("the next license is %v, %v, want L-00007", l.ID, err)
	}
}

// The error text of what the store said is passed on whole, and is one line.
func TestErrorsWrapTheStores(t *testing.T) {
	err := &lifecycle.OutcomeUnknownError{Err: errors.New("a\nb" + strings.Repeat("x", 1000))}
	if text := err.Error(); len(text) > 500 || strings.Contains(text, "\n") {
		t.Errorf("OutcomeUnknownError prints %q", text)
	}
}
