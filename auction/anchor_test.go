package auction_test

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/auction"
)

var stepped = auction.IndexParams{MaxAge: vadium.Day, Slack: vadium.BpsOne, Step: 2_000}

// slowly returns the prices that an index with a step gives at an instant, walked minute by minute, and whether it gives any.
func slowly(samples []auction.Sample, at vadium.Time, p auction.IndexParams) (prices [2]*big.Int, known bool) {
	var index auction.Index // keeps what an index keeps; the rest is worked out here
	var towards [2]*big.Int
	minute := vadium.Time(0)
	walk := func(until vadium.Time) {
		for ; minute+vadium.Time(vadium.Minute) <= until; minute += vadium.Time(vadium.Minute) {
			for i := range prices {
				if prices[i] != nil {
					prices[i] = oneStep(prices[i], towards[i], p.Step)
				}
			}
		}
	}
	recent := func(now vadium.Time) (all []uint64) {
		for _, s := range index.Samples {
			if now-s.At <= vadium.Time(p.MaxAge) {
				all = append(all, s.Price.Uint256().Uint64())
			}
		}
		slices.Sort(all)
		return all
	}
	for _, s := range samples {
		if s.At > at {
			break
		}
		walk(s.At)
		index = index.Add(s)
		sorted := recent(s.At)
		if len(sorted) < auction.MinSamples {
			prices = [2]*big.Int{}
			continue
		}
		for i, tenths := range []int{5, 9} {
			towards[i] = new(big.Int).SetUint64(sorted[(len(sorted)*tenths+9)/10-1])
			if prices[i] == nil {
				prices[i] = towards[i]
			}
		}
	}
	walk(at)
	return prices, len(recent(at)) >= auction.MinSamples
}

func oneStep(from, to *big.Int, step vadium.Bps) *big.Int {
	most := new(big.Int).Mul(from, big.NewInt(int64(step)))
	most.Add(most, big.NewInt(9_999)).Div(most, big.NewInt(10_000))
	if most.Sign() == 0 {
		most.SetInt64(1)
	}
	low, high := new(big.Int).Sub(from, most), new(big.Int).Add(from, most)
	switch {
	case to.Cmp(low) < 0:
		return low
	case to.Cmp(high) > 0:
		return high
	}
	return to
}

func follow(samples []auction.Sample, until vadium.Time, p auction.IndexParams) (x auction.Index) {
	for _, s := range samples {
		if s.At <= until {
			x = x.Add(s).Follow(s.At, p)
		}
	}
	return x
}

func TestAnAnchorIsWhereItsMinutesTookIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := auction.IndexParams{
			MaxAge: vadium.Duration(rapid.Int64Range(1, 90).Draw(t, "minutes that a sample counts")) * vadium.Minute, Slack: vadium.BpsOne,
			Step: vadium.Bps(rapid.Uint32Range(100, 10_000).Draw(t, "step")),
		}
		var samples []auction.Sample
		now := vadium.Time(0)
		for range rapid.IntRange(0, 90).Draw(t, "samples") {
			now += vadium.Time(rapid.SampledFrom([]int64{0, 1, 59_999, 60_000, 90_000, 600_000, 3_000_000}).Draw(t, "later"))
			samples = append(samples, auction.Sample{
				Price: amount(rapid.Uint64Range(0, 1_000_000).Draw(t, "price")), Winner: vadium.VaultID(rapid.Uint64Range(1, 6).Draw(t, "winner")), At: now,
			})
		}
		at := vadium.Time(rapid.Int64Range(0, int64(now)+int64(2*vadium.Hour)).Draw(t, "at"))
		want, wants := slowly(samples, at, p)
		median, upper, known := follow(samples, at, p).Prices(at, p)
		if known != wants {
			t.Fatalf("prices are known: %v, want %v", known, wants)
		}
		if known && (median.String() != want[0].String() || upper.String() != want[1].String()) {
			t.Fatalf("Prices(%d) = %v and %v, want %v", at, median, upper, want)
		}
	})
}

