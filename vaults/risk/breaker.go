package risk

import (
	"fmt"
	"math"

	"vadium"
)

// Level is how much the market may still promise across assets. The numbers are persisted and never reused.
type Level uint8

// Levels of the security breaker, by LSR: the stake behind the market, as far as it could be sold, over what is at risk.
const (
	// Green: the stake is worth 1.5 times what is at risk, or more.
	Green Level = 0
	// Amber: less; new locks are a quarter larger, and leverage is at most 5.
	Amber Level = 1
	// Red: below 1.2; besides, no lock takes more than a hundredth of its vault.
	Red Level = 2
	// Halt: less than what is at risk; nothing new. What is open goes on, its deadlines unmoved.
	Halt Level = 3
)

// Refusals of the breaker.
const (
	// ErrHalted: stake is worth less than what is at risk, so nothing is assigned across assets.
	ErrHalted = vadium.Kind("security-halted")
	// ErrTooLargeForRed: while security is low, a lock takes at most a hundredth of its vault.
	ErrTooLargeForRed = vadium.Kind("lock-too-large-for-red")
)

const (
	// CalmEpochs is how many epochs in a row must be calm before the breaker eases by one level.
	CalmEpochs = 12
	// amberLeverage is the most that senior stake counts for from Amber on, in juniors.
	amberLeverage = 5
	// amberLocks is what new locks are multiplied with from Amber on.
	amberLocks vadium.Bps = 12_500
	// redShare is the most of a vault that a lock may take at Red.
	redShare vadium.Bps = 100
)

// leastLSR is the least LSR of each level.
var leastLSR = [...]vadium.Bps{Green: 15_000, Amber: 12_000, Red: 10_000, Halt: 0}

// String returns the name as people write it.
func (l Level) String() string {
	names := [...]string{"green", "amber", "red", "halt"}
	if int(l) < len(names) {
		return names[l]
	}
	return fmt.Sprintf("level %d", uint8(l))
}

// LSR returns floor(secured/exposure), in favour of whoever is exposed, and the largest there is when nothing is at risk.
// Exposure counts only what crosses assets: what a prover promises itself in its own token cannot halt the others.
func LSR(secured, exposure Value) vadium.Bps {
	if exposure == 0 {
		return math.MaxUint32
	}
	down, _ := ratioOfValues(secured, exposure)
	return down
}

// LevelOf returns the level that an LSR stands for, without a past.
func LevelOf(lsr vadium.Bps) Level {
	for l, least := range leastLSR {
		if lsr >= least {
			return Level(l)
		}
	}
	return Halt
}

// Breaker is the liquidity-security breaker: it tightens at once and eases slowly, so that it does not flicker.
type Breaker struct {
	Level Level
	// Calm counts the epochs in a row that would have allowed the next better level with a tenth to spare.
	Calm uint8
}

// Next returns the breaker after an epoch. A worse level is taken at once, several levels if need be, also within an epoch
// (see [Breaker.Tighten]). A better one comes after [CalmEpochs] epochs in a row in which LSR was at least 1.1 times its
// least, one level at a time. An epoch without a fresh price is not calm.
func (b Breaker) Next(lsr vadium.Bps, fresh bool) Breaker {
	if worse := b.Tighten(lsr); worse != b {
		return worse
	}
	if b.Level == Green || !fresh || lsr < withATenth(leastLSR[b.Level-1]) {
		return Breaker{Level: b.Level}
	}
	if b.Calm++; b.Calm < CalmEpochs {
		return b
	}
	return Breaker{Level: b.Level - 1}
}

// Tighten returns the breaker when LSR has changed within an epoch: it may get worse, never better.
func (b Breaker) Tighten(lsr vadium.Bps) Breaker {
	if l := LevelOf(lsr); l > b.Level {
		return Breaker{Level: l}
	}
	return b
}

// withATenth returns 1.1 times a threshold, exactly: thresholds are multiples of ten.
func withATenth(threshold vadium.Bps) vadium.Bps { return threshold / 10 * 11 }

// Enlarge returns the exposure of a new lock at this level: from Amber on it covers a quarter more than it promises.
// Rounded up, in favour of whoever is covered; ok is false when it does not fit.
func (l Level) Enlarge(x Exposure) (larger Exposure, ok bool) {
	if l < Amber {
		return x, true
	}
	more := mulDivUp(uint64(x.Value), uint64(amberLocks), uint64(vadium.BpsOne))
	x.Value = Value(more)
	return x, more < math.MaxUint64
}

// Leverage returns how often the junior's size of senior stake counts for a new lock at this level. Calls go by the usual
// leverage: what was enough does not become too little because others are short.
func (l Level) Leverage(usual uint32) uint32 {
	if l < Amber {
		return usual
	}
	return min(usual, amberLeverage)
}

// CheckLock refuses a new lock across assets on a vault of so much effective stake, with [ErrHalted] at Halt and
// [ErrTooLargeForRed] at Red.
func (l Level) CheckLock(lock, effective vadium.Amount) error {
	switch {
	case l >= Halt:
		return ErrHalted
	case l == Red && effective.BpsDown(redShare).Less(lock):
		return fmt.Errorf("a lock of %s tokens, the vault has %s: %w", lock.Tokens(), effective.Tokens(), ErrTooLargeForRed)
	}
	return nil
}
