package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
)

func guardAlert(s *suite) {
	a := sampleAlert(8, 1)
	s.mustWrite(lifecycle.PutAlert{Alert: a})
	s.mustConflict("there already", lifecycle.PutAlert{Alert: a})
	other := a
	other.Number = 2
	s.mustConflict("the id is there", lifecycle.PutAlert{Alert: other})
	other.ID, other.Number = lifecycle.MustAlertID("other"), 1
	s.mustConflict("the number is there", lifecycle.PutAlert{Alert: other})
	other.License = 9
	s.mustWrite(lifecycle.PutAlert{Alert: other})
	s.mustWrite(lifecycle.PutAlert{Alert: sampleAlert(8, 2)})
	err := s.store.View(s.Context(), func(ctx context.Context, r lifecycle.Reader) error {
		got, err1 := r.Alert(ctx, vendor, a.ID)
		same(s, "Alert", got, a)
		last, err2 := r.LastAlert(ctx, vendor, 8)
		same(s, "LastAlert", last, 2)
		return errors.Join(err1, err2)
	})
	if err != nil {
		s.Error(err)
	}
}

func guardDelivery(s *suite) {
	d := sampleDelivery(sampleAlert(8, 1), odd)
	s.mustConflict("absent", lifecycle.PutDelivery{Delivery: d, IfRevision: 1})
	s.mustWrite(lifecycle.PutDelivery{Delivery: d})
	s.mustConflict("there already", lifecycle.PutDelivery{Delivery: d})
	s.mustWrite(lifecycle.PutDelivery{Delivery: sampleDelivery(sampleAlert(8, 1), "other sink")})
	d.Revision, d.State, d.Attempts, d.NextAt, d.SettledAt, d.Failure = 2, lifecycle.Parked, 4, time.Time{}, day, ""
	s.mustConflict("another revision", lifecycle.PutDelivery{Delivery: d, IfRevision: 2})
	s.mustWrite(lifecycle.PutDelivery{Delivery: d, IfRevision: 1})
	same(s, "Delivery", s.delivery(d.Alert, odd), d)
	same(s, "Delivery to the other", s.delivery(d.Alert, "other sink"), sampleDelivery(sampleAlert(8, 1), "other sink"))
}

func (s *suite) delivery(id lifecycle.AlertID, sink string) lifecycle.Delivery {
	s.Helper()
	return view(s, func(ctx context.Context, r lifecycle.Reader) (lifecycle.Delivery, error) {
		return r.Delivery(ctx, vendor, id, sink)
	})
}

// Alerts returns what the query matches, in its order, whatever the page size.
func alertsAsQueried(s *suite) {
	var all []lifecycle.Alert
	for n := range 60 {
		a := sampleAlert(license.ID(1+n%7), 1+n/7)
		a.Rule = fmt.Sprintf("rule-%d", n%3)
		s.mustWrite(lifecycle.PutAlert{Alert: a})
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b lifecycle.Alert) int {
		if a.License != b.License {
			return int(a.License - b.License)
		}
		return a.Number - b.Number
	})
	for _, q := range []lifecycle.AlertQuery{{}, {License: 3}, {Rule: "rule-1"}, {License: 3, Rule: "rule-1"}, {License: 99}, {Rule: "none"}} {
		var want, got []lifecycle.Alert
		for _, a := range all {
			if q.Matches(a) {
				want = append(want, a)
			}
		}
		for {
			page := view(s, func(ctx context.Context, r lifecycle.Reader) ([]lifecycle.Alert, error) {
				return r.Alerts(ctx, vendor, q, 7)
			})
			got = append(got, page...)
			if len(page) < 7 {
				break
			}
			q.After = lifecycle.CursorAfterAlert(page[6])
		}
		same(s, fmt.Sprintf("Alerts(%+v)", q), got, want)
	}
}

// manyDeliveries returns deliveries that differ in everything that a query asks for.
func manyDeliveries() (all []lifecycle.Delivery) {
	for n := range 90 {
		d := sampleDelivery(sampleAlert(license.ID(1+n%5), 1+n/10), fmt.Sprintf("sink-%d", (n/5)%2))
		d.State = lifecycle.DeliveryState(1 + (n/3)%3)
		d.NextAt = day.Add(time.Duration(n%4) * time.Hour)
		d.Attempts = n % 3
		all = append(all, d)
	}
	return all
}

// Deliveries returns what the query matches, in its order, whatever the page size.
func deliveriesAsQueried(s *suite) {
	all := manyDeliveries()
	for _, d := range all {
		s.mustWrite(lifecycle.PutDelivery{Delivery: d})
	}
	for _, q := range []lifecycle.DeliveryQuery{{}, {Sink: "sink-1"}, {State: lifecycle.Pending}, {State: lifecycle.Parked}, {License: 2},
		{License: 2, State: lifecycle.Delivered, Sink: "sink-0"}, {Sink: "none"}} {
		want := dueOf(all, q)
		var got []lifecycle.Delivery
		for {
			page := s.deliveries(q, 7)
			got = append(got, page...)
			if len(page) < 7 {
				break
			}
			q.After = lifecycle.CursorAfterDelivery(page[6])
		}
		same(s, fmt.Sprintf("Deliveries(%+v)", q), got, want)
	}
}

// dueOf returns those of all that q asks for, in its order: the slow twin of a store.
func dueOf(all []lifecycle.Delivery, q lifecycle.DeliveryQuery) (found []lifecycle.Delivery) {
	for _, d := range all {
		waits := slices.ContainsFunc(all, func(o lifecycle.Delivery) bool {
			return o.Sink == d.Sink && o.License == d.License && o.Number < d.Number && o.State == lifecycle.Pending
		})
		if q.Matches(d) && (q.DueBy.IsZero() || !waits) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, q.Compare)
	return found
}

func (s *suite) deliveries(q lifecycle.DeliveryQuery, limit int) []lifecycle.Delivery {
	s.Helper()
	return view(s, func(ctx context.Context, r lifecycle.Reader) ([]lifecycle.Delivery, error) {
		return r.Deliveries(ctx, vendor, q, limit)
	})
}

// E4, E7: of a sink and license only the first pending delivery is due, and those with
// the fewest attempts come first.
func dueDeliveriesInOrder(s *suite) {
	all := manyDeliveries()
	for _, d := range all {
		s.mustWrite(lifecycle.PutDelivery{Delivery: d})
	}
	for _, sink := range []string{"", "sink-0", "sink-1"} {
		for hours := range 4 {
			q := lifecycle.DeliveryQuery{Sink: sink, DueBy: day.Add(time.Duration(hours) * time.Hour)}
			want := dueOf(all, q)
			same(s, fmt.Sprintf("Deliveries(%+v)", q), s.deliveries(q, 100), want)
			same(s, fmt.Sprintf("the first of Deliveries(%+v)", q), s.deliveries(q, 1), want[:min(1, len(want))])
		}
	}
}

// E4: of many who record one alert at once exactly one does.
func oneAlert(s *suite) {
	var recorders sync.WaitGroup
	var mu sync.Mutex
	recorded := 0
	for range 8 {
		recorders.Go(func() {
			err := s.write(lifecycle.PutAlert{Alert: sampleAlert(8, 1)}, event(lifecycle.AlertRaised{Alert: sampleAlert(8, 1)}))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				recorded++
			} else if !errors.Is(err, lifecycle.ErrConflict) {
				s.Errorf("Write = %v, want no error or ErrConflict", err)
			}
		})
	}
	recorders.Wait()
	same(s, "recorded", recorded, 1)
	s.numberAll()
	same(s, "events", len(s.feed(0, 10)), 1)
}
