package lifecycle

import (
	"cmp"
	"hash/maphash"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/isvkit/isvkit/internal/recordid"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// place is what a Checker keeps answers under: an org and a package.
type place struct {
	org pkgversion.OrgID
	pkg pkgversion.PackageID
}

// idWords are the 18 bytes of a Salesforce id, those in the middle twice. No other id has
// words: these are zero.
type idWords struct{ first, middle, last uint64 }

func wordsOf(id string) idWords {
	return idWords{recordid.Word(id, 0), recordid.Word(id, 8), recordid.Word(id, 10)}
}

const salesforceID = 18 // bytes

var (
	placeSeed = maphash.MakeSeed()
	wordSeeds = [4]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64(), rand.Uint64()}
)

// hash depends on the seeds, so that nobody can choose ids that meet.
func (w idWords) hash(seed1, seed2 uint64) uint64 {
	hi, lo := bits.Mul64(w.first^bits.RotateLeft64(w.middle, 32)^seed1, w.last^seed2)
	return hi ^ lo
}

func hashOf(org, pkg idWords) uint64 {
	return org.hash(wordSeeds[0], wordSeeds[1]) ^ pkg.hash(wordSeeds[2], wordSeeds[3])
}

// words returns the words of a place whose ids both are Salesforce ids.
func (p place) words() (org, pkg idWords, ok bool) {
	if len(p.org.String()) != salesforceID || len(p.pkg.String()) != salesforceID {
		return org, pkg, false
	}
	return wordsOf(p.org.String()), wordsOf(p.pkg.String()), true
}

func (p place) hash() uint64 {
	if org, pkg, ok := p.words(); ok {
		return hashOf(org, pkg)
	}
	return maphash.String(placeSeed, p.org.String()) ^ bits.RotateLeft64(maphash.String(placeSeed, p.pkg.String()), 32)
}

// cell is what a Checker knows of a place. Whoever asks reads only spans, which is
// swapped as a whole; the rest is the follower's.
type cell struct {
	hash               uint64
	orgWords, pkgWords idWords // of two Salesforce ids they say all of the place
	spans              atomic.Pointer[timeline]
	place

	kept    []keptLicense
	through int64 // events of the feed up to this one are in what was read
}

// noLicense is what is decided where there is no license.
var noLicense = timelineOf(spansOf(nil, license.Policy{}, func() uint64 { return 0 }), 0)

// released is what is decided about a package that is not registered any more.
var released = &timeline{likely: noLicense.likely, all: noLicense.all, gone: true}

// nowhere stands for every place that has no cell.
var nowhere = newCell(place{})

func newCell(p place) *cell {
	c := &cell{place: p, hash: p.hash()}
	c.orgWords, c.pkgWords, _ = p.words()
	c.spans.Store(noLicense)
	return c
}

// keptLicense is what the rule of a check reads of a license, and who holds its seats.
type keptLicense struct {
	id          license.ID
	set         string // of a permission-set license
	sandbox     bool
	zone        license.Zone
	terms       license.Terms
	installedAt time.Time
	revision    int64
	changedAt   time.Time
	retiredAt   time.Time
	holders     seats.Set
}

func keep(l license.License, holders seats.Set) keptLicense {
	return keptLicense{l.ID, l.PermissionSet, l.Sandbox, l.Zone, l.Terms, l.InstalledAt, l.Revision, l.ChangedAt, l.RetiredAt, holders}
}

// license returns what the rule reads; the rest is not known.
func (k keptLicense) license() license.License {
	return license.License{ID: k.id, PermissionSet: k.set, Sandbox: k.sandbox, Zone: k.zone, Terms: k.terms, InstalledAt: k.installedAt,
		Revision: k.revision, ChangedAt: k.changedAt, RetiredAt: k.retiredAt, Holders: k.holders.Len()}
}

// span is what is decided from an instant on, until the next span begins: for who holds
// a seat of the license that counts then, for who is licensed by a permission-set license,
// and for everybody else.
type span struct {
	from    int64 // second since 1970: what dates decide changes at the beginning of a day
	to      int64 // second before which it holds
	holders seats.Set
	holder  verdict
	other   verdict
	sets    []setWay // each before those that count for less
	version uint64   // no other span of a Checker has it

	decision license.Decision // about everybody else; about a holder but for its verdict
	until    time.Time        // of decision, about a holder
}

