package auction

import "vadium"

// Ramp is the price of a request whose price climbs until somebody takes it, as Boundless has it (Offer.sol): the first to lock
// it is paid the price of that time. It is no truthful rule: whoever waits a little longer is paid more, unless another
// is faster. Requesters may choose it because they know it.
type Ramp struct {
	Least, Most vadium.Amount // Least <= Most
	// From is when the price begins to climb, over Rise to Most.
	From vadium.Time
	Rise vadium.Duration
	// Lock is how long from From the request can be locked, at least Rise and a millisecond: its last instant counts.
	Lock vadium.Duration
}

// Refusals of ramps.
const (
	// ErrRamp: the prices or the times of a ramp are out of order: its least price above its most, a negative time, or an end
	// of the climb behind the end of locking.
	ErrRamp = vadium.Kind("ramp-out-of-order")
	// ErrBeyondRamp: the price is above all that a ramp reaches.
	ErrBeyondRamp = vadium.Kind("price-beyond-ramp")
)

// Check refuses with [ErrRamp] what is out of order.
func (r Ramp) Check() error {
	if r.Most.Less(r.Least) || r.From < 0 || r.Rise < 0 || r.Lock < max(r.Rise, 1) {
		return ErrRamp
	}
	return nil
}

// PriceAt returns the price at a time: Least up to From, floor(Least + (Most-Least)*(t-From)/Rise) while it climbs, Most after
// that, and nothing once it can no longer be locked. It rounds down, in favour of who pays.
func (r Ramp) PriceAt(t vadium.Time) vadium.Amount {
	switch past := t.Sub(r.From); {
	case past <= 0:
		return r.Least
	case past > r.Lock:
		return vadium.Amount{}
	case past < r.Rise:
		climbed, _ := r.Most.MustSub(r.Least).MulDivDown(vadium.NewAmount(uint64(past)), vadium.NewAmount(uint64(r.Rise)))
		return r.Least.MustAdd(climbed)
	}
	return r.Most
}

// TimeAt returns the first time at which the price is at least this: From + ceil((price-Least)*Rise/(Most-Least)), and 0 for
// the least price, which is there from the beginning. A ramp that does not climb jumps right after From. It refuses with [ErrBeyondRamp].
func (r Ramp) TimeAt(price vadium.Amount) (vadium.Time, error) {
	switch {
	case r.Most.Less(price):
		return 0, ErrBeyondRamp
	case !r.Least.Less(price):
		return 0, nil
	}
	if r.Rise == 0 {
		return r.From.Add(1), nil // it jumps
	}
	after, _ := price.MustSub(r.Least).MulDivUp(vadium.NewAmount(uint64(r.Rise)), r.Most.MustSub(r.Least))
	return r.From.Add(vadium.Duration(after.Uint256().Uint64())), nil // at most Rise
}
