package verifier_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/sandbox"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/verifier"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// start returns children that end with the test.
func start(t *testing.T, l verifier.Limits) *verifier.Children {
	t.Helper()
	if l.Memory == 0 {
		l.Memory = 128 << 20
	}
	c, err := verifier.StartMisbehaving(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return c
}

// claim returns a valid proof that x gives.
func claim(t *testing.T, p rpctest.Program, x int64) circuits.Claim {
	t.Helper()
	request, prover := vadium.RequestID{31: byte(x)}, vadium.Account{19: 1}
	input := p.Input(x)
	return circuits.Claim{
		PublicInputs: circuits.PublicInputs(p.Program, input[:p.StatementBytes()], request, prover),
		Proof:        p.Prove(t, input, request, prover),
	}
}

// hostile returns a claim whose proof does something to the child.
func hostile(good circuits.Claim, deed string) circuits.Claim {
	return circuits.Claim{PublicInputs: good.PublicInputs, Proof: append([]byte(deed), good.Proof[4:]...)}
}

func wants(t *testing.T, what string, got []error, want ...error) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d reasons, want %d: %v", what, len(got), len(want), got)
	}
	for i := range want {
		if !errors.Is(got[i], want[i]) || want[i] == nil && got[i] != nil {
			t.Errorf("%s: proof %d: %v, want %v", what, i, got[i], want[i])
		}
	}
}

func TestChildrenFindWhatThisProcessWouldFind(t *testing.T) {
	p := rpctest.NewProgram(t)
	good, other := claim(t, p, 3), claim(t, p, 4)
	swapped := circuits.Claim{PublicInputs: good.PublicInputs, Proof: other.Proof}
	short := circuits.Claim{PublicInputs: good.PublicInputs, Proof: good.Proof[1:]}
	claims := []circuits.Claim{good, swapped, other, short}
	children := start(t, verifier.Limits{Processes: 1})
	here := verifier.NewInProcess().Check(t.Context(), p.Program, p.VerifyingKeyFile, claims)
	for range 2 { // the second time the child has the key
		there := children.Check(t.Context(), p.Program, p.VerifyingKeyFile, claims)
		wants(t, "in a child", there, nil, circuits.ErrInvalidProof, nil, circuits.ErrMalformedProof)
		for i := range here {
			if here[i] != nil && here[i].Error() != there[i].Error() {
				t.Errorf("proof %d: a child says %q, this process %q", i, there[i], here[i])
			}
		}
	}
	if s := children.Stats(); s != (verifier.ChildStats{Starts: 1}) {
		t.Errorf("Stats = %+v, want one start and nothing else", s)
	}
	// A key that cannot be loaded is not the provers' fault.
	broken := bytes.Clone(p.VerifyingKeyFile)
	broken[0] ^= 0xff
	unknown := p.Program
	unknown.VerifyingKey = vadium.DigestOf(broken)
	wants(t, "broken key", children.Check(t.Context(), unknown, broken, claims[:1]), circuits.ErrMalformedKey)
}

// Whatever way a proof finds to end a child, it costs neither the proofs beside it nor those that come after it anything.
func TestProofsBesideOneThatKillsAreVerifiedAgainAlone(t *testing.T) {
	p := rpctest.NewProgram(t)
	good, other := claim(t, p, 3), claim(t, p, 4)
	bad := circuits.Claim{PublicInputs: other.PublicInputs, Proof: good.Proof}
	for _, deed := range []string{verifier.Kill, verifier.Allocate, verifier.Loop, verifier.Exit, verifier.Lie} {
		t.Run(deed, func(t *testing.T) {
			children := start(t, verifier.Limits{Processes: 1, Time: 3 * time.Second})
			got := children.Check(t.Context(), p.Program, p.VerifyingKeyFile, []circuits.Claim{good, hostile(other, deed), other, bad})
			wants(t, deed, got, nil, verifier.ErrUndecided, nil, circuits.ErrInvalidProof)
			want := verifier.ChildStats{Starts: 5, Deaths: 2, Retries: 4, SecondDeaths: 1}
			if s := children.Stats(); s != want {
				t.Errorf("Stats = %+v, want %+v: one child, and one for each of four proofs", s, want)
			}
			wants(t, "afterwards", children.Check(t.Context(), p.Program, p.VerifyingKeyFile, []circuits.Claim{good}), nil)
		})
	}
}

