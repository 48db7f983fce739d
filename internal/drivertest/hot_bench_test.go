package drivertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/isvkit/isvkit/internal/drivertest/pgserver"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/seats"
)

// actor is who assigns, in benchmarks and tests on a Manager.
var actor = lifecycle.Actor{Vendor: vendor, ID: lifecycle.MustActorID("actor")}

// An assigning gives one user one seat of license 1, durably.
type assigning func(ctx context.Context, caller int, u seats.UserID) error

// hotCallers are how many ask for seats of one license at once.
const hotCallers = 64

// BenchmarkHotLicense has many callers, and one, take seats of one license, each seat with
// its event, durably: combined by the Manager; grouped by the store alone; each in a
// transaction of its own; and as somebody would write it by hand. The log is the least
// that so many durable acknowledgements can cost, the sync what one costs the disk; set
// TMPDIR to the disk that is meant.
//
//	go test -run '^$' -bench HotLicense -benchtime 2s -count 5
func BenchmarkHotLicense(b *testing.B) {
	for _, callers := range []int{hotCallers, 1} {
		for _, driver := range sqliteDrivers {
			run := func(way string, open func(*testing.B) assigning) {
				b.Run(fmt.Sprintf("%s/callers=%d/%s", driver, callers, way), func(b *testing.B) { benchmarkHot(b, callers, open(b)) })
			}
			store := func(b *testing.B, c sqlstore.Config) lifecycle.Store {
				return openStore(b, openDB(b, driver, newFile(b)), c)
			}
			run("combined", func(b *testing.B) assigning { return byManagers(b, store(b, sqlstore.Config{}), 1) })
			run("grouped", func(b *testing.B) assigning { return byManagers(b, store(b, sqlstore.Config{}), callers) })
			run("each", func(b *testing.B) assigning { return byManagers(b, store(b, sqlstore.Config{MaxGroup: 1}), callers) })
			run("by-hand", func(b *testing.B) assigning { return byHandSQLite(b, openDB(b, driver, newFile(b))) })
		}
		b.Run(fmt.Sprintf("log/callers=%d", callers), func(b *testing.B) { benchmarkHot(b, callers, byLog(b)) })
	}
	b.Run("sync", benchmarkSync)
}

var startDurable = sync.OnceValues(pgserver.StartDurable)

