package drivertest

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

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

func benchmarkAssign(b *testing.B, callers int, store lifecycle.Store, f *faults) {
	mustWrite(b, store, newLicense(1, license.MaxSeats))
	f.commitsSince()
	b.ReportAllocs()
	b.SetParallelism(callers) // times GOMAXPROCS, see below
	var next atomic.Int64
	slots := make(chan struct{}, callers)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			slots <- struct{}{} // so many at once, whatever GOMAXPROCS is
			if err := write(context.Background(), store, assign(1, user(int(next.Add(1))))...); err != nil {
				b.Error(err)
			}
			<-slots
		}
	})
	b.ReportMetric(float64(f.commitsSince())/float64(b.N), "commits/op")
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
