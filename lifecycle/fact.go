package lifecycle

import (
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// FactKind says what a [Fact] tells of an installation.
type FactKind uint8

// The kinds of facts.
const (
	FactInstalled   FactKind = 1 + iota // the package was installed
	FactVersion                         // it has a version
	FactUninstalled                     // it was uninstalled
)

// Fact is one thing that was told of one installation, with the instant at which
// it happened. Facts are never changed and never deleted.
type Fact struct {
	Installation license.InstallationID
	Kind         FactKind
	At           time.Time
	Org          pkgversion.OrgID
	Package      pkgversion.PackageID
	Version      pkgversion.VersionID // of a FactVersion
	Number       pkgversion.Version
}

// installation is what the facts of one installation say, in whatever order they
// came.
type installation struct {
	installed     bool
	installedAt   time.Time // the earliest that was told
	uninstalledAt time.Time // the earliest told that does not precede installedAt
	upgradedAt    time.Time // of the latest version that was told, up to uninstalledAt
	version       pkgversion.VersionID
	number        pkgversion.Version
}

// fold reads facts as if they had come in the order in which they happened.
func fold(facts []Fact) installation {
	var in installation
	for _, f := range facts {
		if f.Kind == FactInstalled && (!in.installed || f.At.Before(in.installedAt)) {
			in.installed, in.installedAt = true, f.At
		}
	}
	for _, f := range facts {
		older := in.uninstalledAt.IsZero() || f.At.Before(in.uninstalledAt)
		if f.Kind == FactUninstalled && in.installed && !f.At.Before(in.installedAt) && older {
			in.uninstalledAt = f.At
		}
	}
	for _, f := range facts {
		if f.Kind == FactVersion && in.supersedes(f) {
			in.upgradedAt, in.version, in.number = f.At, f.Version, f.Number
		}
	}
	return in
}

// supersedes reports whether the version that f tells is later than the one
// known. Of two told of one instant the higher is, and of equal numbers the higher
// id, so that the order of arrival decides nothing.
func (in installation) supersedes(f Fact) bool {
	if !in.uninstalledAt.IsZero() && f.At.After(in.uninstalledAt) {
		return false
	}
	if !f.At.Equal(in.upgradedAt) || in.version.IsZero() {
		return in.version.IsZero() || f.At.After(in.upgradedAt)
	}
	if c := f.Number.Compare(in.number); c != 0 {
		return c > 0
	}
	return f.Version.Compare(in.version) > 0
}
