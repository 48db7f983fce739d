// Command report shows what licenses and license pools are used for, how long seats lie
// idle, what expires when, and what all of it costs: as a page to look at, as files for
// a spreadsheet, and as tables on the terminal.
//
//	go run ./examples/report
//	go run ./examples/report -out report.html -csv folder -today 2026-06-30
//
// The page needs nothing but itself: no script, no font and no style from elsewhere. It
// can be mailed, printed, and read in the dark. Without -data the report is of a
// made-up vendor; a folder has the same files under the same names: exports of
// packages, versions, licenses, subscribers, seats and users as Data Loader writes
// them, license_pools.csv, and idle_seats.csv where somebody has looked how many seats
// of a pool lie idle.
package main

import (
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats/inventory"
)

// options are what the command can be told.
type options struct {
	page   string // the HTML file; "": none
	csv    string // the folder for CSV files; "": none
	data   string // the folder of the exports; "": the shipped ones
	today  string
	isOnce bool // a single payment counts whole in its first year
}

func main() {
	var o options
	flag.StringVar(&o.page, "out", "report.html", "the page to write; empty for none")
	flag.StringVar(&o.csv, "csv", "", "a folder to write CSV files to")
	flag.StringVar(&o.data, "data", "", "a folder of exports to report on, instead of the shipped ones")
	flag.StringVar(&o.today, "today", "2026-06-30", "the day of which the figures are")
	flag.BoolVar(&o.isOnce, "once-first-year", false, "count a single payment whole in its first year, instead of spread over its term")
	flag.Parse()
	if err := run(os.Stdout, o); err != nil {
		log.Fatal("report: ", err)
	}
}

// run makes the report: tables to out, and the files that were asked for.
func run(out io.Writer, o options) error {
	q := question{once: inventory.SpreadOverTerm}
	if o.isOnce {
		q.once = inventory.WholeInFirstYear
	}
	var err error
	if q.today, err = license.ParseDate(o.today); err != nil {
		return err
	}
	files, err := open(o.data)
	if err != nil {
		return err
	}
	p, err := reportOn(files, q)
	if err != nil {
		return err
	}
	return p.write(out, o)
}

// reportOn returns the report on the exports in a folder.
func reportOn(files fs.FS, q question) (page, error) {
	b, err := readBooks(files)
	if err != nil {
		return page{}, err
	}
	f, err := figuresOf(b, q)
	if err != nil {
		return page{}, err
	}
	return page{Title: "Seats, terms and spend on " + q.today.String(), Cards: f.cards(), Sections: f.sections()}, nil
}

// write writes the files first, so that nobody is told of one that is not there.
func (p page) write(out io.Writer, o options) error {
	if o.csv != "" {
		if err := writeFolder(o.csv, p.Sections); err != nil {
			return err
		}
	}
	if o.page != "" {
		if err := writeFile(o.page, p.writeHTML); err != nil {
			return err
		}
	}
	if err := writeTerminal(out, p); err != nil {
		return err
	}
	for _, written := range []string{o.csv, o.page} {
		if written != "" {
			fmt.Fprintf(out, "\nWritten: %s", written)
		}
	}
	_, err := fmt.Fprintln(out)
	return err
}
