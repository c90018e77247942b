package marketplace_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// batches returns the records of batches among others.
func batches(records []marketplace.Record) (all []marketplace.Record) {
	for _, record := range records {
		if _, is := record.Event.(*marketplace.BatchCleared); is {
			all = append(all, record)
		}
	}
	return all
}

// assigned returns the assignments among records, by request.
func assigned(records []marketplace.Record) map[vadium.RequestID]marketplace.Attempt {
	all := map[vadium.RequestID]marketplace.Attempt{}
	for _, record := range records {
		if e, is := record.Event.(*marketplace.RequestAssigned); is {
			all[e.Request] = e.Attempt
		}
	}
	return all
}

// What a batch of the market pays is what the rule makes of who is eligible, worked out again the slow way: every ask by its bar
// for every request, slots one by one, payments as the loss of the others (VCG) by the definition.
func TestBatchesOfTheMarketAgreeWithASlowReference(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	served, partly := 0, 0
	for market := range 60 {
		w := randomMarket(t, random)
		before := w.Fork().State
		records := w.Wait(2 * vadium.Second)
		for _, record := range records {
			if e, is := record.Event.(*marketplace.BatchCleared); is {
				served += len(e.Served)
				if len(e.Served) < len(e.Orders) {
					partly++
				}
				checkBatch(t, fmt.Sprintf("market %d of seed %d", market, seed), before, record.At, e, assigned(records))
			}
			before.Apply(record) // whose turn comes later finds less
		}
	}
	if served < 60 || partly < 5 {
		t.Errorf("%d requests were served and %d batches not wholly, which says little", served, partly)
	}
}

// randomMarket returns a market a moment before a tick: provers with different stake, some of it locked, and requests that are
// alike.
func randomMarket(t *testing.T, random *rand.Rand) *marketplacetest.World {
	t.Helper()
	w := marketplacetest.Ready(t, 0)
	w.Unchecked, w.DigestEvery = true, 0
	w.Run("fund alice 5000", "params maxOpenRequests=1000")
	provers := 1 + random.IntN(7)
	for i := range provers {
		name := fmt.Sprint("p", i)
		slots := 1 + random.IntN(5)
		w.Run("fund "+name+" 400", fmt.Sprintf("vault %s %d", name, 10+random.IntN(90)), "serve "+name+" membership 10s")
		for _, tier := range []string{"none", "standard"} {
			w.Run(fmt.Sprintf("ask %s %s %d.%d tier=2 slots=%d capacity=%d", name, tier, 4+random.IntN(5), random.IntN(3), slots, slots+random.IntN(3)))
		}
	}
	w.Run("at epoch-end")
	for i := range 1 + random.IntN(12) {
		damages := ""
		if random.IntN(2) == 0 {
			damages = fmt.Sprintf(" cap=%d", 1+random.IntN(5))
		}
		w.Run(fmt.Sprintf("submit alice r%d fee=%d.%d tier=2%s", i, 5+random.IntN(7), random.IntN(3), damages))
	}
	return w
}

