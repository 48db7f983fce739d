package lifecycle

import (
	"context"
	"reflect"
	"strings"

	"github.com/isvkit/isvkit/internal/errtext"
)

// Permissions is a set of what an actor may do. The zero Permissions is nothing.
type Permissions uint8

// What there is to be allowed. Viewing anything needs Read. Modifying a license,
// setting a lead manager, refreshing, importing, converting a lead and taking in
// notifications need Read and Edit. Registering a package and publishing a version
// need ManageListings; what sets a lead manager with it needs Read and Edit as well.
// Seats need ManageSeats.
const (
	Read Permissions = 1 << iota
	Edit
	ManageListings
	ManageSeats

	Everything = Read | Edit | ManageListings | ManageSeats
)

var permissionNames = []string{"read", "edit", "manage listings", "manage seats"}

// Include reports whether all of other are in p.
func (p Permissions) Include(other Permissions) bool { return p&other == other }

// String returns the names, "read and edit"; "nothing" for the zero value.
func (p Permissions) String() string {
	var names []string
	for i, name := range permissionNames {
		if p.Include(1 << i) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, " and ")
}

// DeniedError says that the actor may not do what was asked. Nothing was read and
// nothing written, so it tells nothing of what is there.
type DeniedError struct {
	Actor ActorID
	Needs Permissions // for the call
	Has   Permissions
	Rule  string // set where permissions do not matter
}

// Error names the actor and what the call needs.
func (e *DeniedError) Error() string {
	if e.Rule != "" {
		return errtext.Line("lifecycle: ", errtext.Quote(e.Actor.String()), " is denied: ", e.Rule)
	}
	return errtext.Line("lifecycle: ", errtext.Quote(e.Actor.String()), " is denied: it needs ", e.Needs.String(), " and has ", e.Has.String())
}

// need is what a type of command asks of its actor.
type need struct {
	may   Permissions
	byOrg bool // an actor bound to an org may do it, to its own org
}

const (
	edits       = Read | Edit
	vendorsOnly = "it acts for an org, and only the vendor's own people can do this"
)

// needs has every type of command. What is not in it is denied to all.
var needs = map[reflect.Type]need{
	reflect.TypeFor[RegisterPackage](): {may: ManageListings},
	reflect.TypeFor[ChangePackage]():   {may: ManageListings | edits}, // it can set the lead manager
	reflect.TypeFor[ReleasePackage]():  {may: ManageListings},
	reflect.TypeFor[PublishVersion]():  {may: ManageListings},
	reflect.TypeFor[SetLeadManager]():  {may: edits},
	reflect.TypeFor[RecordOwner]():     {may: edits},

	reflect.TypeFor[DefineParameter](): {may: ManageListings},
	reflect.TypeFor[SetParameter]():    {may: edits},
	reflect.TypeFor[ReportParameter](): {may: edits, byOrg: true},

	reflect.TypeFor[Installed]():      {may: edits},
	reflect.TypeFor[Upgraded]():       {may: edits},
	reflect.TypeFor[Uninstalled]():    {may: edits},
	reflect.TypeFor[OrgChanged]():     {may: edits},
	reflect.TypeFor[InstallAborted](): {may: edits},

	reflect.TypeFor[Observe]():        {may: edits},
	reflect.TypeFor[pushFailed]():     {may: edits},
	reflect.TypeFor[orgUnreached]():   {may: edits},
	reflect.TypeFor[beginRefresh]():   {may: edits},
	reflect.TypeFor[advanceRefresh](): {may: edits},
	reflect.TypeFor[finishRefresh]():  {may: edits},

	reflect.TypeFor[AddPermissionSet](): {may: edits},
	reflect.TypeFor[Upgrade]():          {may: edits},
	reflect.TypeFor[Modify]():           {may: edits},
	reflect.TypeFor[ConvertLead]():      {may: edits},
	reflect.TypeFor[RetryLead]():        {may: edits},
	reflect.TypeFor[Retire]():           {may: edits},

	reflect.TypeFor[Assign]():         {may: ManageSeats, byOrg: true},
	reflect.TypeFor[Revoke]():         {may: ManageSeats, byOrg: true},
	reflect.TypeFor[DeactivateUser](): {may: ManageSeats, byOrg: true},
	reflect.TypeFor[ReactivateUser](): {may: ManageSeats, byOrg: true},
	reflect.TypeFor[Transfer]():       {may: ManageSeats, byOrg: true},
	reflect.TypeFor[Move]():           {may: ManageSeats, byOrg: true},
	reflect.TypeFor[Reclaim]():        {may: ManageSeats, byOrg: true},

	reflect.TypeFor[raise](): {may: edits},

	reflect.TypeFor[ImportLicense](): {may: edits},
	reflect.TypeFor[ImportLead]():    {may: edits},
	reflect.TypeFor[ImportContact](): {may: edits},
	reflect.TypeFor[ImportAccount](): {may: edits},
	reflect.TypeFor[ImportSeat]():    {may: ManageSeats},

	reflect.TypeFor[confirmClock](): {may: edits},
	reflect.TypeFor[retain]():       {may: ManageListings | edits},
}

// needOf returns what a command needs.
func needOf(c Command) need {
	n, known := needs[reflect.TypeOf(c)]
	if !known {
		return need{may: Everything}
	}
	if r, ok := c.(RegisterPackage); ok && !r.Registration.LeadManager.IsZero() {
		n.may |= edits // it sets the lead manager
	}
	return n
}

// caller is an actor whose permissions have been looked up.
type caller struct {
	Actor
	may Permissions
}

// caller looks up what a may do. The policy is the user's code: it runs before a
// transaction is open.
func (m *Manager) caller(ctx context.Context, a Actor) (caller, error) {
	if err := a.validate(); err != nil {
		return caller{}, err
	}
	if m.may == nil {
		return caller{a, Everything}, nil
	}
	may, err := m.may(ctx, a)
	return caller{a, may}, err
}

// allowed returns a *DeniedError unless the caller may do what needs n.
func (c caller) allowed(n need) error {
	switch {
	case !c.may.Include(n.may):
		return &DeniedError{Actor: c.ID, Needs: n.may, Has: c.may}
	case !c.Org.IsZero() && !n.byOrg:
		return &DeniedError{Actor: c.ID, Rule: vendorsOnly}
	}
	return nil
}

// viewing is what reading needs.
var viewing = need{may: Read, byOrg: true}

// permit returns why a may not do what needs n, nil if it may. Every call of a Manager
// comes through here before it reads or writes anything.
func (m *Manager) permit(ctx context.Context, a Actor, n need) error {
	who, err := m.caller(ctx, a)
	if err != nil {
		return err
	}
	return who.allowed(n)
}
