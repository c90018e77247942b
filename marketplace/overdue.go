package marketplace

import (
	"fmt"
	"slices"

	"vadium"
	"vadium/auction"
)

// What the market owes at a time is public: an ask epoch says when it ends, a request for which tick it waits. The one writer
// works through all that is due before it takes up a command, stamps the command with that very time, and a heartbeat of its own
// comes only when nothing is due. So in an honest journal no such record has a time at which something is overdue, however
// often the market crashed, stood still or was paused, and no margin is needed: a record that has is proof.

// idle reports whether a record is one before which nothing may be overdue: it begins a command, is what only commands bring, or
// is the market's sign of life.
func idle(e Event) bool {
	switch e.(type) {
	case *CommandAccepted, *SessionCommandAccepted, *MarketHeartbeat, *MarketPaused, *ParamsSet, *RequestSubmitted, *AskPlaced,
		*RequestAccepted, *HeartbeatReceived, *DeliveryReceived:
		return true
	}
	return false
}

// EpochTimes is when the ask epoch has to end, as the public records say it.
type EpochTimes struct {
	Epoch  uint64
	Ends   vadium.Time
	Paused bool
	// Moved is by how much outages and pauses have moved the end, and Outages how many there were. The market tells of each, and
	// whether it was one nobody can see in the records.
	Moved   vadium.Duration
	Outages int
	// Last is the time of the last record.
	Last vadium.Time

	pausedAt vadium.Time
	length   vadium.Duration // of the next epoch
}

// epochTimes returns the times of a state.
func (s *State) epochTimes() EpochTimes {
	if !s.market.Opened {
		return EpochTimes{}
	}
	m := &s.market
	return EpochTimes{Epoch: m.Epoch, Ends: m.EpochEnds, Paused: m.Paused, Last: m.At, pausedAt: m.PausedAt, length: s.params().AskEpoch}
}

// follow checks a record, sealed or not, and folds it in.
func (c *EpochTimes) follow(record Record) error {
	if late := record.At.Sub(c.Ends); c.Epoch > 0 && !c.Paused && late >= 0 && idle(record.Event) {
		return fmt.Errorf("record %d is of %d ms after the end of ask epoch %d, which the records before it do not close: the market keeps the epoch open",
			record.Seq, late, c.Epoch)
	}
	switch e := record.Event.(type) {
	case *MarketOpened:
		*c = EpochTimes{Epoch: 1, Ends: e.EpochEnds, length: e.Params.AskEpoch}
		if want := record.At.Add(c.length); c.Ends != want {
			return c.wrongEnd(record, 1, e.EpochEnds, want)
		}
	case *ParamsSet:
		c.length = e.Params.AskEpoch
	case *MarketPaused:
		c.Paused, c.pausedAt = true, record.At
	case *Resumed:
		if err := c.resume(record, e); err != nil {
			return err
		}
	case *AskEpochClosed:
		if e.Epoch != c.Epoch || record.At.Before(c.Ends) || c.Paused {
			return fmt.Errorf("record %d closes ask epoch %d, it is not yet the end of epoch %d", record.Seq, e.Epoch, c.Epoch)
		}
	case *AskEpochOpened:
		want := record.At.Add(c.length)
		if e.Epoch != c.Epoch+1 || e.Ends != want {
			return c.wrongEnd(record, e.Epoch, e.Ends, want)
		}
		c.Epoch, c.Ends, c.Moved, c.Outages = e.Epoch, e.Ends, 0, 0
	}
	c.Last = record.At
	return nil
}

func (c *EpochTimes) wrongEnd(record Record, epoch uint64, ends, want vadium.Time) error {
	return fmt.Errorf("record %d opens ask epoch %d until %d ms, after epoch %d it has to be the next, until %d", record.Seq, epoch, ends, c.Epoch, want)
}

// resume moves the end by a gap, which is the time since the last record, or since the pause began.
func (c *EpochTimes) resume(record Record, e *Resumed) error {
	since := c.Last
	if e.Unpaused {
		since = c.pausedAt
	}
	if gap := record.At.Sub(since); gap != e.Gap || e.Unpaused && !c.Paused {
		return fmt.Errorf("record %d moves what is due by %d ms, and the market was away for %d", record.Seq, e.Gap, gap)
	}
	if c.Paused && !e.Unpaused {
		return nil // the end of the pause moves it by this too
	}
	c.Paused, c.Ends = false, c.Ends.Add(e.Gap)
	c.Moved, c.Outages = c.Moved+e.Gap, c.Outages+1
	return nil
}

// recheckTicks returns how a record shows that the batch of a tick was put off, on the state just before it. What only a tick brings
// says nothing: it may have been due before.
func (s *State) recheckTicks(record Record) error {
	if s.market.Paused || s.inPools == 0 {
		return nil
	}
	by := record.At
	switch e := record.Event.(type) {
	case *AskEpochClosed:
		by = by.Earliest(s.market.EpochEnds) // what was due before comes before
	case *RequestClosed:
		if r := s.requests.get(e.Request); r != nil && r.waitsForTick() && !r.Tick.After(by) {
			return fmt.Errorf("record %d ends request %v unserved, %d ms after the tick at which it had to be cleared", record.Seq, r.ID, by.Sub(r.Tick))
		}
		return nil
	default:
		if !idle(record.Event) {
			return nil
		}
	}
	if id, tick, due := s.duePool(by); due {
		return fmt.Errorf("record %d is of %d ms after a tick of %v, whose requests the records before it neither clear nor let wait: the market puts their batch off",
			record.Seq, record.At.Sub(tick), id.Product)
	}
	return nil
}