// setWay is what is decided for whom a permission-set license licenses.
type setWay struct {
	site     bool // everybody
	holders  seats.Set
	decision license.Decision
}

// standing is how a user stands in a span: nobody, as a holder of the license that counts,
// or, from bySet on, by one of the permission-set licenses.
type standing uint64

const (
	nobody standing = iota
	holder
	bySet
)

// verdict is the part of a decision that depends on who is asked about.
type verdict struct {
	reason license.Reason
	causes license.Causes
}

func verdictOf(d license.Decision) verdict { return verdict{d.Reason, d.Causes} }

// standingOf finds how a user stands.
func (s *span) standingOf(user seats.UserID) standing {
	own := nobody
	if s.holder != s.other && s.holders.Contains(user) {
		own = holder
	}
	if len(s.sets) == 0 || s.verdict(own).reason.Licensed() {
		return own
	}
	return s.bySets(seats.KeyOf(user), own)
}

// standingOfKey is standingOf by the user's key.
func (s *span) standingOfKey(user seats.Key) standing {
	own := nobody
	if s.holder != s.other && s.holders.ContainsKey(user) {
		own = holder
	}
	if len(s.sets) == 0 || s.verdict(own).reason.Licensed() {
		return own
	}
	return s.bySets(user, own)
}

// bySets finds how a user stands of whom the license that counts says no.
func (s *span) bySets(user seats.Key, own standing) standing {
	for i := range s.sets {
		if way := &s.sets[i]; way.site || way.holders.ContainsKey(user) {
			return bySet + standing(i)
		}
	}
	return own
}

func (s *span) verdict(of standing) verdict {
	switch of {
	case nobody:
		return s.other
	case holder:
		return s.holder
	}
	return verdictOf(s.sets[of-bySet].decision)
}

func (s *span) decide(of standing, d *license.Decision) {
	switch of {
	case nobody:
		*d = s.decision
	case holder:
		*d = s.decision
		d.Reason, d.Causes, d.Until = s.holder.reason, s.holder.causes, s.until
	default:
		*d = s.sets[of-bySet].decision
	}
}

// timeline is all that is decided at a place. The span that is likely asked for stands
// in it, so that nothing has to be looked up behind it.
type timeline struct {
	likely span
	all    []span
	gone   bool // the package is not registered any more: nobody is licensed, and asking is an error
}

// timelineOf returns the timeline of spans, asked for around a second.
func timelineOf(spans []span, second int64) *timeline {
	t := &timeline{all: spans}
	t.likely = *t.search(second)
	return t
}

// at returns the span that second is in.
func (t *timeline) at(second int64) *span {
	if t.likely.from <= second && second < t.likely.to {
		return &t.likely
	}
	return t.search(second)
}

func (t *timeline) search(second int64) *span {
	i := len(t.all) - 1
	for i > 0 && second < t.all[i].from {
		i--
	}
	return &t.all[i]
}

// spansOf asks the rule of a check, license.Choose and License.Check, once for each
// stretch of time in which its answers stay the same: they say themselves until when.
func spansOf(kept []keptLicense, p license.Policy, version func() uint64) []span {
	licenses := make([]license.License, len(kept))
	for i, k := range kept {
		licenses[i] = k.license()
	}
	var spans []span
	for now, more := time.Unix(math.MinInt32<<8, 0), true; more; {
		s := spanAt(kept, licenses, p, now)
		if len(spans) == 0 || !spans[len(spans)-1].continues(s) {
			s.version = version()
			spans = append(spans, s)
		}
		now, more = nextChange(licenses, p, now)
	}
	spans[0].from = math.MinInt64
	for i := range spans[1:] {
		spans[i].to = spans[i+1].from
	}
	spans[len(spans)-1].to = math.MaxInt64
	return slices.Clip(spans)
}

