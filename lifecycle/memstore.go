package lifecycle

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// MemStore is a Store in memory: the reference that the others are compared with, and
// what a test wants. It is durable nowhere. The zero MemStore is empty and ready. A
// MemStore is safe for concurrent use and must not be copied.
type MemStore struct {
	mu      sync.RWMutex
	vendors map[pkgversion.VendorID]*memVendor
}

// memVendor is what a MemStore keeps of one vendor: a map per table.
type memVendor struct {
	clock        time.Time
	packages     map[pkgversion.PackageID]Registration
	versions     map[pkgversion.VersionID]pkgversion.PackageVersion
	parameters   map[pkgversion.PackageID]map[license.ParameterName]license.Parameter
	orgs         map[pkgversion.OrgID]license.Org
	facts        map[license.InstallationID][]Fact
	notices      map[NotificationID]string
	licenses     map[license.ID]license.License
	installation map[license.InstallationID]license.ID
	ofOrg        map[pkgversion.OrgID]map[license.ID]bool
	sandboxes    map[pkgversion.OrgID]map[pkgversion.OrgID]bool // by production org
	sides        map[license.ID]Sides
	pending      map[license.ID]bool // of sides: a push is pending
	drifting     map[license.ID]bool // of sides: a value differs
	refreshes    map[pkgversion.PackageID]Refresh
	left         map[license.InstallationID]Installation
	highest      license.ID                           // that was given out or written
	ending       map[license.Date]map[license.ID]bool // by last day
	holders      map[license.ID]map[seats.UserID]seats.Assignment
	closed       map[license.ID]map[seats.UserID][]seats.Assignment
	values       map[license.ID]map[license.ParameterName]license.ParameterValue
	standings    map[reclaim.Target]Standing
	leads        map[lead.ID]lead.Lead
	pendingLeads map[license.ID]PendingLead
	contacts     map[lead.ContactID]lead.Contact
	accounts     map[lead.AccountID]lead.Account
	owners       map[lead.OwnerID]lead.Owner
	alerts       map[AlertID]Alert
	alertIDs     map[AlertCursor]AlertID // by license and number
	lastAlert    map[license.ID]int
	deliveries   map[deliveryKey]Delivery
	undelivered  map[deliveryKey]bool // of deliveries: pending
	leadKeys     keyIndex[lead.ID]
	contactKeys  keyIndex[lead.ContactID]
	events       []Event            // by Seq
	streams      map[Stream][]Event // by Position
	cursors      map[string]int64
}

type deliveryKey struct {
	alert AlertID
	sink  string
}

func newMemVendor() *memVendor {
	return &memVendor{
		packages:     map[pkgversion.PackageID]Registration{},
		versions:     map[pkgversion.VersionID]pkgversion.PackageVersion{},
		parameters:   map[pkgversion.PackageID]map[license.ParameterName]license.Parameter{},
		orgs:         map[pkgversion.OrgID]license.Org{},
		facts:        map[license.InstallationID][]Fact{},
		notices:      map[NotificationID]string{},
		licenses:     map[license.ID]license.License{},
		installation: map[license.InstallationID]license.ID{},
		ofOrg:        map[pkgversion.OrgID]map[license.ID]bool{},
		sandboxes:    map[pkgversion.OrgID]map[pkgversion.OrgID]bool{},
		sides:        map[license.ID]Sides{},
		pending:      map[license.ID]bool{},
		drifting:     map[license.ID]bool{},
		refreshes:    map[pkgversion.PackageID]Refresh{},
		left:         map[license.InstallationID]Installation{},
		ending:       map[license.Date]map[license.ID]bool{},
		holders:      map[license.ID]map[seats.UserID]seats.Assignment{},
		closed:       map[license.ID]map[seats.UserID][]seats.Assignment{},
		values:       map[license.ID]map[license.ParameterName]license.ParameterValue{},
		standings:    map[reclaim.Target]Standing{},
		leads:        map[lead.ID]lead.Lead{},
		pendingLeads: map[license.ID]PendingLead{},
		contacts:     map[lead.ContactID]lead.Contact{},
		accounts:     map[lead.AccountID]lead.Account{},
		owners:       map[lead.OwnerID]lead.Owner{},
		alerts:       map[AlertID]Alert{},
		alertIDs:     map[AlertCursor]AlertID{},
		lastAlert:    map[license.ID]int{},
		deliveries:   map[deliveryKey]Delivery{},
		undelivered:  map[deliveryKey]bool{},
		leadKeys:     newKeyIndex[lead.ID](),
		contactKeys:  newKeyIndex[lead.ContactID](),
		streams:      map[Stream][]Event{},
		cursors:      map[string]int64{},
	}
}

