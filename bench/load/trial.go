package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

// trial is a market under load with everything its clients were told. Figures of a trial may be printed only after
// [trial.verify] has found nothing.
type trial struct {
	market *market
	ledger *ledger
	sent   []*call // some of what was sent, to be sent again
	tell   func(format string, args ...any)
}

func newTrial(m *market, tell func(format string, args ...any)) *trial {
	t := &trial{market: m, ledger: newLedger(), tell: tell}
	for _, key := range m.requesters {
		t.ledger.authors[key.Account()] = true
	}
	return t
}

// warmUp is how long clients connect and the server's heap grows before anything is measured.
const warmUp = 300 * time.Millisecond

// closed runs a closed loop, after a warm-up. Its name is that of its profile.
func (t *trial) closed(ctx context.Context, name string, clients int, calls []*call, duration time.Duration) (figures, error) {
	d := openDoor(t.market.url, clients, t.market.server)
	defer d.close()
	warm, told, err := closedLoop(ctx, d, clients, calls[:forWarmUp(len(calls), duration)], warmUp)
	t.ledger.add(told)
	if err != nil {
		return figures{}, err
	}
	profiled := t.market.profile(ctx, name, duration)
	f, told, err := closedLoop(ctx, d, clients, calls[warm.calls:], duration)
	t.ledger.add(told)
	t.remember(calls)
	if err == nil {
		err = f.measured(name, len(calls))
	}
	return f, errors.Join(err, profiled())
}

// forWarmUp returns how many of a closed loop's calls the warm-up may use up: its share of the time. A market that is faster
// than was guessed would leave nothing to be measured otherwise.
func forWarmUp(calls int, duration time.Duration) int {
	return int(float64(calls) * float64(warmUp) / float64(warmUp+duration))
}

// measured returns an error when a run measured nothing: a rate of zero would be no figure.
func (f figures) measured(name string, calls int) error {
	if f.commands == 0 {
		return fmt.Errorf("%s measured nothing: none of its %d calls was answered (measure for a longer time, see -for)", name, calls)
	}
	return nil
}

// open runs an open loop.
func (t *trial) open(ctx context.Context, clients int, calls []*call, perSecond float64) (figures, error) {
	d := openDoor(t.market.url, clients, t.market.server)
	defer d.close()
	f, told, err := openLoop(ctx, d, clients, calls, perSecond)
	t.ledger.add(told)
	t.remember(calls)
	return f, err
}

// againAtMost bounds the calls of one run that are sent again.
const againAtMost = 100

func (t *trial) remember(calls []*call) {
	for _, c := range calls {
		if len(t.sent) >= againAtMost {
			return
		}
		if _, told := t.ledger.answers[c.commands[0]]; told {
			t.sent = append(t.sent, c)
		}
	}
}

// checked says what was checked.
type checked struct {
	accepted, refused, again int
	replayed                 *remembered // nil: the journal is somebody else's, only its stream was read
}

// String says it in a line.
func (c checked) String() string {
	said := fmt.Sprintf("checked: %d accepted commands are in the journal, once and where clients were told; %d refused ones are not; "+
		"%d answers again were the same", c.accepted, c.refused, c.again)
	if c.replayed == nil {
		return said + "; the journal was read from the stream and not replayed"
	}
	return said + fmt.Sprintf(", also after a restart; books balance; replay of %d records meets the %d digests the market "+
		"wrote and ends in state %s, as fsck's does", c.replayed.records, c.replayed.digests, c.replayed.digest)
}

// allAssigned reports an error when requests wait for a prover: what was measured would be of requests that nobody took.
func (t *trial) allAssigned(ctx context.Context) error {
	about, err := t.market.operator.Market(ctx)
	if err == nil && about.OpenRequests > 0 {
		err = fmt.Errorf("the provers have run out of slots and %d requests wait (measure for a shorter time, see -for)", about.OpenRequests)
	}
	return err
}

// verify ends the market, if it is ours, and holds everything that was answered against its journal.
func (t *trial) verify(ctx context.Context) (c checked, err error) {
	if c.again, err = t.sendAgain(ctx); err != nil {
		return c, err
	}
	if err := t.provoke(ctx); err != nil {
		return c, err
	}
	if err := t.seenOnStream(ctx); err != nil {
		return c, err
	}
	c.accepted, c.refused = t.ledger.count()
	if t.market.dir == "" {
		r, err := t.market.streamed(ctx)
		if err != nil {
			return c, err
		}
		return c, t.ledger.check(r, t.market.setUp)
	}
	if err := t.untilDigest(ctx); err != nil {
		return c, err
	}
	more, err := t.restarted(ctx)
	if err != nil {
		return c, err
	}
	c.again += more
	if c.replayed, err = recall(ctx, t.market.dir); err != nil {
		return c, err
	}
	if err := t.ledger.check(c.replayed, t.market.setUp); err != nil {
		return c, err
	}
	audit, err := t.market.fsck(ctx)
	if err != nil {
		return c, err
	}
	if highest := t.highest(); c.replayed.proven <= highest {
		return c, fmt.Errorf("the market's last digest is at record %d, before the load ended at %d: it proves nothing about it", c.replayed.proven, highest)
	}
	return c, c.replayed.agree(audit)
}

