package risk

import "vadium"

// Quote is a published price of one asset. Who publishes it signs it; here it is a fact.
type Quote struct {
	// Spot is the price at At, Average the time-weighted average of the hour before.
	Spot, Average Price
	// Confidence is how far off the price may be, either way.
	Confidence vadium.Ppm
	At         vadium.Time
	// Quorum says that enough sources agreed.
	Quorum bool
}

// Refusals of prices.
const (
	// ErrNoPrice: the stake has no price, so no lock across assets can be sized.
	ErrNoPrice = vadium.Kind("stake-has-no-price")
	// ErrStalePrice: the last price is too old, or too few sources agreed on it; locks within one asset go on.
	ErrStalePrice = vadium.Kind("price-stale")
	// ErrQuote: a published price is older than the last, from the future, or zero.
	ErrQuote = vadium.Kind("quote-out-of-order")
)

// Low returns the price that stake counts at: floor(min(spot, average)*(1-confidence)), rounded down in favour of
// whoever the stake secures (economics.md §4.3).
func (q Quote) Low() Price {
	const one = uint64(vadium.PpmOne)
	uncertain := min(uint64(q.Confidence), one)
	return Price(mulDivDown(uint64(min(q.Spot, q.Average)), one-uncertain, one))
}

// High returns the price that a promise counts at when what is promised is not the numeraire itself:
// ceil(max(spot, average)*(1+confidence)), rounded up in favour of whoever holds the promise, and at most the largest
// price there is.
func (q Quote) High() Price {
	const one = uint64(vadium.PpmOne)
	return Price(mulDivUp(uint64(max(q.Spot, q.Average)), one+uint64(q.Confidence), one))
}

// Fresh reports whether the quote may still be relied on: enough sources, there is a price after its uncertainty is
// taken off, and it is at most staleAfter old. The last millisecond counts.
func (q Quote) Fresh(now vadium.Time, staleAfter vadium.Duration) bool {
	return q.Quorum && q.Low() > 0 && !q.At.After(now) && now.Sub(q.At) <= staleAfter
}

// CheckFresh refuses a lock across assets with [ErrStalePrice] when the quote is not fresh, and with [ErrNoPrice] when
// there never was one.
func (q Quote) CheckFresh(now vadium.Time, staleAfter vadium.Duration) error {
	switch {
	case q == Quote{}:
		return ErrNoPrice
	case !q.Fresh(now, staleAfter):
		return ErrStalePrice
	}
	return nil
}

// Check refuses with [ErrQuote] a quote that may not follow last: without a price, from the future, or not younger.
// One without quorum is taken: it says that the price is not known.
func (q Quote) Check(now vadium.Time, last Quote) error {
	if q.At.After(now) || last != (Quote{}) && !q.At.After(last.At) || q.Quorum && (q.Spot == 0 || q.Average == 0) {
		return ErrQuote
	}
	return nil
}
