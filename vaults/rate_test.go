package vaults_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults"
)

// The slow obvious conversions: exact fractions, rounded at the end.
func TestConversionsAreTheExactFractionRoundedTheNamedWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) vadium.Amount {
			a, _ := vadium.AmountFromBytes(rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(t, name))
			return a
		}
		rate := vaults.Rate{Assets: draw("assets"), Shares: draw("shares"), Offset: uint8(rapid.IntRange(0, 18).Draw(t, "offset"))}
		x := draw("x")
		one := big.NewInt(1)
		assets := new(big.Int).Add(rate.Assets.Uint256().ToBig(), one)
		shares := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(rate.Offset)), nil)
		shares.Add(shares, rate.Shares.Uint256().ToBig())
		convert := func(mul, div *big.Int, up bool) string {
			n := new(big.Int).Mul(x.Uint256().ToBig(), mul)
			q, rest := new(big.Int).QuoRem(n, div, new(big.Int))
			if up && rest.Sign() > 0 {
				q.Add(q, one)
			}
			return q.String()
		}
		for _, c := range []struct {
			name string
			got  vadium.Amount
			want string
		}{
			{"SharesDown", rate.SharesDown(x), convert(shares, assets, false)},
			{"SharesUp", rate.SharesUp(x), convert(shares, assets, true)},
			{"AssetsDown", rate.AssetsDown(x), convert(assets, shares, false)},
			{"AssetsUp", rate.AssetsUp(x), convert(assets, shares, true)},
		} {
			if c.got.String() != c.want {
				t.Fatalf("%s(%v) at %+v = %v, want %s", c.name, x, rate, c.got, c.want)
			}
		}
		if back := rate.AssetsDown(rate.SharesDown(x)); x.Less(back) {
			t.Fatalf("a round trip of %v pays %v", x, back)
		}
	})
}
