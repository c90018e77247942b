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
	granted  bool           // the storing goroutine is waiting for it

	// Set when it is sealed.
	digest vadium.Digest // of the state after it; zero if it was not taken
	frozen func() []byte // encodes the state after it; nil if no snapshot is due
}

// pipeline is how drafts get from the goroutine that decides to the one that stores. There is one in each, so that the
// next batch is decided while the last is being synced, and nothing is decided further ahead than that.
type pipeline[C any] struct {
	ready  chan struct{} // holds a token while the storing goroutine has nothing to do
	spare  chan []byte   // payloads of batches that have been stored, to be filled again: at most two are in use
	sealed chan *draft[C]
	broken chan struct{} // closed when storing has failed
	failed chan error    // why; closed when the storing goroutine has ended
}

// Run is the market: one goroutine that decides and one that stores. It returns nil when ctx ends, after storing what it
// has decided, and an error when it cannot go on: ErrDurabilityUnknown, journal.ErrFenced, or ErrDiverged. Call it once.
func (s *Sequencer[S, C, E, R]) Run(ctx context.Context) error {
	err := s.run(ctx)
	s.stopErr = ErrStopped
	if err == nil {
		s.letGo()
	} else {
		s.stopErr = fmt.Errorf("%w (the market stopped: %v)", ErrUnknown, err)
	}
	close(s.stopped)
	s.snapshots.Wait()
	return err
}

func (s *Sequencer[S, C, E, R]) run(ctx context.Context) error {
	line := pipeline[C]{ready: make(chan struct{}, 1), spare: make(chan []byte, 2), sealed: make(chan *draft[C], 1), broken: make(chan struct{}), failed: make(chan error, 1)}
	line.ready <- struct{}{}
	go s.storeAll(ctx, line)
	err := s.decideAll(ctx, line)
	close(line.sealed)
	for failed := range line.failed { // until the other goroutine has ended
		err = failed
	}
	return err
}

// decideAll makes batches until ctx ends or storing fails. What has been decided by then is still stored.
func (s *Sequencer[S, C, E, R]) decideAll(ctx context.Context, line pipeline[C]) error {
	d, err := s.resume()
	for err == nil {
		if d == nil {
			s.cfg.Metrics.round()
			first, ok := s.await(ctx, line)
			if !ok {
				return nil
			}
			d = &draft[C]{began: s.cfg.Metrics.begin()}
			select {
			case d.payload = <-line.spare:
			default:
			}
			err = s.gather(ctx, d, first, line)
		}
		if err == nil {
			if !s.hand(d, line) {
				return nil
			}
			d = nil
		}
	}
	return err
}

// hand seals a draft as soon as the storing goroutine can take it. It reports false when storing has failed.
func (s *Sequencer[S, C, E, R]) hand(d *draft[C], line pipeline[C]) bool {
	if !d.granted {
		select {
		case <-line.ready:
		case <-line.broken:
			return false
		}
	}
	s.seal(d)
	line.sealed <- d // there is room: ready was ours
	return true
}

// storeAll makes batches durable one by one, and tells what came of them.
func (s *Sequencer[S, C, E, R]) storeAll(ctx context.Context, line pipeline[C]) {
	defer close(line.failed)
	for d := range line.sealed {
		if err := s.commit(ctx, d); err != nil {
			line.failed <- err
			close(line.broken)
			return
		}
		select {
		case line.spare <- d.payload[:0]:
		default:
		}
		line.ready <- struct{}{}
	}
}

// resume reports the time since the last record, before anything else may happen. An empty journal has nothing to resume.
func (s *Sequencer[S, C, E, R]) resume() (*draft[C], error) {
	if s.working.NextSeq() == 1 {
		return nil, nil
	}
	d := &draft[C]{}
	return d, s.own(d, "resume", s.core.Resume(), s.stamp())
}

// await waits for a command or the next deadline (then first is nil), and reports false when ctx has ended or storing has
// failed.
func (s *Sequencer[S, C, E, R]) await(ctx context.Context, line pipeline[C]) (first *proposal[C], ok bool) {
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
	case <-line.broken:
	}
	return nil, false
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

// gather decides what is due, the first command, and whatever comes until the batch is full or can be stored: while the
// last one is being synced this one grows.
func (s *Sequencer[S, C, E, R]) gather(ctx context.Context, d *draft[C], first *proposal[C], line pipeline[C]) error {
	for p := first; ; {
		now := s.stamp()
		err := s.catchUp(d, now)
		if err == nil && p != nil {
			err = s.propose(d, p, now)
		}
		switch {
		case errors.Is(err, errFull):
			s.held = p
			return nil
		case err != nil:
			return err
		}
		if p = s.company(ctx, d, line); p == nil {
			return nil
		}
	}
}

