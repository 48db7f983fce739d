package drivertest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
)

// expiryRows is how many licenses BenchmarkExpiring has: ISVKIT_LICENSES, or few.
func expiryRows(b *testing.B) int {
	text := os.Getenv("ISVKIT_LICENSES")
	if text == "" {
		return 20_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkExpiring lists the licenses that expire in 30 days, and those that have expired
// when these are over, among many and among a tenth as many: the time follows the answer,
// which is the same, and not the table. ISVKIT_LICENSES=10000000 makes it ten millions.
func BenchmarkExpiring(b *testing.B) {
	for _, driver := range []string{"sqlite", "pgx"} {
		for _, rows := range []int{expiryRows(b) / 10, expiryRows(b)} {
			b.Run(fmt.Sprintf("%s/licenses=%d", driver, rows), func(b *testing.B) {
				store := storeOfLicenses(b, driver, rows)
				m, err := lifecycle.New(lifecycle.Config{Store: store})
				if err != nil {
					b.Fatal(err)
				}
				for name, q := range map[string]lifecycle.LicenseQuery{
					"expiring": {ExpiresFrom: firstDay, ExpiresThrough: firstDay.AddDays(29), Status: license.Active, Day: firstDay, Order: lifecycle.ByExpiration},
					"expired":  {Status: license.Expired, Day: firstDay.AddDays(30), Order: lifecycle.ByExpiration},
				} {
					b.Run(name, func(b *testing.B) {
						n := 0
						for b.Loop() {
							n = 0
							for _, err := range m.Licenses(b.Context(), actor, q) {
								if err != nil {
									b.Fatal(err)
								}
								n++
							}
						}
						if n != 30 {
							b.Errorf("%d licenses, want 30", n)
						}
						b.ReportMetric(float64(n), "licenses/op")
					})
				}
			})
		}
	}
}

var firstDay = license.MustDate("2026-06-01")

// storeOfLicenses returns a store with so many licenses, of which one expires on each
// of 30 days, the others two years later.
func storeOfLicenses(b *testing.B, driver string, rows int) lifecycle.Store {
	var db *sql.DB
	store, series := lifecycle.Store(nil), "generate_series(1, %d) AS s (n)"
	if driver == "pgx" {
		db = openDB(b, driver, newSchema(b))
		store = openStore(b, db, onServer)
	} else {
		db = openDB(b, driver, newFile(b))
		store = openStore(b, db, quick)
		series = "(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < %d) SELECT n FROM s) AS s"
	}
	day := func(n string) string {
		if driver == "pgx" {
			return "CAST('" + firstDay.String() + "' AS DATE) + CAST(" + n + " AS INT)"
		}
		return "date('" + firstDay.String() + "', '+' || (" + n + ") || ' days')"
	}
	values := map[string]string{
		"vendor": "'vendor'", "id": "n", "installation": "'installation-' || n", "sandbox": "false", "status": "'Active'",
		"site_license": "true", "never_expires": "false", "as_installed": "false", "once_active": "true", "zone": "'UTC'",
		"lead_name": "''", "permission_set": "''", "holders": "0", "type": "''", "revision": "1",
		"last_day": "CASE WHEN n <= 30 THEN " + day("n - 1") + " ELSE " + day("730 + n % 1000") + " END",
	}
	var columns, selected []string
	for column, value := range values {
		columns, selected = append(columns, column), append(selected, value)
	}
	_, err := db.ExecContext(context.Background(), "INSERT INTO isv_licenses ("+strings.Join(columns, ", ")+") SELECT "+
		strings.Join(selected, ", ")+" FROM "+fmt.Sprintf(series, rows))
	if err == nil && driver == "pgx" {
		_, err = db.ExecContext(context.Background(), "ANALYZE isv_licenses")
	}
	if err != nil {
		b.Fatal(err)
	}
	return store
}
