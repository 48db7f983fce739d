package lifecycle

import (
	"errors"
	"time"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// FieldError says why a value was refused. Nothing was changed.
type FieldError struct {
	Field string
	Value string
	Rule  string // the rule it broke
}

// Error names the field, at most 64 characters of the value, and the rule.
func (e *FieldError) Error() string {
	return errtext.Line("lifecycle: ", e.Field, " ", errtext.Quote(e.Value), ": ", e.Rule)
}

// NotFoundError says that the vendor has no such record. It is the same whether
// another vendor has one or nobody does.
type NotFoundError struct {
	Kind string // "package", "license", "lead", …
	ID   string
}

// Error names the kind and the id.
func (e *NotFoundError) Error() string {
	return errtext.Line("lifecycle: no ", e.Kind, " ", errtext.Quote(e.ID))
}

// ExistsError refuses to make a record that is there already and says something
// else. Nothing was changed.
type ExistsError struct {
	Kind string
	ID   string
	Rule string
}

// Error names the kind, the id and the rule.
func (e *ExistsError) Error() string {
	return errtext.Line("lifecycle: ", e.Kind, " ", errtext.Quote(e.ID), " is there already: ", e.Rule)
}

// UpgradeError refuses an upgrade. Nothing was changed.
type UpgradeError struct {
	License license.ID
	From    pkgversion.Version
	To      pkgversion.Version
	Rule    string
}

// Error names the license, both versions and the rule.
func (e *UpgradeError) Error() string {
	return errtext.Line("lifecycle: ", e.License.String(), " cannot go from version ", e.From.String(), " to ", e.To.String(), ": ", e.Rule)
}

// NotAssignableError refuses new seats on a license that is suspended, expired,
// uninstalled or not known well enough. Nothing was changed.
type NotAssignableError struct {
	License license.ID
	Status  license.Status // as displayed
}

// Error names the license and its displayed status.
func (e *NotAssignableError) Error() string {
	return errtext.Line("lifecycle: ", e.License.String(), " is ", e.Status.String(), ": new seats are not assigned")
}

// UnreachableOrgError refuses to modify the license of an org that is locked,
// deleted, disabled or inactive. Nothing was changed. [Subscribers] return one, with
// Org and Status set, for an org that they cannot reach for that reason.
type UnreachableOrgError struct {
	License license.ID
	Org     pkgversion.OrgID
	Status  license.OrgStatus
}

// Remedies returns what would cure it, and who can do it.
func (e *UnreachableOrgError) Remedies() []license.Remedy {
	if e.Status.Is(license.OrgDeleted) {
		return []license.Remedy{{By: license.SubscriberAdmin, What: "install the package in another org; a deleted one does not come back"}}
	}
	return []license.Remedy{
		{By: license.SubscriberAdmin, What: "have the org unlocked or enabled again"},
		{By: license.SubscriberAdmin, What: "reinstall the package"},
	}
}

// Error carries the platform's phrase and the remedy.
func (e *UnreachableOrgError) Error() string {
	prefix := "lifecycle: "
	if e.License != 0 {
		prefix += e.License.String() + ": "
	}
	return errtext.Line(prefix, "proxy user has deactivated: org ", e.Org.String(), " is ",
		errtext.Quote(string(e.Status)), "; ask the subscriber to ", e.Remedies()[len(e.Remedies())-1].What)
}

// ClockError refuses to write at an instant too far ahead of the latest one that
// was committed: a wrong clock would otherwise be believed for ever. When the
// clock is right, confirm it with Manager.ConfirmClock.
type ClockError struct {
	Now     time.Time
	Highest time.Time
	Bound   time.Duration
}

// Error gives both instants and the bound.
func (e *ClockError) Error() string {
	return errtext.Line("lifecycle: the clock is at ", e.Now.Format(time.RFC3339), ", more than ", e.Bound.String(),
		" ahead of the latest commit at ", e.Highest.Format(time.RFC3339), ": confirm it")
}

// BeforeRetentionError says that history does not reach back to an instant that was asked
// for: [Manager.Retain] has removed events from before Since.
type BeforeRetentionError struct {
	At    time.Time
	Since time.Time
}

// Error gives both instants.
func (e *BeforeRetentionError) Error() string {
	return errtext.Line("lifecycle: history is kept since ", e.Since.Format(time.RFC3339Nano), ": what was at ",
		e.At.Format(time.RFC3339Nano), " cannot be told")
}

// OutcomeUnknownError says that the answer to a commit was lost: the change may
// have happened or not. Ask again to settle it. Every other error of
// [Store.Update] means that nothing happened.
type OutcomeUnknownError struct{ Err error }

// Error says so, and why.
func (e *OutcomeUnknownError) Error() string {
	return errtext.Line("lifecycle: outcome unknown, ask again: ", e.Err.Error())
}

// Unwrap returns the cause.
func (e *OutcomeUnknownError) Unwrap() error { return e.Err }

// ErrConflict is what a Tx returns when the guard of an effect does not hold any
// more: somebody else wrote in between. The Manager then decides anew on fresh
// state; after too many tries it returns an error that wraps ErrConflict. Nothing
// happened.
var ErrConflict = errors.New("lifecycle: somebody else wrote in between")

// StaleError refuses a change of a record that somebody else has changed since it
// was read. Nothing was changed. For a license it is a [license.StaleError].
type StaleError struct {
	Kind    string
	ID      string
	Read    int64 // the revision that the change was based on
	Current int64 // the revision that the record has
}

// Error names the record and both revisions.
func (e *StaleError) Error() string {
	return errtext.Line("lifecycle: ", e.Kind, " ", errtext.Quote(e.ID), " was changed since it was read: revision ",
		itoa(int(e.Read)), " is now ", itoa(int(e.Current)))
}
