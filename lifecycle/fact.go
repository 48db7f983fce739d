package lifecycle

import (
	"cmp"
	"slices"
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
	upgradedAt    time.Time // since when it has the latest version that was told, up to uninstalledAt
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
	for _, f := range slices.SortedFunc(slices.Values(facts), byTime) {
		late := !in.uninstalledAt.IsZero() && f.At.After(in.uninstalledAt)
		other := f.Version != in.version || f.Number != in.number
		if f.Kind == FactVersion && !late && other {
			in.upgradedAt, in.version, in.number = f.At, f.Version, f.Number
		}
	}
	return in
}

// has reports whether an installation is as f says, whenever it came about.
func (in installation) has(f Fact) bool {
	switch f.Kind {
	case FactInstalled:
		return in.installed
	case FactUninstalled:
		return !in.uninstalledAt.IsZero()
	}
	return in.installed && in.version == f.Version
}

// byTime orders facts by the instant at which they happened. Of two versions told of
// one instant the higher is the later, and of equal numbers the higher id, so that
// the order of arrival decides nothing.
func byTime(a, b Fact) int {
	return cmp.Or(a.At.Compare(b.At), a.Number.Compare(b.Number), a.Version.Compare(b.Version))
}
