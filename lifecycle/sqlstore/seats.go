package sqlstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// seatsPerStatement bounds how many rows one statement reads or writes, so that neither
// side needs memory for more than these.
const seatsPerStatement = 10_000

// sortedTexts returns users in the order in which their rows lie, each once.
func sortedTexts(users []seats.UserID) []string {
	texts := make([]string, len(users))
	for i, user := range users {
		texts[i] = user.String()
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

func (r *reader) Holding(ctx context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]seats.Assignment, error) {
	var holding []seats.Assignment
	for some := range slices.Chunk(sortedTexts(users), seatsPerStatement) {
		found, err := listBy(ctx, r, assignments, r.dialect.lookups.holding, vendor.String(), int64(id), r.dialect.array(some))
		if err != nil {
			return nil, err
		}
		slices.SortFunc(found, func(a, b seats.Assignment) int { return a.User.Compare(b.User) })
		holding = append(holding, found...)
	}
	return holding, nil
}

func (r *reader) Holders(ctx context.Context, vendor pkgversion.VendorID, id license.ID, after seats.UserID, limit int) ([]seats.Assignment, error) {
	return list(ctx, r, assignments, " AND license = ? AND number = 0 AND user_id > ? ORDER BY user_id LIMIT ?",
		vendor.String(), int64(id), after.String(), max(limit, 0))
}

func (r *reader) Standings(ctx context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]lifecycle.Standing, error) {
	wanted := r.dialect.array(sortedTexts(users))
	return listBy(ctx, r, standings, r.dialect.lookups.standings, vendor.String(), int64(id), wanted)
}

func (t *tx) putStanding(ctx context.Context, vendor string, e lifecycle.PutStanding) error {
	s := e.Standing
	if e.IfRevision == 0 {
		return putNew(ctx, t, standings, vendor, s)
	}
	return t.expect(ctx, 1, "the revision is unchanged in isv_standings", `UPDATE isv_standings SET stage = ?, notice_at = ?, revision = ?
		WHERE vendor = ? AND license = ? AND user_id = ? AND revision = ?`,
		name{&s.Stage}, (*moment)(&s.NoticeAt), s.Revision, vendor, int64(s.License), s.User.String(), e.IfRevision)
}

func (r *reader) SeatHistory(ctx context.Context, vendor pkgversion.VendorID, id license.ID, user seats.UserID) ([]seats.Assignment, error) {
	return list(ctx, r, assignments, " AND license = ? AND user_id = ? ORDER BY assigned_at, number = 0, number",
		vendor.String(), int64(id), user.String())
}

func (r *reader) HoldersAt(ctx context.Context, vendor pkgversion.VendorID, id license.ID, at time.Time) (int, error) {
	var n int
	err := r.value(ctx, &n, `SELECT COUNT(*) FROM isv_seats WHERE vendor = ? AND license = ?
		AND COALESCE(imported_at, assigned_at) <= ? AND (revoked_at IS NULL OR revoked_at > ?)`,
		vendor.String(), int64(id), (*moment)(&at), (*moment)(&at))
	return n, err
}

// takeSeats raises the counter first: its guard, in the write itself, decides who
// gets the last seat, and the row stays locked for the rows that follow.
func (t *tx) takeSeats(ctx context.Context, vendor string, e lifecycle.TakeSeats) error {
	n := len(e.Users)
	if err := t.expect(ctx, 1, "there are seats left, at the same revision", `UPDATE isv_licenses SET holders = holders + ?
		WHERE vendor = ? AND id = ? AND revision = ? AND holders <= ?`,
		n, vendor, int64(e.License), e.IfRevision, e.Limit-n); err != nil {
		return err
	}
	return t.everySeat(ctx, e.Users, "nobody of them holds a seat", `INSERT INTO isv_seats
		(vendor, license, user_id, number, assigned_at, assigned_by, imported_at)
		SELECT ?, CAST(? AS BIGINT), value, 0, /*instant*/ ?, ?, /*instant*/ ? FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`,
		vendor, int64(e.License), (*moment)(&e.At), (*words)(&e.By), (*moment)(&e.ImportedAt))
}

// everySeat runs a statement for so many users at a time, of which each must be one row.
// Their array is its last argument.
func (t *tx) everySeat(ctx context.Context, users []seats.UserID, guard, query string, args ...any) error {
	texts := sortedTexts(users)
	if len(texts) != len(users) {
		return t.fail(conflict("the users are different ones"))
	}
	for some := range slices.Chunk(texts, seatsPerStatement) {
		if err := t.expect(ctx, len(some), guard, query, append(slices.Clone(args), t.dialect.array(some))...); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) freeSeats(ctx context.Context, vendor string, e lifecycle.FreeSeats) error {
	if err := revocable(e.At); err != nil {
		return t.fail(err)
	}
	n := len(e.Users)
	if err := t.expect(ctx, 1, "so many seats are held", `UPDATE isv_licenses SET holders = holders - ?
		WHERE vendor = ? AND id = ? AND holders >= ?`, n, vendor, int64(e.License), n); err != nil {
		return err
	}
	return t.everySeat(ctx, e.Users, "each of them holds a seat", t.dialect.lookups.closeSeats,
		(*moment)(&e.At), (*words)(&e.By), vendor, int64(e.License))
}

func (t *tx) freeAllSeats(ctx context.Context, vendor string, e lifecycle.FreeAllSeats) error {
	if err := revocable(e.At); err != nil {
		return t.fail(err)
	}
	if err := t.expect(ctx, 1, "so many seats are held", "UPDATE isv_licenses SET holders = 0 WHERE vendor = ? AND id = ? AND holders = ?",
		vendor, int64(e.License), e.Held); err != nil {
		return err
	}
	_, err := t.exec(ctx, closeSeats+" WHERE vendor = ? AND license = ? AND number = 0", (*moment)(&e.At), (*words)(&e.By), vendor, int64(e.License))
	return err
}

// expectHolders locks the row of the license, so that what it says stays so.
func (t *tx) expectHolders(ctx context.Context, vendor string, e lifecycle.ExpectHolders) error {
	held := -1
	err := t.value(ctx, &held, "SELECT holders FROM isv_licenses WHERE vendor = ? AND id = ?"+t.dialect.forUpdate, vendor, int64(e.License))
	if err == nil && held != e.Holders {
		err = t.fail(conflict("so many seats are held"))
	}
	return err
}

// revocable refuses the zero time, which stands for a seat that is held still.
func revocable(at time.Time) error {
	if at.IsZero() {
		return errors.New("sqlstore: a seat is given up at an instant")
	}
	return nil
}
