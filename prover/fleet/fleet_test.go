package fleet_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/circuits"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
	"vadium/prover/fleet"
)

const leaseFor = 9 * time.Second

// yard is a fleet in fake time without local provers, and the toy to prove.
type yard struct {
	*fleet.Fleet
	work engine.Work
}

func pretendVerify(w engine.Work, proof []byte) error {
	statement := w.Input[:w.Keys.Program.StatementBytes()]
	if !bytes.Equal(proof, enginetest.PretendProof(w.Keys.Program, statement, w.Request, w.Prover)) {
		return circuits.ErrInvalidProof
	}
	return nil
}

func proofOf(w engine.Work) engine.Proof {
	return engine.Proof{Bytes: enginetest.PretendProof(w.Keys.Program, w.Input[:w.Keys.Program.StatementBytes()], w.Request, w.Prover)}
}

// inYard runs do in a bubble of fake time.
func inYard(t *testing.T, do func(t *testing.T, y yard)) {
	keys := enginetest.Groth16(t).Write(t, t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		f := fleet.New(fleet.Config{Local: &enginetest.Pretend{}, LeaseFor: leaseFor, Verify: pretendVerify})
		t.Cleanup(func() {
			if err := f.Close(); err != nil {
				t.Errorf("Close = %v", err)
			}
		})
		do(t, yard{f, engine.Work{Keys: keys, Input: enginetest.Input(3), Request: enginetest.Request, Prover: enginetest.Prover}})
	})
}

// prove starts a proof and returns what to call for its end.
func (y yard) prove(ctx context.Context, w engine.Work) func() (engine.Proof, error) {
	type result struct {
		proof engine.Proof
		err   error
	}
	done := make(chan result, 1)
	go func() {
		proof, err := y.Prove(ctx, w)
		done <- result{proof, err}
	}()
	synctest.Wait()
	return func() (engine.Proof, error) {
		r := <-done
		return r.proof, r.err
	}
}

func (y yard) join(t *testing.T, name string, change ...func(*fleet.Offer)) fleet.WorkerID {
	t.Helper()
	o := fleet.Offer{Name: name, Backends: fleet.Backends(), KeyBytes: 1 << 30, Slots: 1}
	for _, c := range change {
		c(&o)
	}
	joined, err := y.Join(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return joined.Worker
}

func (y yard) pull(t *testing.T, w fleet.WorkerID) (fleet.Lease, bool) {
	t.Helper()
	lease, ok, err := y.Pull(t.Context(), w, 0)
	if err != nil {
		t.Fatalf("Pull = %v", err)
	}
	return lease, ok
}

// mustPull pulls, and expects work.
func (y yard) mustPull(t *testing.T, w fleet.WorkerID) fleet.Lease {
	t.Helper()
	lease, ok := y.pull(t, w)
	if !ok {
		t.Fatal("Pull gives nothing, want a lease")
	}
	return lease
}

func (y yard) renew(t *testing.T, w fleet.WorkerID, held ...fleet.Held) []fleet.LeaseID {
	t.Helper()
	lost, err := y.Renew(t.Context(), w, held)
	if err != nil {
		t.Fatalf("Renew = %v", err)
	}
	return lost
}

func (y yard) complete(t *testing.T, w fleet.WorkerID, l fleet.Lease, o fleet.Outcome) bool {
	t.Helper()
	used, err := y.Complete(t.Context(), w, l.Held, o)
	if err != nil {
		t.Fatalf("Complete = %v", err)
	}
	return used
}

func TestWorkOfAWorkerThatVanishesGoesToAnotherWhenItsLeaseExpires(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		first, second := y.join(t, "first"), y.join(t, "second")
		end := y.prove(t.Context(), y.work)
		lease := y.mustPull(t, first)
		time.Sleep(leaseFor - 2*time.Millisecond)
		if lost := y.renew(t, first, lease.Held); len(lost) != 0 {
			t.Errorf("a lease renewed in time is lost: %v", lost)
		}
		y.renew(t, second)
		time.Sleep(leaseFor - time.Millisecond) // the last instant
		y.renew(t, second)
		if _, ok := y.pull(t, second); ok {
			t.Error("work is given away while its lease is in force")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		again := y.mustPull(t, second)
		if again.Work != lease.Work || again.ID == lease.ID {
			t.Errorf("second lease = %v of %v, want a new one of the same work", again.ID, again.Work)
		}
		if !y.complete(t, second, again, fleet.Outcome{Proof: proofOf(y.work)}) {
			t.Error("a valid proof is of no use")
		}
		if _, err := end(); err != nil {
			t.Errorf("Prove = %v, want a proof", err)
		}
		if _, err := y.Renew(t.Context(), first, nil); !errors.Is(err, fleet.ErrUnknownWorker) {
			t.Errorf("the worker that vanished: Renew = %v, want %v", err, fleet.ErrUnknownWorker)
		}
	})
}

