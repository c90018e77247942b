package marketplacetest

import (
	"fmt"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

// describeRisk writes the events of marks, calls and the breaker, and reports whether there is something to say: a mark
// that changed nothing but its epoch, and averages by themselves, is silence.
func (w *World) describeRisk(l *line, event marketplace.Event) bool {
	switch e := event.(type) {
	case *marketplace.EpochMarked:
		before := w.measured
		w.measured = e.Network
		if before.Epoch == 0 {
			before.Entry.Factor = vadium.BpsOne
		}
		l.flag(fmt.Sprintf("breaker=%v", e.Network.Breaker.Level), e.Network.Breaker.Level != before.Breaker.Level)
		l.flag(fmt.Sprintf("factor=%dbps", e.Network.Entry.Factor), e.Network.Entry.Factor != before.Entry.Factor)
		l.flag("unfinished", e.Network.From != 0)
		return e.Network.Breaker.Level != before.Breaker.Level || e.Network.Entry.Factor != before.Entry.Factor || e.Network.From != 0
	case *marketplace.BreakerTightened:
		w.measured.Breaker = e.Breaker
		l.say("%v", e.Breaker.Level)
	case *marketplace.CommissionDiverted:
		l.who(w.State.Vault(e.Vault).Prover).say("%s", e.Amount.Tokens())
	case *marketplace.CallMoved:
		l.who(w.State.Vault(e.Vault).Prover)
		for _, c := range []struct {
			name string
			call risk.Call
		}{{"locks", e.Calls.Locks}, {"entry", e.Calls.Entry}} {
			if c.call.Stage == risk.Met {
				continue
			}
			l.say("%s=%v", c.name, c.call.Stage).amount("stake", c.call.Glide.To.Stake).amount("junior", c.call.Glide.To.Junior).when("by", c.call.Glide.End)
		}
		l.flag("met", e.Calls.Stage() == risk.Met)
	}
	return true
}
