package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// What the model knows of orgs, of what they have, and of all that is not a package's own
// license.

// addPermissionSet adds a permission-set license, whose terms are judged as those of a
// change of one that is Active and without end.
func (m *model) addPermissionSet(t *rapid.T) {
	org := rapid.SampledFrom(modelOrgs).Draw(t, "org").ID
	pkg := rapid.SampledFrom([]pkgversion.PackageID{trialPackage, seatPackage}).Draw(t, "package")
	made := m.newModelLicense(license.MustInstallationID(fmt.Sprintf("set-%d", len(m.licenses)+1)), org, pkg)
	made.isSet, made.onceActive, made.terms = true, true, license.Terms{Status: license.Active, Seats: license.Site(), Expiration: license.Never()}
	want := drawTerms(t, m, made)
	c := lifecycle.AddPermissionSet{Installation: made.name, Org: org, Package: pkg, PermissionSet: "Plus", Terms: want}
	l, err := m.manager.AddPermissionSet(context.Background(), modelActor, c)
	refusedOrNot(t, fmt.Sprintf("AddPermissionSet(%v)", want), err, m.unreachable(made) || !m.modifiable(made, want, false))
	if err != nil {
		return
	}
	if again, err := m.manager.AddPermissionSet(context.Background(), modelActor, c); err != nil || again != l {
		t.Fatalf("AddPermissionSet again = %v, %v, want %v", again, err, l)
	}
	made.terms = want
	m.licenses[l.ID] = made
}

// S23: a deactivation frees the seat where the package says so, and a reactivation gives
// back that one and no other.
func (m *model) deactivate(t *rapid.T) {
	id, l := m.pick(t, "license")
	u := drawUsers(t, "user", 1)[0]
	_, err := m.manager.DeactivateUser(context.Background(), modelActor, lifecycle.DeactivateUser{License: id, User: u})
	refusedOrNot(t, "DeactivateUser", err, false)
	if l.pkg == trialPackage && l.holders[u] {
		l.take(u)
		l.freed[u] = true
	}
}

func (m *model) reactivate(t *rapid.T) {
	id, l := m.pick(t, "license")
	u := drawUsers(t, "user", 1)[0]
	_, err := m.manager.ReactivateUser(context.Background(), modelActor, lifecycle.ReactivateUser{License: id, User: u})
	wanted := !l.holders[u] && l.freed[u]
	refusedOrNot(t, "ReactivateUser", err, wanted && (!m.open(l) || l.room() == 0))
	if _, full := errors.AsType[*lifecycle.PoolError](err); err != nil && full != m.open(l) {
		t.Fatalf("ReactivateUser = %v, want a *PoolError: %t", err, m.open(l))
	}
	if wanted && err == nil {
		l.give(u)
	}
}

// orgChanges tells a new status of an org, or from which org the sandbox was made.
func (m *model) orgChanges(t *rapid.T) {
	org := m.orgs[rapid.SampledFrom(modelOrgs).Draw(t, "org").ID]
	if org.Sandbox && rapid.Bool().Draw(t, "origin") {
		org.Production = modelOrgs[0].ID
	} else {
		org.Status = rapid.SampledFrom([]license.OrgStatus{license.OrgActive, license.OrgActive, license.OrgLocked, license.OrgDeleted}).Draw(t, "status")
	}
	m.clock = m.highest.Add(time.Minute) // of two that are told of one instant another rule decides
	m.highest = m.clock
	_, err := m.manager.Notify(context.Background(), modelActor, lifecycle.OrgChanged{Notice: lifecycle.Notice{At: m.clock, Org: org}})
	refusedOrNot(t, "OrgChanged", err, false)
	m.orgs[org.ID] = org
}

func (m *model) unreachable(l *modelLicense) bool { return m.orgs[l.org].Status.Unreachable() }

// linkOf returns the license of the production org to which that of a sandbox is linked:
// the newest installation there, until the sandbox's own end.
func (m *model) linkOf(l *modelLicense) (newest license.ID) {
	production := m.orgs[l.org].Production
	if l.isSet || production.IsZero() {
		return 0
	}
	for id, p := range m.licenses {
		late := l.gone() && p.installedAt.After(l.uninstalled)
		if p.isSet || p.org != production || p.pkg != l.pkg || late {
			continue
		}
		n := m.licenses[newest]
		if n == nil || p.installedAt.After(n.installedAt) || p.installedAt.Equal(n.installedAt) && p.name.Compare(n.name) > 0 {
			newest = id
		}
	}
	return newest
}

