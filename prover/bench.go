package prover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"vadium"
	"vadium/prover/durable"
	"vadium/prover/engine"
	"vadium/prover/pricing"
)

// benchFormat marks a bench file and its version.
const benchFormat = "vadium/bench/v1"

// BenchFile is what `vadium prover bench` writes and the agent quotes from.
type BenchFile struct {
	Format   string         `json:"format"`
	Machine  Machine        `json:"machine"`
	Provers  int            `json:"provers"` // proofs that were made at once
	Programs []ProgramBench `json:"programs"`
}

// Machine is where a benchmark was taken. Times of one machine say nothing about another.
type Machine struct {
	OS    string `json:"os"`
	Arch  string `json:"arch"`
	Cores int    `json:"cores"`
	Go    string `json:"go"`
}

// ThisMachine describes where the process runs.
func ThisMachine() Machine {
	return Machine{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version()}
}

// ProgramBench is what proofs of one program take.
type ProgramBench struct {
	Program     vadium.ProgramID   `json:"program"`
	Name        string             `json:"name"`
	System      vadium.ProofSystem `json:"system"`
	Curve       vadium.Curve       `json:"curve"`
	Constraints uint64             `json:"constraints"`
	// Samples are the last proofs measured, oldest first. Without any, the times are estimated from other programs.
	Samples []BenchSample `json:"samples"`
	// Load is how long the keys take to load; PeakBytes what the worker occupied at most.
	Load      vadium.Duration `json:"loadMs"`
	PeakBytes uint64          `json:"peakBytes"`
}

// BenchSample is one proof.
type BenchSample struct {
	Wall vadium.Duration `json:"wallMs"`
	CPU  vadium.Duration `json:"cpuMs"`
}

// maxSamples is how many proofs a measurement remembers: enough for a 95th percentile, few enough to forget a busy day.
const maxSamples = 40

// Measured reports whether the program was proven here.
func (b ProgramBench) Measured() bool { return len(b.Samples) > 0 }

// Measurement returns median, 95th percentile and median processor time of the samples.
func (b ProgramBench) Measurement() pricing.Measurement {
	if !b.Measured() {
		return pricing.Measurement{}
	}
	walls, cpus := make([]vadium.Duration, len(b.Samples)), make([]vadium.Duration, len(b.Samples))
	for i, s := range b.Samples {
		walls[i], cpus[i] = s.Wall, s.CPU
	}
	slices.Sort(walls)
	slices.Sort(cpus)
	at := func(sorted []vadium.Duration, percent int) vadium.Duration {
		return max(sorted[(len(sorted)*percent+99)/100-1], vadium.Millisecond) // nearest rank, rounded up
	}
	return pricing.Measurement{Median: at(walls, 50), Slowest: at(walls, 95), CPU: at(cpus, 50)}
}

// add remembers one more proof.
func (b *ProgramBench) add(c engine.Cost) {
	b.Samples = append(b.Samples, BenchSample{Wall: atLeastOne(c.Wall), CPU: atLeastOne(c.CPU)})
	if over := len(b.Samples) - maxSamples; over > 0 {
		b.Samples = slices.Delete(b.Samples, 0, over)
	}
	if c.Load > 0 {
		b.Load = atLeastOne(c.Load)
	}
	b.PeakBytes = max(b.PeakBytes, c.Peak)
}

// atLeastOne rounds up to milliseconds: nothing takes no time.
func atLeastOne(d time.Duration) vadium.Duration {
	return max(vadium.Duration((d+time.Millisecond-1)/time.Millisecond), 1)
}

// bench is a bench file that grows with every proof. It is safe for concurrent use.
type bench struct {
	path string

	mu   sync.Mutex // guards file
	file BenchFile
}

// openBench reads the file. One that was taken on another machine, or with another number of provers, is not used.
func openBench(path string, provers int) (*bench, error) {
	b := &bench{path: path, file: BenchFile{Format: benchFormat, Machine: ThisMachine(), Provers: provers}}
	read, err := ReadBench(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case read.Machine == b.file.Machine && read.Provers == provers:
		b.file = read
	}
	return b, nil
}

// ReadBench reads a bench file.
func ReadBench(path string) (BenchFile, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return BenchFile{}, fmt.Errorf("read benchmark: %w", err)
	}
	var f BenchFile
	if err := json.Unmarshal(content, &f); err != nil || f.Format != benchFormat {
		return BenchFile{}, fmt.Errorf("%s is not a benchmark of this version (measure again: vadium prover bench)", path)
	}
	return f, nil
}

func (b *bench) save() error {
	b.mu.Lock()
	content, err := json.MarshalIndent(b.file, "", "  ")
	b.mu.Unlock()
	if err != nil {
		return err
	}
	if err := durable.Replace(b.path, append(content, '\n')); err != nil {
		return fmt.Errorf("save benchmark: %w", err)
	}
	return nil
}

// of returns what proofs of a program take: measured here, or estimated from what was.
func (b *bench) of(p vadium.Program) (m pricing.Measurement, measured bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := p.ID()
	for _, known := range b.file.Programs {
		if known.Program == id && known.Measured() {
			return known.Measurement(), true
		}
	}
	return estimate(p, b.file), false
}

