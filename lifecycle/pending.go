package lifecycle

import (
	"context"
	"errors"
	"iter"
	"math"
	"time"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
)

// PendingLead is an installer of whom no lead could be made, because the rule that
// matches leads or contacts failed. The license was made all the same. The zero
// PendingLead is none.
type PendingLead struct {
	License  license.ID
	Person   lead.Person
	Since    time.Time
	Revision int64 // 1
}

// RuleError says that a rule could not tell who a person is. Its text leaves out Err,
// which may name the person.
type RuleError struct {
	Records RecordKind // that the rule matches
	Err     error
}

// Error names the rule.
func (e *RuleError) Error() string {
	return errtext.Line("lifecycle: the rule that matches ", e.Records.String(), " failed")
}

// Unwrap returns the cause.
func (e *RuleError) Unwrap() error { return e.Err }

// pend keeps an installer until the rule can tell who it is.
func (d *decision) pend(id license.ID, p lead.Person, cause error) {
	pending := PendingLead{License: id, Person: p, Since: d.Now, Revision: 1}
	d.do(PutPendingLead{pending}, LeadPended{pending})
	d.record(Warned{License: id, What: "the lead was not created: " + cause.Error(), Remedy: "cure the rule, and retry the pending leads"})
}

// retryLead makes the lead that an installation should have made. An uninstalled
// license is read-only: its lead is made and not named by it. A sandbox whose production
// org is known has no lead of its own.
func (d *decision) retryLead(c RetryLead) error {
	if err := d.licensed(c.License); err != nil {
		return err
	}
	if d.Pending.Revision == 0 {
		return nil
	}
	if !d.Package.ReleasedAt.IsZero() {
		return &NotFoundError{Kind: "package", ID: d.License.Package.String()}
	}
	before, l := d.License, d.License
	linked := !l.Lead.IsZero() || !l.Contact.IsZero() || l.Sandbox && !d.Org.Production.IsZero()
	if !linked { // else that was done, or its production org became known, meanwhile
		var err error
		if l, err = d.identify(l, d.Pending.Person); err != nil {
			return err
		}
	}
	d.do(DropPendingLead{License: c.License, IfRevision: d.Pending.Revision}, LeadSettled(c))
	if before.Terms.Status != license.Uninstalled {
		d.saveLinked(before, l)
	}
	return nil
}

// PendingLeads yields the installers of whom no lead could be made, by license, page by
// page like Licenses.
func (m *Manager) PendingLeads(ctx context.Context, a Actor) iter.Seq2[PendingLead, error] {
	return func(yield func(PendingLead, error) bool) {
		var after license.ID
		pages(ctx, m, a, yield, func(ctx context.Context, r Reader) ([]PendingLead, error) {
			return r.PendingLeads(ctx, a.Vendor, after, pageSize)
		}, func(last PendingLead) { after = last.License })
	}
}

// LeadRetry counts what became of the pending leads.
type LeadRetry struct {
	Settled int // the lead was made, or the person found
	Pending int // it was tried, and the rule still fails
}

// RetryLeads makes the leads that are pending, as far as the rules work again: each
// once, however often and from however many machines it is called. [Manager.RunDue] does
// so for some of them in each run; this is for those who do not want to wait. With an error
// the count is of what was done until then. Those of a released package stay pending, and
// are not counted.
func (m *Manager) RetryLeads(ctx context.Context, a Actor) (LeadRetry, error) {
	if err := m.permit(ctx, a, needOf(RetryLead{})); err != nil {
		return LeadRetry{}, err
	}
	return m.retryLeads(ctx, a, math.MaxInt, math.MaxInt)
}

// retryLeads is RetryLeads for so many leads, and until so many in a row have failed.
func (m *Manager) retryLeads(ctx context.Context, a Actor, most, failures int) (LeadRetry, error) {
	var n LeadRetry
	inARow := 0
	for pending, err := range m.PendingLeads(ctx, a) {
		if err != nil || n.Settled+n.Pending == most || inARow == failures {
			return n, err
		}
		err := m.do(ctx, a, RetryLead{License: pending.License}, nil)
		_, failed := errors.AsType[*RuleError](err)
		_, released := errors.AsType[*NotFoundError](err)
		switch {
		case failed:
			n.Pending++
			inARow++
		case released:
		case err != nil:
			return n, err
		default:
			n.Settled++
			inARow = 0
		}
	}
	return n, nil
}
