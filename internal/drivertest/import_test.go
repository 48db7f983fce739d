package drivertest

import (
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// importRows yields so many licenses of one package, each of an org of its own.
func importRows(n int) iter.Seq2[lifecycle.Row, error] {
	pkg := pkgversion.MustPackageID("package")
	version := pkgversion.PackageVersion{ID: pkgversion.MustVersionID("version"), Package: pkg, Version: pkgversion.MustVersion("1.0")}
	return func(yield func(lifecycle.Row, error) bool) {
		if !yield(lifecycle.Row{Command: lifecycle.RegisterPackage{Registration: lifecycle.Registration{Package: pkgversion.Package{ID: pkg}}}}, nil) ||
			!yield(lifecycle.Row{Command: lifecycle.PublishVersion{Version: version}}, nil) {
			return
		}
		for i := range n {
			org := license.Org{ID: pkgversion.MustOrgID(fmt.Sprintf("org-%06d", i)), Name: "An org"}
			l := license.License{
				ID: license.ID(i + 1), Installation: license.MustInstallationID(fmt.Sprintf("installation-%06d", i)), Org: org.ID, Package: pkg,
				Version: version.ID, Number: version.Version, InstalledAt: exported.AddDate(0, 0, -i%300),
				Terms: license.Terms{Status: license.Active, Seats: license.MustSeats(i % 50), Expiration: license.LastDay(license.DateOf(exported).AddDays(i % 700))},
			}
			if !yield(lifecycle.Row{Command: lifecycle.ImportLicense{License: l, Org: org, AsOf: exported}}, nil) {
				return
			}
		}
	}
}

// 10,000 licenses, all or none, from commands to the store: what a row costs, which more of them do not change.
func BenchmarkImport(b *testing.B) {
	const rows = 10_000
	run := func(name string, open func(b *testing.B) lifecycle.Store) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m, err := lifecycle.New(lifecycle.Config{Store: open(b), Now: func() time.Time { return exported }})
				if err != nil {
					b.Fatal(err)
				}
				report, err := m.Import(b.Context(), brindlemoor, importRows(rows), lifecycle.AllRows)
				if err != nil || report.Changed != rows+2 {
					b.Fatalf("Import = %+v, %v", report, err)
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
	run("memory", func(*testing.B) lifecycle.Store { return &lifecycle.MemStore{} })
	run("sqlite", func(b *testing.B) lifecycle.Store { return newStore(b, "sqlite") })
}
