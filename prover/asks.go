package prover

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/prover/pricing"
)

// standing is an ask this process has placed.
type standing struct {
	ask pricing.Ask
	// base is the ask that stood when the epoch began, zero if none did: what moves in steps moves one step an epoch,
	// however often it is looked at.
	base  pricing.Ask
	epoch uint64
	until vadium.Time
}

// baseIn returns what an ask placed in an epoch moves from.
func (s standing) baseIn(epoch uint64) pricing.Ask {
	if s.epoch == epoch {
		return s.base
	}
	return s.ask
}

// lookAtAsksEvery is how often asks are looked at when nothing happens; settle is how long the agent waits for more to
// happen before it looks.
const (
	lookAtAsksEvery = 30 * time.Second
	settle          = 50 * time.Millisecond
)

// quote keeps the asks right for as long as ctx lasts.
func (a *Agent) quote(ctx context.Context) {
	next := time.Duration(0)
	for {
		select {
		case <-a.kick:
			if !sleep(ctx, settle) {
				return
			}
		case <-time.After(next):
		case <-ctx.Done():
			return
		}
		var err error
		if next, err = a.requote(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("asks could not be brought up to date", "error", err)
		}
	}
}

// view is what asks depend on, as the market shows it.
type view struct {
	market   client.Market
	me       client.Prover
	vault    client.Vault
	books    []client.Book
	listings []client.Listing
}

func (a *Agent) look(ctx context.Context) (v view, err error) {
	if v.market, err = a.market.Market(ctx); err != nil {
		return v, err
	}
	a.hear(v.market.At, false)
	if v.me, err = a.market.Prover(ctx, a.account); err != nil {
		return v, err
	}
	if v.vault, err = a.market.Vault(ctx, v.me.Vault); err != nil {
		return v, err
	}
	if v.books, err = a.market.Books(ctx); err != nil {
		return v, err
	}
	v.listings, err = collect(a.market.Programs(ctx))
	return v, err
}

// requote compares the asks that stand with those that should, and returns when to look again at the latest.
func (a *Agent) requote(ctx context.Context) (time.Duration, error) {
	v, err := a.look(ctx)
	if err != nil {
		return time.Second, err
	}
	a.mu.Lock()
	first := a.seen == nil
	a.stake, a.seen = v.vault, &v
	a.mu.Unlock()
	defer a.findAgain(first)
	defer a.lookAgain()
	wanted := map[auction.Product]pricing.Ask{}
	if a.breaker.phase() != breakerOpen && v.vault.Cases == 0 && !v.market.Paused {
		wanted = a.wantedAsks(v)
	}
	renewAt := v.market.EpochEnds.Add(-v.market.Params.AskEpoch / renewalPart)
	if err := a.withdrawUnwanted(ctx, v, wanted); err != nil {
		return time.Second, err
	}
	for _, product := range sortedProducts(wanted) {
		err := a.placeIfDue(ctx, v.market, product, wanted[product], renewAt)
		if _, refused := refusal(err); refused {
			a.log.Warn("an ask is refused", "product", product, "error", err) // the others may not be
			continue
		}
		if err != nil {
			return time.Second, err
		}
	}
	return a.untilNextLook(v.market, renewAt), nil
}

// renewalPart: asks are renewed in the last fifth of an epoch. A renewed ask does not count for requests that are
// already there until its epoch ends, so the later it is renewed the shorter it is away, for backups above all.
const renewalPart = 5

func (a *Agent) untilNextLook(m client.Market, renewAt vadium.Time) time.Duration {
	next := renewAt
	if !a.time().Before(renewAt) {
		next = m.EpochEnds
	}
	return min(max(time.Duration(next.Sub(a.time()))*time.Millisecond, 20*time.Millisecond), lookAtAsksEvery)
}

