package drivertest

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/isvkit/isvkit/internal/drivertest/faulty"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
)

// BenchmarkAssign takes one seat per Update, with its event, durably, from so many
// callers at once. commits/op shows how many of them shared a sync of the disk.
func BenchmarkAssign(b *testing.B) {
	for _, driver := range sqliteDrivers {
		for _, callers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/%d", driver, callers), func(b *testing.B) {
				db, faults := openFaulty(b, driver, newFile(b))
				benchmarkAssign(b, callers, openStore(b, db, sqlstore.Config{}), faults)
			})
			// What it is without sharing: the same statements, a transaction per Update.
			b.Run(fmt.Sprintf("%s/%d/ungrouped", driver, callers), func(b *testing.B) {
				db, faults := openFaulty(b, driver, newFile(b))
				benchmarkAssign(b, callers, openStore(b, db, sqlstore.Config{MaxGroup: 1}), faults)
			})
		}
	}
}

func benchmarkAssign(b *testing.B, callers int, store lifecycle.Store, f *faulty.Faults) {
	f.CommitsSince()
	benchmarkLicenses(b, callers, 1, store)
	b.ReportMetric(float64(f.CommitsSince())/float64(b.N), "commits/op")
}

// BenchmarkPlainTransaction is the least that one seat can cost on the same disk: a
// transaction of three prepared statements and nothing else, by one caller.
func BenchmarkPlainTransaction(b *testing.B) {
	for _, driver := range sqliteDrivers {
		b.Run(driver, func(b *testing.B) {
			db, err := sql.Open(driver, filepath.Join(b.TempDir(), "plain.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			plainTransactions(b, db)
		})
	}
}

func plainTransactions(b *testing.B, db *sql.DB) {
	conn, err := db.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	exec := func(query string, args ...any) {
		if _, err := conn.ExecContext(b.Context(), query, args...); err != nil {
			b.Fatal(err)
		}
	}
	exec("PRAGMA journal_mode = WAL")
	exec("PRAGMA synchronous = FULL")
	exec("CREATE TABLE licenses (id INTEGER PRIMARY KEY, holders INTEGER)")
	exec("CREATE TABLE seats (license INTEGER, user TEXT, PRIMARY KEY (license, user)) WITHOUT ROWID")
	exec("CREATE TABLE events (seq INTEGER PRIMARY KEY, change TEXT)")
	exec("INSERT INTO licenses VALUES (1, 0)")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		exec("BEGIN IMMEDIATE")
		exec("UPDATE licenses SET holders = holders + 1 WHERE id = 1 AND holders < 99000000")
		exec("INSERT INTO seats VALUES (1, ?)", user(n).String())
		exec("INSERT INTO events (change) VALUES (?)", `{"License":"L-00001","Users":["user"],"By":"actor"}`)
		exec("COMMIT")
	}
}

// BenchmarkView reads one license.
func BenchmarkView(b *testing.B) {
	for _, driver := range sqliteDrivers {
		b.Run(driver, func(b *testing.B) {
			store := openStore(b, openDB(b, driver, newFile(b)), sqlstore.Config{})
			mustWrite(b, store, newLicense(1, 3))
			b.ReportAllocs()
			for b.Loop() {
				if n := holders(b, store, 1); n != 0 {
					b.Fatal(n)
				}
			}
		})
	}
}

// BenchmarkPostgresAssign is BenchmarkAssign on PostgreSQL, with sync of the disk left to the
// server's test configuration, which has none: it shows what the statements and the locks
// cost. All callers take seats of one license, or each of its own.
func BenchmarkPostgresAssign(b *testing.B) {
	for _, driver := range postgresDrivers {
		for _, callers := range []int{1, 8, 64} {
			for _, licenses := range slices.Compact([]int{1, callers}) {
				b.Run(fmt.Sprintf("%s/%d/licenses=%d", driver, callers, licenses), func(b *testing.B) {
					store := openStore(b, openDB(b, driver, newSchema(b)), sqlstore.Config{Dialect: sqlstore.PostgreSQL, Writers: 16})
					benchmarkLicenses(b, callers, licenses, store)
				})
			}
		}
	}
}

func benchmarkLicenses(b *testing.B, callers, licenses int, store lifecycle.Store) {
	for id := range licenses {
		mustWrite(b, store, newLicense(license.ID(id+1), license.MaxSeats))
	}
	b.ReportAllocs()
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for caller := range callers {
		all.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := write(context.Background(), store, assign(license.ID(caller%licenses+1), user(int(n)))...); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}
