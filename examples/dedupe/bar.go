package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/isvkit/isvkit/dedupe"
)

// bar shows how far a run is once a second has passed; nothing when nobody watches.
type bar struct {
	begun time.Time
	stage dedupe.Stage
	bar   *progressbar.ProgressBar
}

func newBar() *bar { return &bar{begun: time.Now()} }

func (b *bar) show(p dedupe.Progress) {
	if time.Since(b.begun) < time.Second || !term.IsTerminal(int(os.Stderr.Fd())) {
		return
	}
	if b.bar == nil || b.stage != p.Stage {
		b.done()
		total := p.Total
		if total == 0 {
			total = -1
		}
		b.bar, b.stage = progressbar.Default(total, p.Stage.String()), p.Stage
	}
	_ = b.bar.Set64(p.Done)
}

func (b *bar) done() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}
