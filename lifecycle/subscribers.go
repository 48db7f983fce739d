package lifecycle

import (
	"context"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// Subscribers is the side of the subscriber orgs, as whoever uses a [Manager]
// reaches it. Package subscribertest has one in memory.
//
// It is called by several goroutines at once, never within a transaction, and each
// call may be made again. An org that is locked, deleted or disabled is an error
// that wraps an [*UnreachableOrgError] with its Status; the library remembers that,
// and refuses to modify the org's licenses from then on.
type Subscribers interface {
	// List returns at most limit installations of a package, in the order of their
	// ids, after the given one: those that are there, and those that are gone where
	// it still knows.
	List(ctx context.Context, pkg pkgversion.PackageID, after license.InstallationID, limit int) ([]Installation, error)

	// Pull reads what an org has of an installation now.
	Pull(ctx context.Context, i Installation) (Observation, error)

	// Push sets the terms of an installation in its org, and returns what the org has
	// then. An org that was given a higher Revision by the same Vendor keeps what it has:
	// a push that is late, or repeated, does nothing and is no error. Another vendor's
	// push begins anew: a package that moved to another vendor org has new licenses
	// there, and their revisions say nothing of the earlier ones.
	Push(ctx context.Context, p Push) (Observation, error)
}

// Installation names an installation and where it is.
type Installation struct {
	ID      license.InstallationID
	Org     pkgversion.OrgID
	Package pkgversion.PackageID
}

// Push is what an org is to have of an installation.
type Push struct {
	Installation
	Vendor   pkgversion.VendorID // whose license it is
	License  license.ID
	Terms    license.Terms
	Revision int64 // of the license; rises with every change of its terms
}

// Observation is what was read in a subscriber org of one installation. What is not
// known stays zero, and nothing follows from it: of the org, too, what was known
// stays. But an org that is read can be reached: where it was locked, deleted or
// disabled, and does not say what it is now, it is Active.
type Observation struct {
	Installation
	InOrg license.Org // the org; its ID, where set, is that of Installation

	InstalledAt   time.Time // needed where the installation has no license yet
	Gone          bool      // it was uninstalled
	UninstalledAt time.Time // when; zero: not known

	Version pkgversion.VersionID
	Number  pkgversion.Version // of Version; needed only where the version is not published

	Installer lead.Person  // who installed
	Zone      license.Zone // in which the license's days are counted

	Values license.Observed // status, allowed and used seats, expiration; AsOf zero: when the org was asked, or of an [Observe] when it is told
}
