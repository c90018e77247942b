package reporter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"vadium"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/oracle"
)

// life is a reporter under one configuration of its feed: a node, and what feeds it.
type life struct {
	*Reporter
	opened

	end context.CancelCauseFunc // whatever runs

	// owned by loop
	node    *oracle.Node
	intents *intents
	job     job
	quotes  evidence

	happened    chan happening
	kick        chan struct{} // look at the sources now
	stake       chan struct{} // look at the seats' stake now
	outbox      chan oracle.Signed
	accusations chan accusation
	work        sync.WaitGroup // proofs and publications; live waits
}

// happening is something that a node is told, at the time it is told it.
type happening func(now vadium.Time) []oracle.Action

// job is the proof that is being made or was made last.
type job struct {
	round  uint64
	cancel context.CancelFunc
	proof  *Proof // nil until it is there
}

type accusation struct {
	found  oracle.Accuse
	quotes []Quote
}

const (
	// mostHappening bounds what waits for the node: a few rounds of all seats.
	mostHappening = 256
	// mostAccusations bounds what waits for the accuser. What finds no place is found again, if it goes on.
	mostAccusations = 32
	// stakeEvery is how often seats' stake is looked at.
	stakeEvery = time.Minute
)

func newLife(r *Reporter, o opened, intents *intents, end context.CancelCauseFunc) *life {
	return &life{
		Reporter: r, opened: o, end: end, intents: intents,
		node:     oracle.NewNode(o.feed, o.scope, o.slot, 1<<len(o.feed.Seats)-1, o.recent, intents.last),
		quotes:   newEvidence(o.feed),
		happened: make(chan happening, mostHappening), kick: make(chan struct{}, 1), stake: make(chan struct{}, 1),
		outbox: make(chan oracle.Signed, 1), accusations: make(chan accusation, mostAccusations),
	}
}

// loop tells the node what happens, and does what it says, until ctx ends or the disk fails.
func (l *life) loop(ctx context.Context) error {
	tick := time.NewTicker(time.Duration(l.feed.Timeout/10) * time.Millisecond)
	defer tick.Stop()
	changeover := time.NewTimer(until(l.now(), l.changeover))
	defer changeover.Stop()
	for {
		var actions []oracle.Action
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changeover.C:
			return errAnew
		case <-tick.C:
			actions = l.node.Tick(l.now())
		case h := <-l.happened:
			actions = h(l.now())
		}
		if err := l.do(ctx, actions); err != nil {
			return err
		}
		l.tell(func(s *Status) {
			last := l.node.Last()
			s.Slot, s.At, s.Heard, s.Last, s.LastPublished = l.slot, l.node.At(), l.node.Heard(), last.Report.Round, last.Published
			s.Late = l.feed.Late(last, l.now())
		})
	}
}

// tellNode hands something to the loop.
func (l *life) tellNode(ctx context.Context, h happening) {
	select {
	case l.happened <- h:
	case <-ctx.Done():
	}
}

func (l *life) do(ctx context.Context, actions []oracle.Action) error {
	for _, a := range actions {
		var more []oracle.Action
		var err error
		switch a := a.(type) {
		case oracle.Look:
			nudge(l.kick)
		case oracle.Sign:
			if err := l.intents.append(l.config.Key.Key(), a.Observation); err != nil {
				return fmt.Errorf("%w: %w", errSigning, err)
			}
			// From here the observation is the round's; a crash is recovered by the log.
			more, err = l.sign(a.Observation)
			l.tell(func(s *Status) { s.Signed++ })
		case oracle.Gossip:
			more, err = l.sign(a.Observation)
		case oracle.Prove:
			l.prove(ctx, a)
		case oracle.PublishReport:
			l.publish(ctx, a.Report)
		case oracle.Abandon:
			if l.job.round == a.Round {
				l.job.cancel()
			}
		case oracle.Accuse:
			l.found(a)
		}
		if err == nil {
			err = l.do(ctx, more)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is nudged already
	}
}

// sign signs an observation that is written down, and sends it to the others.
func (l *life) sign(o oracle.Observation) ([]oracle.Action, error) {
	signed, err := l.config.Key.Sign(o)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSigning, err)
	}
	select {
	case <-l.outbox: // an older one, or the same
	default:
	}
	l.outbox <- signed // loop alone sends, so there is room
	return l.node.Hear(l.now(), signed), nil
}

