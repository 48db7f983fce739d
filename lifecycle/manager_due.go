package lifecycle

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/isvkit/isvkit/license"
)

// DueReport counts what a run did.
type DueReport struct {
	Recorded  int // alerts
	Delivered int // messages that are in good hands
	Failed    int // messages to be tried again
	Parked    int // messages that were given up, until they are sent again by hand
	Leads     LeadRetry
}

// RunDue makes events of what has come true: it records the alerts that are due since the
// last run, makes the leads whose rule had failed and works again, and delivers what is to
// be delivered. Run it every night, or every minute, on any number of machines: each alert
// is recorded once, and each lead made once.
//
// A rule begins with its first run: one by date with what was due the day before that run by
// UTC, a day that is not over everywhere, and one of events with those after it. What was
// before is not told. From then on it misses nothing, however long nothing ran: what was due in between is recorded by the next run,
// in the order of the days on which it was due, each alert for itself and marked as
// Late. See [Cause] for what is gone by then. That a license's last day went by is recorded
// whatever the rules are; a change that leaves a license expired at once is told by its
// own event, and by no alert.
//
// A run by a clock that is too far ahead of the latest commit or run changes nothing, and
// is a [*ClockError]: a clock that is right is confirmed with [Manager.ConfirmClock],
// after a year in which nothing ran, say.
//
// No run is needed for a license to end, and none changes a decision.
//
// Of pending leads a run tries at most a thousand, in the order of their licenses, and
// leaves the rest after a hundred failures in a row, for then the rule seems to fail for
// everybody. [Manager.RetryLeads] tries every one.
//
// What is recorded is delivered also where something else could not be recorded. With an
// error the report counts what was done all the same. A sink that fails is no error: see
// [Manager.DeliverAlerts].
func (m *Manager) RunDue(ctx context.Context, a Actor, alerts *Alerts) (DueReport, error) {
	if err := m.permit(ctx, a, needOf(raise{})); err != nil {
		return DueReport{}, err
	}
	if alerts == nil {
		return DueReport{}, &FieldError{Field: "alerts", Rule: "are made by NewAlerts"}
	}
	var recorded DueReport
	failed := m.recordDue(ctx, a, alerts, &recorded)
	report, err := m.DeliverAlerts(ctx, a, alerts) // what could not be recorded holds up nothing that is
	report.Recorded, report.Leads = recorded.Recorded, recorded.Leads
	return report, errors.Join(failed, err)
}

func (m *Manager) recordDue(ctx context.Context, a Actor, alerts *Alerts, report *DueReport) error {
	now, err := m.runsAt(ctx, a)
	if err != nil {
		return err
	}
	if err := m.number(ctx, a); err != nil {
		return err
	}
	run := &dueRun{Manager: m, actor: a, alerts: alerts, now: now, report: report}
	if err := run.begin(ctx); err != nil {
		return err
	}
	// A rule whose use cannot be asked for does not hold up the others.
	return errors.Join(run.events(ctx), run.dates(ctx), run.unused(ctx), run.leads(ctx))
}

// runsAt returns the instant of a run. A clock that is too far ahead is refused before
// anything rests on it. Where nothing else is recorded for long, the runs themselves say
// how late it is, so that the next one is not too far ahead.
func (m *Manager) runsAt(ctx context.Context, a Actor) (time.Time, error) {
	now := m.now()
	highest, err := view(ctx, m, a, func(ctx context.Context, r Reader) (time.Time, error) { return r.Clock(ctx, a.Vendor) })
	at := clockAt(now, highest)
	if err == nil {
		err = m.checkClock(at, highest)
	}
	if err == nil && m.maxJump > 0 && !highest.IsZero() && at.Sub(highest) > m.maxJump/2 {
		err = m.write(ctx, a, func(ctx context.Context, tx Tx) error {
			effects, err := Apply(State{Rules: m.rules, Now: at, Actor: a.ID}, confirmClock{})
			if err != nil {
				return err
			}
			return tx.Write(ctx, a.Vendor, effects...)
		})
	}
	return at, err
}

// dueRun is one run of RunDue.
type dueRun struct {
	*Manager
	actor  Actor
	alerts *Alerts
	now    time.Time
	report *DueReport

	end  int64                   // of the feed, when the run began
	day  map[string]license.Date // by rule: the UTC day of its last run
	seen map[string]int64        // by rule: how far it has read the feed
}

// The cursors of a rule: how far it has read the feed, and on which day it was last run,
// as the number of days since firstDay. A rule that has never run has no day.
func feedCursor(rule string) string { return feedCursors + rule }
func dayCursor(rule string) string  { return dayCursors + rule }

const (
	feedCursors = "alerts/feed/"
	dayCursors  = "alerts/day/"
)

