package risk

import "vadium"

// Cover is stake in base units: what a vault holds, or what it needs.
type Cover struct {
	// Stake is the effective stake, both tranches, which backs locks. Junior is the prover's own part, which alone pays
	// damages.
	Stake  vadium.Amount `json:"stake"`
	Junior vadium.Amount `json:"junior"`
}

// Add returns the sum of both parts.
func (c Cover) Add(d Cover) Cover {
	return Cover{Stake: c.Stake.MustAdd(d.Stake), Junior: c.Junior.MustAdd(d.Junior)}
}

// Meets reports whether c is enough for need, in both parts.
func (c Cover) Meets(need Cover) bool {
	return !c.Stake.Less(need.Stake) && !c.Junior.Less(need.Junior)
}

// MeetsShare reports whether c is at least so much of need, in both parts, exactly.
func (c Cover) MeetsShare(share vadium.Bps, need Cover) bool {
	return atLeast(c.Stake, share, need.Stake) && atLeast(c.Junior, share, need.Junior)
}

// Shortfall returns how much of need is missing, in the part that misses more, rounded up against whoever is short.
func (c Cover) Shortfall(need Cover) vadium.Bps {
	_, stake := ratioOf(need.Stake.SubFloor(c.Stake), need.Stake)
	_, junior := ratioOf(need.Junior.SubFloor(c.Junior), need.Junior)
	return max(stake, junior)
}

// Glide is a requirement that grows linearly from one level to another.
type Glide struct {
	From, To   Cover
	Start, End vadium.Time
}

// At returns what is required at an instant: From until Start, To from End on, and between them on the line, rounded up
// in favour of whoever is covered. A part that does not grow is To at once: what is no longer needed is not required.
func (g Glide) At(now vadium.Time) Cover {
	return Cover{Stake: g.part(g.From.Stake, g.To.Stake, now), Junior: g.part(g.From.Junior, g.To.Junior, now)}
}

func (g Glide) part(from, to vadium.Amount, now vadium.Time) vadium.Amount {
	growth, grows := to.Sub(from)
	switch {
	case !grows || !now.Before(g.End):
		return to
	case !now.After(g.Start):
		return from
	}
	gone, length := uint64(now.Sub(g.Start)), uint64(g.End.Sub(g.Start))
	part, ok := growth.MulDivUp(vadium.NewAmount(gone), vadium.NewAmount(length))
	if !ok {
		panic("invariant: a part of the growth is no more than the growth, yet it does not fit")
	}
	return from.MustAdd(part)
}

// Effective returns E = min(junior+senior, junior*(1+leverage)), the stake that may back assignments: the prover owns
// at least one part in 1+leverage of what it can lose (economics.md §3.1, D6).
func Effective(junior, senior vadium.Amount, leverage uint32) vadium.Amount {
	all := junior.MustAdd(senior)
	leveraged, ok := junior.Mul(vadium.NewAmount(1 + uint64(leverage)))
	if !ok {
		return all // so many times the junior does not fit, so it is the larger
	}
	return vadium.Min(all, leveraged)
}
