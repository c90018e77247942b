package sequencer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/marketplace/journal"
	"vadium/marketplace/sequencer"
)

const syncTime = 10 * time.Millisecond

func TestResultsSayWhereTheEventsStand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.start()
		defer r.stop()
		for i, want := range []sequencer.Result{{FirstSeq: 1, LastSeq: 2, At: now()}, {FirstSeq: 3, LastSeq: 4, At: now()}} {
			if got := r.do(transfer(uint64(i), 0, 1, 5)); got != want {
				t.Errorf("Do = %+v, want %+v", got, want)
			}
		}
		if got, want := r.do(toyCommand{name: "nothing"}), (sequencer.Result{At: now()}); got != want {
			t.Errorf("Do of a command that changes nothing = %+v, want %+v", got, want)
		}
		if s := r.state(); s.Money[0] != 90 || s.Money[1] != 110 || s.Seq != 4 {
			t.Errorf("after two transfers of 5 the state is %+v", s)
		}
		if got := r.machine.Appends(); got != 2 {
			t.Errorf("%d appends, want 2: what changes nothing is not journalled", got)
		}
	})
}

func TestCommandsThatQueueDuringASyncGoIntoOneBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.machine.SyncTime = syncTime
		r.start()
		defer r.stop()
		var clients sync.WaitGroup
		begin := time.Now()
		clients.Go(func() { r.do(transfer(1, 0, 1, 1)) })
		synctest.Wait() // the first is being synced
		for i := range 500 {
			clients.Go(func() { r.do(transfer(uint64(i+2), i%accounts, (i+1)%accounts, 1)) })
		}
		clients.Wait()
		if got := r.machine.Appends(); got != 2 {
			t.Errorf("501 commands took %d appends, want 2", got)
		}
		if got := time.Since(begin); got != 2*syncTime {
			t.Errorf("they took %v, want two syncs of %v", got, syncTime)
		}
	})
}

func TestBatchIsLimitedInCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.machine.SyncTime = syncTime
		r.start()
		defer r.stop()
		var clients sync.WaitGroup
		clients.Go(func() { r.do(alarm(vadium.Forever - 1)) })
		synctest.Wait()
		for range sequencer.MaxBatchCommands + 1 {
			clients.Go(func() { r.do(alarm(vadium.Forever - 1)) })
		}
		clients.Wait()
		var counts []uint64
		for b, err := range r.journal.Read(t.Context(), 1) {
			if err != nil {
				t.Fatal(err)
			}
			counts = append(counts, b.Count)
		}
		if got, want := fmt.Sprint(counts), fmt.Sprint([]int{1, sequencer.MaxBatchCommands, 1}); got != want {
			t.Errorf("batches of %s records, want %s", got, want)
		}
	})
}

// A journal with nothing to do gets what there is, once it is worth a sync, and the rest of the queue is decided meanwhile:
// deciding all of it first would leave the disk idle as long as that takes.
func TestIdleJournalDoesNotWaitForTheWholeQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.machine.SyncTime = syncTime
		r.open()
		const worth, total = 128, 500
		var clients sync.WaitGroup
		for range total {
			clients.Go(func() { r.do(alarm(vadium.Forever - 1)) })
		}
		synctest.Wait() // all of them are queued
		r.run()
		defer r.stop()
		clients.Wait()
		var counts []uint64
		for b, err := range r.journal.Read(t.Context(), 1) {
			if err != nil {
				t.Fatal(err)
			}
			counts = append(counts, b.Count)
		}
		if got, want := fmt.Sprint(counts), fmt.Sprint([]int{worth, total - worth}); got != want {
			t.Errorf("batches of %s records, want %s", got, want)
		}
	})
}

func TestBatchIsLimitedInBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.machine.SyncTime = syncTime
		r.start()
		defer r.stop()
		const half = sequencer.MaxBatchBytes / 2
		var clients sync.WaitGroup
		clients.Go(func() { r.do(bulk(1)) })
		synctest.Wait()
		for range 3 {
			clients.Go(func() { r.do(bulk(half - 100)) })
		}
		clients.Wait()
		if got := r.machine.Appends(); got != 3 {
			t.Errorf("one small command and three of half a batch took %d appends, want 3", got)
		}
		r.do(bulk(sequencer.MaxBatchBytes - 100))
		if _, err := r.market.Do(t.Context(), bulk(sequencer.MaxBatchBytes)); !errors.Is(err, sequencer.ErrTooLarge) {
			t.Errorf("a command whose events exceed a batch = %v, want ErrTooLarge", err)
		}
		if got, want := r.state().Bytes, uint64(1+3*(half-100)+sequencer.MaxBatchBytes-100); got != want {
			t.Errorf("the state counts %d bytes, want %d: refused bytes do not count", got, want)
		}
	})
}

func TestFullQueueIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.open() // nobody takes from the queue yet
		var clients sync.WaitGroup
		for range sequencer.QueueLimit {
			clients.Go(func() { r.do(toyCommand{name: "nothing"}) })
		}
		synctest.Wait()
		if _, err := r.market.Do(t.Context(), toyCommand{name: "nothing"}); !errors.Is(err, sequencer.ErrBusy) {
			t.Errorf("one command more than the queue holds = %v, want ErrBusy", err)
		}
		r.run()
		clients.Wait()
		r.do(toyCommand{name: "nothing"})
		r.stop()
	})
}

func TestLingerWaitsForCompanyAndNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{Linger: 5 * time.Millisecond})
		r.start()
		defer r.stop()
		begin := time.Now()
		var clients sync.WaitGroup
		for _, after := range []time.Duration{0, 2, 4} {
			clients.Go(func() {
				time.Sleep(after * time.Millisecond)
				r.do(transfer(1, 0, 1, 1))
			})
		}
		clients.Wait()
		if got := r.machine.Appends(); got != 1 {
			t.Errorf("three commands within the linger took %d appends, want 1", got)
		}
		if got := time.Since(begin); got != 5*time.Millisecond {
			t.Errorf("the batch went after %v, want 5ms from its first command", got)
		}
	})
}

// A refusal may rest on an earlier command of the same batch. Telling it before that command is durable would be telling
// about something that may never have happened.
func TestRefusalIsToldOnlyWhenItsReasonIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.machine.SyncTime = syncTime
		r.open()
		answered := make(chan error, 2)
		for range 2 { // each alone would be fine
			go func() {
				_, err := r.market.Do(t.Context(), transfer(1, 0, 1, startMoney))
				answered <- err
			}()
		}
		synctest.Wait()
		r.run()
		time.Sleep(syncTime - 1)
		synctest.Wait()
		if len(answered) != 0 {
			t.Fatalf("an answer was given before the batch was durable: %v", <-answered)
		}
		r.market.View(func(s *toyState) {
			if s.Seq != 0 {
				t.Errorf("View shows record %d before it is durable", s.Seq)
			}
		})
		if err := errors.Join(<-answered, <-answered); !errors.Is(err, errPoor) || strings.Count(err.Error(), "\n") != 0 {
			t.Errorf("answers = %v, want one success and one refusal", err)
		}
		r.stop()
	})
}

func TestTicksComeWhenTheDeadlineDoesAndNotBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.start()
		defer r.stop()
		due := now().Add(90 * vadium.Second)
		for range 3 {
			r.do(alarm(due))
		}
		rung := func() uint64 { synctest.Wait(); return r.state().Rung }
		time.Sleep(90*time.Second - time.Millisecond)
		if got := rung(); got != 0 {
			t.Fatalf("a millisecond before the deadline %d alarms have rung", got)
		}
		time.Sleep(time.Millisecond)
		if got := rung(); got != 3 {
			t.Fatalf("at the deadline %d alarms have rung, want 3", got)
		}
		appends := r.machine.Appends()
		time.Sleep(time.Hour)
		if got := rung(); got != 3 || r.machine.Appends() != appends {
			t.Errorf("an hour later %d alarms have rung in %d appends, want 3 in %d", got, r.machine.Appends(), appends)
		}
	})
}

