package lifecycle

import (
	"cmp"
	"strings"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// LicenseQuery says which licenses are asked for, and in what order. Every
// condition that is set must hold; the zero query asks for all, by number.
type LicenseQuery struct {
	Org     pkgversion.OrgID
	Package pkgversion.PackageID
	Lead    lead.ID
	Contact lead.ContactID
	Account lead.AccountID
	Status  license.Status // stored, or with Day displayed
	Day     license.Date   // makes Status the one displayed on that day of each license's zone; needed to ask for Expired
	Orgs    OrgKind
	Retired RetiredKind
	Kind    LicenseKind

	ExpiresFrom    license.Date // last day on or after; zero: no bound
	ExpiresThrough license.Date // last day on or before; zero: no bound

	Order LicenseOrder
	After LicenseCursor // only those that follow
}

// OrgKind says which orgs are asked for.
type OrgKind uint8

// The kinds of orgs. The zero OrgKind is both.
const (
	AllOrgs OrgKind = iota
	ProductionOrgs
	SandboxOrgs
)

// RetiredKind says whether retired licenses are asked for; see [Retire].
type RetiredKind uint8

// The kinds. The zero RetiredKind leaves retired licenses out.
const (
	NotRetired RetiredKind = iota
	AndRetired
	OnlyRetired
)

// LicenseKind says which kinds of licenses are asked for.
type LicenseKind uint8

// The kinds. The zero LicenseKind is both.
const (
	AllLicenses           LicenseKind = iota
	PackageLicenses                   // of installations
	PermissionSetLicenses             // see [AddPermissionSet]
)

// LicenseOrder is the order of a listing.
type LicenseOrder uint8

// The orders. The zero order is by number.
const (
	ByNumber     LicenseOrder = iota
	ByExpiration              // by last day, then number; licenses without a last day are left out
)

// LicenseCursor is a place in a listing that stays where it is while licenses come
// and change: after the license that CursorAfter was called with. The zero cursor
// is the beginning. It is comparable, and prints itself.
type LicenseCursor struct {
	LastDay license.Date // of that license, for ByExpiration
	ID      license.ID
}

// CursorAfter returns the place after l.
func CursorAfter(l license.License) LicenseCursor {
	last, _ := l.Terms.Expiration.LastDay()
	return LicenseCursor{LastDay: last, ID: l.ID}
}

// MarshalText returns the cursor as text, "" for the beginning.
func (c LicenseCursor) MarshalText() ([]byte, error) {
	if c == (LicenseCursor{}) {
		return []byte{}, nil
	}
	return []byte(c.LastDay.String() + "/" + c.ID.String()), nil
}

// UnmarshalText reads what MarshalText wrote; other text is a *FieldError.
func (c *LicenseCursor) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*c = LicenseCursor{}
		return nil
	}
	day, id, _ := strings.Cut(string(text), "/")
	var parsed LicenseCursor
	if parsed.LastDay.UnmarshalText([]byte(day)) != nil || parsed.ID.UnmarshalText([]byte(id)) != nil || parsed.ID == 0 {
		return &FieldError{Field: "cursor", Value: string(text), Rule: "is none that a listing gave"}
	}
	*c = parsed
	return nil
}

// valid returns a *FieldError for a value that is none of those that there are, so that a
// listing never leaves a condition out, or comes in another order than was asked for.
func (q LicenseQuery) valid() error {
	return cmp.Or(
		among("status asked for", q.Status, license.Expired), q.dayOfExpired(), among("kind of orgs", q.Orgs, SandboxOrgs),
		among("kind of retired licenses", q.Retired, OnlyRetired), among("kind of licenses", q.Kind, PermissionSetLicenses), among("order of licenses", q.Order, ByExpiration))
}

// dayOfExpired refuses to ask for what is never stored: an empty list would look like an
// answer.
func (q LicenseQuery) dayOfExpired() error {
	if q.Status == license.Expired && q.Day.IsZero() {
		return &FieldError{Field: "day", Rule: "is needed to ask for Expired, which licenses are on a day"}
	}
	return nil
}

