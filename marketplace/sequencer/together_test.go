package sequencer_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"vadium/marketplace/sequencer"
)

// Many commands of one caller become durable in one sync, each with an outcome of its own: a refusal in the middle stops
// neither the command after it nor the one that it would have made possible.
func TestCommandsTogetherGetAnOutcomeEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.start()
		defer r.stop()
		outcomes, err := r.market.DoAll(t.Context(), []toyCommand{
			transfer(1, 0, 1, startMoney),
			transfer(2, 0, 1, 1), // there is nothing left
			transfer(3, 1, 0, 2*startMoney),
			{name: "nothing"},
			transfer(4, 0, 1, 1),
		})
		if err != nil || len(outcomes) != 5 {
			t.Fatalf("DoAll = %v, %v, want five outcomes", outcomes, err)
		}
		wantFirst := []uint64{1, 0, 3, 0, 5}
		for i, o := range outcomes {
			if refused := i == 1; refused != errors.Is(o.Err, errPoor) || !refused && o.Err != nil {
				t.Errorf("command %d: %v, want only the second refused", i+1, o.Err)
			}
			if o.Result.FirstSeq != wantFirst[i] {
				t.Errorf("command %d begins with record %d, want %d", i+1, o.Result.FirstSeq, wantFirst[i])
			}
		}
		if got := r.machine.Appends(); got != 1 {
			t.Errorf("they took %d appends, want 1", got)
		}
		if outcomes, err := r.market.DoAll(t.Context(), nil); outcomes != nil || err != nil {
			t.Errorf("no commands = %v, %v, want nothing", outcomes, err)
		}
	})
}

// Commands that do not fit into one batch go on in the next, before anybody else's.
func TestCommandsTogetherMayTakeTwoBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.machine.SyncTime = syncTime
		r.start()
		defer r.stop()
		var clients sync.WaitGroup
		clients.Go(func() { r.do(bulk(1)) })
		synctest.Wait()
		const half = sequencer.MaxBatchBytes / 2
		var last, later sequencer.Result
		clients.Go(func() {
			outcomes, err := r.market.DoAll(t.Context(), []toyCommand{bulk(half), bulk(half), bulk(half)})
			if err != nil {
				t.Errorf("three commands of half a batch each: %v", err)
				return
			}
			last = outcomes[2].Result
		})
		synctest.Wait()
		clients.Go(func() { later = r.do(bulk(1)) })
		clients.Wait()
		if later.FirstSeq <= last.LastSeq {
			t.Errorf("a command that came later has record %d, want one after %d", later.FirstSeq, last.LastSeq)
		}
		if got, want := r.state().Bytes, uint64(3*half+2); got != want {
			t.Errorf("the state counts %d bytes, want %d", got, want)
		}
	})
}

// The queue counts commands, not callers, and takes either all of a caller's or none.
func TestQueueTakesAllOfACallersCommandsOrNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.open() // nobody takes from the queue yet
		many := make([]toyCommand, sequencer.MaxTogether)
		for i := range many {
			many[i] = toyCommand{name: "nothing"}
		}
		var clients sync.WaitGroup
		ask := func(commands []toyCommand) {
			clients.Go(func() {
				if _, err := r.market.DoAll(t.Context(), commands); err != nil {
					t.Errorf("%d commands: %v", len(commands), err)
				}
			})
			synctest.Wait()
		}
		ask(many)
		ask(many[1:])
		if _, err := r.market.DoAll(t.Context(), many[:2]); !errors.Is(err, sequencer.ErrBusy) {
			t.Errorf("two commands where one has room = %v, want ErrBusy", err)
		}
		ask(many[:1])
		r.run()
		clients.Wait()
		ask(many)
		clients.Wait()
		r.stop()
	})
}

// When the market stops in the middle, the caller learns which commands were carried out and which were not.
func TestStopTellsWhichOfManyWereCarriedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.machine.SyncTime = syncTime
		r.start()
		const half = sequencer.MaxBatchBytes/2 - 100
		var outcomes []sequencer.Outcome
		var err error
		var client sync.WaitGroup
		client.Go(func() {
			outcomes, err = r.market.DoAll(t.Context(), []toyCommand{bulk(half), bulk(half), bulk(half), bulk(half), bulk(half), bulk(half)})
		})
		synctest.Wait() // the first two are being synced, the next two decided
		r.stop()
		client.Wait()
		if err != nil || len(outcomes) != 6 {
			t.Fatalf("DoAll = %v, %v, want six outcomes", outcomes, err)
		}
		carried := 0
		for i, o := range outcomes {
			switch {
			case o.Err == nil && carried == i:
				carried++
			case !errors.Is(o.Err, sequencer.ErrStopped):
				t.Errorf("command %d = %v, want nil for the first ones and then ErrStopped", i+1, o.Err)
			}
		}
		if carried != 4 {
			t.Errorf("%d of 6 commands were carried out, want 4", carried)
		}
		r.start()
		if got, want := r.state().Bytes, uint64(carried*half); got != want {
			t.Errorf("after a restart the state counts %d bytes, want %d", got, want)
		}
		r.stop()
	})
}