// record remembers what a proof took, if anybody measured it.
func (b *bench) record(p vadium.Program, c engine.Cost) {
	if c.Wall <= 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	id := p.ID()
	at := slices.IndexFunc(b.file.Programs, func(known ProgramBench) bool { return known.Program == id })
	if at < 0 {
		at = len(b.file.Programs)
		b.file.Programs = append(b.file.Programs, ProgramBench{
			Program: id, Name: p.Name, System: p.System, Curve: p.Curve, Constraints: p.Constraints,
		})
	}
	b.file.Programs[at].add(c)
}

// Estimates for programs this machine has not proven yet, in processor nanoseconds per row (gnark 0.16
// on one core of a 2 GHz Xeon at 2^16 rows), with a floor for what every proof costs.
const (
	nanosPerRow   = 32_000 // Groth16 over BN254
	leastEstimate = 20 * vadium.Millisecond
	leastRows     = 1_000 // smaller programs measure what every proof costs, not what rows do
)

// weight compares what a row costs, in tenths of a row of Groth16 over BN254.
func weight(system vadium.ProofSystem, curve vadium.Curve) uint64 {
	w := uint64(10)
	if system == vadium.PLONK {
		w = 25
	}
	if curve == vadium.BLS12381 {
		w = w * 16 / 10
	}
	return w
}

// estimate says what a program's proofs should take: twice what its rows would, at the price of a row of what was
// measured here. Twice, because a prover that promises too much pays for it.
func estimate(p vadium.Program, f BenchFile) pricing.Measurement {
	cpuRow, wallRow := uint64(nanosPerRow), uint64(nanosPerRow) // per tenth-weighted row
	var largest uint64
	for _, known := range f.Programs {
		if rows := known.Constraints * weight(known.System, known.Curve) / 10; known.Measured() && rows > max(largest, leastRows) {
			largest = rows
			m := known.Measurement()
			cpuRow = uint64(m.CPU) * uint64(time.Millisecond) / rows
			wallRow = uint64(m.Slowest) * uint64(time.Millisecond) / rows
		}
	}
	rows := p.Constraints * weight(p.System, p.Curve) / 10
	in := func(perRow uint64) vadium.Duration {
		return max(vadium.Duration(2*rows*perRow/uint64(time.Millisecond)), leastEstimate)
	}
	return pricing.Measurement{Median: in(wallRow), Slowest: in(wallRow), CPU: in(cpuRow)}
}

// measure proves an input rounds times on all provers at once and remembers what it took. The first round loads keys
// and counts as any other: so does the first request.
func (b *bench) measure(ctx context.Context, e engine.Engine, keys engine.Keys, input []byte, rounds int) error {
	work := engine.Work{Keys: keys, Input: input}
	for range rounds {
		results := make(chan error, b.file.Provers)
		for range b.file.Provers {
			go func() {
				proof, err := e.Prove(ctx, work)
				if err == nil {
					b.record(keys.Program, proof.Cost)
				}
				results <- err
			}()
		}
		var failed error
		for range b.file.Provers {
			failed = errors.Join(failed, <-results)
		}
		if failed != nil {
			return failed
		}
	}
	return nil
}

// BenchConfig says what to measure.
type BenchConfig struct {
	// File to write; what it holds of other programs stays. Provers proofs are made at once, Rounds times.
	File    string
	Provers int
	Rounds  int // default 3: with fewer, one hiccup is the 95th percentile
	// Programs to measure, each with an input that satisfies it. See [Fetch].
	Programs []BenchProgram
	// Report, if set, is told about each program when it is done.
	Report func(ProgramBench)
}

// BenchProgram is a program with an input to prove.
type BenchProgram struct {
	Keys  engine.Keys
	Input []byte
}

// Bench measures programs on this machine and writes the bench file. A program measured before is measured anew.
func Bench(ctx context.Context, e engine.Engine, c BenchConfig) (BenchFile, error) {
	b, err := openBench(c.File, max(c.Provers, 1))
	if err != nil {
		return BenchFile{}, err
	}
	if c.Rounds == 0 {
		c.Rounds = 3
	}
	for _, p := range c.Programs {
		done, err := b.measureAgain(ctx, e, p, c.Rounds)
		if err != nil {
			return BenchFile{}, err
		}
		if c.Report != nil {
			c.Report(done)
		}
	}
	return b.file, b.save()
}

// measureAgain forgets what is known of a program and measures it.
func (b *bench) measureAgain(ctx context.Context, e engine.Engine, p BenchProgram, rounds int) (ProgramBench, error) {
	id := p.Keys.Program.ID()
	is := func(known ProgramBench) bool { return known.Program == id }
	b.mu.Lock()
	b.file.Programs = slices.DeleteFunc(b.file.Programs, is)
	b.mu.Unlock()
	if err := b.measure(ctx, e, p.Keys, p.Input, rounds); err != nil {
		return ProgramBench{}, fmt.Errorf("measure program %s: %w", p.Keys.Program.Name, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.file.Programs[slices.IndexFunc(b.file.Programs, is)], nil
}