func spanAt(kept []keptLicense, licenses []license.License, p license.Policy, now time.Time) span {
	choice := license.Choose(licenses, now)
	without, with := choice.License.Check(p, license.NoSeat, now), choice.License.Check(p, license.HoldsSeat, now)
	without.Rule, with.Rule = choice.Rule, choice.Rule
	sets, waiting := setsAt(kept, p, now, without)
	other, held := license.WithPermissionSets(without, waiting), license.WithPermissionSets(with, waiting)
	s := span{from: now.Unix(), decision: other, until: held.Until, holder: verdictOf(held), other: verdictOf(other), sets: sets}
	if i := slices.IndexFunc(kept, func(k keptLicense) bool { return k.id == choice.License.ID }); i >= 0 {
		s.holders = kept[i].holders
	}
	return s
}

// setsAt returns the permission-set licenses that license their holders where the own
// license says no, that which comes closest to a plain yes first. waiting stands for all
// there are, about whom none of them licenses.
func setsAt(kept []keptLicense, p license.Policy, now time.Time, own license.Decision) (sets []setWay, waiting []license.Decision) {
	for _, k := range kept {
		if k.set != "" {
			waiting = append(waiting, license.Decision{Until: k.license().Check(p, license.NoSeat, now).Until})
		}
	}
	for _, k := range kept {
		if k.set == "" {
			continue
		}
		d := license.WithPermissionSets(own, append(slices.Clip(waiting), k.license().Check(p, license.HoldsSeat, now)))
		if d.License == k.id {
			sets = append(sets, setWay{site: k.terms.Seats.IsSite(), holders: k.holders, decision: d})
		}
	}
	slices.SortFunc(sets, func(a, b setWay) int {
		return cmp.Or(cmp.Compare(b.decision.Reason, a.decision.Reason), cmp.Compare(a.decision.License, b.decision.License))
	})
	return sets, waiting
}

// continues reports whether next decides as s does, about the same licenses.
func (s *span) continues(next span) bool {
	return s.decision == next.decision && s.holder == next.holder && s.until.Equal(next.until) &&
		slices.EqualFunc(s.sets, next.sets, func(a, b setWay) bool { return a.site == b.site && a.decision == b.decision })
}

// nextChange returns when a decision about any of licenses can change after now.
func nextChange(licenses []license.License, p license.Policy, now time.Time) (next time.Time, ok bool) {
	for _, l := range licenses {
		if until := l.Check(p, license.NoSeat, now).Until; !until.IsZero() && (!ok || until.Before(next)) {
			next, ok = until, true
		}
	}
	return next, ok
}

// directory finds the cell of a place. Cells come and never go; whoever looks one up
// waits for nobody.
type directory struct {
	slots []atomic.Pointer[cell] // open addressing; a power of two of them, at most half used
	used  int
}

const firstSlots = 16

func newDirectory(slots int) *directory {
	return &directory{slots: make([]atomic.Pointer[cell], slots)}
}

func (d *directory) find(p place) *cell {
	org, pkg, ok := p.words()
	if !ok {
		return d.findOther(p)
	}
	hash := hashOf(org, pkg)
	for i := hash; ; i++ {
		c := d.slots[i&uint64(len(d.slots)-1)].Load()
		if c == nil || c.hash == hash && c.orgWords == org && c.pkgWords == pkg {
			return c
		}
	}
}

// findOther is find where not both ids are Salesforce ids.
func (d *directory) findOther(p place) *cell {
	hash := p.hash()
	for i := hash; ; i++ {
		c := d.slots[i&uint64(len(d.slots)-1)].Load()
		if c == nil || c.hash == hash && c.place == p {
			return c
		}
	}
}

// with returns a directory that has c too: d itself while there is room.
func (d *directory) with(c *cell) *directory {
	if 2*(d.used+1) > len(d.slots) {
		bigger := newDirectory(2 * len(d.slots))
		for old := range d.all {
			bigger.insert(old)
		}
		d = bigger
	}
	d.insert(c)
	return d
}

func (d *directory) insert(c *cell) {
	i := c.hash
	for d.slots[i&uint64(len(d.slots)-1)].Load() != nil {
		i++
	}
	d.slots[i&uint64(len(d.slots)-1)].Store(c)
	d.used++
}

func (d *directory) all(yield func(*cell) bool) {
	for i := range d.slots {
		if c := d.slots[i].Load(); c != nil && !yield(c) {
			return
		}
	}
}
