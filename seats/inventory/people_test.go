package inventory

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
	"pgregory.net/rapid"
)

var (
	someUsers = []seats.UserID{seats.MustUserID("a"), seats.MustUserID("b"), seats.MustUserID("c")}
	somePools = []PoolID{MustPoolID("p"), MustPoolID("q")}
	someRoles = []string{"r", "s"}
)

func drawPeople(t *rapid.T, label string) []Person {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Person {
		return Person{User: rapid.SampledFrom(someUsers).Draw(t, "user"), Roles: rapid.SliceOfN(rapid.SampledFrom(someRoles), 0, 2).Draw(t, "roles"),
			Left: rapid.Bool().Draw(t, "left")}
	}), 0, 4).Draw(t, label)
}

func drawHoldings(t *rapid.T) []Holding {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Holding {
		return Holding{rapid.SampledFrom(somePools).Draw(t, "pool"), rapid.SampledFrom(someUsers).Draw(t, "user")}
	}), 0, 6).Draw(t, "held")
}

// has reports whether people give a user a role; the zero role is any.
func has(people []Person, user seats.UserID, role string) bool {
	return slices.ContainsFunc(people, func(p Person) bool {
		return p.User == user && !p.Left && (role == "" || slices.Contains(p.Roles, role))
	})
}

// Each pool and user, one by one, agree with the report.
func TestRolesAgainstSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := []RoleRule{{"r", somePools[0]}, {"s", somePools[0]}}
		if rapid.Bool().Draw(t, "second pool") {
			rules = append(rules, RoleRule{"s", somePools[1]})
		}
		people, held := drawPeople(t, "people"), drawHoldings(t)
		var want RoleReport
		for _, pool := range somePools {
			for _, user := range someUsers {
				h := Holding{pool, user}
				should, governed := false, false
				for _, r := range rules {
					governed = governed || r.Pool == pool
					should = should || r.Pool == pool && has(people, user, r.Role)
				}
				switch does := slices.Contains(held, h); {
				case should && !does:
					want.Missing = append(want.Missing, h)
				case should && does:
					want.Correct++
				case does && governed:
					want.Surplus = append(want.Surplus, h)
				}
			}
		}
		got := CheckRoles(rules, slices.Values(people), slices.Values(held))
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
		p := Pool{ID: somePools[0], Manual: Layer{Purchased: MustCount(3), Used: MustCount(2)}}
		d := got.Demand(p)
		if n, _ := d.After.Int(); n != 1-d.Missing+d.Surplus {
			t.Fatalf("%+v leaves %v", got, d.After)
		}
	})
}

// Each user, one by one, agrees with the changes; leavers, and they alone, lose
// their seats.
func TestDiffPeopleAgainstSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known, listed, held := drawPeople(t, "known"), drawPeople(t, "listed"), drawHoldings(t)
		limit := rapid.IntRange(0, 3).Draw(t, "limit")
		got, err := DiffPeople(slices.Values(known), slices.Values(listed), limit)
		var joined, left, moved []seats.UserID
		for _, u := range someUsers {
			was, is := has(known, u, ""), has(listed, u, "")
			switch {
			case !was && is:
				joined = append(joined, u)
			case was && !is:
				left = append(left, u)
			case was && is && (has(known, u, "r") != has(listed, u, "r") || has(known, u, "s") != has(listed, u, "s")):
				moved = append(moved, u)
			}
		}
		if len(left) > limit {
			var refused *LeaversError
			if !errors.As(err, &refused) || refused.Leavers != len(left) || got.Leavers != nil {
				t.Fatalf("%d leavers of at most %d: %+v, %v", len(left), limit, got, err)
			}
			return
		}
		user := func(p Person) seats.UserID { return p.User }
		if err != nil || !same(got.Joiners, user, joined) || !same(got.Leavers, user, left) ||
			!same(got.Movers, func(c RoleChange) seats.UserID { return c.User }, moved) {
			t.Fatalf("%+v, %v, want joiners %v, leavers %v, movers %v", got, err, joined, left, moved)
		}
		var free []Holding
		for _, pool := range somePools {
			for _, u := range left {
				if h := (Holding{pool, u}); slices.Contains(held, h) {
					free = append(free, h)
				}
			}
		}
		if got := got.Deprovision(slices.Values(held)); !slices.Equal(got, free) {
			t.Fatalf("to free %v, want %v", got, free)
		}
	})
}

func same[T any](list []T, user func(T) seats.UserID, want []seats.UserID) bool {
	return slices.EqualFunc(list, want, func(a T, b seats.UserID) bool { return user(a) == b })
}

// Log-ins counted one by one, in the days and months that a zone's clocks show.
func TestLoginsAgainstSlowTwin(t *testing.T) {
	zones := []license.Zone{license.UTC, license.MustZone("Pacific/Kiritimati"), license.MustZone("America/St_Johns")}
	formats := map[LoginRule]string{EveryLogin: time.RFC3339Nano, OncePerDay: time.DateOnly, OncePerMonth: "2006-01"}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		rule := LoginRule(rapid.IntRange(1, 3).Draw(t, "rule"))
		midnight := license.MustDate("2024-03-01").Start()
		seen, want := make(map[string]bool), make(map[string]int)
		var logins []Login
		for i := range rapid.IntRange(0, 20).Draw(t, "log-ins") {
			l := Login{rapid.SampledFrom(someUsers).Draw(t, "user"), midnight.Add(time.Duration(rapid.IntRange(-60, 60).Draw(t, "hours")) * time.Hour)}
			logins = append(logins, l)
			local := l.At.In(zone.Location())
			key := l.User.String() + local.Format(formats[rule])
			if rule == EveryLogin {
				key = fmt.Sprint(i)
			}
			if !seen[key] {
				seen[key] = true
				want[local.Format("2006-01")]++
			}
		}
		got, err := CountLogins(rule, zone, MustCount(2), slices.Values(logins))
		if err != nil || len(got) != len(want) {
			t.Fatalf("%v, %v, want %v", got, err, want)
		}
		for _, m := range got {
			if m.Used != want[m.Month.String()] || m.Remaining() != MustCount(2-m.Used) {
				t.Fatalf("%+v, want %d used", m, want[m.Month.String()])
			}
		}
	})
	if _, err := CountLogins(0, license.UTC, Count{}, slices.Values([]Login(nil))); err == nil {
		t.Error("no rule was taken")
	}
	if got := (LoginMonth{Used: license.MaxSeats + 1, Entitled: MustCount(1)}).Remaining(); !got.IsZero() {
		t.Errorf("remaining past the limit: %v", got)
	}
}