// checkBatch holds a batch against the reference.
func checkBatch(t *testing.T, where string, s *marketplace.State, now vadium.Time, e *marketplace.BatchCleared, attempts map[vadium.RequestID]marketplace.Attempt) {
	t.Helper()
	orders := make([]*marketplace.Request, len(e.Orders))
	values := make([]vadium.Amount, len(e.Orders))
	for i, o := range e.Orders {
		orders[i] = s.Request(o.Request)
		values[i] = orders[i].Reserve
	}
	offers := slowOffers(s, orders, now)
	listed := 0
	for _, o := range e.Offers {
		if offers[o.Prover].Slots != o.Slots || offers[o.Prover].Price != o.Price {
			t.Fatalf("%s: %v offers %d at %s, want %+v", where, o.Prover, o.Slots, o.Price.Tokens(), offers[o.Prover])
		}
		listed++
	}
	most := welfare(values, offers, vadium.Account{})
	paid := map[vadium.Account]vadium.Amount{}
	gains := vadium.Amount{}
	for _, served := range e.Served {
		a, is := attempts[served.Request]
		if !is || a.Prover != served.Prover || a.Price != served.Charge {
			t.Fatalf("%s: the batch gives %v to %v for %s, it is assigned %+v", where, served.Request, served.Prover, served.Charge.Tokens(), a)
		}
		if r := s.Request(served.Request); r.Reserve.Less(served.Charge) {
			t.Errorf("%s: a request worth %s is charged %s", where, r.Reserve.Tokens(), served.Charge.Tokens())
		}
		paid[served.Prover] = paid[served.Prover].MustAdd(served.Charge)
		gains = gains.MustAdd(served.Value).MustSub(offers[served.Prover].Price)
	}
	if gains != most {
		t.Errorf("%s: the batch gains %s, the best there is gains %s", where, gains.Tokens(), most.Tokens())
	}
	for _, win := range e.Wins {
		price := offers[win.Prover].Price
		cost, _ := price.Mul(vadium.NewAmount(uint64(win.Slots)))
		want := most.MustAdd(cost).MustSub(welfare(values, offers, win.Prover))
		if win.Payment != want || paid[win.Prover] != want {
			t.Errorf("%s: %v is paid %s and its requests are charged %s, want %s", where, win.Prover, win.Payment.Tokens(), paid[win.Prover].Tokens(), want.Tokens())
		}
	}
}

// slowOffers returns what each prover can take part with: nothing if it has a bar for any of the orders.
func slowOffers(s *marketplace.State, orders []*marketplace.Request, now vadium.Time) map[vadium.Account]auction.Offer {
	barred := map[vadium.Account]bool{}
	var lock, damages vadium.Amount
	for _, r := range orders {
		for _, st := range s.Standings(r, now, false) {
			barred[st.Ask.Prover] = barred[st.Ask.Prover] || st.Bar != marketplace.BarNone && st.Bar != marketplace.BarPrice
		}
		lock, damages = vadium.Max(lock, r.DamageCap.MustAdd(vadium.Max(r.Reserve.BpsUp(5_000), r.DamageCap.BpsUp(1_000)))), vadium.Max(damages, r.DamageCap)
	}
	best := vadium.Amount{}
	for _, r := range orders {
		best = vadium.Max(best, r.Reserve)
	}
	offers, total := map[vadium.Account]auction.Offer{}, uint32(0)
	for _, st := range s.Standings(orders[0], now, false) {
		ask := st.Ask
		if barred[ask.Prover] || best.Less(ask.Price) {
			continue
		}
		v := s.VaultOf(ask.Prover)
		slots := uint32(0)
		for locked, promised := v.Locked(), v.DamageCaps(); slots < min(ask.Slots-st.Running, ask.Capacity-st.Busy); slots++ {
			locked, promised = locked.MustAdd(lock), promised.MustAdd(damages)
			if v.Effective(now).Less(locked) || v.Junior.Less(promised) || v.Slashable().Less(promised.BpsUp(11_000)) {
				break
			}
		}
		if slots > 0 {
			offers[ask.Prover] = auction.Offer{Prover: ask.Prover, Price: ask.Price, Slots: slots}
			total += slots
		}
	}
	if len(offers) > 3 {
		for prover, o := range offers {
			o.Slots = min(o.Slots, max((total-o.Slots)/2, 1))
			offers[prover] = o
		}
	}
	return offers
}

// welfare returns the most that values exceed prices by, with a prover not there.
func welfare(values []vadium.Amount, offers map[vadium.Account]auction.Offer, without vadium.Account) (sum vadium.Amount) {
	values = slices.Clone(values)
	slices.SortFunc(values, func(a, b vadium.Amount) int { return b.Cmp(a) })
	var prices []vadium.Amount
	for prover, o := range offers {
		for range o.Slots {
			if prover != without {
				prices = append(prices, o.Price)
			}
		}
	}
	slices.SortFunc(prices, vadium.Amount.Cmp)
	for i := range min(len(values), len(prices)) {
		sum = sum.MustAdd(values[i].SubFloor(prices[i]))
	}
	return sum
}

