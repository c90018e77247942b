package oracle

import (
	"fmt"

	"vadium"
)

// Finding is what evidence against a reporter says, once every signature in it has been checked: the shell reads the
// bytes, the core judges the finding by the rounds that the market knows.
type Finding struct {
	Feed FeedID
	Key  Key
	// Signed are observations that the key signed, oldest first: two of one round for an equivocation, the first and the
	// last of a deviation, one that was stale.
	Signed []Observation
	// Upstream are what independent signers said of the value at those times, in the order of Signed: for deviations alone.
	Upstream []Quote
}

// Quote is a value that enough of a source's signers signed.
type Quote struct {
	Source uint8         // index in the feed's sources
	Value  vadium.Amount // with the feed's decimals, rounded to nearest
	At     vadium.Time
}

// MaxQuoteAge is how far the time of a quote may be from that of the observation it is evidence against, either way.
const MaxQuoteAge = 30 * vadium.Second

// Refusals of findings.
const (
	// ErrFindingForm: a finding has not as many observations and quotes as its offence needs, or they are of another scope.
	ErrFindingForm = vadium.Kind("finding-malformed")
	// ErrNoEquivocation: the observations are of two rounds, or one and the same.
	ErrNoEquivocation = vadium.Kind("finding-no-equivocation")
	// ErrFindingRound: an observation is of a round that was not published under this configuration, or so long ago that it is
	// not kept any more.
	ErrFindingRound = vadium.Kind("finding-round-unknown")
	// ErrFindingKey: the key has no seat on the committee.
	ErrFindingKey = vadium.Kind("finding-key-not-seated")
	// ErrNoDeviation: an observation is within the outlier share of the median or of the independent quote.
	ErrNoDeviation = vadium.Kind("finding-no-deviation")
	// ErrNotLasting: the observations are less apart than deviations have to last.
	ErrNotLasting = vadium.Kind("finding-deviation-too-short")
	// ErrNotFlagged: a round in between has the reporter present and does not flag it, or the first or last does not speak
	// against the observation at its time.
	ErrNotFlagged = vadium.Kind("finding-not-flagged")
	// ErrQuoteDoubtful: an independent quote is of another time, of no source of the feed, or itself off the median.
	ErrQuoteDoubtful = vadium.Kind("finding-quote-doubtful")
	// ErrNotStale: the observation was not older than the window when the round before it was published.
	ErrNotStale = vadium.Kind("finding-not-stale")
)

// Deviation is what a reporter was found to have done.
type Deviation struct {
	// Off is the smallest share that it was shown to be off by: the basis of the severity.
	Off vadium.Bps
	// First and Last are the rounds that it was off from and to: what it counts for, once.
	First, Last uint64
}

func (f Finding) form(id FeedID, scope Scope, signed, quotes int) error {
	if f.Feed != id || len(f.Signed) != signed || len(f.Upstream) != quotes {
		return fmt.Errorf("%d observations and %d quotes, needed are %d and %d: %w", len(f.Signed), len(f.Upstream), signed, quotes, ErrFindingForm)
	}
	for _, o := range f.Signed {
		if o.Scope != scope {
			return fmt.Errorf("an observation of another scope: %w", ErrFindingForm)
		}
	}
	return nil
}

// JudgeEquivocation refuses a finding that does not show two different observations of one round.
func (f Feed) JudgeEquivocation(scope Scope, found Finding) error {
	if err := found.form(f.ID, scope, 2, 0); err != nil {
		return err
	}
	if a, b := found.Signed[0], found.Signed[1]; a.Round != b.Round || a == b {
		return fmt.Errorf("rounds %d and %d: %w", a.Round, b.Round, ErrNoEquivocation)
	}
	return nil
}

// JudgeStale refuses a finding that does not show an observation which was older than the window when the market published
// the round before it, so that its reporter knew. Among the rounds that the market keeps and that were published under this
// configuration, oldest first, the one before is that of the highest number below.
//
// An honest reporter never gives such a one (see [Node]). What it signed for another committee proves nothing, so the
// committee in force has to have published a round before the observation was made, and every round since.
func (f Feed) JudgeStale(scope Scope, recent []Round, found Finding) error {
	if err := found.form(f.ID, scope, 1, 0); err != nil {
		return err
	}
	if _, seated := f.Slot(found.Key); !seated {
		return ErrFindingKey
	}
	o := found.Signed[0]
	first, before := -1, -1 // of the rounds below it that this committee published without a break
	for i, r := range recent {
		switch {
		case r.Report.Round >= o.Round:
		case r.Report.Committee != f.Committee:
			first = -1
		case first < 0:
			first, before = i, i
		default:
			before = i
		}
	}
	if first < 0 || recent[first].Published.After(o.At) {
		return fmt.Errorf("the rounds before %d: %w", o.Round, ErrFindingRound)
	}
	if age := recent[before].Published.Sub(o.At); age <= f.Window+MaxSkew {
		return fmt.Errorf("it was %d ms old, the window is %d: %w", age, f.Window, ErrNotStale)
	}
	return nil
}

