package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"vadium"
	"vadium/auction"
)

// Bounds of a simulation: what is beyond them takes minutes and says nothing more.
const (
	maxSimulatedMarkets = 10_000
	maxSimulatedProvers = 1_000
)

func auctionSimulateCommand(c *console) *cobra.Command {
	var sim auctionSimulation
	var svg, book string
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Compare auction rules on generated markets, or on yours. Needs no market",
		Long: `Compare auction rules on generated markets, or on yours: the batch rule (muv), one uniform price (uniform), and paying what
was asked (pay-as-bid). Needs no market.

In a generated market provers have log-normal costs (sigma 0.25) and two to six slots each, and requests are worth 1.1 to 3
times the mean cost; there are as many as --load of the slots. Of each rule it prints, over all markets:

  welfare    what is gained with honest asks, of the most that could be
  pay/cost   what provers are paid, of what proving costs them
  best lie   what the largest prover gains by the best of 40 lies (another price, hidden slots), of what its proving
             costs by the truth, and in how many markets it gains anything

With --book the market is in a file, a line each, as auction clear reads a batch ("pricePerSlot" is the cost). With --svg it draws
all of it over the number of provers.`,
		Example: `vadium auction simulate --provers 3,10,40 --load 80 --svg rules.svg
vadium auction simulate --book market.jsonl`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if book != "" {
				markets, err := readMarkets(book)
				if err != nil {
					return err
				}
				return c.showSimulated([]simulatedSize{{markets: markets}}, sim, "")
			}
			sizes, err := sim.generate(c)
			if err != nil {
				return err
			}
			return c.showSimulated(sizes, sim, svg)
		},
	}
	flags := cmd.Flags()
	flags.IntSliceVar(&sim.provers, "provers", []int{3, 5, 10, 20, 40}, "how many provers there are, one market size each")
	flags.IntVar(&sim.load, "load", 80, "requests, in percent of slots")
	flags.IntVar(&sim.markets, "markets", 200, "how many markets of each size")
	flags.Uint64Var(&sim.seed, "seed", 1, "what the markets are drawn from")
	flags.StringVar(&book, "book", "", "a file of markets in place of generated ones")
	flags.StringVar(&svg, "svg", "", "where to draw it")
	cmd.MarkFlagsMutuallyExclusive("book", "svg")
	return cmd
}

type auctionSimulation struct {
	provers       []int
	load, markets int
	seed          uint64
}

// simulatedMarket is a market in base units: prover i has slots[i] at costs[i].
type simulatedMarket struct {
	values []uint64
	costs  []uint64
	slots  []uint32
}

type simulatedSize struct {
	provers int
	markets []simulatedMarket
}