// A lone prover is paid what its requests are worth at most; without any, they wait and end with the reason; a thousand serve
// all there is.
func TestBatchesWithOneProverWithNoneAndWithAThousand(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("ask prover1 none 6 tier=2 slots=3", "at epoch-end", "submit alice a fee=20 tier=2", "submit alice b fee=9 tier=2", "submit alice c fee=5 tier=2", "wait 2s")
	for name, want := range map[string]uint64{"a": 20, "b": 9} {
		// Both slots are paid 9 + 20, what the two would have paid at most, and charged so that neither pays more than its own.
		if got := w.Request(name).Attempts[0].Price; got != vadium.Tokens(want) {
			t.Errorf("%s is charged %s, want %d", name, got.Tokens(), want)
		}
	}
	if r := w.Request("c"); len(r.Attempts) != 0 {
		t.Errorf("a request below the only ask was assigned: %+v", r.Attempts)
	}

	w = marketplacetest.Ready(t, 1)
	w.Run("submit alice a fee=20 tier=3 in=5m", "wait 6m")
	if r := w.Request("a"); r.Phase != marketplace.PhaseUnserved || r.Reason == "" || w.State.Balance(marketplacetest.Account("alice")) != vadium.Tokens(100) {
		t.Errorf("a request that no prover asks for is %v (%q), want unserved, with the reason and its money back", r.Phase, r.Reason)
	}

	w = batchMarket(t, 1_000, 1_000)
	records := w.Wait(vadium.Minute)
	if n := len(assigned(records)); n != 1_000 {
		t.Errorf("a thousand provers with two slots each take %d requests, want all 1,000", n)
	}
	total := vadium.Amount{}
	e := batches(records)[0].Event.(*marketplace.BatchCleared)
	for _, served := range e.Served {
		total = total.MustAdd(served.Charge)
	}
	for _, win := range e.Wins {
		total = total.MustSub(win.Payment)
	}
	if !total.IsZero() {
		t.Errorf("charges exceed payments by %s", total.Tokens())
	}
}

// batchMarket returns a market with so many provers of two slots in the bulk tier and so many requests that wait for its tick.
func batchMarket(t testing.TB, provers, requests int) *marketplacetest.World {
	t.Helper()
	w := marketplacetest.Ready(t, 0)
	w.Unchecked, w.DigestEvery = true, 0
	w.Run(fmt.Sprintf("fund alice %d", 10+20*requests), "params maxOpenRequests=100000")
	for i := range provers {
		name := fmt.Sprint("p", i)
		w.Run("fund "+name+" 100", "vault "+name+" 100", "serve "+name+" membership 10s", fmt.Sprintf("ask %s none %d.%03d tier=3 slots=5", name, 5+i%3, i%1_000))
	}
	w.Run("at epoch-end")
	for i := range requests {
		r := w.Submission(fmt.Sprint("r", i))
		r.Tier, r.MaxFee = auction.Bulk, vadium.Tokens(9).MustAdd(vadium.NewAmount(uint64(i*7919%requests)))
		w.Must(w.Do("alice", r))
	}
	return w
}

// More than a batch holds is cleared in as many batches as it takes, the oldest first, at the same instant.
func TestABatchIsBounded(t *testing.T) {
	const more = 60
	w := batchMarket(t, 1_000, marketplace.MaxBatch+more)
	records := w.Wait(vadium.Minute)
	all := batches(records)
	if len(all) != 2 || all[0].At != all[1].At {
		t.Fatalf("%d batches, want 2 at one instant", len(all))
	}
	first, second := all[0].Event.(*marketplace.BatchCleared), all[1].Event.(*marketplace.BatchCleared)
	if len(first.Orders) != marketplace.MaxBatch || len(second.Orders) != more {
		t.Errorf("batches of %d and %d, want %d and %d", len(first.Orders), len(second.Orders), marketplace.MaxBatch, more)
	}
	if !slices.IsSortedFunc(slices.Concat(first.Orders, second.Orders), func(a, b marketplace.BatchOrder) int { return cmp.Compare(a.Position, b.Position) }) {
		t.Error("the second batch has older requests than the first")
	}
	if n := len(assigned(records)); n != marketplace.MaxBatch+more {
		t.Errorf("%d requests are assigned, want all", n)
	}
	if err := w.State.CheckInvariants(); err != nil {
		t.Error(err)
	}
	w.CheckReplay()
}

