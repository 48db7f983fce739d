package drivertest

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

// bulkUsers is how many users BenchmarkBulkAssign seats in one call: ISVKIT_BULK, or a
// number that takes little time.
func bulkUsers(t testing.TB) int {
	text := os.Getenv("ISVKIT_BULK")
	if text == "" {
		return 20_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// BenchmarkBulkAssign gives many users of a new license a seat each in one call, all or
// nothing, events included, in an order that has nothing to do with that of the rows. With
// ISVKIT_BULK=1000000 it is a million.
func BenchmarkBulkAssign(b *testing.B) {
	ways := map[string]func(*testing.B, string) lifecycle.Store{
		"sqlite":   func(b *testing.B, driver string) lifecycle.Store { return newStore(b, driver) },
		"sqlite3":  func(b *testing.B, driver string) lifecycle.Store { return newStore(b, driver) },
		"pgx":      func(b *testing.B, driver string) lifecycle.Store { return newDurableStore(b, driver) },
		"postgres": func(b *testing.B, driver string) lifecycle.Store { return newDurableStore(b, driver) },
	}
	for _, driver := range append(append([]string{}, sqliteDrivers...), postgresDrivers...) {
		b.Run(driver, func(b *testing.B) { benchmarkBulk(b, ways[driver](b, driver)) })
	}
}

func benchmarkBulk(b *testing.B, store lifecycle.Store) {
	m, err := lifecycle.New(lifecycle.Config{Store: store})
	if err != nil {
		b.Fatal(err)
	}
	users := manyUsers(bulkUsers(b))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, begin := 0, cpuTime(b)
	for b.Loop() {
		n++
		b.StopTimer()
		mustWrite(b, store, newLicense(license.ID(n), license.MaxSeats))
		b.StartTimer()
		seating, err := m.Assign(b.Context(), actor, lifecycle.Assign{License: license.ID(n), Users: users})
		if err != nil || len(seating.Assigned) != len(users) || seating.License.Holders != len(users) {
			b.Fatalf("Assign = %d users, %d holders, %v", len(seating.Assigned), seating.License.Holders, err)
		}
	}
	b.ReportMetric(float64((cpuTime(b)-begin).Milliseconds())/float64(n), "cpu-ms/op")
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(n*len(users)), "B/user")
}

// manyUsers returns different users in an order that looks like none.
func manyUsers(n int) []seats.UserID {
	users := make([]seats.UserID, n)
	for i := range users {
		users[i] = seats.MustUserID(fmt.Sprintf("%016x", uint64(i)*0x9E3779B97F4A7C15))
	}
	return users
}

// S17: a bulk assign of more users than one event names is all or nothing, or as many as fit,
// with all its events.
func TestS17BulkAssign(t *testing.T) {
	open := map[string]func(t *testing.T, driver string) lifecycle.Store{
		"sqlite": func(t *testing.T, driver string) lifecycle.Store { return newStore(t, driver) },
		"pgx":    func(t *testing.T, driver string) lifecycle.Store { return newPostgresStore(t, driver) },
	}
	for driver, open := range open {
		t.Run(driver, func(t *testing.T) {
			store := open(t, driver)
			m, err := lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { return noon }})
			if err != nil {
				t.Fatal(err)
			}
			const room = 2500
			mustWrite(t, store, newLicense(1, room))
			users := manyUsers(room + 1)
			if _, err := m.Assign(t.Context(), actor, lifecycle.Assign{License: 1, Users: users}); err == nil {
				t.Error("Assign of one too many = nil, want an error")
			}
			if n := holders(t, store, 1); n != 0 {
				t.Errorf("%d holders after a refusal, want 0", n)
			}
			seating, err := m.Assign(t.Context(), actor, lifecycle.Assign{License: 1, Users: users, AsFit: true})
			if err != nil || len(seating.Assigned) != room || len(seating.Left) != 1 || seating.Left[0] != users[room] {
				t.Errorf("Assign as many as fit = %d assigned, %v left, %v", len(seating.Assigned), seating.Left, err)
			}
			if sizes := eventSizes(t, m); fmt.Sprint(sizes) != "[1000 1000 500]" {
				t.Errorf("events of %v users, want of 1000, 1000 and 500", sizes)
			}
		})
	}
}

func eventSizes(t *testing.T, m *lifecycle.Manager) (sizes []int) {
	for e, err := range m.Events(context.Background(), actor, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := e.Change.(lifecycle.SeatsAssigned); ok {
			sizes = append(sizes, len(c.Users))
		}
	}
	return sizes
}
