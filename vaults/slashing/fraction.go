package slashing

import (
	"fmt"
	"math/bits"

	"vadium"
)

// Refusals. All mean that the caller's data makes no sense, and that nothing may be slashed by it.
const (
	// ErrSeverity: a severity is above 100, or outside the range of its offence.
	ErrSeverity = vadium.Kind("severity-out-of-range")
	// ErrContext: a fraction is above one, or a price is missing.
	ErrContext = vadium.Kind("slashing-context-out-of-range")
	// ErrOffence: the offence is not in the catalogue.
	ErrOffence = vadium.Kind("unknown-offence")
)

// Severity says how bad an offence is, from 0 (none) to 100 (soundness broken).
type Severity uint8

// Severities that change more than a number.
const (
	// Tombstone and above, the vault itself is slashed, not the lock of a request, and the prover may never return.
	Tombstone Severity = 90
	// Total is the only severity at which delegators may lose more than half.
	Total Severity = 100
)

// Class tells failing from cheating. The numbers are persisted and never reused.
type Class uint8

// Classes.
const (
	// Liveness: something did not happen in time, which may not be the prover's fault alone.
	Liveness Class = 1
	// Malice: something happened that no honest prover does.
	Malice Class = 2
)

// String returns the name as people write it.
func (c Class) String() string {
	switch c {
	case Liveness:
		return "liveness"
	case Malice:
		return "malice"
	}
	return fmt.Sprintf("class %d", uint8(c))
}

// MilliPoints measure a prover's history: 1,000 are one point, see [Offence.Points] and [DecayHistory].
type MilliPoints uint64

// Inputs is everything a slashing fraction depends on.
type Inputs struct {
	Severity Severity
	Class    Class
	// Impact is the harm done beyond the request, from 0 to 10,000 (funds lost); up to twice the fraction.
	Impact vadium.Bps
	// History is the offender's record at the start of the span; 20 points triple the fraction.
	History MilliPoints
	// Correlation is the share of all stake whose provers committed the same class of offence in the last 72 h, and
	// Baseline the share that is usual (see [BaselineFor]). What exceeds the baseline by two thirds of all stake
	// triples the fraction: a shared cause such as one operator behind many names.
	Correlation, Baseline vadium.Bps
	// Uptime is the offender's; below 9,000 it adds up to half.
	Uptime vadium.Bps
	// Health is the network's; at zero, liveness offences count three quarters.
	Health vadium.Bps
	// PriceReference is the stake's 30-day average price and PriceNow its price, in any one unit. A price that has
	// fallen adds up to half, so that a penalty keeps its bite.
	PriceReference, PriceNow uint64
	// Systemic marks a journalled incident that excuses liveness offences.
	Systemic bool
}

// Neutral returns a context that neither aggravates nor excuses: a clean record in a healthy network. Severity and
// class are left to the caller.
func Neutral() Inputs {
	return Inputs{Uptime: vadium.BpsOne, Health: vadium.BpsOne, PriceReference: 1, PriceNow: 1}
}

// BaselineFor returns the correlation that raises no penalty: for liveness what has been usual (an exponential average)
// but at least 1,000 bps, since some failures always coincide; for malice none.
func BaselineFor(c Class, usual vadium.Bps) vadium.Bps {
	if c == Malice {
		return 0
	}
	return max(1_000, usual)
}

// point is a corner of the base curve; limits are a severity class's floor and cap.
type point struct {
	severity, ppm uint64
}

type limits struct {
	upTo        Severity
	floor, most vadium.Ppm
}

var (
	curve  = [...]point{{0, 0}, {20, 10_000}, {60, 50_000}, {90, 200_000}, {100, 1_000_000}}
	bounds = [...]limits{{20, 1_000, 50_000}, {60, 10_000, 200_000}, {89, 51_000, 500_000}, {100, 200_000, 1_000_000}}
)

// BasePpm returns the fraction of stake that an offence of severity s costs before context: linear between 1 % at 20,
// 5 % at 60, 20 % at 90 and all of it at 100. Every segment divides evenly, so nothing is rounded. It panics above 100.
func BasePpm(s Severity) vadium.Ppm {
	at := uint64(s)
	for i := 1; i < len(curve); i++ {
		if low, high := curve[i-1], curve[i]; at <= high.severity {
			return vadium.Ppm(low.ppm + (at-low.severity)*(high.ppm-low.ppm)/(high.severity-low.severity))
		}
	}
	panic(fmt.Sprintf("invariant: severities end at 100, yet this is %d", s))
}

// Limits returns the least and the most fraction for a severity, which is at most 100.
func Limits(s Severity) (floor, most vadium.Ppm) {
	for _, l := range bounds {
		if s <= l.upTo {
			return l.floor, l.most
		}
	}
	panic(fmt.Sprintf("invariant: severities end at 100, yet this is %d", s))
}

