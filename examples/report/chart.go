package main

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// chart is a picture of stacked bars. All that it shows stands in a table beside it.
type chart struct {
	Title      string
	Alt        string // what it shows, for those who do not see it
	labels     []string
	Series     []series
	notes      []string // at the end of each bar
	isVertical bool
	IsSmall    bool    // stands beside others of its kind
	limit      float64 // where a line is drawn; 0: none
	tick       func(float64) string
}

// series is one part of every bar.
type series struct {
	Name   string
	Ink    ink
	values []float64
}

// ink is a color that the page's style sheet decides, so that a chart is as light or
// as dark as the page. Until then it is drawn in a color that stands for it.
type ink struct {
	variable string
	stands   color.RGBA
}

func inkOf(variable string, n uint8) ink {
	return ink{variable, color.RGBA{R: 1, G: n, B: 1, A: 255}}
}

var (
	inkText       = inkOf("text", 1)
	inkGrid       = inkOf("grid", 2)
	inkUsed       = inkOf("used", 3)
	inkOver       = inkOf("over", 4)
	inkIdle       = inkOf("idle", 5)
	inkUnassigned = inkOf("unassigned", 6)
	inkTrial      = inkOf("trial", 7)
	inkUnknown    = inkOf("unknown", 8)
)

// toVariables puts the style sheet's variables in place of the colors that stand for
// them.
var toVariables = func() *strings.Replacer {
	var pairs []string
	for _, i := range []ink{inkText, inkGrid, inkUsed, inkOver, inkIdle, inkUnassigned, inkTrial, inkUnknown} {
		pairs = append(pairs, fmt.Sprintf(":#%02X%02X%02X", i.stands.R, i.stands.G, i.stands.B), ":"+string(i.Variable()))
	}
	return strings.NewReplacer(pairs...)
}()

// Variable returns the color as a style sheet writes it.
func (i ink) Variable() template.CSS { return template.CSS("var(--" + i.variable + ")") }

const (
	fontSize  = 8.5
	barSize   = vg.Length(10)
	rowSize   = vg.Length(17)
	wideWidth = vg.Length(640)
)

// size returns how large the chart is drawn; the page scales it.
func (c chart) size() (width, height vg.Length) {
	width, height = wideWidth, vg.Length(len(c.labels))*rowSize+24
	if c.isVertical {
		height = 190
	}
	if c.IsSmall {
		width = 240
	}
	return width, height
}

// draw returns the chart as an SVG element.
func (c chart) draw() (template.HTML, error) {
	p := plot.New()
	p.BackgroundColor = nil
	c.layOut(p)
	if err := c.addBars(p); err != nil {
		return "", err
	}
	width, height := c.size()
	canvas := vgsvg.New(width, height)
	p.Draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", err
	}
	return c.element(b.String(), width, height), nil
}

