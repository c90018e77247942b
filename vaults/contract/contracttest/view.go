package contracttest

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"reflect"
	"strings"

	"github.com/holiman/uint256"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/vaultstest"
)

// kinds says which refusal of the vault in Go each error of the contract is.
var kinds = map[string]error{
	"NotTheMarket":               vaultstest.ErrNotAuthorised,
	"NotTheProver":               vaultstest.ErrNotAuthorised,
	"NotAuthorised":              vaultstest.ErrNotAuthorised,
	"BadSettings":                vaultstest.ErrSettings,
	"CaseIsOpen":                 vaults.ErrCaseOpen,
	"NoCase":                     vaultstest.ErrNoCase,
	"VaultClosed":                vaults.ErrVaultClosed,
	"NoJunior":                   vaults.ErrNoJunior,
	"DepositTooSmall":            vaults.ErrDepositTooSmall,
	"DepositTooLarge":            vaults.ErrDepositTooLarge,
	"SlippageExceeded":           vaultstest.ErrSlippage,
	"NotEnoughShares":            vaults.ErrNotEnoughShares,
	"ERC20InsufficientBalance":   vaults.ErrNotEnoughShares,
	"ERC20InsufficientAllowance": vaults.ErrAllowanceTooLow,
	"ERC20InvalidReceiver":       vaultstest.ErrNobody,
	"ERC20InvalidSpender":        vaultstest.ErrNobody,
	"FrozenShares":               vaults.ErrSharesFrozen,
	"RedemptionTooSmall":         vaults.ErrRedemptionTooSmall,
	"TooManyRedemptions":         vaults.ErrTooManyRedemptions,
	"NoRedemption":               vaults.ErrNoRedemption,
	"RedemptionPending":          vaults.ErrRedemptionPending,
	"ExceedsClaimable":           vaults.ErrExceedsClaimable,
	"StakeLocked":                vaults.ErrStakeLocked,
	"DamageCapsExceedJunior":     vaults.ErrDamageCapsExceedJunior,
	"LockExists":                 vaultstest.ErrLockExists,
	"NoLock":                     vaultstest.ErrNoLock,
	"CommissionTooHigh":          vaultstest.ErrCommission,
	"CommissionTooLow":           vaultstest.ErrCommission,
	"SeverityOutOfRange":         vaultstest.ErrSeverity,
}

// refusal reads a custom error. One that the vault in Go has no kind for is a fault of the contract: it names itself.
func (v *Vault) refusal(op vaultstest.Op, reverted []byte) error {
	said, err := vaultABI.UnpackError(reverted)
	if err != nil {
		return fmt.Errorf("reverted with %x", reverted)
	}
	name := strings.TrimPrefix(reflect.TypeOf(said).Elem().Name(), "ProverVault")
	kind, known := kinds[name]
	if !known {
		return fmt.Errorf("reverted with %s%+v", name, said)
	}
	if name == "ERC20InsufficientBalance" { // of shares, or, where assets are taken, of the token
		switch op.(type) {
		case vaultstest.Deposit, vaultstest.Mint, vaultstest.StakeJunior, vaultstest.Reward, vaultstest.Donate:
			return vaultstest.ErrNotEnoughAssets
		}
	}
	return kind
}

