package lifecycle

import (
	"context"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// Alert is something that somebody is to be told. It is delivered at least once,
// each time under the same ID, so that a receiver can pass over a repetition.
type Alert struct {
	ID      string
	At      time.Time // when it became due
	Kind    string    // "First Warning", "Final Notice", "Deactivated": the stage of an idle seat
	License license.ID
	User    seats.UserID // whom it is about
	Text    string       // rendered
}

// Sink is where alerts go: a mail server, a chat, a log. Deliver returns nil when
// the alert is in good hands. An error has it delivered again by the next run; it
// undoes nothing and holds nobody up but the alerts after it.
type Sink interface {
	Deliver(ctx context.Context, a Alert) error
}

// SinkFunc is a function as a Sink.
type SinkFunc func(ctx context.Context, a Alert) error

// Deliver calls f.
func (f SinkFunc) Deliver(ctx context.Context, a Alert) error { return f(ctx, a) }
