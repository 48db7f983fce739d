// Command reclaim is the weekly batch that gives idle seats back: who has not logged in
// for 60 days gets a warning, after 75 a final notice, and after 90, at least 7 days after
// that notice, the seat is free for somebody else.
//
//	go run ./examples/reclaim            # a dry run: what would happen today
//	go run ./examples/reclaim -apply     # do it; run it again and nothing happens twice
//	go run ./examples/reclaim -apply -today 2026-07-07
//
// It works on the database of the quickstart, and makes it where there is none. Stop it
// at any moment: the next run goes on where it was.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log"
	"os"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
	_ "modernc.org/sqlite"

	"github.com/isvkit/isvkit/examples/internal/brindlemoor"
	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/reclaim"
)

var me = lifecycle.Actor{Vendor: brindlemoor.Vendor, ID: lifecycle.MustActorID("weekly reclaim")}

func main() {
	file := flag.String("db", "quickstart.db", "the SQLite file that keeps everything")
	today := flag.String("today", "2026-06-30", "the day of the run")
	apply := flag.Bool("apply", false, "carry the plan out")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *file, *today, *apply); err != nil {
		log.Fatal("reclaim: ", err)
	}
}

func run(ctx context.Context, out io.Writer, file, today string, apply bool) (err error) {
	day, err := license.ParseDate(today)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := sqlstore.Open(ctx, db, sqlstore.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	now := day.Start().Add(20 * time.Hour)
	manager, err := lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { return now }})
	if err != nil {
		return err
	}
	if _, err := manager.Import(ctx, me, brindlemoor.Books().Rows(), lifecycle.AllRows); err != nil {
		return err
	}
	users, err := readUsers()
	if err != nil {
		return err
	}
	b := &batch{Manager: manager, ctx: ctx, out: out, users: users}
	if b.alerts, err = b.newAlerts(); err != nil {
		return err
	}
	return b.run(apply)
}

// readUsers returns what the subscriber orgs know of their users.
func readUsers() (map[seats.UserID]sfdata.UserRow, error) {
	f, err := brindlemoor.Files().Open("subscriber_users.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	users := map[seats.UserID]sfdata.UserRow{}
	for row, err := range sfdata.Users(f, sfdata.ReadOptions{File: "subscriber_users.csv"}) {
		if err != nil {
			return nil, err
		}
		users[row.ID] = row
	}
	return users, nil
}

// batch is one weekly run over all licenses.
type batch struct {
	*lifecycle.Manager
	ctx   context.Context // of the one run that a batch lives for
	out   io.Writer
	users map[seats.UserID]sfdata.UserRow

	alerts *lifecycle.Alerts
}

func (b *batch) say(format string, args ...any) { fmt.Fprintf(b.out, format+"\n", args...) }

func (b *batch) people(u seats.UserID) lifecycle.Person {
	row := b.users[u]
	return lifecycle.Person{LastLogin: row.LastLogin, Profile: row.Profile}
}

// run plans every license, tells what is due, and does it if it is asked to.
func (b *batch) run(apply bool) error {
	moves, err := b.plan()
	if err != nil {
		return err
	}
	if !apply {
		b.say("\nA dry run: nothing was changed. Do it with -apply.")
		return nil
	}
	// A rule begins with its first run, so before anything has moved there is one.
	if _, err := b.RunDue(b.ctx, me, b.alerts); err != nil {
		return err
	}
	tally, err := b.ApplyPlan(b.ctx, me, showProgress(moves), b.people)
	if err != nil {
		return err
	}
	b.say("\n%d moves applied, %d left because something had changed since the plan.", tally.Of(reclaim.Applied), tally.Skipped())
	_, err = b.RunDue(b.ctx, me, b.alerts)
	return err
}

// plan returns the moves that are due on all licenses that count seats.
func (b *batch) plan() (moves []reclaim.Move, err error) {
	freed := 0
	for l, err := range b.Licenses(b.ctx, me, lifecycle.LicenseQuery{}) {
		if err != nil {
			return nil, err
		}
		if l.Holders == 0 {
			continue
		}
		plan, err := b.PlanLicense(b.ctx, me, l.ID, reclaim.DefaultPolicy(), b.people)
		if err != nil {
			return nil, err
		}
		for _, move := range plan.Moves {
			b.say("%v  %v  idle for %3d days: %v → %v", l.ID, move.User, move.Idle, move.From, move.To)
		}
		moves = append(moves, plan.Moves...)
		freed += plan.Summary.Freed()
	}
	b.say("%d moves are due; they free %d seats.", len(moves), freed)
	return moves, nil
}

// newAlerts returns the notices: to whom a step is announced, and in which words.
func (b *batch) newAlerts() (*lifecycle.Alerts, error) {
	letter := func(stage reclaim.Stage, text string) lifecycle.AlertRule {
		return lifecycle.AlertRule{Name: stage.String(), When: lifecycle.OnSeatIdle{Stage: stage}, Sinks: []string{"mail"}, Text: text}
	}
	return lifecycle.NewAlerts(lifecycle.AlertConfig{
		Rules: []lifecycle.AlertRule{
			letter(reclaim.FirstWarning, "Dear {{.Person.LastName}}, you have not used your seat for {{.Alert.Days}} days. Log in by {{.Alert.Last}} to keep it."),
			letter(reclaim.FinalNotice, "Dear {{.Person.LastName}}, this is the last notice: log in before {{.Alert.Last}}, or your seat goes to somebody else."),
			letter(reclaim.Deactivated, "Dear {{.Person.LastName}}, your seat was given back after {{.Alert.Days}} days. Ask your administrator when you need it again."),
		},
		Sinks: map[string]lifecycle.Sink{"mail": lifecycle.SinkFunc(b.deliver)},
		People: func(u lifecycle.UserOf) lead.Person {
			return lead.Person{LastName: b.users[u.User].Username}
		},
	})
}

// deliver is where a program of yours sends mail, as examples/alerts does. Each notice
// comes at least once, always under one ID.
func (b *batch) deliver(_ context.Context, m lifecycle.Message) error {
	b.say("✉ %v  %s", m.Alert.ID, m.Text)
	return nil
}

// showProgress yields moves, and shows a bar once a second has passed; none when
// nobody watches.
func showProgress(moves []reclaim.Move) iter.Seq[reclaim.Move] {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return slices.Values(moves)
	}
	return func(yield func(reclaim.Move) bool) {
		bar := progressbar.NewOptions(len(moves), progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetVisibility(false))
		begun := time.Now()
		for i, move := range moves {
			if time.Since(begun) > time.Second {
				progressbar.OptionSetVisibility(true)(bar)
			}
			if !yield(move) {
				return
			}
			_ = bar.Set(i + 1)
		}
	}
}
