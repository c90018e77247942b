package vaults

import "vadium"

// Rate converts between assets and shares the way OpenZeppelin's ERC-4626 does: with one virtual unit of assets and
// 10^Offset virtual shares, so that whoever deposits first cannot make later depositors' shares round to nothing.
// The virtual shares own a part of every reward too small to see.
type Rate struct {
	Assets vadium.Amount // TA
	Shares vadium.Amount // S
	Offset uint8         // δ
}

// Offset is δ of every vault: shares have six decimals more than assets, and to make a deposit u round to nothing an
// attacker would have to lose 10^6 times u.
const Offset = 6

// shareToken is one token of shares at par.
var shareToken = units(vadium.Decimals + Offset)

func units(decimals uint8) vadium.Amount {
	n := vadium.NewAmount(1)
	for range decimals {
		n, _ = n.Mul(vadium.NewAmount(10))
	}
	return n
}

// SharesDown returns the shares that a deposit of assets buys, rounded down: the other holders keep the rest.
func (r Rate) SharesDown(assets vadium.Amount) vadium.Amount {
	return must(assets.MulDivDown(r.allShares(), r.allAssets()))
}

// SharesUp returns the shares that withdrawing assets costs, rounded up: the other holders keep the rest.
func (r Rate) SharesUp(assets vadium.Amount) vadium.Amount {
	return must(assets.MulDivUp(r.allShares(), r.allAssets()))
}

// AssetsDown returns the assets that redeeming shares pays, rounded down: the other holders keep the rest.
func (r Rate) AssetsDown(shares vadium.Amount) vadium.Amount {
	return must(shares.MulDivDown(r.allAssets(), r.allShares()))
}

// AssetsUp returns the assets that minting shares costs, rounded up: the other holders keep the rest.
func (r Rate) AssetsUp(shares vadium.Amount) vadium.Amount {
	return must(shares.MulDivUp(r.allAssets(), r.allShares()))
}

func (r Rate) allAssets() vadium.Amount { return r.Assets.MustAdd(vadium.NewAmount(1)) }
func (r Rate) allShares() vadium.Amount { return r.Shares.MustAdd(units(r.Offset)) }

func must(a vadium.Amount, ok bool) vadium.Amount {
	if !ok {
		panic("invariant: assets stay below 2^128 and shares below 2^200, yet a conversion overflows")
	}
	return a
}

// Rate returns the vault's rate now.
func (v *Vault) Rate(now vadium.Time) Rate {
	return Rate{Assets: v.TotalAssets(now), Shares: v.Shares, Offset: Offset}
}

// Price returns what one token of shares is worth now, rounded down; one token at the beginning.
func (v *Vault) Price(now vadium.Time) vadium.Amount { return v.Rate(now).AssetsDown(shareToken) }

// Insolvent reports whether shares are worth less than a billionth of their first price. Deposits are closed then:
// they would multiply shares without bound.
func (v *Vault) Insolvent(now vadium.Time) bool { return v.Price(now).Less(priceFloor) }

var priceFloor = units(vadium.Decimals - 9)
