package marketplace

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/auction"
)

// recheckBatch re-runs the batch that a record reports, on the state just before it: whose turn it was, who took part, what each
// prover could offer, who is served at what charge, and the root. It returns every ask of the product with what decided
// whether it took part.
func (s *State) recheckBatch(record Record, e *BatchCleared) ([]Standing, error) {
	if e.Sealed {
		return nil, fmt.Errorf("record %d is sealed until its ask epoch has ended", record.Seq)
	}
	id, tick, due := s.duePool(record.At)
	if !due {
		return nil, fmt.Errorf("record %d clears a batch, and no request's tick has come", record.Seq)
	}
	orders := s.dueOf(id, record.At)
	b := s.gather(id, tick, orders, record.At)
	standings := s.standingsOf(b, record.At)
	for _, st := range standings {
		if st.Ask.commit() != st.Ask.Commitment {
			return standings, fmt.Errorf("the published ask of %v is not the one it was committed to", st.Ask.Prover)
		}
	}
	if b.unopened && b.withheld() {
		return standings, s.recheckUnopened(record.Seq, e, b)
	}
	err := s.recheckOutcome(record.Seq, e, b)
	if err != nil && !s.committedTo(e.Product) && s.recheckOutcome(record.Seq, e, s.gatherFrom(id, tick, orders, record.At)) == nil {
		err = nil // by the rule before
	}
	return standings, err
}

// recheckOutcome clears a batch again and compares.
func (s *State) recheckOutcome(seq uint64, e *BatchCleared, b *batch) error {
	b.clear(new(auction.Batch))
	if !b.reported() {
		return fmt.Errorf("record %d clears a batch of %v, by the rule it serves nobody", seq, e.Product)
	}
	want := b.event(int(s.params().Backups))
	if e.Unopened && want.Unopened {
		shown := *e // whether the record shows them or not
		shown.Offers, want.Offers = e.withheld(), want.withheld()
		e = &shown
	}
	return e.differs(seq, want)
}

// withheld reports whether prices of a batch are withheld from whoever looks.
func (b *batch) withheld() bool {
	return slices.ContainsFunc(b.offers, func(o auction.Offer) bool { return o.Price.IsZero() })
}

// recheckUnopened checks of a batch whose prices are withheld all that does not depend on them: whose turn it was, who took part, the
// slots that each offered and the commitments that make up the book, and whether what the record says of its outcome can be at
// all. That it is the one by the rule, a proof of the clearing says.
func (s *State) recheckUnopened(seq uint64, e *BatchCleared, b *batch) error {
	shown, want := *e, b.event(0)
	shown.Offers = e.withheld()
	want.Offers = want.withheld()
	want.Served, want.Wins = shown.Served, shown.Wins
	if err := shown.differs(seq, want); err != nil {
		return err
	}
	orders, slots := map[vadium.RequestID]BatchServed{}, map[vadium.Account]uint32{}
	for i, r := range b.orders {
		orders[r.ID] = BatchServed{Request: r.ID, Value: r.Reserve, Before: r.before(), Rank: b.ranks[i]}
	}
	ranks := map[vadium.Account][32]byte{}
	for _, o := range b.offers {
		slots[o.Prover], ranks[o.Prover] = o.Slots, o.Rank
	}
	var charged, paid vadium.Amount
	won := map[vadium.Account]uint32{}
	for _, served := range e.Served {
		order, took := orders[served.Request]
		delete(orders, served.Request) // nobody is served twice
		if order.Prover, order.Charge = served.Prover, served.Charge; !took || order != served || served.Value.Less(served.Charge) {
			return fmt.Errorf("record %d serves %v, which did not take part so, or charges it more than its value", seq, served.Request)
		}
		charged = charged.MustAdd(served.Charge) // values of orders are bounded
		won[served.Prover]++
	}
	for _, w := range e.Wins {
		if w.Slots == 0 || w.Slots > slots[w.Prover] || w.Slots != won[w.Prover] || w.Rank != ranks[w.Prover] {
			return fmt.Errorf("record %d gives %v %d requests, it offered to take %d and is said to prove %d", seq, w.Prover, w.Slots, slots[w.Prover], won[w.Prover])
		}
		delete(won, w.Prover)
		var fits bool
		if paid, fits = paid.Add(w.Payment); !fits {
			return fmt.Errorf("record %d pays more than there can be", seq)
		}
	}
	if len(won) > 0 || charged != paid {
		return fmt.Errorf("record %d charges %s tokens for %d requests and pays %s", seq, charged.Tokens(), len(e.Served), paid.Tokens())
	}
	return nil
}

