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
// Deliver is called for one message at a time by each run, and by several runs at once
// where there are several. It returns when ctx ends; what does not is left alone, and
// has failed. Package alertsink has sinks for logs and CloudEvents.
type Sink interface {
	Deliver(ctx context.Context, m Message) error
}

// SinkFunc is a function as a Sink.
type SinkFunc func(ctx context.Context, m Message) error

// Deliver calls f.
func (f SinkFunc) Deliver(ctx context.Context, m Message) error { return f(ctx, m) }
