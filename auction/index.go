package auction

import (
	"slices"

	"vadium"
)

// Bounds of an [Index], so that it stays small and no vault can own it.
const (
	MaxSamples         = 64 // newest kept
	MaxSamplesPerVault = 16 // newest of one winner kept
	MinSamples         = 5  // fewer say nothing about the market
)

// Sample is one clearing price that counts: set by another owner's ask, on a request open to every prover. Whether a
// clearing counts is the market's decision.
type Sample struct {
	Price  vadium.Amount  `json:"price"`
	Winner vadium.VaultID `json:"winner"`
	At     vadium.Time    `json:"at"`
}

// Index is the price index of one product: its recent clearing prices, oldest first, and the prices that follow them. The
// zero value is empty. An Index is a value: no method changes its receiver.
type Index struct {
	Samples []Sample `json:"samples"`
	Anchor  Anchor   `json:"anchor,omitzero" rlp:"optional"`
}

// Anchor is the median and the 90th percentile of an index, followed step by step: within a minute neither moves, and with
// each minute that begins by at most a fixed part of itself. A run of bids, low or high, then moves no reserve faster than
// whoever watches can follow it and asks accordingly. The zero value is no anchor: there were too few samples, or no step.
type Anchor struct {
	// Median and Upper are of Minute, counted from the Unix epoch.
	Median vadium.Amount `json:"p50"`
	Upper  vadium.Amount `json:"p90"`
	// ToMedian and ToUpper are where they go, as the index was when it had its last sample.
	ToMedian vadium.Amount `json:"towardsP50"`
	ToUpper  vadium.Amount `json:"towardsP90"`
	Minute   uint64        `json:"minute"`
	Step     vadium.Bps    `json:"stepBps"`
}

// IndexParams say how an index becomes a reserve.
type IndexParams struct {
	// MaxAge is how old a sample may be and still count; exactly MaxAge still does.
	MaxAge vadium.Duration
	// Slack multiplies the 90th percentile; 10,000 leaves it as it is.
	Slack vadium.Bps
	// Step is how much of itself a price may move in a minute; 0 lets it move at once.
	Step vadium.Bps
}

// ReserveQuantile is the quantile of recent prices that a reserve starts from.
const ReserveQuantile vadium.Bps = 9_000

// Add returns the index with one more sample. When its winner already has [MaxSamplesPerVault], the winner's oldest
// makes room, so a vault that wins a lot displaces itself; otherwise, beyond [MaxSamples], the oldest of all does.
func (x Index) Add(s Sample) Index {
	samples := make([]Sample, 0, len(x.Samples)+1)
	samples = append(append(samples, x.Samples...), s)
	mine, oldestMine := 0, -1
	for i, other := range samples {
		if other.Winner == s.Winner {
			mine++
			if oldestMine < 0 {
				oldestMine = i
			}
		}
	}
	switch {
	case mine > MaxSamplesPerVault:
		samples = slices.Delete(samples, oldestMine, oldestMine+1)
	case len(samples) > MaxSamples:
		samples = slices.Delete(samples, 0, 1)
	}
	return Index{samples, x.Anchor}
}

// Follow returns the index with its anchor brought up to now, and on the way to what the samples say by now. It belongs
// after every [Index.Add], and only there: the anchor is a function of the samples and their times. It forms with the
// sample that makes [MinSamples] recent ones, where their quantiles are, and is given up when a sample finds fewer.
func (x Index) Follow(now vadium.Time, p IndexParams) Index {
	followed := Index{Samples: x.Samples}
	if p.Step == 0 || !x.tells(now, p.MaxAge) {
		return followed
	}
	prices := x.Recent(now, p.MaxAge).sorted()
	a := Anchor{Minute: minuteOf(now), Step: p.Step, ToMedian: nearest(prices, vadium.BpsOne/2), ToUpper: nearest(prices, ReserveQuantile)}
	a.Median, a.Upper = a.ToMedian, a.ToUpper
	if x.Anchor.Step > 0 {
		a.Median, a.Upper = x.Anchor.at(now)
	}
	followed.Anchor = a
	return followed
}