// A proof whose child died, and which is harmless alone, gets the verdict it deserves.
func TestAProofThatKillsOnlyInCompanyGetsItsVerdict(t *testing.T) {
	p := rpctest.NewProgram(t)
	good := claim(t, p, 3)
	children := start(t, verifier.Limits{Processes: 1})
	got := children.Check(t.Context(), p.Program, p.VerifyingKeyFile, []circuits.Claim{hostile(good, verifier.Crowded), good})
	wants(t, "crowded", got, circuits.ErrMalformedProof, nil)
	if s := children.Stats(); s.SecondDeaths != 0 || s.Deaths != 1 {
		t.Errorf("Stats = %+v, want one death and no second", s)
	}
}

// While children do not start, proofs wait: whatever the reason is, it is not theirs.
func TestProofsWaitWhileChildrenDoNotStart(t *testing.T) {
	p := rpctest.NewProgram(t)
	good := claim(t, p, 3)
	children := start(t, verifier.Limits{Processes: 1})
	children.Break()
	done := make(chan []error, 1)
	go func() {
		done <- children.Check(t.Context(), p.Program, p.VerifyingKeyFile, []circuits.Claim{hostile(good, verifier.Crowded), good})
	}()
	for children.Stats().StartFailures < 3 {
		select {
		case got := <-done:
			t.Fatalf("without children: %v", got)
		case <-time.After(10 * time.Millisecond):
		}
	}
	children.Mend()
	wants(t, "mended", <-done, circuits.ErrMalformedProof, nil)

	children.Break()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for children.Stats().StartFailures < 4 {
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	got := children.Check(ctx, p.Program, p.VerifyingKeyFile, []circuits.Claim{hostile(good, verifier.Kill)})
	wants(t, "given up", got, context.Canceled)
}

// Whoever starts children learns what confines each of them, and what does not.
func TestWhatConfinesAChildIsReported(t *testing.T) {
	var seen []sandbox.Confinement
	c, err := verifier.StartChildren(t.Context(), verifier.Limits{Processes: 1, Confined: func(c sandbox.Confinement) { seen = append(seen, c) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 || !seen[0].Has(sandbox.Environment) || len(seen[0].InForce)+len(seen[0].Missing) != len(sandbox.Layers()) {
		t.Errorf("reported %v, want the first child with every layer in force or missing", seen)
	}
}

func TestAPoolThatCannotStartAChildSaysSoAtOnce(t *testing.T) {
	if _, err := verifier.StartNever(t.Context(), verifier.Limits{}); err == nil || !strings.Contains(err.Error(), "not today") {
		t.Errorf("StartChildren = %v, want the child's reason", err)
	}
	_, err := verifier.StartChildren(t.Context(), verifier.Limits{Require: []sandbox.Layer{"a lock on the door"}})
	if !errors.Is(err, sandbox.ErrUnconfined) {
		t.Errorf("StartChildren with a layer that no system has = %v, want %v", err, sandbox.ErrUnconfined)
	}
}

func TestAProgramIsAdmittedByAChildOfItsOwn(t *testing.T) {
	p := rpctest.NewProgram(t)
	sample := claim(t, p, 3)
	children := start(t, verifier.Limits{Processes: 1})
	for name, c := range map[string]verifier.Checker{"in children": children, "in this process": verifier.NewInProcess()} {
		class, err := c.Admit(t.Context(), p.Program, p.VerifyingKeyFile, sample)
		if err != nil || class != vadium.KeysRegistrant {
			t.Errorf("%s: Admit = %v, %v, want %v", name, class, err, vadium.KeysRegistrant)
		}
		_, err = c.Admit(t.Context(), p.Program, p.VerifyingKeyFile, circuits.Claim{PublicInputs: sample.PublicInputs, Proof: claim(t, p, 4).Proof})
		wants(t, name+": another sample's proof", []error{err}, circuits.ErrInvalidProof)
		_, err = c.Admit(t.Context(), p.Program, p.VerifyingKeyFile[1:], sample)
		wants(t, name+": a byte short", []error{err}, circuits.ErrMalformedKey)
		other := p.Program
		other.VerifyingKey[0] ^= 1
		_, err = c.Admit(t.Context(), other, p.VerifyingKeyFile, sample)
		wants(t, name+": another digest", []error{err}, circuits.ErrMalformedKey)
		raw := rawKey(t, p.VerifyingKeyFile)
		uncompressed := p.Program
		uncompressed.VerifyingKey = vadium.DigestOf(raw)
		_, err = c.Admit(t.Context(), uncompressed, raw, sample)
		wants(t, name+": a key named by another serialisation than ours", []error{err}, circuits.ErrMalformedKey)
		if err == nil || !strings.Contains(err.Error(), vadium.DigestOf(p.VerifyingKeyFile).String()) {
			t.Errorf("%s: %v does not name the digest it should have", name, err)
		}
	}
	if s := children.Stats(); s.Starts != 6 {
		t.Errorf("%d children were started for a pool of one and five admissions", s.Starts)
	}
	_, err := children.Admit(t.Context(), p.Program, p.VerifyingKeyFile, hostile(sample, verifier.Allocate))
	wants(t, "a sample that kills", []error{err}, verifier.ErrUndecided)
	if s := children.Stats(); s.SecondDeaths != 1 || s.Deaths != 2 {
		t.Errorf("Stats = %+v, want two deaths", s)
	}
	wants(t, "deliveries meanwhile", children.Check(t.Context(), p.Program, p.VerifyingKeyFile, []circuits.Claim{sample}), nil)
}

// rawKey returns a Groth16 key in gnark's uncompressed form.
func rawKey(t *testing.T, canonical []byte) []byte {
	t.Helper()
	key := groth16.NewVerifyingKey(ecc.BN254)
	if _, err := key.ReadFrom(bytes.NewReader(canonical)); err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if _, err := key.WriteRawTo(&raw); err != nil {
		t.Fatal(err)
	}
	return raw.Bytes()
}

// What killed a process that handed it to gnark does not even kill a child now, in front of which the guards stand.
func TestWhatIsKnownToKillGnarkIsRefusedInAChild(t *testing.T) {
	p := rpctest.NewProgram(t)
	good := claim(t, p, 3)
	const commitments, publicInputs = 128, 288 // where a BN254 proof and key have 32-bit counts that gnark allocates by
	children := start(t, verifier.Limits{Processes: 1})
	killer := circuits.Claim{PublicInputs: good.PublicInputs, Proof: bytes.Clone(good.Proof)}
	copy(killer.Proof[commitments:], "\xff\xff\xff\xff")
	wants(t, "proof", children.Check(t.Context(), p.Program, p.VerifyingKeyFile, []circuits.Claim{good, killer, good}), nil, circuits.ErrMalformedProof, nil)
	key := bytes.Clone(p.VerifyingKeyFile)
	copy(key[publicInputs:], "\xff\xff\xff\xff")
	program := p.Program
	program.VerifyingKey = vadium.DigestOf(key)
	_, err := children.Admit(t.Context(), program, key, good)
	wants(t, "key", []error{err}, circuits.ErrMalformedKey)
	if s := children.Stats(); s.Deaths != 0 {
		t.Errorf("%d children died", s.Deaths)
	}
}
