package inventory

import (
	"math/big"
	"slices"
	"strconv"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/license"
)

// Outlook is what a forecast says. The zero Outlook is none.
type Outlook uint8

// The outlooks.
const (
	RunsOut    Outlook = 1 + iota // on a day
	RanOut                        // nothing remains already
	NotGrowing                    // use is level or falls: it does not run out
	NoTrend                       // fewer than two days are known: nothing can be said
)

var outlookText = [...]string{RunsOut: "runs out", RanOut: "ran out", NotGrowing: "not growing", NoTrend: "no trend"}

// String returns the outlook in words; "none" for the zero Outlook.
func (o Outlook) String() string { return word(outlookText[:], int(o)) }

// Forecast says when a pool is used up if use goes on as it did, and what that
// rests on. It is a straight line, not a promise.
type Forecast struct {
	Outlook Outlook
	On      license.Date // the first day on which all seats are used; for RunsOut

	// The basis.
	From, To license.Date // the days looked at
	Days     int          // how many figures there were
	Used     int          // on the last of them
	Seats    int          // purchased
	growth   *big.Rat     // seats a day; nil for NoTrend
}

// Growth returns by how many seats a day use grows, exactly; nil where there is no
// trend.
func (f Forecast) Growth() *big.Rat {
	if f.growth == nil {
		return nil
	}
	return new(big.Rat).Set(f.growth)
}

// Equal reports whether f and other say the same on the same basis.
func (f Forecast) Equal(other Forecast) bool {
	growth, otherGrowth := f.growth, other.growth
	f.growth, other.growth = nil, nil
	return f == other && (growth == nil) == (otherGrowth == nil) && (growth == nil || growth.Cmp(otherGrowth) == 0)
}

// String says it in a sentence, with its basis.
func (f Forecast) String() string {
	text := f.Outlook.String()
	if f.Outlook == RunsOut {
		text += " on " + f.On.String()
	}
	if f.growth == nil {
		return text
	}
	return errtext.Line(text, ": ", strconv.Itoa(f.Used), " of ", strconv.Itoa(f.Seats), " used, growing by ", f.growth.FloatString(2),
		" a day (least squares over ", strconv.Itoa(f.Days), " figures from ", f.From.String(), " to ", f.To.String(), ")")
}

// ForecastExhaustion says when purchased seats are used up. Growth is the slope of
// the straight line nearest to the figures, by least squares, in whole numbers and
// fractions throughout; the forecast starts from the last figure and rounds up to
// a whole day. Figures may come in any order and skip days; two of one day are a
// *FieldError. A day past the calendar's end is its last.
func ForecastExhaustion(figures []Usage, purchased int) (Forecast, error) {
	figures = slices.SortedFunc(slices.Values(figures), func(a, b Usage) int { return a.Day.Compare(b.Day) })
	f := Forecast{Outlook: NoTrend, Days: len(figures), Seats: purchased}
	for i, u := range figures {
		if u.Day.IsZero() || i > 0 && u.Day == figures[i-1].Day {
			return Forecast{}, &FieldError{Field: "day", Value: u.Day.String(), Rule: "must be known, and not occur twice"}
		}
	}
	if len(figures) == 0 {
		return f, nil
	}
	last := figures[len(figures)-1]
	f.From, f.To, f.Used = figures[0].Day, last.Day, last.Used
	if len(figures) > 1 {
		f.growth = slope(figures)
	}
	switch {
	case last.Used >= purchased:
		f.Outlook = RanOut
	case f.growth == nil:
	case f.growth.Sign() <= 0:
		f.Outlook = NotGrowing
	default:
		f.Outlook = RunsOut
		f.On = last.Day.AddDays(daysUntil(last.Used, purchased, f.growth))
	}
	return f, nil
}

// slope returns (n·Σxy - Σx·Σy) / (n·Σx² - (Σx)²) of days x and seats y.
func slope(figures []Usage) *big.Rat {
	var sumX, sumY, sumXX, sumXY big.Int
	for _, u := range figures {
		x, y := big.NewInt(int64(u.Day.Sub(figures[0].Day))), big.NewInt(int64(u.Used))
		sumX.Add(&sumX, x)
		sumY.Add(&sumY, y)
		sumXX.Add(&sumXX, new(big.Int).Mul(x, x))
		sumXY.Add(&sumXY, new(big.Int).Mul(x, y))
	}
	n := big.NewInt(int64(len(figures)))
	above := new(big.Int).Sub(new(big.Int).Mul(n, &sumXY), new(big.Int).Mul(&sumX, &sumY))
	below := new(big.Int).Sub(new(big.Int).Mul(n, &sumXX), new(big.Int).Mul(&sumX, &sumX))
	return new(big.Rat).SetFrac(above, below)
}

// daysUntil returns (purchased - used) / growth, rounded up, and at most more than
// a calendar holds.
func daysUntil(used, purchased int, growth *big.Rat) int {
	const forever = 4_000_000
	left := new(big.Int).Sub(big.NewInt(int64(purchased)), big.NewInt(int64(used)))
	days := new(big.Rat).Quo(new(big.Rat).SetInt(left), growth)
	whole := new(big.Int).Sub(days.Denom(), big.NewInt(1))
	whole.Quo(whole.Add(whole, days.Num()), days.Denom())
	if whole.Cmp(big.NewInt(forever)) > 0 {
		return forever
	}
	return int(whole.Int64())
}
