package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

// The licenses that the story is about, by their names in the export.
const (
	brackenhurst license.ID = 116 // 10 seats, 8 of them used
	ehelurna     license.ID = 255 // 8 seats, all used
	helilis      license.ID = 202 // will not have paid
	brenique     license.ID = 36  // will uninstall
)

// story tells what a Manager does, chapter by chapter.
type story struct {
	*lifecycle.Manager
	ctx    context.Context // of the one run that a story lives for
	out    io.Writer
	today  license.Date
	before summary // what was there when the story began
}

func (s *story) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

func (s *story) chapter(title string) {
	s.say("\n%s\n%s", title, strings.Repeat("─", len([]rune(title))))
}

// play tells every chapter but the restart.
func (s *story) play() error {
	for _, chapter := range []func() error{
		s.begin, s.importBooks, s.replayNotifications, s.whoIsLicensed, s.giveSeats, s.cutSeats, s.whatExpires, s.suspend, s.uninstall, s.history,
	} {
		if err := chapter(); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) begin() (err error) {
	s.say("It is %s. Brindlemoor Software sells three packages, and its customers install them themselves.", s.today)
	if s.before, err = s.sum(); err != nil {
		return err
	}
	if s.before.licenses > 0 {
		s.say("The books are here from last time: %v. Nothing below will double.", s.before)
	}
	return nil
}

// summary counts what the books hold.
type summary struct{ licenses, held, leads, events int }

func (x summary) String() string {
	return fmt.Sprintf("%d licenses, %d seats held, %d leads, %d events", x.licenses, x.held, x.leads, x.events)
}

func (s *story) sum() (x summary, err error) {
	for l, err := range s.Licenses(s.ctx, me, lifecycle.LicenseQuery{}) {
		if err != nil {
			return x, err
		}
		x.licenses++
		x.held += l.Holders
	}
	if x.leads, err = count(s.Leads(s.ctx, me, lifecycle.LeadQuery{})); err != nil {
		return x, err
	}
	x.events, err = count(s.Events(s.ctx, me, 0))
	return x, err
}

func count[T any](seq iter.Seq2[T, error]) (n int, err error) {
	for _, err := range seq {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// whoIsLicensed asks the question that app code asks, for all kinds of answers.
func (s *story) whoIsLicensed() error {
	s.chapter("Who is licensed, and why?")
	for _, id := range []license.ID{brackenhurst, 385, 248, 312, 58, 282} {
		l, err := s.License(s.ctx, me, id)
		if err != nil {
			return err
		}
		user, err := s.firstHolder(l)
		if err != nil {
			return err
		}
		if err := s.ask(l, user); err != nil {
			return err
		}
	}
	l, err := s.License(s.ctx, me, brackenhurst)
	if err != nil {
		return err
	}
	return s.ask(l, seats.MustUserID("a stranger"))
}

// firstHolder returns a user who holds a seat of l, or somebody where a site license
// needs none.
func (s *story) firstHolder(l license.License) (seats.UserID, error) {
	for a, err := range s.Holders(s.ctx, me, l.ID) {
		return a.User, err
	}
	return seats.MustUserID("anybody"), nil
}

func (s *story) ask(l license.License, user seats.UserID) error {
	decision, err := s.Check(s.ctx, me, l.Org, l.Package, user)
	if err != nil {
		return err
	}
	mark := "✗"
	if decision.Licensed() {
		mark = "✓"
	}
	s.say("  %s %-22s %-34s %v", mark, user, s.name(l), decision)
	for cause := range decision.Causes.All() {
		for _, remedy := range cause.Remedies() {
			s.say("      the %v can %s", remedy.By, remedy.What)
		}
	}
	return nil
}

// name returns the name of a license's org.
func (s *story) name(l license.License) string {
	org, err := s.Org(s.ctx, me, l.Org)
	if err != nil {
		return l.Org.String()
	}
	return cmp.Or(org.Name, l.Org.String())
}

// giveSeats asks for more seats than there are: all or none first, then as many as
// fit.
func (s *story) giveSeats() error {
	l, err := s.License(s.ctx, me, brackenhurst)
	if err != nil {
		return err
	}
	s.chapter("Three new colleagues, and not enough seats")
	s.say("  %s has %v seats and uses %d.", s.name(l), l.Terms.Seats, l.Holders)
	users := []seats.UserID{seats.MustUserID("ada@brackenhurst"), seats.MustUserID("grace@brackenhurst"), seats.MustUserID("joan@brackenhurst")}
	_, err = s.Assign(s.ctx, me, lifecycle.Assign{License: l.ID, Users: users})
	var exhausted *seats.ExhaustedError
	if !errors.As(err, &exhausted) {
		return fmt.Errorf("three seats were asked for, and all given: %w", cmp.Or(err, errors.New("no error")))
	}
	s.say("  All three or none: %v", err)
	seating, err := s.Assign(s.ctx, me, lifecycle.Assign{License: l.ID, Users: users, AsFit: true})
	if err != nil {
		return err
	}
	s.say("  As many as fit: %d got a seat, %d held one already, %v must wait.", len(seating.Assigned), len(seating.Held), seating.Left)
	return nil
}

// cutSeats lowers the seats below their use: everyone keeps theirs, and nobody gets
// a new one.
func (s *story) cutSeats() error {
	l, err := s.License(s.ctx, me, ehelurna)
	if err != nil {
		return err
	}
	s.chapter("A contract is cut below its use")
	s.say("  %s uses %d seats. From today it pays for 5.", s.name(l), l.Holders)
	terms := l.Terms
	terms.Seats = license.MustSeats(5)
	l, err = s.Modify(s.ctx, me, lifecycle.Modify{License: l.ID, Terms: terms, Revision: l.Revision, Why: "contract renewed with fewer seats"})
	if err != nil {
		return err
	}
	remaining, _ := l.Remaining()
	s.say("  Remaining: %d. Over-allocated: %t. Nobody was thrown out:", remaining, l.OverAllocated())
	user, err := s.firstHolder(l)
	if err != nil {
		return err
	}
	if err := s.ask(l, user); err != nil {
		return err
	}
	_, err = s.Assign(s.ctx, me, lifecycle.Assign{License: l.ID, Users: []seats.UserID{seats.MustUserID("newcomer")}})
	s.say("  But a newcomer has to wait until something remains:\n    %v", err)
	return nil
}

func (s *story) whatExpires() error {
	s.chapter("What expires within 30 days?")
	q := lifecycle.LicenseQuery{ExpiresFrom: s.today, ExpiresThrough: s.today.AddDays(30), Order: lifecycle.ByExpiration}
	for l, err := range s.Licenses(s.ctx, me, q) {
		if err != nil {
			return err
		}
		if status := l.DisplayedOn(s.today); status == license.Trial || status == license.Active {
			last, _ := l.Terms.Expiration.LastDay()
			s.say("  %v  in %2d days  %v  %-7v %s", last, last.Sub(s.today), l.ID, status, s.name(l))
		}
	}
	return nil
}

func (s *story) suspend() error {
	l, err := s.License(s.ctx, me, helilis)
	if err != nil {
		return err
	}
	s.chapter("An invoice is not paid")
	user, err := s.firstHolder(l)
	if err != nil {
		return err
	}
	terms := l.Terms
	terms.Status = license.Suspended
	l, err = s.Modify(s.ctx, me, lifecycle.Modify{License: l.ID, Terms: terms, Revision: l.Revision, Why: "invoice overdue"})
	if err != nil {
		return err
	}
	s.say("  %s is %v; its %d users keep their seats for the day it pays.", s.name(l), l.Terms.Status, l.Holders)
	return s.ask(l, user)
}

func (s *story) uninstall() error {
	l, err := s.License(s.ctx, me, brenique)
	if err != nil {
		return err
	}
	s.chapter("A customer leaves")
	org, err := s.Org(s.ctx, me, l.Org)
	if err != nil {
		return err
	}
	l, err = s.Uninstall(s.ctx, me, lifecycle.Uninstalled{Notice: lifecycle.Notice{Org: org}, Installation: l.Installation, Package: l.Package})
	if err != nil {
		return err
	}
	s.say("  %s has uninstalled. %v is %v, its seats are free (%d held), and it is read-only from now on:", s.name(l), l.ID, l.Terms.Status, l.Holders)
	terms := l.Terms
	terms.Status = license.Active
	_, err = s.Modify(s.ctx, me, lifecycle.Modify{License: l.ID, Terms: terms, Revision: l.Revision})
	s.say("    %v", err)
	return nil
}

func (s *story) history() error {
	s.chapter("What happened to " + ehelurna.String() + "?")
	for e, err := range s.Timeline(s.ctx, me, ehelurna) {
		if err != nil {
			return err
		}
		switch c := e.Change.(type) {
		case lifecycle.LicenseChanged:
			s.say("  %s  %s by %v: %s %s", e.At.Format("2006-01-02 15:04"), c.What, e.Actor, seatsChange(c), quoted(e.Why))
		case lifecycle.SeatsAssigned:
			s.say("  %s  %d seat assigned on %s", e.At.Format("2006-01-02 15:04"), len(c.Users), license.DateOf(c.At))
		}
	}
	return nil
}

func seatsChange(c lifecycle.LicenseChanged) string {
	if c.Before.ID == 0 {
		return fmt.Sprintf("%v seats", c.After.Terms.Seats)
	}
	return fmt.Sprintf("%v seats → %v", c.Before.Terms.Seats, c.After.Terms.Seats)
}

func quoted(why string) string {
	if why == "" {
		return ""
	}
	return "“" + why + "”"
}

// restart closes everything, opens it again, and compares.
func (s *story) restart(b *books) error {
	s.chapter("The lights go out, and on again")
	left, err := s.sum()
	if err != nil {
		return err
	}
	if err := b.close(); err != nil {
		return err
	}
	again, err := open(s.ctx, b.file, b.now)
	if err != nil {
		return err
	}
	*b = *again
	s.Manager = b.manager
	found, err := s.sum()
	if err != nil {
		return err
	}
	if found != left {
		return fmt.Errorf("left %v, found %v", left, found)
	}
	if err := s.importAgain(); err != nil {
		return err
	}
	if after, err := s.sum(); err != nil || after != found {
		return fmt.Errorf("importing again made %v of %v: %w", after, found, cmp.Or(err, errors.New("something doubled")))
	}
	s.say("  Found as it was left: %v.", found)
	s.say("  The same files and the same notifications once more: nothing changed.")
	if s.before.licenses > 0 {
		s.say("  And since last time: %d new events.", found.events-s.before.events)
	}
	s.say("\nAll of it is in %s. Run me again, or look inside with any SQLite shell.", b.file)
	return nil
}