// A command stamped after a deadline must not be decided as if the deadline had not passed.
func TestWhatIsOverdueHappensBeforeTheNextCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.open()
		set, moved := make(chan sequencer.Result, 1), make(chan sequencer.Result, 1)
		due := now().Add(vadium.Second)
		go func() { set <- r.do(alarm(due)) }()
		synctest.Wait()
		go func() { moved <- r.do(transfer(1, 0, 1, 1)) }()
		synctest.Wait()
		time.Sleep(time.Second)
		r.run()
		if got, want := (<-set).LastSeq, uint64(1); got != want {
			t.Errorf("the alarm was set by record %d, want %d", got, want)
		}
		if got, want := (<-moved).FirstSeq, uint64(3); got != want {
			t.Errorf("the transfer begins with record %d, want %d: the alarm rings before it", got, want)
		}
		if s := r.state(); s.Rung != 1 {
			t.Errorf("%d alarms have rung, want 1", s.Rung)
		}
		r.stop()
	})
}

func TestMarketTimeNeverGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := clockAt(1_000_000)
		r := newRig(t, sequencer.Config{Clock: clock.now})
		r.start()
		last := r.do(transfer(1, 0, 1, 1)).At
		for _, step := range []vadium.Duration{+5, -vadium.Hour, 0, +1} {
			clock.set(clock.now().Add(step))
			at := r.do(transfer(2, 0, 1, 1)).At
			if want := max(last, clock.now()); at != want {
				t.Errorf("with the clock at %d after %d the command was stamped %d, want %d", clock.now(), last, at, want)
			}
			last = at
		}
		r.stop()
		clock.set(1)
		r.start()
		if at := r.do(transfer(3, 0, 1, 1)).At; at != last {
			t.Errorf("after a restart with the clock set back the command was stamped %d, want %d", at, last)
		}
		r.stop()
	})
}

func TestFirstCommandAfterAStartIsResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.start()
		if s := r.state(); s.Seq != 0 {
			t.Errorf("an empty journal begins with record %d, want none: there is nothing to resume", s.Seq)
		}
		r.do(alarm(now().Add(vadium.Minute)))
		r.stop()
		time.Sleep(time.Hour)
		r.start()
		synctest.Wait()
		s := r.state()
		if len(s.Gaps) != 1 || s.Gaps[0] != vadium.Hour {
			t.Errorf("after an hour's outage the gaps are %v, want one of an hour", s.Gaps)
		}
		follower, err := r.market.Follow(2)
		if err != nil {
			t.Fatal(err)
		}
		records, err := follower.Next(t.Context())
		if err != nil || records[0].Event.Name != "resumed" {
			t.Errorf("the first record after the restart is %+v, %v; want resumed, before the alarm that is overdue", records, err)
		}
		r.stop()
	})
}

// A suspended process is an outage too, though nothing restarted.
func TestLongSilenceIsResumedBeforeAnythingElse(t *testing.T) {
	for _, c := range []struct {
		silence vadium.Duration
		want    int
	}{{toyOutage, 0}, {toyOutage + 1, 1}} {
		synctest.Test(t, func(t *testing.T) {
			clock := clockAt(1_000_000)
			r := newRig(t, sequencer.Config{Clock: clock.now})
			r.start()
			r.do(alarm(clock.now().Add(vadium.Hour)))
			clock.set(clock.now().Add(c.silence))
			r.do(transfer(1, 0, 1, 1))
			if got := r.state().Gaps; len(got) != c.want {
				t.Errorf("after a silence of %d ms the gaps are %v, want %d", c.silence, got, c.want)
			}
			r.stop()
		})
	}
}

