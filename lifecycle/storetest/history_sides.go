package storetest

import (
	"context"
	"errors"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// bothSides does something that is no single command: a refresh, a push, a run of what is
// due, or a package goes to another vendor org, or comes back.
func (h *history) bothSides(t *rapid.T) {
	ctx, err := context.Background(), error(nil)
	pkg := rapid.SampledFrom([]pkgversion.PackageID{trialPackage, seatPackage}).Draw(t, "package")
	switch what := rapid.SampledFrom([]string{"refresh", "push", "due", "due", "release", "come back"}).Draw(t, "both sides"); what {
	case "refresh":
		_, err = h.manager.Refresh(ctx, modelActor, h.orgs(t, pkg), lifecycle.RefreshPackage{Package: pkg, AtOnce: 1})
	case "push":
		_, err = h.manager.PushPending(ctx, modelActor, h.orgs(t, pkg))
	case "due":
		_, err = h.manager.RunDue(ctx, modelActor, h.alerts)
	case "release":
		err = h.manager.ReleasePackage(ctx, modelActor, lifecycle.ReleasePackage{Package: pkg})
	case "come back":
		_, err = h.manager.RegisterPackage(ctx, modelActor, registrationOf(pkg))
	}
	if err != nil && !isRefused(err) {
		t.Fatalf("%v, want no error of the store", err)
	}
}

// monthEnds pushes what is pending, which some orgs do not take, and runs what is due a
// month later, so that few histories have no alert and no push that failed.
func (h *history) monthEnds(t *rapid.T) {
	ctx := context.Background()
	h.clock = h.clock.AddDate(0, 1, 0)
	if err := h.manager.ConfirmClock(ctx, modelActor); err != nil {
		t.Fatalf("ConfirmClock = %v", err)
	}
	if _, err := h.manager.PushPending(ctx, modelActor, h.orgs(t, seatPackage)); err != nil {
		t.Fatalf("PushPending = %v", err)
	}
	if _, err := h.manager.RunDue(ctx, modelActor, h.alerts); err != nil {
		t.Fatalf("RunDue = %v", err)
	}
}

// isRefused reports whether err is what a history brings upon itself.
func isRefused(err error) bool {
	_, clock := errors.AsType[*lifecycle.ClockError](err)
	_, soon := errors.AsType[*lifecycle.RefreshTooSoonError](err)
	_, left := errors.AsType[*lifecycle.RefreshLeftError](err)
	_, released := errors.AsType[*lifecycle.NotFoundError](err)
	_, registered := errors.AsType[*lifecycle.ExistsError](err)
	return clock || soon || left || released || registered
}

// newHistoryAlerts returns rules of every kind that a history can meet. They have no sinks:
// deliveries are no events, and not replayed.
func newHistoryAlerts(t *rapid.T) *lifecycle.Alerts {
	alerts, err := lifecycle.NewAlerts(lifecycle.AlertConfig{Rules: []lifecycle.AlertRule{
		{Name: "renew", When: lifecycle.OnExpiring{Days: []int{1, 30}}},
		{Name: "trial", When: lifecycle.OnTrialEnding{Days: []int{7}}},
		{Name: "gone", When: lifecycle.OnUninstalled{}},
		{Name: "suspended", When: lifecycle.OnSuspended{}},
		{Name: "over", When: lifecycle.OnOverAllocated{}},
		{Name: "drift", When: lifecycle.OnDrift{}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return alerts
}

// drawnOrgs answer what was drawn for them.
type drawnOrgs struct {
	all     []lifecycle.Installation
	answers map[license.InstallationID]lifecycle.Observation
	errs    map[license.InstallationID]error
}

// orgs draws what the orgs have of a package, and which of them do not answer.
func (h *history) orgs(t *rapid.T, pkg pkgversion.PackageID) drawnOrgs {
	o := drawnOrgs{answers: map[license.InstallationID]lifecycle.Observation{}, errs: map[license.InstallationID]error{}}
	for n := 1; n <= 5; n++ {
		if of, org := packageOfHistory(n), modelOrgs[n%len(modelOrgs)]; of == pkg {
			seen := h.observation(t, n, org, pkg, modelVersionID(pkg, 0))
			if rapid.Bool().Draw(t, "no instant") {
				seen.Values.AsOf = seen.UninstalledAt
			}
			o.all = append(o.all, seen.Installation)
			o.answers[seen.ID] = seen
			o.errs[seen.ID] = rapid.SampledFrom([]error{nil, nil, errors.New("no answer"), &lifecycle.UnreachableOrgError{Org: org.ID, Status: license.OrgLocked}}).Draw(t, "error")
		}
	}
	return o
}

func (o drawnOrgs) List(_ context.Context, _ pkgversion.PackageID, after license.InstallationID, limit int) (page []lifecycle.Installation, _ error) {
	for _, i := range o.all {
		if i.ID.Compare(after) > 0 && len(page) < limit {
			page = append(page, i)
		}
	}
	return page, nil
}

func (o drawnOrgs) Pull(_ context.Context, i lifecycle.Installation) (lifecycle.Observation, error) {
	return o.answers[i.ID], o.errs[i.ID]
}

// Push takes some terms over, and what else it answers is drawn.
func (o drawnOrgs) Push(_ context.Context, p lifecycle.Push) (lifecycle.Observation, error) {
	seen, there := o.answers[p.ID]
	if !there {
		return seen, errors.New("of another package")
	}
	seen.Values.Seats = p.Terms.Seats
	return seen, o.errs[p.ID]
}