// A requester's bad input would make every worker fail at it and be turned away, so what is proven ahead stays here until it
// is solved.
func TestWorkersElsewhereGetWhatHasBeenSolved(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		w := y.join(t, "elsewhere")
		solved := make(chan struct{})
		ahead := y.work
		ahead.Solved = solved
		end := y.prove(t.Context(), ahead)
		if _, ok := y.pull(t, w); ok {
			t.Error("work that nobody has solved is given away")
		}
		close(solved)
		synctest.Wait()
		y.complete(t, w, y.mustPull(t, w), fleet.Outcome{Proof: proofOf(y.work)})
		if _, err := end(); err != nil {
			t.Errorf("Prove = %v, want a proof", err)
		}
		ahead.Solved = make(chan struct{}) // and has no solution
		ctx, cancel := context.WithCancel(t.Context())
		end = y.prove(ctx, ahead)
		cancel()
		if _, err := end(); !errors.Is(err, context.Canceled) {
			t.Errorf("Prove = %v, want canceled", err)
		}
		if _, ok := y.pull(t, w); ok {
			t.Error("work that was called off is given away")
		}
	})
}

// The local engine proves ahead; when it fails, the others are left, once there is a solution.
func TestWorkProvenAheadGoesElsewhereWhenTheLocalEngineFails(t *testing.T) {
	keys := enginetest.Groth16(t).Write(t, t.TempDir())
	for _, elsewhere := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			local := &enginetest.Pretend{Before: func(_ context.Context, what string, _ engine.Work) error {
				if what == "prove" {
					return engine.ErrWorkerDied
				}
				return nil
			}}
			y := yard{Fleet: fleet.New(fleet.Config{Local: local, Slots: 1, LeaseFor: leaseFor, Verify: pretendVerify})}
			defer y.Close()
			solved := make(chan struct{})
			w := engine.Work{Keys: keys, Input: enginetest.Input(3), Request: enginetest.Request, Prover: enginetest.Prover, Solved: solved}
			var worker fleet.WorkerID
			if elsewhere {
				worker = y.join(t, "elsewhere")
			}
			end := y.prove(t.Context(), w)
			close(solved)
			if !elsewhere {
				if _, err := end(); !errors.Is(err, engine.ErrWorkerDied) {
					t.Errorf("Prove with nobody else = %v, want %v", err, engine.ErrWorkerDied)
				}
				return
			}
			synctest.Wait()
			y.complete(t, worker, y.mustPull(t, worker), fleet.Outcome{Proof: proofOf(w)})
			if _, err := end(); err != nil {
				t.Errorf("Prove = %v, want a proof", err)
			}
		})
	}
}

// The result that comes first wins, whatever became of its lease; the second one is harmless.
func TestALateProofIsOfUseAsLongAsItsWorkIsOpen(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		first, second := y.join(t, "first"), y.join(t, "second")
		end := y.prove(t.Context(), y.work)
		lease := y.mustPull(t, first)
		for range 4 {
			time.Sleep(leaseFor / 3)
			y.renew(t, second)
		}
		again := y.mustPull(t, second)
		first = y.join(t, "first") // it was away, and is back
		if lost := y.renew(t, first, lease.Held); len(lost) != 0 {
			t.Errorf("work that is open is called over: %v", lost)
		}
		if !y.complete(t, first, lease, fleet.Outcome{Proof: proofOf(y.work)}) {
			t.Error("the first valid proof is not used, because its lease had expired")
		}
		if _, err := end(); err != nil {
			t.Errorf("Prove = %v, want a proof", err)
		}
		if lost := y.renew(t, second, again.Held); len(lost) != 1 || lost[0] != again.ID {
			t.Errorf("lost = %v, want the lease of what is proven", lost)
		}
		if y.complete(t, second, again, fleet.Outcome{Proof: proofOf(y.work)}) {
			t.Error("a second proof is of use")
		}
	})
}

