package main

import (
	"math"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

// weather is what happens to everybody alike: the prices of the market's own token and of the other asset that stake may
// be in, and the index that the cost of proving follows. All are in the numeraire, and known from the seed alone.
type weather struct {
	token, other, cost []float64 // by step
}

// step is how often prices move, and are published.
const step = 10 * vadium.Minute

const stepsADay = int(vadium.Day / step)

// The weather's numbers.
const (
	tokenPrice = 10.0 // in the beginning
	otherPrice = 50.0
	// dailyMove is the deviation of a day's price, of both assets, the crash aside: that of 2 % either way.
	dailyMove = 0.0115
	// crashTo is what a crash leaves of both prices after crashDays (economics.md §4.4, item 3).
	crashTo   = 0.55
	crashDays = 5
	// costYear is the deviation of a year's cost of proving, the upper of the two in economics.md §4.2. It reverts: half of a
	// deviation is gone after costHalf days.
	costYear = 1.0
	costHalf = 20.0
	// A spike comes every spikeDays on average, multiplies the cost by 1.4 to 2.1, and halves every spikeHalf days: a data
	// centre is gone, or everybody wants the same machines.
	spikeDays = 20.0
	spikeHalf = 2.0
)

func newWeather(s setting) *weather {
	n := (s.days + settleDays + 2) * stepsADay
	random := s.random("weather")
	w := &weather{make([]float64, n), make([]float64, n), make([]float64, n)}
	walk := dailyMove / math.Sqrt(float64(stepsADay))
	fall := math.Log(crashTo) / float64(crashDays*stepsADay)
	revert, decay := math.Ln2/(costHalf*float64(stepsADay)), math.Exp2(-1/(spikeHalf*float64(stepsADay)))
	var token, other, cost, spike float64
	for i := range n {
		token += walk * random.NormFloat64()
		other += walk * random.NormFloat64()
		if day := i / stepsADay; s.crash > 0 && day >= s.crash && day < s.crash+crashDays {
			token, other = token+fall, other+fall
		}
		cost += -revert*cost + costYear/math.Sqrt(365*float64(stepsADay))*random.NormFloat64()
		spike *= decay
		if random.Float64() < 1/(spikeDays*float64(stepsADay)) {
			spike += 0.35 + 0.4*random.Float64()
		}
		w.token[i], w.other[i], w.cost[i] = tokenPrice*math.Exp(token), otherPrice*math.Exp(other), math.Exp(cost+spike)
	}
	return w
}

func stepAt(t vadium.Time) int { return int(t.Sub(start) / step) }

func (w *weather) tokenAt(t vadium.Time) float64 { return w.token[stepAt(t)] }
func (w *weather) otherAt(t vadium.Time) float64 { return w.other[stepAt(t)] }
func (w *weather) costAt(t vadium.Time) float64  { return w.cost[stepAt(t)] }

// otherAsset is the one asset beside the market's own that stake may be in.
var otherAsset = risk.Asset{0xee, 0x01}

// priceOf returns an asset's price at an instant.
func (w *weather) priceOf(a risk.Asset, t vadium.Time) float64 {
	if a == otherAsset {
		return w.otherAt(t)
	}
	return w.tokenAt(t)
}

// publish is what the feeds do at every step, for both assets.
func (r *run) publish() {
	for _, feed := range []struct {
		asset risk.Asset
		path  []float64
	}{{risk.Asset{}, r.weather.token}, {otherAsset, r.weather.other}} {
		last := stepAt(r.now)
		first := max(0, last-int(vadium.Hour/step)+1)
		sum := 0.0
		for _, p := range feed.path[first : last+1] {
			sum += p
		}
		r.do(r.operator, marketplace.PublishPrice{
			Asset: feed.asset, Spot: micro(feed.path[last]), Average: micro(sum / float64(last+1-first)), Confidence: 2_000, At: r.now,
			Quorum: true, Depth: 1_000_000_000_000,
		})
	}
}

func micro(price float64) risk.Price { return risk.Price(price * 1e6) }
