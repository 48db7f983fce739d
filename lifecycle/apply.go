package lifecycle

import (
	"fmt"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// Apply decides what a command does to a state: it returns the effects, with
// their guards, or the reason why nothing may change. No effects and no error means
// that what was asked for holds already.
//
// Apply is pure: same state, same command, same effects. Every rule of the
// lifecycle is here or in what is called from here.
func Apply(s State, c Command) ([]Effect, error) {
	d := &decision{State: s, made: LicenseInstalled}
	if err := d.decide(c); err != nil {
		return nil, err
	}
	return d.effects, nil
}

// decision collects the effects of one command.
type decision struct {
	State
	effects    []Effect
	why        string           // of the command, for its events
	source     *Observation     // from which a missing license is made
	made       LicenseEvent     // how a license comes to be
	compared   license.License  // as its sides were compared last, if they were
	production pkgversion.OrgID // that the org of the command was made from, as far as it is told or known
}

func (d *decision) decide(c Command) error {
	switch c := c.(type) {
	case RegisterPackage:
		return d.registerPackage(c)
	case ChangePackage:
		return d.changePackage(c)
	case SetLeadManager:
		return d.setLeadManager(c)
	case PublishVersion:
		return d.publishVersion(c)
	case Installed, Upgraded, Uninstalled, OrgChanged, InstallAborted:
		return d.notification(c.(Notification))
	case DefineParameter:
		return d.defineParameter(c)
	case SetParameter:
		return d.setParameter(c)
	case ReportParameter:
		return d.reportParameter(c)
	case Upgrade:
		return d.upgrade(c)
	case Modify:
		return d.modify(c)
	case AddPermissionSet:
		return d.addPermissionSet(c)
	case ReleasePackage:
		return d.releasePackage(c)
	case Observe:
		return d.observe(c)
	case pushFailed:
		return d.pushFailed(c)
	case orgUnreached:
		return d.orgUnreached(c)
	case beginRefresh:
		return d.beginRefresh(c)
	case advanceRefresh:
		return d.advanceRefresh(c)
	case finishRefresh:
		return d.finishRefresh(c)
	case ConvertLead:
		return d.convertLead(c)
	case RetryLead:
		return d.retryLead(c)
	case Retire:
		return d.retire(c)
	case RecordOwner:
		return d.recordOwner(c)
	case Assign:
		return d.assign(c)
	case DeactivateUser:
		return d.deactivateUser(c)
	case ReactivateUser:
		return d.reactivateUser(c)
	case Revoke:
		return d.revoke(c)
	case Transfer:
		return d.transfer(c)
	case Move:
		return d.move(c)
	case Reclaim:
		return d.reclaim(c)
	case raise:
		return d.raise(c)
	case ImportLicense:
		return d.importLicense(c)
	case ImportLead:
		return d.importLead(c)
	case ImportContact:
		return d.importContact(c)
	case ImportAccount:
		return d.importAccount(c)
	case ImportSeat:
		return d.importSeat(c)
	case retain:
		return d.retain(c)
	case confirmClock:
		d.do(PutClock{Now: d.Now}, ClockConfirmed{At: d.Now})
		return nil
	}
	return &FieldError{Field: "command", Value: fmt.Sprintf("%T", c), Rule: "is none that is known"}
}

// do adds an effect and the event that records it.
func (d *decision) do(e Effect, recorded Change) {
	d.effects = append(d.effects, e)
	d.record(recorded)
}

func (d *decision) record(c Change) {
	d.effects = append(d.effects, Append{Event{Stream: c.stream(), At: d.Now, Actor: d.Actor, Why: d.why, Change: c}})
}

// saveLicense writes l in place of before, with the next revision, if they differ.
func (d *decision) saveLicense(what LicenseEvent, before, l license.License) license.License {
	if l == before {
		return l
	}
	l.Revision, l.ChangedAt = before.Revision+1, d.Now
	d.do(PutLicense{License: l, IfRevision: before.Revision}, LicenseChanged{What: what, Before: before, After: l})
	return l
}

func (d *decision) registered(id fmt.Stringer) error {
	if !d.Package.IsRegistered() {
		return &NotFoundError{Kind: "package", ID: id.String()}
	}
	return nil
}

func (d *decision) licensed(id license.ID) error {
	if d.License.ID == 0 {
		return &NotFoundError{Kind: "license", ID: id.String()}
	}
	return nil
}
