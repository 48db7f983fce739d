package storetest_test

import (
	"context"
	"fmt"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/storetest"
	"github.com/isvkit/isvkit/pkgversion"
)

// A function that counts on being called once is found out.
func ExampleRetrying() {
	ctx, vendor := context.Background(), pkgversion.MustVendorID("acme")
	store := storetest.Retrying(&lifecycle.MemStore{})
	olga := lifecycle.PutOwner{Owner: lead.Owner{ID: lead.MustOwnerID("olga")}}

	saved := 0
	err := store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		saved++ // wrong: set results anew
		return tx.Write(ctx, vendor, olga)
	})
	fmt.Println("saved", saved, "owners", err)
	// Output: saved 2 owners <nil>
}
