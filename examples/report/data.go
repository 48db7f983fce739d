package main

import (
	"embed"
	"encoding"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strconv"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/inventory"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// The shipped data: exports of a made-up vendor, its own licence pools, and how many
// of their seats lie idle. No row describes a real person or company.
//
//go:embed data
var embedded embed.FS

// books is what a report is made from.
type books struct {
	licenses []installed
	held     []heldSeat
	pools    []inventory.Pool
	idle     map[inventory.PoolID]int // seats of a pool that lie idle; a pool that is not in it: nobody has looked
}

// installed is a license with the names of what it is about.
type installed struct {
	license.License
	org, pkg string
	seats    inventory.Layer
}

// heldSeat is a seat that a subscriber's user holds.
type heldSeat struct {
	reclaim.Subject
	isActive bool // the user is; one who was deactivated keeps the seat
}

// open returns the files of a folder, or the shipped ones for "".
func open(folder string) (fs.FS, error) {
	if folder == "" {
		return fs.Sub(embedded, "data")
	}
	return os.DirFS(folder), nil
}

func readBooks(fsys fs.FS) (*books, error) {
	var b books
	var err error
	if b.licenses, err = readLicenses(fsys); err != nil {
		return nil, err
	}
	if b.held, err = b.readSeats(fsys); err != nil {
		return nil, err
	}
	if b.pools, err = readPools(fsys); err != nil {
		return nil, err
	}
	b.idle, err = readIdle(fsys)
	return &b, err
}

// rows reads a whole file of Salesforce's with a reader of package sfdata, and stops
// at the first row that is bad.
func rows[T any](fsys fs.FS, name string, read func(io.Reader, sfdata.ReadOptions) iter.Seq2[T, error]) (all []T, err error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	for row, err := range read(file, sfdata.ReadOptions{File: name}) {
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

func readLicenses(fsys fs.FS) ([]installed, error) {
	catalog, names, err := readCatalog(fsys)
	if err != nil {
		return nil, err
	}
	list, err := rows(fsys, "licenses.csv", sfdata.Licenses)
	if err != nil {
		return nil, err
	}
	var all []installed
	for _, row := range list {
		record, err := row.Command(catalog)
		if err != nil {
			return nil, err
		}
		one := installed{License: record.License, org: record.Org.Name, pkg: names[record.License.Package]}
		if one.org == "" {
			one.org = record.Org.ID.String()
		}
		if one.seats, err = seatsOf(row); err != nil {
			return nil, fmt.Errorf("%v: %w", row.Name, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// readCatalog returns what links between the files resolve to, and the names of the
// packages.
func readCatalog(fsys fs.FS) (*sfdata.Catalog, map[pkgversion.PackageID]string, error) {
	packages, err1 := rows(fsys, "packages.csv", sfdata.Packages)
	versions, err2 := rows(fsys, "package_versions.csv", sfdata.Versions)
	subscribers, err3 := rows(fsys, "package_subscribers.csv", sfdata.Subscribers)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, nil, err
	}
	var catalog sfdata.Catalog
	names := make(map[pkgversion.PackageID]string)
	for _, row := range packages {
		catalog.AddPackage(row)
		names[row.PackageID] = row.Name
	}
	for _, row := range versions {
		if err := catalog.AddVersion(row); err != nil {
			return nil, nil, err
		}
	}
	for _, row := range subscribers {
		catalog.AddSubscriber(row)
	}
	return &catalog, names, nil
}

// seatsOf returns the seats of a license as its subscriber was last seen to use them.
func seatsOf(row sfdata.LicenseRow) (layer inventory.Layer, err error) {
	layer = inventory.Layer{Kind: inventory.PackageLicense, Purchased: inventory.CountOf(row.Seats)}
	if row.Used.Known {
		layer.Used, err = inventory.NewCount(row.Used.N)
	}
	return layer, err
}

// readSeats returns who holds a seat of which license, and when they last logged in.
func (b *books) readSeats(fsys fs.FS) ([]heldSeat, error) {
	users, err1 := rows(fsys, "subscriber_users.csv", sfdata.Users)
	held, err2 := rows(fsys, "user_package_licenses.csv", sfdata.Seats)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	known := make(map[seats.UserID]sfdata.UserRow)
	for _, u := range users {
		known[u.ID] = u
	}
	licenses := make(map[license.InstallationID]license.ID)
	for _, l := range b.licenses {
		licenses[l.Installation] = l.ID
	}
	var all []heldSeat
	for _, row := range held {
		id, found := licenses[row.Installation]
		if row.IsRevoked || !found {
			continue // given up, or of another vendor's package
		}
		user, found := known[row.User]
		if !found {
			return nil, fmt.Errorf("user_package_licenses.csv: user %v is not in subscriber_users.csv", row.User)
		}
		all = append(all, heldSeat{isActive: user.IsActive, Subject: reclaim.Subject{
			Assignment: seats.Assignment{License: id, User: row.User, AssignedAt: row.CreatedDate},
			LastLogin:  user.LastLogin, Profile: user.Profile,
		}})
	}
	return all, nil
}

func readPools(fsys fs.FS) (pools []inventory.Pool, err error) {
	for row, err := range records(fsys, "license_pools.csv") {
		if err != nil {
			return nil, err
		}
		p := inventory.Pool{Manual: inventory.Layer{Name: row["License Name"], Key: row["License Key"]}}
		amount := ""
		if row["Amount"] != "" {
			amount = row["Amount"] + " " + row["Currency"]
		}
		if err := errors.Join(
			parse(&p.ID, row["Unique ID"]),
			parse(&p.Manual.Kind, row["License Type"]),
			parse(&p.Manual.Purchased, row["Purchased Quantity"]),
			parse(&p.Manual.Used, row["Used"]),
			parse(&p.Contract.Amount, amount),
			parse(&p.Contract.Frequency, row["Payment Frequency"]),
			parse(&p.Contract.Term.First, row["Effective Date"]),
			parse(&p.Contract.Term.Last, row["Ending Date"]),
		); err != nil {
			return nil, fmt.Errorf("license_pools.csv: pool %q: %w", row["Unique ID"], err)
		}
		if err := errors.Join(p.Manual.Validate(), p.Contract.Validate()); err != nil {
			return nil, fmt.Errorf("license_pools.csv: pool %q: %w", row["Unique ID"], err)
		}
		pools = append(pools, p)
	}
	return pools, nil
}

// readIdle returns how many seats of each pool lie idle, as far as somebody has
// looked: a folder without the file is as good.
func readIdle(fsys fs.FS) (map[inventory.PoolID]int, error) {
	idle := make(map[inventory.PoolID]int)
	for row, err := range records(fsys, "idle_seats.csv") {
		if errors.Is(err, fs.ErrNotExist) {
			return idle, nil
		}
		if err != nil {
			return nil, err
		}
		var id inventory.PoolID
		n, err := strconv.Atoi(row["Idle Seats"])
		if err := errors.Join(err, parse(&id, row["Unique ID"])); err != nil {
			return nil, fmt.Errorf("idle_seats.csv: pool %q: %w", row["Unique ID"], err)
		}
		idle[id] = n
	}
	return idle, nil
}

// records yields the rows of a CSV file by the names of its columns.
func records(fsys fs.FS, name string) iter.Seq2[map[string]string, error] {
	return func(yield func(map[string]string, error) bool) {
		file, err := fsys.Open(name)
		if err != nil {
			yield(nil, err)
			return
		}
		defer file.Close()
		lines, err := csv.NewReader(file).ReadAll()
		if err != nil {
			yield(nil, fmt.Errorf("%s: %w", name, err))
			return
		}
		for i := 1; i < len(lines); i++ {
			row := make(map[string]string)
			for j, column := range lines[0] {
				row[column] = lines[i][j]
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func parse(field encoding.TextUnmarshaler, text string) error {
	return field.UnmarshalText([]byte(text))
}
