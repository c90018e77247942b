package oracle

import (
	"slices"

	"vadium"
	"vadium/vaults/risk"
)

// Median returns sorted[n/2] of n values, as OCR has it: the middle one, the upper of the two when n is even. It is one of
// the values, so the median of a quorum whose majority is honest lies within what the honest saw. It panics without a
// value: a quorum is at least one.
func Median(values []vadium.Amount) vadium.Amount {
	sorted := slices.Clone(values)
	slices.SortFunc(sorted, vadium.Amount.Cmp)
	return sorted[len(sorted)/2]
}

// Off reports whether a value is off another by more than a share of that, exactly: |v-m|*10^4 > share*m. Values have at
// most [MaxValueBits] bits, so nothing overflows.
func Off(v, from vadium.Amount, share vadium.Bps) bool {
	return scaled(from, share).Less(scaled(apart(v, from), vadium.BpsOne))
}

// Moved reports whether a value has moved by a share of what it was, or more: |to-from|*10^4 >= share*from.
func Moved(from, to vadium.Amount, share vadium.Bps) bool {
	return !scaled(apart(to, from), vadium.BpsOne).Less(scaled(from, share))
}

// OffBy returns by what share of another a value is off, rounded down in favour of whoever is off, and at most the largest
// share there is. Off by anything from nothing is the largest.
func OffBy(v, from vadium.Amount) vadium.Bps {
	const most = vadium.Bps(1<<32 - 1)
	distance := apart(v, from)
	if distance.IsZero() {
		return 0
	}
	share, ok := distance.MulDivDown(vadium.NewAmount(uint64(vadium.BpsOne)), from)
	if !ok || share.BitLen() > 32 {
		return most
	}
	return vadium.Bps(share.Uint256().Uint64())
}

func apart(a, b vadium.Amount) vadium.Amount { return vadium.Max(a, b).MustSub(vadium.Min(a, b)) }

func scaled(a vadium.Amount, by vadium.Bps) vadium.Amount {
	product, ok := a.Mul(vadium.NewAmount(uint64(by)))
	if !ok {
		panic("invariant: values have at most 96 bits, yet one times a share overflows 256")
	}
	return product
}

// Price returns what a value of the feed is in millionths of the numeraire, rounded down: a token is counted for no more
// than it is worth. It reports false when that does not fit.
func (f Feed) Price(value vadium.Amount) (risk.Price, bool) {
	micro, ok := value.MulDivDown(vadium.NewAmount(1_000_000), powerOfTen(f.Decimals))
	if !ok || micro.BitLen() > 64 {
		return 0, false
	}
	return risk.Price(micro.Uint256().Uint64()), true
}

// Rescale returns a value of some decimals with those of the feed, rounded to nearest, half up, and whether it has at most
// [MaxValueBits] bits then.
func (f Feed) Rescale(value vadium.Amount, decimals uint8) (vadium.Amount, bool) {
	half, ok := powerOfTen(decimals).MulDivDown(vadium.NewAmount(1), vadium.NewAmount(2))
	if !ok {
		return vadium.Amount{}, false
	}
	product, ok := value.Mul(powerOfTen(f.Decimals))
	if !ok {
		return vadium.Amount{}, false
	}
	product, ok = product.Add(half)
	if !ok {
		return vadium.Amount{}, false
	}
	rescaled, ok := product.MulDivDown(vadium.NewAmount(1), powerOfTen(decimals))
	return rescaled, ok && rescaled.BitLen() <= MaxValueBits
}

// powerOfTen returns 10^n; it panics when that needs more than 256 bits.
func powerOfTen(n uint8) vadium.Amount {
	power := vadium.NewAmount(1)
	for range n {
		next, ok := power.Mul(vadium.NewAmount(10))
		if !ok {
			panic("invariant: decimals were checked, yet ten to their power overflows")
		}
		power = next
	}
	return power
}
