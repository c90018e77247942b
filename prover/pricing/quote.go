package pricing

import (
	"vadium"
	"vadium/auction"
	"vadium/vaults"
)

// Measurement is what one proof costs this machine with all its slots at work.
type Measurement struct {
	Median  vadium.Duration // wall time
	Slowest vadium.Duration // 95th percentile of the wall time
	CPU     vadium.Duration // processor time of all cores together
}

// Costs are what the operator decides.
type Costs struct {
	// PerCPUSecond is what a second of one core costs: machine, power, and what else it could earn.
	PerCPUSecond vadium.Amount
	// PerRequest is what a request costs however small its proof is.
	PerRequest vadium.Amount
	// Margin on top of costs and risk.
	Margin vadium.Bps
	// Safety multiplies the slowest proof into the time to delivery: 15,000 is half as much again.
	Safety vadium.Bps
	// Surge is what the last free place costs on top. See [Surge].
	Surge vadium.Bps
	// SurgeStep bounds how far the surge moves from one ask to the next. 0: it does not move.
	SurgeStep vadium.Bps
}

// Load is what the prover already does, and could do.
type Load struct {
	Provers  uint32 // proofs at once
	Capacity uint32 // requests of all products at once, waiting ones included
	Running  uint32 // assignments of all products that have not ended
	OfThis   uint32 // those of the product in question
}

// Stake is what backs an assignment of the product.
type Stake struct {
	Free vadium.Amount // effective stake that no lock needs
	// Damages is the junior stake that no damage cap needs.
	Damages vadium.Amount
	// Lock and DamageCap are those of a typical request of the product. See [Typical].
	Lock      vadium.Amount
	DamageCap vadium.Amount
}

// History is how often the prover's assignments went wrong: late, invalid, resigned or never delivered.
type History struct {
	Proved, Faults uint64
}

// Inputs is everything a quote depends on.
type Inputs struct {
	Measurement Measurement
	Costs       Costs
	Split       Split
	Load        Load
	Stake       Stake
	History     History
	// MostSlots bounds what the operator wants of this product at once.
	MostSlots uint32
	// Together says that requests of the product are assigned many at once, so that the last of them waits for the others.
	Together bool
	// Standing is the product's ask that stood when the ask epoch began; zero if there was none.
	Standing Ask
}

// Ask is what to ask for.
type Ask struct {
	Price    vadium.Amount
	Slots    uint32
	Capacity uint32
	ETA      vadium.Duration
	// Surge is the part of the price that load put there.
	Surge vadium.Bps
}

// Quote returns the ask, and false when the stake backs not even one more request, nothing can be earned, or the
// machine has not been measured: then a standing ask has to be withdrawn. The price is the same whether requests are
// assigned one by one or together: under both rules asking what one needs is best.
func Quote(in Inputs) (Ask, bool) {
	slots := Slots(in.Load.OfThis, in.MostSlots, in.Stake)
	if slots == 0 || in.Load.Capacity == 0 || in.Measurement.Median < vadium.Millisecond {
		return Ask{}, false
	}
	surge := Surge(in.Load, in.Costs, in.Standing.Surge)
	price, ok := in.Split.Gross(Need(in).BpsUp(vadium.BpsOne + surge))
	if !ok {
		return Ask{}, false
	}
	slots = Grow(in.Standing.Slots, min(slots, in.Load.Capacity))
	load := in.Load
	if in.Together {
		load.Running += slots - min(slots, load.OfThis+1)
	}
	return Ask{
		Price: vadium.Max(price, vadium.NewAmount(1)), Slots: slots, Capacity: load.Capacity, ETA: ETA(in.Measurement, in.Costs.Safety, load), Surge: surge,
	}, true
}

// Need returns what the prover has to keep of a fee: costs and the expected penalty, plus the margin. Rounded up
// throughout, in the prover's favour.
func Need(in Inputs) vadium.Amount {
	compute := mulDivUp(in.Costs.PerCPUSecond, vadium.NewAmount(uint64(max(in.Measurement.CPU, 0))), vadium.NewAmount(uint64(vadium.Second)))
	risk := in.Stake.Lock.PpmUp(in.History.FailureRate())
	return vadium.Sum(compute, in.Costs.PerRequest, risk).BpsUp(vadium.BpsOne + in.Costs.Margin)
}

