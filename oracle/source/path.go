package source

import (
	"encoding/binary"
	"fmt"
	"math/big"

	"vadium"
)

// Path is a price that was made up: it depends on nothing but the path and the time, so that many servers of one path
// agree, and a run can be repeated.
type Path struct {
	Shape Shape
	// Price is what the path begins with, with [RedStoneDecimals].
	Price uint64
	// From is when the path begins. A crash begins After later and takes Over.
	From  vadium.Time
	After vadium.Duration
	Over  vadium.Duration
	// By is how far the price goes: a walk at most so far either way, a crash so far down.
	By vadium.Bps
	// Seed chooses among walks.
	Seed uint64
}

// Shape is how a [Path] moves.
type Shape string

// Shapes of paths.
const (
	Constant Shape = "constant"
	Walk     Shape = "walk"
	Crash    Shape = "crash"
)

// MaxPathPrice bounds the price that a path begins with: JavaScript keeps all digits of what is below 2^53, and a price
// may double on its path and again by a fault.
const MaxPathPrice = 1<<51 - 1

// maxPath bounds the times of a path.
const maxPath = 366 * vadium.Day

// Check reports whether the path can be walked.
func (p Path) Check() error {
	switch {
	case p.Shape != Constant && p.Shape != Walk && p.Shape != Crash:
		return fmt.Errorf("a path is %s, %s or %s, not %q", Constant, Walk, Crash, p.Shape)
	case p.Price == 0 || p.Price > MaxPathPrice:
		return fmt.Errorf("the price of a path is between 0.00000001 and %s", Value{newUnits(MaxPathPrice), RedStoneDecimals})
	case p.By > vadium.BpsOne:
		return fmt.Errorf("a price moves by at most %d bps, not %d", vadium.BpsOne, p.By)
	case p.From < 0 || p.After < 0 || p.After > maxPath || p.Over < 0 || p.Over > maxPath:
		return fmt.Errorf("a path's times are between nothing and a year")
	}
	return nil
}

// At returns the price at a time. Before its beginning a path stands still.
func (p Path) At(t vadium.Time) uint64 {
	gone := max(t.Sub(p.From), 0)
	switch p.Shape {
	case Walk:
		return moved(p.Price, int64(p.By)*p.wave(gone)/waveOne)
	case Crash:
		deep := int64(p.By) * bpsParts
		switch {
		case gone < p.After:
			return p.Price
		case gone < p.After+p.Over:
			deep = deep * int64(gone-p.After) / int64(p.Over)
		}
		return moved(p.Price, -deep)
	default:
		return p.Price
	}
}

// bpsParts is into how many parts a basis point is divided while a path moves.
const bpsParts = 1000

// moved returns the price moved by so many thousandths of a basis point; at least one unit is left.
func moved(price uint64, parts int64) uint64 {
	whole := newUnits(price)
	change := newUnits(price)
	change.Mul(change, big.NewInt(parts))
	change.Quo(change, newUnits(uint64(vadium.BpsOne)*bpsParts))
	return max(whole.Add(whole, change).Uint64(), 1)
}

// A walk is a sum of waves, each twice as long and twice as high as the one before: between its turning points, which
// are drawn from the seed, a wave is a straight line. So the price at any time is found without the times before it.
const (
	waves     = 6
	firstWave = 4 * vadium.Second
	waveOne   = 1_000_000
)

// wave returns how far the walk is from its middle, in parts of By: waveOne*bpsParts of them are all of it.
func (p Path) wave(gone vadium.Duration) int64 {
	sum := int64(0)
	for i := range waves {
		length := int64(firstWave) << i
		turn, within := int64(gone)/length, int64(gone)%length
		from, to := p.turning(i, turn), p.turning(i, turn+1)
		sum += (from + (to-from)*within/length) << i
	}
	return sum * bpsParts / (1<<waves - 1)
}

// turning returns how high a wave is at one of its turning points, between -waveOne and waveOne; nothing at the beginning.
func (p Path) turning(wave int, turn int64) int64 {
	if turn == 0 {
		return 0
	}
	drawn := vadium.HashParts("vadium/oracle/source/walk/v1", binary.BigEndian.AppendUint64(nil, p.Seed), []byte{byte(wave)}, binary.BigEndian.AppendUint64(nil, uint64(turn)))
	return int64(binary.BigEndian.Uint64(drawn[:8])%(2*waveOne+1)) - waveOne
}

// ParsePrice reads a price for a [Path], exactly: more than [RedStoneDecimals] decimals are refused rather than rounded.
func ParsePrice(text string) (uint64, error) {
	exact, err := parseDigits(text)
	if err != nil {
		return 0, err
	}
	price := exact.rescaled(RedStoneDecimals)
	if exact.Cmp(Value{price, RedStoneDecimals}) != 0 || !price.IsUint64() {
		return 0, fmt.Errorf("%s has no whole number of hundred-millionths that a path can have: %w", text, ErrOutOfRange)
	}
	return price.Uint64(), nil
}