// differs returns an error that says in what a record is not what the rule makes of the batch.
func (e *BatchCleared) differs(seq uint64, want *BatchCleared) error {
	for _, part := range []struct {
		name      string
		got, want any
	}{
		{"product", &e.Product, &want.Product}, {"mechanism", e.Mechanism, want.Mechanism}, {"tick", e.Tick, want.Tick},
		{"secrecy of prices", e.Unopened, want.Unopened}, {"orders", e.Orders, want.Orders}, {"offers", e.Offers, want.Offers},
		{"served requests", e.Served, want.Served}, {"winners and payments", e.Wins, want.Wins}, {"root", &e.Root, &want.Root},
	} {
		got, err := rlp.EncodeToBytes(part.got)
		expected, alsoErr := rlp.EncodeToBytes(part.want)
		if err != nil || alsoErr != nil {
			panic(fmt.Sprintf("invariant: events always encode: %v, %v", err, alsoErr))
		}
		if !bytes.Equal(got, expected) {
			return fmt.Errorf("record %d has other %s than the rule gives", seq, part.name)
		}
	}
	return nil
}

// standingsOf returns every ask of a batch's product with why it does not take part, if it does not.
func (s *State) standingsOf(b *batch, now vadium.Time) []Standing {
	if len(b.orders) == 0 {
		return nil
	}
	want := s.together(b, now)
	standings := make([]Standing, 0, len(b.book.Asks))
	for _, ask := range b.book.Asks {
		st := s.standingOf(&want, ask)
		st.Multiplier = auction.BestMultiplier // a batch weighs no prover
		if st.Bar == BarNone && !s.quickEnough(&want, ask.Prover) {
			st.Bar = BarTooSlow
		}
		standings = append(standings, st)
	}
	return standings
}

// recheckServed checks an assignment against the batch that served it, which this state has to have seen: each of them follows its
// batch in the same tick. The batch itself is checked by its own record.
func (s *State) recheckServed(record Record, r *Request, attempt Attempt, ranked []auction.Award) (auction.Clearing, error) {
	e := s.lastBatch
	if e == nil {
		return auction.Clearing{}, fmt.Errorf("record %d assigns %v, which waits for a tick, and there was no batch", record.Seq, r.ID)
	}
	if e.Sealed {
		return auction.Clearing{}, fmt.Errorf("the batch that assigns %v is sealed until its ask epoch has ended", r.ID)
	}
	i := slices.IndexFunc(e.Served, func(served BatchServed) bool { return served.Request == r.ID })
	if i < 0 {
		return auction.Clearing{}, fmt.Errorf("record %d assigns %v, which the last batch did not serve", record.Seq, r.ID)
	}
	served := &e.Served[i]
	clearing := auction.Clearing{Winner: auction.Award{Prover: served.Prover, Payment: served.Charge}}
	if !e.Unopened {
		clearing.Backups = s.rankBehind(new(auction.Shortlist), e, r, served.Prover, record.At, record.Seq)
	}
	if served.Prover != attempt.Prover || served.Charge.Cmp(attempt.Price) != 0 {
		return clearing, fmt.Errorf("record %d pays %v %s tokens, the batch pays %v %s", record.Seq, attempt.Prover, attempt.Price.Tokens(),
			served.Prover, served.Charge.Tokens())
	}
	if !slices.Equal(clearing.Backups, ranked) {
		return clearing, fmt.Errorf("record %d ranks other backups than the rule does", record.Seq)
	}
	return clearing, nil
}