// JudgeDeviation returns what a finding shows: a reporter was off the median of two rounds, and off what independent
// signers said, by more than the outlier share, for as long as deviations have to last, and no round in between says
// otherwise. It refuses a finding that does not show that. The rounds are those that the market keeps and that were published
// under this configuration, oldest first.
func (f Feed) JudgeDeviation(scope Scope, recent []Round, found Finding) (Deviation, error) {
	if err := found.form(f.ID, scope, 2, 2); err != nil {
		return Deviation{}, err
	}
	slot, seated := f.Slot(found.Key)
	if !seated {
		return Deviation{}, ErrFindingKey
	}
	first, last := found.Signed[0], found.Signed[1]
	if first.Round >= last.Round || last.At.Sub(first.At) < f.Lasting {
		return Deviation{}, fmt.Errorf("from %d to %d, deviations last %d ms: %w", first.At, last.At, f.Lasting, ErrNotLasting)
	}
	d := Deviation{Off: vadium.BpsOne, First: first.Round, Last: last.Round}
	for i, o := range found.Signed {
		r, kept := Find(recent, o.Round)
		if !kept || r.Report.Committee != f.Committee {
			return Deviation{}, fmt.Errorf("round %d: %w", o.Round, ErrFindingRound)
		}
		off, err := f.deviation(o, r.Report.Median, found.Upstream[i])
		if err != nil {
			return Deviation{}, fmt.Errorf("round %d: %w", o.Round, err)
		}
		if !f.contradicted(slot, recent, r, o) {
			return Deviation{}, fmt.Errorf("round %d, an observation of %d: %w", o.Round, o.At, ErrNotFlagged)
		}
		d.Off = min(d.Off, off)
	}
	for _, r := range recent {
		between := first.Round <= r.Report.Round && r.Report.Round <= last.Round
		switch {
		case !between:
		case r.Report.Committee != f.Committee:
			return Deviation{}, fmt.Errorf("round %d: %w", r.Report.Round, ErrFindingRound)
		case r.Report.Present.Has(slot) && !r.Report.Flags.Has(slot):
			return Deviation{}, fmt.Errorf("round %d: %w", r.Report.Round, ErrNotFlagged)
		}
	}
	return d, nil
}

// contradicted reports whether published rounds speak against an observation at its time. A round that has its reporter in
// must flag it, within its own times. Of one that was left out, because its reporter signed before the others, the round
// before must be off it as well, and the observation lie between the two: what moved for a moment, while nobody published,
// is held against nobody.
func (f Feed) contradicted(slot int, recent []Round, r Round, o Observation) bool {
	if r.Report.Present.Has(slot) {
		return r.Report.Flags.Has(slot) && !o.At.Before(r.Report.Oldest) && !o.At.After(r.Report.Newest)
	}
	before := -1
	for i := range recent {
		if recent[i].Report.Round < r.Report.Round {
			before = i
		}
	}
	if before < 0 || recent[before].Report.Committee != f.Committee {
		return false
	}
	last := recent[before].Report
	return o.At.After(last.Newest) && !o.At.After(r.Report.Newest) && Off(o.Value, last.Median, f.Outlier)
}

// deviation returns how far an observation is off both the median and an independent quote.
func (f Feed) deviation(o Observation, median vadium.Amount, q Quote) (vadium.Bps, error) {
	distance := q.At.Sub(o.At)
	switch {
	case int(q.Source) >= len(f.Sources) || max(distance, -distance) > MaxQuoteAge || Off(q.Value, median, f.Outlier):
		return 0, fmt.Errorf("a quote of %v, %d ms away, the median is %v: %w", q.Value, distance, median, ErrQuoteDoubtful)
	case !Off(o.Value, median, f.Outlier) || !Off(o.Value, q.Value, f.Outlier):
		return 0, fmt.Errorf("an observation of %v, the median is %v and the quote %v: %w", o.Value, median, q.Value, ErrNoDeviation)
	}
	return min(OffBy(o.Value, median), OffBy(o.Value, q.Value)), nil
}
