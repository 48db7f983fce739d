package license

import (
	"strconv"
	"strings"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/pkgversion"
)

// ID is the number of a license, which is its name too: number 1 prints as
// L-00001. The store gives numbers out per vendor, unique and rising; gaps come
// only from transactions that were rolled back. The zero ID is none.
type ID int64

const idDigits = 5

// MaxID is the highest number that a license can have: one of 15 digits.
const MaxID ID = 999_999_999_999_999

// ParseID reads what String returns, L-00001. The error is a *FieldError.
func ParseID(text string) (ID, error) {
	number, found := strings.CutPrefix(text, "L-")
	n, err := strconv.ParseInt(number, 10, 64)
	if !found || err != nil || n < 1 || ID(n) > MaxID || ID(n).String() != text {
		return 0, &FieldError{Field: "license name", Value: text, Rule: "a license name is written L-00001"}
	}
	return ID(n), nil
}

// String returns the license name: L- and the number, with at least five digits;
// "" for the zero ID.
func (id ID) String() string {
	if id <= 0 {
		return ""
	}
	number := strconv.FormatInt(int64(id), 10)
	return "L-" + strings.Repeat("0", max(0, idDigits-len(number))) + number
}

// MarshalText returns what String returns.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what ParseID reads; empty text is the zero ID.
func (id *ID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = 0
		return nil
	}
	parsed, err := ParseID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// Terms are what a vendor sets, and all that a vendor sets. The zero Terms are
// invalid and license nobody.
type Terms struct {
	Status     Status
	Seats      Seats
	Expiration Expiration
}

// License is one installation of one package in one org. Its fields are facts;
// what follows from them at an instant is asked by Check and DisplayedStatus.
//
// With a PermissionSet it is a permission-set license: a pool of seats for the same
// package in the same org, with terms of its own, which is no installation and so never a
// trial and never uninstalled. It is a second way to be licensed for the package, as long
// as that is installed; see [WithPermissionSets].
//
// A License is a value: reading, storing and comparing one needs no care. Instants
// are UTC in whole microseconds. The zero License licenses nobody.
type License struct {
	ID           ID
	RecordID     pkgversion.RecordID // of the row in the vendor's Salesforce org, if any
	Installation InstallationID
	Previous     ID // the license of the installation before it in that org, if any
	Production   ID // of a sandbox: the license of the org that it was made from, once that is known

	Org     pkgversion.OrgID
	Sandbox bool // the org is a sandbox
	Package pkgversion.PackageID
	Version pkgversion.VersionID
	Number  pkgversion.Version // of Version

	PermissionSet string // of a permission-set license its name; "" for the license of an installation

	Terms       Terms
	TermsAsOf   time.Time // when the terms were set; an import of something older does not undo them
	AsInstalled bool      // the terms are those it was installed with; nobody has set them since
	OnceActive  bool      // was ever Active, so it can never be a Trial again
	TrialStart  Date      // from which a trial's 90 days count; zero if it never was one
	Zone        Zone      // in which its days are counted

	InstalledAt   time.Time
	UpgradedAt    time.Time // when Version was installed; InstalledAt until the first upgrade
	UninstalledAt time.Time // zero until then
	RetiredAt     time.Time // out of every list, for its org was deleted; zero: it is not

	Lead     lead.ID        // made by, or found at, the installation; kept after its conversion
	LeadName string         // of the person
	Contact  lead.ContactID // of the converted lead, or found at the installation; of a sandbox, its production license's
	Account  lead.AccountID

	Holders  int      // users who hold a seat here
	Observed Observed // what the subscriber org said
	Type     string   // legacy: "Editable", "Read-Only"; carries no rule

	Revision  int64     // rises by one with every change but those of Holders and Observed; 1 when new
	ChangedAt time.Time // of the latest such change
}

// IsPermissionSet reports whether l is a permission-set license.
func (l License) IsPermissionSet() bool { return l.PermissionSet != "" }

// InstallDate returns the UTC day of the installation.
func (l License) InstallDate() Date {
	if l.InstalledAt.IsZero() {
		return Date{}
	}
	return DateOf(l.InstalledAt)
}

// end returns the last day that the terms give, or that there is none. The zero
// Date is a day long past: what has no expiration, and a trial without an end,
// which cannot be, are over.
func (t Terms) end() (last Date, never bool) {
	if t.Expiration.IsNever() {
		return Date{}, t.Status != Trial
	}
	last, _ = t.Expiration.LastDay()
	return last, false
}

// DisplayedStatus returns the status to show at now: Expired when a Trial or
// Active license is past its last day in its zone, else the stored one. A grace
// period does not change it.
func (l License) DisplayedStatus(now time.Time) Status {
	last, never := l.Terms.end()
	return l.displayed(!never && (last.IsZero() || !now.Before(l.Zone.EndOf(last))))
}

// DisplayedOn is DisplayedStatus for a day of the license's zone.
func (l License) DisplayedOn(today Date) Status {
	last, never := l.Terms.end()
	return l.displayed(!never && today.After(last))
}

func (l License) displayed(past bool) Status {
	s := l.Terms.Status
	if past && (s == Trial || s == Active) {
		return Expired
	}
	return s
}

// Used returns how many seats are held; ok is false, for it is blank, when the
// license is a site license or uninstalled.
func (l License) Used() (n int, ok bool) {
	if l.Terms.Seats.IsSite() || l.Terms.Status == Uninstalled {
		return 0, false
	}
	return l.Holders, true
}

// Remaining returns licensed seats minus used ones, exactly: negative when the
// license is over-allocated. ok is false where Used is blank.
func (l License) Remaining() (n int, ok bool) {
	used, ok := l.Used()
	if !ok {
		return 0, false
	}
	licensed, _ := l.Terms.Seats.Count()
	return licensed - used, true
}

// OverAllocated reports whether more seats are held than are licensed.
func (l License) OverAllocated() bool {
	n, ok := l.Remaining()
	return ok && n < 0
}
