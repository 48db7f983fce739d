// Command refresh reads what the orgs of a package's subscribers have and sets the
// vendor's books right by it: it makes the licenses that are missing, takes over what
// was uninstalled, and reports where the two sides differ. The orgs are made up. On
// the way the run is stopped, goes on from where it was after a restart, and one org
// does not answer at first.
//
//	go run ./examples/refresh
//	go run ./examples/refresh -orgs 100000   # minutes; stop it with Ctrl-C and run it again
//
// Everything lasts in one SQLite file. Run it again: a package is refreshed once in
// seven days.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"time"

	_ "modernc.org/sqlite"

	"github.com/isvkit/isvkit/examples/internal/bar"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/lifecycle/subscribertest"
	"github.com/isvkit/isvkit/pkgversion"
)

func main() {
	file := flag.String("db", "refresh.db", "the SQLite file that keeps everything")
	count := flag.Int("orgs", 2000, "how many orgs have the package, at least 100")
	today := flag.String("today", "2026-06-30", "the day on which it is refreshed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *file, *count, *today); err != nil {
		log.Fatal("refresh: ", err)
	}
}

// job is one process of the vendor's: it opens the books, does something, and ends.
type job struct {
	ctx   context.Context
	out   io.Writer
	file  string
	now   time.Time
	orgs  *subscribertest.Orgs
	count int
}

func run(ctx context.Context, out io.Writer, file string, count int, today string) error {
	day, err := license.ParseDate(today)
	if err != nil {
		return err
	}
	j := &job{ctx: ctx, out: out, file: file, now: day.Start().Add(3 * time.Hour), count: max(count, 100)}
	j.orgs = madeUp(j.count, j.now)
	for _, step := range []func(*lifecycle.Manager) error{j.begin, j.stopHalfWay, j.goOn, j.tryAgain, j.report} {
		if err := j.process(step); err != nil {
			return err
		}
	}
	return nil
}

// process opens the books, takes a step, and closes them.
func (j *job) process(step func(*lifecycle.Manager) error) (err error) {
	db, err := sql.Open("sqlite", j.file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := sqlstore.Open(j.ctx, db, sqlstore.Config{})
	if err != nil {
		return fmt.Errorf("opening %s: %w", j.file, err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	m, err := lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { return j.now }})
	if err != nil {
		return err
	}
	return step(m)
}

// begin registers the package, which many orgs have had for long, and takes in the
// installations that were told since.
func (j *job) begin(m *lifecycle.Manager) error {
	_, err := m.RegisterPackage(j.ctx, me, lifecycle.Registration{
		Package:  pkgversion.Package{ID: fieldDesk, Name: "Field Desk"},
		Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(10)},
	})
	if err == nil {
		err = m.PublishVersion(j.ctx, me, lifecycle.PublishVersion{Version: pkgversion.PackageVersion{ID: v1, Package: fieldDesk, Version: pkgversion.MustVersion("1.0")}})
	}
	for n := 0; n < told && err == nil; n++ {
		i := installation(n)
		_, err = m.Notify(j.ctx, me, lifecycle.Installed{
			Notice:       lifecycle.Notice{At: installedAt, Org: license.Org{ID: i.Org, Status: license.OrgActive}},
			Installation: i.ID, Package: fieldDesk, Version: v1,
		})
	}
	return err
}

// refresh refreshes the package, with a bar. It goes on with what was begun.
func (j *job) refresh(ctx context.Context, m *lifecycle.Manager, watch func(lifecycle.Refresh)) (lifecycle.Refresh, error) {
	watched := bar.New()
	defer watched.Done()
	return m.Refresh(ctx, me, j.orgs, lifecycle.RefreshPackage{Package: fieldDesk, Progress: func(r lifecycle.Refresh) {
		watched.Show("orgs", int64(r.Read), int64(j.count))
		watch(r)
	}})
}

func (j *job) stopHalfWay(m *lifecycle.Manager) error {
	ctx, stop := context.WithCancel(j.ctx)
	defer stop()
	is, err := j.refresh(ctx, m, func(r lifecycle.Refresh) {
		if r.Read >= j.count/2 {
			stop() // as somebody who pulls the plug
		}
	})
	if errors.Is(err, context.Canceled) && j.ctx.Err() == nil {
		fmt.Fprintf(j.out, "Stopped after %d of %d orgs.\n", is.Read, j.count)
		return nil
	}
	return j.tooSoon(err)
}

func (j *job) goOn(m *lifecycle.Manager) error {
	is, err := j.refresh(j.ctx, m, func(lifecycle.Refresh) {})
	var left *lifecycle.RefreshLeftError
	if errors.As(err, &left) {
		fmt.Fprintf(j.out, "Went on from there: %d orgs read, %d licenses were missing and are made, %d differ.\n", is.Read, is.Made, is.Differing)
		fmt.Fprintf(j.out, "Left for later, and nobody else held up: %v.\n", left.Errs[0])
		return nil
	}
	return j.tooSoon(err)
}

func (j *job) tryAgain(m *lifecycle.Manager) error {
	j.orgs.Fault = nil // the org is up again
	is, err := j.refresh(j.ctx, m, func(lifecycle.Refresh) {})
	if err == nil {
		fmt.Fprintf(j.out, "Tried that one again: %d of %d orgs read, done.\n", is.Read, j.count)
	}
	return j.tooSoon(err)
}

// tooSoon is nil for a package that was refreshed already.
func (j *job) tooSoon(err error) error {
	var soon *lifecycle.RefreshTooSoonError
	if errors.As(err, &soon) {
		return nil
	}
	return err
}

// report tells what differs, and when the package can be refreshed again.
func (j *job) report(m *lifecycle.Manager) error {
	for d, err := range m.Drifts(j.ctx, me) {
		if err != nil {
			return err
		}
		for _, of := range d.Differences {
			fmt.Fprintf(j.out, "%v in org %v: %s differs since %v: we have %s, they have %s.\n",
				d.License.ID, d.License.Org, of.Field, license.DateOf(of.Since), of.Vendor, of.Subscriber)
		}
	}
	gone := 0
	for _, err := range m.Licenses(j.ctx, me, lifecycle.LicenseQuery{Package: fieldDesk, Status: license.Uninstalled}) {
		if err != nil {
			return err
		}
		gone++
	}
	r, err := m.Package(j.ctx, me, fieldDesk)
	fmt.Fprintf(j.out, "%d found uninstalled. The next refresh is on %v.\n", gone, r.NextRefresh())
	return err
}
