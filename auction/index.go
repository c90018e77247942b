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

// Index is the price index of one product: its recent clearing prices, oldest first. The zero value is empty. An Index
// is a value: no method changes its receiver.
type Index struct {
	Samples []Sample `json:"samples"`
}

// IndexParams say how an index becomes a reserve.
type IndexParams struct {
	// MaxAge is how old a sample may be and still count; exactly MaxAge still does.
	MaxAge vadium.Duration
	// Slack multiplies the 90th percentile; 10,000 leaves it as it is.
	Slack vadium.Bps
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
	return Index{samples}
}

// Recent returns the index without the samples older than maxAge.
func (x Index) Recent(now vadium.Time, maxAge vadium.Duration) Index {
	var recent []Sample
	for _, s := range x.Samples {
		if now.Sub(s.At) <= maxAge {
			recent = append(recent, s)
		}
	}
	return Index{recent}
}

// Quantile returns the q-quantile of the sampled prices by nearest rank: the smallest price that at least q of the
// samples do not exceed. It reports false when there are no samples.
func (x Index) Quantile(q vadium.Bps) (vadium.Amount, bool) {
	n := uint64(len(x.Samples))
	if n == 0 {
		return vadium.Amount{}, false
	}
	prices := make([]vadium.Amount, 0, n)
	for _, s := range x.Samples {
		prices = append(prices, s.Price)
	}
	slices.SortFunc(prices, vadium.Amount.Cmp)
	rank := (n*uint64(q) + uint64(vadium.BpsOne) - 1) / uint64(vadium.BpsOne) // up: at least q of them
	return prices[min(max(rank, 1), n)-1], true
}

// Reserve returns the most the market pays for a request now: the 90th percentile of recent prices times the slack,
// rounded up so that it never shuts out a price the index contains, and at most maxFee. With fewer than [MinSamples]
// recent samples it is maxFee.
func (x Index) Reserve(maxFee vadium.Amount, now vadium.Time, p IndexParams) vadium.Amount {
	recent := x.Recent(now, p.MaxAge)
	if len(recent.Samples) < MinSamples {
		return maxFee
	}
	price, _ := recent.Quantile(ReserveQuantile)
	return vadium.Min(maxFee, price.BpsUp(p.Slack))
}
