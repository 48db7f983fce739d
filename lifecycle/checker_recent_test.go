package lifecycle

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Whoever remembers and asks at once, more users than there is room for: what is found is
// what was remembered of that very user, never parts of two.
func TestRecentNeverMixes(t *testing.T) {
	type known struct {
		place
		user seats.UserID
		cell *cell
		was  asked
	}
	var all []known
	for n := range 3 * recentSlots {
		k := known{user: seats.MustUserID(fmt.Sprintf("0052X00000%05d", n)), was: asked(n + 1)}
		k.org, k.pkg = pkgversion.MustOrgID(fmt.Sprintf("00D2X0000000%03d", n%7)), pkgversion.MustPackageID(fmt.Sprintf("0332X0000000%03d", n%5))
		k.cell = newCell(k.place)
		all = append(all, k)
	}
	r := new(recent)
	var found, others sync.WaitGroup
	hits := make([]int, 4)
	for n := range hits {
		rng := rand.New(rand.NewPCG(1, uint64(n)))
		others.Go(func() {
			for range 100_000 {
				k := all[rng.IntN(len(all))]
				r.put(k.org.String(), k.pkg.String(), k.user.String(), k.cell, k.was)
			}
		})
		found.Go(func() {
			for range 100_000 {
				k := all[rng.IntN(len(all))]
				cell, was := r.find(k.org.String(), k.pkg.String(), k.user.String())
				if cell == nil {
					continue
				}
				hits[n]++
				if cell != k.cell || was != k.was {
					t.Errorf("%v in %v: found %v, %d, want %d", k.user, k.place, cell.place, was, k.was)
					return
				}
			}
		})
	}
	others.Wait()
	found.Wait()
	for n, hits := range hits {
		if hits == 0 {
			t.Errorf("asker %d found nobody", n)
		}
	}
}

// Ids that differ in one character, or are no Salesforce ids, are others.
func TestRecentTellsIDsApart(t *testing.T) {
	org, pkg, user := "00D2X0000000001", "0332X0000000001", "0052X0000000001"
	r := new(recent)
	canonical := func(org, pkg, user string) (string, string, string) {
		return pkgversion.MustOrgID(org).String(), pkgversion.MustPackageID(pkg).String(), seats.MustUserID(user).String()
	}
	put := func(org, pkg, user string) {
		org, pkg, user = canonical(org, pkg, user)
		r.put(org, pkg, user, nowhere, 7)
	}
	find := func(org, pkg, user string) bool {
		org, pkg, user = canonical(org, pkg, user)
		cell, _ := r.find(org, pkg, user)
		return cell != nil
	}
	if put(org, pkg, user); !find(org, pkg, user) {
		t.Fatal("not found")
	}
	for i := 3; i < 15; i++ {
		other := func(id string) string { return id[:i] + "z" + id[i+1:] }
		if find(other(org), pkg, user) || find(org, other(pkg), user) || find(org, pkg, other(user)) {
			t.Errorf("character %d does not count", i)
		}
	}
	for _, id := range []string{"u", "somebody@example.com", "0052X000000000", "a052X0000000001"} {
		if put(org, pkg, id); find(org, pkg, id) {
			t.Errorf("%q is remembered", id)
		}
	}
}
