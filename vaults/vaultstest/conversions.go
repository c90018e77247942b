package vaultstest

import (
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults"
)

// bank is the synchronous vault that the lists of ERC-4626 speak of: nothing but conversions and sums.
type bank struct {
	Converter
	rate   vaults.Rate
	shares map[string]vadium.Amount
}

func (b *bank) deposit(who string, assets vadium.Amount) vadium.Amount {
	shares := b.Convert(assets, b.rate).SharesDown
	b.enter(who, assets, shares)
	return shares
}

func (b *bank) mint(who string, shares vadium.Amount) vadium.Amount {
	assets := b.Convert(shares, b.rate).AssetsUp
	b.enter(who, assets, shares)
	return assets
}

func (b *bank) redeem(who string, shares vadium.Amount) vadium.Amount {
	assets := b.Convert(shares, b.rate).AssetsDown
	b.leave(who, assets, shares)
	return assets
}

func (b *bank) withdraw(who string, assets vadium.Amount) vadium.Amount {
	shares := b.Convert(assets, b.rate).SharesUp
	b.leave(who, assets, shares)
	return shares
}

func (b *bank) enter(who string, assets, shares vadium.Amount) {
	b.rate.Assets, b.rate.Shares = b.rate.Assets.MustAdd(assets), b.rate.Shares.MustAdd(shares)
	b.shares[who] = b.shares[who].MustAdd(shares)
}

func (b *bank) leave(who string, assets, shares vadium.Amount) {
	b.rate.Assets, b.rate.Shares = b.rate.Assets.MustSub(assets), b.rate.Shares.MustSub(shares)
	b.shares[who] = b.shares[who].MustSub(shares)
}

func (b *bank) worth(who string) vadium.Amount { return b.Convert(b.shares[who], b.rate).AssetsDown }

// Conversions holds a converter against the synchronous lists of ERC-4626, a16z's round trips and Trail of Bits' rounding
// directions, and against the rate of package vaults, to the unit.
func Conversions(t *testing.T, c Converter) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		supply := drawAmount(t, "supply", 150)
		assets := drawAmount(t, "assets", 120)
		rate := vaults.Rate{Assets: assets, Shares: supply, Offset: rapid.SampledFrom([]uint8{0, 3, vaults.Offset, 18}).Draw(t, "offset")}
		x := drawAmount(t, "x", 96)
		got := c.Convert(x, rate)
		if want := (Converted{rate.SharesDown(x), rate.SharesUp(x), rate.AssetsDown(x), rate.AssetsUp(x)}); got != want {
			t.Fatalf("Convert(%v, %+v) = %+v, want %+v", x, rate, got, want)
		}
		roundings(t, got)
		roundTrips(t, c, rate, x, got)
	})
}

func drawAmount(t *rapid.T, name string, bits int) vadium.Amount {
	width := rapid.IntRange(0, bits).Draw(t, name+" bits")
	raw := rapid.SliceOfN(rapid.Byte(), (width+7)/8, (width+7)/8).Draw(t, name)
	a, err := vadium.AmountFromBytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// roundings are ERC4626-013 to 022: up is never below down, by at most a unit, and nothing is free unless it is nothing.
func roundings(t *rapid.T, got Converted) {
	unit := vadium.NewAmount(1)
	for _, pair := range [][2]vadium.Amount{{got.SharesDown, got.SharesUp}, {got.AssetsDown, got.AssetsUp}} {
		if pair[1].Less(pair[0]) || pair[0].MustAdd(unit).Less(pair[1]) {
			t.Fatalf("rounded down %v, up %v", pair[0], pair[1])
		}
	}
}

// roundTrips are the eight of a16z and the two of Trail of Bits: whoever goes in and out, or out and in, gains nothing.
func roundTrips(t *rapid.T, c Converter, rate vaults.Rate, x vadium.Amount, at Converted) {
	trip := func(name string, in, out vadium.Amount) {
		if in.Less(out) {
			t.Fatalf("%s of %v at %+v turns %v into %v", name, x, rate, in, out)
		}
	}
	// All four directions of a conversion have to fit 256 bits.
	fits := func(y vadium.Amount, r vaults.Rate) bool {
		return y.BitLen()+max(r.Assets.BitLen(), r.Shares.BitLen(), 60)+1 <= 256
	}
	after := func(assets, shares vadium.Amount, enters bool) (vaults.Rate, bool) {
		r := rate
		var ok, also bool
		if enters {
			r.Assets, ok = rate.Assets.Add(assets)
			r.Shares, also = rate.Shares.Add(shares)
		} else {
			r.Assets, ok = rate.Assets.Sub(assets)
			r.Shares, also = rate.Shares.Sub(shares)
		}
		return r, ok && also && fits(assets, r) && fits(shares, r)
	}
	if r, ok := after(x, at.SharesDown, true); ok {
		trip("deposit, redeem", x, c.Convert(at.SharesDown, r).AssetsDown)
		trip("withdraw after deposit", c.Convert(x, r).SharesUp, at.SharesDown)
	}
	if r, ok := after(at.AssetsUp, x, true); ok {
		trip("mint, redeem", at.AssetsUp, c.Convert(x, r).AssetsDown)
		trip("withdraw after mint", c.Convert(at.AssetsUp, r).SharesUp, x)
	}
	if r, ok := after(at.AssetsDown, x, false); ok {
		trip("redeem, deposit", x, c.Convert(at.AssetsDown, r).SharesDown)
		trip("mint after redeem", c.Convert(x, r).AssetsUp, at.AssetsDown)
	}
	if r, ok := after(x, at.SharesUp, false); ok {
		trip("withdraw, deposit", at.SharesUp, c.Convert(x, r).SharesDown)
		trip("mint after withdraw", c.Convert(at.SharesUp, r).AssetsUp, x)
	}
	if fits(at.SharesDown, rate) {
		trip("convert to shares and back", x, c.Convert(at.SharesDown, rate).AssetsDown)
	}
	if fits(at.AssetsDown, rate) {
		trip("convert to assets and back", x, c.Convert(at.AssetsDown, rate).SharesDown)
	}
}
