package prover

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/prover/pricing"
	"vadium/vaults"
)

// pursuit is one request that provers come to by themselves: its price climbs until one takes it, or they bid for it. It lasts
// until the request is somebody's, or over. Like an assignment it is driven by what the market says and by a log, that of
// bids: what it would cost something to forget is on disk before the market hears of it.
type pursuit struct {
	*Agent
	id      vadium.RequestID
	log     *slog.Logger
	changed chan struct{} // something happened to the request
	again   chan struct{} // the asks were looked at: stake, load and prices may have changed

	// owned by run
	request   marketplace.Request
	fresh     bool // request is what the market said, and nothing has happened since
	committed bool // the market has answered to the commitment
	revealed  bool // and to the bid
	refused   int  // times that the market did not let it have a request that stays free
	tooEarly  int  // times that it was by the market's clock
	retries   int  // times that a bid could not be shown yet
	barred    bool // it ended because nothing about it can be done here

	// guarded by Agent.mu
	held      promise // kept free for it; nothing before the market is told
	mechanism auction.Mechanism
	stage     string // what it is doing, for people; empty before it does anything
	price     vadium.Amount
}

// promise is what an assignment would take.
type promise struct {
	product         auction.Product
	slots           uint32
	lock, damageCap vadium.Amount
}

// maxPursuits bounds how many there are at a time: more than an agent can take, few enough to look at each when stake or load
// has changed.
const maxPursuits = 1_024

// mostRefusals is how often the market may refuse somebody a request that stays free before it is left to others.
const mostRefusals = 3

// earlyWait is how long the agent waits when by the market's clock it is too early; twice as long each further time.
const earlyWait = 20 * time.Millisecond

// revealRetry is the longest that the agent waits before it tries again to show a bid, and mostQuickRetries how often it does so
// before it waits a second: half a minute of them, for a clock that is off or a market that is busy.
const (
	revealRetry      = 100 * time.Millisecond
	mostQuickRetries = 300
)

// leastReveal is the shortest window to show a bid in for which the agent bids: time for a clock that is a little off, a
// slow call and the next try. In less, one hiccup costs the bond, which no markup makes up for.
const leastReveal = 2 * vadium.Second

// pursueNew begins with a request that was just submitted, as its event has it. One of long ago the market is asked about.
func (a *Agent) pursueNew(ctx context.Context, r marketplace.Request) {
	switch now := a.time(); {
	case now.After(r.GraceEnd), !slices.Contains(a.settings().Mechanisms, r.Arranged.Mechanism):
	case now.Sub(r.Submitted) < vadium.Second:
		r.Phase = marketplace.PhaseOpen // the event makes it so
		a.pursueAs(ctx, r.ID, r)
	default:
		a.pursue(ctx, r.ID)
	}
}

// pursue begins with a request, or has it looked at again.
func (a *Agent) pursue(ctx context.Context, id vadium.RequestID) {
	a.pursueAs(ctx, id, marketplace.Request{})
}

// pursueAs is pursue with what is known of the request, if anything is.
func (a *Agent) pursueAs(ctx context.Context, id vadium.RequestID, known marketplace.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.pursuits[id]; s != nil {
		signal(s.changed)
		return
	}
	if ctx.Err() != nil || len(a.pursuits) >= maxPursuits {
		return
	}
	if _, noted := a.bids.of(id); !noted && len(a.settings().Mechanisms) == 0 {
		return
	}
	s := &pursuit{
		Agent: a, id: id, changed: make(chan struct{}, 1), again: make(chan struct{}, 1), log: a.log.With("request", id),
		request: known, fresh: known.ID == id,
	}
	a.pursuits[id] = s
	a.work.Go(func() {
		err := s.run(ctx)
		a.mu.Lock()
		promised := s.held.slots > 0
		delete(a.pursuits, id)
		a.mu.Unlock()
		if s.barred {
			select {
			case <-s.changed: // while it ended: the bar may be gone
				a.pursue(ctx, id)
			default:
			}
		}
		if promised {
			a.lookAtAsks()
		}
		if err != nil && ctx.Err() == nil {
			a.fail(err) // the log of bids cannot be written: nothing may be acted upon
		}
	})
}