func TestStopAnswersEveryone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.machine.SyncTime = syncTime
		r.start()
		inFlight, decided, queued := make(chan error, 1), make(chan error, 1), make(chan error, 1)
		go func() { _, err := r.market.Do(t.Context(), transfer(1, 0, 1, 1)); inFlight <- err }()
		synctest.Wait()
		go func() { _, err := r.market.Do(t.Context(), bulk(sequencer.MaxBatchBytes-50)); decided <- err }() // fills the next batch
		synctest.Wait()
		go func() { _, err := r.market.Do(t.Context(), transfer(2, 0, 1, 1)); queued <- err }()
		synctest.Wait()
		r.stop()
		if err := <-inFlight; err != nil {
			t.Errorf("the command in flight when the market stopped = %v, want it carried out", err)
		}
		if err := <-decided; err != nil {
			t.Errorf("the command that was decided when the market stopped = %v, want it carried out", err)
		}
		if err := <-queued; !errors.Is(err, sequencer.ErrStopped) {
			t.Errorf("a command still queued when the market stopped = %v, want ErrStopped", err)
		}
		if _, err := r.market.Do(t.Context(), transfer(3, 0, 1, 1)); !errors.Is(err, sequencer.ErrStopped) {
			t.Errorf("a command after the stop = %v, want ErrStopped", err)
		}
		r.start()
		if got := r.state().halves(); got[1] != 2 || got[2] != 0 || got[3] != 0 {
			t.Errorf("after a restart the transfers have %v events, want 2 of the first only", got)
		}
		r.stop()
	})
}

func TestCallerWhoGivesUpIsToldToAskAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.machine.SyncTime = syncTime
		r.start()
		defer r.stop()
		ctx, cancel := context.WithTimeout(t.Context(), syncTime/2)
		defer cancel()
		if _, err := r.market.Do(ctx, transfer(1, 0, 1, 1)); !isUnknown(err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("giving up during the sync = %v, want ErrUnknown", err)
		}
		time.Sleep(syncTime)
		if got := r.state().halves()[1]; got != 2 {
			t.Errorf("the command has %d events, want it carried out all the same", got)
		}
	})
}

func TestSecondSequencerFencesTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.start()
		r.do(transfer(1, 0, 1, 1))
		second, err := r.openOn(r.journal)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- second.Run(ctx) }()
		if _, err := second.Do(t.Context(), transfer(2, 0, 1, 1)); err != nil {
			t.Fatal(err)
		}
		if _, err := r.market.Do(t.Context(), transfer(3, 0, 1, 1)); !isUnknown(err) {
			t.Errorf("a command to the fenced sequencer = %v, want ErrUnknown", err)
		}
		if err := <-r.ended; !errors.Is(err, journal.ErrFenced) {
			t.Errorf("Run of the fenced sequencer = %v, want ErrFenced", err)
		}
		if _, err := second.Do(t.Context(), transfer(4, 0, 1, 1)); err != nil {
			t.Errorf("the new sequencer: %v", err)
		}
		if got := fmt.Sprint(r.replayed().halves()); got != "map[1:2 2:2 4:2]" {
			t.Errorf("the journal holds transfers %v, want 1, 2 and 4", got)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// stuck is a core whose deadline never passes, whatever it is told.
type stuck struct{ *toyState }

func (stuck) NextDeadline() vadium.Time { return 0 }
func (s stuck) Decide(vadium.Time, toyCommand) ([]toyEvent, error) {
	return nil, nil
}

// Without this check Run would ask for the tick forever, and the market would hang without a word.
func TestTickThatChangesNothingEndsTheMarket(t *testing.T) {
	r := newRig(t, sequencer.Config{})
	j, err := r.machine.Open(journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	core := sequencer.Core[stuck, toyCommand, toyEvent, toyRecord]{
		New:     func() stuck { return stuck{newToy()} },
		Restore: func(b []byte) (stuck, error) { s, err := restoreToy(b); return stuck{s}, err },
		Record:  toy().Record, Tick: toy().Tick, Resume: toy().Resume,
	}
	market, err := sequencer.Open(t.Context(), core, sequencer.Config{Journal: j, Blobs: r.blobs})
	if err != nil {
		t.Fatal(err)
	}
	if err := market.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "invariant") {
		t.Errorf("Run = %v, want an error that names the invariant", err)
	}
}
