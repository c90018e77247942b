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
	b := s.gather(id, tick, s.dueOf(id, record.At), record.At)
	standings := s.standingsOf(b, record.At)
	for _, st := range standings {
		if st.Ask.commit() != st.Ask.Commitment {
			return standings, fmt.Errorf("the published ask of %v is not the one it was committed to", st.Ask.Prover)
		}
	}
	b.clear(new(auction.Batch))
	if len(b.matches) == 0 {
		return standings, fmt.Errorf("record %d clears a batch of %v, by the rule it serves nobody", record.Seq, e.Product)
	}
	return standings, e.differs(record.Seq, b.event(int(s.params().Backups)))
}

// differs returns an error that says in what a record is not what the rule makes of the batch.
func (e *BatchCleared) differs(seq uint64, want *BatchCleared) error {
	for _, part := range []struct {
		name      string
		got, want any
	}{
		{"product", &e.Product, &want.Product}, {"mechanism", e.Mechanism, want.Mechanism}, {"tick", e.Tick, want.Tick},
		{"orders", e.Orders, want.Orders}, {"offers", e.Offers, want.Offers}, {"served requests", e.Served, want.Served},
		{"winners and payments", e.Wins, want.Wins}, {"root", &e.Root, &want.Root},
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
	want := s.together(b.orders, now)
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
	clearing := auction.Clearing{
		Winner:  auction.Award{Prover: served.Prover, Payment: served.Charge},
		Backups: s.rankBehind(new(auction.Shortlist), e, r, served.Prover, record.At, record.Seq),
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
