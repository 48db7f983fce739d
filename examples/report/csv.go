package main

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// writeFolder writes a CSV file for each table of the report.
func writeFolder(folder string, sections []section) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, s := range sections {
		for _, t := range s.Tables {
			if err := writeFile(filepath.Join(folder, t.File+".csv"), t.writeCSV); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeFile(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

// writeCSV writes the table with plain numbers and ISO days. Text that a spreadsheet
// would run as a formula has an apostrophe before it; numbers below zero have none.
// Sums are left to the spreadsheet, which would count them twice.
func (t table) writeCSV(out io.Writer) error {
	w := csv.NewWriter(out)
	var line []string
	for _, c := range t.Columns {
		line = append(line, c.Name)
	}
	if err := w.Write(line); err != nil {
		return err
	}
	for _, r := range t.Rows {
		if r.Mark == sum {
			continue
		}
		line = line[:0]
		for i, c := range r.Cells {
			if t.Columns[i].IsNumber {
				line = append(line, c.Raw)
			} else {
				line = append(line, harmless(c.Raw))
			}
		}
		if err := w.Write(line); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// A spreadsheet runs a cell that begins with one of these. Some fold the full-width
// forms to the plain ones.
var formulaBeginnings = []string{"=", "+", "-", "@", "\t", "\r", "\n", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"}

// harmless returns text that no spreadsheet runs, by the rule of package sfdata: text
// that looks as if it had been escaped is escaped again, so that it can be undone.
func harmless(text string) string {
	bare := strings.TrimLeft(text, "'")
	for _, beginning := range formulaBeginnings {
		if strings.HasPrefix(bare, beginning) {
			return "'" + text
		}
	}
	return text
}
