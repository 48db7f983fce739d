package lifecycle

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/isvkit/isvkit/pkgversion"
)

// Bell tells those who follow a vendor's events, in other processes too, that there are
// new ones. It carries no data and is a hint only: nothing is wrong when it is not rung, or
// rung for nothing, for whoever follows also looks by itself from time to time. LocalBell
// is one within a process; a database that can notify makes one across machines.
//
// A Bell is safe for concurrent use.
type Bell interface {
	// Ring says that events of the vendor may have been committed. It is called by who
	// committed, outside of any transaction, so it must return at once: what takes time is
	// done later, and many rings may become one. A Manager whose Store is within a transaction
	// of the caller rings before that is committed: there the caller rings after its commit.
	Ring(vendor pkgversion.VendorID)

	// Listen returns a channel from which a value can be received when the vendor's bell
	// was rung since the last one was received. Nobody waits for the receiver: one value
	// stands for any number of rings. A Bell that may have missed some, because it had lost
	// its connection, sends one too. Listening ends with ctx.
	Listen(ctx context.Context, vendor pkgversion.VendorID) <-chan struct{}
}

// LocalBell is a Bell for those who share it in one process. The zero LocalBell is
// ready. It must not be copied.
type LocalBell struct {
	mu        sync.Mutex
	listeners map[pkgversion.VendorID]map[chan struct{}]bool
}

// Ring tells all who listen for the vendor.
func (b *LocalBell) Ring(vendor pkgversion.VendorID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for told := range b.listeners[vendor] {
		select {
		case told <- struct{}{}:
		default: // it has been told already
		}
	}
}

// Listen listens for the vendor until ctx is done.
func (b *LocalBell) Listen(ctx context.Context, vendor pkgversion.VendorID) <-chan struct{} {
	told := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.listeners == nil {
		b.listeners = map[pkgversion.VendorID]map[chan struct{}]bool{}
	}
	if b.listeners[vendor] == nil {
		b.listeners[vendor] = map[chan struct{}]bool{}
	}
	b.listeners[vendor][told] = true
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if delete(b.listeners[vendor], told); len(b.listeners[vendor]) == 0 {
			delete(b.listeners, vendor)
		}
	})
	return told
}

// ringer is a Tx that remembers whether it appended an event.
type ringer struct {
	Tx
	appended bool
}

func (r *ringer) Write(ctx context.Context, vendor pkgversion.VendorID, effects ...Effect) error {
	for _, e := range effects {
		if _, ok := e.(Append); ok {
			r.appended = true
		}
	}
	return r.Tx.Write(ctx, vendor, effects...)
}

// defaultPoll is how often Follow looks where no other time is given.
const defaultPoll = time.Second

// Follow yields what Events yields, and then what comes later, until ctx is done or an
// error ends it; both are yielded. It looks for new events when Config.Bell is rung, and
// without being told every poll; 0 means every second. To go on after an error, pass the
// Seq of the last event seen.
func (m *Manager) Follow(ctx context.Context, a Actor, after int64, poll time.Duration) iter.Seq2[Event, error] {
	if poll <= 0 {
		poll = defaultPoll
	}
	return func(yield func(Event, error) bool) {
		listening, stop := context.WithCancel(ctx)
		defer stop()
		var told <-chan struct{} // without a Bell nothing ever comes
		if m.bell != nil {
			told = m.bell.Listen(listening, a.Vendor) // before looking, so that none is missed
		}
		look := time.NewTicker(poll)
		defer look.Stop()
		for after := after; ; {
			for e, err := range m.Events(ctx, a, after) {
				if !yield(e, err) || err != nil {
					return
				}
				after = e.Seq
			}
			select {
			case <-ctx.Done():
				yield(Event{}, ctx.Err())
				return
			case <-told:
			case <-look.C:
			}
		}
	}
}