// However many cannot wait for another tick, no command clears more than so many of them by themselves, and none is forgotten.
func TestRequestsThatCannotWaitAreHastenedAFewAtATime(t *testing.T) {
	w := marketplacetest.Ready(t, 0)
	w.Unchecked, w.DigestEvery = true, 0
	w.Run("fund prover1 100", "vault prover1 100", "serve prover1 membership 10s", "fund alice 10000", "params maxOpenRequests=1000")
	const n = 200
	for i := range n {
		r := w.Submission(fmt.Sprint("r", i))
		r.Tier, r.Deadline = auction.Standard, w.Now.Add(19*vadium.Second)
		w.Must(w.Do("alice", r))
	}
	hastened, ticks := 0, 0
	for at := w.State.NextDeadline(); w.State.NextDeadline() == at; ticks++ {
		w.Now = at
		mine := 0
		for _, record := range w.Tick() {
			if e, is := record.Event.(*marketplace.RequestHastened); is {
				mine++
				if e.Product.Tier != auction.Immediate {
					t.Errorf("a request that cannot wait goes on as %v, want the immediate tier", e.Product)
				}
			}
		}
		if hastened += mine; mine > 64 {
			t.Errorf("one command hastens %d requests", mine)
		}
	}
	if hastened != n || len(w.State.PooledRequests()) != 0 {
		t.Errorf("in %d ticks %d requests were hastened and %d still wait, want %d and 0", ticks, hastened, len(w.State.PooledRequests()), n)
	}
	w.CheckReplay()
}

// Wash trades do not move the price index: a price that no rival's ask set, or that the requester's own value set, tells nothing;
// nor does one of a program that anybody may have listed.
func TestOnlyRivalsPricesOfABatchTell(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("ask prover1 none 6 tier=2 slots=2", "at epoch-end", "submit alice alone fee=20 tier=2", "wait 2s", "prove alone")
	if w.Request("alone").Attempts[0].Tells {
		t.Error("the price of a prover without a rival tells")
	}
	w.Run("ask prover2 none 8 tier=2", "at epoch-end", "submit alice a fee=20 tier=2", "wait 2s")
	if a := w.Request("a").Attempts[0]; !a.Tells || a.Price != vadium.Tokens(8) {
		t.Errorf("a price that a rival's ask set is %s and tells: %v, want 8 and true", a.Price.Tokens(), a.Tells)
	}
	w.Run("prove a", "submit alice b fee=8 tier=2", "wait 2s")
	if a := w.Request("b").Attempts[0]; a.Tells || a.Price != vadium.Tokens(8) {
		t.Errorf("a price as high as the request's value is %s and tells: %v, want 8 and false", a.Price.Tokens(), a.Tells)
	}
	w.Run("prove b", "program x keys=universal by=alice", "serve prover1 x 10s", "serve prover2 x 10s", "submit alice c program=x fee=20 tier=2", "wait 2s")
	if a := w.Request("c").Attempts[0]; a.Tells || a.Price != vadium.Tokens(8) {
		t.Errorf("of a program that alice listed the price is %s and tells: %v, want 8 and false", a.Price.Tokens(), a.Tells)
	}
}

// A requester's own ask, placed after its request, is no rival in the request's batch even when its epoch has ended: the request is
// cleared by itself, where it has a bar.
func TestARequesterThatQuotesIsClearedAlone(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("ask prover1 none 6 tier=3 slots=2", "at epoch-end", "fund prover2 100", "submit prover2 own fee=5.5 tier=3 in=26h", "wait 1m",
		"ask prover2 none 5 tier=3", "ask prover1 none 5.2 tier=3 slots=2", "at epoch-end", "submit alice a fee=20 tier=3")
	records := w.Wait(vadium.Minute)
	if own := w.Request("own"); len(own.Attempts) != 1 || own.Attempts[0].Prover != marketplacetest.Account("prover1") || own.Attempts[0].Tells {
		t.Errorf("the request of a prover is assigned %+v, want prover1, telling nothing", own.Attempts)
	}
	for _, record := range batches(records) {
		for _, o := range record.Event.(*marketplace.BatchCleared).Orders {
			if o.Request == w.Request("own").ID {
				t.Error("a request took part in a batch in which its requester quotes")
			}
		}
	}
}