// retire takes the license of a deleted org out of the lists, or puts it back.
func (m *model) retire(t *rapid.T) {
	id, l := m.pick(t, "license")
	back := rapid.Bool().Draw(t, "back")
	_, err := m.manager.Retire(context.Background(), modelActor, lifecycle.Retire{License: id, Back: back})
	refusedOrNot(t, "Retire", err, !back && !l.retired && !m.orgs[l.org].Status.Is(license.OrgDeleted))
	if err == nil {
		l.retired = !back
	}
}

// orgsThere are the orgs as a Manager reaches them.
type orgsThere struct {
	m   *model
	has map[license.InstallationID]lifecycle.Observation
}

func (o orgsThere) List(context.Context, pkgversion.PackageID, license.InstallationID, int) ([]lifecycle.Installation, error) {
	return nil, nil
}

func (o orgsThere) Pull(_ context.Context, i lifecycle.Installation) (lifecycle.Observation, error) {
	seen, there := o.has[i.ID]
	seen.InOrg = o.m.orgs[i.Org]
	switch status := seen.InOrg.Status; {
	case status.Unreachable():
		return seen, &lifecycle.UnreachableOrgError{Org: i.Org, Status: status}
	case !there:
		return seen, &lifecycle.NotFoundError{Kind: "installation", ID: i.ID.String()}
	}
	seen.Values.AsOf = o.m.highest
	return seen, nil
}

func (o orgsThere) Push(ctx context.Context, p lifecycle.Push) (lifecycle.Observation, error) {
	if _, err := o.Pull(ctx, p.Installation); err != nil {
		return lifecycle.Observation{}, err
	}
	o.has[p.ID] = lifecycle.Observation{Values: valuesOf(p.Terms)}
	return o.Pull(ctx, p.Installation)
}

// valuesOf returns what an org has that was given terms.
func valuesOf(terms license.Terms) license.Observed {
	return license.Observed{Status: license.SubscriberStatus(terms.Status.String()), Seats: terms.Seats, HasSeats: true, Expiration: terms.Expiration}
}

// termsChangeThere changes what an org has, past the vendor.
func (m *model) termsChangeThere(t *rapid.T) {
	_, l := m.pick(t, "license")
	if l.isSet || l.gone() {
		t.Skip("the org has no installation")
	}
	m.there.has[l.name] = lifecycle.Observation{Values: valuesOf(drawTerms(t, m, l))}
}

// push gives an org the terms that it is to have, if there are any.
func (m *model) push(t *rapid.T) {
	id, l := m.pick(t, "license")
	_, err := m.manager.Push(context.Background(), modelActor, m.there, id)
	nobody := l.gone() || l.retired // is left to push to
	refusedOrNot(t, "Push", err, l.pending && !nobody && m.unreachable(l))
	if !l.pending || err != nil {
		return
	}
	if l.pending = false; !nobody {
		m.see(l)
	}
	if got := m.there.has[l.name].Values; !nobody && got != valuesOf(l.terms) {
		t.Fatalf("after Push the org has %+v, want %v", got, l.terms)
	}
}

func (m *model) pull(t *rapid.T) {
	id, l := m.pick(t, "license")
	_, err := m.manager.Pull(context.Background(), modelActor, m.there, id)
	refusedOrNot(t, "Pull", err, l.isSet || m.unreachable(l))
	if err == nil {
		m.see(l)
		l.pending = l.pending && !l.gone() && !l.retired
	}
}

// see notes what the org of l has now, and in what that differs.
func (m *model) see(l *modelLicense) {
	l.seen = m.there.has[l.name].Values
	l.seen.AsOf = m.highest
	for _, field := range license.DriftFields() {
		l.differ[field] = l.differs(field)
	}
}

// differs reports whether the vendor has a value otherwise than it was seen in the org.
func (l *modelLicense) differs(field license.DriftField) bool {
	switch field {
	case license.DriftStatus:
		return l.seen.Status != "" && !slices.Contains(l.shownThereAs(), l.seen.Status)
	case license.DriftSeats:
		return !l.gone() && l.seen.HasSeats && l.seen.Seats != l.terms.Seats
	case license.DriftExpiration:
		return !l.gone() && !l.seen.Expiration.IsZero() && l.seen.Expiration != l.terms.Expiration
	}
	return false // nobody counts users there
}

