package risk

import "vadium"

// Reading is what need is computed from: the price of the stake, how much it moves, and how sure anybody is of it.
type Reading struct {
	Epoch             Epoch
	Price             Price
	Sigma, Confidence vadium.Ppm
}

// Gauge is what the market knows of one asset of collateral.
type Gauge struct {
	Quote      Quote
	Volatility Volatility
	// Now is the reading of the last fresh quote. Calls are made and cured by it.
	Now Reading
	// Held is the strictest reading since, given back slowly. What a vault has free is counted by it, so that one good
	// hour frees nothing that the next bad one needs.
	Held Reading
}

// release is how far Held may follow Now in an epoch, price and volatility each: half a percent, so that what a vault
// must hold falls by less than the whole percent an epoch that economics.md allows (§1, Z12).
const release vadium.Ppm = 5_000

// Publish returns the gauge after a quote was published, or refuses it (see [Quote.Check]). A quote that is not fresh
// changes no reading: what is needed is neither raised nor lowered by a price nobody knows. Of an epoch, the first fresh
// quote is the one that volatility is measured by.
func (g Gauge) Publish(now vadium.Time, q Quote, p Params) (Gauge, error) {
	if err := q.Check(now, g.Quote); err != nil {
		return g, err
	}
	g.Quote = q
	if !q.Fresh(now, p.StaleAfter) {
		return g, nil
	}
	e := EpochAt(q.At)
	g.Volatility = g.Volatility.Observe(e, q.Spot, p.Averages)
	g.Now = Reading{Epoch: e, Price: q.Low(), Sigma: p.Averages.Used(g.Volatility), Confidence: q.Confidence}
	g.Held = g.Held.follow(g.Now)
	return g, nil
}

// Fresh reports whether locks across assets may be made, and calls may climb.
func (g Gauge) Fresh(now vadium.Time, p Params) bool { return g.Quote.Fresh(now, p.StaleAfter) }

// follow moves r to what is stricter at once, and once an epoch a little toward what is less strict. Roundings keep it
// on the strict side, in favour of whoever the stake secures. A price of fewer than 200 millionths would never rise by
// half a percent of itself, so it rises by one.
func (r Reading) follow(now Reading) Reading {
	if r.Price == 0 {
		return now
	}
	price, sigma, confidence := r.Price, r.Sigma, r.Confidence
	if now.Epoch > r.Epoch {
		r.Epoch = now.Epoch
		price += Price(max(1, mulDivDown(uint64(r.Price), uint64(release), uint64(vadium.PpmOne))))
		price = max(price, r.Price) // it wrapped
		sigma, confidence = eased(sigma), eased(confidence)
	}
	r.Price, r.Sigma, r.Confidence = min(now.Price, price), max(now.Sigma, sigma), max(now.Confidence, confidence)
	return r
}

// eased returns ceil(x*(1-release)).
func eased(x vadium.Ppm) vadium.Ppm {
	return vadium.Ppm(mulDivUp(uint64(x), uint64(vadium.PpmOne-release), uint64(vadium.PpmOne)))
}
