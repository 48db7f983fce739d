package pkgversion

import (
	"iter"
	"time"
)

// Package is what a vendor ships. The zero Package is none.
type Package struct {
	ID           PackageID
	RecordID     RecordID // of the row in the vendor's Salesforce org, if any
	Name         string
	Namespace    string // packages of one namespace are licensed to a user together; see lifecycle
	Developer    string // name of the packaging org or Dev Hub
	DeveloperOrg OrgID
}

// PackageVersion is one uploaded version of a package. The zero PackageVersion
// is none.
//
// The guides give a version a beta flag, and say elsewhere that betas never come to the
// vendor's org. Here betas are recorded and marked, see [Version.IsBeta], installed in
// sandboxes and trial orgs only, and never upgraded.
type PackageVersion struct {
	ID         VersionID
	RecordID   RecordID // of the row in the vendor's Salesforce org, if any
	Package    PackageID
	Version    Version
	Name       string    // as the vendor typed it
	Sequence   int       // order of upload within the package
	ReleasedAt time.Time // UTC; of an import that knows the day alone, its first instant
}

// Latest returns the highest released version: betas do not count. It reports
// false where there is none.
func Latest(versions iter.Seq[PackageVersion]) (latest PackageVersion, ok bool) {
	for v := range versions {
		if v.Version.IsZero() || v.Version.IsBeta() {
			continue
		}
		if !ok || latest.Version.Less(v.Version) {
			latest, ok = v, true
		}
	}
	return latest, ok
}
