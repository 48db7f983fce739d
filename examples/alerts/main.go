// Command alerts is the nightly run that tells a vendor what its licenses are coming to:
// trials that end, licenses that expire, seats that run out, packages that were
// uninstalled.
//
//	go run ./examples/alerts                                   # a dry run: what would be sent tonight
//	go run ./examples/alerts -smtp localhost:25 -starttls=false # send it
//	go run ./examples/alerts -smtp mail.example.com:587 -from licenses@example.com -to sales@example.com
//
// It works on a database of its own with the books of a made-up vendor, as they were on
// the day given by -since. Run it every night; a night that is left out is made up for,
// and whatever happens each alert is recorded once and sent at least once. Where the mail
// server wants a log-in it is read from SMTP_USER and SMTP_PASSWORD.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	_ "modernc.org/sqlite"

	"github.com/isvkit/isvkit/examples/internal/brindlemoor"
	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
)

var me = lifecycle.Actor{Vendor: brindlemoor.Vendor, ID: lifecycle.MustActorID("nightly alerts")}

// options are the flags.
type options struct {
	file, since, today string
	smtp, from, to     string
	startTLS           bool
}

func main() {
	var o options
	flag.StringVar(&o.file, "db", "alerts.db", "the SQLite file that keeps everything")
	flag.StringVar(&o.since, "since", "2026-06-01", "the day on which the rules begin, on a new database")
	flag.StringVar(&o.today, "today", "2026-06-30", "the day of the run")
	flag.StringVar(&o.smtp, "smtp", "", "host:port of the mail server; none is a dry run")
	flag.StringVar(&o.from, "from", "licenses@vendor.example", "who sends")
	flag.StringVar(&o.to, "to", "sales@vendor.example", "who is told, beside the lead manager of the package")
	flag.BoolVar(&o.startTLS, "starttls", true, "refuse to send in the clear")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, o); err != nil {
		log.Fatal("alerts: ", err)
	}
}

func run(ctx context.Context, out io.Writer, o options) (err error) {
	since, err1 := license.ParseDate(o.since)
	today, err2 := license.ParseDate(o.today)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+o.file+"?_txlock=immediate")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := sqlstore.Open(ctx, db, sqlstore.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if o.smtp == "" {
		return dryRun(ctx, out, db, store, o, since, today)
	}
	sink, err := newMailSink(o)
	if err != nil {
		return err
	}
	return night{out, store, sink}.run(ctx, o, since, today)
}

// dryRun does all that a run does in a transaction that is then taken back, and prints
// what would be sent.
func dryRun(ctx context.Context, out io.Writer, db *sql.DB, store *sqlstore.Store, o options, since, today license.Date) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	letters := lifecycle.SinkFunc(func(_ context.Context, m lifecycle.Message) error {
		_, err := fmt.Fprintf(out, "✉ %s\n  %s\n", m.Subject, m.Text)
		return err
	})
	err = night{out, store.WithTx(tx), letters}.run(ctx, o, since, today)
	if err == nil {
		fmt.Fprintln(out, "A dry run: nothing was changed and nothing sent. Name a mail server with -smtp.")
	}
	return errors.Join(err, tx.Rollback())
}

// night is one run on a store.
type night struct {
	out   io.Writer
	store lifecycle.Store
	sink  lifecycle.Sink
}

func (n night) run(ctx context.Context, o options, since, today license.Date) error {
	alerts, err := newAlerts(o.to, n.sink)
	if err != nil {
		return err
	}
	now := since.Start()
	manager, err := lifecycle.New(lifecycle.Config{Store: n.store, Now: func() time.Time { return now }})
	if err != nil {
		return err
	}
	if _, err := manager.Import(ctx, me, brindlemoor.Books().Rows(), lifecycle.AllRows); err != nil {
		return err
	}
	first, err := manager.RunDue(ctx, me, alerts) // the rules begin, or have begun already
	if err != nil {
		return err
	}
	now = today.Start().Add(2 * time.Hour)
	report, err := manager.RunDue(ctx, me, alerts)
	if err != nil {
		return err
	}
	fmt.Fprintf(n.out, "%d alerts recorded, %d letters sent, %d to be tried again, %d given up.\n",
		first.Recorded+report.Recorded, first.Delivered+report.Delivered, report.Failed, report.Parked)
	return n.sayParked(ctx, manager)
}

// sayParked prints what was given up: cure the cause, then call Manager.Resend.
func (n night) sayParked(ctx context.Context, manager *lifecycle.Manager) error {
	for d, err := range manager.Deliveries(ctx, me, lifecycle.DeliveryQuery{State: lifecycle.Parked}) {
		if err != nil {
			return err
		}
		fmt.Fprintf(n.out, "given up after %d attempts: %v: %s\n", d.Attempts, d.Alert, d.Failure)
	}
	return nil
}

// newAlerts returns the rules of this vendor: what it wants to know, and in which words.
func newAlerts(to string, mail lifecycle.Sink) (*lifecycle.Alerts, error) {
	sales, err := lead.ParseEmail(to)
	if err != nil {
		return nil, err
	}
	who := lifecycle.Recipients{Addresses: []lead.Email{sales}, LeadManager: true}
	rule := func(name string, when lifecycle.Cause, subject, text string) lifecycle.AlertRule {
		return lifecycle.AlertRule{Name: name, When: when, Orgs: lifecycle.ProductionOrgs, Sinks: []string{"mail"}, Recipients: who,
			Subject: subject, Text: text + late}
	}
	return lifecycle.NewAlerts(lifecycle.AlertConfig{
		Sinks: map[string]lifecycle.Sink{"mail": mail},
		Rules: []lifecycle.AlertRule{
			rule("trials", lifecycle.OnTrialEnding{Days: []int{7, 1}},
				"{{.Package.Name}}: a trial ends on {{.Alert.Last}}",
				"The trial of {{.Org.Name}} ({{.License.ID}}) ends on {{.Alert.Last}}."),
			rule("renewals", lifecycle.OnExpiring{Days: []int{60, 30, 7}},
				"{{.Package.Name}}: {{.Org.Name}} is up for renewal",
				"{{.License.ID}} of {{.Org.Name}}, {{.License.Terms.Seats}} seats, ends on {{.Alert.Last}}."),
			rule(lifecycle.ExpiredRule, lifecycle.OnExpired{},
				"{{.Package.Name}}: {{.Org.Name}} has expired",
				"The last day of {{.License.ID}} was {{.Alert.Last}}."),
			rule("seats", lifecycle.OnThreshold{BasisPoints: []int{8000, 9500}},
				"{{.Package.Name}}: {{.Org.Name}} runs out of seats",
				"{{.Alert.Used}} of {{.Alert.Seats}} seats of {{.License.ID}} are used."),
			rule("lost", lifecycle.OnUninstalled{},
				"{{.Package.Name}}: {{.Org.Name}} has uninstalled",
				"{{.License.ID}} is read-only now, and its seats are free."),
		},
	})
}

const late = `{{if .Alert.Late}}
(This was due on {{.Alert.Due}}.){{end}}`