// recheckPutOff returns an error if a tick for which a request waits from this record on is not the one of the rule.
func (s *State) recheckPutOff(record Record) error {
	switch e := record.Event.(type) {
	case *RequestSubmitted:
		r := &e.Request
		if next := tickAfter(record.At, s.params().tick(r.Product.Tier)); r.Tick != 0 && r.Tick != next {
			return fmt.Errorf("record %d lets request %v wait for the tick of %d ms, the next is that of %d", record.Seq, r.ID, r.Tick, next)
		}
	case *RequestsRolled:
		d := s.draft(record.At)
		from := s.waits(e.Product, record.At)
		for _, id := range e.Requests {
			r := s.requests.get(id)
			if e.Product.Tier == auction.Immediate {
				if _, inTime := d.nextTick(r, record.At); inTime || e.Tick != record.At.Add(vadium.Millisecond) {
					return fmt.Errorf("record %d lets request %v be cleared by itself at %d ms, and it could wait for a tick, or has its turn at another time", record.Seq, id, e.Tick)
				}
				continue
			}
			if !s.committedTo(e.Product) {
				continue // by an earlier rule
			}
			if next, inTime := d.nextTick(r, from(r)); !inTime || next != e.Tick {
				return fmt.Errorf("record %d lets request %v wait for the tick of %d ms, by the rule it is that of %d", record.Seq, id, e.Tick, next)
			}
		}
	}
	return nil
}

// turn is the clearing of a pool at a tick, while it is followed: the requests whose tick had come, less those that wait again or
// were hastened.
type turn struct {
	at   vadium.Time
	left map[vadium.RequestID]bool
	// served are those that the batch served, of whom nobody but their provers has a turn, and unopened says what asks counted.
	served   map[vadium.RequestID]vadium.Account
	unopened bool
}

func (t *turn) has(at vadium.Time, ids []vadium.RequestID) bool {
	if at != t.at {
		return false
	}
	for _, id := range ids {
		if !t.left[id] {
			return false
		}
	}
	return true
}

// follow checks what ends the wait of requests, on the state just before it. Where a turn begins the batch is run again: if it serves
// somebody, the record has to be the one that says so. A pool may have several turns at one time; what they leave to be cleared once
// more is taken to be the first one's, since nothing in the records says where the next begins.
func (t *turn) follow(s *State, record Record) error {
	var ids []vadium.RequestID
	cleared := false
	switch e := record.Event.(type) {
	case *BatchCleared:
		cleared = true
	case *RequestsRolled:
		ids = e.Requests
	case *RequestHastened:
		ids = []vadium.RequestID{e.Request}
	default:
		return nil
	}
	if cleared || !t.has(record.At, ids) {
		if err := t.begin(s, record, cleared); err != nil {
			return err
		}
	}
	if !t.has(record.At, ids) {
		return fmt.Errorf("record %d ends the wait of requests whose turn it is not", record.Seq)
	}
	for _, id := range ids {
		if prover, served := t.served[id]; served && (!t.hastens(record) || s.canBeServed(id, prover, record.At, t.unopened)) {
			return fmt.Errorf("record %d keeps request %v from %v, which its batch gives it to and which has no bar", record.Seq, id, prover)
		}
		delete(t.left, id)
	}
	return nil
}

// hastens reports whether a record has a request cleared by itself: so only those that a batch served end whose provers have a bar.
func (*turn) hastens(record Record) bool {
	_, hastens := record.Event.(*RequestHastened)
	return hastens
}

// canBeServed reports whether a prover can take a request that a batch gives it, as [draft.assignBatch] asks. What is assigned of the
// batch in between only takes stake and slots, so who could not then cannot later.
func (s *State) canBeServed(id vadium.RequestID, prover vadium.Account, now vadium.Time, unopened bool) bool {
	r, p := s.requests.get(id), s.provers.get(prover)
	book := s.books.get(r.Product)
	if p == nil || book == nil {
		return false
	}
	i, stands := book.ask(prover)
	asks := s.demandOf(r, now, false)
	asks.proven = unopened
	return stands && s.eligible(&asks, book.Asks[i], p)
}

// committedTo reports whether an ask for a product has a commitment to its price. Then the market works by the rule of who takes part
// and who waits that came with those, if it is the honest one; before, by an earlier one, which nobody is held to any more.
func (s *State) committedTo(product auction.Product) bool {
	book := s.books.get(product)
	return book != nil && slices.ContainsFunc(book.Asks, func(a *Ask) bool { return a.PriceCommitment != (vadium.Digest{}) })
}

func (t *turn) begin(s *State, record Record, cleared bool) error {
	id, tick, due := s.duePool(record.At)
	if !due || s.market.Paused {
		return fmt.Errorf("record %d ends the wait of requests whose tick has not come", record.Seq)
	}
	orders := s.dueOf(id, record.At)
	if !cleared && id.Product.Tier.Batch() {
		b := s.gather(id, tick, orders, record.At)
		if !b.unopened {
			b.clear(new(auction.Batch))
		}
		if b.reported() && s.committedTo(id.Product) {
			return fmt.Errorf("record %d ends the wait of requests for %v, and the batch of their tick was skipped", record.Seq, id.Product)
		}
	}
	*t = turn{at: record.At, left: make(map[vadium.RequestID]bool, len(orders))}
	for _, r := range orders {
		t.left[r.ID] = true
	}
	if e, batch := record.Event.(*BatchCleared); batch {
		t.served, t.unopened = make(map[vadium.RequestID]vadium.Account, len(e.Served)), e.Unopened
		for i := range e.Served {
			t.served[e.Served[i].Request] = e.Served[i].Prover
		}
	}
	return nil
}
