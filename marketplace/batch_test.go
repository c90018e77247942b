package marketplace_test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
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
	dust := 0 // requests that hardly anybody can serve, by an ask that hardly can
	if random.IntN(2) == 0 {
		w.Run("fund x 400", "vault x 10", "serve x membership 10s", fmt.Sprintf("ask x none 0.%d tier=2", 1+random.IntN(9)), "ask x standard 0.5 tier=2")
		if dust = random.IntN(20); dust%2 == 0 {
			w.Run("redeem-junior x all")
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
	for i := range dust {
		w.Run(fmt.Sprintf("submit alice dust%d fee=0.%d tier=2%s", i, 1+random.IntN(9), []string{"", " cap=0.1"}[random.IntN(2)]))
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
	if alike := slowOrders(s, e.Product, now); !slices.Equal(orders, alike) {
		t.Fatalf("%s: %d requests take part, want %d: %v, want %v", where, len(orders), len(alike), orders, alike)
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

// slowOrders returns the requests of a product that take part: those that some ask could serve, and lock no more than eight times what
// the median of them does. In the markets it is for, all are for one program, have the same time, and are younger than the asks.
func slowOrders(s *marketplace.State, product auction.Product, now vadium.Time) (orders []*marketplace.Request) {
	var due []*marketplace.Request
	for _, id := range s.PooledRequests() {
		if r := s.Request(id); r.Product == product && !r.Tick.After(now) {
			due = append(due, r)
		}
	}
	lockFor := func(reserve, damages vadium.Amount) vadium.Amount {
		return damages.MustAdd(vadium.Max(reserve.BpsUp(5_000), damages.BpsUp(1_000)))
	}
	lockOf := func(r *marketplace.Request) vadium.Amount { return lockFor(r.Reserve, r.DamageCap) }
	least, best, damages := due[0].Reserve, due[0].Reserve, due[0].DamageCap
	for _, r := range due {
		least, best, damages = vadium.Min(least, r.Reserve), vadium.Max(best, r.Reserve), vadium.Min(damages, r.DamageCap)
	}
	lock := lockFor(least, damages)
	prices := map[vadium.Account]vadium.Amount{}
	unsaid := []marketplace.Bar{marketplace.BarNone, marketplace.BarPrice, marketplace.BarStake, marketplace.BarCorruptible} // of less demanding ones
	for _, st := range s.Standings(due[0], now, false) {
		v := s.VaultOf(st.Ask.Prover)
		backs := !v.Effective(now).Less(v.Locked().MustAdd(lock)) && !v.Junior.Less(v.DamageCaps().MustAdd(damages)) &&
			!v.Slashable().Less(v.DamageCaps().MustAdd(damages).BpsUp(11_000)) && !v.Junior.Less(s.Params().MinJunior)
		if slices.Contains(unsaid, st.Bar) && backs && st.Running < st.Ask.Slots && st.Busy < st.Ask.Capacity && !best.Less(st.Ask.Price) {
			prices[st.Ask.Prover] = st.Ask.Price
		}
	}
	var within []*marketplace.Request
	for _, r := range due {
		for _, price := range prices {
			if !r.Reserve.Less(price) {
				within = append(within, r)
				break
			}
		}
	}
	for _, r := range within {
		less := 0 // or as much
		for _, other := range within {
			if eight, _ := lockOf(other).Mul(vadium.NewAmount(8)); !eight.Less(lockOf(r)) {
				less++
			}
		}
		// Of those whose lock is at least an eighth of its own there are more than half: then the median is one of them.
		if 2*less > len(within) {
			orders = append(orders, r)
		}
	}
	return orders
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

// However many cannot wait for another tick, their pool is looked at once: after that each has its turn by itself, a few in one
// command, and none is forgotten. Who can be served is, and the others end with the reason and their money.
func TestRequestsThatCannotWaitAreHastenedAFewAtATime(t *testing.T) {
	for _, n := range []int{64, 65, 200, marketplace.MaxBatch} {
		const served = 100 // at most, by an ask of the immediate tier
		w := marketplacetest.Ready(t, 0)
		w.Unchecked, w.DigestEvery = n > 200, 0
		w.Run("fund prover1 1000", "vault prover1 1000", "serve prover1 membership 10s", "ask prover1 none 7 slots=100 eta=5s", "at epoch-end",
			"fund alice 100000", "params maxOpenRequests=10000")
		before := w.State.Balance(marketplacetest.Account("alice"))
		names := make([]string, n)
		for i := range n {
			names[i] = fmt.Sprint("r", i)
			fee := 5
			if i >= n-served { // the youngest
				fee = 8
			}
			w.Run(fmt.Sprintf("submit alice %s fee=%d tier=2 in=19s", names[i], fee))
		}
		hastened, turns := 0, 0
		for ; len(w.State.PooledRequests()) > 0; turns++ {
			w.Now = w.State.NextDeadline()
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
			for _, id := range w.State.PooledRequests() {
				if r := w.State.Request(id); r.Product.Tier.Batch() || r.Tick.After(w.Now.Add(vadium.Millisecond)) {
					t.Fatalf("after turn %d a request still waits for the tick of %v at %d", turns, r.Product, r.Tick)
				}
			}
		}
		if want := (n + 63) / 64; hastened != n || turns != want {
			t.Errorf("in %d turns %d requests were hastened, want %d in %d", turns, hastened, n, want)
		}
		assigned := 0
		for i, name := range names {
			if r := w.Request(name); len(r.Attempts) > 0 {
				assigned++
				w.Run("accept prover1 "+name, "deliver prover1 "+name, "verdict prover1 "+name+" valid")
			} else if i >= n-served {
				t.Errorf("%s of %d could be served and is not", name, n)
			}
		}
		if assigned != min(n, served) {
			t.Errorf("%d of %d are assigned, want %d", assigned, n, min(n, served))
		}
		if n > 200 {
			w.CheckReplay()
			continue // the rest takes a command for each
		}
		w.Wait(vadium.Minute)
		for _, name := range names {
			switch r := w.Request(name); {
			case r.Phase == marketplace.PhaseSettled:
			case r.Phase != marketplace.PhaseUnserved || !strings.Contains(r.Reason, "above the reserve"):
				t.Errorf("%s is %v (%q), want unserved, with the reason", name, r.Phase, r.Reason)
			}
		}
		// The ask stands alone, so each is charged its reserve.
		if got, want := w.State.Balance(marketplacetest.Account("alice")), before.MustSub(vadium.Tokens(uint64(8*assigned))); got != want {
			t.Errorf("alice has %s tokens left, want %s", got.Tokens(), want.Tokens())
		}
		w.CheckReplay()
	}
}

// Those that are unlike the others and cannot wait have somebody look for a prover of their own product, however many they are, before
// they go on in the immediate one, where there may be none.
func TestRequestsUnlikeTheOthersAreAllLookedAt(t *testing.T) {
	const alike, apart = 101, 100
	w := marketplacetest.Ready(t, 0)
	w.Unchecked, w.DigestEvery = true, 0
	w.Run("fund alice 100000", "params maxOpenRequests=10000")
	for i := range 10 {
		name, ask := fmt.Sprint("p", i), "none 5 tier=2 slots=12 eta=1m"
		if i == 0 {
			ask = "none 7 tier=2 slots=100 eta=5s"
		}
		w.Run("fund "+name+" 1000", "vault "+name+" 1000", "serve "+name+" membership 10s", "ask "+name+" "+ask)
	}
	w.Run("at epoch-end")
	for i := range alike + apart {
		in := "10m"
		if i >= alike {
			in = "19s"
		}
		w.Run(fmt.Sprintf("submit alice r%d fee=8 tier=2 in=%s", i, in))
	}
	turns := 0
	for ; len(w.State.PooledRequests()) > 0; turns++ {
		w.Now = w.State.NextDeadline()
		w.Tick()
	}
	for i := range alike + apart {
		if r := w.Request(fmt.Sprint("r", i)); len(r.Attempts) != 1 || r.Product.Tier != auction.Standard {
			t.Errorf("r%d of %v has %d assignments, want one, in its own product", i, r.Product, len(r.Attempts))
		}
	}
	if turns != 2 {
		t.Errorf("it took %d turns, want 2: one command clears 64 of %d by themselves", turns, apart)
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

// What nobody can serve is no measure of what is like the others: requests below every ask keep neither those above nor asks out of a
// batch, however many they are, and an ask that none of them can win makes them no better.
func TestRequestsBelowEveryAskKeepNobodyOutOfABatch(t *testing.T) {
	const dust = "submit alice dust%d fee=0.01 tier=2 in=6m"
	rows := []struct{ unlike, before, honest, between, after string }{
		{unlike: "their locks are small", honest: "in=6m", after: dust},
		{unlike: "they have time for slow asks", between: "ask prover4 none 9 tier=2 eta=5m; ask prover5 none 9 tier=2 eta=5m; at epoch-end", honest: "in=65s", after: dust},
		{unlike: "all asks count for them", before: "", honest: "in=6m", after: "ask prover4 none 9 tier=2; ask prover5 none 9 tier=2; " + dust},
		{unlike: "few asks count for them", before: dust, between: "ask prover1 none 6 tier=2 slots=2; ask prover2 none 7 tier=2 slots=2", honest: "in=6m"},
	}
	traps := map[string]string{
		"": "", "no stake": "fund x 100; vault x 100; serve x membership 10s; ask x none 0.001 tier=2 slots=9; redeem-junior x all",
		"leaving":        "fund x 100; vault x 100; serve x membership 10s; ask x none 0.001 tier=2 slots=9; exit x",
		"other programs": "fund x 100; vault x 100; ask x none 0.001 tier=2 slots=9",
		"busy":           "fund x 100; vault x 100; serve x membership 10s; ask x none 0.001 tier=2; at epoch-end; submit alice before tier=2 in=60h; wait 2s; accept x before",
		"lapsed":         "fund x 100; vault x 100; serve x membership 10s; ask x none 0.001 tier=2 slots=9 for=1s",
		"too slow":       "fund x 100; vault x 100; serve x membership 10s; ask x none 0.001 tier=2 slots=9 eta=7m",
	}
	for _, row := range rows {
		for _, trap := range slices.Sorted(maps.Keys(traps)) {
			t.Run(row.unlike+"/"+trap, func(t *testing.T) {
				w := marketplacetest.Ready(t, 5)
				run := func(lines string) {
					for line := range strings.SplitSeq(lines, "; ") {
						for i := 0; strings.Contains(line, "%d") && i < 9; i++ {
							w.Run(fmt.Sprintf(line, i))
						}
						if line != "" && !strings.Contains(line, "%d") {
							w.Run(line)
						}
					}
				}
				run("fund alice 900; ask prover1 none 6 tier=2 slots=2; ask prover2 none 7 tier=2 slots=2; ask prover3 none 8 tier=2 slots=2")
				run(traps[trap])
				run("at epoch-end")
				run(row.before)
				run(row.between)
				for i := range 3 {
					run(fmt.Sprintf("submit alice r%d fee=20 tier=2 %s", i, row.honest))
				}
				run(row.after)
				all := batches(w.Wait(2 * vadium.Second))
				if len(all) != 1 {
					t.Fatalf("%d batches, want one", len(all))
				}
				e := all[0].Event.(*marketplace.BatchCleared)
				for i := range 3 {
					r := w.Request(fmt.Sprint("r", i))
					if len(e.Orders) != 3 || e.Orders[i].Request != r.ID || len(r.Attempts) != 1 {
						t.Errorf("the batch has %d orders, and r%d is assigned %d times, want the three that can be served, together", len(e.Orders), i, len(r.Attempts))
					}
				}
				for i := range 9 {
					if r := w.Request(fmt.Sprint("dust", i)); r.Waited == 0 || !r.Tick.After(w.Now) || len(r.Attempts) > 0 {
						t.Errorf("dust%d waits for %d since %d and is assigned %d times, want it to wait for another tick", i, r.Tick, r.Waited, len(r.Attempts))
					}
				}
				w.CheckReplay()
			})
		}
	}
}

// What everybody sees of requests that a tick leaves waiting is the same whether a sealed ask is below them, and taken, or above them.
func TestRequestsThatATickLeavesWaitingTellNoSealedPrice(t *testing.T) {
	seen := map[string]string{}
	for _, price := range []string{"3", "7"} {
		w := marketplacetest.Ready(t, 2)
		w.Run("fund alice 900", "ask prover1 none 6 tier=2", "at epoch-end", "ask prover2 none "+price+" tier=2 slots=2")
		for i := range 3 {
			w.Run(fmt.Sprintf("submit alice r%d fee=20 tier=2", i))
		}
		for i := range 9 {
			w.Run(fmt.Sprintf("submit alice dust%d fee=5 tier=2", i))
		}
		for _, record := range w.Wait(2 * vadium.Second) {
			for i := range 9 {
				if public := marketplace.Public(record, w.State); marketplace.StreamedTo(public.Event, w.Request(fmt.Sprint("dust", i)).ID) {
					seen[price] += fmt.Sprintf("dust%d: %s\n", i, w.Describe(public))
				}
			}
		}
	}
	if seen["3"] != seen["7"] || seen["3"] == "" {
		t.Errorf("with an ask at 3 one sees of the requests at 5\n%s\nand with one at 7\n%s", seen["3"], seen["7"])
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
