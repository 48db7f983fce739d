package lifecycle

import (
	"context"
	"fmt"
	"iter"
	"math"
	"reflect"
	"time"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// eventsPerReplay is how many events Replay carries out in one transaction.
const eventsPerReplay = 200

// Replay carries out again what events record, and keeps the events themselves. From
// all events of a vendor, in the order of the feed, it makes an empty store equal to
// the one that they come from, in every table but those of cursors, deliveries and
// migrations, also where [Manager.Retain] has removed some:
//
//	err := lifecycle.Replay(ctx, copy, manager.Events(ctx, actor, 0))
//
// Events of several vendors may be mixed. An event that is there already is passed over,
// so a Replay that was stopped is begun again from the start, or from any event that
// it had carried out; and what happened since is brought over by another. Nobody else
// may write to the vendor's records until it has ended: it commits every so many events,
// and only after the last do the records fit together.
//
// An event that does not follow on what the store has is a *ReplayError. An error that
// the sequence yields ends it and is returned; what was carried out until then stays.
func Replay(ctx context.Context, into Store, events iter.Seq2[Event, error]) error {
	batch := make([]Event, 0, eventsPerReplay)
	for e, err := range events {
		if err != nil {
			return err
		}
		if batch = append(batch, e); len(batch) == eventsPerReplay {
			if err := replayAll(ctx, into, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return replayAll(ctx, into, batch)
}

func replayAll(ctx context.Context, into Store, batch []Event) error {
	if len(batch) == 0 {
		return nil
	}
	return into.Update(ctx, func(ctx context.Context, tx Tx) error {
		for _, e := range batch {
			if err := replay(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func replay(ctx context.Context, tx Tx, e Event) error {
	there, err := tx.History(ctx, e.Vendor, e.Stream, e.Position-1, 1)
	switch {
	case err != nil:
		return err
	case len(there) > 0 && sameEvent(there[0], e):
		return nil
	case len(there) > 0:
		return &ReplayError{Event: e, Err: fmt.Errorf("lifecycle: the store has another at position %d", there[0].Position)}
	case e.Change == nil || StreamOf(e.Change) != e.Stream:
		return &ReplayError{Event: e, Err: &FieldError{Field: "stream", Value: e.Stream.ID, Rule: "is that of the change"}}
	}
	have, err := loadPrior(ctx, tx, e)
	if err != nil {
		return err
	}
	effects, err := effectsOf(e, have)
	if err == nil {
		err = tx.Write(ctx, e.Vendor, effects...)
	}
	if err != nil {
		return &ReplayError{Event: e, Err: err}
	}
	return nil
}

// sameEvent reports whether the store has e already. It may have numbered it otherwise.
func sameEvent(there, e Event) bool {
	there.Seq = e.Seq
	return there.At.Equal(e.At) && there.Stream == e.Stream && there.Position == e.Position &&
		there.Actor == e.Actor && there.Why == e.Why && reflect.DeepEqual(there.Change, e.Change)
}

// ReplayError says which event could not be carried out again, and why. It wraps
// ErrConflict where the event does not follow on what the store has.
type ReplayError struct {
	Event Event
	Err   error
}

// Error names the event and the reason.
func (e *ReplayError) Error() string {
	return errtext.Line("lifecycle: event ", itoa(int(e.Event.Position)), " of the ", string(e.Event.Stream.Kind), " stream ",
		errtext.Quote(e.Event.Stream.ID), " cannot be replayed: ", e.Err.Error())
}

// Unwrap returns the reason.
func (e *ReplayError) Unwrap() error { return e.Err }

// prior is what a store has, before an event, of the record that the event is about, as
// far as the guards of its effects ask for it.
type prior struct {
	Clock    time.Time
	Revision int64 // of the record
	License  int64 // revision of the license of a ParameterChanged
	Facts    int   // of the installation
	Defined  int   // parameters of the package
}

func loadPrior(ctx context.Context, r Reader, e Event) (prior, error) {
	clock, err := r.Clock(ctx, e.Vendor)
	p := prior{Clock: clock}
	if err != nil {
		return p, err
	}
	switch c := e.Change.(type) {
	case PackageChanged:
		p.Revision, err = revision(ctx, e, r.Package, c.After.Package.ID, func(r Registration) int64 { return r.Revision })
	case OrgSeen:
		p.Revision, err = revision(ctx, e, r.Org, c.After.ID, func(o license.Org) int64 { return o.Revision })
	case LicenseChanged:
		p.Revision, err = revision(ctx, e, r.License, c.After.ID, func(l license.License) int64 { return l.Revision })
	case ParameterDefined:
		p.Revision, err = revision(ctx, e, r.Parameters, c.After.Package, func(all []license.Parameter) int64 {
			p.Defined = len(all)
			return revisionIn(all, func(p license.Parameter) (bool, int64) { return p.Name == c.After.Name, p.Revision })
		})
	case ParameterChanged:
		p.License, err = revision(ctx, e, r.License, c.After.License, func(l license.License) int64 { return l.Revision })
		if err == nil {
			p.Revision, err = revision(ctx, e, r.ParameterValues, c.After.License, func(all []license.ParameterValue) int64 {
				return revisionIn(all, func(v license.ParameterValue) (bool, int64) { return v.Name == c.After.Name, v.Revision })
			})
		}
	case SidesChanged:
		p.Revision, err = revision(ctx, e, r.Sides, c.After.License, func(s Sides) int64 { return s.Revision })
	case RefreshAdvanced:
		p.Revision, err = revision(ctx, e, r.Refresh, c.After.Package, func(r Refresh) int64 { return r.Revision })
	case SeatsAssigned:
		p.Revision, err = revision(ctx, e, r.License, c.License, func(l license.License) int64 { return l.Revision })
	case LeadChanged:
		p.Revision, err = revision(ctx, e, r.Lead, c.After.ID, func(l lead.Lead) int64 { return l.Revision })
	case LeadSettled:
		p.Revision, err = revision(ctx, e, r.PendingLead, c.License, func(p PendingLead) int64 { return p.Revision })
	case StageMoved:
		var standings []Standing
		standings, err = r.Standings(ctx, e.Vendor, c.After.License, []seats.UserID{c.After.User})
		for _, s := range standings {
			p.Revision = s.Revision
		}
	case Told:
		if len(c.Facts) > 0 {
			var facts []Fact
			facts, err = r.Facts(ctx, e.Vendor, c.Facts[0].Installation)
			p.Facts = len(facts)
		}
	}
	return p, err
}

// revision reads the revision of a record.
func revision[K, V any](ctx context.Context, e Event, from func(context.Context, pkgversion.VendorID, K) (V, error), id K, of func(V) int64) (int64, error) {
	record, err := from(ctx, e.Vendor, id)
	return of(record), err
}

// revisionIn returns the revision of the one of all that is meant, 0 if there is none.
func revisionIn[V any](all []V, meant func(V) (bool, int64)) int64 {
	for _, v := range all {
		if is, revision := meant(v); is {
			return revision
		}
	}
	return 0
}

// effectsOf returns what an event did: the effects of its change, the event itself, and
// the clock's. It is pure. Every type of change has a case here; a test goes through
// them.
func effectsOf(e Event, have prior) ([]Effect, error) {
	effects, err := changeEffects(e, have)
	if err != nil {
		return nil, err
	}
	effects = append(effects, Restore{e})
	if after := clockAfter(have.Clock, e); !after.Equal(have.Clock) {
		effects = append(effects, PutClock{after})
	}
	return effects, nil
}

func changeEffects(e Event, have prior) ([]Effect, error) {
	switch c := e.Change.(type) {
	case PackageChanged:
		return follows(have, c.Before.Revision, PutPackage{Registration: c.After, IfRevision: have.Revision})
	case VersionPublished:
		return []Effect{PutVersion(c)}, nil
	case OrgSeen:
		return follows(have, c.Before.Revision, PutOrg{Org: c.After, IfRevision: have.Revision})
	case Told:
		return c.effects(have), nil
	case LicenseChanged:
		return follows(have, c.Before.Revision, c.effects(e, have)...)
	case SeatsAssigned:
		take := TakeSeats{License: c.License, IfRevision: have.Revision, Users: c.Users, At: c.At, By: c.By, Limit: math.MaxInt32}
		if !c.At.Equal(e.At) {
			take.ImportedAt = e.At
		}
		return []Effect{take}, nil
	case SeatsRevoked:
		return []Effect{FreeSeats(c)}, nil
	case StageMoved:
		return follows(have, c.After.Revision-1, PutStanding{Standing: c.After, IfRevision: have.Revision})
	case AlertRaised:
		return []Effect{PutAlert(c)}, nil
	case LeadChanged:
		return follows(have, c.Before.Revision, PutLead{Lead: c.After, IfRevision: have.Revision, Keys: c.Keys})
	case LeadPended:
		return []Effect{PutPendingLead(c)}, nil
	case LeadSettled:
		return []Effect{DropPendingLead{License: c.License, IfRevision: have.Revision}}, nil
	case ContactSaved:
		return []Effect{PutContact(c)}, nil
	case AccountSaved:
		return []Effect{PutAccount(c)}, nil
	case OwnerSaved:
		return []Effect{PutOwner(c)}, nil
	case ParameterDefined:
		return follows(have, c.Before.Revision, PutParameter{Parameter: c.After, IfRevision: have.Revision, Known: have.Defined})
	case ParameterChanged:
		return follows(have, c.Before.Revision, PutParameterValue{Value: c.After, IfRevision: have.Revision, IfLicense: have.License})
	case SidesChanged:
		return follows(have, c.Before.Revision, PutSides{Sides: c.After, IfRevision: have.Revision})
	case RefreshAdvanced:
		return follows(have, c.Before.Revision, c.effects(have)...)
	case ClockConfirmed, Retained: // they set the clock, as clockAfter has it
		return nil, nil
	case DriftFound, DriftEnded, Warned, InstallationAborted: // what they tell stands in other records, or in none
		return nil, nil
	}
	return nil, &FieldError{Field: "change", Value: fmt.Sprintf("%T", e.Change), Rule: "is none that can be replayed"}
}

// follows returns effects, or an error where the store has a later revision of the
// record than the one that the event followed on.
func follows(have prior, on int64, effects ...Effect) ([]Effect, error) {
	if have.Revision > on || have.Revision == 0 && on > 0 {
		return nil, fmt.Errorf("%w: the record is at revision %d, the event follows on %d", ErrConflict, have.Revision, on)
	}
	return effects, nil
}

func (c Told) effects(have prior) (effects []Effect) {
	if !c.Notice.IsZero() {
		effects = append(effects, PutNotice{ID: c.Notice, Fingerprint: c.Fingerprint})
	}
	for i, f := range c.Facts {
		effects = append(effects, PutFact{Fact: f, Known: have.Facts + i})
	}
	return effects
}

// effects frees the seats of a license that is uninstalled now, as saveSettled does.
func (c LicenseChanged) effects(e Event, have prior) (effects []Effect) {
	if c.Before.ID != 0 && c.Before.Terms.Status != license.Uninstalled && c.After.Terms.Status == license.Uninstalled {
		effects = append(effects, FreeAllSeats{License: c.After.ID, Held: c.Before.Holders, At: e.At, By: e.Actor.String()})
	}
	return append(effects, PutLicense{License: c.After, IfRevision: have.Revision})
}

func (c RefreshAdvanced) effects(have prior) []Effect {
	effects := []Effect{PutRefresh{Refresh: c.After, IfRevision: have.Revision}}
	for _, i := range c.Left {
		effects = append(effects, PutLeft{i})
	}
	for _, i := range c.Done {
		effects = append(effects, DropLeft{i.ID})
	}
	return effects
}