var firstDay = license.MustDate("1970-01-01")

// begin reads how far the rules have come. New ones begin at the end of the feed.
func (run *dueRun) begin(ctx context.Context) error {
	run.day, run.seen = map[string]license.Date{}, map[string]int64{}
	begun, ahead := map[string]int64{}, map[string]int64{}
	today := int64(run.today().Sub(firstDay))
	_, err := view(ctx, run.Manager, run.actor, func(ctx context.Context, r Reader) (none struct{}, err error) {
		if run.end, err = r.FeedEnd(ctx, run.actor.Vendor); err != nil {
			return none, err
		}
		for _, rule := range run.alerts.rules {
			day, err := r.Cursor(ctx, run.actor.Vendor, dayCursor(rule.Name))
			if err != nil {
				return none, err
			}
			switch {
			case day == 0:
				day, run.seen[rule.Name] = today, run.end
				begun[dayCursor(rule.Name)], begun[feedCursor(rule.Name)] = day, run.end
			case day > today+1: // a clock that was ahead, and that no change was committed by
				day = today
				ahead[dayCursor(rule.Name)] = day
				fallthrough
			default:
				if run.seen[rule.Name], err = r.Cursor(ctx, run.actor.Vendor, feedCursor(rule.Name)); err != nil {
					return none, err
				}
			}
			run.day[rule.Name] = firstDay.AddDays(int(day))
		}
		return none, nil
	})
	if err == nil {
		err = run.setBack(ctx, ahead)
	}
	if err != nil {
		return err
	}
	return run.saveCursors(ctx, run.actor, begun)
}