// Factor is one multiplication on the way to a fraction, named by its symbol in economics.md §6.1.
type Factor struct {
	// Symbol is N (health), I (impact), R (history: its record), K (correlation), U (uptime) or E (the economy: the price).
	Symbol byte
	Times  vadium.Bps // 10,000 changes nothing
	After  vadium.Ppm // the fraction after it, at most all
}

// Explanation is a fraction and how it came about.
type Explanation struct {
	Base    vadium.Ppm
	Factors [6]Factor // in the order in which they multiply
	// Floor and Most are the limits of the severity, applied last.
	Floor, Most vadium.Ppm
	// Excused says that an incident of the market's own excuses the offence, so that the fraction is zero.
	Excused  bool
	Fraction vadium.Ppm
}

// Explain returns the fraction of stake that is lost, with every factor (economics.md §6.1). Severity 0 and an excused
// liveness offence cost nothing, whatever the factors. Every multiplication rounds up, in the order health, impact,
// history, correlation, uptime, price. It refuses inputs out of range with [ErrSeverity] or [ErrContext].
func Explain(in Inputs) (Explanation, error) {
	if err := in.check(); err != nil {
		return Explanation{}, err
	}
	e := Explanation{Base: BasePpm(in.Severity), Excused: in.excused(), Factors: [...]Factor{
		{Symbol: 'N', Times: in.healthFactor()},
		{Symbol: 'I', Times: vadium.BpsOne + in.Impact},
		{Symbol: 'R', Times: vadium.BpsOne + vadium.Bps(min(20_000, in.History))},
		{Symbol: 'K', Times: vadium.BpsOne + min(20_000, 3*(in.Correlation-min(in.Correlation, in.Baseline)))},
		{Symbol: 'U', Times: in.uptimeFactor()},
		{Symbol: 'E', Times: in.priceFactor()},
	}}
	v := e.Base
	for i := range e.Factors {
		v = min(vadium.PpmOne, scaled(v, e.Factors[i].Times))
		e.Factors[i].After = v
	}
	e.Floor, e.Most = Limits(in.Severity)
	if in.Severity > 0 && !e.Excused {
		e.Fraction = min(max(v, e.Floor), e.Most)
	}
	return e, nil
}

// Fraction returns the fraction of stake that is lost: that of [Explain], with its refusals.
func Fraction(in Inputs) (vadium.Ppm, error) {
	e, err := Explain(in)
	return e.Fraction, err
}

func (in Inputs) check() error {
	if in.Severity > Total {
		return fmt.Errorf("severity %d, the most is %d: %w", in.Severity, Total, ErrSeverity)
	}
	if in.Class != Liveness && in.Class != Malice {
		return fmt.Errorf("%v: %w", in.Class, ErrContext)
	}
	for _, share := range [...]vadium.Bps{in.Impact, in.Correlation, in.Baseline, in.Uptime, in.Health} {
		if share > vadium.BpsOne {
			return fmt.Errorf("a share of %d bps, the most is %d: %w", share, vadium.BpsOne, ErrContext)
		}
	}
	if in.PriceNow == 0 {
		return fmt.Errorf("the stake has no price now: %w", ErrContext)
	}
	return nil
}

// excused reports whether an incident of the market's own excuses the offence.
func (in Inputs) excused() bool { return in.Systemic && in.Class == Liveness }

// scaled returns ceil(v*factor/10^4): up, against the offender. Both are far below 2^32, so the product fits.
func scaled(v vadium.Ppm, factor vadium.Bps) vadium.Ppm {
	return vadium.Ppm((uint64(v)*uint64(factor) + 9_999) / 10_000)
}

// healthFactor is N, from 7,500 to 10,000 for liveness offences, rounded up because the division (down) is subtracted.
// Others have no such discount.
func (in Inputs) healthFactor() vadium.Bps {
	if in.Class != Liveness {
		return vadium.BpsOne
	}
	return vadium.BpsOne - 2_500*(vadium.BpsOne-in.Health)/vadium.BpsOne
}

// uptimeFactor is U, from 10,000 to 15,000, rounded up.
func (in Inputs) uptimeFactor() vadium.Bps {
	const enough = 9_000
	missing := enough - min(enough, in.Uptime)
	return vadium.BpsOne + (missing*5_000+enough-1)/enough
}

// priceFactor is E, from 10,000 to 15,000, rounded up.
func (in Inputs) priceFactor() vadium.Bps {
	high, low := bits.Mul64(in.PriceReference, 10_000)
	if high >= in.PriceNow {
		return 15_000 // the quotient does not fit 64 bits, so it is above every cap
	}
	quotient, rest := bits.Div64(high, low, in.PriceNow)
	if rest > 0 && quotient < 15_000 {
		quotient++
	}
	return vadium.Bps(min(max(quotient, 10_000), 15_000))
}
