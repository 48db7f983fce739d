package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Contradiction is a contradiction in what a store keeps: between its tables, between a
// record and the events that tell of it, or with a rule.
type Contradiction struct {
	Rule   string // that is broken: S2, L1, …; see String
	Record Stream // that it was found at
	What   string // in words; it never holds personal data
}

// String names the record and what is wrong with it.
func (f Contradiction) String() string {
	return errtext.Line(f.Rule, ": ", string(f.Record.Kind), " ", errtext.Quote(f.Record.ID), ": ", f.What)
}

// MaxContradictions is how many contradictions Verify looks for.
const MaxContradictions = 1000

// Verify reads everything that a store keeps of a vendor and returns what contradicts
// itself, at most MaxContradictions of it: nothing where all is well. It holds these rules to
// the stored records alone:
//
//   - S2, E8: the count of a license's holders is that of its open assignments, and
//     what its events gave less what they took.
//   - S11, S19: seats are within their bounds, and an uninstalled license has no
//     holders.
//   - L1: every status is one of the stored ones. A record that cannot be read, such as
//     one with another status, is found too; it licenses nobody.
//   - L2, L7: a license that was Active is no Trial, and a trial ends in time.
//   - L6: an installation has one license.
//   - E2: every record is what its events say; E3, E10: streams have no gaps, but for as
//     many events as [Manager.Retain] recorded to have removed; T5: the clock is where they
//     left it.
//
// So it finds a changed status, seat or date of a record, wherever that stands. It cannot
// find what nothing else tells of: who did something and why; what an event calls a change,
// where another word fits as well; how many held a seat when a license was read to be
// changed, within what it was since the change before; what a reclaim plan knew of a user
// and when it was made; keys of a lead that a later change replaced; and rows that no event
// and no listing leads to.
//
// Events that wait for a number are numbered first, as by whoever reads the feed, for it is
// the feed that leads to every record; nothing else is written. Where the store refuses
// that, or events come in meanwhile, their records are reached from the packages, licenses
// and leads that are listed and from what these name. Then the clock is not compared, and a
// record that is gone is not missed while all of its events wait.
//
// It reads in one snapshot, page by page, and holds one record's history in memory at a
// time. An error means that the store could not be read, which on a damaged file is
// an answer too.
func Verify(ctx context.Context, s Store, vendor pkgversion.VendorID) ([]Contradiction, error) {
	v := verifier{vendor: vendor}
	err := numberWaiting(ctx, s, vendor)
	if err == nil {
		err = s.View(ctx, func(ctx context.Context, r Reader) error {
			v = verifier{ctx: ctx, r: r, vendor: vendor, reached: map[Stream]bool{}}
			return v.all()
		})
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err != nil {
		return v.findings, fmt.Errorf("lifecycle: verifying: %w", err)
	}
	return v.findings, nil
}

var errEnough = errors.New("lifecycle: enough was found")

type verifier struct {
	ctx      context.Context
	r        Reader
	vendor   pkgversion.VendorID
	findings []Contradiction

	kept        Retained
	fromFeed    int64 // events that are missing, as far as they can have been removed
	fromStreams int64

	waiting bool            // some events have no number, so the feed does not lead to every stream
	reached map[Stream]bool // those that were looked at although the feed does not lead to them
}

// numberWaiting numbers the events that wait for it. A store that refuses is one that is
// only read, and no error.
func numberWaiting(ctx context.Context, s Store, vendor pkgversion.VendorID) error {
	for {
		waiting, numbered := false, 0
		err := s.View(ctx, func(ctx context.Context, r Reader) (err error) {
			waiting, err = r.Unnumbered(ctx, vendor)
			return err
		})
		if err != nil || !waiting {
			return err
		}
		err = s.Update(ctx, func(ctx context.Context, tx Tx) (err error) {
			numbered, err = tx.Number(ctx, vendor, pageSize)
			return err
		})
		if err != nil || numbered < pageSize { // who writes all the time is not waited for
			return ctx.Err()
		}
	}
}

func (v *verifier) all() (err error) {
	if v.kept, err = loadRetained(v.ctx, v.r, v.vendor); err != nil {
		return err
	}
	if v.waiting, err = v.r.Unnumbered(v.ctx, v.vendor); err != nil {
		return err
	}
	for _, step := range []func() error{v.feed, v.packages, v.licenses, v.leads} {
		if err := step(); err != nil {
			return err
		}
	}
	for _, s := range []Stream{ClockConfirmed{}.stream(), Retained{}.stream()} {
		if _, err := v.reach(s); err != nil {
			return err
		}
	}
	return nil
}

// find notes a contradiction.
func (v *verifier) find(rule string, at Stream, what ...any) error {
	if len(v.findings) == MaxContradictions {
		return errEnough
	}
	v.findings = append(v.findings, Contradiction{Rule: rule, Record: at, What: fmt.Sprint(what...)})
	return nil
}

// feed goes through all events: at the first of each stream it looks at the stream and
// at the records that it tells of.
func (v *verifier) feed() error {
	var clock time.Time
	var last Event
	total, inStreams := 0, 0
	for {
		page, err := v.r.Feed(v.ctx, v.vendor, last.Seq, pageSize)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := v.inOrder(last, e); err != nil {
				return err
			}
			last, clock = e, clockAfter(clock, e)
			total++
			if e.Position > 1 {
				continue
			}
			n, err := v.stream(e.Stream)
			if inStreams += n; err != nil {
				return err
			}
		}
		if len(page) < pageSize {
			break
		}
	}
	var err error
	at := Stream{ClockStream, "clock"}
	if missing := max(v.fromFeed, v.fromStreams); missing > v.kept.Removed {
		err = v.find("E10", Retained{}.stream(), missing, " events are missing, ", v.kept.Removed, " were removed")
	}
	if total != inStreams {
		err = errors.Join(err, v.find("E3", at, "the feed has ", total, " events, the streams that begin in it ", inStreams))
	}
	if v.waiting {
		return err // what is not numbered yet has moved the clock
	}
	stored, readErr := v.r.Clock(v.ctx, v.vendor)
	if readErr == nil && !stored.Equal(clock) {
		err = errors.Join(err, v.find("T5", at, "the clock is at ", stored.Format(time.RFC3339Nano), ", the events leave it at ", clock.Format(time.RFC3339Nano)))
	}
	return errors.Join(err, readErr)
}

