package sequencer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace/journal"
)

// errFull: the batch in the making has no room; go on in the next.
var errFull = errors.New("batch is full")

// draft is a batch in the making. Its events are applied to the working state already, and known to nobody.
type draft[C any] struct {
	payload  []byte
	records  uint64
	at       vadium.Time
	commands int
	complete []*proposal[C] // those whose last command is in this batch: they are answered once it is durable
	began    time.Time      // when its first command was taken up
	lingered time.Time      // when it stops waiting for company
}

// Run is the market's one goroutine. It returns nil when ctx ends, after the batch in flight, and an error when it cannot
// go on: ErrDurabilityUnknown, journal.ErrFenced, or ErrDiverged. Call it once.
func (s *Sequencer[S, C, E, R]) Run(ctx context.Context) error {
	err := s.run(ctx)
	s.stopErr = ErrStopped
	switch {
	case err == nil:
		s.letGo()
	default:
		s.stopErr = fmt.Errorf("%w (the market stopped: %v)", ErrUnknown, err)
	}
	close(s.stopped)
	s.snapshots.Wait()
	return err
}

func (s *Sequencer[S, C, E, R]) run(ctx context.Context) error {
	if err := s.resume(ctx); err != nil {
		return err
	}
	for {
		s.cfg.Metrics.round()
		first, ok := s.await(ctx)
		if !ok {
			return nil
		}
		d, err := s.gather(first)
		if err != nil {
			return err
		}
		if err := s.commit(ctx, d); err != nil {
			return err
		}
	}
}

// resume reports the time since the last record, before anything else may happen. An empty journal has nothing to resume.
func (s *Sequencer[S, C, E, R]) resume(ctx context.Context) error {
	if s.working.NextSeq() == 1 {
		return nil
	}
	d := &draft[C]{}
	if err := s.own(d, "resume", s.core.Resume(), s.stamp()); err != nil {
		return err
	}
	return s.commit(ctx, d)
}

// await waits for a command or the next deadline (then first is nil), and reports false when ctx has ended.
func (s *Sequencer[S, C, E, R]) await(ctx context.Context) (first *proposal[C], ok bool) {
	if ctx.Err() != nil {
		return nil, false
	}
	if first, s.held = s.held, nil; first != nil {
		return first, true
	}
	timer := time.NewTimer(s.untilDue())
	defer timer.Stop()
	select {
	case p := <-s.intake:
		return s.taken(p), true
	case <-timer.C:
		return nil, true
	case <-ctx.Done():
		return nil, false
	}
}

func (s *Sequencer[S, C, E, R]) taken(p *proposal[C]) *proposal[C] {
	s.queued.Add(-int64(len(p.commands)))
	return p
}

// letGo answers the caller of whom a part was carried out when ctx ended: what is left was not.
func (s *Sequencer[S, C, E, R]) letGo() {
	p := s.held
	if p == nil || len(p.outcomes) == 0 {
		return
	}
	for len(p.outcomes) < len(p.commands) {
		p.outcomes = append(p.outcomes, Outcome{Err: ErrStopped})
	}
	close(p.answered)
}

func (s *Sequencer[S, C, E, R]) untilDue() time.Duration {
	due, now := s.working.NextDeadline(), max(s.cfg.Clock(), s.last)
	if !due.After(now) {
		return 0
	}
	return time.Duration(min(due.Sub(now), vadium.Duration(maxSleep.Milliseconds()))) * time.Millisecond
}

// stamp returns the market's time, which never goes back.
func (s *Sequencer[S, C, E, R]) stamp() vadium.Time {
	s.last = max(s.last, s.cfg.Clock())
	return s.last
}

// gather decides what is due, the first command, and whatever is queued, until the batch is full.
func (s *Sequencer[S, C, E, R]) gather(first *proposal[C]) (*draft[C], error) {
	d := &draft[C]{began: s.cfg.Metrics.begin()}
	for p := first; ; {
		now := s.stamp()
		err := s.catchUp(d, now)
		if err == nil && p != nil {
			err = s.propose(d, p, now)
		}
		switch {
		case errors.Is(err, errFull):
			s.held = p
			return d, nil
		case err != nil:
			return nil, err
		}
		if p = s.company(d); p == nil {
			return d, nil
		}
	}
}

// company returns the next command for the batch, or nil when the batch should go.
func (s *Sequencer[S, C, E, R]) company(d *draft[C]) *proposal[C] {
	if d.commands >= MaxBatchCommands {
		return nil
	}
	select {
	case p := <-s.intake:
		return s.taken(p)
	default:
	}
	if s.cfg.Linger == 0 || len(d.complete) == 0 {
		return nil
	}
	if d.lingered.IsZero() {
		d.lingered = time.Now().Add(s.cfg.Linger)
	}
	timer := time.NewTimer(time.Until(d.lingered))
	defer timer.Stop()
	select {
	case p := <-s.intake:
		return s.taken(p)
	case <-timer.C:
		return nil
	}
}

// catchUp lets everything happen that is due by now, so that each command meets a state in which nothing is overdue.
func (s *Sequencer[S, C, E, R]) catchUp(d *draft[C], now vadium.Time) error {
	if s.working.Behind(now) { // the process was suspended, or the last sync took very long
		if err := s.own(d, "resume", s.core.Resume(), now); err != nil {
			return err
		}
	}
	for !s.working.NextDeadline().After(now) {
		if d.commands >= MaxBatchCommands {
			return errFull
		}
		if err := s.own(d, "tick", s.core.Tick(s.cfg.Seed()), now); err != nil {
			return err
		}
	}
	return nil
}

