package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"strconv"

	"github.com/isvkit/isvkit/internal/errtext"
)

// Row is a command that an import reads, and where it stands: "licenses.csv:12".
type Row struct {
	Command Command
	Where   string
}

// ImportMode says what an import does about bad rows.
type ImportMode uint8

// The modes. The zero mode is the safe one.
const (
	AllRows  ImportMode = iota // all or none: one bad row and nothing is imported
	GoodRows                   // those that are good, in batches; the bad ones are reported
)

// RowError says why a row was refused, and where it stands.
type RowError struct {
	Where string
	Err   error
}

// Error names the place and the reason.
func (e *RowError) Error() string { return errtext.Line(e.Where, ": ", e.Err.Error()) }

// Unwrap returns the reason.
func (e *RowError) Unwrap() error { return e.Err }

// ImportReport counts what an import did. Refused holds the first MaxRefused bad
// rows.
type ImportReport struct {
	Rows      int // that were read
	Changed   int // that changed something
	Unchanged int // that said what was known
	Bad       int
	Refused   []error // each a *RowError, or what the sequence yielded
}

// MaxRefused is how many bad rows a report names.
const MaxRefused = 1000

// batchRows is how many rows GoodRows imports in one transaction.
const batchRows = 1000

// ErrNothingImported is wrapped by the error of an import in mode AllRows that had
// bad rows.
var ErrNothingImported = errors.New("lifecycle: nothing was imported, for there are bad rows")

// nothingImported is an ErrNothingImported that shows the first bad row.
type nothingImported struct{ first error }

func (e *nothingImported) Error() string {
	return errtext.Line(ErrNothingImported.Error(), ": ", e.first.Error())
}

func (e *nothingImported) Unwrap() []error { return []error{ErrNothingImported, e.first} }

// Import carries out the commands of rows, in their order: packages before versions
// before licenses before seats. A pair with an error is a bad row. The sequence may be
// ranged over more than once, and must yield the same each time.
//
// Each row needs the permission of its command; one that the actor may not carry out is
// a bad row.
//
// In mode AllRows everything happens in one transaction; when a row is bad, all rows
// are still read, the report names those that are bad, and the error wraps
// ErrNothingImported. In mode GoodRows an error means that the store failed; the
// report says what was imported until then.
func (m *Manager) Import(ctx context.Context, a Actor, rows iter.Seq2[Row, error], mode ImportMode) (ImportReport, error) {
	who, err := m.caller(ctx, a)
	if err != nil {
		return ImportReport{}, err
	}
	if mode == GoodRows {
		return m.importGood(ctx, who, rows)
	}
	var report ImportReport
	err = m.write(ctx, a, func(ctx context.Context, tx Tx) error {
		report = ImportReport{}
		for row, err := range rows {
			if err := m.importRow(ctx, tx, who, &report, row, err); err != nil {
				return err
			}
		}
		if report.Bad > 0 {
			return &nothingImported{report.Refused[0]}
		}
		return nil
	})
	if err != nil {
		report.Changed, report.Unchanged = 0, 0
	}
	return report, err
}

func (m *Manager) importGood(ctx context.Context, who caller, rows iter.Seq2[Row, error]) (ImportReport, error) {
	type pair struct {
		row Row
		err error
	}
	var report ImportReport
	var batch []pair
	flush := func() error {
		before := report
		err := m.write(ctx, who.Actor, func(ctx context.Context, tx Tx) error {
			report = before
			for _, p := range batch {
				if err := m.importRow(ctx, tx, who, &report, p.row, p.err); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			report = before
		}
		batch = batch[:0]
		return err
	}
	for row, err := range rows {
		if batch = append(batch, pair{row, err}); len(batch) == batchRows {
			if err := flush(); err != nil {
				return report, err
			}
		}
	}
	return report, flush()
}

// importRow carries out one row and counts it. An error is the store's.
func (m *Manager) importRow(ctx context.Context, tx Tx, who caller, report *ImportReport, row Row, bad error) error {
	report.Rows++
	var effects []Effect
	if bad == nil {
		var err error
		refused := who.allowed(needOf(row.Command))
		if refused == nil {
			_, effects, refused, err = m.decide(ctx, tx, who.Actor, row.Command, m.now())
		}
		if err != nil {
			return err
		}
		if refused != nil {
			bad = &RowError{Where: cmp.Or(row.Where, "row "+strconv.Itoa(report.Rows)), Err: refused}
		}
	}
	switch {
	case bad != nil:
		if report.Bad++; len(report.Refused) < MaxRefused {
			report.Refused = append(report.Refused, bad)
		}
	case len(effects) > 0:
		report.Changed++
	default:
		report.Unchanged++
	}
	return nil
}
