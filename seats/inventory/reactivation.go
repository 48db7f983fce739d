package inventory

import (
	"slices"
	"strings"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/license"
)

// Obstacle is why a pool has no seat for a user who comes back. The zero Obstacle
// is none.
type Obstacle uint8

// The obstacles.
const (
	Exhausted  Obstacle = 1 + iota // nothing remains
	NotCurrent                     // its term has not begun, is over, or is not known
	NotKnown                       // what remains is unknown
)

var obstacleText = [...]string{Exhausted: "exhausted", NotCurrent: "not current", NotKnown: "not known"}

// String returns the obstacle in words; "none" for the zero Obstacle.
func (o Obstacle) String() string { return word(obstacleText[:], int(o)) }

// Blocked is a pool that has no seat, and why.
type Blocked struct {
	Pool     Pool
	Obstacle Obstacle
}

// ReactivationError refuses to reactivate a user: it names every pool that stands
// in the way, where the platform says "invalid data". Nothing was changed.
type ReactivationError struct {
	Blocked []Blocked // by pool id
}

// Error names the pools.
func (e *ReactivationError) Error() string {
	parts := []string{"inventory: no seat for the user:"}
	for _, b := range e.Blocked {
		current := b.Pool.Current()
		part := errtext.Quote(current.Name) + " (" + b.Pool.ID.String() + ") is " + b.Obstacle.String()
		if b.Obstacle == Exhausted {
			part += ", " + current.Used.String() + " of " + current.Purchased.String() + " used"
		}
		parts = append(parts, part)
	}
	return errtext.Line(strings.Join(parts, " "))
}

// CheckReactivation says whether a user can come back who needs a new seat of each
// of these pools: those freed when the user was deactivated, which the user license
// always is, and permission set licenses by policy. A seat that was kept needs no
// new one. A pool named twice takes one seat. It returns nil, or a
// *ReactivationError with every pool that has none.
func CheckReactivation(today license.Date, needed ...Pool) error {
	var blocked []Blocked
	for _, p := range needed {
		if o := p.obstacle(today); o != 0 {
			blocked = append(blocked, Blocked{p, o})
		}
	}
	if len(blocked) == 0 {
		return nil
	}
	compare := func(a, b Blocked) int { return a.Pool.ID.Compare(b.Pool.ID) }
	slices.SortStableFunc(blocked, compare)
	blocked = slices.CompactFunc(blocked, func(a, b Blocked) bool { return a.Pool.ID == b.Pool.ID })
	return &ReactivationError{Blocked: blocked}
}

func (p Pool) obstacle(today license.Date) Obstacle {
	remaining := p.Remaining()
	n, isNumber := remaining.Int()
	switch {
	case !p.Contract.Term.Holds(today):
		return NotCurrent
	case remaining.IsZero():
		return NotKnown
	case isNumber && n <= 0:
		return Exhausted
	}
	return 0
}
