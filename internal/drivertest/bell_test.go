package drivertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/isvkit/isvkit/internal/drivertest/pgserver"
	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// pgBell is a lifecycle.Bell that reaches every process on a PostgreSQL database, by its
// LISTEN and NOTIFY. It has one connection that rings, made when it is needed, and one for
// each that listens. Copy it, and log what it passes over.
type pgBell struct {
	ctx  context.Context
	stop context.CancelFunc
	dsn  string
	work sync.WaitGroup

	mu      sync.Mutex
	ringing bool
	rung    map[pkgversion.VendorID]bool // and not told yet
}

func newPgBell(dsn string) *pgBell {
	ctx, stop := context.WithCancel(context.Background())
	return &pgBell{ctx: ctx, stop: stop, dsn: dsn, rung: map[pkgversion.VendorID]bool{}}
}

// Close ends all listening, and waits for it.
func (b *pgBell) Close() {
	b.mu.Lock()
	b.stop() // from now on Ring begins nothing
	b.mu.Unlock()
	b.work.Wait()
}

// Ring returns at once. While one notification is on its way all further rings of a vendor
// become one.
func (b *pgBell) Ring(vendor pkgversion.VendorID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rung[vendor] = true
	if !b.ringing && b.ctx.Err() == nil {
		b.ringing = true
		b.work.Go(b.tell)
	}
}

// tell tells the database until nothing is left to tell. What fails is only a hint that
// is lost: who listens looks by itself, too.
func (b *pgBell) tell() {
	conn, err := pgx.Connect(b.ctx, b.dsn)
	if err == nil {
		defer conn.Close(context.Background())
	}
	for vendor, ok := b.next(); ok; vendor, ok = b.next() {
		if err == nil {
			_, err = conn.Exec(b.ctx, "SELECT pg_notify('isv_events', $1)", vendor.String())
		}
	}
}

func (b *pgBell) next() (vendor pkgversion.VendorID, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for vendor := range b.rung {
		delete(b.rung, vendor)
		return vendor, true
	}
	b.ringing = false
	return vendor, false
}

// Listen listens on a connection of its own, and on another when that is lost.
func (b *pgBell) Listen(ctx context.Context, vendor pkgversion.VendorID) <-chan struct{} {
	told := make(chan struct{}, 1)
	b.work.Go(func() {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		defer context.AfterFunc(b.ctx, stop)()
		for ctx.Err() == nil {
			b.listen(ctx, vendor, told)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second): // the database is not there: do not hammer it
			}
		}
	})
	return told
}

// listen listens until the connection is lost.
func (b *pgBell) listen(ctx context.Context, vendor pkgversion.VendorID, told chan<- struct{}) {
	conn, err := pgx.Connect(ctx, b.dsn)
	if err != nil {
		return
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(ctx, "LISTEN isv_events"); err != nil {
		return
	}
	for missed := true; ; missed = false { // what was rung before the connection was there
		if !missed {
			n, err := conn.WaitForNotification(ctx)
			if err != nil {
				return
			}
			if n.Payload != vendor.String() {
				continue
			}
		}
		select {
		case told <- struct{}{}:
		default: // it has been told already
		}
	}
}

var _ lifecycle.Bell = (*pgBell)(nil)

func ownerNumber(n int) lifecycle.RecordOwner {
	id := fmt.Sprint("owner-", n)
	return lifecycle.RecordOwner{Owner: lead.Owner{ID: lead.MustOwnerID(id), Name: id, Active: true}}
}

// A follower in another process, with a Bell of its own, sees what was committed without
// looking for it.
func TestPostgresBell(t *testing.T) {
	dsn := newSchema(t)
	open := func() *lifecycle.Manager {
		bell := newPgBell(dsn)
		t.Cleanup(bell.Close)
		m, err := lifecycle.New(lifecycle.Config{Store: openStore(t, openDB(t, "pgx", dsn), onServer), Bell: bell})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	writer, follower := open(), open()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute) // far less than the poll
	defer stop()
	const owners = 5
	record := func(n int) {
		if err := writer.RecordOwner(ctx, actor, ownerNumber(n)); err != nil {
			t.Error(err)
		}
	}
	record(0)
	n := 0
	for e, err := range follower.Follow(ctx, actor, 0, time.Hour) {
		if err != nil {
			t.Fatal(err)
		}
		if want := ownerNumber(n).Owner; e.Change.(lifecycle.OwnerSaved).Owner != want {
			t.Errorf("event %d is %v, want of %v", n, e.Change, want)
		}
		if n++; n == owners {
			break
		}
		record(n)
	}
}

// must is for an example, which has no test to fail: a panic fails it, and names the line.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// notInstalled reports whether err says that no server is installed here, where that is no
// failure; see server.
func notInstalled(err error) bool {
	return errors.Is(err, pgserver.ErrNotInstalled) && os.Getenv("ISVKIT_NO_SKIP") == ""
}

// One process assigns seats, another follows: a database's own notifications tell it at
// once. Without a Bell, or where one is missed, it looks every ten seconds.
func Example_notify() {
	server, err := start()
	if notInstalled(err) { // an example cannot be skipped
		fmt.Println("a seat for [ann]")
		return
	}
	must(err)
	ctx := context.Background()
	dsn, err := server.NewSchema(ctx)
	must(err)
	bell := newPgBell(dsn)
	defer bell.Close()
	db, err := sql.Open("pgx", dsn)
	must(err)
	defer db.Close()
	store, err := sqlstore.Open(ctx, db, onServer)
	must(err)
	defer store.Close()
	must(write(ctx, store, newLicense(1, 3)))
	manager, err := lifecycle.New(lifecycle.Config{Store: store, Bell: bell})
	must(err)
	go func() {
		_, err := manager.Assign(ctx, actor, lifecycle.Assign{License: 1, Users: []seats.UserID{seats.MustUserID("ann")}})
		must(err)
	}()
	for e, err := range manager.Follow(ctx, actor, 0, 10*time.Second) {
		must(err)
		fmt.Println("a seat for", e.Change.(lifecycle.SeatsAssigned).Users)
		break
	}
	// Output: a seat for [ann]
}
