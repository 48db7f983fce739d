package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/isvkit/isvkit/lead"
)

const (
	deliveriesPerClaim = 16

	// maxFailuresInARow is after how many failures a run leaves a sink alone: a mail server
	// that is down, or takes no more today, shall not use up everybody's attempts.
	maxFailuresInARow = 3
)

// DeliverAlerts delivers what is to be delivered, as RunDue does at its end: call it more
// often where retries shall not wait for the next run. Sinks are served side by side, and
// none waits for another. A message whose sink fails, hangs or panics is tried again: a
// minute later at first, then after twice as long each time, up to six hours, and give or
// take a random part of it. After AlertConfig.MaxAttempts it is parked: see
// [Manager.Deliveries] and [Manager.Resend]. Of a license and a sink an alert waits until
// the ones before it are delivered or parked.
//
// After a few failures in a row a run leaves a sink alone, but for a [*MessageError] and a
// letter that cannot be written, which are no fault of the sink.
//
// Of several machines each takes what the others have not taken. Should one stop in the
// middle, what it has taken is tried by another after a while.
//
// The clock is read once for every few messages, for a run can take long. By one that is
// too far ahead nothing is delivered; see [ClockError]. What failed by a clock that was
// less far ahead waits until then, or for [Manager.Resend].
func (m *Manager) DeliverAlerts(ctx context.Context, a Actor, alerts *Alerts) (DueReport, error) {
	if err := m.permit(ctx, a, delivering); err != nil {
		return DueReport{}, err
	}
	if alerts == nil {
		return DueReport{}, &FieldError{Field: "alerts", Rule: "are made by NewAlerts"}
	}
	var mu sync.Mutex
	var sinks sync.WaitGroup
	var total DueReport
	var failed []error
	for name, sink := range alerts.sinks {
		sinks.Go(func() {
			c := &courier{Manager: m, actor: a, alerts: alerts, name: name, sink: sink}
			err := c.deliver(ctx)
			mu.Lock()
			defer mu.Unlock()
			total.Delivered += c.report.Delivered
			total.Failed += c.report.Failed
			total.Parked += c.report.Parked
			failed = append(failed, err)
		})
	}
	sinks.Wait()
	return total, errors.Join(failed...)
}

// delivering is what sending needs.
var delivering = need{may: edits}

// courier delivers to one sink.
type courier struct {
	*Manager
	actor  Actor
	alerts *Alerts
	name   string
	sink   Sink
	report DueReport
	at     time.Time // when the parcels at hand were taken
	inARow int       // failures of the sink since its latest success in this run
	hangs  bool      // the sink did not return in time, and may be running still
}

// parcel is a delivery that was taken, and what is needed to write the message.
type parcel struct {
	Delivery
	letter  Letter
	manager lead.Owner // of the package's leads
}

