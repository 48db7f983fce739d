package lifecycle

import (
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Registration is a package as its vendor licenses it: the terms of new
// licenses, who owns the leads, and what is granted beyond the terms. The zero
// Registration is none.
type Registration struct {
	Package     pkgversion.Package
	Defaults    license.Defaults
	Policy      license.Policy
	Overage     seats.Overage
	TrialAgain  bool         // a reinstallation begins a new trial; else the days of the first one go on
	FreeSeats   bool         // deactivating a user frees their seat; else they keep it, as on the platform
	LeadManager lead.OwnerID // owns the leads of new installations; zero: lead.LicenseManager does

	LastRefresh  license.Date // zero: never
	RegisteredAt time.Time
	ReleasedAt   time.Time // it is registered with another vendor org now, or with none; zero: it is registered here
	ChangedAt    time.Time
	Revision     int64 // rises by one with every change; 1 when new
}

func (r Registration) validate() error {
	switch {
	case r.Package.ID.IsZero():
		return &FieldError{Field: "package id", Rule: "a registration names its package"}
	case r.Policy.GraceDays < 0 || r.Policy.GraceDays > license.MaxGraceDays:
		return &FieldError{Field: "grace days", Value: itoa(r.Policy.GraceDays), Rule: "is 0 to " + itoa(license.MaxGraceDays)}
	}
	if err := validTexts("package", r.Package.Name, r.Package.Namespace, r.Package.Developer); err != nil {
		return err
	}
	if err := r.Overage.Validate(); err != nil {
		return err
	}
	return r.Defaults.Validate()
}

// IsRegistered reports whether the package is registered with the vendor, and was
// not released since.
func (r Registration) IsRegistered() bool { return r.Revision > 0 && r.ReleasedAt.IsZero() }

// says reports whether r and other say the same of a package, bookkeeping aside.
func (r Registration) says(other Registration) bool {
	other.LastRefresh, other.RegisteredAt, other.ReleasedAt = r.LastRefresh, r.RegisteredAt, r.ReleasedAt
	other.ChangedAt, other.Revision = r.ChangedAt, r.Revision
	return r == other
}
