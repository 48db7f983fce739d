package lifecycle

import (
	"time"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// RefreshDays is how many days lie between two refreshes of a package.
const RefreshDays = 7

// Refresh is how far the refresh of a package is: one that was stopped goes on from
// here. The zero Refresh never began.
type Refresh struct {
	Package     pkgversion.PackageID
	StartedAt   time.Time
	FinishedAt  time.Time              // zero while it goes on, or waits to be gone on with
	After       license.InstallationID // the last one that was listed and dealt with
	Listed      bool                   // all were listed; what is left are those that could not be read
	Read        int                    // installations that were read
	Made        int                    // licenses that were missing, and were made
	Differing   int                    // of those read, how many differ in a value
	Unreachable int                    // of those read, how many are in orgs that are locked, deleted or disabled
	Failed      int                    // installations that are left, for they could not be read
	Revision    int64                  // rises by one with every step
}

// UnderWay reports whether the refresh began and did not finish.
func (r Refresh) UnderWay() bool { return !r.StartedAt.IsZero() && r.FinishedAt.IsZero() }

// RefreshTooSoonError refuses to refresh a package that was refreshed less than
// RefreshDays ago. Nothing was changed.
type RefreshTooSoonError struct {
	Package pkgversion.PackageID
	Last    license.Date // UTC day of the latest refresh
	Next    license.Date // first UTC day on which it can be refreshed again
}

// Error names the package and both days.
func (e *RefreshTooSoonError) Error() string {
	return errtext.Line("lifecycle: package ", errtext.Quote(e.Package.String()), " was refreshed on ", e.Last.String(),
		" and can be refreshed again on ", e.Next.String())
}

// RefreshTakenError ends a refresh that somebody else goes on with. What both did so
// far is done.
type RefreshTakenError struct{ Package pkgversion.PackageID }

// Error names the package.
func (e *RefreshTakenError) Error() string {
	return errtext.Line("lifecycle: somebody else goes on with the refresh of package ", errtext.Quote(e.Package.String()))
}

// RefreshLeftError says that a refresh has done all but the installations that could
// not be read or recorded. It does not use up the week; refresh again to try those
// alone.
type RefreshLeftError struct {
	Package pkgversion.PackageID
	Left    int     // installations
	Errs    []error // why, each an *InstallationError; the first MaxRefused of this call
}

// Error names the package, how many are left, and the first reason.
func (e *RefreshLeftError) Error() string {
	first := ""
	if len(e.Errs) > 0 {
		first = ": " + e.Errs[0].Error()
	}
	return errtext.Line("lifecycle: the refresh of package ", errtext.Quote(e.Package.String()), " left ", itoa(e.Left),
		" installations that could not be read", first)
}

// Unwrap returns the reasons.
func (e *RefreshLeftError) Unwrap() []error { return e.Errs }

// InstallationError says what went wrong about one installation.
type InstallationError struct {
	Installation Installation
	Err          error
}

// Error names the installation and the org, and the reason.
func (e *InstallationError) Error() string {
	return errtext.Line("installation ", errtext.Quote(e.Installation.ID.String()), " in org ", errtext.Quote(e.Installation.Org.String()),
		": ", e.Err.Error())
}

// Unwrap returns the reason.
func (e *InstallationError) Unwrap() error { return e.Err }

// NextRefresh returns the first UTC day on which the package can be refreshed
// again; zero when it never was, and can be now.
func (r Registration) NextRefresh() license.Date {
	if r.LastRefresh.IsZero() {
		return license.Date{}
	}
	return r.LastRefresh.AddDays(RefreshDays)
}
