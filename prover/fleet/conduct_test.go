package fleet_test

import (
	"testing"
	"testing/synctest"
	"time"

	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
	"vadium/prover/fleet"
)

// vanish has a worker take the work and say nothing more until its lease has run out.
func (y yard) vanish(t *testing.T, name string) {
	t.Helper()
	y.mustPull(t, y.join(t, name))
	time.Sleep(leaseFor + time.Millisecond)
	synctest.Wait()
}

// offered reports whether a worker of that name is given work, and gives it back.
func (y yard) offered(t *testing.T, name string) bool {
	t.Helper()
	w := y.join(t, name)
	lease, ok := y.pull(t, w)
	if ok {
		y.complete(t, w, lease, fleet.Outcome{Failure: fleet.ErrStopped})
	}
	return ok
}

func TestAWorkerThatTakesWorkAndVanishesIsTurnedAwayForLongerEachTime(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		for i := range 3 {
			_ = y.prove(t.Context(), y.another(byte(i)))
			if !y.offered(t, "ghost") {
				t.Fatalf("a worker that vanished %d times gets nothing, want it turned away after 3", i)
			}
			y.vanish(t, "ghost")
		}
		_ = y.prove(t.Context(), y.another(3))
		pause := 10 * time.Minute
		for range 3 {
			began := time.Now()
			time.Sleep(pause - 2*time.Second)
			if y.offered(t, "ghost") {
				t.Fatalf("work is given to a worker that vanished again and again, after %v of a pause of %v", time.Since(began), pause)
			}
			time.Sleep(2 * time.Second)
			if !y.offered(t, "ghost") {
				t.Fatalf("after its pause of %v the worker gets nothing", pause)
			}
			y.vanish(t, "ghost") // once more is enough, and the pause is twice as long
			_ = y.prove(t.Context(), y.another(4))
			pause *= 2
		}
	})
}

// another is the same work for another request.
func (y yard) another(n byte) engine.Work {
	w := y.work
	w.Request[31] = n
	return w
}

func TestSeveralLeasesThatRunOutTogetherAreOneFailureAndAProofWipesItOut(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		many := func(o *fleet.Offer) { o.Slots = 4 }
		for round := range 4 {
			for i := range 4 {
				_ = y.prove(t.Context(), y.another(byte(10*round+i+1)))
			}
			w := y.join(t, "w", many)
			for range 4 {
				y.mustPull(t, w)
			}
			time.Sleep(leaseFor + time.Millisecond)
			synctest.Wait()
			w = y.join(t, "w", many)
			lease := y.mustPull(t, w)
			if used := y.complete(t, w, lease, fleet.Outcome{Proof: y.proofFor(lease)}); !used {
				t.Fatal("a valid proof is of no use")
			}
			for { // empty the yard
				lease, ok := y.pull(t, w)
				if !ok {
					break
				}
				y.complete(t, w, lease, fleet.Outcome{Proof: y.proofFor(lease)})
			}
		}
	})
}

func (y yard) proofFor(l fleet.Lease) engine.Proof {
	w := y.work
	w.Request = l.Request
	return proofOf(w)
}

// inYardWith is inYard with a local engine that takes a minute, and slots for it.
func inYardWith(t *testing.T, slots int, do func(t *testing.T, y yard, local *enginetest.Pretend)) {
	keys := enginetest.Groth16(t).Write(t, t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		local := &enginetest.Pretend{ProveTime: time.Minute}
		f := fleet.New(fleet.Config{Local: local, Slots: slots, LeaseFor: leaseFor, Verify: pretendVerify})
		t.Cleanup(func() {
			if err := f.Close(); err != nil {
				t.Errorf("Close = %v", err)
			}
		})
		do(t, yard{f, engine.Work{Keys: keys, Input: enginetest.Input(3), Request: enginetest.Request, Prover: enginetest.Prover}}, local)
	})
}

