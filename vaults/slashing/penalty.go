package slashing

import (
	"fmt"

	"vadium"
)

// Case is an offence with everything that decides its penalty.
type Case struct {
	Offence Offence
	// Severity is needed where the catalogue gives a range, except for Late, where Lateness decides; elsewhere 0 means
	// the catalogue's.
	Severity Severity
	// Context is the rest of the inputs; its severity and class are ignored.
	Context Inputs
	// Lateness of a late delivery, in fractions of the grace window. See [Lateness].
	Lateness vadium.Bps
	// Replaced says that a backup proved the request by its deadline, so that nobody was harmed: no damages are due.
	Replaced bool
	Terms    Terms
	// Stake is what an offence of a whole vault concerns; others ignore it.
	Stake Stake
}

// Terms are the numbers of the assignment that an offence concerns.
type Terms struct {
	// Lock is the most that all penalties of the assignment may take, less what earlier ones have taken.
	Lock vadium.Amount
	// DamageCap is the most the requester is owed, less what it has been paid.
	DamageCap vadium.Amount
	// Fee is the price the assignment was cleared at.
	Fee vadium.Amount
	// Floor is the least that never delivering costs, as a share of the fee before the context: [LeastFloor], or more for what
	// takes long (see [vadium/vaults/risk.DefaultFloor]). Less counts as the least.
	Floor vadium.Bps
}

// LeastFloor is the smallest [Terms.Floor]: a tenth of the fee.
const LeastFloor vadium.Bps = 1_000

// Stake is what a vault holds in each tranche, unbonding included.
type Stake struct {
	Junior, Senior vadium.Amount
}

// Penalty is the number that a case comes to.
type Penalty struct {
	// Damages are owed to the requester.
	Damages vadium.Amount `json:"damages"`
	// Punitive is lost on top.
	Punitive vadium.Amount `json:"punitive"`
	Severity Severity      `json:"severity"`
	// Fraction of the lock, or of the stake for vault-wide offences, that the context came to.
	Fraction vadium.Ppm `json:"fractionPpm"`
	// Fallback says that the policy in force gave no judgement, and the default one judged in its place.
	Fallback bool `json:"fallback,omitempty" rlp:"optional"`
}

// Total returns damages and punitive part.
func (p Penalty) Total() vadium.Amount { return p.Damages.MustAdd(p.Punitive) }

// Assess returns the penalty of a case. It refuses with [ErrOffence], [ErrSeverity] or [ErrContext].
func Assess(c Case) (Penalty, error) {
	entry, known := c.Offence.Entry()
	if !known {
		return Penalty{}, fmt.Errorf("offence %d: %w", uint8(c.Offence), ErrOffence)
	}
	in := c.Context
	in.Class = entry.Class
	in.Severity = c.severity(entry)
	in.Impact = max(in.Impact, entry.Impact)
	punctual := c.Offence == Late && in.Severity == 0
	if in.Severity < entry.Least && !punctual || in.Severity > entry.Most {
		return Penalty{}, fmt.Errorf("%v has severity %d to %d, not %d: %w",
			c.Offence, entry.Least, entry.Most, in.Severity, ErrSeverity)
	}
	if entry.Vault {
		return VaultPenalty(in, c.Stake)
	}
	return RequestPenalty(in, c.Terms, c.damages(entry), entry.Undelivered)
}

func (c Case) severity(e Entry) Severity {
	switch {
	case c.Offence == Late:
		return LateSeverity(c.Lateness)
	case c.Severity == 0 && e.Least == e.Most:
		return e.Least
	}
	return c.Severity
}

// damages returns the fraction of the damage cap that is due.
func (c Case) damages(e Entry) vadium.Bps {
	switch {
	case c.Replaced:
		return 0
	case c.Offence == Late:
		return LateDamagesBps(c.Lateness)
	case e.Undelivered:
		return vadium.BpsOne
	}
	return 0
}

// RequestPenalty returns the penalty of an offence that concerns one request: damages (a fraction of the damage cap)
// and a fraction of the lock, together at most the lock. An undelivered request costs at least its floor, a tenth of the fee or more, times
// what the context made of the base, as far as the lock is for more than damages. Both parts round up, so a penalty above zero is never rounded away. An excused
// offence costs nothing.
func RequestPenalty(in Inputs, t Terms, damages vadium.Bps, undelivered bool) (Penalty, error) {
	fraction, err := Fraction(in)
	if err != nil {
		return Penalty{}, err
	}
	return Judgement{Fraction: fraction, Damages: damages}.OfRequest(in, t, undelivered), nil
}

// OfRequest is [RequestPenalty] by a judgement that has been made: damages and fraction are the judgement's.
func (j Judgement) OfRequest(in Inputs, t Terms, undelivered bool) Penalty {
	p := Penalty{Severity: in.Severity, Fraction: j.Fraction}
	if in.Severity == 0 || in.excused() {
		return p
	}
	p.Damages = vadium.Min(vadium.Min(t.DamageCap.BpsUp(j.Damages), t.DamageCap), t.Lock)
	p.Punitive = t.Lock.PpmUp(j.Fraction)
	if undelivered {
		// What is locked for damages is not there for the floor, also when none are due: else a request that a backup proved
		// would cost more as a whole than in parts.
		floor := vadium.Min(t.undelivered(in.Severity, j.Fraction), t.Lock.SubFloor(t.DamageCap))
		p.Punitive = vadium.Max(p.Punitive, floor)
	}
	p.Punitive = vadium.Min(p.Punitive, t.Lock.MustSub(p.Damages))
	return p
}

// undelivered returns ceil(fee * floor * fraction / base): 10 % of the fee times the context, or what the floor is above it.
func (t Terms) undelivered(s Severity, fraction vadium.Ppm) vadium.Amount {
	part := vadium.NewAmount(uint64(max(t.Floor, LeastFloor)) * uint64(fraction))
	whole := vadium.NewAmount(uint64(vadium.BpsOne) * uint64(BasePpm(s)))
	floor, ok := t.Fee.MulDivUp(part, whole)
	if !ok {
		panic(fmt.Sprintf("invariant: amounts stay below 2^128, yet a fee is %v", t.Fee))
	}
	return floor
}

// VaultPenalty returns the penalty of an offence that concerns the whole vault: a fraction of all stake, rounded up,
// from the junior first, and below severity 100 from the senior at most half.
func VaultPenalty(in Inputs, s Stake) (Penalty, error) {
	fraction, err := Fraction(in)
	if err != nil {
		return Penalty{}, err
	}
	return Judgement{Fraction: fraction}.OfVault(in, s), nil
}

// OfVault is [VaultPenalty] by a judgement that has been made.
func (j Judgement) OfVault(in Inputs, s Stake) Penalty {
	amount := s.Junior.MustAdd(s.Senior).PpmUp(j.Fraction)
	return Penalty{
		Punitive: vadium.Min(amount, s.Junior.MustAdd(s.MostOfSenior(in.Severity))),
		Severity: in.Severity,
		Fraction: j.Fraction,
	}
}

// MostOfSenior returns the most that one offence takes from the senior, of a request or of the vault: half, rounded down so that delegators
// never lose more, and all of it only at severity 100.
func (s Stake) MostOfSenior(severity Severity) vadium.Amount {
	if severity < Total {
		return s.Senior.BpsDown(5_000)
	}
	return s.Senior
}
