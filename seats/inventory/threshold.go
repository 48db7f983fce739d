package inventory

import (
	"slices"
	"strconv"
)

// Thresholds are degrees of use to be told of, in hundredths of a percent of the
// purchased seats: 8000 is 80 %. Beside them over-allocation is always one. The
// zero Thresholds knows that one alone.
type Thresholds struct {
	levels []int // rising, each once
}

// NewThresholds returns thresholds at these levels, in any order. A level that is
// not 1 to 10000 is a *FieldError.
func NewThresholds(basisPoints ...int) (Thresholds, error) {
	for _, level := range basisPoints {
		if level < 1 || 10_000 < level {
			return Thresholds{}, &FieldError{Field: "threshold", Value: strconv.Itoa(level), Rule: "is 1 to 10000 hundredths of a percent"}
		}
	}
	levels := slices.Sorted(slices.Values(basisPoints))
	return Thresholds{slices.Compact(levels)}, nil
}

// Equal reports whether t and other have the same levels.
func (t Thresholds) Equal(other Thresholds) bool { return slices.Equal(t.levels, other.levels) }

// Crossing is one threshold passed between two looks at a pool.
type Crossing struct {
	BasisPoints   int  // of the threshold; 0 for over-allocation
	OverAllocated bool // the threshold is over-allocation
	Up            bool // reached; else left
}

// Crossed returns the thresholds that were passed between before and after, the
// lowest first, over-allocation last. A threshold is reached when so much is used
// or more, so it is told once when it is reached, once when it is left, and not in
// between. It takes the purchased seats of either time, so that buying seats
// counts; a pool of which either figure is unknown or unlimited has reached none.
func (t Thresholds) Crossed(before, after Layer) []Crossing {
	var crossed []Crossing
	for _, level := range t.levels {
		if was, is := reached(before, level), reached(after, level); was != is {
			crossed = append(crossed, Crossing{BasisPoints: level, Up: is})
		}
	}
	if was, is := before.OverAllocated(), after.OverAllocated(); was != is {
		crossed = append(crossed, Crossing{OverAllocated: true, Up: is})
	}
	return crossed
}

func reached(l Layer, level int) bool {
	purchased, ok := l.Purchased.Int()
	used, okUsed := l.Used.Int()
	return ok && okUsed && used > 0 && int64(used)*10_000 >= int64(purchased)*int64(level)
}
