package main

import (
	"embed"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
)

// The vendor's books as Data Loader exported them, and what its webhook received:
// part of a made-up vendor's data. No row describes a real person or company.
//
//go:embed export
var embedded embed.FS

// export is the files of the vendor. With notifications they include what the
// webhook received.
func export(notifications bool) (sfdata.Import, error) {
	dir, err := fs.Sub(embedded, "export")
	if err != nil {
		return sfdata.Import{}, err
	}
	files := sfdata.Import{
		Owners:      sfdata.FileIn(dir, "users.csv"),
		Packages:    sfdata.FileIn(dir, "packages.csv"),
		Versions:    sfdata.FileIn(dir, "package_versions.csv"),
		Subscribers: sfdata.FileIn(dir, "package_subscribers.csv"),
		Accounts:    sfdata.FileIn(dir, "accounts.csv"),
		Contacts:    sfdata.FileIn(dir, "contacts.csv"),
		Leads:       sfdata.FileIn(dir, "leads.csv"),
		Licenses:    sfdata.FileIn(dir, "licenses.csv"),
		Seats:       sfdata.FileIn(dir, "user_package_licenses.csv"),
		Register:    defaults,
	}
	if notifications {
		files = sfdata.Import{Notifications: sfdata.FileIn(dir, "notifications.jsonl")}
	}
	return files, nil
}

// defaults gives each package the terms of its new licenses, which no export has.
func defaults(r lifecycle.Registration) lifecycle.Registration {
	switch r.Package.Name {
	case "Brindlemoor Contracts":
		r.Defaults = license.Defaults{Status: license.Trial, Days: 30, Seats: license.MustSeats(5)}
	case "Brindlemoor Field Desk":
		r.Defaults = license.Defaults{Status: license.Trial, Days: 14, Seats: license.MustSeats(10)}
	}
	return r
}

func (s *story) importBooks() error {
	s.chapter("The books come in")
	report, err := s.importFiles(false)
	if err != nil {
		return err
	}
	s.say("  %d rows of packages, versions, accounts, contacts, leads, licenses and seats: %d new, %d known already.",
		report.Rows, report.Changed, report.Unchanged)
	return nil
}

func (s *story) replayNotifications() error {
	s.chapter("What the platform told")
	before, err := s.sum()
	if err != nil {
		return err
	}
	report, err := s.importFiles(true)
	if err != nil {
		return err
	}
	after, err := s.sum()
	if err != nil {
		return err
	}
	s.say("  %d deliveries, some repeated, some out of order: %d said something new.", report.Rows, report.Changed)
	s.say("  They made %d licenses and %d leads; an uninstallation that came before its installation is in its place.",
		after.licenses-before.licenses, after.leads-before.leads)
	return nil
}

func (s *story) importAgain() error {
	for _, notifications := range []bool{false, true} {
		if _, err := s.importFiles(notifications); err != nil {
			return err
		}
	}
	return nil
}

// importFiles imports the books, or replays the notifications: all of it or nothing.
func (s *story) importFiles(notifications bool) (lifecycle.ImportReport, error) {
	files, err := export(notifications)
	if err != nil {
		return lifecycle.ImportReport{}, err
	}
	report, err := s.Import(s.ctx, me, showProgress(files.Rows()), lifecycle.AllRows)
	if err != nil {
		return report, fmt.Errorf("%w %v", err, report.Refused)
	}
	return report, nil
}

// showProgress yields rows, and shows a bar once a second has passed; none when
// nobody watches.
func showProgress(rows iter.Seq2[lifecycle.Row, error]) iter.Seq2[lifecycle.Row, error] {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return rows
	}
	return func(yield func(lifecycle.Row, error) bool) {
		var bar *progressbar.ProgressBar
		begun, n := time.Now(), 0
		for row, err := range rows {
			n++
			if bar == nil && time.Since(begun) > time.Second {
				bar = progressbar.Default(-1, "rows")
				_ = bar.Set(n)
			} else if bar != nil {
				_ = bar.Add(1)
			}
			if !yield(row, err) {
				return
			}
		}
		if bar != nil {
			_ = bar.Finish()
		}
	}
}
