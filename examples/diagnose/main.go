// Command diagnose answers the two questions that a vendor's support is asked most: why
// was no lead or license created, and why can this license not be edited?
//
//	go run ./examples/diagnose
//
// It works on the database of the quickstart, makes it where there is none, and changes
// nothing but that.
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
)

var me = lifecycle.Actor{Vendor: brindlemoor.Vendor, ID: lifecycle.MustActorID("support")}

func main() {
	file := flag.String("db", "quickstart.db", "the SQLite file that keeps everything")
	all := flag.Bool("all", false, "print the checks that passed, too")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *file, *all); err != nil {
		log.Fatal("diagnose: ", err)
	}
}

func run(ctx context.Context, out io.Writer, file string, all bool) (err error) {
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
	now := time.Date(2026, 6, 30, 18, 0, 0, 0, time.UTC) // the day of the export
	manager, err := lifecycle.New(lifecycle.Config{Store: store, Now: func() time.Time { return now }})
	if err != nil {
		return err
	}
	if _, err := manager.Import(ctx, me, brindlemoor.Books().Rows(), lifecycle.AllRows); err != nil {
		return err
	}
	d := &desk{Manager: manager, ctx: ctx, out: out, all: all}
	return errors.Join(d.withoutLead(), d.readOnly(), d.neverInstalled())
}

// desk is the support desk: it answers, and writes to out.
type desk struct {
	*lifecycle.Manager
	ctx context.Context
	out io.Writer
	all bool
}

// withoutLead finds the first license without a lead, and says why it has none.
func (d *desk) withoutLead() error {
	l, err := d.first(func(l license.License) bool { return l.Lead.IsZero() && !l.Sandbox })
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "Why has %v no lead?\n", l.ID)
	found, err := d.DiagnoseInstallation(d.ctx, me, l.Org, l.Package, l.Installation)
	d.print(found)
	return err
}

// readOnly finds the first uninstalled license, and says why it cannot be edited.
func (d *desk) readOnly() error {
	l, err := d.first(func(l license.License) bool { return l.Terms.Status == license.Uninstalled })
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\nWhy can %v not be made active?\n", l.ID)
	want := l.Terms
	want.Status = license.Active
	found, err := d.DiagnoseModify(d.ctx, me, lifecycle.Modify{License: l.ID, Terms: want, Revision: l.Revision})
	d.print(found)
	return err
}

// neverInstalled asks about an installation that nobody told of.
func (d *desk) neverInstalled() error {
	l, err := d.first(func(license.License) bool { return true })
	if err != nil {
		return err
	}
	fmt.Fprintln(d.out, "\nWhere is the license of the customer who installed yesterday?")
	found, err := d.DiagnoseInstallation(d.ctx, me, l.Org, l.Package, license.MustInstallationID("yesterday"))
	d.print(found)
	return err
}

// first returns the first license that is as asked.
func (d *desk) first(is func(license.License) bool) (license.License, error) {
	for l, err := range d.Licenses(d.ctx, me, lifecycle.LicenseQuery{}) {
		if err != nil || is(l) {
			return l, err
		}
	}
	return license.License{}, errors.New("no such license in the books")
}

func (d *desk) print(found lifecycle.Diagnosis) {
	marks := map[lifecycle.Outcome]string{lifecycle.CheckPassed: "✓", lifecycle.CheckFailed: "✗", lifecycle.CheckUnknown: "?"}
	for _, f := range found {
		switch {
		case f.Outcome != lifecycle.CheckPassed:
			fmt.Fprintf(d.out, "  %s %s\n      %s\n", marks[f.Outcome], f.Check, f.Remedy)
		case d.all:
			fmt.Fprintf(d.out, "  %s %s\n", marks[f.Outcome], f.Check)
		}
	}
}
