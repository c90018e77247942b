package marketplace

import (
	"fmt"

	"vadium"
	"vadium/auction"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// Params are the rules' numbers. A request keeps the parameters it was submitted under; changing them concerns later
// requests only. [Params.Check] enforces the safe ranges, which are documented with each field and in
// docs/parameters.md.
type Params struct {
	// ProtocolFee is the market's part of every fee paid. Default 100 bps, range 0 to 500.
	ProtocolFee vadium.Bps `json:"protocolFeeBps"`
	// FeeFloor is the least maximal fee a request may offer. Default 0.001 token, range 1 base unit to 1,000 tokens.
	FeeFloor vadium.Amount `json:"feeFloor"`
	// MinJunior is the least junior stake a vault opens with and needs to be assigned anything. Default 10 tokens,
	// range 1 token to 10^9 tokens.
	MinJunior vadium.Amount `json:"minJunior"`
	// MaxCommission bounds the prover's commission. Default 9,500 bps, range 0 to 9,500.
	MaxCommission vadium.Bps `json:"maxCommissionBps"`

	// AskEpoch is how long asks stay sealed. Default 1 h, range 1 s to 24 h.
	AskEpoch vadium.Duration `json:"askEpochMs"`
	// AcceptWindow is how long an assigned prover has to fetch the input, solve the witness and answer. Default 30 s,
	// range 1 s to 10 min.
	AcceptWindow vadium.Duration `json:"acceptWindowMs"`
	// HeartbeatWithin is how long an accepted prover may stay silent before a backup is activated. Default 60 s, range
	// 1 s to 1 h.
	HeartbeatWithin vadium.Duration `json:"heartbeatWithinMs"`
	// GraceShare is the grace window as a fraction of the time from submission to deadline. Default 1,000 bps, range 1
	// to 10,000.
	GraceShare vadium.Bps `json:"graceShareBps"`
	// GraceMin and GraceMax clamp the grace window. Defaults 5 min and 24 h, range 1 s to 24 h, GraceMin <= GraceMax.
	GraceMin vadium.Duration `json:"graceMinMs"`
	GraceMax vadium.Duration `json:"graceMaxMs"`
	// MaxDuration bounds the time from submission to deadline. Default 7 d, range 1 min to 7 d.
	MaxDuration vadium.Duration `json:"maxDurationMs"`

	// Backups is how many provers are ranked behind the winner. Default 2, range 0 to 8.
	Backups uint32 `json:"backups"`
	// MaxDeliveries is how often one assignment may deliver. Default 3, range 1 to 16.
	MaxDeliveries uint32 `json:"maxDeliveries"`
	// SolvingFee is what a prover earns for finding an input unsatisfiable, as a fraction of the reserve. Default 500
	// bps, range 0 to 1,000.
	SolvingFee vadium.Bps `json:"solvingFeeBps"`
	// ClaimsToEnd is how many vaults of different owners must find an input unsatisfiable to end the request. Default
	// 2, range 2 to 8.
	ClaimsToEnd uint32 `json:"claimsToEnd"`
	// StandDownFee is what a primary that fell silent pays an accepted backup that was not needed after all, as a
	// fraction of the backup's price. Default 1,000 bps, range 0 to 5,000.
	StandDownFee vadium.Bps `json:"standDownFeeBps"`

	// DeclineQuota is how many assignments a prover may decline per day before its score suffers. Default 3, range 0
	// to 1,000.
	DeclineQuota uint32 `json:"declineQuota"`
	// ReserveSlack multiplies the 90th percentile of recent clearing prices into a reserve. Default 12,000 bps, range
	// 10,000 to 30,000.
	ReserveSlack vadium.Bps `json:"reserveSlackBps"`
	// IndexAge is how long a clearing price counts in the price index. Default 24 h, range 1 min to 30 d.
	IndexAge vadium.Duration `json:"indexAgeMs"`

	// MarketHeartbeat is how often an idle market records that it is alive. Default 5 s, range 100 ms to 1 min.
	MarketHeartbeat vadium.Duration `json:"marketHeartbeatMs"`
	// OutageAfter is the silence of the market that counts as an outage and extends every open deadline. A restart
	// always counts. Default 15 s, range twice MarketHeartbeat to 10 min.
	OutageAfter vadium.Duration `json:"outageAfterMs"`
	// MaxOpenRequests bounds the open requests of one requester. Default 1,000, range 1 to 100,000.
	MaxOpenRequests uint32 `json:"maxOpenRequests"`

	// MaxUndecided is after how many undecided verdicts an assignment ends, without a fault: verification failed, and
	// whoever delivers what makes it fail cannot hold a request for ever. Default 3, range 1 to 16. Parameters from before
	// there was this one read as 0, which means the default; a set that is made now names it.
	MaxUndecided uint32 `json:"maxUndecided" rlp:"optional"`

	// Unbonding is how long stake that is redeemed goes on paying for faults before it can be claimed. Default 14 d, range
	// MaxDuration + GraceMax + 5 d, and at least 7 d, to 28 d: what it backed is final by then. Of this and the two below,
	// parameters from before there were any read as 0, which means the default.
	Unbonding vadium.Duration `json:"unbondingMs" rlp:"optional"`
	// CallGrace is how long a prover has to post stake that is called for. Default 48 h, range 24 h to 3 d.
	CallGrace vadium.Duration `json:"callGraceMs" rlp:"optional"`
	// StaleAfter is the age from which a price is not relied on. Default 15 min, range 1 s to 1 h.
	StaleAfter vadium.Duration `json:"staleAfterMs" rlp:"optional"`

	// FeedNotice is how long before it is in force a new configuration of a feed is announced, and for how long nobody else
	// prices the asset of one that was retired. Default 24 h, range 1 s to 28 d. Of this and the next, parameters from before
	// there were any read as 0, which means the default.
	FeedNotice vadium.Duration `json:"feedNoticeMs" rlp:"optional"`
	// OracleVeto is how long the operator may veto a case against a reporter for what it reported, of whatever severity, signing
	// twice included. Default 48 h, range 1 s to 48 h.
	OracleVeto vadium.Duration `json:"oracleVetoMs" rlp:"optional"`

	// CostVolatility is how much the cost of proving moves in an hour: the longer a prover has to deliver, the more walking
	// away is worth when proving becomes dearer, and the more it costs at the least. Default 6,411 ppm, which is 60 % a
	// year; range 0 to 20,000. Parameters from before there was this one read as 0: a tenth of the price, however long it takes.
	CostVolatility vadium.Ppm `json:"costVolatilityPpm" rlp:"optional"`

	// StandardTick and BulkTick are how often waiting requests of the batch tiers are cleared together. Defaults 2 s and 60 s,
	// ranges 1 s to 60 s and StandardTick to 1 h. Of these, parameters from before there were any read as 0, which means the default.
	StandardTick vadium.Duration `json:"standardTickMs" rlp:"optional"`
	BulkTick     vadium.Duration `json:"bulkTickMs" rlp:"optional"`
	// IndexStep is how much the prices that reserves and quotes rest on may move in a minute. Default 2,000 bps, range 100 to
	// 10,000. Parameters from before there was this one read as 0: they move at once.
	IndexStep vadium.Bps `json:"indexStepBps" rlp:"optional"`
	// UnopenedTiers are the batch tiers in which prices of asks are never opened, so that a proof of each clearing takes the place of
	// the openings: 1 for standard, 2 for bulk, 3 for both. Default 0, range 0 to 3.
	UnopenedTiers uint32 `json:"unopenedTiers" rlp:"optional"`
}

// Unopened reports whether prices of asks that are placed in a tier now are never opened.
func (p *Params) Unopened(tier auction.Tier) bool {
	return tier == auction.Standard && p.UnopenedTiers&1 != 0 || tier == auction.Bulk && p.UnopenedTiers&2 != 0
}

// Defaults of [Params.StandardTick] and [Params.BulkTick].
const (
	defaultStandardTick = 2 * vadium.Second
	defaultBulkTick     = vadium.Minute
)

// tick returns how often requests of a batch tier are cleared.
func (p Params) tick(tier auction.Tier) vadium.Duration {
	switch {
	case tier == auction.Bulk && p.BulkTick != 0:
		return p.BulkTick
	case tier == auction.Bulk:
		return defaultBulkTick
	case p.StandardTick != 0:
		return p.StandardTick
	}
	return defaultStandardTick
}

// defaultFeedNotice is the default of [Params.FeedNotice]: long enough for whoever does not trust the new committee to
// take nothing more that rests on its prices.
const defaultFeedNotice = vadium.Day

// feedNotice returns the FeedNotice that holds.
func (p Params) feedNotice() vadium.Duration {
	if p.FeedNotice == 0 {
		return defaultFeedNotice
	}
	return p.FeedNotice
}

// oracleVeto returns the OracleVeto that holds.
func (p Params) oracleVeto() vadium.Duration {
	if p.OracleVeto == 0 {
		return VetoTime
	}
	return p.OracleVeto
}

// defaultMaxUndecided is the default of [Params.MaxUndecided]: one for bad luck, one for a bug of ours that another try
// may miss, one to be sure.
const defaultMaxUndecided = 3

// maxUndecided returns the MaxUndecided that holds.
func (p Params) maxUndecided() uint32 {
	if p.MaxUndecided == 0 {
		return defaultMaxUndecided
	}
	return p.MaxUndecided
}

// unbonding returns the Unbonding that holds. Old parameters may have it fall short of what their requests take, so the
// default is as long as that.
func (p Params) unbonding() vadium.Duration {
	if p.Unbonding == 0 {
		return max(vaults.Unbonding, p.leastUnbonding())
	}
	return p.Unbonding
}

// walkedAway is the quantile, in thousandths of a standard deviation, of the moves of the cost of proving that never delivering
// must not pay for: one in a hundred (economics.md §4.2, D9).
const walkedAway = 2_326

// floorFor returns the least that never delivering costs, as a share of the price, for who has so long to deliver: 0 where that is
// no more than the tenth that it always costs. Begun hours count whole, and one more until it is noticed.
func (p Params) floorFor(d vadium.Duration) vadium.Bps {
	hours := (uint64(max(d, 0)) + uint64(vadium.Hour) - 1) / uint64(vadium.Hour)
	floor := risk.DefaultFloor(risk.PriceRisk{Sigma: p.CostVolatility, Horizon: hours, Latency: 1, ZMilli: walkedAway})
	if floor <= slashing.LeastFloor {
		return 0
	}
	return floor
}

// CommandLifetime is how far ahead a command may set its expiry, and RequestLifetime the same for a request.
// Ids are remembered until they expire, so these bound what replay protection has to remember.
const (
	CommandLifetime = 10 * vadium.Minute
	RequestLifetime = 24 * vadium.Hour
)

// DefaultParams returns the defaults named in [Params].
func DefaultParams() Params {
	feeFloor, _ := vadium.ParseTokens("0.001")
	return Params{
		ProtocolFee:     100,
		FeeFloor:        feeFloor,
		MinJunior:       vadium.Tokens(10),
		MaxCommission:   9_500,
		AskEpoch:        vadium.Hour,
		AcceptWindow:    30 * vadium.Second,
		HeartbeatWithin: vadium.Minute,
		GraceShare:      1_000,
		GraceMin:        5 * vadium.Minute,
		GraceMax:        vadium.Day,
		MaxDuration:     7 * vadium.Day,
		Backups:         2,
		MaxDeliveries:   3,
		SolvingFee:      500,
		ClaimsToEnd:     2,
		StandDownFee:    1_000,
		DeclineQuota:    3,
		ReserveSlack:    12_000,
		IndexAge:        vadium.Day,
		MarketHeartbeat: 5 * vadium.Second,
		OutageAfter:     15 * vadium.Second,
		MaxOpenRequests: 1_000,
		MaxUndecided:    defaultMaxUndecided,
		Unbonding:       vaults.Unbonding,
		CallGrace:       risk.Default().CallGrace,
		StaleAfter:      risk.Default().StaleAfter,
		FeedNotice:      defaultFeedNotice,
		OracleVeto:      VetoTime,
		CostVolatility:  6_411,
		StandardTick:    defaultStandardTick,
		BulkTick:        defaultBulkTick,
		IndexStep:       2_000,
	}
}

// DemoParams returns parameters for a market that people watch: seconds where the defaults have minutes.
func DemoParams() Params {
	p := DefaultParams()
	p.AskEpoch = 3 * vadium.Second
	p.AcceptWindow = 5 * vadium.Second
	p.HeartbeatWithin = 4 * vadium.Second
	p.GraceShare = 5_000
	p.GraceMin = 6 * vadium.Second
	p.GraceMax = 30 * vadium.Second
	p.MaxDeliveries = 2
	p.MarketHeartbeat = vadium.Second
	p.OutageAfter = 5 * vadium.Second
	p.FeedNotice = 5 * vadium.Second
	p.OracleVeto = 5 * vadium.Second
	p.BulkTick = 5 * vadium.Second
	return p
}

// ErrParamOutOfRange: a parameter lies outside its safe range; the message names it and the range.
const ErrParamOutOfRange = vadium.Kind("parameter-out-of-range")

// Check returns an error naming the first parameter outside its safe range (see [Constitution]).
func (p Params) Check() error {
	for _, b := range p.bounds() {
		if !b.Within() {
			return fmt.Errorf("%v: %w", b, ErrParamOutOfRange)
		}
	}
	if err := p.risk().Check(); err != nil {
		return fmt.Errorf("%w: %w", err, ErrParamOutOfRange)
	}
	return nil
}

// grace returns the grace window of a request that has d from submission to deadline.
func (p Params) grace(d vadium.Duration) vadium.Duration {
	share := vadium.Duration(int64(d) * int64(p.GraceShare) / int64(vadium.BpsOne)) // rounds down: the requester waits less
	return min(max(share, p.GraceMin), p.GraceMax)
}