// gossip sends what is signed. What does not arrive is said again by the node.
func (l *life) gossip(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case signed := <-l.outbox:
			l.send(ctx, signed)
		}
	}
}

func (l *life) send(ctx context.Context, signed oracle.Signed) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(l.feed.Timeout)*time.Millisecond)
	defer cancel()
	if err := l.market.Observe(ctx, l.feed.ID, signed); err != nil && ctx.Err() == nil {
		l.log.Warn("an observation is not taken", "round", signed.Observation.Round, "error", err)
	}
}

// look asks the sources, every poll and when the node wants to know.
func (l *life) look(ctx context.Context) {
	poll := time.NewTicker(l.config.Poll)
	defer poll.Stop()
	for {
		l.lookOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		case <-l.kick:
		}
	}
}

// errNotFresh: what the sources say is of too long ago.
var errNotFresh = errors.New("most of what they say is of too long ago to be signed as of now (the feed's window is too short for these sources, or they are behind)")

// lookOnce asks the sources once. A view is of when they have answered and not of when their quotes were made: that may be
// before the last round, and who signs such a time can be shown to have been stale. So what rests on old quotes is no view.
func (l *life) lookOnce(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, time.Duration(l.feed.Timeout)*time.Millisecond/2)
	defer cancel()
	reading, err := l.source.Observe(asking)
	at := l.now()
	if ctx.Err() != nil {
		return
	}
	if err == nil && !restsOnFresh(l.feed, reading.Quotes, at) {
		l.tellNode(ctx, func(vadium.Time) []oracle.Action { // evidence may be older
			l.quotes.add(reading.Quotes)
			return nil
		})
		err = errNotFresh
	}
	if err != nil {
		l.log.Warn("the sources say nothing", "error", err)
		l.tell(func(s *Status) { s.SourceFailures++ })
		return
	}
	l.tell(func(s *Status) { s.Seen, s.SeenAt = reading.Value, at })
	l.tellNode(ctx, func(now vadium.Time) []oracle.Action {
		l.quotes.add(reading.Quotes)
		return l.node.See(now, oracle.View{Value: reading.Value, At: at})
	})
}

// followRecords tells the node of rounds, and ends the life when the feed changes, or when the market was away or paused: it
// has moved the time of what is announced then.
func (l *life) followRecords(ctx context.Context) {
	for record, err := range l.market.Watch(ctx, l.from, client.EventFilter{}) {
		if err != nil {
			if ctx.Err() == nil {
				l.end(fmt.Errorf("follow the market: %w", err))
			}
			return
		}
		switch e := record.Event.(type) {
		case *marketplace.RoundPublished:
			if e.Feed == l.feed.ID {
				round := oracle.Round{Report: e.Report, Published: record.At, By: e.By}
				l.tellNode(ctx, func(now vadium.Time) []oracle.Action { return l.node.Published(now, round) })
			}
		case *marketplace.FeedSet:
			if e.Feed.ID == l.feed.ID {
				l.end(errAnew)
				return
			}
		case *marketplace.Resumed:
			l.end(errAnew)
			return
		case *marketplace.FeedRetired:
			if e.Feed == l.feed.ID {
				l.end(ErrRetired)
				return
			}
		}
	}
}

// followObservations tells the node what the others sign. The market has checked signatures, and is not believed.
func (l *life) followObservations(ctx context.Context) {
	for signed, err := range l.market.WatchObservations(ctx, l.feed.ID) {
		if err != nil {
			if ctx.Err() == nil {
				l.end(fmt.Errorf("follow the observations: %w", err))
			}
			return
		}
		if err := pricemedian.Verify(signed); err != nil {
			l.log.Warn("the market shows an observation that nobody signed", "key", fmt.Sprintf("%x", signed.Key), "error", err)
			continue
		}
		l.tellNode(ctx, func(now vadium.Time) []oracle.Action { return l.node.Hear(now, signed) })
	}
}

func (l *life) followBacking(ctx context.Context) {
	every := time.NewTicker(stakeEvery)
	defer every.Stop()
	known := oracle.Present(1<<len(l.feed.Seats) - 1)
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		case <-l.stake:
		}
		known = l.backing(ctx, l.feed, known)
		l.backed(ctx, known)
	}
}