// pursueOpen begins with what is there already: whatever had begun, and requests that were submitted while nobody looked.
func (a *Agent) pursueOpen(ctx context.Context) error {
	for _, id := range a.bids.unfinished() {
		a.pursue(ctx, id)
	}
	if len(a.settings().Mechanisms) == 0 {
		return nil
	}
	for r, err := range a.market.Requests(ctx, client.RequestFilter{Phase: marketplace.PhaseOpen, ForTakers: true}) {
		if err != nil {
			return fmt.Errorf("list requests to come to: %w", err)
		}
		a.pursue(ctx, r.ID)
	}
	return nil
}

// pursueAgain looks for requests anew when those may be served that were not: they were not kept, so as to leave room for others.
func (a *Agent) pursueAgain(ctx context.Context) {
	for {
		select {
		case <-a.reopen:
		case <-ctx.Done():
			return
		}
		if err := a.pursueOpen(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("requests to come to cannot be listed", "error", err)
			if !sleep(ctx, time.Second) {
				return
			}
			signal(a.reopen)
		}
	}
}

// lookAgain has every pursuit look at what it depends on.
func (a *Agent) lookAgain() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.pursuits {
		signal(s.again)
	}
}

// promised returns what the pursuits that count keep free.
func (a *Agent) promised(counts func(*pursuit) bool) (all promise) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.promisedBy(counts)
}

// promisedBy is promised with mu held.
func (a *Agent) promisedBy(counts func(*pursuit) bool) (all promise) {
	for _, s := range a.pursuits {
		if counts(s) {
			all.slots, all.lock, all.damageCap = all.slots+s.held.slots, all.lock.MustAdd(s.held.lock), all.damageCap.MustAdd(s.held.damageCap)
		}
	}
	return all
}

// others says of other pursuits that they count.
func (s *pursuit) others(o *pursuit) bool { return s != o }

// run sees the pursuit through. Its only error is that the log of bids cannot be written.
func (s *pursuit) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if !s.fresh {
			r, err := s.market.Request(ctx, s.id)
			if kind, _ := refusal(err); kind == marketplace.ErrRequestUnknown {
				return s.end("the market does not know it")
			}
			if err != nil {
				s.retry(ctx)
				continue
			}
			s.request, s.fresh = r, true
		}
		done, err := s.advance(ctx, &s.request)
		if err != nil || done {
			return err
		}
	}
	return nil
}

// advance does what is to be done next, or waits for something to happen.
func (s *pursuit) advance(ctx context.Context, r *marketplace.Request) (done bool, err error) {
	if i := slices.IndexFunc(r.Attempts, func(a marketplace.Attempt) bool { return a.Prover == s.account }); i >= 0 {
		return true, s.ours(ctx, r, i)
	}
	if r.Phase.Final() || !r.ForTakers() {
		return true, s.end("it is over")
	}
	if r.Arranged.Mechanism == auction.Climbing {
		return s.climb(ctx, r)
	}
	return s.bid(ctx, r)
}

// ours ends the pursuit of a request that is the agent's: what follows is an assignment like any other. What was kept free for
// it is so until the asks have been looked at, since before that they do not know that it is taken.
func (s *pursuit) ours(ctx context.Context, r *marketplace.Request, attempt int) error {
	if s.held.slots > 0 {
		s.outcomes.add(r.Arranged.Mechanism, won)
		s.log.Info("request taken", "price", r.Attempts[attempt].Price.Tokens(), "mechanism", r.Arranged.Mechanism)
		select {
		case <-s.again: // from before
		default:
		}
		s.lookAtAsks()
		select {
		case <-s.again:
		case <-time.After(lookEvery):
		case <-ctx.Done():
		}
	}
	return s.end("it is ours")
}

// end forgets the request. Nothing is written of one that the market was told nothing about.
func (s *pursuit) end(why string) error {
	s.log.Debug("not pursued any more", "reason", why)
	if _, known := s.bids.of(s.id); !known {
		return nil
	}
	return s.bids.append(entry{At: s.now(), Request: s.id, Step: stepDone})
}

