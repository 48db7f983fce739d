package license

import (
	"strings"
	"time"

	"github.com/isvkit/isvkit/pkgversion"
)

// OrgStatus is what the platform says of a subscriber org. It never changes a
// decision; it says whether the org can be reached. "" is not known.
type OrgStatus string

// The statuses that are known. Others are kept as they are.
const (
	OrgActive   OrgStatus = "Active"
	OrgDemo     OrgStatus = "Demo"
	OrgFree     OrgStatus = "Free"
	OrgTrial    OrgStatus = "Trial"
	OrgInactive OrgStatus = "Inactive"
	OrgLocked   OrgStatus = "Locked"
	OrgDeleted  OrgStatus = "Deleted"
	OrgDisabled OrgStatus = "Disabled"
)

// Is reports whether s and other are one status, case aside: exports write
// Active and ACTIVE.
func (s OrgStatus) Is(other OrgStatus) bool { return strings.EqualFold(string(s), string(other)) }

// Unreachable reports whether an org of this status refuses that its license is
// modified: it is locked, deleted, disabled or inactive.
func (s OrgStatus) Unreachable() bool {
	return s.Is(OrgInactive) || s.Is(OrgLocked) || s.Is(OrgDeleted) || s.Is(OrgDisabled)
}

// Org is a subscriber org as it was last heard of. The zero Org is none.
type Org struct {
	ID         pkgversion.OrgID
	Name       string
	Sandbox    bool
	Production pkgversion.OrgID // of a sandbox: the org it was made from, where that is known
	Status     OrgStatus
	Edition    string // "Enterprise Edition", …; the platform's Org Type
	Instance   string
	TrialEnds  string    // day on which a trial org ends, as the platform writes it; nothing to do with a license
	AsOf       time.Time // when it was heard of, UTC
	Revision   int64     // rises by one with every change, and with every installation in the org
}
