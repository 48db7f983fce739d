package lifecycle_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// A check of a user who holds a seat, in a store with many orgs.
func BenchmarkManagerCheck(b *testing.B) {
	w := newWorld(b, &lifecycle.MemStore{}).live()
	w.must(w.uninstalled(3, org1, seatPackage))
	for n := range 1000 {
		org := license.Org{ID: org2.ID, Name: fmt.Sprint(n)}
		w.install(100+n, org, trialPackage, lead.Person{})
	}
	b.ReportAllocs()
	for b.Loop() {
		d, err := w.Check(b.Context(), w.a, org1.ID, seatPackage, user(1))
		if err != nil || !d.Licensed() {
			b.Fatal(d, err)
		}
	}
}

// One seat given and taken again, by as many callers at once, each with a user of
// their own.
func BenchmarkManagerAssignRevoke(b *testing.B) {
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			w := newWorld(b, &lifecycle.MemStore{}).live()
			ctx := b.Context()
			var number atomic.Int64
			b.ReportAllocs()
			if callers == 1 {
				one := users(7)
				for b.Loop() {
					assignRevoke(b, ctx, w, one)
				}
				return
			}
			b.SetParallelism(callers / 2) // times GOMAXPROCS
			b.RunParallel(func(pb *testing.PB) {
				own := users(int(number.Add(1)) + 100)
				for pb.Next() {
					assignRevoke(b, ctx, w, own)
				}
			})
		})
	}
}

// assignRevoke uses the site license, so that nobody is refused.
func assignRevoke(b *testing.B, ctx context.Context, w *world, own []seats.UserID) {
	if _, err := w.Assign(ctx, w.a, lifecycle.Assign{License: 4, Users: own}); err != nil {
		b.Error(err)
	}
	if _, err := w.Revoke(ctx, w.a, lifecycle.Revoke{License: 4, Users: own}); err != nil {
		b.Error(err)
	}
}

// benchState is what the rules decide on: a license with ten seats, five held.
func benchState() lifecycle.State {
	return lifecycle.State{
		Now: epoch, Actor: vendorA.ID, Package: lifecycle.Registration{Package: pkgversion.Package{ID: seatPackage}, Revision: 1},
		License: license.License{
			ID: 1, Installation: installation(1), Org: org1.ID, Package: seatPackage, Holders: 5, InstalledAt: epoch, Revision: 3,
			Terms: license.Terms{Status: license.Active, Seats: license.MustSeats(10), Expiration: license.Never()},
		},
	}
}

func BenchmarkApplyModify(b *testing.B) {
	s := benchState()
	terms := s.License.Terms
	terms.Seats = license.MustSeats(20)
	c := lifecycle.Modify{License: 1, Terms: terms, Revision: 3}
	b.ReportAllocs()
	for b.Loop() {
		if effects, err := lifecycle.Apply(s, c); err != nil || len(effects) != 2 {
			b.Fatal(effects, err)
		}
	}
}

func BenchmarkApplyAssign(b *testing.B) {
	s := benchState()
	c := lifecycle.Assign{License: 1, Users: users(9)}
	b.ReportAllocs()
	for b.Loop() {
		if effects, err := lifecycle.Apply(s, c); err != nil || len(effects) != 2 {
			b.Fatal(effects, err)
		}
	}
}

// An installation in an org of its own by a person of their own: a license and a
// lead.
func BenchmarkNotifyInstall(b *testing.B) {
	w := newWorld(b, &lifecycle.MemStore{}).stock()
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		org := license.Org{ID: org1.ID, Name: "Acme"}
		if err := org.ID.UnmarshalText(fmt.Append(nil, "org-", n)); err != nil {
			b.Fatal(err)
		}
		in := w.installed(n, org, seatPackage, lead.Person{LastName: "Doe", Email: fmt.Sprintf("doe%d@acme.example", n)})
		in.At = in.At.Add(time.Duration(n) * time.Second)
		if _, err := w.Notify(b.Context(), w.a, in); err != nil {
			b.Fatal(err)
		}
	}
}