// own carries out a command of the market itself, which must change something: else Run would ask for it forever.
func (s *Sequencer[S, C, E, R]) own(d *draft[C], name string, command C, now vadium.Time) error {
	result, err := s.decide(d, command, now)
	switch {
	case errors.Is(err, errFull):
		return errFull
	case err != nil:
		return fmt.Errorf("the core refused the market's own %s at %d ms: %w", name, now, err)
	case result.FirstSeq == 0:
		return fmt.Errorf("invariant: a %s that is due at %d ms changes something", name, now)
	}
	return nil
}

// propose carries out a caller's commands, what is left of them, and notes the outcomes. An error other than errFull ends
// Run. The first command has been caught up with; the others are stamped and caught up with here.
func (s *Sequencer[S, C, E, R]) propose(d *draft[C], p *proposal[C], now vadium.Time) error {
	for first := true; len(p.outcomes) < len(p.commands); first = false {
		if d.commands >= MaxBatchCommands {
			return errFull
		}
		if !first {
			now = s.stamp()
			if err := s.catchUp(d, now); err != nil {
				return err
			}
		}
		result, err := s.decide(d, p.commands[len(p.outcomes)], now)
		if errors.Is(err, errFull) {
			return errFull
		}
		p.outcomes = append(p.outcomes, Outcome{result, err})
	}
	d.complete = append(d.complete, p)
	return nil
}

// decide asks the core, and applies what it answers to the working state and to the batch.
func (s *Sequencer[S, C, E, R]) decide(d *draft[C], command C, now vadium.Time) (Result, error) {
	events, err := s.working.Decide(now, command)
	if err != nil {
		d.commands++
		s.cfg.Metrics.refusal(err)
		return Result{}, err
	}
	first := s.working.NextSeq()
	records := make([]R, len(events))
	var encoded []byte
	for i, e := range events {
		records[i] = s.core.Record(first+uint64(i), now, e)
		one, err := rlp.EncodeToBytes(&records[i])
		if err != nil {
			panic(fmt.Sprintf("invariant: records always encode: %v", err))
		}
		encoded = append(encoded, one...)
	}
	switch {
	case len(encoded) > MaxBatchBytes:
		d.commands++
		return Result{}, fmt.Errorf("%d bytes of events, the limit is %d: %w", len(encoded), MaxBatchBytes, ErrTooLarge)
	case len(d.payload)+len(encoded) > MaxBatchBytes:
		return Result{}, errFull
	}
	for _, r := range records {
		s.working.Apply(r)
	}
	d.commands++
	if len(records) == 0 {
		return Result{At: now}, nil
	}
	d.payload, d.records, d.at = append(d.payload, encoded...), d.records+uint64(len(records)), now
	return Result{FirstSeq: first, LastSeq: first + uint64(len(records)) - 1, At: now}, nil
}

// commit makes the batch durable and then, only then, lets it be seen: by readers, followers, and the callers.
func (s *Sequencer[S, C, E, R]) commit(ctx context.Context, d *draft[C]) error {
	if d.records > 0 {
		if err := s.store(ctx, d); err != nil {
			return err
		}
	}
	s.cfg.Metrics.committed(d.began, d.commands, len(d.payload), s.working.NextSeq()-1)
	for _, p := range d.complete {
		close(p.answered)
	}
	return nil
}

func (s *Sequencer[S, C, E, R]) store(ctx context.Context, d *draft[C]) error {
	b := s.head.Next(s.epoch, journal.Records{Count: d.records, At: d.at, Payload: d.payload})
	due := b.Slot >= s.snapshotted+s.cfg.SnapshotEvery
	if due || b.Slot%s.cfg.DigestEvery == 0 {
		b.StateDigest = s.working.Digest()
	}
	appending := s.cfg.Metrics.begin()
	// A write cannot be taken back by giving up on it, so the end of ctx does not interrupt it.
	if err := s.cfg.Journal.Append(context.WithoutCancel(ctx), b); err != nil {
		if errors.Is(err, journal.ErrFenced) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrDurabilityUnknown, err)
	}
	// From here the batch is binding; a crash is recovered by replaying it.
	s.cfg.Metrics.synced(appending)
	s.head = journal.After(b)
	if err := s.publish(b); err != nil {
		return err
	}
	if due {
		s.snapshot(ctx, b)
	}
	return nil
}

// publish applies a durable batch to the published state and hands it to the followers. It decodes the records anew:
// readers get exactly what a replay would, and share no memory with the working state.
func (s *Sequencer[S, C, E, R]) publish(b journal.Batch) error {
	records, err := DecodeRecords[R](b)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDiverged, err)
	}
	s.mu.Lock()
	for _, r := range records {
		s.published.Apply(r)
	}
	s.published.NextDeadline() // a core that clears out passed deadlines when asked would otherwise keep them here forever
	s.mu.Unlock()
	if err := checkDigest(b, s.published); err != nil { // reading needs no lock: only Run writes
		return err
	}
	s.tail.extend(b.FirstSeq, records)
	return nil
}
