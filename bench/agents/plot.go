package main

import (
	"bytes"
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Size of a plot, and colours that differ in hue and in lightness (Okabe and Ito 2008), as in bench/report.
const (
	width  = 18 * vg.Centimeter
	height = 6 * vg.Centimeter // of one panel
)

var colours = []color.RGBA{{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {86, 180, 233, 255}, {230, 159, 0, 255}, {120, 120, 120, 255}}

type curve struct {
	name  string
	value func(s sample) float64
}

type panel struct {
	title  string
	curves []curve
	tall   bool
	most   float64 // of the y axis, from 0; 0 lets the curves decide
	days   bool    // the x axis says what it is
}

// panels are what a plot shows, from top to bottom.
func (r *run) panels() []panel {
	first := r.series[0]
	gains := panel{title: "cumulative gain in tokens, by kind of agents, the cost of proving deducted", tall: true}
	for _, k := range r.cast {
		gains.curves = append(gains.curves, curve{k.name, func(s sample) float64 { return s.gain[k.name] }})
	}
	return []panel{
		{title: "prices and the cost of proving, of their first", curves: []curve{
			{"token", func(s sample) float64 { return s.token / first.token }},
			{"other asset", func(s sample) float64 { return s.other / first.other }},
			{"cost index", func(s sample) float64 { return s.cost / first.cost }},
		}},
		{title: "stake in tokens, and three times what is locked, which is about what there should be", curves: []curve{
			{"stake", func(s sample) float64 { return s.stake }}, {"3 x locked", func(s sample) float64 { return 3 * s.locked }},
		}},
		{title: "entry minimum, of its base", most: 4, curves: []curve{{"factor", func(s sample) float64 { return s.factor }}}},
		{title: "security breaker: 0 green, 1 amber, 2 red, 3 halt", most: 3, curves: []curve{{"level", func(s sample) float64 { return s.level }}}},
		gains,
	}
}

// draw returns the plot of a run: panels over the same days. It has a white ground of its own, so that it is as legible on a
// dark page as on a light one.
func (r *run) draw() ([]byte, error) {
	panels := r.panels()
	heights := make([]vg.Length, len(panels))
	var total vg.Length
	for i, p := range panels {
		heights[i] = height
		if p.tall {
			heights[i] = 2 * height
		}
		total += heights[i]
	}
	canvas := vgsvg.New(width, total)
	all := draw.New(canvas)
	top := total
	panels[len(panels)-1].days = true
	for i, p := range panels {
		drawn, err := r.drawPanel(p)
		if err != nil {
			return nil, fmt.Errorf("plot %q: %w", p.title, err)
		}
		drawn.Draw(draw.Crop(all, vg.Points(2), -vg.Points(8), top-heights[i], top-total-vg.Points(4)))
		top -= heights[i]
	}
	var svg bytes.Buffer
	_, err := canvas.WriteTo(&svg)
	return svg.Bytes(), err
}

func (r *run) drawPanel(of panel) (*plot.Plot, error) {
	p := plot.New()
	for _, style := range []*font.Font{
		&p.Title.TextStyle.Font, &p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font,
	} {
		style.Typeface, style.Variant = "Liberation", "Sans"
	}
	p.BackgroundColor = color.White
	p.Title.Text, p.Title.TextStyle.Font.Size, p.Legend.TextStyle.Font.Size = of.title, vg.Points(9), vg.Points(7)
	p.X.Min, p.X.Max = 0, r.series[len(r.series)-1].day
	p.Legend.Top, p.Legend.Left = true, true
	if of.days {
		p.X.Label.Text = "days"
	}
	p.Add(plotter.NewGrid())
	for i, c := range of.curves {
		points := make(plotter.XYs, len(r.series))
		for j, s := range r.series {
			points[j] = plotter.XY{X: s.day, Y: c.value(s)}
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = colours[i%len(colours)], vg.Points(1.2)
		if i >= len(colours) {
			line.Dashes = []vg.Length{vg.Points(float64(2 * (i / len(colours)))), vg.Points(2)}
		}
		p.Add(line)
		p.Legend.Add(c.name, line)
	}
	if of.most > 0 {
		p.Y.Min, p.Y.Max = 0, of.most
	}
	return p, nil
}