// element makes an element of the page out of a document. What came from the data
// in it was escaped when it was drawn.
func (c chart) element(document string, width, height vg.Length) template.HTML {
	_, body, _ := strings.Cut(document[strings.Index(document, "<svg"):], ">")
	body = strings.ReplaceAll(toVariables.Replace(body), fontOfCharts, "")
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`,
		width.Points(), height.Points(), template.HTMLEscapeString(c.Alt)) + body)
}

// fontOfCharts is what each text is drawn with; the page's font takes its place.
const fontOfCharts = "font-family:Liberation Sans;font-variant:normal;font-weight:normal;font-style:normal;"

// layOut sets the axes: names along one, values along the other.
func (c chart) layOut(p *plot.Plot) {
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle.Width = 0
		axis.Tick.LineStyle.Width = 0
		axis.Tick.Length = 2
		axis.Tick.Label = style(axis.Tick.Label)
		axis.Padding = 0
	}
	names, values := &p.Y, &p.X
	if c.isVertical {
		p.NominalX(c.labels...)
		names, values = values, names
	} else {
		p.NominalY(upward(c.labels)...)
	}
	names.Min, names.Max = -0.6, float64(len(c.labels))-0.4
	values.Min, values.Max = 0, c.longest()*1.02
	values.Tick.Marker = plot.TickerFunc(func(_, _ float64) []plot.Tick { return c.ticks() })
	names.Padding = 4
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = inkGrid.stands, inkGrid.stands
	grid.Vertical.Width, grid.Horizontal.Width = 0.6, 0.6
	if c.isVertical {
		grid.Vertical.Width = 0
	} else {
		grid.Horizontal.Width = 0
	}
	p.Add(grid)
}

// ticks are few and whole, and never beyond the longest bar.
func (c chart) ticks() (ticks []plot.Tick) {
	step := tickStep(c.longest())
	for value := 0.0; value <= c.longest(); value += step {
		ticks = append(ticks, plot.Tick{Value: value, Label: c.tick(value)})
	}
	return ticks
}

// tickStep returns the least of 1, 2, 5, 10, 20, 25, 50, 100, … that takes an axis in
// at most five steps.
func tickStep(longest float64) float64 {
	for ten := 1.0; ; ten *= 10 {
		for _, step := range []float64{1, 2, 2.5, 5} {
			if ten*step == math.Trunc(ten*step) && longest < 6*ten*step {
				return ten * step
			}
		}
	}
}

func style(s draw.TextStyle) draw.TextStyle {
	s.Font.Size, s.Color = fontSize, inkText.stands
	s.Font.Variant = "Sans"
	s.Font.Typeface = font.Typeface("Liberation")
	return s
}

// longest returns the length of the longest bar.
func (c chart) longest() float64 {
	longest := max(c.limit, 1)
	for i := range c.labels {
		longest = max(longest, c.length(i))
	}
	return longest
}

func (c chart) length(i int) (length float64) {
	for _, s := range c.Series {
		length += s.values[i]
	}
	return length
}

// addBars draws the parts of each bar, one on the other, and its note at their end.
func (c chart) addBars(p *plot.Plot) error {
	var below *plotter.BarChart
	for _, s := range c.Series {
		values := s.values
		width := barSize
		if c.isVertical {
			width = 24
		} else {
			values = upward(values)
		}
		bars, err := plotter.NewBarChart(plotter.Values(values), width)
		if err != nil {
			return err
		}
		bars.Color, bars.LineStyle.Width, bars.Horizontal = s.Ink.stands, 0, !c.isVertical
		if below != nil {
			bars.StackOn(below)
		}
		below = bars
		p.Add(bars)
	}
	if c.limit > 0 {
		p.Add(limitLine(c.limit))
	}
	return c.addNotes(p)
}

// limitLine is a line across all bars at a value.
type limitLine float64

// Plot draws the line.
func (l limitLine) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	c.StrokeLine2(draw.LineStyle{Color: inkText.stands, Width: 0.8, Dashes: []vg.Length{3, 2}}, x(float64(l)), c.Min.Y, x(float64(l)), c.Max.Y)
}

func (c chart) addNotes(p *plot.Plot) error {
	points := make(plotter.XYs, len(c.notes))
	for i := range c.notes {
		at, along := float64(len(c.notes)-1-i), c.length(i)
		points[i] = plotter.XY{X: along, Y: at}
		if c.isVertical {
			points[i] = plotter.XY{X: float64(i), Y: along}
		}
	}
	notes, err := plotter.NewLabels(plotter.XYLabels{XYs: points, Labels: c.notes})
	if err != nil {
		return err
	}
	for i := range notes.TextStyle {
		s := style(notes.TextStyle[i])
		s.XAlign, s.YAlign = draw.XLeft, draw.YCenter
		notes.Offset = vg.Point{X: 4, Y: 1}
		if c.isVertical {
			s.XAlign, s.YAlign = draw.XCenter, draw.YBottom
			notes.Offset = vg.Point{X: 0, Y: 2}
		}
		notes.TextStyle[i] = s
	}
	p.Add(notes)
	return nil
}

// upward returns a list from its end, for the first bar stands at the top and the
// axis begins at the bottom.
func upward[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

func wholeNumber(x float64) string { return grouped(strconv.FormatInt(int64(x), 10)) }

func percentTick(x float64) string { return wholeNumber(x) + " %" }
