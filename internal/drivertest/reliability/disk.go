package reliability

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/isvkit/isvkit/internal/drivertest/tables"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

// runDisk fills disks, and reads files that cannot be written or are broken.
func runDisk(ctx context.Context, p *part) error {
	rng := rand.New(rand.NewPCG(p.Seed, 7))
	for n := 0; n < p.size("full disks") && !p.over(ctx); n++ {
		if err := fullDisk(ctx, p, n); err != nil {
			return err
		}
	}
	for n := 0; n < p.size("read-only files") && !p.over(ctx); n++ {
		if err := readOnly(ctx, p, sqliteDrivers[n%len(sqliteDrivers)]); err != nil {
			return err
		}
	}
	for n := 0; n < p.size("corrupted files") && !p.over(ctx); n++ {
		if err := corrupted(ctx, p, rng, sqliteDrivers[n%len(sqliteDrivers)]); err != nil {
			return err
		}
	}
	return nil
}

// The world of this part: the holder has a seat of license 1, which is Active, and of
// license 2, which is Suspended. The stranger has none.
var (
	holder   = seats.MustUserID("the holder of a seat")
	stranger = seats.MustUserID("nobody of importance")
)

func newDisk(ctx context.Context, driver, file string) error {
	h, err := Fault{}.open(ctx, driver, file)
	if err != nil {
		return err
	}
	err = settle(ctx, h.Manager, 5000)
	for id := license.ID(1); id <= 2; id++ {
		_, err1 := h.Assign(ctx, actor, lifecycle.Assign{License: id, Users: []seats.UserID{holder}})
		err = errors.Join(err, err1)
	}
	_, err1 := h.Modify(ctx, actor, lifecycle.Modify{License: 2, Revision: 1,
		Terms: license.Terms{Status: license.Suspended, Seats: license.MustSeats(5000), Expiration: license.Never()}})
	return errors.Join(err, err1, h.close())
}

// fullDisk lets a process of its own meet a full disk, for what it does to that holds for
// the whole process.
func fullDisk(ctx context.Context, p *part, n int) error {
	folder, remove, err := p.folder()
	if err != nil {
		return err
	}
	defer remove()
	o := order{Kind: "fill", Driver: sqliteDrivers[n%len(sqliteDrivers)], File: filepath.Join(folder, "store.db"), Seed: uint64(n), Plant: p.plant.Name}
	if err := newDisk(ctx, o.Driver, o.File); err != nil {
		return err
	}
	c, err := o.start(func(string) {})
	if err != nil {
		return err
	}
	if err := c.wait(); err != nil {
		return fmt.Errorf("P8: on a full disk, with %s: %w", o.Driver, err)
	}
	p.count("full disks", 1)
	return nil
}

// fill is the process. Its disk is full when its files may not grow any more.
func fill(ctx context.Context, o order) error {
	plant, err := faultNamed(o.Plant)
	if err != nil {
		return err
	}
	h, err := plant.open(ctx, o.Driver, o.File)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ) // who writes past the limit is told by an error as well
	log, err := os.Stat(o.File + "-wal")
	if err != nil {
		return err
	}
	var room syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
		return err
	}
	full := room
	full.Cur = uint64(log.Size()) + 50_000 + 777*o.Seed
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		return err
	}
	given, err := giveUntilFull(ctx, h)
	if err != nil {
		return err
	}
	if err := agree(ctx, h, given); err != nil {
		return found{fmt.Errorf("while the disk is full: %w", err)}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
		return err
	}
	for range 3 { // the same handle works, on what was given before too
		given++
		if err := give(ctx, h, given); err != nil {
			return found{fmt.Errorf("when there is space again: %w", err)}
		}
	}
	if err := errors.Join(agree(ctx, h, given), tables.Check(ctx, h.db), tables.Intact(ctx, h.db)); err != nil {
		return found{err}
	}
	return h.close()
}

func give(ctx context.Context, h *handle, n int) error {
	_, err := h.Assign(ctx, actor, lifecycle.Assign{License: 1, Users: []seats.UserID{userN(n)}})
	return err
}

