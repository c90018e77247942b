package risk

import (
	"fmt"

	"vadium"
)

// Stage is how far a call has come. The numbers are persisted and never reused.
type Stage uint8

// Stages of the ladder.
const (
	// Met: nothing is called for.
	Met Stage = 0
	// Called: stake is missing, and the time to post it runs.
	Called Stage = 1
	// Reduced: that time is over, and commission goes to the prover's own junior stake.
	Reduced Stage = 2
	// Suspended: twice that time is over; the prover is assigned nothing, whatever it posts short of a cure.
	Suspended Stage = 3
	// Excluded: it never posted. The prover must leave, and may begin again with another vault.
	Excluded Stage = 4
)

// String returns the name as people write it.
func (s Stage) String() string {
	names := [...]string{"met", "called", "reduced", "suspended", "excluded"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("stage %d", uint8(s))
}

// Call is a demand for stake on one vault. The zero value is no demand. A vault has two: one for its locks and one for
// the entry minimum (see [Calls]).
type Call struct {
	Stage  Stage
	Opened vadium.Time // the ladder counts from here
	Glide  Glide       // what is required meanwhile
	// Grace is how long it may take without consequence, and ExcludeAfter when the prover is excluded: as they were when the
	// call was made, so that no later change moves a deadline that somebody counts on.
	Grace, ExcludeAfter vadium.Duration
}

// Marking is one vault's situation at one instant, by which its call moves.
type Marking struct {
	Now    vadium.Time
	Posted Cover
	// Maintenance is what must be there; Initial is what must be there again once it was not.
	Maintenance, Initial Cover
	// Fresh says that the price is known. Without it nobody climbs the ladder, because what is missing may be missing in
	// the feed alone; stake posted still cures.
	Fresh bool
}

// Recall is the share of a need below which what was called for counts as too little (economics.md §4.4: "a lock is
// < 91 % of need"): the price has gone on falling, and the call is widened.
const Recall vadium.Bps = 9_100

// rung is an edge of the ladder: from a stage to the next when the condition holds.
type rung struct {
	from, to Stage
	when     func(c Call, m Marking) bool
}

// ladder is every way a call can go; the first that applies is taken, one a marking. Out of Excluded leads none, and back
// leads only posting what is missing.
var ladder = [...]rung{
	{Met, Called, short},
	{Called, Met, cured},
	{Called, Reduced, overdue},
	{Reduced, Met, cured},
	{Reduced, Suspended, overdue},
	{Suspended, Met, cured},
	{Suspended, Excluded, overdue},
}

func short(_ Call, m Marking) bool { return !m.Posted.Meets(m.Maintenance) }
func cured(_ Call, m Marking) bool { return m.Posted.Meets(m.Initial) }

// overdue reports whether less is posted than is required by now, the price is known, and the time of the stage is over;
// its last millisecond is in time.
func overdue(c Call, m Marking) bool {
	return c.behind(m) && m.Fresh && m.Now.After(c.Deadline())
}

// behind reports whether less is posted than is required by now.
func (c Call) behind(m Marking) bool { return !m.Posted.Meets(c.Glide.At(m.Now)) }

// Next returns the call after a vault was marked. It moves by one stage at most, so nobody is suspended who was not
// reduced first. What is needed no longer is not called for any more; what is needed besides is, once it is a tenth. The
// parameters are for a call that begins: one that stands keeps its own times.
func (c Call) Next(m Marking, p Params) Call {
	if c.Stage != Met && c.Stage != Excluded {
		c.Glide.To = Cover{Stake: vadium.Min(c.Glide.To.Stake, m.Initial.Stake), Junior: vadium.Min(c.Glide.To.Junior, m.Initial.Junior)}
		c = c.widened(m)
	}
	for _, r := range ladder {
		if r.from != c.Stage || !r.when(c, m) {
			continue
		}
		return c.at(r.to, m, p)
	}
	return c
}

// at returns the call at its next stage.
func (c Call) at(to Stage, m Marking, p Params) Call {
	switch to {
	case Met:
		return Call{}
	case Called:
		return opened(m, p)
	case Reduced, Suspended, Excluded:
		c.Stage = to
	}
	return c
}

func opened(m Marking, p Params) Call {
	return Call{
		Stage: Called, Opened: m.Now, Glide: Glide{From: m.Posted, To: m.Initial, Start: m.Now, End: m.Now.Add(p.CallGrace)},
		Grace: p.CallGrace, ExcludeAfter: p.ExcludeAfter,
	}
}

// widened returns the call when more is needed than it called for: the requirement glides on from where it is. Whoever
// has kept up with it gets the whole time again, as with a new call. Whoever is behind keeps the time that ran and gets
// a day for what has come on top.
func (c Call) widened(m Marking) Call {
	if c.Glide.To.MeetsShare(Recall, m.Initial) {
		return c
	}
	required, behind := c.Glide.At(m.Now), c.behind(m)
	grace := MinCallGrace
	if !behind {
		grace = c.Grace
		if c.Stage == Called {
			c.Opened = m.Now
		}
	}
	c.Glide = Glide{From: required, To: m.Initial, Start: m.Now, End: max(c.Glide.End, m.Now.Add(grace))}
	return c
}

// Postpone moves the call's deadlines: the market stood still for so long, and nobody could post.
func (c Call) Postpone(gap vadium.Duration) Call {
	if c.Stage == Met {
		return c
	}
	c.Opened, c.Glide.Start, c.Glide.End = c.Opened.Add(gap), c.Glide.Start.Add(gap), c.Glide.End.Add(gap)
	return c
}

// Deadline returns the last instant at which the call can be cured before it climbs, and [vadium.Forever] when it
// cannot climb.
func (c Call) Deadline() vadium.Time {
	switch c.Stage {
	case Called:
		return c.Opened.Add(c.Grace)
	case Reduced:
		return c.Opened.Add(2 * c.Grace)
	case Suspended:
		return c.Opened.Add(c.ExcludeAfter)
	case Met, Excluded:
	}
	return vadium.Forever
}

// mostDiverted is the largest part of commission that a call takes.
const mostDiverted vadium.Bps = 5_000

// Divert returns the part of an earned commission that becomes the prover's own junior stake instead: from Reduced on,
// as large as the shortfall and at most half, and never more than what is missing. Rounded up, in favour of whoever the
// stake covers; it stays the prover's.
func (c Call) Divert(commission vadium.Amount, posted Cover, now vadium.Time) vadium.Amount {
	if c.Stage < Reduced {
		return vadium.Amount{}
	}
	need := c.Glide.At(now)
	missing := vadium.Max(need.Stake.SubFloor(posted.Stake), need.Junior.SubFloor(posted.Junior))
	return vadium.Min(missing, commission.BpsUp(min(mostDiverted, posted.Shortfall(need))))
}

// Calls is a prover's two calls: for the locks it has, and for the entry minimum.
type Calls struct{ Locks, Entry Call }

// Stage returns the worse of the two.
func (s Calls) Stage() Stage { return max(s.Locks.Stage, s.Entry.Stage) }

// MayTake reports whether the prover may be assigned anything new. A call for its locks ends that at once. A call for
// the entry minimum does not, as long as the prover keeps up with what is required while the minimum rises.
func (s Calls) MayTake(now vadium.Time, posted Cover) bool {
	if s.Locks.Stage != Met || s.Entry.Stage > Called {
		return false
	}
	return s.Entry.Stage == Met || posted.Meets(s.Entry.Glide.At(now))
}
