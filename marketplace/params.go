package marketplace

import (
	"fmt"

	"vadium"
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
	return p
}

// ErrParamOutOfRange: a parameter lies outside its safe range; the message names it and the range.
const ErrParamOutOfRange = vadium.Kind("parameter-out-of-range")

// Check returns an error naming the first parameter outside its safe range.
func (p Params) Check() error {
	within := func(name string, value, low, high int64) error {
		if value < low || value > high {
			return fmt.Errorf("%s is %d, its safe range is %d to %d: %w", name, value, low, high, ErrParamOutOfRange)
		}
		return nil
	}
	amountWithin := func(name string, value, low, high vadium.Amount) error {
		if value.Less(low) || high.Less(value) {
			return fmt.Errorf("%s is %s tokens, its safe range is %s to %s: %w", name, value.Tokens(), low.Tokens(), high.Tokens(), ErrParamOutOfRange)
		}
		return nil
	}
	for _, err := range []error{
		within("protocol fee (bps)", int64(p.ProtocolFee), 0, 500),
		amountWithin("fee floor", p.FeeFloor, vadium.NewAmount(1), vadium.Tokens(1_000)),
		amountWithin("minimal junior stake", p.MinJunior, vadium.Tokens(1), vadium.Tokens(1_000_000_000)),
		within("maximal commission (bps)", int64(p.MaxCommission), 0, 9_500),
		within("ask epoch (ms)", int64(p.AskEpoch), int64(vadium.Second), int64(vadium.Day)),
		within("accept window (ms)", int64(p.AcceptWindow), int64(vadium.Second), int64(10*vadium.Minute)),
		within("heartbeat window (ms)", int64(p.HeartbeatWithin), int64(vadium.Second), int64(vadium.Hour)),
		within("grace share (bps)", int64(p.GraceShare), 1, int64(vadium.BpsOne)),
		within("shortest grace (ms)", int64(p.GraceMin), int64(vadium.Second), int64(vadium.Day)),
		within("longest grace (ms)", int64(p.GraceMax), int64(p.GraceMin), int64(vadium.Day)),
		within("longest request (ms)", int64(p.MaxDuration), int64(vadium.Minute), int64(7*vadium.Day)),
		within("backups", int64(p.Backups), 0, 8),
		within("deliveries per assignment", int64(p.MaxDeliveries), 1, 16),
		within("solving fee (bps)", int64(p.SolvingFee), 0, 1_000),
		within("claims that end a request", int64(p.ClaimsToEnd), 2, 8),
		within("stand-down fee (bps)", int64(p.StandDownFee), 0, 5_000),
		within("free declines per day", int64(p.DeclineQuota), 0, 1_000),
		within("reserve slack (bps)", int64(p.ReserveSlack), int64(vadium.BpsOne), 3*int64(vadium.BpsOne)),
		within("price index age (ms)", int64(p.IndexAge), int64(vadium.Minute), int64(30*vadium.Day)),
		within("market heartbeat (ms)", int64(p.MarketHeartbeat), 100, int64(vadium.Minute)),
		within("outage threshold (ms)", int64(p.OutageAfter), 2*int64(p.MarketHeartbeat), int64(10*vadium.Minute)),
		within("open requests of one requester", int64(p.MaxOpenRequests), 1, 100_000),
		within("undecided verdicts per assignment", int64(p.MaxUndecided), 1, 16),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// grace returns the grace window of a request that has d from submission to deadline.
func (p Params) grace(d vadium.Duration) vadium.Duration {
	share := vadium.Duration(int64(d) * int64(p.GraceShare) / int64(vadium.BpsOne)) // rounds down: the requester waits less
	return min(max(share, p.GraceMin), p.GraceMax)
}
