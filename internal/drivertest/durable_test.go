package drivertest

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/lifecycle/storetest"
)

// S3, S20: two stores on one file, each with connections of its own, share the seats:
// of all who ask exactly as many get one as there are.
func TestS3TwoStoresOnOneFile(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		file := newFile(t)
		db := openDB(t, driver, file)
		stores := []lifecycle.Store{
			openStore(t, db, sqlstore.Config{}),
			openStore(t, openDB(t, driver, file), sqlstore.Config{}),
		}
		const count, callers = 20, 50
		mustWrite(t, stores[0], newLicense(1, count))
		var got, refused counter
		var all sync.WaitGroup
		for n := range callers {
			all.Go(func() {
				effects := assign(1, user(n))
				take := effects[0].(lifecycle.TakeSeats)
				take.Limit = count
				effects[0] = take
				switch err := write(t.Context(), stores[n%2], effects...); {
				case err == nil:
					got.add()
				case errors.Is(err, lifecycle.ErrConflict):
					refused.add()
				default:
					t.Errorf("Update = %v", err)
				}
			})
		}
		all.Wait()
		if got.n != count || refused.n != callers-count {
			t.Errorf("%d got a seat and %d were refused, want %d and %d", got.n, refused.n, count, callers-count)
		}
		check(t, db)
	})
}

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) add() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

// P1, P2: a process that is killed while many write at once loses nothing that it has
// acknowledged, and leaves tables that agree. A round ends after so many
// acknowledgements, whatever time they take.
func TestP1P2KilledProcess(t *testing.T) {
	const rounds, acks = 5, 200
	onSQLite(t, func(t *testing.T, driver string) {
		file := newFile(t)
		mustWrite(t, openStore(t, openDB(t, driver, file), sqlstore.Config{}), newLicense(1, license.MaxSeats))
		acknowledged := map[string]bool{}
		for round := range rounds {
			writeUntilKilled(t, driver, file, round, acks, acknowledged)
			db := openDB(t, driver, file)
			check(t, db)
			held := allHeld(t, db)
			for user := range acknowledged {
				if !held[user] {
					t.Errorf("round %d: the seat of %s was acknowledged and is lost", round, user)
				}
			}
		}
	})
}

// allHeld returns who holds a seat.
func allHeld(t *testing.T, db *sql.DB) map[string]bool {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT user_id FROM isv_seats WHERE revoked_at IS NULL")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	held := map[string]bool{}
	for rows.Next() {
		var user string
		if err := rows.Scan(&user); err != nil {
			t.Fatal(err)
		}
		held[user] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return held
}

// writeUntilKilled starts a process that assigns seats and says so, reads so many
// of its lines, and kills it.
func writeUntilKilled(t *testing.T, driver, file string, round, lines int, acknowledged map[string]bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "DRIVERTEST_WRITE="+driver+" "+file, fmt.Sprintf("DRIVERTEST_ROUND=%d", round))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(out)
	for range lines {
		if !scanner.Scan() {
			t.Fatalf("the process ended by itself: %v", scanner.Err())
		}
		acknowledged[scanner.Text()] = true
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for scanner.Scan() { // what it said before it died counts too
		acknowledged[scanner.Text()] = true
	}
	_ = cmd.Wait()
}

// writer is the process that is killed. It has no test to tell of an error: a panic ends
// it, and the parent, which shows its words, fails.
func writer(target string) {
	driver, file, _ := strings.Cut(target, " ")
	db, err := sql.Open(driver, file)
	if err != nil {
		panic(err)
	}
	store, err := sqlstore.Open(context.Background(), db, sqlstore.Config{})
	if err != nil {
		panic(err)
	}
	const callers = 8
	for caller := range callers {
		go func() {
			for n := 0; ; n++ {
				u := user(n*callers + caller)
				u = userOf(os.Getenv("DRIVERTEST_ROUND"), u.String())
				if err := write(context.Background(), store, assign(1, u)...); err != nil {
					panic(err)
				}
				_, _ = os.Stdout.WriteString(u.String() + "\n") // one write, so that lines stay whole
			}
		}()
	}
	select {}
}

// The Manager agrees with its model on every store. E10: to a database that forbids it no
// command changes or deletes an event.
func TestModel(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		storetest.Model(t, func() (lifecycle.Store, func()) {
			folder, err := os.MkdirTemp("", "model")
			if err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open(driver, folder+"/store.db")
			if err != nil {
				t.Fatal(err)
			}
			store, err := sqlstore.Open(context.Background(), db, sqlstore.Config{})
			if err != nil {
				t.Fatal(err)
			}
			for _, verb := range []string{"UPDATE", "DELETE"} {
				if _, err := db.Exec("CREATE TRIGGER no_" + verb + " BEFORE " + verb + " ON isv_events BEGIN SELECT RAISE(ABORT, 'an event stays'); END"); err != nil {
					t.Fatal(err)
				}
			}
			return store, func() {
				_, _, _ = store.Close(), db.Close(), os.RemoveAll(folder)
			}
		})
	})
}
