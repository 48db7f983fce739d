package inventory

import (
	"iter"
	"slices"
)

// Line is what a source says of a pool's seats. Remaining is what the source itself
// says, which need not be the difference of the other two.
type Line struct {
	Pool                       PoolID
	Purchased, Used, Remaining Count
}

// Line returns the pool's line.
func (p Pool) Line() Line {
	current := p.Current()
	return Line{p.ID, current.Purchased, current.Used, current.Remaining()}
}

// Lines yields the line of each pool.
func Lines(pools iter.Seq[Pool]) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for p := range pools {
			if !yield(p.Line()) {
				return
			}
		}
	}
}

// Finding is what an audit says about one line. The zero Finding is none.
type Finding uint8

// The findings.
const (
	Agrees   Finding = 1 + iota // both say the same
	Differs                     // both know a figure, and it is not the same
	Unknown                     // one of them does not know a figure; nothing that both know differs
	OnlyHere                    // the second source does not have the pool
	OnlyThere
)

var findingText = [...]string{Agrees: "agrees", Differs: "differs", Unknown: "unknown", OnlyHere: "only here", OnlyThere: "only there"}

// String returns the finding in words; "none" for the zero Finding.
func (f Finding) String() string { return word(findingText[:], int(f)) }

// AuditLine compares one pool. Of each figure it says what came of it: Agrees,
// Differs or Unknown, and nothing where one source does not have the pool.
type AuditLine struct {
	Pool                       PoolID
	Here, There                Line // the zero Line where a source does not have the pool
	Finding                    Finding
	Purchased, Used, Remaining Finding

	// Inconsistent says that the second source's remaining is not its own
	// purchased less used.
	Inconsistent bool
}

// Audit compares our lines with those of a second source, line by line: one for
// each pool that either has, by id. A pool that occurs twice on one side is a
// *FieldError.
func Audit(here, there iter.Seq[Line]) ([]AuditLine, error) {
	ours, err := byPool(here)
	if err != nil {
		return nil, err
	}
	theirs, err := byPool(there)
	if err != nil {
		return nil, err
	}
	lines := make([]AuditLine, 0, max(len(ours), len(theirs)))
	for len(ours) > 0 || len(theirs) > 0 {
		switch first := firstPool(ours, theirs); first {
		case -1:
			lines = append(lines, AuditLine{Pool: ours[0].Pool, Here: ours[0], Finding: OnlyHere})
			ours = ours[1:]
		case 1:
			lines = append(lines, AuditLine{Pool: theirs[0].Pool, There: theirs[0], Finding: OnlyThere, Inconsistent: theirs[0].inconsistent()})
			theirs = theirs[1:]
		default:
			lines = append(lines, audit(ours[0], theirs[0]))
			ours, theirs = ours[1:], theirs[1:]
		}
	}
	return lines, nil
}

// byPool returns lines in the order of their pools, each once.
func byPool(lines iter.Seq[Line]) ([]Line, error) {
	all := slices.SortedFunc(lines, func(a, b Line) int { return a.Pool.Compare(b.Pool) })
	for i := 1; i < len(all); i++ {
		if all[i].Pool == all[i-1].Pool {
			return nil, &FieldError{Field: "pool id", Value: all[i].Pool.String(), Rule: "must not occur twice in one source"}
		}
	}
	return all, nil
}

// firstPool says which side has the next pool: -1 ours, 1 theirs, 0 both.
func firstPool(ours, theirs []Line) int {
	switch {
	case len(theirs) == 0:
		return -1
	case len(ours) == 0:
		return 1
	}
	return ours[0].Pool.Compare(theirs[0].Pool)
}

func audit(here, there Line) AuditLine {
	line := AuditLine{Pool: here.Pool, Here: here, There: there, Finding: Agrees, Inconsistent: there.inconsistent(),
		Purchased: compare(here.Purchased, there.Purchased), Used: compare(here.Used, there.Used),
		Remaining: compare(here.Remaining, there.Remaining)}
	for _, figure := range []Finding{line.Purchased, line.Used, line.Remaining} {
		if figure == Differs || figure == Unknown && line.Finding == Agrees {
			line.Finding = figure
		}
	}
	return line
}

// inconsistent reports whether the remaining seats are not the difference of the
// others.
func (l Line) inconsistent() bool { return compare(l.Purchased.Minus(l.Used), l.Remaining) == Differs }

func compare(a, b Count) Finding {
	switch {
	case a.IsZero() != b.IsZero():
		return Unknown
	case a != b:
		return Differs
	}
	return Agrees // two that are unknown agree
}