// The agent's leases die with it. A worker that goes on proving is neither stopped nor doubled.
func TestAWorkerGoesOnWithItsWorkWhenTheAgentWasStartedAgain(t *testing.T) {
	inYard(t, func(t *testing.T, before yard) {
		ctx, crash := context.WithCancel(t.Context())
		end := before.prove(ctx, before.work)
		lease := before.mustPull(t, before.join(t, "w"))
		crash()
		_, _ = end()

		f := fleet.New(fleet.Config{Local: &enginetest.Pretend{}, LeaseFor: leaseFor, Verify: pretendVerify})
		defer f.Close()
		after := yard{f, before.work}
		back := after.join(t, "w")
		if lost := after.renew(t, back, lease.Held); len(lost) != 1 {
			t.Errorf("lost = %v before the agent asks for the proof again, want the lease", lost)
		}
		end = after.prove(t.Context(), after.work)
		if lost := after.renew(t, back, lease.Held); len(lost) != 0 {
			t.Errorf("lost = %v, want nothing", lost)
		}
		if _, ok := after.pull(t, after.join(t, "other")); ok {
			t.Error("what a worker goes on with is given to another")
		}
		if !after.complete(t, back, lease, fleet.Outcome{Proof: proofOf(after.work)}) {
			t.Error("a proof of before the crash is of no use")
		}
		if _, err := end(); err != nil {
			t.Errorf("Prove = %v, want a proof", err)
		}
	})
}

func TestAnInputGoesToWhoHoldsTheLeaseAndToNobodyElse(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		holder, other := y.join(t, "holder"), y.join(t, "other")
		end := y.prove(t.Context(), y.work)
		lease := y.mustPull(t, holder)
		secret, key := vadium.DigestOf(y.work.Input), y.work.Keys.Program.ProvingKey
		fetch := func(w fleet.WorkerID, l fleet.LeaseID, d vadium.Digest) ([]byte, error) {
			var b bytes.Buffer
			err := y.Fetch(t.Context(), w, l, d, &b)
			return b.Bytes(), err
		}
		if got, err := fetch(holder, lease.ID, secret); err != nil || !bytes.Equal(got, y.work.Input) {
			t.Errorf("Fetch of the input = %d bytes, %v, want the input", len(got), err)
		}
		if got, err := fetch(holder, lease.ID, key); err != nil || vadium.DigestOf(got) != key {
			t.Errorf("Fetch of the proving key = %d bytes, %v, want it", len(got), err)
		}
		for name, try := range map[string]func() ([]byte, error){
			"another worker":           func() ([]byte, error) { return fetch(other, lease.ID, secret) },
			"a lease that is none":     func() ([]byte, error) { return fetch(holder, fleet.LeaseID{1}, secret) },
			"a file that is not named": func() ([]byte, error) { return fetch(holder, lease.ID, vadium.Digest{1}) },
		} {
			if got, err := try(); !errors.Is(err, fleet.ErrNotLeased) || len(got) != 0 {
				t.Errorf("Fetch, %s = %d bytes, %v, want %v", name, len(got), err, fleet.ErrNotLeased)
			}
		}
		y.complete(t, holder, lease, fleet.Outcome{Proof: proofOf(y.work)})
		_, _ = end()
		if got, err := fetch(holder, lease.ID, secret); !errors.Is(err, fleet.ErrNotLeased) || len(got) != 0 {
			t.Errorf("Fetch after the work = %d bytes, %v, want %v", len(got), err, fleet.ErrNotLeased)
		}
	})
}

func TestWorkIsGivenByWhatAWorkerDeclares(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		p := y.work.Keys.Program
		files := p.ConstraintSystemBytes + p.ProvingKeyBytes + p.VerifyingKeyBytes
		plonk := y.join(t, "plonk", func(o *fleet.Offer) { o.Backends = []fleet.Backend{{vadium.PLONK, vadium.BN254}} })
		small := y.join(t, "small", func(o *fleet.Offer) { o.KeyBytes = files - 1 })
		if got := y.ProversFor(p); got != 0 {
			t.Errorf("ProversFor = %d with nobody able, want 0", got)
		}
		y.Announce([]engine.Keys{y.work.Keys})
		for name, w := range map[string]fleet.WorkerID{"wrong backend": plonk, "one byte too small": small} {
			if wanted := y.has(t, w, y.work.Keys); len(wanted) != 0 || y.ProversFor(p) != 0 {
				t.Errorf("%s: with the files it counts, or is to fetch %v", name, wanted)
			}
		}
		changed := y.Changed()
		fits := y.join(t, "fits", func(o *fleet.Offer) { o.KeyBytes, o.Slots = files, 2 })
		y.has(t, fits, y.work.Keys)
		select {
		case <-changed:
		default:
			t.Error("nobody is told that capacity has changed")
		}
		if got := y.ProversFor(p); got != 2 {
			t.Errorf("ProversFor = %d, want the 2 slots of the one that is able", got)
		}
		for range 3 {
			w := y.work
			go func() { _, _ = y.Prove(t.Context(), w) }()
		}
		synctest.Wait()
		for name, w := range map[string]fleet.WorkerID{"wrong backend": plonk, "one byte too small": small} {
			if _, ok := y.pull(t, w); ok {
				t.Errorf("%s: work is given to a worker that cannot do it", name)
			}
		}
		y.mustPull(t, fits)
		held := y.mustPull(t, fits)
		if _, ok := y.pull(t, fits); ok {
			t.Error("a worker with two slots gets a third lease")
		}
		// Keys are larger in memory: the worker says so, and is not asked again.
		y.complete(t, fits, held, fleet.Outcome{Failure: engine.ErrKeysTooLarge})
		if got := y.ProversFor(p); got != 0 {
			t.Errorf("ProversFor = %d after the keys were too large, want 0", got)
		}
	})
}

