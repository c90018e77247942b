package marketplacetest

import (
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// balances prints where the money is: free balances, vaults, and what belongs to nobody.
func (s *scenario) balances(c *call) error {
	for _, name := range s.names.order {
		account := s.names.account(name)
		var b strings.Builder
		if balance := s.State.Balance(account); !balance.IsZero() {
			fmt.Fprintf(&b, " balance=%s", balance.Tokens())
		}
		if v := s.State.VaultOf(account); v != nil {
			fmt.Fprintf(&b, " junior=%s", v.Junior.Tokens())
			for _, part := range []struct {
				name   string
				amount vadium.Amount
			}{{"senior", v.Senior}, {"dripping", v.Dripping.Locked}, {"commission", v.CommissionDue}, {"locked", v.Locked()}, {"caps", v.DamageCaps()}} {
				if !part.amount.IsZero() {
					fmt.Fprintf(&b, " %s=%s", part.name, part.amount.Tokens())
				}
			}
		}
		s.sayOther(&b, account)
		if b.Len() > 0 {
			s.printf("%s%s", name, b.String())
		}
	}
	t := s.State.Totals()
	bonds := ""
	if !t.Bonds.IsZero() {
		bonds = " bonds=" + t.Bonds.Tokens()
	}
	s.printf("market escrow=%s%s protocol=%s insurance=%s burnt=%s", t.Escrow.Tokens(), bonds, t.Protocol.Tokens(), t.Insurance.Tokens(), t.Burnt.Tokens())
	s.sayTreasuries()
	return c.done()
}

func (s *scenario) showRequest(c *call) error {
	r, known := s.request(c.word())
	if !known {
		return fmt.Errorf("there is no such request")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%v", r.Phase)
	if !r.Paid.IsZero() {
		fmt.Fprintf(&b, " paid=%s", r.Paid.Tokens())
	}
	if !r.Compensated.IsZero() {
		fmt.Fprintf(&b, " compensated=%s", r.Compensated.Tokens())
	}
	if !r.Escrow.IsZero() {
		fmt.Fprintf(&b, " escrow=%s", r.Escrow.Tokens())
	}
	for i, a := range r.Attempts {
		fmt.Fprintf(&b, "\n  /%d %s %v", i, s.names.of(a.Prover), a.Stage)
		if !a.Paid.IsZero() {
			fmt.Fprintf(&b, " paid=%s", a.Paid.Tokens())
		}
		if !a.Slashed.IsZero() {
			fmt.Fprintf(&b, " slashed=%s", a.Slashed.Tokens())
		}
		if !a.Compensated.IsZero() {
			fmt.Fprintf(&b, " compensated=%s%s", a.Compensated.Tokens(), assetName(s.State.Vault(a.Vault).Asset))
		}
	}
	s.printf("%s", b.String())
	return c.done()
}

func (s *scenario) showTerms(c *call) error {
	r, known := s.request(c.word())
	if !known {
		return fmt.Errorf("there is no such request")
	}
	s.printf("deadline=%s graceEnd=%s reserve=%s", since(r.Deadline, s.Now), since(r.GraceEnd, s.Now), r.Reserve.Tokens())
	for i, a := range r.Attempts {
		s.printf("  /%d %s %v acceptBy=%s heartbeatBy=%s deadline=%s graceEnd=%s", i, s.names.of(a.Prover), a.Stage, since(a.AcceptBy, s.Now),
			since(a.HeartbeatBy, s.Now), since(a.Deadline, s.Now), since(a.GraceEnd, s.Now))
	}
	return c.done()
}

func (s *scenario) showProver(c *call) error {
	account := s.names.account(c.word())
	p := s.State.Prover(account)
	if p == nil {
		return fmt.Errorf("there is no such prover")
	}
	s.printf("multiplier=%d declines=%d proved=%d late=%d faults=%d earned=%s lost=%s", s.State.Multiplier(account, s.product(c, c.or("none")), s.Now), p.Declines,
		p.Proved, p.Late, p.Faults, p.Earned.Tokens(), p.Lost.Tokens())
	return c.done()
}

func (s *scenario) showWaiting(c *call) error {
	var names []string
	for _, id := range s.State.WaitingRequests() {
		names = append(names, s.names.of(id))
	}
	s.printf("waiting: %s", strings.Join(names, " "))
	for _, id := range s.State.PooledRequests() {
		s.printf("  %s is cleared at %s", s.names.of(id), since(s.State.Request(id).Tick, s.Now))
	}
	return c.done()
}

func (s *scenario) showPrice(c *call) error {
	price, known := s.State.MarketPrice(s.product(c, c.word()), s.Now)
	if !known {
		s.printf("unknown")
		return c.done()
	}
	s.printf("%s", price.Tokens())
	return c.done()
}

// recheck re-runs the clearing that assigned r/n (the last assignment by default) from the public records, as a losing
// prover would. With tampered=price, winner or ask it first changes what the record or the ask says.
func (s *scenario) recheck(c *call) error {
	name, index, indexed := strings.Cut(c.word(), "/")
	tampered := c.get("tampered", "")
	r, known := s.request(name)
	if !known {
		return fmt.Errorf("there is no request %q", name)
	}
	if !indexed {
		index = fmt.Sprint(len(r.Attempts) - 1)
	}
	s.names.account("mallory")
	public := marketplace.NewState()
	for _, encoded := range s.Records {
		var record marketplace.Record
		if err := rlp.DecodeBytes(encoded, &record); err != nil {
			return err
		}
		record = marketplace.Public(record, s.State)
		if assigns(record.Event, r.ID, index) {
			tamper(tampered, record.Event)
			standings, clearing, err := public.Recheck(record)
			s.sayRecheck(standings, clearing, err)
			return c.done()
		}
		if ask, ok := record.Event.(*marketplace.AskPlaced); ok && tampered == "ask" {
			ask.Ask.Price = ask.Ask.Price.MustAdd(vadium.Tokens(1))
		}
		public.Apply(record)
	}
	return fmt.Errorf("request %s has no assignment %s", name, index)
}

func assigns(event marketplace.Event, id vadium.RequestID, index string) bool {
	switch e := event.(type) {
	case *marketplace.RequestAssigned:
		return e.Request == id && fmt.Sprint(e.Index) == index
	case *marketplace.BackupActivated:
		return e.Request == id && fmt.Sprint(e.Index) == index
	}
	return false
}

func tamper(what string, event marketplace.Event) {
	e, ok := event.(*marketplace.RequestAssigned)
	switch {
	case !ok:
	case what == "price":
		e.Attempt.Price = e.Attempt.Price.MustSub(vadium.NewAmount(1))
	case what == "winner":
		e.Attempt.Prover = Account("mallory")
	case what == "backups":
		e.Ranked = nil
	}
}

func (s *scenario) sayRecheck(standings []marketplace.Standing, clearing auction.Clearing, err error) {
	for _, st := range standings {
		bar := "eligible"
		if st.Bar != marketplace.BarNone {
			bar = string(st.Bar)
		}
		s.printf("  %s asks %s (multiplier %d): %s", s.names.of(st.Ask.Prover), st.Ask.Price.Tokens(), st.Multiplier, bar)
	}
	if err != nil {
		s.printf("wrong: %s", s.Say(err))
		return
	}
	if clearing.Winner.Prover != (vadium.Account{}) {
		s.printf("right: %s wins at %s", s.names.of(clearing.Winner.Prover), clearing.Winner.Payment.Tokens())
		return
	}
	s.printf("right: ranked before")
}

// showPublic prints the records that strangers see differently now, and how: asks, tie seeds and ranked backups of the ask epoch that is
// still open.
func (s *scenario) showPublic(c *call) error {
	for _, encoded := range s.Records {
		var record marketplace.Record
		if err := rlp.DecodeBytes(encoded, &record); err != nil {
			return err
		}
		public, err := rlp.EncodeToBytes(marketplace.Public(record, s.State))
		if err != nil {
			return err
		}
		if string(public) != string(encoded) {
			s.printf("%s", s.Describe(marketplace.Public(record, s.State)))
		}
	}
	return c.done()
}
