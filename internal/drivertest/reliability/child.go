package reliability

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// childVariable names the variable of the environment that makes a process a child of
// this package's: the program starts itself again.
const childVariable = "ISVKIT_RELIABILITY_CHILD"

// order is what a child is to do.
type order struct {
	Kind         string // "write", "fill" or "history"
	Driver, File string
	Name         string // of this writer
	Seed         uint64
	Plant        string
	Number       int // of the history
}

// Child does what a parent has ordered, and does not return; it returns at once in a
// process that is no child. A program that calls Run calls it first.
func Child() {
	text := os.Getenv(childVariable)
	if text == "" {
		return
	}
	var o order
	err := json.Unmarshal([]byte(text), &o)
	if err == nil {
		err = o.carryOut(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		if errors.As(err, new(found)) {
			os.Exit(foundStatus)
		}
		os.Exit(1)
	}
	os.Exit(0)
}

// foundStatus is what a child ends with that has found something. Go itself uses 1 and 2.
const foundStatus = 3

func (o order) carryOut(ctx context.Context) error {
	plant, err := faultNamed(o.Plant)
	if err != nil {
		return err
	}
	if o.Kind == "fill" {
		return fill(ctx, o)
	}
	h, err := plant.open(ctx, o.Driver, o.File)
	if err != nil {
		return err
	}
	if o.Kind == "history" {
		return o.clients(ctx, h)
	}
	return o.write(ctx, h)
}

// writers is how many write at once in a child.
const writers = 4

// write writes until it is killed.
func (o order) write(ctx context.Context, h *handle) error {
	errs := make(chan error)
	for n := range writers {
		t := newToggler(h, fmt.Sprintf("%s-%d", o.Name, n), rand.New(rand.NewPCG(o.Seed, uint64(n))))
		t.say = func(u seats.UserID, to license.ID, what stage) {
			_, _ = fmt.Fprintf(os.Stdout, "%c %d %s\n", what, to, u) // one write, so that lines stay whole
		}
		go func() {
			err := t.learn(ctx)
			for err == nil {
				err = t.step(ctx)
			}
			errs <- err
		}()
	}
	return <-errs
}

// child is a process that was started.
type child struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	stderr strings.Builder
	reads  sync.WaitGroup
}

// start starts the program again with an order. line is called with each line of its
// output, by one goroutine.
func (o order) start(line func(string)) (*child, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(self)}
	c.cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	c.cmd.Stderr = &c.stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	c.reads.Go(func() { eachLine(out, line) })
	return c, nil
}

// wait waits until the process has ended by itself.
func (c *child) wait() error {
	c.reads.Wait()
	err := c.cmd.Wait()
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%w: %s", err, c.stderr.String())
	if c.cmd.ProcessState.ExitCode() == foundStatus {
		return found{err}
	}
	return err
}
