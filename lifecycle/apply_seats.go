package lifecycle

import (
	"math"
	"slices"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// usersPerEvent bounds how many users one event names.
const usersPerEvent = 1000

// assign is the one door to a seat: everything that gives one comes through take.
func (d *decision) assign(c Assign) error {
	if err := d.licensed(c.License); err != nil {
		return err
	}
	users, err := distinct(c.Users)
	if err != nil {
		return err
	}
	wanted := without(users, d.Holding)
	if len(wanted) == 0 {
		return nil
	}
	pool := poolOf(d.License, d.Package)
	if room := pool.Room(); c.AsFit && room < len(wanted) {
		wanted = wanted[:room]
		if room > 0 { // nobody is left out because of a seat that is free when the others take theirs
			d.effects = append(d.effects, ExpectHolders{License: d.License.ID, Holders: d.License.Holders})
		}
	}
	return d.take(d.License, pool, wanted)
}

// take gives seats of l to users who hold none, all of them or none.
func (d *decision) take(l license.License, pool seats.Pool, users []seats.UserID) error {
	if len(users) == 0 {
		return nil
	}
	if of := d.packageOf(l); !of.ReleasedAt.IsZero() {
		return &NotFoundError{Kind: "package", ID: l.Package.String()}
	}
	if !l.RetiredAt.IsZero() {
		return &FieldError{Field: "license", Value: l.ID.String(), Rule: "is retired: its org is deleted"}
	}
	switch status := l.DisplayedStatus(d.Now); status {
	case license.Trial, license.Active:
	default:
		return &NotAssignableError{License: l.ID, Status: status}
	}
	if _, err := pool.Assign(len(users)); err != nil {
		return err
	}
	d.takeSeats(TakeSeats{License: l.ID, IfRevision: l.Revision, Users: users, At: d.Now, By: d.Actor.String(), Limit: pool.Limit()})
	return nil
}

// packageOf returns the package of the license that the command takes seats of.
func (d *decision) packageOf(l license.License) Registration {
	if l.ID == d.To.ID {
		return d.ToOf
	}
	return d.Package
}

func (d *decision) takeSeats(e TakeSeats) {
	d.effects = append(d.effects, e)
	for some := range slices.Chunk(e.Users, usersPerEvent) {
		d.record(SeatsAssigned{License: e.License, Users: some, At: e.At, By: e.By})
	}
}

func (d *decision) freeSeats(id license.ID, users []seats.UserID) {
	if len(users) == 0 {
		return
	}
	d.freeSeatsBy(d.Actor.String(), id, users)
}

func (d *decision) freeSeatsBy(by string, id license.ID, users []seats.UserID) {
	d.effects = append(d.effects, FreeSeats{License: id, Users: users, At: d.Now, By: by})
	for some := range slices.Chunk(users, usersPerEvent) {
		d.record(SeatsRevoked{License: id, Users: some, At: d.Now, By: by})
	}
}

func (d *decision) revoke(c Revoke) error {
	if err := d.licensed(c.License); err != nil {
		return err
	}
	users, err := distinct(c.Users)
	if err != nil {
		return err
	}
	d.freeSeats(c.License, slices.DeleteFunc(users, func(u seats.UserID) bool { return !holds(d.Holding, u) }))
	return nil
}

// transfer is a revocation and an assignment in one, and refused where the
// assignment would be: on an over-allocated license nothing is assigned until
// something remains.
func (d *decision) transfer(c Transfer) error {
	if err := d.licensed(c.License); err != nil {
		return err
	}
	if _, err := distinct([]seats.UserID{c.From, c.To}); err != nil {
		return err
	}
	fromHolds, toHolds := holds(d.Holding, c.From), holds(d.Holding, c.To)
	switch {
	case c.From == c.To && fromHolds:
		return nil
	case !fromHolds && toHolds:
		return nil // it has been done
	case !fromHolds:
		return &FieldError{Field: "user to transfer from", Value: c.From.String(), Rule: "must hold a seat"}
	case toHolds:
		return &FieldError{Field: "user to transfer to", Value: c.To.String(), Rule: "must not hold a seat"}
	}
	d.freeSeats(c.License, []seats.UserID{c.From})
	pool, err := poolOf(d.License, d.Package).Release(1)
	if err != nil {
		return err
	}
	return d.take(d.License, pool, []seats.UserID{c.To})
}

func (d *decision) move(c Move) error {
	if err := d.licensed(c.From); err != nil {
		return err
	}
	if d.To.ID == 0 {
		return &NotFoundError{Kind: "license", ID: c.To.String()}
	}
	if _, err := distinct([]seats.UserID{c.User}); err != nil {
		return err
	}
	switch fromHolds := holds(d.Holding, c.User); {
	case d.To.Org != d.License.Org:
		return &FieldError{Field: "license to move to", Value: c.To.String(), Rule: "must be of the same org"}
	case c.From == c.To && fromHolds, !fromHolds && d.ToHolds:
		return nil // it has been done
	case !fromHolds:
		return &FieldError{Field: "user to move", Value: c.User.String(), Rule: "must hold a seat"}
	}
	users := []seats.UserID{c.User}
	free := func() error { d.freeSeats(c.From, users); return nil }
	take := func() error {
		if d.ToHolds {
			d.effects = append(d.effects, ExpectSeat{License: c.To, User: c.User})
			return nil
		}
		return d.take(d.To, poolOf(d.To, d.ToOf), users)
	}
	// Licenses are written in the order of their numbers, so that two moves in
	// opposite directions do not wait for each other.
	if c.From < c.To {
		return firstError(free, take)
	}
	return firstError(take, free)
}

func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// importSeat gives a seat that another system gave: without asking what remains,
// but not on an uninstalled license, which has no holders. A seat that was given up
// since then stays so.
func (d *decision) importSeat(c ImportSeat) error {
	if d.License.ID == 0 {
		return &NotFoundError{Kind: "installation", ID: c.Installation.String()}
	}
	users, err := distinct([]seats.UserID{c.User})
	if err != nil {
		return err
	}
	if err := validInstant("instant of the assignment", c.AssignedAt); err != nil {
		return err
	}
	if err := validPrivate("assigned by", c.AssignedBy); err != nil {
		return err
	}
	at := instant.Of(c.AssignedAt)
	known := slices.ContainsFunc(d.History, func(a seats.Assignment) bool { return !a.AssignedAt.Before(at) })
	switch {
	case known || holds(d.Holding, c.User):
		return nil
	case !d.Package.ReleasedAt.IsZero():
		return &NotFoundError{Kind: "package", ID: d.License.Package.String()}
	case d.License.Terms.Status == license.Uninstalled:
		return &NotAssignableError{License: d.License.ID, Status: license.Uninstalled}
	}
	imported := d.Now
	if at.Equal(d.Now) {
		imported = time.Time{}
	}
	d.takeSeats(TakeSeats{License: d.License.ID, IfRevision: d.License.Revision, Users: users, At: at, By: c.AssignedBy, ImportedAt: imported, Limit: math.MaxInt32})
	return nil
}

func poolOf(l license.License, r Registration) seats.Pool {
	return seats.Pool{Seats: l.Terms.Seats, Used: l.Holders, Overage: r.Overage}
}

// distinct returns users without repetition, in their order; a *FieldError for
// none, and for the zero user.
func distinct(users []seats.UserID) ([]seats.UserID, error) {
	if len(users) == 0 {
		return nil, &FieldError{Field: "users", Rule: "at least one is named"}
	}
	seen := make(map[seats.UserID]struct{}, len(users))
	once := make([]seats.UserID, 0, len(users))
	for _, u := range users {
		if u.IsZero() {
			return nil, &FieldError{Field: "user id", Rule: "must not be empty"}
		}
		if seen[u] = struct{}{}; len(seen) > len(once) {
			once = append(once, u)
		}
	}
	return once, nil
}

func holds(holding []seats.Assignment, user seats.UserID) bool {
	return slices.ContainsFunc(holding, func(a seats.Assignment) bool { return a.User == user })
}

// without returns those of users who hold no seat, in their order.
func without(users []seats.UserID, holding []seats.Assignment) []seats.UserID {
	if len(holding) == 0 {
		return users
	}
	held := make(map[seats.UserID]bool, len(holding))
	for _, a := range holding {
		held[a.User] = true
	}
	return slices.DeleteFunc(users, func(u seats.UserID) bool { return held[u] })
}
