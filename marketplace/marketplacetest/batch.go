package marketplacetest

import (
	"fmt"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

func init() {
	submitOptions = append(submitOptions, func(_ *scenario, c *call, b *marketplace.SubmitRequest) error {
		if name := c.get("mechanism", ""); name != "" {
			c.fail(b.Arrangement.Mechanism.UnmarshalText([]byte(name)))
		}
		return nil
	})
	words["recheck-batch"] = (*scenario).recheckBatch
	words["asks"] = (*scenario).showAsks
	words["prove"] = (*scenario).prove
}

// describeBatch writes what batches are told in.
func (w *World) describeBatch(l *line, event marketplace.Event) bool {
	switch e := event.(type) {
	case *marketplace.BatchCleared:
		l.say("%v %v", e.Product, e.Mechanism).when("tick", e.Tick).say("orders=%d", len(e.Orders)).flag("sealed", e.Sealed)
		for _, o := range e.Offers {
			l.say("\n  %s offers %d at %s", w.names.of(o.Prover), o.Slots, o.Price.Tokens())
		}
		for _, win := range e.Wins {
			l.say("\n  %s proves %d for %s", w.names.of(win.Prover), win.Slots, win.Payment.Tokens())
		}
	case *marketplace.RequestsRolled:
		l.say("%v", e.Product).when("tick", e.Tick)
		for _, id := range e.Requests {
			l.request(id)
		}
	case *marketplace.RequestHastened:
		l.request(e.Request).say("%v", e.Product)
	default:
		return false
	}
	return true
}

// prove lets whoever is assigned the requests accept and prove them, without a word.
func (s *scenario) prove(c *call) error {
	s.quiet = true
	defer func() { s.quiet = false }()
	for len(c.words) > 0 {
		name := c.word()
		r, known := s.request(name)
		if !known || len(r.Attempts) == 0 {
			s.quiet = false
			s.printf("%s is not assigned", name)
			continue
		}
		by := s.names.of(r.Attempts[len(r.Attempts)-1].Prover)
		proof := by + "'s-proof-of-" + name
		for _, line := range []string{"accept " + by + " " + name, "deliver " + by + " " + name + " " + proof, "verdict " + by + " " + name + " valid"} {
			if err := s.execute(line); err != nil {
				return err
			}
			if s.refusal != nil {
				return s.refusal
			}
		}
	}
	return c.done()
}

// showAsks prints the asks of the batch tiers as everyone may see them.
func (s *scenario) showAsks(c *call) error {
	for product, book := range s.State.Books() {
		if !product.Tier.Batch() {
			continue
		}
		s.printf("%v:", product)
		for _, ask := range book.Asks {
			shown, priced := s.State.PublicAsk(*ask)
			said := "price " + shown.Price.Tokens()
			if !priced {
				said = "a price that is not shown"
			}
			s.printf("  %s: %s, %d slots", s.names.of(shown.Prover), said, shown.Slots)
		}
	}
	return c.done()
}

// recheckBatch re-runs the batch that served a request from the public records, and the assignment that followed. With
// tampered=offer, charge, winner, order or root it first changes what the record says.
func (s *scenario) recheckBatch(c *call) error {
	r, known := s.request(c.word())
	tampered := c.get("tampered", "")
	if !known {
		return fmt.Errorf("there is no such request")
	}
	public := marketplace.NewState()
	for _, encoded := range s.Records {
		var record marketplace.Record
		if err := rlp.DecodeBytes(encoded, &record); err != nil {
			return err
		}
		record = marketplace.Public(record, s.State)
		if e, ok := record.Event.(*marketplace.BatchCleared); ok && serves(e, r) {
			tamperBatch(tampered, e)
			standings, _, err := public.Recheck(record)
			for _, st := range standings {
				bar := "takes part"
				if st.Bar != marketplace.BarNone {
					bar = string(st.Bar)
				}
				asks := st.Ask.Price.Tokens()
				if st.Ask.Price.IsZero() {
					asks = "what is not shown"
				}
				s.printf("  %s asks %s: %s", s.names.of(st.Ask.Prover), asks, bar)
			}
			if err != nil {
				s.printf("wrong: %s", s.Say(err))
				return c.done()
			}
			s.printf("right: %d requests served", len(e.Served))
			return c.done()
		}
		if ask, placed := record.Event.(*marketplace.AskPlaced); placed && tampered == "ask" {
			ask.Ask.Slots++
		}
		if err := public.RecheckRecord(record); err != nil {
			s.printf("wrong: %s", s.Say(err))
			return c.done()
		}
		public.Apply(record)
	}
	return fmt.Errorf("no batch served it")
}

// RecheckPublic re-runs every clearing of the ask epochs that have ended from what everybody is shown of the journal, and checks what
// else its records say against the rules. It returns how many batches there were, and of how many the prices are never shown.
func (s *Simulation) RecheckPublic() (batches, unopened int) {
	s.t.Helper()
	state := marketplace.NewState()
	for _, record := range s.Journal() {
		record = marketplace.Public(record, s.State)
		if state.Market().Epoch == s.State.Market().Epoch {
			return batches, unopened
		}
		switch e := record.Event.(type) {
		case *marketplace.BatchCleared:
			batches++
			if e.Unopened {
				unopened++
			}
			for _, o := range e.Offers {
				if e.Unopened && !o.Price.IsZero() {
					s.t.Fatalf("record %d shows that %v asks %s", record.Seq, o.Prover, o.Price.Tokens())
				}
			}
			s.recheck(state, record)
		case *marketplace.RequestAssigned, *marketplace.BackupActivated:
			s.recheck(state, record)
		}
		if err := state.RecheckRecord(record); err != nil {
			s.t.Fatal(err)
		}
		state.Apply(record)
	}
	return batches, unopened
}

func (s *Simulation) recheck(state *marketplace.State, record marketplace.Record) {
	s.t.Helper()
	if _, _, err := state.Recheck(record); err != nil {
		s.t.Fatal(err)
	}
}

func serves(e *marketplace.BatchCleared, r *marketplace.Request) bool {
	for _, served := range e.Served {
		if served.Request == r.ID {
			return true
		}
	}
	return false
}

func tamperBatch(what string, e *marketplace.BatchCleared) {
	switch what {
	case "charge":
		e.Served[0].Charge = e.Served[0].Charge.MustSub(e.Served[0].Charge.BpsDown(1))
	case "winner":
		e.Served[0].Prover = Account("mallory")
	case "offer":
		e.Offers = e.Offers[1:]
	case "order":
		e.Orders = e.Orders[1:]
	case "slots":
		e.Offers[0].Slots++
	case "commitment":
		e.Offers[0].PriceCommitment[0]++
	case "value":
		e.Served[0].Value = e.Served[0].Value.MustAdd(vadium.NewAmount(1))
	case "twice":
		e.Served[len(e.Served)-1] = e.Served[0]
	case "payment":
		e.Wins[0].Payment = e.Wins[0].Payment.MustAdd(vadium.NewAmount(1))
	case "won":
		e.Wins[0].Slots++
	case "root":
		e.Root[0] ^= 1
	}
}

// In a simulation, one request in five is of a batch tier and comes with others like it, some of them at one price for all; provers ask in batch tiers as well,
// and renew those asks now and then, as they do the others.

// batchTier makes a request one of a batch tier, now and then.
func (s *Simulation) batchTier(r *marketplace.SubmitRequest) {
	if !s.chance(5) {
		return
	}
	r.Tier = pick(s, []auction.Tier{auction.Standard, auction.Standard, auction.Bulk})
	if s.chance(4) {
		r.Arrangement.Mechanism = auction.OnePrice
	}
	if r.Tier == auction.Bulk {
		r.Deadline = r.Deadline.Add(s.within(vadium.Minute, 20*vadium.Minute))
	}
}

// company submits others like a request of a batch tier, for the batch that it will be in.
func (s *Simulation) company(like marketplace.SubmitRequest) {
	for like.Tier.Batch() && !s.chance(3) {
		by := pick(s, s.people)
		r, _ := s.request(by)
		r.Program, r.Tier, r.Deadline = like.Program, like.Tier, like.Deadline.Add(s.within(0, vadium.Minute))
		r.Allow, r.Deny, r.Arrangement.Mechanism = nil, nil, like.Arrangement.Mechanism
		if like.DamageCap.IsZero() {
			r.DamageCap = vadium.Amount{}
		} else {
			r.DamageCap = vadium.Min(s.tokens(0, 40), r.MaxFee)
		}
		_, _ = s.do(by, r)
	}
}

// askInBatches places asks in the batch tiers, in all stake tiers of some program.
func (s *Simulation) askInBatches(name string) {
	for _, tier := range []auction.Tier{auction.Standard, auction.Bulk} {
		program := pick(s, s.programs)
		for _, stake := range []auction.StakeTier{auction.StakeNone, auction.StakeStandard, auction.StakeHigh} {
			if ask, ok := s.askOf(program, stake); ok {
				ask.Product.Tier = tier
				_, _ = s.do(name, ask)
			}
		}
	}
}
