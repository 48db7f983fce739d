package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats/reclaim"
)

// The night's work: who is told what, and where. Nothing ran for ten days, and nothing
// is lost.
func ExampleManager_RunDue() {
	now := noon
	m, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Now: func() time.Time { return now }})
	check(err)
	m.RegisterPackage(ctx, vendor, lifecycle.Registration{
		Package: pkgversion.Package{ID: rocket, Name: "Rocket"}, Defaults: license.Defaults{Status: license.Trial, Days: 20, Seats: license.MustSeats(5)}})
	m.Install(ctx, vendor, lifecycle.Installed{
		Notice: lifecycle.Notice{Org: umbra}, Installation: license.MustInstallationID("i-1"), Package: rocket, Version: v1, Number: pkgversion.MustVersion("1.0"),
		Installer: lead.Person{FirstName: "Jane", LastName: "Doe", Company: "Umbra", Email: "jane@umbra.example"},
	})

	olga, err := lead.ParseEmail("olga@acme.example")
	check(err)
	var mail lifecycle.Sink = lifecycle.SinkFunc(func(_ context.Context, m lifecycle.Message) error {
		fmt.Printf("%v: %s\n  %s\n", m.To, m.Subject, m.Text)
		return nil
	})
	alerts, err := lifecycle.NewAlerts(lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{{
			Name: "trials", When: lifecycle.OnTrialEnding{Days: []int{14, 7}}, Sinks: []string{"mail"},
			Recipients: lifecycle.Recipients{Addresses: []lead.Email{olga}},
			Subject:    "{{.Org.Name}}'s trial of {{.Package.Name}} ends",
			Text:       "Their last day is {{.Alert.Last}}: call {{.License.LeadName}}.{{if .Alert.Late}} This should have come on {{.Alert.Due}}.{{end}}",
		}},
		Sinks: map[string]lifecycle.Sink{"mail": mail},
	})
	check(err)
	for _, days := range []int{0, 10, 3} {
		now = now.AddDate(0, 0, days)
		report, err := m.RunDue(ctx, vendor, alerts)
		fmt.Println(now.Format(time.DateOnly), report.Recorded, "recorded,", report.Delivered, "delivered", err)
	}
	// Output:
	// 2026-06-01 0 recorded, 0 delivered <nil>
	// [olga@acme.example]: Umbra's trial of Rocket ends
	//   Their last day is 2026-06-21: call Jane Doe. This should have come on 2026-06-07.
	// 2026-06-11 1 recorded, 1 delivered <nil>
	// [olga@acme.example]: Umbra's trial of Rocket ends
	//   Their last day is 2026-06-21: call Jane Doe.
	// 2026-06-14 1 recorded, 1 delivered <nil>
}

// Every Cause that a rule can look for.
func ExampleCause() {
	lastUse := func(context.Context) iter.Seq2[lifecycle.Use, error] {
		return func(yield func(lifecycle.Use, error) bool) { yield(lifecycle.Use{License: 1, At: noon}, nil) }
	}
	causes := map[string]lifecycle.Cause{
		"renewals":  lifecycle.OnExpiring{Days: []int{60, 30, 7}},
		"trials":    lifecycle.OnTrialEnding{Days: []int{7, 1}},
		"expired":   lifecycle.OnExpired{},
		"lost":      lifecycle.OnUninstalled{},
		"suspended": lifecycle.OnSuspended{},
		"over":      lifecycle.OnOverAllocated{},
		"upsell":    lifecycle.OnThreshold{BasisPoints: []int{8000, 9500}},
		"drift":     lifecycle.OnDrift{},
		"unused":    lifecycle.OnUnused{Days: 45, LastUse: lastUse},
		"warnings":  lifecycle.OnSeatIdle{Stage: reclaim.FirstWarning},
	}
	var rules []lifecycle.AlertRule
	for name, cause := range causes {
		rules = append(rules, lifecycle.AlertRule{Name: name, When: cause})
	}
	_, err := lifecycle.NewAlerts(lifecycle.AlertConfig{Rules: rules})
	fmt.Println(len(rules), err)
	// Output: 10 <nil>
}

// A template that cannot be executed on a Letter is an error at once, not at night.
func ExampleLetterError() {
	_, err := lifecycle.NewAlerts(lifecycle.AlertConfig{Rules: []lifecycle.AlertRule{
		{Name: "renewals", When: lifecycle.OnExpiring{Days: []int{30}}, Text: "Dear {{.Licence.LeadName}}"},
	}})
	bad, ok := errors.AsType[*lifecycle.LetterError](err)
	fmt.Println(ok && bad.Part == "text")
	// Output: true
}

