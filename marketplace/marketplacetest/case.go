package marketplacetest

import (
	"fmt"
	"maps"
	"strings"

	"vadium"
	"vadium/marketplace"
	"vadium/oracle"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

func init() {
	maps.Copy(words, map[string]func(*scenario, *call) error{
		// Reports and cases. Evidence is a name; subject= names the offence it is of, the evidence's own name by default.
		"commit": func(s *scenario, c *call) error {
			by, reveal := c.evidence(s)
			return s.send(c, by, marketplace.CommitEvidence{Commitment: marketplace.EvidenceCommitment(s.names.account(c.get("as", by)), reveal)})
		},
		"reveal": func(s *scenario, c *call) error {
			by, reveal := c.evidence(s)
			return s.send(c, by, reveal)
		},
		"veto": func(s *scenario, c *call) error {
			id := marketplace.CaseID(c.number(c.word()))
			return s.send(c, c.get("by", "operator"), marketplace.VetoCase{Case: id, Reason: c.rest()})
		},
		"incident": func(s *scenario, c *call) error {
			until := s.Now.Add(c.length(c.word()))
			return s.send(c, c.get("by", "operator"), marketplace.DeclareIncident{Until: until, Reason: c.rest()})
		},
		"alert": func(s *scenario, c *call) error {
			level, until := c.number(c.word()), s.Now.Add(c.length(c.word()))
			return s.send(c, c.get("by", "operator"), marketplace.RaiseAlert{Alert: risk.Alert(level), Until: until, Reason: c.rest()})
		},
		"measured": (*scenario).measured, "case": (*scenario).showCase, "conduct": (*scenario).showConduct,
	})
}

// evidence reads who reports whom with what.
func (c *call) evidence(s *scenario) (by string, b marketplace.RevealEvidence) {
	by, offender, name := c.word(), c.word(), c.word()
	b = Evidence(by, offender, name)
	s.names.account(offender)
	b.Subject = vadium.DigestOf([]byte(c.get("subject", name)))
	b.Holds = c.get("holds", "yes") == "yes"
	b.Finding = c.finding(s, offender)
	c.fail(b.Offence.UnmarshalText([]byte(strings.ReplaceAll(c.get("offence", "bid-equivocation"), "-", " "))))
	if c.get("offence", "") == "no-show" {
		b.Offence, c.err = slashing.NoShow, nil
	}
	return by, b
}

// Evidence returns evidence of a bid equivocation, that holds, as the person called by would show it.
func Evidence(by, offender, name string) marketplace.RevealEvidence {
	return marketplace.RevealEvidence{
		Offender: Account(offender), Offence: slashing.BidEquivocation, Evidence: []byte(name), Salt: Salt("evidence of " + by),
		Holds: true, Subject: vadium.DigestOf([]byte(name)),
	}
}

// measured writes into the journal what the market would measure of itself at the end of a risk epoch.
func (s *scenario) measured(c *call) error {
	m := marketplace.Measures{
		Epoch: risk.EpochAt(s.Now), Stake: c.tokens(c.get("stake", "0")), Health: vadium.Bps(c.number(c.get("health", "10000"))),
		Entry: risk.Entry{Factor: vadium.BpsOne},
	}
	m.Usual[0] = vadium.Bps(c.number(c.get("usual", "0")))
	if err := c.done(); err != nil {
		return err
	}
	s.Measure(m)
	return nil
}

// Measure writes measures into the journal.
func (w *World) Measure(m marketplace.Measures) {
	w.t.Helper()
	event := &marketplace.EpochMarked{Network: m}
	w.Decided = append(w.Decided, []marketplace.Event{event})
	w.apply(marketplace.Record{Seq: w.State.NextSeq(), At: max(w.Now, w.State.Now()), Event: event})
}

func (s *scenario) showCase(c *call) error {
	id := marketplace.CaseID(c.number(c.word()))
	one := s.State.Case(id)
	if one == nil {
		return fmt.Errorf("there is no case %d", id)
	}
	s.printf("%s %v by %s %v opened=%s vetoUntil=%s executeBy=%s", s.names.of(one.Prover), one.Offence, s.names.of(one.Reporter), one.Outcome,
		since(one.Opened, s.Now), since(one.VetoUntil, s.Now), since(one.ExecuteBy, s.Now))
	return c.done()
}

// showConduct prints where a prover stands and what its next penalty depends on.
func (s *scenario) showConduct(c *call) error {
	account := s.names.account(c.word())
	p := s.State.Prover(account)
	if p == nil {
		return fmt.Errorf("there is no such prover")
	}
	l := &line{names: s.names, at: s.Now}
	fmt.Fprintf(l, "%v", p.State())
	if p.State() == marketplace.StateJailed {
		l.when("until", p.Status.Until)
	}
	l.say("history=%v strikes=%d silence=%dppm", p.Conduct.History, len(p.Status.Strikes), p.Conduct.Silence)
	if v := s.State.VaultOf(account); v != nil {
		l.flag(fmt.Sprintf("cases=%d", v.Cases), v.Cases > 0)
	}
	if b := s.State.Backing(p.Vault); b != nil {
		for _, f := range b.Deferred {
			of := s.names.of(f.Request)
			if f.Case != 0 {
				of = fmt.Sprintf("case-%d", f.Case)
			}
			l.say("held=%s:%s", of, f.Amount.Tokens())
		}
	}
	s.printf("%s", l.String())
	return c.done()
}

// context writes what of a penalty's context is not neutral, and the fraction that it came to.
func (l *line) context(in slashing.Inputs, p slashing.Penalty) *line {
	if in == (slashing.Inputs{}) {
		return l
	}
	l.flag(fmt.Sprintf("impact=%dbps", in.Impact), in.Impact > 0)
	l.flag(fmt.Sprintf("history=%v", in.History), in.History > 0)
	l.flag(fmt.Sprintf("correlation=%dbps", in.Correlation), in.Correlation > 0)
	l.flag(fmt.Sprintf("uptime=%dbps", in.Uptime), in.Uptime < vadium.BpsOne)
	l.flag(fmt.Sprintf("health=%dbps", in.Health), in.Health < vadium.BpsOne)
	l.flag(fmt.Sprintf("price=%d/%d", in.PriceNow, in.PriceReference), in.PriceNow != in.PriceReference)
	l.flag("systemic", in.Systemic).flag("fallback", p.Fallback)
	floor := slashing.Neutral()
	floor.Severity, floor.Class = in.Severity, in.Class
	if base, err := slashing.Fraction(floor); err == nil && base != p.Fraction {
		l.say("fraction=%dppm", p.Fraction)
	}
	return l
}

// describeCase writes the events of cases and of what buckets hold back.
func (w *World) describeCase(l *line, event marketplace.Event) bool {
	vault := func(id vadium.VaultID) *line { return l.who(w.State.Vault(id).Prover) }
	switch e := event.(type) {
	case *marketplace.EvidenceCommitted:
		l.who(e.Reporter)
	case *marketplace.CaseOpened:
		c := e.Case
		l.say("%d", c.ID).who(c.Prover).say("%v severity=%d by=%s", c.Offence, c.Severity, w.names.of(c.Reporter))
		if c.First != 0 {
			l.say("%s rounds=%d-%d", oracle.NameOf(c.Feed), c.First, c.Last)
		}
		l.when("vetoUntil", c.VetoUntil).when("executeBy", c.ExecuteBy)
	case *marketplace.CaseVetoed:
		l.say("%d", e.Case)
		vault(e.Vault).say("%q", e.Reason)
	case *marketplace.VaultSlashed:
		l.say("%d", e.Case)
		vault(e.Vault).context(e.Context, e.Penalty).amount("penalty", e.Penalty.Punitive).loss("punitive", e.Punitive)
		l.amount("reporter="+w.names.of(e.Reporter), e.Shares.Reporter).amount("insurance", e.Shares.Insurance).amount("burnt", e.Shares.Burn).amount("deferred", e.Deferred)
	case *marketplace.DeferredSlashed:
		if vault(e.Vault); e.Case != 0 {
			l.say("case=%d", e.Case).loss("punitive", e.Punitive).amount("reporter="+w.names.of(w.State.Case(e.Case).Reporter), e.Shares.Reporter)
		} else {
			l.attempt(e.Request, e.Attempt).loss("punitive", e.Punitive)
		}
		if !e.Shares.Rescuer.IsZero() {
			l.say("rescuer=%s:%s", w.names.of(e.Rescuer), e.Shares.Rescuer.Tokens())
		}
		l.amount("insurance", e.Shares.Insurance).amount("burnt", e.Shares.Burn).amount("rest", e.Rest)
	case *marketplace.AlertRaised:
		l.say("%d %q", e.Alert, e.Reason).when("until", e.Until)
	case *marketplace.IncidentDeclared:
		l.say("%q", e.Reason).when("until", e.Until)
	case *marketplace.ProverMoved:
		l.who(e.Prover).say("%v -> %v: %v", e.From, e.To, e.Cause).when("until", e.Until)
	default:
		return false
	}
	return true
}