// A worker that is specialised is asked before the local engine, but what it lets down stays here.
func TestWorkOfALapsedLeaseGoesToTheLocalEngineBeforeAnotherWorker(t *testing.T) {
	inYardWith(t, 1, func(t *testing.T, y yard, local *enginetest.Pretend) {
		special := func(o *fleet.Offer) { o.Backends = o.Backends[:1] }
		first := y.join(t, "first", special)
		pulled := make(chan fleet.Lease, 1)
		go func() {
			lease, _, _ := y.Pull(t.Context(), first, time.Minute)
			pulled <- lease
		}()
		synctest.Wait()
		end := y.prove(t.Context(), y.work)
		<-pulled
		second := y.join(t, "second", special)
		asked := make(chan bool, 1)
		go func() {
			_, ok, _ := y.Pull(t.Context(), second, leaseFor+time.Minute+time.Second)
			asked <- ok
		}()
		time.Sleep(leaseFor + time.Second)
		if _, err := end(); err != nil {
			t.Errorf("Prove = %v, want a proof", err)
		}
		if got := len(local.Proofs()); got != 1 {
			t.Errorf("the local engine made %d proofs, want the one that a worker let down", got)
		}
		if <-asked {
			t.Error("what one worker let down is given to another while the local engine is free")
		}
	})
}

// What was let down once is proved twice at once where a second vanishing would be noticed too late, and only there; a
// third has no part in it.
func TestLapsedWorkIsProvedByTwoWhenTimePressesAndNeverByThree(t *testing.T) {
	for name, row := range map[string]struct {
		left time.Duration // when the first lease has run out
		want int           // workers that have it then
	}{
		"time enough":          {leaseFor + 2*time.Minute + time.Second, 1},
		"time presses":         {leaseFor + 2*time.Minute - time.Second, 2},
		"just enough for one":  {time.Minute + time.Second, 2},
		"too late for another": {time.Minute - time.Second, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inYardWith(t, 0, func(t *testing.T, y yard, _ *enginetest.Pretend) {
				// A proof takes a minute, as the fleet has seen.
				a := y.join(t, "a")
				end := y.prove(t.Context(), y.another(1))
				lease := y.mustPull(t, a)
				for range 10 {
					time.Sleep(6 * time.Second)
					y.renew(t, a, lease.Held)
				}
				y.complete(t, a, lease, fleet.Outcome{Proof: y.proofFor(lease)})
				if _, err := end(); err != nil {
					t.Fatal(err)
				}
				w := y.work
				w.Due = time.Now().Add(leaseFor + row.left)
				_ = y.prove(t.Context(), w)
				y.mustPull(t, y.join(t, "ghost"))
				time.Sleep(leaseFor)
				synctest.Wait()
				got := 0
				for _, name := range []string{"b", "c", "d"} {
					if _, ok := y.pull(t, y.join(t, name)); ok {
						got++
					}
				}
				if got != row.want {
					t.Errorf("%v before it is due %d workers prove what was let down, want %d", row.left, got, row.want)
				}
			})
		})
	}
}

// The second pair of hands is called when time begins to press, not when somebody happens to ask.
func TestASecondPairOfHandsIsCalledTheMomentTimePresses(t *testing.T) {
	inYardWith(t, 0, func(t *testing.T, y yard, _ *enginetest.Pretend) {
		w := y.work
		w.Due = time.Now().Add(time.Hour)
		_ = y.prove(t.Context(), w)
		y.mustPull(t, y.join(t, "ghost"))
		time.Sleep(leaseFor)
		synctest.Wait()
		b, c := y.join(t, "b"), y.join(t, "c")
		lease := y.mustPull(t, b)
		got := make(chan time.Time, 1)
		go func() {
			if _, ok, _ := y.Pull(t.Context(), c, 2*time.Hour); ok {
				got <- time.Now()
			}
		}()
		for len(got) == 0 && time.Now().Before(w.Due) {
			time.Sleep(time.Second)
			y.renew(t, b, lease.Held)
		}
		if len(got) == 0 {
			t.Fatal("nobody else is called before the proof is due")
		}
		if left := w.Due.Sub(<-got); left != leaseFor {
			t.Errorf("another is called %v before the proof is due, want the %v until a second vanishing would be noticed", left, leaseFor)
		}
	})
}

