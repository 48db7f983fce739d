package reliability

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/isvkit/isvkit/internal/drivertest/faulty"
	"github.com/isvkit/isvkit/internal/drivertest/tables"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

// operation is a kind of thing that is asked of a Manager. Asked again after it was
// done, it changes nothing.
type operation struct {
	name string
	do   func(context.Context, *lifecycle.Manager) (yes bool, err error)
}

// operations of a world in which users 0 to 2 hold a seat of license 1, and user 3 one of
// license 2.
var operations = []operation{
	{"check", func(ctx context.Context, m *lifecycle.Manager) (bool, error) { // of who holds none
		d, err := m.CheckLicense(ctx, actor, 1, userN(9))
		return d.Licensed(), err
	}},
	{"read", func(ctx context.Context, m *lifecycle.Manager) (bool, error) {
		n := 0
		for _, err := range m.Holders(ctx, actor, 1) {
			if err != nil {
				return false, err
			}
			n++
		}
		return n != 3, nil // an answer that is not right is as bad as a yes
	}},
	{"install", func(ctx context.Context, m *lifecycle.Manager) (bool, error) {
		_, err := m.Install(ctx, actor, installed(3))
		return false, err
	}},
	{"uninstall", func(ctx context.Context, m *lifecycle.Manager) (bool, error) {
		_, err := m.Uninstall(ctx, actor, lifecycle.Uninstalled{Notice: lifecycle.Notice{At: noon, Org: org}, Installation: installationN(1), Package: packageID})
		return false, err
	}},
	{"upgrade", func(ctx context.Context, m *lifecycle.Manager) (bool, error) {
		_, err := m.Upgrade(ctx, actor, lifecycle.Upgrade{License: 1, Version: versionN(2)})
		return false, err
	}},
	{"modify", func(ctx context.Context, m *lifecycle.Manager) (bool, error) {
		_, err := m.Modify(ctx, actor, lifecycle.Modify{License: 1, Revision: 1,
			Terms: license.Terms{Status: license.Suspended, Seats: license.MustSeats(2), Expiration: license.Never()}})
		return false, err
	}},
	{"assign", func(ctx context.Context, m *lifecycle.Manager) (bool, error) {
		_, err := m.Assign(ctx, actor, lifecycle.Assign{License: 1, Users: []seats.UserID{userN(7)}})
		return false, err
	}},
	{"assign many", func(ctx context.Context, m *lifecycle.Manager) (bool, error) {
		_, err := m.Assign(ctx, actor, lifecycle.Assign{License: 2, Users: []seats.UserID{userN(4), userN(5), userN(6)}})
		return false, err
	}},
	{"revoke", func(ctx context.Context, m *lifecycle.Manager) (bool, error) {
		_, err := m.Revoke(ctx, actor, lifecycle.Revoke{License: 1, Users: []seats.UserID{userN(0), userN(1)}})
		return false, err
	}},
	{"transfer", func(ctx context.Context, m *lifecycle.Manager) (bool, error) {
		_, err := m.Transfer(ctx, actor, lifecycle.Transfer{License: 1, From: userN(0), To: userN(7)})
		return false, err
	}},
	{"move", func(ctx context.Context, m *lifecycle.Manager) (bool, error) {
		_, err := m.Move(ctx, actor, lifecycle.Move{User: userN(3), From: 2, To: 1})
		return false, err
	}},
}

// runSweep fails every call of the driver that an operation makes, one at a time,
// before the work and after it, plainly and with the connection lost.
func runSweep(ctx context.Context, p *part) error {
	for n := 0; n < p.size("sweeps") && !p.over(ctx); n++ {
		if err := sweep(ctx, p, n); err != nil {
			return err
		}
		p.count("sweeps", 1)
	}
	return nil
}

func sweep(ctx context.Context, p *part, n int) error {
	rng := rand.New(rand.NewPCG(p.Seed, uint64(n)))
	for i, op := range operations {
		folder, remove, err := p.folder()
		if err != nil {
			return err
		}
		s := &sweeper{part: p, op: op, folder: folder, driver: sqliteDrivers[(i+n)%len(sqliteDrivers)]}
		err = s.run(ctx, rng)
		remove()
		if err != nil || p.over(ctx) {
			return err
		}
		p.count("swept operations", 1)
	}
	return nil
}

// sweeper sweeps one operation.
type sweeper struct {
	part           *part
	op             operation
	folder, driver string
	before, after  string // what the tables hold without the operation, and with it
}

