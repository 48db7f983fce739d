// Package brindlemoor is a made-up vendor for the examples to work on: its books as
// Data Loader exported them at the end of June 2026, and what its webhook received. No
// row describes a real person or company.
package brindlemoor

import (
	"embed"
	"io/fs"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
	"github.com/isvkit/isvkit/pkgversion"
)

//go:embed export
var embedded embed.FS

// Vendor is the id of its License Management Org.
var Vendor = pkgversion.MustVendorID("00D3k000008OzZsEAK")

// Files returns the exported files.
func Files() fs.FS {
	dir, err := fs.Sub(embedded, "export")
	if err != nil {
		return embedded // cannot happen: the name is a valid one
	}
	return dir
}

// Books returns what lifecycle.Manager.Import needs to take over the vendor's books.
func Books() sfdata.Import {
	dir := Files()
	return sfdata.Import{
		Owners:      sfdata.FileIn(dir, "users.csv"),
		Packages:    sfdata.FileIn(dir, "packages.csv"),
		Versions:    sfdata.FileIn(dir, "package_versions.csv"),
		Subscribers: sfdata.FileIn(dir, "package_subscribers.csv"),
		Accounts:    sfdata.FileIn(dir, "accounts.csv"),
		Contacts:    sfdata.FileIn(dir, "contacts.csv"),
		Leads:       sfdata.FileIn(dir, "leads.csv"),
		Licenses:    sfdata.FileIn(dir, "licenses.csv"),
		Seats:       sfdata.FileIn(dir, "user_package_licenses.csv"),
		Register:    defaults,
	}
}

// Notifications returns what the webhook received, in the order of arrival.
func Notifications() sfdata.Import {
	return sfdata.Import{Notifications: sfdata.FileIn(Files(), "notifications.jsonl")}
}

// defaults gives each package the terms of its new licenses, which no export has.
func defaults(r lifecycle.Registration) lifecycle.Registration {
	switch r.Package.Name {
	case "Brindlemoor Contracts":
		r.Defaults = license.Defaults{Status: license.Trial, Days: 30, Seats: license.MustSeats(5)}
	case "Brindlemoor Field Desk":
		r.Defaults = license.Defaults{Status: license.Trial, Days: 14, Seats: license.MustSeats(10)}
	}
	return r
}
