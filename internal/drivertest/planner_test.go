package drivertest

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/seats"
)

// What is asked of a few users, or of a few keys, reads a few rows, also where the planner
// has no statistics yet, as after an import, and when it has made a plan for any question.
func TestPostgresReadsFewRowsWithoutStatistics(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) {
		db := openDB(t, driver, newSchema(t))
		store := openStore(t, db, onServer)
		mustWrite(t, store, newLicense(1, license.MaxSeats), lifecycle.PutLead{Lead: lead.Lead{ID: lead.MustID("lead"), Revision: 1}})
		for _, query := range []string{
			"ALTER TABLE isv_licenses SET (autovacuum_enabled = off)",
			"ALTER TABLE isv_seats SET (autovacuum_enabled = off)",
			"ALTER TABLE isv_standings SET (autovacuum_enabled = off)",
			"ALTER TABLE isv_match_keys SET (autovacuum_enabled = off)",
			"ALTER TABLE isv_leads SET (autovacuum_enabled = off)",
			"UPDATE isv_licenses SET holders = 20000",
			`INSERT INTO isv_seats (vendor, license, user_id, number, assigned_at, assigned_by)
				SELECT 'vendor', 1, 'user-' || n, 0, now(), '' FROM generate_series(1, 20000) AS n`,
			`INSERT INTO isv_standings (vendor, license, user_id, stage, revision) SELECT 'vendor', 1, 'user-' || n, '', 1 FROM generate_series(1, 20000) AS n`,
			`INSERT INTO isv_licenses SELECT made.* FROM isv_licenses AS one, generate_series(2, 20000) AS n,
				LATERAL jsonb_populate_record(one, jsonb_build_object('id', n, 'installation', 'i' || n)) AS made`,
			`INSERT INTO isv_match_keys (vendor, kind, match_key, record) SELECT 'vendor', 'lead', 'key-' || n, 'lead-' || n FROM generate_series(1, 20000) AS n`,
			`INSERT INTO isv_leads SELECT made.* FROM isv_leads AS one, generate_series(1, 20000) AS n,
				LATERAL jsonb_populate_record(one, jsonb_build_object('id', 'lead-' || n)) AS made`,
		} {
			if _, err := db.ExecContext(t.Context(), query); err != nil {
				t.Fatal(err)
			}
		}
		users, keys := []seats.UserID{user(1), user(2), user(3)}, []string{"key-1", "key-2", "key-3"}
		for what, run := range map[string]func(context.Context, lifecycle.Tx) error{
			"Holding": func(ctx context.Context, tx lifecycle.Tx) error {
				_, err := tx.Holding(ctx, vendor, 1, users)
				return err
			},
			"SeatHistory": func(ctx context.Context, tx lifecycle.Tx) error {
				_, err := tx.SeatHistory(ctx, vendor, 1, user(1))
				return err
			},
			"Standings": func(ctx context.Context, tx lifecycle.Tx) error {
				_, err := tx.Standings(ctx, vendor, 1, users)
				return err
			},
			"two licenses locked": func(ctx context.Context, tx lifecycle.Tx) error {
				return tx.Write(ctx, vendor, lifecycle.ExpectHolders{License: 1, Holders: 20000}, lifecycle.ExpectHolders{License: 2, Holders: 20000})
			},
			"FreeSeats": func(ctx context.Context, tx lifecycle.Tx) error {
				return tx.Write(ctx, vendor, lifecycle.FreeSeats{License: 1, Users: users, At: noon})
			},
			"LeadsUnder": func(ctx context.Context, tx lifecycle.Tx) error {
				_, _, err := tx.LeadsUnder(ctx, vendor, keys, 9)
				return err
			},
			"ExpectUnder": func(ctx context.Context, tx lifecycle.Tx) error {
				return tx.Write(ctx, vendor, lifecycle.ExpectUnder{Kind: lifecycle.Leads, Keys: keys, Records: 3})
			},
		} {
			if most := mostRowsRead(t, db, store, run); most > 100 {
				t.Errorf("%s reads %d rows", what, most)
			}
		}
	})
}

// mostRowsRead runs what an Update does often enough for the planner to make a plan for any
// arguments, each time takes it back, and returns how many rows were read at most.
func mostRowsRead(t *testing.T, db *sql.DB, store *sqlstore.Store, run func(context.Context, lifecycle.Tx) error) (most int) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), ofOneMoment)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	rowsRead := func() (n int) {
		if err := tx.QueryRowContext(t.Context(), `SELECT SUM(seq_tup_read + COALESCE(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables
			WHERE relname IN ('isv_licenses', 'isv_seats', 'isv_standings', 'isv_match_keys', 'isv_leads')`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	takenBack := errors.New("taken back")
	for range 12 {
		before := rowsRead()
		if err := store.WithTx(tx).Update(t.Context(), func(ctx context.Context, tx lifecycle.Tx) error {
			return cmp.Or(run(ctx, tx), takenBack)
		}); !errors.Is(err, takenBack) {
			t.Fatal(err)
		}
		most = max(most, rowsRead()-before)
	}
	return most
}
