package drivertest

import (
	"context"
	"slices"
	"testing"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/seats"
)

// V2, P10: ids that differ in case are different, and listings are in the order of Compare,
// byte by byte, whatever the locale of the database.
func TestV2P10IdsGoByBytes(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) { idsGoByBytes(t, newStore(t, driver)) })
}

func TestPostgresV2P10IdsGoByBytes(t *testing.T) {
	onPostgres(t, func(t *testing.T, driver string) { idsGoByBytes(t, newPostgresStore(t, driver)) })
}

func idsGoByBytes(t *testing.T, store *sqlstore.Store) {
	texts := []string{"a", "B", "A", "b", "_", "\u00c5", "a b", "aa", "ab", "A\u030a", "Z", "z", "~", "a-b"}
	var users []seats.UserID
	effects := []lifecycle.Effect{newLicense(1, 99)}
	for _, text := range texts {
		users = append(users, seats.MustUserID(text))
		effects = append(effects, lifecycle.PutLead{Lead: lead.Lead{ID: lead.MustID(text), Revision: 1}, Keys: []string{text}})
	}
	mustWrite(t, store, append(effects, lifecycle.TakeSeats{License: 1, IfRevision: 1, Users: users, At: noon, Limit: 99})...)
	slices.Sort(texts)

	var holders, leads []string
	err := store.View(t.Context(), func(ctx context.Context, r lifecycle.Reader) error {
		for page, err := r.Holders(ctx, vendor, 1, seats.UserID{}, 2); len(page) > 0 || err != nil; page, err = r.Holders(ctx, vendor, 1, page[len(page)-1].User, 2) {
			if err != nil {
				return err
			}
			for _, a := range page {
				holders = append(holders, a.User.String())
			}
		}
		for _, text := range texts {
			found, n, err := r.LeadsUnder(ctx, vendor, []string{text}, 9)
			if err != nil || n != 1 {
				t.Errorf("LeadsUnder(%q): %d leads, %v; want 1", text, n, err)
				continue
			}
			leads = append(leads, found[0].ID.String())
		}
		return nil
	})
	if err != nil || !slices.Equal(holders, texts) || !slices.Equal(leads, texts) {
		t.Errorf("View = %v, holders %q, leads %q, want each %q", err, holders, leads, texts)
	}
}