// clockAfter returns the latest committed instant after an event, as decide keeps it.
func clockAfter(clock time.Time, e Event) time.Time {
	switch c := e.Change.(type) {
	case ClockConfirmed:
		return c.At
	case Retained: // whatever the events said that it removed
		return e.At
	}
	if e.At.Sub(clock) >= clockStep {
		return e.At
	}
	return clock
}

func (v *verifier) inOrder(last, e Event) error {
	_, confirmed := e.Change.(ClockConfirmed)
	switch {
	case last.Seq > 0 && e.Seq > last.Seq+1 && last.Seq < v.kept.Through:
		v.fromFeed += e.Seq - last.Seq - 1
		return nil
	case last.Seq > 0 && e.Seq != last.Seq+1:
		return v.find("E3", e.Stream, "between the numbers ", last.Seq, " and ", e.Seq, " of the feed events are missing")
	case !confirmed && last.At.Sub(e.At) >= clockStep:
		return v.find("T5", e.Stream, "event ", e.Position, " is of ", e.At.Format(time.RFC3339Nano), ", before the one before it in the feed")
	}
	return nil
}

// stream replays a stream into a store of its own, and compares the records that it
// tells of. It returns how many events of the stream are numbered.
func (v *verifier) stream(s Stream) (int, error) {
	scratch := &MemStore{}
	var readings []lookUp
	var chain chain
	n := 0
	for after := int64(0); ; {
		page, err := v.r.History(v.ctx, v.vendor, s, after, pageSize)
		if err != nil {
			return n, err
		}
		for _, e := range page {
			if err := v.event(s, e, after, &chain); err != nil {
				return n, err
			}
			if e.Seq > 0 {
				n++
			}
			e.Seq = 0 // the scratch store gives its own
			err := scratch.Update(v.ctx, func(ctx context.Context, tx Tx) error { return replay(ctx, tx, e) })
			if err != nil {
				return n, errors.Join(v.ctx.Err(), v.find("E2", s, "event ", e.Position, " does not follow on those before it"))
			}
			after = e.Position
			readings = append(readings, readingsOf(e.Change)...)
		}
		if readings = distinctReadings(readings); len(page) < pageSize {
			break
		}
	}
	return n, scratch.View(v.ctx, func(ctx context.Context, told Reader) error {
		for _, reading := range readings {
			if err := v.compare(s, told, reading); err != nil {
				return err
			}
		}
		return nil
	})
}