// note makes an entry of the log of bids durable.
func (s *pursuit) note(e entry) error {
	e.At, e.Request = s.now(), s.id
	return s.bids.append(e)
}

// pause waits for something to happen, for d at most, and has the request read again.
func (s *pursuit) pause(ctx context.Context, d time.Duration) {
	s.fresh = false
	select {
	case <-s.changed:
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// await waits for a time, or for anything that may change what to do then.
func (s *pursuit) await(ctx context.Context, until vadium.Time) {
	wait := time.Duration(until.Sub(s.time())) * time.Millisecond
	if wait > lookEvery { // events may have been missed
		wait, s.fresh = lookEvery, false
	}
	select {
	case <-s.changed:
		s.fresh = false
	case <-s.again:
	case <-time.After(wait):
	case <-ctx.Done():
	}
}

// retry waits after a call that was not answered, or not taken now. While a bid is to be shown that is never long: its bond is
// lost with the window. A market that does not get on with the request at all is asked less often.
func (s *pursuit) retry(ctx context.Context) {
	intent, _ := s.bids.of(s.id)
	bidding, _ := s.request.Windows()
	if intent.Bid == (bid{}) || s.revealed || s.retries >= mostQuickRetries || s.request.ID == s.id && !s.time().After(bidding) {
		s.pause(ctx, time.Second)
		return
	}
	s.pause(ctx, min(earlyWait<<min(s.retries, 10), revealRetry))
	s.retries++
}

// early waits because by the market's clock it is too early.
func (s *pursuit) early(ctx context.Context) {
	s.pause(ctx, min(earlyWait<<min(s.tooEarly, 10), time.Second))
	s.tooEarly++
}

func (s *pursuit) show(stage string, price vadium.Amount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mechanism, s.stage, s.price = s.request.Arranged.Mechanism, stage, price
}

// climb takes a request at the first price that is worth it, and any longer the operator wants to wait: who waits is paid more,
// unless another comes first.
func (s *pursuit) climb(ctx context.Context, r *marketplace.Request) (done bool, err error) {
	if r.Phase != marketplace.PhaseOpen {
		return s.rescue(ctx, r)
	}
	ramp := r.Ramp()
	last := ramp.From.Add(ramp.Lock)
	if s.time().After(last) {
		return true, s.end("it cannot be taken any more")
	}
	if bar := s.lastingBar(r); bar != "" {
		s.barred = true
		return true, s.end(bar)
	}
	ask, held, bar := s.appraise(r, false)
	at, err := ramp.TimeAt(ask.Price)
	switch at = max(at, ramp.From).Add(s.settings().RampPatience).Earliest(last); {
	case bar != "":
	case err != nil:
		bar = "it never pays what it costs here"
	case max(at, s.time()).Add(ask.ETA).After(r.Deadline):
		bar = "too late to deliver by then"
	}
	switch {
	case bar != "":
		s.show(bar, ask.Price)
		s.await(ctx, last.Add(vadium.Millisecond))
		return false, nil
	case s.time().Before(at):
		s.show("waiting for its price", ask.Price)
		s.await(ctx, at)
		return false, nil
	}
	return s.lock(ctx, ask.Price, held)
}

// lock takes a request, if its price is least or more.
func (s *pursuit) lock(ctx context.Context, least vadium.Amount, held promise) (done bool, err error) {
	if !s.claim(held) {
		s.pause(ctx, time.Second) // stake or slots went to another just now
		return false, nil
	}
	s.show("taking it", least)
	if _, noted := s.bids.of(s.id); !noted {
		// From here the request may be ours. Whether it is, the market will say.
		if err := s.note(entry{Step: stepLock, Fee: least}); err != nil {
			return true, err
		}
	}
	s.fresh = false
	_, err = s.market.LockRequest(ctx, s.id, least)
	kind, refused := refusal(err)
	switch {
	case err == nil:
		return false, nil
	case !refused:
		s.pause(ctx, time.Second) // look again: it may have arrived
		return false, nil
	case kind == marketplace.ErrRequestLocked: // by whom? an earlier try may have arrived whose answer was lost
		r, err := s.market.Request(ctx, s.id)
		if err != nil {
			s.pause(ctx, time.Second)
			return false, nil //nolint:nilerr // it is looked at again, from the beginning
		}
		s.request, s.fresh = r, true
		if slices.ContainsFunc(r.Attempts, func(a marketplace.Attempt) bool { return a.Prover == s.account }) {
			return false, nil
		}
	}
	s.release()
	if kind == marketplace.ErrPriceBelowLeast {
		s.early(ctx)
		return false, nil
	}
	s.outcomes.add(auction.Climbing, lost)
	s.log.Info("a request could not be taken", "price", least.Tokens(), "reason", err)
	if s.refused++; s.refused >= mostRefusals {
		return true, s.end("the market refuses it again and again")
	}
	if kind != marketplace.ErrRequestLocked {
		s.pause(ctx, time.Second)
	}
	return false, nil
}

// rescue takes a request of somebody else's that is overdue and that nobody else rescues, when its part of what that prover
// loses is worth the proof; or one whose prover is excused, at the price it was taken for.
func (s *pursuit) rescue(ctx context.Context, r *marketplace.Request) (done bool, err error) {
	i := slices.IndexFunc(r.Attempts, func(a marketplace.Attempt) bool {
		return a.Behind == 0 && (a.Stage.Liable() || a.Stage == marketplace.StageExcused)
	})
	if i < 0 || r.Phase != marketplace.PhaseGrace && r.Attempts[i].Stage != marketplace.StageExcused {
		return true, s.end("another prover has it")
	}
	if slices.ContainsFunc(r.Attempts, func(a marketplace.Attempt) bool { return a.Behind > 0 && !a.Stage.Over() || len(a.Pending) > 0 }) {
		return true, s.end("somebody delivers it")
	}
	ask, held, bar := s.appraise(r, true)
	least, pays := vadium.Amount{}, rescuePays(&r.Attempts[i])
	if r.Attempts[i].Stage == marketplace.StageExcused {
		least, pays = ask.Price, r.Attempts[i].Price
	}
	if bar != "" || pays.Less(ask.Price) || s.time().Add(ask.ETA).After(r.GraceEnd) {
		return true, s.end("rescuing it is not worth it: " + bar)
	}
	return s.lock(ctx, least, held)
}

// rescuePays returns what a rescuer gets at the least of what an attempt loses by not delivering: half of the punitive part, which is
// a tenth of its price or more.
func rescuePays(a *marketplace.Attempt) vadium.Amount {
	return a.Price.BpsDown(max(a.Floor, 1_000)).BpsDown(5_000)
}

// bid commits to a bid while commitments are taken, and shows it as soon as bids are shown.
func (s *pursuit) bid(ctx context.Context, r *marketplace.Request) (done bool, err error) {
	if r.Phase != marketplace.PhaseOpen || len(r.Attempts) > 0 {
		if s.revealed {
			s.outcomes.add(auction.Revealing, lost)
			s.log.Info("another bid was lower")
		}
		return true, s.end("another prover has it")
	}
	bidding, revealing := r.Windows()
	intent, _ := s.bids.of(s.id)
	now := s.time()
	switch made := intent.Bid != (bid{}); {
	case !made && now.After(bidding):
		return true, s.end("no more bids are taken")
	case !made:
		return s.decide(ctx, r, bidding, revealing)
	case !s.committed && !now.After(bidding):
		return s.commit(ctx, r, intent.Bid)
	case !now.After(bidding):
		s.hold(r)
		s.show("has bid", intent.Bid.Fee)
		s.await(ctx, bidding.Add(vadium.Millisecond))
		return false, nil
	case !s.revealed: // whatever the clock says: the market knows until when
		return s.reveal(ctx, r, intent)
	}
	s.hold(r)
	s.show("has shown its bid", intent.Bid.Fee)
	s.pause(ctx, min(max(time.Duration(revealing.Sub(now))*time.Millisecond, time.Second), lookEvery))
	return false, nil
}

// decide decides on a bid and writes it down: the fee at which an ask would stand, and what the operator adds for being alone.
func (s *pursuit) decide(ctx context.Context, r *marketplace.Request, bidding, revealing vadium.Time) (done bool, err error) {
	if bar := s.lastingBar(r); bar != "" {
		s.barred = true
		return true, s.end(bar)
	}
	ask, held, bar := s.appraise(r, false)
	fee := vadium.Min(ask.Price.BpsUp(vadium.BpsOne+s.settings().SealedMarkup), r.Reserve)
	switch {
	case bar != "":
	case r.Reserve.Less(ask.Price):
		bar = "it never pays what it costs here"
	case revealing.Sub(bidding) < leastReveal:
		bar = "its bids are shown in too short a time"
	case vadium.Max(held.lock, fee).Less(r.Arranged.Sealed.Bond):
		bar = "its bond is more than the request would put at risk"
	case revealing.Add(ask.ETA).After(r.Deadline):
		bar = "too late to deliver by then"
	}
	if bar != "" {
		s.show(bar, ask.Price)
		s.await(ctx, bidding.Add(vadium.Millisecond))
		return false, nil
	}
	if !s.claim(held) {
		s.pause(ctx, time.Second)
		return false, nil
	}
	s.lookAtAsks() // they keep off what the bid takes
	var salt vadium.Salt
	rand.Read(salt[:]) // never fails: crypto/rand ends the process instead
	// From here the bid stands: whatever happens, it is shown, because its bond is lost if it is not.
	return false, s.note(entry{Step: stepCommit, Fee: fee, Salt: salt})
}

// commit sends the commitment, again after a crash: the market refuses one it has.
func (s *pursuit) commit(ctx context.Context, r *marketplace.Request, b bid) (done bool, err error) {
	s.hold(r)
	s.show("bidding", b.Fee)
	_, err = s.market.CommitBid(ctx, s.id, marketplace.BidCommitment(s.id, s.account, b.Fee, b.Salt))
	kind, refused := refusal(err)
	switch {
	case err == nil:
		s.log.Info("bid", "fee", b.Fee.Tokens(), "bond", r.Arranged.Sealed.Bond.Tokens())
	case !refused:
		s.pause(ctx, time.Second)
		return false, nil
	case kind != marketplace.ErrBidExists && kind != marketplace.ErrOutsideWindow: // an earlier life's
		s.outcomes.add(auction.Revealing, lost)
		s.log.Info("a bid is not taken", "fee", b.Fee.Tokens(), "reason", err)
		return true, s.end("the market does not want the bid")
	}
	s.committed = true
	return false, nil
}

// reveal shows the bid, whatever has become of stake and slots: only that brings the bond back.
func (s *pursuit) reveal(ctx context.Context, r *marketplace.Request, i intent) (done bool, err error) {
	s.hold(r)
	s.show("showing its bid", i.Bid.Fee)
	if !i.Revealing {
		if err := s.note(entry{Step: stepReveal}); err != nil {
			return true, err
		}
	}
	_, err = s.market.RevealBid(ctx, marketplace.RevealBid{Request: s.id, Fee: i.Bid.Fee, Salt: i.Bid.Salt})
	kind, _ := refusal(err)
	switch {
	case err == nil || kind == marketplace.ErrBidRevealed:
		s.revealed = true
	case kind == marketplace.ErrBidUnknown || kind == marketplace.ErrBidMismatch:
		s.outcomes.add(auction.Revealing, lost)
		s.log.Warn("a bid cannot be shown", "fee", i.Bid.Fee.Tokens(), "error", err)
		return true, s.end("the market does not have the bid")
	default: // too early, too late, or not now: whether the request is still open is in what is read next
		s.retry(ctx)
	}
	return false, nil
}

// lastingBar returns why the request is none for this agent whatever stake, load and prices are, if it is none: only settings and
// programs change that, and then requests are looked for anew.
func (s *pursuit) lastingBar(r *marketplace.Request) string {
	c, ready := s.settings(), s.ready(r.Program)
	switch {
	case !slices.Contains(c.Mechanisms, r.Arranged.Mechanism):
		return "not configured"
	case ready == nil || ready.retired || ready.served == 0:
		return "the program is not served here"
	case r.Requester == s.account, slices.Contains(r.Deny, s.account), len(r.Allow) > 0 && !slices.Contains(r.Allow, s.account):
		return "it is not for this prover"
	case !slices.Contains(c.Tiers, r.Product.Stake):
		return "its stake tier is not asked for here"
	}
	return ""
}

// appraise returns what an ask for just this request would be, what it would take, and why it is none for this agent, now, if it is
// none. A backup answers for no damages.
func (s *pursuit) appraise(r *marketplace.Request, backup bool) (ask pricing.Ask, held promise, bar string) {
	if bar := s.lastingBar(r); bar != "" {
		return ask, held, bar
	}
	s.mu.Lock()
	v, busy := s.seen, len(s.assignments)
	s.mu.Unlock()
	ready := s.ready(r.Program)
	phase := s.breaker.phase()
	switch {
	case ready == nil:
		return ask, held, "the program is not served here"
	case v == nil:
		return ask, held, "waiting for a look at the market"
	case phase == breakerOpen, phase == breakerTrial && busy > 0:
		return ask, held, "after failures in a row nothing is taken"
	case v.market.Paused, v.vault.Cases > 0, v.me.State != marketplace.StateActive:
		return ask, held, "nothing is assigned here now"
	}
	held = promise{product: r.Product, slots: 1}
	if r.Punishable {
		if !backup {
			held.damageCap = r.DamageCap
		}
		held.lock = r.Alert.Enlarge(vaults.LockFor(held.damageCap, r.Reserve))
	}
	m, _ := s.bench.of(ready.listing.Program)
	in := s.inputs(*v, r.Product, offer{m, s.proversFor(ready.listing.Program)}, s.promised(s.others))
	in.Stake.Lock, in.Stake.DamageCap, in.Together = held.lock, held.damageCap, false
	in.Load.OfThis, in.MostSlots = 0, min(in.MostSlots, 1)
	if in.Load.Running >= in.Load.Capacity {
		in.MostSlots = 0
	}
	ask, backed := pricing.Quote(in)
	if !backed {
		return ask, held, "stake or slots are at work elsewhere"
	}
	return ask, held, ""
}

// claim keeps free what the request would take, unless others have it: asks and pursuits do not promise the same twice.
func (s *pursuit) claim(held promise) bool {
	capacity := s.capacity()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.slots > 0 {
		return true
	}
	others := s.promisedBy(s.others)
	free, damages := s.stake.Free.SubFloor(others.lock), s.stake.Junior.SubFloor(s.stake.DamageCaps).SubFloor(others.damageCap)
	if len(s.assignments)+int(others.slots) >= capacity || free.Less(held.lock) || damages.Less(held.damageCap) {
		return false
	}
	s.held = held
	return true
}

// hold keeps free what a bid takes that stands already, as one of an earlier life does: whether or not it is there.
func (s *pursuit) hold(r *marketplace.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.slots > 0 {
		return
	}
	s.held = promise{product: r.Product, slots: 1}
	if r.Punishable {
		s.held.lock, s.held.damageCap = r.Alert.Enlarge(vaults.LockFor(r.DamageCap, r.Reserve)), r.DamageCap
	}
	s.lookAtAsks()
}

// release gives up what was kept free.
func (s *pursuit) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = promise{}
}

// outcome is how a pursuit ended that the market was told of.
type outcome string

const (
	won  outcome = "won"
	lost outcome = "lost"
)

// outcomes counts how pursuits ended since the agent was started.
type outcomes struct {
	mu    sync.Mutex // guards count
	count map[auction.Mechanism]map[outcome]uint64
}

func (o *outcomes) add(m auction.Mechanism, how outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count == nil {
		o.count = map[auction.Mechanism]map[outcome]uint64{}
	}
	if o.count[m] == nil {
		o.count[m] = map[outcome]uint64{}
	}
	o.count[m][how]++
}

func (o *outcomes) of(m auction.Mechanism, how outcome) uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count[m][how]
}