// company returns the next command for the batch, or nil when the batch should go.
func (s *Sequencer[S, C, E, R]) company(ctx context.Context, d *draft[C], line pipeline[C]) *proposal[C] {
	if d.commands >= MaxBatchCommands || ctx.Err() != nil {
		return nil
	}
	if d.commands >= worthStoring && len(s.intake) > 0 {
		select {
		case <-line.ready:
			d.granted = true
		default:
		}
		if d.granted { // what waits is decided while this is being stored
			return nil
		}
	}
	select {
	case p := <-s.intake:
		return s.taken(p)
	default:
	}
	if !d.granted {
		select {
		case <-line.ready:
			d.granted = true
		default: // the last batch is being stored
			select {
			case p := <-s.intake:
				return s.taken(p)
			case <-line.ready:
				d.granted = true
			case <-line.broken:
				return nil
			case <-ctx.Done():
				return nil
			}
			select { // what came while we waited
			case p := <-s.intake:
				return s.taken(p)
			default:
			}
		}
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
	s.records = s.records[:0]
	s.encoder.Reset(nil)
	for i, e := range events {
		s.records = append(s.records, s.core.Record(first+uint64(i), now, e))
		if err := encodeRecord(s.encoder, &s.records[i]); err != nil {
			panic(fmt.Sprintf("invariant: records always encode: %v", err))
		}
	}
	records := s.records
	before := len(d.payload)
	d.payload = s.encoder.AppendToBytes(d.payload)
	encoded := d.payload[before:]
	switch {
	case len(encoded) > MaxBatchBytes:
		d.payload = d.payload[:before]
		d.commands++
		return Result{}, fmt.Errorf("%d bytes of events, the limit is %d: %w", len(encoded), MaxBatchBytes, ErrTooLarge)
	case len(d.payload) > MaxBatchBytes:
		d.payload = d.payload[:before]
		return Result{}, errFull
	}
	for _, r := range records {
		s.working.Apply(r)
	}
	d.commands++
	if len(records) == 0 {
		return Result{At: now}, nil
	}
	d.records, d.at = d.records+uint64(len(records)), now
	return Result{FirstSeq: first, LastSeq: first + uint64(len(records)) - 1, At: now}, nil
}

// encodeRecord asks a record that encodes itself directly: rlp would look up every time that it does.
func encodeRecord[R any](to rlp.EncoderBuffer, record *R) error {
	if r, ok := any(record).(rlp.Encoder); ok {
		return r.EncodeRLP(to)
	}
	return rlp.Encode(to, record)
}

// seal takes what has to be taken of the state as it is after the batch, before the next one changes it.
func (s *Sequencer[S, C, E, R]) seal(d *draft[C]) {
	if d.records == 0 {
		return
	}
	s.slot++
	due := s.slot >= s.snapshotted+s.cfg.SnapshotEvery
	if due || s.slot%s.cfg.DigestEvery == 0 {
		d.digest = s.working.Digest()
	} else {
		s.working.PrepareDigest(s.callsBeforeDigest(s.slot))
	}
	if due && s.saving.CompareAndSwap(false, true) { // else the last one is still being stored
		s.snapshotted = s.slot
		d.frozen = s.working.Freeze()
	}
}

// callsBeforeDigest returns how many batches are left to prepare the next digest, that of a slot included.
func (s *Sequencer[S, C, E, R]) callsBeforeDigest(slot uint64) int {
	return int(s.cfg.DigestEvery - slot%s.cfg.DigestEvery)
}

// commit makes the batch durable and then, only then, lets it be seen: by readers, followers, and the callers.
func (s *Sequencer[S, C, E, R]) commit(ctx context.Context, d *draft[C]) error {
	if d.records > 0 {
		if err := s.store(ctx, d); err != nil {
			return err
		}
	}
	s.cfg.Metrics.committed(d.began, d.commands, len(d.payload), s.head.LastSeq)
	for _, p := range d.complete {
		close(p.answered)
	}
	return nil
}

func (s *Sequencer[S, C, E, R]) store(ctx context.Context, d *draft[C]) error {
	b := s.head.Next(s.epoch, journal.Records{Count: d.records, At: d.at, Payload: d.payload, StateDigest: d.digest})
	decoded := decodeBeside[R](b)
	appending := s.cfg.Metrics.begin()
	// A write cannot be taken back by giving up on it, so the end of ctx does not interrupt it.
	err := s.cfg.Journal.Append(context.WithoutCancel(ctx), b)
	records := <-decoded
	if errors.Is(err, journal.ErrFenced) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDurabilityUnknown, err)
	}
	// From here the batch is binding; a crash is recovered by replaying it.
	s.cfg.Metrics.synced(appending)
	s.grown.Add(uint64(len(d.payload)))
	// The journal has hashed the batch to append it; its head is journal.After(b), by contract.
	if s.head, err = s.cfg.Journal.Head(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("%w: %w", ErrDurabilityUnknown, err)
	}
	if err := s.publish(b, records); err != nil {
		return err
	}
	if d.frozen != nil {
		s.snapshot(ctx, b, d.frozen)
	}
	return nil
}

// decoding is the records of a batch, or why they cannot be read.
type decoding[R any] struct {
	records []R
	err     error
}

// decodeBeside decodes the records of a batch in a goroutine of its own, while the disk syncs it. They are decoded anew so
// that readers get exactly what a replay would, and share no memory with the working state.
func decodeBeside[R any](b journal.Batch) <-chan decoding[R] {
	decoded := make(chan decoding[R], 1)
	go func() {
		records, err := DecodeRecords[R](b)
		decoded <- decoding[R]{records, err}
	}()
	return decoded
}

// apply folds records into the published state. Digests are taken under the lock too: a core may clear up on that occasion.
func (s *Sequencer[S, C, E, R]) apply(b journal.Batch, records []R) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		s.published.Apply(r)
	}
	s.published.NextDeadline() // a core that clears out passed deadlines when asked would otherwise keep them here forever
	if b.StateDigest != (vadium.Digest{}) {
		return checkDigest(b, s.published)
	}
	s.published.PrepareDigest(s.callsBeforeDigest(b.Slot))
	return nil
}

// publish applies a durable batch to the published state and hands it to the followers.
func (s *Sequencer[S, C, E, R]) publish(b journal.Batch, d decoding[R]) error {
	if d.err != nil {
		return fmt.Errorf("%w: %w", ErrDiverged, d.err)
	}
	if err := s.apply(b, d.records); err != nil {
		return err
	}
	s.tail.extend(b.FirstSeq, d.records)
	return nil
}
