package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/plonk"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/sandbox"
	"vadium/circuits/setup"
	"vadium/prover/engine"
)

// keyFolder is where keys are made once for all benchmarks of a run; bench/report sets it for all its passes.
var keyFolder = os.Getenv("VADIUM_BENCH_KEYS")

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(inKeyFolder(m.Run))
}

func inKeyFolder(run func() int) int {
	if keyFolder != "" {
		return run()
	}
	dir, err := os.MkdirTemp("", "vadium-bench-keys-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	keyFolder = dir
	return run()
}

// proven is a program with an input: once as Vadium holds it, once as gnark does.
type proven struct {
	name  string
	keys  engine.Keys
	input []byte

	loaded *circuits.ProvingKeys
	ccs    constraint.ConstraintSystem
	pk, vk io.ReaderFrom // gnark's
}

var (
	request = vadium.RequestID{31: 7}
	prover  = vadium.Account{19: 9}
)

// programs are one program of the catalogue, Groth16 over BN254, and one that a user brings, PLONK over BLS12-381.
var programs = []struct {
	name string
	load func() (*proven, error)
}{
	{"membership", sync.OnceValues(loadMembership)},
	{"sealedbid", sync.OnceValues(loadSealedBid)},
}

func loadMembership() (*proven, error) {
	entry, err := circuits.Lookup("membership")
	if err != nil {
		return nil, err
	}
	k, err := setup.Ensure(context.Background(), keyFolder, entry, nil)
	if err != nil {
		return nil, err
	}
	keys := engine.Keys{Program: k.Program, ConstraintSystem: k.ConstraintSystem, ProvingKey: k.ProvingKey, VerifyingKey: k.VerifyingKey}
	return load("membership", keys, k.Sample)
}

// loadSealedBid makes the example's files as its user would and imports them.
func loadSealedBid() (*proven, error) {
	dir := filepath.Join(keyFolder, "sealedbid")
	if _, err := os.Stat(dir); err != nil {
		made := exec.Command("go", "run", "vadium/examples/sealedbid/keys", dir)
		if out, err := made.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go run vadium/examples/sealedbid/keys: %w: %s", err, out)
		}
	}
	file := func(suffix string) string { return filepath.Join(dir, "sealedbid."+suffix) }
	im, err := circuits.Import(circuits.Source{
		Name: "sealed-bid", System: vadium.PLONK, Curve: vadium.BLS12381,
		ConstraintSystem: file("ccs"), ProvingKey: file("pk"), VerifyingKey: file("vk"), Sample: file("witness"),
	})
	if err != nil {
		return nil, err
	}
	keys := engine.Keys{
		Program: im.Program, ConstraintSystem: file("ccs.canonical"), ProvingKey: file("pk.canonical"), VerifyingKey: file("vk.canonical"),
	}
	for path, content := range map[string][]byte{
		keys.ConstraintSystem: im.ConstraintSystem, keys.ProvingKey: im.ProvingKey, keys.VerifyingKey: im.VerifyingKey,
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return nil, err
		}
	}
	return load("sealedbid", keys, im.Sample)
}

func load(name string, keys engine.Keys, input []byte) (*proven, error) {
	p := &proven{name: name, keys: keys, input: input}
	var err error
	p.loaded, err = circuits.LoadProvingKeys(keys.Program, keys.ConstraintSystem, keys.ProvingKey, keys.VerifyingKey)
	if err != nil {
		return nil, err
	}
	id := p.curve()
	if keys.Program.System == vadium.Groth16 {
		p.ccs, p.pk, p.vk = groth16.NewCS(id), groth16.NewProvingKey(id), groth16.NewVerifyingKey(id)
	} else {
		p.ccs, p.pk, p.vk = plonk.NewCS(id), plonk.NewProvingKey(id), plonk.NewVerifyingKey(id)
	}
	for path, into := range map[string]io.ReaderFrom{keys.ConstraintSystem: p.ccs, keys.ProvingKey: p.pk, keys.VerifyingKey: p.vk} {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		_, err = into.ReadFrom(bufio.NewReaderSize(f, 1<<20))
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("gnark reads %s: %w", path, err)
		}
	}
	return p, nil
}

func (p *proven) curve() ecc.ID {
	if p.keys.Program.Curve == vadium.BLS12381 {
		return ecc.BLS12_381
	}
	return ecc.BN254
}

// size names what is proven, for a benchmark's name.
func (p *proven) size() string {
	return fmt.Sprintf("program=%s/system=%s/curve=%s/constraints=%d",
		p.name, p.keys.Program.System, p.keys.Program.Curve, p.keys.Program.Constraints)
}

func (p *proven) publics() []byte {
	return circuits.PublicInputs(p.keys.Program, p.input[:p.keys.Program.StatementBytes()], request, prover)
}

// witness returns gnark's form of the public inputs and as many secret ones.
func (p *proven) witness(b *testing.B, secret []byte) witness.Witness {
	b.Helper()
	return p.witnessOf(b, p.publics(), secret)
}

func (p *proven) witnessOf(b *testing.B, publics, secret []byte) witness.Witness {
	b.Helper()
	w, err := witness.New(p.curve().ScalarField())
	if err != nil {
		b.Fatal(err)
	}
	scalars := slices.Concat(publics, secret)
	values := make(chan any, len(scalars)/vadium.ScalarBytes)
	for s := scalars; len(s) > 0; s = s[vadium.ScalarBytes:] {
		values <- s[:vadium.ScalarBytes]
	}
	close(values)
	if err := w.Fill(len(publics)/vadium.ScalarBytes, len(secret)/vadium.ScalarBytes, values); err != nil {
		b.Fatal(err)
	}
	return w
}