// Taiko's warning: whoever bids low for a while sets the prices that later bidders start from, and whoever bids high makes
// requesters pay. Here a run of either moves nothing within a minute, and a fifth of itself with each that begins.
func TestARunOfBidsMovesTheReserveByAtMostAStepAMinute(t *testing.T) {
	for name, bid := range map[string]uint64{"low": 1, "high": 1_000_000_000} {
		var samples []auction.Sample
		for i := range 20 {
			samples = append(samples, auction.Sample{Price: amount(1_000_000), Winner: vadium.VaultID(i + 1), At: vadium.Time(i)})
		}
		start := vadium.Time(10*vadium.Minute) + 30_000
		for i := range 64 {
			samples = append(samples, auction.Sample{Price: amount(bid), Winner: vadium.VaultID(100 + i), At: start})
		}
		x := follow(samples, start, stepped)
		reserve := func(at vadium.Time) vadium.Amount { return x.Reserve(vadium.Tokens(1), at, stepped) }
		if got := reserve(start + 29_999); got != amount(1_000_000) {
			t.Errorf("%s bids moved the reserve to %v within the minute", name, got)
		}
		wants := map[string][]uint64{"low": {800_000, 640_000, 512_000}, "high": {1_200_000, 1_440_000, 1_728_000}}[name]
		for i, want := range wants {
			begins := start + 30_000 + vadium.Time(i)*vadium.Time(vadium.Minute)
			for _, at := range []vadium.Time{begins, begins + 59_999} {
				if got := reserve(at); got != amount(want) {
					t.Errorf("%s bids moved the reserve to %v at %d, want %d", name, got, at, want)
				}
			}
		}
		if got := reserve(vadium.Time(12 * vadium.Hour)); got != amount(bid) {
			t.Errorf("in the end %s bids make a reserve of %v, want %d", name, got, bid)
		}
	}
}

func TestAnAnchorFormsWithTheFifthSampleWhereTheQuantileIs(t *testing.T) {
	samples := make([]auction.Sample, 5)
	for i := range samples {
		samples[i] = auction.Sample{Price: amount(uint64(10 * (i + 1))), Winner: vadium.VaultID(i + 1), At: vadium.Time(i)}
	}
	if x := follow(samples, 3, stepped); x.Anchor != (auction.Anchor{}) || x.Reserve(amount(1_000), 3, stepped) != amount(1_000) {
		t.Errorf("four samples make an anchor of %+v", x.Anchor)
	}
	x := follow(samples, 4, stepped)
	if median, upper, known := x.Prices(4, stepped); !known || median != amount(30) || upper != amount(50) {
		t.Errorf("five samples make prices of %v and %v, %v, want 30 and 50", median, upper, known)
	}
	if got := x.Reserve(amount(1_000), vadium.Time(vadium.Day), stepped); got != amount(50) {
		t.Errorf("with the oldest exactly a day old the reserve is %v, want 50", got)
	}
	if got := x.Reserve(amount(1_000), vadium.Time(vadium.Day)+1, stepped); got != amount(1_000) {
		t.Errorf("with four of a day the reserve is %v, want the max fee", got)
	}
	later := vadium.Time(vadium.Day) + 1
	if y := x.Add(auction.Sample{Price: amount(7), Winner: 9, At: later}).Follow(later, stepped); y.Anchor.Minute != 1_440 {
		t.Errorf("four and one are five, yet the anchor is %+v", y.Anchor)
	}
	// One more millisecond, and they are four: what was is over.
	later++
	if y := x.Add(auction.Sample{Price: amount(7), Winner: 9, At: later}).Follow(later, stepped); y.Anchor != (auction.Anchor{}) {
		t.Errorf("four recent samples keep an anchor: %+v", y.Anchor)
	}
	if y := x.Add(auction.Sample{Price: amount(7), At: 2 * vadium.Time(vadium.Day)}).Follow(2*vadium.Time(vadium.Day), stepped); y.Anchor != (auction.Anchor{}) {
		t.Errorf("one recent sample keeps an anchor: %+v", y.Anchor)
	}
}

// Without a step an index is what it was before there were anchors.
func TestWithoutAStepThereIsNoAnchor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var plain, followed auction.Index
		for i := range rapid.IntRange(0, 80).Draw(t, "samples") {
			s := auction.Sample{Price: amount(rapid.Uint64Range(0, 1_000).Draw(t, "price")), Winner: vadium.VaultID(i % 9), At: vadium.Time(i) * 1_000_000}
			plain, followed = plain.Add(s), followed.Add(s).Follow(s.At, dayAtPar)
		}
		at := vadium.Time(rapid.Int64Range(0, 200_000_000).Draw(t, "later")) + 80_000_000
		if followed.Anchor != (auction.Anchor{}) || plain.Reserve(amount(500), at, dayAtPar) != followed.Reserve(amount(500), at, dayAtPar) {
			t.Fatalf("an anchor without a step: %+v", followed.Anchor)
		}
		recent := plain.Recent(at, vadium.Day)
		want := amount(500)
		if len(recent.Samples) >= auction.MinSamples {
			price, _ := recent.Quantile(auction.ReserveQuantile)
			want = vadium.Min(want, price)
		}
		if got := followed.Reserve(amount(500), at, dayAtPar); got != want {
			t.Fatalf("Reserve = %v, want %v", got, want)
		}
	})
}