// restarted stops the market, starts it again from its journal, asks it again, and stops it.
func (t *trial) restarted(ctx context.Context) (again int, err error) {
	if err := t.market.stop(); err != nil {
		return 0, err
	}
	if err := t.market.serve(ctx); err != nil {
		return 0, err
	}
	again, err = t.sendAgain(ctx)
	return again, errors.Join(err, t.market.stop())
}

// highest is the last position that any client was told.
func (t *trial) highest() (seq uint64) {
	for _, answers := range t.ledger.answers {
		seq = max(seq, answers[0].accepted.LastSeq)
	}
	return seq
}

// sendAgain sends what was answered before twice more, at once: the answer has to be the first one.
func (t *trial) sendAgain(ctx context.Context) (int, error) {
	d := openDoor(t.market.url, 2, nil)
	defer d.close()
	repeated := 0
	for _, c := range t.sent {
		workers := [2]worker{{at: d, latency: newHistogram()}, {at: d, latency: newHistogram()}}
		var failed [2]error
		var group sync.WaitGroup
		for i := range workers {
			group.Go(func() { failed[i] = workers[i].send(ctx, c, time.Now()) })
		}
		group.Wait()
		if err := errors.Join(failed[:]...); err != nil {
			return repeated, fmt.Errorf("send a command again: %w", err)
		}
		for _, w := range workers {
			t.ledger.add(w.said)
			repeated += len(w.said)
		}
	}
	return repeated, nil
}

// provoke sends what has to be refused, each for another reason: a client id that is taken, a fee that is too low, a
// signature that somebody tampered with.
func (t *trial) provoke(ctx context.Context) error {
	d := openDoor(t.market.url, 1, nil)
	defer d.close()
	key := t.market.requesters[0]
	taken := t.market.submission()
	first, err := t.market.signed(key, taken, untampered)
	if err != nil {
		return err
	}
	low := t.market.submission()
	low.MaxFee = vadium.NewAmount(1)
	w := worker{at: d, latency: newHistogram()}
	if err := w.send(ctx, first, time.Now()); err != nil {
		return err
	}
	for _, attempt := range []struct {
		body   marketplace.SubmitRequest
		tamper func([]byte)
		want   string
	}{
		{taken, untampered, string(marketplace.ErrRequestExists)},
		{low, untampered, string(marketplace.ErrFeeTooLow)},
		{t.market.submission(), func(signature []byte) { signature[5] ^= 1 }, ""},
	} {
		c, err := t.market.signed(key, attempt.body, attempt.tamper)
		if err != nil {
			return err
		}
		if err := w.send(ctx, c, time.Now()); err != nil {
			return fmt.Errorf("provoke a refusal: %w", err)
		}
		refusal := w.said[len(w.said)-1].answer.refusal
		if refusal == "" || attempt.want != "" && string(refusal) != attempt.want {
			return fmt.Errorf("a command that should be refused (%s) was answered %q", attempt.want, refusal)
		}
	}
	t.ledger.add(w.said)
	return nil
}

func untampered([]byte) {}

// streamed bounds how many commands are looked up on the stream, one call each.
const streamed = 100

// seenOnStream looks commands up by their position, as anyone may: the event there has to name the command.
func (t *trial) seenOnStream(ctx context.Context) error {
	for _, id := range t.ledger.sample(streamed) {
		at := t.ledger.answers[id][0].accepted.FirstSeq
		events, _, err := t.market.operator.Events(ctx, at, 1, client.EventFilter{})
		if err != nil {
			return err
		}
		if len(events) == 0 || events[0].Seq != at {
			return fmt.Errorf("command %v was acknowledged at %d, the stream has nothing there", id, at)
		}
		if named, _, ok := commandOf(events[0]); !ok || named != id {
			return fmt.Errorf("command %v was acknowledged at %d, the stream has %s there", id, at, marketplace.KindOf(events[0].Event))
		}
	}
	return nil
}

// digestEvery is how many batches lie between two digests of the state in the journal, by default.
const digestEvery = 256

// untilDigest sends as many small commands one after another, a batch each, as it takes for the market to write down a
// digest of its own state after everything that was measured.
func (t *trial) untilDigest(ctx context.Context) error {
	for range digestEvery + 1 {
		if err := t.market.credit(ctx, t.market.requesters[0].Account(), 1); err != nil {
			return err
		}
	}
	return nil
}
