package main

import (
	"fmt"
	"iter"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/isvkit/isvkit/examples/internal/brindlemoor"
	"github.com/isvkit/isvkit/lifecycle"
)

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
	files := brindlemoor.Books()
	if notifications {
		files = brindlemoor.Notifications()
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
