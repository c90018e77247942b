package prover

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
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

	giveWay context.CancelFunc // ends it; nothing was begun then

	// guarded by Agent.mu
	prospect  prospect // how promising it is, once it is rated
	rated     bool
	gone      bool    // it gave way to another, so it begins nothing any more
	held      promise // kept free for it; nothing before the market is told
	mechanism auction.Mechanism
	stage     string // what it is doing, for people; empty before it does anything
	price     vadium.Amount
}

// maxPursuits bounds how many there are at a time: more than an agent can take, few enough to look at each when stake or load
// has changed. Of more than these the most promising have a place; the others are looked for again.
const maxPursuits = 1_024

// findAgainEvery is how often requests are looked for again that were passed over: those for which there was no place, and
// those that stake and costs here rule out, which change.
const findAgainEvery = vadium.Minute

// earlyWait is how long the agent waits when by the market's clock it is too early; twice as long each further time.
const earlyWait = 20 * time.Millisecond

// pursueNew begins with a request that was just submitted, as its event has it. One of long ago the market is asked about.
func (a *Agent) pursueNew(ctx context.Context, r marketplace.Request) {
	now := a.time()
	if now.After(r.GraceEnd) || !slices.Contains(a.settings().Mechanisms, r.Arranged.Mechanism) {
		return
	}
	r.Phase = marketplace.PhaseOpen // the event makes it so
	a.pursueAs(ctx, r.ID, told{r, now.Sub(r.Submitted) < vadium.Second})
}

// pursue begins with a request, or has it looked at again.
func (a *Agent) pursue(ctx context.Context, id vadium.RequestID) { a.pursueAs(ctx, id, told{}) }

// told is what is known of a request, if anything is, and whether it is so still.
type told struct {
	request marketplace.Request
	fresh   bool
}

// pursueAs is pursue with what is known of the request. One that cannot be served, whatever becomes of stake and load, gets no
// place; and when there is none, only what is more promising than another.
func (a *Agent) pursueAs(ctx context.Context, id vadium.RequestID, k told) {
	if a.lookAt(id) {
		return
	}
	_, noted := a.bids.of(id)
	if !noted && len(a.settings().Mechanisms) == 0 {
		return
	}
	s := &pursuit{
		Agent: a, id: id, changed: make(chan struct{}, 1), again: make(chan struct{}, 1), log: a.log.With("request", id),
		request: k.request, fresh: k.fresh,
	}
	if !noted && k.request.ID == id {
		judged := s.judge(&k.request)
		if judged.hopeless {
			a.passOver(judged)
			return
		}
		s.prospect, s.rated = judged.prospect, true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if ctx.Err() != nil || a.lookAtHeld(id) || len(a.pursuits) >= maxPursuits && !noted && !a.makeRoom(s) {
		return
	}
	a.begin(ctx, s)
}

// lookAt has a request looked at that is pursued already, and reports whether it is.
func (a *Agent) lookAt(id vadium.RequestID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lookAtHeld(id)
}

// lookAtHeld is lookAt with mu held.
func (a *Agent) lookAtHeld(id vadium.RequestID) bool {
	s := a.pursuits[id]
	if s != nil {
		signal(s.changed)
	}
	return s != nil
}

// begin gives a pursuit its place, with mu held.
func (a *Agent) begin(ctx context.Context, s *pursuit) {
	own, giveWay := context.WithCancel(ctx)
	s.giveWay = giveWay
	a.pursuits[s.id] = s
	a.work.Go(func() {
		defer giveWay()
		err := s.run(own)
		if own.Err() != nil && ctx.Err() == nil && err == nil {
			err = s.end("it gave way to a more promising one")
		}
		a.mu.Lock()
		promised := s.held.slots > 0
		if a.pursuits[s.id] == s { // it may have given way, and be back
			delete(a.pursuits, s.id)
		}
		a.mu.Unlock()
		if s.barred {
			select {
			case <-s.changed: // while it ended: the bar may be gone
				a.pursue(ctx, s.id)
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
	a.mu.Lock()
	a.passed, a.listed = false, a.now()
	a.mu.Unlock()
	for r, err := range a.market.Requests(ctx, client.RequestFilter{Phase: marketplace.PhaseOpen, ForTakers: true}) {
		if err != nil {
			return fmt.Errorf("list requests to come to: %w", err)
		}
		a.pursueAs(ctx, r.ID, told{request: r}) // events since then may have been missed
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