func (c *courier) deliver(ctx context.Context) error {
	for !c.gaveUp() {
		parcels, err := c.take(ctx)
		if err != nil || len(parcels) == 0 {
			return err
		}
		for i := range parcels {
			p := &parcels[i]
			p.Delivery = c.settled(ctx, *p)
		}
		// What was delivered is written down also when the run is being stopped.
		if err := c.settle(context.WithoutCancel(ctx), parcels); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// settled returns what became of a parcel.
func (c *courier) settled(ctx context.Context, p parcel) Delivery {
	if ctx.Err() != nil || c.gaveUp() {
		return p.handedBack(c.at)
	}
	failure := c.try(ctx, p)
	if failure != nil && !c.hangs && ctx.Err() != nil { // the run ends, the sink has not failed
		return p.handedBack(c.at)
	}
	d := p.Delivery.settled(c.at, failure, c.alerts.maxAttempts)
	c.count(ctx, d)
	switch {
	case failure == nil:
		c.inARow = 0
	case !isOfMessage(failure):
		c.inARow++
	}
	return d
}

// isOfMessage reports whether a message failed for what it is itself.
func isOfMessage(failure error) bool {
	_, unwritten := errors.AsType[*LetterError](failure)
	_, unfit := errors.AsType[*MessageError](failure)
	_, unknown := errors.AsType[*NotFoundError](failure) // its rule
	return unwritten || unfit || unknown
}

func (c *courier) gaveUp() bool {
	return c.hangs || c.inARow >= maxFailuresInARow
}

func (c *courier) count(ctx context.Context, d Delivery) {
	switch {
	case d.State == Delivered:
		c.report.Delivered++
		return
	case d.State == Parked:
		c.report.Parked++
	default:
		c.report.Failed++
	}
	c.log.LogAttrs(ctx, slog.LevelWarn, "an alert was not delivered", slog.String("alert", d.Alert.String()), slog.String("sink", d.Sink),
		slog.String("state", d.State.String()), slog.Int("attempts", d.Attempts), slog.String("failure", d.Failure))
}

// take takes deliveries that are due, for as long as trying them can last.
func (c *courier) take(ctx context.Context) (taken []parcel, err error) {
	err = c.write(ctx, c.actor, func(ctx context.Context, tx Tx) error {
		taken = nil
		highest, err := tx.Clock(ctx, c.actor.Vendor)
		if err != nil {
			return err
		}
		c.at = clockAt(c.now(), highest)
		if err := c.checkClock(c.at, highest); err != nil {
			return err // else what fails now would be tried again when it is so late
		}
		due, err := tx.Deliveries(ctx, c.actor.Vendor, DeliveryQuery{Sink: c.name, DueBy: c.at}, deliveriesPerClaim)
		if err != nil {
			return err
		}
		until := c.at.Add(time.Duration(len(due))*c.alerts.timeout + time.Minute).Truncate(time.Microsecond)
		for _, d := range due {
			p, err := c.pack(ctx, tx, d.taken(until))
			if err != nil {
				return err
			}
			if err := tx.Write(ctx, c.actor.Vendor, PutDelivery{Delivery: p.Delivery, IfRevision: d.Revision}); err != nil {
				return err
			}
			taken = append(taken, p)
		}
		return nil
	})
	return taken, err
}

// pack reads what a message is written of.
func (c *courier) pack(ctx context.Context, r Reader, d Delivery) (parcel, error) {
	p, vendor := parcel{Delivery: d}, c.actor.Vendor
	var err1, err2, err3, err4, err5 error
	var registration Registration
	p.letter.Alert, err1 = r.Alert(ctx, vendor, d.Alert)
	p.letter.License, err2 = r.License(ctx, vendor, d.License)
	p.letter.Org, err3 = r.Org(ctx, vendor, p.letter.License.Org)
	registration, err4 = r.Package(ctx, vendor, p.letter.License.Package)
	p.letter.Package = registration.Package
	if !registration.LeadManager.IsZero() {
		p.manager, err5 = r.Owner(ctx, vendor, registration.LeadManager)
	}
	return p, errors.Join(err1, err2, err3, err4, err5)
}

var errSinkHangs = errors.New("lifecycle: the sink did not answer in time")

// try delivers one message. It returns when the time is up, whatever the sink does, and
// whoever is asked for people. When the run is being stopped it still waits for the
// answer, for a message that has arrived shall not be sent again.
func (c *courier) try(ctx context.Context, p parcel) error {
	ctx, cancel := context.WithTimeout(ctx, c.alerts.timeout)
	defer cancel()
	answer := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				answer <- fmt.Errorf("lifecycle: the delivery panicked with a %T", r)
			}
		}()
		message, err := c.alerts.write(p)
		if err == nil {
			err = c.sink.Deliver(ctx, message)
		}
		answer <- err
	}()
	grace := min(c.alerts.timeout, time.Second) // for a sink that heeds ctx to say so
	timer := time.NewTimer(c.alerts.timeout + grace)
	defer timer.Stop()
	select {
	case err := <-answer:
		return err
	case <-timer.C:
		c.hangs = true
		return errSinkHangs
	}
}