// A worker that comes back goes on with its work beside another, but not as the third.
func TestAGhostThatComesBackIsTheSecondButNotTheThird(t *testing.T) {
	inYardWith(t, 0, func(t *testing.T, y yard, _ *enginetest.Pretend) {
		w := y.work
		_ = y.prove(t.Context(), w)
		var ghosts []fleet.Lease
		for _, name := range []string{"first", "second"} {
			ghosts = append(ghosts, y.mustPull(t, y.join(t, name)))
			time.Sleep(leaseFor)
			synctest.Wait()
		}
		y.mustPull(t, y.join(t, "third"))
		if lost := y.renew(t, y.join(t, "first"), ghosts[0].Held); len(lost) != 0 {
			t.Errorf("lost = %v, want the worker to go on as the second", lost)
		}
		if lost := y.renew(t, y.join(t, "second"), ghosts[1].Held); len(lost) != 1 {
			t.Errorf("lost = %v, want a third to stop", lost)
		}
	})
}

// How long a proof took is what passed here between grant and result, whatever the worker says.
func TestAProofTakesWhatPassedAtTheAgent(t *testing.T) {
	for name, said := range map[string]engine.Cost{
		"a boast":   {Wall: time.Millisecond, CPU: time.Millisecond, Load: time.Hour},
		"a delay":   {Wall: 24 * time.Hour, CPU: 24 * time.Hour},
		"no answer": {},
	} {
		t.Run(name, func(t *testing.T) {
			inYard(t, func(t *testing.T, y yard) {
				w := y.join(t, "w")
				end := y.prove(t.Context(), y.work)
				lease := y.mustPull(t, w)
				time.Sleep(2 * time.Second)
				var sink discard
				if err := y.Fetch(t.Context(), w, lease.ID, y.work.Keys.Program.ProvingKey, &sink); err != nil {
					t.Fatal(err)
				}
				time.Sleep(3 * time.Second)
				proof := proofOf(y.work)
				proof.Cost = said
				y.complete(t, w, lease, fleet.Outcome{Proof: proof})
				got, err := end()
				if err != nil {
					t.Fatal(err)
				}
				if got.Cost.Wall != 3*time.Second || got.Cost.Load != 2*time.Second {
					t.Errorf("cost = %+v, want 2s until the files were there and 3s from then on", got.Cost)
				}
				if most := 64 * got.Cost.Wall; got.Cost.CPU != min(said.CPU, most) {
					t.Errorf("processor time = %v, want the worker's word of %v, at most %v", got.Cost.CPU, said.CPU, most)
				}
			})
		})
	}
}

// A worker that was away for half an hour and hands its proof in says nothing about what a proof takes: it would make the agent
// turn away what is due sooner, and ask nobody else when time presses.
func TestTheTimeThatAWorkerWasAwayIsNoTimeOfAProof(t *testing.T) {
	inYardWith(t, 0, func(t *testing.T, y yard, _ *enginetest.Pretend) {
		end := y.prove(t.Context(), y.another(1))
		lease := y.mustPull(t, y.join(t, "away"))
		time.Sleep(30 * time.Minute)
		back := y.join(t, "away")
		if lost := y.renew(t, back, lease.Held); len(lost) != 0 {
			t.Fatalf("lost = %v, want the worker to go on", lost)
		}
		if !y.complete(t, back, lease, fleet.Outcome{Proof: y.proofFor(lease)}) {
			t.Fatal("the proof is of no use")
		}
		if got, err := end(); err != nil || got.Cost.Wall != 0 {
			t.Errorf("cost = %+v, %v, want no time: nobody knows it", got.Cost, err)
		}
		w := y.another(2)
		w.Due = time.Now().Add(2 * leaseFor)
		_ = y.prove(t.Context(), w)
		y.mustPull(t, y.join(t, "ghost"))
		time.Sleep(leaseFor)
		synctest.Wait()
		for _, name := range []string{"b", "c"} {
			if _, ok := y.pull(t, y.join(t, name)); !ok {
				t.Errorf("%s gets nothing, want two to prove what was let down when time presses", name)
			}
		}
	})
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