// among returns a *FieldError for a choice that is greater than the last one.
func among[T ~uint8](field string, choice, last T) error {
	if choice > last {
		return &FieldError{Field: field, Value: itoa(int(choice)), Rule: "is none that there is"}
	}
	return nil
}

// Matches reports whether l is asked for: it meets every condition and follows
// the cursor. A store that finds licenses by an index uses it to leave out the rest.
func (q LicenseQuery) Matches(l license.License) bool {
	last, ends := l.Terms.Expiration.LastDay()
	switch {
	case !q.Org.IsZero() && l.Org != q.Org,
		!q.Package.IsZero() && l.Package != q.Package,
		!q.Lead.IsZero() && l.Lead != q.Lead,
		!q.Contact.IsZero() && l.Contact != q.Contact,
		!q.Account.IsZero() && l.Account != q.Account,
		q.Orgs == ProductionOrgs && l.Sandbox,
		q.Orgs == SandboxOrgs && !l.Sandbox,
		q.Kind == PackageLicenses && l.IsPermissionSet(),
		q.Kind == PermissionSetLicenses && !l.IsPermissionSet(),
		q.Retired == NotRetired && !l.RetiredAt.IsZero(),
		q.Retired == OnlyRetired && l.RetiredAt.IsZero(),
		!q.ExpiresFrom.IsZero() && (!ends || last.Before(q.ExpiresFrom)),
		!q.ExpiresThrough.IsZero() && (!ends || last.After(q.ExpiresThrough)),
		q.Order == ByExpiration && !ends:
		return false
	}
	return q.statusMatches(l) && q.follows(l)
}

func (q LicenseQuery) statusMatches(l license.License) bool {
	if q.Status == 0 {
		return true
	}
	if q.Day.IsZero() {
		return l.Terms.Status == q.Status
	}
	return l.DisplayedOn(q.Day) == q.Status
}

func (q LicenseQuery) follows(l license.License) bool {
	if q.Order == ByExpiration {
		last, _ := l.Terms.Expiration.LastDay()
		if c := last.Compare(q.After.LastDay); c != 0 {
			return c > 0
		}
	}
	return l.ID > q.After.ID
}

// Compare orders licenses as q asks for them.
func (q LicenseQuery) Compare(a, b license.License) int {
	if q.Order == ByExpiration {
		lastA, _ := a.Terms.Expiration.LastDay()
		lastB, _ := b.Terms.Expiration.LastDay()
		if c := lastA.Compare(lastB); c != 0 {
			return c
		}
	}
	return int(min(max(a.ID-b.ID, -1), 1))
}

// LeadQuery says which leads are asked for, by id. Every condition that is set
// must hold; the zero query asks for all.
type LeadQuery struct {
	SourcePrefix string // "SFDC-" asks for all that came from the listing
	Owner        lead.OwnerID
	State        LeadState
	Package      pkgversion.PackageID // named by a license of the package
	CreatedFrom  time.Time            // at or after; zero: no bound
	CreatedUntil time.Time            // before; zero: no bound
	After        lead.ID              // only those that follow
}

// LeadState says which leads are asked for.
type LeadState uint8

// The states of leads. The zero LeadState is both.
const (
	AllLeads LeadState = iota
	OpenLeads
	ConvertedLeads
)

func (q LeadQuery) valid() error { return among("state of leads", q.State, ConvertedLeads) }

// Matches reports whether l meets every condition but that of the package, and
// follows the cursor.
func (q LeadQuery) Matches(l lead.Lead) bool {
	switch {
	case !strings.HasPrefix(l.Source, q.SourcePrefix),
		!q.Owner.IsZero() && l.Owner != q.Owner,
		q.State == OpenLeads && l.IsConverted(),
		q.State == ConvertedLeads && !l.IsConverted(),
		!q.CreatedFrom.IsZero() && l.CreatedAt.Before(q.CreatedFrom),
		!q.CreatedUntil.IsZero() && !l.CreatedAt.Before(q.CreatedUntil):
		return false
	}
	return l.ID.Compare(q.After) > 0
}
