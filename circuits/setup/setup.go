// Package setup makes a catalogue program's keys once and keeps them.
//
// Keys live in one folder per constraint system: manifest.json, constraints.ccs, proving.key, verifying.key, all in
// canonical form. The folder's name carries the constraint system's digest, so a changed circuit gets new keys beside
// the old ones. A folder appears in one rename after every file in it is on disk; whatever is half done is under
// another name and ignored. Two processes that want the same keys take turns: the second finds what the first made.
//
//	keys, err := setup.Ensure(ctx, dir, entry, func(p setup.Progress) { ... })
//
// The setup is run by one party, here, in memory: whoever controlled this machine at that moment could forge proofs.
// That is why such programs are of class operator, and why a changed or damaged cache is an error and never a silent
// new setup: new keys are a new program.
package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/consensys/gnark"
	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/gofrs/flock"

	"vadium"
	"vadium/circuits"
)

// Keys are a program and where its blobs are.
type Keys struct {
	Program                                    vadium.Program
	ConstraintSystem, ProvingKey, VerifyingKey string // paths
	// Sample is the program's public sample input.
	Sample []byte
	// Made says that this call ran the setup; false means that the keys were there.
	Made bool
}

// Stage is what [Ensure] is doing.
type Stage string

// Stages, in order. StageWaiting occurs when another process is making the same keys, StageSetup and StageWriting only
// when the keys are made.
const (
	StageCompiling Stage = "compiling"
	StageWaiting   Stage = "waiting for another process"
	StageSetup     Stage = "making keys"
	StageWriting   Stage = "writing keys"
	StageChecking  Stage = "checking keys"
	StageReady     Stage = "ready"
)

// Progress says how far [Ensure] is. Elapsed and Expected are those of the stage; Expected is an estimate from the
// number of constraints and zero where nothing is worth estimating.
type Progress struct {
	Program           string
	Stage             Stage
	Constraints       int
	Elapsed, Expected time.Duration
}

// costPerConstraint is what a Groth16 setup costs on two cores of a Xeon at 2 GHz; only the progress bar relies on it.
const costPerConstraint = 150 * time.Microsecond

// progressEvery is how often the stage that takes long reports.
const progressEvery = 500 * time.Millisecond

// Ensure returns the entry's keys in dir, making them if they are not there. report may be nil; it is called from one
// goroutine at a time. When ctx ends during the setup, Ensure returns at once and nothing is kept; gnark cannot be
// interrupted, so its computation goes on in the background until it is done.
func Ensure(ctx context.Context, dir string, entry circuits.Entry, report func(Progress)) (Keys, error) {
	if entry.System != vadium.Groth16 {
		return Keys{}, fmt.Errorf("program %s: the catalogue's setup is for groth16, not %s", entry.Name, entry.System)
	}
	r := &reporter{report: report, program: entry.Name}
	r.stage(StageCompiling)
	ccs, err := compile(entry)
	if err != nil {
		return Keys{}, err
	}
	r.constraints = ccs.GetNbConstraints()
	sample, err := entry.Sample()
	if err != nil {
		return Keys{}, fmt.Errorf("sample of program %s: %w", entry.Name, err)
	}
	want, err := digestOf(ccs)
	if err != nil {
		return Keys{}, err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return Keys{}, fmt.Errorf("key cache: %w", err)
	}
	folder := filepath.Join(dir, fmt.Sprintf("%s-%x", entry.Name, want[:8]))
	unlock, err := lock(ctx, folder+".lock", r)
	if err != nil {
		return Keys{}, err
	}
	defer unlock()

	made := false
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		if err := makeKeys(ctx, folder, entry, ccs, r); err != nil {
			return Keys{}, err
		}
		made = true
	}
	r.stage(StageChecking)
	keys, err := open(folder, entry, want)
	if err == nil && keys.Program.Sample != vadium.DigestOf(sample) {
		err = errors.New("its sample input is another than today's")
	}
	if err != nil {
		return Keys{}, fmt.Errorf("key cache of program %s: %w (restore the folder from a backup; or delete %s to make new "+
			"keys, which are a new program)", entry.Name, err, folder)
	}
	keys.Made, keys.Sample = made, sample
	r.stage(StageReady)
	return keys, nil
}

func compile(entry circuits.Entry) (constraint.ConstraintSystem, error) {
	field := map[vadium.Curve]ecc.ID{vadium.BN254: ecc.BN254, vadium.BLS12381: ecc.BLS12_381}[entry.Curve]
	ccs, err := frontend.Compile(field.ScalarField(), r1cs.NewBuilder, entry.Circuit())
	if err != nil {
		return nil, fmt.Errorf("compile program %s: %w", entry.Name, err)
	}
	return ccs, nil
}

// lock waits for its turn among the processes that want the same keys.
func lock(ctx context.Context, path string, r *reporter) (unlock func(), err error) {
	l := flock.New(path)
	held, err := l.TryLock()
	if err == nil && !held {
		r.stage(StageWaiting)
		_, err = l.TryLockContext(ctx, progressEvery)
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() {
		// The lock file stays: removing it would let a third process lock a file nobody else looks at.
		_ = l.Unlock()
	}, nil
}

// makeKeys runs the setup and puts the result in folder, all or nothing.
func makeKeys(ctx context.Context, folder string, entry circuits.Entry, ccs constraint.ConstraintSystem, r *reporter) error {
	pk, vk, err := r.setup(ctx, ccs)
	if err != nil {
		return fmt.Errorf("setup of program %s: %w", entry.Name, err)
	}
	r.stage(StageWriting)
	temp, err := os.MkdirTemp(filepath.Dir(folder), ".making-")
	if err != nil {
		return fmt.Errorf("key cache: %w", err)
	}
	defer os.RemoveAll(temp)
	if err := write(temp, entry, ccs, pk, vk); err != nil {
		return fmt.Errorf("key cache: %w", err)
	}
	if err := os.Rename(temp, folder); err != nil {
		return fmt.Errorf("key cache: %w", err)
	}
	return syncPath(filepath.Dir(folder))
}

func write(dir string, entry circuits.Entry, ccs constraint.ConstraintSystem, pk groth16.ProvingKey, vk groth16.VerifyingKey) error {
	var files [3]*os.File
	for i, name := range []string{constraintsFile, provingFile, verifyingFile} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		files[i] = f
	}
	sample, err := entry.Sample()
	if err != nil {
		return err
	}
	p := vadium.Program{Name: entry.Name, System: entry.System, Curve: entry.Curve, Bound: true, Sample: vadium.DigestOf(sample)}
	to := circuits.Sinks{ConstraintSystem: files[0], ProvingKey: files[1], VerifyingKey: files[2]}
	p, err = circuits.WriteProgram(to, p, ccs, pk, vk)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := f.Sync(); err != nil {
			return err
		}
	}
	return writeManifest(dir, manifest{Format: manifestFormat, Gnark: gnark.Version.String(), Says: entry.Says, ID: p.ID(), Program: p})
}
