package lifecycle

import (
	"cmp"
	"math/rand/v2"
	"time"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/license"
)

// Delivery is how far an alert has come on its way to a sink. It is bookkeeping: its
// changes are no events.
type Delivery struct {
	Alert   AlertID
	Sink    string
	License license.ID // of the alert
	Number  int        // of the alert

	State     DeliveryState
	Attempts  int       // that were begun since it was recorded, or sent again by hand
	NextAt    time.Time // of a pending one: not before; while somebody is at it: until when it is theirs
	SettledAt time.Time // when it was delivered or parked
	Failure   string    // of the latest attempt, "" if it did not fail; one line without an e-mail address
	Revision  int64
}

// DeliveryState says how far a delivery has come.
type DeliveryState uint8

// The states of deliveries.
const (
	Pending   DeliveryState = 1 + iota // to be tried, for the first time or again
	Delivered                          // the sink has it
	Parked                             // given up, until somebody sends it again
)

var deliveryStates = [...]string{Pending: "pending", Delivered: "delivered", Parked: "parked"}

// String returns the state as a word, "invalid" for what is none.
func (s DeliveryState) String() string {
	if Pending <= s && s <= Parked {
		return deliveryStates[s]
	}
	return "invalid"
}

// ParseDeliveryState reads a state as String writes it. Other text is a *FieldError.
func ParseDeliveryState(text string) (DeliveryState, error) {
	for s := Pending; s <= Parked; s++ {
		if deliveryStates[s] == text {
			return s, nil
		}
	}
	return 0, &FieldError{Field: "state of a delivery", Value: text, Rule: "is pending, delivered or parked"}
}

// DeliveryQuery says which deliveries are asked for, by license, number of the alert and
// sink. Every condition that is set must hold; the zero query asks for all.
type DeliveryQuery struct {
	Sink    string
	State   DeliveryState
	License license.ID
	// DueBy asks for those that can be tried at an instant: pending ones whose NextAt is
	// not later, and of those of a sink and license the first pending one alone, so that
	// alerts of a license arrive in their order. Those with the fewest attempts come
	// first, so that what fails again and again holds up nothing else.
	DueBy time.Time
	After DeliveryCursor // only those that follow
}

// DeliveryCursor is a place in a listing of deliveries: after that one. The zero cursor is
// the beginning.
type DeliveryCursor struct {
	AlertCursor
	Sink string
}

// CursorAfterDelivery returns the place after d.
func CursorAfterDelivery(d Delivery) DeliveryCursor {
	return DeliveryCursor{AlertCursor{License: d.License, Number: d.Number}, d.Sink}
}

func (q DeliveryQuery) valid() error { return among("state of deliveries", q.State, Parked) }

// Compare orders deliveries as q asks for them.
func (q DeliveryQuery) Compare(a, b Delivery) int {
	if c := cmp.Compare(a.Attempts, b.Attempts); c != 0 && !q.DueBy.IsZero() {
		return c
	}
	return cmp.Or(cmp.Compare(a.License, b.License), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Sink, b.Sink))
}

// Matches reports whether d is asked for, but for being the first pending one of its
// sink and license.
func (q DeliveryQuery) Matches(d Delivery) bool {
	switch {
	case q.Sink != "" && d.Sink != q.Sink,
		q.State != 0 && d.State != q.State,
		q.License != 0 && d.License != q.License,
		!q.DueBy.IsZero() && (d.State != Pending || d.NextAt.After(q.DueBy)):
		return false
	}
	at := AlertCursor{License: d.License, Number: d.Number}
	return q.After.follows(d.License, d.Number) || at == q.After.AlertCursor && d.Sink > q.After.Sink
}

// taken returns d for somebody who has until an instant to try it.
func (d Delivery) taken(until time.Time) Delivery {
	d.Attempts++
	d.NextAt = until
	d.Revision++
	return d
}

// handedBack returns d as it was before it was taken: it was not tried.
func (d Delivery) handedBack(now time.Time) Delivery {
	d.Attempts--
	d.NextAt = now
	d.Revision++
	return d
}

// settled returns d after an attempt: delivered, to be tried again after a while, or
// parked after so many attempts.
func (d Delivery) settled(now time.Time, failure error, maxAttempts int) Delivery {
	d.Revision++
	if d.Failure = ""; failure != nil {
		d.Failure = withoutAddresses(errtext.Line(failure.Error()))
	}
	switch {
	case failure == nil:
		d.State, d.NextAt, d.SettledAt = Delivered, time.Time{}, now
	case d.Attempts >= maxAttempts:
		d.State, d.NextAt, d.SettledAt = Parked, time.Time{}, now
	default:
		d.NextAt = now.Add(backoff(d.Attempts)).Truncate(time.Microsecond)
	}
	return d
}

// again returns d to be tried from now on.
func (d Delivery) again(now time.Time) Delivery {
	d.State, d.Attempts, d.NextAt, d.SettledAt = Pending, 0, now, time.Time{}
	d.Revision++
	return d
}

const (
	firstBackoff = time.Minute
	maxBackoff   = 6 * time.Hour
)

// backoff returns how long to wait after so many attempts: between half and the whole of
// a time that doubles, so that those who failed together do not come back together.
func backoff(attempts int) time.Duration {
	wait := maxBackoff
	if attempts < 10 {
		wait = min(maxBackoff, firstBackoff<<max(0, attempts-1))
	}
	return wait/2 + rand.N(wait/2)
}