func (a auctionSimulation) generate(c *console) ([]simulatedSize, error) {
	if a.markets < 1 || a.markets > maxSimulatedMarkets || a.load < 1 || a.load > 1_000 || len(a.provers) == 0 {
		return nil, withHint(fmt.Errorf("%d markets at a load of %d%% cannot be simulated", a.markets, a.load),
			fmt.Sprintf("--markets goes from 1 to %d, --load from 1 to 1000", maxSimulatedMarkets))
	}
	r := rand.New(rand.NewPCG(a.seed, 0)) //nolint:gosec // it draws examples, the same for a seed
	var sizes []simulatedSize
	for _, provers := range a.provers {
		if provers < 1 || provers > maxSimulatedProvers {
			return nil, withHint(fmt.Errorf("%d provers cannot be simulated", provers), fmt.Sprintf("--provers goes from 1 to %d", maxSimulatedProvers))
		}
		size := simulatedSize{provers: provers}
		for range a.markets {
			size.markets = append(size.markets, drawMarket(r, provers, a.load))
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}

// drawMarket draws a market whose mean cost is a million units.
func drawMarket(r *rand.Rand, provers, load int) (m simulatedMarket) {
	const mean, sigma = 1_000_000, 0.25
	all := uint32(0)
	for range provers {
		m.costs = append(m.costs, uint64(mean*math.Exp(sigma*r.NormFloat64()-sigma*sigma/2)))
		m.slots = append(m.slots, uint32(2+r.IntN(5)))
		all += m.slots[len(m.slots)-1]
	}
	for range max(1, int(all)*load/100) {
		m.values = append(m.values, uint64(mean*(1.1+1.9*r.Float64())))
	}
	return m
}

// readMarkets reads a file of batches.
func readMarkets(name string) (markets []simulatedMarket, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, withHint(err, "name a file with a batch a line, as auction clear reads them")
	}
	defer f.Close()
	err = eachLineWithin(f, maxBook, func(number int, line string) error {
		var l auctionLine
		var in batchInput
		err := readStrictly([]byte(line), &l)
		if err == nil && l.Mechanism != mechanisms()[0].name {
			err = fmt.Errorf("mechanism %q is no batch", l.Mechanism)
		}
		if err == nil {
			err = readStrictly(l.Input, &in)
		}
		var m simulatedMarket
		if err == nil {
			m, err = in.market()
		}
		if err != nil {
			return withHint(fmt.Errorf("line %d: %w", number, err), "a batch a line, as auction clear reads them")
		}
		markets = append(markets, m)
		return nil
	})
	if err == nil && len(markets) == 0 {
		err = withHint(errors.New("there is no market in the file"), "a batch a line, as auction clear reads them")
	}
	return markets, err
}

// market turns a batch into a market to simulate: amounts of 52 bits, which a ratio can be taken of.
func (in batchInput) market() (m simulatedMarket, err error) {
	_, _, orders, offers, err := in.read()
	if err != nil {
		return m, err
	}
	if len(offers) > maxSimulatedProvers {
		return m, fmt.Errorf("there are %d provers, at most %d can be simulated", len(offers), maxSimulatedProvers)
	}
	small := func(a vadium.Amount) uint64 {
		if a.BitLen() > 52 {
			err = fmt.Errorf("%s is more than a simulation can hold (scale all amounts down below 2^52)", a)
			return 0
		}
		return a.Uint256().Uint64()
	}
	for _, o := range orders {
		m.values = append(m.values, small(o.Value))
	}
	for _, o := range offers {
		m.costs, m.slots = append(m.costs, small(o.Price)), append(m.slots, min(o.Slots, uint32(len(orders))))
	}
	return m, err
}

// auctionRule is a rule that is compared.
type auctionRule struct {
	name string
	rule auction.Rule
}

func auctionRules() []auctionRule {
	return []auctionRule{{"muv", new(auction.Batch)}, {"uniform", new(auction.Uniform)}, {"pay-as-bid", new(payAsBid)}}
}

// payAsBid is a rule by which whom [auction.Batch] serves is paid what it asked.
type payAsBid struct{ batch auction.Batch }

// Run clears the book.
func (p *payAsBid) Run(book auction.Book) auction.Outcome {
	outcome := p.batch.Run(book)
	for i := range outcome.Matches {
		outcome.Matches[i].Charge = book.Offers[outcome.Matches[i].Offer].Price
	}
	for i, w := range outcome.Wins {
		outcome.Wins[i].Payment, _ = book.Offers[w.Offer].Price.Mul(vadium.NewAmount(uint64(w.Slots))) // 160 bits
	}
	return outcome
}

// book is what honest provers offer.
func (m simulatedMarket) book() (b auction.Book) {
	for i, value := range m.values {
		b.Orders = append(b.Orders, auction.Order{Request: vadium.RequestID{byte(i >> 8), byte(i)}, Value: vadium.NewAmount(value)})
	}
	for i, cost := range m.costs {
		b.Offers = append(b.Offers, auction.Offer{Prover: vadium.Account{byte(i >> 8), byte(i)}, Price: vadium.NewAmount(cost), Slots: m.slots[i]})
	}
	return b
}

func inUnits(a vadium.Amount) float64 { return float64(a.Uint256().Uint64()) }

// profit is what a prover gains by what it offers.
func (m simulatedMarket) profit(outcome auction.Outcome, prover int) float64 {
	for _, w := range outcome.Wins {
		if w.Offer == prover {
			return inUnits(w.Payment) - float64(m.costs[prover])*float64(w.Slots)
		}
	}
	return 0
}

// bestLie returns what the best lie of a market's largest prover gains, and what its proving costs by the truth.
func (m simulatedMarket) bestLie(rule auction.Rule) (gain, cost float64) {
	book := m.book()
	largest := 0
	for i := range m.slots {
		if m.slots[i] > m.slots[largest] {
			largest = i
		}
	}
	outcome := rule.Run(book)
	honest := m.profit(outcome, largest)
	for _, w := range outcome.Wins {
		if w.Offer == largest {
			cost = float64(m.costs[largest]) * float64(w.Slots)
		}
	}
	lie := &book.Offers[largest]
	truth := *lie
	for _, slots := range []uint32{truth.Slots, truth.Slots - min(1, truth.Slots-1), max(1, truth.Slots/2), 1} {
		for _, percent := range []uint64{80, 90, 95, 100, 102, 105, 110, 125, 150, 200} {
			price, _ := truth.Price.MulDivUp(vadium.NewAmount(percent), vadium.NewAmount(100))
			lie.Price, lie.Slots = price, slots
			gain = max(gain, m.profit(rule.Run(book), largest)-honest)
		}
	}
	return gain, cost
}

// simulatedRule is what a rule comes to over all markets of one size.
type simulatedRule struct {
	Provers   int     `json:"provers,omitempty"`
	Markets   int     `json:"markets"`
	Rule      string  `json:"rule"`
	Welfare   float64 `json:"welfare"`
	PayOver   float64 `json:"payOverCost"`
	BestLie   float64 `json:"bestLieOfCost"`
	Rewarding int     `json:"marketsThatRewardALie"`
}

func (s simulatedSize) run(rule auctionRule) simulatedRule {
	r := simulatedRule{Provers: s.provers, Markets: len(s.markets), Rule: rule.name}
	var welfare, most, paid, cost, lies, truth float64
	for _, m := range s.markets {
		outcome := rule.rule.Run(m.book())
		for _, match := range outcome.Matches {
			welfare += float64(m.values[match.Order]) - float64(m.costs[match.Offer])
		}
		for _, w := range outcome.Wins {
			paid += inUnits(w.Payment)
			cost += float64(m.costs[w.Offer]) * float64(w.Slots)
		}
		most += m.optimum()
		gain, own := m.bestLie(rule.rule)
		lies, truth = lies+gain, truth+own
		if gain > 0 {
			r.Rewarding++
		}
	}
	r.Welfare, r.PayOver, r.BestLie = ratio(welfare, most), ratio(paid, cost), ratio(lies, truth)
	return r
}

func ratio(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// optimum is the most that can be gained: the highest values with the cheapest slots, as long as each pair gains.
func (m simulatedMarket) optimum() (gained float64) {
	var slots []uint64
	for i, cost := range m.costs {
		for range m.slots[i] {
			slots = append(slots, cost)
		}
	}
	values := slices.Clone(m.values)
	slices.Sort(slots)
	slices.SortFunc(values, func(x, y uint64) int { return cmp.Compare(y, x) })
	for i := range min(len(slots), len(values)) {
		gained += max(0, float64(values[i])-float64(slots[i]))
	}
	return gained
}

func (c *console) showSimulated(sizes []simulatedSize, sim auctionSimulation, svg string) error {
	var results []simulatedRule
	for i, size := range sizes {
		c.bar("simulating", int64(i), int64(len(sizes)))
		for _, rule := range auctionRules() {
			results = append(results, size.run(rule))
		}
	}
	c.bar("simulating", int64(len(sizes)), int64(len(sizes)))
	c.clearLine()
	if svg != "" {
		drawn, err := drawSimulated(results)
		if err != nil {
			return err
		}
		if err := os.WriteFile(svg, drawn, 0o600); err != nil {
			return withHint(err, "name a file that can be written: --svg rules.svg")
		}
	}
	if c.json {
		for _, r := range results {
			if err := c.object(r); err != nil {
				return err
			}
		}
		return nil
	}
	var rows [][]string
	for _, r := range results {
		provers := "as given"
		if r.Provers > 0 {
			provers = fmt.Sprint(r.Provers)
		}
		rows = append(rows, []string{
			provers, r.Rule, fmt.Sprintf("%.1f%%", 100*r.Welfare), fmt.Sprintf("%.2f", r.PayOver), fmt.Sprintf("%+.1f%%", 100*r.BestLie),
			fmt.Sprintf("%d of %d", r.Rewarding, r.Markets),
		})
	}
	c.table([]string{"provers", "rule", "welfare", "pay/cost", "best lie", "markets that reward it"}, rows)
	if svg != "" {
		c.tell("drawn in %s", svg)
	}
	return nil
}

// drawSimulated draws what rules come to over the number of provers: what the best lie gains above, pay over cost below.
func drawSimulated(results []simulatedRule) ([]byte, error) {
	const width, height = 16 * vg.Centimeter, 7 * vg.Centimeter
	colours := []color.RGBA{{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}} // Okabe and Ito 2008
	canvas := vgsvg.New(width, 2*height)
	all := draw.New(canvas)
	for i, panel := range []struct {
		title string
		value func(simulatedRule) float64
	}{
		{"the largest prover's best lie, in percent of its cost", func(r simulatedRule) float64 { return 100 * r.BestLie }},
		{"what provers are paid over what proving costs", func(r simulatedRule) float64 { return r.PayOver }},
	} {
		p := plot.New()
		for _, style := range []*font.Font{
			&p.Title.TextStyle.Font, &p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font,
		} {
			style.Typeface, style.Variant = "Liberation", "Sans"
		}
		p.BackgroundColor, p.Title.Text, p.X.Label.Text = color.White, panel.title, "provers"
		p.Legend.Top, p.X.Min, p.Y.Min = true, 0, 0
		p.Add(plotter.NewGrid())
		for j, rule := range auctionRules() {
			var points plotter.XYs
			for _, r := range results {
				if r.Rule == rule.name {
					points = append(points, plotter.XY{X: float64(r.Provers), Y: panel.value(r)})
				}
			}
			line, err := plotter.NewLine(points)
			if err != nil {
				return nil, fmt.Errorf("plot %q: %w", panel.title, err)
			}
			line.Color, line.Width = colours[j], vg.Points(1.5)
			p.Add(line)
			p.Legend.Add(rule.name, line)
		}
		top := 2*height - vg.Length(i)*height
		p.Draw(draw.Crop(all, vg.Points(2), -vg.Points(8), top-height, top-2*height-vg.Points(4)))
	}
	var svg bytes.Buffer
	_, err := canvas.WriteTo(&svg)
	return svg.Bytes(), err
}
