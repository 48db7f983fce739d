// Package bar shows on a terminal how far a long run is.
package bar

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Bar is a progress bar on standard error, once a second has passed; nothing when
// nobody watches. It is not safe for concurrent use.
type Bar struct {
	begun time.Time
	stage string
	bar   *progressbar.ProgressBar
}

// New returns a bar of a run that begins now.
func New() *Bar { return &Bar{begun: time.Now()} }

// Show shows how much of total is done in a stage of the run; a total of 0 is not
// known.
func (b *Bar) Show(stage string, done, total int64) {
	if time.Since(b.begun) < time.Second || !term.IsTerminal(int(os.Stderr.Fd())) {
		return
	}
	if b.bar == nil || b.stage != stage {
		b.Done()
		if total == 0 {
			total = -1
		}
		b.bar, b.stage = progressbar.Default(total, stage), stage
	}
	_ = b.bar.Set64(done)
}

// Done ends the bar.
func (b *Bar) Done() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}
