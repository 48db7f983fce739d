// Package tables looks at the tables of sqlstore by plain SQL, past the library: whether
// they contradict each other, and what they hold.
package tables

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/isvkit/isvkit/license"
)

// Check returns an error that lists every contradiction, nil where there is none.
// It holds for the states that commands reach, and for those of effects that append
// an event for each seat that they give or free.
func Check(ctx context.Context, db *sql.DB) error {
	var errs []error
	for _, r := range rules {
		var n int
		if err := db.QueryRowContext(ctx, r.query).Scan(&n); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.says, err))
		} else if n != 0 {
			errs = append(errs, fmt.Errorf("%s: %d, want 0", r.says, n))
		}
	}
	errs = append(errs, eventsAddUp(ctx, db))
	return errors.Join(errs...)
}

// rules are queries that count what may not be.
var rules = []struct{ says, query string }{
	{"S2: licenses whose counter is not the count of their holders", `SELECT COUNT(*) FROM isv_licenses AS l WHERE holders <>
		(SELECT COUNT(*) FROM isv_seats AS s WHERE s.vendor = l.vendor AND s.license = l.id AND s.revoked_at IS NULL)`},
	{"S4: users who hold two seats", `SELECT COUNT(*) FROM (SELECT 1 FROM isv_seats WHERE revoked_at IS NULL
		GROUP BY vendor, license, user_id HAVING COUNT(*) > 1) AS twice`},
	{"S11, L1: licenses with impossible terms", `SELECT COUNT(*) FROM isv_licenses WHERE seats < 0 OR seats > 99000000
		OR status NOT IN ('Trial', 'Active', 'Suspended', 'Uninstalled')`},
	{"E3: streams with gaps", `SELECT COUNT(*) FROM (SELECT 1 FROM isv_events GROUP BY vendor, stream_kind, stream_id
		HAVING MAX(position) <> COUNT(*)) AS gaps`},
}

// change is what an event says of the seats of a license.
type change struct {
	Users         []string
	Before, After struct{ Holders int }
}

// eventsAddUp is E1 and E8: what the events give and take of a license are its holders.
func eventsAddUp(ctx context.Context, db *sql.DB) error {
	sums, err := sumsOfEvents(ctx, db)
	if err != nil {
		return err
	}
	var errs []error
	err = each(ctx, db, "SELECT vendor, id, holders FROM isv_licenses", func(scan func(...any) error) error {
		var vendor string
		var id license.ID
		var holders int
		err := scan(&vendor, (*int64)(&id), &holders)
		if sum := sums[vendor+" "+id.String()]; err == nil && sum != holders {
			errs = append(errs, fmt.Errorf("E8: the events of %v give %d seats more than they take, and its counter is %d", id, sum, holders))
		}
		return err
	})
	return errors.Join(append(errs, err)...)
}

func sumsOfEvents(ctx context.Context, db *sql.DB) (map[string]int, error) {
	sums := map[string]int{}
	err := each(ctx, db, `SELECT vendor, stream_id, change_kind, change FROM isv_events WHERE stream_kind = 'license'
		AND change_kind IN ('seats assigned', 'seats revoked', 'license changed')`, func(scan func(...any) error) error {
		var vendor, stream, kind, text string
		if err := scan(&vendor, &stream, &kind, &text); err != nil {
			return err
		}
		var c change
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return err
		}
		switch key := vendor + " " + stream; kind {
		case "seats assigned":
			sums[key] += len(c.Users)
		case "seats revoked":
			sums[key] -= len(c.Users)
		default:
			sums[key] -= max(0, c.Before.Holders-c.After.Holders)
		}
		return nil
	})
	return sums, err
}

// each calls row with what scans each row of the answer to query.
func each(ctx context.Context, db *sql.DB, query string, row func(scan func(...any) error) error) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Intact returns an error unless SQLite finds its file in order.
func Intact(ctx context.Context, db *sql.DB) error {
	var answer string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&answer); err != nil {
		return err
	}
	if answer != "ok" {
		return fmt.Errorf("PRAGMA integrity_check: %s", answer)
	}
	return nil
}

// Dump returns every row of the tables of a SQLite database but those about its schema,
// one per line and in a fixed order: equal states have equal dumps.
func Dump(ctx context.Context, db *sql.DB) (string, error) {
	var names []string
	err := each(ctx, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'isv\\_%' ESCAPE '\\' AND name <> 'isv_schema' ORDER BY name",
		func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			names = append(names, name)
			return err
		})
	if err != nil {
		return "", err
	}
	var lines []string
	for _, name := range names {
		rows, err := dumpTable(ctx, db, name)
		if err != nil {
			return "", err
		}
		lines = append(lines, rows...)
	}
	return strings.Join(lines, "\n"), nil
}

func dumpTable(ctx context.Context, db *sql.DB, name string) (lines []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT * FROM "+name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	cells := make([]any, len(columns))
	for i := range cells {
		cells[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(cells...); err != nil {
			return nil, err
		}
		line := name
		for _, cell := range cells {
			line += fmt.Sprintf(" %q", fmt.Sprint(*cell.(*any)))
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines, rows.Err()
}
