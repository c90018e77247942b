package main

import (
	"bytes"
	"cmp"
	"fmt"
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

// drawing is one plot: what the axes mean, and which series become curves.
type drawing struct {
	file, title, x, y string
	beside            string // the benchmark whose table it stands under
	linearX           bool   // else both axes are logarithmic
	nines             bool   // the x axis is quantiles: 90, 99, 99.9 are as far apart as 50 from 90
	curves            func(m *measured) []curve
}

type curve struct {
	name      string
	reference bool // drawn with dashes
	points    plotter.XYs
}

var plots = []drawing{
	{
		file: "growth.svg", beside: "Growth", title: "Cost of a command among open requests", x: "open requests", y: "µs per operation",
		curves: func(m *measured) []curve {
			return m.along("Growth", "open", "command", func(s *series) float64 { return median(s.times()) / 1_000 })
		},
	},
	{
		file: "throughput.svg", beside: "Serve", title: "Durable commands a second over HTTP", x: "clients", y: "commands a second",
		curves: func(m *measured) []curve {
			return m.along("Serve", "clients", "mix", func(s *series) float64 { return median(s.passes["commands/s"]) })
		},
	},
	{
		file: "latency.svg", beside: "Assignment", title: "From submission to assignment on the stream", x: "percent of the requests", y: "ms", nines: true,
		curves: quantileCurves,
	},
	{
		file: "batch.svg", beside: "VerifyBatch", title: "Verifying proofs of one key together", x: "proofs in a batch", y: "ms of processor time per proof",
		curves: func(m *measured) []curve {
			return m.along("VerifyBatch", "proofs", "curve", func(s *series) float64 { return median(s.passes["cpu-µs/proof"]) / 1_000 })
		},
	},
}

// along returns a curve for each by= and each value of what tells series of a benchmark apart, over its sizes.
func (m *measured) along(what, size, apart string, value func(*series) float64) []curve {
	var curves []curve
	for _, s := range m.series {
		x, err := strconv.ParseFloat(s.part(size), 64)
		y := 0.0
		if s.what == what && err == nil {
			y = value(s)
		}
		if y <= 0 || math.IsNaN(y) {
			continue
		}
		name := strings.TrimSpace(s.part(apart) + ", " + s.by)
		at := slices.IndexFunc(curves, func(c curve) bool { return c.name == name })
		if at < 0 {
			at = len(curves)
			curves = append(curves, curve{name: name, reference: !s.ours()})
		}
		curves[at].points = append(curves[at].points, plotter.XY{X: x, Y: y})
	}
	for _, c := range curves {
		slices.SortFunc(c.points, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
	}
	return curves
}

// part returns the value of one part of a series' size, such as 64 of clients in "mix=single clients=64".
func (s *series) part(key string) string {
	for part := range strings.FieldsSeq(s.size) {
		if value, found := strings.CutPrefix(part, key+"="); found {
			return value
		}
	}
	return ""
}

// quantileCurves are the distributions of latency, of the pass whose p99 is the middle one.
func quantileCurves(m *measured) []curve {
	var curves []curve
	for _, s := range m.series {
		if s.what != "Assignment" || len(s.passes[quantile+"99"]) == 0 {
			continue
		}
		pass := middle(s.passes[quantile+"99"])
		c := curve{name: strings.TrimSpace(s.size + ", " + s.by), reference: !s.ours()}
		for _, unit := range sortedUnits(s) {
			q, found := strings.CutPrefix(unit, quantile)
			percent, err := strconv.ParseFloat(q, 64)
			if !found || err != nil || percent >= 100 || pass >= len(s.passes[unit]) || s.passes[unit][pass] <= 0 {
				continue
			}
			c.points = append(c.points, plotter.XY{X: percent, Y: s.passes[unit][pass] / 1_000})
		}
		slices.SortFunc(c.points, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
		curves = append(curves, c)
	}
	return curves
}

// middle returns the index of the median, the lower one of two.
func middle(values []float64) int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	return order[(len(order)-1)/2]
}

// fewPoints are too few for a curve.
const fewPoints = 2

// drawn reports whether there is enough for a plot.
func (d drawing) drawn(m *measured) bool {
	return slices.ContainsFunc(d.curves(m), func(c curve) bool { return len(c.points) >= fewPoints })
}

// Size of a plot, and colours that differ in hue and in lightness (Okabe and Ito 2008), so that they stay apart on paper
// and for those who do not tell red from green.
const (
	width  = 18 * vg.Centimeter
	height = 10 * vg.Centimeter
)

var colours = []color.RGBA{{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {86, 180, 233, 255}, {120, 120, 120, 255}}

// drawPlots returns the plots there is data for, by file name. Each has a white ground of its own, so that it is as legible
// on a dark page as on a light one.
func drawPlots(m *measured) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, d := range plots {
		if !d.drawn(m) {
			continue
		}
		content, err := d.draw(m)
		if err != nil {
			return nil, fmt.Errorf("plot %s: %w", d.file, err)
		}
		files[d.file] = content
	}
	return files, nil
}

func (d drawing) draw(m *measured) ([]byte, error) {
	p := plot.New()
	sans := font.Font{Typeface: "Liberation", Variant: "Sans"}
	for _, style := range []*font.Font{
		&p.Title.TextStyle.Font, &p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font,
	} {
		size := style.Size
		*style = sans
		style.Size = size
	}
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = d.title, d.x, d.y
	p.Title.Padding, p.Legend.Top, p.Legend.Left = vg.Points(6), true, d.nines
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, decades{}
	switch {
	case d.nines:
		p.X.Scale, p.X.Tick.Marker = ninesScale{}, ninesTicks{}
	case !d.linearX:
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, decades{}
	}
	p.Add(plotter.NewGrid())
	lowest, highest := math.Inf(1), 0.0
	for i, c := range d.curves(m) {
		if len(c.points) < fewPoints {
			continue
		}
		line, points, err := plotter.NewLinePoints(c.points)
		if err != nil {
			return nil, err
		}
		line.Color, points.Color = colours[i%len(colours)], colours[i%len(colours)]
		line.Width, points.Shape, points.Radius = vg.Points(1.5), draw.CircleGlyph{}, vg.Points(2)
		if c.reference {
			line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
		}
		p.Add(line, points)
		p.Legend.Add(c.name, line, points)
		for _, at := range c.points {
			lowest, highest = min(lowest, at.Y), max(highest, at.Y)
		}
	}
	// Whole decades, and one more above for the legend.
	p.Y.Min, p.Y.Max = math.Pow(10, math.Floor(math.Log10(lowest))), math.Pow(10, math.Ceil(math.Log10(highest))+1)
	canvas := vgsvg.New(width, height)
	p.Draw(draw.New(canvas))
	var svg bytes.Buffer
	_, err := canvas.WriteTo(&svg)
	return svg.Bytes(), err
}

// decades marks powers of ten, written for people, and lines between them.
type decades struct{}

// Ticks implements plot.Ticker.
func (decades) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for exponent := math.Floor(math.Log10(low)); exponent <= math.Ceil(math.Log10(high)); exponent++ {
		decade := math.Pow(10, exponent)
		for n := 1.0; n < 10; n++ {
			if value := n * decade; value >= low*0.999 && value <= high*1.001 {
				label := ""
				if n == 1 {
					label = short(value)
				}
				ticks = append(ticks, plot.Tick{Value: value, Label: label})
			}
		}
	}
	return ticks
}

// short writes a power of ten: 1000 is 1k.
func short(value float64) string {
	switch {
	case value >= 1_000_000:
		return strconv.FormatFloat(value/1_000_000, 'f', -1, 64) + "M"
	case value >= 1_000:
		return strconv.FormatFloat(value/1_000, 'f', -1, 64) + "k"
	}
	return strconv.FormatFloat(value, 'g', 3, 64)
}

// ninesScale stretches the upper end of a percentage: the distance is the logarithm of what is left to 100.
type ninesScale struct{}

// Normalize implements plot.Normalizer.
func (ninesScale) Normalize(low, high, x float64) float64 {
	nines := func(percent float64) float64 { return -math.Log(1 - percent/100) }
	return (nines(x) - nines(low)) / (nines(high) - nines(low))
}

type ninesTicks struct{}

// Ticks implements plot.Ticker.
func (ninesTicks) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for _, percent := range []float64{1, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.99} {
		if percent >= low && percent <= high {
			ticks = append(ticks, plot.Tick{Value: percent, Label: strconv.FormatFloat(percent, 'f', -1, 64)})
		}
	}
	return ticks
}