func TestAWorkerOfInvalidProofsIsPassedOverAndTurnedAway(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		bad, good := y.join(t, "bad"), y.join(t, "good")
		y.Announce([]engine.Keys{y.work.Keys})
		y.has(t, bad, y.work.Keys)
		y.has(t, good, y.work.Keys)
		wrong := fleet.Outcome{Proof: engine.Proof{Bytes: []byte("no proof")}}
		for i := range 3 {
			w := y.work
			w.Request[31] = byte(i)
			end := y.prove(t.Context(), w)
			lease := y.mustPull(t, bad)
			if y.complete(t, bad, lease, wrong) {
				t.Error("an invalid proof is of use")
			}
			y.renew(t, good)
			lease = y.mustPull(t, good)
			y.complete(t, good, lease, fleet.Outcome{Proof: proofOf(w)})
			if _, err := end(); err != nil {
				t.Errorf("Prove = %v, want the other worker's proof", err)
			}
		}
		if got := y.Provers(); got != 1 {
			t.Errorf("Provers = %d after three invalid proofs in a row, want the good one's 1", got)
		}
		end := y.prove(t.Context(), y.work)
		if _, ok := y.pull(t, bad); ok {
			t.Error("a worker that was turned away gets work")
		}
		y.complete(t, good, y.mustPull(t, good), fleet.Outcome{Proof: proofOf(y.work)})
		_, _ = end()
	})
}

func TestWorkThatNobodyIsLeftToTryFails(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		only := y.join(t, "only")
		end := y.prove(t.Context(), y.work)
		y.complete(t, only, y.mustPull(t, only), fleet.Outcome{Failure: engine.ErrWorkerDied})
		if _, err := end(); !errors.Is(err, engine.ErrWorkerDied) {
			t.Errorf("Prove = %v, want %v", err, engine.ErrWorkerDied)
		}
		// And work that takes its workers with it does not take all of them.
		end = y.prove(t.Context(), y.work)
		for i := range 4 {
			w := y.join(t, string(rune('a'+i)))
			y.mustPull(t, w)
			time.Sleep(leaseFor + time.Millisecond)
			synctest.Wait()
		}
		if _, err := end(); !errors.Is(err, engine.ErrWorkerDied) {
			t.Errorf("Prove after four workers vanished = %v, want %v", err, engine.ErrWorkerDied)
		}
	})
}

// A fleet is an engine like any other: here every proof is made by workers behind HTTP, with the real circuits.
func TestAFleetOfRemoteWorkersIsAnEngine(t *testing.T) {
	shared := t.TempDir()
	enginetest.Suite(t, func(t *testing.T) engine.Engine {
		f := fleet.New(fleet.Config{Local: engine.NewInProcess(1, 1<<28)})
		url := serve(t, f, token)
		w := fleet.NewWorker(fleet.WorkerConfig{
			Offer: fleet.Offer{Name: "remote", KeyBytes: 1 << 28, Slots: 2}, Dir: filepath.Join(shared, "keys"),
		}, fleet.Dial(url, token, nil), engine.NewInProcess(2, 1<<28))
		run(t, w)
		return f
	}, func(t *testing.T, w engine.Work, proof []byte) bool {
		vk := enginetest.Groth16(t).VerifyingKey
		key, err := circuits.LoadVerifyingKey(w.Keys.Program, vk)
		if err != nil {
			t.Fatal(err)
		}
		return key.Verify(circuits.PublicInputs(w.Keys.Program, enginetest.Statement(), w.Request, w.Prover), proof) == nil
	})
}

// run runs a worker until the test ends.
func run(t *testing.T, w *fleet.Worker) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := w.Run(ctx); err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		ended.Wait()
	})
}
