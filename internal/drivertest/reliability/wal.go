package reliability

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/isvkit/isvkit/internal/drivertest/syncs"
	"github.com/isvkit/isvkit/internal/drivertest/tables"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// cutsPerFile keeps the log of a database so short that it is not begun anew meanwhile.
const cutsPerFile = 20

// cDriver is the one whose syncs are seen.
const cDriver = "sqlite3"

// runWAL simulates power cuts: the database as it was at some moment, its log up to what
// was synced, and some of what was written after that, cut or torn. What was acknowledged
// by then must be there, and the one thing that was under way is there whole or not at all.
func runWAL(ctx context.Context, p *part) error {
	rng := rand.New(rand.NewPCG(p.Seed, 5))
	for p.counted("WAL cuts") < p.size("WAL cuts") && !p.over(ctx) {
		if err := cutFile(ctx, p, rng); err != nil {
			return err
		}
	}
	return nil
}

func cutFile(ctx context.Context, p *part, rng *rand.Rand) (err error) {
	folder, remove, err := p.folder()
	if err != nil {
		return err
	}
	defer remove()
	c := &cutter{part: p, rng: rng, file: filepath.Join(folder, "store.db"), cut: filepath.Join(folder, "cut.db"), ledger: newLedger()}
	h, err := p.plant.open(ctx, cDriver, c.file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := settle(ctx, h.Manager, license.MaxSeats); err != nil {
		return err
	}
	for _, conn := range h.faults.Connections() { // from here on, the log is short
		if _, err := conn.Ask(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			return err
		}
	}
	t := newToggler(h, "user", rng)
	t.say = func(u seats.UserID, to license.ID, what stage) { c.ledger.note(u.String(), to, what) }
	for range cutsPerFile {
		if p.over(ctx) {
			break
		}
		for range rng.IntN(3) {
			if err := t.step(ctx); err != nil {
				return err
			}
		}
		if err := c.one(ctx, t); err != nil {
			return err
		}
		p.count("WAL cuts", 1)
	}
	return nil
}

// cutter cuts the log of one database.
type cutter struct {
	part      *part
	rng       *rand.Rand
	file, cut string
	ledger    *ledger
}

// one cuts the power within the next thing that t does.
func (c *cutter) one(ctx context.Context, t *toggler) error {
	_, synced, err := syncs.Of(c.file + "-wal")
	if err != nil {
		return err
	}
	said := newLedger() // what was said when the power went
	for user, id := range c.ledger.holds {
		said.holds[user] = id
	}
	before := t.say
	t.say = func(u seats.UserID, to license.ID, what stage) {
		if what == begun {
			said.note(u.String(), to, what)
		}
		before(u, to, what)
	}
	err = t.step(ctx)
	t.say = before
	if err != nil {
		return err
	}
	log, err := os.ReadFile(c.file + "-wal")
	if err != nil {
		return err
	}
	if err := c.leave(log, min(synced, int64(len(log)))); err != nil {
		return err
	}
	c.look(ctx, said, synced, len(log))
	return nil
}

// leave writes what a power cut leaves of the database: of what was not synced some, in
// half of the cases with sectors that were never written.
func (c *cutter) leave(log []byte, synced int64) error {
	rest := log[synced:]
	kept := append([]byte(nil), rest[:c.rng.IntN(len(rest)+1)]...)
	if c.rng.IntN(4) == 0 {
		kept = nil // exactly what was synced
	}
	if c.rng.IntN(2) == 0 {
		for sector := 0; sector < len(kept); sector += 512 {
			if c.rng.IntN(3) == 0 {
				clear(kept[sector:min(sector+512, len(kept))])
			}
		}
	}
	_ = os.Remove(c.cut + "-shm")
	return errors.Join(copyFile(c.file, c.cut), os.WriteFile(c.cut+"-wal", append(append([]byte(nil), log[:synced]...), kept...), 0o600))
}

// look opens what was left, with both drivers in turn.
func (c *cutter) look(ctx context.Context, said *ledger, synced int64, size int) {
	driver := sqliteDrivers[c.rng.IntN(len(sqliteDrivers))]
	where := fmt.Sprintf("P1 P2: after a power cut, with %d of %d bytes of the log synced, opened by %s", synced, size, driver)
	h, err := Fault{}.open(ctx, driver, c.cut)
	if err != nil {
		c.part.fail("%s: %v", where, err)
		return
	}
	if err := errors.Join(said.compare(ctx, h), tables.Check(ctx, h.db), tables.Intact(ctx, h.db), h.close()); err != nil {
		c.part.fail("%s: %v", where, err)
	}
}

// runSyncs counts the syncs of the log for each change that is acknowledged.
func runSyncs(ctx context.Context, p *part) (err error) {
	folder, remove, err := p.folder()
	if err != nil {
		return err
	}
	defer remove()
	file := filepath.Join(folder, "store.db")
	h, err := p.plant.open(ctx, cDriver, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := settle(ctx, h.Manager, license.MaxSeats); err != nil {
		return err
	}
	t := newToggler(h, "user", rand.New(rand.NewPCG(p.Seed, 6)))
	t.say = func(seats.UserID, license.ID, stage) {}
	for n := 0; n < p.size("synced commits") && !p.over(ctx); n++ {
		before, _, err := syncs.Of(file + "-wal")
		if err != nil {
			return err
		}
		if err := t.step(ctx); err != nil {
			return err
		}
		after, _, err := syncs.Of(file + "-wal")
		if err != nil {
			return err
		}
		if after == before {
			p.fail("P1: change %d was acknowledged, and its log was not synced", n+1)
		}
		p.count("synced commits", 1)
		p.count("syncs", after-before)
	}
	return nil
}
