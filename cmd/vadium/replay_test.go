package main

import (
	"context"
	"testing"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/circuits/setup"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

// replaying is a market whose provers are played by the test, so that they can cheat.
type replaying struct {
	*testing.T
	s         *stage
	keys      *circuits.ProvingKeys
	listing   client.Listing
	requester *client.Client
	material  material
}

func startReplaying(t *testing.T) *replaying {
	t.Helper()
	r := &replaying{T: t, s: openStage(t, marketplace.DefaultParams())}
	ids, err := r.s.list(t.Context(), "membership")
	r.must(err)
	r.listing, err = r.s.operator.Program(t.Context(), ids[0])
	r.must(err)
	entry, err := circuits.Lookup("membership")
	r.must(err)
	made, err := setup.Ensure(t.Context(), sharedKeys, entry, nil)
	r.must(err)
	r.keys, err = circuits.LoadProvingKeys(made.Program, made.ConstraintSystem, made.ProvingKey, made.VerifyingKey)
	r.must(err)
	r.requester = r.account("alice", 100)
	dir := t.TempDir()
	r.must(writeExamples(dir))
	f := files{list: dir + "/members.txt", identity: dir + "/identities/ada.TEST-ONLY.json", scope: "replay"}
	r.material, err = f.build(r.listing.Program)
	r.must(err)
	_, err = r.requester.PutBytes(t.Context(), client.Input, r.material.input)
	r.must(err)
	return r
}

func (r *replaying) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *replaying) account(name string, tokens uint64) *client.Client {
	r.Helper()
	key, err := r.s.key(name)
	r.must(err)
	c := r.s.client(key)
	r.must(fund(r.Context(), r.s.operator, c.Account(), tokens))
	return c
}

// seat opens a vault for a prover and places its ask.
func (r *replaying) seat(name string) *client.Client {
	r.Helper()
	prover := r.account(name, 110)
	_, err := prover.OpenVault(r.Context(), marketplace.OpenVault{Junior: vadium.Tokens(100), Commission: 8_000})
	r.must(err)
	r.must(serve(r.Context(), prover, r.listing, vadium.Tokens(1)))
	return prover
}

// accepted submits the same statement and input again, for one prover alone, who accepts.
func (r *replaying) accepted(prover *client.Client) vadium.RequestID {
	r.Helper()
	submitted, err := r.requester.SubmitRequest(r.Context(), marketplace.SubmitRequest{
		ClientID: client.NewSalt(), Program: r.listing.ID, Statement: r.material.statement, Input: vadium.DigestOf(r.material.input),
		MaxFee: vadium.Tokens(3), DamageCap: vadium.Tokens(1), Deadline: vadium.Time(time.Now().Add(10 * time.Minute).UnixMilli()),
		Tier: auction.Immediate, Redundancy: 1, Allow: []vadium.Account{prover.Account()},
	})
	r.must(err)
	id := submitted.Request.ID
	_, err = prover.AcceptRequest(r.Context(), id)
	r.must(err)
	return id
}

func (r *replaying) prove(id vadium.RequestID, prover *client.Client) []byte {
	r.Helper()
	proof, err := r.keys.Prove(r.material.input, id, prover.Account())
	r.must(err)
	return proof
}

// verdict delivers a proof and returns what the market found, and whether it slashed for it.
func (r *replaying) verdict(id vadium.RequestID, prover *client.Client, proof []byte) (valid, slashed bool) {
	r.Helper()
	taken, _, err := prover.Deliver(r.Context(), id, proof)
	r.must(err)
	waiting, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	for record, err := range r.s.operator.Watch(waiting, taken.FirstSeq, client.EventFilter{Request: id}) {
		r.must(err)
		switch e := record.Event.(type) {
		case *marketplace.DeliveryAccepted:
			return true, false
		case *marketplace.DeliveryRejected:
			if e.Verdict != marketplace.VerdictInvalid {
				r.Fatalf("verdict %v, want invalid", e.Verdict)
			}
		case *marketplace.Slashed:
			return false, true
		}
	}
	r.Fatal("no verdict")
	return false, false
}

func (r *replaying) standing(prover *client.Client) client.Prover {
	r.Helper()
	p, err := r.s.operator.Prover(r.Context(), prover.Account())
	r.must(err)
	return p
}

// TestProofReplayedIsRefusedAndSlashed: catalogue programs bind a proof to its request and its prover by constraints, so
// the bytes of a valid proof are worth nothing to anybody else, and nothing for anything else.
func TestProofReplayedIsRefusedAndSlashed(t *testing.T) {
	t.Parallel()
	r := startReplaying(t)
	honest, thief := r.seat("honest"), r.seat("thief")

	first := r.accepted(honest)
	proof := r.prove(first, honest)
	if valid, _ := r.verdict(first, honest, proof); !valid {
		t.Fatal("the first proof is refused, so replaying it shows nothing")
	}

	// The same prover, the same statement, another request.
	second := r.accepted(honest)
	if valid, slashed := r.verdict(second, honest, proof); valid || !slashed {
		t.Errorf("the proof of one request, delivered for another: valid %t, slashed %t, want refused and slashed", valid, slashed)
	}

	// The same request, the same statement, another prover: what the thief delivers is valid under the other's name.
	third := r.accepted(thief)
	stolen := r.prove(third, honest)
	if valid, slashed := r.verdict(third, thief, stolen); valid || !slashed {
		t.Errorf("the proof of another prover: valid %t, slashed %t, want refused and slashed", valid, slashed)
	}
	if valid, slashed := r.verdict(third, thief, proof); valid || !slashed {
		t.Errorf("the proof of another prover for another request: valid %t, slashed %t, want refused and slashed", valid, slashed)
	}

	// Neither loses its chance by it: a proof of one's own for this request is taken.
	for id, prover := range map[vadium.RequestID]*client.Client{second: honest, third: thief} {
		if valid, _ := r.verdict(id, prover, r.prove(id, prover)); !valid {
			t.Errorf("a proof of one's own for request %s is refused", id.Short())
		}
	}
	for name, check := range map[string]struct {
		prover *client.Client
		faults uint64
	}{"honest": {honest, 1}, "thief": {thief, 2}} {
		if p := r.standing(check.prover); p.Faults != check.faults || p.Lost.IsZero() {
			t.Errorf("%s has %d faults and lost %s tokens, want %d and some", name, p.Faults, p.Lost.Tokens(), check.faults)
		}
	}

	r.s.stop()
	a, err := fsck(context.WithoutCancel(t.Context()), silent(), r.s.market())
	if err != nil {
		t.Fatalf("fsck: %v", err)
	}
	if a.Proofs != 3 || a.Rejected != 3 || !a.Conserved {
		t.Errorf("fsck re-verified %d proofs and confirmed %d rejections (conserved: %t), want 3, 3 and true", a.Proofs, a.Rejected, a.Conserved)
	}
}