// priorFailures and priorRequests are what a prover without a history is assumed to have: one failure in 200. They
// also keep one bad day from pricing a prover out.
const (
	priorFailures = 1
	priorRequests = 200
)

// FailureRate returns the fraction of assignments expected to go wrong, rounded up.
func (h History) FailureRate() vadium.Ppm {
	failures, all := h.Faults+priorFailures, h.Proved+h.Faults+priorRequests
	rate := mulDivUp(vadium.NewAmount(failures), vadium.NewAmount(uint64(vadium.PpmOne)), vadium.NewAmount(all))
	return vadium.Ppm(rate.Uint256().Uint64())
}

// Slots returns how many requests of a product the prover may have at once: those it has, and as many more as its free
// stake backs, at most most. What is already assigned has locked its stake, so a prover whose stake is all at work keeps
// its ask and wins nothing more. Zero means that the ask has to go: nothing is at work, and the next lock would not fit.
func Slots(running, most uint32, s Stake) uint32 {
	if most <= running {
		return most
	}
	return running + min(most-running, fits(s.Free, s.Lock), fits(s.Damages, s.DamageCap))
}

// fits returns how often part is in whole, rounded down; as often as one likes when part is nothing.
func fits(whole, part vadium.Amount) uint32 {
	const many = 1 << 20
	if part.IsZero() {
		return many
	}
	times, ok := whole.MulDivDown(vadium.NewAmount(1), part)
	if !ok || times.BitLen() > 20 {
		return many
	}
	return uint32(times.Uint256().Uint64())
}

// ETA returns how long delivery takes from assignment: the slowest proof with some safety, once for each round of
// proofs that has to be made before this one's is done. Rounded up: the market holds the prover to it. A prover at its
// capacity is assigned nothing before one of its assignments ends, so at most capacity-1 come before.
func ETA(m Measurement, safety vadium.Bps, load Load) vadium.Duration {
	provers, before := uint64(max(load.Provers, 1)), uint64(load.Running)
	if load.Capacity > 0 {
		before = min(before, uint64(load.Capacity)-1)
	}
	rounds := (before + provers) / provers // this one included, rounded up
	one := mulDivUp(vadium.NewAmount(uint64(max(m.Slowest, m.Median, 1))), vadium.NewAmount(uint64(max(safety, vadium.BpsOne))),
		vadium.NewAmount(uint64(vadium.BpsOne)))
	all := mulDivDown(one, vadium.NewAmount(rounds), vadium.NewAmount(1))
	const longest = uint64(7 * vadium.Day)
	if all.BitLen() > 63 || all.Uint256().Uint64() > longest {
		return vadium.Duration(longest)
	}
	return vadium.Duration(all.Uint256().Uint64())
}

// Typical returns lock and damage cap of a typical request of a stake tier whose reserve is reserve (economics.md
// §4.2 by way of vaults.LockFor): no damage cap, one as high as the fee, or high times the fee.
func Typical(tier auction.StakeTier, reserve vadium.Amount, high uint32) (lock, damageCap vadium.Amount) {
	switch tier {
	case auction.StakeStandard:
		damageCap = reserve
	case auction.StakeHigh:
		damageCap = mulDivDown(reserve, vadium.NewAmount(uint64(max(high, 1))), vadium.NewAmount(1))
	case auction.StakeNone:
	}
	return vaults.LockFor(damageCap, reserve), damageCap
}

// Differs reports whether the ask that stands is so far from the one that is wanted that it has to be replaced before
// its time: prices or times that differ by more than slack of the larger one, or any difference in slots or capacity.
// Replacing an ask hides it from requests that are already there until its epoch ends, so small changes wait.
func Differs(stands, wanted Ask, slack vadium.Bps) bool {
	if stands.Slots != wanted.Slots || stands.Capacity != wanted.Capacity {
		return true
	}
	high, low := vadium.Max(stands.Price, wanted.Price), vadium.Min(stands.Price, wanted.Price)
	if high.BpsDown(slack).Less(high.MustSub(low)) {
		return true
	}
	longer, shorter := max(stands.ETA, wanted.ETA), min(stands.ETA, wanted.ETA)
	return int64(longer-shorter) > int64(longer)/int64(vadium.BpsOne)*int64(slack)+int64(longer)%int64(vadium.BpsOne)*int64(slack)/int64(vadium.BpsOne)
}
