package bench

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"vadium"
	"vadium/circuits"
	"vadium/prover/engine"
)

// latencyRows is just below 2^16, which is what the FFTs of its proof are made over.
const latencyRows = 1<<16 - 64

// squares states: I know X whose square, taken again and again, is Y. Request and prover are bound.
type squares struct {
	Y, Request, Prover frontend.Variable `gnark:",public"`
	X                  frontend.Variable
}

// Define implements frontend.Circuit.
func (c *squares) Define(api frontend.API) error {
	x := c.X
	for range latencyRows {
		x = api.Mul(x, x)
	}
	api.AssertIsEqual(x, c.Y)
	api.Mul(c.Request, c.Request)
	api.Mul(c.Prover, c.Prover)
	return nil
}

// loadSquares makes keys of its own, which takes half a minute of both cores.
var loadSquares = sync.OnceValues(func() (*proven, error) {
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder[constraint.U64], &squares{})
	if err != nil {
		return nil, err
	}
	pk, vk, err := groth16.Setup(ccs)
	if err != nil {
		return nil, err
	}
	file := func(name string) (*os.File, error) { return os.Create(filepath.Join(keyFolder, "squares."+name)) }
	var files [3]*os.File
	for i, name := range []string{"ccs", "pk", "vk"} {
		if files[i], err = file(name); err != nil {
			return nil, err
		}
		defer files[i].Close()
	}
	p := vadium.Program{Name: "squares", System: vadium.Groth16, Curve: vadium.BN254, Bound: true}
	p, err = circuits.WriteProgram(circuits.Sinks{ConstraintSystem: files[0], ProvingKey: files[1], VerifyingKey: files[2]}, p, ccs, pk, vk)
	if err != nil {
		return nil, err
	}
	modulus := ecc.BN254.ScalarField()
	y := big.NewInt(3)
	for range latencyRows {
		y.Mul(y, y).Mod(y, modulus)
	}
	input := append(y.FillBytes(make([]byte, vadium.ScalarBytes)), big.NewInt(3).FillBytes(make([]byte, vadium.ScalarBytes))...)
	return load("squares", engine.Keys{
		Program: p, ConstraintSystem: files[0].Name(), ProvingKey: files[1].Name(), VerifyingKey: files[2].Name(),
	}, input)
})

// A proof of 2^16 constraints from an engine's call to its return, keys loaded: inputs checked, sent to a worker in its
// sandbox, proven with mapped keys, verified there and here. Against gnark's prover alone in this process. One pair of
// both a round, each first in every second round; the metric is the median of the pairs' ratios. It is run by hand, with
// VADIUM_BENCH_LATENCY set, because of its setup, and has no row in the table: a ratio of pairs is not one of the table's.
func BenchmarkProveLatency(b *testing.B) {
	if os.Getenv("VADIUM_BENCH_LATENCY") == "" {
		b.Skip("set VADIUM_BENCH_LATENCY=1")
	}
	p, err := loadSquares()
	if err != nil {
		b.Fatal(err)
	}
	e := engine.NewWorkers(engine.Limits{MemoryBytes: workerMemory})
	defer e.Close()
	work := engine.Work{Keys: p.keys, Input: p.input, Request: request, Prover: prover}
	full := p.witness(b, p.input[p.keys.Program.StatementBytes():])
	took := func(do func() error) time.Duration {
		begun := time.Now()
		if err := do(); err != nil {
			b.Fatal(err)
		}
		return time.Since(begun)
	}
	worker := func() error { _, err := e.Prove(b.Context(), work); return err }
	bare := func() error { _, err := p.gnarkProve(full); return err }
	took(worker) // starts the process and loads the keys
	took(bare)
	var ratios, alone []float64
	b.Run(fmt.Sprintf("constraints=%d", p.keys.Program.Constraints), func(b *testing.B) {
		for b.Loop() {
			var w, g time.Duration
			if len(ratios)%2 == 0 {
				w, g = took(worker), took(bare)
			} else {
				g, w = took(bare), took(worker)
			}
			ratios, alone = append(ratios, float64(w)/float64(g)), append(alone, g.Seconds())
		}
		slices.Sort(ratios)
		slices.Sort(alone)
		b.ReportMetric(ratios[len(ratios)/2], "worker/gnark")
		b.ReportMetric(alone[len(alone)/2]*1e3, "gnark-ms")
	})
}
