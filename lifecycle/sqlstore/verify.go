package sqlstore

import (
	"context"
	"database/sql"
	"strconv"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// Verify is lifecycle.Verify, and what only the database knows besides: on SQLite whether
// the file itself is whole, its indexes and the checks of its tables; and whether rows
// that are counted are counted without gaps. A damaged file is an error or a finding,
// whichever its damage allows. The Stores that WithTx and WithConn return have it too.
func (s *Store) Verify(ctx context.Context, vendor pkgversion.VendorID) ([]lifecycle.Contradiction, error) {
	return verify(ctx, s, vendor)
}

// Verify is Verify of the Store, within the transaction.
func (j *joined) Verify(ctx context.Context, vendor pkgversion.VendorID) ([]lifecycle.Contradiction, error) {
	return verify(ctx, j, vendor)
}

func verify(ctx context.Context, s lifecycle.Store, vendor pkgversion.VendorID) (found []lifecycle.Contradiction, err error) {
	err = s.View(ctx, func(ctx context.Context, r lifecycle.Reader) error {
		v := verifier{ctx: ctx, reader: r.(*reader), vendor: vendor.String()}
		v.database()
		v.tables()
		found = v.found
		return v.err
	})
	if err != nil {
		return found, err
	}
	more, err := lifecycle.Verify(ctx, s, vendor)
	return append(found, more...), err
}

// counted are queries that count the records whose rows are not numbered 1, 2, 3 …, or
// beyond what was given out; an assignment that is open has the number 0. Their argument
// is the vendor.
var counted = []struct{ rule, record, query string }{
	{"E2", "facts", `SELECT COUNT(*) FROM (SELECT 1 FROM isv_facts WHERE vendor = ? GROUP BY installation
		HAVING MIN(number) <> 1 OR MAX(number) <> COUNT(*)) AS gaps`},
	{"E2", "assignments", `SELECT COUNT(*) FROM (SELECT 1 FROM isv_seats WHERE vendor = ? AND number > 0 GROUP BY license, user_id
		HAVING MIN(number) <> 1 OR MAX(number) <> COUNT(*)) AS gaps`},
	{"L19", "licenses", `SELECT COUNT(*) FROM isv_licenses AS l WHERE vendor = ? AND id >
		COALESCE((SELECT last_license FROM isv_numbers AS n WHERE n.vendor = l.vendor), 0)`},
}

// verifier looks at the database until the first error.
type verifier struct {
	*reader
	ctx    context.Context
	vendor string
	found  []lifecycle.Contradiction
	err    error
}

func (v *verifier) find(rule, what string) {
	if len(v.found) < lifecycle.MaxContradictions {
		v.found = append(v.found, lifecycle.Contradiction{Rule: rule, Record: lifecycle.Stream{Kind: "database", ID: v.dialect.name}, What: what})
	}
}

// database asks the database whether it is whole.
func (v *verifier) database() {
	if v.dialect.integrity == "" {
		return
	}
	v.err = v.query(v.ctx, func(rows *sql.Rows) error {
		var says string
		err := rows.Scan(&says)
		if err == nil && says != "ok" {
			v.find("P9", says)
		}
		return err
	}, v.dialect.integrity)
}

func (v *verifier) tables() {
	for _, c := range counted {
		var n int64
		if v.err == nil {
			v.err = v.value(v.ctx, &n, c.query, v.vendor)
		}
		if n > 0 {
			v.find(c.rule, "the "+c.record+" of "+strconv.FormatInt(n, 10)+" records have wrong numbers")
		}
	}
}
