package prover

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"vadium"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/prover/durable"
	"vadium/prover/engine"
)

// assignment is one request of ours, from the clearing to its end. It is driven by what the market says and by the log
// of intents, never by what this process remembers: so it goes on after a crash as it would have without.
type assignment struct {
	*Agent
	id      vadium.RequestID
	seen    <-chan struct{} // closed when the log says that the assignment is there
	log     *slog.Logger
	changed chan struct{}

	// owned by run
	input  []byte // the requester's secret; in memory only
	place  *ticket
	making *making // the proof that place's prover is making; nil if none is
	beats  context.CancelFunc
	beaten sync.WaitGroup

	mu       sync.Mutex  // guards what follows, for heartbeats and status
	stage    string      // what it is doing, for people
	began    vadium.Time // of the proof; 0 before
	expected vadium.Duration
	deadline vadium.Time
}

func (s *assignment) wake() { signal(s.changed) }

// lookEvery is how often an assignment looks at the market when no event wakes it.
const lookEvery = 15 * time.Second

// wait returns when something about the request happened, after d at the latest.
func (s *assignment) wait(ctx context.Context, d time.Duration) {
	select {
	case <-s.changed:
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// run sees the assignment through. Its only error is that intents cannot be written.
func (s *assignment) run(ctx context.Context) error {
	defer s.stop()
	for ctx.Err() == nil {
		r, err := s.market.Request(ctx, s.id)
		if err != nil {
			if _, refused := refusal(err); refused {
				s.log.Warn("the market does not know an assignment of ours", "error", err)
				return s.note(entry{Step: stepDone})
			}
			s.wait(ctx, time.Second)
			continue
		}
		index, mine := r.ServedBy(s.account)
		if !mine || r.Phase.Final() {
			return s.finish(&r)
		}
		done, err := s.advance(ctx, &r, &r.Attempts[index])
		if err != nil {
			return err
		}
		if done {
			return s.finish(&r)
		}
	}
	if s.making != nil && s.making.noted {
		return s.note(entry{Step: stepStopped})
	}
	return nil
}

func (s *assignment) stop() {
	if s.beats != nil {
		s.beats()
	}
	s.beaten.Wait()
	s.abandon()
}

// note makes entries durable, in one go.
func (s *assignment) note(entries ...entry) error {
	<-s.seen
	for i := range entries {
		entries[i].At, entries[i].Request = s.now(), s.id
	}
	return s.intents.append(entries...)
}

func (s *assignment) intent() intent {
	i, _ := s.intents.of(s.id)
	return i
}

func (s *assignment) setStage(stage string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stage = stage
}

// finish forgets an assignment that has ended, well or not.
func (s *assignment) finish(r *marketplace.Request) error {
	i := s.intent()
	proof := i.Proof
	s.judge(r)
	if err := s.ledger.spent(r.ID, r.Program, i.CPU, s.settings().Costs.PerCPUSecond); err != nil {
		s.log.Warn("what the proof cost is not noted", "error", err)
	}
	if err := s.note(entry{Step: stepDone}); err != nil {
		return err
	}
	s.ledger.forget(s.id)
	if proof != (vadium.Digest{}) {
		_ = os.Remove(s.proofPath(proof)) // a leftover costs a few hundred bytes
	}
	return nil
}

// judge tells the breaker how the assignment went. It comes before the assignment is noted as done: after a crash in
// between the breaker hears it twice, and counts it once.
func (s *assignment) judge(r *marketplace.Request) {
	for i := range r.Attempts {
		if at := &r.Attempts[i]; at.Prover == s.account {
			s.log.Info("assignment ended", "stage", at.Stage, "paid", at.Paid.Tokens(), "slashed", at.Slashed.Tokens())
			if at.Stage == marketplace.StageDelivered && at.Slashed.IsZero() {
				s.breaker.succeeded()
			} else if at.Stage.Liable() || at.Stage == marketplace.StageFaulted || !at.Slashed.IsZero() {
				s.breaker.failed(s.id, fmt.Sprintf("request %s ended as %v", s.id.Short(), at.Stage))
			}
		}
	}
}

// advance does what is to be done next, or waits for something to happen. done says that nothing is left to do.
func (s *assignment) advance(ctx context.Context, r *marketplace.Request, at *marketplace.Attempt) (done bool, err error) {
	s.mu.Lock()
	s.deadline = at.Deadline
	s.mu.Unlock()
	switch at.Stage {
	case marketplace.StageOffered:
		return false, s.answer(ctx, r, at)
	case marketplace.StageAccepted:
		return false, s.see(ctx, r, at)
	default:
		return true, nil // resigned, failed or disputed: what follows is the market's
	}
}

// answer accepts, declines or disputes.
func (s *assignment) answer(ctx context.Context, r *marketplace.Request, at *marketplace.Attempt) error {
	s.setStage("deciding")
	answer, reason := s.decide(ctx, r, at)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // stopping: the next start decides anew
	}
	if answer != stepAccept && s.making == nil {
		s.abandon()
	}
	meant := []entry{{Step: answer}}
	if answer == stepAccept && s.making != nil && !s.making.noted {
		meant = append(meant, entry{Step: stepProve})
		s.making.noted = true
	}
	// From here the answer is what we meant; whether it reached the market, the market will say.
	if err := s.note(meant...); err != nil {
		return err
	}
	var err error
	switch answer {
	case stepAccept:
		_, err = s.market.AcceptRequest(ctx, s.id)
	case stepDispute:
		_, err = s.market.DisputeInput(ctx, s.id)
	default:
		_, err = s.market.DeclineRequest(ctx, s.id)
	}
	if answer != stepAccept {
		// Not before the answer: what cannot be proven has most likely ended by itself meanwhile, and a worker that is stopped
		// has to load its keys again.
		s.abandon()
	}
	s.log.Info("answered", "answer", string(answer), "reason", reason, "deadline", at.Deadline, "price", at.Price.Tokens(), "error", err)
	if err != nil {
		s.wait(ctx, time.Second) // look again: it may have arrived all the same, or been too late
	}
	return nil
}

// see proves and delivers an accepted request.
func (s *assignment) see(ctx context.Context, r *marketplace.Request, at *marketplace.Attempt) error {
	if s.settings().Behaviour == Vanish {
		s.setStage("vanished")
		s.wait(ctx, lookEvery)
		return nil
	}
	s.beat(ctx, at)
	i := s.intent()
	switch {
	case len(at.Pending) > 0:
		s.setStage("delivered, under verification")
		s.wait(ctx, lookEvery)
		return nil
	case s.now().After(at.GraceEnd):
		s.setStage("too late")
		s.wait(ctx, lookEvery)
		return nil
	case i.Delivering && at.Deliveries > i.Before:
		// It arrived, it is no longer under verification, and it did not end the assignment.
		s.log.Error("the market found the proof invalid", "proof", i.Proof, "deliveries", at.Deliveries)
		return s.note(entry{Step: stepRejected, Proof: i.Proof})
	case i.Resigning || i.Failures >= mostFailures || i.Starts >= mostStarts && s.making == nil && s.stored(i) == nil:
		return s.resign(ctx, i)
	}
	proof, err := s.proof(ctx, r, at, i)
	if err != nil || proof == nil {
		return err
	}
	return s.deliver(ctx, r, at, proof)
}

// mostFailures is after how many proofs that could not be made, or were found invalid, the agent resigns: that costs
// less than not showing up, and lets a backup begin. mostStarts does the same for proofs that take the agent with them.
const (
	mostFailures = 2
	mostStarts   = 4
)

func (s *assignment) resign(ctx context.Context, i intent) error {
	s.setStage("resigning")
	if !i.Resigning {
		if err := s.note(entry{Step: stepResign}); err != nil {
			return err
		}
	}
	if _, err := s.market.Resign(ctx, s.id); err != nil {
		s.log.Warn("resigning", "error", err)
		s.wait(ctx, time.Second)
		return nil
	}
	s.log.Warn("resigned", "failures", i.Failures, "starts", i.Starts)
	return nil
}

func (s *assignment) proofPath(d vadium.Digest) string {
	return filepath.Join(s.settings().Dir, "proofs", d.String()[2:])
}

// proof returns the proof from disk, or makes it. nil without an error means: look again.
func (s *assignment) proof(ctx context.Context, r *marketplace.Request, at *marketplace.Attempt, i intent) ([]byte, error) {
	if stored := s.stored(i); stored != nil {
		return stored, nil
	}
	made, cpu, err := s.prove(ctx, r, at)
	if err != nil || made == nil {
		return nil, err
	}
	return made, s.store(at, made, cpu)
}

// stored returns the proof that the log says is on disk, if it is there: its file is written beside the note, and either may
// have come without the other.
func (s *assignment) stored(i intent) []byte {
	if i.Proof == (vadium.Digest{}) {
		return nil
	}
	proof, err := os.ReadFile(s.proofPath(i.Proof))
	if err == nil && vadium.DigestOf(proof) == i.Proof {
		return proof
	}
	s.log.Warn("the stored proof is lost", "proof", i.Proof, "error", err)
	return nil
}

// store makes a proof durable and notes that it is there, and that it is about to be delivered if nothing keeps it back:
// side by side and in one go, because the requester waits for the disk as well.
func (s *assignment) store(at *marketplace.Attempt, proof []byte, cpu vadium.Duration) error {
	digest := vadium.DigestOf(proof)
	stored := make(chan error, 1)
	go func() { stored <- durable.Write(s.proofPath(digest), proof) }()
	meant := []entry{{Step: stepProved, Proof: digest, CPU: cpu}}
	if s.held(at) <= 0 {
		meant = append(meant, entry{Step: stepDeliver, Proof: digest, Before: at.Deliveries})
	}
	// From here the proof is delivered and never made again, unless a crash took its file.
	err := s.note(meant...)
	if failed := <-stored; failed != nil {
		return fmt.Errorf("store proof: %w", failed)
	}
	return err
}

// making is a proof in the making.
type making struct {
	ready *program
	noted bool // the log says that it was begun
	// solved is closed when the input has been solved; nil then, and if it had been before the proof was begun.
	solved chan struct{}
	stop   context.CancelFunc
	ended  chan struct{} // closed when what follows is set
	proof  engine.Proof
	err    error
}

// begin lets the prover that s.place has got make the proof, and does not wait for it.
func (s *assignment) begin(ctx context.Context, r *marketplace.Request, at *marketplace.Attempt, ready *program) {
	limited, stop := context.WithDeadline(ctx, time.UnixMilli(int64(at.GraceEnd)))
	m := &making{ready: ready, stop: stop, ended: make(chan struct{})}
	s.making = m
	s.proving(true)
	work := s.work(ready, r)
	if at.Stage == marketplace.StageOffered {
		m.solved = make(chan struct{})
		work.Solved = m.solved
	}
	go func() { // abandon or prove waits
		defer close(m.ended)
		m.proof, m.err = s.engine.Prove(limited, work)
	}()
}

// abandon stops the proof, if one is being made, and gives the place up.
func (s *assignment) abandon() {
	if s.making != nil {
		s.making.stop()
		<-s.making.ended
		s.making = nil
	}
	if s.place != nil {
		s.givePlaceUp()
	}
}

func (s *assignment) prove(ctx context.Context, r *marketplace.Request, at *marketplace.Attempt) (proof []byte, cpu vadium.Duration, err error) {
	if s.making == nil {
		if begun, err := s.proveInTurn(ctx, r, at); err != nil || !begun {
			return nil, 0, err
		}
	}
	m := s.making
	s.setStage("proving")
	<-m.ended
	s.proving(false)
	s.abandon()
	if m.err != nil {
		return nil, 0, s.provingFailed(ctx, m.err)
	}
	made := m.proof
	s.bench.record(m.ready.listing.Program, made.Cost)
	s.log.Info("proved", "wall", made.Cost.Wall, "cpu", made.Cost.CPU, "load", made.Cost.Load)
	if s.settings().Behaviour == Corrupt {
		return corrupted(m.ready.listing.Program, made.Bytes), atLeastOne(made.Cost.CPU), nil
	}
	return made.Bytes, atLeastOne(made.Cost.CPU), nil
}

// proveInTurn waits for a prover and begins. Not having begun means: look again.
func (s *assignment) proveInTurn(ctx context.Context, r *marketplace.Request, at *marketplace.Attempt) (begun bool, err error) {
	ready := s.ready(r.Program)
	if ready == nil {
		s.setStage("waiting for keys")
		s.wait(ctx, time.Second)
		return false, nil
	}
	if err := s.fetch(ctx, r, ready); err != nil {
		s.log.Warn("the input of an accepted request cannot be fetched", "error", err)
		s.wait(ctx, time.Second)
		return false, nil
	}
	s.takePlace(at, ready)
	s.setStage("queued")
	limited, cancel := context.WithDeadline(ctx, time.UnixMilli(int64(at.GraceEnd)))
	defer cancel()
	if err := s.queue.wait(limited, s.place); err != nil {
		return false, nil // its time is over, or the agent stops
	}
	if err := s.note(entry{Step: stepProve}); err != nil {
		return false, err
	}
	s.begin(ctx, r, at, ready)
	s.making.noted = true
	return true, nil
}

// provingFailed notes a failure, unless the time ran out or the agent stops.
func (s *assignment) provingFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return s.note(entry{Step: stepStopped})
	}
	s.log.Error("no proof could be made", "error", err)
	return s.note(entry{Step: stepFailed})
}

