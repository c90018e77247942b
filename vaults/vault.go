package vaults

import (
	"bytes"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/vaults/risk"
)

// Vault is one prover's vault. Fields are exported to be encoded and read; change them through the methods.
type Vault struct {
	ID     vadium.VaultID
	Prover vadium.Account
	Opened vadium.Time
	// Commission is the prover's part of a reward, before what Rises add; an assignment pins the rate it was made under.
	Commission vadium.Bps
	// CommissionDue is commission earned and not yet claimed. It is the prover's money, not stake.
	CommissionDue vadium.Amount

	Junior          vadium.Amount // J: active junior stake
	JuniorUnbonding Pool          // JU
	Senior          vadium.Amount // A: senior principal, without what still drips
	Dripping        Drip
	SeniorUnbonding Pool // UA, US

	Shares   vadium.Amount // S: what Holdings sum to
	Holdings Holdings

	Redemptions    []Redemption // by id; never changed in place
	LastRedemption uint64       // ids start at 1

	// Of the locks, which the market keeps: a vault at work has thousands, and no rule asks for more than these.
	LockCount      uint32
	LockTotal      vadium.Amount // what their amounts sum to
	DamageCapTotal vadium.Amount // what their damage caps sum to

	// Cases counts open slash cases. While there are any, nothing is assigned, deposited or claimed.
	Cases uint32

	// Empty lists are nil here and take no byte, so that a vault without them encodes as it did before they came.
	Allowances []Allowance `rlp:"optional"` // by owner and spender, none empty; never changed in place
	Frozen     []Holding   `rlp:"optional"` // by owner, none empty; never changed in place

	// Asset is what all of it is in; zero is the market's own.
	Asset risk.Asset `rlp:"optional"`

	// Rises of the commission that have been announced, by the time from which they hold; never changed in place. Some may
	// hold already: see [Vault.CommissionAt].
	Rises []Rise `rlp:"optional"`
}

// Numbers of the design (economics.md §3, §5.5).
const (
	// Leverage is L: senior stake counts up to L times the junior, so the prover owns a tenth of what it can lose.
	Leverage = 9
	// DripWindow is W: how long a reward takes to reach the senior tranche.
	DripWindow = 7 * vadium.Day
	// Unbonding is U, the default time from redemption to claim: longer than the longest request with its grace,
	// challenge and veto.
	Unbonding = 14 * vadium.Day
	// MaxCommission bounds the prover's commission.
	MaxCommission vadium.Bps = 9_500
)

// Refusals that concern the vault as a whole.
const (
	// ErrVaultClosed: slashing left the shares below a billionth of their first price; claims stay open.
	ErrVaultClosed = vadium.Kind("vault-closed")
	// ErrCaseOpen: a slash case against the vault is open, and newcomers must not pay for old faults.
	ErrCaseOpen = vadium.Kind("vault-case-open")
)

// New returns an empty vault of prover, opened at at.
func New(id vadium.VaultID, prover vadium.Account, commission vadium.Bps, at vadium.Time) *Vault {
	return &Vault{ID: id, Prover: prover, Commission: commission, Opened: at}
}

// Clone returns a copy that goes its own way. A vault may have thousands of delegators, and most of what is done to one
// concerns none of them: so the lists are shared, and whoever changes one puts another in its place.
func (v *Vault) Clone() *Vault {
	c := *v
	return &c
}

// replaced returns list with its i-th entry replaced.
func replaced[E any](list []E, i int, by E) []E {
	list = slices.Clone(list)
	list[i] = by
	return list
}

// with returns list with an entry inserted.
func with[E any](list []E, i int, entry E) []E {
	longer := make([]E, 0, len(list)+1)
	return append(append(append(longer, list[:i]...), entry), list[i:]...)
}

// without returns list without its i-th entry, and nil for an empty one: that is how vaults without it encode.
func without[E any](list []E, i int) []E {
	if len(list) == 1 {
		return nil
	}
	return slices.Concat(list[:i], list[i+1:])
}

// TotalAssets returns TA, what all shares are worth together: the principal and what has dripped in by now. It counts
// what the vault was told it received, never a balance, so a donation changes no price.
func (v *Vault) TotalAssets(now vadium.Time) vadium.Amount {
	return v.Senior.MustAdd(v.Dripping.vested(now))
}

// Effective returns E = min(J+TA, J*(1+L)), the stake that may back assignments. Unbonding and dripping money does not
// count.
func (v *Vault) Effective(now vadium.Time) vadium.Amount {
	return risk.Effective(v.Junior, v.TotalAssets(now), Leverage)
}

// Slashable returns everything a slash could reach: both tranches, active, dripping and unbonding.
func (v *Vault) Slashable() vadium.Amount {
	return vadium.Sum(v.Junior, v.JuniorUnbonding.Assets, v.Senior, v.Dripping.Locked, v.SeniorUnbonding.Assets)
}

// Held returns everything the vault holds, stake and unclaimed commission, for the market's books. It is the same at
// every instant between two changes.
func (v *Vault) Held(vadium.Time) vadium.Amount { return v.Slashable().MustAdd(v.CommissionDue) }

// SharesOf returns owner's senior shares.
func (v *Vault) SharesOf(owner vadium.Account) vadium.Amount { return v.Holdings.of(owner) }

// Holders returns the owners of shares, sorted by address.
func (v *Vault) Holders() []vadium.Account {
	owners := make([]vadium.Account, 0, v.Holdings.Len())
	for h := range v.Holdings.All() {
		owners = append(owners, h.Owner)
	}
	return owners
}

// setShares replaces owner's shares. The caller adjusts Shares.
func (v *Vault) setShares(owner vadium.Account, shares vadium.Amount) {
	v.Holdings = v.Holdings.with(owner, shares)
}

func sharesIn(list []Holding, owner vadium.Account) vadium.Amount {
	i, found := findHolding(list, owner)
	if !found {
		return vadium.Amount{}
	}
	return list[i].Shares
}

func findHolding(list []Holding, owner vadium.Account) (int, bool) {
	return slices.BinarySearchFunc(list, owner, func(h Holding, owner vadium.Account) int {
		return bytes.Compare(h.Owner[:], owner[:])
	})
}

// withShares returns list with owner's shares replaced, sorted and free of empty entries.
func withShares(list []Holding, owner vadium.Account, shares vadium.Amount) []Holding {
	i, found := findHolding(list, owner)
	switch {
	case found && shares.IsZero():
		return without(list, i)
	case found:
		return replaced(list, i, Holding{owner, shares})
	case !shares.IsZero():
		return with(list, i, Holding{owner, shares})
	}
	return list
}

// OpenCase notes that a slash case against the vault has begun.
func (v *Vault) OpenCase() { v.Cases++ }

// CloseCase notes that a slash case has been decided or has lapsed. It panics when none is open.
func (v *Vault) CloseCase() {
	if v.Cases == 0 {
		panic("invariant: only an open case is closed")
	}
	v.Cases--
}

// DecodeRLP reads a vault. An optional list that is empty is written when a later field is not, and is none all the same.
func (v *Vault) DecodeRLP(s *rlp.Stream) error {
	type plain Vault
	if err := s.Decode((*plain)(v)); err != nil {
		return err
	}
	v.Allowances, v.Frozen, v.Rises = orNone(v.Allowances), orNone(v.Frozen), orNone(v.Rises)
	return nil
}

func orNone[E any](list []E) []E {
	if len(list) == 0 {
		return nil
	}
	return list
}