// setBack sets cursors that are ahead to where they should be.
func (run *dueRun) setBack(ctx context.Context, ahead map[string]int64) error {
	if len(ahead) == 0 {
		return nil
	}
	return run.write(ctx, run.actor, func(ctx context.Context, tx Tx) error {
		for _, name := range slices.Sorted(maps.Keys(ahead)) {
			if err := tx.Write(ctx, run.actor.Vendor, PutCursor{Name: name, Seq: ahead[name]}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (run *dueRun) today() license.Date { return license.DateOf(run.now) }

// dates records what dates have made true, day by day.
func (run *dueRun) dates(ctx context.Context) error {
	through := run.today().AddDays(1) // somewhere it is that day already
	from, saved := through, map[string]int64{}
	for _, rule := range run.alerts.rules {
		if _, ok := rule.When.(dated); ok {
			from = earlier(from, run.from(rule))
		}
		saved[dayCursor(rule.Name)] = int64(run.today().Sub(firstDay))
		if !looksAtEvents(rule.When) { // it needs none of those before, so that Retain may have them
			saved[feedCursor(rule.Name)] = run.end
		}
	}
	for due := from; !due.After(through); due = due.AddDays(1) {
		for _, rule := range run.alerts.rules {
			c, ok := rule.When.(dated)
			if !ok || run.from(rule).After(due) {
				continue
			}
			for _, days := range c.days() {
				if err := run.date(ctx, rule, c, due, days); err != nil {
					return err
				}
			}
		}
	}
	return run.saveCursors(ctx, run.actor, saved)
}

// from returns the first day that was not over everywhere when rule was last run. What
// came true on it after that run is still to be found.
func (run *dueRun) from(rule AlertRule) license.Date { return run.day[rule.Name].AddDays(-1) }

func earlier(a, b license.Date) license.Date {
	if b.Before(a) {
		return b
	}
	return a
}

// date records the alerts of rule that are due on a day, so many days before the last day
// of a license.
func (run *dueRun) date(ctx context.Context, rule AlertRule, c dated, due license.Date, days int) error {
	last := due.AddDays(days)
	// Nothing but the last day is asked for, so that every database finds it by that index.
	q := LicenseQuery{ExpiresFrom: last, ExpiresThrough: last, Order: ByExpiration}
	for {
		var page []license.License
		found, err := view(ctx, run.Manager, run.actor, func(ctx context.Context, r Reader) (found []Alert, err error) {
			if page, err = r.Licenses(ctx, run.actor.Vendor, q, pageSize); err != nil {
				return nil, err
			}
			for _, l := range page {
				a := Alert{License: l.ID, Rule: rule.Name, Kind: c.kind(), Due: due, Days: max(days, 0), Last: last,
					ID: occurrence(rule.Name, l.ID, last.String(), itoa(days))}
				is, err := run.isDue(ctx, r, rule, c, l, a)
				if err != nil {
					return nil, err
				}
				if is {
					found = append(found, a)
				}
			}
			return found, nil
		})
		if err != nil {
			return err
		}
		if err := run.raise(ctx, rule, found); err != nil || len(page) < pageSize {
			return err
		}
		q.After = CursorAfter(page[len(page)-1])
	}
}

// isDue reports whether a, of l, is to be recorded.
func (run *dueRun) isDue(ctx context.Context, r Reader, rule AlertRule, c dated, l license.License, a Alert) (bool, error) {
	if !rule.wantsNow(l) || !c.stands(l, a) || a.Due.After(l.Zone.DateOf(run.now)) {
		return false, nil
	}
	known, err := r.Alert(ctx, run.actor.Vendor, a.ID)
	if err != nil || !known.ID.IsZero() {
		return false, err
	}
	if !l.Zone.DateOf(l.ChangedAt).After(a.Due) {
		return true, nil // it has been as it is since then
	}
	history, err := run.history(ctx, r, l.ID)
	return stood(c, a, history), err
}

// history returns how a license has changed.
func (run *dueRun) history(ctx context.Context, r Reader, id license.ID) (changes []Event, err error) {
	err = run.walk(ctx, r, id, 0, func(e Event) {
		if _, ok := e.Change.(LicenseChanged); ok {
			changes = append(changes, e)
		}
	})
	return changes, err
}

// walk calls f with every event of a license after a position.
func (run *dueRun) walk(ctx context.Context, r Reader, id license.ID, after int64, f func(Event)) error {
	return walk(ctx, r, run.actor.Vendor, Stream{LicenseStream, id.String()}, after, f)
}

// unused records which licenses have not been used for long, as the callers know it.
func (run *dueRun) unused(ctx context.Context) error {
	var failed []error
	for _, rule := range run.alerts.rules {
		if c, ok := rule.When.(OnUnused); ok {
			failed = append(failed, run.unusedBy(ctx, rule, c))
		}
	}
	return errors.Join(failed...)
}

func (run *dueRun) unusedBy(ctx context.Context, rule AlertRule, c OnUnused) error {
	batch := make([]Use, 0, pageSize)
	for use, err := range c.LastUse(ctx) {
		if err != nil {
			return err
		}
		if batch = append(batch, use); len(batch) == pageSize {
			if err := run.unusedOf(ctx, rule, c, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return run.unusedOf(ctx, rule, c, batch)
}

func (run *dueRun) unusedOf(ctx context.Context, rule AlertRule, c OnUnused, batch []Use) error {
	found, err := view(ctx, run.Manager, run.actor, func(ctx context.Context, r Reader) (found []Alert, err error) {
		for _, use := range batch {
			l, err := r.License(ctx, run.actor.Vendor, use.License)
			if err != nil {
				return nil, err
			}
			if use.At.IsZero() {
				use.At = l.InstalledAt
			}
			last := l.Zone.DateOf(use.At)
			a := Alert{License: l.ID, Rule: rule.Name, Kind: c.kind(), Due: last.AddDays(c.Days), Days: c.Days, Last: last,
				ID: occurrence(rule.Name, l.ID, last.String())}
			if l.ID == 0 || !rule.wantsNow(l) || !c.stands(l, a) || a.Due.After(l.Zone.DateOf(run.now)) {
				continue
			}
			known, err := r.Alert(ctx, run.actor.Vendor, a.ID)
			if err != nil {
				return nil, err
			}
			if known.ID.IsZero() {
				found = append(found, a)
			}
		}
		return found, nil
	})
	if err != nil {
		return err
	}
	return run.raise(ctx, rule, found)
}

// The most that one run tries of pending leads, and how many may fail one after the other.
const (
	leadsPerRun      = 1000
	leadFailuresARun = 100
)

// leads makes the leads that are pending.
func (run *dueRun) leads(ctx context.Context) (err error) {
	run.report.Leads, err = run.retryLeads(ctx, run.actor, leadsPerRun, leadFailuresARun)
	return err
}

// alertsPerUpdate is how many alerts are recorded in one transaction.
const alertsPerUpdate = 100

// raise records alerts of rule, those that are not recorded yet.
func (run *dueRun) raise(ctx context.Context, rule AlertRule, alerts []Alert) error {
	for len(alerts) > 0 {
		batch := alerts[:min(len(alerts), alertsPerUpdate)]
		alerts = alerts[len(batch):]
		recorded := 0
		err := run.write(ctx, run.actor, func(ctx context.Context, tx Tx) error {
			recorded = 0
			for _, a := range batch {
				_, effects, err := run.carryOut(ctx, tx, run.actor, raise{alert: a, cause: rule.When, sinks: rule.Sinks}, run.now)
				if err != nil {
					return err
				}
				if len(effects) > 0 {
					recorded++
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		run.report.Recorded += recorded
	}
	return nil
}
