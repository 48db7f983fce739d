package lifecycle

import (
	"time"

	"github.com/isvkit/isvkit/license"
)

// retire takes the license of a deleted org out of the lists, or puts it back. It is
// about the record, not about the installation: an uninstalled license can be retired
// too.
func (d *decision) retire(c Retire) error {
	if err := d.licensed(c.License); err != nil {
		return err
	}
	if err := validTexts("why", c.Why); err != nil {
		return err
	}
	before := d.License
	l, what := before, LicenseRetired
	switch {
	case c.Back:
		l.RetiredAt, what = time.Time{}, LicenseRestored
	case !before.RetiredAt.IsZero():
		return nil
	case !d.Org.Status.Is(license.OrgDeleted):
		return &FieldError{Field: "org status", Value: string(d.Org.Status), Rule: "a license is retired when its org is deleted"}
	default:
		l.RetiredAt = d.Now
	}
	d.why = c.Why
	d.saveLicense(what, before, l)
	return nil
}
