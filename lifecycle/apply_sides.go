package lifecycle

import (
	"cmp"
	"slices"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/license"
)

// The time between the pushes of terms that an org does not take: it doubles.
const (
	firstPushWait   = time.Minute
	longestPushWait = 24 * time.Hour
)

// observe takes in what was read in a subscriber org. What it says of the
// installation are facts, like those that are notified: the license is what all facts
// say. Its values are kept apart from the vendor's; where they differ, that is
// recorded, and nothing is overwritten.
func (d *decision) observe(c Observe) error {
	o, err := d.observation(c.Observation)
	if err != nil {
		return err
	}
	facts, err := d.observedFacts(o)
	if err != nil {
		return err
	}
	d.made, d.source = LicenseRefreshed, &o
	if len(facts) > 0 {
		d.record(Told{Org: o.Org, Facts: facts})
	}
	d.tells(o.InOrg, o.Values.AsOf)
	made := d.settle(o.asInstalled(), facts)
	d.linkFamily(made)
	d.saveOrg(d.observedOrg(o.InOrg), o.Values.AsOf, made)
	if l, there := d.current(); there {
		d.see(l, o.Values, c.Pushed)
	}
	return nil
}

// observation returns o as the library keeps it, or the rule that it breaks.
func (d *decision) observation(o Observation) (Observation, error) {
	o.InOrg.ID = o.Org
	if o.Values.AsOf.IsZero() || o.Values.AsOf.After(d.Now) {
		o.Values.AsOf = d.Now // a subscriber's clock that is ahead must not outlive ours
	}
	o.Values.AsOf, o.InstalledAt, o.UninstalledAt = instant.Of(o.Values.AsOf), instant.Of(o.InstalledAt), instant.Of(o.UninstalledAt)
	if !o.Values.HasSeats {
		o.Values.Seats = license.Seats{}
	}
	if !o.Values.HasUsed {
		o.Values.Used = 0
	}
	if o.Values.Used < 0 {
		return o, &FieldError{Field: "used seats", Value: itoa(o.Values.Used), Rule: "must not be negative"}
	}
	return o, firstError(
		func() error { return validNotice(Notice{At: o.Values.AsOf, Org: o.InOrg}) },
		func() error { return validTexts("subscriber status", string(o.Values.Status)) },
		func() error { return validInstantOrNone("install date", o.InstalledAt) },
		func() error { return validInstantOrNone("uninstall date", o.UninstalledAt) },
	)
}

// observedOrg returns what was seen of an org together with what is known and was not
// looked at. One that could not be reached was reached, and so it is Active where it
// does not say what it is.
func (d *decision) observedOrg(seen license.Org) license.Org {
	known := d.Org
	if seen.Status == "" && known.Status.Unreachable() {
		seen.Status = license.OrgActive
	}
	if seen == (license.Org{ID: seen.ID}) {
		return seen // it says nothing, not even that it is as it was
	}
	seen.Name, seen.Edition, seen.Instance = cmp.Or(seen.Name, known.Name), cmp.Or(seen.Edition, known.Edition), cmp.Or(seen.Instance, known.Instance)
	seen.Status, seen.TrialEnds = cmp.Or(seen.Status, known.Status), cmp.Or(seen.TrialEnds, known.TrialEnds)
	return seen
}

// asInstalled returns the observation as the notification that was never told.
func (o Observation) asInstalled() Installed {
	return Installed{Notice: Notice{At: o.InstalledAt, Org: o.InOrg}, Installation: o.ID, Package: o.Package,
		Version: o.Version, Number: o.Number, Installer: o.Installer, Zone: o.Zone}
}

// observedFacts returns what o tells of the installation that is not known yet. What
// is gone already is history: nothing that is read now revives it.
func (d *decision) observedFacts(o Observation) ([]Fact, error) {
	f := Fact{Installation: o.ID, Org: o.Org, Package: o.Package}
	known := fold(d.Facts)
	var told []Fact
	add := func(kind FactKind, at time.Time) {
		f := f
		f.Kind, f.At = kind, at
		told = append(told, f)
	}
	switch {
	case !known.uninstalledAt.IsZero(), o.Gone && !known.installed:
	case o.Gone:
		add(FactUninstalled, latest(known.installedAt, latest(o.UninstalledAt, time.Time{})))
		if o.UninstalledAt.IsZero() {
			told[0].At = latest(known.installedAt, o.Values.AsOf)
		}
	case !known.installed && o.InstalledAt.IsZero():
		return nil, &FieldError{Field: "install date", Value: o.ID.String(), Rule: "is needed where the installation has no license yet"}
	case !known.installed:
		add(FactInstalled, o.InstalledAt)
	}
	if !o.Gone && known.uninstalledAt.IsZero() && (!o.Version.IsZero() || !known.installed) {
		version, err := d.versionFact(f, o.Version, o.Number)
		if err != nil {
			return nil, err
		}
		if version.At = o.Values.AsOf; !known.installed {
			version.At = o.InstalledAt
		}
		if version.Version != known.version || version.Number != known.number {
			told = append(told, version)
		}
	}
	return d.newFacts(f, told, false)
}

