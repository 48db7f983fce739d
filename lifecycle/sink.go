package lifecycle

import (
	"context"

	"github.com/isvkit/isvkit/lead"
)

// Message is an alert as it is delivered: what a rule says of it, rendered and addressed.
type Message struct {
	Letter
	Subject string // one line
	Text    string
	To      []lead.Email // each once; empty where the rule names nobody who can be reached
}

// Sink is where messages go: a mail server, a chat, a log. Deliver returns nil when
// the message is in good hands. An error has it delivered again later, and undoes
// nothing. A message comes at least once, always with the same Alert.ID, so that a
// receiver can pass over a repetition; those of one license come in the order of their
// numbers.
//
// Where a sink works, and only this message cannot be delivered, it returns a
// [*MessageError]: after a few other errors in a row a run leaves the sink alone.
//
// Deliver is called for one message at a time by each run, and by several runs at once
// where there are several. It returns when ctx ends; what does not is left alone, and
// has failed. Package alertsink has sinks for logs and CloudEvents.
type Sink interface {
	Deliver(ctx context.Context, m Message) error
}

// MessageError is what a [Sink] returns of a message that it cannot deliver though it works:
// it has no recipient, say, or its address was refused. The message is tried again like
// any other that failed, for what is wrong can be put right, but the sink is not taken to
// be down.
type MessageError struct{ Err error }

// Error returns the text of Err.
func (e *MessageError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *MessageError) Unwrap() error { return e.Err }

// SinkFunc is a function as a Sink.
type SinkFunc func(ctx context.Context, m Message) error

// Deliver calls f.
func (f SinkFunc) Deliver(ctx context.Context, m Message) error { return f(ctx, m) }
