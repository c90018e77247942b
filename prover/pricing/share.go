package pricing

import (
	"vadium"
)

// Split says who gets what of a fee: the market its protocol fee, the prover its commission, and the rest goes to
// junior and senior stake by size (vaults.PlanReward). The junior stake is the prover's own.
type Split struct {
	ProtocolFee vadium.Bps
	Commission  vadium.Bps
	Junior      vadium.Amount
	Senior      vadium.Amount // without rewards that still drip; zero when nobody delegates
}

// Kept returns what the prover keeps of a fee: commission and the junior stake's part of the rest. Each step rounds
// down, as the market does.
func (s Split) Kept(fee vadium.Amount) vadium.Amount {
	rest := fee.MustSub(fee.BpsDown(s.ProtocolFee))
	commission := rest.BpsDown(s.Commission)
	rest = rest.MustSub(commission)
	both := s.Junior.MustAdd(s.Senior)
	if s.Senior.IsZero() || both.IsZero() {
		return commission.MustAdd(rest)
	}
	return commission.MustAdd(mulDivDown(rest, s.Junior, both))
}

// Gross returns a fee of which the prover keeps at least need, and not much more: less than one unit of fee for each of
// the four roundings on the way. ok is false when the prover keeps nothing of any fee.
//
// With c the commission, p the protocol fee, J and S the stakes and T = J+S, the prover keeps
// (1-p) * (c + (1-c)*J/T) of a fee; the inverse rounds up, in the prover's favour. The two units added to need make good
// the two roundings of [Split.Kept] that a quotient cannot see.
func (s Split) Gross(need vadium.Amount) (fee vadium.Amount, ok bool) {
	junior, total := s.Junior, s.Junior.MustAdd(s.Senior)
	if s.Senior.IsZero() || total.IsZero() {
		junior, total = vadium.NewAmount(1), vadium.NewAmount(1)
	}
	one := vadium.NewAmount(uint64(vadium.BpsOne))
	commission, rest := vadium.NewAmount(uint64(s.Commission)), vadium.NewAmount(uint64(vadium.BpsOne-s.Commission))
	// Of a reward r the prover keeps r * part / whole, with part = c*T + (1-c)*J and whole = T in basis points.
	part := mulDivDown(commission, total, vadium.NewAmount(1)).MustAdd(mulDivDown(rest, junior, vadium.NewAmount(1)))
	whole := mulDivDown(total, one, vadium.NewAmount(1))
	if part.IsZero() || s.ProtocolFee >= vadium.BpsOne {
		return vadium.Amount{}, false
	}
	reward := mulDivUp(need.MustAdd(vadium.NewAmount(2)), whole, part)
	return mulDivUp(reward, one, vadium.NewAmount(uint64(vadium.BpsOne-s.ProtocolFee))), true
}

func mulDivDown(a, mul, div vadium.Amount) vadium.Amount {
	q, ok := a.MulDivDown(mul, div)
	if !ok {
		panic("invariant: amounts stay below 2^128, so products with fractions fit")
	}
	return q
}

func mulDivUp(a, mul, div vadium.Amount) vadium.Amount {
	q, ok := a.MulDivUp(mul, div)
	if !ok {
		panic("invariant: amounts stay below 2^128, so products with fractions fit")
	}
	return q
}
