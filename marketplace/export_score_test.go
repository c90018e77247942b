package marketplace

import "vadium"

// What scores and paces are counted by, for tests outside the package.
type ScoreOutcome = outcome

const (
	OutcomeInTime = outcomeInTime
	OutcomeLate   = outcomeLate
	OutcomeFailed = outcomeFailed
	OutcomeSilent = outcomeSilent
)

func (sc *Score) Count(o ScoreOutcome, requester vadium.Account, wait vadium.Bps) {
	sc.count(o, requester, wait)
}
func (p *Pace) Deliver(took vadium.Duration) { p.deliver(took) }
func (p *Pace) End(inTime bool)              { p.end(inTime) }