// shownThereAs returns what an org that has the same terms shows as the status, as of when
// it was read.
func (l *modelLicense) shownThereAs() []license.SubscriberStatus {
	last, ends := l.terms.Expiration.LastDay()
	over := ends && license.DateOf(l.seen.AsOf).After(last)
	switch {
	case l.gone():
		return nil
	case l.terms.Status == license.Suspended:
		return []license.SubscriberStatus{license.SubscriberSuspended, license.SubscriberExpired}
	case over:
		return []license.SubscriberStatus{license.SubscriberExpired}
	case l.terms.Status == license.Trial:
		return []license.SubscriberStatus{license.SubscriberTrial}
	}
	return []license.SubscriberStatus{license.SubscriberActive}
}

// driftsAgree compares what the two sides differ in with the model.
func (m *model) driftsAgree(t *rapid.T) {
	want := map[license.ID][]license.DriftField{}
	for id, l := range m.licenses {
		for _, field := range license.DriftFields() {
			if l.differ[field] && l.differs(field) && !l.retired {
				want[id] = append(want[id], field)
			}
		}
	}
	for d, err := range m.manager.Drifts(context.Background(), modelActor) {
		if err != nil {
			t.Fatalf("Drifts = %v", err)
		}
		var got []license.DriftField
		for _, difference := range d.Differences {
			got = append(got, difference.Field)
		}
		if len(got) == 0 || !slices.Equal(got, want[d.License.ID]) {
			t.Fatalf("%v differs in %v, the model has %v", d.License.ID, got, want[d.License.ID])
		}
		delete(want, d.License.ID)
	}
	if len(want) > 0 {
		t.Fatalf("Drifts does not tell that these differ: %v", want)
	}
}

func (m *model) setParameter(t *rapid.T) {
	id, l := m.pick(t, "license")
	value := rapid.SampledFrom([]license.Value{{}, rockets(1), rockets(2), license.BooleanValue(true)}).Draw(t, "value")
	stale := rapid.IntRange(0, 5).Draw(t, "stale") == 0
	revision := l.rockets.Revision
	if stale {
		revision++
	}
	err := m.manager.SetParameter(context.Background(), modelActor, lifecycle.SetParameter{License: id, Name: rocketsOf(l.pkg).Name, Value: value, Revision: revision})
	wrong := value == license.BooleanValue(true) // it is a number
	refusedOrNot(t, "SetParameter", err, wrong || value != l.rockets.Set && (stale || l.gone() || m.unreachable(l)))
	if err == nil && value != l.rockets.Set {
		l.rockets.Set = value
		l.rockets.Revision++
	}
	m.parameterAgrees(t, id, l)
}

func (m *model) reportParameter(t *rapid.T) {
	id, l := m.pick(t, "license")
	value, at := rockets(rapid.IntRange(1, 3).Draw(t, "value")), m.highest.AddDate(0, 0, -rapid.IntRange(0, 3).Draw(t, "days ago"))
	err := m.manager.ReportParameter(context.Background(), modelActor, lifecycle.ReportParameter{License: id, Name: rocketsOf(l.pkg).Name, Value: value, At: at})
	refusedOrNot(t, "ReportParameter", err, false)
	if at.After(l.rockets.ReportedAt) && !l.gone() {
		l.rockets.Reported, l.rockets.ReportedAt = value, at
		l.rockets.Revision++
	}
	m.parameterAgrees(t, id, l)
}

func (m *model) parameterAgrees(t *rapid.T, id license.ID, l *modelLicense) {
	all, err := m.manager.LicenseParameters(context.Background(), modelActor, id)
	if err != nil {
		t.Fatalf("LicenseParameters = %v", err)
	}
	_, got := all.Side(rocketsOf(l.pkg).Name.String())
	if got.Set != l.rockets.Set || got.Reported != l.rockets.Reported || got.Revision != l.rockets.Revision {
		t.Fatalf("the parameter of %v is %+v, the model has %+v", id, got, l.rockets)
	}
}
