package vaultstest

import (
	"vadium"
	"vadium/vaults"
)

// Machine is a vault with everything around it that moves money: balances, allowances, operators, locks, and a clock.
type Machine interface {
	// Do carries op out for by, and returns what it yields: for a deposit its shares, and so on, as each operation says. A
	// refusal is one of the kinds of this package or of vaults; nothing has changed then. Time may pass, also when it
	// is refused.
	Do(by vadium.Account, op Op) ([]vadium.Amount, error)
	// Wait lets time pass: whole seconds.
	Wait(d vadium.Duration)
	// Look returns all there is to see now.
	Look() View
	// Quote tells by what an amount is at the rate of now, in every direction that ERC-4626 has a name for.
	Quote(by vadium.Account, amount vadium.Amount) Quote
}

// Cast is who plays. Everybody in Stakers, and the market and the prover, begins with [Purse] and has let the vault take it.
type Cast struct {
	Market, Prover, Insurance, Burn vadium.Account
	Stakers                         []vadium.Account
}

// Purse is what everybody begins with: more than any test spends.
var Purse = vadium.Tokens(1_000_000_000)

// All returns everybody who may own something, in a fixed order.
func (c Cast) All() []vadium.Account {
	return append([]vadium.Account{c.Market, c.Prover, c.Insurance, c.Burn}, c.Stakers...)
}

// Refusals that the vault of this repository leaves to what surrounds it.
const (
	ErrNotAuthorised   = vadium.Kind("not-authorised")
	ErrSlippage        = vadium.Kind("slippage-exceeded")
	ErrLockExists      = vadium.Kind("lock-exists")
	ErrNoLock          = vadium.Kind("no-such-lock")
	ErrNoCase          = vadium.Kind("no-open-case")
	ErrCommission      = vadium.Kind("commission-out-of-range")
	ErrSettings        = vadium.Kind("bad-settings")
	ErrSeverity        = vadium.Kind("severity-too-high")
	ErrNobody          = vadium.Kind("account-of-nobody")
	ErrNotEnoughAssets = vadium.Kind("not-enough-assets")
)

// Op is one operation.
type Op interface{ op() }

// The operations, with what each yields.
type (
	// StakeJunior adds the prover's own stake.
	StakeJunior struct{ Assets vadium.Amount }
	// LeaveJunior begins to withdraw it; yields the redemption's id.
	LeaveJunior struct{ Assets vadium.Amount }
	// Deposit yields the shares that assets buy, at least MinShares.
	Deposit struct {
		Assets    vadium.Amount
		Receiver  vadium.Account
		MinShares vadium.Amount
	}
	// Mint yields the assets that shares cost.
	Mint struct {
		Shares   vadium.Amount
		Receiver vadium.Account
	}
	// RequestRedeem yields the redemption's id.
	RequestRedeem struct {
		Shares            vadium.Amount
		Controller, Owner vadium.Account
	}
	// Claim yields the assets that a whole redemption pays.
	Claim struct {
		ID       uint64
		Receiver vadium.Account
	}
	// Redeem yields the assets that shares of what has matured pay.
	Redeem struct {
		Shares               vadium.Amount
		Receiver, Controller vadium.Account
	}
	// Withdraw yields the shares that assets of what has matured cost.
	Withdraw struct {
		Assets               vadium.Amount
		Receiver, Controller vadium.Account
	}
	// Transfer moves the caller's shares, TransferFrom another's within an allowance, which Approve replaces.
	Transfer struct {
		To     vadium.Account
		Shares vadium.Amount
	}
	TransferFrom struct {
		From, To vadium.Account
		Shares   vadium.Amount
	}
	Approve struct {
		Spender vadium.Account
		Shares  vadium.Amount
	}
	// SetOperator lets another account act on the caller's redemptions, or no longer.
	SetOperator struct {
		Operator vadium.Account
		Approved bool
	}
	// Reward yields commission, the junior's part and the senior's.
	Reward struct {
		Assets     vadium.Amount
		Commission vadium.Bps
	}
	// ClaimCommission pays the prover.
	ClaimCommission struct{ Assets vadium.Amount }
	// Slash yields what junior and senior pay, unbonding stake included.
	Slash struct {
		Damages, Punitive, ReservedJunior vadium.Amount
		Severity                          uint8
		Requester, Reporter, Rescuer      vadium.Account // the last two may be nobody
	}
	// Collect pays what slashes awarded; yields it.
	Collect struct{ Account vadium.Account }
	// AddLock reserves stake, Release ends it.
	AddLock struct {
		ID                uint64
		Amount, DamageCap vadium.Amount
	}
	Release struct{ ID uint64 }
	// OpenCase and CloseCase count slash cases.
	OpenCase  struct{}
	CloseCase struct{}
	// Freeze replaces how many of an owner's shares are frozen.
	Freeze struct {
		Owner  vadium.Account
		Shares vadium.Amount
	}
	// Donate sends the vault assets without a word.
	Donate struct{ Assets vadium.Amount }
	// Sweep sends donations to insurance; yields them.
	Sweep struct{}
)

func (StakeJunior) op()     {}
func (LeaveJunior) op()     {}
func (Deposit) op()         {}
func (Mint) op()            {}
func (RequestRedeem) op()   {}
func (Claim) op()           {}
func (Redeem) op()          {}
func (Withdraw) op()        {}
func (Transfer) op()        {}
func (TransferFrom) op()    {}
func (Approve) op()         {}
func (SetOperator) op()     {}
func (Reward) op()          {}
func (ClaimCommission) op() {}
func (Slash) op()           {}
func (Collect) op()         {}
func (AddLock) op()         {}
func (Release) op()         {}
func (OpenCase) op()        {}
func (CloseCase) op()       {}
func (Freeze) op()          {}
func (Donate) op()          {}
func (Sweep) op()           {}

// View is everything a vault and its surroundings hold.
type View struct {
	Time            vadium.Time
	Junior          vadium.Amount
	JuniorUnbonding vaults.Pool
	Senior          vadium.Amount
	Dripping        vaults.Drip
	SeniorUnbonding vaults.Pool
	Shares          vadium.Amount
	Commission      vadium.Amount
	LastRedemption  uint64
	Cases           uint32
	LockCount       uint32
	Locked          vadium.Amount
	DamageCaps      vadium.Amount
	TotalAssets     vadium.Amount
	Price           vadium.Amount
	Effective       vadium.Amount
	// Held is all that the books say is there; Balance is what is, donations included.
	Held, Balance vadium.Amount
	Accounts      map[vadium.Account]Account
	Redemptions   map[uint64]Redemption
}

// Account is what one member of the cast has.
type Account struct {
	Assets, Shares, Frozen, Credit              vadium.Amount
	MaxDeposit, MaxMint, MaxRedeem, MaxWithdraw vadium.Amount
	Allowances                                  map[vadium.Account]vadium.Amount // none empty
	Operators                                   map[vadium.Account]bool          // none false
}

// Redemption is one that is open.
type Redemption struct {
	Owner              vadium.Account
	Matures            vadium.Time
	Generation         uint32
	Junior             bool
	Shares, PoolShares vadium.Amount
	Pending, Claimable vadium.Amount // in shares
}

// Quote is an amount, taken as assets or as shares, converted in every direction.
type Quote struct {
	ToShares, ToAssets, Deposit, Mint vadium.Amount
}
