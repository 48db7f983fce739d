// Command timeline prints what happened to a license: who did what and when, what it
// changed field by field, and why. Then it answers what a check would have answered on
// the days in between.
//
//	go run ./examples/timeline
//	go run ./examples/timeline -license L-00042
//
// It makes its database where there is none: the books of a vendor, and a month in which
// one license was extended, suspended and paid for. Run again it changes nothing.
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
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sqlstore"
	"github.com/isvkit/isvkit/seats"
)

func main() {
	file := flag.String("db", "timeline.db", "the SQLite file that keeps everything")
	id := flag.String("license", "", "the license; by default the one that the month was about")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *file, *id); err != nil {
		log.Fatal("timeline: ", err)
	}
}

func run(ctx context.Context, out io.Writer, file, id string) (err error) {
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
	m := &month{ctx: ctx, out: out, now: exported}
	m.Manager, err = lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { return m.now }})
	if err != nil {
		return err
	}
	if err := m.happen(); err != nil {
		return err
	}
	l, err := m.chosen(id)
	if err != nil {
		return err
	}
	if err := m.printTimeline(l); err != nil {
		return err
	}
	return m.printAnswers(l)
}

// exported is when the books were.
var exported = time.Date(2026, 6, 30, 18, 0, 0, 0, time.UTC)

func actor(id string) lifecycle.Actor {
	return lifecycle.Actor{Vendor: brindlemoor.Vendor, ID: lifecycle.MustActorID(id)}
}

var reader = actor("timeline")

// newcomer gets a seat in the course of the month.
var newcomer = seats.MustUserID("newcomer")

// month is a Manager with a clock that the example sets.
type month struct {
	*lifecycle.Manager
	ctx context.Context
	out io.Writer
	now time.Time
}

// happen takes over the books and lets the month pass, unless that was done.
func (m *month) happen() error {
	packages, err := m.Packages(m.ctx, reader)
	if err != nil || len(packages) > 0 {
		m.now = exported.AddDate(0, 0, 30)
		return err
	}
	if _, err := m.Import(m.ctx, actor("take-over"), brindlemoor.Books().Rows(), lifecycle.AllRows); err != nil {
		return err
	}
	l, err := m.chosen("")
	if err != nil {
		return err
	}
	for _, step := range []struct {
		day int
		do  func() error
	}{
		{1, func() error {
			n, _ := l.Terms.Seats.Count()
			more, err := license.NewSeats(n + 3)
			return errors.Join(err, m.modify(l.ID, "sales", "order 4711: three more seats", func(t *license.Terms) { t.Seats = more }))
		}},
		{2, func() error {
			_, err := m.Assign(m.ctx, actor("support"), lifecycle.Assign{License: l.ID, Users: []seats.UserID{newcomer}})
			return err
		}},
		{20, func() error {
			return m.modify(l.ID, "billing", "order 4711 is not paid", func(t *license.Terms) { t.Status = license.Suspended })
		}},
		{25, func() error {
			return m.modify(l.ID, "billing", "order 4711 is paid", func(t *license.Terms) { t.Status = license.Active })
		}},
	} {
		m.now = exported.AddDate(0, 0, step.day)
		if err := step.do(); err != nil {
			return err
		}
	}
	m.now = exported.AddDate(0, 0, 30)
	return nil
}

func (m *month) modify(id license.ID, who, why string, change func(*license.Terms)) error {
	l, err := m.License(m.ctx, reader, id)
	if err != nil {
		return err
	}
	change(&l.Terms)
	_, err = m.Modify(m.ctx, actor(who), lifecycle.Modify{License: id, Terms: l.Terms, Revision: l.Revision, Why: why})
	return err
}

// chosen returns the license of an id, or the first one with a number of seats that does
// not end soon.
func (m *month) chosen(id string) (license.License, error) {
	if id != "" {
		number, err := license.ParseID(id)
		if err != nil {
			return license.License{}, err
		}
		return m.License(m.ctx, reader, number)
	}
	for l, err := range m.Licenses(m.ctx, reader, lifecycle.LicenseQuery{}) {
		_, ends := l.Terms.Expiration.LastDay()
		if err != nil || l.Terms.Status == license.Active && l.Terms.Seats != license.Site() && !ends && l.Holders > 0 {
			return l, err
		}
	}
	return license.License{}, errors.New("no such license in the books")
}

// printTimeline prints every event of a license, oldest first.
func (m *month) printTimeline(l license.License) error {
	fmt.Fprintf(m.out, "%v of %v for %v\n", l.ID, l.Org, l.Package)
	for e, err := range m.Timeline(m.ctx, reader, l.ID) {
		if err != nil {
			return err
		}
		fmt.Fprintf(m.out, "\n%s  %s: %s\n", e.At.Format("2006-01-02 15:04"), e.Actor, what(e.Change))
		if e.Why != "" {
			fmt.Fprintf(m.out, "    why: %s\n", e.Why)
		}
		for _, d := range e.Changes() {
			fmt.Fprintf(m.out, "    %v\n", d)
		}
	}
	return nil
}

// what says in words what an event records.
func what(c lifecycle.Change) string {
	switch c := c.(type) {
	case lifecycle.LicenseChanged:
		return "license " + string(c.What)
	case lifecycle.SeatsAssigned:
		return fmt.Sprintf("seats assigned to %v", c.Users)
	case lifecycle.SeatsRevoked:
		return fmt.Sprintf("seats revoked from %v", c.Users)
	case lifecycle.Warned:
		return c.What
	default:
		return lifecycle.KindOf(c)
	}
}

// printAnswers prints what a check of the newcomer would have answered on some days.
func (m *month) printAnswers(l license.License) error {
	fmt.Fprintf(m.out, "\nCould %v work?\n", newcomer)
	for _, day := range []int{-1, 0, 1, 2, 19, 20, 24, 25, 30} {
		at := exported.AddDate(0, 0, day)
		d, err := m.CheckLicenseAsOf(m.ctx, reader, l.ID, newcomer, at)
		if err != nil {
			return err
		}
		answer := "no: "
		if d.Licensed() {
			answer = "yes: "
		}
		fmt.Fprintf(m.out, "    %s  %s%v\n", at.Format(time.DateOnly), answer, d.Reason)
	}
	return nil
}