// giveUntilFull gives seats until that fails, three times over.
func giveUntilFull(ctx context.Context, h *handle) (given int, err error) {
	for failures := 0; failures < 3; {
		err := give(ctx, h, given+1)
		var unknown *lifecycle.OutcomeUnknownError
		switch {
		case err == nil:
			if given++; given > 4000 {
				return given, errors.New("the disk does not get full")
			}
		case errors.As(err, &unknown):
			// It may have been done, and is asked for again.
			failures++
		default:
			failures++
		}
	}
	return given, nil
}

// agree reads that so many seats were given beside the holder's, and asks for decisions.
func agree(ctx context.Context, h *handle, given int) error {
	l, err := h.License(ctx, actor, 1)
	if err != nil {
		return err
	}
	if l.Holders != given+1 {
		return fmt.Errorf("%d seats were said to be given, and %d are held", given+1, l.Holders)
	}
	yes, err1 := h.CheckLicense(ctx, actor, 1, holder)
	no, err2 := h.CheckLicense(ctx, actor, 1, stranger)
	if !yes.Licensed() || no.Licensed() {
		err = fmt.Errorf("the holder is answered %v and the stranger %v", yes, no)
	}
	return errors.Join(err, err1, err2)
}

// readOnly reads a file that cannot be written.
func readOnly(ctx context.Context, p *part, driver string) error {
	folder, remove, err := p.folder()
	if err != nil {
		return err
	}
	defer remove()
	file := filepath.Join(folder, "store.db")
	if err := newDisk(ctx, driver, file); err != nil {
		return err
	}
	h, err := p.plant.open(ctx, driver, "file:"+url.PathEscape(file)+"?mode=ro")
	if err != nil {
		return err
	}
	for range 2 {
		err := give(ctx, h, 1)
		var unknown *lifecycle.OutcomeUnknownError
		if err == nil || errors.As(err, &unknown) {
			p.fail("P8: writing to a file that is read-only, with %s: %v, want a plain error", driver, err)
		}
		if err := agree(ctx, h, 0); err != nil {
			p.fail("P8: reading a file that is read-only, with %s: %v", driver, err)
		}
	}
	p.count("read-only files", 1)
	return h.close()
}

// corrupted changes some bytes of a file, and asks everything of what is left. Every
// answer is an error or a no to those who may not; none is a panic.
func corrupted(ctx context.Context, p *part, rng *rand.Rand, driver string) error {
	folder, remove, err := p.folder()
	if err != nil {
		return err
	}
	defer remove()
	file := filepath.Join(folder, "store.db")
	if err := newDisk(ctx, driver, file); err != nil {
		return err
	}
	if err := breakBytes(file, rng); err != nil {
		return err
	}
	p.count("corrupted files", 1)
	h, err := p.plant.open(ctx, driver, file)
	if err != nil {
		p.count("corrupted files that do not open", 1)
		return nil
	}
	for _, q := range []struct {
		id license.ID
		u  seats.UserID
	}{{1, stranger}, {2, stranger}, {2, holder}, {3, holder}} {
		d, err := h.CheckLicense(ctx, actor, q.id, q.u)
		if d.Licensed() {
			p.fail("P9: of a corrupted file %v is answered for %v: %v, %v", d, q.id, q.u, err)
		}
		if err != nil {
			p.count("questions refused because of corruption", 1)
		}
	}
	_ = give(ctx, h, 1) // an error or not, but no panic
	_ = everything(ctx, h.Manager, actor)
	if found := errors.Join(tables.Intact(ctx, h.db), tables.Check(ctx, h.db)); found != nil {
		p.count("corrupted files that a check tells", 1)
	}
	_ = h.close()
	return nil
}

// breakBytes changes a few bytes, or a whole page.
func breakBytes(file string, rng *rand.Rand) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	switch rng.IntN(4) {
	case 0: // a page of another file
		page := rng.IntN(len(data)/4096) * 4096
		for i := range 4096 {
			data[page+i] = byte(rng.Uint32())
		}
	case 1: // the end is missing
		data = data[:rng.IntN(len(data))]
	default:
		for range 1 + rng.IntN(64) {
			data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
		}
	}
	return os.WriteFile(file, data, 0o600)
}
