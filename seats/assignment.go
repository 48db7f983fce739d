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
	ImportedAt time.Time // when it was recorded, of one that another system gave before; else zero
	RevokedAt  time.Time // zero while the seat is held
	RevokedBy  string
}

// Held reports whether the seat is held still.
func (a Assignment) Held() bool { return !a.User.IsZero() && a.RevokedAt.IsZero() }

// KnownAt reports whether, by what was recorded until t, the seat was held then: an
// imported assignment counts from when it was imported.
func (a Assignment) KnownAt(t time.Time) bool {
	if !a.ImportedAt.IsZero() {
		a.AssignedAt = a.ImportedAt
	}
	return a.HeldAt(t)
}

// HeldAt reports whether the seat was held at t: from the instant of assignment
// on, and no more at that of revocation.
func (a Assignment) HeldAt(t time.Time) bool {
	return !a.User.IsZero() && !t.Before(a.AssignedAt) && (a.RevokedAt.IsZero() || t.Before(a.RevokedAt))
}