// asSourceHas returns l, which is new, with the terms that the org has: never more
// than those, and what the org does not say as the package's defaults have it. A
// status that is not known, and an Expired that the last day does not explain, are
// Suspended here: both license nobody.
func (d *decision) asSourceHas(l license.License, o Observation) license.License {
	v := o.Values
	if v.Status == "" && !v.HasSeats && v.Expiration.IsZero() {
		return l
	}
	if v.HasSeats {
		l.Terms.Seats = v.Seats
	}
	if !v.Expiration.IsZero() {
		l.Terms.Expiration = v.Expiration
	}
	switch {
	case v.Status == "":
	case v.Status.Is(license.SubscriberTrial):
		l.Terms.Status = license.Trial
	case v.Status.Is(license.SubscriberActive), v.Status.Is(license.SubscriberFree):
		l.Terms.Status = license.Active
	case v.Status.Is(license.SubscriberExpired):
		l.Terms.Status = license.Active
		if l.DisplayedStatus(v.AsOf) != license.Expired {
			l.Terms.Status = license.Suspended
		}
	default:
		l.Terms.Status = license.Suspended
	}
	l.AsInstalled, l.TermsAsOf, l.TrialStart = false, v.AsOf, license.Date{}
	l.OnceActive = l.Terms.Status != license.Trial
	if l.Terms.Status == license.Trial {
		l = d.cappedTrial(l, license.DateOf(o.InstalledAt))
	}
	return l
}

// cappedTrial returns l, a trial, with the start that its days count from and a last
// day within the limit.
func (d *decision) cappedTrial(l license.License, installed license.Date) license.License {
	l.TrialStart = installed
	for _, s := range d.Siblings {
		if !d.Package.TrialAgain && !s.TrialStart.IsZero() && s.TrialStart.Before(l.TrialStart) {
			l.TrialStart = s.TrialStart
		}
	}
	if last, ends := l.Terms.Expiration.LastDay(); !ends || last.After(l.TrialLimit()) {
		l.Terms.Expiration = license.LastDay(l.TrialLimit())
	}
	return l
}

// see takes over what the org was seen to have, unless it was read later already. With
// pushed, it is the org's answer to the push of the terms of that revision.
func (d *decision) see(l license.License, o license.Observed, pushed int64) {
	if was := d.Sides.Observed; o == was || o.AsOf.Before(was.AsOf) {
		o = was
	}
	now := d.Sides
	now.License, now.Observed = l.ID, o
	l.Observed = o
	now = d.compare(l, now, true)
	if pushed > 0 {
		now = answered(now, pushed, !agreeOnTerms(l.Differences()))
	}
	d.saveSides(d.marked(l, now))
}

// marked returns s with the mark that terms of l are to be pushed as it has to be: due
// at some time while it is there, and taken back where nobody is left to push to.
func (d *decision) marked(l license.License, s Sides) Sides {
	if !isPushed(l, d.Package) {
		s.Confirmed = max(s.Confirmed, s.Wanted)
	}
	switch {
	case !s.PushPending():
		s.Tries, s.DueAt = 0, time.Time{}
	case s.DueAt.IsZero():
		s.DueAt = d.Now
	}
	return s
}

// isPushed reports whether the terms of l are for its org to have: it is installed in an
// org that is not deleted, and its package is registered with this vendor.
func isPushed(l license.License, of Registration) bool {
	return of.IsRegistered() && l.Terms.Status != license.Uninstalled && l.RetiredAt.IsZero()
}

// answered returns s after the org was given the terms of a revision. An older push
// that came in after a newer one, and that the org did not know to be older, makes
// the newer pending again.
func answered(s Sides, pushed int64, differs bool) Sides {
	switch {
	case pushed >= s.Confirmed:
		s.Confirmed = min(pushed, s.Wanted)
	case differs:
		s.Confirmed = pushed
	}
	return s
}

