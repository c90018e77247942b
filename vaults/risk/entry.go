package risk

import "vadium"

// Entry is the controller of the entry minimum: how much of its own a prover must stake to be assigned anything. It
// follows what the network needs slowly, because a minimum that jumps with the price makes small provers leave when the
// price falls, which raises it for the rest (economics.md §4.4).
type Entry struct {
	// Factor is what the base minimum is multiplied with, from 10,000.
	Factor vadium.Bps
	// Epoch is when it last had the chance to move.
	Epoch Epoch
}

// Network is what the controller looks at.
type Network struct {
	// Exposure is the value at risk in open requests.
	Exposure Value
	// Utilisation is the share of the stake that is locked, averaged (see [Smooth]).
	Utilisation vadium.Bps
	// Staked is the stake there is, in tokens of the asset of the minimum, and Average that asset's price over 30 days.
	Staked  vadium.Amount
	Average Price
	// NonCompliant is the share of the stake whose provers would be below the minimum if it rose now (see [Below]).
	NonCompliant vadium.Bps
	// Fresh says that the price is known; without it the minimum does not fall.
	Fresh bool
}

// Controls are the numbers of the controller.
type Controls struct {
	// Base is the minimum at factor one.
	Base vadium.Amount
	// Cover is k: how much stake there should be for each unit at risk.
	Cover vadium.Bps
	// Load is what is added to the target when all stake is locked, in proportion before.
	Load vadium.Bps
	// Band is how far stake may be off its target before anything moves.
	Band vadium.Bps
	// Gain divides the error; Up and Down are the most that a day may change.
	Gain     uint32
	Up, Down vadium.Bps
	// Most is the largest factor, and Exodus the share of stake that a rise may leave behind.
	Most, Exodus vadium.Bps
}

// Target returns T, the stake there should be: ceil(k*exposure*(1+load)/average). All three divisions round up, in favour
// of whoever is at risk. ok is false without a price.
func (c Controls) Target(n Network) (target vadium.Amount, ok bool) {
	value := vadium.NewAmount(uint64(n.Exposure)).BpsUp(c.Cover).BpsUp(vadium.BpsOne + c.load(n.Utilisation))
	return value.MulDivUp(vadium.Tokens(1), vadium.NewAmount(uint64(n.Average)))
}

// load returns ceil(load*utilisation): linear, where a step would invite pushing the market across it.
func (c Controls) load(utilisation vadium.Bps) vadium.Bps {
	return vadium.Bps(mulDivUp(uint64(c.Load), uint64(min(utilisation, vadium.BpsOne)), uint64(vadium.BpsOne)))
}

// Step returns the factor after a day in which staked stood against target: the same within the band; else moved by
// its share, the error over the gain and at most Up or Down, and kept between one and Most. A rise is rounded up and a
// fall down, in favour of whoever is at risk. No rise happens when it would leave more than Exodus of the stake behind.
func (c Controls) Step(factor vadium.Bps, staked, target vadium.Amount, nonCompliant vadium.Bps) vadium.Bps {
	factor = min(max(factor, vadium.BpsOne), c.Most)
	if missing, isShort := target.Sub(staked); isShort {
		_, gap := ratioOf(missing, target)
		if gap <= c.Band || nonCompliant > c.Exodus {
			return factor
		}
		rise := mulDivUp(uint64(factor), uint64(min(gap/vadium.Bps(c.Gain), c.Up)), uint64(vadium.BpsOne))
		return min(factor+vadium.Bps(rise), c.Most)
	}
	excess := staked.MustSub(target)
	down, up := ratioOf(excess, target)
	if up <= c.Band {
		return factor
	}
	fall := mulDivDown(uint64(factor), uint64(min(down/vadium.Bps(c.Gain), c.Down)), uint64(vadium.BpsOne))
	return max(factor-vadium.Bps(fall), vadium.BpsOne)
}

// Next returns the controller after epoch e. It moves once a day. Without a price it holds, and with one that is not
// fresh it does not fall.
func (e Entry) Next(at Epoch, n Network, c Controls) Entry {
	if e.Factor == 0 {
		return Entry{Factor: vadium.BpsOne, Epoch: at}
	}
	if at < e.Epoch+Epoch(EpochsPerDay) {
		return e
	}
	e.Epoch = at
	target, ok := c.Target(n)
	if !ok {
		return e
	}
	if next := c.Step(e.Factor, n.Staked, target, n.NonCompliant); n.Fresh || next > e.Factor {
		e.Factor = next
	}
	return e
}

// Minimum returns minSelf = ceil(base*factor), the entry minimum.
func (c Controls) Minimum(factor vadium.Bps) vadium.Amount { return c.Base.BpsUp(factor) }

// Marking returns a vault's situation for the call that a raised minimum makes: what is posted glides to the minimum.
func (c Controls) Marking(now vadium.Time, posted Cover, factor vadium.Bps) Marking {
	minimum := Cover{Junior: c.Minimum(factor)}
	return Marking{Now: now, Posted: posted, Maintenance: minimum, Initial: minimum, Fresh: true}
}

// Below returns the share of all stake whose provers have less than the minimum of their own, rounded up in favour of
// those who would be left behind.
func Below(minimum vadium.Amount, posted []Cover) vadium.Bps {
	var below, all vadium.Amount
	for _, c := range posted {
		all = all.MustAdd(c.Stake)
		if c.Junior.Less(minimum) {
			below = below.MustAdd(c.Stake)
		}
	}
	_, up := ratioOf(below, all)
	return up
}

// Smooth returns the exponential average of a share after one more value: ceil((λ*average + (1e6-λ)*share)/1e6).
func Smooth(average, share vadium.Bps, lambda vadium.Ppm) vadium.Bps {
	lambda = min(lambda, vadium.PpmOne)
	weighted := uint64(average)*uint64(lambda) + uint64(share)*uint64(vadium.PpmOne-lambda)
	return vadium.Bps(mulDivUp(weighted, 1, uint64(vadium.PpmOne)))
}

// OneShot returns the factor that would give the target at once, and what the controller is compared with: it jumps
// with every price, and so, with provers that leave when the minimum rises, oscillates. It is clamp(ceil(target/staked),
// 1, Most); nothing staked is the most (economics.md §1.5, with the divisions that ZERA left out).
func (c Controls) OneShot(staked, target vadium.Amount) vadium.Bps {
	_, up := ratioOf(target, staked)
	return min(max(up, vadium.BpsOne), c.Most)
}
