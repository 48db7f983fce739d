package lifecycle

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Whoever remembers and asks at once, about users who share few places: what is found is what
// was remembered of that very user, never parts of two.
func TestRecentNeverMixes(t *testing.T) {
	type known struct {
		place
		user seats.UserID
		cell *cell
		was  asked
	}
	var all []known
	r := new(recent)
	for n := range 8 * recentSlots {
		k := known{user: seats.MustUserID(fmt.Sprintf("0052X00000%05d", n)), was: asked(n + 1)}
		k.org, k.pkg = pkgversion.MustOrgID(fmt.Sprintf("00D2X0000000%03d", n%7)), pkgversion.MustPackageID(fmt.Sprintf("0332X0000000%03d", n%5))
		k.cell = newCell(k.place)
		if a, b, c, d, e, _ := threeIDs(k.org.String(), k.pkg.String(), k.user.String()); r.slot(a, b, c, d, e) == &r[0] {
			all = append(all, k)
		}
	}
	var working sync.WaitGroup
	for n := range uint64(4) {
		working.Go(func() {
			rng := rand.New(rand.NewPCG(1, n))
			for range 100_000 {
				k := all[rng.IntN(len(all))]
				r.put(k.org.String(), k.pkg.String(), k.user.String(), k.cell, k.was)
			}
		})
		working.Go(func() {
			rng := rand.New(rand.NewPCG(2, n))
			for range 100_000 {
				k := all[rng.IntN(len(all))]
				if cell, was := r.find(k.org.String(), k.pkg.String(), k.user.String()); cell != nil && (cell != k.cell || was != k.was) {
					t.Errorf("%v in %v: found %v, %d, want %d", k.user, k.place, cell.place, was, k.was)
					return
				}
			}
		})
	}
	working.Wait()
	for _, k := range all {
		r.put(k.org.String(), k.pkg.String(), k.user.String(), k.cell, k.was)
		if cell, was := r.find(k.org.String(), k.pkg.String(), k.user.String()); cell != k.cell || was != k.was {
			t.Errorf("%v in %v is not found", k.user, k.place)
		}
	}
}

// While somebody writes, nobody else does, and nothing is found; nobody waits.
func TestRecentWhileSomebodyWrites(t *testing.T) {
	org, pkg, user := pkgversion.MustOrgID("00D2X0000000001").String(), pkgversion.MustPackageID("0332X0000000001").String(), seats.MustUserID("0052X0000000001").String()
	r := new(recent)
	r.put(org, pkg, user, nowhere, 7)
	a, b, c, d, e, _ := threeIDs(org, pkg, user)
	turn := &r.slot(a, b, c, d, e).turn
	turn.Add(1)
	if cell, _ := r.find(org, pkg, user); cell != nil {
		t.Error("found while somebody writes")
	}
	r.put(org, pkg, user, nowhere, 8)
	turn.Add(1)
	if cell, was := r.find(org, pkg, user); cell != nowhere || was != 7 {
		t.Errorf("found %v, %d: two have written at once", cell, was)
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