// write renders and addresses a message.
func (a *Alerts) write(p parcel) (m Message, err error) {
	rule, known := a.rule(p.letter.Alert.Rule)
	if !known {
		return m, &NotFoundError{Kind: "alert rule", ID: p.letter.Alert.Rule}
	}
	if user := p.letter.Alert.User; !user.IsZero() {
		p.letter.Person = a.people(UserOf{License: p.License, User: user})
	}
	m.Letter = p.letter
	words := a.letters[rule.Name]
	if m.Subject, err = render("subject", words.subject, m.Letter); err != nil {
		return m, err
	}
	m.Subject = strings.Join(strings.Fields(m.Subject), " ")
	m.Text, err = render("text", words.text, m.Letter)
	m.To = rule.Recipients.of(p)
	return m, err
}

// of returns the addresses of r, each once. What is no address is left out.
func (r Recipients) of(p parcel) []lead.Email {
	to := slices.Clone(r.Addresses)
	add := func(text string) {
		if address, err := lead.ParseEmail(text); err == nil {
			to = append(to, address)
		}
	}
	if r.LeadManager && p.manager.Active {
		add(p.manager.Email)
	}
	if r.User {
		add(p.letter.Person.Email)
	}
	var once []lead.Email
	for _, address := range to {
		if !address.IsZero() && !slices.Contains(once, address) {
			once = append(once, address)
		}
	}
	return once
}

// settle writes down what became of parcels, but of those that somebody else has taken
// since.
func (c *courier) settle(ctx context.Context, parcels []parcel) error {
	return c.write(ctx, c.actor, func(ctx context.Context, tx Tx) error {
		for _, p := range parcels {
			current, err := tx.Delivery(ctx, c.actor.Vendor, p.Alert, p.Sink)
			if err != nil {
				return err
			}
			if current.Revision != p.Revision-1 {
				continue
			}
			if err := tx.Write(ctx, c.actor.Vendor, PutDelivery{Delivery: p.Delivery, IfRevision: current.Revision}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Alert returns an alert, or a *NotFoundError.
func (m *Manager) Alert(ctx context.Context, a Actor, id AlertID) (Alert, error) {
	return one(ctx, m, a, "alert", id, Reader.Alert)
}

// Alerts yields the alerts that q asks for, by license and number, page by page like
// Licenses.
func (m *Manager) Alerts(ctx context.Context, a Actor, q AlertQuery) iter.Seq2[Alert, error] {
	return func(yield func(Alert, error) bool) {
		q := q
		pages(ctx, m, a, yield, func(ctx context.Context, r Reader) ([]Alert, error) {
			return r.Alerts(ctx, a.Vendor, q, pageSize)
		}, func(last Alert) { q.After = CursorAfterAlert(last) })
	}
}

// Deliveries yields the deliveries that q asks for, page by page like Licenses: with
// State Parked those that were given up. q.DueBy is not heeded.
func (m *Manager) Deliveries(ctx context.Context, a Actor, q DeliveryQuery) iter.Seq2[Delivery, error] {
	return func(yield func(Delivery, error) bool) {
		q := q
		q.DueBy = time.Time{}
		pages(ctx, m, a, yield, func(ctx context.Context, r Reader) ([]Delivery, error) {
			if err := q.valid(); err != nil {
				return nil, err
			}
			return r.Deliveries(ctx, a.Vendor, q, pageSize)
		}, func(last Delivery) { q.After = CursorAfterDelivery(last) })
	}
}

// Resend has an alert delivered to a sink again by the next run, in whatever state its
// delivery is, with all its attempts. What is not there is a *NotFoundError.
func (m *Manager) Resend(ctx context.Context, a Actor, id AlertID, sink string) error {
	now, err := m.Now(ctx, a)
	if err != nil {
		return err
	}
	return m.update(ctx, a, delivering, func(ctx context.Context, tx Tx) error {
		d, err := tx.Delivery(ctx, a.Vendor, id, sink)
		if err != nil {
			return err
		}
		if d.Revision == 0 {
			return &NotFoundError{Kind: "delivery", ID: id.String()}
		}
		return tx.Write(ctx, a.Vendor, PutDelivery{Delivery: d.again(now), IfRevision: d.Revision})
	})
}
