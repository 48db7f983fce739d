package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// reader is a lifecycle.Reader on a transaction.
//
// Once a statement has failed all later ones are refused with its error: the
// database may have ended the transaction, and what came after would run outside
// of it.
type reader struct {
	run     runner
	dialect *dialect
	over    atomic.Bool
	failure error
}

func newReader(run runner, d *dialect) *reader { return &reader{run: run, dialect: d} }

// end refuses all later use: the connection is somebody else's from now on.
func (r *reader) end() { r.over.Store(true) }

func (r *reader) usable(ctx context.Context) error {
	if r.over.Load() {
		return errTxOver
	}
	if r.failure != nil {
		return r.failure
	}
	return ctx.Err()
}

// fail remembers err.
func (r *reader) fail(err error) error {
	if err != nil {
		r.failure = err
	}
	return err
}

// query calls row at each row of the answer.
func (r *reader) query(ctx context.Context, row func(*sql.Rows) error, query string, args ...any) error {
	if err := r.usable(ctx); err != nil {
		return err
	}
	rows, err := r.run.QueryContext(r.dialect.statement(ctx), query, args...)
	if err != nil {
		return r.fail(failed("reading", err))
	}
	err = errors.Join(walk(ctx, rows, row), rows.Close())
	return r.fail(failed("reading", err))
}

