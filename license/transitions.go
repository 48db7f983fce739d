package license

// Move says who may take a license from one status to another.
type Move uint8

// The moves. The zero Move is never allowed.
const (
	NeverMove  Move = iota // nobody
	VendorMove             // the vendor, by changing the terms
	SystemMove             // the platform, by a notification
	FreshMove              // the vendor, unless the license was ever Active
)

// Transitions is a table of who may take a license from which status, as
// displayed, to which: Transitions[from][to]. From a status to itself means that
// the other terms may change. It is data: read it, or write your own.
//
// Whatever a table says, a license that was ever Active never becomes a Trial
// again, and an Uninstalled one never changes.
type Transitions [Expired + 1][Uninstalled + 1]Move

// GuideTransitions is the table of the License Management and Support Guide, and
// the default. The platform's metadata, [RecordTypeTransitions], contradicts it on a trial
// that is suspended; on an expired trial that is made a trial again the two agree, and on
// an expired license that was once Active the guides' rule that none becomes a trial again
// stands above both.
var GuideTransitions = Transitions{
	Trial:     {Trial: VendorMove, Active: VendorMove, Suspended: VendorMove, Uninstalled: SystemMove},
	Active:    {Active: VendorMove, Suspended: VendorMove, Uninstalled: SystemMove},
	Suspended: {Trial: FreshMove, Active: VendorMove, Suspended: VendorMove, Uninstalled: SystemMove},
	Expired:   {Trial: FreshMove, Active: VendorMove, Suspended: VendorMove, Uninstalled: SystemMove},
}

// RecordTypeTransitions is the stricter table that the exported metadata of the
// platform's License object holds: which statuses the editor offers by record
// type. It has no way from Trial to Suspended.
var RecordTypeTransitions = Transitions{
	Trial:     {Trial: VendorMove, Active: VendorMove, Uninstalled: SystemMove},
	Active:    {Active: VendorMove, Suspended: VendorMove, Uninstalled: SystemMove},
	Suspended: {Active: VendorMove, Suspended: VendorMove, Uninstalled: SystemMove},
	Expired:   {Trial: FreshMove, Active: VendorMove, Suspended: VendorMove, Uninstalled: SystemMove},
}
