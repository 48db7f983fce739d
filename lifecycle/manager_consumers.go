package lifecycle

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// Consumer is somebody who reads the feed under a name; see [Manager.Consume]. The rules
// of alerts are consumers too, as "alerts/feed/" and the name of the rule.
type Consumer struct {
	Name   string
	Seq    int64 // of the last event that it has seen, 0 if it has seen none
	Behind int64 // how much higher the last Seq of the feed is: it has at most so many events to see
}

// Consumers returns how far everybody who reads the feed has come, by name. Those who
// have not kept a place yet are not among them.
func (m *Manager) Consumers(ctx context.Context, a Actor) ([]Consumer, error) {
	if err := m.permit(ctx, a, need{may: Read}); err != nil {
		return nil, err
	}
	if err := m.number(ctx, a); err != nil {
		return nil, err
	}
	return view(ctx, m, a, func(ctx context.Context, r Reader) ([]Consumer, error) {
		end, err := r.FeedEnd(ctx, a.Vendor)
		if err != nil {
			return nil, err
		}
		cursors, err := r.Cursors(ctx, a.Vendor)
		var all []Consumer
		for _, name := range slices.Sorted(maps.Keys(cursors)) {
			if seq := cursors[name]; !strings.HasPrefix(name, dayCursors) {
				all = append(all, Consumer{Name: name, Seq: seq, Behind: max(end-seq, 0)})
			}
		}
		return all, err
	})
}

// MoveConsumer sets the Seq of the last event that a consumer has seen: with an earlier
// one it is given what comes after that again, with a later one it never gets what is in
// between; 0 is the beginning. Move a consumer while it does not run: where it has got
// to then counts otherwise. A name that is none of Consumers is a *NotFoundError, and a
// Seq that is not in the feed a *FieldError.
func (m *Manager) MoveConsumer(ctx context.Context, a Actor, name string, seq int64) error {
	return m.update(ctx, a, need{may: edits}, func(ctx context.Context, tx Tx) error {
		if err := isConsumer(ctx, tx, a, name); err != nil {
			return err
		}
		end, err := tx.FeedEnd(ctx, a.Vendor)
		if err != nil {
			return err
		}
		if seq < 0 || seq > end {
			return &FieldError{Field: "seq", Value: itoa(int(seq)), Rule: "must be from 0 to " + itoa(int(end)) + ", the end of the feed"}
		}
		return tx.Write(ctx, a.Vendor, PutCursor{Name: name, Seq: seq})
	})
}

// ForgetConsumer forgets how far a consumer has come that will not come again, so that
// it holds up no [Manager.Retain]. If it does come again, it begins at the beginning, and
// a rule of alerts where a new one does. A name that is none of Consumers is a
// *NotFoundError.
func (m *Manager) ForgetConsumer(ctx context.Context, a Actor, name string) error {
	return m.update(ctx, a, need{may: edits}, func(ctx context.Context, tx Tx) error {
		if err := isConsumer(ctx, tx, a, name); err != nil {
			return err
		}
		effects := []Effect{DropCursor{Name: name}}
		if rule, ok := strings.CutPrefix(name, feedCursors); ok {
			effects = append(effects, DropCursor{Name: dayCursor(rule)})
		}
		return tx.Write(ctx, a.Vendor, effects...)
	})
}

func isConsumer(ctx context.Context, r Reader, a Actor, name string) error {
	cursors, err := r.Cursors(ctx, a.Vendor)
	if err != nil {
		return err
	}
	if _, there := cursors[name]; !there || strings.HasPrefix(name, dayCursors) {
		return &NotFoundError{Kind: "consumer", ID: name}
	}
	return nil
}