func walk(ctx context.Context, rows *sql.Rows, row func(*sql.Rows) error) error {
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// value scans the one value of the one row of the answer into cell, if there is one.
func (r *reader) value(ctx context.Context, cell any, query string, args ...any) error {
	return r.query(ctx, func(rows *sql.Rows) error { return rows.Scan(cell) }, query, args...)
}

// list returns the records of t that condition, which goes on after "vendor = ?", asks for.
func list[T any](ctx context.Context, r *reader, t *table[T], condition string, args ...any) ([]T, error) {
	return listBy(ctx, r, t, t.selectFrom+condition, args...)
}

// listBy returns the records of t that query, which selects all columns, asks for.
func listBy[T any](ctx context.Context, r *reader, t *table[T], query string, args ...any) ([]T, error) {
	var found []T
	err := r.query(ctx, func(rows *sql.Rows) error {
		record, err := t.scan(rows)
		found = append(found, record)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return found, nil
}

// one is list for at most one record; it returns the zero value for none.
func one[T any](ctx context.Context, r *reader, t *table[T], condition string, args ...any) (record T, err error) {
	found, err := list(ctx, r, t, condition, args...)
	if len(found) > 0 {
		record = found[0]
	}
	return record, err
}

// tx is a lifecycle.Tx on a transaction.
type tx struct {
	*reader
	wrote bool // a statement that writes was run
}

func newTx(run runner, d *dialect) *tx { return &tx{reader: newReader(run, d)} }

// exec runs a statement that writes, and returns how many rows it wrote.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := t.usable(ctx); err != nil {
		return 0, err
	}
	t.wrote = true
	result, err := t.run.ExecContext(t.dialect.statement(ctx), query, args...)
	if err != nil {
		return 0, t.fail(failed("writing", err))
	}
	n, err := result.RowsAffected()
	return n, t.fail(failed("writing", err))
}

// expect is exec for a statement that carries a guard: it fails unless exactly n
// rows were written.
func (t *tx) expect(ctx context.Context, n int, guard, query string, args ...any) error {
	wrote, err := t.exec(ctx, query, args...)
	if err == nil && wrote != int64(n) {
		err = t.fail(conflict(guard))
	}
	return err
}

// Write carries out effects in their order.
func (t *tx) Write(ctx context.Context, vendor pkgversion.VendorID, effects ...lifecycle.Effect) error {
	if err := t.lockLicenses(ctx, vendor.String(), effects); err != nil {
		return err
	}
	for _, e := range effects {
		if err := t.write(ctx, vendor.String(), e); err != nil {
			return err
		}
	}
	return t.usable(ctx)
}

func (t *tx) write(ctx context.Context, vendor string, e lifecycle.Effect) error {
	switch e := e.(type) {
	case lifecycle.PutPackage:
		return putAt(ctx, t, packages, vendor, e.Registration, e.IfRevision)
	case lifecycle.PutVersion:
		return putNew(ctx, t, versions, vendor, e.Version)
	case lifecycle.PutParameter:
		return t.putParameter(ctx, vendor, e)
	case lifecycle.PutOrg:
		return putAt(ctx, t, orgs, vendor, e.Org, e.IfRevision)
	case lifecycle.PutFact:
		return t.putFact(ctx, vendor, e)
	case lifecycle.PutNotice:
		return putNew(ctx, t, notices, vendor, notice{e.ID, e.Fingerprint})
	case lifecycle.PutLicense:
		return t.putLicense(ctx, vendor, e)
	case lifecycle.PutSides:
		return t.putSides(ctx, vendor, e)
	case lifecycle.PutRefresh:
		return putAt(ctx, t, refreshes, vendor, e.Refresh, e.IfRevision)
	case lifecycle.PutLeft:
		return put(ctx, t, left, vendor, e.Installation)
	case lifecycle.DropLeft:
		return t.dropLeft(ctx, vendor, e)
	case lifecycle.TakeSeats:
		return t.takeSeats(ctx, vendor, e)
	case lifecycle.FreeSeats:
		return t.freeSeats(ctx, vendor, e)
	case lifecycle.FreeAllSeats:
		return t.freeAllSeats(ctx, vendor, e)
	case lifecycle.ExpectSeat:
		return t.expect(ctx, 1, "the user holds a seat", `UPDATE isv_seats SET number = 0
			WHERE vendor = ? AND license = ? AND user_id = ? AND number = 0`, vendor, int64(e.License), e.User.String())
	case lifecycle.LockSeats:
		return t.lockSeats(ctx, vendor, e.License)
	case lifecycle.ExpectHolders:
		return t.expectHolders(ctx, vendor, e)
	case lifecycle.PutParameterValue:
		return t.putParameterValue(ctx, vendor, e)
	case lifecycle.PutStanding:
		return t.putStanding(ctx, vendor, e)
	case lifecycle.ExpectUnder:
		return t.expectUnder(ctx, vendor, e)
	case lifecycle.PutLead:
		return t.putLead(ctx, vendor, e)
	case lifecycle.PutPendingLead:
		return putNew(ctx, t, pendingLeads, vendor, e.Pending)
	case lifecycle.DropPendingLead:
		return t.expect(ctx, 1, "the lead is pending", "DELETE FROM isv_pending_leads WHERE vendor = ? AND license = ? AND revision = ?",
			vendor, int64(e.License), e.IfRevision)
	case lifecycle.PutContact:
		return t.putContact(ctx, vendor, e)
	case lifecycle.PutAccount:
		return put(ctx, t, accounts, vendor, e.Account)
	case lifecycle.PutOwner:
		return put(ctx, t, owners, vendor, e.Owner)
	case lifecycle.PutAlert:
		return putNew(ctx, t, alerts, vendor, e.Alert)
	case lifecycle.PutDelivery:
		return t.putDelivery(ctx, vendor, e)
	case lifecycle.PutClock:
		return t.putClock(ctx, vendor, e)
	case lifecycle.PutCursor:
		return t.putCursor(ctx, vendor, e)
	case lifecycle.DropCursor:
		return t.dropCursor(ctx, vendor, e)
	case lifecycle.Append:
		return t.append(ctx, vendor, e.Event)
	case lifecycle.Restore:
		return t.restore(ctx, vendor, e.Event)
	case lifecycle.DropEvent:
		return t.dropEvent(ctx, vendor, e)
	}
	return t.fail(fmt.Errorf("sqlstore: %T is no effect that is known", e))
}

// putNew writes a record that must not be there.
func putNew[T any](ctx context.Context, t *tx, tab *table[T], vendor string, record T) error {
	return t.expect(ctx, 1, "the record is new in "+tab.name, tab.insertNew, tab.values(vendor, &record)...)
}

// putAt writes a record whose revision must be given, or that must not be there for 0.
func putAt[T any](ctx context.Context, t *tx, tab *table[T], vendor string, record T, revision int64) error {
	if revision == 0 {
		return putNew(ctx, t, tab, vendor, record)
	}
	return t.expect(ctx, 1, "the revision is unchanged in "+tab.name, tab.update, tab.changes(vendor, &record, revision)...)
}

// put writes a record in place of what is there.
func put[T any](ctx context.Context, t *tx, tab *table[T], vendor string, record T) error {
	_, err := t.exec(ctx, tab.upsert, tab.values(vendor, &record)...)
	return err
}
