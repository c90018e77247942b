package risk

import (
	"math"
	"math/bits"

	"github.com/holiman/uint256"

	"vadium"
)

// Value is an amount of the numeraire in millionths: what a promise is worth, whatever asset stands behind it.
type Value uint64

// Price is what one token (10^18 base units) of an asset is worth, in millionths of the numeraire. Zero means that there
// is no price.
type Price uint64

// ErrValue: a value does not fit 64 bits, some 18 million million of the numeraire, or an asset has no price.
const ErrValue = vadium.Kind("value-out-of-range")

// Add returns v+w and whether it fits.
func (v Value) Add(w Value) (Value, bool) {
	sum, carry := bits.Add64(uint64(v), uint64(w), 0)
	return Value(sum), carry == 0
}

// Sub returns v-w and whether v covers w; when it does not, the first result is meaningless.
func (v Value) Sub(w Value) (Value, bool) {
	rest, borrow := bits.Sub64(uint64(v), uint64(w), 0)
	return Value(rest), borrow == 0
}

// Worth returns floor(stake*price/1e18), what stake secures, and whether it fits. It rounds down, in favour of whoever is
// to be secured: stake is never counted for more than it is.
func (p Price) Worth(stake vadium.Amount) (Value, bool) {
	return value(stake.MulDivDown(vadium.NewAmount(uint64(p)), vadium.Tokens(1)))
}

// Owed returns ceil(amount*price/1e18), what a promise of amount exposes, and whether it fits. It rounds up, in favour of
// whoever holds the promise.
func (p Price) Owed(amount vadium.Amount) (Value, bool) {
	return value(amount.MulDivUp(vadium.NewAmount(uint64(p)), vadium.Tokens(1)))
}

// Tokens returns ceil(v*1e18/price), the amount that is worth v, rounded up in favour of whoever is to be covered; ok is
// false without a price.
func (p Price) Tokens(v Value) (amount vadium.Amount, ok bool) {
	return vadium.NewAmount(uint64(v)).MulDivUp(vadium.Tokens(1), vadium.NewAmount(uint64(p)))
}

func value(a vadium.Amount, ok bool) (Value, bool) {
	if !ok || a.BitLen() > 64 {
		return 0, false
	}
	return Value(a.Uint256().Uint64()), true
}

// Epoch counts risk epochs of one hour since the Unix epoch.
type Epoch uint64

const (
	// EpochLength is the risk epoch: volatility is measured, and calls climb, once in each.
	EpochLength = vadium.Hour
	// EpochsPerDay is how often that is in a day, which is how often the entry minimum moves.
	EpochsPerDay = uint64(vadium.Day / EpochLength)
)

// EpochAt returns the epoch that t lies in.
func EpochAt(t vadium.Time) Epoch { return Epoch(t / vadium.Time(EpochLength)) }

// Epochs returns how many epochs d takes, rounded up in favour of whoever is covered for so long.
func Epochs(d vadium.Duration) uint64 {
	n := uint64(d / EpochLength)
	if d%EpochLength > 0 {
		n++
	}
	return n
}

// ratio returns floor(a*10^4/b) and ceil of it, each at most the largest there is: nothing over nothing is nothing, and
// something over nothing the largest.
func ratio(a, b *uint256.Int) (down, up vadium.Bps) {
	if b.IsZero() {
		if a.IsZero() {
			return 0, 0
		}
		return math.MaxUint32, math.MaxUint32
	}
	var quotient, rest uint256.Int
	scale := uint256.NewInt(uint64(vadium.BpsOne))
	_, overflow := quotient.MulDivOverflow(a, scale, b)
	if overflow || quotient.BitLen() > 32 {
		return math.MaxUint32, math.MaxUint32
	}
	down = vadium.Bps(quotient.Uint64())
	up = down
	if rest.MulMod(a, scale, b); !rest.IsZero() && up < math.MaxUint32 {
		up++
	}
	return down, up
}

func ratioOf(a, b vadium.Amount) (down, up vadium.Bps) { return ratio(a.Uint256(), b.Uint256()) }

func ratioOfValues(a, b Value) (down, up vadium.Bps) {
	return ratio(uint256.NewInt(uint64(a)), uint256.NewInt(uint64(b)))
}

// atLeast reports whether a is share of b or more, exactly.
func atLeast(a vadium.Amount, share vadium.Bps, b vadium.Amount) bool {
	return !a.Less(b.BpsUp(share))
}

// mulDivDown returns floor(a*b/div), at most the largest number there is.
func mulDivDown(a, b, div uint64) uint64 {
	quotient, _ := mulDiv(a, b, div)
	return quotient
}

// mulDivUp returns ceil(a*b/div), at most the largest number there is.
func mulDivUp(a, b, div uint64) uint64 {
	quotient, rest := mulDiv(a, b, div)
	if rest > 0 && quotient < math.MaxUint64 {
		quotient++
	}
	return quotient
}

func mulDiv(a, b, div uint64) (quotient, rest uint64) {
	high, low := bits.Mul64(a, b)
	if high >= div {
		return math.MaxUint64, 0
	}
	return bits.Div64(high, low, div)
}