func (s *sweeper) run(ctx context.Context, rng *rand.Rand) error {
	if err := s.prepare(ctx, rng); err != nil {
		return err
	}
	for _, after := range []bool{false, true} {
		for _, fault := range []error{faulty.ErrInjected, driver.ErrBadConn} {
			for n, fired := 1, true; fired && !s.part.over(ctx); n += s.part.stride() {
				var err error
				if fired, err = s.try(ctx, n, after, fault); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// prepare makes the world, with some history that differs by seed, and learns what the
// operation is to make of it.
func (s *sweeper) prepare(ctx context.Context, rng *rand.Rand) error {
	file := filepath.Join(s.folder, "template.db")
	h, err := Fault{}.open(ctx, s.driver, file)
	if err != nil {
		return err
	}
	err = settle(ctx, h.Manager, 5)
	for range rng.IntN(8) {
		u := []seats.UserID{userN(rng.IntN(3))}
		_, err1 := h.Assign(ctx, actor, lifecycle.Assign{License: 1, Users: u})
		_, err2 := h.Revoke(ctx, actor, lifecycle.Revoke{License: 1, Users: u})
		err = errors.Join(err, err1, err2)
	}
	_, err1 := h.Assign(ctx, actor, lifecycle.Assign{License: 1, Users: []seats.UserID{userN(0), userN(1), userN(2)}})
	_, err2 := h.Assign(ctx, actor, lifecycle.Assign{License: 2, Users: []seats.UserID{userN(3)}})
	if err := errors.Join(err, err1, err2, h.close()); err != nil {
		return err
	}
	return s.withCopy(func(file string) error {
		if s.before, err = dumpOf(ctx, s.driver, file); err != nil {
			return err
		}
		h, err := Fault{}.open(ctx, s.driver, file)
		if err != nil {
			return err
		}
		_, err = s.op.do(ctx, h.Manager)
		if err = errors.Join(err, tables.Check(ctx, h.db), h.close()); err == nil {
			s.after, err = dumpOf(ctx, s.driver, file)
		}
		return err
	})
}

// stride is from which call to the next the sweep goes: a run that is no more than a
// test of the harness leaves most out.
func (p *part) stride() int {
	switch {
	case p.Level != Smoke:
		return 1
	case p.plant.Name != "":
		return 3
	}
	return 29
}

// try fails call n, and reports whether there was one.
func (s *sweeper) try(ctx context.Context, n int, after bool, fault error) (fired bool, err error) {
	err = s.withCopy(func(file string) error {
		h, err := s.part.plant.open(ctx, s.driver, file)
		if err != nil {
			return err
		}
		h.faults.Arm(n, after, fault)
		yes, said := s.op.do(ctx, h.Manager)
		at := h.faults.Disarm()
		if fired = at != ""; fired {
			s.part.count("failed calls", 1)
		}
		where := fmt.Sprintf("%s on %s, %q failed (%v, after the work: %t)", s.op.name, s.driver, at, fault, after)
		if yes {
			s.part.fail("%s: it was answered yes, or wrongly: %v", where, said)
		}
		s.judge(ctx, where, at, file, said)
		_, again := s.op.do(ctx, h.Manager) // P8: the handle works on; P4: and there is one effect
		if again != nil {
			s.part.fail("%s: asked again: %v", where, again)
		}
		err = h.close()
		dump, dumpErr := dumpOf(ctx, s.driver, file)
		if dumpErr == nil && dump != s.after {
			s.part.fail("%s: asked again, the tables are not as after one effect", where)
		}
		return errors.Join(err, dumpErr)
	})
	return fired, err
}

// judge compares what was said with what the tables hold.
func (s *sweeper) judge(ctx context.Context, where, at, file string, said error) {
	dump, err := dumpOf(ctx, s.driver, file)
	var unknown *lifecycle.OutcomeUnknownError
	switch {
	case err != nil:
		s.part.note(fmt.Errorf("%s: %w", where, err))
	case dump != s.before && dump != s.after:
		s.part.fail("%s: half of it happened", where)
	case errors.As(said, &unknown):
		if at != "COMMIT" {
			s.part.fail("%s: said to be unknown: %v", where, said)
		}
	case said == nil && dump != s.after:
		s.part.fail("%s: it was said to be done, and was not", where)
	case said != nil && dump != s.before:
		s.part.fail("%s: it was said to have failed, and was done: %v", where, said)
	}
}

func (s *sweeper) withCopy(f func(file string) error) error {
	file := filepath.Join(s.folder, "copy.db")
	defer func() {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(file + suffix)
		}
	}()
	if err := copyFile(filepath.Join(s.folder, "template.db"), file); err != nil {
		return err
	}
	return f(file)
}

func copyFile(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// dumpOf dumps the tables of a file by a connection of its own.
func dumpOf(ctx context.Context, driver, file string) (string, error) {
	db, err := sql.Open(driver, file)
	if err != nil {
		return "", err
	}
	dump, err := tables.Dump(ctx, db)
	return dump, errors.Join(err, db.Close())
}