// event looks at one event of a stream, and at the one before it.
func (v *verifier) event(s Stream, e Event, after int64, c *chain) error {
	var err error
	missing := e.Position - after - 1
	switch {
	case missing > 0 && 0 < c.seq && c.seq < v.kept.Through:
		v.fromStreams += missing
		c.torn = true
	case missing != 0:
		err = v.find("E3", s, "event ", e.Position, " follows on ", after)
	}
	c.seq = e.Seq
	if e.Change == nil || e.Change.stream() != s {
		return errors.Join(err, v.find("E2", s, "event ", e.Position, " is of another stream"))
	}
	if at := instantOf(e.Change); !at.IsZero() && !at.Equal(e.At) {
		err = errors.Join(err, v.find("E2", s, "event ", e.Position, " is not of the instant of its change"))
	}
	if !c.follows(e.Change) {
		err = errors.Join(err, v.find("E2", s, "what was before event ", e.Position, " is not what the event before it left"))
	}
	if !agreesWithItself(e.Change) {
		err = errors.Join(err, v.find("E2", s, "what event ", e.Position, " says does not agree with itself"))
	}
	if !c.counts(e.Change) {
		err = errors.Join(err, v.find("E8", s, "event ", e.Position, " has a number of holders that was never so"))
	}
	return err
}

// agreesWithItself reports whether the parts of a change that say the same do so.
func agreesWithItself(c Change) bool {
	switch c := c.(type) {
	case Told:
		elsewhere := func(f Fact) bool { return f.Org != c.Org || f.Installation != c.Facts[0].Installation }
		return !slices.ContainsFunc(c.Facts, elsewhere) && c.Notice.IsZero() == (c.Fingerprint == "")
	case LicenseChanged:
		same := c.Before.Observed == c.After.Observed && (c.Before.Holders == c.After.Holders || c.ends() && c.After.Holders == 0)
		return same && c.isWhat()
	case StageMoved:
		s, m := c.After, c.Move
		return s.target() == m.Target && s.Stage == m.To && m.Revision == m.AssignedAt.UnixMicro()+s.Revision-1
	}
	return true
}

// ends reports whether c uninstalls a license that was there.
func (c LicenseChanged) ends() bool {
	return c.Before.ID != 0 && c.Before.Terms.Status != license.Uninstalled && c.After.Terms.Status == license.Uninstalled
}

// isWhat reports whether c can be what it says that it is. What was read from elsewhere can
// be anything.
func (c LicenseChanged) isWhat() bool {
	b, a, isNew := c.Before, c.After, c.Before.ID == 0
	switch c.What {
	case LicenseImported, LicenseRefreshed:
		return true
	case LicenseInstalled, LicenseAdded:
		return isNew
	case LicenseUninstalled:
		return c.ends()
	case LicenseUpgraded:
		return !isNew && a.Version != b.Version
	case LicenseModified, LicenseCompleted:
		return !isNew && !c.ends()
	case LicenseLinked:
		return !isNew && (a.Lead != b.Lead || a.LeadName != b.LeadName || a.Contact != b.Contact || a.Account != b.Account || a.Production != b.Production)
	case LicenseRetired:
		return b.RetiredAt.IsZero() && !a.RetiredAt.IsZero()
	case LicenseRestored:
		return !b.RetiredAt.IsZero() && a.RetiredAt.IsZero()
	}
	return false
}

// instantOf returns the instant at which a change says that it happened, zero where it
// does not say.
func instantOf(c Change) time.Time {
	switch c := c.(type) {
	case PackageChanged:
		return c.After.ChangedAt
	case LicenseChanged:
		return c.After.ChangedAt
	case SeatsRevoked:
		return c.At
	case ClockConfirmed:
		return c.At
	}
	return time.Time{}
}

// chain is the last that the events of a stream said of its record.
type chain struct {
	last any
	seq  int64 // of the event before
	torn bool  // events were removed since last

	// How many hold a seat, and the fewest and the most since the license was last changed:
	// a change has the number that was read for it, and seats go on meanwhile.
	holders, fewest, most int
}

// counts reports whether the holders in c can be what was read for it.
func (x *chain) counts(c Change) bool {
	switch c := c.(type) {
	case SeatsAssigned:
		x.holders += len(c.Users)
	case SeatsRevoked:
		x.holders -= len(c.Users)
	case LicenseChanged:
		could := x.fewest <= c.Before.Holders && c.Before.Holders <= x.most
		if c.ends() {
			x.holders = 0
		}
		x.fewest, x.most = x.holders, x.holders
		return could
	}
	x.fewest, x.most = min(x.fewest, x.holders), max(x.most, x.holders)
	return true
}

