package seats

import (
	"time"

	"github.com/isvkit/isvkit/license"
)

// Assignment is one user holding one seat of a license, from an instant on. When
// the seat is given up the assignment is closed, not deleted. The zero Assignment
// is none.
type Assignment struct {
	License    license.ID
	User       UserID
	AssignedAt time.Time // UTC
	AssignedBy string    // the actor
	RevokedAt  time.Time // zero while the seat is held
	RevokedBy  string
}

// Held reports whether the seat is held still.
func (a Assignment) Held() bool { return !a.User.IsZero() && a.RevokedAt.IsZero() }

// HeldAt reports whether the seat was held at t: from the instant of assignment
// on, and no more at that of revocation.
func (a Assignment) HeldAt(t time.Time) bool {
	return !a.User.IsZero() && !t.Before(a.AssignedAt) && (a.RevokedAt.IsZero() || t.Before(a.RevokedAt))
}
