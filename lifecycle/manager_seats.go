package lifecycle

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// Seating is what became of users who were to get a seat.
type Seating struct {
	License  license.License // after it
	Assigned []seats.UserID  // got a seat
	Held     []seats.UserID  // held one already, and keep it
	Left     []seats.UserID  // got none, for with Assign.AsFit no more fitted
}

// Assign gives users a seat each; see [Assign]. Calls for one license that come at
// once are carried out together, in one transaction; each is told what it would be alone.
// Where one actor makes several of them, an event can name the users of all.
func (m *Manager) Assign(ctx context.Context, a Actor, c Assign) (Seating, error) {
	return m.seated(ctx, a, c.License, c)
}

// sort puts each of who was asked for and not assigned a seat where they belong.
func (s *Seating) sort(c Assign, holding []seats.Assignment) {
	for _, a := range holding {
		s.Held = append(s.Held, a.User)
	}
	if !c.AsFit {
		return // all have one now
	}
	if users, err := distinct(c.Users); err == nil {
		s.Left = slices.Clone(without(users, holding)[len(s.Assigned):]) // the first of them were served
	}
}

// Revoke takes users' seats; see [Revoke]. It returns the license after it. Calls are carried
// out together as those of Assign are.
func (m *Manager) Revoke(ctx context.Context, a Actor, c Revoke) (license.License, error) {
	seating, err := m.seated(ctx, a, c.License, c)
	return seating.License, err
}

// DeactivateUser tells that a user was deactivated; see [DeactivateUser].
func (m *Manager) DeactivateUser(ctx context.Context, a Actor, c DeactivateUser) (license.License, error) {
	return m.changed(ctx, a, c)
}

// ReactivateUser tells that a user is active again; see [ReactivateUser].
func (m *Manager) ReactivateUser(ctx context.Context, a Actor, c ReactivateUser) (license.License, error) {
	return m.changed(ctx, a, c)
}

// Transfer gives one user's seat to another; see [Transfer].
func (m *Manager) Transfer(ctx context.Context, a Actor, c Transfer) (license.License, error) {
	return m.changed(ctx, a, c)
}

// Move takes a user's seat from one license to another; see [Move]. It returns the
// license that was moved from.
func (m *Manager) Move(ctx context.Context, a Actor, c Move) (license.License, error) {
	return m.changed(ctx, a, c)
}

// Holders yields who holds a seat of a license, by user. It reads page by page, and
// no transaction is open while the caller's code runs: users who come or go
// meanwhile may be missed or seen. The first error ends it: a *NotFoundError where there
// is no such license.
func (m *Manager) Holders(ctx context.Context, a Actor, id license.ID) iter.Seq2[seats.Assignment, error] {
	return func(yield func(seats.Assignment, error) bool) {
		after := seats.UserID{}
		pages(ctx, m, a, yield, func(ctx context.Context, r Reader) ([]seats.Assignment, error) {
			return ofLicense(ctx, r, a, id, func() ([]seats.Assignment, error) {
				return r.Holders(ctx, a.Vendor, id, after, pageSize)
			})
		}, func(last seats.Assignment) { after = last.User })
	}
}

// SeatHistory returns every assignment of a license to a user, open and closed, or a
// *NotFoundError where there is no such license.
func (m *Manager) SeatHistory(ctx context.Context, a Actor, id license.ID, user seats.UserID) ([]seats.Assignment, error) {
	return view(ctx, m, a, func(ctx context.Context, r Reader) ([]seats.Assignment, error) {
		return ofLicense(ctx, r, a, id, func() ([]seats.Assignment, error) {
			return r.SeatHistory(ctx, a.Vendor, id, user)
		})
	})
}

// Ledger returns the use of a license over time, as its events have it: from when to
// when how many seats were held. An imported seat counts from the instant at which it
// was assigned.
func (m *Manager) Ledger(ctx context.Context, a Actor, id license.ID) (*seats.Ledger, error) {
	type step struct {
		at    time.Time
		delta int
	}
	var steps []step
	for e, err := range m.Timeline(ctx, a, id) {
		if err != nil {
			return nil, err
		}
		switch c := e.Change.(type) {
		case SeatsAssigned:
			steps = append(steps, step{c.At, len(c.Users)})
		case SeatsRevoked:
			steps = append(steps, step{c.At, -len(c.Users)})
		case LicenseChanged: // an uninstallation frees what is held
			if freed := c.Before.Holders - c.After.Holders; freed > 0 {
				steps = append(steps, step{e.At, -freed})
			}
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	ledger := new(seats.Ledger)
	for _, s := range steps {
		if err := ledger.Add(s.at, s.delta); err != nil {
			return nil, err
		}
	}
	return ledger, nil
}
