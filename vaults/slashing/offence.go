package slashing

import (
	"fmt"
	"slices"

	"vadium"
)

// Offence is an entry of the catalogue: what can go wrong through a prover's doing. The numbers are persisted and never
// reused.
type Offence uint8

// Offences (economics.md §6.2).
const (
	Late            Offence = 1  // delivered within the grace window, after the deadline
	NoShow          Offence = 2  // accepted and never delivered
	InvalidProof    Offence = 3  // delivered a proof that does not verify
	Resigned        Offence = 4  // withdrew after accepting
	FalseClaim      Offence = 5  // claimed that an input is unsatisfiable which was proven
	UnrevealedBid   Offence = 6  // committed to a bid and did not reveal it
	LowVoteRate     Offence = 7  // drawn to attest and rarely did
	OracleDeviation Offence = 8  // reported a price far from the median
	StaleOracle     Offence = 9  // reported an old price
	BidEquivocation Offence = 10 // signed two bids where one is allowed
	FalseWitness    Offence = 11 // attested what is not so, or forged a receipt
	FalseStatement  Offence = 12 // delivered a proof that verifies of a statement that is false
	KeyForgery      Offence = 13 // made or used a forged verifying key

	// ReportEquivocation is to have signed two observations for one round of a feed.
	ReportEquivocation Offence = 14
)

// Entry is what the catalogue says of an offence.
type Entry struct {
	Offence Offence
	Name    string
	// Least and Most bound the severity. Where they differ, the facts decide: lateness, a shortfall, a deviation.
	Least, Most Severity
	Class       Class
	// Points go on the offender's record.
	Points MilliPoints
	// Undelivered says that the request got no proof from this prover: all damages are due, and the punitive part is
	// at least a tenth of the fee, or the terms' floor, times the context, so that breaking a promise is never a cheap option.
	Undelivered bool
	// Impact is the harm that the offence does by itself beyond the request, whatever its terms say; see [Inputs.Impact].
	Impact vadium.Bps
	// Vault says that the offence concerns all the vault's stake and not the lock of a request: cheating does, and so does what
	// a reporter of prices does, who works for no request.
	Vault bool
}

// What severities lead to beside a penalty (economics.md §6.1): data, like the catalogue. From [Tombstone] on the prover
// never returns.
const (
	// StrikeAbove is the severity above which a fault is a strike.
	StrikeAbove Severity = 20
	// Strikes within StrikeWindow put the prover in jail.
	Strikes      = 3
	StrikeWindow = 7 * vadium.Day
	// Grave is the severity from which one fault is enough for that.
	Grave Severity = 61
	// JailTerm is how long a prover stays in jail at the least.
	JailTerm = 7 * vadium.Day
)

// catalogue is indexed by the offence's number; number 0 is no offence.
var catalogue = [...]Entry{
	{},
	{Late, "late", 1, 20, Liveness, 1_000, false, 0, false},
	{NoShow, "no-show", 40, 40, Liveness, 3_000, true, 0, false},
	{InvalidProof, "invalid proof", 30, 30, Liveness, 3_000, false, 0, false},
	{Resigned, "resigned", 30, 30, Liveness, 2_000, true, 0, false},
	{FalseClaim, "false claim", 40, 40, Malice, 3_000, false, 0, false},
	{UnrevealedBid, "unrevealed bid", 5, 5, Liveness, 1_000, false, 0, false},
	{LowVoteRate, "low vote rate", 10, 40, Liveness, 1_000, false, 0, false},
	{OracleDeviation, "oracle deviation", 20, 60, Malice, 3_000, false, 0, true},
	{StaleOracle, "stale oracle", 10, 10, Liveness, 1_000, false, 0, true},
	{BidEquivocation, "bid equivocation", 90, 90, Malice, 20_000, false, 0, true},
	{FalseWitness, "false witness", 90, 90, Malice, 20_000, false, 0, true},
	{FalseStatement, "false statement", 100, 100, Malice, 20_000, false, 10_000, true},
	{KeyForgery, "key forgery", 100, 100, Malice, 20_000, false, 10_000, true},
	{ReportEquivocation, "report equivocation", 90, 90, Malice, 20_000, false, 0, true},
}

// Catalogue returns every offence there is, by number.
func Catalogue() []Entry { return slices.Clone(catalogue[1:]) }

// Entry returns what the catalogue says of o, and whether it says anything.
func (o Offence) Entry() (Entry, bool) {
	if o == 0 || int(o) >= len(catalogue) {
		return Entry{}, false
	}
	return catalogue[o], true
}

// Points returns what o leaves on the offender's record; nothing when o is not in the catalogue.
func (o Offence) Points() MilliPoints {
	e, _ := o.Entry()
	return e.Points
}

// String returns the name as people write it.
func (o Offence) String() string {
	if e, known := o.Entry(); known {
		return e.Name
	}
	return fmt.Sprintf("offence %d", uint8(o))
}

// MarshalText writes the name; it refuses an offence that has none.
func (o Offence) MarshalText() ([]byte, error) {
	if _, known := o.Entry(); !known {
		return nil, fmt.Errorf("offence %d: %w", uint8(o), ErrOffence)
	}
	return []byte(o.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (o *Offence) UnmarshalText(text []byte) error {
	for _, e := range catalogue[1:] {
		if e.Name == string(text) {
			*o = e.Offence
			return nil
		}
	}
	return fmt.Errorf("offence %q: %w", text, ErrOffence)
}

// DeviationSeverity returns the severity of an oracle report that was off the median: 20 at 250 bps and below, 60 at
// 2,500 bps and above, linear and rounded up in between.
func DeviationSeverity(off vadium.Bps) Severity {
	off = min(max(off, 250), 2_500)
	return Severity(20 + (40*(off-250)+2_249)/2_250)
}
