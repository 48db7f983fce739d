package reliability

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// remoteClients are clients of a history in a process of their own.
type remoteClients struct {
	*child
	history *history
	begun   chan struct{}
}

// begin starts the process, and lets its clients begin when all are ready.
func (o order) begin(h *history) (*remoteClients, error) {
	o.Plant, o.Seed, o.Number = h.part.plant.Name, h.part.Seed, h.n
	r := &remoteClients{history: h, begun: make(chan struct{})}
	ready := sync.OnceFunc(func() { close(r.begun) })
	var err error
	r.child, err = o.start(func(line string) {
		if line == "ready" {
			ready()
			return
		}
		h.hear(line)
	})
	if err != nil {
		return nil, err
	}
	go func() { r.reads.Wait(); ready() }() // also if it died before
	<-r.begun
	_, err = io.WriteString(r.in, "go\n")
	return r, err
}

// tell writes what was asked and said as a line of numbers, and hear reads it.
func tell(out io.Writer, client int, call, end int64, q ask, said answer) {
	user := 0
	if said.user {
		user = 1
	}
	_, _ = fmt.Fprintln(out, client, call, end, q.kind, q.pool, q.user, q.seats, q.revision,
		said.how, user, said.holders, said.seats, said.revision, said.holding)
}

func (h *history) hear(line string) {
	var client, user int
	var call, end int64
	var q ask
	var said answer
	_, err := fmt.Sscan(line, &client, &call, &end, &q.kind, &q.pool, &q.user, &q.seats, &q.revision,
		&said.how, &user, &said.holders, &said.seats, &said.revision, &said.holding)
	if err != nil {
		h.part.note(fmt.Errorf("history %d: the other process says %q: %w", h.n, line, err))
		return
	}
	said.user = user == 1
	h.keep(client, call, end, q, said)
}

// clients is what the process does.
func (o order) clients(ctx context.Context, h *handle) error {
	out := bufio.NewWriter(os.Stdout)
	history := newHistory(&part{Options: Options{Seed: o.Seed}, result: Result{Counts: map[string]int{}}}, "", o.Number, false)
	history.handles, history.out = []*handle{h}, &lines{w: out}
	if _, err := fmt.Println("ready"); err != nil {
		return err
	}
	if _, err := fmt.Scanln(new(string)); err != nil {
		return err
	}
	var all sync.WaitGroup
	for c := 1; c < historyClients; c += 2 {
		all.Go(func() { history.client(ctx, c) })
	}
	all.Wait()
	err := errors.Join(out.Flush(), h.close())
	for _, problem := range history.part.result.Problems {
		err = errors.Join(err, found{errors.New(problem)})
	}
	for _, hindrance := range history.part.result.Errors {
		err = errors.Join(err, errors.New(hindrance))
	}
	return err
}

// lines is a Writer for many, each of whom writes whole lines.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(line)
}
