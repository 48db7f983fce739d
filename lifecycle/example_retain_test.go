package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// A vendor keeps a year of history, once its consumers have seen the rest.
func ExampleManager_Retain() {
	now := time.Date(2024, 6, 30, 12, 0, 0, 0, time.UTC)
	m, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Now: func() time.Time { return now }})
	check(err)
	r, err := m.RegisterPackage(ctx, vendor, lifecycle.Registration{Defaults: license.Defaults{Status: license.Trial, Days: 30},
		Package: pkgversion.Package{ID: rocket, Name: "Rocket"}})
	check(err)
	for grace := 1; grace <= 3; grace++ {
		now = now.AddDate(0, 6, 0)
		r.Policy.GraceDays = grace
		r, err = m.ChangePackage(ctx, vendor, r)
		check(err)
	}
	check(m.Consume(ctx, vendor, "billing", func(context.Context, lifecycle.Event) error { return nil }))
	consumers, err := m.Consumers(ctx, vendor)
	check(err)
	for _, c := range consumers {
		if c.Behind > 0 {
			check(m.MoveConsumer(ctx, vendor, c.Name, c.Seq+c.Behind)) // what it has not seen it need not see
		}
	}
	fmt.Println(len(consumers), lifecycle.Consumer{Name: "billing", Seq: 4} == consumers[0])

	removed, err := m.Retain(ctx, vendor, now.AddDate(0, -3, 0))
	check(err)
	fmt.Println(removed, "removed")
	for e, err := range m.Events(ctx, vendor, 0) {
		check(err)
		fmt.Println(e.Seq, lifecycle.KindOf(e.Change))
		if c, ok := e.Change.(lifecycle.Retained); ok {
			fmt.Println("through", c.Through, "in all", c.Removed)
		}
	}
	_, err = m.CheckLicenseAsOf(ctx, vendor, 1, seats.MustUserID("ada"), now.AddDate(-1, 0, 0))
	if before, ok := errors.AsType[*lifecycle.BeforeRetentionError](err); ok {
		fmt.Println("complete since", before.Since.Format(time.DateOnly))
	}
	// Output:
	// 1 true
	// 1 removed
	// 1 package changed
	// 3 package changed
	// 4 package changed
	// 5 retained
	// through 2 in all 1
	// complete since 2025-09-30
}
