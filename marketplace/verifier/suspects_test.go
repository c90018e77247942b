package verifier

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/circuits"
)

// crowd is a queue with workers that judge at once in virtual time, and what they saw.
type crowd struct {
	*queue
	kills   func(job) bool
	verdict func(ctx context.Context, j job, killed bool) // told after the queue knows

	mu            sync.Mutex // guards what follows
	starts        int        // of children, as Children would start them
	judged        map[vadium.Account]int
	killersAtOnce int
	mostKillers   int
	besideAKiller int // deliveries of others in a batch that died
}

func (c *crowd) work(ctx context.Context) {
	for batch := range c.batches {
		var killers []job
		for _, j := range batch {
			if c.kills(j) {
				killers = append(killers, j)
			}
		}
		c.mu.Lock()
		if len(killers) > 0 {
			c.starts += 1 + len(batch) // the dead child's successor, and each proof alone
			c.besideAKiller += len(batch) - len(killers)
			c.killersAtOnce++
			c.mostKillers = max(c.mostKillers, c.killersAtOnce)
		}
		c.mu.Unlock()
		time.Sleep(time.Duration(1+100*len(killers)) * time.Millisecond)
		c.mu.Lock()
		if len(killers) > 0 {
			c.killersAtOnce--
		}
		for _, j := range batch {
			c.judged[j.prover]++
		}
		c.mu.Unlock()
		c.finish(ctx, judged{batch, killers})
		for _, j := range batch {
			c.verdict(ctx, j, c.kills(j))
		}
	}
}

// During a whole day attackers deliver again, the moment they may, what kills children, each over several requests. Honest
// provers lose one batch to it for each worker, and afterwards nothing: not a proof of theirs is judged again, and
// the children that die are a few in ten minutes.
func TestAnAttackerWhoRedeliversKillersForeverCostsABoundedNumberOfChildren(t *testing.T) {
	const workers, attackers, requests, honest = 4, 3, 8, 20
	synctest.Test(t, func(t *testing.T) {
		attacking := func(j job) bool { return j.prover[19] < attackers }
		c := &crowd{queue: newQueue(), kills: attacking, judged: map[vadium.Account]int{}}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		end := func() { cancel(); running.Wait() }
		defer end()
		c.verdict = func(ctx context.Context, j job, killed bool) {
			if killed { // undecided, so it may be delivered again, and is
				running.Go(func() { _ = c.put(ctx, j) })
			}
		}
		running.Go(func() { c.run(ctx) })
		for range workers {
			running.Go(func() { c.work(ctx) })
		}
		sent := map[vadium.Account]int{}
		deliver := func(prover, request, n int) {
			j := job{prover: vadium.Account{19: byte(prover)}, delivery: delivery{
				request: vadium.RequestID{0: byte(prover), 1: byte(request), 2: byte(n >> 8), 3: byte(n)},
			}}
			sent[j.prover]++
			if err := c.put(ctx, j); err != nil {
				t.Fatal(err)
			}
		}
		for a := range attackers {
			for r := range requests {
				deliver(a, r, 0)
			}
		}
		const day = 24 * 60
		for n := range day {
			for h := range honest {
				deliver(attackers+h, 0, n)
			}
			time.Sleep(time.Minute)
			c.mu.Lock()
			for h := range honest {
				account := vadium.Account{19: byte(attackers + h)}
				if c.judged[account] != sent[account] {
					t.Errorf("minute %d: of honest prover %d's %d deliveries %d have been judged", n, h, sent[account], c.judged[account])
				}
			}
			if n == 0 { // the first were not suspects yet
				c.mostKillers, c.besideAKiller = 0, 0
			}
			c.mu.Unlock()
			if t.Failed() {
				return
			}
		}
		end()
		if c.mostKillers > 1 || c.besideAKiller > 0 {
			t.Errorf("killers of suspects in %d slots at once, beside %d deliveries of others, want in one, alone", c.mostKillers, c.besideAKiller)
		}
		// At first what all workers hold dies, with everything beside it. Then each attacker has doubling pauses up to the
		// longest, which are drawn between a half and one and a half of that; two starts for each try.
		tries := attackers * (10 + 2*24*int(time.Hour/maxSuspicion))
		if most := workers*(1+circuits.MaxBatch) + 2*tries; c.starts > most {
			t.Errorf("%d children started in a day, want at most %d", c.starts, most)
		}
		for a := range attackers {
			if n := c.judged[vadium.Account{19: byte(a)}]; n < 24*2 {
				t.Errorf("attacker %d was judged %d times in a day: suspects wait, but not for ever", a, n)
			}
		}
	})
}

// Suspicion ends: an hour after its last killing delivery a prover is judged with others again.
func TestSuspicionIsForgottenAfterAnHour(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	known := newSuspects()
	suspect, other := job{prover: vadium.Account{1}}, job{prover: vadium.Account{2}, delivery: delivery{attempt: 1}}
	known.killed(suspect.prover, now)
	sizes := func(now time.Time) (batch int, wake time.Time) {
		next, _, wake := nextBatch([]job{suspect, other}, known, now)
		return len(next), wake
	}
	if n, wake := sizes(now); n != 1 || !wake.After(now) || wake.After(now.Add(2*firstSuspicion)) {
		t.Errorf("at once: a batch of %d, wake after %v; want the other's alone, and a first pause", n, wake.Sub(now))
	}
	if n, _ := sizes(now.Add(forgetAfter - 1)); n != 1 {
		t.Errorf("just before an hour is over: a batch of %d, want 1", n)
	}
	if n, _ := sizes(now.Add(forgetAfter)); n != 2 {
		t.Errorf("after an hour: a batch of %d, want both", n)
	}
}

// What suspects have waiting takes no room from others.
func TestDeliveriesOfSuspectsDoNotFillTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { q.run(ctx) })
		killer := job{prover: vadium.Account{1}}
		put := func(j job) bool {
			soon, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			return q.put(soon, j) == nil
		}
		put(killer)
		batch := <-q.batches
		q.finish(ctx, judged{batch, batch})
		for n := range 2 * maxWaiting {
			killer.attempt = uint32(n)
			if !put(killer) {
				t.Fatalf("a suspect's delivery %d was not taken", n)
			}
		}
		other := job{prover: vadium.Account{2}}
		for n := range maxWaiting {
			other.attempt = uint32(n)
			if !put(other) {
				t.Fatalf("another's delivery %d was not taken, after %d of a suspect's", n, 2*maxWaiting)
			}
		}
		if put(other) {
			t.Errorf("more than %d deliveries of others were taken", maxWaiting)
		}
		if batch := <-q.batches; len(batch) != circuits.MaxBatch || batch[0].prover != other.prover {
			t.Errorf("a batch of %d of %v, want others' first", len(batch), batch[0].prover)
		}
		cancel()
		running.Wait()
	})
}
