package drivertest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/isvkit/isvkit/internal/drivertest/hotlicense"
	"github.com/isvkit/isvkit/internal/drivertest/pgserver"
	"github.com/isvkit/isvkit/lifecycle"
)

// actor is who assigns, in benchmarks and tests on a Manager.
var actor = lifecycle.Actor{Vendor: vendor, ID: lifecycle.MustActorID("actor")}

// BenchmarkHotLicense has many callers, and one, take seats of one license, each seat with
// its event, durably: combined by the Manager; grouped by the store alone; each in a
// transaction of its own; and as somebody would write it by hand. The log is the least
// that so many durable acknowledgements can cost, the sync what one costs the disk; set
// TMPDIR to the disk that is meant.
//
//	go test -run '^$' -bench HotLicense -benchtime 2s -count 5
func BenchmarkHotLicense(b *testing.B) {
	for _, callers := range []int{hotlicense.Callers, 1} {
		for _, driver := range sqliteDrivers {
			for _, way := range hotlicense.OnSQLite(driver, b.TempDir(), callers) {
				b.Run(fmt.Sprintf("%s/callers=%d/%s", driver, callers, way.Name), func(b *testing.B) { benchmarkHot(b, callers, way) })
			}
		}
	}
	b.Run("sync", benchmarkSync)
}

var startDurable = sync.OnceValues(pgserver.StartDurable)

// durableServer returns a server that syncs.
func durableServer(b *testing.B) *pgserver.Server {
	server, err := startDurable()
	if errors.Is(err, pgserver.ErrNotInstalled) && os.Getenv("ISVKIT_NO_SKIP") == "" { // there is nothing to measure; apt-get install postgresql
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	return server
}

// durableSchema returns the data source name of a new schema on it.
func durableSchema(b *testing.B) string {
	dsn, err := durableServer(b).NewSchema(b.Context())
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
	for _, callers := range []int{hotlicense.Callers, 1} {
		for _, way := range hotlicense.OnPostgres(durableServer(b), callers) {
			b.Run(fmt.Sprintf("pgx/callers=%d/%s", callers, way.Name), func(b *testing.B) { benchmarkHot(b, callers, way) })
		}
	}
}

func benchmarkHot(b *testing.B, callers int, way hotlicense.Way) {
	opened, err := way.Open(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	begin := cpuTime(b)
	if err := opened.Run(b.Context(), callers, 0, b.N); err != nil {
		b.Error(err)
	}
	b.ReportMetric(float64((cpuTime(b)-begin).Nanoseconds())/float64(b.N), "cpu-ns/op")
	b.StopTimer()
	if err := opened.Close(); err != nil {
		b.Error(err)
	}
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
		begin := time.Now() // the median is wanted, and b.Loop measures the mean
		if err := file.Sync(); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "µs-median")
}
