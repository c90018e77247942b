package slashing

import (
	"fmt"
	"math/bits"

	"vadium"
)

// Lateness returns how late a delivery is, as a fraction of the grace window: 0 when it arrived by the deadline (the
// deadline itself is punctual), rounded up otherwise, and at most 10,000 from the end of the window on.
func Lateness(deadline, arrived vadium.Time, grace vadium.Duration) vadium.Bps {
	late := arrived.Sub(deadline)
	if late <= 0 {
		return 0
	}
	if late >= grace {
		return vadium.BpsOne
	}
	high, low := bits.Mul64(uint64(late), uint64(vadium.BpsOne))
	quotient, rest := bits.Div64(high, low, uint64(grace)) // fits: late < grace
	if rest > 0 {
		quotient++
	}
	return vadium.Bps(quotient)
}

// LateDamagesBps returns the fraction of the damage cap owed for a delivery that was l late: nothing at 0, 5 % at once,
// growing with the square of l to all of it at the end of the window. It rounds up: the requester was harmed.
func LateDamagesBps(l vadium.Bps) vadium.Bps {
	switch {
	case l == 0:
		return 0
	case l >= vadium.BpsOne:
		return vadium.BpsOne
	}
	const square = uint64(vadium.BpsOne) * uint64(vadium.BpsOne)
	return 500 + vadium.Bps((9_500*uint64(l)*uint64(l)+square-1)/square)
}

// LateFeeBps returns the fraction of the fee still paid for a delivery that was l late: all of it when punctual, just
// under two thirds at once, shrinking to nothing at the end of the window. It rounds down: the requester keeps the rest.
func LateFeeBps(l vadium.Bps) vadium.Bps {
	switch {
	case l == 0:
		return vadium.BpsOne
	case l >= vadium.BpsOne:
		return 0
	}
	return 6_667 * (vadium.BpsOne - l) / vadium.BpsOne
}

// LateSeverity returns the severity of a delivery that was l late: 0 when punctual, then 1 to 20, rounded up.
func LateSeverity(l vadium.Bps) Severity {
	l = min(l, vadium.BpsOne)
	return Severity((20*l + vadium.BpsOne - 1) / vadium.BpsOne)
}

// decayPerDay is floor(2^64 * 2^(-1/30)): what a day leaves of a record, with a half-life of 30 days.
const decayPerDay uint64 = 18_025_419_856_780_639_094

// DecayHistory returns what is left of a record after days. It rounds down, and the factor of several days rounds down
// at every squaring: old faults are forgotten rather than kept. The result depends on days only, so it may be computed
// late but should be computed from the last change: decaying in two steps may lose up to two milli-points more.
func DecayHistory(mp MilliPoints, days uint64) MilliPoints {
	if days == 0 {
		return mp
	}
	high, _ := bits.Mul64(uint64(mp), decayFactor(days))
	return MilliPoints(high)
}

// decayFactor returns decayPerDay^days as a fraction of 2^64, for days > 0, by repeated squaring.
func decayFactor(days uint64) uint64 {
	var factor uint64
	started := false
	for power := decayPerDay; ; power, _ = bits.Mul64(power, power) {
		if days&1 == 1 {
			if !started {
				factor, started = power, true
			} else {
				factor, _ = bits.Mul64(factor, power)
			}
		}
		if days >>= 1; days == 0 {
			return factor
		}
	}
}

// Span is the record of one offender's vault-wide penalties within [SpanLength]. Only the worst of a span counts, not
// the sum, and history is taken at its start: one cause found many times is punished once, as hard as at its worst.
type Span struct {
	Start   vadium.Time
	History MilliPoints
	Worst   vadium.Amount
}

// SpanLength is how long a span lasts.
const SpanLength = vadium.Day

// At returns the span that an offence at now belongs to: s while it lasts, or a new one with the history there is now.
func (s Span) At(now vadium.Time, history MilliPoints) Span {
	if s.Start != 0 && now < s.Start.Add(SpanLength) {
		return s
	}
	return Span{Start: now, History: history}
}

// Charge returns what a penalty adds to what the span has already cost, and the span after it. In whatever order
// penalties of a span come, together they charge the largest of them.
func (s Span) Charge(penalty vadium.Amount) (vadium.Amount, Span) {
	due := penalty.SubFloor(s.Worst)
	s.Worst = vadium.Max(s.Worst, penalty)
	return due, s
}

// String returns the record in points.
func (mp MilliPoints) String() string { return fmt.Sprintf("%d.%03d points", mp/1_000, mp%1_000) }
