package lifecycle_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

// S23: a user made inactive keeps the seat, or frees it where the pool's policy says so,
// exactly once however often it is told; made active they get back that seat and no
// other, and when none remains the error names the pool.
func TestS23InactiveUsers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, &lifecycle.MemStore{}).stock()
		r := w.registration(seatPackage)
		r.FreeSeats = rapid.Bool().Draw(t, "free seats")
		w.must(lifecycle.ChangePackage{Registration: r})
		w.install(1, org1, seatPackage, jane)
		const seatsThere = 3
		holds, freed := map[int]bool{}, map[int]bool{} // the slow twin
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			n := rapid.IntRange(0, 4).Draw(t, "user")
			u := user(n)
			full := len(holds) == seatsThere
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				if err := w.run(lifecycle.Assign{License: 1, Users: users(n)}); (err != nil) != (full && !holds[n]) {
					t.Fatalf("Assign = %v with %v", err, holds)
				} else if err == nil {
					holds[n] = true
					delete(freed, n)
				}
			case 1:
				w.must(lifecycle.Revoke{License: 1, Users: users(n)})
				delete(holds, n)
			case 2:
				w.must(lifecycle.DeactivateUser{License: 1, User: u})
				if r.FreeSeats && holds[n] {
					delete(holds, n)
					freed[n] = true
				}
			case 3:
				c := lifecycle.ReactivateUser{License: 1, User: u}
				if full && freed[n] {
					err := refused[*lifecycle.PoolError](w, c)
					var exhausted *seats.ExhaustedError
					if err.License != 1 || err.Package != seatPackage || !errors.As(err, &exhausted) {
						t.Fatalf("the error is %v, want it to name the pool", err)
					}
					continue
				}
				w.must(c)
				if freed[n] {
					holds[n] = true
					delete(freed, n)
				}
			}
			before := w.dump()
			if !holds[n] {
				w.must(lifecycle.DeactivateUser{License: 1, User: u})
				w.unchanged(before, "telling it again")
			}
			if got := w.license(license.ID(1)).Holders; got != len(holds) {
				t.Fatalf("%d hold a seat, want %d", got, len(holds))
			}
		}
	})
}