// View calls f while no Update runs.
func (s *MemStore) View(ctx context.Context, f func(context.Context, Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return f(ctx, &memTx{store: s})
}

// Update calls f while nothing else runs, and takes back what it wrote when it
// fails.
func (s *MemStore) Update(ctx context.Context, f func(context.Context, Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tx := &memTx{store: s}
	committed := false
	defer func() {
		if !committed {
			tx.rollback()
		}
	}()
	if err := f(ctx, tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	committed = true
	return nil
}

// memTx is a Reader and, within Update, a Tx. undo takes back what it wrote, last
// first.
type memTx struct {
	store *MemStore
	undo  []func()
}

func (tx *memTx) rollback() {
	for _, undo := range slices.Backward(tx.undo) {
		undo()
	}
}

// read returns what is kept of a vendor, nothing where the vendor is not known.
func (tx *memTx) read(vendor pkgversion.VendorID) *memVendor {
	if v := tx.store.vendors[vendor]; v != nil {
		return v
	}
	return emptyVendor
}

var emptyVendor = newMemVendor() // never written

func (tx *memTx) write(vendor pkgversion.VendorID) *memVendor {
	v := tx.store.vendors[vendor]
	if v == nil {
		v = newMemVendor()
		if tx.store.vendors == nil {
			tx.store.vendors = map[pkgversion.VendorID]*memVendor{}
		}
		tx.store.vendors[vendor] = v
		tx.undo = append(tx.undo, func() { delete(tx.store.vendors, vendor) })
	}
	return v
}

// set is m[key] = value that can be taken back.
func set[K comparable, V any](tx *memTx, m map[K]V, key K, value V) {
	old, had := m[key]
	tx.undo = append(tx.undo, func() {
		if had {
			m[key] = old
		} else {
			delete(m, key)
		}
	})
	m[key] = value
}

// inner returns the map under a key, a new one where there is none: an empty map is
// nothing to take back.
func inner[K, L comparable, V any](m map[K]map[L]V, key K) map[L]V {
	if m[key] == nil {
		m[key] = map[L]V{}
	}
	return m[key]
}

// unset is delete(m, key) that can be taken back.
func unset[K comparable, V any](tx *memTx, m map[K]V, key K) {
	if old, had := m[key]; had {
		tx.undo = append(tx.undo, func() { m[key] = old })
		delete(m, key)
	}
}

// assign is *p = value that can be taken back.
func assign[T any](tx *memTx, p *T, value T) {
	old := *p
	tx.undo = append(tx.undo, func() { *p = old })
	*p = value
}

// keyIndex finds records by match keys.
type keyIndex[ID comparable] struct {
	under map[string]map[ID]bool
	keys  map[ID][]string
}

func newKeyIndex[ID comparable]() keyIndex[ID] {
	return keyIndex[ID]{map[string]map[ID]bool{}, map[ID][]string{}}
}

func (x keyIndex[ID]) replace(tx *memTx, id ID, keys []string) {
	for _, key := range x.keys[id] {
		unset(tx, x.under[key], id)
	}
	for _, key := range keys {
		if x.under[key] == nil {
			x.under[key] = map[ID]bool{}
		}
		set(tx, x.under[key], id, true)
	}
	set(tx, x.keys, id, slices.Clone(keys))
}

func (x keyIndex[ID]) find(keys []string) map[ID]bool {
	found := map[ID]bool{}
	for _, key := range keys {
		maps.Copy(found, x.under[key])
	}
	return found
}

// Write carries out effects.
func (tx *memTx) Write(_ context.Context, vendor pkgversion.VendorID, effects ...Effect) error {
	v := tx.write(vendor)
	for _, e := range effects {
		if !tx.carryOut(v, vendor, e) {
			return fmt.Errorf("%w: the guard of a %T does not hold", ErrConflict, e)
		}
	}
	return nil
}

// carryOut reports whether the guard of e held.
func (tx *memTx) carryOut(v *memVendor, vendor pkgversion.VendorID, e Effect) bool {
	switch e := e.(type) {
	case PutPackage:
		id := e.Registration.Package.ID
		if v.packages[id].Revision != e.IfRevision {
			return false
		}
		set(tx, v.packages, id, e.Registration)
	case PutVersion:
		if _, there := v.versions[e.Version.ID]; there {
			return false
		}
		set(tx, v.versions, e.Version.ID, e.Version)
	case PutParameter:
		defined, name := inner(v.parameters, e.Parameter.Package), e.Parameter.Name
		if v.packages[e.Parameter.Package].Revision == 0 || defined[name].Revision != e.IfRevision || len(defined) != e.Known {
			return false
		}
		set(tx, defined, name, e.Parameter)
	case PutOrg:
		if v.orgs[e.Org.ID].Revision != e.IfRevision {
			return false
		}
		tx.putOrg(v, e.Org)
	case PutFact:
		id := e.Fact.Installation
		if len(v.facts[id]) != e.Known {
			return false
		}
		set(tx, v.facts, id, append(v.facts[id], e.Fact))
	case PutNotice:
		if _, there := v.notices[e.ID]; there {
			return false
		}
		set(tx, v.notices, e.ID, e.Fingerprint)
	case PutLicense:
		return tx.putLicense(v, e)
	case PutSides:
		return tx.putSides(v, e)
	case PutRefresh:
		id := e.Refresh.Package
		if v.refreshes[id].Revision != e.IfRevision {
			return false
		}
		set(tx, v.refreshes, id, e.Refresh)
	case PutLeft:
		set(tx, v.left, e.Installation.ID, e.Installation)
	case DropLeft:
		unset(tx, v.left, e.Installation)
	case TakeSeats:
		return tx.takeSeats(v, e)
	case FreeSeats:
		return tx.freeSeats(v, e)
	case FreeAllSeats:
		users := slices.Collect(maps.Keys(v.holders[e.License]))
		if len(users) != e.Held {
			return false
		}
		return tx.freeSeats(v, FreeSeats{e.License, users, e.At, e.By})
	case LockSeats: // nobody else runs
	case ExpectSeat:
		_, holds := v.holders[e.License][e.User]
		return holds
	case ExpectHolders:
		l, there := v.licenses[e.License]
		return there && l.Holders == e.Holders
	case PutParameterValue:
		values, name := inner(v.values, e.Value.License), e.Value.Name
		if values[name].Revision != e.IfRevision || v.licenses[e.Value.License].Revision != e.IfLicense {
			return false
		}
		set(tx, values, name, e.Value)
	case PutStanding:
		target := e.Standing.target()
		if v.standings[target].Revision != e.IfRevision {
			return false
		}
		set(tx, v.standings, target, e.Standing)
	case ExpectUnder:
		return len(v.under(e.Kind, e.Keys)) == e.Records
	case PutLead:
		if v.leads[e.Lead.ID].Revision != e.IfRevision {
			return false
		}
		set(tx, v.leads, e.Lead.ID, e.Lead)
		v.leadKeys.replace(tx, e.Lead.ID, e.Keys)
	case PutPendingLead:
		if v.pendingLeads[e.Pending.License].Revision != 0 {
			return false
		}
		set(tx, v.pendingLeads, e.Pending.License, e.Pending)
	case DropPendingLead:
		if v.pendingLeads[e.License].Revision != e.IfRevision {
			return false
		}
		unset(tx, v.pendingLeads, e.License)
	case PutContact:
		set(tx, v.contacts, e.Contact.ID, e.Contact)
		v.contactKeys.replace(tx, e.Contact.ID, e.Keys)
	case PutAccount:
		set(tx, v.accounts, e.Account.ID, e.Account)
	case PutOwner:
		set(tx, v.owners, e.Owner.ID, e.Owner)
	case PutAlert:
		return tx.putAlert(v, e.Alert)
	case PutDelivery:
		key := e.Delivery.key()
		if v.deliveries[key].Revision != e.IfRevision {
			return false
		}
		set(tx, v.deliveries, key, e.Delivery)
		unset(tx, v.undelivered, key)
		if e.Delivery.State == Pending {
			set(tx, v.undelivered, key, true)
		}
	case PutClock:
		assign(tx, &v.clock, e.Now)
	case PutCursor:
		set(tx, v.cursors, e.Name, e.Seq)
	case DropCursor:
		unset(tx, v.cursors, e.Name)
	case Append:
		tx.append(v, vendor, e.Event)
	case Restore:
		return tx.restore(v, vendor, e.Event)
	case DropEvent:
		return tx.dropEvent(v, e)
	}
	return true
}

func (v *memVendor) under(kind RecordKind, keys []string) map[string]bool {
	found := map[string]bool{}
	if kind == Leads {
		for id := range v.leadKeys.find(keys) {
			found[id.String()] = true
		}
	} else {
		for id := range v.contactKeys.find(keys) {
			found[id.String()] = true
		}
	}
	return found
}

func (tx *memTx) putLicense(v *memVendor, e PutLicense) bool {
	l := e.License
	old := v.licenses[l.ID]
	if old.Revision != e.IfRevision {
		return false
	}
	if id, there := v.installation[l.Installation]; there && id != l.ID {
		return false
	}
	l.Holders, l.Observed = old.Holders, old.Observed
	set(tx, v.licenses, l.ID, l)
	set(tx, v.installation, l.Installation, l.ID)
	if v.ofOrg[l.Org] == nil {
		v.ofOrg[l.Org] = map[license.ID]bool{}
	}
	set(tx, v.ofOrg[l.Org], l.ID, true)
	if last, ends := old.Terms.Expiration.LastDay(); ends {
		unset(tx, v.ending[last], l.ID)
	}
	if last, ends := l.Terms.Expiration.LastDay(); ends {
		if v.ending[last] == nil {
			v.ending[last] = map[license.ID]bool{}
		}
		set(tx, v.ending[last], l.ID, true)
	}
	assign(tx, &v.highest, max(v.highest, l.ID))
	return true
}

func (tx *memTx) putOrg(v *memVendor, org license.Org) {
	if was := v.orgs[org.ID].Production; was != org.Production {
		unset(tx, v.sandboxes[was], org.ID)
	}
	set(tx, v.orgs, org.ID, org)
	if !org.Production.IsZero() {
		if v.sandboxes[org.Production] == nil {
			v.sandboxes[org.Production] = map[pkgversion.OrgID]bool{}
		}
		set(tx, v.sandboxes[org.Production], org.ID, true)
	}
}

func (tx *memTx) putSides(v *memVendor, e PutSides) bool {
	id := e.Sides.License
	l, there := v.licenses[id]
	if !there || v.sides[id].Revision != e.IfRevision {
		return false
	}
	l.Observed = e.Sides.Observed
	set(tx, v.licenses, id, l)
	set(tx, v.sides, id, e.Sides)
	mark(tx, v.pending, id, e.Sides.PushPending())
	mark(tx, v.drifting, id, e.Sides.Differs())
	return true
}

// mark is m[key] = true or delete(m, key) that can be taken back.
func mark[K comparable](tx *memTx, m map[K]bool, key K, marked bool) {
	if marked {
		set(tx, m, key, true)
	} else {
		unset(tx, m, key)
	}
}

func (tx *memTx) takeSeats(v *memVendor, e TakeSeats) bool {
	l, there := v.licenses[e.License]
	if !there || l.Revision != e.IfRevision || len(e.Users) > e.Limit-l.Holders {
		return false
	}
	if v.holders[e.License] == nil {
		v.holders[e.License] = map[seats.UserID]seats.Assignment{}
	}
	for _, user := range e.Users {
		if _, holds := v.holders[e.License][user]; holds {
			return false
		}
		set(tx, v.holders[e.License], user,
			seats.Assignment{License: e.License, User: user, AssignedAt: e.At, AssignedBy: e.By, ImportedAt: e.ImportedAt})
	}
	l.Holders += len(e.Users)
	set(tx, v.licenses, l.ID, l)
	return true
}

func (tx *memTx) freeSeats(v *memVendor, e FreeSeats) bool {
	l, there := v.licenses[e.License]
	if !there {
		return false
	}
	if v.closed[e.License] == nil {
		v.closed[e.License] = map[seats.UserID][]seats.Assignment{}
	}
	for _, user := range e.Users {
		a, holds := v.holders[e.License][user]
		if !holds {
			return false
		}
		a.RevokedAt, a.RevokedBy = e.At, e.By
		unset(tx, v.holders[e.License], user)
		set(tx, v.closed[e.License], user, append(v.closed[e.License][user], a))
	}
	l.Holders -= len(e.Users)
	set(tx, v.licenses, l.ID, l)
	return true
}

func (tx *memTx) putAlert(v *memVendor, a Alert) bool {
	_, there := v.alerts[a.ID]
	_, numbered := v.alertIDs[CursorAfterAlert(a)]
	if there || numbered {
		return false
	}
	set(tx, v.alerts, a.ID, a)
	set(tx, v.alertIDs, CursorAfterAlert(a), a.ID)
	set(tx, v.lastAlert, a.License, max(v.lastAlert[a.License], a.Number))
	return true
}

func (d Delivery) key() deliveryKey { return deliveryKey{d.Alert, d.Sink} }

func (tx *memTx) append(v *memVendor, vendor pkgversion.VendorID, e Event) {
	e.Position, e.Seq = lastOf(v.streams[e.Stream]).Position+1, lastOf(v.events).Seq+1
	tx.keep(v, vendor, e)
}

func (tx *memTx) restore(v *memVendor, vendor pkgversion.VendorID, e Event) bool {
	last := lastOf(v.events).Seq
	if e.Seq == 0 {
		e.Seq = last + 1
	}
	if e.Position <= lastOf(v.streams[e.Stream]).Position || e.Seq <= last {
		return false
	}
	tx.keep(v, vendor, e)
	return true
}

func (tx *memTx) dropEvent(v *memVendor, e DropEvent) bool {
	stream := v.streams[e.Stream]
	at := func(position int64) int {
		return slices.IndexFunc(stream, func(x Event) bool { return x.Position == position && x.Change.kind() == e.Kind })
	}
	i := at(e.Position)
	if i < 0 || at(e.Later) < 0 || e.Position <= 1 || e.Position >= e.Later {
		return false
	}
	n, _ := slices.BinarySearchFunc(v.events, stream[i].Seq, func(x Event, seq int64) int { return cmp.Compare(x.Seq, seq) })
	assign(tx, &v.events, slices.Concat(v.events[:n], v.events[n+1:]))
	set(tx, v.streams, e.Stream, slices.Concat(stream[:i], stream[i+1:]))
	return true
}

func (tx *memTx) keep(v *memVendor, vendor pkgversion.VendorID, e Event) {
	e = e.clone()
	e.Vendor = vendor
	assign(tx, &v.events, append(v.events, e))
	set(tx, v.streams, e.Stream, append(v.streams[e.Stream], e))
}

// lastOf returns the last of events, the zero Event for none.
func lastOf(events []Event) Event {
	if len(events) == 0 {
		return Event{}
	}
	return events[len(events)-1]
}

// NextLicense gives out the number after the highest.
func (tx *memTx) NextLicense(_ context.Context, vendor pkgversion.VendorID) (license.ID, error) {
	v := tx.write(vendor)
	assign(tx, &v.highest, v.highest+1)
	return v.highest, nil
}

// Number does nothing: events are numbered as they are written.
func (tx *memTx) Number(context.Context, pkgversion.VendorID, int) (int, error) { return 0, nil }

// Unnumbered reports false: events are numbered as they are written.
func (tx *memTx) Unnumbered(context.Context, pkgversion.VendorID) (bool, error) { return false, nil }

func (tx *memTx) Clock(_ context.Context, vendor pkgversion.VendorID) (time.Time, error) {
	return tx.read(vendor).clock, nil
}

func (tx *memTx) Package(_ context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) (Registration, error) {
	return tx.read(vendor).packages[id], nil
}

func (tx *memTx) Packages(_ context.Context, vendor pkgversion.VendorID) ([]Registration, error) {
	return sorted(maps.Values(tx.read(vendor).packages), func(a, b Registration) int { return a.Package.ID.Compare(b.Package.ID) }), nil
}

func (tx *memTx) Version(_ context.Context, vendor pkgversion.VendorID, id pkgversion.VersionID) (pkgversion.PackageVersion, error) {
	return tx.read(vendor).versions[id], nil
}

func (tx *memTx) Versions(_ context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) ([]pkgversion.PackageVersion, error) {
	all := sorted(maps.Values(tx.read(vendor).versions), func(a, b pkgversion.PackageVersion) int { return a.ID.Compare(b.ID) })
	return slices.DeleteFunc(all, func(p pkgversion.PackageVersion) bool { return p.Package != id }), nil
}

func (tx *memTx) Parameters(_ context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) ([]license.Parameter, error) {
	return sorted(maps.Values(tx.read(vendor).parameters[id]), func(a, b license.Parameter) int { return a.Name.Compare(b.Name) }), nil
}

func (tx *memTx) ParameterValues(_ context.Context, vendor pkgversion.VendorID, id license.ID) ([]license.ParameterValue, error) {
	return sorted(maps.Values(tx.read(vendor).values[id]), func(a, b license.ParameterValue) int { return a.Name.Compare(b.Name) }), nil
}

func (tx *memTx) License(_ context.Context, vendor pkgversion.VendorID, id license.ID) (license.License, error) {
	return tx.read(vendor).licenses[id], nil
}

func (tx *memTx) LicenseOf(_ context.Context, vendor pkgversion.VendorID, id license.InstallationID) (license.License, error) {
	v := tx.read(vendor)
	return v.licenses[v.installation[id]], nil
}

func (tx *memTx) Licenses(_ context.Context, vendor pkgversion.VendorID, q LicenseQuery, limit int) ([]license.License, error) {
	v := tx.read(vendor)
	var found []license.License
	keep := func(l license.License) {
		if l.ID > 0 && q.Matches(l) {
			found = append(found, l)
		}
	}
	switch {
	case !q.Org.IsZero():
		for id := range v.ofOrg[q.Org] {
			keep(v.licenses[id])
		}
	case !q.ExpiresFrom.IsZero() && q.ExpiresFrom == q.ExpiresThrough:
		for id := range v.ending[q.ExpiresFrom] {
			keep(v.licenses[id])
		}
	case q.Order == ByNumber && int(v.highest) <= 4*len(v.licenses): // dense: walk the numbers, and stop when there are enough
		for id := q.After.ID + 1; id <= v.highest && len(found) < limit; id++ {
			keep(v.licenses[id])
		}
	default:
		for _, l := range v.licenses {
			keep(l)
		}
	}
	slices.SortFunc(found, q.Compare)
	return found[:min(len(found), max(limit, 0))], nil
}

func (tx *memTx) Org(_ context.Context, vendor pkgversion.VendorID, id pkgversion.OrgID) (license.Org, error) {
	return tx.read(vendor).orgs[id], nil
}

func (tx *memTx) Sandboxes(_ context.Context, vendor pkgversion.VendorID, production pkgversion.OrgID) ([]license.Org, error) {
	v := tx.read(vendor)
	var found []license.Org
	for id := range v.sandboxes[production] {
		found = append(found, v.orgs[id])
	}
	slices.SortFunc(found, func(a, b license.Org) int { return a.ID.Compare(b.ID) })
	return found, nil
}

func (tx *memTx) Sides(_ context.Context, vendor pkgversion.VendorID, id license.ID) (Sides, error) {
	return tx.read(vendor).sides[id], nil
}

func (tx *memTx) PendingPushes(_ context.Context, vendor pkgversion.VendorID, due time.Time, after license.ID, limit int) ([]Sides, error) {
	v := tx.read(vendor)
	return v.sidesOf(v.pending, after, limit, func(s Sides) bool { return !s.DueAt.After(due) }), nil
}

func (tx *memTx) Drifting(_ context.Context, vendor pkgversion.VendorID, after license.ID, limit int) ([]Sides, error) {
	v := tx.read(vendor)
	return v.sidesOf(v.drifting, after, limit, func(Sides) bool { return true }), nil
}

// sidesOf returns at most limit of the marked Sides that are asked for, by license.
func (v *memVendor) sidesOf(marked map[license.ID]bool, after license.ID, limit int, asked func(Sides) bool) (found []Sides) {
	for _, id := range slices.Sorted(maps.Keys(marked)) {
		if len(found) >= limit {
			break
		}
		if s := v.sides[id]; id > after && asked(s) {
			found = append(found, s)
		}
	}
	return found
}

func (tx *memTx) Refresh(_ context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) (Refresh, error) {
	return tx.read(vendor).refreshes[id], nil
}

func (tx *memTx) Left(_ context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID, after license.InstallationID, limit int) ([]Installation, error) {
	found := sorted(maps.Values(tx.read(vendor).left), func(a, b Installation) int { return a.ID.Compare(b.ID) })
	found = slices.DeleteFunc(found, func(i Installation) bool { return i.Package != id || i.ID.Compare(after) <= 0 })
	return found[:min(len(found), max(limit, 0))], nil
}

func (tx *memTx) Facts(_ context.Context, vendor pkgversion.VendorID, id license.InstallationID) ([]Fact, error) {
	return slices.Clone(tx.read(vendor).facts[id]), nil
}

func (tx *memTx) Fingerprint(_ context.Context, vendor pkgversion.VendorID, id NotificationID) (string, error) {
	return tx.read(vendor).notices[id], nil
}

func (tx *memTx) Holding(_ context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]seats.Assignment, error) {
	holders := tx.read(vendor).holders[id]
	found := map[seats.UserID]seats.Assignment{}
	for _, user := range users {
		if a, holds := holders[user]; holds {
			found[user] = a
		}
	}
	return sorted(maps.Values(found), byUser), nil
}

func (tx *memTx) Holders(_ context.Context, vendor pkgversion.VendorID, id license.ID, after seats.UserID, limit int) ([]seats.Assignment, error) {
	all := sorted(maps.Values(tx.read(vendor).holders[id]), byUser)
	all = slices.DeleteFunc(all, func(a seats.Assignment) bool { return a.User.Compare(after) <= 0 })
	return all[:min(len(all), max(limit, 0))], nil
}

func (tx *memTx) Standings(_ context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]Standing, error) {
	standings := tx.read(vendor).standings
	found := map[seats.UserID]Standing{}
	for _, user := range users {
		if s, there := standings[reclaim.Target{License: id, User: user}]; there {
			found[user] = s
		}
	}
	return sorted(maps.Values(found), func(a, b Standing) int { return a.User.Compare(b.User) }), nil
}

func (tx *memTx) HoldersAt(_ context.Context, vendor pkgversion.VendorID, id license.ID, at time.Time) (n int, err error) {
	v := tx.read(vendor)
	for _, a := range v.holders[id] {
		if a.KnownAt(at) {
			n++
		}
	}
	for _, closed := range v.closed[id] {
		for _, a := range closed {
			if a.KnownAt(at) {
				n++
			}
		}
	}
	return n, nil
}

func byUser(a, b seats.Assignment) int { return a.User.Compare(b.User) }

func (tx *memTx) SeatHistory(_ context.Context, vendor pkgversion.VendorID, id license.ID, user seats.UserID) ([]seats.Assignment, error) {
	v := tx.read(vendor)
	history := slices.Clone(v.closed[id][user])
	if a, holds := v.holders[id][user]; holds {
		history = append(history, a)
	}
	slices.SortStableFunc(history, func(a, b seats.Assignment) int { return a.AssignedAt.Compare(b.AssignedAt) })
	return history, nil
}

func (tx *memTx) Lead(_ context.Context, vendor pkgversion.VendorID, id lead.ID) (lead.Lead, error) {
	return tx.read(vendor).leads[id], nil
}

func (tx *memTx) Contact(_ context.Context, vendor pkgversion.VendorID, id lead.ContactID) (lead.Contact, error) {
	return tx.read(vendor).contacts[id], nil
}

func (tx *memTx) Account(_ context.Context, vendor pkgversion.VendorID, id lead.AccountID) (lead.Account, error) {
	return tx.read(vendor).accounts[id], nil
}

func (tx *memTx) Owner(_ context.Context, vendor pkgversion.VendorID, id lead.OwnerID) (lead.Owner, error) {
	return tx.read(vendor).owners[id], nil
}

func (tx *memTx) PendingLead(_ context.Context, vendor pkgversion.VendorID, id license.ID) (PendingLead, error) {
	return tx.read(vendor).pendingLeads[id], nil
}

func (tx *memTx) PendingLeads(_ context.Context, vendor pkgversion.VendorID, after license.ID, limit int) ([]PendingLead, error) {
	all := sorted(maps.Values(tx.read(vendor).pendingLeads), func(a, b PendingLead) int { return cmp.Compare(a.License, b.License) })
	all = slices.DeleteFunc(all, func(p PendingLead) bool { return p.License <= after })
	return all[:min(len(all), max(limit, 0))], nil
}

func (tx *memTx) Leads(_ context.Context, vendor pkgversion.VendorID, q LeadQuery, limit int) ([]lead.Lead, error) {
	v := tx.read(vendor)
	var named map[lead.ID]bool // by a license of the package
	if !q.Package.IsZero() {
		named = map[lead.ID]bool{}
		for _, l := range v.licenses {
			if l.Package == q.Package {
				named[l.Lead] = true
			}
		}
	}
	found := sorted(maps.Values(v.leads), func(a, b lead.Lead) int { return a.ID.Compare(b.ID) })
	found = slices.DeleteFunc(found, func(l lead.Lead) bool { return !q.Matches(l) || named != nil && !named[l.ID] })
	return found[:min(len(found), max(limit, 0))], nil
}

func (tx *memTx) LeadsUnder(_ context.Context, vendor pkgversion.VendorID, keys []string, limit int) ([]lead.Lead, int, error) {
	v := tx.read(vendor)
	var found []lead.Lead
	for id := range v.leadKeys.find(keys) {
		found = append(found, v.leads[id])
	}
	slices.SortFunc(found, func(a, b lead.Lead) int { return a.ID.Compare(b.ID) })
	return found[:min(len(found), max(limit, 0))], len(found), nil
}

func (tx *memTx) ContactsUnder(_ context.Context, vendor pkgversion.VendorID, keys []string, limit int) ([]lead.Contact, int, error) {
	v := tx.read(vendor)
	var found []lead.Contact
	for id := range v.contactKeys.find(keys) {
		found = append(found, v.contacts[id])
	}
	slices.SortFunc(found, func(a, b lead.Contact) int { return a.ID.Compare(b.ID) })
	return found[:min(len(found), max(limit, 0))], len(found), nil
}

func (tx *memTx) Alert(_ context.Context, vendor pkgversion.VendorID, id AlertID) (Alert, error) {
	return tx.read(vendor).alerts[id], nil
}

func (tx *memTx) LastAlert(_ context.Context, vendor pkgversion.VendorID, id license.ID) (int, error) {
	return tx.read(vendor).lastAlert[id], nil
}

func (tx *memTx) Alerts(_ context.Context, vendor pkgversion.VendorID, q AlertQuery, limit int) ([]Alert, error) {
	v := tx.read(vendor)
	var found []Alert
	for _, id := range slices.Sorted(maps.Keys(v.lastAlert)) {
		if id < q.After.License {
			continue
		}
		for number := 1; number <= v.lastAlert[id] && len(found) < limit; number++ {
			if a := v.alerts[v.alertIDs[AlertCursor{id, number}]]; a.Number > 0 && q.Matches(a) {
				found = append(found, a)
			}
		}
	}
	return found, nil
}

func (tx *memTx) Delivery(_ context.Context, vendor pkgversion.VendorID, id AlertID, sink string) (Delivery, error) {
	return tx.read(vendor).deliveries[deliveryKey{id, sink}], nil
}

func (tx *memTx) Deliveries(_ context.Context, vendor pkgversion.VendorID, q DeliveryQuery, limit int) ([]Delivery, error) {
	v := tx.read(vendor)
	var found []Delivery
	keep := func(d Delivery) {
		if q.Matches(d) {
			found = append(found, d)
		}
	}
	if q.DueBy.IsZero() {
		for _, d := range v.deliveries {
			keep(d)
		}
	} else {
		for _, d := range v.firstPending() {
			keep(d)
		}
	}
	slices.SortFunc(found, q.Compare)
	return found[:min(len(found), max(limit, 0))], nil
}

// firstPending returns the first pending delivery of every sink and license.
func (v *memVendor) firstPending() map[DeliveryCursor]Delivery {
	first := map[DeliveryCursor]Delivery{}
	for key := range v.undelivered {
		d := v.deliveries[key]
		of := DeliveryCursor{AlertCursor{License: d.License}, d.Sink}
		if known, there := first[of]; !there || d.Number < known.Number {
			first[of] = d
		}
	}
	return first
}

func (tx *memTx) FeedEnd(_ context.Context, vendor pkgversion.VendorID) (int64, error) {
	return lastOf(tx.read(vendor).events).Seq, nil
}

func (tx *memTx) Feed(_ context.Context, vendor pkgversion.VendorID, after int64, limit int) ([]Event, error) {
	events := tx.read(vendor).events
	first := sort.Search(len(events), func(i int) bool { return events[i].Seq > after })
	return cloned(events[first:], limit), nil
}

func (tx *memTx) History(_ context.Context, vendor pkgversion.VendorID, stream Stream, after int64, limit int) ([]Event, error) {
	events := tx.read(vendor).streams[stream]
	first := sort.Search(len(events), func(i int) bool { return events[i].Position > after })
	return cloned(events[first:], limit), nil
}

// cloned returns the first of events, at most limit.
func cloned(events []Event, limit int) (found []Event) {
	for _, e := range events[:min(len(events), max(limit, 0))] {
		found = append(found, e.clone())
	}
	return found
}

func (tx *memTx) LastChange(_ context.Context, vendor pkgversion.VendorID, stream Stream, kind string, until time.Time) (Event, error) {
	for _, e := range slices.Backward(tx.read(vendor).streams[stream]) {
		if e.Change.kind() == kind && !e.At.After(until) {
			return e.clone(), nil
		}
	}
	return Event{}, nil
}

func (tx *memTx) Cursor(_ context.Context, vendor pkgversion.VendorID, name string) (int64, error) {
	return tx.read(vendor).cursors[name], nil
}

func (tx *memTx) Cursors(_ context.Context, vendor pkgversion.VendorID) (map[string]int64, error) {
	return maps.Clone(tx.read(vendor).cursors), nil
}

func sorted[T any](seq func(func(T) bool), compare func(a, b T) int) []T {
	return slices.SortedFunc(seq, compare)
}
