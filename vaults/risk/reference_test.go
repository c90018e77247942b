package risk_test

import (
	"math"
	"math/big"

	"vadium"
	"vadium/vaults/risk"
)

// Every formula the slow, obvious way, in integers without a bound. [checks] hold what is tested against them; the
// mutants of mutants_test.go must not pass.

func big64(n uint64) *big.Int { return new(big.Int).SetUint64(n) }

func bigOf(a vadium.Amount) *big.Int { return a.Uint256().ToBig() }

func ceilDiv(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

func mul(factors ...*big.Int) *big.Int {
	p := big.NewInt(1)
	for _, f := range factors {
		p.Mul(p, f)
	}
	return p
}

func slowMargin(r risk.PriceRisk) *big.Int {
	epochs := new(big.Int).Add(big64(r.Horizon), big64(r.Latency))
	root := new(big.Int).Sqrt(mul(big64(uint64(r.Sigma)), big64(uint64(r.Sigma)), epochs))
	margin := ceilDiv(mul(big64(r.ZMilli), root), big64(1_000))
	return margin.Add(margin, big64(uint64(r.Confidence)))
}

func slowLock(value risk.Value, margin *big.Int, price risk.Price) *big.Int {
	covered := mul(big64(uint64(value)), new(big.Int).Add(big64(1_000_000), margin), bigOf(vadium.Tokens(1)))
	return ceilDiv(covered, mul(big64(uint64(price)), big64(1_000_000)))
}

func slowEWMA(v risk.Variance, r int64, lambda vadium.Ppm) *big.Int {
	square := mul(big.NewInt(r), big.NewInt(r))
	sum := new(big.Int).Add(mul(big64(uint64(lambda)), big64(uint64(v))), mul(big64(1_000_000-uint64(lambda)), square))
	return sum.Quo(sum, big64(1_000_000))
}

func slowReturn(from, to risk.Price) *big.Int {
	move := new(big.Int).Sub(big64(uint64(to)), big64(uint64(from)))
	return move.Quo(move.Mul(move, big64(1_000_000)), big64(uint64(from))) // Quo truncates toward zero
}

// slowUsed is max(floor, (3·sqrt(v)+stress)/4), rounded up.
func slowUsed(s risk.Averages, v risk.Volatility) *big.Int {
	root := new(big.Int).Sqrt(big64(uint64(max(v.Fast, v.Slow))))
	used := ceilDiv(new(big.Int).Add(mul(big64(3), root), big64(uint64(s.Stressed))), big64(4))
	if least := big64(uint64(s.Floor)); used.Cmp(least) < 0 {
		return least
	}
	return used
}

// slowNeed walks over the locks: each with so much of its own margin, each rounded up.
func slowNeed(exposures []risk.Exposure, m risk.Reading, share vadium.Bps) (stake, junior *big.Int) {
	stake, junior = new(big.Int), new(big.Int)
	for _, t := range exposures {
		margin := slowMargin(risk.PriceRisk{Sigma: m.Sigma, Horizon: uint64(t.Epochs), ZMilli: uint64(t.ZMilli), Confidence: m.Confidence})
		margin = ceilDiv(mul(margin, big64(uint64(share))), big64(10_000))
		stake.Add(stake, slowLock(t.Value, margin, m.Price))
		junior.Add(junior, slowLock(t.Cap, margin, m.Price))
	}
	return stake, junior
}

// needSlack bounds what sums may ask for beyond slowNeed: of each value z/1000 ppm twice and 5, because the root inside a
// margin rounds down and the one in a weight up (a volatility of one is the most there is here), and two units a lock.
func needSlack(exposures []risk.Exposure, m risk.Reading) *big.Int {
	slack := big.NewInt(int64(2*len(exposures) + 2))
	for _, t := range exposures {
		slack.Add(slack, ceilDiv(mul(big64(uint64(t.Value)), big64(2*uint64(t.ZMilli)/1_000+5), big64(1_000_000_000_000)), big64(uint64(m.Price))))
	}
	return slack
}

func slowGlide(from, to vadium.Amount, start, end, now vadium.Time) *big.Int {
	switch {
	case !from.Less(to) || now >= end:
		return bigOf(to)
	case now <= start:
		return bigOf(from)
	}
	growth := new(big.Int).Sub(bigOf(to), bigOf(from))
	part := ceilDiv(mul(growth, big.NewInt(int64(now-start))), big.NewInt(int64(end-start)))
	return part.Add(part, bigOf(from))
}

func slowStep(c risk.Controls, factor vadium.Bps, staked, target vadium.Amount, nonCompliant vadium.Bps) *big.Int {
	m, one := big64(uint64(factor)), big64(10_000)
	gap := new(big.Int).Sub(bigOf(target), bigOf(staked))
	if target.IsZero() && gap.Sign() == 0 || mul(new(big.Int).Abs(gap), one).Cmp(mul(bigOf(target), big64(uint64(c.Band)))) <= 0 {
		return m
	}
	rate := big64(math.MaxUint32) // of the target, for an error against nothing
	if !target.IsZero() {
		rate = new(big.Int).Quo(mul(new(big.Int).Abs(gap), one), bigOf(target))
		if gap.Sign() > 0 {
			rate = ceilDiv(mul(gap, one), bigOf(target))
		}
	}
	rate.Quo(rate, big64(uint64(c.Gain)))
	least := func(a *big.Int, b vadium.Bps) *big.Int {
		if a.Cmp(big64(uint64(b))) > 0 {
			return big64(uint64(b))
		}
		return a
	}
	if gap.Sign() > 0 {
		if nonCompliant > c.Exodus {
			return m
		}
		return least(m.Add(m, ceilDiv(mul(m, least(rate, c.Up)), one)), c.Most)
	}
	m.Sub(m, new(big.Int).Quo(mul(m, least(rate, c.Down)), one))
	if m.Cmp(one) < 0 {
		return one
	}
	return m
}

func slowLow(q risk.Quote) *big.Int {
	price := mul(big64(uint64(min(q.Spot, q.Average))), big64(1_000_000-uint64(min(q.Confidence, 1_000_000))))
	return price.Quo(price, big64(1_000_000))
}

func slowSecures(c risk.Collateral, held vadium.Amount, p risk.Price, depth risk.Value) *big.Int {
	counted := bigOf(vadium.Min(held, c.Cap))
	worth := new(big.Int).Quo(mul(counted, big64(uint64(p))), bigOf(vadium.Tokens(1)))
	worth.Quo(worth.Mul(worth, big64(10_000-uint64(c.Haircut))), big64(10_000))
	if d := big64(uint64(depth)); worth.Cmp(d) > 0 {
		return d
	}
	return worth
}