func (l *life) backed(ctx context.Context, seats oracle.Present) {
	l.tellNode(ctx, func(now vadium.Time) []oracle.Action { return l.node.Back(now, seats) })
}

// prove has a round proven.
func (l *life) prove(ctx context.Context, a oracle.Prove) {
	ctx, cancel := context.WithCancel(ctx)
	l.job = job{round: a.Report.Round, cancel: cancel}
	l.log.Info("leads", "round", a.Report.Round, "present", a.Report.Present.Count(), "median", a.Report.Median)
	began := time.Now()
	l.work.Go(func() {
		defer cancel()
		proof, err := l.proof(ctx, a)
		if err != nil {
			if ctx.Err() == nil {
				l.log.Warn("the round is not proven", "round", a.Report.Round, "error", err)
				l.tell(func(s *Status) { s.ProofFailures++ })
			}
			return
		}
		l.tell(func(s *Status) { s.Proofs++; s.Proving += time.Since(began) })
		l.tellNode(ctx, func(now vadium.Time) []oracle.Action {
			if l.job.round != a.Report.Round {
				return nil // overtaken
			}
			l.job.proof = &proof
			return l.node.Proven(now, a.Report.Round)
		})
	})
}

func (l *life) proof(ctx context.Context, a oracle.Prove) (Proof, error) {
	keys := make([]oracle.Key, len(l.feed.Seats))
	for slot, seat := range l.feed.Seats {
		keys[slot] = seat.Key
	}
	report, input, err := pricemedian.Build(int(l.feed.Slots), keys, l.feed.Quorum, l.feed.Outlier, a.Signed)
	if err != nil {
		return Proof{}, err
	}
	if report != a.Report {
		return Proof{}, fmt.Errorf("invariant: circuit and core agree on reports, yet one says %+v and the other %+v", report, a.Report)
	}
	return l.prover.Prove(ctx, Work{Program: l.feed.Program, Report: report, Input: input, Account: l.market.Account()})
}

// publish publishes the round that was proven. Somebody else may be faster.
func (l *life) publish(ctx context.Context, report oracle.Report) {
	if l.job.round != report.Round || l.job.proof == nil {
		return
	}
	proof := *l.job.proof
	ctx, cancel := context.WithTimeout(ctx, time.Duration(l.feed.Window)*time.Millisecond)
	l.work.Go(func() {
		defer cancel()
		_, err := l.market.PublishRound(ctx, marketplace.PublishRound{
			Feed: l.feed.ID, Report: report, Request: proof.Request, Prover: proof.Prover, Proof: proof.Bytes,
		})
		switch {
		case err == nil:
			l.log.Info("published", "round", report.Round, "median", report.Median)
			l.tell(func(s *Status) { s.Published++ })
		case errors.Is(err, oracle.ErrRoundNumber):
			l.log.Info("somebody else was faster", "round", report.Round)
		default:
			if errors.Is(err, oracle.ErrRoundUnbacked) {
				nudge(l.stake)
			}
			l.log.Warn("the round is not taken", "round", report.Round, "error", err)
			l.tell(func(s *Status) { s.Refused++ })
		}
	})
}

// found hands what the node found to the accuser, with the quotes that a deviation needs.
func (l *life) found(a oracle.Accuse) {
	l.log.Warn("a reporter is at fault", "key", fmt.Sprintf("%x", a.Finding.Key), "it", a.Of, "round", a.Finding.Signed[0].Round)
	l.tell(func(s *Status) { s.Found++ })
	if l.config.Accuser == nil {
		return
	}
	accusation := accusation{found: a}
	if a.Of == oracle.Deviated {
		var shown bool
		if accusation, shown = l.quotes.against(l.scope, l.node.Recent(), a); !shown {
			l.log.Info("no independent quotes show it", "key", fmt.Sprintf("%x", a.Finding.Key))
			return
		}
	}
	select {
	case l.accusations <- accusation:
	default:
		l.log.Warn("too many accusations wait", "limit", mostAccusations)
	}
}

func (l *life) accuse(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-l.accusations:
			if err := l.config.Accuser.Accuse(ctx, a.found, a.quotes); err != nil {
				l.log.Info("an accusation is not taken", "it", a.found.Of, "error", err)
				continue
			}
			l.tell(func(s *Status) { s.Accused++ })
		}
	}
}