// tells reports whether there are enough recent samples. They stand in order of time.
func (x Index) tells(now vadium.Time, maxAge vadium.Duration) bool {
	n := len(x.Samples)
	return n >= MinSamples && now.Sub(x.Samples[n-MinSamples].At) <= maxAge
}

// Prices returns the median and the 90th percentile that reserves and quotes rest on: those of the anchor, or, without a
// step, of the recent samples. It reports false with fewer than [MinSamples] recent samples.
func (x Index) Prices(now vadium.Time, p IndexParams) (median, upper vadium.Amount, known bool) {
	switch {
	case !x.tells(now, p.MaxAge):
		return median, upper, false
	case p.Step > 0 && x.Anchor.Step > 0:
		median, upper = x.Anchor.at(now)
		return median, upper, true
	}
	prices := x.Recent(now, p.MaxAge).sorted()
	return nearest(prices, vadium.BpsOne/2), nearest(prices, ReserveQuantile), true
}

func minuteOf(t vadium.Time) uint64 { return uint64(t) / uint64(vadium.Minute) }

// at returns the anchor's prices at now.
func (a Anchor) at(now vadium.Time) (median, upper vadium.Amount) {
	minutes := minuteOf(now) - min(a.Minute, minuteOf(now))
	return approach(a.Median, a.ToMedian, a.Step, minutes), approach(a.Upper, a.ToUpper, a.Step, minutes)
}

// approach moves a price towards another by so many steps. A step is rounded up to a unit, so that it always gets there.
func approach(from, to vadium.Amount, step vadium.Bps, steps uint64) vadium.Amount {
	for ; steps > 0 && from != to; steps-- {
		most := vadium.Max(from.BpsUp(step), vadium.NewAmount(1))
		if from.Less(to) {
			from = from.MustAdd(vadium.Min(most, to.MustSub(from)))
		} else {
			from = from.MustSub(vadium.Min(most, from.MustSub(to)))
		}
	}
	return from
}

// Recent returns the index without the samples older than maxAge.
func (x Index) Recent(now vadium.Time, maxAge vadium.Duration) Index {
	var recent []Sample
	for _, s := range x.Samples {
		if now.Sub(s.At) <= maxAge {
			recent = append(recent, s)
		}
	}
	return Index{recent, x.Anchor}
}

// Quantile returns the q-quantile of the sampled prices by nearest rank: the smallest price that at least q of the
// samples do not exceed. It reports false when there are no samples.
func (x Index) Quantile(q vadium.Bps) (vadium.Amount, bool) {
	if len(x.Samples) == 0 {
		return vadium.Amount{}, false
	}
	return nearest(x.sorted(), q), true
}

// sorted returns the sampled prices in order.
func (x Index) sorted() []vadium.Amount {
	prices := make([]vadium.Amount, 0, len(x.Samples))
	for _, s := range x.Samples {
		prices = append(prices, s.Price)
	}
	slices.SortFunc(prices, vadium.Amount.Cmp)
	return prices
}

// nearest returns the q-quantile of prices in order, at least one, by nearest rank.
func nearest(prices []vadium.Amount, q vadium.Bps) vadium.Amount {
	n := uint64(len(prices))
	rank := (n*uint64(q) + uint64(vadium.BpsOne) - 1) / uint64(vadium.BpsOne) // up: at least q of them
	return prices[min(max(rank, 1), n)-1]
}

// Reserve returns the most the market pays for a request now: the 90th percentile of [Index.Prices] times the slack,
// rounded up so that it never shuts out a price the index contains, and at most maxFee. With fewer than [MinSamples]
// recent samples it is maxFee.
func (x Index) Reserve(maxFee vadium.Amount, now vadium.Time, p IndexParams) vadium.Amount {
	_, upper, known := x.Prices(now, p)
	if !known {
		return maxFee
	}
	return vadium.Min(maxFee, upper.BpsUp(p.Slack))
}