func (s *assignment) proving(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if on {
		s.stage, s.began = "proving", s.now()
		if s.place != nil {
			s.expected = s.place.expected
		}
	} else {
		s.stage = "proved"
	}
}

func (s *assignment) work(p *program, r *marketplace.Request) engine.Work {
	s.mu.Lock()
	defer s.mu.Unlock()
	return engine.Work{Keys: p.keys, Input: s.input, Request: s.id, Prover: s.account, Due: time.UnixMilli(int64(s.deadline))}
}

// deliver hands the proof in, as soon as the agent's behaviour allows.
func (s *assignment) deliver(ctx context.Context, r *marketplace.Request, at *marketplace.Attempt, proof []byte) error {
	if hold := s.held(at); hold > 0 {
		s.setStage("holding the proof back")
		s.wait(ctx, time.Duration(hold)*time.Millisecond)
		return nil // the deadline may have moved meanwhile
	}
	s.setStage("delivering")
	digest := vadium.DigestOf(proof)
	if i := s.intent(); !i.Delivering || i.Proof != digest || i.Before != at.Deliveries {
		if err := s.note(entry{Step: stepDeliver, Proof: digest, Before: at.Deliveries}); err != nil {
			return err
		}
	}
	receipt, err := s.market.Deliver(ctx, s.id, proof)
	if err != nil {
		s.log.Warn("delivering", "error", err)
		s.wait(ctx, time.Second) // look again: it may have arrived
		return nil
	}
	s.log.Info("delivered", "proof", digest, "late", s.now().After(at.Deadline))
	if err := s.bench.save(); err != nil {
		s.log.Warn("the measurement is not saved", "error", err)
	}
	return s.note(entry{Step: stepDelivered, Proof: digest, Receipt: receipt})
}