// follows reports whether c begins where the change before it ended.
func (x *chain) follows(c Change) bool {
	var before, after any
	switch c := c.(type) {
	case PackageChanged:
		before, after = c.Before, c.After
	case OrgSeen:
		before, after = c.Before, c.After
	case LeadChanged:
		before, after = c.Before, c.After
	case LicenseChanged:
		c.Before.Holders, c.After.Holders = 0, 0 // of the moment, and told of by other events
		c.Before.Observed, c.After.Observed = license.Observed{}, license.Observed{}
		before, after = c.Before, c.After
	default:
		return true
	}
	last := x.last
	torn := x.torn
	x.last, x.torn = after, false
	return torn || last == nil && reflect.ValueOf(before).IsZero() || last == before
}

// lookUp is something to read of a store, by a name of its own.
type lookUp struct {
	name string
	read func(ctx context.Context, r Reader, vendor pkgversion.VendorID) (any, error)
}

func readOne[K fmt.Stringer, V any](what string, id K, from func(Reader, context.Context, pkgversion.VendorID, K) (V, error)) lookUp {
	return lookUp{what + " " + id.String(), func(ctx context.Context, r Reader, vendor pkgversion.VendorID) (any, error) {
		record, err := from(r, ctx, vendor, id)
		return record, err
	}}
}