// Of two products that are due at one tick now the one is cleared first, now the other.
func TestProductsOfOneTickTakeTurns(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Unchecked, w.DigestEvery = true, 0
	w.Run("fund alice 100000", "params maxOpenRequests=1000", "ask prover1 none 6 tier=2", "ask prover1 standard 6 tier=2", "at epoch-end")
	first := map[auction.StakeTier]int{}
	for i := range 40 {
		a, b := fmt.Sprint("a", i), fmt.Sprint("b", i)
		w.Run("submit alice "+a+" tier=2", "submit alice "+b+" cap=1 tier=2")
		for _, record := range batches(w.Wait(2 * vadium.Second)) {
			first[record.Event.(*marketplace.BatchCleared).Product.Stake]++
		}
		for _, name := range []string{a, b} {
			if len(w.Request(name).Attempts) > 0 {
				w.Run("prove " + name)
			} else {
				w.Run("cancel alice " + name)
			}
		}
	}
	if first[auction.StakeNone] < 8 || first[auction.StakeStandard] < 8 {
		t.Errorf("one slot goes to the products %v times, want both to have their turns", first)
	}
}

// The root of a batch tells whether an order or an offer is in it.
func TestTheRootOfABatchHoldsItsOrdersAndOffers(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("ask prover1 none 6 tier=2 slots=2", "ask prover2 none 7 tier=2 slots=2", "at epoch-end", "submit alice a tier=2", "submit alice b tier=2")
	e := batches(w.Wait(2 * vadium.Second))[0].Event.(*marketplace.BatchCleared)
	leaves := e.Leaves()
	if len(leaves) != len(e.Orders)+len(e.Offers) || len(e.Offers) != 2 {
		t.Fatalf("%d leaves of %d orders and %d offers", len(leaves), len(e.Orders), len(e.Offers))
	}
	for i, leaf := range leaves {
		if !auction.Leads(auction.Path(leaves, i), i, len(leaves), leaf, e.Root) {
			t.Errorf("leaf %d is not under the root", i)
		}
		if other := bytes.Clone(leaf); auction.Leads(auction.Path(leaves, i), i, len(leaves), append(other, 0), e.Root) {
			t.Errorf("another leaf %d is under the root", i)
		}
	}
}

// The market keeps its newest batches and forgets the others, in a state that was restored too.
func TestTheMarketKeepsItsNewestBatches(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	s := w.Fork().State
	first := s.NextSeq()
	for i := range 1_030 {
		s.Apply(marketplace.Record{Seq: s.NextSeq(), At: s.Now(), Event: &marketplace.BatchCleared{Root: vadium.Digest{byte(i)}}})
		if i == 1_000 {
			restored, err := marketplace.Restore(s.Snapshot())
			if err != nil {
				t.Fatal(err)
			}
			s = restored
		}
	}
	if n, oldest := marketplace.CountCleared(s); n != 1_024 || oldest != first+6 {
		t.Errorf("%d batches are kept, the oldest of record %d, want 1,024 from %d", n, oldest, first+6)
	}
	if s.Digest() != s.DigestAnew() {
		t.Error("the digest is not that of the rows")
	}
}

// Only the events for it move a request's tick, and forward.
func TestTheWatcherSeesATickThatMovesBack(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("submit alice a tier=3")
	s := w.Fork().State
	watcher := marketplace.NewWatcher()
	note := func(record marketplace.Record) error {
		watcher.Before(s)
		s.Apply(record)
		return watcher.After(s, record)
	}
	if err := note(marketplace.Record{Seq: s.NextSeq(), At: s.Now(), Event: &marketplace.MarketHeartbeat{}}); err != nil {
		t.Fatal(err)
	}
	id := w.Request("a").ID
	roll := func(to vadium.Time) error {
		return note(marketplace.Record{Seq: s.NextSeq(), At: s.Now(), Event: &marketplace.RequestsRolled{Tick: to, Requests: []vadium.RequestID{id}}})
	}
	tick := w.Request("a").Tick
	if err := roll(tick.Add(vadium.Minute)); err != nil {
		t.Errorf("a tick that moves on: %v", err)
	}
	if err := roll(tick); err == nil {
		t.Error("a tick that moves back was not noticed")
	}
}
