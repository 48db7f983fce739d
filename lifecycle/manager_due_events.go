package lifecycle

import (
	"context"

	"github.com/isvkit/isvkit/license"
)

// events records what the feed tells. Each rule goes on from where it was.
func (run *dueRun) events(ctx context.Context) error {
	rules := run.eventRules()
	if len(rules) == 0 {
		return nil
	}
	after := run.seen[rules[0].Name]
	for _, rule := range rules {
		after = min(after, run.seen[rule.Name])
	}
	licenses := map[license.ID]*watched{}
	for {
		page, err := view(ctx, run.Manager, run.actor, func(ctx context.Context, r Reader) ([]Event, error) {
			return r.Feed(ctx, run.actor.Vendor, after, pageSize)
		})
		if err != nil || len(page) == 0 {
			return err
		}
		if err := run.page(ctx, rules, licenses, page); err != nil {
			return err
		}
		after = page[len(page)-1].Seq
		saved := map[string]int64{}
		for _, rule := range rules {
			saved[feedCursor(rule.Name)] = after
		}
		if err := run.saveCursors(ctx, run.actor, saved); err != nil || len(page) < pageSize {
			return err
		}
		if len(licenses) > maxWatched {
			clear(licenses)
		}
	}
}

// maxWatched bounds how many licenses are remembered in a run; they can be read again.
const maxWatched = 50_000

// eventRules returns the rules that look at events.
func (run *dueRun) eventRules() (rules []AlertRule) {
	for _, rule := range run.alerts.rules {
		if looksAtEvents(rule.When) {
			rules = append(rules, rule)
		}
	}
	return rules
}

func looksAtEvents(c Cause) bool {
	switch c.(type) {
	case OnUninstalled, OnSuspended, OnOverAllocated, OnThreshold, OnDrift, OnSeatIdle:
		return true
	}
	return false
}

// page records the alerts that the events of a page make.
func (run *dueRun) page(ctx context.Context, rules []AlertRule, licenses map[license.ID]*watched, page []Event) error {
	found := map[string][]Alert{}
	for _, e := range page {
		w, err := run.watch(ctx, licenses, e)
		if err != nil {
			return err
		}
		if w == nil {
			continue
		}
		was, is := w.see(e)
		for _, rule := range rules {
			if e.Seq > run.seen[rule.Name] && rule.wants(w.license) {
				found[rule.Name] = append(found[rule.Name], rule.happened(e, w.license.ID, was, is)...)
			}
		}
	}
	for _, rule := range rules {
		if err := run.raise(ctx, rule, found[rule.Name]); err != nil {
			return err
		}
	}
	return nil
}

// watch returns the license that e is about, with its level before e; nil for an event
// that no rule looks at.
func (run *dueRun) watch(ctx context.Context, licenses map[license.ID]*watched, e Event) (*watched, error) {
	switch e.Change.(type) {
	case LicenseChanged, SeatsAssigned, SeatsRevoked, StageMoved, DriftFound:
	default:
		return nil, nil
	}
	id, err := license.ParseID(e.Stream.ID)
	if err != nil {
		return nil, err
	}
	if licenses[id] == nil {
		if licenses[id], err = run.look(ctx, id, e); err != nil {
			return nil, err
		}
	}
	return licenses[id], nil
}

// look finds the level of a license before e, by what it is now and what happened since.
func (run *dueRun) look(ctx context.Context, id license.ID, e Event) (*watched, error) {
	return view(ctx, run.Manager, run.actor, func(ctx context.Context, r Reader) (*watched, error) {
		l, err := r.License(ctx, run.actor.Vendor, id)
		if err != nil {
			return nil, err
		}
		w, since := &watched{license: l}, rewind{}
		err = run.walk(ctx, r, id, e.Position-2, func(later Event) {
			if later.Position < e.Position {
				w.last = later
				return
			}
			since.pass(later.Change)
		})
		w.level = since.level(l)
		w.wasBefore = w.level
		if revoked, ok := w.last.Change.(SeatsRevoked); ok {
			w.wasBefore.holders += len(revoked.Users)
		}
		return w, err
	})
}