func agreeOnTerms(all []license.Difference) bool {
	return !slices.ContainsFunc(all, func(d license.Difference) bool { return d.Field != license.DriftUsed })
}

// compare returns s with the instants since when the sides of l differ, and records
// what came to differ, or to agree. Only the org itself opens a difference: found
// says that it was read.
func (d *decision) compare(l license.License, s Sides, found bool) Sides {
	before := d.License
	if d.compared.ID != 0 {
		before = d.compared
	}
	l.Observed = s.Observed
	before.Observed, d.compared = d.Sides.Observed, l
	were, are := before.Differences(), l.Differences()
	for _, field := range license.DriftFields() {
		since := s.sinceOf(field)
		is, differs := differenceIn(are, field)
		was, _ := differenceIn(were, field)
		switch began := *since; {
		case !differs && !began.IsZero():
			*since = time.Time{}
			d.record(DriftEnded{License: l.ID, Field: field, Since: began})
		case differs && began.IsZero() && found:
			is.Since = l.Observed.AsOf
			*since = is.Since
			d.record(DriftFound{License: l.ID, Difference: is})
		case differs && !began.IsZero() && is != was:
			is.Since = began
			d.record(DriftFound{License: l.ID, Difference: is})
		}
	}
	return s
}

func differenceIn(all []license.Difference, field license.DriftField) (license.Difference, bool) {
	for _, d := range all {
		if d.Field == field {
			return d, true
		}
	}
	return license.Difference{}, false
}

func (d *decision) saveSides(s Sides) {
	if s == d.Sides {
		return
	}
	s.Revision = d.Sides.Revision + 1
	d.do(PutSides{Sides: s, IfRevision: d.Sides.Revision}, SidesChanged{Before: d.Sides, After: s})
	d.Sides = s
}

// sidesEnd notes that l is uninstalled: nothing that was seen of it in its org differs
// any more, and nothing is to be pushed.
func (d *decision) sidesEnd(l license.License) {
	s := d.Sides
	for _, field := range license.DriftFields() {
		if since := s.sinceOf(field); !since.IsZero() {
			d.record(DriftEnded{License: l.ID, Field: field, Since: *since})
			*since = time.Time{}
		}
	}
	d.saveSides(d.marked(l, s))
}

// termsSet notes that l has new terms: what they agree on with the org's, and that the
// org is to have them.
func (d *decision) termsSet(l license.License) {
	s := d.Sides
	s.License = l.ID
	if s = d.compare(l, s, false); d.Rules.Push && !l.IsPermissionSet() && isPushed(l, d.Package) {
		s.Wanted, s.Tries, s.DueAt = l.Revision, 0, d.Now
	}
	if s = d.marked(l, s); s != (Sides{License: l.ID}) {
		d.saveSides(s)
	}
}

// current returns the license of the command as the effects so far leave it.
func (d *decision) current() (license.License, bool) {
	id := d.License.ID
	if id == 0 {
		id = d.NextNumber
	}
	return d.after(id)
}

// after returns a license as the effects so far leave it.
func (d *decision) after(id license.ID) (license.License, bool) {
	for _, e := range slices.Backward(d.effects) {
		if put, ok := e.(PutLicense); ok && put.License.ID == id {
			return put.License, true
		}
	}
	return d.License, id != 0 && d.License.ID == id
}

// pushFailed notes that an org did not take the terms of a revision: they are pushed
// again, each time after twice as long.
func (d *decision) pushFailed(c pushFailed) error {
	if err := d.licensed(c.License); err != nil {
		return err
	}
	s := d.Sides
	if !s.PushPending() || s.Wanted != c.Revision {
		return nil
	}
	if !isPushed(d.License, d.Package) {
		d.saveSides(d.marked(d.License, s))
		return nil
	}
	s.DueAt = d.Now.Add(min(firstPushWait<<min(s.Tries, 11), longestPushWait))
	s.Tries++
	d.saveSides(s)
	return nil
}

// orgUnreached notes that an org cannot be reached, and why.
func (d *decision) orgUnreached(c orgUnreached) error {
	if d.Org.ID.IsZero() || !c.Status.Unreachable() || d.Org.Status == c.Status {
		return nil
	}
	told := d.Org
	told.Status = c.Status
	d.saveOrg(told, d.Now, false)
	return nil
}