func eachProgram(b *testing.B, measure func(b *testing.B, p *proven)) {
	b.Helper()
	for _, program := range programs {
		p, err := program.load()
		if err != nil {
			b.Fatal(err)
		}
		measure(b, p)
	}
}

// A proof's bytes checked as the market checks them: walked over byte by byte, parsed, serialised again, verified. Beside
// it gnark's verification alone, of a proof and a witness that are parsed already.
func BenchmarkVerify(b *testing.B) {
	eachProgram(b, measureVerify)
}

func measureVerify(b *testing.B, p *proven) {
	b.Helper()
	proof, err := p.loaded.Prove(p.input, request, prover)
	if err != nil {
		b.Fatal(err)
	}
	public := p.witness(b, nil)
	b.Run(p.size()+"/by=vadium", func(b *testing.B) {
		publics := p.publics()
		begun := processorTime(b)
		for b.Loop() {
			if err := p.loaded.VerifyingKey().Verify(publics, proof); err != nil {
				b.Fatal(err)
			}
		}
		perProof(b, 1, begun)
	})
	b.Run(p.size()+"/by=gnark", func(b *testing.B) {
		verify := p.gnarkVerifier(b, proof, public)
		begun := processorTime(b)
		for b.Loop() {
			if err := verify(); err != nil {
				b.Fatal(err)
			}
		}
		perProof(b, 1, begun)
	})
}

// gnarkVerifier parses a proof and returns what verifies it.
func (p *proven) gnarkVerifier(b *testing.B, proof []byte, public witness.Witness) func() error {
	b.Helper()
	parse := func(into io.ReaderFrom) {
		if _, err := into.ReadFrom(bytes.NewReader(proof)); err != nil {
			b.Fatal(err)
		}
	}
	if p.keys.Program.System == vadium.Groth16 {
		parsed := groth16.NewProof(p.curve())
		parse(parsed)
		return func() error { return groth16.Verify(parsed, p.vk.(groth16.VerifyingKey), public) }
	}
	parsed := plonk.NewProof(p.curve())
	parse(parsed)
	return func() error { return plonk.Verify(parsed, p.vk.(plonk.VerifyingKey), public) }
}

// A proof made as provers make it, checked inputs and a verification of the result included, in this process and in a
// worker process that has the keys loaded, with a limit on its memory and without. Beside it gnark's prover alone, with the same options, on a ready witness.
func BenchmarkProve(b *testing.B) {
	eachProgram(b, func(b *testing.B, p *proven) {
		b.Run(p.size()+"/by=vadium", func(b *testing.B) {
			for b.Loop() {
				if _, err := p.loaded.Prove(p.input, request, prover); err != nil { // verified inside
					b.Fatal(err)
				}
			}
			perSecond(b, 1, "proofs")
		})
		b.Run(p.size()+"/by=vadium-worker", func(b *testing.B) { proveInWorker(b, p, workerMemory) })
		b.Run(p.size()+"/by=vadium-worker-unlimited", func(b *testing.B) { proveInWorker(b, p, 0) })
		b.Run(p.size()+"/by=gnark", p.proveBare)
	})
}

// proveBare makes proofs with gnark alone, on a ready witness, and checks one.
func (p *proven) proveBare(b *testing.B) {
	full := p.witness(b, p.input[p.keys.Program.StatementBytes():])
	var made io.WriterTo
	begun := processorTime(b)
	for b.Loop() {
		var err error
		if made, err = p.gnarkProve(full); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime(b)-begun).Milliseconds())/float64(b.N), "cpu-ms/proof")
	perSecond(b, 1, "proofs")
	var proof bytes.Buffer
	if _, err := made.WriteTo(&proof); err != nil {
		b.Fatal(err)
	}
	if err := p.gnarkVerifier(b, proof.Bytes(), p.witness(b, nil))(); err != nil {
		b.Fatal(err)
	}
}

func (p *proven) gnarkProve(full witness.Witness) (io.WriterTo, error) {
	if pk, ok := p.pk.(groth16.ProvingKey); ok {
		return groth16.Prove(p.ccs, pk, full)
	}
	return plonk.Prove(p.ccs, p.pk.(plonk.ProvingKey), full, backend.WithStatisticalZeroKnowledge())
}

// workerMemory is a limit neither program comes near.
const workerMemory = 4 << 30

func proveInWorker(b *testing.B, p *proven, memory uint64) {
	b.Helper()
	e := engine.NewWorkers(engine.Limits{MemoryBytes: memory})
	defer e.Close()
	work := engine.Work{Keys: p.keys, Input: p.input, Request: request, Prover: prover}
	if _, err := e.Prove(b.Context(), work); err != nil { // starts the process and loads the keys
		b.Fatal(err)
	}
	for b.Loop() {
		proof, err := e.Prove(b.Context(), work) // verified here and there
		if err != nil {
			b.Fatal(err)
		}
		if proof.Cost.Load != 0 {
			b.Fatalf("keys were loaded again, in %v", proof.Cost.Load)
		}
	}
	perSecond(b, 1, "proofs")
}