// What was recorded, and what became of it: an Alert has a Delivery for each sink. One
// that was given up is Parked, and can be sent again by hand.
func ExampleManager_Resend() {
	m := vendorWith(2)
	down := true
	alerts, err := lifecycle.NewAlerts(lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{{Name: "upsell", When: lifecycle.OnThreshold{BasisPoints: []int{8000}}, Sinks: []string{"chat"}}},
		Sinks: map[string]lifecycle.Sink{"chat": lifecycle.SinkFunc(func(_ context.Context, m lifecycle.Message) error {
			if down {
				return errors.New("the chat is down")
			}
			fmt.Println(m.Text)
			return nil
		})},
		MaxAttempts: 1,
	})
	check(err)
	m.RunDue(ctx, vendor, alerts)
	m.Assign(ctx, vendor, lifecycle.Assign{License: 1, Users: someone("ann", "ben")})
	var report lifecycle.DueReport
	report, err = m.RunDue(ctx, vendor, alerts)
	fmt.Println(report.Recorded, "recorded,", report.Parked, "parked", err)

	for a := range m.Alerts(ctx, vendor, lifecycle.AlertQuery{License: 1}) {
		var id lifecycle.AlertID = a.ID
		var kind lifecycle.AlertKind = a.Kind
		fmt.Println(id, kind)
	}
	for d := range m.Deliveries(ctx, vendor, lifecycle.DeliveryQuery{State: lifecycle.Parked}) {
		var state lifecycle.DeliveryState = d.State
		fmt.Println(d.Alert, state, d.Failure)
		down = false
		check(m.Resend(ctx, vendor, d.Alert, d.Sink))
	}
	m.DeliverAlerts(ctx, vendor, alerts)
	// Output:
	// 1 recorded, 1 parked <nil>
	// upsell/L-00001/2/8000 threshold crossed
	// upsell/L-00001/2/8000 parked the chat is down
	// License L-00001 of org Umbra (00D2X000000Txd2UAC) for Rocket: threshold crossed, on 2026-06-01. 2 of 2 seats are used.
}

// How a store keeps alerts: a PutAlert with its AlertRaised event, and a PutDelivery for
// each sink; an AlertReader finds them again, from an AlertCursor or DeliveryCursor on.
func ExampleAlertReader() {
	store := &lifecycle.MemStore{}
	a := lifecycle.Alert{ID: lifecycle.MustAlertID("lost/L-00001/9"), License: 1, Number: 1, Rule: "lost", Kind: lifecycle.AlertUninstalled, At: noon}
	d := lifecycle.Delivery{Alert: a.ID, Sink: "mail", License: 1, Number: 1, State: lifecycle.Pending, NextAt: noon, Revision: 1}
	raised := lifecycle.AlertRaised{Alert: a}
	check(store.Update(ctx, func(ctx context.Context, tx lifecycle.Tx) error {
		return tx.Write(ctx, vendor.Vendor, lifecycle.PutAlert{Alert: a}, lifecycle.PutDelivery{Delivery: d},
			lifecycle.Append{Event: lifecycle.Event{Stream: lifecycle.StreamOf(raised), At: noon, Change: raised}})
	}))
	check(store.View(ctx, func(ctx context.Context, r lifecycle.Reader) error {
		var alerts lifecycle.AlertReader = r
		all, err := alerts.Alerts(ctx, vendor.Vendor, lifecycle.AlertQuery{}, 10)
		var next lifecycle.AlertCursor = lifecycle.CursorAfterAlert(all[0])
		more, _ := alerts.Alerts(ctx, vendor.Vendor, lifecycle.AlertQuery{After: next}, 10)
		fmt.Println(len(all), len(more), err)
		due, err := alerts.Deliveries(ctx, vendor.Vendor, lifecycle.DeliveryQuery{Sink: "mail", DueBy: noon}, 10)
		var after lifecycle.DeliveryCursor = lifecycle.CursorAfterDelivery(due[0])
		fmt.Println(due[0].State, after.License, after.Number, after.Sink, err)
		return nil
	}))
	// Output:
	// 1 0 <nil>
	// pending L-00001 1 mail <nil>
}

// A sink says of a message that it is at fault, so that the run goes on with the others.
func ExampleMessageError() {
	mail := lifecycle.SinkFunc(func(ctx context.Context, m lifecycle.Message) error {
		if len(m.To) == 0 {
			return &lifecycle.MessageError{Err: errors.New("nobody to write to")}
		}
		return nil // sent
	})
	fmt.Println(mail.Deliver(context.Background(), lifecycle.Message{}))
	// Output: nobody to write to
}
