package prover

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/prover/pricing"
)

// Config is what an operator decides.
type Config struct {
	// Dir holds cursor, intents, proofs under way, the benchmark and, by default, keys. One agent at a time.
	Dir string
	// KeyDir holds programs' files by digest; provers of one machine may share it. Default Dir/keys.
	KeyDir string
	// BenchFile is what `vadium prover bench` wrote; the agent adds what it measures. Default Dir/bench.json.
	BenchFile string
	// Programs to serve: names, ids, or "*" for every program whose keys the operator of the market vouches for or that
	// come from the pinned public ceremony. A name that several programs carry means the operator's.
	Programs []string
	// MaxKeyBytes bounds the files of one program together. Default 8 GiB.
	MaxKeyBytes uint64

	// Provers is how many proofs this machine makes at once; the engine must be made for as many. Default 1. With an
	// [Elastic] engine the agent makes as many as that says, and measures so many at once.
	Provers int
	// Capacity is how many assignments the agent takes at once, those that wait for a prover included. Default Provers.
	// What it is more than Provers is the length of the queue, whatever an [Elastic] engine does.
	Capacity int
	// Costs decide the price. Default [DefaultCosts].
	Costs pricing.Costs
	// Tiers are the stake tiers to ask for. Default all.
	Tiers []auction.StakeTier
	// LatencyTiers are those to ask for. Default all. Capacity bounds what is taken of all of them together.
	LatencyTiers []auction.Tier
	// Mechanisms are the rules, beside asks, by which the agent comes to requests of programs it serves: [auction.Climbing], it takes
	// those whose price climbs to what an ask would be; [auction.Revealing], it bids for them. Default both; none when it is
	// empty but not nil.
	Mechanisms []auction.Mechanism
	// RampPatience is how long the agent lets a price climb beyond that. Default 0: who waits is paid more, unless another
	// prover comes first.
	RampPatience vadium.Duration
	// SealedMarkup is how much more than an ask a sealed bid is. Default 0: of several bids the lowest is paid the next, so what one
	// needs is the best bid; who is alone is paid its own, and may know that it is alone.
	SealedMarkup vadium.Bps
	// HighDamages is the damage cap, in fees, that asks for the high stake tier reckon with. Default 4.
	HighDamages uint32
	// PriceSlack is how far a price may drift before its ask is replaced at once. Default 1,000 bps.
	PriceSlack vadium.Bps
	// StandEpochs is how many ask epochs an ask stands. It is renewed every epoch, so this is how long asks outlive
	// their agent. Default 3.
	StandEpochs int

	// BreakAfter failures in a row the agent withdraws its asks for BreakFor; twice, four and eight times as long if it
	// fails again right after. Defaults 3 and 10 min.
	BreakAfter int
	BreakFor   vadium.Duration

	// Behaviour other than [Honest] is for demonstrations of how the market deals with it. It loses stake.
	Behaviour Behaviour

	// Log receives facts; default nothing.
	Log *slog.Logger
}

// DefaultCosts are a token per core and hour (the price of a small machine, if a token is worth a few cents), a fifth
// of margin, half as much time again as the slowest proof took, and up to a quarter more when nothing is free, in steps
// of a twentieth.
func DefaultCosts() pricing.Costs {
	perSecond, _ := vadium.ParseTokens("0.00028")
	return pricing.Costs{PerCPUSecond: perSecond, Margin: 2_000, Safety: 15_000, Surge: 2_500, SurgeStep: 500}
}

const defaultMaxKeyBytes = 8 << 30

// maxCapacity is how many requests of a product the market lets one prover ask for.
const maxCapacity = 1_024

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, fmt.Errorf("the prover needs a folder (Config.Dir)")
	}
	if len(c.Programs) == 0 {
		return c, fmt.Errorf("the prover serves no program (name some, or * for all that are vouched for)")
	}
	if err := c.Behaviour.check(); err != nil {
		return c, err
	}
	setDefault(&c.KeyDir, filepath.Join(c.Dir, "keys"))
	setDefault(&c.BenchFile, filepath.Join(c.Dir, "bench.json"))
	setDefault(&c.MaxKeyBytes, defaultMaxKeyBytes)
	setDefault(&c.Provers, 1)
	setDefault(&c.Capacity, c.Provers)
	setDefault(&c.Costs, DefaultCosts())
	setDefault(&c.HighDamages, 4)
	setDefault(&c.PriceSlack, 1_000)
	setDefault(&c.StandEpochs, 3)
	setDefault(&c.BreakAfter, 3)
	setDefault(&c.BreakFor, 10*vadium.Minute)
	setDefault(&c.Behaviour, Honest)
	setDefault(&c.Log, slog.New(slog.DiscardHandler))
	if len(c.Tiers) == 0 {
		c.Tiers = []auction.StakeTier{auction.StakeNone, auction.StakeStandard, auction.StakeHigh}
	}
	if len(c.LatencyTiers) == 0 {
		c.LatencyTiers = []auction.Tier{auction.Immediate, auction.Standard, auction.Bulk}
	}
	if c.Mechanisms == nil {
		c.Mechanisms = []auction.Mechanism{auction.Climbing, auction.Revealing}
	}
	for _, m := range c.Mechanisms {
		if m != auction.Climbing && m != auction.Revealing {
			return c, fmt.Errorf("provers come to no requests of mechanism %v by themselves (name %v, %v or both)", m, auction.Climbing, auction.Revealing)
		}
	}
	c.Mechanisms = slices.Clone(c.Mechanisms)
	c.Tiers, c.LatencyTiers = slices.Clone(c.Tiers), slices.Clone(c.LatencyTiers)
	c.Provers = max(c.Provers, 1)
	c.Capacity = min(max(c.Capacity, c.Provers), maxCapacity)
	return c, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
