package sequencer_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"vadium/marketplace/journal"
	"vadium/marketplace/sequencer"
)

// outcome is what a client was told about each of its transfers.
type outcome struct {
	mu              sync.Mutex
	acked, unknown  map[uint64]toyCommand
	refused, failed []error
}

func newOutcome() *outcome {
	return &outcome{acked: map[uint64]toyCommand{}, unknown: map[uint64]toyCommand{}}
}

func (o *outcome) note(c toyCommand, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err == nil:
		o.acked[c.id] = c
	case isUnknown(err):
		o.unknown[c.id] = c
	case errors.Is(err, errPoor), errors.Is(err, sequencer.ErrStopped):
		o.refused = append(o.refused, err)
	default:
		o.failed = append(o.failed, err)
	}
}

// load lets clients send transfers until each has sent its share or is told anything but yes or no.
func (o *outcome) load(ctx context.Context, market *toySequencer, seed uint64, clients, each int) {
	base := seed * 1_000_000 // ids differ between loads
	var running sync.WaitGroup
	for client := range clients {
		running.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(client)))
			for i := range each {
				c := transfer(base+uint64(client*each+i+1), random.IntN(accounts), random.IntN(accounts), 1+random.Uint64N(startMoney/2))
				_, err := market.Do(ctx, c)
				o.note(c, err)
				if err != nil && !errors.Is(err, errPoor) {
					return
				}
				time.Sleep(time.Duration(random.IntN(3)) * time.Millisecond)
			}
		})
	}
	running.Wait()
}

// check compares what clients were told with what the journal holds after the crash.
func (o *outcome) check(t *testing.T, s *toyState) {
	t.Helper()
	if len(o.failed) > 0 {
		t.Errorf("clients were told %v", o.failed)
	}
	halves := s.halves()
	for id := range o.acked {
		if halves[id] != 2 {
			t.Errorf("transfer %d was acknowledged, the journal holds %d of its 2 events", id, halves[id])
		}
	}
	for id, n := range halves {
		_, acked := o.acked[id]
		_, unknown := o.unknown[id]
		if n != 2 || !acked && !unknown {
			t.Errorf("the journal holds %d of 2 events of transfer %d (acknowledged: %t, unknown: %t)", n, id, acked, unknown)
		}
	}
	if got := s.total(); got != accounts*startMoney {
		t.Errorf("all accounts together have %d, want %d", got, accounts*startMoney)
	}
}

// Every place where the power can go, with the batch on the disk and without it.
func TestCrashAtEveryAppendLosesNothingAcknowledged(t *testing.T) {
	const appends = 30
	for at := 1; at <= appends; at++ {
		for failure, name := range map[journal.Failure]string{journal.Lost: "lost", journal.Kept: "kept"} {
			t.Run(fmt.Sprintf("append=%d/%s", at, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := newRig(t, sequencer.Config{DigestEvery: 3, SnapshotEvery: 7, KeepBatches: 2, TruncateEvery: 1})
					r.machine.SyncTime = time.Millisecond
					r.machine.FailAppend(at, failure)
					r.start()
					told := newOutcome()
					told.load(t.Context(), r.market, uint64(at), 5, 40)
					if err := <-r.ended; !errors.Is(err, sequencer.ErrDurabilityUnknown) {
						t.Fatalf("Run = %v, want ErrDurabilityUnknown", err)
					}
					if len(told.unknown) == 0 {
						t.Error("nobody was told that an outcome is unknown")
					}
					seen := r.state()
					r.machine.Crash()
					r.open()
					recovered := r.state()
					told.check(t, recovered)
					if recovered.Seq < seen.Seq {
						t.Errorf("readers saw record %d, after the crash the journal ends with %d", seen.Seq, recovered.Seq)
					}
					r.run()
					r.do(transfer(9999, 0, 1, 0)) // the market goes on
					r.stop()
				})
			})
		}
	}
}

func TestRandomCrashesLoseNothingAcknowledged(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cfg := sequencer.Config{
			DigestEvery:   rapid.Uint64Range(1, 5).Draw(rt, "digest every"),
			SnapshotEvery: rapid.Uint64Range(1, 9).Draw(rt, "snapshot every"),
			KeepBatches:   rapid.Uint64Range(1, 9).Draw(rt, "keep batches"),
			TruncateEvery: rapid.Uint64Range(1, 9_000).Draw(rt, "truncate every"),
		}
		seed := rapid.Uint64Range(0, 1_000_000).Draw(rt, "seed")
		var lives []time.Duration
		for i := range rapid.IntRange(1, 4).Draw(rt, "lives") {
			lives = append(lives, time.Duration(rapid.IntRange(0, 40_000).Draw(rt, fmt.Sprintf("life %d", i)))*time.Microsecond)
		}
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, cfg)
			r.machine.SyncTime = 700 * time.Microsecond
			told := newOutcome()
			for life, duration := range lives {
				r.start()
				power := time.AfterFunc(duration, r.machine.Crash)
				told.load(t.Context(), r.market, seed*10+uint64(life), 4, 15)
				if !power.Stop() {
					synctest.Wait() // it has gone off, perhaps not to the end
				}
				r.crash()
			}
			r.open()
			s := r.state()
			told.check(t, s)
			if got, want := r.replayed().Digest(), s.Digest(); got != want {
				t.Errorf("replay from genesis gives state %s, the market has %s", got, want)
			}
		})
		if t.Failed() {
			rt.FailNow()
		}
	})
}

func TestFailedSyncEndsTheMarketAndTellsNobodyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.machine.SyncTime = syncTime
		r.machine.FailAppend(2, journal.Kept)
		r.start()
		r.do(transfer(1, 0, 1, 1))
		follower, err := r.market.Follow(1)
		if err != nil {
			t.Fatal(err)
		}
		var clients sync.WaitGroup
		for id := range uint64(3) {
			clients.Go(func() {
				if _, err := r.market.Do(t.Context(), transfer(id+2, 0, 1, 1)); !isUnknown(err) {
					t.Errorf("a command in the failed batch, or behind it, = %v, want ErrUnknown", err)
				}
			})
		}
		synctest.Wait()
		clients.Go(func() { // it waits behind the failed batch, on which its refusal would rest
			if _, err := r.market.Do(t.Context(), transfer(9, 0, 1, 1000)); !isUnknown(err) {
				t.Errorf("a refusal behind the failed batch = %v, want ErrUnknown", err)
			}
		})
		clients.Wait()
		if err := <-r.ended; !errors.Is(err, sequencer.ErrDurabilityUnknown) || !errors.Is(err, journal.ErrUnknown) {
			t.Errorf("Run = %v, want ErrDurabilityUnknown", err)
		}
		if s := r.state(); s.Seq != 2 {
			t.Errorf("readers see record %d, want 2: the rest is not known to be durable", s.Seq)
		}
		records, err := follower.Next(t.Context())
		if err != nil || len(records) != 2 {
			t.Errorf("a follower got %d records, %v; want the two durable ones", len(records), err)
		}
		if records, err := follower.Next(t.Context()); !errors.Is(err, sequencer.ErrStopped) {
			t.Errorf("then it got %d records, %v; want ErrStopped", len(records), err)
		}
	})
}
