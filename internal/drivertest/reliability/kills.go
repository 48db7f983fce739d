package reliability

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/isvkit/isvkit/internal/drivertest/tables"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// killsPerFile is how many processes are killed on one database before the next: enough
// that one recovers from what another has recovered, and that both drivers have their turn
// in a quick run.
const killsPerFile = 20

// runKills kills processes that write to SQLite, and the PostgreSQL server.
func runKills(ctx context.Context, p *part) error {
	rng := rand.New(rand.NewPCG(p.Seed, 4))
	for n := 0; p.counted("kills") < p.size("kills") && !p.over(ctx); n++ {
		if err := killOnFile(ctx, p, rng, sqliteDrivers[n%len(sqliteDrivers)]); err != nil {
			return err
		}
	}
	return crashServer(ctx, p)
}

func killOnFile(ctx context.Context, p *part, rng *rand.Rand, driver string) error {
	folder, remove, err := p.folder()
	if err != nil {
		return err
	}
	defer remove()
	file := filepath.Join(folder, "store.db")
	h, err := Fault{}.open(ctx, driver, file)
	if err != nil {
		return err
	}
	if err := errors.Join(settle(ctx, h.Manager, license.MaxSeats), h.close()); err != nil {
		return err
	}
	v := &victims{part: p, driver: driver, file: file, ledger: newLedger()}
	rounds := []struct{ processes, atOnce int }{{1, 1}, {2, 2}, {1, 1}, {2, 1}}
	killed := 0
	for n := 0; killed < killsPerFile && p.counted("kills") < p.size("kills") && !p.over(ctx); n++ {
		r := rounds[n%len(rounds)]
		if err := v.round(ctx, rng, r.processes, r.atOnce); err != nil {
			return err
		}
		killed += r.processes
	}
	return nil
}

// victims are processes that write to one database.
type victims struct {
	part         *part
	driver, file string

	mu     sync.Mutex
	ledger *ledger
	heard  chan struct{} // is sent to at each acknowledgement
}

