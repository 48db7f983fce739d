package lifecycle

import (
	"strconv"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/lead"
)

func (d *decision) registerPackage(c RegisterPackage) error {
	r := c.Registration
	if err := r.validate(); err != nil {
		return err
	}
	r.Defaults = r.Defaults.OrStandard()
	if d.Package.IsRegistered() {
		if d.Package.says(r) {
			return nil
		}
		return &ExistsError{Kind: "package", ID: r.Package.ID.String(), Rule: "a package is registered once; change its registration instead"}
	}
	if err := d.mayOwnLeads(r.LeadManager); err != nil {
		return err
	}
	// What was released can come back; the week of its latest refresh goes on.
	r.LastRefresh, r.RegisteredAt, r.ReleasedAt = d.Package.LastRefresh, d.Now, time.Time{}
	d.savePackage(r)
	return nil
}

func (d *decision) changePackage(c ChangePackage) error {
	r := c.Registration
	if err := d.registered(r.Package.ID); err != nil {
		return err
	}
	if err := r.validate(); err != nil {
		return err
	}
	r.Defaults = r.Defaults.OrStandard()
	if d.Package.says(r) {
		return nil
	}
	if r.LeadManager != d.Package.LeadManager {
		if err := d.mayOwnLeads(r.LeadManager); err != nil {
			return err
		}
	}
	if r.Revision != d.Package.Revision {
		return &StaleError{Kind: "package", ID: r.Package.ID.String(), Read: r.Revision, Current: d.Package.Revision}
	}
	r.LastRefresh, r.RegisteredAt, r.ReleasedAt = d.Package.LastRefresh, d.Package.RegisteredAt, d.Package.ReleasedAt
	d.savePackage(r)
	return nil
}

// releasePackage ends a registration. Everything that was recorded stays, and can be
// read; seats can be given back.
func (d *decision) releasePackage(c ReleasePackage) error {
	r := d.Package
	if r.Revision > 0 && !r.ReleasedAt.IsZero() {
		return nil
	}
	if err := d.registered(c.Package); err != nil {
		return err
	}
	r.ReleasedAt = d.Now
	d.savePackage(r)
	return nil
}

func (d *decision) setLeadManager(c SetLeadManager) error {
	if err := d.registered(c.Package); err != nil {
		return err
	}
	if err := d.mayOwnLeads(c.Manager); err != nil {
		return err
	}
	if d.Package.LeadManager == c.Manager {
		return nil
	}
	r := d.Package
	r.LeadManager = c.Manager
	d.savePackage(r)
	return nil
}

// mayOwnLeads refuses a lead manager who is recorded as inactive, or as one who may not
// read licenses. Of one who is not recorded nothing is known.
func (d *decision) mayOwnLeads(manager lead.OwnerID) error {
	if !d.Owner.ID.IsZero() && !d.Owner.MayOwnLeads() {
		return &FieldError{Field: "lead manager", Value: manager.String(), Rule: "must be an active user who may read licenses"}
	}
	return nil
}

func (d *decision) savePackage(r Registration) {
	r.Revision, r.ChangedAt = d.Package.Revision+1, d.Now
	d.do(PutPackage{Registration: r, IfRevision: d.Package.Revision}, PackageChanged{Before: d.Package, After: r})
}

func (d *decision) publishVersion(c PublishVersion) error {
	v := c.Version
	v.ReleasedAt = instant.Of(v.ReleasedAt)
	if err := d.registered(v.Package); err != nil {
		return err
	}
	switch {
	case v.ID.IsZero():
		return &FieldError{Field: "package version id", Rule: "a version has an id"}
	case v.Version.IsZero():
		return &FieldError{Field: "version", Rule: "a version has a number"}
	case v.Sequence < 0:
		return &FieldError{Field: "sequence", Value: strconv.Itoa(v.Sequence), Rule: "must not be negative"}
	}
	if err := firstError(
		func() error { return validTexts("version name", v.Name) },
		func() error { return validInstantOrNone("release date", v.ReleasedAt) },
	); err != nil {
		return err
	}
	if d.Version == v {
		return nil
	}
	if !d.Version.ID.IsZero() {
		return &ExistsError{Kind: "package version", ID: v.ID.String(), Rule: "a version never changes"}
	}
	for _, other := range d.Versions {
		if other.Version == v.Version {
			return &ExistsError{Kind: "version", ID: v.Version.String(), Rule: "is version " + other.ID.String() + " of the package"}
		}
	}
	d.do(PutVersion{v}, VersionPublished{v})
	return nil
}

func (d *decision) recordOwner(c RecordOwner) error {
	if c.Owner.ID.IsZero() {
		return &FieldError{Field: "owner id", Rule: "an owner has an id"}
	}
	if err := validPrivate("owner", c.Owner.Name, c.Owner.Email); err != nil {
		return err
	}
	if d.Owner == c.Owner {
		return nil
	}
	d.do(PutOwner(c), OwnerSaved(c))
	if d.Owner.MayOwnLeads() && !c.Owner.MayOwnLeads() {
		for _, r := range d.Managed {
			d.record(Warned{Package: r.Package.ID, What: "the package's lead manager is not active any more, or may not read licenses any more; new leads go to the License Manager",
				Remedy: leadManagerRemedy})
		}
	}
	return nil
}
