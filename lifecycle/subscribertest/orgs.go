// Package subscribertest has subscriber orgs in memory, for tests of whatever talks
// to them through a [lifecycle.Subscribers].
package subscribertest

import (
	"context"
	"maps"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// Orgs are subscriber orgs in memory, with what they have installed. They do what
// [lifecycle.Subscribers] asks for, and fail when they are told to.
//
// The zero Orgs has no org and is ready. It is safe for concurrent use; set its
// fields before it is used. It must not be copied.
type Orgs struct {
	// Now is the orgs' clock: what they tell is as of it, and a trial or license is
	// Expired by it. nil means that they tell no instant, and that nothing expires.
	Now func() time.Time

	// Fault is asked at each call twice, before its work and after it. An error is what
	// the call returns then. nil never fails.
	Fault func(Step) error

	// Careless orgs take every push, also one that is older than what they have.
	Careless bool

	mu       sync.Mutex
	has      map[license.InstallationID]installation
	sorted   []license.InstallationID // nil when it is to be sorted anew
	statuses map[pkgversion.OrgID]license.OrgStatus
	calls    int
}

var _ lifecycle.Subscribers = (*Orgs)(nil)

// installation is what an org has, who pushed last, and the highest revision that they
// pushed.
type installation struct {
	lifecycle.Observation
	vendor   pkgversion.VendorID
	revision int64
}

// Step is a place at which a call can fail.
type Step struct {
	Method       string // "List", "Pull" or "Push"
	Installation lifecycle.Installation
	Done         bool // the work of the call is done
}

// Put sets what an org has of an installation, in place of what it had.
func (o *Orgs) Put(has lifecycle.Observation) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.has == nil {
		o.has = map[license.InstallationID]installation{}
	}
	was, there := o.has[has.ID]
	if !there {
		o.sorted = nil
	}
	was.Observation = has
	o.has[has.ID] = was
}

// Get returns what an org has of an installation, and whether it has one.
func (o *Orgs) Get(id license.InstallationID) (lifecycle.Observation, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	has, there := o.has[id]
	return has.Observation, there
}

// SetStatus sets the status of an org. One that is locked, deleted or disabled answers
// nothing else from then on.
func (o *Orgs) SetStatus(org pkgversion.OrgID, status license.OrgStatus) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.statuses == nil {
		o.statuses = map[pkgversion.OrgID]license.OrgStatus{}
	}
	o.statuses[org] = status
}

// Calls returns how many calls there were.
func (o *Orgs) Calls() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.calls
}

// List returns installations of a package, by id.
func (o *Orgs) List(ctx context.Context, pkg pkgversion.PackageID, after license.InstallationID, limit int) ([]lifecycle.Installation, error) {
	return call(ctx, o, Step{Method: "List", Installation: lifecycle.Installation{ID: after, Package: pkg}}, func() ([]lifecycle.Installation, error) {
		if o.sorted == nil {
			o.sorted = slices.SortedFunc(maps.Keys(o.has), license.InstallationID.Compare)
		}
		var found []lifecycle.Installation
		first := sort.Search(len(o.sorted), func(i int) bool { return o.sorted[i].Compare(after) > 0 })
		for _, id := range o.sorted[first:] {
			if len(found) >= limit {
				break
			}
			if has := o.has[id]; has.Package == pkg {
				found = append(found, has.Installation)
			}
		}
		return found, nil
	})
}

// Pull returns what an org has of an installation. One that it never had is a
// *lifecycle.NotFoundError.
func (o *Orgs) Pull(ctx context.Context, i lifecycle.Installation) (lifecycle.Observation, error) {
	return call(ctx, o, Step{Method: "Pull", Installation: i}, func() (lifecycle.Observation, error) {
		return o.read(i)
	})
}

// Push sets the terms of an installation, unless the same vendor gave it a higher
// revision, and returns what the org has then.
func (o *Orgs) Push(ctx context.Context, p lifecycle.Push) (lifecycle.Observation, error) {
	return call(ctx, o, Step{Method: "Push", Installation: p.Installation}, func() (lifecycle.Observation, error) {
		if _, err := o.read(p.Installation); err != nil {
			return lifecycle.Observation{}, err
		}
		if has := o.has[p.ID]; p.Revision >= has.revision || p.Vendor != has.vendor || o.Careless {
			has.vendor, has.revision = p.Vendor, p.Revision
			has.Values.Seats, has.Values.HasSeats, has.Values.Expiration = p.Terms.Seats, true, p.Terms.Expiration
			has.Values.Status = license.SubscriberStatus(p.Terms.Status.String())
			o.has[p.ID] = has
		}
		return o.read(p.Installation)
	})
}

// call does the work of a call, between its two faults.
func call[T any](ctx context.Context, o *Orgs, step Step, work func() (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if err := o.fault(step); err != nil {
		return none, err
	}
	o.mu.Lock()
	o.calls++
	result, err := work()
	o.mu.Unlock()
	if err != nil {
		return none, err
	}
	step.Done = true
	if err := o.fault(step); err != nil {
		return none, err
	}
	return result, nil
}

func (o *Orgs) fault(s Step) error {
	if o.Fault == nil {
		return nil
	}
	return o.Fault(s)
}

// read requires that o.mu is held.
func (o *Orgs) read(i lifecycle.Installation) (lifecycle.Observation, error) {
	if status := o.statuses[i.Org]; status.Unreachable() {
		return lifecycle.Observation{}, &lifecycle.UnreachableOrgError{Org: i.Org, Status: status}
	}
	has, there := o.has[i.ID]
	if !there || has.Org != i.Org {
		return lifecycle.Observation{}, &lifecycle.NotFoundError{Kind: "installation", ID: i.ID.String()}
	}
	seen := has.Observation
	if status, set := o.statuses[i.Org]; set {
		seen.InOrg.Status = status
	}
	if o.Now != nil {
		seen.Values.AsOf = o.Now()
		last, ends := seen.Values.Expiration.LastDay()
		running := seen.Values.Status.Is(license.SubscriberActive) || seen.Values.Status.Is(license.SubscriberTrial)
		if ends && running && !seen.Values.AsOf.Before(seen.Zone.EndOf(last)) {
			seen.Values.Status = license.SubscriberExpired
		}
	}
	return seen, nil
}
