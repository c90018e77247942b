package slashing

import (
	"crypto/sha256"
	"encoding/hex"

	"vadium"
)

// PolicyID names a policy by the hash of what it is.
type PolicyID [32]byte

// String returns the hash in hex.
func (id PolicyID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText writes [PolicyID.String].
func (id PolicyID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// Facts are what a policy is told of a fault.
type Facts struct {
	Inputs
	// Lateness is that of what the requester got; 10,000 if nothing, and 0 where no damages are owed.
	Lateness vadium.Bps
	// Fee and Lock are those of the assignment. A policy may look at them and decides on no amount.
	Fee, Lock vadium.Amount
}

// Judgement is what a policy says of a fault.
type Judgement struct {
	// Fraction of the lock, or of the stake for vault-wide offences, that is lost.
	Fraction vadium.Ppm
	// Damages is the fraction of the damage cap that is owed.
	Damages vadium.Bps
	// Reporter is the reporter's part of the punitive money that the junior paid.
	Reporter vadium.Bps
}

// Policy decides what a fault costs beyond what was agreed (economics.md §5.3, §5.4). It is a plain function: the same
// facts give the same judgement, on every machine. It moves no money: [Judge] keeps it within bounds and [RequestPenalty]
// and [VaultPenalty] do the arithmetic.
type Policy interface {
	ID() PolicyID
	// Judge fails when it cannot judge; what it then returned does not count.
	Judge(Facts) (Judgement, error)
}

// MaxReporter bounds what a reporter gets of the punitive money.
const MaxReporter vadium.Bps = 1_000

// native is the function of economics.md §6.1.
type native struct{}

// Default returns the policy that markets begin with and that takes the place of one that fails: [Fraction],
// [LateDamagesBps] and [ReporterBps].
func Default() Policy { return native{} }

var nativeID = PolicyID(sha256.Sum256([]byte("vadium/slashing/native/v1")))

// ID implements [Policy].
func (native) ID() PolicyID { return nativeID }

// Judge implements [Policy].
func (native) Judge(f Facts) (Judgement, error) {
	fraction, err := Fraction(f.Inputs)
	if err != nil {
		return Judgement{}, err
	}
	j := Judgement{Fraction: fraction, Damages: LateDamagesBps(f.Lateness), Reporter: ReporterBps(f.Severity)}
	if f.excused() {
		j.Damages = 0
	}
	return j, nil
}

// Judge asks a policy and keeps what it says within what no policy may leave: the fraction within floor and cap of the
// severity, and nothing for severity 0 or an excused offence; damages never beyond what was agreed for so late a proof,
// and all of them when none came, so that delivering late is never dearer than not delivering; a tenth for the reporter. A policy
// that is missing, fails, or answers beyond what a fraction can be is not heard: the default judges, and fellBack says so. The
// error is about the facts alone, as in [Fraction].
func Judge(p Policy, f Facts) (j Judgement, fellBack bool, err error) {
	j, err = native{}.Judge(f)
	if err != nil {
		return Judgement{}, false, err
	}
	if p == nil {
		return j, true, nil
	}
	if _, isDefault := p.(native); isDefault {
		return j, false, nil
	}
	if own, failed := p.Judge(f); failed == nil && own.sensible() {
		return own.within(f, j.Damages), false, nil
	}
	return j, true, nil
}

// sensible reports whether every part is a fraction.
func (j Judgement) sensible() bool {
	return j.Fraction <= vadium.PpmOne && j.Damages <= vadium.BpsOne && j.Reporter <= vadium.BpsOne
}

// within returns the judgement within its bounds, agreed being what was agreed on damages.
func (j Judgement) within(f Facts, agreed vadium.Bps) Judgement {
	j.Reporter = min(j.Reporter, MaxReporter)
	if j.Damages = min(j.Damages, agreed); f.Lateness >= vadium.BpsOne {
		j.Damages = agreed
	}
	if f.Severity == 0 || f.excused() {
		j.Fraction = 0
		return j
	}
	floor, most := Limits(f.Severity)
	j.Fraction = min(max(j.Fraction, floor), most)
	return j
}
