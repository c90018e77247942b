package marketplacetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

// riskWords are the words for marks and calls.
var riskWords = map[string]func(*scenario, *call) error{
	"risk": (*scenario).showRisk, "network": (*scenario).showNetwork, "hours": (*scenario).hours,
}

func init() { maps.Copy(words, riskWords) }

// riskInstant is an instant of a prover's call: "prover1.locks.opened", ".half", ".deadline" and ".end", or of
// ".entry."; or "next-mark".
func (s *scenario) riskInstant(name string) (vadium.Time, bool) {
	if name == "next-mark" {
		return (s.Now/vadium.Time(risk.EpochLength) + 1) * vadium.Time(risk.EpochLength), true
	}
	parts := strings.Split(name, ".")
	if len(parts) != 3 || parts[1] != "locks" && parts[1] != "entry" {
		return 0, false
	}
	v := s.State.VaultOf(s.names.account(parts[0]))
	if v == nil {
		return 0, false
	}
	b := s.State.Backing(v.ID)
	if b == nil {
		return 0, false
	}
	c := b.Calls.Locks
	if parts[1] == "entry" {
		c = b.Calls.Entry
	}
	at, known := map[string]vadium.Time{
		"opened": c.Opened, "half": c.Glide.Start.Add(c.Glide.End.Sub(c.Glide.Start) / 2), "end": c.Glide.End, "deadline": c.Deadline(),
	}[parts[2]]
	return at, known
}

// showRisk prints what a vault holds and needs, and what is called for.
func (s *scenario) showRisk(c *call) error {
	r, known := s.State.RiskOf(s.vaultOf(c.word()))
	if !known {
		return fmt.Errorf("there is no such vault")
	}
	cover := func(k risk.Cover) string { return k.Stake.Tokens() + "/" + k.Junior.Tokens() }
	s.printf("%v effective=%s locked=%s free=%s coverage=%s needs=%s takes=%v", r.State, r.Effective.Tokens(), r.Locked.Tokens(), r.Free.Tokens(),
		times(r.Coverage), cover(r.Initial), r.MayTake)
	for _, c := range r.Calls {
		// The call as it stands now, not as of the last record.
		b := s.State.Backing(r.Vault).Calls
		glide := b.Locks.Glide
		if c.For == "entry" {
			glide = b.Entry.Glide
		}
		s.printf("  %s %v required=%s to=%s missing=%s deadline=%s", c.For, c.Stage, cover(glide.At(s.Now)), cover(c.To), cover(c.Missing), since(c.Deadline, s.Now))
	}
	return c.done()
}

// hours lets so many risk epochs pass, with the prices that are named published a minute before each ends:
// "hours 12 own=1000000 gold=2000000", in millionths.
func (s *scenario) hours(c *call) error {
	n := c.number(c.word())
	for _, name := range slices.Sorted(maps.Keys(c.named)) {
		c.used[name] = true
	}
	if err := c.done(); err != nil {
		return err
	}
	for range n {
		end, _ := s.riskInstant("next-mark")
		records := s.Until(end.Add(-vadium.Minute))
		for _, name := range slices.Sorted(maps.Keys(c.named)) {
			price := risk.Price(c.number(c.named[name]))
			quote := marketplace.PublishPrice{Spot: price, Average: price, At: s.Now, Quorum: true, Depth: risk.Value(vadium.PpmOne) * 1_000_000}
			if name != "own" {
				copy(quote.Asset[:], name)
			}
			published, err := s.Do("operator", quote)
			if err != nil {
				return s.show(nil, err)
			}
			for _, record := range published {
				if _, quoted := record.Event.(*marketplace.PricePublished); !quoted {
					records = append(records, record)
				}
			}
		}
		if err := s.show(append(records, s.Until(end)...), nil); err != nil {
			return err
		}
	}
	return c.err
}

// times writes a ratio, and that there is nothing to compare with.
func times(ratio vadium.Bps) string {
	if ratio == ^vadium.Bps(0) {
		return "all"
	}
	return fmt.Sprintf("%d%%", ratio/100)
}

// showNetwork prints the market's security as a whole.
func (s *scenario) showNetwork(c *call) error {
	r := s.State.NetworkRisk()
	s.printf("stake=%s locked=%s coverage=%s cost=%s profit=%s sound=%v lsr=%s breaker=%v calm=%d", r.Stake.Tokens(), r.Locked.Tokens(),
		times(r.Coverage), r.Cost.Tokens(), r.Profit.Tokens(), r.Sound, times(r.LSR), r.Level, r.Calm)
	s.printf("  minimum=%s factor=%d utilisation=%d health=%d", r.EntryMinimum.Tokens(), r.EntryFactor, r.Utilisation, r.Health)
	return c.done()
}

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
