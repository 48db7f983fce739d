package reliability

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	_ "github.com/lib/pq"
	_ "modernc.org/sqlite"

	"github.com/isvkit/isvkit/internal/drivertest/faulty"
	"github.com/isvkit/isvkit/internal/drivertest/pgserver"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// sqliteDrivers are the names under which SQLite is registered with database/sql.
var sqliteDrivers = []string{"sqlite"}

// postgresDrivers are those under which PostgreSQL is.
var postgresDrivers = []string{"pgx", "postgres"}

// The world of all parts but the model: one org with two licenses of one package.
var (
	actor     = lifecycle.Actor{Vendor: pkgversion.MustVendorID("vendor"), ID: lifecycle.MustActorID("reliability")}
	packageID = pkgversion.MustPackageID("package")
	org       = license.Org{ID: pkgversion.MustOrgID("org")}
	noon      = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
)

func userN(n int) seats.UserID { return seats.MustUserID(fmt.Sprintf("user-%d", n)) }

func installationN(n int) license.InstallationID {
	return license.MustInstallationID(fmt.Sprintf("installation-%d", n))
}

// handle is a Manager on a store, and what is below it.
type handle struct {
	*lifecycle.Manager
	store  lifecycle.Store
	db     *sql.DB        // nil in memory
	faults *faulty.Faults // nil in memory
	closed func() error
}

func (h *handle) close() error { return h.closed() }

func newManager(s lifecycle.Store) (*lifecycle.Manager, error) {
	return lifecycle.New(lifecycle.Config{Store: s, Now: func() time.Time { return noon }})
}

// inMemory returns a new handle on a store in memory. With a plant the store has its fault.
func (f Fault) inMemory(s *lifecycle.MemStore) (*handle, error) {
	store := f.wrapped(s)
	m, err := newManager(store)
	return &handle{Manager: m, store: store, closed: func() error { return nil }}, err
}

// open returns a handle on a database, with connections of its own.
func (f Fault) open(ctx context.Context, driver, dsn string) (*handle, error) {
	db, faults, err := faulty.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	faults.Plant = f.sql
	config := sqlstore.Config{BusyTimeout: 20 * time.Second}
	if slices.Contains(postgresDrivers, driver) {
		config.Dialect = sqlstore.PostgreSQL
	}
	s, err := sqlstore.Open(ctx, db, config)
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	store := f.wrapped(s)
	m, err := newManager(store)
	return &handle{m, store, db, faults, func() error { return errors.Join(s.Close(), db.Close()) }}, err
}

func (f Fault) wrapped(s lifecycle.Store) lifecycle.Store {
	if f.wrap == nil {
		return s
	}
	return f.wrap(s)
}

// settle makes the world: licenses 1 and 2 with so many seats each.
func settle(ctx context.Context, m *lifecycle.Manager, count int) error {
	_, err := m.RegisterPackage(ctx, actor, lifecycle.Registration{
		Package: pkgversion.Package{ID: packageID}, Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(count)},
	})
	if err != nil {
		return err
	}
	for i, number := range []string{"1.0", "1.1"} {
		err := m.PublishVersion(ctx, actor, lifecycle.PublishVersion{Version: pkgversion.PackageVersion{
			ID: versionN(i + 1), Package: packageID, Version: pkgversion.MustVersion(number)}})
		if err != nil {
			return err
		}
	}
	for n := 1; n <= 2; n++ {
		if _, err := m.Install(ctx, actor, installed(n)); err != nil {
			return err
		}
	}
	return nil
}

func versionN(n int) pkgversion.VersionID {
	return pkgversion.MustVersionID(fmt.Sprintf("version-%d", n))
}

func installed(n int) lifecycle.Installed {
	return lifecycle.Installed{Notice: lifecycle.Notice{At: noon, Org: org}, Installation: installationN(n), Package: packageID, Version: versionN(1)}
}

// servers has the PostgreSQL server of a run.
type servers struct {
	given  string
	server *pgserver.Server // nil: none is ours
	said   string
	crash  sync.RWMutex // held for writing while the server is down
}

// newServers starts a server where one is installed. A run without one, though one is
// there or has to be, would be less work that nobody notices: it is an error.
func newServers(o Options) (*servers, error) {
	s := &servers{given: o.Postgres, said: "not at this level"}
	if o.Postgres != "" {
		s.said = "given"
		return s, nil
	}
	if o.Level == Smoke {
		return s, nil
	}
	var err error
	s.server, err = pgserver.Start()
	switch {
	case err == nil:
		s.said = "started in " + s.server.Folder()
	case errors.Is(err, pgserver.ErrNotInstalled) && os.Getenv("ISVKIT_NO_SKIP") == "":
		s.said, err = "none: "+err.Error(), nil
	}
	return s, err
}

func (s *servers) there() bool { return s.given != "" || s.server != nil }

// newSchema makes a new schema, and returns its data source name and what drops it.
func (s *servers) newSchema(ctx context.Context) (dsn string, drop func(), err error) {
	server := s.given
	if server == "" {
		server = s.server.DSN()
	}
	dsn, dropped, err := pgserver.NewSchema(ctx, server)
	return dsn, func() { _ = dropped(context.WithoutCancel(ctx)) }, err
}
