package lifecycle

import (
	"errors"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// byDeactivation is by whom a seat was taken that a deactivation freed, so that a
// reactivation gives back that one and no other. The event names who told.
const byDeactivation = "deactivation of the user"

// PoolError says that a user cannot be active again, for in one pool none remains. It
// names the pool. Nothing was changed.
type PoolError struct {
	License license.ID
	Package pkgversion.PackageID
	Err     error // a *seats.ExhaustedError
}

// Error names the license and its package, and how many there are.
func (e *PoolError) Error() string {
	return errtext.Line("lifecycle: the user cannot be active again: ", e.License.String(), " of package ", e.Package.String(), ": ", e.Err.Error())
}

// Unwrap returns how many there are.
func (e *PoolError) Unwrap() error { return e.Err }

func (d *decision) deactivateUser(c DeactivateUser) error {
	if err := d.licensed(c.License); err != nil {
		return err
	}
	users, err := distinct([]seats.UserID{c.User})
	if err != nil || !d.Package.FreeSeats || !holds(d.Holding, c.User) {
		return err
	}
	d.freeSeatsBy(byDeactivation, c.License, users)
	return nil
}

func (d *decision) reactivateUser(c ReactivateUser) error {
	if err := d.licensed(c.License); err != nil {
		return err
	}
	users, err := distinct([]seats.UserID{c.User})
	if err != nil || holds(d.Holding, c.User) || len(d.History) == 0 {
		return err
	}
	if last := d.History[len(d.History)-1]; last.RevokedBy != byDeactivation {
		return nil
	}
	err = d.take(d.License, poolOf(d.License, d.Package), users)
	var exhausted *seats.ExhaustedError
	if errors.As(err, &exhausted) {
		return &PoolError{License: d.License.ID, Package: d.License.Package, Err: exhausted}
	}
	return err
}
