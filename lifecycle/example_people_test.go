package lifecycle_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// What people may do comes from the directory that the caller has already.
func ExamplePermissions() {
	directory := map[string]lifecycle.Permissions{
		"olga": lifecycle.Everything,
		"sam":  lifecycle.Read,
	}
	m, err := lifecycle.New(lifecycle.Config{
		Store: &lifecycle.MemStore{},
		May: func(_ context.Context, a lifecycle.Actor) (lifecycle.Permissions, error) {
			return directory[a.ID.String()], nil // nothing to who is not in it
		},
	})
	check(err)

	sam := lifecycle.Actor{Vendor: vendor.Vendor, ID: lifecycle.MustActorID("sam")}
	_, err = m.RegisterPackage(ctx, sam, lifecycle.Registration{Package: pkgversion.Package{ID: rocket, Name: "Rocket"}})
	fmt.Println(err)
	_, err = m.RegisterPackage(ctx, vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket, Name: "Rocket"}})
	fmt.Println(err)
	// Output:
	// lifecycle: "sam" is denied: it needs manage listings and has read
	// <nil>
}

// The administrator of a subscriber org sees and seats its own people.
func ExampleDeniedError() {
	m := vendorWith(3)
	admin := lifecycle.Actor{Vendor: vendor.Vendor, ID: lifecycle.MustActorID("umbra's admin"), Org: umbra.ID}
	seating, err := m.Assign(ctx, admin, lifecycle.Assign{License: 1, Users: someone("ada", "bob")})
	fmt.Println(len(seating.Assigned), err)

	_, err = m.Modify(ctx, admin, lifecycle.Modify{License: 1, Revision: 1, Terms: license.Terms{
		Status: license.Active, Seats: license.MustSeats(100), Expiration: license.Never(),
	}})
	var denied *lifecycle.DeniedError
	fmt.Println(errors.As(err, &denied), err)
	// Output:
	// 2 <nil>
	// true lifecycle: "umbra's admin" is denied: it acts for an org, and only the vendor's own people can do this
}