// held is for how long the agent's behaviour keeps a proof back.
func (s *assignment) held(at *marketplace.Attempt) vadium.Duration {
	return s.settings().Behaviour.notBefore(at.Deadline, at.GraceEnd).Sub(s.now())
}

// beat sends heartbeats from now on, three in the time in which one is due. Accepting counted as one, so that a proof which
// takes less time than a third sends none.
func (s *assignment) beat(ctx context.Context, at *marketplace.Attempt) {
	if s.beats != nil {
		return
	}
	ctx, s.beats = context.WithCancel(ctx)
	first := s.beatIn(at)
	s.beaten.Go(func() {
		if !sleep(ctx, first) {
			return
		}
		for every := time.Duration(0); ; {
			_, err := s.market.SendHeartbeat(ctx, s.id, s.progress())
			if _, refused := refusal(err); refused {
				s.wake() // the assignment may have ended
			}
			if every == 0 && err == nil {
				every = s.beatEvery(ctx)
			}
			if !sleep(ctx, max(every, 200*time.Millisecond)) {
				return
			}
		}
	})
}

// beatEvery returns a third of the time in which a heartbeat is due, as the market shows it right after one; 0 when it
// cannot be asked.
func (s *assignment) beatEvery(ctx context.Context) time.Duration {
	r, err := s.market.Request(ctx, s.id)
	if err != nil {
		return 0
	}
	index, mine := r.ServedBy(s.account)
	if !mine {
		return 0
	}
	return s.beatIn(&r.Attempts[index])
}