// durableSchema returns the data source name of a new schema on a server that syncs.
func durableSchema(b *testing.B) string {
	server, err := startDurable()
	if errors.Is(err, pgserver.ErrNotInstalled) && os.Getenv("ISVKIT_NO_SKIP") == "" { // apt-get install postgresql
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	dsn, err := server.NewSchema(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return dsn
}

func newDurableStore(b *testing.B, driver string) lifecycle.Store {
	return openStore(b, openDB(b, driver, durableSchema(b)), onServer)
}

// BenchmarkHotLicensePostgres is BenchmarkHotLicense on a server that syncs.
func BenchmarkHotLicensePostgres(b *testing.B) {
	for _, callers := range []int{hotCallers, 1} {
		run := func(way string, open func(*testing.B, *sql.DB) assigning) {
			b.Run(fmt.Sprintf("pgx/callers=%d/%s", callers, way), func(b *testing.B) {
				db := openDB(b, "pgx", durableSchema(b))
				db.SetMaxOpenConns(hotCallers + 8)
				db.SetMaxIdleConns(hotCallers + 8)
				benchmarkHot(b, callers, open(b, db))
			})
		}
		run("combined", func(b *testing.B, db *sql.DB) assigning { return byManagers(b, openStore(b, db, onServer), 1) })
		run("each", func(b *testing.B, db *sql.DB) assigning { return byManagers(b, openStore(b, db, onServer), callers) })
		run("for-update", func(b *testing.B, db *sql.DB) assigning { return byHandPostgres(b, db, forUpdate) })
		run("one-statement", func(b *testing.B, db *sql.DB) assigning { return byHandPostgres(b, db, oneStatement) })
	}
}

func benchmarkHot(b *testing.B, callers int, assign assigning) {
	b.ReportAllocs()
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	begin := cpuTime(b)
	for caller := range callers {
		all.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := assign(context.Background(), caller, user(int(n))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64((cpuTime(b)-begin).Nanoseconds())/float64(b.N), "cpu-ns/op")
	b.StopTimer()
}

// cpuTime returns what this process has used of processors: on a busy machine it says
// more than the time that has passed.
func cpuTime(t testing.TB) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// byManagers assigns through so many Managers on one store: they combine what their own
// callers wait for, and nothing of each other.
func byManagers(b *testing.B, store lifecycle.Store, n int) assigning {
	mustWrite(b, store, newLicense(1, license.MaxSeats))
	managers := make([]*lifecycle.Manager, n)
	for i := range managers {
		m, err := lifecycle.New(lifecycle.Config{Store: store})
		if err != nil {
			b.Fatal(err)
		}
		managers[i] = m
	}
	return func(ctx context.Context, caller int, u seats.UserID) error {
		_, err := managers[caller%n].Assign(ctx, actor, lifecycle.Assign{License: 1, Users: []seats.UserID{u}})
		return err
	}
}

// What somebody would write by hand: a counter, a row for each seat, and the event.
const (
	handTables = `CREATE TABLE licenses (id INTEGER PRIMARY KEY, seats INTEGER NOT NULL, holders INTEGER NOT NULL);
		CREATE TABLE assignments (license INTEGER NOT NULL, user_id TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (license, user_id));
		INSERT INTO licenses VALUES (1, 99000000, 0)`
	handTake   = "UPDATE licenses SET holders = holders + 1 WHERE id = 1 AND holders < seats"
	handAssign = "INSERT INTO assignments VALUES (1, $1, '2026-06-30T12:00:00.000000Z')"
	handEvent  = `INSERT INTO events (change) VALUES ('{"License":"L-00001","Users":["user"],"By":"actor"}')`
)

func execAll(ctx context.Context, conn interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, u seats.UserID, queries ...string) error {
	for _, query := range queries {
		var args []any
		if query == handAssign {
			args = append(args, u.String())
		}
		if _, err := conn.ExecContext(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// byHandSQLite is one transaction per call, on one connection, whose turn callers wait for.
func byHandSQLite(b *testing.B, db *sql.DB) assigning {
	conn, err := db.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	for _, query := range []string{"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", handTables,
		"CREATE TABLE events (seq INTEGER PRIMARY KEY, change TEXT NOT NULL)"} {
		if _, err := conn.ExecContext(b.Context(), query); err != nil {
			b.Fatal(err)
		}
	}
	var mu sync.Mutex
	return func(ctx context.Context, _ int, u seats.UserID) error {
		mu.Lock()
		defer mu.Unlock()
		return execAll(ctx, conn, u, "BEGIN IMMEDIATE", handTake, handAssign, handEvent, "COMMIT")
	}
}

// forUpdate locks the row, looks, and writes.
func forUpdate(ctx context.Context, db *sql.DB, u seats.UserID) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var seats, holders int
	if err := tx.QueryRowContext(ctx, "SELECT seats, holders FROM licenses WHERE id = 1 FOR UPDATE").Scan(&seats, &holders); err != nil {
		return err
	}
	if holders >= seats {
		return errors.New("no seat")
	}
	if err := execAll(ctx, tx, u, handTake, handAssign, handEvent); err != nil {
		return err
	}
	return tx.Commit()
}

// oneStatement does all of it in one conditional statement, which commits by itself.
func oneStatement(ctx context.Context, db *sql.DB, u seats.UserID) error {
	_, err := db.ExecContext(ctx, `WITH taken AS (`+handTake+` RETURNING id),
		seated AS (INSERT INTO assignments SELECT id, $1, '2026-06-30T12:00:00.000000Z' FROM taken RETURNING license)
		INSERT INTO events (change) SELECT '{"License":"L-00001","Users":["user"],"By":"actor"}' FROM seated`, u.String())
	return err
}

func byHandPostgres(b *testing.B, db *sql.DB, assign func(context.Context, *sql.DB, seats.UserID) error) assigning {
	for _, query := range []string{handTables, "CREATE TABLE events (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, change TEXT NOT NULL)"} {
		if _, err := db.ExecContext(b.Context(), query); err != nil {
			b.Fatal(err)
		}
	}
	return func(ctx context.Context, _ int, u seats.UserID) error { return assign(ctx, db, u) }
}

// byLog appends a line to a file, and waits until it is synced with those that others
// have appended meanwhile.
func byLog(b *testing.B) assigning {
	file, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = file.Close() })
	var mu sync.Mutex
	var syncing bool
	var lines []byte
	var waiting []chan error
	run := func() { // with the lock
		for len(waiting) > 0 {
			batch, told := lines, waiting
			lines, waiting = nil, nil
			mu.Unlock()
			_, err := file.Write(batch)
			err = errors.Join(err, file.Sync())
			for _, c := range told {
				c <- err
			}
			mu.Lock()
		}
		syncing = false
	}
	return func(_ context.Context, _ int, u seats.UserID) error {
		done := make(chan error, 1)
		mu.Lock()
		lines = fmt.Appendf(lines, `{"License":"L-00001","Users":[%q],"At":"2026-06-30T12:00:00Z","By":"actor"}`+"\n", u.String())
		waiting = append(waiting, done)
		if !syncing {
			syncing = true
			run()
		}
		mu.Unlock()
		return <-done
	}
}

// benchmarkSync appends and syncs 300 bytes, and tells the median.
func benchmarkSync(b *testing.B) {
	file, err := os.Create(filepath.Join(b.TempDir(), "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	var times []time.Duration
	line := make([]byte, 300)
	for b.Loop() {
		if _, err := file.Write(line); err != nil {
			b.Fatal(err)
		}
		begin := time.Now()
		if err := file.Sync(); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "µs-median")
}