// round starts n processes, kills so many at once at some moment of their work until none
// is left, and looks at what they leave. Who was not killed works on meanwhile.
func (v *victims) round(ctx context.Context, rng *rand.Rand, n, atOnce int) error {
	v.heard = make(chan struct{}, 1<<16)
	var all []*child
	for i := range n {
		c, err := order{Kind: "write", Driver: v.driver, File: v.file, Name: fmt.Sprintf("process-%d", i), Seed: rng.Uint64(), Plant: v.part.plant.Name}.start(v.line)
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	for some := range slices.Chunk(all, atOnce) {
		err := v.listen(ctx, 5+rng.IntN(60))
		if err := errors.Join(err, kill(some)); err != nil {
			for _, other := range all {
				_ = other.cmd.Process.Kill()
			}
			return fmt.Errorf("%s: %w", some[0].stderr.String(), err)
		}
		v.part.count("kills", len(some))
		v.part.count(fmt.Sprintf("kills of %d at once", len(some)), 1)
	}
	return v.look(ctx)
}

// line reads a line of a process: what it does, to which license, for whom.
func (v *victims) line(text string) {
	var letter rune
	var to license.ID
	var user string
	if _, err := fmt.Sscanf(text, "%c %d %s", &letter, (*int64)(&to), &user); err != nil {
		return // the process was killed within the line
	}
	what := stage(letter)
	v.mu.Lock()
	v.ledger.note(user, to, what)
	v.mu.Unlock()
	if what == acknowledged {
		v.part.count("acknowledgements", 1)
		v.heard <- struct{}{}
	}
}

// listen waits for so many acknowledgements. They take a part of a second; a minute is for
// a machine that does much else.
func (v *victims) listen(ctx context.Context, acks int) error {
	tooLong := time.After(time.Minute)
	for range acks {
		select {
		case <-v.heard:
		case <-ctx.Done():
			return ctx.Err()
		case <-tooLong:
			return errors.New("a minute passed without enough acknowledgements")
		}
	}
	return nil
}

// look opens what the killed have left.
func (v *victims) look(ctx context.Context) error {
	h, err := Fault{}.open(ctx, v.driver, v.file)
	if err != nil {
		v.part.fail("P1: after a kill the database does not open: %v", err)
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := errors.Join(v.ledger.compare(ctx, h), tables.Check(ctx, h.db), tables.Intact(ctx, h.db)); err != nil {
		v.part.fail("P1 P2: after a kill on %s: %v", v.driver, err)
	}
	return h.close()
}

// kill kills processes, and reads what they said before.
func kill(some []*child) (err error) {
	for _, c := range some { // all before it is waited for any
		err = errors.Join(err, c.cmd.Process.Kill())
	}
	if err != nil {
		return err
	}
	for _, c := range some {
		c.reads.Wait()
		_ = c.cmd.Wait() // says that it was killed
	}
	return nil
}

// eachLine calls line with each whole line.
func eachLine(from io.Reader, line func(string)) {
	scanner := bufio.NewScanner(from)
	for scanner.Scan() {
		line(scanner.Text())
	}
}

// crashServer kills the PostgreSQL server while many write, as often as the level says.
func crashServer(ctx context.Context, p *part) error {
	crashes := p.size("server crashes")
	if crashes == 0 {
		return nil
	}
	dsn, drop, err := p.servers.newSchema(ctx)
	if err != nil {
		return err
	}
	defer drop()
	h, err := p.plant.open(ctx, "pgx", dsn)
	if err != nil {
		return err
	}
	if err := settle(ctx, h.Manager, license.MaxSeats); err != nil {
		return errors.Join(err, h.close())
	}
	s := &survivors{part: p, handle: h, ledger: newLedger()}
	for n := 0; n < crashes && !p.over(ctx); n++ {
		if err := s.round(ctx, n); err != nil {
			return errors.Join(err, h.close())
		}
		p.count("server crashes", 1)
	}
	return h.close()
}

// survivors write to a server that crashes.
type survivors struct {
	part   *part
	handle *handle

	mu     sync.Mutex
	ledger *ledger
}

const survivorsAtOnce = 8

func (s *survivors) round(ctx context.Context, n int) error {
	acks, stop := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	for c := range survivorsAtOnce {
		t := newToggler(s.handle, fmt.Sprintf("client-%d", c), rand.New(rand.NewPCG(s.part.Seed, uint64(n*100+c))))
		t.say = s.note
		all.Go(func() { s.work(ctx, t, acks, stop) })
	}
	hear := func(n int) {
		for range n {
			select {
			case <-acks:
			case <-time.After(time.Minute): // as in listen
				s.part.fail("P8: a minute passed without an acknowledgement")
				return
			}
		}
	}
	hear(100)
	s.part.servers.crash.Lock() // the other parts do not use it meanwhile
	err := errors.Join(s.part.servers.server.Crash(), s.part.servers.server.Restart())
	s.part.servers.crash.Unlock()
	if err == nil {
		hear(50)
	}
	close(stop)
	all.Wait()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for try := 0; ; try++ { // connections that were lost are found out one by one
		err := errors.Join(s.ledger.compare(ctx, s.handle), tables.Check(ctx, s.handle.db))
		if err == nil {
			return nil
		}
		if try == 5 {
			s.part.fail("P1 P3 P4: after a crash of the server: %v", err)
			return nil
		}
	}
}

func (s *survivors) note(u seats.UserID, to license.ID, what stage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger.note(u.String(), to, what)
}

// work goes on until it is stopped. After an error it reads what its users hold, as
// soon as the server answers.
func (s *survivors) work(ctx context.Context, t *toggler, acks chan<- struct{}, stop <-chan struct{}) {
	learnt := false
	for ctx.Err() == nil {
		select {
		case <-stop:
			return
		default:
		}
		if !learnt {
			learnt = t.learn(ctx) == nil
			continue
		}
		if learnt = t.step(ctx) == nil; !learnt {
			continue
		}
		select {
		case acks <- struct{}{}:
		case <-stop:
			return
		}
	}
}
