package inventory

import (
	"cmp"
	"iter"
	"slices"

	"github.com/isvkit/isvkit/seats"
)

// Person is a row of a directory or an HR list.
type Person struct {
	User  seats.UserID
	Roles []string
	Left  bool // the list still names them, as gone
}

// Holding is a seat of a pool that a user holds.
type Holding struct {
	Pool PoolID
	User seats.UserID
}

func (h Holding) compare(other Holding) int {
	return cmp.Or(h.Pool.Compare(other.Pool), h.User.Compare(other.User))
}

// RoleRule says that who has a role should hold a seat of a pool.
type RoleRule struct {
	Role string
	Pool PoolID
}

// RoleReport is the difference between who should hold a seat by role and who
// does, ordered by pool and user.
type RoleReport struct {
	Missing []Holding // should hold a seat, and does not
	Surplus []Holding // holds a seat, and no role says so: people who left and strangers to the list included
	Correct int       // seats held as they should be
}

// CheckRoles compares the seats held with those that roles give. Pools that no rule
// names are not looked at. A person listed twice has the roles of every row that
// does not say they left. An empty list of people makes a surplus of every seat held;
// see [DiffPeople] for a check of the list itself.
func CheckRoles(rules []RoleRule, people iter.Seq[Person], held iter.Seq[Holding]) RoleReport {
	poolsOf := make(map[string][]PoolID)
	governed := make(map[PoolID]bool)
	for _, r := range rules {
		poolsOf[r.Role] = append(poolsOf[r.Role], r.Pool)
		governed[r.Pool] = true
	}
	should := shouldHold(poolsOf, people)
	var report RoleReport
	does := make(map[Holding]bool)
	for h := range held {
		if !governed[h.Pool] || does[h] {
			continue
		}
		does[h] = true
		if should[h] {
			report.Correct++
		} else {
			report.Surplus = append(report.Surplus, h)
		}
	}
	for h := range should {
		if !does[h] {
			report.Missing = append(report.Missing, h)
		}
	}
	slices.SortFunc(report.Missing, Holding.compare)
	slices.SortFunc(report.Surplus, Holding.compare)
	return report
}

// shouldHold returns the seats that people have a right to by their roles.
func shouldHold(poolsOf map[string][]PoolID, people iter.Seq[Person]) map[Holding]bool {
	should := make(map[Holding]bool)
	for p := range people {
		if p.Left || p.User.IsZero() {
			continue
		}
		for _, role := range p.Roles {
			for _, pool := range poolsOf[role] {
				should[Holding{pool, p.User}] = true
			}
		}
	}
	return should
}

// Demand is what a role report asks of one pool.
type Demand struct {
	Pool             PoolID
	Missing, Surplus int
	After            Count // what would remain if the report were carried out; below zero: so many seats short
}

// Demand returns what the report asks of a pool.
func (r RoleReport) Demand(p Pool) Demand {
	d := Demand{Pool: p.ID}
	for _, h := range r.Missing {
		if h.Pool == p.ID {
			d.Missing++
		}
	}
	for _, h := range r.Surplus {
		if h.Pool == p.ID {
			d.Surplus++
		}
	}
	if more, err := NewCount(d.Missing - d.Surplus); err == nil {
		d.After = p.Remaining().Minus(more)
	}
	return d
}

// Changes is what a new list of people says against what was known, each ordered
// by user.
type Changes struct {
	Joiners []Person // not known before
	Leavers []Person // known, and not on the list any more or marked as gone; with the roles they had
	Movers  []RoleChange
}

// RoleChange is a person whose roles are not the same any more.
type RoleChange struct {
	User        seats.UserID
	Lost, Given []string // roles, in order
}

// DiffPeople compares a list, from a directory or HR, with the people known before.
// More leavers than maxLeavers are a *LeaversError, so that a list that was cut off
// takes nobody's seat away; zero allows none. A person listed twice has the roles
// of every row that does not say they left, and has left if all do.
func DiffPeople(known, listed iter.Seq[Person], maxLeavers int) (Changes, error) {
	before, after := collectPeople(known), collectPeople(listed)
	var c Changes
	for user, p := range after {
		switch old, isKnown := before[user]; {
		case !isKnown:
			c.Joiners = append(c.Joiners, p)
		default:
			lost, given := without(old.Roles, p.Roles), without(p.Roles, old.Roles)
			if len(lost)+len(given) > 0 {
				c.Movers = append(c.Movers, RoleChange{user, lost, given})
			}
		}
	}
	for user, p := range before {
		if _, stays := after[user]; !stays {
			c.Leavers = append(c.Leavers, p)
		}
	}
	if len(c.Leavers) > maxLeavers {
		return Changes{}, &LeaversError{Leavers: len(c.Leavers), Known: len(before), Limit: maxLeavers}
	}
	byUser := func(a, b Person) int { return a.User.Compare(b.User) }
	slices.SortFunc(c.Joiners, byUser)
	slices.SortFunc(c.Leavers, byUser)
	slices.SortFunc(c.Movers, func(a, b RoleChange) int { return a.User.Compare(b.User) })
	return c, nil
}

// collectPeople returns those who have not left, with their roles in order, each
// once.
func collectPeople(people iter.Seq[Person]) map[seats.UserID]Person {
	all := make(map[seats.UserID]Person)
	for p := range people {
		if p.Left || p.User.IsZero() {
			continue
		}
		if other := all[p.User].Roles; len(other) > 0 || len(p.Roles) > 1 {
			p.Roles = slices.Concat(other, p.Roles)
			slices.Sort(p.Roles)
			p.Roles = slices.Compact(p.Roles)
		}
		all[p.User] = p
	}
	return all
}

// without returns the roles of a that b does not have; both are in order.
func without(a, b []string) []string {
	var rest []string
	for _, role := range a {
		if _, found := slices.BinarySearch(b, role); !found {
			rest = append(rest, role)
		}
	}
	return rest
}

// Deprovision returns the seats that leavers hold, ordered by pool and user: those
// to free.
func (c Changes) Deprovision(held iter.Seq[Holding]) []Holding {
	gone := make(map[seats.UserID]bool)
	for _, p := range c.Leavers {
		gone[p.User] = true
	}
	var free []Holding
	for h := range held {
		if gone[h.User] {
			free = append(free, h)
		}
	}
	slices.SortFunc(free, Holding.compare)
	return slices.Compact(free)
}