// beatIn returns a third of the time that is left until a heartbeat is due; 0 when one has been missed.
func (s *assignment) beatIn(at *marketplace.Attempt) time.Duration {
	if at.HeartbeatBy == vadium.Forever {
		return 0
	}
	left := time.Duration(at.HeartbeatBy.Sub(s.now())) * time.Millisecond
	return min(max(left, 0)/3, time.Minute)
}

// progress is what heartbeats tell: a guess from the clock that never says done.
func (s *assignment) progress() vadium.Bps {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.began == 0 {
		return 0
	}
	done := int64(s.now().Sub(s.began)) * int64(vadium.BpsOne) / int64(max(s.expected, 1))
	return vadium.Bps(min(max(done, 0), 9_500))
}

// decide says what to answer to an assignment, and why.
func (s *assignment) decide(ctx context.Context, r *marketplace.Request, at *marketplace.Attempt) (answer step, reason string) {
	now := s.now()
	left := at.AcceptBy.Sub(now)
	limited, cancel := context.WithTimeout(ctx, time.Duration(left-left/5)*time.Millisecond) // the rest is for the answer
	defer cancel()
	ready := s.ready(r.Program)
	if ready != nil {
		s.awaitProvers(ctx, ready.listing.Program, at.AcceptBy)
	}
	taken, _ := s.queue.counts()
	if s.place != nil {
		taken-- // it is being decided again
	}
	switch phase := s.breaker.phase(); {
	case phase == breakerOpen:
		return stepDecline, "too many failures in a row: nothing new for a while"
	case phase == breakerTrial && taken > 0:
		return stepDecline, "after failures in a row one request at a time is tried"
	case ready == nil || ready.retired:
		return stepDecline, "the program is not served here (any more)"
	case taken >= s.capacity()+s.provers():
		return stepDecline, "the queue is full"
	}
	s.takePlace(at, ready)
	if done := s.queue.ready(s.place); s.making == nil && done.After(at.Deadline) {
		return stepDecline, fmt.Sprintf("it would be done at %d, after its deadline", done)
	}
	if err := s.fetch(limited, r, ready); err != nil {
		return stepDecline, fmt.Sprintf("input: %v", err)
	}
	s.proveAhead(ctx, r, at, ready)
	answer, reason = s.solve(limited, r, ready)
	switch {
	case answer != stepAccept:
		s.input = nil
	case s.making != nil && s.making.solved != nil:
		close(s.making.solved)
		s.making.solved = nil
	}
	return answer, reason
}

