package sfdata

import (
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// Catalog resolves the links between files: rows refer to packages and versions by
// record id, and commands by the ids of the platform. Fill it with the rows of the
// files that are linked to, then use it to turn rows into commands. The zero
// Catalog is ready, and a nil one knows nothing. It is not safe for concurrent
// use.
type Catalog struct {
	packages  map[pkgversion.RecordID]pkgversion.PackageID
	versions  map[pkgversion.RecordID]pkgversion.PackageVersion
	orgs      map[pkgversion.OrgID]license.Org
	recordIDs map[string]pkgversion.RecordID // by platform id
}

func put[K comparable, V any](m *map[K]V, key K, value V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[key] = value
}

// AddPackage lets links to the row resolve: by its record id, and by the
// package's platform id.
func (c *Catalog) AddPackage(row PackageRow) {
	put(&c.packages, asLink(row.PackageID.String()), row.PackageID)
	if !row.ID.IsZero() {
		put(&c.packages, row.ID, row.PackageID)
		put(&c.recordIDs, row.PackageID.String(), row.ID)
	}
}

// AddVersion lets links to the row resolve, likewise. The error is that of
// [VersionRow.Number].
func (c *Catalog) AddVersion(row VersionRow) error {
	number, err := row.Number()
	if err != nil {
		return err
	}
	v := pkgversion.PackageVersion{ID: row.VersionID, Version: number}
	put(&c.versions, asLink(row.VersionID.String()), v)
	if !row.ID.IsZero() {
		put(&c.versions, row.ID, v)
		put(&c.recordIDs, row.VersionID.String(), row.ID)
	}
	return nil
}

// AddSubscriber lets licenses have the name of their org, and sandboxes that of
// their production org.
func (c *Catalog) AddSubscriber(row SubscriberRow) {
	org := license.Org{Name: row.OrgName, Production: row.ParentOrg}
	if known, ok := c.orgs[row.Org]; ok && org.Production.IsZero() {
		org.Production = known.Production
	}
	put(&c.orgs, row.Org, org)
}

// asLink returns a platform id in the type of links.
func asLink(id string) pkgversion.RecordID {
	link, _ := pkgversion.ParseRecordID(id) // canonical ids are valid, and "" is none
	return link
}

func (c *Catalog) packageOf(field string, link pkgversion.RecordID) (id pkgversion.PackageID, err error) {
	if c != nil {
		id = c.packages[link]
	}
	if id.IsZero() {
		return id, missing(field, link, "names a package that is in no file of packages")
	}
	return id, nil
}

func (c *Catalog) versionOf(field string, link pkgversion.RecordID) (v pkgversion.PackageVersion, err error) {
	if c != nil {
		v = c.versions[link]
	}
	if v.ID.IsZero() {
		return v, missing(field, link, "names a package version that is in no file of versions")
	}
	return v, nil
}

func missing(field string, link pkgversion.RecordID, reason string) error {
	if link.IsZero() {
		reason = "must not be empty"
	}
	return &RowError{Field: field, Value: link.String(), Reason: reason}
}

func (c *Catalog) packageLink(id pkgversion.PackageID) pkgversion.RecordID {
	return c.link(id.String())
}

func (c *Catalog) versionLink(id pkgversion.VersionID) pkgversion.RecordID {
	return c.link(id.String())
}

// link returns the record id of what has the platform id, or else the platform id.
func (c *Catalog) link(id string) pkgversion.RecordID {
	if c != nil {
		if record, ok := c.recordIDs[id]; ok {
			return record
		}
	}
	return asLink(id)
}

// complete returns org with what the subscriber's row says and org does not.
func (c *Catalog) complete(org license.Org) license.Org {
	if c == nil {
		return org
	}
	known := c.orgs[org.ID]
	if org.Name == "" {
		org.Name = known.Name
	}
	if org.Production.IsZero() && org.Sandbox {
		org.Production = known.Production
	}
	return org
}