func distinctReadings(all []lookUp) []lookUp {
	slices.SortFunc(all, func(a, b lookUp) int { return compareText(a.name, b.name) })
	return slices.CompactFunc(all, func(a, b lookUp) bool { return a.name == b.name })
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// readingsOf returns everything that a change says something of. Every type of change
// that changes a record has a case here; a test goes through them.
func readingsOf(c Change) []lookUp {
	switch c := c.(type) {
	case PackageChanged:
		return []lookUp{readOne("package", c.After.Package.ID, Reader.Package), readOne("versions of", c.After.Package.ID, Reader.Versions)}
	case VersionPublished:
		return []lookUp{readOne("version", c.Version.ID, Reader.Version)}
	case ParameterDefined:
		return []lookUp{readOne("parameters of", c.After.Package, Reader.Parameters)}
	case ParameterChanged:
		return []lookUp{readOne("parameter values of", c.After.License, Reader.ParameterValues)}
	case OrgSeen:
		return []lookUp{readOne("org", c.After.ID, Reader.Org)}
	case Told:
		return c.readings()
	case LicenseChanged:
		return []lookUp{readOne("license", c.After.ID, Reader.License), readOne("license of installation", c.After.Installation, Reader.LicenseOf)}
	case SidesChanged:
		return []lookUp{readOne("sides", c.After.License, Reader.Sides), readOne("license", c.After.License, Reader.License)}
	case RefreshAdvanced:
		return c.readings()
	case SeatsAssigned:
		return seatReadings(c.License, c.Users)
	case SeatsRevoked:
		return seatReadings(c.License, c.Users)
	case StageMoved:
		return []lookUp{{"standing of " + c.After.User.String(), func(ctx context.Context, r Reader, vendor pkgversion.VendorID) (any, error) {
			return r.Standings(ctx, vendor, c.After.License, []seats.UserID{c.After.User})
		}}}
	case LeadChanged:
		return append(keyReadings(c.Keys, "leads", Reader.LeadsUnder, func(l lead.Lead) bool { return l.ID == c.After.ID }), readOne("lead", c.After.ID, Reader.Lead))
	case ContactSaved:
		return append(keyReadings(c.Keys, "contacts", Reader.ContactsUnder, func(o lead.Contact) bool { return o.ID == c.Contact.ID }),
			readOne("contact", c.Contact.ID, Reader.Contact))
	case AlertRaised:
		return []lookUp{readOne("alert", c.Alert.ID, Reader.Alert)}
	case LeadPended:
		return []lookUp{readOne("pending lead of", c.Pending.License, Reader.PendingLead)}
	case LeadSettled:
		return []lookUp{readOne("pending lead of", c.License, Reader.PendingLead)}
	case AccountSaved:
		return []lookUp{readOne("account", c.Account.ID, Reader.Account)}
	case OwnerSaved:
		return []lookUp{readOne("owner", c.Owner.ID, Reader.Owner)}
	}
	return nil
}

func (c Told) readings() (all []lookUp) {
	if !c.Notice.IsZero() {
		all = append(all, readOne("fingerprint of notification", c.Notice, Reader.Fingerprint))
	}
	if len(c.Facts) > 0 {
		all = append(all, readOne("facts of installation", c.Facts[0].Installation, Reader.Facts))
	}
	return all
}

func (c RefreshAdvanced) readings() []lookUp {
	return []lookUp{readOne("refresh", c.After.Package, Reader.Refresh),
		readOne("left by refresh", c.After.Package, func(r Reader, ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) ([]Installation, error) {
			return r.Left(ctx, vendor, id, license.InstallationID{}, math.MaxInt32)
		})}
}

func seatReadings(id license.ID, users []seats.UserID) []lookUp {
	all := []lookUp{{"license " + id.String(), func(ctx context.Context, r Reader, vendor pkgversion.VendorID) (any, error) {
		return r.License(ctx, vendor, id)
	}}}
	for _, user := range users {
		all = append(all, lookUp{"seat " + user.String(), func(ctx context.Context, r Reader, vendor pkgversion.VendorID) (any, error) {
			return r.SeatHistory(ctx, vendor, id, user)
		}})
	}
	return all
}

// keyReadings ask under each key whether a record is found there.
func keyReadings[V any](keys []string, what string, under func(Reader, context.Context, pkgversion.VendorID, []string, int) ([]V, int, error), is func(V) bool) (all []lookUp) {
	for _, key := range keys {
		all = append(all, lookUp{what + " under " + key, func(ctx context.Context, r Reader, vendor pkgversion.VendorID) (any, error) {
			found, _, err := under(r, ctx, vendor, []string{key}, math.MaxInt32)
			return slices.ContainsFunc(found, is), err
		}})
	}
	return all
}

// compare reads the same of the store and of what its events told.
func (v *verifier) compare(s Stream, told Reader, what lookUp) error {
	want, err := what.read(v.ctx, told, v.vendor)
	if err != nil {
		return err
	}
	got, err := what.read(v.ctx, v.r, v.vendor)
	if ended := v.ctx.Err(); ended != nil {
		return ended
	}
	kind := reflect.TypeOf(want).String()
	switch {
	case err != nil:
		return v.find("L1", s, "a ", kind, " cannot be read: ", err)
	case reflect.DeepEqual(got, want) || isEmpty(got) && isEmpty(want):
		return nil
	}
	stored, one := got.(license.License)
	if !one {
		return v.find("E2", s, "a ", kind, " is not what its events say", namesOf(got, want))
	}
	events := want.(license.License)
	if stored.Holders != events.Holders {
		err = v.find("E8", s, stored.Holders, " seats are held, the events make it ", events.Holders)
	}
	if stored.Holders = events.Holders; stored != events {
		err = errors.Join(err, v.find("E2", s, "the license is not what its events say", namesOf(stored, events)))
	}
	return err
}

func isEmpty(v any) bool {
	value := reflect.ValueOf(v)
	return value.Kind() == reflect.Slice && value.Len() == 0
}

// namesOf returns the fields in which two records differ, without their values.
func namesOf(got, want any) string {
	text := ""
	a, b := reflect.ValueOf(got), reflect.ValueOf(want)
	if !isRecord(a) {
		return text
	}
	for _, d := range differences(nil, "", a, b) {
		text += ", " + d.Field
	}
	return text
}

// listed looks at the stream of a record that is listed.
func (v *verifier) listed(s Stream) error {
	told, err := v.reach(s)
	if err == nil && !told {
		err = v.find("E2", s, "no event tells of it")
	}
	return err
}

// named looks at the stream of a record that a listed one names, "" being none. Its events
// can be gone without a gap in the feed, if they were never numbered.
func (v *verifier) named(kind StreamKind, id string, record lookUp) error {
	if id == "" {
		return nil
	}
	s := Stream{kind, id}
	if told, err := v.reach(s); err != nil || told {
		return err
	}
	is, err := record.read(v.ctx, v.r, v.vendor)
	switch {
	case err != nil:
		return v.unreadable(s, err)
	case isEmpty(is) || reflect.ValueOf(is).IsZero():
		return nil
	}
	return v.find("E2", s, "no event tells of it")
}

// reach looks at a stream that the feed did not lead to, since its events wait for a
// number or its first is gone. It reports whether there is an event.
func (v *verifier) reach(s Stream) (told bool, err error) {
	first, err := v.r.History(v.ctx, v.vendor, s, 0, 1)
	if err != nil || len(first) == 0 || v.reached[s] || first[0].Seq > 0 && first[0].Position == 1 {
		return len(first) > 0, err
	}
	v.reached[s] = true
	_, err = v.stream(s)
	return true, err
}

func (v *verifier) packages() error {
	all, err := v.r.Packages(v.ctx, v.vendor)
	if err != nil {
		return v.unreadable(Stream{Kind: PackageStream}, err)
	}
	for _, r := range all {
		if err := v.listed(Stream{PackageStream, r.Package.ID.String()}); err != nil {
			return err
		}
		if err := v.owner(r.LeadManager); err != nil {
			return err
		}
	}
	return nil
}

// unreadable notes that a listing failed, unless it is the caller who has ended it.
func (v *verifier) unreadable(s Stream, err error) error {
	if ended := v.ctx.Err(); ended != nil {
		return ended
	}
	return v.find("L1", s, "they cannot be listed: ", err)
}

func (v *verifier) licenses() error {
	var q LicenseQuery
	for {
		page, err := v.r.Licenses(v.ctx, v.vendor, q, pageSize)
		if err != nil {
			return v.unreadable(Stream{Kind: LicenseStream}, err)
		}
		for _, l := range page {
			if err := v.license(l); err != nil {
				return err
			}
		}
		if len(page) < pageSize {
			return nil
		}
		q.After = CursorAfter(page[pageSize-1])
	}
}

// license holds the rules to one license.
func (v *verifier) license(l license.License) error {
	s := Stream{LicenseStream, l.ID.String()}
	if err := v.listed(s); err != nil {
		return err
	}
	if err := v.namedBy(l); err != nil {
		return err
	}
	open, err := v.countHolders(l.ID)
	if err != nil {
		return v.unreadable(s, err)
	}
	of, err := v.r.LicenseOf(v.ctx, v.vendor, l.Installation)
	if err != nil {
		return v.unreadable(s, err)
	}
	last, ends := l.Terms.Expiration.LastDay()
	for _, rule := range []struct {
		broken bool
		id     string
		what   string
	}{
		{open != l.Holders, "S2", "its count of holders is " + itoa(l.Holders) + ", and " + itoa(open) + " seats are held"},
		{l.Terms.Status == license.Uninstalled && open > 0, "S19", "it is uninstalled, and seats are held"},
		{!l.Terms.Status.IsStored(), "L1", "its status is none that is stored"},
		{of.ID != l.ID, "L6", "its installation has another license"},
		{l.OnceActive && l.Terms.Status == license.Trial, "L2", "it was Active once, and is a Trial"},
		{l.Terms.Status == license.Active && !l.OnceActive, "L2", "it is Active, and never was"},
		{l.Terms.Status == license.Trial && (!ends || last.After(l.TrialLimit())), "L7", "its trial does not end in time"},
		{(l.Terms.Status == license.Uninstalled) == l.UninstalledAt.IsZero(), "L3", "its status and the instant of its uninstallation disagree"},
	} {
		if rule.broken {
			err = errors.Join(err, v.find(rule.id, s, rule.what))
		}
	}
	return err
}

// namedBy looks at what a license names.
func (v *verifier) namedBy(l license.License) error {
	return cmp.Or(
		v.named(InstallationStream, l.Installation.String(), readOne("facts", l.Installation, Reader.Facts)),
		v.named(OrgStream, l.Org.String(), readOne("org", l.Org, Reader.Org)),
		v.named(ContactStream, l.Contact.String(), readOne("contact", l.Contact, Reader.Contact)),
		v.named(AccountStream, l.Account.String(), readOne("account", l.Account, Reader.Account)))
}

func (v *verifier) owner(id lead.OwnerID) error {
	return v.named(OwnerStream, id.String(), readOne("owner", id, Reader.Owner))
}

func (v *verifier) countHolders(id license.ID) (n int, err error) {
	after := seats.UserID{}
	for {
		page, err := v.r.Holders(v.ctx, v.vendor, id, after, pageSize)
		if n += len(page); err != nil || len(page) < pageSize {
			return n, err
		}
		after = page[pageSize-1].User
	}
}

func (v *verifier) leads() error {
	var q LeadQuery
	for {
		page, err := v.r.Leads(v.ctx, v.vendor, q, pageSize)
		if err != nil {
			return v.unreadable(Stream{Kind: LeadStream}, err)
		}
		for _, l := range page {
			if err := v.listed(Stream{LeadStream, l.ID.String()}); err != nil {
				return err
			}
			if err := v.owner(l.Owner); err != nil {
				return err
			}
		}
		if len(page) < pageSize {
			return nil
		}
		q.After = page[pageSize-1].ID
	}
}
