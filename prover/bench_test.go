package prover

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"vadium"
	"vadium/circuits"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
	"vadium/prover/pricing"
)

func benchOf(t *testing.T) *bench {
	t.Helper()
	b, err := openBench(filepath.Join(t.TempDir(), "bench.json"), 1)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAMeasurementIsMedianAndNearWorst(t *testing.T) {
	b, p := benchOf(t), vadium.Program{Name: "p", Constraints: 1_000}
	for i := range 20 {
		b.record(p, engine.Cost{Wall: time.Duration(i+1) * 10 * time.Millisecond, CPU: time.Duration(i+1) * 15 * time.Millisecond})
	}
	got, measured := b.of(p)
	if want := (pricing.Measurement{Median: 100, Slowest: 190, CPU: 150}); !measured || got != want {
		t.Errorf("of = %+v, %v, want %+v, true", got, measured, want)
	}
	for range maxSamples { // a busy day is forgotten
		b.record(p, engine.Cost{Wall: time.Microsecond, CPU: time.Microsecond})
	}
	if got, _ := b.of(p); got != (pricing.Measurement{Median: 1, Slowest: 1, CPU: 1}) {
		t.Errorf("of after %d quick proofs = %+v, want a millisecond each", maxSamples, got)
	}
}

func TestAnUnmeasuredProgramIsEstimatedFromItsSize(t *testing.T) {
	b := benchOf(t)
	p := vadium.Program{Name: "p", System: vadium.Groth16, Curve: vadium.BN254, Constraints: 65_536}
	got, measured := b.of(p)
	if measured || got.CPU != 4_194 { // 2 * 65,536 * 32 us
		t.Errorf("of without any measurement = %+v, %v, want 4194 ms of processor", got, measured)
	}
	known := p
	known.Name = "known"
	b.record(known, engine.Cost{Wall: time.Second, CPU: 2 * time.Second})
	if got, _ := b.of(p); got.CPU < 3_900 || got.CPU > 4_000 || got.Slowest < 1_900 || got.Slowest > 2_000 {
		t.Errorf("of beside a program of the same size = %+v, want about twice that one's", got)
	}
	p.System, p.Curve = vadium.PLONK, vadium.BLS12381
	if got, _ := b.of(p); got.CPU < 4*3_900 || got.CPU > 4*4_000 {
		t.Errorf("of in PLONK over BLS12-381 = %+v, want four times that", got)
	}
}

func TestABenchmarkIsReadBackOnTheSameMachineOnly(t *testing.T) {
	toy := enginetest.Groth16(t)
	m := newTestMarket(t, testParams())
	m.list(toy)
	e := engine.NewInProcess(2, 1<<28)
	defer e.Close()
	listings, err := collect(seat{m, alice, nil}.Programs(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	program, err := Fetch(t.Context(), seat{m, alice, nil}, filepath.Join(t.TempDir(), "keys"), listings[0])
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bench.json")
	var told []ProgramBench
	c := BenchConfig{
		File: path, Provers: 2, Programs: []BenchProgram{program}, Report: func(p ProgramBench) { told = append(told, p) },
	}
	for range 2 { // measuring again forgets what was known
		file, err := Bench(t.Context(), e, c)
		if err != nil || len(file.Programs) != 1 || len(file.Programs[0].Samples) != 6 {
			t.Fatalf("Bench = %+v, %v, want 3 rounds of 2 proofs", file, err)
		}
	}
	if len(told) != 2 || told[0].Name != "toy" || told[0].Load == 0 {
		t.Errorf("told %+v, want the toy twice, with the time its keys took to load", told)
	}
	b, err := openBench(path, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, measured := b.of(toy.Program); !measured {
		t.Error("the benchmark is not used")
	}
	if b, err := openBench(path, 3); err != nil || len(b.file.Programs) != 0 {
		t.Errorf("a benchmark of 2 provers is used for 3 (%v)", err)
	}
	b.file.Machine.Cores++
	if err := b.save(); err != nil {
		t.Fatal(err)
	}
	if b, err := openBench(path, 2); err != nil || len(b.file.Programs) != 0 {
		t.Errorf("a benchmark of another machine is used (%v)", err)
	}
	c.Programs[0].Input = enginetest.Input(4)
	if _, err := Bench(t.Context(), e, c); !errors.Is(err, circuits.ErrUnsatisfied) {
		t.Errorf("Bench with an unsatisfiable input = %v, want %v", err, circuits.ErrUnsatisfied)
	}
}