// proveAhead begins the proof before the request is accepted if a prover is free now. It is the market's word that takes
// time: solving here, two syncs and a call go on beside the proof, and a prover that would have idled loses nothing by a
// proof that is not wanted after all. Liability starts with the answer all the same, and solving decides it: what becomes of
// the proof is looked at only when the request has been accepted.
func (s *assignment) proveAhead(ctx context.Context, r *marketplace.Request, at *marketplace.Attempt, ready *program) {
	if s.making == nil && s.settings().Behaviour != Vanish && s.intent().Proof == (vadium.Digest{}) && s.queue.begin(s.place) {
		s.begin(ctx, r, at, ready)
	}
}

// solve solves the witness.
func (s *assignment) solve(ctx context.Context, r *marketplace.Request, ready *program) (answer step, reason string) {
	var err error
	for range 2 { // a worker that dies is started again
		err = s.engine.Solve(ctx, s.work(ready, r))
		if err == nil || errors.Is(err, circuits.ErrUnsatisfied) || ctx.Err() != nil {
			break
		}
	}
	switch {
	case err == nil:
		return stepAccept, "the input satisfies the program"
	case errors.Is(err, circuits.ErrUnsatisfied):
		return stepDispute, "the input does not satisfy the program"
	}
	return stepDecline, fmt.Sprintf("solving: %v", err)
}

// fetch gets the input into memory: the secret part of the blob behind the statement that the request names. A proof of
// another statement, which a blob may begin with, would be invalid and cost stake.
func (s *assignment) fetch(ctx context.Context, r *marketplace.Request, ready *program) error {
	if s.input != nil {
		return nil
	}
	p := ready.listing.Program
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		blob, err := s.market.GetBytes(ctx, client.OfRequest(s.id), r.Input)
		if err == nil {
			err = checkInput(p, r, blob)
		}
		if err == nil {
			s.input = append(append(make([]byte, 0, len(blob)), r.Statement...), blob[p.StatementBytes():]...)
			return nil
		}
		if _, refused := refusal(err); refused || !sleep(ctx, pause) {
			return err
		}
	}
}

// checkInput returns nil when the blob is the one the request names and an input of the program. An input with a scalar
// that is not canonical is nobody's to dispute: whoever reduces it could prove it, and the claimant would be at fault.
func checkInput(p vadium.Program, r *marketplace.Request, blob []byte) error {
	if got := vadium.DigestOf(blob); got != r.Input {
		return fmt.Errorf("the market sent %v, the request names %v: %w", got, r.Input, client.ErrWrongBytes)
	}
	if len(r.Statement) != p.StatementBytes() {
		return fmt.Errorf("statement of %d bytes: %w", len(r.Statement), circuits.ErrMalformedInput)
	}
	return circuits.CheckInput(p, blob)
}

func (s *assignment) takePlace(at *marketplace.Attempt, ready *program) {
	if s.place == nil {
		m, _ := s.bench.of(ready.listing.Program)
		s.place = s.queue.joinFor(ready.listing.ID, at.Deadline, max(m.Slowest, vadium.Millisecond))
	}
}

func (s *assignment) givePlaceUp() {
	s.queue.leave(s.place)
	s.place = nil
}