// Look reads everything in one call.
func (v *Vault) Look() vaultstest.View {
	v.t.Helper()
	all := v.Cast.All()
	raw, reverted := v.call(v.Cast.Market, v.lens, lensABI.PackLook(v.Address, all), v.now)
	if reverted != nil {
		v.t.Fatalf("look: reverted with %x", reverted)
	}
	seen, err := lensABI.UnpackLook(raw)
	if err != nil {
		v.t.Fatalf("look: %v", err)
	}
	s := seen.State
	view := vaultstest.View{
		Time: vadium.Time(seen.Time.Int64() * 1_000), Junior: amount(s.Junior), JuniorUnbonding: pool(s.JuniorUnbonding),
		Senior:          amount(s.Senior),
		Dripping:        vaults.Drip{Locked: amount(s.Dripping), From: vadium.Time(s.DripFrom.Int64()), Until: vadium.Time(s.DripUntil.Int64())},
		SeniorUnbonding: pool(s.SeniorUnbonding), Shares: amount(s.Shares), Commission: amount(s.Commission),
		LastRedemption: s.LastRedemption.Uint64(), Cases: uint32(s.Cases.Uint64()), LockCount: uint32(s.LockCount.Uint64()),
		Locked: amount(s.LockTotal), DamageCaps: amount(s.DamageCapTotal), TotalAssets: amount(s.TotalAssets),
		Price: amount(s.Price), Effective: amount(s.Effective), Held: amount(s.Held), Balance: amount(seen.Balance),
		Accounts: map[vadium.Account]vaultstest.Account{}, Redemptions: map[uint64]vaultstest.Redemption{},
	}
	for i, a := range seen.Accounts {
		account := vaultstest.Account{
			Assets: amount(a.Assets), Shares: amount(a.Shares), Frozen: amount(a.Frozen), Credit: amount(a.Credit),
			MaxDeposit: amount(a.MaxDeposit), MaxMint: amount(a.MaxMint), MaxRedeem: amount(a.MaxRedeem), MaxWithdraw: amount(a.MaxWithdraw),
			Allowances: map[vadium.Account]vadium.Amount{}, Operators: map[vadium.Account]bool{},
		}
		for j, other := range all {
			if allowed := amount(a.Allowances[j]); !allowed.IsZero() {
				account.Allowances[other] = allowed
			}
			if a.Operators[j] {
				account.Operators[other] = true
			}
		}
		view.Accounts[all[i]] = account
	}
	for _, r := range seen.Requests {
		view.Redemptions[r.Id.Uint64()] = vaultstest.Redemption{
			Owner: r.Redemption.Controller, Matures: vadium.Time(r.Redemption.Matures), Generation: uint32(r.Redemption.Generation.Uint64()),
			Junior: r.Redemption.Junior, Shares: amount(r.Redemption.Shares), PoolShares: amount(r.Redemption.PoolShares),
			Pending: amount(r.Pending), Claimable: amount(r.Claimable),
		}
	}
	return view
}

// Quote asks the four functions of ERC-4626 that convert.
func (v *Vault) Quote(by vadium.Account, n vadium.Amount) vaultstest.Quote {
	v.t.Helper()
	ask := func(data []byte) vadium.Amount {
		raw, reverted := v.call(by, v.Address, data, v.now)
		if reverted != nil {
			v.t.Fatalf("quote of %v: reverted with %x", n, reverted)
		}
		return amount(new(big.Int).SetBytes(raw))
	}
	return vaultstest.Quote{
		ToShares: ask(vaultABI.PackConvertToShares(big256(n))), ToAssets: ask(vaultABI.PackConvertToAssets(big256(n))),
		Deposit: ask(vaultABI.PackPreviewDeposit(big256(n))), Mint: ask(vaultABI.PackPreviewMint(big256(n))),
	}
}

func pool(p Pool) vaults.Pool {
	return vaults.Pool{Assets: amount(p.Assets), Shares: amount(p.Shares), Generation: uint32(p.Generation.Uint64())}
}

func amount(n *big.Int) vadium.Amount {
	u, overflow := uint256.FromBig(n)
	if overflow {
		panic("invariant: the EVM's numbers have 256 bits")
	}
	return vadium.AmountFromUint256(u)
}

func amounts(list ...*big.Int) (all []vadium.Amount) {
	for _, n := range list {
		all = append(all, amount(n))
	}
	return all
}

func big256(a vadium.Amount) *big.Int { return a.Uint256().ToBig() }

func fromHex(text string) []byte {
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil {
		panic("invariant: compilers and nodes write hexadecimal")
	}
	return raw
}

// Convert asks the library that the vault converts by.
func (c *Chain) Convert(x vadium.Amount, at vaults.Rate) vaultstest.Converted {
	c.t.Helper()
	raw, reverted := c.call(c.Cast.Market, c.rate, rateABI.PackConvert(big256(x), big256(at.Assets), big256(at.Shares), at.Offset), c.last)
	if reverted != nil {
		c.t.Fatalf("convert %v at %+v: reverted with %x", x, at, reverted)
	}
	out, err := rateABI.UnpackConvert(raw)
	if err != nil {
		c.t.Fatal(err)
	}
	return vaultstest.Converted{SharesDown: amount(out.SharesDown), SharesUp: amount(out.SharesUp), AssetsDown: amount(out.AssetsDown), AssetsUp: amount(out.AssetsUp)}
}