// placeIfDue places an ask that is missing, wrong, or due for its renewal.
func (a *Agent) placeIfDue(ctx context.Context, m client.Market, product auction.Product, ask pricing.Ask, renewAt vadium.Time) error {
	a.mu.Lock()
	stands, known := a.asks[product]
	a.mu.Unlock()
	renew := !a.time().Before(renewAt) && stands.epoch < m.Epoch
	if known && !renew && !pricing.Differs(stands.ask, ask, a.settings().PriceSlack) && a.time().Before(stands.until) {
		return nil
	}
	until := m.EpochEnds.Add(m.Params.AskEpoch * vadium.Duration(a.settings().StandEpochs))
	var salt vadium.Salt
	rand.Read(salt[:]) // never fails: crypto/rand ends the process instead
	receipt, err := a.market.PlaceAsk(ctx, marketplace.PlaceAsk{
		Product: product, Price: ask.Price, Slots: ask.Slots, Capacity: ask.Capacity, ETA: ask.ETA, StandUntil: until, Salt: salt,
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.asks[product] = standing{ask, stands.baseIn(m.Epoch), m.Epoch, until}
	a.mu.Unlock()
	if err := keepReceipt(a.settings().Dir, receipt); err != nil { // the ask stands all the same
		a.log.Warn("the receipt of an ask was not kept", "product", product, "error", err)
	}
	a.log.Debug("ask placed", "product", product, "price", ask.Price.Tokens(), "slots", ask.Slots, "eta_ms", ask.ETA, "epoch", m.Epoch)
	return nil
}

// withdrawUnwanted takes back every ask of ours that should not stand, whoever placed it.
func (a *Agent) withdrawUnwanted(ctx context.Context, v view, wanted map[auction.Product]pricing.Ask) error {
	for _, stands := range v.me.Asks {
		if _, ok := wanted[stands.Product]; ok {
			continue
		}
		if _, err := a.market.WithdrawAsk(ctx, stands.Product); err != nil {
			if _, refused := refusal(err); !refused {
				return err
			}
		}
		a.mu.Lock()
		delete(a.asks, stands.Product)
		a.mu.Unlock()
		a.log.Info("ask withdrawn", "product", stands.Product, "free", v.vault.Free.Tokens())
	}
	return nil
}

func sortedProducts(asks map[auction.Product]pricing.Ask) []auction.Product {
	products := make([]auction.Product, 0, len(asks))
	for p := range asks {
		products = append(products, p)
	}
	slices.SortFunc(products, func(x, y auction.Product) int {
		return cmp.Or(cmp.Compare(x.Size, y.Size), cmp.Compare(x.Tier, y.Tier), cmp.Compare(x.Stake, y.Stake))
	})
	return products
}

// wantedAsks returns what the agent should ask for: one ask for each product that a program it serves belongs to and
// that its stake backs.
func (a *Agent) wantedAsks(v view) map[auction.Product]pricing.Ask {
	wanted := map[auction.Product]pricing.Ask{}
	a.mu.Lock()
	open := func(s *pursuit) bool { return a.assignments[s.id] == nil } // of others the market counts slots and stake itself
	all := a.promisedBy(open)
	a.mu.Unlock()
	for product, o := range a.products(v) {
		in := a.inputs(v, product, o, all)
		ofThis := a.promised(func(s *pursuit) bool { return s.held.product == product && open(s) }).slots
		if ask, backed := pricing.Quote(in); backed {
			wanted[product] = besides(ask, ofThis)
		}
	}
	return wanted
}

// besides returns what to ask for beside bids of the ask's product that have not been decided on. The market holds a slot for every
// bid, whatever its product, so no ask can win it away and all stand; but what it holds of the ask's own product it counts among
// its slots, and whoever has an ask without a free slot may not have a request of the product, however it came to it.
func besides(ask pricing.Ask, ofThis uint32) pricing.Ask {
	ask.Slots = min(ask.Slots+ofThis, ask.Capacity)
	return ask
}

// offer is what a product's programs take, and how many proofs of any of them can be made at once.
type offer struct {
	pricing.Measurement
	provers int
}

// products returns every product the agent serves, with the measurement of its dearest program and the provers of its
// rarest: an ask is for all of them.
func (a *Agent) products(v view) map[auction.Product]offer {
	products := map[auction.Product]offer{}
	for _, l := range v.listings {
		serves := slices.ContainsFunc(l.Servers, func(s marketplace.Server) bool { return s.Prover == a.account })
		if p := a.ready(l.ID); !serves || p == nil || p.retired {
			continue
		}
		m, _ := a.bench.of(l.Program)
		provers := a.proversFor(l.Program)
		for _, tier := range a.settings().Tiers {
			if tier != auction.StakeNone && l.Class == vadium.KeysRegistrant {
				continue // such programs carry no damage cap
			}
			for _, latency := range a.settings().LatencyTiers {
				product := auction.Product{Size: l.Size, Tier: latency, Stake: tier}
				o := offer{m, provers}
				if known, others := products[product]; others {
					o = offer{pricing.Measurement{
						Median: max(known.Median, m.Median), Slowest: max(known.Slowest, m.Slowest), CPU: max(known.CPU, m.CPU),
					}, min(known.provers, provers)}
				}
				products[product] = o
			}
		}
	}
	return products
}

// inputs returns what an ask for a product depends on, beside what is promised already.
func (a *Agent) inputs(v view, product auction.Product, o offer, promised promise) pricing.Inputs {
	c := a.settings()
	capacity := uint32(a.capacity())
	in := pricing.Inputs{
		Measurement: o.Measurement, Costs: c.Costs,
		Split: pricing.Split{
			ProtocolFee: v.market.Params.ProtocolFee, Commission: v.vault.Commission, Junior: v.vault.Junior, Senior: v.vault.Senior,
		},
		Load:     pricing.Load{Provers: uint32(a.provers()), Capacity: capacity},
		History:  pricing.History{Proved: v.me.Proved, Faults: v.me.Faults},
		Together: product.Tier.Batch(),
	}
	if o.provers > 0 { // as many may wait as for the others
		in.MostSlots = min(capacity, uint32(o.provers+c.Capacity-c.Provers))
	}
	if a.breaker.phase() == breakerTrial {
		in.Load.Capacity, in.MostSlots = min(capacity, 1), min(in.MostSlots, 1)
	}
	a.mu.Lock()
	in.Standing = a.asks[product].baseIn(v.market.Epoch)
	a.mu.Unlock()
	for _, c := range v.me.Running {
		in.Load.Running += c.Count
		if c.Product == product {
			in.Load.OfThis = c.Count
		}
	}
	in.Load.Running += promised.slots
	in.Stake.Free = v.vault.Free.SubFloor(promised.lock)
	in.Stake.Damages = v.vault.Junior.SubFloor(v.vault.DamageCaps).SubFloor(promised.damageCap)
	in.Stake.Lock, in.Stake.DamageCap = pricing.Typical(product.Stake, typicalReserve(v, product, in), c.HighDamages)
	return in
}

// typicalReserve is what a request of the product can be expected to lock for: the reserve that the market's price index
// gives, or twice what the agent would ask without any stake at risk.
func typicalReserve(v view, product auction.Product, in pricing.Inputs) vadium.Amount {
	for _, b := range v.books {
		if b.Product == product && b.Samples > 0 {
			return b.IndexP90.BpsUp(v.market.Params.ReserveSlack)
		}
	}
	in.Stake.Lock = vadium.Amount{}
	price, ok := in.Split.Gross(pricing.Need(in))
	if !ok {
		return vadium.Amount{}
	}
	return vadium.Max(price.BpsUp(2*vadium.BpsOne), v.market.Params.FeeFloor)
}
